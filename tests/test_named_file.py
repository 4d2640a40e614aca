"""A named file gives the numbers of a batch run, and only to a host whose traces are the file's."""

import json
import types

import numpy as np
import pytest
from host_standin import ROOT, Host, window_about, with_margins
from make_segy import make_segy, mute_trace_words
from test_host import HALO, by_lines, mean_network, rim, whole_answer

from odfault.card import Architecture, Card
from odfault.host.ahead import FromFile
from odfault.host.pacing import plan_columns
from odfault.host.window import FaultProbability
from odfault.host.wire import TrcInfo
from odfault.lens import Lens
from odfault.region import choose_region
from odfault.segy.survey import SegySurvey

SHAPE = (32, 40, 76)
MARGIN = 75
SCRIPT = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests")!r}]
from odfault.host import door, menu

def make_attribute(parameters, info):
    from odfault.host.attribute import FaultAttribute
    from test_named_file import Network

    return FaultAttribute(Network(), menu.read_choice(parameters), info)

raise SystemExit(door.serve(menu.make_menu(), make_attribute))
"""


class Network:
    """The network of means with a card."""

    def __init__(self, dimensions=3):
        self.network = mean_network if dimensions == 3 else by_lines(mean_network)
        shape = Architecture(dimensions, width=1, blocks=1, dilations=(1,))
        self.card = Card("means", shape, HALO, 1.0, "", recipe={}, scores={})

    def __call__(self, windows):
        return self.network(windows)


@pytest.fixture(scope="module")
def volume():
    return np.random.default_rng(5).laplace(size=SHAPE).astype(np.float32)


@pytest.fixture
def survey(tmp_path, volume):
    lines = {"inlines": range(100, 132), "crosslines": range(600, 680, 2)}
    return make_segy(tmp_path / "in.sgy", volume, sample_format=5, **lines)


def ask(attribute, heard, place, *, first=0):
    """Ask with no step-out for a trace that comes under the numbers of a place."""
    window = np.pad(heard, MARGIN)[None, None, None]
    trace = TrcInfo(window.shape[-1], first, 100 + place[0], 600 + 2 * place[1])
    reply = attribute(window, trace)
    return None if reply is None else reply[:, MARGIN:-MARGIN]


def from_file(path, model="3-D"):
    network = Network(3 if model == "3-D" else 2)
    return FromFile(str(path), network, Lens(network.card), model, (MARGIN, MARGIN))


def test_all_traces_have_the_numbers_of_the_whole_volume(survey, volume):
    attribute, whole = from_file(survey), whole_answer(volume, mean_network)
    for place in list(np.ndindex(SHAPE[:2]))[::3]:
        np.testing.assert_allclose(ask(attribute, volume[place], place)[0], whole[place], atol=1e-6)
    attribute.close()


@pytest.mark.parametrize("model", ["2-D inline", "2-D crossline"])
def test_sections_are_answered_as_sections(survey, volume, model):
    attribute = from_file(survey, model)
    for i, j in [(0, 0), (5, 7), (31, 39)]:
        section, at = (volume[i], j) if model == "2-D inline" else (volume[:, j], i)
        np.testing.assert_allclose(
            ask(attribute, volume[i, j], (i, j))[0],
            whole_answer(section[None], mean_network)[0, at],
            atol=1e-6,
        )
    attribute.close()


def test_small_columns_have_the_same_numbers_and_are_computed_ahead(survey, volume, monkeypatch):
    whole = whole_answer(volume, mean_network)
    plan = plan_columns
    monkeypatch.setattr(
        "odfault.host.ahead.plan_columns", lambda region, lens, most: plan(region, lens, 60_000)
    )
    attribute = from_file(survey)
    places = list(np.ndindex(SHAPE[:2]))
    for place in [*places[::2], *places[::-19], *places[::23]]:
        np.testing.assert_allclose(ask(attribute, volume[place], place)[0], whole[place], atol=1e-6)
    assert len(attribute._columns._boxes) > 2
    attribute.close()


@pytest.mark.parametrize("first", [(0, 0), (17, 22), (31, 39)])
@pytest.mark.parametrize("model", ["3-D", "2-D inline", "2-D crossline"])
def test_the_first_trace_comes_from_a_small_tile_with_the_same_numbers(
    survey, volume, first, model, monkeypatch
):
    monkeypatch.setattr("odfault.host.pacing.SMALL", 0)
    monkeypatch.setattr("odfault.host.near.WORTH", 2)
    turned = volume.swapaxes(0, 1) if model == "2-D crossline" else volume
    parts = [turned] if model == "3-D" else [section[None] for section in turned]
    whole = np.concatenate([whole_answer(part, mean_network) for part in parts])
    whole = whole.swapaxes(0, 1) if model == "2-D crossline" else whole
    attribute = from_file(survey, model)
    sizes, network = [], attribute._columns._network
    attribute._columns._network = lambda windows: (sizes.append(windows.size), network(windows))[1]
    for number, place in enumerate((first, (first[0], first[1] ^ 1), first, (5, 7), (30, 11))):
        np.testing.assert_allclose(ask(attribute, volume[place], place)[0], whole[place], atol=1e-6)
        assert bool(attribute._columns._boxes) == (number > 0)  # large tiles are not even planned before
    _, near = attribute._columns._near
    assert near[0].size <= (16 if model == "3-D" else 4) * SHAPE[2]
    assert max(sizes[:2]) < max(sizes)
    attribute.close()


def test_a_small_tile_is_not_made_where_a_large_one_is_done_as_soon(survey, volume, monkeypatch):
    for small, worth in ((1e6, 2), (0, 0)):
        monkeypatch.setattr("odfault.host.pacing.SMALL", small)
        monkeypatch.setattr("odfault.host.near.WORTH", worth)
        attribute = from_file(survey)
        ask(attribute, volume[3, 4], (3, 4))
        assert attribute._columns._near is None
        attribute.close()


def test_columns_are_the_tiles_of_a_run_where_time_allows(survey):
    with SegySurvey.open(survey) as opened:
        region = choose_region(opened, inlines=None, crosslines=None)
        assert len(plan_columns(region, Lens(Network().card), 1e9)) == 1
        few = plan_columns(region, Lens(Network().card), 60_000)
        assert len(few) > 1
        assert sum(np.prod([t.write.stop - t.write.start for t in box]) for box in few) == np.prod(SHAPE)


def test_a_piece_of_a_trace_and_another_start_in_time_are_found(survey, volume, tmp_path):
    whole = whole_answer(volume, mean_network)[4, 20]
    attribute = from_file(survey)
    for start, stop in [(0, 30), (29, 76), (41, 42)]:
        wide = np.pad(volume[4, 20], MARGIN)[start : stop + 2 * MARGIN]
        reply = attribute(wide[None, None, None], TrcInfo(len(wide), start, 104, 640))
        np.testing.assert_allclose(reply[0, MARGIN:-MARGIN], whole[start:stop], atol=1e-6)
    attribute.close()
    late = mute_trace_words(survey, SHAPE[2], 109, ">h", 4 * 32)
    attribute = from_file(late)
    reply = ask(attribute, volume[4, 20], (4, 20), first=32)
    np.testing.assert_allclose(reply[0], whole, atol=1e-6)
    attribute.close()


def test_neighbours_under_the_numbers_of_another_are_found_by_their_samples(survey, volume):
    attribute, whole = from_file(survey), whole_answer(volume, mean_network)
    for shift in [(0, 0), (-1, -1), (1, 0), (3, -4)]:
        place = 5 + shift[0], 20 + shift[1]
        np.testing.assert_allclose(ask(attribute, volume[place], (5, 20))[0], whole[place], atol=1e-6)
    attribute.close()


def test_rounding_is_the_same_trace_and_anything_else_is_not(survey, volume):
    attribute = from_file(survey)
    trace = volume[5, 20]
    assert ask(attribute, trace * np.float32(1 + 1e-6), (5, 20)) is not None
    odd = trace.copy()
    odd[40] += 1e-3 * np.abs(trace).max()
    for other in (odd, -trace, trace * 2, trace[::-1]):
        assert ask(attribute, other, (5, 20)) is None
    assert not ask(attribute, np.zeros(SHAPE[2], np.float32), (5, 20)).any()
    attribute.close()


@pytest.mark.parametrize("bits", [8, 16])
def test_a_volume_stored_in_few_bits_is_the_files_and_a_strange_trace_in_it_is_not(survey, volume, bits):
    attribute, whole = from_file(survey), whole_answer(volume, mean_network)
    low, step = volume.min(), np.ptp(volume) / np.float32(2**bits - 1)
    stored = np.round((volume - low) / step) * step + low
    assert np.abs(stored - volume).max() > 0.4 * step
    for place in [(5, 20), (0, 0), (31, 39)]:
        np.testing.assert_allclose(ask(attribute, stored[place], place)[0], whole[place], atol=1e-6)
    strange = stored[5, 20].copy()
    strange[40] += 2 * step
    for other in (strange, stored[5, 20][::-1], -stored[5, 20]):
        assert ask(attribute, other, (5, 20)) is None
    attribute.close()


def test_at_the_first_strange_trace_it_falls_back_to_the_windows(survey, volume, tmp_path):
    script = tmp_path / "named.py"
    script.write_text(SCRIPT)
    step_out = (HALO + 1, HALO + 1)
    parameters = {
        "SEG-Y file": {"Value": str(survey).replace("/", "/")},
        "ZSampMargin": {"Value": [-MARGIN, MARGIN]},
    }
    other = volume.copy()
    other[6:] *= np.linspace(0.5, 2, SHAPE[2], dtype=np.float32)
    direct = FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    with Host(script, parameters, step_out=step_out, outputs=2) as host:
        for place in [(5, 20), (5, 21), (6, 20), (6, 21), (5, 22)]:
            window = with_margins(window_about(other, *place, step_out), 0, SHAPE[2], MARGIN)
            reply = host.ask(window, 100 + place[0], 600 + 2 * place[1])
            assert np.isfinite(reply).all()
            if place[0] == 6:
                trace = TrcInfo(window.shape[2], 0, 100 + place[0], 600 + 2 * place[1])
                assert np.abs(reply - direct(window[None], trace)).mean() < 0.2
        code, rest, log = host.leave()
    assert (code, rest) == (0, b"")
    assert len(log.splitlines()) == 1
    assert "inline 106" in log
    assert "windows" in log


@pytest.mark.parametrize("kind", ["absent", "text"])
def test_a_file_that_cannot_be_read_is_told_and_the_windows_answer(volume, tmp_path, kind):
    script, path = tmp_path / "named.py", tmp_path / "no.sgy"
    script.write_text(SCRIPT)
    if kind == "text":
        path.write_text("no survey")
    parameters = {"SEG-Y file": {"Value": str(path)}, "ZSampMargin": {"Value": [-MARGIN, MARGIN]}}
    with Host(script, json.loads(json.dumps(parameters)), step_out=(HALO, HALO), outputs=2) as host:
        window = with_margins(window_about(volume, 5, 20, (HALO, HALO)), 0, SHAPE[2], MARGIN)
        assert host.ask(window, 5, 20)[0].any()
        log = host.leave()[2]
    assert len(log.splitlines()) == 1
    assert "no.sgy" in log


def test_what_is_below_the_lowest_probability_is_nothing(survey, volume):
    from odfault.host.attribute import FaultAttribute
    from odfault.host.menu import read_choice

    def answer(lowest):
        words = {"SEG-Y file": str(survey), "Lowest probability": lowest, "ZSampMargin": [-MARGIN, MARGIN]}
        choice = read_choice({name: {"Value": value} for name, value in words.items()})
        info = types.SimpleNamespace(inlines=1, crosslines=1)
        return ask(FaultAttribute(Network(), choice, info), volume[5, 20], (5, 20))

    whole = answer(0.0)
    lowest = float(np.median(whole[0]))
    np.testing.assert_array_equal(answer(lowest), np.where(whole >= lowest, whole, 0))


def test_a_windows_path_is_read_with_its_backslashes_halved():
    from odfault.host.menu import read_choice

    assert read_choice({"SEG-Y file": {"Value": r"C:\\data\\in.sgy"}}).file == r"C:\data\in.sgy"
