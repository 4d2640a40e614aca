"""The Matplotlib room: sections with their faults over them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy import SegySurvey

Image = NDArray[np.float32]
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
        PNG, PDF or whatever Matplotlib writes.
    threshold : float
        Probability from which a fault is drawn.
    columns : int
        Panels side by side.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(min(16, 7 * columns), 4.6 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    faults = None
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, number + 1)
        size = float(np.quantile(np.abs(panel.seismic), 0.98)) or 1.0
        place = {"extent": panel.extent, "aspect": "auto", "interpolation": "bilinear"}
        axes.imshow(panel.seismic.T, cmap="gray", vmin=-size, vmax=size, **place)
        if panel.over is not None:
            seen = np.ma.masked_less(panel.over.T, threshold)
            place["interpolation"] = "nearest"
            faults = axes.imshow(seen, cmap=FAULT_COLOURS, vmin=threshold, vmax=1, alpha=0.85, **place)
        axes.set(title=panel.title, xlabel=panel.across, ylabel=panel.down)
    if faults is not None:
        figure.colorbar(faults, ax=figure.axes, shrink=0.6, label="fault probability")
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise OdfaultError(f"cannot write the picture {path} ({error})", "give another name, such as lines.png") from error


def draw_lines(
    source: Path, out: Path, picture: Path, *, lines: str | None, threshold: float, words: dict[str, Any]
) -> None:
    """Draw lines of a survey with the faults that a run found.

    Parameters
    ----------
    source, out : Path
        The survey and its fault volume.
    picture : Path
        The file to write.
    lines : str, optional
        Such as ``i120,x300,z1400``: an inline, a crossline, a slice at 1400 ms; the middle ones when left out.
    threshold : float
        Probability from which a fault is drawn.
    words : dict
        The options of the run.
    """
    bytes_ = {key: words.get(key) for key in ("inline_byte", "crossline_byte", "big_endian", "n_samples")}
    with SegySurvey.open(source, **bytes_, sample_format=words.get("sample_format")) as survey:
        volume = {**bytes_, "n_samples": survey.shape[2]}
        with SegySurvey.open(out, **volume) as faults:
            chosen = _lines(faults, lines)
            panels = [_panel(survey, faults, kind, number) for kind, number in chosen]
    draw_panels(panels, picture, threshold=threshold)


def _lines(faults: SegySurvey, lines: str | None) -> list[tuple[str, float]]:
    if lines:
        words = [word.strip() for word in lines.split(",")]
        try:
            return [({"i": "i", "x": "x", "z": "z"}[word[0]], float(word[1:])) for word in words]
        except (KeyError, ValueError, IndexError) as error:
            raise OdfaultError(f"--lines {lines} is not understood", "give such as i120,x300,z1400") from error
    n_inlines, n_crosslines, n_samples = faults.shape
    chosen: list[tuple[str, float]] = []
    if n_crosslines > 1:
        chosen.append(("i", float(faults.inlines[n_inlines // 2])))
    if n_inlines > 1:
        chosen.append(("x", float(faults.crosslines[n_crosslines // 2])))
    if min(n_inlines, n_crosslines) > 8:
        chosen.append(("z", faults.delay_ms + n_samples // 2 * faults.interval_s * 1000))
    return chosen or [("i", float(faults.inlines[0]))]


def _panel(survey: SegySurvey, faults: SegySurvey, kind: str, number: float) -> Panel:
    top = faults.delay_ms
    base = top + faults.shape[2] * faults.interval_s * 1000
    i, x = faults.inlines, faults.crosslines
    if kind == "z":
        at = int(np.clip(round((number - top) / (faults.interval_s * 1000)), 0, faults.shape[2] - 1))
        over = np.stack([faults.read(slice(n, n + 1), slice(0, len(x)))[0, :, at] for n in range(len(i))])
        rows = [survey.read(_at(survey, "inlines", n), _span(survey, "crosslines", x))[0, :, at] for n in i]
        extent = (float(i[0]), float(i[-1]), float(x[-1]), float(x[0]))
        return Panel(f"{number:g} ms", np.stack(rows), over, extent, "inline", "crossline")
    if kind == "i":
        seismic = survey.read(_at(survey, "inlines", number), _span(survey, "crosslines", x))[0]
        over = faults.read(_at(faults, "inlines", number), slice(0, len(x)))[0]
        extent = (float(x[0]), float(x[-1]), base, top)
        return Panel(f"inline {number:g}", _clean(seismic), over, extent, "crossline", "ms")
    seismic = survey.read(_span(survey, "inlines", i), _at(survey, "crosslines", number))[:, 0]
    over = faults.read(slice(0, len(i)), _at(faults, "crosslines", number))[:, 0]
    extent = (float(i[0]), float(i[-1]), base, top)
    return Panel(f"crossline {number:g}", _clean(seismic), over, extent, "inline", "ms")


def _clean(section: Image) -> Image:
    return np.where(np.abs(section) < 1e29, section, np.float32(0))


def _at(survey: SegySurvey, which: str, number: float) -> slice:
    return survey.positions(which, int(number), int(number))


def _span(survey: SegySurvey, which: str, lines: NDArray[np.int64]) -> slice:
    return survey.positions(which, int(lines[0]), int(lines[-1]))
