"""A store laid down: line numbers, times, where traces are, headers, and no sample yet."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.chunked.library import make_array, make_root
from odfault.chunked.reading import MADE_BY, StoreSurvey
from odfault.chunked.recognise import MASK
from odfault.chunked.shapes import chunk_shape, shard_shape
from odfault.chunked.template import Template
from odfault.segy.map import read_coordinates
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey
from odfault.survey import Survey

_INT32 = 2**31


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
