"""What a `.classroom` file looks like inside, how it is known from other files, and how old ones are
brought up to date.

It is an SQLite database with an application id of its own; the user version is the number of the format.
Format n+1 differs from n by one function in `STEPS`; an older file is copied to `<file>.format-<n>`, then
upgraded in one transaction when it is opened for writing, and nowhere else does code know that older
formats existed.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from classroom.core.errors import (
    ClassInUse,
    Damaged,
    DiskFull,
    NoSuchClass,
    NotAClassFile,
    ReadOnly,
    StoreError,
)
from classroom.store.lock import sidecar

APPLICATION_ID = 0x436C7372  # "Clsr"
MAGIC = b"SQLite format 3\0"

Step = Callable[[sqlite3.Connection], None]
STEPS: tuple[Step, ...] = ()
"""Upgrades, from format 1 on. The current format is 1 + len(STEPS)."""

TABLES = """
CREATE TABLE log (
    seq INTEGER PRIMARY KEY, mark BLOB NOT NULL, time INTEGER NOT NULL, author TEXT NOT NULL,
    client TEXT NOT NULL, number INTEGER NOT NULL, ops BLOB NOT NULL);
CREATE TABLE accepted (
    client TEXT NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (client, number)) WITHOUT ROWID;
CREATE TABLE compacted (n INTEGER PRIMARY KEY, id TEXT NOT NULL, put BLOB NOT NULL);
CREATE TABLE snapshot (
    only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, mark BLOB NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE asset (id INTEGER PRIMARY KEY, sha TEXT UNIQUE, mime TEXT NOT NULL, size INTEGER NOT NULL);
CREATE TABLE chunk (asset INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX chunk_place ON chunk (asset, n);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO snapshot VALUES (1, 0, zeroblob(8), 1, 0);
"""
"""Format 1. `compacted` holds the table between `snapshot.first` and `snapshot.last`; other rows are
leftovers, as are assets without a sha. The `mark` of a log row is that of the transaction that wrote it."""


# -- errors ---------------------------------------------------------------------------------------------

_SQLITE: dict[int, type[StoreError]] = {
    5: ClassInUse,  # BUSY
    6: ClassInUse,  # LOCKED
    8: ReadOnly,  # READONLY
    11: Damaged,  # CORRUPT
    13: DiskFull,  # FULL
    26: Damaged,  # NOTADB
}
_ROOM = {errno.ENOSPC, errno.EDQUOT}


def _sqlite_code(error: sqlite3.Error) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and str(error) == "database or disk is full":  # Python 3.10 tells no codes
        return 13
    return (code or 0) & 0xFF


@contextmanager
def told() -> Iterator[None]:
    """Turns the errors of SQLite and of the file system into ours."""
    try:
        yield
    except sqlite3.Error as error:
        kind = _SQLITE.get(_sqlite_code(error), StoreError)
        raise kind(str(error) if kind is StoreError else "") from error
    except OSError as error:
        if error.errno in _ROOM:
            raise DiskFull from error
        raise StoreError(error.strerror or "") from error


# -- knowing one ----------------------------------------------------------------------------------------


def check_kind(file: Path) -> None:
    """Raises NoSuchClass or NotAClassFile by looking at the name only; safe at any time."""
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NoSuchClass from None
    except (OSError, ValueError) as error:
        raise NotAClassFile from error
    if not stat.S_ISREG(mode):
        raise NotAClassFile


def read_format(file: Path) -> int:
    """The number of the format. Raises NotAClassFile. Only for who holds the claim (see `lock`)."""
    with told(), file.open("rb") as stream:
        head = stream.read(100)
    if len(head) < 100 or head[:16] != MAGIC or struct.unpack(">I", head[68:72])[0] != APPLICATION_ID:
        raise NotAClassFile
    version: int = struct.unpack(">i", head[60:64])[0]
    return version


# -- opening and making one -----------------------------------------------------------------------------


def connect(file: Path, query: str) -> sqlite3.Connection:
    """A connection that trusts nothing in the file and leaves transactions to the caller."""
    db = sqlite3.connect(f"{file.absolute().as_uri()}?{query}", uri=True, isolation_level=None, timeout=0)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    return db


def make(file: Path, meta: Mapping[str, str], version: int) -> None:
    """Makes an empty class under another name and moves it into place whole. Only for who holds the claim."""
    draft = sidecar(file, ".new")
    with told():
        try:
            draft.unlink(missing_ok=True)
            with closing(connect(draft, "mode=rwc")) as db:
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {version}")
                db.executescript(f"BEGIN; {TABLES}")
                db.executemany("INSERT INTO meta VALUES (?, ?)", list(meta.items()))
                db.execute("COMMIT")
                db.execute("PRAGMA journal_mode = WAL")
            os.replace(draft, file)
            sync_folder(file.parent)
        except BaseException:
            clear(draft)
            raise


def clear(draft: Path) -> None:
    """Removes a database that was never finished, with whatever SQLite put beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            sidecar(draft, suffix).unlink()


def sync_folder(folder: Path) -> None:
    """Makes a new name survive a power cut, where the system offers that."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def copy_to(db: sqlite3.Connection, file: Path, pause: Callable[[], None] | None, pages: int = 64) -> None:
    """Copies an open class into `file`, whole or not at all. 64 pages, 256 KiB, are copied between two
    pauses."""
    with told():
        handle, name = tempfile.mkstemp(".part", f".{file.name}-", file.parent)
        os.close(handle)
    draft = Path(name)

    def progress(status: int, remaining: int, total: int) -> None:
        if pause is not None:
            pause()

    with told():
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
                db.backup(copy, pages=pages, progress=progress)
            os.replace(draft, file)
            sync_folder(file.parent)
        except BaseException:
            clear(draft)
            raise


def upgrade(db: sqlite3.Connection, file: Path, steps: Sequence[Step]) -> None:
    """Brings an older format up to date, after a copy; all steps or none. Raises Damaged for a format that
    never was."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version < 1:
        raise Damaged
    if version > len(steps):
        return
    copy_to(db, sidecar(file, f".format-{version}"), None)
    db.execute("BEGIN IMMEDIATE")
    try:
        for step in steps[version - 1 :]:
            step(db)
        db.execute(f"PRAGMA user_version = {1 + len(steps)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
