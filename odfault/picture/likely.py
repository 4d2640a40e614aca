"""How likely colours are on the curve of a colour map, and which amplitude is to be expected of each."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from odfault.picture.maps import Curve, resample

Points = NDArray[np.float64]
LUMA = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])
"""Brightness, blueness and redness of red, green and blue (ITU-R BT.601), as JPEG parts them."""
STEPS = 97
"""Of a curve; the one in the middle is zero."""
LEAST = (1.0, 1.5)
"""Levels of brightness and of colour that are noise in the cleanest picture."""
NOISE, ROUNDS = (8.0, 12.0), 6
"""Levels with which the guess begins, and how often it is made better."""
KEPT = 0.9
"""Part of the colours that a curve has to explain; the others may be text, a hand or mixtures."""
ALIKE, SPREAD, ANY = 0.7, 3.0, 0.1
"""How far amplitudes of both signs are as common, over how many steps, and the part that may be anything."""
PART = 8192
"""Colours at a time."""
STIFF = 0.1
"""Weight, as a part of the colours', of leaving a map's own colours as they are."""


@dataclasses.dataclass(frozen=True)
class Fit:
    """A curve and how colours scatter around it.

    Attributes
    ----------
    curve : ndarray, (STEPS, 3)
        As light, ink and a camera have changed it.
    noise : tuple of float
        Standard deviations of brightness and of colour from the curve, in levels.
    common : ndarray, (STEPS,)
        How common each amplitude is.
    worth : float
        Mean logarithm of the likelihood of a colour; of two curves the higher explains more.
    """

    curve: Curve
    noise: tuple[float, float]
    common: NDArray[np.float64]
    worth: float


def fit(seen: Points, curve: Curve, *, tint: bool = False) -> Fit:
    """Find how much brightness and colour scatter around a curve, each by itself, and what became of it.

    Parameters
    ----------
    seen : ndarray, (n, 3)
        Colours of pixels, 0 to 255.
    curve : ndarray, (m, 3)
        From the lowest to the highest amplitude.
    tint : bool
        Let light, ink or a camera have changed its colours.

    Notes
    -----
    Expectation and maximisation (Dempster, Laird and Rubin, 1977) for a mixture of Gaussians along the curve,
    all alike but for how common they are. JPEG keeps less of the colours than of the brightness, a faded
    photo more: the picture says it.
    """
    first = steps = resample(curve, STEPS)
    own = seen @ LUMA.T
    noise, common = NOISE, np.full(STEPS, 1 / STEPS)
    for turn in range(ROUNDS):
        near = _near(own, steps @ LUMA.T, noise) + np.log(common)
        best = near.max(axis=1)
        shares = np.exp(near - best[:, None])
        total = shares.sum(axis=1)
        worth = best + np.log(total) - np.log(noise[0] * noise[1] ** 2)
        kept = worth >= np.quantile(worth, 1 - KEPT)
        if turn == ROUNDS - 1:
            break
        shares = shares[kept] / total[kept, None]
        if tint and turn:
            steps = _tinted(seen[kept], shares, first)
        bright, colour = _apart(own[kept], steps @ LUMA.T)
        noise = (
            max(LEAST[0], float(np.sqrt((shares * bright).sum() / kept.sum()))),
            max(LEAST[1], float(np.sqrt((shares * colour).sum() / kept.sum() / 2))),
        )
        common = _alike(shares.mean(axis=0))
    return Fit(steps, noise, common, float(worth[kept].mean()))


def _alike(common: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make amplitudes of both signs nearly as common, and leave none impossible."""
    both = ALIKE * 0.5 * (common + common[::-1]) + (1 - ALIKE) * common
    smooth = gaussian_filter1d(both, SPREAD, mode="nearest")
    return np.asarray((1 - ANY) * smooth / smooth.sum() + ANY / len(common))


def _tinted(seen: Points, shares: Points, curve: Curve) -> Curve:
    """Mix a curve's own colours as those around it ask for: one matrix and one shift for all.

    Notes
    -----
    Ridge regression (Hoerl and Kennard, 1970) towards the colours as they are.
    """
    held = shares.sum(axis=0)
    middle = curve[len(curve) // 2]
    ahead = np.column_stack([(curve - middle) / 255, np.ones(len(curve))])
    stiff = STIFF * len(seen) * np.diag([1.0, 1.0, 1.0, 0.0])
    plain = np.vstack([np.eye(3) * 255, middle])
    right = ahead.T @ (shares.T @ seen) + stiff @ plain
    matrix = np.linalg.solve(ahead.T @ (held[:, None] * ahead) + stiff, right)
    return np.asarray(np.clip(ahead @ matrix, 0, 255))


def expect(colours: Points, found: Fit) -> NDArray[np.float32]:
    """Give the amplitude, -1 to 1 along a curve, that is to be expected of each colour.

    Parameters
    ----------
    colours : ndarray, (n, 3)
    found : Fit

    Notes
    -----
    The mean over all places on the curve, each as likely as the colour is there: where a colour may be of
    either end, as a grey mixed by JPEG from red and blue, the expectation is near 0 and no wild guess.
    """
    place = np.linspace(-1, 1, STEPS)
    parts = [colours[first : first + PART] @ LUMA.T for first in range(0, len(colours), PART)]
    return np.concatenate([share(own, found, flat=True) @ place for own in parts]).astype(np.float32)


def share(own: Points, found: Fit, *, flat: bool = False) -> Points:
    """Give how likely each amplitude is for colours.

    Parameters
    ----------
    own : ndarray, (n, 3)
        Brightness, blueness and redness.
    found : Fit
    flat : bool
        Take all amplitudes for equally common, or weak ones would be taken for weaker still.

    Returns
    -------
    ndarray, (n, STEPS)
    """
    near = _near(own, found.curve @ LUMA.T, found.noise) + (0.0 if flat else np.log(found.common))
    shares = np.exp(near - near.max(axis=1)[:, None])
    return np.asarray(shares / shares.sum(axis=1)[:, None])


def _apart(own: Points, steps: Points) -> tuple[Points, Points]:
    """Give the squared distances of brightness and of colour from each step of a curve."""
    bright = (own[:, :1] - steps[:, 0]) ** 2
    return bright, (own[:, 1:2] - steps[:, 1]) ** 2 + (own[:, 2:] - steps[:, 2]) ** 2


def _near(own: Points, steps: Points, noise: tuple[float, float]) -> Points:
    """Give the logarithm of how likely each step is, but for a factor."""
    bright, colour = _apart(own, steps)
    return np.asarray(bright * (-0.5 / noise[0] ** 2) + colour * (-0.5 / noise[1] ** 2))
