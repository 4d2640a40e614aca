"""What is measured of a survey is what it was made with, and no defect of the file changes that."""

import dataclasses

import numpy as np
import pytest
from make_segy import make_segy
from scipy.ndimage import gaussian_filter1d

from odfault.errors import OdfaultError
from odfault_synthetic import alive
from odfault_synthetic.estimators import Piece, footprint, gain_by_depth
from odfault_synthetic.likeness import (
    SAMPLES,
    Likeness,
    choose_boxes,
    measure_pieces,
    measure_survey,
    measure_volumes,
)
from odfault_synthetic.survey import write_survey

SHAPE = (1, 200, 300)


def wavelets(shape, rng, peak=0.12):
    """Draw traces of their own, of Ricker-like waves that peak at some cycles per sample; unit rms."""
    width = 1 / (2**0.5 * np.pi * peak)
    values = gaussian_filter1d(rng.standard_normal(shape), width, axis=-1, order=2, mode="wrap")
    return values / values.std()


def dipping(shape, dips, rng, peak=0.12):
    """Draw events that dip by some samples per inline and per crossline; unit rms."""
    spread = 4 * sum(shape)
    trace = wavelets((spread,), rng, peak)
    i, j, k = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij", sparse=True)
    values = np.interp(k - dips[0] * i - dips[1] * j + spread / 2, np.arange(spread), trace)
    return (values / values.std()).astype(np.float32)


def noisy(shape=SHAPE, dips=(0.0, 0.2), decibels=12.0, seed=0):
    rng = np.random.default_rng(seed)
    noise = wavelets(shape, rng) * 10 ** (-decibels / 20)
    return (dipping(shape, dips, rng) + noise).astype(np.float32)


def measure(values):
    return measure_volumes([values], values.shape, interval_s=0.004, name="it")


def middle(like, axis=1):
    """Median dip in degrees."""
    return float(np.median(like.dips[axis].mean(axis=0)))


def assert_near(one, two, *, decibels=1.5, share=0.15):
    """Assert that two likenesses are of one survey."""
    for like in (one, two):
        for field in dataclasses.fields(Likeness):
            assert np.isfinite(np.asarray(getattr(like, field.name), float)).all(), field.name
    assert one.signal_to_noise_db.mean() == pytest.approx(two.signal_to_noise_db.mean(), abs=decibels)
    assert middle(one) == pytest.approx(middle(two), abs=1.5)
    assert one.spacing == pytest.approx(two.spacing, rel=share)
    one_level, two_level = (np.median(like.gain[slice(*like.live)]) for like in (one, two))
    assert one_level == pytest.approx(two_level, rel=share)
    assert one.quantiles[[0, 10, 190, -1]] == pytest.approx(two.quantiles[[0, 10, 190, -1]], rel=3 * share)


@pytest.fixture(scope="module")
def sound():
    return measure(noisy())


@pytest.mark.parametrize("decibels", [0, 6, 12])
@pytest.mark.parametrize("dip", [0.0, 0.3, -0.7])
def test_the_signal_to_noise_ratio_put_in_is_measured(decibels, dip):
    like = measure(noisy(dips=(0, dip), decibels=decibels))
    assert like.signal_to_noise_db == pytest.approx(decibels, abs=1.5)


@pytest.mark.parametrize("dips", [(0.0, 0.0), (0.4, -0.2), (-0.6, 1.0)])
def test_dips_along_inlines_and_crosslines_are_measured(dips):
    like = measure(noisy((48, 64, 150), dips))
    assert [middle(like, axis) for axis in (0, 1)] == pytest.approx(np.degrees(np.arctan(dips)), abs=1.5)


@pytest.mark.parametrize("peak", [0.06, 0.12, 0.2])
def test_the_peak_frequency_is_measured(peak):
    rng = np.random.default_rng(3)
    like = measure(dipping(SHAPE, (0, 0.1), rng, peak))
    mean = like.spectra.mean(axis=0)
    assert mean.argmax() * 0.5 / (len(mean) - 1) == pytest.approx(peak, rel=0.2)


