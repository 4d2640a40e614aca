"""A section is found in its picture, and its colours are amplitudes again; what is no section is told so."""

import dataclasses

import numpy as np
import pytest
from picture_bench import correlation, edge_error, sources
from picture_cases import Case, colour_map, draw_case, jpeg, paint
from picture_others import draw_other
from PIL import Image, ImageDraw, ImageFont

from odfault.errors import OdfaultError
from odfault.picture.bar import find_bars
from odfault.picture.colours import even_light, find_map
from odfault.picture.light import find_light
from odfault.picture.likely import LUMA, STEPS, Fit, expect, fit
from odfault.picture.maps import resample
from odfault.picture.panel import find_panel
from odfault.picture.quick import find_quick
from odfault.picture.section import find_section
from odfault.picture.sides import refine
from odfault.picture.straighten import box, homography, move, span_box, straighten
from odfault.picture.verdict import NoSectionError
from odfault.picture.wiggle import read_wiggles

SAMPLE = [
    ("bare", "gray", 1),
    ("axes", "gray_r", 2),
    ("viewer", "gray", 3),
    ("journal", "gray", 4),
    ("photo", "gray", 16),
    ("bare", "seismic", 7),
    ("axes", "RdBu", 8),
    ("viewer", "brown", 9),
    ("photo", "bwr", 15),
    ("axes", "petrel", 11),
    ("viewer", "rainbow_like", 13),
    ("scan", "coolwarm", 1028),
    ("screen", "gray", 1006),
]
"""Styles, colours and seeds."""


@pytest.fixture(scope="module")
def sections():
    """Draw three sections with their labels."""
    return list(sources(3))


@pytest.mark.parametrize(("style", "colours", "seed"), SAMPLE)
def test_panels_are_found_and_colours_undone(style, colours, seed, sections):
    case = draw_case(sections[seed % 3][0], seed, style=style, colours=colours)
    section = find_section(case.rgb)
    assert edge_error(section.corners, case.corners) < 0.02, case.words
    assert correlation(section, case) > (0.95 if "gray" in colours else 0.90), case.words
    assert section.amplitudes.dtype == np.float32
    assert section.valid.shape == section.shape


@pytest.mark.parametrize(
    ("number", "colours"), [(0, "petrel"), (1, "RdBu"), (1, "BrBG"), (1, "rainbow_like"), (2, "petrel")]
)
def test_colours_of_a_few_strong_beds_are_undone(number, colours, sections):
    few = sections[number][0][:, 100:164]
    clip = float(np.quantile(np.abs(few), 0.999))
    rgb = np.asarray(paint(few, colours, clip, (432, 112), "bilinear"))
    case = Case(rgb, box(432, 112), few, "bare", colours, "")
    assert correlation(find_section(rgb, corners=case.corners), case) > 0.95


def plain(sections, colours="gray", size=(576, 448), number=0):
    """Give a bare picture of a section and its true corners."""
    values = sections[number][0]
    clip = float(np.quantile(np.abs(values), 0.99))
    return paint(values, colours, clip, size, "bilinear")


def test_given_corners_are_taken(sections):
    rgb = np.asarray(plain(sections))
    corners = [[100, 50], [400, 50], [400, 350], [100, 350]]
    section = find_section(rgb, corners=corners)
    assert section.shape == (300, 300)
    assert np.array_equal(section.corners, corners)
    grey = rgb[50:350, 100:400, 0].T.astype(float)
    assert np.corrcoef(section.amplitudes.ravel(), grey.ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    "corners",
    [
        "none",
        [[0, 0]] * 4,
        [[0, 0], [9, 0], [9, 9], [0, 9]],
        [[0, 0], [0, 400], [500, 400], [500, 0]],
        [[0, 0], [9000, 0], [9000, 400], [0, 400]],
        [[0, 0], [np.nan, 0], [90, 90], [0, 90]],
    ],
)
def test_bad_corners_are_refused(corners, sections):
    with pytest.raises(OdfaultError, match="corner"):
        find_section(np.asarray(plain(sections)), corners=corners)


