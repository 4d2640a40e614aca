"""How much a network loses on a family of structures that it never saw, and how much by chance.

    python training/experiments/leave_out_family.py FOLDER [--steps 600] [--seeds 3]

Trains a small network for sections on all families, once for each seed, and once without each of four
families; scores all of them on unseen sections of everything and of each family alone, within 2 samples at
probability .5; prints a table. Some 15 minutes on two cores with bfloat16. What is in FOLDER already is not
computed again.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from odfault.model import has_bfloat16, load_network
from odfault_synthetic.recipe import SETS, Recipe
from odfault_synthetic.store import write_cubes
from odfault_training.export import fold_network, write_model
from odfault_training.figures import find_figures
from odfault_training.fit import train
from odfault_training.reading import read_evidence
from odfault_training.recipe import TrainingRecipe
from odfault_training.scoring import score

SECTION = (1, 256, 256)
WITHOUT = {
    "thrust": {"sets": tuple(word for word in SETS if word != "thrust"), "reverse": 0.0},
    "polygonal": {"sets": tuple(word for word in SETS if word != "polygonal")},
    "growth": {"sets": tuple(word for word in SETS if word != "growth"), "listric": 0.0, "growing": 0.0},
    "salt": {"salt": 0.0},
}
ALONE = {
    "thrust": {"sets": ("thrust",)},
    "polygonal": {"sets": ("polygonal",)},
    "growth": {"sets": ("growth",)},
    "salt": {"salt": 1.0},
}
NETWORK = TrainingRecipe("small", 2, 24, 1, (1, 2, 4), (128, 128), batch=16, count=1500, shape=SECTION)


def draw(path: Path, count: int, seed: int, **words: object) -> Path:
    """Draw sections into a file, or go on with it."""
    write_cubes(
        path, dataclasses.replace(Recipe(shape=SECTION, seed=seed, unfaulted=0.05), **words), range(count)
    )
    return path


def learn(folder: Path, data: Path, unseen: Path, *, steps: int, seed: int) -> Path:
    """Train one network, unless it is there."""
    weights = folder / "small.keras"
    if not weights.is_file():
        recipe = dataclasses.replace(NETWORK, steps=steps, seed=seed)
        precision = "mixed_bfloat16" if has_bfloat16() else "float32"
        plain = fold_network(train(recipe, [data], unseen, folder, precision=precision), recipe.architecture)
        write_model(plain, recipe.architecture, weights, halo=64)
    return weights


def rate(weights: Path, data: Path) -> float:
    """F1 at one half, within 2 samples."""
    network = load_network(weights)
    row = score(network, network.card, read_evidence(str(data)), classical=False).rows[network.card.name]
    return find_figures(row).within[2].f1_at_half


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    tests = {"everything": draw(folder / "unseen-all.h5", 120, 1002)}
    tests |= {name: draw(folder / f"unseen-{name}.h5", 120, 1002, **words) for name, words in ALONE.items()}
    whole = draw(folder / "all.h5", NETWORK.count, 1001)
    runs = {f"all, seed {seed}": (whole, seed) for seed in range(1, options.seeds + 1)}
    for name, words in WITHOUT.items():
        runs[f"without {name}"] = (draw(folder / f"without-{name}.h5", NETWORK.count, 1001, **words), 1)
    print(f"{'':20s}" + "".join(f"{name:>12s}" for name in tests))
    for name, (data, seed) in runs.items():
        words = {"steps": options.steps, "seed": seed}
        weights = learn(
            folder / name.replace(", ", "-").replace(" ", "-"), data, tests["everything"], **words
        )
        print(f"{name:20s}" + "".join(f"{rate(weights, data):12.3f}" for data in tests.values()), flush=True)


if __name__ == "__main__":
    main()
