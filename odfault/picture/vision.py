"""The OpenCV room's door: loaded late, and missed in one line."""

from __future__ import annotations

from typing import Any

from odfault.extras import needed


def load_vision() -> Any:
    """Load OpenCV.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    with needed("pictures need OpenCV", "picture"):
        import cv2
    return cv2
