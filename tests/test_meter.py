"""A judge of windows tells the strange from the ordinary: by right numbers, rightly counted; it learns."""

import dataclasses
import itertools
import json

import keras
import numpy as np
import pytest
from keras import ops
from scipy.ndimage import shift

from odfault.autoencoder import (
    BANDS,
    Sample,
    build_autoencoder,
    build_meter,
    find_amplitudes,
    find_divergence,
    find_spectrum,
)
from odfault.card import SIDE, Architecture, models_folder, read_card
from odfault.errors import OdfaultError
from odfault_synthetic.labels import BACKGROUND, FAULT, UNRESOLVED
from odfault_training.meter import teach
from odfault_training.ordinary import OrdinaryWindows, make_drawing_loss
from odfault_training.recipe import read_training_recipe
from odfault_training.strange import KINDS, median_frequency
from odfault_training.telling import find_auroc, score_meter
from odfault_training.tiles import ORDINARY, Tiles, cut_tiles
from odfault_training.windows import Windows

CHANCE = np.random.default_rng(8)
SMALL = Architecture(2, 4, 3, (), 2)


def test_the_spectrum_is_that_of_a_fourier_transform():
    windows = CHANCE.standard_normal((3, SIDE, SIDE)).astype(np.float32)
    taper = np.hanning(SIDE)
    power = np.abs(np.fft.fft2(windows * taper[:, None] * taper)) ** 2
    number = np.abs(np.fft.fftfreq(SIDE)) * SIDE
    expected = [
        np.log(power[:, (number >= a) & (number < b)][:, :, c:d].sum(axis=(1, 2)) + 1e-2)
        for a, b in itertools.pairwise(BANDS)
        for c, d in itertools.pairwise(BANDS)
    ]
    np.testing.assert_allclose(
        find_spectrum(ops.convert_to_tensor(windows)), np.stack(expected, 1), atol=1e-3
    )


def test_amplitudes_tell_of_clipping_dead_traces_and_layers():
    noise = CHANCE.standard_normal((SIDE, SIDE)).astype(np.float32)
    layers = np.repeat(noise[:1], SIDE, axis=0)
    dead = noise * (np.arange(SIDE) % 4 > 0)[:, None]
    rows = np.asarray(find_amplitudes(np.stack([noise, np.clip(noise, -0.1, 0.1), layers, dead])))
    power, kurtosis, largest, silent, flat, across, below = rows.T
    assert power[0] == pytest.approx(np.log((noise**2).mean() + 1e-2), abs=1e-4)
    assert kurtosis[0] == pytest.approx(3, abs=0.3)
    assert largest[1] == pytest.approx(0.1)
    np.testing.assert_allclose(silent, [0, 0, 0, 0.25], atol=1e-6)
    assert flat[1] > 0.3 > 0.01 > flat[0]
    np.testing.assert_allclose(across, [0, 0, 1, 0], atol=0.1)
    assert np.abs(below[0]) < 0.1


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, log_variance = CHANCE.normal(0, 1, (2, 3)), CHANCE.normal(0, 1, (2, 3))
    x = np.linspace(-30, 30, 20001)
    for row in range(2):
        nats = 0.0
        for m, v in zip(mean[row], np.exp(log_variance[row]), strict=True):
            p = np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi * v)
            nats += np.sum(p * (np.log(np.maximum(p, 1e-300)) + x**2 / 2 + np.log(2 * np.pi) / 2)) * (
                x[1] - x[0]
            )
        assert float(find_divergence(mean, log_variance)[row]) == pytest.approx(nats, rel=1e-4)


def test_a_code_is_drawn_in_training_and_is_the_mean_in_use():
    told = ops.convert_to_tensor(np.full((4000, 1, 1, 2), (3.0, np.log(0.25)), np.float32))
    layer = Sample()
    drawn = np.asarray(layer(told, training=True))
    assert (drawn.mean(), drawn.std()) == pytest.approx((3.0, 0.5), abs=0.03)
    assert len(layer.losses) == 1
    assert (np.asarray(layer(told)) == 3).all()


