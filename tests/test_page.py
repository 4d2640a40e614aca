"""The page answers what is dropped on it, and tells in one message what it cannot."""

import csv
import io
import json
import re
import time

import numpy as np
import pytest
from make_segy import make_segy
from page_client import PANEL, as_file, asked, draw_page, from_png, send, work
from PIL import Image

import odfault
from odfault.demo import EXAMPLE
from odfault.page.app import STATIC
from odfault.segy.survey import SegySurvey


@pytest.fixture(scope="module")
def page():
    """Give a client that all tests here share, and its rooms."""
    with asked() as (client, rooms):
        yield client, rooms


@pytest.fixture(scope="module")
def picture(page):
    """Send a picture and have it answered; give its path."""
    client, _ = page
    word = send(client, as_file(draw_page())).json()["id"]
    assert work(client, word, what="picture")["state"] == "done"
    return f"/api/files/{word}"


@pytest.fixture(scope="module")
def survey(page):
    """Send the demo's survey and have it opened; give its path."""
    client, _ = page
    word = send(client, (EXAMPLE / "demo.sgy").read_bytes(), "demo.sgy").json()["id"]
    assert work(client, word, what="look")["state"] == "done"
    return f"/api/files/{word}"


def test_a_picture_is_answered_where_its_section_is(page, picture):
    client, _ = page
    facts = client.get(picture).json()
    left, top, right, bottom = PANEL
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    np.testing.assert_allclose(facts["corners"], corners, atol=3)
    assert (from_png(client.get(f"{picture}/show.png").content) == draw_page()).all()
    faults = from_png(client.get(f"{picture}/faults.png").content)
    assert faults.shape == (640, 640)
    inside = np.zeros(faults.shape, bool)
    inside[top:bottom, left:right] = True
    assert (faults[inside] > 127).mean() > 0.02
    assert not (faults[~inside] > 127).any()


def test_the_threshold_of_the_page_and_of_its_downloads_is_one(page, picture):
    client, _ = page
    levels = from_png(client.get(f"{picture}/faults.png").content).astype(int)
    for threshold in (0.3, 0.7):
        answer = client.get(f"{picture}/download/mask.png?threshold={threshold}")
        mask = from_png(answer.content) > 0
        sure = np.abs(levels - 255 * threshold) > 1
        assert (mask == (levels > 255 * threshold))[sure].all()
    assert "section-mask.png" in answer.headers["content-disposition"]


def test_downloads_of_a_picture_hold_what_they_say(page, picture, tmp_path):
    client, _ = page
    get = lambda name: client.get(f"{picture}/download/{name}").content  # noqa: E731
    drawn = from_png(get("faults.png"))
    assert drawn.shape == (640, 640, 3)
    assert (drawn != draw_page()).any(axis=2).mean() > 0.01
    assert from_png(get("probability.png")).max() > 40000
    rows = list(csv.DictReader(io.StringIO(get("faults.csv").decode())))
    assert rows
    left, top, right, bottom = PANEL
    assert all(left <= float(row["x"]) <= right and top <= float(row["y"]) <= bottom for row in rows)
    (tmp_path / "a.sgy").write_bytes(get("section.sgy"))
    with SegySurvey.open(tmp_path / "a.sgy") as line:
        facts = client.get(picture).json()
        assert sorted(line.shape) == sorted((1, facts["traces"], facts["samples"]))


def test_corners_given_by_hand_are_kept_to(page):
    client, _ = page
    word = send(client, as_file(draw_page())).json()["id"]
    corners = [[200, 150], [500, 150], [500, 500], [200, 500]]
    assert work(client, word, what="picture", corners=corners)["state"] == "done"
    assert client.get(f"/api/files/{word}").json()["corners"] == corners
    faults = from_png(client.get(f"/api/files/{word}/faults.png").content)
    outside = np.ones(faults.shape, bool)
    outside[150:500, 200:500] = False
    assert not faults[outside].any()


@pytest.mark.parametrize("corners", [[[0, 0]] * 4, [[0, 0], [900, 0], [900, 9], [0, 9]], [[0, 0], [1, 1]]])
def test_corners_that_are_none_are_refused(page, corners):
    client, _ = page
    word = send(client, as_file(draw_page())).json()["id"]
    job = work(client, word, what="picture", corners=corners)
    assert job.get("error", job)["problem"]
    assert job.get("state") != "done"


def _noise(shape=(300, 300)):
    return np.random.default_rng(1).integers(0, 256, (*shape, 3)).astype(np.uint8)


