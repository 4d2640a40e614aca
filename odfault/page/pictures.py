"""Pictures on the page: read, find the section, answer it, and draw it anew for another threshold."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.page.jobs import Job
from odfault.page.pixels import MOST_SIDE, shrink, to_levels, to_png
from odfault.page.refusals import PageError
from odfault.page.store import Item
from odfault.picture import render
from odfault.picture.answer import answer_section
from odfault.picture.command import Wanted, write_wanted
from odfault.picture.read import read_picture
from odfault.picture.section import Section, find_section

Colours = NDArray[np.uint8]
BESIDE = {"mask.png": "mask", "probability.png": "probability", "faults.csv": "csv", "section.sgy": "segy"}
"""Downloads beside the picture with its faults, by the word of ``Wanted``."""
FILES = {"faults.png", *BESIDE}
"""What can be downloaded."""


@dataclasses.dataclass(frozen=True)
class Wish:
    """How a picture is to be answered: corners in its pixels, or found; although it is no section."""

    corners: list[tuple[float, float]] | None = None
    force: bool = False
    sheet: int = 0


def answer(job: Job, wish: Wish) -> dict[str, Any]:
    """Do the whole of it; the picture can be looked at as soon as it is read."""
    item = job.item
    rgb = _read(item, wish.sheet)
    job.at("find")
    section = find_section(rgb, corners=wish.corners, force=wish.force)
    job.at("answer")
    probability = answer_section(section, progress=job.progress)
    job.at("draw")
    with item.lock:
        _keep(item.folder / "result.pickle", pickle.dumps((section, probability)))
        _keep(item.folder / "faults.png", _lay(section, probability, rgb.shape[1], rgb.shape[0]))
        item.facts |= {
            "corners": np.round(section.corners, 2).tolist(),
            "colours": section.colours,
            "remarks": list(section.remarks),
            "traces": section.shape[0],
            "samples": section.shape[1],
            "version": item.facts.get("version", 0) + 1,
        }
    return {}


def _read(item: Item, sheet: int) -> Colours:
    """Decode once; what is asked for later comes from the decoded copy."""
    kept = item.folder / f"colours{sheet}.npy"
    if not kept.exists():
        fresh = read_picture(item.source, page=sheet)
        _keep(item.folder / f"show{sheet}.png", to_png(shrink(fresh)))
        np.save(kept, fresh)
    rgb: Colours = np.load(kept)
    height, width = rgb.shape[:2]
    if item.facts.get("sheet", sheet) != sheet:
        item.facts.pop("corners", None)
    item.facts |= {"width": width, "height": height, "sheet": sheet}
    return rgb


def _keep(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".part")
    fresh.write_bytes(data)
    fresh.replace(path)


def _find(item: Item, name: str) -> bytes:
    try:
        return (item.folder / name).read_bytes()
    except FileNotFoundError:
        raise PageError("unanswered", "there are no faults yet", "wait for the answer", status=404) from None


def show(item: Item) -> bytes:
    """Give the picture as PNG, upright and small enough for a screen."""
    return _find(item, f"show{item.facts.get('sheet', 0)}.png")


def show_probability(item: Item) -> bytes:
    """Give the probability as a grey PNG that lies over what ``show`` gives."""
    return _find(item, "faults.png")


def _lay(section: Section, probability: NDArray[np.float32], width: int, height: int) -> bytes:
    less = min(1.0, MOST_SIDE / max(width, height))
    size = (max(1, round(height * less)), max(1, round(width * less)))
    scaled = section.corners * [size[1] / width, size[0] / height]
    laid = render.to_picture(probability, dataclasses.replace(section, corners=scaled), size)
    return to_png(to_levels(laid))


def write(item: Item, name: str, threshold: float) -> Path:
    """Write one of ``FILES`` for download, at the picture's full size."""
    section, probability = pickle.loads(_find(item, "result.pickle"))  # our own, in a folder of our own
    rgb = np.load(item.folder / f"colours{item.facts['sheet']}.npy")
    shape = (rgb.shape[0], rgb.shape[1])
    out = item.folder / f"{threshold:.3f}-{name}"
    if name == "faults.png":
        render.save_picture(render.draw_faults(rgb, section, probability, threshold=threshold), out)
    else:
        wanted, history = Wanted(**{BESIDE[name]: out}), "found by odfault in a picture"
        write_wanted(wanted, section, probability, shape, threshold=threshold, history=history)
    return out
