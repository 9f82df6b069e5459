"""Writes `ink-*.json`, which judge both twins of ink: `python tests/vectors/make_ink.py`. Seeded, so it repeats itself.

The expected values are what Python gives today, so a change here is a change of the format or of every picture: read
the difference before committing it. Numbers are written in full (`repr`), so that they compare bit for bit.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from classroom.core import ink

HERE = Path(__file__).parent
REAL = HERE.parent / "data" / "ink-real.json"


def rounded(points: list[tuple[float, ...]]) -> list[list[float]]:
    return [[round(value, 4) for value in (*point, 0.5)[:3]] for point in points]


def shapes() -> dict[str, list[list[float]]]:
    """Points of strokes that reach every branch of the geometry."""
    random = Random(20)
    walk, x, y = [], 0.0, 0.0
    for _ in range(120):
        x, y = x + random.gauss(0, 0.5), y + random.gauss(0, 0.5)
        walk.append((x, y, random.random()))
    fine = [(0.02 * k + 0.01 * random.random(), 0.3 * math.sin(k / 20), 0.4) for k in range(150)]
    loops = [(9 * t + 7 * math.sin(2 * t), 9 * math.cos(2 * t)) for t in (k * 0.15 for k in range(100))]
    pressed = [(1.5 * k, 8 * math.sin(k / 3), 0.5 + 0.5 * math.sin(k / 5)) for k in range(50)]
    circle = [(100 + 50 * math.cos(k * math.pi / 6), 80 + 50 * math.sin(k * math.pi / 6)) for k in range(13)]
    ring = [(3 + 0.8 * math.cos(k * 0.4), 3 + 0.8 * math.sin(k * 0.4), 0.7) for k in range(40)]
    return {
        "dot": rounded([(10, 20)]),
        "dot pressed": rounded([(10, 20, 0.1), (10, 20, 0.9), (10, 20, 0.3)]),
        "two points": rounded([(-3, 4), (30.5, 12.25)]),
        "two points, one step apart": rounded([(5, 5), (5.0625, 5)]),
        "three in a line": rounded([(0, 0), (10, 0), (25, 0)]),
        "there and back": rounded([(0, 0), (20, 3), (0, 0)]),
        "to and fro": rounded([(0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (1, 0), (0, 0)]),
        "repeats": rounded([(1, 1, 0.2), (1, 1, 0.4), (2, 5, 0.4), (2, 5, 0.5), (2, 5, 0.6), (9, 9, 0.6), (9, 9, 0.1)]),
        "square": rounded([(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)]),
        "small square": rounded([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]),
        "zigzag": rounded([(6 * k, 30 * (k % 2)) for k in range(8)]),
        "gentle zigzag": rounded([(12 * k, 9 * (k % 2)) for k in range(8)]),
        "short arm, long arm": rounded([(0, 0), (0, 1), (60, 2), (60, 3), (61, 3)]),
        "circle of twelve": rounded(circle),
        "ring smaller than the pen": rounded(ring),
        "loops": rounded(loops),
        "loops on whole pixels": rounded([(round(a), round(b)) for a, b in loops]),
        "pressed": rounded(pressed),
        "full pressure, none": rounded([(4 * k, k * k / 5, k % 3 / 2) for k in range(12)]),
        "random walk": rounded(walk),
        "finer than seen": rounded(fine),
        "negative and far": rounded([(-4_194_304, 4_194_304), (-4_194_300, 4_194_299.5), (-4_194_290, 4_194_290)]),
    }


def real(strokes: list[dict[str, Any]]) -> dict[str, list[list[float]]]:
    """A few strokes of the real collection: pen and mouse, short and long."""
    picked, seen = {}, {True: 0, False: 0}
    for number, stroke in enumerate(strokes):
        n = len(stroke["points"])
        if number % 17 == 3 and 12 <= n <= 260 and seen[stroke["pressure"]] < 7:
            seen[stroke["pressure"]] += 1
            picked[f"real {number}"] = stroke["points"]
    return picked


def bad(good: bytes) -> list[dict[str, Any]]:
    """Bytes that no one may accept. `quantum` 4 unless the case is about it."""
    over = b"\x80" * 5 + b"\x01"
    cases: dict[str, bytes] = {
        "empty": b"",
        "one byte": b"\x01",
        "no points": b"\x00\x00\x00",
        "head only": b"\x01\x00",
        "count alone": b"\x81\x01",
        "count written too long": b"\x81\x00\x00\x02\x02",
        "count of 2001 without points": b"\xd1\x0f\x00\x02\x02",
        "count of 16 million": b"\xff\xff\xff\x07\x00\x02",
        "more points than bytes": b"\xd0\x0f\x00\x02\x02",
        "unknown flags": b"\x01\x03\x02\x02\x02",
        "flags 128": b"\x01\x80\x02\x02\x02",
        "constant pressure missing": b"\x01\x02",
        "constant pressure, no points": b"\x01\x02\x40",
        "last number unfinished": b"\x01\x00\x02\x82",
        "cut short": good[:-1],
        "one byte more": good + b"\x00",
        "number written too long": b"\x01\x00\x82\x00\x02",
        "zero written too long": b"\x01\x00\x80\x00\x02",
        "number of six bytes": b"\x01\x00" + over + b"\x02",
        "pressure plane missing": b"\x01\x01\x02\x02",
        "pressure below 0": b"\x01\x01\x02\x02" + b"\x81\x02",
        "pressure above 255": b"\x01\x01\x02\x02" + b"\x80\x02",
        "pressure falls below 0 later": b"\x02\x01\x02\x02\x02\x02" + b"\xff\x01\x01",
        "x out of range": b"\x01\x00\x82\x80\x80\x40\x02",
        "y out of range": b"\x01\x00\x02\x81\x80\x80\x40",
        "x out of range later": b"\x02\x00\x80\x80\x80\x40\x02\x02\x02",
    }
    out = [{"name": name, "data": data.hex(), "quantum": 4} for name, data in cases.items()]
    out.append({"name": "quantum 13", "data": good.hex(), "quantum": 13})
    out.append({"name": "quantum -1", "data": good.hex(), "quantum": -1})
    return out


def packings(strokes: dict[str, list[list[float]]]) -> list[dict[str, Any]]:
    out = []
    for k, (name, points) in enumerate(strokes.items()):
        quantum = 4 if "far" in name else (4, 4, 4, 0, 2, 6, 8, 12)[k % 8]
        data = ink.pack(points, quantum)
        cut = len(points) // 3
        first, prev = ink.pack_delta(None, points[:cut], quantum)
        rest, last = ink.pack_delta(prev, points[cut:], quantum)
        out.append({
            "name": name, "quantum": quantum, "points": points, "data": data.hex(),
            "unpacked": ink.unpack(data, quantum).tolist(),
            "batches": [cut, first.hex(), list(prev), rest.hex(), list(last)],
        })  # fmt: skip
    return out


def times() -> list[dict[str, Any]]:
    random = Random(3)
    steps = [0.0]
    for _ in range(99):
        steps.append(steps[-1] + random.choice((0.0, 1.2, 7.9, 8.3, 16.7, 250.0)))
    cases = {"none": [], "one": [0], "late": [2**31 - 1], "stroke": steps, "clock steps back": [0, 9, 4, 12.5, 12.4]}
    out = []
    for name, ms in cases.items():
        data = ink.pack_times(ms)
        out.append({"name": name, "ms": ms, "data": data.hex(), "unpacked": ink.unpack_times(data, len(ms)).tolist()})
    return out


def bad_times() -> list[dict[str, Any]]:
    cases = [
        ("missing", b"", 1),
        ("too many", b"\x01\x01", 1),
        ("unfinished", b"\x81", 1),
        ("too long", b"\x81\x00", 1),
        ("six bytes", b"\x80" * 5 + b"\x01", 1),
        ("too late", b"\x80\x80\x80\x80\x08", 1),
        ("too late together", b"\xff\xff\xff\xff\x07\x01", 2),
    ]
    return [{"name": name, "data": data.hex(), "n": n} for name, data, n in cases]


def bad_batches() -> list[dict[str, Any]]:
    cases = [
        ("no whole point", b"\x02\x02", 4),
        ("four numbers", b"\x02\x02\x00\x02", 4),
        ("unfinished", b"\x02\x02\x80", 4),
        ("rubbish behind", b"\x02\x02\x00\x80", 4),
        ("too long", b"\x02\x82\x00\x00", 4),
        ("pressure", b"\x02\x02\x80\x02", 4),
        ("range", b"\x82\x80\x80\x40\x02\x00", 4),
        ("2001 points", b"\0\0\0" * 2001, 4),
        ("quantum", b"\x02\x02\x00", 13),
    ]
    return [{"name": name, "data": data.hex(), "quantum": quantum} for name, data, quantum in cases]


def outlines(strokes: dict[str, list[list[float]]]) -> list[dict[str, Any]]:
    out = []
    for k, (name, points) in enumerate(strokes.items()):
        plain = name.startswith("real") or name == "negative and far"
        other = ((18.0, 4, "highlighter"), (0.5, 7, "pen"), (60.0, 2, "pen"))[k % 3]
        for width, quantum, tool in [((1.5, 2.5, 4.0)[k % 3], 4, "pen"), *([] if plain else [other])]:
            as_kept = ink.unpack(ink.pack(points, quantum), quantum)
            polygons = ink.outline(as_kept, width, quantum, tool)
            out.append({
                "name": name, "points": as_kept.ravel().tolist(), "width": width, "quantum": quantum, "tool": tool,
                "bounds": list(ink.bounds(as_kept, width)),
                "polygons": [corners.ravel().tolist() for corners in polygons],
            })  # fmt: skip
    return out


def write(name: str, value: object) -> None:
    (HERE / name).write_text(json.dumps(value, separators=(",", ":"), allow_nan=False) + "\n")


def main() -> None:
    strokes = shapes() | real(json.loads(REAL.read_text())["strokes"])
    good = ink.pack(np.array(strokes["pressed"]), 4)
    write("ink-pack.json", {"strokes": packings(strokes), "times": times()})
    write("ink-bad.json", {"strokes": bad(good), "times": bad_times(), "batches": bad_batches()})
    write("ink-outline.json", outlines({name: points for name, points in strokes.items() if len(points) <= 150}))


if __name__ == "__main__":
    main()
