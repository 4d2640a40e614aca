"""However faults are drawn, the same faults give the same labels; what does not fit is refused in a line."""

import numpy as np
import pytest
from make_segy import make_segy
from PIL import Image

from odfault.errors import OdfaultError
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_training.drawn import make_line, read_lines, word_faults
from odfault_training.sticks import Frame, draw_sticks

TRACES, SAMPLES = 40, 30
STICKS = [[(300, 10.0), (310, 66.0)], [(325, 0.0), (322, 60.0), (318, 116.0)]]
"""Crossline and milliseconds; delay 0, 4 ms."""


@pytest.fixture
def line(tmp_path):
    values = np.random.default_rng(1).standard_normal((1, TRACES, SAMPLES)).astype(np.float32) * 50
    return make_segy(tmp_path / "line.sgy", values, inlines=[17], sample_format=5)


@pytest.fixture
def text(tmp_path):
    def write(rows, name="faults.txt"):
        path = tmp_path / name
        path.write_text("\n".join(rows) + "\n")
        return path

    return write


def rows_of(sticks, template="{x} {z} {n}"):
    return [template.format(x=x, z=z, n=n) for n, stick in enumerate(sticks) for x, z in stick]


def mask_of(path):
    frame = Frame(np.arange(300, 300 + TRACES), False, 17, SAMPLES, 0.0, 4.0)
    return draw_sticks(path, frame)


def picture(path, mask, mode="L"):
    ink = {"L": 255, "1": 255, "P": 1, "RGB": (0, 0, 200), "RGBA": (9, 0, 0, 255), "LA": (40, 255)}[mode]
    image = Image.new(mode, mask.shape)
    for trace, sample in np.argwhere(mask):
        image.putpixel((int(trace), int(sample)), ink)
    if mode == "P":
        image.putpalette([0, 0, 0, 255, 255, 0])
    image.save(path)
    return path


def read(line, faults):
    return read_lines([f"{line}={faults}"])[0]


def refuse(line, faults, *words):
    with pytest.raises(OdfaultError) as refusal:
        read_lines([f"{line}={faults}"] if faults else [str(line)])
    told = str(refusal.value)
    assert "\n" not in told
    for word in words:
        assert word in told


def test_sticks_a_picture_and_segy_of_the_same_faults_give_the_same_labels(line, text, tmp_path):
    sticks = text(["# x z stick", "", *rows_of(STICKS)])
    drawn = read(line, sticks).labels
    mask = mask_of(sticks)
    assert (drawn == FAULT).sum() >= 0.9 * mask.sum() > 30
    for mode in ("L", "1", "P", "RGB", "RGBA", "LA"):
        labels = read(line, picture(tmp_path / f"{mode}.png", mask, mode)).labels
        np.testing.assert_array_equal(labels, drawn)
    for number, height in ((1, 1.0), (5, 0.8)):
        values = mask[None].astype(np.float32) * height
        faults = make_segy(tmp_path / "faults.sgy", values, inlines=[17], sample_format=number)
        np.testing.assert_array_equal(read(line, faults).labels, drawn)
    with np.load(_npz(tmp_path, mask)) as file:
        np.testing.assert_array_equal(read_lines([file.fid.name])[0].labels, drawn)


def _npz(tmp_path, mask, **more):
    words = {"seismic": np.ones(mask.shape, np.float32), "faults": mask.astype(np.uint8), **more}
    np.savez(tmp_path / "line.npz", **words)
    return tmp_path / "line.npz"


def test_sticks_may_be_told_in_many_ways(line, text, tmp_path):
    drawn = mask_of(text(rows_of(STICKS)))
    counted = [[(x - 299, z) for x, z in stick] for stick in STICKS]
    for rows in (
        rows_of(STICKS, "{x},{z},fault-{n}"),
        rows_of(STICKS, "  {x}\t; {z} ;{n}"),
        rows_of(STICKS, "17 {x} {z} {n}"),
        rows_of(STICKS, "17, {x}, {z}, {n}, red, 3"),
        rows_of(counted),
    ):
        labels = read(line, text(rows, "faults.csv")).labels
        np.testing.assert_array_equal(labels, word_faults(drawn[None]))
    np.testing.assert_array_equal(read(line, text(rows_of(counted, "{x} {z} a{n}"), "a.dat")).labels, labels)


