"""Any picture file is read as it looks; what is none is refused in one line."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from odfault.errors import OdfaultError
from odfault.picture.read import read_picture

RGB = np.random.default_rng(4).integers(0, 256, (60, 90, 3), np.uint8)


def packed(image, kind, **words):
    """Save a Pillow image to bytes."""
    file = io.BytesIO()
    image.save(file, kind, **words)
    return file.getvalue()


def claimed_png(width, height):
    """Make a PNG that claims a size and holds nearly nothing."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "WEBP"])
def test_lossless_files_are_read_exactly(kind, tmp_path):
    path = tmp_path / f"picture.{kind.lower()}"
    path.write_bytes(packed(Image.fromarray(RGB), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(read_picture(path), RGB)
    assert np.array_equal(read_picture(path.read_bytes()), RGB)


def test_a_photo_is_turned_as_the_camera_noted():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    upright = read_picture(packed(Image.fromarray(RGB), "PNG", exif=exif))
    assert np.array_equal(upright, np.rot90(RGB, -1))


def test_cmyk_is_read_as_colours():
    smooth = np.repeat(np.linspace(0, 255, 90).astype(np.uint8)[None, :, None], 60, 0).repeat(3, 2)
    read = read_picture(packed(Image.fromarray(smooth).convert("CMYK"), "TIFF"))
    assert np.abs(read.astype(int) - smooth).max() <= 2


@pytest.mark.parametrize("most", [4095, 65535])
def test_16_bits_are_stretched(most):
    values = np.linspace(0, most, 60 * 90).reshape(60, 90).astype(np.uint16)
    read = read_picture(packed(Image.fromarray(values), "PNG"))
    assert np.array_equal(read[:, :, 1], np.rint(values * (255 / most)).astype(np.uint8))


def test_clear_parts_are_white():
    alpha = np.full((60, 90, 1), 255, np.uint8)
    alpha[:20] = 0
    read = read_picture(packed(Image.fromarray(np.concatenate([RGB, alpha], 2)), "PNG"))
    assert (read[:20] == 255).all()
    assert np.array_equal(read[20:], RGB[20:])


def test_of_an_animation_the_first_frame_is_read():
    first, second = Image.fromarray(RGB).quantize(64), Image.new("P", (90, 60))
    data = packed(first, "GIF", save_all=True, append_images=[second])
    assert np.array_equal(read_picture(data), np.asarray(first.convert("RGB")))


def test_pages_of_a_tiff_and_a_pdf_are_chosen():
    pages = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    tiff = packed(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert np.array_equal(read_picture(tiff, page=1), 255 - RGB)
    pdf = packed(pages[0], "PDF", save_all=True, append_images=pages[1:], quality=95)
    shown = [np.asarray(Image.fromarray(read_picture(pdf, page=n)).resize((90, 60))) for n in (0, 1)]
    assert np.corrcoef(shown[0].ravel(), shown[1].ravel())[0, 1] < -0.9
    for data in (tiff, pdf):
        with pytest.raises(OdfaultError, match="2 page"):
            read_picture(data, page=2)


PNG = packed(Image.fromarray(RGB), "PNG")
BAD = {
    "empty": (b"", "empty"),
    "text": (b"this is no picture at all\n" * 9, "no picture"),
    "one pixel": (packed(Image.new("RGB", (1, 1)), "PNG"), "1 x 1"),
    "huge": (claimed_png(30000, 30000), "30000|too many pixels"),
    "large": (claimed_png(10000, 9000), "10000 x 9000"),
    "cut png": (PNG[: len(PNG) // 2], "cut off"),
    "cut jpeg": (packed(Image.fromarray(RGB), "JPEG")[:-900], "cut off"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    "broken pdf": (b"%PDF-1.7\nnothing\n%%EOF", "PDF"),
    "one colour": (packed(Image.new("RGB", (90, 60), (9, 9, 9)), "PNG"), "one colour"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_in_one_line(name, tmp_path):
    data, words = BAD[name]
    path = tmp_path / "x.png"
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(OdfaultError, match=words) as refusal:
            read_picture(source)
        assert "\n" not in str(refusal.value)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(OdfaultError, match="cannot be read"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(OdfaultError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(OdfaultError, match="page"):
        read_picture(PNG, page=-1)
