"""Samples as SEG-Y codes them, and back to the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.segy.layout import Layout

IBM = 1
_KINDS = {
    1: "u4", 2: "i4", 3: "i2", 5: "f4", 6: "f8", 8: "i1", 9: "i8", 10: "u4", 11: "u2", 12: "u8", 16: "u1",
}  # fmt: skip
_SIGN = np.uint32(0x80000000)


def file_dtype(layout: Layout) -> np.dtype[Any]:
    """Tell the type of samples in a file; IBM floats are words of four bytes."""
    return np.dtype((">" if layout.big_endian else "<") + _KINDS[layout.sample_format])


def store_dtype(layout: Layout) -> np.dtype[Any]:
    """Tell the type that holds the same samples in a store."""
    return np.dtype("f4") if layout.sample_format == IBM else file_dtype(layout).newbyteorder("=")


def decode(samples: NDArray[Any], layout: Layout) -> tuple[NDArray[Any], NDArray[np.uint32] | None]:
    """Take samples out of a file's coding.

    Parameters
    ----------
    samples : array
        Of ``file_dtype``.
    layout : Layout
        Of the file.

    Returns
    -------
    values : array
        Of ``store_dtype``.
    words : array of uint32, optional
        The word itself where an IBM float would not come back from its value, else 0; nothing where all do.
    """
    if layout.sample_format != IBM:
        return samples.astype(store_dtype(layout), copy=False), None
    words = samples.astype(np.uint32)
    values = from_ibm(words)
    odd = to_ibm(values) != words
    return values, np.where(odd, words, np.uint32(0)) if odd.any() else None


def encode(values: NDArray[Any], layout: Layout) -> NDArray[Any]:
    """Code values of a store as a file's samples are."""
    coded = to_ibm(values.astype(np.float32, copy=False)) if layout.sample_format == IBM else values
    return coded.astype(file_dtype(layout), copy=False)


def from_ibm(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Value of IBM floats; infinite where float32 holds none as large.

    Notes
    -----
    One bit of sign, seven of a power of 16 counted from 64, 24 of a fraction below 1 (IBM System/360
    Principles of Operation, 1964).
    """
    power = ((words >> 24) & 0x7F).astype(np.int32)
    size = np.ldexp((words & 0xFFFFFF).astype(np.float64), 4 * (power - 64) - 24)
    with np.errstate(over="ignore", under="ignore"):
        return np.where(words & _SIGN, -size, size).astype(np.float32)


def to_ibm(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Code as IBM floats; what the fraction has no room for is cut off, the tiniest numbers are 0."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    power = ((bits >> 23) & 0xFF).astype(np.int32) - 126
    hexes = -(-power // 4)
    fraction = ((bits & 0x7FFFFF) | 0x800000) >> (4 * hexes - power).astype(np.uint32)
    words = (bits & _SIGN) | ((hexes + 64).astype(np.uint32) << 24) | fraction
    return np.where(bits & 0x7F800000, words, np.uint32(0))
