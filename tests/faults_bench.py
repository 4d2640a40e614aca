"""Measures `odfault faults` on cubes whose faults are known one by one.

    python tests/faults_bench.py --recipe rift --seed 5002                # from true labels, blurred
    python tests/faults_bench.py --recipe rift --seed 5002 --ask fault3d  # from what a network answers
    python tests/faults_bench.py --recipe rift --seed 5002 --ask fault3d fault3d@0.75 fault2d  # the largest

A fault counts when at least ``LEAST`` of its samples can be seen in the cube (label 1); it is *resolvable*
when as many of them throw a quarter of the wavelength or more, half of the dominant period in two-way time
(Rayleigh's limit, as in Widess, 1973). It is *found* when at most two surfaces, each nearer to it than to any
other fault at more samples than to another, cover half of it or more. *Marked* are those that the
probability's crests cover by half: no more could be found in it. A surface is *false* when less than half of
its samples lie near any labelled fault, resolvable or not. Near is within ``NEAR`` samples. Dip and strike
are those of a found fault's largest surface, against the plane through the labelled samples that it covers
and, in brackets, against the mean of what the generator tells there, which is of the ground before younger
faults and folds moved it. The grid stands for metres, its inlines point north.

The generator draws relays and splays as faults of their own, though some go on in one another. With
``--linked`` those count as one that come within ``NEAR`` of each other, run the same way (``SAME`` degrees)
and lie, both to nine tenths, within ``NEAR`` of one smooth surface (a quadric): nobody could part them.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

import odfault
from odfault.card import find_weights, read_card
from odfault.ground import Map
from odfault.surfaces.cleaning import SURE, clean
from odfault.surfaces.joining import join, members
from odfault.surfaces.measures import Depths, measure_faults
from odfault.surfaces.options import SMALLEST
from odfault.surfaces.patches import find_patches
from odfault.surfaces.ridges import find_ridges
from odfault_synthetic import cube as cubes
from odfault_synthetic import strain
from odfault_synthetic.geology import draw_geology
from odfault_synthetic.ground import lay_ground
from odfault_synthetic.imaging import draw_imaging
from odfault_synthetic.labels import BACKGROUND, FAULT
from odfault_synthetic.recipe import read_recipe

LEAST, NEAR, SAME, SPECK = 300, 2.5, 10.0, 30
NORTH = Map(np.zeros(2), np.array([0.0, 1.0]), np.array([1.0, 0.0]), None, 1.0, True)


def draw_parts(recipe, number):
    """Draw the geology and the imaging of a cube as ``draw_cube`` does."""
    rng = np.random.default_rng([recipe.seed, number])
    shape = cubes.widen(recipe.shape)
    geology = draw_geology(recipe, shape, rng)
    return geology, draw_imaging(recipe, shape, geology.spacing, rng)


def draw_known(recipe, number):
    """Draw a cube as ``draw_cube`` does; tell which fault each labelled sample belongs to, -1 for none."""
    cube = cubes.draw_cube(recipe, number)
    shape = cubes.widen(recipe.shape)
    geology, imaging = draw_parts(recipe, number)
    resolve = cubes.resolved_throw(imaging.peak, cubes.LEAST)
    owner, best = np.full(recipe.shape, -1), np.full(recipe.shape, np.inf)
    for one in range(len(geology.faults)):
        faults = geology.faults.copy()
        others = np.arange(len(faults)) != one
        faults[others, strain.DRAG], faults[others, strain.DRAG_WIDTH] = 1.0, 1e-3  # they slip unlabelled
        alone = lay_ground(dataclasses.replace(geology, faults=faults), shape, resolve)
        labels, throw, dip, strike = (
            cubes.cut(part, recipe.shape) for part in (alone.labels, alone.throw, alone.dip, alone.strike)
        )
        turn = np.abs((strike - cube.strike + 180) % 360 - 180)
        unlike = np.abs(throw - cube.throw) + np.abs(dip - cube.dip) + turn
        mine = (labels != BACKGROUND) & (cube.labels != BACKGROUND) & (unlike < best) & (unlike < 1)
        owner[mine], best[mine] = one, unlike[mine]
    return cube, owner


def link(owner):
    """Give one name to faults that go on in one another; see above."""
    linked = owner.copy()
    names, sizes = np.unique(owner[owner >= 0], return_counts=True)
    for one in names[sizes >= SPECK]:
        while True:
            mine = np.argwhere(linked == one)
            others = [name for name in names[sizes >= SPECK] if name != one and (linked == name).any()]
            if not len(mine) or not (same := [name for name in others if _are_one(mine, linked, name)]):
                break
            linked[linked == same[0]] = one
    return linked


def _are_one(mine, linked, name):
    theirs = np.argwhere(linked == name)
    if (mine.min(axis=0) > theirs.max(axis=0) + NEAR).any() or (
        theirs.min(axis=0) > mine.max(axis=0) + NEAR
    ).any():
        return False
    if not np.isfinite(cKDTree(mine).query(theirs, distance_upper_bound=NEAR)[0]).any():
        return False
    planes = [np.linalg.eigh(np.cov(places.T))[1][:, 0] for places in (mine, theirs)]
    if abs(planes[0] @ planes[1]) < np.cos(np.radians(SAME)):
        return False
    places = np.concatenate([mine, theirs]).astype(float)
    aside = places - places.mean(axis=0)
    height, u, v = (aside @ np.linalg.eigh(aside.T @ aside)[1]).T
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], axis=1)
    # as large a say for the smaller
    say = np.repeat([len(mine) ** -0.5, len(theirs) ** -0.5], [len(mine), len(theirs)])
    fit = np.linalg.lstsq(terms * say[:, None], height * say, rcond=None)[0]
    near = np.abs(height - terms @ fit) <= NEAR
    return min(near[: len(mine)].mean(), near[len(mine) :].mean()) >= 0.9


def blur(labels):
    """Give the probability of a perfect network that sees softly."""
    return np.minimum(gaussian_filter((labels == FAULT).astype(np.float32), 1.0) / 0.4, 1)


def find(probability, *, threshold=0.5, smallest=SMALLEST, sure=0.0):
    """Find the faults of a cube as the command does."""
    ridges = find_ridges(lambda some: probability[some], probability.shape, threshold=threshold)
    surfaces = clean(ridges, join(ridges, find_patches(ridges), smallest=smallest), sure=sure)
    lines = tuple(np.arange(size) for size in probability.shape[:2])
    return ridges, surfaces, measure_faults(ridges, surfaces, NORTH, Depths(0, 1, depth=True), lines=lines)


def judge(ridges, surfaces, faults, cube, owner, *, quarter=np.inf):
    """Count what was found of a cube's faults; list how far dips and strikes are off, in degrees.

    quarter : throw, in samples, of a quarter of the wavelength
    """
    tally, off = Counter(surfaces=len(faults)), []
    known = np.argwhere(owner >= 0)
    names = owner[tuple(known.T)]
    near = _owners(ridges.places, known, names)
    of_fault = {}
    for number, some in enumerate(members(surfaces), 1):
        right = near[some][near[some] >= 0]
        if 2 * len(right) < len(some):
            tally["false"] += 1
            continue
        owned = Counter(right.tolist()).most_common(1)[0]
        tally["points"], tally["pure"] = tally["points"] + len(right), tally["pure"] + owned[1]
        of_fault.setdefault(owned[0], []).append(number)
    seen = cube.labels[tuple(known.T)] == FAULT
    large = seen & (cube.throw[tuple(known.T)] >= quarter)
    for name in np.unique(names[seen]):
        samples = known[seen & (names == name)]
        if len(samples) < LEAST:
            continue
        resolvable = int((large & (names == name)).sum() >= LEAST)
        tally["true"] += 1
        tally["resolvable"] += resolvable
        tally["marked"] += _covers(ridges.places[near == name], samples).mean() >= 0.5
        parts = [(_covers(ridges.places[surfaces == n], samples), n) for n in of_fault.get(name, [])]
        parts.sort(key=lambda part: -part[0].sum())
        if parts and np.any([covered for covered, _ in parts[:2]], axis=0).mean() >= 0.5:
            tally["found"] += 1
            tally["resolved"] += resolvable
            tally["as one"] += parts[0][0].mean() >= 0.5
            off.append(_off(faults[parts[0][1] - 1], cube, samples[parts[0][0]]))
    return tally, off


def _owners(places, known, names):
    """Tell the fault that is nearest to each place, -1 where none is near."""
    if not len(known) or not len(places):
        return np.full(len(places), -1)
    far, which = cKDTree(known).query(places, distance_upper_bound=NEAR)
    return np.where(np.isfinite(far), names[np.minimum(which, len(names) - 1)], -1)


def _covers(places, samples):
    if not len(places):
        return np.zeros(len(samples), bool)
    return np.isfinite(cKDTree(places).query(samples, distance_upper_bound=NEAR)[0])


def _off(fault, cube, samples):
    """Tell by how much dip and strike are off: against the samples' plane, and against what is told there."""
    dips, strikes = (np.radians(part[tuple(samples.T)].astype(float)) for part in (cube.dip, cube.strike))
    up = [np.sin(dips) * np.cos(strikes), -np.sin(dips) * np.sin(strikes), np.cos(dips)]  # east, north, up
    normals = np.stack(up, axis=1)
    aside = (samples - samples.mean(axis=0)) @ np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1.0]])
    planes = np.linalg.eigh(aside.T @ aside)[1][:, 0], np.linalg.eigh(normals.T @ normals)[1][:, 2]
    return [angle for plane in planes for angle in _apart(fault, plane)]


