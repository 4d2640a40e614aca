"""How well predicted faults agree with interpreted ones: precision and recall within a tolerance."""

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
    """What was matched at each of the 99 thresholds .01 to .99.

    predicted     : (..., 99)     thinned samples at or above the threshold
    true          : (..., 99)     those of them that have a label within the tolerance
    labelled      : (..., 99)     thinned label samples, the same at each threshold
    found         : (..., 99)     those of them that have a prediction within the tolerance
    """

    predicted: npt.NDArray[np.int64]
    true: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]

    @property
    def parts(self) -> tuple[npt.NDArray[np.int64], ...]:
        """The four arrays, in their order."""
        return self.predicted, self.true, self.labelled, self.found

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
    ois                  : F of the counts pooled at each section's own best threshold; below ods where
                           sections hold mere scraps of faults, whose own best is nearly no threshold
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

    @property
    def both(self) -> float:
        """Mean of the best F and that at one half: what it can do, and what the user gets."""
        return (self.ods + self.f1_at_half) / 2


def pool(counts: Sequence[Counts]) -> Counts:
    """Add up the counts of sections."""
    return Counts(*(np.sum(part, axis=0) for part in zip(*(each.parts for each in counts), strict=True)))


def score_counts(counts: Sequence[Counts]) -> Scores:
    """Score what was matched, pooled over sections.

    Parameters
    ----------
    counts : sequence of Counts
        One of each section, from `count_matches`, all with the same tolerance.

    Returns
    -------
    Scores

    Raises
    ------
    OdfaultError
        When nothing at all is labelled.

    Notes
    -----
    ODS, OIS and AP are those of the Berkeley boundary benchmark (Martin, Fowlkes and Malik 2004;
    Arbelaez et al. 2011), with distance in place of one-to-one matching.
    """
    if not any(each.labelled[0] for each in counts):
        raise OdfaultError("no fault is labelled", "give at least one section with a fault")
    pooled = pool(counts)
    best = int(np.argmax(pooled.f1))
    own = pool([_at_own_best(each) for each in counts])
    half = float(pooled.f1[HALF])
    return Scores(
        ods=float(pooled.f1[best]),
        ods_threshold=float(round((best + 1) / 100, 2)),
        ois=float(own.f1[0]),
        ap=float(average_precision(pooled)),
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
    """Match the predictions and labels of a section, or of a volume as a whole, at each threshold.

    The probability is thinned once and then cut at each threshold. An ignored sample is counted
    neither as a prediction nor as a label, but a counted sample may find its match there: else a
    shell of ignored samples about a label would punish a prediction one sample off. Nor is a prediction
    counted that is as near to an ignored sample as a match would be, and to no label.

    Parameters
    ----------
    probability : array_like, (traces, samples) or (inlines, crosslines, samples)
        Fault probability, 0 to 1, before thinning.
    label : array_like, of the same shape
        Not 0 on a fault; a thick label is thinned as the probability is.
    ignore : array_like, of the same shape, optional
        Not 0 where no sample is to be counted.
    tolerance : float
        Largest distance of a match, in samples and traces alike.

    Returns
    -------
    Counts

    Raises
    ------
    OdfaultError
        When the arrays differ in shape, or the probability is not from 0 to 1.
    """
    ignored = np.zeros(np.shape(label), bool) if ignore is None else np.asarray(ignore) != 0
    if not np.shape(probability) == np.shape(label) == ignored.shape:
        raise OdfaultError("probability, label and ignore differ in shape", "cut them alike")
    level = np.searchsorted(THRESHOLDS, thin(probability), side="right").astype(np.uint8)
    fault = thin(np.asarray(label) != 0) > 0.0
    event = within_reach(fault, tolerance).astype(bool)
    reached = within_reach(level, tolerance)
    wanted = fault & ~ignored
    return Counts(
        predicted=_at_or_above(level[judged(event, ignored, tolerance)]),
        true=_at_or_above(level[event & ~ignored]),
        labelled=np.full(len(THRESHOLDS), np.count_nonzero(wanted), np.int64),
        found=_at_or_above(reached[wanted]),
    )


def judged(event: npt.NDArray[np.bool_], ignored: npt.NDArray[np.bool_], tolerance: float) -> Any:
    """Tell where a prediction counts: neither where ignored nor, off a fault's event, as near to that."""
    if not ignored.any():
        return ~ignored
    return ~ignored & (event | ~within_reach(ignored, tolerance))


def average_precision(counts: Counts) -> npt.NDArray[np.float64]:
    """Return the area under the precision-recall curve's envelope, which never falls towards recall 0."""
    order = np.argsort(counts.recall, axis=-1, kind="stable")
    recall, precision = (np.take_along_axis(part, order, -1) for part in (counts.recall, counts.precision))
    envelope = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(np.sum(np.diff(recall, axis=-1, prepend=0.0) * envelope, axis=-1))


def _at_or_above(levels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Count for each threshold the samples that reach it; level n reaches the first n."""
    histogram = np.bincount(levels, minlength=len(THRESHOLDS) + 1)
    return np.cumsum(histogram[::-1])[-2::-1].astype(np.int64)


def _at_own_best(counts: Counts) -> Counts:
    """Return a section's counts at the threshold of its best F and, of equals, of the fewest predictions."""
    best = int(np.lexsort((counts.predicted, -counts.f1))[0])
    return Counts(*(part[best : best + 1] for part in counts.parts))
