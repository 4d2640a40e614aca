"""The benchmark of the door to the interpretation host: a small host, and what it measures."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np

from odfault.bench import write_volume
from odfault.host.asking import Host, Life, Spot
from odfault.host.launchers import attributes_folder
from odfault.host.menu import FILE
from odfault.segy.survey import SegySurvey
from odfault.tiling import Shape

SINGLE = 12
"""Windows that the script which calls the network for each of them is asked."""
HEAD = "import sys; sys.path.insert(0, {root!r}); from odfault.host import door, menu\n"
ECHO = (
    HEAD
    + """
def make(parameters, info):
    return lambda window, trace: window[0, info.inlines // 2, info.crosslines // 2][None].repeat(2, axis=0)
raise SystemExit(door.serve({{}}, make))
"""
)
ONE_BY_ONE = (
    HEAD
    + """
def make(parameters, info):
    from odfault.model import load_network
    from odfault.host.window import FaultProbability
    network = load_network()
    return FaultProbability(network, network.card, "3-D", menu.read_margins(parameters))
raise SystemExit(door.serve({{}}, make))
"""
)


@dataclasses.dataclass(frozen=True)
class HostFigures:
    """What was measured; all times with the start of the process.

    Attributes
    ----------
    run_s : float
        Of ``odfault run`` on the same survey.
    named, windows : Life
        With the file named and no step-out, and by the windows alone.
    echo_named, echo_windows : Life
        Of scripts that send the centre trace back, with the same step-outs.
    one_by_one_s : float
        What a network call for every window would take, from a few of them.
    """

    shape: Shape
    step_out: Spot
    run_s: float
    named: Life
    echo_named: Life
    windows: Life
    echo_windows: Life
    one_by_one_s: float

    @property
    def ratios(self) -> tuple[float, float, float]:
        """Named file and windows, each against its echo and ``odfault run``; one by one against windows."""
        return (
            self.named.total_s / (self.echo_named.total_s + self.run_s),
            self.windows.total_s / (self.echo_windows.total_s + self.run_s),
            self.one_by_one_s / self.windows.total_s,
        )

    def json(self) -> str:
        """All figures as JSON."""
        return json.dumps({**dataclasses.asdict(self), "ratios": self.ratios}, indent=1) + "\n"

    def table(self) -> str:
        """All figures as text."""
        named, windows, single = self.ratios
        lines = [f"survey {self.shape}, step-out {self.step_out}; seconds with the start of each process"]
        lives = (
            ("file named", self.named), ("  echo", self.echo_named),
            ("windows", self.windows), ("  echo", self.echo_windows),
        )  # fmt: skip
        for name, life in lives:
            peak = f", {life.peak_gb:.2f} GB" if life.peak_gb else ""
            lines.append(
                f"{name:12}{life.total_s:9.2f}  first reply {life.first_s:.2f}, slowest after it "
                f"{life.slowest_s:.2f}, {life.traces / life.total_s:.0f} traces/s{peak}"
            )
        lines += [
            f"{'odfault run':12}{self.run_s:9.2f}",
            f"{'one by one':12}{self.one_by_one_s:9.0f}  (from {SINGLE} windows)",
            f"file named / (echo + run)   {named:7.2f}",
            f"windows / (echo + run)      {windows:7.2f}",
            f"one by one / windows        {single:7.1f}",
        ]
        return "\n".join(lines)


def bench_host(shape: Shape, *, step_out: Spot | None = None) -> HostFigures:
    """Measure the answers to a host that asks for a whole survey, inline by inline.

    Parameters
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the survey made for it.
    step_out : tuple of int, optional
        The menu's own when left out.
    """
    script = attributes_folder() / "fault_probability.py"
    with tempfile.TemporaryDirectory(prefix="odfault-bench-") as name:
        folder = Path(name)
        write_volume(folder / "volume.sgy", shape)
        with SegySurvey.open(folder / "volume.sgy") as survey:
            volume = survey.read(slice(0, shape[0]), slice(0, shape[1]))
        scripts = {word: folder / f"{word}.py" for word in ("echo", "one")}
        root = str(Path(__file__).resolve().parents[2])
        for path, text in zip(scripts.values(), (ECHO, ONE_BY_ONE), strict=True):
            path.write_text(text.format(root=root), "utf-8")
        menu = ask_menu(script)
        margin = int(menu["ZSampMargin"]["Value"][1])
        step_out = step_out or (int(menu["StepOut"]["Value"][0]), int(menu["StepOut"]["Value"][1]))
        host = Host(volume, margin)
        named = {FILE: {"Value": str(folder / "volume.sgy")}}
        everywhere = list(np.ndindex(shape[:2]))
        few = [everywhere[k] for k in np.linspace(0, len(everywhere) - 1, SINGLE).astype(int)]
        run_s = time_run(folder)
        time_run(folder)
        single = host.ask_all(scripts["one"], {}, step_out=step_out, places=few)
        each = (single.total_s - single.first_s) / (SINGLE - 1)
        return HostFigures(
            shape=shape,
            step_out=step_out,
            run_s=min(run_s, time_run(folder)),
            named=host.ask_all(script, named, step_out=(0, 0), places=everywhere),
            echo_named=host.ask_all(scripts["echo"], {}, step_out=(0, 0), places=everywhere),
            windows=host.ask_all(script, {}, step_out=step_out, places=everywhere),
            echo_windows=host.ask_all(scripts["echo"], {}, step_out=step_out, places=everywhere),
            one_by_one_s=single.first_s + each * (len(everywhere) - 1),
        )


def ask_menu(script: Path) -> dict[str, Any]:
    """Ask a script for its menu."""
    done = subprocess.run([sys.executable, str(script), "-g"], capture_output=True, check=True)
    menu: dict[str, Any] = json.loads(urllib.parse.unquote(done.stdout.decode("ascii")))
    return menu


def time_run(folder: Path) -> float:
    """Time ``odfault run``, the whole process."""
    words = [
        "run",
        str(folder / "volume.sgy"),
        str(folder / "faults.sgy"),
        "--model",
        "fault3d",
        "--progress",
        "none",
    ]
    code = "import sys; from odfault.cli import main; sys.exit(main(sys.argv[1:]))"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
