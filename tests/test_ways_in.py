"""Every line of the README's table of ways in does what it says when it is copied."""

import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from host_standin import Host, query
from make_segy import make_segy
from page_client import as_file, draw_page

from odfault.cli import main
from odfault.segy.survey import SegySurvey

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
ROW = re.compile(r"^\| (.+?) \| `(.+)` \|$", re.MULTILINE)
WAYS = dict(ROW.findall(README.partition("\n## Ways in\n")[2].partition("\n## ")[0]))
OUTPUT = re.compile(r"(?:faults|fault3d)\.\w+")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder that holds what the lines name."""
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    values = np.random.default_rng(3).standard_normal((10, 9, 32)).astype(np.float32)
    make_segy(tmp_path / "survey.sgy", values, sample_format=5)
    (tmp_path / "screenshot.png").write_bytes(as_file(draw_page()))
    return tmp_path


def words_of(line, program):
    """Cut a line into words; it must begin with the program."""
    first, *words = shlex.split(line)
    assert first == program
    return words


def check_outputs(line, folder):
    """Check that all that the line names as its outputs is there, and not empty."""
    names = set(OUTPUT.findall(line))
    assert names
    for name in names:
        path = folder / name
        assert path.stat().st_size > 0
        if name == "faults.sgy":
            with SegySurvey.open(path) as faults, SegySurvey.open(folder / "survey.sgy") as survey:
                assert faults.shape == survey.shape


def test_the_table_is_there():
    assert {"command", "script", "picture", "page"} <= set(WAYS)
    assert any("host" in name for name in WAYS)


@pytest.mark.parametrize(
    "name", [name for name, line in WAYS.items() if line.startswith("odfault") and OUTPUT.search(line)]
)
def test_a_command_writes_what_it_names(name, folder):
    assert main(words_of(WAYS[name], "odfault")) == 0
    check_outputs(WAYS[name], folder)


def test_the_script_writes_what_it_names(folder):
    option, code = words_of(WAYS["script"], "python")
    assert option == "-c"
    exec(code, {})  # in this process: what is heavy is loaded already
    check_outputs(WAYS["script"], folder)


def test_the_page_is_served_until_it_is_ended(folder, command):
    words = [*words_of(WAYS["page"], "odfault"), "--no-open", "--port", "0"]
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline())[0]
            with urllib.request.urlopen(url, timeout=20) as answer:
                assert "<title>odfault" in answer.read().decode()
        finally:
            process.terminate()


def test_the_hosts_scripts_answer_as_the_host_asks(folder, capsys):
    line = next(line for name, line in WAYS.items() if name.startswith("host"))
    assert main(words_of(line, "odfault")) == 0
    script = Path(capsys.readouterr().out.strip()) / "fault_probability.py"
    assert query(script).stdout.startswith(b"%7B%22Inputs%22")
    with SegySurvey.open(folder / "survey.sgy") as survey:
        trace = survey.read(slice(4, 5), slice(3, 4))
    parameters = {"Model": {"Value": "3-D"}, "SEG-Y file": {"Value": str(folder / "survey.sgy")}}
    with Host(script, parameters, outputs=2) as host:
        reply = host.ask(trace, 104, 303)
        assert (reply[0] > 0).any()
        assert ((reply >= 0) & (reply <= 1)).all()
        code, _, log = host.leave()
    assert (code, log, sys.exc_info()[0]) == (0, "", None)
