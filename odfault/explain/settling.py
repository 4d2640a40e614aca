"""A section made such as a network looks at: large enough, not too large, at the network's own scale."""

from __future__ import annotations

import dataclasses

import numpy as np

from odfault.card import GRID, Card
from odfault.errors import OdfaultError
from odfault.explain.subject import Subject
from odfault.resampling import resample

LEAST = 32
"""Traces, and samples, of the smallest section."""
MOST = {2: (2048, 2048), 3: (384, 512)}
"""Traces and samples that are looked at, by the network's dimensions: of a larger section a part."""


def settle(subject: Subject, card: Card, *, at: tuple[float, float] | None = None) -> Subject:
    """Make a section such as a network looks at.

    Parameters
    ----------
    subject : Subject
        As it was read.
    card : Card
        Of the network.
    at : tuple of float, optional
        Trace number and time in ms that the part holds, where the section is too large.

    Raises
    ------
    OdfaultError
        If it is too small or holds nothing.
    """
    traces, samples = subject.section.shape
    if min(traces, samples) < LEAST:
        raise OdfaultError(
            f"{subject.title} has {traces} traces of {samples} samples",
            f"choose a section of {LEAST} x {LEAST} at least",
        )
    if not subject.section.any():
        raise OdfaultError(f"{subject.title} holds no amplitudes", "choose another line")
    return _see(_limit(subject, card, at), card)


def _limit(subject: Subject, card: Card, at: tuple[float, float] | None) -> Subject:
    """Cut the part around a point, or the middle, out of a section that is too large."""
    spot = subject.locate(*at) if at else None
    parts = []
    for axis, most in enumerate(MOST[card.architecture.dimensions]):
        n = subject.section.shape[axis]
        middle = spot[axis] if spot else n // 2
        first = max(0, min(n - most, middle - most // 2)) // GRID * GRID
        parts.append(slice(first, min(n, first + most)))
    seen = subject.cut(parts[0], parts[1])
    if seen.block.shape == subject.block.shape:
        return subject
    traces, samples = seen.section.shape
    told = f"The section is large: {traces} traces of {samples} samples of it are looked at."
    return dataclasses.replace(seen, remarks=[*seen.remarks, told])


def _see(subject: Subject, card: Card) -> Subject:
    """Resample to the scale that the network is run with."""
    lateral, vertical = card.scale
    if card.scale == (1.0, 1.0):
        return subject
    deep = card.architecture.dimensions == 3
    block = subject.block
    for axis, factor in enumerate((lateral if deep else 1.0, lateral, vertical)):
        block = resample(block, axis, round(block.shape[axis] * factor))
    n = block.shape[1]
    places = (np.arange(n) + 0.5) * len(subject.along) / n - 0.5
    return dataclasses.replace(
        subject,
        block=block,
        line=min(len(block) - 1, int(subject.line * (lateral if deep else 1.0))),
        along=np.interp(places, np.arange(len(subject.along)), subject.along),
        interval_ms=subject.interval_ms / vertical,
    )
