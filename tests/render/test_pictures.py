"""Pictures in scenes: where they lie in every output, between what; and what stands for one that is not there."""

from __future__ import annotations

import base64
import io
import math
import re

import numpy as np
import pypdfium2
import pytest
import resvg_py
from PIL import Image
from skimage.metrics import structural_similarity

from classroom.core.messages import Put
from classroom.core.records import Note, Picture, Shape
from classroom.core.table import Table
from classroom.render import export, pdf, raster, svg
from classroom.render.palette import RULE
from classroom.render.scene import page_scene, stacked
from tests.render.page_of import page_of, stroke

RED, GREEN = "a" * 64, "b" * 64


def encoded(image: Image.Image, format: str) -> bytes:
    out = io.BytesIO()
    image.save(out, format)
    return out.getvalue()


def gradient(width: int = 80, height: int = 60) -> Image.Image:
    """Red grows to the right, green downwards: any turn or mirror shows."""
    made = np.zeros((height, width, 3), dtype=np.uint8)
    made[..., 0] = np.linspace(0, 255, width)
    made[..., 1] = np.linspace(0, 255, height)[:, None]
    return Image.fromarray(made)


ASSETS = {
    RED: encoded(gradient(), "JPEG"),
    GREEN: encoded(Image.new("RGBA", (10, 10), (0, 255, 0, 128)), "PNG"),
}


def picture(id: str, asset: str = RED, **more: object) -> Picture:
    fields = {"x": 10, "y": 20, "w": 40, "h": 30, "page": "p", "z": id, **more}
    return Picture(id=id, asset=asset, **fields)  # type: ignore[arg-type]


def with_things(*things: Picture | Note | Shape, **page: object) -> Table:
    table = page_of(**page)
    for thing in things:
        table.apply(Put(thing))
    return table


def test_a_picture_lies_in_its_box() -> None:
    image = raster.render(page_scene(with_things(picture("a")), "p", assets=ASSETS.get), 4)
    assert image.getpixel((4 * 9, 4 * 35)) == (255, 255, 255)
    left, right = (image.getpixel((4 * x, 4 * 35)) for x in (11, 49))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] < 20 < 230 < right[0]
    assert image.getpixel((4 * 51, 4 * 35)) == (255, 255, 255)


@pytest.mark.parametrize(
    "transform",
    [
        (1, 0, 0, 1, 0, 0),
        (1, 0, 0, 1, 0.3, 0.4),
        (0.8, 0.6, -0.6, 0.8, 20, 0),
        (-1, 0, 0, 1, 70, 0),
        (0, 1, 1, 0, 10, 10),
        (2, 0, 0, 2, -10, -20),
        (0.2, 0, 0, 0.2, 30, 30),
    ],
)
def test_all_outputs_lay_a_picture_alike(transform: tuple[float, ...]) -> None:
    table = with_things(picture("a", transform=transform))
    scene = page_scene(table, "p", assets=ASSETS.get)
    drawn = np.asarray(raster.render(scene, 4))
    document = pdf.Document("")
    document.add(scene, 1, "")
    page = pypdfium2.PdfDocument(document.data())[0].render(scale=4 / pdf.POINTS).to_pil().convert("RGB")
    vector = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg.render(scene, 4))))).convert("RGB")
    for other in (page, vector):
        assert structural_similarity(drawn, np.asarray(other), channel_axis=2) > 0.98  # edges are softer here
    assert (drawn != 255).any()


def test_edges_between_pixels_are_soft_and_a_clear_picture_lets_through() -> None:
    table = with_things(picture("a", GREEN, x=10.5, y=20, w=40, h=30))
    image = raster.render(page_scene(table, "p", assets=ASSETS.get), 1)
    assert image.getpixel((30, 30)) == (127, 255, 127)
    assert image.getpixel((10, 30)) == (191, 255, 191)
    assert image.getpixel((9, 30)) == (255, 255, 255)


def test_a_picture_lies_between_what_is_under_and_over_it() -> None:
    table = with_things(picture("b", GREEN, x=0, y=0, w=100, h=100))
    for one in (stroke("a", [[0, 30], [99, 30]], width=10), stroke("c", [[0, 70], [99, 70]], width=10)):
        table.apply(Put(one))
    table.apply(Put(stroke("d", [[50, 0], [50, 99]], width=10, tool="highlighter", colour="amber")))
    scene = page_scene(table, "p", assets=ASSETS.get)
    assert [placed.at for placed in scene.pictures] == [1]
    image = raster.render(scene, 1)
    assert image.getpixel((10, 70)) == (0x1D, 0x1E, 0x23)
    assert image.getpixel((10, 30)) == (14, 143, 17)
    assert image.getpixel((50, 10)) != (127, 255, 127), "a highlighter over a picture is seen"
    assert image.getpixel((50, 70)) == (0x1D, 0x1E, 0x23), "and is under the ink beside it"


