"""PDFs on their way in: jobs that turn their pages into pictures of a class, as exports are jobs.

Bounded: `RUNNING` at a time, `WAITING` more in line, one of a person; files of those lie on the disk until they are
done. What was made stays known for `KEPT_SECONDS` for its owner to make pages of. A cancelled one ends its process.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classroom.core.errors import ClassroomError
from classroom.server import problems
from classroom.server.pdf_pages import BadPdf, Sheet, sheets

RUNNING = 1
WAITING = 4
KEPT_SECONDS = 900.0
STORE_SECONDS = 60

Keep = Callable[[Sheet], Awaitable[str]]
"""Stores a page's picture; gives its SHA-256."""


@dataclass
class Job:
    """One import. `owner` is (class, person); nobody else sees it. `done` and `total` count pages."""

    owner: tuple[str, str]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: str = "waiting"
    done: int = 0
    total: int = 0
    code: str = ""
    sentence: str = ""
    pages: list[dict[str, Any]] = field(default_factory=list)
    finished: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)
    task: asyncio.Task[None] | None = None

    def public(self) -> dict[str, Any]:
        """What its owner is told."""
        return {
            "job": self.id,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "code": self.code,
            "sentence": self.sentence,
            "pages": self.pages,
        }


class Imports:
    """The jobs of one server."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._turn = asyncio.Semaphore(RUNNING)

    def start(self, owner: tuple[str, str], path: Path, keep: Keep) -> Job:
        """A new job on the file at `path`, which is its own from now on, and removed in the end. Raises Problem."""
        self.check(owner)
        job = Job(owner)
        self._jobs[job.id] = job
        job.task = asyncio.ensure_future(self._run(job, path, keep))
        return job

    def check(self, owner: tuple[str, str]) -> None:
        """Is there room for one more? Raises Problem."""
        self.tidy()
        going = [job for job in self._jobs.values() if not job.finished]
        if len(going) >= RUNNING + WAITING or any(job.owner == owner for job in going):
            raise problems.busy()

    def get(self, owner: tuple[str, str], id: str) -> Job:
        """That job of this owner. Raises Problem."""
        self.tidy()
        job = self._jobs.get(id)
        if job is None or job.owner != owner:
            raise problems.not_here()
        return job

    def cancel(self, job: Job) -> None:
        """Its process is ended, and it is forgotten now."""
        job.stop.set()
        self._jobs.pop(job.id, None)

    async def close(self) -> None:
        """Cancels all and waits for them."""
        jobs = list(self._jobs.values())
        for job in jobs:
            self.cancel(job)
        await asyncio.gather(*(job.task for job in jobs if job.task is not None), return_exceptions=True)

    def tidy(self) -> None:
        """Forgets what is old."""
        now = asyncio.get_running_loop().time()
        for job in list(self._jobs.values()):
            if job.finished and now - job.finished > KEPT_SECONDS:
                del self._jobs[job.id]

    async def _run(self, job: Job, path: Path, keep: Keep) -> None:
        try:
            async with self._turn:
                if job.stop.is_set():
                    return
                job.state = "running"
                await asyncio.to_thread(self._work, job, path, keep, asyncio.get_running_loop())
                job.state = "done"
        except BadPdf as error:
            job.state, job.code, job.sentence = "failed", error.why, str(error)
        except ClassroomError as error:
            job.state, job.code, job.sentence = "failed", error.code, str(error)
        except Exception as error:
            problem = problems.unexpected()
            job.state, job.code, job.sentence = "failed", problem.code, problem.sentence
            if not job.stop.is_set():
                raise error
        finally:
            job.finished = asyncio.get_running_loop().time()
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _work(self, job: Job, path: Path, keep: Keep, loop: asyncio.AbstractEventLoop) -> None:
        async def kept(sheet: Sheet) -> str:
            return await keep(sheet)

        def total(count: int) -> None:
            job.total = count

        for sheet in sheets(path, total, job.stop.is_set):
            asset = asyncio.run_coroutine_threadsafe(kept(sheet), loop).result(STORE_SECONDS)
            job.pages = [*job.pages, {"asset": asset, "width": sheet.width, "height": sheet.height}]
            job.done += 1
