"""A SEG-Y file like the input in all but its samples: laid down first, then overwritten box by box."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.headers import FLOAT_FORMATS, batches, runs
from odfault.segy.layout import Layout
from odfault.segy.refusal import check_room, disk_error
from odfault.segy.survey import SegySurvey, open_traces
from odfault.segy.twin import copy_traces, mend_binary, silence, write_history

_IEEE_FLOAT = 5
_WRITE_TRACES = 4096
_LONG_RUN = 16
_Rows = NDArray[np.float32]
_Slots = NDArray[np.int64]
_FLOAT_DTYPES = {1: np.float32, 5: np.float32, 6: np.float64}


class Traces(Protocol):
    """What a writer must know of the input: how it lies, and which trace stands where."""

    inlines: _Slots
    crosslines: _Slots
    index: _Slots
    duplicates: _Slots

    @property
    def layout(self) -> Layout: ...  # noqa: D102


def part_layout(survey: Traces, part_path: str | Path, keep: NDArray[np.int64] | None = None) -> Layout:
    """Tell how the part file lies: the survey's layout with float samples, and the kept traces only."""
    code = survey.layout.sample_format
    return replace(
        survey.layout,
        path=Path(part_path),
        sample_format=code if code in FLOAT_FORMATS else _IEEE_FLOAT,
        n_traces=survey.layout.n_traces if keep is None else len(keep),
        tail_bytes=0,
    )


def lay_down(
    survey: SegySurvey,
    part_path: str | Path,
    history: str,
    *,
    keep: NDArray[np.int64] | None = None,
    bare: bool = False,
) -> list[str]:
    """Create the file that the results will be written into.

    All headers, the order of the traces and their coordinates are the input's, byte for byte. Float samples
    are the input's until they are overwritten; integer samples become IEEE floats, all zero.

    Parameters
    ----------
    survey : SegySurvey
        The input.
    part_path : str or Path
        The file to create; one of that name is overwritten.
    history : str
        A note for a free line of the text header; cut at 76 characters.
    keep : array, (n,) int64, optional
        Numbers of the traces to keep, rising; all when left out.
    bare : bool
        Leave out the headers of traces too, for ``shared.write_traces`` to write: then the file lies there at
        once, however large it is.

    Returns
    -------
    list of str
        What was changed beside the samples, or could not be, a plain sentence each.

    Raises
    ------
    OdfaultError
        The folder is missing, closed or full.
    """
    source, part = survey.layout, part_layout(survey, part_path, keep)
    needed = part.first_byte + part.n_traces * part.trace_bytes
    try:
        check_room(part.path, needed)
        if bare:
            copy_traces(source, part, np.empty(0, np.int64))
            os.truncate(part.path, needed)
        elif keep is None and part.sample_format == source.sample_format:
            shutil.copyfile(source.path, part.path)
            os.truncate(part.path, needed)
        else:
            numbers = np.arange(source.n_traces) if keep is None else np.asarray(keep, np.int64)
            copy_traces(source, part, numbers)
        with part.path.open("r+b") as file:
            remarks = [
                *write_history(file, history, ascii_text=part.ascii_text),
                *mend_binary(file, source, part),
            ]
            strays = survey.strays if keep is None else survey.strays[np.isin(survey.strays, keep)]
            silence(file, source, part, (strays, strays if keep is None else np.searchsorted(keep, strays)))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise disk_error(part.path, error) from error
    return remarks


