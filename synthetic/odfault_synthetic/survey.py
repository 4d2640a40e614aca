"""The segyio room: a drawn cube as a SEG-Y survey that opens in any host."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import segyio
from numpy.typing import NDArray


def write_survey(
    path: Path,
    volume: NDArray[np.float32],
    *,
    interval_s: float = 0.004,
    history: str = "",
    spacing_m: float = 25.0,
) -> None:
    """Write a volume as an inline-sorted 3-D survey with coordinates.

    Parameters
    ----------
    path : Path
        The file, replaced if it exists.
    volume : ndarray
        (inlines, crosslines, samples), written as IEEE float32.
    interval_s : float
        Sample interval in seconds.
    history : str
        A line for the text header, up to 76 characters.
    spacing_m : float
        Distance of lines and of traces in metres.
    """
    spec = segyio.spec()
    spec.format = segyio.SegySampleFormat.IEEE_FLOAT_4_BYTE
    spec.sorting = segyio.TraceSortingFormat.INLINE_SORTING
    spec.ilines, spec.xlines = 100 + np.arange(volume.shape[0]), 300 + np.arange(volume.shape[1])
    spec.samples = np.arange(volume.shape[2]) * interval_s * 1000
    lines = {1: "Drawn by odfault-synth; not a real survey", 2: history[:76], 4: "INLINE 189, CROSSLINE 193"}
    with segyio.create(str(path), spec) as file:
        file.text[0] = segyio.tools.create_text_header(lines)
        file.bin.update(hdt=round(interval_s * 1e6), dto=round(interval_s * 1e6))
        number = 0
        for inline in spec.ilines:
            for crossline in spec.xlines:
                file.header[number] = _header(number, int(inline), int(crossline), spacing_m)
                number += 1
        file.trace.raw[:] = np.ascontiguousarray(volume.reshape(-1, volume.shape[2]), np.float32)


def _header(number: int, inline: int, crossline: int, spacing_m: float) -> dict[int, int]:
    field = segyio.TraceField
    x, y = round((crossline - 300) * spacing_m * 10), round((inline - 100) * spacing_m * 10)
    return {
        field.TRACE_SEQUENCE_FILE: number + 1,
        field.TraceIdentificationCode: 1,
        field.INLINE_3D: inline,
        field.CROSSLINE_3D: crossline,
        field.CDP: number + 1,
        field.SourceGroupScalar: -10,
        field.CDP_X: 5_000_000 + x,
        field.CDP_Y: 60_000_000 + y,
    }
