"""The command odfault: run, faults, picture, page, open, explain, demo, attributes, bench."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from odfault import __version__
from odfault.errors import OdfaultError
from odfault.progress import PROGRESS, show_progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 when all is done, 2 for what the user can mend."""
    _open_standard_files()
    try:
        options = _parser().parse_args(arguments)
        return int(options.do(options))
    except OdfaultError as error:
        return _tell(error, 2)
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):  # or Python complains again when it closes the pipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _tell("whoever read the output has gone: keep it open", 2)
    except OSError as error:
        return _tell(f"{error}: check the disk and its permissions", 2)
    except MemoryError:
        return _tell("out of memory: give less with --memory", 2)
    except KeyboardInterrupt:
        return _tell("stopped: run the same command again to go on", 130)


def _open_standard_files() -> None:
    """Fill the places of standard files that a host has closed, before a survey is opened there."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _tell(problem: object, code: int) -> int:
    """Say it in one line, and hand the exit code on."""
    print("odfault:", " ".join(str(problem).split()), file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """Refuses a command in one line, as everything else is refused."""

    def error(self, message: str) -> NoReturn:
        """Raise what ``main`` tells."""
        raise OdfaultError(message, f"see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("odfault", description="Find faults in seismic data with neural networks.")
    parser.add_argument("--version", action="version", version=f"odfault {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="fault probability of a SEG-Y file, as a SEG-Y file"))
    _add_faults(
        commands.add_parser("faults", help="single faults of a fault probability: sticks, table, numbers")
    )
    _add_picture(commands.add_parser("picture", help="faults in a picture of a section, drawn over it"))
    _add_page(
        commands.add_parser("page", help="a local web page: drop a picture or a survey, see its faults"),
        commands.add_parser("open", help="show a file on the page, and start it when needed"),
    )
    _add_explain(
        commands.add_parser("explain", help="a look inside a network, and why it says fault, as a report")
    )
    demo = commands.add_parser("demo", help="run on the survey that comes with odfault, and score it")
    demo.add_argument(
        "--folder", type=Path, default=Path("odfault-demo"), help="where to write (default odfault-demo)"
    )
    demo.add_argument("--progress", choices=PROGRESS, default="auto")
    demo.set_defaults(do=_demo)
    attributes = commands.add_parser("attributes", help="the folder of scripts to pick in OpendTect")
    attributes.add_argument("--copy", type=Path, metavar="FOLDER", help="write launchers into that folder")
    attributes.add_argument(
        "--python",
        default=sys.executable,
        metavar="FILE",
        help="the Python that is set in OpendTect (this one)",
    )
    attributes.set_defaults(do=_attributes)
    bench = commands.add_parser("bench", help="measure the whole job against the bare network")
    bench.add_argument(
        "--shape",
        type=_shape,
        metavar="I,X,N",
        help="inlines,crosslines,samples (default 256,512,512)",
    )
    bench.add_argument("--model", default="fault3d")
    bench.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    bench.add_argument("--memory", type=float, default=4.0, metavar="GB")
    bench.add_argument("--repeat", type=int, default=3, help="times the whole job is run (default 3)")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    bench.add_argument(
        "--host", action="store_true", help="measure answering OpendTect instead (--shape is then 64,128,256)"
    )
    bench.add_argument(
        "--step-out",
        type=_spot,
        metavar="I,X",
        help="with --host: inlines and crosslines (default: the menu's)",
    )
    bench.set_defaults(do=_bench)
    return parser


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("input", metavar="IN", help="SEG-Y file, 2-D line or 3-D volume; - for standard input")
    run.add_argument("output", metavar="OUT", help="SEG-Y file to write; - for standard output")
    run.add_argument("--model", help="fault3d, fault2d or a .keras file (default: fits the survey)")
    run.add_argument(
        "--direction", choices=("inline", "crossline"), default="inline", help="sections for a 2-D model"
    )
    run.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    run.add_argument("--batch", type=int, default=1, help="windows in a call of the network (default 1)")
    run.add_argument("--memory", type=float, default=4.0, metavar="GB", help="memory to use (default 4)")
    run.add_argument(
        "--scale",
        type=_scale,
        metavar="S",
        help="samples that the network sees for one, such as 1.5 or 1.5,1 (lateral, vertical) or auto",
    )
    run.add_argument(
        "--average",
        choices=("none", "flips", "scales", "all"),
        help="answers to several views of a window (default: the model's own)",
    )
    run.add_argument("--thin", action="store_true", help="the crests of faults only, 0 elsewhere")
    run.add_argument("--inlines", type=_lines, metavar="A:B", help="line numbers; OUT holds these only")
    run.add_argument("--crosslines", type=_lines, metavar="A:B", help="line numbers; OUT holds these only")
    run.add_argument("--z", type=_times, metavar="A:B", help="times in ms (or depths); OUT is 0 outside")
    _add_headers(run)
    run.add_argument("--png", type=Path, metavar="FILE", help="draw lines with their faults into a picture")
    run.add_argument(
        "--lines", metavar="LIST", help="lines of the picture: i120,x300,z1400 (default: the middle ones)"
    )
    run.add_argument(
        "--threshold", type=float, default=0.5, help="faults in the picture begin here (default 0.5)"
    )
    run.add_argument("--progress", choices=PROGRESS, default="auto", help="how to show it (default auto)")
    run.set_defaults(do=_run)


def _add_headers(parser: argparse.ArgumentParser) -> None:
    """Let the user say what is known better than a SEG-Y file's headers tell."""
    parser.add_argument("--inline-byte", type=int, metavar="N", help="where trace headers hold the inline")
    parser.add_argument(
        "--crossline-byte", type=int, metavar="N", help="where trace headers hold the crossline"
    )
    parser.add_argument("--byte-order", choices=("big", "little"), help="of the file")
    parser.add_argument("--format", type=int, metavar="CODE", help="sample format code of the file")
    parser.add_argument("--samples", type=int, metavar="N", help="samples of a trace")


