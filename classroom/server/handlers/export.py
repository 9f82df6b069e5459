"""Exporting what one sees: start a job, ask how far it is, fetch the file, or give it up; and the log, for replays."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Literal

from jupyter_server.auth.decorator import allow_unauthenticated
from msgspec import Meta, Struct

from classroom.core import messages as m
from classroom.core import policy, wire
from classroom.core.messages import Op, Put
from classroom.core.records import Class, Drawable, Id, Page, PersonId
from classroom.server import problems
from classroom.server.exports import MIME, Job
from classroom.server.handlers.api import ApiHandler
from classroom.server.hub import Hub
from classroom.store.base import Entry

ASSET_SECONDS = 60
"""Within which a picture is read from the store for an export."""


class Export(Struct):
    """What `docs/protocol.md` lists under Exports."""

    format: Literal["png", "jpeg", "webp", "svg", "pdf", "zip", "md", "ipynb", "gif", "apng", "excalidraw"] = "png"
    replay: bool = False
    pages: Annotated[list[Id], Meta(max_length=500)] | None = None
    ids: Annotated[list[Id], Meta(max_length=20_000)] | None = None
    copy: PersonId | None = None
    scale: Annotated[float, Meta(ge=0.05, le=8)] = 2
    theme: Literal["light", "dark"] = "light"
    speed: Annotated[float, Meta(ge=0.1, le=10_000)] = 4
    pause: Annotated[float, Meta(ge=0, le=3_600)] = 2
    width: Annotated[int, Meta(ge=50, le=4_000)] = 800


class ExportsHandler(ApiHandler):
    """POST an `Export`: 202 and the job."""

    max_body = 1_000_000  # a selection may have thousands of ids

    @allow_unauthenticated
    async def post(self) -> None:
        hub, person = self.member()
        asked = self.read_json(Export)
        staff = policy.is_staff(person)
        replay = asked.replay or asked.format in ("gif", "apng")
        if replay:
            self.staff()
            if asked.format not in ("gif", "webp", "apng"):
                raise problems.bad_request("a replay is a gif, webp or apng")
        if not staff and asked.copy not in (None, "", person.id):
            raise problems.forbidden()
        owner = (hub.class_id, person.id)
        assets = partial(_asset, hub, asyncio.get_running_loop())
        exports = self.extension.exports
        if replay:
            job = exports.run(owner, staff, lambda: partial(_replay, hub, hub.room.seq, asked, assets))
        else:
            job = exports.start(
                owner,
                staff,
                partial(hub.room.seen, person.role, person.id),
                asked.format,
                pages=asked.pages,
                ids=asked.ids,
                copy=asked.copy if asked.copy is not None else "" if staff else person.id,
                scale=asked.scale,
                theme=asked.theme,
                assets=assets,
            )
        self.answer(job.public(), 202)


def _asset(hub: Hub, loop: asyncio.AbstractEventLoop, sha: str) -> bytes | None:
    """A picture's bytes, for a thread that is not the loop's."""
    found = asyncio.run_coroutine_threadsafe(hub.assets.get(sha), loop).result(ASSET_SECONDS)
    return found.data if found is not None else None


def _replay(hub: Hub, upto: int, asked: Export, assets: Callable[[str], bytes | None], job: Job) -> tuple[str, bytes]:
    """How the board came about, as staff see it; on another thread."""
    from classroom.render.replay import replay

    page = asked.pages[0] if asked.pages is not None and len(asked.pages) == 1 else None
    data = replay(
        _log(hub, upto), asked.format, page, asked.width, asked.speed, asked.pause, asked.theme,
        job.progress, job.stop.is_set, assets,
    )  # fmt: skip
    return f"lesson.{'png' if asked.format == 'apng' else asked.format}", data


def _log(hub: Hub, upto: int) -> Iterator[m.Entry]:
    """The log through `upto`, read as it is gone through; for a thread that is not the loop's."""
    after = 0
    while after < upto:
        some = hub.thread.submit(hub.store.entries, after, upto, LOG_ENTRIES).result()
        if not some:
            return
        for entry in some:
            yield m.Entry(entry.seq, entry.time, entry.author, "", 0, wire.read_ops(entry.ops, lenient=True))
        after = some[-1].seq


class ExportHandler(ApiHandler):
    """GET: how far it is; with `?file` the file itself. DELETE: give it up."""

    @allow_unauthenticated
    async def get(self, job: str) -> None:
        hub, person = self.member()
        found = self.extension.exports.get((hub.class_id, person.id), job)
        if "file" not in self.request.query_arguments and not re.search(r"(^|&)file($|&)", self.request.query):
            self.answer(found.public())
            return
        if found.state != "done":
            raise problems.not_here()
        suffix = found.name.rpartition(".")[2]
        name = re.sub(r"[^A-Za-z0-9._ -]", "_", found.name)[:100] or "board"
        self.set_header("Content-Type", MIME.get(suffix, "application/octet-stream"))
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.finish(found.data)

    @allow_unauthenticated
    async def delete(self, job: str) -> None:
        hub, person = self.member()
        exports = self.extension.exports
        exports.cancel(exports.get((hub.class_id, person.id), job))
        self.set_status(204)
        self.finish()


LOG_ENTRIES = 200
"""Told in one answer."""


class LogHandler(ApiHandler):
    """GET after: what was done on the board since that change, for staff: [seq, time, written operations] each, where
    to go on, and whether there is more. Who did it is not told."""

    @allow_unauthenticated
    async def get(self) -> None:
        hub, _ = self.staff()
        text = self.get_query_argument("after", "0")
        if not re.fullmatch("[0-9]{1,18}", text):
            raise problems.bad_request("after must be the number of a change")
        found = await asyncio.wrap_future(hub.thread.submit(hub.store.entries, int(text), None, LOG_ENTRIES))
        told = await asyncio.to_thread(lambda: [_of_board(entry) for entry in found])
        self.answer(
            {
                "entries": [one for one in told if one[2]],
                "after": found[-1].seq if found else int(text),
                "more": len(found) == LOG_ENTRIES,
            }
        )


def _of_board(entry: Entry) -> tuple[int, int, bytes]:
    def belongs(op: Op) -> bool:
        return not isinstance(op, Put) or isinstance(op.record, (Class, Page, Drawable))

    return entry.seq, entry.time, wire.write_ops(op for op in wire.read_ops(entry.ops, lenient=True) if belongs(op))
