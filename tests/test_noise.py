"""What a network for noise answers is taken away from the seismic, and nothing else changes."""

import dataclasses
import json

import numpy as np
import pytest
from host_standin import window_about, with_margins
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from make_segy import make_segy

import odfault
from odfault import kernels
from odfault.batch import run
from odfault.card import HALF_WINDOW, read_card, write_card
from odfault.errors import OdfaultError
from odfault.host.attribute import Denoised
from odfault.host.menu import Choice
from odfault.host.wire import SeisInfo, TrcInfo
from odfault.model import load_network
from odfault.noise import denoise, find_level, take_away
from odfault.segy.survey import SegySurvey

ODD = [0.0, np.nan, np.inf, -np.inf, 1e30]


@pytest.fixture(scope="module")
def noisy2d(tiny2d, tmp_path_factory):
    """Make the tiny network for sections answer noise."""
    path = tmp_path_factory.mktemp("noise") / "noisy2d.keras"
    path.write_bytes(tiny2d.read_bytes())
    write_card(dataclasses.replace(read_card(tiny2d), name="noisy2d", answers="noise"), path)
    return path


@pytest.fixture(scope="module")
def seismic():
    """Make a volume of traces of different loudness."""
    rng = np.random.default_rng(8)
    loud = np.exp(rng.normal(0, 1, (9, 40, 1)))
    return (loud * rng.standard_normal((9, 40, 90))).astype(np.float32)


@settings(deadline=None, max_examples=40)
@given(
    traces=arrays(
        np.float32, (2, 150), elements=st.one_of(st.floats(-1e4, 1e4, width=32), st.sampled_from(ODD))
    )
)
def test_the_level_is_what_scaling_divides_by(traces):
    scaled = np.empty_like(traces)
    kernels.scale(traces.copy(), HALF_WINDOW, scaled)
    level, inside = find_level(traces), np.abs(scaled) < kernels.LIMIT
    expected = np.where(np.abs(traces) < 1e29, traces, 0)
    np.testing.assert_allclose((scaled * level)[inside], expected[inside], rtol=2e-4, atol=1e-30)


def test_no_noise_leaves_all_samples_as_they_are_and_undefined_ones_zero(seismic):
    odd = seismic.copy()
    odd[2, 3, 4:8] = np.nan, np.inf, 1e30, -1e30
    expected = seismic.copy()
    expected[2, 3, 4:8] = 0
    np.testing.assert_array_equal(take_away(np.zeros_like(odd), odd), expected)


def test_the_answer_is_the_seismic_less_the_networks_noise_in_its_own_unit(noisy2d, seismic):
    scaled = np.empty_like(seismic)
    kernels.scale(seismic.reshape(-1, 90), HALF_WINDOW, scaled.reshape(-1, 90))
    network = load_network(noisy2d, precision="float32", answers="noise")
    padded = np.pad(scaled, ((0, 0), (0, 0), (0, 2)), mode="reflect")
    noise = network(padded[None])[0, :, :, :90]
    level = np.array([
        [[np.abs(trace[max(0, k - 64) : k + 65]).mean() for k in range(90)] for trace in line]
        for line in seismic
    ])  # fmt: skip
    assert np.abs(noise).max() > 0.1
    clean = denoise(seismic, noisy2d, precision="float32")
    np.testing.assert_allclose(clean, seismic - level * noise, atol=1e-3 * np.abs(seismic).max())


def test_gain_passes_through(noisy2d, seismic):
    clean = odfault.denoise(seismic, noisy2d, precision="float32")
    loud = odfault.denoise(seismic * np.float32(4096), noisy2d, precision="float32")
    np.testing.assert_allclose(loud / 4096, clean, rtol=1e-4, atol=1e-4)


def test_a_section_keeps_its_shape(noisy2d, seismic):
    section = denoise(seismic[3], noisy2d, precision="float32")
    np.testing.assert_array_equal(section, denoise(seismic[3:4], noisy2d, precision="float32")[0])


@pytest.mark.parametrize("direction", ["inline", "crossline"])
def test_a_run_writes_what_denoise_answers(noisy2d, seismic, direction, tmp_path):
    source = make_segy(tmp_path / "in.sgy", seismic, sample_format=5)
    words = {"model": noisy2d, "precision": "float32", "direction": direction}
    run(source, tmp_path / "out.sgy", **words)
    turned = seismic if direction == "inline" else np.ascontiguousarray(seismic.swapaxes(0, 1))
    expected = denoise(turned, noisy2d, precision="float32")
    expected = expected if direction == "inline" else expected.swapaxes(0, 1)
    with SegySurvey.open(tmp_path / "out.sgy") as out:
        values = out.read(slice(0, 9), slice(0, 40))
    np.testing.assert_allclose(values, expected, atol=1e-4 * np.abs(seismic).max())
    assert b"noise taken away by noisy2d" in (tmp_path / "out.sgy").read_bytes()[:3200].replace(
        b"\n", b""
    ) or ("noise taken away by noisy2d" in (tmp_path / "out.sgy").read_bytes()[:3200].decode("cp037"))
    assert json.loads((tmp_path / "out.sgy.json").read_text())["model"] == "noisy2d"


def test_outside_the_depths_asked_for_it_is_zero(noisy2d, seismic, tmp_path):
    source = make_segy(tmp_path / "in.sgy", seismic, sample_format=5)
    with SegySurvey.open(source) as survey:
        step = survey.interval_s * 1000
    run(source, tmp_path / "out.sgy", model=noisy2d, precision="float32", z_ms=(20 * step, 30 * step))
    with SegySurvey.open(tmp_path / "out.sgy") as out:
        values = out.read(slice(0, 9), slice(0, 40))
    assert not values[:, :, :20].any()
    assert not values[:, :, 31:].any()
    assert values[:, :, 20:31].any(axis=2).all()


def test_each_network_is_asked_only_for_what_it_answers(noisy2d, tiny2d, seismic, tmp_path):
    with pytest.raises(OdfaultError, match="finds no faults"):
        odfault.predict(seismic, noisy2d)
    with pytest.raises(OdfaultError, match="takes no noise away"):
        denoise(seismic, tiny2d)
    source = make_segy(tmp_path / "in.sgy", seismic, sample_format=5)
    with pytest.raises(OdfaultError, match="to thin"):
        run(source, tmp_path / "out.sgy", model=noisy2d, thin=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy"]


def test_the_host_is_answered_the_same_with_the_noise_beside_it(noisy2d, seismic):
    margin = 120
    choice = Choice(model="2-D inline", file="", lowest=0.0, margins=(margin, margin))
    network = load_network(noisy2d, precision="float32", answers="noise")
    info = SeisInfo(61, 1, 2, 1, 61, 0.004, 25.0, 25.0, 1000.0, 1e6)
    attribute = Denoised(network, choice, info)
    expected = denoise(seismic, noisy2d, precision="float32")
    for trace in (0, 1, 20, 39):
        window = with_margins(window_about(seismic, 4, trace, (0, 30)), 0, 90, margin)
        values = attribute(window[None], TrcInfo(window.shape[2], 0, 4, trace))
        assert not values[:, :margin].any()
        assert not values[:, margin + 90 :].any()
        inside = values[:, margin : margin + 90]
        np.testing.assert_allclose(inside[0], expected[4, trace], atol=1e-3 * np.abs(seismic[4, trace]).max())
        np.testing.assert_allclose(inside[0] + inside[1], seismic[4, trace], atol=1e-3)
