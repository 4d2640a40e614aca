"""The recipe of a training run that takes seconds."""

from odfault_training.recipe import TrainingRecipe

TINY = TrainingRecipe(
    name="tiny",
    dimensions=2,
    width=8,
    blocks=1,
    dilations=(1,),
    window=(32, 32),
    batch=4,
    steps=12,
    rate=5e-3,
)
