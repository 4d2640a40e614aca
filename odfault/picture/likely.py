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
STEPS = 96
"""Of a curve."""
LEAST = (1.0, 1.5)
"""Levels of brightness and of colour that are noise in the cleanest picture."""
BEND, HELD = 5.0, 0.15
"""Steps over which a curve is bent alike, and how much it keeps to where it was."""
KEPT = 0.9
"""Part of the colours that a curve has to explain; the others may be text, a hand or mixtures."""


@dataclasses.dataclass(frozen=True)
class Fit:
    """A curve and how colours scatter around it.

    Attributes
    ----------
    noise : tuple of float
        Standard deviations of brightness and of colour from the curve, in levels.
    worth : float
        Mean logarithm of the likelihood of a colour; of two curves the higher explains more.
    """

    noise: tuple[float, float]
    worth: float


def fit(seen: Points, curve: Curve, *, rounds: int = 5) -> Fit:
    """Find how much brightness and colour scatter around a curve, each by itself.

    Parameters
    ----------
    seen : ndarray, (n, 3)
        Colours of pixels, 0 to 255.
    curve : ndarray, (m, 3)
    rounds : int
        Of guessing places on the curve, and from them the scatter.

    Notes
    -----
    Expectation and maximisation (Dempster, Laird and Rubin, 1977) for a mixture of Gaussians along the curve,
    all alike. JPEG keeps less of the colours than of the brightness, a faded photo more: the picture says it.
    """
    bright, tint = _apart(seen, curve)
    noise, steps = (8.0, 12.0), bright.shape[1]
    for _ in range(rounds):
        best, shares = _shares(bright, tint, noise)
        total = shares.sum(axis=1)
        own = best + np.log(total / steps) - np.log(noise[0] * noise[1] ** 2)
        kept = own >= np.quantile(own, 1 - KEPT)
        weights = shares[kept] / total[kept, None]
        noise = (
            max(LEAST[0], float(np.sqrt((weights * bright[kept]).sum() / kept.sum()))),
            max(LEAST[1], float(np.sqrt((weights * tint[kept]).sum() / kept.sum() / 2))),
        )
    return Fit(noise, float(own[kept].mean()))


def expect(colours: Points, curve: Curve, noise: tuple[float, float]) -> NDArray[np.float32]:
    """Give the amplitude, -1 to 1 along a curve, that is to be expected of each colour.

    Parameters
    ----------
    colours : ndarray, (n, 3)
    curve : ndarray, (m, 3)
    noise : tuple of float
        From ``fit``.

    Notes
    -----
    The mean over all places on the curve, each as likely as the colour is there: where a colour may be of
    either end, as a grey mixed by JPEG from red and blue, the expectation is near 0 and no wild guess.
    """
    place = np.linspace(-1, 1, STEPS, dtype=np.float32)
    out = np.empty(len(colours), np.float32)
    for first in range(0, len(colours), 8192):
        some = slice(first, first + 8192)
        _, shares = _shares(*_apart(colours[some], curve), noise)
        out[some] = shares @ place / shares.sum(axis=1)
    return out


def _apart(seen: Points, curve: Curve) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the squared distances of brightness and of colour from each step of a curve."""
    steps = (resample(curve, STEPS) @ LUMA.T).astype(np.float32)
    own = (seen @ LUMA.T).astype(np.float32)
    bright = (own[:, :1] - steps[:, 0]) ** 2
    tint = (own[:, 1:2] - steps[:, 1]) ** 2 + (own[:, 2:] - steps[:, 2]) ** 2
    return bright, tint


def _shares(
    bright: NDArray[np.float32], tint: NDArray[np.float32], noise: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give how likely each step is: the logarithm of the likeliest, and the others beside it."""
    near = bright * np.float32(-0.5 / noise[0] ** 2) + tint * np.float32(-0.5 / noise[1] ** 2)
    best = near.max(axis=1)
    return best, np.exp(near - best[:, None])


def adapt(seen: Points, curve: Curve, noise: tuple[float, float], *, rounds: int = 3) -> Curve:
    """Bend a curve smoothly to the colours around it, as uneven light, ink or a camera bent them.

    Parameters
    ----------
    seen : ndarray, (n, 3)
    curve : ndarray, (m, 3)
    noise : tuple of float
        From ``fit``.

    Returns
    -------
    ndarray, (STEPS, 3)

    Notes
    -----
    A principal curve (Hastie and Stuetzle, 1989), begun at a known one, so that its order stays.
    """
    bent = resample(curve, STEPS)
    for _ in range(rounds):
        _, shares = _shares(*_apart(seen, bent), noise)
        shares /= shares.sum(axis=1)[:, None]
        near = np.exp(-0.5 * np.minimum(_far(seen, shares @ bent, noise), 40.0))
        shares *= near[:, None]
        held = shares.sum(axis=0)
        pulled = shares.T @ seen - held[:, None] * bent
        weight = gaussian_filter1d(held, BEND, mode="constant") + HELD * len(seen) / STEPS
        bent = bent + gaussian_filter1d(pulled, BEND, axis=0, mode="constant") / weight[:, None]
    return np.clip(bent, 0, 255)


def _far(seen: Points, there: Points, noise: tuple[float, float]) -> NDArray[np.float64]:
    """Give how far colours lie from others, in scatters, squared; 0 for what is within two of them."""
    apart = (seen - there) @ LUMA.T / [noise[0], noise[1], noise[1]]
    return np.asarray(np.maximum((apart**2).sum(axis=1) - 4, 0))
