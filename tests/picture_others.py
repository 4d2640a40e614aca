"""Pictures that are no sections: slices, gathers, maps, faces, facies, text, charts."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

KINDS = ("slice", "gather", "map", "contours", "portrait", "facies", "text", "chart", "noise", "desktop")


def draw_other(kind, seed=0, *, cube=None):
    """Draw a picture (height, width, 3) of a kind; ``cube`` (inlines, crosslines, samples) for a slice."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return globals()[f"_{kind}"](rng, cube) if kind == "slice" else globals()[f"_{kind}"](rng)


def _show(values, colours, *, axes=True, interpolation="bilinear", contours=None):
    figure = Figure(figsize=(7, 6), dpi=100)
    FigureCanvasAgg(figure)
    place = figure.add_subplot() if axes else figure.add_axes((0, 0, 1, 1))
    shown = place.imshow(values, cmap=colours, aspect="auto", interpolation=interpolation)
    if contours:
        place.contour(values, contours, colors="k", linewidths=0.7)
    if axes:
        figure.colorbar(shown)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()


def _slice(rng, cube):
    """Draw a time slice: curved beds in all directions."""
    if cube is None:
        x, y = np.meshgrid(np.linspace(-3, 3, 300), np.linspace(-3, 3, 260))
        depth = gaussian_filter(rng.standard_normal(x.shape), 35)
        cube_slice = np.sin(40 * depth / depth.std() / 3 + 3 * np.hypot(x, y))
        cube_slice += 0.3 * rng.standard_normal(x.shape)
    else:
        cube_slice = cube[:, :, cube.shape[2] // 2]
    return _show(cube_slice, str(rng.choice(["gray", "seismic"])))


def _gather(rng):
    """Draw a shot gather: a mute, direct waves and hyperbolas."""
    offset, time = np.meshgrid(np.linspace(-1.5, 1.5, 240), np.arange(500) * 0.004)
    values = 0.05 * rng.standard_normal(offset.shape)
    for start in np.sort(rng.uniform(0.2, 1.8, 14)):
        phase = (time - np.hypot(start, offset / rng.uniform(1.6, 2.4))) * 28
        values += rng.normal() * (1 - 2 * phase**2) * np.exp(-(phase**2))
    for speed in (1.5, 0.7):
        phase = (time - np.abs(offset) / speed) * 28
        values += 2 * (1 - 2 * phase**2) * np.exp(-(phase**2))
    values[time < np.abs(offset) / 1.5 - 0.03] = 0
    return _show(np.clip(values, -1, 1), "gray")


def _map(rng):
    """Draw a horizon map: smooth, in rainbow colours."""
    return _show(gaussian_filter(rng.standard_normal((260, 300)), 22), str(rng.choice(["jet", "viridis"])))


def _contours(rng):
    """Draw a map with contour lines."""
    return _show(gaussian_filter(rng.standard_normal((260, 300)), 18), "terrain", contours=18)


def _portrait(rng):
    """Draw something like a face: smooth shades in all directions, some grain."""
    y, x = np.mgrid[0:500, 0:400]
    face = np.hypot((x - 200) / 120, (y - 240) / 170) < 1
    picture = (
        np.full((500, 400, 3), (92.0, 120, 150))
        + 25 * gaussian_filter(rng.standard_normal((500, 400, 1)), (30, 30, 0)) * 20
    )
    picture[face] = (214, 172, 146)
    for a, b, wide, tall, colour in (
        (150, 200, 24, 10, 40),
        (250, 200, 24, 10, 40),
        (200, 330, 50, 12, 120),
        (200, 90, 150, 60, 50),
    ):
        picture[np.hypot((x - a) / wide, (y - b) / tall) < 1] = (colour, colour * 0.7, colour * 0.6)
    shade = 1 - 0.35 * np.clip((x - 160) / 240, 0, 1)[:, :, None]
    picture = gaussian_filter(picture, (3, 3, 0)) * shade + rng.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _facies(rng):
    """Draw layers of a few colours."""
    y, x = np.mgrid[0:260, 0:300]
    depth = y + 18 * np.sin(x / 60) + 10 * gaussian_filter(rng.standard_normal(x.shape), 20) * 40
    return _show((depth // 40) % 6, "tab10", interpolation="nearest")


def _text(rng):
    """Draw a page of words."""
    page = Image.new("RGB", (800, 1000), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    letters = np.array(list("aabcdeefghiilmnoorsttuvw   "))
    for row in range(60, 940, 18):
        pen.text((70, row), "".join(rng.choice(letters, 95)), (20, 20, 20), ImageFont.load_default(13))
    return np.asarray(page)


def _chart(rng):
    """Draw curves."""
    figure = Figure(figsize=(7, 5), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for _ in range(4):
        axes.plot(np.cumsum(rng.standard_normal(200)))
    axes.grid()
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()


def _noise(rng):
    """Draw noise."""
    return np.repeat(rng.integers(0, 256, (300, 400, 1), np.uint8), 3, 2)


def _desktop(rng):
    """Draw windows and icons."""
    page = Image.new("RGB", (1000, 640), (30, 80, 120))
    pen = ImageDraw.Draw(page)
    for _ in range(5):
        x, y = int(rng.integers(0, 700)), int(rng.integers(0, 400))
        pen.rectangle([x, y, x + 280, y + 200], fill=(240, 240, 240))
        pen.rectangle([x, y, x + 280, y + 22], fill=(60, 90, 160))
        for row in range(y + 34, y + 190, 16):
            pen.text((x + 10, row), "lorem ipsum dolor sit amet", (20, 20, 20), ImageFont.load_default(11))
    return np.asarray(page)
