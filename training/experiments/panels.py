"""Pictures with sections in them, and where these are: what `panel` learned from.

    odfault-synth everything sections.h5 --shape 1,640,512 --count 500 --seed 611
    python training/experiments/panels.py pictures.h5 sections.h5 [MORE.h5 ...] --count 6000
    python training/experiments/panels.py unseen.h5 sections.h5 [MORE.h5 ...] --first 6000 --count 300
    python training/experiments/panel_network.py FOLDER --pictures pictures.h5 --unseen unseen.h5

Windows of programs, plots, pages, slides, bare sections; saved, scanned or photographed; all by chance and
wider than life. Nothing of this is shared with `tests/picture_cases.py`, by which the finder is judged.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import io
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
from matplotlib import colormaps, font_manager
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from odfault.picture.four import CELL
from odfault.picture.straighten import box, homography, move
from odfault.picture.where import SIDE, fit_in

Colours = NDArray[np.uint8]
Rng = np.random.Generator
Panels = list[NDArray[np.float64]]
"""Corners (4, 2) of each section of a picture."""
CLOSE, ROWS = 0.5, 0.12
"""Parts of the pictures that show one section from near by, and of the figures that have many."""
ENDS = ("seismic", "RdBu", "RdBu_r", "bwr", "coolwarm", "PuOr", "BrBG", "RdGy", "PiYG", "Spectral", "RdYlBu")
OTHERS = ("jet", "turbo", "rainbow", "viridis", "bone", "copper", "hot", "gist_ncar", "hsv", "cividis")
LETTERS = "aaabcdeeefghiiklmnooprsttuvwz0123456789    .,-():бвгдежилмнопрстуя"
FONTS = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono")


# ---- sections


def colour_map(rng: Rng) -> Any:
    """Draw a colour map: grey, two-ended, of many colours, or of nobody."""
    kind = rng.choice(4, p=[0.4, 0.25, 0.1, 0.25])
    if kind < 3:
        return colormaps[str(rng.choice([("gray", "gray_r"), ENDS, OTHERS][kind]))]
    count = int(rng.choice([3, 5, 7]))
    stops = rng.uniform(0, 1, (count, 3))
    if rng.random() < 0.7:
        stops[count // 2] = rng.uniform(0.7, 1)
    return LinearSegmentedColormap.from_list("drawn", stops.tolist())


def cut(sections: list[NDArray[np.float32]], rng: Rng) -> NDArray[np.float32]:
    """Cut a window of a section, samples first, and change its gain, mute and noise."""
    whole = sections[int(rng.integers(len(sections)))]
    size = [int(np.exp(rng.uniform(np.log(60), np.log(n)))) for n in whole.shape]
    at = [int(rng.integers(n - m + 1)) for n, m in zip(whole.shape, size, strict=True)]
    values = whole[at[0] : at[0] + size[0], at[1] : at[1] + size[1]].T
    values = values[:, ::-1] if rng.random() < 0.5 else values
    values = values / (np.abs(values).mean() + 1e-9)
    tall, wide = values.shape
    if rng.random() < 0.3:
        values = values * np.exp(np.linspace(0, rng.uniform(-2, 2), tall))[:, None]
    if rng.random() < 0.25:
        nodes = int(rng.choice([3, 3, 6, 12]))
        top = rng.uniform(-0.1, rng.uniform(0.1, 0.35), nodes) * tall
        line = np.interp(np.arange(wide), np.linspace(0, wide, nodes), top)
        values = np.where(np.arange(tall)[:, None] > line, values, rng.choice([0, 0.05]) * values)
    if rng.random() < 0.25:
        weak = cv2.GaussianBlur(rng.normal(0, 1, (tall, wide)), (0, 0), wide / 6 + 1, sigmaY=tall / 6 + 1)
        values = values * np.where(weak > 0, 1, rng.uniform(0, 0.4))
    if rng.random() < 0.1:
        values = values * (rng.random(wide) > 0.05)
    if rng.random() < 0.2:
        values = values + rng.normal(0, rng.uniform(0.2, 1), values.shape)
    return np.asarray(values, np.float32)


def paint(
    values: NDArray[np.float32], rng: Rng, size: tuple[int, int], scheme: Any = None
) -> tuple[Colours, Any]:
    """Colour a section, of a size (width, height), or draw it as wiggles; and its colour map."""
    scheme = scheme or colour_map(rng)
    clip = float(np.quantile(np.abs(values), rng.uniform(0.9, 0.999))) * rng.choice([1, 1, 1, 2]) + 1e-6
    how = int(rng.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    if min(size) > 150 and rng.random() < 0.12:
        return wiggles(values / clip, rng, size, scheme), scheme
    if how == cv2.INTER_NEAREST:
        rgb = scheme(np.clip(values / clip, -1, 1) / 2 + 0.5)[:, :, :3]
        return np.asarray(cv2.resize((rgb * 255).astype(np.uint8), size, interpolation=how), np.uint8), scheme
    values = cv2.resize(values, size, interpolation=how)
    return np.asarray(scheme(np.clip(values / clip, -1, 1) / 2 + 0.5)[:, :, :3] * 255, np.uint8), scheme


def wiggles(values: NDArray[np.float32], rng: Rng, size: tuple[int, int], scheme: Any) -> Colours:
    """Draw traces as lines, filled to one side or not, on white or on colours."""
    step = int(rng.integers(4, 14))
    count = max(2, size[0] // step)
    drawn = (
        cv2.resize(values, (count, size[1]), interpolation=cv2.INTER_LINEAR) * rng.uniform(0.5, 1.5) * step
    )
    rgb = np.full((size[1], size[0], 3), 255, np.uint8)
    if rng.random() < 0.25:
        rgb = np.asarray(scheme(np.clip(cv2.resize(values, size), -1, 1) / 2 + 0.5)[:, :, :3] * 255, np.uint8)
    x = np.arange(size[0])[None]
    ink = tuple(int(n) for n in rng.choice([[0, 0, 0], [0, 0, 0], [20, 20, 120]]))
    filled, dark = rng.random() < 0.7, np.zeros(rgb.shape[:2], bool)
    for trace in range(count):
        zero, end = (trace + 0.5) * step, (trace + 0.5) * step + drawn[:, trace : trace + 1]
        dark |= np.abs(x - end) < 0.6
        if filled:
            dark |= (x >= zero) & (x <= end)
    rgb[dark] = ink
    return rgb


def cover(rgb: Colours, rng: Rng) -> Colours:
    """Draw over a section: horizons, faults, wells, grid, words, a box, a watermark."""
    page = Image.fromarray(rgb)
    pen = ImageDraw.Draw(page, "RGBA")
    wide, tall = page.size

    def colour(*, clear: bool = False) -> tuple[int, ...]:
        return (*(int(n) for n in rng.integers(0, 256, 3)), int(rng.integers(60, 255)) if clear else 255)

    if rng.random() < 0.25:
        tint, steps = colour(clear=True), rng.integers(3, 12, 2)
        for x in np.linspace(0, wide, steps[0]):
            pen.line([x, 0, x, tall], fill=tint)
        for y in np.linspace(0, tall, steps[1]):
            pen.line([0, y, wide, y], fill=tint)
    for _ in range(int(rng.integers(0, 4)) if rng.random() < 0.3 else 0):
        x = np.linspace(0, wide, 9)
        y = rng.uniform(0.1, 0.9) * tall + np.cumsum(rng.normal(0, 0.02 * tall, 9))
        pen.line(list(zip(x, y, strict=True)), fill=colour(), width=int(rng.integers(1, 5)))
    for _ in range(int(rng.integers(0, 8)) if rng.random() < 0.25 else 0):
        x, y, depth = rng.uniform(0, wide), rng.uniform(0, tall), rng.uniform(0.1, 0.6) * tall
        end = (x + rng.normal(0, 0.4) * depth, y + depth)
        pen.line([(x, y), end], fill=colour(), width=int(rng.integers(1, 5)))
    for _ in range(int(rng.integers(1, 5)) if rng.random() < 0.06 else 0):
        x, y = np.linspace(0, wide, 9), rng.uniform(0, 1) * tall + np.cumsum(rng.normal(0, 0.03 * tall, 9))
        ends = [*zip(x, y, strict=True), *zip(x[::-1], y[::-1] + rng.uniform(0.05, 0.3) * tall, strict=True)]
        pen.polygon(ends, fill=(*(int(n) for n in rng.integers(0, 256, 3)), int(rng.integers(40, 160))))
    for _ in range(int(rng.integers(1, 5)) if rng.random() < 0.3 else 0):
        place = (rng.uniform(0, 0.9) * wide, rng.uniform(0, 0.95) * tall)
        scribble(pen, rng, place, int(rng.integers(1, 14)), colour(), int(rng.integers(8, 28)))
    if rng.random() < 0.1:
        corner, size = rng.uniform(0, 0.8, 2) * page.size, rng.uniform(0.08, 0.25, 2) * page.size
        pen.rectangle([*corner, *(corner + size)], fill=colour(clear=True), outline=colour())
        scribble(pen, rng, (corner[0] + 4, corner[1] + 4), 8, colour(), 11)
    return np.asarray(page)


def draw_panel(sections: list[NDArray[np.float32]], rng: Rng, most: float = 1100) -> tuple[Colours, Any]:
    """Draw a section as pixels, with what is drawn over it; and its colour map."""
    values = cut(sections, rng)
    scale = np.exp(rng.uniform(np.log(0.45), np.log(3.5)) + rng.normal(0, 0.2, 2))
    size = np.array(values.shape[::-1]) * scale
    size = size * min(1.0, most / size.max())
    rgb, scheme = paint(values, rng, (max(40, round(size[0])), max(40, round(size[1]))))
    return (cover(rgb, rng) if rng.random() < 0.5 else rgb), scheme


# ---- what is around them


@functools.lru_cache(256)
def font(name: str, size: int) -> Any:
    """Load a font that comes with Matplotlib."""
    return ImageFont.truetype(font_manager.findfont(name), size)


def scribble(pen: Any, rng: Rng, place: Any, letters: int, ink: Any, size: int, *, lines: int = 1) -> None:
    """Write words of letters drawn by chance."""
    face = font(str(rng.choice(FONTS)), size)
    for line in range(lines):
        words = "".join(rng.choice(list(LETTERS), max(1, letters)))
        pen.text((place[0], place[1] + line * size * 1.35), words, ink, face)


def shade(rng: Rng, *, light: float = 0.7) -> tuple[int, ...]:
    """Draw the colour of a background."""
    level = int(rng.choice([255, 255, 240, 222, 200])) if rng.random() < light else int(rng.integers(0, 90))
    return tuple(int(np.clip(level + n, 0, 255)) for n in rng.normal(0, 4, 3) * (rng.random() < 0.5))


def ink_on(ground: tuple[int, ...], rng: Rng) -> tuple[int, ...]:
    """Draw the colour of words on a background."""
    level = int(rng.integers(0, 110)) if sum(ground) > 380 else int(rng.integers(150, 256))
    return (level, level, level) if rng.random() < 0.8 else (level, level, int(rng.integers(0, 256)))


def ramp(scheme: Any, rng: Rng, length: int, *, upright: bool) -> Image.Image:
    """Draw a colour bar."""
    wide = int(rng.integers(8, 40))
    levels = np.linspace(0, 1, max(2, length))[:: -1 if upright else 1]
    rgb = np.asarray(scheme(levels)[:, :3] * 255, np.uint8)
    bar = np.repeat(rgb[:, None] if upright else rgb[None], wide, 1 if upright else 0)
    return Image.fromarray(bar)


def plot(
    sections: list[NDArray[np.float32]], rng: Rng, most: float = 1000, ground: tuple[int, ...] = ()
) -> tuple[Colours, Panels]:
    """Draw a section with axes: frame, ticks, numbers, titles, colour bar."""
    rgb, scheme = draw_panel(sections, rng, most)
    tall, wide = rgb.shape[:2]
    left, top, right, bottom = (int(n) for n in rng.integers(4, 110, 4))
    ground = ground or shade(rng)
    ink = ink_on(ground, rng)
    page = Image.new("RGB", (left + wide + right, top + tall + bottom), ground)
    pen = ImageDraw.Draw(page)
    page.paste(Image.fromarray(rgb), (left, top))
    size, tick = int(rng.integers(8, 18)), int(rng.integers(0, 9))
    numbers, step = rng.random(4) < 0.6, rng.integers(30, 140, 2)
    for x in range(0, wide, int(step[0])):
        for at, way in ((top - 1, -1), (top + tall, 1)):
            if numbers[(way + 1) // 2]:
                pen.line([left + x, at, left + x, at + way * tick], fill=ink)
                scribble(pen, rng, (left + x - size, at + (tick + 1 if way > 0 else -tick - 1.4 * size)),
                         int(rng.integers(2, 5)), ink, size)  # fmt: skip
    for y in range(0, tall, int(step[1])):
        for at, way in ((left - 1, -1), (left + wide, 1)):
            if numbers[2 + (way + 1) // 2]:
                pen.line([at, top + y, at + way * tick, top + y], fill=ink)
                scribble(pen, rng, (at + (tick + 2 if way > 0 else -tick - 2.4 * size), top + y - size / 2),
                         int(rng.integers(2, 5)), ink, size)  # fmt: skip
    if rng.random() < 0.6:
        big = int(rng.integers(10, 30))
        above = tick + 1.4 * size if numbers[0] else rng.uniform(0, 8)
        scribble(pen, rng, (left + rng.uniform(0, 0.5) * wide, max(0, top - above - 1.3 * big)),
                 int(rng.integers(5, 30)), ink, big)  # fmt: skip
    if rng.random() < 0.5:
        word = Image.new("RGB", (min(tall, 160), 2 * size), ground)
        scribble(ImageDraw.Draw(word), rng, (2, 2), 16, ink, size)
        page.paste(word.rotate(90, expand=True), (0, top + max(0, tall - 160) // 2))
        page.paste(Image.fromarray(rgb), (left, top))
    if rng.random() < 0.5 and max(right, bottom) > 40:
        upright = right >= bottom
        bar = ramp(scheme, rng, int((tall if upright else wide) * rng.uniform(0.4, 1)), upright=upright)
        gap = int(rng.integers(3, 30))
        place = (left + wide + gap, top) if upright else (left, top + tall + gap)
        page.paste(bar, place)
        if rng.random() < 0.6:
            pen.rectangle([*place, place[0] + bar.width, place[1] + bar.height], outline=ink)
    if rng.random() < 0.65:
        pen.rectangle([left - 1, top - 1, left + wide, top + tall], outline=ink, width=1)
        for more in range(int(rng.integers(0, 3))):
            pen.rectangle([left - 2 - more, top - 2 - more, left + wide + 1 + more, top + tall + 1 + more],
                          outline=ink)  # fmt: skip
    return np.asarray(page), [np.add(box(wide, tall), [left, top])]


def bare(
    sections: list[NDArray[np.float32]], rng: Rng, most: float = 1000, ground: tuple[int, ...] = ()
) -> tuple[Colours, Panels]:
    """Draw a section and nothing else, or with a rim."""
    rgb, _ = draw_panel(sections, rng, most)
    rims = rng.integers(0, 80, 4) * (rng.random(4) < 0.5) * (rng.random() < 0.5)
    left, top, right, bottom = (int(n) for n in rims)
    tall, wide = rgb.shape[:2]
    page = Image.new("RGB", (left + wide + right, top + tall + bottom), ground or shade(rng))
    page.paste(Image.fromarray(rgb), (left, top))
    return np.asarray(page), [np.add(box(wide, tall), [left, top])]


def thing(rng: Rng, size: tuple[int, int]) -> Image.Image:
    """Draw what is no section: a chart, bars, a map of blobs, a table of words, an empty box."""
    wide, tall = (max(30, int(n)) for n in size)
    ground = shade(rng)
    page = Image.new("RGB", (wide, tall), ground)
    pen, ink = ImageDraw.Draw(page), ink_on(ground, rng)
    kind = int(rng.integers(5))
    if kind == 0:
        for _ in range(int(rng.integers(1, 5))):
            y = tall * (0.5 + np.cumsum(rng.normal(0, 0.06, 60)))
            pen.line(list(zip(np.linspace(0, wide, 60), y, strict=True)), fill=shade(rng, light=0.2))
    if kind == 1:
        heights = rng.uniform(0, tall, 24)
        tint = tuple(int(n) for n in rng.integers(0, 256, 3))
        for number, high in enumerate(heights):
            pen.rectangle([number * wide / 24, tall - high, (number + 0.8) * wide / 24, tall], fill=tint)
    if kind == 2:
        values = cv2.GaussianBlur(rng.normal(0, 1, (tall, wide)), (0, 0), float(rng.uniform(3, 25)))
        values = (values - values.min()) / np.ptp(values)
        page = Image.fromarray(np.asarray(colour_map(rng)(values)[:, :, :3] * 255, np.uint8))
    if kind == 3:
        size = int(rng.integers(8, 16))
        scribble(pen, rng, (4, 4), wide // max(4, size // 2), ink, size, lines=int(tall / size / 1.4))
    if rng.random() < 0.6:
        ImageDraw.Draw(page).rectangle([0, 0, wide - 1, tall - 1], outline=ink)
    return page


def rows(
    sections: list[NDArray[np.float32]], rng: Rng, most: float = 1000, ground: tuple[int, ...] = ()
) -> tuple[Colours, Panels]:
    """Draw rows and columns of sections of one size, often close together, as a figure's parts are."""
    counts = rng.integers(1, 4, 2)
    counts[counts.prod() == 1] = 2
    kept, scheme = draw_panel(sections, rng, most / counts.max())
    tall, wide = kept.shape[:2]
    left, top, right, bottom = (int(n) for n in rng.integers(4, 70, 4))
    gaps = np.exp(rng.uniform(np.log(3), np.log(50), 2)).astype(int)
    ground = ground or shade(rng)
    ink, size = ink_on(ground, rng), int(rng.integers(8, 16))
    steps = np.array([wide, tall]) + gaps
    last = np.array([left, top]) + counts * steps - gaps
    page = Image.new("RGB", tuple(np.add(last, [right, bottom]).tolist()), ground)
    pen, panels = ImageDraw.Draw(page), []
    framed, named, same = rng.random(3) < [0.7, 0.4, 0.4]
    for number in range(int(counts.prod())):
        place = np.array([left, top]) + steps * [number % counts[0], number // counts[0]]
        if number and not same:
            scheme = scheme if rng.random() < 0.7 else colour_map(rng)
            kept = paint(cut(sections, rng), rng, (wide, tall), scheme)[0]
        page.paste(Image.fromarray(cover(kept, rng)), tuple(place.tolist()))
        if framed:
            pen.rectangle([*(place - 1), *np.add(place, [wide, tall])], outline=ink)
        if named:
            inside = rng.random() < 0.5
            scribble(pen, rng, place + ([4, 2] if inside else [4, -1.4 * size]), 3, ink, size)
        panels.append(np.add(box(wide, tall), place))
    for x in range(left, int(last[0]), int(rng.integers(30, 140))):
        scribble(pen, rng, (x - size, last[1] + 3), int(rng.integers(2, 5)), ink, size)
    for y in range(top, int(last[1]), int(rng.integers(30, 140))):
        scribble(pen, rng, (left - 2.4 * size, y - size / 2), int(rng.integers(2, 5)), ink, size)
    return np.asarray(page), panels


def figure(
    sections: list[NDArray[np.float32]], rng: Rng, most: float = 1000, ground: tuple[int, ...] = ()
) -> tuple[Colours, Panels]:
    """Draw one plot or panel, now and then some, or one beside something else."""
    if rng.random() < ROWS:
        return rows(sections, rng, most, ground)
    first = (plot if rng.random() < 0.7 else bare)(sections, rng, most, ground)
    if rng.random() > 0.25:
        return first
    if rng.random() < 0.4:
        second, panels = (plot if rng.random() < 0.7 else bare)(sections, rng, most * 0.7)
    else:
        second, panels = np.asarray(thing(rng, tuple((rng.uniform(0.2, 0.8, 2) * most).tolist()))), []
    gap = int(rng.integers(6, 60))
    beside = rng.random() < 0.5
    one, other = (first, (second, panels)) if rng.random() < 0.5 else ((second, panels), first)
    sizes = np.array([one[0].shape[1::-1], other[0].shape[1::-1]])
    start = np.array([sizes[0, 0] + gap, 0] if beside else [0, sizes[0, 1] + gap])
    page = Image.new("RGB", tuple(np.maximum(sizes[0], start + sizes[1]).tolist()), shade(rng))
    page.paste(Image.fromarray(one[0]), (0, 0))
    page.paste(Image.fromarray(other[0]), tuple(start.tolist()))
    return np.asarray(page), [*one[1], *(corners + start for corners in other[1])]


def icons(pen: Any, rng: Rng, span: tuple[int, int, int, int], ink: Any) -> None:
    """Draw rows of icons."""
    step = int(rng.integers(18, 36))
    for y in range(span[1] + 2, span[3] - step + 4, step):
        for x in range(span[0] + 4, span[2] - step, step + int(rng.integers(0, 6))):
            fill = tuple(int(n) for n in rng.integers(0, 256, 3))
            place, kind = [x + 3, y + 3, x + step - 5, y + step - 5], int(rng.integers(5))
            if kind == 0:
                pen.ellipse(place, fill=fill, outline=ink)
            elif kind == 1:
                pen.rectangle(place, fill=fill, outline=ink)
            elif kind == 2:
                pen.line(place, fill=ink, width=2)
            elif kind == 3:
                pen.polygon(
                    [place[0], place[3], place[2], place[3], (place[0] + place[2]) / 2, place[1]], fill=fill
                )


def window(sections: list[NDArray[np.float32]], rng: Rng) -> tuple[Colours, Panels]:
    """Draw a window of a program: menus, icons, trees, tabs, scroll bars, a section in the middle."""
    ground = shade(rng, light=0.6)
    most, own = rng.uniform(300, 1000), ground if rng.random() < 0.6 else ()
    inner, panels = (figure if rng.random() < 0.6 else bare)(sections, rng, most, own)
    tall, wide = inner.shape[:2]
    left, right = (
        int(rng.integers(40, 260)) if rng.random() < p else int(rng.integers(0, 30)) for p in (0.6, 0.3)
    )
    top, bottom = int(rng.integers(20, 170)), int(rng.integers(0, 60))
    size = (left + wide + right, top + tall + bottom)
    bars = tuple(int(np.clip(n + rng.integers(-25, 25), 0, 255)) for n in ground)
    ink = ink_on(bars, rng)
    page = Image.new("RGB", size, ground)
    pen = ImageDraw.Draw(page)
    pen.rectangle([0, 0, size[0], top - int(rng.integers(0, 16))], fill=bars)
    small = int(rng.integers(9, 15))
    for x in range(6, size[0] - 60, int(rng.integers(40, 90))):
        scribble(pen, rng, (x, 3), int(rng.integers(3, 8)), ink, small)
    icons(pen, rng, (0, small + 6, size[0], top - 4), ink)
    for begin, end in ((0, left), (size[0] - right, size[0])):
        if end - begin > 35 and rng.random() < 0.8:
            pen.rectangle([begin, top, end - int(rng.integers(0, 8)), size[1]], fill=bars)
            if rng.random() < 0.75:
                scribble(pen, rng, (begin + 8, top + 4), (end - begin) // 9, ink, small,
                         lines=int(rng.uniform(0.2, 1) * tall / small / 1.4))  # fmt: skip
            else:
                icons(pen, rng, (begin, top, end, size[1]), ink)
    if bottom > 16:
        scribble(pen, rng, (8, size[1] - small - 6), size[0] // 14, ink, small)
    if right > 8:
        pen.rectangle([size[0] - right, top, size[0] - right + 8, size[1]], fill=bars)
    page.paste(Image.fromarray(inner), (left, top))
    return np.asarray(page), [np.add(corners, [left, top]) for corners in panels]


def page_of(sections: list[NDArray[np.float32]], rng: Rng) -> tuple[Colours, Panels]:
    """Draw a page of a journal, a report or a slide: words in columns around a figure."""
    ground = shade(rng, light=0.9)
    inner, panels = figure(sections, rng, rng.uniform(250, 900), ground if rng.random() < 0.7 else ())
    tall, wide = inner.shape[:2]
    sides, above, below = int(rng.integers(10, 130)), int(rng.integers(10, 420)), int(rng.integers(10, 420))
    right = int(rng.integers(10, 400)) if rng.random() < 0.3 else sides
    ink, size = ink_on(ground, rng), int(rng.integers(8, 22))
    page = Image.new("RGB", (sides + wide + right, above + tall + below), ground)
    pen = ImageDraw.Draw(page)
    columns = int(rng.integers(1, 4))
    each = page.width // columns
    for begin, end in ((6, above - 8), (above + tall + 8, page.height - 10)):
        if rng.random() < 0.8:
            for column in range(columns):
                lines = int((end - begin) / size / 1.35 * rng.uniform(0.4, 1))
                scribble(
                    pen, rng, (column * each + 12, begin), int(each / size * 1.5), ink, size, lines=lines
                )
                cover_up = [column * each + each - 14, begin, column * each + each + 11, end]
                if cover_up[3] > cover_up[1]:
                    pen.rectangle(cover_up, fill=ground)
    if right > 80:
        scribble(pen, rng, (sides + wide + 12, above), right // size, ink, size, lines=int(tall / size / 1.4))
    if rng.random() < 0.15:
        tint = tuple(int(n) for n in rng.integers(0, 256, 3))
        pen.rectangle(
            [0, 0, page.width, min(above - 4, 60)] if rng.random() < 0.5 else [0, 0, 8, page.height],
            fill=tint,
        )
    page.paste(Image.fromarray(inner), (sides, above))
    return np.asarray(page), [np.add(corners, [sides, above]) for corners in panels]


# ---- how they come to us


def jpeg(rgb: Colours, quality: int) -> Colours:
    """Save and load."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def crop(rgb: Colours, panels: Panels, rng: Rng) -> tuple[Colours, Panels]:
    """Take a part of a page, as screenshots do; panels may be cut by its borders."""
    tall, wide = rgb.shape[:2]
    first = (rng.uniform(0, 0.25, 2) * (rng.random(2) < 0.5) * [wide, tall]).astype(int)
    last = ((1 - rng.uniform(0, 0.25, 2) * (rng.random(2) < 0.5)) * [wide, tall]).astype(int)
    size = last - first
    kept = [np.clip(corners - first, 0, size) for corners in panels]
    kept = [corners for corners in kept if np.ptp(corners, axis=0).min() > 30]
    return (rgb[first[1] : last[1], first[0] : last[0]], kept) if kept else (rgb, panels)


def closer(rgb: Colours, panels: Panels, rng: Rng) -> tuple[Colours, Panels]:
    """Look at one section and at what is around it, as the finder does when it looks again."""
    corners = panels[int(rng.integers(len(panels)))]
    around = rng.uniform(0, 0.45, 4) * np.ptp(corners, axis=0).max()
    first = np.clip(corners.min(axis=0) - around[:2], 0, None).astype(int)
    last = np.clip(corners.max(axis=0) + around[2:], None, rgb.shape[1::-1]).astype(int)
    return rgb[first[1] : last[1], first[0] : last[0]], [one - first for one in panels]


def texture(rng: Rng, size: tuple[int, int]) -> NDArray[np.float64]:
    """Draw a desk, a wall or a cloth: noise of some sizes and directions, or nearly one colour."""
    base = rng.uniform(10, 245, 3)
    field = np.zeros((size[1], size[0]))
    for _ in range(int(rng.integers(0, 4))):
        sigma = np.exp(rng.uniform(np.log(0.8), np.log(60), 2))
        less = max(1, int(min(sigma) / 2))
        part = rng.normal(0, 1, (size[1] // less + 1, size[0] // less + 1)).astype(np.float32)
        part = cv2.GaussianBlur(part, (0, 0), sigmaX=sigma[0] / less, sigmaY=sigma[1] / less)
        part = cv2.resize(part / (part.std() + 1e-9), size, interpolation=cv2.INTER_LINEAR)
        field += part * rng.uniform(1, 35)
    return np.asarray(base + field[:, :, None] * rng.uniform(0.6, 1.2, 3))


def light(photo: NDArray[np.float64], rng: Rng) -> NDArray[np.float64]:
    """Light it unevenly, tint, blur, and add grain."""
    tall, wide = photo.shape[:2]
    ends = rng.uniform(1 - 0.6 * rng.random(), 1, (2, 2)).astype(np.float32)
    photo = photo * cv2.resize(ends, (wide, tall), interpolation=cv2.INTER_LINEAR)[:, :, None]
    photo = photo * rng.uniform(0.85, 1.05, 3) + rng.uniform(-10, 25)
    if rng.random() < 0.7:
        photo = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.4, 1.4)))
    return np.asarray(photo + rng.normal(0, rng.uniform(0.5, 7), photo.shape[:2])[:, :, None])


def scan(rgb: Colours, panels: Panels, rng: Rng) -> tuple[Colours, Panels]:
    """Scan a page: askew, yellow, stained, creased, with the lid's dark rim; grey or of two levels."""
    rim = [int(n) for n in rng.integers(0, 60, 4) * (rng.random() < 0.4)]
    page = cv2.copyMakeBorder(rgb, *rim, cv2.BORDER_CONSTANT, value=shade(rng)).astype(float)
    panels = [np.add(corners, [rim[2], rim[0]]) for corners in panels]
    tall, wide = page.shape[:2]
    page = 255 - (255 - page) * rng.uniform(0.6, 1)
    page *= np.array([1, rng.uniform(0.9, 1), rng.uniform(0.7, 1)])
    for _ in range(int(rng.integers(0, 4))):
        at = int(rng.uniform(0.05, 0.95) * (tall, wide)[(across := int(rng.integers(2)))])
        line = (slice(at, at + 2), slice(None))[:: -1 if across else 1]
        page[line] *= rng.uniform(0.6, 0.97)
    if rng.random() < 0.5:
        y, x = np.mgrid[:tall, :wide]
        spot = rng.uniform(0, 1, 2) * [wide, tall]
        stain = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (rng.uniform(0.03, 0.3) * wide) ** 2)
        page *= 1 - rng.uniform(0, 0.4) * stain[:, :, None] * rng.uniform(0.2, 1, 3)
    turn = np.vstack([cv2.getRotationMatrix2D((wide / 2, tall / 2), float(rng.normal(0, 1)), 1), [0, 0, 1]])
    lid = tuple(float(n) for n in shade(rng))
    page = cv2.warpPerspective(page, turn, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=lid)
    page = np.clip(light(page, rng), 0, 255)
    if rng.random() < 0.25:
        page[:] = page.mean(axis=2, keepdims=True)
    if rng.random() < 0.06:
        page = 255.0 * (page + rng.normal(0, 40, page.shape[:2])[:, :, None] > 128)
    return page.astype(np.uint8), [move(corners, turn) for corners in panels]


def hide(photo: NDArray[np.float64], panels: Panels, rng: Rng) -> NDArray[np.float64]:
    """Lay a finger, a pen or a hand over an edge."""
    tall, wide = photo.shape[:2]
    corners = panels[int(rng.integers(len(panels)))]
    side, along = int(rng.integers(4)), rng.uniform(0.1, 0.9)
    tip = corners[side] * (1 - along) + corners[(side + 1) % 4] * along
    middle = corners.mean(axis=0)
    out = (tip - middle) / (np.linalg.norm(tip - middle) + 1e-9)
    turn = rng.normal(0, 0.4)
    out = out @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    inner = tip - out * rng.uniform(-0.02, 0.15) * wide
    thick = max(2, rng.uniform(0.008, 0.06) * wide)
    hand = np.zeros((tall, wide), np.uint8)
    for finger in range(int(rng.choice([1, 1, 2, 4]))):
        off = np.array([-out[1], out[0]]) * finger * 2.2 * thick - out * rng.uniform(-1, 1) * thick
        ends = [(inner + off).astype(int).tolist(), (inner + off + out * 1.5 * wide).astype(int).tolist()]
        cv2.line(hand, ends[0], ends[1], 255, round(2 * thick))
        cv2.circle(hand, ends[0], round(thick), 255, -1)
    soft = cv2.GaussianBlur(hand, (0, 0), 1.5)[:, :, None] / 255
    skin = np.array([205, 160, 135]) * rng.uniform(0.3, 1.1) if rng.random() < 0.7 else rng.uniform(0, 255, 3)
    deep = cv2.GaussianBlur(hand, (0, 0), float(max(1, thick / 2)))[:, :, None] / 255
    return np.asarray(photo * (1 - soft) + skin * (0.5 + 0.5 * deep) * soft)


def photograph(rgb: Colours, panels: Panels, rng: Rng) -> tuple[Colours, Panels]:
    """Photograph a page or a screen: turned, in perspective, on a desk, with moire, glare and hands."""
    if rng.random() < 0.25:
        bezel = int(rng.integers(5, 60))
        tint = [int(n) for n in rng.choice([[15, 15, 18], [60, 60, 64], [225, 225, 228]])]
        rgb = cv2.copyMakeBorder(rgb, bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=tint)
        panels = [corners + bezel for corners in panels]
    tall, wide = rgb.shape[:2]
    less = min(1.0, 1100 / max(tall, wide))
    sheet = box(wide, tall)
    angle = np.deg2rad(rng.normal(0, 3))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    placed = (sheet - sheet.mean(axis=0)) @ turn.T + rng.normal(0, 0.025, (4, 2)) * [wide, tall]
    around = rng.uniform(-0.04, 0.25, 4) * max(wide, tall)
    size = np.ptp(placed, axis=0) + around[:2] + around[2:]
    placed = (placed - placed.min(axis=0) + around[:2]) * less
    size = tuple(int(n) for n in np.maximum(size * less, 64))
    forth = homography(sheet, placed)
    warped = cv2.warpPerspective(rgb, forth, size, flags=cv2.INTER_LINEAR).astype(float)
    mask = cv2.warpPerspective(np.ones((tall, wide), np.float32), forth, size)[:, :, None]
    photo = warped * mask + texture(rng, size) * (1 - mask)
    panels = [move(corners, forth) for corners in panels]
    y, x = np.mgrid[: size[1], : size[0]]
    if rng.random() < 0.45:
        for _ in range(int(rng.choice([1, 1, 2]))):
            way, period = rng.uniform(0, np.pi), float(rng.uniform(3, 40))
            bent = rng.normal(0, 0.1) * (x / size[0] - 0.5) ** 2 * size[0]
            wave = 2 * np.pi * (x * np.cos(way) + y * np.sin(way) + bent) / period
            late = rng.uniform(0, 2, 3) * (rng.random() < 0.3)
            photo *= 1 + rng.uniform(0.01, 0.16) * np.sin(wave[:, :, None] + late)
    if rng.random() < 0.3:
        spot = rng.uniform(0, 1, 2) * size
        far = ((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (rng.uniform(0.05, 0.3) * size[0]) ** 2
        photo += rng.uniform(20, 150) * np.exp(-far)[:, :, None]
    if rng.random() < 0.3:
        photo = hide(photo, panels, rng)
    return np.clip(light(photo, rng), 0, 255).astype(np.uint8), panels


def draw_picture(sections: list[NDArray[np.float32]], number: int) -> tuple[Colours, Panels]:
    """Draw a picture by its number, and the corners of each section in it."""
    rng = np.random.default_rng([14, number])
    kinds = (bare, figure, window, page_of)
    rgb, panels = kinds[int(rng.choice(4, p=[0.15, 0.35, 0.27, 0.23]))](sections, rng)
    if rng.random() < 0.15:
        rgb, panels = crop(rgb, panels, rng)
    come = rng.random()
    if come > 0.55:
        rgb, panels = photograph(rgb, panels, rng)
    elif come > 0.38:
        rgb, panels = scan(rgb, panels, rng)
    if rng.random() < 0.3:
        factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.5))))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        before = rgb.shape[1::-1]
        rgb = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=how)
        panels = [corners * np.divide(rgb.shape[1::-1], before) for corners in panels]
    return (jpeg(rgb, int(rng.integers(25, 96))) if rng.random() < 0.6 else rgb), panels


