"""odfault bench: how fast the main job is, and the host's door."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from odfault.commands.numbers import read_shape, read_step_out
from odfault.outputs import check_place

if TYPE_CHECKING:
    from odfault.commands.shared import Commands


def add_bench(commands: Commands) -> None:
    """Add the words of ``odfault bench``."""
    bench = commands.add_parser("bench", help="measure the whole job against the bare network")
    bench.add_argument(
        "--shape",
        type=read_shape,
        metavar="I,X,N",
        help="inlines,crosslines,samples (default 256,512,512)",
    )
    bench.add_argument("--model", default="fault3d")
    bench.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    bench.add_argument("--engine", choices=("auto", "tensorflow", "openvino", "onnxruntime"), default="auto")
    bench.add_argument("--memory", type=float, default=4.0, metavar="GB")
    bench.add_argument("--repeat", type=int, default=3, help="times the whole job is run (default 3)")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    bench.add_argument(
        "--host", action="store_true", help="measure answering OpendTect instead (--shape is then 64,128,256)"
    )
    bench.add_argument(
        "--step-out",
        type=read_step_out,
        metavar="I,X",
        help="with --host: inlines and crosslines (default: the menu's)",
    )
    bench.set_defaults(do=_bench)


def _bench(options: argparse.Namespace) -> int:
    if options.json:
        check_place(options.json)
    if options.host:
        return _bench_host(options)
    from odfault.bench import bench

    figures = bench(
        options.shape or (256, 512, 512),
        model=options.model,
        precision=options.precision,
        engine=options.engine,
        memory_gb=options.memory,
        repeat=options.repeat,
    )
    print(figures.table())
    if options.json:
        options.json.write_text(figures.json(), "utf-8")
    return 0


def _bench_host(options: argparse.Namespace) -> int:
    from odfault.host.bench import bench_host

    figures = bench_host(
        options.shape or (64, 128, 256),
        step_out=options.step_out,
        told=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(figures.table())
    if options.json:
        options.json.write_text(figures.json(), "utf-8")
    return 0
