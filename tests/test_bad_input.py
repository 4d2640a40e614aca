"""Bad input gets one line with the problem and the mend, exit code 2, and nothing is lost or overwritten."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_one_line
from make_segy import make_segy, patch

SHAPE = (12, 10, 40)
VALUES = np.random.default_rng(3).standard_normal(SHAPE).astype(np.float32)
TRACE = 240 + 4 * 40
HEAD = 3600


def samples(path, n_samples=40):
    data = np.frombuffer(path.read_bytes()[HEAD:], np.uint8).reshape(-1, 240 + 4 * n_samples)
    return np.ascontiguousarray(data[:, 240:]).view(">f4")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"hello", "not a SEG-Y file"),
        (b"a,b,c\n1,2,3\n" * 5000, "not a SEG-Y file"),
        (bytes(100_000), "not a SEG-Y file"),
        (np.random.default_rng(1).bytes(200_000), "not a SEG-Y file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100, "not a SEG-Y file"),
    ],
)
def test_what_is_no_segy_is_refused(tmp_path, refused, content, problem):
    (tmp_path / "in.sgy").write_bytes(content)
    refused(tmp_path / "in.sgy", problem=problem)


@pytest.mark.parametrize("length", [HEAD - 1, HEAD, HEAD + 100, HEAD + TRACE - 1])
def test_a_file_cut_before_its_first_trace_ends_is_refused(source, refused, length):
    os.truncate(source, length)
    refused(source)


def test_a_file_of_other_lengths_than_its_header_says_is_refused(source, refused):
    patch(source, 3221, ">H", 33)
    for trace in range(120):
        patch(source, HEAD + trace * TRACE + 115, ">H", 37)
    refused(source, problem="--samples")


def test_the_true_number_of_samples_helps(source, odfault_run, tmp_path):
    expected = odfault_run(source, out=tmp_path / "expected.sgy")
    patch(source, 3221, ">H", 33)
    for trace in range(120):
        patch(source, HEAD + trace * TRACE + 115, ">H", 37)
    code, told = odfault_run(source, "--samples", 40)
    assert (code, expected[0]) == (0, 0)
    assert "33" in told
    np.testing.assert_array_equal(samples(tmp_path / "out.sgy"), samples(tmp_path / "expected.sgy"))


def test_zero_samples_are_refused(source, refused):
    patch(source, 3221, ">H", 0)
    patch(source, HEAD + 115, ">H", 0, every=TRACE)
    refused(source, problem="zero samples")


@pytest.mark.parametrize("dead", [0.0, np.nan, np.inf, 1e30])
def test_a_survey_of_dead_traces_is_refused(tmp_path, refused, dead):
    source = make_segy(tmp_path / "in.sgy", np.full(SHAPE, dead, np.float32), sample_format=5)
    refused(source, problem="dead")


def test_a_file_cut_off_in_the_middle_of_a_trace_is_answered_as_far_as_it_goes(source, odfault_run, tmp_path):
    os.truncate(source, HEAD + 113 * TRACE + 300)
    before = source.read_bytes()
    code, told = odfault_run(source)
    assert code == 0
    assert "ends in the middle of trace 114; its last 300 bytes were left out" in told
    assert "7 of 120 places hold no trace" in told
    assert len(samples(tmp_path / "out.sgy")) == 113
    assert source.read_bytes() == before


def test_odd_samples_are_answered_around_and_told(tmp_path, odfault_run):
    values = VALUES.copy()
    values[3, 4, 5:8], values[5, 6, 7], values[8, 8] = np.nan, np.inf, 1e30
    code, told = odfault_run(make_segy(tmp_path / "in.sgy", values, sample_format=5))
    assert code == 0
    assert "44 samples are NaN, Inf or undefined" in told
    got = samples(tmp_path / "out.sgy").reshape(SHAPE)
    assert np.isfinite(got).all()
    assert not got[8, 8].any()
    assert got[3, 4].all()


@pytest.mark.parametrize("shape", [(1, 1, 40), (1, 10, 40), (12, 1, 40), (2, 3, 5), (1, 1, 1), (9, 9, 2)])
def test_thin_surveys_are_answered(tmp_path, odfault_run, shape):
    values = np.random.default_rng(4).standard_normal(shape).astype(np.float32)
    code, told = odfault_run(make_segy(tmp_path / "in.sgy", values, sample_format=5))
    got = samples(tmp_path / "out.sgy", shape[2])
    assert (code, got.shape) == (0, (shape[0] * shape[1], shape[2])), told
    assert (got > 0).all()
    assert (got < 1).all()


def test_duplicates_and_unsorted_traces_are_answered_and_told(tmp_path, odfault_run):
    sorted_, wild = tmp_path / "sorted.sgy", tmp_path / "wild.sgy"
    assert odfault_run(make_segy(tmp_path / "a.sgy", VALUES, sample_format=5), out=sorted_)[0] == 0
    order = np.random.default_rng(5).permutation(120)
    path = make_segy(
        tmp_path / "b.sgy", VALUES, sample_format=5, order=order, repeats=[(0, 1), (0, 1), (11, 9)]
    )
    code, told = odfault_run(path, out=wild)
    assert (code, told) == (0, "3 traces repeat the place of another.\n")
    expected = samples(sorted_)
    np.testing.assert_array_equal(samples(wild), expected[[*order, 1, 1, 119]])


def test_an_input_that_is_not_there_or_no_file_is_refused(tmp_path, refused):
    refused(tmp_path / "none.sgy", problem="does not exist")
    refused(tmp_path, problem="is a folder")


@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root reads everything")
def test_an_input_that_may_not_be_read_is_refused(source, refused):
    source.chmod(0)
    refused(source, problem="permissions")


@pytest.mark.parametrize("ending", ["", ".part", ".journal", ".json", ".json.part"])
def test_an_output_that_would_write_over_the_input_is_refused(tmp_path, source, refused, ending):
    taken = source.rename(tmp_path / f"out.sgy{ending}")
    refused(taken, problem="input itself")
    link = tmp_path / f"link.sgy{ending}"
    link.symlink_to(taken)
    refused(taken, out=tmp_path / "link.sgy", problem="input itself")


def test_a_picture_that_would_write_over_the_input_or_the_output_is_refused(tmp_path, source, refused):
    taken = source.rename(tmp_path / "in.png")
    refused(taken, "--png", taken, problem="choose another name")
    refused(taken, "--png", tmp_path / "b.png", out=tmp_path / "b.png", problem="name of a picture")


def test_who_mixes_up_pictures_and_surveys_is_led_to_the_right_command(tmp_path, source, refused):
    (tmp_path / "shot.PNG").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100)
    refused(tmp_path / "shot.PNG", problem="odfault picture")
    (tmp_path / "small.jpg").write_bytes(b"\xff\xd8\xff")
    refused(tmp_path / "small.jpg", problem="odfault picture")
    refused(source, out=tmp_path / "faults.png", problem=f"{tmp_path / 'faults.sgy'} --png")


def test_an_output_in_no_folder_or_that_is_no_file_is_refused(tmp_path, source, refused):
    refused(source, out=tmp_path / "no" / "out.sgy", problem="does not exist")
    refused(source, out=tmp_path, problem="is a folder")
    refused(source, "--png", tmp_path / "no" / "b.png", problem="does not exist")
    if Path("/dev/null").exists():
        refused(source, out=Path("/dev/null"), problem="not an ordinary file")
        assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root writes everywhere")
def test_an_output_in_a_closed_folder_is_refused(tmp_path, source, odfault_run):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code, told = odfault_run(source, out=closed / "out.sgy")
    assert code == 2
    assert_one_line(told)


def test_a_disk_with_too_little_room_is_told_before_anything_is_written(source, refused, monkeypatch):
    usage = shutil.disk_usage(source)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    refused(source, problem="is full")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is full")
@pytest.mark.parametrize("ending", [".part", ".json.part"])
def test_a_disk_that_fills_is_told_in_one_line(tmp_path, source, odfault_run, ending):
    out = tmp_path / "out.sgy"
    out.write_text("precious")
    (tmp_path / f"out.sgy{ending}").symlink_to("/dev/full")
    code, told = odfault_run(source, "--replace")
    assert code == 2
    assert_one_line(told)
    assert "is full" in told
    assert out.read_text() == "precious"
    left = {path.name for path in tmp_path.iterdir()} - {"in.sgy", "out.sgy"}
    assert left <= ({"out.sgy.part", "out.sgy.journal"} if ending == ".json.part" else set())
    assert odfault_run(source, "--replace")[0] == 0, "with room made it goes on"
    assert out.stat().st_size == source.stat().st_size


@pytest.mark.parametrize("turn", [1, 2, 3, 4])
def test_a_disk_that_fills_in_between_is_told_too(tmp_path, source, odfault_run, monkeypatch, turn):
    """Fill it when the file is laid down, when the journal begins, when samples are written and noted."""
    count = []

    def fill(*_):
        count.append(1)
        if len(count) == turn:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fill)
        code, told = odfault_run(source)
    assert code == 2
    assert_one_line(told)
    assert "is full" in told
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"in.sgy"} | ({"out.sgy.part", "out.sgy.journal"} if turn > 2 else set())
    assert odfault_run(source)[0] == 0
