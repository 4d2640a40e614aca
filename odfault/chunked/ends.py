"""The two ends of a conversion: what is read block by block, and what is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from odfault.chunked.exact import (
    Box,
    copy_rest,
    keep_rest,
    make_words,
    read_block,
    restore_rest,
    words_of,
    write_block,
)
from odfault.chunked.laying import lay_down_store
from odfault.chunked.library import open_root
from odfault.chunked.reading import StoreSurvey
from odfault.chunked.samples import IBM, store_dtype
from odfault.chunked.template import GROUP, Template
from odfault.chunked.writing import StoreWriter
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey

Block = tuple[NDArray[Any], NDArray[np.uint32] | None]
"""Values of whole traces in the store's type, and words that float32 would not give back."""


class Source(Protocol):
    """What is read: a survey, the name and type of its samples, its SEG-Y headers if it has any."""

    survey: SegySurvey | StoreSurvey
    name: str
    kind: np.dtype[Any]
    template: Template | None

    def read(self, box: Box) -> Block:
        """Read a box of whole traces."""
        ...

    def keep_rest(self, root: Any, odd_words: int) -> None:
        """Keep in a store what makes the SEG-Y file come back whole."""
        ...


class Target(Protocol):
    """What is written, under a name of its own until it is finished."""

    def begin(self) -> None:
        """Lay it down."""
        ...

    def write(self, box: Box, block: Block) -> None:
        """Write a box of whole traces, and make sure that it outlives a crash of the machine."""
        ...

    def complete(self, odd_words: int) -> None:
        """Write what is no block."""
        ...


class FromSegy:
    """Reads a SEG-Y file as its samples are coded."""

    def __init__(self, survey: SegySurvey) -> None:
        self.survey: SegySurvey | StoreSurvey = survey
        self.own = Template.of(survey)
        self.template: Template | None = self.own
        self.name, self.kind = "amplitude", store_dtype(survey.layout)

    def read(self, box: Box) -> Block:
        """Read a box of whole traces."""
        return read_block(self.own, box)

    def keep_rest(self, root: Any, odd_words: int) -> None:
        """Keep traces without a place, the tail, and how many words are odd."""
        keep_rest(root, self.own, odd_words)


class FromStore:
    """Reads a store as its samples are coded."""

    def __init__(self, survey: StoreSurvey, template: Template | None) -> None:
        self.survey: SegySurvey | StoreSurvey = survey
        self.template = template
        self._store = survey
        array = survey.volume.array
        self.name, self.kind = str(array.basename), np.dtype(array.dtype)
        own = template is not None and template is survey.template
        self._words = words_of(survey.root) if own else None

    def read(self, box: Box) -> Block:
        """Read a box of whole traces."""
        depths = slice(0, self.survey.shape[2])
        return self._store.read_native(*box), self._words.read((*box, depths)) if self._words else None

    def keep_rest(self, root: Any, odd_words: int) -> None:
        """Keep the same as this store does."""
        copy_rest(self._store.root, root)


class ToStore:
    """Writes a store."""

    def __init__(self, source: Source, part: Path, *, depth: bool) -> None:
        self._source, self._part, self._depth = source, part, depth
        shape = source.survey.shape
        self._whole = {"rows": slice(0, shape[0]), "columns": slice(0, shape[1])}

    def begin(self) -> None:
        """Lay down coordinates, headers, and no sample."""
        source = self._source
        lay_down_store(
            source.survey, self._part, **self._whole, name=source.name, dtype=source.kind,
            template=source.template, depth=self._depth,
        )  # fmt: skip
        if source.template is not None and source.template.layout.sample_format == IBM:
            make_words(open_root(self._part, "r+"), source.survey.shape)

    def write(self, box: Box, block: Block) -> None:
        """Write a box, which is the footprint of a shard."""
        values, words = block
        name = self._source.name
        with StoreWriter(self._source.survey, self._part, **self._whole, name=name) as writer:
            writer.write(*box, values)
        if words is not None:
            try:
                open_root(self._part, "r+")[GROUP]["words"][(*box, slice(None))] = words
            except OSError as error:
                raise disk_error(self._part, error) from error

    def complete(self, odd_words: int) -> None:
        """Keep what makes the SEG-Y file come back whole."""
        if self._source.template is not None:
            self._source.keep_rest(open_root(self._part, "r+"), odd_words)


class ToSegy:
    """Writes a SEG-Y file, exactly the one that the store was made from or with another's headers."""

    def __init__(self, store: StoreSurvey, template: Template, part: Path) -> None:
        self._store, self._template, self._part = store, template, part

    def begin(self) -> None:
        """Lay down all headers, and samples of zero."""
        self._template.lay_down(self._part)

    def write(self, box: Box, block: Block) -> None:
        """Write a box's traces wherever they stand in the file."""
        values, words = block
        live = self._store.index[box] >= 0
        try:
            write_block(self._template, self._part, box, np.where(live[..., None], values, 0), words)
            with self._part.open("r+b") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_error(self._part, error) from error

    def complete(self, odd_words: int) -> None:
        """Write traces without a place, and the tail, where the headers are the store's own."""
        if self._template is self._store.template:
            restore_rest(self._store.root, self._template, self._part, odd_words)
