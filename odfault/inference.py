"""Tiles through a network: read ahead, compute, place; the middle of the house."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault import kernels, tiling
from odfault.card import HALF_WINDOW
from odfault.errors import OdfaultError
from odfault.tiling import Box, Shape

Volume = NDArray[np.float32]
Read = Callable[[slice, slice, slice], Volume]
"""Reads a box of samples (inlines, crosslines, samples), unscaled."""
Network = Callable[[Volume], Volume]
"""Windows (windows, inlines, traces, samples) to probabilities alike."""
BYTES_PER_SAMPLE = 60
"""Memory of a window's sample while it is in work: the network's, one read ahead, one written behind."""


@dataclasses.dataclass(frozen=True)
class Gathered:
    """A batch of tiles with their windows, scaled, and what was found in the parts that they write.

    Attributes
    ----------
    boxes : sequence of Box
        The tiles.
    windows : ndarray
        (windows, inlines, traces, samples) float32.
    live : list of int
        For each tile, traces that are not dead.
    odd : list of int
        For each tile, samples that are NaN, Inf or undefined.
    """

    boxes: Sequence[Box]
    windows: Volume
    live: list[int]
    odd: list[int]


def run_tiles(
    read: Read, shape: Shape, boxes: Sequence[Box], network: Network, *, batch: int = 1
) -> Iterator[tuple[Gathered, Volume]]:
    """Answer tiles in batches, reading the next batch while the network computes.

    Parameters
    ----------
    read : callable
        Gives the samples of a box, in an array of its own; called from a thread, one box at a time.
    shape : tuple of int
        Of the survey: inlines, crosslines, samples.
    boxes : sequence of Box
        From ``tiling.plan``, or some of them, in any order.
    network : callable
        Scaled windows to probabilities.
    batch : int
        Windows in a call of the network.

    Yields
    ------
    tuple
        A batch and its answers, (windows, inlines, traces, samples); 0 in dead traces.
    """
    batches = _alike(boxes, batch)
    with ThreadPoolExecutor(1, "odfault-read") as reader:
        ahead = reader.submit(gather_windows, read, shape, batches[0]) if batches else None
        for number in range(len(batches)):
            assert ahead is not None
            gathered = ahead.result()
            if number + 1 < len(batches):
                ahead = reader.submit(gather_windows, read, shape, batches[number + 1])
            answers = network(gathered.windows)
            dead = ~gathered.windows.any(axis=3)
            if dead.any():
                answers = np.where(dead[..., None], np.float32(0), answers)
            yield gathered, answers


def _alike(boxes: Sequence[Box], batch: int) -> list[list[Box]]:
    """Cut the tiles into batches of windows of one shape."""
    groups: list[list[Box]] = []
    for _, alike in itertools.groupby(boxes, key=window_shape):
        same = list(alike)
        groups += [same[n : n + batch] for n in range(0, len(same), batch)]
    return groups


def window_shape(box: Box) -> Shape:
    """Shape of a tile's window."""
    x, y, z = (tile.read.stop - tile.read.start for tile in box)
    return x, y, z


def gather_windows(read: Read, shape: Shape, boxes: Sequence[Box]) -> Gathered:
    """Read and scale the windows of tiles; mirrored where they overhang the survey."""
    windows = np.empty((len(boxes), *window_shape(boxes[0])), np.float32)
    live, odd = [], []
    for number, box in enumerate(boxes):
        x, y, z = (slice(tile.read.start, min(tile.read.stop, n)) for tile, n in zip(box, shape, strict=True))
        wide = slice(max(0, z.start - HALF_WINDOW), min(shape[2], z.stop + HALF_WINDOW))
        block = np.ascontiguousarray(read(x, y, wide), np.float32)
        traces = block.reshape(-1, block.shape[2])
        inside = box[0].keep, box[1].keep, slice(box[2].write.start - wide.start, box[2].write.stop - wide.start)
        odd.append(kernels.count_odd(block[inside]))
        kernels.scale(traces, HALF_WINDOW, traces)
        live.append(int(block[inside].any(axis=2).sum()))
        start = np.array([[0, 0, z.start - wide.start]])
        kernels.gather(block[:, :, : z.stop - wide.start], start, windows[number : number + 1])
    return Gathered(boxes, windows, live, odd)


def place_answers(boxes: Sequence[Box], answers: Volume, volume: Volume, origin: Shape = (0, 0, 0)) -> None:
    """Write the kept parts of answers into a volume whose first sample is the survey's ``origin``."""
    keeps = np.array([[tile.keep.start for tile in box] for box in boxes])
    writes = np.array([[(tile.write.start, tile.write.stop) for tile in box] for box in boxes])
    kernels.place(answers, keeps, writes - np.array(origin)[None, :, None], volume)


def most_samples(memory_gb: float) -> int:
    """Samples of the largest window that keeps the process within a memory."""
    free = memory_gb * 1e9 - 0.9e9
    if free < 0.1e9:
        raise OdfaultError(f"{memory_gb} GB is too little memory", "give at least 1")
    return int(free / BYTES_PER_SAMPLE)


def predict(
    seismic: ArrayLike, model: str | Path = "fault3d", *, precision: Any = "auto", batch: int = 1, memory_gb: float = 4.0
) -> Volume:
    """Fault probability of an array of seismic amplitudes.

    Parameters
    ----------
    seismic : array_like
        A section (traces, samples) or a volume (inlines, crosslines, samples), any unit. NaN, Inf,
        samples of 1e29 and above, and traces of zeros are dead: they answer 0 and do not disturb the rest.
    model : str or Path
        ``fault3d`` for volumes; ``fault2d`` for sections, or line by line for volumes; or a file.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    batch : int
        Windows in a call of the network.
    memory_gb : float
        Memory that the process may take beside the arrays, in GB.

    Returns
    -------
    ndarray
        float32, the shape of ``seismic``, between 0 and 1.

    Raises
    ------
    OdfaultError
        If the array has no samples or not two or three dimensions, or there is no such model.

    Examples
    --------
    >>> import numpy as np, odfault
    >>> section = np.random.default_rng(1).standard_normal((64, 128))
    >>> odfault.predict(section, model="fault2d").shape
    (64, 128)
    """
    from odfault.model import load_network

    values = np.asarray(seismic, np.float32)
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise OdfaultError(f"an array of shape {values.shape}", "give (traces, samples) or (inlines, crosslines, samples)")
    volume = values[None] if values.ndim == 2 else values
    network = load_network(model, precision=precision)
    shape: Shape = volume.shape
    boxes = tiling.plan(
        shape, network.card.halo_shape, network.card.grid_shape, most=most_samples(memory_gb) // batch
    )
    answer = np.empty(shape, np.float32)
    for gathered, answers in run_tiles(lambda x, y, z: volume[x, y, z].copy(), shape, boxes, network, batch=batch):
        place_answers(gathered.boxes, answers, answer)
    return answer.reshape(values.shape)
