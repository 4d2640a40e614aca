"""Where the section is in the picture: roughly by its texture, then side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.frames import find_frames
from odfault.picture.grow import grow
from odfault.picture.islands import CELL, between_gaps, find_starts
from odfault.picture.sides import Sides, as_left, refine, snap
from odfault.picture.straighten import Points, box, homography, move, span_box, straighten, whole
from odfault.picture.texture import change_of, commonest, find_live, near
from odfault.picture.verdict import direction
from odfault.picture.vision import load_vision
from odfault.picture.words import without_words

Grid = NDArray[np.float64]
ROUGH_SIDE, LONG_SIDE = 500, 1000
"""Pixels of the picture in which the panel is looked for, and its sides."""
MARGINS = (0.16, 0.1, 0.05)
"""Around the rough panel, where its sides are looked for, as parts of its size, one look after the other."""
AT_BORDER = 0.8
"""Most evidence of a side where the picture ends."""
WORDS, LEAST_ORDER = 600, 0.5
"""Pixels that are looked at to tell words, and the order of gradients that beds on paper have."""
CLEAR, SURROUNDED = 0.9, 0.8
"""Evidence of all sides, and calm part of what is beside them, from which on a panel is not a part of one."""
SHARP = 0.75
"""Evidence of a side at which a section does end."""
LEAST_CALM = 0.2
"""Part of what is beside a frame that is calm, at least: in the grain of a desk there are lines too."""
UNEVEN = 45
"""Levels by which paper differs from paper in a photo."""
LEAST_BLANK = 5
"""Columns of a gap."""
FRAMED = 1.25
"""How much more a frame is worth than a panel of the same size without one."""
THINNEST = 0.08
"""Height or width of a panel, as a part of the picture's smaller side."""
RIM, WEAK, ALIVE = 0.04, 0.35, 0.35
"""Width of a panel's own rim, as a part of its size, the part of a strong change that is a weak one, and the
part of a side's rim that has more."""


def find_panel(rgb: NDArray[np.uint8]) -> Points:
    """Find the four corners of the largest panel that has the texture of a section.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)

    Returns
    -------
    ndarray, (4, 2)
        x and y, clockwise from the top left; the whole picture when nothing stands out.
    """
    cv2 = load_vision()
    height, width = rgb.shape[:2]

    def shrink(side: int) -> NDArray[np.uint8]:
        less = min(1.0, side / max(height, width))
        return cv2.resize(rgb, None, fx=less, fy=less, interpolation=cv2.INTER_AREA) if less < 1 else rgb

    def scale_to(corners: Points, picture: NDArray[np.uint8], other: NDArray[np.uint8]) -> Points:
        return np.asarray(corners * [other.shape[1] / picture.shape[1], other.shape[0] / picture.shape[0]])

    small, middle = shrink(ROUGH_SIDE), shrink(LONG_SIDE)
    live, live_middle = find_live(small), find_live(middle)
    tried = [refine(small, start, margin=MARGINS[0]) for start in find_starts(small)]
    worth = [(_evidence(small, sides) * _fill(live, sides.corners), sides.corners) for sides in tried]
    worth = [(score * _no_words(small, middle, ends) * _no_rim(small, ends), ends) for score, ends in worth]
    for frame in find_frames(middle):
        inner = scale_to(span_box(frame), middle, small)
        framed = FRAMED if _calm_around(live, inner) > LEAST_CALM else 1 / FRAMED**3
        worth.append((framed * _fill(live, inner, power=2.5), inner))
    corners = scale_to(max(worth, key=lambda one: one[0])[1], small, middle)
    for margin in MARGINS[1:]:
        sides = refine(middle, _without_gaps(middle, live_middle, corners), margin=margin)
        corners = sides.corners
    goes_on = LEAST_CALM < _calm_around(live_middle, corners) < SURROUNDED  # all or none: no sign
    grown = grow(middle, corners) if goes_on or sides.evidence < CLEAR else corners
    if not np.array_equal(grown, corners):
        sides = refine(middle, grown, margin=MARGINS[1])
        corners = sides.corners
    cut = without_words(middle, corners, _ground(middle, corners))
    words = not np.array_equal(cut, corners)  # beside which its sides are not looked for again
    corners = cut if words else _to_border(middle, live_middle, corners, sides.each)
    corners = scale_to(corners, middle, rgb)
    if middle is not rgb and not words:
        corners = refine(rgb, corners, margin=0.02).corners
    return snap(corners, rgb)