def _apart(fault, plane):
    """Tell by how much dip and strike are off; a dip to the wrong side counts as over the vertical."""
    east, north, height = plane * (1 if plane[2] >= 0 else -1)
    dip, strike = np.degrees(np.arccos(height)), np.degrees(np.arctan2(east, north)) - 90
    turn = (fault.strike_deg - strike + 180) % 360 - 180
    if abs(turn) > 90:
        return 180 - fault.dip_deg - dip, (turn + 90) % 180 - 90
    return fault.dip_deg - dip, turn


def ask(seismic, views):
    """Give the probability of a network, or of several views the largest.

    views : names of networks as they look by themselves, or at one scale: fault3d, fault3d@0.75
    """
    answers = []
    for view in views:
        name, _, scale = view.partition("@")
        words = {"model": name, **({"scale": float(scale), "average": "none"} if scale else {})}
        if read_card(find_weights(name)).architecture.dimensions == 3:
            answers.append(odfault.predict(seismic, **words))
            continue
        for axis in (0, 1):
            sections = [odfault.predict(section, **words) for section in np.moveaxis(seismic, axis, 0).copy()]
            answers.append(np.stack(sections, axis))
    return np.maximum.reduce(answers)


def read_known(recipe, number, folder):
    """Draw a cube, or read what was drawn before."""
    path = folder and folder / f"{recipe.seed}_{number}.npz"
    if path and path.exists():
        with np.load(path) as file:
            return cubes.Cube(*(file[field.name] for field in dataclasses.fields(cubes.Cube))), file["owner"]
    cube, owner = draw_known(recipe, number)
    if path:
        np.savez(path, owner=owner, **dataclasses.asdict(cube))
    return cube, owner


