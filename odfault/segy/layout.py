"""How the bytes of a SEG-Y file are laid out, found in spite of wrong or empty headers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.evidence import Guess, guess_layouts, ibm_or_ieee, is_sound, rank
from odfault.segy.headers import (
    HEADER_BYTES,
    SAMPLE_BYTES,
    TEXT_BYTES,
    TRACE_HEADER_BYTES,
    batches,
    header_column,
    read_trace_headers,
    text_is_ascii,
    word,
)
from odfault.segy.refusal import refusal, size_of, unreadable

_DEFAULT_INTERVAL_US = 4000.0


@dataclass(frozen=True)
class Layout:
    """Where the traces of a file lie and how their samples are coded.

    |text 3200|binary 400|extended text n x 3200|header 240, samples|header 240, samples|...|tail|

    Attributes
    ----------
    path : Path
        The file.
    big_endian : bool
        Byte order of headers and samples.
    sample_format : int
        Format code of the standard: 1 IBM float, 5 and 6 IEEE floats, others integers.
    n_samples, n_extended, n_traces : int
        Samples of a trace, extended text headers, whole traces.
    interval_us : float
        Sample interval in microseconds.
    tail_bytes : int
        Bytes behind the last whole trace.
    ascii_text : bool
        The text header is in ASCII, not in EBCDIC.
    remarks : tuple of str
        What was guessed or is odd, a plain sentence each.
    """

    path: Path
    big_endian: bool
    sample_format: int
    n_samples: int
    n_extended: int
    n_traces: int
    interval_us: float
    tail_bytes: int
    ascii_text: bool
    remarks: tuple[str, ...]

    @property
    def first_byte(self) -> int:
        """Offset of the first trace, in bytes."""
        return HEADER_BYTES + TEXT_BYTES * self.n_extended

    @property
    def trace_bytes(self) -> int:
        """Bytes of a trace, header and samples."""
        return TRACE_HEADER_BYTES + self.n_samples * SAMPLE_BYTES[self.sample_format]

    def scan(
        self, words: Sequence[tuple[int, int]], numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.int32]:
        """Read words of many trace headers in one pass over the file.

        Parameters
        ----------
        words : sequence of (byte, width)
            Position, counted from 1, and width (2 or 4 bytes) of each word.
        numbers : array, (n,), optional
            Trace numbers; all traces when left out.

        Returns
        -------
        array, (len(words), n) int32
            The words, a row each.

        Raises
        ------
        OdfaultError
            The file cannot be read.
        """
        wanted = np.arange(self.n_traces) if numbers is None else numbers
        try:
            return np.concatenate(list(self._columns(words, wanted)), axis=1)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _columns(
        self, words: Sequence[tuple[int, int]], numbers: NDArray[np.int64]
    ) -> Iterator[NDArray[np.int32]]:
        with self.path.open("rb", buffering=0) as file:
            for some in batches(numbers):
                headers = read_trace_headers(
                    file, some, first_byte=self.first_byte, trace_bytes=self.trace_bytes
                )
                yield np.stack([header_column(headers, *w, big_endian=self.big_endian) for w in words])


def scan_layout(
    path: str | Path,
    *,
    big_endian: bool | None = None,
    sample_format: int | None = None,
    n_samples: int | None = None,
) -> Layout:
    """Find out how a SEG-Y file is laid out, from its headers, its length and its traces.

    Parameters
    ----------
    path : str or Path
        The file.
    big_endian, sample_format, n_samples : optional
        What the user knows better than the headers; guessed when left out.

    Returns
    -------
    Layout
        With a remark for everything that was guessed or left out.

    Raises
    ------
    OdfaultError
        No such file, not readable, empty, not a SEG-Y file, no samples, no traces, lengths that do not fit.
    """
    path = Path(path)
    if sample_format is not None and sample_format not in SAMPLE_BYTES:
        codes = ", ".join(map(str, SAMPLE_BYTES))
        raise OdfaultError(f"sample format {sample_format} cannot be read", f"choose one of {codes}")
    if n_samples is not None and n_samples < 1:
        raise OdfaultError(f"{n_samples} samples a trace cannot be", "give a number above zero")
    try:
        size = size_of(path)
        with path.open("rb", buffering=0) as file:
            head = file.read(HEADER_BYTES + TRACE_HEADER_BYTES)
            guesses = list(guess_layouts(file, size, big_endian, sample_format, n_samples))
            best = max(guesses, key=lambda guess: rank(file, head, guess), default=None)
            if best is None or not is_sound(file, head, best):
                raise refusal(path, head, guesses, best)
            code = best.sample_format or ibm_or_ieee(file, best)
            first = read_trace_headers(file, [0], first_byte=best.first_byte, trace_bytes=best.trace_bytes)
    except OSError as error:
        raise unreadable(path, error) from error
    interval_us, remark = _interval(head, first.tobytes(), best)
    return Layout(
        path=path,
        big_endian=best.big_endian,
        sample_format=code,
        n_samples=best.n_samples,
        n_extended=best.n_extended,
        n_traces=best.n_traces,
        interval_us=interval_us,
        tail_bytes=best.tail_bytes,
        ascii_text=text_is_ascii(head[:TEXT_BYTES]),
        remarks=(*best.remarks(code), *([remark] if remark else [])),
    )


def _interval(head: bytes, first: bytes, guess: Guess) -> tuple[float, str]:
    """Sample interval in microseconds, and a remark where it did not come from the binary header."""
    stated = guess.stated_interval(head)
    if stated > 0:
        return stated, ""
    of_trace = word(first, 117, "H", big_endian=guess.big_endian)
    if of_trace > 0:
        return float(of_trace), f"The sample interval, {of_trace} us, was taken from the first trace header."
    return _DEFAULT_INTERVAL_US, "No header tells the sample interval; 4000 us was assumed."
