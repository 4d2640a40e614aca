"""The segyio room: a drawn cube as SEG-Y surveys, one beside the other, that open in any host."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import segyio
from numpy.typing import NDArray

from odfault.segy.refusal import disk_error
from odfault_synthetic.cube import Cube

HEADER_BYTES = 3600
ABOUT = {
    "faults": "0 none, 1 fault, 2 beside one, 3 may be one or not",
    "throw": "vertical offset in samples where a fault is, else 0",
    "dip": "dip of the fault in degrees, its tangent samples per trace, else 0",
    "strike": "degrees from the inline to the crossline axis where a fault is, else 0",
}
"""What lies beside the seismic, and what its text header says."""


def write_surveys(path: Path, cube: Cube, *, also: Sequence[str] = (), history: str = "") -> list[Path]:
    """Write a cube as ``NAME.sgy`` and ``NAME_faults.sgy``, and on request more of what is known of it.

    All are written under other names first, and get their own together.

    Parameters
    ----------
    path : Path
        ``NAME.sgy``; files of these names are replaced.
    cube : Cube
        What to write.
    also : sequence of str
        Of ``throw``, ``dip``, ``strike``: ``NAME_throw.sgy`` and so on.
    history : str
        A line for the text header of the seismic, up to 76 characters.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    OdfaultError
        If the disk is full or closed; then there is none of them.
    """
    out, *others = name_surveys(path, also)
    jobs: dict[Path, tuple[NDArray[Any], str]] = {out: (cube.seismic, history)}
    for out, name in zip(others, ("faults", *also), strict=True):
        jobs[out] = cube.labels if name == "faults" else getattr(cube, name), ABOUT[name]
    parts = {out: out.with_name(out.name + ".part") for out in jobs}
    try:
        for out, (volume, line) in jobs.items():
            write_survey(parts[out], volume.astype(np.float32, copy=False), history=line)
        for out, part in parts.items():
            part.replace(out)
    except OSError as error:
        raise disk_error(path, error) from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return list(jobs)


def name_surveys(path: Path, also: Sequence[str] = ()) -> list[Path]:
    """Name the files of a cube: ``NAME.sgy``, ``NAME_faults.sgy``, and so on."""
    return [path, *(path.with_name(f"{path.stem}_{name}{path.suffix}") for name in ("faults", *also))]


def write_survey(
    path: Path,
    volume: NDArray[np.float32],
    *,
    interval_s: float = 0.004,
    history: str = "",
    spacing_m: float = 25.0,
) -> None:
    """Write a volume as an inline-sorted 3-D survey, or as a 2-D line if it has one inline.

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
    flat, interval_us = len(volume) == 1, round(interval_s * 1e6)
    where = "A 2-D LINE: CDP 21" if flat else "INLINE 189, CROSSLINE 193"
    lines = {1: "Drawn by odfault-synth; not a real survey", 2: history[:76], 4: where + ", X 181, Y 185"}
    spec = segyio.spec()
    spec.format, spec.tracecount = segyio.SegySampleFormat.IEEE_FLOAT_4_BYTE, math.prod(volume.shape[:2])
    spec.samples = np.arange(volume.shape[2]) * interval_s * 1000
    with segyio.create(str(path), spec) as file:
        file.text[0] = segyio.tools.create_text_header(lines)
        file.bin.update(hdt=interval_us, dto=interval_us, mfeet=1, tsort=4)
    with path.open("r+b") as file:
        file.seek(HEADER_BYTES)
        file.write(_traces(volume, interval_us, round(spacing_m * 10)).data)
        file.truncate()
        os.fsync(file.fileno())


def _traces(volume: NDArray[np.float32], interval_us: int, spacing_dm: int) -> NDArray[Any]:
    """Lay out traces with their headers."""
    flat, (line, trace) = len(volume) == 1, np.indices(volume.shape[:2])
    number = np.arange(1, line.size + 1).reshape(line.shape)
    values: dict[str, tuple[int, Any, Any]] = {
        "number in the line": (1, ">i4", trace + 1),
        "number in the file": (5, ">i4", number),
        "CDP": (21, ">i4", number),
        "live": (29, ">i2", 1),
        "scalar of coordinates": (71, ">i2", -10),
        "coordinates are lengths": (89, ">i2", 1),
        "samples": (115, ">u2", volume.shape[2]),
        "interval": (117, ">u2", interval_us),
        "x": (181, ">i4", 5_000_000 + trace * spacing_dm),
        "y": (185, ">i4", 60_000_000 + line * spacing_dm),
        "inline": (189, ">i4", 0 if flat else line + 100),
        "crossline": (193, ">i4", 0 if flat else trace + 300),
        "shot point": (197, ">i4", number if flat else 0),
        "trace": (241, (">f4", volume.shape[2]), volume),
    }
    kinds, places = [kind for _, kind, _ in values.values()], [at - 1 for at, _, _ in values.values()]
    size = 240 + 4 * volume.shape[2]
    layout: Any = {"names": list(values), "formats": kinds, "offsets": places, "itemsize": size}
    traces = np.zeros(volume.shape[:2], np.dtype(layout))
    for name, (_, _, value) in values.items():
        traces[name] = value
    return traces
