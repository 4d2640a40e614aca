"""A store that results are written into: checked first, filled box by box, named at the end."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault import __version__
from odfault.chunked.library import (
    consolidate,
    for_writing,
    load_zarr,
    open_root,
    part_file,
    sync,
    touched,
)
from odfault.chunked.mdio import as_mdio
from odfault.chunked.reading import MADE_BY
from odfault.errors import OdfaultError
from odfault.outputs import check_parent
from odfault.segy.refusal import disk_error
from odfault.survey import Survey

_OLD = ".old"


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
    check_parent(target)
    if out.is_file():
        raise OdfaultError(f"{out} is a file, no store", "choose another name, or delete it")
    if out.is_dir() and any(out.iterdir()) and not _is_ours(out):
        raise OdfaultError(f"{out} is another's folder or store", "choose another name, or delete it")


def _is_ours(path: Path) -> bool:
    try:
        return MADE_BY in open_root(path).attrs
    except OdfaultError:
        return False


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
