"""Kernels of the bodies among the beds: gas, salt, channels, mounds, clinoforms."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from odfault_synthetic import strain
from odfault_synthetic.strain import HALF, ONE, ZERO, Real

Table = NDArray[np.float32]

FILL_COLUMNS = (
    "kind", "bed", "thickness", "x", "y", "azimuth_x", "azimuth_y", "half_width", "meander", "number",
    "phase", "shift", "slope",
)  # fmt: skip
CHANNEL, MOUND, CLINOFORM = range(3)
SALT_COLUMNS = (
    "x", "y", "z", "r_x", "r_y", "r_z", "bump", "number", "phase", "pull", "flank", "hard", "chaos",
)  # fmt: skip
GAS_COLUMNS = ("x", "y", "radius", "top", "soft", "dim", "sag")
JUMP = np.float32(8)
"""Beds that differ by more, from sample to sample, are those of another body."""


@njit(cache=True, nogil=True, error_model="numpy")
def noise_at(seed: int, i: int, j: int, k: int) -> Real:
    """Give a number from -1 to 1 that looks random, the same for the same place (an integer hash)."""
    h = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    h ^= (
        np.uint64(i) * np.uint64(73856093)
        ^ np.uint64(j) * np.uint64(19349663)
        ^ np.uint64(k) * np.uint64(83492791)
    )
    h = (h ^ (h >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    h = h ^ (h >> np.uint64(32))
    return np.float32(h & np.uint64(0xFFFFFF)) / np.float32(0x7FFFFF) - ONE


@njit(cache=True, nogil=True, error_model="numpy")
def lay_gas(gas: Table, point: Table, weak: Table) -> None:
    """Dim a trace under gas and let its events sag: sound is slow in gas."""
    for n in range(gas.shape[0]):
        dx, dy = point[0, 0] - gas[n, 0], point[1, 0] - gas[n, 1]
        column = math.exp(-(dx * dx + dy * dy) / (2.0 * gas[n, 2] * gas[n, 2]))
        if column < 0.01:
            continue
        top, per_fade, depths = gas[n, 3], ONE / gas[n, 4], point[2]
        dim, sag = np.float32(gas[n, 5] * column), np.float32(gas[n, 6] * column)
        for k in range(depths.shape[0]):
            below = min(max((depths[k] - top) * per_fade, ZERO), ONE)
            weak[k] = max(weak[k], dim * below)
            depths[k] -= sag * below


@njit(cache=True, nogil=True, error_model="numpy")
def lay_salt(salt: Table, point: Table, solid: NDArray[np.int8], edge: Table) -> None:
    """Mark what of a trace is in a salt body and where its face lies, and pull up the beds at its flank."""
    for n in range(salt.shape[0]):
        dx, dy = (point[0, 0] - salt[n, 0]) / salt[n, 3], (point[1, 0] - salt[n, 1]) / salt[n, 4]
        map_square = dx * dx + dy * dy
        if map_square > 16.0:
            continue
        turn = strain.wave(salt[n, 7] * point[0, 0] + salt[n, 8]) * strain.wave(salt[n, 7] * point[1, 0])
        rough = ONE + salt[n, 6] * turn
        before = np.float32(math.nan)
        middle, per_height, per_rough = salt[n, 2], ONE / salt[n, 5], ONE / rough
        per_flank, pull, depths = ONE / salt[n, 10], salt[n, 9], point[2]
        for k in range(depths.shape[0]):
            dz = (depths[k] - middle) * per_height
            rho = np.sqrt(map_square + dz * dz) * per_rough
            if (rho < ONE) != (before < ONE) and k > 0:
                edge[k] = (before - ONE) / (before - rho) - HALF
            before = rho
            if rho < ONE:
                solid[k] = n + 1
            else:
                out = (rho - ONE) * per_flank
                far = ONE + out * out
                depths[k] += pull / (far * far) if out < np.float32(6) else ZERO


@njit(cache=True, nogil=True, error_model="numpy")
def fill(fills: Table, x: Real, y: Real, bed: Real) -> Real:
    """Give the bed inside a channel's fill, a mound or clinoforms; the bed itself outside of them."""
    for n in range(fills.shape[0]):
        depth = bed - fills[n, 1]
        thick = fills[n, 2]
        if depth <= 0.0 or depth >= thick:
            continue
        dx, dy = x - fills[n, 3], y - fills[n, 4]
        along = dx * fills[n, 5] + dy * fills[n, 6]
        across = dy * fills[n, 5] - dx * fills[n, 6]
        across -= fills[n, 8] * strain.wave(along * fills[n, 9] + fills[n, 10])
        share = across / fills[n, 7]
        if fills[n, 0] == CHANNEL:
            if share * share < ONE and depth < thick * (ONE - share * share):
                return bed + fills[n, 11] + depth * fills[n, 12] * share
        elif fills[n, 0] == MOUND:
            share = share * share + (along / (2 * fills[n, 7])) ** 2
            if share < ONE and thick - depth < thick * (ONE - share):
                return bed + fills[n, 11] - fills[n, 12] * thick * (ONE - share)
        else:
            part = depth / thick - HALF  # steepest in the middle, tangent to base and top
            front = along + fills[n, 7] * part * (np.float32(4) + np.float32(16) * part * part)
            return bed + fills[n, 11] + fills[n, 12] * front
    return bed


@njit(cache=True, nogil=True, error_model="numpy")
def fill_trace(fills: Table, point: Table, bed: Table, edge: Table) -> None:
    """Give a trace the beds of what fills it, and find where between two samples a body begins or ends."""
    before, was = bed[0], ZERO
    first, last = fills[0, 1], ZERO  # beds that lie outside are those of no body
    for n in range(fills.shape[0]):
        first, last = min(first, fills[n, 1]), max(last, fills[n, 1] + fills[n, 2])
    for k in range(bed.shape[0]):
        here = bed[k]
        if first < here < last:
            bed[k] = fill(fills, point[0, k], point[1, k], here)
        shift = bed[k] - here
        if k > 0 and abs(shift - was) > JUMP and abs(here - before) < JUMP:
            low, high = ZERO, ONE
            for _ in range(4):
                middle = HALF * (low + high)
                x = point[0, k - 1] + middle * (point[0, k] - point[0, k - 1])
                y = point[1, k - 1] + middle * (point[1, k] - point[1, k - 1])
                at = before + middle * (here - before)
                if abs(fill(fills, x, y, at) - at - was) > JUMP:
                    high = middle
                else:
                    low = middle
            edge[k] = HALF * (low + high) - HALF
        before, was = here, shift
