"""Reads labelled data, one by one: cubes of odfault-synth, NumPy archives, pairs of SEG-Y files."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.survey import same_lines
from odfault.undefined import LARGEST, clear
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_training.evidence import Evidence, Mask

KINDS = "NAME.h5 of odfault-synth, NAME.npz with seismic and faults, or SEISMIC.sgy=FAULTS.sgy"
_UNREADABLE = (OSError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises when it is given what is no archive of its own, or a damaged one."""
_PAIR = re.compile(r"(.+?\.se?gy)=(.+\.se?gy)", re.IGNORECASE)


def check_names(data: list[str]) -> None:
    """Refuse data that are not there or whose names tell of no kind that can be read.

    Raises
    ------
    OdfaultError
        With the kinds that there are.
    """
    for word in data:
        paths = [Path(word)]
        if paths[0].suffix.lower() not in (".h5", ".hdf5", ".npz"):
            pair = _PAIR.fullmatch(word)
            if pair is None:
                raise OdfaultError(f"{word} is no labelled data by its name", f"give {KINDS}")
            paths = [Path(part) for part in pair.groups()]
        for path in paths:
            if not path.is_file():
                raise OdfaultError(f"no file {path}", f"give {KINDS}")


def read_evidence(word: str, *, cubes: int | None = None) -> Iterator[Evidence]:
    """Read labelled data, one volume or section at a time.

    Parameters
    ----------
    word : str
        ``NAME.h5`` of odfault-synth; ``NAME.npz`` with ``seismic`` and ``faults`` or ``labels``, (traces,
        samples) or (inlines, crosslines, samples), not 0 on a fault; or ``SEISMIC.sgy=FAULTS.sgy``, above
        one half on a fault. Labels that are the words of ``odfault_synthetic.labels`` are understood as
        such in all of them; a label that is not a number is ignored.
    cubes : int, optional
        Read the first of the cubes only.

    Raises
    ------
    OdfaultError
        If it cannot be read, or labels and seismic do not fit each other.
    """
    path = Path(word)
    if path.suffix.lower() in (".h5", ".hdf5"):
        yield from _read_cubes(path, cubes)
    elif path.suffix.lower() == ".npz":
        seismic, labels = _read_archive(path)
        yield _join(word, seismic, labels, marked=labels != 0)
    elif pair := _PAIR.fullmatch(word):
        seismic, labels = _read_pair(Path(pair[1]), Path(pair[2]))
        yield _join(word, seismic, labels, marked=labels > 0.5)
    else:
        raise OdfaultError(f"{word} is no labelled data by its name", f"give {KINDS}")


def _read_cubes(path: Path, cubes: int | None) -> Iterator[Evidence]:
    from odfault_synthetic.store import read_whole_cubes

    for number, cube in enumerate(read_whole_cubes(path, 0, cubes)):
        yield Evidence(
            f"{path} cube {number}", clear(cube.seismic), cube.labels == FAULT, cube.labels == UNRESOLVED,
            np.abs(cube.throw), bare=not (cube.labels != BACKGROUND).any(),
        )  # fmt: skip


def _read_archive(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read seismic and labels of a NumPy archive, as they are."""
    mend = "save it with numpy.savez(NAME, seismic=..., faults=...)"
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            arrays = {name: file[name] for name in ("seismic", "faults", "labels") if name in file.files}
    except (
        OSError,
        ValueError,
        EOFError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise OdfaultError(f"{path} cannot be read ({error})", mend) from error
    labels = arrays.get("faults", arrays.get("labels"))
    if "seismic" not in arrays or labels is None:
        raise OdfaultError(f"{path} does not hold both seismic and faults", mend)
    for name, values in arrays.items():
        if values.dtype.kind not in "fiub":
            raise OdfaultError(f"{name} of {path} holds no numbers", mend)
    return arrays["seismic"], labels


def _read_pair(seismic: Path, faults: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read two SEG-Y files of the same lines."""
    from odfault.segy.survey import SegySurvey

    with SegySurvey.open(seismic) as survey, SegySurvey.open(faults) as labels:
        if survey.shape != labels.shape:
            raise _misfit(f"{seismic}={faults}", survey.shape, labels.shape)
        if not survey.is_2d and not same_lines(survey, labels):
            raise OdfaultError(
                f"{faults} stands on other lines than {seismic}", "export both with the same line numbers"
            )
        both = [one.read(slice(0, one.shape[0]), slice(0, one.shape[1])) for one in (survey, labels)]
    # a line along which only inlines are counted is one crossline
    seen, told = (part.swapaxes(0, 1) if part.shape[1] == 1 else part for part in both)
    return seen, told


def _join(word: str, seismic: NDArray[Any], labels: NDArray[Any], *, marked: Mask) -> Evidence:
    """Check that labels fit the seismic, and tell what they mean."""
    if seismic.shape != labels.shape:
        raise _misfit(word, seismic.shape, labels.shape)
    if seismic.ndim not in (2, 3) or 0 in seismic.shape:
        raise OdfaultError(
            f"the seismic of {word} has the shape {seismic.shape}",
            "give (traces, samples) or (inlines, crosslines, samples)",
        )
    unknown = ~(np.abs(labels) < LARGEST)
    fault, ignore = marked & ~unknown, unknown
    bare = not fault.any()
    if _are_words(labels, unknown):
        fault, ignore = labels == FAULT, unknown | (labels == UNRESOLVED)
    shape = seismic.shape if seismic.ndim == 3 else (1, *seismic.shape)
    volumes = clear(seismic).reshape(shape), fault.reshape(shape), ignore.reshape(shape)
    return Evidence(word, *volumes, throw=None, bare=bare)


def _are_words(labels: NDArray[Any], unknown: Mask) -> bool:
    """Whether labels are the words of odfault-synth: 0 to 3 and nothing else, with 2 or 3 among them."""
    return bool((labels[~unknown] > FAULT).any()) and all(
        bool(np.isin(part[~there], (BACKGROUND, FAULT, BESIDE, UNRESOLVED)).all())
        for part, there in zip(labels, unknown, strict=True)
    )


def _misfit(word: str, seismic: tuple[int, ...], labels: tuple[int, ...]) -> OdfaultError:
    """Say that labels do not fit."""
    return OdfaultError(
        f"the seismic of {word} has the shape {seismic} and its labels {labels}", "cut both alike"
    )
