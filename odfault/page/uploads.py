"""Uploads: bytes of strangers into a file of ours, counted, and not more than the disk has."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from urllib.parse import unquote

from odfault.page.names import find_kind, shown_name
from odfault.page.refusals import PageError
from odfault.page.store import Item

MOST_PICTURE = 200_000_000
MOST_SURVEY = 16_000_000_000
SPARE = 1_000_000_000
"""Bytes that an upload leaves free on the disk."""
HEAD = 4096
"""First bytes, by which the kind is told."""


def read_name(header: str) -> str:
    """Give the name that a browser sent, fit to be shown."""
    return shown_name(unquote(header, errors="replace"))


async def take(item: Item, parts: AsyncIterator[bytes]) -> None:
    """Write an upload into its item's folder and tell its kind.

    Raises
    ------
    PageError
        If it is empty, too large, of no kind that we read, or was given up.
    """
    head, size, most = b"", 0, MOST_SURVEY
    with item.source.open("wb") as file:
        async for part in parts:
            size += len(part)
            if len(head) < HEAD:
                head += part[:HEAD]
                most = MOST_PICTURE if find_kind(item.name, head) == "picture" else MOST_SURVEY
            if size > most:
                raise PageError(
                    "large", f"{item.name} has more than {most / 1e6:.0f} MB", "give a smaller file, or run "
                    "odfault on it", status=413, name=item.name, megabytes=f"{most / 1e6:.0f}",
                )  # fmt: skip
            if shutil.disk_usage(item.folder).free - len(part) < SPARE:
                raise PageError("disk", "the disk is full", "make room", status=507)
            file.write(part)
    settle(item, head, size)


def settle(item: Item, head: bytes, size: int) -> None:
    """Tell the kind of a file that is whole.

    Raises
    ------
    PageError
        If it is empty, or neither a picture nor a survey.
    """
    if not size:
        raise PageError("empty", f"{item.name} is empty", "save it again", name=item.name)
    item.kind = find_kind(item.name, head)
    if item.kind == "neither":
        raise PageError(
            "neither", f"{item.name} is neither a picture nor SEG-Y",
            "give a PNG, JPEG, TIFF, BMP, WebP, PDF or SEG-Y file", name=item.name,
        )  # fmt: skip
    sheets = head.startswith((b"II*\0", b"MM\0*")) or b"%PDF-" in head[:1024]
    item.facts |= {"name": item.name, "kind": item.kind, "bytes": size, "sheets": sheets}
