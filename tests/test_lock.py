"""An output is written by one run at a time, and a run that died keeps nobody out."""

import errno
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import assert_one_line
from make_segy import make_segy
from stand_in import Network

import odfault
from odfault.errors import OdfaultError
from odfault.lock import hold

HERE = Path(__file__).parent
SMALL = 310_000
"""Samples of windows so small that there are several tiles."""


@pytest.fixture
def survey(tmp_path):
    values = np.random.default_rng(9).standard_normal((60, 50, 60)).astype(np.float32)
    return make_segy(tmp_path / "in.sgy", values, sample_format=5)


@pytest.fixture
def busy(tmp_path, survey, options):
    """Give a run, a process of its own, that is at work on ``out.sgy`` and slow."""
    out, journal = tmp_path / "out.sgy", tmp_path / "out.sgy.journal"
    words = {"source": str(survey), "out": str(out), "options": options, "most": SMALL, "sleep_s": 30}
    with subprocess.Popen([sys.executable, HERE / "stand_in.py", json.dumps(words)]) as process:
        try:
            while not journal.exists():
                assert process.poll() is None
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def test_a_second_run_gets_one_line_and_disturbs_nothing(tmp_path, survey, busy, odfault_run):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, told = odfault_run(survey, "--inlines", "100:110")
    assert code == 2
    assert_one_line(told)
    assert "another run is writing" in told
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert odfault_run(survey, "--inlines", "100:110", out=tmp_path / "other.sgy")[0] == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_a_run_that_was_killed_keeps_nobody_out(tmp_path, survey, busy, options, small):
    busy.send_signal(signal.SIGKILL)
    busy.wait()
    assert (tmp_path / "out.sgy.part.lock").exists()
    assert odfault.run(survey, tmp_path / "out.sgy", network=Network(), **options).resumed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "out.sgy", "out.sgy.json"]


def test_of_many_at_once_one_goes_ahead_at_a_time(tmp_path):
    """Each waits for its turn by trying again, while the others come and go."""
    inside, most, done = [], [], []

    def go():
        while len(done) < 200:
            try:
                with hold(tmp_path / "out"):
                    inside.append(1)
                    most.append(len(inside))
                    time.sleep(0.0005)
                    inside.pop()
                    done.append(1)
            except OdfaultError:
                pass

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_writes_besides_is_written_by_one_at_a_time_too(tmp_path, survey, odfault_run):
    with hold(tmp_path / "known.sgy"):
        code, told = odfault_run(survey, "--familiar", tmp_path / "known.sgy")
        assert (code, "known.sgy" in told, "another run is writing" in told) == (2, True, True)
        assert_one_line(told)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "known.sgy.part.lock"]


def test_a_folder_of_faults_is_written_by_one_run_at_a_time(tmp_path, survey):
    with hold(tmp_path / "faults"), pytest.raises(OdfaultError, match="another run is writing"):
        odfault.faults(survey, tmp_path / "faults")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy"]


@pytest.mark.skipif(sys.platform == "win32", reason="this system locks otherwise")
def test_where_nothing_can_be_locked_runs_go_ahead(tmp_path, survey, options, monkeypatch):
    import fcntl

    def fail(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    odfault.run(survey, tmp_path / "out.sgy", network=Network(), **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sgy", "out.sgy", "out.sgy.json"]
