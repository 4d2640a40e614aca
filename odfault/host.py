"""The door to the interpretation host: answers its trace windows, and survives whatever comes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault import wire
from odfault.card import GRID, HALF_WINDOW, models_folder
from odfault.errors import OdfaultError
from odfault.tiling import THINNEST
from odfault.wire import Samples, SeisInfo, TrcInfo, Wire

Parameters = dict[str, Any]
Place = tuple[int, int, int]
Box = tuple[slice, slice, slice]
Attribute = Callable[[Samples, TrcInfo], Samples]
"""A window (inputs, inlines, crosslines, samples) to values (outputs, samples), margins included."""
MakeAttribute = Callable[[Parameters, SeisInfo], Attribute]
MODELS = {"3-D": "fault3d", "2-D inline": "fault2d", "2-D crossline": "fault2d"}
"""What the interpreter chooses, and the shipped network behind it."""
NO_CARD_HALO = 48
"""Step-out to ask for where no card says what is needed."""
MOST_LINES = 20
"""Events told on standard error in the life of a process; the host keeps every line."""


def serve(menu: Parameters, make_attribute: MakeAttribute, arguments: list[str] | None = None) -> int:
    """Answer the host: ``-g`` asks for the menu, ``-c`` for traces until the input ends.

    Parameters
    ----------
    menu : dict
        As the host reads it: plain ASCII words, bools where it expects bools.
    make_attribute : callable
        Called once, when the first block has come, with the host's parameters and that block. What it
        or the attribute raises is told once on standard error, and the traces are undefined (NaN).
    arguments : list of str, optional
        Of the command line, without the script's name.

    Returns
    -------
    int
        Exit code.
    """
    match sys.argv[1:] if arguments is None else arguments:
        case ["-g"]:
            Wire(0, 1).write(wire.encode_menu(menu))
            return 0
        case ["-c", coded]:
            _answer_all(coded, make_attribute)
            return 0
    _tell("give -g for the menu or -c and the host's parameters: choose this script in the attribute window")
    return 2


def _answer_all(coded: str, make_attribute: MakeAttribute) -> None:
    """Answer windows until the input ends, in the middle of a block or between two."""
    pipe, report = Wire(*take_pipe()), Report()
    set_environment()
    attribute: Attribute | None = None
    parameters: Parameters | None = None
    try:
        parameters = wire.decode_parameters(coded)
    except OdfaultError as error:
        report(error)
    try:
        info = pipe.read_seismic(sum(read_margins(parameters or {})))
        if parameters is not None:
            with report:
                attribute = make_attribute(parameters, info)
        while True:
            trace = pipe.read_trace()
            window = pipe.read_window(info, trace)
            reply = np.full((info.outputs, trace.samples), np.nan, np.float32)
            if attribute is not None:
                with report:
                    values = attribute(window, trace)
                    reply[: len(values)] = values[: info.outputs]
            pipe.write(reply)
    except (OdfaultError, MemoryError) as error:
        report(error)
    except (EOFError, OSError):
        return


def take_pipe() -> tuple[int, int]:
    """Keep the host's two pipes for ourselves; whoever reads or prints from now on reaches nothing."""
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return source, sink


def set_environment() -> None:
    """Make up for what the host's bare environment lacks, before any heavy library is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "HOME" in os.environ or os.name == "nt" or os.access(Path(__file__).parent, os.W_OK):
        return
    folder = Path(tempfile.gettempdir()) / f"odfault-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat() if folder.is_dir() else None
    if state is None or folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o022:
        folder = Path(tempfile.mkdtemp(prefix="odfault-"))  # never load another user's compiled code
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder))


class Report(contextlib.AbstractContextManager["Report"]):
    """Catches what goes wrong and tells each event once, in one line."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, error: BaseException) -> None:
        """Tell an event."""
        words = " ".join(str(error).split())[:300]
        line = words if isinstance(error, OdfaultError) else f"{type(error).__name__}: {words}"
        if line not in self._told and len(self._told) < MOST_LINES:
            self._told.add(line)
            _tell(f"{line}; what cannot be answered is undefined")

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """Swallow failures; not the end of the process that somebody asked for."""
        if isinstance(error, Exception):
            self(error)
            return True
        return False


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"odfault: {line}\n".encode("ascii", "backslashreplace"))


