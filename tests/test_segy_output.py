"""The output is the input's twin, byte for byte, in all but its samples and one line of history."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import segyio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_segy import cube, make_segy, patch

from odfault.errors import OdfaultError
from odfault.outputs import check_output
from odfault.segy.output import SegyWriter, lay_down
from odfault.segy.survey import SegySurvey

ALL = slice(None)
REAL = Path(__file__).parents[2] / "shared" / "data" / "segy"
VALUES = cube(5, 6, 16)
RESULT = (cube(5, 6, 16)[::-1] - 64) / 64
SHUFFLED = np.random.default_rng(2).permutation(30)
NOTE = "ODFAULT 0.1.0: FAULT PROBABILITY, MODEL FAULT3D"


def predicted(path, *, keep=None, result=RESULT, step=2, **words):
    """Lay down and write in boxes; return the file and the remarks."""
    part = path.with_suffix(".part")
    with SegySurvey.open(path, **words) as survey:
        remarks = lay_down(survey, part, NOTE, keep=keep)
        with SegyWriter(survey, part, keep=keep) as writer:
            for start in range(0, survey.shape[0], step):
                box = slice(start, min(start + step, survey.shape[0]))
                writer.write(box, ALL, result[box])
    return part, remarks


def without_note(data, ascii_text=False):
    """Blank the history line again."""
    coding = "ascii" if ascii_text else "cp037"
    note = NOTE.ljust(76).encode(coding)
    assert data.count(note) == 1
    assert data.index(note) % 80 == 4
    return data.replace(note, " ".encode(coding) * 76)


def headers(data, first, trace):
    """Return all bytes that are not samples."""
    return data[:first] + b"".join(data[at : at + 240] for at in range(first, len(data), trace))


def strict(path, big_endian=True, **words):
    """Read with segyio's own strict reader, the oracle."""
    with segyio.open(path, endian="big" if big_endian else "little", **words) as file:
        return np.stack([file.iline[line] for line in file.ilines])


@pytest.mark.parametrize("big_endian", [True, False])
@pytest.mark.parametrize("sample_format", [1, 5, 6])
@pytest.mark.parametrize("order", ["inline", "crossline"])
def test_float_files_keep_every_byte_but_samples(tmp_path, big_endian, sample_format, order):
    path = make_segy(
        tmp_path / "a.sgy",
        VALUES,
        big_endian=big_endian,
        sample_format=sample_format,
        order=order,
        extended=2,
    )
    part, remarks = predicted(path)
    layout = (3600 + 6400, 240 + 16 * (8 if sample_format == 6 else 4))
    before, after = path.read_bytes(), without_note(part.read_bytes())
    assert remarks == []
    assert len(after) == len(before)
    assert headers(after, *layout) == headers(before, *layout)
    np.testing.assert_array_equal(strict(part, big_endian), RESULT)


@pytest.mark.parametrize("big_endian", [True, False])
@pytest.mark.parametrize("sample_format", [2, 3, 8, 9, 10, 11, 12, 16])
def test_integer_files_become_float_files_and_keep_all_else(tmp_path, big_endian, sample_format):
    path = make_segy(
        tmp_path / "a.sgy", VALUES, big_endian=big_endian, sample_format=sample_format, extended=1
    )
    part, remarks = predicted(path)
    width = {2: 4, 3: 2, 8: 1, 9: 8, 10: 4, 11: 2, 12: 8, 16: 1}[sample_format]
    before = headers(path.read_bytes(), 6800, 240 + 16 * width)
    after = headers(without_note(part.read_bytes()), 6800, 240 + 16 * 4)
    assert remarks == []
    assert after[3224:3226] == (5).to_bytes(2, "big" if big_endian else "little")
    assert after[:3224] + before[3224:3226] + after[3226:] == before
    np.testing.assert_array_equal(strict(part, big_endian), RESULT)


def test_integer_files_are_silent_until_they_are_written(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, sample_format=8)
    with SegySurvey.open(path) as survey:
        lay_down(survey, tmp_path / "part", NOTE)
    assert not strict(tmp_path / "part").any()


def test_values_handed_over_are_left_as_they_are(tmp_path):
    result = np.random.default_rng(0).random((5, 6, 16), np.float32)
    kept = result.copy()
    part, _ = predicted(make_segy(tmp_path / "a.sgy", VALUES), result=result)
    np.testing.assert_array_equal(result, kept)
    np.testing.assert_allclose(strict(part), kept, rtol=2e-6)


