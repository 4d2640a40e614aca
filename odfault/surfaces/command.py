"""What odfault faults does: a fault probability in, a folder of faults out."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.kinds import read_map, unit_of
from odfault.lock import hold
from odfault.surfaces import texts
from odfault.surfaces.cleaning import clean
from odfault.surfaces.folder import check_folder, fill_folder, name_numbers
from odfault.surfaces.joining import join
from odfault.surfaces.labelled import write_labels
from odfault.surfaces.measures import Depths, Fault, measure_faults
from odfault.surfaces.options import Options
from odfault.surfaces.patches import find_patches
from odfault.surfaces.picture import draw_rose, draw_sticks
from odfault.surfaces.ridges import Ridges, check_probability, find_ridges
from odfault.surfaces.sticks import cut_sticks
from odfault.survey import Survey, same_lines


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
        The SEG-Y file or store that ``odfault run`` wrote, thinned or not: a volume, or a line.
    out_path : str or Path
        The folder, made when it is not there. In it: ``faults.csv``, a fault in a line; ``faults.sgy``, their
        numbers as a survey, or ``faults.zarr`` where the probability is a store; their sticks in
        ``opendtect.txt``, ``petrel.txt`` and ``sticks.txt``; a picture, ``sticks.png``, and where strikes are
        known another, ``rose.png``.
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
        If the input is no probability or holds no fault, the output is there already, cannot be written or is
        being written by another run, or an option makes no sense.
    """
    chosen = Options.of("odfault.faults", options)
    source, out = Path(in_path), Path(out_path)
    with contextlib.ExitStack() as stack:
        survey = stack.enter_context(chosen.open(source))
        also = [stack.enter_context(chosen.open(path)) for path in chosen.also]
        stack.enter_context(hold(out))
        for path in (source, *map(Path, chosen.also)):
            check_folder(path, out, replace=chosen.replace)
        _check_unit(survey, chosen)
        _check_also(survey, also)
        if chosen.seismic is not None:
            _check_seismic(survey, chosen)
        ridges = _ridges([survey, *also], chosen, progress)
        smallest = chosen.smallest_of(survey.shape)
        surfaces, dropped = _surfaces(ridges, smallest, chosen)
        if not surfaces.any():
            left_out = f", and {dropped} less sure or crumpled" if dropped else ""
            raise OdfaultError(
                f"{source} holds no fault of {smallest} samples at {chosen.threshold:g}" + left_out,
                "lower --threshold, --smallest or --sure",
            )
        with fill_folder(out) as folder:
            found, remarks = _write(survey, ridges, surfaces, folder=folder, chosen=chosen)
    if dropped:
        remarks.append(f"{dropped} surfaces, less sure than {chosen.sure:g} or crumpled, were dropped.")
    return Report(out, found, remarks)


def _surfaces(ridges: Ridges, smallest: int, chosen: Options) -> tuple[NDArray[np.int32], int]:
    """Part the points into surfaces, and count those that were dropped."""
    surfaces = join(ridges, find_patches(ridges), smallest=smallest)
    cleaned = clean(ridges, surfaces, sure=chosen.sure)
    return cleaned, int(surfaces.max(initial=0)) - int(cleaned.max(initial=0))


def _ridges(surveys: list[Survey], chosen: Options, progress: Callable[[int, int], None]) -> Ridges:
    """Find the crests of the largest of all; a line along crosslines is read as if it were an inline."""
    survey = surveys[0]
    inlines, crosslines, samples = survey.shape
    turned = survey.is_2d and inlines > 1

    def read(some: slice) -> NDArray[np.float32]:
        if turned:
            return largest(slice(0, inlines), slice(0, 1)).swapaxes(0, 1)
        return largest(some, slice(0, crosslines))

    def largest(*some: slice) -> NDArray[np.float32]:
        return functools.reduce(np.maximum, (_probability(one, *some) for one in surveys))

    shape = (1, inlines, samples) if turned else survey.shape
    ridges = find_ridges(read, shape, threshold=chosen.threshold, progress=progress)
    if not turned:
        return ridges
    return Ridges(ridges.places[:, [1, 0, 2]], ridges.normals[:, [1, 0, 2]], ridges.probability, survey.shape)


