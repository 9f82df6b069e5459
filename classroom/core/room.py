"""The room: one class in memory, and what it answers to everything that is said. No input or output of its own.

Bytes come in with the connection's number and the time; actions come out. The shell around it (`server/hub.py`) moves
bytes, writes proposals down and calls back. The room promises: nothing of a change is in an action before `commit`
(SPEC 3.5); a change is applied once (3.2); no viewer gets a byte that `policy` does not let them see (4.5); nothing
raises because of what a client sent, except as a `Close` action. It must never read a clock or make a random number.

Changes go through three steps: `receive` queues them, `propose` checks all that are queued on an overlay and names the
entries to write, `commit` (or `abandon`) makes the overlay the table and says who gets what. One proposal is out at a
time; meanwhile the table is the confirmed one.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from classroom.core import messages as m
from classroom.core import policy, sight, wire
from classroom.core.errors import BadFrame, BadRecord, Farewell, Refusal, Replaced
from classroom.core.live import LiveDesk
from classroom.core.records import Person, Record
from classroom.core.table import Overlay, Table, asset_of, in_order

STEP = 2_000
"""Records touched by one proposal, or a little more: a large change holds up the loop once, not all of them at once."""
QUEUE = 20_000
"""Queued changes at which the room is `full`: the door stops reading until they are decided."""


class Send(NamedTuple):
    """Bytes for one connection."""

    conn: int
    frame: bytes


class Publish(NamedTuple):
    """Bytes for everyone who sees `audience`. `upto` and `mark` are set on what closes a tick."""

    audience: str
    frame: bytes
    droppable: bool = False
    upto: int = 0
    mark: bytes = b""


class Close(NamedTuple):
    """The end of one connection, with its reason."""

    conn: int
    error: Farewell


class Sight(NamedTuple):
    """A person's role changed what they see: each of their connections gets `reset`, a snapshot and a new viewer.

    It stands at the end of the actions, but comes first for those connections: nothing that the same actions publish
    is sent to them, since the snapshot holds it.
    """

    person: str


Action: TypeAlias = Send | Publish | Close | Sight


class Proposal:
    """Changes that were found right and wait to be written: `entries` for the store; `actions` to do at once."""

    def __init__(self, table: Table) -> None:
        self.overlay = Overlay(table)
        self.entries: list[m.Entry] = []
        self.steps: list[_Step] = []
        self.actions: list[Action] = []


class _Step(NamedTuple):
    """One entry's operations and who sees each: audience keys and what is shown to them."""

    entry: m.Entry
    shown: list[tuple[str, m.Op]]
    watershed: bool
    sight: tuple[str, ...]
    """People who became staff or are no longer."""


class _Queued(NamedTuple):
    person: str
    client: str
    number: int
    ops: m.Ops
    touched: int


class _Client:
    """One window: its connection, if any, and what of it was accepted lately."""

    __slots__ = ("accepted", "conn", "first", "queued", "tag")

    def __init__(self, tag: int) -> None:
        self.tag = tag
        self.first = 1
        """Numbers below it are settled, as its own hello has said; `accepted` need not know them."""
        self.accepted: dict[int, int] = {}
        self.conn: int | None = None
        self.queued = 0


class _Conn(NamedTuple):
    person: str
    client: str