def _huge():
    """Give a PNG that says 30000 x 30000 and takes few bytes."""
    buffer = io.BytesIO()
    Image.new("1", (30000, 30000)).save(buffer, "PNG")
    return buffer.getvalue()


def _cut():
    data = as_file(draw_page())
    return data[: len(data) // 2]


BAD = {
    "empty": (lambda: b"", "a.png", "is empty"),
    "text": (lambda: b"hello " * 100, "a.png", "a.png is no picture"),
    "one pixel": (lambda: as_file(_noise((1, 1))), "a.png", "only 1 x 1"),
    "bomb": (_huge, "a.png", "pixels"),
    "cut off": (_cut, "a.png", "cut off"),
    "one colour": (lambda: as_file(np.full((99, 99, 3), 7, np.uint8)), "a.png", "of one colour"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg", "SVG"),
    "svg as png": (lambda: b"<?xml version='1.0'?><svg onload='1'/>", "a.png", "SVG"),
    "noise": (lambda: as_file(_noise()), "a.png", "not a section"),
    "page of html": (lambda: b"<html><script>1</script></html>", "a.html", "neither a picture nor SEG-Y"),
    "short survey": (lambda: b"\xc3\x40\xf1" * 900, "a.sgy", "not a SEG-Y"),
    "headers only": (lambda: (EXAMPLE / "demo.sgy").read_bytes()[:3600], "a.sgy", "a.sgy"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_message_and_the_page_lives_on(page, picture, kind):
    client, _ = page
    make, name, words = BAD[kind]
    answer = send(client, make(), name)
    said = answer.json()
    if answer.status_code == 200:
        job = work(client, said["id"], what="picture" if said["kind"] == "picture" else "look")
        assert job["state"] == "failed"
        said = job["error"]
    assert words in said["problem"]
    assert said["mend"]
    assert "/tmp" not in json.dumps(said)
    assert "odfault-page-" not in json.dumps(said)
    assert client.get(f"{picture}/show.png").status_code == 200


GOOD = {
    "CMYK": lambda rgb: _saved(Image.fromarray(rgb).convert("CMYK"), "JPEG", quality=95),
    "16-bit": lambda rgb: _saved(Image.fromarray(rgb[:, :, 0].astype(np.uint16) * 257), "PNG"),
    "transparent": lambda rgb: _saved(_cleared(rgb), "PNG"),
    "animated": lambda rgb: _saved(
        Image.fromarray(rgb), "GIF", save_all=True, append_images=[Image.fromarray(rgb)]
    ),
    "TIFF": lambda rgb: as_file(rgb, "TIFF"),
    "WebP": lambda rgb: as_file(rgb, "WEBP", lossless=True),
    "PDF": lambda rgb: _saved(Image.fromarray(rgb), "PDF", resolution=72),
}


def test_a_photo_is_turned_upright_before_anything_else(page):
    client, _ = page
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright, and the top is at the right
    turned = np.ascontiguousarray(np.rot90(draw_page(size=(640, 700))))
    word = send(client, as_file(turned, "JPEG", quality=95, exif=exif), "a.jpg").json()["id"]
    assert work(client, word, what="picture")["state"] == "done"
    facts = client.get(f"/api/files/{word}").json()
    assert (facts["width"], facts["height"]) == (640, 700)
    np.testing.assert_allclose(facts["corners"][0], PANEL[:2], atol=4)
    assert from_png(client.get(f"/api/files/{word}/show.png").content).shape == (700, 640, 3)


def _saved(image, kind, **words):
    buffer = io.BytesIO()
    image.save(buffer, kind, **words)
    return buffer.getvalue()


def _cleared(rgb):
    clear = np.dstack([rgb, np.where((rgb == 255).all(axis=2), 0, 255).astype(np.uint8)])
    return Image.fromarray(clear)


@pytest.mark.parametrize("kind", GOOD)
def test_pictures_of_any_kind_are_answered(page, kind):
    client, _ = page
    word = send(client, GOOD[kind](draw_page()), f"a.{kind}").json()["id"]
    job = work(client, word, what="picture")
    assert job["state"] == "done", job["error"]
    faults = from_png(client.get(f"/api/files/{word}/faults.png").content)
    assert (faults > 127).mean() > 0.01


def test_what_is_no_section_is_answered_when_asked_again_with_force(page):
    client, _ = page
    word = send(client, as_file(_noise())).json()["id"]
    job = work(client, word, what="picture")
    assert job["error"]["step"] == "find"
    assert client.get(f"/api/files/{word}/faults.png").status_code == 404
    assert client.get(f"/api/files/{word}/show.png").status_code == 200
    assert work(client, word, what="picture", force=True)["state"] == "done"
    assert client.get(f"/api/files/{word}/faults.png").status_code == 200
    assert client.get(f"/api/files/{word}").json()["remarks"]


def test_a_line_of_a_survey_is_what_predict_says(page, survey):
    client, _ = page
    facts = client.get(survey).json()
    assert facts["inlines"][:2] == [100, 101]
    word = survey.rpartition("/")[2]
    assert work(client, word, what="line", axis="crossline", at=40)["state"] == "done"
    shown = from_png(client.get(f"{survey}/faults.png?axis=crossline&at=40").content)
    with SegySurvey.open(EXAMPLE / "demo.sgy") as file:
        section = file.read(slice(0, 64), slice(40, 41))[:, 0]
    expected = odfault.predict(section, model="fault2d")
    np.testing.assert_array_equal(shown, np.rint(expected.T * 255))
    grey = from_png(client.get(f"{survey}/show.png?axis=crossline&at=40").content)
    assert grey.shape == (128, 64)
    assert np.corrcoef(grey.ravel(), section.T.ravel())[0, 1] > 0.95


def test_downloads_of_a_line(page, survey, tmp_path):
    client, _ = page
    word = survey.rpartition("/")[2]
    work(client, word, what="line", axis="inline", at=20)
    get = lambda name: client.get(f"{survey}/download/{name}?axis=inline&at=20").content  # noqa: E731
    levels = from_png(client.get(f"{survey}/faults.png?axis=inline&at=20").content)
    assert ((from_png(get("mask.png")) > 0) == (levels > 127.5)).mean() > 0.999
    assert from_png(get("faults.png")).ndim == 3
    (tmp_path / "a.sgy").write_bytes(get("section.sgy"))
    with SegySurvey.open(tmp_path / "a.sgy") as line:
        assert line.inlines.tolist() == [120]
        assert line.shape == (1, 80, 128)
        np.testing.assert_array_equal(np.rint(line.read(slice(0, 1), slice(0, 80))[0].T * 255), levels)
    rows = list(csv.DictReader(io.StringIO(get("faults.csv").decode())))
    assert rows
    for row in rows:
        x, y = int(row["crossline"]) - 300, round(float(row["ms"]) / 4)
        assert levels[y, x] == pytest.approx(255 * float(row["probability"]), abs=1)
        assert float(row["probability"]) >= 0.5


def test_the_whole_volume_is_what_a_run_says_and_has_slices(page, survey, tmp_path):
    client, _ = page
    word = survey.rpartition("/")[2]
    assert client.get(f"{survey}/faults.png?axis=slice&at=64&model=fault3d").status_code == 404
    assert client.get(f"{survey}/download/volume.sgy?model=fault3d").status_code == 404
    assert work(client, word, what="line", axis="slice", at=64)["state"] == "failed"
    assert work(client, word, what="volume", model="fault3d")["state"] == "done"
    odfault.run(EXAMPLE / "demo.sgy", tmp_path / "out.sgy")
    assert (
        client.get(f"{survey}/download/volume.sgy?model=fault3d").content
        == (tmp_path / "out.sgy").read_bytes()
    )
    with SegySurvey.open(tmp_path / "out.sgy") as run:
        expected = run.read(slice(0, 64), slice(0, 80))[:, :, 64]
    shown = from_png(client.get(f"{survey}/faults.png?axis=slice&at=64&model=fault3d").content)
    np.testing.assert_array_equal(shown, np.rint(expected * 255))
    assert (
        from_png(client.get(f"{survey}/show.png?axis=slice&at=64").content).shape == shown.shape == (64, 80)
    )
    rows = client.get(f"{survey}/download/faults.csv?axis=slice&at=64&model=fault3d").text.splitlines()
    assert rows[0] == "crossline,inline,probability"
    assert len(rows) > 10


@pytest.mark.parametrize(
    "place", ["axis=inline&at=64", "axis=inline&at=-1", "axis=up&at=0", "axis=slice&at=128"]
)
def test_a_section_that_is_not_there_is_refused(page, survey, place):
    client, _ = page
    answer = client.get(f"{survey}/show.png?{place}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["problem"]


def test_a_line_alone_has_one_axis(page, tmp_path):
    client, _ = page
    values = np.random.default_rng(2).standard_normal((1, 60, 90)).astype(np.float32)
    path = make_segy(tmp_path / "line.sgy", values, sample_format=5)
    word = send(client, path.read_bytes(), "line.sgy").json()["id"]
    assert work(client, word, what="look")["state"] == "done"
    facts = client.get(f"/api/files/{word}").json()
    assert facts["axes"] == ["inline"]
    assert work(client, word, what="line", **facts["first"])["state"] == "done"
    assert client.get(f"/api/files/{word}/faults.png?axis=inline&at=0").status_code == 200


# ---- words


def _tables(name):
    return {
        code: json.loads((STATIC / "words" / name.format(code)).read_text("utf-8")) for code in ("en", "ru")
    }


def test_both_languages_have_the_same_words_with_the_same_places():
    tables = _tables("{}.json")
    assert tables["en"].keys() == tables["ru"].keys()
    for key, words in tables["en"].items():
        assert tables["ru"][key].strip(), key
        assert sorted(re.findall(r"{\w+}", words)) == sorted(re.findall(r"{\w+}", tables["ru"][key])), key
        assert (
            words.count("|")
            == tables["ru"][key].count("|")
            == (key.startswith("refusal.") or key == "stopped")
        ), key
    cyrillic = sum(bool(re.search("[а-яё]", words)) for words in tables["ru"].values())
    assert cyrillic > 0.95 * len(tables["ru"])


def test_every_word_that_is_asked_for_is_in_the_table_and_the_other_way_round():
    known = _tables("{}.json")["en"].keys()
    html = (STATIC / "index.html").read_text("utf-8")
    script = "".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    python = "".join(path.read_text("utf-8") for path in STATIC.parent.glob("*.py"))
    asked_for = set(re.findall(r'data-t(?:-label)?="([^"]+)"', html))
    asked_for |= set(re.findall(r'\b(?:t|note)\(\s*"([^"]+)"', script))
    asked_for |= {
        key
        for pair in re.findall(r'\?\s*"([a-z.]+)"\s*:\s*"([a-z.]+)"\)?', script)
        for key in pair
        if "." in key
    }
    asked_for |= {f"refusal.{key}" for key in re.findall(r'PageError\(\s*"(\w+)"', python)}
    asked_for |= {f"refusal.{key}" for key in re.findall(r'\{ key: "(\w+)"', script)}
    asked_for |= {f"step.{key}" for key in re.findall(r'\b(?:step|at)\("(\w+)"', script + python)}
    made = ("here.", "file.", "step.", "refusal.", "axis.")
    assert asked_for <= known, asked_for - known
    assert {key for key in known - asked_for if not key.startswith(made)} == set()


def test_refusals_of_pictures_have_russian_words():
    patterns = [re.compile(pattern) for pattern, _ in _tables("engine.{}.json")["ru"]]
    source = (STATIC.parents[1] / "picture" / "verdict.py").read_text("utf-8")
    reasons = re.findall(r'return "([a-z][^"]+)"', source)
    assert len(reasons) >= 5
    said = [f"this is not a section: {reason}" for reason in reasons]
    said += ["a.png is no picture", "a.png is of one colour", "a.png has 30000 x 30000 pixels"]
    for sentence in said:
        exact = [pattern for pattern in patterns if pattern.fullmatch(sentence)]
        assert exact and exact[0].pattern != "this is not a section: .*", sentence  # noqa: PT018


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("en-US,en;q=0.9,ru;q=0.8", "en"), ("de", "en"), ("", "en")],
)
def test_the_page_begins_in_the_language_of_the_browser(page, accepted, language):
    client, _ = page
    html = client.get("/", headers={"accept-language": accepted}).text
    assert f'<html lang="{language}">' in html


def test_the_page_needs_nothing_from_elsewhere():
    for path in STATIC.rglob("*"):
        if path.suffix in (".html", ".css", ".js"):
            assert not re.search(r"(https?:)?//[\w.-]+\.\w+/", path.read_text("utf-8")), path


def test_the_network_is_busy_with_one_job_at_a_time_and_tells_who_waits(page):
    client, rooms = page
    now, most = [], []

    def slow(job):
        now.append(job)
        most.append(len(now))
        time.sleep(0.1)
        now.remove(job)
        return {}

    item = rooms.store.new("a.png")
    jobs = [rooms.jobs.add(item, slow) for _ in range(4)]
    time.sleep(0.05)
    assert [client.get(f"/api/jobs/{job.id}").json()["ahead"] for job in jobs] == [0, 1, 2, 3]
    assert client.post("/api/here", json={"files": []}).json()["queue"] == 4
    while not all(job.is_over for job in jobs):
        time.sleep(0.02)
    assert most == [1, 1, 1, 1]
