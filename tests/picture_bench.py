"""How well pictures of known sections are read and answered.

python tests/picture_bench.py --count 100 [--sheet FOLDER] [--no-faults]

prints, by style and colours, how often the panel's corners are within 2 % of its size, how well amplitudes
correlate with those that were drawn, and the F1 of faults within 2 samples beside that of the array itself.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
from picture_cases import GREYS, MAPS, STYLES, draw_case
from PIL import Image, ImageDraw
from scipy.ndimage import map_coordinates

from odfault.agreement import within_reach
from odfault.errors import OdfaultError
from odfault.picture.answer import answer_section
from odfault.picture.section import find_section
from odfault.picture.straighten import box, homography, move
from odfault.thinning import thin


@dataclasses.dataclass
class Row:
    """What was measured on one picture."""

    style: str
    colours: str
    words: str
    edge: float = 1.0
    amplitude: float = 0.0
    counts: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(4))
    own: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(4))
    seconds: float = 0.0
    refused: str = ""
    found: str = ""


def sources(count, *, first=0, shape=(1, 288, 224), seed=77):
    """Draw sections with their labels: (traces, samples) twice.

    Dominant frequencies are those of surveys (12 to 35 Hz at 4 ms): of a period of 4 samples, which the
    generator draws too, a picture of half a pixel a sample holds nothing.
    """
    from odfault_synthetic.cube import draw_cube
    from odfault_synthetic.recipe import read_recipe

    for number in range(first, first + count):
        name = ("everything", "rift", "passive-margin")[number % 3]
        recipe = dataclasses.replace(
            read_recipe(name),
            shape=shape,
            seed=seed,
            signal_to_noise_db=(3.0, 20.0),
            unfaulted=0.0,
            peak=(0.05, 0.14),
        )
        cube = draw_cube(recipe, number)
        yield cube.seismic[0], cube.labels[0]


def edge_error(found, true):
    """Give the largest distance of a corner, as a part of the panel's width or height."""
    size = np.ptp(true, axis=0)
    return float((np.abs(found - true) / size).max())


def on_true_grid(section, values, case, *, cells=1, order=1):
    """Take values of a found section to the samples that were drawn; the highest of cells x cells in each."""
    traces, samples = case.section.shape
    out = homography(box(traces, samples), case.corners)
    best = np.full((traces, samples), -np.inf)
    steps = (np.arange(cells) + 0.5) / cells
    for dx in steps:
        for dy in steps:
            i, j = np.meshgrid(np.arange(traces) + dx, np.arange(samples) + dy, indexing="ij")
            there = section.to_section(move(np.column_stack([i.ravel(), j.ravel()]), out))
            taken = map_coordinates(values, there.T, order=order, mode="nearest").reshape(traces, samples)
            best = np.maximum(best, taken)
    return best


def correlation(section, case):
    """Correlate found with true amplitudes, both as coarse as the coarser of the picture and the array."""
    size = [int(min(n, m)) for n, m in zip(case.section.shape, np.ptp(case.corners, axis=0), strict=True)]
    held = Image.fromarray(np.ascontiguousarray(case.section)).resize(size[::-1], Image.Resampling.BOX)
    found = np.asarray(on_true_grid(section, section.amplitudes, case, cells=1), np.float32)
    found = np.asarray(Image.fromarray(found).resize(size[::-1], Image.Resampling.BOX))
    return abs(float(np.corrcoef(found.ravel(), np.asarray(held).ravel())[0, 1]))


def count(probability, labels, *, threshold=0.5, tolerance=2.0):
    """Count right, found, seen and true samples of faults."""
    truth, ignore = labels == 1, labels > 1
    found = thin(np.clip(probability, 0, 1)) >= threshold
    near, reached = within_reach(truth, tolerance), within_reach(found, tolerance)
    found &= ~ignore
    return np.array([(found & near).sum(), found.sum(), (truth & reached).sum(), truth.sum()], float)


def f1(counts):
    """F1 of counts, one case or a sum of them."""
    precision, recall = counts[0] / max(1, counts[1]), counts[2] / max(1, counts[3])
    return 2 * precision * recall / max(1e-9, precision + recall)


