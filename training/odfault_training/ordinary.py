"""Windows of ordinary sections: what an autoencoder learns to draw again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from odfault.card import HALF_WINDOW, SIDE
from odfault.scaling import scale_volume
from odfault_training.windows import Labels, Seismic, Windows

MARGIN = HALF_WINDOW // 2
"""Samples above and below a window that are drawn too, for the scaling."""
Volume = NDArray[np.float32]


class OrdinaryWindows(Windows):
    """Batches of windows as the generator draws them, scaled by what lies about them; the target is alike.

    An item is (windows, windows), both (batch, 64, 64, 1).
    """

    def __init__(self, *cubes: Any, window: tuple[int, ...], **words: Any) -> None:
        super().__init__(*cubes, window=(window[0], window[1] + 2 * MARGIN), **words)

    def _draw(
        self, rng: np.random.Generator, cubes: Sequence[Seismic], truth: Sequence[Labels]
    ) -> tuple[Volume, Volume]:
        seismic, _ = self._cut(rng, cubes, truth)
        if rng.random() < 0.5:
            seismic *= -1
        if rng.random() < 0.3:
            size = np.abs(seismic)
            power = np.float32(rng.uniform(0.6, 1.5))
            seismic = np.sign(seismic) * (size / (size.mean() + np.float32(1e-9))) ** power
        scaled = scale_volume(seismic)[..., MARGIN:-MARGIN].reshape(SIDE, SIDE, 1)
        return scaled, scaled


def make_drawing_loss() -> Callable[[Any, Any], Any]:
    """Half the logarithm of the squared error of a batch: the likelihood of the windows, a sample each.

    Notes
    -----
    The variance of what is left is the best one for the batch (Rybkin et al., 2021, Simple and effective VAE
    training with calibrated decoders), so that no weight stands between it and the divergence.
    """

    def loss(window: Any, drawn: Any) -> Any:
        wrong = ops.cast(drawn, "float32") - ops.cast(window, "float32")
        return 0.5 * ops.log(ops.mean(ops.square(wrong)) + 1e-6)

    return loss
