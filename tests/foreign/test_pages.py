"""Boards as Excalidraw's files, and back again, from Python and from the command line's side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classroom.core import messages as m
from classroom.core import records as r
from classroom.core.table import Table
from classroom.foreign.pages import drawings
from classroom.pictures import write_pictures


def board() -> Table:
    table = Table()
    made: list[Any] = [
        r.Page(id="P", order="a1"), r.Page(id="Q", order="a2"), r.Page(id="R", order="a3", gone=True),
        r.Shape(id="s", page="P", z="a1", kind="ellipse", x=0, y=0, w=9, h=9),
        r.Shape(id="t", page="P", z="a2", kind="line", x=0, y=0, w=9, h=9, copy="p4"),
        r.Picture(id="p", page="Q", z="a1", x=0, y=0, w=9, h=9, asset="a" * 64),
    ]  # fmt: skip
    for one in made:
        table.apply(m.Put(one))
    return table


def kinds(file: bytes) -> list[str]:
    return [one["type"] for one in json.loads(file)["elements"]]


def test_each_page_is_a_file_with_what_lies_on_it() -> None:
    files = drawings(board(), assets=lambda _: b"\x89PNG....")
    assert [(name, kinds(data)) for name, data in files] == [
        ("board-1.excalidraw", ["ellipse"]),
        ("board-2.excalidraw", ["image"]),
    ]
    ((_, copied),) = drawings(board(), ["P"], copy="p4")
    assert kinds(copied) == ["ellipse", "line"]
    ((name, alone),) = drawings(board(), ids=["t"], copy="p4")
    assert (name, kinds(alone)) == ("board.excalidraw", ["line"])
    ((_, unseen),) = drawings(board(), ["Q"])
    assert kinds(unseen) == []


def test_it_is_written_by_its_suffix(tmp_path: Path) -> None:
    paths = write_pictures(board(), tmp_path / "b.excalidraw", None, 2, "light")
    assert [path.name for path in paths] == ["b-1.excalidraw", "b-2.excalidraw"]
    (one,) = write_pictures(board(), tmp_path / "c.excalidraw", ["P"], 2, "light")
    assert kinds(one.read_bytes()) == ["ellipse"]
    with pytest.raises(ValueError, match="excalidraw"):
        write_pictures(board(), tmp_path / "none", None, 2, "light")
