"""Finds the settings under which drawn cubes measure as a survey does, and says how well they do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from odfault_synthetic import estimators
from odfault_synthetic.cube import Cube, cut
from odfault_synthetic.estimators import PARTS, Piece
from odfault_synthetic.like import Raw, Settings, draw_raw, finish, mix
from odfault_synthetic.likeness import Likeness, measure_pieces
from odfault_synthetic.recipe import Recipe

TRIALS = {True: 16, False: 6}
"""Sections, or cubes, that settings are tried on."""
ROUNDS = 3
"""How often the ground is drawn anew, with better dips."""
STEPS = 7
"""Steps that noise, spectrum and amplitudes are brought nearer in each round."""
OWN_STEPS = 5
"""The same for each cube that is drawn."""


def find_settings(
    recipe: Recipe, like: Likeness, *, progress: Callable[[str], None] = lambda said: None
) -> Settings:
    """Find the settings under which drawn cubes measure as the survey does.

    Noise, spectrum and amplitudes depend on each other and are brought nearer in turn (as in iterated
    surrogates, Schreiber and Schmitz, 1996); dips are corrected by what the estimator makes of those put in.
    """
    trial = dataclasses.replace(recipe, seed=recipe.seed + 7_000_000)
    settings = Settings(
        filters=np.ones_like(like.spectra),
        noise_db=like.signal_to_noise_db + 3,
        wide=np.clip((like.resolution - 0.5) / (like.resolution.max() + 1), 0, 1),
        width=float(np.clip(like.resolution.max() / 1.5, 0.6, 6)),
        dips=like.dips,
        amplitudes=like.quantiles,
    )
    many = TRIALS[recipe.shape[0] == 1]
    tops = [int(top) for top in np.linspace(like.live[0], like.live[1] - recipe.shape[2], many)]
    for turn in range(ROUNDS):
        progress(f"matching, round {turn + 1} of {ROUNDS}")
        raws = [draw_raw(trial, like, settings, 100 * turn + n, int(top)) for n, top in enumerate(tops)]
        settings = _approach(raws, trial, like, settings, STEPS)
        drawn = measure_drawn([finish(raw, trial, like, settings) for raw in raws], tops, like)
        if turn + 1 < ROUNDS:
            asked = settings.dips + 0.7 * (like.dips - drawn.dips)
            asked = np.sort(np.clip(asked, -80, 80), axis=2)
            settings = dataclasses.replace(settings, dips=asked)
    return settings


def _approach(
    raws: Sequence[Raw], recipe: Recipe, like: Likeness, settings: Settings, steps: int
) -> Settings:
    """Bring noise and spectrum nearer on cubes whose ground stays the same; of several, amplitudes too."""
    tops = [raw.top for raw in raws]
    rate = 1.0
    for _ in range(steps):
        settings = _level(raws, recipe, like, settings)
        drawn = measure_drawn([finish(raw, recipe, like, settings) for raw in raws], tops, like)
        ratio = like.spectra / np.maximum(drawn.spectra, 1e-6)
        ratio[drawn.coherence[:, 0] <= 0] = 1
        filters = settings.filters * np.clip(ratio, 0.5, 2) ** 0.9
        missing = np.clip(like.signal_to_noise_db - drawn.signal_to_noise_db, -6, 6)
        missing[drawn.coherence[:, 0] <= 0] = 0
        noise_db = np.clip(settings.noise_db + rate * missing, -20, 60)
        finer = (like.resolution - drawn.resolution) / (settings.width + 1)
        settings = dataclasses.replace(
            settings,
            filters=filters / filters.mean(),
            noise_db=noise_db,
            wide=np.clip(settings.wide + 0.5 * rate * np.clip(finer, -0.5, 0.5), 0, 1),
        )
        rate *= 0.9
    return _level(raws, recipe, like, settings)


def _level(raws: Sequence[Raw], recipe: Recipe, like: Likeness, settings: Settings) -> Settings:
    """Measure the amplitudes of several cubes, which are to become those of the survey."""
    if len(raws) == 1:
        return settings
    mixed = [cut(mix(raw, recipe, like, settings), recipe.shape).ravel()[::3] for raw in raws]
    found = np.quantile(np.concatenate(mixed), PARTS)
    rising = found + np.linspace(0, 1e-6 * (np.ptp(found) + 1e-9), len(found))
    return dataclasses.replace(settings, amplitudes=np.asarray(rising))


def measure_drawn(cubes: Sequence[Cube], tops: Sequence[int], like: Likeness) -> Likeness:
    """Measure drawn cubes as the survey was measured, in the same depth windows."""
    pieces = [Piece(cube.seismic, int(top)) for cube, top in zip(cubes, tops, strict=True)]
    return measure_pieces(pieces, like.edges, shape=like.shape, live=like.live, interval_s=like.interval_s)


def draw_like(recipe: Recipe, like: Likeness, settings: Settings, number: int) -> Cube:
    """Draw cube ``number`` like a survey; the same recipe, settings and number give the same bytes.

    What is common to all was found on other cubes; noise and spectrum are brought nearer on its own.
    """
    raw = draw_raw(recipe, like, settings, number)
    return finish(raw, recipe, like, _approach([raw], recipe, like, settings, OWN_STEPS))


def compare(like: Likeness, drawn: Likeness) -> dict[str, float]:
    """Tell how far drawn cubes are from the survey: mean over the depth windows that they reach, and worst.

    Spectrum: sum of absolute differences of spectra that sum to 1; amplitudes: Kolmogorov-Smirnov; dips:
    earth mover's distance in degrees, of all depths together and of the worst window, along the worse axis;
    signal-to-noise ratio in dB; lateral resolution in traces; spacing of zero crossings as a share.
    """
    seen = drawn.coherence[:, 0] > 0
    spectrum = np.abs(like.spectra - drawn.spectra).sum(axis=1)[seen]
    noise = np.abs(like.signal_to_noise_db - drawn.signal_to_noise_db)[seen]
    pooled = [estimators.pool(one.dips[:, seen]) for one in (like, drawn)]
    return {
        "spectrum_l1": float(spectrum.mean()),
        "spectrum_l1_worst": float(spectrum.max()),
        "amplitude_ks": estimators.kolmogorov(like.quantiles, drawn.quantiles),
        "dip_emd_degrees": float(estimators.distance(*pooled).max()),
        "dip_emd_degrees_worst": float(estimators.distance(like.dips, drawn.dips)[:, seen].max()),
        "signal_to_noise_db": float(noise.mean()),
        "signal_to_noise_db_worst": float(noise.max()),
        "resolution_traces": float(np.abs(like.resolution - drawn.resolution)[seen].mean()),
        "spacing_share": abs(drawn.spacing / like.spacing - 1),
    }
