"""What the host has shown so far, laid together line by line; where each window stands in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.host import wire
from odfault.host.wire import Samples

Spot = tuple[int, int]
"""Inline and crossline, counted in lines from where the slab began."""
UNKNOWN, SHOWN, MISSING = 0, 1, 2
MOST_BYTES = 1.5e9
"""Of a slab; a line that is longer is begun anew on the way."""


class Slab:
    """Traces of one range of depths: as many inlines as a window has, and all crosslines that were shown.

    |   inlines   .........................
    |             :  shown before  ::::::::      the window about the trace that is asked adds a column
    |             :          |window|::::::      or, after the first inline, a corner

    Inlines lie in a ring: a new one takes the place of the one that no window shows any more.

    Parameters
    ----------
    size : tuple of int
        Inlines and crosslines of a window, both odd.
    samples : int
        Of its traces.

    Attributes
    ----------
    kept : dict
        Answers by inline and crossline, of the traces that were asked for and of those ahead.
    """

    def __init__(self, size: tuple[int, int], samples: int) -> None:
        self.half = size[0] // 2, size[1] // 2
        self.kept: dict[int, dict[int, Samples]] = {}
        self.clear(0, 3 * size[1], samples)

    def clear(self, column: int, width: int, samples: int) -> None:
        """Forget all; columns are counted from ``column`` on."""
        rows = 2 * self.half[0] + 1
        self._left, self._row_of = column - self.half[1], np.full(rows, np.iinfo(np.int64).min)
        self._samples = np.empty((rows, width, samples), np.float32)
        self._bits = self._samples.view(np.int32)
        self._state = np.zeros((rows, width), np.uint8)
        self.kept.clear()

    def agrees(self, window: Samples, spot: Spot) -> bool:
        """Whether a window stands at a spot.

        Its centre trace must be there, byte for byte, and all other traces that are known must have the same
        sample where the centre trace is loudest.
        """
        row, column = spot
        slots, held = self._slots(row)
        low, high = column - self.half[1], column + self.half[1] + 1
        first, last = max(low, self._left), min(high, self._left + self._state.shape[1])
        if not first <= column < last or not held[self.half[0]]:
            return False
        bits = window.view(np.int32)
        centre, slot = bits[self.half], slots[self.half[0]]
        if self._state[slot, column - self._left] != SHOWN:
            return False
        if not np.array_equal(self._bits[slot, column - self._left], centre):
            return False
        loud = loudest(centre)
        inside = slice(first - self._left, last - self._left)
        theirs = bits[:, first - low : last - low, loud]
        state = np.where(held[:, None], self._state[slots, inside], UNKNOWN)
        mine = np.where(state == MISSING, centre[loud], self._bits[slots, inside, loud])
        return not ((mine != theirs) & (state != UNKNOWN)).any()

    def search(self, window: Samples) -> Spot | None:
        """Find the only spot where a window stands; nothing where there is none or more than one."""
        centre = window.view(np.int32)[self.half]
        loud = loudest(centre)
        slots, columns = np.nonzero((self._bits[:, :, loud] == centre[loud]) & (self._state == SHOWN))
        spots = [
            (int(self._row_of[slot]), int(column) + self._left)
            for slot, column in zip(slots[:100], columns[:100], strict=True)
        ]
        found = [spot for spot in spots if self.agrees(window, spot)]
        return found[0] if len(found) == 1 else None

    def take(self, window: Samples, spot: Spot) -> bool:
        """Take what is new of a window; return False, and take nothing, where its data repeat themselves."""
        slots, columns = self._make_room(spot, window.shape[2])
        i, j = np.nonzero(self._state[slots, columns] == UNKNOWN)
        bits = window.view(np.int32)
        centre, loud = bits[self.half], loudest(bits[self.half])
        alike = np.flatnonzero(bits[i, j, loud] == centre[loud])
        alike = alike[(bits[i[alike], j[alike]] == centre).all(axis=1)]
        alike = alike[(i[alike] != self.half[0]) | (j[alike] != self.half[1])]
        if len(alike) and wire.repeats_itself(window, *self.half):
            return False
        state = np.full(len(i), SHOWN, np.uint8)
        state[alike] = MISSING
        self._samples[slots[i], columns.start + j] = window[i, j]
        self._state[slots[i], columns.start + j] = state
        return True

    def forget_answers(self, row: int, far: int) -> None:
        """Forget the answers of lines further from a row."""
        for old in [other for other in self.kept if abs(other - row) > far]:
            del self.kept[old]

    def count_shown(self, row: int) -> Spot:
        """Count the inlines and crosslines of which a trace was shown, while a window stands in a row."""
        shown = self._state[self._slots(row)[0]] == SHOWN
        return int(shown.any(axis=1).sum()), int(shown.any(axis=0).sum())

    def map(self, row: int, halo: Spot) -> tuple[Spot, NDArray[np.bool_], NDArray[np.bool_]]:
        """Map what may be answered while a window stands in a row.

        Returns
        -------
        tuple
            The spot of the first place; and by inline and crossline whether all within the halo was shown,
            and whether there is a trace.
        """
        slots, _ = self._slots(row)
        state = self._state[slots]
        near = min(halo[0], self.half[0]), min(halo[1], self.half[1])
        sums = np.zeros((state.shape[0] + 1, state.shape[1] + 1), np.int64)
        sums[1:, 1:] = (state != UNKNOWN).cumsum(axis=0).cumsum(axis=1)
        tall, wide = 2 * near[0] + 1, 2 * near[1] + 1
        count = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
        inside = state[near[0] : state.shape[0] - near[0], near[1] : state.shape[1] - near[1]]
        first = (row - self.half[0] + near[0], self._left + near[1])
        return first, count == tall * wide, inside == SHOWN

    def cut(self, row: int, rows: slice, columns: slice) -> tuple[Spot, Samples, NDArray[np.bool_]]:
        """Cut a block out, as much of it as there is, while a window stands in a row.

        Returns
        -------
        tuple
            The spot of its first trace; its samples (inlines, crosslines, samples), 0 where none was
            shown; and where that is.
        """
        first, last = max(rows.start, row - self.half[0]), min(rows.stop, row + self.half[0] + 1)
        low = max(columns.start, self._left)
        high = min(columns.stop, self._left + self._state.shape[1])
        slots = np.arange(first, last) % len(self._row_of)
        known = self._state[slots, low - self._left : high - self._left] != UNKNOWN
        tall, wide = (np.flatnonzero(known.any(axis=axis)) for axis in (1, 0))  # what is unknown is no face
        first, slots = first + int(tall[0]), slots[tall[0] : tall[-1] + 1]
        low, high = low + int(wide[0]), low + int(wide[-1]) + 1
        inside = slice(low - self._left, high - self._left)
        block, missing = self._samples[slots, inside], self._state[slots, inside] != SHOWN
        block[missing] = 0
        return (first, low), block, missing

    def _slots(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the lines of a window lie in the ring, and which of them lie there already."""
        rows = np.arange(row - self.half[0], row + self.half[0] + 1)
        slots = rows % len(rows)
        return slots, self._row_of[slots] == rows

    def _make_room(self, spot: Spot, samples: int) -> tuple[NDArray[np.int64], slice]:
        """Make room for a window; slots of its inlines, and its crosslines."""
        low, high = spot[1] - self.half[1], spot[1] + self.half[1] + 1
        width = self._state.shape[1]
        if low < self._left or high > self._left + width:
            self._widen(min(low, self._left), max(high, self._left + width), spot[1])
        slots, held = self._slots(spot[0])
        for k in np.flatnonzero(~held):
            self.kept.pop(int(self._row_of[slots[k]]), None)
            self._row_of[slots[k]] = spot[0] - self.half[0] + k
            self._state[slots[k]] = UNKNOWN
        return slots, slice(low - self._left, high - self._left)

    def _widen(self, low: int, high: int, column: int) -> None:
        """Grow by half at the side where room is wanted, or begin anew when it would be too large."""
        rows, width, samples = self._samples.shape
        more = max(high - low, width + width // 2)
        if 4.0 * rows * more * samples > MOST_BYTES:
            self.clear(column, width, samples)
            return
        left = (
            low
            if high == self._left + width and low == self._left
            else (high - more if low < self._left else low)
        )
        old, state, at = self._samples, self._state, self._left - left
        self._samples = np.empty((rows, more, samples), np.float32)
        self._bits = self._samples.view(np.int32)
        self._state = np.zeros((rows, more), np.uint8)
        self._samples[:, at : at + width], self._state[:, at : at + width] = old, state
        self._left = left


def loudest(bits: NDArray[np.int32]) -> int:
    """Where a trace, given as the bits of its floats, is loudest."""
    return int(np.argmax(bits & 0x7FFFFFFF))
