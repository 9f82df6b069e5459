"""Writes `order.json`, which judges both makers of fractional keys: `python tests/vectors/make_order.py`.

Each entry is `[a, b, key]`: what `between(a, b)` gives (null is the open end); or, with a fourth, what `several` does.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from classroom.core.order import DIGITS, between, several  # noqa: E402

ODD = [
    "0",
    "00",
    "1",
    "9z",
    "A",
    "A" + "0" * 26,
    "A" + "0" * 25 + "1",
    "B",
    "Z",
    "Z0",
    "Z1",
    "Zz",
    "a",
    "a0",
    "a01",
    "a1",
    "a1V",
    "a2",
    "az",
    "azz",
    "b",
    "b00",
    "b01",
    "b5",
    "bzz",
    "z",
    "z" * 27,
    "z" * 79,
    "z" * 80,
    "a1" + "0" * 77 + "1",
]


def generate() -> str:
    dice = random.Random(6)
    cases: list[list[Any]] = [[None, None, between(None, None)]]
    for a in ODD:
        cases += [[a, None, between(a, None)], [None, a, between(None, a)]]
        cases += [[a, b, between(a, b)] for b in ODD if a <= b]
    keys: list[str] = []
    for _ in range(300):  # a list that is written into at random places, often at its end
        at = len(keys) if dice.random() < 0.4 else dice.randint(0, len(keys))
        a, b = keys[at - 1] if at else None, keys[at] if at < len(keys) else None
        key = between(a, b)
        cases.append([a, b, key])
        keys.insert(at, key)
    for _ in range(200):
        pair = sorted("".join(dice.choices(DIGITS, k=dice.randint(1, 6))) for _ in range(2))
        cases.append([*pair, between(pair[0], pair[1])])
    ends = ((None, None), (None, "a1"), ("az", None), ("a1", "a2"), ("a1", "c001"), ("a", "a0"))
    ends += (("0", "10"), ("a1", "a200"))  # where what first comes to mind leaves no room beside it
    runs = [[a, b, n, several(a, b, n)] for a, b in ends for n in (0, 1, 2, 7, 70)]
    return json.dumps({"between": cases, "several": runs}, separators=(",", ":")).replace("],[", "],\n[") + "\n"


if __name__ == "__main__":
    (HERE / "order.json").write_text(generate(), encoding="utf-8")
