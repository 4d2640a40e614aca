"""What was measured, as charts: deletion, reach, detection."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from odfault.explain.detection import Curve
from odfault.explain.figures import figure, to_png
from odfault.explain.language import Words, fill
from odfault.explain.study import Study
from odfault.explain.why import GONE


def draw_deletion(found: Study, words: Words) -> bytes:
    """Draw the probability while the window is deleted."""
    made = figure(6, 3.2)
    axes = made.add_subplot()
    parts = np.array(GONE) * 100
    axes.plot(parts, found.saliency.deleted, "o-", label=words["by_shares"])
    axes.plot(parts, found.saliency.random, "s--", color="gray", label=words["by_chance"])
    axes.set(xlabel=words["deleted"], ylabel=words["probability"], ylim=(-0.03, 1.03))
    axes.set_xscale("symlog", linthresh=0.5)
    axes.set_xticks(parts, [f"{part:g}" for part in parts], fontsize=7)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return to_png(made, words)


def draw_reach(found: Study, words: Words) -> bytes:
    """Draw the effective receptive field."""
    made = figure(5.6, 4.2)
    axes, halo, step = made.add_subplot(), found.card.halo, found.subject.interval_ms
    influence = found.reach.influence
    shown = np.log10(np.maximum(influence / influence.max(), 1e-4))
    extent = (-halo - 0.5, halo + 0.5, (halo + 0.5) * step, -(halo + 0.5) * step)
    image = axes.imshow(shown.T, cmap="magma", aspect="auto", extent=extent, vmin=-3, vmax=0)
    for part, style in ((0, "-"), (1, "--")):
        x, t = found.reach.traces[part], found.reach.samples[part] * step
        axes.plot([-x, x, x, -x, -x], [-t, -t, t, t, -t], style, color="cyan", label=words[f"within_{part}"])
    axes.legend(fontsize=8, loc="upper right")
    made.colorbar(image, ax=axes, label=words["influence"])
    axes.set(xlabel=words["traces_away"], ylabel=words["ms_away"])
    return to_png(made, words)


def draw_detection(found: Study, words: Words) -> bytes:
    """Draw which part of drawn faults is found, by throw and by noise."""
    made = figure(12, 3.9)
    left, right = made.add_subplot(1, 2, 1), made.add_subplot(1, 2, 2, sharey=None)
    for noise, curve in found.by_throw.items():
        _curve(left, curve, fill(words, "curve_noise", noise=f"{noise:g}"))
    for throw, curve in found.by_noise.items():
        _curve(right, curve, fill(words, "curve_throw", throw=_fraction(throw)))
    throws = next(iter(found.by_throw.values())).by
    left.set_xscale("symlog", linthresh=1 / 64, base=2)
    left.set_xticks([throw for throw in throws if throw != 3 / 64])
    left.set_xticklabels([_fraction(throw) for throw in throws if throw != 3 / 64], fontsize=7)
    left.minorticks_off()
    left.set(xlabel=words["throw_axis"], ylabel=words["found_axis"], ylim=(-0.03, 1.03))
    noises = next(iter(found.by_noise.values())).by
    right.set_xscale("log", base=2)
    right.set_xticks(noises, [f"{noise:g}" for noise in noises])
    right.set(xlabel=words["noise_axis"], ylabel=words["found_axis"], ylim=(-0.03, 1.03))
    return to_png(made, words)


def _fraction(value: float) -> str:
    """Write a throw as people say it: 3/64, 1/8, 1."""
    return str(Fraction(value))


def _curve(axes: Any, curve: Curve, label: str) -> None:
    (line,) = axes.plot(curve.by, curve.found, "o-", label=label, markersize=4)
    axes.fill_between(curve.by, curve.low, curve.high, alpha=0.15, color=line.get_color())
    axes.axhline(0.5, color="gray", linestyle=":")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
