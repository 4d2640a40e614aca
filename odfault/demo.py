"""The demo: the main job on the survey that comes with odfault, and how well it did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from odfault.agreement import Agreement, agree
from odfault.batch import run
from odfault.draw import Panel, draw_panels
from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey

EXAMPLE = Path(__file__).parent / "example"
Labels = NDArray[np.uint8]


def demo(folder: Path, *, progress: Callable[[int, int], None] = lambda done, total: None) -> str:
    """Run on the survey that comes with odfault; return what to tell the user.

    Parameters
    ----------
    folder : Path
        Where ``faults.sgy``, its sidecar and ``faults.png`` go; made when it is not there.
    progress : callable
        Told how far it is.
    """
    if folder.exists() and not folder.is_dir():
        raise OdfaultError(f"{folder} is a file", "name a folder, which may be new")
    folder.mkdir(parents=True, exist_ok=True)
    source, out, picture = EXAMPLE / "demo.sgy", folder / "faults.sgy", folder / "faults.png"
    report = run(source, out, progress=progress)
    with np.load(EXAMPLE / "demo_truth.npz") as file:
        labels: Labels = file["labels"]
    with SegySurvey.open(source) as survey, SegySurvey.open(out) as answer:
        everything = slice(0, report.shape[0]), slice(0, report.shape[1])
        seismic, faults = survey.read(*everything), answer.read(*everything)
        inlines, crosslines = survey.inlines, survey.crosslines
    score = agree(faults, labels == 1, labels == 3)
    _draw(seismic, faults, labels, picture, lines=(inlines, crosslines))
    return _tell(source, out, picture, score)


def _draw(
    seismic: NDArray[np.float32], faults: NDArray[np.float32], labels: Labels, picture: Path,
    *, lines: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:  # fmt: skip
    inline, crossline = (n // 2 for n in faults.shape[:2])
    truth = (labels == 1).astype(np.float32)
    base = faults.shape[2] * 4.0
    panels = []
    for where, name, across, along in (
        (np.s_[inline], f"inline {lines[0][inline]}", "crossline", lines[1]),
        (np.s_[:, crossline], f"crossline {lines[1][crossline]}", "inline", lines[0]),
    ):
        extent = (float(along[0]), float(along[-1]), base, 0.0)
        for title, over in ((name, None), ("faults found", faults[where]), ("faults drawn", truth[where])):
            panels.append(Panel(title, seismic[where], over, extent, across, "ms"))
    draw_panels(panels, picture, columns=3)


def _tell(source: Path, out: Path, picture: Path, score: Agreement) -> str:
    return f"""
survey     {source}
faults     {out}
picture    {picture}
score      {score.f1:.2f}  (F1 within 2 samples at probability 0.5:
           {score.precision:.2f} of what was found is true, {score.recall:.2f} of what is true was found)

Next: look at the picture, open the survey and the faults in your interpretation host, then
    odfault run YOUR.sgy FAULTS.sgy --png FAULTS.png
"""
