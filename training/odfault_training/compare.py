"""The comparison: every family, matched by parameters and by operations, over seeds; each run is kept."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault_synthetic.cube import draw_cube
from odfault_synthetic.labels import FAULT, UNRESOLVED
from odfault_synthetic.recipe import read_recipe
from odfault_training.contest import (
    SHIFTS,
    Lesson,
    answer_section,
    area_under_curve,
    rank_patches,
    teach,
    time_section,
)
from odfault_training.evidence import Evidence
from odfault_training.families import FAMILIES, Family, count_operations, count_parameters, fit_width
from odfault_training.metrics import Counts, count_matches, score_counts

MATCHES = ("parameters", "operations")
SHAPE = (64, 64, 128)
"""Lines, traces and samples of a cube."""
LINES_OF_A_CUBE = (16, 48)
"""That are scored."""
WITHIN = {"synthetic": 2, "field": 3}
"""Samples of a match."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """How large the comparison is.

    steps, seeds, cubes, unseen : of training, of each family, learned from, judged by
    target                      : parameters, or multiplications for each labelled sample
    every                       : of the field patches one in so many is looked at
    """

    steps: int
    seeds: int
    cubes: int
    unseen: int
    target: int
    every: int


QUICK = Setting(steps=400, seeds=2, cubes=24, unseen=4, target=20_000, every=8)
FULL = Setting(steps=2000, seeds=5, cubes=240, unseen=24, target=60_000, every=1)


@dataclasses.dataclass(frozen=True)
class Field:
    """Real data to judge by: sections with their labels, and patches with what is in their middles."""

    sections: Sequence[Evidence] = ()
    patches: NDArray[np.float32] | None = None
    truth: NDArray[np.bool_] | None = None


@dataclasses.dataclass(frozen=True)
class Run:
    """What one network did.

    Scores are ``None`` where there was nothing to judge by; ``patches`` is the area under the ROC curve by
    the traces that a patch was shifted.
    """

    family: str
    matched: str
    seed: int
    steps: int
    width: int
    parameters: int
    operations: float
    seconds: float
    synthetic: float
    field: float | None
    patches: dict[str, float] | None


def read_patches(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Read ``patches`` (n, 45, 45), traces first, and ``fault`` (n,) of a NumPy archive.

    Raises
    ------
    OdfaultError
        If it does not hold them.
    """
    try:
        with np.load(path) as file:
            patches, truth = file["patches"].astype(np.float32), file["fault"] != 0
    except (OSError, ValueError, KeyError) as error:
        raise OdfaultError(
            f"{path} holds no patches ({error})", "give patches (n, 45, 45) and fault (n,)"
        ) from error
    if patches.ndim != 3 or min(patches.shape[1:]) < 45 or truth.shape != patches.shape[:1]:
        raise OdfaultError(f"{path} holds patches of {patches.shape}", "give (n, 45, 45) and fault (n,)")
    if truth.all() or not truth.any():
        raise OdfaultError(f"{path} holds patches of one kind only", "give some with a fault, some without")
    return patches, truth


def compare(
    setting: Setting, field: Field, kept: Path, *, told: Callable[[Run], None] = lambda run: None
) -> list[Run]:
    """Train and judge all that is not in the file yet, and add each run to it when it is done.

    Parameters
    ----------
    setting : Setting
        How large.
    field : Field
        Real data to judge by.
    kept : Path
        A line of JSON for each run; one of another setting is not counted.
    told : callable
        Told each run.
    """
    runs = [run for run in read_runs(kept) if run.steps == setting.steps]
    lesson = unseen = None
    for seed, matched, family in itertools.product(range(setting.seeds), MATCHES, FAMILIES):
        if any((run.family, run.matched, run.seed) == (family.name, matched, seed) for run in runs):
            continue
        lesson = lesson or _draw_lesson(setting)
        unseen = unseen or _draw(2, setting.unseen)
        width = fit_width(family, setting.target, by=matched)
        run = _run(family, (matched, width, seed), lesson, unseen, field, every=setting.every)
        _keep(kept, run)
        runs.append(run)
        told(run)
    return runs


def _keep(kept: Path, run: Run) -> None:
    """Add a run to a file, behind what a stopped one may have left."""
    line = json.dumps(dataclasses.asdict(run)) + "\n"
    torn = kept.exists() and not kept.read_text("utf-8").endswith("\n")
    with kept.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + line)


def read_runs(kept: Path) -> list[Run]:
    """Read the runs of a file; a last line that a stopped run left unfinished is passed over."""
    runs = []
    for line in kept.read_text("utf-8").splitlines() if kept.exists() else []:
        try:
            runs.append(Run(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return runs


def _draw(seed: int, count: int) -> list[Any]:
    recipe = dataclasses.replace(read_recipe("everything"), shape=SHAPE, seed=seed)
    return [draw_cube(recipe, number) for number in range(count)]


def _draw_lesson(setting: Setting) -> Lesson:
    cubes = _draw(1, setting.cubes)
    seismic = np.stack([cube.seismic.astype(np.float16) for cube in cubes])
    return Lesson(seismic, np.stack([cube.labels for cube in cubes]), setting.steps)


def _run(
    family: Family,
    which: tuple[str, int, int],
    lesson: Lesson,
    unseen: list[Any],
    field: Field,
    *,
    every: int,
) -> Run:
    """Train one network, and judge it.

    which : how it is matched, its width, its seed
    """
    matched, width, seed = which
    model = teach(family, width, lesson, seed + 1)
    counts = [
        count_matches(
            answer_section(model, family, np.asarray(cube.seismic, np.float32), line),
            cube.labels[line] == FAULT, cube.labels[line] == UNRESOLVED, tolerance=WITHIN["synthetic"],
        )
        for cube in unseen for line in LINES_OF_A_CUBE
    ]  # fmt: skip
    real = [_count_field(model, family, evidence) for evidence in field.sections]
    areas = None
    if field.patches is not None and field.truth is not None:
        some, truth = field.patches[::every], field.truth[::every]
        areas = {
            str(shift): area_under_curve(rank_patches(model, family, some, shift=shift), truth)
            for shift in SHIFTS
        }
    return Run(
        family.name, matched, seed, lesson.steps, width, count_parameters(model),
        count_operations(model, family.kind), time_section(model, family),
        score_counts(counts).ods, score_counts(real).ods if real else None, areas,
    )  # fmt: skip


def _count_field(model: Any, family: Family, evidence: Evidence) -> Counts:
    line = len(evidence.seismic) // 2
    answer = answer_section(model, family, evidence.seismic, line)
    return count_matches(answer, evidence.fault[line], evidence.ignore[line], tolerance=WITHIN["field"])
