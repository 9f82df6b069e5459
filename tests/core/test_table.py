"""The table: every operation can be undone, an overlay settles to the same thing, a snapshot is the table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.core.errors import BadRecord, Refusal
from classroom.core.messages import Append, Op, Patch, Put, Remove
from classroom.core.records import Item, Message, Unknown
from classroom.core.table import GRAVES, Overlay, Table, equal, inverse, load, snapshot_items
from tests.core.class_of import ANA, BEN, TEACHER, small_class, stroke

IDS = [f"s{i}" for i in range(6)]
ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True).map(tuple)
operations = st.one_of(
    st.builds(
        lambda id, page, author, z: Put(stroke(id, page, author, z)),
        st.sampled_from(IDS),
        st.sampled_from(["open", "staff"]),
        st.sampled_from([ANA, BEN, TEACHER]),
        st.sampled_from(["a0", "a1", "a2"]),
    ),
    st.builds(lambda at, colour: Patch(at, {"colour": colour}), ids, st.sampled_from(["red", "#102030", "ink"])),
    st.builds(lambda at, x: Patch(at, {"transform": (1, 0, 0, 1, x, 0), "group": "g"}), ids, st.integers(0, 9)),
    st.builds(Remove, ids),
    st.builds(lambda n: Put(Item(id=f"i{n}", kind="note", order="a0", text="é")), st.integers(0, 2)),
    st.builds(lambda n, at: Append(f"i{n}", "text", at, "ß!"), st.integers(0, 2), st.sampled_from([2, 5, 8])),
)


def applied(table: Table | Overlay, op: Op) -> bool:
    try:
        table.apply(op)
    except (Refusal, BadRecord):
        return False
    return True


@given(st.lists(operations, max_size=30))
def test_2_8_inverse_restores_every_record(ops: list[Op]) -> None:
    table, before = small_class(), small_class()
    undo: list[Op] = []
    for op in ops:
        back = inverse(table, op)
        if applied(table, op):
            undo = back + undo
    for op in undo:
        table.apply(op)
    assert equal(table, before)


@given(st.lists(operations, max_size=30))
def test_a_refused_operation_changes_nothing(ops: list[Op]) -> None:
    table = small_class()
    for op in ops:
        before = {record.id: record for record in table}
        if not applied(table, op):
            assert {record.id: record for record in table} == before


@given(st.lists(operations, max_size=20), st.lists(operations, max_size=20))
def test_an_overlay_settles_to_what_direct_changes_give(first: list[Op], second: list[Op]) -> None:
    direct, base = small_class(), small_class()
    for op in first:
        applied(direct, op)
        applied(base, op)
    overlay = Overlay(base)
    for op in second:
        assert applied(direct, op) == applied(overlay, op)
        assert [r.id for r in overlay.on_page("open")] == [r.id for r in direct.on_page("open")]
    overlay.settle(base)
    assert equal(base, direct)
    assert base.graves == direct.graves


@given(st.lists(operations, max_size=30))
def test_1_4_a_snapshot_is_the_table_with_its_graves(ops: list[Op]) -> None:
    table = small_class()
    for op in ops:
        applied(table, op)
    again = load(data for _, data in snapshot_items(table))
    assert equal(again, table)
    assert again.graves == table.graves
    assert all(again.usage(p) == table.usage(p) for p in (ANA, BEN, TEACHER))


@given(st.lists(operations, max_size=40))
def test_indexes_and_usage_follow_the_records(ops: list[Op]) -> None:
    table = small_class()
    for op in ops:
        applied(table, op)
    for page in ("open", "staff"):
        lying = sorted((r.z, r.id) for r in table if getattr(r, "page", None) == page and r.id != "class")
        assert [(r.z, r.id) for r in table.on_page(page)] == lying
    for person in (ANA, BEN):
        assert table.usage(person).records == sum(r.author == person for r in table)


def test_1_4_graves_are_bounded_oldest_first() -> None:
    table = Table()
    for number in range(GRAVES + 5):
        table.bury(f"g{number}", ANA)
    assert len(table.graves) == GRAVES
    assert table.first_author("g4") is None
    assert table.first_author("g5") == ANA


def test_2_7_times_are_not_kept_in_the_table() -> None:
    import msgspec

    table = small_class()
    table.apply(Put(msgspec.structs.replace(stroke("s1"), times=b"\x01\x02\x03")))
    record = table.get("s1")
    assert record is not None
    assert record.times == b""  # type: ignore[attr-defined]


@pytest.mark.parametrize("field", ["id", "type", "author", "time", "page", "points", "quantum", "nothing"])
def test_2_2_fixed_and_unknown_fields_are_not_patched(field: str) -> None:
    table = small_class()
    table.apply(Put(stroke("s1")))
    with pytest.raises(BadRecord):
        table.apply(Patch(("s1",), {field: "x"}))


@pytest.mark.parametrize(
    "fields", [{"width": -1}, {"width": 1e9}, {"colour": "teal"}, {"transform": [1, 2, 3]}, {"z": ""}, {"group": 7}]
)
def test_2_2_a_patch_outside_the_limits_is_refused(fields: dict[str, object]) -> None:
    table = small_class()
    table.apply(Put(stroke("s1")))
    with pytest.raises(BadRecord):
        table.apply(Patch(("s1",), fields))
    assert table.get("s1") == stroke("s1")


def test_2_3_append_needs_the_right_offset_in_bytes() -> None:
    table = small_class()
    table.apply(Put(Item(id="i", kind="note", order="a0", text="é")))
    with pytest.raises(Refusal, match="moved on"):
        table.apply(Append("i", "text", 1, "x"))
    table.apply(Append("i", "text", 2, "x"))
    assert table.get("i").text == "éx"  # type: ignore[union-attr]
    with pytest.raises(BadRecord):
        table.apply(Append("i", "title", 0, "x"))
    with pytest.raises(BadRecord):
        table.apply(Append("i", "text", 3, "y" * 65_536))


def test_2_4_removing_what_is_gone_is_no_error() -> None:
    table = small_class()
    table.apply(Remove(("nobody", "nothing")))
    assert equal(table, small_class())


def test_messages_are_listed_by_time() -> None:
    table = Table()
    for id, time in (("b", 2), ("a", 3), ("c", 1)):
        table.apply(Put(Message(id=id, text="hi", time=time)))
    assert [r.id for r in table.of_type("message")] == ["c", "b", "a"]


def test_unknown_records_are_kept() -> None:
    table = Table()
    table.apply(Put(Unknown(id="x", fields={"id": "x", "type": "hologram", "depth": 3})))
    table.apply(Patch(("x",), {"depth": 4}))
    record = table.of_type("hologram")[0]
    assert isinstance(record, Unknown)
    assert record.fields["depth"] == 4