# ---- the file


@functools.lru_cache(1)
def load_sections(files: tuple[Path, ...]) -> list[NDArray[np.float32]]:
    """Load sections (traces, samples)."""
    found = []
    for file in files:
        with h5py.File(file) as held:
            found += [one[0] for one in held["seismic"][:].astype(np.float32)]
    return found


def draw_example(files: tuple[Path, ...], number: int) -> tuple[Colours, Colours]:
    """Give a picture as the network is shown it, and the part of each cell that is a section's, 0 to 255."""
    rgb, panels = draw_picture(load_sections(files), number)
    rng = np.random.default_rng([15, number])
    if rng.random() < CLOSE:
        rgb, panels = closer(rgb, panels, rng)
    shown, scale = fit_in(rgb)
    fine = np.zeros((SIDE, SIDE), np.uint8)
    for corners in panels:
        cv2.fillPoly(fine, [np.round(corners * scale * 16).astype(np.int32)], 255, shift=4)
    size = np.ceil(np.array(rgb.shape[1::-1]) * scale).astype(int)
    fine[size[1] :], fine[:, size[0] :] = 0, 0
    return shown, cv2.resize(fine, (SIDE // CELL, SIDE // CELL), interpolation=cv2.INTER_AREA)


def main() -> None:
    """Draw a file of pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("sections", type=Path, nargs="+")
    parser.add_argument("--first", type=int, default=0, metavar="N")
    parser.add_argument("--count", type=int, default=6000, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    options = parser.parse_args()
    draw = functools.partial(draw_example, tuple(options.sections))
    numbers = range(options.first, options.first + options.count)
    cells = SIDE // CELL
    with h5py.File(options.out, "w") as file, concurrent.futures.ProcessPoolExecutor(options.workers) as pool:
        pictures = file.create_dataset(
            "pictures", (len(numbers), SIDE, SIDE, 3), "u1", chunks=(1, SIDE, SIDE, 3)
        )
        masks = file.create_dataset("masks", (len(numbers), cells, cells), "u1", chunks=(1, cells, cells))
        for place, (picture, mask) in enumerate(pool.map(draw, numbers, chunksize=8)):
            pictures[place], masks[place] = picture, mask


if __name__ == "__main__":
    main()
