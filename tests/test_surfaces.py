"""Each plane of a probability comes back as one surface with its own strike, dip and area, crossed or not."""

from collections import Counter

import numpy as np
import pytest
from faults_bench import blur, draw_known, judge, link
from faults_bench import find as bench_find
from planes import METRES, find, plane, turn

from odfault.errors import OdfaultError
from odfault.ground import Map
from odfault.surfaces import ridges as ridges_room
from odfault.surfaces.cleaning import clean
from odfault.surfaces.measures import Depths
from odfault.surfaces.ridges import Ridges, find_ridges
from odfault.surfaces.sticks import cut_sticks, simplify
from odfault_synthetic.labels import BACKGROUND, FAULT
from odfault_synthetic.recipe import Recipe

SHAPE = 48, 44, 56
WIDE = Map(np.array([5e5, 6e6]), np.array([-9.0, 20.0]), np.array([12.0, 5.4]), None, 1.0, True)
"""A grid 22 m by 13 m, turned by 24 degrees."""


@pytest.mark.parametrize("strike", [0, 40, 110, 215, 300])
@pytest.mark.parametrize("dip", [35, 60, 88])
def test_a_plane_is_one_surface_that_strikes_and_dips_as_it_does(strike, dip):
    _, surfaces, (fault,) = find(plane(SHAPE, strike, dip))
    assert (surfaces == 1).mean() > 0.97
    assert turn(fault.strike_deg, strike) < 1
    assert abs(fault.dip_deg - dip) < 1
    assert fault.slope == pytest.approx(np.tan(np.radians(fault.dip_deg)))


@pytest.mark.parametrize(("strike", "dip"), [(10, 50), (75, 70), (200, 60), (330, 45)])
def test_strike_and_dip_are_those_of_the_ground_not_of_the_grid(strike, dip):
    depths = Depths(0.0, 4.0, velocity=3000)
    volume = plane(SHAPE, strike, dip, ground=WIDE, depths=depths)
    fault = find(volume, ground=WIDE, depths=depths)[2][0]
    assert turn(fault.strike_deg, strike) < 1.5
    assert abs(fault.dip_deg - dip) < 1.5
    assert abs(fault.slope - np.tan(np.radians(fault.dip_deg)) / 1.5) < 1e-3  # 1.5 m for each ms, two ways


def test_without_a_velocity_there_are_no_degrees_but_a_slope_in_milliseconds():
    timed = Depths(0.0, 4.0)
    volume = plane(SHAPE, 75, 60, ground=WIDE, depths=Depths(0.0, 4.0, velocity=3000))
    fault = find(volume, ground=WIDE, depths=timed)[2][0]
    assert fault.dip_deg is None
    assert fault.area_m2 is None
    assert abs(fault.slope - np.tan(np.radians(60)) / 1.5) < 0.05
    assert turn(fault.strike_deg, 75) < 1.5


def test_without_coordinates_there_is_no_strike():
    ground = Map(np.zeros(2), np.array([0.0, 1.0]), np.array([1.0, 0.0]), None, 1.0, False)
    fault = find(plane(SHAPE, 30, 60), ground=ground)[2][0]
    assert fault.strike_deg is None
    assert fault.dip_deg is None


def test_an_upright_plane_along_the_inlines_has_the_area_of_the_cube_s_face():
    volume = plane(SHAPE, 0, 90)
    ridges, surfaces, (fault,) = find(volume)
    face = SHAPE[0] * SHAPE[2]
    assert 0.9 * face < fault.area_m2 <= face
    assert abs(fault.length_m - (SHAPE[0] - 1)) < 3
    assert fault.dip_deg == pytest.approx(90)
    assert fault.slope is None
    assert fault.samples == (surfaces == 1).sum()
    assert abs(fault.confidence - ridges.probability[surfaces == 1].mean()) < 1e-6


@pytest.mark.parametrize("dip", [40, 55, 70])
def test_a_slanting_plane_has_its_own_area_not_that_of_its_shadow(dip):
    fault = find(plane(SHAPE, 0, dip))[2][0]
    height = (fault.base - fault.top + 1) / np.sin(np.radians(dip))
    assert abs(fault.area_m2 / (SHAPE[0] * height) - 1) < 0.1


@pytest.mark.parametrize(
    ("first", "second"),
    [((20, 60), (200, 60)), ((20, 60), (80, 60)), ((0, 75), (130, 50)), ((45, 85), (135, 85))],
    ids=["conjugate", "strikes apart", "both apart", "upright"],
)
def test_planes_that_cross_are_two_surfaces(first, second):
    one, two = plane(SHAPE, *first), plane(SHAPE, *second)
    ridges, surfaces, faults = find(np.maximum(one, two))
    big = [fault for fault in faults if fault.samples > 300]
    assert len(big) == 2
    for strike, dip in (first, second):
        assert min(turn(fault.strike_deg, strike) + abs(fault.dip_deg - dip) for fault in big) < 8
    at = tuple(ridges.places.T)
    for fault, (mine, other) in zip(
        sorted(big, key=lambda fault: turn(fault.strike_deg, first[0]) + abs(fault.dip_deg - first[1])),
        ((one, two), (two, one)),
        strict=True,
    ):
        on = surfaces == fault.number
        clear = np.abs(one[at] - two[at]) > 0.5
        assert (mine[at] > other[at])[on & clear].mean() > 0.97


