"""What if the fault were none: one side of it slides back, step by step, and the probability is watched."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID, HALF_WINDOW
from odfault.explain.gradients import Inside, Point, Windows
from odfault.explain.saliency import look_at
from odfault.explain.subject import scale_block

Traces = NDArray[np.floating[Any]]
STEPS = 10
"""From the fault as it is to a healed one."""
BOX = (8, 16, 24)
"""Lines, traces and samples to each side in which the fault's course is fitted."""
UNKNOWN = 1e12
"""Squared distance across a section, of which it says nothing: no plane leans that way."""
FAINT = 0.3
"""Least probability of what belongs to a fault's course."""
FLATTEST = 0.25
"""Least part of a fault's normal that points along the traces: a flatter one cannot be slid this way."""
STRIP = (2, 8)
"""Traces from and to which each side of a fault is compared."""
FURTHEST = 24
"""Samples that a side is slid at most."""
WIDE, HALF = 32, 16
"""Samples to each side that are compared, for the slip as a whole and at a height."""
HEIGHT = 20
"""Samples above and below the point at which the slip is looked at too."""
NEAR = 3
"""Samples by which it may differ there."""
MARGIN = WIDE + HEIGHT + FURTHEST
"""Samples to each side of the point that are read."""
GAP = 3.0
"""Traces to each side of a fault that are bridged when it is healed."""


@dataclasses.dataclass(frozen=True)
class Fault:
    """The course of a fault near a point: a plane.

    Attributes
    ----------
    point : tuple of float
        Line, trace and sample that it passes through.
    lean : float
        Traces that it goes on for a sample further down.
    strike : float
        Traces that it goes on for a line further on.
    """

    point: tuple[float, float, float]
    lean: float
    strike: float = 0.0

    def trace_at(self, line: NDArray[np.float64] | float, sample: Traces | float) -> Traces:
        """Tell at which trace it stands."""
        i, x, t = self.point
        return np.asarray(x + self.lean * (sample - t) + self.strike * (line - i), np.float64)


