"""Draws the tables of a cube's geology: faults in their sets, folds, channels, beds."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from odfault_synthetic.recipe import Range, Recipe

Table = NDArray[np.float64]
FINE = 4
"""Points of an impedance profile per sample."""


@dataclasses.dataclass(frozen=True)
class Geology:
    """The tables that the strain kernel reads (see ``strain`` for their columns)."""

    faults: Table
    folds: Table
    young: Table
    channels: Table
    cover: Table
    facies: Table
    profiles: Table
    first_bed: float


def log_even(rng: np.random.Generator, span: Range) -> float:
    """Draw evenly in the logarithm."""
    return float(np.exp(rng.uniform(*np.log(span))))


def draw_geology(recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator) -> Geology:
    """Draw everything under the ground for a cube of the given shape."""
    faulted = rng.random() >= recipe.unfaulted
    faults = draw_faults(recipe, shape, rng) if faulted else np.empty((0, 19))
    slope = log_even(rng, recipe.fold_slope)
    late = float(rng.uniform(0.0, 0.3)) if rng.random() < 0.5 else 0.0
    folds = draw_folds(shape, slope * (1 - late), rng)
    young = draw_folds(shape, min(slope * late, 0.15), rng)
    many = int(rng.integers(1, 4)) if rng.random() < recipe.channels else 0
    channels = np.array([draw_channel(shape, rng) for _ in range(many)]).reshape(many, 11)
    profiles, first = draw_profiles(recipe, shape[2], rng)
    facies = np.stack([draw_wave(shape, rng, 0.25) for _ in range(3)])
    return Geology(faults, folds, young, channels, draw_cover(recipe, shape, rng), facies, profiles, first)


def draw_faults(recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator) -> Table:
    """Draw a set of faults; the order of the rows is their age, youngest first."""
    kind = str(rng.choice(recipe.sets))
    count = int(rng.integers(recipe.faults[0], recipe.faults[1] + 1))
    if kind == "polygonal":
        count = 2 * count
    strike = rng.uniform(0, 2 * math.pi)
    dip = rng.uniform(*recipe.dip)
    tier = rng.uniform(0.3, 0.7) * shape[2]
    rows = []
    for n in range(count):
        azimuth = strike + math.radians(rng.normal(0, 10))
        steep = float(np.clip(dip + rng.normal(0, 6), recipe.dip[0], recipe.dip[1]))
        if kind == "conjugate" and rng.random() < 0.5:
            azimuth += math.pi
        if kind == "crossing" and n >= count // 2:
            azimuth += math.radians(rng.uniform(50, 110))
        if kind in ("random", "polygonal"):
            azimuth = rng.uniform(0, 2 * math.pi)
        if kind == "thrust":
            steep = rng.uniform(25, 50)
        row = draw_fault(recipe, shape, rng, azimuth=azimuth, dip=math.radians(steep))
        if kind == "thrust":
            row[12] *= -1
        if kind == "polygonal":
            row[2] = tier + rng.normal(0, 6)
            row[10], row[11] = rng.uniform(15, 50), rng.uniform(15, 45)
            row[12] *= min(1.0, 10 / abs(row[12]))
        rows.append(row)
    return np.array(rows)


def draw_fault(
    recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator, *, azimuth: float, dip: float
) -> NDArray[np.float64]:
    """Draw one fault: a slip ellipse whose length grows with its slip (Schlische et al., 1996)."""
    centre = [rng.uniform(-0.05, 1.05) * n for n in shape]
    slip = log_even(rng, recipe.throw) / math.sin(dip)
    length = float(np.clip(slip / log_even(rng, (0.03, 0.25)), 25, 400))
    height = length / rng.uniform(0.7, 2.2)
    oblique = rng.random() < 0.15
    rake = math.radians(rng.uniform(30, 150) if oblique else rng.normal(90, 10))
    if rng.random() < 0.1:
        slip = -slip
    listric = rng.uniform(0, 0.004) if rng.random() < 0.35 else 0.0
    wave = rng.uniform(*recipe.undulation) if rng.random() < 0.7 else 0.0
    drag = rng.uniform(0.1, 0.5) if rng.random() < 0.4 else 0.0
    row = [*centre, math.cos(azimuth), math.sin(azimuth), 1 / math.tan(dip), listric]
    row += [wave, rng.uniform(40, 160), rng.uniform(0, 2 * math.pi), length, max(height, 25.0)]
    row += [slip, math.sin(rake), math.cos(rake), length * rng.uniform(0.6, 1.5), rng.uniform(0.5, 1.0)]
    return np.array([*row, drag, rng.uniform(2, 8)])


def draw_wave(shape: tuple[int, int, int], rng: np.random.Generator, size: float) -> NDArray[np.float64]:
    """Draw a plane wave over the map: amplitude, two wave numbers, phase."""
    number = 2 * math.pi / (rng.uniform(0.5, 4) * max(shape[:2]))
    turn = rng.uniform(0, 2 * math.pi)
    phase = rng.uniform(0, 2 * math.pi)
    return np.array([rng.uniform(0, size), number * math.cos(turn), number * math.sin(turn), phase])


def draw_folds(shape: tuple[int, int, int], slope: float, rng: np.random.Generator) -> Table:
    """Draw folds, waves over the map that together are as steep as asked and may grow with depth."""
    waves = np.stack([draw_wave(shape, rng, 1.0) for _ in range(5)])
    numbers = np.hypot(waves[:, 1], waves[:, 2])
    waves[:, 0] /= numbers
    waves[:, 0] *= slope / max(float(np.abs(waves[:, 0] * numbers).sum()) * 0.7, 1e-9)
    growth = rng.uniform(-0.5, 1.0, 5) / shape[2] if rng.random() < 0.5 else np.zeros(5)
    return np.column_stack([waves, growth])


def draw_channel(shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a channel, filled with beds of elsewhere."""
    turn = rng.uniform(0, 2 * math.pi)
    width = rng.uniform(5, 30)
    row = [rng.uniform(0, shape[2]), rng.uniform(3, 14), rng.uniform(0, shape[0]), rng.uniform(0, shape[1])]
    row += [math.cos(turn), math.sin(turn), width, rng.uniform(0, 15), rng.uniform(60, 200)]
    return np.array([*row, rng.uniform(0, 2 * math.pi), rng.uniform(30, 80)])


