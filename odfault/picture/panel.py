"""Where the section is in the picture: first roughly, by its texture, then each side by a vote."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.picture.straighten import Points, box, homography, move, size_of, straighten, whole
from odfault.picture.vision import load_vision

Grid = NDArray[np.float64]
Line = tuple[float, float]
"""Where it begins and where it ends."""
ROUGH_SIDE, LONG_SIDE = 500, 1000
"""Pixels of the picture in which the panel is looked for, and its sides."""
CELL = 6
"""Pixels of a cell of the texture map."""
MARGINS = (0.16, 0.1, 0.05)
"""Around the rough panel, where its sides are looked for, as parts of its size, one look after the other."""
ISLANDS = 5
"""Of texture, that are looked at."""
LEAST_PAPER = 0.04
"""Part of a picture that is flat, if the section does not fill it."""
GAP = 0.2
"""Rows and columns of which a smaller part is alive are no part of a section."""
BANDS = 40
"""Parts of a side that vote."""
SLANT = 0.1
"""How far a side may lean against the rough one, as a part of its length."""


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
        return corners * [other.shape[1] / picture.shape[1], other.shape[0] / picture.shape[0]]

    small, middle = shrink(ROUGH_SIDE), shrink(LONG_SIDE)
    tried = [refine(small, start, margin=MARGINS[0]) for start in _starts(small)]
    best = max(tried, key=lambda sides: sides.evidence * _fill(small, sides.corners))
    corners = scale_to(best.corners, small, middle)
    for margin in MARGINS[1:]:
        corners = refine(middle, _without_gaps(middle, corners), margin=margin).corners
    corners = scale_to(corners, middle, rgb)
    if middle is not rgb:
        corners = refine(rgb, corners, margin=0.02).corners
    return snap(corners, rgb)


def _fill(rgb: NDArray[np.uint8], corners: Points) -> float:
    """Tell how large a panel is, and how much of it has the texture of a section."""
    cv2 = load_vision()
    there = _straight_live(rgb, corners)
    height, width = there.shape
    cells = (max(1, width // CELL), max(1, height // CELL))
    alive = cv2.resize(there.astype(np.uint8) * 255, cells, interpolation=cv2.INTER_AREA) > 127
    share = height * width / (rgb.shape[0] * rgb.shape[1])
    return float(np.sqrt(share) * alive.mean() ** 5)


def _straight_live(rgb: NDArray[np.uint8], corners: Points) -> NDArray[np.bool_]:
    """Tell where a panel is alive, straightened; what is flat is known from the whole picture."""
    live = find_live(rgb).astype(np.uint8) * 255
    return straighten(np.repeat(live[:, :, None], 3, 2), corners)[:, :, 0] > 127


def _without_gaps(rgb: NDArray[np.uint8], corners: Points) -> Points:
    """Cut away what lies beside a gap that runs across: a colour bar, text, a second panel."""
    live = _straight_live(rgb, corners)
    height, width = live.shape
    left, top, right, bottom = _between_gaps(live, (0, 0, width, height))
    kept = box(right - left, bottom - top) + np.array([left, top])
    return move(kept, homography(box(width, height), corners))


def find_live(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell pixels around which colours change, from flat ones; noise counts as flat."""
    change = change_of(rgb)
    return np.asarray(change > min(thresholds(change)))


