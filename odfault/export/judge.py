"""What judges a window, laid as nodes: the window told in numbers, these in units of their spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from odfault.card import SIDE
from odfault.export.sheet import FLOAT, Sheet


def lay_numbers(sheet: Sheet, inputs: list[str], *, latent: int) -> str:
    """Lay the row (windows, numbers) that ``autoencoder.Numbers`` tells of a window.

    inputs : of that layer, channels first
    latent : numbers in the code at each place
    """
    window, told, drawn, *seen = inputs
    mean, log_variance = sheet.part(told, 0, latent), sheet.part(told, latent, 2 * latent)
    left = sheet.lay("Sub", drawn, window)
    apart = _lay_divergence(sheet, mean, log_variance)
    rows = [_lay_spectrum(sheet, window), *_lay_amplitudes(sheet, window), *_lay_errors(sheet, left, apart)]
    rows += [sheet.mean(mean), _lay_spread(sheet, mean)]
    for part in seen:
        both = sheet.mean(part), _lay_spread(sheet, part)
        rows += [_lay_log(sheet, sheet.lay("Abs", look)) for look in both]
    return sheet.lay("Concat", *rows, axis=1)


def lay_standard(sheet: Sheet, layer: Any, numbers: str) -> str:
    """Lay ``autoencoder.Standard``."""
    from odfault.autoencoder import FAR

    mean, spread = (sheet.keep(part, np.float32) for part in (layer.mean, layer.spread))
    apart = sheet.lay("Div", sheet.lay("Sub", numbers, mean), spread)
    return sheet.lay("Clip", apart, sheet.number(-FAR), sheet.number(FAR))


def _lay_spectrum(sheet: Sheet, window: str) -> str:
    """Lay ``autoencoder.find_spectrum``: a Fourier transform of two products with tapered waves."""
    from odfault.autoencoder import make_tables

    real, imaginary, across, along = make_tables()
    left = [sheet.keep(wave.T, np.float32) for wave in (real, imaginary)]
    right = [sheet.keep(wave[:, : SIDE // 2 + 1], np.float32) for wave in (real, imaginary)]
    down = [sheet.lay("MatMul", window, wave) for wave in right]
    both = [[sheet.lay("MatMul", wave, part) for part in down] for wave in left]
    even = _lay_square(sheet, sheet.lay("Sub", both[0][0], both[1][1]))
    odd = _lay_square(sheet, sheet.lay("Add", both[0][1], both[1][0]))
    bands = sheet.lay("MatMul", sheet.lay("Add", even, odd), sheet.keep(along, np.float32))
    bands = sheet.lay("MatMul", sheet.keep(across.T, np.float32), bands)
    return _lay_log(sheet, sheet.lay("Flatten", bands))


def _lay_amplitudes(sheet: Sheet, window: str) -> list[str]:
    """Lay ``autoencoder.find_amplitudes``, (windows, 1) each."""
    from odfault.autoencoder import EQUAL

    traces, samples = (
        (sheet.part(window, 1, SIDE, axis), sheet.part(window, 0, SIDE - 1, axis)) for axis in (2, 3)
    )
    size, square = sheet.lay("Abs", window), _lay_square(sheet, window)
    power = sheet.mean(square)
    steps = sheet.lay("Abs", sheet.lay("Sub", *samples))
    flat = sheet.lay("Less", steps, sheet.number(EQUAL))
    dead = sheet.lay("Equal", window, sheet.number(0))
    return [
        _lay_log(sheet, power),
        _lay_share(sheet, sheet.mean(_lay_square(sheet, square)), _lay_square(sheet, power)),
        sheet.lay("ReduceMax", size, axes=[2, 3], keepdims=0),
        *(sheet.mean(sheet.lay("Cast", one, to=FLOAT)) for one in (dead, flat)),
        *(_lay_share(sheet, sheet.mean(sheet.lay("Mul", *pair)), power) for pair in (traces, samples)),
    ]  # fmt: skip


def _lay_errors(sheet: Sheet, left: str, apart: str) -> list[str]:
    """Lay how well a window is drawn, (windows, 1) each.

    left  : what the drawing leaves of the window
    apart : the divergence of its code
    """
    square = sheet.mean(_lay_square(sheet, left))
    beside = sheet.lay("Mul", sheet.part(left, 1, SIDE, 2), sheet.part(left, 0, SIDE - 1, 2))
    logs = [_lay_log(sheet, one) for one in (sheet.mean(sheet.lay("Abs", left)), square, apart)]
    return [*logs, _lay_share(sheet, sheet.mean(beside), square)]


def _lay_divergence(sheet: Sheet, mean: str, log_variance: str) -> str:
    """Lay ``autoencoder.find_divergence``, (windows, 1)."""
    from odfault.autoencoder import LEAST, MOST

    log_variance = sheet.lay("Clip", log_variance, sheet.number(LEAST), sheet.number(MOST))
    wide = sheet.lay("Sub", sheet.lay("Exp", log_variance), log_variance)
    apart = sheet.lay("Sub", sheet.lay("Add", _lay_square(sheet, mean), wide), sheet.number(1))
    total = sheet.lay("ReduceSum", apart, sheet.count(1, 2, 3), keepdims=0)
    halved = sheet.lay("Mul", total, sheet.number(0.5))
    return sheet.lay("Unsqueeze", halved, sheet.count(1))


def _lay_spread(sheet: Sheet, seen: str) -> str:
    """Lay the standard deviation of each channel, (windows, channels)."""
    apart = sheet.lay("Sub", seen, sheet.mean(seen, keep=True))
    return sheet.lay("Sqrt", sheet.mean(_lay_square(sheet, apart)))


def _lay_square(sheet: Sheet, values: str) -> str:
    return sheet.lay("Mul", values, values)


def _lay_log(sheet: Sheet, values: str) -> str:
    from odfault.autoencoder import FLOOR

    return sheet.lay("Log", sheet.lay("Add", values, sheet.number(FLOOR)))


def _lay_share(sheet: Sheet, part: str, whole: str) -> str:
    """Lay a share of what may be nothing."""
    from odfault.autoencoder import FLOOR

    return sheet.lay("Div", part, sheet.lay("Add", whole, sheet.number(FLOOR)))
