"""How messages are written: frames, varints, operations, ink. The twin is `labextension/src/core/wire.ts`.

A frame is one or more messages end to end: `u8 kind, varint length, body`. Bodies are JSON, except where ink and
positions in the log make most of the bytes. Reading is total: anything else than what is described here raises
`BadFrame` (the framing itself is broken) or `BadRecord` (a readable message whose content does not fit). Nothing is
allocated from a length that the buffer does not hold. This module knows no rule of who may do what.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from classroom.core import messages as m
from classroom.core.errors import BadFrame, BadRecord
from classroom.core.records import PALETTE, TYPES, AnyRecord, Ink, Record, Unknown

KINDS: dict[int, str] = {
    1: "hello",
    2: "change",
    3: "ping",
    4: "presence",
    8: "live-start",
    9: "live-points",
    10: "live-end",
    16: "welcome",
    17: "snapshot",
    18: "changes",
    19: "confirm",
    20: "refuse",
    21: "here",
    22: "pong",
    23: "reset",
    24: "bye",
}
"""Kind number -> name. 1-7 come from clients, 8-10 both ways, 16 and up from the server; `presence` both ways."""
HELLO, CHANGE, PING, PRESENCE = 1, 2, 3, 4
LIVE_START, LIVE_POINTS, LIVE_END = 8, 9, 10
WELCOME, SNAPSHOT, CHANGES, CONFIRM, REFUSE, HERE, PONG, RESET, BYE = range(16, 25)

PUT, PATCH, APPEND, REMOVE, INK, GRAVES = range(1, 7)
"""Operation codes. GRAVES (authors of removed ids) stands in stored snapshots only."""

TOOLS = ("pen", "highlighter")
MARK = 8
"""Bytes of a mark."""
_TRANSFORM = struct.Struct("<6d")
_F_TRANSFORM, _F_TIMES, _F_COPY, _F_GROUP, _F_LOCKED, _F_PART = 1, 2, 4, 8, 16, 32

_decode_record = msgspec.json.Decoder(AnyRecord).decode
_decode_patch = msgspec.json.Decoder(m.Patch).decode
_decode_append = msgspec.json.Decoder(m.Append).decode
_decode_remove = msgspec.json.Decoder(m.Remove).decode
_json = msgspec.json.Encoder().encode


# -- primitives ---------------------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    """Unsigned LEB128: seven bits a byte, low first, at most 8 bytes (53 bits, what JavaScript can count)."""
    if value < 0x80:
        return bytes((value,)) if value >= 0 else _negative(value)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _negative(value: int) -> bytes:
    raise ValueError(f"varints are unsigned: {value}")


def _sized(data: bytes) -> bytes:
    return varint(len(data)) + data


def _text(value: str) -> bytes:
    return _sized(value.encode())


class Reader:
    """A cursor over bytes that never reads past its end."""

    __slots__ = ("data", "end", "error", "pos")

    def __init__(self, data: bytes, error: type[Exception] = BadRecord) -> None:
        self.data, self.pos, self.end, self.error = data, 0, len(data), error

    def u8(self) -> int:
        if self.pos >= self.end:
            raise self.error("message ends early")
        self.pos += 1
        return self.data[self.pos - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value > 2**53 - 1:
                    raise self.error("number too large")
                return value
            shift += 7
            if shift > 49:
                raise self.error("number too long")

    def take(self, count: int) -> bytes:
        if count > self.end - self.pos:
            raise self.error("message ends early")
        self.pos += count
        return self.data[self.pos - count : self.pos]

    def sized(self) -> bytes:
        return self.take(self.varint())

    def text(self) -> str:
        try:
            return self.sized().decode()
        except UnicodeDecodeError:
            raise self.error("text is not UTF-8") from None

    def done(self) -> None:
        if self.pos != self.end:
            raise self.error("trailing bytes")


# -- frames -------------------------------------------------------------------------------------------------------


def message(kind: int, body: bytes) -> bytes:
    """One message, ready to be laid into a frame."""
    return bytes((kind,)) + _sized(body)


class Raw(NamedTuple):
    """A message whose body has not been read."""

    kind: int
    body: bytes


def split(frame: bytes) -> Iterator[Raw]:
    """The messages of a frame. Raises `BadFrame` when a kind or a length does not fit."""
    reader = Reader(frame, BadFrame)
    while reader.pos < reader.end:
        kind = reader.u8()
        yield Raw(kind, reader.sized())


# -- records and operations ---------------------------------------------------------------------------------------


def write_ink(ink: Ink) -> bytes:
    """A stroke's binary body. Optional parts stand behind a flag each, in the order of the flags."""
    flags = (
        (_F_TRANSFORM if ink.transform is not None else 0)
        | (_F_TIMES if ink.times else 0)
        | (_F_COPY if ink.copy else 0)
        | (_F_GROUP if ink.group else 0)
        | (_F_LOCKED if ink.locked else 0)
        | (_F_PART if ink.part else 0)
    )
    parts = [
        bytes((flags, TOOLS.index(ink.tool))),
        _text(ink.id),
        _text(ink.author),
        varint(ink.time),
        _text(ink.page),
        _text(ink.z),
        write_style(ink.colour, ink.width, ink.quantum),
        _sized(ink.points),
    ]
    if ink.transform is not None:
        parts.append(_TRANSFORM.pack(*ink.transform))
    if ink.times:
        parts.append(_sized(ink.times))
    parts.extend(_text(text) for text in (ink.copy, ink.group) if text)
    if ink.part:
        parts.append(_text(ink.part))
    return b"".join(parts)


