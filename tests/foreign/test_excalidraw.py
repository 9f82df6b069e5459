"""Excalidraw in and out: what both can express survives, what is left out is said, nothing hostile comes through."""

from __future__ import annotations

import base64
import io
import json
import math
import random
from typing import Any

import msgspec
import pytest
from PIL import Image

from classroom import foreign
from classroom.core import ink
from classroom.core import records as r
from classroom.foreign import excalidraw
from classroom.foreign.brought import MOST_THINGS, escaped


def element(type: str, **more: Any) -> dict[str, Any]:
    """As Excalidraw writes one, but for what is its own business."""
    base = {
        "id": more.get("id", type), "type": type, "x": 100, "y": 50, "width": 200, "height": 120, "angle": 0,
        "strokeColor": "#1e1e1e", "backgroundColor": "transparent", "fillStyle": "solid", "strokeWidth": 2,
        "strokeStyle": "solid", "roughness": 1, "opacity": 100, "groupIds": [], "frameId": None, "roundness": None,
        "seed": 5, "version": 3, "versionNonce": 9, "isDeleted": False, "boundElements": None, "updated": 1,
        "link": None, "locked": False,
    }  # fmt: skip
    return {**base, **more}


def linear(type: str, points: list[list[float]], **more: Any) -> dict[str, Any]:
    head = "arrow" if type == "arrow" else None
    return element(type, points=points, startArrowhead=None, endArrowhead=head, **more)


def words(said: str, **more: Any) -> dict[str, Any]:
    base = {
        "text": said, "originalText": said, "fontSize": 20, "fontFamily": 5, "textAlign": "left",
        "verticalAlign": "top", "containerId": None, "autoResize": True, "lineHeight": 1.25,
    }  # fmt: skip
    return element("text", **{**base, **more})


def drawing(*elements: Any, files: Any = None, kind: str = "excalidraw") -> str:
    return json.dumps({"type": kind, "version": 2, "elements": list(elements), "files": files or {}, "appState": {}})


def brought(*elements: Any, **more: Any) -> foreign.Brought:
    return foreign.read(drawing(*elements, **more))


def records(found: foreign.Brought, assets: dict[str, str] | None = None) -> list[Any]:
    """As they would lie on a page."""
    made = found.settled(assets or {})
    return [
        msgspec.convert({"page": "P", "z": "a1", "id": f"r{n}", **one}, r.TYPES[one["type"]])
        for n, one in enumerate(made)
    ]


def again(drawables: list[Any], assets: Any = lambda _: None) -> list[dict[str, Any]]:
    """Written, and what a reader finds there."""
    found: list[dict[str, Any]] = json.loads(excalidraw.write(drawables, assets))["elements"]
    return found


SHARED = ("type", "x", "y", "width", "height", "angle", "strokeColor", "backgroundColor", "strokeWidth", "strokeStyle",
          "opacity", "groupIds", "roundness", "locked", "points", "pressures", "text", "fontSize", "textAlign",
          "endArrowhead", "scale")  # fmt: skip

FEATURES = [
    element("rectangle", roundness={"type": 3}),
    element("rectangle", id="sharp", strokeColor="#e03131", backgroundColor="#ffc9c9", strokeStyle="dashed"),
    element("diamond", strokeWidth=4, strokeStyle="dotted", backgroundColor="#4263eb"),
    element("ellipse", angle=0.5, locked=True, strokeColor="#2f9e44"),
    element("rectangle", id="turned", angle=-1.2, roundness={"type": 3}, groupIds=["g"]),
    linear("line", [[0, 0], [200, 120]], groupIds=["inner", "g"]),
    linear("arrow", [[0, 0], [-200, 120]], strokeStyle="dashed"),
    linear("line", [[0, 0], [200, 0], [100, 120], [0, 0]], backgroundColor="#b2f2bb"),
    element("freedraw", points=[[0, 0], [200, 60.5], [40, 120]], pressures=[0.25, 0.5, 0.75], simulatePressure=False),
    element("freedraw", id="even", points=[[0, 0], [200, 120], [90, 10]], pressures=[], simulatePressure=True),
    element("freedraw", id="mark", points=[[0, 0], [200, 120]], pressures=[], opacity=40, strokeColor="#f08c00"),
    words("Two lines\nof *words* and $5", strokeColor="#1971c2", width=180, height=50),
    words("centre", id="t2", textAlign="center", fontSize=36, angle=0.25),
    words("x = 1\ny = 2", id="t3", fontFamily=3),
]


@pytest.mark.parametrize("one", FEATURES, ids=lambda one: one["id"])
def test_what_both_can_express_comes_back_as_it_was(one: dict[str, Any]) -> None:
    found = brought(one)
    assert found.left_out == []
    (back,) = again(records(found))
    for name in SHARED:
        if name not in one or (one["type"] == "text" and name in ("width", "height", "x", "y", "strokeWidth")):
            continue
        if name == "groupIds":
            assert back[name] == one[name][-1:]
        elif name == "roundness":
            assert (back[name] is None) == (one[name] is None) or one["type"] not in ("rectangle",)
        elif name in ("points", "pressures"):
            assert len(back[name]) == len(one[name])
            for p, q in zip(back[name], one[name], strict=True):
                assert p == pytest.approx(q, abs=1 / 64)
        elif isinstance(one[name], float | int) and not isinstance(one[name], bool):
            turned = one["type"] in ("line", "arrow", "freedraw") and name in ("width", "height")
            assert back[name] == pytest.approx(one[name], abs=1 / 16) or turned
        else:
            assert back[name] == one[name], name


