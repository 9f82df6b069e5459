"""The folder of classes: any title, any neighbour in the folder, and open classes left in peace."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from classroom.store.base import Entry
from classroom.store.library import SLUG_BYTES, ClassFolder, describe, slug
from classroom.store.sqlite import SqliteStore

from .contract import MARK
from .test_sqlite import HOLD, NOT_CLASSES

ODD = [
    "",
    "   ",
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/absolute",
    "C:\\Users",
    "a\0b",
    "CON",
    "-rf *",
    ".hidden",
    "~root",
    "$(reboot)`x`",
    "line\nbreak\ttab",
    "\u202eright to left",
    "İstanbul ﬁ ①",
    "Лінійна алгебра, тиждень 3",
    "線形代数",
    "جبر خطي",
    "👩‍🏫 🎓",
    "a\ud800b",
    "x" * 10_000,
    "é" * 10_000,
    "e\u0301" * 10_000,
    "%2e%2e%2f?mode=memory#x",
    "class.classroom",
]


@given(st.text())
@example("x" * 10_000)
@example("é" * 300)
@example("\ud800")
@example("../..")
def test_a_slug_is_a_plain_piece_of_a_file_name(title: str) -> None:
    made = slug(title)
    assert 1 <= len(made.encode()) <= SLUG_BYTES
    assert all(letter == "-" or unicodedata.category(letter)[0] in "LNM" for letter in made)
    assert not set(made) & set("./\\:*?\"<>|%#\0\n ~$`'")
    assert not made.startswith("-")
    assert not made.endswith("-")
    assert "--" not in made
    assert slug(title) == made


def test_slugs_that_people_read() -> None:
    assert slug("Linear algebra, week 3") == "linear-algebra-week-3"
    assert slug("Лінійна алгебра") == "лінійна-алгебра"
    assert slug("हिन्दी पाठ") == "हिन्दी-पाठ"
    assert slug("線形代数 1") == "線形代数-1"
    assert slug("!!!") == slug("") == "class"


@pytest.mark.parametrize("title", ODD, ids=range(len(ODD)))
def test_any_title_makes_a_class_that_is_found_again(tmp_path: Path, title: str) -> None:
    folder = ClassFolder(tmp_path / "deep" / "classes")
    info = folder.create(title, 1234)
    assert info.path.parent == (tmp_path / "deep" / "classes").resolve()
    assert [each.name for each in tmp_path.iterdir()] == ["deep"]
    assert [each.name for each in folder.path.iterdir()] == [info.path.name]
    kept = title.encode("utf-8", "replace").decode()
    assert folder.list() == [info]
    assert (info.title, info.created, info.changed) == (kept, 1234, 1234)
    assert folder.find(info.id) == info
    assert folder.find(kept) == (info if kept else None)
    store = folder.store(info)
    opened = store.open()
    assert opened.meta == {"id": info.id, "title": kept, "slug": slug(kept), "created": "1234"}
    assert describe(info.path).open
    assert describe(info.path).title == kept
    store.close()


def test_the_folder_is_private(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path / "classes")
    folder.create("A", 1)
    assert folder.path.stat().st_mode & 0o077 == 0


def test_no_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert ClassFolder(tmp_path / "none").list() == []
    assert ClassFolder(tmp_path / "none").find("x") is None
    assert list(tmp_path.iterdir()) == []


def test_found_by_id_then_by_title_the_last_changed_first(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path)
    old, new = folder.create("Algebra", 1000), folder.create("Algebra", 2000)
    named = folder.create(old.id, 3000)
    assert [each.id for each in folder.list()] == [named.id, new.id, old.id]
    assert folder.find("Algebra") == new
    found = folder.find(old.id)
    assert found is not None
    assert found.id == old.id, "an id goes before a title"
    found = folder.find(old.path.name)
    assert found is not None
    assert found.id == old.id
    assert folder.find("algebra") is None
    assert folder.find("") is None
    store = folder.store(old)
    store.open()
    store.append([Entry(1, 9000, "p1", "c", 1, b"x")], MARK)
    store.set_meta({"title": "Renamed"})
    store.close()
    first = folder.list()[0]
    assert (first.id, first.title, first.changed) == (old.id, "Renamed", 9000)
    assert folder.find("Renamed") is not None
    assert len({each.path.name for each in folder.list()}) == 3


@pytest.mark.parametrize("kind", NOT_CLASSES)
def test_a_bad_neighbour_is_listed_as_such(tmp_path: Path, kind: str) -> None:
    folder = ClassFolder(tmp_path)
    good = folder.create("Good", 1000)
    bad = tmp_path / "old-things-xyz.classroom"
    NOT_CLASSES[kind](bad)
    before = sorted(each.name for each in tmp_path.iterdir())
    listed = {each.path.name: each for each in folder.list()}
    assert listed[good.path.name] == good
    assert listed[bad.name].problem
    assert (listed[bad.name].title, listed[bad.name].id) == ("old things", "xyz")
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_a_listing_leaves_an_owner_in_peace(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path)
    info = folder.create("Algebra", 1000)
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(info.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        before = sorted(each.name for each in tmp_path.iterdir()), info.path.read_bytes()
        found = folder.find("Algebra")
        assert found is not None
        assert found.open
        assert found.id == info.id
        assert found.created == 1000
        assert (sorted(each.name for each in tmp_path.iterdir()), info.path.read_bytes()) == before
    finally:
        child.kill()
        child.communicate()
    found = folder.find("Algebra")
    assert found is not None
    assert not found.open
    assert found.id == info.id
    for _ in range(2):
        store = folder.store(found)
        store.open()
        assert folder.list()[0].open
        store.append([Entry(store._last + 1, 9000, "p1", "", 0, b"x")], MARK)
        store.close()
    assert folder.list()[0].changed == 9000


def test_a_hostile_card_is_only_a_card(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path)
    info = folder.create("Algebra", 1000)
    card = info.path.with_name(info.path.name + ".card")
    for content in (b"", b"[" * 100_000, b"{}", b'{"title": 5, "pid": "x"}', b"\xff", b'{"created": 1e999}', b"null"):
        card.write_bytes(content)
        assert folder.list() == [info]
    card.write_bytes(b'{"title": "Liar", "id": [], "created": -5, "pid": %d, "host": "elsewhere"}' % os.getpid())
    assert folder.list() == [info], "a closed class is read from its own file"


def test_a_listing_does_not_get_in_the_way_of_opening(tmp_path: Path) -> None:
    folder = ClassFolder(tmp_path)
    info = folder.create("Algebra", 1000)
    for _ in range(50):
        store = SqliteStore(info.path, patience=0)
        folder.list()
        store.open()
        store.close()
