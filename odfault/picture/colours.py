"""Colours back to amplitudes: which map they were drawn in, and where on it each pixel lies."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from odfault.picture.light import find_light
from odfault.picture.likely import LUMA, Fit, expect, fit
from odfault.picture.maps import Curve, known_maps, resample
from odfault.picture.path import trace_path
from odfault.picture.pure import SEEN, find_line, find_pure, find_zero
from odfault.picture.quick import find_quick

Image = NDArray[np.float32]
FITTED, FEW, FINALISTS = 2500, 830, 3
"""Pixels that the last maps are judged by, and those that all are, and how many come to the last."""
BAR, UNKNOWN, QUICK = "colour bar", "unknown", "unknown, by what alternates"
TRUST, KNOWN = {BAR: 1.0, UNKNOWN: 0.0, QUICK: 0.0}, 0.6
"""How much worse, in logarithms of the likelihood of a pixel, a bar and a known map may explain the panel
than what is made of its own colours."""
LEAST_AGREED, PATH_AGREED = 0.7, 0.92
"""Correlation of a map's amplitudes with the mixture of colours that alternates, at least; and of those of a
path through colours, which may have lost an arm."""
DOUBT = 1.5
"""What is said against those that agree less: they come last but where colours hardly fit any other."""
LEAST_VIVID = 0.5
"""How colourful a bar is, at least, beside the panel."""
FAR_OFF = 17.0
"""Levels of brightness by which a section scatters around its map, at most."""
DIMMED = (0.4, 1.2)
"""By how much a panel may be darker or brighter than its map."""
LIGHTS = 2
"""How often uneven light is looked for."""
INNER = 0.12
"""Part of a path that zero is away from its ends."""
MOST_COLOURS = 40_000
"""Of which each gets its own amplitude; of more those that are nearly alike share one."""
_WEIGHTS = np.array([[0.299, 0.587, 0.114], [-0.118, -0.232, 0.35], [0.35, -0.293, -0.057]])
"""Brightness, and blueness and redness at .7: JPEG keeps less of them (after ITU-R BT.601)."""


@dataclasses.dataclass(frozen=True)
class ColourMap:
    """A colour map that was found.

    Attributes
    ----------
    name : str
        Of a known map, ``colour bar``, ``one hue`` or ``unknown``.
    fit : Fit
        Its colours from the lowest to the highest amplitude, and how the panel's scatter around them.
    agrees : float
        Correlation of its amplitudes with the mixture of colours that alternates.
    straight : bool
        Whether it is one line of colours, such as grey.
    """

    name: str
    fit: Fit
    agrees: float = 1.0
    straight: bool = False

    @property
    def misfit(self) -> float:
        """Typical distance of the pixels from the curve, in levels of 255."""
        return self.fit.noise[1] if self.straight else float(np.hypot(*self.fit.noise))

    @property
    def explains(self) -> bool:
        """Whether it is the map of a section: brightness is near it, and what alternates is along it."""
        return self.straight or (self.agrees > LEAST_AGREED and self.fit.noise[0] < FAR_OFF)


def find_map(rgb: NDArray[np.uint8], bars: Sequence[Curve] = ()) -> ColourMap:
    """Find the colour map that a panel was drawn in.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
        The panel alone.
    bars : sequence of ndarray, (n, 3)
        Colours of strips beside it; one that explains the panel nearly as well as anything is its colour bar.

    Notes
    -----
    Each map is fitted as light, ink or a camera may have changed it, and the likeliest is taken of those
    whose amplitudes alternate: where JPEG has mixed colours, one that folds the two signs onto each other may
    explain them best.
    """
    seen = find_pure(rgb)
    weights, quick = find_quick(rgb)
    line = find_line(seen)
    if line is not None:
        found = _judge(*line, seen[:: SEEN // FITTED], weights, tint=False)
        if found.agrees > LEAST_AGREED:
            return dataclasses.replace(found, straight=True)
    zero, vivid = find_zero(seen), _colourful(seen)
    maps = [(BAR, bar) for bar in bars if _colourful(bar) > LEAST_VIVID * vivid]
    maps += known_maps().items()
    maps += [(name, _dim(curve, zero)) for name, curve in maps]
    maps += [(UNKNOWN, _centre(trace_path(seen), zero)), (QUICK, quick)]
    tried = [_judge(*one, seen[:: SEEN // FEW], weights) for one in maps]
    best = sorted(tried, key=_worth, reverse=True)[:FINALISTS]
    return max(
        (_judge(one.name, one.fit.curve, seen[:: SEEN // FITTED], weights) for one in best), key=_worth
    )


def _worth(one: ColourMap) -> float:
    """Give how much is to be said for a map."""
    enough = one.agrees > (PATH_AGREED if one.name == UNKNOWN else LEAST_AGREED)
    return one.fit.worth + TRUST.get(one.name, KNOWN) - (0.0 if enough else DOUBT)


def _judge(name: str, curve: Curve, seen: Curve, weights: Curve, *, tint: bool = True) -> ColourMap:
    """Fit a curve to colours, and tell how far its amplitudes agree with what alternates."""
    found = fit(seen, curve, tint=tint)
    values, quick = expect(seen, found), seen @ weights
    agrees = abs(float(np.corrcoef(values, quick)[0, 1])) if values.std() > 1e-6 < quick.std() else 0.0
    return ColourMap(name, found, agrees)


def _colourful(colours: Curve) -> float:
    """Give how far colours are from their middle, brightness aside, in levels."""
    tint = colours @ LUMA[1:].T
    return float(np.quantile(np.hypot(*(tint - np.median(tint, axis=0)).T), 0.9))


def _dim(curve: Curve, zero: Curve) -> Curve:
    """Make a map as dark as the panel is where there is no amplitude."""
    ratio = (zero @ LUMA[0]) / max(1.0, float(curve[len(curve) // 2] @ LUMA[0]))
    return np.asarray(curve * np.clip(ratio, *DIMMED))


def _centre(path: Curve, zero: Curve) -> Curve:
    """Draw a path anew so that the colour of no amplitude is in its middle, unless that is at an end."""
    at = int(((path - zero) ** 2).sum(axis=1).argmin())
    if not INNER < at / len(path) < 1 - INNER:
        return path
    return np.concatenate([resample(path[: at + 1], 128), resample(path[at:], 129)[1:]])


def even_light(rgb: NDArray[np.uint8], found: ColourMap) -> tuple[NDArray[np.uint8], ColourMap]:
    """Take uneven light off a panel, and fit its map anew.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    found : ColourMap
        In a straight one light and amplitude are the same, and nothing is done.

    Returns
    -------
    tuple
        The panel and the map.
    """
    if found.straight:
        return rgb, found
    even, light = rgb, np.ones(rgb.shape[:2], np.float32)
    for _ in range(LIGHTS):
        light *= find_light(even, found.fit)
        even = np.clip(np.round(rgb / light[:, :, None]), 0, 255).astype(np.uint8)
        some = find_pure(even)[:: SEEN // FITTED]
        found = dataclasses.replace(found, fit=fit(some, found.fit.curve, tint=True))
    return even, found


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
    curve = resample(found.fit.curve, 512) @ _WEIGHTS.T
    distance, _ = cKDTree(curve).query(colours @ _WEIGHTS.T)
    distance = np.minimum(distance, _beyond_mixtures(colours @ _WEIGHTS.T, curve))
    table = np.zeros((2, many**3), np.float32)
    table[0, values], table[1, values] = expect(colours, found.fit), distance
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
