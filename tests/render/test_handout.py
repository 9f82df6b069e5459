"""The lesson as Markdown and as a notebook: order, pictures in place, and what is never given out."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import nbformat
import pytest
from PIL import Image

from classroom.core.messages import Put
from classroom.core.records import Class, Item, Page
from classroom.core.table import Table
from classroom.render import Cancelled, CannotExport, export
from tests.render.page_of import stroke

LINE = [[100, 100], [500, 500]]


def lesson() -> Table:
    """Three entries at 10, 20 and 30; pages begun at 15, 25, 5; one for staff, one empty, private copies."""
    table = Table()
    for record in (
        Class(id="class", title="Waves,\nweek 3"),
        Page(id="p", order="a", time=1, title="Two [slits]"),
        Page(id="q", order="b", time=1),
        Page(id="r", order="c", time=1, audience="each"),
        Page(id="s", order="d", time=1, audience="staff", title="For staff"),
        Page(id="t", order="e", time=1),
        Page(id="u", order="f", time=1, gone=True),
        Item(id="i1", kind="note", order="a", time=10, text="# Hello\nFind $x$."),
        Item(id="i2", kind="code", order="b", time=20, title="Try it", text="print('```')\nx = 1"),
        Item(id="i3", kind="exercise", order="c", time=30, text="And now?", solution="THE ANSWER"),
        Item(id="i4", kind="poll", order="d", time=30, title="Which?", options=("one", "two")),
        Item(id="i5", kind="code", order="e", time=30, text="ls", language="bash"),
        stroke("a", LINE, page="p", time=15),
        stroke("b", LINE, page="p", time=40),
        stroke("c", LINE, page="q", time=25),
        stroke("d", LINE, page="r", time=5),
        stroke("e", LINE, page="r", time=6, copy="p2", colour="red", width=100),
        stroke("f", LINE, page="s", time=7),
        stroke("g", LINE, page="u", time=8),
    ):
        table.apply(Put(record))
    return table


def test_markdown_has_everything_in_its_place() -> None:
    files = dict(export(lesson(), "md", scale=0.25))
    assert list(files) == ["lesson.md", *(f"lesson-pictures/page-{n}.png" for n in (1, 2, 3))]
    assert files["lesson.md"].decode() == (
        "# Waves, week 3\n\n"
        "![Board, page 3](lesson-pictures/page-3.png)\n\n"
        "# Hello\nFind $x$.\n\n"
        "![Board, page 1: Two slits](lesson-pictures/page-1.png)\n\n"
        "## Try it\n\n"
        "````python\nprint('```')\nx = 1\n````\n\n"
        "![Board, page 2](lesson-pictures/page-2.png)\n\n"
        "## Exercise\n\nAnd now?\n\n"
        "## Which?\n\n- one\n- two\n\n"
        "```bash\nls\n```\n"
    )
    for name in list(files)[1:]:
        assert Image.open(io.BytesIO(files[name])).size == (400, 225)


def test_a_notebook_holds_its_pictures() -> None:
    ((name, data),) = export(lesson(), "/tmp/Waves.ipynb", scale=0.25)
    assert name == "Waves.ipynb"
    made: Any = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(made)
    kinds = [(cell.cell_type, cell.source.splitlines()[0]) for cell in made.cells]
    assert kinds == [
        ("markdown", "# Waves, week 3"),
        ("markdown", "![Board, page 3](attachment:page-3.png)"),
        ("markdown", "# Hello"),
        ("markdown", "![Board, page 1: Two slits](attachment:page-1.png)"),
        ("markdown", "## Try it"),
        ("code", "print('```')"),
        ("markdown", "![Board, page 2](attachment:page-2.png)"),
        ("markdown", "## Exercise"),
        ("markdown", "## Which?"),
        ("markdown", "```bash"),
    ]
    for cell in made.cells:
        for name in re.findall(r"attachment:([\w.-]+)", cell.source):
            picture = Image.open(io.BytesIO(base64.b64decode(cell.attachments[name]["image/png"])))
            assert picture.size == (400, 225)


@pytest.mark.parametrize("format", ["md", "ipynb"])
def test_what_is_not_for_everyone_is_not_in_it(format: str) -> None:
    whole = b"".join(data for _, data in export(lesson(), format, scale=0.25, copy="p2"))
    assert b"THE ANSWER" not in whole
    assert b"For staff" not in whole
    without = lesson()
    without._drop(without.get("e"))  # type: ignore[arg-type]
    assert b"".join(data for _, data in export(without, format, scale=0.25)) == whole, "private copies are left out"
    asked = dict(export(lesson(), "md", pages=["s"], scale=0.25))
    assert b"For staff" in asked["lesson.md"]


def test_an_entry_s_own_picture_is_there() -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG")
    table = lesson()
    table.apply(Put(Item(id="i6", kind="board", order="f", time=50, title="Look", asset="a" * 64)))
    files = dict(export(table, "md", pages=["q"], scale=0.25, assets=lambda sha: out.getvalue()))
    assert files["lesson.md"].decode().endswith("## Look\n\n![Look](lesson-pictures/picture-2.png)\n")
    assert Image.open(io.BytesIO(files["lesson-pictures/picture-2.png"])).format == "PNG"
    assert b"picture-2" not in export(table, "md", pages=["q"], scale=0.25)[0][1]


def test_a_lesson_without_anything_is_a_document_still() -> None:
    assert export(Table(), "md") == [("lesson.md", b"\n")]
    nbformat.validate(nbformat.reads(export(Table(), "ipynb")[0][1].decode(), as_version=4))


def test_progress_limits_and_calling_off() -> None:
    told: list[tuple[int, int]] = []
    export(lesson(), "ipynb", scale=0.1, progress=lambda *now: told.append(now))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    wide = lesson()
    wide.apply(Put(Page(id="p", order="a", width=20_000, height=100)))
    picture = dict(export(wide, "md", pages=["p"], scale=8))["lesson-pictures/page-1.png"]
    assert Image.open(io.BytesIO(picture)).size == (4_000, 20)
    with pytest.raises(Cancelled):
        export(lesson(), "md", cancelled=lambda: True)
    with pytest.raises(CannotExport):
        export(lesson(), "md", ids=["a"])
