"""What a report tells of a network is true of that network: it can be recovered, broken and tested."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from odfault.demo import EXAMPLE
from odfault.explain.course import Fault, find_course
from odfault.explain.detection import draw_fault, measure_curve
from odfault.explain.filters import find_peak, respond
from odfault.explain.gradients import open_network
from odfault.explain.healing import heal
from odfault.explain.layers import look_at_layers
from odfault.explain.likeness import compare_maps
from odfault.explain.reach import measure_reach
from odfault.explain.saliency import delete, integrate_gradients, look_at, map_class
from odfault.explain.sliding import Slip, slide
from odfault.explain.strongest import find_strongest
from odfault.explain.subject import scale_block
from odfault.segy.survey import SegySurvey

POINT = (0, 48, 48)
TEN = 10.0


@pytest.fixture(scope="module")
def shipped():
    """Open the shipped network for sections."""
    return open_network("fault2d")


@pytest.fixture(scope="module")
def tiny(tiny2d):
    """Open the tiny network for sections."""
    return open_network(tiny2d)


def gabor(size, frequency, dip, phase):
    """Draw a Gabor filter (size, size): a wave of beds of a dip under a bell."""
    i, j = np.mgrid[:size, :size] - (size - 1) / 2
    return np.exp(-(i**2 + j**2) / (2 * (size / 6) ** 2)) * np.cos(
        2 * np.pi * frequency * (j - dip * i) + phase
    )


def faulted(seed, throw=TEN, noise=8.0):
    """Draw a section with a fault, and tell the point where it stands half-way down."""
    section, stands = draw_fault(np.random.default_rng(seed), throw=throw, peak=0.1, signal_to_noise=noise)
    return section, (0, round(float(stands[48])), 48)


def demo_points(inside):
    """Give inlines of the demo's survey, each with a point on its strongest lone fault."""
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        lines = [survey.read(slice(n, n + 1), slice(0, survey.shape[1])) for n in (12, 32, 52)]
    return [(line, (0, *find_strongest(inside.answer(scale_block(line)[None])[0, 0]))) for line in lines]


@pytest.mark.parametrize("phase", [0.0, 1.0])
@pytest.mark.parametrize(("frequency", "dip"), [(0.12, 1.1), (0.2, -0.8), (0.25, 0.4), (0.3, -1.3)])
def test_a_planted_gabor_filter_is_recovered(frequency, dip, phase):
    found = find_peak(gabor(24, frequency, dip, phase))
    assert found.frequency == pytest.approx(frequency, rel=0.05)
    assert found.dip == pytest.approx(dip, rel=0.05)


def test_a_filter_answers_plane_waves_as_its_layer_does(tiny):
    """The layer itself is shown waves: the oracle is Keras, on real waves, not the Fourier sum."""
    import keras

    layer = keras.Model(tiny._network.input, tiny._network.get_layer("convolve1").output)
    i, j = np.mgrid[:96, :96].astype(np.float32)
    bias = layer.layers[-1].bias.numpy()
    for frequency, dip in ((0.11, 0.6), (0.23, -0.9)):
        waves = [np.cos(2 * np.pi * frequency * (j - dip * i) + turn) for turn in (0, np.pi / 2)]
        seen = np.asarray(layer(np.stack(waves)[..., None].astype(np.float32))) - bias
        size = np.hypot(seen[0], seen[1])[8:-8, 8:-8].mean(axis=(0, 1))
        told = [float(respond(kernel, frequency, -frequency * dip)) for kernel in tiny.kernels]
        np.testing.assert_allclose(told, size, rtol=1e-3)


def test_a_filter_that_listens_to_no_frequency_has_no_dip():
    assert find_peak(np.ones((4, 4))).dip is None
    step = find_peak(np.repeat([[1.0], [1.0], [-1.0], [-1.0]], 4, axis=1))
    assert step.dip is None
    assert abs(step.wavenumber) > 0.1


