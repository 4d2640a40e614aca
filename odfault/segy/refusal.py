"""Why a file cannot be read as SEG-Y, or not be written: one line each, with the mend."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Sequence
from pathlib import Path

from odfault.errors import OdfaultError
from odfault.segy.evidence import Guess
from odfault.segy.headers import HEADER_BYTES, UNREADABLE_FORMATS, word

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".pdf")
"""Ends of the names of pictures, which another command reads."""


def size_of(path: Path) -> int:
    """Measure a file that may be SEG-Y, in bytes; refuse what cannot be one."""
    if not path.exists():
        raise OdfaultError(f"{path} does not exist", "check the name and the folder")
    if (path / "zarr.json").is_file():
        raise OdfaultError(f"{path} is a chunked store", "make a SEG-Y file of it with odfault convert")
    if path.is_dir():
        raise OdfaultError(f"{path} is a folder", "name the SEG-Y file in it")
    if not path.is_file():
        raise OdfaultError(f"{path} is not an ordinary file", "save the data to a file, or pipe it in with -")
    size = path.stat().st_size
    if size == 0:
        raise OdfaultError(f"{path} is empty", "copy or export it again")
    if size < HEADER_BYTES:
        raise OdfaultError(
            f"{path} is not a SEG-Y file, it has {size} bytes and the headers alone take {HEADER_BYTES}",
            _mend(path, "copy or export it again"),
        )
    return size


def _mend(path: Path, mend: str) -> str:
    """Lead who has named a picture to the command that reads one."""
    picture = path.suffix.lower() in PICTURES
    return "faults in pictures are found by odfault picture, or on the page" if picture else mend


def unreadable(path: Path, error: OSError) -> OdfaultError:
    """Say that the system will not give the file."""
    return OdfaultError(
        f"{path} cannot be read ({error.strerror or error})", "check its permissions and the disk"
    )


def refusal(path: Path, head: bytes, guesses: Sequence[Guess], best: Guess | None) -> OdfaultError:
    """Say why no layout holds, and what to do."""
    code, samples = (word(head, at, "H", big_endian=True) for at in (3225, 3221))
    if code in UNREADABLE_FORMATS and samples:
        return OdfaultError(
            f"{path} has samples of format {code}, which cannot be read",
            "export it as format 1 (IBM) or 5 (IEEE)",
        )
    known = [guess for guess in guesses if guess.sample_format]
    if not known or best is None:
        mend = _mend(path, "export it as SEG-Y, or convert it first")
        return OdfaultError(f"{path} is not a SEG-Y file", mend)
    if not any(guess.n_samples for guess in known):
        return OdfaultError(
            f"{path} says that a trace has zero samples", "give the true number with --samples"
        )
    if len(head) <= HEADER_BYTES or not any(guess.data_bytes > 0 for guess in known):
        return OdfaultError(f"{path} holds no traces, only headers", "export it again with its traces")
    if not any(guess.n_traces for guess in known):
        return OdfaultError(f"{path} ends in the middle of its first trace", "copy or export it again")
    return OdfaultError(
        f"{path} says {best.n_samples} samples a trace, and its length and trace headers do not fit that",
        "give the true number with --samples",
    )


def check_room(path: Path, needed: int) -> None:
    """Fail early where the disk has too little room, counting what an older file of that name gives back."""
    free = shutil.disk_usage(path.parent).free + (path.stat().st_size if path.exists() else 0)
    if needed > free:
        raise OSError(errno.ENOSPC, f"{needed} bytes needed, {free} free")


def disk_error(path: Path, error: Exception) -> OdfaultError:
    """Say in one line why a file cannot be written."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return OdfaultError(f"the disk of {path} is full ({error})", "make room, or write to another disk")
    if number == errno.ENOENT:
        return OdfaultError(f"the folder of {path} does not exist", "make it, or choose another")
    return OdfaultError(f"{path} cannot be written ({error})", "check its permissions and the disk")
