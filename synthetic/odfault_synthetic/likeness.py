"""What a real survey is like: measured on pieces of it, kept as numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odfault.errors import OdfaultError
from odfault.segy.survey import SegySurvey
from odfault_synthetic import estimators
from odfault_synthetic.estimators import Curve, Piece

MOST = 24
"""Pieces of a survey that are looked at."""
WIDE = 96
"""Their width in traces; of a section four times as much."""


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


def measure_survey(path: Path) -> Likeness:
    """Measure a SEG-Y survey on up to 24 boxes of it, so that a large one costs no more than a small one.

    Raises
    ------
    OdfaultError
        If it is too small, or has too few live traces, to be measured.
    """
    with SegySurvey.open(path) as survey:
        lines, traces, n_samples = survey.shape
        boxes = choose_boxes((lines, traces))
        volumes = [np.asarray(survey.read(*box), np.float32) for box in boxes]
        if traces == 1:  # a crossline by itself is a section like any other
            volumes, lines, traces = [volume.swapaxes(0, 1) for volume in volumes], 1, lines
        shape = (lines, traces, n_samples)
        return measure_volumes(volumes, shape, interval_s=survey.interval_s, name=str(path))


def choose_boxes(lines: tuple[int, int]) -> list[tuple[slice, slice]]:
    """Spread boxes evenly over the map, the same ones each time."""
    wide = [min(n, WIDE if min(lines) > 1 else 4 * WIDE) for n in lines]
    counts = [max(1, min(n // w, 5 if min(lines) > 1 else MOST)) for n, w in zip(lines, wide, strict=True)]
    starts = [
        np.unique(np.linspace(0, n - w, c).round().astype(int))
        for n, w, c in zip(lines, wide, counts, strict=True)
    ]
    boxes = [(slice(x, x + wide[0]), slice(y, y + wide[1])) for x in starts[0] for y in starts[1]]
    return boxes[:: max(1, -(-len(boxes) // MOST))]


def measure_volumes(
    volumes: Sequence[NDArray[np.float32]], shape: tuple[int, int, int], *, interval_s: float, name: str
) -> Likeness:
    """Measure boxes (inlines, crosslines, samples) of a survey, all of its depth."""
    if shape[2] < 32 or max(shape[:2]) < 32:
        raise OdfaultError(
            f"{name} is too small to be measured: {shape[0]} x {shape[1]} traces of {shape[2]} samples",
            "give a survey of at least 32 traces and 32 samples",
        )
    live = find_live(volumes)
    if live[1] - live[0] < 32:
        raise OdfaultError(
            f"{name} has no live samples to be measured", "give a survey with amplitudes in it"
        )
    pieces = [piece for volume in volumes for piece in cut_dead(volume, live)]
    if sum(piece.values.size for piece in pieces) < 32 * 32:
        raise OdfaultError(
            f"{name} has too few live traces to be measured", "give one of at least 32 in a row"
        )
    many = int(np.clip((live[1] - live[0]) // 96, 1, 4))
    edges = tuple(int(edge) for edge in np.linspace(live[0], live[1], many + 1).round())
    return measure_pieces(pieces, edges, shape=shape, live=live, interval_s=interval_s)


def measure_pieces(
    pieces: Sequence[Piece],
    edges: tuple[int, ...],
    *,
    shape: tuple[int, int, int],
    live: tuple[int, int],
    interval_s: float,
) -> Likeness:
    """Measure pieces, real or drawn, with windows between depths ``edges``."""
    gain = estimators.gain_by_depth(pieces, shape[2])
    flat = [
        Piece(
            piece.values / gain[piece.top : piece.top + piece.values.shape[2]].astype(np.float32), piece.top
        )
        for piece in pieces
    ]
    length = segment_length(edges)
    texture = estimators.texture(flat, edges)
    return Likeness(
        shape=shape,
        live=live,
        interval_s=interval_s,
        edges=edges,
        gain=gain,
        quantiles=estimators.quantiles(pieces, gain),
        spectra=estimators.spectra(flat, edges, length),
        dips=texture.dips,
        dip_length=texture.dip_length,
        coherence=texture.coherence,
        footprint=estimators.footprint(flat),
        spacing=estimators.crossing_spacing(flat),
    )


def segment_length(edges: Sequence[int]) -> int:
    """Choose the samples of a spectrum's segments: 128, or the power of two that fits a shallow survey."""
    return int(min(128, 2 ** int(np.log2(edges[-1] - edges[0]))))


def find_live(volumes: Sequence[NDArray[np.float32]]) -> tuple[int, int]:
    """Depth of the first sample that three traces in four know, and behind the last that half of them do."""
    known = np.concatenate([(volume != 0).reshape(-1, volume.shape[2]) for volume in volumes])
    known = known[known.any(axis=1)]
    if not len(known):
        return 0, 0
    first, last = known.argmax(axis=1), known.shape[1] - known[:, ::-1].argmax(axis=1)
    return int(np.quantile(first, 0.75)), int(np.quantile(last, 0.5))


def cut_dead(volume: NDArray[np.float32], live: tuple[int, int]) -> list[Piece]:
    """Cut a box to its live depth; mend its few dead traces from neighbours, or leave dead boxes out."""
    part = np.array(volume[:, :, live[0] : live[1]], np.float32)
    part[~np.isfinite(part)] = 0
    quiet = np.ptp(part, axis=2) == 0
    if quiet.mean() > 0.5:
        lines = ~quiet.all(axis=1)
        columns = ~quiet[lines].any(axis=0) if lines.any() else np.zeros(part.shape[1], bool)
        part, quiet = part[lines][:, columns], np.zeros((int(lines.sum()), int(columns.sum())), bool)
    if max(part.shape[:2], default=0) < 16:
        return []
    for line, dead in zip(part, quiet, strict=True):
        if dead.any() and not dead.all():
            alive = np.flatnonzero(~dead)
            line[dead] = line[alive[np.abs(np.flatnonzero(dead)[:, None] - alive).argmin(axis=1)]]
    return [Piece(np.asarray(np.ascontiguousarray(part), np.float32), live[0])]
