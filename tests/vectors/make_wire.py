"""Writes the vectors that judge both readers of the wire: `python tests/vectors/make_wire.py`.

`wire-messages.json`: every kind of message and every operation, as bytes and as what they say. Bytes in the saying are
`{"hex": …}`; records have all their fields. `exact`: the browser must write the very same bytes (where there is JSON
inside, only the meaning must be the same). `wire-malformed.json`: bytes with the outcome for the server's strict
reading and a client's lenient one: `ok`, `skipped`, `bad-frame` or `bad-record`.
`tests/core/test_wire.py` and `labextension/src/core/wire.test.ts` read them.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from classroom.core import messages as m  # noqa: E402
from classroom.core import records as r  # noqa: E402
from classroom.core import wire  # noqa: E402

MARK = bytes.fromhex("0123456789abcdef")
POINTS = bytes.fromhex("0300080102030405")


def plain(value: Any) -> Any:
    """A message as JSON can say it."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, r.Unknown):
        return {"author": "", "time": 0, **value.fields}
    if not isinstance(value, msgspec.Struct):
        return value
    fields = {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, r.Record):
        return {"type": r.type_of(value), **fields}
    if isinstance(value, m.Put | m.Patch | m.Append | m.Remove):
        return {"op": type(value).__name__.lower(), **fields}
    if isinstance(value, m.Seen | m.Limits | m.Last | m.DraftFigure | r.Formula):
        return fields
    return {"kind": wire.KINDS[wire.write(value)[0]], **fields}  # type: ignore[arg-type]


INK = r.Ink(id="s1", page="page1", z="a1", points=POINTS)
FULL_INK = r.Ink(
    id="Stroke_-9",
    author="p12",
    time=1_750_000_000_123,
    page="page1",
    z="a1V",
    transform=(1, 0, 0, -1.5, 1e-3, -900),
    copy="p3",
    group="g",
    locked=True,
    tool="highlighter",
    colour="#0a1bff",
    width=0.0625,
    quantum=12,
    points=POINTS,
    times=b"\x00\x05\x07",
    part="s0",
)
LINES = (
    (40.5, 32, ((0, 17.25, "b", "a"), (17.25, 9, "math", "x^2"))),
    (80, 25.6, ((0, 18, "", "b\u2028 א"),)),
    (1, 1, ()),
)
FORMULAS = (r.Formula(source="x^2", width=1.02, ascent=0.8, descent=-0.01, path="M0 -5L12 7Q1 2 3 4C1 2 3 4 5 6Z"),)
RECORDS: list[r.Record] = [
    r.Class(id="class", title="Linear algebra, week 3: Gauß, 高斯 🧮", draw="all", page="page1", ended=5),
    r.Person(id="p1", name='Ana "B" \\ é', role="teacher", hand=2**53 - 1, draw="no", chat=False),
    r.Page(id="page1", order="a1", title="1", width=1234.5, pattern="grid", audience="each", locked=True, gone=True),
    r.Shape(id="h", page="page1", z="a2", kind="polygon", x=-1.5, y=2, w=0, h=1e6, corners=((0, 0), (1.25, -7))),
    r.TextBox(
        id="t", page="page1", z="a3", x=0, y=0, text="a\nb\u2028", lines=LINES, formulas=FORMULAS, align="centre"
    ),
    r.Note(id="n", page="page1", z="a4", x=1, y=1, transform=(1, 0, 0, 1, 5, 6)),
    r.Picture(id="i", page="page1", z="a5", x=1, y=1, w=2, h=3, asset="ab" * 32, alt="a plot"),
    r.Item(id="it", kind="poll", order="a1", options=("yes", "no"), open=False, solution="yes"),
    r.Response(id="re", item="it", state="answered", choice=(0, 1)),
    r.Cell(id="c", order="a1", source="print(1)", output="[]", state="running", count=7),
    r.Message(id="m", text="hello", to="staff"),
    INK,
    FULL_INK,
]
OPS: list[m.Op] = [
    *(m.Put(record) for record in RECORDS),
    m.Patch(("a", "b"), {"colour": "red", "locked": True, "transform": [1, 0, 0, 1, 2.5, 3]}),
    m.Append("it", "text", 70_000, "more é"),
    m.Remove(("a", "b")),
]
HUGE = 2**53 - 1


