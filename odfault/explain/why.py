"""Why the network answers as it does at a point: shares of the window, and whether they can be trusted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from odfault.explain.gradients import Inside, Windows
from odfault.explain.likeness import Likeness, compare_maps
from odfault.explain.saliency import STEPS, View, delete, integrate_gradients, map_class

GONE = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Parts of a window that are deleted."""
SHUFFLES = (1, 2, 3, 4)
"""Orders of the weights that a map is compared with."""


@dataclasses.dataclass(frozen=True)
class Saliency:
    """Why the network answers as it does at the point.

    Attributes
    ----------
    view : View
        The window.
    shares, shuffled : ndarray, (lines, traces, samples)
        Integrated gradients, and those of the network with its weights in another order.
    missed : float
        Part of the logit that the shares miss.
    alike : Likeness
        How like they are.
    classes, local : ndarray
        Grad-CAM of the last layer, and its local kin of the deepest.
    deleted, random : ndarray
        Probability while ``GONE`` of the window is deleted, the largest shares first, or any.
    """

    view: View
    shares: Windows
    shuffled: Windows
    missed: float
    alike: Likeness
    classes: Windows
    local: Windows
    deleted: NDArray[np.float32]
    random: NDArray[np.float32]


def explain_point(inside: Inside, view: View, told: Callable[[], None]) -> Saliency:
    """Ask the network for shares and maps, and try them.

    Parameters
    ----------
    inside : Inside
        The network.
    view : View
        The window about the point.
    told : callable
        Called after each of three steps.
    """
    steps = STEPS[inside.card.architecture.dimensions]
    shares, missed = integrate_gradients(inside, view, steps=steps)
    told()
    others = [
        integrate_gradients(inside.shuffled(seed), view, steps=max(8, steps // 4))[0] for seed in SHUFFLES
    ]
    told()
    classes, _ = map_class(inside, view, inside.layers["last"])
    _, local = map_class(inside, view, inside.layers["deep"])
    parts = np.array(GONE)
    deleted = delete(inside, view, shares, parts)
    chance = np.random.default_rng(1)
    any_order = [
        delete(inside, view, chance.random(shares.shape, np.float32), parts)
        for _ in range(3 if view.values.shape[0] == 1 else 1)
    ]
    told()
    alike = compare_maps(shares, others)
    return Saliency(
        view, shares, others[0], missed, alike, classes, local, deleted, np.mean(any_order, axis=0)
    )
