"""Draws cubes like a measured survey, once it is known by what settings."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter1d

from odfault_synthetic import imaging
from odfault_synthetic.cube import Cube, cut, resolved_throw, widen
from odfault_synthetic.estimators import PARTS, Curve
from odfault_synthetic.geology import MARGIN, STEP, Geology, draw_geology
from odfault_synthetic.ground import lay_ground
from odfault_synthetic.lay import FOLD, FOLD_GROWTH, YOUNG
from odfault_synthetic.likeness import Likeness
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.wavelets import FREQUENCIES, NODES, make_bank

Volume = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What was found to make drawn cubes like a survey; see ``Likeness`` for windows and parts.

    filters : (windows, frequencies) amplitude by which signal and noise together are filtered
    noise_db : (windows,) signal-to-noise ratio put in
    wide : (windows,) share of the noise that is coherent over neighbouring traces
    width : over how many, as a standard deviation
    dips : (2, windows, PARTS) degrees, put in
    amplitudes : (PARTS,) amplitudes before they are mapped to those of the survey
    """

    filters: Curve
    noise_db: Curve
    wide: Curve
    width: float
    dips: Curve
    amplitudes: Curve

    def table(self) -> dict[str, Any]:
        """Give it as plain numbers for JSON."""
        plain = dataclasses.asdict(self)
        return {
            key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in plain.items()
        }


@dataclasses.dataclass(frozen=True)
class Raw:
    """A cube before its noise is added and its amplitudes are matched, with the rim."""

    signal: Volume
    own: Volume
    wide: Volume
    top: int
    cube: Cube


def fit_recipe(recipe: Recipe, like: Likeness, shape: tuple[int, int, int]) -> Recipe:
    """Recipe of the survey's shape, without what is measured and put in otherwise."""
    return dataclasses.replace(
        recipe, shape=shape, gain=0.0, agc=0.0, clip=0.0, eight_bit=0.0, footprint=0.0, dead_traces=0.0,
        rotated=1.0, absorption=(0.0, 0.0), illumination=min(recipe.illumination, 0.3), linear=0.0,
        salt=0.0, clinoforms=0.0, unconformity=min(recipe.unconformity, 0.1), migration_dip=(70.0, 85.0),
        throw=(max(recipe.throw[0], 0.3 * like.spacing), max(recipe.throw[1], 6 * like.spacing)),
    )  # fmt: skip


def fit_shape(like: Likeness, asked: tuple[int, int, int] | None) -> tuple[int, int, int]:
    """Shape of the cubes: as asked or 128 cubed, sections of 256; no deeper than the survey is live."""
    deep = like.live[1] - like.live[0]
    section = like.shape[0] < 16
    shape = asked or ((1, 256, 256) if section else (128, 128, 128))
    lateral = [
        n if asked else max(16, min(n, most)) for n, most in zip(shape[:2], like.shape[:2], strict=True)
    ]
    return 1 if section else lateral[0], lateral[1], min(shape[2], deep)


