"""What the tests share: tiny networks that stand in for the shipped ones."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

HALO = 24
"""Of the tiny networks: their true reach is 22 samples."""


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """Make a folder with ``tiny3d`` and ``tiny2d``: our networks, small, with weights drawn from a seed."""
    from odfault.card import Architecture
    from odfault.network import build_network
    from odfault_training.export import write_model

    folder = tmp_path_factory.mktemp("models")
    for dimensions in (2, 3):
        architecture = Architecture(dimensions, 8, 1, (1,))
        network = build_network(architecture)
        chance = np.random.default_rng(dimensions)
        sizes = [weights.shape for weights in network.get_weights()]
        network.set_weights([chance.normal(0, np.prod(s[:-1], initial=1) ** -0.5, s) for s in sizes])
        logits = np.asarray(network(chance.standard_normal((1, *[48] * dimensions, 1), np.float32)))
        head = network.get_layer("head")
        kernel, bias = head.get_weights()  # made to answer one half and more as often as less
        head.set_weights([kernel / logits.std(), (bias - np.median(logits)) / logits.std()])
        write_model(network, architecture, folder / f"tiny{dimensions}d.keras", halo=HALO)
    return folder


@pytest.fixture(scope="session")
def tiny3d(models) -> Path:
    """Weights of the tiny network for volumes."""
    return models / "tiny3d.keras"


@pytest.fixture(scope="session")
def tiny2d(models) -> Path:
    """Weights of the tiny network for sections."""
    return models / "tiny2d.keras"


@pytest.fixture(scope="session")
def command() -> list[str]:
    """Give the words that start ``odfault`` in a process of its own."""
    return [sys.executable, "-c", "import sys; from odfault.cli import main; sys.exit(main())"]
