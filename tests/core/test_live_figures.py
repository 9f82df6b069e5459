"""SPEC 5.15: figures that others see while they are made, and everything that must not come of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from classroom.core import messages as m
from classroom.core import wire
from classroom.core.live import STAFF_EVERY, STUDENT_EVERY
from classroom.core.messages import Patch, Put
from classroom.core.records import Page, Shape
from classroom.core.room import Action
from tests.core.class_of import ANA, BEN, TEACHER
from tests.core.test_room import Window, World, alone, heard, private

LARGE = tuple((i / 199, (i * 7 % 200) / 199) for i in range(200))


def figure(id: str = "d1", page: str = "open", w: float = 40, **fields: Any) -> m.DraftFigure:
    return m.DraftFigure(id, page, fields.pop("kind", "rectangle"), 10, 20, w, 30, **fields)


def drafts(actions: list[Action]) -> list[tuple[str, str, Any]]:
    """Audience, person and what is said of a figure, in order."""
    return [(a, v.person, v.draft) for a, v in heard(actions) if isinstance(v, m.Presence) and v.draft is not None]


def say(world: World, window: Window, draft: m.DraftFigure | str, **fields: Any) -> list[tuple[str, str, Any]]:
    """It is said, half a second after what was said before."""
    assert window.conn is not None
    world.now += 500
    said = wire.write(m.Presence(draft=draft, **fields))  # type: ignore[arg-type]
    actions = world.room.receive(window.conn, said, world.now)
    return drafts(actions + world.room.beat(world.now))


def window_of(world: World, person: str) -> Window:
    return next(window for window in world.windows if window.person == person)


def greeted(world: World, window: Window) -> list[Any]:
    assert window.conn is not None
    values = map(wire.read, wire.split(world.room.greeting(window.conn)))
    return [value.draft for value in values if isinstance(value, m.Presence) and value.draft is not None]


def test_a_figure_is_seen_by_all_who_see_the_page_also_a_students() -> None:
    world, teacher, ana = alone()
    for window in (teacher, ana):
        draft = figure(f"d-{window.person}", colour="red", fill="sky", dash="dotted", width=6)
        assert say(world, window, draft) == [("all", window.person, draft)]
    assert world.room.seq == 0
    assert world.room.table.get("d-p1") is None


def test_it_carries_nothing_of_the_rest_and_the_rest_nothing_of_it() -> None:
    world, _, ana = alone()
    assert ana.conn is not None
    world.now += 1_000
    both = m.Presence(cursor=("open", 1, 2, "pen"), draft=figure())
    world.room.receive(ana.conn, wire.write(both), world.now)
    said = dict(heard(world.room.beat(world.now)))
    # A student's cursor is for staff; what they make is for all.
    assert said == {
        "all": m.Presence(ANA, draft=figure()),
        "staff": m.Presence(ANA, ("open", 1, 2, "pen")),
    }
    world.now += 1_000
    world.room.receive(ana.conn, wire.write(m.Presence(cursor=("open", 3, 4, "pen"))), world.now)
    assert drafts(world.room.beat(world.now)) == []


def test_whose_it_is_and_where_is_not_for_the_client_to_forge() -> None:
    world, _, ana = alone()
    (told,) = say(world, ana, figure(), person=TEACHER)
    assert told[1] == ANA
    for page in ("staff", "shut", "gone", "nowhere", "each"):
        assert say(world, ana, figure(page=page)) in ([], [("all", ANA, "off")])
    for copy in (ANA, BEN):
        assert say(world, ana, figure(copy=copy)) == [], "no copies on a common page"
    assert say(world, window_of(world, "p5"), figure()) == [], "an observer reads only"


@pytest.mark.parametrize("draw", ["none", "chosen"])
def test_who_may_not_draw_shows_nothing(draw: str) -> None:
    world, teacher, ana = alone()
    world.change(teacher, (Patch(("class",), {"draw": draw}),))
    world.tick()
    assert say(world, ana, figure()) == []
    assert not world.room.busy()
    assert len(say(world, teacher, figure())) == 1


def test_on_a_staff_page_and_on_private_copies_it_is_seen_by_whom_its_record_would_be() -> None:
    world, teacher, ana, ben = private()
    assert say(world, teacher, figure("a", "staff"))[0][0] == "staff"
    assert [a for a, _, _ in say(world, teacher, figure("b", "each", copy=ANA))] == ["staff", ANA]
    assert [a for a, _, _ in say(world, teacher, figure("c", "each"))] == [ANA, "all"]
    assert [a for a, _, _ in say(world, ana, figure("d", "each", copy=ANA))] == [ANA]
    # Another's copy, and the worksheet that all have.
    for copy in (BEN, TEACHER, ""):
        assert say(world, ana, figure("e", "each", copy=copy)) in ([], [(ANA, ANA, "off")])
    assert [a for a, _, _ in say(world, ben, figure("f", "each", copy=BEN))] == [BEN]
    say(world, ana, figure("g", "each", copy=ANA))
    ids = {window.person: sorted(d.id for d in greeted(world, window)) for window in (teacher, ana, ben)}
    assert ids == {TEACHER: ["c", "f", "g"], ANA: ["c", "g"], BEN: ["c", "f"]}


def test_another_audience_does_not_keep_what_it_saw() -> None:
    world, teacher, _, ben = private()
    say(world, teacher, figure("a"))
    moved = say(world, teacher, figure("a", "each", copy=ANA))
    assert [(a, d if d == "off" else d.page) for a, _, d in moved] == [("all", "off"), (ANA, "each")]
    assert greeted(world, ben) == []


@pytest.mark.parametrize("how", ["off", "revoked", "locked", "hidden", "gone", "left", "silence", "clock", "done"])
def test_it_ends_for_everyone(how: str) -> None:
    world, teacher, ana = alone()
    assert ana.conn is not None
    say(world, ana, figure())
    before = len(world.log)
    if how == "off":
        world.do(world.room.receive(ana.conn, wire.write(m.Presence(draft="off")), world.now))
    elif how == "left":
        world.do(world.room.leave(ana.conn, world.now))
    elif how in ("silence", "clock"):
        world.do(world.room.beat(world.now + 4_999))
        assert len(world.log) == before
        world.do(world.room.beat(world.now + (5_000 if how == "silence" else -1)))
    elif how == "done":
        world.change(ana, (Put(Shape(id="d1", page="open", z="a1", kind="rectangle", x=1, y=2, w=3, h=4)),))
        world.tick()
    else:
        fields: dict[str, tuple[str, dict[str, Any]]] = {
            "revoked": (ANA, {"draw": "no"}),
            "locked": ("open", {"locked": True}),
            "hidden": ("open", {"audience": "staff"}),
            "gone": ("open", {"gone": True}),
        }
        id, patch = fields[how]
        world.change(teacher, (Patch((id,), patch),))
        world.tick()
    log = list(world.log[before:])
    ends = [one for one in log if drafts([one])]
    assert [drafts([one]) for one in ends] == [[("all", ANA, "off")]]
    assert not ends[0].droppable
    if how == "done":
        kinds = [type(value).__name__ for _, value in heard(list(log))]
        assert kinds.index("Changes") < kinds.index("Presence"), "the record is there before its preview goes"
    assert not world.room.busy()
    assert greeted(world, teacher) == []
    if how not in ("off", "left", "silence", "clock"):
        assert say(world, ana, figure()) == [], "and it does not come back"


def test_a_connection_that_goes_takes_its_own_figure_only() -> None:
    world, _, ana = alone()
    second = next(w for w in world.windows if w.person == ANA and w is not ana)
    assert ana.conn is not None
    assert second.conn is not None
    say(world, ana, figure("d1"))
    assert say(world, second, "off") == []
    assert drafts(world.room.leave(second.conn, world.now)) == []
    assert drafts(world.room.leave(ana.conn, world.now)) == [("all", ANA, "off")]


def test_nobody_takes_the_id_that_somebody_elses_figure_has() -> None:
    world, _, ana = alone()
    ben = window_of(world, BEN)
    say(world, ana, figure("d1"))
    assert say(world, ben, figure("d1")) == []
    shape = Shape(id="d1", page="open", z="a1", kind="line", x=0, y=0, w=9, h=9)
    world.change(ben, (Put(shape),))
    world.tick()
    assert ben.refused == ["forbidden"]
    world.change(ana, (Put(shape),))
    world.tick()
    assert ana.refused == []
    assert say(world, ben, figure("d1", w=1e6)) == [], "nor that of a record"


@pytest.mark.parametrize(("person", "every"), [(TEACHER, STAFF_EVERY), (ANA, STUDENT_EVERY)])
def test_a_flood_is_sampled_and_ends_are_no_way_round(person: str, every: int) -> None:
    world, _, _ = alone()
    window = window_of(world, person)
    assert window.conn is not None
    shown: list[Any] = []
    for at in range(10_000, 12_000, 5):
        for said in (figure(f"d{at}", w=at), "off", figure(f"e{at}", w=at)):
            frame = wire.write(m.Presence(draft=said))
            shown += drafts(world.room.receive(window.conn, frame, at))
        shown += drafts(world.room.beat(at))
    figures = [draft for _, _, draft in shown if draft != "off"]
    assert 2 <= len(figures) <= 2_000 // every
    assert len(shown) - len(figures) <= len(figures)
    assert len(world.room.live._named[person]) <= 64


def test_a_heavy_figure_is_told_less_often_and_never_more_than_a_record_could_hold() -> None:
    world, teacher, _ = alone()
    assert teacher.conn is not None
    told = 0
    for at in range(10_000, 12_000, 10):
        frame = wire.write(m.Presence(draft=figure(w=at, kind="polygon", corners=LARGE)))
        world.room.receive(teacher.conn, frame, at)
        told += len(drafts(world.room.beat(at)))
    size = len(wire.write(m.Presence("p1", draft=figure(kind="polygon", corners=LARGE))))
    assert 2 <= told <= 2_000 // STAFF_EVERY // (size // 1_024) + 1


@pytest.mark.parametrize(
    "fields",
    [
        {"corners": [[0, 0]] * 201},
        {"corners": [[0, 1e8]]},
        {"kind": "blob"},
        {"x": 1e8},
        {"h": float("1e300")},
        {"width": 0},
        {"width": 401},
        {"width": 0.3},
        {"colour": "url(x)"},
        {"fill": "none"},
        {"dash": "wavy"},
        {"page": ""},
        {"id": "a b"},
        {"copy": "p0x"},
        {"transform": [1, 0, 0, 1, 0]},
        {"author": TEACHER},
    ],
)
def test_what_a_shape_record_could_not_hold_is_not_shown(fields: dict[str, Any]) -> None:
    world, teacher, _ = alone()
    assert teacher.conn is not None
    good = msgspec.to_builtins(figure(kind="polygon", corners=((0.0, 0.0), (1.0, 1.0), (0.0, 1.0))))
    for said, count in ((good, 1), ({**good, **fields}, 0)):
        world.now += 1_000
        frame = wire.message(wire.PRESENCE, msgspec.json.encode({"draft": said}))
        actions = world.room.receive(teacher.conn, frame, world.now) + world.room.beat(world.now)
        assert len(drafts(actions)) == count
        assert teacher.conn in world.by_conn


def test_a_page_made_private_meanwhile_ends_it_and_a_newcomer_is_not_told() -> None:
    world, teacher, ana = alone()
    world.change(teacher, (Put(Page(id="free", order="b2")),))
    world.tick()
    say(world, ana, figure(page="free"))
    ben = window_of(world, BEN)
    assert [d.id for d in greeted(world, ben)] == ["d1"]
    world.change(teacher, (Patch(("free",), {"audience": "each"}),))
    world.tick()
    assert greeted(world, ben) == []
