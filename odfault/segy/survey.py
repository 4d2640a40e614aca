"""A SEG-Y file as a survey: lines, holes, and boxes of traces read through segyio."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.geometry import find_grid, sample_traces
from odfault.segy.grid import Grid
from odfault.segy.headers import runs
from odfault.segy.layout import Layout, scan_layout
from odfault.segy.words import HEADER_WORDS
from odfault.survey import Opened

_READ_BYTES = 2**21  # segyio keeps Python's lock while it reads: short reads let the other threads breathe
_DELAY, _DELAY_SCALAR = (109, 2), (215, 2)


class SegySurvey(Opened):
    """A SEG-Y file whose traces stand on inlines and crosslines.

    Open it with `SegySurvey.open`, in a ``with`` statement or with `close` at the end.

    Attributes
    ----------
    layout : Layout
        How the bytes lie in the file.
    inlines, crosslines : array, (n_inlines,) and (n_crosslines,) int64
        Line numbers. A 2-D line without line numbers is one inline of traces in the order of the file.
    index : array, (n_inlines, n_crosslines) int64
        Trace number at each place, -1 for a hole.
    duplicates : array, (n, 3) int64
        Trace number, inline position, crossline position of traces that repeat the place of another.
    strays : array, (n,) int64
        Traces without line numbers, which have no place.
    interval_s : float
        Sample interval in seconds.
    delay_ms : float
        Time of the first sample in milliseconds, from the first trace.
    remarks : list of str
        What was guessed and what is odd, a plain sentence each.
    """

    def __init__(self, layout: Layout, grid: Grid, remarks: list[str]) -> None:
        self.layout = layout
        self.inlines = grid.inlines
        self.crosslines = grid.crosslines
        self.index = grid.index
        self.duplicates = grid.duplicates
        self.strays = grid.strays
        self.interval_s = layout.interval_us * 1e-6
        self.remarks = [*layout.remarks, *remarks]
        self.delay_ms = self._delay_ms()
        self._file = open_traces(layout, "r")
        self._raw = self._file.trace.raw
        self._turn = threading.Lock()

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        inline_byte: int | None = None,
        crossline_byte: int | None = None,
        big_endian: bool | None = None,
        sample_format: int | None = None,
        n_samples: int | None = None,
    ) -> Self:
        """Open a SEG-Y file, whatever its headers say.

        Parameters
        ----------
        path : str or Path
            The file.
        inline_byte, crossline_byte : int, optional
            Where the trace headers hold the line numbers, counted from 1.
        big_endian, sample_format, n_samples : optional
            What the user knows better than the headers. All is found out when left out.

        Returns
        -------
        SegySurvey
            Its ``remarks`` tell what was guessed.

        Raises
        ------
        OdfaultError
            The file cannot be read as SEG-Y, or has no lines at the bytes named.
        """
        layout = scan_layout(path, big_endian=big_endian, sample_format=sample_format, n_samples=n_samples)
        return cls(layout, *find_grid(layout, inline_byte, crossline_byte))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines and samples."""
        return len(self.inlines), len(self.crosslines), self.layout.n_samples

    @property
    def path(self) -> Path:
        """The file."""
        return self.layout.path

    def read(
        self,
        inlines: slice,
        crosslines: slice,
        samples: slice | None = None,
        *,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Read a box of traces.

        Parameters
        ----------
        inlines, crosslines : slice
            Positions on the axes (not line numbers), step 1.
        samples : slice, optional
            Which samples; all when left out.
        out : array, (inlines, crosslines, samples) float32, optional
            Written in place, line by line, so that long traces of which little is wanted cost no memory.

        Returns
        -------
        array, (inlines, crosslines, samples) float32
            Samples as they stand in the file, NaN and 1e30 included; zeros in holes.

        Raises
        ------
        OdfaultError
            The disk fails, or the file was changed meanwhile.
        """
        wanted = slice(None) if samples is None else samples
        if out is None:
            return self._read(self.index[inlines, crosslines])[:, :, wanted]
        rows = range(*inlines.indices(len(self.inlines)))
        for number, row in enumerate(rows):
            out[number] = self._read(self.index[row : row + 1, crosslines])[0, :, wanted]
        return out

    def _read(self, box: NDArray[np.int64]) -> NDArray[np.float32]:
        values = np.zeros((box.size, self.layout.n_samples), np.float32)
        slots = np.flatnonzero(box.ravel() >= 0)
        slots = slots[np.argsort(box.ravel()[slots], kind="stable")]
        traces = box.ravel()[slots]
        try:
            with self._turn, np.errstate(over="ignore"):
                for run in runs(traces, max(1, _READ_BYTES // self.layout.trace_bytes)):
                    first = int(traces[run.start])
                    values[slots[run]] = self._raw[first : first + run.stop - run.start]
        except (OSError, RuntimeError) as error:
            raise OdfaultError(
                f"{self.layout.path} can no longer be read ({error})",
                "check the disk, and that nobody changes it",
            ) from error
        return values.reshape(*box.shape, self.layout.n_samples)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _delay_ms(self) -> float:
        """Time of the first sample; a scalar in the header multiplies or, below zero, divides it."""
        delays, scalars = self.layout.scan([_DELAY, _DELAY_SCALAR], sample_traces(self.layout.n_traces))
        if (delays != delays[0]).any():
            self.remarks.append(f"Traces start at different times, {delays.min()} to {delays.max()} ms.")
        scalar = int(scalars[0]) or 1
        return float(delays[0] * scalar if scalar > 0 else delays[0] / -scalar)


def open_with(path: str | Path, words: Mapping[str, Any]) -> SegySurvey:
    """Open a SEG-Y file by those of a job's words that `SegySurvey.open` knows; others are passed over."""
    return SegySurvey.open(path, **{name: words.get(name) for name in HEADER_WORDS})


def open_traces(layout: Layout, mode: str) -> Any:
    """Open a file in segyio by our own layout, so that faulty headers do not stop it.

    The mode is ``"r"`` to read or ``"r+"`` to overwrite samples. The `segyio.SegyFile` has no geometry of its
    own. Raises OdfaultError where the file cannot be opened.
    """
    import segyio
    from segyio import _segyio

    name = str(layout.path)
    try:
        handle = _segyio.segyiofd(name, mode, 0 if layout.big_endian else 256)
        handle.segymake(
            samples=layout.n_samples,
            tracecount=layout.n_traces,
            format=layout.sample_format,
            ext_headers=layout.n_extended,
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise OdfaultError(
            f"{name} cannot be opened ({error})", "check its permissions and the disk"
        ) from error
    endian = "big" if layout.big_endian else "little"
    return segyio.SegyFile(handle, filename=name, mode=mode, iline=189, xline=193, endian=endian)
