"""A file that odfault did not write is replaced only when told; its own are written anew without a word."""

import numpy as np
import pytest
from conftest import assert_one_line, snapshot
from make_segy import make_segy
from stand_in import Network

import odfault
from odfault.cli import main
from odfault.errors import OdfaultError
from odfault.ours import is_ours
from odfault_synthetic.cli import main as synth

FULL = tuple(f"C{number:2d} TAKEN" for number in range(1, 41))
"""A text header without a free line."""


@pytest.fixture
def precious(tmp_path):
    """Make a survey of the user's own, whose text header is full."""
    values = np.ones((4, 5, 20), np.float32)
    return make_segy(tmp_path / "precious.sgy", values, sample_format=5, text=FULL)


def refused(tmp_path, capsys, command, *words):
    """Check that a command refuses, leaves all as it was, and goes ahead when told to replace."""
    before = snapshot(tmp_path)
    assert command([*map(str, words)]) == 2
    told = capsys.readouterr().err
    assert_one_line(told.replace("odfault-synth: ", "odfault: "))
    assert "odfault did not write it: choose another name, or give --replace" in told
    assert snapshot(tmp_path) == before
    assert command([*map(str, words), "--replace"]) == 0
    assert snapshot(tmp_path) != before


def run(source, out, tiny3d, *words):
    options = ["--model", tiny3d, "--precision", "float32", "--progress", "none"]
    return ["run", source, out, *options, *words]


def test_a_run_replaces_its_own_and_nothing_of_others(tmp_path, source, precious, tiny3d, capsys):
    refused(tmp_path, capsys, main, *run(source, precious, tiny3d))
    assert main([*map(str, run(source, precious, tiny3d))]) == 0
    other = make_segy(tmp_path / "other.sgy", np.ones((4, 5, 20), np.float32), sample_format=5)
    refused(tmp_path, capsys, main, *run(source, tmp_path / "o.sgy", tiny3d, "--familiar", other))
    assert main([*map(str, run(source, tmp_path / "o.sgy", tiny3d, "--familiar", other))]) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("notes.sgy", "C 1 odfault run in.sgy out.sgy\n" * 200), ("out.sgy.json", '{"made": "by me"}')],
)
def test_notes_are_no_output_of_ours_even_if_they_speak_of_us(tmp_path, source, tiny3d, capsys, name, text):
    (tmp_path / name).write_text(text)
    out = tmp_path / name.removesuffix(".json")
    refused(tmp_path, capsys, main, *run(source, out, tiny3d))


def test_an_empty_file_is_nobodys(tmp_path, source, options):
    out = tmp_path / "out.sgy"
    out.touch()
    odfault.run(source, out, network=Network(), **options)
    assert out.stat().st_size == source.stat().st_size


@pytest.mark.parametrize("ascii_text", [False, True])
@pytest.mark.parametrize("text", [("C 1 MADE FOR A TEST",), FULL], ids=["free", "full"])
def test_what_a_run_wrote_is_known_again_and_what_took_its_place_is_not(tmp_path, options, text, ascii_text):
    values, out = np.ones((4, 5, 20), np.float32), tmp_path / "out.sgy"
    values[:, :, ::3] = 2
    words = {"sample_format": 5, "text": text, "ascii_text": ascii_text}
    source = make_segy(tmp_path / "in.sgy", values, **words)
    assert not is_ours(source)
    for _ in range(2):
        odfault.run(source, out, network=Network(), **options)
        assert is_ours(out)
    make_segy(out, values, sample_format=5)  # beside the sidecar of the run
    with pytest.raises(OdfaultError, match="did not write it"):
        odfault.run(source, out, network=Network(), **options)


def test_a_survey_that_went_into_a_store_is_replaced_when_told(tmp_path, source, capsys):
    assert main(["convert", str(source), str(tmp_path / "in.zarr"), "--progress", "none"]) == 0
    again = tmp_path / "again.sgy"
    words = ["convert", str(tmp_path / "in.zarr"), str(again), "--progress", "none"]
    assert main(words) == 0
    again.write_bytes(again.read_bytes()[:-1] + b"!")
    refused(tmp_path, capsys, main, *words)
    assert again.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("name", ["cube.sgy", "cube_faults.sgy"])
def test_drawn_surveys_replace_drawn_ones_only(tmp_path, capsys, name):
    out = tmp_path / "cube.sgy"
    words = ["noise-free", str(out), "--shape", "16,16,32"]
    (tmp_path / name).write_text("precious")
    refused(tmp_path, capsys, synth, *words)
    assert synth(words) == 0


def test_faults_are_cut_into_no_other_survey(tmp_path, capsys):
    from test_insert import layers

    source = make_segy(tmp_path / "in.sgy", layers(), sample_format=5)
    out = make_segy(tmp_path / "out.sgy", np.ones((4, 5, 20), np.float32), sample_format=5)
    words = ["--into", source, out, "--count", 1, "--spacing", "2,2"]
    refused(tmp_path, capsys, synth, *words)
    assert synth([*map(str, words)]) == 0
    assert is_ours(tmp_path / "out_faults.sgy")
