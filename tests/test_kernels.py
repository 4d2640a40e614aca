"""A kernel does what a slow and plain second implementation does, compiled or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from odfault import kernels

DEAD = [0.0, np.nan, np.inf, -np.inf, 1e30, -1e30]
AMPLITUDES = st.one_of(
    st.floats(-1e6, 1e6, width=32), st.floats(-(2.0**90), 2.0**90, width=32), st.sampled_from(DEAD)
)
TRACES = st.tuples(st.integers(1, 3), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=AMPLITUDES)
)


@pytest.fixture(params=["compiled", "plain"])
def kernel(request, monkeypatch):
    """Give kernels by name, compiled or as Python runs them."""
    if request.param == "compiled":
        return lambda name: getattr(kernels, name)
    plain = {name: part.py_func for name, part in vars(kernels).items() if hasattr(part, "py_func")}
    for name, function in plain.items():
        monkeypatch.setattr(kernels, name, function)
    return plain.__getitem__


def scale(traces, half_window, kernel=lambda name: getattr(kernels, name)):
    scaled = np.full_like(traces, 77)
    with np.errstate(all="ignore"):
        kernel("scale")(traces, half_window, scaled)
    return scaled


def find_dead(scaled, half_window, kernel=lambda name: getattr(kernels, name)):
    dead = np.empty(scaled.shape, bool)
    kernel("find_dead")(scaled, half_window, dead)
    return dead


def is_live(value):
    return np.isfinite(value) and 0 < abs(value) < 1e29


def dumb_scale(traces, half_window):
    scaled = np.zeros(traces.shape)
    for (t, k), value in np.ndenumerate(traces.astype(float)):
        near = traces[t, max(0, k - half_window) : k + half_window + 1].astype(float)
        near = [abs(other) for other in near if is_live(other)]
        if is_live(value):
            scaled[t, k] = np.clip(value / np.mean(near), -4, 4)
    return scaled


def dumb_dead(traces, half_window):
    dead = np.ones(traces.shape, bool)
    for t, k in np.argwhere(traces != 0):
        dead[t, max(0, k - half_window) : k + half_window + 1] = False
    return dead


@given(TRACES, st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_a_sample_is_divided_by_the_mean_size_of_the_live_ones_around_it(traces, half_window):
    expected = dumb_scale(traces, half_window)
    np.testing.assert_allclose(scale(traces, half_window), expected, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("half_window", [0, 1, 4, 64])
def test_scaling_is_the_same_without_compiler(kernel, half_window):
    traces = np.random.default_rng(1).standard_normal((3, 150)).astype(np.float32)
    traces[0, [3, 50, 51, 149, 7, 8]] = DEAD
    traces[1] = 0
    np.testing.assert_array_equal(scale(traces, half_window, kernel), scale(traces, half_window))
    np.testing.assert_allclose(scale(traces, half_window, kernel), dumb_scale(traces, half_window), rtol=1e-6)


@given(TRACES, st.integers(0, 50))
@settings(max_examples=50, deadline=None)
def test_scaling_in_place_is_scaling(traces, half_window):
    expected = scale(traces, half_window)
    kernels.scale(traces, half_window, traces)
    np.testing.assert_array_equal(traces, expected)


@pytest.mark.parametrize("gain", [2.0**-40, 0.5, 2.0, 2.0**60, -1.0])
def test_gain_and_polarity_change_nothing_but_the_sign(gain):
    traces = np.random.default_rng(2).standard_normal((5, 300)).astype(np.float32)
    traces[:, 100:110] *= 30
    np.testing.assert_array_equal(
        scale(traces * np.float32(gain), 64), scale(traces, 64) * np.float32(np.sign(gain))
    )


def test_amplitudes_of_one_size_become_one():
    traces = np.random.default_rng(3).choice(np.float32([-3, 3]), (4, 500))
    np.testing.assert_array_equal(scale(traces, 64), np.sign(traces))


@pytest.mark.parametrize("spike", [1e20, 9e28, -1e9])
def test_a_spike_leaves_no_trace_beyond_its_window(spike):
    quiet = np.random.default_rng(4).standard_normal((1, 600)).astype(np.float32)
    loud = quiet.copy()
    loud[0, 300] = spike
    far = np.r_[0:236, 365:600]
    np.testing.assert_array_equal(scale(loud, 64)[:, far], scale(quiet, 64)[:, far])
    assert abs(scale(loud, 64)[0, 300]) == 4


@pytest.mark.parametrize("dead", DEAD)
def test_dead_samples_answer_zero_and_disturb_nobody(dead):
    short = np.random.default_rng(5).standard_normal((2, 100)).astype(np.float32)
    padded = np.full((2, 160), dead, np.float32)
    padded[:, 20:120] = short
    np.testing.assert_allclose(scale(padded, 16)[:, 20:120], scale(short, 16), rtol=1e-6)
    assert not scale(padded, 16)[:, :20].any()
    assert not scale(padded, 16)[:, 120:].any()


@given(arrays(np.float32, (3, 40), elements=st.sampled_from([0, 0, 0, 1])))
@settings(max_examples=100, deadline=None)
def test_dead_is_what_has_nothing_live_near(traces):
    for half_window in (0, 1, 3, 50):
        np.testing.assert_array_equal(find_dead(traces, half_window), dumb_dead(traces, half_window))


def test_dead_samples_are_found_without_compiler(kernel):
    traces = np.zeros((3, 60), np.float32)
    traces[0, [4, 30, 59]], traces[1, 0] = 1, 1
    np.testing.assert_array_equal(find_dead(traces, 5, kernel), dumb_dead(traces, 5))


@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_a_position_is_mirrored_as_often_as_it_must(kernel, length):
    expected = np.pad(np.arange(length), 30, "reflect") if length > 1 else np.zeros(61, int)
    got = [kernel("mirror")(position, length) for position in range(-30, len(expected) - 30)]
    assert got == expected.tolist()


@pytest.mark.parametrize("shape", [(6, 7, 9), (1, 5, 8), (3, 1, 1), (2, 2, 20)])
def test_windows_are_cut_from_the_volume_and_mirrored_beyond_it(kernel, shape):
    volume = np.random.default_rng(6).standard_normal(shape).astype(np.float32)
    starts = np.array([[0, 0, 0], [-3, 1, 2], [2, -5, -6], [1, 3, 5]])
    windows = np.full((4, 4, 5, 6), np.nan, np.float32)
    kernel("gather")(volume, starts, windows)
    ways = [np.pad(np.arange(n), 20, "reflect") if n > 1 else np.zeros(41, int) for n in shape]
    for window, start in zip(windows, starts, strict=True):
        spots = [way[20 + s : 20 + s + n] for way, s, n in zip(ways, start, window.shape, strict=True)]
        np.testing.assert_array_equal(window, volume[np.ix_(*spots)])


def test_answers_go_where_they_belong_and_nowhere_else(kernel):
    answers = np.random.default_rng(7).standard_normal((2, 4, 5, 6)).astype(np.float32)
    keeps = np.array([[0, 1, 2], [3, 0, 0]])
    writes = np.array([[(0, 3), (2, 5), (0, 4)], [(4, 5), (0, 1), (5, 7)]])
    volume, expected = np.full((5, 6, 7), 9, np.float32), np.full((5, 6, 7), 9, np.float32)
    kernel("place")(answers, keeps, writes, volume)
    expected[0:3, 2:5, 0:4] = answers[0, 0:3, 1:4, 2:6]
    expected[4:5, 0:1, 5:7] = answers[1, 3:4, 0:1, 0:2]
    np.testing.assert_array_equal(volume, expected)


def test_odd_samples_are_counted(kernel):
    block = np.ones((3, 4, 5), np.float32)
    assert kernel("count_odd")(block) == 0
    block[0, 0, :5] = [np.nan, np.inf, -np.inf, 1e30, -1e29]
    block[2, 3, 4], block[1, 1, 1], block[1, 1, 2] = np.nan, 0, 9e28
    assert kernel("count_odd")(block) == 6
