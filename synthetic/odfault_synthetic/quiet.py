"""Where real data are quiet: coherent reflections without a break, so that a new fault is the only one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import (
    binary_dilation,
    maximum_filter1d,
    uniform_filter1d,
)

from odfault.undefined import clear
from odfault_synthetic import coherence

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
LIKE = 0.5
"""Semblance of its region below which a place is too noisy: of five traces, a signal 2 dB below the noise."""
TALL = 2.0
"""Periods over which it must be broken: noise is not, faults are."""
FAINT = 0.12
"""A sample is faint where its region's amplitude is below this share of the whole's."""
APART = 4
"""Traces and quarters of periods that a quiet sample keeps from what is not."""
DOUBTFUL = 0.3
"""Fault probability of a network from which a sample is not quiet."""


@dataclasses.dataclass(frozen=True)
class Quiet:
    """What is known of the quiet of a volume.

    where  : (inlines, crosslines, samples), bool: coherent, and no sign of a fault
    peak   : dominant frequency in cycles per sample
    likeness : share of the energy that neighbouring traces have in common, 0 to 1, where it is quiet
    lateral : standard deviation of the lateral resolution in traces, from the noise
    """

    where: Mask
    peak: float
    likeness: float
    lateral: float


def find_quiet(volume: Volume, *, probability: Volume | None = None) -> Quiet:
    """Find the parts of a volume into which a fault may be cut.

    Parameters
    ----------
    volume : ndarray
        (inlines, crosslines, samples), any unit; one inline is a section. Zeros and what is no number are
        dead.
    probability : ndarray, optional
        Fault probability of a network, of the same shape; where it is high there is no quiet.

    Returns
    -------
    Quiet
        Its mask is all False where nothing is coherent, or all is constant.

    Notes
    -----
    Semblance along the dip of a region (Marfurt et al., 1998; 1999), in windows one period tall to either
    side, against the semblance of the region: noise lowers both, a fault only the first. The dip is that of
    the gradient's structure tensor (Bigun and Granlund, 1987). As cautious as an attribute can be: parts
    where nothing is wrong are given away to keep faults out.
    """
    clean = clear(volume)
    dead = ~np.asarray(clean.any(axis=2))
    if not np.ptp(clean):
        return Quiet(np.zeros(clean.shape, bool), 0.1, 0.0, 0.5)
    peak = dominant_frequency(clean)
    height, rest = max(2, round(0.75 / peak)), [(0.0, 0.0)]
    bad = _faint(clean, height) | dead[:, :, None] | (clean != volume)
    region = np.ones_like(clean)
    for axis in (0, 1):
        if clean.shape[axis] > 2 * coherence.SLACK:
            lines = np.moveaxis(clean, 1 - axis, 0)
            broken, like, shared = coherence.compare(
                np.ascontiguousarray(lines), height, max(3, round(TALL / peak))
            )
            bad |= np.moveaxis(broken, 0, 1 - axis)
            np.minimum(region, np.moveaxis(like, 0, 1 - axis), out=region)
            rest.append(shared)
    bad |= region < LIKE
    if probability is not None:
        bad |= probability > DOUBTFUL
    where = ~_widen(bad, max(1, math.ceil(APART * 0.25 / peak)))
    likeness = float(region[where].mean()) if where.any() else 0.0
    return Quiet(where, peak, likeness, coherence.lateral_resolution(rest))


def dominant_frequency(clean: Volume) -> float:
    """Peak frequency, in cycles per sample, of a Ricker wavelet with the data's mean frequency.

    Notes
    -----
    The mean of a Ricker's power spectrum, ``f^4 exp(-2 f^2 / peak^2)``, lies at 1.064 times its peak.
    """
    traces = clean.reshape(-1, clean.shape[2])
    traces = traces[:: max(1, len(traces) // 500)].astype(np.float64)
    power = (np.abs(np.fft.rfft(traces - traces.mean(axis=1, keepdims=True), axis=1)) ** 2).sum(axis=0)
    mean = float((np.fft.rfftfreq(clean.shape[2]) * power).sum() / max(power.sum(), 1e-30))
    return float(np.clip(mean / 1.064, 0.01, 0.45))


def _faint(clean: Volume, height: int) -> Mask:
    """Where next to nothing is reflected: mutes, water, the empty end of a record."""
    level = uniform_filter1d(np.abs(clean), 4 * height + 1, axis=2, mode="nearest")
    live = level[clean != 0]
    return np.asarray(level <= FAINT * (float(np.median(live)) if live.size else 0.0))


def _widen(bad: Mask, tall: int) -> Mask:
    """Keep away from what is bad, in an ellipsoid, roughly."""
    wide = maximum_filter1d(bad, 2 * tall + 1, axis=2, mode="nearest")
    across = np.zeros((3, 3, 1), bool)
    across[1, :, 0] = across[:, 1, 0] = True
    return np.asarray(binary_dilation(wide, across, iterations=APART - 2))
