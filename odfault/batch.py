"""Survey to survey: SEG-Y file or chunked store in, fault probability out, bounded in memory, resumable."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from odfault import __version__, tiling
from odfault.answering import Way, answer_columns, finish_column
from odfault.card import find_graph, find_weights, read_card
from odfault.chunked.laying import discard
from odfault.chunked.library import is_store, names_store
from odfault.columns import Column, Columns, column_of
from odfault.engine import Engine, check_engine, open_network
from odfault.errors import OdfaultError
from odfault.familiar import find_unlike
from odfault.familiar_file import check_familiar, write_familiar
from odfault.inference import THIN_REACH, Network, most_samples
from odfault.journal import Journal
from odfault.kinds import (
    Writer,
    check_target,
    finish,
    hash_survey,
    lay_down_answers,
    open_survey,
    open_writer,
    state_of,
)
from odfault.lens import Lens, ScaleWord, check_view
from odfault.model import PRECISIONS, Precision
from odfault.range import find_scale, measure, warn
from odfault.region import choose_region
from odfault.segy.output import find_footprint, part_layout
from odfault.segy.refusal import disk_error
from odfault.segy.shared import open_shared, write_traces
from odfault.survey import Survey
from odfault.tiling import size_of

THIN = 8
"""With fewer lines than this in one direction, a survey is answered section by section."""
ANSWERS = {True: ("fault probability", "fault_probability"), False: ("noise taken away", "amplitude")}
"""What is made, and its name in a chunked store, by whether the network finds faults."""
COMPANIONS = (".part", ".journal", ".json", ".json.part")
"""Ends of the names of what stands beside the output, for a while or for good."""
Progress = Callable[[int, int], None]
"""Called with the samples answered and the samples of all, when work begins and after each batch."""


@dataclasses.dataclass(frozen=True)
class Options:
    """How to run; the words of ``odfault run``.

    Attributes
    ----------
    model : str, optional
        Name or path of the network; ``fault3d`` for volumes and ``fault2d`` for lines when left out;
        ``denoise2d`` takes noise away instead.
    direction : str
        ``inline`` or ``crossline``: the sections that a 2-D network looks at.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``.
    engine : str
        What computes: ``tensorflow``, ``openvino`` or ``onnxruntime``; ``auto`` takes the fastest.
    batch : int
        Windows in a call of the network.
    memory_gb : float
        Memory that the process may take.
    scale : float, tuple of float or str, optional
        Samples that the network sees for one of the survey, lateral and vertical; ``auto`` chooses by the
        survey's frequencies. The model's own when left out.
    average : str, optional
        ``none``, or answers averaged over ``flips``, ``scales`` or ``all`` of them. The model's own when left
        out.
    thin : bool
        Leave the crests of faults only: the probability there, 0 elsewhere.
    inlines, crosslines : tuple of int, optional
        First and last line number to answer; the output holds these traces only.
    z_ms : tuple of float, optional
        First and last time (or depth, in the file's unit) to answer; the output is 0 outside.
    familiar : Path, optional
        SEG-Y file to write beside: 1 where the survey is such as the network learned from, 0 where it is not.
    depth : bool
        Samples are depths in metres; a chunked store says so.
    inline_byte, crossline_byte, big_endian, sample_format, n_samples
        What is known better than the headers say, see ``SegySurvey.open``.
    """

    model: str | Path | None = None
    direction: str = "inline"
    precision: Precision = "auto"
    engine: Engine = "auto"
    batch: int = 1
    memory_gb: float = 4.0
    scale: ScaleWord = None
    average: str | None = None
    thin: bool = False
    inlines: tuple[int, int] | None = None
    crosslines: tuple[int, int] | None = None
    z_ms: tuple[float, float] | None = None
    familiar: str | Path | None = None
    depth: bool = False
    inline_byte: int | None = None
    crossline_byte: int | None = None
    big_endian: bool | None = None
    sample_format: int | None = None
    n_samples: int | None = None

    def __post_init__(self) -> None:
        if self.direction not in ("inline", "crossline"):
            raise OdfaultError(f"unknown direction {self.direction}", "give inline or crossline")
        if self.precision not in PRECISIONS:
            raise OdfaultError(f"unknown precision {self.precision}", f"give one of {', '.join(PRECISIONS)}")
        check_engine(self.engine, self.precision)
        most_samples(self.memory_gb, self.batch)
        check_view(self.scale, self.average)


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


def run(
    in_path: str | Path,
    out_path: str | Path,
    *,
    progress: Progress = lambda done, total: None,
    network: Network | None = None,
    client: Any = None,
    told: Callable[[str], None] = lambda said: None,
    **options: Any,
) -> Report:
    """Write the fault probability of a SEG-Y file into another, alike in all but its samples.

    Either may be a chunked store instead, a name that ends in ``.zarr`` or ``.mdio``.

    With a network that answers noise it is the seismic without that noise.

    Killed at any moment it leaves nothing under the output's name, and called again it goes on where it
    stopped, with the same bytes in the end.

    Parameters
    ----------
    in_path, out_path : str or Path
        The survey and the file or store to write; one of that name is replaced at the very end.
    progress : callable
        Told how far it is.
    network : callable, optional
        A network loaded before, to be used again; it must fit the options.
    client : distributed.Client, optional
        Of a Dask cluster whose workers do the work; the bytes are those of a run on one machine.
    told : callable
        Told what is waited for.
    **options
        The words of ``Options``.

    Returns
    -------
    Report
        What was done.

    Raises
    ------
    OdfaultError
        If the input cannot be read, the output cannot be written, or an option makes no sense.
    """
    try:
        chosen = Options(**options)
    except TypeError as error:
        raise OdfaultError(f"odfault.run: {error}", "see odfault.batch.Options for the words") from error
    source, out = Path(in_path), Path(out_path)
    if client is not None and (is_store(source) or names_store(out)):
        raise OdfaultError(
            "the workers of a cluster read and write SEG-Y only", "odfault convert the store, or run it here"
        )
    with open_survey(source, vars(chosen)) as survey:
        check_target(survey, out, COMPANIONS)
        if chosen.familiar is not None:
            check_familiar(survey, Path(chosen.familiar), out, COMPANIONS)
        job = _Run(survey, out, chosen, progress)
        return job.answer(network) if client is None else job.spread(client, told)


class _Run:
    """One run: the survey, the part of it that is asked for, the unfinished file and its journal."""

    def __init__(self, survey: Survey, out: Path, options: Options, progress: Progress) -> None:
        self.survey, self.out, self.options, self.progress = survey, out, options, progress
        thin = min(survey.shape[:2]) < THIN
        self.weights = find_weights(options.model or ("fault2d" if thin else "fault3d"))
        self.card = read_card(self.weights)
        along = survey.shape[0] > survey.shape[1] if thin else options.direction == "crossline"
        self.region = choose_region(
            survey,
            inlines=options.inlines,
            crosslines=options.crosslines,
            z_ms=options.z_ms,
            turned=along and self.card.architecture.dimensions == 2,
        )
        if not self.card.finds_faults and (self.card.answers == "familiarity" or options.familiar):
            raise OdfaultError(f"{self.card.name} finds no faults", "give fault2d or fault3d")
        if options.thin and not self.card.finds_faults:
            raise OdfaultError(f"{self.card.name} finds no faults to thin", "leave --thin out")
        self.made, self.name = ANSWERS[self.card.finds_faults]
        self.remarks = list(survey.remarks)
        self.lens = self._choose_lens()
        x, y, z = (halo and halo + THIN_REACH * options.thin for halo in self.lens.halo_shape)
        self.boxes = tiling.plan(
            self.region.shape, (x, y, z), self.lens.grid_shape, part=self.region.wanted,
            phase=self.region.phase,
            most=int(most_samples(options.memory_gb, options.batch) / self.lens.growth),
        )  # fmt: skip
        self.way = Way(self.lens, options.batch, options.thin)
        self.part, self.sidecar = (out.with_name(out.name + tail) for tail in (".part", ".json"))

    def _choose_lens(self) -> Lens:
        """Choose the lens; say where the survey, seen through it, is not such as the network learned from."""
        card, word = self.card, self.options.scale
        measured = measure(self.region.read, self.region.wanted) if card.trusted else None
        scale = find_scale(word, card, measured)
        if word == "auto":
            why = "" if "peak" in card.trusted else f": the card of {card.name} tells no frequencies"
            self.remarks.append(f"The scale is {scale[0]:g}{why}.")
        self.remarks += warn(measured, card, scale)
        if card.trusted and card.finds_faults:
            self.remarks += find_unlike(self.region, scale, card.name, engine=self.options.engine)
        return Lens(card, scale, self.options.average or card.average)

    def answer(self, network: Network | None) -> Report:
        """Do all of it here."""
        if network is None:
            words: dict[str, Any] = {"precision": self.options.precision, "engine": self.options.engine}
            network = open_network(self.weights, answers=self.card.answers, **words)
            self.remarks += [network.remark] if network.remark else []
        made = {
            "precision": getattr(network, "precision", "float32"),
            "engine": getattr(network, "engine", "tensorflow"),
        }
        return self._complete(made, lambda journal: self._fill(network, journal))

    def spread(self, client: Any, told: Callable[[str], None]) -> Report:
        """Do all of it on the workers of a Dask cluster."""
        from odfault.cluster.member import Asked
        from odfault.cluster.spread import fill, muster

        options, keep = self.options, self.region.traces()
        asked = Asked(options.engine, options.precision, find_graph(self.card, self.weights) is not None)
        source = self.survey.path
        crew = muster(client, source, self.out, asked=asked, memory_gb=options.memory_gb, told=told)
        return self._complete(
            {"precision": crew.made.precision, "engine": crew.made.engine},
            lambda journal: fill(
                crew, self.region, self.boxes, journal,
                way=self.way, weights=self.weights, part=self.part, keep=keep, progress=self.progress,
            ),
            bare=True,
        )  # fmt: skip

    def _complete(
        self, made: dict[str, str], fill: Callable[[Journal], list[str]], *, bare: bool = False
    ) -> Report:
        """Go on or begin, fill, finish; what is under the output's name is replaced at the very end.

        made : precision and engine in fact
        """
        journal = Journal(self.out.with_name(self.out.name + ".journal"), self._settings(made))
        resumed = journal.resume() and self.part.exists()
        if not resumed:
            self._begin(journal, bare=bare)
        self.remarks += journal.remarks
        with _hash_meanwhile(self.survey.path) as checksum:
            self.remarks += fill(journal)
        live, odd = (sum(counts) for counts in zip(*journal.done.values(), strict=True))
        if not live:
            self._clear(journal)
            name = self.survey.path
            raise OdfaultError(f"all traces asked for of {name} are dead", "check what was exported")
        if odd:
            self.remarks.append(f"{odd} samples are NaN, Inf or undefined; they were taken as dead.")
        if self.options.familiar is not None:
            familiar = Path(self.options.familiar)
            write_familiar(self.region, self.lens.scale, familiar, engine=self.options.engine)
        self._finish(journal, self._story(made, checksum.result()))
        x, y, z = (part.stop - part.start for part in self.region.wanted)
        shape = (y, x, z) if self.region.turned else (x, y, z)
        return Report(
            self.out,
            self.card.name,
            shape,
            made["precision"],
            made["engine"],
            live,
            odd,
            resumed,
            self.remarks,
        )

    def _begin(self, journal: Journal, *, bare: bool) -> None:
        """Lay the unfinished file down; a journal that tells of an earlier one goes first, and then that one.

        A worker that is still at the earlier one may have opened it: it must not be this file.
        """
        journal.forget()
        crests = ", its crests" if self.options.thin else ""
        history = f"odfault {__version__}: {self.made} by {self.card.name}{crests}"
        try:
            if self.part.is_file() or self.part.is_dir():  # a device, or a link to one, stays
                discard(self.part)
            journal.begin(
                lay_down_answers(
                    self.region, self.part, history, name=self.name, depth=self.options.depth, bare=bare
                ),
                bare=bare,
            )
        except OSError as error:
            raise disk_error(self.part, error) from error
        except BaseException:
            self._clear(journal)
            raise

    def _fill(self, network: Network, journal: Journal) -> list[str]:
        """Answer the columns of tiles that are not done, one written while the next is computed."""
        columns = Columns(self.boxes, self.survey.shape[2], journal.done)
        if journal.bare:
            self._lay_rest(columns)
        total = sum(map(size_of, self.boxes))
        done = sum(size_of(box) for box in self.boxes if columns.is_done(box))
        self.progress(done, total)
        behind = list[Future[None]]()
        with (
            open_writer(self.region, self.part, self.name) as writer,
            ThreadPoolExecutor(1, "odfault-write") as pool,
            contextlib.closing(
                answer_columns(self.region, self.boxes, network, columns, self.way)
            ) as answered,
        ):
            for boxes, whole in answered:
                for column in whole:
                    for earlier in behind:
                        earlier.result()
                    behind = [pool.submit(self._write, writer, journal, column)]
                done += sum(size_of(box) for box in boxes if not columns.is_done(box))
                self.progress(done, total)
            for earlier in behind:
                earlier.result()
        return []

    def _lay_rest(self, columns: Columns) -> None:
        """Lay down the traces of columns that are not done: many machines began, and each writes its own."""
        source, part = self.survey.layout, part_layout(self.survey, self.part, self.region.traces())
        with open_shared(self.part, apart=False) as file:
            for box in {column_of(box): box for box in self.boxes if not columns.is_done(box)}.values():
                lines = self.region.lines(box[0].write, box[1].write)
                found = find_footprint(self.survey, *lines, self.region.traces())
                nothing = np.zeros((*self.survey.index[lines].shape, part.n_samples), np.float32)
                write_traces(file, source, part, found=found, values=nothing)

    def _write(self, writer: Writer, journal: Journal, column: Column) -> None:
        writer.write(*finish_column(self.region, column, self.lens))
        writer.flush()
        journal.add(column_of(column.box), int(column.live.sum()), column.odd)

    def _settings(self, made: dict[str, str]) -> dict[str, Any]:
        """All that decides the bytes of the result.

        made : precision and engine in fact
        """
        words = {**dataclasses.asdict(self.options), "model": self.card.name, "weights": self.card.sha256}
        del words["familiar"]
        return {
            **words,
            "scale": self.lens.scale,
            "average": self.lens.average,
            "odfault": __version__,
            **made,
            "input": state_of(self.survey.path),
            "layout": str(self.survey.layout),
        }

    def _finish(self, journal: Journal, story: dict[str, Any]) -> None:
        """Write the sidecar and give the file its name."""
        fresh = self.sidecar.with_name(self.sidecar.name + ".part")
        try:
            fresh.write_text(json.dumps(story, indent=1, default=str) + "\n", "utf-8")
            fresh.replace(self.sidecar)
            finish(self.part, self.out, name=self.name, title=f"{self.made} by {self.card.name}", story=story)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise disk_error(self.out, error) from error
        journal.forget()

    def _story(self, made: dict[str, str], checksum: str) -> dict[str, Any]:
        """Tell in the sidecar how the output was made, and of what."""
        return {
            "odfault": __version__,
            "model": self.card.name,
            "weights_sha256": self.card.sha256,
            "input": self.survey.path.name,
            "input_sha256": checksum,
            "options": {
                **dataclasses.asdict(self.options),
                **made,
                "scale": self.lens.scale,
                "average": self.lens.average,
            },
            "remarks": self.remarks,
        }

    def _clear(self, journal: Journal) -> None:
        discard(self.part)
        journal.forget()


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
