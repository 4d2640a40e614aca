"""Fault probability and thinned faults, for the External Attribute of the interpretation host."""

from __future__ import annotations

import sys
from pathlib import Path

try:
    from odfault import host
except ModuleNotFoundError:  # a checkout, or a wheel unpacked beside the interpreter's own packages
    above = Path(__file__).resolve().parents
    sys.path[:0] = [str(folder) for folder in above[1:3] if (folder / "odfault" / "__init__.py").is_file()]
    from odfault import host

HALO, MARGIN = host.ask_menu_halo(), host.ask_menu_margin()
MENU = {
    "Inputs": ["Seismic"],
    "Output": ["Fault probability", "Thinned"],
    "ZSampMargin": {
        "Value": [-MARGIN, MARGIN],
        "Minimum": [-MARGIN, MARGIN],
        "Symmetric": True,
        "Hidden": False,
    },
    "StepOut": {"Value": [HALO, HALO], "Minimum": [HALO, HALO], "Hidden": False},
    "Model": {"Type": "Select", "Options": list(host.MODELS), "Value": "3-D"},
    "Parallel": False,
    "Help": "https://waynegm.github.io/WMPlugin-Docs/docs/plugins/externalattrib",
}

if __name__ == "__main__":
    raise SystemExit(host.serve(MENU, host.make_fault_probability))
