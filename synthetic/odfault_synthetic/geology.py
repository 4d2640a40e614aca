"""Draws the ground of a cube: folds, unconformities, beds, and the bodies among them."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import lfilter

from odfault_synthetic import bodies, strain
from odfault_synthetic.bodies import CHANNEL, CLINOFORM, MOUND
from odfault_synthetic.faults import Size, draw_faults, log_even
from odfault_synthetic.lay import FACIES, FACIES_BEDS, FOLD, FOLD_GROWTH, TOPS, YOUNG
from odfault_synthetic.recipe import Recipe

Table = NDArray[np.float32]
FINE = 4
"""Points of an impedance profile per sample."""
MARGIN = 48.0
"""How far the maps reach beyond the cube, in samples: slip moves places along the map."""
STEP = 2.0
"""Distance of the maps' nodes."""


@dataclasses.dataclass(frozen=True)
class Geology:
    """The tables that the ground is laid by; see ``lay`` and ``strain`` for their columns.

    maps : (x nodes, y nodes, channels), ``STEP`` apart, from ``-MARGIN`` on
    spacing : distance of traces along x and y in samples; 0 along x for a section
    """

    faults: Table
    maps: Table
    spacing: tuple[float, float]
    covers: Table
    fills: Table
    salt: Table
    gas: Table
    profiles: Table
    first_bed: float
    shake: float
    shade: float
    facies_number: float
    seed: int


def draw_geology(recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator) -> Geology:
    """Draw everything under the ground for a cube of the given shape (inlines, crosslines, samples)."""
    spacing = draw_spacing(recipe, shape, rng)
    size: Size = (max(shape[0] * spacing[0], 1.0), shape[1] * spacing[1], float(shape[2]))
    buried = rng.random() < recipe.unconformity
    covers = _draw_covers(size, spacing[1], int(rng.integers(1, 4)) if buried else 0, rng)
    faulted = rng.random() >= recipe.unfaulted
    faults = draw_faults(recipe, size, len(covers) + 1, rng) if faulted else none(strain.FAULT_COLUMNS)
    profiles, first = draw_profiles(recipe, shape[2], rng)
    return Geology(
        faults=faults,
        maps=_draw_maps(recipe, size, spacing[1], covers, rng),
        spacing=spacing,
        covers=covers,
        fills=_draw_fills(recipe, size, spacing[1], rng),
        salt=_draw_salt(size, spacing[1], rng) if rng.random() < recipe.salt else none(bodies.SALT_COLUMNS),
        gas=_draw_gas(size, spacing[1], rng) if rng.random() < recipe.gas else none(bodies.GAS_COLUMNS),
        profiles=profiles,
        first_bed=first,
        shake=float(rng.uniform(0, 3)),
        shade=float(rng.uniform(0.2, 0.9)) if rng.random() < recipe.illumination else 0.0,
        facies_number=1 / float(rng.uniform(10, 60)),
        seed=int(rng.integers(1 << 31)),
    )


def none(columns: tuple[str, ...]) -> Table:
    """Give an empty table."""
    return np.empty((0, len(columns)), np.float32)


def draw_spacing(
    recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator
) -> tuple[float, float]:
    """Draw the distance of traces along both axes: mostly alike, now and then twice as far along one."""
    one = log_even(rng, recipe.sampling)
    other = one * float(rng.choice([1.0, 1.0, 1.0, rng.uniform(0.5, 2.0)]))
    pair = (one, float(np.clip(other, *recipe.sampling)))
    return (0.0, pair[1]) if shape[0] == 1 else pair


def map_nodes(size: Size) -> tuple[Table, Table]:
    """Places of the maps' nodes along x, as a column, and along y, as a row."""
    x, y = (np.arange(math.ceil((n + 2 * MARGIN) / STEP) + 2) * STEP - MARGIN for n in size[:2])
    return x[:, None].astype(np.float32), y[None, :].astype(np.float32)


def waves(size: Size, count: int, lengths: tuple[float, float], rng: np.random.Generator) -> Table:
    """Sum of plane waves over the map whose steepest slope is about 1; wave lengths in cube widths."""
    x, y = map_nodes(size)
    parts = rng.dirichlet(np.ones(count)) * 1.4
    drawn = rng.random((count, 3))
    numbers = 2 * math.pi / ((lengths[0] + (lengths[1] - lengths[0]) * drawn[:, 0]) * max(size[:2]))
    turns, phases = 2 * math.pi * drawn[:, 1], 2 * math.pi * drawn[:, 2]
    along = x * (numbers * np.cos(turns)).astype(np.float32)
    aside = (numbers * np.sin(turns)).astype(np.float32)[:, None] * y + phases.astype(np.float32)[:, None]
    loud = (parts / numbers).astype(np.float32)
    columns = np.concatenate([loud * np.sin(along), loud * np.cos(along)], axis=1)
    return np.asarray(columns @ np.concatenate([np.cos(aside), np.sin(aside)]))  # the sine of a sum


