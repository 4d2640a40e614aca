"""Colour maps that viewers and journals draw seismic data in, by their anchors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
"""(n, 3): colours, 0 to 255, in even steps of amplitude."""

GREY = "grey"
ANCHORS = {
    GREY: "000000 ffffff",
    "blue-white-red": "0000ff ffffff ff0000",
    "dark blue-white-dark red": "00004c 0000ff ffffff ff0000 800000",
    "blue-white-red, printed": "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
    "black-white-red": "000000 ffffff ff0000",
    "grey-white-red": "1a1a1a 4d4d4d 878787 bababa e0e0e0 ffffff fddbc7 f4a582 d6604d b2182b 67001f",
    "blue-grey-red": "3b4cc0 6788ee 9abbff c9d7f0 dddddd f7bba0 ee8468 d65244 b40426",
    "blue-white-brown": "00008b 4169e1 ffffff cd853f 5c2e00",
    "green-white-brown": "003c30 01665e 35978f 80cdc1 c7eae5 f5f5f5 f6e8c3 dfc27d bf812d 8c510a 543005",
    "violet-white-orange": "2d004b 542788 8073ac b2abd2 d8daeb f7f7f7 fee0b6 fdb863 e08214 b35806 7f3b08",
    "blue-white-brown-yellow": "a1ffff 0000bf 4d4d4d cccccc 613a00 ff0000 ffff00",
    "jet": "000080 0000ff 0080ff 00ffff 80ff80 ffff00 ff8000 ff0000 800000",
    "rainbow": "8000ff 4062fa 00b5eb 40ecd4 80ffb4 c0eb8d ffb360 ff6232 ff0000",
    "spectral": "5e4fa2 3288bd 66c2a5 abdda4 e6f598 ffffbf fee08b fdae61 f46d43 d53e4f 9e0142",
    "viridis": "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725",
}
"""Each in even steps of amplitude; after the viewers' own palettes and Hunter's (2007) Matplotlib."""


def known_maps() -> dict[str, Curve]:
    """Give each known map as 256 colours."""
    return {name: _curve(anchors) for name, anchors in ANCHORS.items()}


def _curve(anchors: str) -> Curve:
    points = np.array([[int(word[n : n + 2], 16) for n in (0, 2, 4)] for word in anchors.split()], float)
    return resample(points, 256)


def resample(points: Curve, many: int) -> Curve:
    """Draw a curve anew in even steps between its points."""
    at = np.linspace(0, len(points) - 1, many)
    return np.column_stack([np.interp(at, np.arange(len(points)), part) for part in points.T])
