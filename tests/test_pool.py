"""Training straight from the generator sees the cubes that its step says, wherever it was stopped."""

import contextlib
import dataclasses
import json

import numpy as np
import pytest

from odfault_synthetic.cube import draw_cube
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import write_cubes
from odfault_training.recipe import TrainingRecipe

pytest.importorskip("keras")
from odfault_training.pool import Fresh, FreshWindows, Pool

SMALL = Recipe(shape=(32, 32, 48), seed=8, unfaulted=0.0)
FRESH = Fresh(SMALL, size=3, every=2)
WORDS = {"window": (32, 32), "batch": 2, "steps": 4, "seed": 2}
TINY = TrainingRecipe(
    name="tiny", dimensions=2, width=8, blocks=1, dilations=(1,), window=(32, 32), batch=4, steps=8, rate=5e-3
)


def first_of(cubes) -> int:
    """Tell the number of the first of some cubes."""
    return next(n for n in range(30) if np.array_equal(draw_cube(SMALL, n).labels, cubes[1][0]))


def test_a_pool_holds_the_cubes_of_its_step():
    with contextlib.closing(Pool(FRESH)) as pool:
        for step, first in ((0, 0), (1, 0), (2, 1), (7, 3), (5, 2), (40, 20)):
            seismic, labels = pool.at(step)
            assert len(seismic) == len(labels) == 3
            assert first_of((seismic, labels)) == first
            for at in range(3):
                drawn = draw_cube(SMALL, first + at)
                np.testing.assert_array_equal(seismic[at], drawn.seismic.astype(np.float16))
        assert len(pool._cubes) <= 3 + 16 // 2


def test_a_pool_that_begins_later_gives_the_same_windows():
    with contextlib.closing(Pool(FRESH)) as early, contextlib.closing(Pool(FRESH, 8)) as late:
        on, again = FreshWindows(early, **WORDS), FreshWindows(late, **WORDS)
        for _ in range(2):
            before = [on[number][0] for number in range(4)]
            on.on_epoch_end()
        again.epoch = 2
        for number in range(4):
            for one, two in zip(on[number], again[number], strict=True):
                np.testing.assert_array_equal(one, two)
            assert not np.array_equal(on[number][0], before[number])


def test_sections_are_cut_from_a_pool_too():
    recipe = dataclasses.replace(SMALL, shape=(1, 48, 64))
    with contextlib.closing(Pool(Fresh(recipe, size=2))) as pool:
        windows = FreshWindows(pool, **WORDS)
        assert all(windows[number][0].shape == (2, 32, 32, 1) for number in range(4))


def test_training_from_a_stream_learns_and_goes_on_at_its_step(tmp_path, monkeypatch):
    from odfault_training import fit, pool

    unseen, begun = tmp_path / "unseen.h5", []
    write_cubes(unseen, dataclasses.replace(SMALL, seed=9), range(2))
    monkeypatch.setattr(fit, "EPOCH", 4)
    monkeypatch.setattr(fit, "SETTLED", 4)
    begin = pool.Pool.__init__
    monkeypatch.setattr(
        pool.Pool, "__init__", lambda self, *words: (begun.append(words[1]), begin(self, *words))[0]
    )
    fit.train(TINY, FRESH, unseen, tmp_path, precision="float32")
    fit.train(dataclasses.replace(TINY, steps=16), FRESH, unseen, tmp_path, precision="float32")
    assert begun == [0, 8]
    losses = [float(line.split(",")[1]) for line in (tmp_path / "log.csv").read_text().splitlines()[1:]]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
    force = json.loads((tmp_path / "recipe.json").read_text())
    assert force["pool"] == {"size": 3, "every": 2}
    assert force["synthetic"]["seed"] == 8
    assert not (tmp_path / "train.h5").exists()


def test_the_command_trains_from_a_stream(tmp_path, monkeypatch):
    from odfault_training import cli, fit, ship

    given = []
    monkeypatch.setattr(fit, "train", lambda *words, **more: given.append(words))
    monkeypatch.setattr(ship, "ship", lambda *words, **more: None)
    unseen = tmp_path / "unseen.h5"
    unseen.touch()
    words = ["fault2d", "--stream", "--pool", "9", "--every", "3", "--folder", str(tmp_path)]
    assert cli.main([*words, "--unseen", str(unseen)]) == 0
    assert (given[0][1].size, given[0][1].every, given[0][1].recipe.seed) == (9, 3, 1)
    assert cli.main([*words, "--unseen", str(unseen), "--data", "cubes.h5"]) == 2
    assert cli.main([*words, "--unseen", str(unseen), "--pool", "0"]) == 2
    assert len(given) == 1
