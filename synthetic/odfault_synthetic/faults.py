"""Draws sets of faults: where they are, how they are shaped, how far they slipped."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import QhullError, Voronoi

from odfault_synthetic import strain
from odfault_synthetic.recipe import Range, Recipe

Size = tuple[float, float, float]
Table = NDArray[np.float32]
MOST = 72
"""No more faults than this in one cube."""
NEAREST = 9.0
"""Faults of one set keep this far from each other, in samples, where there is room."""


def log_even(rng: np.random.Generator, span: Range) -> float:
    """Draw evenly in the logarithm."""
    return float(np.exp(rng.uniform(math.log(span[0]), math.log(span[1]))))


@dataclasses.dataclass
class Fault:
    """One fault before it becomes a row; lengths in samples, angles in radians."""

    at: list[float]
    azimuth: float
    """Of its strike, from the inline axis towards the crossline axis; it dips to the left of it."""
    dip: float
    slip: float
    """Largest, along the surface; negative is reverse."""
    length: float
    """Half of it, along strike."""
    height: float
    """Half of it, down the dip."""
    rake: float = math.pi / 2
    listric: float = 0.0
    steepens: float = 0.9
    """Share of its run per sample down that a listric fault loses upwards, at most."""
    wave: tuple[float, float] = (0.0, 80.0)
    ramp: tuple[float, float] = (0.0, 80.0)
    phases: tuple[float, float] = (0.0, 0.0)
    reach: float = 100.0
    hanging: float = 0.6
    drag: tuple[float, float] = (0.0, 5.0)
    growth: tuple[float, float] = (-1e6, 1.0)
    """Depth from its centre where its throw begins, and by what share it grows with every sample down."""
    damage: tuple[float, float] = (0.0, 3.0)
    episode: int = 0
    slot: int = -1
    master: int = -1
    side: int = 0

    def row(self) -> Table:
        """Give the row of the strain kernel's table."""
        cot = 1 / math.tan(self.dip)
        steepest = -0.5 * self.steepens * cot / self.listric if self.listric else -1e6
        run = cot * self.height + self.listric * self.height**2 + self.wave[0] + self.ramp[0]
        row = [*self.at, math.cos(self.azimuth), math.sin(self.azimuth), cot, self.listric, steepest]
        row += [
            self.wave[0],
            1 / self.wave[1],
            self.phases[0],
            self.ramp[0],
            1 / self.ramp[1],
            self.phases[1],
        ]
        row += [self.length, self.height, self.slip, math.sin(self.rake), math.cos(self.rake)]
        row += [self.reach, self.hanging, *self.drag, *self.growth, *self.damage]
        row += [run + self.reach * (1 + cot), self.episode, self.slot, self.master, self.side]
        return np.array(row, np.float32)


def draw_faults(recipe: Recipe, size: Size, episodes: int, rng: np.random.Generator) -> Table:
    """Draw one set of faults, youngest first.

    size     : extent of the cube along x, y and depth, in samples
    episodes : one more than there are unconformities, which cut the faults that are older
    """
    kind = str(rng.choice(recipe.sets))
    count = int(rng.integers(recipe.faults[0], recipe.faults[1] + 1))
    count = round(count * math.sqrt(max(1.0, max(size[:2]) / (1.5 * size[2]))))
    faults = list(_KINDS[kind](recipe, size, count, rng))[:MOST]
    if size[0] < 2:
        _face_the_section(faults, rng)
    main = int(rng.integers(episodes))
    for fault in faults:
        if fault.master < 0:
            fault.episode = main if rng.random() < 0.8 else int(rng.integers(episodes))
    for fault in faults:
        if fault.master >= 0:
            fault.episode = next(master.episode for master in faults if master.slot == fault.master)
    faults.sort(key=lambda fault: fault.episode)
    rows = [fault.row() for fault in faults]
    return np.array(rows, np.float32).reshape(len(rows), len(strain.FAULT_COLUMNS))


def _face_the_section(faults: list[Fault], rng: np.random.Generator) -> None:
    """Turn strikes towards the normal of a 2-D section, as lines are shot; it passes off their centres."""
    for fault in faults:
        half_turns = round(fault.azimuth / math.pi)
        fault.azimuth = half_turns * math.pi + 0.6 * (fault.azimuth - half_turns * math.pi)
        aside = float(rng.uniform(-0.7, 0.7)) * fault.length
        fault.at[0] += aside * math.cos(fault.azimuth)
        fault.at[1] += aside * math.sin(fault.azimuth)


