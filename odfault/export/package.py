"""OpendTect's ZipModel: a network in the package that its machine-learning plugin and its runner load."""

from __future__ import annotations

import json
import pprint
import zipfile
from pathlib import Path
from typing import Any

from odfault import __version__
from odfault.card import Card
from odfault.export.beside import lay_whole_of

BLOCKS = {2: (1, 256, 256), 3: (128, 128, 128)}
"""Inlines, crosslines and samples of the blocks that are offered for sections and for volumes."""
NAMES = {"faults": "Fault probability", "noise": "Denoised"}
"""What OpendTect calls the answer."""
DATE = (2000, 1, 1, 0, 0, 0)
"""Of the files inside, so that the same network gives the same package."""


def write_package(model: str | Path, out: Path) -> Card:
    """Write the package of a model.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or path of a ``.keras`` file.
    out : Path
        The zip file; whole or not there.

    Returns
    -------
    Card
        Of the model.

    Raises
    ------
    OdfaultError
        If onnx is not installed, or the model is none of ours.

    Notes
    -----
    The form is that of ``dgbpy.zipmodelbase`` (dGB, Apache 2): Python puts the zip in its path and imports
    ``zipmodel`` from it; ``modelinfo.json`` tells the same as ``ZipModel.modelinfo`` without importing it.
    """
    graph, card = lay_whole_of(model)
    info = describe(card)
    text = Path(__file__).with_name("zipmodel.txt").read_text("utf-8")
    told = {key: value for key, value in info.items() if not key.startswith("num_")}
    text = text.replace("@DIMENSIONS@", str(card.architecture.dimensions))
    text = text.replace("@INFO@", pprint.pformat(told, sort_dicts=False))
    files = {
        "zipmodel.py": text.encode(),
        "modelinfo.json": json.dumps(info, indent=2).encode(),
        "model.onnx": graph.SerializeToString(deterministic=True),
    }
    fresh = out.with_name(out.name + ".part")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name, DATE), data, zipfile.ZIP_DEFLATED)
    fresh.replace(out)
    return card


def describe(card: Card) -> dict[str, Any]:
    """Describe a network in the words of ``modelinfo.json``."""
    shape = [0, 1, *BLOCKS[card.architecture.dimensions]]  # 0: as many blocks as one likes
    return {
        "platform": "onnx",
        "pred_type": "Continuous Data",
        "learn_type": "Seismic Image Transformation",
        "scale_type": "Global Standardization",
        "scale_output": not card.finds_faults,
        "num_inputs": 1,
        "num_outputs": 1,
        "input_names": ["Seismic"],
        "output_names": [NAMES[card.answers]],
        "input_shape": shape,
        "output_shape": shape,
        "data_format": "channels_first",
        "model_version": f"{__version__} {card.sha256[:12]}",
        "model_name": f"odfault {card.name}",
        "platform_version": "opset 17",
    }
