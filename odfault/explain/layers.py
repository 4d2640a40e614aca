"""What layers make of a section: their busiest channels, and the patches that excite them most."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID
from odfault.explain.gradients import Inside, Point, Windows

CHANNELS = 6
"""Of each layer, that are shown."""
PATCHES = 6
"""Of each channel."""
SIZES = {"first": 16, "deep": 48, "last": 32}
"""Samples of a patch's side, by layer."""
MOST = {2: (1024, 1024), 3: (160, 160)}
"""Traces and samples of the part that is looked at, by the network's dimensions."""


@dataclasses.dataclass(frozen=True)
class Busy:
    """A layer's busiest channels on a part of a section.

    Attributes
    ----------
    layer : str
        ``first``, ``deep`` or ``last``.
    channels : list of int
        Their numbers, the busiest first.
    maps : ndarray, (channels, traces, samples)
        What they say, at the layer's own resolution.
    patches : list of list of ndarray
        For each channel the patches of the section, (traces, samples), that excite it most.
    """

    layer: str
    channels: list[int]
    maps: NDArray[np.float32]
    patches: list[list[NDArray[np.float32]]]


def part_about(shape: tuple[int, ...], point: Point, inside: Inside) -> tuple[slice, slice]:
    """Choose the traces and samples about a point that are looked at, on whole steps of the grid."""
    parts = []
    for n, p, most in zip(shape[1:], point[1:], MOST[inside.card.architecture.dimensions], strict=True):
        first = max(0, min(n - most, p - most // 2)) // GRID * GRID
        parts.append(slice(first, min(n, first + most)))
    return parts[0], parts[1]


def look_at_layers(inside: Inside, part: Windows, line: int) -> list[Busy]:
    """Look at the layers of a network while it sees a part (lines, traces, samples) of a scaled block."""
    found = []
    for name, layer in inside.layers.items():
        active = inside.activate(layer, part[None])[0]
        step = part.shape[0] // active.shape[0] or 1
        seen = np.moveaxis(active[min(line // step, len(active) - 1)], -1, 0)
        order = np.argsort(-seen.std(axis=(1, 2)), kind="stable")[:CHANNELS]
        patches = [_exciting(part[line], seen[channel], SIZES[name]) for channel in order]
        found.append(Busy(name, order.tolist(), seen[order], patches))
    return found


def _exciting(section: Windows, channel: Windows, side: int) -> list[NDArray[np.float32]]:
    """Cut the patches of a section about the largest values of a channel, none over another."""
    step = section.shape[0] // channel.shape[0]
    left = channel.copy()
    half = max(1, side // 2 // step)
    for axis, n in enumerate(channel.shape):  # whole patches only
        rim = min(half, (n - 1) // 2)
        left[(slice(None),) * axis + (slice(0, rim),)] = 0
        left[(slice(None),) * axis + (slice(n - rim, n),)] = 0
    found = []
    for _ in range(PATCHES):
        x, t = (int(n) for n in np.unravel_index(int(left.argmax()), left.shape))
        if left[x, t] <= 0:
            break
        rows, columns = (slice(max(0, n * step - side // 2), n * step + side // 2) for n in (x, t))
        found.append(section[rows, columns])
        left[max(0, x - half) : x + half + 1, max(0, t - half) : t + half + 1] = 0
    return found