def measure(case, labels, *, faults=True, given=False):
    """Read one picture and compare."""
    import odfault

    row = Row(case.style, case.colours, case.words)
    begin = time.process_time()
    try:
        section = find_section(case.rgb, corners=case.corners if given else None)
    except OdfaultError as error:
        row.refused = str(error)
        return row, None
    row.edge, row.found = edge_error(section.corners, case.corners), section.colours
    row.amplitude = correlation(section, case)
    row.seconds = time.process_time() - begin
    if faults:
        answer = answer_section(section)
        row.counts = count(on_true_grid(section, answer, case, cells=3), labels)
        row.own = count(odfault.predict(case.section, model="fault2d"), labels)
    return row, section


def table(rows, *, faults=True):
    """Write the figures of groups of rows as a table."""
    groups = [("all", rows)]
    flat = [row for row in rows if row.style not in ("photo", "screen")]
    groups += [("no photos", flat)]
    groups += [(style, [row for row in rows if row.style == style]) for style in STYLES]
    groups += [("grey", [row for row in rows if row.colours in GREYS])]
    groups += [("colour", [row for row in rows if row.colours not in GREYS])]
    groups += [
        (name, [row for row in rows if row.colours.startswith(name)]) for name in MAPS if name not in GREYS
    ]
    lines = ["pictures          n  refused  edges<2%  corr median  >=goal   F1 picture  F1 array"]
    for name, some in groups:
        read = [row for row in some if not row.refused]
        if not read:
            continue
        fits = [row.amplitude >= (0.95 if row.colours in GREYS else 0.90) for row in read]
        edges = np.mean([row.edge <= 0.02 for row in some])
        line = f"{name:14s} {len(some):4d} {len(some) - len(read):8d} {edges:9.2f}"
        line += f" {np.median([row.amplitude for row in read]):12.3f} {np.mean(fits):7.2f}"
        if faults:
            line += f" {f1(sum(row.counts for row in read)):12.3f} {f1(sum(row.own for row in read)):9.3f}"
        lines.append(line)
    if faults:
        gaps = [f1(row.own) - f1(row.counts) for row in rows if row.own[3]]
        lines.append(f"F1 gap array - picture: mean {np.mean(gaps):.3f}, median {np.median(gaps):.3f}, "
                     f"at most .05 in {np.mean(np.array(gaps) <= 0.05):.2f} of {len(gaps)}")  # fmt: skip
    lines.append(f"CPU seconds to find and read one: {np.mean([row.seconds for row in rows]):.2f}")
    return "\n".join(lines)


def keep_sheet(folder, number, case, section, row):
    """Keep the picture with its true and its found panel."""
    image = Image.fromarray(case.rgb)
    pen = ImageDraw.Draw(image)
    pen.polygon([tuple(point) for point in case.corners], outline=(0, 200, 0), width=2)
    if section is not None:
        pen.polygon([tuple(point) for point in section.corners], outline=(255, 0, 255), width=2)
    image.save(folder / f"{number:03d}_{row.style}_{row.colours}.png")


def main():
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--given", action="store_true", help="tell the corners: how good is the rest?")
    parser.add_argument("--no-faults", action="store_true")
    options = parser.parse_args()
    rows = []
    for number, (section, labels) in enumerate(sources(options.count, first=options.first), options.first):
        style, colours = STYLES[number % len(STYLES)], MAPS[number // len(STYLES) % len(MAPS)]
        case = draw_case(section, number, style=style, colours=colours)
        row, found = measure(case, labels, faults=not options.no_faults, given=options.given)
        rows.append(row)
        print(
            f"{number:3d} {row.style:8s} {row.colours:12s} edge {row.edge:.3f} corr {row.amplitude:.3f} "
            f"F1 {f1(row.counts):.2f} / {f1(row.own):.2f} {row.found}: {row.words} {row.refused}", flush=True
        )  # fmt: skip
        if options.sheet:
            options.sheet.mkdir(parents=True, exist_ok=True)
            keep_sheet(options.sheet, number, case, found, row)
    print(table(rows, faults=not options.no_faults))


if __name__ == "__main__":
    main()
