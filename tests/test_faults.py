"""What odfault faults writes tells of the same faults in every form, and is all there or not at all."""

import csv
import json
import re
import struct
from collections import defaultdict

import numpy as np
import pytest
from conftest import assert_one_line, snapshot
from make_segy import cube, make_segy, mute_trace_words, patch
from planes import plane

import odfault
from odfault.cli import main
from odfault.errors import OdfaultError
from odfault.kinds import read_map
from odfault.segy.survey import SegySurvey
from odfault.surfaces import command
from odfault.surfaces.folder import FILES
from odfault_training.sticks import Frame, draw_sticks, read_sticks

SHAPE = 40, 36, 60
EAST = {"x": 700000.0, "y": 40000.0, "step": 12.5}
"""The maker's coordinates: inlines 12.5 m apart to the east, crosslines to the north, times ten."""


@pytest.fixture(scope="module")
def volume():
    """Make two planes that cross: one along the inlines, one along the crosslines."""
    return np.maximum(plane(SHAPE, 5, 70), plane(SHAPE, 95, 60))


@pytest.fixture(scope="module")
def source(tmp_path_factory, volume):
    return make_segy(tmp_path_factory.mktemp("faults") / "prob.sgy", volume, sample_format=5)


@pytest.fixture(scope="module")
def found(source):
    """Find them once; their files are only read."""
    report = odfault.faults(source, source.parent / "found", velocity=2500, every=5)
    assert len(report.faults) == 2
    return report


def rows(found, name):
    return [line.split() for line in (found.out / name).read_text().splitlines() if not line.startswith("#")]


def test_all_files_are_there_and_nothing_else(found):
    assert sorted(path.name for path in found.out.iterdir()) == sorted(FILES)
    assert sorted(path.name for path in found.out.parent.iterdir()) == ["found", "prob.sgy"]
    for name in ("rose.png", "sticks.png"):
        assert (found.out / name).read_bytes().startswith(b"\x89PNG")


def test_the_numbered_survey_is_the_probability_in_all_but_its_samples(source, found):
    one, two = source.read_bytes(), (found.out / "faults.sgy").read_bytes()
    assert len(one) == len(two)
    assert one[3200:3600] == two[3200:3600]
    length = 240 + 4 * SHAPE[2]
    headers = [[data[at : at + 240] for at in range(3600, len(data), length)] for data in (one, two)]
    assert headers[0] == headers[1]


def test_each_number_of_the_survey_stands_as_often_as_the_table_says(found, volume):
    with SegySurvey.open(found.out / "faults.sgy") as survey:
        numbers = survey.read(slice(0, SHAPE[0]), slice(0, SHAPE[1]))
    assert set(np.unique(numbers).tolist()) == {0, 1, 2}
    with (found.out / "faults.csv").open() as file:
        table = list(csv.DictReader(file))
    for number, (row, fault) in enumerate(zip(table, found.faults, strict=True), 1):
        assert int(row["fault"]) == fault.number == number
        assert int(row["samples"]) == (numbers == number).sum() == fault.samples
        assert float(row["strike_deg"]) == pytest.approx(fault.strike_deg, abs=0.05)
        assert volume[numbers == number].mean() == pytest.approx(float(row["confidence"]), abs=1e-3)