def test_the_order_of_painting() -> None:
    ids = ["h1", "i1", "h2", "P", "i3", "h3", "N", "h4", "i4"]
    tools = {"h": "highlighter", "i": "pen"}
    things = [
        picture(id)
        if id == "P"
        else Note(id=id, page="p", z="a", x=0, y=0)
        if id == "N"
        else stroke(id, [[0, 0], [9, 9]], tool=tools[id[0]])
        for id in ids
    ]
    assert [t.id for t in stacked(things)] == ["h1", "h2", "i1", "P", "h3", "i3", "N", "h4", "i4"]


@pytest.mark.parametrize("bytes_of", [None, b"", b"no picture", ASSETS[RED][:30]])
def test_what_is_not_there_is_a_quiet_box(bytes_of: bytes | None) -> None:
    scene = page_scene(with_things(picture("a")), "p", assets=lambda sha: bytes_of)
    assert raster.render(scene, 1).getpixel((30, 35)) == RULE["light"]
    assert scene.pictures == ()


@pytest.mark.parametrize(
    "more", [{"w": 0}, {"h": 0}, {"transform": (0, 0, 0, 0, 5, 5)}, {"x": 1e6}, {"w": 1e6, "h": 1e6}]
)
def test_odd_places_harm_nobody(more: dict[str, object]) -> None:
    table = with_things(picture("a", **more))
    for format in ("png", "svg", "pdf"):
        assert export(table, format, scale=1, assets=ASSETS.get)[0][1]


def test_damaged_pixels_are_left_out() -> None:
    """The head is right, what follows is not."""
    table = with_things(picture("a"))
    broken = encoded(gradient(), "PNG")[:200]
    assert export(table, "png", assets=lambda sha: broken)[0][1]


def test_the_page_s_own_picture_is_under_its_pattern_as_large_as_fits() -> None:
    table = with_things(asset=RED, pattern="grid", width=200, height=100)
    scene = page_scene(table, "p", assets=ASSETS.get)
    assert [placed.at for placed in scene.pictures] == [0]
    low, high = scene.pictures[0].corners.min(axis=0), scene.pictures[0].corners.max(axis=0)
    assert np.allclose([low, high], [[200 / 2 - 400 / 6, 0], [200 / 2 + 400 / 6, 100]])
    assert page_scene(table, "p").pictures == ()


def test_a_picture_used_twice_is_in_the_file_once() -> None:
    table = with_things(picture("a"), picture("b", x=50), picture("c", GREEN))
    text = export(table, "svg", assets=ASSETS.get)[0][1].decode()
    found = re.findall(r"base64,([^\"]+)", text)
    assert [base64.b64decode(data) for data in found] == [ASSETS[RED], ASSETS[GREEN]]
    data = export(table, "pdf", assets=ASSETS.get)[0][1]
    assert data.count(ASSETS[RED]) == 1, "a JPEG is kept as it is"


def test_words_for_a_picture_are_written_as_text() -> None:
    text = export(with_things(picture("a", alt="<b>&")), "svg", assets=ASSETS.get)[0][1].decode()
    assert "<title>&lt;b&gt;&amp;</title>" in text


def test_calling_off_stops_in_front_of_a_picture() -> None:
    scene = page_scene(with_things(picture("a")), "p", assets=ASSETS.get)
    assert raster.render(scene, 1, lambda: True).getpixel((30, 35)) == (255, 255, 255)


def test_a_large_picture_shown_small_keeps_its_mean() -> None:
    """Every pixel counts: black and white lines become grey, not black or white."""
    lines = np.zeros((1000, 1000), dtype=np.uint8)
    lines[:, ::2] = 255
    assets = {RED: encoded(Image.fromarray(lines).convert("RGB"), "PNG")}
    turn = (math.cos(0.3), math.sin(0.3), -math.sin(0.3), math.cos(0.3), 20, 0)
    table = with_things(picture("a", transform=turn))
    image = np.asarray(raster.render(page_scene(table, "p", assets=assets.get), 1))
    inner = image[35:45, 35:40, 0]
    assert 115 < inner.mean() < 140
    assert inner.std() < 12
