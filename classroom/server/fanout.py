"""Fan-out: everything new for everyone, once per tick, from one shared log.

The log holds ready segments (bytes and the audience that sees them). A connection has a place in it, not a queue.
Those that keep up are *live*: one `send` each per tick, of a frame that is built once per group of equal viewers. A
connection whose socket would block falls *behind*: it keeps its place and is fed whole frames as it drains. One that
falls off the log is lost: its owner gives it a `reset` and a snapshot.

What is bounded, so that no client can grow the server's memory or slow another client:
- the log: `LOG_BYTES` of kept segments, `PASSING_BYTES` of droppable ones, `LOG_SEGMENTS` of both;
- what waits in one socket's stream: the frame that did not fit, 64 KiB or one segment, shared with everyone else who
  waits for the same bytes;
- messages to one connection alone: `DIRECT_BYTES`, past which it is `choked` and its reader must wait, and twice which
  ends it;
- frames built for those behind: `CACHED` of them, for one tick;
- time: one frame per connection and turn of the loop; `STALL_SECONDS` without progress ends a connection.

It must never flush from within a caller (`publish`, `post`): only from the loop, or batching is lost as soon as one
fan-out outlasts the tick. It knows nothing of rooms and never looks into a segment.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from classroom.server.outlet import Outlet, framed

FRAME_BYTES = 64 * 1024
LOG_BYTES = 4 * 1024 * 1024
LOG_SEGMENTS = 65_536
PASSING_BYTES = 256 * 1024
"""Droppable segments kept: who is further behind than this has no use for an old cursor."""
DIRECT_BYTES = 64 * 1024
CACHED = 64
STALL_SECONDS = 15.0
TICK_SECONDS = 0.008
TICK_SECONDS_MOST = 0.050
TICK_SHARE = 2.5
"""A tick lasts this many times the last fan-out, so that fan-out never takes more than 2 of 7 parts of the time."""


class Clock(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[..., object], *args: Any) -> Any: ...
    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> Any: ...


class Segment(NamedTuple):
    """Messages for one audience. `end` counts the bytes of the log through this one."""

    audience: str
    data: bytes
    droppable: bool
    end: int


NOTHING = Segment("", b"", True, 0)

WAITING, LIVE, BEHIND, GONE = range(4)
"""States of a connection. Waiting: its owner will say where it starts."""


class Connection:
    """One client. `person` and `staff` say what it sees; they change only through `Fanout.look_again`."""

    __slots__ = (
        "arrived",
        "cursor",
        "direct",
        "direct_bytes",
        "first",
        "moved",
        "number",
        "outlet",
        "person",
        "progress",
        "send",
        "staff",
        "state",
        "turn",
        "writing",
    )

    def __init__(self, number: int, person: str, staff: bool, outlet: Outlet, now: float) -> None:
        self.number = number
        self.person = person
        self.staff = staff
        self.outlet = outlet
        self.send = outlet.send
        self.writing = outlet.writing
        self.state = WAITING
        self.turn = 0
        """Grows when what it may see changes: what was made for it before is not for it any more."""
        self.cursor = 0
        self.first: deque[bytes] = deque()
        """Ready frames that come before the log: welcome, snapshot."""
        self.arrived: Callable[[], bytes] | None = None
        """Says what comes once it has all of the log, as things are by then."""
        self.direct: list[bytes] = []
        self.direct_bytes = 0
        self.moved = now
        self.progress = 0

    @property
    def choked(self) -> bool:
        """Has it so much unread that nothing more should be read from it?"""
        return self.direct_bytes > DIRECT_BYTES


class Fanout:
    """One class's log and connections.

    `lost(connection)` is called for one that fell off the log (it is WAITING then), `stalled(connection)` for one that
    makes no progress, `gone(connection)` for one whose socket failed.
    """

    def __init__(
        self,
        clock: Clock,
        lost: Callable[[Connection], None],
        stalled: Callable[[Connection], None],
        gone: Callable[[Connection], None],
        log_bytes: int = LOG_BYTES,
    ) -> None:
        self._clock = clock
        self._lost, self._stalled, self._gone = lost, stalled, gone
        self._log_bytes = log_bytes
        self._log: list[Segment] = []
        self._base = 0
        """Place of the first segment that the log still has."""
        self._flushed = 0
        """Place up to which the live ones have everything."""
        self._before = 0
        """Place from which the tick that runs now gives."""
        self._written = 0
        """Bytes ever published."""
        self._kept = 0
        self._passing: deque[int] = deque()
        self._passing_bytes = 0
        self._people: Counter[str] = Counter()
        """Audiences of single people in the log: who is not among them shares the common frame."""
        self._ticks: dict[tuple[int, bytes], int] = {}
        """(seq, mark) of every tick whose place the log still has."""
        self._live: tuple[dict[Connection, None], dict[Connection, None]] = ({}, {})
        """Live connections of everyone else, and of staff."""
        self._fast: list[list[tuple[Callable[[bytes], int], Connection]] | None] = [None, None]
        """The same with their `send`, for the hot path; None when the live ones have changed."""
        self._behind: dict[Connection, None] = {}
        self._posted: dict[Connection, None] = {}
        """Live connections with a message of their own to come."""
        self._early: dict[Connection, None] = {}
        """Connections that have more of the log than was flushed: they joined between a change and its tick."""
        self._cache: dict[tuple[int, bool, str], tuple[bytes, int]] = {}
        self._timer: Any = None
        self._last = float("-inf")
        self._took = 0.0
        self.deliveries = 0
        """Frames handed to sockets so far."""

    # -- what the owner says --------------------------------------------------------------------------------

    @property
    def head(self) -> int:
        """The place after everything published."""
        return self._base + len(self._log)

    def publish(self, audience: str, data: bytes, droppable: bool = False) -> None:
        """More for everyone who sees `audience`: `all`, `staff`, `others` (all but staff), or a person id."""
        self._written += len(data)
        self._log.append(Segment(audience, data, droppable, self._written))
        self._kept += len(data)
        if droppable:
            self._passing.append(self.head - 1)
            self._passing_bytes += len(data)
        if audience not in ("all", "staff", "others"):
            self._people[audience] += 1
        self.wake()

    def close_tick(self, seq: int, mark: bytes) -> None:
        """Whoever has come to this place of the log is complete through `seq`."""
        self._ticks[seq, mark] = self.head

    def place_of(self, seq: int, mark: bytes) -> int | None:
        """The place of that state in the log, while the log has all that came after it."""
        place = self._ticks.get((seq, mark))
        return place if place is not None and place >= self._base else None

    def has(self, place: int) -> bool:
        """Does the log still have all that came after `place`?"""
        return place >= self._base

    def bytes_since(self, place: int) -> int:
        """Bytes published after `place`, for everyone."""
        index = place - self._base
        return self._written - self._log[index - 1].end if 0 < index <= len(self._log) else self._kept

    def news_of(self, person: str, place: int) -> bool:
        """Is anything after `place` for this person alone?"""
        if not self._people[person]:
            return False
        return any(segment.audience == person for segment in self._log[max(place - self._base, 0) :])

    def attach(self, number: int, person: str, staff: bool, outlet: Outlet) -> Connection:
        """A new connection; it gets nothing before `start`."""
        return Connection(number, person, staff, outlet, self._clock.time())

    def start(
        self, connection: Connection, frames: Iterable[bytes], place: int, arrived: Callable[[], bytes] | None = None
    ) -> None:
        """Ready WebSocket frames first, then the log from `place` on, then what `arrived` says."""
        if connection.state == GONE:
            return
        connection.arrived = arrived
        connection.first.extend(frames)
        connection.cursor = place
        connection.state = BEHIND
        connection.moved = self._clock.time()
        self._behind[connection] = None
        self._clock.call_soon(self._feed, connection)

    def hold(self, connection: Connection) -> None:
        """Stops giving to a connection, until the next `start`."""
        if connection.state != GONE:
            self._forget(connection)
            connection.first.clear()
            connection.state = WAITING

    def look_again(self, connection: Connection, staff: bool) -> None:
        """Sees as staff, or no longer. Only while it waits."""
        assert connection.state in (WAITING, GONE)
        connection.staff = staff
        connection.turn += 1

    def post(self, connection: Connection, data: bytes) -> None:
        """Messages for one connection alone, in their order, not before what it has been given already."""
        if connection.state == GONE:
            return
        connection.direct.append(data)
        connection.direct_bytes += len(data)
        if connection.direct_bytes > 2 * DIRECT_BYTES + FRAME_BYTES:
            self._stalled(connection)
        elif connection.state == LIVE:
            self._posted[connection] = None
            self.wake()
        elif connection.state == BEHIND and connection in self._early:
            self._clock.call_soon(self._feed, connection)

    def drop(self, connection: Connection) -> None:
        """It is gone."""
        self._forget(connection)
        connection.state = GONE
        connection.first.clear()
        connection.arrived = None
        connection.direct.clear()
        connection.direct_bytes = 0

    def sweep(self) -> None:
        """Ends those that make no progress. Call about once a second."""
        now = self._clock.time()
        for connection in list(self._behind):
            if not connection.writing():
                connection.moved = now
                continue
            progress = connection.outlet.progress()
            if progress != connection.progress:
                connection.progress, connection.moved = progress, now
            elif now - connection.moved > STALL_SECONDS:
                self._stalled(connection)

    def _forget(self, connection: Connection) -> None:
        self._unlive(connection)
        self._behind.pop(connection, None)
        self._posted.pop(connection, None)
        self._early.pop(connection, None)

    def _unlive(self, connection: Connection) -> None:
        self._live[connection.staff].pop(connection, None)
        self._fast[connection.staff] = None

    def written(self, connection: Connection) -> None:
        """Someone else (Tornado, a pong) has written to this connection: what waits must be taken before the next
        tick."""
        if connection.state == LIVE and connection.writing():
            self._fall_behind(connection, self._flushed)
            self._clock.call_soon(self._feed, connection)

    # -- ticks ----------------------------------------------------------------------------------------------

    def due(self) -> float:
        """When the next tick may be, at the soonest (the clock's time)."""
        return self._last + min(max(TICK_SECONDS, TICK_SHARE * self._took), TICK_SECONDS_MOST)

    def wake(self) -> None:
        """There is something to flush: at once when the last tick is long enough ago."""
        if self._timer is None:
            due = self.due()
            if due <= self._clock.time():
                self._timer = self._clock.call_soon(self.flush)
            else:
                self._timer = self._clock.call_at(due, self.flush)

    def flush(self) -> None:
        """One tick. Called by the loop, or by whoever knows that it is the loop's own turn."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        began = self._clock.time()
        if self.head > self._flushed:
            self._deliver()
        self._before = self._flushed
        for connection in list(self._posted):
            if connection.state == LIVE and connection.direct:
                self._give(connection, b"")
        self._posted.clear()
        self._last = self._clock.time()
        self._took = self._last - began
        self._trim()
        for connection in list(self._early):
            self._feed(connection)

    def _deliver(self) -> None:
        """Everything new to every live connection."""
        new = self._log[self._flushed - self._base :]
        before, self._flushed = self._flushed, self.head
        self._before = before
        self._cache.clear()
        single = {segment.audience for segment in new} - {"all", "staff", "others"}
        for staff in (True, False):
            live = self._live[staff]
            if not live:
                continue
            payload = _joined(new, staff, "")
            if len(payload) > FRAME_BYTES:  # rare: it goes out in pieces, to each at its own pace
                for connection in list(live):
                    self._fall_behind(connection, before)
                    self._clock.call_soon(self._feed, connection)
                continue
            if not staff and single:
                for connection in [c for c in live if c.person in single]:
                    self._fall_behind(connection, before)
                    self._feed(connection)
            if payload:
                for connection in [c for c in self._posted if c.staff == staff and c.state == LIVE]:
                    self._give(connection, payload)  # its own messages travel along
                self._broadcast(staff, payload)

    def _broadcast(self, staff: bool, payload: bytes) -> None:
        """The hot path: one `send` of the same bytes for each."""
        live = self._live[staff]
        fast = self._fast[staff]
        if fast is None:
            fast = self._fast[staff] = [(c.send, c) for c in live if c.outlet.plain]
        given = self._posted.keys()
        careful = [] if len(fast) == len(live) else [c for c in live if not c.outlet.plain and c not in given]
        frame = framed(payload)
        size = len(frame)
        for send, connection in fast:
            if given and connection in given:
                continue
            try:
                taken = send(frame)
            except BlockingIOError:
                taken = 0
            except OSError:
                self._gone(connection)
                continue
            if taken != size:
                self._rest(connection, frame, taken)
        for connection in careful:
            self._give(connection, payload)
        self.deliveries += len(fast)

    def _give(self, connection: Connection, payload: bytes) -> None:
        """`payload` and what waits for this live connection alone, in one frame. Leaves the rest, or all, for later."""
        frame = framed(payload + b"".join(connection.direct))
        try:
            taken = -1 if connection.writing() else connection.send(frame)
        except BlockingIOError:
            taken = 0
        except OSError:
            self._gone(connection)
            return
        if taken >= 0:
            connection.direct.clear()
            connection.direct_bytes = 0
        self.deliveries += 1
        if taken != len(frame):
            self._rest(connection, frame, taken)

    def _rest(self, connection: Connection, frame: bytes, taken: int) -> None:
        """A frame that was not taken whole. Its rest is handed over in this very step, and the connection is behind.

        Taken -1 means that Tornado is writing something of its own: nothing of this frame is out, so it comes again.
        """
        if taken < 0:
            self._fall_behind(connection, self._before)
            self._clock.call_soon(self._feed, connection)
            return
        self._fall_behind(connection, self._flushed)
        try:
            connection.outlet.keep(memoryview(frame)[taken:], lambda: self._drained(connection))
        except OSError:
            self._gone(connection)

    # -- those behind -----------------------------------------------------------------------------------------

    def _fall_behind(self, connection: Connection, place: int) -> None:
        self._unlive(connection)
        connection.state = BEHIND
        connection.cursor = place
        connection.moved = self._clock.time()
        connection.progress = connection.outlet.progress()
        self._behind[connection] = None

    def _drained(self, connection: Connection) -> None:
        connection.moved = self._clock.time()
        self._clock.call_soon(self._feed, connection)

    def _feed(self, connection: Connection) -> None:
        """The next frame for a connection that is behind; one a turn, so that nobody waits long for their own."""
        if connection.state != BEHIND:
            return
        self._early.pop(connection, None)
        try:
            if connection.writing():
                connection.outlet.keep(memoryview(b""), lambda: self._drained(connection))
                return
            frame = self._next(connection)
            if not frame:
                return
            try:
                taken = connection.send(frame)
            except BlockingIOError:
                taken = 0
            self.deliveries += 1
            if taken != len(frame):
                connection.progress = connection.outlet.progress()
                connection.outlet.keep(memoryview(frame)[taken:], lambda: self._drained(connection))
            else:
                self._drained(connection)
        except OSError:
            self._gone(connection)

    def _next(self, connection: Connection) -> bytes:
        """The frame that comes next; none when the connection is live again, early or lost."""
        if connection.first:
            return connection.first.popleft()
        if not self.has(connection.cursor):
            self.hold(connection)
            self._lost(connection)
            return b""
        while connection.cursor < self._flushed:
            frame, connection.cursor = self._slice(connection)
            if frame:
                return frame
        if connection.direct or connection.arrived is not None:
            greeting = connection.arrived() if connection.arrived is not None else b""
            connection.arrived = None
            payload = greeting + b"".join(connection.direct)
            connection.direct.clear()
            connection.direct_bytes = 0
            return framed(payload)
        if connection.cursor > self._flushed:
            self._early[connection] = None
            self.wake()
            return b""
        self._behind.pop(connection, None)
        connection.state = LIVE
        self._live[connection.staff][connection] = None
        self._fast[connection.staff] = None
        return b""

    def _slice(self, connection: Connection) -> tuple[bytes, int]:
        """A frame from the connection's place on, of whole segments up to 64 KiB, and the place after it.

        One that is more than a frame behind does not get what may be dropped.
        """
        person = connection.person if self._people[connection.person] else ""
        key = (connection.cursor, connection.staff, person)
        made = self._cache.get(key)
        if made is not None:
            return made
        late = self.bytes_since(connection.cursor) > FRAME_BYTES
        parts: list[bytes] = []
        size = 0
        place = connection.cursor
        for segment in self._log[connection.cursor - self._base : self._flushed - self._base]:
            if _visible(segment, connection.staff, person) and not (late and segment.droppable):
                if parts and size + len(segment.data) > FRAME_BYTES:
                    break
                parts.append(segment.data)
                size += len(segment.data)
            place += 1
        made = (framed(b"".join(parts)) if parts else b"", place)
        if len(self._cache) < CACHED:
            self._cache[key] = made
        return made

    # -- the log's end ------------------------------------------------------------------------------------------

    def _trim(self) -> None:
        """Forgets what is past the limits; nothing that was not flushed."""
        while self._passing and (self._passing_bytes > PASSING_BYTES or self._passing[0] < self._base):
            place = self._passing.popleft()
            if place >= self._base:
                self._release(place)
        count = 0
        while count < len(self._log) and (self._kept > self._log_bytes or len(self._log) - count > LOG_SEGMENTS):
            self._release(self._base + count)
            count += 1
        if count:
            del self._log[:count]
            self._base += count
            for tick, place in list(self._ticks.items()):
                if place >= self._base:
                    break
                del self._ticks[tick]

    def _release(self, place: int) -> None:
        segment = self._log[place - self._base]
        self._kept -= len(segment.data)
        if segment.droppable:
            self._passing_bytes -= len(segment.data)
        if segment.audience not in ("", "all", "staff", "others"):
            self._people[segment.audience] -= 1
            if not self._people[segment.audience]:
                del self._people[segment.audience]
        self._log[place - self._base] = NOTHING._replace(end=segment.end)


def _visible(segment: Segment, staff: bool, person: str) -> bool:
    audience = segment.audience
    if staff:
        return audience not in ("others", "")
    return audience in ("all", "others") or (audience == person and audience != "")


def _joined(segments: Iterable[Segment], staff: bool, person: str) -> bytes:
    return b"".join(segment.data for segment in segments if _visible(segment, staff, person))
