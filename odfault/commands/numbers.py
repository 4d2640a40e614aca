"""Numbers as users write them: ranges, points, corners, scales."""

from __future__ import annotations

import argparse
import math


def read_range(text: str) -> tuple[int, int]:
    """Read line numbers such as 100:200."""
    first, _, last = text.partition(":")
    try:
        return int(first), int(last if ":" in text else first)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no range of lines such as 100:200") from None


def read_times(text: str) -> tuple[float, float]:
    """Read times in ms, or depths, such as 800:1600."""
    first, _, last = text.partition(":")
    try:
        times = float(first), float(last)
    except ValueError:
        times = (math.nan, math.nan)
    if not all(map(math.isfinite, times)):
        raise argparse.ArgumentTypeError(f"{text} is no range of times such as 800:1600")
    return times


def read_scale(text: str) -> str | float | tuple[float, ...]:
    """Read one or two factors such as 1.5 or 1.5,1, or auto."""
    if text == "auto":
        return text
    try:
        numbers = tuple(map(float, text.split(",")))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no scale such as 1.5 or 1.5,1 or auto") from None
    return numbers[0] if len(numbers) == 1 else numbers


def read_shape(text: str) -> tuple[int, int, int]:
    """Read inlines, crosslines and samples such as 256,512,512."""
    try:
        inlines, crosslines, samples = (int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no shape such as 256,512,512") from None
    return inlines, crosslines, samples


def read_step_out(text: str) -> tuple[int, int]:
    """Read a step-out of inlines and crosslines such as 48,48."""
    try:
        inlines, crosslines = (int(word) for word in text.split(","))
    except ValueError:
        inlines = crosslines = -1
    if not 0 <= min(inlines, crosslines) <= max(inlines, crosslines) <= 999:
        raise argparse.ArgumentTypeError(f"{text} is no step-out such as 48,48")
    return inlines, crosslines


def read_point(text: str) -> tuple[float, float]:
    """Read a trace and a time such as 320,1250."""
    try:
        trace, time = (float(word) for word in text.split(","))
    except ValueError:
        trace = time = math.nan
    if not (math.isfinite(trace) and math.isfinite(time)):
        raise argparse.ArgumentTypeError(f"{text} is no point such as 320,1250")
    return trace, time


def read_corners(text: str) -> list[tuple[float, float]]:
    """Read four corners in pixels such as 10,10,90,10,90,60,10,60."""
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 8:
        raise argparse.ArgumentTypeError(f"{text} are no four corners such as 10,10,90,10,90,60,10,60")
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def read_size(text: str) -> tuple[int, int]:
    """Read traces and samples such as 288,501."""
    try:
        traces, samples = (int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} are no traces and samples such as 288,501") from None
    return traces, samples
