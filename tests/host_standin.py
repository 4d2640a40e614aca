"""A stand-in for the interpretation host: starts a script as the host does and speaks its protocol."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
BARE = {"IFS": " \t\n", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PYTHONPATH": "/nowhere/bin/python"}
TIMEOUT_S = 120


def percent(text):
    """Percent-code as the host does: backslashes doubled, all but ASCII letters and digits coded."""
    return "".join(c if c.isascii() and c.isalnum() else f"%{ord(c):02x}" for c in text.replace("\\", "\\\\"))


def query(script, *, python=sys.executable, environment=BARE):
    """Ask for the menu; the finished process, its output in bytes."""
    command = [python, str(script), "-g"]
    return subprocess.run(
        command, capture_output=True, env=environment, cwd="/", timeout=TIMEOUT_S, check=False
    )


def window_about(volume, inline, crossline, step_out, gone=None):
    """Cut the window about a trace, the centre trace in place of what the survey does not have.

    gone : (inlines, crosslines), True where there is no trace
    """
    size = [2 * n + 1 for n in step_out]
    window = np.empty((*size, volume.shape[2]), np.float32)
    for i in range(size[0]):
        for j in range(size[1]):
            x, y = inline + i - step_out[0], crossline + j - step_out[1]
            inside = 0 <= x < volume.shape[0] and 0 <= y < volume.shape[1]
            inside = inside and not (gone is not None and gone[x, y])
            window[i, j] = volume[x, y] if inside else volume[inline, crossline]
    return window


def with_margins(window, start, stop, margin):
    """Cut samples start - margin ... stop + margin, zeros beyond the data."""
    wide = np.pad(window, ((0, 0), (0, 0), (margin, margin)))
    return np.ascontiguousarray(wide[:, :, start : stop + 2 * margin])


class Host:
    """One life of a script: started with ``-c``, asked window by window, left by closing its input.

    Parameters
    ----------
    script : path
        The attribute.
    parameters : dict
        As the interpreter chose them.
    step_out : tuple of int
        Inlines and crosslines.
    outputs : int
        Numbers of a sample in a reply.
    long : bool
        Whether the first block has 44 bytes, or 40 as from older hosts.
    """

    def __init__(self, script, parameters=(), *, step_out=(0, 0), outputs=1, long=True, n_z=100):
        self.outputs = outputs
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        argument = percent(json.dumps(dict(parameters)))
        self.process = subprocess.Popen(
            [sys.executable, str(script), "-c", argument],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=BARE, cwd="/", bufsize=0,
        )  # fmt: skip
        inlines, crosslines = 2 * step_out[0] + 1, 2 * step_out[1] + 1
        head = (inlines * crosslines, 1, outputs, inlines, crosslines, 0.004, 25.0, 25.0, 1000.0, 1e6)
        self.send(struct.pack("=5i5f", *head) + (struct.pack("=i", n_z) if long else b""))

    def send(self, block):
        """Write bytes."""
        self.process.stdin.write(block)

    def ask(self, window, inline=1, crossline=1, first_sample=0):
        """Send a window (inlines, crosslines, samples) and wait for the reply (outputs, samples)."""
        timer = threading.Timer(TIMEOUT_S, self.process.kill)
        timer.start()
        try:
            n = window.shape[-1]
            self.send(struct.pack("=4i", n, first_sample, inline, crossline))
            left = memoryview(np.ascontiguousarray(window, np.float32).tobytes())
            while left:
                left = left[os.write(self.process.stdin.fileno(), left) :]
            reply = b""
            while len(reply) < 4 * n * self.outputs:
                piece = os.read(self.process.stdout.fileno(), 4 * n * self.outputs - len(reply))
                assert piece, f"the script left: {self.read_log()}"
                reply += piece
        finally:
            timer.cancel()
        return np.frombuffer(reply, np.float32).reshape(self.outputs, n)

    def read_log(self):
        """Read what the script wrote on standard error so far."""
        self._log.seek(0)
        return self._log.read().decode()

    def leave(self):
        """Close the pipe; the exit code, what is left on standard output, standard error."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        code = self.process.wait(TIMEOUT_S)
        log = self.read_log()
        self._log.close()
        return code, rest, log

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self._log.closed:
            self.process.kill()
            self.leave()
