"""The Matplotlib room of reports: sections and what lies over them, as PNG pictures on white paper."""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from odfault.draw import FAULT_COLOURS, begin_figure
from odfault.explain.language import Words, mark_decimals
from odfault.explain.saliency import View
from odfault.explain.study import Study
from odfault.explain.subject import Subject

Image = NDArray[np.floating[Any]]
DPI = 100


def figure(width: float, height: float, *, layout: Literal["constrained"] | None = "constrained") -> Any:
    """Begin a figure of some inches, on white."""
    made = begin_figure(width, height, layout=layout)
    made.set_facecolor("white")
    return made


def to_png(made: Any, words: Words) -> bytes:
    """Give a figure as the bytes of a PNG file, its axes with the language's decimal mark."""
    for axes in made.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _mark_axis(axis, words)
    stream = io.BytesIO()
    made.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()


def _mark_axis(axis: Any, words: Words) -> None:
    """Let the numbers of an axis have the language's decimal mark; how many decimals, Matplotlib chooses."""
    usual = axis.get_major_formatter()

    def write(value: float, place: int) -> str:
        usual.set_locs(axis.get_majorticklocs())
        return str(mark_decimals(usual(value, place), words))

    axis.set_major_formatter(write)


def draw_section(found: Study, words: Words) -> bytes:
    """Draw the section, its faults, and the point."""
    subject, made = found.subject, figure(10, 5.2)
    axes = made.add_subplot()
    _grey(axes, subject.section, extent=_extent(subject))
    seen = np.ma.masked_less(found.probability.T, 0.3)
    over = axes.imshow(
        seen, cmap=FAULT_COLOURS, vmin=0.3, vmax=1, alpha=0.8, aspect="auto", extent=_extent(subject),
        interpolation="nearest",
    )  # fmt: skip
    made.colorbar(over, ax=axes, shrink=0.7, label=words["probability"])
    x, t = subject.along[found.point[1]], subject.times_ms[found.point[2]]
    axes.plot([x], [t], "+", color="#0060ff", markersize=22, markeredgewidth=2.5)
    axes.plot([x], [t], "o", color="#0060ff", markersize=26, fillstyle="none", markeredgewidth=1.5)
    axes.set(xlabel=words[subject.across], ylabel=words["ms"])
    return to_png(made, words)


def draw_saliency(found: Study, words: Words) -> bytes:
    """Draw the window about the point, and what its answer rests on."""
    saliency = found.saliency
    view = saliency.view
    line = view.point[0]
    extent = _view_extent(found.subject, view)
    made = figure(15, 4.4)
    panels = (
        ("seen", None, ""),
        ("shares", saliency.shares[line], "RdBu_r"),
        ("classes", saliency.classes[line], "inferno"),
        ("local", saliency.local[line], "inferno"),
        ("shuffled", saliency.shuffled[line], "RdBu_r"),
    )
    first = None
    for number, (name, values, colours) in enumerate(panels):
        axes = made.add_subplot(1, len(panels), number + 1, sharex=first, sharey=first)
        first = first or axes
        _grey(axes, view.values[line], extent=extent)
        if values is not None:
            _lay_over(axes, values, colours, extent)
        x, t = found.subject.along[found.point[1]], found.subject.times_ms[found.point[2]]
        axes.plot([x], [t], "+", color="#0060ff", markersize=13, markeredgewidth=2)
        axes.set_title(words[f"panel_{name}"], fontsize=9)
        axes.set_xlabel(words[found.subject.across], fontsize=8)
        axes.tick_params(labelsize=7, labelleft=not number)
        if not number:
            axes.set_ylabel(words["ms"])
    return to_png(made, words)


def _lay_over(axes: Any, values: Image, colours: str, extent: tuple[float, ...]) -> None:
    """Lay a map over a section, clear where it is small."""
    size = float(np.quantile(np.abs(values), 0.999)) or float(np.abs(values).max()) or 1.0
    strength = np.clip(np.abs(values) / size, 0, 1) ** 0.6
    low = -size if colours == "RdBu_r" else 0
    axes.imshow(
        values.T, cmap=colours, vmin=low, vmax=size, alpha=strength.T, aspect="auto", extent=extent,
        interpolation="nearest",
    )  # fmt: skip


def draw_healing(found: Study, words: Words) -> bytes:
    """Draw the fault as it is and healed, and the probability on the way."""
    healing = found.healing
    if healing is None:
        raise ValueError("there is nothing to draw")
    made = figure(13, 3.9)
    size = float(np.quantile(np.abs(healing.before), 0.98)) or 1.0
    for number, (values, name) in enumerate(((healing.before, "before"), (healing.healed, "healed"))):
        axes = made.add_subplot(1, 3, number + 1)
        axes.imshow(values.T, cmap="gray", vmin=-size, vmax=size, aspect="auto", interpolation="bilinear")
        times = healing.fault.point[2] + np.arange(-20.0, 21.0)
        axes.plot(healing.fault.trace_at(healing.fault.point[0], times), times, color="#ff6000", alpha=0.7)
        axes.set(xticks=[], yticks=[])
        axes.set_title(words[name], fontsize=10)
    axes = made.add_subplot(1, 3, 3)
    lag = abs(healing.slip.lag)
    offset = (1 - healing.parts) * lag * found.subject.interval_ms
    axes.plot(offset, healing.probability, "o-", color="#c03000")
    own = lag * found.subject.interval_ms
    axes.axvline(own, color="gray", linestyle=":")
    axes.plot([own], [healing.bridged], "x", color="#0050c0", markersize=9, label=words["bridged"])
    axes.legend(fontsize=8, loc="center right")
    axes.set(xlabel=words["offset_left"], ylabel=words["probability"], ylim=(-0.03, 1.03))
    axes.grid(alpha=0.3)
    return to_png(made, words)


def _grey(axes: Any, section: Image, *, extent: tuple[float, ...]) -> None:
    size = float(np.quantile(np.abs(section), 0.98)) or 1.0
    axes.imshow(
        section.T, cmap="gray", vmin=-size, vmax=size, aspect="auto", extent=extent, interpolation="bilinear"
    )


def _extent(subject: Subject) -> tuple[float, float, float, float]:
    """Edges of a section in trace numbers and ms."""
    return _edges(subject, 0, len(subject.along), 0, len(subject.times_ms))


def _view_extent(subject: Subject, view: View) -> tuple[float, float, float, float]:
    """Edges of a window in trace numbers and ms."""
    x, t = view.start[1:]
    return _edges(subject, x, x + view.values.shape[1], t, t + view.values.shape[2])


def _edges(subject: Subject, left: int, right: int, top: int, base: int) -> tuple[float, float, float, float]:
    count = max(len(subject.along) - 1, 1)
    step = float(subject.along[-1] - subject.along[0]) / count
    first, start = float(subject.along[0]), subject.start_ms
    return (
        first + (left - 0.5) * step,
        first + (right - 0.5) * step,
        start + (base - 0.5) * subject.interval_ms,
        start + (top - 0.5) * subject.interval_ms,
    )
