"""A network tells where sections are in a picture; four sides are fitted to its answer."""

import concurrent.futures

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odfault.picture.four import fit_sides
from odfault.picture.where import AROUND, SIDE, find_panels, fit_in

OFF = st.tuples(*[st.floats(-0.03, 0.03)] * 8)
"""How far corners are off, as parts of the panel's size."""


@given(st.integers(1, 1500), st.integers(1, 1500))
@settings(max_examples=30, deadline=None)
def test_a_picture_of_any_size_fits_in_the_square(width, height):
    rgb = np.full((height, width, 3), 7, np.uint8)
    shown, scale = fit_in(rgb)
    assert shown.shape == (SIDE, SIDE, 3)
    inside = (shown == 7).all(axis=2)
    assert inside.any(axis=0).sum() == max(1, round(width * SIDE / max(width, height)))
    assert inside.any(axis=1).sum() == max(1, round(height * SIDE / max(width, height)))
    assert (shown[~inside] == AROUND).all()
    assert np.allclose(scale * [width, height], [inside.any(axis=0).sum(), inside.any(axis=1).sum()])


@given(st.floats(100, 280), st.floats(100, 280), OFF)
@settings(max_examples=60, deadline=None)
def test_four_sides_are_fitted_to_a_blot(width, height, off):
    true = np.array([[0, 0], [width, 0], [width, height], [0, height]]) + 100
    true = true + np.reshape(off, (4, 2)) * [width, height]
    blot = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(blot, [np.round((true - 0.5) * 16).astype(np.int32)], 1, shift=4)
    off = np.abs(fit_sides(blot.astype(np.float32)) - true) / [width, height]
    assert off.max() < 0.06


@pytest.mark.parametrize("side", range(4))
def test_a_finger_over_a_side_does_not_move_it(side):
    blot = np.zeros((SIDE, SIDE), bool)
    blot[100:400, 150:450] = True
    hand = [(slice(240, 262), slice(140, 190)), (slice(90, 140), slice(240, 262)),
            (slice(240, 262), slice(410, 460)), (slice(360, 410), slice(240, 262))][side]  # fmt: skip
    blot[hand] = False
    true = np.array([[150, 100], [450, 100], [450, 400], [150, 400]])
    assert np.abs(fit_sides(blot.astype(np.float32)) - true).max() < 2


@pytest.mark.parametrize("size", [(1, 1), (40, 3), (300, 400)])
def test_where_nothing_is_no_panel_is_found(size):
    assert find_panels(np.full((*size, 3), 255, np.uint8)) == []


def test_threads_do_not_take_each_others_answers():
    rng = np.random.default_rng(3)
    beds = np.sin(np.cumsum(rng.uniform(0.1, 0.5, 400)))[:, None] * np.ones(500)
    shifted = [np.full((500, 700, 3), 255, np.uint8) for _ in range(6)]
    for number, page in enumerate(shifted):
        page[50:450, 30 * number : 30 * number + 500] = (127.5 + 120 * beds)[:, :, None]
    alone = [find_panels(page) for page in shifted]
    assert all(len(found) == 1 for found in alone)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        together = list(pool.map(find_panels, shifted * 3))
    for one, other in zip(alone * 3, together, strict=True):
        assert np.array_equal(one, other)
