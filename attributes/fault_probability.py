"""Fault probability and thinned faults, for the External Attribute of the interpretation host."""

from __future__ import annotations

import sys
from pathlib import Path

try:
    from odfault import host, menu
except ModuleNotFoundError:  # a checkout, or a wheel unpacked beside the interpreter's own packages
    above = Path(__file__).resolve().parents
    sys.path[:0] = [str(folder) for folder in above[1:3] if (folder / "odfault" / "__init__.py").is_file()]
    from odfault import host, menu


def make_attribute(parameters: menu.Parameters, info: host.SeisInfo) -> host.Attribute:
    """Open what the interpreter chose; what is heavy is imported only now."""
    from odfault.attribute import make_fault_probability

    return make_fault_probability(parameters, info)


if __name__ == "__main__":
    raise SystemExit(host.serve(menu.make_menu(), make_attribute))
