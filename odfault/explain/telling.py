"""A study told: its parts in a reader's language, each in a few sentences and a picture."""

from __future__ import annotations

import dataclasses

import numpy as np

from odfault import __version__
from odfault.explain import charts, figures, gallery
from odfault.explain.healing import Healing
from odfault.explain.language import Words, fill, mark_decimals, read_words
from odfault.explain.layers import SIZES
from odfault.explain.saliency import PATCH
from odfault.explain.sheet import Part, Picture, Table, lay_out
from odfault.explain.study import SECTIONS, Study
from odfault.explain.why import GONE

TOLD = GONE.index(0.05)
"""Which of the deleted parts is told of in words."""
FALL = 0.5
"""Of the probability, from which on healing counts as the end of a fault."""


def tell(found: Study, language: str) -> str:
    """Tell a study as an HTML page."""
    words = read_words(language)
    parts = [
        _section(found, words),
        _filters(found, words),
        _activations(found, words),
        _patches(found, words),
        _why(found, words),
        _reach(found, words),
        _healing(found, words),
        _curves(found, words),
    ]
    card = found.card
    foot = fill(words, "foot", version=__version__, model=card.name, sha=card.sha256[:12])
    title = fill(words, "title", model=card.name)
    lead = fill(words, "lead", model=card.name, section=found.subject.title)
    return lay_out(title, lead, parts, foot=foot, language=language)


def _section(found: Study, words: Words) -> Part:
    subject, card = found.subject, found.card
    traces, samples = subject.section.shape
    p = float(found.probability[found.point[1:]])
    at = fill(
        words, "section_at_chosen" if found.chosen else "section_at_found",
        across=words[subject.across], trace=f"{subject.along[found.point[1]]:g}",
        time=f"{subject.times_ms[found.point[2]]:g}", p=f"{p:.2f}",
    )  # fmt: skip
    said = [
        fill(words, "section_1", traces=traces, samples=samples, interval=f"{subject.interval_ms:g}"),
        at,
    ]
    if float(found.probability.max()) < 0.5:
        said.append(words["section_none"])
    lateral, vertical = (f"{s:g}" for s in card.scale)
    plain = [fill(words, "section_plain", lateral=lateral, vertical=vertical)]
    if card.average != "none":
        plain.append(fill(words, "section_average", average=card.average))
    if card.architecture.dimensions == 3:
        plain.append(fill(words, "section_volume", lines=len(subject.block)))
    picture = Picture(figures.draw_section(found, words), words["section_alt"])
    return Part(words["section_h"], said, [picture], [*plain, *subject.remarks])


def _filters(found: Study, words: Words) -> Part:
    step = found.subject.interval_ms
    tuned = [peak for peak in found.peaks if peak.dip is not None]
    low, high = np.quantile([peak.frequency for peak in tuned] or [0.0], (0.25, 0.75)) * 1000 / step
    gentle = 0.25
    summary = fill(words, "filters_summary",
        count=len(found.peaks), tuned=len(tuned), low=f"{low:.0f}", high=f"{high:.0f}",
        dipping=sum(abs(peak.dip or 0.0) > gentle for peak in tuned), gentle=f"{gentle * step:g}",
    )  # fmt: skip
    rows = [
        [
            f"{n + 1}",
            f"{peak.frequency * 1000 / step:.1f}",
            "" if peak.dip is None else f"{peak.dip * step:+.2f}",
            f"{peak.wavenumber:+.3f}",
        ]
        for n, peak in enumerate(found.peaks)
    ]
    rows = [[mark_decimals(cell, words) for cell in row] for row in rows]
    kernel = " x ".join(str(n) for n in found.kernels.shape[1:] if n > 1)
    return Part(
        words["filters_h"],
        [fill(words, "filters_1", kernel=kernel), fill(words, "filters_2", summary=summary)],
        [Picture(gallery.draw_filters(found, words), words["filters_alt"], wide=True)],
        table=Table(words["filters_table"], words["filters_heads"].split("|"), rows),
    )


