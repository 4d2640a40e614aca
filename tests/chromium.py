"""Chromium driven by tests, where there is one; and the page as the command serves it."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import subprocess
import time

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="there is no Chromium here: apt-get install chromium chromium-driver"
)


@contextlib.contextmanager
def served(command, home, *words):
    """Serve the page by the command; give its address."""
    env = {**os.environ, "XDG_RUNTIME_DIR": str(home), "LOCALAPPDATA": str(home), "HOME": str(home)}
    words = [*command, "page", "--no-open", "--port", "0", *words]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        yield found[0]
    finally:
        process.terminate()
        _, told = process.communicate(timeout=30)
    assert "Traceback" not in told, told


@contextlib.contextmanager
def driven(*words, language="en-US", size=(1300, 900), features=()):
    """Give a browser without a window."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    flags = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio"]
    for word in (*flags, f"--lang={language}", "--window-size={},{}".format(*size), *words):
        options.add_argument(word)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        if features:
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": list(features)})
        yield browser
    finally:
        browser.quit()


class Page:
    """The page in a tab, by what a user does with it."""

    def __init__(self, browser, url):
        self.browser, self.url = browser, url
        browser.get(url)
        self.wait("document.body.dataset.ready === 'yes'")

    def script(self, words, *values):
        """Run a script in the page."""
        return self.browser.execute_script(words, *values)

    def wait(self, condition, timeout_s=45):
        """Wait until a condition holds; tell what the page says when it does not."""
        end = time.monotonic() + timeout_s
        while not self.script(f"return Boolean({condition})"):
            assert time.monotonic() < end, f"{condition}: {self.said()}"
            time.sleep(0.06)

    def find(self, selector):
        """Find an element."""
        return self.browser.find_element("css selector", selector)

    def said(self):
        """Tell all that can be read on the page."""
        return self.script("return document.body.innerText")

    def sees(self, selector):
        """Tell whether an element can be seen."""
        return self.find(selector).is_displayed()

    def choose(self, path):
        """Choose a file."""
        self.script("if (document.getElementById('drop').hidden) document.getElementById('another').click()")
        self.find("#file").send_keys(str(path))

    def drop(self, *paths):
        """Drop files out of a file manager."""
        where = {
            "x": 400,
            "y": 300,
            "data": {"items": [], "files": list(map(str, paths)), "dragOperationsMask": 1},
        }
        for kind in ("dragEnter", "dragOver", "drop"):
            self.browser.execute_cdp_cmd("Input.dispatchDragEvent", {"type": kind, **where})

    def paste(self, data, name="image.png"):
        """Paste a picture."""
        self.script(
            """const bytes = Uint8Array.from(atob(arguments[0]), (c) => c.charCodeAt(0));
            const held = new DataTransfer();
            held.items.add(new File([bytes], arguments[1], {type: "image/png"}));
            document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: held, bubbles: true}));""",
            base64.b64encode(data).decode(),
            name,
        )

    def rest(self):
        """Wait until the faults are there and nothing goes on."""
        self.wait(
            "document.getElementById('progress').hidden && !document.getElementById('answer').hidden"
            " && !document.getElementById('over').hidden"
        )

    def refused(self):
        """Wait for a message; give it."""
        self.wait("!document.getElementById('message').hidden")
        return self.find("#message p").text

    def painted(self):
        """Count the pixels of faults, weighed by how dense they are."""
        return self.script(
            """const c = document.getElementById("over");
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let k = 3; k < d.length; k += 4) n += d[k]; return n / 255;"""
        )

    def errors(self):
        """Give what the browser complained of."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
