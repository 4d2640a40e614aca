"""The comparison: every family, matched by parameters and by operations, over seeds; each run is kept."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
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
from odfault_training.bootstrap import FEWEST, Interval, find_intervals
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
from odfault_training.metrics import Counts, count_matches, pool, score_counts

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
    rates                       : of learning; with several the best one of each network is found first, by
                                  as many ``trials`` steps and synthetics that judge nothing else
    """

    steps: int
    seeds: int
    cubes: int
    unseen: int
    target: int
    every: int
    rates: tuple[float, ...] = (1e-3,)
    trials: int = 0


QUICK = Setting(steps=400, seeds=2, cubes=24, unseen=4, target=20_000, every=8)
FULL = Setting(
    steps=1000, seeds=5, cubes=240, unseen=24, target=60_000, every=1, rates=(3e-4, 1e-3, 3e-3), trials=300
)
LEARNED, JUDGED, TRIED = 1, 2, 3
"""Seeds of the cubes that are learned from, that judge, and that rates are found by."""


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
    the traces that a patch was shifted. An interval is that of
    `find_intervals`, were the cubes or sections others.
    """

    family: str
    matched: str
    seed: int
    steps: int
    rate: float
    width: int
    parameters: int
    operations: float
    seconds: float
    synthetic: float
    synthetic_interval: Interval | None
    field: float | None
    field_interval: Interval | None
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
    cubes = _Cubes(setting)
    for seed, matched, family in itertools.product(range(setting.seeds), MATCHES, FAMILIES):
        runs = [run for run in read_runs(kept) if run.steps == setting.steps and run.family == family.name]
        if any((run.matched, run.seed) == (matched, seed) for run in runs):
            continue
        width = fit_width(family, setting.target, by=matched)
        twin = next((run for run in runs if (run.width, run.seed) == (width, seed)), None)
        if twin:  # matched either way it is the same network
            run = dataclasses.replace(twin, matched=matched)
        else:
            rate = _find_rate(family, width, cubes, kept.with_suffix(".rates.jsonl"))
            lesson = dataclasses.replace(cubes.lesson, rate=rate)
            run = _run(family, (matched, width, seed), lesson, cubes.unseen, field, every=setting.every)
        _keep(kept, dataclasses.asdict(run))
        told(run)
    names = [family.name for family in FAMILIES]
    runs = [run for run in read_runs(kept) if run.steps == setting.steps and run.family in names]
    return sorted(runs, key=lambda run: (MATCHES.index(run.matched), names.index(run.family), run.seed))


class _Cubes:
    """The cubes of a setting, drawn when they are first asked for."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @functools.cached_property
    def lesson(self) -> Lesson:
        cubes = _draw(LEARNED, self.setting.cubes)
        seismic = np.stack([cube.seismic.astype(np.float16) for cube in cubes])
        return Lesson(seismic, np.stack([cube.labels for cube in cubes]), self.setting.steps)

    @functools.cached_property
    def unseen(self) -> list[Any]:
        return _draw(JUDGED, self.setting.unseen)

    @functools.cached_property
    def tried(self) -> list[Any]:
        return _draw(TRIED, self.setting.unseen)


def _find_rate(family: Family, width: int, cubes: _Cubes, kept: Path) -> float:
    """Find the rate at which a network learns best in a few steps; each trial is kept in a file."""
    setting = cubes.setting
    if len(setting.rates) == 1:
        return setting.rates[0]
    found: dict[float, float] = {}
    for line in _read_lines(kept):
        if (line["family"], line["width"], line["steps"]) == (family.name, width, setting.trials):
            found[line["rate"]] = line["synthetic"]
    for rate in setting.rates:
        if rate not in found:
            lesson = dataclasses.replace(cubes.lesson, steps=setting.trials, rate=rate)
            model = teach(family, width, lesson, 0)
            found[rate] = score_counts(_count_cubes(model, family, cubes.tried)).ods
            trial = {"family": family.name, "width": width, "steps": setting.trials}
            _keep(kept, {**trial, "rate": rate, "synthetic": found[rate]})
    return max(setting.rates, key=lambda rate: found[rate])


def _keep(kept: Path, record: dict[str, Any]) -> None:
    """Add a record to a file, behind what a stopped run may have left."""
    line = json.dumps(record) + "\n"
    torn = kept.exists() and not kept.read_text("utf-8").endswith("\n")
    with kept.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + line)


def _read_lines(kept: Path) -> list[dict[str, Any]]:
    """Read the records of a file; a line that a stopped run left unfinished is passed over."""
    records = []
    for line in kept.read_text("utf-8").splitlines() if kept.exists() else []:
        with contextlib.suppress(ValueError):
            records.append(json.loads(line))
    return records


def read_runs(kept: Path) -> list[Run]:
    """Read the runs of a file, each once, even if two processes that shared the file both made it."""
    runs: dict[tuple[Any, ...], Run] = {}
    for record in _read_lines(kept):
        with contextlib.suppress(TypeError):
            run = Run(**record)
            runs.setdefault((run.family, run.matched, run.seed, run.steps), run)
    return list(runs.values())


def _draw(seed: int, count: int) -> list[Any]:
    recipe = dataclasses.replace(read_recipe("everything"), shape=SHAPE, seed=seed)
    return [draw_cube(recipe, number) for number in range(count)]


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
    counts = _count_cubes(model, family, unseen)
    real = [_count_field(model, family, evidence) for evidence in field.sections]
    areas = None
    if field.patches is not None and field.truth is not None:
        some, truth = field.patches[::every], field.truth[::every]
        areas = {
            str(shift): area_under_curve(rank_patches(model, family, some, shift=shift), truth)
            for shift in SHIFTS
        }
    return Run(
        family.name, matched, seed, lesson.steps, lesson.rate, width, count_parameters(model),
        count_operations(model, family.kind), time_section(model, family),
        score_counts(counts).ods, _find_interval(counts),
        score_counts(real).ods if real else None, _find_interval(real), areas,
    )  # fmt: skip


def _find_interval(counts: list[Counts]) -> Interval | None:
    return find_intervals(counts)["ods"] if len(counts) >= FEWEST else None


def _count_cubes(model: Any, family: Family, cubes: list[Any]) -> list[Counts]:
    """Match what a network says of some lines of each cube; a cube's lines count as one section."""
    return [
        pool([
            count_matches(
                answer_section(model, family, np.asarray(cube.seismic, np.float32), line),
                cube.labels[line] == FAULT, cube.labels[line] == UNRESOLVED, tolerance=WITHIN["synthetic"],
            )
            for line in LINES_OF_A_CUBE
        ])
        for cube in cubes
    ]  # fmt: skip


def _count_field(model: Any, family: Family, evidence: Evidence) -> Counts:
    line = len(evidence.seismic) // 2
    answer = answer_section(model, family, evidence.seismic, line)
    return count_matches(answer, evidence.fault[line], evidence.ignore[line], tolerance=WITHIN["field"])
