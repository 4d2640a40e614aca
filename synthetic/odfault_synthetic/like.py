"""Draws cubes whose ground and waves are a measured survey's, before they are finished to be like it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic import imaging
from odfault_synthetic.cube import Cube, cut, label, resolved_throw, widen
from odfault_synthetic.estimators import PARTS, Curve
from odfault_synthetic.geology import MARGIN, STEP, Geology, draw_geology
from odfault_synthetic.ground import lay_ground
from odfault_synthetic.lay import FOLD, FOLD_GROWTH, YOUNG
from odfault_synthetic.likeness import Likeness
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.wavelets import FREQUENCIES, NODES, make_bank

Volume = NDArray[np.float32]
LINE = (512, 1024)
"""Traces and samples of a section drawn like a line, at most."""
STEEPEST = 6.0
"""Distance of traces in samples, at most: between traces further apart, faults bend the measured dips."""


@dataclasses.dataclass(frozen=True)
class Raw:
    """A cube before its noise is added and its amplitudes are made the survey's.

    cube : the signal, of unit rms, and its labels
    own, wide : noise of each trace's own, and coherent over neighbours; unit rms
    top : depth in the survey of the first sample
    """

    cube: Cube
    own: Volume
    wide: Volume
    top: int


def fit_recipe(recipe: Recipe, like: Likeness, shape: tuple[int, int, int]) -> Recipe:
    """Recipe of the survey's shape and sharpness, without what is measured and put in otherwise."""
    sharp = float(like.resolution.mean())
    return dataclasses.replace(
        recipe, shape=shape, gain=0.0, agc=0.0, clip=0.0, eight_bit=0.0, footprint=0.0, dead_traces=0.0,
        rotated=1.0, absorption=(0.0, 0.0), illumination=min(recipe.illumination, 0.3), linear=0.0,
        salt=0.0, clinoforms=0.0, unconformity=min(recipe.unconformity, 0.1), migration_dip=(70.0, 85.0),
        blur=(float(np.clip(0.25 * sharp, 0.3, 2)), float(np.clip(0.5 * sharp, 0.6, 3))),
        sampling=(recipe.sampling[0], max(recipe.sampling[0], min(recipe.sampling[1], STEEPEST))),
        throw=(max(recipe.throw[0], 0.3 * like.spacing), max(recipe.throw[1], 6 * like.spacing)),
    )  # fmt: skip


def fit_shape(like: Likeness, asked: tuple[int, int, int] | None) -> tuple[int, int, int]:
    """Shape of the cubes: as asked, or 128 cubed, or sections; no deeper than the survey is live."""
    deep = like.live[1] - like.live[0]
    section = like.shape[0] < 16
    shape = asked or ((1, *LINE) if section else (128, 128, 128))
    lateral = [
        n if asked else max(16, min(n, most)) for n, most in zip(shape[:2], like.shape[:2], strict=True)
    ]
    return 1 if section else lateral[0], lateral[1], min(shape[2], deep)


def draw_raw(recipe: Recipe, like: Likeness, dips: Curve, number: int, top: int | None = None) -> Raw:
    """Draw signal and noise of a cube at a depth of the survey, drawn too unless it is given.

    dips : (2, windows, PARTS) degrees put in along inlines and crosslines
    """
    rng = np.random.default_rng([recipe.seed, number])
    shape = widen(recipe.shape)
    drawn_top = _draw_top(recipe, like, rng)
    top = drawn_top if top is None else top
    ends = _straight(dips, like, top, recipe.shape[2])
    geology = bend(draw_geology(recipe, shape, rng), shape, ends, like, rng)
    bank = make_bank(_nodes(like, top, recipe.shape[2]), float(rng.uniform(-math.pi, math.pi)))
    peak = 0.5 / max(like.spacing, 1.3)
    drawn = imaging.draw_imaging(recipe, shape, geology.spacing, rng)
    way = dataclasses.replace(drawn, bank=bank, noise_bank=bank, peak=peak, signal_to_noise_db=0.0)
    ground = lay_ground(geology, shape, resolved_throw(peak))
    broad = float(np.clip(like.resolution.max() / 1.5, 0.6, 6))
    wide = dataclasses.replace(way, scattered=1.0, blur=(broad, broad), slope=1e3)
    signal = imaging.make_signal(ground.reflectivity, way)
    signal += imaging.coherent_noise(shape, way)
    cube = label(signal, ground, recipe.shape)
    own, coherent = (
        cut(imaging.draw_noise(shape, noise, rng), recipe.shape)
        for noise in (dataclasses.replace(way, scattered=0.0), wide)
    )
    return Raw(cube, own, coherent, top)


