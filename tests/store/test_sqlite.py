"""The SQLite store keeps the contract; and what is the file's own: other files, formats, disks, owners."""

from __future__ import annotations

import errno
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from classroom.core.errors import (
    AlreadyThere,
    ClassInUse,
    Damaged,
    DiskFull,
    NewerFormat,
    NoSuchClass,
    NotAClassFile,
    ReadOnly,
    StoreError,
)
from classroom.store.base import CHUNK_BYTES, PART_RECORDS, finish
from classroom.store.format import APPLICATION_ID
from classroom.store.library import describe
from classroom.store.sqlite import CHECKPOINT_PAGES, SqliteStore

from .contract import MARK, Fault, Make, StoreContract, entry, fill


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def make(meta: dict[str, str] | None = None, fault: Fault | None = None) -> SqliteStore:
            return SqliteStore(tmp_path / "a.classroom", create=meta or {}, fault=fault, patience=0)

        return make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A class of ten changes and a snapshot, closed."""
    path = tmp_path / "algebra-abc.classroom"
    store = SqliteStore(path, create={"title": "Algebra"})
    store.open()
    fill(store, 10)
    finish(store.snapshot(4, [("a", b"A")]))
    store.close()
    return path


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_a_clean_close_leaves_one_file(path: Path) -> None:
    assert names(path.parent) == [path.name]
    store = SqliteStore(path)
    store.open()
    assert names(path.parent) == [path.name + more for more in ("", "-wal", ".card", ".lock")]
    store.close()
    assert names(path.parent) == [path.name]


def test_sidecar_names_that_belong_to_others_are_left_alone(path: Path) -> None:
    path.with_name(path.name + ".lock").write_text("somebody's own")
    store = SqliteStore(path)
    store.open()
    store.close()
    assert path.with_name(path.name + ".lock").read_text() == "somebody's own"


# -- files that are not classes ---------------------------------------------------------------------------------


def a_database(path: Path) -> None:
    edit(path, "PRAGMA journal_mode = WAL", "CREATE TABLE log (seq)", "INSERT INTO log VALUES (1)")


def a_cut_class(path: Path) -> None:
    store = SqliteStore(path, create={})
    store.open()
    store.close()
    path.write_bytes(path.read_bytes()[:99])


NOT_CLASSES: dict[str, Any] = {
    "empty": lambda path: path.write_bytes(b""),
    "short": lambda path: path.write_bytes(b"SQLite format 3\0"),
    "text": lambda path: path.write_text("Dear class,\n" * 100),
    "noise": lambda path: path.write_bytes(random.Random(1).randbytes(5000)),
    "another database": a_database,
    "cut within its head": a_cut_class,
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("kind", NOT_CLASSES)
@pytest.mark.parametrize("create", [None, {}])
def test_other_files_are_refused_and_untouched(tmp_path: Path, kind: str, create: dict[str, str] | None) -> None:
    path = tmp_path / "a.classroom"
    NOT_CLASSES[kind](path)
    before = names(tmp_path), path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b""
    store = SqliteStore(path, create=create)
    for _ in range(2):
        with pytest.raises(NotAClassFile):
            store.open()
    assert (names(tmp_path), path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") == before


def test_what_is_not_there(tmp_path: Path) -> None:
    for path, create in ((tmp_path / "a", None), (tmp_path / "no" / "a", {}), (tmp_path / "no" / "a", None)):
        with pytest.raises(NoSuchClass):
            SqliteStore(path, create=create).open()
    assert names(tmp_path) == []
    with pytest.raises((NotAClassFile, StoreError)):
        SqliteStore(tmp_path / ("x" * 400), create={}).open()


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE log",
        "DROP TABLE meta",
        "DELETE FROM snapshot",
        "DELETE FROM compacted",
        "UPDATE snapshot SET last = last + 1",
        "UPDATE snapshot SET first = 'one'",
        "UPDATE snapshot SET seq = 7",
        "UPDATE log SET seq = 99 WHERE seq = 10",
        "UPDATE log SET author = x'00' WHERE seq = 9",
        "UPDATE log SET ops = 'text' WHERE seq = 9",
        "UPDATE log SET mark = 5 WHERE seq = 10",
        "UPDATE meta SET value = x'00'",
        "CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM log; END",
        "CREATE VIEW v AS SELECT 1",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -3",
    ],
)
def test_damage_is_said(path: Path, harm: str) -> None:
    edit(path, harm)
    store = SqliteStore(path)
    if harm == "UPDATE snapshot SET seq = 7":  # a table that claims more than it holds cannot be told; it opens
        assert store.open().snapshot_seq == 7
    else:
        with pytest.raises((Damaged, StoreError)):
            store.open()
    store.close()
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize("seed", range(20))
def test_flipped_and_cut_bytes_never_escape_as_anything_else(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(20):
        content[rng.randrange(100, len(content))] = rng.randrange(256)
    path.write_bytes(content[: rng.choice([len(content), len(content) // 2, 4096, 150])])
    store = SqliteStore(path)
    try:
        seq = store.open().seq
        store.append([entry(seq + 1, "other", 1)], MARK)
    except StoreError:
        pass
    store.close()


# -- formats ----------------------------------------------------------------------------------------------------


def test_a_newer_format_is_read_and_not_touched(path: Path) -> None:
    edit(path, "PRAGMA user_version = 7", "ALTER TABLE log ADD COLUMN more TEXT", "CREATE TABLE later (x)")
    before = path.read_bytes()
    store = SqliteStore(path)
    opened = store.open()
    assert (opened.seq, len(opened.tail), opened.notice) == (10, 6, NewerFormat.sentence)
    sha = "0" * 64
    for call in (
        lambda: fill(store, 1, start=11),
        lambda: store.set_meta({"title": "B"}),
        lambda: store.remove_asset(sha),
        lambda: finish(store.snapshot(10, [("a", b"")])),
        lambda: finish(store.put_asset([b"x"], "a/b")),
        lambda: finish(store.erase({1: b""})),
    ):
        with pytest.raises(NewerFormat):
            call()
    finish(store.tend())
    assert store.entries(0, limit=1)[0].ops == b"ops 1"
    store.close()
    assert (path.read_bytes(), names(path.parent)) == (before, [path.name])


def test_a_newer_format_that_cannot_even_be_read(path: Path) -> None:
    edit(path, "PRAGMA user_version = 7", "ALTER TABLE log RENAME TO journal")
    before = path.read_bytes()
    with pytest.raises(NewerFormat):
        SqliteStore(path).open()
    assert (path.read_bytes(), names(path.parent)) == (before, [path.name])


def test_a_newer_format_left_by_a_crash_is_read_with_its_newest_changes(path: Path) -> None:
    edit(path, "PRAGMA user_version = 7")
    child = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA locking_mode = EXCLUSIVE')\n"
        "db.execute(\"INSERT INTO log VALUES (11, zeroblob(8), 1, 'p', '', 0, x'01')\")\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", child, str(path)], check=True)
    wal = path.with_name(path.name + "-wal")
    before = path.read_bytes(), wal.read_bytes(), names(path.parent)
    assert wal.stat().st_size > 0
    store = SqliteStore(path)
    assert store.open().seq == 11
    store.close()
    assert (path.read_bytes(), wal.read_bytes(), names(path.parent)) == before


def add_mood(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO meta VALUES ('mood', 'upgraded')")


def add_more(db: sqlite3.Connection) -> None:
    db.execute("UPDATE meta SET value = value || ' twice' WHERE key = 'mood'")


def test_an_older_format_is_upgraded_once_after_a_copy(path: Path) -> None:
    steps = (add_mood, add_more)
    for _ in range(2):
        store = SqliteStore(path, steps=steps)
        assert store.open().meta == {"title": "Algebra", "mood": "upgraded twice"}
        store.close()
    assert names(path.parent) == [path.name, path.name + ".format-1"]
    copy = SqliteStore(path.with_name(path.name + ".format-1"))
    opened = copy.open()
    assert (opened.meta, opened.seq, opened.notice) == ({"title": "Algebra"}, 10, "")
    copy.close()
    old = SqliteStore(path)
    assert old.open().notice == NewerFormat.sentence, "the older program now reads only"
    old.close()


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    def fails(db: sqlite3.Connection) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        SqliteStore(path, steps=(add_mood, fails)).open()
    store = SqliteStore(path)
    opened = store.open()
    assert (opened.meta, opened.notice) == ({"title": "Algebra"}, "")
    store.close()


def test_the_format_is_known_by_its_head(path: Path) -> None:
    head = path.read_bytes()[:100]
    assert int.from_bytes(head[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(head[60:64], "big") == 1


# -- room -------------------------------------------------------------------------------------------------------


def test_the_systems_no_room_is_a_full_disk(tmp_path: Path) -> None:
    fault = Fault()
    store = SqliteStore(tmp_path / "a.classroom", create={}, fault=fault)
    store.open()
    for number, kind in ((errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, StoreError)):
        for point in ("begin", "insert", "commit"):
            fault.arm(point, OSError(number, "injected"))
            with pytest.raises(StoreError) as raised:
                fill(store, 1)
            assert raised.type is kind
    assert fault.hits == 9
    fill(store, 1)
    store.close()


def append_until_full(store: SqliteStore, size: int) -> int:
    """Appends changes of so many bytes until the disk is full; the number of the one that did not fit."""
    seq = store._last
    with pytest.raises(DiskFull):  # noqa: PT012
        while seq < 2000:
            seq += 1
            store.append([entry(seq, ops=bytes(size))], MARK)
    return seq


def limit_pages(store: SqliteStore, more: int) -> None:
    db = store._connection
    assert db is not None
    count = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {count + more}")


def test_sqlite_says_full_and_goes_on_when_there_is_room(path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    limit_pages(store, 8)
    seq = append_until_full(store, 9000)
    assert 11 < seq < 99
    assert store.entries(0)[-1].seq == seq - 1
    with pytest.raises(DiskFull):
        finish(store.snapshot(5, [(str(place), bytes(900)) for place in range(PART_RECORDS)]))
    with pytest.raises(DiskFull):
        finish(store.put_asset([bytes(CHUNK_BYTES)], "a/b"))
    limit_pages(store, 1000)
    store.append([entry(seq, ops=bytes(9000))], MARK)
    finish(store.tend())
    store.close()
    opened = store.open()
    assert (opened.seq, opened.snapshot_seq) == (seq, 4)
    store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A real file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk, and needs mount for it")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "classroom-test", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_real_full_disk(small_disk: Path) -> None:
    path = small_disk / "a.classroom"
    store = SqliteStore(path, create={"title": "A"})
    store.open()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(400_000))
    seq = append_until_full(store, 5000)
    assert seq > 10
    for _ in range(3):
        with pytest.raises(DiskFull):
            store.append([entry(seq, ops=bytes(5000))], MARK)
    with pytest.raises(DiskFull):
        store.backup(small_disk / "copy.classroom")
    assert not [name for name in names(small_disk) if "copy" in name]
    with pytest.raises(DiskFull):
        SqliteStore(small_disk / "b.classroom", create={}).open()
    assert not [name for name in names(small_disk) if name.startswith("b.")]
    ballast.unlink()
    store.append([entry(seq, ops=bytes(5000))], MARK)
    store.close()
    assert store.open().seq == seq
    store.close()


def test_closing_on_a_full_disk_loses_nothing(small_disk: Path) -> None:
    store = SqliteStore(small_disk / "a.classroom", create={"title": "A"})
    store.open()
    seq = append_until_full(store, 5000)
    store.close()
    assert "a.classroom-wal" in names(small_disk), "there was no room to merge it"
    opened = store.open()
    assert opened.seq == seq - 1 > 10
    store.close()


def test_a_disk_that_cannot_be_written(small_disk: Path) -> None:
    path = small_disk / "a.classroom"
    store = SqliteStore(path, create={"title": "A"})
    store.open()
    fill(store, 5)
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    opened = store.open()
    assert (opened.seq, opened.notice) == (5, ReadOnly.sentence)
    with pytest.raises(ReadOnly):
        fill(store, 1, start=6)
    assert len(store.entries(0)) == 5
    store.close()
    listed = describe(path)
    assert (listed.title, listed.open, listed.problem) == ("A", False, "")
    with pytest.raises(StoreError):
        SqliteStore(small_disk / "new.classroom", create={}).open()


# -- owners -----------------------------------------------------------------------------------------------------

HOLD = """
import sys
from classroom.store.library import describe
from classroom.store.sqlite import SqliteStore
store = SqliteStore(sys.argv[1])
store.open()
print("open", flush=True)
sys.stdin.read()
"""


def test_one_process_owns_a_class_until_it_ends(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        before = path.read_bytes(), names(path.parent)
        link = path.with_name("link.classroom")
        link.symlink_to(path)
        for name in (path, link):
            with pytest.raises(ClassInUse):
                SqliteStore(name, patience=0.05).open()
        link.unlink()
        assert (path.read_bytes(), names(path.parent)) == before
    finally:
        child.kill()
        child.communicate()
    store = SqliteStore(path)
    assert store.open().seq == 10
    store.close()
    assert names(path.parent) == [path.name], "leftovers of the killed owner are gone"


def test_one_store_of_a_process_owns_a_class(path: Path) -> None:
    first, second = SqliteStore(path), SqliteStore(path, patience=0)
    first.open()
    with pytest.raises(ClassInUse):
        second.open()
    path.read_bytes()  # as a file browser does: a lock on the file itself would be lost by this
    with pytest.raises(ClassInUse):
        second.open()
    fill(first, 1, start=11)
    first.close()
    assert second.open().seq == 11
    second.close()


# -- copies, checkpoints, erasure -------------------------------------------------------------------------------


def test_a_copy_is_made_while_changes_arrive(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    content = random.Random(5).randbytes(20 * CHUNK_BYTES)
    sha = finish(store.put_asset([content], "a/b"))
    seq, pauses = 10, 0

    def pause() -> None:
        nonlocal seq, pauses
        seq, pauses = seq + 1, pauses + 1
        store.append([entry(seq, ops=b"in a pause")], MARK)

    copy_path = tmp_path / "copy.classroom"
    store.backup(copy_path, pause)
    assert pauses > 5
    store.append([entry(seq + 1)], MARK)
    with pytest.raises(AlreadyThere):
        store.backup(copy_path)
    with pytest.raises(AlreadyThere):
        store.backup(path)
    copy = SqliteStore(copy_path)
    opened = copy.open()
    assert 10 < opened.seq <= seq
    assert copy.entries(0) == store.entries(0, opened.seq), "a copy is the class as it was at one moment"
    asset = copy.asset(sha)
    assert asset is not None
    assert b"".join(asset.chunks) == content
    copy.close()
    store.close()
    assert names(tmp_path) == [path.name, "copy.classroom"]


def test_a_copy_that_fails_leaves_nothing(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    store.open()

    def pause() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.backup(tmp_path / "copy.classroom", pause)
    assert not [name for name in names(tmp_path) if "copy" in name]
    fill(store, 1, start=11)
    store.close()


def test_the_log_beside_the_file_stays_small(path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    wal = path.with_name(path.name + "-wal")
    largest = 0
    for seq in range(11, 1500):
        store.append([entry(seq, ops=bytes(4000))], MARK)
        finish(store.tend())
        largest = max(largest, wal.stat().st_size)
    assert 0 < largest < 2 * CHECKPOINT_PAGES * 4120 < path.stat().st_size
    store.close()


def test_nothing_of_what_was_erased_is_left_in_any_file(path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    rng = random.Random(8)

    def secret(seq: int) -> bytes:
        return b"SECRET of Ana;" * rng.choice([1, 3, 40, 700])

    for seq in range(11, 700):
        store.append([entry(seq, ops=secret(seq) if seq % 3 else b"plain")], MARK)
    finish(store.snapshot(300, [(str(place), b"SECRET in the table") for place in range(1000)]))
    asset = finish(store.put_asset([b"SECRET picture" * 50_000], "a/b"))
    finish(store.tend())

    def found() -> int:
        return sum(each.read_bytes().count(b"SECRET") for each in path.parent.iterdir())

    assert found() > 1000
    finish(store.snapshot(699, [("a", b"A")]))
    store.remove_asset(asset)
    finish(store.erase({seq: b"" for seq in range(11, 700) if seq % 3}))
    finish(store.tend())
    assert found() == 0
    assert len(store.entries(10, 699)) == 689
    store.close()


def test_superseded_rows_are_swept(path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    for _ in range(3):
        finish(store.snapshot(10, [(str(place), b"x") for place in range(700)]))
    steps = store.put_asset([bytes(3 * CHUNK_BYTES)], "a/b")
    next(steps)
    steps.close()
    db = store._connection
    assert db is not None

    def rows() -> tuple[int, ...]:
        return tuple(
            db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("compacted", "asset", "chunk")
        )

    assert rows() == (2101, 1, 1)
    finish(store.tend())
    assert rows() == (700, 0, 0)
    assert next(store.tend(), "nothing due") == "nothing due"
    store.close()


def test_sqlite_never_checkpoints_inside_a_commit(path: Path) -> None:
    store = SqliteStore(path)
    store.open()
    before = path.read_bytes()
    for seq in range(11, 1000):
        store.append([entry(seq, ops=bytes(8000))], MARK)
    assert path.read_bytes() == before
    finish(store.tend())
    assert path.stat().st_size > len(before)
    store.close()


def test_full_flushes_are_a_setting(path: Path) -> None:
    for sync, level in (("normal", 1), ("full", 2)):
        store = SqliteStore(path, sync=sync)  # type: ignore[arg-type]
        store.open()
        assert store._connection is not None
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (level,)
        store.close()
