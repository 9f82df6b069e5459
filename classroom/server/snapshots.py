"""What a newcomer is given before the log: the table, deflated once per audience and shared by all who come soon after.

A picture of the table is taken in one step of the loop (records never change in place, so holding them is enough);
writing and deflating happen on another thread. It is followed by the log from its own place on, so it stays good while
that part of the log is short and no change of sight lies in between.

The data of a snapshot is one zlib stream (SPEC 5.9). Everyone but staff shares its first part; a full flush lets a last
part of one's own (answers, private copies) follow, and the checksum is carried on.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from classroom.core import policy, wire
from classroom.core.messages import Put, Snapshot
from classroom.core.records import Record
from classroom.core.room import Room
from classroom.core.table import in_order, weight
from classroom.server.outlet import framed

PIECE_BYTES = 64 * 1024 - 64
"""Data of one piece: with the message's head it stays within 64 KiB (SPEC 5.9)."""
TAIL_BYTES = 64 * 1024
"""Log that may follow a shared picture: what a newcomer gets beyond the table."""
SMALL = 64 * 1024
"""Bytes of records that are written at once: below a thread's own cost. More would hold up the loop."""
_ZLIB_HEAD = b"\x78\x9c"
_LEVEL = 6


@dataclass
class Picture:
    """The table as one audience saw it. `frames` are ready but the last piece, which is made for each viewer."""

    seq: int
    mark: bytes
    place: int
    staff: bool
    shared: list[tuple[Record, str]]
    frames: list[bytes] = field(default_factory=list)
    last: bytes = b""
    """Data of the last piece that all share, without an end."""
    adler: int = 1
    extra: dict[str, list[Record]] = field(default_factory=dict)
    """Person id -> what that person alone sees besides."""

    def develop(self) -> None:
        """Writes and deflates. Not on the loop when the table is large."""
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
        data = bytearray(_ZLIB_HEAD)
        for record, _ in self.shared:
            op = wire.write_op(Put(record if self.staff else policy.redacted(record)))
            self.adler = zlib.adler32(op, self.adler)
            data += deflate.compress(op)
        data += deflate.flush(zlib.Z_FULL_FLUSH)
        self.shared = []
        whole = len(data) // PIECE_BYTES * PIECE_BYTES
        for start in range(0, whole, PIECE_BYTES):
            self.frames.append(self._piece(bytes(data[start : start + PIECE_BYTES]), False))
        self.last = bytes(data[whole:])

    def for_viewer(self, person: str) -> list[bytes]:
        """The whole snapshot, as ready WebSocket frames."""
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
        own = b"".join(wire.write_op(Put(policy.redacted(record))) for record in self.extra.get(person, ()))
        end = self.last + deflate.compress(own) + deflate.flush() + struct.pack("!I", zlib.adler32(own, self.adler))
        pieces = [end[start : start + PIECE_BYTES] for start in range(0, len(end), PIECE_BYTES)]
        final = [self._piece(piece, index == len(pieces) - 1) for index, piece in enumerate(pieces)]
        return self.frames + final

    def _piece(self, data: bytes, last: bool) -> bytes:
        return framed(wire.write(Snapshot(self.seq, self.mark, last, data)))


class Snapshots:
    """One class's pictures. `place` gives the log's present end, `since` the bytes published after a place, or None
    where the log no longer has them all."""

    def __init__(self, room: Room, place: Callable[[], int], since: Callable[[int], int | None]) -> None:
        self._room = room
        self._place = place
        self._since = since
        self._made: dict[bool, tuple[Picture, asyncio.Task[None] | None]] = {}

    async def frames(self, staff: bool, person: str) -> tuple[list[bytes], int]:
        """Ready frames for that viewer, and the place of the log that follows them."""
        picture, developing = self._made.get(staff) or (None, None)
        if picture is None or not self._good(picture):
            picture = self._take(staff)
            developing = None
            if _small(record for record, _ in picture.shared):
                picture.develop()
            else:
                developing = asyncio.ensure_future(asyncio.to_thread(picture.develop))
            self._made[staff] = (picture, developing)
        if developing is not None:
            await asyncio.shield(developing)
        if not _small(picture.extra.get(person, ())):
            return await asyncio.to_thread(partial(picture.for_viewer, person)), picture.place
        return picture.for_viewer(person), picture.place

    def forget(self) -> None:
        """Lets go of the memory; the next newcomer costs a new picture."""
        self._made.clear()

    def _good(self, picture: Picture) -> bool:
        since = self._since(picture.place)
        return since is not None and since <= TAIL_BYTES and self._room.watershed <= picture.seq

    def _take(self, staff: bool) -> Picture:
        room = self._room
        picture = Picture(room.seq, room.mark, self._place(), staff, [])
        for record, key in _seen(room, in_order(room.table)):
            if staff or key == "all":
                picture.shared.append((record, key))
            elif key != "staff":
                picture.extra.setdefault(key, []).append(record)
        return picture


def _small(records: Iterable[Record]) -> bool:
    size = 0
    for record in records:
        size += weight(record)
        if size > SMALL:
            return False
    return True


def _seen(room: Room, records: Iterable[Record]) -> Iterable[tuple[Record, str]]:
    for record in records:
        yield record, policy.audience(room.table, record)
