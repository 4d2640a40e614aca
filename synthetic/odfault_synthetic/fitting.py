"""Finds the dips to put in so that drawn cubes measure as a survey does, and says how well they do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from odfault_synthetic import estimators
from odfault_synthetic.cube import Cube
from odfault_synthetic.estimators import Curve, Piece
from odfault_synthetic.finish import finish
from odfault_synthetic.like import draw_raw
from odfault_synthetic.likeness import Likeness, measure_pieces
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.stream import draw_ahead

SECTIONS, CUBES = 8, 6
"""How many are drawn to be measured."""
ROUNDS = 4
"""How often."""


def find_dips(
    recipe: Recipe, like: Likeness, *, progress: Callable[[str], None] = lambda said: None
) -> Curve:
    """Find the dips to put in, (2, windows, PARTS) degrees, so that those measured are the survey's."""
    trial = dataclasses.replace(recipe, seed=recipe.seed + 7_000_000)
    many = how_many(recipe)
    tops = [int(top) for top in np.linspace(like.live[0], like.live[1] - recipe.shape[2], many)]
    dips, best, least = like.dips, like.dips, np.inf
    for turn in range(ROUNDS):
        progress(f"matching, round {turn + 1} of {ROUNDS}")

        def draw(n: int, turn: int = turn, dips: Curve = dips) -> Cube:
            return finish(draw_raw(trial, like, dips, 100 * turn + n, tops[n]), like)

        cubes = [cube for _, cube in draw_ahead(draw, range(many))]
        drawn = measure_drawn(cubes, tops, like)
        away = compare(like, drawn)["dip_emd_degrees"]
        if away < least:
            best, least = dips, away
        dips = np.sort(np.clip(dips + 0.7 * (like.dips - drawn.dips), -80, 80), axis=2)
    return best


def how_many(recipe: Recipe) -> int:
    """Sections, or cubes, that are drawn to be measured."""
    return SECTIONS if recipe.shape[0] == 1 else CUBES


def measure_drawn(cubes: Sequence[Cube], tops: Sequence[int], like: Likeness) -> Likeness:
    """Measure drawn cubes as the survey was measured, in the same depth windows."""
    pieces = [Piece(cube.seismic, top) for cube, top in zip(cubes, tops, strict=True)]
    return measure_pieces(pieces, like.edges, shape=like.shape, live=like.live, interval_s=like.interval_s)


def draw_like(recipe: Recipe, like: Likeness, dips: Curve, number: int) -> Cube:
    """Draw cube ``number`` like a survey; the same recipe, dips and number give the same bytes."""
    return finish(draw_raw(recipe, like, dips, number), like)


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
