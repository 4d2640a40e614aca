"""An alteration changes what it says and nothing else, and a network is scored on each."""

import json

import numpy as np
import pytest

from odfault_training import alterations
from odfault_training.alterations import resample, resample_mask, rotate_phase, tilt

rng = np.random.default_rng(4)
SMOOTH = np.cumsum(np.cumsum(rng.standard_normal((2, 40, 96)), axis=1), axis=2).astype(np.float32)
SEISMIC = (SMOOTH - SMOOTH.mean()) / SMOOTH.std()


def test_a_half_turn_reverses_polarity_and_a_whole_one_changes_nothing():
    centred = SEISMIC - SEISMIC.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(rotate_phase(centred, 180), -centred, atol=1e-4)
    np.testing.assert_allclose(rotate_phase(rotate_phase(centred, 45), -45), centred, atol=0.1)
    np.testing.assert_allclose(rotate_phase(centred, 360), centred, atol=1e-4)


@pytest.mark.parametrize("ratio", [4.0, 1.0, 0.5])
def test_noise_has_the_strength_that_is_asked_for(ratio):
    noise = alterations.add_noise(SEISMIC, ratio) - SEISMIC
    assert SEISMIC.std() / noise.std() == pytest.approx(ratio, rel=0.03)


def test_a_moved_spectrum_is_lower_or_higher():
    line = rng.standard_normal((1, 20, 256)).astype(np.float32)

    def middle(seismic):
        power = (np.abs(np.fft.rfft(seismic, axis=2)) ** 2).sum(axis=(0, 1))
        return np.searchsorted(np.cumsum(power), power.sum() / 2)

    low, same, high = (middle(alterations.move_spectrum(line, factor)) for factor in (0.5, 1.0, 1.5))
    assert low < 0.8 * same
    assert high > 1.1 * same
    np.testing.assert_allclose(alterations.move_spectrum(line, 1.0), line, atol=1e-5)


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2.0])
@pytest.mark.parametrize("axes", [(2,), (0, 1), (0, 1, 2)])
def test_seismic_and_faults_are_resampled_alike_and_no_fault_is_lost(axes, factor):
    fault = np.zeros((1, 40, 96), bool)
    fault[0, 20] = True
    line = np.broadcast_to(np.where(np.arange(40) < 20, 0, 1)[None, :, None], fault.shape).astype(np.float32)
    seismic, mask = resample(line, axes, factor), resample_mask(fault, axes, factor)
    assert seismic.shape == mask.shape
    assert seismic.shape[2] == round(96 * (factor if 2 in axes else 1))
    edge = np.abs(np.diff(seismic[0], axis=0)).argmax(axis=0)
    places = [np.flatnonzero(mask[0, :, z]) for z in range(mask.shape[2])]
    assert all(place.size for place in places)
    assert all(np.abs(place - here).min() <= 2 for place, here in zip(places, edge, strict=True))


@pytest.mark.parametrize("slope", [-1 / 3, 1 / 13, 2 / 3])
def test_a_tilted_section_keeps_its_traces_and_its_faults(slope):
    fault = np.zeros(SEISMIC.shape, bool)
    fault[:, 10] = True
    seismic, mask = tilt(SEISMIC, fault, slope)
    assert seismic.shape == mask.shape
    assert seismic.shape[2] == 96 + np.ceil(abs(slope) * 39)
    assert mask[:, 10].sum(axis=1) == pytest.approx(96, abs=2)
    assert not mask[:, 11:].any()
    last = 0 if slope < 0 else 39
    shift = round(abs(slope) * 39)
    np.testing.assert_allclose(seismic[:, last, shift : shift + 96], SEISMIC[:, last], atol=1e-3)


def test_the_command_walks_through_all_of_it(tiny2d, tmp_path, capsys):
    from odfault_training.cli import main
    from odfault_training.robustness import CHANGES

    fault = np.zeros((32, 48), np.uint8)
    fault[16] = 1
    np.savez(tmp_path / "line.npz", seismic=SEISMIC[0, :32, :48], faults=fault)
    report = tmp_path / "report.json"
    assert main(["robustness", str(tiny2d), str(tmp_path / "line.npz"), "--json", str(report)]) == 0
    told = capsys.readouterr().out
    points = json.loads(report.read_text())
    assert len(points) == sum(len(values) for _, values in CHANGES.values())
    assert {point["change"] for point in points} == CHANGES.keys()
    assert "least lead" in told
    ods = [point["ods"]["tiny2d"] for point in points if point["change"] == "gain"]
    assert max(ods) - min(ods) < 1e-3

    np.savez(tmp_path / "none.npz", seismic=SEISMIC[0, :32, :48], faults=0 * fault)
    assert main(["robustness", str(tiny2d), str(tmp_path / "none.npz")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_curves_that_could_not_be_kept_are_not_measured(tiny2d, tmp_path, capsys):
    from odfault_training.cli import main

    np.savez(tmp_path / "line.npz", seismic=SEISMIC[0, :32, :48], faults=np.ones((32, 48), np.uint8))
    words = [str(tiny2d), str(tmp_path / "line.npz"), "--json", str(tmp_path / "none" / "a.json")]
    assert main(["robustness", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "none does not exist" in told.err
