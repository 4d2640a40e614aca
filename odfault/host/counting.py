"""Lines counted from the numbers that come with the host's traces, as far as these can be believed."""

from __future__ import annotations

from odfault.host.slab import Spot
from odfault.host.wire import TrcInfo


class Numbers:
    """Counts lines, where the host gives their numbers; and knows when it gives another trace's.

    Attributes
    ----------
    steps : list of int
        From an inline to the next, and from a crossline; 1 until the traces themselves tell.
    lying : bool
        Whether another trace came under the same numbers: this attribute is asked by another.
    """

    def __init__(self) -> None:
        self.steps, self.lying = [1, 1], False

    def count(self, trace: TrcInfo) -> Spot:
        """Inline and crossline in lines from line 0."""
        return trace.inline // self.steps[0], trace.crossline // self.steps[1]

    def move(self, before: TrcInfo, trace: TrcInfo) -> Spot | None:
        """Lines from one trace to another, as the numbers have it; nothing where they lie between lines."""
        far = trace.inline - before.inline, trace.crossline - before.crossline
        if any(n % step for n, step in zip(far, self.steps, strict=True)):
            return None
        return far[0] // self.steps[0], far[1] // self.steps[1]

    def learn(self, before: TrcInfo, trace: TrcInfo, moved: Spot) -> bool:
        """Learn from two traces, so many lines from each other as their samples have it; tell what is new."""
        far = trace.inline - before.inline, trace.crossline - before.crossline
        if not any(far) and any(moved):
            self.lying = True
        steps = [
            n // m if m and n and n % m == 0 else s for n, m, s in zip(far, moved, self.steps, strict=True)
        ]
        new = not self.lying and steps != self.steps
        if new:
            self.steps = steps
        return new
