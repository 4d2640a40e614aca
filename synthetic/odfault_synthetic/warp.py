"""The kernels that cut faults into real data: where a sample came from, and what stood there."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from odfault_synthetic import lay, strain
from odfault_synthetic.labels import BACKGROUND
from odfault_synthetic.sinc import fetch
from odfault_synthetic.strain import HALF, ONE, TWO, ZERO, Column, Real, Table

Volume = NDArray[np.float32]
BLUR = np.float32(3)
"""Standard deviations beyond which one wall does not show on the other."""
LIT = np.float32(0.7)
"""How much of the energy is kept that two walls lose where they do not match: faults are dimmer, not dark."""
X, Y, Z = range(3)
GATE, TRAIL = 3, 4


@njit(cache=True, nogil=True, error_model="numpy")
def follow(fault: Column, spacing: Column, points: Table, trail: Table) -> None:
    """Say what one fault does at points.

    points : (3, n) x, y, z in samples; at most ``strain.PITCH``
    trail  : (rows as in ``strain.ROWS``, n) written: what ``strain.slip_back`` says about it
    """
    rows = np.zeros((len(strain.ROWS), strain.PITCH), np.float32)
    n = points.shape[1]
    rows[:3, :n] = points
    rows[GATE] = ONE
    strain.slip_back(fault, spacing, rows.reshape(-1), n)
    trail[:] = rows[:, :n]


@njit(cache=True, nogil=True, error_model="numpy")
def cross(
    fault: Column, spacing: Column, blur: Column, rows: Table, ghost: Table, own: Column, k: int
) -> None:
    """Where the other wall of a fault shows on a sample, say where that came from, and how much.

    A step seen through a Gaussian of some width is its integral; of the faults of a sample, the one that
    shows most counts.

    spacing : (2,) distance of traces in samples
    blur    : standard deviation of the resolution, in traces and in samples
    rows    : what ``slip_back`` wrote for the sample
    ghost   : (3, samples) written: x, y, z of the other wall's sample
    own     : (samples,) share of its own wall in the sample, changed
    """
    u, slope, bend, size = rows[4, k], rows[7, k], rows[8, k], rows[9, k]
    sx, sy = fault[strain.STRIKE_X], fault[strain.STRIKE_Y]
    across_x, across_y = (sy + bend * sx) * spacing[0], (sx - bend * sy) * spacing[1]
    wide = (across_x * across_x + across_y * across_y) * blur[0] * blur[0] + slope * slope * blur[1] * blur[1]
    lean = ONE + slope * slope
    away = abs(u) * math.sqrt((lean + bend * bend) / max(wide, np.float32(1e-9)))
    if size == ZERO or away >= BLUR:
        return
    share = np.float32(0.5 + 0.5 * math.erf(away * 0.7071068))
    if share >= own[k]:
        return
    own[k] = share
    near, far = u / fault[strain.DRAG_WIDTH], max(ZERO, ONE - abs(u) / fault[strain.REACH])
    jump = size * far * far * (ONE - fault[strain.DRAG] / (ONE + near * near))
    jump = jump if u > ZERO else -jump
    down = jump * fault[strain.RAKE_SIN] / math.sqrt(lean)
    sideways = jump * fault[strain.RAKE_COS]
    ghost[X, k] = rows[X, k] + sideways * sx - down * slope * sy
    ghost[Y, k] = rows[Y, k] + sideways * sy + down * slope * sx
    ghost[Z, k] = rows[Z, k] + down


@njit(cache=True, nogil=True, error_model="numpy")
def warp(
    faults: Table,
    spacing: Column,
    resolve: Column,
    blur: Column,
    likeness: Real,
    weights: Table,
    volume: Volume,
    usable: NDArray[np.bool_],
    live: NDArray[np.bool_],
    quiet: NDArray[np.bool_],
    moved: Volume,
    labels: NDArray[np.uint8],
    about: Volume,
    sure: NDArray[np.bool_],
) -> None:
    """Cut faults into a volume: each sample is fetched, once, from where the faults took it.

    faults   : fault table, youngest first
    spacing  : (2,) distance of traces along x and y, in samples
    resolve  : (2,) throw below which a fault is nothing, and from which it is seen, in samples
    blur     : (3,) standard deviation of the resolution, in traces and in samples; peak frequency in cycles
        per sample, which says how alike a trace is to itself further down
    likeness : share of the energy that neighbouring traces have in common
    weights  : of ``interpolator``
    volume   : (x, y, z) what there is; no longer than ``strain.PITCH``
    usable   : (x, y) whether all traces that an interpolation there needs are alive
    live     : (x, y) traces that are alive; others are left as they are
    quiet    : (x, y, z) where there was no sign of a fault
    moved    : (x, y, z) written where anything moves; elsewhere left as it is
    labels   : (x, y, z) written: words, of these faults alone
    about    : (3, x, y, z), zeros, written at labels: throw, dip, strike
    sure     : (x, y, z) written: whether what now is here came from a quiet place
    """
    n_samples = volume.shape[2]
    rows = np.zeros((len(strain.ROWS), strain.PITCH), np.float32)
    other = np.zeros((len(strain.ROWS), strain.PITCH), np.float32)
    own, at = np.empty(n_samples, np.float32), np.empty(3, np.float32)
    weak, none = np.empty(n_samples, np.float32), np.zeros(n_samples, np.int8)
    for i in range(volume.shape[0]):
        for j in range(volume.shape[1]):
            labels[i, j] = BACKGROUND
            sure[i, j] = quiet[i, j]
            if not live[i, j]:
                continue
            x, y = np.float32(i) * spacing[0], np.float32(j) * spacing[1]
            for k in range(n_samples):
                rows[X, k], rows[Y, k], rows[Z, k] = x, y, np.float32(k)
            other[:3] = rows[:3]
            rows[GATE], other[GATE], own[:], weak[:] = ONE, ONE, ONE, ZERO
            for n in range(faults.shape[0]):
                fault = faults[n]
                slack = fault[strain.REACH]  # older faults: a sample may have been moved, never so far
                if strain.misses(fault, x, y, slack if n else ZERO):
                    continue
                centre, half = fault[strain.Z], fault[strain.HALF_HEIGHT]
                one, two = strain.spread(rows[Z, :n_samples], centre, half)
                three, four = strain.spread(other[Z, :n_samples], centre, half)
                begin, end = min(one, three), max(two, four)
                if begin >= end:
                    continue
                strain.slip_back(fault, spacing, rows.reshape(-1)[begin:], end - begin)
                strain.slip_back(fault, spacing, other.reshape(-1)[begin:], end - begin)
                for k in range(begin, end):
                    cross(fault, spacing, blur, rows, other, own, k)
                    if abs(rows[5, k]) <= lay.THIN:
                        lay.mark(fault, rows[TRAIL:, k], resolve, spacing, labels[i, j], about[:, i, j], k)
                if fault[strain.DAMAGE] > ZERO:
                    lay.break_rock(fault, rows.reshape(-1)[begin:], none[begin:end], weak[begin:end])
            for k in range(n_samples):
                if rows[X, k] == x and rows[Y, k] == y and rows[Z, k] == np.float32(k) and own[k] == ONE:
                    continue
                at[X], at[Y] = _trace(rows[X, k], x, i, spacing[0]), _trace(rows[Y, k], y, j, spacing[1])
                at[Z] = rows[Z, k]
                came = int(at[Z] + HALF)
                p = min(max(int(at[X] + HALF), 0), volume.shape[0] - 1)
                q = min(max(int(at[Y] + HALF), 0), volume.shape[1] - 1)
                sure[i, j, k] = 0 <= came < n_samples and quiet[p, q, came] and live[p, q]
                value = fetch(volume, usable, weights, at)
                if own[k] < ONE:
                    at[X] = _trace(other[X, k], x, i, spacing[0])
                    at[Y] = _trace(other[Y, k], y, j, spacing[1])
                    at[Z] = other[Z, k]
                    rest = ONE - own[k]
                    value = own[k] * value + rest * fetch(volume, usable, weights, at)
                    jump = (rows[Z, k] - other[Z, k]) * blur[2]
                    alike = likeness * max(ZERO, math.exp(-4 * jump * jump) * math.cos(strain.TURN * jump))
                    value *= (ONE - TWO * own[k] * rest * (ONE - alike)) ** (-HALF * LIT)
                moved[i, j, k] = value * (ONE - weak[k] * likeness)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _trace(place: Real, start: Real, number: int, step: Real) -> Real:
    """Turn a place in samples into one in traces, a section's own trace where they are no distance apart."""
    return np.float32(number) + (place - start) / step if step > ZERO else np.float32(number)