def _add_faults(faults: argparse.ArgumentParser) -> None:
    faults.add_argument("input", type=Path, metavar="PROB", help="SEG-Y file that odfault run wrote")
    faults.add_argument("output", type=Path, metavar="OUT", help="folder to write the faults into")
    faults.add_argument(
        "--threshold", type=float, default=0.5, help="faults begin at this probability (default 0.5)"
    )
    faults.add_argument(
        "--smallest",
        type=int,
        metavar="N",
        help="samples of a fault (default 200, or 16 for each of few lines)",
    )
    faults.add_argument(
        "--sure", type=float, default=0.8, metavar="P", help="mean probability of a fault (default 0.8)"
    )
    faults.add_argument(
        "--every", type=int, default=8, metavar="N", help="lines from a stick to the next (default 8)"
    )
    faults.add_argument("--velocity", type=float, metavar="V", help="m/s, for dips and areas in time")
    faults.add_argument("--depth", action="store_true", help="samples are depths in metres, not times in ms")
    faults.add_argument(
        "--seismic", type=Path, metavar="FILE", help="survey to draw the sticks over (default: PROB)"
    )
    faults.add_argument("--replace", action="store_true", help="overwrite what an earlier run left in OUT")
    _add_headers(faults)
    faults.add_argument("--progress", choices=PROGRESS, default="auto", help="how to show it (default auto)")
    faults.set_defaults(do=_faults)


def _add_picture(picture: argparse.ArgumentParser) -> None:
    picture.add_argument("input", type=Path, metavar="IN", help="PNG, JPEG, TIFF, BMP, WebP, GIF or PDF file")
    picture.add_argument("output", type=Path, metavar="OUT", help="picture to write, with the faults over it")
    picture.add_argument("--probability", type=Path, metavar="FILE", help="the bare probability as a picture")
    picture.add_argument("--mask", type=Path, metavar="FILE", help="white where a fault is, as a picture")
    picture.add_argument("--segy", type=Path, metavar="FILE", help="the section as a SEG-Y line")
    picture.add_argument("--csv", type=Path, metavar="FILE", help="the faults as polylines in pixels")
    picture.add_argument("--threshold", type=float, default=0.5, help="faults begin here (default 0.5)")
    picture.add_argument(
        "--corners",
        type=_corners,
        metavar="X,Y,...",
        help="the panel's corners in pixels, clockwise from the top left (default: found)",
    )
    picture.add_argument("--page", type=int, default=0, metavar="N", help="of a PDF or TIFF file, from 0")
    picture.add_argument("--force", action="store_true", help="answer what does not look like a section too")
    picture.add_argument("--model", default="fault2d", help="fault2d or a .keras file for sections")
    picture.add_argument("--progress", choices=PROGRESS, default="auto", help="how to show it (default auto)")
    picture.set_defaults(do=_picture)


