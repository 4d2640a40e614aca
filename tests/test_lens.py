"""Through a lens an answer does not depend on where the tiles are, and a plain lens is the network itself."""

import dataclasses
import json

import numpy as np
import pytest
from make_segy import make_segy
from scipy.ndimage import correlate1d

import odfault
from odfault import plan, tiling
from odfault.card import read_card, write_card
from odfault.errors import OdfaultError
from odfault.inference import place_answers, run_tiles
from odfault.lens import HELD, Lens
from odfault.model import load_network
from odfault.resampling import resample, take_back
from odfault.thinning import thin

NOTHING = 10**12
CHANCE = np.random.default_rng(5)


def answer(volume, network, lens, **place):
    """Answer a volume through a lens."""
    answers = np.full(volume.shape, np.nan, np.float32)
    place = {"most": NOTHING, **place}
    boxes = tiling.plan(volume.shape, lens.halo_shape, lens.grid_shape, **place)
    for gathered, values in run_tiles(
        lambda x, y, z: volume[x, y, z].copy(), volume.shape, boxes, lens.before(network), batch=2
    ):
        place_answers(gathered.boxes, values, answers)
    return answers, len(boxes)


@pytest.mark.parametrize(
    ("name", "scale", "average"),
    [
        ("tiny2d", (1.5, 1.5), "none"),
        ("tiny2d", (2.0, 2.0), "none"),
        ("tiny2d", (0.5, 0.5), "none"),
        ("tiny2d", (0.75, 0.75), "flips"),
        ("tiny2d", (1.0, 1.25), "flips"),
        ("tiny2d", (1.0, 1.0), "all"),
        ("tiny3d", (1.5, 1.0), "flips"),
        ("tiny3d", (2.0, 1.5), "none"),
    ],
)
def test_a_tiled_answer_is_the_whole_answer(name, scale, average, request):
    network = load_network(request.getfixturevalue(name), precision="float32")
    lens = Lens(network.card, scale, average)
    shape, most = ((1, 230, 250), 25_000) if name == "tiny2d" else ((70, 72, 74), 64**3)
    volume = CHANCE.standard_normal(shape).astype(np.float32)
    whole, _ = answer(volume, network, lens)
    tiled, count = answer(volume, network, lens, most=most)
    assert count > 3
    assert whole.std() > 0.02
    np.testing.assert_allclose(tiled, whole, atol=2e-4)


@pytest.mark.parametrize("scale", [1.5, 0.75])
def test_a_survey_cut_out_of_another_keeps_its_answers_away_from_the_cut(scale, tiny2d):
    network = load_network(tiny2d, precision="float32")
    lens = Lens(network.card, (scale, scale), "flips")
    volume = CHANCE.standard_normal((1, 160, 170)).astype(np.float32)
    whole, _ = answer(volume, network, lens)
    cut, _ = answer(np.ascontiguousarray(volume[:, 5:]), network, lens, phase=(0, 5, 0))
    away = lens.halo_shape[1]
    np.testing.assert_allclose(cut[:, away:], whole[:, 5 + away :], atol=2e-4)


def test_a_plain_lens_is_the_network_itself(tiny2d, tiny3d):
    for weights in (tiny2d, tiny3d):
        card = read_card(weights)
        plain = Lens(card)
        assert plain.before(np.sin) is np.sin
        assert (plain.halo_shape, plain.grid_shape) == (card.halo_shape, card.grid_shape)
        assert plain.growth == 1
        section = CHANCE.standard_normal((4, 40, 50))
        words = {"model": weights, "precision": "float32"}
        expected = odfault.predict(section, **words)
        for scale in (1, 1.0, (1, 1.0), [1, 1]):
            np.testing.assert_array_equal(odfault.predict(section, scale=scale, **words), expected)


@pytest.mark.parametrize(("scale", "grid"), [(1.5, 8), (2, 4), (0.5, 8), (0.75, 16), (1.25, 16), (3, 4)])
def test_the_grid_of_a_lens_is_whole_steps_of_the_networks(scale, grid, tiny2d, tiny3d):
    flat, deep = (Lens(read_card(weights), (scale, 1.0)) for weights in (tiny2d, tiny3d))
    assert (flat.grid_shape, deep.grid_shape) == ((1, grid, 4), (grid, grid, 4))
    assert (flat.halo_shape[0], flat.halo_shape[2]) == (0, 24)
    assert deep.halo_shape[0] == deep.halo_shape[1] >= 24 / scale
    assert (flat.growth, deep.growth) == (HELD + max(1, scale), HELD + max(1, scale**2))


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.25, 1.5, 2, 4])
def test_what_both_grids_can_hold_goes_there_and_back(scale):
    waves = np.fft.irfft(CHANCE.standard_normal((3, 97)) * (np.arange(97) < 192 * 0.25 * min(1, scale)))
    there = resample(waves.astype(np.float32)[:, None], 2, round(192 * scale))
    back = resample(there, 2, 192)[:, 0, 40:-40]
    assert np.abs(back - waves[:, 40:-40]).max() < 0.01 * np.abs(waves).max()


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5, 2])
@pytest.mark.parametrize("axis", [0, 1])
def test_cells_stay_where_they_are(scale, axis):
    steady = np.full((16, 16), 3, np.float32)
    np.testing.assert_allclose(resample(steady, axis, round(16 * scale)), 3, rtol=1e-6)
    slope = np.arange(96, dtype=np.float32)
    places = (np.arange(round(96 * scale)) + 0.5) / scale - 0.5
    np.testing.assert_allclose(resample(slope, 0, len(places))[20:-20], places[20:-20], atol=0.02)


