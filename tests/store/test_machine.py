"""Whatever is done, in whatever order, with whatever faults: the SQLite store and the memory store say the same."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from classroom.core.errors import ClassroomError
from classroom.store.base import Entry, Store, finish
from classroom.store.memory import MemoryStore
from classroom.store.sqlite import SqliteStore

from .contract import Fault

CLIENTS = st.sampled_from(["", "a", "b", "ç"])
PAYLOADS = st.binary(max_size=40) | st.binary(min_size=5000, max_size=5001)
TABLES = st.lists(st.tuples(st.text("abc", max_size=3), st.binary(max_size=9)), max_size=600)


class Injected(Exception):
    """Raised by the fault of both stores."""


def outcome(call: Any) -> Any:
    try:
        return call()
    except (ClassroomError, ValueError, KeyError, Injected) as error:
        return type(error)


class Stores(RuleBasedStateMachine):
    works = Bundle("works")

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.faults = (Fault(), Fault())
        self.memory: Store = MemoryStore(meta={"title": "A"}, fault=self.faults[0])
        path = Path(self.folder.name, "a.classroom")
        self.sqlite: Store = SqliteStore(path, create={"title": "A"}, fault=self.faults[1], patience=0)
        self.memory.open()
        self.sqlite.open()
        self.length = 0
        self.shas: set[str] = {"0" * 64}

    def both(self, call: Any) -> Any:
        of_memory, of_sqlite = outcome(lambda: call(self.memory)), outcome(lambda: call(self.sqlite))
        assert of_memory == of_sqlite
        return of_memory

    @rule(
        changes=st.lists(st.tuples(CLIENTS, st.integers(-1, 12), PAYLOADS), max_size=4),
        skew=st.sampled_from([0, 0, 0, 0, 0, 1, -1]),
        mark=st.binary(min_size=8, max_size=8),
        fault=st.none() | st.sampled_from(["begin", "insert", "commit"]),
    )
    def append(self, changes: list[tuple[str, int, bytes]], skew: int, mark: bytes, fault: str | None) -> None:
        entries = [
            Entry(self.length + place + skew, 5, "p1", client, number if client else 0, ops)
            for place, (client, number, ops) in enumerate(changes, 1)
        ]
        for each in self.faults:
            each.arm(fault or "", Injected())
        if self.both(lambda store: store.append(entries, mark)) is None:
            self.length += len(entries)
        for each in self.faults:
            each.arm("", Injected())

    @rule(target=works, seq=st.integers(-1, 40), table=TABLES)
    def begin_snapshot(self, seq: int, table: list[tuple[str, bytes]]) -> Any:
        return self.memory.snapshot(seq, table), self.sqlite.snapshot(seq, table)

    @rule(target=works, content=st.binary(max_size=50), copies=st.integers(0, 6000))
    def begin_asset(self, content: bytes, copies: int) -> Any:
        return self.memory.put_asset([content] * copies, "a/b"), self.sqlite.put_asset([content] * copies, "a/b")

    @rule(work=works)
    def step(self, work: Any) -> None:
        outcomes = [outcome(lambda each=each: next(each, None)) for each in work]
        assert outcomes[0] == outcomes[1]

    @rule(work=consumes(works))
    def complete(self, work: Any) -> None:
        of_memory, of_sqlite = (outcome(lambda each=each: finish(each)) for each in work)
        assert of_memory == of_sqlite
        if isinstance(of_memory, str):
            self.shas.add(of_memory)

    @rule(work=consumes(works))
    def give_up(self, work: Any) -> None:
        for each in work:
            each.close()

    @rule(seqs=st.sets(st.integers(0, 30), max_size=5), ops=PAYLOADS)
    def erase(self, seqs: set[int], ops: bytes) -> None:
        self.both(lambda store: finish(store.erase(dict.fromkeys(seqs, ops))))

    @rule(data=st.data())
    def remove_asset(self, data: st.DataObject) -> None:
        sha = data.draw(st.sampled_from(sorted(self.shas)))
        self.both(lambda store: store.remove_asset(sha))

    @rule(values=st.dictionaries(st.text("ab", max_size=2), st.text(st.characters(), max_size=3), max_size=3))
    def set_meta(self, values: dict[str, str]) -> None:
        self.both(lambda store: store.set_meta(values))

    @rule()
    def tend(self) -> None:
        for store in (self.memory, self.sqlite):
            finish(store.tend())

    @rule()
    def reopen(self) -> None:
        def again(store: Store) -> Any:
            store.close()
            return store.open()

        opened = self.both(again)
        assert opened.seq == self.length

    @precondition(lambda self: self.length > 0)
    @rule(after=st.integers(-1, 30), upto=st.none() | st.integers(-1, 40), limit=st.integers(0, 9))
    def read(self, after: int, upto: int | None, limit: int) -> None:
        self.both(lambda store: store.entries(after, upto, limit))

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "memory"):
            return
        self.both(lambda store: store.entries(0))
        self.both(lambda store: [store.mark_of(seq) for seq in range(-1, self.length + 2)])
        self.both(lambda store: [store.accepted(client) for client in ("", "a", "b", "ç")])
        self.both(lambda store: [store.seq_of(client, number) for client in ("", "a") for number in range(-1, 13)])
        self.both(lambda store: store.meta())
        for sha in self.shas:
            found = [store.asset(sha) for store in (self.memory, self.sqlite)]
            known = [each and (each.mime, each.size, b"".join(each.chunks)) for each in found]
            assert known[0] == known[1]

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            self.memory.close()
            self.sqlite.close()
            self.folder.cleanup()


TestStores = Stores.TestCase
TestStores.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
