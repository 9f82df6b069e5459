"""Private copies on a real server: thirty students draw at once, staff see all of it live, and not one byte of anyone's
copy is ever on another student's socket, nor to be had over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import random
import zlib
from typing import Any

from PIL import Image

from classroom.core import ink, wire
from classroom.core import messages as m
from classroom.core.order import FIRST
from classroom.core.records import Ink, Note, Page, Picture
from tests.server.peer import Peer, Server, client_id

STUDENTS = 30
PAGE = "worksheet"


class Ear(Peer):
    """A window that keeps every byte it was ever sent, snapshots inflated."""

    def __init__(self, socket: Any, client: str) -> None:
        super().__init__(socket, client)
        self.raw = bytearray()
        self.heard: list[Any] = []
        self._parts = bytearray()

    async def read(self) -> list[Any] | None:
        frame = await self.socket.read_message()
        if frame is None:
            return None
        self.raw += frame
        found = [wire.read(raw, lenient=True) for raw in wire.split(frame)]
        for value in found:
            self._take(value)
            if isinstance(value, m.Snapshot):
                self._parts += value.data
                if value.last:
                    self.raw += zlib.decompress(bytes(self._parts))
                    self._parts.clear()
        self.messages += found
        self.heard += found
        return found


class Student:
    """One student with secrets of their own: ids, points and words that nobody else may ever meet."""

    def __init__(self, number: int, ticket: Any) -> None:
        self.number, self.ticket, self.person = number, ticket, ticket["person"]
        self.ears: list[Ear] = []
        dice = random.Random(number)
        self.points = [(dice.uniform(0, 1500), dice.uniform(0, 800), dice.random()) for _ in range(24)]
        self.done, self.left, self.note = (f"{what}-of-{self.person}-{dice.getrandbits(40):x}" for what in "dln")
        self.words = f"solution {dice.getrandbits(60):x}"

    @property
    def ear(self) -> Ear:
        return self.ears[-1]

    async def enter(self, server: Server) -> None:
        ear = Ear(await server.socket(), client_id())
        self.ears.append(ear)
        await ear.say(m.Hello(m.PROTOCOL, ear.client, self.ticket["token"]))
        await ear.until(lambda v: isinstance(v, m.Here) and v.all is not None)

    @property
    def record(self) -> Ink:
        return Ink(id=self.done, page=PAGE, z=FIRST, copy=self.person, points=ink.pack(self.points, 4))

    def batches(self) -> list[bytes]:
        """The live stroke in three batches, as they go over the wire."""
        made, last = [], None
        for at in range(0, len(self.points), 8):
            data, last = ink.pack_delta(last, self.points[at : at + 8], 4)
            made.append(data)
        return made

    @property
    def secrets(self) -> list[bytes]:
        names = [self.done, self.left, self.note, self.words]
        return [*(name.encode() for name in names), *self.batches(), self.record.points]

    async def draw(self) -> None:
        """A stroke live and then finished, a note, a cursor, and a second stroke whose end never comes."""
        ear = self.ear
        style = ("pen", "red", 3.0, 4)
        for handle, id in ((1, self.done), (2, self.left)):
            await ear.say(m.LiveStart(handle, id, PAGE, self.person, *style))  # type: ignore[arg-type]
        at = 0
        for data in self.batches():
            await ear.say(m.LivePoints(1, at, data), m.LivePoints(2, at, data))
            await ear.say(m.Presence(cursor=(PAGE, self.points[at][0], self.points[at][1], "pen"), copy=self.person))
            at += 8
            await asyncio.sleep(0.02)
        await ear.say(m.LiveEnd(1, True))
        await ear.change(
            m.Put(self.record),
            m.Put(Note(id=self.note, page=PAGE, z=FIRST, x=1, y=2, text=self.words, copy=self.person)),
        )


def assert_private(students: list[Student], teacher: str, said: tuple[str, ...] = ()) -> None:
    """Nobody has had a byte of anybody else's copy; `said`: ids that the test itself has let someone guess."""
    for student in students:
        for ear in student.ears:
            for value in ear.heard:
                if isinstance(value, m.LiveStart):
                    assert value.person in (student.person, teacher), value
                    assert value.copy in ("", student.person), value
                if isinstance(value, m.Presence):
                    assert value.person in (student.person, teacher), value
                    assert value.copy in ("", student.person), value
            for other in students:
                if other is student:
                    continue
                for secret in other.secrets:
                    if secret in (name.encode() for name in said):
                        continue
                    assert secret not in ear.raw, f"{student.person} has been sent {secret!r} of {other.person}"


