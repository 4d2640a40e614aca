"""A survey measured, cubes drawn like it, and a report that sets them side by side."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault_synthetic.cube import Cube
from odfault_synthetic.disk import write_new
from odfault_synthetic.estimators import PARTS
from odfault_synthetic.finish import unit_of
from odfault_synthetic.fitting import compare, draw_like, find_dips, how_many, measure_drawn
from odfault_synthetic.like import fit_recipe, fit_shape, top_of
from odfault_synthetic.likeness import Likeness, choose_boxes, measure_survey
from odfault_synthetic.recipe import Recipe, read_recipe
from odfault_synthetic.sheet import paint
from odfault_synthetic.store import read_recipe_of, write_cubes
from odfault_synthetic.stream import draw_ahead

Volume = NDArray[np.float32]
BOUNDS = {
    "spectrum_l1": 0.10, "amplitude_ks": 0.05, "dip_emd_degrees": 2.0, "signal_to_noise_db": 1.0,
}  # fmt: skip
"""How near drawn cubes are to be."""


def like(
    survey: Path,
    out: Path,
    *,
    count: int = 16,
    first: int = 0,
    report: Path | None = None,
    recipe: str | Path = "everything",
    seed: int | None = None,
    shape: tuple[int, int, int] | None = None,
    progress: Callable[[str], None] = lambda said: None,
) -> dict[str, Any]:
    """Measure a survey, draw cubes like it into a file, and report how like it they are.

    Parameters
    ----------
    survey : Path
        A SEG-Y line or volume.
    out : Path
        The HDF5 file, as ``store.write_cubes`` writes it; what was measured and found is kept in it.
    count, first : int
        How many cubes, and the number of the first.
    report : Path, optional
        Folder for ``report.json`` and ``report.png``.
    recipe : str or Path
        What faults and bodies to draw; noise, wavelets, folds and amplitudes are the survey's.
    seed : int, optional
        In place of the recipe's.
    shape : tuple of int, optional
        Inlines, crosslines, samples of a cube.
    progress : callable
        Told in words what goes on.

    Returns
    -------
    dict
        The report's numbers, see ``fitting.compare``, and whether they are within ``BOUNDS``.

    Raises
    ------
    OdfaultError
        If the survey cannot be measured or the file not be written.
    """
    plan = read_recipe(recipe)
    plan = dataclasses.replace(plan, seed=plan.seed if seed is None else seed, shape=shape or plan.shape)
    if out.exists():
        read_recipe_of(out)  # or another's file is refused in the end
    real = measure_survey(survey, progress)
    plan = fit_recipe(plan, real, fit_shape(real, shape))
    dips = find_dips(plan, real, progress=progress)
    progress("drawing")
    draw = functools.partial(draw_like, plan, real, dips)
    shown = dict(draw_ahead(draw, range(first, first + how_many(plan))))
    kept = {"survey": survey.name, "unit": unit_of(real), "measured": real.table(), "dips": dips.tolist()}
    numbers = range(first, first + count)
    write_cubes(
        out, plan, numbers, draw=lambda number: shown.get(number) or draw(number), words={"like": kept}
    )
    progress("comparing")
    cubes, tops = list(shown.values()), [top_of(plan, real, number) for number in shown]
    drawn = measure_drawn(cubes, tops, real)
    found = compare(real, drawn)
    told = {**found, "within_bounds": {name: found[name] <= bound for name, bound in BOUNDS.items()}}
    if report:
        _write(report, told, (real, drawn), _real_sections(survey, plan, tops, unit_of(real)), cubes)
    return told


def _real_sections(path: Path, recipe: Recipe, tops: Sequence[int], unit: float) -> list[Volume]:
    """Sections of the survey as large as the drawn ones, as deep and in their unit, (traces, samples)."""
    with SegySurvey.open(path) as survey:
        boxes = choose_boxes(survey.shape[:2], known=survey.index >= 0)
        found = []
        for n, top in enumerate(tops[:3]):
            box = np.asarray(survey.read(*boxes[(n * len(boxes)) // 3]), np.float32)
            section = box[box.shape[0] // 2] if box.shape[1] > 1 else box[:, 0]
            start = (max(0, len(section) - recipe.shape[1]) * n) // 2
            found.append(section[start : start + recipe.shape[1], top : top + recipe.shape[2]] / unit)
        return found


def _write(
    folder: Path,
    told: dict[str, Any],
    pair: tuple[Likeness, Likeness],
    sections: Sequence[Volume],
    cubes: Sequence[Cube],
) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        table = {"bounds": BOUNDS, **told, "real": pair[0].table(), "drawn": pair[1].table()}
        write_new(folder / "report.json", json.dumps(table, indent=1).encode())
        write_new(folder / "report.png", draw_report(told, pair, sections, cubes))
    except OSError as error:
        raise OdfaultError(
            f"cannot write the report in {folder} ({error.strerror})", "give another folder"
        ) from error


def draw_report(
    told: dict[str, Any],
    pair: tuple[Likeness, Likeness],
    sections: Sequence[Volume],
    cubes: Sequence[Cube],
) -> bytes:
    """Draw real beside drawn sections, and their statistics one over the other, as a PNG picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 13), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(4, 3)
    for column, (section, cube) in enumerate(zip(sections, cubes, strict=False)):
        drawn = cube.seismic[cube.seismic.shape[0] // 2]
        limit = float(np.quantile(np.abs(section), 0.98)) or 1.0
        for row, (values, title) in enumerate(((section, "real"), (drawn, "drawn like it"))):
            axes[row][column].imshow(values.T, cmap="gray", vmin=-limit, vmax=limit, aspect="auto")
            axes[row][column].set_title(f"{title} {column + 1}", loc="left", fontsize=10)
        axes[2][column].imshow(drawn.T, cmap="gray", vmin=-limit, vmax=limit, aspect="auto")
        axes[2][column].imshow(paint(cube.labels[cube.labels.shape[0] // 2].T), aspect="auto")
        axes[2][column].set_title("its faults (red), too small to be sure of (blue)", loc="left", fontsize=10)
    _draw_curves(axes[3], *pair)
    words = ", ".join(
        f"{name.replace('_', ' ')} {told[name]:.3g} (bound {bound:g})" for name, bound in BOUNDS.items()
    )
    figure.suptitle(words, fontsize=11)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=80)
    return picture.getvalue()


def _draw_curves(axes: Any, real: Likeness, drawn: Likeness) -> None:
    frequency = np.linspace(0, 0.5, real.spectra.shape[1])
    for n, (one, two) in enumerate(zip(real.spectra, drawn.spectra, strict=True)):
        axes[0].plot(frequency, one, color=f"C{n}", label=f"samples {real.edges[n]} to {real.edges[n + 1]}")
        axes[0].plot(frequency, two, color=f"C{n}", linestyle="--")
    axes[0].set(title="spectrum by depth (dashed: drawn)", xlabel="cycles per sample")
    axes[0].legend(fontsize=7)
    for side, style in ((real, "-"), (drawn, "--")):
        axes[1].plot(side.quantiles, PARTS, "k" + style)
        axes[2].plot(side.dips[1].mean(axis=0), PARTS, "C0" + style, label="crosslines")
        axes[2].plot(side.dips[0].mean(axis=0), PARTS, "C1" + style, label="inlines")
    noise = [" ".join(f"{n:.1f}" for n in side.signal_to_noise_db) for side in (real, drawn)]
    limit = 1.2 * float(np.interp(0.995, PARTS, np.abs(real.quantiles)))
    axes[1].set(title="amplitude over its mean size: share below", xlim=(-limit, limit))
    title = f"dip in degrees: share below\nS/N by depth in dB: {noise[0]}, drawn {noise[1]}"
    axes[2].set_title(title, fontsize=9)
    for axis in axes:
        axis.grid(alpha=0.3)
