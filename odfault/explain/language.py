"""A reader's language: its words, and how it writes numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

Words = dict[str, str]
HERE = Path(__file__).parent / "words"
_NUMBER = re.compile(r"[+\-\u2212]?\d+\.\d+")


def read_words(language: str) -> Words:
    """Read the words of a language."""
    words: Words = json.loads((HERE / f"{language}.json").read_text("utf-8"))
    return words


def fill(words: Words, key: str, **values: Any) -> str:
    """Fill values into a sentence; those that are written numbers get the language's decimal mark.

    >>> fill({"decimal_mark": ",", "half": "{p} of {name}"}, "half", p="0.52", name="a.sgy")
    '0,52 of a.sgy'
    """
    return words[key].format(**{name: mark_decimals(value, words) for name, value in values.items()})


def mark_decimals(value: Any, words: Words) -> Any:
    """Give a written number the language's decimal mark; leave anything else as it is."""
    written = isinstance(value, str) and _NUMBER.fullmatch(value)
    return value.replace(".", words["decimal_mark"]) if written else value
