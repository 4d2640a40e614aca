"""The folder that is printed holds scripts that the host's Python can start, or the command says why not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from host_standin import query

from odfault.card import models_folder
from odfault.cli import main
from odfault.errors import OdfaultError
from odfault.host.launchers import ask_menu, attributes_folder, copy_launchers, list_scripts


def test_the_folder_stands_alone_on_its_line(capsys):
    assert main(["attributes"]) == 0
    told = capsys.readouterr()
    assert told.out == f"{attributes_folder()}\n"
    assert "fault_probability.py starts" in told.err


def test_copies_start_too_and_are_replaced(tmp_path, capsys):
    for _ in range(2):
        assert main(["attributes", "--copy", str(tmp_path)]) == 0
        assert capsys.readouterr().out == f"{tmp_path}\n"
    names = [path.name for path in list_scripts(tmp_path)]
    assert names == [
        f"odfault_{name}.py"
        for name in ("denoised", "fault_probability", "fault_probability_2d", "single_faults")
    ]
    for name in names:
        original = query(attributes_folder() / name.removeprefix("odfault_"))
        copy = query(tmp_path / name)
        assert (copy.stdout, copy.stderr) == (original.stdout, b"")


def test_a_script_of_another_is_left_alone(tmp_path):
    (tmp_path / "odfault_fault_probability.py").write_text("print('mine')\n")
    with pytest.raises(OdfaultError, match="not ours"):
        copy_launchers(tmp_path)
    with pytest.raises(OdfaultError, match="no folder"):
        copy_launchers(tmp_path / "absent")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("print('hello')", "for a menu"),
        ("raise SystemExit(3)", "exit code 3"),
        ("import sys; print('{}'); sys.stderr.write('a warning')", "a warning"),
    ],
)
def test_a_script_that_does_not_start_is_told(tmp_path, text, why):
    script = tmp_path / "script.py"
    script.write_text(text)
    with pytest.raises(OdfaultError, match=why):
        ask_menu(script)


def test_a_python_that_is_not_there_is_told(tmp_path, capsys):
    assert main(["attributes", "--python", str(tmp_path / "python")]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "choose another Python" in told


def test_the_check_leaves_the_variables_of_this_process_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "odfault_helper.py").write_text("")
    script = tmp_path / "elsewhere" / "script.py"
    script.parent.mkdir()
    script.write_text("import odfault_helper")
    subprocess.run([sys.executable, str(script)], check=True)
    with pytest.raises(OdfaultError, match="odfault_helper"):
        ask_menu(Path(script))


@pytest.mark.skipif(not list(models_folder().glob("*.keras")), reason="the weights are not there yet")
def test_the_bench_of_the_door_tells_each_part_and_all_of_it(tmp_path, capsys):
    kept = tmp_path / "host.json"
    words = ["bench", "--host", "--shape", "4,6,60", "--step-out", "2,3", "--json", str(kept)]
    assert main(words) == 0
    told, figures = capsys.readouterr(), json.loads(kept.read_text())
    assert [line.split("  ")[0] for line in told.err.splitlines() if "reply" in line][1:] == [
        "file named", "", "windows", "",
    ]  # fmt: skip
    assert "file named / (echo + run)" in told.out
    assert figures["named"]["traces"] == figures["windows"]["traces"] == 24
    assert all(ratio > 0 for ratio in figures["ratios"])
    assert min(figures[name]["total_s"] for name in ("named", "windows", "echo_windows")) > 0


def test_a_step_out_that_is_none_is_refused(capsys):
    assert main(["bench", "--host", "--step-out", "48"]) == 2
    assert "no step-out such as 48,48" in capsys.readouterr().err
