"""An unknown colour map from its pixels alone: the path that runs through their clusters."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path
from scipy.spatial.distance import cdist

CLUSTERS = 40


def trace_path(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Trace the longest path through the clusters of colours.

    Parameters
    ----------
    seen : ndarray, (n, 3)
        Colours of pixels, 0 to 255.

    Returns
    -------
    ndarray, (256, 3)
        The map, in even steps of colour difference; which end is high cannot be known.

    Notes
    -----
    The longest path of the minimum spanning tree (Kruskal, 1956) orders points that lie along a curve.
    """
    grainy = seen + np.random.default_rng(1).normal(0, 0.3, seen.shape)  # or few colours leave clusters empty
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        centres, member = kmeans2(grainy, CLUSTERS, minit="++", seed=1, iter=12)
    many = np.bincount(member, minlength=len(centres))
    centres = centres[many >= 0.001 * len(seen)]
    if len(centres) < 3:
        low, high = seen[seen.sum(axis=1).argmin()], seen[seen.sum(axis=1).argmax()]
        return np.linspace(low, high, 256)
    apart = cdist(centres, centres) + 1e-6 * (1 - np.eye(len(centres)))
    tree = minimum_spanning_tree(apart)
    lengths, before = shortest_path(tree, directed=False, return_predecessors=True)
    start, end = np.unravel_index(np.where(np.isfinite(lengths), lengths, -1).argmax(), lengths.shape)
    order = [int(end)]
    while order[-1] != start:
        order.append(int(before[start, order[-1]]))
    path = centres[order]
    steps = np.concatenate([[0], np.cumsum(np.sqrt((np.diff(path, axis=0) ** 2).sum(axis=1)))])
    even = np.linspace(0, steps[-1], 256)
    return np.column_stack([np.interp(even, steps, part) for part in path.T])
