"""Names and kinds of files from strangers: a name is shown and never a path; content decides the kind."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
PICTURE_ENDS = (
    "png", "jpg", "jpeg", "jfif", "tif", "tiff", "bmp", "webp", "gif", "pdf", "svg", "svgz", "heic", "heif",
    "avif", "jp2", "ppm", "eps", "ps",
)  # fmt: skip
SURVEY_ENDS = ("sgy", "segy", "seg", "sg2")
_MAGIC = (
    b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM", b"GIF8", b"%PDF-", b"P5", b"P6", b"%!PS",
    b"\0\0\0\x0cjP  ", b"\xc5\xd0\xd3\xc6", b"\x1f\x8b",
)  # fmt: skip


def shown_name(raw: str, default: str = "picture.png") -> str:
    r"""Make a name fit to be shown: the last part of a path, no control or direction characters, not long.

    Examples
    --------
    >>> shown_name("../../etc/passwd\r\n")
    'passwd'
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", raw))[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    plain = " ".join(plain.split()).lstrip(".")
    if len(plain) > LONGEST:
        stem, _, end = plain.rpartition(".")
        plain = f"{stem[: LONGEST - 10]}….{end}" if stem and len(end) < 8 else plain[:LONGEST]
    return plain or default


def download_name(name: str, tail: str) -> str:
    r"""Give the name of a download: the stem of what was dropped, in plain characters, and a tail.

    Examples
    --------
    >>> download_name('line 12";rm.png', "faults.png")
    'line_12_rm-faults.png'
    """
    stem = name.rpartition(".")[0] or name
    plain = re.sub(r"[^\w]+", "_", stem)[:60].strip("_")
    return f"{plain}-{tail}" if plain else tail


def find_kind(name: str, head: bytes) -> str:
    r"""Tell what a file is from its first bytes, and from its name where they say nothing.

    Returns
    -------
    str
        ``picture`` or ``survey``; its reader then says what is wrong with it.

    Examples
    --------
    >>> find_kind("a.sgy", b"\x89PNG"), find_kind("a.png", b"C 1 CLIENT")
    ('picture', 'survey')
    """
    end = name.rpartition(".")[2].lower()
    picture = head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    if picture or head[4:8] == b"ftyp" or b"<svg" in head[:4096].lower():
        return "picture"
    if end in SURVEY_ENDS or re.match(rb"(C ?1|\xc3(\x40|\xf0)?\xf1)", head):
        return "survey"
    return "picture" if end in PICTURE_ENDS else "neither"
