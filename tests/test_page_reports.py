"""The page's reports are those of `odfault explain`, at the place that was clicked, and load nothing else."""

import base64
import hashlib
import re

import numpy as np
import pytest
from page_client import PANEL, as_file, asked, draw_page, send, work

from odfault.demo import EXAMPLE
from odfault.explain import study, why


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Measure little: what is measured is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "SECTIONS", {2: 1, 3: 1})
        patch.setattr(why, "STEPS", {2: 2, 3: 2})
        yield


@pytest.fixture(scope="module")
def client():
    """Give a client of a fresh page."""
    with asked() as (client, _):
        yield client


@pytest.fixture(scope="module")
def survey(client):
    """Send the demo's survey and have it looked at."""
    word = send(client, (EXAMPLE / "demo.sgy").read_bytes(), "demo.sgy").json()["id"]
    assert work(client, word, what="look")["state"] == "done"
    return word


@pytest.fixture(scope="module")
def picture(client):
    """Send a picture of a section and have it answered."""
    word = send(client, as_file(draw_page())).json()["id"]
    assert work(client, word, what="picture")["state"] == "done"
    return word


def test_a_click_on_a_line_is_explained_there_in_the_pages_language(client, survey):
    job = work(client, survey, what="explain", axis="crossline", at=9, spot=[0.5, 0.25], language="ru")
    assert job["state"] == "done", job
    told = job["answer"]
    assert (told["trace"], told["ms"]) == (
        132,
        128,
    )  # the 33rd of inlines 100 to 163, the 33rd of 128 samples
    page = client.get(f"/api/files/{survey}/report/{told['number']}.html")
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="ru">' in page.text
    assert "demo.sgy, crossline" in page.text
    assert "инлайн 132, 128 мс" in page.text
    assert client.get(f"/api/files/{survey}").json()["reports"][-1] == told


def test_a_report_may_load_its_own_style_and_pictures_and_nothing_else(client, survey):
    number = work(client, survey, what="explain", at=9)["answer"]["number"]
    page = client.get(f"/api/files/{survey}/report/{number}.html")
    policy = page.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)[1]
    sign = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{sign}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    saved = client.get(f"/api/files/{survey}/report/{number}.html?save=true")
    assert "demo-report-" in saved.headers["content-disposition"]
    assert saved.text == page.text


def test_a_click_on_a_picture_is_explained_at_its_pixel(client, picture):
    left, top, right, bottom = PANEL
    x, y = 0.3 * left + 0.7 * right, 0.4 * top + 0.6 * bottom
    job = work(client, picture, what="explain", spot=[x / 640, y / 640])
    assert job["state"] == "done", job
    pixel = job["answer"]["pixel"]
    np.testing.assert_allclose([pixel["x"], pixel["y"]], [x, y], atol=8)  # samples are coarser than pixels


def test_what_cannot_be_explained_is_refused(client, picture, survey):
    assert work(client, picture, what="explain", spot=[0.01, 0.01])["error"]["key"] == "outside"
    assert work(client, survey, what="explain", axis="slice", at=3)["error"]["key"] == "slice"
    assert work(client, survey, what="explain", axis="inline", at=300)["error"]["key"] == "place"
    assert client.get(f"/api/files/{survey}/report/99.html").status_code == 404
    assert (
        client.post(f"/api/files/{survey}/jobs", json={"what": "explain", "spot": [2, 0]}).status_code == 422
    )
    assert (
        client.post(f"/api/files/{survey}/jobs", json={"what": "explain", "language": "xx"}).status_code
        == 422
    )
