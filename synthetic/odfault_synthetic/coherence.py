"""How alike neighbouring traces are along their dip, and where that breaks."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import (
    gaussian_filter,
    maximum_filter1d,
    minimum_filter1d,
    uniform_filter,
    uniform_filter1d,
)

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
SLACK = 2
"""Traces to each side that a trace is compared with."""
DROP = (1.3, 1.6)
"""A sample is broken where what it has apart is so many times that of its region, in lines and in volumes."""
LITTLE = 0.02
"""And more by this: where there is no noise, the least curve is many times nothing."""


def compare(lines: Volume, height: int, tall: int) -> tuple[Mask, Volume, tuple[float, float]]:
    """Compare the traces of lines (lines, traces, samples) along their dips.

    Returns where they are broken, the semblance of the region, and what the noise of neighbours shares.
    """
    common, energy, rest = (np.empty_like(lines) for _ in range(3))
    live = np.asarray(lines.any(axis=2))
    for n, line in enumerate(lines):
        stack(line, live[n], dips(line, height), SLACK, common[n], energy[n], rest[n])
    pairs = live[:, 1:] & live[:, :-1]
    one, two = rest[:, 1:][pairs], rest[:, :-1][pairs]
    shared = float(np.vdot(one, two)), float(np.vdot(one, one))
    for part in (common, energy):
        uniform_filter1d(part, min(3, len(part)), axis=0, output=part, mode="nearest")
    sizes = min(len(lines), 13), 25, 9 * height
    local = _share(
        *(uniform_filter1d(part, 2 * height + 1, axis=2, mode="nearest") for part in (common, energy))
    )
    region = _share(*(uniform_filter(part, sizes, mode="nearest") for part in (common, energy)))
    broken = 1 - local > DROP[len(lines) > 1] * (1 - region) + LITTLE
    return stand_out(broken, tall), region, shared


def dips(line: Volume, height: int) -> Volume:
    """Dip of the region in samples per trace, at most 4."""
    across = gaussian_filter(line, (1.0, 1.0), order=(1, 0))
    down = gaussian_filter(line, (1.0, 1.0), order=(0, 1))
    products = across * across, down * down, across * down
    one, two, both = (uniform_filter(part, (15, 6 * height), mode="nearest") for part in products)
    turn = 0.5 * np.arctan2(2 * both, two - one)
    return np.asarray(np.clip(-np.tan(turn), -4, 4), np.float32)


def _share(common: Volume, energy: Volume) -> Volume:
    ratio = np.zeros_like(common)
    np.divide(common, energy, out=ratio, where=energy > 0)
    return ratio


@njit(cache=True, nogil=True, error_model="numpy")
def stack(
    line: Volume, live: Mask, dip: Volume, slack: int, common: Volume, energy: Volume, rest: Volume
) -> None:
    """Add up the traces about each sample along its dip.

    line   : (traces, samples)     amplitudes
    live   : (traces,)             False: a dead trace, which is left out
    dip    : (traces, samples)     samples per trace
    slack  : traces to each side
    common : (traces, samples)     written: square of the sum of n live traces
    energy : (traces, samples)     written: n times the sum of their squares
    rest   : (traces, samples)     written: what the sample has beyond the mean of the traces
    """
    traces, samples = line.shape
    for i in range(traces):
        for k in range(samples):
            total, square, count = 0.0, 0.0, 0
            for other in range(max(0, i - slack), min(traces, i + slack + 1)):
                at = k + dip[i, k] * (other - i)
                whole = int(np.floor(at))
                if not live[other] or whole < 1 or whole > samples - 3:
                    continue
                t = at - whole
                a, b, c, d = (
                    line[other, whole - 1], line[other, whole], line[other, whole + 1], line[other, whole + 2]
                )  # fmt: skip
                value = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
                total += value
                square += value * value
                count += 1
            common[i, k] = total * total
            energy[i, k] = count * square
            rest[i, k] = line[i, k] - total / count if count else 0.0


def stand_out(broken: Mask, tall: int) -> Mask:
    """Keep what is broken over a whole window of samples, give or take a trace."""
    for axis in (0, 1):
        broken = maximum_filter1d(broken, 3, axis=axis, mode="nearest")
    thin = minimum_filter1d(broken, tall, axis=2, mode="nearest")
    return np.asarray(maximum_filter1d(thin, tall, axis=2, mode="nearest"))


def lateral_resolution(rest: list[tuple[float, float]]) -> float:
    """Give the deviation, in traces, of the Gaussian that makes white noise as alike as this is.

    Notes
    -----
    The power of such noise is ``exp(-4 pi^2 s^2 k^2)`` at k turns per trace; here it has lost the mean of
    ``2 SLACK + 1`` traces. How alike neighbours are then, for each s, is summed up and read backwards.
    """
    product, power = (sum(part) for part in zip(*rest, strict=True))
    turns, deviations = np.linspace(0, 0.5, 101), np.linspace(0.2, 2, 37)
    far = np.arange(1, SLACK + 1)
    kept = 1 - (1 + 2 * np.cos(2 * math.pi * np.outer(far, turns)).sum(axis=0)) / (2 * SLACK + 1)
    powers = np.exp(-4 * math.pi**2 * np.outer(deviations**2, turns**2)) * kept**2
    alike = (powers * np.cos(2 * math.pi * turns)).sum(axis=1) / powers.sum(axis=1)
    return float(np.interp(product / power if power > 0 else -1.0, alike, deviations))
