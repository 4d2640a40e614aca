"""Whether probabilities mean what they say: what came true of them, and how far they are from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from odfault.errors import OdfaultError

LEVELS = int(np.float16(1.0).view(np.uint16)) + 1
"""Half-precision numbers from 0 to 1, in whose order are their bits."""
BINS = 15


@dataclass(frozen=True)
class Tally:
    """What came true of predictions of each half-precision probability; those of two sections can be added.

    samples  : (15361,)     samples of that probability, rounded
    forecast : (15361,)     sum of their probabilities, not rounded
    events   : (15361,)     those of them where the event is
    squares  : float        sum over all of the squared difference of probability and event
    """

    samples: npt.NDArray[np.float64]
    forecast: npt.NDArray[np.float64]
    events: npt.NDArray[np.float64]
    squares: float

    def __add__(self, other: Tally) -> Tally:
        """Pool the tallies of two sections."""
        return Tally(
            self.samples + other.samples,
            self.forecast + other.forecast,
            self.events + other.events,
            self.squares + other.squares,
        )


NOTHING = Tally(np.zeros(LEVELS), np.zeros(LEVELS), np.zeros(LEVELS), 0.0)


def tally(probability: npt.ArrayLike, event: npt.ArrayLike) -> Tally:
    """Count what came true of each probability.

    Parameters
    ----------
    probability : array_like, any shape
        Fault probability, 0 to 1, not thinned.
    event : array_like, same shape
        Not 0 where a fault passes within the tolerance, see ``agreement.within_reach``.

    Raises
    ------
    OdfaultError
        When the arrays differ in shape or are empty.
    """
    p = np.asarray(probability, np.float64).ravel()
    happened = (np.asarray(event).ravel() != 0).astype(np.float64)
    if np.shape(probability) != np.shape(event) or p.size == 0:
        raise OdfaultError("probability and event are empty or differ in shape", "cut them alike")
    level = p.astype(np.float16).view(np.uint16)
    return Tally(
        np.bincount(level, minlength=LEVELS).astype(np.float64),
        np.bincount(level, p, LEVELS).astype(np.float64),
        np.bincount(level, happened, LEVELS).astype(np.float64),
        float(np.sum((p - happened) ** 2)),
    )


def expected_calibration_error(pooled: Tally, bins: int = BINS) -> float:
    """Return how far probabilities are from the share of events, on average.

    Parameters
    ----------
    pooled : Tally
        Of all sections.
    bins : int
        Bins of equal mass; equal probabilities stay in one bin.

    Returns
    -------
    float
        0 (calibrated) to 1.

    Notes
    -----
    Naeini, Cooper and Hauskrecht (2015), with bins of equal mass after Nguyen and O'Connor (2015).
    """
    below = np.cumsum(pooled.samples) - pooled.samples  # samples of a lower probability
    place = np.minimum(below * bins // max(pooled.samples.sum(), 1.0), bins - 1).astype(np.int64)
    gap = np.bincount(place, weights=pooled.forecast - pooled.events)
    return float(np.abs(gap).sum() / pooled.samples.sum())


def brier(pooled: Tally) -> float:
    """Return the mean squared difference of probability and event (Brier, 1950)."""
    return float(pooled.squares / pooled.samples.sum())


def reliability(pooled: Tally, bins: int = BINS) -> npt.NDArray[np.float64]:
    """Return the points of the reliability diagram, in bins of equal width.

    Bins of equal mass, as the calibration error has them, would lie near 0 nearly all: faults are rare.

    Parameters
    ----------
    pooled : Tally
        Of all sections.
    bins : int
        Bins from 0 to 1.

    Returns
    -------
    numpy.ndarray, (points, 3)
        Mean probability, share of events and number of samples of each bin that is not empty.
    """
    middle = np.arange(LEVELS, dtype=np.uint16).view(np.float16).astype(np.float64)
    place = np.minimum((middle * bins).astype(np.int64), bins - 1)
    sums = (pooled.forecast, pooled.events, pooled.samples)
    forecast, events, samples = (np.bincount(place, part, bins) for part in sums)
    held = samples > 0
    return np.stack([forecast[held] / samples[held], events[held] / samples[held], samples[held]], axis=1)
