"""Who may enter a class: link secrets, personal tokens, the spoken code.

One JSON file per class, readable by its owner only, beside the classes but never inside a class file, replaced whole.
Personal tokens are kept as SHA-256: whoever reads the file cannot be someone else. Link secrets are kept as they are,
since the teacher must be shown the same link again; they can be changed at any time. A secret has 160 bits and is
compared in constant time. Nothing here knows sockets; whoever revokes a person closes that person's sockets.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classroom.files import write_private
from classroom.server.words import WORDS

CLASS_ID = re.compile(r"[a-z2-9]{10}")
TOKENS_PER_PERSON = 64
"""Windows and kernels of one person; the token that was given first is forgotten first."""
CODE_SECONDS = 3 * 3600
"""A code that was forgotten on the wall ends with the lesson."""


def code_key(code: str) -> str:
    """A spoken code without what people add or leave out: case, commas, several spaces."""
    return " ".join(re.findall(r"[a-z]+|[0-9]+", code[:100].lower()))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def new_secret() -> str:
    """160 random bits in letters that a link carries unchanged."""
    return secrets.token_urlsafe(20)


@dataclass
class Throttle:
    """Wrong tries of late: after `tries` within `seconds`, nobody is let try until the oldest is that old."""

    tries: int
    seconds: float
    wrong: list[float] = field(default_factory=list)

    def wait(self, now: float) -> int:
        """Whole seconds until the next try is looked at; 0 is now."""
        self.wrong = [at for at in self.wrong if now - at < self.seconds]
        if len(self.wrong) < self.tries:
            return 0
        return max(1, int(self.seconds - (now - self.wrong[-self.tries])) + 1)

    def note(self, now: float) -> None:
        """A wrong try."""
        self.wrong = [*self.wrong[-4 * self.tries :], now]


class Access:
    """The keys of one class. Changes are in force at once; `save` makes them last, and is awaited before a key is
    given out."""

    def __init__(self, path: Path, class_id: str, data: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.class_id = class_id
        data = data or {}
        links = data.get("links", {})
        self.links: dict[str, str] = {role: links.get(role) or new_secret() for role in ("student", "staff")}
        self.tokens: dict[str, list[str]] = {p: list(t) for p, t in data.get("tokens", {}).items()}
        self.identities: dict[str, str] = dict(data.get("identities", {}))
        """Who Jupyter says someone is -> person id."""
        self.removed: set[str] = set(data.get("removed", ()))
        self.code: str = data.get("code", "")
        self.code_until: float = data.get("code_until", 0.0)
        self.throttle = Throttle(tries=10, seconds=60)
        self.wrong_codes = 0
        self._saving = asyncio.Lock()
        self._version = self._saved = 0

    # -- the file ---------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, folder: Path, class_id: str) -> Access | None:
        """The keys of that class, or None. An unreadable file opens nothing; the teacher's next visit makes a new
        one."""
        if not CLASS_ID.fullmatch(class_id):
            return None
        path = folder / f"{class_id}.json"
        try:
            data = json.loads(path.read_text("utf-8"))
            return cls(path, class_id, data) if isinstance(data, dict) else None
        except (OSError, ValueError, AttributeError, TypeError):
            return None

    async def save(self) -> None:
        """Writes what has changed. Many callers at once share one write."""
        self._version += 1
        wanted = self._version
        async with self._saving:
            if self._saved >= wanted:
                return
            version, text = self._version, json.dumps(self._data())
            await asyncio.to_thread(write_private, self.path, text)
            self._saved = version

    def _data(self) -> dict[str, Any]:
        return {
            "class": self.class_id,
            "links": self.links,
            "tokens": self.tokens,
            "identities": self.identities,
            "removed": sorted(self.removed),
            "code": self.code,
            "code_until": self.code_until,
        }

    # -- keys -------------------------------------------------------------------------------------------------

    def link_role(self, secret: str) -> str | None:
        """`student` or `staff`, for the secret of a join link."""
        found = None
        for role, own in self.links.items():
            if _same(secret, own):
                found = role
        return found

    def rotate(self, role: str) -> None:
        """The old link opens nothing from now on; who is in, stays in."""
        self.links[role] = new_secret()

    def mint(self, person: str) -> str:
        """A new personal token, `class.person.secret`."""
        secret = new_secret()
        self.tokens[person] = [*self.tokens.get(person, ())[1 - TOKENS_PER_PERSON :], _hash(secret)]
        self.removed.discard(person)
        return f"{self.class_id}.{person}.{secret}"

    def person(self, token: str) -> str | None:
        """Whose token this is, or None."""
        name, person, secret = split_token(token)
        wanted = _hash(secret)
        found = False
        for own in self.tokens.get(person, ()):
            found |= _same(own, wanted)
        return person if found and name == self.class_id else None

    def revoke(self, person: str) -> None:
        """None of this person's tokens opens anything from now on."""
        self.tokens.pop(person, None)
        self.removed.add(person)

    # -- the spoken code ----------------------------------------------------------------------------------------

    def show_code(self, now: float) -> str:
        """The code, new unless one is shown already."""
        if not self.shown(now):
            self.code = f"{secrets.choice(WORDS)} {secrets.choice(WORDS)} {secrets.randbelow(90) + 10}"
        self.code_until = now + CODE_SECONDS
        return self.code

    def hide_code(self) -> None:
        """No code opens this class until the next is shown."""
        self.code, self.code_until = "", 0.0

    def shown(self, now: float) -> bool:
        """Is a code on the wall?"""
        return bool(self.code) and now < self.code_until

    def is_code(self, key: str, now: float) -> bool:
        """Is `key` (see `code_key`) the code that is shown?"""
        return _same(key, code_key(self.code)) and self.shown(now)


def split_token(token: str) -> tuple[str, str, str]:
    """Class, person and secret of a token; empty strings for what is none."""
    parts = token.split(".") if len(token) <= 200 else []
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")