def write_style(colour: str, width: float, quantum: int) -> bytes:
    """Colour (palette number, or 255 and r, g, b), width in sixteenths of a board unit, quantum."""
    named = bytes((PALETTE.index(colour),)) if colour in PALETTE else b"\xff" + bytes.fromhex(colour[1:])
    return named + varint(round(width * 16)) + bytes((quantum,))


def read_style(reader: Reader) -> tuple[str, float, int]:
    """The inverse of `write_style`."""
    number = reader.u8()
    if number < len(PALETTE):
        colour = PALETTE[number]
    elif number == 255:
        colour = "#" + reader.take(3).hex()
    else:
        raise BadRecord("unknown colour")
    return colour, reader.varint() / 16, reader.u8()


def read_ink(body: bytes) -> Ink:
    """The inverse of `write_ink`, validated against the schema. Raises `BadRecord`. Points are checked by policy."""
    reader = Reader(body)
    flags, tool = reader.u8(), reader.u8()
    if flags > 63 or tool >= len(TOOLS):
        raise BadRecord("unknown flags or tool")
    fields: dict[str, Any] = {
        "tool": TOOLS[tool],
        "id": reader.text(),
        "author": reader.text(),
        "time": reader.varint(),
        "page": reader.text(),
        "z": reader.text(),
    }
    fields["colour"], fields["width"], fields["quantum"] = read_style(reader)
    fields["points"] = reader.sized()
    if flags & _F_TRANSFORM:
        fields["transform"] = _TRANSFORM.unpack(reader.take(_TRANSFORM.size))
    if flags & _F_TIMES:
        fields["times"] = reader.sized()
    if flags & _F_COPY:
        fields["copy"] = reader.text()
    if flags & _F_GROUP:
        fields["group"] = reader.text()
    if flags & _F_LOCKED:
        fields["locked"] = True
    if flags & _F_PART:
        fields["part"] = reader.text()
    reader.done()
    made: Ink = convert(Ink, fields)
    return made


def convert(cls: type[Any], value: Any) -> Any:
    """`value` as `cls`, validated; `BadRecord` says which field does not fit. Not-a-number never fits."""
    try:
        made: Any = msgspec.convert(value, cls)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadRecord(str(error)) from None
    transform = getattr(made, "transform", None)
    if transform is not None and any(v != v for v in transform):
        raise BadRecord("not a number in transform")
    return made


