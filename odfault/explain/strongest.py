"""Where to look: the strongest fault that stands alone, and the crest of a fault beside a point."""

from __future__ import annotations

import numpy as np

from odfault.explain.gradients import Windows

SNAP = 3
"""Traces to each side of a point in which the crest of its fault is looked for."""


def find_strongest(probability: Windows) -> tuple[int, int]:
    """Find trace and sample of the strongest fault that stands alone, away from the edges if there is room.

    probability : (traces, samples)
    """
    from scipy.ndimage import gaussian_filter

    broad = gaussian_filter(probability, 2.0) - gaussian_filter(probability, 8.0)
    inner = tuple(slice(min(24, n // 4), n - min(24, n // 4)) for n in probability.shape)
    x, t = np.unravel_index(int(broad[inner].argmax()), broad[inner].shape)
    trace, sample = int(x) + (inner[0].start or 0), int(t) + (inner[1].start or 0)
    return find_crest(probability, trace, sample), sample


def find_crest(probability: Windows, trace: int, sample: int) -> int:
    """Find the trace of the crest within ``SNAP`` traces of a point.

    probability : (traces, samples)
    """
    first = max(0, trace - SNAP)
    return first + int(probability[first : trace + SNAP + 1, sample].argmax())
