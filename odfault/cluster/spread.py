"""A run spread over workers: storage and versions tried first, then slab by slab, noted when on the disk."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from odfault.chunked.library import is_store, names_store, root_file
from odfault.chunked.reading import StoreSurvey
from odfault.cluster import crew, door
from odfault.cluster.member import STRIPE, Asked, Told
from odfault.cluster.slab import Job, Slab, cut_slabs
from odfault.cluster.work import pack_weights
from odfault.columns import column_of
from odfault.journal import Journal
from odfault.kinds import open_writer
from odfault.plan import Plan
from odfault.progress import Progress
from odfault.segy.layout import Layout
from odfault.segy.output import part_layout
from odfault.segy.refusal import disk_error
from odfault.tiling import size_of

TRIAL = ".journal-trial"
"""End of the name of the file that workers write into side by side before a run."""


@dataclasses.dataclass(frozen=True)
class Crew:
    """Workers that may begin.

    Attributes
    ----------
    client : distributed.Client
    told : dict
        What each worker told.
    made : Made
        How all of them compute.
    """

    client: Any
    told: dict[str, Told]
    made: crew.Made


def muster(
    client: Any, source: Path, out: Path, *, asked: Asked, memory_gb: float, told: Callable[[str], None]
) -> Crew:
    """Ask scheduler and workers all that would spoil a run, before any file is laid down.

    Parameters
    ----------
    client : distributed.Client
    source, out : Path
        Input and output.
    asked : Asked
        What is asked of the network.
    memory_gb : float
        That each worker will take.
    told : callable
        Is told what is waited for.

    Raises
    ------
    OdfaultError
        Other versions, other storage, too little memory, nobody there: who, and what.
    """
    crew.check_versions(door.ask_versions(client, told))
    source, trial = root_file(source.resolve()), out.resolve().with_name(out.name + TRIAL)
    token = secrets.token_bytes(16)
    try:
        with trial.open("wb") as file:
            file.write(token + bytes(STRIPE * len(client.nthreads())))
        found = door.ask_workers(client, (source, trial), token, asked)
        crew.check_told(found, source, trial, memory_gb=memory_gb)
        crew.check_trial(trial, token, len(found))
    except OSError as error:
        raise disk_error(trial, error) from error
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)
    return Crew(client, found, crew.choose(asked, found))


def fill(team: Crew, plan: Plan, part: Path, journal: Journal, *, progress: Progress) -> list[str]:
    """Let workers answer the columns that are not done, and note each when its bytes are on the disk.

    Parameters
    ----------
    team : Crew
        Who works.
    plan : Plan
        What is answered, and how.
    part : Path
        The unfinished file.
    journal : Journal
        What is done of it.
    progress : callable
        Told how far it is.

    Returns
    -------
    list of str
        What is odd, a sentence each.

    Raises
    ------
    OdfaultError
        Scheduler or workers are gone, or a slab fails; what was noted is kept.
    """
    lines = {column_of(box): plan.region.lines(box[0].write, box[1].write) for box in plan.boxes}
    sizes = dict.fromkeys(lines, 0)
    for box in plan.boxes:
        sizes[column_of(box)] += size_of(box)
    done, total = sum(size for place, size in sizes.items() if place in journal.done), sum(sizes.values())
    progress(done, total)
    keep, marks, here = plan.region.traces(), set[str](), sends_back(plan.survey.path, part)
    slabs = list(
        cut_slabs(plan.region, plan.boxes, journal.done, batch=plan.way.batch, keep=keep, prints=not here)
    )
    job = _job(team, plan, journal, None if here else part_layout(plan.survey, part.resolve(), keep))
    with (
        open_writer(plan.region, part, plan.name) if here else contextlib.nullcontext() as writer,
        contextlib.closing(_send(team, slabs, job, plan.weights)) as back,
    ):
        for written in back:
            marks.add(written.mark)
            for number, (x, y, live, odd) in enumerate(written.columns):
                if (x, y) not in journal.done:
                    if writer is not None:
                        writer.write(*lines[x, y], written.answers[number])
                        writer.flush()
                    journal.add((x, y), live, odd)
                    done += sizes[x, y]
            progress(done, total)
    return list(_remarks(len(slabs), len(team.told), len(marks)))


def sends_back(source: Path, out: Path) -> bool:
    """Tell whether workers send their answers back, to be written here.

    A file of a store holds traces of many slabs, and two that write it at once lose one's work.
    """
    return is_store(source) or names_store(out)


def _send(team: Crew, slabs: Sequence[Slab], job: Job, weights: Path) -> Any:
    return door.send(team.client, slabs, job, pack_weights(weights)) if slabs else (_ for _ in ())


def _job(team: Crew, plan: Plan, journal: Journal, part: Layout | None) -> Job:
    survey, region = plan.survey, plan.region
    source, stored = survey.path.resolve(), isinstance(survey, StoreSurvey)
    state = root_file(source).stat()
    return Job(
        source=source if stored else dataclasses.replace(survey.layout, path=source),
        part=part,
        state=(state.st_size, state.st_mtime_ns),
        journal=journal.path.resolve(),
        head=journal.head(),
        way=plan.way,
        engine=team.made.engine,
        precision=team.made.precision,
        turned=region.turned,
        depths=region.wanted[2],
        versions=team.made.versions,
        apart=len({one.host for one in team.told.values()}) > 1,
    )


def _remarks(slabs: int, workers: int, marks: int) -> Iterator[str]:
    if 0 < slabs < workers:
        many = "was 1 slab" if slabs == 1 else f"were {slabs} slabs"
        yield f"There {many} for {workers} workers; with less --memory there are more."
    if marks > 1:
        yield (
            f"The workers' processors round in {marks} different ways: the answers are as good, "
            "but not byte for byte those of one machine."
        )
