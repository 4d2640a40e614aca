"""All that a report tells of: a network looked into while it sees a section."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from odfault.card import GRID, Card
from odfault.explain.course import FAINT, find_course
from odfault.explain.detection import Curve, measure_detection
from odfault.explain.filters import Peak, find_peak
from odfault.explain.gradients import Inside, Point, Windows
from odfault.explain.healing import Healing, heal
from odfault.explain.layers import Busy, look_at_layers, part_about
from odfault.explain.reach import Reach, measure_reach
from odfault.explain.saliency import look_at
from odfault.explain.strongest import find_crest, find_strongest
from odfault.explain.subject import Subject
from odfault.explain.why import Saliency, explain_point
from odfault.inference import answer_array, most_samples
from odfault.lens import Lens
from odfault.range import measure

STAGES = 14
"""Steps of the work, as its progress counts them."""
PEAKS = (0.04, 0.25)
"""Cycles per sample between which detection is measured."""
SECTIONS = {2: 16, 3: 4}
"""Drawn for a point of a detection curve, by the network's dimensions."""
VIEWS = {2: 8, 3: 3}
"""Windows by which the reach is measured."""


@dataclasses.dataclass(frozen=True)
class Study:
    """What was found.

    Attributes
    ----------
    subject : Subject
        The section.
    card : Card
        Of the network.
    probability : ndarray, (traces, samples)
        Of the section, from the plain network.
    point : tuple of int
        Line, trace and sample that is explained.
    chosen : bool
        Whether the user chose it.
    kernels : ndarray, (filters, lines, traces, samples)
        Of the first layer.
    peaks : list of Peak
        What each of them listens to.
    busy : list of Busy
        Layers at work, and ``part``, what they see of the section.
    saliency, reach, healing : Saliency, Reach, Healing or None
        None where there is no fault to heal.
    peak : float
        Dominant frequency in cycles per sample for which detection was measured.
    by_throw, by_noise : dict
        Detection curves, by signal to noise and by throw.
    """

    subject: Subject
    card: Card
    probability: Windows
    point: Point
    chosen: bool
    kernels: Windows
    peaks: list[Peak]
    part: tuple[slice, slice]
    busy: list[Busy]
    saliency: Saliency
    reach: Reach
    healing: Healing | None
    peak: float
    by_throw: dict[float, Curve]
    by_noise: dict[float, Curve]


def study(
    subject: Subject,
    inside: Inside,
    *,
    at: tuple[float, float] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Study:
    """Look into a network while it sees a section.

    Parameters
    ----------
    subject : Subject
        The section.
    inside : Inside
        The network.
    at : tuple of float, optional
        Trace number and time in ms of the point to explain; the strongest fault when left out.
    progress : callable
        Told the steps done and the steps of all.

    Raises
    ------
    OdfaultError
        If the point lies outside the section.
    """
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        progress(done, STAGES)

    progress(0, STAGES)
    spot = subject.locate(*at) if at else None
    answer = answer_array(subject.block, inside.answer, Lens(inside.card), most=most_samples(3.0))
    told()
    point: Point = (subject.line, *(spot or find_strongest(answer[subject.line])))
    deep = inside.card.architecture.dimensions
    scaled, kernels = subject.scaled, inside.kernels
    peaks = [find_peak(kernel) for kernel in kernels]
    told()
    part = part_about(scaled.shape, point, inside)
    first = max(0, min(len(scaled) - 48, subject.line - 24)) // GRID * GRID  # for maps a part is enough
    busy = look_at_layers(inside, scaled[first : first + 48, part[0], part[1]], subject.line - first)
    told()
    saliency = explain_point(inside, look_at(scaled, point, inside), told)
    reach = measure_reach(scaled, inside, line=subject.line, windows=VIEWS[deep])
    told()
    healing = _heal_point(subject, inside, point, answer)
    told()
    peak = _dominant(subject)
    curves = measure_detection(inside, peak=peak, sections=SECTIONS[deep], told=told)
    return Study(
        subject, inside.card, answer[subject.line], point, spot is not None, kernels, peaks, part, busy,
        saliency, reach, healing, peak, *curves,
    )  # fmt: skip


def _heal_point(subject: Subject, inside: Inside, point: Point, answer: Windows) -> Healing | None:
    """Heal the fault at the point, or nothing where there is none."""
    line, trace, sample = point
    crest = find_crest(answer[line], trace, sample)
    here: Point = (line, crest, sample)
    if answer[here] < FAINT:
        return None
    fault = find_course(answer, here)
    return None if fault is None else heal(subject.block, inside, here, fault=fault)


def _dominant(subject: Subject) -> float:
    """Dominant frequency of the section in cycles per sample, within what is measured."""
    block = subject.block[subject.line][None]
    whole = tuple(slice(0, n) for n in block.shape)
    found = measure(lambda x, y, z: block[x, y, z].copy(), whole)  # type: ignore[arg-type]
    return float(np.clip(found.peak if found else 0.12, *PEAKS))