def domes(size: Size, rng: np.random.Generator) -> Table:
    """Draw a few domes and basins whose steepest slope is about 1 (Gaussian bumps, as Wu et al., 2019)."""
    x, y = map_nodes(size)
    total = np.zeros((x.shape[0], y.shape[1]), np.float32)
    for _ in range(int(rng.integers(1, 6))):
        radius = rng.uniform(0.1, 0.4) * max(size[:2])
        a, b = rng.uniform(0, 1, 2) * size[:2]
        bump = np.exp(-((x - a) ** 2) / (2 * radius**2)) * np.exp(-((y - b) ** 2) / (2 * radius**2))
        total += np.float32(rng.choice([-1, 1]) * rng.uniform(0.3, 1.6) * radius) * bump
    return total


def _draw_maps(recipe: Recipe, size: Size, apart: float, covers: Table, rng: np.random.Generator) -> Table:
    x, y = map_nodes(size)
    maps = np.zeros((x.shape[0], y.shape[1], TOPS + len(covers)), np.float32)
    slope = log_even(rng, recipe.fold_slope) / apart
    late = float(rng.uniform(0.0, 0.3)) if rng.random() < 0.5 else 0.0
    maps[..., YOUNG] = min(slope * late, 0.15 / apart) * waves(size, 3, (0.8, 4), rng)
    tilt = float(rng.uniform(*recipe.tilt)) / apart if rng.random() < 0.5 else 0.0
    turn = rng.uniform(0, 2 * math.pi)
    folds = domes(size, rng) if rng.random() < 0.3 else waves(size, 5, (0.4, 4), rng)
    maps[..., FOLD] = slope * folds + tilt * (math.cos(turn) * x + math.sin(turn) * y)
    if rng.random() < 0.5:  # amplitude grows or fades with depth: not similar folds any more
        maps[..., FOLD_GROWTH] = maps[..., FOLD] * float(rng.uniform(-0.5, 1.0) / size[2])
    facies = float(rng.uniform(*recipe.facies))
    maps[..., FACIES] = facies * np.sin(waves(size, 3, (0.3, 3), rng) * float(8 / max(size[:2])))
    maps[..., FACIES_BEDS] = facies * np.sin(waves(size, 3, (0.3, 3), rng) * float(8 / max(size[:2])))
    for n, cover in enumerate(covers):
        relief = float(rng.uniform(0, 0.25)) / apart * waves(size, 4, (0.3, 2.5), rng)
        turn, steep = rng.uniform(0, 2 * math.pi), rng.normal(0, 0.08) / apart
        plane = steep * (math.cos(turn) * (x - size[0] / 2) + math.sin(turn) * (y - size[1] / 2))
        maps[..., TOPS + n] = cover[0] + relief + plane
    return maps


def _draw_covers(size: Size, apart: float, count: int, rng: np.random.Generator) -> Table:
    """Draw unconformities, youngest first: depth, how far beds follow it (0 laps on), their number, tilt."""
    depths = np.sort(rng.uniform(0.05, 0.75, count)) * size[2]
    rows = [
        [
            depth,
            rng.choice([0.0, 1.0, rng.uniform(0, 1)]),
            rng.uniform(80, 200),
            *rng.normal(0, 0.04, 2) / apart,
        ]
        for depth in depths
    ]
    return np.array(rows, np.float32).reshape(count, 5)


def _draw_fills(recipe: Recipe, size: Size, apart: float, rng: np.random.Generator) -> Table:
    rows = []
    for kind, share, most in (
        (CHANNEL, recipe.channels, 4),
        (MOUND, recipe.mounds, 3),
        (CLINOFORM, recipe.clinoforms, 1),
    ):
        many = int(rng.integers(1, most + 1)) if rng.random() < share else 0
        rows += [_draw_fill(kind, size, apart, rng) for _ in range(many)]
    return np.array(rows, np.float32).reshape(len(rows), 13)


