"""Estimators of what seismic data are like: spectra, amplitudes, dips, coherence, footprint.

They take pieces of a survey, and are the same for real and for drawn data, so that one can be set beside
the other. None depends on gain or polarity unless its name says amplitude.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

Volume = NDArray[np.float32]
Curve = NDArray[np.float64]
PARTS: Curve = np.concatenate(
    [[0, 1e-4, 5e-4, 2e-3], np.linspace(0.005, 0.995, 199), [0.998, 0.9995, 0.9999, 1]]
)
"""Shares of the samples for which quantiles are taken."""
LAGS = (1, 2, 4, 8)
"""Distances in traces at which traces are compared."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """A box of live traces, (inlines, crosslines, samples), and the depth of its first sample."""

    values: Volume
    top: int = 0


def gain_by_depth(pieces: Sequence[Piece], n_samples: int, depth: int | None = None) -> Curve:
    """Mean absolute amplitude by sample, smoothed over a sixteenth of the live depth; (n_samples,).

    depth : samples of the survey that are alive; all of them if left out
    """
    total, count = np.zeros(n_samples), np.zeros(n_samples)
    for piece in pieces:
        span = slice(piece.top, piece.top + piece.values.shape[2])
        total[span] += np.abs(piece.values).sum(axis=(0, 1), dtype=np.float64)
        count[span] += piece.values.shape[0] * piece.values.shape[1]
    known = np.flatnonzero(count)
    if not total.any():
        return np.ones(n_samples)
    mean = np.interp(np.arange(n_samples), known, total[known] / count[known])
    smooth = gaussian_filter1d(mean, max(2.0, (depth or n_samples) / 32), mode="nearest")
    return np.asarray(np.maximum(smooth, 1e-9 * smooth.max()))


def flatten(pieces: Sequence[Piece], gain: Curve) -> list[Piece]:
    """Divide the amplitudes of pieces by the gain of their depth, (samples,)."""
    return [
        Piece(np.asarray(piece.values / gain[piece.top :][: piece.values.shape[2]], np.float32), piece.top)
        for piece in pieces
    ]


def quantiles(pieces: Sequence[Piece]) -> Curve:
    """Amplitudes that ``PARTS`` of all are below."""
    found = [piece.values.ravel()[::3] for piece in pieces]
    return np.asarray(np.quantile(np.concatenate(found), PARTS), np.float64)


def spectra(pieces: Sequence[Piece], edges: Sequence[int], length: int) -> Curve:
    """Average amplitude spectrum of each depth window, each summing to 1; (windows, length // 2 + 1).

    Segments of ``length`` samples, half overlapping, under a Hann taper (Welch, 1967).
    """
    taper = np.hanning(length + 2)[1:-1].astype(np.float32)
    power = np.full((len(edges) - 1, length // 2 + 1), 1e-30)
    for piece in pieces:
        size = piece.values.shape[2]
        for start in range(0, max(1, size - length + 1), max(1, length // 2)):
            part = piece.values[:, :, start : start + length]
            if part.shape[2] < length:
                continue
            window = int(np.searchsorted(edges, piece.top + start + length / 2, "right")) - 1
            if 0 <= window < len(power):
                part = part - part.mean(axis=2, keepdims=True)
                rms = np.sqrt((part**2).mean(dtype=np.float64)) + 1e-30
                power[window] += (np.abs(np.fft.rfft(part / rms * taper, axis=2)) ** 2).mean(axis=(0, 1))
    amplitude = np.sqrt(power)
    return np.asarray(amplitude / amplitude.sum(axis=1, keepdims=True))


def slopes(lines: Volume) -> tuple[Volume, Volume]:
    """Slope of the events in (lines, traces, samples), in samples per trace, and how sure it is, 0 to 1.

    From the structure tensor of the gradients in the plane of each line (Bigun and Granlund, 1987).
    """
    a, z = (gaussian_filter(lines, (0, 1.0, 1.2), order=order) for order in ((0, 1, 0), (0, 0, 1)))
    aa, az, zz = (gaussian_filter(one * two, (0, 3.0, 4.0)) for one, two in ((a, a), (a, z), (z, z)))
    angle = 0.5 * np.arctan2(-2 * az, zz - aa)
    sure = np.sqrt((zz - aa) ** 2 + 4 * az**2) / (aa + zz + 1e-12 * (float(zz.mean()) + 1e-30))
    return np.tan(np.clip(angle, -1.5, 1.5)), sure


def some_lines(volume: Volume) -> list[tuple[int, Volume]]:
    """Up to six lines (lines, traces, samples) along each axis that is long enough to compare traces."""
    turned = [(axis, volume.swapaxes(axis, 1)) for axis in (0, 1) if volume.shape[axis] >= 16]
    return [(axis, np.ascontiguousarray(lines[:: max(1, len(lines) // 6)])) for axis, lines in turned]


@dataclasses.dataclass(frozen=True)
class Texture:
    """What neighbouring traces say.

    dips : (2, windows, PARTS) degrees, along inlines and crosslines; of a section the same twice
    coherence : (windows, LAGS) correlation of traces along their events' dip
    dip_length : traces over which dips stay alike (their correlation falls below one half)
    """

    dips: Curve
    coherence: Curve
    dip_length: float


def texture(pieces: Sequence[Piece], edges: Sequence[int]) -> Texture:
    """Measure dips, and the coherence of traces along them, in each depth window."""
    many = len(edges) - 1
    dips: list[list[list[Volume]]] = [[[] for _ in range(many)] for _ in range(2)]
    common, energy = np.zeros((many, len(LAGS))), np.full((many, len(LAGS)), 1e-30)
    lengths = []
    for piece in pieces:
        depth = np.arange(piece.values.shape[2]) + piece.top
        window = np.searchsorted(edges, depth, "right") - 1
        for axis, lines in some_lines(piece.values):
            slope, sure = slopes(lines)
            for n in range(many):
                there = window == n
                good = sure[..., there] > 0.5
                dips[axis][n].append(np.degrees(np.arctan(slope[..., there][good])))
            lengths.append(_dip_length(slope))
            _compare(lines, slope, window, common, energy)
    for axis, other in ((0, 1), (1, 0)):
        dips[axis] = dips[axis] if any(len(part) for part in dips[axis]) else dips[other]
    flat = np.array([[_quantile(part) for part in axis] for axis in dips])
    return Texture(flat, common / energy, float(np.median(lengths)) if lengths else 20.0)


def _quantile(parts: list[Volume]) -> Curve:
    whole = np.concatenate(parts) if parts else np.zeros(1, np.float32)
    return np.asarray(np.quantile(whole if len(whole) else np.zeros(1), PARTS), np.float64)


def _dip_length(slope: Volume) -> float:
    """Distance at which the correlation of slopes falls below one half, at most a third of the piece."""
    smooth = gaussian_filter1d(np.clip(slope, -3, 3), 6.0, axis=2)
    field = smooth - smooth.mean()
    scale = float((field**2).mean()) + 1e-12
    most = max(2, field.shape[1] // 3)
    for lag in range(1, most):
        if float((field[:, lag:] * field[:, :-lag]).mean()) / scale < 0.5:
            return float(lag)
    return float(most)


def _compare(lines: Volume, slope: Volume, window: NDArray[np.int64], common: Curve, energy: Curve) -> None:
    """Add up products of traces some lags apart, moved along their common dip by half of it each."""
    sample = np.arange(lines.shape[2], dtype=np.float32)
    for line, slant in zip(lines, slope, strict=True):
        for n, lag in enumerate(LAGS):
            if line.shape[0] <= lag + 4:
                continue
            shift = 0.25 * lag * (slant[:-lag] + slant[lag:])
            row = np.broadcast_to(np.arange(len(shift), dtype=np.float32)[:, None], shift.shape)
            one = map_coordinates(line, [row, sample - shift], order=3, mode="nearest")
            two = map_coordinates(line, [row + lag, sample + shift], order=3, mode="nearest")
            product, size = (one * two).sum(axis=0), 0.5 * (one**2 + two**2).sum(axis=0)
            inside = window >= 0
            norm = size.mean() + 1e-30
            np.add.at(common[:, n], window[inside], product[inside] / norm)
            np.add.at(energy[:, n], window[inside], size[inside] / norm)


def decibels(coherence: Curve) -> Curve:
    """Signal-to-noise ratio of power from the correlation c of neighbours: 10 log10 of c / (1 - c).

    For a signal that both share and noise of each its own (White, 1973).
    """
    share = np.clip(coherence, 1e-3, 1 - 1e-5)
    return np.asarray(10 * np.log10(share / (1 - share)))


def resolution(coherence: Curve) -> Curve:
    """Traces over which the correlation along the dip falls half of the way that it falls within eight.

    coherence : (windows, LAGS); returns (windows,)
    """
    falls = 1 - np.concatenate([np.ones((len(coherence), 1)), coherence], axis=1)
    falls = np.maximum.accumulate(falls, axis=1) / np.maximum(falls.max(axis=1, keepdims=True), 1e-9)
    return np.array([np.interp(0.5, fall, [0, *LAGS]) for fall in falls])


def footprint(pieces: Sequence[Piece]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Stripes of amplitude along inlines and along crosslines: strength, and period in lines; 0 if none.

    From the spectrum of the lines' mean absolute amplitudes: a peak of half a percent or more, five times
    above the median of its neighbourhood, of at most 16 lines.
    """
    found = []
    for axis in (0, 1):
        shares = [np.zeros(129)]
        for piece in pieces:
            if piece.values.shape[axis] < 32 or piece.values.shape[1 - axis] < 4:
                continue
            mean = np.abs(piece.values).mean(axis=(1 - axis, 2), dtype=np.float64)
            mean /= gaussian_filter1d(mean, 8.0, mode="nearest") + 1e-30
            taper = np.hanning(len(mean))
            shares.append(np.abs(np.fft.rfft((mean - 1) * taper, 256)) * 2 / taper.sum())
        power = np.sum(shares, axis=0) / max(1, len(shares) - 1)
        peak = int(power[16:].argmax()) + 16
        if peak > 124:  # every second line: both halves of the spectrum stand in one place
            peak, power[-1] = 128, power[-1] / 2
            power[124:128] = 0
        clear = power[peak] > 5 * np.median(power[max(peak - 24, 1) : peak + 25])
        strong = power[peak] >= 0.005 and clear and power[peak] >= power[peak - 1]
        found.append((float(power[peak]), float(256 / peak)) if strong else (0.0, 0.0))
    return found[0], found[1]


def crossing_spacing(pieces: Sequence[Piece]) -> float:
    """Mean distance of zero crossings in samples."""
    crossings = [float((np.diff(np.signbit(piece.values), axis=2)).mean()) for piece in pieces]
    return 1 / max(float(np.mean(crossings)), 1e-3) if crossings else math.nan


def distance(one: Curve, two: Curve) -> Curve:
    """Earth mover's distance of two sets of quantiles (..., PARTS), in their unit."""
    return np.asarray(np.trapezoid(np.abs(one - two), PARTS, axis=-1))


def pool(windows: Curve) -> Curve:
    """Quantiles of depth windows (..., windows, PARTS) together, each weighing the same; (..., PARTS)."""
    fine = np.linspace(0.0005, 0.9995, 1000)
    flat = windows.reshape(-1, *windows.shape[-2:])
    all_ = [np.quantile(np.concatenate([np.interp(fine, PARTS, q) for q in part]), PARTS) for part in flat]
    return np.array(all_).reshape(*windows.shape[:-2], len(PARTS))


def kolmogorov(one: Curve, two: Curve) -> float:
    """Largest difference of the two distributions that have these quantiles (Kolmogorov and Smirnov)."""
    grid = np.unique(np.concatenate([one, two]))
    # a clipped amplitude stands for many parts: look at either side of it
    low, high = (_shares(values, grid) for values in (one, two))
    return float(max(np.abs(a - b).max() for a, b in zip(low, high, strict=True)))


def _shares(values: Curve, grid: Curve) -> tuple[Curve, Curve]:
    step = 1e-9 * (np.abs(grid).max() + 1e-30)
    rising = values + np.linspace(0, step, len(values))
    return np.interp(grid - 2 * step, rising, PARTS), np.interp(grid + 2 * step, rising, PARTS)