def test_the_opened_network_answers_as_odfault_does(shipped):
    import odfault

    section, _ = faulted(1)
    told = odfault.predict(section[0], "fault2d", precision="float32", average="none")
    np.testing.assert_allclose(shipped.answer(scale_block(section)[None])[0, 0], told, atol=1e-4)


@pytest.mark.parametrize("which", ["tiny2d", "tiny3d"])
def test_a_derivative_is_the_slope_of_the_answer(which, request):
    inside = open_network(request.getfixturevalue(which))
    chance = np.random.default_rng(2)
    shape = (1, 32, 32) if which == "tiny2d" else (16, 16, 16)
    window, push = (chance.standard_normal((1, *shape), np.float32) for _ in range(2))
    point = tuple(n // 2 for n in shape)
    slope = float((inside.derive(window, point)[1] * push).sum())
    step = 1e-3
    ends = [inside.derive(window + sign * step * push, point)[0][0] for sign in (-1, 1)]
    assert slope == pytest.approx(float(ends[1] - ends[0]) / (2 * step), rel=0.05, abs=1e-3)


def test_shares_add_up_to_the_answer(shipped):
    section, point = faulted(3)
    view = look_at(scale_block(section), point, shipped)
    shares, missed = integrate_gradients(shipped, view, steps=64)
    ends = [shipped.derive(w[None], view.point)[0][0] for w in (np.zeros_like(view.values), view.values)]
    assert missed < 0.15
    assert shares.sum() == pytest.approx(float(ends[1] - ends[0]), rel=0.16)


def test_shuffled_weights_give_another_map_and_the_same_weights_the_same(shipped):
    section, point = faulted(0)
    view = look_at(scale_block(section), point, shipped)
    own, again = (integrate_gradients(net, view, steps=8)[0] for net in (shipped, open_network("fault2d")))
    others = [integrate_gradients(shipped.shuffled(seed), view, steps=8)[0] for seed in (1, 2, 3)]
    learned = compare_maps(own, others)
    assert abs(learned.signed) < 0.3
    assert abs(learned.beyond) < 0.3
    assert learned.sizes > 0.3  # the receptive field alone, which is why sizes are told beyond it
    assert spearmanr(own.ravel(), again.ravel())[0] > 0.99


def test_what_maps_share_is_divided_away_and_nothing_else():
    """A planted envelope is taken away; a planted likeness beyond it is still seen."""
    chance = np.random.default_rng(3)
    fade = np.exp(-np.abs(np.arange(64) - 32) / 6)[None, :, None] * np.ones((1, 64, 64))
    noise = [fade * chance.standard_normal(fade.shape) for _ in range(5)]
    strangers = compare_maps(noise[0], noise[1:])
    assert strangers.sizes > 0.6
    assert strangers.beyond < 0.3  # not 0: what is divided by is itself uncertain, which both share
    kin = [noise[0] + 0.3 * other for other in noise[1:]]
    assert compare_maps(noise[0], kin).signed > 0.8


def test_deleting_what_matters_most_beats_chance_and_the_loudest(shipped):
    parts = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2])
    areas = []
    for seed, (section, point) in enumerate([*map(faulted, range(3)), *demo_points(shipped)]):
        view = look_at(scale_block(section), point, shipped)
        shares, _ = integrate_gradients(shipped, view, steps=16)
        chance = np.random.default_rng(seed).random(shares.shape, np.float32)
        orders = (shares, chance, np.abs(view.values))
        areas.append([delete(shipped, view, order, parts).mean() for order in orders])
    by_shares, by_chance, by_size = np.array(areas).T
    assert np.all(by_shares < by_chance - 0.2)
    assert by_shares.mean() < by_size.mean() - 0.2


def test_grad_cam_lights_up_at_the_fault(shipped):
    section, point = faulted(4)
    view = look_at(scale_block(section), point, shipped)
    probability = shipped.answer(view.values[None])[0]
    classes, _ = map_class(shipped, view, shipped.layers["last"])
    _, local = map_class(shipped, view, shipped.layers["deep"])
    assert classes[probability > 0.9].mean() > 5 * classes[probability < 0.1].mean()
    near = np.zeros(local.shape, bool)
    near[:, view.point[1] - 16 : view.point[1] + 17, view.point[2] - 16 : view.point[2] + 17] = True
    assert local[near].sum() > 0.8 * local.sum()


