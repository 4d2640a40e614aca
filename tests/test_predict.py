"""A tiled answer is the whole answer, whatever the tiles, their order and their batches."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import correlate1d

import odfault
from odfault import tiling
from odfault.errors import OdfaultError
from odfault.inference import BYTES_PER_SAMPLE, most_samples, place_answers, run_tiles
from odfault.model import load_network

NOTHING = 10**12
REACH = 5
GRID = 4


def box_sum(windows):
    """Sum whole numbers within the reach, mirrored at the faces of the window: a network of known reach."""
    for axis in (1, 2, 3):
        windows = correlate1d(windows, np.ones(2 * REACH + 1), axis, mode="mirror", output=np.float32)
    return windows


def pooled_sum(windows):
    """Sum cells of the grid and their neighbours: a network that knows its grid, of a reach of 7 samples."""
    for axis in (1, 2, 3):
        cells = np.add.reduceat(windows, np.arange(0, windows.shape[axis], GRID), axis)
        cells = correlate1d(cells, np.ones(3), axis, mode="mirror", output=np.float32)
        windows = np.repeat(cells, GRID, axis)
    return windows


def mean(windows):
    """Average within the reach."""
    return box_sum(windows) / np.float32((2 * REACH + 1) ** 3)


NETWORKS = [(box_sum, (REACH,) * 3, (1, 1, 1)), (pooled_sum, (7,) * 3, (GRID,) * 3)]


def answer(volume, network, halo, grid, *, most=NOTHING, order=None, batch=1, **place):
    """Answer a volume, and count how often each sample was written."""
    boxes = tiling.plan(volume.shape, halo, grid, most=most, **place)
    boxes = [boxes[n] for n in order(len(boxes))] if order else boxes
    answers, written = np.full(volume.shape, np.nan, np.float32), np.zeros(volume.shape, np.uint8)
    for gathered, values in run_tiles(
        lambda x, y, z: volume[x, y, z].copy(), volume.shape, boxes, network, batch=batch
    ):
        assert len(gathered.boxes) <= batch
        place_answers(gathered.boxes, values, answers)
        for box in gathered.boxes:
            written[tuple(tile.write for tile in box)] += 1
    return answers, written


def signs(shape, seed=0):
    """Draw amplitudes of 1 and -1: scaled they stay as they are, to the last bit."""
    return np.random.default_rng(seed).choice(np.float32([-1, 1]), shape)


def smallest(halo, grid, shape):
    """Estimate the samples of the smallest window."""
    return int(np.prod([2 * -(-h // g) * g + 3 * g for h, g in zip(halo, grid, strict=True)]))


shapes = st.tuples(*[st.integers(1, 60)] * 3)


@given(shapes, st.sampled_from(NETWORKS), st.integers(0, 3), st.integers(1, 40), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_a_tiled_answer_is_the_whole_answer_to_the_last_bit(shape, kind, extra, room, phase):
    network, halo, grid = kind
    volume, halo, place = signs(shape), tuple(h + extra for h in halo), {"phase": (phase, 2 * phase, -phase)}
    whole, _ = answer(volume, network, halo, grid, **place)
    tiled, written = answer(volume, network, halo, grid, most=room * smallest(halo, grid, shape), **place)
    np.testing.assert_array_equal(tiled, whole)
    np.testing.assert_array_equal(written, 1)


@given(st.tuples(*[st.sampled_from(range(tiling.THINNEST, 64, GRID))] * 3), st.integers(2, 40))
@settings(max_examples=10, deadline=None)
def test_the_answer_is_that_of_the_network_without_any_tiling(shape, room):
    volume = signs(shape)
    for network, halo, grid in NETWORKS:
        tiled, _ = answer(volume, network, halo, grid, most=room * smallest(halo, grid, shape))
        np.testing.assert_array_equal(tiled, network(volume[None])[0])


@given(shapes, st.data())
@settings(max_examples=30, deadline=None)
def test_a_part_is_answered_as_in_the_whole(shape, data):
    volume, (network, halo, grid) = signs(shape), NETWORKS[1]
    start = [data.draw(st.integers(0, n - 1)) for n in shape]
    part = tuple(slice(s, data.draw(st.integers(s + 1, n))) for s, n in zip(start, shape, strict=True))
    whole, _ = answer(volume, network, halo, grid)
    alone, written = answer(volume, network, halo, grid, part=part, most=data.draw(st.integers(1, 10**6)))
    np.testing.assert_array_equal(alone[part], whole[part])
    assert written.sum() == written[part].size


def test_a_survey_cut_out_of_another_keeps_its_answers_away_from_the_cut():
    volume, (network, halo, grid) = signs((60, 61, 62)), NETWORKS[1]
    whole, _ = answer(volume, network, halo, grid)
    cut, _ = answer(np.ascontiguousarray(volume[5:, 6:, 7:]), network, halo, grid, phase=(5, 6, 7))
    np.testing.assert_array_equal(cut[8:, 8:, 8:], whole[13:, 14:, 15:])


@given(st.permutations(range(27)), st.integers(1, 30))
@settings(max_examples=10, deadline=None)
def test_neither_the_order_of_the_tiles_nor_their_batches_matter(order, batch):
    volume, (network, halo, grid) = signs((44, 45, 46)), NETWORKS[1]
    whole, _ = answer(volume, network, halo, grid)
    tiled, written = answer(
        volume, network, halo, grid, most=32**3, batch=batch,
        order=lambda count: [n for n in order if n < count] + list(range(27, count)),
    )  # fmt: skip
    np.testing.assert_array_equal(tiled, whole)
    np.testing.assert_array_equal(written, 1)


@pytest.mark.parametrize("shape", [(50, 51, 52), (1, 70, 80), (3, 5, 100), (1, 1, 1), (1, 1, 300)])
@pytest.mark.parametrize("size", [-3.0, 1.0, 1e-20, 7e20])
def test_constant_in_constant_out_at_every_edge(shape, size):
    tiled, _ = answer(np.full(shape, size, np.float32), mean, (REACH,) * 3, (GRID,) * 3, most=30_000)
    np.testing.assert_allclose(tiled, np.sign(size), rtol=1e-5)


def test_what_is_done_is_not_answered_again_and_the_batches_stay():
    volume, seen = signs((40, 40, 40)), []

    def network(windows):
        seen.append(len(windows))
        return windows

    boxes = tiling.plan(volume.shape, (4, 4, 4), (4, 4, 4), most=20**3)
    assert len(boxes) > 20
    done = boxes[0:3] + boxes[8:14]
    for _ in run_tiles(
        lambda *b: volume[b].copy(), volume.shape, boxes, network, batch=4, done=lambda box: box in done
    ):
        pass
    batches = [boxes[n : n + 4] for n in range(0, len(boxes), 4)]
    assert seen == [len(some) for some in batches if not all(box in done for box in some)]


@pytest.mark.parametrize("most", [NOTHING, 40_000])
def test_dead_samples_answer_zero_however_they_are_cut(most):
    volume = np.random.default_rng(1).standard_normal((30, 40, 400)).astype(np.float32)
    volume[3, 4] = 0
    volume[5, 6] = np.nan
    volume[7, 8, :200] = 1e30
    tiled, _ = answer(volume, lambda windows: np.ones_like(windows), (8, 8, 8), (4, 4, 4), most=most)
    expected = np.ones_like(volume)
    expected[3, 4], expected[5, 6], expected[7, 8, : 200 - 64] = 0, 0, 0
    np.testing.assert_array_equal(tiled, expected)


def test_a_failing_reader_and_a_failing_network_are_heard():
    volume = signs((40, 40, 40))
    boxes = tiling.plan(volume.shape, (4, 4, 4), (4, 4, 4), most=20**3)

    def no_disk(x, y, z):
        raise OSError("the disk is gone")

    def no_memory(windows):
        raise MemoryError

    with pytest.raises(OSError, match="gone"):
        list(run_tiles(no_disk, volume.shape, boxes, box_sum))
    with pytest.raises(MemoryError):
        list(run_tiles(lambda *b: volume[b].copy(), volume.shape, boxes, no_memory))
    assert list(run_tiles(no_disk, volume.shape, [], box_sum)) == []


def pass_through_often():
    """Run many small tiles, so that windows are gathered while answers are placed."""
    volume = signs((64, 64, 64))
    boxes = tiling.plan(volume.shape, (2, 2, 2), (4, 4, 4), most=16**3)
    for gathered, values in run_tiles(lambda *b: volume[b].copy(), volume.shape, boxes, np.copy):
        for _ in range(20):
            place_answers(gathered.boxes, values, volume)


def test_the_plainest_threads_of_numba_are_enough():
    layer = {**os.environ, "NUMBA_THREADING_LAYER": "workqueue", "NUMBA_NUM_THREADS": "2"}
    words = "import test_predict; test_predict.pass_through_often()"
    subprocess.run(
        [sys.executable, "-c", words], env=layer, cwd=Path(__file__).parent, check=True, timeout=120
    )


@pytest.mark.parametrize("name", ["tiny3d", "tiny2d"])
def test_with_a_network_a_tiled_answer_is_the_whole_answer(name, request):
    network = load_network(request.getfixturevalue(name), precision="float32")
    lines = 90 if name == "tiny3d" else 5
    volume = np.random.default_rng(2).standard_normal((lines, 100, 110)).astype(np.float32)
    halo, grid = network.card.halo_shape, network.card.grid_shape
    whole, _ = answer(volume, network, halo, grid)
    tiled, written = answer(volume, network, halo, grid, most=80 * 80 * min(lines, 80))
    np.testing.assert_array_equal(written, 1)
    assert whole.std() > 0.1
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_a_network_is_built_once_until_its_file_changes(tiny2d, tiny3d, tmp_path):
    one = load_network(tiny2d, precision="float32")
    assert load_network(str(tiny2d), precision="float32").answer is one.answer
    assert load_network(tiny2d, precision="bfloat16").answer is not one.answer
    for name in ("mine.keras", "mine.json"):
        shutil.copy(tiny2d.with_suffix(Path(name).suffix), tmp_path / name)
    mine = load_network(tmp_path / "mine.keras", precision="float32")
    card = json.loads((tmp_path / "mine.json").read_text())
    (tmp_path / "mine.json").write_text(json.dumps({**card, "temperature": 2.0}))
    windows = np.random.default_rng(1).standard_normal((1, 1, 32, 32)).astype(np.float32)
    cooler = load_network(tmp_path / "mine.keras", precision="float32")
    assert np.ptp(cooler(windows)) < np.ptp(mine(windows))


def test_predict_gives_probabilities_of_the_same_shape(tiny2d, tiny3d):
    volume = np.random.default_rng(3).standard_normal((33, 35, 47))
    for model in (tiny2d, tiny3d):
        values = odfault.predict(volume, model=model, precision="float32")
        assert (values.shape, values.dtype) == (volume.shape, np.float32)
        assert 0 <= values.min() < values.max() <= 1
        np.testing.assert_array_equal(odfault.predict(volume * 2**20, model, precision="float32"), values)
    section = odfault.predict(volume[3], model=tiny2d, precision="float32")
    np.testing.assert_allclose(section, odfault.predict(volume, tiny2d, precision="float32")[3], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (2, 3), (1, 50), (50, 1), (1, 1, 70), (3, 1, 9)])
def test_predict_answers_the_thinnest_arrays(tiny2d, tiny3d, shape):
    seismic = np.random.default_rng(4).standard_normal(shape)
    for model in (tiny2d, tiny3d):
        values = odfault.predict(seismic, model=model)
        assert values.shape == shape
        assert np.isfinite(values).all()


def test_predict_leaves_its_input_alone_and_takes_any_numbers(tiny2d):
    section = np.random.default_rng(5).integers(-100, 100, (40, 50))
    expected = odfault.predict(section.astype(np.float32), tiny2d)
    for kind in (np.int8, np.int16, np.float64, ">f4"):
        given = section.astype(kind)
        np.testing.assert_array_equal(odfault.predict(given, tiny2d), expected)
        np.testing.assert_array_equal(given, section)
    np.testing.assert_array_equal(odfault.predict(section.tolist(), tiny2d), expected)
    np.testing.assert_array_equal(odfault.predict(section[::-1], tiny2d)[::-1].shape, section.shape)
    dead = section.astype(float)
    dead[10] = 1e300
    assert not odfault.predict(dead, tiny2d)[10].any()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"seismic": np.zeros(5)}, "shape"),
        ({"seismic": np.zeros((0, 5))}, "shape"),
        ({"seismic": np.zeros((2, 3, 4, 5))}, "shape"),
        ({"seismic": [[1, 2], [3]]}, "numbers"),
        ({"seismic": [["a", "b"]]}, "numbers"),
        ({"model": "no-such"}, "no model"),
        ({"precision": "float64"}, "precision"),
        ({"batch": 0}, "batch"),
        ({"memory_gb": 0.1}, "memory"),
        ({"memory_gb": float("nan")}, "memory"),
        ({"memory_gb": float("inf")}, "memory"),
    ],
)
def test_predict_refuses_what_makes_no_sense(words, problem, tiny2d):
    words = {"seismic": np.ones((20, 20)), "model": tiny2d, **words}
    with pytest.raises(OdfaultError, match=problem):
        odfault.predict(**words)


def test_the_memory_asked_for_is_shared_by_the_windows_of_a_batch():
    assert most_samples(4.0) == int(3.1e9 / BYTES_PER_SAMPLE)
    assert most_samples(4.0, 10) == most_samples(4.0) // 10
