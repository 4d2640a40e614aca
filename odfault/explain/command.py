"""What odfault explain does: a network and a section in, a report that needs nothing else out."""

from __future__ import annotations

import locale
import os
from collections.abc import Callable
from pathlib import Path

from odfault.card import find_weights, read_card
from odfault.errors import OdfaultError
from odfault.outputs import check_output

LANGUAGES = ("en", "ru")
PAGES = (".html", ".htm")


def explain(
    source: Path,
    out: Path,
    *,
    model: str | Path | None = None,
    line: tuple[str, int] | None = None,
    at: tuple[float, float] | None = None,
    interval_ms: float | None = None,
    language: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Write a report of what a network listens to, and why it answers as it does at a point of a section.

    Parameters
    ----------
    source : Path
        A SEG-Y file, a NumPy file or a picture, see ``subject.read_subject``.
    out : Path
        The report, ``.html``; an older report of ours is overwritten, another file is not.
    model : str or Path, optional
        Name of a shipped model, or path of a ``.keras`` file with its card beside it; ``picture2d`` for a
        picture, ``fault2d`` for any other section when left out.
    line : tuple, optional
        ``inlines`` or ``crosslines``, and the line's number; the middle inline when left out.
    at : tuple of float, optional
        Trace number and time in ms of the point; the strongest fault when left out.
    interval_ms : float, optional
        Sample interval, where the file tells none or a wrong one.
    language : str, optional
        ``en`` or ``ru``; the system's, if it is one of them, else English when left out.
    progress : callable
        Told the steps done and the steps of all.

    Returns
    -------
    str
        What was explained, in a few words.

    Raises
    ------
    OdfaultError
        If the section or the model cannot be read, they do not fit each other, the point lies outside, or
        the report cannot be written.
    """
    language = _choose_language(language)
    _check(source, out, interval_ms)
    from odfault.explain.reading import choose_model, read_subject

    model = model or choose_model(source)
    subject = read_subject(source, read_card(find_weights(model)), line=line, at=at, interval_ms=interval_ms)
    if at:
        subject.locate(*at)
    from odfault.explain.gradients import open_network
    from odfault.explain.study import study
    from odfault.explain.telling import tell

    found = study(subject, open_network(model), at=at, progress=progress)
    try:
        out.write_text(tell(found, language), "utf-8")
    except OSError as error:
        raise OdfaultError(
            f"{out} cannot be written ({error})", "check the disk and its permissions"
        ) from error
    trace, time = subject.along[found.point[1]], subject.times_ms[found.point[2]]
    return f"{subject.title} at {trace:g},{time:g} by {found.card.name}"


def _choose_language(language: str | None) -> str:
    """Choose the language: what is asked for, or the system's."""
    if language is None:
        words = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
        told = next((word for word in words if word), locale.getlocale()[0] or "")
        language = told[:2].lower() if told[:2].lower() in LANGUAGES else "en"
    if language not in LANGUAGES:
        raise OdfaultError(f"no words in the language {language}", f"give one of {', '.join(LANGUAGES)}")
    return language


def _check(source: Path, out: Path, interval_ms: float | None) -> None:
    """Refuse what could not be written in the end, before the work begins."""
    if out.suffix.lower() not in PAGES:
        raise OdfaultError(f"{out} is no name of a report", "end it in .html")
    check_output(source, out)
    if out.exists() and not _is_ours(out):
        raise OdfaultError(f"{out} exists and is no report of ours", "choose another name")
    if interval_ms is not None and not 0 < interval_ms < 1000:
        raise OdfaultError(f"a sample interval of {interval_ms:g} ms", "give one between 0 and 1000")


def _is_ours(out: Path) -> bool:
    from odfault.explain.sheet import MARK

    try:
        with out.open("rb") as file:
            return MARK.encode() in file.read(500)
    except OSError:
        return False
