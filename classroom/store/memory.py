"""A class that lives as long as the process: for tests and for trying things out.

Keeps the whole contract of `base.Store` except that a class kept in memory cannot be copied to a file. It
outlives `close`: opening it again finds everything, as a file would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from classroom.core.errors import ClassInUse, NotOpen, StoreError
from classroom.store.base import (
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


def _no_fault(point: str) -> None:
    """The default fault: none."""


class MemoryStore:
    """`fault`: see `base.Fault`. `meta`: what `meta()` holds in a new class."""

    def __init__(self, *, meta: Mapping[str, str] | None = None, fault: Fault | None = None) -> None:
        self._fault = fault or _no_fault
        self._is_open = False
        self._openings = 0
        self._log: list[Entry] = []
        self._marks: list[bytes] = []
        self._accepted: dict[str, dict[int, int]] = {}
        self._snapshot_seq = 0
        self._snapshot: tuple[Record, ...] = ()
        self._snapshotting = False
        self._assets: dict[str, tuple[str, tuple[bytes, ...]]] = {}
        self._meta = dict(meta or {})

    def open(self) -> Opened:
        if self._is_open:
            raise ClassInUse
        self._is_open = True
        self._openings += 1
        self._snapshotting = False
        return Opened(
            seq=len(self._log),
            mark=self._marks[-1] if self._marks else ZERO_MARK,
            snapshot_seq=self._snapshot_seq,
            snapshot=self._snapshot,
            tail=tuple(self._log[self._snapshot_seq :]),
            meta=dict(self._meta),
        )

    def close(self) -> None:
        self._is_open = False

    def _check_open(self, began: int | None = None) -> None:
        """`began` is the opening in which long work began: it does not go on after the class was closed."""
        if not self._is_open or began not in (None, self._openings):
            raise NotOpen

    # -- the log ----------------------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry], mark: bytes) -> None:
        self._check_open()
        if not entries:
            return
        check_append(entries, mark, len(self._log), self.seq_of)
        self._fault("begin")
        for _ in entries:
            self._fault("insert")
        self._fault("commit")
        for entry in entries:
            self._log.append(entry._replace(ops=bytes(entry.ops)))
            self._marks.append(bytes(mark))
            if entry.client:
                self._accepted.setdefault(entry.client, {})[entry.number] = entry.seq

    def accepted(self, client: str) -> dict[int, int]:
        self._check_open()
        return dict(self._accepted.get(client, {}))

    def seq_of(self, client: str, number: int) -> int | None:
        self._check_open()
        return self._accepted.get(client, {}).get(number)

    def entries(self, after: int, upto: int | None = None, limit: int = READ_LIMIT) -> list[Entry]:
        self._check_open()
        first = max(after, 0)
        end = len(self._log) if upto is None else min(max(upto, 0), len(self._log))
        return self._log[first : min(end, first + max(limit, 0))]

    def mark_of(self, seq: int) -> bytes | None:
        self._check_open()
        if seq == 0:
            return ZERO_MARK
        return self._marks[seq - 1] if 0 < seq <= len(self._marks) else None

    def erase(self, payloads: Mapping[int, bytes]) -> Steps[None]:
        self._check_open()
        began = self._openings
        for seq in payloads:
            if not 0 < seq <= len(self._log):
                raise KeyError(seq)
        for seq, ops in payloads.items():
            self._check_open(began)
            self._fault("erase")
            self._log[seq - 1] = self._log[seq - 1]._replace(ops=bytes(ops))
            yield

    # -- the table --------------------------------------------------------------------------------------

    def snapshot(self, seq: int, records: Iterable[tuple[str, bytes]]) -> Steps[None]:
        self._check_open()
        began = self._openings
        check_snapshot(seq, len(self._log), self._snapshot_seq)
        if self._snapshotting:
            raise StoreError("a snapshot is being written already")
        self._snapshotting = True
        try:
            taken: list[Record] = []
            for part in parts(records):
                self._check_open(began)
                self._fault("snapshot")
                taken += part
                yield
            self._check_open(began)
            self._fault("snapshot")
            self._snapshot_seq, self._snapshot = seq, tuple(taken)
        finally:
            if self._openings == began:
                self._snapshotting = False

    # -- assets -----------------------------------------------------------------------------------------

    def put_asset(self, chunks: Iterable[bytes], mime: str) -> Steps[str]:
        self._check_open()
        began = self._openings
        digest = hashlib.sha256()
        kept: list[bytes] = []
        for chunk in rechunk(chunks):
            self._check_open(began)
            self._fault("asset")
            digest.update(chunk)
            kept.append(chunk)
            yield
        self._check_open(began)
        self._fault("asset")
        self._assets.setdefault(digest.hexdigest(), (mime, tuple(kept)))
        return digest.hexdigest()

    def asset(self, sha: str) -> Asset | None:
        self._check_open()
        if sha not in self._assets:
            return None
        mime, chunks = self._assets[sha]
        return Asset(mime, sum(map(len, chunks)), self._chunks(sha))

    def _chunks(self, sha: str) -> Iterator[bytes]:
        place = 0
        while True:
            self._check_open()
            if sha not in self._assets:
                raise StoreError("the asset was removed while it was read")
            chunks = self._assets[sha][1]
            if place >= len(chunks):
                return
            yield chunks[place]
            place += 1

    def assets(self) -> dict[str, tuple[str, int]]:
        self._check_open()
        return {sha: (mime, sum(map(len, chunks))) for sha, (mime, chunks) in self._assets.items()}

    def remove_asset(self, sha: str) -> bool:
        self._check_open()
        return self._assets.pop(sha, None) is not None

    # -- the rest ---------------------------------------------------------------------------------------

    def meta(self) -> dict[str, str]:
        self._check_open()
        return dict(self._meta)

    def set_meta(self, values: Mapping[str, str]) -> None:
        self._check_open()
        for key, value in values.items():
            key.encode(), value.encode()
        self._meta.update(values)

    def tend(self) -> Steps[None]:
        self._check_open()
        yield from ()

    def backup(self, path: Path, pause: Callable[[], None] | None = None) -> None:
        self._check_open()
        raise StoreError("This class is kept in memory only; there is no file to copy.")
