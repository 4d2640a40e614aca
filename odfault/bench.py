"""The benchmark: the whole job from SEG-Y to SEG-Y against the bare network."""

from __future__ import annotations

import dataclasses
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from odfault import tiling
from odfault.errors import OdfaultError
from odfault.tiling import Shape

SIDES = (64, 96, 128, 160)
"""Cubes tried as the bare network's tile, beside the job's own tile."""
NOISE = 0.01
"""In the survey that is measured on, against its signal."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """What the benchmark found.

    Attributes
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the volume.
    job_samples_per_s, network_samples_per_s, ratio : float
        Medians over the repeats: of the job from opening the SEG-Y to the renamed output, the network loaded;
        of the network alone on its best tile; of the first over the second, pair by pair.
    peak_gb : float, optional
        Largest resident size of the process, where the system tells.
    start_s : float
        From importing the engine to a loaded network that has answered once.
    """

    model: str
    precision: str
    engine: str
    shape: Shape
    tiles: int
    best_tile: Shape
    job_samples_per_s: float
    network_samples_per_s: float
    ratio: float
    ratios: list[float]
    peak_gb: float | None
    start_s: float
    repeats: int

    def json(self) -> str:
        """All figures as JSON."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    def table(self) -> str:
        """All figures as text."""
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        million = "million samples/s"
        peak = f"{self.peak_gb:.2f} GB" if self.peak_gb is not None else "not told by this system"
        return "\n".join(
            (
                f"{self.model} in {self.precision} by {self.engine}, "
                f"volume {self.shape}, {self.repeats} repeats",
                f"whole job      {self.job_samples_per_s / 1e6:8.2f} {million}  ({self.tiles} tiles)",
                f"bare network   {self.network_samples_per_s / 1e6:8.2f} {million}  (tile {self.best_tile})",
                f"ratio          {self.ratio:8.2f}  ({spread})",
                f"peak memory    {peak}",
                f"start          {self.start_s:8.2f} s  (not in the above)",
            )
        )


def bench(
    shape: Shape, *, model: str, precision: str, memory_gb: float, repeat: int, engine: str = "auto"
) -> Figures:
    """Measure in a process of its own, so that its peak memory is the job's.

    Parameters
    ----------
    shape : tuple of int
        Inlines, crosslines, samples of the volume made for it.
    model, precision, memory_gb, engine
        As for ``odfault run``.
    repeat : int
        Times that the pair, bare network and whole job, is measured.
    """
    if min(shape) < 1 or repeat < 1:
        raise OdfaultError(f"a volume of {shape}, {repeat} times", "give positive numbers")
    words = {"shape": shape, "model": model, "memory_gb": memory_gb, "repeat": repeat}
    words |= {"precision": precision, "engine": engine}
    with tempfile.TemporaryDirectory(prefix="odfault-bench-") as folder:
        needed = 2.2 * 4 * float(np.prod(shape))
        if shutil.disk_usage(folder).free < needed:
            raise OdfaultError(
                f"less than {needed / 1e9:.1f} GB free in {folder}", "set TMPDIR to a larger disk"
            )
        write_volume(Path(folder) / "volume.sgy", shape)
        command = [sys.executable, "-m", "odfault.bench", folder, json.dumps(words)]
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if answer.returncode:
        raise OdfaultError("the benchmark's process failed", "see above")
    figures = json.loads(answer.stdout.splitlines()[-1])
    if "problem" in figures:
        raise OdfaultError(**figures)
    for name in ("shape", "best_tile"):
        figures[name] = tuple(figures[name])
    return Figures(**figures)


