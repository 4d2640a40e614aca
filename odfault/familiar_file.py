"""Where a survey is such as the fault networks learned from, as a file or store like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from odfault import __version__
from odfault.card import Scale
from odfault.chunked.laying import discard
from odfault.errors import OdfaultError
from odfault.familiar import METER, Meter, Volume, judge_section
from odfault.kinds import check_target, finish, lay_down_answers, open_writer
from odfault.outputs import is_same
from odfault.survey import Survey

if TYPE_CHECKING:
    from odfault.engine import Engine
    from odfault.region import Region

NAME = "familiarity"
APART = 8
"""Lines from one that is judged to the next; between them it is interpolated."""


def check_familiar(survey: Survey, path: Path, out: Path, tails: Sequence[str]) -> None:
    """Refuse a name that could not be written in the end, or would take the place of another.

    Raises
    ------
    OdfaultError
        If there is no room for it under that name.
    """
    check_target(survey, path)
    if any(is_same(other, path) for other in (out, *(out.with_name(out.name + tail) for tail in tails))):
        raise OdfaultError(f"{path} is a name that the output {out} takes", "give --familiar another")


def write_familiar(region: Region, scale: Scale, path: Path, *, engine: Engine) -> None:
    """Write familiarity, 1 as learned from to 0 strange, into a file or store like the survey.

    It is 0 outside the part asked for, and put under its name when it is whole.

    Raises
    ------
    OdfaultError
        If the disk fails or fills.
    """
    from odfault.engine import open_meter

    meter = open_meter(METER, engine=engine)
    part, depths = path.with_name(path.name + ".part"), region.survey.shape[2]
    told = f"odfault {__version__}: {NAME} by {METER}"
    discard(part)
    try:
        lay_down_answers(region, part, told, name=NAME, depth=False)
        with open_writer(region, part, NAME) as writer:
            for line, values in _lines(region, scale, meter):
                rows, columns = region.lines(slice(line, line + 1), region.wanted[1])
                whole = np.zeros((1, values.shape[0], depths), np.float32)
                whole[0, :, region.wanted[2]] = values
                writer.write(rows, columns, whole.swapaxes(0, 1) if region.turned else whole)
        finish(part, path, name=NAME, title=told, story={"odfault": __version__, "model": METER})
    finally:
        discard(part)


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
