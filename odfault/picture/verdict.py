"""Is it a section? What speaks for it and against it, measured on the amplitudes of the panel."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.picture.grow import grow
from odfault.picture.straighten import Points, straighten
from odfault.picture.texture import change_of
from odfault.picture.vision import load_vision

Image = NDArray[np.float32]
LEAST_ORDER, LEAST_WAVES, LEAST_LEVEL, MOST_FLAT, MOST_FEW = 0.33, 0.45, 0.52, 0.45, 0.995
"""Of what is a section; measured on rendered and real ones, and on what is none."""
ALL_WAYS = "its lines run in all directions, as in a time slice, a map or a chart"
CLEAR_LEVEL, CLEAR_BEDS = 0.95, 0.8
"""Of beds that nobody takes for anything else."""


class NoSectionError(OdfaultError):
    """A refusal that says where it looked.

    Attributes
    ----------
    corners : ndarray, (4, 2)
        Of the panel that is no section, for the user to move.
    """

    def __init__(self, why: str, corners: Points) -> None:
        super().__init__(f"this is not a section: {why}", "use --force, or --corners if the panel was missed")
        self.corners = corners


@dataclasses.dataclass(frozen=True)
class Looks:
    """What a panel looks like.

    Attributes
    ----------
    level : float
        Part of the gradient energy that lies within 45 degrees of up and down: 1 for flat beds, about .5 for
        a map, a face or a time slice.
    ordered : float
        How much neighbouring gradients agree, 0 to 1.
    wavy : float
        Part of the variance along the traces that is not slower than an eighth of their length: small for a
        photo or a velocity map, near 1 for seismic data.
    flat : float
        Part of the panel whose 5 x 5 neighbourhoods are of one colour.
    few : float
        Part of the panel in its eight commonest colours.
    steep : float
        Part of the ordered gradients that dip more than 60 degrees on the picture.
    """

    level: float
    ordered: float
    wavy: float
    flat: float
    few: float
    steep: float

    @property
    def bedded(self) -> bool:
        """Whether there are clear beds in it, so that odd colours do not make it anything else."""
        return self.level > CLEAR_LEVEL and min(self.ordered, self.wavy) > CLEAR_BEDS


def look_at(values: Image, rgb: NDArray[np.uint8]) -> Looks:
    """Measure a panel.

    Parameters
    ----------
    values : ndarray of float32, (height, width)
        Amplitudes.
    rgb : ndarray of uint8, (height, width, 3)
        The same panel in colours.
    """
    cv2 = load_vision()
    less = min(1.0, 600 / max(values.shape))
    small = cv2.resize(values, None, fx=less, fy=less, interpolation=cv2.INTER_AREA) if less < 1 else values
    fine, coarse = direction(small, 1.0), direction(small, 3.0)
    level, ordered, steep = max(fine, coarse)  # noise has no direction, and pixels are often finer than it
    slow = cv2.GaussianBlur(small, (0, 0), sigmaX=1.0, sigmaY=max(2.0, len(small) / 16))
    fast = float(np.var(small - slow))
    codes = (rgb // 16).astype(np.int64) @ np.array([1, 16, 256])
    counts = np.sort(np.bincount(codes.ravel()))[::-1]
    return Looks(
        level=level,
        ordered=ordered,
        wavy=fast / max(fast + float(np.var(slow)), 1e-12),
        flat=float((change_of(rgb) <= 3).mean()),
        few=float(counts[:8].sum() / codes.size),
        steep=steep,
    )


def direction(values: Image, smooth: float) -> tuple[float, float, float]:
    """Measure ``level``, ``ordered`` and ``steep`` after smoothing over so many pixels."""
    cv2 = load_vision()
    soft = cv2.GaussianBlur(values, (0, 0), smooth)
    across, down = (cv2.Scharr(soft, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    xx, yy, xy = (cv2.GaussianBlur(part, (0, 0), 4 * smooth) for part in (across**2, down**2, across * down))
    energy = xx + yy + 1e-12
    order = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / energy
    weight = np.minimum(energy, np.quantile(energy, 0.8))
    upright = np.abs(np.sin(0.5 * np.arctan2(2 * xy, xx - yy)))  # of the gradient, from the x axis
    clear = weight * (order > 0.5)
    level = float((weight * (upright > np.sqrt(0.5))).sum() / weight.sum())
    steep = float((clear * (upright < 0.5)).sum() / max(float(clear.sum()), 1e-9))
    return level, float((weight * order).sum() / weight.sum()), steep


def refuse(looks: Looks, values: Image) -> str | None:
    """Say in a sentence why a panel is no section; nothing when it may be one."""
    if looks.ordered < LEAST_ORDER:
        return "there are no beds in it, as in a page of text or noise"
    if looks.wavy < LEAST_WAVES:
        return "it is smooth from top to bottom, as a map or a photo is"
    if looks.level < LEAST_LEVEL:
        return ALL_WAYS
    if looks.flat > MOST_FLAT or (looks.few > MOST_FEW and looks.flat > 0.4 * MOST_FLAT):
        return "it is made of areas of one colour, as a facies map or a drawing is"
    if is_gather(values):
        return "its first arrivals run down from a shot, as in a gather"
    return None


def refuse_part(rgb: NDArray[np.uint8], corners: Points) -> str | None:
    """Say it where lines run in all directions in what a panel is a part of, such as a time slice."""
    cv2 = load_vision()
    grown = grow(rgb, corners)
    if np.array_equal(grown, corners):
        return None
    wider = straighten(rgb, grown)
    bright = cv2.cvtColor(wider, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return ALL_WAYS if look_at(bright, wider).level < LEAST_LEVEL else None


def too_thin(panel: NDArray[np.uint8], rgb: NDArray[np.uint8]) -> str | None:
    """Say it where a panel is a mere strip of its picture."""
    if min(panel.shape[:2]) < max(24, 0.05 * min(rgb.shape[:2])):
        return "nothing larger than a strip has the texture of one"
    return None


def is_gather(values: Image) -> bool:
    """Tell a shot gather: all is dead above straight first arrivals that run down from one trace.

    Parameters
    ----------
    values : ndarray of float32, (height, width)
        Amplitudes around 0.
    """
    height, width = values.shape
    loud = np.abs(values) > 0.25 * np.quantile(np.abs(values), 0.98)
    first = np.where(loud.any(axis=0), loud.argmax(axis=0), height).astype(np.float64)
    part = max(1, width // 100)
    first = np.array([np.median(one) for one in np.array_split(first, max(12, width // part))]) / height
    if np.ptp(first) < 0.3 or first.max() > 0.98:
        return False
    at = np.linspace(0, 1, len(first))
    best = 0.0
    for top in at:
        fit = np.polyfit(np.abs(at - top), first, 1)
        if fit[0] > 0.3:
            rest = first - np.polyval(fit, np.abs(at - top))
            best = max(best, 1 - float(rest.var() / first.var()))
    return best > 0.95
