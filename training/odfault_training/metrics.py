"""How well predicted faults agree with interpreted ones: tolerant precision and recall, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from odfault.agreement import within_reach
from odfault.errors import OdfaultError
from odfault.thinning import thin

THRESHOLDS = (np.arange(1, 100) / 100).astype(np.float32)
HALF = 49


@dataclass(frozen=True)
class Counts:
    """What was matched at each of the 99 thresholds .01 to .99; of two sections they can be added.

    predicted     : (99,)     thinned samples at or above the threshold
    true          : (99,)     those of them that have a label within the tolerance
    labelled      : (99,)     thinned label samples, the same at each threshold
    found         : (99,)     those of them that have a prediction within the tolerance
    """

    predicted: npt.NDArray[np.int64]
    true: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]

    def __add__(self, other: Counts) -> Counts:
        """Pool the counts of two sections."""
        return Counts(
            self.predicted + other.predicted,
            self.true + other.true,
            self.labelled + other.labelled,
            self.found + other.found,
        )

    def __getitem__(self, threshold: int) -> Counts:
        """Return the counts at one threshold."""
        at = slice(threshold, threshold + 1)
        return Counts(self.predicted[at], self.true[at], self.labelled[at], self.found[at])

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """Share of the predicted samples that are true; 0 where nothing is predicted."""
        return self.true / np.maximum(self.predicted, 1)

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """Share of the labelled samples that are found; 0 where nothing is labelled."""
        return self.found / np.maximum(self.labelled, 1)

    @property
    def f1(self) -> npt.NDArray[np.float64]:
        """Harmonic mean of precision and recall; 0 where both are."""
        precision, recall = self.precision, self.recall
        return 2.0 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)


@dataclass(frozen=True)
class Scores:
    """The figures that are reported, each from 0 to 1.

    ods                  : best F of the pooled counts at one threshold for all sections
    ods_threshold        : that threshold (the lowest of equals)
    ois                  : F of the counts pooled at each section's own best threshold
    ap                   : area under the envelope of the precision-recall curve
    ..._at_half          : at threshold .5, what the user gets without tuning
    """

    ods: float
    ods_threshold: float
    ois: float
    ap: float
    f1_at_half: float
    precision_at_half: float
    recall_at_half: float
    tolerant_iou_at_half: float


def score_sections(
    probabilities: Sequence[npt.ArrayLike],
    labels: Sequence[npt.ArrayLike],
    ignore: Sequence[npt.ArrayLike] | None = None,
    *,
    tolerance: float = 2.0,
) -> Scores:
    """Score predicted fault probabilities against labels, pooled over sections.

    Parameters
    ----------
    probabilities : sequence of array_like, (traces, samples)
        Fault probability, 0 to 1, before thinning. Sections may differ in size.
    labels : sequence of array_like, (traces, samples)
        Not 0 on a fault; thick labels are thinned as the probability is.
    ignore : sequence of array_like, (traces, samples), optional
        Not 0 where no sample is to be counted, see `count_matches`.
    tolerance : float
        Largest distance of a match, in samples and traces alike.

    Returns
    -------
    Scores

    Raises
    ------
    OdfaultError
        When the lists or sections do not fit each other, or nothing at all is labelled.

    Notes
    -----
    ODS, OIS and AP are those of the Berkeley boundary benchmark (Martin, Fowlkes and Malik 2004;
    Arbelaez et al. 2011), with distance in place of one-to-one matching.
    """
    masks: Sequence[Any] = [None] * len(labels) if ignore is None else ignore
    if not len(probabilities) == len(labels) == len(masks):
        raise OdfaultError("the lists of sections differ in length", "give a label for each section")
    counts = [
        count_matches(probability, label, mask, tolerance=tolerance)
        for probability, label, mask in zip(probabilities, labels, masks, strict=True)
    ]
    if not any(each.labelled[0] for each in counts):
        raise OdfaultError("no fault is labelled", "give at least one section with a fault")
    pooled = sum(counts[1:], start=counts[0])
    best = int(np.argmax(pooled.f1))
    own = [each[_best_threshold(each)] for each in counts]
    half = float(pooled.f1[HALF])
    return Scores(
        ods=float(pooled.f1[best]),
        ods_threshold=float(round((best + 1) / 100, 2)),
        ois=float(sum(own[1:], start=own[0]).f1[0]),
        ap=_average_precision(pooled),
        f1_at_half=half,
        precision_at_half=float(pooled.precision[HALF]),
        recall_at_half=float(pooled.recall[HALF]),
        tolerant_iou_at_half=half / (2.0 - half),
    )


def count_matches(
    probability: npt.ArrayLike,
    label: npt.ArrayLike,
    ignore: npt.ArrayLike | None = None,
    *,
    tolerance: float = 2.0,
) -> Counts:
    """Match one section's predictions and labels at each threshold.

    The probability is thinned once and then cut at each threshold. An ignored sample is counted
    neither as a prediction nor as a label, but a counted sample may find its match there: else a
    shell of ignored samples about a label would punish a prediction one sample off.

    Parameters
    ----------
    probability, label, ignore : array_like, (traces, samples)
        As in `score_sections`, of one section.
    tolerance : float
        Largest distance of a match, in samples and traces alike.

    Returns
    -------
    Counts

    Raises
    ------
    OdfaultError
        When the sections differ in shape, or the probability is not from 0 to 1.
    """
    counted = np.ones(np.shape(label), bool) if ignore is None else np.asarray(ignore) == 0
    if not np.shape(probability) == np.shape(label) == counted.shape:
        raise OdfaultError("probability, label and ignore differ in shape", "cut them alike")
    level = np.searchsorted(THRESHOLDS, thin(probability), side="right").astype(np.uint8)
    fault = thin(np.asarray(label) != 0) > 0.0
    event = within_reach(fault, tolerance).astype(bool)
    reached = within_reach(level, tolerance)
    labelled = np.count_nonzero(fault & counted)
    return Counts(
        predicted=_at_or_above(level[counted]),
        true=_at_or_above(level[counted & event]),
        labelled=np.full(len(THRESHOLDS), labelled, np.int64),
        found=_at_or_above(reached[counted & fault]),
    )


def volume_sections(volume: npt.NDArray[Any], *, step: int = 1) -> list[npt.NDArray[Any]]:
    """Return every ``step``-th inline section and then crossline section of a volume, as views.

    Parameters
    ----------
    volume : numpy.ndarray, (inlines, crosslines, samples)
        Probability, label or ignored samples.
    step : int
        Lines from one section to the next.
    """
    return [*volume[::step], *volume.swapaxes(0, 1)[::step]]


def expected_calibration_error(probability: npt.ArrayLike, event: npt.ArrayLike, bins: int = 15) -> float:
    """Return how far probabilities are from the share of events, on average.

    Parameters
    ----------
    probability : array_like, any shape
        Fault probability, 0 to 1, not thinned.
    event : array_like, same shape
        Not 0 where a fault passes within the tolerance, see `within_reach`.
    bins : int
        Bins of equal mass; equal probabilities stay in one bin.

    Returns
    -------
    float
        0 (calibrated) to 1.

    Raises
    ------
    OdfaultError
        When the arrays differ in shape or are empty.

    Notes
    -----
    Naeini, Cooper and Hauskrecht (2015), with bins of equal mass after Nguyen and O'Connor (2015).
    """
    p = np.asarray(probability, dtype=np.float64).ravel()
    happened = np.asarray(event).ravel() != 0
    if np.shape(probability) != np.shape(event) or p.size == 0:
        raise OdfaultError("probability and event are empty or differ in shape", "cut them alike")
    edges = np.quantile(p, np.arange(1, bins) / bins, method="higher")
    place = np.searchsorted(edges, p, side="right")
    gap = np.bincount(place, weights=p - happened, minlength=bins)
    return float(np.abs(gap).sum() / p.size)


def _at_or_above(levels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Count for each threshold the samples that reach it; level n reaches the first n."""
    histogram = np.bincount(levels, minlength=len(THRESHOLDS) + 1)
    return np.cumsum(histogram[::-1])[-2::-1].astype(np.int64)


def _best_threshold(counts: Counts) -> int:
    """Return the threshold of the best F and, of equals, of the fewest predictions."""
    return int(np.lexsort((counts.predicted, -counts.f1))[0])


def _average_precision(counts: Counts) -> float:
    """Return the area under the precision-recall curve's envelope, which never falls towards recall 0."""
    order = np.argsort(counts.recall, kind="stable")
    recall, precision = counts.recall[order], counts.precision[order]
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))
