"""Killed at any moment a run leaves no half file, goes on when called again, and stays within its memory."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import run_to_the_end
from make_segy import make_segy, patch
from stand_in import Network

import odfault
from odfault import plan
from odfault.journal import Journal

HERE = Path(__file__).parent
SMALL = 310_000
"""Samples of windows so small that there are several tiles."""


def stand_in(source, out, *, check=True, options=None, **words):
    """Run the stand-in in a process of its own."""
    words = {"source": str(source), "out": str(out), "options": options or {}, "most": SMALL, **words}
    return subprocess.run(
        [sys.executable, HERE / "stand_in.py", json.dumps(words)], capture_output=True, text=True, check=check
    )


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    """Make a survey of some columns of tiles above one another."""
    values = np.random.default_rng(9).standard_normal((100, 80, 120)).astype(np.float32)
    return make_segy(tmp_path_factory.mktemp("survey") / "in.sgy", values, sample_format=5)


@pytest.fixture(scope="module")
def uninterrupted(survey, options, tmp_path_factory):
    """Run to the end; give the bytes, and the number of windows and of columns."""
    out, network = tmp_path_factory.mktemp("uninterrupted") / "out.sgy", Network()
    columns = run_to_the_end(survey, out, SMALL, network=network, **options)
    assert network.count >= 2 * columns >= 12
    return out.read_bytes(), network.count, columns


MOMENTS = ["laying", "laid", "begun", "computing", "writing", "noting", "done", "renaming", "renamed"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_killed_at_any_moment_it_leaves_no_half_file_and_goes_on(
    tmp_path, survey, options, uninterrupted, moment, small
):
    out, (expected, windows, columns) = tmp_path / "out.sgy", uninterrupted
    killed = stand_in(survey, out, options=options, die=moment, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert out.exists() == (moment == "renamed")
    assert not out.exists() or out.read_bytes() == expected
    journal = tmp_path / "out.sgy.journal"
    noted = journal.read_text().count("\n") - 1 if journal.exists() else 0
    network = Network()
    report = odfault.run(survey, out, network=network, **options)
    assert out.read_bytes() == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.sgy", "out.sgy.json"]
    assert report.resumed == (moment not in ("laying", "laid", "renamed"))
    if report.resumed:
        assert noted >= {"writing": 2, "noting": 2, "done": columns, "renaming": columns}.get(moment, 0)
        assert network.count == windows * (columns - noted) / columns


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_killed_again_and_again_from_outside_it_gets_there(tmp_path, survey, options, uninterrupted, small):
    out, journal, rounds = tmp_path / "out.sgy", tmp_path / "out.sgy.journal", 0
    words = {"source": str(survey), "out": str(out), "options": options, "most": SMALL, "sleep_s": 0.1}
    while not out.exists():
        assert rounds < 9
        before = journal.read_text().count("\n") if journal.exists() else 0
        with subprocess.Popen([sys.executable, HERE / "stand_in.py", json.dumps(words)]) as process:
            while process.poll() is None and not (
                journal.exists() and journal.read_text().count("\n") >= before + 3
            ):
                time.sleep(0.002 * (rounds + 1))
            process.kill()
        rounds += 1
    assert rounds >= 2
    assert out.read_bytes() == uninterrupted[0]


def test_a_journal_torn_in_any_byte_keeps_its_whole_lines_and_takes_new_ones(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path, {"size": (1, 2)})
    journal.begin(["said"])
    for place in ((0, 0), (0, 8), (8, 0)):
        journal.add(place, sum(place), 5)
    whole = path.read_bytes()
    head = whole.index(b"\n") + 1
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        noted = whole[head:length].count(b"\n")
        torn = Journal(path, {"size": (1, 2)})
        assert torn.resume() == (length >= head)
        assert len(torn.done) == noted
        if length >= head:
            torn.add((9, 9), 7, 7)
            again = Journal(path, {"size": (1, 2)})
            assert again.resume()
            assert (again.done, again.remarks) == (torn.done, ["said"])
            assert len(again.done) == noted + 1
    assert not Journal(path, {"size": (1, 3)}).resume()


def test_other_options_or_another_input_do_not_go_on_with_what_lies_there(tmp_path, survey, options, small):
    source, out = tmp_path / "in.sgy", tmp_path / "out.sgy"
    source.write_bytes(survey.read_bytes())

    def stop(windows):
        raise KeyboardInterrupt

    def begin(**words):
        with pytest.raises(KeyboardInterrupt):
            odfault.run(source, out, network=stop, **{**options, **words})

    begin()
    assert odfault.run(source, out, network=Network(), **options).resumed
    for other in ({"inlines": (110, 120)}, {"z_ms": (0, 300)}, {"batch": 2}, {"scale": 2}, {"thin": True}):
        begin(**other)
        assert not odfault.run(source, out, network=Network(), **options).resumed
    begin()
    patch(source, 3600 + 300, ">f", 3.0)
    os.utime(source, (1, 1))
    assert not odfault.run(source, out, network=Network(), **options).resumed


def test_batches_stay_as_they_were_when_a_run_goes_on(tmp_path, survey, options, uninterrupted, monkeypatch):
    """An answer may depend in its last bit on what else is in its batch; so the batches may not change."""
    sizes = []

    class Jealous(Network):
        def __call__(self, windows):
            sizes.append(len(windows))
            return super().__call__(windows) + np.float32(0.01 * len(windows) * abs(windows).mean())

    monkeypatch.setattr(plan, "most_samples", lambda memory_gb, batch=1: SMALL)
    out, words = tmp_path / "out.sgy", {**options, "batch": 5}
    odfault.run(survey, out, network=Jealous(), **words)
    expected = out.read_bytes()
    stopped = Jealous()
    stopped.sleep_s = 0.2

    def stop(done, total):
        if stopped.count >= 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        odfault.run(survey, out, network=stopped, progress=stop, **words)
    assert odfault.run(survey, out, network=(again := Jealous()), **words).resumed
    assert out.read_bytes() == expected
    assert again.count < uninterrupted[1]
    assert max(sizes) == 5


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="this system does not tell the peak")
def test_a_volume_ten_times_larger_takes_the_same_memory(tmp_path, options):
    peaks = []
    for lines in (160, 160, 1600):  # the first to compile what is not compiled yet
        values = np.random.default_rng(1).standard_normal((1, 40, 250), np.float32)
        source = make_segy(tmp_path / "in.sgy", np.broadcast_to(values, (lines, 40, 250)), sample_format=5)
        done = stand_in(source, tmp_path / "out.sgy", options=options, most=800_000)
        peak, windows = json.loads(done.stdout)
        assert windows > 2
        peaks.append(peak)
    assert peaks[2] < 1.1 * peaks[1]
    assert peaks[1] < 10 * source.stat().st_size / 1000, "or a volume in memory would not be seen"
