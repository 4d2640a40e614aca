"""Fault sticks as text: points of a section, a stick each for those that belong together, drawn as lines."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError

Mask = NDArray[np.bool_]
COLUMNS = "write x, z and stick, or inline, crossline, z and stick; begin what is no point with #"


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where the traces and samples of a section stand.

    numbers    : (traces,)   numbers of the traces in the headers, rising or falling
    crossing   : whether those are inline numbers, so that the section itself is a crossline
    line       : number of the section itself; nothing when it is not known
    samples    : how many samples a trace has
    top        : z of the first sample, in the unit of z
    spacing    : z from a sample to the next
    """

    numbers: NDArray[np.int64]
    crossing: bool
    line: int | None
    samples: int
    top: float
    spacing: float


@dataclasses.dataclass(frozen=True)
class Point:
    """A point as it stands in a text: the number of its line there, one or two numbers of place, z, stick."""

    at: int
    place: tuple[float, ...]
    z: float
    stick: str


def read_sticks(path: Path) -> list[Point]:
    """Read the points of a text file: ``x z stick`` or ``inline crossline z stick`` in each line.

    Commas, semicolons and blanks part the columns; a line that begins with # is a comment.

    Raises
    ------
    OdfaultError
        If there is no such file, no point in it, or a line that is none.
    """
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError as error:
        raise OdfaultError(f"{path} cannot be read ({error.strerror})", "name another file") from error
    told = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    points = [_point(path, number, line) for number, line in told if line and not line.startswith("#")]
    if not points:
        raise OdfaultError(f"{path} holds no point of a fault", COLUMNS)
    if len({len(point.place) for point in points}) > 1:
        odd = next(point.at for point in points if len(point.place) != len(points[0].place))
        raise OdfaultError(f"{path}, line {odd} has other columns than those before", COLUMNS)
    return points


def _point(path: Path, number: int, line: str) -> Point:
    words = [word for word in re.split(r"[\s,;]+", line) if word]
    places = 1 if len(words) == 3 else 2
    try:
        numbers = [float(word) for word in words[: places + 1]]
        if len(words) < 3 or not all(map(math.isfinite, numbers)):
            raise ValueError(line)
    except ValueError as error:
        shown = line if len(line) <= 40 else f"{line[:40]}..."
        raise OdfaultError(f"{path}, line {number} is no point of a fault: {shown!r}", COLUMNS) from error
    return Point(number, tuple(numbers[:-1]), numbers[-1], words[places + 1])


def draw_sticks(path: Path, frame: Frame) -> Mask:
    """Draw the sticks of a text file as lines, one sample thin along the axis that crosses them most.

    Returns
    -------
    ndarray
        (traces, samples), True on a stick.

    Raises
    ------
    OdfaultError
        If a point is off the section or a stick has but one; and as ``read_sticks``.
    """
    points = read_sticks(path)
    traces = _traces(path, points, frame)
    samples = (np.array([point.z for point in points]) - frame.top) / frame.spacing
    outside = np.flatnonzero((samples < -0.5) | (samples > frame.samples - 0.5))
    if outside.size:
        point, last = points[outside[0]], frame.top + (frame.samples - 1) * frame.spacing
        problem = f"{path}, line {point.at}: z = {point.z:g} is off the section"
        raise OdfaultError(problem, f"give {frame.top:g} to {last:g}, in the file's own unit")
    mask = np.zeros((len(frame.numbers), frame.samples), bool)
    sticks: dict[str, list[int]] = {}
    for number, point in enumerate(points):
        sticks.setdefault(point.stick, []).append(number)
    for stick, members in sticks.items():
        if len(members) == 1:
            problem = f"{path}, line {points[members[0]].at}: stick {stick} has one point"
            raise OdfaultError(problem, "give it two at least; the last column names the stick")
        for one, two in pairwise(members):
            _draw(mask, (traces[one], samples[one]), (traces[two], samples[two]))
    return mask


def _draw(mask: Mask, start: Sequence[float], stop: Sequence[float]) -> None:
    """Draw a straight line, in place, one sample for each step of the axis along which it is longer."""
    along = int(abs(stop[1] - start[1]) >= abs(stop[0] - start[0]))
    low, high = sorted((start, stop), key=lambda end: end[along])
    steps = np.arange(round(low[along]), round(high[along]) + 1)
    across = np.interp(steps, [low[along], high[along]], [low[1 - along], high[1 - along]])
    places = [np.rint(across).astype(int), steps] if along else [steps, np.rint(across).astype(int)]
    mask[tuple(np.clip(place, 0, size - 1) for place, size in zip(places, mask.shape, strict=True))] = True


def _traces(path: Path, points: Sequence[Point], frame: Frame) -> NDArray[np.float64]:
    """Positions of the points along the section, from 0: by the headers' numbers or else by counting."""
    places = np.array([point.place for point in points])
    along = places[:, 0]
    if places.shape[1] == 2:
        column = _column(places, frame)
        along, across = places[:, column], places[:, 1 - column]
        line = across[0] if frame.line is None else frame.line
        if (off := np.flatnonzero(across != line)).size:
            point, name = points[off[0]], "crossline" if column == 0 else "inline"
            problem = f"{path}, line {point.at}: {name} {across[off[0]]:g} is not the section's"
            raise OdfaultError(problem, f"keep the points of {name} {line:g} only")
    count = np.arange(len(frame.numbers))
    for numbers in (frame.numbers.astype(float), count + 1.0):
        rising = numbers if numbers[-1] >= numbers[0] else numbers[::-1]
        half = 0.5 * (rising[-1] - rising[0]) / max(1, len(rising) - 1)
        outside = (along < rising[0] - half) | (along > rising[-1] + half)
        if not outside.any():
            return np.asarray(np.interp(along, rising, count if rising is numbers else count[::-1]))
    low, high = frame.numbers.min(), frame.numbers.max()
    outside = (along < low) | (along > high)
    point = points[int(np.argmax(outside))]
    problem = f"{path}, line {point.at}: trace {along[int(np.argmax(outside))]:g} is off the section"
    raise OdfaultError(problem, f"give numbers from {low} to {high}, or count traces from 1 to {len(count)}")


def _column(places: NDArray[np.float64], frame: Frame) -> int:
    """Which of inline and crossline number varies along the section."""
    if frame.line is not None:
        return 0 if frame.crossing else 1
    return int(np.ptp(places[:, 1]) >= np.ptp(places[:, 0]))
