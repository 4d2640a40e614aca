"""Workers leave the bytes of one machine where a store is read or written, whatever happens to them."""

import os
import signal

import numpy as np
import pytest
from crew_of_processes import PART, VALUES, in_background, wait_until
from make_segy import make_segy

import odfault
from odfault import running
from odfault.chunked.convert import convert

pytestmark = pytest.mark.usefixtures("small")

SMALL = 260_000
"""Samples of windows so small that there are several slabs."""


@pytest.fixture(scope="module")
def surveys(tmp_path_factory):
    """Make a survey with holes and repeats, as SEG-Y and as a store."""
    words = {"sample_format": 1, "holes": [(0, 0), (50, 40)], "repeats": [(5, 6), (99, 59), (5, 6)]}
    source = make_segy(tmp_path_factory.mktemp("survey") / "in.sgy", VALUES, **words)
    return {"sgy": source, "zarr": convert(source, source.with_name("in.zarr")).out}


def all_bytes(out):
    """Read a file, or all files of a store."""
    files = [out] if out.is_file() else sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out.parent).as_posix().partition("/")[2]: path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("read", "write", "words"),
    [
        ("sgy", "zarr", {}),
        ("zarr", "zarr", {}),
        ("zarr", "sgy", {}),
        ("zarr", "zarr", {**PART, "thin": True}),
        ("sgy", "zarr", {"model": "tiny2d", "direction": "crossline", "crosslines": (310, 350)}),
        ("zarr", "sgy", {"model": "denoise2d", "direction": "crossline", "z_ms": (100, 300), **PART}),
    ],
    ids=str,
)
def test_workers_leave_the_bytes_of_one_machine(
    tmp_path, client, surveys, options, models, read, write, words
):
    if words.get("model") == "tiny2d":
        words = {**words, "model": models / "tiny2d.keras"}
    one, many = tmp_path / f"one.{write}", tmp_path / f"many.{write}"
    alone = odfault.run(surveys[read], one, **{**options, **words})
    report = odfault.run(surveys[read], many, client=client, **{**options, **words})
    assert (report.live, report.odd, report.shape) == (alone.live, alone.odd, alone.shape)
    assert all_bytes(many) == all_bytes(one)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_worker_killed_in_the_middle_costs_its_slab_only(tmp_path, cluster, client, surveys, options):
    one, out = tmp_path / "one.zarr", tmp_path / "out.zarr"
    odfault.run(surveys["zarr"], one, **options)
    cluster.hold(1)
    thread, found = in_background(lambda: odfault.run(surveys["zarr"], out, client=client, **options))
    wait_until(cluster.held)
    os.kill(cluster.held()[0], signal.SIGKILL)
    cluster.let_go()
    thread.join(60)
    assert isinstance(found[0], running.Report), found
    assert all_bytes(out) == all_bytes(one)
    assert len([worker for worker in cluster.workers if worker.poll() is None]) == 1


@pytest.mark.parametrize("first", ["one", "many"])
def test_what_one_machine_began_many_finish_and_the_reverse(tmp_path, client, surveys, options, first):
    one, out, noted = tmp_path / "one.zarr", tmp_path / "out.zarr", tmp_path / "out.zarr.journal"
    odfault.run(surveys["zarr"], one, **options)
    clients = [None, client] if first == "one" else [client, None]

    def stop(done, total):
        if noted.exists() and noted.read_text().count("\n") >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        odfault.run(surveys["zarr"], out, client=clients[0], progress=stop, **options)
    steps = []
    again = odfault.run(
        surveys["zarr"], out, client=clients[1], progress=lambda *step: steps.append(step), **options
    )
    assert again.resumed
    assert steps[0][0] > 0
    assert steps[-1] == (VALUES.size, VALUES.size)
    assert all_bytes(out) == all_bytes(one)


def test_a_store_that_changed_meanwhile_is_not_read_on(tmp_path, cluster, client, surveys, options):
    """The workers keep it open from run to run, but only as long as it is the same."""
    source = tmp_path / "in.zarr"
    for seed in (1, 2):
        values = np.random.default_rng(seed).standard_normal(VALUES.shape).astype(np.float32)
        convert(make_segy(tmp_path / "in.sgy", values, sample_format=5), source)
        odfault.run(source, tmp_path / "one.zarr", **options)
        odfault.run(source, tmp_path / "many.zarr", client=client, **options)
        assert all_bytes(tmp_path / "many.zarr") == all_bytes(tmp_path / "one.zarr")
