"""Does it help a fault network to draw its input again, too? The weight of that loss, swept.

    python training/experiments/mixed_loss.py FOLDER --sections LINE.npz ... [--unlabelled LINE.npz ...]
        [--steps 300] [--seeds 3]

A small network for sections with a second head beside that for faults: from noisy windows it draws the
windows without the noise. The loss is that of the faults plus a weight times half the sum of the absolute and
the squared error of the drawing. A quarter of each batch are windows of lines without labels, which teach
the drawing alone. All weights of a seed see the same windows. Scored on unseen sections of everything within
2 samples, on labelled lines within 3, as they are and under white noise of rms S/N 2. Prints a table; what
is in FOLDER already is not computed again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from odfault.card import Architecture
from odfault.model import Network, has_bfloat16, load_network
from odfault.network import SubPixel, build_network
from odfault.scaling import scale_volume
from odfault.undefined import clear
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import read_cubes, write_cubes
from odfault_training.alterations import add_noise
from odfault_training.evidence import Evidence
from odfault_training.export import fold_network, write_model
from odfault_training.judge import answer_volume
from odfault_training.loss import make_loss
from odfault_training.metrics import count_matches, score_counts
from odfault_training.reading import read_evidence
from odfault_training.windows import Windows

LAMBDAS = (0.0, 0.1, 0.3, 1.0, 3.0)
SHAPE = Architecture(2, 16, 1, (1, 2, 4))
WINDOW, BATCH, FIELD = (128, 64), 12, 4
Volume = NDArray[np.float32]


class Mixed(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of synthetic windows and of lines without labels: noisy, with faults and what was there."""

    def __init__(self, synthetic: Windows, lines: list[Volume], steps: int, seed: int) -> None:
        super().__init__()
        self.synthetic, self.lines, self.steps, self.seed = synthetic, lines, steps, seed

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, number: int) -> tuple[Volume, Volume]:
        """Draw windows (batch, ..., 1), and (batch, ..., 2): faults, -1 where unknown, and drawings."""
        rng = np.random.default_rng([self.seed, number, 77])
        clean, faults = self.synthetic[number]
        field = np.stack([cut(self.lines[int(rng.integers(len(self.lines)))], rng) for _ in range(FIELD)])
        clean = np.concatenate([clean, field])
        faults = np.concatenate([faults, np.full_like(field, -1)])
        loud = np.where(rng.random(len(clean)) < 0.5, rng.uniform(0.1, 1.0, len(clean)), 0)
        noise = rng.standard_normal(clean.shape, np.float32) * loud[:, None, None, None].astype(np.float32)
        return np.clip(clean + noise, -4, 4), np.concatenate([faults, clean], axis=-1)


def cut(line: Volume, rng: np.random.Generator) -> Volume:
    """Cut a window of a scaled line, flipped anyhow."""
    line = np.pad(line, [(0, max(0, n - m)) for m, n in zip(line.shape, WINDOW, strict=True)], "symmetric")
    i, k = (int(rng.integers(n - m + 1)) for n, m in zip(line.shape, WINDOW, strict=True))
    window = line[i : i + WINDOW[0], k : k + WINDOW[1]] * np.float32(rng.choice([-1, 1]))
    return np.ascontiguousarray(window[:: int(rng.choice([-1, 1]))])[..., None]


def build(weight: float, optimizer: Any) -> tuple[Any, Any]:
    """Build the network for faults, and the same with both heads and the mixed loss."""
    single = build_network(SHAPE, normalise=True)
    last = single.get_layer("head").input
    drawn = SubPixel(dtype="float32")(layers.Conv2D(4, 3, padding="same")(last))
    both = keras.Model(single.input, ops.concatenate([single.output, drawn], axis=-1))
    faults = make_loss(0.02)

    def loss(target: Any, answer: Any) -> Any:
        wrong = answer[..., 1:] - target[..., 1:]
        drawing = 0.5 * ops.mean(ops.abs(wrong)) + 0.5 * ops.mean(ops.square(wrong))
        return faults(target[..., :1], answer[..., :1]) + weight * drawing

    def mae(target: Any, answer: Any) -> Any:
        return ops.mean(ops.abs(answer[..., 1:] - target[..., 1:]))

    def mse(target: Any, answer: Any) -> Any:
        return ops.mean(ops.square(answer[..., 1:] - target[..., 1:]))

    both.compile(optimizer, loss, metrics=[mae, mse])
    return single, both


