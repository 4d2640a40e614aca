"""Classical fault attributes, the yardsticks for a network: variance, steered semblance, fault likelihood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.ndimage import correlate1d, uniform_filter

from odfault.errors import OdfaultError

# Over so many traces and samples one dip is picked.
REGION_TRACES, REGION_SAMPLES = 17, 25
Volume = npt.NDArray[np.float32]


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
    window = _triangle(half_window)

    def differ(volume: Volume) -> Volume:
        return 1.0 - _semblance(volume, _scanned_dips(max_dip, half_traces), half_traces, window)

    return _both_ways(seismic, differ)


def fault_likelihood(
    seismic: npt.ArrayLike,
    *,
    max_dip: float = 3.0,
    half_traces: int = 2,
    max_slope: float = 1.0,
    half_window: int = 20,
    power: int = 8,
) -> npt.NDArray[np.float32]:
    """Return the likelihood of the likeliest of all straight faults through a sample.

    Parameters
    ----------
    seismic : array_like, (traces, samples) or (inlines, crosslines, samples)
        Amplitudes, any unit.
    max_dip : float
        Steepest dip of beds in the scan, samples per trace, to both sides.
    half_traces : int
        Traces at each side that are compared with the one in the middle, along the beds.
    max_slope : float
        Slope of the flattest fault in the scan, traces per sample, to both sides; 0 is a vertical fault.
    half_window : int
        Samples at each side over which a fault is followed, with a triangular weight.
    power : int
        That the semblance is raised to.

    Returns
    -------
    numpy.ndarray of float32, same shape
        0 (beds go on) to 1; 0 on dead traces and where there is no energy. In a volume it is the larger
        of the answers along inlines and along crosslines.

    Raises
    ------
    OdfaultError
        When the array has neither 2 nor 3 dimensions or holds what is not a number.

    Notes
    -----
    Hale (2013), Geophysics 78(2), O33-O43: ``1 - s^8``, where the numerator and the denominator of the
    semblance s, computed along beds, are each smoothed along a fault, and the fault is the one that makes s
    smallest. Beds are followed as `dip_steered_semblance` follows them. Two faults of the scan are one
    trace apart at the end of the window.
    """
    window = _triangle(half_window)
    steps = int(np.ceil(max_slope * half_window))
    slopes = np.linspace(-max_slope, max_slope, 2 * steps + 1)

    def likeliest(volume: Volume) -> Volume:
        common, energy = _follow_beds(volume, _scanned_dips(max_dip, half_traces), half_traces)
        above, below, least = np.empty_like(volume), np.empty_like(volume), np.ones_like(volume)
        for slope in slopes:
            sum_along_fault(common, slope, window, above)
            sum_along_fault(energy, slope, window, below)
            np.minimum(least, _ratio(above, below), out=least)
        return np.float32(1.0) - least**power

    return _both_ways(seismic, likeliest)


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


@njit(cache=True, nogil=True)
def sum_along_fault(values: Any, slope: float, window: Any, total: Any) -> None:
    """Add up what lies along a straight fault through each sample.

    values : (lines, traces, samples)     nothing lies beyond the ends
    slope  : traces per sample; the nearest trace is taken
    window : (2 half_window + 1,)         weight of a sample that much deeper
    total  : (lines, traces, samples)     written
    """
    lines, traces, samples = values.shape
    half = window.size // 2
    for i in range(lines):
        for trace in range(traces):
            total[i, trace] = 0.0
            for deeper in range(-half, half + 1):
                other = int(np.floor(trace + slope * deeper + 0.5))
                if not 0 <= other < traces:
                    continue
                weight = np.float32(window[deeper + half])
                for j in range(max(-deeper, 0), samples - max(deeper, 0)):
                    total[i, trace, j] += weight * values[i, other, j + deeper]


def _both_ways(seismic: npt.ArrayLike, attribute: Callable[[Volume], Volume]) -> npt.NDArray[np.float32]:
    """Answer along the traces of a section, or the larger of the answers along both lines of a volume."""
    checked = _checked(seismic)
    volume = checked if checked.ndim == 3 else checked[np.newaxis]
    volume = volume / np.float32(float(np.abs(volume).max(initial=0.0)) or 1.0)
    answer = attribute(volume)
    if checked.ndim == 3:
        across = attribute(np.ascontiguousarray(volume.swapaxes(0, 1)))
        answer = np.maximum(answer, across.swapaxes(0, 1))
    live = np.any(volume, axis=-1, keepdims=True)
    answer = np.where(live, np.clip(answer, 0.0, 1.0), np.float32(0.0))
    return np.asarray(answer.reshape(checked.shape))


def _scanned_dips(max_dip: float, half_traces: int) -> npt.NDArray[np.float64]:
    """List the dips of a scan in samples per trace, the flattest first."""
    steps = int(np.ceil(2.0 * max_dip * half_traces))
    dips = np.linspace(-max_dip, max_dip, 2 * steps + 1)
    return np.asarray(dips[np.argsort(np.abs(dips), kind="stable")])


def _scan(
    volume: Volume, dips: npt.NDArray[np.float64], half_traces: int
) -> Iterator[tuple[Volume, Volume, npt.NDArray[np.bool_]]]:
    """Give the stacks along each dip, and where it fits the region better than all before it."""
    live = np.any(volume, axis=-1)
    region = (1, REGION_TRACES, REGION_SAMPLES)
    common, energy = np.empty_like(volume), np.empty_like(volume)
    best = np.full_like(volume, -1.0)
    for dip in dips:
        stack_along_dip(volume, live, dip, half_traces, common, energy)
        regional = _ratio(
            uniform_filter(common, region, mode="constant"), uniform_filter(energy, region, mode="constant")
        )
        better = regional > best
        np.copyto(best, regional, where=better)
        yield common, energy, better


def _semblance(
    volume: Volume, dips: npt.NDArray[np.float64], half_traces: int, window: npt.NDArray[np.float64]
) -> Volume:
    """Return the semblance along the regional dip in the direction of the second axis."""
    semblance = np.ones_like(volume)
    for common, energy, better in _scan(volume, dips, half_traces):
        local = _ratio(
            correlate1d(common, window, mode="constant"), correlate1d(energy, window, mode="constant")
        )
        np.copyto(semblance, local, where=better)
    return semblance


def _follow_beds(volume: Volume, dips: npt.NDArray[np.float64], half_traces: int) -> tuple[Volume, Volume]:
    """Return numerator and denominator of the semblance along the regional dip, sample by sample."""
    steered = np.zeros_like(volume), np.zeros_like(volume)
    for common, energy, better in _scan(volume, dips, half_traces):
        np.copyto(steered[0], common, where=better)
        np.copyto(steered[1], energy, where=better)
    return steered


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