def test_a_whole_drawing_keeps_its_order() -> None:
    found = brought(*FEATURES)
    assert [one["type"] for one in found.objects].count("ink") == 3
    back = again(records(found))
    assert [one["type"] for one in back] == [one["type"] for one in FEATURES]


BOARD = [
    r.Shape(id="s1", page="P", z="a1", kind="rectangle", x=1, y=2, w=30, h=40, colour="red", fill="amber", width=5),
    r.Shape(id="s2", page="P", z="a2", kind="ellipse", x=1, y=2, w=30, h=40, fill="#4263eb", dash="dotted"),
    r.Shape(id="s3", page="P", z="a3", kind="line", x=9, y=2, w=-30, h=40, colour="#abcdef", locked=True),
    r.Shape(id="s4", page="P", z="a4", kind="arrow", x=9, y=2, w=30, h=0, group="g1"),
    r.Shape(id="s5", page="P", z="a5", kind="polygon", x=0, y=0, w=60, h=80, corners=((0.5, 0), (1, 1), (0, 1))),
    r.TextBox(id="t1", page="P", z="a6", x=5, y=6, w=0, h=40, text="# A **title**\nand $x^2$", size=32, colour="blue"),
    r.Note(id="n1", page="P", z="a7", x=5, y=6, w=240, h=240, text="remember *this*", colour="green", size=28),
    r.Ink(id="i1", page="P", z="a8", tool="highlighter", colour="sky", width=17,
          points=ink.pack([[0, 0, 0.5], [90, 40, 0.5]], 4)),
]  # fmt: skip


@pytest.mark.parametrize("one", BOARD, ids=lambda one: one.id)
def test_what_is_ours_comes_back_as_it_was(one: Any) -> None:
    (back,) = records(foreign.read(excalidraw.write([one], lambda _: None)))
    was, now = msgspec.structs.asdict(one), msgspec.structs.asdict(back)
    for name in set(was) - {"id", "z", "author", "time", "quantum", "points", "lines", "formulas", "w", "h"}:
        assert now[name] == was[name], name
    if isinstance(one, r.Ink):
        assert ink.unpack(back.points, back.quantum).tolist() == ink.unpack(one.points, one.quantum).tolist()
    elif not isinstance(one, r.TextBox):
        assert (now["w"], now["h"]) == (was["w"], was["h"])


def test_a_long_stroke_is_split_and_joined_again() -> None:
    points = [[i / 4, 10 * math.sin(i / 50)] for i in range(5_000)]
    found = brought(element("freedraw", points=points, pressures=[], simulatePressure=True))
    assert len(found.objects) == 3
    assert [one.get("part", "") for one in found.objects] == ["", "stroke1", "stroke1"]
    made = records(found)
    for one in made:
        assert ink.check(one.points, one.quantum) <= ink.MAX_POINTS
    (back,) = again(made)
    assert len(back["points"]) == 5_000


def test_transformed_records_are_written_where_they_are_seen() -> None:
    turned = r.Shape(id="s", page="P", z="a1", kind="rectangle", x=0, y=0, w=100, h=50, transform=(0, 2, -2, 0, 300, 0))
    (one,) = again([turned])
    assert one["angle"] == pytest.approx(math.pi / 2)
    assert (one["width"], one["height"], one["strokeWidth"]) == (200, 100, 6)
    assert (one["x"] + 100, one["y"] + 50) == (250, 100)
    skewed = r.Ink(
        id="i", page="P", z="a1", points=ink.pack([[0, 0, 0.5], [10, 10, 0.5]], 4), transform=(1, 0, 1, 1, 0, 0)
    )
    (bent,) = again([skewed])
    assert bent["points"] == [[0, 0], [20, 10]]


def test_open_lines_become_lines_and_bent_ones_strokes() -> None:
    found = brought(linear("arrow", [[0, 0], [50, 0], [50, 90]]))
    assert [(one["type"], one["kind"]) for one in found.objects] == [("shape", "line"), ("shape", "arrow")]
    assert len({one["group"] for one in found.objects}) == 1
    bent = brought(linear("line", [[0, 0], [50, 0], [50, 90]], roundness={"type": 2}))
    assert [one["type"] for one in bent.objects] == ["ink"]
    curved = brought(linear("arrow", [[0, 0], [150, 0], [150, 190]], roundness={"type": 2}))
    assert [one["type"] for one in curved.objects] == ["shape", "ink"]


