"""Who may do what, who sees what: the one place that decides.

`check` reads only the table and the change (its stamped time included): no clock, no rate counter, so every reader of
the log decides alike. `RULES` is the permission table, record type by verb; `FIELDS` refines edits by field. `audience`
and `sees` decide what reaches whom. A refusal is a code with parameters, never a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import msgspec

from classroom.core import ink
from classroom.core.errors import BadInk, BadRecord, Refusal
from classroom.core.messages import Append, Op, Ops, Patch, Presence, Put, Remove
from classroom.core.names import clean_name, likeness
from classroom.core.records import (
    DRAWABLE,
    STAFF_FIELDS,
    Class,
    Drawable,
    Ink,
    Item,
    Message,
    Page,
    Person,
    Record,
    Response,
    Unknown,
    type_of,
)
from classroom.core.table import Overlay, View

Verb: TypeAlias = Literal["create", "edit own", "edit other", "remove own", "remove other"]
Rule: TypeAlias = Literal["nobody", "staff", "draw", "answer", "chat", "member"]
"""nobody; staff; draw: may draw on that page; answer: may answer that open item; chat: chat is open to them;
member: anyone but an observer."""

RULES: dict[str, dict[Verb, Rule]] = {
    "class": {
        "create": "nobody",
        "edit own": "staff",
        "edit other": "staff",
        "remove own": "nobody",
        "remove other": "nobody",
    },
    "person": {
        "create": "nobody",
        "edit own": "member",
        "edit other": "staff",
        "remove own": "nobody",
        "remove other": "nobody",
    },
    "page": {
        "create": "staff",
        "edit own": "staff",
        "edit other": "staff",
        "remove own": "nobody",
        "remove other": "nobody",
    },
    **{
        kind: {
            "create": "draw",
            "edit own": "draw",
            "edit other": "staff",
            "remove own": "draw",
            "remove other": "staff",
        }
        for kind in sorted(DRAWABLE)
    },
    "item": {
        "create": "staff",
        "edit own": "staff",
        "edit other": "staff",
        "remove own": "staff",
        "remove other": "staff",
    },
    "response": {
        "create": "answer",
        "edit own": "answer",
        "edit other": "staff",
        "remove own": "answer",
        "remove other": "staff",
    },
    "cell": {
        "create": "staff",
        "edit own": "staff",
        "edit other": "staff",
        "remove own": "staff",
        "remove other": "staff",
    },
    "message": {
        "create": "chat",
        "edit own": "nobody",
        "edit other": "nobody",
        "remove own": "chat",
        "remove other": "staff",
    },
}
"""The permission table. Staff pass every rule but `nobody`; observers pass none."""

FIELDS: dict[tuple[str, Verb], frozenset[str]] = {
    ("person", "edit own"): frozenset({"name", "hand"}),
    ("person", "edit other"): frozenset({"name", "hand", "draw", "chat", "role"}),
    ("response", "edit own"): frozenset({"state", "text", "choice"}),
    ("response", "edit other"): frozenset({"comment"}),
}
"""Edits that touch only some fields; other edits may touch any field that is not fixed."""

STAMPED: dict[tuple[str, str], str] = {
    ("person", "hand"): "time",
    ("page", "cleared"): "time",
    ("class", "called"): "time",
}
"""Fields whose non-zero value becomes the change's time (SPEC 1.7)."""

NAMES = 20
"""Names changed by one change: each is compared with all others."""
STAFF_ROLES = frozenset({"teacher", "assistant"})


# -- questions ----------------------------------------------------------------------------------------------------


def is_staff(person: Person) -> bool:
    """Teacher or assistant?"""
    return person.role in STAFF_ROLES


def may_draw(view: View, person: Person, page_id: str, copy: str) -> Refusal | None:
    """Why `person` may not draw on that page (or copy of it), or None (SPEC 4.3)."""
    page = view.get(page_id)
    if not isinstance(page, Page):
        return Refusal("unknown-record", id=page_id)
    if page.gone:
        return Refusal("page-gone", page=page_id)
    if copy and (page.audience != "each" or not isinstance(view.get(copy), Person)):
        return Refusal("forbidden")
    if person.role == "observer":
        return Refusal("forbidden")
    if is_staff(person):
        return None
    if page.locked:
        return Refusal("page-locked", page=page_id)
    if page.audience == "staff":
        return Refusal("forbidden")
    if person.draw == "no":
        return Refusal("draw-locked")
    if page.audience == "each":
        return None if copy == person.id else Refusal("forbidden")
    the_class = view.get("class")
    draw = the_class.draw if isinstance(the_class, Class) else "none"
    return None if draw == "all" or (draw == "chosen" and person.draw == "yes") else Refusal("draw-locked")


