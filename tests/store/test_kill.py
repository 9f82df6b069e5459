"""`kill -9` at any moment: every acknowledged change is there, none is there twice, the file opens cleanly."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classroom.store.base import Entry, Opened, finish
from classroom.store.sqlite import SqliteStore

WRITER = """
import random, sys
from classroom.store.base import Entry
from classroom.store.sqlite import SqliteStore
from classroom.store.thread import StoreThread

store = SqliteStore(sys.argv[1])
rng = random.Random(int(sys.argv[2]))
thread = StoreThread(store)
opened = thread.submit(store.open).result()
seq = opened.seq
table = [(str(place), b"snapshot at %d" % seq) for place in range(4000)]
print("seq", seq, flush=True)
asset = snapshot = None
while True:
    if snapshot is None or snapshot.done():
        snapshot = thread.background(store.snapshot, seq, [(key, b"snapshot at %d" % seq) for key, _ in table])
    if asset is None or asset.done():
        asset = thread.background(store.put_asset, [rng.randbytes(400_000)], "a/b")
    batch = [
        Entry(place, 1, "p1", "client", place, b"%d:" % place + bytes(rng.randrange(3000)))
        for place in range(seq + 1, seq + 1 + rng.randrange(1, 5))
    ]
    thread.submit(store.append, batch, rng.randbytes(8)).result()
    seq = batch[-1].seq
    print("seq", seq, flush=True)
"""


def check(store: SqliteStore, opened: Opened, acknowledged: int) -> None:
    assert opened.seq >= acknowledged
    read: list[Entry] = []
    while piece := store.entries(len(read), limit=500):
        read += piece
    assert [entry.seq for entry in read] == list(range(1, opened.seq + 1))
    assert all(entry.ops.startswith(b"%d:" % entry.seq) for entry in read)
    assert store.accepted("client") == {seq: seq for seq in range(1, opened.seq + 1)}
    puts = {record.put for record in opened.snapshot}
    assert puts <= {b"snapshot at %d" % opened.snapshot_seq}, "one whole snapshot, never a mixture"
    assert len(opened.snapshot) in (0, 4000)
    assert [entry.seq for entry in opened.tail] == list(range(opened.snapshot_seq + 1, opened.seq + 1))
    assert store._connection is not None
    assert store._connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("seed", [11, 12])
def test_killed_at_random_moments(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.classroom"
    store = SqliteStore(path, create={"title": "A"})
    store.open()
    store.close()
    rng = random.Random(seed)
    seen = snapshots = interrupted = 0
    for round_ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(round_)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        first = child.stdout.readline()
        assert first, "the writer did not start"
        time.sleep(rng.uniform(0.0, 0.25))
        child.send_signal(signal.SIGKILL)
        lines = [first, *child.stdout.read().split("\n")]
        child.wait()
        child.stdout.close()
        # A line that the kill cut short acknowledges nothing.
        acknowledged = max(int(line.split()[1]) for line in lines[:-1] if line.startswith("seq "))
        assert acknowledged >= seen
        opened = store.open()
        check(store, opened, acknowledged)
        seen = opened.seq
        snapshots += opened.snapshot_seq > 0
        assert store._connection is not None
        rows = store._connection.execute("SELECT count(*) FROM compacted").fetchone()[0]
        interrupted += rows > len(opened.snapshot)
        finish(store.tend())
        store.close()
        assert sorted(each.name for each in tmp_path.iterdir()) == ["a.classroom"]
    assert (seen > 50, snapshots > 0, interrupted > 0) == (True, True, True), "the rounds were not empty"
