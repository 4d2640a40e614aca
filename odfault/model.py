"""The Keras room: weights in, a callable from windows to probabilities out."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from odfault.card import Card, find_weights, read_card
from odfault.errors import OdfaultError

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS = get_args(Precision)
FIRST_BFLOAT16_GPU = 8
"""Compute capability, major, of the first GPUs that compute in bfloat16."""
Windows = NDArray[np.float32]
WRONG: dict[str, Callable[[str], tuple[str, str]]] = {
    "faults": lambda name: (f"{name} finds faults and takes no noise away", "give denoise2d"),
    "noise": lambda name: (f"{name} takes noise away and finds no faults", "give fault2d or fault3d"),
    "familiarity": lambda name: (f"{name} judges surveys and finds no faults", "give fault2d or fault3d"),
}
"""What is wrong, and the mend, where a network answers something else than is wanted."""


class Network:
    """A network with its card: windows (windows, inlines, traces, samples) to probabilities alike.

    Attributes
    ----------
    card : Card
        What it is.
    precision : str
        Of its convolutions, ``float32`` or ``bfloat16``.
    answer : callable
        Windows with a channel to what the network answers.
    engine : str
        What computes it, one of ``engine.ENGINES``; ``tensorflow`` is Keras.
    remark : str
        Why it is not the engine that was asked for.
    """

    def __init__(
        self, card: Card, precision: str, answer: Callable[[Any], Any], engine: str = "tensorflow"
    ) -> None:
        self.card, self.precision, self.answer, self.engine = card, precision, answer, engine
        self.remark = ""

    def __call__(self, windows: Windows) -> Windows:
        """Answer scaled windows with probabilities; a network for sections takes them line by line."""
        if self.card.architecture.dimensions == 3:
            return np.asarray(self.answer(windows[..., None]))[..., 0]
        lines = windows.reshape(-1, *windows.shape[2:], 1)
        return np.asarray(self.answer(lines)).reshape(windows.shape)


def load_network(
    model: str | Path = "fault3d", *, precision: Precision = "auto", answers: str = "faults"
) -> Network:
    """Load a network: ours, built from its card; the file gives weights and no code.

    The last three are kept, so that a script may ask again and again at no cost.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or path of a ``.keras`` file with its card beside it.
    precision : str
        ``auto`` takes bfloat16 where the GPU or the processor computes in it, float32 elsewhere.
    answers : str
        What is wanted of it, one of ``card.ANSWERS``.

    Raises
    ------
    OdfaultError
        If there is no such model, it answers something else, or its file is damaged, changed or not ours.
    """
    weights = find_weights(model)
    card = read_card(weights)
    check_words(card, precision, answers)
    with _quiet():
        if precision == "auto":
            precision = "bfloat16" if has_bfloat16() else "float32"
        answer = _build_once(weights.resolve(), card.sha256, card.temperature, precision)
    return Network(card, precision, answer)


def check_words(card: Card, precision: str, answers: str) -> None:
    """Refuse an unknown precision, and a network that answers something else.

    Raises
    ------
    OdfaultError
        If there is such.
    """
    if precision not in PRECISIONS:
        raise OdfaultError(f"unknown precision {precision}", f"give one of {', '.join(PRECISIONS)}")
    if card.answers != answers:
        raise OdfaultError(*WRONG[card.answers](card.name))


@functools.lru_cache(maxsize=3)
def _build_once(weights: Path, sha256: str, temperature: float, precision: str) -> Callable[[Any], Any]:
    """Build a network, or give it again while neither file nor card has changed."""
    return _build(read_card(weights), weights, precision)


def has_bfloat16() -> bool:
    """Whether what computes here does so in bfloat16: a GPU since Ampere, AVX512-BF16 or AMX."""
    if (generation := _gpu_generation()) is not None:
        return generation >= FIRST_BFLOAT16_GPU
    return processor_has_bfloat16()


def processor_has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16: AVX512-BF16 or AMX."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    # NumPy asks the processor on every system
    core = importlib.import_module("numpy._core._multiarray_umath")
    features: dict[str, bool] = getattr(core, "__cpu_features__", {})
    return bool(features.get("AVX512BF16") or features.get("AVX512_SPR"))


def _gpu_generation() -> int | None:
    """Tell the major compute capability of the GPU that Keras would run on, nothing without one."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        for gpu in tensorflow.config.list_physical_devices("GPU"):
            details = tensorflow.config.experimental.get_device_details(gpu)
            return int(details.get("compute_capability", (0, 0))[0])
    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() == "gpu":
            return int(str(getattr(jax.devices()[0], "compute_capability", "0")).split(".")[0])
    return None


def look_around() -> tuple[bool, int]:
    """Tell whether what computes here does so in bfloat16, and how many GPUs there are."""
    with _quiet():
        return has_bfloat16(), _count_gpus()


def _count_gpus() -> int:
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow

        return len(tensorflow.config.list_physical_devices("GPU"))
    if keras.backend.backend() == "jax":
        import jax

        return len(jax.devices()) if jax.default_backend() == "gpu" else 0
    return 0


def load_layers(model: str | Path) -> tuple[Card, Any]:
    """Load a network as Keras layers, float32, windows to logits, for those who look inside.

    Returns
    -------
    tuple
        The card and the ``keras.Model``: (windows, [lines,] traces, samples, 1) to logits alike.

    Raises
    ------
    OdfaultError
        As ``load_network`` does.
    """
    weights = find_weights(model)
    card = read_card(weights)
    if not card.finds_faults:
        raise OdfaultError(*WRONG[card.answers](card.name))
    return card, lay_layers(card, weights)


def lay_layers(card: Card, weights: Path) -> Any:
    """Lay the layers of a card in float32, windows to logits or noise, with its weights."""
    with _quiet():
        return _lay(card, weights, "float32")


def _lay(card: Card, weights: Path, policy: str) -> Any:
    """Lay the layers of a card, and fill them with its weights."""
    import keras

    from odfault.autoencoder import build_meter
    from odfault.network import build_network

    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(policy)
    try:
        build = build_meter if card.architecture.latent else build_network
        network = build(card.architecture)
        network.load_weights(weights)
    except Exception as error:  # whatever a damaged file makes Keras, zipfile and h5py raise
        raise OdfaultError(f"{weights} does not fit its card", "install odfault again") from error
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    return network


def _build(card: Card, weights: Path, precision: str) -> Callable[[Any], Any]:
    import keras

    from odfault.network import leave_quiet

    network = _lay(card, weights, "mixed_bfloat16" if precision == "bfloat16" else "float32")
    logits = keras.Input(network.inputs[0].shape[1:])
    heat = float(card.temperature)
    values = network(logits)
    values = leave_quiet(values) if card.answers == "noise" else keras.ops.sigmoid(values / heat)
    return compile_network(keras.Model(logits, values))


def compile_network(network: Any) -> Callable[[Any], Any]:
    """Compile a `keras.Model` for the back end that Keras runs on: arrays in, an array out."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        shape = [tensorflow.TensorSpec(network.inputs[0].shape, tensorflow.float32)]
        return tensorflow.function(lambda x: network(x, training=False), input_signature=shape)  # type: ignore[no-any-return]
    if backend == "jax":
        import jax

        parts = network.trainable_variables, network.non_trainable_variables
        state = [[variable.value for variable in part] for part in parts]
        return jax.jit(lambda x: network.stateless_call(*state, x, training=False)[0])  # type: ignore[no-any-return]
    return lambda x: keras.ops.convert_to_numpy(network(x, training=False))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the C++ start-up chatter of the back end off standard error."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
