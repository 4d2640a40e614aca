"""Whatever the order of the questions, the answers are those of the windows one by one."""

import math
import random

import numpy as np
import pytest
from host_standin import window_about, with_margins
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from test_host import by_lines, mean_network, rim

from odfault.card import Architecture, Card
from odfault.host.lookahead import LookAhead
from odfault.host.window import FaultProbability
from odfault.host.wire import TrcInfo
from odfault.inference import answer_array
from odfault.lens import Lens

HALO, MARGIN = 8, 6
SHAPE = (33, 36, 8)
SOME = (9, 12)
PLACES = list(np.ndindex(SOME))
"""Asked for in a corner of the survey, or as many elsewhere."""
DIRECTIONS = ("3-D", "2-D inline", "2-D crossline")


def smooth_network(windows):
    """Mean size within two samples: knows no grid."""
    wide = np.pad(np.abs(windows) / 4, ((0, 0), (2, 2), (2, 2), (2, 2)), mode="edge")
    for axis in (1, 2, 3):
        n = wide.shape[axis]
        wide = sum(wide.take(range(k, n - 4 + k), axis=axis) for k in range(5)) / np.float32(5)
    return wide


def for_(direction, network=mean_network):
    """Give the network that answers volumes, or lines one by one."""
    return network if direction == "3-D" else by_lines(network)


class Counted:
    """A network that counts its calls, and fails on large windows if it shall."""

    def __init__(self, network, most=math.inf):
        self.network, self.most, self.calls = network, most, 0

    def __call__(self, windows):
        self.calls += 1
        if windows.size > self.most:
            raise MemoryError("no room for the network")
        return self.network(windows)


@pytest.fixture(scope="module")
def volume():
    return make_volume(SHAPE)


def make_volume(shape):
    cube = np.random.default_rng(5).laplace(size=shape).astype(np.float32)
    cube[min(3, shape[0] - 1), -2] = 0
    cube[-1, 3, 3:5] = np.nan, 1e30
    return cube


def ask(attribute, volume, place, numbers, *, step_out, depths=None, gone=None):
    """Ask for the trace at a place that comes under some numbers, between two depths: (2, samples)."""
    start, stop = depths or (0, volume.shape[2])
    window = with_margins(window_about(volume, *place, step_out, gone), start, stop, MARGIN)
    reply = attribute(window[None], TrcInfo(window.shape[2], start, *numbers))
    return reply[:, MARGIN:-MARGIN]


ORDERS = st.one_of(
    st.just(PLACES),
    st.just(PLACES[::-1]),
    st.just([(i, j) for j in range(SOME[1]) for i in range(SOME[0])]),
    st.builds(
        lambda a, b: [(i, j) for i, j in PLACES if not (i % a or j % b)], st.integers(1, 4), st.integers(1, 4)
    ),
    st.builds(lambda seed: random.Random(seed).sample(PLACES, 20), st.integers(0, 99)),
    st.builds(lambda seed: random.Random(seed).choices(PLACES[:20], k=40), st.integers(0, 99)),
    st.lists(st.sampled_from(PLACES), min_size=1, max_size=15),
)


@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    order=ORDERS,
    direction=st.sampled_from(DIRECTIONS),
    step_out=st.tuples(st.integers(HALO, 11), st.integers(HALO, 11)),
    corner=st.sampled_from([(0, 0), (12, 13), (24, 24), (24, 0)]),
    first=st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    intervals=st.sampled_from([[(0, 8)], [(0, 8), (3, 4)], [(5, 6)], [(0, 5), (5, 8), (2, 3)]]),
)
def test_every_order_has_the_numbers_of_single_windows(order, direction, step_out, corner, first, intervals):
    volume = make_volume(SHAPE)
    ahead = LookAhead(for_(direction), rim(HALO, direction), direction, (MARGIN, MARGIN))
    direct = FaultProbability(for_(direction), rim(HALO, direction), direction, (MARGIN, MARGIN))
    for turn, offset in enumerate(order):
        place = corner[0] + offset[0], corner[1] + offset[1]
        numbers = place[0] + first[0], place[1] + first[1]
        for depths in intervals:
            reply = ask(ahead, volume, place, numbers, step_out=step_out, depths=depths)
            if turn % 5 == 0:
                alone = ask(direct, volume, place, numbers, step_out=step_out, depths=depths)
                np.testing.assert_allclose(reply[0], alone[0], atol=1e-6)
                assert (
                    (reply[1] == 0) | (reply[1] == reply[0])
                ).all()  # where two are as high, rounding decides


def nested(places):
    """Ask for the nine traces about each place, under its own numbers."""
    for i, j in places:
        for x in range(max(0, i - 1), min(SHAPE[0], i + 2)):
            for y in range(max(0, j - 1), min(SHAPE[1], j + 2)):
                yield (x, y), (i, j)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", ["nested", "steps 5 2", "steps -1 3", "2-D line"])
def test_numbers_that_lie_or_step_change_nothing_in_the_interior(direction, kind):
    volume = make_volume(SHAPE)
    places = [(i, j) for i in range(9, 13) for j in range(9, 15)]
    if kind == "nested":
        asked = list(nested(places))
    elif kind == "2-D line":
        asked = [((11, j), (0, 700 + j)) for j in range(9, 17)]
    else:
        a, b = map(int, kind.split()[1:])
        asked = [((i, j), (100 + a * i, 100 + b * j)) for i, j in places]
    network = Counted(for_(direction, smooth_network))
    ahead = LookAhead(network, rim(4, direction), direction, (MARGIN, MARGIN))
    direct = FaultProbability(for_(direction, smooth_network), rim(4, direction), direction, (MARGIN, MARGIN))
    for turn, (place, numbers) in enumerate(asked):
        reply = ask(ahead, volume, place, numbers, step_out=(7, 7))
        if turn % 2 == 0:
            alone = ask(direct, volume, place, place, step_out=(7, 7))
            np.testing.assert_allclose(reply[0], alone[0], atol=1e-6)
    assert network.calls < len(asked) / 2


