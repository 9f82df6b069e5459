"""Bad input: each gets a reason with a code, changes nothing, and a second client goes on unharmed."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import table, wire
from classroom.core.order import FIRST
from classroom.core.records import Ink, Item, Message, Note, Person
from tests.server.peer import Peer, note


@pytest.fixture
def lesson(io_loop: Any, server: Any) -> Any:
    """A class with a teacher and a student who may draw; `unharmed` proves that the class goes on."""
    return io_loop.run_sync(lambda: Lesson.make(server))


class Lesson:
    @classmethod
    async def make(cls, server: Any) -> Lesson:
        self = cls()
        self.server = server
        self.entered = await server.enter()
        self.teacher = await server.connect(self.entered)
        self.ticket = await server.join(self.entered, "Ana")
        self.ana = await server.connect(self.ticket)
        await self.teacher.decided(await self.teacher.change(m.Patch(("class",), {"draw": "all"})))
        await self.ana.sync(self.teacher.upto)
        self.before = self.records()
        return self

    def records(self) -> list[Any]:
        return list(self.server.hub(self.entered).room.table)

    async def unharmed(self) -> None:
        """Nothing was changed, and both who were there still draw and see."""
        assert self.records() == self.before
        for name, peer, other in (("t", self.teacher, self.ana), ("a", self.ana, self.teacher)):
            decided = await peer.decided(await peer.change(note(f"after-{name}")))
            assert isinstance(decided, m.Changes), decided
            await other.sync(peer.upto)
            assert other.table.get(f"after-{name}") is not None


# -- hello ------------------------------------------------------------------------------------------------------------


async def said(server: Any, frame: bytes | str) -> tuple[Any, int]:
    peer = Peer(await server.socket(), "x" * 24)
    await peer.socket.write_message(frame, binary=isinstance(frame, bytes))
    return await peer.bye()


def hello(token: str, **more: Any) -> bytes:
    return wire.write(m.Hello(**{"protocol": m.PROTOCOL, "client": "c" * 24, "token": token, **more}))


async def test_wrong_token(lesson: Any) -> None:
    good = lesson.ticket["token"]
    class_id, person, secret = good.split(".")
    wrong = [
        "",
        "x",
        "a.b.c",
        "..",
        good[:-1],
        good + "x",
        f"{class_id}.p1.{secret}",
        f"{class_id}..{secret}",
        f"aaaaaaaaaa.{person}.{secret}",
        f"../../etc.{person}.{secret}",
        "é.ü.ö",
        good.upper(),
    ]
    for token in wrong:
        bye, code = await said(lesson.server, hello(token))
        assert (bye.code, code, bye.again) == ("bad-token", 4001, False), token
    await lesson.unharmed()


async def test_revoked_token(lesson: Any) -> None:
    bob = await lesson.server.join(lesson.entered, "Bob")
    window = await lesson.server.connect(bob)
    await lesson.teacher.until(lambda v: isinstance(v, m.Here) and bob["person"] in v.joined)
    lesson.before = lesson.records()
    path = f"classroom/api/people/{bob['person']}/remove"
    refused = await lesson.server.call(path, {}, status=403, X_Classroom_Token=lesson.ticket["token"])
    assert refused["code"] == "forbidden"
    await lesson.server.call(path, {}, X_Classroom_Token=lesson.entered["token"])
    bye, code = await window.bye()
    assert (bye.code, code) == ("removed", 4004)
    bye, code = await said(lesson.server, hello(bob["token"]))
    assert (bye.code, code) == ("bad-token", 4001)
    assert (await lesson.server.call("classroom/api/code", {}, status=401, X_Classroom_Token=bob["token"]))["code"]
    await lesson.unharmed()


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\x01",
        b"\x01\xff",
        wire.message(wire.PING, b'{"at":1}'),
        "text",
        wire.message(wire.HELLO, b"{"),
        wire.message(wire.HELLO, b"[]"),
        wire.message(wire.HELLO, b'{"protocol":1}'),
        wire.message(wire.HELLO, b"\xff\xfe"),
        wire.message(wire.HELLO, b'{"a":' + b"[" * 2000),
        hello("t" * 5000),
        hello("x", client="short"),
    ],
)
async def test_bad_hello(lesson: Any, frame: Any) -> None:
    """SPEC 5.3, 5.14: the reason is said before the close, which carries its code."""
    bye, code = await said(lesson.server, frame)
    assert (bye.code, code) in (("bad-hello", 4003), ("bad-frame", 4002))
    await lesson.unharmed()


async def test_hello_of_another_protocol_is_told_to_upgrade(lesson: Any) -> None:
    frame = wire.message(wire.HELLO, b'{"protocol": 999, "whatever": {}}')
    bye, code = await said(lesson.server, frame)
    assert (bye.code, code) == ("upgrade", 4007)
    await lesson.unharmed()


async def test_unknown_class(lesson: Any) -> None:
    body = {"class": "zzzzzzzzzz", "secret": "x" * 27, "name": "Bob"}
    assert (await lesson.server.call("classroom/api/join", body, status=403))["code"] == "bad-link"
    looked = await lesson.server.call("classroom/api/look?class=zzzzzzzzzz", method="GET", status=404)
    assert looked["code"] == "no-class"
    await lesson.unharmed()


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("Ana", 409, "name-taken"),
        ("  aNA ", 409, "name-taken"),
        ("A\u202ena", 409, "name-taken"),
        ("", 400, "name-length"),
        (" \t\n", 400, "name-length"),
        ("\u200b\u2066\u3164", 400, "name-length"),
        ("x" * 41, 400, "name-length"),
        ("x" * 10_000, 400, "name-length"),
        ("é" * 41, 400, "name-length"),
    ],
)
async def test_names_that_do_not_enter(lesson: Any, name: str, status: int, code: str) -> None:
    refused = await lesson.server.join(lesson.entered, name, status=status)
    assert refused["code"] == code
    assert refused["sentence"]
    await lesson.unharmed()


async def test_names_are_shown_without_what_turns_text_round(lesson: Any) -> None:
    entered = await lesson.server.join(lesson.entered, "  Zoe\u0308 \u202e (x)\x07  ")
    assert entered["name"] == "Zo\u00eb (x)"
    family = await lesson.server.join(lesson.entered, "👩\u200d👧 Kim")
    assert family["name"] == "👩\u200d👧 Kim"


# -- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame", [b"\x02", b"\x02\x05abc", b"\x02" + b"\xff" * 9, b"\x03\x80", os.urandom(0) + b"\x63\x7f"]
)
async def test_malformed_frame_ends_that_connection_only(lesson: Any, frame: bytes) -> None:
    bob = await lesson.server.connect(await lesson.server.join(lesson.entered, "Bob"))
    await lesson.ana.until(lambda v: isinstance(v, m.Here) and v.joined)
    lesson.before = lesson.records()
    await bob.socket.write_message(frame, binary=True)
    bye, code = await bob.bye()
    assert (bye.code, code) == ("bad-frame", 4002)
    await lesson.unharmed()


async def test_text_frame(lesson: Any) -> None:
    window = await lesson.server.connect(lesson.ticket)
    await window.socket.write_message("hello there")
    bye, code = await window.bye()
    assert (bye.code, code) == ("bad-frame", 4002)
    await lesson.unharmed()


async def test_oversize_frame(lesson: Any) -> None:
    limit = lesson.ana.welcome.limits.frame
    window = await lesson.server.connect(lesson.ticket)
    await window.socket.write_message(b"\x63" * (limit + 1), binary=True)
    bye, code = await window.bye()
    assert (bye.code, code) == ("bad-frame", 4002)
    window = await lesson.server.connect(lesson.ticket)
    try:
        await window.socket.write_message(b"\x63" * (40 * limit), binary=True)
    except Exception:  # the server may hang up while the client is still writing
        pass
    _, code = await window.bye()
    assert code in (1009, 1006, None)
    await lesson.unharmed()


async def test_unknown_message_kinds_are_skipped(lesson: Any) -> None:
    await lesson.ana.socket.write_message(
        wire.message(99, b"from the future") + wire.message(wire.WELCOME, b"{}") + wire.write(m.Ping(7)), binary=True
    )
    assert (await lesson.ana.until(m.Pong)).at == 7
    await lesson.unharmed()


async def test_unreadable_passing_messages_are_ignored(lesson: Any) -> None:
    for kind in (wire.PING, wire.PRESENCE, wire.LIVE_START, wire.LIVE_POINTS, wire.LIVE_END):
        await lesson.ana.socket.write_message(wire.message(kind, b"\xff{"), binary=True)
    await lesson.unharmed()


# -- changes
# ------------------------------------------------------------------------------------------------------------


def raw_change(number: int, ops: bytes) -> bytes:
    return wire.message(wire.CHANGE, wire.varint(number) + ops)


@pytest.mark.parametrize(
    "ops",
    [
        b"\x01",
        b"\x63\x00",
        wire.message(wire.PUT, b"{"),
        wire.message(wire.PUT, b'{"type":"note"}'),
        wire.message(wire.PUT, b'{"type":"spaceship","id":"s1"}'),
        wire.message(wire.PUT, b'{"type":"note","id":"n1","page":"page1","z":"a1","x":1,"y":1,"admin":true}'),
        wire.message(wire.PUT, b'{"type":"note","id":"n1","page":"page1","z":"a1","x":1e99,"y":1}'),
        wire.message(wire.PUT, b'{"type":"note","id":"n1","page":"page1","z":"a1","x":1,"y":1,"text":"\xed\xa0\x80"}'),
        wire.message(wire.PUT, b'{"type":"item","id":"n1","x":' + b"[" * 60_000),
        wire.message(wire.INK, b"\x00"),
        wire.message(wire.INK, os.urandom(40)),
        wire.message(wire.PATCH, b'{"ids":[],"fields":{}}'),
        wire.message(wire.GRAVES, b'{"p9":"p1"}'),
    ],
)
async def test_1_1_invalid_records_are_refused_not_closed_upon(lesson: Any, ops: bytes) -> None:
    await lesson.ana.socket.write_message(raw_change(500, ops), binary=True)
    refuse = await lesson.ana.until(m.Refuse)
    assert (refuse.number, refuse.code) == (500, "bad-record")
    await lesson.unharmed()


async def test_ink_that_does_not_unpack_is_refused(lesson: Any) -> None:
    bad = Ink(id="i1", page="page1", z=FIRST, points=b"\x80\x80\x80")
    refuse = await lesson.ana.decided(await lesson.ana.change(m.Put(bad)))
    assert refuse.code == "bad-record"
    await lesson.unharmed()


FORBIDDEN: list[tuple[str, tuple[m.Op, ...]]] = [
    ("forbidden", (m.Patch(("class",), {"draw": "none"}),)),
    ("forbidden", (m.Patch(("p1",), {"role": "student"}),)),
    ("forbidden", (m.Patch(("p2",), {"role": "teacher"}),)),
    ("forbidden", (m.Patch(("p1",), {"name": "Fool"}),)),
    ("forbidden", (m.Put(Person(id="p2", name="Ana", role="teacher")),)),
    ("forbidden", (m.Put(Person(id="p77", name="Ghost", role="teacher")),)),
    ("forbidden", (m.Put(Item(id="i1", kind="note", order=FIRST, text="mine")),)),
    ("forbidden", (m.Patch(("page1",), {"gone": True}),)),
    ("forbidden", (m.Remove(("page1",)),)),
    ("unknown-record", (note("n1", page="nowhere"),)),
    ("name-taken", (m.Patch(("p2",), {"name": "TEACHER"}),)),
    ("name-length", (m.Patch(("p2",), {"name": "  "}),)),
    ("forbidden", (note("fine"), m.Remove(("p1",)))),
]


@pytest.mark.parametrize(("code", "ops"), FORBIDDEN)
async def test_what_a_student_may_not_do(lesson: Any, code: str, ops: tuple[m.Op, ...]) -> None:
    refuse = await lesson.ana.decided(await lesson.ana.change(*ops))
    assert isinstance(refuse, m.Refuse)
    assert refuse.code == code
    await lesson.unharmed()


async def test_a_teacher_keeps_the_own_role(lesson: Any) -> None:
    refuse = await lesson.teacher.decided(await lesson.teacher.change(m.Patch(("p1",), {"role": "student"})))
    assert refuse.code == "own-role"
    await lesson.unharmed()


async def test_a_locked_board_refuses_and_opens_again_live(lesson: Any) -> None:
    await lesson.teacher.decided(await lesson.teacher.change(m.Patch(("class",), {"draw": "none"})))
    refuse = await lesson.ana.decided(await lesson.ana.change(note("n1")))
    assert refuse.code == "draw-locked"
    await lesson.teacher.decided(await lesson.teacher.change(m.Patch(("class",), {"draw": "all"})))
    lesson.before = lesson.records()
    await lesson.unharmed()


async def test_author_time_and_role_cannot_be_forged(lesson: Any) -> None:
    forged = m.Put(Note(id="n1", author="p1", time=1, page="page1", z=FIRST, x=0, y=0, text="not me"))
    decided = await lesson.ana.decided(await lesson.ana.change(forged))
    entry = next(e for e in decided.entries if e.author == "p2")
    assert entry.time > 1_000_000
    await lesson.teacher.sync(lesson.ana.upto)
    seen = lesson.teacher.table.get("n1")
    assert (seen.author, seen.time) == ("p2", entry.time)
    say = m.Put(Message(id="m1", author="p1", time=5, text="I am the teacher"))
    await lesson.ana.decided(await lesson.ana.change(say))
    await lesson.teacher.sync(lesson.ana.upto)
    assert lesson.teacher.table.get("m1").author == "p2"
    assert lesson.teacher.table.get("p2").role == "student"


async def test_a_change_past_its_limits_is_refused(lesson: Any) -> None:
    many = m.Remove(tuple(f"x{i}" for i in range(lesson.ana.welcome.limits.ops + 1)))
    refuse = await lesson.ana.decided(await lesson.ana.change(many))
    assert refuse.code == "too-large"
    await lesson.unharmed()


async def test_very_many_messages_in_one_frame_hold_nobody_up(lesson: Any) -> None:
    bob = await lesson.server.connect(await lesson.server.join(lesson.entered, "Bob"))
    lesson.before = lesson.records()
    await bob.socket.write_message(wire.write(m.Ping(1)) * 600, binary=True)
    await lesson.unharmed()
    pongs = 0
    while pongs < 600:
        await bob.until(m.Pong)
        pongs += 1


async def test_fuzzed_frames_never_raise(lesson: Any) -> None:
    import random

    rng = random.Random(7)
    good = (
        wire.write(m.Change(1, (note("n1"),)))
        + wire.write(m.Ping(1))
        + wire.write(m.LiveStart(1, "s1", "page1", "", "pen", "ink", 3, 4))
    )
    closed = 0
    for _ in range(60):
        window = await lesson.server.connect(lesson.ticket)
        frame = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            frame[rng.randrange(len(frame))] = rng.randrange(256)
        await window.socket.write_message(bytes(frame) + struct.pack("B", rng.randrange(256)), binary=True)
        bye, code = await window.bye()
        closed += 1
        assert (bye.code, code) == ("bad-frame", 4002)
    assert closed == 60
    assert table.equal(lesson.teacher.table, lesson.teacher.table)
