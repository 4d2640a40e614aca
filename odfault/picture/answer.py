"""A section from a picture through the network: at a scale that it knows, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.picture.section import Section
from odfault.range import Measured, measure
from odfault.resampling import resample, take_back

Image = NDArray[np.float32]
PEAK = 0.095
"""Dominant frequency, in cycles per sample, at which the network found the faults of pictures best."""
FACTORS = (0.15, 2.0)
"""How much coarser or finer a picture may be shown."""
LEAST, MOST = 32, 4_000_000
"""Traces or samples that are shown at least, and samples in all at most."""


def answer_section(
    section: Section,
    model: str | Path = "fault2d",
    *,
    size: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Image:
    """Find faults in a section.

    Parameters
    ----------
    section : Section
    model : str or Path
        A network for sections.
    size : tuple of int, optional
        Traces and samples that the section has; guessed from its dominant period when left out.
    progress : callable
        Told the samples done and the samples of all.

    Returns
    -------
    ndarray of float32, (traces, samples)
        Fault probability, on the section's own grid.

    Raises
    ------
    OdfaultError
        If there is no such model, or the size is none of a section.

    Notes
    -----
    Pixels are no samples: a picture is shown to the network with its dominant period as long as that of the
    data it learned from, and as much wider or narrower.
    """
    from odfault.inference import predict

    size = check_size(size) if size else choose_size(section.amplitudes)
    progress(0, size[0] * size[1])
    seen = section.amplitudes[None]
    for axis, length in enumerate(size, 1):
        seen = resample(seen, axis, length)
    answer = predict(seen[0], model=model)[None]
    for axis, length in enumerate(section.shape, 1):
        answer = take_back(answer, axis, length)
    progress(size[0] * size[1], size[0] * size[1])
    return np.ascontiguousarray(np.clip(answer[0], 0, 1), np.float32)


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """Give a size that a user knows, traces and samples.

    Raises
    ------
    OdfaultError
        If a section has fewer or more.
    """
    traces, samples = size
    if min(size) < LEAST or traces * samples > MOST:
        raise OdfaultError(
            f"a section of {traces} x {samples} samples",
            f"give {LEAST} at least, {MOST // 1_000_000} million in all",
        )
    return size


def choose_size(amplitudes: Image) -> tuple[int, int]:
    """Choose the traces and samples that the network is shown of an array (traces, samples)."""
    measured = measure_section(amplitudes)
    factor = float(np.clip(measured.peak / PEAK, *FACTORS)) if measured else 1.0
    factor *= min(1.0, math.sqrt(MOST / (amplitudes.size * factor**2)))
    traces, samples = (max(LEAST, round(n * factor)) for n in amplitudes.shape)
    return traces, samples


def measure_section(amplitudes: Image) -> Measured | None:
    """Measure frequency, noise and dip, per pixel; nothing where too little is alive."""
    volume = amplitudes[None]
    traces, samples = amplitudes.shape
    return measure(lambda x, y, z: volume[x, y, z].copy(), (slice(0, 1), slice(0, traces), slice(0, samples)))