def test_a_branch_that_ends_at_a_plane_is_a_surface_of_its_own():
    trunk, branch = plane(SHAPE, 0, 80), plane(SHAPE, 180, 45)
    branch = np.where(np.indices(SHAPE)[1] >= trunk.argmax(axis=1)[:, None], branch, 0)
    faults = find(np.maximum(trunk, branch))[2]
    big = [fault for fault in faults if fault.samples > 200]
    assert sorted(round(fault.dip_deg / 5) * 5 for fault in big) == [45, 80]


def test_parallel_planes_stay_apart_and_a_gap_does_not_part_one():
    volume = np.maximum(plane(SHAPE, 0, 70, shift=-5), plane(SHAPE, 0, 70, shift=5))
    volume[:, :, 26:32] = 0
    _, surfaces, faults = find(volume)
    assert len(faults) == 2
    assert (surfaces > 0).mean() > 0.95
    assert all(fault.top < 20 and fault.base > 36 for fault in faults)


def sheet(crossline):
    """Probability of an upright sheet that runs through a crossline on each inline; NaN where it is not."""
    beside = np.arange(96.0)[None] - np.asarray(crossline)[:, None]
    here = np.nan_to_num(np.exp(-((beside / 1.5) ** 2)))
    return np.repeat(here[:, :, None], 40, axis=2).astype(np.float32)


@pytest.mark.parametrize("corner", [45, 60], ids="{} degrees".format)
def test_sheets_that_make_a_rounded_corner_are_two_surfaces(corner):
    along = np.arange(96.0) - 48
    slope = np.tan(np.radians(corner / 2))
    faults = find(sheet(24 + slope * np.sqrt(along**2 + 6.0**2)))[2]
    assert len([fault for fault in faults if fault.samples > 600]) == 2
    between = turn(*(fault.strike_deg for fault in faults[:2]))
    assert min(between, 180 - between) == pytest.approx(corner, abs=10)


@pytest.mark.parametrize("radius", [80, 110, 200])
def test_a_bend_without_a_corner_is_one_surface_and_is_kept(radius):
    along = np.arange(96.0) - 48
    ridges, surfaces, faults = find(sheet(20 + radius - np.sqrt(radius**2 - along**2)))
    assert faults[0].samples > 0.95 * len(surfaces)
    assert (clean(ridges, surfaces, sure=0.0) == surfaces).all()


def test_sheets_that_end_beside_each_other_are_two_surfaces():
    line = np.where(np.arange(96) < 46, 40.0, 48.0)
    line[44:48] = np.nan
    faults = find(sheet(line))[2]
    assert [fault.samples > 1000 for fault in faults] == [True, True]


def test_specks_are_dropped():
    volume = plane(SHAPE, 30, 60)
    volume[:, :, :6] = 0
    specks = np.zeros(SHAPE, np.float32)
    specks[8:12, 10:14, 2] = 0.9
    assert len(find(np.maximum(volume, specks), smallest=20)[2]) == 1
    with_all = find(specks, smallest=1)[2]
    assert with_all
    assert sum(fault.samples for fault in with_all) <= 16


def test_what_is_unsure_and_what_is_crumpled_is_dropped():
    places = np.moveaxis(np.indices(SHAPE, dtype=float), 0, -1) - (np.array(SHAPE) - 1) / 2
    ball = np.exp(-0.5 * (np.linalg.norm(places, axis=-1) - 16) ** 2).astype(np.float32)
    weak = 0.7 * plane(SHAPE, 0, 70, shift=-12)
    volume = np.maximum(weak, plane(SHAPE, 0, 70, shift=12))
    ridges, surfaces, faults = find(volume)
    assert len(faults) == 2
    assert set(clean(ridges, surfaces).tolist()) == {0, 1}
    assert ridges.places[clean(ridges, surfaces) == 1, 1].mean() > SHAPE[1] / 2
    ridges, surfaces, faults = find(ball)
    assert len(faults) >= 1
    assert not clean(ridges, surfaces, sure=0.0)[surfaces == 1].any()


