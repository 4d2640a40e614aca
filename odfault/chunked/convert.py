"""A survey from one form to another: SEG-Y to a chunked store and back, or store to store."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.chunked.exact import (
    Box,
    copy_rest,
    keep_rest,
    make_words,
    read_block,
    restore_rest,
    words_of,
    write_block,
)
from odfault.chunked.library import names_store, open_root
from odfault.chunked.reading import StoreSurvey
from odfault.chunked.recognise import Volume
from odfault.chunked.samples import IBM, store_dtype
from odfault.chunked.shapes import shard_shape
from odfault.chunked.template import GROUP, Template
from odfault.chunked.writing import StoreWriter, discard, lay_down_store
from odfault.errors import OdfaultError
from odfault.journal import Journal
from odfault.kinds import check_target, finish, open_survey, state_of, template_of
from odfault.segy.output import check_output
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey, open_with

_TAILS = (".part", ".journal")
Block = tuple[NDArray[Any], NDArray[np.uint32] | None]


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
        template = template_of(survey)
        if not names_store(out):
            if isinstance(survey, SegySurvey):
                raise OdfaultError(
                    f"{source} and {out} are both SEG-Y", "end the name of the store in .zarr or .mdio"
                )
            if headers is not None:
                check_output(headers, out)
                template = _template_from(Path(headers), survey, words)
            if template is None:
                raise OdfaultError(
                    f"{source} holds no SEG-Y headers",
                    "name a SEG-Y file of the same lines with --headers, or write a store",
                )
        check_target(survey, out, _TAILS, headers=template is not None)
        job = _Conversion(survey, template, out, depth=depth, headers=Path(headers) if headers else None)
        return job.do(progress)


def _template_from(path: Path, survey: StoreSurvey, words: dict[str, Any]) -> Template:
    """Take the headers of another file, which must have the same lines."""
    with open_with(path, words) as other:
        same = other.shape == survey.shape and all(
            np.array_equal(getattr(other, axis), getattr(survey, axis)) for axis in ("inlines", "crosslines")
        )
        if not same:
            raise OdfaultError(
                f"{path} has other lines or samples than {survey.path}", "name the file that it was made from"
            )
        template, _ = Template.of(other).for_answers(f"odfault {__version__}: samples of {survey.path.name}")
    return template


class _Conversion:
    """One conversion: what is read, the unfinished output, and its journal."""

    def __init__(
        self,
        survey: SegySurvey | StoreSurvey,
        template: Template | None,
        out: Path,
        *,
        depth: bool,
        headers: Path | None,
    ) -> None:
        self.survey, self.template, self.out, self.depth = survey, template, out, depth
        self.part = out.with_name(out.name + ".part")
        self.store = names_store(out)
        self.exact = headers is None and template is not None
        self.words: Volume | None = None
        if isinstance(survey, StoreSurvey):
            self.name = str(survey.volume.array.basename)
            self.kind: np.dtype[Any] = np.dtype(survey.volume.array.dtype)
            self.words = words_of(survey.root) if self.exact else None
        else:
            self.name, self.kind = "amplitude", store_dtype(survey.layout)
        settings = {
            "convert": __version__,
            "input": state_of(survey.path),
            "headers": headers and state_of(headers),
            "depth": depth,
            "layout": str(survey.layout),
        }
        self.journal = Journal(out.with_name(out.name + ".journal"), settings)

    def do(self, progress: Callable[[int, int], None]) -> Report:
        resumed = self.journal.resume() and self.part.exists()
        if not resumed:
            self._begin()
        self._fill(progress)
        self._finish()
        return Report(self.out, self.survey.shape, resumed, list(self.survey.remarks))

    def _begin(self) -> None:
        self.journal.forget()
        try:
            if self.store:
                rows, columns = self._whole
                lay_down_store(
                    self.survey, self.part, rows=rows, columns=columns, name=self.name, dtype=self.kind,
                    template=self.template, depth=self.depth,
                )  # fmt: skip
                if self.template is not None and self.template.layout.sample_format == IBM:
                    make_words(open_root(self.part, "r+"), self.survey.shape)
            else:
                assert self.template is not None
                self.template.lay_down(self.part)
        except BaseException:
            discard(self.part)
            raise
        self.journal.begin([])

    @property
    def _whole(self) -> Box:
        return slice(0, self.survey.shape[0]), slice(0, self.survey.shape[1])

    def _fill(self, progress: Callable[[int, int], None]) -> None:
        boxes = list(_boxes(self.survey.shape))
        done, total = 0, int(np.prod(self.survey.shape))
        progress(done, total)
        for box in boxes:
            if _place(box) not in self.journal.done:
                values, words = self._read(box)
                self._write(box, values, words)
                live = int((self.survey.index[box] >= 0).sum())
                odd = 0 if words is None else int(np.count_nonzero(words))
                self.journal.add(_place(box), live, odd)
            done += _size(box) * self.survey.shape[2]
            progress(done, total)

    def _read(self, box: Box) -> Block:
        if isinstance(self.survey, SegySurvey):
            assert self.template is not None
            return read_block(self.template, box)
        depths = slice(0, self.survey.shape[2])
        return self.survey.read_native(*box), self.words.read((*box, depths)) if self.words else None

    def _write(self, box: Box, values: NDArray[Any], words: NDArray[np.uint32] | None) -> None:
        try:
            if not self.store:
                assert self.template is not None
                live = self.survey.index[box] >= 0
                write_block(self.template, self.part, box, np.where(live[..., None], values, 0), words)
                with self.part.open("r+b") as file:
                    os.fsync(file.fileno())
                return
            rows, columns = self._whole
            with StoreWriter(self.survey, self.part, rows=rows, columns=columns, name=self.name) as writer:
                writer.write(*box, values)
            if words is not None:
                open_root(self.part, "r+")[GROUP]["words"][(*box, slice(None))] = words
        except OSError as error:
            raise disk_error(self.part, error) from error

    def _finish(self) -> None:
        odd = sum(count for _, count in self.journal.done.values())
        if self.store and self.template is not None:
            root = open_root(self.part, "r+")
            if isinstance(self.survey, SegySurvey):
                keep_rest(root, self.template, odd)
            else:
                copy_rest(self.survey.root, root)
        elif self.exact:
            assert isinstance(self.survey, StoreSurvey)
            assert self.template is not None
            restore_rest(self.survey.root, self.template, self.part, odd)
        story = {"odfault": __version__, "converted_from": self.survey.path.name}
        if isinstance(self.survey, StoreSurvey):
            story = {**dict(self.survey.root.attrs.get("made_by") or {}), **story}
        finish(self.part, self.out, name=self.name, title=self._title(), story=story)
        self.journal.forget()

    def _title(self) -> str:
        kept = self.survey.root.attrs.get("title") if isinstance(self.survey, StoreSurvey) else None
        return str(kept or self.survey.path.stem)


def _boxes(shape: tuple[int, int, int]) -> Iterator[Box]:
    """Cut a survey into the footprints of shards, so that each is written once."""
    sides = shard_shape(shape)
    starts = [range(0, size, side) for size, side in zip(shape[:2], sides[:2], strict=True)]
    for i, x in itertools.product(*starts):
        yield slice(i, min(i + sides[0], shape[0])), slice(x, min(x + sides[1], shape[1]))


def _place(box: Box) -> tuple[int, int]:
    return box[0].start, box[1].start


def _size(box: Box) -> int:
    return int((box[0].stop - box[0].start) * (box[1].stop - box[1].start))
