"""The scripts that an interpretation host lists: where they are, whether they start, copies of them."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

from odfault.card import shipped_folder
from odfault.errors import OdfaultError

LONGEST_S = 60
"""Time that a script may take for its menu on a busy machine."""
LAUNCHER = '''"""Starts {name} of odfault, for the External Attribute of the interpretation host."""

import runpy

runpy.run_path({script!r}, run_name="__main__")
'''


def attributes_folder() -> Path:
    """Find the folder of the scripts."""
    return shipped_folder("attributes").resolve()


def list_scripts(folder: Path) -> list[Path]:
    """List the scripts of a folder."""
    return sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))


def bare_environment() -> dict[str, str]:
    """Give the environment that the host gives a script: hardly any; on Windows its own."""
    if os.name == "nt":
        return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {"IFS": " \t\n", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}


def ask_menu(script: Path, interpreter: str = sys.executable) -> str:
    """Ask a script for its menu as the host does: JSON.

    Parameters
    ----------
    script : Path
        The script.
    interpreter : str
        Path of the Python that is set in the host.

    Raises
    ------
    OdfaultError
        If it does not start, or says anything but its menu.
    """
    try:
        done = subprocess.run(
            [interpreter, str(script), "-g"], capture_output=True, env=bare_environment(), timeout=LONGEST_S,
            stdin=subprocess.DEVNULL, cwd=Path(interpreter).anchor or "/", check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OdfaultError(
            f"{interpreter} cannot start {script} ({error})", "choose another Python"
        ) from error
    told = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode or told:
        why = told[-1] if told else f"exit code {done.returncode}"
        raise OdfaultError(
            f"{interpreter} cannot start {script}: {why}", f"run {interpreter} -m pip install odfault"
        )
    menu = urllib.parse.unquote(done.stdout.decode("ascii", "replace"))
    if not (menu.startswith("{") and '"Inputs"' in menu and menu.endswith("}")):
        raise OdfaultError(f"{script} printed {menu[:60]!r} for a menu", "install odfault again")
    return menu


def copy_launchers(folder: Path) -> list[Path]:
    """Write into a folder of the host's short scripts that start ours.

    Parameters
    ----------
    folder : Path
        Where the user keeps scripts for the host; it must be there.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    OdfaultError
        If the folder is not there, or holds another script of that name.
    """
    if not folder.is_dir():
        raise OdfaultError(f"no folder {folder}", "make it, or name the one where your scripts are")
    written = []
    for script in list_scripts(attributes_folder()):
        path = folder / f"odfault_{script.name}"
        text = LAUNCHER.format(name=script.stem, script=str(script))
        if path.exists() and "of odfault" not in path.read_text("utf-8", "replace").split("\n")[0]:
            raise OdfaultError(f"{path} is there and is not ours", "move it away")
        try:
            path.write_text(text, "utf-8")
        except OSError as error:
            raise OdfaultError(f"{path} cannot be written ({error})", "name a folder that you own") from error
        written.append(path)
    return written
