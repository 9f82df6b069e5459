"""Patterns and sizes of pages: where the lines are, what is shown of a page without end, of a selection, of a copy."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from classroom.core.messages import Put
from classroom.core.records import Page, Shape
from classroom.core.table import Table
from classroom.render import CannotExport, export, raster
from classroom.render.ground import MOST, pattern
from classroom.render.palette import INK, RULE
from classroom.render.scene import Box, page_scene
from tests.render.page_of import page_of, stroke

ASIDE = (0, 0, 0, 0)


def middles(page: Page, box: tuple[float, float, float, float] = ASIDE) -> list[tuple[bool, set[float], set[float]]]:
    """(axis, x of upright lines, y of level lines) of each part of the pattern."""
    found = []
    for axis, made in pattern(page, box):
        xs, ys = set(), set()
        for low, high in zip(made.start[:-1], made.start[1:], strict=True):
            (left, top), (right, bottom) = made.xy[low:high].min(axis=0), made.xy[low:high].max(axis=0)
            if right - left < bottom - top:
                xs.add((left + right) / 2)
            else:
                ys.add((top + bottom) / 2)
        found.append((axis, xs, ys))
    return found


def test_axes_are_counted_from_the_middle() -> None:
    (rule, xs, ys), (axis, through_x, through_y) = middles(
        Page(id="p", order="a", width=1000, height=500, pattern="axes")
    )
    assert (rule, axis) == (False, True)
    assert xs == {500 + 40 * k for k in range(-12, 13)}
    assert ys == {250 + 40 * k for k in range(-6, 7)}
    assert (through_x, through_y) == ({500}, {250})
    scene = page_scene(page_of(width=1000, height=500, pattern="axes"), "p")
    assert [fill.paint.rgb for fill in scene.fills] == [RULE["light"], INK["light"]["grey"]]
    image = raster.render(scene, 2)
    assert image.getpixel((1000, 300)) == INK["light"]["grey"]
    assert image.getpixel((1003, 300)) == (255, 255, 255)


def test_staves_are_groups_of_five() -> None:
    ((axis, xs, ys),) = middles(Page(id="p", order="a", width=1600, height=900, pattern="staves"))
    assert (axis, xs) == (False, set())
    assert ys == {80 + 144 * k + 12 * i for k in range(6) for i in range(5)}


@pytest.mark.parametrize("kind", ["dots", "grid", "ruled", "axes", "staves"])
def test_on_an_endless_page_patterns_go_on(kind: str) -> None:
    box = (-500.0, -300.0, 400.0, 225.0)
    made = [
        (axis, some) for axis, some in pattern(Page(id="p", order="a", endless=True, pattern=kind), box) if len(some.xy)
    ]
    assert [axis for axis, _ in made] == [False], "the axes are elsewhere"
    low, high = made[0][1].xy.min(axis=0), made[0][1].xy.max(axis=0)
    assert (low >= (-503, -303)).all()
    assert (high <= (-97, -72)).all()
    assert (high - low > 150).any()
    ((_, around, _), (_, x, y)) = middles(
        Page(id="p", order="a", endless=True, pattern="axes"), (-90.0, -90.0, 200.0, 200.0)
    )
    assert (around, x, y) == ({-80, -40, 0, 40, 80}, {0}, {0})


def test_a_pattern_never_has_more_marks_than_it_may() -> None:
    page = Page(id="p", order="a", endless=True, pattern="dots")
    ((_, made),) = pattern(page, (-1e6, -1e6, 2e6, 2e6))
    assert 0 < len(made.stroke) <= MOST


def endless(*strokes: object, **fields: object) -> Table:
    return page_of(*strokes, endless=True, width=1600, height=900, **fields)  # type: ignore[arg-type]


def test_an_endless_page_shows_what_is_drawn() -> None:
    table = endless(stroke("a", [[-1000, -50], [3000, 2000]], width=10))
    scene = page_scene(table, "p")
    assert scene.box == Box(-1045, -95, 4090, 2140)
    assert (scene.width, scene.height) == (4090, 2140)
    image = raster.render(scene, 0.5)
    assert image.getpixel(((1000 + 1045) // 2, (975 + 95) // 2)) == INK["light"]["ink"], "the stroke's middle"
    small = page_scene(endless(stroke("a", [[500, 500], [510, 500]], width=4)), "p")
    assert small.width >= 400
    assert small.height >= 225
    assert small.box.left < 500 - 40
    assert page_scene(endless(), "p").box == Box(0, 0, 1600, 900)


def test_an_endless_page_too_large_for_a_picture_is_refused_with_advice() -> None:
    table = endless(stroke("a", [[-100_000, 0], [100_000, 100_000]], width=10), pattern="dots")
    with pytest.raises(CannotExport, match="smaller scale"):
        export(table, "png")
    assert pypdfium2.PdfDocument(export(table, "pdf")[0][1])[0].get_size()[0] <= 14_400


def test_a_selection_is_its_box_with_a_margin() -> None:
    table = page_of(pattern="grid", width=400, height=300)
    for id, x in (("a", 100), ("b", 200)):
        table.apply(Put(Shape(id=id, page="p", z=id, kind="rectangle", x=x, y=100, w=50, h=50, width=2)))
    ((name, data),) = export(table, "png", ids=["a"], scale=1)
    assert name == "board.png"
    image = Image.open(io.BytesIO(data))
    assert image.size == (92, 92)
    assert image.getpixel((21, 46)) == INK["light"]["ink"]
    corner = image.getpixel((20, 5))
    assert corner == (255, 255, 255), "a selection has no pattern"
    both = Image.open(io.BytesIO(export(table, "png", ids=["a", "b", "gone"], scale=1)[0][1]))
    assert both.size == (192, 92)


def test_what_is_no_selection_is_refused() -> None:
    table = page_of(stroke("a", [[1, 1], [9, 9]]))
    table.apply(Put(Page(id="q", order="b")))
    table.apply(Put(stroke("b", [[1, 1], [9, 9]], page="q")))
    for options in ({"ids": []}, {"ids": ["x"]}, {"ids": ["a", "b"]}, {"ids": ["a"], "pages": ["p"]}):
        with pytest.raises(CannotExport):
            export(table, "png", **options)  # type: ignore[arg-type]
    with pytest.raises(CannotExport):
        export(table, "zip", ids=["a"])


def test_of_private_copies_only_the_one_asked_for_is_shown() -> None:
    table = page_of(audience="each")
    for id, copy, y in (("w", "", 20), ("x", "p2", 50), ("y", "p3", 80)):
        table.apply(Put(stroke(id, [[10, y], [90, y]], width=8, copy=copy)))

    def inked(**options: str) -> list[bool]:
        image = Image.open(io.BytesIO(export(table, "png", scale=1, **options)[0][1]))  # type: ignore[arg-type]
        return [image.getpixel((50, y)) != (255, 255, 255) for y in (20, 50, 80)]

    assert inked() == [True, False, False]
    assert inked(copy="p2") == [True, True, False]
    assert inked(copy="p3") == [True, False, True]
    chosen = Image.open(io.BytesIO(export(table, "png", scale=1, ids=["x"])[0][1]))
    assert chosen.getpixel((60, 24)) == INK["light"]["ink"], "a selection says itself on whose copy it is"


@pytest.mark.parametrize(
    ("size", "paper"),
    [
        ((1600, 900), (960, 540)),
        ((1240, 1754), (595.28, 841.99)),
        ((1754, 1240), (841.89, 595.18)),
        ((20_000, 100), (12_000, 60)),
    ],
)
def test_paper_follows_the_page(size: tuple[int, int], paper: tuple[float, float]) -> None:
    data = export(page_of(width=size[0], height=size[1]), "pdf")[0][1]
    assert np.allclose(pypdfium2.PdfDocument(data)[0].get_size(), paper, atol=0.2)


def test_the_part_asked_for_is_what_is_shown() -> None:
    table = page_of(stroke("a", [[10, 50], [90, 50]], width=8))
    scene = page_scene(table, "p", box=Box(40, 40, 20, 20))
    assert raster.render(scene, 1).size == (20, 20)
    assert raster.render(scene, 1).getpixel((10, 10)) == INK["light"]["ink"]


def test_something_very_far_out_keeps_nobody_from_a_picture() -> None:
    far = [
        Shape(id=f"s{x}", page="p", z="a1", kind="rectangle", x=x, y=0, w=10, h=10, transform=(1e7, 0, 0, 1e7, 0, 0))
        for x in (-1e7, 1e7)
    ]
    table = page_of(endless=True, pattern="grid")
    for shape in far:
        table.apply(Put(shape))
    for options in ({}, {"ids": [shape.id for shape in far]}):
        image = Image.open(io.BytesIO(export(table, "png", **options)[0][1]))
        assert image.width == 8_000
