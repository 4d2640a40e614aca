"""odfault-train score: a model beside the classical attributes."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path


def add_score(score: argparse.ArgumentParser) -> None:
    """Add what score understands."""
    score.add_argument("model", help="fault2d, fault3d or a .keras file")
    score.add_argument("data", type=Path, help="cubes of odfault-synth (.h5)")
    score.add_argument("--cubes", type=int, help="use the first of them only")
    score.add_argument("--json", type=Path, metavar="FILE", help="write the scores there too")
    score.set_defaults(do=_score)


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
