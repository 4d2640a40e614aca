"""The room of OpenVINO and ONNX Runtime: a graph in, a callable from windows to answers out."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Windows = NDArray[np.float32]
Answer = Callable[[Windows], Windows]
"""Windows, channels last as Keras has them, to answers alike, or to one for each; there is one channel."""
PIP = {"openvino": 'pip install "odfault[fast]"', "onnxruntime": "pip install onnxruntime"}
"""The engines of this room, the faster first, and how to install them."""


def is_installed(engine: str) -> bool:
    """Whether an engine of this room can be imported; it is not."""
    return importlib.util.find_spec(engine) is not None


def open_graph(engine: str, graph: Path, precision: str) -> tuple[Answer, str]:
    """Open a graph in an engine of this room.

    Parameters
    ----------
    engine : str
        One of ``PIP``.
    graph : Path
        As ``export.graph.lay_graph`` lays it.
    precision : str
        ``float32`` or ``bfloat16``, which OpenVINO alone has.

    Returns
    -------
    tuple
        What answers, one call at a time, and the precision that it has in fact.
    """
    return _open_openvino(graph, precision) if engine == "openvino" else _open_onnxruntime(graph)


def _open_openvino(graph: Path, precision: str) -> tuple[Answer, str]:
    openvino = _import_openvino()
    words = {"INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision]}
    compiled = openvino.Core().compile_model(str(graph), "CPU", {**words, "PERFORMANCE_HINT": "LATENCY"})
    found = compiled.get_property("INFERENCE_PRECISION_HINT")
    precision = "bfloat16" if found == openvino.Type.bf16 else "float32"
    return _as_channels_last(lambda x: compiled(x, share_inputs=True)[0]), precision


def _import_openvino() -> Any:
    """Import OpenVINO without its converters, which when imported tell their maker so over the network."""
    converters = "openvino.tools.ovc"
    unwanted = "openvino" not in sys.modules and converters not in sys.modules
    if unwanted:
        sys.modules[converters] = None  # type: ignore[assignment]
    try:
        import openvino
    finally:
        if unwanted:
            del sys.modules[converters]
    return openvino


def _open_onnxruntime(graph: Path) -> tuple[Answer, str]:
    import onnxruntime

    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return _as_channels_last(lambda x: session.run(None, {name: x})[0]), "float32"


def _as_channels_last(answer: Answer) -> Answer:
    """Let windows come as Keras has them; a request to an engine waits for the one before."""
    turn = threading.Lock()

    def call(windows: Windows) -> Windows:
        count, *space, one = windows.shape
        with turn:
            answers = answer(np.ascontiguousarray(windows.reshape(count, one, *space), np.float32))
        return np.moveaxis(np.asarray(answers, np.float32), 1, -1)

    return call
