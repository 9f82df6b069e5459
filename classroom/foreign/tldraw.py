"""tldraw's clipboard and files, in. Shapes as of its schema of 2022 to 2026; the clipboard is HTML with the drawing in
`<div data-tldraw>`, as JSON whose larger part is packed by LZ-string.

A shape lies in its parent's space and is turned about its own corner. What the board has no figure for is brought as
the nearest, or left out with a sentence.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from itertools import pairwise
from typing import Any

import msgspec

from classroom.foreign.brought import (
    IDENTITY,
    Brought,
    Matrix,
    NotReadable,
    Place,
    colour,
    curve,
    escaped,
    fields,
    items,
    number,
    paler,
    places,
    text,
    times,
    width,
)
from classroom.foreign.lz import decompress

KIND = "application/tldraw"
MOST_UNPACKED = 20_000_000
DEEPEST = 20

COLOURS = {
    "black": "ink", "grey": "grey", "light-violet": "#e085f4", "violet": "#ae3ec9", "blue": "blue",
    "light-blue": "sky", "yellow": "#f1ac4b", "orange": "amber", "green": "green", "light-green": "#4cb05e",
    "light-red": "#f87777", "red": "red", "white": "#ffffff",
}  # fmt: skip
WIDTHS = {"s": 2.0, "m": 3.5, "l": 5.0, "xl": 10.0}
LETTERS = {"s": 18.0, "m": 24.0, "l": 36.0, "xl": 44.0}
LABELS = {"s": 18.0, "m": 22.0, "l": 26.0, "xl": 32.0}
NOTE = 200.0


def _star(points: int, inner: float) -> tuple[Place, ...]:
    turns = [-math.pi / 2 + math.pi * i / points for i in range(2 * points)]
    at = [(math.cos(t) * (inner if i % 2 else 1), math.sin(t) * (inner if i % 2 else 1)) for i, t in enumerate(turns)]
    return _fitted(at)


def _ring(n: int, start: float = -math.pi / 2) -> tuple[Place, ...]:
    return _fitted([(math.cos(start + 2 * math.pi * i / n), math.sin(start + 2 * math.pi * i / n)) for i in range(n)])


def _fitted(at: list[Place]) -> tuple[Place, ...]:
    left, top = min(x for x, _ in at), min(y for _, y in at)
    wide, high = max(x for x, _ in at) - left, max(y for _, y in at) - top
    return tuple((round((x - left) / wide, 6), round((y - top) / high, 6)) for x, y in at)


SHARP: tuple[Place, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))
FIGURES: dict[str, tuple[Place, ...]] = {
    "triangle": ((0.5, 0), (1, 1), (0, 1)),
    "diamond": ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)),
    "pentagon": _ring(5),
    "hexagon": _ring(6, 0),
    "octagon": _ring(8, math.pi / 8),
    "star": _star(5, 0.5),
    "rhombus": ((0.25, 0), (1, 0), (0.75, 1), (0, 1)),
    "rhombus-2": ((0, 0), (0.75, 0), (1, 1), (0.25, 1)),
    "trapezoid": ((0.2, 0), (0.8, 0), (1, 1), (0, 1)),
    "arrow-right": ((0, 0.25), (0.6, 0.25), (0.6, 0), (1, 0.5), (0.6, 1), (0.6, 0.75), (0, 0.75)),
    "arrow-left": ((1, 0.25), (0.4, 0.25), (0.4, 0), (0, 0.5), (0.4, 1), (0.4, 0.75), (1, 0.75)),
    "arrow-down": ((0.25, 0), (0.25, 0.6), (0, 0.6), (0.5, 1), (1, 0.6), (0.75, 0.6), (0.75, 0)),
    "arrow-up": ((0.25, 1), (0.25, 0.4), (0, 0.4), (0.5, 0), (1, 0.4), (0.75, 0.4), (0.75, 1)),
    "x-box": SHARP,
    "check-box": SHARP,
    "rectangle": SHARP,
}
ROUND = frozenset({"ellipse", "oval", "cloud", "heart"})
INEXACT = frozenset({"x-box", "check-box", "cloud", "heart"})


# -- finding it -------------------------------------------------------------------------------------------------------


def clipboard(raw: bytes) -> dict[str, Any] | None:
    """The drawing inside the HTML that tldraw puts on a clipboard; None where there is none."""
    found = re.search(rb"<div data-tldraw[^>]*>(.*?)</div>", raw, re.DOTALL)
    if not found:
        return None
    packed = found.group(1).decode("utf-8", "replace").strip()
    value = _json(packed)
    return value if value is not None else _unpacked(packed)


def _json(written: str) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(written.encode("utf-8", "replace"))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _unpacked(packed: str) -> dict[str, Any] | None:
    try:
        return _json(decompress(packed, MOST_UNPACKED))
    except ValueError:
        return None


# -- in ---------------------------------------------------------------------------------------------------------------


def read(drawing: dict[str, Any]) -> Brought:
    """A clipboard or a file, decoded from JSON. Raises NotReadable."""
    if "tldrawFileFormatVersion" in drawing:
        records = [one for one in items(drawing.get("records")) if isinstance(one, dict)]
    else:
        data = fields(drawing.get("data"))
        packed = data.get("otherCompressed")
        if isinstance(packed, str):
            data = {**(_unpacked(packed) or {}), "assets": data.get("assets")}
        records = [one for name in ("shapes", "assets") for one in items(data.get(name)) if isinstance(one, dict)]
    page = _Page(records)
    page.take()
    if not page.out.objects:
        raise NotReadable(" ".join(["There is nothing in this drawing that the board can show.", *page.out.left_out]))
    return page.out


class _Page:
    """The shapes of one drawing and what they hang on."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.out = Brought()
        self.shapes = {text(one.get("id")): one for one in records if one.get("typeName") == "shape"}
        self.assets = {text(one.get("id")): one for one in records if one.get("typeName") == "asset"}
        pages = [one for one in records if one.get("typeName") == "page"]
        pages.sort(key=lambda page: text(page.get("index")))
        self.page = text(pages[0].get("id")) if pages else ""
        if len(pages) > 1:
            self.out.leave(f"All pages but the first of {len(pages)}.")

    def take(self) -> None:
        """Everything, parents before what lies in them, bottom to top."""
        children: dict[str, list[dict[str, Any]]] = {}
        for shape in self.shapes.values():
            parent = text(shape.get("parentId"))
            if parent.startswith("page:") and self.page and parent != self.page:
                continue
            children.setdefault(parent if parent in self.shapes else "", []).append(shape)
        self.lay(children, "", IDENTITY, "", 1.0, 0)

    def lay(
        self, children: dict[str, list[dict[str, Any]]], parent: str, m: Matrix, group: str, opacity: float, depth: int
    ) -> None:
        if depth > DEEPEST:
            self.out.leave("Groups within more than 20 groups.")
            return
        # A shape that is its own ancestor is under nobody, and so never met.
        for shape in sorted(children.pop(parent, []), key=lambda one: text(one.get("index"))):
            own = times(m, _place(shape))
            clear = opacity * min(1.0, max(0.0, number(shape.get("opacity"), 1)))
            id = text(shape.get("id"))
            kind = shape.get("type")
            if kind in ("group", "frame"):
                if kind == "frame":
                    self.out.leave("Borders of frames (what is in them is grouped): {n}.")
                self.lay(children, id, own, group or _name(id), clear, depth + 1)
            else:
                _Shape(self, shape, own, group, clear).take()
                self.lay(children, id, own, group, clear, depth + 1)


