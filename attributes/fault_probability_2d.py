"""Fault probability of sections, for the External Attribute of the interpretation host.

``fault_probability`` again, with the model and the step-out for sections along inlines offered first.
"""

import runpy
from pathlib import Path

answer = runpy.run_path(str(Path(__file__).with_name("fault_probability.py")))["answer"]

if __name__ == "__main__":
    raise SystemExit(answer("2-D inline"))
