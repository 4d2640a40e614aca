"""Strangers get nothing from the page: not by name, site, size or file name; what is there goes away."""

import time
from pathlib import Path

import pytest
from page_client import as_file, asked, draw_page, send

from odfault.errors import OdfaultError
from odfault.page import command, uploads
from odfault.page.jobs import MOST_WAITING
from odfault.page.names import download_name, find_kind, shown_name
from odfault.page.refusals import PageError


@pytest.fixture
def page():
    """Give a client of a fresh page, and its rooms."""
    with asked() as (client, rooms):
        yield client, rooms


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8737", "127.0.0.1.evil.example", "10.0.0.5", ""]
)
def test_a_foreign_name_for_this_machine_is_refused(page, host):
    client, _ = page
    for path in ("/", "/api/files/x", "/static/page.js"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 421
        assert "script" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8737", "localhost:99", "[::1]:8737", "LOCALHOST"])
def test_this_machines_own_names_are_answered(page, host):
    client, _ = page
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8737", "http://127.0.0.1:80", None]
)
def test_another_site_cannot_post(page, origin):
    client, rooms = page
    del client.headers["origin"]
    heads = {} if origin is None else {"origin": origin}
    for path in ("/api/files", "/api/here", "/api/bye"):
        assert client.post(path, content=b"{}", headers=heads).status_code == 403
    assert not list(rooms.store.root.glob("*/*"))


def test_another_site_cannot_embed_what_is_here(page):
    client, _ = page
    word = send(client, as_file(draw_page())).json()["id"]
    for path in (f"/api/files/{word}", "/static/page.js"):
        assert client.get(path, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert client.get(path, headers={"sec-fetch-site": "same-origin"}).status_code == 200
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=visit).status_code == 200  # a link to the page is no harm


def test_every_answer_has_the_headers_of_safety(page):
    client, _ = page
    for path in ("/", "/static/page.js", "/api/files/none", "/nowhere", "/docs", "/openapi.json"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in answer.headers
    assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/words",
    ],
)
def test_only_the_pages_own_files_are_served(page, path):
    client, _ = page
    answer = client.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_a_token_is_needed_where_others_can_reach_the_page():
    with asked(host="0.0.0.0", token="right-token") as (client, _):
        for path in ("/", "/?token=", "/?token=wrong", "/api/files/x?token=right-token", "/static/page.js"):
            assert client.get(path, follow_redirects=False).status_code == 401
        assert client.post("/api/files", content=b"x").status_code == 401
        assert (
            client.post("/api/hand", json={"path": "/etc/passwd"}, headers={"x-odfault-hand": ""}).status_code
            == 403
        )
        entry = client.get("/?token=right-token", follow_redirects=False)
        assert entry.status_code == 303
        assert entry.headers["location"] == "/"
        cookie = entry.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite" in cookie
        assert client.get("/").status_code == 200  # the client keeps the cookie
        assert client.get("/", headers={"host": "10.0.0.5:8737"}).status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_own_addresses_need_no_token(host):
    assert command.is_own(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "machine.local"])
def test_other_addresses_do(host):
    assert not command.is_own(host)


