"""A part file that many machines write into side by side: whole traces, and exactly their bytes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.segy.headers import SAMPLE_BYTES, TRACE_HEADER_BYTES, runs
from odfault.segy.layout import Layout
from odfault.segy.output import Footprint
from odfault.segy.refusal import disk_error
from odfault.segy.survey import open_traces

_IBM = 1
_FLOATS = {5: "f4", 6: "f8"}
_BLOCK_BYTES = 2**25


@contextmanager
def open_shared(path: Path, *, apart: bool) -> Iterator[int]:
    """Open a file that others write into meanwhile; what was written is on the disk at the end.

    Parameters
    ----------
    path : Path
        The file, which must be there.
    apart : bool
        Whether the others may be on other machines.

    Notes
    -----
    A machine keeps a file of another one in pages, and may write whole pages back, with what a third one
    had written beside as it was before. Linux's NFS does not do so where a file is opened with O_DSYNC:
    then each write sends its own bytes, at once, and no others. A memory map always writes pages.
    """
    flags = os.O_WRONLY | getattr(os, "O_BINARY", 0) | (getattr(os, "O_DSYNC", 0) if apart else 0)
    file = os.open(path, flags)
    try:
        yield file
        os.fsync(file)
    finally:
        os.close(file)


def write_exactly(file: int, at: int, data: bytes) -> None:
    """Write bytes at a place of an open file, all of them."""
    os.lseek(file, at, os.SEEK_SET)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def write_traces(
    file: int, source: Layout, part: Layout, *, found: Footprint, values: NDArray[np.float32]
) -> None:
    """Write some traces, headers and all, into a part file, as ``SegyWriter`` would have left them there.

    Parameters
    ----------
    file : int
        The part file, opened by ``open_shared``.
    source, part : Layout
        Of the input, which has the headers, and of the part file.
    found : Footprint
        Which traces.
    values : array, (inlines, crosslines, samples) float32
        Samples of the footprint's box.

    Raises
    ------
    OdfaultError
        The disk fails or fills.
    """
    rows = values.reshape(-1, part.n_samples)
    whole = np.dtype([("header", f"V{TRACE_HEADER_BYTES}"), ("rest", f"V{_width(source)}")])
    mine = np.dtype([("header", f"V{TRACE_HEADER_BYTES}"), ("samples", "u1", _width(part))])
    try:
        headers = np.memmap(source.path, whole, "r", source.first_byte, source.n_traces)["header"]
        for run in runs(found.parts, max(1, _BLOCK_BYTES // part.trace_bytes)):
            block = np.empty(run.stop - run.start, mine)
            block["header"] = headers[found.numbers[run]]
            block["samples"] = _code(part, rows[found.slots[run]])
            at = part.first_byte + int(found.parts[run.start]) * part.trace_bytes
            write_exactly(file, at, block.tobytes())
    except (OSError, RuntimeError) as error:
        raise disk_error(part.path, error) from error


def _width(layout: Layout) -> int:
    return layout.n_samples * SAMPLE_BYTES[layout.sample_format]


def _code(part: Layout, rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Code samples (traces, samples) as bytes (traces, bytes): IBM floats by segyio, in a file."""
    if part.sample_format != _IBM:
        coded = rows.astype((">" if part.big_endian else "<") + _FLOATS[part.sample_format])
        return coded.view(np.uint8)
    with tempfile.TemporaryDirectory(prefix="odfault-") as folder:
        path = Path(folder) / "coded"
        for_a_while = replace(part, path=path, n_traces=len(rows))
        with path.open("wb") as fresh:
            fresh.truncate(part.first_byte + len(rows) * part.trace_bytes)
        file = open_traces(for_a_while, "r+")
        for number, row in enumerate(rows):
            file.xfd.puttr(number, row)
        file.close()
        laid = np.fromfile(path, np.uint8, offset=part.first_byte)
    return laid.reshape(len(rows), part.trace_bytes)[:, TRACE_HEADER_BYTES:]