def _probability(survey: Survey, *some: slice) -> NDArray[np.float32]:
    """Read inlines and crosslines of a survey that must hold a probability."""
    values = survey.read(*some)
    try:
        return check_probability(values)
    except OdfaultError as error:
        raise OdfaultError(f"{survey.path}: {error.problem}", error.mend) from error


def _check_unit(survey: Survey, chosen: Options) -> None:
    """Refuse depths in feet, and a velocity for depths."""
    unit = unit_of(survey)
    if unit not in ("ms", "m"):
        raise OdfaultError(f"{survey.path} has samples in {unit}", "give one in ms or m")
    if unit == "m" and chosen.velocity is not None:
        raise OdfaultError(f"a velocity, and {survey.path} has depths", "leave --velocity out")


def _check_also(survey: Survey, also: list[Survey]) -> None:
    """Refuse further probabilities that are not of the same lines and samples."""
    for other in also:
        times = (survey.interval_s, survey.delay_ms), (other.interval_s, other.delay_ms)
        same = survey.shape == other.shape and same_lines(survey, other) and np.allclose(*times)
        if not same:
            raise OdfaultError(
                f"{other.path} has other lines or samples than {survey.path}",
                "give runs over the same survey",
            )


def _check_seismic(survey: Survey, chosen: Options) -> None:
    """Refuse a survey that does not hold the lines of the probability."""
    with chosen.open(chosen.seismic or "") as over:
        pairs = (survey.inlines, over.inlines), (survey.crosslines, over.crosslines)
        if not all(np.isin(mine, theirs).all() for mine, theirs in pairs):
            raise OdfaultError(
                f"{chosen.seismic} has other lines than {survey.path}",
                "give the survey that odfault run was given",
            )


def _write(
    survey: Survey, ridges: Ridges, surfaces: NDArray[np.int32], *, folder: Path, chosen: Options
) -> tuple[list[Fault], list[str]]:
    """Measure the faults and write all files."""
    ground, remarks = read_map(survey)
    deep = chosen.depth or unit_of(survey) == "m"
    depths = Depths(survey.delay_ms, survey.interval_s * 1000, deep, chosen.velocity)
    lines = survey.inlines, survey.crosslines
    found = measure_faults(ridges, surfaces, ground, depths, lines=lines)
    sticks = cut_sticks(ridges, surfaces, every=chosen.every)
    if not ground.known:
        remarks.append("So nothing is told in metres: how long a fault is, its first and last line say.")
    elif not depths.sure:
        remarks.append("Dips are in ms of two-way time per metre; give --velocity for degrees and areas.")
    texts.write_table(folder / "faults.csv", found, depths)
    name = survey.path.stem.replace(" ", "_") if survey.is_2d else ""
    texts.write_opendtect(folder / "opendtect.txt", sticks, ground, depths, line=name)
    texts.write_petrel(folder / "petrel.txt", sticks, ground, depths, lines=lines)
    texts.write_plain(folder / "sticks.txt", sticks, depths, lines=lines, flat=survey.is_2d)
    remarks += write_labels(survey, folder / name_numbers(survey.path), ridges.places, surfaces, depth=deep)
    if any(fault.strike_deg is not None for fault in found):
        draw_rose(found, folder / "rose.png")
    with contextlib.ExitStack() as stack:
        over = stack.enter_context(chosen.open(chosen.seismic)) if chosen.seismic else survey
        draw_sticks(over, ridges, surfaces, sticks, path=folder / "sticks.png", depths=depths, lines=lines)
    return found, [*survey.remarks, *remarks]
