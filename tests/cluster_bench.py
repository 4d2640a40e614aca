"""Measures `odfault run --cluster`: two workers of one core each against two processes without a scheduler.

    python tests/cluster_bench.py --repeat 3

Both answer the same tiles of the same survey, SEG-Y to SEG-Y, with the network loaded and warm: the workers
as slabs from a scheduler, the processes a half of the columns each. *Efficiency* is the time of the processes
over the time of the workers, one after the other, pair by pair; scheduler and client have no core of their
own. *Cost of a slab* is what client, scheduler and journal take for one when the worker does nothing, from
the first sent to the last noted, over their number; it is told against what a worker computes for one. Needs
Linux and two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from distributed import Client

import odfault
from odfault import tiling
from odfault.bench import write_volume
from odfault.cluster import door
from odfault.cluster.work import Written
from odfault.columns import column_of
from odfault.model import load_network

ROOT = Path(__file__).parents[1]
WORDS = {"model": "fault3d", "scale": 1.0, "engine": "tensorflow"}


def answer_nothing(slab, job, parcel):
    """Say that a slab is written."""
    places = [(place[0] + slab.origin[0], place[1] + slab.origin[1]) for place, _ in slab.prints]
    return Written(tuple((x, y, 1, 0) for x, y in places), "")


def answer_half(folder, half, memory_gb):
    """Answer a half of the columns when told to, in this process."""
    network = load_network(WORDS["model"])
    plan = tiling.plan

    def plan_half(*words, **more):
        boxes = plan(*words, **more)
        columns = sorted({column_of(box) for box in boxes})
        mine = set(columns[half::2])
        return [box for box in boxes if column_of(box) in mine]

    tiling.plan = plan_half
    words = {**WORDS, "network": network, "memory_gb": memory_gb}
    odfault.run(folder / "volume.sgy", folder / f"half{half}.sgy", **words)
    print("ready", flush=True)
    for _ in sys.stdin:
        odfault.run(folder / "volume.sgy", folder / f"half{half}.sgy", **words)
        print("done", flush=True)


def start(core, *words, **pipes):
    """Start a process that has one core."""
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        env={**os.environ, **threads, "PYTHONPATH": path},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        **pipes,
    )


@contextlib.contextmanager
def two_processes(folder, memory_gb):
    """Start the processes; give what lets them work once, and takes the time."""
    halves = [
        start(
            core, __file__, "--half", number, folder, "--memory", memory_gb,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number, core in enumerate(sorted(os.sched_getaffinity(0))[:2])
    ]  # fmt: skip

    def work():
        began = time.perf_counter()
        for half in halves:
            print("go", file=half.stdin, flush=True)
        for half in halves:
            half.stdout.readline()
        return time.perf_counter() - began

    for half in halves:
        half.stdout.readline()
    yield work
    for half in halves:
        half.stdin.close()
        half.wait()


@contextlib.contextmanager
def two_workers(folder, memory_gb, threads):
    """Start scheduler and workers; give what lets them work once, and takes the time, and a client."""
    address, cores = folder / "scheduler.json", sorted(os.sched_getaffinity(0))[:2]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    words = ("--scheduler-file", address, "--no-dashboard")
    processes = [subprocess.Popen([sys.executable, "-m", "dask", "scheduler", *map(str, words)], **quiet)]
    while not address.exists():
        time.sleep(0.1)
    words = ("worker", *words, "--no-nanny", "--nthreads", threads)
    processes += [start(core, "-m", "dask", *words, "--name", core, **quiet) for core in cores]
    client = Client(scheduler_file=str(address), set_as_default=False)
    client.wait_for_workers(2)

    def work():
        began = time.perf_counter()
        odfault.run(folder / "volume.sgy", folder / "many.sgy", client=client, memory_gb=memory_gb, **WORDS)
        return time.perf_counter() - began

    work()
    yield work, client
    client.close()
    for process in processes[::-1]:
        process.terminate()
        process.wait()


def cost_of_a_slab(folder, client, memory_gb):
    """Measure seconds for one slab that nobody answers, and count the slabs."""
    steps, answer = [], door.answer_slab
    door.answer_slab = answer_nothing
    try:
        odfault.run(
            folder / "volume.sgy", folder / "none.sgy", client=client, memory_gb=memory_gb,
            progress=lambda *_: steps.append(time.perf_counter()), **WORDS,
        )  # fmt: skip
    finally:
        door.answer_slab = answer
    return (steps[-1] - steps[0]) / (len(steps) - 1), len(steps) - 1


def main():
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", default="512,256,256", help="of the volume made for it")
    parser.add_argument("--memory", type=float, default=1.2, help="GB for each; it decides the tiles")
    parser.add_argument("--threads", type=int, default=2, help="of a worker (2: one slab is read meanwhile)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--half", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.half:
        return answer_half(Path(options.half[1]), int(options.half[0]), options.memory)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_volume(folder / "volume.sgy", tuple(map(int, options.shape.split(","))))
        with (
            two_processes(folder, options.memory) as halves,
            two_workers(folder, options.memory, options.threads) as (workers, client),
        ):
            pairs = [(halves(), workers()) for _ in range(options.repeat)]
            costs = [cost_of_a_slab(folder, client, options.memory) for _ in range(options.repeat)]
    alone, many = zip(*pairs, strict=True)
    ratios = [one / other for one, other in pairs]
    slabs, cost = costs[0][1], statistics.median(cost for cost, _ in costs)
    slab = 2 * statistics.median(many) / slabs
    print(f"{slabs} slabs of a volume of {options.shape}")
    print(f"two processes  {statistics.median(alone):6.2f} s ({min(alone):.2f} to {max(alone):.2f})")
    print(f"two workers    {statistics.median(many):6.2f} s ({min(many):.2f} to {max(many):.2f})")
    print(f"efficiency     {statistics.median(ratios):6.3f}   ({min(ratios):.3f} to {max(ratios):.3f})")
    print(f"cost of a slab {1000 * cost:6.2f} ms, {cost / slab:.2%} of its {slab:.2f} s")
    return None


if __name__ == "__main__":
    main()