def _blank_columns(panel: NDArray[np.uint8], ground: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
    """Tell columns of one colour, such as the paper before a colour bar, though JPEG has spoilt it."""
    middle = np.median(panel, axis=0)
    blank = (np.abs(panel - middle).max(axis=2) <= 28).mean(axis=0) > 0.93
    if ground is not None:
        blank &= near(middle.astype(np.uint8), ground, UNEVEN)
    edges = np.flatnonzero(np.diff(np.pad(blank, 1).astype(int)))
    for start, end in edges.reshape(-1, 2):
        if end - start < LEAST_BLANK:  # a dead trace
            blank[start:end] = False
    return np.asarray(blank)


def _to_border(
    rgb: NDArray[np.uint8], live: NDArray[np.bool_], corners: Points, evidence: tuple[float, ...]
) -> Points:
    """Let a panel that fills the picture but for one side fill it whole, unless that side is a sharp one.

    What lies beyond is a weak part of the section then, such as water, and no paper.
    """
    near_by = 0.012 * max(rgb.shape[:2])
    far = _from_border(rgb, corners)
    if (far > near_by).sum() != 1:
        return corners
    side = int(far.argmax())
    depth = max(3, int(far[side]))
    strip = as_left(live, side)[:, :depth]
    return whole(rgb) if evidence[side] < SHARP or strip.mean() > 0.5 else corners


def _from_border(rgb: NDArray[np.uint8], corners: Points) -> Grid:
    """Give how far the sides left, top, right and bottom lie from those of the picture, in pixels."""
    height, width = rgb.shape[:2]
    left, top = corners[[0, 3], 0].max(), corners[:2, 1].max()
    right, bottom = width - corners[1:3, 0].min(), height - corners[2:, 1].min()
    return np.array([left, top, right, bottom])


def _evidence(rgb: NDArray[np.uint8], sides: Sides) -> float:
    """Give the least evidence of a side; of one where the picture itself ends there cannot be much."""
    ends = _from_border(rgb, sides.corners) < 0.012 * max(rgb.shape[:2])
    return float(np.where(ends, np.minimum(sides.each, AT_BORDER), sides.each).min())


def _around(shape: tuple[int, ...], corners: Points, near_by: float, far: float) -> NDArray[np.bool_]:
    """Tell the pixels between a panel widened by one factor and by another."""
    cv2 = load_vision()
    middle = corners.mean(axis=0)
    beside = np.zeros(shape[:2], np.uint8)
    for wide, value in ((far, 1), (near_by, 0)):
        cv2.fillConvexPoly(beside, np.round(middle + wide * (corners - middle)).astype(np.int32), value)
    return beside > 0


def _calm_around(live: NDArray[np.bool_], corners: Points) -> float:
    """Give the part of what is right beside a frame that is calm; all of it where nothing is beside it."""
    beside = _around(live.shape, corners, 1.02, 1.1)
    return float(1 - live[beside].mean()) if beside.sum() > 100 else 1.0


def _ground(rgb: NDArray[np.uint8], corners: Points) -> NDArray[np.uint8] | None:
    """Give the commonest colour beside a panel; nothing where nothing is beside it."""
    colours = rgb[_around(rgb.shape, corners, 1.02, 1.25)]
    return commonest(colours) if len(colours) > 500 else None


def _no_words(small: NDArray[np.uint8], rgb: NDArray[np.uint8], corners: Points) -> float:
    """Give less than 1 for what looks like a column of words: mostly paper, no colours, hardly any order."""
    cv2 = load_vision()
    panel = straighten(rgb, corners * (rgb.shape[1] / small.shape[1]))[:WORDS, :WORDS]
    paper = near(panel, commonest(panel.reshape(-1, 3)), 24).mean()
    vivid = (np.abs(panel - np.median(panel, axis=(0, 1))).max(axis=2) > 30) & (np.ptp(panel, axis=2) > 60)
    if paper < 0.5 or vivid.mean() > 0.05:
        return 1.0
    _, ordered, _ = direction(cv2.cvtColor(panel, cv2.COLOR_RGB2GRAY).astype(np.float32), 1.0)
    return 0.3 if ordered < LEAST_ORDER else 1.0


def _no_rim(rgb: NDArray[np.uint8], corners: Points) -> float:
    """Give less than 1 for a panel that is weak along three of its sides, as a sheet or a desk around one."""
    change = change_of(straighten(rgb, corners))
    strong = change > WEAK * np.quantile(change, 0.9)
    deep = [max(3, round(RIM * n)) for n in strong.shape[::-1]]
    alive = sorted(float(as_left(strong, side)[:, : deep[side % 2]].mean()) for side in range(4))
    return 0.3 if alive[2] < ALIVE else 1.0


def _fill(live: NDArray[np.bool_], corners: Points, *, power: float = 5) -> float:
    """Tell how large a panel is, and how much of it has the texture of a section."""
    cv2 = load_vision()
    there = _straight(live, corners)
    height, width = there.shape
    cells = (max(1, width // CELL), max(1, height // CELL))
    alive = cv2.resize(there.astype(np.uint8) * 255, cells, interpolation=cv2.INTER_AREA) > 127
    share = height * width / live.size
    if min(height, width) < THINNEST * min(live.shape):
        share *= 0.01
    return float(np.sqrt(share) * alive.mean() ** power)


def _straight(live: NDArray[np.bool_], corners: Points) -> NDArray[np.bool_]:
    """Tell where a panel is alive, straightened; what is flat is known from the whole picture."""
    levels = live.astype(np.uint8) * 255
    return straighten(np.repeat(levels[:, :, None], 3, 2), corners)[:, :, 0] > 127


def _without_gaps(rgb: NDArray[np.uint8], live: NDArray[np.bool_], corners: Points) -> Points:
    """Cut away what lies beside a gap that runs across: a colour bar, text, a second panel."""
    there = _straight(live, corners)
    height, width = there.shape
    panel = straighten(rgb, corners)
    ground = _ground(rgb, corners)
    if ground is not None:  # what is calm in another colour than the paper's is a calm part of the section
        there |= ~near(panel, ground, UNEVEN)
    there[:, _blank_columns(panel, ground)] = False
    kept = span_box(between_gaps(there, (0, 0, width, height)))
    return move(kept, homography(box(width, height), corners))
