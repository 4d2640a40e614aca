"""Find geological faults in seismic data with neural networks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["OdfaultError", "__version__", "convert", "denoise", "faults", "predict", "run"]
_ROOMS = {
    "OdfaultError": "errors",
    "convert": "chunked.convert",
    "denoise": "noise",
    "faults": "surfaces.command",
    "predict": "inference",
    "run": "batch",
}

if TYPE_CHECKING:
    from odfault.batch import run
    from odfault.chunked.convert import convert
    from odfault.errors import OdfaultError
    from odfault.inference import predict
    from odfault.noise import denoise
    from odfault.surfaces.command import faults


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for, so that ``import odfault`` costs nothing."""
    if name not in _ROOMS:
        raise AttributeError(f"module 'odfault' has no attribute {name!r}")
    return getattr(importlib.import_module(f"odfault.{_ROOMS[name]}"), name)
