"""All that a report tells of: a network looked into while it sees a section."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from odfault.card import GRID, Card
from odfault.explain.course import FAINT, find_course
from odfault.explain.detection import Curve, measure_detection
from odfault.explain.filters import Peak, find_peak
from odfault.explain.gradients import Inside, Point, Windows
from odfault.explain.healing import Healing, heal
from odfault.explain.layers import Busy, look_at_layers, part_about
from odfault.explain.likeness import Likeness, compare_maps
from odfault.explain.reach import Reach, measure_reach
from odfault.explain.saliency import STEPS, View, delete, integrate_gradients, look_at, map_class
from odfault.explain.subject import Subject
from odfault.inference import answer_array, most_samples
from odfault.lens import Lens
from odfault.range import measure

STAGES = 14
"""Steps of the work, as its progress counts them."""
GONE = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Parts of a window that are deleted."""
SNAP = 3
"""Traces to each side of a point in which the crest of its fault is looked for."""
PEAKS = (0.04, 0.25)
"""Cycles per sample between which detection is measured."""
SECTIONS = {2: 16, 3: 4}
"""Drawn for a point of a detection curve, by the network's dimensions."""
SHUFFLES = (1, 2, 3, 4)
"""Orders of the weights that a map is compared with."""
VIEWS = {2: 8, 3: 3}
"""Windows by which the reach is measured."""


@dataclasses.dataclass(frozen=True)
class Saliency:
    """Why the network answers as it does at the point.

    Attributes
    ----------
    view : View
        The window.
    shares, shuffled : ndarray, (lines, traces, samples)
        Integrated gradients, and those of the network with its weights in another order.
    missed : float
        Part of the logit that the shares miss.
    alike : Likeness
        How like they are.
    classes, local : ndarray
        Grad-CAM of the last layer, and its local kin of the deepest.
    deleted, random : ndarray
        Probability while ``GONE`` of the window is deleted, the largest shares first, or any.
    """

    view: View
    shares: Windows
    shuffled: Windows
    missed: float
    alike: Likeness
    classes: Windows
    local: Windows
    deleted: NDArray[np.float32]
    random: NDArray[np.float32]


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
    saliency = _explain_point(inside, look_at(scaled, point, inside), told)
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


def find_strongest(probability: Windows) -> tuple[int, int]:
    """Find trace and sample of the strongest fault that stands alone, away from the edges if there is room.

    probability : (traces, samples)
    """
    from scipy.ndimage import gaussian_filter

    broad = gaussian_filter(probability, 2.0) - gaussian_filter(probability, 8.0)
    inner = tuple(slice(min(24, n // 4), n - min(24, n // 4)) for n in probability.shape)
    x, t = np.unravel_index(int(broad[inner].argmax()), broad[inner].shape)
    trace, sample = int(x) + (inner[0].start or 0), int(t) + (inner[1].start or 0)
    return _to_crest(probability, trace, sample), sample


def _to_crest(probability: Windows, trace: int, sample: int) -> int:
    first = max(0, trace - SNAP)
    return first + int(probability[first : trace + SNAP + 1, sample].argmax())


def _explain_point(inside: Inside, view: View, told: Callable[[], None]) -> Saliency:
    steps = STEPS[inside.card.architecture.dimensions]
    shares, missed = integrate_gradients(inside, view, steps=steps)
    told()
    others = [
        integrate_gradients(inside.shuffled(seed), view, steps=max(8, steps // 4))[0] for seed in SHUFFLES
    ]
    told()
    classes, _ = map_class(inside, view, inside.layers["last"])
    _, local = map_class(inside, view, inside.layers["deep"])
    parts = np.array(GONE)
    deleted = delete(inside, view, shares, parts)
    chance = np.random.default_rng(1)
    any_order = [
        delete(inside, view, chance.random(shares.shape, np.float32), parts)
        for _ in range(3 if view.values.shape[0] == 1 else 1)
    ]
    told()
    alike = compare_maps(shares, others)
    return Saliency(
        view, shares, others[0], missed, alike, classes, local, deleted, np.mean(any_order, axis=0)
    )


def _heal_point(subject: Subject, inside: Inside, point: Point, answer: Windows) -> Healing | None:
    """Heal the fault at the point, or nothing where there is none."""
    line, trace, sample = point
    crest = _to_crest(answer[line], trace, sample)
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
