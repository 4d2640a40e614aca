"""Would the map be the same if the network had learned nothing? A map against those of shuffled weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from odfault.explain.gradients import Windows


@dataclasses.dataclass(frozen=True)
class Likeness:
    """Rank correlations (Spearman) of a map with those of networks whose weights were shuffled, the median.

    Attributes
    ----------
    signed : float
        Of the shares as they are, for or against.
    sizes : float
        Of their sizes. All maps fade away from the point, so that these are alike without any learning.
    beyond : float
        Of their sizes over what is common to shuffled networks: what the receptive field gives to any
        network is divided away, sample by sample.
    """

    signed: float
    sizes: float
    beyond: float


def compare_maps(shares: Windows, others: Sequence[Windows]) -> Likeness:
    """Compare a map with those of at least two networks with shuffled weights.

    Parameters
    ----------
    shares : ndarray
        The map.
    others : sequence of ndarray
        Of the same shape. What is common is measured for each of them on all the others.

    Notes
    -----
    Adebayo et al., 2018, Sanity checks for saliency maps, compare signed and absolute maps by rank; they do
    not take away what the architecture alone gives.
    """
    from scipy.stats import spearmanr

    own = np.abs(shares).ravel()
    sizes = [np.abs(other).ravel() / max(float(np.abs(other).mean()), 1e-30) for other in others]
    rows = []
    for n, other in enumerate(others):
        common = np.mean([size for k, size in enumerate(sizes) if k != n], axis=0) + 1e-9
        pairs = ((shares.ravel(), other.ravel()), (own, sizes[n]), (own / common, sizes[n] / common))
        rows.append([float(spearmanr(a, b)[0]) for a, b in pairs])
    signed, plain, beyond = np.median(rows, axis=0).tolist()
    return Likeness(signed, plain, beyond)
