"""Make the notebooks of `story.txt` in both languages, run them, and keep their pictures.

A part of the text begins with a line `::: en`, `::: ru` or `::: code`; in code «English|Russian» is one.
"""

import base64
import io
import re
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode, v4, write
from PIL import Image

HERE = Path(__file__).parent
NAMES = {"en": "odfault_story.ipynb", "ru": "odfault_story_ru.ipynb"}


def build(language: str) -> NotebookNode:
    """Give the notebook in a language, not yet run."""
    cells = []
    text = (HERE / "story.txt").read_text("utf-8")
    for kind, part in re.findall(r"^::: (\w+)\n(.*?)(?=^::: |\Z)", text, re.MULTILINE | re.DOTALL):
        name = f"part{len(cells)}"
        if kind == "code":
            said = re.sub(r"«([^|»]*)\|([^»]*)»", lambda both: both[1 + (language == "ru")], part.strip())
            cells.append(v4.new_code_cell(said, id=name))
        elif kind == language:
            cells.append(v4.new_markdown_cell(part.strip(), id=name))
    return v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})


def run(notebook: NotebookNode) -> None:
    """Run a notebook from top to bottom; its pictures and words stay in it, the machine's own do not."""
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [part for part in cell.outputs if part.get("name") != "stderr"]
            for part in cell.outputs:
                if "image/png" in part.get("data", {}):
                    part.data = {"image/png": shrink(part.data["image/png"])}


def shrink(png: str) -> str:
    """Give a picture, in base64, with 40 greys and 88 colours of its own: it takes a third of the room."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    own = picture.quantize(88, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(n * 255 / 39) for n in range(40) for _ in "RGB"] + own[: 3 * 88])
    small = io.BytesIO()
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


if __name__ == "__main__":
    for language, name in NAMES.items():
        notebook = build(language)
        run(notebook)
        write(notebook, HERE / name)
