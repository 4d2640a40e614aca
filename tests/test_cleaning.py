"""A network that takes noise away learns what was laid over clean windows, and is judged by what is left."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("keras")

import tiny_recipe

from odfault.card import Architecture, Card, read_card
from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe, read_recipe
from odfault_synthetic.store import read_cubes, write_cubes
from odfault_training import cli, fit, noisy
from odfault_training.cleaning import as_scores, as_table, score_cleaning
from odfault_training.noisy import NoisyWindows, make_noise_loss
from odfault_training.reading import read_evidence

SMALL = dataclasses.replace(read_recipe("noise-free"), shape=(1, 64, 64), seed=8, unfaulted=0.0)


@pytest.fixture(scope="module")
def sections(tmp_path_factory):
    path = tmp_path_factory.mktemp("sections") / "sections.h5"
    write_cubes(path, SMALL, range(6))
    return path


def test_the_recipe_without_noise_draws_what_the_one_with_it_does_but_for_the_noise():
    assert read_recipe("noise-free").signal_to_noise_db == (60.0, 60.0)
    one, other = read_recipe("noise-free"), Recipe()
    names = [field.name for field in dataclasses.fields(Recipe)]
    assert {name for name in names if getattr(one, name) != getattr(other, name)} == {
        "signal_to_noise_db", "smiles", "linear", "footprint", "clip", "eight_bit", "dead_traces",
    }  # fmt: skip


def test_a_target_is_the_noise_of_its_window(sections):
    make = {"window": (32, 32), "batch": 8, "steps": 4, "seed": 2}
    one, two = (NoisyWindows(*read_cubes(sections), **make) for _ in range(2))
    noisy = 0
    for number in range(4):
        window, target = one[number]
        noise, counts, seen = np.moveaxis(target, -1, 0)
        assert window.shape == (8, 32, 32, 1)
        inside = np.abs(seen) < 4
        np.testing.assert_allclose(window[..., 0][inside], seen[inside], rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(counts == 0, seen == 0)
        np.testing.assert_array_equal(window, two[number][0])
        noisy += int((np.abs(noise).mean(axis=(1, 2)) > 0.05).sum())
    assert 10 < noisy <= 32


def test_smoothing_a_fault_away_is_charged_for_and_a_change_of_loudness_is_not(monkeypatch):
    loss = make_noise_loss()
    wave = np.sin(np.arange(64) / 2)[None].repeat(33, axis=0)
    faulted = wave.copy()
    faulted[17:] = np.roll(wave[17:], 6, axis=1)
    smooth = faulted.copy()
    smooth[1:-1] = (faulted[:-2] + faulted[1:-1] + faulted[2:]) / 3
    target = np.stack([0 * faulted, 0 * faulted + 1, faulted], -1)[None].astype(np.float32)
    answers = [(faulted - left)[None, ..., None].astype(np.float32) for left in (smooth, 0.9 * faulted)]
    with_spread = [float(loss(target, answer)) for answer in answers]
    monkeypatch.setattr(noisy, "VARIED", 0.0)
    charged = [full - float(loss(target, answer)) for full, answer in zip(with_spread, answers, strict=True)]
    assert float(loss(target, target[..., :1])) < 1e-6
    assert charged[0] > 0.3
    assert charged[1] < 0.01 * charged[0]


def test_what_takes_nothing_away_leaves_all_as_it_was(sections):
    card = Card("nothing", Architecture(2, 1, 1, (1,)), 8, 1.0, "", {}, {}, answers="noise")
    nothing = type("Nothing", (), {"card": card, "__call__": lambda self, windows: 0 * windows})()
    rows = score_cleaning(nothing, read_evidence(str(sections)))
    assert [row.ratio for row in rows] == [np.inf, 4, 2, 1]
    for row in rows:
        assert row.mae[0] == pytest.approx(row.mae[1])
        assert all(before == after for before, after in row.ods.values())
        assert row.mse[0] == pytest.approx(0 if np.isinf(row.ratio) else row.ratio**-2, rel=0.05)
    assert as_table(rows).count("\n") == 5
    assert as_scores(rows)[0]["signal_to_noise"] is None


def test_a_run_of_seconds_ships_a_network_for_noise(sections, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fit, "EPOCH", 4)
    monkeypatch.setattr(fit, "SETTLED", 2)
    tiny = dataclasses.replace(tiny_recipe.TINY, answers="noise", synthetic="noise-free")
    recipe = dataclasses.asdict(tiny)
    words = "\n".join(
        f"{key} = {list(value) if isinstance(value, tuple) else repr(value)}"
        for key, value in recipe.items()
        if value is not None
    ).replace("'", '"')
    (tmp_path / "tiny.toml").write_text(words)
    data = ["--data", str(sections), "--unseen", str(sections), "--folder", str(tmp_path / "out")]
    assert cli.main([str(tmp_path / "tiny.toml"), *data, "--precision", "float32"]) == 0
    assert "noisy, cleaned" in capsys.readouterr().out
    card = read_card(tmp_path / "out" / "tiny.keras")
    assert (card.answers, len(card.scores["table"])) == ("noise", 4)
    assert cli.main(["score", str(tmp_path / "out" / "tiny.keras"), str(sections)]) == 0
    assert "noisy, cleaned" in capsys.readouterr().out


def test_volumes_and_the_stream_are_refused(tmp_path, capsys):
    with pytest.raises(OdfaultError, match="on sections"):
        dataclasses.replace(tiny_recipe.TINY, dimensions=3, window=(16, 16, 16), answers="noise")
    with pytest.raises(OdfaultError, match="answers = waves"):
        dataclasses.replace(tiny_recipe.TINY, answers="waves")
    assert cli.main(["denoise2d", "--stream", "--folder", str(tmp_path)]) == 2
    assert "not noise" in capsys.readouterr().err
