"""Exporting what one sees: start a job, ask how far it is, fetch the file, or give it up; and the log, for replays."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Annotated, Literal

from jupyter_server.auth.decorator import allow_unauthenticated
from msgspec import Meta, Struct

from classroom.core import policy, wire
from classroom.core.messages import Op, Put
from classroom.core.records import Class, Drawable, Id, Page
from classroom.server import problems
from classroom.server.exports import MIME
from classroom.server.handlers.api import ApiHandler
from classroom.store.base import Entry


class Export(Struct):
    """`pages`: ids, or all that the caller sees. `scale`: pixels per board unit."""

    format: Literal["png", "jpeg", "webp", "svg", "pdf"] = "png"
    pages: Annotated[list[Id], Meta(max_length=500)] | None = None
    scale: Annotated[float, Meta(ge=0.05, le=8)] = 2
    theme: Literal["light", "dark"] = "light"


class ExportsHandler(ApiHandler):
    """POST format, pages, scale, theme: 202 and the job."""

    @allow_unauthenticated
    async def post(self) -> None:
        hub, person = self.member()
        asked = self.read_json(Export)
        job = self.extension.exports.start(
            (hub.class_id, person.id),
            policy.is_staff(person),
            partial(hub.room.seen, person.role, person.id),
            asked.format,
            pages=asked.pages,
            scale=asked.scale,
            theme=asked.theme,
        )
        self.answer(job.public(), 202)


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
