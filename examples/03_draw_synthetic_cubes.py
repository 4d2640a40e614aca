"""Draw labelled cubes to train or to test on; the same recipe and number give the same cube."""

import dataclasses

from odfault_synthetic.cube import draw_cube
from odfault_synthetic.labels import FAULT
from odfault_synthetic.recipe import read_recipe

recipe = dataclasses.replace(read_recipe("everything"), shape=(48, 48, 64), seed=5)
for number in range(3):
    cube = draw_cube(recipe, number)
    print(f"cube {number}: {cube.seismic.shape}, {(cube.labels == FAULT).mean():.2%} of it fault")
