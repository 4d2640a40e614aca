"""What odfault wrote itself, and so may write anew; what others wrote is replaced only when told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError
from odfault.segy.headers import LINE_BYTES, TEXT_BYTES, free_line

_NOTE = re.compile(r"C[ 0-9][0-9] [ -~]*\bodfault[ -~]*")
"""A line of a SEG-Y file's text header that tells of us."""


def check_replaced(out: Path, *, replace: bool) -> None:
    """Refuse to take the place of a file that odfault did not write.

    Parameters
    ----------
    out : Path
        The output, which need not be there; an empty one is nobody's.
    replace : bool
        Whether it may be anybody's.

    Raises
    ------
    OdfaultError
        If it is another's.
    """
    if not replace and out.is_file() and not is_ours(out):
        raise OdfaultError(
            f"{out} is there already, and odfault did not write it", "choose another name, or give --replace"
        )


def is_ours(path: Path) -> bool:
    """Tell whether odfault wrote a file: it says so, or a run into it is under way.

    A SEG-Y file says so in a free line of its text header; of one that has none, the sidecar counts.
    """
    journal, sidecar = (path.with_name(path.name + tail) for tail in (".journal", ".json"))
    if path.stat().st_size == 0 or "settings" in _read(journal):
        return True
    if path.suffix == ".json":
        return "odfault" in _read(path)
    with path.open("rb") as file:
        text = file.read(TEXT_BYTES)
    codings = [text.decode(coding, "replace") for coding in ("ascii", "cp037")]
    both = [[all_of[at : at + LINE_BYTES] for at in range(0, TEXT_BYTES, LINE_BYTES)] for all_of in codings]
    if any(_NOTE.fullmatch(line) for lines in both for line in lines):
        return True
    return all(free_line(lines) is None for lines in both) and "odfault" in _read(sidecar)


def _read(path: Path) -> dict[str, Any]:
    """Read the object in a JSON file's first line or in all of it; nothing where there is none."""
    try:
        text = path.read_text("utf-8")
        table = json.loads(text.partition("\n")[0] if path.suffix == ".journal" else text)
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}
