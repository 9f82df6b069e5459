"""A table with one page and some strokes on it, for the tests of rendering."""

from __future__ import annotations

from typing import Any

from classroom.core import ink
from classroom.core.messages import Put
from classroom.core.records import Ink, Page
from classroom.core.table import Table


def stroke(id: str, points: Any, **fields: Any) -> Ink:
    """Ink on page `p`, its `z` its id unless given."""
    return Ink(**{"id": id, "page": "p", "z": id, "points": ink.pack(points, fields.get("quantum", 4)), **fields})


def page_of(*strokes: Ink, **fields: Any) -> Table:
    """A page `p` of 100 x 100 unless told otherwise, with those strokes."""
    table = Table()
    table.apply(Put(Page(**{"id": "p", "order": "a", "width": 100, "height": 100, **fields})))
    for one in strokes:
        table.apply(Put(one))
    return table
