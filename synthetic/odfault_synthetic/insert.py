"""Survey to survey: new faults, with exact labels, cut into the quiet parts of a SEG-Y file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from odfault import __version__
from odfault.errors import OdfaultError
from odfault.ours import check_replaced
from odfault.outputs import check_output
from odfault.segy.headers import FLOAT_FORMATS
from odfault.segy.output import SegyWriter, lay_down, part_layout
from odfault.segy.refusal import disk_error
from odfault.segy.survey import SegySurvey, open_traces
from odfault_synthetic.cutting import LEAST, cut_faults, insert_faults
from odfault_synthetic.excerpt import draw_inserted
from odfault_synthetic.parcel import Cutter, cut_tiles, trace_spacing, walls_of
from odfault_synthetic.recipe import Recipe, read_recipe

__all__ = ["Inserted", "cut_faults", "draw_inserted", "insert_faults", "into"]


@dataclasses.dataclass(frozen=True)
class Inserted:
    """What was cut in.

    out, labels : the two files
    faults  : number of faults
    throws  : largest throw of each place that got any, in samples
    quiet   : share of the survey's samples that were found quiet, and are labelled
    spacing : distance of inlines and of crosslines, in samples, as it was taken to be
    remarks : what was guessed, left out or odd, a plain sentence each
    """

    out: Path
    labels: Path
    faults: int
    throws: list[float]
    quiet: float
    spacing: tuple[float, float]
    remarks: list[str]


def into(
    survey: str | Path,
    out: str | Path,
    *,
    seed: int = 1,
    count: int | None = None,
    recipe: str | Path | Recipe = "everything",
    model: str | Path | None = None,
    spacing: tuple[float, float] | None = None,
    replace: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Inserted:
    """Cut new faults into the quiet parts of a survey.

    ``out`` has the survey's headers, traces, order and coordinates; its samples are the survey's wherever no
    new fault moved them. Beside it, ``OUT_faults.sgy`` says 0 no fault, 1 fault, 2 beside one, and 3 where
    nobody knows: throw too small to be seen, and everything that was not found quiet, where the survey may
    have faults of its own. To be trained on as it is, with 3 left out. Killed, it leaves only files that end
    in ``.part``.

    Parameters
    ----------
    survey : str or Path
        A SEG-Y file, a line or a volume.
    out : str or Path
        The file to write.
    seed : int
        The same seed gives the same bytes.
    count : int, optional
        Most faults to cut; as many as find room when left out.
    recipe : str or Path or Recipe
        Whose faults are drawn.
    model : str or Path, optional
        A network, such as ``fault3d``, asked too where there may be faults; without one, only coherence
        is asked.
    spacing : tuple of float, optional
        Distance of inlines and of crosslines in samples; by the coordinates in the headers, at 2500 m/s, when
        left out.
    replace : bool
        Take the place of files that odfault did not write, too.
    progress : callable
        Told how many traces of how many are done.

    Raises
    ------
    OdfaultError
        If the survey cannot be read or is too small, nothing in it is quiet, or the output cannot be written.
    """
    drawn = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    if seed < 0 or (count is not None and count < 1):
        raise OdfaultError(f"seed {seed}, {count} faults", "give whole numbers, a --count of at least 1")
    with SegySurvey.open(survey) as data:
        outs = _name_outputs(data, Path(out))
        for path in outs:
            check_replaced(path, replace=replace)
        most = None if count is None else (count, len(cut_tiles(data.shape)))
        cutter = Cutter(drawn, seed, spacing or trace_spacing(data), most, model)
        parts = [path.with_name(path.name + ".part") for path in outs]
        try:
            remarks = _fill(data, cutter, parts, progress)
            if not cutter.faults:
                raise OdfaultError(
                    f"no quiet place for a fault in {data.layout.path}",
                    "give a survey with coherent reflections and fewer faults, or another --seed",
                )
            for part, path in zip(parts[::-1], outs[::-1], strict=True):
                part.replace(path)
        except OSError as error:
            raise disk_error(outs[0], error) from error
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        share = cutter.known / math.prod(data.shape)
        return Inserted(*outs, cutter.faults, cutter.throws, share, cutter.spacing, remarks)


def _name_outputs(survey: SegySurvey, out: Path) -> tuple[Path, Path]:
    """Name both files; refuse what would harm the survey, and a survey that is too small."""
    labels = out.with_name(f"{out.stem}_faults{out.suffix}")
    for path in (out, labels):
        for name in (path, path.with_name(path.name + ".part")):
            check_output(survey.layout.path, name)
    if max(survey.shape[:2]) < LEAST[0] or survey.shape[2] < LEAST[1]:
        raise OdfaultError(
            f"{survey.layout.path} is too small for a fault to be cut in",
            f"give a survey with lines of at least {LEAST[0]} traces of {LEAST[1]} samples",
        )
    return out, labels


def _fill(
    survey: SegySurvey, cutter: Cutter, parts: list[Path], progress: Callable[[int, int], None]
) -> list[str]:
    """Write both unfinished files, tile by tile; what did not change is in a file of floats already."""
    told = f"odfault-synth {__version__}: FAULTS CUT IN, SEED {cutter.seed}; NOT AS RECORDED"
    words = "odfault-synth: 0 NONE 1 FAULT 2 BESIDE 3 UNRESOLVED OR UNCHECKED, LEAVE OUT"
    remarks = [*survey.remarks, *lay_down(survey, parts[0], told)]
    lay_down(survey, parts[1], words)
    _keep_strays(survey, parts[0])
    tiles, done = cut_tiles(survey.shape), 0
    order = np.random.default_rng([cutter.seed, len(tiles)]).permutation(len(tiles))
    with SegyWriter(survey, parts[0]) as seismic, SegyWriter(survey, parts[1]) as labels:
        for number in order.tolist():
            box = tiles[number]
            values, known, changed = cutter.cut(
                survey.read(box[0], box[1]), number, walls_of(box, survey.shape)
            )
            if changed or survey.layout.sample_format not in FLOAT_FORMATS:
                seismic.write(box[0], box[1], values)
            labels.write(box[0], box[1], known)
            done += math.prod(known.shape[:2])
            progress(done, math.prod(survey.shape[:2]))
    return remarks


def _keep_strays(survey: SegySurvey, part: Path) -> None:
    """Write traces without a place as they were."""
    if len(survey.strays):
        source, file = open_traces(survey.layout, "r"), open_traces(part_layout(survey, part), "r+")
        with source, file:
            for trace in survey.strays.tolist():
                file.trace[trace] = source.trace.raw[trace]
