"""The sunny path over real HTTP and real sockets: enter, join, draw, see, come back, export nothing twice."""

from __future__ import annotations

from typing import Any

from classroom.core import messages as m
from classroom.core import table
from classroom.core.records import Person
from tests.server.peer import note


async def test_a_teacher_enters_and_is_the_same_person_again(server: Any) -> None:
    one = await server.enter("Linear algebra, week 3")
    two = await server.enter("Linear algebra, week 3")
    assert one["class"] == two["class"]
    assert one["person"] == two["person"] == "p1"
    assert one["role"] == "teacher"
    assert one["token"] != two["token"]
    assert one["links"]["student"] == two["links"]["student"]
    assert one["links"]["student"].startswith(server.url + "classroom/#" + one["class"])
    assert one["qr"]["path"].startswith("M")
    listed = await server.call("classroom/api/classes", method="GET", Authorization="token teacher-jupyter-token")
    assert [(c["class"], c["title"]) for c in listed["classes"]] == [(one["class"], "Linear algebra, week 3")]


async def test_hello_welcome_snapshot_change(server: Any) -> None:
    entered = await server.enter()
    teacher = await server.connect(entered)
    assert teacher.welcome.person == "p1"
    assert teacher.welcome.role == "teacher"
    assert not teacher.welcome.resumed
    assert teacher.table.get("class").title == "Linear algebra"
    ana = await server.connect(await server.join(entered, "Ana"))
    assert isinstance(ana.table.get("p2"), Person)
    number = await teacher.change(note("n1"))
    decided = await teacher.decided(number)
    assert isinstance(decided, m.Changes)
    await ana.sync(teacher.upto)
    assert ana.table.get("n1").text == "hello"
    assert ana.table.get("n1").author == "p1"
    assert table.equal(ana.table, teacher.table)
    assert table.equal(teacher.table, server.hub(entered).room.table)
