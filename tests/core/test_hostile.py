"""Students who cheat, against the room: what each attack would have won, and that it wins nothing."""

from __future__ import annotations

import hashlib

import pytest

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.messages import Patch, Put, Remove
from classroom.core.records import Ink, Note, TextBox
from classroom.core.room import STEP, Publish, Room, Send
from classroom.core.table import load, snapshot_items, weight
from tests.core.class_of import ANA, BEN, POINTS, TEACHER, small_class, stroke

WINDOWS = {1: TEACHER, 2: ANA, 3: BEN}


def lesson(limits: m.Limits | None = None) -> Room:
    room = Room("abcdefghij", small_class(), 0, bytes(8), limits, salt=b"x" * 16)
    for conn, person in WINDOWS.items():
        room.enter(conn, person, f"window-of-{person}-----", {}, False, 0)
    return room


def told(room: Room, conn: int, *changes: m.Ops, first: int = 1) -> list[str]:
    """Sends changes and decides all; gives the codes of what was refused."""
    actions = []
    for number, ops in enumerate(changes, first):
        actions += room.receive(conn, wire.write(m.Change(number, ops)), 5)
    while (proposal := room.propose(6)) is not None:
        actions += proposal.actions + room.commit(proposal, b"mark-is8")
    values = [wire.read(raw) for a in actions if isinstance(a, Send) for raw in wire.split(a.frame)]
    return [value.code for value in values if isinstance(value, m.Refuse)]


def begin(room: Room, conn: int, id: str) -> list[Publish]:
    start = wire.write(m.LiveStart(1, id, "open", "", "pen", "ink", 3, 4))
    return [a for a in room.receive(conn, start, 5) if isinstance(a, Publish)]


@pytest.mark.parametrize("end", ["drawing", "ended", "gone"])
def test_nobody_takes_the_id_of_a_stroke_that_someone_draws(end: str) -> None:
    room = lesson()
    assert begin(room, 1, "s1")
    if end == "ended":
        room.receive(1, wire.write(m.LiveEnd(1, True)), 6)
    elif end == "gone":
        room.leave(1, 6)
        room.enter(1, TEACHER, f"window-of-{TEACHER}-----", {}, False, 7)
    assert told(room, 2, (Put(Note(id="s1", page="open", z="a0", x=0, y=0)),)) == ["forbidden"]
    assert not begin(room, 2, "s1")
    assert told(room, 1, (Put(stroke("s1")),)) == []
    assert room.table.get("s1").author == TEACHER  # type: ignore[union-attr]


def test_what_was_drawn_and_erased_can_be_brought_back_by_staff() -> None:
    room = lesson()
    begin(room, 2, "s1")
    assert told(room, 2, (Put(stroke("s1")),)) == []
    assert told(room, 1, (Remove(("s1",)),), (Put(stroke("s1")),)) == []
    begin(room, 2, "s2")
    # Within one tick, too: put by its drawer, erased and brought back by the teacher.
    for conn, number, ops in ((2, 9, Put(stroke("s2"))), (1, 9, Remove(("s2",))), (1, 10, Put(stroke("s2")))):
        room.receive(conn, wire.write(m.Change(number, (ops,))), 5)
    assert told(room, 3) == []
    assert room.table.get("s2").author == ANA  # type: ignore[union-attr]


def test_ids_kept_for_live_strokes_are_bounded() -> None:
    room = lesson()
    for i in range(1_000):
        begin(room, 2, f"s{i}")
    assert sum(room.live.drawer(f"s{i}") == ANA for i in range(1_000)) <= 64
    assert told(room, 3, (Put(stroke("s0")),)) == []


def test_5_8_a_tag_cannot_be_computed_from_a_window_id() -> None:
    rooms = [Room("abcdefghij", small_class(), 0, bytes(8), salt=bytes((i,)) * 16) for i in range(20)]
    tags = {room.tag_of("window-of-the-teacher") for room in rooms}
    assert len(tags) == 20
    assert int.from_bytes(hashlib.sha256(b"window-of-the-teacher").digest()[:4], "big") not in tags


def test_a_patch_of_many_records_counts_for_each() -> None:
    room = lesson(m.Limits(bytes=200_000))
    small = tuple(Put(TextBox(id=f"t{i}", page="open", z="a0", x=0, y=0)) for i in range(100))
    assert told(room, 2, small) == []
    large = Patch(tuple(f"t{i}" for i in range(100)), {"text": "x" * 20_000})
    assert told(room, 2, (large,), first=2) == ["quota"]
    assert told(room, 2, (Patch(("t1",), {"text": "x" * 20_000}),), first=3) == []


