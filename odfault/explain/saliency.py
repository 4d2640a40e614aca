"""Why here: which samples of a window a network's answer at a point rests on."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID
from odfault.explain.gradients import Inside, Point, Windows

STEPS = {2: 64, 3: 12}
"""From silence to the window, of integrated gradients, by the network's dimensions."""
TOGETHER = 8
"""Of these steps, in a call of a network for sections."""
PATCH = 4
"""Samples of a side of what deletion takes away at a time."""


@dataclasses.dataclass(frozen=True)
class View:
    """A window about a point: where it begins in the block, its samples, and the point in it.

    Attributes
    ----------
    start : tuple of int
        First line, trace and sample, whole steps of the network's grid.
    values : ndarray of float32, (lines, traces, samples)
        Scaled.
    point : tuple of int
        Line, trace and sample in the window.
    """

    start: Point
    values: Windows
    point: Point


def look_at(scaled: Windows, point: Point, inside: Inside) -> View:
    """Cut the window that the answer at a point depends on out of a scaled block."""
    cuts = []
    for axis, halo in enumerate(inside.card.halo_shape):
        first = max(0, point[axis] - halo) // GRID * GRID if halo else point[axis]
        last = min(scaled.shape[axis], -(-(point[axis] + halo + 1) // GRID) * GRID if halo else first + 1)
        cuts.append(slice(first, last))
    start = (cuts[0].start, cuts[1].start, cuts[2].start)
    values = np.ascontiguousarray(scaled[cuts[0], cuts[1], cuts[2]])
    return View(start, values, tuple(p - s for p, s in zip(point, start, strict=True)))  # type: ignore[arg-type]


def integrate_gradients(inside: Inside, view: View, *, steps: int) -> tuple[Windows, float]:
    """Share the logit at a point out among the samples of its window.

    Parameters
    ----------
    inside : Inside
        The network.
    view : View
        The window.
    steps : int
        Windows between silence and the window itself.

    Returns
    -------
    tuple
        The share of each sample, (lines, traces, samples), and the part of the logit's change that the
        shares miss: 0 for an infinite number of steps.

    Notes
    -----
    Sundararajan, Taly and Yan, 2017, Axiomatic attribution for deep networks. The path is the straight one
    from a window of zeros; the derivative is taken in the middle of each step.
    """
    total = np.zeros(view.values.shape, np.float64)
    parts = ((np.arange(steps) + 0.5) / steps).astype(np.float32)[:, None, None, None]
    at_once = TOGETHER if len(view.values) == 1 else 1
    for first in range(0, steps, at_once):
        total += inside.derive(parts[first : first + at_once] * view.values, view.point)[1].sum(axis=0)
    shares = (view.values * total / steps).astype(np.float32)
    ends = [
        inside.derive(part * view.values[None], view.point)[0][0] for part in (np.float32(0), np.float32(1))
    ]
    change = float(ends[1] - ends[0])
    return shares, abs(float(shares.sum(dtype=np.float64)) - change) / max(abs(change), 1e-6)


def map_class(inside: Inside, view: View, layer: str) -> tuple[Windows, Windows]:
    """Map where a layer is active in such a way that the answer at a point rises.

    Returns
    -------
    tuple
        Two maps (lines, traces, samples) of the window's size, from 0 to 1: Grad-CAM, and its local kin. A
        map is 0 everywhere where nothing speaks for a fault.

    Notes
    -----
    Selvaraju et al., 2017, Grad-CAM: a channel's weight is the mean of the logit's derivatives by it; for
    one sample of a map Vinogradova, Dibrov and Myers, 2020, Seg-Grad-CAM. The kin weights each place with
    the derivative there (Draelos and Carin, 2020, HiResCAM).
    """
    active, slopes = inside.derive_layer(layer, view.values[None], view.point)
    maps = []
    for weights in (slopes[0].mean(axis=(0, 1, 2)), slopes[0]):
        seen = np.maximum((active[0] * weights).sum(axis=-1), 0)
        for axis, length in enumerate(view.values.shape):
            seen = np.repeat(seen, length // seen.shape[axis], axis)
        maps.append(np.asarray(seen / max(float(seen.max()), 1e-12), np.float32))
    return maps[0], maps[1]


def delete(
    inside: Inside, view: View, order: NDArray[np.float32], parts: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Probability at a point while its window is deleted, patch by patch.

    Parameters
    ----------
    inside : Inside
        The network.
    view : View
        The window.
    order : ndarray, (lines, traces, samples)
        What goes first: the patches of ``PATCH`` samples a side with the largest sums.
    parts : ndarray
        Which parts of the patches are gone, 0 to 1.

    Returns
    -------
    ndarray
        One probability for each part. What is deleted is silent.
    """
    size = tuple(min(PATCH, n) for n in order.shape)
    shape = [m for n, s in zip(order.shape, size, strict=True) for m in (n // s, s)]
    sums = order[tuple(slice(0, n // s * s) for n, s in zip(order.shape, size, strict=True))]
    sums = sums.reshape(shape).sum(axis=(1, 3, 5))
    rank = np.empty(sums.size, np.int64)
    rank[np.argsort(-sums, axis=None, kind="stable")] = np.arange(sums.size)
    found = []
    for part in parts:
        gone = (rank < round(float(part) * sums.size)).reshape(sums.shape)
        for axis, s in enumerate(size):
            gone = np.repeat(gone, s, axis)
        values = view.values.copy()
        values[tuple(slice(0, n) for n in gone.shape)][gone] = 0
        found.append(inside.answer(values[None])[(0, *view.point)])
    return np.array(found, np.float32)