def sections(many, shape=(SIDE, 128)):
    """Draw layered sections with words of labels: a fault down the middle."""
    for _ in range(many):
        layer = np.convolve(CHANCE.standard_normal(shape[1] + 16), np.hanning(7), "same")[8:-8]
        section = np.stack([shift(layer, 6.0 * (trace > shape[0] // 2)) for trace in range(shape[0])])
        words = np.full(shape, BACKGROUND, np.uint8)
        words[shape[0] // 2] = FAULT
        yield section.astype(np.float32), words


@pytest.mark.parametrize("name", KINDS)
def test_an_alteration_keeps_labels_beside_their_samples(name):
    for section, words in sections(2):
        seen, told = KINDS[name].change(section, words, np.random.default_rng(3))
        assert seen.shape == told.shape
        assert np.isfinite(seen).all()
        assert seen.dtype == np.float32
        assert set(np.unique(told)) <= {BACKGROUND, FAULT, UNRESOLVED}
        if KINDS[name].harmless:
            live = told != UNRESOLVED
            assert (told[live] == words[live]).all()
            assert live.mean() > 0.3
        elif (told != UNRESOLVED).any():
            assert (told == FAULT).any()


def test_the_median_frequency_is_that_of_a_wave():
    wave = np.sin(2 * np.pi * 0.17 * np.arange(300))[None] + np.zeros((5, 1))
    assert median_frequency(wave.astype(np.float32)) == pytest.approx(0.17, abs=0.01)


class Answers:
    """Stand in for a network for faults: it answers what it is told, section by section."""

    def __init__(self, card, answers):
        self.card, self.answers = card, iter(answers)

    def __call__(self, windows):
        return next(self.answers)[None, None]


def test_the_error_of_a_tile_is_that_of_what_was_found_in_it(tiny2d):
    card = dataclasses.replace(read_card(tiny2d), average="none")
    known = list(sections(3))
    blank, right = np.zeros((SIDE, 128), np.float32), (known[0][1] == FAULT).astype(np.float32)
    half = right.copy()
    half[:, 64:] = 0
    tiles = next(cut_tiles(known, Answers(card, [right, blank, half]), each=0, seed=1))
    assert tiles.kind == ORDINARY
    assert tiles.windows.shape == (6, SIDE, SIDE)
    np.testing.assert_allclose(tiles.errors, [0, 0, 1, 1, 0, 1], atol=0.02)
    assert tiles.origins.tolist() == [0, 0, 1, 1, 2, 2]
    assert tiles.labelled.tolist() == [SIDE] * 6


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    familiar, strange = CHANCE.integers(0, 9, 40) / 9, CHANCE.integers(0, 7, 30) / 9
    pairs = [(a > b) + 0.5 * (a == b) for a in familiar for b in strange]
    assert find_auroc(familiar, strange) == pytest.approx(np.mean(pairs))


def tiles(kind, windows, errors=None):
    """Gather tiles of one kind."""
    errors = np.full(len(windows), np.nan) if errors is None else errors
    labelled = np.full(len(windows), SIDE)
    return Tiles(kind, windows.astype(np.float32), errors, labelled, np.arange(len(windows)))


def test_what_a_judge_tells_is_counted_by_kind():
    ordinary, noise = np.full((40, SIDE, SIDE), 0.8), np.full((20, SIDE, SIDE), 0.2)
    errors = np.linspace(0, 1, 20)
    noise += 0.1 * (1 - errors)[:, None, None]
    telling = score_meter(
        lambda windows: windows.mean(axis=(1, 2)),
        [tiles(ORDINARY, ordinary), tiles("spikes", noise, errors), tiles("gain", ordinary)],
    )
    assert telling.auroc == 1
    assert telling.rank == pytest.approx(1)
    assert telling.kinds["spikes"] == pytest.approx((20, 1.0, 0.0, 0.5))
    assert telling.kinds["gain"][:3] == (40, 0.5, 1.0)


def test_it_learns_to_tell_what_it_is_taught():
    keras.utils.set_random_seed(1)
    meter = build_meter(SMALL)
    smooth = np.cumsum(CHANCE.standard_normal((240, SIDE, SIDE)), axis=2) / 8
    rough = CHANCE.standard_normal((120, SIDE, SIDE))
    smooth = smooth / np.abs(smooth).mean(axis=(1, 2), keepdims=True)
    taught = [tiles(ORDINARY, smooth[:160]), tiles("spikes", rough[:80], np.ones(80))]
    teach(meter, taught)
    ordinary, strange = (np.asarray(meter(part[..., None]))[:, 0] for part in (smooth[160:], rough[80:]))
    assert find_auroc(ordinary, strange) > 0.98
    assert (ordinary > 0).mean() > 0.75
    assert (strange < 0).mean() > 0.75


def test_the_autoencoder_learns_to_draw():
    keras.utils.set_random_seed(1)
    model = build_autoencoder(dataclasses.replace(SMALL, width=8, latent=4))
    model.compile(keras.optimizers.Adam(3e-3), make_drawing_loss())
    layer = np.sin(0.2 * np.arange(SIDE) + CHANCE.uniform(0, 6, (64, 1, 1)))
    waves = np.broadcast_to(1.5 * layer, (64, SIDE, SIDE))[..., None].astype(np.float32)
    told = model.fit(waves, waves, batch_size=8, epochs=6, verbose=0).history["loss"]
    assert told[-1] < told[0] - 0.3
    assert model.get_layer("sample").losses == [] or np.isfinite(told).all()


def test_windows_to_draw_are_scaled_and_their_own_target():
    cubes = CHANCE.standard_normal((3, 1, 128, 128)).astype(np.float16)
    labels = np.full(cubes.shape, FAULT, np.uint8)
    seen = OrdinaryWindows(cubes, labels, window=(SIDE, SIDE), batch=4, steps=2, seed=1)
    windows, targets = seen[1]
    assert windows.shape == (4, SIDE, SIDE, 1)
    assert windows is targets or (windows == targets).all()
    np.testing.assert_allclose(np.abs(windows).mean(axis=(1, 2, 3)), 1, atol=0.1)
    assert isinstance(seen, Windows)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("latent = 0", "latent = 0"),
        ("window = [32, 64]", "to judge familiarity"),
        ('answers = "faults"', "latent = 8"),
    ],
)
def test_a_recipe_that_makes_no_judge_is_refused(tmp_path, line, problem):
    recipe = models_folder().parent / "training" / "odfault_training" / "recipes" / "familiar2d.toml"
    kept = [row for row in recipe.read_text().splitlines() if row.split(" ")[0] != line.split(" ")[0]]
    path = tmp_path / "judge.toml"
    path.write_text("\n".join([*kept, line]))
    with pytest.raises(OdfaultError, match=problem):
        read_training_recipe(path)


def test_the_shipped_judge_is_worth_what_is_said_of_it():
    card = read_card(models_folder() / "familiar2d.keras")
    assert card.answers == "familiarity"
    assert card.scores["auroc"] >= 0.9
    assert card.scores["rank_correlation"] >= 0.45
    assert json.dumps(card.scores)
