"""Everything that is said: operations, changes, and the messages of the wire, as typed values.

`wire.py` writes and reads them; `room.py` answers them. This file says what exists and must never say how it is
written or what it does. Kinds and their numbers are in `wire.KINDS`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from classroom.core.records import (
    Colour,
    Coordinate,
    Corners,
    Dash,
    FigureKind,
    FillColour,
    Id,
    PersonId,
    Quantum,
    Record,
    Role,
    StrokeWidth,
    Transform,
)

PROTOCOL = 1
"""Version of the wire; a client of another version is told `upgrade`."""
SUBPROTOCOL = "classroom.v1"
"""Its name on a WebSocket (SPEC 5.1)."""
TOKEN_HEADER, KEY_HEADER = "X-Classroom-Token", "X-Classroom-Key"
"""Who asks over HTTP: someone's personal token; or the server's own key, which its kernels know."""
CONNECTION = "CLASSROOM_CONNECTION"
"""Environment variable that kernels inherit: the path of a file {url, key}, readable by its owner only."""


# -- operations ---------------------------------------------------------------------------------------------------


class Put(Struct, frozen=True, gc=False):
    """A whole record: made, or replaced."""

    record: Record


class Patch(Struct, frozen=True, forbid_unknown_fields=True):
    """The same fields of one or many records."""

    ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=10_000)]
    fields: dict[str, Any]


class Append(Struct, frozen=True, forbid_unknown_fields=True):
    """More text at the end of a text field; `at` is its length so far in UTF-8 bytes."""

    id: Id
    field: Annotated[str, Meta(max_length=32)]
    at: Annotated[int, Meta(ge=0)]
    text: Annotated[str, Meta(max_length=65_536)]


class Remove(Struct, frozen=True, forbid_unknown_fields=True):
    """Records that go."""

    ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=10_000)]


Op: TypeAlias = Put | Patch | Append | Remove
Ops: TypeAlias = tuple[Op, ...]


class Entry(Struct, frozen=True):
    """One accepted change as it stands in the log. `client` is the writer's secret id and is never sent; `tag` is."""

    seq: int
    time: int
    author: str
    client: str
    number: int
    ops: Ops


# -- from the client ----------------------------------------------------------------------------------------------


