"""A whole array scaled as networks want it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault import kernels
from odfault.card import HALF_WINDOW


def scale_volume(seismic: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale an array (..., samples) of any unit: a new one of its shape, see ``kernels.scale``."""
    traces = np.ascontiguousarray(seismic, np.float32).reshape(-1, seismic.shape[-1])
    scaled = np.empty_like(traces)
    kernels.scale(traces, HALF_WINDOW, scaled)
    return scaled.reshape(seismic.shape)
