"""Options that make no sense get one line, and all others get an answer."""

import os
import subprocess

import pytest
from conftest import assert_one_line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odfault import batch
from odfault.cli import main
from odfault.errors import OdfaultError
from odfault_training.cli import main as train


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--inlines", "200:210"], "choose from 100 to 111"),
        (["--crosslines", "1:2"], "choose from 300 to 309"),
        (["--inlines", "a:b"], "100:200"),
        (["--inlines", "105:"], "100:200"),
        (["--inlines", ""], "100:200"),
        (["--inlines", "1.5:3"], "100:200"),
        (["--inlines", "nan:nan"], "100:200"),
        (["--z", "5000:6000"], "choose from 0 to 156"),
        (["--z", "nan:5"], "800:1600"),
        (["--z", "0:inf"], "800:1600"),
        (["--z", "40"], "800:1600"),
        (["--memory", "0.1"], "at least 1"),
        (["--memory", "nan"], "at least 1"),
        (["--memory", "inf"], "at least 1"),
        (["--memory", "-3"], "at least 1"),
        (["--memory", "much"], "--help"),
        (["--batch", "0"], "at least 1"),
        (["--batch", "1.5"], "--help"),
        (["--scale", "big"], "1.5,1"),
        (["--scale", "1.3"], "multiples of 0.25"),
        (["--scale", "0"], "multiples of 0.25"),
        (["--scale", "nan"], "multiples of 0.25"),
        (["--scale", "1,2,3"], "multiples of 0.25"),
        (["--average", "some"], "--help"),
        (["--threshold", "1.5"], "between 0 and 1"),
        (["--threshold", "nan"], "between 0 and 1"),
        (["--precision", "float16"], "--help"),
        (["--direction", "up"], "--help"),
        (["--progress", "loud"], "--help"),
        (["--inline-byte", "0", "--crossline-byte", "9"], "byte"),
        (["--inline-byte", "239", "--crossline-byte", "9"], "byte"),
        (["--inline-byte", "1", "--crossline-byte", "1"], "line numbers"),
        (["--format", "4"], "format"),
        (["--format", "99"], "format"),
        (["--samples", "0"], "samples"),
        (["--samples", "-5"], "samples"),
        (["--samples", "7"], "--samples"),
        (["--png", "b.xyz"], ".png"),
        (["--png", "b.png", "--lines", "q5"], "i120"),
        (["--png", "b.png", "--lines", "i"], "i120"),
        (["--png", "b.png", "--lines", "inan"], "i120"),
        (["--nonsense"], "--help"),
        (["third.sgy"], "--help"),
    ],
)
def test_options_that_make_no_sense_are_refused(source, refused, words, problem):
    refused(source, *words, problem=problem)


@pytest.mark.parametrize("words", [[], ["run"], ["run", "a.sgy"], ["fly"]])
def test_half_a_command_is_refused(words, capsys):
    assert main(words) == 2
    assert_one_line(capsys.readouterr().err)


@pytest.mark.parametrize("command", [["bench"], ["bench", "--host"]])
@pytest.mark.parametrize("closed", [False, True])
def test_figures_that_could_not_be_kept_are_not_measured(command, closed, tmp_path, capsys, monkeypatch):
    if closed:
        monkeypatch.setattr("os.access", lambda *_: False)
    out = tmp_path / "bench.json" if closed else tmp_path / "none" / "bench.json"
    assert main([*command, "--json", str(out)]) == 2
    told = capsys.readouterr().err
    assert_one_line(told)
    assert ("cannot be written to" if closed else "does not exist") in told


@pytest.mark.parametrize("words", [[], ["score"], ["score", "fault2d", "--cubes", "few"]])
def test_half_a_command_of_odfault_train_is_refused_alike(words, capsys):
    assert train(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("odfault-train: ")
    assert told.count("\n") == 1


def test_what_the_benchmarks_process_refuses_is_one_line_too(capfd):
    assert main(["bench", "--shape", "32,32,32", "--model", "nope"]) == 2
    assert_one_line(capfd.readouterr().err)


def test_a_demo_into_a_file_is_refused(source, capsys):
    before = source.read_bytes()
    assert main(["demo", "--folder", str(source)]) == 2
    assert_one_line(capsys.readouterr().err)
    assert source.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="closes files as a shell does")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_host_may_close_the_standard_files(tmp_path, command, closed):
    words = ["sh", "-c", f'exec "$@" {closed}', "sh", *command, "run", "none.sgy", "out.sgy"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert ("none.sgy does not exist" in done.stderr) == ("2" not in closed)


@pytest.mark.skipif(os.name == "nt", reason="closes files as a shell does")
@pytest.mark.parametrize(("closed", "words"), [("<&-", "- out.sgy"), (">&-", "in.sgy -")])
def test_a_pipe_that_is_closed_is_told_of(tmp_path, command, closed, words):
    words = ["sh", "-c", f'exec "$@" {closed}', "sh", *command, "run", *words.split()]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert_one_line(done.stderr)


def test_the_same_options_are_refused_from_python(source, tmp_path):
    for words in (
        {"colour": "red"},
        {"direction": "up"},
        {"precision": "half"},
        {"batch": 0},
        {"memory_gb": 0.5},
    ):
        with pytest.raises(OdfaultError):
            batch.run(source, tmp_path / "out.sgy", **words)


NUMBERS = st.one_of(
    st.integers(-5, 400).map(str),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["", "x", ":", "1:2:3"]),
)
RANGES = st.one_of(NUMBERS, st.tuples(NUMBERS, NUMBERS).map(":".join))
OPTIONS = {
    "--inlines": RANGES,
    "--crosslines": RANGES,
    "--z": RANGES,
    "--memory": NUMBERS,
    "--batch": NUMBERS,
    "--threshold": NUMBERS,
    "--scale": st.one_of(NUMBERS, st.sampled_from(["auto", "1.5", "2,0.5", "0.75,1"])),
    "--average": st.sampled_from(["none", "flips", "scales", "all", "x"]),
    "--inline-byte": NUMBERS,
    "--crossline-byte": NUMBERS,
    "--format": NUMBERS,
    "--samples": NUMBERS,
    "--direction": st.sampled_from(["inline", "crossline", "x"]),
    "--byte-order": st.sampled_from(["big", "little", "x"]),
}


@given(st.dictionaries(st.sampled_from(sorted(OPTIONS)), st.none(), max_size=3), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_options_it_is_done_or_refused_in_one_line(source, odfault_run, tmp_path, names, data):
    out = tmp_path / "out.sgy"
    out.write_text("precious")
    before = source.read_bytes()
    code, told = odfault_run(source, *(f"{name}={data.draw(OPTIONS[name])}" for name in names))
    assert source.read_bytes() == before
    if code:
        assert code == 2
        assert_one_line(told)
        assert out.read_text() == "precious"
    else:
        assert out.stat().st_size >= 3600 + 400
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.journal*"))
