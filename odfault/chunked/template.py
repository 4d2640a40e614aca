"""What a SEG-Y file holds beside its samples, kept in a store so that the file can be made again."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.library import damaged, make_array, part_file, parts_of
from odfault.errors import OdfaultError
from odfault.segy.headers import TRACE_HEADER_BYTES, batches, read_trace_headers
from odfault.segy.layout import Layout
from odfault.segy.output import part_layout
from odfault.segy.refusal import check_room, disk_error, unreadable
from odfault.segy.survey import SegySurvey
from odfault.segy.twin import mend_binary, write_history
from odfault.survey import Lines

GROUP = "segy"
"""Where it lies in a store; xarray shows the groups above only."""
_TRACES = 4096
_PLAIN = (
    "big_endian", "sample_format", "n_samples", "n_extended", "n_traces", "interval_us", "tail_bytes",
    "ascii_text",
)  # fmt: skip
Numbers = NDArray[np.int64]
ReadHeaders = Callable[[Numbers], NDArray[np.uint8]]


@dataclasses.dataclass
class Template:
    """A SEG-Y file without its samples.

    Attributes
    ----------
    layout : Layout
        How its bytes lie.
    head : bytes
        Text header, binary header, extended text headers.
    read_headers : callable
        Gives the trace headers, (n, 240) uint8, of some traces.
    inlines, crosslines, index, duplicates, strays
        Which trace stands where, see `SegySurvey`.
    """

    layout: Layout
    head: bytes
    read_headers: ReadHeaders
    inlines: Lines
    crosslines: Lines
    index: Numbers
    duplicates: Numbers
    strays: Numbers

    @classmethod
    def of(cls, survey: SegySurvey) -> Self:
        """Take it from a SEG-Y file."""
        layout = survey.layout

        def read_headers(numbers: Numbers) -> NDArray[np.uint8]:
            with layout.path.open("rb", buffering=0) as file:
                return read_trace_headers(
                    file, numbers, first_byte=layout.first_byte, trace_bytes=layout.trace_bytes
                )

        try:
            with layout.path.open("rb") as file:
                head = file.read(layout.first_byte)
        except OSError as error:
            raise unreadable(layout.path, error) from error
        lines = survey.inlines, survey.crosslines
        return cls(layout, head, read_headers, *lines, survey.index, survey.duplicates, survey.strays)

    def cut(self, rows: slice, columns: slice, keep: Numbers | None) -> Self:
        """Keep a part of the lines, and of the traces those with these numbers; all without any."""
        if keep is None:
            return self
        box, read = self.index[rows, columns], self.read_headers
        repeats = self.duplicates[np.isin(self.duplicates[:, 0], keep)] - (0, rows.start, columns.start)
        repeats[:, 0] = np.searchsorted(keep, repeats[:, 0])
        return dataclasses.replace(
            self,
            layout=dataclasses.replace(self.layout, n_traces=len(keep), tail_bytes=0),
            read_headers=lambda numbers: read(keep[numbers]),
            inlines=self.inlines[rows],
            crosslines=self.crosslines[columns],
            index=np.where(box < 0, -1, np.searchsorted(keep, box)),
            duplicates=repeats,
            strays=self.strays[:0],
        )

    def for_answers(self, history: str) -> tuple[Self, list[str]]:
        """Make it that of a file of answers: float samples, a line of history, wrong fields put right."""
        part = part_layout(self, self.layout.path)
        file = io.BytesIO(self.head)
        remarks = [
            *write_history(file, history, ascii_text=part.ascii_text),
            *mend_binary(file, self.layout, part),
        ]
        return dataclasses.replace(self, layout=part, head=file.getvalue()), remarks

    def lay_down(self, path: Path) -> None:
        """Write the file, with all samples zero.

        Raises
        ------
        OdfaultError
            The disk fails or fills.
        """
        layout = dataclasses.replace(self.layout, path=path)
        try:
            check_room(path, layout.first_byte + layout.n_traces * layout.trace_bytes)
            with path.open("wb") as file:
                file.write(self.head)
                for numbers in batches(np.arange(layout.n_traces), _most(layout)):
                    traces = np.zeros((len(numbers), layout.trace_bytes), np.uint8)
                    traces[:, :TRACE_HEADER_BYTES] = self.read_headers(numbers)
                    file.write(traces.data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_error(path, error) from error

    def keep(self, root: Any) -> None:
        """Write it into a store."""
        group = root.create_group(GROUP)
        group.attrs.update({name: getattr(self.layout, name) for name in _PLAIN})
        put(group, "head", np.frombuffer(self.head, np.uint8))
        put(group, "trace_number", self.index)
        put(group, "repeats", self.duplicates)
        put(group, "strays", self.strays)
        headers = make_array(
            group,
            "trace_headers",
            shape=(self.layout.n_traces, TRACE_HEADER_BYTES),
            dtype="u1",
            chunks=(_TRACES, TRACE_HEADER_BYTES),
        )
        for numbers in batches(np.arange(self.layout.n_traces), _TRACES):
            headers[int(numbers[0]) : int(numbers[-1]) + 1] = self.read_headers(numbers)


def _most(layout: Layout) -> int:
    """Traces of some 16 MB."""
    return max(1, 2**24 // layout.trace_bytes)


def put(group: Any, name: str, values: NDArray[Any]) -> None:
    """Keep an array in a store; none where it is empty."""
    if values.size:
        make_array(group, name, shape=values.shape, dtype=values.dtype)[...] = values


def take(group: Any, name: str, empty: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Read an array that `put` kept."""
    return np.asarray(group[name][...]) if name in group else np.empty(empty, dtype)


def read_template(path: Path, root: Any, inlines: Lines, crosslines: Lines) -> Template | None:
    """Read what a store keeps of a SEG-Y file; nothing where there was none.

    Raises
    ------
    OdfaultError
        A part of it is missing or damaged.
    """
    if GROUP not in root:
        return None
    group = root[GROUP]
    for file in _files(path, group):
        if not file.is_file():
            raise OdfaultError(f"{path} lacks {file.relative_to(path)}", "copy or export it again")
    try:
        words = {name: group.attrs[name] for name in _PLAIN}
        layout = Layout(path=path, remarks=(), **words)
        headers = group["trace_headers"]
        repeats = take(group, "repeats", (0, 3), np.int64)
        return Template(
            layout, group["head"][...].tobytes(), lambda numbers: _rows(path, headers, numbers),
            inlines, crosslines, group["trace_number"][...], repeats,
            take(group, "strays", (0,), np.int64),
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise damaged(path / GROUP, error) from error


def _files(path: Path, group: Any) -> Iterator[Path]:
    """List the files that must be there."""
    for name, array in group.arrays():
        if name == "words":
            continue
        sides = parts_of(array)
        for place in np.ndindex(*(-(-size // side) for size, side in zip(array.shape, sides, strict=True))):
            yield part_file(path, array, place)


def _rows(path: Path, headers: Any, numbers: Numbers) -> NDArray[np.uint8]:
    """Read rising rows of an array, as one span where they are one."""
    try:
        first, last = int(numbers[0]), int(numbers[-1]) + 1
        if last - first <= 2 * len(numbers):
            return np.asarray(headers[first:last], np.uint8)[numbers - first]
        return np.asarray(headers.get_orthogonal_selection((numbers, slice(None))), np.uint8)
    except (OSError, ValueError, RuntimeError) as error:
        raise damaged(path / GROUP, error) from error
