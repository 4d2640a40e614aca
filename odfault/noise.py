"""Seismic without its noise: what a network that answers noise found is taken away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault.card import HALF_WINDOW
from odfault.inference import answer_array, as_volume, most_samples
from odfault.lens import own_lens
from odfault.undefined import clear

if TYPE_CHECKING:
    from odfault.engine import Engine
    from odfault.model import Network, Precision

Volume = NDArray[np.float32]


def denoise(
    seismic: ArrayLike,
    model: str | Path = "denoise2d",
    *,
    precision: Precision = "auto",
    engine: Engine = "auto",
    memory_gb: float = 4.0,
) -> Volume:
    """Take the noise out of an array of seismic amplitudes, and leave faults as sharp as they were.

    Parameters
    ----------
    seismic : array_like
        A section (traces, samples) or a volume (inlines, crosslines, samples), any unit, which is taken
        inline by inline. NaN, Inf and samples of 1e29 and above are dead, and 0 in the answer.
    model : str or Path
        ``denoise2d``, or a file.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    engine : str
        What computes, see ``engine.open_network``.
    memory_gb : float
        Memory that the process may take beside the arrays, in GB.

    Returns
    -------
    ndarray
        float32, the shape and the unit of ``seismic``.

    Raises
    ------
    OdfaultError
        If the array holds no numbers or not in two or three dimensions, or there is no such model.

    Examples
    --------
    >>> import numpy as np, odfault
    >>> section = np.random.default_rng(1).standard_normal((64, 128))
    >>> odfault.denoise(section).shape
    (64, 128)
    """
    from odfault.engine import open_network

    volume = as_volume(seismic)
    network = open_network(model, precision=precision, engine=engine, answers="noise")
    return clean(volume, network, memory_gb=memory_gb).reshape(np.shape(seismic))


def clean(volume: Volume, network: Network, *, memory_gb: float) -> Volume:
    """Take what a network for noise finds out of a volume (inlines, crosslines, samples)."""
    noise = answer_array(volume, network, own_lens(network.card), most=most_samples(memory_gb))
    return take_away(noise, volume)


def take_away(noise: Volume, seismic: Volume) -> Volume:
    """Take a network's noise from seismic, both (..., samples), whole traces; 0 where those are undefined.

    noise : in the unit of a scaled window, see ``kernels.scale``
    """
    return np.asarray(clear(seismic) - noise * find_level(seismic), np.float32)


def find_level(seismic: Volume) -> Volume:
    """Find what ``kernels.scale`` divides by: the mean size of the live samples about each, as shaped."""
    size = np.abs(clear(seismic)).astype(np.float64)
    total, count = _sum_about(size), _sum_about((size > 0).astype(np.float64))
    return np.asarray(total / np.maximum(np.rint(count), 1), np.float32)


def _sum_about(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the samples no further than half a window."""
    sums = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    at = np.arange(values.shape[-1])
    last, first = np.minimum(at + HALF_WINDOW + 1, len(at)), np.maximum(at - HALF_WINDOW, 0)
    return np.asarray(sums[..., last] - sums[..., first])
