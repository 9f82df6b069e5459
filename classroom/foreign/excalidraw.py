"""Excalidraw's files, libraries and clipboard, in and out. Format: docs.excalidraw.com, "JSON Schema"; types of 0.18.

What both programs can express survives both ways: strokes with their pressure, figures, lines, arrows, words, pictures,
angles, groups, locks, dashes, colours. What is only Excalidraw's is brought as the nearest that the board has, or left
out with a sentence: roughness and fonts go, opacity becomes a paler colour (of a stroke: a highlighter), an open line
of many pieces becomes lines in one group, a bent one a stroke.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from classroom.core import ink
from classroom.core import records as r
from classroom.foreign.brought import (
    HEX,
    IDENTITY,
    MOST_POINTS,
    Brought,
    Matrix,
    NotReadable,
    Place,
    around,
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
    turned,
    width,
)
from classroom.render.palette import WASH, paper, parse

KINDS = frozenset({"excalidraw", "excalidraw/clipboard", "excalidrawlib"})

NIB = 4.25
"""A freehand line of Excalidraw is so much wider than its stroke width says."""
TRANSLUCENT = 60
"""Per cent of opacity through which a stroke is a highlighter's."""
MARKER = 40
MOST_PIECES = 60
GAP = 48.0
"""Board units between the items of a library."""
DIAMOND = ((0.5, 0.0), (1.0, 0.5), (0.5, 1.0), (0.0, 0.5))
SHARP = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
"""A rectangle whose corners are not rounded is a polygon here."""
TWINS = {
    "#ffc9c9": "#e03131", "#fcc2d7": "#c2255c", "#eebefa": "#9c36b5", "#d0bfff": "#6741d9", "#a5d8ff": "#1971c2",
    "#99e9f2": "#0c8599", "#96f2d7": "#099268", "#b2f2bb": "#2f9e44", "#ffec99": "#f08c00", "#ffd8a8": "#e8590c",
    "#e9ecef": "#343a40", "#eaddd7": "#846358",
}  # fmt: skip
"""Excalidraw's own pale fills, and the strong colour of the same family: ours are strong ones laid on thinly."""
PALE = {strong: pale for pale, strong in TWINS.items()}


def wash(name: str) -> str:
    """What a fill of the palette looks like on white."""
    alpha = WASH["light"]
    return "#" + bytes(round(255 + (c - 255) * alpha) for c in parse(HEX[name])).hex()


WASHED = {wash(name): name for name in HEX}
CODE_FONTS = (3, 8)


# -- in ---------------------------------------------------------------------------------------------------------------


def read(drawing: dict[str, Any]) -> Brought:
    """A file, a library or a clipboard, decoded from JSON. Raises NotReadable."""
    out = Brought()
    if drawing.get("type") == "excalidrawlib":
        _library(drawing, out)
    else:
        _elements(items(drawing.get("elements")), fields(drawing.get("files")), out, 0.0, 0.0, "")
    if not out.objects:
        raise NotReadable(" ".join(["There is nothing in this drawing that the board can show.", *out.left_out]))
    return out


def _library(library: dict[str, Any], out: Brought) -> None:
    """Items side by side, each a group."""
    found = [items(fields(one).get("elements")) for one in items(library.get("libraryItems"))]
    found += [items(one) for one in items(library.get("library"))]  # as it was written before 2021
    x = y = tallest = 0.0
    for n, elements in enumerate(found):
        boxes = [(number(e.get("x")), number(e.get("y")), number(e.get("width")), number(e.get("height")))
                 for e in elements if isinstance(e, dict) and not e.get("isDeleted")]  # fmt: skip
        if not boxes:
            continue
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        wide = max(b[0] + b[2] for b in boxes) - left
        high = max(b[1] + b[3] for b in boxes) - top
        if x > 0 and x + wide > 1500:
            x, y, tallest = 0.0, y + tallest + GAP, 0.0
        _elements(elements, fields(library.get("files")), out, x - left, y - top, f"item{n}")
        x, tallest = x + wide + GAP, max(tallest, high)


