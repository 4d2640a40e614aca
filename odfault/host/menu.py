"""The menu of the interpretation host: what it offers, and what came back from it; reads the cards alone."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any

from odfault.card import GRID, HALF_WINDOW, models_folder

Parameters = dict[str, Any]
MODELS = {"3-D": "fault3d", "2-D inline": "fault2d", "2-D crossline": "fault2d"}
"""What the interpreter chooses, and the shipped network behind it."""
CLEANERS = {"2-D inline": "denoise2d", "2-D crossline": "denoise2d"}
"""The same for the script that takes noise away."""
FILE, LOWEST = "SEG-Y file", "Lowest probability"
"""Names of two parameters; saved attribute sets know them by these."""
FAULTS = "Single faults"
"""Name of the parameter for the survey of numbers that ``odfault faults`` wrote."""
NO_CARD_HALO = 48
"""Step-out to ask for where no card says what is needed."""
COARSEST = 4
"""Grid of a lens against the network's, at most; that for volumes is shipped without one."""
AHEAD = 2
"""Lines of the default step-out beyond the halo: so many are answered at a time."""
HELP = "https://waynegm.github.io/WMPlugin-Docs/docs/plugins/externalattrib"


@dataclasses.dataclass(frozen=True)
class Choice:
    """What the interpreter chose.

    Attributes
    ----------
    model : str
        One of ``MODELS``, or what else stood there.
    file : str
        Path of the SEG-Y file behind the input; empty when none was named.
    lowest : float
        Probabilities below it are answered as 0.
    margins : tuple of int
        Samples of every window above and below the wanted ones.
    faults : str
        Path of the survey of numbers that ``odfault faults`` wrote; empty when none was named.
    """

    model: str
    file: str
    lowest: float
    margins: tuple[int, int]
    faults: str = ""


def make_menu(model: str = "3-D") -> Parameters:
    """Make the menu as the host reads it: plain ASCII words, bools where it expects bools.

    The step-out may be set to nothing, since a named file makes it unnecessary.

    Parameters
    ----------
    model : str
        One of ``MODELS``: what is offered first, with the step-out that suits it.
    """
    menu = _make(model, MODELS, ["Fault probability", "Thinned", "Fault number"])
    lowest, faults = {"Type": "Number", "Value": 0.0}, {"Type": "File", "Mode": "FileIn", "Value": ""}
    return {**menu, LOWEST: lowest, FAULTS: faults, "Parallel": False, "Help": HELP}


def make_faults_menu() -> Parameters:
    """Make the menu of the script that tells single faults: it needs no neighbours, and no network."""
    return {
        "Inputs": ["Seismic"],
        "Output": ["Fault number", "Confidence", "Strike", "Dip"],
        "ZSampMargin": {"Value": [0, 0], "Symmetric": True, "Hidden": True},
        "StepOut": {"Value": [0, 0], "Hidden": True},
        FAULTS: {"Type": "File", "Mode": "FileIn", "Value": ""},
        "Parallel": False,
        "Help": HELP,
    }


def make_cleaning_menu(model: str = "2-D inline") -> Parameters:
    """Make the menu of the script that takes noise away: one of ``CLEANERS`` is offered first."""
    return {**_make(model, CLEANERS, ["Denoised", "Noise"]), "Parallel": False, "Help": HELP}


def _make(model: str, models: dict[str, str], outputs: list[str]) -> Parameters:
    step, margin = ask_halo(models[model]) + AHEAD, ask_margin(model, models)
    step_out = {"3-D": [step, step], "2-D inline": [0, step], "2-D crossline": [step, 0]}[model]
    return {
        "Inputs": ["Seismic"],
        "Output": outputs,
        "ZSampMargin": {
            "Value": [-margin, margin],
            "Minimum": [-margin, margin],
            "Symmetric": True,
            "Hidden": False,
        },
        "StepOut": {"Value": step_out, "Minimum": [0, 0], "Hidden": False},
        "Model": {"Type": "Select", "Options": list(models), "Value": model},
        FILE: {"Type": "File", "Mode": "FileIn", "Value": ""},
    }


def read_choice(parameters: Parameters) -> Choice:
    """Read what the host sent with ``-c``; what is missing or senseless is the menu's own."""
    file, faults = _value(parameters, FILE, ""), _value(parameters, FAULTS, "")
    lowest = _value(parameters, LOWEST, 0.0)
    return Choice(
        model=str(_value(parameters, "Model", "3-D")),
        file=_whole_path(file) if isinstance(file, str) else "",
        lowest=float(lowest) if isinstance(lowest, int | float) else 0.0,
        margins=read_margins(parameters),
        faults=_whole_path(faults) if isinstance(faults, str) else "",
    )


def read_margins(parameters: Parameters) -> tuple[int, int]:
    """Read how many samples of every window lie above and below the wanted ones."""
    try:
        start, end = parameters["ZSampMargin"]["Value"]
        return -int(start), int(end)
    except (KeyError, TypeError, ValueError):
        return 0, 0


def ask_halo(name: str) -> int:
    """Step-out that a shipped network needs; its card alone is read, not its weights."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return int(json.loads((models_folder() / f"{name}.json").read_text("utf-8"))["halo"])
    return NO_CARD_HALO


def ask_margin(model: str, models: dict[str, str] = MODELS) -> int:
    """Z margin that a model needs, as far as its card alone tells."""
    return find_margin(ask_halo(models[model]), GRID if model == "3-D" else COARSEST * GRID)


def find_margin(halo: int, grid: int) -> int:
    """Z margin of a halo: where that starts on the grid, and what scaling looks at beyond."""
    return -(-halo // grid) * grid + grid - 1 + HALF_WINDOW


def _value(parameters: Parameters, name: str, default: Any) -> Any:
    try:
        return parameters[name]["Value"]
    except (KeyError, TypeError):
        return default


def _whole_path(path: str) -> str:
    """Halve the backslashes that the host doubled."""
    return path.strip().replace("\\\\", "\\")