def may_chat(view: View, person: Person) -> Refusal | None:
    """Why `person` may not write in the chat, or None."""
    if person.role == "observer":
        return Refusal("forbidden")
    if is_staff(person):
        return None
    the_class = view.get("class")
    open_ = isinstance(the_class, Class) and the_class.chat and person.chat
    return None if open_ else Refusal("chat-closed")


def name_taken(view: View, name: str, but: str = "") -> bool:
    """Has another person that name, or one that looks the same?"""
    wanted = likeness(name)
    return any(isinstance(p, Person) and p.id != but and likeness(p.name) == wanted for p in view.of_type("person"))


# -- sight --------------------------------------------------------------------------------------------------------


def audience_on(view: View, page_id: str, copy: str) -> str:
    """The key of those who see what lies on that page, or on one person's copy of it."""
    page = view.get(page_id)
    if not isinstance(page, Page) or page.gone or page.audience == "staff":
        return "staff"
    return copy or "all"


def audience(view: View, record: Record) -> str:
    """The key of those who see `record`: `all`, `staff`, or a person id, meaning staff and that person (SPEC 4.4)."""
    if isinstance(record, Drawable):
        return audience_on(view, record.page, record.copy)
    if isinstance(record, Page):
        return "staff" if record.gone or record.audience == "staff" else "all"
    if isinstance(record, Response):
        return record.author
    if isinstance(record, Message) and record.to == "staff":
        return record.author
    return "all"


def copy_of_presence(view: View, person: Person, value: Presence) -> str:
    """On whose private copy that person is, of what a presence says (SPEC 4.8): a student on none but their own."""
    if is_staff(person):
        return value.copy
    pages = [view.get(place[0]) for place in (value.cursor, value.view) if isinstance(place, tuple)]
    return person.id if any(isinstance(page, Page) and page.audience == "each" for page in pages) else ""


def presence_audience(view: View, person: Person, value: Presence) -> str:
    """The key of those who may see all that `value` says: nobody learns of a page, copy or record not for them.

    Staff who are on one person's private copy are seen there by that person; a student on a private copy by staff.
    """
    places = [place[0] for place in (value.cursor, value.view) if isinstance(place, tuple)]
    pages = [view.get(place) for place in places]
    edited = view.get(value.editing) if value.editing else None
    keys = {audience_on(view, place, value.copy) for place in places}
    keys |= {audience(view, edited)} if edited is not None else {value.copy or "all"}
    if value.copy and not all(isinstance(page, Page) and page.audience == "each" for page in pages):
        return "staff"
    if not is_staff(person):
        the_class = view.get("class")
        shared = isinstance(the_class, Class) and the_class.cursors
        private = any(isinstance(page, Page) and page.audience == "each" for page in pages)
        private |= bool(value.editing) and edited is None  # made just now, who knows where
        return "all" if shared and not private and keys == {"all"} else "staff"
    return keys.pop() if len(keys) == 1 and isinstance(view.get(value.copy or person.id), Person) else "staff"


def sees(role: str, person: str, key: str) -> bool:
    """Does someone of that role and id see what is sent to `key`? (SPEC 4.5)"""
    if role in STAFF_ROLES:
        return key != "others"
    return key in ("all", "others") or key == person


def redacted(record: Record) -> Record:
    """The record as those who are not staff see it (SPEC 4.6)."""
    fields = STAFF_FIELDS.get(type_of(record))
    if not fields:
        return record
    defaults = {f.name: f.default for f in msgspec.structs.fields(record) if f.name in fields}
    return msgspec.structs.replace(record, **defaults)


def redacted_op(op: Op, types: set[str]) -> Op | None:
    """`op` without staff-only fields of records of those `types`; None when nothing is left of it."""
    hidden = {name for kind in types for name in STAFF_FIELDS.get(kind, ())}
    if not hidden:
        return op
    if isinstance(op, Put):
        return Put(redacted(op.record))
    if isinstance(op, Patch):
        fields = {k: v for k, v in op.fields.items() if k not in hidden}
        return Patch(op.ids, fields) if fields else None
    if isinstance(op, Append) and op.field in hidden:
        return None
    return op


