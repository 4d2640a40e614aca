"""Labelled lines as users have them: seismic, and beside it faults drawn in a SEG-Y, a picture or a text."""

from __future__ import annotations

import dataclasses
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault.thinning import thin
from odfault.undefined import clear
from odfault_synthetic.labels import BESIDE, FAULT, UNRESOLVED
from odfault_training.sticks import Frame, draw_sticks

TEXTS = (".txt", ".csv", ".dat")
UNREADABLE = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What NumPy raises when it is given what is no archive of its own, or a damaged one."""
UNSURE = 3.0
"""A drawn line may be off by so many samples: there neither yes nor no is asked for."""


@dataclasses.dataclass(frozen=True)
class Line:
    """A labelled line or volume.

    name    : str
    seismic : (inlines, crosslines, samples) float32, of mean size 1; a section is one inline; 0 where dead
    labels  : the same shape, uint8, the words of ``odfault_synthetic.labels``
    worded  : whether the labels came as those words, so that what is unresolved is not judged
    """

    name: str
    seismic: NDArray[np.float32]
    labels: NDArray[np.uint8]
    worded: bool = False


def read_lines(pairs: Sequence[str]) -> list[Line]:
    """Read labelled lines, each ``SEISMIC=FAULTS`` or an ``.npz`` that holds both.

    Parameters
    ----------
    pairs : sequence of str
        Seismic is SEG-Y, or ``.npz`` with ``seismic`` (traces, samples) and perhaps ``dt_s``. Faults are
        SEG-Y of the same size (a number above one half, or odfault-synth's words), a PNG (a column for
        each trace, a row for each sample; what is neither black nor transparent), sticks in a text (see
        ``sticks``), or ``faults`` in the ``.npz``.

    Raises
    ------
    OdfaultError
        If a file cannot be read, faults do not fit their section, or there are none.
    """
    stems = [Path(pair.partition("=")[0]).stem for pair in pairs]
    names = [
        stem if stems.count(stem) == 1 else pair.partition("=")[0]
        for stem, pair in zip(stems, pairs, strict=True)
    ]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise OdfaultError(f"{twice[0]} is given twice", "give each line once, all its faults in one file")
    return [_read_line(name, pair) for name, pair in zip(names, pairs, strict=True)]


def _read_line(name: str, pair: str) -> Line:
    first, _, second = pair.partition("=")
    seismic, frame, inside = _read_seismic(Path(first))
    drawn = inside
    if second:
        drawn = _read_faults(Path(second), seismic.shape, frame)
    if drawn is None:
        raise OdfaultError(f"{first} comes without faults", f"name them after it, as in {first}=faults.png")
    drawn = drawn.reshape(drawn.shape if drawn.ndim == 3 else (1, *drawn.shape))
    if drawn.shape != seismic.shape:
        raise OdfaultError(
            f"{second or first}: faults of {_size(drawn.shape)} on seismic of {_size(seismic.shape)}",
            "give faults of the same size",
        )
    return make_line(name, seismic, drawn, told=second or first)


def make_line(name: str, seismic: NDArray[np.float32], drawn: NDArray[Any], *, told: str = "faults") -> Line:
    """Scale amplitudes to a mean size of 1, and put faults into the words of ``odfault_synthetic.labels``.

    Parameters
    ----------
    name : str
        Of the line.
    seismic : ndarray, (inlines, crosslines, samples)
        Any unit; what is no number or undefined becomes 0.
    drawn : ndarray, the same shape
        Above one half on faults; or those words, if it holds whole numbers up to 3 and some above 1.
    told : str
        Where the faults come from, for errors.

    Raises
    ------
    OdfaultError
        If there are no faults, too many, or no amplitudes.
    """
    values = clear(seismic)
    if not values.any():
        raise OdfaultError(f"{name} holds no live trace", "give another line")
    kinds = np.unique(drawn)
    worded = bool(np.isin(kinds, (0, 1, BESIDE, UNRESOLVED)).all() and kinds.max() > 1)
    mask = drawn == FAULT if worded else drawn > 0.5
    if not mask.any():
        raise OdfaultError(f"{told} holds not a single fault", "draw one, or leave the line out")
    if mask.mean() > 0.5:
        problem = f"{told} calls {mask.mean():.0%} of the line a fault"
        raise OdfaultError(problem, "draw faults as lines; a picture's ground is black or transparent")
    size = np.abs(values[values != 0], dtype=np.float64).mean()
    labels = drawn.astype(np.uint8) if worded else word_faults(mask)
    return Line(name, (values / size).astype(np.float32), labels, worded)


def word_faults(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Turn drawn faults, (inlines, crosslines, samples), into words.

    FAULT is the middle of a stroke, BESIDE what is within one sample of it; the rest of the stroke and what
    is within three samples is UNRESOLVED, for lines drawn by hand are not exact.
    """
    depth = np.asarray(distance_transform_edt(mask), np.float32)
    depth /= depth.max()
    fault = thin(depth[0])[None] > 0 if len(mask) == 1 else thin(depth) > 0
    if not fault.any():
        fault = mask
    away = distance_transform_edt(~fault)
    labels = np.where(mask | (away <= UNSURE), UNRESOLVED, 0).astype(np.uint8)
    labels[away <= 1] = BESIDE
    labels[fault] = FAULT
    return labels


