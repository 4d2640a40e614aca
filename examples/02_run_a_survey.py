"""Run a SEG-Y survey into a fault SEG-Y, as `odfault run` does, and look at what was said."""

import tempfile
from pathlib import Path

import odfault
from odfault.demo import EXAMPLE

with tempfile.TemporaryDirectory() as folder:
    report = odfault.run(EXAMPLE / "demo.sgy", Path(folder) / "faults.sgy", inlines=(120, 139))
    print(f"{report.live} traces of {report.shape} by {report.model} in {report.precision}")
    for remark in report.remarks:
        print(remark)
