"""Writes `may-draw.json`, which holds the browser to the server's rule: `python tests/vectors/make_policy.py`.

Every combination of role, the page's audience, locked, gone, the class's draw and the person's own draw, and whether
that person may draw there (on their own copy, where everyone has one). `tests/core/test_policy.py` and
`labextension/src/core/policy.test.ts` read it.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from classroom.core import policy  # noqa: E402
from classroom.core.messages import Put  # noqa: E402
from classroom.core.records import Class, Page, Person  # noqa: E402
from classroom.core.table import Table  # noqa: E402

OUT = HERE / "may-draw.json"
CHOICES: tuple[tuple[Any, ...], ...] = (
    ("teacher", "assistant", "student", "observer"),
    ("all", "staff", "each"),
    (False, True),
    (False, True),
    ("none", "chosen", "all"),
    ("", "yes", "no"),
)


def cases() -> list[list[Any]]:
    """role, audience, locked, gone, class.draw, person.draw, may."""
    made = []
    for role, audience, locked, gone, draw, own in itertools.product(*CHOICES):
        table = Table()
        person = Person(id="p1", author="p1", name="Ana", role=role, draw=own)
        page = Page(id="page1", order="a1", audience=audience, locked=locked, gone=gone)
        for record in (Class(id="class", draw=draw), person, page):
            table.apply(Put(record))
        copy = "p1" if audience == "each" else ""
        may = policy.may_draw(table, person, "page1", copy) is None
        made.append([role, audience, locked, gone, draw, own, may])
    return made


def text() -> str:
    """The file."""
    return "[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n"


if __name__ == "__main__":
    OUT.write_text(text(), encoding="utf-8")
