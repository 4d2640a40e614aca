"""The strain kernel: from where a sample is now to the bed it was laid down in."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED

Table = NDArray[np.float64]
Volume = NDArray[np.float32]

# Columns of the fault table, one row a fault, youngest first.
FAULT_COLUMNS = (
    "x", "y", "z",  # centre
    "strike_x", "strike_y",  # unit vector along strike; the fault dips to its left
    "cot_dip", "listric",  # horizontal run per sample down, and its growth with depth
    "wave", "wave_length", "wave_phase",  # undulation along strike
    "half_length", "half_height",  # of the slip ellipse
    "slip", "rake_sin", "rake_cos",  # largest slip and its direction
    "reach", "hanging",  # how far the walls are strained, the hanging wall's share
    "drag", "drag_width",  # share of the slip taken up by bending beside the plane
)  # fmt: skip
# Columns of the fold table: amplitude, wave numbers along x and y, phase, growth with depth.
# Columns of the channel table: bed, thickness, x, y, azimuth_x, azimuth_y, half width, meander,
# meander length, phase, shift of the beds that fill it.


@njit(cache=True, nogil=True, error_model="numpy")
def bell(r: float) -> float:
    """Slip at normalised radius r, 1 at the centre and 0 at the tip (Walsh and Watterson, 1987)."""
    if r >= 1.0:
        return 0.0
    half = 0.5 * (1.0 + r)
    return 2.0 * math.sqrt(half * half - r * r) * (1.0 - r)


@njit(cache=True, nogil=True, error_model="numpy")
def fold(folds: Table, x: float, y: float, z: float) -> float:
    """Vertical shift of the beds at a place, the sum of waves that may grow with depth."""
    shift = 0.0
    for i in range(folds.shape[0]):
        wave = folds[i, 0] * math.sin(folds[i, 1] * x + folds[i, 2] * y + folds[i, 3])
        shift += wave * (1.0 + folds[i, 4] * z)
    return shift


@njit(cache=True, nogil=True, error_model="numpy")
def channel_shift(channels: Table, x: float, y: float, bed: float) -> float:
    """Shift of the bed number inside a channel fill, 0 outside."""
    for i in range(channels.shape[0]):
        depth = bed - channels[i, 0]
        if depth < 0.0 or depth > channels[i, 1]:
            continue
        dx, dy = x - channels[i, 2], y - channels[i, 3]
        along = dx * channels[i, 4] + dy * channels[i, 5]
        across = -dx * channels[i, 5] + dy * channels[i, 4]
        across -= channels[i, 7] * math.sin(2.0 * math.pi * along / channels[i, 8] + channels[i, 9])
        share = across / channels[i, 6]
        if share * share < 1.0 and depth < channels[i, 1] * (1.0 - share * share):
            return float(channels[i, 10])
    return 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def slip_back(fault: Table, point: Table) -> tuple[float, float]:
    """Undo one fault at a point in place; return the distance to its plane and the throw there.

    fault : (19,) a row of the fault table; point : (3,) x, y, z.
    """
    dx, dy, w = point[0] - fault[0], point[1] - fault[1], point[2] - fault[2]
    along = dx * fault[3] + dy * fault[4]
    across = -dx * fault[4] + dy * fault[3]
    if abs(along) >= fault[10]:
        return 1e9, 0.0
    phase = 2.0 * math.pi * along / fault[8] + fault[9]
    run = fault[5] * w + fault[6] * w * w + fault[7] * math.sin(phase)
    slope = fault[5] + 2.0 * fault[6] * w
    bend = fault[7] * 2.0 * math.pi / fault[8] * math.cos(phase)
    u = (across - run) / math.sqrt(1.0 + slope * slope + bend * bend)
    steep = 1.0 / math.sqrt(1.0 + slope * slope)
    r = math.sqrt((along / fault[10]) ** 2 + (w / (steep * fault[11])) ** 2)
    if r >= 1.0 or abs(u) >= fault[15]:
        return 1e9, 0.0
    size = fault[12] * bell(r)
    far = 1.0 - abs(u) / fault[15]
    bent = 1.0 - fault[17] * math.exp(-abs(u) / fault[18])
    share = fault[16] if u > 0.0 else fault[16] - 1.0
    move = size * far * far * bent * share
    down = move * fault[13]
    point[0] -= move * fault[14] * fault[3] - down * slope * steep * fault[4]
    point[1] -= move * fault[14] * fault[4] + down * slope * steep * fault[3]
    point[2] -= down * steep
    return abs(u), abs(size * (1.0 - fault[17]) * fault[13] * steep)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def strain(
    faults: Table,
    folds: Table,
    young: Table,
    channels: Table,
    cover: Table,
    resolve: Table,
    beds: Volume,
    places: Volume,
    labels: NDArray[np.uint8],
) -> None:
    """Map every sample back to its bed, and mark the fault surfaces.

    faults, folds, channels : tables, see above; young : folds later than the faults
    cover    : (5,) depth, slopes along x and y, bed shift of an unconformity's cover, tilt of its beds
    resolve  : (2,) throw below which a fault is nothing, and from which it is seen, in samples
    beds     : (x, y, z) float32, written: bed number (relative geologic time, in samples)
    places   : (x, y, z, 2) float32, written: where the sample lay along x and y
    labels   : (x, y, z) uint8, written: see ``labels``

    The loop over x is parallel: each turn writes its own plane.
    """
    for i in prange(beds.shape[0]):
        point = np.empty(3)
        for j in range(beds.shape[1]):
            for k in range(beds.shape[2]):
                point[0], point[1] = i, j
                point[2] = k + fold(young, i, j, k)
                mark = 0
                top = cover[0] + cover[1] * i + cover[2] * j
                if point[2] < top:
                    bed = point[2] - cover[4] * (top - cover[0]) + cover[3]
                else:
                    for n in range(faults.shape[0]):
                        distance, throw = slip_back(faults[n], point)
                        if distance <= 1.0 and throw >= resolve[0]:
                            if throw < resolve[1]:
                                mark = mark if mark else UNRESOLVED
                            elif distance <= 0.5:
                                mark = FAULT
                            elif mark != FAULT:
                                mark = BESIDE
                    bed = point[2] + fold(folds, point[0], point[1], point[2])
                    bed += channel_shift(channels, point[0], point[1], bed)
                beds[i, j, k] = bed
                places[i, j, k, 0] = point[0]
                places[i, j, k, 1] = point[1]
                labels[i, j, k] = mark


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def reflect(
    beds: Volume,
    places: Volume,
    facies: Table,
    profiles: Table,
    first: float,
    fine: int,
    reflectivity: Volume,
) -> None:
    """Reflectivity of the strained beds: the step of log impedance from the sample above.

    facies   : (waves, 4) amplitude, wave numbers, phase of the map that blends the two profiles
    profiles : (2, points) log impedance, ``fine`` points a sample from bed ``first`` on
    reflectivity : (x, y, z) float32, written; parallel over x, each turn writes its own plane
    """
    last = profiles.shape[1] - 2
    for i in prange(beds.shape[0]):
        for j in range(beds.shape[1]):
            before = 0.0
            for k in range(beds.shape[2]):
                blend = 0.5
                for n in range(facies.shape[0]):
                    turn = facies[n, 1] * places[i, j, k, 0] + facies[n, 2] * places[i, j, k, 1]
                    blend += facies[n, 0] * math.sin(turn + facies[n, 3])
                blend = min(1.0, max(0.0, blend))
                at = min(max((beds[i, j, k] - first) * fine, 0.0), last)
                n = int(at)
                part = at - n
                one = profiles[0, n] + part * (profiles[0, n + 1] - profiles[0, n])
                two = profiles[1, n] + part * (profiles[1, n + 1] - profiles[1, n])
                value = one + blend * (two - one)
                reflectivity[i, j, k] = value - before if k else 0.0
                before = value
