"""However labelled data are kept, answers to them are scored alike; what cannot be scored is refused."""

import dataclasses
import json

import numpy as np
import pytest
from make_segy import make_segy

from odfault.agreement import within_reach
from odfault.card import find_weights, read_card
from odfault.errors import OdfaultError
from odfault.inference import predict
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import write_cubes
from odfault_synthetic.survey import write_surveys
from odfault_training.cli import main
from odfault_training.evidence import Evidence, cut_sections
from odfault_training.figures import find_figures
from odfault_training.reading import read_evidence
from odfault_training.scoring import CLASSICAL, score

CUBE = (32, 32, 48)


@pytest.fixture(scope="module")
def cubes(tmp_path_factory):
    """Draw four cubes, the last two of them without a fault."""
    path = tmp_path_factory.mktemp("cubes") / "cubes.h5"
    recipe = Recipe(shape=CUBE, seed=8, unfaulted=0.0)
    bare = Recipe(shape=CUBE, seed=8, unfaulted=1.0)
    write_cubes(path, recipe, range(4), draw=lambda n: draw_cube(recipe if n < 2 else bare, n))
    return path


@pytest.fixture
def told(capsys):
    """Give a function that scores by the command, and returns its exit code, its output and its complaint."""

    def call(*words):
        code = main(["score", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def seen(fault, **words):
    """Make evidence whose seismic tells the fault by its sign, as `answer_of` reads it."""
    fault = np.asarray(fault, bool)
    none = np.zeros(fault.shape, bool)
    parts = {"name": "made", "ignore": none, "throw": None, "bare": not fault.any()} | words
    return Evidence(seismic=np.where(fault, -1, 1).astype(np.float32), fault=fault, **parts)


def answer_of(change=lambda fault: fault):
    """Make a network that knows the faults, and tells them changed."""
    return lambda windows: change((windows < 0).astype(np.float32))


def plane(shape=(24, 40, 48), at=20):
    fault = np.zeros(shape, bool)
    fault[:, at] = True
    return fault


def figures_of(network, card, data, **words):
    tallied = score(network, card, data, **{"classical": False} | words)
    return find_figures(tallied.rows[card.name])


@pytest.fixture
def flat(tiny2d):
    return read_card(tiny2d)


@pytest.fixture
def solid(tiny3d):
    return read_card(tiny3d)


@pytest.mark.parametrize("card", ["flat", "solid"])
def test_a_perfect_answer_scores_1_at_every_tolerance(card, request):
    figures = figures_of(answer_of(), request.getfixturevalue(card), [seen(plane())])
    for scores in figures.within.values():
        assert {scores.ods, scores.ois, scores.ap, scores.f1_at_half, scores.tolerant_iou_at_half} == {1.0}
    assert figures.intervals[2]["ods"] == (1.0, 1.0)
    assert (figures.solid is None) == (card == "flat")
    assert figures.solid is None or figures.solid.f1_at_half == 1.0
    assert figures.false_alarms != figures.false_alarms  # nothing without a fault


@pytest.mark.parametrize("moved", [1, 2, 3])
def test_an_answer_moved_by_no_more_than_the_tolerance_keeps_its_score(moved, flat):
    moving = answer_of(lambda fault: np.roll(fault, moved, axis=2))
    figures = figures_of(moving, flat, [seen(plane()[:1])])
    assert [figures.within[tolerance].ods == 1.0 for tolerance in (1, 2, 3)] == [
        t >= moved for t in (1, 2, 3)
    ]


def test_an_answer_as_wide_as_the_event_is_calibrated_and_one_that_doubts_is_not(flat):
    data = [seen(plane()[:1])]
    wide = answer_of(lambda fault: within_reach(fault[0], 2.0)[None])
    assert figures_of(wide, flat, data).calibration_error == 0.0
    assert figures_of(wide, flat, data).brier == 0.0
    doubt = answer_of(lambda fault: 0.5 * within_reach(fault[0], 2.0)[None])
    figures = figures_of(doubt, flat, data)
    share = 5 / 40
    assert figures.calibration_error == pytest.approx(0.5 * share, rel=0.1)
    assert figures.brier == pytest.approx(0.25 * share, rel=0.1)


def test_nothing_depends_on_the_order_of_the_data(flat):
    data = [seen(plane(at=at), name=str(at)) for at in (8, 15, 30)] + [seen(np.zeros((1, 40, 48)))]
    rng = np.random.default_rng(3)
    haze = 0.3 * rng.random((40, 48)).astype(np.float32)

    def network(windows):
        fault = (windows < 0) * np.float32(0.6)
        size = windows.shape[-2:]
        return np.maximum(fault, np.resize(haze, size))

    one, two = (find_figures(score(network, flat, some).rows["variance"]) for some in (data, data[::-1]))
    assert one.within == two.within
    assert one.intervals == two.intervals
    assert one.false_alarms == two.false_alarms
    assert one.calibration_error == pytest.approx(two.calibration_error)
    one, two = (figures_of(network, flat, some) for some in (data, data[::-1]))
    assert (one.within, one.intervals) == (two.within, two.intervals)


def test_false_alarms_are_counted_in_data_without_a_fault_and_nowhere_else(flat):
    bare = np.zeros((1, 40, 48), bool)

    def alarmed(windows):
        answer = (windows < 0).astype(np.float32)
        answer[:, :, :10] = 0.6
        return answer

    figures = figures_of(alarmed, flat, [seen(plane()[:1]), seen(bare), seen(bare[:, :20])])
    assert figures.false_alarms == pytest.approx((10 + 10) / (40 + 20))
    unsure = seen(bare, ignore=bare | True, bare=False)
    assert np.isnan(figures_of(alarmed, flat, [seen(plane()[:1]), unsure]).false_alarms)


def test_what_is_ignored_is_no_miss_and_no_false_prediction(flat):
    fault, ignore = plane()[:1], plane(at=5)[:1] | plane(at=30)[:1]
    both = answer_of(lambda fault: np.maximum(fault, np.roll(fault, 10, axis=2)))
    assert figures_of(both, flat, [seen(fault, ignore=ignore)]).within[1].f1_at_half == 1.0
    assert figures_of(both, flat, [seen(fault)]).within[1].f1_at_half < 0.7


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_volume_is_answered_as_predict_answers_it(dimensions, models):
    from odfault.model import load_network

    network = load_network(models / f"tiny{dimensions}d.keras")
    volume = np.random.default_rng(5).standard_normal((16, 40, 36)).astype(np.float32)
    fault = np.zeros(volume.shape, bool)
    fault[8, 20:] = True
    none = np.zeros(volume.shape, bool)
    evidence = Evidence("made", volume, fault, none, None, bare=False)
    tallied = score(network, network.card, [evidence], classical=False)
    assert tallied.sections == {"made": 2 + 5}
    expected = predict(volume, models / f"tiny{dimensions}d.keras")
    np.testing.assert_allclose(tallied.example.probability, expected[8], atol=1e-5)
    np.testing.assert_array_equal(tallied.example.seismic, volume[8])


def test_the_sections_of_a_volume_are_its_lines_and_a_section_is_one():
    volume = np.arange(9 * 10 * 4).reshape(9, 10, 4)
    sections = cut_sections(volume, 4)
    assert [section.shape for section in sections] == [(10, 4)] * 3 + [(9, 4)] * 3
    np.testing.assert_array_equal(sections[1], volume[4])
    np.testing.assert_array_equal(sections[4], volume[:, 4])
    assert len(cut_sections(volume[:1], 4)) == 1


def test_the_command_writes_a_table_its_figures_and_a_picture(cubes, tiny2d, told, tmp_path):
    out, picture = tmp_path / "scores.json", tmp_path / "scores.png"
    code, said, err = told(tiny2d, cubes, "--json", out, "--picture", picture)
    assert (code, err) == (0, "")
    assert max(map(len, said.splitlines())) <= 110
    table = json.loads(out.read_text())
    assert list(table["rows"]) == ["tiny2d", *CLASSICAL]
    assert table["sections"] == 4 * 8
    for row in table["rows"].values():
        assert set(row["within"]) == set(row["intervals"]) == {"1", "2", "3"}
        assert row["within"]["1"]["ods"] <= row["within"]["2"]["ods"] <= row["within"]["3"]["ods"]
        low, high = row["intervals"]["2"]["ods"]
        assert low <= row["within"]["2"]["ods"] <= high
        assert len(row["recall"]) == len(row["precision"]) == 99
        assert 0 <= row["false_alarms"] <= 1
        assert sum(each["objects"] for each in row["by_throw"]) > 5
        assert sum(each["samples"] for each in row["reliability"]) <= 4 * 8 * 32 * 48
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["scores.json", "scores.png"]


def test_fewer_cubes_and_wider_steps_are_fewer_sections_and_the_yardsticks_can_stay_at_home(
    cubes, tiny3d, told, tmp_path
):
    out = tmp_path / "scores.json"
    words = ("--cubes", 1, "--step", 16, "--no-classical", "--json", out)
    assert told(tiny3d, cubes, *words)[0] == 0
    table = json.loads(out.read_text())
    assert list(table["rows"]) == ["tiny3d"]
    assert table["data"] == {f"{cubes} cube 0": 4}
    assert table["rows"]["tiny3d"]["false_alarms"] is None


def same_in_all_files(cubes, tmp_path):
    """Write a cube of a file in all ways that are understood."""
    evidence = next(read_evidence(str(cubes)))
    cube = draw_cube(Recipe(shape=CUBE, seed=8, unfaulted=0.0), 0)
    write_surveys(tmp_path / "cube.sgy", cube)
    yield f"{tmp_path / 'cube.sgy'}={tmp_path / 'cube_faults.sgy'}"
    np.savez(tmp_path / "words.npz", seismic=cube.seismic, labels=cube.labels)
    yield tmp_path / "words.npz"
    labels = np.where(evidence.ignore, np.nan, evidence.fault)
    np.savez(tmp_path / "mask.npz", seismic=cube.seismic.astype(np.float64), faults=labels)
    yield tmp_path / "mask.npz"


def test_without_data_the_unseen_cubes_of_the_card_are_drawn(told, tiny2d, monkeypatch, tmp_path):
    recipe = Recipe(shape=CUBE, unfaulted=0.0)
    taught = read_card(find_weights("fault2d")).recipe["training"]
    monkeypatch.setattr("odfault_training.unseen.read_recipe", {taught["synthetic"]: recipe}.get)
    seed = taught["seed"] + 1
    code, out, err = told("fault2d", "--cubes", 2, "--no-classical", "--json", tmp_path / "one.json")
    assert code == 0, err
    assert f"2 cubes of seed {seed}" in out
    path = tmp_path / "cubes.h5"
    write_cubes(path, dataclasses.replace(recipe, seed=seed), range(2))
    assert told("fault2d", path, "--no-classical", "--json", tmp_path / "two.json")[0] == 0
    one, two = (json.loads((tmp_path / f"{name}.json").read_text())["rows"] for name in ("one", "two"))
    assert one == two
    code, _, err = told(tiny2d)
    assert code == 2
    assert "names no recipe" in err


def test_a_cube_scores_the_same_in_every_file(cubes, tmp_path):
    wanted = next(read_evidence(str(cubes)))
    assert wanted.throw.max() > 1
    for word in same_in_all_files(cubes, tmp_path):
        (found,) = read_evidence(str(word))
        np.testing.assert_allclose(found.seismic, wanted.seismic, atol=2e-2)
        np.testing.assert_array_equal(found.fault, wanted.fault)
        np.testing.assert_array_equal(found.ignore, wanted.ignore)
        assert not found.bare


def save(path, seismic, **labels):
    np.savez(path, seismic=seismic, **labels)
    return path


def noise(*shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def test_a_section_of_plain_labels_is_one_section(tmp_path, tiny2d, told):
    path = save(tmp_path / "line.npz", noise(40, 48), faults=255 * plane()[0].astype(np.uint8))
    (evidence,) = read_evidence(str(path))
    assert evidence.fault.sum() == 48
    code, said, _ = told(tiny2d, path, path, "--no-classical")
    assert code == 0
    assert "no intervals for fewer than 3" in said
    assert said.startswith("sections: 2")


@pytest.mark.parametrize("shape", [(1, 40, 48), (40, 1, 48)])
def test_a_line_of_segy_is_one_section_whichever_way_it_is_counted(shape, tmp_path):
    labels = plane((1, 40, 48)).reshape(shape).astype(np.float32)
    one = make_segy(tmp_path / "line.sgy", noise(*shape), sample_format=5)
    two = make_segy(tmp_path / "faults.SEGY", 0.7 * labels, sample_format=5)
    (evidence,) = read_evidence(f"{one}={two}")
    assert evidence.seismic.shape == (1, 40, 48)
    np.testing.assert_array_equal(evidence.fault, plane((1, 40, 48)))


def test_labels_are_words_only_if_nothing_else_is_among_them(tmp_path):
    labels = np.zeros((40, 48), np.uint8)
    labels[20], labels[21], labels[30] = FAULT, BESIDE, UNRESOLVED
    (words,) = read_evidence(str(save(tmp_path / "words.npz", noise(40, 48), labels=labels)))
    assert np.unique(np.nonzero(words.fault)[1]).tolist() == [20]
    assert np.unique(np.nonzero(words.ignore)[1]).tolist() == [30]
    labels[35] = 7
    (numbers,) = read_evidence(str(save(tmp_path / "numbers.npz", noise(40, 48), labels=labels)))
    assert np.unique(np.nonzero(numbers.fault)[1]).tolist() == [20, 21, 30, 35]
    assert not numbers.ignore.any()


def test_cubes_of_one_inline_are_a_section_each(tmp_path, tiny2d, tiny3d, told):
    path = tmp_path / "sections.h5"
    write_cubes(path, Recipe(shape=(1, 40, 48), seed=3, unfaulted=0.0), range(5))
    code, said, _ = told(tiny2d, path)
    assert code == 0
    assert said.startswith("sections: 5,")
    code, _, err = told(tiny3d, path)
    assert code == 2
    assert "take fault2d" in err


def test_dead_samples_are_dead_however_they_are_coded(tmp_path, flat):
    whole = noise(40, 48)
    results = []
    for number, dead in enumerate((0, np.nan, np.inf, 1e30)):
        whole[5], whole[:, :9] = dead, dead
        path = save(tmp_path / f"{number}.npz", whole, faults=plane()[0])
        tallied = score(answer_of(), flat, read_evidence(str(path)))
        results.append({name: find_figures(row).within for name, row in tallied.rows.items()})
    assert all(result == results[0] for result in results)


def test_data_without_any_label_tell_of_false_alarms_only(tmp_path, tiny2d, told):
    path = save(tmp_path / "bare.npz", noise(40, 48), faults=np.zeros((40, 48)))
    out, picture = tmp_path / "scores.json", tmp_path / "scores.png"
    code, said, err = told(tiny2d, path, "--json", out, "--picture", picture)
    assert (code, err) == (0, "")
    assert "undefined" in said
    row = json.loads(out.read_text())["rows"]["tiny2d"]
    assert 0 < row["false_alarms"] < 1
    assert (row["within"], row["calibration_error"], row["brier"]) == ({}, None, None)
    assert picture.is_file()


def bad_files(folder):
    """Make data that cannot be scored, with a word of the complaint."""
    good = noise(40, 48)
    (folder / "text.npz").write_text("no archive")
    (folder / "text.h5").write_text("no cubes")
    (folder / "empty.npz").write_bytes(b"")
    np.savez(folder / "alone.npz", seismic=good)
    np.savez(folder / "short.npz", seismic=good, faults=plane()[0][:-1])
    np.savez(folder / "deep.npz", seismic=good[None, None], faults=plane()[:1, None])
    np.savez(folder / "objects.npz", seismic=good, faults=np.array([[{}]]))
    np.savez(folder / "letters.npz", seismic=good, faults=np.full((40, 48), "f"))
    np.savez(folder / "hollow.npz", seismic=good[:0], faults=plane()[0][:0])
    np.save(folder / "array.npy", good)
    (folder / "array.npy").rename(folder / "array.npz")
    whole = (folder / "short.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    make_segy(folder / "one.sgy", noise(12, 10, 40), sample_format=5)
    make_segy(folder / "two.sgy", noise(12, 9, 40), sample_format=5)
    make_segy(folder / "moved.sgy", noise(12, 10, 40), sample_format=5, inlines=range(7, 19))


REFUSED = [
    ("none.npz", "no file"),
    ("none.sgy=one.sgy", "no file"),
    ("text.npz", "cannot be read"),
    ("empty.npz", "cannot be read"),
    ("cut.npz", "cannot be read"),
    ("array.npz", "cannot be read"),
    ("objects.npz", "cannot be read"),
    ("text.h5", "of odfault-synth"),
    ("alone.npz", "both seismic and faults"),
    ("letters.npz", "no numbers"),
    ("short.npz", "shape"),
    ("deep.npz", "shape"),
    ("hollow.npz", "shape"),
    ("one.sgy", "by its name"),
    ("one.txt", "by its name"),
    ("one.sgy=two.sgy", "shape"),
    ("one.sgy=moved.sgy", "other lines"),
]


@pytest.mark.parametrize(("word", "problem"), REFUSED)
def test_what_cannot_be_scored_is_refused_in_one_line(word, problem, tmp_path, tiny2d, told, monkeypatch):
    bad_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    code, said, err = told(tiny2d, word)
    assert (code, said) == (2, "")
    assert problem in err
    assert err.count("\n") == 1
    assert err.count(": ") >= 2


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--cubes", "0"), "--cubes 0"),
        (("--step", "0"), "--step 0"),
        (("--json", "nowhere/scores.json"), "nowhere does not exist"),
        (("--picture", "scores.doc"), "no picture's name"),
        (("--picture", "nowhere/scores.png"), "no folder"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_read(words, problem, told):
    code, said, err = told("no model", "no.npz", *words)
    assert (code, said) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_a_file_of_no_cubes_has_nothing_to_score(tmp_path, flat):
    path = tmp_path / "none.h5"
    write_cubes(path, Recipe(shape=CUBE), range(0))
    with pytest.raises(OdfaultError, match="no section"):
        score(answer_of(), flat, read_evidence(str(path)))
