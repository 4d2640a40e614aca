"""The recipe in force: all that made a network, kept beside its weights."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from odfault import __version__
from odfault.card import hash_file
from odfault.errors import OdfaultError
from odfault_synthetic.disk import write_new
from odfault_synthetic.store import read_recipe_of, read_words_of
from odfault_training.keep import kept_safe
from odfault_training.pool import Fresh
from odfault_training.recipe import TrainingRecipe

FORCE = "recipe.json"
LIBRARIES = ("tensorflow", "jax", "jaxlib", "keras", "numpy", "numba", "scipy", "h5py")


def in_force(
    recipe: TrainingRecipe, data: Sequence[Path] | Fresh, unseen: Path, precision: str
) -> dict[str, Any]:
    """Give all that made a network: both recipes with their seeds, the data, the precision, the versions.

    Parameters
    ----------
    recipe : TrainingRecipe
        Of the training.
    data : sequence of Path, or Fresh
        What it learns from. Of the recipes of further files only what differs from the first's is told.
    unseen : Path
        What it is judged by.
    precision : str
        Keras policy.
    """
    drawn: dict[str, Any]
    if isinstance(data, Fresh):
        drawn = {
            "synthetic": dataclasses.asdict(data.recipe),
            "pool": {"size": data.size, "every": data.every},
            "data": "drawn while it learned",
        }
    else:
        first, *more = (dataclasses.asdict(read_recipe_of(path)) for path in data)
        other = [{key: value for key, value in one.items() if value != first[key]} for one in more]
        told = [_tell(path) | ({"synthetic": words} if words else {})
                for path, words in zip(data, [{}, *other], strict=True)]  # fmt: skip
        drawn = {"synthetic": first, "data": told}
    return {
        "training": dataclasses.asdict(recipe),
        **drawn,
        "unseen": _tell(unseen),
        "precision": precision,
        "versions": {
            "odfault": __version__,
            "python": platform.python_version(),
            "backend": keras.backend.backend(),
            **_versions(),
        },
        "machine": {"device": _device(), "processors": _processors()},
    }


def write_force(folder: Path, force: Mapping[str, Any]) -> None:
    """Write the recipe in force."""
    with kept_safe(folder):
        write_new(folder / FORCE, json.dumps(force, indent=1).encode() + b"\n")


def read_force(folder: Path) -> dict[str, Any]:
    """Read the recipe in force of an earlier start; nothing when there was none."""
    try:
        force = json.loads((folder / FORCE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return force if isinstance(force, dict) else {}


def _tell(path: Path) -> dict[str, Any]:
    """Name a file of cubes, with its hash and what else made them."""
    words: dict[str, Any] = {}
    with contextlib.suppress(OdfaultError):  # files of older versions hold cubes and nothing else
        words = read_words_of(path)
    return {"file": path.name, "sha256": hash_file(path), **({"words": words} if words else {})}


def _versions() -> dict[str, str]:
    known = {}
    for name in LIBRARIES:
        try:
            known[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return known


def _processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _device() -> str:
    """Name what computes: a graphics card, or the kind of processor."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        for gpu in tensorflow.config.list_physical_devices("GPU"):
            details = tensorflow.config.experimental.get_device_details(gpu)
            return str(details.get("device_name", "GPU"))
    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() != "cpu":
            return str(jax.devices()[0].device_kind)
    return platform.machine()
