"""The kernel that lays the ground: every sample's bed, its reflectivity, and the faults that pass there."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from odfault_synthetic import strain
from odfault_synthetic.bodies import fill_trace, lay_gas, lay_salt, noise_at
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.strain import HALF, ONE, TWO, ZERO, Real, between, bilinear, corner

Table = NDArray[np.float32]
Volume = NDArray[np.float32]

YOUNG, FOLD, FOLD_GROWTH, FACIES, FACIES_BEDS, TOPS = range(6)
"""Channels of the maps; from ``TOPS`` on, one for each unconformity, youngest first."""
COVER_COLUMNS = ("depth", "conform", "shift", "tilt_x", "tilt_y")
UNLIT = np.float32(0.8)
"""A sample dimmed by more than this shows nothing for sure."""
THIN = np.float32(1.5)
FAR = np.float32(1e6)
DEGREES = np.float32(180 / math.pi)


@njit(cache=True, nogil=True, error_model="numpy")
def open_gate(fault: Table, masters: Volume, begin: int, gate: Table) -> None:
    """Let a fault be everywhere, or as little beyond the master at which it ends as that one slips there.

    masters : as in ``unfault``; begin : the first sample of the gate
    """
    master, side = int(fault[strain.MASTER]), fault[strain.SIDE]
    for k in range(gate.shape[0]):
        beyond = -masters[master, 0, begin + k] * side if master >= 0 else ZERO
        gate[k] = ONE - max(beyond, ZERO)


@njit(cache=True, nogil=True, error_model="numpy")
def remember(fault: Table, trail: Table, taken: NDArray[np.int8], master: Table) -> None:
    """Keep what is known of a master until the faults that end at it are undone.

    trail, taken : as in ``break_rock``
    master : (5, samples) written, see ``unfault``
    """
    full = TWO / max(abs(fault[strain.SLIP]), np.float32(1e-6))
    for n in range(master.shape[1]):
        share = min(abs(trail[strain.SIZE + n]) * full, ONE)
        master[0, n] = share if trail[strain.DISTANCE + n] > ZERO else -share
        master[1, n] = FAR if taken[n] else trail[strain.AWAY + n]
        master[2, n] = trail[strain.THROW + n]
        master[3, n] = trail[strain.SLOPE + n]
        master[4, n] = trail[strain.BEND + n]


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
def break_rock(fault: Table, trail: Table, taken: NDArray[np.int8], loose: Table) -> None:
    """Break the rock of a damage zone, the more the larger the slip.

    trail : the buffer after ``slip_back``, from the piece's first sample on; taken, loose : of that piece
    """
    damage, per_width = fault[strain.DAMAGE], ONE / fault[strain.DAMAGE_WIDTH]
    for k in range(loose.shape[0]):
        near = trail[strain.DISTANCE + k] * per_width
        far = ONE + near * near
        size = damage * min(abs(trail[strain.SIZE + k]) * np.float32(0.125), ONE) / (far * far)
        loose[k] = max(loose[k], size if far < np.float32(10) and not taken[k] else ZERO)


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
    masters = np.zeros((slots, 5, n_samples), np.float32)
    weak, loose, edge = np.empty((3, n_samples), np.float32)
    solid, done, taken = np.empty((3, n_samples), np.int8)
    shares = np.empty((TOPS - FOLD, n_samples), np.float32)
    for i in range(labels.shape[0]):
        for j in range(labels.shape[1]):
            weak[:], loose[:], edge[:], solid[:], done[:] = ZERO, ZERO, ZERO, 0, 0
            masters[:, 0], masters[:, 1] = ZERO, FAR
            x, y = np.float32(i) * grid[0], np.float32(j) * grid[1]
            shift = bilinear(maps, grid, YOUNG, x, y)
            for k in range(n_samples):
                point[0, k], point[1, k], point[2, k] = x, y, np.float32(k) + shift
            words, told, bed, trace = labels[i, j], about[:, i, j], beds[i, j], reflectivity[i, j]
            words[:] = BACKGROUND
            lay_gas(gas, point, weak)
            lay_salt(salt, point, solid, edge)
            taken[:] = solid
            n = 0
            for episode in range(covers.shape[0] + 1):
                while n < faults.shape[0] and int(faults[n, strain.EPISODE]) <= episode:
                    if not strain.misses(faults[n], x, y, numbers[5]):
                        unfault(faults[n], grid, rows, masters, resolve, taken, words, told, loose)
                    n += 1
                if episode < covers.shape[0]:
                    bury(covers[episode], maps, grid, TOPS + episode, point, done, taken, bed, edge)
            for n in range(faults.shape[0]):
                if faults[n, strain.SLOT] >= ZERO:
                    master = masters[int(faults[n, strain.SLOT])]
                    for k in range(n_samples):
                        if abs(master[1, k]) <= THIN:
                            mark(faults[n], master[:, k], resolve, grid[:2], words, told, k)
            look(maps, grid, point, shares)
            for k in range(n_samples):
                weak[k] = max(weak[k], loose[k])
                if not done[k]:
                    bed[k] = point[2, k] + shares[0, k] + point[2, k] * shares[1, k]
            for k in range(n_samples):
                if words[k] != BACKGROUND and weak[k] > UNLIT:
                    words[k] = UNRESOLVED
            if fills.shape[0]:
                fill_trace(fills, point, bed, edge)
            for k in range(n_samples):
                if loose[k] > ZERO:
                    bed[k] += numbers[2] * loose[k] * noise_at(seed, i, j, k)
            listen(shares[2:], bed, profiles, numbers, trace)
            if salt.shape[0]:
                murmur(salt, solid, trace, seed, i, j)
            if salt.shape[0] or fills.shape[0] or covers.shape[0]:
                soften(trace, edge)
            darken(trace, weak, loose, numbers[3])


@njit(cache=True, nogil=True, error_model="numpy")
def murmur(salt: Table, solid: NDArray[np.int8], trace: Table, seed: int, i: int, j: int) -> None:
    """Make the top and base of salt contrasts; inside there is only a murmur.

    i, j : the trace's place in the cube
    """
    for k in range(trace.shape[0]):
        if solid[k]:
            at, top = salt[solid[k] - 1], k > 0 and not solid[k - 1]
            trace[k] = at[11] if top else at[12] * noise_at(seed, i, j, k)
        elif k > 0 and solid[k - 1]:
            trace[k] = -salt[solid[k - 1] - 1, 11]


@njit(cache=True, nogil=True, error_model="numpy")
def unfault(
    fault: Table,
    grid: Table,
    rows: Table,
    masters: Volume,
    resolve: Table,
    taken: NDArray[np.int8],
    labels: NDArray[np.uint8],
    about: Table,
    loose: Table,
) -> None:
    """Undo one fault along a trace and label what it passes.

    Where faults end at a master, its walls are apart by what they slip too, so it is labelled last.

    rows    : the trace's buffer, see ``strain.ROWS``; the rest as in ``lay``, of this trace
    masters : (slots, 5, samples) how fully the master slips, 0 to 1, and the side of it that the sample is on
        as a sign; then what ``mark`` wants to know: distance, throw, slope, bend
    taken   : (samples,) 1 in salt, or in beds that are younger
    """
    begin, end = strain.spread(rows[2, : taken.shape[0]], fault[strain.Z], fault[strain.HALF_HEIGHT])
    if begin >= end:
        return
    trail = rows.reshape(-1)[begin:]
    open_gate(fault, masters, begin, rows[3, begin:end])
    strain.slip_back(fault, grid[:2], trail, end - begin)
    if fault[strain.SLOT] >= ZERO:
        remember(fault, trail, taken[begin:end], masters[int(fault[strain.SLOT]), :, begin:end])
    else:
        for k in range(end - begin):
            if abs(trail[strain.AWAY + k]) <= THIN and not taken[begin + k]:
                mark(fault, rows[4:, begin + k], resolve, grid[:2], labels, about, begin + k)
        if fault[strain.MASTER] >= ZERO:
            master = masters[int(fault[strain.MASTER])]
            for k in range(begin, end):
                master[2, k] += fault[strain.SIDE] * abs(master[0, k]) * trail[strain.FALL + k - begin]
    if fault[strain.DAMAGE] > ZERO:
        break_rock(fault, trail, taken[begin:end], loose[begin:end])


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
    above, x, y, top = ONE, np.float32(math.nan), np.float32(math.nan), ZERO
    for k in range(point.shape[1]):
        if done[k]:
            above = ONE
            continue
        if point[0, k] != x or point[1, k] != y:
            x, y = point[0, k], point[1, k]
            top = bilinear(maps, grid, channel, x, y)
        under = point[2, k] - top
        if under >= ZERO and above < ZERO:
            edge[k] = above / (above - under) - HALF
        above = under
        if under < ZERO:
            tilted = cover[3] * x + cover[4] * y
            bed[k] = point[2, k] - cover[1] * (top - cover[0]) + cover[2] + tilted
            done[k] = taken[k] = 1


@njit(cache=True, nogil=True, error_model="numpy")
def look(maps: Table, grid: Table, point: Table, shares: Table) -> None:
    """Read the maps of folds and facies along a trace, afresh where a sample lies at another place.

    shares : (4, samples) written, channels from ``FOLD`` to ``FACIES_BEDS``
    """
    x = y = np.float32(math.nan)
    fold = growth = facies = swing = ZERO
    for k in range(point.shape[1]):
        if point[0, k] != x or point[1, k] != y:
            x, y = point[0, k], point[1, k]
            i, j, p, q = corner(maps, grid, x, y)
            fold, growth = between(maps, i, j, p, q, FOLD), between(maps, i, j, p, q, FOLD_GROWTH)
            facies, swing = between(maps, i, j, p, q, FACIES), between(maps, i, j, p, q, FACIES_BEDS)
        shares[0, k], shares[1, k], shares[2, k], shares[3, k] = fold, growth, facies, swing


@njit(cache=True, nogil=True, error_model="numpy")
def listen(shares: Table, bed: Table, profiles: Table, numbers: Table, trace: Table) -> None:
    """Reflectivity of a trace: the step of log impedance from the sample above.

    shares : (2, samples) of the facies, where they are and in which beds; overwritten
    """
    last, fine = np.float32(profiles.shape[1] - 2), numbers[1]
    blend, at = shares[0], shares[1]
    for k in range(bed.shape[0]):
        swing = shares[1, k] * strain.wave(bed[k] * numbers[4])
        blend[k] = min(ONE, max(ZERO, HALF + shares[0, k] + swing))
        at[k] = min(max((bed[k] - numbers[0]) * fine, ZERO), last)
    before = ZERO
    for k in range(bed.shape[0]):
        n = int(at[k])
        thin = ZERO  # points of the profile to either side that fall on this sample, where beds are squeezed
        if 0 < k < bed.shape[0] - 1:
            thin = HALF * fine * min(abs(bed[k] - bed[k - 1]), abs(bed[k + 1] - bed[k]))
        if thin < np.float32(0.7) * fine:
            part = at[k] - np.float32(n)
            one = profiles[0, n] + part * (profiles[0, n + 1] - profiles[0, n])
            two = profiles[1, n] + part * (profiles[1, n + 1] - profiles[1, n])
        else:
            first, end = max(0, n - int(thin)), min(profiles.shape[1], n + int(thin) + 1)
            one, two = np.mean(profiles[0, first:end]), np.mean(profiles[1, first:end])
        value = one + blend[k] * (two - one)
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
    for k in range(trace.shape[0]):
        trace[k] *= ONE - weak[k]
    dark = ZERO
    for k in range(trace.shape[0] if shade > ZERO else 0):
        dark = max(dark * np.float32(0.97), loose[k] * shade)
        trace[k] *= ONE - dark
