"""Copies of a SEG-Y file: traces in blocks, a line of history, header fields that were wrong put right."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from odfault.segy.headers import (
    BINARY_BYTES,
    LINE_BYTES,
    TEXT_BYTES,
    TRACE_HEADER_BYTES,
    free_line,
    revision,
    runs,
    word,
)
from odfault.segy.layout import Layout

_BLOCK_BYTES = 2**24
_NOTE_AT = 4  # behind 'Cnn '
_SAMPLES, _FORMAT, _EXTENDED = (3221, "H"), (3225, "H"), (3505, "H")
_WIDE_SAMPLES = (3269, "I")  # of revision 2, zero in older files


def write_history(file: IO[bytes], history: str, *, ascii_text: bool) -> list[str]:
    """Write a note into a free line of the text header.

    Parameters
    ----------
    file : IO
        A SEG-Y file, open for reading and writing.
    history : str
        The note; cut at 76 characters.
    ascii_text : bool
        The coding of the header: ASCII, or EBCDIC.

    Returns
    -------
    list of str
        A remark where no line is free; the header is untouched then.
    """
    coding = "ascii" if ascii_text else "cp037"
    file.seek(0)
    text = file.read(TEXT_BYTES).decode(coding, "replace")
    line = free_line([text[at : at + LINE_BYTES] for at in range(0, TEXT_BYTES, LINE_BYTES)])
    if line is None:
        return ["The text header has no free line; it was left as it is."]
    plain = " ".join(history.split()).encode("ascii", "replace").decode("ascii")
    note = plain[: LINE_BYTES - _NOTE_AT].ljust(LINE_BYTES - _NOTE_AT)
    file.seek(line * LINE_BYTES + _NOTE_AT)
    file.write(note.encode(coding))
    return []


def mend_binary(file: IO[bytes], source: Layout, part: Layout) -> list[str]:
    """Put right what a reader of the part file needs: sample format, sample count, extended headers.

    Parameters
    ----------
    file : IO
        The part file, open for reading and writing.
    source, part : Layout
        The layouts of the input and of the part file.

    Returns
    -------
    list of str
        A remark for each field that was wrong in the input.
    """
    file.seek(TEXT_BYTES)
    header = bytes(TEXT_BYTES) + file.read(BINARY_BYTES)
    remarks = []
    wide = part.n_samples if part.n_samples > 0xFFFF else 0
    for name, (byte, code), was, now in (
        ("number of samples", _SAMPLES, source.n_samples, part.n_samples),
        ("wide number of samples", _WIDE_SAMPLES, source.n_samples, wide),
        ("sample format", _FORMAT, source.sample_format, part.sample_format),
        ("number of extended headers", _EXTENDED, source.n_extended, part.n_extended),
    ):
        stated = word(header, byte, code, big_endian=part.big_endian)
        wrong = stated != was and not _means_otherwise(byte, stated, was, header, part)
        if wrong:
            remarks.append(f"The {name} in the binary header was {stated}; the output says {now}.")
        if wrong or (byte == _FORMAT[0] and was != now):
            file.seek(byte - 1)
            file.write(struct.pack((">" if part.big_endian else "<") + code, now))
    return remarks


def _means_otherwise(byte: int, stated: int, was: int, header: bytes, part: Layout) -> bool:
    """Tell a field that disagrees but is right: too narrow for the number, or with a meaning of its own."""
    if byte == _SAMPLES[0]:
        return was > 0xFFFF or word(header, *_WIDE_SAMPLES, big_endian=part.big_endian) == was
    if byte == _WIDE_SAMPLES[0]:
        return stated == 0 or revision(header) < 2
    return byte == _EXTENDED[0] and stated == 0xFFFF and was > 0


def copy_traces(source: Layout, part: Layout, numbers: NDArray[np.int64]) -> None:
    """Copy the headers and some traces in blocks; where the sample format changes, samples become zero."""
    same = source.sample_format == part.sample_format
    kept = source.trace_bytes if same else TRACE_HEADER_BYTES
    with source.path.open("rb") as file, part.path.open("wb") as out:
        out.write(file.read(source.first_byte))
        for block in _blocks(file, source, numbers, part.trace_bytes):
            traces = np.zeros((len(block), part.trace_bytes), np.uint8)
            traces[:, :kept] = block[:, :kept]
            out.write(traces.data)


def _blocks(
    file: IO[bytes], source: Layout, numbers: NDArray[np.int64], out_bytes: int
) -> Iterator[NDArray[np.uint8]]:
    """Read runs of whole traces, of bounded size."""
    for run in runs(numbers, max(1, _BLOCK_BYTES // max(out_bytes, source.trace_bytes))):
        file.seek(source.first_byte + int(numbers[run.start]) * source.trace_bytes)
        block = np.frombuffer(file.read((run.stop - run.start) * source.trace_bytes), np.uint8)
        yield block.reshape(-1, source.trace_bytes)


def silence(
    file: IO[bytes], source: Layout, part: Layout, traces: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> None:
    """Write traces that no result will reach: headers and zeros.

    Parameters
    ----------
    file : IO
        The part file, open for writing.
    source, part : Layout
        The layouts of the input and of the part file.
    traces : tuple of array, (n,)
        Their numbers in the input, and in the part file.
    """
    zeros = bytes(part.trace_bytes - TRACE_HEADER_BYTES)
    with source.path.open("rb") as origin:
        for number, trace in zip(*(some.tolist() for some in traces), strict=True):
            origin.seek(source.first_byte + number * source.trace_bytes)
            file.seek(part.first_byte + trace * part.trace_bytes)
            file.write(origin.read(TRACE_HEADER_BYTES) + zeros)
