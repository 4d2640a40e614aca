"""The Pillow room, way out: faults over the picture, as a probability, a mask, lines."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.picture.section import Section
from odfault.picture.straighten import box, for_opencv, homography, size_of
from odfault.picture.vision import load_vision

Colours = NDArray[np.uint8]
Image = NDArray[np.float32]
WEAK, STRONG = np.array([255, 235, 0.0]), np.array([255, 0, 90.0])
"""Colours of a fault at the threshold and at 1."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


def to_picture(values: Image, section: Section, shape: tuple[int, int]) -> Image:
    """Lay values of a section (traces, samples) where they are in a picture (height, width); 0 elsewhere."""
    cv2 = load_vision()
    forth = for_opencv(homography(box(*section.shape), section.corners))
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
    return _legend(drawn, rgb, section, over >= threshold, threshold)


def _legend(
    drawn: Colours, rgb: Colours, section: Section, faults: NDArray[np.bool_], threshold: float
) -> Colours:
    """Write a small legend on empty paper beside the panel, or else into the corner with the least faults."""
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    size = int(np.clip(min(size_of(section.corners)) / 40, 9, 40))
    picture = Pillow.fromarray(drawn)
    pen = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(size)
    words = f"fault {threshold:g}"
    first, last = pen.textlength(words, font), pen.textlength("1", font)
    ramp, gap = 5 * size, size // 2
    wide, tall = round(first + ramp + last + 4 * gap), round(1.7 * size)
    place = _place(rgb, section, faults, (wide, tall))
    if place is None:
        return drawn
    left, top = place
    pen.rectangle(
        [left, top, left + wide, top + tall], fill=(255, 255, 255, 225), outline=(128, 128, 128, 255)
    )
    pen.text((left + gap, top + tall / 2), words, (0, 0, 0), font, anchor="lm")
    begin = left + 2 * gap + first
    for n in range(ramp):
        colour = tuple(int(c) for c in WEAK + (STRONG - WEAK) * n / (ramp - 1))
        pen.line([begin + n, top + tall * 0.25, begin + n, top + tall * 0.75], fill=colour)
    pen.text((begin + ramp + gap, top + tall / 2), "1", (0, 0, 0), font, anchor="lm")
    return np.asarray(picture, np.uint8)


def _place(
    rgb: Colours, section: Section, faults: NDArray[np.bool_], size: tuple[int, int]
) -> tuple[int, int] | None:
    """Find where a legend of a width and height covers nothing, or least; nothing where it has no room."""
    wide, tall = size
    height, width = rgb.shape[:2]
    (left, top), (right, bottom) = (
        section.corners.min(axis=0).astype(int),
        section.corners.max(axis=0).astype(int),
    )
    gap = max(3, tall // 4)
    empty = []
    for y in range(bottom + gap, height - tall - gap, max(2, tall // 2)):
        empty += [(left, y), (right - wide, y)]
    for y in range(top - tall - gap, gap, -max(2, tall // 2)):
        empty += [(left, y), (right - wide, y)]
    for x, y in empty:
        if 0 <= x <= width - wide - 1:
            under = rgb[y - 2 : y + tall + 3, max(0, x - 2) : x + wide + 3].astype(np.int16)
            if np.ptp(under, axis=(0, 1)).max() <= 24:
                return x, y
    ends = [(x, y) for x in (left + gap, right - wide - gap) for y in (bottom - tall - gap, top + gap)]
    inside = [(x, y) for x, y in ends if 0 <= x < width - wide and 0 <= y < height - tall]
    if not inside or wide > 0.6 * (right - left) or tall > 0.3 * (bottom - top):
        return None
    return min(inside, key=lambda at: int(faults[at[1] : at[1] + tall, at[0] : at[0] + wide].sum()))


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
