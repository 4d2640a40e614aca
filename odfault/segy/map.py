"""Where the traces of a SEG-Y file stand on the map: coordinates from the trace headers, and their unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.ground import FEET_M, Points
from odfault.segy.headers import batches
from odfault.segy.survey import SegySurvey

_PAIRS = ((181, 185), (73, 77))
"""X and Y of the CDP; of the source, where there is none."""
_SCALAR, _UNITS, _SYSTEM = (71, 2), (89, 2), 3255


def read_coordinates(survey: SegySurvey, traces: NDArray[np.int64]) -> tuple[Points | None, list[str]]:
    """Read X and Y of some traces, (n, 2); nothing, with a remark, where there are none of use."""
    words = [(byte, 4) for pair in _PAIRS for byte in pair]
    told = np.concatenate(
        [survey.layout.scan([*words, _SCALAR, _UNITS], some) for some in batches(traces)], axis=1
    )
    scalar = told[4].astype(np.float64)
    factor = np.where(scalar > 0, scalar, np.where(scalar < 0, -1 / np.minimum(scalar, -1), 1.0))
    if np.isin(told[5], (2, 3, 4)).any():
        problem = "The coordinates are geographic, in seconds or degrees of arc"
        return None, [f"{problem}; line numbers stand for them."]
    for number in range(len(_PAIRS)):
        pair = told[2 * number : 2 * number + 2] * factor
        if np.ptp(pair, axis=1).any():
            return pair.T, []
    return None, ["The trace headers hold no coordinates; line numbers stand for them."]


def read_unit(survey: SegySurvey) -> float:
    """Read the length in metres of the unit of coordinates."""
    with survey.layout.path.open("rb") as file:
        return unit_of_head(file.read(_SYSTEM + 1), big_endian=survey.layout.big_endian)


def unit_of_head(head: bytes, *, big_endian: bool) -> float:
    """Tell the same from what stands before the traces: feet where the binary header says so."""
    system = int.from_bytes(head[_SYSTEM - 1 : _SYSTEM + 1], "big" if big_endian else "little")
    return FEET_M if system == 2 else 1.0
