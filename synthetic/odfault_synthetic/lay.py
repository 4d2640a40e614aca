"""The kernel that lays the ground: every sample's bed, its reflectivity, and the faults that pass there."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from odfault_synthetic import strain
from odfault_synthetic.bodies import fill_trace, lay_gas, lay_salt, noise_at
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.strain import HALF, ONE, ZERO, Real, bilinear

Table = NDArray[np.float32]
Volume = NDArray[np.float32]

YOUNG, FOLD, FOLD_GROWTH, FACIES, FACIES_BEDS, TOPS = range(6)
"""Channels of the maps; from ``TOPS`` on, one for each unconformity, youngest first."""
COVER_COLUMNS = ("depth", "conform", "shift", "tilt_x", "tilt_y")
UNLIT = np.float32(0.8)
"""A sample dimmed by more than this shows nothing for sure."""
THIN = np.float32(1.5)
DEGREES = np.float32(180 / math.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def open_gate(fault: Table, signs: NDArray[np.int8], gate: Table) -> None:
    """Let a fault be everywhere, or only on its side of the master at which it ends."""
    master = int(fault[strain.MASTER])
    for k in range(gate.shape[0]):
        gate[k] = ONE if master < 0 or signs[master, k] == fault[strain.SIDE] else ZERO


@njit(cache=True, nogil=True, error_model="numpy")
def mark(
    fault: Table,
    trail: Table,
    resolve: Table,
    spacing: Table,
    labels: NDArray[np.uint8],
    about: Table,
    k: int,
) -> None:
    """Label one sample beside one fault, and say the fault's throw, dip and strike there.

    trail  : what ``slip_back`` wrote for this sample, from its distance on
    labels : (samples,) written; the surface is one sample thin along the axis that crosses it most
    about  : (3, samples) written where labelled: throw in samples, dip and strike in degrees
    """
    away, throw = trail[1], abs(trail[2])
    if throw < resolve[0] or not -THIN < away <= THIN:
        return
    on = -strain.HALF < away <= strain.HALF
    word = UNRESOLVED if throw < resolve[1] else (FAULT if on else BESIDE)
    rank = 3 if word == FAULT else 2 if word == BESIDE else 1
    old = labels[k]
    if rank <= (3 if old == FAULT else 2 if old == BESIDE else 1 if old == UNRESOLVED else 0):
        return
    labels[k] = word
    sx, sy, slope, bend = fault[strain.STRIKE_X], fault[strain.STRIKE_Y], trail[3], trail[4]
    across_x, across_y = -(sy + bend * sx) * spacing[0], (sx - bend * sy) * spacing[1]
    about[0, k] = throw
    about[1, k] = DEGREES * math.atan2(math.sqrt(across_x**2 + across_y**2), abs(slope))
    turn = math.atan2(across_y, across_x) if slope >= 0.0 else math.atan2(-across_y, -across_x)
    about[2, k] = (DEGREES * turn + np.float32(270.0)) % np.float32(360.0)


@njit(cache=True, nogil=True, error_model="numpy")
def break_rock(
    fault: Table, trail: Table, begin: int, end: int, done: NDArray[np.int8], weak: Table, loose: Table
) -> None:
    """Dim and shake the rock of a damage zone, the more the larger the slip."""
    for k in range(begin, end):
        near = trail[0, k] / fault[strain.DAMAGE_WIDTH]
        if near * near < 9.0 and not done[k]:
            size = min(abs(trail[5, k]) / np.float32(8), ONE) / (ONE + near * near) ** 2
            weak[k] = max(weak[k], fault[strain.DAMAGE] * size)
            loose[k] = max(loose[k], fault[strain.DAMAGE] * size)


@njit(cache=True, nogil=True, error_model="numpy")
def lay(
    faults: Table,
    maps: Table,
    grid: Table,
    covers: Table,
    fills: Table,
    salt: Table,
    gas: Table,
    profiles: Table,
    numbers: Table,
    resolve: Table,
    seed: int,
    reflectivity: Volume,
    labels: NDArray[np.uint8],
    about: Volume,
    beds: Volume,
) -> None:
    """Lay the ground of a cube, trace by trace: map back to the beds, mark faults, take the contrasts.

    The chain runs from the youngest event to the oldest: gas, salt, young folds, then episode by episode the
    faults and the unconformity below whose cover they do not reach, then old folds, then channels, mounds
    and clinoforms among the beds.

    faults   : fault table, youngest first, episodes together
    maps     : (x nodes, y nodes, channels) shifts in samples, shares of facies, heights of unconformities
    grid     : (4,) distance of traces along x and y, step and margin of the maps, in samples
    covers, fills, salt, gas : tables of the columns above
    profiles : (2, points) log impedance of two logs that the facies blend
    numbers  : (6,) first bed and points a sample of the profiles, shake of damage zones, shade under faults,
        facies wave number, slack (how far a sample may be moved along the map)
    resolve  : (2,) throw below which a fault is nothing, and from which it is seen, in samples
    reflectivity, labels, beds : (x, y, z), written
    about    : (3, x, y, z), zeros, written at labels: throw, dip, strike
    """
    n_samples = labels.shape[2]
    rows = np.zeros((len(strain.ROWS), strain.PITCH), np.float32)
    point = rows[:3, :n_samples]
    slots = 1
    for n in range(faults.shape[0]):
        slots = max(slots, int(faults[n, strain.SLOT]) + 1)
    signs = np.zeros((slots, n_samples), np.int8)
    weak, loose, edge = np.empty((3, n_samples), np.float32)
    solid, done, taken = np.empty((3, n_samples), np.int8)
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            weak[:], loose[:], edge[:], solid[:], done[:], signs[:] = ZERO, ZERO, ZERO, 0, 0, 0
            x, y = np.float32(i) * grid[0], np.float32(j) * grid[1]
            shift = bilinear(maps, grid[2], grid[3], YOUNG, x, y)
            for k in range(n_samples):
                point[0, k], point[1, k], point[2, k] = x, y, np.float32(k) + shift
            words, told, bed, trace = labels[i, j], about[:, i, j], beds[i, j], reflectivity[i, j]
            words[:] = BACKGROUND
            lay_gas(gas, point, weak)
            lay_salt(salt, point, solid, edge)
            taken[:] = solid
            episode = 0
            for n in range(faults.shape[0]):
                while episode < int(faults[n, strain.EPISODE]):
                    bury(covers[episode], maps, grid, TOPS + episode, point, done, taken, bed, edge)
                    episode += 1
                if not strain.misses(faults[n], x, y, numbers[5]):
                    unfault(
                        faults[n],
                        grid,
                        rows,
                        signs,
                        resolve,
                        taken,
                        words,
                        told,
                        weak,
                        loose,
                    )
            while episode < covers.shape[0]:
                bury(covers[episode], maps, grid, TOPS + episode, point, done, taken, bed, edge)
                episode += 1
            for k in range(n_samples):
                if weak[k] > UNLIT and words[k] != BACKGROUND:
                    words[k] = UNRESOLVED
                if not done[k]:
                    bed[k] = point[2, k] + bilinear(maps, grid[2], grid[3], FOLD, point[0, k], point[1, k])
                    grown = bilinear(maps, grid[2], grid[3], FOLD_GROWTH, point[0, k], point[1, k])
                    bed[k] += point[2, k] * grown
            if fills.shape[0]:
                fill_trace(fills, point, bed, edge)
            for k in range(n_samples):
                if loose[k] > ZERO:
                    bed[k] += numbers[2] * loose[k] * noise_at(seed, i, j, k)
            listen(maps, grid, point, bed, profiles, numbers, trace)
            for k in range(n_samples):
                if solid[k]:  # the top of salt is a contrast, inside there is only a murmur
                    at, top = salt[solid[k] - 1], k > 0 and not solid[k - 1]
                    trace[k] = at[11] if top else at[12] * noise_at(seed, i, j, k)
                elif k > 0 and solid[k - 1]:
                    trace[k] = -salt[solid[k - 1] - 1, 11]
            soften(trace, edge)
            darken(trace, weak, loose, numbers[3])


@njit(cache=True, nogil=True, error_model="numpy")
def unfault(
    fault: Table,
    grid: Table,
    rows: Table,
    signs: NDArray[np.int8],
    resolve: Table,
    taken: NDArray[np.int8],
    labels: NDArray[np.uint8],
    about: Table,
    weak: Table,
    loose: Table,
) -> None:
    """Undo one fault along a trace, label what it passes, note on which side of it the samples are.

    rows  : the trace's buffer, see ``strain.ROWS``; the rest as in ``lay``, of this trace
    taken : (samples,) 1 in salt, or in beds that are younger
    """
    begin, end = strain.spread(rows[2, : taken.shape[0]], fault[strain.Z], fault[strain.HALF_HEIGHT])
    if begin >= end:
        return
    open_gate(fault, signs[:, begin:end], rows[3, begin:end])
    strain.slip_back(fault, grid[:2], rows.reshape(-1)[begin:], end - begin)
    if fault[strain.SLOT] >= ZERO:
        sides = signs[int(fault[strain.SLOT])]
        for k in range(begin, end):
            sides[k] = 1 if rows[4, k] > ZERO else -1
    for k in range(begin, end):
        if abs(rows[5, k]) <= THIN and not taken[k]:
            mark(fault, rows[4:, k], resolve, grid[:2], labels, about, k)
    if fault[strain.DAMAGE] > ZERO:
        break_rock(fault, rows[4:], begin, end, taken, weak, loose)


@njit(cache=True, nogil=True, error_model="numpy")
def bury(
    cover: Table,
    maps: Table,
    grid: Table,
    channel: int,
    point: Table,
    done: NDArray[np.int8],
    taken: NDArray[np.int8],
    bed: Table,
    edge: Table,
) -> None:
    """Give the samples above an unconformity the beds of its cover; the faults below do not reach them."""
    above = ONE
    for k in range(point.shape[1]):
        if done[k]:
            above = ONE
            continue
        top = bilinear(maps, grid[2], grid[3], channel, point[0, k], point[1, k])
        under = point[2, k] - top
        if under >= ZERO and above < ZERO:
            edge[k] = above / (above - under) - HALF
        above = under
        if under < ZERO:
            tilted = cover[3] * point[0, k] + cover[4] * point[1, k]
            bed[k] = point[2, k] - cover[1] * (top - cover[0]) + cover[2] + tilted
            done[k] = taken[k] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def listen(
    maps: Table, grid: Table, point: Table, bed: Table, profiles: Table, numbers: Table, trace: Table
) -> None:
    """Reflectivity of a trace: the step of log impedance from the sample above."""
    last = np.float32(profiles.shape[1] - 2)
    before = ZERO
    for k in range(bed.shape[0]):
        x, y = point[0, k], point[1, k]
        swing = bilinear(maps, grid[2], grid[3], FACIES_BEDS, x, y) * strain.wave(bed[k] * numbers[4])
        blend = np.float32(0.5) + bilinear(maps, grid[2], grid[3], FACIES, x, y) + swing
        blend = min(ONE, max(ZERO, blend))
        at = min(max((bed[k] - numbers[0]) * numbers[1], ZERO), last)
        n = int(at)
        thin = ZERO  # points of the profile to either side that fall on this sample, where beds are squeezed
        if 0 < k < bed.shape[0] - 1:
            thin = HALF * numbers[1] * min(abs(bed[k] - bed[k - 1]), abs(bed[k + 1] - bed[k]))
        if thin < np.float32(0.7) * numbers[1]:
            part = at - np.float32(n)
            one = profiles[0, n] + part * (profiles[0, n + 1] - profiles[0, n])
            two = profiles[1, n] + part * (profiles[1, n + 1] - profiles[1, n])
        else:
            first, end = max(0, n - int(thin)), min(profiles.shape[1], n + int(thin) + 1)
            one, two = np.mean(profiles[0, first:end]), np.mean(profiles[1, first:end])
        value = one + blend * (two - one)
        trace[k] = value - before if k else ZERO
        before = value


@njit(cache=True, nogil=True, error_model="numpy")
def soften(trace: Table, edge: Table) -> None:
    """Move contrasts to where they are between the samples; else gentle surfaces would be stairs.

    edge : (samples,) how far below the middle between a sample and the one above the contrast lies, -.5 to .5
    """
    for k in range(1, trace.shape[0] - 1):
        if edge[k] != ZERO:
            moved = abs(edge[k]) * trace[k]
            trace[k] -= moved
            trace[k + 1 if edge[k] > ZERO else k - 1] += moved


@njit(cache=True, nogil=True, error_model="numpy")
def darken(trace: Table, weak: Table, loose: Table, shade: Real) -> None:
    """Dim a trace where its rock is weak, and below large faults, whose shadow fades downwards."""
    dark = ZERO
    for k in range(trace.shape[0]):
        dark = max(dark * np.float32(0.97), loose[k] * shade)
        trace[k] *= (ONE - weak[k]) * (ONE - dark)