def test_the_plain_sticks_are_read_by_tune_and_drawn_on_the_surface(found, tmp_path):
    with SegySurvey.open(found.out / "faults.sgy") as survey:
        numbers = survey.read(slice(0, SHAPE[0]), slice(0, SHAPE[1]))
    points = read_sticks(found.out / "sticks.txt")
    assert {len(point.place) for point in points} == {2}
    drawn = 0
    lines = (found.out / "sticks.txt").read_text().splitlines()
    for axis, first, other in ((0, 100, 300), (1, 300, 100)):
        for line in sorted({point.place[axis] for point in points}):
            mine = [row for row in lines[1:] if float(row.split()[axis]) == line]
            names = {row.split()[3] for row in mine}
            whole = {point.stick for point in points if point.place[axis] != line}
            mine = [row for row in mine if row.split()[3] in names - whole]  # sticks on this line, not across
            if not mine:
                continue
            text = tmp_path / f"{axis}{line}.txt"
            text.write_text("\n".join(mine) + "\n")
            count = SHAPE[1 - axis]
            frame = Frame(np.arange(other, other + count), axis == 1, int(line), SHAPE[2], 0.0, 4.0)
            mask = draw_sticks(text, frame)
            section = np.take(numbers, int(line) - first, axis=axis) > 0
            beside = section.copy()
            for way in (1, -1):
                for along in (0, 1):
                    beside |= np.roll(section, way, axis=along)
            assert beside[mask].mean() > 0.97
            drawn += mask.sum()
    assert drawn > 500


def test_opendtect_s_text_holds_names_coordinates_times_sticks_and_nodes(found):
    sticks = defaultdict(list)
    for name, x, y, z, stick, node in rows(found, "opendtect.txt"):
        assert re.fullmatch(r"fault_[12]", name)
        sticks[name, int(stick)].append((int(node), float(x), float(y), float(z)))
    for name in ("fault_1", "fault_2"):
        numbers = [stick for fault, stick in sticks if fault == name]
        assert numbers == list(range(1, len(numbers) + 1))  # its reader counts on without looking
        assert len(numbers) > 5
    for nodes in sticks.values():
        assert [node for node, *_ in nodes] == list(range(len(nodes)))
        assert len(nodes) > 1
        assert nodes[0][3] < nodes[-1][3]
    for _, x, y, z in (node for nodes in sticks.values() for node in nodes):
        i, j, k = (x - EAST["x"]) / EAST["step"], (y - EAST["y"]) / EAST["step"], z / 4
        assert _beside(i, j, k, 5, 70) or _beside(i, j, k, 95, 60)


def _beside(i, j, k, strike, dip):
    """Tell whether a place lies within a sample of a plane through the middle, by its equation."""
    strike, dip = np.radians(strike), np.radians(dip)
    across = np.array([-np.sin(dip) * np.sin(strike), np.sin(dip) * np.cos(strike), -np.cos(dip)])
    return abs((np.array([i, j, k]) - (np.array(SHAPE) - 1) / 2) @ across) < 1


def test_petrel_s_text_tells_the_same_nodes_with_their_lines(found):
    charisma, other = rows(found, "petrel.txt"), rows(found, "opendtect.txt")
    assert len(charisma) == len(other) > 30
    for (word, inline, crossline, x, y, z, name, stick), told in zip(charisma, other, strict=True):
        assert word == "INLINE-"
        assert [name, stick] == [told[0], told[4]]
        assert np.allclose([float(x), float(y), float(z)], [float(part) for part in told[1:4]], atol=0.01)
        assert abs(int(inline) - 100 - (float(x) - EAST["x"]) / EAST["step"]) <= 0.5
        assert abs(int(crossline) - 300 - (float(y) - EAST["y"]) / EAST["step"]) <= 0.5


def test_the_three_texts_tell_of_the_same_sticks(found):
    plain = [row[-1].split(".") for row in rows(found, "sticks.txt")]
    assert [[f"fault_{fault}", stick] for fault, stick in plain] == [
        [row[0], row[4]] for row in rows(found, "opendtect.txt")
    ]


