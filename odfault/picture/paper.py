"""The pypdfium2 room: a page of a PDF file as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.extras import needed

LONG_SIDE = 2400
"""Pixels that the long side of a page gets, where no picture on it asks for others."""
MOST_SIDE = 6000


def read_page(name: str, data: bytes, page: int) -> NDArray[np.uint8]:
    """Draw a page at the resolution of the largest picture on it.

    Parameters
    ----------
    name : str
        What to call the file.
    data : bytes
        The whole file.
    page : int
        From 0.

    Returns
    -------
    ndarray of uint8, (height, width, 3)

    Raises
    ------
    OdfaultError
        If pypdfium2 is missing, the file is damaged or locked, or there is no such page.
    """
    with needed("PDF pages need pypdfium2", "picture"):
        import pypdfium2
    try:
        with pypdfium2.PdfDocument(data) as document:
            many = len(document)
            if page >= many:
                raise OdfaultError(f"{name} has {many} page(s), so no page {page}", "count pages from 0")
            sheet = document[page]
            long = max(sheet.get_size())
            scale = max([LONG_SIDE / long, *_scales(sheet)])
            bitmap = sheet.render(scale=min(scale, MOST_SIDE / long), rev_byteorder=True)
            return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3], np.uint8).copy()
    except pypdfium2.PdfiumError as error:
        raise OdfaultError(f"{name} is a damaged or locked PDF ({error})", "save its page as PNG") from error


def _scales(sheet: object) -> list[float]:
    """Pixels per point of the pictures on a page that fill a good part of it."""
    from pypdfium2 import raw

    width, height = sheet.get_size()  # type: ignore[attr-defined]
    scales = []
    for item in sheet.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):  # type: ignore[attr-defined]
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) > 0.08 * width * height:
            scales.append(item.get_px_size()[0] / (right - left))
    return scales
