"""Pixels of one colour each, from which a map is seen: their neighbours are alike, nothing lies over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.maps import GREY, Curve
from odfault.picture.texture import change_of
from odfault.picture.vision import load_vision

STRAIGHT = 0.03
"""Colours are one line, such as grey or sepia, when no more than this part of their spread is beside it."""
VIVID = 18
"""Levels between the highest and the lowest of red, green and blue from which a pixel is no grey."""
PURE = 0.35
"""Part of the pixels of a brightness that are looked at: those with the calmest neighbours."""
SEEN = 20_000
"""Pixels that are looked at."""
WIDTHS = (40, 25, 15, 15, 15)
"""Levels around a colour that count as its like, round after round."""


def find_pure(rgb: NDArray[np.uint8]) -> Curve:
    """Choose pixels whose neighbours are alike, of each brightness: the others are mixed, most so by JPEG.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The panel; colours that are in few places of a grey one are left out.

    Returns
    -------
    ndarray, (SEEN, 3)
    """
    cv2 = load_vision()
    rgb = _mostly_grey(rgb)
    change = change_of(rgb, 3).ravel()
    smooth = cv2.blur(rgb, (3, 1)).reshape(-1, 3)
    chance = np.random.default_rng(0)
    some = chance.integers(0, len(smooth), min(len(smooth), 20 * SEEN))
    level = smooth[some].max(axis=1) // 16 + 16 * (smooth[some].argmax(axis=1))
    order = np.lexsort((change[some], level))
    groups = np.split(order, np.flatnonzero(np.diff(level[order])) + 1)
    chosen = np.concatenate([some[group[: max(1, int(PURE * len(group)))]] for group in groups])
    return np.asarray(smooth[chance.choice(chosen, SEEN)], np.float64)


def find_line(seen: Curve) -> tuple[str, Curve] | None:
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
    return (GREY if np.ptp(along) < 0.08 else "one hue"), curve


def find_zero(seen: Curve) -> Curve:
    """Give the commonest colour, which is that of no amplitude.

    Notes
    -----
    Mean shift (Fukunaga and Hostetler, 1975) from the median.
    """
    centre = np.median(seen, axis=0)
    for width in WIDTHS:
        near = np.exp(-0.5 * ((seen - centre) ** 2).sum(axis=1) / width**2)
        centre = near @ seen / near.sum()
    return np.asarray(centre)


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
