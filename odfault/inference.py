"""Tiles through a network: read ahead, compute, place; the middle of the house."""

from __future__ import annotations

import dataclasses
import itertools
import math
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault import tiling
from odfault.at_hand import find_kernels, thin
from odfault.card import HALF_WINDOW
from odfault.errors import OdfaultError
from odfault.lens import Lens, ScaleWord, check_view
from odfault.range import find_scale, measure
from odfault.tiling import Box, Shape

if TYPE_CHECKING:
    from odfault.engine import Engine
    from odfault.model import Precision

Volume = NDArray[np.float32]
Read = Callable[[slice, slice, slice], Volume]
"""Reads a box of samples (inlines, crosslines, samples), unscaled."""
Network = Callable[[Volume], Volume]
"""Windows (windows, inlines, traces, samples) to probabilities alike."""
BYTES_PER_SAMPLE = 60
"""Memory of a window's sample while it is in work: the network's, one read ahead, one written behind."""
THIN_REACH = 2
"""Samples that thinning looks at to each side."""
_TURN = threading.Lock()  # the plainest of Numba's thread pools dies of two parallel kernels at a time


@dataclasses.dataclass(frozen=True)
class Gathered:
    """A batch of tiles with their windows, scaled, and what was found in the parts that they write.

    Attributes
    ----------
    boxes : sequence of Box
        The tiles.
    windows : ndarray
        (windows, inlines, traces, samples) float32.
    dead : ndarray, optional
        The same shape, bool: where the answer is 0; nothing when all is alive.
    live : list of ndarray
        For each tile, (inlines, traces) bool: which traces it writes are not dead.
    odd : list of int
        For each tile, samples it writes that are NaN, Inf or undefined.
    """

    boxes: Sequence[Box]
    windows: Volume
    dead: NDArray[np.bool_] | None
    live: list[NDArray[np.bool_]]
    odd: list[int]


def run_tiles(
    read: Read,
    shape: Shape,
    boxes: Sequence[Box],
    network: Network,
    *,
    batch: int = 1,
    done: Callable[[Box], bool] = lambda box: False,
) -> Generator[tuple[Gathered, Volume]]:
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
    done : callable
        Tells tiles that need no answer. A batch is left out when it has no others: the batches themselves
        stay as they are, and with them the last bit of every answer.

    Yields
    ------
    tuple
        A batch and its answers, (windows, inlines, traces, samples); 0 where dead.
    """
    batches = [some for some in cut_batches(boxes, batch) if not all(map(done, some))]
    with ThreadPoolExecutor(1, "odfault-read") as reader:
        ahead = [reader.submit(gather_windows, read, shape, some) for some in batches[:1]]
        for number in range(len(batches)):
            gathered = ahead.pop().result()
            ahead += [
                reader.submit(gather_windows, read, shape, some) for some in batches[number + 1 : number + 2]
            ]
            answers = network(gathered.windows)
            if gathered.dead is not None:
                answers = np.where(gathered.dead, np.float32(0), answers)
            yield gathered, answers


def cut_batches(boxes: Sequence[Box], batch: int) -> list[list[Box]]:
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
    found = [_gather_window(read, shape, box) for box in boxes]
    windows, dead, live, odd = (list(part) for part in zip(*found, strict=True))
    whole = None
    if any(part is not None for part in dead):
        none = np.zeros(windows[0].shape, bool)
        whole = np.stack([none if part is None else part for part in dead])
    return Gathered(boxes, windows[0][None] if len(boxes) == 1 else np.stack(windows), whole, live, odd)


def _gather_window(
    read: Read, shape: Shape, box: Box
) -> tuple[Volume, NDArray[np.bool_] | None, NDArray[np.bool_], int]:
    """Gather one window, its dead samples if any, and live traces and odd samples of what its tile writes."""
    x, y, z = (
        slice(max(0, tile.read.start), min(tile.read.stop, n)) for tile, n in zip(box, shape, strict=True)
    )
    wide = slice(max(0, z.start - HALF_WINDOW), min(shape[2], z.stop + HALF_WINDOW))
    block = np.ascontiguousarray(read(x, y, wide), np.float32)
    traces = block.reshape(-1, block.shape[2])
    i, j, k = (
        slice(tile.write.start - first, tile.write.stop - first)
        for tile, first in zip(box, (x.start, y.start, wide.start), strict=True)
    )
    start = np.array([[tile.read.start - s.start for tile, s in zip(box, (x, y, z), strict=True)]])
    deep = slice(z.start - wide.start, z.stop - wide.start)
    dead = None
    kernels = find_kernels()
    with _TURN:
        odd = int(kernels.count_odd(block[i, j, k]))
        if kernels.scale(traces, HALF_WINDOW, traces):
            silent = np.empty(block.shape, bool)
            kernels.find_dead(traces, HALF_WINDOW, silent.reshape(traces.shape))
            dead = _cut_window(silent[:, :, deep], start, window_shape(box))
        window = _cut_window(block[:, :, deep], start, window_shape(box))
    return window, dead, np.any(block[i, j, k] != 0, axis=2), odd


def scale_traces(traces: Volume) -> Volume:
    """Scale traces (traces, samples) in place, as the networks want them; give them back."""
    with _TURN:
        find_kernels().scale(traces, HALF_WINDOW, traces)
    return traces


def _cut_window(block: NDArray[Any], start: NDArray[np.int64], size: Shape) -> NDArray[Any]:
    """Cut a window out of a block, mirrored where it overhangs; the block itself where it is the window."""
    if block.shape == size and not start.any():
        return block if block.flags.c_contiguous else block.copy()
    windows: NDArray[Any] = np.empty((1, *size), block.dtype)
    find_kernels().gather(block, start, windows)
    return np.asarray(windows[0])


def place_answers(boxes: Sequence[Box], answers: Volume, volume: Volume, origin: Shape = (0, 0, 0)) -> None:
    """Write the kept parts of answers into a volume whose first sample is the survey's ``origin``."""
    keeps = np.array([[tile.keep.start for tile in box] for box in boxes])
    writes = np.array([[(tile.write.start, tile.write.stop) for tile in box] for box in boxes])
    with _TURN:
        find_kernels().place(answers, keeps, writes - np.array(origin)[None, :, None], volume)


