"""What if the fault were none: one side of it slides back, step by step, and the probability is watched."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID, HALF_WINDOW
from odfault.explain.course import Fault
from odfault.explain.gradients import Inside, Point, Windows
from odfault.explain.saliency import look_at
from odfault.explain.sliding import Slip, slide
from odfault.explain.slip import find_slip
from odfault.explain.subject import scale_block

STEPS = 10
"""From the fault as it is to a healed one."""


@dataclasses.dataclass(frozen=True)
class Healing:
    """How the probability falls.

    Attributes
    ----------
    fault : Fault
        What was healed, and ``slip``, by how much.
    parts : ndarray
        Of the slip taken back: below 0 the offset grows, 0 is as it is, 1 is healed.
    probability : ndarray
        The largest near the point, for each part.
    bridged : float
        The same where the gap is bridged as when healed, but nothing is slid.
    before, healed : ndarray, (traces, samples)
        Amplitudes about the point.
    """

    fault: Fault
    slip: Slip
    parts: NDArray[np.float64]
    probability: NDArray[np.float32]
    bridged: float
    before: Windows
    healed: Windows


def heal(block: Windows, inside: Inside, point: Point, *, fault: Fault, slip: Slip | None = None) -> Healing:
    """Heal the fault at a point in ten steps, make it as much worse, and ask the network after each.

    Parameters
    ----------
    block : ndarray, (lines, traces, samples)
        Amplitudes, unscaled.
    inside : Inside
        The network.
    point : tuple of int
        Line, trace and sample.
    fault : Fault
        Its course.
    slip : Slip, optional
        What is taken back; that which fits best when left out.
    """
    slip = slip or find_slip(block[point[0]], fault)
    part, shift = _around(block, inside, point)
    near: Point = (point[0] - shift[0], point[1] - shift[1], point[2] - shift[2])
    local, own = fault.seen_from(shift), dataclasses.replace(slip, samples=slip.samples - shift[2])

    def ask(changed: Windows) -> float:
        view = look_at(scale_block(changed), near, inside)
        return _largest(inside.answer(view.values[None])[0], view.point)

    steps = np.linspace(-1, 1, 2 * STEPS + 1)
    probability = [ask(slide(part, local, own, part=float(s), bridge=max(0.0, float(s)))) for s in steps]
    bridged = ask(slide(part, local, own, part=0.0, bridge=1.0))
    healed = slide(part, local, own, bridge=1.0)[near[0]]
    return Healing(local, slip, steps, np.array(probability, np.float32), bridged, part[near[0]], healed)


def _around(block: Windows, inside: Inside, point: Point) -> tuple[Windows, Point]:
    """Cut what the scaled window of a point depends on out of a block, and tell where it begins."""
    halos = inside.card.halo_shape
    reach = [h + 4 if h else 0 for h in halos]
    reach[2] += HALF_WINDOW
    first = [max(0, p - r) // GRID * GRID if h else p for p, r, h in zip(point, reach, halos, strict=True)]
    last = [p + r + 1 for p, r in zip(point, reach, strict=True)]
    part = block[tuple(slice(f, s) for f, s in zip(first, last, strict=True))]
    return part, (first[0], first[1], first[2])


def _largest(answer: Windows, point: Point) -> float:
    """Largest probability within two traces and samples of a point."""
    i, x, t = point
    return float(answer[i, max(0, x - 2) : x + 3, max(0, t - 2) : t + 3].max())
