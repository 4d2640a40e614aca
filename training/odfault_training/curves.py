"""The Matplotlib room of training: the curves of a run, drawn from its log."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from typing import Any

PANELS = (("loss", "loss"), ("f1", "F1 at probability 0.5"))


def draw_curves(rows: Sequence[Mapping[str, str]]) -> bytes | None:
    """Draw loss and F1 by epoch, on what is learned from and on what is not.

    Parameters
    ----------
    rows : sequence of mapping
        Of ``log.csv``: ``epoch``, ``loss``, ``f1``, ``val_loss``, ``val_f1``.

    Returns
    -------
    bytes or None
        A PNG picture; nothing where there are no rows or no Matplotlib.
    """
    if not rows or not _can_draw():
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = [panel for panel in PANELS if panel[0] in rows[-1]]
    for axes, (name, title) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for column, words in ((name, "learned from"), (f"val_{name}", "unseen")):
            _draw(axes, rows, column, words)
        axes.set(title=title, xlabel="epochs")
        axes.grid(alpha=0.3)
        axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, dpi=110, format="png")
    return picture.getvalue()


def _draw(axes: Any, rows: Sequence[Mapping[str, str]], column: str, words: str) -> None:
    known = [(int(row["epoch"]) + 1, float(row[column])) for row in rows if row.get(column)]
    mark = "." if len(known) < 50 else ""
    axes.plot([at for at, _ in known], [value for _, value in known], marker=mark, label=words)


@functools.cache
def _can_draw() -> bool:
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print("no Matplotlib here: curves.png is left out")
        return False
    return True
