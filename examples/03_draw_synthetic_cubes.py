"""Draw labelled cubes to train or to test on; the same recipe, seed and number give the same cube."""

import dataclasses
import itertools

from odfault_synthetic.labels import FAULT
from odfault_synthetic.recipe import read_recipe
from odfault_synthetic.stream import stream

recipe = dataclasses.replace(read_recipe("everything"), shape=(48, 48, 64), seed=5)
cubes = stream(recipe)  # endless; drawn ahead on two threads
for number, cube in itertools.islice(cubes, 3):
    fault = cube.labels == FAULT
    throw = f"throws to {cube.throw[fault].max():.0f} samples" if fault.any() else "no throw"
    print(f"cube {number}: {cube.seismic.shape}, {fault.mean():.2%} of it fault, {throw}")
cubes.close()
