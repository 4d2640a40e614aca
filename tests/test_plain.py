"""What NumPy does while somebody waits is, to the last bit, what the kernels do."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from odfault import at_hand, kernels, plain, thinning

DEAD = [0.0, np.nan, np.inf, -np.inf, 1e30, -1e30]
TRACES = st.tuples(st.integers(1, 3), st.integers(1, 60)).flatmap(
    lambda shape: arrays(
        np.float32, shape, elements=st.one_of(st.floats(-1e9, 1e9, width=32), st.sampled_from(DEAD))
    )
)
SHARES = st.floats(0, 1, width=32)


@given(TRACES, st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_traces_are_scaled_alike_and_what_is_dead_found(traces, half_window):
    scaled, counts = [], []
    for room in (kernels, plain):
        mine = traces.copy()
        counts.append(room.scale(mine, half_window, mine))
        scaled.append(mine)
    np.testing.assert_array_equal(*scaled)
    assert counts[0] == counts[1]
    dead = np.empty((2, *traces.shape), bool)
    kernels.find_dead(scaled[0], half_window, dead[0])
    plain.find_dead(scaled[0], half_window, dead[1])
    np.testing.assert_array_equal(*dead)
    assert kernels.count_odd(traces[None]) == plain.count_odd(traces[None])


@pytest.mark.parametrize("length", [1, 64, 128, 129, 130, 300])
def test_many_long_traces_are_scaled_alike(length):
    traces = np.random.default_rng(1).standard_normal((1100, length)).astype(np.float32)
    traces[::7, length // 3 :], traces[5] = 0, 0
    one, two = np.empty_like(traces), np.empty_like(traces)
    assert kernels.scale(traces, 64, one) == plain.scale(traces, 64, two)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("shape", [(6, 7, 9), (1, 5, 8), (3, 1, 1), (2, 2, 20)])
def test_windows_are_cut_and_placed_alike(shape):
    chance = np.random.default_rng(2)
    volume = chance.standard_normal(shape).astype(np.float32)
    starts = np.array([[0, 0, 0], [-3, 1, 2], [2, -5, -6], [1, 3, 5]])
    one, two = np.empty((2, 4, 4, 5, 6), np.float32)
    kernels.gather(volume, starts, one)
    plain.gather(volume, starts, two)
    np.testing.assert_array_equal(one, two)
    keeps = np.array([[0, 1, 2], [3, 0, 0]])
    writes = np.array([[(0, 3), (2, 5), (0, 4)], [(4, 5), (0, 1), (5, 7)]])
    both = np.full((2, 5, 6, 7), 9, np.float32)
    kernels.place(one[:2], keeps, writes, both[0])
    plain.place(one[:2], keeps, writes, both[1])
    np.testing.assert_array_equal(*both)


@given(arrays(np.float32, st.tuples(*[st.integers(1, 7)] * 3), elements=SHARES))
@settings(max_examples=80, deadline=None)
def test_crests_are_found_alike(volume):
    np.testing.assert_array_equal(plain.thin(volume), thinning.thin(volume))
    np.testing.assert_array_equal(plain.thin(volume[0]), thinning.thin(volume[0]))


@pytest.fixture
def hurried(monkeypatch):
    """Be a process that has not loaded Numba, and hurries."""
    monkeypatch.setattr(at_hand, "_DOOR", at_hand._Door())
    monkeypatch.delitem(sys.modules, "odfault.kernels")
    at_hand.hurry()
    monkeypatch.setitem(sys.modules, "odfault.kernels", kernels)


def test_numba_takes_over_after_the_first_work(hurried):
    at_hand.settle()
    assert at_hand.find_kernels() is plain
    assert at_hand.find_kernels() is plain
    at_hand.settle()
    assert at_hand.find_kernels() is kernels


def test_nobody_hurries_who_has_numba(monkeypatch):
    monkeypatch.setattr(at_hand, "_DOOR", at_hand._Door())
    at_hand.hurry()
    assert at_hand.find_kernels() is kernels