def draw_raw(recipe: Recipe, like: Likeness, settings: Settings, number: int, top: int | None = None) -> Raw:
    """Draw signal and noise of a cube at a depth of the survey, drawn too unless it is given."""
    rng = np.random.default_rng([recipe.seed, number])
    shape = widen(recipe.shape)
    last = like.live[1] - recipe.shape[2]
    drawn_top = int(rng.integers(like.live[0], like.live[1]) - recipe.shape[2] // 2)
    top = min(max(drawn_top if top is None else top, like.live[0]), last)
    above, below = (_at(settings.dips, like, top + depth) for depth in (0, recipe.shape[2]))
    geology = bend(draw_geology(recipe, shape, rng), shape, (above, below), like, rng)
    bank = make_bank(_nodes(like, like.spectra, top, recipe.shape[2]), float(rng.uniform(-math.pi, math.pi)))
    peak = 0.5 / max(like.spacing, 1.3)
    drawn = imaging.draw_imaging(recipe, shape, geology.spacing, rng)
    way = dataclasses.replace(drawn, bank=bank, noise_bank=bank, peak=peak, signal_to_noise_db=0.0)
    ground = lay_ground(geology, shape, resolved_throw(peak))
    signal = _even_out(imaging.make_signal(ground.reflectivity, way), like, top, recipe.shape[2])
    own = imaging.draw_noise(shape, dataclasses.replace(way, scattered=0.0), rng)
    broad = (settings.width, settings.width)
    wide = imaging.draw_noise(shape, dataclasses.replace(way, scattered=1.0, blur=broad, slope=1e3), rng)
    about = (cut(values, recipe.shape) for values in (ground.throw, ground.dip, ground.strike))
    return Raw(
        signal, own, wide, top, Cube(cut(signal, recipe.shape), cut(ground.labels, recipe.shape), *about)
    )


def _even_out(signal: Volume, like: Likeness, top: int, size: int) -> Volume:
    """Take out what a cube's own beds do to its spectrum, so that all have that of the survey."""
    length = signal.shape[2]
    parts = fft.rfft(signal, axis=2)
    own = gaussian_filter1d(np.sqrt((np.abs(parts) ** 2).mean(axis=(0, 1))), length / 50, mode="nearest")
    coarse = _nodes(like, like.spectra, top, size).mean(axis=0)
    asked = np.interp(np.fft.rfftfreq(length), FREQUENCIES, coarse)
    ratio = np.clip((asked / asked.sum()) / np.maximum(own / own.sum(), 1e-9), 0.25, 4)
    even = np.asarray(fft.irfft(parts * ratio.astype(np.float32), length, axis=2), np.float32)
    return even / np.float32(even.std() or 1.0)


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


def finish(raw: Raw, recipe: Recipe, like: Likeness, settings: Settings) -> Cube:
    """Add the noise, filter, and map the amplitudes to those of the survey, in its unit."""
    values, gain = mix(raw, recipe, like, settings), _gain(like, raw.top, recipe.shape[2])
    mapped = np.interp(values, settings.amplitudes, like.quantiles).astype(np.float32)
    seismic = cut(mapped, recipe.shape) * gain
    return dataclasses.replace(raw.cube, seismic=_stripe(seismic, like, raw.top))


def mix(raw: Raw, recipe: Recipe, like: Likeness, settings: Settings) -> Volume:
    """Signal and noise at the ratio of their depth, filtered; of the rim's shape and about unit size."""
    size = recipe.shape[2]
    depth = np.arange(raw.signal.shape[2]) - (raw.signal.shape[2] - size) / 2 + raw.top
    level = 10 ** (-_at(settings.noise_db, like, depth) / 20)
    share = np.clip(_at(settings.wide, like, depth), 0, 1)
    both = raw.signal + raw.own * (level * np.sqrt(1 - share)).astype(np.float32)
    both += raw.wide * (level * np.sqrt(share)).astype(np.float32)
    both /= np.sqrt(1 + level**2).astype(np.float32)
    spectra = _nodes(like, settings.filters, raw.top, size)
    bank = make_bank(spectra)
    bank *= (np.sqrt((spectra**2).mean(axis=1)) / spectra.mean(axis=1).mean())[:, None].astype(np.float32)
    return imaging.ring(both, bank)


def _gain(like: Likeness, top: int, size: int) -> Volume:
    return np.asarray(like.gain[top : top + size], np.float32)


def _at(values: Curve, like: Likeness, depth: Any) -> Curve:
    """Values by depth window, the last axis but PARTS, between the windows' middles."""
    middles = 0.5 * (np.array(like.edges[1:]) + np.array(like.edges[:-1]))
    axis = 0 if values.ndim < 3 else 1
    if values.ndim == 1:
        return np.asarray(np.interp(depth, middles, values))
    place = float(np.interp(depth, middles, np.arange(len(middles))))
    low = min(int(place), values.shape[axis] - 1)
    high = min(low + 1, values.shape[axis] - 1)
    part = place - low
    return np.asarray((1 - part) * values.take(low, axis) + part * values.take(high, axis))


def _nodes(like: Likeness, spectra: Curve, top: int, size: int) -> Curve:
    """Spectra (NODES, FREQUENCIES) down a cube from those of the depth windows."""
    coarse = np.arange(spectra.shape[1]) / (2 * (spectra.shape[1] - 1))
    depths = np.linspace(top, top + size, NODES)
    return np.array([np.interp(FREQUENCIES, coarse, _at(spectra, like, depth)) for depth in depths])


def _stripe(seismic: Volume, like: Likeness, top: int) -> Volume:
    """Lay the survey's footprint over a cube."""
    for axis, (strength, period) in enumerate(like.footprint):
        if strength and seismic.shape[axis] > 1:
            stripe = 1 + strength * np.sin(2 * math.pi * np.arange(seismic.shape[axis]) / period + top)
            seismic = seismic * np.expand_dims(stripe, (1 - axis, 2)).astype(np.float32)
    return seismic
