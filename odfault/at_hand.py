"""Which kernels are at hand: those in Numba or, while a host waits for its first answer, those in NumPy."""

from __future__ import annotations

import sys
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


class Kernels(Protocol):
    """What both rooms have, see ``kernels``."""

    def scale(self, traces: Samples, half_window: int, scaled: Samples) -> int:
        """Divide by the mean size around."""

    def find_dead(self, scaled: Samples, half_window: int, dead: NDArray[np.bool_]) -> None:
        """Mark what has nothing live around."""

    def gather(self, volume: Any, starts: NDArray[np.int64], windows: Any) -> None:
        """Copy windows."""

    def place(
        self, answers: Samples, keeps: NDArray[np.int64], writes: NDArray[np.int64], volume: Samples
    ) -> None:
        """Write answers."""

    def count_odd(self, block: Samples) -> int:
        """Count what is no number."""


class _Door:
    """Numba costs .4 s of processor time before its first kernel runs; NumPy has run by then."""

    def __init__(self) -> None:
        self.hurried = self.used = self.spare = False


_DOOR = _Door()


def hurry() -> None:
    """Let NumPy do the first work, unless Numba is loaded already: somebody waits."""
    _DOOR.hurried = _DOOR.spare = "odfault.kernels" not in sys.modules
    _DOOR.used = False


def settle() -> None:
    """Let Numba do all work to come, if NumPy has done some."""
    if _DOOR.used:
        _DOOR.hurried = False


def find_kernels() -> Kernels:
    """Find the kernels that are at hand."""
    if _DOOR.hurried:
        from odfault import plain

        _DOOR.used = True
        return plain
    from odfault import kernels

    if _DOOR.spare:
        _DOOR.spare = False
        kernels.spare_blas()
    return kernels


def thin(probability: Samples) -> Samples:
    """Thin a probability to its crests, as ``thinning.thin`` does."""
    if _DOOR.hurried:
        from odfault import plain

        return plain.thin(probability)
    from odfault import thinning

    return thinning.thin(probability)
