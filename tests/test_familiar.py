"""A survey is judged place by place, as windows are, and only what is unlike is warned of."""

import numpy as np
import pytest
from make_segy import make_segy

import odfault
from odfault import cli
from odfault.card import SIDE
from odfault.demo import EXAMPLE
from odfault.errors import OdfaultError
from odfault.familiar import COLUMNS, DEPTHS, MANY, Spots, judge_section, look, warn
from odfault.segy.survey import SegySurvey

CHANCE = np.random.default_rng(7)
ONE = (1.0, 1.0)


def brightness(windows):
    """Stand in for a meter: the share of samples above zero."""
    assert windows.shape[1:] == (SIDE, SIDE)
    return (windows > 0).mean(axis=(1, 2)).astype(np.float32)


def reader(volume):
    """Give what reads boxes of an array."""
    return lambda x, y, z: volume[x, y, z]


def whole(volume):
    """Give all of an array as a part."""
    return tuple(slice(0, n) for n in volume.shape)


def two_halves(traces=192, samples=256):
    """Draw a section that is positive in its upper half and negative below."""
    section = np.abs(CHANCE.standard_normal((traces, samples)).astype(np.float32)) + 0.1
    section[:, samples // 2 :] *= -1
    return section


@pytest.mark.parametrize("scale", [(1.0, 1.0), (2.0, 1.0), (1.0, 0.5), (1.5, 1.25)])
def test_each_place_gets_what_the_window_about_it_is_given(scale):
    section = two_halves()
    answer = judge_section(section, scale, brightness)
    assert answer.shape == section.shape
    quarter, half = section.shape[1] // 4, section.shape[1] // 2
    reach = int(SIDE / 2 / scale[1])
    if reach <= quarter:
        np.testing.assert_allclose(answer[:, : half - 2 * reach], 1, atol=0.1)
        np.testing.assert_allclose(answer[:, half + 2 * reach :], 0, atol=0.1)
    np.testing.assert_allclose(answer[:, half], 0.5, atol=0.1)
    assert (np.diff(answer.mean(axis=0)) <= 0.01).all()


def test_dead_traces_are_zero_and_dead_sections_too():
    section = np.abs(two_halves())
    section[10:13], section[40] = 0, np.nan
    answer = judge_section(section, ONE, brightness)
    assert not answer[10:13].any()
    assert not answer[40].any()
    assert (np.delete(answer, [10, 11, 12, 40], axis=0) > 0.8).all()
    assert not judge_section(np.zeros((80, 90), np.float32), ONE, brightness).any()


@pytest.mark.parametrize("shape", [(5, 20, 30), (1, 300, 70), (9, 70, 300), (30, 20, 900)])
@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.5, 2.0)])
def test_windows_are_spread_over_the_part_asked_for(shape, scale):
    volume = CHANCE.standard_normal(shape).astype(np.float32)
    part = tuple(slice(n // 5, n) for n in shape)
    spots = look(reader(volume), part, scale, brightness)
    assert 0 < len(spots.places) <= COLUMNS * DEPTHS
    assert len(np.unique(spots.places, axis=0)) == len(spots.places)
    for axis, (slots, wide) in enumerate(zip(part, (1, SIDE / scale[0], SIDE / scale[1]), strict=True)):
        at = spots.places[:, axis]
        assert slots.start <= at.min() <= at.max() < slots.stop
        assert np.ptp(at) >= 0.5 * (slots.stop - slots.start - wide) - 2


def test_little_is_read_of_a_large_survey():
    read = []

    def give(x, y, z):
        read.append((x.stop - x.start) * (y.stop - y.start))
        return np.ones((x.stop - x.start, y.stop - y.start, z.stop - z.start), np.float32)

    look(give, (slice(0, 900), slice(0, 1200), slice(0, 1500)), ONE, brightness)
    assert sum(read) <= COLUMNS * SIDE


@pytest.mark.parametrize("shape", [(1, 10, 500), (4, 300, 10)])
def test_nothing_is_said_of_what_is_too_small_or_dead(shape):
    for volume in (CHANCE.standard_normal(shape).astype(np.float32), np.zeros((3, 200, 200), np.float32)):
        spots = look(reader(volume), whole(volume), ONE, brightness)
        assert not spots.familiarity.size
        assert warn(spots, "tiny", str) == []


def name(axis, first, last):
    """Name a range of positions."""
    return f"axis {axis} {first}-{last}"


def test_a_remark_is_made_of_much_that_is_unlike_and_says_where():
    places = np.stack(np.meshgrid([0, 4], [10, 60, 110], np.arange(0, 1000, 100), indexing="ij"), axis=-1)
    places = places.reshape(-1, 3)
    deep = Spots(places, np.where(places[:, 2] >= 500, 0.1, 0.9).astype(np.float32))
    assert deep.share == pytest.approx(0.5)
    (said,) = warn(deep, "fault9d", name)
    assert said.startswith(
        "50 % of the survey is unlike what fault9d learned from, most of it axis 2 500-900:"
    )
    everywhere = Spots(places, np.full(len(places), 0.1, np.float32))
    assert "most" not in warn(everywhere, "fault9d", name)[0]
    few = Spots(places, np.where(places[:, 2] >= 1000 * (1 - MANY + 0.01), 0.1, 0.9).astype(np.float32))
    assert warn(few, "fault9d", name) == []


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Give the survey of the demo and, of its traces, one that is mostly noise."""
    folder = tmp_path_factory.mktemp("familiar")
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        cube = survey.read(slice(0, 20), slice(0, 80))
    sound = make_segy(folder / "sound.sgy", cube, sample_format=5)
    noise = cube + CHANCE.standard_normal(cube.shape).astype(np.float32) * 6 * cube.std()
    return sound, make_segy(folder / "noisy.sgy", noise, sample_format=5)


def unlike(remarks):
    """Pick the remark of what is unlike."""
    return [line for line in remarks if "is unlike what" in line]


def test_a_run_warns_of_noise_and_not_of_the_demo(demo, tmp_path):
    words = {"model": "fault2d", "average": "none", "inlines": (100, 103)}
    sound, noisy = (odfault.run(path, tmp_path / "out.sgy", **words).remarks for path in demo)
    assert unlike(sound) == []
    (said,) = unlike(noisy)
    assert "% of the survey is unlike what fault2d learned from" in said


@pytest.mark.parametrize("direction", ["inline", "crossline"])
def test_the_file_is_a_twin_of_the_survey(demo, tmp_path, direction, monkeypatch):
    monkeypatch.setattr("odfault.engine.open_meter", lambda *words, **more: brightness)
    path = tmp_path / "familiar.sgy"
    words = {"model": "fault2d", "average": "none", "direction": direction, "inlines": (102, 115)}
    odfault.run(demo[0], tmp_path / "out.sgy", familiar=path, **words)
    with SegySurvey.open(path) as survey, SegySurvey.open(tmp_path / "out.sgy") as twin:
        assert survey.shape == twin.shape
        for lines in ("inlines", "crosslines"):
            np.testing.assert_array_equal(getattr(survey, lines), getattr(twin, lines))
        values = survey.read(slice(0, 14), slice(0, 80))
    with SegySurvey.open(demo[0]) as survey:
        cube = survey.read(slice(2, 16), slice(0, 80))
    turned = cube if direction == "inline" else cube.swapaxes(0, 1)
    expected = np.stack([judge_section(line, ONE, brightness) for line in turned])
    expected = expected if direction == "inline" else expected.swapaxes(0, 1)
    across = (0, 8, 13) if direction == "inline" else (0, 8, 72, 79)
    axis = 0 if direction == "inline" else 1
    np.testing.assert_allclose(values.take(across, axis), expected.take(across, axis), atol=1e-5)
    between = expected.take([0, 8], axis).mean(axis=axis)
    np.testing.assert_allclose(values.take(4, axis), between, atol=1e-5)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["familiar.sgy", "out.sgy", "out.sgy.json"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("in.sgy", "is the input itself"),
        ("out.sgy", "is a name that the output"),
        ("out.sgy.json", "is a name that the output"),
        ("out.sgy.part", "is a name that the output"),
        ("no/where.sgy", "does not exist"),
        (".", "is a folder"),
    ],
)
def test_a_file_that_is_in_the_way_is_refused(refused, source, tmp_path, name, problem):
    refused(source, "--familiar", tmp_path / name, problem=problem)


def test_what_judges_finds_no_faults(source, tmp_path, capsys):
    assert cli.main(["run", str(source), str(tmp_path / "out.sgy"), "--model", "familiar2d"]) == 2
    assert "familiar2d finds no faults: give fault2d or fault3d" in capsys.readouterr().err
    with pytest.raises(OdfaultError, match="judges surveys"):
        odfault.predict(np.ones((64, 64)), "familiar2d")
    with pytest.raises(OdfaultError, match="finds no faults"):
        odfault.run(source, tmp_path / "out.sgy", model="denoise2d", familiar=tmp_path / "f.sgy")
