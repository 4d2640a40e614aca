"""`odfault picture`: a picture in, the same picture with its faults out, and nothing else touched."""

import csv

import numpy as np
import pytest
from conftest import assert_one_line, snapshot
from picture_bench import count, f1, on_true_grid, sources
from picture_cases import Case, paint
from picture_others import draw_other
from PIL import Image

import odfault
from odfault.cli import main
from odfault.picture.answer import answer_section, choose_size
from odfault.picture.lines import trace_lines
from odfault.picture.render import draw_faults, to_picture
from odfault.picture.section import Section, find_section
from odfault.segy.survey import SegySurvey

PANEL = np.array([[40, 30], [440, 30], [440, 330], [40, 330]], float)


@pytest.fixture(scope="module")
def drawn():
    """Draw a section on a white page: its picture and its labels."""
    values, labels = next(sources(1))
    page = Image.new("RGB", (500, 380), (255, 255, 255))
    page.paste(
        paint(values, "gray", float(np.quantile(np.abs(values), 0.99)), (400, 300), "bilinear"), (40, 30)
    )
    return page, values, labels


@pytest.fixture
def picture(drawn, tmp_path):
    """Save it."""
    path = tmp_path / "section.png"
    drawn[0].save(path)
    return path


def run(capsys, *words):
    """Run the command; return its exit code and what it told."""
    code = main(["picture", *map(str, words), "--progress", "none"])
    return code, capsys.readouterr()