def read_record(body: bytes, lenient: bool = False) -> Record:
    """A record from JSON. `lenient` (a client reading its server) keeps an unknown type as `Unknown`."""
    try:
        record: Record = _decode_record(body)
        if isinstance(record, Ink):
            raise BadRecord("ink travels in binary")
        return record
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        if lenient:
            return _lenient(body)
        raise BadRecord(str(error)) from None


def _lenient(body: bytes) -> Record:
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadRecord(str(error)) from None
    if not isinstance(fields, dict) or not (isinstance(fields.get("id"), str) and isinstance(fields.get("type"), str)):
        raise BadRecord("not a record")
    cls = TYPES.get(str(fields.get("type")))
    if cls is not None:
        known = set(cls.__struct_fields__) | {"type"}
        if set(fields) - known:
            return _lenient(_json({k: v for k, v in fields.items() if k in known}))
        record: Record = convert(cls, fields)
        return record
    return Unknown(id=fields["id"], author=str(fields.get("author", "")), fields=fields)


def write_op(op: m.Op) -> bytes:
    """`u8 code, varint length, body`."""
    if isinstance(op, m.Put):
        if isinstance(op.record, Ink):
            return message(INK, write_ink(op.record))
        return message(PUT, _json(op.record))
    if isinstance(op, m.Patch):
        return message(PATCH, _json(op))
    if isinstance(op, m.Append):
        return message(APPEND, _json(op))
    return message(REMOVE, _json(op))


