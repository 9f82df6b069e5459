"""A page becomes a drawing list: order, colours, patterns, transforms, and what cannot be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from classroom.core import ink
from classroom.core.messages import Put
from classroom.core.records import Shape
from classroom.render import raster, svg
from classroom.render.palette import HIGHLIGHTER, INK, RULE, WASH, Paint
from classroom.render.scene import Fill, Scene, page_scene
from tests.render.page_of import page_of, stroke

LINE = [[10, 10], [60, 40]]


def areas(scene: Scene) -> np.ndarray[Any, Any]:
    """Signed area of every polygon."""
    out = []
    for low, high in zip(scene.start[:-1], scene.start[1:], strict=True):
        x, y = (scene.xy[low:high] - scene.xy[low]).T
        out.append((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)
    return np.array(out)


def test_highlighters_lie_under_all_other_ink_and_z_orders_the_rest() -> None:
    table = page_of(
        stroke("c", LINE, colour="red", z="1"),
        stroke("a", LINE, colour="amber", z="9", tool="highlighter"),
        stroke("b", LINE, colour="blue", z="5"),
        stroke("d", LINE, colour="sky", z="2", tool="highlighter"),
    )
    light = page_scene(table, "p")
    assert [fill.paint for fill in light.fills] == [
        HIGHLIGHTER["light"]["sky"],
        HIGHLIGHTER["light"]["amber"],
        Paint(INK["light"]["red"]),
        Paint(INK["light"]["blue"]),
    ]
    dark = page_scene(table, "p", "dark")
    assert dark.fills[-1].paint.rgb == INK["dark"]["blue"]
    assert dark.ground != light.ground


def test_fills_cover_all_polygons_in_order() -> None:
    table = page_of(*(stroke(f"s{k:04}", [[k % 90, 5], [40, k % 80], [70, 60]]) for k in range(1200)), pattern="grid")
    scene = page_scene(table, "p")
    assert len(scene.fills) == 1201
    assert [fill.low for fill in scene.fills] == [0, *(fill.high for fill in scene.fills[:-1])]
    assert scene.fills[-1].high == len(scene.start) - 1
    assert scene.start[-1] == len(scene.xy)
    one = stroke("s0007", [[7, 5], [40, 7], [70, 60]])
    expected = np.concatenate(ink.outline(ink.unpack(one.points, 4), one.width, 4, "pen"))
    low, high = scene.fills[8].low, scene.fills[8].high
    assert (scene.xy[scene.start[low] : scene.start[high]] == expected).all()


@pytest.mark.parametrize(
    ("pattern", "count", "area"),
    # Within 200 x 130: multiples of 40 up to 160 and 120 (200 is the page's own edge), of 48 up to 96.
    [("dots", 4 * 3, 12.25), ("grid", 4 + 3, 200.0), ("ruled", 2, 200.0)],
)
def test_patterns_are_inside_the_page(pattern: str, count: int, area: float) -> None:
    scene = page_scene(page_of(pattern=pattern, width=200, height=130), "p", "dark")
    assert scene.fills == [Fill(Paint(RULE["dark"]), 0, count)]
    assert len(scene.start) == count + 1
    assert abs(areas(scene)[0]) == pytest.approx(area, rel=0.001)
    assert (areas(scene) < 0).all()
    assert scene.xy.min() >= 0
    assert (scene.xy.max(axis=0) <= (scene.width, scene.height)).all()


def test_a_blank_page_has_nothing_on_it() -> None:
    assert page_scene(page_of(), "p").fills == []


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_a_transform_moves_the_outline_and_keeps_its_turn(mirror: float) -> None:
    points = [[10, 10], [30, 10], [30, 40], [12, 38]]
    plain = page_scene(page_of(stroke("a", points)), "p")
    turned = page_scene(page_of(stroke("a", points, transform=(2.0, 0.0, 0.0, 2.0 * mirror, 5.0, 7.0))), "p")
    assert (areas(turned) < 0).all()
    assert areas(turned) == pytest.approx(4 * areas(plain))
    low = turned.xy.min(axis=0)
    expected = plain.xy * (2, 2 * mirror) + (5, 7)
    assert low == pytest.approx(expected.min(axis=0))


def test_a_stroke_that_cannot_be_read_is_left_out_and_the_others_stay() -> None:
    good, bad = stroke("a", LINE, colour="red"), stroke("b", LINE, colour="blue")
    bad.points = b"\x05\x00\x01"
    scene = page_scene(page_of(good, bad, stroke("c", LINE, colour="green")), "p")
    assert [fill.paint.rgb for fill in scene.fills] == [INK["light"]["red"], INK["light"]["green"]]


def test_there_must_be_such_a_page() -> None:
    with pytest.raises(KeyError):
        page_scene(page_of(stroke("a", LINE)), "a")


def test_shapes_lie_among_ink_by_z_their_inside_under_their_line() -> None:
    table = page_of(stroke("b", LINE, z="b"), stroke("d", LINE, z="d", colour="red"))
    box: dict[str, Any] = {"page": "p", "x": 10, "y": 10, "w": 30, "h": 20}
    table.apply(Put(Shape(id="a", z="a", kind="ellipse", fill="sky", colour="blue", **box)))
    turned = (-1.0, 0.0, 0.0, 1.0, 100.0, 0.0)
    table.apply(Put(Shape(id="c", z="c", kind="rectangle", fill="#123456", transform=turned, **box)))
    table.apply(Put(Shape(id="e", z="e", kind="arrow", fill="red", dash="dotted", **box)))
    scene = page_scene(table, "p")
    ink_, blue, red = (Paint(INK["light"][name]) for name in ("ink", "blue", "red"))
    wash = Paint(INK["light"]["sky"], WASH["light"])
    assert [fill.paint for fill in scene.fills] == [
        wash, blue, ink_, Paint((0x12, 0x34, 0x56), WASH["light"]), ink_, red, ink_
    ]  # fmt: skip
    assert [fill.low for fill in scene.fills[1:]] == [fill.high for fill in scene.fills[:-1]]
    left, top = scene.xy[scene.start[scene.fills[3].low] : scene.start[scene.fills[3].high]].min(axis=0)
    assert (left, top) == pytest.approx((60, 10))
    # The outer edge of the mirrored rectangle still turns as outlines do, its inner one the other way.
    outer, inner = areas(scene)[scene.fills[4].low : scene.fills[4].high]
    assert outer < 0 < inner


def test_a_filled_shape_is_seen_whichever_way_it_turns() -> None:
    pixels = []
    for corners in (((0, 0), (1, 0), (1, 1), (0, 1)), ((0, 0), (0, 1), (1, 1), (1, 0))):
        table = page_of()
        box: dict[str, Any] = {"page": "p", "x": 20, "y": 20, "w": 60, "h": 60}
        table.apply(Put(Shape(id="a", z="a", kind="polygon", fill="blue", corners=corners, **box)))
        scene = page_scene(table, "p")
        picture = np.asarray(raster.render(scene, 1)).astype(int)
        assert (picture[50, 50] < (240, 250, 256)).all()
        assert 'fill-opacity="0.14"' in svg.render(scene)
        pixels.append(picture)
    assert np.abs(pixels[0] - pixels[1]).max() <= 1
