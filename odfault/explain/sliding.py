"""One side of a fault slides along it, as far as it is told, and the blurred zone between is bridged."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.explain.course import Fault, Traces
from odfault.explain.gradients import Windows

GAP = 4.0
"""Traces to each side of a fault that are bridged when it is healed."""


@dataclasses.dataclass(frozen=True)
class Slip:
    """How far one side of a fault has slid, at some heights, and how the beds beside it dip.

    Attributes
    ----------
    samples : ndarray, (heights,)
        Where.
    lags : ndarray, (heights,)
        Samples that the side with the larger trace numbers lies too deep; between the heights it is linear.
    likeness : float
        Correlation of the two sides once they are slid back.
    dips : ndarray, (2, heights)
        Samples that the beds go down from a trace to the next, at the side with the smaller trace numbers
        and at the other; level when left out.
    """

    samples: NDArray[np.float64]
    lags: NDArray[np.float64]
    likeness: float = 1.0
    dips: NDArray[np.float64] | None = None

    @property
    def lag(self) -> float:
        """The lag in the middle."""
        return float(self.lags[len(self.lags) // 2])

    def at(self, sample: Traces) -> Traces:
        """Tell the lag at samples."""
        return np.asarray(np.interp(sample, self.samples, self.lags))

    def dip_at(self, side: int, sample: Traces) -> Traces:
        """Tell the dip at samples of a side, 0 or 1."""
        if self.dips is None:
            return np.zeros_like(sample)
        return np.asarray(np.interp(sample, self.samples, self.dips[side]))


def slide(block: Windows, fault: Fault, slip: Slip, *, part: float = 1.0, bridge: float = 0.0) -> Windows:
    """Slide the side with the larger trace numbers back along a fault.

    Parameters
    ----------
    block : ndarray, (lines, traces, samples)
        Amplitudes.
    fault : Fault
        Its course, in the block.
    slip : Slip
        How far this side has slid; it moves back up by as much, and sideways as the fault leans.
    part : float
        Of the slip that is taken back.
    bridge : float
        From 0 to 1, how much of the traces within ``GAP`` of the fault is replaced by what lies beside, along
        its beds: a fault is no line in the data but a zone, blurred by the migration.

    Returns
    -------
    ndarray
        The same shape. What comes from beyond the block is mirrored.
    """
    from scipy.ndimage import spline_filter

    moved = block.copy()
    for line, section in enumerate(block):
        splines = spline_filter(section, 3, output=np.float64, mode="mirror")
        moved[line] = _slide_line(section, splines, _Place(fault, slip, line, part), bridge)
    return moved


@dataclasses.dataclass(frozen=True)
class _Place:
    """A fault in a line, and the part of its slip that is taken back."""

    fault: Fault
    slip: Slip
    line: int
    part: float

    def lag(self, samples: Traces) -> Traces:
        return self.part * self.slip.at(samples)

    def edge(self, samples: Traces) -> Traces:
        return self.fault.trace_at(self.line, samples)

    def beyond(self, splines: Traces, traces: Traces, samples: Traces) -> Traces:
        """Read the side that slides, where it comes to lie."""
        came = samples + self.lag(samples)
        return sample_at(splines, traces + self.edge(came) - self.edge(samples), came)


def _slide_line(section: Windows, splines: Traces, place: _Place, bridge: float) -> Traces:
    """Slide a line (traces, samples), and bridge what lies between."""
    x, t = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in section.shape), indexing="ij")
    away = x - place.edge(t)
    share = np.clip(away + 0.5, 0, 1)
    moved: Traces = section.astype(np.float64)
    if place.part:
        moved = share * place.beyond(splines, x, t) + (1 - share) * moved
    if bridge:
        left = t - place.slip.dip_at(0, t) * (GAP + away)
        right = t + place.slip.dip_at(1, t + place.lag(t)) * (GAP - away)
        one = sample_at(splines, place.edge(left) - GAP, left)
        other = place.beyond(splines, place.edge(right) + GAP, right)
        across = np.clip((away + GAP) / (2 * GAP), 0, 1)
        share = bridge * np.clip(GAP + 0.5 - np.abs(away), 0, 1)
        moved = (1 - share) * moved + share * ((1 - across) * one + across * other)
    return moved


def sample_at(splines: Traces, traces: Traces, samples: Traces) -> Traces:
    """Read a section between its samples, as `scipy.ndimage.spline_filter` left it; mirrored at its edges."""
    from scipy.ndimage import map_coordinates

    return np.asarray(map_coordinates(splines, [traces, samples], order=3, mode="mirror", prefilter=False))