def named(op: m.Op) -> str:
    """What to call a vector of one operation."""
    return f"put {r.type_of(op.record)} {op.record.id}" if isinstance(op, m.Put) else type(op).__name__.lower()


MESSAGES: list[tuple[str, m.AnyMessage]] = [
    ("hello", m.Hello(1, "client-0123456789_ABCD", "abcdefghij.p1.secret", m.Last(7, MARK.hex()), 3)),
    ("hello of a newcomer", m.Hello(1, "client-0123456789_ABCD", "abcdefghij.p1.secret")),
    *((f"change: {named(op)}", m.Change(n, (op,))) for n, op in enumerate(OPS, 1)),
    ("change of everything", m.Change(HUGE, tuple(OPS))),
    ("change of nothing", m.Change(127, ())),
    ("ping", m.Ping(12345)),
    ("presence", m.Presence("p2", ("page1", 1.5, -2.25, "laser"), ("page1", 800, 450, 1600.5), "t", False)),
    ("presence on someone's private copy", m.Presence("p1", ("page1", 3, 4, "pen"), copy="p2")),
    ("presence hides the cursor", m.Presence("p2", "off")),
    ("presence says nothing", m.Presence()),
    (
        "presence with a figure that is being made",
        m.Presence(
            "p2",
            ("page1", 1, 2, "pen"),
            draft=m.DraftFigure(
                "d1",
                "page1",
                "polygon",
                -1.5,
                2,
                0,
                40.25,
                "p2",
                "#00ff7f",
                "sky",
                0.0625,
                "dotted",
                ((0, 0), (1, -0.5)),
            ),
        ),
    ),
    (
        "presence with a figure that leans",
        m.Presence("p1", draft=m.DraftFigure("d2", "page1", "line", 0, 0, 9, 9, transform=(1, 0.5, -0.5, 1, 3, 4))),
    ),
    ("presence says that a figure is not made any more", m.Presence("p1", draft="off")),
    ("live start", m.LiveStart(0, "s1", "page1", "", "pen", "magenta", 3, 4)),
    ("live start of another", m.LiveStart(16_384, "s1", "page1", "p3", "highlighter", "#00ff7f", 24.4375, 9, "p2")),
    ("live points", m.LivePoints(128, 300, bytes(range(20)))),
    ("live points without any", m.LivePoints(1, 0, b"")),
    ("live end", m.LiveEnd(128, True)),
    ("live end, not kept", m.LiveEnd(1, False)),
    ("welcome", m.Welcome("abcdefghij", "p1", "assistant", 9, True, 1_750_000_000_000, m.Limits(frame=1000), "0.1.0")),
    ("snapshot", m.Snapshot(300, MARK, False, b"\x78\x9c\x00")),
    ("snapshot, last", m.Snapshot(0, bytes(8), True, b"")),
    (
        "changes",
        m.Changes(
            12,
            MARK,
            (
                m.Seen(10, 3, 44, "p1", 1_750_000_000_000, tuple(OPS)),
                m.Seen(12, 0, 0, "", 0, ()),
            ),
        ),
    ),
    ("changes of ink", m.Changes(0, MARK, (m.Seen(HUGE, 1, 2, "p1", HUGE, (m.Put(INK), m.Put(FULL_INK))),))),
    ("changes that only say how far", m.Changes(2**32, MARK, ())),
    ("confirm", m.Confirm(5, 2**40)),
    ("refuse", m.Refuse(5, "quota", {"most": 20_000})),
    ("here", m.Here(("p1", "p2"))),
    ("here, moves", m.Here(None, ("p3",), ("p1",))),
    ("pong", m.Pong(12345, 1_750_000_000_000)),
    ("reset", m.Reset()),
    ("bye", m.Bye("going-away", "The teacher's Jupyter is restarting. Reconnecting…", True)),
]


