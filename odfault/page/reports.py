"""Reports of `odfault explain` asked for from the page: of the section shown, at the place clicked."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import pickle
import re
from pathlib import Path
from typing import Any

from odfault.page import surveys
from odfault.page.jobs import Job
from odfault.page.refusals import PageError
from odfault.page.store import Item
from odfault.picture.answer import NETWORK

LINES = {"inline": "inlines", "crossline": "crosslines"}


@dataclasses.dataclass(frozen=True)
class Question:
    """What is to be explained.

    Attributes
    ----------
    spot : tuple of float or None
        Parts of the width and height of what is shown; the strongest fault when None.
    language : str
        Of the report.
    place : Place
        The section, of a survey.
    model : str
        Which network, of a survey; a picture's is always that for pictures.
    """

    spot: tuple[float, float] | None
    language: str
    place: surveys.Place
    model: str


def explain(job: Job, question: Question) -> dict[str, Any]:
    """Write the report into the item's folder; its facts then list it."""
    from odfault.explain.gradients import open_network
    from odfault.explain.study import study
    from odfault.explain.telling import tell

    item = job.item
    model = NETWORK if item.kind == "picture" else question.model
    inside = open_network(model)
    read = _read_picture if item.kind == "picture" else _read_line
    subject, at = read(item, question, inside.card)
    job.at("explain")
    found = study(subject, inside, at=at, progress=job.progress)
    page = tell(found, question.language)
    trace, time = float(subject.along[found.point[1]]), float(subject.times_ms[found.point[2]])
    told = {"language": question.language, "across": subject.across, "trace": trace, "ms": time}
    if item.kind == "picture":
        told["pixel"] = _pixel(item, trace, time)
    with item.lock:
        reports = item.facts.setdefault("reports", [])
        told["number"] = len(reports)
        _path(item, told["number"]).write_text(page, "utf-8")
        reports.append(told)
    return told


def _read_line(item: Item, question: Question, card: Any) -> tuple[Any, tuple[float, float] | None]:
    """Read a line of a survey, and the point as its trace number and time."""
    from odfault.explain.reading import read_subject

    survey, place = surveys.survey_of(item), question.place
    place.check(survey.shape)
    if place.axis == "slice":
        raise PageError("slice", "a time slice alone cannot be answered", "answer the whole volume")
    numbers, along = survey.inlines, survey.crosslines
    if place.axis == "crossline":
        numbers, along = along, numbers
    at = None
    if question.spot:
        x, y = (int(part * n) for part, n in zip(question.spot, (len(along), survey.shape[2]), strict=True))
        time = survey.delay_ms + min(y, survey.shape[2] - 1) * survey.interval_s * 1000
        at = (float(along[min(x, len(along) - 1)]), time)
    line = (LINES[place.axis], int(numbers[place.at]))
    subject = read_subject(item.source, card, line=line, at=at)
    plain = subject.title.replace(item.source.name, item.name, 1)  # an upload lies under a name of ours
    return dataclasses.replace(subject, title=plain), at


def _read_picture(item: Item, question: Question, card: Any) -> tuple[Any, tuple[float, float] | None]:
    """Take the section that was found in a picture, with its corners, and the point as trace and time."""
    from odfault.explain.reading import show_picture
    from odfault.explain.settling import settle

    section = _section_of(item)
    subject = show_picture(item.name, section)
    at = None
    if question.spot:
        size = (item.facts["width"], item.facts["height"])
        pixel = [part * n for part, n in zip(question.spot, size, strict=True)]
        trace, sample = section.to_section([pixel])[0].tolist()
        if not (-0.5 <= trace <= section.shape[0] - 0.5 and -0.5 <= sample <= section.shape[1] - 0.5):
            raise PageError("outside", "this place lies outside the section", "choose one inside")
        time = sample * _step_ms(subject, section)
        at = (
            min(max(trace, 0.0), section.shape[0] - 1.0),
            min(max(time, 0.0), float(subject.times_ms[-1])),
        )
    return settle(subject, card, at=at), at


def _section_of(item: Item) -> Any:
    try:
        section, _ = pickle.loads((item.folder / "result.pickle").read_bytes())  # our own, in our own folder
    except FileNotFoundError:
        raise PageError("unanswered", "there are no faults yet", "wait for the answer", status=404) from None
    return section


def _step_ms(subject: Any, section: Any) -> float:
    """Tell what a row of pixels is called to last: a picture is looked at coarser or finer."""
    last: float = subject.times_ms[-1]
    return last / float(max(section.shape[1] - 1, 1))


def _pixel(item: Item, trace: float, time_ms: float) -> dict[str, int]:
    """Tell where in its picture a point of a section is."""
    from odfault.explain.reading import show_picture

    section = _section_of(item)
    step = _step_ms(show_picture(item.name, section), section)
    x, y = section.to_picture([(trace, time_ms / step)])[0]
    return {"x": int(x), "y": int(y)}


def find(item: Item, number: int) -> Path:
    """Find a report.

    Raises
    ------
    PageError
        If there is none.
    """
    path = _path(item, number)
    if not path.is_file():
        raise PageError("file", "there is no such download", "choose another", status=404)
    return path


def _path(item: Item, number: int) -> Path:
    return item.folder / f"report-{number}.html"


def policy(page: str) -> str:
    """Give the content security policy of a report: its own style and its own pictures, nothing else."""
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    sign = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{sign}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox"
    )
