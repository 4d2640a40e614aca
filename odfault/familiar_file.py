"""Where a survey is such as the fault networks learned from, as a SEG-Y file like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from odfault import __version__
from odfault.card import Scale
from odfault.errors import OdfaultError
from odfault.familiar import METER, Meter, Volume, judge_section
from odfault.segy.output import SegyWriter, check_output, lay_down

if TYPE_CHECKING:
    from odfault.model import Precision
    from odfault.region import Region

APART = 8
"""Lines from one that is judged to the next; between them it is interpolated."""


def check_familiar(path: Path, others: Sequence[Path]) -> None:
    """Refuse a file that could not be written in the end, or would take the place of another.

    Raises
    ------
    OdfaultError
        If there is no room for it under that name.
    """
    for other in others:
        check_output(other, path)
    if path.exists() and not path.is_file():
        raise OdfaultError(f"{path} is not an ordinary file", "name a file")


def write_familiar(region: Region, scale: Scale, path: Path, *, precision: Precision | str) -> None:
    """Write familiarity, 1 as learned from to 0 strange, into a file like the survey.

    It is 0 outside the part asked for, and put under its name when it is whole.

    Raises
    ------
    OdfaultError
        If the disk fails or fills.
    """
    from odfault.model import load_meter

    meter = load_meter(METER, precision="bfloat16" if precision == "bfloat16" else "float32")
    part, kept, survey = path.with_name(path.name + ".part"), region.traces(), region.survey
    try:
        lay_down(survey, part, f"odfault {__version__}: familiarity by {METER}", keep=kept)
        with SegyWriter(survey, part, keep=kept) as writer:
            for line, values in _lines(region, scale, meter):
                rows, columns = region.lines(slice(line, line + 1), region.wanted[1])
                whole = np.zeros((1, values.shape[0], survey.shape[2]), np.float32)
                whole[0, :, region.wanted[2]] = values
                writer.write(rows, columns, whole.swapaxes(0, 1) if region.turned else whole)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _lines(region: Region, scale: Scale, meter: Meter) -> Iterator[tuple[int, Volume]]:
    """Give the lines of a part of a survey, judged (traces, samples), those between two from both."""
    x, y, z = region.wanted
    last, before = x.start, np.empty(0, np.float32)
    for line in [*range(x.start, x.stop - 1, APART), x.stop - 1]:
        values = judge_section(region.read(slice(line, line + 1), y, z)[0], scale, meter)
        for number in range(last + 1, line):
            share = np.float32((number - last) / (line - last))
            yield number, (1 - share) * before + share * values
        yield line, values
        last, before = line, values
