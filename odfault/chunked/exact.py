"""What makes a SEG-Y file come back byte for byte: traces apart, odd words, the tail."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.library import make_array
from odfault.chunked.recognise import Volume
from odfault.chunked.samples import decode, encode, file_dtype
from odfault.chunked.shapes import chunk_shape, shard_shape
from odfault.chunked.template import GROUP, Template, put, take
from odfault.errors import OdfaultError
from odfault.segy.headers import TRACE_HEADER_BYTES
from odfault.segy.layout import Layout

Box = tuple[slice, slice]
_WORDS, _COUNT, _SPARE, _TAIL = "words", "odd_words", "spare_samples", "tail"


def map_traces(layout: Layout, mode: str) -> NDArray[Any]:
    """Map a file's samples, (traces, samples), as they are coded."""
    kind = np.dtype([("header", f"V{TRACE_HEADER_BYTES}"), ("samples", file_dtype(layout), layout.n_samples)])
    traces: Any = np.memmap(layout.path, kind, mode, offset=layout.first_byte, shape=(layout.n_traces,))  # type: ignore[call-overload]
    samples: NDArray[Any] = traces["samples"]
    return samples


def read_block(template: Template, box: Box) -> tuple[NDArray[Any], NDArray[np.uint32] | None]:
    """Read a box of a SEG-Y file: values, zero in holes, and words as in `decode`."""
    numbers, slots, shape = _held(template, box)
    values, words = decode(map_traces(template.layout, "r")[numbers], template.layout)
    block = np.zeros((shape[0] * shape[1], values.shape[1]), values.dtype)
    block[slots] = values
    if words is None:
        return block.reshape(*shape, -1), None
    odd = np.zeros(block.shape, np.uint32)
    odd[slots] = words
    return block.reshape(*shape, -1), odd.reshape(*shape, -1)


def write_block(
    template: Template, path: Path, box: Box, values: NDArray[Any], words: NDArray[np.uint32] | None
) -> None:
    """Write a box into a SEG-Y file that was laid down; repeats of a place like their twin."""
    layout = _at(template.layout, path)
    numbers, slots, shape = _held(template, box)
    rows = encode(values.reshape(shape[0] * shape[1], -1), layout)
    if words is not None:
        flat = words.reshape(rows.shape)
        rows = np.where(flat != 0, flat, rows).astype(rows.dtype)
    file = map_traces(layout, "r+")
    file[numbers] = rows[slots]
    for number, row, column in template.duplicates.tolist():
        if box[0].start <= row < box[0].stop and box[1].start <= column < box[1].stop:
            file[number] = rows[(row - box[0].start) * shape[1] + column - box[1].start]


def make_words(root: Any, shape: tuple[int, int, int]) -> Any:
    """Make room for words that float32 would not give back; where there are none, nothing is written."""
    chunks, shards = chunk_shape(shape), shard_shape(shape)
    return make_array(
        root[GROUP], _WORDS, shape=shape, dtype="u4", chunks=chunks, shards=shards, all_chunks=False
    )


def words_of(root: Any) -> Volume | None:
    """Find the words that float32 would not give back; nothing where there are none."""
    group = root[GROUP]
    if _WORDS not in group or not group.attrs.get(_COUNT):
        return None
    return Volume(group[_WORDS], (0, 1, 2), ("", "", ""))


def keep_rest(root: Any, template: Template, odd_words: int) -> None:
    """Keep the samples of traces that have no place of their own, and what lies behind the last trace."""
    layout, group = template.layout, root[GROUP]
    apart = _apart(template)
    if len(apart):
        samples = np.ascontiguousarray(map_traces(layout, "r")[apart])
        put(group, _SPARE, samples.view(np.uint8))
    with layout.path.open("rb") as file:
        file.seek(layout.first_byte + layout.n_traces * layout.trace_bytes)
        put(group, _TAIL, np.frombuffer(file.read(layout.tail_bytes), np.uint8))
    group.attrs[_COUNT] = odd_words


def copy_rest(root: Any, other: Any) -> None:
    """Copy the same from store to store."""
    for name in (_SPARE, _TAIL):
        put(other[GROUP], name, take(root[GROUP], name, (0,), np.uint8))
    other[GROUP].attrs[_COUNT] = root[GROUP].attrs.get(_COUNT, 0)


def restore_rest(root: Any, template: Template, path: Path, odd_words: int) -> None:
    """Write the same back into a file that was laid down.

    Raises
    ------
    OdfaultError
        Words that were kept are gone.
    """
    group, layout = root[GROUP], _at(template.layout, path)
    if odd_words != group.attrs.get(_COUNT, 0):
        raise OdfaultError(f"{template.layout.path} lacks a part of {GROUP}/{_WORDS}", "copy it again")
    spare = take(group, _SPARE, (0, 0), np.uint8)
    if len(spare):
        map_traces(layout, "r+")[_apart(template)] = np.ascontiguousarray(spare).view(file_dtype(layout))
    with path.open("ab") as file:
        file.write(take(group, _TAIL, (0,), np.uint8).tobytes())


def _apart(template: Template) -> NDArray[np.int64]:
    """Numbers of traces that have no place of their own."""
    return np.concatenate([template.duplicates[:, 0], template.strays])


def _held(template: Template, box: Box) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[int, int]]:
    """Numbers of a box's traces, rising, the place of each in the box, and the box's shape."""
    index = template.index[box]
    slots = np.flatnonzero(index.ravel() >= 0)
    slots = slots[np.argsort(index.ravel()[slots])]
    return index.ravel()[slots], slots, (index.shape[0], index.shape[1])


def _at(layout: Layout, path: Path) -> Layout:
    return dataclasses.replace(layout, path=path)
