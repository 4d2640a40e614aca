"""odfault-train robustness: what a model loses when surveys differ, beside the classical attributes."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.errors import OdfaultError
from odfault.outputs import check_place

if TYPE_CHECKING:
    from odfault_training.robustness import Point


def add_robustness(robustness: argparse.ArgumentParser) -> None:
    """Add what robustness understands."""
    robustness.add_argument("model", help="fault2d, fault3d or a .keras file")
    robustness.add_argument("data", nargs="+", help="labelled data, as for score")
    robustness.add_argument("--cubes", type=int, help="use the first of the cubes of each .h5 only")
    robustness.add_argument(
        "--tolerance", type=int, choices=(1, 2, 3), default=3, help="samples of a match (default 3)"
    )
    robustness.add_argument("--json", type=Path, metavar="FILE", help="write the curves there too")
    robustness.set_defaults(do=_robustness)


def _robustness(options: argparse.Namespace) -> int:
    from odfault.model import load_network
    from odfault_training.reading import check_names, read_evidence

    check_names(options.data)
    if options.json:
        check_place(options.json)
    network = load_network(options.model)
    from odfault_training.robustness import walk

    every = itertools.chain.from_iterable(read_evidence(word, cubes=options.cubes) for word in options.data)
    data = list(every)
    if not any(evidence.fault.any() for evidence in data):
        raise OdfaultError("no fault is labelled", "give data with at least one fault")
    points: list[Point] = []
    for point in walk(network, network.card, data, tolerance=options.tolerance):
        if not points:
            print(f"{'ODS within ' + str(options.tolerance):34s}" + "".join(f"{n:>24s}" for n in point.ods))
        points.append(point)
        ods = "".join(f"{value:24.3f}" for value in point.ods.values())
        print(f"{point.change:24s}{point.value:10g}{ods}", flush=True)
    _conclude(points)
    if options.json:
        table = [{**dataclasses.asdict(point), "lead": point.lead} for point in points]
        options.json.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return 0


def _conclude(points: Sequence[Point]) -> None:
    from odfault_training.robustness import spread

    worst = min(points, key=lambda point: point.lead)
    print(
        f"least lead over the best classical attribute: {worst.lead:+.3f} ({worst.change} {worst.value:g})\n"
        f"spread over gain {spread(points, 'gain'):.3f}, over phase {spread(points, 'phase, degrees'):.3f}"
    )
