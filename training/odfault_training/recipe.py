"""How to train: a recipe, read from TOML, that refuses words it does not know."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from odfault.card import ANSWERS, AVERAGES, SIDE, Architecture
from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe, read_recipe, read_table


@dataclasses.dataclass(frozen=True)
class TrainingRecipe:
    """What is trained, on what, for how long."""

    name: str
    """Name of the network, and of the files in ``models``."""
    dimensions: int
    width: int
    blocks: int
    dilations: tuple[int, ...]
    window: tuple[int, ...]
    """Traces and samples (2-D), or inlines, crosslines and samples (3-D) of a training window."""
    batch: int = 8
    steps: int = 4000
    rate: float = 2e-3
    """Largest learning rate; a cosine takes it to a hundredth."""
    decay: float = 1e-2
    smoothing: float = 0.02
    """Labels are pulled this far towards one half."""
    seed: int = 1
    synthetic: str = "everything"
    """Recipe of odfault-synth that draws the data."""
    shape: tuple[int, ...] | None = None
    """Inlines, crosslines, samples of what is drawn to learn from, where not the synthetic recipe's."""
    count: int = 720
    """How many are drawn."""
    average: str = "none"
    """Views of a window over which the network's answers are averaged, see ``lens.Lens``."""
    answers: str = "faults"
    """What it learns to answer: ``faults``, the ``noise`` laid over clean cubes, or ``familiarity``."""
    learned: float = 1.0
    """How far the weights go from those that the run began with to those that it learned. Half-way a network
    keeps what it knew of other data (Wortsman et al., 2022, Robust fine-tuning of zero-shot models)."""
    latent: int = 0
    """Of an autoencoder, which judges familiarity: numbers in its code at each place."""

    def __post_init__(self) -> None:
        if self.dimensions not in (2, 3) or len(self.window) != self.dimensions:
            raise OdfaultError("recipe: dimensions and window disagree", "give 2 or 3 of them")
        if any(size % 4 or size < 16 for size in self.window):
            raise OdfaultError(f"recipe: window = {self.window}", "give multiples of 4, at least 16")
        if min(self.batch, self.steps, self.width, self.blocks, self.count) < 1 or not 0 < self.rate < 1:
            words = "recipe: batch, steps, width, blocks, count and rate must be positive"
            raise OdfaultError(words, "mend it")
        if self.average not in AVERAGES:
            raise OdfaultError(f"recipe: average = {self.average}", f"give one of {', '.join(AVERAGES)}")
        if self.answers not in ANSWERS:
            raise OdfaultError(f"recipe: answers = {self.answers}", f"give one of {', '.join(ANSWERS)}")
        if self.answers != "faults" and self.dimensions != 2:
            raise OdfaultError(f"recipe: {self.answers} is learned on sections", "give dimensions = 2")
        if (self.answers == "familiarity") != (self.latent > 0):
            raise OdfaultError(
                f"recipe: latent = {self.latent}", "give it to judge familiarity, and only then"
            )
        if not 0 < self.learned <= 1:
            raise OdfaultError(f"recipe: learned = {self.learned}", "give a share above 0, 1 at most")
        if self.latent and self.learned < 1:
            raise OdfaultError("recipe: learned goes with networks that answer for samples", "leave it out")
        if self.latent and tuple(self.window) != (SIDE, SIDE):
            raise OdfaultError(
                f"recipe: window = {self.window}", f"give [{SIDE}, {SIDE}] to judge familiarity"
            )

    def drawn(self) -> Recipe:
        """Give the recipe of what it learns from."""
        drawn = dataclasses.replace(read_recipe(self.synthetic), seed=self.seed)
        if self.shape is None:
            return drawn
        if len(self.shape) != 3:
            raise OdfaultError(f"recipe: shape = {self.shape}", "give inlines, crosslines and samples")
        return dataclasses.replace(drawn, shape=self.shape)

    @property
    def architecture(self) -> Architecture:
        """Which network it trains."""
        return Architecture(self.dimensions, self.width, self.blocks, self.dilations, self.latent)


def read_training_recipe(name: str | Path) -> TrainingRecipe:
    """Read a recipe by the name of a shipped one or by the path of a TOML file.

    Raises
    ------
    OdfaultError
        If there is no such recipe, or it has words or numbers that make no sense.
    """
    values = read_table(name, "odfault_training")
    known = {field.name for field in dataclasses.fields(TrainingRecipe)}
    if unknown := sorted(set(values) - known):
        words = ", ".join(sorted(known))
        raise OdfaultError(f"recipe: unknown keys {', '.join(unknown)}", f"known are {words}")
    try:
        return TrainingRecipe(**values)
    except TypeError as error:
        raise OdfaultError(f"recipe {name}: {error}", "compare with the shipped recipes") from error
