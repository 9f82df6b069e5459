"""One owner for a class file: a lock on a sidecar file, and a card beside it that tells others what is open.

The lock is on `<file>.lock`, never on the class file itself: a lock on that one would vanish when any
descriptor of it is closed anywhere in this process. For the same reason nothing in this package opens a
class file without holding its claim. The card, `<file>.card`, lets a listing show the title of a class that
is open, which nobody else can read then. Both are gone after a clean close; after a crash they are harmless
leftovers.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from classroom.core.errors import ClassInUse

PATIENCE = 1.0
"""Seconds to wait for a claim: a listing holds it for some milliseconds, a server that shuts down a little
longer."""
LOCK, CARD = ".lock", ".card"
CARD_BYTES = 1 << 20
"""A larger card is not one of ours."""


def sidecar(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


class Claim:
    """The right to open one class file. Taken and released by the thread that works on the file."""

    def __init__(self, file: Path) -> None:
        self._lock_path = sidecar(file, LOCK)
        self._card_path = sidecar(file, CARD)
        self._lock = FileLock(str(self._lock_path), thread_local=False)
        self._shown = False

    def take(self, patience: float = PATIENCE) -> None:
        """Raises ClassInUse when another holds it, OSError when the folder cannot be written."""
        try:
            self._lock.acquire(timeout=patience, poll_interval=0.02)
        except Timeout:
            raise ClassInUse from None

    def show(self, meta: Mapping[str, str]) -> None:
        """Puts up the card. A listing is all that suffers when it cannot be written, so nothing is raised."""
        card = {**meta, "pid": os.getpid(), "host": socket.gethostname()}
        draft = sidecar(self._card_path, ".new")
        with suppress(OSError):
            draft.write_text(json.dumps(card, ensure_ascii=False), encoding="utf-8")
            os.replace(draft, self._card_path)
            self._shown = True

    def release(self) -> None:
        """Lets go, and clears both files away while the lock is still held: a waiter that locked the
        removed file sees that it has no name any more and tries again, so that two never hold the claim."""
        if not self._lock.is_locked:
            return
        with suppress(OSError):
            if self._shown:
                self._card_path.unlink()
        self._shown = False
        with suppress(OSError):
            # A lock file is empty; one that is not was somebody's own file before.
            if os.name == "posix" and self._lock_path.stat().st_size == 0:
                self._lock_path.unlink()
        self._lock.release()


def read_card(file: Path) -> dict[str, Any] | None:
    """The card of a class that is open, or was when its owner was killed; None when there is none to be
    read."""
    try:
        with sidecar(file, CARD).open("rb") as stream:
            card = json.loads(stream.read(CARD_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return card if isinstance(card, dict) else None


def is_mine(card: Mapping[str, Any]) -> bool:
    """Whether this very process put up the card."""
    return card.get("pid") == os.getpid() and card.get("host") == socket.gethostname()
