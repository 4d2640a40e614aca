"""What a real survey is like: measured on pieces of it, kept as numbers."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault_synthetic import alive, estimators
from odfault_synthetic.estimators import Curve, Piece

Places = list[tuple[slice, slice]]
SAMPLES = 12_000_000
"""Samples of a survey that are looked at, about."""
MOST = 24
"""Boxes of a large survey that are looked at."""
WIDE, THICK = 96, 8
"""Their traces along, and across; a box of a section has four times as many along."""


@dataclasses.dataclass(frozen=True)
class Likeness:
    """Measured statistics of a survey, or of cubes drawn to be like it.

    shape : inlines, crosslines, samples of the whole survey
    live : depth of the first and behind the last sample that is not muted
    interval_s : sample interval in seconds
    edges : (windows + 1,) depths, in samples, of the windows that "by depth" means
    gain : (samples,) mean absolute amplitude by depth, in the survey's unit
    quantiles : amplitudes over gain, at ``estimators.PARTS``
    spectra : (windows, frequencies) amplitude, each summing to 1, from 0 to half a cycle per sample
    dips : (2, windows, PARTS) degrees whose tangent is samples per trace, along inlines and crosslines
    dip_length : traces over which dips stay alike
    coherence : (windows, LAGS) correlation of traces along the dip
    footprint : strength and period of stripes along inlines and crosslines
    spacing : mean distance of zero crossings in samples
    step : distance of the amplitudes of a survey of few, evenly spaced ones, such as integers; else 0

    All is measured without the offset of the traces, so that no gain or spectrum is that of a constant.
    """

    shape: tuple[int, int, int]
    live: tuple[int, int]
    interval_s: float
    edges: tuple[int, ...]
    gain: Curve
    quantiles: Curve
    spectra: Curve
    dips: Curve
    dip_length: float
    coherence: Curve
    footprint: tuple[tuple[float, float], tuple[float, float]]
    spacing: float
    step: float = 0.0

    @property
    def signal_to_noise_db(self) -> Curve:
        """By depth window, from the coherence of neighbouring traces along the dip."""
        return estimators.decibels(self.coherence[:, 0])

    @property
    def resolution(self) -> Curve:
        """Lateral resolution in traces, by depth window."""
        return estimators.resolution(self.coherence)

    def table(self) -> dict[str, Any]:
        """Give it as plain numbers for JSON."""
        plain = dataclasses.asdict(self)
        return {
            key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in plain.items()
        }


def measure_survey(path: Path, told: Callable[[str], None] = lambda said: None) -> Likeness:
    """Measure a SEG-Y survey on some 12 million samples of it, so that a large one costs no more.

    told : told when it begins, which is when the survey can be read and is large enough

    Raises
    ------
    OdfaultError
        If it is too small, or has too few live traces, to be measured.
    """
    with SegySurvey.open(path) as survey:
        lines, traces, n_samples = survey.shape
        _check_size(survey.shape, str(path))
        told("measuring")
        boxes = choose_boxes((lines, traces), n_samples, survey.index >= 0)
        volumes = _read(survey, boxes)
        if traces == 1:  # a crossline by itself is a section like any other
            volumes, lines, traces = [volume.swapaxes(0, 1) for volume in volumes], 1, lines
        shape = (lines, traces, n_samples)
        return measure_volumes(volumes, shape, interval_s=survey.interval_s, name=str(path))


def _read(survey: SegySurvey, boxes: Places) -> list[NDArray[np.float32]]:
    """Read boxes in their order, without those that are all but dead, until there is enough of them."""
    found, left = [], SAMPLES
    for box in boxes:
        volume = survey.read(*box)
        lives = (volume != volume[:, :, :1]).any(axis=2)
        if lives.mean() > 0.1:
            found.append(volume)
            left -= int(lives.sum()) * volume.shape[2]
        if left < volume.size // 2:
            break
    return found


def choose_boxes(
    lines: tuple[int, int], n_samples: int = 1, known: NDArray[np.bool_] | None = None
) -> Places:
    """Choose boxes of traces, the same ones each time: all of a small survey, strips of a large one.

    Strips along either axis in turn, spread over the map; the first few are spread as well as all are,
    and there are more than enough, so that who reads them may leave out dead ones.

    lines     : inlines, crosslines
    n_samples : samples of a trace
    known     : (inlines, crosslines), where there are traces; everywhere if left out
    """
    known = np.ones(lines, bool) if known is None else known
    wide = WIDE if min(lines) > 1 else 4 * WIDE
    if int(known.sum()) * n_samples <= SAMPLES:
        cuts = [np.linspace(0, n, max(1, n // wide) + 1).round().astype(int).tolist() for n in lines]
        rows, columns = ([slice(*pair) for pair in itertools.pairwise(cut)] for cut in cuts)
        return [box for box in itertools.product(rows, columns) if known[box].any()]
    thick = int(np.clip(SAMPLES / (4 * wide * n_samples), 1, THICK))
    sides = [(min(thick, lines[0]), min(wide, lines[1])), (min(wide, lines[0]), min(thick, lines[1]))]
    if min(lines) < 32:  # a swath is measured along it only
        sides = sides[:1] if lines[0] < lines[1] else sides[1:]
    ways = [_strips(known, side) for side in sides]
    return [box for group in itertools.zip_longest(*ways) for box in group if box is not None]


def _strips(known: NDArray[np.bool_], sides: tuple[int, int]) -> Places:
    """Choose full strips, in an order of which every beginning is spread over the map."""
    starts = [
        np.unique(np.linspace(0, n - side, 64).round().astype(int))
        for n, side in zip(known.shape, sides, strict=True)
    ]
    total = np.pad(known.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    x, y = np.meshgrid(*starts, indexing="ij")
    far = total[x + sides[0], y + sides[1]] + total[x, y]
    share = (far - total[x + sides[0], y] - total[x, y + sides[1]]) / (sides[0] * sides[1])
    # along a curve that fills the map (Morton, 1966), in steps of the golden section
    places = sorted(
        np.argwhere(share >= 0.98 * share.max()).tolist(),
        key=lambda place: 2 * int(f"{place[0]:b}", 4) + int(f"{place[1]:b}", 4),
    )
    turns = (np.arange(4 * MOST) * 0.6180339887) % 1
    some = [places[n] for n in dict.fromkeys((turns * len(places)).astype(int).tolist())]
    corners = [(int(starts[0][i]), int(starts[1][j])) for i, j in some]
    return [(slice(i, i + sides[0]), slice(j, j + sides[1])) for i, j in corners]


def _check_size(shape: tuple[int, int, int], name: str) -> None:
    if shape[2] < 32 or max(shape[:2]) < 32:
        raise OdfaultError(
            f"{name} is too small to be measured: {shape[0]} x {shape[1]} traces of {shape[2]} samples",
            "give a survey of at least 32 traces and 32 samples",
        )


def measure_volumes(
    volumes: Sequence[NDArray[np.float32]], shape: tuple[int, int, int], *, interval_s: float, name: str
) -> Likeness:
    """Measure boxes (inlines, crosslines, samples) of a survey, all of its depth.

    What is no data is left out: mutes, dead and bursting traces, padding, NaN; and the traces' offset.

    Raises
    ------
    OdfaultError
        If there is too little data in them.
    """
    _check_size(shape, name)
    masks, offsets = alive.find_traces(volumes)
    live = alive.live_depth(masks)
    if live[1] - live[0] < 32:
        raise OdfaultError(
            f"{name} has no 32 live samples in a row that most of its traces share",
            "give a survey whose traces are neither constant nor muted",
        )
    cut = zip(volumes, masks, offsets, strict=True)
    pieces = [piece for volume, mask, offset in cut for piece in alive.cut_live(volume, mask, offset, live)]
    if sum(piece.values.size for piece in pieces) < 32 * 32:
        raise OdfaultError(
            f"{name} has too few live traces to be measured", "give one of at least 32 in a row"
        )
    many = int(np.clip((live[1] - live[0]) // 96, 1, 4))
    edges = tuple(int(edge) for edge in np.linspace(live[0], live[1], many + 1).round())
    found = measure_pieces(pieces, edges, shape=shape, live=live, interval_s=interval_s)
    return dataclasses.replace(found, step=alive.quantum(volumes, masks))


def measure_pieces(
    pieces: Sequence[Piece],
    edges: tuple[int, ...],
    *,
    shape: tuple[int, int, int],
    live: tuple[int, int],
    interval_s: float,
) -> Likeness:
    """Measure pieces, real or drawn, with windows between depths ``edges``."""
    gain = estimators.gain_by_depth(pieces, shape[2], depth=live[1] - live[0])
    flat = estimators.flatten(pieces, gain)
    length = segment_length(edges)
    texture = estimators.texture([_swath(piece) for piece in flat], edges)
    return Likeness(
        shape=shape,
        live=live,
        interval_s=interval_s,
        edges=edges,
        gain=gain,
        quantiles=estimators.quantiles(flat),
        spectra=estimators.spectra(flat, edges, length),
        dips=texture.dips,
        dip_length=texture.dip_length,
        coherence=texture.coherence,
        footprint=estimators.footprint(flat),
        spacing=estimators.crossing_spacing(flat),
    )


def _swath(piece: Piece) -> Piece:
    """Take of a piece long and narrow so few lines that they are compared along it only, not across."""
    near, far = sorted(piece.values.shape[:2])
    if near >= 32 or far < 2 * near:
        return piece
    across = piece.values.shape.index(near)
    return Piece(piece.values[:15:3] if across == 0 else piece.values[:, :15:3], piece.top)


def segment_length(edges: Sequence[int]) -> int:
    """Choose the samples of a spectrum's segments: 128, or the power of two that fits a shallow survey."""
    return int(min(128, 2 ** int(np.log2(edges[1] - edges[0]))))
