"""The unfinished output filled on one machine: columns answered, one written while the next is computed."""

from __future__ import annotations

import contextlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from odfault.answering import answer_columns, finish_column
from odfault.columns import Column, Columns, column_of
from odfault.inference import Network
from odfault.journal import Journal
from odfault.kinds import Writer, open_writer
from odfault.plan import Plan
from odfault.progress import Progress
from odfault.segy.output import find_footprint, part_layout
from odfault.segy.shared import open_shared, write_traces
from odfault.tiling import size_of


def fill(plan: Plan, part: Path, journal: Journal, network: Network, *, progress: Progress) -> None:
    """Answer the columns of tiles that are not done, and note each when it is written.

    Parameters
    ----------
    plan : Plan
        What is answered, and how.
    part : Path
        The unfinished file or store.
    journal : Journal
        What is done of it.
    network : callable
        Windows to answers.
    progress : callable
        Told how far it is.

    Raises
    ------
    OdfaultError
        The input cannot be read, or the disk fails; what was noted is kept.
    """
    columns = Columns(plan.boxes, plan.survey.shape[2], journal.done)
    if journal.bare:
        _lay_rest(plan, part, columns)
    total = sum(map(size_of, plan.boxes))
    done = sum(size_of(box) for box in plan.boxes if columns.is_done(box))
    progress(done, total)
    behind = list[Future[None]]()
    with (
        open_writer(plan.region, part, plan.name) as writer,
        ThreadPoolExecutor(1, "odfault-write") as pool,
        contextlib.closing(answer_columns(plan.region, plan.boxes, network, columns, plan.way)) as answered,
    ):
        for boxes, whole in answered:
            for column in whole:
                for earlier in behind:
                    earlier.result()
                behind = [pool.submit(_write, plan, writer, journal, column)]
            done += sum(size_of(box) for box in boxes if not columns.is_done(box))
            progress(done, total)
        for earlier in behind:
            earlier.result()


def _lay_rest(plan: Plan, part: Path, columns: Columns) -> None:
    """Lay down the traces of columns that are not done: many machines began, and each writes its own."""
    survey, keep = plan.survey, plan.region.traces()
    layout = part_layout(survey, part, keep)
    with open_shared(part, apart=False) as file:
        for box in {column_of(box): box for box in plan.boxes if not columns.is_done(box)}.values():
            lines = plan.region.lines(box[0].write, box[1].write)
            found = find_footprint(survey, *lines, keep)
            nothing = np.zeros((*survey.index[lines].shape, layout.n_samples), np.float32)
            write_traces(file, survey.layout, layout, found=found, values=nothing)


def _write(plan: Plan, writer: Writer, journal: Journal, column: Column) -> None:
    writer.write(*finish_column(plan.region, column, plan.way.lens))
    writer.flush()
    journal.add(column_of(column.box), int(column.live.sum()), column.odd)
