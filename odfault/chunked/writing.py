"""A store that results are written into: laid down first, filled box by box, named at the end."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.chunked.library import (
    consolidate,
    for_writing,
    load_zarr,
    make_array,
    make_root,
    open_root,
    part_file,
    sync,
    touched,
)
from odfault.chunked.mdio import as_mdio
from odfault.chunked.reading import MADE_BY, StoreSurvey
from odfault.chunked.recognise import MASK
from odfault.chunked.shapes import chunk_shape, shard_shape
from odfault.chunked.template import Template
from odfault.errors import OdfaultError
from odfault.segy.map import read_coordinates
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey
from odfault.survey import Survey

_OLD = ".old"
_INT32 = 2**31


def check_store(source: Path, out: Path) -> None:
    """Refuse a store that would harm the input or what is another's, or that cannot be written.

    Raises
    ------
    OdfaultError
        It is the input or in it, a file, a folder of other things, another program's store, or has no folder.
    """
    load_zarr()
    target, origin = out.resolve(), source.resolve()
    if target == origin or origin in target.parents or target in origin.parents:
        raise OdfaultError(f"{out} is the input itself, or one is in the other", "choose another name")
    if not target.parent.is_dir():
        raise OdfaultError(f"the folder {target.parent} does not exist", "make it, or choose another")
    if out.is_file():
        raise OdfaultError(f"{out} is a file, no store", "choose another name, or delete it")
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise OdfaultError(f"{out} is another's folder or store", "choose another name, or delete it")


def _is_ours(path: Path) -> bool:
    try:
        return MADE_BY in open_root(path).attrs
    except OdfaultError:
        return False


def lay_down_store(
    survey: Survey,
    part: Path,
    *,
    rows: slice,
    columns: slice,
    name: str,
    dtype: Any = "f4",
    template: Template | None,
    depth: bool = False,
) -> None:
    """Create the store that samples will be written into: coordinates, mask, headers, and no sample yet.

    Parameters
    ----------
    survey : Survey
        The input.
    part : Path
        The store's folder; one of that name is gone.
    rows, columns : slice
        The lines to keep, positions in the survey.
    name, dtype
        Of the array of samples.
    template : Template, optional
        Of these lines, to be kept.
    depth : bool
        Samples are depths in metres.

    Raises
    ------
    OdfaultError
        The folder is missing, closed or full.
    """
    try:
        discard(part)
        root = make_root(part)
        root.attrs[MADE_BY] = {"version": __version__, "whole": False}
        _lay_axes(root, survey, rows, columns, depth)
        _lay_maps(root, survey, rows, columns)
        index = survey.index[rows, columns]
        vertical = _vertical(survey, depth)[0]
        shape = (*index.shape, survey.shape[2])
        kind = np.dtype(dtype)
        make_array(
            root, name, shape=shape, dtype=kind, names=("inline", "crossline", vertical),
            chunks=chunk_shape(shape), shards=shard_shape(shape), fill=np.nan if kind.kind == "f" else 0,
            words={"coordinates": " ".join(key for key in ("cdp_x", "cdp_y") if key in root)},
        )  # fmt: skip
        if template is not None:
            template.keep(root)
    except OSError as error:
        raise disk_error(part, error) from error


def discard(part: Path) -> None:
    """Throw an unfinished file or store away."""
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


def _vertical(survey: Survey, depth: bool) -> tuple[str, str]:
    """Name the axis of samples, and its unit."""
    unit = survey.depth_unit if isinstance(survey, StoreSurvey) else "ms"
    if depth or unit != "ms":
        return "depth", "m" if unit == "ms" else unit
    return "time", "ms"


def _lay_axes(root: Any, survey: Survey, rows: slice, columns: slice, depth: bool) -> None:
    """Write line numbers, and times or depths."""
    for name, numbers in (("inline", survey.inlines[rows]), ("crossline", survey.crosslines[columns])):
        small = np.abs(numbers).max() < _INT32
        _lay(
            root,
            name,
            numbers.astype(np.int32) if small else numbers,
            [name],
            {"long_name": f"{name} number"},
        )
    name, unit = _vertical(survey, depth)
    depths = np.round(survey.delay_ms + np.arange(survey.shape[2]) * (survey.interval_s * 1000), 6)
    told = "two-way time" if name == "time" else "depth"
    _lay(root, name, depths, [name], {"units": unit, "long_name": told, "axis": "Z"})


def _lay(
    root: Any, name: str, values: NDArray[Any], names: Sequence[str], words: dict[str, str], fill: Any = 0
) -> None:
    make_array(root, name, shape=values.shape, dtype=values.dtype, names=names, words=words, fill=fill)[
        ...
    ] = values


def _lay_maps(root: Any, survey: Survey, rows: slice, columns: slice) -> None:
    """Write where traces are, in the survey and on the map."""
    names, index = ("inline", "crossline"), survey.index[rows, columns]
    _lay(root, MASK, index >= 0, names, {"long_name": "there is a trace"}, False)
    for key, values, unit in _coordinates(survey, rows, columns):
        told = {"long_name": f"{key[-1].upper()} of the trace", **({"units": unit} if unit else {})}
        _lay(root, key, values, names, told, np.nan)


def _coordinates(survey: Survey, rows: slice, columns: slice) -> list[tuple[str, NDArray[np.float64], str]]:
    """Find X and Y of all traces, and their unit; none where the input tells none."""
    index = survey.index[rows, columns]
    if isinstance(survey, StoreSurvey):
        held = [key for key in ("cdp_x", "cdp_y") if key in survey.root]
        return [
            (key, survey.root[key][rows, columns], str(survey.root[key].attrs.get("units", "")))
            for key in held
            if survey.root[key].shape == survey.shape[:2]
        ]
    assert isinstance(survey, SegySurvey)
    traces = np.sort(index[index >= 0])
    points, _ = read_coordinates(survey, traces)
    if points is None:
        return []
    maps = np.full((2, *index.shape), np.nan)
    maps[:, index >= 0] = points[np.searchsorted(traces, index[index >= 0])].T
    return [("cdp_x", maps[0], ""), ("cdp_y", maps[1], "")]


class StoreWriter:
    """Writes boxes of samples into a store that `lay_down_store` made.

    Parameters
    ----------
    survey : Survey
        The input, which tells where traces are.
    part : Path
        The store.
    rows, columns : slice
        The lines that it holds, positions in the survey.
    name : str
        The array.
    """

    def __init__(self, survey: Survey, part: Path, *, rows: slice, columns: slice, name: str) -> None:
        self._index = survey.index
        self._part, self._rows, self._columns = part, rows, columns
        self._array = for_writing(open_root(part, "r+")[name])
        self._fresh: set[Path] = set()

    def write(self, inlines: slice, crosslines: slice, values: NDArray[Any]) -> None:
        """Write a box of whole traces, by positions in the survey; floats are NaN where there is no trace.

        Raises
        ------
        OdfaultError
            The disk fails or fills.
        """
        holes = self._index[inlines, crosslines] < 0
        if holes.any() and values.dtype.kind == "f":
            values = np.where(holes[..., None], np.asarray(np.nan, values.dtype), values)
        x = slice(inlines.start - self._rows.start, inlines.stop - self._rows.start)
        y = slice(crosslines.start - self._columns.start, crosslines.stop - self._columns.start)
        box = (x, y, slice(0, self._array.shape[2]))
        try:
            self._array[box] = values
        except OSError as error:
            raise disk_error(self._part, error) from error
        self._fresh |= {part_file(self._part, self._array, place) for place in touched(self._array, box)}

    def flush(self) -> None:
        """Make sure that all written so far outlives a crash of the machine."""
        try:
            sync(iter(self._fresh))
        except OSError as error:
            raise disk_error(self._part, error) from error
        self._fresh.clear()

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()


def finish_store(part: Path, out: Path, *, name: str, title: str, story: dict[str, Any]) -> None:
    """Say in the store what made it, and give it its name.

    Raises
    ------
    OdfaultError
        The disk fails or fills.
    """
    try:
        root = open_root(part, "r+")
        root.attrs.update({"title": title, "made_by": json.loads(json.dumps(story, default=str))})
        if out.suffix.lower() == ".mdio":
            as_mdio(root, name, datetime.datetime.now(datetime.UTC))
        root.attrs[MADE_BY] = {"version": __version__, "whole": True}
        consolidate(part)
        sync(iter([part / "zarr.json"]))
        old = out.with_name(out.name + _OLD)
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.replace(old)
        part.replace(out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise disk_error(out, error) from error
