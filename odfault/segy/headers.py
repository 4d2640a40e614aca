"""Where things stand in a SEG-Y file: sample formats, header words, coding and free lines of the text."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO

import numpy as np
from numpy.typing import NDArray

TEXT_BYTES = 3200
BINARY_BYTES = 400
HEADER_BYTES = TEXT_BYTES + BINARY_BYTES
TRACE_HEADER_BYTES = 240
LINE_BYTES = 80

# Format code -> bytes of one sample; 1 is IBM float, 5 and 6 are IEEE floats, all others are integers.
SAMPLE_BYTES = {1: 4, 2: 4, 3: 2, 5: 4, 6: 8, 8: 1, 9: 8, 10: 4, 11: 2, 12: 8, 16: 1}
FLOAT_FORMATS = (1, 5, 6)
GAIN_CODED = 4  # four bytes as well, but neither float nor integer
UNREADABLE_FORMATS = (GAIN_CODED, 7, 15)  # the last two have three bytes

_SCAN_TRACES = 4096
_WORD_CODES = {2: "h", 4: "i"}
_FREE_LINE = re.compile(r"C[ 0-9][0-9]\s*$")


def word(header: bytes, byte: int, code: str, *, big_endian: bool) -> int:
    """Read one whole number of a header.

    Parameters
    ----------
    header : bytes
        The header, from its first byte.
    byte : int
        Position of the number's first byte, counted from 1 as in the standard.
    code : str
        Letter of the ``struct`` module: ``h`` and ``H`` for two bytes, ``i`` and ``I`` for four.
    big_endian : bool
        Byte order of the file.

    Returns
    -------
    int
        The number; 0 where the header ends before it.
    """
    piece = header[byte - 1 : byte - 1 + struct.calcsize(code)]
    if len(piece) < struct.calcsize(code):
        return 0
    return int(struct.unpack((">" if big_endian else "<") + code, piece)[0])


def revision(head: bytes) -> int:
    """Tell the revision of the standard: its byte, or the next where a little-endian writer swapped them."""
    return max(head[3500], head[3501])


def read_trace_headers(
    file: IO[bytes], numbers: Sequence[int] | NDArray[np.int64], *, first_byte: int, trace_bytes: int
) -> NDArray[np.uint8]:
    """Read the headers of some traces.

    Parameters
    ----------
    file : IO
        The file, open for reading, unbuffered for speed.
    numbers : sequence of int, (n,)
        Trace numbers, from 0.
    first_byte : int
        Offset of trace 0 in bytes.
    trace_bytes : int
        Bytes of a whole trace, header and samples.

    Returns
    -------
    array, (n, 240) uint8
        The headers as they stand; zeros behind the end of the file.
    """
    headers = np.zeros((len(numbers), TRACE_HEADER_BYTES), np.uint8)
    rows = memoryview(headers.reshape(-1).data)
    for row, number in enumerate(numbers):
        file.seek(first_byte + int(number) * trace_bytes)
        at = row * TRACE_HEADER_BYTES
        file.readinto(rows[at : at + TRACE_HEADER_BYTES])  # type: ignore[attr-defined]
    return headers


def header_column(
    headers: NDArray[np.uint8], byte: int, width: int, *, big_endian: bool
) -> NDArray[np.int32]:
    """Pick one word out of many trace headers.

    Parameters
    ----------
    headers : array, (n, 240) uint8
        Trace headers as they stand in the file.
    byte : int
        Position of the word's first byte, counted from 1.
    width : int
        2 or 4 bytes.
    big_endian : bool
        Byte order of the file.

    Returns
    -------
    array, (n,) int32
        The words.
    """
    kind = np.dtype((">" if big_endian else "<") + _WORD_CODES[width])
    cut = np.ascontiguousarray(headers[:, byte - 1 : byte - 1 + width])
    return cut.view(kind)[:, 0].astype(np.int32)


def batches(numbers: NDArray[np.int64], longest: int = _SCAN_TRACES) -> Iterator[NDArray[np.int64]]:
    """Cut an array into pieces of at most ``longest``, so that memory stays bounded."""
    for start in range(0, len(numbers), longest):
        yield numbers[start : start + longest]


def runs(numbers: NDArray[np.int64], longest: int) -> Iterator[slice]:
    """Find stretches of consecutive numbers.

    Parameters
    ----------
    numbers : array, (n,)
        Trace numbers, rising.
    longest : int
        No stretch is longer than this.

    Yields
    ------
    slice
        Positions in ``numbers`` of one stretch, in order.
    """
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    edges = [0, *breaks.tolist(), len(numbers)]
    for start, stop in pairwise(edges):
        for at in range(start, stop, longest):
            yield slice(at, min(at + longest, stop))


def text_is_ascii(text: bytes) -> bool:
    """Tell an ASCII text header from an EBCDIC one: which coding gives more letters, digits and blanks."""

    def plain(coding: str) -> int:
        return sum(c.isascii() and (c.isalnum() or c == " ") for c in text.decode(coding, "replace"))

    return plain("ascii") > plain("cp037")


def text_is_plain(text: bytes) -> bool:
    """Tell whether a text header is text in either coding: nine in ten characters can be printed."""
    coding = "ascii" if text_is_ascii(text) else "cp037"
    shown = sum(c.isascii() and (c.isprintable() or c in "\r\n") for c in text.decode(coding, "replace"))
    return shown >= 0.9 * len(text) > 0


def free_line(lines: Sequence[str]) -> int | None:
    """Choose the line of a text header that a note may fill.

    Parameters
    ----------
    lines : sequence of str
        The 40 lines of 80 characters.

    Returns
    -------
    int or None
        The first free line ('Cnn' and blanks) below what is written, else any free line; None when all are
        taken. The last two belong to the standard's own words and are never chosen.
    """
    free = [k for k, line in enumerate(lines[:38]) if _FREE_LINE.match(line)]
    written = [k for k, line in enumerate(lines[:38]) if k not in free and line.strip()]
    below = [k for k in free if not written or k > written[-1]]
    return next(iter(below or free), None)
