"""The command odfault-train: train a network by a recipe, or score one."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odfault.errors import OdfaultError

if TYPE_CHECKING:
    from odfault_synthetic.recipe import Recipe
    from odfault_training.pool import Fresh
    from odfault_training.recipe import TrainingRecipe


def main(arguments: Sequence[str] | None = None) -> int:
    """Run odfault-train; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] not in ("fit", "score", "-h", "--help"):
        words.insert(0, "fit")
    options = _parser().parse_args(words)
    try:
        return int(options.do(options))
    except OdfaultError as error:
        print(f"odfault-train: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "odfault-train",
        description="Train a fault network and judge it.",
        epilog="odfault-train RECIPE is short for odfault-train fit RECIPE.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="train by a recipe: fault2d, fault3d or a TOML file")
    fit.add_argument("recipe")
    fit.add_argument("--folder", type=Path, help="checkpoints, log and result (default: the recipe's name)")
    fit.add_argument("--data", type=Path, help="cubes to learn from (default: drawn into the folder)")
    fit.add_argument("--unseen", type=Path, help="cubes to judge by (default: drawn into the folder)")
    fit.add_argument("--count", type=int, help="cubes to draw when there are none (default: the recipe's)")
    fit.add_argument(
        "--stream", action="store_true", help="draw what it learns from meanwhile, without touching the disk"
    )
    fit.add_argument("--pool", type=int, default=64, help="cubes in memory with --stream (default 64)")
    fit.add_argument(
        "--every", type=int, default=4, help="steps after which one of them is a new one (default 4)"
    )
    fit.add_argument("--steps", type=int, help="another number of steps than the recipe's")
    fit.add_argument(
        "--precision", choices=("mixed_bfloat16", "float32"), help="default: what is faster here"
    )
    fit.set_defaults(do=_fit)
    score = commands.add_parser("score", help="score a model beside the classical attributes")
    score.add_argument("model", help="fault2d, fault3d or a .keras file")
    score.add_argument("data", type=Path, help="cubes of odfault-synth (.h5)")
    score.add_argument("--cubes", type=int, help="use the first of them only")
    score.add_argument("--json", type=Path, metavar="FILE", help="write the scores there too")
    score.set_defaults(do=_score)
    return parser


def _fit(options: argparse.Namespace) -> int:
    from odfault.model import has_bfloat16
    from odfault_synthetic.recipe import read_recipe
    from odfault_training.recipe import read_training_recipe

    recipe = read_training_recipe(options.recipe)
    if options.steps:
        recipe = dataclasses.replace(recipe, steps=options.steps)
    folder = options.folder or Path(recipe.name)
    folder.mkdir(parents=True, exist_ok=True)
    data = _stream(options, recipe) if options.stream else options.data
    data = data or _draw(folder / "train.h5", recipe.drawn(), options.count or recipe.count)
    judged = dataclasses.replace(read_recipe(recipe.synthetic), seed=recipe.seed + 1)
    unseen = options.unseen or _draw(folder / "unseen.h5", judged, 24)
    from odfault_training.fit import train

    began = time.perf_counter()
    precision = options.precision or ("mixed_bfloat16" if has_bfloat16() else "float32")
    model = train(recipe, data, unseen, folder, precision=precision)
    ship(model, recipe.name, folder, unseen, seconds=time.perf_counter() - began)
    return 0


def _stream(options: argparse.Namespace, recipe: TrainingRecipe) -> Fresh:
    from odfault_training.pool import Fresh

    if options.data:
        raise OdfaultError("--stream draws its own data", "leave --data out, or --stream")
    if options.pool < 1 or options.every < 1:
        raise OdfaultError("an empty pool", "give a --pool and an --every of at least 1")
    return Fresh(recipe.drawn(), size=options.pool, every=options.every)


def _draw(path: Path, synthetic: Recipe, count: int) -> Path:
    from odfault_synthetic.store import write_cubes

    print(f"drawing {count} cubes into {path}")
    write_cubes(path, synthetic, range(count))
    return path


def ship(model: Any, name: str, folder: Path, unseen: Path, *, seconds: float) -> None:
    """Fold, calibrate, measure and score a trained network; write it with its card into a folder.

    Parameters
    ----------
    model : keras.Model
        As ``fit.train`` returns it.
    name : str
        Of the network.
    folder : Path
        Where its ``recipe.json`` is, and ``NAME.keras`` and ``NAME.json`` go.
    unseen : Path
        Cubes that it did not learn from.
    seconds : float
        That the training took.
    """
    import numpy as np

    from odfault.card import Architecture
    from odfault.model import load_network
    from odfault_synthetic.store import read_cubes
    from odfault_training import judge
    from odfault_training.export import fold_network, write_model

    force = json.loads((folder / "recipe.json").read_text())
    shape = {key: force["training"][key] for key in ("dimensions", "width", "blocks", "dilations")}
    architecture = Architecture(**{**shape, "dilations": tuple(shape["dilations"])})
    weights = folder / f"{name}.keras"
    plain = fold_network(model, architecture)
    card = write_model(plain, architecture, weights, halo=32)
    network = load_network(weights)
    heat = judge.fit_temperature(network, card, unseen, cubes=12)
    card = write_model(plain, architecture, weights, halo=32, temperature=heat)
    network = load_network(weights)
    seen_not = read_cubes(unseen)[0]
    cubes = [cube.astype(np.float32) for cube in seen_not[:12]]
    reach = judge.measure_reach(network, card, cubes, change=0.01)
    table = judge.score_table(network, card, unseen)
    scores = {
        "data": f"{len(seen_not)} unseen cubes of {force['training']['synthetic']}, by section, within 2",
        "table": {row: dataclasses.asdict(values) for row, values in table.items()},
        "false_alarms_unfaulted": judge.false_alarms(network, card, unseen),
        "reach_for_change_0.01": reach,
    }
    recipe = {**force, "seconds": round(seconds)}
    halo = -(-reach // 4) * 4
    write_model(plain, architecture, weights, halo=halo, temperature=heat, recipe=recipe, scores=scores)
    print(judge.table_text(table))
    print(
        f"{weights}  halo {halo}, temperature {heat:.2f}, false alarms {scores['false_alarms_unfaulted']:.4f}"
    )


def _score(options: argparse.Namespace) -> int:
    from odfault.model import load_network
    from odfault_training import judge

    network = load_network(options.model)
    table = judge.score_table(network, network.card, options.data, cubes=options.cubes)
    print(judge.table_text(table))
    if options.json:
        options.json.write_text(
            json.dumps({row: dataclasses.asdict(values) for row, values in table.items()}, indent=1)
        )
    return 0
