"""Tiles write every sample that is wanted once, from windows on the grid with a halo around them."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from odfault import tiling
from odfault.tiling import ALONE, THINNEST, plan

NOTHING = 10**12


@st.composite
def axes(draw):
    """One axis of a problem: its length, halo, grid, phase, and what is wanted of it."""
    length = draw(st.integers(1, 100))
    start = draw(st.integers(0, length - 1))
    stop = draw(st.integers(start + 1, length))
    whole = draw(st.booleans())
    wanted = slice(0, length) if whole else slice(start, stop)
    grid, phase = draw(st.sampled_from([1, 2, 4, 8])), draw(st.integers(-9, 9))
    return length, draw(st.integers(0, 20)), grid, phase, wanted


problems = st.tuples(axes(), axes(), axes(), st.integers(1000, 200_000))


def solve(problem):
    *all_axes, most = problem
    shape, halo, grid, phase, part = zip(*all_axes, strict=True)
    return shape, halo, grid, phase, part, plan(shape, halo, grid, most=most, part=part, phase=phase)


def tiles_of(boxes, axis):
    """Tiles of an axis; boxes share them."""
    return {id(box[axis]): box[axis] for box in boxes}.values()


@given(problems)
@settings(max_examples=80, deadline=None)
def test_every_wanted_sample_is_written_once_and_no_other(problem):
    shape, *_, part, boxes = solve(problem)
    written = np.zeros(shape, np.uint8)
    for box in boxes:
        written[tuple(tile.write for tile in box)] += 1
    expected = np.zeros(shape, np.uint8)
    expected[part] = 1
    np.testing.assert_array_equal(written, expected)


@given(problems)
@settings(max_examples=80, deadline=None)
def test_a_window_has_its_halo_on_every_side_that_is_no_face_of_the_survey(problem):
    *all_axes, boxes = solve(problem)
    for axis, (length, rim, step, shift, _) in enumerate(zip(*all_axes, strict=True)):
        low, high = -(shift % step), -(-(length + shift) // step) * step - shift
        for tile in tiles_of(boxes, axis):
            read, write = tile.read, tile.write
            assert read.start == low or write.start - read.start >= rim
            assert read.stop >= high or read.stop - write.stop >= rim
            assert low <= read.start <= write.start < write.stop <= read.stop
            assert tile.keep == slice(write.start - read.start, write.stop - read.start)


@given(problems)
@settings(max_examples=80, deadline=None)
def test_windows_lie_on_the_grid_and_are_as_large_as_one_another(problem):
    _, _, grid, phase, _, boxes = solve(problem)
    for axis, (step, shift) in enumerate(zip(grid, phase, strict=True)):
        tiles = tiles_of(boxes, axis)
        sizes = {tile.read.stop - tile.read.start for tile in tiles}
        assert len(sizes) == 1
        assert min(sizes) % step == 0
        assert all((tile.read.start + shift) % step == 0 for tile in tiles)


@given(st.tuples(*[st.integers(1, THINNEST)] * 3))
@settings(max_examples=50, deadline=None)
def test_a_thin_volume_gets_neighbours(shape):
    (box,) = plan(shape, (0, 8, 8), (1, 4, 4), most=NOTHING)
    assert [tile.read.stop for tile in box] == [shape[0], THINNEST, THINNEST]


@given(st.tuples(*[st.integers(1, 400)] * 3), st.integers(50_000, 10**7))
@settings(max_examples=100, deadline=None)
def test_windows_are_no_larger_than_asked_for(shape, most):
    boxes = plan(shape, (8, 8, 8), (4, 4, 4), most=most)
    room = most * ALONE if len(boxes) == 1 else most
    assert np.prod([tile.read.stop - tile.read.start for tile in boxes[0]]) <= room


@given(st.tuples(*[st.integers(1, 400)] * 3))
@settings(max_examples=50, deadline=None)
def test_a_volume_that_fits_is_one_tile(shape):
    assert len(plan(shape, (8, 8, 8), (4, 4, 4), most=NOTHING)) == 1


def test_where_nothing_is_small_enough_the_smallest_windows_are_taken():
    boxes = plan((90, 90, 90), (8, 8, 8), (4, 4, 4), most=1)
    assert {tile.read.stop - tile.read.start for box in boxes for tile in box} == {20}


def test_sections_can_be_taken_one_by_one():
    boxes = plan((50, 100, 100), (0, 8, 8), (1, 4, 4), most=100 * 100)
    assert len(boxes) == 50


def test_a_tile_is_cut_rather_across_lines_than_across_traces():
    boxes = plan((128, 128, 128), (8, 8, 8), (4, 4, 4), most=128 * 128 * 80)
    assert len(boxes) == 2
    assert {box[2].write.stop - box[2].write.start for box in boxes} == {128}


def test_long_traces_count_since_they_are_held_whole():
    short, long = (plan((200, 200, n), (8, 8, 8), (4, 4, 4), most=2_000_000)[0] for n in (200, 20_000))
    held = [np.prod([tile.write.stop - tile.write.start for tile in box[:2]]) for box in (short, long)]
    assert held[1] * 20_000 * tiling.HELD <= 2_000_000 < held[0] * 20_000


def test_the_largest_surveys_are_planned_at_once():
    began = time.perf_counter()
    boxes = plan((6000, 8000, 3000), (24, 24, 24), (4, 4, 4), most=50_000_000)
    assert time.perf_counter() - began < 10
    assert np.prod([tile.read.stop for tile in boxes[0]]) <= 50_000_000
