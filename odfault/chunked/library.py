"""The Zarr room: loaded late, and missed in one line; groups, and arrays of which every chunk is written."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from odfault.errors import OdfaultError
from odfault.extras import needed

ENDINGS = (".zarr", ".mdio")
"""Ends of the names of stores."""
_ROOTS = ("zarr.json", ".zgroup", ".zarray")


def is_store(path: str | Path) -> bool:
    """Tell a chunked store by what is in it or, where nothing is yet, by its name."""
    path = Path(path)
    if path.is_dir():
        return names_store(path) or any((path / name).is_file() for name in _ROOTS)
    return names_store(path) and not path.is_file()


def names_store(path: str | Path) -> bool:
    """Tell whether a name is one of a store, finished or not."""
    return Path(path).name.removesuffix(".part").lower().endswith(ENDINGS)


def root_file(path: Path) -> Path:
    """Give the file by which a survey is opened: of a store, the one at its root."""
    return path / "zarr.json" if is_store(path) else path


def load_zarr() -> Any:
    """Load Zarr.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    with needed("chunked stores need Zarr", "zarr"):
        import zarr
    return zarr


@contextlib.contextmanager
def unwarned() -> Iterator[None]:
    """Let Zarr be silent of what is not in its standard yet: consolidated metadata, records, text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_root(path: Path, mode: str = "r") -> Any:
    """Open a store's root group.

    Raises
    ------
    OdfaultError
        There is none, or it is of another layout.
    """
    zarr = load_zarr()
    if not path.exists():
        raise OdfaultError(f"{path} does not exist", "check the name and the folder")
    if not (path / "zarr.json").is_file():
        if any((path / name).is_file() for name in _ROOTS):
            raise OdfaultError(
                f"{path} is a store of Zarr v2", "write it as v3, as xarray's to_zarr does with zarr_format=3"
            )
        raise OdfaultError(f"{path} is no whole Zarr store, it has no zarr.json", "copy or export it again")
    try:
        with unwarned():
            root = zarr.open(path, mode=mode, zarr_format=3)
            if not isinstance(root, zarr.Group):
                raise OdfaultError(
                    f"{path} is a bare array without line numbers",
                    "put it into a group, with coordinates inline, crossline and time",
                )
            dict(root.members())  # what it says that it holds can be read
    except OdfaultError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error
    return root


def make_root(path: Path) -> Any:
    """Make a store's root group; one that stood there is gone."""
    return load_zarr().create_group(path, overwrite=True, zarr_format=3)


def make_array(
    group: Any,
    name: str,
    *,
    shape: Sequence[int],
    dtype: Any,
    names: Sequence[str] | None = None,
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
    fill: Any = 0,
    all_chunks: bool = True,
    words: Mapping[str, str] | None = None,
) -> Any:
    """Make an array whose chunks are all written, those of its fill value too: one that lacks is lost.

    Parameters
    ----------
    group : Group
    name : str
    shape, dtype
        Of the array.
    names : sequence of str, optional
        Of its dimensions.
    chunks, shards : sequence of int, optional
        One chunk for all when left out.
    fill
        Value of what is not written.
    all_chunks : bool
        Leave it out where most chunks hold nothing.
    words : mapping, optional
        What xarray shows beside it.
    """
    codecs = load_zarr().codecs
    code = codecs.BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")
    with unwarned():
        return group.create_array(
            name,
            shape=tuple(shape),
            dtype=dtype,
            chunks=tuple(chunks or (max(1, size) for size in shape)),
            shards=shards and tuple(shards),
            compressors=code,
            fill_value=fill,
            dimension_names=names and tuple(names),
            attributes=dict(words or {}),
            config={"write_empty_chunks": all_chunks},
        )


def for_writing(array: Any) -> Any:
    """Let every chunk be written, even where it holds the fill value."""
    return array.with_config({"write_empty_chunks": True})


def consolidate(path: Path) -> None:
    """Gather what the arrays say of themselves in one file, which opens fast from afar."""
    with unwarned():
        load_zarr().consolidate_metadata(path)


def parts_of(array: Any) -> tuple[int, ...]:
    """Shape of what lies in one file of an array: its shard, or its chunk."""
    return tuple(array.shards or array.chunks)


def part_file(store: Path, array: Any, place: Sequence[int]) -> Path:
    """Name the file of one shard (or chunk) of an array."""
    return store / str(array.path) / str(array.metadata.encode_chunk_key(tuple(place)))


def touched(array: Any, box: Sequence[slice]) -> Iterator[tuple[int, ...]]:
    """List the shards (or chunks) that a box lies in."""
    spans = [
        range(part.start // size, -(-part.stop // size))
        for part, size in zip(box, parts_of(array), strict=True)
    ]
    first = np.array([span.start for span in spans])
    for place in np.ndindex(*map(len, spans)):
        yield tuple(int(n) for n in first + place)


def sync(files: Iterator[Path]) -> None:
    """Make sure that files, and that they are there, outlive a crash of the machine."""
    folders = set()
    for path in files:
        folders.add(path.parent)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    for folder in folders if os.name == "posix" else ():
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def damaged(path: Path, error: Exception) -> OdfaultError:
    """Say that a store cannot be read."""
    said = " ".join(str(error).split())[:200]
    return OdfaultError(f"{path} cannot be read ({said})", "copy or export it again; a part of it is damaged")