INLINES, CROSSLINES = np.indices(SHAPE[:2])
GONE = {
    "corner": (INLINES < 14) & (CROSSLINES > 20),
    "slant": CROSSLINES < (INLINES - 12) // 5,
    "holes": (INLINES // 2 == 4) & (CROSSLINES // 2 == 3) | (INLINES == 30) & (CROSSLINES == 20),
    "line": INLINES == 16,
}
"""Traces that surveys lack which are no rectangle."""


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", GONE)
def test_away_from_what_is_missing_the_numbers_are_those_of_the_whole_survey(kind, direction):
    gone = GONE[kind]
    volume = np.random.default_rng(6).laplace(size=SHAPE).astype(np.float32)
    volume[gone] = 0
    turned = np.ascontiguousarray(volume.swapaxes(0, 1)) if direction == "2-D crossline" else volume
    build = Architecture(3 if direction == "3-D" else 2, width=1, blocks=1, dilations=(1,))
    lens = Lens(Card("means", build, HALO, 1.0, "", recipe={}, scores={}))
    whole = answer_array(turned, for_(direction), lens, most=10**7)
    whole = whole.swapaxes(0, 1) if direction == "2-D crossline" else whole
    ahead = LookAhead(for_(direction), rim(HALO, direction), direction, (MARGIN, MARGIN))
    near = ndimage.maximum_filter(gone, 2 * HALO + 7)
    assert 0 < near.mean() < 1
    for place in np.ndindex(SHAPE[:2]):
        if not gone[place]:
            reply = ask(ahead, volume, place, place, step_out=(HALO + 2, HALO + 1), gone=gone)
            assert np.isfinite(reply).all()
            assert ((reply >= 0) & (reply <= 1)).all()
            if not near[place]:
                np.testing.assert_allclose(reply[0], whole[place], atol=1e-6)


def test_in_order_a_few_calls_answer_all(volume):
    network = Counted(mean_network)
    ahead = LookAhead(network, rim(HALO), "3-D", (MARGIN, MARGIN))
    for place in PLACES:
        ask(ahead, volume, place, place, step_out=(11, 11))
    assert network.calls <= 8


def test_line_numbers_in_steps_come_to_the_grid_of_counted_lines(volume):
    ahead = LookAhead(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    direct = FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    for place in PLACES[:48]:
        reply = ask(ahead, volume, place, (2 * place[0], 6 * place[1]), step_out=(10, 10))
        if place[0] > 1:
            alone = ask(direct, volume, place, place, step_out=(10, 10))
            np.testing.assert_array_equal(reply, alone)


def test_another_survey_under_the_same_numbers_is_told_by_its_traces(volume):
    ahead = LookAhead(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    direct = FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    for turn in range(12):
        other = volume[::-1, ::-1] if turn % 2 else volume
        place = (4, 4 + turn // 2)
        replies = [ask(a, other, place, place, step_out=(10, 10)) for a in (ahead, direct)]
        np.testing.assert_array_equal(*replies)


def test_traces_that_repeat_themselves_are_answered_one_by_one():
    volume = np.tile(np.repeat(make_volume((1, 12, 8)), 3, axis=1), (33, 1, 1))
    ahead = LookAhead(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    direct = FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    for place in [(i, j) for i in range(3) for j in range(12)]:
        replies = [ask(a, volume, place, place, step_out=(9, 9)) for a in (ahead, direct)]
        np.testing.assert_array_equal(*replies)


def test_windows_that_come_again_byte_for_byte_cost_nothing():
    beds = np.random.default_rng(7).laplace(size=8).astype(np.float32)
    volume = np.tile(beds, (33, 36, 1))
    volume[:, 18:] = np.roll(beds, 3)
    network = Counted(mean_network)
    ahead = LookAhead(network, rim(HALO), "3-D", (MARGIN, MARGIN))
    direct = FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN))
    places = [(i, j) for i in range(10, 22) for j in range(10, 26)]
    for place in places:
        replies = [ask(a, volume, place, place, step_out=(9, 9)) for a in (ahead, direct)]
        np.testing.assert_array_equal(*replies)
    assert network.calls < len(places) / 2


def test_a_tile_too_large_for_the_memory_gives_way_to_single_traces(volume):
    alone = [ask(FaultProbability(mean_network, rim(HALO), "3-D", (MARGIN, MARGIN)), volume, place, place,
                 step_out=(10, 10)) for place in PLACES[:20]]  # fmt: skip
    for most in (0, 32 * 32 * 32, math.inf):
        ahead = LookAhead(Counted(mean_network, most), rim(HALO), "3-D", (MARGIN, MARGIN))
        for place, expected in zip(PLACES[:20], alone, strict=True):
            if most:
                reply = ask(ahead, volume, place, place, step_out=(10, 10))
                np.testing.assert_array_equal(reply, expected)
            else:
                with pytest.raises(MemoryError):
                    ask(ahead, volume, place, place, step_out=(10, 10))


@pytest.mark.parametrize("step_out", [(0, 0), (0, 11), (11, 0), (2, 3)])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_windows_smaller_than_asked_for_are_answered(volume, step_out, direction):
    ahead = LookAhead(for_(direction), rim(HALO, direction), direction, (MARGIN, MARGIN))
    for place in PLACES[40:60:4]:
        reply = ask(ahead, volume, place, place, step_out=step_out)
        assert np.isfinite(reply).all()
        assert reply[0].any()
