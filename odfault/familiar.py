"""Whether a survey is such as the fault networks learned from, place by place: an autoencoder judges."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from odfault.card import SIDE, Scale
from odfault.inference import scale_traces
from odfault.resampling import resample
from odfault.undefined import clear

if TYPE_CHECKING:
    from odfault.engine import Engine
    from odfault.region import Region

Volume = NDArray[np.float32]
Read = Callable[[slice, slice, slice], Volume]
"""Reads a box of samples (inlines, crosslines, samples)."""
Meter = Callable[[Volume], Volume]
"""Scaled windows (windows, 64, 64) to their familiarity, from 0 to 1."""
Part = tuple[slice, slice, slice]
METER = "familiar2d"
COLUMNS, DEPTHS = 36, 12
"""Places that are looked at from above, and how many windows below one another at each."""
FEWEST = 16
"""Traces, and samples, below which nothing is said."""
LIVE = 0.5
"""Share of a window that is not dead, at least."""
UNLIKE, MANY = 0.4, 0.4
"""Familiarity below which a place is unlike; their share of a survey that is worth a remark. Of
nine field lines none has more than .28 of them; noisy, clipped or footprinted synthetics have .5 and more."""
STRIDE = SIDE // 2
"""Traces and samples, as the network sees them, from one window of a line to the next."""
BATCH = 128


@dataclasses.dataclass(frozen=True)
class Spots:
    """Windows of a survey, judged.

    places      : (windows, 3)    inline, crossline and sample of the middle of each
    familiarity : (windows,)      0 strange to 1 familiar
    """

    places: NDArray[np.int64]
    familiarity: Volume

    @property
    def share(self) -> float:
        """Share of the windows that are unlike what the networks learned from."""
        return float((self.familiarity < UNLIKE).mean()) if self.familiarity.size else 0.0


def find_unlike(region: Region, scale: Scale, name: str, *, engine: Engine) -> list[str]:
    """Look at a part of a survey, and say in a sentence where it is not as a network knows it."""
    from odfault.engine import open_meter

    spots = look(region.read, region.wanted, scale, open_meter(METER, engine=engine))
    return warn(spots, name, region.name)


def look(read: Read, part: Part, scale: Scale, meter: Meter) -> Spots:
    """Judge windows spread evenly over a part of a survey, as a network sees it at a scale.

    Parameters
    ----------
    read : callable
        Gives the samples of a box.
    part : tuple of slice
        Inlines, crosslines and samples of the survey to look at.
    scale : tuple of float
        Lateral and vertical: samples that the network sees for one of the survey.
    meter : callable
        As ``engine.open_meter`` gives it.
    """
    places, windows = [], []
    for x, y in _columns(part, round(SIDE / scale[0])):
        column = _see(read(x, y, part[2])[0], scale)
        last = column.shape[1] - SIDE
        many = min(DEPTHS, -(-column.shape[1] // SIDE))
        for start in np.unique(np.linspace(0, last, many).astype(int)).tolist():
            window = column[:SIDE, start : start + SIDE]
            if np.count_nonzero(window) >= LIVE * window.size:
                depth = part[2].start + (start + SIDE // 2) / scale[1]
                places.append((x.start, (y.start + y.stop) // 2, min(int(depth), part[2].stop - 1)))
                windows.append(window)
    if not windows:
        return Spots(np.empty((0, 3), np.int64), np.empty(0, np.float32))
    return Spots(np.array(places), _judge(np.stack(windows), meter))


def _columns(part: Part, width: int) -> Iterator[tuple[slice, slice]]:
    """Spread places of one inline and some traces evenly over a part; none over one too small."""
    x, y, z = part
    if min(y.stop - y.start, z.stop - z.start) < FEWEST:
        return
    lines = np.unique(np.linspace(x.start, x.stop - 1, 6).astype(int))
    last = max(y.start, y.stop - width)
    many = max(1, min(COLUMNS // len(lines), -(-(y.stop - y.start) // width)))
    for line in lines.tolist():
        for trace in np.unique(np.linspace(y.start, last, many).astype(int)).tolist():
            yield slice(line, line + 1), slice(trace, min(trace + width, y.stop))


def _see(section: Volume, scale: Scale) -> Volume:
    """Scale a section (traces, samples) as a network sees it; mirrored where it is smaller than a window."""
    traces = scale_traces(clear(section))
    for axis, factor in enumerate(scale):
        seen = max(1, round(traces.shape[axis] * factor))
        traces = resample(traces, axis, seen)
    short = [(0, max(0, SIDE - n)) for n in traces.shape]
    return np.pad(traces, short, "symmetric")


def _judge(windows: Volume, meter: Meter) -> Volume:
    parts = [meter(windows[n : n + BATCH]) for n in range(0, len(windows), BATCH)]
    return np.concatenate(parts)


def judge_section(section: Volume, scale: Scale, meter: Meter) -> Volume:
    """Judge a section (traces, samples) everywhere: windows that overlap, and linearly between their middles.

    Returns
    -------
    ndarray
        Familiarity as shaped, from 0 to 1; 0 on dead traces, and everywhere where too little is alive.
    """
    seen = _see(section, scale)
    across, down = (_starts(n) for n in seen.shape)
    windows = np.stack([seen[i : i + SIDE, k : k + SIDE] for i in across for k in down])
    live = (windows != 0).mean(axis=(1, 2)) >= LIVE
    answer = np.zeros(section.shape, np.float32)
    if not live.any():
        return answer
    values = np.zeros(len(windows), np.float32)
    values[live] = _judge(windows[live], meter)
    values[~live] = values[live].mean()
    middles = [(starts + SIDE / 2) / s - 0.5 for starts, s in zip((across, down), scale, strict=True)]
    table = values.reshape(len(across), len(down))
    places = [np.arange(n) for n in section.shape]
    wide = np.stack([np.interp(places[0], middles[0], column) for column in table.T], axis=1)
    answer[:] = [np.interp(places[1], middles[1], row) for row in wide]
    answer[~(clear(section) != 0).any(axis=1)] = 0
    return answer


def _starts(length: int) -> NDArray[np.int64]:
    """Where windows begin, the last one at the end."""
    return np.unique([*range(0, length - SIDE, STRIDE), length - SIDE])


def warn(spots: Spots, name: str, tell: Callable[[int, int, int], str]) -> list[str]:
    """Say how much of a survey is not such as a network learned from, and where, when it is much.

    Parameters
    ----------
    spots : Spots
        From ``look``.
    name : str
        Of the network.
    tell : callable
        Names what lies between two positions of an axis of ``spots.places``: axis, first, last.
    """
    if spots.share < MANY:
        return []
    unlike = spots.places[spots.familiarity < UNLIKE]
    where = []
    for axis in (2, 1, 0):
        low, high = np.quantile(unlike[:, axis], (0.05, 0.95)).astype(int)
        whole = np.ptp(spots.places[:, axis])
        if high - low < 0.6 * whole:
            where.append(tell(axis, int(low), int(high)))
    most = f", most of it {' and '.join(where)}" if where else ""
    return [
        f"{100 * spots.share:.0f} % of the survey is unlike what {name} learned from{most}: "
        "take the faults there with care; --familiar FILE shows where."
    ]
