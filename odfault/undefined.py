"""Samples that are undefined: no number, infinite, or as large as programs write where there are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST = 1e29
"""No amplitude is as large; OpendTect writes 1e30 for what is undefined."""


def clear(values: ArrayLike) -> NDArray[np.float32]:
    """Copy as float32, with zeros for what is undefined."""
    with np.errstate(over="ignore", invalid="ignore"):
        samples = np.asarray(values, np.float32)
        return np.where(np.abs(samples) < LARGEST, samples, np.float32(0))
