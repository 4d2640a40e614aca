"""Training makes the loss smaller, goes on after a stop, and ships what it trained."""

import dataclasses
import json

import numpy as np
import pytest
from tiny_recipe import TINY

from odfault.card import hash_file
from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import write_cubes
from odfault_training.recipe import read_training_recipe

keras = pytest.importorskip("keras")


@pytest.fixture(scope="module")
def cubes(tmp_path_factory):
    path = tmp_path_factory.mktemp("cubes") / "cubes.h5"
    write_cubes(path, Recipe(shape=(32, 32, 48), seed=8, unfaulted=0.0), range(6))
    return path


def test_the_loss_is_small_for_a_right_answer_and_blind_where_the_label_is():
    from odfault_training.loss import make_loss

    loss = make_loss(0.0)
    target = np.zeros((2, 16, 16, 1), np.float32)
    target[:, 8] = 1
    right = np.where(target > 0, 9.0, -9.0).astype(np.float32)
    assert float(loss(target, right)) < 0.2 < float(loss(target, -right))
    blind = target.copy()
    blind[:, 4] = -1
    wrong = right.copy()
    wrong[:, 4] = 9.0
    assert float(loss(blind, wrong)) == pytest.approx(float(loss(blind, right)), abs=1e-5)


def test_windows_repeat_and_fit_their_targets(cubes):
    from odfault_synthetic.store import read_cubes
    from odfault_training.windows import Windows

    make = {"window": (32, 32, 32), "batch": 3, "steps": 4, "seed": 2}
    one, two = Windows(*read_cubes(cubes), **make), Windows(*read_cubes(cubes), **make)
    for number in range(4):
        window, target = one[number]
        assert window.shape == target.shape == (3, 32, 32, 32, 1)
        assert np.abs(window).max() <= 4
        assert set(np.unique(target)) <= {-1.0, 0.0, 1.0}
        np.testing.assert_array_equal(window, two[number][0])
    one.on_epoch_end()
    assert not np.array_equal(one[0][0], two[0][0])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_folded_network_answers_as_the_trained_one(dimensions, monkeypatch):
    from odfault.card import Architecture
    from odfault.network import build_network
    from odfault_training import export
    from odfault_training.export import fold_network

    keras.utils.set_random_seed(4)
    architecture = Architecture(dimensions, 8, 1, (1, 2))
    trained = build_network(architecture, normalise=True)
    rng = np.random.default_rng(1)
    for layer in trained.layers:
        if layer.name.startswith("normalise"):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    window = rng.standard_normal((1,) + (32,) * dimensions + (1,)).astype(np.float32)
    expected = np.asarray(trained(window, training=False))
    rounded = np.asarray(fold_network(trained, architecture)(window))
    assert np.abs(rounded - expected).max() < 0.02 * np.abs(expected).max()
    monkeypatch.setattr(export, "to_bfloat16", lambda values: values)
    np.testing.assert_allclose(fold_network(trained, architecture)(window), expected, rtol=1e-3, atol=1e-3)


def test_rounding_to_bfloat16_is_the_nearest_and_leaves_what_it_holds():
    from odfault_training.export import to_bfloat16

    values = np.float32([0, 1, -1, 1.5, 1 + 2**-9, 1 + 3 * 2**-9, 3e38, -1e-30])
    once = to_bfloat16(values)
    np.testing.assert_array_equal(to_bfloat16(once), once)
    assert (np.abs(once - values) <= np.abs(values) * 2.0**-8).all()
    np.testing.assert_array_equal(once[:6], np.float32([0, 1, -1, 1.5, 1, 1 + 2**-7]))


@pytest.mark.parametrize("name", ["fault2d", "fault3d"])
def test_shipped_weights_are_the_same_numbers_in_either_precision(name):
    from odfault.card import find_weights, read_card
    from odfault.network import build_network
    from odfault_training.export import to_bfloat16

    network = build_network(read_card(find_weights(name)).architecture)
    network.load_weights(find_weights(name))
    for weights in network.get_weights():
        np.testing.assert_array_equal(to_bfloat16(weights), weights)


def test_training_improves_goes_on_and_ships(cubes, tmp_path, monkeypatch, models):
    from odfault_training import fit
    from odfault_training.ship import ship

    monkeypatch.setattr(fit, "EPOCH", 4)
    monkeypatch.setattr(fit, "SETTLED", 20)
    whole = dataclasses.replace(TINY, average="scales")
    half = dataclasses.replace(whole, steps=8)
    fit.train(half, [cubes], cubes, tmp_path, precision="float32")
    model = fit.train(whole, [cubes], cubes, tmp_path, precision="float32")
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1", "2"]
    losses = [float(line.split(",")[1]) for line in lines[1:]]
    assert losses[-1] < losses[0]
    ship(model, "tiny", tmp_path, cubes, seconds=1.0)
    card = json.loads((tmp_path / "tiny.json").read_text())
    assert card["halo"] % 4 == 0
    assert card["recipe"]["training"]["name"] == "tiny"
    assert card["average"] == "scales"
    assert card["graph"]["parity"] < 1e-4
    assert card["graph"]["sha256"] == hash_file(tmp_path / "tiny.onnx")
    force = json.loads((tmp_path / "recipe.json").read_text())
    force["training"]["learned"] = 0.25
    (tmp_path / "recipe.json").write_text(json.dumps(force))
    ship(model, "part", tmp_path, cubes, seconds=1.0, start=models / "tiny2d.keras")
    paths = (models / "tiny2d.keras", tmp_path / "tiny.keras", tmp_path / "part.keras")
    begun, learned, part = map(read_weights, paths)
    for old, new, between in zip(begun, learned, part, strict=True):
        np.testing.assert_allclose(between, 0.75 * old + 0.25 * new, rtol=0.01, atol=1e-3)


def read_weights(path):
    """Read the weights of a network."""
    from odfault.card import read_card
    from odfault.network import build_network

    network = build_network(read_card(path).architecture)
    network.load_weights(path)
    return network.get_weights()


def test_recipes_refuse_what_makes_no_sense(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text('name = "x"\nwidht = 3\n')
    with pytest.raises(OdfaultError, match="unknown keys widht"):
        read_training_recipe(path)
    with pytest.raises(OdfaultError, match="multiples of 4"):
        dataclasses.replace(TINY, window=(30, 32))
    with pytest.raises(OdfaultError, match="average = twice"):
        dataclasses.replace(TINY, average="twice")
    assert read_training_recipe("fault3d").dimensions == 3