def test_a_crossline_is_one_section_and_its_inlines_are_its_traces(text, tmp_path):
    values = np.random.default_rng(1).standard_normal((TRACES, 1, SAMPLES)).astype(np.float32)
    inlines = list(range(300, 300 + TRACES))
    line = make_segy(tmp_path / "crossline.sgy", values, inlines=inlines, crosslines=[9], sample_format=5)
    labelled = read(line, text(rows_of(STICKS, "{x} 9 {z} {n}")))
    assert labelled.seismic.shape == (1, TRACES, SAMPLES)
    np.testing.assert_array_equal(labelled.labels, word_faults(mask_of(text(rows_of(STICKS)))[None]))
    refuse(line, text(rows_of(STICKS, "{x} 8 {z} {n}")), "line 1", "crossline 8", "keep the points")


def test_z_counts_in_samples_where_an_array_has_no_interval(text, tmp_path):
    array = tmp_path / "line.npz"
    sticks = text(["3 2 a", "9 20 a"])
    np.savez(array, seismic=np.ones((TRACES, SAMPLES), np.float32))
    plain = read(array, sticks).labels
    np.savez(array, seismic=np.ones((TRACES, SAMPLES), np.float32), dt_s=0.004)
    np.testing.assert_array_equal(read(array, text(["3 8 a", "9 80 a"])).labels, plain)
    assert plain[0, 2, 2] == plain[0, 8, 20] == FAULT


def test_a_stick_is_one_sample_thin_and_has_no_gap(text):
    mask = mask_of(text(["302 8 a", "307 100 a", "335 108 a"]))
    assert (mask[2:8, 2:26].sum(axis=0) == 1).all()
    assert (mask[8:36].sum(axis=1) == 1).all()


def test_labels_are_sure_near_the_line_and_silent_around_it():
    mask = np.zeros((1, TRACES, SAMPLES), bool)
    mask[0, 20, 5:25] = True
    words = word_faults(mask)[0, :, 15]
    assert words[20] == FAULT
    assert (words[[19, 21]] == BESIDE).all()
    assert (words[[17, 18, 22, 23]] == UNRESOLVED).all()
    assert (words[:17] == BACKGROUND).all()
    assert (words[24:] == BACKGROUND).all()


def test_of_a_broad_stroke_the_middle_is_the_fault():
    mask = np.zeros((1, TRACES, SAMPLES), bool)
    mask[0, 12:21] = True
    words = word_faults(mask)[0, :, 15]
    assert np.flatnonzero(words == FAULT).tolist() == [16]
    assert (words[12:15] == UNRESOLVED).all()


def test_words_of_the_generator_are_obeyed():
    drawn = np.zeros((1, TRACES, SAMPLES), np.float32)
    drawn[0, 20], drawn[0, 19], drawn[0, 5] = FAULT, BESIDE, UNRESOLVED
    line = make_line("cut in", np.ones(drawn.shape, np.float32), drawn)
    assert line.worded
    np.testing.assert_array_equal(line.labels, drawn)


def test_amplitudes_have_a_mean_size_of_one_and_what_is_none_is_dead():
    seismic = np.full((1, TRACES, SAMPLES), 3e-9, np.float32)
    seismic[0, 0], seismic[0, 1, :3] = 0, (np.nan, np.inf, 1e30)
    drawn = np.zeros(seismic.shape)
    drawn[0, 20] = 1
    found = make_line("faint", seismic, drawn).seismic
    assert np.abs(found[found != 0]).mean() == pytest.approx(1)
    assert not found[0, 0].any()
    assert not found[0, 1, :3].any()