@pytest.mark.parametrize("name", ["penobscot_xl1155.sgy", "npra_31_81.sgy"])
def test_real_samples_written_back_change_not_one_byte(tmp_path, name):
    if not (REAL / name).exists():
        pytest.skip("the real files are not here")
    with SegySurvey.open(REAL / name) as survey:
        lay_down(survey, tmp_path / "part", NOTE)
        with SegyWriter(survey, tmp_path / "part") as writer:
            writer.write(ALL, ALL, survey.read(ALL, ALL))
        coded = survey.layout.ascii_text
    after = without_note((tmp_path / "part").read_bytes(), coded)
    assert after == (REAL / name).read_bytes()


def test_random_order_is_kept_and_every_trace_gets_its_own_result(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, order=SHUFFLED)
    part, _ = predicted(path)
    assert headers(without_note(part.read_bytes()), 3600, 304) == headers(path.read_bytes(), 3600, 304)
    with segyio.open(part, ignore_geometry=True) as file:
        np.testing.assert_array_equal(file.trace.raw[:], RESULT.reshape(30, 16)[SHUFFLED])


def test_holes_are_passed_over_and_repeats_get_the_same_as_their_twin(tmp_path):
    repeats = [(4, 5), (0, 0), (4, 5)]
    path = make_segy(tmp_path / "a.sgy", VALUES, holes=[(1, 2), (3, 0)], repeats=repeats)
    part, _ = predicted(path, step=3)
    places = [(i, j) for i in range(5) for j in range(6) if (i, j) not in {(1, 2), (3, 0)}] + repeats
    with segyio.open(part, ignore_geometry=True) as file:
        np.testing.assert_array_equal(file.trace.raw[:], [RESULT[place] for place in places])


def test_traces_without_a_place_are_silenced(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    patch(patch(path, 3600 + 7 * 304 + 189, ">i", 0), 3600 + 7 * 304 + 193, ">i", 0)
    part, _ = predicted(path)
    with segyio.open(part, ignore_geometry=True) as file:
        assert not file.trace.raw[7].any()
        np.testing.assert_array_equal(file.trace.raw[8], RESULT[1, 2])


def test_a_2d_line_is_written_by_trace_number(tmp_path):
    part, _ = predicted(make_segy(tmp_path / "a.sgy", VALUES[:1], line_bytes=(0, 21)), result=RESULT[:1])
    with segyio.open(part, ignore_geometry=True) as file:
        np.testing.assert_array_equal(file.trace.raw[:], RESULT[0])


@pytest.mark.parametrize("sample_format", [1, 8])
def test_a_broken_tail_is_cut_off(tmp_path, sample_format):
    path = make_segy(tmp_path / "a.sgy", VALUES, sample_format=sample_format, tail=b"x" * 77)
    part, _ = predicted(path)
    np.testing.assert_array_equal(strict(part), RESULT)


@pytest.mark.parametrize("sample_format", [1, 3])
@pytest.mark.parametrize("order", ["inline", "crossline"])
def test_a_range_of_lines_holds_only_the_kept_traces(tmp_path, sample_format, order):
    path = make_segy(tmp_path / "a.sgy", VALUES, sample_format=sample_format, order=order, repeats=[(4, 5)])
    with SegySurvey.open(path) as survey:
        keep = np.sort(survey.index[1:4, 2:].ravel())
    part, _ = predicted(path, keep=keep)
    np.testing.assert_array_equal(strict(part), RESULT[1:4, 2:])
    with segyio.open(path, ignore_geometry=True) as before, segyio.open(part) as after:
        assert [dict(h) for h in after.header] == [dict(before.header[int(k)]) for k in keep]


@pytest.mark.parametrize("big_endian", [True, False])
@pytest.mark.parametrize(
    ("word", "told"),
    [(3221, "number of samples"), (3225, "sample format"), (3505, "number of extended headers")],
)
def test_fields_that_would_stop_a_reader_are_mended_and_told(tmp_path, big_endian, word, told):
    path = make_segy(tmp_path / "a.sgy", VALUES, big_endian=big_endian)
    patch(path, word, ">H" if big_endian else "<H", 1 if word == 3505 else 0)
    part, remarks = predicted(path)
    assert len(remarks) == 1
    assert told in remarks[0]
    np.testing.assert_array_equal(strict(part, big_endian), RESULT)


def test_a_wrong_wide_sample_count_of_revision_2_is_mended(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    part, remarks = predicted(patch(patch(path, 3501, ">H", 0x0200), 3269, ">I", 999))
    assert remarks == ["The wide number of samples in the binary header was 999; the output says 0."]
    np.testing.assert_array_equal(strict(part), RESULT)


def test_one_file_may_be_read_while_another_is_written(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    with SegySurvey.open(path) as survey, ThreadPoolExecutor(1) as ahead:
        lay_down(survey, tmp_path / "part", NOTE)
        with SegyWriter(survey, tmp_path / "part") as writer:
            for _ in range(20):
                reads = [ahead.submit(survey.read, slice(i, i + 1), ALL) for i in range(5)]
                for i, read in enumerate(reads):
                    writer.write(slice(i, i + 1), ALL, RESULT[i : i + 1])
                    np.testing.assert_array_equal(read.result()[0], VALUES[i])
    np.testing.assert_array_equal(strict(tmp_path / "part"), RESULT)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(3201, 3599), st.integers(0, 65535)), max_size=4),
    st.sampled_from([3217, 3221, 3225, 3269, 3501, 3505]),
    st.integers(0, 65535) | st.sampled_from([0, 1, 0x0200, 0xFFFF]),
    st.integers(0, 400),
)
def test_whatever_can_be_opened_becomes_a_file_that_segyio_opens(tmp_path, edits, word, number, lost):
    path = make_segy(tmp_path / "wild.sgy", cube(3, 4, 20), sample_format=3)
    path.write_bytes(path.read_bytes()[: -lost or None])
    for byte, odd in [*edits, (word, number)]:
        patch(path, byte, ">H", odd)
    try:
        survey = SegySurvey.open(path)
    except OdfaultError:
        return
    with survey:
        lay_down(survey, tmp_path / "part", NOTE)
        endian = "big" if survey.layout.big_endian else "little"
        with segyio.open(tmp_path / "part", ignore_geometry=True, endian=endian) as file:
            assert file.tracecount == survey.layout.n_traces
            assert len(file.samples) == survey.layout.n_samples


