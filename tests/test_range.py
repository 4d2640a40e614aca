"""A survey is measured as it was made, and only what lies outside a network's ranges is warned of."""

import dataclasses
import time

import numpy as np
import pytest
from make_segy import make_segy

import odfault
from odfault.card import read_card, write_card
from odfault.demo import EXAMPLE
from odfault.range import BLOCKS, TRACES, find_scale, measure, warn
from odfault.segy.survey import SegySurvey

CHANCE = np.random.default_rng(6)
TRUSTED = {"peak": [0.05, 0.3], "signal_to_noise_db": [-3.0, 26.0], "steepest_dip": 0.7}


def look(volume):
    """Measure an array."""
    volume = volume if volume.ndim == 3 else volume[None]
    return measure(lambda x, y, z: volume[x, y, z], tuple(slice(0, n) for n in volume.shape))


def layers(peak, shape=(200, 300), dip=0.0, noise_db=60.0):
    """Draw layers of a Ricker wavelet of a peak frequency, dipping, under white noise."""
    traces, samples = shape
    waves = np.fft.rfftfreq(1024)
    ricker = (waves / peak) ** 2 * np.exp(1 - (waves / peak) ** 2)
    spectrum = np.fft.rfft(CHANCE.standard_normal(1024)) * ricker
    shift = np.exp(-2j * np.pi * waves * dip * np.arange(traces)[:, None])
    section = np.fft.irfft(spectrum * shift, axis=1)[:, :samples]
    noise = CHANCE.standard_normal(shape)
    return (section / section.std() + noise * 10 ** (-noise_db / 20)).astype(np.float32)


@pytest.fixture
def card(tiny2d):
    """Give a card that tells ranges."""
    return dataclasses.replace(read_card(tiny2d), trusted=TRUSTED)


@pytest.mark.parametrize("peak", [0.03, 0.08, 0.15, 0.3])
@pytest.mark.parametrize("noise_db", [60, 0])
def test_the_dominant_frequency_is_found_under_noise_too(peak, noise_db):
    assert look(layers(peak, noise_db=noise_db)).peak == pytest.approx(peak, rel=0.15)


@pytest.mark.parametrize("noise_db", [-3, 0, 5, 10, 20])
@pytest.mark.parametrize("dip", [0, 1.3])
def test_the_noise_is_found(noise_db, dip):
    assert look(layers(0.12, dip=dip, noise_db=noise_db)).signal_to_noise_db == pytest.approx(noise_db, abs=3)


@pytest.mark.parametrize("dip", [0.0, 0.3, -0.8, 2.5])
def test_the_dip_is_found(dip):
    assert look(layers(0.12, dip=dip, noise_db=10)).dip == pytest.approx(abs(dip), abs=0.1)


def test_nothing_is_said_of_what_cannot_be_measured(card):
    for volume in (np.zeros((50, 200)), np.full((50, 200), np.nan), CHANCE.standard_normal((5, 200)),
                   CHANCE.standard_normal((200, 20)), np.ones((50, 300))):  # fmt: skip
        assert look(volume.astype(np.float32)) is None
    assert warn(None, card, (1.0, 1.0)) == []
    assert find_scale("auto", card, None) == (1.0, 1.0)


def test_dead_and_odd_samples_change_nothing():
    section = layers(0.12, noise_db=10)
    expected = look(section)
    spoiled = section.copy()
    spoiled[::50], spoiled[7, 100:], spoiled[60, 5], spoiled[90:96] = 0, np.nan, 1e30, np.inf
    found = look(spoiled * np.float32(0.125))
    assert found.peak == pytest.approx(expected.peak, rel=0.05)
    assert found.signal_to_noise_db == pytest.approx(expected.signal_to_noise_db, abs=1)


@pytest.mark.parametrize("shape", [(1, 5000, 1500), (900, 1000, 1500), (3000, 1, 1500), (2, 2, 2000)])
def test_a_few_traces_are_read_of_a_survey_of_any_size(shape):
    read = []
    trace = CHANCE.standard_normal(shape[2]).astype(np.float32)

    def give(x, y, z):
        read.append((x.stop - x.start) * (y.stop - y.start))
        assert 0 <= x.start < x.stop <= shape[0]
        assert 0 <= y.start < y.stop <= shape[1]
        return np.broadcast_to(trace[z], (x.stop - x.start, y.stop - y.start, z.stop - z.start))

    began = time.perf_counter()
    measure(give, tuple(slice(0, n) for n in shape))
    assert time.perf_counter() - began < 2
    assert len(read) <= BLOCKS
    assert max(read) <= TRACES


