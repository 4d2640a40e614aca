"""Find single faults with all that sees some: two networks, one at two scales, the other along both lines.

    python examples/05_single_faults.py survey.sgy folder

Without a survey, a volume, it takes the demo's. The folder keeps the four probabilities, so that the networks
need not be asked again for other words of `odfault faults`.
"""

import sys
import tempfile
from pathlib import Path

import odfault
from odfault.demo import EXAMPLE

VIEWS = {
    "volume": {"model": "fault3d"},
    "coarse": {"model": "fault3d", "scale": 0.75},
    "along": {"model": "fault2d"},
    "across": {"model": "fault2d", "direction": "crossline"},
}


def find(survey: Path, folder: Path) -> None:
    """Ask the networks, find the faults of the largest answer, and tell how they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    first, *also = (folder / f"{name}.sgy" for name in VIEWS)
    for path, words in zip((first, *also), VIEWS.values(), strict=True):
        if not path.exists():
            odfault.run(survey, path, **words)
    report = odfault.faults(first, folder / "found", also=also, seismic=survey, velocity=2500, replace=True)
    for fault in report.faults:
        known = fault.strike_deg is not None and fault.dip_deg is not None  # where traces have coordinates
        lies = f", strike {fault.strike_deg:.0f}, dip {fault.dip_deg:.0f}" if known else ""
        print(f"{fault.number}: {fault.samples} samples, confidence {fault.confidence:.2f}{lies}")
    print(*sorted(path.name for path in report.out.iterdir()))


if len(sys.argv) == 3:
    find(Path(sys.argv[1]), Path(sys.argv[2]))
else:
    with tempfile.TemporaryDirectory() as temporary:
        find(EXAMPLE / "demo.sgy", Path(temporary))
