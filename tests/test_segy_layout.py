"""The layout of a SEG-Y file is found from what the file is, not from what its headers claim."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make_segy import cube, make_segy, patch

from odfault.errors import OdfaultError
from odfault.segy.layout import scan_layout
from odfault.segy.survey import SegySurvey

VALUES = cube(4, 5, 60)
TRACE = 240 + 4 * 60
BYTE_ORDERS = pytest.mark.parametrize("big_endian", [True, False])


def set_in_traces(path, word, code, number):
    return patch(path, 3600 + word, code, number, every=TRACE)


def refused(path, problem, mend, **words):
    with pytest.raises(OdfaultError) as caught:
        SegySurvey.open(path, **words)
    assert problem in caught.value.problem
    assert mend in caught.value.mend
    assert "\n" not in str(caught.value)


@BYTE_ORDERS
@pytest.mark.parametrize("sample_format", [1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 16])
def test_byte_order_and_format_are_found_and_values_come_as_they_are(tmp_path, big_endian, sample_format):
    path = make_segy(tmp_path / "a.sgy", VALUES, big_endian=big_endian, sample_format=sample_format)
    with SegySurvey.open(path) as survey:
        layout = survey.layout
        assert (layout.big_endian, layout.sample_format, layout.n_samples) == (big_endian, sample_format, 60)
        assert (layout.n_traces, layout.tail_bytes, layout.interval_us) == (20, 0, 4000)
        assert len(layout.remarks) == (0 if big_endian else 1)
        np.testing.assert_array_equal(survey.read(slice(None), slice(None)), VALUES)


@BYTE_ORDERS
@pytest.mark.parametrize("true_format", [1, 5])
@pytest.mark.parametrize("stated", [0, 77])
def test_an_odd_format_code_gives_way_to_the_look_of_the_samples(tmp_path, big_endian, true_format, stated):
    noise = np.random.default_rng(3).normal(size=(4, 5, 60)).astype(np.float32) * 900
    path = make_segy(tmp_path / "a.sgy", noise, big_endian=big_endian, sample_format=true_format)
    patch(path, 3225, ">H" if big_endian else "<H", stated)
    with SegySurvey.open(path) as survey:
        assert survey.layout.sample_format == true_format
        assert survey.layout.big_endian == big_endian
        assert any(f"code {stated} means nothing" in remark for remark in survey.remarks)
        np.testing.assert_allclose(survey.read(slice(None), slice(None)), noise, rtol=2e-6)


def test_the_user_overrides_format_and_byte_order(tmp_path):
    path = patch(make_segy(tmp_path / "a.sgy", VALUES, big_endian=False, sample_format=2), 3225, "<H", 5)
    with SegySurvey.open(path, big_endian=False, sample_format=2) as survey:
        np.testing.assert_array_equal(survey.read(slice(None), slice(None)), VALUES)
    refused(path, "sample format 4 cannot be read", "choose one of", sample_format=4)
    refused(path, "0 samples", "above zero", n_samples=0)


@BYTE_ORDERS
@pytest.mark.parametrize("stated", [0, 59, 31, 4000])
def test_a_wrong_sample_count_gives_way_to_the_trace_headers(tmp_path, big_endian, stated):
    path = make_segy(tmp_path / "a.sgy", VALUES, big_endian=big_endian)
    layout = scan_layout(patch(path, 3221, ">H" if big_endian else "<H", stated))
    assert (layout.n_samples, layout.n_traces, layout.big_endian) == (60, 20, big_endian)
    assert any("60, from another field, fits" in remark for remark in layout.remarks)


def test_zero_samples_everywhere_is_refused_until_the_user_tells(tmp_path):
    path = set_in_traces(patch(make_segy(tmp_path / "a.sgy", VALUES), 3221, ">H", 0), 115, ">H", 0)
    refused(path, "zero samples", "--samples")
    assert scan_layout(path, n_samples=60).n_traces == 20


def test_lengths_that_the_file_does_not_have_are_refused_until_the_user_tells(tmp_path):
    path = set_in_traces(patch(make_segy(tmp_path / "a.sgy", VALUES), 3221, ">H", 47), 115, ">H", 47)
    refused(path, "says 47 samples", "--samples")
    assert scan_layout(path, n_samples=60).n_traces == 20


def test_blank_words_in_the_trace_headers_do_no_harm(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, tail=b"\1" * 100)
    for word in (115, 117):
        set_in_traces(path, word, ">H", 0)
    assert scan_layout(path).n_traces == 20


@pytest.mark.parametrize("lost", [1, 239, 241, TRACE - 1])
def test_a_cut_off_last_trace_is_left_out_and_told(tmp_path, lost):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    path.write_bytes(path.read_bytes()[:-lost])
    with SegySurvey.open(path) as survey:
        assert (survey.layout.n_traces, survey.layout.tail_bytes) == (19, TRACE - lost)
        assert any("ends in the middle of trace 20" in remark for remark in survey.remarks)
        values = survey.read(slice(None), slice(None))
    np.testing.assert_array_equal(values[:3], VALUES[:3])
    assert not values[3, 4].any()


@pytest.mark.parametrize("n_samples", [32767, 32768, 40000, 65535])
def test_more_than_32767_samples_are_read_as_unsigned(tmp_path, n_samples):
    layout = scan_layout(make_segy(tmp_path / "a.sgy", cube(2, 2, n_samples), sample_format=8))
    assert (layout.n_samples, layout.n_traces) == (n_samples, 4)


def test_more_than_65535_samples_come_from_the_wide_field_of_revision_2_or_from_the_user(tmp_path):
    values = cube(2, 2, 70000)
    path = make_segy(tmp_path / "a.sgy", values, sample_format=8)
    refused(path, "says 4464 samples", "--samples")
    assert scan_layout(path, n_samples=70000).n_traces == 4
    patch(patch(path, 3501, ">H", 0x0200), 3269, ">I", 70000)
    with SegySurvey.open(path) as survey:
        np.testing.assert_array_equal(survey.read(slice(1, 2), slice(1, 2)), values[1:, 1:])


def test_a_senseless_wide_field_gives_way_to_the_narrow_one(tmp_path):
    path = set_in_traces(make_segy(tmp_path / "a.sgy", VALUES), 115, ">H", 0)
    layout = scan_layout(patch(patch(path, 3501, ">H", 0x0200), 3269, ">I", 70000))
    assert (layout.n_samples, layout.n_traces) == (60, 20)


@BYTE_ORDERS
def test_an_interval_of_zero_is_taken_from_the_trace_header_then_assumed(tmp_path, big_endian):
    code = ">H" if big_endian else "<H"
    path = patch(
        make_segy(tmp_path / "a.sgy", VALUES, interval_us=2000, big_endian=big_endian), 3217, code, 0
    )
    layout = scan_layout(path)
    assert layout.interval_us == 2000
    assert "first trace header" in layout.remarks[-1]
    layout = scan_layout(set_in_traces(path, 117, code, 0))
    assert layout.interval_us == 4000
    assert "assumed" in layout.remarks[-1]


def test_revision_2_may_tell_a_broken_interval(tmp_path):
    path = patch(make_segy(tmp_path / "a.sgy", VALUES), 3501, ">H", 0x0200)
    assert scan_layout(patch(path, 3273, ">d", 2500.5)).interval_us == 2500.5


@pytest.mark.parametrize("ascii_text", [True, False])
@pytest.mark.parametrize("stated", [3, -1])
def test_extended_text_headers_are_stepped_over(tmp_path, ascii_text, stated):
    path = make_segy(tmp_path / "a.sgy", VALUES, extended=3, ascii_text=ascii_text)
    if stated == -1:
        data = bytearray(path.read_bytes())
        for k in (0, 1):  # only the last stanza ends the text
            data[3600 + 3200 * k : 3600 + 3200 * k + 16] = b"@" * 16
        path.write_bytes(data)
        patch(path, 3505, ">h", -1)
    layout = scan_layout(path)
    assert (layout.n_extended, layout.n_traces, layout.ascii_text) == (3, 20, ascii_text)


def test_a_stray_count_of_extended_headers_is_not_believed(tmp_path):
    layout = scan_layout(patch(make_segy(tmp_path / "a.sgy", VALUES), 3505, ">h", 1))
    assert (layout.n_extended, layout.n_traces, layout.tail_bytes) == (0, 20, 0)


def test_a_text_header_in_ascii_is_told_from_ebcdic(tmp_path):
    assert scan_layout(make_segy(tmp_path / "a.sgy", VALUES, ascii_text=True)).ascii_text
    assert not scan_layout(make_segy(tmp_path / "b.sgy", VALUES)).ascii_text


def test_one_trace_is_a_file(tmp_path):
    layout = scan_layout(make_segy(tmp_path / "a.sgy", cube(1, 1, 60)))
    assert (layout.n_traces, layout.n_samples) == (1, 60)


def test_a_missing_file_a_folder_and_an_empty_file_are_refused(tmp_path):
    refused(tmp_path / "none.sgy", "does not exist", "name")
    refused(tmp_path, "is a folder", "name the SEG-Y file")
    (tmp_path / "empty.sgy").touch()
    refused(tmp_path / "empty.sgy", "is empty", "again")


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    path = make_segy(tmp_path / "a.sgy", VALUES)

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", closed)
    refused(path, "cannot be read (Permission denied)", "permissions")


@pytest.mark.parametrize(
    "content",
    [b"short", b"a plain text, line by line\n" * 900, bytes(20000), b"\x89PNG\r\n" + bytes(range(256)) * 90],
)
def test_what_is_not_a_segy_file_is_called_so(tmp_path, content):
    (tmp_path / "a.sgy").write_bytes(content)
    refused(tmp_path / "a.sgy", "not a SEG-Y file", "again" if len(content) < 3600 else "convert")


def test_headers_without_traces_are_refused(tmp_path):
    data = make_segy(tmp_path / "a.sgy", VALUES).read_bytes()
    (tmp_path / "b.sgy").write_bytes(data[:3600])
    refused(tmp_path / "b.sgy", "holds no traces", "export it again")
    (tmp_path / "c.sgy").write_bytes(data[:3900])
    refused(tmp_path / "c.sgy", "middle of its first trace", "again")


@pytest.mark.parametrize(("code", "width"), [(4, 4), (7, 3), (15, 3)])
def test_sample_formats_that_cannot_be_read_are_named(tmp_path, code, width):
    path = make_segy(tmp_path / "a.sgy", cube(4, 5, 60 * width), sample_format=8)
    patch(patch(path, 3225, ">H", code), 3221, ">H", 60)
    patch(path, 3600 + 115, ">H", 60, every=240 + 60 * width)
    refused(path, f"format {code}", "export it as format 1")


def opens_or_is_refused(path):
    try:
        with SegySurvey.open(path) as survey:
            survey.read(slice(0, 2), slice(0, 2))
    except OdfaultError:
        pass


WILD = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
HEADER_BYTES = st.integers(3201, 3596) | st.integers(3601, 3900)


@WILD
@given(st.integers(0, 9000), st.integers(0, 2**32))
def test_random_bytes_are_refused_or_read(tmp_path, length, seed):
    path = tmp_path / "wild.sgy"
    path.write_bytes(np.random.default_rng(seed).bytes(length))
    opens_or_is_refused(path)


@WILD
@given(
    st.lists(st.tuples(HEADER_BYTES, st.integers(0, 2**32 - 1)), max_size=4),
    st.integers(0, 2000),
    st.sampled_from([1, 3, 8]),
)
def test_random_header_edits_are_refused_or_read(tmp_path, edits, lost, sample_format):
    path = make_segy(tmp_path / "wild.sgy", cube(3, 3, 20), sample_format=sample_format)
    data = bytearray(path.read_bytes())
    for byte, number in edits:
        struct.pack_into(">I", data, byte - 1, number)
    path.write_bytes(data[: len(data) - lost])
    opens_or_is_refused(path)


@WILD
@given(
    st.sampled_from([3217, 3221, 3225, 3269, 3501, 3505, 3600 + 109, 3600 + 115, 3600 + 189, 3600 + 193]),
    st.integers(0, 65535) | st.sampled_from([1, 2, 3, 5, 8, 0x0200, 0xFFFF]),
)
def test_wrong_words_that_matter_are_refused_or_read(tmp_path, byte, number):
    opens_or_is_refused(patch(make_segy(tmp_path / "wild.sgy", cube(3, 3, 20)), byte, ">H", number))