async def room(server: Server, count: int = STUDENTS) -> tuple[Any, Ear, list[Student]]:
    entered = await server.enter("Alone together")
    teacher = Ear(await server.socket(), client_id())
    await teacher.say(m.Hello(m.PROTOCOL, teacher.client, entered["token"]))
    await teacher.until(lambda v: isinstance(v, m.Here) and v.all is not None)
    done = await teacher.change(
        m.Put(Page(id=PAGE, order="b1", audience="each")), m.Patch(("class",), {"draw": "all", "cursors": True})
    )
    await teacher.decided(done)
    students = [Student(k, await server.join(entered, f"Student {k}")) for k in range(count)]
    for student in students:
        await student.enter(server)
    return entered, teacher, students


async def everyone_up_to(server: Server, entered: Any, *peers: Peer) -> None:
    hub = server.hub(entered)
    await server.when(lambda: not hub.room.queued)
    for peer in peers:
        await peer.sync(hub.room.seq)


async def test_thirty_at_once_staff_see_all_live_and_nobody_another(server: Server) -> None:
    entered, teacher, students = await room(server)
    hub = server.hub(entered)
    await asyncio.gather(*(student.draw() for student in students))
    want = {id for student in students for id in (student.done, student.left)}
    started: dict[str, m.LiveStart] = {}
    points: dict[int, bytes] = {}
    while not (want <= set(started) and all(teacher.table.get(student.note) for student in students)):
        found = await teacher.read()
        assert found is not None
        for value in found:
            if isinstance(value, m.LiveStart):
                started[value.id] = value
            if isinstance(value, m.LivePoints):
                points[value.handle] = points.get(value.handle, b"") + value.data
    for student in students:
        assert (started[student.done].person, started[student.done].copy) == (student.person, student.person)
        assert teacher.table.get(student.done).copy == student.person
        # Live points may be dropped, but in so small a room they are not.
        assert points[started[student.done].handle] == b"".join(student.batches())
    await everyone_up_to(server, entered, teacher, *(student.ear for student in students))
    for student in students:
        assert {r.id for r in student.ear.table.on_page(PAGE)} == {student.done, student.note}
    assert_private(students, "p1")

    # The page becomes common and private again while the second strokes are being drawn: they end for everyone.
    for audience in ("all", "each"):
        await teacher.decided(await teacher.change(m.Patch((PAGE,), {"audience": audience})))
        for student in students[:5]:
            await student.ear.say(m.LivePoints(2, 24, student.batches()[0]))
    await everyone_up_to(server, entered, teacher, *(student.ear for student in students))
    assert not hub.room.live._strokes
    # A page for staff and back, gone and back: what comes again is one's own again.
    for fields in ({"audience": "staff"}, {"audience": "each"}, {"gone": True}, {"gone": False}):
        await teacher.decided(await teacher.change(m.Patch((PAGE,), fields)))
    await everyone_up_to(server, entered, teacher, *(student.ear for student in students))
    for student in students:
        assert {r.id for r in student.ear.table.on_page(PAGE)} == {student.done, student.note}
    assert_private(students, "p1")

    # Whoever comes again, from where they were or with nothing, is told their own alone.
    for student in students[:6]:
        student.ear.close()
        await student.enter(server)
        assert {r.id for r in student.ear.table.on_page(PAGE)} == {student.done, student.note}
    # One becomes an assistant and sees all; made a student again, nothing of it is in their table.
    chosen = students[7]
    await teacher.decided(await teacher.change(m.Patch((chosen.person,), {"role": "assistant"})))
    await chosen.ear.until(m.Reset)
    await everyone_up_to(server, entered, chosen.ear)
    assert len(chosen.ear.table.on_page(PAGE)) == 2 * STUDENTS
    await teacher.decided(await teacher.change(m.Patch((chosen.person,), {"role": "student"})))
    await chosen.ear.until(m.Reset)
    await everyone_up_to(server, entered, chosen.ear)
    assert {r.id for r in chosen.ear.table.on_page(PAGE)} == {chosen.done, chosen.note}
    assert_private([student for student in students if student is not chosen], "p1")