def test_files_are_handed_over_by_path_only_with_the_secret(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(as_file(draw_page()))
    with asked(secret="word") as (client, rooms):
        for secret in ("", "wrong"):
            answer = client.post("/api/hand", json={"path": str(path)}, headers={"x-odfault-hand": secret})
            assert answer.status_code == 403
        answer = client.post("/api/hand", json={"path": str(path)}, headers={"x-odfault-hand": "word"})
        word = answer.json()["id"]
        assert client.get(f"/api/files/{word}").json()["name"] == "a.png"
        rooms.store.remove(word)
        assert path.exists()  # it is the user's
        for other in (tmp_path, tmp_path / "none.png"):
            answer = client.post("/api/hand", json={"path": str(other)}, headers={"x-odfault-hand": "word"})
            assert "is no file" in answer.json()["problem"]
    with asked() as (client, _):
        assert (
            client.post("/api/hand", json={"path": str(path)}, headers={"x-odfault-hand": ""}).status_code
            == 403
        )


HOSTILE = [
    "../../../etc/passwd", "..\\..\\windows\\win.ini", "a\0b.png", "a\r\nSet-Cookie: x=1.png",
    "<img src=x onerror=1>.png",
    "\u202egnp.exe", "x" * 5000 + ".png", "", ".", "..", "CON", "~/.ssh/id", "%2e%2e%2f", "a;b\"c'.png",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_only_shown(page, name):
    client, rooms = page
    answer = send(client, as_file(draw_page()), name)
    assert answer.status_code == 200
    item = rooms.store.get(answer.json()["id"])
    assert item.source == item.folder / "upload"
    assert item.folder.parent == rooms.store.root
    shown = answer.json()["name"]
    assert 0 < len(shown) <= 80
    assert not set(shown) & set("/\\\0\r\n\u202e")
    assert set(download_name(shown, "faults.png")) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
    )


def test_what_was_sent_is_never_served_again(page):
    client, _ = page
    polyglot = as_file(draw_page()) + b"<script>alert(1)</script>"
    word = send(client, polyglot, "a.html").json()["id"]
    for name in ("", "/upload", "/download/upload", "/download/..%2fupload"):
        answer = client.get(f"/api/files/{word}{name}")
        assert b"alert(1)" not in answer.content


def test_content_decides_what_a_file_is():
    assert find_kind("a.sgy", b"\xff\xd8\xff\xe0") == "picture"
    assert find_kind("a.png", "C 1 CLIENT".encode("cp037")) == "survey"
    assert find_kind("a.sgy", b"\0" * 99) == "survey"
    assert find_kind("a", b"RIFF1234WEBPVP8 ") == "picture"
    assert find_kind("a.exe", b"MZ") == "neither"
    assert shown_name("/home/me/line 7.png") == "line 7.png"


def test_an_upload_stops_at_its_limit(page, monkeypatch):
    client, rooms = page
    monkeypatch.setattr(uploads, "MOST_PICTURE", 100_000)
    answer = client.post("/api/files", content=iter([as_file(draw_page()), *[b"0" * 65536] * 4]))
    assert answer.status_code == 413
    assert answer.json()["key"] == "large"
    assert not list(rooms.store.root.glob("*/upload"))


def test_an_upload_leaves_room_on_the_disk(page, monkeypatch):
    client, _ = page
    monkeypatch.setattr(uploads, "SPARE", 10**18)
    assert send(client, as_file(draw_page())).json()["key"] == "disk"


def test_a_request_that_is_too_long_is_refused(page):
    client, _ = page
    for content in (b"0" * 70_000, iter([b"0" * 40_000] * 3)):
        assert client.post("/api/here", content=content).status_code == 413
    assert client.post("/api/here", content=b"not json").status_code == 200
    assert client.post("/api/here", content=b"[" * 60_000).status_code == 200


def test_results_go_away_after_a_while_and_at_the_end():
    with asked(lifetime_s=0.2) as (client, rooms):
        word = send(client, as_file(draw_page())).json()["id"]
        folder = rooms.store.get(word).folder
        time.sleep(0.15)
        client.post("/api/here", json={"files": [word]})  # an open tab keeps it
        time.sleep(0.15)
        rooms.store.sweep(rooms.jobs.is_busy)
        assert folder.exists()
        time.sleep(0.25)
        rooms.store.sweep(rooms.jobs.is_busy)
        assert not folder.exists()
        assert client.get(f"/api/files/{word}").json()["key"] == "gone"
        send(client, as_file(draw_page()))
        root = rooms.store.root
        assert root.exists()
    assert not root.exists()


def test_too_many_files_push_the_oldest_out_but_none_in_work(page):
    client, rooms = page
    rooms.store.most = 3
    words = [send(client, as_file(draw_page())).json()["id"] for _ in range(4)]
    assert client.get(f"/api/files/{words[0]}").status_code == 404
    assert client.get(f"/api/files/{words[3]}").status_code == 200
    jobs = [rooms.jobs.add(rooms.store.get(word), lambda job: job.stop.wait(5) or {}) for word in words[1:]]
    assert send(client, as_file(draw_page())).status_code == 503
    for job in jobs:
        rooms.jobs.drop(job.id)


def _endless(job):
    while True:
        time.sleep(0.01)
        job.progress(1, 2)


def test_a_tab_that_closes_frees_its_jobs(page):
    client, rooms = page
    item = rooms.store.new("a.png")
    first, second, third = (rooms.jobs.add(item, _endless) for _ in range(3))
    client.post("/api/bye", content=f'{{"jobs": ["{second.id}", "nothing"]}}')
    assert second.state == "stopped"
    client.post("/api/bye", content=f'{{"jobs": ["{first.id}"]}}')
    end = time.monotonic() + 5
    while third.state != "working" and time.monotonic() < end:
        time.sleep(0.01)
    assert (first.state, third.state) == ("stopped", "working")
    rooms.jobs.drop(third.id)


def test_a_tab_that_vanishes_frees_its_jobs():
    with asked(quiet_s=0.3) as (client, rooms):
        item = rooms.store.new("a.png")
        lost, asked_for = rooms.jobs.add(item, _endless), rooms.jobs.add(item, lambda job: {})
        end = time.monotonic() + 10
        while not asked_for.is_over and time.monotonic() < end:
            client.get(f"/api/jobs/{asked_for.id}")
            time.sleep(0.05)
        assert (lost.state, asked_for.state) == ("stopped", "done")


def test_a_mistake_in_a_job_is_told_and_the_next_is_done(page, caplog):
    client, rooms = page
    item = rooms.store.new("a.png")
    bad = rooms.jobs.add(item, lambda job: {}[str(item.source)])
    good = rooms.jobs.add(item, lambda job: {"fine": 1})
    while not good.is_over:
        time.sleep(0.01)
    told = client.get(f"/api/jobs/{bad.id}").json()
    assert told["error"]["key"] == "fault"
    assert str(rooms.store.root) not in str(told)
    assert good.answer == {"fine": 1}
    assert "KeyError" in caplog.text


def test_the_queue_has_an_end(page):
    _, rooms = page
    item = rooms.store.new("a.png")
    rooms.jobs.add(item, _endless)
    while rooms.jobs.length < MOST_WAITING:
        rooms.jobs.add(item, _endless)
    end = time.monotonic() + 5
    while not any(job.state == "working" for job in rooms.jobs._jobs.values()) and time.monotonic() < end:
        time.sleep(0.01)
    rooms.jobs.add(item, _endless)
    with pytest.raises(PageError, match="waiting"):
        rooms.jobs.add(item, _endless)


def test_what_was_left_by_a_page_that_was_killed_is_cleared(tmp_path, monkeypatch):
    import os
    import tempfile

    from odfault.page.store import Store

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young, other = (tmp_path / name for name in ("odfault-page-old", "odfault-page-young", "another"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "alive").touch()
    day = time.time() - 90_000
    for folder in (old, other):
        os.utime(folder / "alive", (day, day))
    Store().close()
    assert [old.exists(), young.exists(), other.exists()] == [False, True, True]


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_that_is_not_ours_is_refused_in_one_line(host):
    with pytest.raises(OdfaultError, match="cannot be listened on"):
        command._listen(host, 0)


def test_a_busy_port_is_left_for_another_unless_it_was_named():
    with command._listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OdfaultError, match="--port"):
            command._listen("127.0.0.1", port)


@pytest.mark.parametrize("name", ["no.png", "."])
def test_what_is_no_file_is_not_opened(name, tmp_path):
    with pytest.raises(OdfaultError, match="is no file"):
        command.open_file(tmp_path / Path(name))
