"""What ink costs on the wire and in a snapshot, with real handwriting, beside what the design asks for.

    python benchmarks/ink_bytes.py [path/to/ink-real.json]

Bytes are counted as they leave the room for a watcher (payload of the WebSocket, without its own frame heads), by the
same code that runs in the server. Nothing here is timed.
"""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path

import numpy as np

from classroom.core import ink, order, wire
from classroom.core import messages as m
from classroom.core.records import Class, Ink, Page, Person
from classroom.core.room import Publish, Room
from classroom.core.table import Table

DATA = Path(__file__).parents[1] / "tests" / "data" / "ink-real.json"
LIVE_POINTS, BATCH = 100, 2
"""A stroke at 60 points a second in batches every 33 ms."""


def room() -> Room:
    """A class with a teacher, a student and a page."""
    table = Table()
    table.apply(m.Put(Class(id="class", page="page")))
    table.apply(m.Put(Person(id="p1", name="Teacher", role="teacher", author="p1")))
    table.apply(m.Put(Person(id="p2", name="Student", author="p2")))
    table.apply(m.Put(Page(id="pagepagepagepage", order="a1", author="p1")))
    return Room("abcdefghij", table, 0, bytes(8))


def stroke(points: np.ndarray, z: str, id: str = "AbCdEfGhIjKlMnOp") -> Ink:
    """As a client makes it: 96 random bits of id, sixteenths of a unit."""
    return Ink(id=id, page="pagepagepagepage", z=z, points=ink.pack(points, 4), author="p1", time=1_790_000_000_000)


def live_stroke(points: np.ndarray) -> tuple[int, int]:
    """Payload a watcher receives for one stroke: while it is drawn, and the finished record."""
    here = room()
    for conn, person in ((1, "p1"), (2, "p2")):
        here.enter(conn, person, f"client-of-{person}-0123", {}, False, 0)
    id, previous, now = "AbCdEfGhIjKlMnOp", None, 0
    preview = _published(
        here.receive(1, wire.write(m.LiveStart(1, id, "pagepagepagepage", "", "pen", "ink", 3.0, 4)), now)
    )
    for at in range(0, len(points), BATCH):
        now += 33
        data, previous = ink.pack_delta(previous, points[at : at + BATCH], 4)
        preview += _published(here.receive(1, wire.write(m.LivePoints(1, at, data)), now))
    preview += _published(here.receive(1, wire.write(m.LiveEnd(1, True)), now))
    here.receive(1, wire.write(m.Change(1, (m.Put(stroke(points, "a1")),))), now)
    proposal = here.propose(1_790_000_000_000)
    assert proposal is not None
    assert len(proposal.entries) == 1
    return preview, _published(here.commit(proposal, bytes(range(8))))


def _published(actions: list[object]) -> int:
    return sum(len(a.frame) for a in actions if isinstance(a, Publish) and a.audience != "staff")


def snapshot(strokes: list[np.ndarray]) -> tuple[int, int]:
    """Bytes of a snapshot of these strokes: written, and deflated."""
    rng = np.random.default_rng(7)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    here = room()
    for points, z in zip(strokes, order.several(None, None, len(strokes)), strict=True):
        here.table.apply(m.Put(stroke(points, z, "".join(rng.choice(letters, 16)))))
    data = wire.write_ops(m.Put(record) for record in here.seen("student", ""))
    return len(data), len(zlib.compress(data, 6))


def parts(points: np.ndarray) -> list[np.ndarray]:
    return [points[at : at + ink.MAX_POINTS] for at in range(0, len(points), ink.MAX_POINTS)]


def main(path: Path) -> int:
    strokes = [np.array(s["points"]) for s in json.loads(path.read_text())["strokes"]]
    pieces = [piece for points in strokes for piece in parts(points)]
    packed = [len(ink.pack(piece, 4)) for piece in pieces]
    total = sum(map(len, strokes))
    written = [len(wire.write_op(m.Put(stroke(piece, "a1")))) for piece in pieces]
    long = [points[:LIVE_POINTS] for points in strokes if len(points) >= LIVE_POINTS]
    sent = np.array([live_stroke(points) for points in long])
    both = sent.sum(axis=1)
    tiled = [strokes[i % len(strokes)] for i in range(20_000)]
    fifty = [points[:50] for points in tiled if len(points) >= 50][:2_000]
    raw, deflated = snapshot(fifty)
    rows = [
        ("strokes, points", f"{len(strokes)}, {total}", ""),
        ("packed points, bytes a point", f"{sum(packed) / total:.2f}", "at most 2.60"),
        (
            "finished stroke as written, bytes",
            f"{sum(written) / len(strokes):.0f} mean, {np.median(written):.0f} median",
            "",
        ),
        (f"live stroke of {LIVE_POINTS} points, preview", f"{np.median(sent[:, 0]):.0f} median", ""),
        (f"live stroke of {LIVE_POINTS} points, record", f"{np.median(sent[:, 1]):.0f} median", ""),
        (
            f"live stroke of {LIVE_POINTS} points, both",
            f"{np.median(both):.0f} median, {both.mean():.0f} mean, {np.percentile(both, 95):.0f} at 95 %",
            "at most 1,200",
        ),
        (
            f"snapshot of {len(fifty)} strokes x 50 points",
            f"{raw / 1e6:.3f} MB, deflated {deflated / 1e6:.3f} MB",
            "at most 0.4 MB",
        ),
    ]
    for name, value, wanted in rows:
        print(f"{name:44} {value:44} {wanted}")
    reached = sum(packed) / total <= 2.6 and np.median(both) <= 1_200 and deflated <= 400_000
    print("all reached" if reached else "not reached")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
