"""The store thread: commits first, long work between them, every future settled, a clean end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from classroom.core.errors import Behind, NotOpen, StoreError
from classroom.store.base import PART_RECORDS, Steps
from classroom.store.memory import MemoryStore
from classroom.store.sqlite import CHECKPOINT_PAGES, SqliteStore
from classroom.store.thread import PATIENCE, StoreThread

from .contract import MARK, entry

WAIT = 20
"""Seconds after which a future that is not settled counts as lost."""


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "a.classroom", create={"title": "A"})


@pytest.fixture
def thread(store: SqliteStore) -> Iterator[StoreThread]:
    thread = StoreThread(store)
    thread.submit(store.open).result(WAIT)
    yield thread
    assert thread.stop(WAIT)


def test_results_errors_and_order(store: SqliteStore, thread: StoreThread) -> None:
    futures = [thread.submit(store.append, [entry(seq)], MARK) for seq in (1, 2, 2, 3)]
    assert [type(future.exception(WAIT)) for future in futures] == [type(None), type(None), Behind, type(None)]
    assert [each.seq for each in thread.submit(store.entries, 0).result(WAIT)] == [1, 2, 3]
    assert thread.submit(threading.get_ident).result(WAIT) != threading.get_ident()


def test_a_commit_goes_between_two_parts_of_a_snapshot(store: SqliteStore, thread: StoreThread) -> None:
    thread.submit(store.append, [entry(1)], MARK).result(WAIT)
    commits: list[Future[None]] = []
    done: list[bool] = []

    def records() -> Iterator[tuple[str, bytes]]:
        for part in range(6):
            done.extend(commit.done() for commit in commits[-1:])
            commits.append(thread.submit(store.append, [entry(2 + part)], MARK))
            for place in range(PART_RECORDS):
                yield f"{part}.{place}", b"put"

    thread.background(store.snapshot, 1, records()).result(WAIT)
    assert done == [True] * 5, "each commit was made before the next part was begun"
    assert [commit.result(WAIT) for commit in commits] == [None] * 6


def test_long_work_takes_turns(store: SqliteStore, thread: StoreThread) -> None:
    turns: list[str] = []

    def work(name: str) -> Steps[str]:
        for _ in range(3):
            turns.append(name)
            yield
        return name

    started = threading.Event()
    thread.submit(started.wait)
    first, second = thread.background(work, "a"), thread.background(work, "b")
    started.set()
    assert (first.result(WAIT), second.result(WAIT)) == ("a", "b")
    assert turns == ["a", "b"] * 3


def test_long_work_is_not_starved_by_commits_without_end(store: SqliteStore, thread: StoreThread) -> None:
    ended = threading.Event()
    count = 0

    def again() -> None:
        nonlocal count
        count += 1
        if not ended.is_set() and count < 1_000_000:
            thread.submit(again)

    for _ in range(3):
        thread.submit(again)
    upload = thread.background(store.put_asset, [bytes(1_000_000)], "a/b")
    upload.result(WAIT)
    ended.set()
    assert PATIENCE < count < 1_000_000


def test_long_work_that_fails_or_is_cancelled(store: SqliteStore, thread: StoreThread) -> None:
    assert isinstance(thread.background(store.snapshot, 99, []).exception(WAIT), ValueError)

    closed = threading.Event()

    def endless() -> Steps[None]:
        try:
            while True:
                yield
        finally:
            closed.set()

    future = thread.background(endless)
    thread.submit(lambda: None).result(WAIT)
    assert future.cancel()
    assert closed.wait(WAIT)
    with pytest.raises(CancelledError):
        future.result(WAIT)
    held = threading.Event()
    thread.submit(held.wait)
    never = thread.submit(store.append, [entry(1)], MARK)
    assert never.cancel()
    held.set()
    assert thread.submit(store.entries, 0).result(WAIT) == []


def test_stop_finishes_what_was_submitted(store: SqliteStore, tmp_path: Path) -> None:
    thread = StoreThread(store)
    thread.submit(store.open).result(WAIT)
    held = threading.Event()
    thread.submit(held.wait)
    commits = [thread.submit(store.append, [entry(seq)], MARK) for seq in range(1, 300)]
    upload = thread.background(store.put_asset, [bytes(9_000_000)], "a/b")
    assert not thread.stop(0)
    with pytest.raises(NotOpen):
        thread.submit(store.entries, 0)
    with pytest.raises(NotOpen):
        thread.background(store.tend)
    held.set()
    assert thread.stop(WAIT)
    assert thread.stop(WAIT)
    assert [commit.result(0) for commit in commits] == [None] * 299
    assert isinstance(upload.exception(0), NotOpen)
    assert [each.name for each in tmp_path.iterdir()] == ["a.classroom"]
    assert store.open().seq == 299
    store.close()


def test_a_copy_while_commits_arrive(store: SqliteStore, thread: StoreThread, tmp_path: Path) -> None:
    thread.background(store.put_asset, [bytes(5_000_000)], "a/b").result(WAIT)
    copied = thread.backup(tmp_path / "copy.classroom")
    seq = 0
    while not copied.done():
        seq += 1
        thread.submit(store.append, [entry(seq)], MARK).result(WAIT)
    copied.result(WAIT)
    assert seq > 0
    copy = SqliteStore(tmp_path / "copy.classroom")
    assert 0 <= copy.open().seq <= seq
    copy.close()


def test_stop_gives_up_a_copy(store: SqliteStore, tmp_path: Path) -> None:
    thread = StoreThread(store)
    thread.submit(store.open).result(WAIT)
    thread.background(store.put_asset, [bytes(9_000_000)], "a/b").result(WAIT)
    held = threading.Event()
    thread.submit(held.wait)
    copied = thread.backup(tmp_path / "copy.classroom")
    thread.stop(0)
    held.set()
    assert thread.stop(WAIT)
    assert isinstance(copied.exception(0), NotOpen)
    assert [each.name for each in tmp_path.iterdir()] == ["a.classroom"]


def test_housekeeping_comes_by_itself(store: SqliteStore, thread: StoreThread, tmp_path: Path) -> None:
    wal = tmp_path / "a.classroom-wal"
    for seq in range(1, 2000):
        thread.submit(store.append, [entry(seq, ops=bytes(4000))], MARK).result(WAIT)
    thread.submit(lambda: None).result(WAIT)
    assert wal.stat().st_size < 2 * CHECKPOINT_PAGES * 4120 < store.path.stat().st_size


class Untidy(MemoryStore):
    """A store whose housekeeping fails until it is told otherwise."""

    error: Exception | None = StoreError("no room")

    def tend(self) -> Steps[None]:
        if self.error:
            raise self.error
        return super().tend()


def test_failing_housekeeping_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    store = Untidy()
    thread = StoreThread(store)
    thread.submit(store.open).result(WAIT)
    with caplog.at_level(logging.WARNING, "classroom.store"):
        for seq, error in enumerate([StoreError("no room"), RuntimeError("a bug"), None, StoreError("again")], 1):
            store.error = error
            thread.submit(store.append, [entry(seq)], MARK).result(WAIT)
            thread.background(store.snapshot, seq, [("a", b"A")]).result(WAIT)
        assert thread.stop(WAIT)
    assert store.open().snapshot_seq == 4
    assert 1 <= len(caplog.records) <= 3, "it complains once, not at every step"


def test_a_failed_open_can_be_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.classroom"
    owner = SqliteStore(path, create={})
    owner.open()
    store = SqliteStore(path, patience=0)
    thread = StoreThread(store)
    assert isinstance(thread.submit(store.open).exception(WAIT), StoreError)
    owner.close()
    assert thread.submit(store.open).result(WAIT).seq == 0
    assert thread.stop(WAIT)


def test_an_event_loop_can_await_it(store: SqliteStore, thread: StoreThread) -> None:
    async def lesson() -> Any:
        await asyncio.wrap_future(thread.submit(store.append, [entry(1)], MARK))
        return await asyncio.gather(
            asyncio.wrap_future(thread.background(store.put_asset, [b"picture"], "image/png")),
            asyncio.wrap_future(thread.submit(store.entries, 0)),
        )

    sha, entries = asyncio.run(lesson())
    assert len(sha) == 64
    assert entries == [entry(1)]
