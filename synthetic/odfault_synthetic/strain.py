"""The strain kernels: from where a sample is now to the bed it was laid down in.

They work on one trace at a time, in float32, and run in one thread: cubes are drawn beside each other, not
split, so that a cube's bytes do not depend on how many threads there are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Table = NDArray[np.float32]
Column = NDArray[np.float32]
Real = Any
"""A float32: kernels stay in single precision."""

FAULT_COLUMNS = (
    "x", "y", "z",  # centre
    "strike_x", "strike_y",  # unit vector along strike; the fault dips to its left
    "cot_dip", "listric", "steepest",  # horizontal run per sample down, its growth, depth from which it grows
    "wave", "wave_number", "wave_phase",  # undulation along strike; numbers in turns per sample
    "ramp", "ramp_number", "ramp_phase",  # undulation down the dip
    "half_length", "half_height",  # of the slip ellipse
    "slip", "rake_sin", "rake_cos",  # largest slip and its direction
    "reach", "hanging",  # how far the walls are strained, the hanging wall's share
    "drag", "drag_width",  # share of the slip taken up by bending beside the surface
    "growth_top", "growth_rate",  # where the throw begins, and by what share it grows per sample down
    "damage", "damage_width",  # how dim the rock beside it is, and how far
    "bound",  # no trace further than this from the centre, across the strike, is touched
    "episode",  # how many unconformities are younger
    "slot", "master", "side",  # its number as a master, the master it ends at, on which side of it
)  # fmt: skip
(
    X, Y, Z, STRIKE_X, STRIKE_Y, COT_DIP, LISTRIC, STEEPEST, WAVE, WAVE_NUMBER, WAVE_PHASE,
    RAMP, RAMP_NUMBER, RAMP_PHASE, HALF_LENGTH, HALF_HEIGHT, SLIP, RAKE_SIN, RAKE_COS, REACH, HANGING,
    DRAG, DRAG_WIDTH, GROWTH_TOP, GROWTH_RATE, DAMAGE, DAMAGE_WIDTH, BOUND, EPISODE, SLOT, MASTER, SIDE,
) = range(len(FAULT_COLUMNS))  # fmt: skip
TURN = np.float32(2 * math.pi)
ZERO, QUARTER, HALF, ONE, TWO = (np.float32(n) for n in (0, 0.25, 0.5, 1, 2))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def wave(turns: Real) -> Real:
    """Give a wave of period 1 within 0.1 % of a sine, by arithmetic that the compiler lays side by side."""
    t = turns - np.floor(turns + HALF)
    s = np.float32(8) * t * (ONE - TWO * abs(t))
    return s * (np.float32(0.775) + np.float32(0.225) * abs(s))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def bell(r: Real) -> Real:
    """Give the slip at normalised radius r, 1 at the centre and 0 at the tip (Walsh and Watterson, 1987)."""
    r = min(r, ONE)
    half = HALF * (ONE + r)
    return TWO * np.sqrt(max(half * half - r * r, ZERO)) * (ONE - r)


ROWS = ("x", "y", "z", "gate", "distance", "away", "throw", "slope", "bend", "slip", "fall")
"""Rows of a trace's buffer: where its samples are now, and what ``slip_back`` says about one fault."""
PITCH = 4160
"""Length of a row, enough for the longest trace of a recipe with its rim. A number known beforehand tells the
compiler that rows do not overlap."""
XS, YS, ZS, GATE, DISTANCE, AWAY, THROW, SLOPE, BEND, SIZE, FALL = (PITCH * n for n in range(len(ROWS)))


