"""What a survey is: lines, holes, and boxes of samples; SEG-Y is one, a chunked store another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError

Lines = NDArray[np.int64]


class Survey(Protocol):
    """Seismic traces on inlines and crosslines.

    Attributes
    ----------
    path : Path
        The file, or the folder of the store.
    layout
        How the traces lie in a SEG-Y file; nothing where none is known.
    inlines, crosslines : array, (n_inlines,) and (n_crosslines,) int64
        Line numbers.
    index : array, (n_inlines, n_crosslines) int64
        Trace number at each place, -1 for a hole.
    duplicates : array, (n, 3) int64
        Trace number, inline position, crossline position of traces that repeat the place of another.
    interval_s, delay_ms : float
        Sample interval in seconds; time of the first sample in milliseconds. Or of depths.
    remarks : list of str
        What was guessed and what is odd, a plain sentence each.
    """

    inlines: Lines
    crosslines: Lines
    index: Lines
    duplicates: Lines
    interval_s: float
    delay_ms: float
    remarks: list[str]

    @property
    def path(self) -> Path: ...  # noqa: D102

    @property
    def layout(self) -> Any: ...  # noqa: D102

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines and samples."""
        ...

    @property
    def is_2d(self) -> bool:
        """Whether there is but one line, be it an inline or a crossline."""
        ...

    def read(
        self,
        inlines: slice,
        crosslines: slice,
        samples: slice | None = None,
        *,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Read a box by positions: samples as they are, zeros in holes; into ``out`` where it is given."""
        ...

    def positions(self, which: str, first: int, last: int) -> slice:
        """Find the positions of a range of line numbers, both included."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def same_lines(one: Survey, other: Survey) -> bool:
    """Tell whether two surveys have the same line numbers, both ways and in the same order."""
    return np.array_equal(one.inlines, other.inlines) and np.array_equal(one.crosslines, other.crosslines)


class Opened:
    """What SEG-Y files and stores do alike, once they tell their lines, their shape and how they close."""

    @property
    def is_2d(self: Survey) -> bool:
        """Whether there is but one line, be it an inline or a crossline."""
        return min(self.shape[:2]) == 1

    def positions(self: Survey, which: str, first: int, last: int) -> slice:
        """Find the positions of a range of line numbers.

        Parameters
        ----------
        which : str
            ``"inlines"`` or ``"crosslines"``.
        first, last : int
            Line numbers, both included.

        Returns
        -------
        slice
            Positions on that axis.

        Raises
        ------
        OdfaultError
            No line lies in the range.
        """
        lines: Lines = getattr(self, which)
        inside = np.flatnonzero((lines >= min(first, last)) & (lines <= max(first, last)))
        if not inside.size:
            raise OdfaultError(
                f"{self.path} has no {which} from {first} to {last}",
                f"choose from {lines.min()} to {lines.max()}",
            )
        return slice(int(inside[0]), int(inside[-1]) + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self: Survey, *_: object) -> None:
        self.close()
