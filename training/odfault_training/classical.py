"""Classical fault attributes, the yardsticks for a network: variance and dip-steered semblance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.ndimage import correlate1d, uniform_filter

from odfault.errors import OdfaultError

# Over so many traces and samples one dip is picked.
REGION_TRACES, REGION_SAMPLES = 17, 25


def variance(seismic: npt.ArrayLike, *, half_window: int = 4) -> npt.NDArray[np.float32]:
    """Return the variance of the traces about a sample, divided by their energy.

    Parameters
    ----------
    seismic : array_like, (traces, samples) or (inlines, crosslines, samples)
        Amplitudes, any unit. Three traces are compared in a section, 3 x 3 in a volume, without
        following the dip.
    half_window : int
        Samples at each side of the vertical, triangular window.

    Returns
    -------
    numpy.ndarray of float32, same shape
        0 (equal traces) to 1 (no likeness); 0 on dead traces and where there is no energy.

    Raises
    ------
    OdfaultError
        When the array has neither 2 nor 3 dimensions or holds what is not a number.

    Notes
    -----
    van Bemmel and Pepper (2000), US patent 6 151 555. With m the mean over the n live traces and w
    the window, it is ``sum w sum (x - m)^2 / sum w sum x^2``, that is ``1 - sum w n m^2 / sum w sum x^2``.
    """
    traces = _checked(seismic).astype(np.float64)
    live = np.any(traces, axis=-1, keepdims=True)
    count, total, energy = live.astype(np.float64), traces, traces**2
    for axis in range(traces.ndim - 1):
        count = correlate1d(count, np.ones(3), axis=axis, mode="constant")
        total = correlate1d(total, np.ones(3), axis=axis, mode="constant")
        energy = correlate1d(energy, np.ones(3), axis=axis, mode="constant")
    window = _triangle(half_window)
    common = correlate1d(total**2 / np.maximum(count, 1.0), window, axis=-1, mode="constant")
    energy = correlate1d(energy, window, axis=-1, mode="constant")
    return np.where(live, np.clip(1.0 - _ratio(common, energy), 0.0, 1.0), 0.0).astype(np.float32)


def dip_steered_semblance(
    seismic: npt.ArrayLike, *, max_dip: float = 3.0, half_traces: int = 2, half_window: int = 4
) -> npt.NDArray[np.float32]:
    """Return 1 minus the semblance of the traces about a sample along the dip of the region.

    Parameters
    ----------
    seismic : array_like, (traces, samples) or (inlines, crosslines, samples)
        Amplitudes, any unit.
    max_dip : float
        Steepest dip of the scan, samples per trace, to both sides.
    half_traces : int
        Traces at each side that are compared with the one in the middle.
    half_window : int
        Samples at each side of the vertical, triangular window.

    Returns
    -------
    numpy.ndarray of float32, same shape
        0 (equal along the dip) to 1 (no likeness); 0 on dead traces and where there is no energy. In a
        volume it is the larger of the answers along inlines and along crosslines.

    Raises
    ------
    OdfaultError
        When the array has neither 2 nor 3 dimensions or holds what is not a number.

    Notes
    -----
    Marfurt, Kirlin, Farmer and Bahorich (1998), Geophysics 63, 1150-1165, with the dip scanned in one
    lateral direction at a time. The dip is that of the best semblance in a wide window, as in Marfurt,
    Sudhaker, Gersztenkorn, Crawford and Nissen (1999), Geophysics 64, 104-111: picked sample by sample it
    fits the noise, and a fault goes unseen. Two dips of the scan differ by half a sample at the outermost
    trace; traces are read between samples by linear interpolation.
    """
    volume = _checked(seismic)
    if volume.ndim == 2:
        volume = volume[np.newaxis]
    largest = float(np.abs(volume).max(initial=0.0))
    volume = volume / np.float32(largest or 1.0)
    steps = int(np.ceil(2.0 * max_dip * half_traces))
    dips = np.linspace(-max_dip, max_dip, 2 * steps + 1)
    window = _triangle(half_window)
    answer = _scan(volume, dips, half_traces, window)
    if np.ndim(seismic) == 2:
        return np.asarray(answer[0])
    across = _scan(np.ascontiguousarray(volume.swapaxes(0, 1)), dips, half_traces, window)
    return np.asarray(np.maximum(answer, across.swapaxes(0, 1)))


@njit(cache=True, nogil=True)
def stack_along_dip(volume: Any, live: Any, dip: float, half_traces: int, common: Any, energy: Any) -> None:
    """Add up the traces about each trace along one dip.

    volume : (lines, traces, samples)     amplitudes; the outermost samples go on beyond the ends
    live   : (lines, traces)              False: a dead trace, which is left out
    dip    : samples per trace, along the second axis
    common : (lines, traces, samples)     written: the square of the sum of n live traces
    energy : (lines, traces, samples)     written: n times the sum of their squares
    """
    lines, traces, samples = volume.shape
    for i in range(lines):
        for trace in range(traces):
            common[i, trace] = 0.0
            energy[i, trace] = 0.0
            count = 0
            for other in range(max(trace - half_traces, 0), min(trace + half_traces + 1, traces)):
                if not live[i, other]:
                    continue
                count += 1
                shift = (other - trace) * dip
                whole = int(np.floor(shift))
                part = np.float32(shift - whole)
                for j in range(samples):
                    upper = volume[i, other, min(max(j + whole, 0), samples - 1)]
                    lower = volume[i, other, min(max(j + whole + 1, 0), samples - 1)]
                    value = upper + part * (lower - upper)
                    common[i, trace, j] += value
                    energy[i, trace, j] += value * value
            for j in range(samples):
                common[i, trace, j] *= common[i, trace, j]
                energy[i, trace, j] *= count


def _scan(
    volume: npt.NDArray[np.float32],
    dips: npt.NDArray[np.float64],
    half_traces: int,
    window: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Return 1 minus the semblance along the regional dip in the direction of the second axis."""
    live = np.any(volume, axis=-1)
    region = (1, REGION_TRACES, REGION_SAMPLES)
    common, energy = np.empty_like(volume), np.empty_like(volume)
    best = np.full_like(volume, -1.0)
    semblance = np.ones_like(volume)
    for dip in dips[np.argsort(np.abs(dips), kind="stable")]:
        stack_along_dip(volume, live, dip, half_traces, common, energy)
        regional = _ratio(
            uniform_filter(common, region, mode="constant"), uniform_filter(energy, region, mode="constant")
        )
        local = _ratio(
            correlate1d(common, window, mode="constant"), correlate1d(energy, window, mode="constant")
        )
        better = regional > best
        np.copyto(best, regional, where=better)
        np.copyto(semblance, local, where=better)
    return np.where(live[..., np.newaxis], np.clip(np.float32(1.0) - semblance, 0.0, 1.0), np.float32(0.0))


def _ratio(above: npt.NDArray[Any], below: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Divide; where there is nothing to divide by, all is alike."""
    ratio: npt.NDArray[Any] = np.ones_like(above)
    np.divide(above, below, out=ratio, where=below > 0.0)
    return ratio


def _triangle(half_window: int) -> npt.NDArray[np.float64]:
    """Return the weights of a triangular window of 2 half_window + 1 samples."""
    return half_window + 1.0 - np.abs(np.arange(-half_window, half_window + 1))


def _checked(seismic: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return the amplitudes as a contiguous float32 array, or say what is wrong with them."""
    array = np.ascontiguousarray(seismic, dtype=np.float32)
    if array.ndim not in (2, 3):
        raise OdfaultError(f"seismic has {array.ndim} dimensions", "give a section or a volume")
    if not np.all(np.isfinite(array)):
        raise OdfaultError("seismic holds what is not a number", "replace such samples by 0")
    return array