def _read_seismic(path: Path) -> tuple[NDArray[np.float32], Frame, NDArray[Any] | None]:
    """Read amplitudes (inlines, crosslines, samples), where they stand, and faults if the file has them."""
    if path.suffix.lower() != ".npz":
        with SegySurvey.open(path) as survey:
            return *_section(survey), None
    try:
        with np.load(path) as file:
            seismic = np.asarray(file["seismic"], np.float32)
            faults = np.asarray(file["faults"]) if "faults" in file else None
            spacing = 1000 * float(file["dt_s"]) if "dt_s" in file else 1.0
    except UNREADABLE as error:
        raise OdfaultError(
            f"{path} holds no seismic ({error})", "give an .npz with 'seismic' of numbers"
        ) from error
    if seismic.ndim != 2 or 0 in seismic.shape:
        raise OdfaultError(f"{path}: seismic of shape {seismic.shape}", "give (traces, samples)")
    count = np.arange(1, len(seismic) + 1)
    return seismic[None], Frame(count, False, None, seismic.shape[1], 0.0, spacing), faults


def _section(survey: SegySurvey) -> tuple[NDArray[np.float32], Frame]:
    """Read a whole survey; a crossline is turned to be one inline."""
    values = survey.read(slice(0, survey.shape[0]), slice(0, survey.shape[1]))
    crossing = survey.shape[1] == 1 and survey.shape[0] > 1
    numbers, lines = survey.crosslines, survey.inlines
    if crossing:
        values, numbers, lines = values.swapaxes(0, 1), lines, numbers
    spacing = 1000 * survey.interval_s or 1.0
    line = int(lines[0]) or None
    return values, Frame(numbers, crossing, line, survey.shape[2], survey.delay_ms, spacing)


def _read_faults(path: Path, shape: tuple[int, ...], frame: Frame) -> NDArray[Any]:
    """Read faults, (traces, samples) or (inlines, crosslines, samples)."""
    kind = path.suffix.lower()
    if kind not in (".png", *TEXTS):
        with SegySurvey.open(path) as survey:
            return clear(_section(survey)[0])
    if shape[0] > 1:
        problem = f"{path} draws on a section, and the seismic is a volume of {_size(shape)}"
        raise OdfaultError(problem, "give the faults of a volume as SEG-Y")
    return _read_picture(path, shape) if kind == ".png" else draw_sticks(path, frame)


def _read_picture(path: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Read a picture's mask, (traces, samples)."""
    try:
        with Image.open(path) as picture:
            if picture.size != (shape[1], shape[2]):
                problem = f"{path} is {picture.size[0]} wide and {picture.size[1]} high"
                raise OdfaultError(problem, f"give {shape[1]} (traces) and {shape[2]} (samples)")
            if picture.mode[0] in "IF":
                return np.asarray(picture).T > 0
            parts = np.asarray(picture.convert("RGBA")).swapaxes(0, 1)
    except (OSError, ValueError, SyntaxError) as error:
        raise OdfaultError(f"{path} is no picture ({error})", "give a PNG") from error
    return np.asarray((parts[..., :3] > 0).any(axis=-1) & (parts[..., 3] > 0))


def _size(shape: tuple[int, ...]) -> str:
    """Write the size of a line or a volume."""
    return " x ".join(str(size) for size in (shape[1:] if shape[0] == 1 else shape))
