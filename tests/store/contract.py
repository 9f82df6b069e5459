"""The contract of `classroom.store.base.Store`, as tests that every store runs: subclass and give `make`."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classroom.core.errors import AlreadyAccepted, Behind, ClassInUse, DiskFull, NotOpen, StoreError
from classroom.store.base import CHUNK_BYTES, PART_RECORDS, ZERO_MARK, Entry, Store, finish

MARK = b"\x00mark\xff\x01\x02"
Make = Callable[..., Store]


class Fault:
    """Raises `error` when the named point is reached for the `at`-th time; then it has done its work."""

    def __init__(self) -> None:
        self.point, self.at, self.hits = "", 0, 0
        self.error: BaseException = Exception()

    def arm(self, point: str, error: BaseException, at: int = 1) -> None:
        self.point, self.at, self.error = point, at, error

    def __call__(self, point: str) -> None:
        if point == self.point:
            self.at -= 1
            if self.at == 0:
                self.point = ""
                self.hits += 1
                raise self.error


def entry(seq: int, client: str = "window", number: int | None = None, ops: bytes = b"ops", **more: Any) -> Entry:
    return Entry(
        seq, more.get("time", 1000 + seq), more.get("author", "p1"), client, seq if number is None else number, ops
    )


def fill(store: Store, count: int, start: int = 1) -> list[Entry]:
    made = [entry(seq, ops=b"ops %d" % seq) for seq in range(start, start + count)]
    store.append(made, MARK)
    return made


class StoreContract:
    @pytest.fixture
    def fault(self) -> Fault:
        return Fault()

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        raise NotImplementedError

    @pytest.fixture
    def store(self, make: Make, fault: Fault) -> Any:
        store = make(fault=fault)
        store.open()
        yield store
        store.close()

    def reopen(self, store: Store) -> Any:
        store.close()
        return store.open()

    # -- the log --------------------------------------------------------------------------------------------

    def test_a_new_class_is_empty(self, make: Make) -> None:
        store = make(meta={"title": "Лінійна алгебра"})
        opened = store.open()
        assert (opened.seq, opened.mark, opened.snapshot_seq) == (0, ZERO_MARK, 0)
        assert (list(opened.snapshot), list(opened.tail), opened.notice) == ([], [], "")
        assert opened.meta == {"title": "Лінійна алгебра"}
        assert store.entries(0) == []
        assert store.mark_of(0) == ZERO_MARK
        assert store.mark_of(1) is None
        assert store.accepted("window") == {}
        assert store.seq_of("window", 1) is None
        store.close()

    def test_what_is_appended_comes_back_whole(self, store: Store) -> None:
        payloads = [b"", b"\x00", bytes(range(256)), random.Random(1).randbytes(300_000)]
        made = [entry(place, ops=ops, author="p9", time=2**53 - 1) for place, ops in enumerate(payloads, 1)]
        store.append(made, MARK)
        assert store.entries(0) == made
        opened = self.reopen(store)
        assert list(opened.tail) == made
        assert (opened.seq, opened.mark) == (4, MARK)

    def test_all_or_nothing_and_usable_afterwards(self, store: Store, fault: Fault) -> None:
        fill(store, 3)
        batch = [entry(4), entry(5), entry(6)]
        for point, at in (("begin", 1), ("insert", 1), ("insert", 3), ("commit", 1)):
            fault.arm(point, RuntimeError(point), at)
            with pytest.raises(RuntimeError):
                store.append(batch, MARK)
            assert len(store.entries(0)) == 3
            assert store.mark_of(4) is None
            assert store.seq_of("window", 4) is None
        assert fault.hits == 4
        store.append(batch, MARK)
        assert [each.seq for each in self.reopen(store).tail] == [1, 2, 3, 4, 5, 6]

    def test_no_entries_is_no_change(self, store: Store) -> None:
        store.append([], b"")
        assert store.entries(0) == []

    def test_behind(self, store: Store) -> None:
        fill(store, 3)
        for seq in (3, 5, 1, 0):
            with pytest.raises(Behind):
                store.append([entry(seq, number=99)], MARK)
        assert len(store.entries(0)) == 3

    @pytest.mark.parametrize(
        ("entries", "mark"),
        [
            ([entry(1)], b"short"),
            ([entry(1)], b"much too long"),
            ([entry(1), entry(3)], MARK),
            ([entry(1), entry(1, number=7)], MARK),
            ([entry(1, number=-1)], MARK),
            ([entry(1, number=2**63)], MARK),
            ([entry(1, time=2**63)], MARK),
            ([entry(1, time=-1)], MARK),
            ([entry(1, author="\ud800")], MARK),
            ([entry(1, client="\udfff")], MARK),
            ([entry(1, client="", number=1)], MARK),
        ],
    )
    def test_values_that_no_log_can_hold(self, store: Store, entries: list[Entry], mark: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            store.append(entries, mark)
        assert store.entries(0) == []
        fill(store, 1)

    def test_each_change_once(self, store: Store) -> None:
        store.append([entry(1, "a", 1), entry(2, "b", 1)], MARK)
        for again in (entry(3, "a", 1), entry(3, "b", 1)):
            with pytest.raises(AlreadyAccepted):
                store.append([again], MARK)
        with pytest.raises(AlreadyAccepted):
            store.append([entry(3, "c", 5), entry(4, "c", 5)], MARK)
        assert len(store.entries(0)) == 2
        assert store.accepted("c") == {}
        store.append([entry(3, "a", 2)], MARK)
        assert store.accepted("a") == {1: 1, 2: 3}

    def test_refused_numbers_are_not_there(self, store: Store) -> None:
        store.append([entry(1, "a", 2), entry(2, "a", 7), entry(3, "a", 5)], MARK)
        assert store.accepted("a") == {2: 1, 7: 2, 5: 3}
        assert [store.seq_of("a", number) for number in (1, 2, 5, 7, 8, -1, 2**70)] == [None, 1, 3, 2, None, None, None]
        assert store.seq_of("", 0) is None

    def test_the_servers_own_changes_have_no_number(self, store: Store) -> None:
        store.append([entry(1, "", 0), entry(2, "", 0)], MARK)
        assert len(store.entries(0)) == 2
        assert store.accepted("") == {}

    def test_marks_are_of_the_transaction(self, store: Store) -> None:
        store.append([entry(1), entry(2)], b"firstone")
        store.append([entry(3)], b"secondon")
        marks = [ZERO_MARK, b"firstone", b"firstone", b"secondon", None, None]
        assert [store.mark_of(seq) for seq in (0, 1, 2, 3, 4, -1)] == marks
        assert self.reopen(store).mark == b"secondon"

    def test_entries_in_pieces(self, store: Store) -> None:
        made = fill(store, 25)
        assert store.entries(20) == made[20:]
        assert store.entries(3, 5) == made[3:5]
        assert store.entries(3, limit=4) == made[3:7]
        assert store.entries(-5, 2) == made[:2]
        assert store.entries(5, 5) == store.entries(25) == store.entries(99) == store.entries(0, limit=0) == []
        assert store.entries(2**70) == store.entries(0, -(2**70)) == []
        assert store.entries(-(2**70), 2**70, 2**70) == made
        read: list[Entry] = []
        while piece := store.entries(read[-1].seq if read else 0, limit=7):
            read += piece
        assert read == made

    # -- the table ------------------------------------------------------------------------------------------

    def test_a_snapshot_and_the_tail(self, store: Store) -> None:
        made = fill(store, 10)
        table = [(f"id{place}", b"put %d" % place) for place in range(3 * PART_RECORDS)]
        finish(store.snapshot(7, iter(table)))
        opened = self.reopen(store)
        assert [tuple(record) for record in opened.snapshot] == table
        assert (opened.snapshot_seq, list(opened.tail), opened.seq) == (7, made[7:], 10)
        assert store.entries(0) == made, "the whole log is kept"
        assert store.accepted("window") == {each.number: each.seq for each in made}

    def test_a_snapshot_of_everything(self, store: Store) -> None:
        fill(store, 2)
        finish(store.snapshot(2, [("a", b"A")]))
        opened = self.reopen(store)
        assert (opened.seq, opened.mark, opened.snapshot_seq, list(opened.tail)) == (2, MARK, 2, [])
        fill(store, 1, start=3)
        assert [each.seq for each in self.reopen(store).tail] == [3]

    def test_an_empty_table(self, store: Store) -> None:
        fill(store, 2)
        finish(store.snapshot(1, [("a", b"A")]))
        finish(store.snapshot(2, []))
        opened = self.reopen(store)
        assert (list(opened.snapshot), opened.snapshot_seq) == ([], 2)
        finish(store.snapshot(2, [("b", b"B")]))
        assert [tuple(record) for record in self.reopen(store).snapshot] == [("b", b"B")]

    def test_commits_go_between_the_steps_of_a_snapshot(self, store: Store) -> None:
        fill(store, 1)
        table = [(str(place), b"x" * 100) for place in range(5 * PART_RECORDS)]
        steps = store.snapshot(1, table)
        seq = 1
        for _ in steps:
            seq += 1
            store.append([entry(seq)], MARK)
            finish(store.tend())
        assert seq >= 5
        opened = self.reopen(store)
        assert [tuple(record) for record in opened.snapshot] == table
        assert (opened.snapshot_seq, len(opened.tail), opened.seq) == (1, seq - 1, seq)

    def test_a_snapshot_given_up_leaves_the_old_one(self, store: Store, fault: Fault) -> None:
        fill(store, 4)
        old = [("a", b"A"), ("b", b"B")]
        finish(store.snapshot(2, old))
        steps = store.snapshot(4, [(str(place), b"new") for place in range(3 * PART_RECORDS)])
        next(steps)
        next(steps)
        with pytest.raises(StoreError):
            next(store.snapshot(4, old))
        steps.close()
        for at in (1, 2, 3, 4):
            fault.arm("snapshot", RuntimeError(), at)
            with pytest.raises(RuntimeError):
                finish(store.snapshot(4, [(str(place), b"new") for place in range(3 * PART_RECORDS)]))
        opened = self.reopen(store)
        assert [tuple(record) for record in opened.snapshot] == old
        assert (opened.snapshot_seq, len(opened.tail)) == (2, 2)
        finish(store.tend())
        finish(store.snapshot(4, [("c", b"C")]))
        finish(store.tend())
        assert [tuple(record) for record in self.reopen(store).snapshot] == [("c", b"C")]

    def test_a_snapshot_stands_within_the_log_and_never_goes_back(self, store: Store) -> None:
        fill(store, 4)
        finish(store.snapshot(3, [("a", b"A")]))
        for seq in (5, 2, 0, -1):
            with pytest.raises(ValueError):  # noqa: PT011
                finish(store.snapshot(seq, []))
        assert self.reopen(store).snapshot_seq == 3

    # -- assets ---------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
    def test_an_asset_comes_back(self, store: Store, size: int) -> None:
        content = random.Random(size).randbytes(size)
        cut = [content[place : place + 10_000] for place in range(0, size, 10_000)]
        sha = finish(store.put_asset(iter(cut), "image/png"))
        assert sha == hashlib.sha256(content).hexdigest()
        self.reopen(store)
        asset = store.asset(sha)
        assert asset is not None
        assert (asset.mime, asset.size, b"".join(asset.chunks)) == ("image/png", size, content)

    def test_the_same_content_is_one_asset(self, store: Store) -> None:
        first = finish(store.put_asset([b"same"], "text/plain"))
        assert finish(store.put_asset([b"sa", b"me"], "text/html")) == first
        finish(store.tend())
        asset = store.asset(first)
        assert asset is not None
        assert (asset.mime, b"".join(asset.chunks)) == ("text/plain", b"same")
        assert store.remove_asset(first)
        assert store.asset(first) is None

    def test_what_assets_there_are(self, store: Store) -> None:
        assert store.assets() == {}
        one = finish(store.put_asset([b"same"], "text/plain"))
        two = finish(store.put_asset([b"more", b" of it"], "image/png"))
        finish(store.put_asset([b"same"], "text/html"))
        self.reopen(store)
        assert store.assets() == {one: ("text/plain", 4), two: ("image/png", 10)}
        store.remove_asset(one)
        assert store.assets() == {two: ("image/png", 10)}

    def test_an_asset_is_there_whole_or_not_at_all(self, store: Store, fault: Fault) -> None:
        content = b"z" * (3 * CHUNK_BYTES)
        sha = hashlib.sha256(content).hexdigest()
        steps = store.put_asset([content], "a/b")
        next(steps)
        assert store.asset(sha) is None
        steps.close()
        for at in (1, 2, 4):
            fault.arm("asset", RuntimeError(), at)
            with pytest.raises(RuntimeError):
                finish(store.put_asset([content], "a/b"))
            assert store.asset(sha) is None
        finish(store.tend())
        assert finish(store.put_asset([content], "a/b")) == sha

    def test_housekeeping_leaves_an_upload_alone(self, store: Store) -> None:
        content = random.Random(3).randbytes(3 * CHUNK_BYTES)
        steps = store.put_asset([content], "a/b")
        next(steps)
        finish(store.put_asset([b"other"], "a/b"))
        finish(store.tend())
        asset = store.asset(finish(steps))
        assert asset is not None
        assert b"".join(asset.chunks) == content

    def test_an_asset_removed_while_it_is_read(self, store: Store) -> None:
        sha = finish(store.put_asset([b"z" * (3 * CHUNK_BYTES)], "a/b"))
        asset = store.asset(sha)
        assert asset is not None
        next(asset.chunks)
        assert store.remove_asset(sha)
        assert store.asset(sha) is None
        assert not store.remove_asset(sha)
        finish(store.tend())
        with pytest.raises(StoreError):
            list(asset.chunks)

    def test_unknown_assets(self, store: Store) -> None:
        assert store.asset("0" * 64) is None
        assert store.asset("") is None
        assert not store.remove_asset("'; DROP")

    # -- the rest -------------------------------------------------------------------------------------------

    def test_meta(self, store: Store) -> None:
        store.set_meta({"title": "A", "note": "1"})
        store.set_meta({"title": "B 🎓", "": ""})
        assert store.meta() == self.reopen(store).meta == {"title": "B 🎓", "note": "1", "": ""}
        with pytest.raises(ValueError):  # noqa: PT011
            store.set_meta({"note": "2", "title": "\ud800"})
        assert store.meta()["note"] == "1"

    def test_erased_payloads_are_gone_and_numbers_stay(self, store: Store) -> None:
        made = fill(store, 200)
        with pytest.raises(KeyError):
            finish(store.erase({1: b"", 201: b""}))
        assert store.entries(0) == made
        finish(store.erase(dict.fromkeys(range(2, 200, 2), b"[]")))
        finish(store.erase({}))
        left = store.entries(0)
        assert [each._replace(ops=b"") for each in left] == [each._replace(ops=b"") for each in made]
        assert all(
            each.ops == (b"[]" if each.seq % 2 == 0 and each.seq < 200 else b"ops %d" % each.seq) for each in left
        )
        assert store.seq_of("window", 2) == 2
        assert store.mark_of(2) == MARK
        assert list(self.reopen(store).tail) == left

    def test_a_full_disk_passes(self, store: Store, fault: Fault) -> None:
        fill(store, 2)
        for point in ("begin", "insert", "commit"):
            fault.arm(point, DiskFull())
            with pytest.raises(DiskFull):
                store.append([entry(3)], MARK)
        assert fault.hits == 3
        assert len(store.entries(0)) == 2
        fill(store, 1, start=3)

    def test_closed_and_opened_twice(self, store: Store, make: Make) -> None:
        with pytest.raises(ClassInUse):
            store.open()
        fill(store, 1)
        store.close()
        store.close()
        for call in (
            lambda: store.append([entry(2)], MARK),
            lambda: store.entries(0),
            lambda: store.seq_of("window", 1),
            lambda: store.accepted("window"),
            lambda: store.mark_of(1),
            lambda: store.asset("0" * 64),
            lambda: store.remove_asset("0" * 64),
            lambda: store.meta(),
            lambda: store.set_meta({"a": "b"}),
            lambda: finish(store.snapshot(1, [])),
            lambda: finish(store.put_asset([b"x"], "a/b")),
            lambda: finish(store.erase({1: b""})),
            lambda: finish(store.tend()),
        ):
            with pytest.raises(NotOpen):
                call()
        assert store.open().seq == 1

    def test_work_that_outlives_close_says_so(self, store: Store) -> None:
        fill(store, 1)
        snapshot = store.snapshot(1, [(str(place), b"") for place in range(2 * PART_RECORDS)])
        upload = store.put_asset([b"z" * (2 * CHUNK_BYTES)], "a/b")
        next(snapshot)
        next(upload)
        store.close()
        for steps in (snapshot, upload):
            with pytest.raises(NotOpen):
                finish(steps)
        opened = store.open()
        assert (opened.snapshot_seq, opened.seq) == (0, 1)
