"""One class file in this process's hands: taking it, opening it, reading it, writing in transactions, letting go.

It promises that nothing stays held when opening fails, whatever the reason; that a transaction is whole or has
never been; and that what is not a class is left as it is. It must never keep a read open between two calls.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from classroom.core.errors import (
    ClassInUse,
    Damaged,
    NewerFormat,
    NoSuchClass,
    NotOpen,
    ReadOnly,
    StoreError,
)
from classroom.store import format as layout
from classroom.store.base import (
    INT_MAX,
    MARK_BYTES,
    Entry,
    Fault,
    Opened,
    Record,
)
from classroom.store.database import told
from classroom.store.lock import LOCK, PATIENCE, Claim, sidecar


class OwnedFile:
    """`create`: the first `meta` of a class that is made when `path` does not exist; without it, NoSuchClass.
    `sync`: "full" flushes to the disk at every commit. `fault`: see `base.Fault`.
    `patience`: seconds to wait for another owner to let go. `steps`: see `format.STEPS`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: Mapping[str, str] | None = None,
        sync: Literal["normal", "full"] = "normal",
        fault: Fault | None = None,
        patience: float = PATIENCE,
        steps: Sequence[layout.Step] = layout.STEPS,
    ) -> None:
        self.path = Path(os.path.realpath(path))  # two names of one file must meet at one lock
        self._create = create
        self._sync = "FULL" if sync == "full" else "NORMAL"
        self._fault: Fault = fault or (lambda point: None)
        self._patience = patience
        self._steps = steps
        self._claim = Claim(self.path)
        self._connection: sqlite3.Connection | None = None
        self._refusal: type[StoreError] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._reset()

    def _reset(self) -> None:
        self._last = 0
        self._pages = 0
        self._sweep_due = True
        self._scrub_due = False
        self._snapshotting = False
        self._uploading: set[int] = set()

    # -- opening and closing ----------------------------------------------------------------------------

    def open(self) -> Opened:
        if self._connection is not None:
            raise ClassInUse
        self._reset()
        self._refusal = None
        try:
            layout.check_kind(self.path)
        except NoSuchClass:
            if self._create is None or not self.path.parent.is_dir():
                raise
        try:
            self._take()
            if self._create is not None and not self.path.exists():
                layout.make(self.path, self._create, 1 + len(self._steps))
            if layout.read_format(self.path) > 1 + len(self._steps):
                self._refusal = NewerFormat
            elif self._refusal is None and not os.access(self.path, os.W_OK):
                self._refusal = ReadOnly
            self._connection = self._connect()
            opened = self._read()
            if self._refusal is None:
                self._claim.show(opened.meta)
            return opened
        except BaseException as error:
            self.close()
            if self._refusal is NewerFormat and isinstance(error, StoreError):
                raise NewerFormat from error  # it cannot even be read by this version
            raise

    def _take(self) -> None:
        try:
            self._claim.take(self._patience)
        except OSError as error:
            if not self.path.exists():
                raise StoreError(error.strerror or "") from error
            if sidecar(self.path, LOCK).exists():
                raise ClassInUse from error  # another user's, and perhaps at work
            self._refusal = ReadOnly  # a folder in which nothing can be written has no owner either

    def _connect(self) -> sqlite3.Connection:
        with told():
            if self._refusal is not None:
                self._scratch = tempfile.TemporaryDirectory(prefix="classroom-")
                return layout.open_reading(self.path, Path(self._scratch.name), self._steps)
            db = layout.open_writing(self.path, self._sync, self._steps)
            if db.execute("PRAGMA user_version").fetchone()[0] > 1 + len(self._steps):
                # A newer version was killed before its upgrade reached the file's head.
                self._refusal = NewerFormat
                db.execute("PRAGMA query_only = ON")
            return db

    def _read(self) -> Opened:
        with told():
            db = self._db
            row = db.execute("SELECT seq, mark, first, last FROM snapshot").fetchone()
            if row is None:
                raise Damaged
            seq, mark, first, last = typed(row, int, bytes, int, int)
            snapshot = tuple(
                Record(*typed(found, str, bytes))
                for found in db.execute(
                    "SELECT id, put FROM compacted WHERE n BETWEEN ? AND ? ORDER BY n", (first, last)
                )
            )
            if len(snapshot) != last - first + 1:
                raise Damaged
            tail = tuple(self._select(seq, INT_MAX, -1))
            for place, entry in enumerate(tail, seq + 1):
                if entry.seq != place:
                    raise Damaged
            self._last = seq + len(tail)
            if tail:
                row = db.execute("SELECT mark FROM log WHERE seq = ?", (self._last,)).fetchone()
                (mark,) = typed(row, bytes)
            if len(mark) != MARK_BYTES:
                raise Damaged
            return Opened(
                seq=self._last,
                mark=mark,
                snapshot_seq=seq,
                snapshot=snapshot,
                tail=tail,
                meta=self.meta(),
                notice=self._refusal.sentence if self._refusal else "",
            )

    def close(self) -> None:
        db, self._connection = self._connection, None
        if db is not None:
            with suppress(sqlite3.Error):
                # On a full disk this fails, and the log stays beside the file, intact.
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with suppress(sqlite3.Error):
                db.close()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        self._claim.release()

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise NotOpen
        return self._connection

    @contextmanager
    def _writing(self, pages: int, began: sqlite3.Connection | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction that writes about so many pages: all of it or, whatever is raised, nothing.

        `began` is the connection on which long work began: it does not go on after the class was closed."""
        db = self._db
        if began not in (None, db):
            raise NotOpen
        if self._refusal is not None:
            raise self._refusal
        with told():
            if db.in_transaction:
                db.execute("ROLLBACK")  # a rollback that failed once, as on a disk that came back
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException:
                if self._connection is db and db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        self._pages += pages

    def _select(self, after: int, upto: int, limit: int) -> list[Entry]:
        found = self._db.execute(
            "SELECT seq, time, author, client, number, ops FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (after, upto, limit),
        )
        return [Entry(*typed(row, int, int, str, str, int, bytes)) for row in found]

    def meta(self) -> dict[str, str]:
        with told():
            return dict(typed(row, str, str) for row in self._db.execute("SELECT key, value FROM meta"))


def typed(row: Sequence[Any], *types: type) -> tuple[Any, ...]:
    """The row, or Damaged: a file that was made elsewhere may hold anything anywhere."""
    for value, kind in zip(row, types, strict=True):
        if type(value) is not kind:
            raise Damaged
    return tuple(row)
