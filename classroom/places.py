"""Where this person's classes are: in the folder of class files, and on running servers that hold some of them.

A class that a server holds is read through that server; a file that nobody holds is opened here, read, and let go. It
must never change a class, and never break in on one that somebody holds.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from classroom import entrance
from classroom.changes import copy_of
from classroom.client import Client
from classroom.core import messages as m
from classroom.core import wire
from classroom.core.errors import ClassInUse, ClassroomError, NoSuchClass
from classroom.core.table import Table, asset_of, load
from classroom.entrance import NotAdmitted, Server, Unreachable
from classroom.shelf import Shelf

T = TypeVar("T")

LOG_SECONDS = 60.0
LOOK_SECONDS = 3.0
"""How long a server that was written down may take to answer before it counts as ended."""


@dataclass(frozen=True)
class Known:
    """A class as a list shows it."""

    id: str
    title: str
    changed: str
    state: str
    path: Path
    server: Server | None = None


def folder() -> Path:
    """Where class files are, unless a server was told otherwise (ClassroomApp.folder)."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir(), "classroom")


def servers() -> list[Server]:
    """Running servers of this person, and the one that owns this program."""
    found: list[Server] = []
    try:
        found.append(entrance.owning_server())
    except ClassroomError:
        pass
    return found + [server for server in entrance.running_servers() if server.url not in {s.url for s in found}]


def known_classes() -> list[Known]:
    """Every class of the folder and of running servers, the last changed first."""
    from classroom.store.library import ClassFolder

    found: dict[str, Known] = {}
    held: dict[str, tuple[Server, int]] = {}
    for server in servers():
        try:
            told = entrance.call(server, "classes", seconds=LOOK_SECONDS)["classes"]
        except (ClassroomError, KeyError, TypeError):
            continue
        for entry in told:
            if entry.get("open"):
                held[entry["class"]] = (server, int(entry.get("people", 0)))
            if entry["class"] not in found or entry.get("open"):
                found[entry["class"]] = Known(
                    entry["class"],
                    entry["title"],
                    when(entry["changed"]),
                    entry.get("problem") or "",
                    Path(entry["file"]),
                    server,
                )
    for info in ClassFolder(folder()).list():
        state = info.problem or ("open elsewhere" if info.open else "")
        if info.id not in found:
            found[info.id] = Known(info.id, info.title, when(info.changed), state, info.path)
    known = []
    for id, entry in found.items():
        if id in held:
            server, people = held[id]
            state = f"open at {server.url}, {people} here"
            entry = Known(entry.id, entry.title, entry.changed, state, entry.path, server)
        known.append(entry)
    return sorted(known, key=lambda k: k.changed, reverse=True)


def when(ms: int) -> str:
    """A time for a list, in local time."""
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M") if ms else ""


def find(name: str) -> Known | None:
    """A class by id, else by title (the last changed), else by the name of its file."""
    known = known_classes()
    for entry in known:
        if entry.id == name:
            return entry
    for entry in known:
        if name in (entry.title, entry.path.name, entry.path.stem):
            return entry
    return None


@dataclass(frozen=True)
class Held:
    """A class as it is read: its table, and its pictures by SHA-256."""

    table: Table
    asset: Callable[[str], bytes | None]


def held(name: str) -> Held:
    """A class by id, title or file, with pictures. Raises `NoSuchClass` that says what there is, or `ClassInUse`."""
    return _read(name, lambda path: read_file(path, pictures=True), _seen)


def table_of(name: str) -> Table:
    """The table of a class, as `held`."""
    return _read(name, read_file, _seen).table


def log_of(name: str) -> list[m.Entry]:
    """What was done on the board of a class, as `table_of`; by whom is left out where a server tells it."""
    return _read(name, read_log, _told)


def _read(name: str, from_file: Callable[[Path], T], from_server: Callable[[Server, str], T]) -> T:
    given = Path(name)
    if given.suffix == ".classroom" and given.is_file():
        try:
            return from_file(given)
        except ClassInUse:
            name = given.name  # its owner may answer
    known = find(name)
    if known is None:
        titles = ", ".join(repr(entry.title) for entry in known_classes()[:5]) or "none"
        raise NoSuchClass(f"There is no class {name!r} here. There are: {titles}. See `classroom list`.")
    if known.server is not None and known.state.startswith("open at"):
        return from_server(known.server, known.id)
    path = known.path if known.path.is_absolute() else folder() / known.path
    try:
        return from_file(path)
    except ClassInUse:
        for server in servers():  # one of them holds it
            with suppress(NotAdmitted, Unreachable):
                return from_server(server, known.id)
        raise


def _seen(server: Server, class_id: str) -> Held:
    admission = entrance.enter(server, class_id=class_id)
    client = Client(admission.ws, admission.token)
    try:
        return Held(copy_of(client.wait_ready()), Shelf(admission).get)
    finally:
        client.close()


def _told(server: Server, class_id: str) -> list[m.Entry]:
    token = entrance.enter(server, class_id=class_id).token
    entries: list[m.Entry] = []
    after, more = 0, True
    while more:
        told = entrance.call(server, f"log?after={after}", token=token, seconds=LOG_SECONDS)
        for seq, time, ops in told["entries"]:
            entries.append(m.Entry(seq, time, "", "", 0, wire.read_ops(b64decode(ops), lenient=True)))
        after, more = told["after"], told["more"]
    return entries


def read_log(path: Path) -> list[m.Entry]:
    """The changes of a class file that nobody holds; the file is let go at once."""
    from classroom.store.sqlite import SqliteStore

    store = SqliteStore(path)
    opened = store.open()
    try:
        entries: list[m.Entry] = []
        while len(entries) < opened.seq:
            some = store.entries(len(entries))
            if not some:
                break
            for e in some:
                ops = wire.read_ops(e.ops, lenient=True)
                entries.append(m.Entry(e.seq, e.time, e.author, "", e.number, ops))
        return entries
    finally:
        store.close()


def read_file(path: Path, pictures: bool = False) -> Held:
    """A class file that nobody holds, with the pictures that its records name if asked; it is let go at once."""
    from classroom.store.sqlite import SqliteStore

    store = SqliteStore(path)
    opened = store.open()
    try:
        table = load(record.put for record in opened.snapshot)
        for entry in opened.tail:
            for op in wire.read_ops(entry.ops, lenient=True):
                table.apply(op)
        found: dict[str, bytes] = {}
        for asset in {asset_of(record) for record in table} - {""} if pictures else ():
            stored = store.asset(asset)
            if stored is not None:
                found[asset] = b"".join(stored.chunks)
        return Held(table, found.get)
    finally:
        store.close()
