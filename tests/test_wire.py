"""What the host wrote is what we read, and what we write it can read."""

import json
import os
import struct
import threading

import numpy as np
import pytest
from host_standin import percent, window_about
from hypothesis import given
from hypothesis import strategies as st

from odfault.errors import OdfaultError
from odfault.host.wire import (
    SeisInfo,
    TrcInfo,
    Wire,
    decode_parameters,
    encode_menu,
    find_missing,
    repeats_itself,
)

PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))
MENU = st.dictionaries(
    PLAIN, st.one_of(PLAIN, st.booleans(), st.integers(-999, 999), st.lists(PLAIN, max_size=3))
)
HEAD = (15, 1, 2, 3, 5, 0.004, 25.0, 12.5, 1000.0, 1e6)


def wire_with(*blocks):
    """Return a wire whose input holds these bytes and ends."""
    source, sink = os.pipe()
    os.write(sink, b"".join(blocks))
    os.close(sink)
    return Wire(source, os.open(os.devnull, os.O_WRONLY))


@given(MENU)
def test_a_menu_comes_back_as_it_went(menu):
    coded = encode_menu(menu).decode()
    assert coded.replace("%", "").isalnum()
    assert decode_parameters(coded) == menu


@pytest.mark.parametrize("word", ['a "quoted" word', "back\\slash", "Störung"])
def test_a_word_that_the_host_would_garble_is_refused(word):
    with pytest.raises(OdfaultError, match="menu"):
        encode_menu({"Help": word})


def test_doubled_backslashes_of_a_windows_path_do_no_harm():
    coded = percent(json.dumps({"File": {"Value": "C:\\new\\table.sgy"}}))
    assert decode_parameters(coded)["File"]["Value"].replace("\\\\", "\\") == "C:\\new\\table.sgy"


def test_a_quote_that_the_host_broke_is_mended():
    assert decode_parameters(percent(json.dumps({"Survey": 'the "old" one'}))) == {"Survey": 'the "old" one'}


@pytest.mark.parametrize("argument", ["", "%", "%zz", "%5B1%5D", "{", "%FF%FE"])
def test_what_is_no_object_is_refused(argument):
    with pytest.raises(OdfaultError, match="JSON"):
        decode_parameters(argument)


@given(
    amplitude=st.floats(width=32, allow_subnormal=False, allow_nan=False) | st.just(float("nan")),
    trace=st.tuples(st.integers(1, 5000), st.integers(0, 4000), st.integers(1, 99999), st.integers(1, 99999)),
)
def test_a_short_block_is_told_from_a_long_one(amplitude, trace):
    first = struct.pack("=5i5f", *HEAD)
    rest = struct.pack("=4if", *trace, amplitude)
    wire = wire_with(first, rest)
    assert wire.read_seismic(20) == SeisInfo(*struct.unpack("=5i5f", first))
    assert wire.read_trace() == TrcInfo(*trace)
    wire = wire_with(first, struct.pack("=i", trace[0]), rest)
    assert wire.read_seismic(20).samples == trace[0]
    assert wire.read_trace() == TrcInfo(*trace)
    left = bytearray(4)
    wire.read(memoryview(left))
    assert bytes(left) == struct.pack("=f", amplitude)


@pytest.mark.parametrize("first_sample", [0, 125])
def test_a_muted_first_sample_and_numbers_from_zero_are_told_apart_too(first_sample):
    first, amplitude = struct.pack("=5i5f", *HEAD), struct.pack("=f", 0.0)
    numbered = struct.pack("=4i", 120, first_sample, 0, 0)
    assert wire_with(first, struct.pack("=i", 100), numbered, amplitude).read_seismic(20).samples == 100
    assert (
        wire_with(first, struct.pack("=4i", 120, first_sample, 7, 9), amplitude).read_seismic(20).samples
        == -1
    )
    assert wire_with(first, struct.pack("=4i", 120, 0, 0, 0), amplitude).read_seismic(20).samples == -1


def test_an_input_cut_off_anywhere_is_an_end():
    whole = struct.pack("=5i5f", *HEAD) + struct.pack("=5i", 2, 2, 0, 1, 1) + bytes(15 * 2 * 4)
    for length in range(len(whole)):
        wire = wire_with(whole[:length])
        with pytest.raises(EOFError):
            wire.read_window(wire.read_seismic(), wire.read_trace())


@pytest.mark.parametrize(
    "head", [(0,) * 5, (15, 1, 2, 3, 4), (15, 1, 2, -3, -5), (15, -1, 2, 3, 5), (15, 1, 0, 3, 5)]
)
def test_garbage_is_refused(head):
    with pytest.raises(OdfaultError, match="sense"):
        wire_with(struct.pack("=5i", *head), bytes(40)).read_seismic()


@pytest.mark.parametrize("samples", [0, -1, 2**31 - 1])
def test_a_window_of_an_impossible_length_is_refused(samples):
    with pytest.raises(OdfaultError, match="samples"):
        wire_with(struct.pack("=4i", samples, 0, 1, 1)).read_trace()


def test_a_reply_larger_than_the_pipe_and_a_dribbling_input_pass_whole():
    source, sink = os.pipe()
    reply = np.arange(100_000, dtype=np.float32).reshape(2, -1)
    got = bytearray(reply.nbytes)

    def dribble():
        Wire(0, sink).write(reply)
        os.close(sink)

    writer = threading.Thread(target=dribble)
    writer.start()
    Wire(source, 1).read(memoryview(got))
    writer.join()
    os.close(source)
    assert bytes(got) == reply.tobytes()


def test_copies_of_the_centre_are_missing_traces():
    volume = np.random.default_rng(1).standard_normal((6, 7, 20)).astype(np.float32)
    window = window_about(volume, 1, 5, (3, 3))
    expected = np.ones((7, 7), bool)
    expected[2:, :5] = False
    np.testing.assert_array_equal(find_missing(window, 3, 3), expected)
    assert not find_missing(window_about(volume, 3, 3, (2, 2)), 2, 2).any()
    assert not repeats_itself(window, 3, 3)


def test_data_that_repeat_themselves_are_believed():
    blocks = np.repeat(np.random.default_rng(2).standard_normal((1, 2, 20)), 4, axis=1).astype(np.float32)
    volume = np.tile(blocks, (6, 1, 1))
    for window in (window_about(volume, 2, 2, (2, 2)), np.ones((5, 5, 5), np.float32)):
        assert not find_missing(window, 2, 2).any()
        assert repeats_itself(window, 2, 2)


def test_dead_neighbours_and_odd_samples_do_not_hide_a_copy():
    volume = np.random.default_rng(3).standard_normal((4, 4, 9)).astype(np.float32)
    volume[1:3, 1:3] = 0
    volume[0, 0, 3:5] = np.nan, np.inf
    expected = np.zeros((5, 5), bool)
    expected[:2] = expected[:, :2] = True
    np.testing.assert_array_equal(find_missing(window_about(volume, 0, 0, (2, 2)), 2, 2), expected)
