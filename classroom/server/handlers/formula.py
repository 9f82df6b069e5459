"""Mathematics for whoever writes on the board: TeX in, the outlines that a record keeps out."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated
from msgspec import Struct

from classroom.core import policy
from classroom.server import problems
from classroom.server.handlers.api import ApiHandler


class Asked(Struct):
    """`source` without its dollar signs; `display`: to stand on a line of its own."""

    source: str
    display: bool = False


class FormulaHandler(ApiHandler):
    """POST source, display: the `Formula`, or 422 `bad-formula` with a sentence for whoever typed it."""

    @allow_unauthenticated
    async def post(self) -> None:
        hub, person = self.member()
        if person.role == "observer":
            raise problems.forbidden()
        asked = self.read_json(Asked)
        owner = (hub.class_id, person.id)
        self.answer(await self.extension.formulas.make(owner, policy.is_staff(person), asked.source, asked.display))