def test_a_box_with_words_is_one_group_and_a_frame_groups_what_is_in_it() -> None:
    box = element("rectangle", boundElements=[{"type": "text", "id": "t"}])
    found = brought(box, words("in it", id="t", containerId="rectangle", autoResize=False))
    first, second = found.objects
    assert first["group"] == second["group"] != ""
    framed = brought(element("frame", id="f"), element("ellipse", frameId="f"), element("diamond", frameId="f"))
    assert [one["group"] for one in framed.objects] == ["f", "f"]
    assert framed.left_out == ["Borders of frames (what is in them is grouped): 1."]


def picture(width: int = 8) -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, 4), "red").save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def test_pictures_come_along_when_they_are_inside() -> None:
    files = {
        "a": {"mimeType": "image/png", "dataURL": picture()},
        "s": {"dataURL": "data:image/svg+xml;base64,PHN2Zz4="},
    }
    found = brought(
        element("image", fileId="a", scale=[-1, 1]), element("image", id="b", fileId="s"),
        element("image", id="c", fileId="a", crop={"x": 4, "y": 0, "width": 4, "height": 4, "naturalWidth": 8,
                                                   "naturalHeight": 4}),
        files=files,
    )  # fmt: skip
    assert list(found.pictures) == ["a"]
    assert any("scripts" in said for said in found.left_out)
    one, whole = records(found, {"a": "a" * 64})
    assert one.transform == (-1, 0, 0, 1, 400, 0)
    assert (whole.x, whole.w) == (-100, 400)
    assert records(found) == []
    (back, _) = again([one, whole], lambda asset: (b"png", "image/png") if asset == "a" * 64 else None)
    assert back["scale"] == [-1, 1]


def test_libraries_lie_side_by_side_each_item_a_group() -> None:
    item = [element("rectangle"), element("ellipse", x=400)]
    library = {"type": "excalidrawlib", "version": 2, "libraryItems": [{"elements": item}, {"elements": item}]}
    found = foreign.read(json.dumps(library))
    assert [one["group"] for one in found.objects] == ["item0", "item0", "item1", "item1"]
    assert found.objects[2]["x"] >= found.objects[1]["x"] + found.objects[1]["w"]
    old = foreign.read(json.dumps({"type": "excalidrawlib", "version": 1, "library": [item]}))
    assert len(old.objects) == 2


def test_words_stay_the_words_they_are() -> None:
    from classroom.render.markup import blocks

    for said in ("# no title", "- no list", "1. no list", "a*b*c _d_ `e` $f$ \\g", "  - x", "2) y", "plain"):
        (block,) = blocks(escaped(said))
        shown = "".join(piece.words for piece in block.pieces).replace("\u2060", "")
        assert (block.marker, shown.strip(), block.scale) == ("", said.strip(), 1)
        assert {piece.look for piece in block.pieces} == {""}


HOSTILE: list[Any] = [
    None, True, -1, 1e308, "x", "#12", [], {}, [[]], {"x": 1}, "\ud83d", 2**70, ["a", None], "data:image/png;base64,!!",
]  # fmt: skip


def test_whatever_is_in_a_file_gives_drawables_or_a_sentence() -> None:
    random.seed(4)
    read = 0
    sentences: list[str] = []
    for _ in range(1500):
        one = dict(random.choice(FEATURES))
        for name in random.sample(sorted(one), random.randint(1, 6)):
            one[name] = random.choice(HOSTILE)
        try:
            odd = {"elements": [one, random.choice(HOSTILE)], "files": random.choice(HOSTILE)}
            raw = json.dumps({"type": "excalidraw", **odd})
            records(foreign.read(raw))
            read += 1
        except foreign.NotReadable as error:
            sentences.append(str(error))
    assert all(said.endswith(".") for said in sentences)
    assert read > 500


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"type":"excalidraw","elements":' + b"[" * 100_000,
     b'{"type":"excalidraw"}', b"hello", b'{"type":"excalidraw","elements":[NaN]}'],
)  # fmt: skip
def test_what_is_no_drawing_is_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(foreign.NotReadable, match=r"\.$"):
        foreign.read(raw)


def test_too_much_is_refused_or_counted() -> None:
    with pytest.raises(foreign.NotReadable, match="up to 5 MB fits"):
        foreign.read(b" " * (foreign.MOST_BYTES + 1))
    many = brought(*[{"type": "ellipse", "x": 1, "width": 9, "height": 9}] * (MOST_THINGS + 7))
    assert len(many.objects) == MOST_THINGS
    assert many.left_out == ["More than 5,000 things: 7."]
    far = brought(element("ellipse"), element("ellipse", x=1e8))
    assert len(far.objects) == 1
    assert "too far out" in far.left_out[0]


def test_a_line_of_very_many_points_is_not_made_longer_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classroom.foreign.excalidraw.MOST_POINTS", 1_000)
    monkeypatch.setattr("classroom.foreign.excalidraw.curve", lambda points: pytest.fail("made twelve times as long"))
    points = [[n, n % 7] for n in range(100)]
    made = foreign.read(
        json.dumps({"type": "excalidraw", "elements": [element("line", points=points, roundness={"type": 2})]})
    )
    assert len(made.objects) == 1
