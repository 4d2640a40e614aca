"""How far a network looks: its effective receptive field."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.explain.gradients import Inside, Windows
from odfault.explain.saliency import look_at

PARTS = (0.5, 0.95)
"""Of the influence, that lie within the distances that are told."""


@dataclasses.dataclass(frozen=True)
class Reach:
    """Where the samples lie that an answer depends on.

    Attributes
    ----------
    influence : ndarray, (traces, samples)
        Mean size of the derivatives, about the point, which is in the middle; their sum is 1.
    traces, samples : tuple of float
        To each side, within which half of it and 95 % lie.
    """

    influence: NDArray[np.float64]
    traces: tuple[float, float]
    samples: tuple[float, float]


def measure_reach(scaled: Windows, inside: Inside, *, line: int, windows: int, seed: int = 1) -> Reach:
    """Measure the effective receptive field on windows of a section.

    Parameters
    ----------
    scaled : ndarray, (lines, traces, samples)
        The block, scaled.
    inside : Inside
        The network.
    line : int
        The section's line in the block.
    windows, seed : int
        How many points are looked at, and by which chance they are chosen.

    Notes
    -----
    Luo et al., 2016, Understanding the effective receptive field; with the survey's own windows.
    """
    halo = inside.card.halo
    chance = np.random.default_rng(seed)
    total = np.zeros((2 * halo + 1, 2 * halo + 1))
    for _ in range(windows):
        trace, sample = (int(chance.integers(*_middle(n, halo))) for n in scaled.shape[1:])
        point = (line, trace, sample)
        view = look_at(scaled, point, inside)
        size = np.abs(inside.derive(view.values[None], view.point)[1][0]).sum(axis=0)
        part = total[_about(size.shape[0], view.point[1], halo), _about(size.shape[1], view.point[2], halo)]
        rows, columns = (slice(max(0, p - halo), p + halo + 1) for p in view.point[1:])
        part += size[rows, columns]
    total /= max(float(total.sum()), 1e-30)
    return Reach(total, _within(total.sum(axis=1)), _within(total.sum(axis=0)))


def _middle(size: int, halo: int) -> tuple[int, int]:
    """Give the range of points whose windows are whole, or the middle third of a small section."""
    return (halo, size - halo) if size > 2 * halo + 1 else (size // 3, size - size // 3)


def _about(size: int, point: int, halo: int) -> slice:
    """Place an axis of a window in one that has its point in the middle."""
    return slice(max(0, halo - point), min(2 * halo + 1, halo - point + size))


def _within(profile: NDArray[np.float64]) -> tuple[float, float]:
    """Distances from the middle within which the parts of a profile lie."""
    middle = len(profile) // 2
    sides = profile[middle:].copy()
    sides[1:] += profile[:middle][::-1]
    grown = np.cumsum(sides) / max(float(sides.sum()), 1e-30)
    first, last = (float(np.interp(part, grown, np.arange(len(grown)))) for part in PARTS)
    return first, last