@pytest.mark.parametrize("crossing", [False, True])
def test_on_a_line_faults_are_lines(tmp_path, crossing):
    section = np.maximum(plane((1, 90, 70), 0, 60, shift=-20), plane((1, 90, 70), 180, 50, shift=20))
    values = section.swapaxes(0, 1) if crossing else section
    path = make_segy(tmp_path / "line.sgy", values, sample_format=5)
    report = odfault.faults(path, tmp_path / "out", depth=True)
    assert len(report.faults) == 2
    assert not (report.out / "rose.png").exists()
    assert all(fault.strike_deg is None and fault.area_m2 is None for fault in report.faults)
    # 12.5 m for a trace and 4 m for a sample make the plane gentler
    dips = sorted(fault.dip_deg for fault in report.faults)
    wanted = sorted(np.degrees(np.arctan(np.tan(np.radians(dip)) * 4 / 12.5)) for dip in (60, 50))
    assert np.allclose(dips, wanted, atol=2)
    names = {row[-1] for row in rows(report, "opendtect.txt")}
    assert names == {"line"}
    points = read_sticks(report.out / "sticks.txt")
    assert {len(point.place) for point in points} == {1}
    frame = Frame(np.arange(90) + (100 if crossing else 300), crossing, None, 70, 0.0, 4.0)
    mask = draw_sticks(report.out / "sticks.txt", frame)
    near = section[0][mask]
    assert near.min() > 0.3
    assert mask.sum() > 100


@pytest.mark.parametrize("shape", [(1, 90, 60), (90, 1, 60), (30, 36, 60)])
def test_a_lone_level_fault_is_a_fault_like_others(tmp_path, shape):
    level = np.exp(-0.5 * (np.arange(60, dtype=np.float32) - 30) ** 2)
    path = make_segy(tmp_path / "line.sgy", np.broadcast_to(level, shape), sample_format=5)
    report = odfault.faults(path, tmp_path / "out", depth=True)
    assert len(report.faults) == 1
    assert (report.out / "sticks.png").exists()
    assert {float(row[-2]) for row in rows(report, "sticks.txt")} == {120.0}


