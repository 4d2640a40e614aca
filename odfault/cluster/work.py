"""What a worker does with a slab: it keeps a network, reads, answers, writes. Nothing here knows of Dask."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import socket
import tempfile
import threading
from pathlib import Path

import numpy as np

from odfault.answering import answer_columns, finish_column
from odfault.card import GRID, find_graph, read_card
from odfault.chunked.library import root_file
from odfault.chunked.reading import StoreSurvey
from odfault.cluster.member import versions
from odfault.cluster.slab import Job, Slab
from odfault.columns import Columns, column_of
from odfault.engine import Engine, open_network
from odfault.errors import OdfaultError
from odfault.inference import Volume
from odfault.journal import read_head
from odfault.model import Network, Precision
from odfault.region import Region
from odfault.segy.grid import Grid
from odfault.segy.output import Footprint
from odfault.segy.shared import open_shared, write_traces
from odfault.segy.survey import SegySurvey

_LOADING, _COMPUTING = threading.Lock(), threading.Lock()
_AT_ONCE = threading.BoundedSemaphore(2)  # one is computed, the other read or written


@dataclasses.dataclass(frozen=True)
class Parcel:
    """A network as it is sent: the bytes of its weights, of its card, and of its graph if it has one."""

    name: str
    weights: bytes
    card: bytes
    graph: bytes | None


@dataclasses.dataclass(frozen=True)
class Written:
    """What came of a slab, when it is on the disk.

    Attributes
    ----------
    columns : tuple of tuple of int
        First inline and crossline of each, its live traces and odd samples.
    answers : tuple of array
        Their samples, (inlines, crosslines, samples) float32, where workers do not write themselves.
    mark : str
        Hash of what this worker's network answers to the same small window: others may round otherwise.
    """

    columns: tuple[tuple[int, int, int, int], ...]
    mark: str
    answers: tuple[Volume, ...] = ()


def pack_weights(weights: Path) -> Parcel:
    """Read a network's files."""
    graph = find_graph(read_card(weights), weights)
    card = weights.with_suffix(".json").read_bytes()
    return Parcel(weights.name, weights.read_bytes(), card, graph.read_bytes() if graph else None)


@functools.lru_cache(maxsize=1)
def _unpack(parcel: Parcel, engine: Engine, precision: Precision, answers: str) -> tuple[Network, str]:
    """Open a network that was sent, and give what it is known by: one is kept in a process."""
    with tempfile.TemporaryDirectory(prefix="odfault-") as folder:
        weights = Path(folder) / parcel.name
        weights.write_bytes(parcel.weights)
        weights.with_suffix(".json").write_bytes(parcel.card)
        if parcel.graph is not None:
            weights.with_suffix(".onnx").write_bytes(parcel.graph)
        network = open_network(weights, engine=engine, precision=precision, answers=answers)
    if (network.engine, network.precision) != (engine, precision):
        raise OdfaultError(
            f"{network.engine} computes in {network.precision} where {engine} in {precision} was promised",
            f"give --engine {network.engine} --precision {network.precision}",
        )
    dimensions = network.card.architecture.dimensions
    shape = (16 * GRID,) * dimensions if dimensions == 3 else (1, 16 * GRID, 16 * GRID)
    window = np.random.default_rng(1).standard_normal((1, *shape), np.float32)
    return network, hashlib.sha256(np.ascontiguousarray(network(window)).tobytes()).hexdigest()


def answer_slab(slab: Slab, job: Job, parcel: Parcel) -> Written:
    """Read a slab with its rim, answer it, write its traces into the unfinished file.

    Returns
    -------
    Written
        Once all is on the disk.

    Raises
    ------
    OdfaultError
        The machine lacks something, or the disk fails: with its name.
    """
    try:
        with _AT_ONCE:
            return _answer(slab, job, parcel)
    except MemoryError:
        raise OdfaultError(f"{socket.gethostname()} is out of memory", "give less with --memory") from None
    except OdfaultError as error:
        raise OdfaultError(f"on {socket.gethostname()}, {error.problem}", error.mend) from None
    except Exception as error:  # it may be of a library that the other side does not have
        told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise OdfaultError(
            f"{slab.name} failed on {socket.gethostname()} ({told})", "see that worker's log"
        ) from None


def _answer(slab: Slab, job: Job, parcel: Parcel) -> Written:
    if versions(job.engine) != job.versions:
        raise OdfaultError(
            f"there are other versions: {versions(job.engine)}", "install what the others have"
        )
    source = job.source if isinstance(job.source, Path) else job.source.path
    state = root_file(source).stat()
    if (state.st_size, state.st_mtime_ns) != job.state:
        raise OdfaultError(f"{source} is another file", "let nobody change it, and start again")
    with _LOADING:
        network, mark = _unpack(parcel, job.engine, job.precision, job.way.lens.card.answers)

    def in_turn(windows: Volume) -> Volume:
        with _COMPUTING:
            return network(windows)

    prints, written, answers = slab.footprints(), [], list[Volume]()
    done = {column_of(box) for box in slab.boxes} - {place for place, _ in slab.prints}
    with _open(slab, job) as survey:
        rows, columns = survey.shape[:2]
        extent = (columns, rows) if job.turned else (rows, columns)
        region = Region(survey, job.turned, (slice(0, extent[0]), slice(0, extent[1]), job.depths))
        gathered = Columns(slab.boxes, survey.shape[2], done)
        for _, whole in answer_columns(region, slab.boxes, in_turn, gathered, job.way):
            for column in whole:
                place = column_of(column.box)
                values = finish_column(region, column, job.way.lens)[2]
                answers += _write(job, prints.get(place), values)
                x, y = (at + start for at, start in zip(place, slab.origin, strict=True))
                written.append((x, y, int(column.live.sum()), column.odd))
    return Written(tuple(written), mark, tuple(answers))


@functools.lru_cache(maxsize=1)
def _open_store(path: Path, state: tuple[int, int]) -> StoreSurvey:
    """Open a store; one is kept in a process, as long as it is the same."""
    return StoreSurvey(path)


def _open(slab: Slab, job: Job) -> SegySurvey | StoreSurvey:
    """Open the input: SEG-Y as if the slab's traces were all that it has."""
    if isinstance(job.source, Path):
        return _open_store(job.source, job.state)
    index = slab.index.numbers
    none = np.empty((0, 3), np.int64)
    lines = [np.arange(n) for n in index.shape]
    return SegySurvey(job.source, Grid(lines[0], lines[1], index, none, none[:, 0]), [])


def _write(job: Job, found: Footprint | None, values: Volume) -> list[Volume]:
    """Write a column, or give what is to be sent back.

    The file is opened before the journal is read, so that it is that journal's file.
    """
    if job.part is None or isinstance(job.source, Path) or found is None:
        return [np.ascontiguousarray(values)]
    try:
        with open_shared(job.part.path, apart=job.apart) as file:
            if read_head(job.journal) != job.head:
                raise OdfaultError(f"{job.part.path} is another run's by now", "start one run at a time")
            write_traces(file, job.source, job.part, found=found, values=values)
    except OSError as error:
        raise OdfaultError(f"{job.part.path} cannot be written ({error})", "check that storage") from error
    return []
