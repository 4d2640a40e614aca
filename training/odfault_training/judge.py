"""Judges a network beside the classical attributes on labelled cubes; fits its temperature and its halo."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import Card
from odfault.inference import Network, place_answers, run_tiles
from odfault.tiling import plan
from odfault_synthetic.labels import BACKGROUND, FAULT, UNRESOLVED
from odfault_synthetic.store import read_cubes
from odfault_training.classical import dip_steered_semblance, variance
from odfault_training.metrics import Scores, score_sections, volume_sections
from odfault_training.windows import scale_volume

Volume = NDArray[np.float32]
Attribute = Callable[[Volume], Sequence[Volume]]
STEP = 8
"""Lines from one scored section to the next."""
CLASSICAL: dict[str, Callable[[Volume], Volume]] = {
    "variance": lambda seismic: variance(seismic, half_window=9),
    "dip-steered semblance": lambda seismic: dip_steered_semblance(seismic, half_window=9),
}


def score_table(network: Network, card: Card, data: Path, *, cubes: int | None = None) -> dict[str, Scores]:
    """Score a network and the classical attributes on the sections of labelled cubes.

    Parameters
    ----------
    network : callable
        Scaled windows to probabilities.
    card : Card
        Of the network.
    data : Path
        Cubes of odfault-synth that it did not learn from.
    cubes : int, optional
        Use the first of them only.

    Returns
    -------
    dict
        Scores within 2 samples by name; the classical attributes see volumes when the network does.
    """
    seismic, labels = read_cubes(data, 0, cubes)
    flat = card.architecture.dimensions == 2
    rows: dict[str, Attribute] = {card.name: lambda cube: _answer_sections(network, card, cube)}
    for name, attribute in CLASSICAL.items():
        rows[name] = _by_section(attribute) if flat else _by_volume(attribute)
    truth = [section == FAULT for cube in labels for section in volume_sections(cube, step=STEP)]
    ignore = [section == UNRESOLVED for cube in labels for section in volume_sections(cube, step=STEP)]
    table = {}
    for name, answer in rows.items():
        sections = [section for cube in seismic for section in answer(cube.astype(np.float32))]
        table[name] = score_sections(sections, truth, ignore, tolerance=2.0)
    return table


def false_alarms(network: Network, card: Card, data: Path, *, cubes: int | None = None) -> float:
    """Share of samples above one half in cubes without a fault."""
    seismic, labels = read_cubes(data, 0, cubes)
    shares = [
        float((answer_volume(network, card, cube.astype(np.float32)) > 0.5).mean())
        for cube, label in zip(seismic, labels, strict=True)
        if not (label != BACKGROUND).any()
    ]
    return float(np.mean(shares)) if shares else float("nan")


def answer_volume(network: Network, card: Card, seismic: Volume) -> Volume:
    """Answer a volume as ``odfault.predict`` does."""
    shape = (seismic.shape[0], seismic.shape[1], seismic.shape[2])
    boxes = plan(shape, card.halo_shape, card.grid_shape, most=30_000_000)
    answer = np.empty(shape, np.float32)
    for gathered, answers in run_tiles(lambda x, y, z: seismic[x, y, z].copy(), shape, boxes, network):
        place_answers(gathered.boxes, answers, answer)
    return answer


def _answer_sections(network: Network, card: Card, cube: Volume) -> Sequence[Volume]:
    if card.architecture.dimensions == 3:
        return volume_sections(answer_volume(network, card, cube), step=STEP)
    inlines = answer_volume(network, card, cube[::STEP])
    return [*inlines, *answer_volume(network, card, cube.swapaxes(0, 1)[::STEP])]


def _by_section(attribute: Callable[[Volume], Volume]) -> Attribute:
    return lambda cube: [
        attribute(np.ascontiguousarray(section)) for section in volume_sections(cube, step=STEP)
    ]


def _by_volume(attribute: Callable[[Volume], Volume]) -> Attribute:
    return lambda cube: volume_sections(attribute(cube), step=STEP)


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


def table_text(table: dict[str, Scores]) -> str:
    """Write the scores as a table."""
    names = [field.name for field in dataclasses.fields(Scores)]
    rows = [f"{'':24s}" + "".join(f"{name[:14]:>16s}" for name in names)]
    for name, scores in table.items():
        values: list[Any] = [getattr(scores, field) for field in names]
        rows.append(f"{name:24s}" + "".join(f"{value:16.3f}" for value in values))
    return "\n".join(rows)
