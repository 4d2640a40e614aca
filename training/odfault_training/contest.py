"""One run of the comparison: a network of a family trained, and judged on sections and patches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from odfault.scaling import scale_volume
from odfault_training.families import BUNDLE, LINES, PATCH, Family, resize
from odfault_training.loss import make_loss
from odfault_training.windows import Windows

Image = NDArray[np.float32]
WINDOW = (64, 128)
"""Traces and samples of a window that patches and bundles are cut from."""
BATCH = 8
"""Windows of a step, whatever is cut from them."""
OF_A_WINDOW = {"patch": 96, "trace": 16}
"""Patches and bundles that are cut from each."""
SHIFTS = (0, 1, 2, 4, 8)
"""Traces by which a patch is shifted."""
CALL = 4096
"""Patches in a call of a network."""


@dataclass(frozen=True)
class Lesson:
    """What all families learn from: cubes (cubes, lines, traces, samples) and their labels, and how long."""

    seismic: NDArray[np.float16]
    labels: NDArray[np.uint8]
    steps: int
    rate: float = 1e-3


def teach(family: Family, width: int, lesson: Lesson, seed: int) -> Any:
    """Train a network of a family; the same windows are drawn for the same seed.

    A step shows ``BATCH`` windows of the same cubes to each family: whole, or what is cut from them.
    """
    keras.utils.set_random_seed(seed)
    model = family.build(width)
    rate = keras.optimizers.schedules.CosineDecay(
        lesson.rate / 50, lesson.steps, alpha=0.01, warmup_target=lesson.rate, warmup_steps=lesson.steps // 20
    )
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-2, clipnorm=1.0), make_loss(0.02))
    for step, (seen, target) in enumerate(draw_batches(family, lesson, seed)):
        model.train_on_batch(seen, target)
        if step + 1 == lesson.steps:
            break
    plain = family.build(width)  # without loss and optimizer
    plain.set_weights(model.get_weights())
    return plain


def draw_batches(family: Family, lesson: Lesson, seed: int) -> Iterator[tuple[Image, Image]]:
    """Draw batches for a family without end: what it sees, and the targets."""
    window = (LINES, 32, 64) if family.kind == "lines" else WINDOW
    batch = BATCH // 2 if family.kind == "lines" else BATCH
    windows = Windows(
        lesson.seismic, lesson.labels, window=window, batch=batch, steps=lesson.steps, seed=seed
    )
    chance = np.random.default_rng(seed)
    for number in range(10**9):
        seen, target = windows[number]
        if family.kind in ("map", "lines"):
            yield seen, target
        elif family.kind == "patch":
            yield _cut_patches(seen[..., 0], target[..., 0], chance)
        else:
            yield _cut_bundles(seen[..., 0], target[..., 0], chance)


def _cut_patches(seen: Image, target: Image, chance: np.random.Generator) -> tuple[Image, Image]:
    """Cut patches, half of them on faults where there are any."""
    half = PATCH // 2
    inner = target[:, half:-half, half:-half]
    patches, targets = [], []
    for window, truth in zip(seen, inner, strict=True):
        places = [np.argwhere(truth == 1), np.argwhere(truth == 0)]
        wanted = OF_A_WINDOW["patch"] // 2
        for kind, there in enumerate(places):
            other = places[1 - kind]
            source = there if len(there) else other
            if not len(source):
                continue
            for x, t in source[chance.integers(len(source), size=wanted)]:
                patches.append(window[x : x + PATCH, t : t + PATCH])
                targets.append(truth[x, t])
    return np.stack(patches)[..., None], np.array(targets, np.float32)[:, None]


def _cut_bundles(seen: Image, target: Image, chance: np.random.Generator) -> tuple[Image, Image]:
    """Cut bundles of neighbouring traces, as sequences of samples."""
    count, many = len(seen), OF_A_WINDOW["trace"]
    first = chance.integers(seen.shape[1] - BUNDLE + 1, size=(count, many))
    rows = first[..., None] + np.arange(BUNDLE)
    bundles = seen[np.arange(count)[:, None, None], rows].reshape(-1, BUNDLE, seen.shape[2])
    targets = target[np.arange(count)[:, None], first + BUNDLE // 2].reshape(-1, seen.shape[2], 1)
    return np.ascontiguousarray(bundles.swapaxes(1, 2)), targets


def answer_section(model: Any, family: Family, volume: Image, line: int) -> Image:
    """Answer a line of a volume of amplitudes with probabilities (traces, samples).

    volume : (lines, traces, samples)     a family that looks across lines sees the nearest ones
    """
    scaled = scale_volume(volume)
    if family.kind == "patch":
        wide = np.pad(scaled[line], PATCH // 2, "reflect")
        patches = np.lib.stride_tricks.sliding_window_view(wide, (PATCH, PATCH))
        logits = answer_patches(model, patches.reshape(-1, PATCH, PATCH)).reshape(scaled.shape[1:])
    else:
        around = np.arange(line - LINES // 2, line + LINES // 2 + 1).clip(0, len(scaled) - 1)
        logits = _answer_stacks(model, family, scaled[around][None])[0]
    return np.asarray(expit(logits.astype(np.float64)), np.float32)


def _answer_stacks(model: Any, family: Family, stacks: Image) -> Image:
    """Give the logits (n, traces, samples) of the middle lines of stacks (n, 5, traces, samples), scaled."""
    _, _, traces, samples = stacks.shape
    if family.kind == "trace":
        rim = BUNDLE // 2
        wide = np.pad(stacks[:, LINES // 2], ((0, 0), (rim, rim), (0, 0)), "reflect")
        bundles = np.lib.stride_tricks.sliding_window_view(wide, BUNDLE, axis=1)
        given = _in_calls(model, bundles.reshape(-1, samples, BUNDLE), 4 * CALL // BUNDLE)
        return np.asarray(given.reshape(-1, traces, samples))
    whole = np.pad(stacks, ((0, 0), (0, 0), (0, -traces % 4), (0, -samples % 4)), "symmetric")
    if family.kind == "lines":
        sized = resize(model, (*whole.shape[1:], 1))
        given = _in_calls(sized, whole[..., None], max(1, 64 * CALL // whole[0].size))[:, LINES // 2]
    else:
        size = whole.shape[2] * whole.shape[3]
        given = _in_calls(model, whole[:, LINES // 2, ..., None], max(1, 128 * CALL // size))
    return np.asarray(given[:, :traces, :samples, 0])


def _in_calls(model: Any, seen: Image, many: int) -> Image:
    """Give a network's answers, so many items at a time."""
    parts = [
        np.asarray(model(np.ascontiguousarray(seen[n : n + many]), training=False))
        for n in range(0, len(seen), many)
    ]
    return np.concatenate(parts)