def read_op(code: int, body: bytes, lenient: bool = False) -> m.Op:
    """The inverse of `write_op`, given code and body. Raises `BadRecord`."""
    try:
        if code == INK:
            return m.Put(read_ink(body))
        if code == PUT:
            return m.Put(read_record(body, lenient))
        if code == PATCH:
            return _decode_patch(body)
        if code == APPEND:
            return _decode_append(body)
        if code == REMOVE:
            return _decode_remove(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadRecord(str(error)) from None
    raise BadRecord(f"unknown operation {code}")


def write_ops(ops: Iterable[m.Op]) -> bytes:
    """Operations end to end, as they stand in a change, in the log and in a snapshot."""
    return b"".join(map(write_op, ops))


def read_ops(data: bytes, lenient: bool = False) -> m.Ops:
    """The inverse of `write_ops`. Raises `BadRecord`."""
    reader = Reader(data)
    ops = []
    while reader.pos < reader.end:
        code = reader.u8()
        ops.append(read_op(code, reader.sized(), lenient))
    return tuple(ops)


# -- messages from the client -------------------------------------------------------------------------------------


def _struct(cls: type[Any], body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=cls)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise BadRecord(str(error)) from None


def change_number(body: bytes) -> int:
    """The number of a change whose operations may be unreadable, so that it can be refused by number."""
    return Reader(body, BadFrame).varint()


def read_change(body: bytes, lenient: bool = False) -> m.Change:
    """`varint number, ops`."""
    reader = Reader(body)
    number = reader.varint()
    return m.Change(number, read_ops(body[reader.pos :], lenient))


def _read_live_start(body: bytes) -> m.LiveStart:
    reader = Reader(body)
    fields: dict[str, Any] = {
        "handle": reader.varint(),
        "person": reader.text(),
        "id": reader.text(),
        "page": reader.text(),
        "copy": reader.text(),
    }
    tool = reader.u8()
    if tool >= len(TOOLS):
        raise BadRecord("unknown tool")
    fields["tool"] = TOOLS[tool]
    fields["colour"], fields["width"], fields["quantum"] = read_style(reader)
    reader.done()
    start: m.LiveStart = convert(m.LiveStart, fields)
    return start


def _read_live_points(body: bytes) -> m.LivePoints:
    reader = Reader(body)
    return m.LivePoints(reader.varint(), reader.varint(), body[reader.pos :])


def _read_live_end(body: bytes) -> m.LiveEnd:
    reader = Reader(body)
    end = m.LiveEnd(reader.varint(), reader.u8() == 1)
    reader.done()
    return end


def _read_seen(reader: Reader, lenient: bool) -> m.Seen:
    seq, tag, number, author, time = (
        reader.varint(),
        reader.varint(),
        reader.varint(),
        reader.text(),
        reader.varint(),
    )
    return m.Seen(seq, tag, number, author, time, read_ops(reader.sized(), lenient))


def _read_changes(body: bytes, lenient: bool) -> m.Changes:
    reader = Reader(body)
    upto, mark = reader.varint(), reader.take(MARK)
    entries = []
    while reader.pos < reader.end:
        entries.append(_read_seen(reader, lenient))
    return m.Changes(upto, mark, tuple(entries))


def _read_snapshot(body: bytes) -> m.Snapshot:
    reader = Reader(body)
    seq, mark, last = reader.varint(), reader.take(MARK), reader.u8() == 1
    return m.Snapshot(seq, mark, last, body[reader.pos :])


def _read_confirm(body: bytes) -> m.Confirm:
    reader = Reader(body)
    confirm = m.Confirm(reader.varint(), reader.varint())
    reader.done()
    return confirm


_STRUCTS: dict[int, type[Any]] = {
    HELLO: m.Hello,
    PING: m.Ping,
    PRESENCE: m.Presence,
    WELCOME: m.Welcome,
    REFUSE: m.Refuse,
    HERE: m.Here,
    PONG: m.Pong,
    RESET: m.Reset,
    BYE: m.Bye,
}
_KIND_OF: dict[type[Any], int] = {cls: kind for kind, cls in _STRUCTS.items()}


def read(raw: Raw, lenient: bool = False) -> m.AnyMessage | None:
    """A typed message, or None for a kind that this version does not know. Raises `BadRecord`.

    `lenient` is for clients, which keep unknown record types and drop unknown fields of known ones.
    """
    if raw.kind in _STRUCTS:
        made: m.AnyMessage = _struct(_STRUCTS[raw.kind], raw.body)
        return made
    if raw.kind == CHANGE:
        return read_change(raw.body, lenient)
    if raw.kind == CHANGES:
        return _read_changes(raw.body, lenient)
    if raw.kind == SNAPSHOT:
        return _read_snapshot(raw.body)
    if raw.kind == CONFIRM:
        return _read_confirm(raw.body)
    if raw.kind == LIVE_START:
        return _read_live_start(raw.body)
    if raw.kind == LIVE_POINTS:
        return _read_live_points(raw.body)
    if raw.kind == LIVE_END:
        return _read_live_end(raw.body)
    return None


def write(value: m.AnyMessage) -> bytes:
    """A message as it stands in a frame; the inverse of `read` on a single message."""
    kind = _KIND_OF.get(type(value))
    if kind is not None:
        return message(kind, _json(value))
    if isinstance(value, m.Change):
        return message(CHANGE, varint(value.number) + write_ops(value.ops))
    if isinstance(value, m.Changes):
        return message(CHANGES, varint(value.upto) + value.mark + b"".join(map(write_seen, value.entries)))
    if isinstance(value, m.Snapshot):
        return message(SNAPSHOT, varint(value.seq) + value.mark + bytes((value.last,)) + value.data)
    if isinstance(value, m.Confirm):
        return message(CONFIRM, varint(value.number) + varint(value.seq))
    if isinstance(value, m.LiveStart):
        head = varint(value.handle) + b"".join(map(_text, (value.person, value.id, value.page, value.copy)))
        style = write_style(value.colour, value.width, value.quantum)
        return message(LIVE_START, head + bytes((TOOLS.index(value.tool),)) + style)
    if isinstance(value, m.LivePoints):
        return message(LIVE_POINTS, varint(value.handle) + varint(value.at) + value.data)
    if isinstance(value, m.LiveEnd):
        return message(LIVE_END, varint(value.handle) + bytes((value.kept,)))
    raise TypeError(f"not a message: {type(value).__name__}")


def write_seen(entry: m.Seen) -> bytes:
    """One entry of a `changes` body."""
    head = varint(entry.seq) + varint(entry.tag) + varint(entry.number) + _text(entry.author) + varint(entry.time)
    return head + _sized(write_ops(entry.ops))
