"""May a file be written there? Asked before the work begins."""

from __future__ import annotations

import os
from pathlib import Path

from odfault.errors import OdfaultError


def check_place(out_path: str | Path) -> None:
    """Refuse an output that cannot be written.

    Parameters
    ----------
    out_path : str or Path
        The file, which need not be there.

    Raises
    ------
    OdfaultError
        It is a folder, or its folder is missing or closed.
    """
    target = Path(out_path)
    if target.is_dir():
        raise OdfaultError(f"{target} is a folder", "name a file in it")
    check_parent(target)


def check_parent(target: Path) -> None:
    """Refuse what cannot be written because its folder is missing or closed."""
    folder = target.resolve().parent
    if not folder.is_dir():
        raise OdfaultError(f"the folder {folder} does not exist", "make it, or choose another")
    if not os.access(folder, os.W_OK):
        raise OdfaultError(
            f"the folder {folder} cannot be written to", "change its permissions, or choose another"
        )


def check_output(in_path: str | Path, out_path: str | Path) -> None:
    """Refuse an output that would harm the input or that cannot be written.

    Parameters
    ----------
    in_path, out_path : str or Path
        The two files; the second need not be there.

    Raises
    ------
    OdfaultError
        Both are one file (links included), or see `check_place`.
    """
    check_place(out_path)
    if is_same(Path(in_path), Path(out_path)):
        raise OdfaultError(f"{out_path} is the input itself", "choose another name for the output")


def is_same(one: Path, two: Path) -> bool:
    """Tell whether two paths are those of one file, which need not be there; links included."""
    both = one.exists() and two.exists()
    return (both and one.samefile(two)) or one.resolve() == two.resolve()
