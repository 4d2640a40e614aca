"""SEG-Y files for tests, made byte by byte and in a few words; independent of the reader under test."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_KINDS = {2: "i4", 3: "i2", 5: "f4", 6: "f8", 8: "i1", 9: "i8", 10: "u4", 11: "u2", 12: "u8", 16: "u1"}


def ibm(values: NDArray) -> NDArray[np.uint32]:
    """Code numbers as IBM floats, one by one and slowly."""
    words = []
    for value in np.asarray(values, np.float64).ravel():
        sign, size, power = int(value < 0), abs(float(value)), 64
        while size >= 1:
            size, power = size / 16, power + 1
        while 0 < size < 1 / 16:
            size, power = size * 16, power - 1
        words.append((sign << 31 | power << 24 | int(size * 2**24)) if size else 0)
    return np.array(words, np.uint32).reshape(np.shape(values))


def cube(n_inlines: int, n_crosslines: int, n_samples: int) -> NDArray[np.float32]:
    """Whole numbers from 1 to 127 that all formats hold exactly, different from trace to trace."""
    i, j, k = np.ogrid[:n_inlines, :n_crosslines, :n_samples]
    return ((31 * i + 7 * j + 3 * k) % 127 + 1).astype(np.float32)


def make_segy(
    path: Path,
    values: NDArray,
    *,
    inlines: Sequence[int] | None = None,
    crosslines: Sequence[int] | None = None,
    order: str | NDArray = "inline",
    holes: Iterable[tuple[int, int]] = (),
    repeats: Iterable[tuple[int, int]] = (),
    line_bytes: tuple[int, int] = (189, 193),
    big_endian: bool = True,
    sample_format: int = 1,
    interval_us: int = 4000,
    ascii_text: bool = False,
    text: Sequence[str] = ("C 1 MADE FOR A TEST",),
    extended: int = 0,
    tail: bytes = b"",
) -> Path:
    """Write a cube (inlines, crosslines, samples); ``holes`` and ``repeats`` name positions."""
    n_inlines, n_crosslines, n_samples = values.shape
    inlines = list(range(100, 100 + n_inlines)) if inlines is None else inlines
    crosslines = list(range(300, 300 + n_crosslines)) if crosslines is None else crosslines
    places = [(i, j) for i in range(n_inlines) for j in range(n_crosslines) if (i, j) not in set(holes)]
    if isinstance(order, str) and order == "crossline":
        places.sort(key=lambda place: place[::-1])
    elif not isinstance(order, str):
        places = [places[k] for k in order]
    places += list(repeats)
    end = ">" if big_endian else "<"
    with path.open("wb") as file:
        lines = [*text, *(f"C{k + 1:2d}" for k in range(len(text), 40))]
        coding = "ascii" if ascii_text else "cp037"
        file.write("".join(line.ljust(80)[:80] for line in lines).encode(coding))
        binary = bytearray(400)
        for byte, number in (
            (17, interval_us),
            (21, n_samples & 0xFFFF),
            (25, sample_format),
            (305, extended),
        ):
            struct.pack_into(end + "H", binary, byte - 1, number)
        struct.pack_into(end + "H", binary, 300, 0x0100 if extended else 0)
        file.write(binary + ("((SEG: EndText))".ljust(3200) * extended).encode(coding))
        for number, (i, j) in enumerate(places):
            header = bytearray(240)
            struct.pack_into(end + "i", header, 0, number + 1)
            struct.pack_into(end + "2H", header, 114, n_samples & 0xFFFF, interval_us)
            struct.pack_into(end + "h", header, 70, -10)
            struct.pack_into(end + "2i", header, 72, 7000000 + 125 * i, 400000 + 125 * j)
            if line_bytes[0]:
                struct.pack_into(end + "i", header, line_bytes[0] - 1, inlines[i])
            if line_bytes[1]:
                struct.pack_into(end + "i", header, line_bytes[1] - 1, crosslines[j])
            file.write(header + _coded(values[i, j], sample_format, end))
        file.write(tail)
    return path


def _coded(trace: NDArray, sample_format: int, end: str) -> bytes:
    if sample_format in _KINDS:
        return trace.astype(end + _KINDS[sample_format]).tobytes()
    return ibm(trace).astype(end + "u4").tobytes()


def patch(path: Path, byte: int, code: str, number: float, *, every: int = 0) -> Path:
    """Overwrite a number at a byte counted from 1; ``every`` so many bytes again."""
    data = bytearray(path.read_bytes())
    for at in range(byte - 1, len(data), every) if every else [byte - 1]:
        if at + struct.calcsize(code) <= len(data):
            struct.pack_into(code, data, at, number)
    path.write_bytes(data)
    return path


def mute_trace_words(path: Path, n_samples: int, word: int, code: str, number: int) -> Path:
    """Set one word in every trace header of a file with four-byte samples."""
    return patch(path, 3600 + word, code, number, every=240 + 4 * n_samples)