def cut_rim(boxes: Sequence[Box], answers: Volume) -> tuple[list[Box], Volume]:
    """Cut off what thinning has no need of, of windows that are the only ones of their batch.

    Returns
    -------
    tuple
        The tile, with a rim of ``THIN_REACH`` at most, and its answers; as they came where there are more.
    """
    if len(boxes) > 1:
        return list(boxes), answers
    tiles, cut = [], []
    for tile in boxes[0]:
        first = max(tile.read.start, tile.write.start - THIN_REACH)
        last = min(tile.read.stop, tile.write.stop + THIN_REACH)
        tiles.append(tiling.Tile(slice(first, last), tile.write))
        cut.append(slice(first - tile.read.start, last - tile.read.start))
    x, y, z = tiles
    return [(x, y, z)], np.ascontiguousarray(answers[:, *cut])


def thin_answers(boxes: Sequence[Box], answers: Volume, shape: Shape, *, lines: bool) -> Volume:
    """Leave the crests of answers: of the part that each tile keeps those that the whole answer has.

    Parameters
    ----------
    boxes : sequence of Box
        Tiles with a halo of ``THIN_REACH`` beside the network's.
    answers : ndarray
        (windows, inlines, traces, samples), of these tiles.
    shape : tuple of int
        Of the survey; what overhangs it is no neighbour.
    lines : bool
        Thin inline by inline, as the sections of a network for sections, or else as a volume.
    """
    thinned = np.zeros_like(answers)
    for number, box in enumerate(boxes):
        x, y, z = (
            slice(max(0, -tile.read.start), n - tile.read.start) for tile, n in zip(box, shape, strict=True)
        )
        part = answers[number, x, y, z]
        thinned[number, x, y, z] = np.stack([thin(line) for line in part]) if lines else thin(part)
    return thinned


