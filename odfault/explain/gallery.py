"""What is inside, side by side: filters with their responses, activation maps, patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.explain.figures import figure, to_png
from odfault.explain.filters import respond_to_dips
from odfault.explain.gradients import Windows
from odfault.explain.language import Words, mark_decimals
from odfault.explain.study import Study

STEEPEST = 1.5
"""Samples per trace, of the dips that responses are drawn for."""
ACROSS = 8
"""Filters side by side."""
STEEP = 3.0
"""Samples per trace, from which on what a filter listens to is a step from trace to trace and no bed."""


def draw_filters(found: Study, words: Words) -> bytes:
    """Draw each filter of the first layer beside its response to beds of a frequency and a dip."""
    order = order_filters(found)
    rows = -(-len(order) // ACROSS)
    height = 1.42 * rows + 0.6
    made = figure(15, height, layout=None)  # so many panels are laid out by hand
    grid = made.add_gridspec(
        rows, 2 * ACROSS, wspace=0.12, hspace=0.25,
        left=0.005, right=0.965, bottom=0.42 / height, top=1 - 0.18 / height,
    )  # fmt: skip
    for place, number in enumerate(order):
        row, column = place // ACROSS, 2 * (place % ACROSS)
        axes = made.add_subplot(grid[row, column])
        _filter(axes, found.kernels[number])
        axes.set_title(f"{number + 1}", fontsize=8, loc="left", pad=2)
        axes = made.add_subplot(grid[row, column + 1])
        _response(axes, found.kernels[number], found.subject.interval_ms)
        axes.set_title(name_peak(found, number, words), fontsize=7, loc="left", pad=2)
        if place < len(order) - 1:
            axes.set(xticks=[], yticks=[])
    axes.set_xlabel(words["dip_axis"], fontsize=7, labelpad=1)  # the last one stands for all
    axes.set_ylabel(words["hz"], fontsize=7, labelpad=1)
    return to_png(made, words)


def _filter(axes: Any, kernel: Windows) -> None:
    """Draw a filter; of one for volumes the line with the most energy."""
    shown = kernel[int((kernel**2).sum(axis=(1, 2)).argmax())]
    size = float(np.abs(shown).max()) or 1.0
    axes.imshow(shown.T, cmap="RdBu_r", vmin=-size, vmax=size, aspect="auto")
    axes.set(xticks=[], yticks=[])


def _response(axes: Any, kernel: Windows, interval_ms: float) -> None:
    """Draw a filter's response, frequency against dip, with its numbers at the right."""
    frequencies, dips = np.linspace(0, 0.5, 41), np.linspace(-STEEPEST, STEEPEST, 61)
    extent = (dips[0] * interval_ms, dips[-1] * interval_ms, 0, 500 / interval_ms)
    response = respond_to_dips(kernel, frequencies, dips)
    axes.imshow(response, cmap="magma", aspect="auto", origin="lower", extent=extent, vmin=0)
    axes.tick_params(labelsize=6, pad=1, length=2)
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")


def order_filters(found: Study) -> list[int]:
    """Numbers of the filters, those of the highest frequency last."""
    return sorted(
        range(len(found.kernels)), key=lambda n: (found.peaks[n].frequency, found.peaks[n].wavenumber)
    )


def name_peak(found: Study, number: int, words: Words) -> str:
    """Tell frequency and dip of a filter, in Hz and in ms per trace."""
    peak, step = found.peaks[number], found.subject.interval_ms
    if peak.dip is None or abs(peak.dip) > STEEP:
        return words["edge" if peak.wavenumber > 0.1 else "mean"]
    dip = mark_decimals(f"{peak.dip * step:+.1f}", words)
    return f"{peak.frequency * 1000 / step:.0f} {words['hz']}, {dip}"


def draw_activations(found: Study, words: Words) -> bytes:
    """Draw what the busiest channels of three layers make of the section."""
    columns = max(len(busy.channels) for busy in found.busy)
    made = figure(15, 2.5 * len(found.busy) + 0.3)
    rows, columns_cut = found.part
    shape = found.subject.section[rows, columns_cut].shape
    for row, busy in enumerate(found.busy):
        for column, channel in enumerate(busy.channels):
            axes = made.add_subplot(len(found.busy), columns, row * columns + column + 1)
            values = busy.maps[column]
            axes.imshow(
                values.T, cmap="viridis", aspect="auto", vmax=float(np.quantile(values, 0.995)) or 1.0
            )
            axes.set(xticks=[], yticks=[])
            axes.set_title(f"{words['channel']} {channel + 1}", fontsize=8, pad=2)
            if not column:
                axes.set_ylabel(words[f"layer_{busy.layer}"], fontsize=9)
            scale = values.shape[0] / shape[0], values.shape[1] / shape[1]
            x, t = found.point[1] - rows.start, found.point[2] - columns_cut.start
            axes.plot([x * scale[0]], [t * scale[1]], "+", color="white", markersize=9)
    return to_png(made, words)


def draw_patches(found: Study, words: Words) -> bytes:
    """Draw the patches of the section that excite the busiest channels most."""
    shown = [(busy, place) for busy in found.busy for place in range(3) if busy.patches[place : place + 1]]
    most = max(len(busy.patches[place]) for busy, place in shown)
    made = figure(1.7 * max(most, 6), 1.45 * len(shown) + 0.2)
    size = float(np.quantile(np.abs(found.subject.scaled[found.subject.line]), 0.99)) or 1.0
    for row, (busy, place) in enumerate(shown):
        for column, patch in enumerate(busy.patches[place]):
            axes = made.add_subplot(len(shown), max(most, 6), row * max(most, 6) + column + 1)
            axes.imshow(patch.T, cmap="gray", vmin=-size, vmax=size, aspect="auto", interpolation="bilinear")
            axes.set(xticks=[], yticks=[])
            if not column:
                label = f"{words[f'layer_{busy.layer}']}\n{words['channel']} {busy.channels[place] + 1}"
                axes.set_ylabel(label, fontsize=8)
    return to_png(made, words)
