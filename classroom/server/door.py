"""What stands between a socket and the room: who may wait, how fast one person is heard.

Bounded: `WAITING` sockets that have not said hello (the oldest is closed first), `HELLO_SECONDS` for it, `HELLO_BYTES`
of it; sockets in all, so that Jupyter keeps file descriptors for its own work. Rates slow the reading of a socket and
never lose anything: a frame is paid for before it is looked at, its price is what it holds. Rates are per person, not
per address: a whole school is one address (SPEC 4.10).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from classroom.core import wire
from classroom.core.errors import BadFrame, BadHello, BadRecord, Crowded, Farewell
from classroom.core.messages import Limits

WAITING = 512
HELLO_SECONDS = 5.0
HELLO_BYTES = 4096
KEPT_DESCRIPTORS = 256
"""Left for Jupyter: kernels take about ten each."""
BURST_SECONDS = 4.0
"""What someone may send ahead of their rate, in seconds of it: a reconnecting client brings what it kept."""
BYTES_PER_SECOND = 1_000_000
"""Of one person, on all sockets: a stroke of 2,000 points has 8 KB."""
RECORDS_PER_SECOND = 2_000
"""Records that one person may touch: about a tenth of the loop's time."""
PASSING_BYTES = 256
"""A passing message of more costs as several: it goes to everyone, and 33 ms of a pen are 50 bytes."""
BATCH = 256
"""Messages of one frame that are handled in one step of the loop."""
_BLANK = b" \t\r\n"


class Caller(Protocol):
    """A socket as the door sees it."""

    def say_bye(self, error: Farewell) -> None: ...


class Door:
    """The sockets of a server that have not said who they are, and how many there are in all."""

    def __init__(self, clock: Callable[[], float], waiting: int = WAITING, sockets: int | None = None) -> None:
        self._clock = clock
        self._most_waiting = waiting
        self._most = sockets if sockets is not None else descriptors() - KEPT_DESCRIPTORS
        self._waiting: dict[Caller, float] = {}
        self.open = 0

    def come(self, caller: Caller) -> None:
        """A socket was opened. Says bye to it, or to the one that has waited longest, when there are too many."""
        self.open += 1
        if self.open > self._most:
            caller.say_bye(Crowded())
            return
        self._waiting[caller] = self._clock()
        if len(self._waiting) > self._most_waiting:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.say_bye(Crowded())

    def known(self, caller: Caller) -> None:
        """It has said hello."""
        self._waiting.pop(caller, None)

    def left(self, caller: Caller) -> None:
        """It was closed."""
        self._waiting.pop(caller, None)
        self.open -= 1

    def sweep(self) -> None:
        """Says bye to those that have been silent for too long. Call about once a second."""
        now = self._clock()
        for caller, since in list(self._waiting.items()):
            if now - since <= HELLO_SECONDS:
                break
            del self._waiting[caller]
            caller.say_bye(BadHello())


def descriptors() -> int:
    """How many files this process may have open."""
    if sys.platform == "win32":
        return 8192
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 65_536 if soft == resource.RLIM_INFINITY else soft


@dataclass
class Bucket:
    """So much per second, and what was saved up. Time is an argument."""

    rate: float
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.rate * BURST_SECONDS

    def take(self, amount: float, now: float) -> float:
        """Pays, on credit if need be; gives the seconds until the debt is paid."""
        if amount <= 0:
            return 0.0
        self.level = min(self.rate * BURST_SECONDS, self.level + (now - self.at) * self.rate) - amount
        self.at = now
        return max(0.0, -self.level / self.rate)


class Rates:
    """How fast one person may speak, all windows together."""

    def __init__(self, limits: Limits, now: float) -> None:
        self.changes = Bucket(limits.changes_per_second, now)
        # Strokes and cursor are two streams at the told rate each.
        self.passing = Bucket(2 * limits.live_per_second, now)
        self.records = Bucket(RECORDS_PER_SECOND, now)
        self.bytes = Bucket(BYTES_PER_SECOND, now)
        for bucket in (self.changes, self.passing, self.records, self.bytes):
            bucket.at = now

    def pay(self, price: Price, size: int, now: float) -> float:
        """Seconds to wait before a frame of that price is handled."""
        return max(
            self.changes.take(price.changes, now),
            self.passing.take(price.passing, now),
            self.records.take(price.records, now),
            self.bytes.take(size, now),
        )


class Price(NamedTuple):
    """What a frame holds: changes, messages that pass, presence among them or not, and records touched (about)."""

    changes: int
    passing: int
    presence: bool
    records: int = 0


HELLO_PRICE = Price(0, 0, False, RECORDS_PER_SECOND // 4)
"""Of entering, which may cost a snapshot."""


def price(frame: bytes) -> Price:
    """The messages of a frame, counted; a frame that is broken costs what could be read of it."""
    changes = passing = records = 0
    presence = False
    try:
        for raw in wire.split(frame):
            if raw.kind == wire.CHANGE:
                changes += 1
                records += touched(raw.body)
            else:
                passing += 1 + len(raw.body) // PASSING_BYTES
                presence = presence or raw.kind == wire.PRESENCE
    except BadFrame:
        pass
    if not changes:
        passing = max(passing, 1)  # nor is an empty frame free
    return Price(changes, passing, presence, records)


def touched(change: bytes) -> int:
    """About how many records a change touches, at least as many as it does: operations, and ids in their lists."""
    reader = wire.Reader(change)
    count = 0
    try:
        reader.varint()
        while reader.pos < reader.end:
            code, body = reader.u8(), reader.sized()
            count += 1
            if code in (wire.PATCH, wire.REMOVE):
                count += body.translate(None, _BLANK).count(b'",')
    except BadRecord:
        pass
    return count


def batches(frame: bytes) -> list[bytes]:
    """A frame of very many messages as several, so that no frame holds up the loop."""
    out: list[bytes] = []
    held: list[bytes] = []
    try:
        for raw in wire.split(frame):
            held.append(wire.message(raw.kind, raw.body))
            if len(held) >= BATCH:
                out.append(b"".join(held))
                held = []
    except BadFrame:
        return [*out, *held, b"\xff\xff"]  # what could be read, then what could not
    return [*out, b"".join(held)] if held else out
