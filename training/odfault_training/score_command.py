"""odfault-train score: a model beside the classical attributes, on labelled data."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odfault.card import find_weights, read_card
from odfault.errors import OdfaultError
from odfault.outputs import check_place

if TYPE_CHECKING:
    from odfault.card import Card
    from odfault_training.evidence import Evidence


def add_score(score: argparse.ArgumentParser) -> None:
    """Add what score understands."""
    score.add_argument("model", help="fault2d, fault3d, picture2d, denoise2d, familiar2d or a .keras file")
    score.add_argument(
        "data",
        nargs="*",
        help="NAME.h5 of odfault-synth; NAME.npz with seismic and faults; SEISMIC.sgy=FAULTS.sgy "
        "(default: the unseen cubes of the model's card, drawn again)",
    )
    score.add_argument("--cubes", type=int, help="use the first of the cubes of each .h5 only")
    score.add_argument(
        "--step",
        type=int,
        default=8,
        help="lines from one scored section of a volume to the next (default 8)",
    )
    score.add_argument("--no-classical", action="store_true", help="leave the classical attributes out")
    score.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    score.add_argument("--picture", type=Path, metavar="FILE.png", help="draw them there too")
    score.set_defaults(do=_score)


def _score(options: argparse.Namespace) -> int:
    from odfault.model import load_network
    from odfault_training.reading import check_names, read_evidence

    _check(options)
    check_names(options.data)
    answers = read_card(find_weights(options.model)).answers
    network = load_network(
        options.model, answers=answers
    )  # first of all that is heavy: it keeps TensorFlow quiet
    if answers == "noise":
        return _score_cleaning(options, network)
    if answers == "familiarity":
        return _score_meter(options, network.card)
    from odfault_training.figures import as_json, find_figures
    from odfault_training.scoring import score
    from odfault_training.table import as_table

    words: dict[str, Any] = {"step": options.step, "classical": not options.no_classical}
    with _data(options, network.card) as names:
        data = itertools.chain.from_iterable(read_evidence(word, cubes=options.cubes) for word in names)
        tallied = score(network, network.card, _shown(data), **words)
    figures = {name: find_figures(row) for name, row in tallied.rows.items()}
    print(as_table(tallied, figures))
    if options.json:
        _write(options.json, json.dumps(as_json(tallied, figures), indent=1, allow_nan=False))
    if options.picture:
        from odfault_training.chart import draw_chart

        draw_chart(tallied, figures, options.picture)
    return 0


def _score_cleaning(options: argparse.Namespace, network: Any) -> int:
    """Score a network that takes noise away by the classical attributes before and after it."""
    from odfault_training.cleaning import as_scores, as_table, score_cleaning
    from odfault_training.reading import read_evidence

    with _data(options, network.card) as names:
        data = itertools.chain.from_iterable(read_evidence(word, cubes=options.cubes) for word in names)
        rows = score_cleaning(network, _shown(data), step=options.step)
    print(as_table(rows))
    if options.json:
        _write(options.json, json.dumps(as_scores(rows), indent=1, allow_nan=False))
    return 0


def _score_meter(options: argparse.Namespace, card: Card) -> int:
    """Score what judges surveys, on altered sections that are drawn for it."""
    if options.data:
        raise OdfaultError(f"{card.name} is scored on sections that are drawn for it", "leave the data out")
    from odfault.engine import open_meter
    from odfault_training.meter import scored_tiles
    from odfault_training.telling import as_scores, as_table, score_meter

    told = card.recipe["training"]
    telling = score_meter(
        open_meter(options.model, engine="tensorflow"), scored_tiles(told["synthetic"], int(told["seed"]))
    )
    print(as_table(telling))
    if options.json:
        _write(options.json, json.dumps(as_scores(telling), indent=1, allow_nan=False))
    return 0


@contextlib.contextmanager
def _data(options: argparse.Namespace, card: Card) -> Iterator[list[str]]:
    """Give the data named; without any, draw the cubes that the card's scores are of."""
    if options.data:
        yield options.data
        return
    from odfault_synthetic.store import write_cubes
    from odfault_training.unseen import UNSEEN, unseen_recipe

    recipe = unseen_recipe(card)
    count = min(options.cubes or UNSEEN, UNSEEN)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{card.name}-unseen.h5"
        print(f"drawing {count} cubes of seed {recipe.seed}, as {card.name} has never seen", flush=True)
        write_cubes(path, recipe, range(count))
        yield [str(path)]


def _check(options: argparse.Namespace) -> None:
    """Refuse, before anything is computed, what could not be done in the end."""
    for name in ("cubes", "step"):
        number = getattr(options, name)
        if number is not None and number < 1:
            raise OdfaultError(f"--{name} {number}", "give at least 1")
    if options.json:
        check_place(options.json)
    if options.picture:
        from odfault_synthetic.sheet import check_suffix

        check_suffix(options.picture)


def _shown(data: Iterable[Evidence]) -> Iterable[Evidence]:
    """Show on a terminal how far it is."""
    from tqdm import tqdm

    shown: Iterable[Evidence] = tqdm(data, desc="scored", unit=" of the data", disable=None, leave=False)
    return shown


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise OdfaultError(
            f"{path} cannot be written ({error})", "give another name, or make room"
        ) from error
