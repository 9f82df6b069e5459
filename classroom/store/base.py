"""The contract that every store keeps.

A store promises:
- *all or nothing*: an `append` that returns is durable and whole; one that raises has changed nothing, and
  the store can be used again (after `DiskFull`: as soon as there is room);
- *exactly once*: a (client, number) pair gets at most one seq, for ever, whatever becomes of the log before
  it;
- *the same bytes back*: payloads are never looked into;
- *short steps*: whatever could take long (a snapshot, an asset, an erasure, housekeeping) is a generator
  whose steps are small; between two steps every other method may be called, and dropping it half-way leaves
  the store as it was (an erasure: partly done, to be run again).

A store must never number a change, read a clock for one, or hold an opinion about permission.

A store is used from one thread (see `thread.StoreThread`). `append` is a compare-and-append: the first
entry's seq is the log's length plus one, or the store raises `Behind`. A single owner meets `Behind` only
by mistake; in a store that several servers share it is how a node learns that it must read on (`entries`),
check its changes again and retry.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from classroom.core.errors import AlreadyAccepted, Behind

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Work in small steps: exhaust it to finish it (`finish`), close it to give it up. Its return value is the
result."""

Fault = Callable[[str], None]
"""Called at named points of the store's work; a test raises there. Points: `begin`, `insert` (before each
row), `commit` of an append; `snapshot` and `asset` before each of their chunks; `erase` before each
batch."""

MARK_BYTES = 8
ZERO_MARK = bytes(MARK_BYTES)
"""The mark of an empty log, the same everywhere: there is nothing yet that two copies could differ in."""

CHUNK_BYTES = 128 * 1024
"""Bytes of an asset written in one step: about a millisecond on a common disk, so that no commit waits
longer."""
PART_BYTES = 64 * 1024
PART_RECORDS = 256
"""A snapshot's step ends at whichever comes first."""
READ_LIMIT = 1000
"""Entries that `entries` returns at most when it is not told."""

INT_MAX = 2**63 - 1


class Entry(NamedTuple):
    """One accepted change. `time` is in milliseconds since 1970; client "" with number 0 is the server
    itself."""

    seq: int
    time: int
    author: str
    client: str
    number: int
    ops: bytes


class Record(NamedTuple):
    """One record of the compacted table: its id, and the `put` that makes it."""

    id: str
    put: bytes


class Asset(NamedTuple):
    """A stored file. `chunks` reads one chunk at each `next`, on the store's thread; it can be dropped at
    any time."""

    mime: str
    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Opened:
    """What is in the store: the table is `snapshot`, then the changes of `tail` (those after
    `snapshot_seq`) in order.

    `seq` is the length of the log and `mark` the mark of its last entry. `notice` is "" for a class that
    can be written, else the sentence that says why it is open for reading only.
    """

    seq: int
    mark: bytes
    snapshot_seq: int
    snapshot: Sequence[Record]
    tail: Sequence[Entry]
    meta: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""


