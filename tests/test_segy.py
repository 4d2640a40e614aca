"""A survey gives each trace at its inline and crossline, however the file orders, repeats or lacks them."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from make_segy import cube, make_segy, patch

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey

VALUES = cube(6, 7, 20)
ALL = slice(None)
REAL = Path(__file__).parents[2] / "shared" / "data" / "segy"
SHUFFLED = np.random.default_rng(5).permutation(42)


def whole(path, **words):
    with SegySurvey.open(path, **words) as survey:
        return survey, survey.read(ALL, ALL)


def dumb_index(pairs):
    """Place traces one by one: the first at a place holds it, others repeat it."""
    places, repeats = {}, []
    for trace, pair in enumerate(pairs):
        if pair in places:
            repeats.append((trace, *pair))
        else:
            places[pair] = trace
    return places, repeats


@pytest.mark.parametrize("order", ["inline", "crossline", SHUFFLED])
@pytest.mark.parametrize("big_endian", [True, False])
def test_any_order_of_traces_gives_the_same_survey(tmp_path, order, big_endian):
    survey, values = whole(make_segy(tmp_path / "a.sgy", VALUES, order=order, big_endian=big_endian))
    assert survey.shape == (6, 7, 20)
    assert survey.inlines.tolist() == list(range(100, 106))
    assert survey.crosslines.tolist() == list(range(300, 307))
    assert (survey.interval_s, survey.delay_ms, survey.is_2d) == (0.004, 0.0, False)
    assert len(survey.remarks) == (0 if big_endian else 1)
    np.testing.assert_array_equal(values, VALUES)


@pytest.mark.parametrize("order", ["inline", "crossline", SHUFFLED])
def test_a_box_is_cut_out_of_the_whole(tmp_path, order):
    with SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES, order=order)) as survey:
        for box in [(slice(2, 4), slice(1, 6)), (slice(0, 1), ALL), (ALL, slice(6, 7)), (slice(3, 3), ALL)]:
            np.testing.assert_array_equal(survey.read(*box), VALUES[box])


@pytest.mark.parametrize(
    "lost", [[(2, 3)], [(0, 0), (5, 6)], [(k, 4) for k in range(6)], [(2, k) for k in range(7)]]
)
def test_missing_traces_and_lines_are_holes_of_zeros(tmp_path, lost):
    survey, values = whole(make_segy(tmp_path / "a.sgy", VALUES, holes=lost))
    expected = VALUES.copy()
    for place in lost:
        expected[place] = 0
        assert survey.index[place] == -1
    assert survey.remarks == [f"{len(lost)} of 42 places hold no trace and stay empty."]
    np.testing.assert_array_equal(values, expected)


def test_traces_that_repeat_a_place_are_listed_and_the_first_is_read(tmp_path):
    repeats = [(2, 3), (0, 1), (2, 3)]
    path = make_segy(tmp_path / "a.sgy", VALUES, repeats=repeats)
    patch(path, 3600 + 42 * 320 + 241, ">I", 0)  # the repeat is not its twin
    survey, values = whole(path)
    places, twins = dumb_index([(i, j) for i in range(6) for j in range(7)] + repeats)
    assert {place: survey.index[place] for place in places} == places
    assert survey.duplicates.tolist() == [list(twin) for twin in twins]
    assert survey.remarks == ["3 traces repeat the place of another."]
    np.testing.assert_array_equal(values, VALUES)


@pytest.mark.parametrize("order", ["inline", "crossline", SHUFFLED])
@pytest.mark.parametrize("pair", [(189, 193), (5, 21), (9, 21), (17, 13), (9, 13), (221, 225), (181, 185)])
def test_line_numbers_are_found_where_they_are_kept(tmp_path, pair, order):
    path = make_segy(tmp_path / "a.sgy", VALUES, line_bytes=pair, order=order, holes=[])
    survey, values = whole(path)
    told = f"Inline and crossline numbers were found at bytes {pair[0]} and {pair[1]}."
    assert survey.remarks == ([] if pair == (189, 193) else [told])
    np.testing.assert_array_equal(values, VALUES)


def test_lines_with_steps_stay_regular_where_some_are_missing(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES, inlines=[10, 14, 18, 26, 30, 34])
    survey, values = whole(path)
    assert survey.inlines.tolist() == [10, 14, 18, 22, 26, 30, 34]
    np.testing.assert_array_equal(values[[0, 1, 2, 4, 5, 6]], VALUES)
    assert not values[3].any()


def test_a_large_survey_in_random_order_with_holes_is_found_from_a_sample(tmp_path):
    values = cube(60, 50, 2)
    order = np.random.default_rng(1).permutation(3000)[:2900]
    path = make_segy(tmp_path / "a.sgy", values, line_bytes=(9, 21), order=order)
    survey, read = whole(path)
    assert survey.shape == (60, 50, 2)
    assert (survey.index < 0).sum() == 100
    np.testing.assert_array_equal(read[survey.index >= 0], values[survey.index >= 0])


def test_the_users_bytes_are_taken_as_they_are(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    survey, values = whole(path, inline_byte=193, crossline_byte=189)
    assert survey.inlines.tolist() == list(range(300, 307))
    np.testing.assert_array_equal(values, VALUES.transpose(1, 0, 2))
    path = make_segy(tmp_path / "b.sgy", VALUES, line_bytes=(61, 97))
    _, values = whole(path, inline_byte=61, crossline_byte=97)
    np.testing.assert_array_equal(values, VALUES)


@pytest.mark.parametrize(
    ("words", "problem", "mend"),
    [
        (
            {"inline_byte": 25, "crossline_byte": 29},
            "no regular line numbers",
            "other bytes",
        ),
        (
            {"inline_byte": 1, "crossline_byte": 73},
            "line numbers at bytes 1 and 73 (1 to 400 and",
            "other bytes",
        ),
        ({"inline_byte": 0, "crossline_byte": 193}, "byte 0 lies outside", "from 1 to 237"),
        ({"inline_byte": 189, "crossline_byte": 240}, "byte 240 lies outside", "from 1 to 237"),
        ({"inline_byte": 61}, "no second number", "name both"),
    ],
)
def test_bytes_without_line_numbers_are_refused(tmp_path, words, problem, mend):
    path = make_segy(tmp_path / "a.sgy", cube(20, 20, 2))
    with pytest.raises(OdfaultError) as caught:
        SegySurvey.open(path, **words)
    assert problem in caught.value.problem
    assert mend in caught.value.mend


@pytest.mark.parametrize("shape", [(1, 7), (6, 1), (1, 1)])
def test_one_inline_one_crossline_and_one_trace_are_surveys(tmp_path, shape):
    values = VALUES[: shape[0], : shape[1]]
    survey, read = whole(make_segy(tmp_path / "a.sgy", values))
    assert survey.shape == (*shape, 20)
    assert survey.is_2d
    assert (survey.inlines[0], survey.crosslines[0]) == (100, 300)
    assert survey.remarks == []
    np.testing.assert_array_equal(read, values)


def test_a_2d_line_is_read_by_trace_number_and_labelled_by_cdp(tmp_path):
    survey, values = whole(make_segy(tmp_path / "a.sgy", VALUES[:1], line_bytes=(0, 21)))
    assert survey.shape == (1, 7, 20)
    assert survey.is_2d
    assert survey.inlines.tolist() == [0]
    assert survey.crosslines.tolist() == list(range(300, 307))
    assert "2-D line" in survey.remarks[0]
    np.testing.assert_array_equal(values, VALUES[:1])


def test_a_2d_line_in_random_order_is_put_in_the_order_of_its_cdps(tmp_path):
    order = np.array([3, 0, 6, 1, 5, 2, 4])
    survey, values = whole(make_segy(tmp_path / "a.sgy", VALUES[:1], line_bytes=(0, 21), order=order))
    assert survey.crosslines.tolist() == list(range(300, 307))
    np.testing.assert_array_equal(values, VALUES[:1])


def test_a_2d_line_with_shot_and_cdp_numbers_is_no_grid(tmp_path):
    values = cube(1, 90, 4)
    path = make_segy(tmp_path / "a.sgy", values, line_bytes=(0, 21))
    data = bytearray(path.read_bytes())
    for k in range(90):  # a shot at every tenth trace
        at = 3600 + k * 256 + 8
        data[at : at + 4] = (111 + k // 10).to_bytes(4, "big")
    path.write_bytes(data)
    survey, read = whole(path)
    assert survey.shape == (1, 90, 4)
    np.testing.assert_array_equal(read, values)


def test_a_line_without_any_numbers_is_counted(tmp_path):
    survey, values = whole(make_segy(tmp_path / "a.sgy", VALUES[:1], line_bytes=(0, 0)))
    assert survey.crosslines.tolist() == [1, 2, 3, 4, 5, 6, 7]
    np.testing.assert_array_equal(values, VALUES[:1])


def test_traces_without_line_numbers_have_no_place(tmp_path):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    patch(patch(path, 3600 + 5 * 320 + 189, ">i", 0), 3600 + 5 * 320 + 193, ">i", 0)
    survey, _ = whole(path)
    assert survey.shape == (6, 7, 20)
    assert survey.strays.tolist() == [5]
    assert survey.remarks[-1] == "1 traces have no line numbers and were left out."


def test_nan_infinite_and_undefined_samples_come_as_they_are(tmp_path):
    values = VALUES.copy()
    values[0, 0, :4] = [np.nan, np.inf, -np.inf, 1e30]
    values[3] = 0
    for code in (5, 6):
        _, read = whole(make_segy(tmp_path / "a.sgy", values, sample_format=code))
        np.testing.assert_array_equal(read, values)
    values[0, 0, :3] = 0
    _, read = whole(make_segy(tmp_path / "a.sgy", values))
    np.testing.assert_allclose(read, values, rtol=1e-6)


def test_doubles_too_large_for_float32_become_infinite_in_silence(tmp_path):
    _, read = whole(make_segy(tmp_path / "a.sgy", np.full((2, 2, 3), 1e300), sample_format=6))
    assert np.isinf(read).all()


@pytest.mark.parametrize(("scalar", "delay_ms"), [(0, 500.0), (1, 500.0), (-10, 50.0), (2, 1000.0)])
def test_the_delay_is_scaled_as_the_header_says(tmp_path, scalar, delay_ms):
    path = make_segy(tmp_path / "a.sgy", VALUES)
    patch(patch(path, 3600 + 109, ">h", 500, every=320), 3600 + 215, ">h", scalar, every=320)
    assert whole(path)[0].delay_ms == delay_ms


def test_delays_that_differ_are_told(tmp_path):
    survey, _ = whole(patch(make_segy(tmp_path / "a.sgy", VALUES), 3600 + 320 + 109, ">h", 12))
    assert survey.remarks == ["Traces start at different times, 0 to 12 ms."]


def test_line_numbers_are_turned_into_positions(tmp_path):
    with SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES)) as survey:
        assert survey.positions("inlines", 101, 103) == slice(1, 4)
        assert survey.positions("crosslines", 999, 305) == slice(5, 7)
        with pytest.raises(OdfaultError, match="choose from 100 to 105"):
            survey.positions("inlines", 200, 300)


def test_many_threads_may_read_one_survey(tmp_path):
    wrong = []
    with SegySurvey.open(make_segy(tmp_path / "a.sgy", VALUES, order="crossline")) as survey:

        def read(line):
            reads = [survey.read(slice(line, line + 1), ALL) for _ in range(50)]
            wrong.extend(line for values in reads if not np.array_equal(values, VALUES[line : line + 1]))

        threads = [threading.Thread(target=read, args=(line,)) for line in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_opening_and_reading_leave_the_file_alone(tmp_path):
    path = patch(make_segy(tmp_path / "a.sgy", VALUES), 3221, ">H", 0)
    before = path.read_bytes()
    path.chmod(0o444)
    whole(path)
    assert path.read_bytes() == before


def test_a_file_cut_while_it_is_read_is_told(tmp_path):
    path = make_segy(tmp_path / "a.sgy", cube(8, 8, 400))
    with SegySurvey.open(path) as survey:
        os.truncate(path, 5000)
        with pytest.raises(OdfaultError, match="can no longer be read"):
            survey.read(ALL, ALL)


@pytest.mark.parametrize(
    ("name", "shape", "first", "sample_format"),
    [
        ("penobscot_xl1155.sgy", (601, 1, 1501), (1000, 1155), 1),
        ("npra_31_81.sgy", (1, 534, 1501), (0, 101), 1),
        ("penobscot3d_int8.sgy", (36, 481, 1501), (1075, 1003), 8),
    ],
)
def test_real_files_open_without_a_word_from_the_user(name, shape, first, sample_format):
    if not (REAL / name).exists():
        pytest.skip("the real files are not here")
    with SegySurvey.open(REAL / name) as survey:
        assert survey.shape == shape
        assert (survey.inlines[0], survey.crosslines[0]) == first
        assert survey.layout.sample_format == sample_format
        assert (survey.index >= 0).all()
        assert (survey.interval_s, survey.layout.tail_bytes) == (0.004, 0)
        assert 1 < np.abs(survey.read(slice(0, 2), ALL)).mean() < 1e4
