"""How far the two sides of a fault have slid along each other: beds beside it matched height by height."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.explain.course import Fault, Traces
from odfault.explain.gradients import Windows
from odfault.explain.sliding import Slip, sample_at

STRIP = np.arange(2.0, 9.0)
"""Traces to each side of a fault that are compared."""
DIPS = np.linspace(-2, 2, 81)
"""Samples from trace to trace, that beds beside a fault may dip."""
FURTHEST = 24
"""Samples that a side is slid at most."""
LAGS = np.arange(-FURTHEST, FURTHEST + 0.01, 0.5)
SPAN = 48
"""Samples above and below the point at which the slip is looked for."""
HEIGHT = {"dip": 6.0, "lag": 8.0}
"""Samples of a bell within which beds are compared."""
NEAR = 24.0
"""Samples of a bell about the point within which a good match counts most."""
FLAT, SHORT = 0.02, 0.003
"""Semblance that a dip of one must gain, and correlation that a lag of one sample must gain."""
BEND = {"dip": 0.025, "lag": 0.05}
"""The same, for a step of the dip or the lag from a sample to the next."""


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
    The traces beside the fault, read along it, are moved along their own dip and averaged to one trace for
    each side. These two are matched by dynamic warping (Hale, 2013, Dynamic warping of seismic images): of
    all slips that change slowly along the fault that which correlates best. Nothing else is known of it; a
    slip of a whole period more or less is told from the right one by the beds' pattern only.
    """
    from scipy.ndimage import gaussian_filter1d, spline_filter

    samples = fault.point[2] + np.arange(-SPAN - FURTHEST, SPAN + FURTHEST + 1.0)
    splines = spline_filter(section, 3, output=np.float64, mode="mirror")
    (left_dip, left), (right_dip, right) = (_wall(splines, fault, samples, sign) for sign in (-1, 1))
    inner = slice(FURTHEST, len(samples) - FURTHEST)
    alike = _compare(left, right, inner)
    bell = np.exp(-0.5 * ((samples[inner] - fault.point[2]) / NEAR) ** 2)
    path = find_path((alike - SHORT * np.abs(LAGS)[:, None]) * bell, BEND["lag"])
    lags = gaussian_filter1d(LAGS[path], 2.0, mode="nearest")
    close = slice(SPAN - 16, SPAN + 17)
    likeness = float(alike[path, np.arange(len(path))][close].mean())
    return Slip(samples[inner], lags, likeness, np.stack([left_dip[inner], right_dip[inner]]))


def _wall(splines: Traces, fault: Fault, samples: Traces, sign: int) -> tuple[Traces, Traces]:
    """Give the beds' dip at one side of a fault, and their trace moved along it to where the fault stands."""
    away = sign * STRIP[None, :, None]
    places = samples + DIPS[:, None, None] * away
    read = sample_at(splines, fault.trace_at(fault.point[0], places) + away, places)
    mean = read.mean(axis=1)
    semblance = _smooth(mean**2, "dip") / (_smooth((read**2).mean(axis=1), "dip") + 1e-12)
    path = find_path(semblance - FLAT * np.abs(DIPS)[:, None], BEND["dip"])
    return DIPS[path], mean[path, np.arange(len(samples))]


def _compare(left: Traces, right: Traces, inner: slice) -> Traces:
    """Correlate two traces about each sample, for all lags: (lags, samples)."""
    places = np.arange(len(right), dtype=np.float64)
    slid = np.stack([np.interp(places + lag, places, right)[inner] for lag in LAGS])
    own = np.broadcast_to(left[inner], slid.shape)
    size = _smooth(own**2, "lag") * _smooth(slid**2, "lag")
    return np.asarray(_smooth(own * slid, "lag") / np.sqrt(size + 1e-12))


def _smooth(values: Traces, kind: str) -> Traces:
    """Average along the last axis under a bell (the semblance is that of Neidell and Taner, 1971)."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, HEIGHT[kind], axis=-1, mode="nearest"))


def find_path(gain: Traces, bend: float) -> NDArray[np.intp]:
    """Find the row for each column that gains most, a row further at most from a column to the next.

    Parameters
    ----------
    gain : ndarray, (rows, columns)
    bend : float
        Lost with each step to another row.

    Notes
    -----
    Dynamic programming (Bellman, 1954).
    """
    rows, columns = gain.shape
    best, came = gain[:, 0].copy(), np.zeros((rows, columns), np.intp)
    for column in range(1, columns):
        padded = np.concatenate([[-np.inf], best, [-np.inf]])
        ways = np.stack([padded[:-2] - bend, best, padded[2:] - bend])
        way = ways.argmax(axis=0)
        came[:, column] = np.arange(rows) + way - 1
        best = ways.max(axis=0) + gain[:, column]
    path = np.empty(columns, np.intp)
    path[-1] = best.argmax()
    for column in range(columns - 1, 0, -1):
        path[column - 1] = came[path[column], column]
    return path
