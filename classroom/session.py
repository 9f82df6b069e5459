"""One client's side of the conversation: the table as the server has confirmed it, and what is still pending on top.

Bytes go in, events come out; no input or output, no clock, no threads (`client.py` is the shell around it). It
promises: a tick of the log is applied whole or not at all, so a reader never sees half of one; a change stays pending,
and is said again after every reconnect under its own number, until the server confirms or refuses it (SPEC 3.1);
whatever a newer server says that this version does not know is kept or skipped, never fatal. It must never decide
what is allowed: it shows pending changes as if they were accepted, and takes them back when they are refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.errors import BadFrame, BadInk, BadRecord, Refusal
from classroom.core.table import Overlay, Table

SNAPSHOT_BYTES = 1 << 30
"""Inflated bytes past which a snapshot is not believed: sixteen people at their quota."""


class Entered(NamedTuple):
    """The server knows this client now. Pending changes are to be said again, in order."""

    welcome: m.Welcome


class Loaded(NamedTuple):
    """The table was replaced by a snapshot, or a resumed client is told that it may go on."""

    seq: int


class Changed(NamedTuple):
    """One tick of the log is in the table."""

    entries: tuple[m.Seen, ...]


class Confirmed(NamedTuple):
    """Change `number` is number `seq` of the log, and in the table."""

    number: int
    seq: int


class Refused(NamedTuple):
    """Change `number` was not accepted; it is no longer pending."""

    number: int
    refusal: Refusal


class Said(NamedTuple):
    """Something passing: presence, live ink, who is here."""

    message: m.Presence | m.LiveStart | m.LivePoints | m.LiveEnd | m.Here


class Left(NamedTuple):
    """The server ends this connection."""

    bye: m.Bye


Event: TypeAlias = Entered | Loaded | Changed | Confirmed | Refused | Said | Left


class Session:
    """A client named `client` (a random id of 16 to 64 characters, this window's own).

    `table` is what is confirmed, `view()` the same with what is pending on top; `here` holds the ids of the people
    connected. `ready` turns true when the first table has arrived with all that belongs to it (SPEC 5.3: `here` comes
    last, after the snapshot and the changes that may follow it), and stays so.
    """

    def __init__(self, client: str) -> None:
        self.client = client
        self.table = Table()
        self.ready = False
        self.seq = 0
        self.mark: bytes | None = None
        self.welcome: m.Welcome | None = None
        self.here: set[str] = set()
        self.pending: dict[int, m.Ops] = {}
        self._next = 1
        self._held: list[m.Seen] = []
        self._awaited: dict[int, int] = {}
        self._pieces: list[bytes] = []
        self._inflater = zlib.decompressobj()
        self._inflated = 0
        self._view: Overlay | None = None

    # -- what the client says

    def hello(self, token: str) -> bytes:
        """The first message of a connection. What had been received of an unfinished tick or snapshot is forgotten."""
        self._held.clear()
        self._awaited.clear()
        self._new_snapshot()
        last = m.Last(self.seq, self.mark.hex()) if self.mark is not None else None
        lowest = min(self.pending, default=self._next)
        return wire.write(m.Hello(m.PROTOCOL, self.client, token, last, lowest))

    def change(self, ops: Iterable[m.Op], now: int) -> tuple[int, bytes]:
        """Numbers a change and makes it pending: its number, and the message to send. `now` is in ms since 1970.

        Raises `Refusal` (`too-large`) for what would end the connection instead of being refused.
        """
        number = self._next
        person = self.welcome.person if self.welcome else ""
        stamped = tuple(_stamped(op, person, now) for op in ops)
        message = wire.write(m.Change(number, stamped))
        limits = self.welcome.limits if self.welcome else m.Limits()
        if len(message) > limits.frame:
            raise Refusal("too-large", limit=limits.ops)
        self._next += 1
        self.pending[number] = stamped
        self._view = None
        return number, message

    def unconfirmed(self) -> list[bytes]:
        """Every pending change as a message, in order: to be said after each `Entered`."""
        return [wire.write(m.Change(number, ops)) for number, ops in sorted(self.pending.items())]

    def doubt(self) -> None:
        """Something could not be read: the next connection asks for the whole table."""
        self.mark = None

    def forget(self) -> None:
        """Nothing is pending any more: for a client that closes."""
        self.pending.clear()
        self._view = None

    # -- what the client sees

    def view(self) -> Overlay:
        """The table with pending changes on top, as its person sees it. Valid until the next `receive` or `change`."""
        if self._view is None:
            self._view = Overlay(self.table)
            for ops in self.pending.values():
                for op in ops:
                    _try(self._view, op)
        return self._view

    def receive(self, frame: bytes) -> list[Event]:
        """What a frame from the server means. Raises `BadFrame`: the connection is of no use then."""
        events: list[Event] = []
        for raw in wire.split(frame):
            try:
                message = wire.read(raw, lenient=True)
            except BadRecord as error:
                if raw.kind in (wire.CHANGES, wire.SNAPSHOT, wire.WELCOME):
                    raise BadFrame(f"the server sent {wire.KINDS[raw.kind]} that cannot be read: {error}") from None
                continue
            events += self._message(message)
        return events

    def _message(self, message: m.AnyMessage | None) -> list[Event]:
        if isinstance(message, m.Changes):
            return self._changes(message)
        if isinstance(message, m.Snapshot):
            return self._snapshot(message)
        if isinstance(message, m.Confirm):
            if message.number in self.pending:
                self._awaited[message.number] = message.seq
            return self._settled()
        if isinstance(message, m.Refuse):
            return self._refuse(message)
        if isinstance(message, m.Here):
            if message.all is not None:
                self.here = set(message.all)
                self.ready = self.ready or self.mark is not None
            self.here = (self.here | set(message.joined)) - set(message.left)
            return [Said(message)]
        if isinstance(message, (m.Presence, m.LiveStart, m.LivePoints, m.LiveEnd)):
            return [Said(message)]
        if isinstance(message, m.Welcome):
            self.welcome = message
            return [Entered(message), Loaded(self.seq)] if message.resumed else [Entered(message)]
        if isinstance(message, m.Reset):
            self._held.clear()
            self._new_snapshot()
        if isinstance(message, m.Bye):
            return [Left(message)]
        return []

    def _changes(self, message: m.Changes) -> list[Event]:
        self._held += [entry for entry in message.entries if entry.seq > self.seq]
        if not message.upto:
            return []
        entries, self._held = tuple(self._held), []
        tag = self.welcome.tag if self.welcome else 0
        for entry in entries:
            for op in entry.ops:
                _try(self.table, op)
            if entry.tag == tag and entry.number in self.pending:
                self._awaited[entry.number] = entry.seq
        if message.upto >= self.seq:
            self.seq, self.mark = message.upto, message.mark
        self._view = None
        settled = self._settled()
        return [Changed(entries), *settled] if entries else settled

    def _settled(self) -> list[Event]:
        """Pending changes that the table now holds."""
        done = [number for number, seq in self._awaited.items() if seq <= self.seq]
        events: list[Event] = []
        for number in sorted(done):
            seq = self._awaited.pop(number)
            if self.pending.pop(number, None) is not None:
                self._view = None
                events.append(Confirmed(number, seq))
        return events

    def _refuse(self, message: m.Refuse) -> list[Event]:
        if self.pending.pop(message.number, None) is None:
            return []
        self._view = None
        return [Refused(message.number, refusal(message.code, message.parameters))]

    # -- snapshots

    def _new_snapshot(self) -> None:
        self._inflater = zlib.decompressobj()
        self._pieces = []
        self._inflated = 0

    def _snapshot(self, message: m.Snapshot) -> list[Event]:
        try:
            piece = self._inflater.decompress(message.data, SNAPSHOT_BYTES - self._inflated)
        except zlib.error as error:
            raise BadFrame(f"the snapshot cannot be inflated: {error}") from None
        self._pieces.append(piece)
        self._inflated += len(piece)
        if self._inflated >= SNAPSHOT_BYTES:
            raise BadFrame("the snapshot is too large")
        if not message.last:
            return []
        table = Table()
        try:
            for op in wire.read_ops(b"".join(self._pieces), lenient=True):
                table.apply(op)
        except (BadRecord, BadInk, Refusal) as error:
            raise BadFrame(f"the snapshot cannot be read: {error}") from None
        finally:
            self._new_snapshot()
        self.table, self.seq, self.mark, self._view = table, message.seq, message.mark, None
        self._held.clear()
        return [Loaded(self.seq), *self._settled()]


def refusal(code: str, parameters: dict[str, Any]) -> Refusal:
    """A refusal from the server, also one whose code this version does not know."""
    try:
        return Refusal(code, **parameters)
    except KeyError:
        made = Refusal("forbidden", **parameters)
        made.reason = code
        return made


def _stamped(op: m.Op, person: str, now: int) -> m.Op:
    """A put as it will look when accepted; the server stamps it again by its own clock."""
    if isinstance(op, m.Put) and not op.record.author:
        return m.Put(msgspec.structs.replace(op.record, author=person, time=now))
    return op


def _try(target: Table | Overlay, op: m.Op) -> None:
    """Applies what can be applied: a newer server may patch fields that this version does not have."""
    if _applied(target, op) or not isinstance(op, m.Patch):
        return
    for id in op.ids:
        for name, value in op.fields.items():
            _applied(target, m.Patch((id,), {name: value}))


def _applied(target: Table | Overlay, op: m.Op) -> bool:
    try:
        target.apply(op)
    except (BadRecord, Refusal):
        return False
    return True
