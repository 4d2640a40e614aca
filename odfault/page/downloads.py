"""A survey's section as a file: its picture, its mask, its values, its SEG-Y traces."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.draw import Panel, draw_panels
from odfault.errors import OdfaultError
from odfault.page import surveys
from odfault.page.pixels import to_png
from odfault.page.refusals import PageError
from odfault.page.store import Item
from odfault.segy.output import SegyWriter, lay_down
from odfault.segy.survey import SegySurvey

Section = NDArray[np.float32]
SIDES = {"inline": ("crossline", "ms"), "crossline": ("inline", "ms"), "slice": ("crossline", "inline")}
"""What is counted across and down a section."""


def write(item: Item, name: str, place: surveys.Place, model: str, threshold: float) -> Path:
    """Write a download of an item; of a volume that was answered its SEG-Y file is there already.

    Raises
    ------
    OdfaultError
        If it was not answered, or cannot be written.
    """
    survey = surveys.survey_of(item)
    if name == "volume.sgy":
        if not isinstance(item.kept.get(model), SegySurvey):
            raise PageError("unanswered", "the volume was not answered", "answer it first", status=404)
        return item.folder / f"{model}.sgy"
    probability = surveys.find_probability(item, place, model)
    out = item.folder / f"{place.axis}-{place.at}-{model}-{threshold:.3f}-{name}"
    try:
        return write_section(survey, place, probability, threshold, out)
    except OSError as error:
        raise OdfaultError(f"{name} cannot be written ({error.strerror})", "make room on the disk") from error


def write_section(
    survey: SegySurvey, place: surveys.Place, probability: Section, threshold: float, out: Path
) -> Path:
    """Write a section's faults as what the name of the file ends in.

    Parameters
    ----------
    survey : SegySurvey
    place : Place
    probability : ndarray, (traces, samples)
        Or (crosslines, inlines) of a time slice.
    threshold : float
        Probability from which a fault is drawn or told.
    out : Path
        Ends in ``faults.png``, ``mask.png``, ``probability.png``, ``faults.csv`` or ``section.sgy``.

    Raises
    ------
    PageError
        If such a file is not made of such a section.
    """
    if out.name.endswith("faults.png"):
        draw_panels([_panel(survey, place, probability)], out, threshold=threshold)
    elif out.name.endswith("mask.png"):
        out.write_bytes(to_png(np.where(threshold <= probability.T, 255, 0).astype(np.uint8)))
    elif out.name.endswith("probability.png"):
        out.write_bytes(to_png(np.rint(probability.T * 65535).astype(np.uint16)))
    elif out.name.endswith("faults.csv"):
        _write_crests(survey, place, probability, threshold, out)
    elif place.axis != "slice":
        _write_segy(survey, place, probability, out)
    else:
        raise PageError("file", "a time slice is no SEG-Y file", "download the whole volume", status=404)
    return out


def _panel(survey: SegySurvey, place: surveys.Place, probability: Section) -> Panel:
    seismic = surveys.read_section(survey, place)
    across, down = _axes(survey, place)
    if probability.shape != seismic.shape:
        raise PageError("file", "the sections do not fit", "choose another", status=404)
    extent = (float(across[0]), float(across[-1]), float(down[-1]), float(down[0]))
    return Panel(surveys.title(survey, place), seismic, probability, extent, *SIDES[place.axis])


def _axes(survey: SegySurvey, place: surveys.Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the numbers along both sides of a section: lines, and times in ms or lines again."""
    times = survey.delay_ms + np.arange(survey.shape[2], dtype=np.float64) * survey.interval_s * 1000
    if place.axis == "slice":
        return survey.crosslines.astype(np.float64), survey.inlines.astype(np.float64)
    lines = survey.crosslines if place.axis == "inline" else survey.inlines
    return lines.astype(np.float64), times


def _write_crests(
    survey: SegySurvey, place: surveys.Place, probability: Section, threshold: float, out: Path
) -> None:
    """Write the crests of faults, a point a row."""
    from odfault.thinning import thin

    at = np.argwhere(thin(probability) >= threshold)
    across, down = _axes(survey, place)
    step = surveys.slice_step(survey) if place.axis == "slice" else 1
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*SIDES[place.axis], "probability"])
        writer.writerows(
            [f"{across[x]:g}", f"{down[y * step]:g}", f"{probability[x, y]:.3f}"] for x, y in at.tolist()
        )


def _write_segy(survey: SegySurvey, place: surveys.Place, probability: Section, out: Path) -> None:
    """Write a line as SEG-Y: the traces of the input with their headers, and the probability in them."""
    rows, columns = slice(0, survey.shape[0]), slice(0, survey.shape[1])
    one = slice(place.at, place.at + 1)
    rows, columns = (one, columns) if place.axis == "inline" else (rows, one)
    box = survey.index[rows, columns]
    repeats = survey.duplicates
    on = repeats[repeats[:, 1 if place.axis == "inline" else 2] == place.at, 0]
    keep = np.sort(np.concatenate([box[box >= 0], on]))
    part = out.with_name(out.name + ".part")
    history = f"odfault {__version__}: fault probability by {surveys.LINES}"
    lay_down(survey, part, history, keep=keep)
    with SegyWriter(survey, part, keep=keep) as writer:
        writer.write(rows, columns, probability.reshape(*box.shape, -1))
        writer.flush()
    part.replace(out)