def answer_patches(model: Any, patches: Image) -> Image:
    """Give the logits (n,) of patches (n, 29, 29), scaled."""
    return _in_calls(model, patches[..., None], CALL)[:, 0]


def rank_patches(model: Any, family: Family, patches: Image, *, shift: int) -> Image:
    """Score field patches (n, 45, 45): how surely a fault passes through the middle.

    A family for patches is shown the 29 x 29 samples that lie ``shift`` traces from the middle, and says one
    thing of them. The others are shown what is left of the patch when it is cut by as much, and are asked at
    the middle all the same: the largest within 2 samples.
    """
    middle = patches.shape[1] // 2
    if family.kind == "patch":
        half = PATCH // 2
        rows = slice(middle + shift - half, middle + shift + half + 1)
        scaled = scale_volume(patches)[:, rows, middle - half : middle + half + 1]
        return answer_patches(model, scaled)
    scaled, at = scale_volume(patches)[:, shift:], middle - shift
    if family.kind == "trace":  # what lies further away is not seen
        first = max(0, at - 2 - BUNDLE // 2)
        scaled, at = scaled[:, first : at + 3 + BUNDLE // 2], at - first
    stacks = np.repeat(scaled[:, None], LINES, axis=1)
    answer = _answer_stacks(model, family, stacks)[:, at - 2 : at + 3, middle - 2 : middle + 3]
    return np.asarray(answer.max(axis=(1, 2)))


def area_under_curve(scores: Image, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a true one is ranked above a false one (Hanley, 1982)."""
    from scipy.stats import rankdata

    ranks, many = rankdata(scores), int(truth.sum())
    return float((ranks[truth].sum() - many * (many + 1) / 2) / (many * (len(truth) - many)))


def time_section(model: Any, family: Family, shape: Sequence[int] = (484, 76)) -> float:
    """Seconds that a section of a shape takes, the least of three after a first one."""
    section = np.random.default_rng(1).standard_normal((1, *shape)).astype(np.float32)
    taken = []
    for _ in range(4):
        begun = time.perf_counter()
        answer_section(model, family, section, 0)
        taken.append(time.perf_counter() - begun)
    return min(taken[1:])
