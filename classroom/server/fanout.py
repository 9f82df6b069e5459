"""Fan-out: everything new for everyone, once per tick, from one shared log.

The log holds ready segments (bytes and the audience that sees them). A connection has a place in it, not a queue.
Those that keep up are *live*: one `send` each per tick, of a frame that is built once per group of equal viewers. A
connection whose socket would block falls *behind*: it keeps its place and is fed whole frames as it drains. One that
falls off the log is lost: its owner gives it a `reset` and a snapshot.

What is bounded, so that no client can grow the server's memory or slow another client:
- the log, and the frames built from it for those behind: see `sharedlog`;
- what waits in one socket's stream: the frame that did not fit, 64 KiB or one segment, shared with everyone else who
  waits for the same bytes;
- messages to one connection alone: `DIRECT_BYTES`, past which it is `choked` and its reader must wait, and twice which
  ends it;
- time: one frame per connection and turn of the loop; `STALL_SECONDS` without progress ends a connection.

It must never flush from within a caller (`publish`, `post`): only from the loop, or batching is lost as soon as one
fan-out outlasts the tick. It knows nothing of rooms and never looks into a segment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from classroom.server.outlet import Outlet, framed
from classroom.server.sharedlog import FRAME_BYTES, LOG_BYTES, SharedLog, joined

DIRECT_BYTES = 64 * 1024
"""One frame."""
STALL_SECONDS = 15.0
"""Well below the 35 s after which a silent client is dead (SPEC 5.13)."""
TICK_SECONDS = 0.008
"""Half a frame of a screen: nobody sees that changes waited for one another."""
TICK_SECONDS_MOST = 0.050
"""20 ticks a second, as often as a teacher's presence: live ink still flows."""
TICK_SHARE = 2.5
"""A tick lasts this many times the last fan-out, so that fan-out never takes more than 2 of 7 parts of the time."""


class Clock(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float: ...
    def call_soon(self, callback: Callable[..., object], *args: Any) -> Any: ...
    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> Any: ...


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
        self.log = SharedLog(log_bytes)
        self._flushed = 0
        """Place up to which the live ones have everything."""
        self._before = 0
        """Place from which the tick that runs now gives."""
        self._live: tuple[dict[Connection, None], dict[Connection, None]] = ({}, {})
        """Live connections of everyone else, and of staff."""
        self._fast: list[list[tuple[Callable[[bytes], int], Connection]] | None] = [None, None]
        """The same with their `send`, for the hot path; None when the live ones have changed."""
        self._behind: dict[Connection, None] = {}
        self._posted: dict[Connection, None] = {}
        """Live connections with a message of their own to come."""
        self._early: dict[Connection, None] = {}
        """Connections that have more of the log than was flushed: they joined between a change and its tick."""
        self._timer: Any = None
        self._last = float("-inf")
        self._took = 0.0
        self.deliveries = 0
        """Frames handed to sockets so far."""

    # -- what the owner says --------------------------------------------------------------------------------

    def publish(self, audience: str, data: bytes, droppable: bool = False) -> None:
        """More for everyone who sees `audience`: `all`, `staff`, `others` (all but staff), or a person id."""
        self.log.publish(audience, data, droppable)
        self.wake()

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
        if self.log.head > self._flushed:
            self._deliver()
        self._before = self._flushed
        for connection in list(self._posted):
            if connection.state == LIVE and connection.direct:
                self._give(connection, b"")
        self._posted.clear()
        self._last = self._clock.time()
        self._took = self._last - began
        self.log.trim()
        for connection in list(self._early):
            self._feed(connection)

    def _deliver(self) -> None:
        """Everything new to every live connection."""
        new = self.log.between(self._flushed, self.log.head)
        before, self._flushed = self._flushed, self.log.head
        self._before = before
        self.log.tick()
        single = {segment.audience for segment in new} - {"all", "staff", "others"}
        for staff in (True, False):
            live = self._live[staff]
            if not live:
                continue
            payload = joined(new, staff)
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
        if not self.log.has(connection.cursor):
            self.hold(connection)
            self._lost(connection)
            return b""
        while connection.cursor < self._flushed:
            frame, connection.cursor = self.log.frame(
                connection.cursor, self._flushed, connection.staff, connection.person
            )
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