def most_samples(memory_gb: float, batch: int = 1) -> int:
    """Find the largest window that keeps the process within a memory, in samples.

    Raises
    ------
    OdfaultError
        If it is too little, or no number.
    """
    free = memory_gb * 1e9 - 0.9e9
    if not 0.1e9 <= free < math.inf:
        raise OdfaultError(f"{memory_gb:g} GB is no memory to work in", "give at least 1")
    if batch < 1:
        raise OdfaultError(f"a batch of {batch}", "give at least 1")
    return int(free / BYTES_PER_SAMPLE) // batch


def predict(
    seismic: ArrayLike,
    model: str | Path = "fault3d",
    *,
    precision: Precision = "auto",
    engine: Engine = "auto",
    batch: int = 1,
    memory_gb: float = 4.0,
    scale: ScaleWord = None,
    average: str | None = None,
) -> Volume:
    """Fault probability of an array of seismic amplitudes.

    Parameters
    ----------
    seismic : array_like
        A section (traces, samples) or a volume (inlines, crosslines, samples), any unit. NaN, Inf,
        samples of 1e29 and above, and zeros are dead: they do not disturb the rest, and what is further
        than 64 samples from any live one in its trace answers 0.
    model : str or Path
        ``fault3d`` for volumes; ``fault2d`` for sections, or line by line for volumes; or a file.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    engine : str
        What computes, see ``engine.open_network``.
    batch : int
        Windows in a call of the network.
    memory_gb : float
        Memory that the process may take beside the arrays, in GB.
    scale : float, tuple of float or str, optional
        Samples that the network sees for one of the array: of traces and of samples alike, or lateral and
        vertical, in quarters; ``auto`` chooses by the array's frequencies. Left out, it is the model's own.
    average : str, optional
        ``none``, or answers averaged over ``flips``, ``scales`` or ``all`` of them; the model's own when
        left out.

    Returns
    -------
    ndarray
        float32, the shape of ``seismic``, between 0 and 1.

    Raises
    ------
    OdfaultError
        If the array holds no numbers or not in two or three dimensions, or there is no such model or scale.

    Examples
    --------
    >>> import numpy as np, odfault
    >>> section = np.random.default_rng(1).standard_normal((64, 128))
    >>> odfault.predict(section, model="fault2d").shape
    (64, 128)
    """
    from odfault.engine import open_network

    most = most_samples(memory_gb, batch)
    check_view(scale, average)
    volume = as_volume(seismic)
    network = open_network(model, precision=precision, engine=engine)
    x, y, z = (slice(0, n) for n in volume.shape)
    measured = measure(_reader(volume), (x, y, z)) if scale == "auto" else None
    card = network.card
    lens = Lens(card, find_scale(scale, card, measured), average or card.average)
    return answer_array(volume, network, lens, most=most, batch=batch).reshape(np.shape(seismic))


def as_volume(seismic: ArrayLike) -> Volume:
    """Take a section or a volume as (inlines, crosslines, samples), float32.

    Raises
    ------
    OdfaultError
        If it holds no numbers, or not in two or three dimensions.
    """
    try:
        with np.errstate(over="ignore"):
            values = np.asarray(seismic, np.float32)
    except (TypeError, ValueError) as error:
        raise OdfaultError(f"no array of numbers ({error})", "give a NumPy array of amplitudes") from error
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise OdfaultError(
            f"an array of shape {values.shape}", "give (traces, samples) or (inlines, crosslines, samples)"
        )
    return values[None] if values.ndim == 2 else values


def answer_array(volume: Volume, network: Network, lens: Lens, *, most: int, batch: int = 1) -> Volume:
    """Answer an array (inlines, crosslines, samples) through a lens, tile by tile.

    most : samples of the largest window without a lens; batch : windows in a call of the network
    """
    shape: Shape = volume.shape
    boxes = tiling.plan(shape, lens.halo_shape, lens.grid_shape, most=int(most / lens.growth))
    answer = np.empty(shape, np.float32)
    for gathered, answers in run_tiles(_reader(volume), shape, boxes, lens.before(network), batch=batch):
        place_answers(gathered.boxes, answers, answer)
    return answer


def _reader(volume: Volume) -> Read:
    """Give what reads boxes of an array."""
    return lambda x, y, z: volume[x, y, z].copy()
