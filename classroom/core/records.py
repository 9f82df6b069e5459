"""Everything there is in a class: one struct per record type, with its limits.

A record has an `id` and a `type`; what a person sees is records and nothing else. This file is the schema: the server
validates against it, the browser's types are generated from it. It promises that a value of one of these types is
inside its limits, and it must never hold behaviour.

Units: lengths and positions are board units (a default page is 1600 x 900), times are whole milliseconds since 1970,
`z` and `order` are fractional keys (see `order.py`), an `asset` is a SHA-256 in lower-case hex.
Fields marked STAFF are never sent to anyone but teachers and assistants (SPEC 4.6).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta, Struct

STAFF = {"staff": True}
"""Put into `Meta(extra=STAFF)` of a field that only staff may read."""

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
"""An id: chosen at random by whoever makes the record, except people (`p1`, `p2`, …, by the server) and `class`."""
PersonId = Annotated[str, Meta(pattern=r"^(p[0-9]{1,9})?$")]
Order = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,80}$")]
Asset = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")]
Time = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Coordinate = Annotated[float, Meta(ge=-1e7, le=1e7)]
Length = Annotated[float, Meta(ge=0, le=1e6)]
StrokeWidth = Annotated[float, Meta(ge=0.0625, le=400, multiple_of=0.0625)]
"""Whole sixteenths, as ink is written (SPEC 5.4): a width that was patched is the same in log and snapshot."""
Transform = tuple[Coordinate, Coordinate, Coordinate, Coordinate, Coordinate, Coordinate]
"""a, b, c, d, e, f as in SVG: x' = a x + c y + e, y' = b x + d y + f."""
Name = Annotated[str, Meta(min_length=1, max_length=40)]
Title = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=65_536)]
PALETTE = ("ink", "grey", "red", "amber", "green", "sky", "blue", "magenta")
"""Names of the board's inks, in the order of their number keys and of their number on the wire."""
Colour = Annotated[str, Meta(pattern=r"^(ink|grey|red|amber|green|sky|blue|magenta|#[0-9a-f]{6})$")]
FillColour = Annotated[str, Meta(pattern=r"^(|ink|grey|red|amber|green|sky|blue|magenta|#[0-9a-f]{6})$")]
Role = Literal["teacher", "assistant", "student", "observer"]
Quantum = Annotated[int, Meta(ge=0, le=12)]
FigureKind: TypeAlias = Literal["line", "arrow", "rectangle", "ellipse", "polygon"]
Dash: TypeAlias = Literal["solid", "dashed", "dotted"]
Corners = Annotated[tuple[tuple[Coordinate, Coordinate], ...], Meta(max_length=200)]


Pattern: TypeAlias = Literal["blank", "dots", "grid", "ruled", "axes", "staves"]
Run: TypeAlias = tuple[
    Coordinate, Length, Literal["", "b", "i", "bi", "code", "math"], Annotated[str, Meta(max_length=4_000)]
]
"""Words of one look on one line: left end from the box's left edge, advance, look, and what they say (of a formula its
source). Runs stand from left to right as seen; within one, words of both directions are in their logical order."""
TextLine: TypeAlias = tuple[
    Coordinate, Annotated[float, Meta(ge=1, le=1_000)], Annotated[tuple[Run, ...], Meta(max_length=200)]
]
"""One line as laid out: baseline from the box's top, size of its letters in board units, runs."""
Lines = Annotated[tuple[TextLine, ...], Meta(max_length=500)]


