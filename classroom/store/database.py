"""SQLite as this package uses it: connecting, telling its errors in our words, copying a database whole.

Nothing here knows what is in a class. A connection trusts nothing in the file and begins no transaction by
itself; a new file appears under its name only when it is complete.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from classroom.core.errors import ClassInUse, Damaged, DiskFull, ReadOnly, StoreError
from classroom.store.lock import sidecar

FLUSH_WAIT = 0.002
"""Seconds between two pauses while a finished copy is flushed to the disk."""

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


def connect(file: Path, query: str) -> sqlite3.Connection:
    """A connection that trusts nothing in the file and leaves transactions to the caller."""
    db = sqlite3.connect(f"{file.absolute().as_uri()}?{query}", uri=True, isolation_level=None, timeout=0)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    return db


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


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


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
                copy.execute("PRAGMA journal_mode = OFF")  # a draft needs no way back,
                copy.execute("PRAGMA synchronous = OFF")  # and is flushed once, below
                db.backup(copy, pages=pages, progress=progress)
            with ThreadPoolExecutor(1) as pool:  # elsewhere, since a large file takes long
                flushed = pool.submit(_flush, draft)
                while not flushed.done():
                    progress(0, 0, 0)
                    wait([flushed], FLUSH_WAIT)
                flushed.result()
            os.replace(draft, file)
            sync_folder(file.parent)
        except BaseException:
            clear(draft)
            raise
