"""Labels come from the same mapping as the data, and a recipe, a seed and a number make a cube."""

import dataclasses
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation, median_filter

from odfault.errors import OdfaultError
from odfault_synthetic import bodies, lay, strain
from odfault_synthetic.cube import draw_cube, resolved_throw, widen
from odfault_synthetic.faults import Fault, draw_faults
from odfault_synthetic.geology import MARGIN, STEP, Geology, draw_geology
from odfault_synthetic.ground import Ground, lay_ground
from odfault_synthetic.imaging import Imaging, image, image_parts
from odfault_synthetic.labels import BACKGROUND, BESIDE, FAULT, UNRESOLVED
from odfault_synthetic.recipe import LIMITS, SETS, WAVELETS, Recipe, make_recipe, read_recipe
from odfault_synthetic.sight import hide
from odfault_synthetic.wavelets import FREQUENCIES, draw_bank, wavelet_spectrum

SMALL = Recipe(shape=(24, 28, 32), seed=3)
SHAPE = (40, 48, 64)
RESOLVE = (0.3, 0.9)


def one_fault(slip: float, **more) -> Fault:
    """Make a planar fault through the middle, far larger than the volume, that strikes along the inlines."""
    words = {"at": [20.0, 24.0, 32.0], "azimuth": 0.0, "dip": math.radians(65), "length": 4000.0}
    words |= {"height": 4000.0, "reach": 1e6, "hanging": 0.5, "slip": slip}
    return Fault(**(words | more))


def ground_of(*faults: Fault, shape=SHAPE, covers=(), spacing=(1.0, 1.0), tops=()) -> Ground:
    """Lay flat beds, numbered by their depth, with some faults and unconformities."""
    nodes = [math.ceil((n + 2 * MARGIN) / STEP) + 2 for n in shape[:2]]
    maps = np.zeros((*nodes, lay.TOPS + len(covers)), np.float32)
    for n, top in enumerate(tops):
        maps[..., lay.TOPS + n] = top
    rows = np.array([fault.row() for fault in faults], np.float32).reshape(-1, len(strain.FAULT_COLUMNS))
    none = np.zeros((0, 13), np.float32)
    profiles = np.random.default_rng(0).standard_normal((2, 4000)).astype(np.float32)
    geology = Geology(
        faults=rows,
        maps=maps,
        spacing=spacing,
        covers=np.array(covers, np.float32).reshape(-1, 5),
        fills=none,
        salt=none,
        gas=none[:, :7],
        profiles=profiles,
        first_bed=-200.0,
        shake=0.0,
        shade=0.0,
        facies_number=0.01,
        seed=1,
    )
    return lay_ground(geology, shape, RESOLVE)


@pytest.mark.parametrize("slip", [3.0, 12.0, -7.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.5, 0.7)])
def test_the_offset_across_a_fault_is_the_throw_that_is_stored(slip, spacing):
    ground = ground_of(one_fault(slip), spacing=spacing)
    line = ground.beds[20, :, 32]
    at = int(np.abs(np.diff(line)).argmax())
    stored = ground.throw[20, at : at + 2, 32].max()
    assert np.abs(np.diff(line)).max() == pytest.approx(stored, rel=0.02)
    assert stored == pytest.approx(abs(slip) * math.sin(math.radians(65)), rel=0.01)
    assert FAULT in ground.labels[20, at : at + 2, 32]


def test_the_hanging_wall_goes_down_a_normal_fault_and_up_a_reverse_one():
    for slip in (8.0, -8.0):
        line = ground_of(one_fault(slip)).beds[20, :, 32]  # the fault dips towards higher crosslines
        assert math.copysign(1, line[0] - line[-1]) == math.copysign(1, slip)


@given(azimuth=st.floats(0, 6.28), dip=st.floats(0.5, 1.5), listric=st.sampled_from([0.0, 0.003]))
@settings(max_examples=25, deadline=None)
def test_a_surface_is_one_sample_thin_along_the_axis_that_crosses_it_most(azimuth, dip, listric):
    ground = ground_of(one_fault(6.0, azimuth=azimuth, dip=dip, listric=listric))
    found = ground.labels == FAULT
    lines = [found.sum(axis=axis) for axis in range(3)]
    counts = min(lines, key=lambda count: count.max())
    assert counts.max() <= 1 + (listric > 0)
    shell = ground.labels == BESIDE
    assert found.any() or not shell.any()


