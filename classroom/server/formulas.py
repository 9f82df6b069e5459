"""Formulas of a server's people, made by `render.formula` in processes of their own.

Staff have one and everyone else another, so that no student's formula keeps a teacher waiting. A person has OWN
formulas under way at a time, and SPENT seconds of making them, which come back at REFILL a second: what people write
takes milliseconds, so only who tries to hold others up notices. A process starts with the first formula.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from classroom.core.errors import ClassroomError
from classroom.server import problems

SPENT = 12.0
REFILL = 0.2
OWN = 8
"""Of one person that are under way at a time: as many as one text has, mostly."""
WAITING = 64
"""Formulas that wait for a process at most."""

Owner = tuple[str, str]


class Formulas:
    """The workshops of one server."""

    def __init__(self) -> None:
        self._workshops: dict[bool, Any] = {}
        self._turns = {staff: asyncio.Lock() for staff in (True, False)}
        self._waiting = {True: 0, False: 0}
        self._under_way: Counter[Owner] = Counter()
        self._spent: dict[Owner, tuple[float, float]] = {}
        """Owner -> when last looked at, and the seconds spent then."""

    async def make(self, owner: Owner, staff: bool, source: str, display: bool) -> Any:
        """The Formula. Raises Problem."""
        now = asyncio.get_running_loop().time
        if self._under_way[owner] >= OWN or self._left(owner, now()) <= 0 or self._waiting[staff] >= WAITING:
            raise problems.busy()
        self._under_way[owner] += 1
        self._waiting[staff] += 1
        try:
            async with self._turns[staff]:
                begin = now()
                try:
                    return await asyncio.to_thread(self._workshop(staff).formula, source, display)
                except ClassroomError as error:
                    raise problems.bad_formula(str(error)) from None
                finally:
                    self._spend(owner, now(), now() - begin)
        finally:
            self._under_way[owner] -= 1
            if not self._under_way[owner]:
                del self._under_way[owner]
            self._waiting[staff] -= 1

    async def close(self) -> None:
        """Ends the processes."""
        for workshop in self._workshops.values():
            await asyncio.to_thread(workshop.close)

    def _workshop(self, staff: bool) -> Any:
        if staff not in self._workshops:
            from classroom.render.formula import Workshop

            self._workshops[staff] = Workshop()
        return self._workshops[staff]

    def _left(self, owner: Owner, now: float) -> float:
        at, spent = self._spent.get(owner, (now, 0.0))
        return SPENT - max(0.0, spent - (now - at) * REFILL)

    def _spend(self, owner: Owner, now: float, seconds: float) -> None:
        spent = SPENT - self._left(owner, now) + seconds
        self._spent = {who: (at, some) for who, (at, some) in self._spent.items() if some > (now - at) * REFILL}
        self._spent[owner] = (now, spent)
