"""odfault page and odfault open are what starts the page, hands it files, and ends it without a trace."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from page_client import as_file, draw_page

from odfault.page import handing


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Give the commands a home, a folder for what is temporary, and a stand-in for the browser."""
    for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA", "HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("BROWSER", f"{sys.executable} {_browser(tmp_path)} %s")
    return tmp_path


def _browser(folder):
    path = folder / "browser.py"
    path.write_text(f"import sys; open({str(folder / 'opened')!r}, 'a').write(sys.argv[1] + '\\n')")
    return path


@pytest.fixture
def started(command):
    """Give a function that starts a command and waits for its address; all are ended in the end."""
    processes = []

    def start(*words):
        process = subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stderr.read()
        return process, found[0]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def _opened(home, count):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        lines = (home / "opened").read_text().splitlines() if (home / "opened").exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.05)
    raise AssertionError("no browser was opened")


def _get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def test_open_starts_a_page_and_hands_the_next_file_to_it(home, started, command):
    first, second = home / "first.png", home / "второй разрез.png"
    for path in (first, second):
        path.write_bytes(as_file(draw_page()))
    process, url = started("open", str(first))
    opened = _opened(home, 1)
    assert opened[0].startswith(url + "#")
    assert '"first.png"' in _get(f"{url}api/files/{opened[0].partition('#')[2]}")
    note = home / "odfault" / "page.json"
    assert note.stat().st_mode & 0o077 == 0 or os.name == "nt"
    done = subprocess.run(
        [*command, "open", str(second)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith(url)
    opened = _opened(home, 2)
    assert '"второй разрез.png"' in _get(f"{url}api/files/{opened[1].partition('#')[2]}")
    folders = list(home.glob("odfault-page-*"))
    assert len(folders) == 1
    process.terminate()
    process.communicate(timeout=20)
    assert not note.exists()
    assert not folders[0].exists()
    assert first.exists()
    assert second.exists()


def test_open_starts_anew_when_the_page_that_was_remembered_has_gone(home, started):
    handing.remember_running(handing.Running("http://127.0.0.1:9/", "secret"))
    (home / "a.txt").write_text("no picture")
    _, url = started("open", str(home / "a.txt"), "--no-open")
    assert url != "http://127.0.0.1:9/"
    end = time.monotonic() + 20
    while handing.find_running().url != url and time.monotonic() < end:
        time.sleep(0.05)
    assert handing.find_running().url == url
    assert not (home / "opened").exists()


def test_a_page_for_others_wants_its_token(home, started):
    process, url = started("page", "--host", "0.0.0.0", "--port", "0", "--no-open")
    address, _, token = url.partition("?token=")
    assert len(token) > 30
    local = f"http://127.0.0.1:{address.rstrip('/').rpartition(':')[2]}/"
    with pytest.raises(urllib.error.HTTPError, match="401") as refusal:
        _get(local)
    assert "token" in refusal.value.read().decode()
    refusal.value.close()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(f"{local}?token={token}", timeout=20) as answer:
        assert answer.url == local
        assert "<title>odfault</title>" in answer.read().decode()
    assert handing.find_running() is None
    process.terminate()
    assert "whoever has this address" in process.communicate(timeout=20)[1]


def test_the_missing_extra_is_one_line(command, tmp_path):
    hide = "import sys; sys.modules['fastapi'] = None; from odfault.cli import main; sys.exit(main())"
    for words in (["page", "--no-open"], ["open", __file__]):
        done = subprocess.run(
            [sys.executable, "-c", hide, *words], capture_output=True, text=True, check=False,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == 'odfault: the page needs fastapi: pip install "odfault[page]"\n'


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 1}', "\0"])
def test_a_spoilt_note_is_as_good_as_none(home, text):
    note = home / "odfault" / "page.json"
    note.parent.mkdir()
    note.write_text(text)
    assert handing.find_running() is None


def test_the_pages_files_are_package_data():
    import tomllib

    root = Path(__file__).parents[1]
    data = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert "odfault.page" in data["packages"]
    home = root / "odfault" / "page"
    named = {
        path
        for pattern in data["package-data"]["odfault.page"]
        for path in home.glob(pattern)
        if path.is_file()
    }
    assert {path for path in (home / "static").rglob("*") if path.is_file()} == named
