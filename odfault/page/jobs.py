"""Jobs: one at a time in the network, the others in a queue; a job that nobody asks about is dropped."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from odfault.errors import OdfaultError
from odfault.page.refusals import PageError, tell
from odfault.page.store import Item

QUIET_S = 100.0
"""A tab in the background may ask once a minute only; who asks more rarely is gone."""
MOST_WAITING = 30
KEPT_S = 600.0
"""For so long it is told how a job ended."""
State = Literal["waiting", "working", "done", "failed", "stopped"]


class StoppedError(Exception):
    """Ends a job from inside, when it is no longer wanted."""


@dataclasses.dataclass
class Job:
    """One piece of work on one item.

    Attributes
    ----------
    id : str
        Cannot be guessed.
    item : Item
        What it is about.
    do : callable
        Does it, and tells the job how far it is; what it returns is the answer.
    step : str
        What it does now: ``read``, ``find``, ``load``, ``answer``, ``draw``, ``explain``.
    """

    id: str
    item: Item
    do: Callable[[Job], dict[str, Any]]
    state: State = "waiting"
    step: str = "wait"
    done: int = 0
    total: int = 0
    answer: dict[str, Any] = dataclasses.field(default_factory=dict)
    error: dict[str, Any] | None = None
    seen: float = dataclasses.field(default_factory=time.monotonic)
    began: float = 0.0
    ended: float = 0.0
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)

    def at(self, step: str) -> None:
        """Say which step begins; end here if nobody wants it any more."""
        if self.stop.is_set():
            raise StoppedError
        self.step, self.done, self.total = step, 0, 0

    def progress(self, done: int, total: int) -> None:
        """Say how far the step is; end here if nobody wants it any more."""
        if self.stop.is_set():
            raise StoppedError
        self.done, self.total = int(done), int(total)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "stopped")


class Jobs:
    """The queue and the one thread that works it off.

    Attributes
    ----------
    is_loading : bool
        Whether the jobs wait for the network to be loaded.
    """

    def __init__(self, *, quiet_s: float = QUIET_S) -> None:
        self.quiet_s = quiet_s
        self._jobs: dict[str, Job] = {}
        self._waiting: list[Job] = []
        self._now: Job | None = None
        self._turn = threading.Condition()
        self._closed = False
        self._first: Callable[[], None] | None = None
        self.is_loading = False
        self._thread = threading.Thread(target=self._work, name="odfault-page", daemon=True)

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin to work, after a first call that may take its time, such as loading the network."""
        self._first = first
        self._thread.start()

    def add(self, item: Item, do: Callable[[Job], dict[str, Any]]) -> Job:
        """Put a job at the end of the queue.

        Raises
        ------
        PageError
            If the queue is too long.
        """
        job = Job(secrets.token_urlsafe(18), item, do)
        with self._turn:
            if len(self._waiting) >= MOST_WAITING:
                raise PageError(
                    "queue", f"{len(self._waiting)} jobs are waiting", "try again in a while", status=503
                )
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._turn.notify()
        return job

    def get(self, word: str) -> Job:
        """Find a job; asking for it keeps it.

        Raises
        ------
        PageError
            If there is none.
        """
        job = self._jobs.get(word)
        if job is None:
            raise PageError("job", "there is no such job any more", "drop the file again", status=404)
        job.seen = time.monotonic()
        return job

    def ahead(self, job: Job) -> int:
        """Count the jobs that come before a waiting one, the one in work included."""
        with self._turn:
            before = self._waiting.index(job) if job in self._waiting else 0
            return before + (self._now is not None) if job.state == "waiting" else 0

    @property
    def length(self) -> int:
        """Jobs waiting or in work."""
        with self._turn:
            return len(self._open())

    def is_busy(self, item: str) -> bool:
        """Whether there is work on an item."""
        with self._turn:
            return any(job.item.id == item for job in self._open())

    def _open(self) -> list[Job]:
        return self._waiting + ([self._now] if self._now else [])

    def drop(self, word: str) -> None:
        """Stop a job: at once if it waits, at its next sign of life if it is in work."""
        with self._turn:
            job = self._jobs.get(word)
            if job is None or job.is_over:
                return
            job.stop.set()
            if job in self._waiting:
                self._waiting.remove(job)
                self._end(job, "stopped")

    def sweep(self) -> None:
        """Drop the jobs that nobody has asked about for long, and forget those that ended long ago."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if not job.is_over and now - job.seen > self.quiet_s:
                self.drop(job.id)
            elif job.is_over and now - job.ended > KEPT_S:
                self._jobs.pop(job.id, None)

    def close(self) -> None:
        """Stop everything; wait a little for the job in work."""
        with self._turn:
            self._closed = True
            for job in self._open():
                job.stop.set()
            self._waiting.clear()
            self._turn.notify_all()
        if self._thread.is_alive():
            self._thread.join(1.5)

    def _work(self) -> None:
        if self._first is not None:
            self.is_loading = True
            with contextlib.suppress(OdfaultError):  # a job will tell it again
                self._first()
            self.is_loading = False
        while True:
            with self._turn:
                while not self._waiting and not self._closed:
                    self._turn.wait()
                if self._closed:
                    return
                job = self._now = self._waiting.pop(0)
                job.state, job.began = "working", time.monotonic()
            self._do(job)
            with self._turn:
                self._now = None

    def _do(self, job: Job) -> None:
        """Do a job; whatever happens in it, the page stays alive."""
        state: State = "failed"
        try:
            job.at("read")
            job.answer = job.do(job)
            state = "done"
        except StoppedError:
            state = "stopped"
        except OdfaultError as error:
            job.error = tell(error, hide=str(job.item.source), name=job.item.name)
        except MemoryError:
            job.error = tell(
                PageError("memory", "this needs more memory than there is", "give a smaller file")
            )
        except Exception as error:
            logging.getLogger("odfault").exception("a job of the page failed")
            what = type(error).__name__  # the log has the rest
            job.error = tell(
                PageError("fault", f"a mistake in odfault ({what})", "please report it", what=what)
            )
        if job.error is not None:
            job.error["step"] = job.step
        with self._turn:
            self._end(job, state)

    def _end(self, job: Job, state: State) -> None:
        job.state, job.ended = state, time.monotonic()
