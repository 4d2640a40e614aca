"""The section that is looked at, with its axes."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID
from odfault.errors import OdfaultError
from odfault.scaling import scale_volume

Volume = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Subject:
    """A section, with the lines beside it that a network for volumes needs.

    Attributes
    ----------
    title : str
        File and line.
    block : ndarray of float32, (lines, traces, samples)
        Amplitudes, as the network's own scale shows them.
    line : int
        Which line of the block is the section.
    along : ndarray of float64, (traces,)
        Numbers of the traces: crosslines of an inline, inlines of a crossline, or counted from 1.
    across : str
        What they count: ``crossline``, ``inline`` or ``trace``.
    start_ms, interval_ms : float
        Time of the first sample, and from sample to sample.
    remarks : list of str
        What was odd, a plain sentence each.
    """

    title: str
    block: Volume
    line: int
    along: NDArray[np.float64]
    across: str
    start_ms: float
    interval_ms: float
    remarks: list[str] = dataclasses.field(default_factory=list)

    @property
    def section(self) -> Volume:
        """Amplitudes of the section, (traces, samples)."""
        return np.asarray(self.block[self.line])

    @property
    def times_ms(self) -> NDArray[np.float64]:
        """Times of the samples."""
        return np.asarray(self.start_ms + np.arange(self.block.shape[2]) * self.interval_ms, np.float64)

    @functools.cached_property
    def scaled(self) -> Volume:
        """The block as the network sees it, mirrored to whole steps of its grid."""
        return scale_block(self.block)

    def locate(self, trace: float, time_ms: float) -> tuple[int, int]:
        """Find trace and sample of a point, by trace number and time.

        Raises
        ------
        OdfaultError
            If it lies outside.
        """
        times = self.times_ms
        low, high = float(self.along.min()), float(self.along.max())
        inside = low <= trace <= high and times[0] <= time_ms <= times[-1]
        if not inside:
            raise OdfaultError(
                f"the point {trace:g},{time_ms:g} lies outside the section",
                f"give a {self.across} from {low:g} to {high:g} and {times[0]:g} to {times[-1]:g} ms",
            )
        return int(np.abs(self.along - trace).argmin()), int(np.abs(times - time_ms).argmin())

    def cut(self, traces: slice, samples: slice) -> Subject:
        """Give a part."""
        return dataclasses.replace(
            self,
            block=self.block[:, traces, samples],
            along=self.along[traces],
            start_ms=self.start_ms + samples.start * self.interval_ms,
        )


def scale_block(block: Volume) -> Volume:
    """Scale a block (lines, traces, samples) as networks want it, mirrored to whole steps of their grid."""
    lines = 0 if len(block) == 1 else -len(block) % GRID
    rest = [(0, lines), *((0, -n % GRID) for n in block.shape[1:])]
    return np.pad(scale_volume(block), rest, "symmetric")
