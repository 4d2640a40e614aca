"""Part a fault probability into single faults, as `odfault faults` does, and tell how they lie."""

import tempfile
from pathlib import Path

import odfault
from odfault.demo import EXAMPLE

with tempfile.TemporaryDirectory() as folder:
    probability = Path(folder) / "faults.sgy"
    odfault.run(EXAMPLE / "demo.sgy", probability)
    report = odfault.faults(probability, Path(folder) / "found", velocity=2500)
    for fault in report.faults:
        print(
            f"{fault.number}: {fault.area_m2:.0f} m2, strike {fault.strike_deg:.0f}, dip {fault.dip_deg:.0f}"
        )
    print(*sorted(path.name for path in report.out.iterdir()))
