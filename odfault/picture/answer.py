"""A section from a picture through the network: at a scale that it knows, and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from odfault.errors import OdfaultError
from odfault.picture.section import Section
from odfault.range import Measured, measure
from odfault.resampling import resample, take_back

Image = NDArray[np.float32]
NETWORK = "picture2d"
"""The shipped network that learned from sections as pictures show them."""
PEAK = 0.125
"""Dominant frequency, in cycles per sample, at which the network found the faults of pictures best."""
WIDTHS = (0.5, 1.0, 2.0)
"""Lateral factors about that, whose answers are averaged: nothing tells how many pixels a trace is wide."""
SURE = 1e-3
"""No view is believed to be nearer to 0 or 1."""
FACTORS = (0.15, 2.0)
"""How much coarser or finer a picture may be shown."""
LEAST, MOST = 32, 4_000_000
"""Traces or samples that are shown at least, and samples in all at most."""


def answer_section(
    section: Section,
    model: str | Path = NETWORK,
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
        Traces and samples that the section has; guessed from its dominant period when left out. Narrower and
        wider ones are shown, too.
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
    data it learned from, and several times, narrower and wider. A fault is seen at most widths, what JPEG,
    print or a camera did is taken for one at few; so the logits are averaged.
    """
    traces, samples = check_size(size) if size else choose_size(section.amplitudes)
    views = [(max(LEAST, round(traces * width)), samples) for width in WIDTHS]
    done, total = 0, sum(map(math.prod, views))
    logits = np.zeros(section.shape, np.float32)
    progress(done, total)
    for view in views:
        answer = np.clip(_answer_view(section.amplitudes, view, model), SURE, 1 - SURE)
        logits += logit(answer) / len(views)
        done += math.prod(view)
        progress(done, total)
    return np.asarray(expit(logits), np.float32)


def show_as(amplitudes: Image, view: tuple[int, int]) -> Image:
    """Show an array (traces, samples) as so many traces and samples."""
    seen = amplitudes[None]
    for axis, length in enumerate(view, 1):
        seen = resample(seen, axis, length)
    return np.asarray(seen[0])


def _answer_view(amplitudes: Image, view: tuple[int, int], model: str | Path) -> Image:
    """Answer an array shown as so many traces and samples, on its own grid."""
    from odfault.inference import predict

    answer = predict(show_as(amplitudes, view), model=model, average="none")[None]
    for axis, length in enumerate(amplitudes.shape, 1):
        answer = take_back(answer, axis, length)
    return np.asarray(answer[0])


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