def test_sound_fields_with_another_meaning_are_left(tmp_path):
    values = cube(2, 2, 70000)
    path = make_segy(tmp_path / "a.sgy", values, sample_format=5, extended=1)
    patch(patch(patch(path, 3505, ">h", -1), 3501, ">H", 0x0200), 3269, ">I", 70000)
    part, remarks = predicted(path, result=values)
    assert remarks == []
    assert without_note(part.read_bytes())[3200:3600] == path.read_bytes()[3200:3600]


@pytest.mark.parametrize("ascii_text", [True, False])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (["C 1 A", "C 2", "C 3 B"], 3),
        ([f"C{k:2d} FULL" for k in range(1, 38)], 37),
        (["C 1 A", "C 2", *(f"C{k:2d} FULL" for k in range(3, 39))], 1),
    ],
)
def test_history_goes_into_a_free_line_in_the_coding_found(tmp_path, ascii_text, text, line):
    path = make_segy(tmp_path / "a.sgy", VALUES, ascii_text=ascii_text, text=text)
    part, remarks = predicted(path)
    after = part.read_bytes()[:3200].decode("ascii" if ascii_text else "cp037")
    assert remarks == []
    assert after[80 * line : 80 * line + 80] == f"C{line + 1:2d} {NOTE}".ljust(80)
    assert without_note(part.read_bytes(), ascii_text)[:3200] == path.read_bytes()[:3200]


def test_a_full_text_header_is_left_as_it_is(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, text=[f"C{k:2d} FULL" for k in range(1, 39)])
    part, remarks = predicted(path)
    assert remarks == ["The text header has no free line; it was left as it is."]
    assert part.read_bytes()[:3600] == path.read_bytes()[:3600]


