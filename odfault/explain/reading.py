"""Reads the section to look at: from a SEG-Y file, an array or a picture."""

from __future__ import annotations

import dataclasses
import math
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID, Card
from odfault.errors import OdfaultError
from odfault.explain.settling import settle
from odfault.explain.subject import Subject
from odfault.plan import THIN
from odfault.undefined import clear

if TYPE_CHECKING:
    from odfault.picture.section import Section

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".pdf")
UNKNOWN_MS = 4.0
"""What a sample is called to last, where nobody knows."""


def choose_model(source: Path) -> str:
    """Name the shipped network that answers such a section."""
    if source.suffix.lower() not in PICTURES:
        return "fault2d"
    from odfault.picture.answer import NETWORK

    return NETWORK


def read_subject(
    source: Path,
    card: Card,
    *,
    line: tuple[str, int] | None = None,
    at: tuple[float, float] | None = None,
    interval_ms: float | None = None,
) -> Subject:
    """Read the section to look at.

    Parameters
    ----------
    source : Path
        A SEG-Y file; a NumPy file (``.npy``, or ``.npz`` with ``seismic``) of (traces, samples) or
        (inlines, crosslines, samples); or a picture.
    card : Card
        Of the network that looks.
    line : tuple, optional
        ``inlines`` or ``crosslines``, and the line's number; the middle inline when left out.
    at : tuple of float, optional
        Trace number and time in ms that the part holds, where the section is too large.
    interval_ms : float, optional
        Sample interval, where the file tells none or a wrong one.

    Raises
    ------
    OdfaultError
        If it cannot be read, holds nothing, is too small, or is no volume and the network wants one.
    """
    kind = source.suffix.lower()
    if kind in (".npy", ".npz"):
        subject = _from_array(source, card, line)
    elif kind in PICTURES:
        subject = _from_picture(source, card, line)
    else:
        subject = _from_segy(source, card, line)
    if interval_ms:
        subject = dataclasses.replace(subject, interval_ms=interval_ms)
    return settle(subject, card, at=at)


def _from_segy(source: Path, card: Card, line: tuple[str, int] | None) -> Subject:
    from odfault.segy.survey import SegySurvey

    with SegySurvey.open(source) as survey:
        inlines, crosslines, _ = survey.shape
        flat = survey.is_2d
        lonely = "crosslines" if crosslines == 1 < inlines else "inlines"
        which, number = line or (lonely if flat else "inlines", None)
        numbers = getattr(survey, which)
        at = len(numbers) // 2 if number is None else survey.positions(which, number, number).start
        _check_volume(source.name, (inlines, crosslines), card)
        rows, row = _rows(at, len(numbers), card)
        if which == "inlines":
            block = survey.read(rows, slice(0, crosslines))
        else:
            block = survey.read(slice(0, inlines), rows).swapaxes(0, 1)
        other = survey.crosslines if which == "inlines" else survey.inlines
        counted = flat and len(numbers) == 1 and int(numbers[0]) == 0  # a 2-D line counts its traces only
        return Subject(
            source.name if counted else f"{source.name}, {which[:-1]} {numbers[at]}",
            np.ascontiguousarray(clear(block)), row, other.astype(np.float64),
            "trace" if counted else ("crossline" if which == "inlines" else "inline"),
            survey.delay_ms, survey.interval_s * 1000, list(survey.remarks),
        )  # fmt: skip


def _from_array(source: Path, card: Card, line: tuple[str, int] | None) -> Subject:
    volume = _load(source)
    if volume.ndim == 2:
        volume = volume[None]
    if volume.ndim != 3 or 0 in volume.shape or volume.dtype.kind not in "fiu":
        raise OdfaultError(
            f"{source} holds an array of shape {volume.shape}",
            "give numbers (traces, samples) or (inlines, crosslines, samples)",
        )
    which, number = line or ("inlines", None)
    turned = volume.swapaxes(0, 1) if which == "crosslines" else volume
    at = len(turned) // 2 if number is None else number
    if not 0 <= at < len(turned):
        raise OdfaultError(f"{source} has no {which[:-1]} {number}", f"choose from 0 to {len(turned) - 1}")
    _check_volume(source.name, volume.shape[:2], card)
    rows, row = _rows(at, len(turned), card)
    flat = len(turned) == 1
    return Subject(
        source.name if flat else f"{source.name}, {which[:-1]} {at}",
        np.ascontiguousarray(clear(turned[rows])), row, np.arange(turned.shape[1], dtype=np.float64),
        "trace" if flat else ("crossline" if which == "inlines" else "inline"), 0.0, UNKNOWN_MS,
    )  # fmt: skip


def _load(source: Path) -> NDArray[Any]:
    try:
        with source.open("rb") as stream:
            found = np.load(stream)
            if isinstance(found, np.ndarray):
                return found
            return np.asarray(found["seismic" if "seismic" in found.files else found.files[0]])
    except (OSError, ValueError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise OdfaultError(f"{source} cannot be read ({error})", "save it with numpy.save") from error


def _from_picture(source: Path, card: Card, line: tuple[str, int] | None) -> Subject:
    from odfault.picture.read import read_picture
    from odfault.picture.section import find_section

    if line:
        raise OdfaultError(f"{source.name} is a picture of one section", "name no line of it")
    _check_volume(source.name, (1, 1), card)
    return show_picture(source.name, find_section(read_picture(source)))


def show_picture(title: str, section: Section) -> Subject:
    """Make a section to look at of one found in a picture, as coarse or fine as `odfault picture` does."""
    from odfault.picture.answer import choose_size, show_as

    seen = show_as(section.amplitudes, choose_size(section.amplitudes))[None]
    along = np.linspace(0, section.shape[0] - 1, seen.shape[1])
    return Subject(title, clear(seen), 0, along, "trace", 0.0, UNKNOWN_MS, list(section.remarks))


def _check_volume(name: str, lines: tuple[int, ...], card: Card) -> None:
    """Refuse to show lines to a network for volumes."""
    if card.architecture.dimensions == 3 and min(lines) < THIN:
        raise OdfaultError(
            f"{card.name} looks at volumes, and {name} has {lines[0]} x {lines[1]} lines",
            "give --model fault2d, or a volume",
        )


def _rows(at: int, count: int, card: Card) -> tuple[slice, int]:
    """Choose the lines to read for a line, and where it is among them."""
    if card.architecture.dimensions == 2:
        return slice(at, at + 1), 0
    halo = math.ceil((card.halo + 1) / min(1.0, card.scale[0]))
    first = max(0, at - halo) // GRID * GRID
    return slice(first, min(count, at + halo + GRID)), at - first
