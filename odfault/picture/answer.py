"""A section from a picture through the network: at a scale that it knows, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.picture.section import Section
from odfault.resampling import resample, take_back

Image = NDArray[np.float32]


def answer_section(
    section: Section,
    model: str | Path = "fault2d",
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Image:
    """Find faults in a section.

    Parameters
    ----------
    section : Section
    model : str or Path
        A network for sections.
    progress : callable
        Told the samples done and the samples of all.

    Returns
    -------
    ndarray of float32, (traces, samples)
        Fault probability, on the section's own grid.
    """
    import odfault

    size = choose_size(section.amplitudes)
    progress(0, size[0] * size[1])
    seen = section.amplitudes[None]
    for axis, length in enumerate(size, 1):
        seen = resample(seen, axis, length)
    answer = odfault.predict(seen[0], model=model)[None]
    for axis, length in enumerate(section.shape, 1):
        answer = take_back(answer, axis, length)
    progress(size[0] * size[1], size[0] * size[1])
    return np.ascontiguousarray(np.clip(answer[0], 0, 1), np.float32)


def choose_size(amplitudes: Image) -> tuple[int, int]:
    """Choose the traces and samples that the network is shown."""
    return amplitudes.shape[0], amplitudes.shape[1]
