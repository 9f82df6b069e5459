"""The pure half of the client: ticks whole or not at all, pending on top, a newer server's words survived."""

from __future__ import annotations

import json
import zlib

import pytest

from classroom import session as s
from classroom.core import messages as m
from classroom.core import wire
from classroom.core.errors import BadFrame
from classroom.core.records import Class, Item, Page, Person, Record, Unknown

TAG = 7
MARK = bytes(range(8))


def item(id: str, text: str = "") -> Item:
    return Item(id=id, kind="note", order="a1", text=text, author="p1", time=5)


def welcome(resumed: bool = False) -> bytes:
    return wire.write(m.Welcome("abcdefghij", "p1", "teacher", TAG, resumed, 0, m.Limits(), ""))


def snapshot(*records: Record, seq: int = 0, pieces: int = 1) -> bytes:
    data = zlib.compress(wire.write_ops(m.Put(record) for record in records))
    size = -(-len(data) // pieces)
    cut = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(wire.write(m.Snapshot(seq, MARK, i == len(cut) - 1, part)) for i, part in enumerate(cut))


def changes(upto: int, *entries: m.Seen) -> bytes:
    return wire.write(m.Changes(upto, MARK, entries))


def seen(seq: int, *ops: m.Op, tag: int = 0, number: int = 0) -> m.Seen:
    return m.Seen(seq, tag, number, "p1", 5, ops)


def entered(*records: Record) -> s.Session:
    session = s.Session("window-window-window")
    session.hello("token")
    people = (Class(id="class"), Person(id="p1", name="Ana", role="teacher", author="p1"))
    session.receive(welcome() + snapshot(*people, *records) + wire.write(m.Here(all=("p1",))))
    return session


def kinds(events: list[s.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_ready_when_here_has_come() -> None:
    """SPEC 5.3"""
    session = s.Session("window-window-window")
    assert kinds(session.receive(welcome())) == ["Entered"]
    assert kinds(session.receive(snapshot(item("a"), seq=3, pieces=4))) == ["Loaded"]
    assert not session.ready
    session.receive(changes(4, seen(4, m.Put(item("b")))))
    session.receive(wire.write(m.Here(all=("p1", "p2"))))
    assert session.ready
    assert session.here == {"p1", "p2"}
    assert session.seq == 4
    assert session.view().get("b") == item("b")


def test_half_a_tick_is_not_seen() -> None:
    """SPEC 5.7"""
    session = entered()
    assert session.receive(changes(0, seen(1, m.Put(item("a"))))) == []
    assert session.view().get("a") is None
    assert session.seq == 0
    assert kinds(session.receive(changes(1, seen(1, m.Put(item("b")))))) == ["Changed"]
    assert session.view().get("a") == item("a")
    session.receive(changes(0, seen(2, m.Put(item("c")))))
    session.hello("token")  # the connection broke: what had come of the tick comes again
    session.receive(welcome(resumed=True) + changes(2, seen(2, m.Put(item("c")))))
    assert session.view().get("c") == item("c")


def test_an_own_change_is_confirmed_with_its_tick() -> None:
    """SPEC 5.8"""
    session = entered()
    number, message = session.change([m.Put(item("a", "mine"))], now=9)
    assert wire.read(next(iter(wire.split(message)))) == m.Change(number, session.pending[number])
    own = seen(1, m.Put(item("a", "mine")), tag=TAG, number=number)
    assert session.receive(changes(0, own)) == []
    assert session.receive(changes(1))[0] == s.Changed((own,))
    assert session.pending == {}
    other = seen(2, m.Put(item("b")), tag=TAG + 1, number=number + 1)
    session.change([m.Put(item("c"))], now=9)
    assert kinds(session.receive(changes(2, other))) == ["Changed"], "another window's number is not mine"
    assert len(session.pending) == 1


def test_a_confirm_waits_for_what_it_confirms() -> None:
    """SPEC 3.2: a resend is answered at once, the entry itself may still be under way."""
    session = entered()
    number, _ = session.change([m.Put(item("a"))], now=9)
    assert session.receive(wire.write(m.Confirm(number, 1))) == []
    assert session.view().get("a") is not None
    assert kinds(session.receive(changes(1, seen(1, m.Put(item("a")), tag=TAG, number=number)))) == [
        "Changed",
        "Confirmed",
    ]
    assert session.receive(wire.write(m.Confirm(number, 1))) == []


def test_refused_is_taken_back_and_others_stay() -> None:
    """SPEC 3.3"""
    session = entered(item("x", "old"))
    first, _ = session.change([m.Patch(("x",), {"text": "mine"})], now=9)
    second, _ = session.change([m.Append("x", "text", 4, " too")], now=9)
    assert session.view().get("x").text == "mine too"
    (refused,) = session.receive(wire.write(m.Refuse(first, "forbidden")))
    assert (refused.number, refused.refusal.reason) == (first, "forbidden")
    assert session.view().get("x").text == "old", "what no longer fits is not shown"
    assert list(session.pending) == [second]
    (unknown,) = session.receive(wire.write(m.Refuse(second, "from-the-future", {"n": 1})))
    assert unknown.refusal.reason == "from-the-future"
    assert str(unknown.refusal)


def test_pending_stays_on_top_of_what_others_do() -> None:
    session = entered(item("x", "old"))
    session.change([m.Patch(("x",), {"text": "mine"})], now=9)
    session.receive(changes(1, seen(1, m.Patch(("x",), {"text": "theirs", "title": "T"}))))
    shown = session.view().get("x")
    assert (shown.text, shown.title) == ("mine", "T")
    assert session.table.get("x").text == "theirs"


def test_hello_names_what_is_known_and_pending() -> None:
    """SPEC 5.3, 3.1"""
    session = entered()
    session.change([m.Put(item("a"))], now=9)
    session.change([m.Put(item("b"))], now=9)
    session.receive(wire.write(m.Refuse(1, "forbidden")) + changes(6))
    hello = wire.read(next(iter(wire.split(session.hello("token")))))
    assert hello == m.Hello(1, session.client, "token", m.Last(6, MARK.hex()), 2)
    assert len(session.unconfirmed()) == 1
    session.doubt()
    assert wire.read(next(iter(wire.split(session.hello("token"))))).last is None


def test_a_reset_replaces_the_table() -> None:
    session = entered(item("a"))
    session.receive(changes(0, seen(1, m.Put(item("half")))))
    session.receive(wire.write(m.Reset()) + snapshot(item("b"), seq=8))
    assert [r.id for r in session.table] == ["b"]
    assert session.seq == 8
    session.receive(changes(8, seen(8, m.Put(item("old")))))
    assert session.table.get("old") is None, "what the snapshot holds is not applied twice"


def test_a_newer_server_is_survived() -> None:
    """SPEC 5.2: unknown kinds are skipped, unknown types and fields kept or dropped."""
    session = entered(item("x"))
    future = json.dumps({"type": "hologram", "id": "h", "author": "p1", "depth": 3}).encode()
    put = wire.message(wire.PUT, future)
    body = wire.varint(1) + MARK + wire.varint(1) + wire.varint(0) + wire.varint(0) + b"\2p1" + wire.varint(5)
    frame = wire.message(99, b"???") + wire.message(wire.CHANGES, body + wire.varint(len(put)) + put)
    assert kinds(session.receive(frame)) == ["Changed"]
    assert isinstance(session.table.get("h"), Unknown)
    session.receive(changes(2, seen(2, m.Patch(("x", "h"), {"title": "new", "glow": 1}))))
    assert session.table.get("x").title == "new"
    assert session.seq == 2


@pytest.mark.parametrize(
    "frame",
    [
        b"\x12",
        b"\x12\xff\xff",
        wire.message(wire.CHANGES, b"\1"),
        wire.message(wire.WELCOME, b"{}"),
        wire.write(m.Snapshot(1, MARK, True, b"no zlib")),
        wire.write(m.Snapshot(1, MARK, True, zlib.compress(b"no operations"))),
    ],
)
def test_what_cannot_be_read_changes_nothing(frame: bytes) -> None:
    session = entered(item("x"))
    with pytest.raises(BadFrame):
        session.receive(frame)
    assert session.table.get("x") == item("x")


def test_a_snapshot_that_never_ends_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s, "SNAPSHOT_BYTES", 10_000)
    session = s.Session("window-window-window")
    session.receive(welcome())
    with pytest.raises(BadFrame, match="too large"):
        session.receive(wire.write(m.Snapshot(1, MARK, False, zlib.compress(bytes(1_000_000)))))


def test_own_puts_look_as_they_will() -> None:
    session = entered()
    session.change([m.Put(Page(id="n", order="a2"))], now=123)
    made = session.view().get("n")
    assert (made.author, made.time) == ("p1", 123)
