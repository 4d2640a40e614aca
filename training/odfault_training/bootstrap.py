"""How far scores would move with other sections: the bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from odfault_training.metrics import HALF, Counts, average_precision

Interval = tuple[float, float]
TIMES, SEED, COVER, FEWEST = 500, 1, 0.9, 3
"""Draws; their seed; share of them within an interval; sections below which there is none."""
SCORES: dict[str, Callable[[Counts], npt.NDArray[np.float64]]] = {
    "ods": lambda counts: np.asarray(counts.f1.max(axis=-1)),
    "ap": average_precision,
    "f1_at_half": lambda counts: np.asarray(counts.f1[..., HALF]),
}


def find_intervals(counts: Sequence[Counts]) -> dict[str, Interval]:
    """Find the 90 % intervals of pooled scores, were the sections others of their kind.

    Parameters
    ----------
    counts : sequence of Counts
        One of each section, in any order.

    Returns
    -------
    dict
        Lowest and highest by the name of the score in ``metrics.Scores``; not numbers for fewer than
        FEWEST sections.

    Notes
    -----
    Percentiles of the scores of whole sections drawn with replacement (Efron and Tibshirani, 1993). The
    sections of one volume are like one another, so that the interval is rather too narrow for volumes.
    """
    if len(counts) < FEWEST:
        return dict.fromkeys(SCORES, (float("nan"), float("nan")))
    drawn = _redraw(counts)
    tail = (1.0 - COVER) / 2.0
    ends = {name: np.quantile(score(drawn), (tail, 1.0 - tail)) for name, score in SCORES.items()}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _redraw(counts: Sequence[Counts]) -> Counts:
    """Pool as many sections as there are, drawn with replacement, TIMES over."""
    tables = sorted((np.stack(each.parts) for each in counts), key=lambda table: table.tobytes())
    table = np.stack(tables).astype(np.float64)
    share = np.full(len(table), 1.0 / len(table))
    often = np.random.default_rng(SEED).multinomial(len(table), share, TIMES)
    pooled = np.tensordot(often.astype(np.float64), table, axes=1).astype(np.int64)
    return Counts(*pooled.swapaxes(0, 1))
