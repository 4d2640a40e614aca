"""Colours back to amplitudes: which map they were drawn in, and where on it each pixel lies."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from odfault.picture.maps import GREY, Curve, known_maps, resample
from odfault.picture.path import trace_path
from odfault.picture.texture import change_of
from odfault.picture.vision import load_vision

Image = NDArray[np.float32]
STRAIGHT = 0.03
"""Colours are one line, such as grey or sepia, when no more than this part of their spread is beside it."""
VIVID = 18
"""Levels between the highest and the lowest of red, green and blue from which a pixel is no grey."""
PURE = 0.35
"""Part of the pixels of a brightness that are looked at: those with the calmest neighbours."""
SEEN, JUDGED = 20_000, 5000
"""Pixels that are looked at to find the map, and those that candidates are judged by."""
FADED = (1.0, 0.7, 0.5)
"""What JPEG, a printer or a camera may leave of the colours."""
_WEIGHTS = np.array([[0.299, 0.587, 0.114], [-0.118, -0.232, 0.35], [0.35, -0.293, -0.057]])
"""Brightness, and blueness and redness at .7: JPEG keeps less of them (after ITU-R BT.601)."""


@dataclasses.dataclass(frozen=True)
class ColourMap:
    """A colour map that was found.

    Attributes
    ----------
    name : str
        Of a known map, ``colour bar``, ``one hue`` or ``unknown``.
    curve : ndarray, (n, 3)
        Its colours in even steps from the lowest to the highest amplitude.
    misfit : float
        Typical distance of the pixels from the curve, in levels of 255.
    """

    name: str
    curve: Curve
    misfit: float


def find_map(rgb: NDArray[np.uint8], bar: Curve | None = None) -> ColourMap:
    """Find the colour map that a panel was drawn in.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The panel alone.
    bar : ndarray, (n, 3), optional
        Colours of a bar beside it, which is believed when it fits.
    """
    seen = _pure(_mostly_grey(rgb))
    line = _one_line(seen)
    if line is not None:  # a bar of greys adds nothing but its noise
        return line
    some = seen[:: len(seen) // JUDGED]
    white = white_of(seen) / 255
    found = []
    for name, curve in known_maps().items():
        for vivid in FADED:
            grey = curve @ _WEIGHTS[0]
            faded = grey[:, None] + vivid * (curve - grey[:, None])
            found.append(ColourMap(name, faded, _both_ways(some, faded) + 2 * (1 - vivid)))
            tinted = faded * np.maximum(white, 0.25)
            found.append(ColourMap(name, tinted, _both_ways(some, tinted) + 2 * (1 - vivid) + 1))
    if bar is not None:
        found.append(ColourMap("colour bar", bar, _both_ways(some, bar)))
    best = min((one for one in found if one.name != GREY), key=lambda one: one.misfit)
    path = trace_path(seen)
    own = ColourMap("unknown", path, _both_ways(some, path))
    return best if best.misfit < max(8.0, 2.2 * own.misfit) else own


def _mostly_grey(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave colours out that are in few places of a grey panel, such as a hand or drawn lines: (1, n, 3)."""
    cv2 = load_vision()
    vivid = (rgb.max(axis=2) - rgb.min(axis=2)) > VIVID
    blocks = (max(1, rgb.shape[1] // 24), max(1, rgb.shape[0] // 24))
    places = cv2.resize(vivid.astype(np.float32), blocks, interpolation=cv2.INTER_AREA) > 0.04
    if not 0 < places.mean() < 0.5:
        return rgb
    grown = cv2.dilate(
        cv2.resize(places.astype(np.uint8), rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST), None
    )
    rest = rgb[grown == 0]
    wide = np.ptp(np.quantile(rest.mean(axis=1), [0.05, 0.95])) > 60
    rows = len(rest) // 64
    return np.ascontiguousarray(rest[: 64 * rows].reshape(rows, 64, 3)) if wide and rows > 8 else rgb


def white_of(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the brightest colour that is not rare, as what white paper has become."""
    bright = seen.sum(axis=1)
    return np.asarray(np.median(seen[bright >= np.quantile(bright, 0.97)], axis=0))


def _both_ways(seen: NDArray[np.float64], curve: Curve) -> float:
    """Give the misfit of colours to a curve, and of the part of the curve between them to the colours."""
    points = resample(curve, 256) @ _WEIGHTS.T
    colours = seen @ _WEIGHTS.T
    distance, at = cKDTree(points).query(colours)
    low, high = np.quantile(at, [0.005, 0.995]).astype(int)
    back, _ = cKDTree(colours).query(points[low : high + 1])
    near = np.sort(distance)[: max(1, int(0.9 * len(distance)))]
    return float(np.sqrt(np.mean(near**2)) + 0.5 * np.sqrt(np.mean(back**2)))


def _pure(rgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Choose pixels whose neighbours are alike, of each brightness: the others are mixed, most so by JPEG."""
    cv2 = load_vision()
    change = change_of(rgb, 3).ravel()
    smooth = cv2.blur(rgb, (3, 1)).reshape(-1, 3)
    chance = np.random.default_rng(0)
    some = chance.integers(0, len(smooth), min(len(smooth), 20 * SEEN))
    level = smooth[some].max(axis=1) // 16 + 16 * (smooth[some].argmax(axis=1))
    order = np.lexsort((change[some], level))
    groups = np.split(order, np.flatnonzero(np.diff(level[order])) + 1)
    chosen = np.concatenate([some[group[: max(1, int(PURE * len(group)))]] for group in groups])
    return np.asarray(smooth[chance.choice(chosen, SEEN)], np.float64)


def _one_line(seen: NDArray[np.float64]) -> ColourMap | None:
    """Give the straight map of grey, sepia or yellowed paper, if colours are one; brighter is higher."""
    centre = np.median(seen, axis=0)
    beside = seen - centre
    far = np.sqrt((beside**2).sum(axis=1))
    trusted = beside[far <= np.quantile(far, 0.98)]
    values, vectors = np.linalg.eigh(trusted.T @ trusted)
    if values[:2].sum() > STRAIGHT * values.sum() + 4.0 * len(trusted):
        return None
    along = vectors[:, 2] * np.sign(vectors[:, 2].sum())
    if along.min() < 0.1:  # one hue gets brighter in all three
        return None
    low, high = np.quantile(beside @ along, [0.0, 1.0])
    curve = centre + np.linspace(low, high, 256)[:, None] * along
    rest = float(np.sqrt(max(values[:2].sum(), 0) / len(trusted)))
    return ColourMap(GREY if np.ptp(along) < 0.08 else "one hue", curve, rest)


def to_amplitudes(rgb: NDArray[np.uint8], found: ColourMap) -> tuple[Image, Image]:
    """Turn colours to amplitudes, and tell how far each colour is from the map.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    found : ColourMap

    Returns
    -------
    tuple of ndarray
        (height, width) float32 twice: -1 to 1 along the map, and the distance in levels of 255 from the
        colours that it can be mixed to, as at the edges of pixels.
    """
    curve = resample(found.curve, 512)
    codes = (rgb.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)).ravel()
    values, where = np.unique(codes, return_inverse=True)
    colours = np.column_stack([values >> 16, (values >> 8) & 255, values & 255]).astype(np.float64)
    distance, at = cKDTree(curve @ _WEIGHTS.T).query(colours @ _WEIGHTS.T)
    distance = np.minimum(distance, _beyond_mixtures(colours @ _WEIGHTS.T, curve @ _WEIGHTS.T))
    amplitude = (2 * at / (len(curve) - 1) - 1).astype(np.float32)
    return amplitude[where].reshape(rgb.shape[:2]), distance.astype(np.float32)[where].reshape(rgb.shape[:2])


def _beyond_mixtures(colours: NDArray[np.float64], curve: Curve) -> NDArray[np.float64]:
    """Give how far colours are from all mixtures of a curve's; no more than that, and 0 among them."""
    spread = np.linalg.svd(curve - curve.mean(axis=0), compute_uv=False)
    if spread[1] < 0.02 * spread[0]:
        return np.full(len(colours), np.inf)  # a straight line holds its own mixtures
    hull = ConvexHull(curve[::4], qhull_options="QJ")
    beyond = np.zeros(len(colours))
    for *normal, offset in hull.equations:
        np.maximum(beyond, colours @ np.array(normal) + offset, out=beyond)
    return beyond
