"""Faults as text: sticks as other programs import them, and a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.ground import Map
from odfault.surfaces.measures import Depths, Fault
from odfault.surfaces.sticks import Stick

Lines = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Numbers of the inlines and of the crosslines."""


def write_opendtect(
    path: Path, sticks: Sequence[Stick], ground: Map, depths: Depths, *, line: str = ""
) -> None:
    """Write sticks for OpendTect's *Import Multiple Faults* and *Import Multiple FaultStickSets*.

    Each node is a line of text, parted by tabs: name, X, Y, Z, stick number, node index; of a 2-D line, its
    name too.
    Sticks of a fault are numbered one after the other from 1, nodes from 0, from the top down.

    Parameters
    ----------
    path : Path
    sticks : sequence of Stick
    ground : Map
    depths : Depths
        Z is in its unit.
    line : str
        Name of the 2-D line.

    Notes
    -----
    The columns are those that OpendTect's sources read for several faults at once (``BulkFaultAscIO`` in
    ``uibulkfaultimp.cc``: name, X/Y or Inl/Crl, Z, stick number, node index, line name) and its export
    writes for one (``uiexpfault.cc``: tabs, no header).
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        for stick, number in _numbered(sticks):
            xy, z = ground.at(stick.nodes[:, :2]), depths.at(stick.nodes[:, 2])
            for node, ((x, y), down) in enumerate(zip(xy, z, strict=True)):
                words = [
                    f"fault_{stick.fault}",
                    f"{x:.2f}",
                    f"{y:.2f}",
                    f"{down:.3f}",
                    str(number),
                    str(node),
                ]
                file.write("\t".join([*words, line] if line else words) + "\n")


def write_petrel(path: Path, sticks: Sequence[Stick], ground: Map, depths: Depths, *, lines: Lines) -> None:
    """Write sticks for Petrel, which calls the form *Charisma fault sticks*.

    Each node is a line of text: the word ``INLINE-``, inline, crossline, X, Y, Z, name, stick number. Inline
    and crossline are those of the nearest trace, X and Y are exact.

    Parameters
    ----------
    path : Path
    sticks : sequence of Stick
    ground : Map
    depths : Depths
        Z is in its unit, downwards positive.
    lines : tuple of ndarray
        Numbers of the inlines and of the crosslines.

    Notes
    -----
    The form is that of files which Petrel 2017 wrote, as seismiqb (``FAULT_STICKS_SPEC``: INLINE, iline,
    xline, cdp_x, cdp_y, height, name, number) and others read them.
    """
    with path.open("w", encoding="ascii", newline="\n") as file:
        for stick, number in _numbered(sticks):
            xy, z = ground.at(stick.nodes[:, :2]), depths.at(stick.nodes[:, 2])
            at = np.rint(stick.nodes[:, :2]).astype(int)
            for (i, j), (x, y), down in zip(at.tolist(), xy, z, strict=True):
                place = f"{lines[0][i]:6d} {lines[1][j]:6d} {x:14.3f} {y:14.3f} {down:11.4f}"
                file.write(f"INLINE- {place} fault_{stick.fault} {number}\n")


def write_plain(path: Path, sticks: Sequence[Stick], depths: Depths, *, lines: Lines, flat: bool) -> None:
    """Write sticks by line numbers, as ``odfault-train tune`` reads them.

    Each node is a line of text: inline, crossline, Z, stick; of a 2-D line: trace, Z, stick. A stick is
    called by its fault and its own number, such as 3.1.

    Parameters
    ----------
    path : Path
    sticks : sequence of Stick
    depths : Depths
        Z is in its unit.
    lines : tuple of ndarray
        Numbers of the inlines and of the crosslines.
    flat : bool
        Of a 2-D line.
    """
    along = int(len(lines[1]) > 1) if flat else None
    with path.open("w", encoding="ascii", newline="\n") as file:
        place = "trace" if flat else "inline crossline"
        file.write(f"# {place} z_{depths.unit} stick\n")
        for stick, number in _numbered(sticks):
            numbers = [
                np.interp(stick.nodes[:, axis], np.arange(len(lines[axis])), lines[axis])
                for axis in ((0, 1) if along is None else (along,))
            ]
            z = depths.at(stick.nodes[:, 2])
            for *where, down in zip(*numbers, z, strict=True):
                told = " ".join(f"{number:.2f}".rstrip("0").rstrip(".") for number in where)
                file.write(f"{told} {down:.3f} {stick.fault}.{number}\n")


def write_table(path: Path, faults: Sequence[Fault], depths: Depths) -> None:
    """Write a fault in a line, with what is known of it; what cannot be told is left empty.

    Parameters
    ----------
    path : Path
    faults : sequence of Fault
    depths : Depths
    """
    unit = depths.unit
    head = [
        "fault", "samples", "confidence", "strike_deg", "dip_deg", f"slope_{unit}_per_m", "area_m2",
        "length_m", f"top_{unit}", f"base_{unit}",
        "first_inline", "last_inline", "first_crossline", "last_crossline", "x", "y",
    ]  # fmt: skip
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        for f in faults:
            numbers = [
                (f.confidence, 3), (f.strike_deg, 1), (f.dip_deg, 1), (f.slope, 4), (f.area_m2, 0),
                (f.length_m, 0), (f.top, 1), (f.base, 1),
            ]  # fmt: skip
            told = ["" if number is None else f"{number:.{digits}f}" for number, digits in numbers]
            where = [*f.inlines, *f.crosslines, f"{f.x:.1f}", f"{f.y:.1f}"]
            writer.writerow([f.number, f.samples, *told, *where])


def _numbered(sticks: Sequence[Stick]) -> Iterator[tuple[Stick, int]]:
    """Go through sticks, each with its number among its fault's, from 1."""
    for _, some in groupby(sticks, key=lambda stick: stick.fault):
        for number, stick in enumerate(some, 1):
            yield stick, number
