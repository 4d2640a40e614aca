"""How a HDF5 file of cubes is laid out, and which cubes it is for.

    seismic  (cubes, inlines, crosslines, samples) float16   amplitudes of about unit rms
    labels   uint8                                           the words of ``odfault_synthetic.labels``
    throw, dip, strike  float16                              samples and degrees where labelled, else 0

    attributes: recipe (JSON), seed, first (number of the first cube), count, version (of odfault), format,
    words (JSON: whatever else made the cubes)

float16 holds 11 binary digits: a throw to a two-thousandth of itself, a dip to 0.032 and a strike to 0.125
degrees at worst. One chunk is one cube (a part of it, if it is large), packed by zlib, which any HDF5 library
reads. We pack it ourselves, on the threads that draw: run lengths and single bytes only (``Z_RLE``) take less
than half the time of HDF5's own search for repeated strings, and less room, since there are none in noise.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

import odfault
from odfault.errors import OdfaultError
from odfault_synthetic.cube import Cube
from odfault_synthetic.recipe import Recipe

Facts = dict[str, Any]
Packed = dict[str, list[bytes]]
FORMAT = 2
KINDS = {
    "seismic": np.float16, "labels": np.uint8, "throw": np.float16, "dip": np.float16, "strike": np.float16,
}  # fmt: skip
SHUFFLED = ("seismic",)
"""Kinds whose first bytes are packed apart from their second ones."""
CHUNK = 2**26
"""A chunk of a large cube has no more samples than this."""


def make_facts(recipe: Recipe, first: int, words: Mapping[str, Any]) -> Facts:
    """All that decides which cubes a file holds."""
    return {
        "format": FORMAT,
        "version": odfault.__version__,
        "recipe": json.dumps(dataclasses.asdict(recipe), sort_keys=True),
        "words": json.dumps(dict(words), sort_keys=True),
        "seed": recipe.seed,
        "first": first,
    }


def empty_file(shape: tuple[int, int, int], facts: Facts) -> bytes:
    """Make a file that has room for cubes of a shape and holds none."""
    content = io.BytesIO()
    with h5py.File(content, "w", libver=("earliest", "v110")) as file:
        for name, kind in KINDS.items():
            file.create_dataset(
                name, (0, *shape), kind, chunks=(1, *chunk_of(shape)), maxshape=(None, *shape),
                compression="gzip", compression_opts=1, shuffle=name in SHUFFLED,
            )  # fmt: skip
        file.attrs.update(facts, count=0)
    return content.getvalue()


def chunk_of(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Shape of a chunk: a whole cube, or some of its inlines."""
    return max(1, min(shape[0], CHUNK // (shape[1] * shape[2]))), shape[1], shape[2]


def pack(cube: Cube, shape: tuple[int, int, int]) -> Packed:
    """Turn a cube into the chunks of a file of cubes of a shape."""
    if cube.seismic.shape != shape:
        raise ValueError(f"a cube of {cube.seismic.shape} in a file for {shape}")
    if not np.abs(cube.seismic).max() < np.finfo(np.float16).max:
        raise OdfaultError("amplitudes that float16 does not hold", "scale the cubes to about unit rms")
    return {name: _pack(getattr(cube, name), name) for name in KINDS}


def _pack(values: NDArray[Any], name: str) -> list[bytes]:
    n_inlines, *rest = chunk_of(values.shape)
    chunks = []
    for start in range(0, len(values), n_inlines):
        chunk = np.zeros((n_inlines, *rest), KINDS[name])
        part = values[start : start + n_inlines]
        chunk[: len(part)] = part
        if name in SHUFFLED:
            chunk = np.ascontiguousarray(chunk.reshape(-1).view(np.uint8).reshape(-1, chunk.itemsize).T)
        packer = zlib.compressobj(1, strategy=zlib.Z_RLE)
        chunks.append(packer.compress(chunk.data) + packer.flush())
    return chunks


def append(file: h5py.File, cubes: list[Packed]) -> None:
    """Add packed cubes to a file."""
    count = int(file.attrs["count"])
    for name in KINDS:
        data = file[name]
        data.resize(count + len(cubes), axis=0)
        for number, cube in enumerate(cubes, count):
            for part, chunk in enumerate(cube[name]):
                data.id.write_direct_chunk((number, part * data.chunks[1], 0, 0), chunk)
    file.attrs.modify("count", count + len(cubes))


def check_same(path: Path, file: h5py.File, facts: Facts) -> None:
    """Refuse to go on with a file of other cubes."""
    check_format(path, file)
    mend = "give another name, or remove it"
    if file.attrs["version"] != facts["version"]:
        raise OdfaultError(f"{path} was drawn by odfault {file.attrs['version']}", mend)
    for name, what in (("recipe", "another recipe or seed"), ("words", "another survey or other options")):
        if file.attrs[name] != facts[name]:
            raise OdfaultError(f"{path} was drawn by {what}", mend)
    if file.attrs["first"] != facts["first"]:
        raise OdfaultError(f"{path} begins with cube {file.attrs['first']}, not {facts['first']}", mend)


def check_format(path: Path, file: h5py.File) -> None:
    """Refuse a file that is none of ours, or of another version's making."""
    if "recipe" not in file.attrs or "seismic" not in file:
        raise OdfaultError(f"{path} holds no cubes of odfault-synth", "give another file")
    if file.attrs.get("format") != FORMAT or not set(KINDS) <= set(file):
        version = file.attrs.get("version", "unknown")
        raise OdfaultError(f"{path} was written by another version of odfault ({version})", "draw it anew")
