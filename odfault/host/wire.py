"""The host's wire: percent coding of the menu, the binary blocks, whole reads and writes of a pipe."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import re
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError

Samples = NDArray[np.float32]
SHORT, WORDS = 40, 20
"""Bytes of a short SeisInfo; bytes behind it that every host has sent before it waits for a reply."""
PRINT = 8
"""Samples that tell most traces apart."""
PIPE_BYTES = 2**20
"""Held by the host's pipe, as much as any user of Linux may ask for."""
MOST_SAMPLES, MOST_TRACES, MOST_BYTES = 10**6, 1999**2, 2**32
"""Of a trace, of a window (the host's largest step-out), of a window; beyond them a block is garbage."""


def encode_menu(menu: dict[str, Any]) -> bytes:
    """Percent-code a menu: ASCII letters and digits stay, every other byte becomes ``%XX``.

    Raises
    ------
    OdfaultError
        If a text holds a backslash, a double quote or a letter beyond ASCII: the host garbles them.
    """
    text = json.dumps(menu)
    if "\\" in text:
        raise OdfaultError("the menu holds a backslash, a quote or a letter beyond ASCII", "use plain words")
    return percent(text).encode("ascii")


def percent(text: str) -> str:
    """Percent-code ASCII: letters and digits stay."""
    return re.sub("[^A-Za-z0-9]", lambda found: f"%{ord(found[0]):02X}", text)


def decode_parameters(argument: str) -> dict[str, Any]:
    """Read the percent-coded JSON of ``-c``; the host has doubled every backslash in it.

    A doubled backslash breaks JSON only before a quote, so that it is halved only where it does harm.

    Raises
    ------
    OdfaultError
        If it is no JSON object.
    """
    coded = argument.encode("utf-8", "surrogateescape")
    text = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), coded).decode(
        "utf-8", "replace"
    )
    for version in (text, text.replace("\\\\", "\\")):
        try:
            parameters = json.loads(version, strict=False)
        except ValueError:
            continue
        if isinstance(parameters, dict):
            return parameters
    raise OdfaultError(
        "the host's parameters are no JSON object", "choose the script again in the attribute window"
    )


@dataclasses.dataclass(frozen=True)
class SeisInfo:
    """What the host says once: traces of a window and their spacing; ``samples`` is -1 from older hosts."""

    traces: int
    inputs: int
    outputs: int
    inlines: int
    crosslines: int
    z_step: float
    inline_distance: float
    crossline_distance: float
    z_factor: float
    dip_factor: float
    samples: int = -1


@dataclasses.dataclass(frozen=True)
class TrcInfo:
    """What the host says of every window: its samples, and where its first wanted sample stands."""

    samples: int
    first_sample: int
    inline: int
    crossline: int


class Wire:
    """The two ends of the host's pipe.

    Every read raises EOFError where the input ends, in the middle of a block as between two, and
    OdfaultError where a block cannot be the host's.
    """

    def __init__(self, source: int, sink: int) -> None:
        self._source = io.FileIO(source, "rb", closefd=False)
        self._sink = io.FileIO(sink, "wb", closefd=False)
        self._ahead = b""
        self._window = np.empty(0, np.float32)
        _widen_pipe(source)

    def read(self, block: memoryview) -> None:
        """Fill a block of bytes whole."""
        done = min(len(self._ahead), len(block))
        block[:done], self._ahead = self._ahead[:done], self._ahead[done:]
        while done < len(block):
            count = self._source.readinto(block[done:])
            if not count:
                raise EOFError
            done += count

    def read_seismic(self, margin: int = 0) -> SeisInfo:
        """Read the block that comes once, of 40 or 44 bytes; nothing but its sense tells which.

        Parameters
        ----------
        margin : int
            Samples above and below the wanted ones together.
        """
        block = bytearray(SHORT + WORDS)
        self.read(memoryview(block))
        info = SeisInfo(*struct.unpack_from("=5i5f", block))
        sane = 0 < info.traces == info.inlines * info.crosslines <= MOST_TRACES and info.inlines > 0
        if not sane or not 0 < info.inputs <= 64 or not 0 < info.outputs <= 64:
            raise OdfaultError(
                "the host's first block makes no sense", "run the script from the attribute window"
            )
        words = struct.unpack_from("=5i", block, SHORT)
        if is_long(words, margin, info.inlines):
            info = dataclasses.replace(info, samples=words[0])
            self._ahead = bytes(block[SHORT + 4 :])
        else:
            self._ahead = bytes(block[SHORT:])
        return info

    def read_trace(self) -> TrcInfo:
        """Read the block before a window."""
        block = bytearray(16)
        self.read(memoryview(block))
        trace = TrcInfo(*struct.unpack("=4i", block))
        if not 0 < trace.samples <= MOST_SAMPLES:
            raise OdfaultError(f"a window of {trace.samples} samples", "start the display again")
        return trace

    def read_window(self, info: SeisInfo, trace: TrcInfo) -> Samples:
        """Read a window, (inputs, inlines, crosslines, samples); the next one overwrites it."""
        shape = (info.inputs, info.inlines, info.crosslines, trace.samples)
        if 4 * info.inputs * info.traces * trace.samples > MOST_BYTES:
            raise OdfaultError(f"a window of {shape} samples is too large", "make the step-out smaller")
        size = info.inputs * info.traces * trace.samples
        if self._window.size < size:
            self._window = np.empty(size, np.float32)
        flat = self._window[:size]
        self.read(flat.data.cast("B"))
        return flat.reshape(shape)

    def write(self, reply: bytes | Samples) -> None:
        """Write a reply, or the menu, whole."""
        left = memoryview(reply if isinstance(reply, bytes) else reply.tobytes())
        while left:
            left = left[self._sink.write(left) or 0 :]


