"""A run carried through: begun or gone on with, filled here or on many machines, finished."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from odfault.card import find_graph
from odfault.engine import open_network
from odfault.errors import OdfaultError
from odfault.familiar_file import write_familiar
from odfault.filling import fill
from odfault.identity import hash_survey
from odfault.inference import Network
from odfault.journal import Journal
from odfault.plan import Plan
from odfault.progress import Progress
from odfault.unfinished import Unfinished


@dataclasses.dataclass(frozen=True)
class Report:
    """What a run did.

    Attributes
    ----------
    out : Path
        The fault volume; its sidecar is beside it, with ``.json`` added.
    model : str
        The network's name.
    shape : tuple of int
        Inlines, crosslines, samples answered.
    precision : str
        Of the network's convolutions.
    engine : str
        What computed.
    live, odd : int
        Places whose trace is alive, and samples that were NaN, Inf or undefined, in what was asked for.
    resumed : bool
        Whether an earlier run's work was gone on with.
    remarks : list of str
        What was guessed, left out or odd, a plain sentence each.
    """

    out: Path
    model: str
    shape: tuple[int, int, int]
    precision: str
    engine: str
    live: int
    odd: int
    resumed: bool
    remarks: list[str]


def answer(plan: Plan, out: Path, network: Network | None, progress: Progress) -> Report:
    """Do all of it here, by a network that is given, or the one that is planned."""
    if network is None:
        words: dict[str, Any] = {"precision": plan.options.precision, "engine": plan.options.engine}
        network = open_network(plan.weights, answers=plan.card.answers, **words)
        plan.remarks.extend([network.remark] if network.remark else [])
    made = {
        "precision": getattr(network, "precision", "float32"),
        "engine": getattr(network, "engine", "tensorflow"),
    }
    work = Unfinished(plan, out, made)
    resumed = work.begin()

    def fill_here(journal: Journal) -> list[str]:
        fill(plan, work.part, journal, network, progress=progress)
        return []

    return _complete(work, fill_here, resumed=resumed)


def spread(plan: Plan, out: Path, client: Any, *, progress: Progress, told: Callable[[str], None]) -> Report:
    """Do all of it on the workers of a Dask cluster."""
    from odfault.cluster.member import Asked
    from odfault.cluster.spread import fill, muster, sends_back

    options = plan.options
    asked = Asked(options.engine, options.precision, find_graph(plan.card, plan.weights) is not None)
    source = plan.survey.path
    crew = muster(client, source, out, asked=asked, memory_gb=options.memory_gb, told=told)
    work = Unfinished(plan, out, {"precision": crew.made.precision, "engine": crew.made.engine})
    resumed = work.begin(bare=not sends_back(source, out))

    def fill_there(journal: Journal) -> list[str]:
        return fill(crew, plan, work.part, journal, progress=progress)

    return _complete(work, fill_there, resumed=resumed)


def _complete(work: Unfinished, fill: Callable[[Journal], list[str]], *, resumed: bool) -> Report:
    """Fill what is laid down, and finish it."""
    plan, journal = work.plan, work.journal
    remarks = [*plan.remarks, *journal.remarks]
    with _hash_meanwhile(plan.survey.path) as checksum:
        remarks += fill(journal)
    live, odd = (sum(counts) for counts in zip(*journal.done.values(), strict=True))
    if not live:
        work.clear()
        raise OdfaultError(f"all traces asked for of {plan.survey.path} are dead", "check what was exported")
    if odd:
        remarks.append(f"{odd} samples are NaN, Inf or undefined; they were taken as dead.")
    if plan.options.familiar is not None:
        familiar = Path(plan.options.familiar)
        write_familiar(plan.region, plan.way.lens.scale, familiar, engine=plan.options.engine)
    work.finish(checksum.result(), remarks)
    return Report(
        work.out, plan.card.name, plan.shape, **work.made,
        live=live, odd=odd, resumed=resumed, remarks=remarks,
    )  # fmt: skip


@contextlib.contextmanager
def _hash_meanwhile(path: Path) -> Iterator[Future[str]]:
    """Hash a file while other work is done; when that fails, nobody waits for the hash."""
    over = threading.Event()
    with ThreadPoolExecutor(1, "odfault-hash") as pool:
        try:
            yield pool.submit(hash_survey, path, over.is_set)
        except BaseException:
            over.set()
            raise