def learn(data: Mixed, folder: Path, *, weight: float, seed: int) -> Path:
    """Train one, unless it is there."""
    weights = folder / f"mixed-{weight:g}-{seed}.keras"
    if not weights.is_file():
        keras.utils.set_random_seed(seed)
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16" if has_bfloat16() else "float32")
        warm = max(1, len(data) // 20)
        rate = keras.optimizers.schedules.CosineDecay(
            1e-4, len(data) - warm, alpha=0.01, warmup_target=3e-3, warmup_steps=warm
        )
        single, both = build(weight, keras.optimizers.AdamW(rate, weight_decay=1e-2, clipnorm=1.0))
        told = both.fit(data, verbose=0, shuffle=False).history
        known = {name: round(float(told[name][-1]), 4) for name in ("mae", "mse")}
        weights.with_suffix(".told").write_text(json.dumps(known))
        write_model(fold_network(single, SHAPE), SHAPE, weights, halo=64)
    return weights


def rate_on(network: Network, data: list[Evidence], tolerance: float) -> float:
    """ODS over all sections of some data."""
    counts = []
    for one in data:
        for section in one.sections(8):
            answer = answer_volume(network, network.card, section.seismic[None])[0]
            counts.append(count_matches(answer, section.fault, section.ignore, tolerance=tolerance))
    return score_counts(counts).ods


def rows(options: argparse.Namespace) -> Iterator[tuple[float, int, dict[str, float]]]:
    """Train and score all runs, every weight before the next seed."""
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    learned, unseen = folder / "learned.h5", folder / "unseen.h5"
    write_cubes(learned, Recipe(shape=(1, 256, 256), seed=1001), range(800))
    write_cubes(unseen, Recipe(shape=(1, 256, 256), seed=1002), range(80))
    cubes, own = read_cubes(learned), list(read_evidence(str(unseen)))
    field = [one for name in options.sections for one in read_evidence(str(name))]
    noisy = [Evidence(e.name, add_noise(e.seismic, 2.0), e.fault, e.ignore, None, e.bare) for e in field]
    lines = [scale_volume(clear(np.load(name)["seismic"])) for name in options.unlabelled or options.sections]
    for seed in range(1, options.seeds + 1):
        words: Any = {"window": WINDOW, "batch": BATCH, "steps": options.steps, "seed": seed}
        data = Mixed(Windows(*cubes, **words), lines, options.steps, seed)
        for weight in LAMBDAS:
            done = folder / f"mixed-{weight:g}-{seed}.json.scores"
            if not done.is_file():
                network = load_network(learn(data, folder, weight=weight, seed=seed))
                scores = {"own": rate_on(network, own, 2.0), "field": rate_on(network, field, 3.0)}
                scores["field, noisy"] = rate_on(network, noisy, 3.0)
                told = json.loads((folder / f"mixed-{weight:g}-{seed}.told").read_text())
                done.write_text(json.dumps({**scores, **told}))
            yield weight, seed, json.loads(done.read_text())


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sections", type=Path, nargs="+", required=True, help="labelled, for scores alone")
    parser.add_argument("--unlabelled", type=Path, nargs="+", help="to draw (default: the sections' seismic)")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    for weight, seed, scores in rows(parser.parse_args()):
        line = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        print(f"weight {weight:g}, seed {seed}: {line}", flush=True)


if __name__ == "__main__":
    main()