def _widen_pipe(source: int) -> None:
    """Let the pipe hold more where the system can: fewer turns between the host and us."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, PIPE_BYTES)  # type: ignore[attr-defined,unused-ignore]


def is_long(words: tuple[int, ...], margin: int, inlines: int) -> bool:
    """Tell whether the five words behind 40 bytes belong to a SeisInfo of 44.

    Long:   samples in the data | samples, first sample, inline, crossline
    Short:                        samples, first sample, inline, crossline | first amplitude

    The fifth word decides: a crossline number read as a float is no amplitude (denormal, or a NaN of
    an odd make), an amplitude read as a number is no crossline. Only zero may be both; then it is
    long if the sample counts agree as only those of a long block do, in a survey numbered from zero.
    """
    in_data, samples, first, inline, crossline = words
    if crossline:
        return -(2**22) < crossline < 2**23 and samples > 0
    agree = samples > 0 and samples - margin <= in_data <= samples
    return agree and (inline == 0 or (first == 0 and inlines > 1))


def find_missing(block: Samples, row: int, column: int) -> NDArray[np.bool_]:
    """Find the traces that the host did not have: it sends a copy of the centre trace in their place.

    No two live traces of a recorded survey are alike to the last bit. Where a window shows others
    that are alike, or nothing but copies, its data repeat themselves and all are believed.

    Parameters
    ----------
    block : ndarray
        (inlines, crosslines, samples), as received.
    row, column : int
        Of the centre trace.

    Returns
    -------
    ndarray
        (inlines, crosslines), True where a trace is missing.
    """
    bits, prints = _print(block, row, column)
    missing: NDArray[np.bool_] = prints == prints[row, column]
    missing[missing] = (bits[missing] == bits[row, column]).all(axis=-1)
    if not missing.sum() > 1 or missing.all() or _repeat(bits, prints, ~missing):
        return np.zeros_like(missing)
    missing[row, column] = False
    return missing


def repeats_itself(block: Samples, row: int, column: int) -> bool:
    """Whether a window shows nothing but copies of its centre trace, or other traces that are alike.

    Copies are told by their prints and not read whole: most of a window at an edge is copies.
    """
    bits, prints = _print(block, row, column)
    copies = prints == prints[row, column]
    return bool(copies.all()) or _repeat(bits, prints, ~copies)


def _print(block: Samples, row: int, column: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Take the bits of a window, and a number of each trace made of those where the centre is loudest."""
    bits = np.ascontiguousarray(block).view(np.int32)
    loud = int(np.argmax(bits[row, column] & 0x7FFFFFFF))
    near = bits[:, :, max(0, loud - PRINT // 2) : loud + PRINT // 2]
    return bits, near.astype(np.int64) @ (2 * np.arange(near.shape[2]) + 1)


def _repeat(bits: NDArray[np.int32], prints: NDArray[np.int64], which: NDArray[np.bool_]) -> bool:
    """Whether two live traces are alike; only those whose prints, made of a few samples, are need a look."""
    _, turns, counts = np.unique(prints[which], return_inverse=True, return_counts=True)
    alike = bits[tuple(np.argwhere(which)[counts[turns] > 1].T)] if (counts > 1).any() else bits[:0, 0]
    alike = alike[(alike & 0x7FFFFFFF).any(axis=-1)]
    return len({trace.tobytes() for trace in alike}) < len(alike)
