"""Tuning itself: a user's few labelled lines refine shipped weights, and stop before they spoil them."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from odfault.card import Card, find_weights, read_card
from odfault.errors import OdfaultError
from odfault.model import load_network
from odfault.network import build_network
from odfault_training.drawn import Line
from odfault_training.export import to_bfloat16
from odfault_training.level import Level, choose_level, lower
from odfault_training.loss import make_loss
from odfault_training.mixture import Mixture, open_pool, synthetic_of
from odfault_training.sharper import Sharper, choose_views, stretch
from odfault_training.trial import Marks, Trial, Views, Weights, draw_known, in_policy, is_better

OWN_SEED, JUDGED_SEED = 7_000, 8_000
"""Added to the seed for synthetics to learn from and to be judged by: others than any training draws."""
LEAST = {"steps": 1, "batch": 2, "every": 1, "patience": 1, "count": 1, "seed": 0}


@dataclasses.dataclass(frozen=True)
class Tuning:
    """How to tune."""

    steps: int = 80
    minutes: float = 6.0
    """Of learning: no step begins later."""
    rate: float = 2e-4
    """Largest learning rate; a cosine takes it to a hundredth."""
    batch: int = 16
    """Windows in a step, half of them from the labelled lines."""
    window: tuple[int, ...] = ()
    """Traces and samples, or inlines, crosslines and samples; those that the network was trained on."""
    every: int = 20
    """Steps between two looks at the line held out."""
    patience: int = 5
    """Looks without a better one after which it stops."""
    mean: float = 0.98
    """Share of its past that the running mean of the weights keeps at a step."""
    part: float = 0.7
    """So far it goes from the old weights to those learned: most of the gain, little of the forgetting."""
    count: int = 12
    """Synthetic sections or, an eighth of them, cubes to see by what is forgotten."""
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                raise OdfaultError(f"tuning: {name} = {getattr(self, name)}", f"give at least {least}")
        for name in ("rate", "part", "minutes"):
            most = math.inf if name == "minutes" else 1
            if not 0 < getattr(self, name) <= most:
                raise OdfaultError(
                    f"tuning: {name} = {getattr(self, name)}", f"give more than 0, up to {most}"
                )


@dataclasses.dataclass(frozen=True)
class Look:
    """What was seen at a step: the mean loss since the last look, the scores, seconds since the start."""

    step: int
    loss: float
    marks: Marks
    seconds: float


@dataclasses.dataclass(frozen=True)
class Tuned:
    """The best weights of a run, float32 rounded to bfloat16, and what was seen on the way to them.

    The first look is at the network as it was, the second at the scales at which it finds the lines' faults
    best, if those are others; both are of step 0. Looks are at the level that the network had; the weights
    are at that chosen last. ``sharper`` and ``level`` tell what scales and level are worth.
    """

    weights: Weights
    step: int
    looks: list[Look]
    sharper: Sharper
    level: Level

    @property
    def views(self) -> Views:
        """The scales that were chosen; none where the card's own are as good."""
        return self.sharper.views

    @property
    def helped(self) -> bool:
        """Whether scales, weights or a level were found that do better where they were not chosen."""
        return bool(self.views or self.step or self.level.by)

    @property
    def before(self) -> Marks:
        """Scores of the weights that it began with."""
        return self.looks[0].marks

    @property
    def begun(self) -> Marks:
        """Scores of the weights that it began with at the scales that were chosen."""
        return self._last(0)

    @property
    def after(self) -> Marks:
        """Scores of the weights that it ended with."""
        return self._last(self.step)

    def _last(self, step: int) -> Marks:
        """Give the scores of the last look at a step."""
        return next(look.marks for look in self.looks[::-1] if look.step == step)


def read_base(model: str | Path) -> tuple[Card, Weights]:
    """Read a model's card and weights."""
    load_network(model)  # for its checks
    path = find_weights(model)
    card = read_card(path)
    network = build_network(card.architecture)
    network.load_weights(path)
    return card, network.get_weights()


