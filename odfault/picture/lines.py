"""Faults as lines: the crests of the probability, followed from end to end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.picture.section import Section
from odfault.picture.straighten import Points
from odfault.picture.vision import load_vision
from odfault.thinning import thin

SHORTEST = 8
"""Pixels of a line."""
STRAIGHT = 0.75
"""Pixels that a line may lie beside its crest."""


def trace_lines(
    section: Section, probability: NDArray[np.float32], *, threshold: float = 0.5
) -> list[tuple[Points, float]]:
    """Follow the crests of a fault probability.

    Parameters
    ----------
    section : Section
    probability : ndarray of float32, (traces, samples)
    threshold : float
        Probability from which a fault is drawn.

    Returns
    -------
    list of tuple
        For each fault its corners in pixels of the picture, (n, 2) x and y from the top down, and its mean
        probability; the surest first.
    """
    cv2 = load_vision()
    crest = thin(np.clip(probability, 0, 1)) >= threshold
    joined = cv2.dilate(crest.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, parts = cv2.connectedComponents(joined, connectivity=8)
    parts[~crest] = 0
    traces, samples = np.nonzero(parts)
    numbers = parts[traces, samples]
    order = np.argsort(numbers, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1) if len(order) else []
    lines = []
    for group in groups:
        points = np.column_stack([traces[group], samples[group]]).astype(np.float64)
        if max(np.ptp(points, axis=0)) + 1 < SHORTEST:
            continue
        path = _along(points)
        corners = cv2.approxPolyDP(path.astype(np.float32)[:, None], STRAIGHT, False)[:, 0]
        mean = float(probability[traces[group], samples[group]].mean())
        lines.append((section.to_picture(corners), mean))
    return sorted(lines, key=lambda line: -line[1])


def _along(points: Points) -> Points:
    """Give one point for each step along the longer side of a crest, from the top down or the left."""
    axis = 1 if np.ptp(points[:, 1]) >= np.ptp(points[:, 0]) else 0
    steps, member = np.unique(points[:, axis], return_inverse=True)
    many = np.bincount(member)
    beside = np.bincount(member, points[:, 1 - axis]) / many
    path = np.empty((len(steps), 2))
    path[:, axis], path[:, 1 - axis] = steps, beside
    return path
