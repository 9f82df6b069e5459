"""A replay as a list of moments: what each change of the log shows, from when to when, with long pauses cut.

Strokes grow as they were drawn: by their times, or evenly over what their length would have taken; what was pasted,
brought back or cut by an eraser is there at once. Pictures follow the page that the teacher shows, unless one page is
asked for. Students' private copies are left out: they are not the class's board.

It must never draw, and it reads the log once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import msgspec
import numpy as np

from classroom.core import ink
from classroom.core.errors import BadInk, BadRecord, Refusal
from classroom.core.messages import Op, Patch, Put, Remove
from classroom.core.records import Class, Drawable, Ink, Page
from classroom.core.table import Table, View

PACE = 900.0
"""Board units in a second, for strokes whose times are not known: unhurried handwriting."""
LONGEST = 60_000
"""Milliseconds that one stroke may grow."""


class Change(Protocol):
    """An accepted change of the log; `time` is in milliseconds."""

    @property
    def time(self) -> int: ...
    @property
    def ops(self) -> Sequence[Op]: ...


@dataclass(frozen=True)
class Growth:
    """A stroke on its way: at `begin + since[k]` milliseconds its point k is there; `end` is when it is in the log."""

    stroke: Ink
    begin: float
    end: float
    since: list[float]

    def at(self, time: float) -> Ink | None:
        """As much of it as there is at that time."""
        count = int(np.searchsorted(self.since, time - self.begin, side="right"))
        if count == 0:
            return None
        points = ink.unpack(self.stroke.points, self.stroke.quantum)[:count]
        return msgspec.structs.replace(self.stroke, points=ink.pack(points, self.stroke.quantum), times=b"")


@dataclass
class Film:
    """Changes by time, strokes by when they begin, and what of it is to be seen: `real` milliseconds of the log stand
    at `shown` milliseconds of the replay, both rising."""

    changes: list[tuple[float, list[Op]]] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)
    real: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)

    @property
    def length(self) -> float:
        """Milliseconds."""
        return self.shown[-1] if self.shown else 0.0

    def time(self, shown: float) -> float:
        """The time of the log at that time of the replay."""
        return float(np.interp(shown, self.shown, self.real))


def film(changes: Iterable[Change], page: str | None, speed: float, pause: float) -> Film:
    """The film of these changes, in the log's order. `pause`: a longer one, in seconds of the lesson, takes as long."""
    made = Film()
    table = Table()
    busy: list[tuple[float, float]] = []
    known: set[str] = set()
    last = 0.0
    for change in changes:
        last = max(last, float(change.time))
        before = shown_page(table, page)
        grown, seen, done = [], False, []
        cutting = any(isinstance(op, Remove) for op in change.ops)
        for op in change.ops:
            record = op.record if isinstance(op, Put) else None
            fresh = isinstance(record, Ink) and record.id not in known and not cutting
            if record is not None:
                known.add(record.id)
            seen = seen or _touches(table, op, before)
            if not apply(table, op):
                continue
            done.append(op)
            seen = seen or _touches(table, op, before)
            if fresh and isinstance(record, Ink) and record.page == before and not record.copy:
                growth = _growth(record, last)
                if growth is not None:
                    grown.append(growth)
        made.changes.append((last, done))
        made.growths += grown
        if seen or shown_page(table, page) != before:
            busy.append((min([last, *(growth.begin for growth in grown)]), last))
    made.growths.sort(key=lambda growth: growth.begin)
    _cut(made, busy, speed, pause * 1000)
    return made


def apply(table: Table, op: Op) -> bool:
    """Does `op`, unless what it changes was erased from the log since."""
    try:
        table.apply(op)
    except (Refusal, BadRecord):
        return False
    return True


def shown_page(view: View, page: str | None) -> str:
    """The page that is to be seen; "" when there is none."""
    if page is not None:
        return page if isinstance(view.get(page), Page) else ""
    known = view.get("class")
    if isinstance(known, Class) and isinstance(view.get(known.page), Page):
        return known.page
    return next((p.id for p in view.of_type("page") if isinstance(p, Page) and not p.gone), "")


def _touches(table: Table, op: Op, page: str) -> bool:
    for id in touched(op):
        record = op.record if isinstance(op, Put) else table.get(id)
        if id == page or (isinstance(record, Drawable) and record.page == page and not record.copy):
            return True
    return False


def touched(op: Op) -> Sequence[str]:
    """The ids that `op` names."""
    if isinstance(op, Put):
        return (op.record.id,)
    return op.ids if isinstance(op, (Patch, Remove)) else (op.id,)


def _growth(stroke: Ink, end: float) -> Growth | None:
    try:
        points = ink.unpack(stroke.points, stroke.quantum)
        if stroke.times:
            since = ink.unpack_times(stroke.times, len(points)).astype(np.float64)
            since -= since[0]
        else:
            steps = np.hypot(*np.diff(points[:, :2], axis=0).T) if len(points) > 1 else np.empty(0)
            since = np.concatenate(([0.0], np.cumsum(steps))) / PACE * 1000
    except BadInk:
        return None
    if since[-1] > LONGEST:
        since *= LONGEST / since[-1]
    return Growth(stroke, end - float(since[-1]), end, since.tolist())


def _cut(made: Film, busy: list[tuple[float, float]], speed: float, pause: float) -> None:
    """What is busy keeps its length, what lies between it at most `pause`; then all of it by `speed`."""
    whole: list[list[float]] = []
    for begin, end in sorted(busy):
        if whole and begin <= whole[-1][1]:
            whole[-1][1] = max(whole[-1][1], end)
        else:
            whole.append([begin, end])
    at = 0.0
    for number, (begin, end) in enumerate(whole):
        if number:
            at += min(begin - whole[number - 1][1], pause) / speed
        for real in (begin, end):
            at += (real - begin) / speed
            made.real.append(real)
            made.shown.append(at)
    assert all(a <= b for a, b in pairwise(made.shown))