@pytest.mark.parametrize("shape", [(1, 20, 30), (20, 1, 30), (20, 20, 30)])
def test_faults_too_small_for_a_stick_are_drawn_too(tmp_path, shape):
    spot = np.zeros(shape, np.float32)
    spot[shape[0] // 2, shape[1] // 2, 14:17] = 0.9, 1, 0.9
    path = make_segy(tmp_path / "spot.sgy", spot, sample_format=5)
    report = odfault.faults(path, tmp_path / "out", smallest=1, sure=0)
    assert rows(report, "sticks.txt") == []
    assert (report.out / "sticks.png").exists()


@pytest.mark.parametrize("shape", [(1, 90, 60), (40, 36, 60)])
def test_without_coordinates_nothing_is_told_in_metres(tmp_path, shape):
    path = make_segy(tmp_path / "a.sgy", plane(shape, 5 if shape[0] > 1 else 0, 60), sample_format=5)
    for word in (73, 77):
        mute_trace_words(path, 60, word, ">i", 0)
    report = odfault.faults(path, tmp_path / "out", depth=True)
    with (report.out / "faults.csv").open() as file:
        (row,) = csv.DictReader(file)
    empty = {name for name, told in row.items() if not told}
    assert empty == {"strike_deg", "dip_deg", "slope_m_per_m", "area_m2", "length_m"}
    assert "nothing is told in metres" in report.remarks[-1]


def test_scalars_feet_and_their_absence_are_read_from_the_headers(tmp_path):
    path = make_segy(tmp_path / "a.sgy", cube(6, 5, 8), sample_format=5)
    places = np.array([[0, 0], [2, 3], [5, 4]])

    def look():
        with SegySurvey.open(path) as survey:
            return read_map(survey)

    ground, remarks = look()
    wanted = np.array([EAST["x"], EAST["y"]]) + EAST["step"] * places
    assert np.allclose(ground.at(places), wanted)
    assert (ground.known, ground.unit_m, remarks) == (True, 1.0, [])
    for scalar, factor in ((-100, 0.1), (0, 10), (1, 10), (10, 100)):
        mute_trace_words(path, 8, 71, ">h", scalar)
        assert np.allclose(look()[0].at(places), wanted * factor)
    patch(path, 3255, ">h", 2)
    assert look()[0].unit_m == pytest.approx(0.3048)
    mute_trace_words(path, 8, 89, ">h", 2)
    ground, (remark,) = look()
    assert not ground.known
    assert "geographic" in remark
    for word in (73, 77):
        mute_trace_words(path, 8, word, ">i", 0)
    mute_trace_words(path, 8, 89, ">h", 1)
    ground, (remark,) = look()
    assert not ground.known
    assert "no coordinates" in remark
    assert np.allclose(ground.at(places), places[:, ::-1] + (300, 100))  # crosslines and inlines


def test_a_crooked_line_keeps_its_bends(tmp_path):
    path = make_segy(tmp_path / "a.sgy", cube(1, 30, 8), sample_format=5)
    data = bytearray(path.read_bytes())
    for trace in range(30):
        x, y = (1000 * trace, 0) if trace < 15 else (15000, 1000 * (trace - 15))
        struct.pack_into(">2i", data, 3600 + trace * (240 + 32) + 72, x, y)
    path.write_bytes(data)
    with SegySurvey.open(path) as survey:
        ground, _ = read_map(survey)
    assert np.allclose(ground.at(np.array([[0, 7.5], [0, 15], [0, 20]])), [[750, 0], [1500, 0], [1500, 500]])


def refuse(folder, capsys, *words):
    before = snapshot(folder)
    assert main(["faults", *map(str, words), "--progress", "none"]) == 2
    told = capsys.readouterr().err
    assert_one_line(told)
    assert snapshot(folder) == before
    return told


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--threshold", "1"], "threshold of 1"),
        (["--threshold", "nan"], "threshold of nan"),
        (["--threshold", "0.9", "--smallest", "99999"], "no fault of 99999 samples at 0.9"),
        (["--smallest", "0"], "faults of 0 samples"),
        (["--sure", "0.999"], "no fault of 300 samples at 0.5, and 2 less sure or crumpled"),
        (["--sure", "1"], "mean probability of 1"),
        (["--every", "0"], "every 0 lines"),
        (["--velocity", "2.5"], "velocity of 2.5 m/s"),
        (["--velocity", "2500", "--depth"], "velocity for depths"),
        (["--seismic", "no.sgy"], "no.sgy does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused(source, tmp_path, capsys, words, problem):
    assert problem in refuse(tmp_path, capsys, source, tmp_path / "out", *words)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_probability_is_refused(tmp_path, capsys):
    seismic = make_segy(tmp_path / "a.sgy", cube(9, 8, 20), sample_format=5)
    assert "no probabilities" in refuse(tmp_path, capsys, seismic, tmp_path / "out")
    assert "not a SEG-Y" in refuse(tmp_path, capsys, __file__, tmp_path / "out")
    assert "does not exist" in refuse(tmp_path, capsys, tmp_path / "b.sgy", tmp_path / "out")


def test_outputs_that_are_there_are_replaced_only_when_told(source, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["faults", str(source), str(out), "--progress", "json"]) == 0
    told = capsys.readouterr()
    assert "2 faults" in told.out
    assert all(json.loads(line) for line in told.err.splitlines())
    assert "is there already" in refuse(tmp_path, capsys, source, out)
    (out / "mine.txt").write_text("precious")
    assert (
        main(["faults", str(source), str(out), "--replace", "--threshold", ".6", "--progress", "none"]) == 0
    )
    assert (out / "mine.txt").read_text() == "precious"
    assert "--velocity" in capsys.readouterr().err
    assert "is a file" in refuse(tmp_path, capsys, source, out / "mine.txt")
    assert "does not exist" in refuse(tmp_path, capsys, source, tmp_path / "no" / "out")


def test_a_probability_is_not_written_over(volume, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    source = make_segy(tmp_path / "out" / "faults.sgy", volume, sample_format=5)
    assert "is the input itself" in refuse(tmp_path, capsys, source, tmp_path / "out", "--replace")


@pytest.mark.parametrize("shape", [SHAPE, (1, 60, 60), (60, 1, 60)])
def test_of_several_probabilities_the_largest_counts_in_any_order(tmp_path, shape):
    parts = plane(shape, 5, 70), plane(shape, 95, 60), 0.4 * np.ones(shape, np.float32)
    parts[2][..., :20] = np.nan
    names = [make_segy(tmp_path / f"{n}.sgy", part, sample_format=5) for n, part in enumerate(parts)]
    told = []
    whole = make_segy(tmp_path / "all.sgy", np.fmax.reduce(parts), sample_format=5)
    for first, *also in ([whole], [names[0], *names[1:]], [*names[::-1]], [names[1], names[2], whole]):
        words = ["--also", *map(str, also)] if also else []
        out = tmp_path / f"out{len(told)}"
        assert main(["faults", str(first), str(out), *words, "--smallest", "30", "--progress", "none"]) == 0
        told.append([(out / name).read_bytes() for name in ("faults.csv", "sticks.txt", "petrel.txt")])
    assert told[0] == told[1] == told[2] == told[3]


def test_further_probabilities_must_be_of_the_same_survey(source, volume, tmp_path, capsys):
    out = tmp_path / "out"
    others = {
        "fewer.sgy": make_segy(tmp_path / "fewer.sgy", volume[1:], sample_format=5),
        "shorter.sgy": make_segy(tmp_path / "shorter.sgy", volume[:, :, :-1], sample_format=5),
        "coarser.sgy": make_segy(tmp_path / "coarser.sgy", volume, sample_format=5, interval_us=8000),
    }
    for name, other in others.items():
        told = refuse(tmp_path, capsys, source, out, "--also", other)
        assert f"{name} has other lines or samples than {source}" in told
    wrong = make_segy(tmp_path / "wrong.sgy", 9 * volume, sample_format=5)
    assert f"odfault: {wrong}: its samples" in refuse(tmp_path, capsys, source, out, "--also", wrong)
    assert "does not exist" in refuse(tmp_path, capsys, source, out, "--also", tmp_path / "none.sgy")
    out.mkdir()
    mine = make_segy(out / "faults.sgy", volume, sample_format=5)
    assert "is the input itself" in refuse(tmp_path, capsys, source, out, "--also", mine, "--replace")


@pytest.mark.parametrize("room", ["draw_sticks", "write_labels"])
def test_a_disk_that_fills_leaves_nothing_behind(source, tmp_path, monkeypatch, room):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, room, fail)
    with pytest.raises(OdfaultError, match="is full"):
        odfault.faults(source, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_cleared_and_what_is_not_ours_is_kept(source, tmp_path, capsys):
    part = tmp_path / "out.part"
    part.mkdir()
    (part / "faults.csv").write_text("half")
    odfault.faults(source, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    part.mkdir()
    (part / "mine.txt").write_text("precious")
    with pytest.raises(OdfaultError, match="cannot be written"):
        odfault.faults(source, tmp_path / "out", replace=True)
    assert (part / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize("lines", [2, 3, 5])
def test_a_few_lines_are_a_volume_too(tmp_path, lines):
    path = make_segy(tmp_path / "few.sgy", plane((lines, 90, 60), 0, 65), sample_format=5)
    report = odfault.faults(path, tmp_path / "out", depth=True)
    assert len(report.faults) == 1
    assert {row[0] for row in rows(report, "opendtect.txt")} == {"fault_1"}


def test_holes_and_dead_traces_are_no_faults(tmp_path, volume):
    holes = [(i, j) for i in range(10, 14) for j in range(8)]
    dead = volume.copy()
    dead[20:24, :6] = 0
    path = make_segy(tmp_path / "holes.sgy", dead, sample_format=5, holes=holes)
    assert len(odfault.faults(path, tmp_path / "out").faults) == 2


def test_from_python_words_that_nobody_knows_are_refused(source, tmp_path):
    with pytest.raises(OdfaultError, match="colour"):
        odfault.faults(source, tmp_path / "out", colour="red")


def test_the_seismic_to_draw_over_must_be_of_the_same_lines(source, tmp_path, capsys):
    other = make_segy(tmp_path / "a.sgy", cube(4, 5, 20), sample_format=5)
    assert "other lines" in refuse(tmp_path, capsys, source, tmp_path / "out", "--seismic", other)
