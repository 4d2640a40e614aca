"""A survey from one form to another: SEG-Y to a chunked store and back, or store to store."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from odfault import __version__
from odfault.chunked.ends import FromSegy, FromStore, Source, Target, ToSegy, ToStore
from odfault.chunked.laying import discard
from odfault.chunked.library import names_store
from odfault.chunked.reading import StoreSurvey
from odfault.chunked.shapes import cut_footprints
from odfault.chunked.template import Template
from odfault.errors import OdfaultError
from odfault.identity import state_of
from odfault.journal import Journal
from odfault.kinds import check_target, finish, open_survey
from odfault.lock import TAIL, hold
from odfault.ours import check_replaced
from odfault.outputs import check_output
from odfault.segy.survey import SegySurvey, open_with
from odfault.survey import same_lines

_TAILS = (".part", ".journal", TAIL)


@dataclasses.dataclass(frozen=True)
class Report:
    """What a conversion did: what it wrote, its shape, whether it went on, and what was odd."""

    out: Path
    shape: tuple[int, int, int]
    resumed: bool
    remarks: list[str]


def convert(
    source: str | Path,
    out: str | Path,
    *,
    headers: str | Path | None = None,
    depth: bool = False,
    replace: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **words: Any,
) -> Report:
    """Write a survey in another form.

    A SEG-Y file that went into a store comes out of it byte for byte: headers, traces without a place, and
    samples that float32 does not hold are kept. Killed, and called again, it goes on where it stopped.

    Parameters
    ----------
    source, out : str or Path
        What to read and to write: a SEG-Y file, or a store whose name ends in ``.zarr`` or ``.mdio``.
    headers : str or Path, optional
        A SEG-Y file with the same lines and samples, whose headers the output gets where the store has none.
    depth : bool
        Samples are depths in metres; the store says so.
    replace : bool
        Take the place of a file that odfault did not write, or of one that went into a store and came out.
    progress : callable
        Told the samples written and the samples of all.
    **words
        What is known of a SEG-Y file better than its headers say, see ``SegySurvey.open``.

    Returns
    -------
    Report

    Raises
    ------
    OdfaultError
        If one cannot be read or written, or both are SEG-Y.
    """
    source, out = Path(source), Path(out)
    with open_survey(source, words) as survey:
        settings = {
            "convert": __version__,
            "input": state_of(source),
            "layout": str(survey.layout),
            "headers": state_of(Path(headers)) if headers else None,
            "depth": depth,
        }
        begin, end = _choose_ends(survey, out, headers=headers, depth=depth, words=words)
        check_replaced(out, replace=replace)
        with hold(out):
            return _Conversion(begin, end, out, settings).do(progress)


def _choose_ends(
    survey: SegySurvey | StoreSurvey,
    out: Path,
    *,
    headers: str | Path | None,
    depth: bool,
    words: dict[str, Any],
) -> tuple[Source, Target]:
    """Choose what reads and what writes, and refuse what cannot be."""
    part = out.with_name(out.name + ".part")
    if names_store(out):
        check_target(survey, out, _TAILS)
        source = FromSegy(survey) if isinstance(survey, SegySurvey) else FromStore(survey, survey.template)
        return source, ToStore(source, part, depth=depth)
    if isinstance(survey, SegySurvey):
        raise OdfaultError(
            f"{survey.path} and {out} are both SEG-Y", "end the name of the store in .zarr or .mdio"
        )
    template = survey.template
    if headers is not None:
        check_output(headers, out)
        template = _template_from(Path(headers), survey, words)
    if template is None:
        raise OdfaultError(
            f"{survey.path} holds no SEG-Y headers",
            "name a SEG-Y file of the same lines with --headers, or write a store",
        )
    check_target(survey, out, _TAILS, headers=True)
    return FromStore(survey, template), ToSegy(survey, template, part)


def _template_from(path: Path, survey: StoreSurvey, words: dict[str, Any]) -> Template:
    """Take the headers of another file, which must have the same lines."""
    with open_with(path, words) as other:
        if other.shape != survey.shape or not same_lines(other, survey):
            raise OdfaultError(
                f"{path} has other lines or samples than {survey.path}", "name the file that it was made from"
            )
        template, _ = Template.of(other).for_answers(f"odfault {__version__}: samples of {survey.path.name}")
    return template


class _Conversion:
    """One conversion: its two ends, the unfinished output, and its journal."""

    def __init__(self, source: Source, target: Target, out: Path, settings: dict[str, Any]) -> None:
        self.source, self.target, self.out = source, target, out
        self.part = out.with_name(out.name + ".part")
        self.journal = Journal(out.with_name(out.name + ".journal"), settings)

    def do(self, progress: Callable[[int, int], None]) -> Report:
        resumed = self.journal.resume() and self.part.exists()
        if not resumed:
            self._begin()
        self._fill(progress)
        self.target.complete(sum(odd for _, odd in self.journal.done.values()))
        self._finish()
        survey = self.source.survey
        return Report(self.out, survey.shape, resumed, list(survey.remarks))

    def _begin(self) -> None:
        self.journal.forget()
        try:
            self.target.begin()
        except BaseException:
            discard(self.part)
            raise
        self.journal.begin([])

    def _fill(self, progress: Callable[[int, int], None]) -> None:
        survey, done = self.source.survey, 0
        total = int(np.prod(survey.shape))
        progress(done, total)
        for box in cut_footprints(survey.shape):
            place = box[0].start, box[1].start
            index = survey.index[box]
            if place not in self.journal.done:
                values, words = self.source.read(box)
                self.target.write(box, (values, words))
                odd = 0 if words is None else int(np.count_nonzero(words))
                self.journal.add(place, int((index >= 0).sum()), odd)
            done += index.size * survey.shape[2]
            progress(done, total)

    def _finish(self) -> None:
        survey = self.source.survey
        told: dict[str, Any] = dict(survey.root.attrs) if isinstance(survey, StoreSurvey) else {}
        story = {**(told.get("made_by") or {}), "odfault": __version__, "converted_from": survey.path.name}
        title = str(told.get("title") or survey.path.stem)
        finish(self.part, self.out, name=self.source.name, title=title, story=story)
        self.journal.forget()
