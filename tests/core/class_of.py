"""A small class to try rules on: two teachers' worth of people and a few pages."""

from __future__ import annotations

from classroom.core import ink
from classroom.core.messages import Put
from classroom.core.records import Class, Ink, Page, Person
from classroom.core.table import Table

TEACHER, ASSISTANT, ANA, BEN, OBSERVER = "p1", "p2", "p3", "p4", "p5"
POINTS = ink.pack([(0.0, 0.0, 0.5), (10.0, 5.0, 0.6), (20.0, 7.5, 0.7)], 4)


def small_class(draw: str = "all") -> Table:
    """Teacher, assistant, two students and an observer; pages `open`, `staff`, `each`, `shut` and `gone`."""
    table = Table()
    people = [(TEACHER, "Ngozi", "teacher"), (ASSISTANT, "Tomas", "assistant"), (ANA, "Ana", "student")]
    people += [(BEN, "Ben", "student"), (OBSERVER, "Olga", "observer")]
    table.apply(Put(Class(id="class", title="Algebra", draw=draw, page="open")))  # type: ignore[arg-type]
    for id, name, role in people:
        table.apply(Put(Person(id=id, author=id, name=name, role=role)))  # type: ignore[arg-type]
    table.apply(Put(Page(id="open", author=TEACHER, order="a0")))
    table.apply(Put(Page(id="staff", author=TEACHER, order="a1", audience="staff")))
    table.apply(Put(Page(id="each", author=TEACHER, order="a2", audience="each")))
    table.apply(Put(Page(id="shut", author=TEACHER, order="a3", locked=True)))
    table.apply(Put(Page(id="gone", author=TEACHER, order="a4", gone=True)))
    return table


def stroke(id: str, page: str = "open", author: str = "", z: str = "a0", copy: str = "") -> Ink:
    """A short stroke."""
    return Ink(id=id, author=author, page=page, z=z, copy=copy, points=POINTS)
