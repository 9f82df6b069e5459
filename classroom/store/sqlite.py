"""A class in one SQLite file.

Promises, beside those of `base.Store`:
- one process owns the file; a file that is not a class is not touched, nor is anything put beside it;
- what `append` has acknowledged survives `kill -9`, and with `sync="full"` a power cut;
- opening after a crash needs no repair; a clean close leaves one file;
- a file of a newer format, or one that cannot be written, is opened for reading and left as it is.

It must never run on two threads, checkpoint inside a commit, or keep a read open between two calls.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from classroom.core.errors import (
    AlreadyThere,
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
    CHUNK_BYTES,
    INT_MAX,
    READ_LIMIT,
    ZERO_MARK,
    Asset,
    Entry,
    Fault,
    Opened,
    Record,
    Steps,
    check_append,
    check_snapshot,
    parts,
    rechunk,
)
from classroom.store.database import copy_to, told
from classroom.store.lock import LOCK, PATIENCE, Claim, sidecar

PAGE = 4096
CHECKPOINT_PAGES = 512
"""Pages written since the last checkpoint that make one due: 2 MiB, some milliseconds once in 170 commits."""
SWEEP_ROWS = 64


class SqliteStore:
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
            seq, mark, first, last = _typed(row, int, bytes, int, int)
            snapshot = tuple(
                Record(*_typed(found, str, bytes))
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
            return Opened(
                seq=self._last,
                mark=(self.mark_of(self._last) or b"") if tail else mark,
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

    # -- the log ----------------------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry], mark: bytes) -> None:
        if not entries:
            return
        with told():
            check_append(entries, mark, self._last, self.seq_of)
            self._fault("begin")
        with self._writing(3 + sum(len(entry.ops) for entry in entries) // PAGE) as db:
            for seq, time, author, client, number, ops in entries:
                self._fault("insert")
                db.execute(
                    "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (seq, mark, time, author, client, number, ops),
                )
                if client:
                    db.execute("INSERT INTO accepted VALUES (?, ?, ?)", (client, number, seq))
            self._fault("commit")
        self._last += len(entries)

    def accepted(self, client: str) -> dict[int, int]:
        with told():
            return dict(self._db.execute("SELECT number, seq FROM accepted WHERE client = ?", (client,)))

    def seq_of(self, client: str, number: int) -> int | None:
        if not -INT_MAX <= number <= INT_MAX:
            return None
        with told():
            found = self._db.execute("SELECT seq FROM accepted WHERE client = ? AND number = ?", (client, number))
            row: tuple[int] | None = found.fetchone()
        return row[0] if row else None

    def entries(self, after: int, upto: int | None = None, limit: int = READ_LIMIT) -> list[Entry]:
        with told():
            end = self._last if upto is None else min(upto, self._last)
            return self._select(max(min(after, end), 0), max(end, -1), min(max(limit, 0), INT_MAX))

    def _select(self, after: int, upto: int, limit: int) -> list[Entry]:
        found = self._db.execute(
            "SELECT seq, time, author, client, number, ops FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (after, upto, limit),
        )
        return [Entry(*_typed(row, int, int, str, str, int, bytes)) for row in found]

    def mark_of(self, seq: int) -> bytes | None:
        db = self._db
        if seq == 0:
            return ZERO_MARK
        if not 0 < seq <= self._last:
            return None
        with told():
            row = db.execute("SELECT mark FROM log WHERE seq = ?", (seq,)).fetchone()
        return _typed(row, bytes)[0] if row else None

    def erase(self, payloads: Mapping[int, bytes]) -> Steps[None]:
        began = self._db
        with told():
            for seq in payloads:
                if (
                    not 0 < seq <= self._last
                    or not self._db.execute("SELECT 1 FROM log WHERE seq = ?", (seq,)).fetchone()
                ):
                    raise KeyError(seq)
        waiting = list(payloads.items())
        while waiting:
            batch, waiting = waiting[:SWEEP_ROWS], waiting[SWEEP_ROWS:]
            self._fault("erase")
            with self._writing(2 * len(batch), began) as db:
                db.executemany("UPDATE log SET ops = ? WHERE seq = ?", [(ops, seq) for seq, ops in batch])
            self._scrub_due = True
            yield
        if began is self._db:
            self._checkpoint()

    # -- the table --------------------------------------------------------------------------------------

    def snapshot(self, seq: int, records: Iterable[tuple[str, bytes]]) -> Steps[None]:
        began = self._db
        with told():
            before, *_, last = self._db.execute("SELECT seq, mark, first, last FROM snapshot").fetchone()
            check_snapshot(seq, self._last, before)
            if self._snapshotting:
                raise StoreError("a snapshot is being written already")
            top = self._db.execute("SELECT max(n) FROM compacted").fetchone()[0] or 0
        first = n = max(top, last) + 1
        self._snapshotting = True
        try:
            for part in parts(records):
                self._fault("snapshot")
                with self._writing(2 + sum(len(record.put) for record in part) // PAGE, began) as db:
                    db.executemany(
                        "INSERT INTO compacted VALUES (?, ?, ?)",
                        [(n + place, key, put) for place, (key, put) in enumerate(part)],
                    )
                n += len(part)
                yield
            mark = self.mark_of(seq)
            self._fault("snapshot")
            with self._writing(2, began) as db:
                db.execute("UPDATE snapshot SET seq = ?, mark = ?, first = ?, last = ?", (seq, mark, first, n - 1))
        finally:
            if self._connection is began:
                self._snapshotting = False
                self._sweep_due = True

    # -- assets -----------------------------------------------------------------------------------------

    def put_asset(self, chunks: Iterable[bytes], mime: str) -> Steps[str]:
        began = self._db
        digest = hashlib.sha256()
        size = 0
        with self._writing(2) as db:
            key = db.execute("INSERT INTO asset (sha, mime, size) VALUES (NULL, ?, 0)", (mime,)).lastrowid
        assert key is not None
        self._uploading.add(key)
        try:
            for n, chunk in enumerate(rechunk(chunks)):
                self._fault("asset")
                with self._writing(2 + len(chunk) // PAGE, began) as db:
                    db.execute("INSERT INTO chunk VALUES (?, ?, ?)", (key, n, chunk))
                digest.update(chunk)
                size += len(chunk)
                yield
            sha = digest.hexdigest()
            self._fault("asset")
            with self._writing(2, began) as db:
                db.execute("UPDATE OR IGNORE asset SET sha = ?, size = ? WHERE id = ?", (sha, size, key))
            return sha
        finally:
            if self._connection is began:
                self._uploading.discard(key)
                self._sweep_due = True

    def asset(self, sha: str) -> Asset | None:
        with told():
            row = self._db.execute("SELECT mime, size FROM asset WHERE sha = ?", (sha,)).fetchone()
        if row is None:
            return None
        mime, size = _typed(row, str, int)
        return Asset(mime, size, self._chunks(sha, size))

    def _chunks(self, sha: str, size: int) -> Iterator[bytes]:
        for n in range(-(-size // CHUNK_BYTES)):
            with told():
                row = self._db.execute(
                    "SELECT data FROM chunk JOIN asset ON chunk.asset = asset.id WHERE sha = ? AND n = ?",
                    (sha, n),
                ).fetchone()
            if row is None:
                raise StoreError("the asset was removed while it was read")
            yield _typed(row, bytes)[0]

    def remove_asset(self, sha: str) -> bool:
        with self._writing(2) as db:
            gone = db.execute("UPDATE asset SET sha = NULL WHERE sha = ?", (sha,)).rowcount > 0
        self._sweep_due = self._sweep_due or gone
        return gone

    # -- the rest ---------------------------------------------------------------------------------------

    def meta(self) -> dict[str, str]:
        with told():
            return dict(_typed(row, str, str) for row in self._db.execute("SELECT key, value FROM meta"))

    def set_meta(self, values: Mapping[str, str]) -> None:
        with self._writing(2) as db:
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))
        self._claim.show(self.meta())

    def tend(self) -> Steps[None]:
        db = self._db
        if self._refusal is not None:
            return
        if self._sweep_due:
            yield from self._sweep()
        if self._scrub_due:
            self._checkpoint()
            yield
        elif self._pages >= CHECKPOINT_PAGES:
            self._pages = 0  # also when it fails: the next try is then due after as many pages again
            with told():
                db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            yield

    def _sweep(self) -> Steps[None]:
        """Frees the rows of superseded snapshots and of assets that are gone or were never finished."""
        self._sweep_due = False
        try:
            while True:
                with self._writing(SWEEP_ROWS) as db:
                    first, last = db.execute("SELECT first, last FROM snapshot").fetchone()
                    below = "DELETE FROM compacted WHERE n IN (SELECT n FROM compacted WHERE n < ? LIMIT ?)"
                    gone = db.execute(below, (first, SWEEP_ROWS)).rowcount
                    if not gone and not self._snapshotting:  # else the rows above are being written
                        gone = db.execute(below.replace("<", ">"), (last, SWEEP_ROWS)).rowcount
                if not gone:
                    break
                self._scrub_due = True
                yield
            with told():
                found = self._db.execute("SELECT id FROM asset WHERE sha IS NULL").fetchall()
            for (key,) in found:
                while key not in self._uploading:
                    with self._writing(2 + CHUNK_BYTES // PAGE) as db:
                        gone = db.execute(
                            "DELETE FROM chunk WHERE asset = ?1 AND n = (SELECT max(n) FROM chunk WHERE asset = ?1)",
                            (key,),
                        ).rowcount
                        if not gone:
                            db.execute("DELETE FROM asset WHERE id = ? AND sha IS NULL", (key,))
                            break
                    self._scrub_due = True
                    yield
        except BaseException:
            self._sweep_due = True
            raise

    def _checkpoint(self) -> None:
        """Moves everything into the file and empties the log beside it, so that nothing old lingers there."""
        with told():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._pages = 0
        self._scrub_due = False

    def backup(self, path: Path, pause: Callable[[], None] | None = None) -> None:
        db = self._db
        if path.exists() or path.is_symlink():
            raise AlreadyThere
        copy_to(db, path, pause)


def _typed(row: Sequence[Any], *types: type) -> tuple[Any, ...]:
    """The row, or Damaged: a file that was made elsewhere may hold anything anywhere."""
    for value, kind in zip(row, types, strict=True):
        if type(value) is not kind:
            raise Damaged
    return tuple(row)
