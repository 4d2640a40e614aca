"""Faults on a picture of a section: `pip install ".[picture]"`."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from odfault.demo import EXAMPLE
from odfault.picture.command import answer_picture
from odfault.segy.survey import SegySurvey

with tempfile.TemporaryDirectory() as folder, SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
    section = survey.read(slice(30, 31), slice(0, survey.shape[1]))[0].T
    grey = np.uint8(np.clip(128 + 127 * section / np.quantile(np.abs(section), 0.99), 0, 255))
    picture, out = Path(folder) / "section.png", Path(folder) / "faults.png"
    Image.fromarray(grey).resize((640, 512), Image.Resampling.BICUBIC).save(picture)
    found, probability = answer_picture(picture, out)
    faulted = (probability > 0.5).mean()
    print(f"{found.colours}, {found.shape[0]} x {found.shape[1]} pixels, {faulted:.1%} of them on faults")
