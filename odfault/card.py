"""The card beside the weights: what a network is, needs and is worth."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odfault.errors import OdfaultError

HALF_WINDOW = 64
"""Samples to each side over which a sample's amplitude is judged (see ``kernels.scale``)."""
LARGEST = 1024
"""No number of a card is larger."""
LIMIT = 4.0
"""Scaled amplitudes are clipped here."""
GRID = 4
"""A network answers alike at places this far apart: 2 to the power of its poolings."""
SIDE = 64
"""Traces and samples of a window whose familiarity is judged."""
AVERAGES = ("none", "flips", "scales", "all")
"""Over which views of a window answers are averaged."""
ANSWERS = ("faults", "noise", "familiarity")
"""What a network answers: the probability of a fault; the noise, in the unit of its scaled window; or, one
number for a window, whether fault networks have learned from such."""
Scale = tuple[float, float]
"""Lateral and vertical: samples that a network sees for one of the survey."""
MOST_SCALES = 16
"""No card averages more."""
SPREAD: tuple[Scale, ...] = ((1.0, 1.0), (1.5, 1.25))
"""The scales that are averaged, if a card names no others."""


@dataclasses.dataclass(frozen=True)
class Architecture:
    """The few numbers that say which network it is.

    Attributes
    ----------
    dimensions : int
        2 for sections, 3 for volumes.
    width : int
        Channels at half resolution; the quarter has twice as many.
    blocks : int
        Residual blocks at half resolution, before and again after the quarter.
    dilations : tuple of int
        One residual block at quarter resolution for each, with that dilation.
    latent : int
        Of an autoencoder: numbers in its code at each place, and ``blocks`` is how often it halves; else 0.
    """

    dimensions: int
    width: int
    blocks: int
    dilations: tuple[int, ...]
    latent: int = 0


@dataclasses.dataclass(frozen=True)
class Card:
    """A network's card.

    Attributes
    ----------
    name : str
        As users call it.
    architecture : Architecture
        Which network the weights fit.
    halo : int
        Samples at each side that are read and not answered, the same along every axis it looks at.
    temperature : float
        Logits are divided by it, so that the probabilities mean what they say.
    sha256 : str
        Of the file of weights.
    recipe : dict
        The recipes of training and of the synthetic data, seeds, versions, cost.
    scores : dict
        How well it did, and on what.
    scale : tuple of float
    average : str
        What it is run with when the user says nothing, see ``lens.Lens``.
    spread : tuple of tuple of float
        The scales that ``scales`` averages, lateral and vertical, each times ``scale``.
    answers : str
        One of ``ANSWERS``.
    trusted : dict
        Ranges [low, high] of what it learned from, as ``range.measure`` measures it and the network sees it:
        ``peak`` in cycles per sample and ``signal_to_noise_db``; and ``steepest_dip`` of beds in samples per
        trace. None needs to be there.
    graph : dict
        Of the file ``NAME.onnx`` beside the weights, where there is one: its ``sha256``, and its ``parity``,
        how far its answers are from the network's at most.
    """

    name: str
    architecture: Architecture
    halo: int
    temperature: float
    sha256: str
    recipe: dict[str, Any]
    scores: dict[str, Any]
    scale: Scale = (1.0, 1.0)
    average: str = "none"
    spread: tuple[Scale, ...] = SPREAD
    answers: str = "faults"
    trusted: dict[str, Any] = dataclasses.field(default_factory=dict)
    graph: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def finds_faults(self) -> bool:
        """Whether it answers the probability of a fault, which has crests."""
        return self.answers == "faults"

    @property
    def halo_shape(self) -> tuple[int, int, int]:
        """Halo along inlines, crosslines and samples; a section's network sees one inline."""
        return (self.halo if self.architecture.dimensions == 3 else 0, self.halo, self.halo)

    @property
    def grid_shape(self) -> tuple[int, int, int]:
        """Grid along inlines, crosslines and samples."""
        return (GRID if self.architecture.dimensions == 3 else 1, GRID, GRID)


def models_folder() -> Path:
    """Find the folder of the shipped weights."""
    return shipped_folder("models")


def is_shipped(weights: Path) -> bool:
    """Whether weights came with odfault."""
    return weights.resolve().parent == models_folder().resolve()


