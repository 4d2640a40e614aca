"""What odfault faults does: a fault probability in, a folder of faults out."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.map import read_map
from odfault.segy.output import check_output
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey
from odfault.surfaces import texts
from odfault.surfaces.cleaning import SURE, clean
from odfault.surfaces.joining import join
from odfault.surfaces.labelled import write_labels
from odfault.surfaces.measures import Depths, Fault, measure_faults
from odfault.surfaces.patches import find_patches
from odfault.surfaces.picture import draw_rose, draw_sticks
from odfault.surfaces.ridges import Ridges, find_ridges
from odfault.surfaces.sticks import cut_sticks

FILES = ("faults.csv", "faults.sgy", "sticks.txt", "opendtect.txt", "petrel.txt", "rose.png", "sticks.png")
"""What is written, in one folder."""
SMALLEST, SHORTEST = 200, 16
"""Points of a fault, unless the user says otherwise: of a surface; of a line."""


@dataclasses.dataclass(frozen=True)
class Options:
    """How to find faults; the words of ``odfault faults``.

    Attributes
    ----------
    threshold : float
        Probability from which a crest counts.
    smallest : int, optional
        Samples of a fault; smaller ones are dropped. 200 of a volume and 16 of a line when left out.
    sure : float
        Mean probability of a fault; those of less are dropped, and so are crumpled ones.
    every : int
        Lines from a stick to the next.
    velocity : float, optional
        Metres a second, for dips and areas of time sections.
    depth : bool
        Whether samples are depths in metres (the file's milliseconds are read as metres).
    seismic : str or Path, optional
        The survey to draw the sticks over; the probability itself when left out.
    replace : bool
        Overwrite what an earlier run wrote in the folder.
    inline_byte, crossline_byte, big_endian, sample_format, n_samples
        What is known better than the headers say, see ``SegySurvey.open``.
    """

    threshold: float = 0.5
    smallest: int | None = None
    sure: float = SURE
    every: int = 8
    velocity: float | None = None
    depth: bool = False
    seismic: str | Path | None = None
    replace: bool = False
    inline_byte: int | None = None
    crossline_byte: int | None = None
    big_endian: bool | None = None
    sample_format: int | None = None
    n_samples: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise OdfaultError(f"a threshold of {self.threshold}", "give one between 0 and 1")
        if self.smallest is not None and self.smallest < 1:
            raise OdfaultError(f"faults of {self.smallest} samples", "give 1 or more")
        if not 0 <= self.sure < 1:
            raise OdfaultError(f"faults of a mean probability of {self.sure}", "give one from 0 to 1")
        if self.every < 1:
            raise OdfaultError(f"a stick every {self.every} lines", "give 1 or more")
        if self.velocity is not None and not 100 <= self.velocity <= 20000:
            raise OdfaultError(f"a velocity of {self.velocity:g} m/s", "give one from 100 to 20000")
        if self.velocity is not None and self.depth:
            raise OdfaultError("a velocity for depths", "give --velocity or --depth")

    def open(self, path: str | Path) -> SegySurvey:
        """Open a survey as the options say."""
        return SegySurvey.open(
            path,
            inline_byte=self.inline_byte,
            crossline_byte=self.crossline_byte,
            big_endian=self.big_endian,
            sample_format=self.sample_format,
            n_samples=self.n_samples,
        )


@dataclasses.dataclass(frozen=True)
class Report:
    """What was found: the folder, the faults, the largest first, and remarks, a plain sentence each."""

    out: Path
    faults: list[Fault]
    remarks: list[str]


def faults(
    in_path: str | Path,
    out_path: str | Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **options: Any,
) -> Report:
    """Part a fault probability into single faults, and write them into a folder.

    Parameters
    ----------
    in_path : str or Path
        The SEG-Y file that ``odfault run`` wrote, thinned or not: a volume, or a line.
    out_path : str or Path
        The folder, made when it is not there. In it: ``faults.csv``, a fault in a line; ``faults.sgy``, their
        numbers as a survey; ``opendtect.txt``, ``petrel.txt`` and ``sticks.txt``, their sticks; ``rose.png``
        and ``sticks.png``.
    progress : callable
        Told the samples read and those of all.
    **options
        The words of ``Options``.

    Returns
    -------
    Report

    Raises
    ------
    OdfaultError
        If the input is no probability or holds no fault, the output is there already or cannot be written, or
        an option makes no sense.
    """
    try:
        chosen = Options(**options)
    except TypeError as error:
        raise OdfaultError(
            f"odfault.faults: {error}", "see odfault.surfaces.command.Options for the words"
        ) from error
    source, out = Path(in_path), Path(out_path)
    with chosen.open(source) as survey:
        _check(survey, out, chosen)
        ridges = _ridges(survey, chosen, progress)
        surfaces, dropped = _surfaces(ridges, _smallest(survey, chosen), chosen)
        if not surfaces.any():
            left_out = f", and {dropped} less sure or crumpled" if dropped else ""
            raise OdfaultError(
                f"{source} holds no fault of {_smallest(survey, chosen)} samples at {chosen.threshold:g}"
                + left_out,
                "lower --threshold, --smallest or --sure",
            )
        with _folder(out) as folder:
            return _write(survey, ridges, surfaces, folder, chosen, out, dropped)


def _surfaces(ridges: Ridges, smallest: int, chosen: Options) -> tuple[NDArray[np.int32], int]:
    """Part the points into surfaces, and count those that were dropped."""
    surfaces = join(ridges, find_patches(ridges), smallest=smallest)
    cleaned = clean(ridges, surfaces, sure=chosen.sure)
    return cleaned, int(surfaces.max(initial=0)) - int(cleaned.max(initial=0))


def _smallest(survey: SegySurvey, chosen: Options) -> int:
    return chosen.smallest or (SHORTEST if survey.is_2d else SMALLEST)


def _ridges(survey: SegySurvey, chosen: Options, progress: Callable[[int, int], None]) -> Ridges:
    """Find the crests; a line along crosslines is read as if it were an inline."""
    inlines, crosslines, samples = survey.shape
    turned = survey.is_2d and inlines > 1

    def read(some: slice) -> NDArray[np.float32]:
        if turned:
            return survey.read(slice(0, inlines), slice(0, 1)).swapaxes(0, 1)
        return survey.read(some, slice(0, crosslines))

    shape = (1, inlines, samples) if turned else survey.shape
    try:
        ridges = find_ridges(read, shape, threshold=chosen.threshold, progress=progress)
    except OdfaultError as error:
        raise OdfaultError(f"{survey.layout.path}: {error.problem}", error.mend) from error
    if not turned:
        return ridges
    return Ridges(ridges.places[:, [1, 0, 2]], ridges.normals[:, [1, 0, 2]], ridges.probability, survey.shape)


def _check(survey: SegySurvey, out: Path, chosen: Options) -> None:
    """Refuse what could not be written in the end, before the work begins."""
    source = survey.layout.path
    if out.exists() and not out.is_dir():
        raise OdfaultError(f"{out} is a file", "name a folder, which may be new")
    check_output(source, out / FILES[0] if out.is_dir() else out)
    there = [name for name in FILES if (out / name).exists()]
    if there and not chosen.replace:
        raise OdfaultError(f"{out / there[0]} is there already", "name another folder, or give --replace")
    for name in FILES:
        if (out / name).exists():
            check_output(source, out / name)
    if chosen.seismic is not None:
        _check_seismic(survey, chosen)


def _check_seismic(survey: SegySurvey, chosen: Options) -> None:
    """Refuse a survey that does not hold the lines of the probability."""
    with chosen.open(chosen.seismic or "") as over:
        pairs = (survey.inlines, over.inlines), (survey.crosslines, over.crosslines)
        if not all(np.isin(mine, theirs).all() for mine, theirs in pairs):
            raise OdfaultError(
                f"{chosen.seismic} has other lines than {survey.layout.path}",
                "give the survey that odfault run was given",
            )


@contextlib.contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """Let files be written beside the folder, and move them into it together when all are there."""
    part = out.with_name(out.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        yield part
        out.mkdir(exist_ok=True)
        for name in FILES:
            (part / name).replace(out / name)
    except OSError as error:
        raise disk_error(out, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(
    survey: SegySurvey,
    ridges: Ridges,
    surfaces: NDArray[np.int32],
    folder: Path,
    chosen: Options,
    out: Path,
    dropped: int,
) -> Report:
    """Measure the faults and write all files."""
    ground, remarks = read_map(survey)
    depths = Depths(survey.delay_ms, survey.interval_s * 1000, chosen.depth, chosen.velocity)
    lines = survey.inlines, survey.crosslines
    found = measure_faults(ridges, surfaces, ground, depths, lines=lines)
    sticks = cut_sticks(ridges, surfaces, every=chosen.every)
    if dropped:
        remarks.append(f"{dropped} surfaces, less sure than {chosen.sure:g} or crumpled, were dropped.")
    if not depths.sure:
        remarks.append("Dips are in ms of two-way time per metre; give --velocity for degrees and areas.")
    texts.write_table(folder / "faults.csv", found, depths)
    name = survey.layout.path.stem.replace(" ", "_") if survey.is_2d else ""
    texts.write_opendtect(folder / "opendtect.txt", sticks, ground, depths, line=name)
    texts.write_petrel(folder / "petrel.txt", sticks, ground, depths, lines=lines)
    texts.write_plain(folder / "sticks.txt", sticks, depths, lines=lines, flat=survey.is_2d)
    remarks += write_labels(survey, folder / "faults.sgy", ridges.places, surfaces)
    draw_rose(found, folder / "rose.png")
    with contextlib.ExitStack() as stack:
        over = stack.enter_context(chosen.open(chosen.seismic)) if chosen.seismic else survey
        draw_sticks(over, ridges, surfaces, sticks, folder / "sticks.png", depths=depths, lines=lines)
    return Report(out, found, [*survey.remarks, *remarks])
