"""Arrays as PNG files in memory: the pictures that the page shows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_SIDE = 2400
"""Pixels of a side that the page is given; downloads have them all."""


def to_png(values: NDArray[Any]) -> bytes:
    """Pack 8-bit colours (height, width, 3) or grey values (height, width)."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()


def shrink(values: NDArray[np.uint8], most: int = MOST_SIDE) -> NDArray[np.uint8]:
    """Shrink a picture until its longer side fits."""
    from PIL import Image

    height, width = values.shape[:2]
    less = most / max(height, width)
    if less >= 1:
        return values
    size = (max(1, round(width * less)), max(1, round(height * less)))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.LANCZOS))


def shade(section: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Shade amplitudes (traces, samples) grey, as they stand on a screen: (samples, traces).

    White is the 98th percentile of the sizes, black its negative; dead samples are in the middle.
    """
    live = section[section != 0]
    size = float(np.quantile(np.abs(live), 0.98)) if live.size else 1.0
    levels = np.rint(np.clip(section.T / max(size, 1e-30), -1, 1) * 127 + 128).clip(0, 255)
    return np.asarray(levels, np.uint8)


def to_levels(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Give probabilities, 0 to 1, as levels of 255."""
    return np.rint(np.clip(probability, 0, 1) * 255).astype(np.uint8)


def thin_out(section: NDArray[np.float32], most: int = MOST_SIDE) -> NDArray[np.float32]:
    """Leave out traces and samples, evenly, until a section fits; its sides are strides of the whole."""
    steps = [max(1, -(-n // most)) for n in section.shape]
    return section[:: steps[0], :: steps[1]]


def crowd(probability: NDArray[np.float32], most: int = MOST_SIDE) -> NDArray[np.float32]:
    """Take the highest of the probabilities that ``thin_out`` would leave one of, so that no fault goes."""
    traces, samples = (max(1, -(-n // most)) for n in probability.shape)
    if traces == samples == 1:
        return probability
    pad = [(0, -n % step) for n, step in zip(probability.shape, (traces, samples), strict=True)]
    whole = np.pad(probability, pad)
    blocks = whole.reshape(whole.shape[0] // traces, traces, whole.shape[1] // samples, samples)
    return np.asarray(blocks.max(axis=(1, 3)))
