"""Figures whose parts touch but for a narrow gap."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from picture_bench import edge_error, sources
from picture_cases import paint
from PIL import Image, ImageDraw

from odfault.picture.panel import find_panel
from odfault.picture.seams import split
from odfault.picture.section import find_section
from odfault.picture.straighten import span_box

SIZE, START = (280, 220), (70, 60)


@pytest.fixture(scope="module")
def beds():
    return [values for values, _ in sources(6)]


def draw(beds, colours, gap, *, across=2, down=1, frame=True):
    """Draw panels in rows, and give where each is and where all of them are."""
    page = Image.new("RGB", (140 + across * (SIZE[0] + gap), 120 + down * (SIZE[1] + gap)), (255, 255, 255))
    pen, places = ImageDraw.Draw(page), []
    for number in range(across * down):
        column, row = number % across, number // across
        left, top = START[0] + column * (SIZE[0] + gap), START[1] + row * (SIZE[1] + gap)
        values = beds[number]
        page.paste(
            paint(values, colours, float(np.quantile(np.abs(values), 0.98)), SIZE, "bilinear"), (left, top)
        )
        if frame:
            pen.rectangle([left, top, left + SIZE[0] - 1, top + SIZE[1] - 1], outline=(0, 0, 0))
        places.append(span_box((left, top, left + SIZE[0], top + SIZE[1])))
    return np.asarray(page), places, span_box((*places[0][0], *places[-1][2]))


@pytest.mark.parametrize("gap", [3, 6, 14])
@pytest.mark.parametrize(
    ("colours", "frame"), [("gray", True), ("gray", False), ("bwr", True), ("PuOr", True)]
)
@pytest.mark.parametrize(("across", "down"), [(2, 1), (1, 2), (3, 2)])
def test_parts_are_split(gap, colours, frame, across, down, beds):
    rgb, places, together = draw(beds, colours, gap, across=across, down=down, frame=frame)
    parts = split(rgb, together)
    assert len(parts) == len(places)
    assert all(np.abs(part - place).max() <= 1 for part, place in zip(parts, places, strict=True))


def test_of_parts_that_touch_one_is_taken_and_others_are_told(beds):
    rgb, places, _ = draw(beds, "gray", 5, across=3)
    section = find_section(rgb)
    assert edge_error(section.corners, places[0]) < 0.02
    (told,) = [remark for remark in section.remarks if "Another panel" in remark]
    assert "; 1 more: " in told


def test_grid_lines_are_no_gaps(beds):
    rgb, (place,), _ = draw(beds, "gray", 0, across=1)
    page = Image.fromarray(rgb)
    pen = ImageDraw.Draw(page)
    for x in range(START[0] + 60, START[0] + SIZE[0], 70):
        pen.line([x, START[1], x, START[1] + SIZE[1] - 1], fill=(0, 0, 0), width=4)
    assert len(split(np.asarray(page), place)) == 1
    assert edge_error(find_panel(np.asarray(page)), place) < 0.02


def test_dead_traces_are_no_gaps(beds):
    values = beds[0].copy()
    values[100:108] = 0
    for frame in (False, True):
        rgb, (place,), _ = draw([values], "bwr", 0, across=1, frame=frame)
        assert len(split(rgb, place)) == 1


def test_wiggles_with_dead_traces_are_one_section():
    rng = np.random.default_rng(5)
    page = Image.new("RGB", (700, 460), (255, 255, 255))
    pen, y = ImageDraw.Draw(page), np.arange(300)
    beds = np.convolve(rng.standard_normal(340), np.hanning(20), "valid")[:300]
    for trace in range(40):
        x = 60 + 14 * trace + 3 * beds * (trace not in (18, 19, 20))
        pen.line(list(zip(x.tolist(), (y + 60).tolist(), strict=True)), fill=(0, 0, 0))
    place = span_box((56, 60, 56 + 14 * 40, 360))
    assert len(split(np.asarray(page), place)) == 1
    pen.rectangle([50, 59, 622, 360], outline=(0, 0, 0))
    assert len(split(np.asarray(page), span_box((51, 60, 622, 360)))) == 1


@settings(max_examples=80, deadline=None)
@example(seed=0, size=(32, 90), ends=[0.0, 1.0, 0.5, 0.5], gaps=[])
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.tuples(st.integers(1, 220), st.integers(1, 220)),
    ends=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    gaps=st.lists(st.tuples(st.booleans(), st.integers(0, 219), st.integers(1, 20)), max_size=6),
)
def test_parts_lie_in_the_panel_and_apart(seed, size, ends, gaps):
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 256, (*size, 3), np.uint8)
    for upright, start, wide in gaps:
        rgb[(slice(None), slice(start, start + wide)) if upright else slice(start, start + wide)] = 255
    left, right = sorted(round(end * size[1]) for end in ends[:2])
    top, bottom = sorted(round(end * size[0]) for end in ends[2:])
    parts = split(rgb, span_box((left, top, right, bottom)))
    held = np.zeros(size, int)
    for part in parts:
        (x, y), (x_end, y_end) = part[0].astype(int), part[2].astype(int)
        assert left <= x <= x_end <= right
        assert top <= y <= y_end <= bottom
        held[y:y_end, x:x_end] += 1
    assert held.max(initial=0) <= 1