def test_a_volume_takes_its_faults_from_segy_only(text, tmp_path):
    values = np.random.default_rng(2).standard_normal((6, 8, 10)).astype(np.float32)
    volume = make_segy(tmp_path / "volume.sgy", values, sample_format=5)
    mask = np.zeros(values.shape, np.float32)
    mask[:, 4] = 1
    faults = make_segy(tmp_path / "faults.sgy", mask, sample_format=5)
    assert (read(volume, faults).labels[:, 4] == FAULT).mean() > 0.9
    refuse(volume, text(["1 1 a", "2 2 a"]), "is a volume of 6 x 8 x 10", "SEG-Y")
    refuse(volume, make_segy(tmp_path / "few.sgy", mask[:5], sample_format=5), "5 x 8 x 10", "same size")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["300 10 a", "310 sixty a"], ["line 2", "310 sixty a", "x, z and stick"]),
        (["300 10"], ["line 1", "300 10"]),
        (["300 nan a", "301 4 a"], ["line 1"]),
        (["300 10 a", "17 310 60 a"], ["line 2", "other columns"]),
        (["300 10 a", "410 60 a"], ["line 2", "trace 410", "300 to 339", "from 1 to 40"]),
        (["300 10 a", "310 200 a"], ["line 2", "z = 200", "0 to 116"]),
        (["300 10 a", "310 -20 a"], ["line 2", "z = -20"]),
        (["18 300 10 a", "18 310 60 a"], ["line 1", "inline 18", "inline 17"]),
        (["300 10 a", "310 60 b"], ["line 1", "stick a has one point"]),
        (["# nothing"], ["no point"]),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_its_line(line, text, rows, words):
    refuse(line, text(rows), "faults.txt", *words)


def test_pictures_that_do_not_fit_are_refused(line, tmp_path):
    mask = np.zeros((TRACES, SAMPLES), bool)
    refuse(line, picture(tmp_path / "p.png", mask), "not a single fault", "draw one")
    refuse(line, picture(tmp_path / "p.png", ~mask), "100%", "black or transparent")
    refuse(
        line, picture(tmp_path / "p.png", mask.T), "is 30 wide and 40 high", "40 (traces) and 30 (samples)"
    )
    (tmp_path / "p.png").write_text("no picture")
    refuse(line, tmp_path / "p.png", "is no picture", "give a PNG")
    refuse(line, tmp_path / "none.png", "none.png")


def test_files_that_hold_no_labelled_line_are_refused(line, text, tmp_path):
    mask = np.zeros((TRACES, SAMPLES), bool)
    mask[9] = True
    refuse(line, None, "comes without faults", "=faults.png")
    refuse(_npz(tmp_path, mask[:-1], seismic=np.ones(mask.shape)), None, "39 x 30", "40 x 30")
    refuse(_npz(tmp_path, mask, seismic=np.ones(5)), None, "(traces, samples)")
    refuse(_npz(tmp_path, mask, seismic=np.zeros(mask.shape)), None, "no live trace")
    (tmp_path / "empty.npz").write_bytes(b"")
    refuse(tmp_path / "empty.npz", None, "empty.npz holds no seismic")
    np.savez(tmp_path / "other.npz", amplitude=np.ones(3))
    refuse(tmp_path / "other.npz", None, "holds no seismic")
    refuse(tmp_path / "none.sgy", tmp_path / "none.txt", "none.sgy")
    refuse(line, tmp_path / "none.txt", "none.txt")
    with pytest.raises(OdfaultError, match="given twice"):
        read_lines([f"{line}=a.png", f"{line}=b.png"])


def test_lines_are_named_by_their_files(line, text, tmp_path):
    sticks = text(rows_of(STICKS))
    other = tmp_path / "other" / "line.sgy"
    other.parent.mkdir()
    other.write_bytes(line.read_bytes())
    names = [one.name for one in read_lines([f"{line}={sticks}", f"{other}={sticks}"])]
    assert names == [str(line), str(other)]
    assert read(line, sticks).name == "line"


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_undefined_in_a_survey_of_faults_is_no_fault(line, odd, tmp_path):
    mask = np.zeros((1, TRACES, SAMPLES), np.float32)
    mask[0, 5, 10:28] = 1
    clean = make_segy(tmp_path / "clean.sgy", mask, inlines=[17], sample_format=5)
    mask[0, 9, 3:9] = odd
    holed = make_segy(tmp_path / "holed.sgy", mask, inlines=[17], sample_format=5)
    (one,), (other,) = (read_lines([f"{line}={faults}"]) for faults in (clean, holed))
    np.testing.assert_array_equal(one.labels, other.labels)
