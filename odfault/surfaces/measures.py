"""How large a fault is, where it strikes and how it dips."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.ground import Map
from odfault.surfaces.joining import members
from odfault.surfaces.ridges import Ridges

USUAL_VELOCITY = 2000.0
"""Metres a second, for weighing points of time sections where nobody knows better."""
STEEPEST = 1e3
"""Tangent of a dip that is upright."""


@dataclasses.dataclass(frozen=True)
class Depths:
    """What a sample is: ``top`` and ``step`` in milliseconds of two-way time or, in depth, in metres."""

    top: float
    step: float
    depth: bool = False
    velocity: float | None = None

    def at(self, samples: Any) -> Any:
        """Give z of samples, an array or one."""
        return self.top + samples * self.step

    @property
    def unit(self) -> str:
        """Name of the unit of z."""
        return "m" if self.depth else "ms"

    @property
    def metres(self) -> float:
        """Metres that one unit of z is, with the usual velocity where none is known."""
        return 1.0 if self.depth else (self.velocity or USUAL_VELOCITY) / 2000

    @property
    def sure(self) -> bool:
        """Whether angles and areas can be told."""
        return self.depth or self.velocity is not None


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is known of one fault; nothing where it cannot be told, as metres without coordinates.

    Attributes
    ----------
    number : int
        From 1, the largest first.
    samples : int
        Points on it.
    confidence : float
        Their mean probability.
    strike_deg : float, optional
        Clockwise from north, 0 to 360; the fault dips to the right of it.
    dip_deg : float, optional
        From the horizontal; on a line, as it appears there.
    slope : float, optional
        Its tangent, in units of z (ms of two-way time, or m) per metre; nothing where it is upright.
    area_m2 : float, optional
        Of the surface.
    length_m : float, optional
        Extent along its strike; on a line, along the line.
    top, base : float
        In ms or m.
    inlines, crosslines : tuple of int
        First and last line number.
    x, y : float
        Its middle, in the headers' unit; crossline and inline where they hold no coordinates.
    """

    number: int
    samples: int
    confidence: float
    strike_deg: float | None
    dip_deg: float | None
    slope: float | None
    area_m2: float | None
    length_m: float | None
    top: float
    base: float
    inlines: tuple[int, int]
    crosslines: tuple[int, int]
    x: float
    y: float


def measure_faults(
    ridges: Ridges,
    surfaces: NDArray[np.int32],
    ground: Map,
    depths: Depths,
    *,
    lines: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> list[Fault]:
    """Measure each surface.

    Parameters
    ----------
    ridges : Ridges
    surfaces : ndarray of int32, (n,)
        The number of each point's surface, 0 for none.
    ground : Map
    depths : Depths
    lines : tuple of ndarray
        Numbers of the inlines and crosslines.

    Returns
    -------
    list of Fault
        In the order of their numbers.
    """
    return [
        _measure(number, ridges, some, ground=ground, depths=depths, lines=lines)
        for number, some in enumerate(members(surfaces), 1)
    ]


def _measure(
    number: int,
    ridges: Ridges,
    some: NDArray[np.int64],
    *,
    ground: Map,
    depths: Depths,
    lines: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Fault:
    places, flat = ridges.places[some], ground.path is not None
    xy = ground.at(places[:, :2])
    grid = _grid(ground, depths)
    normal, area = mean_normal(ridges.normals[some], grid, flat=flat)
    east, north, down = -normal if normal[2] > 0 else normal  # of the two, the one that points up
    strike = math.degrees(math.atan2(east, north)) % 360 - 90
    level = math.hypot(east, north)
    along = np.array([math.sin(math.radians(strike)), math.cos(math.radians(strike))])
    extent = np.ptp(xy @ along) if not flat else np.linalg.norm(xy.max(axis=0) - xy.min(axis=0))
    low, high = places.min(axis=0), places.max(axis=0)
    return Fault(
        number=number,
        samples=len(some),
        confidence=float(ridges.probability[some].mean()),
        strike_deg=strike % 360 if ground.known and not flat else None,
        dip_deg=math.degrees(math.atan2(level, -down)) if depths.sure and ground.known else None,
        slope=level / -down / depths.metres if ground.known and level < STEEPEST * -down else None,
        area_m2=area if depths.sure and ground.known and not flat else None,
        length_m=float(extent) * ground.unit_m if ground.known else None,
        top=depths.at(float(low[2])),
        base=depths.at(float(high[2])),
        inlines=(int(lines[0][low[0]]), int(lines[0][high[0]])),
        crosslines=(int(lines[1][low[1]]), int(lines[1][high[1]])),
        x=float(xy[:, 0].mean()),
        y=float(xy[:, 1].mean()),
    )


def _grid(ground: Map, depths: Depths) -> NDArray[np.float64]:
    """Give the steps along inlines, crosslines and samples as columns, in metres east, north and down."""
    grid = np.zeros((3, 3))
    grid[:2, 0], grid[:2, 1] = ground.inline_step * ground.unit_m, ground.crossline_step * ground.unit_m
    grid[2, 2] = depths.step * depths.metres
    if ground.path is not None:  # a line: across it there is no step, so one is made up
        along = int(ground.path.shape[1] > 1)
        east, north = grid[:2, along]
        grid[:2, 1 - along] = -north, east
    return grid


def mean_normal(
    normals: NDArray[np.float32], grid: NDArray[np.float64], *, flat: bool = False
) -> tuple[NDArray[np.float64], float]:
    """Give the mean normal of a surface, each point weighing what it covers, and the whole area.

    Parameters
    ----------
    normals : ndarray, (n, 3)
        In samples along inlines, crosslines and samples.
    grid : ndarray, (3, 3)
        Columns: the step along each, in metres.
    flat : bool
        Of a line: each point weighs the same.

    Returns
    -------
    tuple
        (3,) unit normal in metres, and the area in square metres.

    Notes
    -----
    A normal is turned by the inverse transpose of the grid. A crest is one sample thick along the axis that
    its normal is nearest to, so that a point covers what the parallelogram of the two other steps covers,
    slid along that axis onto the surface.
    """
    turned = normals.astype(np.float64) @ np.linalg.inv(grid)
    axis = np.abs(normals).argmax(axis=1)
    face = np.abs(np.linalg.det(grid)) * np.linalg.norm(turned, axis=1)
    area = face / np.maximum(np.abs(np.take_along_axis(normals, axis[:, None], axis=1)[:, 0]), 1e-9)
    unit = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    weight = np.ones(len(unit)) if flat else area
    normal = np.linalg.eigh((unit * weight[:, None]).T @ unit)[1][:, 2]
    return normal, float(area.sum())