def _elements(elements: Sequence[Any], files: dict[str, Any], out: Brought, dx: float, dy: float, group: str) -> None:
    known = {text(e.get("id")): e for e in elements if isinstance(e, dict)}
    bound = {text(e.get("containerId")): e for e in known.values() if e.get("type") == "text" and e.get("containerId")}
    notes = {
        id for id, e in known.items() if id in bound and _ours(e).get("note") is True and e.get("type") == "rectangle"
    }
    for element in elements:
        if not isinstance(element, dict):
            out.leave("Parts that could not be read: {n}.")
        elif not element.get("isDeleted"):
            container = text(element.get("containerId"))
            if container in notes:
                continue  # its words are the note's
            one = _Element(element, out, dx, dy)
            one.group = group or one.group
            if not one.group and one.id not in notes and (container in known or one.id in bound):
                one.group = "box" + (container or one.id)[:24]
            if one.id in notes:
                one.note(bound[one.id])
            else:
                one.take(files)


def _ours(element: dict[str, Any]) -> dict[str, Any]:
    """What this program wrote into the element when it wrote it."""
    return fields(fields(element.get("customData")).get("classroom"))


class _Element:
    """One element on its way in."""

    def __init__(self, element: dict[str, Any], out: Brought, dx: float, dy: float) -> None:
        self.e, self.out = element, out
        self.id = text(element.get("id"))
        self.x, self.y = number(element.get("x")) + dx, number(element.get("y")) + dy
        self.w, self.h = number(element.get("width")), number(element.get("height"))
        self.opacity = min(100.0, max(0.0, number(element.get("opacity"), 100.0)))
        groups = [text(one) for one in items(element.get("groupIds")) if isinstance(one, str)]
        self.group = (groups[-1] if groups else text(element.get("frameId")))[:32]
        self.line = colour(element.get("strokeColor", "#1e1e1e"))

    def common(self, box: tuple[float, float, float, float] | None = None) -> dict[str, Any]:
        x, y, w, h = box or (self.x, self.y, self.w, self.h)
        return {
            "transform": turned(number(self.e.get("angle")), x + w / 2, y + h / 2),
            "group": self.group,
            "locked": self.e.get("locked") is True,
        }

    def take(self, files: dict[str, Any]) -> None:
        kind = self.e.get("type")
        if kind == "freedraw":
            self.freedraw()
        elif kind in ("rectangle", "diamond", "ellipse"):
            self.figure(kind)
        elif kind in ("line", "arrow"):
            self.linear(kind == "arrow")
        elif kind == "text":
            self.words()
        elif kind == "image":
            self.image(files)
        elif kind in ("frame", "magicframe"):
            self.out.leave("Borders of frames (what is in them is grouped): {n}.")
        elif kind != "selection":
            self.out.leave("Embedded pages or unknown things: {n}.")
        if self.e.get("link"):
            self.out.leave("Links: {n}.")

    # -- strokes

    def freedraw(self) -> None:
        at = [(self.x + px, self.y + py) for px, py in places(self.e.get("points"))]
        pressures = items(self.e.get("pressures"))
        even = self.e.get("simulatePressure") is True or len(pressures) < len(at)
        points = [(*p, 0.5 if even else min(1.0, max(0.0, number(pressures[i], 0.5)))) for i, p in enumerate(at)]
        if not points or not self.line:
            self.out.leave("Strokes without points or colour: {n}.")
            return
        through = 0 < self.opacity <= TRANSLUCENT
        self.out.stroke(
            points,
            {
                **self.common(around(points)),
                "tool": "highlighter" if through else "pen",
                "colour": self.line if through else paler(self.line, self.opacity / 100),
                "width": width(NIB * number(self.e.get("strokeWidth"), 1)),
            },
        )

    # -- figures

    def style(self, closed: bool = True) -> dict[str, Any] | None:
        """Colour, fill, width and dash; None where nothing of it is seen."""
        fill = self.fill() if closed else ""
        line = self.line or fill
        if not line or self.opacity == 0:
            self.out.leave("Figures that cannot be seen: {n}.")
            return None
        dash = self.e.get("strokeStyle")
        return {
            "colour": paler(line, self.opacity / 100),
            "fill": paler(fill, self.opacity / 100),
            "width": width(number(self.e.get("strokeWidth"), 2)),
            "dash": dash if dash in ("dashed", "dotted") else "solid",
        }

    def fill(self) -> str:
        said = text(self.e.get("backgroundColor")).lower()
        return WASHED.get(said) or TWINS.get(said) or colour(said)

    def figure(self, kind: str) -> None:
        style = self.style()
        if style is None:
            return
        corners: tuple[Place, ...] = ()
        if kind == "diamond":
            kind, corners = "polygon", DIAMOND
        elif kind == "rectangle" and self.e.get("roundness") is None:
            kind, corners = "polygon", SHARP
        self.out.put("shape", {**self.common(), **self.box(), **style, "kind": kind, "corners": corners})

    def box(self) -> dict[str, float]:
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}

    # -- lines

    def linear(self, arrow: bool) -> None:
        at = [(self.x + px, self.y + py) for px, py in places(self.e.get("points"))]
        bent = self.e.get("roundness") is not None and len(at) > 2
        head = self.e.get("endArrowhead", "arrow" if arrow else None) is not None
        tail = self.e.get("startArrowhead") is not None
        if tail and not head:
            at, head, tail = at[::-1], True, False
        if tail:
            self.out.leave("Second heads of arrows: {n}.")
        closed = len(at) > 3 and not head and (self.e.get("polygon") is True or math.dist(at[0], at[-1]) < 1)
        style = self.style(closed)
        if style is None or len(at) < 2:
            return
        shown = curve(at) if bent and 12 * len(at) <= MOST_POINTS else at
        about = around(shown)
        common = self.common(about)
        if closed and len(shown) <= 200:
            x, y, w, h = around(shown[:-1])
            corners = tuple(((px - x) / (w or 1), (py - y) / (h or 1)) for px, py in shown[:-1])
            box = {"x": x, "y": y, "w": w, "h": h}
            self.out.put("shape", {**common, **style, **box, "kind": "polygon", "corners": corners})
            return
        if len(at) == 2:
            self.straight(at[0], at[1], head, common, style)
            return
        common["group"] = common["group"] or "line" + self.id[:24]
        if not bent and len(at) <= MOST_PIECES:
            for n in range(len(at) - 1):
                self.straight(at[n], at[n + 1], head and n == len(at) - 2, common, style)
            return
        self.bent(shown, head, common, style)

    def straight(self, a: Place, b: Place, head: bool, common: dict[str, Any], style: dict[str, Any]) -> None:
        box = {"x": a[0], "y": a[1], "w": b[0] - a[0], "h": b[1] - a[1]}
        self.out.put("shape", {**common, **style, **box, "kind": "arrow" if head else "line", "fill": ""})

    def bent(self, at: list[Place], head: bool, common: dict[str, Any], style: dict[str, Any]) -> None:
        """A stroke, and for an arrow its last bit as one."""
        if style["dash"] != "solid":
            self.out.leave("Dashes of bent lines: {n}.")
        if head:
            reach = 11 * style["width"]
            n = len(at) - 2
            while n > 0 and math.dist(at[n], at[-1]) < reach:
                n -= 1
            self.straight(at[n], at[-1], True, common, {**style, "dash": "solid"})
            at = at[: n + 1]
        if len(at) > 1:
            pen = {"colour": style["colour"], "width": style["width"]}
            self.out.stroke([(*p, 0.5) for p in at], {**common, **pen})

    # -- words and pictures

    def words(self) -> None:
        plain = text(self.e.get("originalText")) or text(self.e.get("text"))
        mine = _ours(self.e).get("text")
        source = mine if isinstance(mine, str) and _ours(self.e).get("shows") == plain else self.markdown(plain)
        if not plain.strip() or not self.line:
            return
        loose = self.e.get("autoResize") is not False and not self.e.get("containerId")
        self.out.put(
            "text",
            {
                **self.common(),
                "x": self.x,
                "y": self.y,
                "w": 0 if loose else max(0.0, self.w),
                "h": max(0.0, self.h),
                "text": source,
                "size": min(400.0, max(4.0, number(self.e.get("fontSize"), 20))),
                "colour": paler(self.line, self.opacity / 100),
                "align": {"center": "centre", "right": "right"}.get(text(self.e.get("textAlign")), "left"),
            },
        )

    def markdown(self, plain: str) -> str:
        if self.e.get("fontFamily") in CODE_FONTS and "```" not in plain:
            return f"```\n{plain}\n```"
        return escaped(plain)

    def note(self, words: dict[str, Any]) -> None:
        plain = text(words.get("originalText")) or text(words.get("text"))
        mine = _ours(words).get("text")
        source = mine if isinstance(mine, str) and _ours(words).get("shows") == plain else escaped(plain)
        named = _ours(self.e).get("colour")
        said = named if isinstance(named, str) and self.e.get("backgroundColor") == papered(named) else ""
        size = min(400.0, max(4.0, number(words.get("fontSize"), 28)))
        style = {"colour": said or self.fill() or "amber", "text": source, "size": size}
        self.out.put("note", {**self.common(), **self.box(), **style})

    def image(self, files: dict[str, Any]) -> None:
        key = text(self.e.get("fileId"))
        asset = self.out.picture(key, fields(files.get(key)).get("dataURL"))
        if not asset:
            return
        x, y, w, h = self.x, self.y, self.w, self.h
        common = self.common()
        crop = fields(self.e.get("crop"))
        if crop:
            # All of the picture, so that what was seen of it is where it was.
            across = w / max(1.0, number(crop.get("width"), 1))
            high = h / max(1.0, number(crop.get("height"), 1))
            x, y = x - number(crop.get("x")) * across, y - number(crop.get("y")) * high
            w, h = number(crop.get("naturalWidth"), 1) * across, number(crop.get("naturalHeight"), 1) * high
            self.out.leave("Cropping of pictures, which are shown whole: {n}.")
        flip = [-1.0 if number(s, 1) < 0 else 1.0 for s in [*items(self.e.get("scale")), 1, 1][:2]]
        if flip != [1.0, 1.0]:
            cx, cy = self.x + self.w / 2, self.y + self.h / 2
            mirror: Matrix = (flip[0], 0.0, 0.0, flip[1], cx - flip[0] * cx, cy - flip[1] * cy)
            common["transform"] = times(common["transform"] or IDENTITY, mirror)
        if self.opacity < 100:
            self.out.leave("Opacity of pictures: {n}.")
        self.out.put("image", {**common, "x": x, "y": y, "w": w, "h": h, "asset": asset})


