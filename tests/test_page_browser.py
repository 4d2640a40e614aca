"""In a real browser the page does what it says: a file is dropped, and its faults are looked at."""

import json
import re
import time

import numpy as np
import pytest
from chromium import Page, driven, needs_chromium, served
from page_client import PANEL, as_file, draw_page

from odfault.demo import EXAMPLE

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address(command, tmp_path_factory):
    """Serve the page for all tests here."""
    with served(command, tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Give a browser that speaks English."""
    with driven() as browser:
        yield browser


@pytest.fixture
def page(browser, address):
    """Open the page in a fresh tab; in the end, the browser has complained of nothing."""
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get_log("browser")
    page = Page(browser, address)
    yield page
    assert not [told for told in page.errors() if "status of 4" not in told]  # refusals are logged as such
    browser.close()
    browser.switch_to.window(first)


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """Make a picture of a section on a page."""
    path = tmp_path_factory.mktemp("pictures") / "section.png"
    path.write_bytes(as_file(draw_page()))
    return path


@pytest.fixture(scope="module")
def known(browser, address, picture):
    """Have the picture answered once; give its word."""
    page = Page(browser, address)
    page.choose(picture)
    page.rest()
    return page.script("return location.hash.slice(1)")


@pytest.fixture
def answered(page, address, known):
    """Open the page with a picture that was answered before."""
    page.browser.get(f"{address}#{known}")
    page.browser.refresh()
    page.rest()
    return page


def test_a_picture_is_dropped_and_its_faults_are_seen(page, picture):
    page.script(
        """window.steps = [];
        new MutationObserver(() => steps.push(document.getElementById("step").textContent))
          .observe(document.getElementById("step"), {childList: true, characterData: true, subtree: true});"""
    )
    page.drop(picture)
    page.wait("!document.getElementById('work').hidden")
    page.rest()
    steps = page.script("return steps")
    assert any("Sending" in step for step in steps)
    assert any("Looking for" in step for step in steps)
    assert page.find("#name").text == "section.png"
    assert "640" in page.find("#what").text
    assert page.painted() > 1000
    left, top, right, bottom = PANEL
    inside = page.script(
        """const [l, t, r, b] = arguments, c = document.getElementById("over"), p = c.getContext("2d");
        const n = (x, y, w, h) => p.getImageData(x, y, w, h).data.filter((v, k) => k % 4 === 3 && v).length;
        return [n(l, t, r - l, b - t), n(0, 0, c.width, c.height)];""",
        left, top, right, bottom,
    )  # fmt: skip
    assert inside[0] == inside[1] > 0
    assert page.sees("#downloads")


def test_a_screenshot_is_pasted(page):
    page.paste(as_file(draw_page(20)))
    page.rest()
    assert page.painted() > 1000


def test_threshold_works_at_once_and_asks_for_nothing(answered):
    page = answered
    asked = (
        "return performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/files')).length"
    )
    before, painted = page.script(asked), []
    for threshold in (0.1, 0.5, 0.9):
        page.script(
            """const t = document.getElementById("threshold"); t.value = arguments[0];
            t.dispatchEvent(new Event("input", {bubbles: true}));""",
            threshold,
        )
        painted.append(page.painted())
        assert page.find("#level").text == f"{threshold:.2f}"
    assert painted[0] > painted[1] > painted[2] > 0
    assert page.script(asked) == before
    page.find("#seen").click()
    assert not page.sees("#over")
    page.find("#seen").click()
    assert page.sees("#over")


def test_the_slider_between_before_and_after_moves_by_mouse_and_by_keys(answered):
    page = answered
    from selenium.webdriver import ActionChains, Keys

    split = page.find("#split")
    width = page.find("#stage").size["width"]
    ActionChains(page.browser).drag_and_drop_by_offset(split, width // 2, 0).perform()
    now = int(split.get_attribute("aria-valuenow"))
    assert 45 <= now <= 55
    assert f"{now}" in page.find("#over").value_of_css_property("clip-path")
    split.send_keys(Keys.ARROW_RIGHT)
    assert int(split.get_attribute("aria-valuenow")) == now + 2
    split.send_keys(Keys.HOME)
    assert split.get_attribute("aria-valuenow") == "0"


def test_corners_are_moved_by_mouse_and_by_keys_and_the_answer_is_new(answered):
    page = answered
    from selenium.webdriver import ActionChains, Keys

    whole = page.painted()
    page.find("#edit").click()
    assert not page.sees("#over")
    corner = page.find(".corner:nth-of-type(3)")
    scale = page.find("#stage").size["width"] / 640
    ActionChains(page.browser).move_to_element(corner).click_and_hold().move_by_offset(
        -round(200 * scale), -round(200 * scale)
    ).release().perform()
    corner.send_keys(Keys.ARROW_LEFT)
    corner.send_keys(Keys.SHIFT, Keys.ARROW_UP)
    page.find("#again").click()
    page.rest()
    word = page.script("return location.hash.slice(1)")
    facts = page.script(f"return fetch('/api/files/{word}').then((r) => r.json())")
    left, top, right, bottom = PANEL
    np.testing.assert_allclose(facts["corners"][0], [left, top], atol=3)
    np.testing.assert_allclose(facts["corners"][2], [right - 201, bottom - 210], atol=5)
    assert 0 < page.painted() < 0.9 * whole


def test_all_of_it_can_be_reached_by_keys(answered):
    page = answered
    from selenium.webdriver import ActionChains, Keys

    page.script("document.activeElement.blur()")
    seen = set()
    for _ in range(30):
        ActionChains(page.browser).send_keys(Keys.TAB).perform()
        seen.add(page.script("return document.activeElement.id || document.activeElement.dataset.file"))
        assert page.script(
            """const s = getComputedStyle(document.activeElement), e = document.activeElement;
            return e === document.body || s.outlineStyle !== "none"
              || getComputedStyle(e.firstElementChild ?? e).outlineStyle !== "none";"""
        ), "the focus can be seen"
    assert {"another", "split", "seen", "threshold", "edit", "faults.png", "section.sgy"} <= seen


def test_every_control_has_a_name(answered):
    page = answered
    page.find("#edit").click()
    nameless = page.script(
        """return [...document.querySelectorAll("button, input, select, [role=slider]")]
          .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_the_language_is_the_browsers_and_can_be_changed(answered):
    page = answered
    english = page.said()
    assert "Show faults" in english
    page.find("[data-language=ru]").click()
    page.wait("document.documentElement.lang === 'ru'")
    russian = page.said()
    assert "Показывать разломы" in russian
    assert "пикселей" in russian
    assert not [word for word in ("Show", "Download", "Threshold", "Another") if word in russian]
    page.browser.refresh()
    page.rest()  # the file is there again, in the chosen language
    assert "Показывать разломы" in page.said()
    page.find("[data-language=en]").click()
    page.wait("document.documentElement.lang === 'en'")


def test_a_russian_phone_in_the_dark_has_all_of_it_in_its_width(address, picture, tmp_path):
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    with driven(language="ru-RU", features=dark) as browser:
        metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        page = Page(browser, address)
        assert page.script("return document.documentElement.lang") == "ru"
        bad = tmp_path / "плохой.png"
        bad.write_bytes(b"hello")
        page.choose(bad)
        assert "не картинка" in page.refused()
        assert "плохой.png" in page.refused()
        page.choose(picture)
        page.rest()
        assert page.script("return document.documentElement.scrollWidth") <= 360
        ground = page.script("return getComputedStyle(document.body.parentElement).backgroundColor")
        assert max(json.loads(f"[{ground[4:-1]}]")) < 60
        assert page.find("#stage").size["width"] > 250
        assert not [told for told in page.errors() if "status of 4" not in told]


def test_what_is_wrong_is_told_and_the_next_file_is_answered(page, picture, tmp_path):
    for name, data, words in (
        ("text.png", b"hello " * 50, "is no picture"),
        ("empty.png", b"", "is empty"),
        ("page.html", b"<html>", "neither a picture nor SEG-Y"),
        ("<img src=x onerror=document.title='hit'>.png", b"x", "is no picture"),
        ("short.sgy", b"\xc3\x40\xf1" * 1300, "short.sgy"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        page.choose(path)
        page.wait(f"document.getElementById('problem').textContent.includes({json.dumps(words)})")
        assert page.sees("#drop")
    assert page.script("return document.querySelectorAll('#message img').length") == 0
    page.choose(picture)
    page.rest()
    assert not page.sees("#message")
    assert page.painted() > 1000


def test_what_is_no_section_is_answered_by_force(page, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    (tmp_path / "noise.png").write_bytes(as_file(noise))
    page.choose(tmp_path / "noise.png")
    assert page.refused().startswith("This is not a section")
    assert page.sees("#base")
    assert page.sees("#by-hand")
    page.find("#force").click()
    page.rest()
    assert "may be no section" in page.find("#remarks").text


def test_a_survey_is_browsed_line_by_line_and_then_as_a_volume(page):
    page.choose(EXAMPLE / "demo.sgy")
    page.rest()
    assert page.find("#here").text == "Inline 132"
    assert "64 inlines × 80 crosslines × 128 samples" in page.find("#what").text
    first = page.painted()
    page.find("#after").click()
    page.wait("document.getElementById('base').ariaLabel.includes('133')")
    page.rest()
    assert page.find("#here").text == "Inline 133"
    assert page.painted() != first
    page.find("[value=crossline]").click()
    page.wait("document.getElementById('base').ariaLabel.includes('Crossline 340')")
    page.rest()
    marks = page.script(
        "return [...document.querySelectorAll('#axis-top span')].map((e) => Number(e.textContent))"
    )
    assert len(marks) > 2
    assert 100 <= min(marks) <= max(marks) <= 163
    page.find("[value=slice]").click()
    page.wait("document.getElementById('base').ariaLabel.includes('256 ms')")
    page.wait("document.getElementById('progress').hidden")
    assert not page.sees("#over")
    page.find("#model [value=fault3d]").click()
    page.find("#volume").click()
    page.rest()
    assert page.painted() > 100
    assert page.sees("[data-file='volume.sgy']")
    assert not page.sees("#volume")


def test_a_click_on_the_section_is_explained_in_a_report(page):
    from selenium.webdriver import ActionChains

    page.choose(EXAMPLE / "demo.sgy")
    page.rest()
    assert page.find("#explain").text == "Explain the strongest fault"
    size = page.find("#base").size
    ActionChains(page.browser).move_to_element_with_offset(
        page.find("#base"), round(0.2 * size["width"]), 0
    ).click().perform()
    assert page.sees("#spot")
    place = page.find("#explain").text
    assert re.fullmatch(r"Explain crossline 35\d · 25\d ms", place)
    page.find("#explain").click()
    page.wait("document.querySelector('#reports a')", timeout_s=240)
    link = page.find("#reports a")
    assert link.text == place.replace("Explain ", "Report: ")
    mine = page.browser.current_window_handle
    link.click()
    other = next(tab for tab in reversed(page.browser.window_handles) if tab != mine)
    page.browser.switch_to.window(other)
    page.wait("document.readyState === 'complete' && document.querySelectorAll('img').length > 5")
    assert page.script("return [...document.images].every((e) => e.naturalWidth > 100)")
    ground = page.script("return getComputedStyle(document.querySelector('h1')).fontSize")
    assert ground != "32px", "the style is let in"
    page.browser.close()
    page.browser.switch_to.window(mine)


def test_two_tabs_at_once_each_get_their_own(page, browser, address, picture):
    page.choose(picture)
    mine = browser.current_window_handle
    browser.switch_to.new_window("tab")
    other = Page(browser, address)
    other.choose(EXAMPLE / "demo.sgy")
    other.rest()
    assert other.find("#name").text == "demo.sgy"
    browser.close()
    browser.switch_to.window(mine)
    page.rest()
    assert page.find("#name").text == "section.png"


def _queue(page):
    told = page.script(
        """return fetch("/api/here", {method: "POST", headers: {"Content-Type": "application/json"},
          body: '{"files": []}'}).then((r) => r.json())"""
    )
    return told["queue"]


def _many(page, picture, count):
    """Put many jobs into the queue, as so many people would."""
    return page.script(
        """const [count] = arguments, file = location.hash.slice(1);
        const corners = (n) => [[100, 80 + n], [560, 80 + n], [560, 570], [100, 570]];
        return Promise.all([...Array(count).keys()].map((n) => fetch(`/api/files/${file}/jobs`, {
            method: "POST",
            headers: {"Content-Type": "application/json"},
            body: JSON.stringify({what: "picture", corners: corners(n)})})
          .then((r) => r.json()).then((j) => j.id)))""",
        count,
    )  # fmt: skip


def test_who_waits_is_told_how_many_are_before_and_who_goes_frees_a_place(
    answered, browser, address, picture
):
    page = answered
    jobs = _many(page, picture, 12)
    mine = browser.current_window_handle
    browser.switch_to.new_window("tab")
    other = Page(browser, address)
    other.choose(picture)
    other.wait("document.getElementById('step').textContent.includes('In the queue')")
    waiting = _queue(other)
    browser.close()
    browser.switch_to.window(mine)
    page.wait("true")
    page.script("navigator.sendBeacon('/api/bye', JSON.stringify({jobs: arguments[0]}))", jobs)
    end = time.monotonic() + 10
    while _queue(page) and time.monotonic() < end:
        time.sleep(0.1)
    assert waiting > 1
    assert _queue(page) == 0


def test_work_can_be_stopped_and_begun_again(answered, picture):
    page = answered
    jobs = _many(page, picture, 8)
    page.choose(picture)
    page.wait("document.getElementById('step').textContent.includes('In the queue')")
    page.find("#cancel").click()
    assert "Stopped" in page.refused()
    page.script("navigator.sendBeacon('/api/bye', JSON.stringify({jobs: arguments[0]}))", jobs)
    page.find("#retry").click()
    page.rest()


def test_a_large_picture_is_shown_in_full_when_asked(page, tmp_path):
    rgb = draw_page()
    large = np.repeat(np.repeat(rgb, 3, 0), 3, 1)
    (tmp_path / "large.png").write_bytes(as_file(large))
    page.choose(tmp_path / "large.png")
    page.wait("document.getElementById('base').width === 1920")
    fitted = page.find("#stage").size["width"]
    page.find("#full").click()
    assert fitted < 1000 < page.find("#stage").size["width"]
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")
    page.find("#full").click()
    assert page.find("#stage").size["width"] == fitted


def test_a_download_is_what_the_page_shows(answered):
    page = answered
    page.script(
        """window.saved = []; let held = null;
        URL.createObjectURL = (blob) => { held = blob; return "blob:"; };
        HTMLAnchorElement.prototype.click = function () { saved.push([this.download, held.size]); };"""
    )
    for name in ("faults.png", "mask.png", "faults.csv", "section.sgy"):
        page.find(f"[data-file='{name}']").click()
        page.wait(f"saved.length && saved.at(-1)[0] === 'section-{name}'")
    sizes = page.script("return saved.map((s) => s[1])")
    assert min(sizes) > 100


def test_nothing_comes_from_anywhere_else(answered, address):
    page = answered
    names = page.script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert len(names) > 8
    assert all(name.startswith((address, "blob:")) for name in names)


def test_a_page_whose_program_has_ended_says_so(command, tmp_path, browser, picture):
    with served(command, tmp_path) as url:
        browser.switch_to.new_window("tab")
        page = Page(browser, url)
    page.choose(picture)
    assert "has ended" in page.refused()
    assert "odfault page" in page.refused()
