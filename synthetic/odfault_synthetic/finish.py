"""The last steps of a cube like a survey's: noise, spectrum and amplitudes, until they measure as asked."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from odfault_synthetic import estimators
from odfault_synthetic.cube import Cube
from odfault_synthetic.estimators import PARTS, Curve, Piece
from odfault_synthetic.like import Raw, at_depth
from odfault_synthetic.likeness import Likeness, segment_length

Volume = NDArray[np.float32]
STEPS = 9
"""Steps that noise, spectrum and amplitudes are brought nearer."""
PAD = 64


@dataclasses.dataclass(frozen=True)
class Mixture:
    """How a cube is finished, by depth window.

    filters : (windows, frequencies) amplitude by which signal and noise together are filtered
    noise_db : (windows,) signal-to-noise ratio put in
    wide : (windows,) share of the noise that is coherent over neighbouring traces
    """

    filters: Curve
    noise_db: Curve
    wide: Curve


def finish(raw: Raw, like: Likeness) -> Cube:
    """Finish a cube: noise, then a zero-phase filter, then a monotone map of the amplitudes.

    What to put in is found on some of its lines, step by step, by the estimators that measured the survey (as
    in iterated amplitude-adjusted surrogates, Schreiber and Schmitz, 1996, but with smooth filters, which
    keep each event). Amplitudes are the survey's over its unit, see ``unit_of``.
    """
    mixture = find_mixture(raw, like)
    seismic = blend((raw.cube.seismic, raw.own, raw.wide), mixture, like, raw.top)
    level = (like.gain / unit_of(like))[raw.top : raw.top + seismic.shape[2]]
    seismic = np.clip(seismic * level.astype(np.float32), -6e4, 6e4)
    return dataclasses.replace(raw.cube, seismic=_stripe(seismic, like, raw.top))


def unit_of(like: Likeness) -> float:
    """Amplitude of the survey that a drawn cube holds as 1, so that float16 holds all: the median gain."""
    return float(np.median(like.gain[like.live[0] : like.live[1]])) or 1.0


def find_mixture(raw: Raw, like: Likeness) -> Mixture:
    """Find what to put into a cube so that it measures as the survey does at its depth."""
    fall = (like.resolution - 0.5) / (like.resolution.max() + 1)
    mixture = Mixture(np.ones_like(like.spectra), like.signal_to_noise_db + 3, np.clip(fall, 0, 1))
    lines = [_lines(part) for part in (raw.cube.seismic, raw.own, raw.wide)]
    length, rate = segment_length(like.edges), 1.0
    for _ in range(STEPS):
        drawn = [blend(three, mixture, like, raw.top) for three in zip(*lines, strict=True)]
        pieces = [Piece(part, raw.top) for part in drawn]
        spectra = estimators.spectra(pieces, like.edges, length)
        texture = estimators.texture(pieces, like.edges)
        seen = texture.coherence[:, 0] > 0
        ratio = np.where(seen[:, None], like.spectra / np.maximum(spectra, 1e-6), 1.0)
        missing = np.where(seen, like.signal_to_noise_db - estimators.decibels(texture.coherence[:, 0]), 0)
        finer = np.where(seen, like.resolution - estimators.resolution(texture.coherence), 0)
        mixture = Mixture(
            mixture.filters * np.clip(ratio, 0.5, 2) ** 0.9,
            np.clip(mixture.noise_db + rate * np.clip(missing, -6, 6), -20, 60),
            np.clip(mixture.wide + 0.3 * rate * np.clip(finer, -1, 1), 0, 1),
        )
        rate *= 0.9
    return mixture


def _lines(volume: Volume) -> list[Volume]:
    """Lines along each axis, as the estimators look at them: (1, traces, samples) each."""
    return [line[None] for _, lines in estimators.some_lines(volume) for line in lines]


def blend(three: tuple[Volume, Volume, Volume], mixture: Mixture, like: Likeness, top: int) -> Volume:
    """Signal and noises mixed, filtered, and mapped to the amplitudes of the survey over its gain."""
    signal, own, wide = three
    depth = np.arange(signal.shape[2], dtype=np.float64) + top
    level = 10 ** (-at_depth(mixture.noise_db, like, depth) / 20)
    share = np.clip(at_depth(mixture.wide, like, depth), 0, 1)
    both = signal + own * (level * np.sqrt(1 - share)).astype(np.float32)
    both += wide * (level * np.sqrt(share)).astype(np.float32)
    filtered = _filter(both, mixture.filters, like, depth)
    filtered /= estimators.gain_by_depth([Piece(filtered)], signal.shape[2]).astype(np.float32)
    source = np.quantile(filtered.ravel()[:: max(1, filtered.size // 300_000)], PARTS)
    source += np.linspace(0, 1e-6 * (np.ptp(source) + 1e-9), len(source))
    mapped = np.asarray(np.interp(filtered, source, like.quantiles), np.float32)
    return _filter(mapped, band_of(like), like, depth)


def band_of(like: Likeness) -> Curve:
    """Amplitudes (windows, frequencies) that pass the survey's band and stop what mapping puts beside it."""
    loud = like.spectra / like.spectra.max(axis=1, keepdims=True)
    return np.asarray(loud / (loud + 0.03) * 1.03)


def _filter(values: Volume, filters: Curve, like: Likeness, depth: Curve) -> Volume:
    """Filter by each window's amplitudes, blended over depth; mirrored at top and base."""
    pad = min(PAD, values.shape[2] - 1)
    padded = np.pad(values, ((0, 0), (0, 0), (pad, pad)), mode="reflect")
    size = fft.next_fast_len(padded.shape[2], real=True)
    spectrum = fft.rfft(padded, size, axis=2)
    fine = np.linspace(0, filters.shape[1] - 1, spectrum.shape[2])
    answer = np.zeros_like(values)
    for n, curve in enumerate(filters):
        weight = at_depth(np.eye(len(filters))[n], like, depth).astype(np.float32)
        if weight.any():
            gain = np.interp(fine, np.arange(len(curve)), curve).astype(np.float32)
            passed = fft.irfft(spectrum * gain, size, axis=2)
            answer += passed[:, :, pad : pad + values.shape[2]] * weight
    return answer


def _stripe(seismic: Volume, like: Likeness, top: int) -> Volume:
    """Lay the survey's footprint over a cube."""
    for axis, (strength, period) in enumerate(like.footprint):
        if strength and seismic.shape[axis] > 1:
            phase = math.pi / 2 if period < 2.5 else float(top)  # two lines a period: full or nothing
            stripe = 1 + strength * np.sin(2 * math.pi * np.arange(seismic.shape[axis]) / period + phase)
            seismic = seismic * np.expand_dims(stripe, (1 - axis, 2)).astype(np.float32)
    return seismic
