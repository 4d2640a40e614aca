"""What the page refuses by itself: a key of the table of words, beside the English sentence."""

from __future__ import annotations

from typing import Any

from odfault.errors import OdfaultError
from odfault.picture.verdict import NoSectionError


class PageError(OdfaultError):
    """A refusal whose words the page has in each of its languages.

    Parameters
    ----------
    key : str
        In the tables of words: ``refusal.KEY``.
    problem, mend : str
        In English.
    status : int
        HTTP status.
    **values
        What the words hold.
    """

    def __init__(self, key: str, problem: str, mend: str, *, status: int = 400, **values: Any) -> None:
        super().__init__(problem, mend)
        self.key, self.status, self.values = key, status, values


def tell(error: OdfaultError, *, hide: str = "", name: str = "") -> dict[str, Any]:
    """Tell a refusal as JSON, with the name of the file that the user knows in place of where it lies."""

    def clean(text: str) -> str:
        return " ".join((text.replace(hide, name) if hide else text).split())

    said: dict[str, Any] = {"problem": clean(error.problem), "mend": clean(error.mend)}
    if isinstance(error, PageError):
        said |= {"key": error.key, "values": error.values}
    if isinstance(error, NoSectionError):
        said["corners"] = error.corners.round(2).tolist()
    return said