class Formula(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Mathematics as outlines. Lengths are in ems; `path` is SVG's, in thousandths of an em from the left end of the
    baseline, y down, of absolute M, L, Q, C and Z with whole numbers, filled non-zero."""

    source: Annotated[str, Meta(min_length=1, max_length=4_000)]
    """TeX, without the dollar signs."""
    display: bool = False
    """Set apart on a line of its own."""
    width: Annotated[float, Meta(ge=0, le=1_000)]
    ascent: Annotated[float, Meta(ge=-100, le=100)]
    descent: Annotated[float, Meta(ge=-100, le=100)]
    path: Annotated[str, Meta(max_length=65_536, pattern=r"^[MLQCZ 0-9-]*$")]


Formulas = Annotated[tuple[Formula, ...], Meta(max_length=50)]


class Record(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type", gc=False):
    """What all records share. `author` and `time` (of first putting) are stamped by the server, whatever was sent."""

    id: Id
    author: PersonId = ""
    time: Time = 0


class Class(Record, kw_only=True, tag="class"):
    """The class itself: one record, id `class`, made by the server."""

    title: Title = ""
    draw: Literal["none", "chosen", "all"] = "none"
    chat: bool = True
    join: bool = True
    names: bool = True
    """May people change their own name?"""
    page: Annotated[str, Meta(max_length=32)] = ""
    """The page the teacher shows."""
    follow: bool = True
    """Students' views follow the teacher's page and view."""
    called: Time = 0
    """When everyone was last called back to the teacher's view (stamped from any non-zero value)."""
    cursors: bool = False
    """Are students' cursors shown to everyone?"""
    ended: Time = 0


class Person(Record, kw_only=True, tag="person"):
    """Someone in the class, present or not. Made by the server when they enter; its author is the person."""

    name: Name
    role: Role = "student"
    hand: Time = 0
    """When the hand went up (stamped by the server from any non-zero value); 0 is down."""
    badge: Annotated[str, Meta(max_length=80)] = ""
    """The name under which Jupyter or the Hub knows this person, when it does."""
    draw: Literal["", "yes", "no"] = ""
    """yes: chosen to draw; no: may not even when all may."""
    chat: bool = True


class Page(Record, kw_only=True, tag="page"):
    """One page of the board. Removing a page sets `gone`, so that bringing it back is one small change."""

    order: Order
    title: Title = ""
    width: Annotated[float, Meta(ge=100, le=20_000)] = 1600
    height: Annotated[float, Meta(ge=100, le=20_000)] = 900
    endless: bool = False
    """Goes on in all directions; width and height are then what is looked at first."""
    pattern: Pattern = "blank"
    asset: Asset = ""
    """A picture under everything, fitted to the page."""
    audience: Literal["all", "staff", "each"] = "all"
    """each: every student draws on a private copy."""
    locked: bool = False
    """Only staff draw here."""
    cleared: Time = 0
    """When the page was last cleared (stamped from any non-zero value): undo never crosses it."""
    gone: bool = False
    shows: Annotated[tuple[PersonId, ...], Meta(max_length=5_000, extra=STAFF)] = ()
    """Whose private work was laid on this page to show it; for staff, since it may be shown without names."""


class Drawable(Record, kw_only=True):
    """What all things on a page share. `copy` names the student whose private copy it lies on."""

    page: Id
    z: Order
    transform: Transform | None = None
    copy: PersonId = ""
    group: Annotated[str, Meta(max_length=32)] = ""
    locked: bool = False


class Ink(Drawable, kw_only=True, tag="ink"):
    """A stroke. `points` and `times` are packed as `ink.py` says, in units of 2**-quantum board units."""

    tool: Literal["pen", "highlighter"] = "pen"
    colour: Colour = "ink"
    width: StrokeWidth = 3
    quantum: Quantum = 4
    points: Annotated[bytes, Meta(min_length=1, max_length=32_768)]
    times: Annotated[bytes, Meta(max_length=16_384)] = b""
    """Time plane: kept in the log for replay, not in the table (SPEC 2.7)."""
    part: Annotated[str, Meta(max_length=32)] = ""
    """Id of the stroke's first record, in those that continue it past 2,000 points."""


class Shape(Drawable, kw_only=True, tag="shape"):
    """A geometric figure in its box, which goes from x, y to x + w, y + h; how it is drawn stands in `shapes.py`."""

    kind: FigureKind
    x: Coordinate
    y: Coordinate
    w: Coordinate
    h: Coordinate
    colour: Colour = "ink"
    fill: FillColour = ""
    """Laid thinly over the inside; empty: nothing is."""
    width: StrokeWidth = 3
    dash: Dash = "solid"
    corners: Corners = ()
    """Of a polygon, as parts of the box: (0.5, 1) is x + w/2, y + h."""


class TextBox(Drawable, kw_only=True, tag="text"):
    """Words on the board: `text` is Markdown with mathematics between dollar signs, `lines` how its writer's side laid
    it out with the shipped fonts, which is what everyone draws. `w` is where lines are broken; 0: only where they were.
    """

    x: Coordinate
    y: Coordinate
    w: Length = 0
    h: Length = 0
    """Of all lines together."""
    text: Annotated[str, Meta(max_length=20_000)] = ""
    size: Annotated[float, Meta(ge=4, le=400)] = 32
    """Of plain letters, in board units to the em."""
    colour: Colour = "ink"
    align: Literal["left", "centre", "right"] = "left"
    lines: Lines = ()
    formulas: Formulas = ()


class Note(Drawable, kw_only=True, tag="note"):
    """A sticky note; its words are laid out as those of a text, inside its margin."""

    x: Coordinate
    y: Coordinate
    w: Length = 240
    h: Length = 240
    text: Annotated[str, Meta(max_length=4_000)] = ""
    size: Annotated[float, Meta(ge=4, le=400)] = 28
    colour: Colour = "amber"
    lines: Lines = ()
    formulas: Formulas = ()


class Picture(Drawable, kw_only=True, tag="image"):
    """A picture from an asset."""

    x: Coordinate
    y: Coordinate
    w: Length
    h: Length
    asset: Asset
    alt: Annotated[str, Meta(max_length=1_000)] = ""


class Item(Record, kw_only=True, tag="item"):
    """One entry of the lesson feed. `text` is Markdown, or source where `kind` is code."""

    kind: Literal["note", "code", "exercise", "poll", "file", "board"]
    order: Order
    title: Title = ""
    text: Text = ""
    language: Annotated[str, Meta(max_length=40)] = "python"
    options: Annotated[tuple[Annotated[str, Meta(max_length=500)], ...], Meta(max_length=20)] = ()
    asset: Asset = ""
    open: bool = True
    solution: Annotated[str, Meta(max_length=65_536, extra=STAFF)] = ""
    """Correct answer or hidden checks."""


class Response(Record, kw_only=True, tag="response"):
    """One person's answer, result or run status for one item. Seen by its author and staff."""

    item: Id
    state: Literal["", "working", "failing", "passed", "answered"] = ""
    text: Text = ""
    choice: Annotated[tuple[int, ...], Meta(max_length=20)] = ()
    comment: Annotated[str, Meta(max_length=4_000)] = ""
    """What staff wrote about it."""


class Cell(Record, kw_only=True, tag="cell"):
    """One cell of the teacher's live notebook."""

    order: Order
    kind: Literal["code", "markdown"] = "code"
    source: Text = ""
    output: Text = ""
    """Outputs as JSON text (nbformat), appended to as they stream; past 64 KiB the asset and a tail."""
    asset: Asset = ""
    state: Literal["", "queued", "running", "done", "error"] = ""
    count: Annotated[int, Meta(ge=0, le=10**9)] = 0


class Message(Record, kw_only=True, tag="message"):
    """One line of the chat."""

    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    to: Literal["all", "staff"] = "all"


AnyRecord: TypeAlias = Class | Person | Page | Ink | Shape | TextBox | Note | Picture | Item | Response | Cell | Message


class Unknown(Record, kw_only=True, tag="unknown"):
    """A record of a type that this version does not know; a client keeps it and shows nothing."""

    fields: dict[str, Any]


TYPES: dict[str, type[Record]] = {str(cls.__struct_config__.tag): cls for cls in get_args(AnyRecord)}
"""Record type name -> struct."""
DRAWABLE: frozenset[str] = frozenset(name for name, cls in TYPES.items() if issubclass(cls, Drawable))
FIXED: frozenset[str] = frozenset(
    {"id", "type", "author", "time", "page", "copy", "item", "points", "times", "quantum"}
)
"""Fields that a patch never touches, except `page` of the class record, which is a choice and no place."""
APPENDABLE: frozenset[tuple[str, str]] = frozenset(
    {("item", "text"), ("cell", "source"), ("cell", "output"), ("response", "text")}
)


def type_of(record: Record) -> str:
    """The record's type name as written on the wire."""
    if isinstance(record, Unknown):
        return str(record.fields.get("type", "unknown"))
    return str(record.__struct_config__.tag)


def staff_fields(cls: type[Record]) -> frozenset[str]:
    """Names of the fields of `cls` that only staff may read."""
    info = msgspec.inspect.type_info(cls)
    assert isinstance(info, msgspec.inspect.StructType)
    return frozenset(
        f.name
        for f in info.fields
        if isinstance(f.type, msgspec.inspect.Metadata) and (f.type.extra or {}).get("staff")
    )


STAFF_FIELDS: dict[str, frozenset[str]] = {name: fields for name, cls in TYPES.items() if (fields := staff_fields(cls))}
"""Record type name -> its staff-only fields, for those types that have any."""
