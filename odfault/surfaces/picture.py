"""Pictures of faults, in the Matplotlib room's own colours: a rose of strikes, and sticks over sections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.draw import begin_figure, save_figure
from odfault.surfaces.measures import Depths, Fault
from odfault.surfaces.ridges import Ridges
from odfault.surfaces.sticks import Stick
from odfault.survey import Survey
from odfault.undefined import clear

Lines = tuple[NDArray[np.int64], NDArray[np.int64]]
SECTOR = 10
"""Degrees of a petal."""
MEND = "check the disk and its permissions"


def draw_rose(faults: Sequence[Fault], path: Path) -> None:
    """Draw the strikes of faults as a rose: each counts by its length, to both sides.

    Parameters
    ----------
    faults : sequence of Fault
        Those without a strike are left out.
    path : Path
        A picture file.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    figure = begin_figure(6, 6)
    told = [fault for fault in faults if fault.strike_deg is not None]
    strikes = np.array([fault.strike_deg for fault in told]) % 180
    lengths = np.array([fault.length_m or 0.0 for fault in told]) / 1000
    edges = np.arange(0, 181, SECTOR)
    half, _ = np.histogram(strikes, edges, weights=lengths)
    axes = figure.add_subplot(projection="polar")
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    middle = np.radians(np.arange(0, 360, SECTOR) + SECTOR / 2)
    axes.bar(middle, np.tile(half, 2), width=np.radians(SECTOR), color="firebrick", edgecolor="white")
    axes.set_title(f"strike of {len(told)} faults, km in {SECTOR} degrees")
    save_figure(figure, path, mend=MEND)


def draw_sticks(
    over: Survey,
    ridges: Ridges,
    surfaces: NDArray[np.int32],
    sticks: Sequence[Stick],
    *,
    path: Path,
    depths: Depths,
    lines: Lines,
) -> None:
    """Draw surfaces and their sticks over sections: those inlines and crosslines that hold most of them.

    Where no surface is large enough for a stick, it is the line that holds most points.

    Parameters
    ----------
    over : Survey
        The seismic, with more lines or not, or the probability itself.
    ridges : Ridges
    surfaces : ndarray of int32, (n,)
        The number of each point's surface, 0 for none.
    sticks : sequence of Stick
    path : Path
        A picture file.
    depths : Depths
    lines : tuple of ndarray
        Numbers of the inlines and of the crosslines.

    Raises
    ------
    OdfaultError
        If the seismic does not hold the lines, or the file cannot be written.
    """
    chosen = [line for crossing in (False, True) for line in _busiest(sticks, crossing)]
    if not chosen:
        across = int(ridges.shape[1] == 1)
        chosen = [(bool(across), int(np.bincount(ridges.places[surfaces > 0, across]).argmax()))]
    figure = begin_figure(14, 5.2 * len(chosen))
    for row, (crossing, line) in enumerate(chosen):
        axes = figure.add_subplot(len(chosen), 1, row + 1)
        across = int(crossing)
        numbers = lines[1 - across]
        _draw_line(axes, over, crossing, int(lines[across][line]))
        axes.set(xlim=(numbers[0], numbers[-1]), ylabel=depths.unit)
        on = (ridges.places[:, across] == line) & (surfaces > 0)
        at = ridges.places[on]
        z = depths.at(at[:, 2])
        axes.scatter(numbers[at[:, 1 - across]], z, s=3, c=_colours(surfaces[on]))
        for stick in sticks:
            if stick.crossing == crossing and stick.nodes[0, across] == line:
                along = np.interp(stick.nodes[:, 1 - across], np.arange(len(numbers)), numbers)
                z = depths.at(stick.nodes[:, 2])
                axes.plot(
                    along, z, "-o", color=_colours(np.array([stick.fault]))[0], lw=1.6, ms=3.5, mec="black"
                )
                axes.annotate(str(stick.fault), (along[0], z[0]), color="black", fontsize=8)
    save_figure(figure, path, mend=MEND)


def _busiest(sticks: Sequence[Stick], crossing: bool) -> list[tuple[bool, int]]:
    """Find the line with most sticks, if there is any."""
    held = [int(stick.nodes[0, int(crossing)]) for stick in sticks if stick.crossing == crossing]
    return [(crossing, int(np.bincount(held).argmax()))] if held else []


def _draw_line(axes: Any, over: Survey, crossing: bool, line: int) -> None:
    """Draw the samples of a line, named by its number, in grey."""
    here = over.positions("crosslines" if crossing else "inlines", line, line)
    every = slice(0, over.shape[0 if crossing else 1])
    values = clear(over.read(every, here)[:, 0] if crossing else over.read(here, every)[0])
    numbers = over.inlines if crossing else over.crosslines
    top, step = over.delay_ms, over.interval_s * 1000
    size = float(np.quantile(np.abs(values), 0.98)) or 1.0
    extent = (float(numbers[0]), float(numbers[-1]), top + (values.shape[1] - 1) * step, top)
    low = 0.0 if values.min() >= 0 else -size
    axes.imshow(
        values.T, cmap="gray_r" if low == 0 else "gray", vmin=low, vmax=size, extent=extent, aspect="auto"
    )
    name = "crossline" if crossing else "inline"
    title = "fault lines" if over.is_2d else f"{name} {line}: surfaces and sticks"
    axes.set(title=title, xlabel="inline" if crossing else "crossline")


def _colours(numbers: NDArray[np.int32]) -> NDArray[np.float64]:
    from matplotlib import colormaps

    return np.asarray(colormaps["tab20"](numbers % 20))
