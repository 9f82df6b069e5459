"""Pictures by their SHA-256: in for whoever may put records, out for whoever sees a record that names them.

An asset that the caller did not send and that no visible record names does not exist: the same 404. What is given out
can never run: `nosniff`, `attachment`, a sandboxing policy.
"""

from __future__ import annotations

import asyncio
import hashlib

from jupyter_server.auth.decorator import allow_unauthenticated

from classroom.core import policy
from classroom.core.errors import Refusal
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.pictures import NotAPicture, clean

AT_ONCE = 2
"""Uploads of one person: each is held in memory until it is whole."""
PIECE = 128 * 1024
"""Bytes written at a time: a slow line holds no more."""


class AssetHandler(ApiHandler):
    """PUT and GET of one asset."""

    def initialize(self) -> None:
        super().initialize()
        self._counted = self._whole = False
        self.max_body = int(self.settings["classroom"].limits.asset) if self.request.method == "PUT" else 1024

    async def prepare(self) -> None:  # type: ignore[override]
        """A body is read only of someone who is in the class and may write."""
        await super().prepare()
        if self.request.method == "PUT" and not self._finished:
            hub, person = self.member()
            if person.role == "observer":
                raise problems.forbidden()
            self._bounded()
            if hub.uploading[person.id] >= AT_ONCE:
                raise problems.busy()
            hub.uploading[person.id] += 1
            self._counted = True

    def _bounded(self) -> None:
        """A body that says it is too large is not waited for. Raises Problem."""
        said = self.request.headers.get("Content-Length", "")
        if said.isdigit() and len(said) < 20 and int(said) > self.max_body:
            self.set_header("Connection", "close")
            raise problems.picture_too_large(int(said), self.max_body)

    def on_finish(self) -> None:
        """Answered, whatever the answer was."""
        self._count_down()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Whoever hangs up in the middle of a body is not told anything; a whole one is still held, and counts."""
        if not self._whole:
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
            raise problems.picture_too_large(0, self.max_body)
        data = bytes(self._body)
        self._body.clear()
        self._whole = True
        if sha != "new" and hashlib.sha256(data).hexdigest() != sha:
            raise problems.bad_request("the content has another SHA-256")
        async with self.extension.decoding:
            try:
                picture = await asyncio.to_thread(clean, data)
            except NotAPicture as error:
                raise error.problem from None
        used = hub.assets.used(person.id) + len(picture.data)
        if not policy.is_staff(person) and used > hub.limits.bytes:
            raise Refusal("quota", what="bytes", limit=hub.limits.bytes)
        stored = await hub.assets.put(person.id, picture.data, picture.mime)
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
        if not hub.assets.sees(person, sha):
            raise problems.not_here()
        content = await hub.assets.get(sha)
        if content is None or not hub.assets.sees(person, sha):  # as it is now, not as it was before the wait
            raise problems.not_here()
        hub.assets.given(person.id, sha)
        self.set_header("Content-Type", content.mime)
        self.set_header("Content-Length", str(len(content.data)))
        self.set_header("Content-Disposition", f'attachment; filename="{sha[:16]}"')
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        for at in range(0, len(content.data), PIECE):
            self.write(content.data[at : at + PIECE])
            await self.flush()
        self.finish()
