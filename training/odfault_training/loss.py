"""What training makes small: cross entropy and Dice, blind where the label is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops


def make_loss(smoothing: float) -> Callable[[Any, Any], Any]:
    """Cross entropy plus one minus soft Dice over the batch, where the target is not negative.

    Parameters
    ----------
    smoothing : float
        Targets are pulled this far towards one half in the cross entropy.

    Notes
    -----
    Dice: Milletari et al., 2016, V-Net. The sums run over the batch, so that a window without a fault
    does not make it undefined.
    """

    def loss(target: Any, logit: Any) -> Any:
        logit = ops.cast(logit, "float32")
        counted = ops.cast(target >= 0, "float32")
        truth = ops.cast(target > 0.5, "float32")
        soft = truth * (1 - smoothing) + 0.5 * smoothing
        entropy = ops.relu(logit) - logit * soft + ops.softplus(-ops.abs(logit))
        entropy = ops.sum(entropy * counted) / (ops.sum(counted) + 1)
        answer = ops.sigmoid(logit) * counted
        both, either = ops.sum(answer * truth), ops.sum(answer) + ops.sum(truth * counted)
        return entropy + 1 - (2 * both + 100) / (either + 100)

    return loss
