"""What the tests share: tiny networks that stand in for the shipped ones, and the look of a refusal."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from make_segy import make_segy

HALO = 24
"""Of the tiny networks: their true reach is 22 samples."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell begins jobs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # or what the tests start could not be stopped


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """Make a folder with ``tiny3d`` and ``tiny2d``: our networks, small, with weights drawn from a seed."""
    from odfault.card import Architecture
    from odfault.network import build_network
    from odfault_training.export import write_model

    folder = tmp_path_factory.mktemp("models")
    for dimensions in (2, 3):
        architecture = Architecture(dimensions, 8, 1, (1,))
        network = build_network(architecture)
        chance = np.random.default_rng(dimensions)
        sizes = [weights.shape for weights in network.get_weights()]
        network.set_weights([chance.normal(0, np.prod(s[:-1], initial=1) ** -0.5, s) for s in sizes])
        logits = np.asarray(network(chance.standard_normal((1, *[48] * dimensions, 1), np.float32)))
        head = network.get_layer("head")
        kernel, bias = head.get_weights()  # made to answer one half and more as often as less
        head.set_weights([kernel / logits.std(), (bias - np.median(logits)) / logits.std()])
        write_model(network, architecture, folder / f"tiny{dimensions}d.keras", halo=HALO)
    return folder


@pytest.fixture(scope="session")
def tiny3d(models) -> Path:
    """Weights of the tiny network for volumes."""
    return models / "tiny3d.keras"


@pytest.fixture(scope="session")
def tiny2d(models) -> Path:
    """Weights of the tiny network for sections."""
    return models / "tiny2d.keras"


@pytest.fixture(scope="session")
def command() -> list[str]:
    """Give the words that start ``odfault`` in a process of its own."""
    return [sys.executable, "-c", "import sys; from odfault.cli import main; sys.exit(main())"]


@pytest.fixture(scope="session")
def options(tiny3d) -> dict:
    """Give options of a quick run of a volume."""
    return {"model": str(tiny3d), "precision": "float32"}


@pytest.fixture
def small(request, monkeypatch):
    """Let windows be as ``SMALL`` as the test's module says."""
    shrink_windows(monkeypatch, request.module.SMALL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler that hears nobody but the tests of a module."""
    from crew_of_processes import Cluster

    made = Cluster(tmp_path_factory.mktemp("cluster"))
    made.start_scheduler()
    yield made
    made.end()


@pytest.fixture
def client(cluster):
    """See that two workers live; give a client."""
    made = cluster.have(2)
    yield made
    with contextlib.suppress(Exception):
        made.close(timeout=2)


@pytest.fixture
def source(tmp_path):
    """Make a sound survey of 120 traces."""
    values = np.random.default_rng(3).standard_normal((12, 10, 40)).astype(np.float32)
    return make_segy(tmp_path / "in.sgy", values, sample_format=5)


@pytest.fixture
def odfault_run(tmp_path, tiny3d, capsys):
    """Give a function that runs the command, and returns its exit code and what it told."""
    from odfault.cli import main

    def call(source, *words, out=tmp_path / "out.sgy"):
        options = ["--model", str(tiny3d), "--precision", "float32", "--progress", "none"]
        code = main(["run", str(source), str(out), *options, *map(str, words)])
        return code, capsys.readouterr().err

    return call


@pytest.fixture
def refused(odfault_run, tmp_path):
    """Give a function that checks that the command refuses, and leaves all files as they were."""

    def call(source, *words, out=tmp_path / "out.sgy", problem=""):
        for there in (False, True):
            if there and not out.exists() and out.parent.is_dir():
                out.write_text("precious")
            before = snapshot(tmp_path)
            code, told = odfault_run(source, *words, *(["--replace"] if out.is_file() else []), out=out)
            assert code == 2, told
            assert_one_line(told)
            assert problem in told
            assert snapshot(tmp_path) == before

    return call


def shrink_windows(patched, samples):
    """Let windows have no more samples than these, so that a small survey has several tiles."""
    from odfault import plan

    patched.setattr(plan, "most_samples", lambda memory_gb, batch=1: samples // batch)


def run_to_the_end(survey, out, samples, **words):
    """Run with windows of so many samples, here and undisturbed; give the number of columns."""
    import odfault
    from odfault.journal import Journal

    columns, add = [], Journal.add
    with pytest.MonkeyPatch.context() as patched:
        shrink_windows(patched, samples)
        patched.setattr(Journal, "add", lambda *words: (add(*words), columns.append(words)))
        odfault.run(survey, out, **words)
    return len(columns)


def assert_one_line(told):
    """Check that a refusal is one line, with a problem and its mend."""
    assert told.startswith("odfault: ")
    assert told.count("\n") == 1
    assert told.count(": ") >= 2


def snapshot(folder):
    """Keep the bytes of all files in a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
