"""A file of cubes holds whole cubes at any moment, and what was interrupted ends as what was not."""

import contextlib
import dataclasses
import functools
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from odfault.errors import OdfaultError
from odfault_synthetic import layout, ledger, store
from odfault_synthetic.cube import Cube, draw_cube
from odfault_synthetic.ledger import Ledger
from odfault_synthetic.recipe import Recipe
from odfault_synthetic.store import read_cubes, read_recipe_of, read_whole_cubes, read_words_of, write_cubes
from odfault_synthetic.stream import draw_ahead, stream

SMALL = Recipe(shape=(16, 20, 24), seed=3)
NAMES = tuple(layout.KINDS)
WRITER = """
import sys, json
from pathlib import Path
from test_store import SMALL, sketch
from odfault.errors import OdfaultError
from odfault_synthetic.store import write_cubes
import odfault_synthetic.store as store
store.STEP = 1
def show(done): print(done, flush=True)
try:
    write_cubes(Path(sys.argv[1]), SMALL, range(int(sys.argv[2])), draw=sketch, progress=show)
except OdfaultError as error:
    sys.exit(str(error))
"""
ROOT = Path(__file__).parents[1]


def sketch(number: int) -> Cube:
    """Draw a cube in no time, of numbers that are easy to tell apart."""
    chance = np.random.default_rng(number)
    seismic, labels = chance.standard_normal(SMALL.shape, np.float32), chance.integers(0, 4, SMALL.shape)
    throw, dip, strike = chance.uniform(0, 100, (3, *SMALL.shape)).astype(np.float32)
    return Cube(seismic, labels.astype(np.uint8), throw, dip, strike)


@functools.cache
def contents(count: int) -> dict[str, np.ndarray]:
    cubes = [sketch(number) for number in range(count)]
    return {
        name: np.stack([getattr(cube, name) for cube in cubes]).astype(layout.KINDS[name]) for name in NAMES
    }


def assert_holds(path: Path, count: int) -> None:
    """Check every array of a file, by our reader and by h5py alone."""
    with h5py.File(path, locking=False) as file:
        assert file.attrs["count"] == count
        for name in NAMES:
            np.testing.assert_array_equal(file[name][:], contents(count)[name] if count else file[name][:])
            assert len(file[name]) == count
    assert len(read_cubes(path)[0]) == count


def part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def start_writer(path: Path, count: int, **words) -> subprocess.Popen:
    paths = [str(ROOT / folder) for folder in ("tests", ".", "synthetic", "training")]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **words,
    )  # fmt: skip


def test_what_is_read_is_what_was_drawn(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(5, 8), words={"like": "a.sgy"})
    assert read_recipe_of(path) == SMALL
    assert read_words_of(path) == {"like": "a.sgy"}
    drawn = [draw_cube(SMALL, number) for number in range(5, 8)]
    for cube, read in zip(drawn, read_whole_cubes(path), strict=True):
        np.testing.assert_array_equal(read.labels, cube.labels)
        for name, kind in layout.KINDS.items():
            assert getattr(read, name).dtype == (np.uint8 if name == "labels" else np.float32)
            np.testing.assert_array_equal(getattr(read, name), getattr(cube, name).astype(kind))
        np.testing.assert_allclose(read.throw, cube.throw, rtol=2.0**-11)
        np.testing.assert_allclose(read.dip, cube.dip, atol=1 / 32)
        np.testing.assert_allclose(read.strike, cube.strike, atol=1 / 8)
    seismic, labels = read_cubes(path, 1, 2)
    np.testing.assert_array_equal(seismic[0], drawn[1].seismic.astype(np.float16))
    np.testing.assert_array_equal(labels[0], drawn[1].labels)


def test_a_file_grows_and_keeps_what_it_has(tmp_path):
    path = tmp_path / "cubes.h5"
    for count in (2, 2, 5, 3):
        write_cubes(path, SMALL, range(count), draw=sketch)
    assert_holds(path, 5)
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("shape", [(16, 20, 24), (1, 32, 48), (20, 16, 16)])
def test_any_hdf5_library_reads_the_chunks(shape, tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "CHUNK", 4096)  # the last is then cut in chunks of 16 inlines
    recipe = dataclasses.replace(SMALL, shape=shape)
    write_cubes(tmp_path / "cubes.h5", recipe, range(2))
    with h5py.File(tmp_path / "cubes.h5") as file:
        for number in range(2):
            drawn = draw_cube(recipe, number)
            for name, kind in layout.KINDS.items():
                np.testing.assert_array_equal(file[name][number], getattr(drawn, name).astype(kind))


def test_a_new_file_has_its_name_only_when_it_is_done(tmp_path):
    path = tmp_path / "cubes.h5"

    def look(done: int) -> None:
        assert not path.exists()
        assert_holds(part(path), done)

    write_cubes(path, SMALL, range(3), draw=sketch, progress=look)
    assert_holds(path, 3)


