"""Files of pages: formats, names, order, limits, progress, calling off."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from classroom.core.errors import ClassroomError
from classroom.core.messages import Put
from classroom.core.records import Page
from classroom.core.table import Table
from classroom.render import Cancelled, CannotExport, export
from tests.render.page_of import page_of, stroke

LINE = [[10, 50], [90, 50]]


def three_pages() -> Table:
    """Pages p, q, r, of which q is gone; only p has ink."""
    table = page_of(stroke("a", LINE, width=20, colour="red"))
    table.apply(Put(Page(id="q", order="b", width=100, height=100, gone=True)))
    table.apply(Put(Page(id="r", order="c", width=200, height=100)))
    return table


@pytest.mark.parametrize(("suffix", "format"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_pictures_open_and_show_the_ink(suffix: str, format: str) -> None:
    ((name, data),) = export(page_of(stroke("a", LINE, width=20, colour="red")), suffix, scale=3)
    assert name == f"board.{suffix}"
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size, image.mode) == (format, (300, 300), "RGB")
    red = image.getpixel((150, 150))
    assert isinstance(red, tuple)
    assert max(abs(a - b) for a, b in zip(red, (0xD5, 0x0A, 0x31), strict=True)) <= 4
    assert image.getpixel((150, 20)) == (255, 255, 255)


def test_svg_is_text() -> None:
    ((name, data),) = export(page_of(stroke("a", LINE)), "svg")
    assert name == "board.svg"
    assert data.decode().startswith("<svg ")


def test_pages_are_those_that_are_not_gone_in_their_order() -> None:
    table = three_pages()
    assert [name for name, _ in export(table, "png", scale=1)] == ["board-1.png", "board-2.png"]
    sizes = [Image.open(io.BytesIO(data)).size for _, data in export(table, "png", scale=1)]
    assert sizes == [(100, 100), (200, 100)]
    assert [name for name, _ in export(table, "week 3.png", pages=["r"])] == ["week 3.png"]
    backwards = export(table, "png", pages=["r", "q", "p"], scale=1)
    assert [Image.open(io.BytesIO(data)).size[0] for _, data in backwards] == [200, 100, 100]


def test_a_class_without_pages_has_no_files() -> None:
    assert export(Table(), "png") == []


@pytest.mark.parametrize("given", [".png", "png", "PNG", "/tmp/x/Board.PNG"])
def test_formats_are_taken_as_people_write_them(given: str) -> None:
    ((name, data),) = export(page_of(), given, scale=1)
    assert name.endswith(".png")
    assert data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "options",
    [
        {"path_or_format": "bmp"},
        {"path_or_format": ""},
        {"theme": "sepia"},
        {"scale": 0},
        {"scale": -1},
        {"scale": float("nan")},
        {"scale": 1e9},
        {"scale": 64.0, "size": 20_000},
        {"pages": ["nope"]},
        {"pages": ["a"]},
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_drawn(options: dict[str, object]) -> None:
    size = options.pop("size", 100)
    told: list[tuple[int, int]] = []
    arguments = {"path_or_format": "png", "progress": lambda *now: told.append(now), **options}
    with pytest.raises(CannotExport) as caught:
        export(page_of(stroke("a", LINE), width=size, height=size), **arguments)  # type: ignore[arg-type]
    assert isinstance(caught.value, ClassroomError)
    assert str(caught.value).endswith(".")
    assert told == []


def test_progress_is_told_by_pages() -> None:
    told: list[tuple[int, int]] = []
    export(three_pages(), "png", scale=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("format", ["png", "svg"])
def test_calling_off_ends_it_wherever_it_is(after: int, format: str) -> None:
    answers = iter([False] * after)
    with pytest.raises(Cancelled):
        export(three_pages(), format, scale=1, cancelled=lambda: next(answers, True))


def test_the_theme_decides_the_ground() -> None:
    table = page_of()
    ((_, light),), ((_, dark),) = export(table, "png", scale=1), export(table, "png", scale=1, theme="dark")
    assert Image.open(io.BytesIO(light)).getpixel((5, 5)) == (255, 255, 255)
    assert Image.open(io.BytesIO(dark)).getpixel((5, 5)) == (0x1B, 0x1B, 0x1F)
