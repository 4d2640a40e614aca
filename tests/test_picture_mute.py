"""Panels that begin or end with water or a mute: blank, in the colour of no amplitude."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_bench import edge_error, sources
from picture_cases import paint
from PIL import Image, ImageDraw

from odfault.picture.mute import take_in_mutes
from odfault.picture.panel import find_panel
from odfault.picture.straighten import span_box

PLACE = (90, 70, 650, 510)


@pytest.fixture(scope="module")
def beds():
    ((values, _),) = sources(1)
    return values


def draw(beds, colours, *, top=0.0, ground=(255, 255, 255), frame=True, place=PLACE, size=(760, 600)):
    """Draw a section whose uppermost part is mute, in a frame on a page."""
    values = beds.copy()
    values[:, : round(top * values.shape[1])] = 0
    page = Image.new("RGB", size, ground)
    limit = float(np.quantile(np.abs(values), 0.98))
    page.paste(
        paint(values, colours, limit, (place[2] - place[0], place[3] - place[1]), "bilinear"), place[:2]
    )
    if frame:
        ImageDraw.Draw(page).rectangle([place[0] - 1, place[1] - 1, place[2], place[3]], outline=(0, 0, 0))
    return page


def below(top, place=PLACE):
    """Give the part of a panel where beds are."""
    return span_box((place[0], place[1] + round(top * (place[3] - place[1])), place[2], place[3]))


@pytest.mark.parametrize("colours", ["bwr", "gray", "PuOr"])
@pytest.mark.parametrize("top", [0.04, 0.15, 0.3])
def test_a_mute_in_a_frame_is_the_sections(colours, top, beds):
    page = draw(beds, colours, top=top)
    rgb = np.asarray(page)
    assert edge_error(take_in_mutes(rgb, below(top)), span_box(PLACE)) < 0.005
    assert edge_error(find_panel(rgb), span_box(PLACE)) < 0.02


def test_a_mute_without_a_frame_is_the_sections_where_its_colour_is_not_the_pages(beds):
    page = draw(beds, "gray", top=0.1, frame=False)
    assert edge_error(take_in_mutes(np.asarray(page), below(0.1)), span_box(PLACE)) < 0.005


def test_a_mute_of_a_section_that_is_the_whole_picture_is_the_sections(beds):
    whole = (0, 0, 560, 440)
    page = draw(beds, "bwr", top=0.1, frame=False, place=whole, size=whole[2:])
    assert np.array_equal(take_in_mutes(np.asarray(page), below(0.1, whole)), span_box(whole))


@pytest.mark.parametrize("frame", [False, True])
@pytest.mark.parametrize("words", [False, True])
def test_a_page_around_a_section_is_not(frame, words, beds):
    page = draw(beds, "bwr", frame=frame)
    pen = ImageDraw.Draw(page)
    pen.rectangle([0, 0, 760, 24], fill=(90, 120, 160))
    if words:
        pen.text((300, 40), "Line A-A', time migrated", (0, 0, 0))
        for y in range(80, 500, 60):
            pen.text((60, y), str(y), (0, 0, 0))
    assert np.array_equal(take_in_mutes(np.asarray(page), span_box(PLACE)), span_box(PLACE))


def test_a_bar_over_a_section_in_a_colour_of_its_own_is_not(beds):
    page = draw(beds, "bwr", frame=False)
    ImageDraw.Draw(page).rectangle([PLACE[0], PLACE[1] - 24, PLACE[2] - 1, PLACE[1] - 1], fill=(60, 160, 70))
    assert np.array_equal(take_in_mutes(np.asarray(page), span_box(PLACE)), span_box(PLACE))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.lists(st.integers(0, 90), min_size=4, max_size=4),
    st.integers(1, 3),
)
def test_a_panel_stays_in_the_picture_and_never_shrinks(seed, size, ends, levels):
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, levels, (*size, 3), np.uint8) * np.uint8(80)
    left, right = sorted(min(end, size[1]) for end in ends[:2])
    top, bottom = sorted(min(end, size[0]) for end in ends[2:])
    before = span_box((left, top, right, bottom))
    after = take_in_mutes(rgb, before)
    assert (after[0] <= before[0]).all()
    assert (after[2] >= before[2]).all()
    assert (after >= 0).all()
    assert (after <= size[::-1]).all()