async def test_forged_frames_reach_nobodys_copy(server: Server) -> None:
    entered, teacher, students = await room(server, 3)
    ana, ben, _ = students
    await ana.draw()
    await everyone_up_to(server, entered, teacher)
    while teacher.table.get(ana.note) is None:
        await teacher.read()
    style = ("pen", "red", 3.0, 4)
    ear = ben.ear
    for copy in (ana.person, "", "p1", "p99"):
        await ear.say(m.LiveStart(1, f"forged{copy}", PAGE, copy, *style))  # type: ignore[arg-type]
        await ear.say(m.LivePoints(1, 0, ben.batches()[0]))
        put = m.Put(Note(id=f"forged{copy}", page=PAGE, z=FIRST, x=1, y=2, text="me", copy=copy))
        refused = await ear.decided(await ear.change(put))
        assert isinstance(refused, m.Refuse), copy
    # Even with ids that nobody could guess.
    for op in (
        m.Remove((ana.done,)),
        m.Patch((ana.note,), {"text": "me"}),
        m.Patch((PAGE,), {"audience": "all"}),
        m.Put(Ink(id=ana.done, page=PAGE, z=FIRST, copy=ben.person, points=ben.record.points)),
    ):
        assert isinstance(await ear.decided(await ear.change(op)), m.Refuse), op
    await everyone_up_to(server, entered, teacher, ear)
    assert teacher.table.get(ana.done).author == ana.person
    assert teacher.table.get(ana.note).text == ana.words
    assert b"forged" not in teacher.raw
    assert_private(students, "p1", (ana.done, ana.note))


async def test_http_gives_nobody_anothers_copy(server: Server) -> None:
    entered, teacher, students = await room(server, 2)
    ana, ben = students
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 200, 30)).save(buffer, "PNG")
    put = await server.fetch(
        "classroom/api/assets/new", "PUT", buffer.getvalue(), X_Classroom_Token=ana.ticket["token"]
    )
    assert put.code == 201, put.body
    sha = json.loads(put.body)["asset"]
    photo = Picture(id="photo", page=PAGE, z=FIRST, copy=ana.person, x=0, y=0, w=40, h=30, asset=sha, alt="mine")
    await ana.ear.decided(await ana.ear.change(m.Put(photo)))
    await ana.draw()
    await everyone_up_to(server, entered, teacher, ana.ear, ben.ear)

    async def asset(token: str) -> int:
        return int((await server.fetch(f"classroom/api/assets/{sha}", X_Classroom_Token=token)).code)

    assert [await asset(one) for one in (ana.ticket["token"], entered["token"], ben.ticket["token"])] == [200, 200, 404]

    async def export(token: str, **more: Any) -> Any:
        asked = await server.fetch(
            "classroom/api/export", "POST", {"format": "svg", "pages": [PAGE], **more}, X_Classroom_Token=token
        )
        if asked.code != 202:
            return asked.code
        job = json.loads(asked.body)["job"]
        while (told := await server.call(f"classroom/api/export/{job}", method="GET", X_Classroom_Token=token))[
            "state"
        ] != "done":
            assert told["state"] in ("waiting", "running"), told
            await asyncio.sleep(0.05)
        return (await server.fetch(f"classroom/api/export/{job}?file", X_Classroom_Token=token)).body

    assert await export(ben.ticket["token"], copy=ana.person) == 403
    mine, theirs = await export(ana.ticket["token"]), await export(ben.ticket["token"])
    assert isinstance(mine, bytes)
    assert isinstance(theirs, bytes)
    assert mine.count(b"<path") > theirs.count(b"<path")
    assert b"image" not in theirs


async def test_who_is_shown_is_staffs_to_know(server: Server) -> None:
    entered, teacher, students = await room(server, 3)
    ana = students[0]
    await ana.draw()
    await everyone_up_to(server, entered, teacher)
    before = {student.person: len(student.ear.raw) for student in students}
    shown = Ink(id="fresh", page="shown", z=FIRST, points=ana.record.points)
    await teacher.decided(
        await teacher.change(
            m.Put(Page(id="shown", order="b2", title="Someone's work", shows=(ana.person,))),
            m.Put(shown),
            m.Patch(("class",), {"page": "shown"}),
        )
    )
    await teacher.decided(await teacher.change(m.Patch(("shown",), {"shows": (ana.person, students[1].person)})))
    await everyone_up_to(server, entered, teacher, *(student.ear for student in students))
    assert teacher.table.get("shown").shows == (ana.person, students[1].person)
    for student in students[1:]:
        assert student.ear.table.get("shown").shows == ()
        assert student.ear.table.get("fresh").author == "p1"
        said = bytes(student.ear.raw[before[student.person] :])
        assert b"shown" in said
        for name in (b"shows", ana.done.encode(), b'"' + ana.person.encode() + b'"'):
            assert name not in said, name
    # And whoever comes now.
    late = Student(99, await server.join(entered, "Late"))
    await late.enter(server)
    assert b"shows" not in late.ear.raw
    assert late.ear.table.get("shown").shows == ()