def test_history_is_plain_ascii_of_76_characters(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    with SegySurvey.open(path) as survey:
        lay_down(survey, tmp_path / "part", "Størk\n" + "x" * 100)
    assert (tmp_path / "part").read_bytes()[80:160].decode("cp037") == "C 2 St?rk " + "x" * 70


def test_writing_again_gives_the_very_same_bytes(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    part, _ = predicted(path)
    once = part.read_bytes()
    with SegySurvey.open(path) as survey, SegyWriter(survey, part) as writer:
        writer.write(slice(1, 3), slice(2, 5), RESULT[1:3, 2:5])
        writer.flush()
        assert part.read_bytes() == once


def test_a_flush_shows_in_the_file(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    with SegySurvey.open(path) as survey:
        lay_down(survey, tmp_path / "part", NOTE)
        with SegyWriter(survey, tmp_path / "part") as writer:
            writer.write(slice(0, 1), ALL, RESULT[:1])
            writer.flush()
            np.testing.assert_array_equal(strict(tmp_path / "part")[0], RESULT[0])


def test_a_box_of_the_wrong_size_is_an_error_of_the_caller(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    with SegySurvey.open(path) as survey:
        lay_down(survey, tmp_path / "part", NOTE)
        with SegyWriter(survey, tmp_path / "part") as writer, pytest.raises(ValueError, match="do not fill"):
            writer.write(slice(0, 2), ALL, RESULT[:1])


def test_the_input_is_never_touched(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, tail=b"xyz")
    before = path.read_bytes()
    predicted(path)
    assert path.read_bytes() == before


def test_output_equal_to_input_is_refused_also_through_links(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    (tmp_path / "soft.sgy").symlink_to(path)
    os.link(path, tmp_path / "hard.sgy")
    (tmp_path / "folder").symlink_to(tmp_path)
    for same in (path, tmp_path / "soft.sgy", tmp_path / "hard.sgy", tmp_path / "folder" / "a.sgy"):
        with pytest.raises(OdfaultError, match="is the input itself: choose another name"):
            check_output(path, same)
    check_output(path, tmp_path / "b.sgy")


def test_a_missing_folder_and_a_folder_for_a_file_are_refused(tmp_path, monkeypatch):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    with pytest.raises(OdfaultError, match="does not exist: make it"):
        check_output(path, tmp_path / "none" / "b.sgy")
    with pytest.raises(OdfaultError, match="is a folder: name a file"):
        check_output(path, tmp_path)
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OdfaultError, match="cannot be written to: change"):
        check_output(path, tmp_path / "b.sgy")


def test_laying_down_in_a_missing_folder_is_refused(tmp_path):
    with (
        SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES)) as survey,
        pytest.raises(OdfaultError, match=r"the folder of .* does not exist: make it"),
    ):
        lay_down(survey, tmp_path / "none" / "part", NOTE)


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage)
    with SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES)) as survey:
        with pytest.raises(OdfaultError, match=r"is full .*bytes needed.*: make room"):
            lay_down(survey, tmp_path / "part", NOTE)
        assert not (tmp_path / "part").exists()


class _Usage:
    free = 100


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, "is full"), (errno.EACCES, "cannot be written .*: check its permissions")],
)
def test_a_disk_that_fails_on_the_way_is_told(tmp_path, monkeypatch, number, told):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    with SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES)) as survey:
        lay_down(survey, tmp_path / "part", NOTE)
        with SegyWriter(survey, tmp_path / "part") as writer:
            monkeypatch.setattr("os.fsync", fail)
            with pytest.raises(OdfaultError, match=told):
                writer.flush()
            monkeypatch.undo()
        monkeypatch.setattr("shutil.copyfile", fail)
        with pytest.raises(OdfaultError, match=told):
            lay_down(survey, tmp_path / "part", NOTE)


def test_writing_to_what_was_never_laid_down_is_refused(tmp_path):
    with (
        SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES)) as survey,
        pytest.raises(OdfaultError, match="does not exist: lay the file down"),
    ):
        SegyWriter(survey, tmp_path / "part")


@pytest.mark.parametrize("sample_format", [1, 8])
def test_blocks_of_any_size_give_the_same_file(tmp_path, monkeypatch, sample_format):
    path = make_segy(tmp_path / "a.sgy", VALUES, sample_format=sample_format)
    keep = np.array([0, 1, 2, 5, 9, 10, 29])
    with SegySurvey.open(path) as survey:
        lay_down(survey, tmp_path / "large", NOTE, keep=keep)
        monkeypatch.setattr("odfault.segy.twin._BLOCK_BYTES", 700)
        lay_down(survey, tmp_path / "small", NOTE, keep=keep)
    assert (tmp_path / "large").read_bytes() == (tmp_path / "small").read_bytes()
