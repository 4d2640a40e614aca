"""How small a fault is found: plain layered sections with one fault, by its throw and by the noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.explain.gradients import Inside, Windows
from odfault.explain.subject import scale_block

SIZE = 96
"""Traces and samples of a drawn section."""
LINES = 32
"""Of a drawn volume."""
FOUND = 0.5
"""Least probability of a fault that counts as found."""
NEAR = 2
"""Traces beside the fault within which it counts."""
THROWS = (0.0, 1 / 64, 1 / 32, 3 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
"""In wavelengths."""
NOISES = (8.0, 2.0, 1.0)
"""Root mean square of the signal against that of the noise, for the curves by throw."""
LADDER = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""The same, for the curves by noise."""
HEIGHTS = (1 / 16, 1 / 8, 1 / 4)
"""Throws in wavelengths, for the curves by noise."""


@dataclasses.dataclass(frozen=True)
class Curve:
    """Part of a fault that is found, with its 90 % interval over drawn sections.

    Attributes
    ----------
    by : tuple of float
        Throw in wavelengths, or signal to noise.
    found, low, high : tuple of float
        0 to 1.
    """

    by: tuple[float, ...]
    found: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def half(self) -> float | None:
        """Where it first reaches one half, between its points."""
        for n in range(1, len(self.by)):
            before, after = self.found[n - 1], self.found[n]
            if before < 0.5 <= after:
                part = (0.5 - before) / (after - before)
                return self.by[n - 1] + part * (self.by[n] - self.by[n - 1])
        return None


def draw_fault(
    chance: np.random.Generator, *, throw: float, peak: float, signal_to_noise: float, lines: int = 1
) -> tuple[Windows, NDArray[np.floating[Any]]]:
    """Draw a layered section with one fault through its middle.

    Parameters
    ----------
    chance : numpy.random.Generator
        What draws.
    throw : float
        Samples (two-way time) that the beds beyond the fault lie deeper.
    peak : float
        Of a Ricker wavelet's spectrum, in cycles per sample.
    signal_to_noise : float
        Of root mean squares; the noise has the wavelet's spectrum and is another in each trace.
    lines : int
        The section is repeated so often, each time with noise of its own.

    Returns
    -------
    tuple
        Amplitudes (lines, traces, samples), and the trace at which the fault stands for each sample.
    """
    fine, room = 8, 64
    n = SIZE + 2 * room
    beds = chance.laplace(size=n) * (chance.random(n) < 0.6)
    trace = np.zeros(n * fine)
    trace[::fine] = beds
    trace = np.fft.irfft(np.fft.rfft(trace) * _ricker(len(trace), peak / fine), len(trace))
    lean, dip = chance.uniform(-0.6, 0.6), chance.uniform(-0.15, 0.15)
    sample, number = np.arange(SIZE), np.arange(SIZE)
    stands = SIZE / 2 + lean * (sample - SIZE / 2)
    beyond = np.clip(number[:, None] - stands + 0.5, 0, 1)
    depth = room + sample - dip * (number[:, None] - SIZE / 2)
    places = np.arange(len(trace)) / fine
    section = (1 - beyond) * np.interp(depth, places, trace) + beyond * np.interp(
        depth - throw, places, trace
    )
    noise = chance.standard_normal((lines, SIZE, SIZE))
    noise = np.fft.irfft(np.fft.rfft(noise, axis=2) * _ricker(SIZE, peak), SIZE, axis=2)
    noise *= section.std() / (signal_to_noise * noise.std())
    return (section + noise).astype(np.float32), stands


def _ricker(length: int, peak: float) -> NDArray[np.float64]:
    """Spectrum of a Ricker wavelet (1953), largest 1."""
    f = np.fft.rfftfreq(length) / peak
    return np.asarray(f**2 * np.exp(1 - f**2))


def find_parts(inside: Inside, volumes: Windows, stands: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Tell which part of each drawn fault a network finds, away from the edges.

    volumes : (drawn, lines, traces, samples), unscaled
    stands  : (drawn, samples)      the trace at which each fault stands
    """
    scaled = np.stack([scale_block(volume) for volume in volumes])
    answers = inside.answer(scaled)[:, volumes.shape[1] // 2]
    rows = np.arange(SIZE // 4, SIZE - SIZE // 4)
    columns = np.round(stands[:, rows]).astype(int)
    drawn = np.arange(len(volumes))[:, None]
    near = np.stack([answers[drawn, columns + step, rows] for step in range(-NEAR, NEAR + 1)])
    return np.asarray((near.max(axis=0) >= FOUND).mean(axis=1))


def measure_curve(
    inside: Inside, cases: Sequence[tuple[float, float]], *, by: Sequence[float], peak: float, sections: int
) -> Curve:
    """Measure the part found for cases of throw (in wavelengths) and signal to noise.

    Parameters
    ----------
    inside : Inside
        The network.
    cases : sequence of tuple
        Throw and signal to noise.
    by : sequence of float
        What the cases are drawn over.
    peak : float
        Cycles per sample.
    sections : int
        Drawn for each case.

    Notes
    -----
    A wavelength is the velocity over the peak frequency; of two-way time it takes 2 / peak samples.
    The interval is a bootstrap's over the sections (Efron, 1979).
    """
    lines = LINES if inside.card.architecture.dimensions == 3 else 1
    rows = []
    for throw, noise in cases:
        words = {"throw": throw * 2 / peak, "peak": peak, "signal_to_noise": noise}
        drawn = [draw_fault(np.random.default_rng(seed), lines=lines, **words) for seed in range(sections)]
        volumes, stands = (np.stack(part) for part in zip(*drawn, strict=True))
        parts = find_parts(inside, volumes, stands)
        again = np.random.default_rng(0).choice(parts, (400, sections)).mean(axis=1)
        rows.append((float(np.mean(parts)), *map(float, np.quantile(again, (0.05, 0.95)))))
    found, low, high = zip(*rows, strict=True)
    return Curve(tuple(by), found, low, high)


def measure_detection(
    inside: Inside,
    *,
    peak: float,
    sections: int,
    told: Callable[[], None] = lambda: None,
) -> tuple[dict[float, Curve], dict[float, Curve]]:
    """Measure detection by throw, a curve for each noise, and by noise, a curve for each throw."""
    by_throw, by_noise = {}, {}
    for noise in NOISES:
        cases = [(throw, noise) for throw in THROWS]
        by_throw[noise] = measure_curve(inside, cases, by=THROWS, peak=peak, sections=sections)
        told()
    for throw in HEIGHTS:
        cases = [(throw, noise) for noise in LADDER]
        by_noise[throw] = measure_curve(inside, cases, by=LADDER, peak=peak, sections=sections)
        told()
    return by_throw, by_noise
