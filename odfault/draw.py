"""The Matplotlib room: sections with their faults over them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.library import is_store
from odfault.chunked.reading import StoreSurvey
from odfault.errors import OdfaultError
from odfault.kinds import open_survey, template_of
from odfault.region import Region, choose_region
from odfault.segy.grid import Grid
from odfault.segy.output import part_layout
from odfault.segy.survey import SegySurvey
from odfault.survey import Survey
from odfault.undefined import clear

Image = NDArray[np.float32]
Line = tuple[str, float]
"""What to draw: i, x or z, and the inline, the crossline or the time."""
PICTURES = (".png", ".jpg", ".pdf", ".svg", ".tif", ".webp")
FAULT_COLOURS = "autumn_r"


@dataclasses.dataclass(frozen=True)
class Panel:
    """One picture of a section: amplitudes (traces, samples), what lies over them, and its words."""

    title: str
    seismic: Image
    over: Image | None
    extent: tuple[float, float, float, float]
    across: str
    down: str


def draw_panels(panels: Sequence[Panel], path: Path, *, threshold: float = 0.5, columns: int = 1) -> None:
    """Draw panels into a picture file.

    Parameters
    ----------
    panels : sequence of Panel
        What to draw; ``over`` is shown where it is at least ``threshold``.
    path : Path
        Ends in one of ``PICTURES``.
    threshold : float
        Probability from which a fault is drawn.
    columns : int
        Panels side by side.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    rows = -(-len(panels) // columns)
    figure = begin_figure(min(16, 7 * columns), 4.6 * rows)
    faults = None
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, number + 1)
        size = float(np.quantile(np.abs(panel.seismic), 0.98)) or 1.0
        place: dict[str, Any] = {"extent": panel.extent, "aspect": "auto", "interpolation": "bilinear"}
        axes.imshow(panel.seismic.T, cmap="gray", vmin=-size, vmax=size, **place)
        if panel.over is not None:
            seen = np.ma.masked_less(panel.over.T, threshold)
            place["interpolation"] = "nearest"
            faults = axes.imshow(seen, cmap=FAULT_COLOURS, vmin=threshold, vmax=1, alpha=0.85, **place)
        axes.set(title=panel.title, xlabel=panel.across, ylabel=panel.down)
    if faults is not None:
        figure.colorbar(faults, ax=figure.axes, shrink=0.6, label="fault probability")
    save_figure(figure, path, mend="give another name, such as lines.png")