class Last(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a client has come."""

    seq: Annotated[int, Meta(ge=0)]
    mark: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]


class Hello(Struct, frozen=True):
    """First message of a connection. `client` is this window's own random id, never shared."""

    protocol: int
    client: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    token: Annotated[str, Meta(max_length=200)]
    last: Last | None = None
    pending: Annotated[int, Meta(ge=1)] = 1
    """Lowest number of a change that this client has not seen confirmed."""


class Change(Struct, frozen=True):
    """A numbered list of operations, all or nothing. Numbers of one client rise; gaps are allowed."""

    number: int
    ops: Ops


class LiveStart(Struct, frozen=True):
    """A stroke begins. `handle` is the client's own small number, reused when it likes after the end."""

    handle: int
    id: Id
    page: Id
    copy: PersonId
    tool: Literal["pen", "highlighter"]
    colour: Colour
    width: StrokeWidth
    quantum: Quantum
    person: str = ""
    """Who draws: empty from a client, filled by the server."""


class LivePoints(Struct, frozen=True):
    """More points: `at` is the index of the first, `data` is `ink.pack_delta` from the point before."""

    handle: int
    at: int
    data: bytes


class LiveEnd(Struct, frozen=True):
    """No more points: the finished stroke follows as a change, or (`kept` false) nothing does."""

    handle: int
    kept: bool


Live: TypeAlias = LiveStart | LivePoints | LiveEnd


class DraftFigure(Struct, frozen=True, forbid_unknown_fields=True):
    """A figure while somebody makes it: what its shape record will say, under the id that the record will have."""

    id: Id
    page: Id
    kind: FigureKind
    x: Coordinate
    y: Coordinate
    w: Coordinate
    h: Coordinate
    copy: PersonId = ""
    colour: Colour = "ink"
    fill: FillColour = ""
    width: StrokeWidth = 3
    dash: Dash = "solid"
    corners: Corners = ()
    transform: Transform | None = None


class Presence(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The latest about one person that is not worth keeping. Absent fields are unchanged.

    `cursor` is page, x, y, and what it is; "off" hides it. `view` is page, centre x, centre y, zoom (board units that
    fit across the stage) of staff, to follow. `editing` is a record id. `copy` is the person on whose private copy
    cursor and editing are; what was said of another copy is then forgotten. Nobody is led onto a copy: a view has none.
    `draft` is a figure that is being made; "off": it is not any more. It names its own copy, and is told apart from
    the rest.
    """

    person: PersonId = ""
    cursor: tuple[Id, Coordinate, Coordinate, Literal["arrow", "pen", "laser"]] | Literal["off"] | None = None
    view: tuple[Id, Coordinate, Coordinate, Coordinate] | None = None
    editing: Annotated[str, Meta(max_length=32)] | None = None
    typing: bool | None = None
    copy: PersonId = ""
    draft: DraftFigure | Literal["off"] | None = None


class Ping(Struct, frozen=True):
    """Are you there? `at` is the sender's own clock, sent back as it came."""

    at: int


# -- from the server ----------------------------------------------------------------------------------------------


class Limits(Struct, frozen=True):
    """What one person may do; told in `welcome`, kept by the door."""

    frame: int = 262_144
    """Bytes of one frame and of one change: thirty full strokes."""
    ops: int = 5_000
    """Records that one change touches: a page of strokes, erased at once."""
    asset: int = 20_000_000
    """Bytes of one picture: a photo as a phone takes it."""
    records: int = 20_000
    """Of one student in the class: four full pages."""
    bytes: int = 64_000_000
    """Of one student in the class, and of their pictures."""
    changes_per_second: int = 100
    """Of one person; more are slowed, never lost."""
    live_per_second: int = 60
    """Live messages, and presence, of one person: as often as a screen shows them."""
    name: int = 40
    """Characters, as `records.Name`."""


class Welcome(Struct, frozen=True):
    """You are in. `resumed`: the changes since `last` follow; else a snapshot does."""

    class_id: str
    person: str
    role: Role
    tag: int
    """Public number of this window: entries that carry it are its own."""
    resumed: bool
    now: int
    limits: Limits
    version: str


class Snapshot(Struct, frozen=True):
    """A piece of the table as puts, deflated (zlib) over all pieces together; the last says where it stands."""

    seq: int
    mark: bytes
    last: bool
    data: bytes


class Seen(Struct, frozen=True):
    """One entry as a viewer gets it: only the operations that they may see."""

    seq: int
    tag: int
    number: int
    author: str
    time: int
    ops: Ops


class Changes(Struct, frozen=True):
    """Entries in order. A non-zero `upto` says that this viewer now has everything through it, under `mark`."""

    upto: int
    mark: bytes
    entries: tuple[Seen, ...]


class Confirm(Struct, frozen=True):
    """Your change was accepted before (a resend), or shows you nothing."""

    number: int
    seq: int


class Refuse(Struct, frozen=True):
    """Your change was not accepted; nothing of it happened."""

    number: int
    code: str
    parameters: dict[str, Any] = {}


class Here(Struct, frozen=True):
    """Who is connected: `all` replaces the list, `joined` and `left` change it."""

    all: tuple[str, ...] | None = None
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class Pong(Struct, frozen=True):
    """Answer to a ping: its `at`, and the server's time in milliseconds since 1970."""

    at: int
    now: int


class Reset(Struct, frozen=True):
    """Forget the table; a snapshot follows on this connection."""


class Bye(Struct, frozen=True):
    """The connection ends; `again` says whether to try again."""

    code: str
    reason: str
    again: bool


ClientMessage: TypeAlias = Hello | Change | LiveStart | LivePoints | LiveEnd | Presence | Ping
ServerMessage: TypeAlias = (
    Welcome
    | Snapshot
    | Changes
    | Confirm
    | Refuse
    | LiveStart
    | LivePoints
    | LiveEnd
    | Presence
    | Here
    | Pong
    | Reset
    | Bye
)
AnyMessage: TypeAlias = ClientMessage | ServerMessage
