"""A classical attribute is 0 along unbroken layers, high at an offset, and blind to gain and polarity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odfault.errors import OdfaultError
from odfault_training import classical
from odfault_training.classical import dip_steered_semblance, fault_likelihood, variance
from odfault_training.metrics import count_matches, score_counts

ATTRIBUTES = pytest.mark.parametrize("attribute", [variance, dip_steered_semblance, fault_likelihood])
LOCAL = pytest.mark.parametrize("attribute", [variance, dip_steered_semblance])
ROUNDING = 8e-6
"""The eighth power of the fault likelihood makes a rounding eight times as large."""
SHAPES = pytest.mark.parametrize("shape", [(40, 60), (9, 12, 30)])


def layers(depth):
    """Return the amplitude of smooth random layers at any depth in samples."""
    rng = np.random.default_rng(7)
    waves = rng.uniform(0.04, 0.14, 12), rng.uniform(0, 2 * np.pi, 12), rng.normal(size=12)
    return sum(a * np.sin(2 * np.pi * f * depth + p) for f, p, a in zip(*waves, strict=True)).astype(
        np.float32
    )


def noise(shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@ATTRIBUTES
@SHAPES
def test_the_answer_is_float32_of_the_same_shape_from_0_to_1(attribute, shape):
    answer = attribute(noise(shape))
    assert answer.shape == shape
    assert answer.dtype == np.float32
    assert answer.min() >= 0.0
    assert answer.max() <= 1.0
    assert answer.mean() > 0.1


@ATTRIBUTES
@SHAPES
def test_equal_traces_are_0(attribute, shape):
    seismic = np.broadcast_to(layers(np.arange(shape[-1])), shape)
    np.testing.assert_allclose(attribute(seismic), 0.0, atol=ROUNDING)


@ATTRIBUTES
@SHAPES
@given(exponent=st.integers(-20, 20), sign=st.sampled_from([-1.0, 1.0]))
@settings(max_examples=5, deadline=None)
def test_gain_and_polarity_do_not_matter(attribute, shape, exponent, sign):
    seismic = noise(shape)
    gained = seismic * np.float32(sign * 2.0**exponent)
    np.testing.assert_array_equal(attribute(gained), attribute(seismic))


@LOCAL
def test_a_planted_offset_is_the_highest_at_each_depth_within_the_reach_of_the_traces(attribute):
    trace, sample = np.mgrid[:40, :80]
    seismic = layers(sample + 4.0 * (trace >= 20))
    answer = attribute(seismic)
    assert set(np.unique(answer.argmax(axis=0))) <= {18, 19, 20, 21}
    assert answer.mean(axis=1).argmax() in (19, 20)
    assert answer[19:21].mean() > 5.0 * answer[:15].mean() + 0.1


@LOCAL
@pytest.mark.parametrize("axis", [0, 1])
def test_an_offset_across_either_lateral_axis_of_a_volume_is_seen(attribute, axis):
    position = np.indices((14, 14, 40))
    answer = attribute(layers(position[2] + 4.0 * (position[axis] >= 7)))
    profile = answer.mean(axis=(1 - axis, 2))
    assert profile.argmax() in (6, 7)
    assert profile[6:8].min() > 3.0 * profile[:4].mean() + 0.1


@pytest.mark.parametrize("dip", [-2.0, -0.7, 0.6, 1.5])
def test_unbroken_dipping_layers_are_0_when_the_dip_is_followed_and_not_when_it_is_not(dip):
    trace, sample = np.mgrid[:40, :80]
    seismic = layers(sample - dip * trace)
    inside = np.s_[3:-3, 10:-10]
    assert dip_steered_semblance(seismic)[inside].max() < 0.05
    assert variance(seismic)[inside].mean() > 2.0 * dip_steered_semblance(seismic)[inside].max()


def test_an_offset_in_dipping_layers_is_found_where_it_is():
    trace, sample = np.mgrid[:40, :80]
    answer = dip_steered_semblance(layers(sample - 1.0 * trace + 4.0 * (trace >= 20)))
    assert answer[:, 10:-10].mean(axis=1).argmax() in (19, 20)


@ATTRIBUTES
def test_dead_traces_are_0_and_do_not_mark_their_neighbours(attribute):
    seismic = np.tile(layers(np.arange(60)), (30, 1))
    seismic[10] = 0.0
    seismic[20:23] = 0.0
    np.testing.assert_allclose(attribute(seismic), 0.0, atol=ROUNDING)


@ATTRIBUTES
@SHAPES
def test_where_there_is_no_energy_the_answer_is_0(attribute, shape):
    np.testing.assert_array_equal(attribute(np.zeros(shape, np.float32)), 0.0)
    seismic = noise(shape)
    seismic[..., :15] = 0.0
    if attribute is not fault_likelihood:  # whose window is longer
        beyond_window_and_dip = np.s_[..., : 15 - 4 - 7]
        np.testing.assert_array_equal(attribute(seismic)[beyond_window_and_dip], 0.0)


def test_variance_is_its_formula():
    seismic = noise((5, 12))
    middle = np.s_[1:4, 2:11]
    weights = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1.0])
    about = seismic[1:4].astype(float)
    spread = weights @ ((about - about.mean(axis=0)) ** 2).sum(axis=0)[2:11]
    energy = weights @ (seismic[middle].astype(float) ** 2).sum(axis=0)
    assert variance(seismic)[2, 6] == pytest.approx(spread / energy, rel=1e-5)


def test_a_volume_takes_the_larger_of_its_two_lateral_directions():
    trace = noise((6, 1, 40))
    along_equal = np.broadcast_to(trace, (6, 9, 40))
    answer = dip_steered_semblance(along_equal)
    np.testing.assert_allclose(answer, dip_steered_semblance(np.swapaxes(along_equal, 0, 1)).swapaxes(0, 1))
    assert answer.mean() > 0.1


@pytest.mark.parametrize("slope", [-0.8, -0.3, 0.0, 0.15, 0.6])
def test_a_dipping_fault_is_likely_on_it_and_unlikely_away_from_it(slope):
    trace, sample = np.mgrid[:120, :100]
    across = trace - 60 - slope * (sample - 50)
    answer = fault_likelihood(layers(sample + 4.0 * (across >= 0)))
    inside = (sample >= 10) & (sample < 90)
    assert np.quantile(answer[inside & (np.abs(across) < 1)], 0.05) > 0.98
    assert answer[np.abs(across) > 24].mean() < 0.05
    assert answer[(np.abs(across) > 24 * (1 + abs(slope)))].max() < 0.3
    assert np.abs(across[answer.argmax(axis=0), np.arange(100)])[10:90].max() <= 2.5


@pytest.mark.parametrize("slope", [-0.8, 0.15, 0.5])
def test_a_fault_in_noise_is_found_better_when_it_is_followed(slope):
    trace, sample = np.mgrid[:120, :100]
    across = trace - 60 - slope * (sample - 50)
    clean = layers(sample + 0.3 * trace + 4.0 * (across >= 0))
    seismic = clean + clean.std() * noise(clean.shape)
    found = [
        score_counts([count_matches(answer, np.abs(across) < 0.5)]).ap
        for answer in (variance(seismic), dip_steered_semblance(seismic), fault_likelihood(seismic, power=1))
    ]
    assert found[0] < found[1] < found[2] - 0.1


@pytest.mark.parametrize("axis", [0, 1])
def test_a_fault_across_either_lateral_axis_of_a_volume_is_likeliest_where_it_is(axis):
    position = np.indices((30, 30, 40))
    answer = fault_likelihood(layers(position[2] + 4.0 * (position[axis] >= 15)), half_window=4)
    profile = answer.mean(axis=(1 - axis, 2))
    assert profile.argmax() in (14, 15)
    assert profile[:3].max() < 0.1 * profile.max()


def test_the_sum_along_a_fault_is_that_of_its_samples():
    values = np.random.default_rng(2).integers(0, 9, (1, 7, 12)).astype(np.float32)
    window = np.float64([1, 2, 3, 2, 1])
    for slope in (-1.0, -0.25, 0.0, 0.5):
        wanted = np.zeros_like(values)
        for trace in range(7):
            for sample in range(12):
                for deeper, weight in zip(range(-2, 3), window, strict=True):
                    x, z = int(np.floor(trace + slope * deeper + 0.5)), sample + deeper
                    if 0 <= x < 7 and 0 <= z < 12:
                        wanted[0, trace, sample] += weight * values[0, x, z]
        for kernel in (classical.sum_along_fault, classical.sum_along_fault.py_func):
            found = np.empty_like(values)
            kernel(values, slope, window, found)
            np.testing.assert_array_equal(found, wanted)


def test_the_kernel_says_the_same_without_the_compiler():
    volume = np.random.default_rng(3).integers(-8, 9, (2, 5, 11)).astype(np.float32)
    live = np.ones((2, 5), bool)
    live[1, 2] = False
    results = []
    for kernel in (classical.stack_along_dip, classical.stack_along_dip.py_func):
        common, energy = np.empty_like(volume), np.empty_like(volume)
        kernel(volume, live, 0.25, 2, common, energy)
        results.append((common, energy))
    np.testing.assert_array_equal(results[0], results[1])


@ATTRIBUTES
@pytest.mark.parametrize("wrong", [np.zeros(5), np.zeros((2, 2, 2, 2)), np.full((4, 4), np.nan)])
def test_what_is_no_section_or_volume_is_refused(attribute, wrong):
    with pytest.raises(OdfaultError):
        attribute(wrong)
