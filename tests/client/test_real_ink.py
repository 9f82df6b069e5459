"""Real handwriting through everything: a teacher's client, a real server, thirty students and one who comes late."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import classroom
from classroom.changes import copy_of
from classroom.client import Client
from classroom.core import ink
from classroom.core.table import Table, equal
from tests.client.jupyter_child import TOKEN, JupyterChild

STROKES = json.loads((Path(__file__).parents[1] / "data" / "ink-real.json").read_text())["strokes"]
STUDENTS = 30
PATIENCE = 60.0


@pytest.mark.slow
def test_everyone_has_every_stroke(at_home: JupyterChild) -> None:
    teacher = classroom.start("Real ink", url=at_home.url, token=TOKEN)
    students = [classroom.join(teacher.link, name=f"Student {i}") for i in range(STUDENTS)]
    try:
        points = [np.array(stroke["points"]) for stroke in STROKES]
        ids = teacher.board.draw_many(
            points, color=[opaque(s["color"]) for s in STROKES], width=[s["width"] for s in STROKES]
        )
        parts = [1 + max(0, len(p) - 2) // (ink.MAX_POINTS - 1) for p in points]
        assert len(STROKES) == 1_058
        assert len(ids) == sum(parts) > 1_058
        seq = teacher.client.seq
        for student in students:
            student.client.wait(lambda view, client=student.client: client.seq >= seq, PATIENCE)
        late = classroom.join(teacher.link, name="Late")
        students.append(late)
        for seat in (teacher, *students):
            seat.client.wait(lambda view: len(view.of_type("person")) == STUDENTS + 2, PATIENCE)

        table = confirmed(teacher.client)
        assert len(table) > 1_058
        assert all(equal(confirmed(student.client), table) for student in students)
        assert equal(copy_of(late.client), table)
        assert [s.id for s in late.board.objects] == ids
        drawn = zip(late.board.objects, late.client.read(lambda view: view.on_page(late.board.page.id)), strict=True)
        kept = np.concatenate([s.points[1:] if record.part else s.points for s, record in drawn])
        sent = np.concatenate(points)
        assert kept.shape == sent.shape == (73_687, 3)
        assert np.abs(kept[:, :2] - sent[:, :2]).max() <= 1 / 32
        assert np.abs(kept[:, 2] - np.clip(sent[:, 2], 0, 255 / 256)).max() <= 1 / 512
    finally:
        for seat in (teacher, *students):
            seat.close()


def confirmed(client: Client) -> Table:
    """The table of a client with nothing pending."""
    assert client.pending == 0

    def base(view: object) -> Table:
        table = view.base
        assert isinstance(table, Table)
        return table

    return client.read(base)


def opaque(colour: str) -> str:
    """The colour without the transparency that a few of the collection have."""
    return {5: colour[:4], 9: colour[:7]}.get(len(colour), colour) if colour.startswith("#") else colour