@pytest.mark.parametrize(("axis", "period"), [(0, 5.0), (1, 8.0), (1, 2.0), (0, 12.0)])
def test_the_period_and_strength_of_a_footprint_are_measured_along_its_axis_only(axis, period):
    values = wavelets((96, 96, 64), np.random.default_rng(1))
    stripe = 1 + 0.1 * np.cos(2 * np.pi * np.arange(96) / period)
    found = footprint([Piece((values * np.expand_dims(stripe, (1 - axis, 2))).astype(np.float32))])
    assert found[axis] == (pytest.approx(0.1, rel=0.2), pytest.approx(period, rel=0.05))
    assert found[1 - axis] == (0.0, 0.0)


def test_equal_lines_have_no_footprint():
    swath = np.stack([noisy()[0]] * 40)
    assert footprint([Piece(swath)])[0] == (0.0, 0.0)


@pytest.mark.parametrize("gain", [1e-9, -1.0, 1e9, -4.0])
def test_gain_and_polarity_change_only_what_has_an_amplitude(sound, gain):
    like = measure(noisy() * np.float32(gain))
    for name in ("spectra", "dips", "coherence", "spacing", "dip_length"):
        assert getattr(like, name) == pytest.approx(getattr(sound, name), rel=1e-3, abs=1e-3), name
    assert like.gain == pytest.approx(sound.gain * abs(gain), rel=1e-4)
    turned = sound.quantiles if gain > 0 else -sound.quantiles[::-1]
    assert like.quantiles == pytest.approx(turned, rel=1e-3, abs=0.01)


def test_the_gain_is_of_the_live_depth_however_much_is_padded(sound):
    padded = np.zeros((1, 200, 1500), np.float32)
    padded[..., :300] = noisy()
    like = measure(padded)
    assert like.live == (0, 300)
    assert like.gain[:300] == pytest.approx(sound.gain, rel=1e-6)
    assert_near(like, sound, decibels=1e-3, share=1e-3)


def test_the_gain_of_two_pieces_weighs_each_trace_the_same():
    one, three = (np.full((1, n, 40), level, np.float32) for n, level in ((10, 1), (30, 5)))
    assert gain_by_depth([Piece(one), Piece(three)], 40) == pytest.approx(4.0)


def spoil_nan(values):
    values[:, 40:50] = np.nan


def spoil_infinity(values):
    values[:, 90, 100:] = np.inf
    values[:, 91, 7] = -np.inf


def spoil_mute(values):
    values[:, :, :20] = 1e30


def spoil_burst(values):
    values[:, 100] *= 1e6


def spoil_whisper(values):
    values[:, 60] *= 1e-5


def spoil_dead(values):
    values[:, 5::20] = 0


def spoil_constant(values):
    values[:, 120:140] = 3


def spoil_offset(values):
    values += 5


def spoil_offsets(values):
    values += 3 * np.random.default_rng(0).standard_normal((*values.shape[:2], 1)).astype(np.float32)


def spoil_muted_offset(values):
    values += 5
    values[:, :, :30] = 0


def spoil_vee(values):
    for n, trace in enumerate(values[0]):
        trace[: abs(n - 100)] = 0