class Store(Protocol):
    """See the module. Every method but `open` raises `NotOpen` on a store that is not open."""

    def open(self) -> Opened:
        """Takes the class for this process and reads it. Costs the size of the table and the tail, not of
        the log.

        Raises ClassInUse, NoSuchClass, NotAClassFile, Damaged, DiskFull or StoreError, and then holds
        nothing.
        """

    def append(self, entries: Sequence[Entry], mark: bytes) -> None:
        """Writes the changes of one tick and their (client, number) pairs in one transaction, under a
        random mark.

        Raises Behind, AlreadyAccepted, DiskFull, ReadOnly or NewerFormat, Damaged, StoreError, and
        ValueError for values that no log can hold. No entries: nothing happens.
        """

    def accepted(self, client: str) -> dict[int, int]:
        """number -> seq of every accepted change of this client. Refused numbers are simply not there."""

    def seq_of(self, client: str, number: int) -> int | None:
        """The seq under which a change was accepted, or None. Does not grow dearer with the log."""

    def entries(self, after: int, upto: int | None = None, limit: int = READ_LIMIT) -> list[Entry]:
        """The first `limit` entries with after < seq <= upto, in order."""

    def mark_of(self, seq: int) -> bytes | None:
        """The mark of the transaction that wrote this entry; ZERO_MARK for 0; None for what is not in the
        log."""

    def snapshot(self, seq: int, records: Iterable[tuple[str, bytes]]) -> Steps[None]:
        """Replaces the compacted table by `records`, the whole table as it was at `seq`; in force with the
        last step.

        `records` is read on the store's thread, a part at a time: it must not change meanwhile. One
        snapshot at a time. ValueError when `seq` lies outside the log or before the snapshot in force.
        """

    def put_asset(self, chunks: Iterable[bytes], mime: str) -> Steps[str]:
        """Stores bytes of any chunking; returns their SHA-256 in lower-case hex. The first `mime` of a
        content stays."""

    def asset(self, sha: str) -> Asset | None:
        """The asset, or None."""

    def assets(self) -> dict[str, tuple[str, int]]:
        """(mime, size) of every asset by its SHA-256."""

    def remove_asset(self, sha: str) -> bool:
        """It is gone at once; its room is freed by `tend`. False when there is none."""

    def meta(self) -> dict[str, str]:
        """Title, class id, slug, format and whatever else the class keeps about itself."""

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Sets these keys, all or none."""

    def erase(self, payloads: Mapping[int, bytes]) -> Steps[None]:
        """Replaces the payload of each seq for good: when it ends, the old bytes are nowhere in the store's
        files.

        Numbers, times, authors and marks stay. KeyError before anything is changed when a seq is not in the
        log. The compacted table is not touched: follow with a `snapshot`.
        """

    def tend(self) -> Steps[None]:
        """Housekeeping that is due now (checkpoints, sweeping what was superseded); no steps when nothing
        is."""

    def backup(self, path: Path, pause: Callable[[], None] | None = None) -> None:
        """Copies the class into a new file while it is in use. Inside `pause`, called often, `append` may
        be called.

        Raises AlreadyThere when `path` exists; a failed copy leaves nothing there.
        """

    def close(self) -> None:
        """Lets go of the class. Everything appended stays. Closing twice is harmless."""


def finish(steps: Steps[T]) -> T:
    """Runs all steps at once and gives their result: for the command line and tests, where nobody is
    waiting."""
    try:
        while True:
            next(steps)
    except StopIteration as end:
        result: T = end.value
        return result


def check_append(entries: Sequence[Entry], mark: bytes, last: int, seq_of: Callable[[str, int], int | None]) -> None:
    """Raises what `append` must raise for these entries on a log of length `last`, in every store alike."""
    if len(mark) != MARK_BYTES:
        raise ValueError(f"a mark has {MARK_BYTES} bytes, not {len(mark)}")
    if entries[0].seq != last + 1:
        raise Behind(f"the log ends at {last}; the first entry is {entries[0].seq}")
    pairs: set[tuple[str, int]] = set()
    for place, entry in enumerate(entries, last + 1):
        if entry.seq != place:
            raise ValueError(f"entry {entry.seq} stands where {place} belongs")
        if not (0 <= entry.time <= INT_MAX and 0 <= entry.number <= INT_MAX):
            raise ValueError("a time or number that no log can hold")
        entry.author.encode()  # UnicodeEncodeError, a ValueError, for a lone surrogate
        if not entry.client:
            if entry.number:
                raise ValueError("the server's own changes have number 0")
            continue
        entry.client.encode()
        pair = (entry.client, entry.number)
        if pair in pairs or seq_of(*pair) is not None:
            raise AlreadyAccepted(client=entry.client, number=entry.number)
        pairs.add(pair)


def check_snapshot(seq: int, last: int, before: int) -> None:
    """Raises ValueError when a snapshot of `seq` does not fit a log of length `last`, compacted at
    `before`."""
    if not before <= seq <= last:
        raise ValueError(f"a snapshot of {seq} does not fit a log of {last} that is compacted at {before}")


def parts(records: Iterable[tuple[str, bytes]]) -> Iterator[list[Record]]:
    """Cuts a table into the parts that one step writes."""
    part: list[Record] = []
    size = 0
    for key, put in records:
        part.append(Record(key, put))
        size += len(put)
        if size >= PART_BYTES or len(part) >= PART_RECORDS:
            yield part
            part, size = [], 0
    if part:
        yield part


def rechunk(chunks: Iterable[bytes], size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The same bytes in chunks of exactly `size`, the last one shorter; nothing for nothing."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        start = 0
        while len(held) - start >= size:
            yield bytes(held[start : start + size])
            start += size
        del held[:start]
    if held:
        yield bytes(held)