# -- deciding -----------------------------------------------------------------------------------------------------


def check(view: View, person_id: str, ops: Ops, time: int) -> Overlay:
    """`ops` of that person, stamped, tried and found right: an overlay on `view` that holds them. Raises `Refusal`.

    `time` is the change's stamped time in milliseconds. Empty `person_id` is the server itself, which may do
    everything but break the schema.
    """
    if sum(isinstance(op, Patch) and "name" in op.fields for op in ops) > NAMES:
        raise Refusal("too-large", limit=NAMES)
    overlay = Overlay(view)
    for op in ops:
        person = view.get(person_id) if person_id else None
        if person_id and not isinstance(person, Person):
            raise Refusal("forbidden")
        try:
            stamped = _stamp(overlay, person_id, op, time)
            if isinstance(person, Person):
                _allow(overlay, person, stamped)
            overlay.apply(stamped)
            _sound(overlay, stamped)
        except BadRecord as error:
            raise Refusal("bad-record", why=str(error)[:200]) from None
        except BadInk as error:
            raise Refusal("bad-record", why=f"ink: {error}"[:200]) from None
    _keep_a_teacher(view, overlay)
    return overlay


def _stamp(view: View, author: str, op: Op, time: int) -> Op:
    """`op` with what the server knows: author and time of first putting (SPEC 1.2 to 1.4), stamped fields (1.7)."""
    if isinstance(op, Put):
        record = op.record
        if isinstance(record, Unknown):
            raise BadRecord("unknown record type")
        old = view.get(record.id)
        first = old.author if old is not None else view.first_author(record.id)
        if author or old is not None:
            record = msgspec.structs.replace(
                record,
                author=author if first is None else first,
                time=old.time if old is not None else time,
            )
        return Put(_stamped_fields(record, time))
    if isinstance(op, Patch):
        kinds = {type_of(found) for id in op.ids if (found := view.get(id)) is not None}
        late: dict[str, Any] = {
            name: time for name, value in op.fields.items() if value and any((kind, name) in STAMPED for kind in kinds)
        }
        name = op.fields.get("name")
        if isinstance(name, str) and "person" in kinds:
            late["name"] = clean_name(name)
        return Patch(op.ids, {**op.fields, **late}) if late else op
    return op


def _stamped_fields(record: Record, time: int) -> Record:
    kind = type_of(record)
    late = {name: time for (of, name) in STAMPED if of == kind and getattr(record, name)}
    return msgspec.structs.replace(record, **late) if late else record


def _allow(view: View, person: Person, op: Op) -> None:
    if isinstance(op, Put):
        old = view.get(op.record.id)
        _own_part(view, person, op.record.author, getattr(op.record, "part", ""))
        if old is not None:
            _known(view, person, old)
            if type_of(old) != type_of(op.record):
                raise BadRecord("the type of a record stays")
        if old is not None and type_of(old) in ("class", "person"):
            raise Refusal("forbidden")
        if old is not None and op.record.author != person.id:
            _rule(view, person, op.record, "edit other", _differing(old, op.record))
        elif old is not None:
            _rule(view, person, op.record, "edit own", _differing(old, op.record))
            _rule(view, person, old, "edit own", ())
        elif op.record.author != person.id:
            _rule(view, person, op.record, "edit other", ())
        else:
            _rule(view, person, op.record, "create", ())
        return
    if isinstance(op, Remove):
        for id in op.ids:
            gone = view.get(id)
            if gone is not None:
                _known(view, person, gone)
                _rule(view, person, gone, "remove own" if gone.author == person.id else "remove other", ())
        return
    fields = op.fields if isinstance(op, Patch) else (op.field,)
    for id in op.ids if isinstance(op, Patch) else (op.id,):
        record = view.get(id)
        if record is None:
            raise Refusal("unknown-record", id=id)
        _known(view, person, record)
        own = record.author == person.id
        _rule(view, person, record, "edit own" if own else "edit other", fields)
        if isinstance(record, Person):
            _person_fields(view, person, record, op)
        if isinstance(op, Patch):
            _own_part(view, person, record.author, op.fields.get("part"))


