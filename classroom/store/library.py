"""The folder of classes: what is there, making a new one, finding one again.

A listing never touches a class that is open elsewhere: it reads the card beside it, and opens a file only
while it holds that file's claim. It never fails for one bad file: what cannot be read is listed by its file
name.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classroom.core.errors import ClassInUse, NotAClassFile, StoreError
from classroom.store import format as layout
from classroom.store.base import Fault
from classroom.store.database import connect, told
from classroom.store.lock import Claim, is_mine, read_card, sidecar
from classroom.store.sqlite import SqliteStore

SUFFIX = ".classroom"
ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""No letters that are mistaken for one another when read aloud."""
ID_LENGTH = 10
"""50 bits: two classes of one folder never meet."""
SLUG_BYTES = 60
"""Of the 255 that common file systems allow, with room for the id and for the names of sidecar files."""
LISTING_PATIENCE = 0.0
"""A listing does not wait for an owner."""


@dataclass(frozen=True)
class ClassInfo:
    """What a listing knows of a class. `changed` and `created` are in ms since 1970, 0 when unknown;
    `problem` is "" or the sentence that says why the file cannot be used."""

    path: Path
    id: str
    title: str
    created: int = 0
    changed: int = 0
    open: bool = False
    problem: str = ""


def slug(title: str) -> str:
    """A file name's worth of a title: letters and digits of any script, lower case, joined by single
    dashes."""
    words = unicodedata.normalize("NFKC", title[:1000]).lower()
    letters = (each if each.isalnum() or unicodedata.category(each)[0] == "M" else " " for each in words)
    kept = "-".join("".join(letters).split())
    kept = kept.encode("utf-8", "ignore")[:SLUG_BYTES].decode("utf-8", "ignore").strip("-")
    return kept or "class"


class ClassFolder:
    """`path` is made when it is missing, readable by its owner only."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def create(self, title: str, now: int, meta: Mapping[str, str] | None = None) -> ClassInfo:
        """Makes an empty class with a fresh id, now (ms since 1970). Two classes may have one title."""
        with told():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        title = title.encode("utf-8", "replace").decode()
        key = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
        name = slug(title)
        first = {**(meta or {}), "id": key, "title": title, "slug": name, "created": str(now)}
        store = SqliteStore(self.path / f"{name}-{key}{SUFFIX}", create=first)
        store.open()
        store.close()
        return ClassInfo(store.path, key, title, created=now, changed=now)

    def store(self, info: ClassInfo, *, sync: Any = "normal", fault: Fault | None = None) -> SqliteStore:
        """The class's store, not yet open."""
        return SqliteStore(info.path, sync=sync, fault=fault)

    def list(self) -> list[ClassInfo]:
        """Every class of the folder, the last changed first."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.path) if entry.name.endswith(SUFFIX))
        except OSError:
            return []
        return sorted((describe(self.path / name) for name in names), key=lambda info: -info.changed)

    def find(self, name: str) -> ClassInfo | None:
        """By id; else by title, where the class that was changed last wins; else by file name or path in
        here."""
        found = self.list()
        for of in (_id, _title, _file):
            for info in found:
                if of(info) == name and name:
                    return info
        return None


def _id(info: ClassInfo) -> str:
    return info.id


def _title(info: ClassInfo) -> str:
    return info.title


def _file(info: ClassInfo) -> str:
    return info.path.name


def describe(file: Path) -> ClassInfo:
    """What can be said about one file without disturbing anybody."""
    card = read_card(file)
    if card is not None and is_mine(card):
        return _from_meta(file, card, _touched(file), is_open=True)
    claim = Claim(Path(os.path.realpath(file)))
    try:
        layout.check_kind(file)
        claim.take(LISTING_PATIENCE)
    except ClassInUse:
        return _from_meta(file, card or {}, _touched(file), is_open=True)
    except StoreError as error:
        return _from_meta(file, {}, 0, problem=error.sentence)
    except OSError:
        pass  # a folder that cannot be written in: nobody owns what is in it
    try:
        if layout.read_format(file) < 1:
            raise NotAClassFile
        wal = sidecar(Path(os.path.realpath(file)), "-wal")
        if card and wal.exists() and wal.stat().st_size > 0:  # left by a crash: the card is newer than the file
            return _from_meta(file, card, _touched(file))
        with told(), closing(connect(file, "immutable=1")) as db:
            meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
            row = db.execute("SELECT time FROM log ORDER BY seq DESC LIMIT 1").fetchone()
        return _from_meta(file, meta, row[0] if row else _number(meta.get("created")))
    except StoreError as error:
        return _from_meta(file, {}, 0, problem=error.sentence)
    finally:
        claim.release()


def _from_meta(
    file: Path, meta: Mapping[str, Any], changed: Any, *, is_open: bool = False, problem: str = ""
) -> ClassInfo:
    stem = file.name.removesuffix(SUFFIX)
    name, _, key = stem.rpartition("-")
    return ClassInfo(
        path=file,
        id=_text(meta.get("id"), key),
        title=_text(meta.get("title"), (name or stem).replace("-", " ")),
        created=_number(meta.get("created")),
        changed=_number(changed),
        open=is_open,
        problem=problem,
    )


def _text(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _number(value: Any) -> int:
    """A whole number from a file that anyone may have made; 0 for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return int(value)
    return value if isinstance(value, int) and 0 <= value < 10**15 else 0


def _touched(file: Path) -> int:
    """When the file, or the log beside it, was last written; ms since 1970."""
    return max(_written(file), _written(sidecar(file, "-wal")))


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns // 1_000_000
    except OSError:
        return 0
