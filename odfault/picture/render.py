"""The Pillow room, way out: faults over the picture, as a probability, a mask, lines."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.picture.section import Section
from odfault.picture.straighten import box, homography, size_of
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
Image = NDArray[np.float32]
WEAK, STRONG = np.array([255, 235, 0.0]), np.array([255, 0, 90.0])
"""Colours of a fault at the threshold and at 1."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


def to_picture(values: Image, section: Section, shape: tuple[int, int]) -> Image:
    """Lay values of a section (traces, samples) where they are in a picture (height, width); 0 elsewhere."""
    cv2 = load_vision()
    forth = homography(box(*section.shape), section.corners)
    centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    forth = np.linalg.inv(centre) @ forth @ centre
    size = (shape[1], shape[0])
    laid = cv2.warpPerspective(np.ascontiguousarray(values.T), forth, size, flags=cv2.INTER_LINEAR)
    inside = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(inside, np.round((section.corners - 0.5) * 16).astype(np.int32), 1, shift=4)
    return np.asarray(np.clip(laid, 0, 1) * inside, np.float32)


def draw_faults(rgb: Colours, section: Section, probability: Image, *, threshold: float = 0.5) -> Colours:
    """Draw faults over an untouched picture, in place, with a legend.

    Parameters
    ----------
    rgb : ndarray of uint8, (height, width, 3)
    section : Section
    probability : ndarray of float32, (traces, samples)
    threshold : float
        Probability from which a fault is drawn.

    Returns
    -------
    ndarray of uint8, (height, width, 3)
    """
    over = to_picture(probability, section, rgb.shape[:2])
    strength = np.clip((over - threshold) / max(1 - threshold, 1e-6), 0, 1)[:, :, None]
    alpha = np.clip((over - threshold) / 0.08, 0, 1)[:, :, None] * 0.85
    colour = WEAK + (STRONG - WEAK) * strength
    drawn = np.rint(rgb * (1 - alpha) + colour * alpha).astype(np.uint8)
    return _legend(drawn, section, threshold)


def _legend(rgb: Colours, section: Section, threshold: float) -> Colours:
    """Write a small legend into the lower left corner of the panel."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    size = int(np.clip(min(size_of(section.corners)) / 40, 10, 40))
    picture = Pillow.fromarray(rgb)
    pen = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(size)
    words = f"fault {threshold:g}"
    first, last = pen.textlength(words, font), pen.textlength("1", font)
    ramp, gap = 5 * size, size // 2
    wide, tall = first + ramp + last + 4 * gap, 1.7 * size
    left = float(section.corners[:, 0].min()) + gap
    top = float(section.corners[:, 1].max()) - tall - gap
    if left + wide > rgb.shape[1] or top < 0:
        return rgb
    pen.rectangle([left, top, left + wide, top + tall], fill=(255, 255, 255, 215))
    pen.text((left + gap, top + tall / 2), words, (0, 0, 0), font, anchor="lm")
    begin = left + 2 * gap + first
    for n in range(ramp):
        colour = tuple(int(c) for c in WEAK + (STRONG - WEAK) * n / (ramp - 1))
        pen.line([begin + n, top + tall * 0.25, begin + n, top + tall * 0.75], fill=colour)
    pen.text((begin + ramp + gap, top + tall / 2), "1", (0, 0, 0), font, anchor="lm")
    return np.asarray(picture, np.uint8)


def draw_probability(section: Section, probability: Image, shape: tuple[int, int]) -> NDArray[np.uint16]:
    """Give the bare probability on the picture's pixels: 0 to 65535, (height, width)."""
    return np.rint(to_picture(probability, section, shape) * 65535).astype(np.uint16)


def draw_mask(
    section: Section, probability: Image, shape: tuple[int, int], *, threshold: float = 0.5
) -> Colours:
    """Give 255 where the probability is at least a threshold, 0 elsewhere: (height, width)."""
    return np.where(to_picture(probability, section, shape) >= threshold, 255, 0).astype(np.uint8)


def save_picture(values: NDArray[Any], path: Path) -> None:
    """Write colours (height, width, 3) or grey values (height, width) of 8 or 16 bits as the name says.

    Raises
    ------
    OdfaultError
        If the name is that of no picture, or it cannot be written.
    """
    from PIL import Image as Pillow

    check_name(path)
    if values.dtype == np.uint16 and path.suffix.lower() not in (".png", ".tif", ".tiff"):
        values = (values // 257).astype(np.uint8)
    words: dict[str, Any] = {"quality": 95} if path.suffix.lower() in (".jpg", ".jpeg", ".webp") else {}
    try:
        Pillow.fromarray(values).save(path, **words)
    except (OSError, ValueError) as error:
        raise OdfaultError(
            f"{path} cannot be written ({error})", "give another name, such as faults.png"
        ) from error


def check_name(path: Path) -> None:
    """Refuse what is no name of a picture.

    Raises
    ------
    OdfaultError
        If the suffix is unknown.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OdfaultError(f"{path} is no name of a picture", f"end it in one of {', '.join(SUFFIXES)}")


def save_lines(lines: list[tuple[NDArray[np.float64], float]], path: Path) -> None:
    """Write polylines as CSV: fault, x, y (pixels) and the mean probability of the line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["fault", "x", "y", "probability"])
        for number, (points, mean) in enumerate(lines, 1):
            writer.writerows([number, f"{x:.2f}", f"{y:.2f}", f"{mean:.3f}"] for x, y in points)
