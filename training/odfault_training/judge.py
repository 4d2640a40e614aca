"""Answers as ``odfault.predict`` does, and fits a network's temperature and its halo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.card import Card
from odfault.inference import Network, answer_array
from odfault.lens import own_lens
from odfault.scaling import scale_volume
from odfault_synthetic.labels import BACKGROUND, UNRESOLVED
from odfault_synthetic.store import read_cubes

Volume = NDArray[np.float32]


def answer_volume(network: Network, card: Card, seismic: Volume) -> Volume:
    """Answer a volume as ``odfault.predict`` does, through the card's lens."""
    return answer_array(seismic, network, own_lens(card), most=30_000_000)


def measure_reach(network: Network, card: Card, volumes: Sequence[Volume], *, change: float) -> int:
    """Distance from a cut beyond which a network's answer changes by no more than ``change``.

    Each volume is answered whole and again with a part of it cut away, along every axis that the network
    looks at; the answers are compared by their distance from the cut.
    """
    reach = 0
    for volume in volumes:
        scaled = scale_volume(volume)[None]
        whole = network(scaled)
        for axis in range(1 if card.architecture.dimensions == 2 else 0, 3):
            at = volume.shape[axis] // 8 * 4
            order = (0, 1 + axis, *(1 + n for n in range(3) if n != axis))
            rest = np.ascontiguousarray(np.moveaxis(np.moveaxis(scaled, 1 + axis, 1)[:, at:], 1, 1 + axis))
            gap = np.abs(network(rest).transpose(order) - whole.transpose(order)[:, at:]).max(axis=(0, 2, 3))
            far = np.flatnonzero(gap > change)
            reach = max(reach, int(far[-1]) + 1 if far.size else 0)
    return reach


def fit_temperature(network: Network, card: Card, data: Path, *, cubes: int | None = None) -> float:
    """Temperature that makes the cross entropy on labelled cubes smallest (Guo et al., 2017).

    The event is that a fault passes within one sample, as in training.
    """
    from scipy.optimize import minimize_scalar

    seismic, labels = read_cubes(data, 0, cubes)
    logits, events = [], []
    for cube, label in zip(seismic, labels, strict=True):
        answer = np.clip(
            answer_volume(network, card, cube.astype(np.float32)).astype(np.float64), 1e-7, 1 - 1e-7
        )
        counted = label[::2, ::2, ::2] != UNRESOLVED
        part = answer[::2, ::2, ::2][counted]
        logits.append(np.log(part / (1 - part)) * card.temperature)
        events.append(label[::2, ::2, ::2][counted] != BACKGROUND)
    x, y = np.concatenate(logits), np.concatenate(events)

    def entropy(heat: float) -> float:
        return float(np.mean(np.logaddexp(0, x / heat) - y * x / heat))

    return float(minimize_scalar(entropy, bounds=(0.3, 4.0), method="bounded").x)
