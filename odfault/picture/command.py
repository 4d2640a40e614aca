"""What odfault picture does: a picture in, the picture with its faults out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from odfault.card import find_weights, read_card
from odfault.errors import OdfaultError
from odfault.model import check_words
from odfault.ours import is_ours
from odfault.outputs import check_output
from odfault.picture import render
from odfault.picture.answer import NETWORK, answer_section, check_size
from odfault.picture.lines import trace_lines
from odfault.picture.read import read_picture
from odfault.picture.section import Section, find_section
from odfault.segy.line import write_line


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The files that are asked for beside the picture; nothing where left out."""

    probability: Path | None = None
    mask: Path | None = None
    segy: Path | None = None
    csv: Path | None = None

    def pictures(self) -> list[Path]:
        """Those that are pictures."""
        return [path for path in (self.probability, self.mask) if path]

    def files(self) -> list[Path]:
        """All of them."""
        return [path for path in (self.probability, self.mask, self.segy, self.csv) if path]


def answer_picture(
    source: Path,
    out: Path,
    *,
    wanted: Wanted | None = None,
    model: str | Path = NETWORK,
    threshold: float = 0.5,
    corners: ArrayLike | None = None,
    size: tuple[int, int] | None = None,
    page: int = 0,
    force: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Section, NDArray[np.float32]]:
    """Read a picture, find its faults, and write the picture with them.

    Parameters
    ----------
    source, out : Path
        Picture files.
    wanted : Wanted, optional
        Other files to write.
    model : str or Path
        A network for sections.
    threshold : float
        Probability from which a fault is drawn.
    corners : array_like, (4, 2), optional
        Of the panel, in pixels, clockwise from the top left.
    size : tuple of int, optional
        Traces and samples that the section has, for the network to see it as it is.
    page : int
        Of a PDF or TIFF file, from 0.
    force : bool
        Answer what does not look like a section too.
    progress : callable
        Told the samples done and the samples of all.

    Returns
    -------
    tuple
        The section and the fault probability (traces, samples).

    Raises
    ------
    OdfaultError
        If a file cannot be read or written, or the picture shows no section.
    """
    wanted = wanted or Wanted()
    _check(source, out, wanted, threshold)
    check_words(read_card(find_weights(model)), "auto", "faults")
    size = check_size(size) if size else None
    rgb = read_picture(source, page=page)
    section = find_section(rgb, corners=corners, force=force)
    probability = answer_section(section, model, size=size, progress=progress)
    shape, history = (rgb.shape[0], rgb.shape[1]), f"found by odfault in the picture {source.name}"
    write_wanted(wanted, section, probability, shape, threshold=threshold, history=history)
    render.save_picture(render.draw_faults(rgb, section, probability, threshold=threshold), out)
    return section, probability


def write_wanted(
    wanted: Wanted,
    section: Section,
    probability: NDArray[np.float32],
    shape: tuple[int, int],
    *,
    threshold: float,
    history: str,
) -> None:
    """Write the files that are asked for beside the picture.

    Parameters
    ----------
    wanted : Wanted
    section : Section
    probability : ndarray of float32, (traces, samples)
    shape : tuple of int
        Height and width of the picture.
    threshold : float
        Probability from which a fault is drawn.
    history : str
        A line for the SEG-Y file's text header.

    Raises
    ------
    OdfaultError
        If a picture or the SEG-Y file cannot be written.
    """
    if wanted.probability:
        render.save_picture(render.draw_probability(section, probability, shape), wanted.probability)
    if wanted.mask:
        mask = render.draw_mask(section, probability, shape, threshold=threshold)
        render.save_picture(mask, wanted.mask)
    if wanted.csv:
        render.save_lines(trace_lines(section, probability, threshold=threshold), wanted.csv)
    if wanted.segy:
        write_line(wanted.segy, section.amplitudes, history)


def _check(source: Path, out: Path, wanted: Wanted, threshold: float) -> None:
    """Refuse what could not be written in the end, before the work begins."""
    if not 0 < threshold < 1:
        raise OdfaultError(f"a threshold of {threshold}", "give one between 0 and 1")
    for path in (out, *wanted.pictures()):
        render.check_name(path)
    files = [out, *wanted.files()]
    for path in files:
        check_output(source, path)
    if wanted.segy and wanted.segy.exists() and not is_ours(wanted.segy):
        raise OdfaultError(
            f"{wanted.segy} is there already, and odfault did not write it", "choose another name"
        )
    if len({path.resolve() for path in files}) < len(files):
        raise OdfaultError("two of the outputs have the same name", "give each its own")
