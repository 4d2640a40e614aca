"""A section that was no SEG-Y file before, as a 2-D line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError

INTERVAL_US = 4000
"""What a sample is called to last, where nobody knows."""


def write_line(path: Path, values: NDArray[np.float32], history: str) -> None:
    """Write a section as a 2-D line of IEEE floats, 4 ms a sample, traces numbered from 1.

    Parameters
    ----------
    path : Path
        One of that name is overwritten.
    values : ndarray of float32, (traces, samples)
    history : str
        A line for the text header.

    Raises
    ------
    OdfaultError
        If the file cannot be written.
    """
    import segyio

    try:
        segyio.tools.from_array2D(
            str(path), values, format=segyio.SegySampleFormat.IEEE_FLOAT_4_BYTE, dt=INTERVAL_US
        )
        with segyio.open(path, "r+", strict=False) as file:
            clean = history.encode("ascii", "replace").decode()[:76]
            unknown = "THE SAMPLE INTERVAL IS NOT KNOWN: 4 MS STANDS FOR ONE ROW OF PIXELS"
            file.text[0] = segyio.tools.create_text_header({1: clean, 2: unknown})
            for number in range(file.tracecount):
                file.header[number].update({segyio.TraceField.CDP: number + 1})
    except (OSError, RuntimeError) as error:
        raise OdfaultError(
            f"{path} cannot be written ({error})", "check the disk and its permissions"
        ) from error