class Room:
    """One class. `seq` and `mark` name the last committed state; no resume crosses `watershed`, a seq."""

    def __init__(
        self,
        class_id: str,
        table: Table,
        seq: int,
        mark: bytes,
        limits: m.Limits | None = None,
        version: str = "",
        salt: bytes = b"",
    ) -> None:
        self.class_id = class_id
        self.table = table
        self.seq = seq
        self.mark = mark
        self.watershed = 0
        self._time = max((record.time for record in table), default=0)
        """Of the last entry: the next is later (SPEC 2.6)."""
        self.limits = limits or m.Limits()
        self.version = version
        self.live = LiveDesk()
        self.may_name: Callable[[str, str], bool] | None = None
        """(person, asset): is it there, and may that person's records name it? The shell's to answer; None: always."""
        self._salt = salt
        """Up to 64 random bytes that no client knows: without them nobody can choose a window id by its tag."""
        self._queue: deque[_Queued] = deque()
        self._system: deque[_Queued] = deque()
        self._conns: dict[int, _Conn] = {}
        self._clients: dict[str, _Client] = {}
        self._people: dict[str, int] = {}
        self._proposal: Proposal | None = None

    # -- coming and going

    def tag_of(self, client: str) -> int:
        """The public number of a window: 32 bits of the keyed hash of its secret id (SPEC 5.8)."""
        return int.from_bytes(hashlib.blake2b(client.encode(), digest_size=4, key=self._salt).digest(), "big")

    def enter(
        self,
        conn: int,
        person: str,
        client: str,
        accepted: Mapping[int, int],
        resumed: bool,
        now: int,
        first: int = 1,
    ) -> list[Action]:
        """`conn` is `person` in window `client`. `accepted` is what the store knows of that window's numbers from
        `first` (the hello's `pending`) on; smaller ones are refused from now on.

        Gives the welcome, the end of an older connection of the same window, and the news for the others. The shell
        sends the snapshot or the changes since, and then `here`, by itself.
        """
        actions: list[Action] = []
        for other, known in list(self._conns.items()):
            if known.client == client:
                actions += self.leave(other, now)
                actions.append(Close(other, Replaced()))
        window = self._clients.setdefault(client, _Client(self.tag_of(client)))
        window.conn, window.first = conn, first
        window.accepted.update(accepted)
        self._conns[conn] = _Conn(person, client)
        record = self.table.get(person)
        role = record.role if isinstance(record, Person) else "observer"
        welcome = m.Welcome(self.class_id, person, role, window.tag, resumed, now, self.limits, self.version)
        actions.append(Send(conn, wire.write(welcome)))
        self._people[person] = self._people.get(person, 0) + 1
        if self._people[person] == 1:
            actions.append(Publish("all", wire.write(m.Here(joined=(person,)))))
        return actions

    def leave(self, conn: int, now: int) -> list[Action]:
        """`conn` is gone. Its queued changes are still decided."""
        known = self._conns.pop(conn, None)
        if known is None:
            return []
        window = self._clients[known.client]
        window.conn = None
        self._forget(known.client)
        actions: list[Action] = [Publish(*news) for news in self.live.drop(conn)]
        self._people[known.person] -= 1
        if not self._people[known.person]:
            del self._people[known.person]
            self.live.left(known.person)
            actions.append(Publish("all", wire.write(m.Here(left=(known.person,)))))
        return actions

    def _forget(self, client: str) -> None:
        window = self._clients.get(client)
        if window is not None and window.conn is None and not window.queued:
            del self._clients[client]

    @property
    def here(self) -> tuple[str, ...]:
        """Ids of the people connected."""
        return tuple(self._people)

    def viewer(self, conn: int) -> tuple[str, str]:
        """Role and person of a connection, as of now."""
        known = self._conns[conn]
        record = self.table.get(known.person)
        return (record.role if isinstance(record, Person) else "observer"), known.person

    def conns_of(self, person: str) -> list[int]:
        """All connections of one person."""
        return [conn for conn, known in self._conns.items() if known.person == person]

    # -- listening

    @property
    def full(self) -> bool:
        """Are so many changes queued that the door should wait?"""
        return len(self._queue) >= QUEUE

    @property
    def queued(self) -> bool:
        """Is there something to propose?"""
        return bool(self._queue or self._system)

    def receive(self, conn: int, frame: bytes, now: int) -> list[Action]:
        """A frame from a connection that has entered. Never raises."""
        actions: list[Action] = []
        if conn not in self._conns:
            return actions
        try:
            for raw in wire.split(frame):
                actions += self._message(conn, raw, now)
        except BadFrame as error:
            actions += self.leave(conn, now)
            actions.append(Close(conn, error))
        return actions

    def _message(self, conn: int, raw: wire.Raw, now: int) -> list[Action]:
        if raw.kind == wire.CHANGE:
            return self._change(conn, raw.body)
        known = self._conns[conn]
        if raw.kind not in (wire.PING, wire.PRESENCE, wire.LIVE_START, wire.LIVE_POINTS, wire.LIVE_END):
            return []
        try:
            value = wire.read(raw)
        except BadRecord:
            return []
        if isinstance(value, m.Ping):
            return [Send(conn, wire.write(m.Pong(value.at, now)))]
        person = self.table.get(known.person)
        if not isinstance(person, Person):
            return []
        if isinstance(value, m.Presence):
            return [Publish(*news) for news in self.live.presence(self.table, conn, person, value, now)]
        if isinstance(value, (m.LiveStart, m.LivePoints, m.LiveEnd)):
            return [Publish(*news) for news in self.live.receive(self.table, conn, person, value, now)]
        return []

    def _change(self, conn: int, body: bytes) -> list[Action]:
        known = self._conns[conn]
        number = wire.change_number(body)
        window = self._clients[known.client]
        if number in window.accepted:
            return [Send(conn, wire.write(m.Confirm(number, window.accepted[number])))]
        if number < window.first:  # the store may know it, and would refuse the whole tick that it came with
            return [Send(conn, wire.write(m.Refuse(number, "bad-record", {"why": "that number is settled"})))]
        try:
            ops = wire.read_change(body).ops
            touched = self._bounds(known.person, ops, len(body))
        except BadRecord as error:
            return [Send(conn, wire.write(m.Refuse(number, "bad-record", {"why": str(error)[:200]})))]
        except Refusal as error:
            return [Send(conn, wire.write(m.Refuse(number, error.reason, error.parameters)))]
        window.queued += 1
        self._queue.append(_Queued(known.person, known.client, number, ops, touched))
        return []

    def _bounds(self, person: str, ops: m.Ops, size: int) -> int:
        """Limits of one change and quotas of one person: the door's part, before policy (SPEC 4.10).

        Gives how many records the change touches.
        """
        touched = sum(len(op.ids) if isinstance(op, (m.Patch, m.Remove)) else 1 for op in ops)
        if touched > self.limits.ops or size > self.limits.frame:
            raise Refusal("too-large", limit=self.limits.ops)
        if self.may_name is not None:
            for asset in named_assets(ops):
                if not self.may_name(person, asset):
                    raise Refusal("no-asset", asset=asset)
        record = self.table.get(person)
        if isinstance(record, Person) and policy.is_staff(record):
            return touched
        used = self.table.usage(person)
        puts = sum(isinstance(op, m.Put) for op in ops)
        if puts and used.records + puts > self.limits.records:
            raise Refusal("quota", what="records", limit=self.limits.records)
        if used.bytes + _growth(ops, size) > self.limits.bytes:
            raise Refusal("quota", what="bytes", limit=self.limits.bytes)
        return touched

    def system(self, ops: m.Ops) -> None:
        """The server's own change: a person entering, the class record. It is in the next proposal, whatever waits."""
        self._system.append(_Queued("", "", 0, ops, 0))

    # -- deciding

    def propose(self, now: int) -> Proposal | None:
        """Queued changes, checked in order, until `STEP` records are touched. None when nothing is queued.

        One proposal is out at a time; what is left is still `queued`.
        """
        assert self._proposal is None, "commit or abandon the last proposal first"
        if not self.queued:
            return None
        proposal = Proposal(self.table)
        taken: set[tuple[str, int]] = set()
        while self._system:
            self._decide(proposal, self._system.popleft(), taken, now)
        touched = 0
        while self._queue and touched < STEP:
            queued = self._queue.popleft()
            touched += queued.touched
            self._decide(proposal, queued, taken, now)
        self._proposal = proposal
        return proposal

    def _decide(self, proposal: Proposal, queued: _Queued, taken: set[tuple[str, int]], now: int) -> None:
        person, client, number, ops, _ = queued
        window = self._clients.get(client)
        if window is not None:
            window.queued -= 1
            if number in window.accepted:
                proposal.actions += self._tell(client, m.Confirm(number, window.accepted[number]))
                return
            if (client, number) in taken:
                return
        try:
            self._unnamed(proposal.overlay, person, ops)
            at = max(now, self._time + 1)
            overlay = policy.check(proposal.overlay, person, ops, at)
        except Refusal as error:
            proposal.actions += self._tell(client, m.Refuse(number, error.reason, error.parameters))
            return
        seq = self.seq + len(proposal.entries) + 1
        self._time = at
        entry = m.Entry(seq, at, person, client, number, tuple(overlay.ops))
        proposal.steps.append(self._step(proposal.overlay, overlay, entry))
        overlay.settle(proposal.overlay)
        proposal.entries.append(entry)
        if client:
            taken.add((client, number))

    def _unnamed(self, view: Overlay, person: str, ops: m.Ops) -> None:
        """Nobody puts a new record under the id of a stroke that someone else draws, nor as its part (SPEC 5.10)."""
        for op in ops:
            if isinstance(op, m.Put) and person:
                for id in (op.record.id, getattr(op.record, "part", "")):
                    drawer = self.live.drawer(id)
                    if drawer not in (None, person) and view.get(id) is None and view.first_author(id) is None:
                        raise Refusal("forbidden")

    def _tell(self, client: str, value: m.Confirm | m.Refuse) -> list[Action]:
        """To the window's present connection, which may not be the one that asked."""
        window = self._clients.get(client)
        return [Send(window.conn, wire.write(value))] if window is not None and window.conn is not None else []

    def commit(self, proposal: Proposal, mark: bytes) -> list[Action]:
        """The proposal has been written under `mark`: it becomes the table and is shown."""
        assert proposal is self._proposal
        self._proposal = None
        proposal.overlay.settle(self.table)
        for entry in proposal.entries:
            window = self._clients.get(entry.client)
            if window is not None:
                window.accepted[entry.number] = entry.seq
                self._forget(entry.client)
            for op in entry.ops:
                if isinstance(op, m.Put):
                    self.live.put(op.record.id)
        actions: list[Action] = []
        if proposal.entries:
            self.seq, self.mark = proposal.entries[-1].seq, mark
            actions += self._published(proposal.steps)
            moved = {person for step in proposal.steps for person in step.sight}
            for step in proposal.steps:
                if step.entry.author in moved or not self._reaches_author(step.entry, step):
                    actions += self._tell(step.entry.client, m.Confirm(step.entry.number, step.entry.seq))
            actions += [Publish(*news) for news in self.live.review(self.table)]
            actions += [Sight(person) for person in sorted(moved)]
        return actions

    def abandon(self, proposal: Proposal, code: str) -> list[Action]:
        """The proposal could not be written: nothing of it happened, and its authors are told."""
        assert proposal is self._proposal
        self._proposal = None
        actions: list[Action] = []
        for entry in proposal.entries:
            actions += self._tell(entry.client, m.Refuse(entry.number, code))
            self._forget(entry.client)
        return actions

    def replay(self, entries: Iterable[m.Entry], mark: bytes) -> list[Publish]:
        """Entries of one transaction from the store's tail: applied, and given as what viewers would have got."""
        steps = []
        for entry in entries:
            overlay = Overlay(self.table)
            for op in entry.ops:
                overlay.apply(op)
            steps.append(self._step(self.table, overlay, entry))
            overlay.settle(self.table)
            self.seq, self.mark, self._time = entry.seq, mark, max(self._time, entry.time)
        return self._published(steps)

    # -- showing

    def _step(self, before: Overlay | Table, after: Overlay, entry: m.Entry) -> _Step:
        """Who sees what of an entry: see `sight`."""
        shown, crossed = sight.shown(before, entry.ops)
        sides = sight.changed_sides(before, after)
        return _Step(entry, shown, crossed or bool(sides), sides)

    def _reaches_author(self, entry: m.Entry, step: _Step) -> bool:
        person = self.table.get(entry.author)
        role = person.role if isinstance(person, Person) else "observer"
        return any(policy.sees(role, entry.author, key) for key, _ in step.shown)

    def _published(self, steps: list[_Step]) -> list[Publish]:
        """Runs of consecutive operations for the same audience, in order; the last goes to all and closes the tick."""
        runs: list[tuple[str, list[m.Seen]]] = []
        for step in steps:
            entry = step.entry
            if step.watershed:
                self.watershed = entry.seq
            tag = self.tag_of(entry.client) if entry.client else 0
            for key, op in step.shown:
                if not runs or runs[-1][0] != key:
                    runs.append((key, []))
                seen = runs[-1][1]
                if seen and seen[-1].seq == entry.seq:
                    seen[-1] = m.Seen(entry.seq, tag, entry.number, entry.author, entry.time, (*seen[-1].ops, op))
                else:
                    seen.append(m.Seen(entry.seq, tag, entry.number, entry.author, entry.time, (op,)))
        if not runs or runs[-1][0] != "all":
            runs.append(("all", []))
        last = len(runs) - 1
        return [
            Publish(
                key,
                wire.write(m.Changes(self.seq if i == last else 0, self.mark, tuple(seen))),
                False,
                self.seq if i == last else 0,
                self.mark if i == last else b"",
            )
            for i, (key, seen) in enumerate(runs)
        ]

    def seen(self, role: str, person: str) -> list[Record]:
        """The table as someone of that role and id sees it, in the order of a snapshot."""
        if role in policy.STAFF_ROLES:
            return in_order(self.table)
        table = self.table
        return [policy.redacted(r) for r in in_order(table) if policy.sees(role, person, policy.audience(table, r))]

    def greeting(self, conn: int) -> bytes:
        """What follows the snapshot on a new connection: who is here, and where staff are looking."""
        role, person = self.viewer(conn)
        return b"".join([wire.write(m.Here(all=self.here)), *self.live.latest(self.table, role, person)])

    # -- the passing moment

    def busy(self) -> bool:
        """Does `beat` have something to wait for?"""
        return self.live.busy()

    def beat(self, now: int) -> list[Action]:
        """Presence that is due and live strokes that fell silent. Call every 25 to 50 ms while `busy`."""
        return [Publish(*news) for news in self.live.beat(self.table, now)]


def named_assets(ops: m.Ops) -> set[str]:
    """The assets that a change would make records name."""
    named = set()
    for op in ops:
        found = asset_of(op.record) if isinstance(op, m.Put) else None
        if isinstance(op, m.Patch):
            found = op.fields.get("asset")
        if isinstance(found, str) and found:
            named.add(found)
    return named


def _growth(ops: m.Ops, size: int) -> int:
    """About how many bytes a change of that size may add to the table: what a patch sets, it sets for each id."""
    grown = size if any(isinstance(op, (m.Put, m.Append)) for op in ops) else 0
    for op in ops:
        if isinstance(op, m.Patch):
            grown += len(op.ids) * len(msgspec.json.encode(op.fields))
    return grown