class SegyWriter:
    """Overwrites the samples of a part file, box by box.

    Parameters
    ----------
    survey : SegySurvey
        The input, which tells what trace stands where.
    part_path : str or Path
        The file that `lay_down` made.
    keep : array, (n,) int64, optional
        The same as `lay_down` was given.

    Raises
    ------
    OdfaultError
        The file cannot be opened, or the disk fails or fills.
    """

    def __init__(
        self, survey: Traces, part_path: str | Path, *, keep: NDArray[np.int64] | None = None
    ) -> None:
        self._survey = survey
        self._keep = keep
        self.layout = part_layout(survey, part_path, keep)
        self._dtype = _FLOAT_DTYPES[self.layout.sample_format]
        if not self.layout.path.is_file():
            raise OdfaultError(f"{self.layout.path} does not exist", "lay the file down before writing to it")
        self._file = open_traces(self.layout, "r+")

    def write(self, inlines: slice, crosslines: slice, values: NDArray[np.float32]) -> None:
        """Write a box: each of its traces once, repeats of a place like their twin; holes are passed over.

        Parameters
        ----------
        inlines, crosslines : slice
            Positions on the axes of the survey, step 1.
        values : array, (inlines, crosslines, samples) float32
            The samples; left as they are.

        Raises
        ------
        OdfaultError
            The disk fails or fills.
        """
        box = self._survey.index[inlines, crosslines]
        if values.shape != (*box.shape, self.layout.n_samples):
            raise ValueError(f"values of shape {values.shape} do not fill a box of {box.shape} traces")
        found = find_footprint(self._survey, inlines, crosslines, self._keep)
        traces, slots = found.parts, found.slots
        rows = values.reshape(box.size, self.layout.n_samples)
        try:
            spans = list(runs(traces, _WRITE_TRACES))
            if self.layout.sample_format == _IEEE_FLOAT and len(traces) > _LONG_RUN * len(spans):
                return self._overwrite(traces, spans, rows, slots)
            for part in batches(np.arange(len(traces)), _WRITE_TRACES):
                block = rows[slots[part]].astype(self._dtype, copy=False)  # a copy: segyio codes it in place
                for trace, row in zip(traces[part].tolist(), block, strict=True):
                    # what ``file.trace[trace] = row`` does, in half the time
                    self._file.xfd.puttr(trace, row)
        except (OSError, RuntimeError) as error:
            raise disk_error(self.layout.path, error) from error

    def _overwrite(
        self, traces: NDArray[np.int64], spans: Sequence[slice], rows: _Rows, slots: _Slots
    ) -> None:
        """Put IEEE samples straight where they lie, run by run: segyio codes trace by trace, far slower."""
        order = ">" if self.layout.big_endian else "<"
        trace = np.dtype([("header", "V240"), ("samples", f"{order}f4", self.layout.n_samples)])
        for run in spans:
            first = self.layout.first_byte + int(traces[run.start]) * trace.itemsize
            shape = (run.stop - run.start,)
            block = np.memmap(self.layout.path, trace, "r+", offset=first, shape=shape)
            block["samples"] = rows[slots[run]]

    def flush(self) -> None:
        """Make sure that all written so far outlives a crash of the machine."""
        try:
            self._file.flush()
            with self.layout.path.open("r+b") as file:
                os.fsync(file.fileno())
        except (OSError, RuntimeError) as error:
            raise disk_error(self.layout.path, error) from error

    def close(self) -> None:
        """Flush and give the file back."""
        self.flush()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()


@dataclass(frozen=True)
class Footprint:
    """The traces that stand in a box of a survey, repeats of a place included.

    Attributes
    ----------
    numbers, parts : array, (n,) int64
        Their numbers in the input, and in the part file, rising.
    slots : array, (n,) int64
        The place of each in the flattened box (inlines, crosslines).
    """

    numbers: _Slots
    parts: _Slots
    slots: _Slots


def find_footprint(
    survey: Traces, inlines: slice, crosslines: slice, keep: NDArray[np.int64] | None = None
) -> Footprint:
    """Find which traces a box holds, and where they stand in the part file.

    Parameters
    ----------
    survey : Traces
        The input.
    inlines, crosslines : slice
        Positions on the axes of the survey, step 1.
    keep : array, (n,) int64, optional
        The same as `lay_down` was given.
    """
    box = survey.index[inlines, crosslines]
    inline, crossline = (
        part.indices(n)[0] for part, n in zip((inlines, crosslines), survey.index.shape, strict=True)
    )
    slots = np.flatnonzero(box.ravel() >= 0)
    traces = box.ravel()[slots]
    repeats, rows, columns = (survey.duplicates - (0, inline, crossline)).T
    inside = (rows >= 0) & (rows < box.shape[0]) & (columns >= 0) & (columns < box.shape[1])
    slots = np.concatenate([slots, (rows * box.shape[1] + columns)[inside]])
    traces = np.concatenate([traces, repeats[inside]])
    parts = traces
    if keep is not None:
        parts = np.searchsorted(keep, traces)
        kept = keep[np.minimum(parts, len(keep) - 1)] == traces
        slots, traces, parts = slots[kept], traces[kept], parts[kept]
    order = np.argsort(traces, kind="stable")
    return Footprint(traces[order], parts[order], slots[order])
