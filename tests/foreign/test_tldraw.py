"""tldraw in: its clipboard of each age, its files, every shape it has."""

from __future__ import annotations

import base64
import json
import math
import random
import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest

from classroom import foreign
from classroom.core import ink
from classroom.core import records as r
from classroom.foreign.lz import decompress

HERE = Path(__file__).parent


def shape(type: str, props: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    base = {
        "typeName": "shape", "id": f"shape:{more.get('name', type)}", "type": type, "x": 100, "y": 50, "rotation": 0,
        "index": "a1", "parentId": "page:p", "isLocked": False, "opacity": 1, "meta": {}, "props": props or {},
    }  # fmt: skip
    return {**base, **{name: value for name, value in more.items() if name != "name"}}


def brought(*records: Any) -> foreign.Brought:
    file = {"tldrawFileFormatVersion": 1, "schema": {}, "records": list(records)}
    return foreign.read(json.dumps(file))


def drawn(found: foreign.Brought) -> list[Any]:
    return [
        msgspec.convert({"page": "P", "z": "a1", "id": f"r{n}", **one}, r.TYPES[one["type"]])
        for n, one in enumerate(found.settled(dict.fromkeys(found.pictures, "a" * 64)))
    ]


@pytest.mark.parametrize("name", ["tldraw-2023.html", "tldraw-2025.html"])
def test_the_clipboard_of_each_age_is_read(name: str) -> None:
    found = foreign.read((HERE / name).read_bytes())
    made = drawn(found)
    assert [one.kind for one in made] == ["polygon", "ellipse", "polygon", "polygon", "ellipse", "polygon"]
    assert [one.x for one in made] == [0, 120, 240, 360, 480, 600]
    assert {(one.colour, one.fill, one.dash, one.width) for one in made} == {("red", "red", "dashed", 5)}
    assert found.left_out == ["Exact outlines of figures: 1."]


def test_what_lz_string_packed_is_unpacked_up_to_a_bound() -> None:
    # Made by lz-string 1.5.0.
    assert decompress("BYUwNmD2A0AEoRvcUg==", 100) == "hello, hello, hello"
    unicode = decompress("N4IgzgFghgDgpmEAuA2gXQDQgHYHsAucyIA4gE4A/A+3AASB4RLYDwbgEfsgC+QA", 100)
    assert json.loads(unicode) == {"shapes": [], "note": "Grüße ∞ 🎈"}
    for broken in ("", "A", "!!!", "BYUwNmD2", "////////"):
        with pytest.raises(ValueError, match=r"\w"):
            decompress(broken, 100)
    with pytest.raises(ValueError, match="too long"):
        decompress("BYUwNmD2A0AEoRvcUg==", 10)


def test_strokes_in_all_three_ways_of_writing_them() -> None:
    at = [(0.0, 0.0, 0.5), (10.0, 20.0, 0.75), (30.0, 10.0, 0.25)]
    listed = [{"x": x, "y": y, "z": z} for x, y, z in at]
    halves = base64.b64encode(struct.pack("<9e", *(v for p in at for v in p))).decode()
    steps = [at[0], (10.0, 20.0, 0.75), (20.0, -10.0, 0.25)]
    path = base64.b64encode(struct.pack("<9e", *(v for p in steps for v in p))).decode()
    for segment in ({"points": listed}, {"points": halves}, {"path": path}):
        props = {"segments": [{"type": "free", **segment}], "isPen": True, "color": "blue", "size": "l"}
        (one,) = drawn(brought(shape("draw", props)))
        assert (one.colour, one.tool) == ("blue", "pen")
        assert ink.unpack(one.points, one.quantum).tolist() == [[x + 100, y + 50, z] for x, y, z in at]
    (mark,) = drawn(brought(shape("highlight", {"segments": [{"points": listed}], "color": "yellow"})))
    assert mark.tool == "highlighter"


def test_words_keep_their_marks() -> None:
    rich = {"type": "doc", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "a*b "},
                                          {"type": "text", "text": "bold", "marks": [{"type": "bold"}]}]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]}]},
    ]}  # fmt: skip
    (one,) = drawn(brought(shape("text", {"richText": rich, "size": "xl", "textAlign": "middle", "color": "green"})))
    assert (one.text, one.size, one.align, one.colour) == ("a\\*b **bold**\n- one", 44, "centre", "green")
    (old,) = drawn(brought(shape("text", {"text": "$5", "size": "s"})))
    assert (old.text, old.size) == ("\\$5", 18)
    (note,) = drawn(brought(shape("note", {"text": "hi", "color": "light-blue", "growY": 20})))
    assert (note.text, note.colour, note.w, note.h) == ("hi", "sky", 200, 220)


