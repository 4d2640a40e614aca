"""Sections that are not such as the networks learned from, made of those that are; and harmless changes.

Each takes a section (traces, samples) with the words of its labels and gives both, altered alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from odfault_synthetic.acquisition import control_gain
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED
from odfault_training import alterations

Section = NDArray[np.float32]
Words = NDArray[np.uint8]
Chance = np.random.Generator
Change = Callable[[Section, Words, Chance], tuple[Section, Words]]
THIRD = 3
"""One sample, or one trace, is kept of so many."""


@dataclass(frozen=True)
class Kind:
    """A way to alter sections.

    change   : what it does
    harmless : whether the networks answer alike before and after, so that it must not be told from ordinary
    graded   : whether it may leave a section ordinary: it teaches errors, and is neither familiar nor strange
    median   : (low, high) cycles per sample in which half of a section's power must lie, to become strange
    """

    change: Change
    harmless: bool = False
    graded: bool = False
    median: tuple[float, float] = (0.0, 0.5)


def _seismic(change: Callable[[Section, Chance], Section]) -> Change:
    return lambda section, words, chance: (np.asarray(change(section, chance), np.float32), words)


def _noise(low: float, high: float) -> Callable[[Section, Chance], Section]:
    """White noise at an rms ratio of signal to noise between two, evenly in its logarithm."""

    def change(section: Section, chance: Chance) -> Section:
        ratio = np.exp(chance.uniform(np.log(low), np.log(high)))
        noise = chance.standard_normal(section.shape, np.float32)
        return section + noise * np.float32(section.std() / ratio)

    return change


def _sampled(factor: float) -> Change:
    """Resample time, without aliasing."""

    def change(section: Section, words: Words, chance: Chance) -> tuple[Section, Words]:
        seen = alterations.resample(section[None], (2,), factor)[0]
        told = np.zeros(seen.shape, np.uint8)
        for word in (UNRESOLVED, BESIDE, FAULT):
            told[alterations.resample_mask((words == word)[None], (2,), factor)[0]] = word
        return seen, told

    return change


def _coarser(section: Section, words: Words, chance: Chance) -> tuple[Section, Words]:
    """Keep every third sample, unfiltered, as a careless export does."""
    return _every_third(section, words)


def _fewer(section: Section, words: Words, chance: Chance) -> tuple[Section, Words]:
    """Keep every third trace."""
    seen, told = _every_third(section.T, words.T)
    return seen.T, told.T


def _every_third(section: Section, words: Words) -> tuple[Section, Words]:
    """Keep the first of three samples; a fault that is in any of them is kept."""
    whole = section.shape[1] // THIRD * THIRD
    told = words[:, :whole].reshape(len(words), -1, THIRD)
    fault = (told == FAULT).any(axis=2)
    return section[:, :whole:THIRD], np.where(fault, np.uint8(FAULT), told[..., 0]).astype(np.uint8)


def _shifted(section: Section, chance: Chance) -> Section:
    """Footprint: traces shifted in time, in stripes."""
    turn = 2 * np.pi * np.arange(len(section)) / chance.uniform(3, 10) + chance.uniform(0, 6)
    late, depth = np.sin(turn) * chance.uniform(1.5, 4), np.arange(section.shape[1])
    pairs = zip(late, section, strict=True)
    return np.stack([np.interp(depth - shift, depth, trace) for shift, trace in pairs]).astype(np.float32)


def _striped(section: Section, chance: Chance) -> Section:
    """Footprint: noise that comes again every few traces."""
    period = int(chance.integers(4, 12))
    noise = gaussian_filter(chance.standard_normal((period, section.shape[1])), (1, 0.7))
    noise = np.resize(noise / noise.std(), section.shape)
    return np.asarray(section + noise * section.std() * chance.uniform(0.8, 2), np.float32)


def _clipped(section: Section, chance: Chance) -> Section:
    """Little more than the sign is left."""
    limit = np.quantile(np.abs(section), chance.uniform(0.1, 0.35))
    return np.clip(section, -limit, limit)


def _levelled(section: Section, chance: Chance) -> Section:
    """Gain control in a window shorter than a wavelength."""
    volume = section[None].copy()
    control_gain(volume, int(chance.integers(3, 8)))
    return np.asarray(volume[0])


def _dead(section: Section, chance: Chance) -> Section:
    """Kill a quarter of the traces and more."""
    live = chance.random(len(section)) >= chance.uniform(0.25, 0.6)
    return section * live[:, None].astype(np.float32)


def _muted(section: Section, words: Words, chance: Chance) -> tuple[Section, Words]:
    """Nothing above a slanting line, as at the edge of a survey."""
    across, down = (np.linspace(0, 1, n) for n in section.shape)
    level = chance.uniform(0, 0.3) + chance.uniform(-0.3, 0.3) * across
    live = down[None, :] > level[:, None]
    return section * live.astype(np.float32), np.where(live, words, np.uint8(UNRESOLVED))


def _spiked(section: Section, chance: Chance) -> Section:
    """Put samples of noise in, twelve times as loud."""
    where = chance.random(section.shape) < chance.uniform(0.01, 0.05)
    spikes = chance.standard_normal(section.shape, np.float32) * np.float32(12 * section.std())
    return np.where(where, spikes, section)


def _gather(section: Section, chance: Chance) -> Section:
    """Draw a shot gather: reflections, a direct wave, surface waves, noise."""
    traces, samples = section.shape
    far = np.abs(np.arange(traces) - chance.integers(traces // 10, traces)) * chance.uniform(0.6, 1.4)
    far, down, peak = far[:, None], np.arange(samples)[None, :], chance.uniform(0.06, 0.2)
    shot = chance.standard_normal(section.shape) * 0.3
    for _ in range(30):
        late = np.hypot(chance.uniform(10, samples), far / chance.uniform(1, 2.5))
        shot += chance.standard_normal() * _ricker(down - late, peak)
    shot += chance.uniform(2, 5) * _ricker(down - far / chance.uniform(0.8, 1.5) - 5, peak)
    for speed in chance.uniform(0.25, 0.6, 5):
        late = down - far / speed
        shot += chance.uniform(1, 4) * _ricker(late, peak / 2.5) * np.exp(-((late / 40) ** 2))
    shot[down < far / 1.6 - 20] *= 0.02
    return shot.astype(np.float32)


def _ricker(time: NDArray[np.float64], peak: float) -> NDArray[np.float64]:
    turn = (np.pi * peak * time) ** 2
    return np.asarray((1 - 2 * turn) * np.exp(-turn))


def _fractal(section: Section, chance: Chance) -> Section:
    """Draw a picture of nothing: noise whose power falls with the wave number, as clouds."""
    traces, samples = section.shape
    number = np.hypot(np.fft.fftfreq(traces)[:, None], np.fft.rfftfreq(samples)[None, :])
    number[0, 0] = np.inf
    power = np.fft.rfft2(chance.standard_normal(section.shape)) / number ** chance.uniform(0.8, 1.6)
    return np.fft.irfft2(power, section.shape).astype(np.float32)


def _strange_data(change: Callable[[Section, Chance], Section]) -> Change:
    """Other data than seismic sections: there is no fault to be found or missed."""
    return lambda section, words, chance: (change(section, chance), np.full_like(words, UNRESOLVED))


KINDS: dict[str, Kind] = {
    "gain": Kind(_seismic(lambda s, chance: s * np.float32(np.exp(chance.uniform(-5, 5)))), harmless=True),
    "polarity": Kind(_seismic(lambda s, chance: -s), harmless=True),
    "phase": Kind(
        _seismic(lambda s, chance: alterations.rotate_phase(s, chance.uniform(20, 160))), harmless=True
    ),
    "mute": Kind(_muted, harmless=True),
    "noise, S/N .4 to 1.5": Kind(_seismic(_noise(0.4, 1.5)), graded=True),
    "a third of the traces": Kind(_fewer, graded=True),
    "noise, S/N .15 to .4": Kind(_seismic(_noise(0.15, 0.4))),
    "frequency x 2": Kind(_sampled(0.5), median=(0.16, 0.5)),
    "frequency x 1/2": Kind(_sampled(2.0), median=(0.0, 0.11)),
    "aliased in time": Kind(_coarser, median=(0.10, 0.5)),
    "footprint, shifts": Kind(_seismic(_shifted)),
    "footprint, noise": Kind(_seismic(_striped)),
    "clipped": Kind(_seismic(_clipped)),
    "short gain control": Kind(_seismic(_levelled)),
    "dead traces": Kind(_seismic(_dead)),
    "spikes": Kind(_seismic(_spiked)),
    "shot gather": Kind(_strange_data(_gather)),
    "no seismic at all": Kind(_strange_data(_fractal)),
}


def median_frequency(section: Section) -> float:
    """Cycles per sample below which half of a section's power lies."""
    power = np.cumsum((np.abs(np.fft.rfft(section, axis=1)) ** 2).mean(axis=0))
    return float(np.searchsorted(power, power[-1] / 2) / section.shape[1])
