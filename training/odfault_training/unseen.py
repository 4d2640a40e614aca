"""The cubes that a network is judged by: of the recipe that it learned from, drawn from the next seed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from odfault.errors import OdfaultError
from odfault_synthetic.recipe import Recipe, read_recipe
from odfault_training.recipe import TrainingRecipe

if TYPE_CHECKING:
    from odfault.card import Card

UNSEEN = 24
"""How many cubes."""


def judged_by(recipe: TrainingRecipe) -> Recipe:
    """Give what the unseen cubes of a training recipe are drawn by."""
    return _next_seed(recipe.synthetic, recipe.seed)


def unseen_recipe(card: Card) -> Recipe:
    """Give what the unseen cubes of a card are drawn by, with the generator as it is today.

    Raises
    ------
    OdfaultError
        If the card does not tell by which recipe it was trained.
    """
    told = card.recipe.get("training", {})
    if not {"synthetic", "seed"} <= set(told):
        raise OdfaultError(f"the card of {card.name} names no recipe", "give labelled data to score it on")
    return _next_seed(told["synthetic"], int(told["seed"]))


def _next_seed(synthetic: str, seed: int) -> Recipe:
    return dataclasses.replace(read_recipe(synthetic), seed=seed + 1)
