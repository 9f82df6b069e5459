"""One open class: the room, its file, its people's connections, and the way of a change between them.

A change is received, queued, proposed, written on the store's thread, and only then shown (SPEC 3.5). One proposal is
out at a time; what comes meanwhile is the next one, so that the busier a class is, the more changes share a commit.

Bounded: the room's queue (the reader waits while it is full), the shared log and all that waits for a socket (see
`fanout`), frames per person (see `door`). Nothing that a client sends ends anything but its own connection; nothing
that the disk does ends the class. It must never show what is not written, nor block the loop on the store.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, NamedTuple

import msgspec

from classroom.core import messages as m
from classroom.core import policy, wire
from classroom.core.errors import (
    AlreadyAccepted,
    BadRecord,
    BadToken,
    Crowded,
    Damaged,
    DiskFull,
    Farewell,
    GoingAway,
    NewerFormat,
    ReadOnly,
    Refusal,
    Stalled,
)
from classroom.core.names import likeness
from classroom.core.order import FIRST
from classroom.core.records import Class, Page, Person, Record
from classroom.core.room import Action, Close, Proposal, Publish, Room, Send, Sight
from classroom.core.table import load, snapshot_items
from classroom.server.access import Access
from classroom.server.assets import Assets
from classroom.server.door import BATCH, HELLO_PRICE, HELLO_SECONDS, Rates, batches, price
from classroom.server.fanout import WAITING, Connection, Fanout
from classroom.server.outlet import Outlet, framed
from classroom.server.snapshots import Snapshots
from classroom.store import base
from classroom.store.thread import StoreThread

log = logging.getLogger("classroom.server")

SILENT_SECONDS = 35.0
"""Without a frame from a client for so long, it is dead (SPEC 5.13)."""
BEAT_SECONDS = 0.040
"""While presence waits for its turn, which comes every 50 ms at the soonest."""
CALM_BEAT_SECONDS = 0.5
"""While only strokes are under way: the beat looks for silence of 5 s."""
COMPACT_ENTRIES = 2_000
"""Entries since the last compaction that make the next one due: opening replays at most about this many."""
WINDOWS = 32
"""Connections of one person; the one that was first goes first, so that nobody uses up the sockets of all."""
CHOKED_SECONDS = 0.05
"""Between two looks whether a reader that had to wait may go on: about one tick."""


class Member(NamedTuple):
    """A connection that has entered."""

    connection: Connection
    client: str
    rates: Rates


class Hub:
    """Made by `Classes.open`. `now` gives milliseconds since 1970; `log_bytes` is the shared log's bound."""

    def __init__(
        self,
        thread: StoreThread,
        store: base.Store,
        access: Access,
        limits: m.Limits,
        version: str,
        now: Callable[[], int],
        log_bytes: int,
    ) -> None:
        self.access = access
        self.class_id = access.class_id
        self.thread = thread
        self.store = store
        self.limits = limits
        self.notice = ""
        self._version = version
        self._now = now
        self._loop = asyncio.get_running_loop()
        self.fanout = Fanout(self._loop, self._lost, self._stalled, self._gone, log_bytes)
        self.room: Room
        self.snapshots: Snapshots
        self.assets: Assets
        self.members: dict[int, Member] = {}
        self._rates: dict[str, Rates] = {}
        """Of everyone who was here since the class was opened: coming back is no way to be heard faster."""
        self._heard: dict[int, float] = {}
        self._last_number = 0
        self._writing = False
        self._timer: asyncio.Handle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._calm = False
        self._entering: dict[str, list[dict[int, int]]] = {}
        """Windows that the store is being asked about: what is committed meanwhile, for each that waits."""
        self._waiters: list[asyncio.Future[None]] = []
        self._names: set[str] = set()
        self._next_person = 1
        self._compacted = 0
        self._compacting: Future[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._settled = asyncio.Event()
        self._settled.set()
        self.closing = False
        self.teachers = asyncio.Lock()
        """Held while a teacher's person is looked for and made, so that two windows make one."""
        self.uploading: Counter[str] = Counter()
        """Uploads under way, by person."""
        self.reading: Counter[str] = Counter()
        """Other programs' drawings that are being read, by person."""
        self.used = self._loop.time()
        self.since = now()
        """When the class was opened here, in milliseconds since 1970."""

    # -- opening and closing ----------------------------------------------------------------------------------

    async def open(self) -> None:
        """Reads the class. Raises StoreError."""
        opened = await asyncio.wrap_future(self.thread.submit(self.store.open))
        self.notice = opened.notice
        try:
            table = await asyncio.to_thread(load, [record.put for record in opened.snapshot])
            entries = [_decoded(entry) for entry in opened.tail]
            marks = await asyncio.wrap_future(
                self.thread.submit(
                    lambda: [self.store.mark_of(seq) for seq in range(opened.snapshot_seq, opened.seq + 1)]
                )
            )
        except (BadRecord, msgspec.MsgspecError) as error:
            raise Damaged from error
        mark = marks[0] or base.ZERO_MARK
        self.room = Room(self.class_id, table, opened.snapshot_seq, mark, self.limits, self._version, os.urandom(16))
        self.fanout.log.close_tick(opened.snapshot_seq, mark)
        ticks: list[tuple[bytes, list[m.Entry]]] = []
        for entry, own in zip(entries, marks[1:], strict=True):
            if not ticks or ticks[-1][0] != own:
                ticks.append((own or base.ZERO_MARK, []))
            ticks[-1][1].append(entry)
        try:
            for mark, tick in ticks:
                self._do(self.room.replay(tick, mark))
        except (BadRecord, Refusal) as error:
            raise Damaged from error
        self.assets = Assets(self.thread, self.store, self.room)
        await self.assets.load()
        self.room.may_name = self.assets.may_name
        self._compacted = opened.snapshot_seq
        people = [int(record.id[1:]) for record in self.room.table.of_type("person")]
        self._next_person = max(people, default=0) + 1
        self.snapshots = Snapshots(self.room, lambda: self.fanout.log.head, self._since)

    def _since(self, place: int) -> int | None:
        return self.fanout.log.bytes_since(place) if self.fanout.log.has(place) else None

    async def close(self, error: Farewell) -> None:
        """Decides what is queued, says bye to everyone, compacts, lets go of the file."""
        self.closing = True
        while self.room.queued or self._writing:
            if not self._writing:
                self._propose()
            await self._settled.wait()
        self.fanout.flush()
        for number in list(self.members):
            self._end(number, error)
        for handle in (self._timer, self._beat):
            if handle is not None:
                handle.cancel()
        for task in list(self._tasks):
            task.cancel()
        if self._compacting is not None:
            await asyncio.wait([asyncio.wrap_future(self._compacting)])
        if self.room.seq > self._compacted and not self.notice:
            try:
                await asyncio.wrap_future(self._compact())
            except Exception as failure:
                log.warning("class %s was closed without compacting: %s", self.class_id, failure)
        await asyncio.to_thread(self.thread.stop, 30.0)

    # -- coming and going -------------------------------------------------------------------------------------

    async def enter(self, person: str, hello: m.Hello, outlet: Outlet) -> int:
        """A connection that has shown its token; gives its number. What it gets first is on its way."""
        rates = self._rates.setdefault(person, Rates(self.limits, self._loop.time()))
        pause = rates.pay(HELLO_PRICE, 0, self._loop.time())
        if pause > HELLO_SECONDS:
            rates.records.level += HELLO_PRICE.records
            raise Crowded
        if pause > 0:
            await asyncio.sleep(pause)
        client = f"{person}.{hello.client}"  # whoever learns another's id is still another window (SPEC 3.1)
        accepted = await self._accepted(client)
        if self.closing:
            raise GoingAway
        if self.access.person(hello.token) != person:  # revoked in the meantime
            raise BadToken
        windows = self.room.conns_of(person)
        if len(windows) >= WINDOWS:
            self._end(windows[0], Crowded())
        pending = {number: seq for number, seq in accepted.items() if number >= hello.pending}
        self._last_number += 1
        number = self._last_number
        place = self._resumable(hello.last)
        person_record = self.room.table.get(person)
        staff = isinstance(person_record, Person) and policy.is_staff(person_record)
        connection = self.fanout.attach(number, person, staff, outlet)
        now = self._loop.time()
        self.members[number] = Member(connection, client, rates)
        self._heard[number] = now
        self.used = now
        resumed = place is not None
        actions = self.room.enter(number, person, client, pending, resumed, self._now(), hello.pending)
        first = b"".join(a.frame for a in actions if isinstance(a, Send) and a.conn == number)
        self._do(a for a in actions if not (isinstance(a, Send) and a.conn == number))
        if place is not None:
            self.fanout.start(connection, [framed(first)], place, partial(self.room.greeting, number))
        else:
            await self._show(number, first)
        return number

    async def _accepted(self, client: str) -> dict[int, int]:
        """All accepted numbers of a window, those committed while the store was asked among them."""
        known: dict[int, int] = {}
        self._entering.setdefault(client, []).append(known)
        try:
            accepted = await asyncio.wrap_future(self.thread.submit(self.store.accepted, client))
        finally:
            waiting = [other for other in self._entering.pop(client) if other is not known]
            if waiting:
                self._entering[client] = waiting
        return {**accepted, **known}

    def _resumable(self, last: m.Last | None) -> int | None:
        if last is None or self.room.watershed > last.seq:
            return None
        return self.fanout.log.place_of(last.seq, bytes.fromhex(last.mark))

    async def _show(self, number: int, first: bytes) -> None:
        """Gives a waiting connection what it sees of the table, the log from there on, and who is here."""
        member = self.members.get(number)
        if member is None:
            return
        connection = member.connection
        while number in self.members:
            turn = connection.turn
            frames, place = await self.snapshots.frames(connection.staff, connection.person)
            if turn == connection.turn:
                if number in self.members:
                    self.fanout.start(connection, [framed(first), *frames], place, partial(self.room.greeting, number))
                return

    def leave(self, number: int) -> None:
        """The socket is closed, whoever closed it."""
        member = self.members.pop(number, None)
        if member is None:
            return
        self._heard.pop(number, None)
        self.fanout.drop(member.connection)
        self._do(self.room.leave(number, self._now()))
        self.used = self._loop.time()

    def _end(self, number: int, error: Farewell) -> None:
        member = self.members.get(number)
        if member is not None:
            self.leave(number)
            member.connection.outlet.close(error)

    def remove(self, person: str, error: Farewell) -> None:
        """Ends all connections of a person, now."""
        for number in self.room.conns_of(person):
            self._end(number, error)

    def _lost(self, connection: Connection) -> None:
        self._spawn(self._show(connection.number, wire.write(m.Reset())))

    def _stalled(self, connection: Connection) -> None:
        self._loop.call_soon(self._end, connection.number, Stalled())

    def _gone(self, connection: Connection) -> None:
        # The socket's own close event follows; until then nothing more is tried.
        self.fanout.drop(connection)
        self._loop.call_soon(self.leave, connection.number)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error(
                "class %s: %s in the background",
                self.class_id,
                type(task.exception()).__name__,
                exc_info=task.exception(),
            )

    # -- listening --------------------------------------------------------------------------------------------

    def receive(self, number: int, frame: bytes) -> Any:
        """A frame from a connection; gives something to await when its reader must wait."""
        member = self.members.get(number)
        if member is None:
            return None
        now = self._loop.time()
        self._heard[number] = now
        cost = price(frame)
        pause = member.rates.pay(cost, len(frame), now)
        if pause > 0 or cost.changes + cost.passing > BATCH or member.connection.choked or self.room.full:
            return self._receive_slowly(number, member, frame, pause)
        self._hear(number, frame, cost.presence)
        return None

    async def _receive_slowly(self, number: int, member: Member, frame: bytes, pause: float) -> None:
        until = self._loop.time() + pause
        while number in self.members and (self._loop.time() < until or member.connection.choked or self.room.full):
            self._heard[number] = self._loop.time()
            await asyncio.sleep(min(max(until - self._loop.time(), CHOKED_SECONDS), 5.0))
        for part in batches(frame):
            self._hear(number, part, True)
            await asyncio.sleep(0)

    def _hear(self, number: int, frame: bytes, presence: bool) -> None:
        self._do(self.room.receive(number, frame, self._now()))
        if self.room.queued:
            self._wake()
        if self._beat is None or (presence and self._calm):
            self._next_beat()

    def _next_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None
        if self.room.busy():
            self._calm = not self.room.live.pressing()
            self._beat = self._loop.call_later(CALM_BEAT_SECONDS if self._calm else BEAT_SECONDS, self._on_beat)

    def _on_beat(self) -> None:
        self._beat = None
        self._do(self.room.beat(self._now()))
        self._next_beat()

    def written(self, number: int) -> None:
        """Tornado has written to a connection by itself (a pong)."""
        member = self.members.get(number)
        if member is not None:
            self.fanout.written(member.connection)

    def sweep(self) -> None:
        """About once a second: ends dead and stalled connections."""
        now = self._loop.time()
        self.fanout.sweep()
        for number, heard in list(self._heard.items()):
            if now - heard > SILENT_SECONDS:
                self._end(number, Stalled())

    # -- the server's own changes -------------------------------------------------------------------------------

    async def change(self, ops: m.Ops) -> None:
        """A change of the server itself, done when this returns. Raises Refusal when it could not be written."""
        done: asyncio.Future[None] = self._loop.create_future()
        self.room.system(ops)
        self._waiters.append(done)
        self._wake()
        await done

    @property
    def people_made(self) -> int:
        """How many people this class has ever had."""
        return self._next_person - 1

    async def add_person(self, name: str, role: Any, badge: str = "", title: str | None = None) -> str:
        """Makes a person, and the class itself when `title` is given; gives the id. Raises Refusal (`name-taken`)."""
        if self.notice:
            raise Refusal("read-only")
        key = likeness(name)
        if key in self._names or policy.name_taken(self.room.table, name):
            raise Refusal("name-taken", name=name)
        person = f"p{self._next_person}"
        self._next_person += 1
        self._names.add(key)
        now = self._now()
        ops: list[m.Op] = []
        if title is not None and self.room.table.get("class") is None:
            ops += [
                m.Put(Class(id="class", author=person, time=now, title=title, page="page1")),
                m.Put(Page(id="page1", author=person, time=now, order=FIRST)),
            ]
        ops.insert(0, m.Put(Person(id=person, author=person, time=now, name=name, role=role, badge=badge)))
        try:
            await self.change(tuple(ops))
        finally:
            self._names.discard(key)
        if self.room.table.get(person) is None:
            raise Refusal("not-saved")
        return person

    # -- deciding and writing -------------------------------------------------------------------------------------

    def _wake(self) -> None:
        if self._timer is None and not self._writing:
            due = self.fanout.due()
            if due <= self._loop.time():
                self._timer = self._loop.call_soon(self._propose)
            else:
                self._timer = self._loop.call_at(due, self._propose)

    def _propose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing:
            return
        waiters, self._waiters = self._waiters, []
        proposal = self.room.propose(self._now())
        if proposal is None:
            return
        self._do(proposal.actions)
        if not proposal.entries:
            self._do(self.room.commit(proposal, self.room.mark))
            _settle(waiters, Refusal("not-saved"))
            if self.room.queued:
                self._wake()
            return
        mark = os.urandom(base.MARK_BYTES)
        rows = [
            base.Entry(e.seq, e.time, e.author, e.client, e.number, wire.write_ops(e.ops)) for e in proposal.entries
        ]
        self._writing = True
        self._settled.clear()
        future = self.thread.submit(self.store.append, rows, mark)
        future.add_done_callback(
            lambda done: self._loop.call_soon_threadsafe(self._written, proposal, mark, waiters, done)
        )

    def _written(
        self, proposal: Proposal, mark: bytes, waiters: list[asyncio.Future[None]], done: Future[None]
    ) -> None:
        self._writing = False
        error = done.exception()
        if error is None:
            for entry in proposal.entries:
                for known in self._entering.get(entry.client, ()):
                    known[entry.number] = entry.seq
            title = self.room.table.get("class")
            self._do(self.room.commit(proposal, mark))
            self._retitle(title)
            _settle(waiters, None)
            self._compact_when_due()
        else:
            code = "not-saved"
            if isinstance(error, DiskFull):
                code = "disk-full"
            elif isinstance(error, (ReadOnly, NewerFormat)):
                code = "read-only"
            if not isinstance(error, (DiskFull, ReadOnly, NewerFormat, AlreadyAccepted)):
                log.error("class %s: a tick was not saved", self.class_id, exc_info=error)
            self._do(self.room.abandon(proposal, code))
            _settle(waiters, Refusal(code))
        self._settled.set()
        if self.room.queued:
            self._wake()

    def _look_again(self, person: str) -> None:
        """Whoever became staff, or no longer is, sees another table: they start afresh."""
        for number in self.room.conns_of(person):
            member = self.members.get(number)
            if member is None:
                continue
            waits = member.connection.state == WAITING  # then a snapshot is being made, which is made again
            self.fanout.hold(member.connection)
            self.fanout.look_again(member.connection, self.room.viewer(number)[0] in policy.STAFF_ROLES)
            if not waits:
                self._spawn(self._show(number, wire.write(m.Reset())))

    def _retitle(self, before: Record | None) -> None:
        after = self.room.table.get("class")
        if isinstance(after, Class) and not (isinstance(before, Class) and before.title == after.title):
            self.thread.submit(self.store.set_meta, {"title": after.title})

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Publish):
                self.fanout.publish(action.audience, action.frame, action.droppable)
                if action.upto:
                    self.fanout.log.close_tick(action.upto, action.mark)
            elif isinstance(action, Send):
                member = self.members.get(action.conn)
                if member is not None:
                    self.fanout.post(member.connection, action.frame)
            elif isinstance(action, Close):
                self._end(action.conn, action.error)
            elif isinstance(action, Sight):  # before anything of this list is flushed, as the room asks
                self._look_again(action.person)

    # -- compaction -------------------------------------------------------------------------------------------------

    def _compact_when_due(self) -> None:
        if self._compacting is None and self.room.seq - self._compacted >= COMPACT_ENTRIES:
            self._compact()

    def _compact(self) -> Future[None]:
        """The table as it is now becomes the store's snapshot, written between the commits."""
        seq = self.room.seq
        future = self.thread.background(self.store.snapshot, seq, snapshot_items(self.room.table))
        self._compacting = future

        def done(finished: Future[None]) -> None:
            self._compacting = None
            if not finished.cancelled() and finished.exception() is None:
                self._compacted = seq

        future.add_done_callback(lambda finished: self._loop.call_soon_threadsafe(done, finished))
        return future


def _settle(waiters: Iterable[asyncio.Future[None]], error: Exception | None) -> None:
    for waiter in waiters:
        if not waiter.done():
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)


def _decoded(entry: base.Entry) -> m.Entry:
    return m.Entry(
        entry.seq, entry.time, entry.author, entry.client, entry.number, wire.read_ops(entry.ops, lenient=True)
    )