def test_dip_and_strike_are_those_of_the_surface():
    for degrees in (0, 30, 135, 300):
        ground = ground_of(one_fault(6.0, azimuth=math.radians(degrees)))
        there = ground.labels == FAULT
        np.testing.assert_allclose(ground.dip[there], 65, atol=0.5)
        away = (ground.strike[there] - degrees + 180) % 360 - 180
        assert np.abs(away).max() < 0.5
    assert not ground.throw[ground.labels == BACKGROUND].any()


def test_sparse_traces_make_a_surface_steep_in_samples_per_trace():
    ground = ground_of(one_fault(6.0), spacing=(1.0, 2.0))
    there = ground.labels == FAULT
    assert np.tan(np.radians(ground.dip[there])) == pytest.approx(2 * math.tan(math.radians(65)), rel=0.01)


def test_labels_lie_on_the_jump():
    ground = ground_of(one_fault(10.0))
    steps = np.abs(np.diff(ground.beds, axis=1)) > 2
    on = (ground.labels == FAULT) | (ground.labels == BESIDE)
    assert (on[:, :-1] | on[:, 1:])[steps].all()


def test_labels_vanish_with_the_throw():
    assert not (ground_of(one_fault(0.2)).labels != BACKGROUND).any()
    assert set(np.unique(ground_of(one_fault(0.7)).labels)) == {BACKGROUND, UNRESOLVED}


def test_slip_is_full_at_the_centre_and_none_at_the_tip():
    bell = getattr(strain.bell, "py_func", strain.bell)
    radii = np.linspace(0, 1, 50, dtype=np.float32)
    falling = [float(bell(r)) for r in radii]
    assert falling[0] == pytest.approx(1.0)
    assert falling[-1] == pytest.approx(0.0, abs=1e-6)
    assert all(a >= b for a, b in pairwise(falling))
    small = ground_of(one_fault(9.0, length=14.0, height=20.0, reach=16.0))
    there = small.labels == FAULT
    assert there.any()
    assert np.abs(np.argwhere(there) - [20, 24, 32]).max(axis=0) == pytest.approx([14, 12, 20], abs=5)
    assert (small.beds[0] == np.arange(64)).all(), "beyond the tip nothing moved"
    middle = small.throw[20][there[20]].max()
    rim = small.throw[there & (np.abs(np.arange(40) - 20) > 8)[:, None, None]]
    assert rim.max() < 0.75 * middle


def test_a_growing_fault_has_no_throw_above_its_beginning():
    ground = ground_of(one_fault(12.0, growth=(-10.0, 1 / 30)))
    depth = np.nonzero(ground.labels != BACKGROUND)[2]
    assert depth.min() >= 21
    column = ground.throw.max(axis=(0, 1))
    assert column[30] < column[40] < column[50]


def test_an_unconformity_cuts_the_older_faults_and_not_the_younger():
    cover = [(20.0, 1.0, 100.0, 0.0, 0.0)]
    old = ground_of(one_fault(8.0, episode=1), covers=cover, tops=[20.0])
    assert not (old.labels[:, :, :20] != BACKGROUND).any()
    assert (old.labels[:, :, 22:] == FAULT).any()
    np.testing.assert_allclose(old.beds[5, 5, :20], np.arange(20) + 100, atol=1e-4)
    young = ground_of(one_fault(8.0, episode=0), covers=cover, tops=[20.0])
    assert (young.labels[:, :, :12] == FAULT).any()


def test_a_branch_ends_at_its_master():
    master = one_fault(6.0, slot=0)
    branch = one_fault(5.0, azimuth=math.pi, master=0, side=1)
    both, alone = ground_of(master, branch), ground_of(master)
    new = (both.labels == FAULT) & (alone.labels != FAULT)
    crosslines, depths = np.nonzero(new.any(axis=0))
    beyond = crosslines - 24 - (depths - 32) / math.tan(math.radians(65))
    assert new.any()
    assert beyond.min() > -6, "nothing on the other side of the master but what its throw moved"


def test_the_longest_trace_of_a_recipe_has_room():
    most = 4096
    assert Recipe(shape=(1, 16, most)).shape[2] == most
    with pytest.raises(OdfaultError, match="4096"):
        Recipe(shape=(1, 16, most + 1))
    length = widen((1, 16, most))[2]
    beds = ground_of(one_fault(9.0), shape=(1, 40, length)).beds
    assert np.isfinite(beds).all()
    np.testing.assert_allclose(beds[0, 0, 200:], np.arange(200, length) + beds[0, 0, -1] - length + 1, atol=9)


