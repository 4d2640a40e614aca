"""Pictures of known sections, as people hold them: bare, plotted, in a viewer, printed, photographed."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, hsv_to_rgb
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from odfault.picture.straighten import homography, move
from odfault.picture.vision import load_vision

GREYS = ("gray", "gray_r")
MAPS = (*GREYS, "seismic", "RdBu", "bwr", "PuOr", "BrBG", "brown", "petrel", "rainbow_like",
        "coolwarm", "jet", "random")  # fmt: skip
STYLES = ("bare", "axes", "viewer", "journal", "photo", "screen", "scan")
OWN = {
    "brown": ["#3b2000", "#b8864b", "#ffffff", "#6f8fd0", "#00007f"],
    "petrel": ["#a1ffff", "#0000bf", "#4d4d4d", "#cccccc", "#613a00", "#ff0000", "#ffff00"],
    "rainbow_like": ["#000090", "#00a0ff", "#50e050", "#ffe000", "#ff3000", "#700000"],
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A picture, and what is true of it: corners in pixels, the array that was drawn, how it was drawn."""

    rgb: np.ndarray
    corners: np.ndarray
    section: np.ndarray
    style: str
    colours: str
    words: str


def draw_case(section, seed, *, style=None, colours=None):
    """Draw a section (traces, samples) as seed says; style and colours may be asked for."""
    rng = np.random.default_rng(seed)
    style = style or str(rng.choice(STYLES))
    colours = colours or str(rng.choice(MAPS))
    colours = f"random {seed}" if colours == "random" else colours
    scale = tuple(np.exp(rng.uniform(np.log(0.5), np.log(3.0), 2)).tolist())
    if abs(np.log(scale[0] / scale[1])) > 0.7:
        scale = (scale[0], scale[0] * float(np.exp(rng.uniform(-0.4, 0.4))))
    clip = float(np.quantile(np.abs(section), rng.uniform(0.97, 0.998)))
    draw = (draw_bare, draw_axes, draw_viewer, draw_journal, draw_photo, draw_screen, draw_scan)[
        STYLES.index(style)
    ]
    rgb, corners, words = draw(section, rng, colours, scale, clip)
    if rng.random() < 0.6:
        quality = int(rng.integers(60, 96))
        rgb, words = jpeg(rgb, quality), f"{words}, JPEG {quality}"
    words = f"{scale[0]:.2f} x {scale[1]:.2f} pixels a sample, {words}"
    return Case(rgb, np.asarray(corners, float), section, style, colours, words)


def colour_map(name):
    """Give a Matplotlib map by one of ``MAPS``."""
    from matplotlib import colormaps

    if name.startswith("random"):
        return LinearSegmentedColormap.from_list(name, _two_ended(int(name.split()[1])))
    return LinearSegmentedColormap.from_list(name, OWN[name]) if name in OWN else colormaps[name]


def _two_ended(seed):
    """Draw a map of nobody: two hues that get paler towards a light middle."""
    rng = np.random.default_rng([seed, 3])
    first = rng.uniform(0, 1)
    hues = [first, (first + rng.uniform(0.25, 0.75)) % 1]
    middle = np.full(3, rng.uniform(0.75, 1))
    ends = [np.array(hsv_to_rgb((hue, rng.uniform(0.7, 1), rng.uniform(0.6, 0.95)))) for hue in hues]
    dark = float(rng.uniform(0.3, 0.9))
    return [ends[0] * dark, ends[0], middle, ends[1], ends[1] * dark]


def paint(section, colours, clip, size, how):
    """Colour a section and resize it, samples first; size is (width, height)."""
    values = np.clip(section.T / clip, -1, 1).astype(np.float32)
    if how == "nearest":
        rgb = (colour_map(colours)((values + 1) / 2)[:, :, :3] * 255).round().astype(np.uint8)
        return Image.fromarray(rgb).resize(size, Image.Resampling.NEAREST)
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    fine = np.asarray(Image.fromarray(values).resize(size, filters[how]))
    return Image.fromarray((colour_map(colours)((fine + 1) / 2)[:, :, :3] * 255).round().astype(np.uint8))


def _size(section, scale):
    return round(section.shape[0] * scale[0]), round(section.shape[1] * scale[1])


def _how(rng):
    return str(rng.choice(["nearest", "bilinear", "bicubic"]))


