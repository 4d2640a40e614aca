"""A lens before a network: windows are seen finer, coarser or flipped, and answered on their own grid."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import AVERAGES, Card, Scale, is_scale
from odfault.errors import OdfaultError
from odfault.resampling import reach_of, resample, take_back
from odfault.tiling import Shape

Windows = NDArray[np.float32]
Network = Callable[[Windows], Windows]
Factors = tuple[float, float, float]
"""Samples that the network sees for one of the window: along inlines, traces and samples."""
ScaleWord = str | float | tuple[float, float] | None
"""What a user gives: ``auto``, a number for both, lateral and vertical, or nothing."""
HELD = 0.2
"""Memory of a window's sample and its answers outside the network, against that of a sample within."""


@dataclasses.dataclass(frozen=True)
class Lens:
    """What stands before a network; one that changes nothing is the network itself.

    Attributes
    ----------
    card : Card
        Of the network.
    scale : tuple of float
        Lateral and vertical: samples that the network sees for one of the survey.
    average : str
        One of ``AVERAGES``.

    Notes
    -----
    Samples are cells: sample m of the finer or coarser window lies at (m + 1/2) / scale - 1/2 of the own
    one. So a flipped window has the same cells, and windows that start and end on ``grid_shape`` share
    theirs, on the network's own grid: an answer does not depend on which tile held it.
    """

    card: Card
    scale: Scale = (1.0, 1.0)
    average: str = "none"

    def __post_init__(self) -> None:
        check_view(self.scale, self.average)

    @property
    def finds_faults(self) -> bool:
        """Whether the network answers the probability of a fault."""
        return self.card.finds_faults

    @property
    def views(self) -> list[Factors]:
        """The factors of each scale that is averaged: those of the card times the own, to a quarter."""
        spread = self.card.spread if self.average in ("scales", "all") else ((1.0, 1.0),)
        scales = dict.fromkeys(
            tuple(_to_quarter(s * part) for s, part in zip(self.scale, parts, strict=True))
            for parts in spread
        )
        deep = self.card.architecture.dimensions == 3
        return [(lateral if deep else 1.0, lateral, vertical) for lateral, vertical in scales]

    @property
    def flips(self) -> list[tuple[int, ...]]:
        """Axes of windows (windows, inlines, traces, samples) that are flipped, for each view of a scale."""
        if self.average not in ("flips", "all"):
            return [()]
        return [(), (1,), (2,), (1, 2)] if self.card.architecture.dimensions == 3 else [(), (2,)]

    @property
    def is_plain(self) -> bool:
        """Whether it changes nothing."""
        return self.views == [(1.0, 1.0, 1.0)] and self.flips == [()]

    @property
    def halo_shape(self) -> Shape:
        """Halo along inlines, crosslines and samples: the network's, and what resampling looks at."""
        x, y, z = (
            max(_halo(halo, view[axis]) for view in self.views)
            for axis, halo in enumerate(self.card.halo_shape)
        )
        return x, y, z

    @property
    def grid_shape(self) -> Shape:
        """Grid along inlines, crosslines and samples: whole steps of it are whole steps of the network's."""
        x, y, z = (
            max(
                next(n for n in (grid, 2 * grid, 4 * grid) if n * view[axis] % grid == 0)
                for view in self.views
            )
            for axis, grid in enumerate(self.card.grid_shape)
        )  # they divide one another, so that the largest is a multiple of all
        return x, y, z

    @property
    def growth(self) -> float:
        """Memory of a window's sample, against that of the network alone."""
        return 1.0 if self.is_plain else HELD + max(1.0, *(math.prod(view) for view in self.views))

    def before(self, network: Network) -> Network:
        """Put the lens before a network."""
        return network if self.is_plain else functools.partial(self._answer, network)

    def _answer(self, network: Network, windows: Windows) -> Windows:
        """Average the answers to all views of windows (windows, inlines, traces, samples)."""
        total = np.zeros_like(windows)
        for view in self.views:
            seen = windows
            for axis, factor in enumerate(view, 1):
                seen = resample(seen, axis, round(windows.shape[axis] * factor))
            answer = np.zeros_like(seen)
            for axes in self.flips:
                answer += np.flip(network(np.flip(seen, axes)), axes)
            for axis in (1, 2, 3):
                answer = take_back(answer, axis, windows.shape[axis])
            total += answer
        total /= np.float32(len(self.views) * len(self.flips))
        if self.finds_faults:
            np.minimum(total, np.float32(1), out=total)  # interpolation rounds
        return total


def own_lens(card: Card) -> Lens:
    """Give the lens that a network is run with when the user says nothing."""
    return Lens(card, card.scale, card.average)


def check_view(scale: Any, average: str | None) -> None:
    """Refuse an unknown average, and a scale that is neither nothing, ``auto``, a quarter nor a pair of them.

    Raises
    ------
    OdfaultError
        If there is no such lens.
    """
    if not (scale in (None, "auto") if isinstance(scale, str | None) else is_scale(to_pair(scale))):
        raise OdfaultError(f"a scale of {scale}", "give auto, or multiples of 0.25 from 0.25 to 4")
    if average is not None and average not in AVERAGES:
        raise OdfaultError(f"unknown average {average}", f"give one of {', '.join(AVERAGES)}")


def to_pair(scale: Any) -> Any:
    """Lateral and vertical scale; one number stands for both."""
    return tuple(scale) if isinstance(scale, tuple | list) else (scale, scale)


def _to_quarter(scale: float) -> float:
    return min(4.0, max(0.25, round(4 * scale) / 4))


def _halo(halo: int, factor: float) -> int:
    """Halo before the lens: the network's, one sample for ``take_back``, and the reach of ``resample``."""
    return halo if factor == 1 else math.ceil((halo + 1) / factor) + reach_of(factor)
