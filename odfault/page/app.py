"""The page's app: files in, jobs, what came of them; the FastAPI room."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import numpy as np
from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from odfault import __version__
from odfault.errors import OdfaultError
from odfault.page import downloads, pictures, reports, surveys, uploads
from odfault.page.jobs import Job
from odfault.page.names import download_name
from odfault.page.refusals import PageError, tell
from odfault.page.rooms import Rooms
from odfault.picture import render

STATIC = Path(__file__).parent / "static"
LANGUAGES = ("en", "ru")
Threshold = Annotated[float, Query(gt=0, lt=1)]
Model = Literal["fault2d", "fault3d"]
Part = Annotated[float, Field(ge=0, le=1)]
Axis = Annotated[Literal["inline", "crossline", "slice"], Query()]


class Wanted(BaseModel):
    """What a job is to do."""

    what: Literal["picture", "look", "line", "volume", "explain"]
    corners: list[tuple[float, float]] | None = Field(None, min_length=4, max_length=4)
    force: bool = False
    sheet: int = Field(0, ge=0, le=9999)
    model: Model = "fault2d"
    axis: Literal["inline", "crossline", "slice"] = "inline"
    at: int = Field(0, ge=0)
    spot: tuple[Part, Part] | None = None
    language: Literal["en", "ru"] = "en"


class Handed(BaseModel):
    """A file of this machine that ``odfault open`` hands over."""

    path: str = Field(max_length=4096)


def _warm() -> None:
    """Load the network for pictures before the first one comes."""
    from odfault.engine import open_network
    from odfault.picture.answer import NETWORK

    open_network(NETWORK)


def make_app(rooms: Rooms, *, warm: bool = True) -> FastAPI:
    """Make the app; its guard stands before it, see ``odfault.page.guard``."""

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        rooms.jobs.start(_warm if warm else None)
        sweeping = asyncio.create_task(rooms.sweep_for_ever())
        try:
            yield
        finally:
            sweeping.cancel()
            await run_in_threadpool(rooms.jobs.close)
            rooms.store.close()

    app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    _add_refusals(app)
    _add_page(app)
    _add_files(app, rooms)
    _add_jobs(app, rooms)
    _add_sections(app, rooms)
    return app


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(OdfaultError)
    async def refuse(_: Request, error: OdfaultError) -> JSONResponse:
        return JSONResponse(tell(error), error.status if isinstance(error, PageError) else 400)

    @app.exception_handler(RequestValidationError)
    async def misunderstand(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse(tell(PageError("words", "the request makes no sense", "reload the page")), 422)

    @app.exception_handler(HTTPException)
    async def miss(_: Request, error: HTTPException) -> JSONResponse:
        said = PageError("gone", "there is nothing here", "go back to the page")
        return JSONResponse(tell(said), error.status_code)


def _add_page(app: FastAPI) -> None:
    """Serve the page itself: a short list of files, none of them named by who asks."""
    files = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.is_file()}
    kinds = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".json": "application/json",
        ".svg": "image/svg+xml",
    }

    @app.get("/")
    async def page(accept_language: Annotated[str, Header()] = "") -> HTMLResponse:
        html = (STATIC / "index.html").read_text("utf-8")
        language = choose_language(accept_language)
        return HTMLResponse(html.replace('<html lang="en">', f'<html lang="{language}">', 1))

    @app.get("/static/{name:path}")
    async def static(name: str) -> Response:
        path = files.get(name)
        if path is None or path.suffix not in kinds:
            raise HTTPException(404)
        return Response(path.read_bytes(), media_type=f"{kinds[path.suffix]}; charset=utf-8")


def choose_language(accepted: str) -> str:
    """Choose the page's language by an Accept-Language header.

    Examples
    --------
    >>> choose_language("de, ru;q=0.8, en;q=0.5"), choose_language("*")
    ('ru', 'en')
    """
    best, weight = LANGUAGES[0], 0.0
    for part in accepted[:500].split(","):
        found = re.fullmatch(r"\s*([a-zA-Z]+)[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d*)?))?\s*", part)
        if found and found[1].lower() in LANGUAGES and float(found[2] or 1) > weight:
            best, weight = found[1].lower(), float(found[2] or 1)
    return best


def _add_files(app: FastAPI, rooms: Rooms) -> None:
    @app.post("/api/files")
    async def upload(request: Request, x_name: Annotated[str, Header()] = "") -> dict[str, Any]:
        item = rooms.store.new(uploads.read_name(x_name), busy=rooms.jobs.is_busy)
        try:
            await uploads.take(item, request.stream())
        except BaseException as error:
            rooms.store.remove(item.id)
            if isinstance(error, ClientDisconnect):  # nobody hears it
                raise PageError("words", "the upload was given up", "send the file again") from error
            raise
        return {"id": item.id, **item.facts}

    @app.get("/api/files/{word}")
    async def facts(word: str) -> dict[str, Any]:
        return {"id": word, **rooms.store.get(word).facts}

    @app.post("/api/here")
    async def here(request: Request) -> dict[str, Any]:
        """Hear from a tab: it is open, and these are its files."""
        rooms.presence.hear()
        for word in _listed(await request.body(), "files"):
            with contextlib.suppress(PageError):
                rooms.store.get(word)
        colours = [np.asarray(colour).astype(int).tolist() for colour in (render.WEAK, render.STRONG)]
        return {"queue": rooms.jobs.length, "version": __version__, "colours": colours}

    @app.post("/api/hand")
    async def hand(handed: Handed, x_odfault_hand: Annotated[str, Header()] = "") -> dict[str, Any]:
        if not rooms.secret or not hmac.compare_digest(x_odfault_hand.encode(), rooms.secret.encode()):
            raise PageError("site", "another program asked for this", "open the page itself", status=403)
        rooms.presence.hear()
        return {"id": rooms.hand_over(Path(handed.path)).id}


def _listed(body: bytes, name: str) -> list[str]:
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        return [str(word) for word in json.loads(body)[name]][:100]
    return []


def _add_jobs(app: FastAPI, rooms: Rooms) -> None:
    @app.post("/api/files/{word}/jobs")
    async def start(word: str, wanted: Wanted) -> dict[str, Any]:
        item = rooms.store.get(word)
        if wanted.what != "explain" and (item.kind == "picture") != (wanted.what == "picture"):
            raise PageError("words", "the request makes no sense", "reload the page")
        return _told(rooms, rooms.jobs.add(item, lambda job: _do(job, wanted)))

    @app.get("/api/jobs/{word}")
    async def ask(word: str) -> dict[str, Any]:
        job = rooms.jobs.get(word)
        rooms.presence.hear()
        with contextlib.suppress(PageError):
            rooms.store.get(job.item.id)
        return _told(rooms, job)

    @app.post("/api/bye")
    async def bye(request: Request) -> dict[str, Any]:
        """Hear from a tab that closes: its jobs are not wanted any more."""
        for word in _listed(await request.body(), "jobs"):
            rooms.jobs.drop(word)
        return {}


def _do(job: Job, wanted: Wanted) -> dict[str, Any]:
    if wanted.what == "picture":
        return pictures.answer(job, pictures.Wish(wanted.corners, wanted.force, wanted.sheet))
    place = surveys.Place(wanted.axis, wanted.at)
    if wanted.what == "explain":
        return reports.explain(job, reports.Question(wanted.spot, wanted.language, place, wanted.model))
    if wanted.what == "look":
        return surveys.look(job)
    if wanted.what == "line":
        return surveys.answer_line(job, place)
    return surveys.answer_volume(job, wanted.model)


def _told(rooms: Rooms, job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": job.state,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "ahead": rooms.jobs.ahead(job),
        "loading": rooms.jobs.is_loading,
        "answer": job.answer,
        "error": job.error,
    }


def _add_sections(app: FastAPI, rooms: Rooms) -> None:
    @app.get("/api/files/{word}/show.png")
    def show(word: str, axis: Axis = "inline", at: int = 0) -> Response:
        item = rooms.store.get(word)
        if item.kind == "picture":
            return _png(pictures.show(item))
        with rooms.drawing:
            return _png(surveys.show(item, surveys.Place(axis, at)))

    @app.get("/api/files/{word}/faults.png")
    def faults(word: str, axis: Axis = "inline", at: int = 0, model: Model = "fault2d") -> Response:
        item = rooms.store.get(word)
        if item.kind == "picture":
            return _png(pictures.show_probability(item))
        with rooms.drawing:
            return _png(surveys.show_probability(item, surveys.Place(axis, at), model))

    @app.get("/api/files/{word}/download/{name}")
    def download(
        word: str,
        name: str,
        threshold: Threshold = 0.5,
        axis: Axis = "inline",
        at: int = 0,
        model: Model = "fault2d",
    ) -> FileResponse:
        item = rooms.store.get(word)
        if name not in (pictures.FILES if item.kind == "picture" else {*pictures.FILES, "volume.sgy"}):
            raise PageError("file", "there is no such download", "choose another", status=404)
        with rooms.drawing:
            if item.kind == "picture":
                path = pictures.write(item, name, threshold)
            else:
                path = downloads.write(item, name, surveys.Place(axis, at), model, threshold)
        return FileResponse(
            path, filename=download_name(item.name, name), media_type="application/octet-stream"
        )

    @app.get("/api/files/{word}/report/{number}.html")
    def report(word: str, number: int, save: bool = False) -> HTMLResponse:
        item = rooms.store.get(word)
        page = reports.find(item, number).read_text("utf-8")
        heads = {"content-security-policy": reports.policy(page)}
        if save:
            name = download_name(item.name, f"report-{number + 1}.html")
            heads["content-disposition"] = f"attachment; filename*=utf-8''{quote(name)}"
        return HTMLResponse(page, headers=heads)


def _png(data: bytes) -> Response:
    return Response(data, media_type="image/png")
