"""The benchmark of the door to the interpretation host: a small host, and what it measures."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from odfault.bench import write_volume
from odfault.host.asking import Host, Life, Spot
from odfault.host.launchers import ask_menu, attributes_folder
from odfault.host.menu import FILE
from odfault.segy.survey import SegySurvey
from odfault.tiling import Shape

LIVES = ("file named", "  its echo", "windows", "  their echo")
"""How the four lives of a script are told."""
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
        lives = (self.named, self.echo_named, self.windows, self.echo_windows)
        return "\n".join(
            (
                f"survey {self.shape}, step-out {self.step_out}; seconds with the start of each process",
                *(tell_life(name, life) for name, life in zip(LIVES, lives, strict=True)),
                f"{'odfault run':14}{self.run_s:8.2f}",
                f"{'one by one':14}{self.one_by_one_s:8.0f}  (from {SINGLE} windows)",
                f"file named / (echo + run)   {named:7.2f}",
                f"windows / (echo + run)      {windows:7.2f}",
                f"one by one / windows        {single:7.1f}",
            )
        )


def tell_life(name: str, life: Life) -> str:
    """Tell a life in a line."""
    peak = f", {life.peak_gb:.2f} GB" if life.peak_gb else ""
    return (
        f"{name:14}{life.total_s:8.2f}  first reply {life.first_s:.2f}, slowest after it "
        f"{life.slowest_s:.2f}, {life.traces / life.total_s:.0f} traces/s{peak}"
    )


def bench_host(
    shape: Shape, *, step_out: Spot | None = None, told: Callable[[str], None] = lambda line: None
) -> HostFigures:
    """Measure the answers to a host that asks for a whole survey, inline by inline.

    Parameters
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the survey made for it.
    step_out : tuple of int, optional
        The menu's own when left out.
    told : callable
        Called with a line after each part, of which the longest takes minutes.
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
        menu = json.loads(ask_menu(script))
        margin = int(menu["ZSampMargin"]["Value"][1])
        step_out = step_out or (int(menu["StepOut"]["Value"][0]), int(menu["StepOut"]["Value"][1]))
        host = Host(volume, margin)
        by_file = {FILE: {"Value": str(folder / "volume.sgy")}}
        everywhere = list(np.ndindex(shape[:2]))
        few = [everywhere[k] for k in np.linspace(0, len(everywhere) - 1, SINGLE).astype(int)]
        time_run(folder)
        run_s = min(time_run(folder), time_run(folder))
        told(f"{'odfault run':14}{run_s:8.2f}")
        single = host.ask_all(scripts["one"], {}, step_out=step_out, places=few)
        told(tell_life(f"{SINGLE} windows", single))
        asked: list[tuple[Path, dict[str, Any], Spot]] = [
            (script, by_file, (0, 0)), (scripts["echo"], {}, (0, 0)),
            (script, {}, step_out), (scripts["echo"], {}, step_out),
        ]  # fmt: skip
        lives = []
        for name, (path, words, wide) in zip(LIVES, asked, strict=True):
            lives.append(host.ask_all(path, words, step_out=wide, places=everywhere))
            told(tell_life(name, lives[-1]))
        named, echo_named, windows, echo_windows = lives
        each = (single.total_s - single.first_s) / (SINGLE - 1)
        return HostFigures(
            shape=shape,
            step_out=step_out,
            run_s=run_s,
            named=named,
            echo_named=echo_named,
            windows=windows,
            echo_windows=echo_windows,
            one_by_one_s=single.first_s + each * (len(everywhere) - 1),
        )


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
