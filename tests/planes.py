"""Probabilities of plane faults, made from their equations: nothing of the code under test is in them."""

from __future__ import annotations

import numpy as np

from odfault.ground import Map
from odfault.surfaces.joining import join
from odfault.surfaces.measures import Depths, measure_faults
from odfault.surfaces.patches import find_patches
from odfault.surfaces.ridges import find_ridges

NORTH = Map(np.zeros(2), np.array([0.0, 1.0]), np.array([1.0, 0.0]), None, 1.0, True)
"""Inlines a metre apart along the north, crosslines along the east."""
METRES = Depths(0.0, 1.0, depth=True)


def facing(strike, dip):
    """Give the upward normal of a plane (east, north, down); it dips to the right of its strike."""
    strike, dip = np.radians(strike), np.radians(dip)
    return np.array([np.sin(dip) * np.cos(strike), -np.sin(dip) * np.sin(strike), -np.cos(dip)])


def plane(shape, strike, dip, *, ground=NORTH, depths=METRES, shift=0.0, width=1.0):
    """Give the probability of a plane through the middle of a volume, or ``shift`` samples beside it."""
    steps = np.zeros((3, 3))
    steps[0, :2], steps[1, :2] = ground.inline_step * ground.unit_m, ground.crossline_step * ground.unit_m
    steps[2, 2] = depths.step * depths.metres
    across = steps @ facing(strike, dip)
    across /= np.linalg.norm(across)
    places = np.moveaxis(np.indices(shape, dtype=float), 0, -1) - (np.array(shape) - 1) / 2
    return np.exp(-0.5 * ((places @ across - shift) / width) ** 2).astype(np.float32)


def find(probability, *, smallest=60, ground=NORTH, depths=METRES):
    """Find the surfaces of a volume."""
    ridges = find_ridges(lambda some: probability[some], probability.shape, threshold=0.5)
    surfaces = join(ridges, find_patches(ridges), smallest=smallest)
    lines = tuple(np.arange(size) for size in probability.shape[:2])
    return ridges, surfaces, measure_faults(ridges, surfaces, ground, depths, lines=lines)


def turn(one, two):
    """Give the angle between two azimuths."""
    return abs((one - two + 180) % 360 - 180)
