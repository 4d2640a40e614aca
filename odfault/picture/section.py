"""A picture to a section: panel, colours, amplitudes, and the way back to pixels."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault.picture.bar import find_bars
from odfault.picture.clutter import find_foreign, find_grid, mend, trim_frame
from odfault.picture.colours import even_light, find_map, to_amplitudes
from odfault.picture.others import tell_others
from odfault.picture.overlay import tell_lines
from odfault.picture.panel import find_panel
from odfault.picture.straighten import Points, box, check_corners, homography, move, span_box, straighten
from odfault.picture.verdict import NoSectionError, look_at, refuse, refuse_part, too_thin
from odfault.picture.vision import load_vision
from odfault.picture.wiggle import as_grey, read_wiggles

Colours = NDArray[np.uint8]
MOST_FOREIGN = 0.35
"""Part of a panel that may be covered; of more the colour map is the wrong one."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A section that was found in a picture.

    Attributes
    ----------
    corners : ndarray of float64, (4, 2)
        x and y in pixels, clockwise from the top left. The picture's upper left corner is 0, 0 and its pixel
        k covers k to k + 1.
    amplitudes : ndarray of float32, (traces, samples)
        In no unit, around 0; a column of pixels of the straightened panel is a trace. Which sign is which a
        picture does not tell: the brighter or redder end is taken to be positive.
    colours : str
        What kind of colour map was found.
    valid : ndarray of bool, (traces, samples)
        False where something covered the section and the amplitudes were mended from beside.
    remarks : list of str
        What was odd, a plain sentence each.
    """

    corners: Points
    amplitudes: NDArray[np.float32]
    colours: str
    valid: NDArray[np.bool_]
    remarks: list[str] = dataclasses.field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int]:
        """Traces and samples."""
        traces, samples = self.amplitudes.shape
        return traces, samples

    def to_picture(self, points: ArrayLike) -> Points:
        """Take points (n, 2), trace and sample counted from 0, to x and y in the picture."""
        return move(np.asarray(points, np.float64) + 0.5, homography(box(*self.shape), self.corners))

    def to_section(self, points: ArrayLike) -> Points:
        """Take points (n, 2), x and y in the picture, to trace and sample."""
        return move(points, homography(self.corners, box(*self.shape))) - 0.5


def find_section(rgb: Colours, *, corners: ArrayLike | None = None, force: bool = False) -> Section:
    """Find the section in a picture and turn it back to amplitudes.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        From ``read_picture``.
    corners : array_like, (4, 2), optional
        Where the panel is, in pixels, clockwise from the top left; found when left out.
    force : bool
        Answer what does not look like a section too.

    Raises
    ------
    OdfaultError
        If the corners span no panel.
    NoSectionError
        If this is no section.
    """
    place = find_panel(rgb) if corners is None else check_corners(corners, rgb)
    place = _without_frame(rgb, place) if corners is None else place
    panel = straighten(rgb, place)
    found = find_map(panel, find_bars(rgb, place))
    drawn = read_wiggles(panel) if found.straight else None
    panel, found = even_light(panel, found)
    values, distance = to_amplitudes(panel, found) if drawn is None else (drawn, np.zeros_like(drawn))
    name = found.name if drawn is None else "wiggles"
    shown = panel if drawn is None else as_grey(drawn)
    looks = look_at(values, shown)
    why = refuse(looks, _around_zero(values)) or too_thin(panel, rgb)
    why = why or (refuse_part(rgb, place) if corners is None else None)
    why = why or ("" if found.explains or looks.bedded else "its colours are of no one map")
    if why and not force:
        raise NoSectionError(why, place)
    remarks = [f"This may be no section: {why}."] if why else []
    remarks += tell_others(rgb, place) if corners is None else []
    foreign = find_foreign(distance, found.misfit)
    remarks += tell_lines(foreign, panel)
    covered = foreign.mean() > MOST_FOREIGN
    if covered or not (found.explains or why):
        remarks.append("The colours are of no one map: amplitudes are rough.")
    foreign &= not covered
    hidden = foreign | find_grid(values, _brightness(panel)) if drawn is None else foreign
    if hidden.mean() > 0.002:
        remarks.append(f"{100 * hidden.mean():.1f} % of the section was covered and mended from beside.")
    amplitudes = _around_zero(mend(values, hidden))
    return Section(place, np.ascontiguousarray(amplitudes.T), name, np.ascontiguousarray(~hidden.T), remarks)


def _brightness(rgb: Colours) -> NDArray[np.float32]:
    """Give -1 for black and 1 for white: a line in one colour is that in all maps."""
    return np.asarray(load_vision().cvtColor(rgb, load_vision().COLOR_RGB2GRAY) / np.float32(127.5) - 1)


def _without_frame(rgb: Colours, corners: Points) -> Points:
    """Move corners in to where a frame line ends."""
    panel = straighten(rgb, corners)
    height, width = panel.shape[:2]
    left, top, right, bottom = trim_frame(panel)
    inner = span_box((left, top, width - right, height - bottom))
    return move(inner, homography(box(width, height), corners))


def _around_zero(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take away what is slow where it is much, such as uneven light, and the middle elsewhere."""
    cv2 = load_vision()
    height, width = values.shape
    part = max(1, min(height, width) // 64)
    small = cv2.resize(values, (width // part, height // part), interpolation=cv2.INTER_AREA)
    sigma = {f"sigma{way}": max(12.0, n / 8) / part for way, n in (("X", width), ("Y", height))}
    slow = cv2.resize(
        cv2.GaussianBlur(small, (0, 0), **sigma), (width, height), interpolation=cv2.INTER_LINEAR
    )
    slow -= np.median(values)
    uneven = float(np.var(slow)) > 0.04 * float(np.var(values))
    return np.asarray(values - np.median(values) - (slow if uneven else 0), np.float32)