def test_the_reach_of_a_network_is_found(tiny, shipped):
    """A network of one filter's reach is told from one that looks far."""
    noise = scale_block(np.random.default_rng(1).standard_normal((1, 256, 256)).astype(np.float32))
    near, far = (measure_reach(noise, inside, line=0, windows=2) for inside in (tiny, shipped))
    assert near.traces[1] <= 22  # the tiny network's true reach
    assert far.traces[1] > near.traces[1]
    assert far.traces[0] < far.traces[1] < shipped.card.halo
    assert far.influence.sum() == pytest.approx(1)


def test_healing_a_throw_of_ten_samples_ends_the_fault(shipped):
    fell, lags = [], []
    for seed in range(10):
        section, point = faulted(seed)
        answer = shipped.answer(scale_block(section)[None])[0]
        fault = find_course(answer, point)
        assert fault is not None
        healing = heal(section, shipped, point, fault=fault)
        as_it_is, worse = healing.probability[len(healing.parts) // 2], healing.probability[0]
        assert healing.bridged > 0.5  # not the bridge ends it
        assert worse > 0.5
        fell.append(as_it_is - healing.probability[-1])
        lags.append(abs(healing.slip.lag))
    assert np.mean(np.array(fell) >= 0.5) >= 0.9
    assert np.median(lags) == pytest.approx(TEN, abs=0.5)


def test_sliding_without_a_fault_makes_one_and_sliding_back_ends_it(shipped):
    section, point = faulted(6, throw=0.0)
    assert shipped.answer(scale_block(section)[None])[0][point] < 0.5
    fault, slip = Fault((0.0, 48.0, 48.0), 0.2), Slip(np.array([48.0]), np.array([8.0]))
    broken = slide(section, fault, slip)
    broken_answer = shipped.answer(scale_block(broken)[None])[0]
    assert broken_answer[0, 46:51, 48].max() > 0.9
    whole = slide(broken, fault, slip, part=-1.0)
    assert shipped.answer(scale_block(whole)[None])[0][0, 46:51, 48].max() < 0.5


def test_the_course_of_a_fault_is_found_in_volumes_too():
    i, x, t = np.mgrid[:17, :60, :60]
    stands = 30 + 0.4 * (t - 30) - 0.7 * (i - 8)
    fault = find_course(np.exp(-((x - stands) ** 2) / 2).astype(np.float32), (8, 30, 30))
    assert fault is not None
    assert fault.lean == pytest.approx(0.4, abs=0.05)
    assert fault.strike == pytest.approx(-0.7, abs=0.05)
    assert find_course(np.zeros((1, 60, 60), np.float32), (0, 30, 30)) is None


def test_a_larger_throw_is_found_better_and_noise_hides_it(shipped):
    cases = [(0.0, 8.0), (1 / 64, 8.0), (1 / 4, 8.0), (1 / 4, 0.25)]
    curve = measure_curve(shipped, cases, by=[0, 1, 2, 3], peak=0.1, sections=6)
    none, faint, clear, hidden = curve.found
    assert none < 0.05
    assert faint < clear
    assert clear > 0.9
    assert hidden < 0.5
    assert all(
        low <= found <= high for low, found, high in zip(curve.low, curve.found, curve.high, strict=True)
    )


def test_patches_excite_their_channel_and_do_not_overlap(tiny):
    section = scale_block(np.random.default_rng(5).standard_normal((1, 128, 128)).astype(np.float32))
    for busy in look_at_layers(tiny, section, 0):
        assert len(busy.channels) == len(set(busy.channels)) == len(busy.patches)
        assert busy.maps.min() >= 0
        for patches in busy.patches:
            places = [np.argwhere(section[0] == patch[0, 0])[0] for patch in patches]
            gaps = [np.abs(a - b).max() for n, a in enumerate(places) for b in places[:n]]
            assert all(gap >= patches[0].shape[0] // 2 for gap in gaps)
