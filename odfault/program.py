"""A program of ours: its exit code, and one line for all that goes wrong."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from odfault.errors import OdfaultError


class Parser(argparse.ArgumentParser):
    """Refuses a command in one line, as everything else is refused."""

    def error(self, message: str) -> NoReturn:
        """Raise what ``carry_out`` tells."""
        raise OdfaultError(message, f"see {self.prog} --help")


def carry_out(do: Callable[[], int], *, name: str, less: str) -> int:
    """Do what a program was told.

    Parameters
    ----------
    do : callable
        Does it, and returns the exit code.
    name : str
        The program's.
    less : str
        What to do where memory does not suffice.

    Returns
    -------
    int
        The exit code: 0 when all is done, 2 for what the user can mend, 130 when it was stopped.
    """
    try:
        return do()
    except OdfaultError as error:
        return _tell(name, error, 2)
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):  # or Python complains again when it closes the pipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _tell(name, "whoever read the output has gone: keep it open", 2)
    except OSError as error:
        return _tell(name, f"{error}: check the disk and its permissions", 2)
    except MemoryError:
        return _tell(name, f"out of memory: {less}", 2)
    except KeyboardInterrupt:
        return _tell(name, "stopped: run the same command again to go on", 130)


def _tell(name: str, problem: object, code: int) -> int:
    """Say it in one line, and hand the exit code on."""
    print(f"{name}:", " ".join(str(problem).split()), file=sys.stderr)
    return code