def _activations(found: Study, words: Words) -> Part:
    picture = Picture(gallery.draw_activations(found, words), words["activations_alt"], wide=True)
    return Part(words["activations_h"], [words["activations_1"]], [picture])


def _patches(found: Study, words: Words) -> Part:
    sizes = fill(words, "patches_2", **SIZES, deep_ms=f"{SIZES['deep'] * found.subject.interval_ms:g}")
    picture = Picture(gallery.draw_patches(found, words), words["patches_alt"])
    return Part(words["patches_h"], [words["patches_1"], sizes], [picture])


def _why(found: Study, words: Words) -> Part:
    saliency = found.saliency
    said = [fill(words, "why_1", missed=f"{100 * saliency.missed:.0f}"), words["why_2"]]
    if not saliency.classes.any():
        said.append(words["why_empty"])
    alike = {name: f"{value:.2f}" for name, value in dataclasses.asdict(saliency.alike).items()}
    said.append(fill(words, "why_3", **alike))
    deletion = fill(words, "why_4",
        patch=PATCH, part=f"{100 * GONE[TOLD]:g}", before=f"{saliency.deleted[0]:.2f}",
        by_shares=f"{saliency.deleted[TOLD]:.2f}", by_chance=f"{saliency.random[TOLD]:.2f}",
    )  # fmt: skip
    pictures = [
        Picture(figures.draw_saliency(found, words), words["why_alt"], wide=True),
        Picture(charts.draw_deletion(found, words), words["deletion_alt"]),
    ]
    return Part(words["why_h"], said, pictures, [deletion])


def _reach(found: Study, words: Words) -> Part:
    reach, step = found.reach, found.subject.interval_ms
    (x50, x95), (t50, t95) = reach.traces, (n * step for n in reach.samples)
    said = fill(
        words,
        "reach_1",
        x50=f"{x50:.0f}",
        x95=f"{x95:.0f}",
        t50=f"{t50:.0f}",
        t95=f"{t95:.0f}",
        halo=found.card.halo,
    )
    picture = Picture(charts.draw_reach(found, words), words["reach_alt"])
    return Part(words["reach_h"], [said], [picture])


def _healing(found: Study, words: Words) -> Part:
    healing = found.healing
    if healing is None:
        return Part(words["heal_h"], [words["heal_none"]])
    said = fill(words, "heal_1",
        lag=f"{abs(healing.slip.lag):.1f}", lag_ms=f"{abs(healing.slip.lag) * found.subject.interval_ms:.0f}",
        likeness=f"{healing.slip.likeness:.2f}",
    )  # fmt: skip
    bridged = fill(words, "heal_bridged", p=f"{healing.bridged:.2f}")
    picture = Picture(figures.draw_healing(found, words), words["heal_alt"], wide=True)
    return Part(words["heal_h"], [said], [picture], [_outcome(healing, words), bridged, words["heal_worse"]])


def _outcome(healing: Healing, words: Words) -> str:
    """Tell whether the probability fell with the offset."""
    before, after = (float(healing.probability[np.abs(healing.parts - part).argmin()]) for part in (0, 1))
    key = "heal_falls" if before - after >= FALL * before else "heal_stays"
    if abs(healing.slip.lag) < 1:
        key = "heal_small"
    return fill(words, key, before=f"{before:.2f}", after=f"{after:.2f}")


def _curves(found: Study, words: Words) -> Part:
    step = found.subject.interval_ms
    halves = []
    for noise, curve in found.by_throw.items():
        half = curve.half()
        if half is None:
            halves.append(fill(words, "curve_never", noise=f"{noise:g}"))
        else:
            ms = half * 2 / found.peak * step
            halves.append(fill(words, "curve_half", noise=f"{noise:g}", throw=f"{half:.2f}", ms=f"{ms:.0f}"))
    said = [
        fill(
            words,
            "curve_1",
            hz=f"{found.peak * 1000 / step:.0f}",
            sections=SECTIONS[found.card.architecture.dimensions],
        ),
        fill(words, "curve_2", halves=" ".join(halves)),
    ]
    picture = Picture(charts.draw_detection(found, words), words["curve_alt"], wide=True)
    return Part(words["curve_h"], said, [picture])
