"""How to find faults: what the user chose."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from odfault.errors import OdfaultError
from odfault.kinds import open_survey
from odfault.segy.words import HeaderWords
from odfault.surfaces.cleaning import SURE
from odfault.survey import Survey

SMALLEST, A_LINE = 300, 16
"""Points of a fault, unless the user says otherwise; where there are few lines, so many for each."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(HeaderWords):
    """How to find faults; the words of ``odfault faults``.

    Attributes
    ----------
    also : sequence of str or Path
        More probabilities of the same survey, such as another network's or another direction's; at each
        sample the largest counts.
    threshold : float
        Probability from which a crest counts.
    smallest : int, optional
        Samples of a fault; smaller ones are dropped. 300 when left out, or 16 for each line
        where there are few.
    sure : float
        Mean probability of a fault; those of less are dropped, and so are crumpled ones.
    every : int
        Lines from a stick to the next.
    velocity : float, optional
        Metres a second, for dips and areas of time sections.
    depth : bool
        Whether samples are depths in metres (the file's milliseconds are read as metres).
    seismic : str or Path, optional
        The survey to draw the sticks over; the probability itself when left out.
    replace : bool
        Overwrite what an earlier run wrote in the folder.
    inline_byte, crossline_byte, big_endian, sample_format, n_samples
        What is known better than the headers say, see ``HeaderWords``.
    """

    also: Sequence[str | Path] = ()
    threshold: float = 0.5
    smallest: int | None = None
    sure: float = SURE
    every: int = 8
    velocity: float | None = None
    depth: bool = False
    seismic: str | Path | None = None
    replace: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise OdfaultError(f"a threshold of {self.threshold}", "give one between 0 and 1")
        if self.smallest is not None and self.smallest < 1:
            raise OdfaultError(f"faults of {self.smallest} samples", "give 1 or more")
        if not 0 <= self.sure < 1:
            raise OdfaultError(f"faults of a mean probability of {self.sure}", "give one from 0 to 1")
        if self.every < 1:
            raise OdfaultError(f"a stick every {self.every} lines", "give 1 or more")
        if self.velocity is not None and not 100 <= self.velocity <= 20000:
            raise OdfaultError(f"a velocity of {self.velocity:g} m/s", "give one from 100 to 20000")
        if self.velocity is not None and self.depth:
            raise OdfaultError("a velocity for depths", "give --velocity or --depth")

    def open(self, path: str | Path) -> Survey:
        """Open a survey as the options say."""
        return open_survey(path, vars(self))

    def smallest_of(self, shape: tuple[int, int, int]) -> int:
        """Tell how many samples a fault must have in a survey of so many inlines, crosslines and samples."""
        return self.smallest or min(SMALLEST, A_LINE * min(shape[:2]))