def draw_cover(recipe: Recipe, shape: tuple[int, int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the unfaulted cover above an unconformity, or one far above the cube."""
    if rng.random() >= recipe.unconformity:
        return np.array([-1e9, 0, 0, 0, 0])
    depth = rng.uniform(0.05, 0.6) * shape[2]
    slope = rng.normal(0, 0.08, 2)
    return np.array([depth, slope[0], slope[1], rng.uniform(80, 200), rng.uniform(0, 1)])


def draw_profiles(recipe: Recipe, n_samples: int, rng: np.random.Generator) -> tuple[Table, float]:
    """Draw two logs of log impedance that share most beds, and the number of their first bed.

    Blocky beds with exponential thickness and heavy-tailed steps around a slow trend; averaged
    over one sample so that nothing aliases.
    """
    length = FINE * (3 * n_samples + 500)
    mean = log_even(rng, recipe.bed)
    tail = rng.uniform(3, 20)
    edges = np.cumsum(rng.exponential(mean * FINE, int(2.5 * length / (mean * FINE)) + 64))
    bed = np.searchsorted(edges, np.arange(length))
    values = rng.standard_t(tail, len(edges))
    memory = rng.uniform(-0.3, 0.6)
    for n in range(1, len(values)):
        values[n] += memory * values[n - 1]
    other = np.where(rng.random(len(values)) < 0.3, rng.standard_t(tail, len(values)), values)
    grain = rng.uniform(0.2, 1.6) * rng.standard_normal(length)
    logs = np.stack([values[bed], other[bed]]) + grain
    return uniform_filter1d(logs, FINE, axis=1), float(-n_samples - 200)
