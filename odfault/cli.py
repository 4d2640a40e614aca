"""The command odfault: its words, and one line for all that goes wrong."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from odfault import __version__
from odfault.commands.attributes import add_attributes
from odfault.commands.bench import add_bench
from odfault.commands.demo import add_demo
from odfault.commands.explain import add_explain
from odfault.commands.export import add_export
from odfault.commands.faults import add_faults
from odfault.commands.page import add_page
from odfault.commands.picture import add_picture
from odfault.commands.run import add_run
from odfault.errors import OdfaultError


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
    for add in (
        add_run, add_faults, add_picture, add_page, add_explain, add_export, add_demo, add_attributes,
        add_bench,
    ):  # fmt: skip
        add(commands)
    return parser
