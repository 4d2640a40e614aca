"""Where the trace headers hold inline and crossline numbers: found by trial, or as the user names them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.grid import Grid, Lines, lay_grid
from odfault.segy.headers import TRACE_HEADER_BYTES
from odfault.segy.layout import Layout

# Where inline and crossline numbers are found in practice, the most usual first.
STANDARD_PAIR = (189, 193)
PAIRS = (
    STANDARD_PAIR, (9, 21), (5, 21), (17, 13), (9, 13), (13, 17), (221, 225), (213, 217), (181, 185), (21, 9),
    (21, 5), (193, 189), (9, 17), (5, 9), (9, 5), (185, 181),
)  # fmt: skip

_LABEL_BYTES = (21, 193)  # numbers along a 2-D line: CDP, crossline
_NAME_BYTES = (189, 9)  # the number of the line itself, where constant

_SAMPLE_TRACES = 500
_GUESS_FILLED = 0.1  # share of a guessed grid that must hold a trace
_GIVEN_FILLED = 0.02  # the same where the user named the bytes
_GUESS_REPEATS = 0.3  # share of traces that may repeat a place
_GIVEN_REPEATS = 0.5


def find_grid(
    layout: Layout, inline_byte: int | None = None, crossline_byte: int | None = None
) -> tuple[Grid, list[str]]:
    """Lay the traces of a file on a grid of lines.

    Parameters
    ----------
    layout : Layout
        The file.
    inline_byte, crossline_byte : int, optional
        Where the trace headers hold the line numbers, counted from 1; found by trial when left out.

    Returns
    -------
    grid : Grid
        A file without line numbers becomes a line of one inline, in the order of its traces.
    remarks : list of str
        What was guessed or is odd.

    Raises
    ------
    OdfaultError
        The named bytes hold no regular line numbers.
    """
    if inline_byte is not None and crossline_byte is not None:
        return _named_grid(layout, (inline_byte, crossline_byte))
    sample = sample_traces(layout.n_traces)
    for pair in PAIRS:
        if (inline_byte or pair[0], crossline_byte or pair[1]) != pair:
            continue
        if _try_pair(layout, pair, sample) is None:
            continue
        grid = _try_pair(layout, pair)
        if grid is not None:
            said = f"Inline and crossline numbers were found at bytes {pair[0]} and {pair[1]}."
            return grid, ([] if pair == STANDARD_PAIR else [said]) + grid.oddities()
    if inline_byte is not None or crossline_byte is not None:
        raise OdfaultError(
            f"{layout.path}: no second number goes with the lines at byte {inline_byte or crossline_byte}",
            "name both bytes, --inline-byte and --crossline-byte, or neither",
        )
    grid, labels = _single_line(layout)
    return grid, [f"No inline and crossline numbers were found; read as one 2-D line, {labels}."]


def sample_traces(n_traces: int) -> Lines:
    """Choose some 500 traces for a quick look: runs at the start, in the middle and at the end."""
    third = _SAMPLE_TRACES // 3
    starts = (0, max(0, n_traces // 2 - third // 2), max(0, n_traces - third))
    return np.unique(np.concatenate([np.arange(at, min(at + third, n_traces)) for at in starts]))


def _try_pair(layout: Layout, pair: tuple[int, int], numbers: Lines | None = None) -> Grid | None:
    """Try a pair of bytes on some traces or, with none named, on all and more strictly."""
    lines = layout.scan([(byte, 4) for byte in pair], numbers)
    grid = lay_grid(lines, filled=_GUESS_FILLED, repeats=_GUESS_REPEATS, n_traces=layout.n_traces)
    if grid is None or numbers is not None:
        return grid
    shape = grid.index.shape
    if layout.n_traces == 1 or min(shape) == 1:  # one line: only the standard's own bytes are proof enough
        constant = [numbers[0] for numbers in (grid.inlines, grid.crosslines) if len(numbers) == 1]
        return grid if pair == STANDARD_PAIR and all(constant) else None
    return grid if grid.is_crossed else None


def _named_grid(layout: Layout, pair: tuple[int, int]) -> tuple[Grid, list[str]]:
    """Lay the traces by the bytes that the user named."""
    for byte in pair:
        if not 1 <= byte <= TRACE_HEADER_BYTES - 3:
            raise OdfaultError(
                f"byte {byte} lies outside the trace header",
                f"name a byte from 1 to {TRACE_HEADER_BYTES - 3}",
            )
    lines = layout.scan([(byte, 4) for byte in pair])
    grid = lay_grid(lines, filled=_GIVEN_FILLED, repeats=_GIVEN_REPEATS, n_traces=layout.n_traces)
    if grid is None or not grid.is_crossed:
        raise OdfaultError(
            f"{layout.path} has no regular line numbers at bytes {pair[0]} and {pair[1]} "
            f"({_span(lines[0])} and {_span(lines[1])} in {layout.n_traces} traces)",
            "name other bytes, or none to have them found",
        )
    return grid, grid.oddities()


def _span(numbers: NDArray[np.int32]) -> str:
    return f"{numbers.min()} to {numbers.max()}"


def _single_line(layout: Layout) -> tuple[Grid, str]:
    """Lay all traces on one line, labelled by their CDP or crossline numbers where these are good labels."""
    words = layout.scan([(byte, 4) for byte in (*_LABEL_BYTES, *_NAME_BYTES)]).astype(np.int64)
    names = words[len(_LABEL_BYTES) :]
    line = next((int(name[0]) for name in names if name[0] and (name == name[0]).all()), 0)
    order, labels, told = np.arange(layout.n_traces), np.arange(1, layout.n_traces + 1), "by trace number"
    for byte, numbers in zip(_LABEL_BYTES, words, strict=False):
        if numbers.any() and len(np.unique(numbers)) == len(numbers):
            steps = np.diff(numbers)
            if not ((steps > 0).all() or (steps < 0).all()):
                order = np.argsort(numbers)
            labels, told = numbers[order], f"by the numbers at byte {byte}"
            break
    empty = np.empty((0, 3), np.int64)
    return Grid(np.array([line]), labels, order[None], empty, empty[:, 0]), told
