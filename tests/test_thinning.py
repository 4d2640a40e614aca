"""Of a ridge the crest is left, and only the crest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from odfault import thinning
from odfault.errors import OdfaultError
from odfault.thinning import thin

SIXTEENTHS = st.integers(0, 16).map(lambda n: n / 16)


def section(traces=24, samples=40, *, slope=0.0, width=2.0, centre=12.0):
    """Return a ridge with a Gaussian profile along the trace axis."""
    across = np.arange(traces)[:, None] - centre - slope * (np.arange(samples) - samples / 2)
    return np.exp(-0.5 * (across / width) ** 2).astype(np.float32)


def plain_thin(probability):
    """Thin by padding and slicing, with no word in common with the kernel."""
    p = np.asarray(probability, np.float64)
    wide = np.pad(p, 2, mode="reflect")
    for axis in (0, 1):
        near = np.roll(wide, 1, axis) + np.roll(wide, -1, axis)
        wide = wide / 2 + near / 4
    wide = np.pad(wide[2:-2, 2:-2], 1, constant_values=np.nan)
    here = wide[1:-1, 1:-1]
    best, crest = np.zeros_like(p), np.zeros(p.shape, bool)
    for before, after in ((wide[:-2, 1:-1], wide[2:, 1:-1]), (wide[1:-1, :-2], wide[1:-1, 2:])):
        bend = before + after - 2 * here
        sharper = bend < best
        best = np.where(sharper, bend, best)
        crest = np.where(sharper, (here > before) & (here >= after), crest)
    return np.where(crest, p, 0)


@given(arrays(np.float32, st.tuples(st.integers(3, 9), st.integers(3, 9)), elements=SIXTEENTHS))
@settings(max_examples=60, deadline=None)
def test_the_kernel_agrees_with_a_plain_second_implementation(probability):
    np.testing.assert_array_equal(thin(probability), plain_thin(probability))


@given(arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=SIXTEENTHS))
@settings(max_examples=30, deadline=None)
def test_the_kernel_says_the_same_without_the_compiler(probability):
    thinned = np.full_like(probability, np.nan)
    thinning.thin_section.py_func(probability, thinned)
    np.testing.assert_array_equal(thinned, thin(probability))


def test_the_volume_kernel_says_the_same_without_the_compiler():
    rng = np.random.default_rng(4)
    probability, smoothed = rng.integers(0, 17, (2, 4, 3, 5)).astype(np.float32) / 16
    compiled, plain = np.empty_like(probability), np.empty_like(probability)
    thinning.thin_volume(probability, smoothed, compiled)
    thinning.thin_volume.py_func(probability, smoothed, plain)
    np.testing.assert_array_equal(compiled, plain)


@given(arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=SIXTEENTHS))
@settings(max_examples=40, deadline=None)
def test_a_volume_of_one_inline_is_thinned_as_that_section(probability):
    np.testing.assert_array_equal(thin(probability[None])[0], thin(probability))


def test_a_volume_of_equal_inlines_is_thinned_as_each_of_them():
    ridge = section(slope=0.5)
    np.testing.assert_array_equal(thin(np.stack([ridge] * 4)), np.stack([thin(ridge)] * 4))


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0, 4.0])
def test_an_upright_ridge_of_any_width_leaves_one_sample_at_each_depth(width):
    expected = np.zeros((24, 40), np.float32)
    expected[12] = 1.0
    np.testing.assert_array_equal(thin(section(width=width)), expected)


@pytest.mark.parametrize("slope", [-2.0, -1.0, -0.4, 0.0, 0.3, 0.7, 1.0, 3.0])
def test_a_slanting_ridge_leaves_one_sample_at_each_step_within_a_sample_of_its_crest(slope):
    thinned = thin(section(traces=40, slope=slope, centre=20.0))[2:-2, 2:-2]
    trace, sample = np.nonzero(thinned > 0.5)
    distance = (trace - 18.0 - slope * (sample - 18.0)) / np.hypot(1.0, slope)
    assert np.abs(distance).max() < 1.0
    steps = sample if abs(slope) <= 1.0 else trace
    np.testing.assert_array_equal(np.sort(steps), np.arange(steps.min(), steps.max() + 1))
    assert len(steps) >= 35


@pytest.mark.parametrize("slope", [-1.5, -1.0, 0.4, 1.0])
def test_where_a_slanting_ridge_leaves_the_section_its_flanks_are_no_crests(slope):
    thinned = thin(section(traces=40, slope=slope, centre=20.0))
    trace, sample = np.nonzero(thinned)
    assert np.abs(trace - 20.0 - slope * (sample - 20.0)).max() <= 1.5


@pytest.mark.parametrize("thickness", [1, 2, 3, 4, 5])
def test_a_flat_top_leaves_one_sample_at_each_depth(thickness):
    mask = np.zeros((20, 15), np.float32)
    mask[8 : 8 + thickness] = 1.0
    np.testing.assert_array_equal(np.count_nonzero(thin(mask), axis=0), 1)


def test_a_line_one_sample_thick_is_left_as_it_is():
    mask = np.zeros((30, 40), np.float32)
    samples = np.arange(40)
    mask[np.round(4 + 0.6 * samples).astype(int), samples] = 1.0
    np.testing.assert_array_equal(thin(mask), mask)


def test_a_fault_plane_in_a_volume_stays_a_closed_surface():
    i, j, k = np.ogrid[:20, :20, :20]
    across = (i - 10.0) - 0.4 * (j - 10.0) - 0.5 * (k - 10.0)
    thinned = thin(np.exp(-0.5 * (across / 2.5) ** 2))
    assert np.all(np.abs(across[thinned > 0.5]) < 1.0)
    crossed = (np.abs(across) < 5.0).all(axis=0)
    assert np.all(np.any(thinned > 0.5, axis=0)[crossed])


@given(arrays(np.float32, (7, 8), elements=SIXTEENTHS))
@settings(max_examples=30, deadline=None)
def test_a_sample_keeps_its_own_probability_or_nothing(probability):
    thinned = thin(probability)
    assert np.all((thinned == probability) | (thinned == 0.0))


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_where_all_is_equal_nothing_is_a_crest(level):
    assert not thin(np.full((6, 7), level)).any()
    assert not thin(np.full((4, 5, 6), level)).any()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_plane_across_any_axis_of_a_volume_leaves_one_layer(axis):
    across = np.indices((9, 9, 9))[axis] - 4.0
    np.testing.assert_array_equal(thin(np.exp(-0.5 * across**2)) > 0.0, across == 0.0)


@pytest.mark.parametrize(
    "wrong", [np.zeros(4), np.full((3, 3), 1.5), np.full((3, 3), np.nan), np.full((3, 3), -1)]
)
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(OdfaultError):
        thin(wrong)
