"""The door to the interpretation host: answers its trace windows, and survives whatever comes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from odfault.errors import OdfaultError
from odfault.host import menu, wire
from odfault.host.menu import Parameters
from odfault.host.report import Report, tell
from odfault.host.wire import Samples, SeisInfo, TrcInfo, Wire

Attribute = Callable[[Samples, TrcInfo], Samples]
"""A window (inputs, inlines, crosslines, samples) to values (outputs, samples), margins included."""
MakeAttribute = Callable[[Parameters, SeisInfo], Attribute]


def serve(offer: Parameters, make_attribute: MakeAttribute, arguments: list[str] | None = None) -> int:
    """Answer the host: ``-g`` asks for the menu, ``-c`` for traces until the input ends.

    Parameters
    ----------
    offer : dict
        The menu as the host reads it: plain ASCII words, bools where it expects bools.
    make_attribute : callable
        Called once, when the first block has come, with the host's parameters and that block. What it
        or the attribute raises is told once on standard error, and the traces are undefined (NaN). The
        window that an attribute is given is overwritten by the next.
    arguments : list of str, optional
        Of the command line, without the script's name.

    Returns
    -------
    int
        Exit code.
    """
    match sys.argv[1:] if arguments is None else arguments:
        case ["-g"]:
            Wire(0, 1).write(wire.encode_menu(offer))
            return 0
        case ["-c", coded]:
            _answer_all(coded, make_attribute)
            return 0
    tell("give -g for the menu or -c and the host's parameters: choose this script in the attribute window")
    return 2


def _answer_all(coded: str, make_attribute: MakeAttribute) -> None:
    """Answer windows until the input ends, in the middle of a block or between two."""
    pipe, report = Wire(*take_pipe()), Report()
    set_environment()
    attribute: Attribute | None = None
    parameters: Parameters | None = None
    try:
        parameters = wire.decode_parameters(coded)
    except OdfaultError as error:
        report(error)
    try:
        info = pipe.read_seismic(sum(menu.read_margins(parameters or {})))
        if parameters is not None:
            with report:
                attribute = make_attribute(parameters, info)
        while True:
            trace = pipe.read_trace()
            window = pipe.read_window(info, trace)
            reply = np.full((info.outputs, trace.samples), np.nan, np.float32)
            if attribute is not None:
                with report:
                    values = attribute(window, trace)
                    reply[: len(values)] = values[: info.outputs]
            pipe.write(reply)
    except (OdfaultError, MemoryError) as error:
        report(error)
    except (EOFError, OSError):
        return


def take_pipe() -> tuple[int, int]:
    """Keep the host's two pipes for ourselves; whoever reads or prints from now on reaches nothing."""
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return source, sink


def set_environment() -> None:
    """Make up for what the host's bare environment lacks, before any heavy library is imported."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "HOME" in os.environ or os.name == "nt" or os.access(Path(__file__).parents[1], os.W_OK):
        return
    import tempfile

    folder = Path(tempfile.gettempdir()) / f"odfault-{os.getuid()}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat() if folder.is_dir() else None
    if state is None or folder.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o022:
        folder = Path(tempfile.mkdtemp(prefix="odfault-"))  # never load another user's compiled code
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder))
