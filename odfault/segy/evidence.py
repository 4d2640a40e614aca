"""Evidence for the layout of a SEG-Y file: the guesses that its headers allow, and how well each fits."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray

from odfault.segy.headers import (
    GAIN_CODED,
    HEADER_BYTES,
    SAMPLE_BYTES,
    TEXT_BYTES,
    TRACE_HEADER_BYTES,
    header_column,
    read_trace_headers,
    revision,
    text_is_plain,
    word,
)

_PROBES = 8  # trace headers looked at to see whether they stand where they should
_ALIGNED_SHARE = 0.75
_END_TEXT = ("((SEG: EndText))".encode("ascii"), "((SEG: EndText))".encode("cp037"))
_MOST_STANZAS = 1000


@dataclass(frozen=True)
class Guess:
    """One way to lay out the file; ``sample_format`` is 0 where the stated code means nothing."""

    size: int
    big_endian: bool
    stated_format: int
    sample_format: int
    stated_samples: int
    n_samples: int
    n_extended: int
    is_given: bool  # the sample count is the user's

    @property
    def first_byte(self) -> int:
        """Offset of the first trace, in bytes."""
        return HEADER_BYTES + TEXT_BYTES * self.n_extended

    @property
    def data_bytes(self) -> int:
        """Bytes behind the headers."""
        return max(self.size - self.first_byte, 0)

    @property
    def trace_bytes(self) -> int:
        """Bytes of a trace, header and samples."""
        return TRACE_HEADER_BYTES + self.n_samples * SAMPLE_BYTES.get(self.sample_format, 4)

    @property
    def n_traces(self) -> int:
        """Whole traces in the file."""
        return self.data_bytes // self.trace_bytes if self.n_samples else 0

    @property
    def tail_bytes(self) -> int:
        """Bytes behind the last whole trace."""
        return self.data_bytes % self.trace_bytes

    def stated_interval(self, head: bytes) -> float:
        """Sample interval of the binary header in microseconds; 0 when it tells none."""
        if revision(head) >= 2:
            order = ">" if self.big_endian else "<"
            extended = float(struct.unpack_from(order + "d", head, 3272)[0])
            if math.isfinite(extended) and 1 <= extended <= 1e7:
                return extended
        return float(word(head, 3217, "H", big_endian=self.big_endian))

    def remarks(self, code: int) -> Iterator[str]:
        """Say what this layout assumes, ``code`` being the sample format in the end."""
        if not self.big_endian:
            yield "The file is in little-endian byte order."
        if not self.sample_format:
            name = "IBM" if code == 1 else "IEEE"
            yield f"Sample format code {self.stated_format} means nothing; {name} floats were assumed."
        if self.n_samples != self.stated_samples and not self.is_given:
            yield (
                f"The binary header says {self.stated_samples} samples a trace; "
                f"{self.n_samples}, from another field, fits the file."
            )
        if self.tail_bytes:
            yield (
                f"The file ends in the middle of trace {self.n_traces + 1}; "
                f"its last {self.tail_bytes} bytes were left out and the {self.n_traces} whole traces kept."
            )


def guess_layouts(
    file: IO[bytes], size: int, big_endian: bool | None, sample_format: int | None, n_samples: int | None
) -> Iterator[Guess]:
    """List the layouts that the headers allow, the most usual first.

    Parameters
    ----------
    file : IO
        The file, open for reading.
    size : int
        Its length in bytes, at least 3600.
    big_endian, sample_format, n_samples : optional
        What the user knows; nothing else is tried then.

    Yields
    ------
    Guess
        Also such as cannot hold (no samples, no traces), so that the refusal can tell why.
    """
    file.seek(0)
    head = file.read(HEADER_BYTES)
    for order in (True, False) if big_endian is None else (big_endian,):
        stated_format = word(head, 3225, "H", big_endian=order)
        code = sample_format or (stated_format if stated_format in SAMPLE_BYTES else 0)
        stated = _binary_samples(head, order)
        for n_extended in _extended_counts(file, head, size, order):
            file.seek(HEADER_BYTES + TEXT_BYTES * n_extended)
            of_trace = word(file.read(TRACE_HEADER_BYTES), 115, "H", big_endian=order)
            narrow = word(head, 3221, "H", big_endian=order)
            counts = [stated, of_trace, narrow] if n_samples is None else [n_samples]
            for count in dict.fromkeys(counts):  # each once, in this order
                yield Guess(
                    size, order, stated_format, code, stated, count, n_extended, n_samples is not None
                )


def _binary_samples(head: bytes, big_endian: bool) -> int:
    """Read the samples of a trace from the binary header; revision 2 has a wider field for long traces."""
    if revision(head) >= 2:
        extended = word(head, 3269, "I", big_endian=big_endian)
        if 0 < extended < 2**31:
            return extended
    return word(head, 3221, "H", big_endian=big_endian)


def _extended_counts(file: IO[bytes], head: bytes, size: int, big_endian: bool) -> list[int]:
    """How many extended text headers there may be: as stated, and none, where the field was never meant."""
    stated = word(head, 3505, "h", big_endian=big_endian)
    if stated == -1:
        for count in range(1, min(_MOST_STANZAS, (size - HEADER_BYTES) // TEXT_BYTES) + 1):
            file.seek(HEADER_BYTES + TEXT_BYTES * (count - 1))
            stanza = file.read(TEXT_BYTES)
            if any(mark in stanza for mark in _END_TEXT):
                return [count]
    fits = stated > 0 and HEADER_BYTES + TEXT_BYTES * stated <= size
    return [stated, 0] if fits else [0]


def rank(file: IO[bytes], head: bytes, guess: Guess) -> tuple[int, int, int]:
    """How well a layout fits: traces in their places and nothing left over; a known code; likely numbers."""
    if not guess.n_traces:
        return (0, bool(guess.sample_format), bool(guess.n_samples))
    fit = 2 * _is_aligned(file, guess) + (guess.tail_bytes == 0)
    interval = guess.stated_interval(head)
    of_trace = word(head[HEADER_BYTES:], 115, "H", big_endian=guess.big_endian)
    likely = (guess.stated_samples == guess.n_samples) + (of_trace == guess.n_samples)
    return (fit, bool(guess.sample_format), likely + (100 <= interval <= 20000))


def is_sound(file: IO[bytes], head: bytes, guess: Guess) -> bool:
    """Tell whether a layout may be believed; without a known format code the rest must be beyond doubt."""
    fit, known, likely = rank(file, head, guess)
    if known:
        return fit > 0
    if guess.stated_format == GAIN_CODED:
        return False
    if guess.n_traces == 1 and not guess.is_given:  # any two bytes could be the length of one trace
        return fit == 3
    return fit >= 2 and likely > 0 and (fit == 3 or text_is_plain(head[:TEXT_BYTES]))


def _is_aligned(file: IO[bytes], guess: Guess) -> bool:
    """Tell whether headers stand where the layout wants them: later ones resemble the first."""
    if guess.n_traces == 1:
        first = read_trace_headers(file, [0], first_byte=guess.first_byte, trace_bytes=guess.trace_bytes)
        stated = header_column(first, 115, 2, big_endian=guess.big_endian)[0] & 0xFFFF
        return bool(stated == guess.n_samples or (stated == 0 and guess.sample_format))
    spots = np.unique(np.linspace(0, guess.n_traces - 1, _PROBES).astype(np.int64))
    spots = np.union1d(spots, [1])
    headers = read_trace_headers(file, spots, first_byte=guess.first_byte, trace_bytes=guess.trace_bytes)
    return bool(np.mean([_resembles(headers[0], header) for header in headers[1:]]) >= _ALIGNED_SHARE)


def _resembles(first: NDArray[np.uint8], later: NDArray[np.uint8]) -> bool:
    """Compare two trace headers: sample count and interval where told, else the bulk of their bytes."""
    lengths = slice(114, 118)  # bytes 115-118: samples and interval
    if first[lengths].any():
        return bool((first[lengths] == later[lengths]).all())
    return bool((first == later).mean() >= 0.5)


def ibm_or_ieee(file: IO[bytes], guess: Guess) -> int:
    """Tell IBM floats (1) from IEEE floats (5) where no format code does.

    Notes
    -----
    IBM numbers are normalised to base 16: the highest four bits of the fraction are never all zero. In IEEE
    numbers the same bits are free, and all zero in one number of sixteen or so. IEEE numbers are finite and
    far from the ends of their range. IBM is taken where both could be, as it is the standard's first choice.
    """
    pieces = []
    for number in np.unique(np.linspace(0, guess.n_traces - 1, 32).astype(np.int64)):
        file.seek(guess.first_byte + int(number) * guess.trace_bytes + TRACE_HEADER_BYTES)
        pieces.append(file.read(4 * min(guess.n_samples, 4096)))
    bits = np.frombuffer(b"".join(pieces), ">u4" if guess.big_endian else "<u4").astype(np.uint32)
    bits = bits[(bits & 0x7FFFFFFF) != 0]
    if not bits.size:
        return 1
    with np.errstate(all="ignore"):
        sizes = np.abs(bits.view(np.float32))
        wild = np.mean(~np.isfinite(sizes) | (sizes > 1e31) | (sizes < 1e-30))
    loose = np.mean((bits & 0x00F00000) == 0)
    return 5 if loose > 0.005 and wild < 0.05 else 1
