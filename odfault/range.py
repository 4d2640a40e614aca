"""Whether a survey is such as a network learned from: its frequencies, its noise, its dips."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from odfault.card import Card, Scale
from odfault.lens import ScaleWord, to_pair
from odfault.undefined import clear

Volume = NDArray[np.float32]
Read = Callable[[slice, slice, slice], Volume]
"""Reads a box of samples (inlines, crosslines, samples)."""
BLOCKS = 36
"""Places that are looked at."""
TRACES = 24
"""Of a place, side by side."""
SEGMENT = 128
"""Samples that are looked at together; half of them overlap the next."""
FEWEST = 8
"""Pairs of live traces that a segment has at least."""
STEPS = (0.5, 0.75, 1.0, 1.5, 2.0)
"""The scales that ``auto`` chooses from."""
WORDS = {
    "peak": ("dominant frequency", ".2f", "cycles per sample"),
    "signal_to_noise_db": ("signal-to-noise ratio", ".0f", "dB"),
    "steepest_dip": ("typical dip", ".1f", "samples per trace"),
}
"""How the ranges of a card are told."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a survey is like, as its own grid sees it.

    Attributes
    ----------
    peak : float
        Dominant frequency, in cycles per sample: the median of the power that neighbouring traces share.
    signal_to_noise_db : float
        From the correlation r of neighbouring traces, moved along their dip: 10 log10 (r / (1 - r)).
    dip : float
        Typical dip of the beds, up or down, in samples per trace.
    """

    peak: float
    signal_to_noise_db: float
    dip: float

    def through(self, scale: Scale) -> Measured:
        """Tell what a network sees of it at a scale, lateral and vertical."""
        lateral, vertical = scale
        return Measured(self.peak / vertical, self.signal_to_noise_db, self.dip * vertical / lateral)


def measure(read: Read, part: tuple[slice, slice, slice]) -> Measured | None:
    """Measure a survey at up to ``BLOCKS`` places; nothing where too little is alive.

    Parameters
    ----------
    read : callable
        Gives the samples of a box.
    part : tuple of slice
        Inlines, crosslines and samples of the survey to look at.

    Notes
    -----
    Power and correlation come from the cross spectrum of neighbouring traces, in which noise that they do
    not share cancels (after Welch, 1967).
    """
    rows = [look for place in _places(part) if (look := _look(read(*place)[0])) is not None]
    if not rows:
        return None
    spectra, correlations, dips = (np.concatenate(column) for column in zip(*rows, strict=True))
    shared = np.cumsum(spectra.sum(axis=0))
    peak = np.interp(shared[-1] / 2, shared, np.arange(shared.size)) / (2 * (shared.size - 1))
    r = float(np.clip(np.median(correlations), 1e-3, 1 - 1e-3))
    clear = dips[correlations >= np.median(correlations)]
    return Measured(float(peak), 10 * math.log10(r / (1 - r)), float(np.median(np.abs(clear))))


def _places(part: tuple[slice, slice, slice]) -> Iterator[tuple[slice, slice, slice]]:
    """Spread boxes of one inline and some traces evenly over a part."""
    x, y, z = part
    lines = np.unique(np.linspace(x.start, x.stop - 1, 6).astype(int))
    last = max(y.start, y.stop - TRACES)
    many = min(BLOCKS // len(lines), 1 + (last - y.start) // TRACES)
    for line in lines.tolist():
        for trace in np.linspace(y.start, last, many).astype(int).tolist():
            yield slice(line, line + 1), slice(trace, min(trace + TRACES, y.stop)), z


def _look(block: Volume) -> tuple[NDArray[np.float64], ...] | None:
    """Measure the segments of (traces, samples): shared spectra, correlations, dips; nothing without any."""
    unit = _cut(block)
    pairs = np.count_nonzero(unit[:, :-1].any(axis=2) & unit[:, 1:].any(axis=2), axis=1)
    enough = pairs >= FEWEST
    if not enough.any():
        return None
    length = unit.shape[2]
    waves = np.fft.rfft(unit[enough], 2 * length, axis=2)
    cross = (waves[:, :-1].conj() * waves[:, 1:]).sum(axis=1)
    lags = np.fft.irfft(cross, axis=1) / pairs[enough, None]
    lags = np.roll(lags, length // 4, axis=1)[:, : length // 2]  # a quarter of the segment, up and down
    best = np.clip(lags.argmax(axis=1), 1, length // 2 - 2)
    before, here, after = (np.take_along_axis(lags, best[:, None] + n, 1)[:, 0] for n in (-1, 0, 1))
    bend = np.minimum(before - 2 * here + after, -1e-9)
    beside = np.clip((before - after) / (2 * bend), -1, 1)  # where a parabola is highest
    return np.abs(cross), here - 0.25 * (before - after) * beside, best - length // 4 + beside


def _cut(block: Volume) -> NDArray[np.float64]:
    """Cut (traces, samples) into tapered segments (segments, traces, SEGMENT) of energy 1; 0 where dead."""
    traces, samples = block.shape
    alive = np.zeros((traces, max(samples, SEGMENT)))
    alive[:, :samples] = clear(block)
    segments = sliding_window_view(alive, SEGMENT, 1)[:, :: SEGMENT // 2].swapaxes(0, 1)
    segments = segments / np.maximum(np.abs(segments).max(axis=2, keepdims=True), 1e-30)
    whole = np.count_nonzero(segments, axis=2, keepdims=True) > 0.5 * SEGMENT
    tapered = (segments - segments.mean(axis=2, keepdims=True)) * np.hanning(SEGMENT)
    size = np.sqrt((tapered**2).sum(axis=2, keepdims=True))
    return np.asarray(np.divide(tapered, size, out=np.zeros_like(tapered), where=whole & (size > 1e-6)))


def find_scale(word: ScaleWord, card: Card, measured: Measured | None) -> Scale:
    """Find what scale a user's word means: the card's own when there is none."""
    if word is None:
        return card.scale
    pair: Scale = to_pair(choose_scale(measured, card) if word == "auto" else word)
    return pair


def choose_scale(measured: Measured | None, card: Card) -> float:
    """Choose the scale that brings the dominant frequency to the middle of what the network learned from.

    It is 1 where the frequency lies in that range, or nothing is known.
    """
    low, high = card.trusted.get("peak", (0, math.inf))
    if measured is None or low <= measured.peak <= high:
        return 1.0
    middle = math.sqrt(max(low, 1e-3) * max(high, 1e-3))
    return min(STEPS, key=lambda scale: abs(math.log(max(measured.peak, 1e-3) / scale / middle)))


def warn(measured: Measured | None, card: Card, scale: Scale) -> list[str]:
    """Say where a survey, seen at a scale, is not such as the network learned from, a sentence each."""
    if measured is None:
        return []
    seen, said = measured.through(scale), []
    ranges = {**card.trusted, "steepest_dip": (0, card.trusted.get("steepest_dip", math.inf))}
    for name, value in zip(WORDS, dataclasses.astuple(seen), strict=True):
        low, high = ranges.get(name, (-math.inf, math.inf))
        if low <= value <= high:
            continue
        noun, form, unit = WORDS[name]
        better = choose_scale(measured, card)
        mend = f", or run with --scale {better:g}" if name == "peak" and better != scale[1] else ""
        said.append(
            f"The survey's {noun}{', as scaled,' if scale != (1, 1) else ''} is {value:{form}} {unit}; "
            f"{card.name} learned from {low:{form}} to {high:{form}}: take the faults with care{mend}."
        )
    return said