def _known(view: View, person: Person, record: Record) -> None:
    """What someone may not see is, to them, not there."""
    if not sees(person.role, person.id, audience(view, record)):
        raise Refusal("unknown-record", id=record.id)


def _own_part(view: View, person: Person, author: str, part: object) -> None:
    """A student's stroke is no part of someone else's: whoever erases a stroke erases all of its parts."""
    first = view.get(part) if part and isinstance(part, str) else None
    if first is not None and first.author != author and not is_staff(person):
        raise Refusal("forbidden")


def _differing(old: Record, new: Record) -> list[str]:
    return [name for name in new.__struct_fields__ if getattr(old, name, None) != getattr(new, name)]


def _rule(view: View, person: Person, record: Record, verb: Verb, fields: Iterable[str]) -> None:
    """Raises `Refusal` unless `person` may `verb` this `record`, touching `fields`."""
    kind = type_of(record)
    rule = RULES[kind][verb] if kind in RULES else "nobody"
    staff = is_staff(person)
    if rule == "nobody" or person.role == "observer" or (rule == "staff" and not staff):
        raise Refusal("forbidden")
    refusal: Refusal | None = None
    if rule == "draw" or isinstance(record, Drawable):
        assert isinstance(record, Drawable)
        refusal = may_draw(view, person, record.page, record.copy)
        # Staff lock and unlock: what a student locked they could not take up again.
        if refusal is None and not staff and (record.locked or "locked" in fields):
            refusal = Refusal("forbidden")
    elif rule == "chat":
        refusal = may_chat(view, person)
    elif rule == "answer" and isinstance(record, Response) and not staff:
        item = view.get(record.item)
        if isinstance(item, Item) and not item.open:
            refusal = Refusal("item-closed", item=record.item)
    if refusal is not None:
        raise refusal
    allowed = FIELDS.get((kind, verb))
    if allowed is not None and not (kind == "person" and verb == "edit own" and staff):
        extra = set(fields) - allowed
        if extra:
            raise Refusal("forbidden")
    if kind == "response" and verb == "create" and not staff and isinstance(record, Response) and record.comment:
        raise Refusal("forbidden")


def _person_fields(view: View, person: Person, record: Person, op: Op) -> None:
    """Rules of single fields of people (SPEC 4.9)."""
    fields: dict[str, Any] = op.fields if isinstance(op, Patch) else {}
    if not set(fields) <= FIELDS["person", "edit other"]:
        raise Refusal("forbidden")
    if "role" in fields:
        if record.id == person.id:
            raise Refusal("own-role")
        if person.role != "teacher":
            raise Refusal("forbidden")
    if is_staff(record) and record.id != person.id and person.role != "teacher":
        raise Refusal("forbidden")
    if "name" in fields:
        name = fields["name"]
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= 40:
            raise Refusal("name-length")
        the_class = view.get("class")
        if not is_staff(person) and isinstance(the_class, Class) and not the_class.names:
            raise Refusal("names-locked")
        if len(set(op.ids if isinstance(op, Patch) else ())) > 1 or name_taken(view, name, but=record.id):
            raise Refusal("name-taken", name=name.strip())


def _sound(view: View, op: Op) -> None:
    """Rules of content that hold for everyone (SPEC 2.9, 1.3)."""
    if isinstance(op, Put):
        record = op.record
        if isinstance(record, Drawable) and not isinstance(view.get(record.page), Page):
            raise Refusal("unknown-record", id=record.page)
        if isinstance(record, Response) and not isinstance(view.get(record.item), Item):
            raise Refusal("unknown-record", id=record.item)
        if isinstance(record, Ink):
            count = ink.check(record.points, record.quantum)
            if record.times:
                ink.check_times(record.times, count)
    if isinstance(op, Patch) and "class" in op.ids and "page" in op.fields:
        page = view.get(str(op.fields["page"]))
        if not isinstance(page, Page) or page.gone:
            raise Refusal("unknown-record", id=str(op.fields["page"]))


def _keep_a_teacher(before: View, overlay: Overlay) -> None:
    changed = [r for r in overlay.changed.values() if isinstance(r, Person)]
    if any(
        r.role != "teacher" and isinstance(old := before.get(r.id), Person) and old.role == "teacher" for r in changed
    ) and not any(isinstance(p, Person) and p.role == "teacher" for p in overlay.of_type("person")):
        raise Refusal("last-teacher")