def test_a_wave_is_a_sine():
    turns = np.linspace(-3, 3, 1000, dtype=np.float32)
    wave = getattr(strain.wave, "py_func", strain.wave)
    assert max(abs(float(wave(t)) - math.sin(2 * math.pi * t)) for t in turns) < 2e-3


@pytest.mark.parametrize("family", WAVELETS)
@pytest.mark.parametrize("peak", [0.05, 0.12, 0.28])
def test_the_spectrum_asked_is_the_spectrum_got(family, peak):
    rng = np.random.default_rng(2)
    white = rng.standard_normal((32, 32, 512)).astype(np.float32)
    bank = draw_bank(family, peak=peak, octaves=1.5, phase=0.3)
    way = Imaging(bank, bank, peak, blur=(0.01, 0.01), slope=1e4, signal_to_noise_db=60.0)
    seismic = image(white, way, rng) * np.hanning(512)  # wavelets that the ends cut are no matter here
    got = np.sqrt((np.abs(np.fft.rfft(seismic, axis=2)) ** 2).mean(axis=(0, 1)))
    asked = wavelet_spectrum(family, FREQUENCIES, peak=peak, octaves=1.5)
    asked[0] = 0
    assert np.abs(got / got.sum() - asked / asked.sum()).sum() < 0.1
    smooth = np.convolve(got, np.ones(9) / 9, "same")
    if family in ("ricker", "gauss"):
        assert FREQUENCIES[smooth.argmax()] == pytest.approx(peak, abs=0.015)


@pytest.mark.parametrize("decibel", [-2.0, 6.0, 20.0])
def test_the_noise_asked_is_the_noise_got(decibel):
    rng = np.random.default_rng(2)
    white = rng.standard_normal((24, 24, 128)).astype(np.float32)
    bank = draw_bank("ricker", peak=0.1, octaves=1.5)
    way = Imaging(bank, bank, 0.1, signal_to_noise_db=decibel, scattered=0.4)
    both = image(white.copy(), way, np.random.default_rng(1))
    alone = image(white, dataclasses.replace(way, signal_to_noise_db=200.0), np.random.default_rng(1))
    assert 20 * math.log10(alone.std() / (both - alone).std()) == pytest.approx(decibel, abs=0.1)


def test_absorption_lowers_the_frequency_with_depth():
    white = np.random.default_rng(0).standard_normal((16, 16, 512)).astype(np.float32)
    bank = draw_bank("gauss", peak=0.2, octaves=1.5, lowering=0.4)
    way = Imaging(bank, bank, 0.2, blur=(0.01, 0.01), slope=1e4, signal_to_noise_db=60.0)
    seismic = image(white, way, np.random.default_rng(1))
    crossings = [(np.diff(np.sign(part), axis=2) != 0).mean() for part in np.split(seismic, 4, axis=2)]
    assert all(a > 1.08 * b for a, b in pairwise(crossings))


def test_the_same_number_gives_the_same_bytes_on_any_number_of_threads():
    once = [draw_cube(SMALL, number) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda number: draw_cube(SMALL, number), range(7, -1, -1)))[::-1]
    for one, two in zip(once, again, strict=True):
        for field in dataclasses.fields(one):
            assert getattr(one, field.name).tobytes() == getattr(two, field.name).tobytes()
    assert not np.array_equal(once[5].seismic, once[6].seismic)


@pytest.mark.parametrize("kind", SETS)
def test_every_set_draws_faults_that_are_found(kind):
    recipe = Recipe(
        shape=(32, 48, 48), sets=(kind,), unfaulted=0.0, faults=(6, 6), throw=(4.0, 12.0), salt=0.0
    )
    cubes = [draw_cube(recipe, number) for number in range(4)]
    assert sum((cube.labels == FAULT).any() for cube in cubes) >= 3
    rows = draw_faults(recipe, (48.0, 48.0, 48.0), 1, np.random.default_rng(0))
    assert np.isfinite(rows).all()
    if kind == "thrust":
        assert (rows[:, strain.SLIP] < 0).all()
    if kind == "branching":
        assert (rows[:, strain.MASTER] >= 0).any()


