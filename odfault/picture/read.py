"""The Pillow room, way in: any picture file as plain colours, or one line that says why not."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError

Colours = NDArray[np.uint8]
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB", "WEBP", "GIF", "PPM", "JPEG2000", "AVIF")
"""What Pillow may try: no format that runs a program or a language."""
MOST_PIXELS = 80_000_000
MOST_BYTES = 400_000_000
LEAST_SIDE = 48
"""Pixels of a side from which a section can be seen at all."""
_SHOW = "save it as PNG or JPEG, or take a screenshot of it"


def read_picture(source: Path | bytes, *, page: int = 0) -> Colours:
    """Read a picture, upright, in 8-bit colours on white.

    Parameters
    ----------
    source : Path or bytes
        A PNG, JPEG, TIFF, BMP, WebP, GIF or PDF file, or what one holds. Of an animation the first frame is
        read.
    page : int
        Which page of a PDF or TIFF file, from 0.

    Returns
    -------
    ndarray of uint8, (height, width, 3)
        Red, green and blue; turned as the camera's EXIF note says; transparent parts are white; 16 bits and
        floats are stretched from their lowest to their highest value.

    Raises
    ------
    OdfaultError
        If there is no such file or page, or it is no picture, cut off, too small or too large.
    """
    name, data = _take(source)
    if page < 0:
        raise OdfaultError(f"page {page} of {name}", "count pages from 0")
    if data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t")[:5] == b"%PDF-":
        from odfault.picture.paper import read_page

        return _checked(read_page(name, data, page), name)
    _refuse_others(name, data)
    return _checked(_decode(name, data, page), name)


def _take(source: Path | bytes) -> tuple[str, bytes]:
    """Take a file's bytes, and what to call it."""
    if isinstance(source, bytes):
        name, data = "the picture", source
    else:
        name = str(source)
        if source.is_dir():
            raise OdfaultError(f"{name} is a folder", "name a picture in it")
        try:
            if source.stat().st_size > MOST_BYTES:
                raise OdfaultError(
                    f"{name} has more than {MOST_BYTES / 1e6:.0f} MB", "make the picture smaller"
                )
            data = source.read_bytes()
        except OSError as error:
            raise OdfaultError(f"{name} cannot be read ({error.strerror})", "check the name") from error
    if not data:
        raise OdfaultError(f"{name} is empty", "save the picture again")
    return name, data


def _refuse_others(name: str, data: bytes) -> None:
    """Tell the user about files that look like pictures to people and not to us."""
    head = data[:4096]
    if b"<svg" in head.lower() or (head[:2] == b"\x1f\x8b" and name.lower().endswith(".svgz")):
        raise OdfaultError(f"{name} is an SVG drawing, which may hold programs", _SHOW)
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        raise OdfaultError(f"{name} is a HEIC photo", "save it as JPEG")
    if head[:4] in (b"%!PS", b"\xc5\xd0\xd3\xc6"):
        raise OdfaultError(f"{name} is PostScript, which is a program", _SHOW)


def _decode(name: str, data: bytes, page: int) -> Colours:
    """Decode by Pillow; whatever it stumbles over is the file's fault."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(name, *image.size)
                _turn_to(name, image, page)
                _check_size(name, *image.size)
                image.load()
                try:
                    upright = ImageOps.exif_transpose(image)
                except Exception:  # a broken note about the camera does no harm to the picture
                    upright = image
                return _to_colours(upright)
    except OdfaultError:
        raise
    except UnidentifiedImageError as error:
        raise OdfaultError(f"{name} is no picture", _SHOW) from error
    except Image.DecompressionBombError as error:
        raise OdfaultError(f"{name} has too many pixels", _smaller()) from error
    except MemoryError as error:
        raise OdfaultError(f"{name} does not fit in memory", _smaller()) from error
    except Exception as error:  # decoders raise what they like on damaged files
        problem = " ".join(str(error).split())[:100]
        raise OdfaultError(f"{name} is cut off or damaged ({problem})", "save the picture again") from error


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise OdfaultError(f"{name} has {width} x {height} pixels", _smaller())
    if min(width, height) < LEAST_SIDE:
        raise OdfaultError(
            f"{name} has only {width} x {height} pixels", f"give one of at least {LEAST_SIDE} x {LEAST_SIDE}"
        )


def _smaller() -> str:
    return f"give one of at most {MOST_PIXELS // 1_000_000} million"


def _turn_to(name: str, image: Any, page: int) -> None:
    """Turn to a page; an animation has its frames."""
    if not page:
        return
    many = getattr(image, "n_frames", 1)
    if page >= many:
        raise OdfaultError(f"{name} has {many} page(s), so no page {page}", "count pages from 0")
    image.seek(page)


def _to_colours(image: Any) -> Colours:
    """Bring any mode of Pillow to 8-bit colours on white."""
    from PIL import Image

    if image.mode[0] in "IF":  # 16 and 32 bits, floats
        return _stretch(np.asarray(image, np.float64))
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, clear)
    return np.ascontiguousarray(image.convert("RGB"), np.uint8)


def _stretch(values: NDArray[np.float64]) -> Colours:
    """Stretch one channel of many bits to 8."""
    sound = np.isfinite(values)
    low, high = (values[sound].min(), values[sound].max()) if sound.any() else (0.0, 1.0)
    grey = np.where(sound, (values - low) * (255 / max(high - low, 1e-30)), 0).round().astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, 2)


def _checked(rgb: Colours, name: str) -> Colours:
    """Refuse what shows nothing."""
    _check_size(name, rgb.shape[1], rgb.shape[0])
    if (rgb == rgb[0, 0]).all():
        raise OdfaultError(f"{name} is of one colour", "give a picture of a seismic section")
    return rgb