def draw_fault(recipe: Recipe, size: Size, rng: np.random.Generator, *, azimuth: float, dip: float) -> Fault:
    """Draw one fault whose length grows with its slip (Schlische et al., 1996: slip is .005 to .1 of it).

    dip : degrees
    """
    steep = math.radians(float(np.clip(dip, *recipe.dip)))
    slip = log_even(rng, recipe.throw) / math.sin(steep)
    length = float(np.clip(slip / log_even(rng, (0.03, 0.25)), 25, 400))
    oblique = rng.random() < recipe.oblique
    wave, ramp = (float(rng.uniform(*recipe.undulation)) if rng.random() < 0.6 else 0.0 for _ in range(2))
    fault = Fault(
        at=_anywhere(size, rng),
        azimuth=azimuth,
        dip=steep,
        slip=-slip if rng.random() < recipe.reverse else slip,
        length=length,
        height=max(length / float(rng.uniform(0.7, 2.2)), 25.0),
        rake=math.radians(float(rng.uniform(20, 160) if oblique else rng.normal(90, 8))),
        listric=float(rng.uniform(0.0005, 0.004)) if rng.random() < recipe.listric else 0.0,
        wave=(wave, float(rng.uniform(40, 160))),
        ramp=(0.5 * ramp, float(rng.uniform(50, 160))),
        phases=(float(rng.random()), float(rng.random())),
        reach=length * float(rng.uniform(0.6, 1.5)),
        hanging=float(rng.uniform(0.5, 1.0)),
    )
    if rng.random() < recipe.drag:
        fault.drag = (float(rng.uniform(0.1, 0.5)), float(rng.uniform(2, 8)))
    if rng.random() < recipe.growing:
        _grow(fault, size, rng)
    if rng.random() < recipe.damage:
        fault.damage = (float(rng.uniform(0.2, 0.9)), float(rng.uniform(1, 4)))
    return fault


def _anywhere(size: Size, rng: np.random.Generator) -> list[float]:
    return [float(rng.uniform(-0.05, 1.05) * n) for n in size]


def _grow(fault: Fault, size: Size, rng: np.random.Generator) -> None:
    top = float(rng.uniform(-0.1, 0.4)) * size[2] - fault.at[2]
    fault.growth = (top, 1 / (float(rng.uniform(0.2, 0.7)) * size[2]))


def _around(rng: np.random.Generator, azimuth: float, degrees: float) -> float:
    return azimuth + math.radians(float(rng.normal(0, degrees)))


def _row_of(size: Size, azimuth: float, count: int, rng: np.random.Generator) -> Iterator[list[float]]:
    """Centres in steps across the strike, from one side of the cube to the other."""
    normal = np.array([-math.sin(azimuth), math.cos(azimuth)])
    half = float(np.abs(normal) @ np.array(size[:2])) / 2
    middle = np.array(size[:2]) / 2
    for n in range(count):
        place = ((n + 0.5 + rng.normal(0, 0.12)) / count * 2 - 1) * half
        along = rng.uniform(-0.4, 0.4) * max(size[:2]) * np.array([normal[1], -normal[0]])
        yield [*(middle + place * normal + along), float(rng.uniform(0.2, 0.8) * size[2])]


