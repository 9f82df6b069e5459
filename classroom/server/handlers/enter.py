"""The teacher's door: whoever Jupyter has authenticated, or a kernel of this server that shows the key.

Opens or makes a class and gives what the teacher's panel shows: links, code, QR code. The same Jupyter identity is
the same person again, in every window and after a restart.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

import segno
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from msgspec import Struct

from classroom.core.errors import Refusal
from classroom.core.names import clean_name
from classroom.core.records import Person
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.handlers.join import ticket
from classroom.server.hub import Hub

OWNER = "owner"
"""Whoever has the server's one token or password: they are all the same person."""


class Enter(Struct, rename={"class_id": "class"}):
    """`class`: id, title or file name of one that is there; `title`: make it when it is not. `address`: the server's
    base URL as the browser sees it, for the QR code. `code`: show the spoken code."""

    class_id: str = ""
    title: str = ""
    address: str = ""
    name: str = ""
    code: bool | None = None


def qr_path(text: str) -> dict[str, Any]:
    """A QR code as the data of one SVG path, a unit per module, and the side with its quiet zone of four."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                runs.append(f"M{start + 4} {y + 4}h{x - start}v1h{start - x}z")
            x += 1
    return {"size": len(matrix) + 8, "path": "".join(runs)}


def links(hub: Hub, address: str) -> dict[str, Any]:
    """Links as fragments (the browser knows the rest better), as addresses, and the student's as a QR code."""
    fragments = {role: f"{hub.class_id}.{secret}" for role, secret in hub.access.links.items()}
    urls = {role: f"{address}classroom/#{fragment}" for role, fragment in fragments.items()}
    return {"links": urls, "fragments": fragments, "qr": qr_path(urls["student"])}


def address_of(given: str, handler: ApiHandler) -> str:
    """The server's base URL: as the browser says, else as this request came. Ends with a slash. Raises Problem."""
    address = given or f"{handler.request.protocol}://{handler.request.host}{handler.base_url}"
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        valid = False
    if not valid or len(address) > 500 or re.search(r"[\s\"'<>\\?#]", address):
        raise problems.bad_request("address must be an http or https URL without query")
    return address if address.endswith("/") else address + "/"


class TeacherHandler(ApiHandler):
    """A door for whom Jupyter knows, and for kernels. Never from another origin."""

    cross_origin = False

    def check_xsrf_cookie(self) -> None:
        """Jupyter's own check, unless a kernel showed its key: no page can add that."""
        if not self.key_is_valid:
            JupyterHandler.check_xsrf_cookie(self)

    def admitted(self) -> None:
        """Raises Problem unless this is the teacher."""
        if not self.key_is_valid and self.current_user is None:
            raise problems.not_signed_in()

    def identity(self) -> tuple[str, str]:
        """A stable key for who this is, and a name to show, "" when Jupyter has none."""
        user = self.current_user
        personal = type(self.identity_provider) not in (
            IdentityProvider,
            PasswordIdentityProvider,
            LegacyIdentityProvider,
        )
        if self.key_is_valid or user is None or not personal:
            return OWNER, ""
        if user.username == os.environ.get("JUPYTERHUB_USER"):
            return OWNER, user.username
        return f"user:{user.username}", user.display_name or user.username


class EnterHandler(TeacherHandler):
    """POST class or title: a ticket, links, code and QR code, and since when the class is open (ms since 1970)."""

    @allow_unauthenticated
    async def post(self) -> None:
        self.admitted()
        asked = self.read_json(Enter)
        if not asked.class_id and not asked.title.strip():
            raise problems.bad_request("class or title is needed")
        if len(asked.title) > 200:
            raise problems.bad_request("a title has at most 200 characters")
        address = address_of(asked.address, self)
        hub = await self.classes.find_or_make(asked.class_id, asked.title.strip())
        person = await self._person(hub, asked)
        token = hub.access.mint(person)
        now = self.classes.now() / 1000
        if asked.code is not None:
            if asked.code:
                hub.access.show_code(now)
            else:
                hub.access.hide_code()
        await hub.access.save()
        code = hub.access.code if hub.access.shown(now) else ""
        self.answer(
            {
                **ticket(hub, token, self.base_url),
                **links(hub, address),
                "code": code,
                "wrong_codes": hub.access.wrong_codes,
                "notice": hub.notice,
                "since": hub.since,
            }
        )

    async def _person(self, hub: Hub, asked: Enter) -> str:
        key, known = self.identity()
        async with hub.teachers:
            person = hub.access.identities.get(key)
            if person is not None and isinstance(hub.room.table.get(person), Person):
                return person
            name = (clean_name(asked.name) or clean_name(known) or "Teacher")[: self.classes.limits.name].strip()
            title = asked.title.strip() or asked.class_id
            for number in range(1, 100):
                mark = f" {number}" if number > 1 else ""
                try:
                    person = await hub.add_person(name[: 40 - len(mark)] + mark, "teacher", known[:80], title)
                    break
                except Refusal as refusal:
                    if refusal.reason != "name-taken":
                        raise
            else:
                raise Refusal("name-taken")
            hub.access.identities[key] = person
            return person


class ClassesHandler(TeacherHandler):
    """GET: the classes of this server's folder."""

    @allow_unauthenticated
    async def get(self) -> None:
        self.admitted()
        here = {hub.class_id: hub for hub in self.classes.hubs}
        self.answer(
            {
                "classes": [
                    {
                        "class": info.id,
                        "title": info.title,
                        "file": info.path.name,
                        "changed": info.changed,
                        "open": info.id in here,
                        "elsewhere": info.open and info.id not in here,
                        "people": len(here[info.id].room.here) if info.id in here else 0,
                        "problem": info.problem,
                    }
                    for info in await self.classes.list()
                ]
            }
        )