def test_places_go_to_the_picture_and_back(sections):
    case = draw_case(sections[0][0], 6, style="photo", colours="gray")
    section = find_section(case.rgb, corners=case.corners)
    places = np.array([[0, 0], [17.5, 3], [200, 150], section.shape], float)
    assert np.allclose(section.to_section(section.to_picture(places)), places, atol=1e-6)
    ends = section.to_picture([[-0.5, -0.5], np.array(section.shape) - 0.5])
    assert np.allclose(ends, case.corners[[0, 2]])


def test_a_perspective_is_undone():
    board = (np.indices((80, 120)).sum(axis=0) // 20 % 2 * 255).astype(np.uint8)
    board = np.repeat(board[:, :, None], 3, 2)
    corners = np.array([[30, 22], [170, 40], [160, 150], [18, 120]], float)
    through = homography(corners, box(120, 80))
    x, y = np.meshgrid(np.arange(200) + 0.5, np.arange(170) + 0.5)
    there = move(np.column_stack([x.ravel(), y.ravel()]), through)
    inside = ((there >= 0) & (there < [120, 80])).all(axis=1)
    photo = np.full((170 * 200, 3), 90, np.uint8)
    column, row = there[inside].astype(int).T
    photo[inside] = board[row, column]
    flat = straighten(photo.reshape(170, 200, 3), corners, (120, 80))
    assert np.mean(np.abs(flat.astype(int) - board) > 60) < 0.08


def test_a_grid_is_taken_off(sections):
    picture = plain(sections)
    clean = find_section(np.asarray(picture)).amplitudes
    pen = ImageDraw.Draw(picture)
    columns, rows = range(90, 560, 100), range(70, 440, 90)
    for x in columns:
        pen.line([x, 0, x, 448], fill=(0, 0, 0))
    for y in rows:
        pen.line([0, y, 576, y], fill=(0, 0, 0))
    section = find_section(np.asarray(picture))
    assert not section.valid[list(columns)].any()
    assert not section.valid[:, list(rows)].any()
    assert section.valid.mean() > 0.9
    assert np.corrcoef(section.amplitudes.ravel(), clean.ravel())[0, 1] > 0.98


def test_flat_beds_are_no_grid():
    beds = np.repeat(np.sin(np.arange(448) / 5)[None], 576, 0) * np.sin(np.arange(448) / 31)
    beds += 0.2 * np.random.default_rng(1).standard_normal(beds.shape)
    rgb = np.asarray(paint(beds, "gray", 1.5, (576, 448), "nearest"))
    assert find_section(rgb).valid.mean() > 0.98


def test_drawn_faults_are_told_and_mended(sections):
    picture = plain(sections)
    clean = find_section(np.asarray(picture))
    assert not any("drawn" in remark for remark in clean.remarks)
    pen = ImageDraw.Draw(picture)
    for x in (150, 300, 420):
        pen.line([x, 60, x + 60, 380], fill=(230, 30, 30), width=3)
    section = find_section(np.asarray(picture))
    assert any("Faults seem to be drawn" in remark for remark in section.remarks)
    assert not section.valid[180, 220]
    assert np.corrcoef(section.amplitudes.ravel(), clean.amplitudes.ravel())[0, 1] > 0.97


def test_a_hand_is_no_part_of_the_section(sections):
    picture = plain(sections)
    ImageDraw.Draw(picture).ellipse([400, 250, 700, 500], fill=(214, 172, 146))
    section = find_section(np.asarray(picture))
    assert edge_error(section.corners, np.array([[0, 0], [576, 0], [576, 448], [0, 448]])) < 0.02
    assert not section.valid[480:560, 330:430].any()
    assert section.valid[:380].mean() > 0.97


def test_of_two_panels_the_larger_is_taken(sections):
    page = Image.new("RGB", (1000, 520), (255, 255, 255))
    page.paste(plain(sections, size=(560, 440)), (20, 40))
    page.paste(plain(sections, size=(360, 440), number=1), (610, 40))
    true = np.array([[20, 40], [580, 40], [580, 480], [20, 480]])
    assert edge_error(find_section(np.asarray(page)).corners, true) < 0.02


@pytest.mark.parametrize("distance", [8, 14, 22])
@pytest.mark.parametrize("turned", [False, True])
def test_a_side_does_not_cross_the_gap_before_a_colour_bar(distance, turned, sections):
    rng = np.random.default_rng(distance)
    page = Image.new("RGB", (760, 520), (250, 248, 245))
    page.paste(plain(sections, "bwr", size=(560, 440)), (60, 40))
    for row in range(440):
        colour = (round(255 * row / 439), 40, round(255 - 255 * row / 439))
        ImageDraw.Draw(page).line([620 + distance, 40 + row, 638 + distance, 40 + row], fill=colour)
    y, x = np.mgrid[:520, :760]
    moire = 1 + 0.05 * np.sin(x / 2.1 + y / 3.3)
    rgb = np.clip(np.asarray(page) * moire[:, :, None] + rng.normal(0, 3, (520, 760, 1)), 0, 255).astype(
        np.uint8
    )
    true = np.array([[60, 40], [620, 40], [620, 480], [60, 480]], float)
    if turned:  # the bar left of it
        rgb, true = rgb[:, ::-1], np.array([[140, 40], [700, 40], [700, 480], [140, 480]], float)
    for margin in (0.02, 0.05, 0.1):
        assert edge_error(refine(np.ascontiguousarray(rgb), true, margin=margin), true) < 0.01, margin


@pytest.mark.parametrize(
    ("strip", "gap", "inner"), [(20, 5, True), (10, 8, False), (20, 8, True), (20, 8, False)]
)
def test_of_two_ends_the_one_near_the_rough_side_is_taken(strip, gap, inner, sections):
    page = Image.new("RGB", (700, 560), (250, 248, 245))
    beds = plain(sections, "bwr", size=(560, 440))
    page.paste(beds, (70, 60))
    page.paste(beds.crop((0, 0, 560, strip)), (70, 60 - gap - strip))
    top = 60 if inner else 60 - gap - strip
    true = np.array([[70, top], [630, top], [630, 500], [70, 500]], float)
    assert edge_error(refine(np.asarray(page), true, margin=0.06), true) < 0.01


@pytest.mark.parametrize("grain", [4, 14])
def test_a_sheet_on_a_desk_is_no_panel_though_moire_leaves_nothing_calm(grain, sections):
    rng = np.random.default_rng(grain)
    page = Image.new("RGB", (900, 700), (120, 95, 70))
    page.paste((235, 235, 230), (60, 50, 840, 650))
    page.paste(plain(sections, "bwr", size=(500, 400)), (200, 150))
    y, x = np.mgrid[:700, :900]
    moire = 1 + 0.12 * np.sin(x / 3.1 + y / 4.3)
    noise = rng.normal(0, grain, (700, 900, 1))
    rgb = np.clip(np.asarray(page) * moire[:, :, None] + noise, 0, 255).astype(np.uint8)
    true = np.array([[200, 150], [700, 150], [700, 550], [200, 550]], float)
    assert edge_error(find_panel(rgb), true) < 0.02


def wiggles(values, spacing, height):
    """Plot traces as lines with their positive halves filled."""
    traces, samples = values.shape
    clip = np.quantile(np.abs(values), 0.98)
    page = Image.new("RGB", (spacing * traces, height), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    for trace in range(traces):
        middle = (trace + 0.5) * spacing
        y = np.arange(height)
        swing = np.interp(y, np.linspace(0, height - 1, samples), values[trace]) / clip * spacing * 0.9
        for row, size in zip(y.tolist(), swing.tolist(), strict=True):
            if size > 0:
                pen.line([middle, row, middle + size, row], fill=(0, 0, 0))
        pen.line(np.column_stack([middle + swing, y]).ravel().tolist(), fill=(0, 0, 0))
    return page


def test_wiggles_are_read_as_far_as_they_show(sections):
    values = sections[0][0][:96]
    rgb = np.asarray(wiggles(values, 8, 560))
    section = find_section(rgb)
    assert section.colours == "wiggles"
    case = Case(rgb, np.array([[0, 0], [768, 0], [768, 560], [0, 560]], float), values, "", "", "")
    assert correlation(section, case) > 0.7
    assert read_wiggles(np.asarray(plain(sections))) is None


@pytest.mark.parametrize(
    "kind", ["slice", "gather", "map", "contours", "portrait", "facies", "text", "chart", "noise", "desktop"]
)
def test_what_is_no_section_is_told_so(kind):
    rgb = draw_other(kind)
    with pytest.raises(OdfaultError, match="not a section") as refusal:
        find_section(rgb)
    assert "\n" not in str(refusal.value)
    if kind == "slice":
        assert any("may be no section" in remark for remark in find_section(rgb, force=True).remarks)


def test_clear_beds_in_odd_colours_are_answered_with_a_remark():
    ((values, _),) = sources(1, first=11060)
    case = draw_case(values, 11060, style="bare", colours="brown")  # small, and JPEG has mixed its colours
    section = find_section(case.rgb)
    assert any("no one map" in remark for remark in section.remarks)
    assert correlation(section, case) > 0.85


def test_a_strong_bed_is_no_side_of_a_panel():
    ((values, _),) = sources(1, first=12055)
    case = draw_case(values, 12055, style="axes", colours="BrBG")  # one bed lies flat from side to side
    assert edge_error(find_panel(case.rgb), case.corners) < 0.02


def test_of_two_panels_the_other_is_told_with_its_corners(sections):
    page = Image.new("RGB", (1000, 520), (255, 255, 255))
    page.paste(plain(sections, size=(560, 440)), (20, 40))
    assert not any("Another panel" in remark for remark in find_section(np.asarray(page)).remarks)
    page.paste(plain(sections, size=(360, 440), number=1), (610, 40))
    (told,) = [remark for remark in find_section(np.asarray(page)).remarks if "Another panel" in remark]
    corners = np.array(told.split("--corners ")[1].split()[0].split(","), float).reshape(4, 2)
    assert edge_error(corners, np.array([[610, 40], [970, 40], [970, 480], [610, 480]])) < 0.03


def test_of_four_panels_three_are_told(sections):
    page = Image.new("RGB", (1000, 760), (255, 255, 255))
    starts = [(30, 40), (520, 40), (30, 400), (520, 400)]
    for number, start in enumerate(starts):
        page.paste(plain(sections, size=(440, 320), number=number % 3), start)
    section = find_section(np.asarray(page))
    (told,) = [remark for remark in section.remarks if "Another panel" in remark]
    assert "; 2 more: " in told
    words = told.replace(" takes", ",").split("--corners ")[1:]
    found = [np.array(numbers.split(",")[:8], float).reshape(4, 2) for numbers in words]
    found.append(section.corners)
    for left, top in starts:
        true = span_box((left, top, left + 440, top + 320))
        assert min(edge_error(corners, true) for corners in found) < 0.02


def test_a_refusal_says_where_it_looked():
    with pytest.raises(NoSectionError) as refusal:
        find_section(draw_other("map"))
    assert refusal.value.corners.shape == (4, 2)


def test_a_calm_part_of_a_section_is_no_end_of_it():
    rng = np.random.default_rng(4)
    beds = np.sin(np.arange(400)[None] * 0.5 + 3 * np.sin(np.arange(600) / 90)[:, None])
    beds[240:420] *= 0.04  # as a salt body
    beds += 0.05 * rng.standard_normal(beds.shape)
    page = Image.new("RGB", (680, 480), (255, 255, 255))
    page.paste(paint(beds, "gray", 1.1, (600, 400), "bilinear"), (40, 40))
    true = np.array([[40, 40], [640, 40], [640, 440], [40, 440]])
    assert edge_error(find_section(np.asarray(page)).corners, true) < 0.02


@pytest.mark.parametrize("bar", [(560, 60, 16, 200), (60, 500, 300, 14)])
def test_a_bar_is_read_from_end_to_end_and_believed(bar, sections):
    left, top, wide, tall = bar
    colours = "random 5"
    ramp = np.linspace(-1, 1, max(wide, tall))
    ramp = np.repeat(ramp[:, None], 16, 1) if wide > tall else np.repeat(ramp[None, ::-1], 16, 0)
    page = Image.new("RGB", (620, 540), (43, 43, 48))
    page.paste(plain(sections, colours, size=(460, 400)), (60, 60))
    page.paste(paint(ramp, colours, 1.0, (wide, tall), "bilinear"), (left, top))
    for rgb in (np.asarray(page), jpeg(np.asarray(page), 75)):
        found = find_bars(rgb, np.array([[60, 60], [520, 60], [520, 460], [60, 460]], float))
        true = 255 * colour_map(colours)(np.linspace(0, 1, 64))[:, :3]
        off = [np.abs(resample(one, 64) - way).mean() for one in found for way in (true, true[::-1])]
        assert min(off) < 8
        assert find_section(rgb).colours == "colour bar"


def test_the_expected_amplitude_of_what_may_be_either_end_is_none():
    ends = np.array([[100, 60, 0], [220, 0, 0], [100, -60, 0], [100, 0, 0]]) @ np.linalg.inv(LUMA).T
    curve, seen = ends[:3], ends  # one as bright as both ends, of neither's colour, as JPEG mixes it
    even = Fit(resample(curve, STEPS), (10.0, 10.0), np.full(STEPS, 1 / STEPS), 0.0)
    low, middle, high, mixed = expect(seen, even)
    assert low < -0.9
    assert high > 0.9
    assert abs(middle) < 0.1
    assert abs(mixed) < 0.1
    grain = np.random.default_rng(0).normal(0, 6, (2000, 3))
    place = np.random.default_rng(1).uniform(0, 511, 2000).astype(int)
    colours = resample(curve, 512)[place] + grain
    right, wrong = (fit(colours, one).worth for one in (curve, curve[:, [1, 2, 0]]))
    assert right > wrong + 1
    assert np.corrcoef(expect(colours, fit(colours, curve)), place)[0, 1] > 0.99


def test_a_map_is_known_again_in_ink_and_yellow_light():
    curve = 255 * colour_map("jet")(np.linspace(0, 1, STEPS))[:, :3]
    changed = np.clip(
        0.7 * curve @ [[0.9, 0.05, 0.1], [0.1, 0.9, 0.1], [0, 0.05, 0.6]] + [40, 35, 20], 0, 255
    )
    values = np.clip(np.random.default_rng(3).laplace(0, 0.3, 3000), -1, 1)
    seen = resample(changed, 512)[np.rint((values + 1) * 255.5).astype(int)]
    seen = seen + np.random.default_rng(4).normal(0, 3, seen.shape)
    plain, tinted = fit(seen, curve), fit(seen, curve, tint=True)
    assert tinted.worth > plain.worth + 1
    assert np.corrcoef(expect(seen, tinted), values)[0, 1] > 0.97


@pytest.mark.parametrize("colours", ["seismic", "random 4", "jet"])
def test_what_alternates_tells_signs_apart_and_is_as_good_as_a_map(colours, sections):
    values = sections[1][0]
    clip = float(np.quantile(np.abs(values), 0.99))
    rgb = np.asarray(paint(values, colours, clip, values.shape, "bilinear"))
    weights, curve = find_quick(rgb)
    assert abs(np.corrcoef((rgb @ weights).ravel(), values.T.ravel())[0, 1]) > 0.85
    assert abs(np.corrcoef((rgb @ LUMA[0]).ravel(), values.T.ravel())[0, 1]) < 0.6
    assert np.ptp(curve @ weights) > 0.9 * np.ptp(np.quantile(rgb @ weights, [0.01, 0.99]))


def test_uneven_light_is_seen_and_taken_off(sections):
    rgb = np.asarray(plain(sections, "RdBu"))
    y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]] / np.array(rgb.shape[:2])[:, None, None]
    light = 1 - 0.35 * x * y
    dark = (rgb * light[:, :, None]).astype(np.uint8)
    found = find_map(dark)
    seen = find_light(dark, found.fit)
    assert np.corrcoef(seen.ravel(), light.ravel())[0, 1] > 0.97
    even, again = even_light(dark, found)
    assert again.fit.noise[0] < 0.6 * found.fit.noise[0]
    ratio = even.mean(axis=2) / rgb.mean(axis=2)
    assert np.quantile(ratio, 0.95) / np.quantile(ratio, 0.05) < 1.12
    kept, _ = even_light(rgb, find_map(rgb))
    assert np.abs(kept.astype(float) - rgb).mean() < 3