def top_of(recipe: Recipe, like: Likeness, number: int) -> int:
    """Depth in the survey, in samples, at which cube ``number`` is drawn."""
    return _draw_top(recipe, like, np.random.default_rng([recipe.seed, number]))


def _draw_top(recipe: Recipe, like: Likeness, rng: np.random.Generator) -> int:
    top = int(rng.integers(like.live[0], like.live[1]) - recipe.shape[2] // 2)
    return min(max(top, like.live[0]), like.live[1] - recipe.shape[2])


def _straight(dips: Curve, like: Likeness, top: int, size: int) -> tuple[Curve, Curve]:
    """Dips at a cube's top and base on the straight line through those between."""
    places = np.linspace(0, 1, 9)
    all_ = np.array([at_depth(dips, like, top + size * place) for place in places])
    middle, slant = all_.mean(axis=0), np.tensordot(places - 0.5, all_, 1) / ((places - 0.5) ** 2).sum()
    ends = (np.sort(middle + sign * 0.5 * slant, axis=1) for sign in (-1, 1))
    return next(ends), next(ends)


def bend(
    geology: Geology,
    shape: tuple[int, int, int],
    dips: tuple[Curve, Curve],
    like: Likeness,
    rng: np.random.Generator,
) -> Geology:
    """Fold the beds so that their dips are distributed as asked.

    A random curve along either axis, as smooth as the survey's dips, whose ranks choose slopes from the
    quantiles; its sum is the shift. Two such curves added have these slopes along the axes.

    dips : at the top and at the base, each (2, PARTS) degrees along inlines and crosslines
    """
    maps = np.array(geology.maps)
    maps[..., (YOUNG, FOLD, FOLD_GROWTH)] = 0
    for axis, spacing in enumerate(geology.spacing):
        nodes = maps.shape[axis]
        if spacing == 0:
            continue
        places = np.asarray((np.arange(nodes) * STEP - MARGIN) / spacing, np.float64)
        rank = _ranks(places, max(like.dip_length, 6.0) * 1.5, shape[axis], rng)
        shifts = []
        for depth in dips:
            slope = -np.tan(np.radians(np.interp(rank, PARTS, depth[axis]))) / spacing
            shift = np.concatenate([[0], np.cumsum(slope * STEP)[:-1]])
            shifts.append(np.expand_dims(shift - np.interp(shape[axis] / 2, places, shift), 1 - axis))
        maps[..., FOLD] += shifts[0]
        maps[..., FOLD_GROWTH] += np.clip((shifts[1] - shifts[0]) / shape[2], -0.4, 0.4)
    return dataclasses.replace(geology, maps=maps)


def _ranks(places: Curve, length: float, traces: int, rng: np.random.Generator) -> Curve:
    """Draw values along a line whose correlation fades over some traces, evenly distributed within it."""
    waves = 24
    numbers = rng.standard_normal(waves) / (2 * math.pi * length) * 1.2
    phases = rng.uniform(0, 1, waves)
    total = np.cos(2 * math.pi * (np.outer(places, numbers) + phases)).sum(axis=1) / math.sqrt(waves / 2)
    inside = np.sort(total[(places >= 0) & (places <= traces)])
    return np.asarray(np.interp(total, inside, np.linspace(0, 1, len(inside))), np.float64)


def at_depth(values: Curve, like: Likeness, depth: Any) -> Curve:
    """Values by depth window, (windows,) or (2, windows, PARTS), at a depth between the windows' middles."""
    middles = 0.5 * (np.array(like.edges[1:]) + np.array(like.edges[:-1]))
    if values.ndim == 1:
        return np.asarray(np.interp(depth, middles, values))
    axis = values.ndim - 2
    place = float(np.interp(depth, middles, np.arange(len(middles))))
    low = min(int(place), values.shape[axis] - 1)
    high = min(low + 1, values.shape[axis] - 1)
    return np.asarray((1 - place + low) * values.take(low, axis) + (place - low) * values.take(high, axis))


def _nodes(like: Likeness, top: int, size: int) -> Curve:
    """Spectra (NODES, FREQUENCIES) down a cube from those of the depth windows."""
    coarse = np.arange(like.spectra.shape[1]) / (2 * (like.spectra.shape[1] - 1))
    depths = np.linspace(top, top + size, NODES)
    return np.array([np.interp(FREQUENCIES, coarse, at_depth(like.spectra, like, depth)) for depth in depths])