@dataclasses.dataclass(frozen=True)
class Slip:
    """How far one side of a fault has slid, at some heights.

    Attributes
    ----------
    samples : ndarray, (heights,)
        Where.
    lags : ndarray, (heights,)
        Samples that the side with the larger trace numbers lies too deep; between the heights it is linear.
    likeness : float
        Correlation of the two sides once they are slid back.
    """

    samples: NDArray[np.float64]
    lags: NDArray[np.float64]
    likeness: float = 1.0

    @property
    def lag(self) -> float:
        """The lag in the middle."""
        return float(self.lags[len(self.lags) // 2])

    def at(self, sample: Traces) -> Traces:
        """Tell the lag at samples."""
        return np.asarray(np.interp(sample, self.samples, self.lags))


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


def find_course(probability: Windows, point: Point) -> Fault | None:
    """Find the course of the fault through a point.

    Parameters
    ----------
    probability : ndarray, (lines, traces, samples)
        Around the point.
    point : tuple of int
        Line, trace and sample.

    Returns
    -------
    Fault or None
        None where there is no fault, or it lies too flat.

    Notes
    -----
    The plane with the least squared distance (Pearson, 1901) from what is connected with the point, each
    sample weighted with its probability.
    """
    from scipy.ndimage import label

    first = [max(0, p - b) for p, b in zip(point, BOX, strict=True)]
    box = probability[tuple(slice(f, p + b + 1) for f, p, b in zip(first, point, BOX, strict=True))]
    here = tuple(p - f for p, f in zip(point, first, strict=True))
    parts, _ = label(box >= FAINT, np.ones((3, 3, 3)))
    if parts[here] == 0:
        return None
    places = np.argwhere(parts == parts[here])
    weights = box[parts == parts[here]].astype(np.float64)
    middle = np.average(places, axis=0, weights=weights)
    flat = places - middle
    spread = (flat * weights[:, None]).T @ flat / weights.sum()
    if len(box) == 1:
        spread[0, 0] = UNKNOWN  # a section says nothing of what is across it
    normal = np.linalg.eigh(spread)[1][:, 0]
    if len(places) < 6 or abs(normal[1]) < FLATTEST:
        return None
    i, x, t = (float(m + f) for m, f in zip(middle, first, strict=True))
    fault = Fault((i, x, t), float(-normal[2] / normal[1]), float(-normal[0] / normal[1]))
    at = float(fault.trace_at(point[0], point[2]))
    return dataclasses.replace(fault, point=(float(point[0]), at, float(point[2])))


def find_slip(section: Windows, fault: Fault) -> Slip:
    """Find how far one side of a fault must slide to fit the other.

    Parameters
    ----------
    section : ndarray, (traces, samples)
        Amplitudes.
    fault : Fault
        Its course, in the section's own line.

    Notes
    -----
    Each side's traces beside the fault, read along it, are moved along their own dip and averaged. Of all
    lags that which correlates best is taken; then, since throw changes along a fault, the best near it at
    three heights.
    """
    from scipy.ndimage import spline_filter

    t = fault.point[2]
    samples = t + np.arange(-MARGIN, MARGIN + 1)
    smooth = spline_filter(section, 3, output=np.float64, mode="mirror")
    left, right = (_side(smooth, fault, samples, sign) for sign in (-1, 1))
    lag, likeness = _best_lag(left, right, (MARGIN, WIDE), np.arange(-FURTHEST, FURTHEST + 0.01, 0.25))
    heights, near = np.array([-HEIGHT, 0, HEIGHT]), lag + np.arange(-NEAR, NEAR + 0.01, 0.25)
    lags = [_best_lag(left, right, (MARGIN + int(h), HALF), near)[0] for h in heights]
    return Slip(t + heights.astype(np.float64), np.array(lags), likeness)


def _best_lag(left: Traces, right: Traces, where: tuple[int, int], lags: Traces) -> tuple[float, float]:
    """Find the lag at which two traces are most alike about a sample, between the lags, and how alike.

    where : the sample, and the samples to each side that count
    """
    part = slice(where[0] - where[1], where[0] + where[1] + 1)
    places = np.arange(len(right), dtype=np.float64)
    alike = [_correlate(left[part], np.interp(places + lag, places, right)[part]) for lag in lags]
    best = min(max(int(np.argmax(alike)), 1), len(lags) - 2)
    before, here, after = alike[best - 1 : best + 2]
    bend = min(before - 2 * here + after, -1e-12)
    beside = float(np.clip((before - after) / (2 * bend), -1, 1))  # where a parabola is highest
    return float(lags[best] + beside * (lags[1] - lags[0])), float(here)


def _side(section: Windows, fault: Fault, samples: Traces, sign: int) -> Traces:
    """Average the traces at one side of a fault, moved along their dip to where it stands."""
    offsets = sign * np.arange(*STRIP)

    def moved(dip: float) -> Traces:
        places = [samples + dip * u for u in offsets]
        stand = [fault.trace_at(fault.point[0], t) + u for t, u in zip(places, offsets, strict=True)]
        return sample_at(section, np.stack(stand), np.stack(places))

    best = 0.0
    for dips in (np.linspace(-2, 2, 41), np.linspace(-0.1, 0.1, 21)):
        best += float(dips[int(np.argmax([_semblance(moved(best + dip)) for dip in dips]))])
    return np.asarray(moved(best).mean(axis=0))


def _semblance(rows: Traces) -> float:
    """Energy of the mean against the mean energy (Neidell and Taner, 1971)."""
    return float((rows.mean(axis=0) ** 2).sum() / max(float((rows**2).mean(axis=0).sum()), 1e-30))


def sample_at(splines: Traces, traces: Traces, samples: Traces) -> Traces:
    """Read a section between its samples, as `scipy.ndimage.spline_filter` left it; mirrored at its edges."""
    from scipy.ndimage import map_coordinates

    return np.asarray(map_coordinates(splines, [traces, samples], order=3, mode="mirror", prefilter=False))


def _correlate(a: Traces, b: Traces) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.sqrt((a**2).sum() * (b**2).sum())), 1e-30))


def slide(block: Windows, fault: Fault, slip: Slip, *, part: float = 1.0, bridge: float = 0.0) -> Windows:
    """Slide the side with the larger trace numbers back along a fault.

    Parameters
    ----------
    block : ndarray, (lines, traces, samples)
        Amplitudes.
    fault : Fault
        Its course, in the block.
    slip : Slip
        How far this side has slid; it moves back up by as much, and sideways as the fault leans.
    part : float
        Of the slip that is taken back.
    bridge : float
        From 0 to 1, how much of the traces within ``GAP`` of the fault is replaced by what lies beside: a
        fault is no line in the data but a zone, blurred by the migration.

    Returns
    -------
    ndarray
        The same shape. What comes from beyond the block is mirrored.
    """
    from scipy.ndimage import spline_filter

    size = block.shape[1:]
    x, t = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in size), indexing="ij")
    lag = part * slip.at(t)
    moved = block.copy()
    for line in range(len(block)):
        edge = fault.trace_at(line, t)
        if lag.any():
            splines = spline_filter(block[line], 3, output=np.float64, mode="mirror")
            beyond = np.clip(x - edge + 0.5, 0, 1)
            slid = sample_at(splines, x + fault.lean * lag, t + lag)
            moved[line] = beyond * slid + (1 - beyond) * block[line]
        if bridge:
            splines = spline_filter(moved[line], 3, output=np.float64, mode="mirror")
            left, right = (sample_at(splines, edge + side * GAP, t) for side in (-1, 1))
            across = np.clip((x - edge + GAP) / (2 * GAP), 0, 1)
            share = bridge * np.clip(GAP + 0.5 - np.abs(x - edge), 0, 1)
            moved[line] = (1 - share) * moved[line] + share * ((1 - across) * left + across * right)
    return moved


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
    i, x, t = (p - s for p, s in zip(fault.point, shift, strict=True))
    local, own = Fault((i, x, t), fault.lean, fault.strike), Slip(slip.samples - shift[2], slip.lags)

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
