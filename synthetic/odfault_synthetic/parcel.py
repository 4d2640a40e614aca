"""A survey in parcels: tiles of whole traces, the places in them, and the faults that each gets."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.segy.headers import HEADER_BYTES, word
from odfault.segy.survey import SegySurvey
from odfault.undefined import clear
from odfault_synthetic.confine import Place, Walls, choose_faults
from odfault_synthetic.cube import resolved_throw
from odfault_synthetic.cutting import LEAST, cut_faults
from odfault_synthetic.labels import UNRESOLVED
from odfault_synthetic.quiet import Quiet, dominant_frequency, find_quiet
from odfault_synthetic.recipe import Recipe

Volume = NDArray[np.float32]
Box = tuple[slice, slice]
MOST_SAMPLES = 12_000_000
"""Of a tile: some forty bytes each are in memory."""
WIDEST, LONGEST = 256, 1024
"""Traces of a tile of a volume along either axis, and of a line."""
DEEPEST = 448
"""Samples of a place; longer traces are several places above one another."""
SPEED_M_S = 2500.0
"""Of sound, where metres between traces are compared with samples of time."""
FOOT_M = 0.3048
USUAL = 5.0
"""Distance of traces in samples where the headers tell none."""


def cut_tiles(shape: tuple[int, int, int]) -> list[Box]:
    """Cut a survey into tiles of whole traces that a fault does not leave."""
    traces = MOST_SAMPLES // shape[2]
    widest = LONGEST if min(shape[:2]) == 1 else WIDEST
    one = min(shape[0], widest, max(LEAST[0], math.isqrt(traces)))
    two = min(shape[1], widest, max(LEAST[0], traces // one))
    one = min(shape[0], widest, max(LEAST[0], traces // two))
    return list(itertools.product(_split(shape[0], one), _split(shape[1], two)))


def _split(n: int, widest: int) -> list[slice]:
    edges = np.linspace(0, n, math.ceil(n / widest) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]


def walls_of(box: Box, shape: tuple[int, int, int]) -> Walls:
    """Where a tile meets another; a fault may run out of the survey itself, but not at its top or base."""
    one, two = ((part.start > 0, part.stop < n) for part, n in zip(box, shape[:2], strict=True))
    return one, two, (True, True)


class Cutter:
    """Cuts faults into tiles, and counts.

    recipe  : whose faults are drawn
    seed    : a tile's faults depend on it and on the tile's number
    spacing : distance of inlines and of crosslines in samples
    most    : most faults of all tiles, and how many tiles there are; or no limit
    model   : a network that is asked too where there may be faults, or none
    """

    def __init__(
        self,
        recipe: Recipe,
        seed: int,
        spacing: tuple[float, float],
        most: tuple[int, int] | None = None,
        model: str | Path | None = None,
    ) -> None:
        self.recipe, self.seed, self.spacing, self.most, self.model = recipe, seed, spacing, most, model
        self.faults, self.known, self.throws = 0, 0, list[float]()

    def cut(self, values: Volume, number: int, walls: Walls) -> tuple[Volume, Volume, bool]:
        """Cut faults into one tile, in places above one another.

        Parameters
        ----------
        values : ndarray
            (inlines, crosslines, samples)
        number : int
            Of the tile.
        walls : tuple
            Faces at which nothing may move any more.

        Returns
        -------
        values, labels : ndarray
            float32, of the same shape.
        changed : bool
            Whether anything was cut in.
        """
        line = values.shape[1] == 1 < values.shape[0]  # a line of inlines is a section all the same
        if line:
            values, walls = values.swapaxes(0, 1), (walls[1], walls[0], walls[2])
        spacing = (0.0 if values.shape[0] == 1 else self.spacing[0], self.spacing[0 if line else 1])
        labels = np.full(values.shape, UNRESOLVED, np.float32)
        values, changed = values.copy(), False
        if max(values.shape[:2]) >= LEAST[0]:
            quiet, rng = self._find_quiet(values), np.random.default_rng([self.seed, number])
            for piece in _split(values.shape[2], DEEPEST):
                known = _piece(quiet, values, piece)
                place = Place(known.where, spacing, resolved_throw(known.peak), walls)
                changed |= self._cut_piece(values[:, :, piece], labels[:, :, piece], known, place, rng)
        return (values.swapaxes(0, 1), labels.swapaxes(0, 1), changed) if line else (values, labels, changed)

    def _cut_piece(
        self, values: Volume, labels: Volume, quiet: Quiet, place: Place, rng: np.random.Generator
    ) -> bool:
        """Cut one set of faults into one place; both arrays are written in place."""
        faults = choose_faults(self.recipe, place, rng, most=self._allowed())
        cube = cut_faults(np.ascontiguousarray(values), faults, quiet, place.spacing)
        values[:], labels[:] = cube.seismic, cube.labels
        self.faults += len(faults)
        self.throws += [float(cube.throw.max())] if len(faults) else []
        self.known += int((cube.labels != UNRESOLVED).sum())
        return len(faults) > 0

    def _allowed(self) -> int | None:
        """How many faults a place may get: few each, so that they are all over the survey."""
        if self.most is None:
            return None
        return min(self.most[0] - self.faults, math.ceil(self.most[0] / self.most[1]))

    def _find_quiet(self, values: Volume) -> Quiet:
        if self.model is None:
            return find_quiet(values)
        import odfault

        return find_quiet(values, probability=odfault.predict(values, model=self.model))


def _piece(quiet: Quiet, values: Volume, piece: slice) -> Quiet:
    """Tell what is known of a place, by its own frequencies."""
    where = np.ascontiguousarray(quiet.where[:, :, piece])
    peak = dominant_frequency(clear(values[:, :, piece])) if where.any() else quiet.peak
    return dataclasses.replace(quiet, where=where, peak=peak)


def trace_spacing(survey: SegySurvey) -> tuple[float, float]:
    """Distance of inlines and of crosslines in samples, from the coordinates in the headers.

    Two-way time becomes metres at ``SPEED_M_S``. Where coordinates are missing or make no sense, traces are
    taken to be ``USUAL`` apart, and both axes alike where only one tells.
    """
    sample_m = SPEED_M_S * survey.interval_s / 2
    with survey.layout.path.open("rb") as file:
        feet = word(file.read(HEADER_BYTES), 3255, "H", big_endian=survey.layout.big_endian) == 2
    steps = [_step(survey, axis) * (FOOT_M if feet else 1.0) / sample_m for axis in (0, 1)]
    told = [step if 0.5 < step < 20 else 0.0 for step in steps]
    one, two = (step or max(told) or USUAL for step in told)
    return one, two


def _step(survey: SegySurvey, axis: int) -> float:
    """Give the median distance of neighbours along an axis, in the file's unit; 0 where it is not told."""
    index = survey.index if axis else survey.index.T
    lines = index[[len(index) // 2]]
    pairs = np.stack([lines[:, :-1].ravel(), lines[:, 1:].ravel()])
    pairs = pairs[:, (pairs >= 0).all(axis=0)][:, :200]
    if not pairs.size:
        return 0.0
    for words in ((181, 185), (73, 77)):
        told = survey.layout.scan([(71, 2), *((byte, 4) for byte in words)], pairs.ravel()).astype(float)
        scale = np.where(told[0] < 0, 1 / np.maximum(-told[0], 1), np.maximum(told[0], 1))
        at = (told[1:] * scale).reshape(2, 2, -1)
        step = float(np.median(np.hypot(*(at[:, 1] - at[:, 0]))))
        if step > 0:
            return step
    return 0.0
