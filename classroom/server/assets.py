"""The pictures of one open class: which there are, who sent them, who may have them, and those asked for lately.

Who may see a picture is `policy`'s answer about the records that name it, at this moment; whoever sent a picture may
have it anyway. Naming one in a record is for those who see it, sent it or were given it, so that nobody gets at a
picture by its SHA-256 alone. It promises that a picture which a whole class asks for at once is read once, and that at
most `KEPT_BYTES` are held for the next who ask. Who sent a picture first is kept with it, as a parameter of its type,
and it counts against that person's quota. It must never block the loop on the store.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, OrderedDict
from typing import NamedTuple

from classroom.core import policy
from classroom.core.records import Drawable, Person
from classroom.core.room import Room
from classroom.store.base import Store
from classroom.store.thread import StoreThread

KEPT_BYTES = 32_000_000


class Content(NamedTuple):
    """A picture as it is given out."""

    data: bytes
    mime: str


class Assets:
    """Made with the hub; `load` before anything else."""

    def __init__(self, thread: StoreThread, store: Store, room: Room) -> None:
        self._thread, self._store, self._room = thread, store, room
        self._senders: dict[str, set[str]] = {}
        self._given: dict[str, set[str]] = {}
        """To whom it was given since the class was opened."""
        self._used: Counter[str] = Counter()
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self._kept_bytes = 0
        self._reading: dict[str, asyncio.Task[Content | None]] = {}

    async def load(self) -> None:
        """Reads which there are. Raises StoreError."""
        listed = await asyncio.wrap_future(self._thread.submit(self._store.assets))
        for sha, (mime, size) in listed.items():
            _, by = _split(mime)
            self._senders[sha] = {by} - {""}
            self._used[by] += size

    # -- who may have it ------------------------------------------------------------------------------------

    def sees(self, person: Person, sha: str) -> bool:
        """Has this person sent that picture, or do they see a record that names it?"""
        if person.id in self._senders.get(sha, ()):
            return True
        table = self._room.table
        looked: set[tuple[str, str]] = set()
        for record in table.naming(sha):
            if isinstance(record, Drawable):
                # One place has one answer: thousands of records on somebody's copy cost as one.
                place = (record.page, record.copy)
                if place in looked:
                    continue
                looked.add(place)
            if policy.sees(person.role, person.id, policy.audience(table, record)):
                return True
        return False

    def may_name(self, person: str, sha: str) -> bool:
        """May that person's records name the picture? Staff may name any that is there."""
        if sha not in self._senders:
            return False
        record = self._room.table.get(person)
        if not isinstance(record, Person):
            return False
        return policy.is_staff(record) or person in self._given.get(sha, ()) or self.sees(record, sha)

    def used(self, person: str) -> int:
        """Bytes of the pictures that this person was the first to send."""
        return self._used[person]

    # -- in and out -----------------------------------------------------------------------------------------

    async def put(self, person: str, data: bytes, mime: str) -> str:
        """Stores a picture; gives its SHA-256. Raises StoreError."""
        stored = self._thread.background(self._store.put_asset, [data], f"{mime}; by={person}")
        sha: str = await asyncio.wrap_future(stored)
        if sha not in self._senders:
            self._senders[sha] = set()
            self._used[person] += len(data)
        self._senders[sha].add(person)
        return sha

    async def get(self, sha: str) -> Content | None:
        """A picture, whoever asks; None when there is none. Raises StoreError."""
        kept = self._kept.get(sha)
        if kept is not None:
            self._kept.move_to_end(sha)
            return kept
        reading = self._reading.get(sha)
        if reading is None:
            reading = asyncio.ensure_future(self._read(sha))
            self._reading[sha] = reading
            reading.add_done_callback(lambda _: self._reading.pop(sha, None))
        # Whoever hangs up gives up for themselves alone.
        return await asyncio.shield(reading)

    def given(self, person: str, sha: str) -> None:
        """This person has the picture now: they may name it again, whatever becomes of the records that do."""
        self._given.setdefault(sha, set()).add(person)

    async def _read(self, sha: str) -> Content | None:
        asset = await asyncio.wrap_future(self._thread.submit(self._store.asset, sha))
        if asset is None:
            return None
        chunks: list[bytes] = []
        while (chunk := await asyncio.wrap_future(self._thread.submit(next, asset.chunks, None))) is not None:
            chunks.append(chunk)
        content = Content(b"".join(chunks), _split(asset.mime)[0])
        self._kept[sha] = content
        self._kept_bytes += len(content.data)
        while self._kept_bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest.data)
        return content


def _split(mime: str) -> tuple[str, str]:
    """Type, and who sent it first."""
    kind, _, rest = mime.partition(";")
    by = re.search(r"\bby=(p[0-9]{1,9})\b", rest)
    return kind.strip(), by[1] if by else ""
