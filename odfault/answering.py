"""Columns of a region answered: the network, crests, noise taken away; alike here and on other machines."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Sequence

import numpy as np

from odfault.columns import Column, Columns
from odfault.inference import Network, Volume, run_tiles, thin_answers
from odfault.lens import Lens
from odfault.noise import take_away
from odfault.region import Region
from odfault.tiling import Box


@dataclasses.dataclass(frozen=True)
class Way:
    """How a region is answered.

    Attributes
    ----------
    lens : Lens
        What stands before the network, and its card.
    batch : int
        Windows in a call of the network.
    thin : bool
        Leave the crests of faults only.
    """

    lens: Lens
    batch: int
    thin: bool


def answer_columns(
    region: Region, boxes: Sequence[Box], network: Network, columns: Columns, way: Way
) -> Generator[tuple[Sequence[Box], list[Column]]]:
    """Answer tiles in batches; give each batch's tiles, and the columns that it completes."""
    flat = way.lens.card.architecture.dimensions == 2
    tiles = run_tiles(
        region.read, region.shape, boxes, way.lens.before(network), batch=way.batch, done=columns.is_done
    )
    with contextlib.closing(tiles):
        for gathered, answers in tiles:
            if way.thin:
                answers = thin_answers(gathered.boxes, answers, region.shape, lines=flat)
            yield gathered.boxes, list(columns.add(gathered, answers))


def finish_column(region: Region, column: Column, lens: Lens) -> tuple[slice, slice, Volume]:
    """Give what is to be written: inlines and crosslines, positions in the survey, and their samples."""
    x, y, _ = (tile.write for tile in column.box)
    values = column.values if lens.finds_faults else _clean(region, column.values, x, y)
    return *region.lines(x, y), values.swapaxes(0, 1) if region.turned else values


def _clean(region: Region, noise: Volume, x: slice, y: slice) -> Volume:
    """Take noise from what the survey holds, at the depths that are asked for."""
    depths = region.wanted[2]
    values = np.zeros_like(noise)
    values[:, :, depths] = take_away(noise, region.read(x, y, slice(0, region.shape[2])))[:, :, depths]
    return values
