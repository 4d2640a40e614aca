"""odfault-train fit: draw data, train, ship."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odfault.errors import OdfaultError

if TYPE_CHECKING:
    from odfault_synthetic.recipe import Recipe
    from odfault_training.pool import Fresh
    from odfault_training.recipe import TrainingRecipe


def add_fit(fit: argparse.ArgumentParser) -> None:
    """Add what fit understands."""
    fit.add_argument("recipe")
    fit.add_argument("--folder", type=Path, help="checkpoints, log and result (default: the recipe's name)")
    fit.add_argument(
        "--data", type=Path, nargs="+", metavar="FILE.h5",
        help="cubes to learn from, of one recipe or of several (default: drawn into the folder)",
    )  # fmt: skip
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
    fit.add_argument(
        "--from", dest="start", metavar="MODEL", help="begin with a model's weights, not at random"
    )
    fit.add_argument("--tensorboard", action="store_true", help="write for TensorBoard too")
    fit.set_defaults(do=_fit)


def _fit(options: argparse.Namespace) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before it is imported
    from odfault.model import has_bfloat16
    from odfault_training.recipe import read_training_recipe
    from odfault_training.unseen import UNSEEN, judged_by

    recipe = read_training_recipe(options.recipe)
    words = {"steps": options.steps, "count": options.count}
    recipe = dataclasses.replace(recipe, **{key: word for key, word in words.items() if word is not None})
    more: dict[str, Any] = {"tensorboard": options.tensorboard}
    if options.start:
        from odfault_training.begin import find_start

        more["start"] = find_start(options.start, recipe)
    elif recipe.learned < 1:
        raise OdfaultError(
            f"recipe: learned = {recipe.learned} of a run that begins at random", "give --from"
        )
    folder = options.folder or Path(recipe.name)
    folder.mkdir(parents=True, exist_ok=True)
    data = _stream(options, recipe) if options.stream else options.data
    data = data or [_draw(folder / "train.h5", recipe.drawn(), recipe.count)]
    unseen = options.unseen or _draw(folder / "unseen.h5", judged_by(recipe), UNSEEN)
    from odfault_training.fit import train
    from odfault_training.keep import training_seconds
    from odfault_training.ship import ship

    precision = options.precision or ("mixed_bfloat16" if has_bfloat16() else "float32")
    model = train(recipe, data, unseen, folder, precision=precision, **more)
    seconds = training_seconds(folder)
    ship(model, recipe.name, folder, unseen, seconds=seconds, start=more.get("start"))
    return 0


def _stream(options: argparse.Namespace, recipe: TrainingRecipe) -> Fresh:
    from odfault_training.pool import Fresh

    if options.data:
        raise OdfaultError("--stream draws its own data", "leave --data out, or --stream")
    if recipe.answers != "faults":
        raise OdfaultError(
            f"--stream draws for networks that find faults, not {recipe.answers}", "leave it out"
        )
    if options.pool < 1 or options.every < 1:
        raise OdfaultError("an empty pool", "give a --pool and an --every of at least 1")
    return Fresh(recipe.drawn(), size=options.pool, every=options.every)


def _draw(path: Path, synthetic: Recipe, count: int) -> Path:
    from odfault_synthetic.store import write_cubes

    print(f"drawing {count} cubes into {path}")
    write_cubes(path, synthetic, range(count))
    return path
