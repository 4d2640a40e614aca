"""Which engine answers: Keras, or one that runs the network's exported graph and starts in no time."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from odfault import runtimes
from odfault.card import Card, find_graph, find_weights, hash_file, is_shipped, read_card
from odfault.errors import OdfaultError
from odfault.model import Network, Precision, Windows, check_words, load_network, processor_has_bfloat16

Engine = Literal["auto", "tensorflow", "openvino", "onnxruntime"]
ENGINES = get_args(Engine)
"""``tensorflow`` is Keras, on whatever that runs."""
GPU_SIGNS = ("/proc/driver/nvidia/version", "/dev/dxg", "/dev/kfd")
"""Files of systems with a graphics card on which TensorFlow may compute."""


def open_network(
    model: str | Path = "fault3d",
    *,
    engine: Engine = "auto",
    precision: Precision = "auto",
    answers: str = "faults",
    at_once: bool = False,
) -> Network:
    """Open a network in an engine; the last three of each are kept.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or path of a ``.keras`` file with its card beside it.
    engine : str
        One of ``ENGINES``; ``auto`` takes the one that was measured to be the fastest for volumes: OpenVINO
        where it is installed and the network has a graph, unless there is a graphics card or
        ``KERAS_BACKEND`` names another back end than TensorFlow; else Keras.
    precision : str
        ``auto`` takes bfloat16 where the engine has it and the processor or the GPU computes in it.
    answers : str
        What is wanted of the network, one of ``card.ANSWERS``.
    at_once : bool
        Somebody waits for the first answer: ``auto`` takes ONNX Runtime, too, where that changes no number by
        more than rounding.

    Returns
    -------
    Network
        Its ``engine``, ``precision`` and ``remark`` tell what was chosen.

    Raises
    ------
    OdfaultError
        If there is no such model or engine, the engine is not installed or has not the precision, or the
        model's files are damaged.
    """
    check_engine(engine, precision)
    weights = find_weights(model)
    card = read_card(weights)
    check_words(card, precision, answers)
    graph, remark = find_graph(card, weights), ""
    chosen = choose_engine(precision, at_once=at_once) if engine == "auto" else engine
    if chosen != "tensorflow" and graph is not None:
        try:
            return _open_graph(card, graph, chosen, precision)
        except OdfaultError as error:
            if engine != "auto":
                raise
            remark = f"{error}; TensorFlow runs it for now."
    elif chosen != "tensorflow" and engine != "auto":
        mend = f"odfault export {model} makes one"
        remark = f"{card.name} has no graph for {engine}; TensorFlow runs it ({mend})."
    network = load_network(weights, precision=precision, answers=answers)
    network.remark = remark
    return network


def open_meter(model: str | Path, *, engine: Engine = "auto") -> Callable[[Windows], Windows]:
    """Open what judges scaled windows (windows, 64, 64): from 0, strange, to 1, as networks learned from.

    It is small, and computes in float32 everywhere, so that all engines judge alike.

    Raises
    ------
    OdfaultError
        As ``open_network`` does.
    """
    answer = open_network(model, engine=engine, precision="float32", answers="familiarity").answer
    return lambda windows: np.asarray(answer(windows[..., None]))[:, 0]


def check_engine(engine: str, precision: str = "auto") -> None:
    """Refuse an engine that is unknown, not installed, or has not the precision.

    Raises
    ------
    OdfaultError
        If it is.
    """
    if engine not in ENGINES:
        raise OdfaultError(f"unknown engine {engine}", f"give one of {', '.join(ENGINES)}")
    if engine in runtimes.PIP and not runtimes.is_installed(engine):
        raise OdfaultError(f"{engine} is not installed", runtimes.PIP[engine])
    if engine == "onnxruntime" and precision == "bfloat16":
        raise OdfaultError("onnxruntime computes in float32 only", "leave --precision or --engine out")


def choose_engine(precision: str, *, at_once: bool = False) -> Engine:
    """Choose the engine for whom it is all one; nothing heavy is imported.

    precision, at_once : as for ``open_network``
    """
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1")
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        return "tensorflow"
    if not hidden and any(Path(sign).exists() for sign in GPU_SIGNS):
        return "tensorflow"
    if runtimes.is_installed("openvino"):
        return "openvino"
    exact = precision == "float32" or (precision == "auto" and not processor_has_bfloat16())
    return "onnxruntime" if at_once and exact and runtimes.is_installed("onnxruntime") else "tensorflow"


def _open_graph(card: Card, graph: Path, engine: str, precision: str) -> Network:
    """Open a graph that is the one that its card tells of."""
    if hash_file(graph) != card.graph["sha256"]:
        weights = graph.with_suffix(".keras")
        raise OdfaultError(
            f"{graph} is not the graph that the card of {card.name} tells of",
            "install odfault again" if is_shipped(weights) else f"run odfault export {weights}",
        )
    if precision == "auto":
        precision = "bfloat16" if engine == "openvino" and processor_has_bfloat16() else "float32"
    answer, found = _open_once(graph.resolve(), card.graph["sha256"], engine, precision)
    return Network(card, found, answer, engine)


@functools.lru_cache(maxsize=3)
def _open_once(graph: Path, sha256: str, engine: str, precision: str) -> tuple[runtimes.Answer, str]:
    """Open a graph, or give it again while it has not changed."""
    try:
        return runtimes.open_graph(engine, graph, precision)
    except Exception as error:  # whatever an engine makes of a graph, or of its own installation
        reason = " ".join(str(error).split())[:200]
        raise OdfaultError(
            f"{engine} cannot open {graph} ({reason})", "install it again, or take --engine tensorflow"
        ) from error
