"""The OpenCV room's door: loaded late, and missed in one line."""

from __future__ import annotations

from typing import Any

from odfault.errors import OdfaultError


def load_vision() -> Any:
    """Load OpenCV.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise OdfaultError("pictures need OpenCV", 'pip install "odfault[picture]"') from error
    return cv2