@pytest.mark.parametrize(
    ("peak", "dip", "noise_db", "scale", "said"),
    [
        (0.12, 0.2, 10, 1, []),
        (0.02, 0.0, 10, 1, ["dominant frequency is 0.02 cycles per sample", "0.05 to 0.30", "--scale 0.5."]),
        (0.37, 0.0, 20, 1, ["dominant frequency is 0.3", "or run with --scale 2."]),
        (0.37, 0.0, 20, 2, []),
        (0.12, 0.0, 10, 3, ["dominant frequency, as scaled, is 0.04", "or run with --scale 1."]),
        (
            0.12,
            0.0,
            -9,
            1,
            ["signal-to-noise ratio is -", "learned from -3 to 26: take the faults with care."],
        ),
        (0.12, 1.5, 10, 1, ["typical dip is 1.5 samples per trace", "learned from 0.0 to 0.7"]),
    ],
)
def test_what_is_outside_is_warned_of_and_nothing_else(card, peak, dip, noise_db, scale, said):
    told = warn(look(layers(peak, dip=dip, noise_db=noise_db)), card, (float(scale), float(scale)))
    assert len(told) == bool(said)
    assert all(words in told[0] for words in said)


def test_a_lateral_scale_flattens_the_beds(card):
    steep = look(layers(0.12, dip=1.2, noise_db=20))
    assert warn(steep, card, (1.0, 1.0))
    assert not warn(steep, card, (2.0, 1.0))


def test_the_scale_is_chosen_by_the_frequency_when_it_lies_outside(card):
    chosen = {peak: find_scale("auto", card, look(layers(peak)))[1] for peak in (0.02, 0.03, 0.1, 0.25, 0.4)}
    assert chosen == {0.02: 0.5, 0.03: 0.5, 0.1: 1, 0.25: 1, 0.4: 2}
    nothing_known = dataclasses.replace(card, trusted={})
    assert find_scale("auto", nothing_known, look(layers(0.02))) == (1.0, 1.0)


def test_the_survey_of_the_demo_and_what_is_drawn_like_it_are_not_warned_of(card):
    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        cube = survey.read(slice(0, 64), slice(0, 80))
    assert warn(look(cube), card, (1.0, 1.0)) == []


@pytest.fixture
def weights(tmp_path, tiny2d, card):
    """Write a model whose card tells ranges."""
    path = tmp_path / "ranged.keras"
    path.write_bytes(tiny2d.read_bytes())
    write_card(card, path)
    return path


@pytest.mark.parametrize("direction", ["inline", "crossline"])
def test_a_run_tells_it_and_auto_mends_it(tmp_path, weights, direction):
    shape = (30, 32, 200)
    strange = np.broadcast_to(layers(0.02, (1, 200)), shape)
    source = make_segy(tmp_path / "in.sgy", strange, sample_format=5)
    words = {"model": weights, "direction": direction, "precision": "float32"}
    told = odfault.run(source, tmp_path / "a.sgy", **words).remarks
    assert ["dominant frequency" in line for line in told].count(True) == 1
    mended = odfault.run(source, tmp_path / "b.sgy", scale="auto", **words).remarks
    assert "The scale is 0.5." in mended
    by_hand = odfault.run(source, tmp_path / "c.sgy", scale=0.5, **words)
    assert by_hand.remarks == [line for line in mended if "The scale" not in line]
    assert (tmp_path / "b.sgy").read_bytes() == (tmp_path / "c.sgy").read_bytes()
    np.testing.assert_array_equal(
        odfault.predict(strange[3], weights, scale="auto"), odfault.predict(strange[3], weights, scale=0.5)
    )


def test_a_run_on_what_the_network_knows_tells_nothing(tmp_path, weights, tiny2d):
    known = np.stack([layers(0.12, (32, 200), noise_db=10)] * 9)
    source = make_segy(tmp_path / "in.sgy", known, sample_format=5)
    assert odfault.run(source, tmp_path / "a.sgy", model=weights).remarks == []
    assert odfault.run(source, tmp_path / "b.sgy", model=weights, scale="auto").remarks == ["The scale is 1."]
    silent = odfault.run(source, tmp_path / "c.sgy", model=tiny2d, scale="auto").remarks
    assert silent == ["The scale is 1: the card of tiny2d tells no frequencies."]


def test_a_card_keeps_its_ranges(weights, card):
    assert read_card(weights) == card
