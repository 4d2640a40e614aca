"""The Matplotlib room of contact sheets: sections and slices beside the same with their labels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED

SUFFIXES = (".png", ".jpg", ".pdf", ".svg", ".tif", ".webp")
COLOURS = {FAULT: (1.0, 0.1, 0.1, 1.0), BESIDE: (1.0, 0.6, 0.0, 0.45), UNRESOLVED: (0.2, 0.55, 1.0, 0.9)}
"""Red, green, blue and opacity of a label."""
SIDE, WORDS, GAP = 1.6, 0.24, 0.1
"""Inches: a picture's side, its caption's height, the space between tiles."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """One section or slice: amplitudes and labels, (across, down) each, and its words."""

    caption: str
    seismic: NDArray[np.float32]
    labels: NDArray[np.uint8]


def check_suffix(path: Path) -> None:
    """Refuse a name that no picture can have, or a folder that is not there, before anything is drawn.

    Raises
    ------
    OdfaultError
        If the picture could not be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OdfaultError(f"{path.name} is no picture's name", f"end it in one of {', '.join(SUFFIXES)}")
    if not path.parent.is_dir():
        raise OdfaultError(f"no folder {path.parent}", "make it first")


def draw_sheet(pictures: Sequence[Picture], path: Path, *, columns: int = 6) -> None:
    """Draw pictures in rows, each beside itself with its labels, into a file.

    It is written under another name and renamed, so that no half of it ever has the name.

    Parameters
    ----------
    pictures : sequence of Picture
        What to draw.
    path : Path
        The file, replaced if it exists.
    columns : int
        Pictures in a row.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(columns, max(1, len(pictures)))
    rows = math.ceil(len(pictures) / columns)
    wide, high = columns * (2 * SIDE + GAP) + GAP, rows * (SIDE + WORDS) + GAP
    figure = Figure(figsize=(wide, high))
    FigureCanvasAgg(figure)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        left, top = GAP + column * (2 * SIDE + GAP), row * (SIDE + WORDS) + WORDS
        for n, labelled in enumerate((False, True)):
            place = left + n * SIDE, high - top - SIDE, SIDE - 0.03, SIDE
            box = (place[0] / wide, place[1] / high, place[2] / wide, place[3] / high)
            _draw(figure.add_axes(box), picture, labelled)
        figure.text(left / wide, 1 - (top - 0.06) / high, picture.caption, size=7.5)
    save_figure(figure, path, dpi=130)


def save_figure(figure: Any, path: Path, *, dpi: int) -> None:
    """Write a Matplotlib figure under another name and rename it, so that no half of it ever has the name.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    unfinished = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        figure.savefig(unfinished, dpi=dpi)
        unfinished.replace(path)
    except (OSError, ValueError) as error:
        raise OdfaultError(
            f"the picture {path} cannot be written ({error})", "give another name or folder, or make room"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _draw(axes: object, picture: Picture, labelled: bool) -> None:
    seen = picture.seismic.T - np.median(picture.seismic)  # a slice may lie within one event
    size = float(np.quantile(np.abs(seen), 0.98)) or 1.0
    grey = {"cmap": "gray", "vmin": -size, "vmax": size, "interpolation": "bilinear"}
    axes.imshow(seen, aspect="auto", **grey)  # type: ignore[attr-defined]
    if labelled:
        over = paint(picture.labels).transpose(1, 0, 2)
        axes.imshow(over, aspect="auto", interpolation="nearest")  # type: ignore[attr-defined]
    axes.set(xticks=[], yticks=[])  # type: ignore[attr-defined]


def paint(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Colours of labels: (..., 4) red, green, blue, opacity; clear where there is no fault."""
    table = np.zeros((256, 4), np.float32)
    for word, colour in COLOURS.items():
        table[word] = colour
    return table[labels]
