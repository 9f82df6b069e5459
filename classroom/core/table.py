"""The table: all records of a class at one moment, and the one way to change it.

`Table.apply` is the only code that alters records, on the server, in the kernel's client and when a file is opened, so
a snapshot and a tail of the log give the same table everywhere. It trusts its input: `policy.check` has decided
before. `Overlay` is the same thing over a base that stays as it is until `settle`, which is how a change is tried
before it is written down. No clock, no permission, no input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import msgspec

from classroom.core import wire
from classroom.core.errors import BadRecord, Refusal
from classroom.core.messages import Append, Op, Patch, Put, Remove
from classroom.core.records import (
    APPENDABLE,
    FIXED,
    Drawable,
    Ink,
    Person,
    Record,
    Text,
    Unknown,
    type_of,
)

GRAVES = 10_000
"""Removed ids whose authors are remembered (SPEC 1.4): two cleared pages of 5,000 strokes can be brought back."""


class Usage(NamedTuple):
    """What one author has in the table: how many records, and about how many bytes of content."""

    records: int
    bytes: int


class View(Protocol):
    """What a rule may look at."""

    def get(self, id: str) -> Record | None: ...
    def of_type(self, name: str) -> list[Record]: ...
    def on_page(self, page: str) -> list[Drawable]: ...
    def first_author(self, id: str) -> str | None: ...


def without_times(record: Record) -> Record:
    """The record as it stands in the table: a stroke's time plane is for the log alone (SPEC 2.7)."""
    return msgspec.structs.replace(record, times=b"") if isinstance(record, Ink) and record.times else record


def weight(record: Record) -> int:
    """About how many bytes of content a record holds, for quotas."""
    return 64 + sum(_bytes_of(getattr(record, name)) for name in record.__struct_fields__)


def _bytes_of(value: Any) -> int:
    if isinstance(value, (str, bytes)):
        return len(value)
    return sum(8 + _bytes_of(part) for part in value) if isinstance(value, tuple) else 0


def page_of(record: Record) -> str | None:
    """The page that a drawable lies on."""
    return record.page if isinstance(record, Drawable) else None


def asset_of(record: Record) -> str:
    """The asset that a record names; "" for none."""
    return getattr(record, "asset", "")


def patched(record: Record, fields: dict[str, Any]) -> Record:
    """`record` with other `fields`, inside its limits. Raises `BadRecord`. Fixed fields are refused (SPEC 2.2)."""
    if isinstance(record, Unknown):
        return msgspec.structs.replace(record, fields={**record.fields, **fields})
    names = record.__struct_fields__
    kind = type_of(record)
    for name in fields:
        if name not in names or (name in FIXED and not (kind == "class" and name == "page")):
            raise BadRecord(f"{kind}.{name} cannot be patched")
    whole = {name: getattr(record, name) for name in names}
    whole.update(fields)
    whole["type"] = kind
    made: Record = wire.convert(type(record), whole)
    return made


def appended(record: Record, op: Append) -> Record:
    """`record` with more text. Raises `Refusal` (`bad-offset`) or `BadRecord`."""
    if (type_of(record), op.field) not in APPENDABLE:
        raise BadRecord(f"{type_of(record)}.{op.field} cannot be appended to")
    old: str = getattr(record, op.field)
    if len(old.encode()) != op.at:
        raise Refusal("bad-offset", id=op.id, field=op.field, at=len(old.encode()))
    text = wire.convert(Text, old + op.text)
    return msgspec.structs.replace(record, **{op.field: text})


def _removed(view: View, op: Remove) -> list[Record]:
    return [record for id in dict.fromkeys(op.ids) if (record := view.get(id)) is not None]


def results(view: View, op: Op) -> tuple[list[Record], list[Record]]:
    """What `op` would put and remove, against `view`. Raises `Refusal` or `BadRecord` where it cannot be applied."""
    if isinstance(op, Put):
        return [without_times(op.record)], []
    if isinstance(op, Remove):
        return [], _removed(view, op)
    ids = op.ids if isinstance(op, Patch) else (op.id,)
    made = []
    for id in dict.fromkeys(ids):
        old = view.get(id)
        if old is None:
            raise Refusal("unknown-record", id=id)
        made.append(patched(old, op.fields) if isinstance(op, Patch) else appended(old, op))
    return made, []


