"""The graph beside the weights: laid, compared with the network, told of in the card."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import LIMIT, SIDE, Card, find_graph, find_weights, hash_file, read_card, write_card
from odfault.errors import OdfaultError
from odfault.outputs import check_place

PARITY = 1e-4
"""Answers of a graph that are further from the network's are no answers of that network."""


def check_onnx() -> None:
    """Refuse to go on without the library that writes graphs.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    if importlib.util.find_spec("onnx") is None:
        raise OdfaultError("onnx is not installed", 'pip install "odfault[export]"')


def check_answers(card: Card) -> None:
    """Refuse a network that other programs have no use for.

    Raises
    ------
    OdfaultError
        If it answers no seismic.
    """
    if card.answers == "familiarity":
        raise OdfaultError(
            f"{card.name} judges surveys inside odfault run, other programs have no use for it",
            "give fault3d, fault2d or denoise2d",
        )


def note_graph(weights: Path) -> Card:
    """Write ``NAME.onnx`` beside the weights, compared with them, and tell of it in their card.

    Returns
    -------
    Card
        With its ``graph``.

    Raises
    ------
    OdfaultError
        If onnx is not installed, the model is none of ours, or graph and network answer differently.
    """
    card, graph = read_card(weights), weights.with_suffix(".onnx")
    check_onnx()
    check_place(graph)
    from odfault.export.sheet import write_graph

    laid = _lay(card, weights)
    parity = measure_parity(laid, card, weights)
    if not parity < PARITY:
        raise OdfaultError(f"the graph of {weights} is {parity:.1e} from the network", "tell us, please")
    write_graph(laid, graph)
    card = dataclasses.replace(card, graph={"sha256": hash_file(graph), "parity": float(f"{parity:.1e}")})
    write_card(card, weights)
    return card


def write_whole(model: str | Path, out: Path) -> Card:
    """Write a graph that scales, pads and cuts by itself: amplitudes of any unit and size to answers.

    Raises
    ------
    OdfaultError
        As ``note_graph`` does.
    """
    laid, card = lay_whole_of(model)
    from odfault.export.sheet import write_graph

    write_graph(laid, out)
    return card


def lay_whole_of(model: str | Path) -> tuple[Any, Card]:
    """Lay the whole graph of a model; from the bare one beside it where there is one, without TensorFlow."""
    weights = find_weights(model)
    card = read_card(weights)
    check_answers(card)
    check_onnx()
    from odfault.export.sheet import read_graph
    from odfault.export.whole import lay_whole

    graph = find_graph(card, weights)
    if graph is not None and hash_file(graph) == card.graph["sha256"]:
        bare = read_graph(graph)
    else:
        bare = _lay(card, weights)
    return lay_whole(bare, card), card


def _lay(card: Card, weights: Path) -> Any:
    from odfault.export.graph import lay_graph
    from odfault.model import lay_layers

    return lay_graph(lay_layers(card, weights), card)


def measure_parity(laid: Any, card: Card, weights: Path) -> float:
    """Measure how far the answers of a graph, by the format's reference, are from the network's in float32.

    laid : onnx.ModelProto, from ``graph.lay_graph``
    """
    from odfault.export.sheet import run_reference
    from odfault.model import load_network

    network = load_network(weights, precision="float32", answers=card.answers)
    deep, furthest = card.architecture.dimensions == 3, 0.0
    judges = card.answers == "familiarity"
    for windows in judged_windows() if judges else trial_windows(card.architecture.dimensions):
        mine = run_reference(laid, windows[:, None] if deep else windows.swapaxes(0, 1))
        theirs = np.asarray(network.answer(windows[0, ..., None])) if judges else network(windows)
        furthest = max(furthest, float(np.abs(mine.reshape(theirs.shape) - theirs).max()))
    return furthest


def judged_windows() -> list[NDArray[np.float32]]:
    """Draw scaled windows (1, windows, 64, 64): beds under more and more noise, some of them spoiled."""
    chance = np.random.default_rng(2)
    turns = 2 * np.pi * np.arange(SIDE) * chance.uniform(0.03, 0.25, (24, 8, 1))
    beds = np.cos(turns + chance.uniform(0, 6, (24, 8, 1))).sum(axis=1)[:, None].repeat(SIDE, axis=1)
    noise = chance.standard_normal((24, SIDE, SIDE)) * np.linspace(0, 3, 24)[:, None, None]
    windows = (beds + noise).astype(np.float32)
    windows /= np.abs(windows).mean(axis=(1, 2), keepdims=True)
    windows[::3, SIDE // 2 :] = np.roll(windows[::3, SIDE // 2 :], 9, axis=2)
    windows[1::6] = windows[1::6].clip(-0.5, 0.5)
    windows[2::6, ::5] = 0
    windows[4::6, :, : SIDE // 3] = 0
    return [windows[None].clip(-LIMIT, LIMIT)]


def trial_windows(dimensions: int) -> list[NDArray[np.float32]]:
    """Draw scaled windows (windows, inlines, traces, samples): noise, noise cut off, a spike."""
    chance = np.random.default_rng(1)
    lines, side = (16, 24) if dimensions == 3 else (1, 48)
    noise = chance.standard_normal((1, lines, side, side + 8), np.float32).clip(-LIMIT, LIMIT)
    edge = noise.copy()
    edge[..., : side // 2] = 0
    edge[:, :, side // 2 :] = LIMIT
    spike = np.zeros_like(edge)
    spike[0, lines // 2, side // 2, side // 2] = -LIMIT
    return [noise, edge, spike]
