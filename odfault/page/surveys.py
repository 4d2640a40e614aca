"""Surveys on the page: one section at a time is shown and answered; the whole volume when asked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.page.jobs import Job
from odfault.page.pixels import crowd, shade, thin_out, to_levels, to_png
from odfault.page.refusals import PageError
from odfault.page.store import Item
from odfault.segy.survey import SegySurvey
from odfault.undefined import clear

Section = NDArray[np.float32]
AXES = ("inline", "crossline", "slice")
MODELS = ("fault2d", "fault3d")
LINES = "fault2d"
"""Answers a line alone."""
MOST_TRACES = 40_000
"""Of one line, that are answered at once."""
SLICE_BYTES = 400_000_000
"""Read of a volume at most for one time slice: of a larger one every second line, or third."""


@dataclasses.dataclass(frozen=True)
class Place:
    """A section of a survey: ``inline``, ``crossline`` or ``slice``, and its position on that axis."""

    axis: str
    at: int

    def check(self, shape: tuple[int, int, int]) -> None:
        """Refuse what is not in a survey of this shape."""
        if self.axis not in AXES or not 0 <= self.at < shape[AXES.index(self.axis)]:
            raise PageError("place", "there is no such section", "choose another", status=404)


def look(job: Job) -> dict[str, Any]:
    """Open a survey, and tell what it is and where to look first."""
    item = job.item
    with item.lock:
        survey = SegySurvey.open(item.source)
        item.kept["survey"] = survey
        item.facts |= _describe(survey)
    return {}


def _describe(survey: SegySurvey) -> dict[str, Any]:
    inlines, crosslines, samples = survey.shape
    flat = min(inlines, crosslines) == 1
    axes = ["crossline" if crosslines == 1 < inlines else "inline"] if flat else list(AXES)
    return {
        "inlines": survey.inlines.tolist(),
        "crosslines": survey.crosslines.tolist(),
        "samples": samples,
        "delay_ms": survey.delay_ms,
        "interval_ms": survey.interval_s * 1000,
        "axes": axes,
        "first": {"axis": axes[0], "at": (crosslines if axes[0] == "crossline" else inlines) // 2},
        "remarks": list(survey.remarks),
        "answered": [],
        "volumes": [],
    }


def survey_of(item: Item) -> SegySurvey:
    """Give the open survey of an item."""
    survey = item.kept.get("survey")
    if not isinstance(survey, SegySurvey):
        raise PageError("unanswered", "the survey is not open yet", "wait for it", status=404)
    return survey


def answer_line(job: Job, place: Place) -> dict[str, Any]:
    """Answer one line with a network for sections; a line that was answered before costs nothing."""
    import odfault

    item = job.item
    survey = survey_of(item)
    place.check(survey.shape)
    if place.axis == "slice":
        raise PageError("slice", "a time slice alone cannot be answered", "answer the whole volume")
    kept = _kept(item, place, LINES)
    if not kept.exists():
        section = read_section(survey, place)
        if section.shape[0] > MOST_TRACES:
            raise PageError("long", f"this line has {section.shape[0]} traces", "run odfault on the file")
        job.at("answer")
        np.save(kept, odfault.predict(section, model=LINES))
    with item.lock:
        name = f"{place.axis}:{place.at}"
        if name not in item.facts["answered"]:
            item.facts["answered"].append(name)
    return {"axis": place.axis, "at": place.at}


def answer_volume(job: Job, model: str) -> dict[str, Any]:
    """Answer the whole survey into a SEG-Y file, as ``odfault run`` does."""
    from odfault.batch import run

    item = job.item
    survey_of(item)
    out = item.folder / f"{model}.sgy"
    job.at("answer")
    report = run(item.source, out, model=model, progress=job.progress)
    with item.lock:
        item.kept[model] = SegySurvey.open(out)
        if model not in item.facts["volumes"]:
            item.facts["volumes"].append(model)
        said = [remark for remark in report.remarks if remark not in item.facts["remarks"]]
        item.facts["remarks"] = [*item.facts["remarks"], *said]
    return {"model": model}


def _kept(item: Item, place: Place, model: str) -> Path:
    if model not in MODELS:
        raise PageError("model", "there is no such model", "choose another", status=404)
    return item.folder / f"{model}-{place.axis}-{place.at}.npy"


def read_section(survey: SegySurvey, place: Place) -> Section:
    """Read a section: (traces, samples) of a line, (crosslines, inlines) of a time slice."""
    place.check(survey.shape)
    inlines, crosslines, _ = survey.shape
    if place.axis == "inline":
        values = survey.read(slice(place.at, place.at + 1), slice(0, crosslines))[0]
    elif place.axis == "crossline":
        values = survey.read(slice(0, inlines), slice(place.at, place.at + 1))[:, 0]
    else:
        lines = range(0, inlines, slice_step(survey))
        rows = [survey.read(slice(n, n + 1), slice(0, crosslines))[0, :, place.at] for n in lines]
        values = np.stack(rows, axis=1)
    return np.ascontiguousarray(clear(values))


def slice_step(survey: SegySurvey) -> int:
    """Tell how many inlines a time slice goes on from one to the next."""
    return max(1, -(-4 * int(np.prod(survey.shape)) // SLICE_BYTES))


def show(item: Item, place: Place) -> bytes:
    """Give a section as a grey PNG, small enough for a screen."""
    return to_png(shade(thin_out(read_section(survey_of(item), place))))


def find_probability(item: Item, place: Place, model: str) -> Section:
    """Find what is known of a section's faults: from its own answer, or out of the volume's.

    Raises
    ------
    PageError
        If it was not answered.
    """
    place.check(survey_of(item).shape)
    kept = _kept(item, place, model)
    volume = item.kept.get(model)
    if isinstance(volume, SegySurvey):
        return read_section(volume, place)
    if kept.exists():
        return np.asarray(np.load(kept), np.float32)
    raise PageError("unanswered", "there are no faults yet", "wait for the answer", status=404)


def show_probability(item: Item, place: Place, model: str) -> bytes:
    """Give the faults of a section as a grey PNG, the same size as ``show``."""
    return to_png(to_levels(crowd(find_probability(item, place, model)).T))


def title(survey: SegySurvey, place: Place) -> str:
    """Name a section in a few words."""
    if place.axis == "slice":
        return f"{survey.delay_ms + place.at * survey.interval_s * 1000:g} ms"
    lines = survey.inlines if place.axis == "inline" else survey.crosslines
    return "line" if survey.is_2d else f"{place.axis} {lines[place.at]}"