def test_all_that_is_asked_for_is_written(picture, tmp_path, tiny2d, capsys):
    names = {"probability": "p.png", "mask": "m.tif", "segy": "s.sgy", "csv": "l.csv"}
    words = [word for name, file in names.items() for word in (f"--{name}", tmp_path / file)]
    code, told = run(capsys, picture, tmp_path / "out.png", "--model", tiny2d, *words)
    assert code == 0, told.err
    before, after = (np.asarray(Image.open(file).convert("RGB")) for file in (picture, tmp_path / "out.png"))
    assert after.shape == before.shape
    probability = np.asarray(Image.open(tmp_path / "p.png")).astype(float) / 65535
    mask = np.asarray(Image.open(tmp_path / "m.tif"))
    assert np.array_equal(mask > 0, probability >= 0.5) or np.mean((mask > 0) != (probability >= 0.5)) < 1e-3
    outside = np.ones(mask.shape, bool)
    outside[29:331, 39:441] = False
    assert not probability[outside].any()
    assert probability.max() > 0.5
    legend = np.abs(after.astype(int) - before).max(axis=2) > 0
    assert legend[outside].mean() < 0.1
    inside = ~outside & (probability < 0.5)
    assert np.mean(np.any(after[inside] != before[inside], axis=1)) < 0.01
    with SegySurvey.open(tmp_path / "s.sgy") as line:
        assert line.shape[1:] == (400, 300)
        section = find_section(before)
        assert np.array_equal(line.read(slice(0, 1), slice(0, 400))[0], section.amplitudes)
    with (tmp_path / "l.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows[:200]:
        x, y = int(float(row["x"])), int(float(row["y"]))
        assert probability[y - 2 : y + 3, x - 2 : x + 3].max() >= 0.4


def test_the_same_faults_are_found_as_in_the_array(drawn):
    page, values, labels = drawn
    section = find_section(np.asarray(page))
    case = Case(np.asarray(page), PANEL, values, "", "", "")
    found = count(on_true_grid(section, answer_section(section), case, cells=3), labels)
    known = count(odfault.predict(values, model="fault2d"), labels)
    assert f1(known) > 0.6
    assert f1(found) > f1(known) - 0.05


def test_a_fault_is_drawn_where_it_is():
    corners = np.array([[50, 40], [250, 60], [240, 220], [45, 200]], float)
    section = Section(corners, np.zeros((100, 80), np.float32), "grey", np.ones((100, 80), bool))
    probability = np.zeros((100, 80), np.float32)
    probability[49:52, 10:70] = [[0.4], [0.95], [0.4]]
    rgb = np.full((260, 300, 3), 120, np.uint8)
    over = to_picture(probability, section, (260, 300))
    there = section.to_picture([[50, 20], [50, 40], [50, 60]]).astype(int)
    assert (over[there[:, 1], there[:, 0]] > 0.8).all()
    drawn = draw_faults(rgb, section, probability)
    changed = np.abs(drawn.astype(int) - 120).max(axis=2) > 40
    assert changed[there[:, 1], there[:, 0]].all()
    ((line, mean),) = trace_lines(section, probability)
    assert mean == pytest.approx(0.95)
    assert np.allclose(section.to_section(line)[:, 0], 50, atol=1)
    assert np.allclose(section.to_section(line)[[0, -1], 1], [10, 69], atol=1.5)


@pytest.mark.parametrize("factor", [0.5, 1, 2, 4])
def test_the_network_sees_one_scale_of_any_picture(factor):
    rng = np.random.default_rng(2)
    beds = np.cumsum(rng.standard_normal(400))[None] + np.zeros((300, 1))
    beds = np.sin(beds / 3 + np.arange(400) * 0.6) + 0.05 * rng.standard_normal((300, 400))
    size = (round(400 * factor), round(300 * factor))
    fine = np.asarray(Image.fromarray(beds.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    usual = choose_size(beds.astype(np.float32))
    assert np.allclose(choose_size(np.ascontiguousarray(fine)), usual, rtol=0.15)


def test_of_a_size_that_is_known_the_network_sees_the_array_itself_and_wider_and_narrower(monkeypatch):
    rng = np.random.default_rng(3)
    values = rng.standard_normal((60, 50)).astype(np.float32)
    fine = np.repeat(np.repeat(values, 3, 0), 2, 1)
    seen = []
    monkeypatch.setattr(
        "odfault.inference.predict", lambda shown, model, average: (seen.append(shown), shown)[1]
    )
    corners = np.array([[0, 0], [180, 0], [180, 100], [0, 100]], float)
    section = Section(corners, fine, "grey", np.ones(fine.shape, bool))
    answer = answer_section(section, size=values.shape)
    assert answer.shape == fine.shape
    assert [shown.shape for shown in seen] == [(32, 50), (60, 50), (120, 50)]
    assert np.corrcoef(seen[1].ravel(), values.ravel())[0, 1] > 0.98


def test_a_fault_is_what_the_network_sees_at_most_widths(monkeypatch):
    def predict(shown, model, average):
        answer = np.full(shown.shape, 0.01, np.float32)
        answer[:, 40:60] = 0.95 if len(shown) >= 100 else 0.01  # at two widths of three
        answer[:, 80:90] = 1.0 if len(shown) > 100 else 0.01  # at one, and there for sure
        return answer

    monkeypatch.setattr("odfault.inference.predict", predict)
    beds = np.random.default_rng(4).standard_normal((100, 120)).astype(np.float32)
    section = Section(np.zeros((4, 2)), beds, "grey", np.ones(beds.shape, bool))
    told = []
    answer = answer_section(section, size=beds.shape, progress=lambda *part: told.append(part))
    assert (answer[:, 40:60] > 0.5).all()
    assert (answer[:, 80:90] < 0.5).all()
    assert told == [(0, 42000), (6000, 42000), (18000, 42000), (42000, 42000)]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--threshold", "1"], "threshold"),
        (["--threshold", "nan"], "threshold"),
        (["--corners", "1,2,3"], "corners"),
        (["--corners", "a"], "corners"),
        (["--corners", "0,0,9000,0,9000,90,0,90"], "corner"),
        (["--page", "3"], "page"),
        (["--size", "300"], "300"),
        (["--size", "300,0"], "300 x 0"),
        (["--size=-300,-200"], "-300 x -200"),
        (["--size", "9000,9000"], "9000 x 9000"),
        (["--model", "none"], "none"),
        (["--mask", "mask.txt"], "mask.txt"),
        (["--csv", "none/lines.csv"], "none"),
    ],
)
def test_bad_words_are_refused_and_nothing_written(
    words, problem, picture, tmp_path, tiny2d, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = snapshot(tmp_path)
    model = [] if "--model" in words else ["--model", tiny2d]
    code, told = run(capsys, picture, tmp_path / "out.png", *model, *words)
    assert code == 2
    assert_one_line(told.err)
    assert problem in told.err
    assert snapshot(tmp_path) == before


def test_the_line_of_a_picture_replaces_no_survey_of_others(picture, tmp_path, tiny2d, capsys):
    words = [picture, tmp_path / "out.png", "--model", tiny2d, "--segy", tmp_path / "line.sgy"]
    (tmp_path / "line.sgy").write_text("precious")
    code, told = run(capsys, *words)
    assert code == 2
    assert_one_line(told.err)
    assert "line.sgy is there already, and odfault did not write it" in told.err
    assert (tmp_path / "line.sgy").read_text() == "precious"
    (tmp_path / "line.sgy").unlink()
    assert [run(capsys, *words)[0] for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(("model", "problem"), [("none", "no model none"), ("denoise2d", "denoise2d takes")])
def test_a_model_that_will_not_do_is_told_before_the_picture_is_read(model, problem, tmp_path, capsys):
    code, told = run(capsys, tmp_path / "no.png", tmp_path / "out.png", "--model", model)
    assert code == 2
    assert_one_line(told.err)
    assert problem in told.err


def test_outputs_must_not_harm_anything(picture, tmp_path, tiny2d, capsys):
    for words in (
        (picture, picture),
        (picture, tmp_path / "a.png", "--mask", tmp_path / "a.png"),
        (picture, tmp_path),
    ):
        before = snapshot(tmp_path)
        code, told = run(capsys, *words, "--model", tiny2d)
        assert code == 2
        assert_one_line(told.err)
        assert snapshot(tmp_path) == before


def test_what_is_no_section_is_answered_by_force_only(tmp_path, tiny2d, capsys):
    path, out = tmp_path / "map.png", tmp_path / "out.png"
    Image.fromarray(draw_other("portrait")).save(path)
    code, told = run(capsys, path, out, "--model", tiny2d)
    assert code == 2
    assert_one_line(told.err)
    assert "--force" in told.err
    assert not out.exists()
    code, told = run(capsys, path, out, "--model", tiny2d, "--force")
    assert code == 0
    assert "may be no section" in told.err
    assert out.exists()


@pytest.mark.parametrize("library", ["cv2", "pypdfium2"])
def test_a_missing_library_is_missed_in_one_line(library, picture, tmp_path, tiny2d, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    if library == "pypdfium2":
        picture = tmp_path / "page.pdf"
        picture.write_bytes(b"%PDF-1.7\n")
    code, told = run(capsys, picture, tmp_path / "out.png", "--model", tiny2d)
    assert code == 2
    assert_one_line(told.err)
    assert "odfault[picture]" in told.err