SPOILS = [spoil for name, spoil in list(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_no_data_is_left_out(sound, spoil):
    values = noisy()
    spoil(values)
    kept = values.copy()
    assert_near(measure(values), sound)
    np.testing.assert_array_equal(values, kept)  # the array itself is left as it was


def test_every_seventh_trace_dead_still_measures(sound):
    values = noisy()
    values[:, ::7] = 0
    assert_near(measure(values), sound, decibels=3)


@pytest.mark.parametrize("offset", [0.0, 7.0])
def test_clipped_amplitudes_stay_one_value_each(offset):
    values = np.clip(noisy(), -0.5, 0.5) + np.float32(offset)
    masks, offsets = alive.find_traces([values])
    (piece,) = alive.cut_live(values, masks[0], offsets[0], (0, 300))
    assert len(np.unique(offsets[0])) == 1
    assert (piece.values == piece.values.max()).mean() > 0.2


def test_noise_alone_measures_as_noise():
    like = measure(wavelets(SHAPE, np.random.default_rng(2)).astype(np.float32))
    assert_near(like, like)
    assert like.signal_to_noise_db.max() < -5
    assert (like.resolution < 1).all()


@pytest.mark.parametrize("shape", [(1, 33, 33), (33, 33, 33), (1, 40, 64), (5, 120, 100), (100, 5, 100)])
def test_small_surveys_and_swaths_measure(shape):
    along = 1 if shape[1] > shape[0] else 0
    like = measure(noisy(shape, (0.2, 0) if along == 0 else (0, 0.2)))
    assert_near(like, like)
    assert like.signal_to_noise_db == pytest.approx(12, abs=3)
    assert middle(like, along) == pytest.approx(np.degrees(np.arctan(0.2)), abs=2)


def test_a_swath_is_not_compared_across():
    like = measure(noisy((20, 128, 100), (0.9, 0.2)))
    assert (like.dips[0] == like.dips[1]).all()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (np.zeros((1, 50, 100)), "no 32 live samples"),
        (np.full((1, 50, 100), 3), "no 32 live samples"),
        (np.full((40, 50, 100), np.nan), "no 32 live samples"),
        (noisy()[:, :20], "too small"),
        (noisy()[:, :, :20], "too small"),
        (np.where(np.arange(200)[None, :, None] % 40 < 8, noisy(), 0), "too few live traces"),
        (np.where(np.arange(300) < 25, noisy(), 0), "no 32 live samples"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_mend(values, problem):
    with pytest.raises(OdfaultError, match=problem) as refusal:
        measure(np.asarray(values, np.float32))
    assert "give" in str(refusal.value)


def test_a_file_without_data_is_refused(tmp_path):
    write_survey(tmp_path / "a.sgy", np.full((1, 64, 100), 3, np.float32))
    with pytest.raises(OdfaultError, match="no 32 live samples"):
        measure_survey(tmp_path / "a.sgy")


@pytest.mark.parametrize("holes", [True, False])
def test_a_survey_of_which_half_is_missing_measures(tmp_path, holes):
    values = noisy((64, 64, 100), (0.3, -0.2))
    lost = np.add.outer(np.arange(64), np.arange(64)) % 100 >= 50
    values[lost] = 0
    path = tmp_path / "a.sgy"
    if holes:
        make_segy(path, values, holes=[tuple(place) for place in np.argwhere(lost).tolist()])
    else:
        write_survey(path, values)
    like = measure_survey(path)
    assert like.signal_to_noise_db == pytest.approx(12, abs=2)
    dips = [middle(like, axis) for axis in (0, 1)]
    assert dips == pytest.approx(np.degrees(np.arctan([0.3, -0.2])), abs=1.5)


def test_a_crossline_by_itself_measures_as_a_section_does(tmp_path):
    values = noisy()
    write_survey(tmp_path / "inline.sgy", values)
    make_segy(tmp_path / "crossline.sgy", values.swapaxes(0, 1), sample_format=5)
    inline, crossline = (measure_survey(tmp_path / name) for name in ("inline.sgy", "crossline.sgy"))
    assert crossline.shape == inline.shape
    assert_near(crossline, inline, decibels=0.01, share=0.01)


def test_rectangles_are_true_throughout_and_apart():
    good = np.random.default_rng(0).random((30, 80)) < 0.97
    good[:, 40:60] = True
    found = alive.rectangles(good)
    times = np.zeros(good.shape, int)
    for box in found:
        assert good[box].all()
        times[box] += 1
    assert times.max() == 1
    assert times[:, 40:60].all()


def test_the_largest_rectangle_is_as_large_as_a_dumb_search_finds():
    good = np.random.default_rng(4).random((7, 24)) < 0.95
    areas = [
        (b - a) * (d - c)
        for a in range(7)
        for b in range(a + 1, 8)
        for c in range(24)
        for d in range(c + alive.NARROW, 25)
        if good[a:b, c:d].all()
    ]
    found = alive.rectangles(good)
    assert [good[box].size for box in found[:1]] == [max(areas)][: len(found)]


@pytest.mark.parametrize(
    ("lines", "n_samples"), [((1000, 1000), 1000), ((40, 3000), 1500), ((1, 50_000), 2000), ((6, 5000), 3000)]
)
def test_a_large_survey_is_looked_at_here_and_there(lines, n_samples):
    boxes = choose_boxes(lines, n_samples)
    sizes = [np.empty(lines, bool)[box].size * n_samples for box in boxes]
    many = int(np.searchsorted(np.cumsum(sizes), SAMPLES))
    assert many >= 4
    assert max(sizes) <= SAMPLES // 4
    for axis, n in enumerate(lines):  # the first few of them already reach from end to end
        if n > 100:
            places = np.sort([box[axis].start for box in boxes[:many]])
            assert np.diff([0, *places, n]).max() < 0.5 * n


def test_all_of_a_small_survey_is_looked_at_once():
    for lines in ((1, 900), (250, 310), (5, 100)):
        times = np.zeros(lines, int)
        for box in choose_boxes(lines, 100):
            times[box] += 1
        assert (times == 1).all()


def test_strips_stand_where_there_are_traces():
    known = np.abs(np.subtract.outer(np.arange(900), np.arange(900))) < 150
    boxes = choose_boxes(known.shape, 1000, known)
    assert len(boxes) > 20
    assert all(known[box].mean() > 0.95 for box in boxes)


@pytest.mark.parametrize("n_samples", [1000, 4000])
def test_of_a_large_survey_no_more_is_read_than_is_needed(monkeypatch, tmp_path, n_samples):
    class Large:
        """A survey of a million traces, every other one of its quarters dead."""

        shape = (1000, 1000, n_samples)
        index = np.arange(1_000_000).reshape(1000, 1000)
        interval_s = 0.004
        read_samples = 0

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, rows, columns):
            shape = (rows.stop - rows.start, columns.stop - columns.start, n_samples)
            Large.read_samples += int(np.prod(shape))
            dead = (rows.start < 500) != (columns.start < 500)
            return np.zeros(shape, np.float32) if dead else np.ones(shape, np.float32) * np.arange(n_samples)

    taken = []
    monkeypatch.setattr("odfault_synthetic.likeness.SegySurvey.open", lambda path: Large())
    monkeypatch.setattr(
        "odfault_synthetic.likeness.measure_volumes", lambda volumes, *_, **__: taken.extend(volumes)
    )
    measure_survey(tmp_path / "large.sgy")
    assert 0.7 * SAMPLES < sum(volume.size for volume in taken) < 1.2 * SAMPLES
    assert Large.read_samples < 3 * SAMPLES


@pytest.mark.parametrize(
    ("step", "most"), [(1.0, 127), (0.037, 127), (256.0, 100), (1.0, 3000), (0.0031, 3000)]
)
@pytest.mark.parametrize("offset", [0.0, 11.0])
def test_the_step_of_whole_numbers_is_found_whatever_their_unit(step, most, offset):
    whole = np.round(np.random.default_rng(0).standard_normal((20, 20, 500)) * most / 4)
    values = ((whole + offset) * step).astype(np.float32)
    assert alive.quantum([values], [np.ones(values.shape, bool)]) == pytest.approx(step, rel=1e-4)


def test_amplitudes_of_no_step_have_none(sound):
    assert sound.step == 0
    clipped = np.clip(noisy(), -0.3, 0.3)
    assert measure(clipped).step == 0
    assert measure(np.round(noisy() * 20)).step == 1
    uneven = np.exp(np.round(noisy() * 10) / 10)  # few amplitudes, but of one ratio and not of one distance
    assert measure(uneven).step == 0


def test_pieces_of_a_survey_measure_as_the_survey_does(sound):
    values = noisy()
    pieces = [Piece(values[:, :100]), Piece(values[:, 100:])]
    like = measure_pieces(pieces, sound.edges, shape=SHAPE, live=sound.live, interval_s=0.004)
    assert_near(like, sound, decibels=0.5)
    assert like.step == 0