def test_surfaces_are_numbered_the_largest_first():
    volume = np.maximum(plane(SHAPE, 0, 80, shift=-9), plane(SHAPE, 0, 80, shift=9))
    volume[24:, :22] = 0
    sizes = [fault.samples for fault in find(volume)[2]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 2


def test_the_slabs_that_a_survey_is_read_in_cannot_be_seen(monkeypatch):
    volume = np.maximum(plane(SHAPE, 20, 60), plane(SHAPE, 100, 70))
    whole = find_ridges(lambda some: volume[some], SHAPE, threshold=0.5)
    read = []
    monkeypatch.setattr(ridges_room, "SLAB_SAMPLES", SHAPE[1] * SHAPE[2] * (2 * ridges_room.THIN_REACH + 5))

    def tell(some):
        read.append(some.stop - some.start)
        return volume[some]

    parts = find_ridges(tell, SHAPE, threshold=0.5)
    assert len(read) == 10
    assert (whole.normals**2).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert max(read) == 2 * ridges_room.THIN_REACH + 5
    assert (parts.places == whole.places).all()
    assert (parts.normals == whole.normals).all()
    assert (parts.probability == whole.probability).all()


def test_nothing_is_no_surface():
    _, surfaces, faults = find(np.zeros((9, 9, 9), np.float32))
    assert faults == []
    assert not len(surfaces)


@pytest.mark.parametrize("odd", [-0.5, 1.5, 300.0])
def test_what_is_no_probability_is_refused(odd):
    volume = plane((9, 9, 9), 0, 90)
    volume[4, 4, 4] = odd
    with pytest.raises(OdfaultError, match="no probabilities"):
        find_ridges(lambda some: volume[some], (9, 9, 9), threshold=0.5)


def test_undefined_samples_are_no_fault_and_rounding_is_forgiven():
    volume = plane(SHAPE, 0, 70)
    volume[3, 3, 3], volume[9, 9, 9], volume[20, 20, 20] = np.nan, 1e30, 1.0004
    assert len(find(volume, depths=METRES)[2]) == 1


def test_the_bench_knows_each_fault_of_a_drawn_cube_and_finds_most():
    recipe = Recipe(
        shape=(64, 64, 64),
        seed=31,
        unfaulted=0.0,
        faults=(3, 5),
        sets=("parallel",),
        salt=0.0,
        sampling=(0.8, 2.0),
    )
    total = Counter()
    for number in range(2):
        cube, owner = draw_known(recipe, number)
        assert (owner[cube.labels == FAULT] >= 0).all()
        assert (owner[cube.labels == BACKGROUND] < 0).all()
        for name in np.unique(owner[owner >= 0]):
            assert np.ptp(cube.dip[owner == name]) < 60
        tally, off = judge(*bench_find(blur(cube.labels)), cube, owner)
        total.update(tally)
        assert (np.abs(off) < 5).all()
    assert total["true"] >= 3
    assert total["found"] >= 0.8 * total["true"]
    assert total["false"] == 0


@pytest.mark.parametrize(
    ("aside", "turned", "one"), [(0, 0, True), (2, 0, True), (6, 0, False), (0, 25, False)]
)
def test_the_bench_links_segments_that_lie_on_one_surface_and_no_others(aside, turned, one):
    x, z = np.mgrid[:48, :50]
    later = np.maximum(0, x - 24) * np.tan(np.radians(turned)) + aside * (x >= 24)
    owner = np.full((48, 80, 50), -1)
    owner[x, np.round(20 + z / 4 + later).astype(int), z] = np.where(x < 24, 3, 7)
    linked = link(owner)
    assert ((linked < 0) == (owner < 0)).all()
    assert len(np.unique(linked[linked >= 0])) == (1 if one else 2)


def test_a_stick_follows_one_strand_of_a_crest_and_never_the_middle_of_two():
    samples = np.arange(40)
    long = np.column_stack([0 * samples, 10 + samples // 4, samples])
    short = np.column_stack([0 * samples, 25 + samples // 4, samples])[12:30]
    places = np.concatenate([long, short]).astype(np.int32)
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(places), 1))
    crests = Ridges(places, normals, np.ones(len(places), np.float32), (1, 60, 40))
    (stick,) = cut_sticks(crests, np.ones(len(places), np.int32), every=8)
    wanted = np.interp(stick.nodes[:, 2], samples, 10 + (samples - 1.5) / 4)
    assert (np.abs(stick.nodes[:, 1] - wanted) < 0.6).all()
    assert stick.nodes[[0, -1], 2].tolist() == [0, 39]


def test_a_polyline_is_simplified_within_its_tolerance_and_straight_ones_to_their_ends():
    path = np.column_stack([np.arange(50), 3 * np.sin(np.arange(50) / 8)])
    few = simplify(path, 0.3)
    assert 2 < len(few) < 15
    assert np.abs(np.interp(path[:, 0], few[:, 0], few[:, 1]) - path[:, 1]).max() < 0.35
    assert len(simplify(np.column_stack([np.arange(9), 2 * np.arange(9)]), 0.3)) == 2
