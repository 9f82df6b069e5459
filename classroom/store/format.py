"""What a `.classroom` file looks like inside, how it is known from other files, and how old ones are
brought up to date.

It is an SQLite database with an application id of its own; the user version is the number of the format.
Format n+1 differs from n by one function in `STEPS`; an older file is copied to `<file>.format-<n>`, then
upgraded in one transaction when it is opened for writing, and nowhere else does code know that older
formats existed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from classroom.core.errors import Damaged, NoSuchClass, NotAClassFile, StoreError
from classroom.store.database import clear, connect, copy_to, sync_folder, told
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


# -- opening --------------------------------------------------------------------------------------------


def open_writing(file: Path, sync: str, steps: Sequence[Step]) -> sqlite3.Connection:
    """The connection of the owner: exclusive, with its log beside it, upgraded. `sync` is NORMAL or FULL."""
    db = connect(file, "mode=rw")
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # before the first read: then there is no -shm file
        if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise StoreError("the file system cannot hold a class that is in use")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute(f"PRAGMA synchronous = {sync}")
        db.execute("PRAGMA secure_delete = ON")  # what was erased must not linger in free pages
        if db.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
            raise Damaged  # ours has none, and a foreign one would run with every change
        upgrade(db, file, steps)
    except BaseException:
        db.close()
        raise
    return db


def open_reading(file: Path, scratch: Path, steps: Sequence[Step]) -> sqlite3.Connection:
    """A connection that leaves the file and its folder as they are.

    `scratch` is an empty folder for a copy, which is needed where reading would write: to merge changes that
    a crash left beside the file, and to upgrade."""
    wal = sidecar(file, "-wal")
    unmerged = wal.exists() and wal.stat().st_size > 0
    if not unmerged and read_format(file) > len(steps):
        return connect(file, "immutable=1")
    copy = scratch / "copy.classroom"
    shutil.copyfile(file, copy)
    if unmerged:
        shutil.copyfile(wal, sidecar(copy, "-wal"))
    db = connect(copy, "mode=rw")
    try:
        upgrade(db, copy, steps)
        db.execute("PRAGMA query_only = ON")
    except BaseException:
        db.close()
        raise
    return db
