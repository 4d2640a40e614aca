"""Find geological faults in seismic data with neural networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["OdfaultError", "__version__", "denoise", "predict", "run"]

if TYPE_CHECKING:
    from odfault.batch import run
    from odfault.errors import OdfaultError
    from odfault.inference import predict
    from odfault.noise import denoise


def __getattr__(name: str) -> object:
    """Import what is asked for when it is asked for, so that ``import odfault`` costs nothing."""
    if name == "run":
        from odfault.batch import run

        return run
    if name == "predict":
        from odfault.inference import predict

        return predict
    if name == "denoise":
        from odfault.noise import denoise

        return denoise
    if name == "OdfaultError":
        from odfault.errors import OdfaultError

        return OdfaultError
    raise AttributeError(f"module 'odfault' has no attribute {name!r}")
