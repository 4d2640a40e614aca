"""A graph that scales, pads and cuts by itself: amplitudes of any unit and size in, answers out."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.card import GRID, HALF_WINDOW, LIMIT, Card
from odfault.export.graph import ANSWER, WINDOW
from odfault.export.sheet import FLOAT, Sheet, close_sheet
from odfault.tiling import THINNEST
from odfault.undefined import LARGEST

SEISMIC = "seismic"
"""Name of the graph's input."""
STILL = 16
"""Samples in a row that are the same number are a muted part that somebody has added a constant to."""


def lay_whole(bare: Any, card: Card) -> Any:
    """Lay scaling, padding and cutting about a bare graph: amplitudes of any unit and size to answers.

    Parameters
    ----------
    bare : onnx.ModelProto
        From ``lay_graph``.
    card : Card
        Of its network.

    Returns
    -------
    onnx.ModelProto
        ``seismic`` (batch, 1, [inlines,] traces, samples), float32, to ``probability`` of the same shape, 0
        where no sample within 64 is live; of a network for noise ``denoised``, in the unit of ``seismic``.

    Notes
    -----
    The same numbers as ``kernels.scale``, mirroring and all of ``inference.predict`` give on the same array;
    but ``STILL`` samples in a row that are the same number are dead here, since programs that standardise
    take a mean from the zeros of muted parts too.
    """
    space = card.architecture.dimensions
    sheet, tail = Sheet("s"), Sheet("t")
    size = sheet.lay("Abs", SEISMIC)
    defined = sheet.lay("Less", size, sheet.number(LARGEST))
    values = _mute(sheet, sheet.lay("Where", defined, SEISMIC, sheet.number(0)), space)
    size = sheet.lay("Abs", values)
    live = sheet.lay("Greater", size, sheet.number(0))
    span = (1,) * (space - 1) + (2 * HALF_WINDOW + 1,)
    count = sheet.average(sheet.lay("Cast", live, to=FLOAT), span, padding_counts=True)
    total = sheet.average(size, span, padding_counts=True)
    level = sheet.lay("Div", total, sheet.lay("Max", count, sheet.number(1e-6)))
    scaled = sheet.lay("Div", values, sheet.lay("Where", live, level, sheet.number(1)))
    scaled = sheet.lay("Clip", scaled, sheet.number(-LIMIT), sheet.number(LIMIT))
    shape = sheet.lay("Shape", SEISMIC)
    for axis in range(2, 2 + space):
        name = WINDOW if axis == space + 1 else None
        scaled = sheet.lay("Gather", scaled, _mirror(sheet, shape, axis), axis=axis, name=name)
    ends = sheet.lay("Slice", shape, sheet.count(2), sheet.count(2 + space))
    axes = tail.count(*range(2, 2 + space))
    answer = tail.lay("Slice", ANSWER, tail.count(*[0] * space), ends, axes)
    if card.finds_faults:
        silent = tail.lay("Less", count, tail.number(0.5 / (2 * HALF_WINDOW + 1)))
        out = tail.lay("Where", silent, tail.number(0), answer, name="probability")
    else:
        out = tail.lay("Sub", values, tail.lay("Mul", answer, level), name="denoised")
    sheet.nodes += [*bare.graph.node, *tail.nodes]
    sheet.constants += [*bare.graph.initializer, *tail.constants]
    return close_sheet(sheet, card, SEISMIC, out)


def _mute(sheet: Sheet, values: str, space: int) -> str:
    """Put zeros where a trace stands still."""
    around = [0] * (space + 1) + [STILL - 1]
    span = [1] * (space - 1) + [STILL]
    wide = sheet.lay("Pad", values, sheet.count(*around, *around), sheet.number(LARGEST))
    highest = sheet.lay("MaxPool", wide, kernel_shape=span)
    lowest = sheet.lay("Neg", sheet.lay("MaxPool", sheet.lay("Neg", wide), kernel_shape=span))
    still = sheet.lay("Cast", sheet.lay("Equal", highest, lowest), to=FLOAT)
    muted = sheet.lay("Greater", sheet.lay("MaxPool", still, kernel_shape=span), sheet.number(0.5))
    return sheet.lay("Where", muted, sheet.number(0), values)


def _mirror(sheet: Sheet, shape: str, axis: int) -> str:
    """Find which sample stands at each place of a padded axis, as ``kernels.mirror`` does."""
    length = sheet.lay("Gather", shape, sheet.keep(axis, np.int64), axis=0)
    one, grid = sheet.keep(1, np.int64), sheet.keep(GRID, np.int64)
    steps = sheet.lay("Div", sheet.lay("Add", length, sheet.keep(GRID - 1, np.int64)), grid)
    padded = sheet.lay("Max", sheet.lay("Mul", steps, grid), sheet.keep(THINNEST, np.int64))
    there = sheet.lay("Range", sheet.keep(0, np.int64), padded, one)
    there_and_back = sheet.lay("Mul", sheet.lay("Sub", length, one), sheet.keep(2, np.int64))
    period = sheet.lay("Max", there_and_back, one)
    place = sheet.lay("Mod", there, period)
    return sheet.lay("Min", place, sheet.lay("Sub", period, place))