def _draw_fill(kind: int, size: Size, apart: float, rng: np.random.Generator) -> list[float]:
    """Draw a channel no steeper than a V, a mound no steeper than a reef, or clinoforms that dip gently.

    apart : distance of traces in samples; widths are drawn in traces
    """
    turn = rng.uniform(0, 2 * math.pi)
    bed, x, y = rng.uniform(0, size[2]), rng.uniform(0, size[0]), rng.uniform(0, size[1])
    half, thickness, slope = rng.uniform(6, 36), rng.uniform(3, 18), rng.uniform(-0.6, 0.6)
    meander = rng.uniform(0, 15)
    if kind == CHANNEL:
        thickness = min(thickness, 0.9 * half)
    if kind == MOUND:
        half, meander, slope = rng.uniform(14, 50), 0.0, rng.uniform(0, 0.6)
        thickness = min(thickness, 0.4 * half)
    if kind == CLINOFORM:
        thickness, front = rng.uniform(18, 60), rng.uniform(0.3, 1.6)
        half, slope = thickness / (4 * front), front * rng.uniform(0.4, 0.9) / apart
    row = [kind, bed, thickness, x, y, math.cos(turn), math.sin(turn), half * apart, meander * apart]
    return [*row, 1 / (rng.uniform(60, 200) * apart), rng.random(), rng.uniform(30, 80), slope]


def _draw_salt(size: Size, apart: float, rng: np.random.Generator) -> Table:
    """Draw a salt body with a rough face: a diapir whose root lies below the cube, or a sheet.

    Beds at its flank are turned up, by so much that they are not turned over.
    """
    rows = []
    for _ in range(1 if rng.random() < 0.8 else 2):
        wide = rng.uniform(0.12, 0.35, 2) * max(size[:2])
        tall, deep = rng.uniform(0.3, 1.1) * size[2], rng.uniform(0.8, 1.4) * size[2]
        if rng.random() < 0.2:
            wide, tall, deep = wide * 1.6, rng.uniform(0.06, 0.15) * size[2], rng.uniform(0.3, 0.8) * size[2]
        at = [rng.uniform(0, n) for n in size[:2]]
        face = [rng.uniform(0.03, 0.25), 1 / (rng.uniform(25, 120) * apart), rng.random()]
        flank = rng.uniform(0.25, 0.8)
        pull = rng.uniform(0.3, 1.0) * flank * min(tall, 1.3 * float(wide.min()) / apart, 90.0)
        inside = [rng.choice([-1, 1]) * rng.uniform(1.5, 6), rng.uniform(0, 0.7)]
        rows.append([*at, deep, *wide, tall, *face, pull, flank, *inside])
    return np.array(rows, np.float32)


def _draw_gas(size: Size, apart: float, rng: np.random.Generator) -> Table:
    rows = [
        [rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(6, 28) * apart,
         rng.uniform(0, 0.6) * size[2], rng.uniform(3, 20), rng.uniform(0.4, 0.97), rng.uniform(0, 4)]
        for _ in range(int(rng.integers(1, 4)))
    ]  # fmt: skip
    return np.array(rows, np.float32)


def draw_profiles(recipe: Recipe, n_samples: int, rng: np.random.Generator) -> tuple[Table, float]:
    """Draw two logs of log impedance that share most beds, and the number of their first bed.

    Blocky beds of exponential thickness with heavy-tailed, autoregressive values in packages of louder and
    quieter beds, a few strong markers, and a grain (as logs show: Walden and Hosken, 1986); averaged over
    one sample so that nothing aliases.
    """
    length = FINE * (3 * n_samples + 500)
    mean = log_even(rng, recipe.bed)
    edges = np.cumsum(rng.exponential(mean * FINE, int(2.0 * length / (mean * FINE)) + 64))
    thick = np.diff(np.minimum(edges.astype(int) + 1, length), prepend=0)
    values = rng.standard_t(log_even(rng, recipe.tails), (2, len(edges)))
    values = lfilter([1], [1, -rng.uniform(-0.3, 0.6)], values, axis=1)
    loud = uniform_filter1d(rng.standard_normal(len(edges)), max(3, int(40 / mean)), mode="wrap")
    values *= np.exp(rng.uniform(0, 0.6) * loud / (loud.std() + 1e-9))
    marks = rng.random(len(edges)) < rng.uniform(0, 0.02)
    values[:, marks] += rng.choice([-1, 1], int(marks.sum())) * rng.uniform(2, 6)
    other = np.where(rng.random(len(edges)) < 0.4, values[1], values[0])
    grain = rng.uniform(0.1, 1.2) * rng.standard_normal(length)
    logs = np.repeat(np.stack([values[0], other]), thick, axis=1) + grain
    return uniform_filter1d(logs, FINE, axis=1, output=np.float32), float(-n_samples - 200)
