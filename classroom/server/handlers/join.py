"""The students' door: look at a class, join it with a link or the spoken code, come back with a personal token."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from msgspec import Struct

from classroom.core.errors import Refusal
from classroom.core.names import clean_name
from classroom.core.records import Class, Person
from classroom.server import problems
from classroom.server.access import split_token
from classroom.server.handlers.api import ApiHandler
from classroom.server.hub import Hub


class Join(Struct, rename={"class_id": "class"}):
    """What is asked. `class` and `secret` are the two halves of a link's fragment."""

    class_id: str = ""
    secret: str = ""
    code: str = ""
    name: str = ""
    token: str = ""


def title_of(hub: Hub) -> str:
    """The class's title."""
    record = hub.room.table.get("class")
    return record.title if isinstance(record, Class) else ""


def ticket(hub: Hub, token: str, base_url: str) -> dict[str, Any]:
    """What someone who is let in needs."""
    person = hub.room.table.get(split_token(token)[1])
    assert isinstance(person, Person)
    return {
        "token": token,
        "person": person.id,
        "name": person.name,
        "role": person.role,
        "class": hub.class_id,
        "title": title_of(hub),
        "ws": f"{base_url}classroom/ws",
    }


class JoinHandler(ApiHandler):
    """POST class, secret or code, name, token: a ticket."""

    @allow_unauthenticated
    async def post(self) -> None:
        self.json_only()
        asked = self.read_json(Join)
        if asked.token:
            known = await self.classes.by_token(asked.token)
            if known is not None and asked.class_id in ("", known[0].class_id):
                self.answer(ticket(known[0], asked.token, self.base_url))
                return
        if asked.secret:
            hub, link = await self.classes.by_link(asked.class_id, asked.secret)
        elif asked.code:
            hub, link = await self.classes.by_code(asked.code, asked.class_id), "student"
        else:
            raise problems.bad_link()
        name = clean_name(asked.name)
        if not 1 <= len(name) <= self.classes.limits.name or len(asked.name) > 4096:
            raise Refusal("name-length")
        token = await self.classes.join(hub, name, "assistant" if link == "staff" else "student")
        self.answer(ticket(hub, token, self.base_url))


class LookHandler(ApiHandler):
    """GET ?class=: title, teachers' names, whether the door is open; for whoever knows the id."""

    @allow_unauthenticated
    async def get(self) -> None:
        hub = await self.classes.look(self.get_query_argument("class", "")[:40])
        if hub is None:
            raise problems.no_class()
        record = hub.room.table.get("class")
        people = [p for p in hub.room.table.of_type("person") if isinstance(p, Person)]
        self.answer(
            {
                "class": hub.class_id,
                "title": title_of(hub),
                "teachers": [p.name for p in people if p.role == "teacher"],
                "open": isinstance(record, Class) and record.join,
            }
        )
