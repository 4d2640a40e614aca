"""odfault run: a survey's fault probability."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odfault.commands.numbers import read_range, read_scale, read_times
from odfault.commands.shared import add_headers, add_progress, given_headers, tell_remarks
from odfault.errors import OdfaultError
from odfault.progress import show_progress

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_run(commands: Commands) -> None:
    """Add the words of ``odfault run``."""
    run = commands.add_parser("run", help="fault probability of a SEG-Y file, as a SEG-Y file")
    run.add_argument(
        "input", metavar="IN", help="SEG-Y file or store, 2-D line or 3-D volume; - for standard input"
    )
    run.add_argument(
        "output",
        metavar="OUT",
        help="SEG-Y file to write, or store: .zarr, .mdio; - for standard output",
    )
    run.add_argument("--model", help="fault3d, fault2d, denoise2d or a .keras file (default: what fits)")
    run.add_argument(
        "--direction", choices=("inline", "crossline"), default="inline", help="sections for a 2-D model"
    )
    run.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    run.add_argument(
        "--engine",
        choices=("auto", "tensorflow", "openvino", "onnxruntime"),
        default="auto",
        help="what computes (default: the fastest that is installed)",
    )
    run.add_argument("--batch", type=int, default=1, help="windows in a call of the network (default 1)")
    run.add_argument("--memory", type=float, default=4.0, metavar="GB", help="memory to use (default 4)")
    run.add_argument(
        "--scale",
        type=read_scale,
        metavar="S",
        help="samples that the network sees for one, such as 1.5 or 1.5,1 (lateral, vertical) or auto",
    )
    run.add_argument(
        "--average",
        choices=("none", "flips", "scales", "all"),
        help="answers to several views of a window (default: the model's own)",
    )
    run.add_argument("--thin", action="store_true", help="the crests of faults only, 0 elsewhere")
    run.add_argument("--inlines", type=read_range, metavar="A:B", help="line numbers; OUT holds these only")
    run.add_argument(
        "--crosslines", type=read_range, metavar="A:B", help="line numbers; OUT holds these only"
    )
    run.add_argument("--z", type=read_times, metavar="A:B", help="times in ms (or depths); OUT is 0 outside")
    run.add_argument("--depth", action="store_true", help="samples are depths in metres; a store says so")
    add_headers(run)
    run.add_argument("--png", type=Path, metavar="FILE", help="draw lines with their faults into a picture")
    run.add_argument(
        "--lines", metavar="LIST", help="lines of the picture: i120,x300,z1400 (default: the middle ones)"
    )
    run.add_argument(
        "--threshold", type=float, default=0.5, help="faults in the picture begin here (default 0.5)"
    )
    run.add_argument(
        "--familiar",
        type=Path,
        metavar="FILE",
        help="SEG-Y file of where the survey is as the model knows it",
    )
    run.add_argument("--replace", action="store_true", help="overwrite what odfault did not write, too")
    add_progress(run)
    run.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="run on the workers of a Dask scheduler: tcp://HOST:PORT, its scheduler file, or local:N",
    )
    run.set_defaults(do=_run)


def _check_picture(options: argparse.Namespace) -> list[tuple[str, float]]:
    """Refuse a picture that could not be drawn in the end, before the work begins."""
    if not 0 < options.threshold < 1:
        raise OdfaultError(f"a threshold of {options.threshold}", "give one between 0 and 1")
    _check_name(options.output)
    if not options.png:
        return []
    from odfault.draw import PICTURES, read_lines
    from odfault.outputs import check_output

    if options.png.suffix.lower() not in PICTURES:
        raise OdfaultError(
            f"{options.png} is no name of a picture", f"end it in one of {', '.join(PICTURES)}"
        )
    for other in (options.input, options.output):
        check_output(other, options.png)
    return read_lines(options.lines) if options.lines else []


def _check_name(output: str) -> None:
    """Refuse a survey under a picture's name, which no viewer could open."""
    from odfault.segy.refusal import PICTURES

    if Path(output).suffix.lower() in PICTURES:
        better = Path(output).with_suffix(".sgy")
        raise OdfaultError(
            f"{output} is the name of a picture, and OUT is a survey",
            f"give {better} --png {output}, which writes both",
        )


@contextlib.contextmanager
def _reach(options: argparse.Namespace) -> Iterator[Any]:
    """Give a client of the cluster that is named; nothing when none is."""
    if options.cluster is None:
        yield None
        return
    from odfault.cluster.door import reach

    with reach(options.cluster) as client:
        yield client


@contextlib.contextmanager
def _files(options: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    """Stand files in for standard input and output, since a survey must be read out of order."""
    if (options.input == "-" and sys.stdin is None) or (options.output == "-" and sys.stdout is None):
        raise OdfaultError("standard input or output is closed", "name a file in place of -")
    with contextlib.ExitStack() as stack:
        source, out = Path(options.input), Path(options.output)
        if "-" in (options.input, options.output):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="odfault-")))
        if options.input == "-":
            source = folder / "input.sgy"
            with source.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, 2**20)
        if options.output == "-":
            out = folder / "output.sgy"
        yield source, out
        if options.output == "-":
            with out.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer, 2**20)
            sys.stdout.buffer.flush()


def _run(options: argparse.Namespace) -> int:
    from odfault.batch import run

    words = {
        "model": options.model,
        "direction": options.direction,
        "precision": options.precision,
        "engine": options.engine,
        "batch": options.batch,
        "memory_gb": options.memory,
        "scale": options.scale,
        "average": options.average,
        "thin": options.thin,
        "inlines": options.inlines,
        "crosslines": options.crosslines,
        "z_ms": options.z,
        "familiar": options.familiar,
        "depth": options.depth,
        **given_headers(options),
    }
    lines = _check_picture(options)
    with (
        _files(options) as (source, out),
        show_progress(options.progress) as progress,
        _reach(options) as client,
    ):
        report = run(
            source, out, progress=progress, client=client, replace=options.replace,
            told=lambda said: tell_remarks([said], options.progress), **words,
        )  # fmt: skip
        tell_remarks(report.remarks, options.progress)
        if options.png:
            from odfault.draw import draw_lines

            draw_lines(source, out, options.png, lines=lines, threshold=options.threshold, words=words)
        if options.output != "-":
            print(f"{out}  {report.live} traces by {report.model} in {report.precision}, {report.engine}")
    return 0