# -- out --------------------------------------------------------------------------------------------------------------

Assets = Callable[[str], "tuple[bytes, str] | None"]
"""A picture's bytes and MIME type by its asset; None where it is not to be had."""


def write(drawables: Iterable[r.Record], assets: Assets) -> bytes:
    """A `.excalidraw` file of the drawables, bottom to top."""
    out = _Writer(assets)
    # Continued strokes are one again: an element has as many points as it likes.
    strokes: dict[str, list[r.Ink]] = {}
    order: list[r.Record] = []
    for one in drawables:
        if isinstance(one, r.Ink) and one.part:
            strokes.setdefault(one.part, []).append(one)
        else:
            order.append(one)
    heads = {one.id for one in order}
    order += [one for first, parts in strokes.items() if first not in heads for one in parts]
    for one in order:
        if isinstance(one, r.Ink):
            out.stroke(one, strokes.get(one.id, []) if one.id in heads else [])
        elif isinstance(one, r.Shape):
            out.shape(one)
        elif isinstance(one, r.TextBox):
            out.words(one)
        elif isinstance(one, r.Note):
            out.note(one)
        elif isinstance(one, r.Picture):
            out.picture(one)
    return out.file()


def papered(name: str) -> str:
    """What a note of that colour lies on, as Excalidraw is told."""
    try:
        return "#" + bytes(paper(name, "light")).hex()
    except ValueError:
        return ""


