"""One side of a fault slides along it, as far as it is told."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.explain.course import Fault, Traces
from odfault.explain.gradients import Windows

GAP = 3.0
"""Traces to each side of a fault that are bridged when it is healed."""


@dataclasses.dataclass(frozen=True)
class Slip:
    """How far one side of a fault has slid, at some heights.

    Attributes
    ----------
    samples : ndarray, (heights,)
        Where.
    lags : ndarray, (heights,)
        Samples that the side with the larger trace numbers lies too deep; between the heights it is linear.
    likeness : float
        Correlation of the two sides once they are slid back.
    """

    samples: NDArray[np.float64]
    lags: NDArray[np.float64]
    likeness: float = 1.0

    @property
    def lag(self) -> float:
        """The lag in the middle."""
        return float(self.lags[len(self.lags) // 2])

    def at(self, sample: Traces) -> Traces:
        """Tell the lag at samples."""
        return np.asarray(np.interp(sample, self.samples, self.lags))


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
        From 0 to 1, how much of the traces within ``GAP`` of the fault is replaced by what lies beside: a
        fault is no line in the data but a zone, blurred by the migration.

    Returns
    -------
    ndarray
        The same shape. What comes from beyond the block is mirrored.
    """
    from scipy.ndimage import spline_filter

    size = block.shape[1:]
    x, t = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in size), indexing="ij")
    lag = part * slip.at(t)
    moved = block.copy()
    for line in range(len(block)):
        edge = fault.trace_at(line, t)
        if lag.any():
            splines = spline_filter(block[line], 3, output=np.float64, mode="mirror")
            beyond = np.clip(x - edge + 0.5, 0, 1)
            slid = sample_at(splines, x + fault.lean * lag, t + lag)
            moved[line] = beyond * slid + (1 - beyond) * block[line]
        if bridge:
            splines = spline_filter(moved[line], 3, output=np.float64, mode="mirror")
            left, right = (sample_at(splines, edge + side * GAP, t) for side in (-1, 1))
            across = np.clip((x - edge + GAP) / (2 * GAP), 0, 1)
            share = bridge * np.clip(GAP + 0.5 - np.abs(x - edge), 0, 1)
            moved[line] = (1 - share) * moved[line] + share * ((1 - across) * left + across * right)
    return moved


def sample_at(splines: Traces, traces: Traces, samples: Traces) -> Traces:
    """Read a section between its samples, as `scipy.ndimage.spline_filter` left it; mirrored at its edges."""
    from scipy.ndimage import map_coordinates

    return np.asarray(map_coordinates(splines, [traces, samples], order=3, mode="mirror", prefilter=False))
