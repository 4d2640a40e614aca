"""`odfault explain`: one file that needs nothing else, in either language, and a line for what cannot be."""

import json
import re
import string
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import assert_one_line, snapshot
from make_segy import make_segy

import odfault
from odfault.cli import main
from odfault.explain import study, why
from odfault.explain.figures import figure, to_png
from odfault.explain.language import HERE

SHAPE = (12, 48, 56)


@pytest.fixture(scope="module")
def volume():
    """Draw a small volume with a step in its beds."""
    _, x, t = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    beds = np.random.default_rng(1).standard_normal(200)
    depth = t + 6 * (x > 24) + 60
    smooth = np.convolve(beds, [0.25, 0.5, 0.25], "same")
    return (smooth[depth] + 0.05 * np.random.default_rng(2).standard_normal(SHAPE)).astype(np.float32)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Measure little: what is measured is tested elsewhere."""
    monkeypatch.setattr(study, "SECTIONS", {2: 2, 3: 1})
    monkeypatch.setattr(why, "STEPS", {2: 4, 3: 2})


@pytest.fixture
def survey(volume, tmp_path):
    """Write it: inlines 100 to 111, crosslines 300 to 347, 4 ms."""
    return make_segy(tmp_path / "in.sgy", volume, sample_format=5)


def run(capsys, *words):
    """Run the command; return its exit code and what it told on standard error."""
    code = main(["explain", *map(str, words), "--progress", "none"])
    return code, capsys.readouterr().err


class Page(HTMLParser):
    """Collects what a browser would load, and what a reader reads."""

    def __init__(self):
        super().__init__()
        self.loaded, self.alts, self.text, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        self.loaded += [told[name] for name in ("src", "srcset", "data", "action") if name in told]
        if tag != "a" and "href" in told:
            self.loaded.append(told["href"])
        if tag == "img":
            self.alts.append(told["alt"])

    def handle_data(self, data):
        self.text.append(data)


def read(path):
    """Read a report as a browser would."""
    page = Page()
    page.feed(path.read_text("utf-8"))
    return page


@pytest.mark.parametrize(("which", "language"), [("tiny2d", "en"), ("tiny3d", "ru")])
def test_a_report_is_one_file_with_every_part(which, language, survey, tmp_path, request, capsys):
    out = tmp_path / "report.html"
    model = request.getfixturevalue(which)
    words = [survey, out, "--model", model, "--at", "324,100", "--inline", "105", "--language", language]
    code, told = run(capsys, *words)
    assert code == 0, told
    page = read(out)
    assert page.loaded
    assert all(source.startswith("data:image/png;base64,") for source in page.loaded)
    assert not re.search(r"https?://|url\(|@import", out.read_text("utf-8"))
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert all(page.alts)
    assert page.tags.count("section") == 8
    text = " ".join(page.text)
    assert "105" in text
    assert "324" in text
    assert ("Гц" in text) == (language == "ru")
    assert not re.search(r"\{\w+\}", text)
    mark, other = (",", ".") if language == "ru" else (".", ",")
    said = text[text.rindex("}") :].replace(odfault.__version__, "")  # behind the style
    assert len(re.findall(rf"\d\{mark}\d", said)) > 20
    assert not re.search(rf"(?<!\w)\d*\{other}\d", said)


def test_axes_have_the_decimal_mark_of_the_language():
    made = figure(4, 3)
    axes = made.add_subplot()
    axes.plot([0, 1], [-0.5, 0.5])
    axes.set_xticks([0, 1], ["0", "0.25"])
    to_png(made, {"decimal_mark": ","})
    told = [label.get_text() for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()]
    assert "0,25" in told
    assert "\u22120,4" in told
    assert not [label for label in told if "." in label]


def test_arrays_are_explained_too(volume, tmp_path, tiny2d, capsys):
    out = tmp_path / "report.html"
    np.save(tmp_path / "line.npy", volume[3])
    code, told = run(capsys, tmp_path / "line.npy", out, "--model", tiny2d, "--interval", "2")
    assert code == 0, told
    assert "2 ms" in " ".join(read(out).text)
    before = out.read_bytes()
    assert run(capsys, tmp_path / "line.npy", out, "--model", tiny2d, "--interval", "2")[0] == 0
    assert out.read_bytes() == before  # a report of ours is written anew, the same


def test_both_languages_say_the_same_things():
    words = {name: json.loads((HERE / f"{name}.json").read_text("utf-8")) for name in ("en", "ru")}
    assert words["en"].keys() == words["ru"].keys()

    def names(text):
        return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})

    for key, text in words["en"].items():
        assert names(text) == names(words["ru"][key]), key
        assert text.strip()
        assert words["ru"][key].strip()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--at", "900,100"], "a crossline from 300 to 347"),
        (["--at", "320,5000"], "0 to 220 ms"),
        (["--at", "320"], "no point such as"),
        (["--at", "nan,5"], "no point such as"),
        (["--inline", "7"], "choose from 100 to 111"),
        (["--inline", "105", "--crossline", "301"], "not allowed with"),
        (["--crossline", "310"], "12 traces of 56 samples"),
        (["--model", "fault4d"], "no model fault4d"),
        (["--model", "no.keras"], "no file"),
        (["--interval", "-4"], "between 0 and 1000"),
        (["--language", "xx"], "invalid choice"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(words, problem, survey, tmp_path, tiny2d, capsys):
    before = snapshot(tmp_path)
    code, told = run(capsys, survey, tmp_path / "report.html", "--model", tiny2d, *words)
    assert code == 2
    assert_one_line(told)
    assert problem in told
    assert snapshot(tmp_path) == before


def test_a_network_for_volumes_refuses_a_line(volume, tmp_path, tiny3d, capsys):
    line = make_segy(tmp_path / "line.sgy", volume[:1], sample_format=5)
    np.save(tmp_path / "line.npy", volume[0])
    for source in (line, tmp_path / "line.npy"):
        code, told = run(capsys, source, tmp_path / "report.html", "--model", tiny3d)
        assert code == 2
        assert_one_line(told)
        assert "give --model fault2d" in told


def test_a_report_overwrites_nothing_of_others(survey, tmp_path, tiny2d, capsys):
    (tmp_path / "mine.html").write_text("<html>precious</html>")
    (tmp_path / "folder.html").mkdir()
    before = snapshot(tmp_path)
    for out, problem in (
        (tmp_path / "mine.html", "no report of ours"),
        (tmp_path / "folder.html", "is a folder"),
        (tmp_path / "no" / "report.html", "does not exist"),
        (tmp_path / "report.txt", "end it in .html"),
    ):
        code, told = run(capsys, survey, out, "--model", tiny2d)
        assert code == 2
        assert_one_line(told)
        assert problem in told
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["no.sgy", "no.npy", "text.npy", "text.npz", "dead.npy", "cube.npy", "words.npy"]
)
def test_a_section_that_cannot_be_read_is_refused(name, tmp_path, tiny2d, capsys):
    for kind in ("npy", "npz"):
        (tmp_path / f"text.{kind}").write_text("no array")
    np.save(tmp_path / "dead.npy", np.zeros((64, 64), np.float32))
    np.save(tmp_path / "cube.npy", np.zeros((2, 3, 40, 40), np.float32))
    np.save(tmp_path / "words.npy", np.full((64, 64), "a"))
    code, told = run(capsys, tmp_path / name, tmp_path / "report.html", "--model", tiny2d)
    assert code == 2
    assert_one_line(told)
    assert not (tmp_path / "report.html").exists()
