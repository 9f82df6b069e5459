"""Changes as a program makes them: new ids, parcels that fit the class's limits, and undo.

It promises what the browser does: the inverse of one's own changes, never across a page that was cleared since; a
student's work lies on their own copy where there are copies. What may be done is decided by the server.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from classroom.client import Client
from classroom.core import messages as m
from classroom.core import records as r
from classroom.core import wire
from classroom.core.table import Overlay, Table, View, inverse

UNDO_STEPS = 200


def new_id() -> str:
    """96 random bits, as every client makes ids."""
    return secrets.token_urlsafe(12)


@dataclass
class _Step:
    """What undoes one action, and when each page it touches was last cleared at that time."""

    ops: list[m.Op]
    cleared: dict[str, int]


class History:
    """What this program has done on the board, to be taken back and done again."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []

    def do(self, ops: list[m.Op], size: int = 0, unmade: tuple[str, ...] = ()) -> None:
        """Makes a change, as one step. `size`: bytes of its parcels, the most a frame holds unless given; `unmade`:
        fields whose patches are not taken back. Raises the server's `Refusal`."""
        step = self._change(ops, size)
        step.ops = [op for op in step.ops if not (isinstance(op, m.Patch) and set(op.fields) <= set(unmade))]
        self._undo = [*self._undo[1 - UNDO_STEPS :], step]
        self._redo.clear()

    def undo(self) -> bool:
        """Takes back the last step. False when there is nothing left to take back."""
        return self._back(self._undo, self._redo)

    def redo(self) -> bool:
        """Does again what was last undone. False when there is nothing."""
        return self._back(self._redo, self._undo)

    def _back(self, source: list[_Step], other: list[_Step]) -> bool:
        while source:
            step = source.pop()
            if all(self._cleared(page) == at for page, at in step.cleared.items()):
                other.append(self._change(step.ops))
                return True
        return False

    def _cleared(self, page: str) -> int:
        known = self._client.read(lambda view: view.get(page))
        return known.cleared if isinstance(known, r.Page) else 0

    def _change(self, ops: list[m.Op], size: int = 0) -> _Step:
        """Makes the changes, in several where one would be too large; gives what undoes them."""
        ops = self._client.read(lambda view: [_own(view, self._client.person, op) for op in ops])
        undo, pages = self._client.read(lambda view: _inverse(view, ops))
        limits = self._client.welcome.limits
        self._client.stream(parcels(ops, limits.ops, size or limits.frame - 4_096))
        return _Step(undo, {page: self._cleared(page) for page in pages})


def _own(view: View, me: str, op: m.Op) -> m.Op:
    """What a student makes on a page where everyone works alone lies on their own copy, as in the browser."""
    if not isinstance(op, m.Put) or not isinstance(op.record, r.Drawable) or op.record.copy:
        return op
    page, person = view.get(op.record.page), view.get(me)
    if not isinstance(page, r.Page) or page.audience != "each":
        return op
    if not isinstance(person, r.Person) or person.role in ("teacher", "assistant"):
        return op
    return m.Put(msgspec.structs.replace(op.record, copy=me))


def _inverse(view: Overlay, ops: list[m.Op]) -> tuple[list[m.Op], set[str]]:
    """What undoes `ops`, last first, and the pages they touch."""
    at = Overlay(view)
    undo: list[m.Op] = []
    pages: set[str] = set()
    for op in ops:
        undo[:0] = inverse(at, op)
        ids = (op.record.id,) if isinstance(op, m.Put) else (op.id,) if isinstance(op, m.Append) else op.ids
        before = [at.get(id) for id in ids]
        at.apply(op)
        for record in (*before, *(at.get(id) for id in ids)):
            if isinstance(record, r.Drawable):
                pages.add(record.page)
            elif isinstance(record, r.Page):
                pages.add(record.id)
    return undo, pages


def parcels(ops: Iterable[m.Op], most: int, size: int) -> Iterable[list[m.Op]]:
    """The operations in order, in changes that touch at most `most` records and hold about `size` bytes."""
    parcel: list[m.Op] = []
    touched = weight = 0
    for op in ops:
        count = len(op.ids) if isinstance(op, (m.Patch, m.Remove)) else 1
        length = len(wire.write_op(op))
        if parcel and (touched + count > most or weight + length > size):
            yield parcel
            parcel, touched, weight = [], 0, 0
        parcel.append(op)
        touched += count
        weight += length
    if parcel:
        yield parcel


def copy_of(client: Client, types: Sequence[str] | None = None) -> Table:
    """The table as this client sees it now, pending changes included, for work that takes longer than a look."""

    def take(view: Overlay) -> list[r.Record]:
        return [record for name in types or r.TYPES for record in view.of_type(name)]

    table = Table()
    for record in client.read(take):
        table.apply(m.Put(record))
    return table