def _add_page(page: argparse.ArgumentParser, opened: argparse.ArgumentParser) -> None:
    page.add_argument("--port", type=int, metavar="N", help="where to listen (default 8737, or a free one)")
    page.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="to be reached from other machines too, with a token (default 127.0.0.1: from this one only)",
    )
    opened.add_argument("file", type=Path, metavar="FILE", help="a picture or a SEG-Y file")
    for parser in (page, opened):
        parser.add_argument(
            "--open", action=argparse.BooleanOptionalAction, default=True, help="the browser (default: do)"
        )
    page.set_defaults(do=_page)
    opened.set_defaults(do=_open)


def _add_explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument(
        "section",
        type=Path,
        metavar="SECTION",
        help="SEG-Y file, .npy or .npz array, or picture of a section",
    )
    explain.add_argument("report", type=Path, metavar="REPORT", help="HTML file to write")
    explain.add_argument("--model", default="fault2d", help="fault2d, fault3d or a .keras file (fault2d)")
    which = explain.add_mutually_exclusive_group()
    which.add_argument("--inline", type=int, metavar="N", help="line number (default: the middle inline)")
    which.add_argument("--crossline", type=int, metavar="N", help="line number")
    explain.add_argument(
        "--at",
        type=_point,
        metavar="TRACE,TIME",
        help="the point to explain: trace or line number, and ms (default: the strongest fault)",
    )
    explain.add_argument(
        "--interval", type=float, metavar="MS", help="sample interval (default: the file's, or 4)"
    )
    explain.add_argument(
        "--language", choices=("en", "ru"), help="of the report (default: the system's, or en)"
    )
    explain.add_argument("--progress", choices=PROGRESS, default="auto", help="how to show it (default auto)")
    explain.set_defaults(do=_explain)


