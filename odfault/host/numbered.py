"""Single faults for the host: which one runs through a sample, as `odfault faults` wrote before."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.host.match import Match
from odfault.host.menu import FAULTS, Choice, Parameters, read_choice
from odfault.host.report import tell
from odfault.host.spans import find_wanted
from odfault.host.wire import Samples, SeisInfo, TrcInfo
from odfault.segy.survey import SegySurvey

COLUMNS = ("confidence", "strike_deg", "dip_deg")
"""What the table tells of each fault."""


def make_single_faults(parameters: Parameters, info: SeisInfo) -> SingleFaults:
    """Open the faults that the interpreter named, as an attribute.

    Raises
    ------
    OdfaultError
        If none are named, or they cannot be read.
    """
    return SingleFaults(read_choice(parameters), info)


class SingleFaults:
    """Answers a trace with the faults that run through it: number, confidence, strike, dip.

    A surface shows itself in the whole survey only, so that none is sought here: the survey of numbers that
    ``odfault faults`` wrote is looked up by line numbers and time, and the table beside it by number.

    Parameters
    ----------
    choice : Choice
        What the interpreter chose.
    info : SeisInfo
        What the host says of all windows.

    Raises
    ------
    OdfaultError
        If no file is named, it is no survey of numbers, or it is sampled in another way than the host's data.
    """

    def __init__(self, choice: Choice, info: SeisInfo) -> None:
        if not choice.faults:
            raise OdfaultError(
                f"no file is named under {FAULTS}", "name the faults.sgy that odfault faults wrote"
            )
        path = Path(choice.faults)
        survey = SegySurvey.open(path)
        interval = survey.interval_s * (1000 if info.z_step > survey.interval_s * 30 else 1)
        if info.z_step > 0 and abs(info.z_step / interval - 1) > 1e-3:
            raise OdfaultError(
                f"{path} has a sample each {interval:g}, the host's data one each {info.z_step:g}",
                "run odfault faults on the probability of these data",
            )
        self._match, self._margins = Match(survey, choice.margins[0]), choice.margins
        self._index, self._table = survey.index, read_table(path.with_name("faults.csv"))
        self._silent = False

    def __call__(self, window: Samples, trace: TrcInfo) -> Samples:
        """Answer a window: (4, samples); undefined where no fault is, number and confidence 0 there."""
        values = np.zeros((1 + len(COLUMNS), trace.samples), np.float32)
        spot = self._match.by_number(trace)
        if spot is None or self._index[spot] < 0:
            if not self._silent:
                tell(f"inline {trace.inline}, crossline {trace.crossline} is not in the file of {FAULTS}")
            self._silent = True
            return np.full_like(values, np.nan)
        mine, theirs = self._match.overlap(trace)
        wanted = find_wanted(trace.samples, self._margins)
        low, high = max(wanted.start, theirs.start), max(min(wanted.stop, theirs.stop), theirs.start)
        shift = mine.start - theirs.start
        numbers = self._match.line(spot[0])[spot[1], low + shift : high + shift]
        values[0, low:high] = numbers
        values[1:, low:high] = self._table[np.clip(np.rint(numbers), 0, len(self._table) - 1).astype(int)].T
        return values


def read_table(path: Path) -> NDArray[np.float32]:
    """Read confidence, strike and dip of each fault, (faults + 1, 3), by number; what is not told is NaN.

    Raises
    ------
    OdfaultError
        The table is not there, or not one.
    """
    try:
        with path.open(encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
        told = {int(row["fault"]): [float(row[name] or "nan") for name in COLUMNS] for row in rows}
    except (OSError, ValueError, KeyError) as error:
        raise OdfaultError(
            f"{path} cannot be read as the table of faults ({error})", "run odfault faults again"
        ) from error
    table = np.full((max(told, default=0) + 1, len(COLUMNS)), np.nan, np.float32)
    table[0, 0] = 0
    for number, row in told.items():
        table[number] = row
    return table
