"""Libraries that come with an extra: missed in one line that says how to get them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from odfault.errors import OdfaultError


@contextlib.contextmanager
def needed(problem: str, extra: str) -> Iterator[None]:
    """Let a library of an extra be imported.

    Parameters
    ----------
    problem : str
        What needs it.
    extra : str
        The extra of odfault that brings it.

    Raises
    ------
    OdfaultError
        If it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise OdfaultError(problem, f'pip install "odfault[{extra}]"') from error