def begin_figure(
    width: float, height: float, *, layout: Literal["constrained"] | None = "constrained"
) -> Any:
    """Begin a figure of some inches, which no window will ever show."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Any, path: Path, *, mend: str) -> None:
    """Write a figure into a picture file.

    Raises
    ------
    OdfaultError
        If it cannot be written; ``mend`` says what to do then.
    """
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise OdfaultError(f"the picture {path} cannot be written ({error})", mend) from error


def draw_lines(
    source: Path, out: Path, picture: Path, *, lines: Sequence[Line], threshold: float, words: dict[str, Any]
) -> None:
    """Draw lines of a survey with the faults that a run found.

    Parameters
    ----------
    source, out : Path
        The survey and its fault volume.
    picture : Path
        The file to write.
    lines : sequence of Line
        From ``read_lines``; the middle ones when there are none.
    threshold : float
        Probability from which a fault is drawn.
    words : dict
        The options of the run.

    Raises
    ------
    OdfaultError
        If a line is not in the fault volume, or the picture cannot be written.
    """
    with open_survey(source, words) as survey:
        region = choose_region(survey, inlines=words.get("inlines"), crosslines=words.get("crosslines"))
        with open_answer(region, out) as faults:
            panels = [_panel(region, faults, *line) for line in lines or _middle(faults)]
    draw_panels(panels, picture, threshold=threshold)


def read_lines(text: str) -> list[Line]:
    """Understand such as ``i120,x300,z1400``: an inline, a crossline, a slice at 1400 ms.

    Examples
    --------
    >>> read_lines("i120,z1400.5")
    [('i', 120.0), ('z', 1400.5)]
    """
    words = [word.strip() for word in text.split(",")]
    try:
        lines = [(word[0], float(word[1:])) for word in words]
        if all(kind in "ixz" and math.isfinite(number) for kind, number in lines):
            return lines
    except (ValueError, IndexError):
        pass
    raise OdfaultError(f"lines {text} are not understood", "give such as i120,x300,z1400")


def open_answer(region: Region, out: Path) -> Survey:
    """Open what a run wrote, with the lines that its input has: nothing is guessed again."""
    survey, kept = region.survey, region.traces()
    if is_store(out):
        return StoreSurvey(out)
    template = template_of(survey)
    assert template is not None
    template = template.cut(*region.lines(*region.wanted[:2]), kept)
    none = np.empty((0, 3), np.int64)
    grid = Grid(template.inlines, template.crosslines, template.index, none, none[:, 0])
    return SegySurvey(part_layout(template, out), grid, [])


def _middle(faults: Survey) -> list[Line]:
    n_inlines, n_crosslines, n_samples = faults.shape
    chosen: list[Line] = []
    if n_crosslines > 1:
        chosen.append(("i", float(faults.inlines[n_inlines // 2])))
    if n_inlines > 1:
        chosen.append(("x", float(faults.crosslines[n_crosslines // 2])))
    if min(n_inlines, n_crosslines) > 8:
        chosen.append(("z", faults.delay_ms + n_samples // 2 * faults.interval_s * 1000))
    return chosen or [("i", float(faults.inlines[0]))]


def _panel(region: Region, faults: Survey, kind: str, number: float) -> Panel:
    """Cut one line out of the survey and of its answer."""
    rows, columns = region.lines(*region.wanted[:2])
    i, x, step = faults.inlines, faults.crosslines, faults.interval_s * 1000
    top, base = faults.delay_ms, faults.delay_ms + (faults.shape[2] - 1) * step
    depth = (base + step / 2, top - step / 2)
    if kind == "z":
        at = round((number - top) / step)
        if not 0 <= at < faults.shape[2]:
            raise OdfaultError(f"no slice at {number:g}", f"choose from {top:g} to {base:g}")
        seismic = _slice(region.survey, rows, columns, at)
        extent = (*_edges(i), *_edges(x)[::-1])
        over = _slice(faults, slice(0, len(i)), slice(0, len(x)), at)
        return Panel(f"{number:g} ms", seismic, over, extent, "inline", "crossline")
    if kind == "i":
        at = faults.positions("inlines", int(number), int(number)).start
        seismic = region.survey.read(slice(rows.start + at, rows.start + at + 1), columns)[0]
        over = faults.read(slice(at, at + 1), slice(0, len(x)))[0]
        extent = (*_edges(x), *depth)
        numbered = faults.shape[0] > 1 or number != 0  # a 2-D line counts its traces only
        title, across = (f"inline {number:g}", "crossline") if numbered else ("line", "CDP")
        return Panel(title, clear(seismic), over, extent, across, "ms")
    at = faults.positions("crosslines", int(number), int(number)).start
    seismic = region.survey.read(rows, slice(columns.start + at, columns.start + at + 1))[:, 0]
    over = faults.read(slice(0, len(i)), slice(at, at + 1))[:, 0]
    extent = (*_edges(i), *depth)
    return Panel(f"crossline {number:g}", clear(seismic), over, extent, "inline", "ms")


def _edges(lines: NDArray[np.int64]) -> tuple[float, float]:
    """Find where the first line's strip begins and the last one's ends."""
    half = (lines[1] - lines[0]) / 2 if len(lines) > 1 else 0.5
    return float(lines[0] - half), float(lines[-1] + half)


def _slice(survey: Survey, rows: slice, columns: slice, at: int) -> Image:
    """Read one sample of every trace, line by line."""
    lines = [survey.read(slice(n, n + 1), columns)[0, :, at] for n in range(rows.start, rows.stop)]
    return clear(np.stack(lines))