def shipped_folder(name: str) -> Path:
    """Find a folder that comes with odfault: inside the package of a wheel, beside that of a checkout."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def find_weights(model: str | Path) -> Path:
    """Find the weights of a model by its name or its path.

    Raises
    ------
    OdfaultError
        If there are none.
    """
    path = Path(model)
    if path.suffix != ".keras":
        path = models_folder() / f"{model}.keras"
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in models_folder().glob("*.keras"))) or "none shipped"
            raise OdfaultError(f"no model {model}", f"give one of {known}, or the path of a .keras file")
    if not path.is_file():
        raise OdfaultError(f"no file {path}", "give the path of a .keras file or the name of a shipped model")
    return path


def find_graph(card: Card, weights: Path) -> Path | None:
    """Find the graph beside a file of weights that its card tells of; nothing when there is none."""
    path = weights.with_suffix(".onnx")
    return path if card.graph.get("sha256") and path.is_file() else None


def read_card(weights: Path) -> Card:
    """Read the card beside a file of weights, and check that it is that file's.

    Raises
    ------
    OdfaultError
        If there is no card, it cannot be read, or the weights are not those that it was written for.
    """
    path = weights.with_suffix(".json")
    if not path.is_file():
        raise OdfaultError(f"{weights} has no card", f"put {path.name} beside it; odfault-train writes both")
    try:
        table = json.loads(path.read_text("utf-8"))
        shape = table.pop("architecture")
        architecture = Architecture(**{**shape, "dilations": tuple(shape["dilations"])})
        table["scale"] = tuple(table.get("scale", (1.0, 1.0)))
        table["spread"] = tuple(map(tuple, table.get("spread", SPREAD)))
        card = Card(architecture=architecture, **table)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OdfaultError(f"the card {path} is damaged ({error})", "install odfault again") from error
    if not _is_ours(card):
        raise OdfaultError(f"the card {path} describes no network of ours", "install odfault again")
    if hash_file(weights) != card.sha256:
        raise OdfaultError(f"{weights} is not the file that its card tells of", "install odfault again")
    return card


def _is_ours(card: Card) -> bool:
    """Whether a card's numbers are such as our networks have."""
    build = card.architecture
    counts = [build.width, build.blocks, build.latent, card.halo, *build.dilations]
    return (
        build.dimensions in (2, 3)
        and all(type(count) is int and 0 <= count <= LARGEST for count in counts)
        and min([build.width, *build.dilations]) > 0
        and (build.latent > 0) == (card.answers == "familiarity")
        and len(build.dilations) <= LARGEST
        and isinstance(card.temperature, int | float)
        and 0 < card.temperature < math.inf
        and isinstance(card.name, str)
        and isinstance(card.sha256, str)
        and is_scale(card.scale)
        and card.average in AVERAGES
        and _is_spread(card.spread)
        and card.answers in ANSWERS
        and _is_trusted(card.trusted)
        and isinstance(card.graph, dict)
        and isinstance(card.graph.get("sha256", ""), str)
    )


def is_scale(scale: Any) -> bool:
    """Whether it is a pair of multiples of a quarter, from a quarter to four."""
    return (
        isinstance(scale, tuple)
        and len(scale) == 2
        and all(isinstance(s, int | float) and 0.25 <= s <= 4 and 4 * s % 1 == 0 for s in scale)
    )


def _is_spread(spread: tuple[Any, ...]) -> bool:
    """Whether it is one pair or some, of factors from a sixteenth to sixteen."""
    return 0 < len(spread) <= MOST_SCALES and all(
        len(pair) == 2 and all(isinstance(s, int | float) and 1 / 16 <= s <= 16 for s in pair)
        for pair in spread
    )


def _is_trusted(trusted: Any) -> bool:
    """Whether it holds such ranges as a card may hold."""
    if not isinstance(trusted, dict):
        return False
    ranges = {**trusted, "steepest_dip": [0, trusted.get("steepest_dip", 0)]}
    return ranges.keys() <= {"peak", "signal_to_noise_db", "steepest_dip"} and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(isinstance(n, int | float) and math.isfinite(n) for n in pair)
        and pair[0] <= pair[1]
        for pair in ranges.values()
    )


def write_card(card: Card, weights: Path) -> None:
    """Write the card beside its weights."""
    weights.with_suffix(".json").write_text(json.dumps(dataclasses.asdict(card), indent=1) + "\n", "utf-8")


def hash_file(path: Path, given_up: Callable[[], bool] = lambda: False) -> str:
    """SHA-256 of a file, in hexadecimal; of a part of it when it is given up."""
    import hashlib  # late: it costs as much as all else that a menu needs

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while not given_up() and (block := file.read(2**20)):
            digest.update(block)
    return digest.hexdigest()
