"""What a run will do, chosen before it begins: which part, by which network, seen how, in which tiles."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from odfault import tiling
from odfault.answering import Way
from odfault.card import Card, find_weights, read_card
from odfault.errors import OdfaultError
from odfault.familiar import find_unlike
from odfault.inference import THIN_REACH, most_samples
from odfault.lens import Lens
from odfault.options import Options
from odfault.range import find_scale, measure, warn
from odfault.region import Region, choose_region
from odfault.survey import Survey
from odfault.tiling import Box

THIN = 8
"""With fewer lines than this in one direction, a survey is answered section by section."""
ANSWERS = {True: ("fault probability", "fault_probability"), False: ("noise taken away", "amplitude")}
"""What is made, and its name in a chunked store, by whether the network finds faults."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    region : Region
        The part of the survey that is answered.
    options : Options
        What the user chose.
    weights : Path
        The network's file.
    card : Card
        What is known of it.
    way : Way
        How the region is answered.
    boxes : list of Box
        The tiles.
    remarks : list of str
        What was guessed and what is odd, a plain sentence each.
    """

    region: Region
    options: Options
    weights: Path
    card: Card
    way: Way
    boxes: list[Box]
    remarks: list[str]

    @property
    def survey(self) -> Survey:
        """The input."""
        return self.region.survey

    @property
    def made(self) -> str:
        """What the answers are, in words."""
        return ANSWERS[self.card.finds_faults][0]

    @property
    def name(self) -> str:
        """What they are called in a chunked store."""
        return ANSWERS[self.card.finds_faults][1]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inlines, crosslines and samples that are answered."""
        x, y, z = (part.stop - part.start for part in self.region.wanted)
        return (y, x, z) if self.region.turned else (x, y, z)


def make_plan(survey: Survey, options: Options) -> Plan:
    """Choose network, region, lens and tiles.

    Raises
    ------
    OdfaultError
        The network does not do what is asked for, or the region holds nothing.
    """
    thin = min(survey.shape[:2]) < THIN
    weights = find_weights(options.model or ("fault2d" if thin else "fault3d"))
    card = read_card(weights)
    along = survey.shape[0] > survey.shape[1] if thin else options.direction == "crossline"
    region = choose_region(
        survey,
        inlines=options.inlines,
        crosslines=options.crosslines,
        z_ms=options.z_ms,
        turned=along and card.architecture.dimensions == 2,
    )
    _check_network(card, options)
    lens, remarks = _choose_lens(region, card, options)
    x, y, z = (halo and halo + THIN_REACH * options.thin for halo in lens.halo_shape)
    boxes = tiling.plan(
        region.shape, (x, y, z), lens.grid_shape, part=region.wanted, phase=region.phase,
        most=int(most_samples(options.memory_gb, options.batch) / lens.growth),
    )  # fmt: skip
    way = Way(lens, options.batch, options.thin)
    return Plan(region, options, weights, card, way, boxes, [*survey.remarks, *remarks])


def _check_network(card: Card, options: Options) -> None:
    """Refuse a network that does not find what is asked for."""
    if not card.finds_faults and (card.answers == "familiarity" or options.familiar):
        raise OdfaultError(f"{card.name} finds no faults", "give fault2d or fault3d")
    if options.thin and not card.finds_faults:
        raise OdfaultError(f"{card.name} finds no faults to thin", "leave --thin out")


def _choose_lens(region: Region, card: Card, options: Options) -> tuple[Lens, list[str]]:
    """Choose the lens; say where the survey, seen through it, is not such as the network learned from."""
    remarks: list[str] = []
    measured = measure(region.read, region.wanted) if card.trusted else None
    scale = find_scale(options.scale, card, measured)
    if options.scale == "auto":
        why = "" if "peak" in card.trusted else f": the card of {card.name} tells no frequencies"
        remarks.append(f"The scale is {scale[0]:g}{why}.")
    remarks += warn(measured, card, scale)
    if card.trusted and card.finds_faults:
        remarks += find_unlike(region, scale, card.name, engine=options.engine)
    return Lens(card, scale, options.average or card.average), remarks
