"""Where this person's classes are: in the folder of class files, and on running servers that hold some of them.

A class that a server holds is read through that server; a file that nobody holds is opened here, read, and let go. It
must never change a class, and never break in on one that somebody holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classroom import entrance
from classroom.board import copy_of
from classroom.client import Client
from classroom.core import wire
from classroom.core.errors import ClassInUse, ClassroomError, NoSuchClass
from classroom.core.table import Table, load
from classroom.entrance import NotAdmitted, Server, Unreachable

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


def table_of(name: str) -> Table:
    """The table of a class by id, title or file. Raises `NoSuchClass` that says what there is, or `ClassInUse`."""
    given = Path(name)
    if given.suffix == ".classroom" and given.is_file():
        try:
            return read_file(given)
        except ClassInUse:
            name = given.name  # its owner may answer
    known = find(name)
    if known is None:
        titles = ", ".join(repr(entry.title) for entry in known_classes()[:5]) or "none"
        raise NoSuchClass(f"There is no class {name!r} here. There are: {titles}. See `classroom list`.")
    if known.server is not None and known.state.startswith("open at"):
        with visit(known.server, known.id) as client:
            return copy_of(client)
    path = known.path if known.path.is_absolute() else folder() / known.path
    try:
        return read_file(path)
    except ClassInUse:
        for server in servers():
            table = _asked(server, known.id)
            if table is not None:
                return table
        raise


def _asked(server: Server, class_id: str) -> Table | None:
    """The table of a class from a server, if that is the one that holds it."""
    try:
        with visit(server, class_id) as client:
            return copy_of(client)
    except (NotAdmitted, Unreachable):
        return None


@contextmanager
def visit(server: Server, class_id: str) -> Iterator[Client]:
    """A connection to a class that a server holds, for as long as it takes to read it."""
    admission = entrance.enter(server, class_id=class_id)
    client = Client(admission.ws, admission.token)
    try:
        yield client.wait_ready()
    finally:
        client.close()


def read_file(path: Path) -> Table:
    """The table of a class file that nobody holds; the file is let go at once."""
    from classroom.store.sqlite import SqliteStore

    store = SqliteStore(path)
    opened = store.open()
    try:
        table = load(record.put for record in opened.snapshot)
        for entry in opened.tail:
            for op in wire.read_ops(entry.ops, lenient=True):
                table.apply(op)
        return table
    finally:
        store.close()