def _box(x, y, width, height):
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]


def jpeg(rgb, quality):
    """Save and load."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def draw_bare(section, rng, colours, scale, clip):
    """Nothing but the section, or with a white or dark rim."""
    how, size = _how(rng), _size(section, scale)
    rim = int(rng.choice([0, 0, 20, 60]))
    ground = tuple(int(n) for n in rng.choice([[255] * 3, [30, 32, 36]]))
    page = Image.new("RGB", (size[0] + 2 * rim, size[1] + 2 * rim), ground)
    page.paste(paint(section, colours, clip, size, how), (rim, rim))
    return np.asarray(page), _box(rim, rim, *size), f"{how}, rim {rim}"


def draw_axes(section, rng, colours, scale, clip):
    """Draw a Matplotlib figure: ticks, labels, title, colour bar, now and then a grid."""
    size, dpi = _size(section, scale), 100
    bar, grid = str(rng.choice(["none", "right", "bottom"])), rng.random() < 0.3
    font = str(rng.choice(["DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"]))
    wide, tall = size[0] + 230, size[1] + 190
    figure = Figure(figsize=(wide / dpi, tall / dpi), dpi=dpi)
    FigureCanvasAgg(figure)
    if rng.random() < 0.25:
        figure.set_facecolor("#dddddd")
    axes = figure.add_axes((90 / wide, 110 / tall, size[0] / wide, size[1] / tall))
    how = str(rng.choice(["nearest", "bilinear", "bicubic", "antialiased"]))
    extent = (0, section.shape[0], section.shape[1] * 4, 0)
    shown = axes.imshow(
        section.T,
        cmap=colour_map(colours),
        vmin=-clip,
        vmax=clip,
        aspect="auto",
        interpolation=how,
        extent=extent,
    )
    axes.set_xlabel("crossline", family=font, size=int(rng.integers(8, 15)))
    axes.set_ylabel("two-way time, ms", family=font, size=int(rng.integers(8, 15)))
    axes.set_title(str(rng.choice(["", "Inline 1042", "Line A-A', migrated"])), family=font)
    if rng.random() < 0.3:
        for spine in axes.spines.values():
            spine.set_visible(False)
    if grid:
        axes.grid(color=str(rng.choice(["k", "w"])), alpha=float(rng.uniform(0.3, 1)), linewidth=0.8,
                  linestyle=str(rng.choice(["-", "--", ":"])))  # fmt: skip
    if bar == "right":
        place = figure.add_axes(((size[0] + 110) / wide, 110 / tall, 18 / wide, size[1] / tall))
        figure.colorbar(shown, cax=place)
    if bar == "bottom":
        place = figure.add_axes((90 / wide, 30 / tall, size[0] / wide, 15 / tall))
        figure.colorbar(shown, cax=place, orientation="horizontal")
    figure.canvas.draw()
    rgb = np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()
    place = axes.get_window_extent()
    corners = _box(place.x0, rgb.shape[0] - place.y1, place.width, place.height)
    return rgb, corners, f"{how}, bar {bar}, {'grid' if grid else 'no grid'}"


def _font(size):
    return ImageFont.load_default(size)


def _scribble(pen, rng, place, colour, *, size=11, lines=1):
    """Write words of letters drawn by chance."""
    letters = np.array(list("aabcdeefghiilmnoorsttuvw     "))
    for line in range(lines):
        pen.text(
            (place[0], place[1] + line * size * 1.4),
            "".join(rng.choice(letters, place[2])),
            colour,
            _font(size),
        )


def draw_viewer(section, rng, colours, scale, clip):
    """Draw a window of an interpretation program: toolbars, a tree, a colour bar, rulers, a status line."""
    dark = rng.random() < 0.5
    ground, bars, ink = (
        ((43, 43, 48), (60, 63, 68), (210, 210, 210)) if dark else ((240,) * 3, (222,) * 3, (20,) * 3)
    )
    how, size = _how(rng), _size(section, scale)
    tree, top = int(rng.choice([0, 170])), int(rng.choice([60, 90]))
    bar_left = rng.random() < 0.5
    left = tree + 60 + (40 if bar_left else 0)
    right = 20 if bar_left else 70
    page = Image.new("RGB", (left + size[0] + right, top + 36 + size[1] + 40), ground)
    pen = ImageDraw.Draw(page)
    wide, tall = page.size
    pen.rectangle([0, 0, wide, top], fill=bars)
    _scribble(pen, rng, (8, 4, min(60, wide // 12)), ink)
    for row in range(24, top - 20, 28):
        for x in range(8, wide - 30, 30):
            if rng.random() < 0.8:
                fill = tuple(int(n) for n in rng.integers(40, 230, 3))
                pen.ellipse([x + 3, row + 3, x + 19, row + 19], fill=fill)
                pen.line([x, row + 11, x + 22, row + 11], fill=ink)
    if tree:
        pen.rectangle([0, top, tree, tall], fill=bars)
        _scribble(pen, rng, (20, top + 10, 18), ink, lines=max(1, int((tall - top - 40) / 16)))
    pen.rectangle([0, tall - 22, wide, tall], fill=bars)
    _scribble(pen, rng, (8, tall - 18, 50), ink)
    y = top + 30
    page.paste(paint(section, colours, clip, size, how), (left, y))
    ramp = np.repeat(np.linspace(1, -1, min(size[1], 256))[:, None], 16, 1).T * clip
    strip = paint(ramp, colours, clip, (16, min(size[1], 256)), "nearest")
    page.paste(strip, (tree + 12 if bar_left else left + size[0] + 14, y))
    for step in range(0, size[1], 50):
        pen.text((left - 34, y + step - 5), str(step * 4), ink, _font(10))
        pen.line([left - 6, y + step, left - 1, y + step], fill=ink)
    for step in range(0, size[0], 80):
        pen.text((left + step, y - 18), str(1000 + step), ink, _font(10))
    return np.asarray(page), _box(left, y, *size), f"{how}, {'dark' if dark else 'light'} viewer"


def draw_journal(section, rng, colours, scale, clip):
    """Draw a page of a journal: the figure between text in columns, on paper that may be yellow."""
    figure, corners, words = draw_axes(section, rng, colours, scale, clip)
    tall, wide = figure.shape[:2]
    page = Image.new("RGB", (wide + 160, tall + 420), (255, 255, 255))
    pen = ImageDraw.Draw(page)
    top = int(rng.integers(60, 320))
    column = (wide + 160 - 140) // 2
    for begin, end in ((40, top - 10), (top + tall + 60, tall + 400)):
        for x in (60, 60 + column + 20):
            if end - begin > 24:
                _scribble(
                    pen, rng, (x, begin, int(column / 6.2)), (25, 25, 25), lines=int((end - begin) / 15.4)
                )
    page.paste(Image.fromarray(figure), (80, top))
    _scribble(pen, rng, (80, top + tall + 10, int(wide / 7)), (25, 25, 25), lines=2)
    rgb = np.asarray(page)
    if rng.random() < 0.4:
        rgb, words = yellow(rgb, rng), f"{words}, yellow paper"
    return rgb, np.add(corners, [80, top]), f"journal, {words}"


def yellow(rgb, rng):
    """Scan it: yellowed, a little blurred, grainy, unevenly dark."""
    soft = np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(0.6)), float)
    tall, wide = rgb.shape[:2]
    shade = 1 - 0.12 * np.linspace(0, 1, wide)[None, :] * np.linspace(0, 1, tall)[:, None]
    soft = (30 + soft * (225 / 255)) * shade[:, :, None] * [0.98, 0.93, 0.78] + rng.normal(
        0, 3, (tall, wide, 1)
    )
    return np.clip(soft, 0, 255).astype(np.uint8)


def draw_photo(section, rng, colours, scale, clip):
    """Photograph a page or a screen: turned and in perspective, unevenly lit, blurred, noisy, on a desk."""
    cv2 = load_vision()
    flat, corners, words = [draw_axes, draw_viewer, draw_bare][int(rng.integers(3))](
        section, rng, colours, scale, clip
    )
    photo, corners = take_photo(flat, corners, rng, cv2)
    return photo, corners, f"photo of {words}"


def take_photo(flat, corners, rng, cv2):
    """Turn, tilt, light, blur and lay on a desk."""
    tall, wide = flat.shape[:2]
    rim = round(0.08 * max(tall, wide))
    size = (wide + 2 * rim, tall + 2 * rim)
    sheet = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], float)
    angle = np.deg2rad(rng.uniform(-2.5, 2.5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([wide, tall]) / 2
    placed = (sheet - middle) @ turn.T + middle + rim + rng.uniform(-0.025, 0.025, (4, 2)) * [wide, tall]
    forth = homography(sheet, placed)
    desk = cv2.GaussianBlur(
        rng.normal(0, 1, (size[1], size[0])).astype(np.float32), (0, 0), sigmaX=25, sigmaY=2
    )
    desk = np.array([120, 95, 70]) + 300 * desk[:, :, None]
    warped = cv2.warpPerspective(flat, forth, size, flags=cv2.INTER_AREA).astype(float)
    mask = cv2.warpPerspective(np.full((tall, wide), 1, np.float32), forth, size)[:, :, None]
    photo = warped * mask + desk * (1 - mask)
    light = (
        1
        - 0.3
        * np.linspace(0, 1, size[0])[None, :]
        * np.linspace(1, float(rng.uniform(0.3, 1)), size[1])[:, None]
    )
    photo = cv2.GaussianBlur(photo, (0, 0), 0.7) * light[:, :, None] + rng.normal(0, 3, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8), move(corners, forth)


def draw_screen(section, rng, colours, scale, clip):
    """Photograph a screen: moire, a glare, now and then a finger over an edge of the panel."""
    cv2 = load_vision()
    flat, corners, words = draw_viewer(section, rng, colours, scale, clip)
    photo, corners = take_photo(flat, corners, rng, cv2)
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]]
    way, period = rng.uniform(0, np.pi), float(rng.uniform(6, 30))
    moire = 1 + rng.uniform(0.02, 0.08) * np.sin(2 * np.pi * (x * np.cos(way) + y * np.sin(way)) / period)
    tall, wide = photo.shape[:2]
    spot = rng.uniform(0.2, 0.8, 2) * [wide, tall]
    glare = 70 * rng.random() * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (0.15 * wide) ** 2)
    photo = np.clip(photo * moire[:, :, None] + glare[:, :, None], 0, 255)
    if rng.random() < 0.5:
        words += ", finger"
        side = int(rng.integers(4))
        along = rng.uniform(0.3, 0.7)
        tip = corners[side] * (1 - along) + corners[(side + 1) % 4] * along
        inner = tip + 0.06 * (corners.mean(axis=0) - tip)
        thick = 0.035 * wide
        outer = inner + (tip - corners.mean(axis=0)) / np.linalg.norm(tip - corners.mean(axis=0)) * wide
        hand = np.zeros(photo.shape[:2], np.uint8)
        cv2.line(hand, inner.astype(int).tolist(), outer.astype(int).tolist(), 255, round(2 * thick))
        cv2.circle(hand, inner.astype(int).tolist(), round(thick), 255, -1)
        hand = cv2.GaussianBlur(hand, (0, 0), 1.5)[:, :, None] / 255
        skin = np.array([205, 160, 135]) * (0.75 + 0.25 * np.sin(x / thick))[:, :, None]
        photo = photo * (1 - hand) + skin * hand
    return photo.astype(np.uint8), corners, f"screen of {words}"


def draw_scan(section, rng, colours, scale, clip):
    """Scan an old page: yellow, askew by a degree, creased, with a stain."""
    cv2 = load_vision()
    flat, corners, words = draw_axes(section, rng, colours, scale, clip)
    page = np.pad(flat, ((60, 120), (70, 70), (0, 0)), constant_values=255)
    corners = np.add(corners, [70, 60])
    page = yellow(page, rng).astype(float)
    tall, wide = page.shape[:2]
    for _ in range(int(rng.integers(0, 3))):
        at = int(rng.uniform(0.2, 0.8) * tall)
        page[at : at + 2] *= rng.uniform(0.75, 0.95)
    y, x = np.mgrid[:tall, :wide]
    spot = rng.uniform(0, 1, 2) * [wide, tall]
    stain = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / (0.12 * wide) ** 2)
    page *= 1 - 0.25 * stain[:, :, None] * [0.4, 0.7, 1]
    turn = np.vstack(
        [cv2.getRotationMatrix2D((wide / 2, tall / 2), float(rng.uniform(-1.2, 1.2)), 1), [0, 0, 1]]
    )
    page = cv2.warpPerspective(page, turn, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=(235, 222, 185))
    return np.clip(page, 0, 255).astype(np.uint8), move(corners, turn), f"scan of {words}"
