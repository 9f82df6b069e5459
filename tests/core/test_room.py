"""The room with real clients at its doors: whatever the order of things, all tables agree and nothing happens twice.

The clients here are small but true: they keep a table, resend what is not confirmed after a reconnect, and read the
room's bytes with the same codec as everyone. The world loses connections, failed transactions and replies at random.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classroom.core import messages as m
from classroom.core import policy, wire
from classroom.core.errors import BadFrame, Replaced
from classroom.core.ink import pack_delta
from classroom.core.messages import Patch, Put, Remove
from classroom.core.records import Item, Message, Page, Record, TextBox
from classroom.core.room import Action, Close, Publish, Room, Send, Sight
from classroom.core.table import Table, equal, load, snapshot_items
from tests.core.class_of import ANA, ASSISTANT, BEN, OBSERVER, TEACHER, small_class, stroke

PEOPLE = (TEACHER, ASSISTANT, ANA, BEN, OBSERVER)


class Window:
    """One client: confirmed table, unconfirmed changes, and whatever the wire last said."""

    def __init__(self, person: str, index: int) -> None:
        self.person, self.client = person, f"window-{index:014d}"
        self.table = Table()
        self.pending: dict[int, m.Ops] = {}
        self.number = 0
        self.conn: int | None = None
        self.role = ""
        self.tag = 0
        self.last: tuple[int, bytes] | None = None
        self.seen: list[tuple[int, int]] = []
        self.refused: list[str] = []

    def read(self, frame: bytes) -> None:
        for raw in wire.split(frame):
            value = wire.read(raw, lenient=True)
            if isinstance(value, m.Welcome):
                self.role, self.tag = value.role, value.tag
            elif isinstance(value, m.Snapshot):
                self.table = load([wire.write_op(op) for op in wire.read_ops(zlib.decompress(value.data), True)])
                self.last = value.seq, value.mark
            elif isinstance(value, m.Changes):
                for entry in value.entries:
                    if entry.tag == self.tag:
                        self.pending.pop(entry.number, None)
                        self.seen.append((entry.number, entry.seq))
                    for op in entry.ops:
                        self.table.apply(op)
                if value.upto:
                    self.last = value.upto, value.mark
            elif isinstance(value, m.Confirm):
                self.pending.pop(value.number, None)
            elif isinstance(value, m.Refuse):
                self.pending.pop(value.number, None)
                self.refused.append(value.code)


class World:
    """A room, its shared log, a store that may fail, and windows that come and go."""

    def __init__(self, table: Table | None = None) -> None:
        self.room = Room("abcdefghij", table or small_class(), 0, b"\0" * 8)
        self.log: list[Publish] = []
        self.stored: list[m.Entry] = []
        self.windows = [Window(person, i) for i, person in enumerate((*PEOPLE, ANA))]
        self.now, self.ticks, self.conns = 1_000, 0, 0
        self.by_conn: dict[int, Window] = {}

    def do(self, actions: list[Action]) -> None:
        moved = {conn for a in actions if isinstance(a, Sight) for conn in self.room.conns_of(a.person)}
        for action in actions:
            if isinstance(action, Send):
                if action.conn in self.by_conn:
                    self.by_conn[action.conn].read(action.frame)
            elif isinstance(action, Publish):
                self.log.append(action)
                for conn in list(self.by_conn):
                    if conn not in moved:
                        self.show(conn, action)
            elif isinstance(action, Close):
                window = self.by_conn.pop(action.conn, None)
                if window is not None and window.conn == action.conn:
                    window.conn = None
            elif isinstance(action, Sight):
                for conn in self.room.conns_of(action.person):
                    self.snapshot(conn)

    def show(self, conn: int, news: Publish) -> None:
        window = self.by_conn[conn]
        if policy.sees(window.role, window.person, news.audience):
            window.read(news.frame)

    def snapshot(self, conn: int) -> None:
        window = self.by_conn[conn]
        window.role = self.room.viewer(conn)[0]
        data = zlib.compress(wire.write_ops(Put(record) for record in self.room.seen(window.role, window.person)))
        window.read(wire.write(m.Snapshot(self.room.seq, self.room.mark, True, data)))

    def connect(self, window: Window) -> None:
        self.conns += 1
        conn = self.conns
        known = {e.number: e.seq for e in self.stored if e.client == window.client}
        place = next((i for i, p in enumerate(self.log) if p.upto and (p.upto, p.mark) == window.last), None)
        resumed = place is not None and window.last is not None and window.last[0] >= self.room.watershed
        self.by_conn[conn] = window
        old = window.conn
        self.do(self.room.enter(conn, window.person, window.client, known, resumed, self.now))
        assert old is None or old not in self.by_conn
        window.conn = conn
        if resumed and place is not None:
            for news in [p for p in self.log[place + 1 :] if not p.droppable]:
                self.show(conn, news)
        else:
            self.snapshot(conn)
        for number, ops in list(window.pending.items()):
            self.do(self.room.receive(conn, wire.write(m.Change(number, ops)), self.now))

    def change(self, window: Window, ops: m.Ops) -> None:
        window.number += 1
        window.pending[window.number] = ops
        if window.conn is not None:
            self.do(self.room.receive(window.conn, wire.write(m.Change(window.number, ops)), self.now))

    def tick(self, fails: bool = False) -> None:
        self.now += 10
        proposal = self.room.propose(self.now)
        if proposal is None:
            return
        self.do(proposal.actions)
        if fails:
            self.do(self.room.abandon(proposal, "disk-full"))
            return
        self.ticks += 1
        self.stored += proposal.entries
        self.do(self.room.commit(proposal, self.ticks.to_bytes(8, "big")))

    def settle(self) -> None:
        self.tick()
        for window in self.windows:
            if window.conn is None:
                self.connect(window)
        self.tick()

    def wanted(self, window: Window) -> dict[str, Record]:
        table = self.room.table
        record = table.get(window.person)
        role = record.role  # type: ignore[union-attr]
        staff = role in policy.STAFF_ROLES
        return {
            r.id: r if staff else policy.redacted(r)
            for r in table
            if policy.sees(role, window.person, policy.audience(table, r))
        }


def some_change(rng: random.Random, world: World) -> m.Ops:
    """Mostly drawing; now and then what shifts rights and sight."""
    ids = [f"s{i}" for i in range(8)]
    some = tuple(rng.sample(ids, rng.randint(1, 3)))
    page = rng.choice(["open", "open", "staff", "each", "shut"])
    copy = rng.choice([ANA, BEN]) if page == "each" else ""
    return rng.choice(
        [
            (Put(stroke(rng.choice(ids), page, copy=copy)),),
            (Put(stroke(rng.choice(ids), page, copy=copy)), Put(stroke(rng.choice(ids), "open"))),
            (Remove(some),),
            (Patch(some, {"colour": rng.choice(["red", "blue"])}),),
            (Patch(("open",), {"audience": rng.choice(["all", "staff", "each"]), "title": f"t{rng.random()}"}),),
            (Patch(("each",), {"gone": rng.random() < 0.5}),),
            (Patch((rng.choice([ANA, BEN]),), {"role": rng.choice(["assistant", "student"])}),),
            (Patch(("class",), {"draw": rng.choice(["all", "none"])}),),
            (Put(Item(id="i1", kind="exercise", order="a0", text="?", solution=rng.choice(["42", ""]))),),
            (Patch(("i1",), {"solution": "43"}),),
            (Put(Message(id=f"m{rng.randint(0, 4)}", text="hi", to=rng.choice(["all", "staff"]))),),
            (Put(stroke("s1", "staff")), Patch(("staff",), {"audience": rng.choice(["all", "staff"])})),
        ]
    )


def live(seed: int, steps: int) -> World:
    rng = random.Random(seed)
    world = World()
    for window in world.windows:
        world.connect(window)
    for _ in range(steps):
        window = rng.choice(world.windows)
        what = rng.random()
        if what < 0.6:
            world.change(window, some_change(rng, world))
        elif what < 0.75:
            world.tick(fails=rng.random() < 0.1)
        elif what < 0.85 and window.conn is not None:
            world.do(world.room.leave(window.conn, world.now))
            world.by_conn.pop(window.conn, None)
            window.conn = None
        elif what < 0.95:
            world.connect(window)
    world.settle()
    return world


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_everyone_converges_to_what_they_may_see(seed: int) -> None:
    world = live(seed, 80)
    assert world.room.seq == len(world.stored)
    for window in world.windows:
        assert not window.pending, f"seed {seed}"
        assert {r.id: r for r in window.table} == world.wanted(window), f"seed {seed}, {window.person}"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_3_2_each_change_is_accepted_at_most_once(seed: int) -> None:
    world = live(seed, 80)
    pairs = [(e.client, e.number) for e in world.stored]
    assert len(pairs) == len(set(pairs)), f"seed {seed}"
    assert pairs, f"seed {seed} wrote nothing"
    for window in world.windows:
        for number, seq in window.seen:
            entry = world.stored[seq - 1]
            assert (entry.client, entry.number) == (window.client, number)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_log_alone_gives_the_table(seed: int) -> None:
    world = live(seed, 60)
    again = Room("abcdefghij", small_class(), 0, b"\0" * 8)
    for entry in world.stored:
        raw = wire.read_ops(wire.write_ops(entry.ops))
        again.replay([m.Entry(entry.seq, entry.time, entry.author, entry.client, entry.number, raw)], b"x" * 8)
    assert equal(again.table, world.room.table), f"seed {seed}"
    assert equal(load(data for _, data in snapshot_items(again.table)), world.room.table)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_4_5_no_byte_of_what_one_may_not_see(seed: int) -> None:
    """A word that only staff may read never stands in a frame for anyone else, whatever else happens."""
    rng = random.Random(seed)
    world = World()
    sent: list[bytes] = []
    show = world.show

    def spy(conn: int, news: Publish) -> None:
        window = world.by_conn[conn]
        if window.role == "student" and policy.sees(window.role, window.person, news.audience):
            sent.append(news.frame)
        show(conn, news)

    world.show = spy  # type: ignore[method-assign]
    for window in world.windows:
        world.connect(window)
    teacher = world.windows[0]
    for _ in range(20):
        world.change(teacher, some_change(rng, world))
        world.change(teacher, (Put(Item(id="i2", kind="poll", order="a1", text="?", solution="TOPSECRET")),))
        world.change(teacher, (Patch(("staff",), {"audience": "staff", "title": "TOPSECRET"}),))
        world.change(teacher, (Patch(("open",), {"audience": "staff", "title": "TOPSECRET"}),))
        world.change(teacher, (Patch(("open",), {"audience": "all", "title": ""}),))
        world.change(teacher, (Patch((ANA, BEN), {"role": "student"}),))
        world.change(teacher, (Patch(("staff",), {"title": ""}), Patch(("staff",), {"audience": "staff"})))
        world.tick()
    assert sent
    assert not any(b"TOPSECRET" in frame for frame in sent), f"seed {seed}"


def alone() -> tuple[World, Window, Window]:
    world = World()
    for window in world.windows:
        world.connect(window)
    return world, world.windows[0], world.windows[2]


def test_3_5_nothing_is_shown_before_it_is_written() -> None:
    world, _, ana = alone()
    world.change(ana, (Put(stroke("s1")),))
    shown = len(world.log)
    proposal = world.room.propose(2_000)
    assert proposal is not None
    assert len(world.log) == shown
    assert world.room.table.get("s1") is None
    world.do(world.room.abandon(proposal, "disk-full"))
    assert ana.refused == ["disk-full"]
    assert world.room.table.get("s1") is None
    assert len(world.log) == shown
    world.change(ana, (Put(stroke("s1")),))
    world.tick()
    assert world.windows[3].table.get("s1") is not None


def test_2_6_changes_are_numbered_without_gaps_whatever_is_refused() -> None:
    world, teacher, ana = alone()
    for i in range(6):
        world.change(ana, (Put(stroke(f"s{i}", "open" if i % 2 else "staff")),))
        world.change(teacher, (Put(stroke(f"t{i}")),))
        world.tick(fails=i == 3)
    assert [e.seq for e in world.stored] == [1, 2, 3, 4, 5, 6, 7]
    assert ana.refused == ["forbidden", "forbidden", "disk-full", "forbidden"]
    assert world.room.seq == 7


def test_3_4_changes_of_one_window_are_applied_in_the_order_in_which_they_came() -> None:
    world, _, ana = alone()
    for z in ("a1", "a2", "a3"):
        world.change(ana, (Put(stroke("s1", z=z)),))
    world.connect(ana)  # before any is decided: all are said again, on another connection
    world.change(ana, (Put(stroke("s1", z="a4")),))
    world.tick()
    assert [e.number for e in world.stored] == [1, 2, 3, 4]
    assert [e.ops[0].record.z for e in world.stored] == ["a1", "a2", "a3", "a4"]  # type: ignore[union-attr]


def test_5_2_a_broken_frame_ends_only_its_connection() -> None:
    world, teacher, ana = alone()
    assert ana.conn is not None
    actions = world.room.receive(ana.conn, b"\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff", 5)
    assert [type(a.error) for a in actions if isinstance(a, Close)] == [BadFrame]
    world.do(actions)
    world.change(teacher, (Put(stroke("s1")),))
    world.tick()
    assert world.windows[3].table.get("s1") is not None


@pytest.mark.parametrize("kind", [0, 5, 6, 7, 11, 15, 25, 99, 255])
def test_5_2_unknown_kinds_are_skipped(kind: int) -> None:
    world, _, ana = alone()
    assert ana.conn is not None
    frame = wire.message(kind, b"what is this") + wire.write(m.Change(1, (Put(stroke("s1")),)))
    assert world.room.receive(ana.conn, frame, 5) == []
    world.tick()
    assert world.windows[0].table.get("s1") is not None


@pytest.mark.parametrize(
    "ops", [b"\x01\x02{}", b"\x09\x00", b"\x05\x03abc", b'\x01\x10{"type":"alien"}', b"\x04\x0a" + b'{"ids":[]}']
)
def test_5_2_an_unreadable_change_is_refused_by_number(ops: bytes) -> None:
    world, _, ana = alone()
    assert ana.conn is not None
    world.do(world.room.receive(ana.conn, wire.message(wire.CHANGE, b"\x07" + ops), 5))
    assert ana.refused == ["bad-record"]
    assert ana.conn is not None


@given(st.binary(max_size=300))
def test_no_bytes_make_the_room_raise(frame: bytes) -> None:
    world, _, ana = alone()
    before = {r.id: r for r in world.room.table}
    assert ana.conn is not None
    for kind in (None, wire.CHANGE, wire.PRESENCE, wire.LIVE_START, wire.LIVE_POINTS, wire.PING):
        if ana.conn is None:
            break
        world.do(world.room.receive(ana.conn, frame if kind is None else wire.message(kind, frame), 5))
    world.tick()
    assert {r.id: r for r in world.room.table} == before


def test_the_same_window_twice_ends_the_older_connection() -> None:
    world, _, ana = alone()
    old = ana.conn
    world.conns += 1
    actions = world.room.enter(world.conns, ANA, ana.client, {}, False, 5)
    assert [(a.conn, type(a.error)) for a in actions if isinstance(a, Close)] == [(old, Replaced)]


def start(id: str = "l1", page: str = "open", handle: int = 1) -> bytes:
    return wire.write(m.LiveStart(handle, id, page, "", "pen", "ink", 3, 4))


def points(at: int, n: int = 2, handle: int = 1) -> bytes:
    data, _ = pack_delta(None, [(i, i, 0.5) for i in range(n)], 4)
    return wire.write(m.LivePoints(handle, at, data))


def heard(actions: list[Action]) -> Iterator[tuple[str, object]]:
    for action in actions:
        if isinstance(action, Publish):
            for raw in wire.split(action.frame):
                yield action.audience, wire.read(raw)


def test_5_10_live_ink_is_relayed_with_the_class_number_and_the_drawer() -> None:
    world, _, ana = alone()
    assert ana.conn is not None
    said = list(heard(world.room.receive(ana.conn, start() + points(0) + points(2) + points(9), 5)))
    assert [type(v).__name__ for _, v in said] == ["LiveStart", "LivePoints", "LivePoints"]
    assert said[0][1].person == ANA  # type: ignore[attr-defined]
    ended = list(heard(world.room.receive(ana.conn, wire.write(m.LiveEnd(1, True)), 6)))
    assert [v.kept for _, v in ended] == [True]  # type: ignore[attr-defined]
    assert world.room.seq == 0


@pytest.mark.parametrize("how", ["revoked", "gone", "silence", "page", "clock"])
def test_5_10_a_live_stroke_ends_everywhere(how: str) -> None:
    world, teacher, ana = alone()
    assert ana.conn is not None
    world.do(world.room.receive(ana.conn, start() + points(0), world.now))
    before = len(world.log)
    if how == "revoked":
        world.change(teacher, (Patch((ANA,), {"draw": "no"}),))
        world.tick()
    elif how == "page":
        world.change(teacher, (Patch(("open",), {"audience": "staff"}),))
        world.tick()
    elif how == "gone":
        world.do(world.room.leave(ana.conn, world.now))
    else:
        world.do(world.room.beat(world.now + (6_000 if how == "silence" else -1)))
    ends = [v for a in world.log[before:] for raw in wire.split(a.frame) if isinstance(v := wire.read(raw), m.LiveEnd)]
    assert [e.kept for e in ends] == [False]
    assert not world.room.live.busy()
    if how in ("revoked", "page"):
        assert list(heard(world.room.receive(ana.conn, points(2), world.now))) == []


def test_4_8_no_live_ink_where_one_may_not_draw() -> None:
    world, _, ana = alone()
    olga = world.windows[4]
    assert ana.conn is not None
    assert olga.conn is not None
    for page in ("staff", "shut", "gone", "nowhere", "each"):
        assert list(heard(world.room.receive(ana.conn, start(page=page) + points(0), 5))) == []
    assert list(heard(world.room.receive(olga.conn, start() + points(0), 5))) == []


def test_live_strokes_of_one_connection_are_bounded() -> None:
    world, _, ana = alone()
    assert ana.conn is not None
    frame = b"".join(start(f"l{i}", handle=i) for i in range(50))
    assert len(list(heard(world.room.receive(ana.conn, frame, 5)))) == 4


def test_5_12_presence_is_sampled_and_students_cursors_go_to_staff() -> None:
    world, teacher, ana = alone()
    assert ana.conn is not None
    assert teacher.conn is not None
    for x in range(50):
        world.room.receive(ana.conn, wire.write(m.Presence(cursor=("open", x, 0, "arrow"))), 5)
        world.room.receive(teacher.conn, wire.write(m.Presence(cursor=("open", x, 1, "pen"))), 5)
    said = list(heard(world.room.beat(10_000)))
    assert sorted((a, v.person, v.cursor[1]) for a, v in said) == [("all", TEACHER, 49.0), ("staff", ANA, 49.0)]  # type: ignore[attr-defined]
    assert list(heard(world.room.beat(10_010))) == []


def each(pid: str = "each") -> m.Op:
    return Put(Page(id=pid, order="b1", audience="each"))


def private() -> tuple[World, Window, Window, Window]:
    """A teacher, Ana and Ben, and a page where everyone works alone."""
    world, teacher, ana = alone()
    ben = next(window for window in world.windows if window.person == BEN)
    if ben.conn is None:
        world.connect(ben)
    world.change(teacher, (each(),))
    world.tick()
    return world, teacher, ana, ben


def present(world: World, window: Window, **fields: object) -> list[tuple[str, m.Presence]]:
    assert window.conn is not None
    world.now += 1_000
    world.room.receive(window.conn, wire.write(m.Presence(**fields)), world.now)  # type: ignore[arg-type]
    return [(a, v) for a, v in heard(world.room.beat(world.now)) if isinstance(v, m.Presence)]


def test_5_12_staff_on_a_private_copy_are_seen_by_its_owner_and_staff_alone() -> None:
    world, teacher, _, _ = private()
    on_ana = present(world, teacher, cursor=("each", 3, 4, "pen"), copy=ANA)
    assert [(a, v.cursor, v.copy) for a, v in on_ana] == [(ANA, ("each", 3.0, 4.0, "pen"), ANA)]
    on_sheet = present(world, teacher, cursor=("each", 5, 6, "laser"))
    assert [(a, v.cursor) for a, v in on_sheet] == [(ANA, "off"), ("all", ("each", 5.0, 6.0, "laser"))]
    assert [a for a, _ in present(world, teacher, cursor=("open", 1, 1, "arrow"), copy=ANA)] == ["all", "staff"]
    assert [a for a, _ in present(world, teacher, cursor=("each", 1, 1, "arrow"), copy="p77")] == ["staff"]


def test_5_12_what_was_said_of_one_copy_does_not_go_along_with_what_is_said_of_another() -> None:
    world, teacher, ana, ben = private()
    world.change(teacher, (Put(TextBox(id="note", page="each", z="a1", x=0, y=0, text="see me", copy=ANA)),))
    world.tick()
    said = present(world, teacher, cursor=("each", 3, 4, "pen"), editing="note", view=("each", 3, 4, 55), copy=ANA)
    assert [(a, v.editing, v.view) for a, v in said] == [(ANA, "note", None)]
    back = present(world, teacher, view=("each", 8, 9, 1600))
    assert [(a, v.cursor, v.view, v.editing) for a, v in back] == [
        (ANA, "off", None, ""),
        ("all", None, ("each", 8.0, 9.0, 1600.0), None),
    ]
    present(world, teacher, cursor=("each", 3, 4, "pen"), editing="note", copy=ANA)
    for window, sees in ((ben, 0), (ana, 1)):
        assert window.conn is not None
        assert world.room.greeting(window.conn).count(b'"note"') == sees


@pytest.mark.parametrize("cursors", [False, True])
def test_5_12_a_student_on_a_private_copy_is_seen_by_staff_alone_whatever_they_claim(cursors: bool) -> None:
    world, teacher, ana, _ = private()
    world.change(teacher, (Patch(("class",), {"cursors": cursors}),))
    world.tick()
    for fields in (
        {"cursor": ("each", 1, 2, "pen")},
        {"cursor": ("each", 1, 2, "pen"), "copy": BEN},
        {"cursor": ("each", 1, 2, "pen"), "copy": TEACHER},
        {"editing": "not-there-yet"},
    ):
        said = present(world, ana, **fields)
        assert {a for a, _ in said} == {"staff"}
        assert {v.copy for _, v in said} <= {"", ANA}


def test_4_10_quotas_refuse_what_is_past_them_and_only_that() -> None:
    table = small_class()
    world = World(table)
    world.room.limits = m.Limits(records=3)
    for window in world.windows:
        world.connect(window)
    ana, ben = world.windows[2], world.windows[3]
    for i in range(4):
        world.change(ana, (Put(stroke(f"a{i}")),))
        world.change(ben, (Put(stroke(f"b{i}")),))
        world.tick()
    assert ana.refused == ["quota", "quota"]
    assert {r.id for r in ana.table if r.id[0] in "ab"} == {"a0", "a1", "b0", "b1"}


def test_a_change_with_too_many_records_is_refused() -> None:
    world, _, ana = alone()
    world.change(ana, (Remove(tuple(f"x{i}" for i in range(6_000))),))
    assert ana.refused == ["too-large"]


def test_2_6_times_rise_strictly_in_a_tick_and_when_the_clock_goes_back() -> None:
    world, teacher, ana = alone()
    lines = [f"line {i}" for i in range(20)]
    for i, text in enumerate(lines):
        world.change(ana, (Put(Message(id=f"m{(i * 7) % 20}", text=text)),))
    world.tick()
    world.now = 500
    world.change(teacher, (Put(Message(id="m9a", text="last")),))
    world.tick()
    times = [entry.time for entry in world.stored]
    assert len(times) == 21
    assert times == sorted(set(times))
    for window in (teacher, ana):
        assert [r.text for r in window.table.of_type("message")] == [*lines, "last"]  # type: ignore[attr-defined]
