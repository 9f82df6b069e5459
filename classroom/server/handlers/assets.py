"""Pictures by their SHA-256: in for whoever may put records, out for whoever sees a record that names them.

An asset that no visible record names does not exist for the caller: the same 404. What is given out can never run:
`nosniff`, `attachment`, a sandboxing policy.
"""

from __future__ import annotations

import asyncio
import hashlib

from jupyter_server.auth.decorator import allow_unauthenticated

from classroom.core import policy
from classroom.core.errors import Refusal
from classroom.core.records import Person
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.hub import Hub
from classroom.server.pictures import NotAPicture, clean

AT_ONCE = 2
"""Uploads of one person: each is held in memory until it is whole."""


class AssetHandler(ApiHandler):
    """PUT and GET of one asset."""

    def initialize(self) -> None:
        super().initialize()
        self._counted = False
        self.max_body = int(self.settings["classroom"].limits.asset) if self.request.method == "PUT" else 1024

    async def prepare(self) -> None:  # type: ignore[override]
        """A body is read only of someone who is in the class and may write."""
        await super().prepare()
        if self.request.method == "PUT" and not self._finished:
            hub, person = self.member()
            if person.role == "observer":
                raise problems.forbidden()
            if hub.uploading[person.id] >= AT_ONCE:
                raise problems.busy()
            hub.uploading[person.id] += 1
            self._counted = True

    def on_finish(self) -> None:
        """Answered, whatever the answer was."""
        self._count_down()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Whoever hangs up in the middle of a body is not told anything."""
        self._count_down()
        super().on_connection_close()

    def _count_down(self) -> None:
        if self._counted:
            self._counted = False
            hub, person = self.member()
            hub.uploading[person.id] -= 1

    @allow_unauthenticated
    async def put(self, sha: str) -> None:
        """Stores the picture as it was cleaned; its own address is in the answer."""
        hub, person = self.member()
        if self._too_large:
            raise problems.too_large(self.max_body)
        data = bytes(self._body)
        self._body.clear()
        if sha != "new" and hashlib.sha256(data).hexdigest() != sha:
            raise problems.bad_request("the content has another SHA-256")
        async with self.extension.decoding:
            try:
                picture = await asyncio.to_thread(clean, data)
            except NotAPicture as error:
                raise problems.not_a_picture(str(error)) from None
        used = hub.uploaded.get(person.id, 0) + len(picture.data)
        if not policy.is_staff(person) and used > hub.limits.bytes:
            raise Refusal("quota", what="bytes", limit=hub.limits.bytes)
        hub.uploaded[person.id] = used
        stored = await asyncio.wrap_future(hub.thread.background(hub.store.put_asset, [picture.data], picture.mime))
        self.answer(
            {
                "asset": stored,
                "mime": picture.mime,
                "size": len(picture.data),
                "width": picture.width,
                "height": picture.height,
            },
            201,
        )

    @allow_unauthenticated
    async def get(self, sha: str) -> None:
        """The picture, piece by piece."""
        hub, person = self.member()
        if not visible(hub, person, sha):
            raise problems.not_here()
        asset = await asyncio.wrap_future(hub.thread.submit(hub.store.asset, sha))
        if asset is None:
            raise problems.not_here()
        self.set_header("Content-Type", asset.mime)
        self.set_header("Content-Length", str(asset.size))
        self.set_header("Content-Disposition", f'attachment; filename="{sha[:16]}"')
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        while True:
            chunk = await asyncio.wrap_future(hub.thread.submit(next, asset.chunks, None))
            if chunk is None:
                break
            self.write(chunk)
            await self.flush()
        self.finish()


def visible(hub: Hub, person: Person, sha: str) -> bool:
    """Does a record that this person sees name the asset?"""
    table = hub.room.table
    return any(
        getattr(record, "asset", "") == sha and policy.sees(person.role, person.id, policy.audience(table, record))
        for record in table
    )