def write_volume(path: Path, shape: Shape) -> None:
    """Write a survey of any size: the demo's, mirrored again and again; noise makes no two traces alike."""
    from odfault.demo import EXAMPLE
    from odfault.segy.survey import SegySurvey

    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        cube = survey.read(slice(0, survey.shape[0]), slice(0, survey.shape[1]))
    head = bytearray((EXAMPLE / "demo.sgy").read_bytes()[:3600])
    head[3220:3222] = shape[2].to_bytes(2, "big")
    fields: Any = [("", "V114"), ("samples_n", ">u2"), ("", "V72"), ("inline", ">i4"), ("crossline", ">i4")]
    traces: Any = np.zeros(shape[1], np.dtype([*fields, ("", "V44"), ("samples", ">f4", shape[2])]))
    ways = [
        np.pad(np.arange(n), (0, max(0, m - n)), "symmetric")[:m]
        for n, m in zip(cube.shape, shape, strict=True)
    ]
    traces["samples_n"], traces["crossline"] = shape[2], 2000 + np.arange(shape[1])
    rng, loud = np.random.default_rng(1), NOISE * cube.std()
    with path.open("wb") as file:
        file.write(head)
        for number, row in enumerate(ways[0]):
            noise = loud * rng.standard_normal(shape[1:], np.float32)
            traces["inline"], traces["samples"] = 1000 + number, cube[row][ways[1]][:, ways[2]] + noise
            traces.tofile(file)


def _measure(folder: Path, words: dict[str, Any]) -> Figures:
    """Measure, in the process made for it."""
    from odfault.engine import open_network
    from odfault.inference import most_samples, window_shape

    began = time.perf_counter()
    model, memory_gb = words["model"], words["memory_gb"]
    network = open_network(model, precision=words["precision"], engine=words["engine"])
    network(np.zeros((1, 32, 32, 32), np.float32))
    start_s = time.perf_counter() - began
    shape: Shape = tuple(words["shape"])
    card = network.card
    boxes = tiling.plan(shape, card.halo_shape, card.grid_shape, most=most_samples(memory_gb))
    tiles: list[Shape] = [window_shape(boxes[0])]
    tiles += [(side, side, side) for side in SIDES if side <= max(shape)]
    best = max(tiles, key=lambda tile: _network_rate(network, tile, 3e7))
    _job_rate(folder, network, shape, memory_gb)
    pairs = [
        (_network_rate(network, best, float(np.prod(shape))), _job_rate(folder, network, shape, memory_gb))
        for _ in range(words["repeat"])
    ]
    ratios = [job / bare for bare, job in pairs]
    return Figures(
        model=card.name,
        precision=network.precision,
        engine=network.engine,
        shape=shape,
        tiles=len(boxes),
        best_tile=best,
        job_samples_per_s=statistics.median(job for _, job in pairs),
        network_samples_per_s=statistics.median(bare for bare, _ in pairs),
        ratio=statistics.median(ratios),
        ratios=ratios,
        peak_gb=_peak_gb(),
        start_s=start_s,
        repeats=len(pairs),
    )


def _network_rate(network: Any, tile: Shape, samples: float) -> float:
    """Measure the network on one tile again and again, over some samples in all: samples a second."""
    window = np.random.default_rng(1).standard_normal((1, *tile), np.float32)
    network(window)
    calls = max(1, round(samples / float(np.prod(tile))))
    began = time.perf_counter()
    for _ in range(calls):
        network(window)
    return calls * float(np.prod(tile)) / (time.perf_counter() - began)


def _job_rate(folder: Path, network: Any, shape: Shape, memory_gb: float) -> float:
    from odfault.batch import run

    began = time.perf_counter()
    model = network.card.name
    words = {"network": network, "model": model, "memory_gb": memory_gb, "scale": 1.0}
    run(folder / "volume.sgy", folder / "faults.sgy", **words)
    return float(np.prod(shape)) / (time.perf_counter() - began)


def _peak_gb() -> float | None:
    """Largest resident size of this process so far."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6 / 1.024)


if __name__ == "__main__":
    try:
        told = dataclasses.asdict(_measure(Path(sys.argv[1]), json.loads(sys.argv[2])))
    except OdfaultError as error:
        told = {"problem": error.problem, "mend": error.mend}
    print(json.dumps(told))
