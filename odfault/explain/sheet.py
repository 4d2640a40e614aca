"""One HTML page that holds all it needs: headings, words, pictures and tables."""

from __future__ import annotations

import base64
import dataclasses
import html
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
MARK = '<meta name="generator" content="odfault explain">'
"""By which a report of ours is known again."""


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture: its PNG file, what it shows in words, and whether it is too wide for a phone."""

    png: bytes
    shows: str
    wide: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A table that opens at a click: its title, its heads and its rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of the report."""

    heading: str
    paragraphs: Sequence[str]
    pictures: Sequence[Picture] = ()
    after: Sequence[str] = ()
    table: Table | None = None


def lay_out(title: str, lead: str, parts: Sequence[Part], *, foot: str, language: str) -> str:
    """Lay parts out as an HTML page without scripts, fonts or anything else from elsewhere."""
    style = (HERE / "sheet.css").read_text("utf-8")
    links = "\n".join(
        f'<li><a href="#part{n}">{html.escape(part.heading)}</a></li>' for n, part in enumerate(parts, 1)
    )
    body = "\n".join(_part(n, part) for n, part in enumerate(parts, 1))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
{MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>{html.escape(title)}</h1>
<p>{html.escape(lead)}</p></header>
<nav><ol>
{links}
</ol></nav>
<main>
{body}
</main>
<footer class="small"><p>{html.escape(foot)}</p></footer>
</body>
</html>
"""


def _part(number: int, part: Part) -> str:
    before = "\n".join(f"<p>{html.escape(text)}</p>" for text in part.paragraphs)
    after = "\n".join(f"<p>{html.escape(text)}</p>" for text in part.after)
    pictures = "\n".join(map(_picture, part.pictures))
    table = _table(part.table) if part.table else ""
    heading = f"<h2>{number}. {html.escape(part.heading)}</h2>"
    return f'<section id="part{number}">\n{heading}\n{before}\n{pictures}\n{after}\n{table}</section>'


def _picture(picture: Picture) -> str:
    data = base64.b64encode(picture.png).decode("ascii")
    shows = html.escape(picture.shows)
    kind = 'class="paper wide" tabindex="0"' if picture.wide else 'class="paper"'
    return f'<figure><div {kind}><img alt="{shows}" src="data:image/png;base64,{data}"></div></figure>'


def _table(table: Table) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in table.heads)
    rows = "\n".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    whole = f"<table><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>"
    title = html.escape(table.title)
    return f'<details><summary>{title}</summary>\n<div class="rows">{whole}</div></details>'