def test_a_bar_of_another_map_is_not_believed(sections):
    page = Image.new("RGB", (620, 540), (43, 43, 48))
    page.paste(plain(sections, "RdBu", size=(460, 400)), (60, 60))
    ramp = np.repeat(np.linspace(-1, 1, 300)[None], 16, 0)
    page.paste(paint(ramp, "gray", 1.0, (16, 300), "bilinear"), (560, 60))
    assert find_section(np.asarray(page)).colours != "colour bar"


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255)])
def test_a_grid_is_mended_in_any_colours(ink, sections):
    clean = plain(sections, "RdBu", size=(448, 448))
    drawn = clean.copy()
    pen = ImageDraw.Draw(drawn)
    for at in range(60, 448, 64):
        pen.line([(at, 0), (at, 448)], ink)
        pen.line([(0, at), (448, at)], ink)
    whole = box(448, 448)
    want = find_section(np.asarray(clean), corners=whole).amplitudes
    found = find_section(jpeg(np.asarray(drawn), 90), corners=whole)
    on = np.zeros((448, 448), bool)
    on[60::64] = on[:, 60::64] = True
    assert (~found.valid & on).sum() > 0.75 * on.sum()
    assert (~found.valid).mean() < 5 * on.mean()
    assert np.corrcoef(want.ravel(), found.amplitudes.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("turn", [0.0, 1.0])
def test_a_title_is_no_part_of_the_section(turn, sections):
    page = Image.new("RGB", (400, 360), (245, 232, 195))
    pen = ImageDraw.Draw(page)
    page.paste(plain(sections, size=(190, 130)), (110, 120))
    pen.rectangle([109, 119, 300, 250], outline=(0, 0, 0))
    pen.text((112, 100), "Line A-A', time migrated", (0, 0, 0), ImageFont.load_default(15))
    page = page.rotate(turn, Image.Resampling.BILINEAR, fillcolor=(245, 232, 195))
    true = np.array([[110, 120], [300, 120], [300, 250], [110, 250]], float)
    angle = np.deg2rad(-turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    true = (true - [200, 180]) @ spin.T + [200, 180]
    found = find_section(np.asarray(page)).corners
    assert edge_error(found, true) < 0.03


def test_what_no_map_explains_is_refused(sections):
    rgb = np.asarray(plain(sections, "RdBu")).copy()
    found = find_map(rgb)
    assert found.explains
    assert not dataclasses.replace(found, agrees=0.3).explains
    far = dataclasses.replace(found.fit, noise=(30.0, 3.0))
    assert not dataclasses.replace(found, fit=far).explains
