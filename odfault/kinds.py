"""Which kind of survey a name stands for, a SEG-Y file or a chunked store, and the doors of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from odfault.chunked import map as store_map
from odfault.chunked.laying import lay_down_store
from odfault.chunked.library import is_store, names_store
from odfault.chunked.reading import StoreSurvey
from odfault.chunked.template import Template
from odfault.chunked.writing import StoreWriter, check_store, finish_store
from odfault.errors import OdfaultError
from odfault.ground import Map, choose_places, lay_map
from odfault.outputs import check_output
from odfault.region import Region
from odfault.segy import map as segy_map
from odfault.segy.output import SegyWriter, lay_down
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey, open_with
from odfault.survey import Survey


class Writer(Protocol):
    """Takes boxes of whole traces, by positions in the survey."""

    def write(self, inlines: slice, crosslines: slice, values: NDArray[np.float32]) -> None:
        """Write a box."""
        ...

    def flush(self) -> None:
        """Make sure that all written so far outlives a crash of the machine."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...


def open_survey(path: str | Path, words: Mapping[str, Any]) -> SegySurvey | StoreSurvey:
    """Open a survey; of a SEG-Y file, by those of a job's words that tell of its headers.

    Raises
    ------
    OdfaultError
        It cannot be read.
    """
    return StoreSurvey(path) if is_store(path) else open_with(path, words)


def template_of(survey: Survey) -> Template | None:
    """Tell what SEG-Y headers a survey has; nothing where it has none."""
    return survey.template if isinstance(survey, StoreSurvey) else Template.of(_segy(survey))


def unit_of(survey: Survey) -> str:
    """Tell the unit of a store's times or depths; of SEG-Y, which tells none, ``ms``."""
    unit = survey.depth_unit if isinstance(survey, StoreSurvey) else "ms"
    return "m" if unit in ("metre", "metres", "meter", "meters") else unit


def read_map(survey: Survey) -> tuple[Map, list[str]]:
    """Read where a survey stands; what is missing or odd is told, a plain sentence each.

    Raises
    ------
    OdfaultError
        It cannot be read.
    """
    held = choose_places(survey)
    if isinstance(survey, StoreSurvey):
        found, missing = store_map.read_points(survey, held)
        unit_m = store_map.read_unit(survey)
    else:
        own = _segy(survey)
        found, missing = segy_map.read_coordinates(own, survey.index[tuple(held.T)])
        unit_m = segy_map.read_unit(own)
    ground, odd = lay_map(survey, held, found, unit_m=unit_m)
    return ground, [*missing, *odd]


def check_target(
    survey: Survey, out: Path, companions: tuple[str, ...] = (), *, headers: bool | None = None
) -> None:
    """Refuse an output that would harm the input, or that cannot be written from what the input holds.

    Raises
    ------
    OdfaultError
        See `check_output` and `check_store`; or SEG-Y is asked for, and there are no headers for it.
    """
    if names_store(out):
        check_store(survey.path, out)
    else:
        check_output(survey.path, out)
        if survey.path.resolve() in out.resolve().parents:
            raise OdfaultError(f"{out} is in the input itself", "choose another folder")
        if out.exists() and not out.is_file():
            raise OdfaultError(f"{out} is not an ordinary file", "name a file, or - for standard output")
        if not (survey.layout is not None if headers is None else headers):
            raise OdfaultError(
                f"{survey.path} holds no SEG-Y headers",
                "write a store, such as faults.zarr, and odfault convert it with --headers FILE.sgy",
            )
    for tail in companions:
        beside = out.with_name(out.name + tail)
        if not (names_store(beside) and beside.is_dir()):
            check_output(survey.path, beside)


def lay_down_answers(
    region: Region, part: Path, history: str, *, name: str, depth: bool, bare: bool = False
) -> list[str]:
    """Create the file or store that answers will be written into, with the input's headers where it has any.

    Parameters
    ----------
    region : Region
        The part of the survey that it holds.
    part : Path
        What to create.
    history : str
        A note for a free line of the text header.
    name : str
        Of what a store will hold.
    depth : bool
        Samples are depths in metres.
    bare : bool
        Of SEG-Y to SEG-Y: leave out the headers of traces too, see `lay_down`.

    Returns
    -------
    list of str
        What was changed beside the samples, or could not be, a plain sentence each.
    """
    survey, keep = region.survey, region.traces()
    if isinstance(survey, SegySurvey) and not names_store(part):
        return lay_down(survey, part, history, keep=keep, bare=bare)
    lines = region.lines(*region.wanted[:2])
    template, remarks = template_of(survey), list[str]()
    if template is not None:
        template, remarks = template.cut(*lines, keep).for_answers(history)
    if not names_store(part):
        assert template is not None
        template.lay_down(part)
        return remarks
    lay_down_store(survey, part, rows=lines[0], columns=lines[1], name=name, template=template, depth=depth)
    return remarks


def open_writer(region: Region, part: Path, name: str) -> Writer:
    """Open what `lay_down_answers` created, to be filled."""
    if not names_store(part):
        source = template_of(region.survey)
        assert source is not None
        survey = region.survey if isinstance(region.survey, SegySurvey) else source
        return SegyWriter(survey, part, keep=region.traces())
    rows, columns = region.lines(*region.wanted[:2])
    return StoreWriter(region.survey, part, rows=rows, columns=columns, name=name)


def finish(part: Path, out: Path, *, name: str, title: str, story: dict[str, Any]) -> None:
    """Give what is written its name; what stood there is gone."""
    if names_store(out):
        return finish_store(part, out, name=name, title=title, story=story)
    try:
        part.replace(out)
    except OSError as error:
        raise disk_error(out, error) from error
    return None


def _segy(survey: Survey) -> SegySurvey:
    assert isinstance(survey, SegySurvey)
    return survey
