"""Live ink, figures and presence: what is relayed while it happens and never kept (SPEC 4.8, 5.10 to 5.12).

The desk knows which strokes and figures are being drawn and the latest presence of each person. Every step passes
`policy`; a stroke or a figure ends for everyone when its right, its connection or its sound ends. Nothing here reaches
the log, and a client may miss any of it but starts and ends. News are (audience, frame, droppable). Time is an
argument, milliseconds.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from classroom.core import messages as m
from classroom.core import policy, wire
from classroom.core.records import Person
from classroom.core.table import View

News: TypeAlias = list[tuple[str, bytes, bool]]

SILENCE = 5_000
"""Milliseconds without points after which a live stroke is given up; of a figure, without a word of it."""
STROKES = 4
"""Live strokes of one connection at a time: one finger each, and one more than a pen hand uses."""
POINTS = 20_000
"""Points of one live stroke: ten records; a longer one is seen when it is finished."""
BATCH = 4_096
"""Bytes of one batch: over 300 points, ten times what 33 ms of the fastest pen gives."""
STAFF_EVERY, STUDENT_EVERY = 50, 200
"""Milliseconds between two presence messages of one person."""
WEIGHT = 1_024
"""Bytes of a figure at that rate; one of more waits in proportion, since it goes to everyone: 200 corners are 5,000."""
NAMED = 64
"""Ids that a person's live strokes and figures have named, that person's until they are put (SPEC 5.10)."""
_HIGH = bytes(range(128, 256))


class _Stroke:
    __slots__ = ("audience", "conn", "copy", "count", "handle", "heard", "number", "page", "person")

    def __init__(self, number: int, conn: int, person: str, start: m.LiveStart, audience: str, now: int) -> None:
        self.number, self.conn, self.person, self.handle = number, conn, person, start.handle
        self.page, self.copy, self.audience = start.page, start.copy, audience
        self.count, self.heard = 0, now


class _Presence:
    __slots__ = ("audience", "changed", "edits", "latest", "sent")

    def __init__(self) -> None:
        self.latest = m.Presence()
        self.changed = False
        self.sent = 0
        self.audience = ""
        self.edits = False
        """Did the audience hear of a record being edited?"""


class _Figure:
    """What one person makes, and what of it has been told; kept when it ends, so that its rate is."""

    __slots__ = ("audience", "changed", "conn", "draft", "frame", "heard", "person", "sent", "shown")

    def __init__(self, person: str) -> None:
        self.person = person
        self.draft: m.DraftFigure | None = None
        self.conn = 0
        self.audience = ""
        self.frame = b""
        self.heard = self.sent = 0
        self.changed = self.shown = False


class LiveDesk:
    """All live strokes, figures and presences of one class."""

    def __init__(self) -> None:
        self._strokes: dict[tuple[int, int], _Stroke] = {}
        self._number = 0
        self._presence: dict[str, _Presence] = {}
        self._figures: dict[str, _Figure] = {}
        self._drawers: dict[str, str] = {}
        self._named: dict[str, dict[str, None]] = {}

    def busy(self) -> bool:
        """Is anything under way that `beat` must look after?"""
        return bool(self._strokes) or any(f.draft for f in self._figures.values()) or self.pressing()

    def pressing(self) -> bool:
        """Does presence wait for its turn? Then `beat` is due within 50 ms; else a second will do."""
        return any(p.changed for p in self._presence.values()) or any(f.changed for f in self._figures.values())

    # -- strokes

    def receive(
        self, view: View, conn: int, person: Person, value: m.LiveStart | m.LivePoints | m.LiveEnd, now: int
    ) -> News:
        """A live message from a connection. What does not fit is ignored: the finished stroke will tell."""
        if isinstance(value, m.LiveStart):
            return self._start(view, conn, person, value, now)
        stroke = self._strokes.get((conn, value.handle))
        if stroke is None:
            return []
        if isinstance(value, m.LiveEnd):
            return self._end(stroke, value.kept)
        if policy.may_draw(view, person, stroke.page, stroke.copy) is not None:
            return self._end(stroke, False)
        n = len(value.data.translate(None, _HIGH))
        whole = n % 3 == 0 and n > 0 and value.data[-1] < 128 and len(value.data) <= BATCH
        if not whole or value.at != stroke.count or stroke.count + n // 3 > POINTS:
            return []
        stroke.count += n // 3
        stroke.heard = now
        return [(stroke.audience, wire.write(m.LivePoints(stroke.number, value.at, value.data)), True)]

    def _start(self, view: View, conn: int, person: Person, start: m.LiveStart, now: int) -> News:
        news: News = []
        old = self._strokes.get((conn, start.handle))
        if old is not None:
            news += self._end(old, False)
        if sum(key[0] == conn for key in self._strokes) >= STROKES or view.get(start.id) is not None:
            return news
        if self._drawers.get(start.id, person.id) != person.id:
            return news
        if policy.may_draw(view, person, start.page, start.copy) is not None:
            return news
        self._name(person.id, start.id)
        self._number = self._number % 16_383 + 1
        audience = policy.audience_on(view, start.page, start.copy)
        stroke = _Stroke(self._number, conn, person.id, start, audience, now)
        self._strokes[conn, start.handle] = stroke
        shown = msgspec.structs.replace(start, handle=stroke.number, person=person.id)
        return [*news, (audience, wire.write(shown), False)]

    def _name(self, person: str, id: str) -> None:
        named = self._named.setdefault(person, {})
        named.pop(id, None)
        named[id] = None
        self._drawers[id] = person
        if len(named) > NAMED:
            oldest = next(iter(named))
            del named[oldest], self._drawers[oldest]

    def drawer(self, id: str) -> str | None:
        """Whose live stroke or figure has told everyone this id, while no record has it: only that person may put it.

        Without this, whoever sees a stroke begin could put something else under its id and so have it refused.
        """
        return self._drawers.get(id)

    def put(self, id: str) -> None:
        """A record has that id now: from here on the table says whose it is."""
        person = self._drawers.pop(id, None)
        if person is not None:
            del self._named[person][id]

    def _end(self, stroke: _Stroke, kept: bool) -> News:
        del self._strokes[stroke.conn, stroke.handle]
        return [(stroke.audience, wire.write(m.LiveEnd(stroke.number, kept)), False)]

    def drop(self, conn: int) -> News:
        """A connection is gone, and with it its strokes and what it was making."""
        news = [news for s in list(self._strokes.values()) if s.conn == conn for news in self._end(s, False)]
        return news + [off for f in self._figures.values() if f.conn == conn for off in self._withdraw(f)]

    def review(self, view: View) -> News:
        """After every commit: ends what has lost its right or has another audience now, and figures that are done."""
        news: News = []
        for stroke in list(self._strokes.values()):
            person = view.get(stroke.person)
            if (
                not isinstance(person, Person)
                or policy.may_draw(view, person, stroke.page, stroke.copy) is not None
                or policy.audience_on(view, stroke.page, stroke.copy) != stroke.audience
            ):
                news += self._end(stroke, False)
        for held in self._figures.values():
            draft, person = held.draft, view.get(held.person)
            if draft is not None and (
                not isinstance(person, Person)
                or not self._may_make(view, person, draft)
                or policy.audience_on(view, draft.page, draft.copy) != held.audience
            ):
                news += self._withdraw(held)
        return news

    # -- figures

    def _draft(self, view: View, conn: int, person: Person, draft: m.DraftFigure | Literal["off"], now: int) -> News:
        """What a person makes, as it is now; sent when its time has come. Its end is told at once."""
        held = self._figures.get(person.id)
        if draft == "off" or not self._may_make(view, person, draft):
            # Another window's word does not end what this one makes.
            return self._withdraw(held) if held is not None and held.conn == conn else []
        if held is None:
            held = self._figures[person.id] = _Figure(person.id)
        audience = policy.audience_on(view, draft.page, draft.copy)
        news = self._withdraw(held) if audience != held.audience else []
        if held.draft is None or held.draft.id != draft.id:
            self._name(person.id, draft.id)
        held.draft, held.conn, held.audience, held.heard, held.changed = draft, conn, audience, now, True
        held.frame = wire.write(m.Presence(person=person.id, draft=draft))
        return news

    def _may_make(self, view: View, person: Person, draft: m.DraftFigure) -> bool:
        """May that person show it where it says, under an id that is nobody else's and no record's yet?"""
        if view.get(draft.id) is not None or self._drawers.get(draft.id, person.id) != person.id:
            return False
        return policy.may_draw(view, person, draft.page, draft.copy) is None

    def _withdraw(self, held: _Figure) -> News:
        shown = held.shown
        held.draft, held.changed, held.shown = None, False, False
        off = m.Presence(person=held.person, draft="off")
        return [(held.audience, wire.write(off), False)] if shown else []

    def _figures_due(self, view: View, now: int) -> News:
        news: News = []
        for held in self._figures.values():
            if held.draft is None:
                continue
            person = view.get(held.person)
            if now - held.heard >= SILENCE or now < held.heard or not isinstance(person, Person):
                news += self._withdraw(held)
                continue
            every = STAFF_EVERY if policy.is_staff(person) else STUDENT_EVERY
            if held.changed and not 0 <= now - held.sent < every * (1 + len(held.frame) // WEIGHT):
                news.append((held.audience, held.frame, True))
                held.changed, held.shown, held.sent = False, True, now
        return news

    # -- presence

    def presence(self, view: View, conn: int, person: Person, value: m.Presence, now: int) -> News:
        """The latest from a person; sent when its time has come. Gives what cannot wait."""
        if value.draft is None:
            self._present(view, person, value)
            return []
        if any(said is not None for said in (value.cursor, value.view, value.editing, value.typing)):
            self._present(view, person, msgspec.structs.replace(value, draft=None))
        return self._draft(view, conn, person, value.draft, now)

    def _present(self, view: View, person: Person, value: m.Presence) -> None:
        copy = policy.copy_of_presence(view, person, value)
        lead = policy.is_staff(person) and not copy
        value = msgspec.structs.replace(value, person=person.id, copy=copy, view=value.view if lead else None)
        held = self._presence.setdefault(person.id, _Presence())
        if copy != held.latest.copy and (value.cursor is not None or value.view is not None or value.editing):
            # One message has one audience: nothing of one copy goes along with what is said of another.
            held.latest = m.Presence(person=person.id, typing=held.latest.typing)
        elif copy != held.latest.copy:
            value = msgspec.structs.replace(value, copy=held.latest.copy)
        fields = {n: v for n in value.__struct_fields__ if (v := getattr(value, n)) is not None}
        held.latest = msgspec.structs.replace(held.latest, **fields)
        held.changed = True

    def left(self, person: str) -> None:
        """A person's last connection is gone: `here` tells the others."""
        self._presence.pop(person, None)
        self._figures.pop(person, None)

    def beat(self, view: View, now: int) -> News:
        """What is due: figures and presence at their rate, and the end of what fell silent."""
        news = self._figures_due(view, now)
        for stroke in list(self._strokes.values()):
            if now - stroke.heard >= SILENCE or now < stroke.heard:
                news += self._end(stroke, False)
        for id, held in self._presence.items():
            person = view.get(id)
            if not held.changed or not isinstance(person, Person):
                continue
            every = STAFF_EVERY if policy.is_staff(person) else STUDENT_EVERY
            if 0 <= now - held.sent < every:
                continue
            audience = policy.presence_audience(view, person, held.latest)
            if held.audience not in ("", audience):
                off = m.Presence(person=id, cursor="off", editing="" if held.edits else None)
                news.append((held.audience, wire.write(off), True))
            news.append((audience, wire.write(held.latest), True))
            held.changed, held.sent, held.audience = False, now, audience
            held.edits = bool(held.latest.editing)
        return news

    def latest(self, view: View, role: str, person: str) -> list[bytes]:
        """Presence and figures as someone who just came may see them, by what is so now."""
        figures = [
            held.frame
            for held in self._figures.values()
            if held.draft is not None
            and held.shown
            and policy.sees(role, person, policy.audience_on(view, held.draft.page, held.draft.copy))
        ]
        return figures + [
            wire.write(held.latest)
            for id, held in self._presence.items()
            if id != person
            and held.audience
            and isinstance(who := view.get(id), Person)
            and policy.sees(role, person, policy.presence_audience(view, who, held.latest))
        ]
