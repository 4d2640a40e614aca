"""The one exception that users see: a problem and its mend."""

from __future__ import annotations


class OdfaultError(Exception):
    """Something the user can put right.

    Parameters
    ----------
    problem : str
        What is wrong, with the name of the file, option or number.
    mend : str
        What to do about it.
    """

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem}: {mend}")
        self.problem = problem
        self.mend = mend

    def __reduce__(self) -> tuple[type[OdfaultError], tuple[str, str]]:
        """Travel between processes whole."""
        return OdfaultError, (self.problem, self.mend)
