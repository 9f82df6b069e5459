"""Exports: drawn by `classroom.render` on another thread, from a copy of what the caller sees; replays from the log.

Bounded, for staff and for everyone else apart, so that neither waits for the other: `RUNNING` at a time, `WAITING` more
in line, `OWN` of one person, `KEPT` finished ones for `KEPT_SECONDS`. Others than staff get `SECONDS` each, since they
wait for one another. A cancelled export leaves the line, or stops as soon as it looks, and leaves nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

from classroom.core.errors import ClassroomError
from classroom.core.messages import Put
from classroom.core.records import Record
from classroom.core.table import Table
from classroom.files import zipped
from classroom.server import problems

RUNNING = 1
WAITING = 16
OWN = 2
KEPT = 8
KEPT_SECONDS = 300.0
SECONDS = 120.0
"""What a student's export may take; the fullest page of handwriting takes a tenth."""
LACKING = 50
"""Characters that are told at most."""
MIME = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "md": "text/markdown; charset=utf-8",
    "ipynb": "application/x-ipynb+json",
    "zip": "application/zip",
    "excalidraw": "application/vnd.excalidraw+json",
}

Draw = Callable[..., list[tuple[str, bytes]]]
Work: TypeAlias = "Callable[[Job], tuple[str, bytes]]"
"""Makes a file, name and content, on another thread; looks at the job for whether it is to stop."""


@dataclass
class Job:
    """One export. `owner` is (class, person); nobody else sees it. `done` and `total` count pages, or frames."""

    owner: tuple[str, str]
    staff: bool
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    state: str = "waiting"
    done: int = 0
    total: int = 0
    code: str = ""
    sentence: str = ""
    missing: str = ""
    """Characters that no font could draw, one after another with spaces between."""
    name: str = ""
    data: bytes = b""
    finished: float = 0.0
    late: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    task: asyncio.Task[None] | None = None

    def give_up(self) -> None:
        """It has taken too long."""
        self.late = True
        self.stop.set()

    def progress(self, done: int, total: int) -> None:
        """Called by the renderer."""
        self.done, self.total = int(done), int(total)

    def lacks(self, characters: tuple[str, ...]) -> None:
        """Called by the renderer when there are characters that no font has."""
        self.missing = " ".join(characters[:LACKING])

    def public(self) -> dict[str, Any]:
        """What its owner is told."""
        return {
            "job": self.id,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "code": self.code,
            "sentence": self.sentence,
            "missing": self.missing,
            "name": self.name,
            "size": len(self.data),
        }


class Exports:
    """The jobs of one server. `draw` is `classroom.render.export` unless a test gives another."""

    def __init__(self, draw: Draw | None = None) -> None:
        self._draw = draw
        self._jobs: dict[str, Job] = {}
        self._turns = {staff: asyncio.Semaphore(RUNNING) for staff in (True, False)}

    def start(
        self, owner: tuple[str, str], staff: bool, records: Callable[[], Iterable[Record]], format: str, **options: Any
    ) -> Job:
        """A new job on the table that these records make; they are asked for when there is room for it.

        `options` are those of `render.export`. Raises Problem when too many wait.
        """
        return self.run(owner, staff, lambda: partial(self._pictures, records(), format, options))

    def run(self, owner: tuple[str, str], staff: bool, prepare: Callable[[], Work]) -> Job:
        """A new job; `prepare` takes what it works on, now, and gives the work to be done on another thread.

        Raises Problem when too many wait.
        """
        self.tidy()
        waiting = [job for job in self._jobs.values() if job.staff == staff and not job.finished]
        if len(waiting) >= RUNNING + WAITING or sum(job.owner == owner for job in waiting) >= OWN:
            raise problems.busy()
        job = Job(owner, staff)
        self._jobs[job.id] = job
        job.task = asyncio.ensure_future(self._run(job, prepare()))
        return job

    def get(self, owner: tuple[str, str], id: str) -> Job:
        """That job of this owner. Raises Problem."""
        self.tidy()
        job = self._jobs.get(id)
        if job is None or job.owner != owner:
            raise problems.not_here()
        return job

    def cancel(self, job: Job) -> None:
        """It ends as soon as it looks, and is forgotten now."""
        job.stop.set()
        self._jobs.pop(job.id, None)
        if job.state == "waiting" and job.task is not None:
            job.task.cancel()  # or it would hold all that it was to draw until its turn came

    async def close(self) -> None:
        """Cancels all and waits for them."""
        jobs = list(self._jobs.values())
        for job in jobs:
            self.cancel(job)
        await asyncio.gather(*(job.task for job in jobs if job.task is not None), return_exceptions=True)

    def tidy(self) -> None:
        """Forgets what nobody fetched."""
        now = asyncio.get_running_loop().time()
        done = sorted((job for job in self._jobs.values() if job.finished), key=lambda job: job.finished)
        for finished in ([job for job in done if job.staff], [job for job in done if not job.staff]):
            for index, job in enumerate(finished):
                if now - job.finished > KEPT_SECONDS or index < len(finished) - KEPT:
                    self._jobs.pop(job.id, None)

    async def _run(self, job: Job, work: Work) -> None:
        async with self._turns[job.staff]:
            if job.stop.is_set():
                return
            job.state = "running"
            late = None if job.staff else asyncio.get_running_loop().call_later(SECONDS, job.give_up)
            try:
                job.name, job.data = await asyncio.to_thread(work, job)
                job.state = "done"
            except ClassroomError as error:
                problem = problems.too_long()
                said = (problem.code, problem.sentence) if job.late else (error.code, str(error))
                job.state, (job.code, job.sentence) = "failed", said
            except Exception as error:
                problem = problems.unexpected()
                job.state, job.code, job.sentence = "failed", problem.code, problem.sentence
                if not job.stop.is_set():
                    raise error
            finally:
                if late is not None:
                    late.cancel()
                job.finished = asyncio.get_running_loop().time()

    def _pictures(self, records: Iterable[Record], format: str, options: dict[str, Any], job: Job) -> tuple[str, bytes]:
        table = Table()
        for record in records:
            table.apply(Put(record))
        if format == "excalidraw":
            from classroom.foreign.pages import drawings

            named = {name: options.get(name) for name in ("pages", "ids", "assets")}
            copy = options.get("copy") or ""
            files = drawings(table, copy=copy, progress=job.progress, cancelled=job.stop.is_set, **named)
            return files[0] if len(files) == 1 else ("board.zip", zipped(files))
        draw = self._draw or _renderer()
        files = draw(table, format, progress=job.progress, cancelled=job.stop.is_set, missing=job.lacks, **options)
        if len(files) == 1:
            return files[0]
        return f"{'lesson' if format == 'md' else 'board'}.zip", zipped(files)


def _renderer() -> Draw:
    """Loaded with the first export only: numpy and fonts take their time."""
    from classroom.render import export

    return export
