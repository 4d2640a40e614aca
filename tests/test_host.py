"""The host gets an answer to every question, in every order, whatever goes wrong behind the door."""

import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import textwrap
import types
import urllib.parse
from pathlib import Path

import numpy as np
import psutil
import pytest
from host_standin import BARE, ROOT, Host, query, window_about, with_margins

from odfault.card import HALF_WINDOW, Architecture, Card
from odfault.host.door import set_environment
from odfault.host.lookahead import LookAhead
from odfault.host.spans import overlap, span_tile
from odfault.host.window import FaultProbability
from odfault.host.wire import TrcInfo
from odfault.inference import answer_array
from odfault.lens import Lens, own_lens

SCRIPT = ROOT / "attributes" / "fault_probability.py"
HAVE_MODELS = (ROOT / "models" / "fault2d.keras").is_file()
HALO = 8

ECHO = f"""
import os, subprocess, sys
sys.path.insert(0, {str(ROOT)!r})
import numpy as np
from odfault.host import door

def make_attribute(parameters, info):
    flaw = parameters.get("Flaw", "none")
    print("a library greets")
    if flaw == "no model":
        raise OSError("weights\\nvanished")
    def attribute(window, trace):
        print("a library counts", trace.inline)
        os.write(1, b"and its C part too")
        if flaw == "always" or flaw == "sometimes" and trace.inline % 2:
            raise MemoryError("no room for the network")
        if flaw == "short":
            return window[0, 0, 0][None, :-1]
        if flaw == "child":
            subprocess.run(["cat"], check=True)
        return np.stack([window[0, window.shape[1] // 2, window.shape[2] // 2], window[0].sum(axis=(0, 1))])
    return attribute

raise SystemExit(door.serve({{"Inputs": ["a"], "Parallel": False}}, make_attribute))
"""

BLOCKY = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from odfault.host import door, menu
from test_host import blocky_network, rim

def make_attribute(parameters, info):
    from odfault.host.window import FaultProbability

    margins = menu.read_margins(parameters)
    return FaultProbability(blocky_network, rim({HALO}), parameters["Model"]["Value"], margins)

