"""Find single faults with all that sees some: two networks, one at two scales, the other along both lines.

    python examples/05_single_faults.py survey.sgy folder

Without a survey, a volume, it takes the demo's. The folder keeps the probabilities, for `odfault faults`.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import odfault
from odfault.demo import EXAMPLE

VIEWS: dict[str, dict[str, Any]] = {
    "volume": {"model": "fault3d"},
    "coarse": {"model": "fault3d", "scale": 0.75},
    "along": {"model": "fault2d"},
    "across": {"model": "fault2d", "direction": "crossline"},
}


def find(survey: Path, folder: Path, **words: Any) -> None:
    """Ask the networks, find the faults of the largest answer, and tell how they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    first, *also = (folder / f"{name}.sgy" for name in VIEWS)
    for path, view in zip((first, *also), VIEWS.values(), strict=True):
        odfault.run(survey, path, **view)
    report = odfault.faults(first, folder / "found", also=also, seismic=survey, replace=True, **words)
    for fault in report.faults:
        strike = "" if fault.strike_deg is None else f", strike {fault.strike_deg:.0f}"
        dip = "" if fault.dip_deg is None else f", dip {fault.dip_deg:.0f}"
        print(f"{fault.number}: {fault.samples} samples, confidence {fault.confidence:.2f}{strike}{dip}")
    print(*sorted(path.name for path in report.out.iterdir()))


if len(sys.argv) == 3:
    find(Path(sys.argv[1]), Path(sys.argv[2]))
else:
    with tempfile.TemporaryDirectory() as temporary:
        find(EXAMPLE / "demo.sgy", Path(temporary), velocity=2500)