def inverse(view: View, op: Op) -> list[Op]:
    """The operations that undo `op`, computed against the state before it (SPEC 2.8)."""
    if isinstance(op, Put):
        old = view.get(op.record.id)
        return [Put(old)] if old is not None else [Remove((op.record.id,))]
    if isinstance(op, Remove):
        return [Put(record) for record in _removed(view, op)]
    if isinstance(op, Append):
        old = view.get(op.id)
        return [] if old is None else [Patch((op.id,), {op.field: getattr(old, op.field)})]
    groups: dict[bytes, tuple[dict[str, Any], list[str]]] = {}
    for id in dict.fromkeys(op.ids):
        old = view.get(id)
        if old is not None:
            values = {name: _value(old, name) for name in op.fields}
            groups.setdefault(msgspec.json.encode(values), (values, []))[1].append(id)
    return [Patch(tuple(ids), values) for values, ids in groups.values()]


def _value(record: Record, name: str) -> Any:
    return record.fields.get(name) if isinstance(record, Unknown) else getattr(record, name)


class _Writable:
    """Applying an operation, given ways to put and drop one record."""

    def _put(self, record: Record) -> None:
        raise NotImplementedError

    def _drop(self, record: Record) -> None:
        raise NotImplementedError

    def apply(self: Any, op: Op) -> None:
        """Does `op`, or raises `Refusal` or `BadRecord` and does nothing."""
        put, gone = results(self, op)
        for record in put:
            self._put(record)
        for record in gone:
            self._drop(record)


