"""A page to ask in tests: the app behind its guard, in this process; and pictures to ask it about."""

from __future__ import annotations

import contextlib
import io
import time
from urllib.parse import quote

import numpy as np
from PIL import Image

from odfault.demo import EXAMPLE

OWN = "http://127.0.0.1:8737"
PANEL = (90, 70, 570, 582)
"""Left, top, right and bottom of the section in ``draw_page``."""


def draw_page(at=32, size=(640, 640)):
    """Draw an inline of the demo's survey on a white page, as (height, width, 3)."""
    from odfault.segy.survey import SegySurvey

    with SegySurvey.open(EXAMPLE / "demo.sgy") as survey:
        line = survey.read(slice(at, at + 1), slice(0, survey.shape[1]))[0]
    clip = np.quantile(np.abs(line), 0.98)
    grey = Image.fromarray((np.clip(line.T / clip, -1, 1) * 127 + 128).astype(np.uint8))
    page = Image.new("L", size, 255)
    page.paste(grey.resize((480, 512), Image.Resampling.BICUBIC), PANEL[:2])
    return np.repeat(np.asarray(page)[:, :, None], 3, 2)


def as_file(rgb, kind="PNG", **words):
    """Pack a picture as a file's bytes."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, kind, **words)
    return buffer.getvalue()


def from_png(data):
    """Read a PNG."""
    return np.asarray(Image.open(io.BytesIO(data)))


@contextlib.contextmanager
def asked(**words):
    """Give a client of a fresh page, and its rooms."""
    from fastapi.testclient import TestClient

    from odfault.page.app import make_app
    from odfault.page.guard import Guard
    from odfault.page.rooms import Rooms

    guard = {name: words.pop(name) for name in ("host", "token") if name in words}
    rooms = Rooms(**words)
    with TestClient(Guard(make_app(rooms, warm=False), **guard), base_url=OWN) as client:
        client.headers["origin"] = OWN
        yield client, rooms


def send(client, data, name="section.png"):
    """Upload a file; give the answer."""
    return client.post("/api/files", content=data, headers={"x-name": quote(name)})


def work(client, word, timeout_s=300.0, **wanted):
    """Have a job done; give how it ended."""
    job = client.post(f"/api/files/{word}/jobs", json=wanted).json()
    end = time.monotonic() + timeout_s
    while job.get("state") in ("waiting", "working") and time.monotonic() < end:
        time.sleep(0.02)
        job = client.get(f"/api/jobs/{job['id']}").json()
    return job