def test_every_part_of_a_record_has_weight() -> None:
    plain = TextBox(id="t1", page="open", z="a0", x=0, y=0)
    lines = TextBox(id="t1", page="open", z="a0", x=0, y=0, lines=((0, 9, ((0, 9, "", "x" * 1_000),)),) * 100)
    assert weight(lines) - weight(plain) >= 100_000


def test_a_proposal_holds_one_large_change_and_leaves_the_rest() -> None:
    room = lesson()
    ids = tuple(f"n{i}" for i in range(STEP))
    told(room, 2, tuple(Put(Note(id=id, page="open", z="a0", x=0, y=0)) for id in ids))
    for number in range(2, 8):
        room.receive(2, wire.write(m.Change(number, (Patch(ids, {"x": number}),))), 5)
    room.receive(3, wire.write(m.Change(1, (Put(stroke("s1")),))), 5)
    room.system((Patch(("class",), {"title": "from the server"}),))
    sizes = []
    while room.queued:
        proposal = room.propose(6)
        assert proposal is not None
        sizes.append([entry.author for entry in proposal.entries])
        room.commit(proposal, b"mark-is8")
    assert sizes == [["", ANA], [ANA], [ANA], [ANA], [ANA], [ANA], [BEN]]


def test_presence_tells_nothing_of_a_page_that_is_not_for_all() -> None:
    room = lesson()
    told(room, 1, (Put(Note(id="hidden", page="staff", z="a0", x=0, y=0)),))
    shown = m.Presence(cursor=("open", 1, 2, "arrow"))
    for number, value in enumerate(
        (m.Presence(view=("staff", 1, 2, 3)), m.Presence(editing="hidden"), m.Presence(view=("gone", 0, 0, 1)))
    ):
        room.receive(1, wire.write(shown), 1_000 * number)
        room.beat(1_000 * number)
        room.receive(1, wire.write(value), 1_000 * number + 500)
        news = [a for a in room.beat(1_000 * number + 500) if isinstance(a, Publish)]
        for_all = [wire.read(raw) for a in news if a.audience == "all" for raw in wire.split(a.frame)]
        assert for_all in ([], [m.Presence(person=TEACHER, cursor="off")])
        assert any(a.audience == "staff" for a in news)
        room.receive(1, wire.write(m.Presence(view=("open", 0, 0, 1), editing="")), 1_000 * number + 600)


def test_presence_on_a_page_that_was_hidden_since_is_not_told_to_who_comes() -> None:
    room = lesson()
    room.receive(1, wire.write(m.Presence(view=("open", 1, 2, 3))), 1_000)
    room.beat(1_000)
    assert b"open" in room.greeting(2)
    told(room, 1, (Patch(("open",), {"audience": "staff"}),))
    assert b"open" not in room.greeting(2)


def test_a_students_stroke_is_no_part_of_someone_elses() -> None:
    room = lesson()
    told(room, 1, (Put(stroke("t1")),))
    forged = Ink(id="s1", page="open", z="a0", part="t1", points=POINTS)
    assert told(room, 2, (Put(forged),)) == ["forbidden"]
    assert told(room, 2, (Put(stroke("s1")),), (Patch(("s1",), {"part": "t1"}),), first=2) == ["forbidden"]
    begin(room, 1, "t2")
    assert told(room, 2, (Put(Ink(id="s2", page="open", z="a0", part="t2", points=POINTS)),), first=4) == ["forbidden"]
    own = Ink(id="s3", page="open", z="a0", part="s1", points=POINTS)
    assert told(room, 2, (Put(own),), first=5) == []
    by_staff = Ink(id="t3", page="open", z="a0", part="s1", points=POINTS)
    assert told(room, 1, (Put(by_staff),), first=2) == []


def test_1_4_nobody_makes_the_removed_records_of_others_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.core.table.GRAVES", 100)
    room = lesson()
    told(room, 3, (Put(stroke("bens")), Remove(("bens",))))
    for number in range(1, 6):
        ids = tuple(f"s{number}-{i}" for i in range(50))
        told(room, 2, (*(Put(stroke(id)) for id in ids), Remove(ids)), first=number)
    assert len(room.table.graves) == 100
    assert room.table.first_author("s1-0") is None
    assert told(room, 2, (Put(stroke("bens")),), first=9) == ["forbidden"]
    assert told(room, 1, (Put(stroke("bens")),)) == []
    assert room.table.get("bens").author == BEN  # type: ignore[union-attr]
    again = load(item for _, item in snapshot_items(room.table))
    assert list(again.graves.items()) == list(room.table.graves.items())