def _lines(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    try:
        return int(first), int(last if ":" in text else first)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no range of lines such as 100:200") from None


def _times(text: str) -> tuple[float, float]:
    first, _, last = text.partition(":")
    try:
        times = float(first), float(last)
    except ValueError:
        times = (math.nan, math.nan)
    if not all(map(math.isfinite, times)):
        raise argparse.ArgumentTypeError(f"{text} is no range of times such as 800:1600")
    return times


def _scale(text: str) -> str | float | tuple[float, ...]:
    if text == "auto":
        return text
    try:
        numbers = tuple(map(float, text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no scale such as 1.5 or 1.5,1 or auto") from None
    return numbers[0] if len(numbers) == 1 else numbers


def _shape(text: str) -> tuple[int, int, int]:
    try:
        inlines, crosslines, samples = (int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no shape such as 256,512,512") from None
    return inlines, crosslines, samples


def _spot(text: str) -> tuple[int, int]:
    try:
        inlines, crosslines = (int(word) for word in text.split(","))
    except ValueError:
        inlines = crosslines = -1
    if not 0 <= min(inlines, crosslines) <= max(inlines, crosslines) <= 999:
        raise argparse.ArgumentTypeError(f"{text} is no step-out such as 48,48")
    return inlines, crosslines


def _point(text: str) -> tuple[float, float]:
    try:
        trace, time = (float(word) for word in text.split(","))
    except ValueError:
        trace = time = math.nan
    if not (math.isfinite(trace) and math.isfinite(time)):
        raise argparse.ArgumentTypeError(f"{text} is no point such as 320,1250")
    return trace, time


def _corners(text: str) -> list[tuple[float, float]]:
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 8:
        raise argparse.ArgumentTypeError(f"{text} are no four corners such as 10,10,90,10,90,60,10,60")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _picture(options: argparse.Namespace) -> int:
    from odfault.picture.command import Wanted, answer_picture

    wanted = Wanted(options.probability, options.mask, options.segy, options.csv)
    with show_progress(options.progress) as progress:
        section, _ = answer_picture(
            options.input,
            options.output,
            wanted=wanted,
            model=options.model,
            threshold=options.threshold,
            corners=options.corners,
            page=options.page,
            force=options.force,
            progress=progress,
        )
    for remark in section.remarks:
        print(json.dumps({"remark": remark}) if options.progress == "json" else remark, file=sys.stderr)
    print(f"{options.output}  a section of {section.shape[0]} x {section.shape[1]} pixels, {section.colours}")
    return 0


def _explain(options: argparse.Namespace) -> int:
    from odfault.explain.command import explain

    named = [(f"{which}s", getattr(options, which)) for which in ("inline", "crossline")]
    with show_progress(options.progress, "step") as progress:
        told = explain(
            options.section,
            options.report,
            model=options.model,
            line=next(((which, number) for which, number in named if number is not None), None),
            at=options.at,
            interval_ms=options.interval,
            language=options.language,
            progress=progress,
        )
    print(f"{options.report}  {told}")
    return 0


def _page(options: argparse.Namespace) -> int:
    from odfault.page.command import serve

    return serve(host=options.host, port=options.port, browse=options.open)


def _open(options: argparse.Namespace) -> int:
    from odfault.page.command import open_file

    return open_file(options.file, browse=options.open)


def _run(options: argparse.Namespace) -> int:
    from odfault.batch import run

    words = {
        "model": options.model,
        "direction": options.direction,
        "precision": options.precision,
        "batch": options.batch,
        "memory_gb": options.memory,
        "scale": options.scale,
        "average": options.average,
        "thin": options.thin,
        "inlines": options.inlines,
        "crosslines": options.crosslines,
        "z_ms": options.z,
        **_headers(options),
    }
    lines = _check_picture(options)
    with _files(options) as (source, out), show_progress(options.progress) as progress:
        report = run(source, out, progress=progress, **words)
        _tell_remarks(report.remarks, options.progress)
        if options.png:
            from odfault.draw import draw_lines

            draw_lines(source, out, options.png, lines=lines, threshold=options.threshold, words=words)
        if options.output != "-":
            print(f"{out}  {report.live} traces by {report.model} in {report.precision}")
    return 0


def _tell_remarks(remarks: list[str], how: str) -> None:
    """Write remarks on standard error, in the way that progress is shown."""
    for remark in remarks:
        print(json.dumps({"remark": remark}) if how == "json" else remark, file=sys.stderr)


def _headers(options: argparse.Namespace) -> dict[str, int | bool | None]:
    """Gather what is known better than a SEG-Y file's headers tell."""
    return {
        "inline_byte": options.inline_byte,
        "crossline_byte": options.crossline_byte,
        "big_endian": options.byte_order and options.byte_order == "big",
        "sample_format": options.format,
        "n_samples": options.samples,
    }


def _faults(options: argparse.Namespace) -> int:
    from odfault.surfaces.command import faults

    with show_progress(options.progress) as progress:
        report = faults(
            options.input,
            options.output,
            progress=progress,
            threshold=options.threshold,
            smallest=options.smallest,
            sure=options.sure,
            every=options.every,
            velocity=options.velocity,
            depth=options.depth,
            seismic=options.seismic,
            replace=options.replace,
            **_headers(options),
        )
    _tell_remarks(report.remarks, options.progress)
    count = len(report.faults)
    print(f"{options.output}  {count} {'fault' if count == 1 else 'faults'}")
    return 0


def _check_picture(options: argparse.Namespace) -> list[tuple[str, float]]:
    """Refuse a picture that could not be drawn in the end, before the work begins."""
    if not 0 < options.threshold < 1:
        raise OdfaultError(f"a threshold of {options.threshold}", "give one between 0 and 1")
    if not options.png:
        return []
    from odfault.draw import PICTURES, read_lines
    from odfault.segy.output import check_output

    if options.png.suffix.lower() not in PICTURES:
        raise OdfaultError(
            f"{options.png} is no name of a picture", f"end it in one of {', '.join(PICTURES)}"
        )
    for other in (options.input, options.output):
        check_output(other, options.png)
    return read_lines(options.lines) if options.lines else []


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


def _demo(options: argparse.Namespace) -> int:
    from odfault.demo import demo

    with show_progress(options.progress) as progress:
        print(demo(options.folder, progress=progress))
    return 0


def _attributes(options: argparse.Namespace) -> int:
    """Print the folder alone on its line; all else goes to standard error."""
    from odfault.host.launchers import ask_menu, attributes_folder, copy_launchers, list_scripts

    folder = attributes_folder()
    scripts = list_scripts(folder)
    if not scripts:
        raise OdfaultError(f"no scripts in {folder}", "install odfault again")
    if options.copy:
        folder, scripts = options.copy.resolve(), copy_launchers(options.copy.resolve())
    print(folder, flush=True)
    for script in scripts:
        ask_menu(script, options.python)
        print(f"{script.name} starts with {options.python}", file=sys.stderr)
    return 0


def _bench(options: argparse.Namespace) -> int:
    if options.host:
        return _bench_host(options)
    from odfault.bench import bench

    figures = bench(
        options.shape or (256, 512, 512),
        model=options.model,
        precision=options.precision,
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
