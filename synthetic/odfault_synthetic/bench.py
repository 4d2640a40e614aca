"""The benchmark: how many cubes and sections are drawn in a second."""

from __future__ import annotations

import cProfile
import dataclasses
import functools
import json
import os
import pstats
import statistics
import time
from collections.abc import Iterator

from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.stream import draw_ahead

CUBE, SECTION = (128, 128, 128), (1, 256, 256)
SECTIONS = 16
"""Sections drawn for each cube, which take about as long."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """What the benchmark found.

    Attributes
    ----------
    cubes_per_second : float
        Cubes of 128^3 as the recipe draws them; median of the repeats.
    crowded_cubes_per_second : float
        Cubes that each have every feature that the recipe gives to some; median.
    sections_per_second : float
        Sections of 256^2 as the recipe draws them; median.
    repeats : dict
        The figure of every repeat, by the names above.
    spread : dict
        Largest over smallest of them.
    processor_s : dict
        Seconds of one core that one cube or section takes; median. Less depends on who else is at work.
    count, sections : int
        Cubes and sections drawn for one figure.
    threads, cores : int
        That draw; that this process may use.
    shares : dict
        Share of the time of one cube by part.
    load : float, optional
        Processes that ran or wanted to in the minute before, where the system tells: were others at work?
    """

    recipe: str
    cubes_per_second: float
    crowded_cubes_per_second: float
    sections_per_second: float
    repeats: dict[str, list[float]]
    spread: dict[str, float]
    processor_s: dict[str, float]
    count: int
    sections: int
    threads: int
    cores: int
    shares: dict[str, float]
    load: float | None

    def json(self) -> str:
        """All figures as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    def table(self) -> str:
        """All figures as text."""
        lines = [f"recipe {self.recipe}, {self.threads} threads on {self.cores} cores, load {self.load}"]
        for name, what in (
            ("cubes_per_second", "cubes of 128 x 128 x 128 a second"),
            ("crowded_cubes_per_second", "of them, with every feature in each"),
            ("sections_per_second", "sections of 256 x 256 a second"),
        ):
            least, most = min(self.repeats[name]), max(self.repeats[name])
            cost = f"{self.processor_s[name]:.3f} s of a core each"
            lines.append(f"{getattr(self, name):8.2f}  {what}  ({least:.2f} to {most:.2f}; {cost})")
        parts = ", ".join(f"{name} {share:.0%}" for name, share in self.shares.items())
        return "\n".join([*lines, f"time of a cube: {parts}"])


def bench(
    name: str, recipe: Recipe, *, count: int = 8, repeat: int = 3, threads: int | None = None
) -> Figures:
    """Measure; kernels are compiled and loaded before.

    Parameters
    ----------
    name : str
        Of the recipe.
    recipe : Recipe
        What to draw, in other shapes.
    count : int
        Cubes of a repeat, and sixteenths of its sections.
    repeat : int
        Times that everything is measured, in turns.
    threads : int, optional
        As many as there are cores when left out.
    """
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    threads = threads or count_cores()
    jobs = {
        "cubes_per_second": (dataclasses.replace(recipe, shape=CUBE), count),
        "crowded_cubes_per_second": (crowd(dataclasses.replace(recipe, shape=CUBE)), count),
        "sections_per_second": (dataclasses.replace(recipe, shape=SECTION), SECTIONS * count),
    }
    _warm_up(recipe)
    repeats: dict[str, list[float]] = {job: [] for job in jobs}
    costs: dict[str, list[float]] = {job: [] for job in jobs}
    for _ in range(repeat):
        for job, (what, number) in jobs.items():
            rate, cost = _rate(what, number, threads)
            repeats[job].append(rate)
            costs[job].append(cost)
    return Figures(
        recipe=name,
        **{job: statistics.median(rates) for job, rates in repeats.items()},
        repeats=repeats,
        spread={job: max(rates) / min(rates) for job, rates in repeats.items()},
        processor_s={job: statistics.median(cost) for job, cost in costs.items()},
        count=count,
        sections=SECTIONS * count,
        threads=threads,
        cores=count_cores(),
        shares=_shares(jobs["cubes_per_second"][0], min(count, 4)),
        load=load,
    )


def count_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def crowd(recipe: Recipe) -> Recipe:
    """Give every cube all that the recipe gives to some."""
    shares = {
        field.name: 1.0
        for field in dataclasses.fields(recipe)
        if isinstance(field.default, float) and field.name != "unfaulted" and getattr(recipe, field.name) > 0
    }
    return dataclasses.replace(recipe, unfaulted=float(recipe.unfaulted == 1), **shares)  # type: ignore[arg-type]


def _warm_up(recipe: Recipe) -> None:
    for shape in ((16, 16, 32), (1, 32, 32)):
        for one in _kinds(dataclasses.replace(recipe, shape=shape)):
            draw_cube(one, 0)


def _kinds(recipe: Recipe) -> Iterator[Recipe]:
    """Give recipes that between them use every kernel."""
    crowded = crowd(recipe)
    for family in recipe.sets:
        yield dataclasses.replace(crowded, sets=(family,), unfaulted=0.0)


def _rate(recipe: Recipe, count: int, threads: int) -> tuple[float, float]:
    """Draw the same cubes, and nothing else: cubes a second, and seconds of a core for each."""
    began, busy = time.perf_counter(), time.process_time()
    cubes = draw_ahead(functools.partial(draw_cube, recipe), range(count), workers=threads, ahead=2 * threads)
    for _ in cubes:
        pass
    return count / (time.perf_counter() - began), (time.process_time() - busy) / count


def _shares(recipe: Recipe, count: int) -> dict[str, float]:
    """Tell which of the functions that ``draw_cube`` calls take how much of its time, on one thread."""
    profile = cProfile.Profile()
    profile.runcall(lambda: [draw_cube(recipe, number) for number in range(count)])
    spent: dict[str, float] = {}
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (_, _, name), (*_, callers) in stats.items():
        for (_, _, caller), (*_, seconds) in callers.items():
            if caller == draw_cube.__name__:
                spent[name] = spent.get(name, 0.0) + seconds
    whole = sum(spent.values())
    ordered = sorted(spent.items(), key=lambda item: -item[1])
    return {name: round(seconds / whole, 3) for name, seconds in ordered if seconds > whole / 100}
