"""Where the traces of a store stand on the map: its arrays of X and Y, and their unit."""

from __future__ import annotations

import numpy as np

from odfault.chunked.library import damaged
from odfault.chunked.reading import StoreSurvey
from odfault.ground import FEET_M, Places, Points
from odfault.segy.map import unit_of_head

_NAMES = ("cdp_x", "cdp_y")


def read_points(survey: StoreSurvey, places: Places) -> tuple[Points | None, list[str]]:
    """Read X and Y of some traces, (n, 2); nothing, with a remark, where there are none of use.

    Raises
    ------
    OdfaultError
        They are damaged.
    """
    held = [survey.root[name] for name in _NAMES if name in survey.root]
    if len(held) == len(_NAMES) and all(array.shape == survey.shape[:2] for array in held):
        try:
            maps = [np.asarray(array[...], np.float64)[tuple(places.T)] for array in held]
        except (OSError, ValueError, RuntimeError) as error:
            raise damaged(survey.path, error) from error
        points = np.stack(maps, axis=1)
        if np.isfinite(points).all() and np.ptp(points, axis=0).any():
            return points, []
    return None, ["The store holds no coordinates; line numbers stand for them."]


def read_unit(survey: StoreSurvey) -> float:
    """Read the length in metres of the unit of coordinates: from SEG-Y's headers, or beside X."""
    if survey.template is not None:
        return unit_of_head(survey.template.head, big_endian=survey.template.layout.big_endian)
    words = survey.root[_NAMES[0]].attrs if _NAMES[0] in survey.root else {}
    told = words.get("units") or words.get("unitsV1") or ""
    told = next(iter(told.values()), "") if isinstance(told, dict) else told
    return FEET_M if str(told).lower() in ("ft", "feet", "foot") else 1.0
