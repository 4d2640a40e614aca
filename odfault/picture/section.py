"""A picture to a section: panel, colours, amplitudes, and the way back to pixels."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault.picture.colours import find_map, to_amplitudes
from odfault.picture.panel import find_panel
from odfault.picture.straighten import Points, box, check_corners, homography, move, straighten

Colours = NDArray[np.uint8]


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
        If the corners span no panel, or this is no section.
    """
    place = find_panel(rgb) if corners is None else check_corners(corners, rgb)
    panel = straighten(rgb, place)
    found = find_map(panel)
    values, _ = to_amplitudes(panel, found)
    values = values - np.median(values)
    amplitudes = np.ascontiguousarray(values.T, np.float32)
    return Section(place, amplitudes, found.name, np.ones(amplitudes.shape, bool), [])