def tune(
    card: Card,
    weights: Weights,
    lines: Sequence[Line],
    held: Line | None,
    *,
    tuning: Tuning,
    precision: str = "float32",
    told: Callable[[Look], None] = lambda look: None,
) -> Tuned:
    """Find the scales that suit labelled lines, and refine weights; what does best on one held out is kept.

    All lines choose the scales, see ``sharper``, and at last where one half lies, see ``level``. Every batch
    is half from the lines and half from the generator, and what is judged and taken lies between the old
    weights and those learned, so that nothing is forgotten; weights that lose more than ``trial.FORGIVEN`` on
    synthetics are never taken.

    Parameters
    ----------
    card : Card
        Of the network.
    weights : list of ndarray
        As ``read_base`` gives them.
    lines : sequence of Line
        To learn from.
    held : Line or None
        To choose the step by, not to learn from; with none, the last step that has forgotten nothing is
        taken.
    tuning : Tuning
        How.
    precision : str
        Keras policy: ``mixed_bfloat16`` or ``float32``.
    told : callable
        Called with every look.

    Raises
    ------
    OdfaultError
        If a network for volumes is given sections, the line held out has no fault, or the loss is no
        number any more.

    Notes
    -----
    Weights between old and new ones: Wortsman et al., 2022, Robust fine-tuning of zero-shot models.
    """
    _check(card, [*lines, *([held] if held else [])])
    window = tuning.window or _window_of(card)
    count = tuning.count if len(window) == 2 else -(-tuning.count // 8)
    known = draw_known(synthetic_of(card, window, tuning.seed + JUDGED_SEED), count)
    trial = Trial(card, held, known, precision=precision)
    looks = [Look(0, float("nan"), trial(weights), 0.0)]
    told(looks[0])
    labelled = [*lines, *([held] if held else [])]
    sharper = choose_views(trial, weights, labelled)
    views = sharper.views
    if views:
        looks.append(Look(0, float("nan"), trial(weights, views), 0.0))
        told(looks[1])
    with contextlib.closing(open_pool(synthetic_of(card, window, tuning.seed + OWN_SEED))) as pool:
        stretched = [stretch(line, scale) for line in lines for scale in views or (card.scale,)]
        mixture = Mixture(stretched, pool, window=window, batch=tuning.batch, seed=tuning.seed)
        with in_policy(precision):
            model = _compile(card, weights, tuning)
        run = _steps(model, mixture, tuning, time.perf_counter())
        judge = functools.partial(trial, views=views)
        begun = Tuned(weights, 0, looks, sharper, Level(0.0, 0.0, 0.0))
        tuned = _follow(run, judge, begun, tuning, told)
    level = choose_level(trial.at(views), tuned.weights, labelled)
    leveled = [to_bfloat16(values) for values in lower(trial, tuned.weights, level.by)]
    return dataclasses.replace(tuned, weights=leveled, level=level)


def _follow(
    run: Iterator[tuple[int, float, float, Weights]],
    trial: Callable[[Weights], Marks],
    begun: Tuned,
    tuning: Tuning,
    told: Callable[[Look], None],
) -> Tuned:
    """Look at a run every so many steps, and stop when it gets no better than what was there before it."""
    seen, best = list(begun.looks), begun
    for step, loss, seconds, mean in run:
        between = [old + tuning.part * (new - old) for old, new in zip(begun.weights, mean, strict=True)]
        rounded = [to_bfloat16(values) for values in between]
        seen.append(Look(step, loss, trial(rounded), seconds))
        told(seen[-1])
        if is_better(seen[-1].marks, best.after, begun.begun):
            best = dataclasses.replace(begun, weights=rounded, step=step, looks=seen)
        elif step - best.step >= tuning.patience * tuning.every:
            break
    return dataclasses.replace(best, looks=seen)


def _steps(
    model: Any, mixture: Mixture, tuning: Tuning, began: float
) -> Iterator[tuple[int, float, float, Weights]]:
    """Learn; every so many steps give the step, the mean loss, the seconds, the weights' running mean."""
    mean, losses = model.get_weights(), []
    for step in range(1, tuning.steps + 1):
        losses.append(float(model.train_on_batch(*mixture[step - 1])))
        if not np.isfinite(losses[-1]):
            raise OdfaultError(f"the loss of step {step} is no number", "give a lower --rate")
        keep = min(tuning.mean, step / (step + 9))
        mean = [keep * old + (1 - keep) * new for old, new in zip(mean, model.get_weights(), strict=True)]
        seconds = time.perf_counter() - began
        late = seconds > 60 * tuning.minutes
        if late or step % tuning.every == 0 or step == tuning.steps:
            yield step, float(np.mean(losses)), seconds, mean
            losses = []
        if late:
            return


def _compile(card: Card, weights: Weights, tuning: Tuning) -> Any:
    """Build the network to be tuned, with its optimizer: a warm-up over a tenth of the steps, a cosine."""
    model = build_network(card.architecture)
    model.set_weights(weights)
    warm, top = max(1, tuning.steps // 10), tuning.rate
    rate = keras.optimizers.schedules.CosineDecay(
        top / 50, max(1, tuning.steps - warm), alpha=0.01, warmup_target=top, warmup_steps=warm
    )
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-3, clipnorm=1.0), make_loss(0.02))
    return model


def _window_of(card: Card) -> tuple[int, ...]:
    """Window that a network was trained on, as far as its card knows; of volumes a smaller one."""
    if card.architecture.dimensions == 3:
        return (64, 64, 64)
    return tuple(card.recipe.get("training", {}).get("window", (128, 128)))


def _check(card: Card, lines: Sequence[Line]) -> None:
    if not lines:
        raise OdfaultError("nothing to learn from", "label a line")
    for line in lines:
        if card.architecture.dimensions == 3 and len(line.seismic) == 1:
            raise OdfaultError(
                f"{card.name} is for volumes, and {line.name} is a section", "tune fault2d, or label a volume"
            )