def test_kernels_answer_alike_with_and_without_the_jit(tmp_path):
    lines = (
        "import sys, numpy as np",
        "from odfault_synthetic.cube import draw_cube",
        "from odfault_synthetic.recipe import Recipe",
        "recipe = Recipe(shape=(1, 16, 16), unfaulted=0.0, salt=1.0, gas=1.0, channels=1.0,",
        "    unconformity=1.0, multiples=1.0, smiles=1.0, linear=1.0, damage=1.0, mounds=1.0,",
        "    clinoforms=1.0)",
        "cubes = [draw_cube(recipe, n) for n in range(3)]",
        "np.savez(sys.argv[1], *[c.seismic for c in cubes], *[c.labels for c in cubes])",
    )
    answers = []
    for word in ("0", "1"):
        path = tmp_path / f"{word}.npz"
        environment = os.environ | {"NUMBA_DISABLE_JIT": word}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        subprocess.run([sys.executable, "-c", "\n".join(lines), path], check=True, env=environment)
        with np.load(path) as file:
            answers.append([file[name] for name in file.files])
    for one, two in zip(*answers, strict=True):
        loud = np.abs(one).max()
        assert (np.abs(one.astype(float) - two) > 0.02 * loud).mean() < 0.01


def test_cubes_are_finite_and_varied():
    cubes = [draw_cube(SMALL, number) for number in range(16)]
    assert all(np.isfinite(cube.seismic).all() and cube.seismic.std() > 0.1 for cube in cubes)
    assert 6 <= sum((cube.labels == FAULT).any() for cube in cubes) <= 16


wild = st.fixed_dictionaries(
    {
        name: st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
            lambda pair, least=least, most=most: tuple(sorted(least + (most - least) * n for n in pair))
        )
        for name, (least, most) in LIMITS.items()
        if name != "faults"
    }
    | {
        field.name: st.floats(0, 1)
        for field in dataclasses.fields(Recipe)
        if isinstance(field.default, float)
    }
)


