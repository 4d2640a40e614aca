"""A chunked store as a survey: lines, holes, and boxes of samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.library import damaged, open_root, part_file, parts_of
from odfault.chunked.recognise import (
    MASK,
    Volume,
    find_volume,
    missing_parts,
    read_depths,
    read_lines,
)
from odfault.chunked.template import Template, read_template
from odfault.errors import OdfaultError
from odfault.segy.layout import Layout
from odfault.survey import Opened

MADE_BY = "odfault"
"""The attribute of stores that this program wrote: version, and whether all is written."""


class StoreSurvey(Opened):
    """A Zarr v3 store with a volume of inlines, crosslines and samples; see `odfault.survey.Survey`.

    Parameters
    ----------
    path : str or Path
        The store's folder.

    Attributes
    ----------
    template : Template, optional
        The SEG-Y file that it was made from, without its samples.
    depth_unit : str
        ``ms``, or the unit of depths.

    Raises
    ------
    OdfaultError
        It is half written, lacks a chunk, or is of a layout that is not understood.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.root = open_root(self.path)
        self._refuse_unfinished()
        self.volume: Volume = find_volume(self.path, self.root)
        self.inlines = read_lines(self.path, self.root, self.volume, 0)
        self.crosslines = read_lines(self.path, self.root, self.volume, 1)
        self.delay_ms, step, self.depth_unit, remark = read_depths(self.path, self.root, self.volume)
        self.interval_s = step * 1e-3
        self.remarks = [remark] if remark else []
        live = self._live()
        self._refuse_missing(live)
        self.template: Template | None = read_template(self.path, self.root, self.inlines, self.crosslines)
        if self.template is not None:
            self.index, self.duplicates = self.template.index, self.template.duplicates
        else:
            held = np.ones(self.shape[:2], bool) if live is None else live
            self.index = np.where(held, np.cumsum(held).reshape(held.shape) - 1, -1)
            self.duplicates = np.empty((0, 3), np.int64)
        self._tell_oddities()

    @property
    def layout(self) -> Layout | None:
        """How the SEG-Y file lay that it was made from; nothing where there was none."""
        return self.template.layout if self.template else None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines and samples."""
        return self.volume.shape

    def read(
        self,
        inlines: slice,
        crosslines: slice,
        samples: slice | None = None,
        *,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Read a box of traces, by positions.

        Parameters
        ----------
        inlines, crosslines : slice
            Positions on the axes (not line numbers), step 1.
        samples : slice, optional
            Which samples; all when left out.
        out : array, (inlines, crosslines, samples) float32, optional
            Written in place.

        Returns
        -------
        array, (inlines, crosslines, samples) float32
            Samples as they stand in the store, NaN and 1e30 included; zeros in holes.

        Raises
        ------
        OdfaultError
            A chunk is damaged, or the disk fails.
        """
        rows = range(*inlines.indices(self.shape[0]))
        columns = slice(*crosslines.indices(self.shape[1]))
        depths = slice(*(samples or slice(None)).indices(self.shape[2]))
        if out is None:
            size = len(rows), columns.stop - columns.start, depths.stop - depths.start
            out = np.empty(size, np.float32)
        axis = self.volume.axes[0]
        side = int(self.volume.array.chunks[axis]) if axis >= 0 else 1
        first = rows.start
        while first < rows.stop:  # a row of chunks at a time, so that memory is bounded
            last = min(rows.stop, (first // side + 1) * side)
            block = out[first - rows.start : last - rows.start]
            with np.errstate(over="ignore", invalid="ignore"):
                block[...] = self._load((slice(first, last), columns, depths))
            block[self.index[first:last, columns] < 0] = 0
            first = last
        return out

    def read_native(self, inlines: slice, crosslines: slice) -> NDArray[Any]:
        """Read whole traces as they are coded in the store, holes and all."""
        return self._load((inlines, crosslines, slice(0, self.shape[2])))

    def close(self) -> None:
        """Give it back."""

    def _load(self, box: tuple[slice, slice, slice]) -> NDArray[Any]:
        try:
            return self.volume.read(box)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise damaged(self.path, error) from error

    def _refuse_unfinished(self) -> None:
        made = self.root.attrs.get(MADE_BY)
        self._ours = isinstance(made, dict)
        if isinstance(made, dict) and not made.get("whole"):
            raise OdfaultError(
                f"{self.path} is half written",
                "run the command that writes it once more, and it goes on",
            )

    def _live(self) -> NDArray[np.bool_] | None:
        """Read where traces are, as the store tells."""
        if MASK not in self.root or self.volume.axes[0] < 0:
            return None
        array = self.root[MASK]
        if array.shape != self.shape[:2]:
            return None
        counts = [-(-size // side) for size, side in zip(array.shape, parts_of(array), strict=True)]
        whole = all(part_file(self.path, array, place).is_file() for place in np.ndindex(*counts))
        if self._ours and not whole:
            raise OdfaultError(f"{self.path} lacks a part of {MASK}", "copy or export it again")
        try:
            return np.asarray(array[...], bool)
        except (OSError, ValueError, RuntimeError) as error:
            raise damaged(self.path / MASK, error) from error

    def _refuse_missing(self, live: NDArray[np.bool_] | None) -> None:
        """Miss no chunk in silence: what Zarr reads there is a value that nobody wrote."""
        array = self.volume.array
        told = self._ours or (np.dtype(array.dtype).kind == "f" and np.isnan(array.fill_value))
        missing = list(missing_parts(self.path, self.volume, None if self._ours else live))
        if not missing:
            return
        name, count = missing[0].relative_to(self.path), len(missing)
        if told and (self._ours or live is not None):
            raise OdfaultError(
                f"{self.path} lacks {count} of its chunks, such as {name}", "copy or export it again"
            )
        self.remarks.append(
            f"{count} chunks, such as {name}, are not there; Zarr reads {array.fill_value} for them."
        )

    def _tell_oddities(self) -> None:
        holes = int((self.index < 0).sum())
        if holes:
            self.remarks.append(f"{holes} of {self.index.size} places hold no trace and stay empty.")
        for name, lines in zip(self.volume.names, (self.inlines, self.crosslines), strict=False):
            if len(lines) > 2 and not self.is_2d and np.ptp(np.diff(lines)):
                self.remarks.append(f"The numbers along {name} leave lines out.")