def test_lines_and_arrows() -> None:
    points = {"a": {"index": "a1", "x": 0, "y": 0}, "b": {"index": "a2", "x": 50, "y": 20}}
    (one,) = drawn(brought(shape("line", {"points": points})))
    assert (one.kind, one.x, one.y, one.w, one.h) == ("line", 100, 50, 50, 20)
    (bent,) = drawn(
        brought(shape("line", {"points": {**points, "c": {"index": "a3", "x": 9, "y": 9}}, "spline": "cubic"}))
    )
    assert bent.type if hasattr(bent, "type") else isinstance(bent, r.Ink)
    (arrow,) = drawn(brought(shape("arrow", {"start": {"x": 0, "y": 0}, "end": {"x": 80, "y": 0}, "bend": 0})))
    assert (arrow.kind, arrow.w) == ("arrow", 80)
    head, stroke = drawn(brought(shape("arrow", {"start": {"x": 0, "y": 0}, "end": {"x": 200, "y": 0}, "bend": 40})))
    assert head.kind == "arrow"
    assert head.group == stroke.group != ""
    way = ink.unpack(stroke.points, stroke.quantum)
    assert min(way[:, 1]) == pytest.approx(10, abs=1)  # 40 to the left of the way, which goes along y = 50


def test_what_lies_in_groups_lies_where_it_was_seen() -> None:
    found = brought(
        {"typeName": "page", "id": "page:p", "index": "a1"},
        {"typeName": "page", "id": "page:q", "index": "a2"},
        shape("group", x=200, y=100, rotation=math.pi / 2),
        shape("geo", {"geo": "ellipse", "w": 40, "h": 20}, x=10, y=0, parentId="shape:group", isLocked=True),
        shape("geo", {"geo": "star", "w": 40, "h": 20}, x=0, y=0, parentId="shape:group", index="a0", name="g2"),
        shape("geo", parentId="page:q", name="elsewhere"),
    )
    under, over = drawn(found)
    assert (under.kind, over.kind, over.locked) == ("polygon", "ellipse", True)
    assert under.group == over.group == "group"
    a, b, c, d, e, f = over.transform
    assert (a * over.x + c * over.y + e, b * over.x + d * over.y + f) == pytest.approx((200, 110))
    assert found.left_out == ["All pages but the first of 2."]


def test_figures_have_their_labels_and_pictures_their_bytes() -> None:
    box, label = drawn(brought(shape("geo", {"w": 100, "h": 60, "text": "in", "labelColor": "red"})))
    assert box.group == label.group != ""
    assert (label.text, label.align, label.colour) == ("in", "centre", "red")
    assets = {"typeName": "asset", "id": "asset:1", "props": {"src": "data:image/png;base64,AAAA"}}
    crop = {"topLeft": {"x": 0.5, "y": 0}, "bottomRight": {"x": 1, "y": 1}}
    found = brought(assets, shape("image", {"assetId": "asset:1", "w": 50, "h": 50, "crop": crop}), shape("video"))
    (one,) = drawn(found)
    assert (one.x, one.w) == (50, 100)
    assert len(found.left_out) == 2
    with pytest.raises(foreign.NotReadable):
        brought({**assets, "props": {"src": "https://example.org/a.png"}}, shape("image", {"assetId": "asset:1"}))


def test_loops_and_rubbish_end() -> None:
    a, b = shape("group", name="a", parentId="shape:b"), shape("group", name="b", parentId="shape:a")
    assert len(brought(a, b, shape("geo")).objects) == 1
    odd: list[Any] = [None, True, -1, 1e308, "x", [], {}, [[]], {"x": 1}, 2**70, ["a"], "\ud83d", "AAAA"]
    whole = [
        shape("draw", {"segments": [{"type": "free", "points": [{"x": 1, "y": 1}]}]}), shape("geo", {"geo": "star"}),
        shape("arrow", {"start": {"x": 0, "y": 0}, "end": {"x": 9, "y": 9}, "bend": 3}), shape("text", {"text": "a"}),
        shape("line", {"points": {}}), shape("note", {"text": "a"}), shape("image", {"assetId": "x"}),
    ]  # fmt: skip
    random.seed(5)
    read = 0
    sentences: list[str] = []
    for _ in range(1500):
        one = json.loads(json.dumps(random.choice(whole)))
        where = one["props"] if random.random() < 0.7 else one
        for name in random.sample(sorted(where), min(len(where), random.randint(1, 3))):
            where[name] = json.loads(json.dumps(random.choice(odd)))
        for name in random.sample(("richText", "size", "scale", "crop", "w", "h", "growY", "dash", "color"), 3):
            one["props"] = one["props"] if isinstance(one["props"], dict) else {}
            one["props"][name] = json.loads(json.dumps(random.choice(odd)))
        try:
            drawn(brought(one))
            read += 1
        except foreign.NotReadable as error:
            sentences.append(str(error))
    assert all(said.endswith(".") for said in sentences)
    assert read > 300
