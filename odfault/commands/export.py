"""odfault export: a network for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.errors import OdfaultError
from odfault.outputs import check_place

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_export(commands: Commands) -> None:
    """Add the words of ``odfault export``."""
    export = commands.add_parser("export", help="a network for other programs, as ONNX or for OpendTect")
    export.add_argument("model", metavar="MODEL", help="fault3d, fault2d, denoise2d or a .keras file")
    export.add_argument(
        "output",
        metavar="OUT",
        type=Path,
        nargs="?",
        help="ONNX file that scales its input by itself; left out, of a model of yours: its graph beside it, "
        "for --engine",
    )
    export.add_argument(
        "--opendtect",
        action="store_true",
        help="OUT.zip is a ZipModel package for OpendTect's machine-learning plugin instead",
    )
    export.set_defaults(do=_export)


def _export(options: argparse.Namespace) -> int:
    model, out = options.model, options.output
    ending = ".zip" if options.opendtect else ".onnx"
    if out is None:
        return _note(model, whole=options.opendtect)
    if out.suffix.lower() != ending:
        raise OdfaultError(f"{out} does not end in {ending}", f"name a file such as {out.stem}{ending}")
    check_place(out)
    if options.opendtect:
        from odfault.export.package import write_package

        card = write_package(model, out)
    else:
        from odfault.export.beside import write_whole

        card = write_whole(model, out)
    print(f"{out}  {card.name}, {out.stat().st_size / 1e6:.1f} MB")
    return 0


def _note(model: str, *, whole: bool) -> int:
    """Write the graph that engines run; what is shipped has its own, and stays as it is."""
    if whole:
        raise OdfaultError("no file to write", "name one that ends in .zip")
    from odfault.card import find_weights, is_shipped, read_card
    from odfault.export.beside import check_answers, note_graph

    weights = find_weights(model)
    if is_shipped(weights):
        card = read_card(weights)
        check_answers(card)
        raise OdfaultError(
            f"{card.name} comes with its graph for --engine",
            f"name a file for other programs, such as {card.name}.onnx",
        )
    card = note_graph(weights)
    print(f"{weights.with_suffix('.onnx')}  within {card.graph['parity']:.0e} of {card.name}")
    return 0