def read_margins(parameters: Parameters) -> tuple[int, int]:
    """Read how many samples of every window lie above and below the wanted ones."""
    try:
        start, end = parameters["ZSampMargin"]["Value"]
        return -int(start), int(end)
    except (KeyError, TypeError, ValueError):
        return 0, 0


def ask_menu_halo() -> int:
    """Step-out that the shipped networks need; their cards alone are read, not their weights."""
    halos = []
    for name in set(MODELS.values()):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            halos.append(int(json.loads((models_folder() / f"{name}.json").read_text("utf-8"))["halo"]))
    return max(halos, default=NO_CARD_HALO)


def ask_menu_margin() -> int:
    """Z margin that they need: a halo, its start on the grid, and what scaling looks at beyond."""
    return -(-ask_menu_halo() // GRID) * GRID + GRID - 1 + HALF_WINDOW


def make_fault_probability(parameters: Parameters, info: SeisInfo) -> Attribute:
    """Open the network that the interpreter chose, as an attribute.

    Raises
    ------
    OdfaultError
        If there is no such model, or its files are missing or damaged.
    """
    from odfault.model import load_network

    try:
        choice = parameters["Model"]["Value"]
    except (KeyError, TypeError):
        choice = "3-D"
    if choice not in MODELS:
        raise OdfaultError(f"no model {choice}", f"choose one of {', '.join(MODELS)}")
    network = load_network(MODELS[choice])
    return FaultProbability(network, network.card.halo, choice, read_margins(parameters))


class FaultProbability:
    """Answers the centre trace of a window from the network's tile about it.

    |   window of the host, cut where the survey ends   |
       |hhhh|cccc|hhhh|     the tile: the centre's block of four lines and a halo, on the grid

    The grid is fixed to the survey's inline, crossline and sample numbers: a sample meets the same
    neighbours in the network's poolings whatever window it comes in. Where window or survey end off
    the grid the tile is mirrored up to the next multiple of four, and up to the least size that a
    network takes.

    Parameters
    ----------
    network : callable
        Scaled windows (windows, inlines, traces, samples) to probabilities alike.
    halo : int
        Of the network.
    direction : str
        ``3-D``; or the section that the network sees, ``2-D inline`` or ``2-D crossline``.
    margins : tuple of int
        Samples of every window above and below the wanted ones.

    Notes
    -----
    Every answer follows from its window and the numbers that came with it, and from nothing that was
    asked before. Where this attribute feeds another of several traces, the host gives the other's
    numbers, and where lines are numbered in steps the numbers do not count lines: then the grid may lie
    up to three lines beside the right one, and the answers differ by as much as the network's do.
    """

    def __init__(
        self, network: Callable[[Samples], Any], halo: int, direction: str, margins: tuple[int, int]
    ) -> None:
        from odfault import kernels, thinning

        self._kernels, self._thin = kernels, thinning.thin
        self._network, self._direction, self._margins = network, direction, margins
        self._flat = direction != "3-D"
        self._halo = (0 if self._flat else halo, halo, halo)
        self._grid = (1 if self._flat else GRID, GRID, GRID)

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Fault probability and its crests along the centre trace; 0 in the margins and where it is dead."""
        values = np.zeros((2, trace.samples), np.float32)
        block, first, row, column = self._look(window[0], trace)
        if np.any(np.nan_to_num(block[row, column])):
            start = min(max(self._margins[0], 0), trace.samples - 1)
            stop = max(trace.samples - max(self._margins[1], 0), start + 1)
            wanted = (slice(row, row + 1), slice(column, column + 1), slice(start, stop))
            patch, corner = self._answer(block, first, wanted)
            thinned = self._thin(patch[0])[None] if self._flat else self._thin(patch)
            depths = slice(corner[2], corner[2] + patch.shape[2])
            values[0, depths] = patch[row - corner[0], column - corner[1]]
            values[1, depths] = thinned[row - corner[0], column - corner[1]]
        return values

    def _look(self, window: Samples, trace: TrcInfo) -> tuple[Samples, Place, int, int]:
        """Take what the network sees; survey numbers of its first sample; row and column of the centre."""
        i, j = window.shape[0] // 2, window.shape[1] // 2
        inline, crossline, sample = (
            trace.inline - i,
            trace.crossline - j,
            trace.first_sample - self._margins[0],
        )
        if self._direction == "2-D inline":
            return window[i : i + 1], (0, crossline, sample), 0, j
        if self._direction == "2-D crossline":
            return window[None, :, j], (0, inline, sample), 0, i
        return window, (inline, crossline, sample), i, j

    def _answer(self, block: Samples, first: Place, wanted: Box) -> tuple[Samples, Place]:
        """Answer the centre trace and the two traces about it that thinning looks at; 0 where dead."""
        missing = wire.find_missing(block, wanted[0].start, wanted[1].start)
        live = find_live(block, missing, wanted[2])
        axes = zip(first, live, wanted, block.shape, self._halo, self._grid, strict=True)
        tile = [span_tile(f, a, w, window=n, halo=h, grid=g) for f, a, w, n, h, g in axes]
        rows, columns = (overlap(a, b) for a, b in zip(live[:2], tile[:2], strict=True))
        scaled = block[rows, columns, live[2]].copy()  # all depths: scaling looks beyond the tile
        scaled[missing[rows, columns]] = 0
        traces = scaled.reshape(-1, scaled.shape[2])
        self._kernels.scale(traces, HALF_WINDOW, traces)
        dead = np.empty(scaled.shape, bool)
        self._kernels.find_dead(traces, HALF_WINDOW, dead.reshape(traces.shape))
        corner = (rows.start, columns.start, live[2].start)
        windows = np.empty((1, *(span.stop - span.start for span in tile)), np.float32)
        starts = [[span.start - c for span, c in zip(tile, corner, strict=True)]]
        self._kernels.gather(scaled, np.array(starts), windows)
        answers = np.asarray(self._network(windows), np.float32)[0]
        near = [
            overlap(s, slice(w.start - 2, w.stop + 2))
            for s, w in zip((rows, columns), wanted[:2], strict=True)
        ]
        near.append(overlap(live[2], tile[2]))
        patch = answers[
            tuple(slice(n.start - t.start, n.stop - t.start) for n, t in zip(near, tile, strict=True))
        ]
        silent = dead[tuple(slice(n.start - c, n.stop - c) for n, c in zip(near, corner, strict=True))]
        return np.where(silent, np.float32(0), patch), (near[0].start, near[1].start, near[2].start)


def find_live(block: Samples, missing: NDArray[np.bool_], wanted: slice) -> Box:
    """Cut off lines that are missing altogether, and margins beyond the data, which are all zeros."""
    rows, columns = np.flatnonzero(~missing.all(axis=1)), np.flatnonzero(~missing.all(axis=0))
    above = np.flatnonzero(block[:, :, : wanted.start].any(axis=(0, 1)))
    below = np.flatnonzero(block[:, :, wanted.stop :].any(axis=(0, 1)))
    top = int(above[0]) if len(above) else wanted.start
    base = wanted.stop + (int(below[-1]) + 1 if len(below) else 0)
    return (
        slice(int(rows[0]), int(rows[-1]) + 1),
        slice(int(columns[0]), int(columns[-1]) + 1),
        slice(top, base),
    )


def span_tile(first: int, live: slice, wanted: slice, *, window: int, halo: int, grid: int) -> slice:
    """Lay a tile on one axis, from a multiple of the grid in survey numbers to another.

    Parameters
    ----------
    first : int
        Survey number of the window's first line; all else counts from it.
    live, wanted : slice
        Lines that there are, lines to answer.
    window, halo, grid : int
        Lines of the window, halo and grid of the network.

    Returns
    -------
    slice
        May overhang the live lines. A tile that is too short grows at its high side, as a survey's last
        tile does; but at its low side where only its high end is a face of the survey.
    """
    rim = -(-halo // grid) * grid
    low, face = ((first + span.start) // grid * grid - first for span in (wanted, live))
    high, end = (-(-(first + span.stop) // grid) * grid - first for span in (wanted, live))
    low, high = max(low - rim, face), min(high + rim, end)
    lack = max((THINNEST if halo else grid) - (high - low), 0)
    grows_low = live.start == 0 and live.stop < window
    return slice(low - lack, high) if grows_low else slice(low, high + lack)


def overlap(one: slice, other: slice) -> slice:
    """Positions in both."""
    return slice(max(one.start, other.start), min(one.stop, other.stop))
