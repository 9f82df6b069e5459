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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from classroom.core.errors import (
    AlreadyThere,
    StoreError,
)
from classroom.store.base import (
    CHUNK_BYTES,
    INT_MAX,
    READ_LIMIT,
    ZERO_MARK,
    Asset,
    Entry,
    Steps,
    check_append,
    check_snapshot,
    parts,
    rechunk,
)
from classroom.store.database import copy_to, told
from classroom.store.owned import OwnedFile, typed

PAGE = 4096
CHECKPOINT_PAGES = 512
"""Pages written since the last checkpoint that make one due: 2 MiB, some milliseconds once in 170 commits."""
SWEEP_ROWS = 64


class SqliteStore(OwnedFile):
    """See `OwnedFile` for what it is made with, and `base.Store` for what it does."""

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

    def mark_of(self, seq: int) -> bytes | None:
        db = self._db
        if seq == 0:
            return ZERO_MARK
        if not 0 < seq <= self._last:
            return None
        with told():
            row = db.execute("SELECT mark FROM log WHERE seq = ?", (seq,)).fetchone()
        return typed(row, bytes)[0] if row else None

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
        mime, size = typed(row, str, int)
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
            yield typed(row, bytes)[0]

    def assets(self) -> dict[str, tuple[str, int]]:
        with told():
            rows = self._db.execute("SELECT sha, mime, size FROM asset WHERE sha IS NOT NULL").fetchall()
        return {sha: (mime, size) for sha, mime, size in (typed(row, str, str, int) for row in rows)}

    def remove_asset(self, sha: str) -> bool:
        with self._writing(2) as db:
            gone = db.execute("UPDATE asset SET sha = NULL WHERE sha = ?", (sha,)).rowcount > 0
        self._sweep_due = self._sweep_due or gone
        return gone

    # -- the rest ---------------------------------------------------------------------------------------

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
