"""The classes of this server: finding, making, opening, closing, and whose key opens which.

A class is opened when someone with a valid key asks for it, once, whoever asks at the same time; a wrong key never
touches a class file. Classes that nobody uses are closed again after a while, so that the command line and other
servers can have them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from classroom.core.errors import Farewell, GoingAway, NoSuchClass
from classroom.core.messages import Limits
from classroom.core.records import Class, Person
from classroom.server import problems
from classroom.server.access import Access, Throttle, code_key, split_token
from classroom.server.hub import Hub
from classroom.store.base import Fault
from classroom.store.library import ClassFolder, ClassInfo
from classroom.store.thread import StoreThread

log = logging.getLogger("classroom.server")

PEOPLE = 5_000
"""People ever made in one class through links and codes: a large course with all its changes of name and lost phones.
Each costs a record for good, and a quota of their own."""
IDLE_SECONDS = 600.0
CODE_TRIES, CODE_SECONDS = 60, 60
"""Wrong codes of all classes together before everyone must wait."""


def milliseconds() -> int:
    """The time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Classes:
    """`folder` holds the class files, `keys` the access files. `synchronous` is the store's ("normal" or "full")."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        *,
        limits: Limits,
        version: str,
        synchronous: str = "normal",
        fault: Fault | None = None,
        log_bytes: int = 4 << 20,
        now: Callable[[], int] = milliseconds,
    ) -> None:
        self.folder = ClassFolder(folder)
        self.keys = keys
        self.limits = limits
        self.fault = fault
        self.now = now
        self.log_bytes = log_bytes
        self._version = version
        self._synchronous = synchronous
        self._hubs: dict[str, Hub] = {}
        self._opening: dict[str, asyncio.Task[Hub]] = {}
        self._making = asyncio.Lock()
        self._codes = Throttle(CODE_TRIES, CODE_SECONDS)
        self._closed = False

    @property
    def hubs(self) -> list[Hub]:
        """Those that are open."""
        return list(self._hubs.values())

    @property
    def people(self) -> int:
        """Connections that have entered, in all classes."""
        return sum(len(hub.members) for hub in self._hubs.values())

    # -- opening ------------------------------------------------------------------------------------------------

    async def list(self) -> list[ClassInfo]:
        """Every class of the folder."""
        return await asyncio.to_thread(self.folder.list)

    async def find_or_make(self, name: str, title: str) -> Hub:
        """The class called `name` (id, title or file); with none of that name, one of `title` is made, unless empty."""
        async with self._making:
            wanted = name or title
            if wanted in self._hubs:
                return self._hubs[wanted]
            info = await asyncio.to_thread(self.folder.find, wanted)
            if info is None and title:
                info = await asyncio.to_thread(self.folder.create, title, self.now())
            if info is None:
                raise NoSuchClass
        return await self.open(info.id, info)

    async def open(self, class_id: str, info: ClassInfo | None = None) -> Hub:
        """The open class of that id. Raises StoreError."""
        hub = self._hubs.get(class_id)
        if hub is not None:
            return hub
        if self._closed:
            raise NoSuchClass
        task = self._opening.get(class_id)
        if task is None:
            task = asyncio.ensure_future(self._open(class_id, info))
            self._opening[class_id] = task
            task.add_done_callback(lambda done: self._opened(class_id, done))
        return await asyncio.shield(task)

    def _opened(self, class_id: str, done: asyncio.Task[Hub]) -> None:
        self._opening.pop(class_id, None)
        if not done.cancelled():
            done.exception()

    async def _open(self, class_id: str, info: ClassInfo | None) -> Hub:
        async with self._making:  # a file that is being opened has no title for a listing to find
            return await self._read(class_id, info)

    async def _read(self, class_id: str, info: ClassInfo | None) -> Hub:
        if info is None:
            info = await asyncio.to_thread(self.folder.find, class_id)
        if info is None or info.id != class_id:
            raise NoSuchClass
        access = Access.load(self.keys, class_id)
        if access is None:
            access = Access(self.keys / f"{class_id}.json", class_id)
        store = self.folder.store(info, sync=self._synchronous, fault=self.fault)
        thread = StoreThread(store)
        hub = Hub(thread, store, access, self.limits, self._version, self.now, self.log_bytes)
        try:
            await hub.open()
        except BaseException:
            await asyncio.to_thread(thread.stop, 30.0)
            raise
        self._hubs[class_id] = hub
        return hub

    # -- keys ---------------------------------------------------------------------------------------------------

    def _access(self, class_id: str) -> Access | None:
        hub = self._hubs.get(class_id)
        return hub.access if hub is not None else Access.load(self.keys, class_id)

    async def by_token(self, token: str) -> tuple[Hub, Person] | None:
        """The class and person of a personal token, or None."""
        class_id = split_token(token)[0]
        access = self._access(class_id)
        person_id = access.person(token) if access is not None else None
        if person_id is None:
            return None
        hub = await self._opened_or_none(class_id)
        if hub is None or hub.access.person(token) != person_id:
            return None
        record = hub.room.table.get(person_id)
        return (hub, record) if isinstance(record, Person) else None

    async def by_link(self, class_id: str, secret: str) -> tuple[Hub, str]:
        """The class and the role (`student`, `staff`) of a join link. Raises Problem."""
        access = self._access(class_id)
        role = access.link_role(secret) if access is not None else None
        if role is None:
            raise problems.bad_link()
        return await self.open(class_id), role

    async def by_code(self, code: str, class_id: str = "") -> Hub:
        """The class that shows this code. Raises Problem; wrong ones are counted, for the classes that show one and
        for all."""
        now = time.time()
        showing = [
            hub for hub in self._hubs.values() if hub.access.shown(now) and (not class_id or hub.class_id == class_id)
        ]
        wait = max([self._codes.wait(now), *(hub.access.throttle.wait(now) for hub in showing)])
        if wait:
            raise problems.too_many_tries(wait)
        key = code_key(code)
        found = [hub for hub in showing if hub.access.is_code(key, now)]
        if found:
            return found[0]
        self._codes.note(now)
        for hub in showing:
            hub.access.throttle.note(now)
            hub.access.wrong_codes += 1
        raise problems.bad_code()

    async def look(self, class_id: str) -> Hub | None:
        """The class of that id, for whoever knows it."""
        return await self._opened_or_none(class_id) if self._access(class_id) is not None else None

    async def _opened_or_none(self, class_id: str) -> Hub | None:
        try:
            return await self.open(class_id)
        except NoSuchClass:
            return None

    async def join(self, hub: Hub, name: str, role: str) -> str:
        """A new person; gives their token. Raises Refusal or Problem."""
        the_class = hub.room.table.get("class")
        if role == "student" and isinstance(the_class, Class) and not the_class.join:
            raise problems.door_closed()
        if role == "student" and hub.people_made >= PEOPLE:
            raise problems.class_full()
        person = await hub.add_person(name, role)
        token = hub.access.mint(person)
        await hub.access.save()
        return token

    # -- the end ------------------------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """About once a second: dead connections; classes that nobody uses."""
        now = asyncio.get_running_loop().time()
        for class_id, hub in list(self._hubs.items()):
            hub.sweep()
            if hub.members:
                hub.used = now
            elif now - hub.used > IDLE_SECONDS:
                async with self._making:  # whoever wants it now waits until the file is free
                    if not hub.members and self._hubs.get(class_id) is hub:
                        del self._hubs[class_id]
                        await self._close(hub, GoingAway())

    async def close(self) -> None:
        """Says goodbye everywhere and lets go of all files."""
        self._closed = True
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        hubs, self._hubs = list(self._hubs.values()), {}
        await asyncio.gather(*(self._close(hub, GoingAway()) for hub in hubs))

    async def _close(self, hub: Hub, error: Farewell) -> None:
        try:
            await hub.close(error)
        except Exception:
            log.exception("class %s could not be closed cleanly; everything saved is in its file", hub.class_id)