def test_frequencies_that_a_coarser_grid_cannot_hold_are_gone():
    waves = np.cos(2 * np.pi * 0.4 * np.arange(256)).astype(np.float32)
    assert np.abs(resample(waves, 0, 128)[20:-20]).max() < 0.03


@pytest.mark.parametrize("scale", [1.25, 1.5, 2, 2.25, 4])
def test_the_thinnest_fault_of_a_finer_grid_keeps_its_height(scale):
    faults = np.eye(round(16 * scale), dtype=np.float32)
    there = take_back(faults, 1, 16)
    places = (np.arange(len(faults)) + 0.5) / scale - 0.5
    np.testing.assert_array_equal(there.max(axis=1), 1)
    nearest = [np.abs(np.flatnonzero(row) - place).min() for row, place in zip(there, places, strict=True)]
    assert max(nearest) <= 0.5
    assert there.sum(axis=1).max() <= 2


def test_a_fault_of_a_coarser_grid_has_one_crest():
    there = take_back(np.eye(8, dtype=np.float32), 1, 16)
    np.testing.assert_array_equal(there[3, 4:10], [0, 0.25, 0.75, 0.75, 0.25, 0])


def test_averaged_over_flips_the_answer_to_a_flipped_section_is_flipped(tiny2d):
    section = CHANCE.standard_normal((48, 64))
    words = {"model": tiny2d, "precision": "float32"}
    for scale in (1, 1.5):
        plain = [odfault.predict(view, scale=scale, **words) for view in (section, section[::-1])]
        both = [
            odfault.predict(view, scale=scale, average="flips", **words) for view in (section, section[::-1])
        ]
        np.testing.assert_allclose(both[0], both[1][::-1], atol=1e-5)
        if scale == 1:
            np.testing.assert_allclose(both[0], (plain[0] + plain[1][::-1]) / 2, atol=1e-5)
    assert np.abs(plain[0] - plain[1][::-1]).max() > 0.1


def test_scales_are_averaged_around_the_one_asked_for(tiny2d):
    card = read_card(tiny2d)
    assert Lens(card, (1.0, 2.0), "scales").views == [(1, 1, 2), (1, 1.5, 2.5)]
    assert Lens(card, (3.0, 0.25), "all").views == [(1, 3, 0.25), (1, 4, 0.25)]
    section = CHANCE.standard_normal((64, 64))
    words = {"model": tiny2d, "precision": "float32"}
    each = [odfault.predict(section, scale=scale, **words) for scale in (1, (1.5, 1.25))]
    together = odfault.predict(section, average="scales", **words)
    np.testing.assert_allclose(together, np.mean(each, axis=0), atol=1e-5)


def test_a_card_may_name_the_scales_that_are_averaged(tiny2d, tmp_path):
    weights = tmp_path / "m.keras"
    weights.write_bytes(tiny2d.read_bytes())
    spread = ((1.0, 1.0), (0.8, 1.2), (1.2, 1.0))
    card = dataclasses.replace(read_card(tiny2d), scale=(2.5, 1.25), spread=spread, average="scales")
    write_card(card, weights)
    assert read_card(weights) == card
    section, words = CHANCE.standard_normal((64, 64)), {"precision": "float32"}
    each = [
        odfault.predict(section, tiny2d, scale=scale, **words) for scale in ((2.5, 1.25), (2, 1.5), (3, 1.25))
    ]
    np.testing.assert_allclose(odfault.predict(section, weights, **words), np.mean(each, axis=0), atol=1e-5)
    np.testing.assert_allclose(odfault.predict(section, weights, average="none", **words), each[0], atol=1e-5)


def test_a_run_sees_what_predict_sees_and_tells_it(tmp_path, tiny3d):
    values = CHANCE.standard_normal((20, 24, 40)).astype(np.float32)
    lines = {"inlines": range(96, 116), "crosslines": range(304, 328)}  # from the grid on
    source, out = make_segy(tmp_path / "in.sgy", values, sample_format=5, **lines), tmp_path / "o"
    words = {"model": tiny3d, "precision": "float32", "scale": (1.5, 2), "average": "flips"}
    odfault.run(source, out, **words)
    samples = read_samples(out, 40).reshape(values.shape)
    np.testing.assert_allclose(samples, odfault.predict(values, **words), atol=1e-5)
    told = json.loads((tmp_path / "o.json").read_text())["options"]
    assert (told["scale"], told["average"]) == ([1.5, 2], "flips")


