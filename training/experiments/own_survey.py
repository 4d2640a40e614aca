"""What a network learns from a survey without labels, measured by how few labelled lines then suffice.

    python training/experiments/own_survey.py FOLDER LINE.npz LINE.npz LINE.npz [--steps 100] [--seeds 2]

Three beginnings of the same small network for sections: at random; from drawing the hidden blocks of
these lines' own seismic, labels unseen (masked autoencoder); and from synthetic sections and their
labels. Each then learns from one labelled line, and from all but the one that it is judged by (ODS within
3 samples). Synthetic weights are judged before that too. Prints a line for each; what is in FOLDER
already is not computed again. Uses `mixed_loss.py` beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from mixed_loss import SHAPE, WINDOW, Volume, build, cut, rate_on
from numpy.typing import NDArray

from odfault.model import has_bfloat16, load_network
from odfault.scaling import scale_volume
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import read_cubes, write_cubes
from odfault_training.evidence import Evidence
from odfault_training.export import fold_network, write_model
from odfault_training.loss import make_loss
from odfault_training.reading import read_evidence
from odfault_training.windows import Windows

BATCH, BLOCK, HIDDEN = 12, 16, 0.5
PRETRAINED = 300
"""Steps of drawing hidden blocks, and of learning from synthetic sections."""


class Lines(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches cut from lines: windows and labels; or windows with hidden blocks, and the whole."""

    def __init__(self, lines: list[Evidence], steps: int, seed: int, *, hide: bool) -> None:
        super().__init__()
        self.lines, self.steps, self.seed, self.hide = lines, steps, seed, hide
        self.scaled = [scale_volume(line.seismic[0]) for line in lines]

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, number: int) -> tuple[Volume, Volume]:
        """Draw a batch, both (batch, ..., 1), or the target (batch, ..., 2) with -1 in place of labels."""
        chance = np.random.default_rng([self.seed, number])
        pairs = [self._draw(chance) for _ in range(BATCH)]
        windows, targets = (np.stack(part) for part in zip(*pairs, strict=True))
        if not self.hide:
            return windows, targets
        shape = (BATCH, *(n // BLOCK for n in WINDOW))
        seen = np.kron(chance.random(shape) >= HIDDEN, np.ones((1, BLOCK, BLOCK)))[..., None]
        return windows * seen.astype(np.float32), np.concatenate(
            [np.full_like(windows, -1), windows], axis=-1
        )

    def _draw(self, chance: np.random.Generator) -> tuple[Volume, Volume]:
        number, again = int(chance.integers(len(self.lines))), int(chance.integers(2**31))
        line = self.lines[number]
        # the same numbers cut both alike; polarity is no label's
        window = cut(self.scaled[number], np.random.default_rng(again))
        label = np.abs(cut(wide(line.fault[0]), np.random.default_rng(again)))
        return window, label.astype(np.float32)


def wide(fault: NDArray[np.bool_]) -> Volume:
    """Count the traces beside a fault too, as in training."""
    beside = fault.copy()
    beside[1:] |= fault[:-1]
    beside[:-1] |= fault[1:]
    return beside.astype(np.float32)


def learn(data: Any, start: list[Any] | None, *, rate: float, drawing: bool = False) -> Any:
    """Train the network on data from a start; give it."""
    steps = len(data)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 20, steps - steps // 10, alpha=0.01, warmup_target=rate, warmup_steps=steps // 10
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=1e-2, clipnorm=1.0)
    single, both = build(1.0, optimizer)
    if start is not None:
        single.set_weights(start)
    if not drawing:
        single.compile(optimizer, make_loss(0.02))
        single.fit(data, verbose=0, shuffle=False)
        return single
    both.fit(data, verbose=0, shuffle=False)
    head = single.get_layer("head")  # never taught: begin it at random, and small
    head.set_weights([np.asarray(ops.multiply(0.1, part)) for part in head.get_weights()])
    return single


def beginnings(folder: Path, lines: list[Evidence], seed: int) -> Iterator[tuple[str, list[Any] | None]]:
    """Give the three beginnings, each when it is asked for."""
    yield "at random", None
    masked = learn(Lines(lines, PRETRAINED, seed, hide=True), None, rate=3e-3, drawing=True)
    yield "drawing its own survey", masked.get_weights()
    learned = folder / "learned.h5"
    write_cubes(learned, Recipe(shape=(1, 256, 256), seed=1001), range(800))
    windows = Windows(*read_cubes(learned), window=WINDOW, batch=BATCH, steps=PRETRAINED, seed=seed)
    yield "synthetic sections", learn(windows, None, rate=3e-3).get_weights()


def judge(single: Any, folder: Path, line: Evidence) -> float:
    """ODS on one line."""
    weights = folder / "now.keras"
    write_model(fold_network(single, SHAPE), SHAPE, weights, halo=64)
    return rate_on(load_network(weights), [line], 3.0)


def folds(many: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Give each line to be judged, with the lines that teach: none, the next one, all others."""
    for held in range(many):
        others = tuple((held + n) % many for n in range(1, many))
        for taught in ((), others[:1], others):
            yield held, taught


def run(options: argparse.Namespace) -> None:
    """Train and judge all, printing as it goes."""
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if has_bfloat16() else "float32")
    lines = [one for name in options.lines for one in read_evidence(str(name))]
    for seed in range(1, options.seeds + 1):
        done = folder / f"own-{seed}.json"
        known: dict[str, float] = json.loads(done.read_text()) if done.is_file() else {}
        keras.utils.set_random_seed(seed)
        for name, start in beginnings(folder, lines, seed):
            for held, taught in folds(len(lines)):
                key = f"{name}, {len(taught)} labelled, held {held}"
                if key in known or (not taught and name != "synthetic sections"):
                    continue
                data = Lines([lines[n] for n in taught], options.steps, seed, hide=False) if taught else None
                single = learn(data, start, rate=1e-3 if start else 3e-3) if data else build(1.0, "adam")[0]
                if not data:
                    single.set_weights(start)
                known[key] = judge(single, folder, lines[held])
                done.write_text(json.dumps(known, indent=1))
                print(f"seed {seed}, {key}: ODS {known[key]:.3f}", flush=True)


def main() -> None:
    """Read the words, and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("lines", type=Path, nargs="+", help="labelled lines of one survey")
    parser.add_argument("--steps", type=int, default=100, help="of learning from labelled lines")
    parser.add_argument("--seeds", type=int, default=2)
    run(parser.parse_args())


if __name__ == "__main__":
    main()