def _name(id: str) -> str:
    """An id as a group may have it."""
    return re.sub(r"[^A-Za-z0-9_-]", "", id.removeprefix("shape:"))[:30] or "group"


def _place(shape: dict[str, Any]) -> Matrix:
    turn = number(shape.get("rotation"))
    c, s = (math.cos(turn), math.sin(turn)) if abs(turn) > 1e-9 else (1.0, 0.0)
    return (c, s, -s, c, number(shape.get("x")), number(shape.get("y")))


class _Shape:
    """One shape on its way in."""

    def __init__(self, page: _Page, shape: dict[str, Any], m: Matrix, group: str, opacity: float) -> None:
        self.page, self.out, self.shape, self.m = page, page.out, shape, m
        self.p = fields(shape.get("props"))
        self.opacity = opacity
        self.scale = number(self.p.get("scale"), 1) or 1.0
        self.size = text(self.p.get("size"), "m")
        named = COLOURS.get(text(self.p.get("color")), "") or colour(self.p.get("color")) or "ink"
        self.colour = paler(named, opacity)
        self.plain = named
        label = self.words()
        # A figure and its label stay together.
        self.group = group or (_name(text(shape.get("id"))) if label and self.shape.get("type") != "text" else "")

    def take(self) -> None:
        kind = self.shape.get("type")
        how = {
            "draw": self.draw, "highlight": self.draw, "geo": self.geo, "text": self.text, "note": self.note,
            "line": self.line, "arrow": self.arrow, "image": self.image,
        }.get(text(kind))  # fmt: skip
        if how is None:
            self.out.leave("Embedded pages, films or unknown things: {n}.")
        elif self.opacity > 0:
            how()

    # -- what all have

    def at(self, x: float, y: float) -> tuple[float, float, Matrix | None]:
        """Where a box with that corner goes, and its transform: without turning there is none."""
        a, b, _, _, e, f = self.m
        if abs(a - 1) < 1e-9 and abs(b) < 1e-9:
            return x + e, y + f, None
        return x, y, self.m

    def put(self, type: str, x: float, y: float, w: float, h: float, **more: Any) -> None:
        left, top, m = self.at(x, y)
        common = {"transform": m, "group": self.group, "locked": self.shape.get("isLocked") is True}
        self.out.put(type, {**common, "x": left, "y": top, "w": w, "h": h, **more})

    def stroke(self, points: list[tuple[float, float, float]], **more: Any) -> None:
        a, b, c, d, e, f = self.m
        moved = [(a * x + c * y + e, b * x + d * y + f, z) for x, y, z in points]
        common = {"group": self.group, "locked": self.shape.get("isLocked") is True}
        self.out.stroke(moved, {**common, "colour": self.colour, **more})

    @property
    def style(self) -> dict[str, Any]:
        dash = self.p.get("dash")
        filled = self.p.get("fill") in ("semi", "solid", "pattern", "fill", "lined-fill")
        return {
            "colour": self.colour,
            "width": width(WIDTHS.get(self.size, 3.5) * self.scale),
            "dash": dash if dash in ("dashed", "dotted") else "solid",
            "fill": self.colour if filled else "",
        }

    # -- strokes

    def draw(self) -> None:
        points: list[tuple[float, float, float]] = []
        for segment in items(self.p.get("segments")):
            points += _points(fields(segment))
        sx, sy = number(self.p.get("scaleX"), 1) or 1, number(self.p.get("scaleY"), 1) or 1
        pen = self.p.get("isPen") is True
        points = [(x * sx, y * sy, min(1.0, max(0.0, z)) if pen else 0.5) for x, y, z in points]
        if not points:
            self.out.leave("Strokes without points or colour: {n}.")
            return
        marker = self.shape.get("type") == "highlight"
        thick = WIDTHS.get(self.size, 3.5) * self.scale
        if marker:
            self.stroke(points, tool="highlighter", colour=self.plain, width=width(thick * 7))
            return
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        if self.p.get("isClosed") is True and self.style["fill"]:
            self.closed(points, min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        self.stroke(points, width=width(thick * 1.3))

    def closed(self, points: list[tuple[float, float, float]], x: float, y: float, w: float, h: float) -> None:
        """What a closed stroke goes round, as a polygon under it."""
        step = max(1, len(points) // 150)
        corners = tuple(((px - x) / (w or 1), (py - y) / (h or 1)) for px, py, _ in points[::step])
        style = {**self.style, "width": 0.0625}
        self.put("shape", x, y, w, h, kind="polygon", corners=corners[:200], **style)

    # -- figures

    def geo(self) -> None:
        w, h = number(self.p.get("w"), 100), number(self.p.get("h"), 100) + number(self.p.get("growY"))
        kind = text(self.p.get("geo"), "rectangle")
        if kind in INEXACT or (kind not in FIGURES and kind not in ROUND):
            self.out.leave("Exact outlines of figures: {n}.")
        if kind in ROUND:
            self.put("shape", 0, 0, w, h, kind="ellipse", **self.style)
        else:
            self.put("shape", 0, 0, w, h, kind="polygon", corners=FIGURES.get(kind, SHARP), **self.style)
        self.label(w, h)

    def label(self, w: float, h: float) -> None:
        words = self.words()
        if not words.strip():
            return
        size = LABELS.get(self.size, 22) * self.scale
        lines = words.count("\n") + 1
        high = lines * size * 1.35
        place = {"start": 0.0, "end": 1.0}.get(text(self.p.get("verticalAlign")), 0.5)
        self.put(
            "text", 8, max(0.0, (h - high) * place), max(1.0, w - 16), high,
            text=words, size=size, colour=self.label_colour, align=_align(self.p.get("align"), "centre"),
        )  # fmt: skip

    @property
    def label_colour(self) -> str:
        named = COLOURS.get(text(self.p.get("labelColor")), "")
        return paler(named, self.opacity) or "ink"

    # -- lines

    def line(self) -> None:
        raw = self.p.get("points")
        if isinstance(raw, dict):
            found = sorted((one for one in raw.values() if isinstance(one, dict)), key=lambda p: text(p.get("index")))
            at = places(found)
        else:
            old = fields(self.p.get("handles"))
            at = places(
                sorted((one for one in old.values() if isinstance(one, dict)), key=lambda p: text(p.get("index")))
            )
        if self.p.get("spline") == "cubic" and len(at) > 2:
            if self.style["dash"] != "solid":
                self.out.leave("Dashes of bent lines: {n}.")
            self.stroke([(x, y, 0.5) for x, y in curve(at)], width=self.style["width"])
            return
        if len(at) > 2:
            self.group = self.group or _name(text(self.shape.get("id")))
        for a, b in pairwise(at):
            self.straight(a, b, False)

    def straight(self, a: Place, b: Place, head: bool) -> None:
        # The box of a line has a direction, so it may not be turned by its corner alone.
        kind = "arrow" if head else "line"
        self.put("shape", a[0], a[1], b[0] - a[0], b[1] - a[1], kind=kind, **{**self.style, "fill": ""})

    def arrow(self) -> None:
        ends = []
        for name in ("start", "end"):
            end = fields(self.p.get(name))
            ends.append((number(end.get("x")), number(end.get("y"))))
        a, b = ends
        bend = number(self.p.get("bend"))
        heads = [self.p.get(name, default) not in (None, "none")
                 for name, default in (("arrowheadStart", "none"), ("arrowheadEnd", "arrow"))]  # fmt: skip
        if heads == [True, False]:
            a, b, bend, heads = b, a, -bend, [False, True]
        elif heads == [True, True]:
            self.out.leave("Second heads of arrows: {n}.")
        long = math.dist(a, b)
        if abs(bend) < 1 or long < 1:
            self.straight(a, b, heads[1])
        else:
            self.bow(a, b, bend, heads[1])
        words = self.words()
        if words.strip():
            size = LABELS.get(self.size, 22) * self.scale
            self.put("text", (a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - size, 0, size * 1.35,
                     text=words, size=size, colour=self.label_colour)  # fmt: skip

    def bow(self, a: Place, b: Place, bend: float, head: bool) -> None:
        """A part of a circle that leaves the straight line by `bend` in its middle, as a stroke."""
        if self.style["dash"] != "solid":
            self.out.leave("Dashes of bent lines: {n}.")
        long = math.dist(a, b)
        ux, uy = (b[0] - a[0]) / long, (b[1] - a[1]) / long
        radius = (long * long / 4 + bend * bend) / (2 * abs(bend))
        spread = 2 * math.asin(min(1.0, long / 2 / radius))
        if abs(bend) > long / 2:
            spread = 2 * math.pi - spread
        at = []
        for i in range(33):
            t = spread * (i / 32 - 0.5)
            # Along and aside of the straight line, from its middle; aside is to the left of the way.
            along = radius * math.sin(t)
            aside = math.copysign(radius * math.cos(t) - radius + abs(bend), bend)
            x, y = (a[0] + b[0]) / 2 + along * ux, (a[1] + b[1]) / 2 + along * uy
            at.append((x + aside * uy, y - aside * ux))
        self.group = self.group or _name(text(self.shape.get("id")))
        if head:
            n = len(at) - 2
            while n > 0 and math.dist(at[n], at[-1]) < 11 * self.style["width"]:
                n -= 1
            self.straight(at[n], at[-1], True)
            at = at[: n + 1]
        if len(at) > 1:
            self.stroke([(x, y, 0.5) for x, y in at], width=self.style["width"])

    # -- words and pictures

    def words(self) -> str:
        rich = self.p.get("richText")
        if isinstance(rich, dict):
            return _rich(rich)
        return escaped(text(self.p.get("text")))

    def text(self) -> None:
        words = self.words()
        if not words.strip():
            return
        size = min(400.0, max(4.0, LETTERS.get(self.size, 24) * self.scale))
        loose = self.p.get("autoSize", True) is not False
        align = _align(self.p.get("textAlign") or self.p.get("align"), "left")
        if self.p.get("font") == "mono" and "```" not in words:
            words = f"```\n{_plain(self.p)}\n```"
        wide = 0.0 if loose else number(self.p.get("w")) * self.scale
        high = (words.count("\n") + 1) * size * 1.35
        self.put("text", 0, 0, wide, high, text=words, size=size, colour=self.colour, align=align)

    def note(self) -> None:
        side = NOTE * self.scale
        high = side + number(self.p.get("growY")) * self.scale
        name = self.plain if self.plain != "ink" else "amber"
        size = min(400.0, LABELS.get(self.size, 22) * self.scale)
        self.put("note", 0, 0, side, high, text=self.words(), colour=name, size=size)

    def image(self) -> None:
        key = text(self.p.get("assetId"))
        asset = fields(fields(self.page.assets.get(key)).get("props"))
        name = self.out.picture(key, asset.get("src"))
        if not name:
            return
        w, h = number(self.p.get("w"), 100), number(self.p.get("h"), 100)
        x = y = 0.0
        crop = fields(self.p.get("crop"))
        if crop:
            low, high = fields(crop.get("topLeft")), fields(crop.get("bottomRight"))
            wide = max(0.01, number(high.get("x"), 1) - number(low.get("x")))
            tall = max(0.01, number(high.get("y"), 1) - number(low.get("y")))
            w, h = w / wide, h / tall
            x, y = -number(low.get("x")) * w, -number(low.get("y")) * h
            self.out.leave("Cropping of pictures, which are shown whole: {n}.")
        if self.opacity < 0.995:
            self.out.leave("Opacity of pictures: {n}.")
        self.put("image", x, y, w, h, asset=name, alt=text(self.p.get("altText"))[:1000])


def _align(value: object, otherwise: str) -> str:
    return {
        "start": "left",
        "left": "left",
        "middle": "centre",
        "center": "centre",
        "end": "right",
        "right": "right",
    }.get(text(value).removesuffix("-legacy"), otherwise)


def _points(segment: dict[str, Any]) -> list[tuple[float, float, float]]:
    """x, y, z each: as objects; as base64 of half floats; or (`path`) the same as differences."""
    for name in ("path", "points"):
        packed = segment.get(name)
        if isinstance(packed, str):
            try:
                raw = base64.b64decode(packed, validate=True)
            except (binascii.Error, ValueError):
                return []
            halves = [
                number(v) if math.isfinite(v) else 0.0 for (v,) in struct.iter_unpack("<e", raw[: len(raw) // 6 * 6])
            ]
            at = [(halves[i], halves[i + 1], halves[i + 2]) for i in range(0, len(halves), 3)]
            return _summed(at) if name == "path" else at
    return [
        (number(one.get("x")), number(one.get("y")), number(one.get("z"), 0.5))
        for one in items(segment.get("points"))
        if isinstance(one, dict)
    ]


def _summed(steps: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    out: list[tuple[float, float, float]] = []
    x = y = 0.0
    for dx, dy, z in steps:
        x, y = x + dx, y + dy
        out.append((x, y, z))
    return out


def _plain(props: dict[str, Any]) -> str:
    rich = props.get("richText")
    if not isinstance(rich, dict):
        return text(props.get("text"))
    return "\n".join(
        "".join(text(one.get("text")) for one in _leaves(block, 0)) for block in items(rich.get("content"))
    )


def _leaves(node: object, depth: int) -> list[dict[str, Any]]:
    if not isinstance(node, dict) or depth > DEEPEST:
        return []
    if node.get("type") in ("text", "hardBreak"):
        return [node if node.get("type") == "text" else {"text": "\n"}]
    return [leaf for one in items(node.get("content")) for leaf in _leaves(one, depth + 1)]


def _rich(node: dict[str, Any]) -> str:
    """A document of paragraphs and lists with marks, as Markdown."""
    lines: list[str] = []
    for block in items(node.get("content")):
        if not isinstance(block, dict):
            continue
        kind = block.get("type")
        if kind in ("bulletList", "orderedList"):
            for n, item in enumerate(items(block.get("content")), 1):
                lines.append((f"{n}. " if kind == "orderedList" else "- ") + _marked(item))
        elif kind == "heading":
            level = int(min(3, max(1, number(fields(block.get("attrs")).get("level"), 1))))
            lines.append("#" * level + " " + _marked(block))
        elif kind == "codeBlock":
            lines += ["```", "".join(text(one.get("text")) for one in _leaves(block, 0)), "```"]
        else:
            lines.append(_marked(block))
    return "\n".join(lines)


def _marked(node: object) -> str:
    out = []
    for leaf in _leaves(node, 0):
        words = text(leaf.get("text"))
        marks = {text(fields(mark).get("type")) for mark in items(leaf.get("marks"))}
        if "code" in marks and "`" not in words:
            out.append(f"`{words}`")
            continue
        shown = escaped(words)
        inner = shown.strip(" \n")
        if inner and "\n" not in inner:
            around = "*" * (2 * ("bold" in marks) + ("italic" in marks))
            shown = shown.replace(inner, around + inner + around, 1)
        out.append(shown)
    return "".join(out)
