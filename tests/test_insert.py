"""Faults cut into real data: what did not move is as it was, what did moved by the throw in the labels."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from make_segy import make_segy
from scipy.ndimage import maximum_filter

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault_synthetic import parcel, sinc, strain, warp
from odfault_synthetic.confine import CLOSED, Place, choose_faults, confine, extent, surface
from odfault_synthetic.cutting import cut_faults
from odfault_synthetic.faults import Fault
from odfault_synthetic.insert import draw_inserted, insert_faults, into
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.quiet import find_quiet
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.wavelets import draw_bank

REAL = Path(__file__).parents[2] / "shared" / "data" / "segy"
RECIPE = Recipe(shape=(1, 64, 96), seed=5, unfaulted=0.0, drag=0.0, damage=0.0)
SHAPE = (24, 72, 128)
SPACING = (2.0, 2.0)


def layers(shape=SHAPE, *, dip=0.04, noise=0.02, seed=1):
    """Draw beds that dip gently, with a little noise: quiet all over."""
    chance = np.random.default_rng(seed)
    fine = 4
    log = chance.standard_t(6, (shape[2] + 80) * fine)
    wavelet = draw_bank("ricker", peak=0.12 / fine, octaves=2.0)[0]
    log = np.convolve(log, wavelet, "same")
    i, j, k = np.ogrid[: shape[0], : shape[1], : shape[2]]
    at = (k + 40 + dip * (i - j)) * fine
    beds = np.interp(at.ravel(), np.arange(len(log)), log).reshape(shape)
    volume = beds / beds.std() + noise * chance.standard_normal(shape)
    return volume.astype(np.float32)


def one_fault(slip, *, dip=70.0, shape=SHAPE, spacing=SPACING, reach=600.0):
    """Make a table of one plane fault through the middle that hardly dies out within the volume."""
    at = [shape[0] / 2 * spacing[0], shape[1] / 2 * spacing[1], shape[2] / 2]
    fault = Fault(at, 0.0, math.radians(dip), slip, 2000.0, 2000.0, reach=reach, hanging=0.5)
    return fault.row()[None]


def all_quiet(volume, **words):
    """Say of a volume that it is quiet everywhere, and not blurred."""
    return dataclasses.replace(find_quiet(volume), where=np.ones(volume.shape, bool), **words)


def shift(one, two):
    """Find how far two traces are apart, in samples, by their correlation."""
    lags = np.arange(-20, 21)
    alike = [np.corrcoef(one[24:-24], two[24 + lag : len(two) - 24 + lag])[0, 1] for lag in lags]
    best = int(np.argmax(alike))
    a, b, c = alike[best - 1 : best + 2]
    return float(lags[best] + 0.5 * (a - c) / (a - 2 * b + c))


@pytest.mark.parametrize("slip", [3.0, 9.0, -6.0])
@pytest.mark.parametrize("shape", [SHAPE, (1, 96, 160)])
def test_events_are_offset_by_the_throw_that_is_stored(slip, shape):
    volume = layers(shape, dip=0.0, noise=0.0)
    spacing = SPACING if shape[0] > 1 else (0.0, 2.0)
    cube = cut_faults(
        volume, one_fault(slip, dip=89.0, shape=shape, spacing=spacing), all_quiet(volume), spacing
    )
    line, words = cube.seismic[shape[0] // 2], cube.labels[shape[0] // 2]
    at = int(np.argwhere(words == FAULT)[:, 0].mean())
    throw = cube.throw[cube.labels == FAULT].mean()
    assert throw == pytest.approx(abs(slip), rel=0.03)
    assert abs(shift(line[at - 6], line[at + 6])) == pytest.approx(throw, rel=0.05, abs=0.1)


def test_labels_vanish_with_the_throw_and_nothing_moves_without_slip():
    volume = layers()
    quiet = all_quiet(volume)
    small = cut_faults(volume, one_fault(0.2), quiet, SPACING)
    assert (small.labels == BACKGROUND).all()
    none = cut_faults(volume, one_fault(0.0), quiet, SPACING)
    np.testing.assert_array_equal(none.seismic, volume)
    seen = [
        int((cut_faults(volume, one_fault(slip), quiet, SPACING).labels == FAULT).sum()) for slip in (1, 9)
    ]
    assert seen[0] == 0 < seen[1]


def test_labels_are_thin_and_of_the_words():
    volume = layers()
    cube = cut_faults(volume, one_fault(8.0), all_quiet(volume), SPACING)
    on = cube.labels == FAULT
    inside = slice(4, -4)  # beyond, what is there came from outside
    assert on.any(axis=1)[:, inside].all()
    assert on.sum(axis=1).max() == 1
    assert set(np.unique(cube.labels[:, :, inside])) <= {BACKGROUND, FAULT, BESIDE}
    assert cube.dip[on] == pytest.approx(np.degrees(math.atan(math.tan(math.radians(70)) * 2)), abs=0.5)
    assert not cube.throw[cube.labels == BACKGROUND].any()


def test_samples_that_do_not_move_are_the_same_to_the_last_bit():
    volume = layers(noise=0.5)
    fault = one_fault(8.0, reach=30.0)
    fault[0, [strain.HALF_LENGTH, strain.HALF_HEIGHT]] = 30, 40
    extent(fault[0])
    cube = cut_faults(volume, fault, all_quiet(volume), SPACING)
    points = np.indices(SHAPE).reshape(3, -1).astype(np.float32) * np.array([[2], [2], [1]], np.float32)
    moved = np.empty(volume.size, bool)
    for start in range(0, volume.size, 4096):
        some = points[:, start : start + 4096]
        trail = np.empty((len(strain.ROWS), some.shape[1]), np.float32)
        warp.follow(fault[0], np.array(SPACING, np.float32), some, trail)
        moved[start : start + 4096] = (trail[:3] != some).any(axis=0)
    changed = cube.seismic != volume
    assert not changed[~moved.reshape(SHAPE)].any()
    assert changed[moved.reshape(SHAPE)].mean() > 0.95
    assert 0.02 < changed.mean() < 0.8


def test_nothing_moves_at_walls():
    volume = layers((40, 64, 128))
    cubes = [insert_faults(volume, RECIPE, seed, spacing=(2.0, 2.0), walls=CLOSED) for seed in range(4)]
    changed = np.any([cube.seismic != volume for cube in cubes], axis=0)
    assert changed.any()
    for axis in range(3):
        assert not np.moveaxis(changed, axis, 0)[[0, -1]].any()


def test_faults_are_made_smaller_until_they_fit_without_straining_more():
    place = Place(np.ones((40, 64, 128), bool), SPACING, (0.5, 1.5))
    fault = one_fault(20.0, shape=(40, 64, 128))[0]
    fitted = confine(fault, place)
    half = extent(fitted)
    assert (fitted[:3] - half >= -0.01).all()
    assert (fitted[:3] + half <= np.array(place.size)).all()
    assert fitted[strain.SLIP] / fitted[strain.REACH] <= 0.141


@pytest.mark.parametrize("spacing", [SPACING, (0.0, 3.0)])
def test_points_of_a_surface_lie_on_it(spacing):
    fault = Fault([20, 60, 50], 0.3 + math.pi, 1.1, 9.0, 80.0, 60.0, listric=0.003, wave=(4.0, 60.0)).row()
    points, throw = surface(fault, spacing, np.random.default_rng(1))
    trail = np.empty((len(strain.ROWS), points.shape[1]), np.float32)
    warp.follow(fault, np.array(spacing, np.float32), points.astype(np.float32), trail)
    assert np.abs(trail[4][throw > 0]).max() < 1
    assert np.median(np.abs(trail[4])) < 0.01
    assert spacing[0] or not points[0].any()


def test_no_chosen_fault_ends_at_another_or_strains_too_much():
    place = Place(np.ones((48, 64, 128), bool), SPACING, (0.5, 1.5))
    recipe = dataclasses.replace(RECIPE, sets=("branching",))
    faults = choose_faults(recipe, place, np.random.default_rng(2))
    assert len(faults)
    assert (faults[:, strain.MASTER] == -1).all()
    assert (np.abs(faults[:, strain.SLIP]) <= 0.15 * 128 + 1e-3).all()


def test_faults_go_where_it_is_quiet():
    volume = layers((1, 160, 192))
    quiet = all_quiet(volume)
    quiet.where[:, 80:] = False
    for seed in range(6):
        cube = insert_faults(volume, RECIPE, seed, quiet, spacing=(2.0, 2.0))
        assert (cube.labels[:, 100:] == UNRESOLVED).all()
        assert (cube.labels[:, :60] != UNRESOLVED).mean() > 0.5


def test_the_interpolator_gives_samples_back_and_sines_between_them():
    weights = sinc.interpolator()
    np.testing.assert_array_equal(weights[0], np.eye(8, dtype=np.float32)[3])
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    for cycles in (0.05, 0.15, 0.3):
        part = np.arange(sinc.FINE + 1) / sinc.FINE
        at = np.arange(-3, 5)
        for phase in (0.0, 1.0):
            got = weights @ np.sin(2 * math.pi * cycles * at + phase)
            np.testing.assert_allclose(got, np.sin(2 * math.pi * cycles * part + phase), atol=0.03)


def test_moved_data_keep_their_spectrum():
    volume = layers((1, 128, 256), noise=0.3)
    cube = cut_faults(
        volume, one_fault(7.3, shape=(1, 128, 256), spacing=(0.0, 2.0)), all_quiet(volume), (0.0, 2.0)
    )
    far = ~maximum_filter(cube.labels == FAULT, (1, 15, 1)).any(axis=2)[0]
    power = [(np.abs(np.fft.rfft(part[0, far], axis=1)) ** 2).sum(axis=0) for part in (volume, cube.seismic)]
    np.testing.assert_allclose(power[1].sum(), power[0].sum(), rtol=0.05)
    band = slice(80, 100)  # .31 to .39 cycles per sample: noise alone
    assert power[1][band].sum() == pytest.approx(power[0][band].sum(), rel=0.2)


def test_whole_numbers_stay_whole_and_dead_traces_dead():
    volume = np.rint(np.clip(40 * layers(), -127, 127)).astype(np.float32)
    volume[5, 30] = 0
    volume[7, 20] = np.nan
    cube = cut_faults(volume, one_fault(8.0), all_quiet(volume), SPACING)
    live = np.nan_to_num(cube.seismic)
    np.testing.assert_array_equal(live, np.rint(live))
    assert np.abs(live).max() <= 127
    assert not cube.seismic[5, 30].any()
    assert np.isnan(cube.seismic[7, 20]).all()
    assert (cube.seismic != volume).mean() > 0.5


def test_data_stored_in_few_steps_stay_on_them():
    steps = np.array([-1.5, -0.25, 0.0, 0.75, 2.0], np.float32)
    volume = steps[np.searchsorted((steps[1:] + steps[:-1]) / 2, layers(noise=0.3))]
    cube = cut_faults(volume, one_fault(8.0), all_quiet(volume), SPACING)
    assert (cube.seismic != volume).mean() > 0.2
    assert np.isin(cube.seismic, steps).all()


def test_a_fault_noise_and_silence_are_not_quiet():
    volume = layers(dip=0.02)
    broken = cut_faults(volume, one_fault(7.0), all_quiet(volume), SPACING)
    quiet = find_quiet(broken.seismic)
    assert quiet.where[broken.labels == FAULT].mean() < 0.05
    assert quiet.where.mean() > 0.3
    assert quiet.peak == pytest.approx(0.12, rel=0.2)
    noise = np.random.default_rng(1).standard_normal(SHAPE).astype(np.float32)
    assert find_quiet(noise).where.mean() < 0.02
    assert not find_quiet(np.full(SHAPE, 3, np.float32)).where.any()
    muted = volume.copy()
    muted[:, :, :40] = 0
    assert not find_quiet(muted).where[:, :, :40].any()


def test_a_network_has_its_say():
    volume = layers()
    doubt = np.zeros(SHAPE, np.float32)
    doubt[:, 30] = 0.9
    quiet = find_quiet(volume, probability=doubt)
    assert not quiet.where[:, 30].any()
    assert quiet.where[:, 50:].any()


def test_the_same_seed_and_number_give_the_same_bytes():
    volume = layers((1, 128, 160), noise=0.2)
    first, second = (insert_faults(volume, RECIPE, 7) for _ in range(2))
    np.testing.assert_array_equal(first.seismic, second.seismic)
    np.testing.assert_array_equal(first.labels, second.labels)
    later, again = (draw_inserted(volume, RECIPE, number) for number in (3, 3))
    for field in dataclasses.fields(later):
        np.testing.assert_array_equal(getattr(later, field.name), getattr(again, field.name))
    assert not np.array_equal(later.seismic, draw_inserted(volume, RECIPE, 4).seismic)


@pytest.mark.parametrize("shape", [(1, 64, 96), (16, 48, 64)])
def test_windows_have_the_shape_asked_for_and_unit_rms(shape):
    volume = 1000 * layers((64, 72, 128), noise=0.1)
    recipe = dataclasses.replace(RECIPE, shape=shape)
    drawn = [draw_inserted(volume, recipe, number) for number in range(6)]
    assert all(cube.seismic.shape == cube.labels.shape == cube.throw.shape == shape for cube in drawn)
    assert all(np.sqrt((cube.seismic**2).mean()) == pytest.approx(1, rel=1e-3) for cube in drawn)
    assert sum(bool((cube.labels == FAULT).any()) for cube in drawn) >= 3


def test_unfaulted_windows_are_the_data_themselves():
    volume = layers((1, 128, 160), noise=0.2)
    cube = draw_inserted(volume, dataclasses.replace(RECIPE, unfaulted=1.0), 1)
    assert not np.isin(cube.labels, (FAULT, BESIDE)).any()
    window = cube.seismic[0, 10, 10:80]
    ratio = [np.corrcoef(window, trace[k : k + 70])[0, 1] for trace in volume[0] for k in range(90)]
    assert max(ratio) == pytest.approx(1, abs=1e-6)


def faulted(tmp_path, volume, out="out.sgy", **words):
    source = make_segy(tmp_path / "in.sgy", volume, sample_format=words.pop("sample_format", 5))
    return source, into(source, tmp_path / out, recipe=RECIPE, spacing=SPACING, **words)


def read(path):
    with SegySurvey.open(path) as survey:
        return survey.read(slice(None), slice(None))


@pytest.mark.parametrize("sample_format", [1, 5, 8])
@pytest.mark.parametrize("shape", [(20, 40, 128), (1, 96, 128), (96, 1, 128)])
def test_the_output_has_the_headers_of_the_input_and_its_samples_where_nothing_moved(
    tmp_path, sample_format, shape
):
    volume = np.rint(40 * layers(shape)).clip(-127, 127)
    source, done = faulted(tmp_path, volume, sample_format=sample_format)
    seismic, words = read(done.out), read(done.labels)
    assert done.faults == sum(1 for _ in range(done.faults)) > 0
    assert set(np.unique(words)) <= {0, 1, 2, 3}
    assert (words == FAULT).any()
    assert 0.02 < (seismic != volume).mean() < 0.98
    np.testing.assert_array_equal(seismic, np.rint(seismic))
    assert not (seismic != volume)[:, :, [0, -1]].any()
    width = {1: 4, 5: 4, 8: 1}[sample_format]
    for path in (done.out, done.labels):
        before, after = source.read_bytes(), path.read_bytes()
        for trace in (0, 7, shape[0] * shape[1] - 1):
            one, two = 3600 + trace * (240 + 128 * width), 3600 + trace * (240 + 128 * 4)
            assert before[one : one + 240] == after[two : two + 240]
    assert "LEAVE OUT" in done.labels.read_bytes()[:3200].decode("cp037")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "out.sgy", "out_faults.sgy"]


def test_a_survey_in_many_tiles_is_cut_alike_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(parcel, "MOST_SAMPLES", 128 * 32 * 40)
    volume = layers((64, 80, 128), noise=0.1)
    _, one = faulted(tmp_path, volume, "one.sgy")
    _, two = faulted(tmp_path, volume, "two.sgy")
    assert one.out.read_bytes() == two.out.read_bytes()
    assert one.labels.read_bytes() == two.labels.read_bytes()
    _, other = faulted(tmp_path, volume, "other.sgy", seed=2)
    assert other.out.read_bytes() != one.out.read_bytes()
    _, few = faulted(tmp_path, volume, "few.sgy", count=2)
    assert 1 <= few.faults <= 2


def test_nan_and_holes_stay(tmp_path):
    volume = layers((20, 40, 128))
    volume[3, 4, 50] = np.nan  # may move
    source = make_segy(tmp_path / "in.sgy", volume, sample_format=5, holes=[(9, 9)])
    done = into(source, tmp_path / "out.sgy", recipe=RECIPE, spacing=SPACING)
    assert np.isnan(read(done.out)).sum() <= 1
    assert (read(done.labels)[3, 4, 45:55] == UNRESOLVED).all()
    with SegySurvey.open(done.out) as survey:
        assert survey.index[9, 9] == -1


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, OdfaultError])
def test_what_fails_on_the_way_leaves_nothing(tmp_path, monkeypatch, error):
    def fail(*_):
        raise error("disk", "mend")

    monkeypatch.setattr(parcel.Cutter, "cut", fail)
    with pytest.raises(OdfaultError if error is OSError else error):
        faulted(tmp_path, layers((1, 64, 96)))
    assert [path.name for path in tmp_path.iterdir()] == ["in.sgy"]


@pytest.mark.parametrize(
    ("volume", "words", "told"),
    [
        (np.full((1, 64, 96), 2.0), {}, "no quiet place"),
        (np.random.default_rng(1).standard_normal((1, 64, 96)), {}, "no quiet place"),
        (layers((4, 20, 96)), {}, "too small"),
        (layers((1, 64, 40)), {}, "too small"),
        (layers((1, 64, 96)), {"count": 0}, "give whole numbers"),
        (layers((1, 64, 96)), {"out": "in.sgy"}, "is the input itself"),
        (layers((1, 64, 96)), {"out": "none/out.sgy"}, "does not exist"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(tmp_path, volume, words, told):
    with pytest.raises(OdfaultError, match=told) as caught:
        faulted(tmp_path, np.asarray(volume, np.float32), **words)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.sgy"]


def test_arrays_that_cannot_be_cut_are_refused():
    with pytest.raises(OdfaultError, match="too small"):
        insert_faults(np.ones((1, 20, 96), np.float32), RECIPE)
    with pytest.raises(OdfaultError, match="quiet"):
        insert_faults(np.ones((1, 64, 96), np.float32), RECIPE)
    with pytest.raises(OdfaultError, match="too small for a window"):
        draw_inserted(layers((1, 40, 96)), RECIPE, 1)
    with pytest.raises(OdfaultError, match="no quiet window"):
        draw_inserted(np.ones((1, 80, 120), np.float32), RECIPE, 1)


@pytest.mark.parametrize("name", ["penobscot_xl1155.sgy", "npra_31_81.sgy"])
def test_real_lines_keep_their_energy_and_what_did_not_move(tmp_path, name):
    if not (REAL / name).exists():
        pytest.skip("the real files are not here")
    done = into(REAL / name, tmp_path / "out.sgy", seed=3)
    before, after, words = read(REAL / name), read(done.out), read(done.labels)
    moved = before != after
    assert 0.01 < moved.mean() < 0.8
    assert (words == FAULT).any()
    assert (words == UNRESOLVED).mean() > 0.1
    ratio = float((after[moved].astype(float) ** 2).sum() / (before[moved].astype(float) ** 2).sum())
    assert ratio == pytest.approx(1, abs=0.1)