class _Writer:
    """Puts elements together."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self.elements: list[dict[str, Any]] = []
        self.files: dict[str, Any] = {}

    def file(self) -> bytes:
        drawing = {
            "type": "excalidraw",
            "version": 2,
            "source": "classroom",
            "elements": self.elements,
            "appState": {"viewBackgroundColor": "#ffffff", "gridSize": None},
            "files": self.files,
        }
        return msgspec.json.format(msgspec.json.encode(drawing), indent=2)

    def add(self, record: r.Drawable, type: str, box: tuple[float, float, float, float], **more: Any) -> dict[str, Any]:
        x, y, w, h = box
        n = len(self.elements) + 1
        element: dict[str, Any] = {
            "id": record.id,
            "type": type,
            "x": _short(x),
            "y": _short(y),
            "width": _short(w),
            "height": _short(h),
            "angle": 0,
            "strokeColor": _hex(getattr(record, "colour", "ink")),
            "backgroundColor": "transparent",
            "fillStyle": "solid",
            "strokeWidth": getattr(record, "width", 2),
            "strokeStyle": "solid",
            "roughness": 0,
            "opacity": 100,
            "groupIds": [record.group] if record.group else [],
            "frameId": None,
            "roundness": None,
            "seed": n,
            "version": 1,
            "versionNonce": n,
            "isDeleted": False,
            "boundElements": None,
            "updated": 1,
            "link": None,
            "locked": record.locked,
            **more,
        }
        self.elements.append(element)
        return element

    def placed(self, record: r.Drawable, points: Sequence[Sequence[float]]) -> tuple[list[Place], float]:
        """Points as they lie before the element is turned about its middle, and the angle of that."""
        m = record.transform or IDENTITY
        a, b, c, d, _, _ = m
        across = math.hypot(a, b)
        skew = (a * c + b * d) / across if across else 0.0
        x, y, w, h = around(points)
        middle = (x + w / 2, y + h / 2)
        cx, cy = _through(m, middle)
        if not across or abs(skew) > 1e-3 * across:
            return [_through(m, (p[0], p[1])) for p in points], 0.0
        if a * d < b * c and a < 0:
            # Mirrored: of its two readings the one that is turned less.
            a, b, across = -a, -b, -across
            high = (b * c - a * d) / across
        else:
            high = (a * d - b * c) / across
        angle = math.atan2(b, a)
        return [(cx + across * (p[0] - middle[0]), cy + high * (p[1] - middle[1])) for p in points], angle

    def boxed(self, record: r.Drawable, x: float, y: float, w: float, h: float) -> tuple[list[Place], float]:
        return self.placed(record, [(x, y), (x + w, y + h)])

    def stroke(self, first: r.Ink, more: list[r.Ink]) -> None:
        points: list[Sequence[float]] = []
        for one in [first, *more]:
            points += [tuple(map(float, p)) for p in ink.unpack(one.points, one.quantum)][1 if points else 0 :]
        at, angle = self.placed(first, points)
        _, _, w, h = around(at)
        pressures = [round(p[2], 4) for p in points]
        even = all(p == 0.5 for p in pressures)
        start = at[0]
        scale = _scale(first.transform)
        self.add(
            first,
            "freedraw",
            (start[0], start[1], w, h),
            angle=angle,
            points=[[_short(px - start[0]), _short(py - start[1])] for px, py in at],
            pressures=[] if even else pressures,
            simulatePressure=False,
            strokeWidth=_short(first.width * scale / NIB),
            opacity=MARKER if first.tool == "highlighter" else 100,
        )

    def shape(self, shape: r.Shape) -> None:
        style: dict[str, Any] = {
            "strokeStyle": shape.dash,
            "strokeWidth": _short(shape.width * _scale(shape.transform)),
            "backgroundColor": _fill(shape.fill),
        }
        if shape.kind in ("line", "arrow"):
            ends = [(shape.x, shape.y), (shape.x + shape.w, shape.y + shape.h)]
            self.linear(shape, ends, "arrow" if shape.kind == "arrow" else None, style)
            return
        corners = shape.corners if shape.kind == "polygon" else SHARP
        at, angle = self.placed(shape, [(shape.x + shape.w * u, shape.y + shape.h * v) for u, v in corners] or [(0, 0)])
        kind = {"rectangle": "rectangle", "ellipse": "ellipse"}.get(shape.kind, "")
        if shape.kind == "polygon" and _same(shape.corners, DIAMOND) and shape.transform is None:
            kind = "diamond"
        elif shape.kind == "polygon" and _same(shape.corners, SHARP):
            kind = "rectangle"
        if kind:
            roundness = {"type": 3} if shape.kind == "rectangle" else None
            self.add(shape, kind, around(at), angle=angle, roundness=roundness, **style)
        else:
            self.linear(shape, [*at, at[0]], None, style, angle)

    def linear(
        self,
        shape: r.Shape,
        points: Sequence[Place],
        head: str | None,
        style: dict[str, Any],
        angle: float | None = None,
    ) -> None:
        at, turn = (list(points), angle) if angle is not None else self.placed(shape, points)
        _, _, w, h = around(at)
        start = at[0]
        self.add(
            shape,
            "arrow" if head else "line",
            (start[0], start[1], w, h),
            angle=turn,
            points=[[_short(px - start[0]), _short(py - start[1])] for px, py in at],
            lastCommittedPoint=None,
            startBinding=None,
            endBinding=None,
            startArrowhead=None,
            endArrowhead=head,
            **({"elbowed": False} if head else {"polygon": len(at) > 2}),
            **style,
        )

    def words(self, record: r.TextBox) -> None:
        wide = max([record.w, *(x + w for _, _, runs in record.lines for x, w, _, _ in runs)])
        at, angle = self.boxed(record, record.x, record.y, wide or 1, record.h or record.size)
        self.text(record, record, around(at), angle, None)

    def text(
        self,
        record: r.TextBox | r.Note,
        named: r.Drawable,
        box: tuple[float, float, float, float],
        angle: float,
        container: str | None,
    ) -> None:
        code = record.text.startswith("```\n") and record.text.endswith("\n```")
        plain = record.text[4:-4] if code else shown(record)
        mine = {} if code or escaped(plain) == record.text else {"text": record.text, "shows": plain}
        element = self.add(
            named,
            "text",
            box,
            angle=angle,
            strokeWidth=2,
            fontSize=_short(record.size * _scale(record.transform)),
            fontFamily=3 if code else 2,
            text=plain,
            originalText=plain,
            textAlign={"centre": "center"}.get(getattr(record, "align", "left"), getattr(record, "align", "left")),
            verticalAlign="top",
            containerId=container,
            autoResize=container is None and getattr(record, "w", 0) == 0,
            lineHeight=1.35,
        )
        if isinstance(record, r.Note):
            element["strokeColor"] = _hex("ink")
        if mine:
            element["customData"] = {"classroom": mine}

    def note(self, note: r.Note) -> None:
        at, angle = self.boxed(note, note.x, note.y, note.w, note.h)
        box = around(at)
        words = f"{note.id[:26]}-words"
        self.add(
            note,
            "rectangle",
            box,
            angle=angle,
            strokeColor="transparent",
            backgroundColor=papered(note.colour),
            boundElements=[{"type": "text", "id": words}],
            customData={"classroom": {"note": True, "colour": note.colour}},
        )
        x, y, w, h = box
        self.text(note, note, (x + 16, y + 16, max(1.0, w - 32), max(1.0, h - 32)), angle, note.id)
        self.elements[-1]["id"] = words

    def picture(self, picture: r.Picture) -> None:
        found = self.assets(picture.asset)
        if found is None:
            return
        data, mime = found
        import base64

        key = picture.asset[:40]
        url = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        self.files[key] = {"mimeType": mime, "id": key, "dataURL": url, "created": 1, "lastRetrieved": 1}
        at, angle = self.boxed(picture, picture.x, picture.y, picture.w, picture.h)
        flip = [1 if at[1][i] >= at[0][i] else -1 for i in (0, 1)]
        self.add(
            picture, "image", around(at), angle=angle, fileId=key, status="saved", scale=flip, crop=None,
            strokeColor="transparent",
        )  # fmt: skip


def shown(record: r.TextBox | r.Note) -> str:
    """The words of a text as they are read, without its markup."""
    from classroom.render.markup import blocks

    lines = ["".join([b.marker + " " if b.marker else "", *(p.words for p in b.pieces)]) for b in blocks(record.text)]
    return "\n".join(lines).replace("\u2060", "")


def _same(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) < 1e-6 for p, q in zip(one, other, strict=True) for a, b in zip(p, q, strict=True)
    )


def _through(m: Matrix | r.Transform, at: Place) -> Place:
    a, b, c, d, e, f = m
    return a * at[0] + c * at[1] + e, b * at[0] + d * at[1] + f


def _scale(m: Matrix | r.Transform | None) -> float:
    return math.sqrt(abs(m[0] * m[3] - m[1] * m[2])) if m else 1.0


def _hex(name: str) -> str:
    return "#1e1e1e" if name == "ink" else HEX.get(name, name)


def _fill(name: str) -> str:
    if not name:
        return "transparent"
    return wash(name) if name in HEX else PALE.get(name, name)


def _short(value: float) -> float:
    return round(value, 4)
