"""Which array of a store is the survey, what its dimensions are, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.library import damaged, part_file, parts_of
from odfault.errors import OdfaultError
from odfault.survey import Lines

INLINES = ("inline", "iline", "il", "inlines")
CROSSLINES = ("crossline", "xline", "xl", "crosslines", "cdp", "trace")
VERTICALS = ("time", "twt", "depth", "sample", "samples", "z")
VOLUMES = ("fault_probability", "amplitude", "seismic", "data")
"""Names that are chosen where a store holds several volumes."""
MASK = "trace_mask"
_MEND = "name the dimensions inline, crossline and time or depth, as xarray's rename does"


@dataclass(frozen=True)
class Volume:
    """The array that holds the samples.

    Attributes
    ----------
    array
        As it lies in the store.
    axes : tuple of int
        Which of its axes are inlines, crosslines and samples; -1 for a line's missing one.
    names : tuple of str
        Of these axes.
    """

    array: Any
    axes: tuple[int, int, int]
    names: tuple[str, str, str]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines, samples."""
        i, x, z = (1 if axis < 0 else int(self.array.shape[axis]) for axis in self.axes)
        return i, x, z

    def read(self, box: Sequence[slice]) -> NDArray[Any]:
        """Read a box, (inlines, crosslines, samples), in the array's own type."""
        held = [axis for axis in self.axes if axis >= 0]
        cut = [slice(None)] * len(held)
        for part, axis in zip(box, self.axes, strict=True):
            if axis >= 0:
                cut[axis] = part
        values = np.transpose(np.asarray(self.array[tuple(cut)]), held)
        return values if len(held) == len(self.axes) else values[None]


def find_volume(path: Path, root: Any) -> Volume:
    """Find the array of samples in a store.

    Raises
    ------
    OdfaultError
        None is one, or several may be.
    """
    arrays = {name: array for name, array in root.arrays() if array.ndim in (2, 3)}
    found = {name: volume for name, array in arrays.items() if (volume := _as_volume(array))}
    if not found:
        unnamed = [name for name, array in arrays.items() if array.ndim == 3]
        if not unnamed:
            raise OdfaultError(f"{path} holds no volume", "write one of inlines, crosslines and samples")
        told = arrays[unnamed[0]].metadata.dimension_names or ("no names",)
        raise OdfaultError(f"{path}: {unnamed[0]} has dimensions {', '.join(map(str, told))}", _MEND)
    words = root.attrs.get("attributes")
    first = words.get("defaultVariableName") if isinstance(words, dict) else None
    name = next(name for name in (first, *VOLUMES, *found) if name in found)
    if len(found) > 1 and name not in (first, *VOLUMES):
        raise OdfaultError(
            f"{path} holds several volumes ({', '.join(sorted(found))})", "name the one to read amplitude"
        )
    kind = np.dtype(found[name].array.dtype)
    if kind.kind not in "fiu":
        raise OdfaultError(f"{path}: {name} holds {kind}, no samples", "write it as float32")
    return found[name]


def _as_volume(array: Any) -> Volume | None:
    """Take an array whose dimensions are known by name; a map has none of time."""
    names = [str(name).lower() for name in array.metadata.dimension_names or ()]
    axes = [
        next((n for n, name in enumerate(names) if name in known), -1)
        for known in (INLINES, CROSSLINES, VERTICALS)
    ]
    if len(names) != array.ndim or axes[2] < 0 or sum(axis >= 0 for axis in axes) < array.ndim:
        return None
    told = [str(array.metadata.dimension_names[axis]) if axis >= 0 else "" for axis in axes]
    return Volume(array, (axes[0], axes[1], axes[2]), (told[0], told[1], told[2]))


def read_lines(path: Path, root: Any, volume: Volume, which: int) -> Lines:
    """Read the line numbers along an axis, 0 or 1.

    Raises
    ------
    OdfaultError
        There are none, or they are no whole numbers that rise or fall.
    """
    name, size = volume.names[which], volume.shape[which]
    if volume.axes[which] < 0:
        return np.ones(1, np.int64)
    numbers = _coordinate(path, root, name, size)
    lines = np.rint(numbers).astype(np.int64)
    steps = np.diff(lines)
    if (lines != numbers).any() or not ((steps > 0).all() or (steps < 0).all()):
        raise OdfaultError(
            f"{path}: the numbers along {name} are not whole or neither rise nor fall",
            "sort and number the lines",
        )
    return lines


def read_depths(path: Path, root: Any, volume: Volume) -> tuple[float, float, str, str]:
    """Read what samples stand at: first and interval in ms (or the depth's unit), the unit, a remark.

    Raises
    ------
    OdfaultError
        There is nothing of it, or samples are not at regular steps.
    """
    name, size = volume.names[2], volume.shape[2]
    numbers = _coordinate(path, root, name, size)
    words = root[name].attrs
    unit = words.get("units") or _unit_of(words.get("unitsV1"))
    remark = "" if unit else f"No unit stands beside {name}; ms was assumed."
    unit = unit or "ms"
    if unit in ("s", "seconds", "second"):
        numbers, unit = numbers * 1000, "ms"
    steps = np.diff(numbers)
    step = float((numbers[-1] - numbers[0]) / (size - 1)) if size > 1 else 4.0
    if step <= 0 or (np.abs(steps - step) > 1e-3 * step).any():
        raise OdfaultError(f"{path}: samples along {name} are not at regular steps", "resample it")
    return float(numbers[0]), step, str(unit), remark


def _unit_of(words: Any) -> str | None:
    """Find the unit as MDIO tells it."""
    return str(next(iter(words.values()))) if isinstance(words, dict) and words else None


def _coordinate(path: Path, root: Any, name: str, size: int) -> NDArray[np.float64]:
    if name not in root:
        raise OdfaultError(
            f"{path} has no coordinate {name}", "add line numbers and times, as xarray's assign_coords does"
        )
    try:
        numbers = np.asarray(root[name][...], np.float64)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise damaged(path / name, error) from error
    if not part_file(path, root[name], (0,)).is_file():
        raise OdfaultError(f"{path} lacks the numbers of its coordinate {name}", "copy or export it again")
    if numbers.shape != (size,) or not np.isfinite(numbers).all():
        raise OdfaultError(f"{path}: the coordinate {name} does not fit its volume", "write it again")
    return numbers


def missing_parts(path: Path, volume: Volume, live: NDArray[np.bool_] | None) -> Iterator[Path]:
    """List the files of an array that are not there, of those in which there are live traces."""
    array, sides = volume.array, parts_of(volume.array)
    counts = [-(-size // side) for size, side in zip(array.shape, sides, strict=True)]
    for place in np.ndindex(*counts):
        file = part_file(path, array, place)
        if file.is_file():
            continue
        box = [slice(n * side, (n + 1) * side) for n, side in zip(place, sides, strict=True)]
        i, x, _ = (box[axis] if axis >= 0 else slice(None) for axis in volume.axes)
        if live is None or live[i, x].any():
            yield file