def tell(name, tally, off):
    """Say a tally in one line."""
    true, surfaces = max(1, tally["true"]), max(1, tally["surfaces"])
    line = f"{name:8} {tally['true']:5} {tally['marked']:7} {tally['found']:6} {tally['as one']:7}"
    line += f" {tally['surfaces']:9} {tally['false']:6}  found {tally['found'] / true:4.0%}"
    line += f" of the marked {tally['found'] / max(1, tally['marked']):4.0%}"
    line += f", {tally['resolved'] / max(1, tally['resolvable']):4.0%} of {tally['resolvable']} resolvable"
    line += f", false {tally['false'] / surfaces:4.0%}, pure {tally['pure'] / max(1, tally['points']):.3f}"
    if len(off):
        wrong = np.abs(np.array(off))
        good, middle = (wrong <= 5).mean(axis=0), np.median(wrong, axis=0)
        line += f"; within 5 degrees dip {good[0]:.0%} ({good[2]:.0%}), strike {good[1]:.0%} ({good[3]:.0%})"
        line += f", medians {middle[0]:.1f} ({middle[2]:.1f}), {middle[1]:.1f} ({middle[3]:.1f})"
    return line


def main():
    """Measure, and print a line for each cube and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="rift")
    parser.add_argument("--seed", type=int, default=5002)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument(
        "--ask",
        nargs="+",
        metavar="VIEW",
        help="networks, those of sections along both lines, or NAME@SCALE; the largest counts "
        "(else the true labels are blurred)",
    )
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--smallest", type=int, default=SMALLEST)
    parser.add_argument("--sure", type=float, help="default as the command's; 0 without a network")
    parser.add_argument("--linked", action="store_true", help="segments that nobody could part count as one")
    parser.add_argument("--folder", type=Path, help="where drawn cubes are kept for the next time")
    options = parser.parse_args()
    recipe = dataclasses.replace(read_recipe(options.recipe), seed=options.seed)
    total, all_off = Counter(), []
    print(f"{'cube':8} {'true':>5} {'marked':>7} {'found':>6} {'as one':>7} {'surfaces':>9} {'false':>6}")
    for number in range(options.count):
        cube, owner = read_known(recipe, number, options.folder)
        owner = link(owner) if options.linked else owner
        probability = ask(cube.seismic, options.ask) if options.ask else blur(cube.labels)
        sure = (SURE if options.ask else 0.0) if options.sure is None else options.sure
        found = find(probability, threshold=options.threshold, smallest=options.smallest, sure=sure)
        quarter = 0.5 / draw_parts(recipe, number)[1].peak
        tally, off = judge(*found, cube, owner, quarter=quarter)
        print(tell(str(number), tally, off), flush=True)
        total.update(tally)
        all_off += off
    print(tell("all", total, all_off))


if __name__ == "__main__":
    main()