def exact(value: m.AnyMessage) -> bool:
    """Is there no JSON in it?"""
    ops: list[m.Op] = []
    if isinstance(value, m.Change):
        ops = list(value.ops)
    elif isinstance(value, m.Changes):
        ops = [op for entry in value.entries for op in entry.ops]
    elif not isinstance(value, m.LiveStart | m.LivePoints | m.LiveEnd | m.Snapshot | m.Confirm):
        return False
    return all(isinstance(op, m.Put) and isinstance(op.record, r.Ink) for op in ops)


def change(code: int, body: bytes | str) -> bytes:
    """A change of one operation, whatever it holds."""
    data = body if isinstance(body, bytes) else body.encode()
    return wire.message(wire.CHANGE, b"\x01" + wire.message(code, data))


def said(kind: int, body: bytes | str) -> bytes:
    return wire.message(kind, body if isinstance(body, bytes) else body.encode())


def malformed() -> list[tuple[str, bytes]]:
    """Frames that are not as they should be, and a few that only look so."""
    ink = wire.write_ink(INK)
    full = wire.write_ink(FULL_INK)
    style = ink.index(POINTS) - 5  # colour, width in sixteenths, quantum, length: before the points
    nan = full.replace(struct.pack("<d", 1e-3), struct.pack("<d", float("nan")))
    start = wire.write(m.LiveStart(1, "s", "p", "", "pen", "ink", 3, 4))[2:]
    item = '{"type":"item","id":"i","kind":"poll","order":"a"'
    figure = '{"id":"d","page":"p","kind":"line","x":0,"y":0,"w":1,"h":1'
    note = '{"type":"note","id":"n","page":"p","z":"a1","x":1,"y":2'
    return [
        ("no message at all", b""),
        ("a kind without a length", b"\x02"),
        ("a length that does not end", b"\x02\x80"),
        ("a length past the end", b"\x02\x05abc"),
        ("a length of nine bytes", b"\x02" + b"\x80" * 8 + b"\x01"),
        ("a length of more than 53 bits", b"\x02" + b"\xff" * 7 + b"\x7f"),
        ("an enormous length", b"\x02" + wire.varint(HUGE) + b"x"),
        ("a kind that nobody knows", said(99, b"\xff\xfe")),
        ("kind 0", said(0, b"")),
        ("an empty change", said(wire.CHANGE, b"")),
        ("a change's number that does not end", said(wire.CHANGE, b"\xff")),
        ("an operation past the end", said(wire.CHANGE, b"\x01\x01\x09{}")),
        ("an operation without a length", said(wire.CHANGE, b"\x01\x01")),
        ("operation 0", change(0, "{}")),
        ("operation 9", change(9, "{}")),
        ("graves are not for the wire", change(wire.GRAVES, "{}")),
        ("a put that is not JSON", change(wire.PUT, "{")),
        ("a put that is not UTF-8", change(wire.PUT, b'{"type":"\xff"}')),
        ("a put of a list", change(wire.PUT, "[]")),
        ("a put of nothing", change(wire.PUT, "null")),
        ("a put with two values", change(wire.PUT, '{"type":"message","id":"m","text":"x"}{}')),
        ("a put without an id", change(wire.PUT, '{"type":"message","text":"x"}')),
        ("a put without a type", change(wire.PUT, '{"id":"m","text":"x"}')),
        ("a put whose type is a number", change(wire.PUT, '{"id":"m","type":5}')),
        ("a put whose id is a number", change(wire.PUT, '{"type":"message","id":5,"text":"x"}')),
        ("a put without what it must have", change(wire.PUT, '{"type":"message","id":"m"}')),
        ("a put of ink in JSON", change(wire.PUT, '{"type":"ink","id":"i","page":"p","z":"a1","points":"AA=="}')),
        ("a number where text belongs", change(wire.PUT, '{"type":"message","id":"m","text":5}')),
        ("text where a number belongs", change(wire.PUT, note + ',"w":"1"}')),
        ("null where text belongs", change(wire.PUT, note + ',"text":null}')),
        ("a transform of five", change(wire.PUT, note + ',"transform":[1,0,0,1,0]}')),
        ("a transform of words", change(wire.PUT, note + ',"transform":[1,0,0,1,0,"0"]}')),
        ("no transform", change(wire.PUT, note + ',"transform":null}')),
        ("a list of the wrong things", change(wire.PUT, item + ',"options":[1]}')),
        ("a type from the future", change(wire.PUT, '{"type":"hologram","id":"x","depth":[1,{"a":null}]}')),
        ("a type that every object has", change(wire.PUT, '{"type":"constructor","id":"x"}')),
        ("a field from the future", change(wire.PUT, note + ',"tilt":3}')),
        ("a patch of nobody", change(wire.PATCH, '{"ids":[],"fields":{}}')),
        ("a patch without ids", change(wire.PATCH, '{"fields":{}}')),
        ("a patch whose ids are numbers", change(wire.PATCH, '{"ids":[1],"fields":{}}')),
        ("a patch whose ids are text", change(wire.PATCH, '{"ids":"ab","fields":{}}')),
        ("a patch without fields", change(wire.PATCH, '{"ids":["a"]}')),
        ("a patch whose fields are a list", change(wire.PATCH, '{"ids":["a"],"fields":[]}')),
        ("an append before the beginning", change(wire.APPEND, '{"id":"a","field":"text","at":-1,"text":"x"}')),
        ("an append at a half", change(wire.APPEND, '{"id":"a","field":"text","at":0.5,"text":"x"}')),
        ("an append of nothing", change(wire.APPEND, '{"id":"a","field":"text","at":0}')),
        ("an append to a number", change(wire.APPEND, '{"id":"a","field":5,"at":0,"text":"x"}')),
        ("a remove of nobody", change(wire.REMOVE, '{"ids":[]}')),
        ("a remove of text", change(wire.REMOVE, '{"ids":"a"}')),
        ("ink of no bytes", change(wire.INK, b"")),
        ("ink with unknown flags", change(wire.INK, b"\x40" + ink[1:])),
        ("ink of an unknown tool", change(wire.INK, ink[:1] + b"\x02" + ink[2:])),
        ("ink of an unknown colour", change(wire.INK, ink[: style + 1] + b"\x08" + ink[style + 2 :])),
        ("ink cut off", change(wire.INK, ink[:-1])),
        ("ink with rubbish behind it", change(wire.INK, ink + b"\x00")),
        ("ink without its points", change(wire.INK, wire.write_ink(INK)[: -len(POINTS) - 1] + b"\x00")),
        ("ink whose id is not UTF-8", change(wire.INK, ink[:2] + b"\x02\xff\xfe" + ink[5:])),
        ("ink with no number in its transform", change(wire.INK, nan)),
        ("a hello that is not JSON", said(wire.HELLO, "hello")),
        ("a hello without a token", said(wire.HELLO, '{"protocol":1,"client":"client-0123456789"}')),
        ("a ping of a word", said(wire.PING, '{"at":"now"}')),
        ("a presence with half a cursor", said(wire.PRESENCE, '{"cursor":["p",1]}')),
        ("a presence whose cursor is a word", said(wire.PRESENCE, '{"cursor":"on"}')),
        ("a presence whose view is too long", said(wire.PRESENCE, '{"view":["p",1,2,3,4]}')),
        ("a presence on the copy of a number", said(wire.PRESENCE, '{"copy":7}')),
        ("a presence that types a word", said(wire.PRESENCE, '{"typing":"yes"}')),
        ("a figure of few words", said(wire.PRESENCE, '{"draft":' + figure + "}}")),
        ("a figure that is a word", said(wire.PRESENCE, '{"draft":"on"}')),
        ("a figure that is a list", said(wire.PRESENCE, '{"draft":[]}')),
        ("a figure on no page", said(wire.PRESENCE, '{"draft":' + figure.replace("page", "pages") + "}}")),
        ("a figure without a height", said(wire.PRESENCE, '{"draft":' + figure.replace(',"h":1', "") + "}}")),
        ("a figure as wide as a word", said(wire.PRESENCE, '{"draft":' + figure + ',"width":"3"}}')),
        ("a figure with a corner of three", said(wire.PRESENCE, '{"draft":' + figure + ',"corners":[[0,0,0]]}}')),
        ("a figure with half a transform", said(wire.PRESENCE, '{"draft":' + figure + ',"transform":[1,0,0]}}')),
        ("a live start of an unknown tool", said(wire.LIVE_START, start[:-4] + b"\x02" + start[-3:])),
        ("a live start with rubbish behind it", said(wire.LIVE_START, start + b"\x00")),
        ("a live start cut off", said(wire.LIVE_START, start[:-1])),
        ("live points without a place", said(wire.LIVE_POINTS, b"\x01")),
        ("a live end with rubbish behind it", said(wire.LIVE_END, b"\x01\x01\x00")),
        ("a live end cut off", said(wire.LIVE_END, b"\x01")),
        ("a welcome that says nothing", said(wire.WELCOME, "{}")),
        ("a snapshot with half a mark", said(wire.SNAPSHOT, b"\x01" + MARK[:4])),
        ("changes with half a mark", said(wire.CHANGES, b"\x01" + MARK[:4])),
        ("changes with half an entry", said(wire.CHANGES, b"\x01" + MARK + b"\x01\x01\x01")),
        ("an entry with a bad operation", said(wire.CHANGES, b"\x01" + MARK + b"\x01\x01\x01\x00\x01\x02\x09\x00")),
        ("a confirm with rubbish behind it", said(wire.CONFIRM, b"\x01\x01\x01")),
        ("a refusal without a number", said(wire.REFUSE, '{"code":"quota"}')),
        ("here is a word", said(wire.HERE, '{"all":"p1"}')),
        ("here are numbers", said(wire.HERE, '{"joined":[1]}')),
        ("a pong without a time", said(wire.PONG, '{"at":1}')),
        ("a reset that is a list", said(wire.RESET, "[]")),
        ("a bye without a reason", said(wire.BYE, '{"code":"ended","again":false}')),
        ("a good message, then half a one", wire.write(m.Confirm(1, 1)) + b"\x13\x02\x01"),
    ]


def outcome(frame: bytes, lenient: bool) -> str:
    """What reading a frame comes to; of several messages, the worst."""
    try:
        raws = list(wire.split(frame))
    except wire.BadFrame:
        return "bad-frame"
    try:
        return "skipped" if None in [wire.read(raw, lenient) for raw in raws] else "ok"
    except wire.BadRecord:
        return "bad-record"


def generate() -> dict[str, str]:
    """File name -> content."""
    good = [
        {"name": name, "exact": exact(value), "hex": wire.write(value).hex(), "says": plain(value)}
        for name, value in MESSAGES
    ]
    bad = [
        {"name": name, "hex": frame.hex(), "server": outcome(frame, False), "client": outcome(frame, True)}
        for name, frame in malformed()
    ]
    return {
        "wire-messages.json": json.dumps(good, ensure_ascii=False, indent=1) + "\n",
        "wire-malformed.json": json.dumps(bad, ensure_ascii=False, indent=1) + "\n",
    }


if __name__ == "__main__":
    for file, text in generate().items():
        (HERE / file).write_text(text, encoding="utf-8")