class Table(_Writable):
    """All records by id, with indexes by page, by type, and what each author uses."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._types: dict[str, dict[str, None]] = {}
        self._pages: dict[str, dict[str, None]] = {}
        self._assets: dict[str, dict[str, None]] = {}
        self._graves: dict[str, str] = {}
        self._buried: dict[str, dict[str, None]] = {}
        self._usage: dict[str, Usage] = {}

    # -- reading

    def get(self, id: str) -> Record | None:
        """The record with that id, or None."""
        return self._records.get(id)

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def of_type(self, name: str) -> list[Record]:
        """Records of one type, by `order` where they have one, else by number or time, then id."""
        return sorted((self._records[id] for id in self._types.get(name, ())), key=_place)

    def on_page(self, page: str) -> list[Drawable]:
        """What lies on a page, bottom to top."""
        found = [r for id in self._pages.get(page, ()) if isinstance(r := self._records[id], Drawable)]
        return sorted(found, key=lambda r: (r.z, r.id))

    def naming(self, asset: str) -> list[Record]:
        """The records that name an asset."""
        return [self._records[id] for id in self._assets.get(asset, ())]

    def first_author(self, id: str) -> str | None:
        """Who first put a removed record, while that is remembered (SPEC 1.4)."""
        return self._graves.get(id)

    def usage(self, author: str) -> Usage:
        """How much `author` has in the table."""
        return self._usage.get(author, Usage(0, 0))

    @property
    def graves(self) -> dict[str, str]:
        """Removed id -> first author, oldest first."""
        return self._graves

    # -- writing

    def _put(self, record: Record) -> None:
        old = self._records.get(record.id)
        if old is not None:
            self._unlink(old)
        self._exhume(record.id)
        self._records[record.id] = record
        self._types.setdefault(type_of(record), {})[record.id] = None
        page = page_of(record)
        if page is not None:
            self._pages.setdefault(page, {})[record.id] = None
        asset = asset_of(record)
        if asset:
            self._assets.setdefault(asset, {})[record.id] = None
        self._count(record, 1)

    def _drop(self, record: Record) -> None:
        self._unlink(record)
        del self._records[record.id]
        self.bury(record.id, record.author)

    def bury(self, id: str, author: str) -> None:
        """Remembers a removed id. Past GRAVES the oldest of whoever has most is forgotten: nobody can make the others'
        be forgotten by putting and removing."""
        self._exhume(id)
        self._graves[id] = author
        self._buried.setdefault(author, {})[id] = None
        if len(self._graves) > GRAVES:
            most = max(self._buried, key=lambda who: (len(self._buried[who]), who))
            self._exhume(next(iter(self._buried[most])))

    def _exhume(self, id: str) -> None:
        author = self._graves.pop(id, None)
        if author is not None:
            own = self._buried[author]
            del own[id]
            if not own:
                del self._buried[author]

    def _unlink(self, old: Record) -> None:
        self._types[type_of(old)].pop(old.id, None)
        page = page_of(old)
        if page is not None:
            self._pages[page].pop(old.id, None)
        asset = asset_of(old)
        if asset:
            own = self._assets[asset]
            del own[old.id]
            if not own:
                del self._assets[asset]
        self._count(old, -1)

    def _count(self, record: Record, sign: int) -> None:
        used = self._usage.get(record.author, Usage(0, 0))
        self._usage[record.author] = Usage(used.records + sign, used.bytes + sign * weight(record))


def _place(record: Record) -> tuple[str, int, int, str]:
    if isinstance(record, Person):
        return "", int(record.id[1:] or 0), 0, record.id
    order = getattr(record, "order", "")
    return str(order), 0, 0 if order else record.time, record.id


class Overlay(_Writable):
    """A view of `base` with changes on top that `base` does not know yet."""

    def __init__(self, base: View) -> None:
        self.base = base
        self.changed: dict[str, Record | None] = {}
        self.ops: list[Op] = []
        self._buried: dict[str, str] = {}

    def get(self, id: str) -> Record | None:
        """As `Table.get`."""
        return self.changed[id] if id in self.changed else self.base.get(id)

    def of_type(self, name: str) -> list[Record]:
        """As `Table.of_type`."""
        kept = [r for r in self.base.of_type(name) if r.id not in self.changed]
        kept += [r for r in self.changed.values() if r is not None and type_of(r) == name]
        return sorted(kept, key=_place)

    def on_page(self, page: str) -> list[Drawable]:
        """As `Table.on_page`."""
        kept = [r for r in self.base.on_page(page) if r.id not in self.changed]
        kept += [r for r in self.changed.values() if isinstance(r, Drawable) and r.page == page]
        return sorted(kept, key=lambda r: (r.z, r.id))

    def first_author(self, id: str) -> str | None:
        """As `Table.first_author`."""
        return self._buried.get(id) or self.base.first_author(id)

    def _put(self, record: Record) -> None:
        self.changed[record.id] = record

    def _drop(self, record: Record) -> None:
        self.changed[record.id] = None
        self._buried[record.id] = record.author

    def apply(self, op: Op) -> None:
        """As `Table.apply`, remembered for `settle`."""
        super().apply(op)
        self.ops.append(op)

    def settle(self, target: Table | Overlay) -> None:
        """Does all of it to `target`, which must be in the state of `base`."""
        for op in self.ops:
            target.apply(op)


# -- snapshots ----------------------------------------------------------------------------------------------------

_FIRST = {"class": 0, "person": 1, "page": 2}


def in_order(table: Table) -> list[Record]:
    """All records, the class first, then people, then pages (SPEC 5.9)."""
    return sorted(table, key=lambda r: _FIRST.get(type_of(r), 3))


def snapshot_items(table: Table) -> Iterator[tuple[str, bytes]]:
    """(id, written put) of every record, then the graves, for a store: the table as it is now, written as it is read.

    Records never change in place, so the table may move on meanwhile, and another thread may read."""
    return _written(in_order(table), dict(table.graves))


def _written(records: list[Record], graves: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for record in records:
        yield record.id, wire.write_op(Put(record))
    if graves:
        yield "graves", wire.message(wire.GRAVES, msgspec.json.encode(graves))


def load(items: Iterable[bytes]) -> Table:
    """A table from what `snapshot_items` gave. Raises `BadRecord` where that is damaged."""
    table = Table()
    for item in items:
        reader = wire.Reader(item)
        code = reader.u8()
        body = reader.sized()
        if code == wire.GRAVES:
            for id, author in msgspec.json.decode(body, type=dict[str, str]).items():
                table.bury(id, author)
        else:
            table.apply(wire.read_op(code, body, lenient=True))
    return table


def equal(one: Table, other: Table) -> bool:
    """Do two tables hold the same records?"""
    return len(one) == len(other) and all(other.get(record.id) == record for record in one)
