"""What a labelled volume is, and the sections that are scored of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.float32]
Mask = NDArray[np.bool_]
NARROWEST = 8
"""Traces of the narrowest crossline section of a volume that is worth a look."""


@dataclass(frozen=True)
class Section:
    """A labelled section, (traces, samples) each.

    seismic : float32     amplitudes, 0 where dead
    fault   : bool        where a fault is
    ignore  : bool        where neither yes nor no is right
    throw   : float       vertical offset in samples where a fault is, if it is known
    """

    seismic: Volume
    fault: Mask
    ignore: Mask
    throw: NDArray[Any] | None


@dataclass(frozen=True)
class Evidence:
    """A labelled volume, (inlines, crosslines, samples) each; a section is one inline.

    name    : what it is called
    seismic, fault, ignore, throw : as in `Section`
    bare    : whether there is no fault in it, nor what may be one
    """

    name: str
    seismic: Volume
    fault: Mask
    ignore: Mask
    throw: NDArray[Any] | None
    bare: bool

    def sections(self, step: int) -> list[Section]:
        """Cut every ``step``-th section out, in the order of `cut_stacks`."""
        parts = [cut_sections(part, step) for part in (self.seismic, self.fault, self.ignore)]
        throws: list[Any] = [None] * len(parts[0])
        if self.throw is not None:
            throws = cut_sections(self.throw, step)
        return [Section(*section) for section in zip(*parts, throws, strict=True)]


def cut_stacks(volume: NDArray[Any], step: int) -> list[NDArray[Any]]:
    """Return every ``step``-th inline of a volume and every ``step``-th crossline, (lines, traces, samples).

    Views, without crosslines where those have fewer than NARROWEST traces: a section is one inline.
    """
    stacks = [volume[::step], volume.swapaxes(0, 1)[::step]]
    return stacks if len(volume) >= NARROWEST else stacks[:1]


def cut_sections(volume: NDArray[Any], step: int) -> list[NDArray[Any]]:
    """Return the sections of `cut_stacks` one by one."""
    return [section for stack in cut_stacks(volume, step) for section in stack]