def thresholds(change: NDArray[np.uint8]) -> list[float]:
    """Find from which changes on a picture is alive: above its paper, and above all that is weak.

    Notes
    -----
    The first valley of the histogram of the logarithms, and the split of Otsu (1979).
    """
    some = change.ravel()[:: max(1, change.size // 200_000)].astype(np.float64)
    some += np.random.default_rng(0).uniform(-0.5, 0.5, some.size)  # or whole numbers make valleys between
    size = np.log1p(np.maximum(some, 0))
    many, edges = np.histogram(size, 48, (0, np.log(256)))
    smooth = np.convolve(np.pad(many, 2, "edge"), [0.1, 0.2, 0.4, 0.2, 0.1], "valid") / size.size
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(smooth)
    sums = np.cumsum(smooth * middles)
    apart = (sums[-1] * below - sums) ** 2 / np.maximum(below * (1 - below), 1e-9)
    apart[(below < 0.03) | (below > 0.97)] = 0
    otsu = max(2.0, float(np.expm1(middles[apart.argmax()])))
    strong = max(2.0, 0.4 * float(np.expm1(np.quantile(size, 0.9))))
    for at in range(1, len(smooth) - 1):
        lowest = smooth[at] <= smooth[at - 1] and smooth[at] <= smooth[at + 1]
        enough = 0.05 < below[at] < 0.92 and smooth[:at].max() > 1.5 * smooth[at]
        if lowest and enough and smooth[at:].max() > 1.5 * smooth[at]:
            return [max(2.0, float(np.expm1(middles[at]))), otsu, strong]
    if below[np.searchsorted(middles, np.log1p(3))] > 0.1:  # flat to the last bit, and all sizes above
        return [3.0, otsu, strong]
    return [max(1.0, 0.6 * float(np.expm1(np.quantile(size, 0.02))))]


def change_of(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the largest difference of a colour in 5 x 5 pixels, (height, width)."""
    cv2 = load_vision()
    square = np.ones((5, 5), np.uint8)
    return np.asarray((cv2.dilate(rgb, square) - cv2.erode(rgb, square)).max(axis=2), np.uint8)


def _starts(rgb: NDArray[np.uint8]) -> list[Points]:
    """Give boxes that hold much texture and little else, to begin with."""
    cv2 = load_vision()
    height, width = rgb.shape[:2]
    change = change_of(rgb)
    found = {}
    for least in thresholds(change):
        live = change > least
        weight = _likeness(rgb, live)
        if (weight <= -0.4).mean() < LEAST_PAPER:
            found[(0, 0, width, height)] = True
        clear = cv2.morphologyEx((weight > 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        _, islands = cv2.connectedComponents(clear, connectivity=4)
        sizes = np.bincount(islands.ravel())
        sizes[0] = 0
        large = [one for one in sizes.argsort()[::-1][:ISLANDS] if sizes[one] > 0.01 * weight.size]
        for island in large:  # a desk around a page is another one than the panel
            held = np.where((islands != island) & np.isin(islands, large), -0.5, weight)
            _, (top, bottom, left, right) = best_box(held)
            box_found = (CELL * left, CELL * top, min(CELL * right, width), min(CELL * bottom, height))
            found[box_found] = True
            found[_between_gaps(live, box_found)] = True
    starts = [box(right - left, bottom - top) + np.array([left, top]) for left, top, right, bottom in found]
    return [start for start in starts if min(size_of(start)) >= 24] or [whole(rgb)]


def _between_gaps(live: NDArray[np.bool_], span: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Cut a box (left, top, right, bottom) at gaps that run across it, and keep the largest piece.

    Notes
    -----
    The recursive cut of Nagy and Seth (1984), down one branch.
    """
    left, top, right, bottom = span
    for _ in range(4):
        before = (left, top, right, bottom)
        first, last = _largest_run(live[top:bottom, left:right].mean(axis=1))
        top, bottom = top + first, top + last
        first, last = _largest_run(live[top:bottom, left:right].mean(axis=0))
        left, right = left + first, left + last
        if before == (left, top, right, bottom):
            break
    return left, top, right, bottom


def _largest_run(alive: Grid) -> tuple[int, int]:
    """Find the run between gaps that holds most of what is alive; a gap has three rows at least."""
    gap = np.pad(alive < GAP, 1, constant_values=True)
    edges = np.flatnonzero(np.diff(gap))
    starts, ends = edges[::2].tolist(), edges[1::2].tolist()
    runs: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        if runs and start - runs[-1][1] < 3:
            start = runs.pop()[0]
        runs.append((start, end))
    if not runs:
        return 0, len(alive)
    return max(runs, key=lambda run: float(alive[run[0] : run[1]].sum()))


def _likeness(rgb: NDArray[np.uint8], live: NDArray[np.bool_]) -> Grid:
    """Weigh cells: above 0 where there is the texture of a section, below where it is flat or text."""
    cv2 = load_vision()
    height, width = live.shape
    cells = (-(-width // CELL), -(-height // CELL))

    def shrink(values: Any) -> Grid:
        whole_cells = cv2.copyMakeBorder(
            np.asarray(values, np.float32),
            0,
            cells[1] * CELL - height,
            0,
            cells[0] * CELL - width,
            cv2.BORDER_REPLICATE,
        )
        return np.asarray(cv2.resize(whole_cells, cells, interpolation=cv2.INTER_AREA), np.float64)

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.blur(shrink(part), (5, 5)) for part in (across**2, down**2, across * down))
    one_way = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / np.maximum(xx + yy, 1e-6)
    rim = np.concatenate(
        [
            rgb[:3].reshape(-1, 3),
            rgb[-3:].reshape(-1, 3),
            rgb[:, :3].reshape(-1, 3),
            rgb[:, -3:].reshape(-1, 3),
        ]
    )
    paper = cv2.blur(shrink(near(rgb, commonest(rim), 8) & ~live), (3, 3))
    return shrink(live) * (0.7 + 0.6 * one_way) - 0.6 - 0.8 * np.clip(3 * paper - 0.5, 0, 1)


def commonest(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the commonest of colours (n, 3), to the nearest 8 levels, and then their median."""
    coarse = (colours // 8).astype(np.int64) @ np.array([1, 32, 1024])
    values, counts = np.unique(coarse, return_counts=True)
    return np.median(colours[coarse == values[counts.argmax()]], axis=0).astype(np.uint8)


def near(rgb: NDArray[np.uint8], colour: NDArray[np.uint8], levels: int) -> NDArray[np.bool_]:
    """Tell which pixels have nearly a colour."""
    return np.asarray(np.abs(rgb.astype(np.int16) - colour.astype(np.int16)).max(axis=-1) <= levels)


def best_box(weight: Grid) -> tuple[float, tuple[int, int, int, int]]:
    """Find the box whose sum is the highest: the sum, and its top, bottom, left and right.

    Notes
    -----
    Kadane's scan (Bentley, 1984) along the rows, for each pair of columns at once.
    """
    rows, columns = weight.shape
    summed = np.concatenate([np.zeros((rows, 1)), np.cumsum(weight, axis=1)], axis=1)
    left, right = np.triu_indices(columns + 1, 1)
    total, start = np.zeros(len(left)), np.zeros(len(left), int)
    best, spans = np.full(len(left), -np.inf), np.zeros((len(left), 2), int)
    for row in range(rows):
        fresh = total <= 0
        total = np.where(fresh, 0, total) + summed[row, right] - summed[row, left]
        start = np.where(fresh, row, start)
        better = total > best
        best = np.where(better, total, best)
        spans[better] = np.column_stack([start, np.full(len(left), row + 1)])[better]
    at = int(best.argmax())
    return float(best[at]), (int(spans[at, 0]), int(spans[at, 1]), int(left[at]), int(right[at]))


@dataclasses.dataclass(frozen=True)
class Sides:
    """Four corners, and how clearly a section ends at the sides between: about 1 where it does."""

    corners: Points
    evidence: float


def refine(rgb: NDArray[np.uint8], corners: Points, *, margin: float) -> Sides:
    """Move each side of a panel to where texture and colour end, by the vote of its parts.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    corners : ndarray, (4, 2)
        Roughly where it is.
    margin : float
        How far a side may move, as a part of the panel's size.
    """
    width, height = size_of(corners)
    rim = [max(12, round(margin * n)) for n in (width, height)]
    wide = box(width + 2 * rim[0], height + 2 * rim[1]) - np.array(rim)
    out = homography(box(width, height), corners)
    size = (width + 2 * rim[0], height + 2 * rim[1])
    around = straighten(rgb, move(wide, out), size)
    spots = move(
        np.stack(np.meshgrid(np.arange(size[0]) + 0.5 - rim[0], np.arange(size[1]) + 0.5 - rim[1]), -1), out
    )
    there = ((spots > 0) & (spots < [rgb.shape[1], rgb.shape[0]])).all(axis=1).reshape(size[::-1])
    busy = np.where(there, _activity(around, rim), 0).astype(np.float32)
    lines = []
    if min(width, height) < 24:
        return Sides(corners, 0.0)
    for side in range(4):  # left, top, right, bottom, each as if it were the left one
        turned = [_as_left(item, side) for item in (around, busy, there)]
        lines.append(_vote(turned[0], turned[1], turned[2], rim[side % 2], rim[1 - side % 2]))
    (left, top, right, bottom) = (line for line, _ in lines)
    ends = _cross(left, top, right, bottom, size) - rim
    if min(size_of(ends)) < 0.4 * min(width, height):
        return Sides(corners, 0.0)
    return Sides(move(ends, out), min(evidence for _, evidence in lines))


def _activity(rgb: NDArray[np.uint8], rim: list[int]) -> NDArray[np.float32]:
    """Tell how much colours change around each pixel, 1 for as much as is usual in the panel."""
    change = change_of(rgb).astype(np.float32)
    inside = change[rim[1] : -rim[1], rim[0] : -rim[0]]
    usual = float(np.median(inside))
    calm = min(float(np.quantile(change, 0.04)), 0.5 * usual)
    return np.clip((change - 1.5 * calm - 1) / max(0.4 * usual, 2), 0, 1)


def _as_left(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Turn an array so that a side lies left: left, top, right, bottom are 0 to 3."""
    turned = values if side in (0, 2) else values.swapaxes(0, 1)
    return turned if side in (0, 1) else turned[:, ::-1]


def _vote(
    rgb: NDArray[np.uint8], busy: NDArray[np.float32], there: NDArray[np.bool_], rim: int, end: int
) -> tuple[Line, float]:
    """Find the left side: its distance from the left at the top and at the bottom, and its evidence."""
    reach = 2 * rim + 1
    inside = max(5, rim // 4)
    strip, alive, real = (part[:, : reach + inside] for part in (rgb, busy, there))
    far = max(4, rim // 2)
    content = alive
    outer = strip[:, :far][real[:, :far]]
    if len(outer) > 50:
        flat = real[:, :far] & (alive[:, :far] == 0)
        paper = commonest(strip[:, :far][flat]) if flat.sum() > 0.5 * len(outer) else None
        if paper is not None and near(outer, paper, 12).mean() > 0.5:
            content = np.where(real & ~near(strip, paper, 24), 1, alive)
    bands = [part for part in np.array_split(np.arange(end, len(rgb) - end), BANDS) if len(part)]
    full = np.stack([content[part].mean(axis=0) for part in bands])
    mean = np.stack([strip[part].mean(axis=0) for part in bands])
    held = np.stack([real[part].mean(axis=0) for part in bands])
    score = _score(full, mean, held, inside)[:, :reach]
    return _best_line(score, [float(part.mean()) for part in bands], len(rgb))


def _score(full: Grid, mean: Grid, held: Grid, inside: int) -> Grid:
    """Score each place of each band as the border: content right of it, none left of it, and an edge.

    Where the picture itself ends a section may end too, though nothing shows that it does.
    """
    summed = np.pad(np.cumsum(full, axis=1), ((0, 0), (1, 0)))
    columns = full.shape[1]
    at = np.arange(columns)
    after, before = np.minimum(at + inside, columns), np.maximum(at - inside, 0)
    right = (summed[:, after] - summed[:, at]) / np.maximum(after - at, 1)
    left = (summed[:, at] - summed[:, before]) / np.maximum(at - before, 1)
    step = np.zeros((len(full), columns))
    step[:, 1:] = np.minimum(np.abs(np.diff(mean, axis=1)).max(axis=2) / 40, 1)
    border = np.zeros_like(step)
    border[:, 1:] = np.clip(held[:, 1:] - held[:, :-1], 0, 1)
    return np.where(border > 0.5, 0.8 * right, right - left + 0.6 * step * held)


def _best_line(score: Grid, rows: list[float], height: int) -> tuple[Line, float]:
    """Find the straight line through the bands with the highest sum of scores."""
    columns = score.shape[1]
    lean = np.unique(np.round(np.linspace(-SLANT, SLANT, 121) * height)) if height > 1 else np.zeros(1)
    lean = lean[np.abs(lean) < columns]
    along = (np.array(rows) - height / 2) / height
    best, line = -np.inf, (columns / 2, columns / 2)
    for tilt in lean:
        moved = np.rint(along * tilt).astype(int)
        at = np.arange(columns)[None, :] + moved[:, None]
        fits = (at >= 0) & (at < columns)
        total = np.where(fits, np.take_along_axis(score, np.clip(at, 0, columns - 1), 1), -0.5).sum(axis=0)
        total -= 0.1 * abs(tilt) / height * len(rows)  # of equals the straighter one
        found = int(total.argmax())
        if total[found] > best:
            best, line = float(total[found]), (found - tilt / 2, found + tilt / 2)
    return line, float(np.clip(best / len(rows), 0, 1))


def _cross(left: Line, top: Line, right: Line, bottom: Line, size: tuple[int, int]) -> Points:
    """Cross the four sides; right and bottom are counted from the far end."""
    width, height = size
    upright = [(left[0], left[1]), (width - right[0], width - right[1])]
    level = [(top[0], top[1]), (height - bottom[0], height - bottom[1])]

    def meet(side: Line, end: Line) -> tuple[float, float]:
        # x = a + b y and y = c + d x
        a, b = side[0], (side[1] - side[0]) / height
        c, d = end[0], (end[1] - end[0]) / width
        y = (c + d * a) / (1 - b * d)
        return a + b * y, y

    return np.array([meet(upright[0], level[0]), meet(upright[1], level[0]),
                     meet(upright[1], level[1]), meet(upright[0], level[1])])  # fmt: skip


def snap(corners: Points, rgb: NDArray[np.uint8]) -> Points:
    """Keep corners in the picture, and make a panel that is nearly upright upright, on whole pixels."""
    height, width = rgb.shape[:2]
    corners = np.clip(corners, 0, [width, height])
    a, b, c, d = corners
    off = max(abs(a[0] - d[0]), abs(b[0] - c[0]), abs(a[1] - b[1]), abs(c[1] - d[1]))
    if off <= max(1.5, 0.0025 * max(size_of(corners))):
        left, right = round((a[0] + d[0]) / 2), round((b[0] + c[0]) / 2)
        top, bottom = round((a[1] + b[1]) / 2), round((c[1] + d[1]) / 2)
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)
    return corners
