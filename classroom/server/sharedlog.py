"""The shared log: what was published to a class lately, as ready bytes, with a place for every reader.

A place is a count of segments since the log began. Readers keep their own; the log keeps nothing per reader. It forgets
from its old end, by bytes and by number, and forgets early what may be dropped: who is further behind than
`PASSING_BYTES` has no use for an old cursor. It knows audiences, and never looks into a segment.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

from classroom.server.outlet import framed

FRAME_BYTES = 64 * 1024
"""Of one frame: as a piece of a snapshot, and what a slow socket holds of the server's memory."""
LOG_BYTES = 4 * 1024 * 1024
"""Thousands of strokes with their previews: a window that comes back within the lesson's last minutes needs no
snapshot. A setting of the server."""
LOG_SEGMENTS = 65_536
"""LOG_BYTES in messages of 64 bytes: the list stays as bounded as the bytes are."""
PASSING_BYTES = 256 * 1024
"""Droppable segments kept: four frames."""
CACHED = 64
"""Frames kept for readers in the same place, until the next tick."""
COMMON = frozenset({"all", "staff", "others", ""})
"""Audiences that are not one person."""


class Segment(NamedTuple):
    """Messages for one audience. `end` counts the bytes of the log through this one."""

    audience: str
    data: bytes
    droppable: bool
    end: int


NOTHING = Segment("", b"", True, 0)
"""What a forgotten segment leaves in its place; nobody sees it."""


def visible(segment: Segment, staff: bool, person: str) -> bool:
    """As `policy.sees`, for a group of equal viewers: staff, or everyone else with `person` among them."""
    audience = segment.audience
    if staff:
        return audience not in ("others", "")
    return audience in ("all", "others") or (audience == person and audience != "")


def joined(segments: Iterable[Segment], staff: bool, person: str = "") -> bytes:
    """What those viewers see of these segments."""
    return b"".join(segment.data for segment in segments if visible(segment, staff, person))


class SharedLog:
    """`most_bytes`: how much is kept at most, droppable or not."""

    def __init__(self, most_bytes: int = LOG_BYTES) -> None:
        self.most_bytes = most_bytes
        self.segments: list[Segment] = []
        self.base = 0
        """Place of the first segment that is still here."""
        self.kept = 0
        """Bytes that are still here."""
        self.passing_bytes = 0
        """Of these, droppable."""
        self.people: Counter[str] = Counter()
        """Audiences of single people: who is not among them shares the common frame."""
        self.ticks: dict[tuple[int, bytes], int] = {}
        """(seq, mark) of every tick whose place is still here."""
        self._passing: deque[int] = deque()
        self._written = 0
        self._cache: dict[tuple[int, bool, str], tuple[bytes, int]] = {}

    @property
    def head(self) -> int:
        """The place after everything published."""
        return self.base + len(self.segments)

    def publish(self, audience: str, data: bytes, droppable: bool) -> None:
        """One more segment."""
        self._written += len(data)
        self.segments.append(Segment(audience, data, droppable, self._written))
        self.kept += len(data)
        if droppable:
            self._passing.append(self.head - 1)
            self.passing_bytes += len(data)
        if audience not in COMMON:
            self.people[audience] += 1

    def close_tick(self, seq: int, mark: bytes) -> None:
        """Whoever has come to this place is complete through `seq`."""
        self.ticks[seq, mark] = self.head

    def place_of(self, seq: int, mark: bytes) -> int | None:
        """The place of that state, while everything after it is still here."""
        place = self.ticks.get((seq, mark))
        return place if place is not None and self.has(place) else None

    def has(self, place: int) -> bool:
        """Is everything after `place` still here?"""
        return place >= self.base

    def bytes_since(self, place: int) -> int:
        """Bytes published after `place`, for everyone."""
        index = place - self.base
        return self._written - self.segments[index - 1].end if 0 < index <= len(self.segments) else self.kept

    def between(self, place: int, until: int) -> list[Segment]:
        """The segments from one place to another."""
        return self.segments[place - self.base : until - self.base]

    def frame(self, place: int, until: int, staff: bool, person: str) -> tuple[bytes, int]:
        """A frame of whole segments from `place` on, up to 64 KiB or one segment, and the place after it.

        Who is more than a frame behind does not get what may be dropped. Readers in the same place share the bytes.
        """
        key = (place, staff, person if self.people[person] else "")
        made = self._cache.get(key)
        if made is not None:
            return made
        late = self.bytes_since(place) > FRAME_BYTES
        parts: list[bytes] = []
        size = 0
        for segment in self.between(place, until):
            if visible(segment, staff, person) and not (late and segment.droppable):
                if parts and size + len(segment.data) > FRAME_BYTES:
                    break
                parts.append(segment.data)
                size += len(segment.data)
            place += 1
        made = (framed(b"".join(parts)) if parts else b"", place)
        if len(self._cache) < CACHED:
            self._cache[key] = made
        return made

    def tick(self) -> None:
        """The log has grown: frames made before end too early."""
        self._cache.clear()

    def trim(self) -> None:
        """Forgets what is past the limits. The caller has given everything to those who keep up."""
        while self._passing and (self.passing_bytes > PASSING_BYTES or self._passing[0] < self.base):
            place = self._passing.popleft()
            if place >= self.base:
                self._release(place - self.base)
        count = 0
        while count < len(self.segments) and (self.kept > self.most_bytes or len(self.segments) - count > LOG_SEGMENTS):
            self._release(count)
            count += 1
        if count:
            del self.segments[:count]
            self.base += count
            for tick, place in list(self.ticks.items()):
                if self.has(place):
                    break
                del self.ticks[tick]

    def _release(self, index: int) -> None:
        segment = self.segments[index]
        self.kept -= len(segment.data)
        if segment.droppable:
            self.passing_bytes -= len(segment.data)
        if segment.audience not in COMMON:
            self.people[segment.audience] -= 1
            if not self.people[segment.audience]:
                del self.people[segment.audience]
        self.segments[index] = NOTHING._replace(end=segment.end)
