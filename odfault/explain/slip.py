"""How far the two sides of a fault have slid along each other."""

from __future__ import annotations

import numpy as np

from odfault.explain.course import Fault, Traces
from odfault.explain.gradients import Windows
from odfault.explain.sliding import Slip, sample_at

STRIP = (2, 8)
"""Traces from and to which each side of a fault is compared."""
FURTHEST = 24
"""Samples that a side is slid at most."""
WIDE, HALF = 32, 16
"""Samples to each side that are compared, for the slip as a whole and at a height."""
HEIGHT = 20
"""Samples above and below the point at which the slip is looked at too."""
NEAR = 3
"""Samples by which it may differ there."""
MARGIN = WIDE + HEIGHT + FURTHEST
"""Samples to each side of the point that are read."""


def find_slip(section: Windows, fault: Fault) -> Slip:
    """Find how far one side of a fault must slide to fit the other.

    Parameters
    ----------
    section : ndarray, (traces, samples)
        Amplitudes.
    fault : Fault
        Its course, in the section's own line.

    Notes
    -----
    Each side's traces beside the fault, read along it, are moved along their own dip and averaged. Of all
    lags that which correlates best is taken; then, since throw changes along a fault, the best near it at
    three heights.
    """
    from scipy.ndimage import spline_filter

    t = fault.point[2]
    samples = t + np.arange(-MARGIN, MARGIN + 1)
    smooth = spline_filter(section, 3, output=np.float64, mode="mirror")
    left, right = (_side(smooth, fault, samples, sign) for sign in (-1, 1))
    lag, likeness = _best_lag(left, right, (MARGIN, WIDE), np.arange(-FURTHEST, FURTHEST + 0.01, 0.25))
    heights, near = np.array([-HEIGHT, 0, HEIGHT]), lag + np.arange(-NEAR, NEAR + 0.01, 0.25)
    lags = [_best_lag(left, right, (MARGIN + int(h), HALF), near)[0] for h in heights]
    return Slip(t + heights.astype(np.float64), np.array(lags), likeness)


def _best_lag(left: Traces, right: Traces, where: tuple[int, int], lags: Traces) -> tuple[float, float]:
    """Find the lag at which two traces are most alike about a sample, between the lags, and how alike.

    where : the sample, and the samples to each side that count
    """
    part = slice(where[0] - where[1], where[0] + where[1] + 1)
    places = np.arange(len(right), dtype=np.float64)
    alike = [_correlate(left[part], np.interp(places + lag, places, right)[part]) for lag in lags]
    best = min(max(int(np.argmax(alike)), 1), len(lags) - 2)
    before, here, after = alike[best - 1 : best + 2]
    bend = min(before - 2 * here + after, -1e-12)
    beside = float(np.clip((before - after) / (2 * bend), -1, 1))  # where a parabola is highest
    return float(lags[best] + beside * (lags[1] - lags[0])), float(here)


def _side(section: Windows, fault: Fault, samples: Traces, sign: int) -> Traces:
    """Average the traces at one side of a fault, moved along their dip to where it stands."""
    offsets = sign * np.arange(*STRIP)

    def moved(dip: float) -> Traces:
        places = [samples + dip * u for u in offsets]
        stand = [fault.trace_at(fault.point[0], t) + u for t, u in zip(places, offsets, strict=True)]
        return sample_at(section, np.stack(stand), np.stack(places))

    best = 0.0
    for dips in (np.linspace(-2, 2, 41), np.linspace(-0.1, 0.1, 21)):
        best += float(dips[int(np.argmax([_semblance(moved(best + dip)) for dip in dips]))])
    return np.asarray(moved(best).mean(axis=0))


def _semblance(rows: Traces) -> float:
    """Energy of the mean against the mean energy (Neidell and Taner, 1971)."""
    return float((rows.mean(axis=0) ** 2).sum() / max(float((rows**2).mean(axis=0).sum()), 1e-30))


def _correlate(a: Traces, b: Traces) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.sqrt((a**2).sum() * (b**2).sum())), 1e-30))
