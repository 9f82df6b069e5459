"""What staff do that is not a record: the spoken code, new links, ending someone's stay, a way back in."""

from __future__ import annotations

from typing import Literal

from jupyter_server.auth.decorator import allow_unauthenticated
from msgspec import Struct

from classroom.core import policy
from classroom.core.errors import Removed
from classroom.core.records import Person
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler
from classroom.server.handlers.enter import address_of, links
from classroom.server.hub import Hub


class Code(Struct):
    """`show` false hides it."""

    show: bool = True


class Rotate(Struct):
    """Which link is to be a new one."""

    role: Literal["student", "staff"] = "student"
    address: str = ""


class CodeHandler(ApiHandler):
    """POST show: the spoken code, how long it holds (ms since 1970), and how many wrong ones were tried."""

    @allow_unauthenticated
    async def post(self) -> None:
        hub, _ = self.staff()
        now = self.classes.now() / 1000
        if self.read_json(Code).show:
            hub.access.show_code(now)
        else:
            hub.access.hide_code()
        await hub.access.save()
        self.answer(
            {
                "code": hub.access.code,
                "until": int(hub.access.code_until * 1000),
                "wrong_codes": hub.access.wrong_codes,
            }
        )


class RotateHandler(ApiHandler):
    """POST role: the links, that one new. Who is in stays in."""

    @allow_unauthenticated
    async def post(self) -> None:
        hub, _ = self.staff()
        asked = self.read_json(Rotate)
        address = address_of(asked.address, self)
        hub.access.rotate(asked.role)
        await hub.access.save()
        self.answer(links(hub, address))


class _PersonHandler(ApiHandler):
    """One person of the caller's class, whom the caller may send away or let in again."""

    def other(self, person: str) -> tuple[Hub, Person]:
        """Raises Problem: nobody does this to themselves, and only a teacher to staff."""
        hub, own = self.staff()
        record = hub.room.table.get(person)
        if not isinstance(record, Person):
            raise problems.not_here()
        if record.id == own.id or (policy.is_staff(record) and own.role != "teacher"):
            raise problems.forbidden()
        return hub, record


class RemoveHandler(_PersonHandler):
    """POST: the person's tokens open nothing any more, and their sockets are closed now."""

    @allow_unauthenticated
    async def post(self, person: str) -> None:
        hub, record = self.other(person)
        hub.access.revoke(record.id)
        hub.remove(record.id, Removed())
        await hub.access.save()
        self.answer({"person": record.id})


class InviteHandler(_PersonHandler):
    """POST: a new token for someone who lost theirs; `fragment` makes a personal link of it."""

    @allow_unauthenticated
    async def post(self, person: str) -> None:
        hub, record = self.other(person)
        token = hub.access.mint(record.id)
        await hub.access.save()
        self.answer({"person": record.id, "token": token, "fragment": token})
