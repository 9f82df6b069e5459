"""What a teacher or student reads from a class, as plain frozen data: people, feed, answers, chat, what lies on a page.

It promises that a list of any of these becomes a data frame as it is, and that nothing here changes by itself: read
again to see what is new. It must never hold a connection or a record of the table.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from classroom.core import records as r
from classroom.core.table import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def moment(ms: int) -> datetime | None:
    """A time of the class (ms since 1970) in the local zone; None for 0."""
    return datetime.fromtimestamp(ms / 1000, timezone.utc).astimezone() if ms else None


@dataclass(frozen=True)
class Person:
    """Someone in the class. `hand` is when the hand went up, or None; `draw` is yes, no, or empty: as for everyone."""

    id: str
    name: str
    role: str
    here: bool
    hand: datetime | None
    draw: str
    chat: bool
    badge: str


@dataclass(frozen=True)
class Item:
    """One entry of the feed: kind is note, code, exercise, poll, file or board; `text` is Markdown, or the source."""

    id: str
    kind: str
    title: str
    text: str
    open: bool
    author: str
    time: datetime | None
    language: str = ""
    options: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The source, where this is code; else empty."""
        return self.text if self.kind == "code" else ""

    def _repr_markdown_(self) -> str:
        head = f"**{self.title}**\n\n" if self.title else ""
        if self.kind != "code":
            return head + self.text
        fence = "`" * max(3, 1 + _longest_run(self.text))
        return f"{head}{fence}{self.language}\n{self.text}\n{fence}"


@dataclass(frozen=True)
class Answer:
    """One person's answer to one item."""

    id: str
    item: str
    person: str
    name: str
    state: str
    text: str
    choice: tuple[int, ...]
    comment: str
    time: datetime | None


@dataclass(frozen=True)
class Line:
    """One line of the chat; `to` is all or staff."""

    id: str
    person: str
    name: str
    text: str
    to: str
    time: datetime | None


@dataclass(frozen=True, eq=False)
class Stroke:
    """Ink. `points` (n, 3): x, y in board units and pressure 0..1, before `transform` (a to f, as in SVG, or None)."""

    id: str
    page: str
    author: str
    tool: str
    color: str
    width: float
    points: NDArray[np.float64] = field(repr=False)
    transform: tuple[float, ...] | None = None
    time: datetime | None = None
    type: str = "ink"


@dataclass(frozen=True)
class Thing:
    """Anything else on a page; `fields` are those of its record type."""

    id: str
    page: str
    author: str
    type: str
    fields: dict[str, Any]
    time: datetime | None = None


# -- from records -----------------------------------------------------------------------------------------------


def name_of(view: View, person: str) -> str:
    """The name of a person id; empty when there is none."""
    known = view.get(person)
    return known.name if isinstance(known, r.Person) else ""


def people(view: View, here: Collection[str]) -> list[Person]:
    """Everyone who has ever entered, in that order."""
    return [
        Person(p.id, p.name, p.role, p.id in here, moment(p.hand), p.draw, p.chat, p.badge)
        for p in view.of_type("person")
        if isinstance(p, r.Person)
    ]


def feed(view: View) -> list[Item]:
    """The feed, first to last."""
    return [item(view, i) for i in view.of_type("item") if isinstance(i, r.Item)]


def item(view: View, i: r.Item) -> Item:
    """One entry of it."""
    language = i.language if i.kind == "code" else ""
    author = name_of(view, i.author)
    return Item(i.id, i.kind, i.title, i.text, i.open, author, moment(i.time), language, i.options)


def answers(view: View, of: str) -> list[Answer]:
    """Answers to one item, as far as this client may see them, the earliest first."""
    return [
        Answer(a.id, a.item, a.author, name_of(view, a.author), a.state, a.text, a.choice, a.comment, moment(a.time))
        for a in view.of_type("response")
        if isinstance(a, r.Response) and a.item == of
    ]


def chat(view: View) -> list[Line]:
    """The chat, first to last."""
    return [
        Line(c.id, c.author, name_of(view, c.author), c.text, c.to, moment(c.time))
        for c in view.of_type("message")
        if isinstance(c, r.Message)
    ]


def things(view: View, found: list[r.Drawable]) -> list[Stroke | Thing]:
    """Plain data of drawable records; all strokes are unpacked in one go."""
    from classroom.core import ink

    strokes = [d for d in found if isinstance(d, r.Ink)]
    points, starts = ink.unpack_all([s.points for s in strokes], [s.quantum for s in strokes])
    parts = {s.id: points[starts[i] : starts[i + 1]].copy() for i, s in enumerate(strokes)}
    return [
        Stroke(
            d.id, d.page, name_of(view, d.author), d.tool, d.colour, d.width, parts[d.id], d.transform, moment(d.time)
        )
        if isinstance(d, r.Ink)
        else Thing(d.id, d.page, name_of(view, d.author), r.type_of(d), _fields(d), moment(d.time))
        for d in found
    ]


def _fields(drawable: r.Drawable) -> dict[str, Any]:
    told = msgspec.structs.asdict(drawable)
    if isinstance(drawable, (r.TextBox, r.Note)):
        told["formulas"] = tuple(msgspec.structs.asdict(formula) for formula in drawable.formulas)
    return {name: value for name, value in told.items() if name not in ("id", "author", "time", "page", "z")}


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
