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
    return dataclasses.replace(read_recipe(recipe.synthetic), seed=recipe.seed + 1)


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
    return dataclasses.replace(read_recipe(told["synthetic"]), seed=int(told["seed"]) + 1)
