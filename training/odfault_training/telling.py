"""How well a judge of surveys tells the strange from the ordinary, and foretells a fault network's errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from odfault.card import SIDE
from odfault_training.bootstrap import COVER, SEED, Interval
from odfault_training.tiles import ORDINARY, Tiles, Windows

DRAWS = 200
"""Of the bootstrap."""
ENOUGH = SIDE // 2
"""Labelled samples of a tile whose error is compared."""
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Tiles of one kind, judged.

    kind        : as in `Tiles`; ``role`` one of familiar, graded, strange
    familiarity : (tiles,)    0 strange to 1 familiar
    errors, labelled, origins : as in `Tiles`
    """

    kind: str
    role: str
    familiarity: Values
    errors: Values
    labelled: NDArray[np.int64]
    origins: NDArray[np.int64]


@dataclass(frozen=True)
class Telling:
    """What a judge is worth.

    auroc         : area under the ROC curve, strange tiles against familiar ones
    rank          : Spearman's correlation of strangeness and the fault network's error, over all tiles in
                    which half of one from top to base is labelled, so that the error is not mere chance
    rank_scraps   : the same with the tiles that hold less of a fault
    auroc_within, rank_within : 90 % intervals, were the sections others
    rank_ordinary : of the ordinary tiles alone
    kinds         : by kind: tiles, AUROC against ordinary ones, share called familiar, mean error
    """

    auroc: float
    auroc_within: Interval
    rank: float
    rank_within: Interval
    rank_scraps: float
    rank_ordinary: float
    kinds: dict[str, tuple[int, float, float, float]]


def score_meter(meter: Callable[[Windows], Windows], tiles: Iterable[Tiles]) -> Telling:
    """Let a judge look at tiles of all kinds, and see what it tells.

    Parameters
    ----------
    meter : callable
        Windows (windows, 64, 64) to their familiarity.
    tiles : iterable of Tiles
        As ``tiles.cut_tiles`` gives them, the ordinary ones among them.
    """
    return tell([_judge(meter, one) for one in tiles])


def _judge(meter: Callable[[Windows], Windows], tiles: Tiles) -> Judged:
    role = "strange" if tiles.is_strange else "familiar" if tiles.is_familiar else "graded"
    parts = [meter(tiles.windows[n : n + 256]) for n in range(0, len(tiles.windows), 256)]
    familiarity = np.concatenate(parts).astype(float)
    return Judged(tiles.kind, role, familiarity, tiles.errors, tiles.labelled, tiles.origins)


def tell(judged: list[Judged]) -> Telling:
    """Give the figures of what was judged."""
    ordinary = next(one for one in judged if one.kind == ORDINARY)
    kinds = {}
    for one in judged:
        area = 0.5 if one is ordinary else find_auroc(ordinary.familiarity, one.familiarity)
        known = one.errors[np.isfinite(one.errors)]
        error = float(known.mean()) if known.size else float("nan")
        kinds[one.kind] = len(one.errors), area, float((one.familiarity >= 0.5).mean()), error
    (auroc, rank), drawn = _both(judged), _redraw(judged)
    tail = (1 - COVER) / 2
    (low, low_rank), (high, high_rank) = np.nanquantile(drawn, (tail, 1 - tail), axis=0).tolist()
    ordinary_rank = _both([ordinary])[1]
    scraps = _both(judged, enough=0)[1]
    return Telling(auroc, (low, high), rank, (low_rank, high_rank), scraps, ordinary_rank, kinds)


def _both(judged: list[Judged], enough: int = ENOUGH) -> tuple[float, float]:
    """AUROC, and rank correlation with the errors that are known where enough is labelled."""
    parts = {
        role: [one.familiarity for one in judged if one.role == role] for role in ("familiar", "strange")
    }
    areas = [np.concatenate(part) if part else np.empty(0) for part in parts.values()]
    familiarity, errors = (
        np.concatenate([part for one in judged for part in (getattr(one, name),)])
        for name in ("familiarity", "errors")
    )
    labelled = np.concatenate([one.labelled for one in judged])
    known = np.isfinite(errors) & (labelled >= enough)
    rank = spearmanr(-familiarity[known], errors[known]).statistic if known.sum() > 2 else np.nan
    return find_auroc(*areas), float(rank)


def find_auroc(familiar: Values, strange: Values) -> float:
    """Chance that a strange tile has the lower familiarity of the two; half of it where both are equal."""
    if not familiar.size or not strange.size:
        return float("nan")
    ranks = rankdata(np.concatenate([-familiar, -strange]))[familiar.size :]
    above = ranks.sum() - strange.size * (strange.size + 1) / 2
    return float(above / (familiar.size * strange.size))


def _redraw(judged: list[Judged]) -> Values:
    """AUROC and rank correlation of as many sections, drawn with replacement, DRAWS over."""
    chance, rows = np.random.default_rng(SEED), []
    sections = np.unique(np.concatenate([one.origins for one in judged]))
    for _ in range(DRAWS):
        often = dict(
            zip(
                sections,
                chance.multinomial(len(sections), np.full(len(sections), 1 / len(sections))),
                strict=True,
            )
        )
        rows.append(_both([_repeat(one, often) for one in judged]))
    return np.array(rows)


def _repeat(one: Judged, often: dict[int, int]) -> Judged:
    taken = np.repeat(np.arange(len(one.origins)), [often[origin] for origin in one.origins.tolist()])
    numbers = {name: getattr(one, name)[taken] for name in ("familiarity", "errors", "labelled", "origins")}
    return replace(one, **numbers)


def as_table(telling: Telling) -> str:
    """Write the figures as a table."""
    lines = [f"{'':24s}{'tiles':>8s}{'AUROC':>8s}{'familiar':>10s}{'error':>8s}"]
    for kind, (many, area, share, error) in telling.kinds.items():
        lines.append(f"{kind:24s}{many:8d}{area:8.3f}{share:10.2f}{error:8.2f}")
    for name, value, within in (
        ("AUROC", telling.auroc, telling.auroc_within),
        ("rank correlation", telling.rank, telling.rank_within),
    ):
        lines.append(f"{name}: {value:.3f} ({within[0]:.3f} to {within[1]:.3f}, 90 %)")
    for name, value in (
        ("with scraps of faults", telling.rank_scraps),
        ("of ordinary tiles", telling.rank_ordinary),
    ):
        lines.append(f"rank correlation {name}: {value:.3f}")
    return "\n".join(lines)


def as_scores(telling: Telling) -> dict[str, Any]:
    """Give the figures as a card holds them."""
    kinds = {
        kind: {"tiles": many, "auroc": round(area, 4), "familiar": round(share, 4)}
        | ({"error": round(error, 4)} if np.isfinite(error) else {})
        for kind, (many, area, share, error) in telling.kinds.items()
    }
    return {
        "data": "tiles of sections that it has not seen, as they are and altered; error: of fault2d, 1 - F1",
        "auroc": round(telling.auroc, 4),
        "auroc_within": [round(n, 4) for n in telling.auroc_within],
        "rank_correlation": round(telling.rank, 4),
        "rank_correlation_within": [round(n, 4) for n in telling.rank_within],
        "rank_correlation_scraps": round(telling.rank_scraps, 4),
        "rank_correlation_ordinary": round(telling.rank_ordinary, 4),
        "kinds": kinds,
    }