@njit(cache=True, nogil=True, error_model="numpy")
def slip_back(fault: Column, spacing: Column, buffer: Column, samples: int) -> None:
    """Undo one fault along a piece of a trace, in place.

    The slip is largest at the centre, none on an ellipse around it, and fades away from the surface
    (Walsh and Watterson, 1987; reverse drag as in Barnett et al., 1987).

    fault : a row of the fault table
    spacing : (2,) distance of traces along x and y, in samples
    buffer : rows as in ``ROWS``, ``PITCH`` apart, one after the other, beginning at the first sample; x, y, z
        are moved; read: gate, 1 where the fault is, 0 where it ends at another; written: distance to the
        surface in samples, the same along the grid's axis that crosses it most, throw on the surface, slope
        (run per sample down), bend (run per sample along), slip, and by how much a sample would go up if
        the gate were open
    samples : how many
    """
    sx, sy = fault[STRIKE_X], fault[STRIKE_Y]
    cot, listric, steepest = fault[COT_DIP], fault[LISTRIC], fault[STEEPEST]
    per_length, per_height, per_reach = ONE / fault[HALF_LENGTH], ONE / fault[HALF_HEIGHT], ONE / fault[REACH]
    per_drag = ONE / fault[DRAG_WIDTH]
    for k in range(samples):
        dx, dy, w = buffer[k] - fault[X], buffer[YS + k] - fault[Y], buffer[ZS + k] - fault[Z]
        along = dx * sx + dy * sy
        across = dy * sx - dx * sy
        turns = along * fault[WAVE_NUMBER] + fault[WAVE_PHASE]
        steps = w * fault[RAMP_NUMBER] + fault[RAMP_PHASE]
        curved = max(w, steepest)
        run = cot * w + listric * (TWO * w * curved - curved * curved)
        run += fault[WAVE] * wave(turns) + fault[RAMP] * wave(steps)
        slope = cot + TWO * listric * curved
        slope += fault[RAMP] * TURN * fault[RAMP_NUMBER] * wave(steps + QUARTER)
        bend = fault[WAVE] * TURN * fault[WAVE_NUMBER] * wave(turns + QUARTER)
        lean = ONE + slope * slope
        steep = ONE / np.sqrt(lean)
        u = (across - run) / np.sqrt(lean + bend * bend)
        one, two = along * per_length, w * lean * steep * per_height
        grown = min(max((w - fault[GROWTH_TOP]) * fault[GROWTH_RATE], ZERO), ONE)
        whole = fault[SLIP] * bell(np.sqrt(one * one + two * two)) * grown
        size = whole * buffer[GATE + k]
        far = max(ZERO, ONE - abs(u) * per_reach)
        near = u * per_drag
        bent = ONE - fault[DRAG] / (ONE + near * near)
        share = fault[HANGING] if u > ZERO else fault[HANGING] - ONE
        part = far * far * bent * share
        move = size * part
        down = move * fault[RAKE_SIN] * steep
        sideways = move * fault[RAKE_COS]
        most = max(max(abs(sy + bend * sx) * spacing[0], abs(sx - bend * sy) * spacing[1]), abs(slope))
        buffer[k] -= sideways * sx - down * slope * sy
        buffer[YS + k] -= sideways * sy + down * slope * sx
        buffer[ZS + k] -= down
        buffer[DISTANCE + k] = u
        buffer[AWAY + k] = (across - run) / most
        buffer[THROW + k] = size * (ONE - fault[DRAG]) * fault[RAKE_SIN] * steep
        buffer[SLOPE + k] = slope
        buffer[BEND + k] = bend
        buffer[SIZE + k] = size
        buffer[FALL + k] = whole * part * fault[RAKE_SIN] * steep


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def corner(maps: Table, grid: Table, x: Real, y: Real) -> tuple[int, int, Real, Real]:
    """Find the node of maps (x nodes, y nodes, channels) before a place, and how far it is to the next.

    Beyond the maps' rim, their rim is told. grid : (4,) as in ``lay``; the step is a power of two.
    """
    per_step = ONE / grid[2]
    p = min(max((x + grid[3]) * per_step, ZERO), np.float32(maps.shape[0]) - np.float32(1.001))
    q = min(max((y + grid[3]) * per_step, ZERO), np.float32(maps.shape[1]) - np.float32(1.001))
    i, j = int(p), int(q)
    return i, j, p - np.float32(i), q - np.float32(j)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def between(maps: Table, i: int, j: int, p: Real, q: Real, channel: int) -> Real:
    """Give the value of a map behind a corner."""
    low = maps[i, j, channel] + q * (maps[i, j + 1, channel] - maps[i, j, channel])
    high = maps[i + 1, j, channel] + q * (maps[i + 1, j + 1, channel] - maps[i + 1, j, channel])
    return low + p * (high - low)


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def bilinear(maps: Table, grid: Table, channel: int, x: Real, y: Real) -> Real:
    """Give the value of a map at a place; beyond its rim, that of the rim."""
    i, j, p, q = corner(maps, grid, x, y)
    return between(maps, i, j, p, q, channel)


@njit(cache=True, nogil=True, error_model="numpy")
def spread(depths: Column, centre: Real, half: Real) -> tuple[int, int]:
    """Find the range of a trace's samples outside of which none lies within ``half`` of a depth."""
    begin, end = 0, depths.shape[0]
    while begin < end and abs(depths[begin] - centre) >= half:
        begin += 1
    while end > begin and abs(depths[end - 1] - centre) >= half:
        end -= 1
    return begin, end


@njit(cache=True, nogil=True, error_model="numpy")
def misses(fault: Column, x: Real, y: Real, slack: Real) -> bool:
    """Tell whether no sample of a trace at x, y can be touched, should it have moved by ``slack`` before."""
    dx, dy = x - fault[X], y - fault[Y]
    along = abs(dx * fault[STRIKE_X] + dy * fault[STRIKE_Y])
    across = abs(dy * fault[STRIKE_X] - dx * fault[STRIKE_Y])
    return bool(along >= fault[HALF_LENGTH] + slack or across >= fault[BOUND] + slack)
