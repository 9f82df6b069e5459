"""What a change shows to whom: its operations cut by audience, and what makes up for altered sight (SPEC 4.6, 4.7).

An operation is given to each audience that sees its records, without what is for staff alone. Where a change moves a
record from one audience to another, who newly sees it gets a put and who no longer does a remove. Nothing here decides
who may see what: `policy` does. It must never give an audience a byte of what `policy` keeps from it.
"""

from __future__ import annotations

from classroom.core import messages as m
from classroom.core import policy
from classroom.core.records import STAFF_FIELDS, Page, Person, Record, type_of
from classroom.core.table import Overlay, Table, without_times


def shown(before: Overlay | Table, ops: m.Ops) -> tuple[list[tuple[str, m.Op]], bool]:
    """(audience, operation) in the order in which they are to be sent; and did anybody's sight change?"""
    parts: list[tuple[str, m.Op]] = []
    crossed = False
    at = Overlay(before)
    for op in ops:
        then = Overlay(at)
        then.apply(op)
        parts += _parts(at, then, op)
        for record, old, new in _altered(at, then):
            crossed = True
            parts += _crossing(record, old, new)
        then.settle(at)
    return parts, crossed


def changed_sides(before: Overlay | Table, after: Overlay) -> tuple[str, ...]:
    """People who become staff, or are no longer."""
    return tuple(
        id
        for id, record in after.changed.items()
        if isinstance(record, Person)
        and isinstance(old := before.get(id), Person)
        and policy.is_staff(old) != policy.is_staff(record)
    )


def _parts(before: Overlay, after: Overlay, op: m.Op) -> list[tuple[str, m.Op]]:
    """An operation cut by audience. Where it alters an audience only staff get it: `_crossing` tells the rest."""

    def key(record: Record) -> str:
        was, now = before.get(record.id), after.get(record.id)
        keys = {policy.audience(view, r) for view, r in ((before, was), (after, now)) if r is not None}
        return keys.pop() if len(keys) == 1 else "staff"

    if isinstance(op, m.Put):
        return _split(key(op.record), m.Put(without_times(op.record)), {type_of(op.record)})
    if isinstance(op, m.Append):
        target = before.get(op.id)
        return [] if target is None else _split(key(target), op, {type_of(target)})
    groups: dict[str, list[Record]] = {}
    for id in dict.fromkeys(op.ids):
        found = before.get(id)
        if found is not None:
            groups.setdefault(key(found), []).append(found)
    parts: list[tuple[str, m.Op]] = []
    for audience, records in groups.items():
        ids = tuple(record.id for record in records)
        cut: m.Op = m.Patch(ids, op.fields) if isinstance(op, m.Patch) else m.Remove(ids)
        parts += _split(audience, cut, {type_of(record) for record in records})
    return parts


def _split(key: str, op: m.Op, types: set[str]) -> list[tuple[str, m.Op]]:
    """Twice where there are staff-only fields: whole for staff, without them for the rest (SPEC 4.6)."""
    if not any(kind in STAFF_FIELDS for kind in types):
        return [(key, op)]
    public = policy.redacted_op(op, types)
    parts: list[tuple[str, m.Op]] = []
    if public is not None and key != "staff":
        parts.append(("others" if key == "all" else key, public))
    return [*parts, ("staff", op)]


def _altered(before: Overlay | Table, after: Overlay) -> list[tuple[Record, str, str]]:
    """Records that were there and stay, whose audience another one: themselves changed, or their page."""
    found: dict[str, tuple[Record, str, str]] = {}

    def compare(id: str) -> None:
        old, new = before.get(id), after.get(id)
        if old is not None and new is not None:
            was, is_ = policy.audience(before, old), policy.audience(after, new)
            if was != is_:
                found[id] = (new, was, is_)

    for id, record in after.changed.items():
        compare(id)
        old = before.get(id)
        if isinstance(record, Page) and old is not None:
            if policy.audience_on(before, id, "") == policy.audience_on(after, id, ""):
                continue
            for drawable in after.on_page(id):
                compare(drawable.id)
    return list(found.values())


def _crossing(record: Record, old: str, new: str) -> list[tuple[str, m.Op]]:
    """Puts for those who newly see a record, removes for those who no longer do.

    A person's key reaches staff too, who see the record before and after: they get it whole again at the end.
    """
    put, gone = m.Put(policy.redacted(record)), m.Remove((record.id,))
    if new == "all":
        return [("others", put)]
    shown: list[tuple[str, m.Op]] = []
    if old != "staff":
        shown.append(("others" if old == "all" else old, gone))
    if new != "staff":
        shown.append((new, put))
    if any(key not in ("others", "staff") for key, _ in shown):
        shown.append(("staff", m.Put(record)))
    return shown