def test_a_card_tells_the_scale_and_the_views_for_who_says_nothing(tmp_path, tiny2d):
    weights = tmp_path / "m.keras"
    weights.write_bytes(tiny2d.read_bytes())
    write_card(dataclasses.replace(read_card(tiny2d), scale=(1.5, 1.0)), weights)
    assert read_card(weights).scale == (1.5, 1.0)
    section = CHANCE.standard_normal((40, 50))
    words = {"model": weights, "precision": "float32"}
    np.testing.assert_array_equal(
        odfault.predict(section, **words), odfault.predict(section, scale=(1.5, 1), **words)
    )
    plain = odfault.predict(section, model=tiny2d, precision="float32")
    np.testing.assert_array_equal(odfault.predict(section, scale=1, **words), plain)
    write_card(dataclasses.replace(read_card(tiny2d), average="scales"), weights)
    several = odfault.predict(section, model=tiny2d, precision="float32", average="scales")
    np.testing.assert_array_equal(odfault.predict(section, **words), several)
    np.testing.assert_array_equal(odfault.predict(section, average="none", **words), plain)
    values = CHANCE.standard_normal((9, 24, 40)).astype(np.float32)
    source = make_segy(tmp_path / "in.sgy", values, inlines=range(9), crosslines=range(304, 328))
    for average in (None, "none"):
        odfault.run(source, tmp_path / "o", average=average, **words)
        told = json.loads((tmp_path / "o.json").read_text())["options"]
        assert told["average"] == (average or "scales")
    write_card(dataclasses.replace(read_card(tiny2d), average="twice"), weights)
    with pytest.raises(OdfaultError, match="no network of ours"):
        read_card(weights)


@pytest.mark.parametrize(
    "words",
    [{"scale": s} for s in (0, -1, 1.3, 5, "big", (1,), (1, 2, 3), (1, "x"), float("nan"), object())]
    + [{"average": "some"}],
)
def test_what_makes_no_sense_is_refused(words, tiny2d, source, tmp_path):
    with pytest.raises(OdfaultError, match=next(iter(words))):
        odfault.predict(np.ones((20, 20)), tiny2d, **words)
    with pytest.raises(OdfaultError, match=next(iter(words))):
        odfault.run(source, tmp_path / "out.sgy", model=tiny2d, **words)


def read_samples(path, n_samples):
    traces = np.frombuffer(path.read_bytes()[3600:], np.uint8).reshape(-1, 240 + 4 * n_samples)
    return np.ascontiguousarray(traces[:, 240:]).view(">f4")


def soft(axes):
    """Make a network whose answers are whole multiples of 1/128: sums over neighbours."""

    def network(windows):
        for axis in axes:
            windows = correlate1d(windows, np.array([0.25, 0.5, 0.25]), axis, mode="mirror")
        return (windows + np.float32(1)) / np.float32(2)

    return network


@pytest.mark.parametrize(
    ("name", "direction"), [("tiny3d", "inline"), ("tiny2d", "inline"), ("tiny2d", "crossline")]
)
def test_the_crests_of_a_run_are_those_of_its_whole_answer(tmp_path, name, direction, request, monkeypatch):
    shape = (75, 81, 120)
    values = CHANCE.choice(np.float32([-1, 1]), shape)
    values[40, 50], values[60:, 70:] = 0, np.nan
    source = make_segy(tmp_path / "in.sgy", values, sample_format=5)
    axes = (1, 2, 3) if name == "tiny3d" else (2, 3)
    words = {"model": request.getfixturevalue(name), "network": soft(axes), "direction": direction}
    odfault.run(source, tmp_path / "whole.sgy", **words)
    monkeypatch.setattr(
        plan, "most_samples", lambda memory_gb, batch=1: 70**3 if axes == (1, 2, 3) else 20_000
    )
    odfault.run(source, tmp_path / "crests.sgy", thin=True, **words)
    whole, crests = (
        read_samples(tmp_path / f"{n}.sgy", shape[2]).reshape(shape) for n in ("whole", "crests")
    )
    turn = (1, 0, 2) if direction == "crossline" else (0, 1, 2)
    lines = whole.transpose(turn)
    expected = thin(lines) if name == "tiny3d" else np.stack([thin(line) for line in lines])
    np.testing.assert_array_equal(crests, expected.transpose(turn))
    assert 0.05 < (crests > 0).mean() < 0.5
    assert "its crests" in (tmp_path / "crests.sgy").read_bytes()[:3200].decode("cp037")