def _parallel(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    """Faults of one strike and dip, no two of them so near each other that no one could tell them apart."""
    azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(*recipe.dip)
    taken: list[float] = []
    for _ in range(count):
        fault = draw_fault(recipe, size, rng, azimuth=_around(rng, azimuth, 8), dip=dip + rng.normal(0, 6))
        for _ in range(6):
            if all(abs(_abreast(fault, azimuth, size) - other) >= NEAREST for other in taken):
                break
            fault.at = _anywhere(size, rng)
        taken.append(_abreast(fault, azimuth, size))
        yield fault


def _abreast(fault: Fault, azimuth: float, size: Size) -> float:
    """Where a fault's plane crosses the cube's middle depth, measured across a strike."""
    across = fault.at[1] * math.cos(azimuth) - fault.at[0] * math.sin(azimuth)
    return across + (size[2] / 2 - fault.at[2]) / math.tan(fault.dip)


def _conjugate(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    for fault in _parallel(recipe, size, count, rng):
        fault.azimuth += math.pi * int(rng.integers(2))
        yield fault


def _horst_graben(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(*recipe.dip)
    first, run = int(rng.integers(2)), int(rng.integers(1, 4))
    for n, place in enumerate(_row_of(size, azimuth, max(1, min(count, 9)), rng)):
        turned = math.pi * ((n // run + first) % 2)
        strike, steep = _around(rng, azimuth + turned, 5), dip + rng.normal(0, 4)
        fault = draw_fault(recipe, size, rng, azimuth=strike, dip=steep)
        fault.at, fault.slip, fault.length = place, abs(fault.slip), max(fault.length, 0.6 * max(size[:2]))
        fault.reach = fault.length
        yield fault


def _relay(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(*recipe.dip)
    across, along = rng.uniform(6, 30), rng.uniform(1.2, 1.9)
    fault = draw_fault(recipe, size, rng, azimuth=azimuth, dip=dip)
    for n in range(count):
        if n % 3 == 0:
            fault = draw_fault(recipe, size, rng, azimuth=_around(rng, azimuth, 5), dip=dip)
            fault.length = min(fault.length, 0.3 * max(size[:2]))
            before = along * fault.length
            fault.at[0] -= before * math.cos(fault.azimuth)
            fault.at[1] -= before * math.sin(fault.azimuth)
            yield fault
            continue
        x, y = math.cos(fault.azimuth), math.sin(fault.azimuth)
        step, aside = along * fault.length, across * (1 if rng.random() < 0.8 else -1)
        place = [fault.at[0] + step * x - aside * y, fault.at[1] + step * y + aside * x, fault.at[2]]
        fault = dataclasses.replace(fault, at=place, phases=(float(rng.random()), float(rng.random())))
        fault.slip *= float(rng.uniform(0.6, 1.2))
        yield fault


def _branching(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    masters = max(1, count // 4)
    trunks = list(_parallel(recipe, size, masters, rng))
    for slot, trunk in enumerate(trunks):
        trunk.slot, trunk.at = slot, [float(rng.uniform(0.2, 0.8) * n) for n in size]
        trunk.length, trunk.height = max(trunk.length, 80.0), max(trunk.height, 70.0)
        trunk.reach = trunk.length
        yield trunk
    for n in range(count - masters):
        trunk = trunks[n % masters]
        splay = 1 if rng.random() < 0.6 else -1
        azimuth = trunk.azimuth + (0 if splay > 0 else math.pi) + math.radians(rng.uniform(-40, 40))
        branch = draw_fault(
            recipe, size, rng, azimuth=azimuth, dip=math.degrees(trunk.dip) + rng.normal(5, 8)
        )
        shift = rng.uniform(-0.8, 0.8) * trunk.length
        out = float(rng.uniform(5, 45))
        x, y = math.cos(trunk.azimuth), math.sin(trunk.azimuth)
        up = trunk.at[2] + float(rng.uniform(-0.6, 0.4)) * trunk.height
        branch.at = [trunk.at[0] + shift * x - out * y, trunk.at[1] + shift * y + out * x, up]
        branch.slip = math.copysign(min(abs(branch.slip), 0.7 * abs(trunk.slip)), branch.slip)
        branch.master, branch.side = trunk.slot, 1 if rng.random() < 0.85 else -1
        yield branch


def _crossing(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    younger = max(1, count // 2)
    turn = math.radians(rng.uniform(40, 110))
    first = list(_parallel(recipe, size, younger, rng))
    yield from first
    for fault in _parallel(recipe, size, count - younger, rng):
        fault.azimuth = _around(rng, first[0].azimuth + turn, 8)
        yield fault


def _polygonal(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    """Small normal faults on the edges of cells, in one tier (Cartwright and Lonergan, 1996)."""
    tier, thick = rng.uniform(0.25, 0.75) * size[2], rng.uniform(14, 32)
    cell = max(rng.uniform(18, 50), math.sqrt((size[0] + 40) * (size[1] + 40) / 25))
    seeds = rng.uniform(-cell, 1, (max(6, int((size[0] + 2 * cell) * (size[1] + 2 * cell) / cell**2)), 2))
    seeds = -cell + rng.random(seeds.shape) * (np.array(size[:2]) + 2 * cell)
    try:
        cells = Voronoi(seeds)
    except QhullError:
        return
    for one, two in cells.ridge_vertices:
        if min(one, two) < 0:
            continue
        a, b = cells.vertices[one], cells.vertices[two]
        length = float(np.hypot(*(b - a)))
        middle = (a + b) / 2
        if length < 8 or (middle < -20).any() or (middle > np.array(size[:2]) + 20).any():
            continue
        azimuth = math.atan2(*(b - a)[::-1]) + math.pi * int(rng.integers(2))
        fault = draw_fault(recipe, size, rng, azimuth=azimuth, dip=rng.uniform(45, 70))
        fault.at = [float(middle[0]), float(middle[1]), float(tier + rng.normal(0, 3))]
        fault.length, fault.height = 0.7 * length, float(thick * rng.uniform(0.8, 1.3))
        fault.slip = min(abs(fault.slip), float(rng.uniform(2, 10)))
        fault.reach, fault.listric, fault.growth = min(0.8 * cell, 30.0), 0.0, (-1e6, 1.0)
        yield fault


def _thrust(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    """Imbricates: reverse faults of one vergence that flatten into a common detachment below."""
    azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(26, 46)
    deep, listric = float(rng.uniform(0.4, 0.75)) * size[2], float(rng.uniform(0.001, 0.008))
    for place in _row_of(size, azimuth, max(1, min(count, 6)), rng):
        fault = draw_fault(recipe, size, rng, azimuth=_around(rng, azimuth, 3), dip=dip)
        fault.dip = math.radians(float(np.clip(dip + rng.normal(0, 2.5), 22, 50)))
        fault.at = [*place[:2], deep + float(rng.normal(0, 0.03)) * size[2]]
        fault.slip = -abs(fault.slip) * float(rng.uniform(1.0, 1.6))
        fault.listric, fault.steepens, fault.hanging = listric, 0.4, float(rng.uniform(0.7, 1.0))
        fault.length = max(fault.length, 0.6 * max(size[:2]))
        fault.height, fault.reach = max(fault.height, 60.0), float(rng.uniform(40, 120))
        fault.drag = (float(rng.uniform(0.1, 0.5)), float(rng.uniform(3, 10)))
        yield fault


def _growth(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    """Listric growth faults with roll-over and the small antithetic faults that it breaks into."""
    azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(50, 70)
    large = max(1, min(count // 3, 4))
    for place in _row_of(size, azimuth, large, rng):
        fault = draw_fault(recipe, size, rng, azimuth=_around(rng, azimuth, 6), dip=dip)
        fault.at, fault.slip = place, abs(fault.slip) + 6
        fault.listric, fault.hanging = float(rng.uniform(0.002, 0.007)), float(rng.uniform(0.85, 1.0))
        fault.length, fault.height = max(fault.length, 100.0), max(fault.height, 110.0)
        fault.reach = float(rng.uniform(60, 160))
        _grow(fault, size, rng)
        yield fault
    for fault in _parallel(recipe, size, count - large, rng):
        fault.azimuth = _around(rng, azimuth + math.pi * int(rng.random() < 0.7), 10)
        fault.slip *= 0.5
        yield fault


def _random(recipe: Recipe, size: Size, count: int, rng: np.random.Generator) -> Iterator[Fault]:
    for _ in range(count):
        azimuth, dip = rng.uniform(0, 2 * math.pi), rng.uniform(*recipe.dip)
        yield draw_fault(recipe, size, rng, azimuth=azimuth, dip=dip)


_KINDS: dict[str, Callable[[Recipe, Size, int, np.random.Generator], Iterator[Fault]]] = {
    "parallel": _parallel,
    "conjugate": _conjugate,
    "horst-graben": _horst_graben,
    "relay": _relay,
    "branching": _branching,
    "crossing": _crossing,
    "polygonal": _polygonal,
    "thrust": _thrust,
    "growth": _growth,
    "random": _random,
}
