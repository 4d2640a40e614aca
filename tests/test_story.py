"""The notebooks tell one story in two languages and run to their end; the glossaries have the same words."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
EXAMPLES = Path(__file__).parents[1] / "examples"
WORDS = (
    "neural network", "machine learning", "convolutional network", "fully convolutional", "accuracy",
    "deep learning", "picture of a seismic section", "autoencoder", "variational autoencoder",
    "gradient descent", "mae", "mse", "least squares", "fault", "throw", "dip", "halo", "threshold",
    "precision", "recall", "f1", "ods",
)  # fmt: skip
RUN = """
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
import nbformat
from make_story import build, run
notebook = build(sys.argv[2])
run(notebook)
nbformat.write(notebook, sys.argv[3])
"""


def run(language, out, **more):
    """Run a notebook in a process of its own, the short way; give it."""
    env = {**os.environ, "ODFAULT_STORY": "short", **more}
    words = [sys.executable, "-c", RUN, str(EXAMPLES), language, str(out)]
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(out, 4)


def said(notebook):
    """Give all that the cells printed."""
    return "".join(
        o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.output_type == "stream"
    )


def test_the_story_runs_from_top_to_bottom(tmp_path):
    notebook = run("ru", tmp_path / "story.ipynb")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    pictures = [o for cell in code for o in cell.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 12
    line, descent = re.search(r"формула: \[(.*?)\].*спуск: \[(.*?)\]", said(notebook)).groups()
    assert [float(n) for n in line.split()] == pytest.approx([float(n) for n in descent.split()], abs=0.02)
    errors = re.findall(r"MAE ([\d.]+), MSE ([\d.]+)", said(notebook))
    assert float(errors[0][0]) > 1.3 * float(errors[1][0])  # cleaned is nearer
    assert "полносвязная" in said(notebook)


@pytest.mark.parametrize(
    ("language", "name"), [("en", "odfault_story.ipynb"), ("ru", "odfault_story_ru.ipynb")]
)
def test_what_is_kept_is_what_the_text_says_with_its_pictures_and_no_paths(language, name):
    sys.path.insert(0, str(EXAMPLES))
    try:
        from make_story import build
    finally:
        sys.path.remove(str(EXAMPLES))
    kept, fresh = nbformat.read(EXAMPLES / name, 4), build(language)
    nbformat.validate(kept)
    assert [(c.cell_type, c.source) for c in kept.cells] == [(c.cell_type, c.source) for c in fresh.cells]
    assert not [c for c in kept.cells if re.search(r"«|»\||:::", c.source) and language == "en"]
    assert not [o for c in kept.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert sum("image/png" in o.get("data", {}) for c in kept.cells for o in c.get("outputs", [])) >= 12
    text = (EXAMPLES / name).read_text("utf-8")
    assert len(text) < 1_500_000
    assert not re.search(r"/(tmp|work|home|root)/", text)


def test_both_languages_tell_the_same_parts():
    kinds = re.findall(r"^::: (\w+)$", (EXAMPLES / "story.txt").read_text("utf-8"), re.M)
    languages = [kind for kind in kinds if kind != "code"]
    assert languages == ["en", "ru"] * (len(languages) // 2)


def test_the_glossaries_have_the_same_words_and_each_an_example():
    english, russian = ((EXAMPLES / name).read_text("utf-8") for name in ("glossary.md", "glossary_ru.md"))
    entries = [re.findall(r"^\*\*(.+?)\*\*.*", text, re.M) for text in (english, russian)]
    assert len(entries[0]) == len(entries[1])
    assert not [word for word in WORDS if word not in english.lower()]
    assert not [word for word in WORDS if word not in russian.lower()]
    for text, example in ((english, "*Here:*"), (russian, "*Здесь:*")):
        assert all(example in line for line in text.splitlines() if line.startswith("**"))
