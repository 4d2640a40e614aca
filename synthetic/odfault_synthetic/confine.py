"""Chooses faults for a place in real data: inside its walls, and through what is quiet."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic import strain, warp
from odfault_synthetic.faults import Size, Table, draw_faults
from odfault_synthetic.recipe import Recipe

Point = NDArray[np.float64]
Walls = tuple[tuple[bool, bool], tuple[bool, bool], tuple[bool, bool]]
OPEN: Walls = ((False, False), (False, False), (False, False))
"""No walls: faults run out of the place on all sides."""
CLOSED: Walls = ((True, True), (True, True), (True, True))
QUIET = 0.75
"""Share of a fault's visible surface that must lie where it is quiet."""
DEEP, STRAIN = 0.15, 0.14
"""Largest slip, as a share of the place's depth and of the rock to either side that it strains."""
APART = 0.5
"""Distance of a moved fault's centre from another's, as a share of both halves."""
TRIES = 12
"""Places tried for a fault before it is given up."""
SHRINK = 0.88
SMALLEST = 14.0
"""Half the length and half the height, in samples, of a fault that is worth cutting in."""
SCALED = (
    strain.HALF_LENGTH, strain.HALF_HEIGHT, strain.SLIP, strain.REACH, strain.WAVE, strain.RAMP,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Place:
    """A box of a survey that faults are cut into.

    quiet   : (inlines, crosslines, samples), bool: no sign of a fault there
    spacing : distance of traces along both axes, in samples; 0 along the first for a section
    resolve : throw below which a fault is nothing, and from which it is seen, in samples
    walls   : for each axis, whether displacement must have died out at its first and its last face
    """

    quiet: NDArray[np.bool_]
    spacing: tuple[float, float]
    resolve: tuple[float, float]
    walls: Walls = CLOSED

    @property
    def size(self) -> Size:
        """Extent in samples."""
        x, y, z = self.quiet.shape
        return max(x * self.spacing[0], 1.0), max(y * self.spacing[1], 1.0), float(z)


def choose_faults(
    recipe: Recipe, place: Place, rng: np.random.Generator, *, most: int | None = None
) -> Table:
    """Draw one of the recipe's fault sets and keep the faults for which there is a quiet spot.

    A fault that does not fit between the walls is moved inwards, then made smaller; where it is not quiet it
    is tried elsewhere. All end at tips of their own: none is cut off at another, where the rock would tear.

    Returns
    -------
    ndarray
        (faults, columns of ``strain.FAULT_COLUMNS``), float32; may be empty.
    """
    drawn = draw_faults(recipe, place.size, 1, rng)
    spots = np.argwhere(place.quiet)
    kept: list[Table] = []
    for row in drawn if len(spots) else ():
        if most is not None and len(kept) >= most:
            break
        _tame(row, place)
        for attempt in range(TRIES):
            fault = row.copy()
            if attempt:
                fault[: strain.Z + 1] = spots[rng.integers(len(spots))] * np.array([*place.spacing, 1.0])
            fault = confine(fault, place)
            new = attempt == 0 and np.array_equal(fault[: strain.Z + 1], row[: strain.Z + 1])
            if is_large(fault) and (new or is_apart(fault, kept)) and is_quiet(fault, place, rng):
                kept.append(fault)
                break
    return np.array(kept, np.float32).reshape(len(kept), len(strain.FAULT_COLUMNS))


def _tame(fault: Table, place: Place) -> None:
    """Take from a drawn fault what real data would not have: zones narrower than the distance of traces."""
    limit = min(DEEP * place.size[2], STRAIN * float(fault[strain.REACH]))
    fault[strain.SLIP] = np.clip(fault[strain.SLIP], -limit, limit)
    fault[strain.DRAG_WIDTH] = max(float(fault[strain.DRAG_WIDTH]), 1.5 * place.spacing[1])
    fault[strain.DAMAGE_WIDTH] = max(float(fault[strain.DAMAGE_WIDTH]), 1.5 * place.spacing[1])
    fault[strain.DAMAGE] *= 0.3
    fault[[strain.SLOT, strain.MASTER, strain.SIDE, strain.EPISODE]] = -1, -1, 0, 0


def confine(fault: Table, place: Place) -> Table:
    """Move a fault inwards, and shrink it, until its displacement dies out within the walls.

    It gives up reach first, as long as the rock is strained no more than ``STRAIN``, then all its lengths
    and its slip alike.
    """
    fault = fault.copy()
    while True:
        half, size = extent(fault), np.array(place.size)
        low = np.where([wall[0] for wall in place.walls], half, -np.inf)
        high = np.where([wall[1] for wall in place.walls], size - half - 1, np.inf)
        if (low <= high).all():
            fault[: strain.Z + 1] = np.clip(fault[: strain.Z + 1], low, high)
            return fault
        if SHRINK * STRAIN * fault[strain.REACH] > abs(fault[strain.SLIP]):
            fault[strain.REACH] *= SHRINK
        else:
            fault[list(SCALED)] *= SHRINK


def extent(fault: Table) -> Point:
    """Tell how far from its centre a fault moves anything, x, y and depth in samples; sets its bound."""
    length, height, cot = (float(fault[n]) for n in (strain.HALF_LENGTH, strain.HALF_HEIGHT, strain.COT_DIP))
    run = cot * height + float(fault[strain.LISTRIC]) * height**2
    run += float(abs(fault[strain.WAVE]) + abs(fault[strain.RAMP]))
    steepest = cot + 2 * float(fault[strain.LISTRIC]) * height
    steepest += 2 * math.pi * abs(float(fault[strain.RAMP] * fault[strain.RAMP_NUMBER]))
    bend = 2 * math.pi * abs(float(fault[strain.WAVE] * fault[strain.WAVE_NUMBER]))
    bound = run + float(fault[strain.REACH]) * math.sqrt(1 + steepest**2 + bend**2)
    fault[strain.BOUND] = bound
    x, y = abs(float(fault[strain.STRIKE_X])), abs(float(fault[strain.STRIKE_Y]))
    return np.array([length * x + bound * y, length * y + bound * x, height])


def is_large(fault: Table) -> bool:
    """Tell whether so little was taken from a fault that it still is one."""
    return bool(min(fault[strain.HALF_LENGTH], fault[strain.HALF_HEIGHT]) >= SMALLEST)


def is_apart(fault: Table, others: list[Table]) -> bool:
    """Tell whether a fault that was moved keeps off the others, so that they do not pile up."""
    half = fault[[strain.HALF_LENGTH, strain.HALF_HEIGHT]].min()
    for other in others:
        room = half + other[[strain.HALF_LENGTH, strain.HALF_HEIGHT]].min()
        if np.linalg.norm(fault[: strain.Z + 1] - other[: strain.Z + 1]) < APART * room:
            return False
    return True


def is_quiet(fault: Table, place: Place, rng: np.random.Generator) -> bool:
    """Tell whether a fault will be seen, and passes through what is quiet."""
    points, throw = surface(fault, place.spacing, rng)
    at = np.rint(points / np.array([[place.spacing[0] or 1.0], [place.spacing[1]], [1.0]])).astype(int)
    at[0] *= place.spacing[0] > 0
    shape = np.array(place.quiet.shape)[:, None]
    seen = (throw >= place.resolve[0]) & ((at >= 0) & (at < shape)).all(axis=0)
    if seen.sum() < 16 or throw[seen].max() < place.resolve[1]:
        return False
    return bool(place.quiet[tuple(at[:, seen])].mean() >= QUIET)


def surface(
    fault: Table, spacing: tuple[float, float], rng: np.random.Generator, count: int = 1024
) -> tuple[Point, Point]:
    """Points on a fault's surface, (3, count) x, y, z in samples, and the throw at each, in samples.

    For a section the points are in its plane.
    """
    steps = np.array(spacing, np.float32)
    along, down = rng.uniform(-1, 1, (2, count)) * [[fault[strain.HALF_LENGTH]], [fault[strain.HALF_HEIGHT]]]
    sx, sy = float(fault[strain.STRIKE_X]), float(fault[strain.STRIKE_Y])
    x, y, z = (float(fault[n]) for n in (strain.X, strain.Y, strain.Z))
    points = np.array([x + along * sx, y + along * sy, z + down])
    way = np.array([-sy, sx])
    if not spacing[0]:
        points[0], points[1], way = 0.0, y, np.array([0.0, 1.0])
    for _ in range(4):  # one step is enough across the strike, a section may need more
        trail = _follow(fault, steps, points)
        bend = trail[8].astype(np.float64)
        away = trail[4] * np.sqrt(1 + trail[7] ** 2 + bend**2)
        rate = -way[0] * (sy + bend * sx) + way[1] * (sx - bend * sy)
        points[:2] -= way[:, None] * away / np.where(np.abs(rate) > 0.05, rate, np.inf)
    trail = _follow(fault, steps, points)
    return points, np.where(np.abs(trail[4]) < 1, np.abs(trail[6]), 0.0)


def _follow(fault: Table, spacing: Table, points: Point) -> Table:
    trail = np.empty((len(strain.ROWS), points.shape[1]), np.float32)
    warp.follow(fault, spacing, points.astype(np.float32), trail)
    return trail