@given(table=wild, number=st.integers(0, 99), lines=st.sampled_from([1, 16]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_recipe_that_is_let_in_draws_finite_cubes(table, number, lines):
    cube = draw_cube(make_recipe({**table, "shape": [lines, 16, 24], "faults": [0, 12]}), number)
    assert np.isfinite(cube.seismic).all()
    assert cube.labels.max() <= UNRESOLVED
    assert np.isfinite(cube.throw).all()
    assert (cube.throw[cube.labels == FAULT] > 0).all()


def test_sections_are_drawn_like_cubes():
    recipe = Recipe(shape=(1, 64, 64), unfaulted=0.0)
    cubes = [draw_cube(recipe, number) for number in range(8)]
    assert all(cube.seismic.shape == (1, 64, 64) for cube in cubes)
    found = [cube.labels[0] == FAULT for cube in cubes]
    assert sum(part.any() for part in found) >= 6
    assert all(min(part.sum(axis=0).max(), part.sum(axis=1).max()) <= 12 for part in found)


def test_a_quiet_recipe_has_no_fault():
    quiet = dataclasses.replace(read_recipe("quiet"), shape=SMALL.shape)
    assert all((draw_cube(quiet, number).labels == BACKGROUND).all() for number in range(6))


def test_the_tables_are_as_wide_as_their_names_say():
    geology = draw_geology(
        Recipe(salt=1.0, gas=1.0, channels=1.0, unconformity=1.0, unfaulted=0.0),
        (40, 40, 60),
        np.random.default_rng(0),
    )
    assert geology.faults.shape[1] == len(strain.FAULT_COLUMNS)
    assert geology.fills.shape[1] == len(bodies.FILL_COLUMNS)
    assert geology.salt.shape[1] == len(bodies.SALT_COLUMNS)
    assert geology.gas.shape[1] == len(bodies.GAS_COLUMNS)
    assert geology.covers.shape[1] == len(lay.COVER_COLUMNS)


@pytest.mark.parametrize(
    "table",
    [
        {"sead": 1},
        {"throw": [9, 2]},
        {"throw": [0, 2]},
        {"throw": "large"},
        {"throw": [1, math.nan]},
        {"sets": ["circles"]},
        {"sets": []},
        {"wavelets": ["sinc"]},
        {"shape": [8, 8, 8]},
        {"shape": [64, 64]},
        {"shape": [64.5, 64, 64]},
        {"peak": [0.1, 0.6]},
        {"faults": [1.5, 2]},
        {"faults": 3},
        {"salt": 1.5},
        {"salt": True},
        {"seed": -1},
        {"seed": "one"},
    ],
)
def test_a_recipe_refuses_what_makes_no_sense(table):
    with pytest.raises(OdfaultError):
        make_recipe(table)


def test_faults_that_noise_drowns_are_not_asked_for():
    rng = np.random.default_rng(3)
    labels = np.tile(np.array([BACKGROUND, FAULT, BESIDE, UNRESOLVED], np.uint8), (24, 31, 32))
    throw = np.where(labels == BACKGROUND, 0, 6).astype(np.float32)
    signal, noise = (rng.standard_normal(labels.shape).astype(np.float32) for _ in range(2))
    np.testing.assert_array_equal(hide(labels.copy(), throw, signal, 0.1 * noise, 0.1), labels)
    deaf = np.where(np.arange(128) < 64, np.float32(0.1), np.float32(3))  # noise, as inside salt
    same = hide(labels.copy(), throw, signal, noise * deaf, 0.1)
    np.testing.assert_array_equal(same[:, :, :44], labels[:, :, :44])
    deep, before = same[:, :, 84:], labels[:, :, 84:]
    np.testing.assert_array_equal(deep, np.where(before == BACKGROUND, BACKGROUND, UNRESOLVED))


@settings(max_examples=30, deadline=None)
@given(
    lines=st.sampled_from([1, 17]),
    peak=st.floats(0.03, 0.3),
    loud=st.floats(0.0, 5.0),
    more=st.floats(1.0, 4.0),
    seed=st.integers(0, 99),
)
def test_more_noise_hides_more_and_nothing_is_made_up(lines, peak, loud, more, seed):
    rng = np.random.default_rng(seed)
    shape = (lines, 18, 40)
    labels, throw = rng.integers(0, 4, shape).astype(np.uint8), rng.uniform(0, 60, shape).astype(np.float32)
    signal, noise = (rng.standard_normal(shape).astype(np.float32) for _ in range(2))
    one, two = (hide(labels.copy(), throw, signal, np.float32(n) * noise, peak) for n in (loud, loud * more))
    for hidden in (one, two):
        np.testing.assert_array_equal(hidden[hidden != UNRESOLVED], labels[hidden != UNRESOLVED])
        assert ((hidden != UNRESOLVED) | (labels != BACKGROUND)).all()
    assert (two[one == UNRESOLVED] == UNRESOLVED).all()
    assert (hide(labels.copy(), 0 * throw, signal, noise, peak)[(labels == FAULT)] == UNRESOLVED).all()


def test_a_noisy_cube_hides_faults_that_a_quiet_one_of_the_same_ground_shows():
    recipe = Recipe(shape=(1, 64, 64), seed=5, signal_to_noise_db=(-6.0, -5.0), unfaulted=0.0)
    cubes = [draw_cube(recipe, number) for number in range(4)]
    clear = [
        draw_cube(dataclasses.replace(recipe, signal_to_noise_db=(60.0, 60.1)), number) for number in range(4)
    ]
    assert sum(np.isin(cube.labels, (FAULT, BESIDE)).sum() for cube in cubes) < 0.5 * sum(
        np.isin(cube.labels, (FAULT, BESIDE)).sum() for cube in clear
    )
    for one, two in zip(cubes, clear, strict=True):
        assert (two.labels[one.labels > 0] > 0).all()
        seen = np.isin(one.labels, (FAULT, BESIDE))
        assert np.isin(two.labels[seen], (FAULT, BESIDE)).all()


def dipping_beds(slope, lines=40):
    """Draw beds whose dip is ``slope`` samples per trace along crosslines, as reflectivity."""
    rng = np.random.default_rng(8)
    depth = np.arange(64)[None, :] - slope * np.arange(48)[:, None]
    beds = rng.standard_normal(400)[np.round(depth).astype(int) + 200]
    return np.repeat(beds[None], lines, axis=0).astype(np.float32)


@pytest.mark.parametrize("lines", [1, 40, 41])
def test_where_migration_loses_the_beds_no_fault_is_asked_for(lines):
    rng = np.random.default_rng(4)
    labels = np.tile(np.array([BACKGROUND, FAULT, BESIDE, UNRESOLVED], np.uint8), (lines, 48, 16))
    throw = np.full(labels.shape, 4, np.float32)
    banks = [draw_bank(family, peak=0.12, octaves=2.0) for family in ("ricker", "gauss")]
    way = Imaging(*banks, peak=0.12)
    for slope, kept in ((0.0, True), (1.2, False)):
        narrow = dataclasses.replace(way, slope=0.4)
        signal, noise, imaged = image_parts(dipping_beds(slope, lines), narrow, rng)
        inside = imaged[:, 5:-5, 8:-8]
        assert inside.min() > 0.8 if kept else inside.max() < 0.3
        words = throw, signal, 0 * noise, 0.12
        hidden = hide(labels.copy(), *words, imaged)[:, 10:-10, 16:-16]
        asked = hide(labels.copy(), *words)[:, 10:-10, 16:-16]
        np.testing.assert_array_equal(hidden, asked if kept else np.where(asked == 0, 0, UNRESOLVED))
    assert image_parts(dipping_beds(1.2, lines), dataclasses.replace(way, slope=5.0), rng)[2] is None


@settings(max_examples=30, deadline=None)
@given(shape=st.tuples(*[st.integers(1, 9)] * 3), seed=st.integers(0, 99))
def test_what_is_hardly_imaged_is_hidden_and_nothing_else(shape, seed):
    rng = np.random.default_rng(seed)
    labels, throw = rng.integers(0, 4, shape).astype(np.uint8), rng.uniform(0, 9, shape).astype(np.float32)
    signal = rng.standard_normal(shape).astype(np.float32)
    imaged = rng.uniform(0, 1, [-(-size // 2) for size in shape]).astype(np.float32)
    plain = hide(labels.copy(), throw, signal, 0 * signal, 0.2)
    hidden = hide(labels.copy(), throw, signal, 0 * signal, 0.2, imaged)
    dark = imaged[np.ix_(*(np.arange(size) // 2 for size in shape))] < 0.5
    np.testing.assert_array_equal(hidden, np.where(dark & np.isin(plain, (FAULT, BESIDE)), UNRESOLVED, plain))


@pytest.mark.parametrize("period", [5.0, 12.0])
def test_in_quiet_data_a_throw_of_an_eighth_of_the_period_is_seen_and_of_a_twelfth_is_not(period):
    z = np.arange(160)
    signal = np.broadcast_to(np.sin(2 * np.pi * z / period).astype(np.float32), (20, 20, 160))
    labels = np.zeros(signal.shape, np.uint8)
    labels[:, 10] = FAULT
    for part, word in ((8, FAULT), (12, UNRESOLVED)):
        throw = np.full(signal.shape, period / part, np.float32)
        assert (hide(labels.copy(), throw, signal, 0 * signal, 1 / period)[:, 10, 20:-20] == word).all()
    for peak in (0.01, 0.1, 0.4):
        nothing, seen = resolved_throw(peak, 1 / 14)
        assert 0 < nothing < seen <= resolved_throw(peak)[1]


@pytest.mark.parametrize("lines", [1, 48])
def test_every_jump_of_the_beds_is_labelled_where_faults_end_at_others(lines):
    recipe = Recipe(
        shape=(lines, 72, 96), sets=("branching",), unfaulted=0.0, salt=0.0, gas=0.0, channels=0.0,
        mounds=0.0, clinoforms=0.0, unconformity=0.0, damage=0.0, fold_slope=(0.02, 0.1), sampling=(1.0, 5.0),
    )  # fmt: skip
    jumps = 0
    for number in range(8):
        rng = np.random.default_rng([7, number])
        ground = lay_ground(draw_geology(recipe, recipe.shape, rng), recipe.shape, (0.3, 0.6))
        steps = np.diff(ground.beds, axis=1)
        apart = np.abs(steps - median_filter(steps, size=(1, 5, 1))) > 1.5
        about = binary_dilation(ground.labels != BACKGROUND, np.ones((1 if lines == 1 else 3, 3, 3)))
        inner = np.s_[:, 2:-2, 2:-2] if lines == 1 else np.s_[2:-2, 2:-2, 2:-2]
        jumps += int(apart[inner].sum())
        assert about[:, :-1][inner][apart[inner]].all()
    assert jumps > 500
