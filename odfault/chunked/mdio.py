"""What a store says of itself so that the program mdio takes it for its own (MDIO v1, which is Zarr v3)."""

from __future__ import annotations

import datetime
from typing import Any

API = "1.1.0"
"""The version of MDIO whose words these are."""


def as_mdio(root: Any, name: str, now: datetime.datetime) -> None:
    """Write what MDIO v1 looks for at the root of a store.

    Parameters
    ----------
    root : Group
        The store, with its arrays.
    name : str
        The array of samples.
    now : datetime
        When it was made.
    """
    vertical = root[name].metadata.dimension_names[2]
    kind = "PostStack3DTime" if vertical == "time" else "PostStack3DDepth"
    words = {"surveyType": "3D", "gatherType": "stacked", "defaultVariableName": name}
    root.attrs.update({"apiVersion": API, "createdOn": str(now), "name": kind, "attributes": words})