@pytest.mark.parametrize("before", [0, 2])
def test_killed_at_any_moment_it_holds_whole_cubes_and_goes_on(before, tmp_path):
    chance, path = random.Random(before), tmp_path / "cubes.h5"
    if before:
        write_cubes(path, SMALL, range(before), draw=sketch)
    growing, least = path if before else part(path), before
    for _ in range(3):
        with start_writer(path, 10_000) as writer:
            assert writer.stdout.readline().strip() == str(least)
            time.sleep(chance.uniform(0, 0.15))
            writer.kill()
            told = [int(word) for word in writer.stdout.read().split("\n")[:-1]]
        assert writer.returncode == -signal.SIGKILL
        with contextlib.closing(Ledger(growing)) as safe, h5py.File(safe) as file:
            count = int(file.attrs["count"])
        assert max([least, *told]) <= count
        cubes = list(read_whole_cubes(growing))
        assert len(cubes) == count
        for name in NAMES:
            np.testing.assert_array_equal(np.stack([getattr(c, name) for c in cubes]), contents(count)[name])
        assert path.exists() == bool(before)
        least = count
    write_cubes(path, SMALL, range(least + 3), draw=sketch)
    assert_holds(path, least + 3)


class CutError(Exception):
    """The power is gone."""


def test_whatever_byte_is_the_last_the_file_is_the_old_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(2), draw=sketch)
    old, budget, total, seen = path.read_bytes(), [0], [], set()
    write_all = ledger.write_all

    def tear(file, piece):
        total.append(len(piece))
        write_all(file, piece[: max(0, budget[0])])
        budget[0] -= len(piece)
        if budget[0] < 0:
            raise CutError

    monkeypatch.setattr(ledger, "write_all", tear)
    monkeypatch.setattr(ledger.os, "fsync", lambda number: None)
    budget[0] = 10**9
    write_cubes(path, SMALL, range(3), draw=sketch)
    new, length = path.read_bytes(), sum(total)
    monkeypatch.setattr(ledger.Ledger, "_undo", lambda self: None)  # the dead mend nothing
    for budget_now in sorted({*range(0, length, length // 40), *range(length - 3000, length, 83), length}):
        path.write_bytes(old)
        budget[0] = budget_now
        with contextlib.suppress(CutError):
            write_cubes(path, SMALL, range(3), draw=sketch)
        count = len(list(read_whole_cubes(path)))
        seen.add(count)
        assert read_cubes(path)[0].tobytes() == contents(count)["seismic"].tobytes()
        budget[0] = 10**9
        write_cubes(path, SMALL, range(3), draw=sketch)
        assert path.read_bytes() == new
    assert seen == {2, 3}


@pytest.mark.parametrize("before", [0, 2])
def test_a_full_disk_is_one_line_and_leaves_what_was_whole(before, tmp_path):
    path = tmp_path / "cubes.h5"
    if before:
        write_cubes(path, SMALL, range(before), draw=sketch)
    limit = 300_000

    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with start_writer(path, 100, preexec_fn=small_disk) as writer:
        said, error = writer.communicate()
    assert writer.returncode == 1
    assert error.count("\n") == 1
    assert "cannot be written" in error
    assert "run the same command again" in error
    growing, count = path if before else part(path), int(said.split()[-1])
    assert count > before
    assert growing.stat().st_size <= limit
    assert_holds(growing, count)
    assert path.exists() == bool(before)
    assert len(list(tmp_path.iterdir())) == 1
    write_cubes(path, SMALL, range(count + 2), draw=sketch)
    assert_holds(path, count + 2)


def test_no_room_at_all_leaves_nothing(tmp_path, monkeypatch):
    def full(*words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger.os, "fsync", full)
    with pytest.raises(OdfaultError, match="No space left"):
        write_cubes(tmp_path / "cubes.h5", SMALL, range(2), draw=sketch)
    assert not list(tmp_path.iterdir())


def test_an_error_while_drawing_leaves_whole_cubes(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "STEP", 1)

    def fail(number: int) -> Cube:
        if number == 3:
            raise OdfaultError("no more", "stop")
        return sketch(number)

    with pytest.raises(OdfaultError, match="no more"):
        write_cubes(tmp_path / "cubes.h5", SMALL, range(6), draw=fail)
    assert_holds(part(tmp_path / "cubes.h5"), 3)
    write_cubes(tmp_path / "cubes.h5", SMALL, range(6), draw=sketch)
    assert_holds(tmp_path / "cubes.h5", 6)


def test_stopped_while_a_step_is_made_the_step_is_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "STEP", 1)
    commit, handler = Ledger.commit, signal.getsignal(signal.SIGINT)

    def stop(self):
        signal.raise_signal(signal.SIGINT)
        commit(self)

    monkeypatch.setattr(Ledger, "commit", stop)
    with pytest.raises(KeyboardInterrupt):
        write_cubes(tmp_path / "cubes.h5", SMALL, range(6), draw=sketch)
    assert signal.getsignal(signal.SIGINT) is handler
    assert_holds(part(tmp_path / "cubes.h5"), 1)


def test_two_runs_do_not_write_one_file(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(2), draw=sketch)
    with (
        contextlib.closing(Ledger(path, writing=True)),
        pytest.raises(OdfaultError, match="in use"),
    ):
        write_cubes(path, SMALL, range(3), draw=sketch)
    assert_holds(path, 2)


def test_another_cube_than_the_recipes_is_refused(tmp_path):
    with pytest.raises(ValueError, match="in a file for"):
        write_cubes(tmp_path / "a.h5", dataclasses.replace(SMALL, shape=(16, 16, 16)), range(1), draw=sketch)


def test_a_file_of_other_cubes_is_not_gone_on_with(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(2), draw=sketch, words={"a": 1})
    before = path.read_bytes()
    for recipe, numbers, words, problem in (
        (dataclasses.replace(SMALL, seed=4), range(3), {"a": 1}, "another recipe or seed"),
        (SMALL, range(1, 3), {"a": 1}, "begins with cube 0, not 1"),
        (SMALL, range(3), {"a": 2}, "another survey"),
    ):
        with pytest.raises(OdfaultError, match=problem):
            write_cubes(path, recipe, numbers, draw=sketch, words=words)
        assert path.read_bytes() == before


def test_files_of_other_versions_get_one_line(tmp_path):
    path = tmp_path / "cubes.h5"
    write_cubes(path, SMALL, range(1), draw=sketch)
    with h5py.File(path, "a") as file:
        file.attrs["recipe"] = json.dumps({**json.loads(file.attrs["recipe"]), "volcanoes": 3})
    with pytest.raises(OdfaultError, match=r"another version of odfault .*volcanoes"):
        read_recipe_of(path)
    with h5py.File(path, "a") as file:
        file.attrs["version"] = "0.0.1"
    with pytest.raises(OdfaultError, match=r"drawn by odfault 0\.0\.1"):
        write_cubes(path, SMALL, range(2), draw=sketch)
    with h5py.File(path, "a") as file:
        del file["throw"], file.attrs["format"]
    for read in (read_recipe_of, read_words_of, lambda path: next(read_whole_cubes(path))):
        with pytest.raises(OdfaultError, match=r"another version of odfault \(0\.0\.1\): draw it anew"):
            read(path)
    assert read_cubes(path)[0].shape == (1, *SMALL.shape)


def test_what_is_no_file_of_cubes_gets_one_line(tmp_path):
    text, cut, other = tmp_path / "text.h5", tmp_path / "cut.h5", tmp_path / "other.h5"
    text.write_text("precious")
    write_cubes(cut, SMALL, range(2), draw=sketch)
    cut.write_bytes(cut.read_bytes()[:-5000])
    with h5py.File(other, "w") as file:
        file["mine"] = 1
    for path, problem in ((text, "is not an HDF5 file"), (cut, "is cut off"), (other, "holds no cubes")):
        before = path.read_bytes()
        for use in (read_cubes, read_recipe_of, lambda path: write_cubes(path, SMALL, range(3), draw=sketch)):
            with pytest.raises(OdfaultError, match=problem) as caught:
                use(path)
            assert "\n" not in str(caught.value)
        assert path.read_bytes() == before
    with pytest.raises(OdfaultError, match="does not exist"):
        read_cubes(tmp_path / "none.h5")


def test_a_stream_is_the_cubes_in_order_for_any_number_of_threads():
    for workers, ahead in ((1, 1), (3, 5)):
        cubes = stream(SMALL, first=2, workers=workers, ahead=ahead)
        for expected in (2, 3, 4):
            number, cube = next(cubes)
            assert number == expected
            np.testing.assert_array_equal(cube.seismic, draw_cube(SMALL, expected).seismic)
        cubes.close()


def test_a_stream_draws_no_further_than_asked():
    drawn, waiting = [], threading.Event()

    def draw(number: int) -> int:
        drawn.append(number)
        return number

    numbers = draw_ahead(draw, range(100), workers=2, ahead=4)
    assert not drawn
    assert next(numbers) == (0, 0)
    waiting.wait(0.2)
    assert max(drawn) <= 4
    numbers.close()
    assert list(draw_ahead(draw, range(3), workers=5, ahead=1)) == [(0, 0), (1, 1), (2, 2)]


def test_an_error_comes_at_its_turn_and_no_thread_stays():
    def draw(number: int) -> int:
        if number == 2:
            raise ValueError("two")
        return number

    numbers = draw_ahead(draw, range(100))
    assert [next(numbers), next(numbers)] == [(0, 0), (1, 1)]
    with pytest.raises(ValueError, match="two"):
        next(numbers)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("draw")]


def test_a_forgotten_stream_does_not_hold_the_interpreter():
    words = (
        "import time; from odfault_synthetic.stream import draw_ahead\n"
        "numbers = draw_ahead(lambda n: time.sleep(0.1) or n, range(10**6), ahead=8); next(numbers)"
    )
    paths = os.pathsep.join(str(ROOT / folder) for folder in (".", "synthetic"))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", words], env=environment, check=True, timeout=60)
