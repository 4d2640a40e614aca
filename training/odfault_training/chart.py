"""The Matplotlib room of scores: one picture of how good a network is beside its yardsticks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault_synthetic.sheet import save_figure
from odfault_training.figures import MAIN, Figures
from odfault_training.metrics import HALF
from odfault_training.objects import THROWS
from odfault_training.scoring import Example, Tallied

LABEL = (0.1, 0.75, 0.2, 1.0)
"""Colour of a labelled fault: red, green, blue, opacity."""


def draw_chart(tallied: Tallied, figures: dict[str, Figures], path: Path) -> None:
    """Draw curves of precision and recall, reliability, recall by throw, and an example, into a file.

    It is written under another name and renamed, so that no half of it ever has the name.

    Parameters
    ----------
    tallied : Tallied
        What was counted.
    figures : dict
        Of its rows, by name, the network first.
    path : Path
        The file, replaced if it exists; see ``odfault_synthetic.sheet.check_suffix``.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 9), layout="constrained")
    FigureCanvasAgg(figure)
    name = next(iter(figures))
    grid = figure.add_gridspec(2, 6)
    _draw_curves(figure.add_subplot(grid[0, :2]), figures)
    _draw_reliability(figure.add_subplot(grid[0, 2:4]), name, figures[name])
    _draw_throws(figure.add_subplot(grid[0, 4:]), figures)
    _draw_example([figure.add_subplot(grid[1, :3]), figure.add_subplot(grid[1, 3:])], tallied.example, name)
    save_figure(figure, path, dpi=110)


def _draw_curves(axes: Any, figures: dict[str, Figures]) -> None:
    for name, row in figures.items():
        if row.within:
            (line,) = axes.plot(*row.curve, label=f"{name}, AP {row.within[MAIN].ap:.3f}")
            axes.plot(*row.curve[:, HALF], "o", color=line.get_color())
    _finish(axes, "precision and recall within 2 samples (dots: threshold .5)", "recall", "precision")


def _draw_reliability(axes: Any, name: str, row: Figures) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    if len(row.reliability):
        probability, share, _ = row.reliability.T
        axes.plot(probability, share, "o-", label=f"calibration error {row.calibration_error:.4f}")
    _finish(axes, f"reliability of {name}", "probability", "share with a fault within 2 samples")


def _draw_throws(axes: Any, figures: dict[str, Figures]) -> None:
    places, names = np.arange(len(THROWS)), [f"{start:g}-" for start in THROWS]
    for name, row in figures.items():
        every, found = row.by_throw.T
        there = every > 0
        if there.any():
            axes.plot(places[there], found[there] / every[there], "o-", label=name)
    if not axes.lines:
        axes.text(0.5, 0.5, "no throw is known", ha="center", transform=axes.transAxes)
    _finish(axes, "fault objects found at .5, by throw", "throw, samples", "share found")
    axes.set(xlim=(-0.5, len(THROWS) - 0.5), xticks=places, xticklabels=names)


def _finish(axes: Any, title: str, across: str, up: str) -> None:
    axes.set(title=title, xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)


def _draw_example(both: list[Any], example: Example, name: str) -> None:
    size = float(np.quantile(np.abs(example.seismic), 0.98)) or 1.0
    for axes in both:
        axes.imshow(example.seismic.T, cmap="gray", vmin=-size, vmax=size, aspect="auto")
        axes.set(xlabel="trace", ylabel="sample")
    both[0].imshow(_paint(example.fault).transpose(1, 0, 2), aspect="auto", interpolation="nearest")
    both[0].set(title=f"labels, {Path(example.name).name}")
    seen = np.ma.masked_less(example.probability.T, 0.1)
    drawn = both[1].imshow(
        seen, cmap="autumn_r", vmin=0, vmax=1, alpha=0.85, aspect="auto", interpolation="nearest"
    )
    both[1].set(title=f"probability, {name}")
    both[1].figure.colorbar(drawn, ax=both[1])


def _paint(fault: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Colours of a label: (traces, samples, 4) red, green, blue, opacity; clear where there is no fault."""
    return np.where(fault[..., None], np.array(LABEL, np.float32), np.float32(0))