raise SystemExit(door.serve({{}}, make_attribute))
"""


def rim(halo, direction="3-D"):
    """Give halo and grid of a network as its card does."""
    deep = direction == "3-D"
    return types.SimpleNamespace(
        halo_shape=(halo if deep else 0, halo, halo), grid_shape=(4 if deep else 1, 4, 4), finds_faults=True
    )


def blocky_network(windows):
    """Largest amplitude in the blocks of four about a sample: reaches 7 samples, knows the grid, exact."""
    grid = [4 if n > 1 else 1 for n in windows.shape[1:]]
    shape = [(n // g, g) for n, g in zip(windows.shape[1:], grid, strict=True)]
    blocks = (
        np.abs(windows).reshape(len(windows), *(n for pair in shape for n in pair)).max(axis=(2, 4, 6)) / 4
    )
    wide = np.pad(blocks, ((0, 0), (1, 1), (1, 1), (1, 1)))
    for axis in (1, 2, 3):
        n = wide.shape[axis]
        wide = np.maximum.reduce([wide.take(range(k, n - 2 + k), axis=axis) for k in range(3)])
    for axis, size in enumerate(grid):
        wide = wide.repeat(size, axis=axis + 1)
    return wide


def mean_network(windows):
    """Mean size in the blocks of four about a sample: reaches 7 samples, knows the grid, seldom 1."""
    grid = [4 if n > 1 else 1 for n in windows.shape[1:]]
    shape = [(n // g, g) for n, g in zip(windows.shape[1:], grid, strict=True)]
    blocks = np.abs(windows, dtype=float).reshape(len(windows), *(n for pair in shape for n in pair))
    wide = np.pad(blocks.mean(axis=(2, 4, 6)) / 4, ((0, 0), (1, 1), (1, 1), (1, 1)))
    for axis in (1, 2, 3):
        n = wide.shape[axis]
        wide = sum(wide.take(range(k, n - 2 + k), axis=axis) for k in range(3)) / 3
    for axis, size in enumerate(grid):
        wide = wide.repeat(size, axis=axis + 1)
    return wide.astype(np.float32)


def by_lines(network):
    """Make a network for sections of one for volumes."""
    return lambda windows: network(windows.reshape(-1, 1, *windows.shape[2:])).reshape(windows.shape)


def scaled_plainly(volume):
    """Divide by the running mean size of live samples, with no word in common with the kernel."""
    scaled = np.zeros_like(volume)
    for where in np.ndindex(volume.shape):
        near = np.abs(volume[(*where[:2], slice(max(0, where[2] - HALF_WINDOW), where[2] + HALF_WINDOW + 1))])
        if volume[where]:
            scaled[where] = np.clip(volume[where] / near[near > 0].mean(dtype=float), -4, 4)
    return scaled


@pytest.fixture
def echo(tmp_path):
    path = tmp_path / "echo.py"
    path.write_text(textwrap.dedent(ECHO))
    return path


@pytest.fixture
def window():
    return np.random.default_rng(4).standard_normal((3, 5, 40)).astype(np.float32)


@pytest.fixture(scope="module")
def volume():
    cube = np.random.default_rng(5).laplace(size=(12, 40, 76)).astype(np.float32)
    cube[3, 5] = 0
    return cube


# The menu


def test_the_menu_is_all_that_a_query_says():
    done = query(SCRIPT)
    assert (done.returncode, done.stderr) == (0, b"")
    menu = json.loads(urllib.parse.unquote(done.stdout.decode("ascii")))
    assert menu["Inputs"] == ["Seismic"]
    assert menu["Output"] == ["Fault probability", "Thinned", "Fault number"]
    assert menu["Parallel"] is False
    assert menu["Model"]["Value"] in menu["Model"]["Options"]
    assert menu["SEG-Y file"] == {"Type": "File", "Mode": "FileIn", "Value": ""}
    assert menu["StepOut"]["Hidden"] is menu["ZSampMargin"]["Hidden"] is False
    assert menu["ZSampMargin"]["Minimum"] == menu["ZSampMargin"]["Value"]
    assert menu["StepOut"]["Minimum"] == [0, 0]
    halo = json.loads((ROOT / "models" / "fault3d.json").read_text())["halo"]
    assert min(menu["StepOut"]["Value"]) > halo


def test_the_menu_for_sections_differs_in_what_is_offered_first_alone():
    scripts = SCRIPT, SCRIPT.with_name("fault_probability_2d.py")
    menus = [json.loads(urllib.parse.unquote(query(script).stdout.decode())) for script in scripts]
    offered = [[menu.pop("StepOut")["Value"], menu["Model"].pop("Value")] for menu in menus]
    margins = [menu.pop("ZSampMargin")["Value"][1] for menu in menus]
    halo = json.loads((ROOT / "models" / "fault2d.json").read_text())["halo"]
    assert offered[1] == [[0, halo + 2], "2-D inline"]
    assert margins[1] >= halo + HALF_WINDOW
    assert menus[0] == menus[1]


def test_a_query_imports_nothing_heavy_and_writes_no_file(tmp_path):
    code = (
        "import runpy, sys\nsys.argv = [sys.argv[1], '-g']\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\nexcept SystemExit: pass\n"
        "print('|', sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(SCRIPT)],
        capture_output=True, text=True, env=BARE, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    loaded = done.stdout.split("|")[1]
    assert "numpy" in loaded
    for heavy in ("numba", "scipy", "keras", "tensorflow", "h5py", "segyio", "matplotlib"):
        assert f"'{heavy}'" not in loaded
    assert not list(tmp_path.iterdir())


def test_a_query_takes_hardly_longer_than_numpy():
    resource = pytest.importorskip("resource", reason="this system tells no processor time of children")

    def seconds(command):  # of the processor, which hardly depends on what else the machine does
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=BARE, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    query, plain = [sys.executable, str(SCRIPT), "-g"], [sys.executable, "-c", "import numpy"]
    best_query = best_plain = math.inf
    for _ in range(40):  # in turn, until both have had a quiet moment of the machine
        best_query, best_plain = min(best_query, seconds(query)), min(best_plain, seconds(plain))
        if best_query < 1.3 * best_plain:
            break
    assert best_query < 1.3 * best_plain


def test_a_script_that_is_asked_nothing_says_how_it_is_meant(echo):
    done = subprocess.run([sys.executable, str(echo)], capture_output=True, text=True, env=BARE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "attribute window" in done.stderr


@pytest.mark.parametrize("layout", ["checkout", "wheel"])
def test_the_script_finds_its_package_when_it_is_not_installed(tmp_path, layout):
    package = tmp_path / "odfault"
    ignore = shutil.ignore_patterns("__pycache__", "example")
    shutil.copytree(ROOT / "odfault", package, ignore=ignore)
    attributes = (tmp_path if layout == "checkout" else package) / "attributes"
    shutil.copytree(ROOT / "attributes", attributes, ignore=ignore)
    code = (
        "import numpy, pathlib, runpy, sys\n"
        "sys.path = [p for p in sys.path if p and not (pathlib.Path(p) / 'odfault').is_dir()]\n"
        "found = runpy.run_path(sys.argv[1])\nprint(found['door'].__file__)"
    )
    script = attributes / SCRIPT.name
    command = [sys.executable, "-B", "-c", code, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, env=BARE, cwd="/", check=True)
    assert done.stdout.strip() == str(package / "host" / "door.py")


def test_compiled_code_goes_to_a_private_folder_where_the_package_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.delenv("HOME", raising=False)
    own = tmp_path / f"odfault-{os.getuid()}"
    for spoilt in (False, True):
        monkeypatch.setenv("NUMBA_CACHE_DIR", "to be put back")
        monkeypatch.delenv("NUMBA_CACHE_DIR")
        if spoilt:
            own.chmod(0o777)
        set_environment()
        chosen = Path(os.environ["NUMBA_CACHE_DIR"])
        assert (chosen == own) is not spoilt
        assert chosen.stat().st_mode & 0o077 == 0


# The stream


@pytest.mark.parametrize("long", [True, False])
def test_both_makes_of_the_first_block_are_read_and_prints_reach_nothing(echo, window, long):
    with Host(echo, step_out=(1, 2), outputs=2, long=long) as host:
        for n in (40, 7, 40, 1):
            part = window[:, :, :n]
            centre, total = host.ask(part)
            np.testing.assert_array_equal(centre, part[1, 2])
            np.testing.assert_allclose(total, part.sum(axis=(0, 1)), rtol=1e-5)
        assert host.leave() == (0, b"", "")


def test_outputs_are_those_that_the_host_counts(echo, window):
    for outputs in (1, 3):
        with Host(echo, step_out=(1, 2), outputs=outputs) as host:
            reply = host.ask(window)
            np.testing.assert_array_equal(reply[0], window[1, 2])
            assert np.isnan(reply[2:]).all()


def test_a_window_larger_than_the_pipe_passes(echo):
    large = np.random.default_rng(6).standard_normal((41, 41, 300)).astype(np.float32)
    with Host(echo, step_out=(20, 20), outputs=2) as host:
        np.testing.assert_array_equal(host.ask(large)[0], large[20, 20])


@pytest.mark.parametrize("flaw", ["always", "no model", "short"])
def test_a_failure_is_undefined_in_the_host_and_one_line_in_its_log(echo, window, flaw):
    with Host(echo, {"Flaw": flaw}, step_out=(1, 2), outputs=2) as host:
        for inline in range(50):
            assert np.isnan(host.ask(window, inline)).all()
        code, rest, log = host.leave()
    assert (code, rest) == (0, b"")
    assert len(log.splitlines()) == 1
    assert log.startswith("odfault: ")


def test_it_lives_on_after_a_failure(echo, window):
    with Host(echo, {"Flaw": "sometimes"}, step_out=(1, 2), outputs=2) as host:
        failed = [np.isnan(host.ask(window, inline)).all() for inline in range(20)]
        assert len(host.leave()[2].splitlines()) == 1
    assert failed == [False, True] * 10


def test_a_child_of_a_library_cannot_eat_the_input(echo, window):
    with Host(echo, {"Flaw": "child"}, step_out=(1, 2), outputs=2) as host:
        for _ in range(3):
            np.testing.assert_array_equal(host.ask(window)[0], window[1, 2])


def test_parameters_that_cannot_be_read_are_undefined(echo, window):
    with Host(echo, step_out=(1, 2)) as host:
        host.process.kill()
        host.leave()
    head = struct.pack("=5i5fi", 15, 1, 1, 3, 5, 0.004, 25, 25, 1000, 1e6, 40) + struct.pack(
        "=4i", 40, 0, 1, 1
    )
    done = subprocess.run(
        [sys.executable, str(echo), "-c", "%7Bno"],
        input=head + window.tobytes(),
        capture_output=True,
        check=True,
    )
    assert np.isnan(np.frombuffer(done.stdout, np.float32)).all()
    assert len(done.stdout) == 160
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("length", [0, 17, 43, 44, 50, 60, 100])
def test_an_input_that_ends_early_is_left_quietly(echo, length):
    whole = struct.pack("=5i5fi", 15, 1, 1, 3, 5, 0.004, 25, 25, 1000, 1e6, 40) + struct.pack(
        "=4i", 40, 0, 1, 1
    )
    whole += bytes(200)
    done = subprocess.run(
        [sys.executable, str(echo), "-c", "%7B%7D"], input=whole[:length], capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_garbage_is_one_line_and_an_end(echo):
    for noise in (b"\xff" * 200, bytes(200), b"GET / HTTP/1.1\r\n" * 20):
        done = subprocess.run([sys.executable, str(echo), "-c", "%7B%7D"], input=noise, capture_output=True)
        assert (done.returncode, done.stdout) == (0, b"")
        assert len(done.stderr.splitlines()) == 1


def test_a_host_that_stops_listening_is_left_quietly(echo, window):
    with Host(echo, step_out=(1, 2), outputs=2) as host:
        host.ask(window)
        host.process.stdout.close()
        host.send(struct.pack("=4i", 40, 0, 1, 1) + window.tobytes())
        assert host.process.wait(20) == 0
        assert host.read_log() == ""
        host.process.stdout = open(os.devnull, "rb")  # noqa: SIM115, PTH123


# The numbers


def whole_answer(volume, network=blocky_network):
    pads = [(0, -n % 4 if n > 1 else 0) for n in volume.shape]
    wide = np.pad(scaled_plainly(volume), pads, mode="reflect")
    answer = network(wide[None])[0][tuple(slice(n) for n in volume.shape)]
    return np.where(volume == 0, 0, answer)


def ask_trace(attribute, volume, place, step_out, margin):
    """Ask an attribute in this process for all of a trace."""
    window = with_margins(window_about(volume, *place, step_out), 0, volume.shape[2], margin)
    reply = attribute(window[None], TrcInfo(window.shape[2], 0, *place))
    return reply[:, margin : margin + volume.shape[2]]


@pytest.mark.parametrize("step_out", [(HALO, HALO), (HALO + 3, HALO + 5)])
def test_window_by_window_is_the_whole_volume(volume, step_out):
    attribute = FaultProbability(blocky_network, rim(HALO), "3-D", (75, 75))
    whole = whole_answer(volume)
    for place in [(0, 0), (3, 4), (3, 5), (4, 20), (6, 21), (7, 30), (11, 39), (0, 22)]:
        np.testing.assert_allclose(
            ask_trace(attribute, volume, place, step_out, 75)[0], whole[place], atol=1e-6
        )


@pytest.mark.parametrize("step_out", [(0, HALO), (0, HALO + 7)])
def test_through_a_lens_window_by_window_is_the_whole_section(step_out):
    section = np.random.default_rng(3).laplace(size=(1, 61, 90)).astype(np.float32)
    card = Card("means", Architecture(2, 1, 1, (1,)), HALO, 1.0, "", {}, {}, (1.0, 1.0), "scales")
    lens, network = own_lens(card), by_lines(mean_network)
    whole = answer_array(section, network, lens, most=10**6)
    assert np.abs(whole - answer_array(section, network, Lens(card), most=10**6)).max() > 0.01
    for kind in (FaultProbability, LookAhead):
        attribute = kind(lens.before(network), lens, "2-D inline", (95, 95))
        for trace in (0, 1, 2, 22, 23, 31, 40, 59, 60):
            reply = ask_trace(attribute, section, (0, trace), step_out, 95)
            np.testing.assert_allclose(reply[0], whole[0, trace], atol=2e-5)


@pytest.mark.parametrize(("direction", "line"), [("2-D inline", 0), ("2-D crossline", 1)])
def test_a_section_answers_as_a_section(volume, direction, line):
    attribute = FaultProbability(blocky_network, rim(HALO, direction), direction, (75, 75))
    for place in [(0, 0), (5, 7), (11, 39)]:
        section = volume[place[0]][None] if line == 0 else volume[:, place[1]][None]
        whole = whole_answer(section)[0, place[1 - line]]
        np.testing.assert_allclose(ask_trace(attribute, volume, place, (HALO, HALO), 75)[0], whole, atol=1e-6)


def test_a_piece_of_a_trace_has_the_numbers_of_the_whole_trace(volume):
    margin = HALO + 3 + HALF_WINDOW
    attribute = FaultProbability(blocky_network, rim(HALO), "3-D", (margin, margin))
    whole = whole_answer(volume)[5, 20]
    for start, stop in [(0, 30), (30, 31), (29, 76), (41, 45)]:
        window = with_margins(window_about(volume, 5, 20, (HALO, HALO)), start, stop, margin)
        reply = attribute(window[None], TrcInfo(window.shape[2], start, 5, 20))
        np.testing.assert_allclose(reply[0, margin : margin + stop - start], whole[start:stop], atol=1e-6)


def test_thinned_is_the_crest_of_the_whole_answer(volume):
    from odfault.thinning import thin

    attribute = FaultProbability(blocky_network, rim(HALO), "3-D", (75, 75))
    whole = thin(whole_answer(volume))
    for place in [(0, 0), (4, 20), (7, 30)]:
        reply = ask_trace(attribute, volume, place, (HALO, HALO), 75)
        np.testing.assert_allclose(reply[1], whole[place], atol=1e-6)
        assert set(np.flatnonzero(reply[1])) <= set(np.flatnonzero(reply[0]))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e30])
def test_undefined_samples_are_dead_and_disturb_nobody(volume, odd):
    attribute = FaultProbability(blocky_network, rim(HALO), "3-D", (75, 75))
    dead, holed = volume.copy(), volume.copy()
    dead[4:6, 20, 30:34], holed[4:6, 20, 30:34] = 0, odd
    for place in [(4, 20), (4, 21)]:
        answers = [ask_trace(attribute, v, place, (HALO, HALO), 75) for v in (dead, holed)]
        np.testing.assert_array_equal(*answers)
    holed[4, 20] = odd
    assert (ask_trace(attribute, holed, (4, 20), (HALO, HALO), 75) == 0).all()


@pytest.mark.parametrize("value", [0.0, np.nan, 1e30, 7.0])
@pytest.mark.parametrize("samples", [1, 5, 300])
def test_constant_tiny_and_undefined_windows_are_answered(value, samples):
    attribute = FaultProbability(blocky_network, rim(HALO), "3-D", (0, 0))
    reply = attribute(np.full((1, 1, 3, samples), value, np.float32), TrcInfo(samples, 3, 2, 1))
    assert reply.shape == (2, samples)
    assert np.isfinite(reply).all()
    assert (reply[0] > 0).all() == (value == 7)


@pytest.mark.parametrize("first", [-7, 0, 1, 2, 3, 1000])
@pytest.mark.parametrize(("halo", "grid"), [(0, 1), (8, 4), (10, 4)])
def test_a_tile_starts_and_ends_on_the_grid_and_holds_what_is_wanted(first, halo, grid):
    for centre in range(60):
        tile = span_tile(first, slice(0, 60), slice(centre, centre + 1), window=60, halo=halo, grid=grid)
        assert (first + tile.start) % grid == (first + tile.stop) % grid == 0
        assert tile.start <= max(centre - halo, 0)
        assert tile.stop >= min(centre + halo + 1, 60)
        assert tile.stop - tile.start >= (32 if halo else 1)
        assert overlap(tile, slice(centre, centre + 1)) == slice(centre, centre + 1)


def test_a_tile_that_is_too_short_grows_away_from_the_face_of_the_survey():
    assert span_tile(100, slice(8, 17), slice(8, 9), window=17, halo=8, grid=4) == slice(8, 40)
    assert span_tile(103, slice(0, 9), slice(8, 9), window=17, halo=8, grid=4) == slice(-23, 9)


def test_order_repeats_and_questions_of_others_between_do_not_change_a_number(volume, tmp_path):
    script = tmp_path / "blocky.py"
    script.write_text(BLOCKY)
    margin = 75
    parameters = {"Model": {"Value": "3-D"}, "ZSampMargin": {"Value": [-margin, margin]}}
    places = [(i, j) for i in range(3, 7) for j in range(18, 24)]
    with Host(script, parameters, step_out=(HALO, HALO), outputs=2) as host:

        def ask(place):
            window = with_margins(window_about(volume, *place, (HALO, HALO)), 0, 76, margin)
            return host.ask(window, *place)[:, margin : margin + 76].copy()

        in_order = {place: ask(place) for place in places}
        shuffled = random.Random(7).choices(places, k=40)
        for place in shuffled:
            np.testing.assert_array_equal(ask(place), in_order[place])
        assert host.leave() == (0, b"", "")
    whole = whole_answer(volume)
    for place in places:
        np.testing.assert_allclose(in_order[place][0], whole[place], atol=1e-6)


# The shipped networks


@pytest.mark.skipif(not HAVE_MODELS, reason="the weights are not there yet")
def test_the_shipped_network_answers_through_the_pipe_as_it_does_in_python():
    from odfault import predict
    from odfault.lens import own_lens
    from odfault.model import load_network

    script = SCRIPT.with_name("fault_probability_2d.py")
    menu = json.loads(urllib.parse.unquote(query(script).stdout.decode()))
    halo, margin = menu["StepOut"]["Value"][1], menu["ZSampMargin"]["Value"][1]
    section = np.random.default_rng(8).standard_normal((1, 96, 100)).astype(np.float32)
    section[:, 48:] = np.roll(section[:, 48:], 9, axis=2)
    parameters = {"Model": {"Value": "2-D inline"}, "ZSampMargin": {"Value": [-margin, margin]}}
    network = load_network("fault2d")
    lens = own_lens(network.card)
    attribute = FaultProbability(lens.before(network), lens, "2-D inline", (margin, margin))
    whole = predict(section[0], model="fault2d")
    with Host(script, parameters, step_out=(0, halo), outputs=2) as host:
        for trace in (0, 46, 47, 48, 95):
            window = with_margins(window_about(section, 0, trace, (0, halo)), 0, 100, margin)
            reply = host.ask(window, 0, trace)
            here = attribute(window[None], TrcInfo(window.shape[2], 0, 0, trace))
            np.testing.assert_allclose(reply[0], here[0], atol=1e-3)
            clear = (here[1] == 0) == (reply[1] == 0)  # where two are as high, rounding decides
            np.testing.assert_allclose(reply[1][clear], here[1][clear], atol=1e-3)
            assert clear.mean() > 0.98
            assert np.abs(reply[0, margin : margin + 100] - whole[trace]).max() < 0.02
        assert psutil.Process(host.process.pid).children() == []
        assert host.leave() == (0, b"", "")


def test_a_model_that_nobody_has_is_told_once(window):
    with Host(SCRIPT, {"Model": {"Value": "4-D"}}, step_out=(1, 2), outputs=2) as host:
        assert np.isnan(host.ask(window)).all()
        assert np.isnan(host.ask(window)).all()
        assert "choose one of 3-D" in host.leave()[2]


@pytest.mark.parametrize("loss", ["weights", "card", "both", "bytes"])
def test_files_of_a_model_that_vanish_or_change_are_told_once(tmp_path, window, loss):
    ignore = shutil.ignore_patterns("__pycache__", "example")
    shutil.copytree(ROOT / "odfault", tmp_path / "odfault", ignore=ignore)
    shutil.copytree(ROOT / "attributes", tmp_path / "attributes", ignore=ignore)
    (tmp_path / "models").mkdir()
    for path in (ROOT / "models").glob("fault*"):
        if path.suffix == ".keras" and loss == "bytes":
            (tmp_path / "models" / path.name).write_bytes(b"PK" + bytes(999))
        elif loss not in (("weights", "both") if path.suffix == ".keras" else ("card", "both")):
            shutil.copy(path, tmp_path / "models")
    script = tmp_path / "attributes" / SCRIPT.name
    menu = json.loads(urllib.parse.unquote(query(script).stdout.decode()))
    assert min(menu["StepOut"]["Value"]) > 0
    with Host(script, {"Model": {"Value": "2-D inline"}}, step_out=(1, 2), outputs=2) as host:
        for _ in range(2):
            assert np.isnan(host.ask(window)).all()
        code, rest, log = host.leave()
    assert (code, rest) == (0, b"")
    assert len(log.splitlines()) == 1
    assert str(tmp_path) in log or "no model" in log
