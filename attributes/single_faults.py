"""Single faults that `odfault faults` found before, for the External Attribute of the interpretation host."""

from __future__ import annotations

import sys
from pathlib import Path

above = Path(__file__).resolve().parents[1:3]  # of a checkout, or of an installed package
own = [str(folder) for folder in above if (folder / "odfault" / "__init__.py").is_file()]
sys.path[:0] = [folder for folder in own if folder not in sys.path]

from odfault.host import door, menu  # noqa: E402


def make_attribute(parameters: menu.Parameters, info: door.SeisInfo) -> door.Attribute:
    """Open what the interpreter chose; what is heavy is imported only now."""
    from odfault.host.numbered import make_single_faults

    return make_single_faults(parameters, info)


if __name__ == "__main__":
    raise SystemExit(door.serve(menu.make_faults_menu(), make_attribute))
