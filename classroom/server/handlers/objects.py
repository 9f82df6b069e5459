"""Drawings of other programs, pasted or dropped: their text in, drawables out, to be laid down by whoever asked.

Nothing is put on a page here: the answer is the caller's own to put, and is checked like anything they draw.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated

from classroom import foreign
from classroom.core import policy
from classroom.core.records import Person
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.hub import Hub
from classroom.server.pictures import NotAPicture, clean
from classroom.server.problems import Problem

AT_ONCE = 2
"""Drawings of one person: each is held in memory until its turn comes."""


class ObjectsHandler(ApiHandler):
    """POST the text of a file or clipboard: `objects` (drawables without id, page, z, author, time), `left_out`."""

    max_body = foreign.MOST_BYTES

    def initialize(self) -> None:
        super().initialize()
        self._counted = self._reading = False

    async def prepare(self) -> None:  # type: ignore[override]
        """A body is read only of someone who is in the class and may write."""
        await super().prepare()
        if self.request.method == "POST" and not self._finished:
            hub, person = self.member()
            if person.role == "observer":
                raise problems.forbidden()
            said = self.request.headers.get("Content-Length", "")
            if said.isdigit() and len(said) < 20 and int(said) > self.max_body:
                self.set_header("Connection", "close")
                raise _too_large(int(said))
            if hub.reading[person.id] >= AT_ONCE:
                raise problems.busy()
            hub.reading[person.id] += 1
            self._counted = True

    def on_finish(self) -> None:
        """Answered, whatever the answer was."""
        self._count_down()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Whoever hangs up in the middle of a body is not told anything; what is being read is read to its end."""
        if not self._reading:
            self._count_down()
        super().on_connection_close()

    def _count_down(self) -> None:
        if self._counted:
            self._counted = False
            hub, person = self.member()
            hub.reading[person.id] -= 1

    @allow_unauthenticated
    async def post(self) -> None:
        hub, person = self.member()
        if self._too_large:
            raise _too_large(0)
        data = bytes(self._body)
        self._body.clear()
        self._reading = True
        # One drawing at a time beside the pictures: each takes a processor for as long as it has points.
        async with self.extension.decoding:
            try:
                found = await asyncio.to_thread(foreign.read, data)
            except foreign.NotReadable as error:
                raise Problem(415, "not-a-drawing", str(error)) from None
        stored = {}
        for key, picture in found.pictures.items():
            asset = await self._store(hub, person, picture)
            if asset:
                stored[key] = asset
        objects = found.settled(stored)
        objects = await asyncio.to_thread(_with_lines, objects)
        self.answer({"objects": objects, "left_out": found.left_out})

    async def _store(self, hub: Hub, person: Person, data: bytes) -> str:
        """A picture's asset; "" for one that cannot be kept. Raises Refusal."""
        async with self.extension.decoding:
            try:
                picture = await asyncio.to_thread(clean, data)
            except NotAPicture:
                return ""
        if not policy.is_staff(person) and hub.assets.used(person.id) + len(picture.data) > hub.limits.bytes:
            return ""
        return await hub.assets.put(person.id, picture.data, picture.mime)


def _with_lines(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from classroom.foreign.lines import laid_out
    from classroom.render.fonts import fonts

    return laid_out(objects, fonts().measure)


def _too_large(size: int) -> Problem:
    limit = foreign.MOST_BYTES // 1_000_000
    said = f"This drawing is {size / 1e6:.0f} MB; up to {limit} MB fits." if size else f"Up to {limit} MB fits."
    return Problem(413, "too-large", said + " Copy or save a part of it.", limit=foreign.MOST_BYTES, size=size)
