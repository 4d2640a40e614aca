"""Colours back to amplitudes: which map they were drawn in, and where on it each pixel lies."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from odfault.picture.likely import LEAST, adapt, expect, fit
from odfault.picture.maps import GREY, ONE_ENDED, Curve, known_maps, resample
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
SEEN, FITTED = 20_000, 2500
"""Pixels that are looked at to find the map, and those that candidates are judged by."""
DOUBTED, BAR_DOUBTED, LINE_DOUBTED, BELIEVED = 1.3, 2.5, 1.0, 0.5
"""How much worse, in logarithms of the likelihood of a pixel, one may explain the panel than another: a known
map than the path of its own colours, a bar than any map or than plain grey, and a bar bent to its colours."""
FAR_OFF = 40.0
"""Levels of brightness that no colour bar is off."""
BAR, UNKNOWN = "colour bar", "unknown"
MOST_COLOURS = 40_000
"""Of which each gets its own amplitude; of more those that are nearly alike share one."""
FADED = (1.0, 0.7, 0.5)
"""What JPEG, a printer or a camera may leave of the colours."""
RARE = 2.5
"""Levels of misfit that a map without colour at one end is charged: what JPEG has muddied looks like it."""
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
    noise : tuple of float
        How much brightness and colour scatter around it.
    worth : float
        How well it explains the pixels, as in ``Fit``.
    bent : float
        The same when it is bent to them.
    """

    name: str
    curve: Curve
    misfit: float
    noise: tuple[float, float] = LEAST
    worth: float = 0.0
    bent: float = 0.0


def find_map(rgb: NDArray[np.uint8], bars: Sequence[Curve] = ()) -> ColourMap:
    """Find the colour map that a panel was drawn in.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The panel alone.
    bars : sequence of ndarray, (n, 3)
        Colours of strips beside it; one that explains the panel nearly as well as anything is its colour bar.
    """
    seen = _pure(_mostly_grey(rgb))
    some = seen[:: len(seen) // FITTED]
    line = _one_line(seen)
    own = _judge_bars(some, [bar for bar in bars if not _is_grey(bar)])  # greys add nothing
    if line is not None:
        fitted = fit(some, line.curve)
        line = dataclasses.replace(line, noise=fitted.noise, worth=fitted.worth)
        return own if own and _believe(own, line.worth - LINE_DOUBTED, line.worth) else line
    known, path = _judge_known(seen, some), _judge(UNKNOWN, some, trace_path(seen))
    most = max(known.worth, path.worth)
    if own and _believe(own, most - BAR_DOUBTED, most):
        return own
    return known if known.worth > path.worth - DOUBTED else path


def _judge(name: str, some: Curve, curve: Curve) -> ColourMap:
    """Tell how well a curve explains colours."""
    fitted = fit(some, curve)
    return ColourMap(name, curve, _both_ways(some, curve), noise=fitted.noise, worth=fitted.worth)


def _judge_bars(some: Curve, bars: Sequence[Curve]) -> ColourMap | None:
    """Choose the bar that explains colours best when it may bend a little."""
    found = [_judge(BAR, some, bar) for bar in bars]
    bent = [
        dataclasses.replace(one, bent=fit(some, adapt(some, one.curve, one.noise)).worth) for one in found
    ]
    return max(bent, key=lambda one: one.bent, default=None)


def _believe(bar: ColourMap, least: float, least_bent: float) -> bool:
    """Tell whether a bar is the panel's own: near as it is, and as good as any map once bent to its light."""
    return bar.noise[0] < FAR_OFF and bar.worth > least and bar.bent > least_bent - BELIEVED


def _judge_known(seen: Curve, some: Curve) -> ColourMap:
    """Choose a known map, as it is or faded, on white or on what white has become."""
    white = np.maximum(white_of(seen) / 255, 0.25)
    found = []
    for name, curve in known_maps().items():
        rare = RARE if name in ONE_ENDED else 0.0
        for vivid in FADED if name != GREY else ():
            grey = curve @ _WEIGHTS[0]
            faded = grey[:, None] + vivid * (curve - grey[:, None])
            found.append(ColourMap(name, faded, _both_ways(some, faded) + 2 * (1 - vivid) + rare))
            tinted = faded * white
            found.append(ColourMap(name, tinted, _both_ways(some, tinted) + 3 - 2 * vivid + rare))
    best = min(found, key=lambda one: one.misfit)
    fitted = fit(some, best.curve)
    return dataclasses.replace(best, noise=fitted.noise, worth=fitted.worth)


def _is_grey(curve: Curve) -> bool:
    """Tell whether a curve is one straight line of colours."""
    spread = np.linalg.svd(curve - curve.mean(axis=0), compute_uv=False)
    return bool(spread[1] < 0.08 * spread[0])


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
    for shift in range(4):
        parts = (rgb >> shift).astype(np.uint32)
        many = 256 >> shift
        codes = (parts[:, :, 0] * many + parts[:, :, 1]) * many + parts[:, :, 2]
        there = np.zeros(many**3, bool)
        there[codes.ravel()] = True
        values = np.flatnonzero(there)
        if len(values) <= MOST_COLOURS:
            break
    parts = np.column_stack([values // many**2, values // many % many, values % many])
    colours: Curve = parts.astype(np.float64) * 2**shift + 0.5 * (2**shift - 1)
    curve = resample(found.curve, 512) @ _WEIGHTS.T
    distance, _ = cKDTree(curve).query(colours @ _WEIGHTS.T)
    distance = np.minimum(distance, _beyond_mixtures(colours @ _WEIGHTS.T, curve))
    table = np.zeros((2, many**3), np.float32)
    table[0, values], table[1, values] = expect(colours, found.curve, found.noise), distance
    return table[0, codes], table[1, codes]


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
