"""What is brought in from another program, while it is put together: drawables as plain fields, pictures, sentences.

It promises that everything it takes is inside the records' limits: what is not is left out and counted. Total functions
turn whatever a file says into a number, a word or a colour.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec

from classroom.core import ink
from classroom.core import records as r
from classroom.render.palette import INK

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Place: TypeAlias = tuple[float, float]

MOST_THINGS = 5_000
MOST_POINTS = 400_000
"""Of one drawing: as many as a full page of handwriting has."""
MOST_WORDS = 100_000
"""Characters of all texts together; of notes a fifth, since they are laid out several times until they fit."""
NOTE_SIZE = 60.0
MOST_PICTURES = 100
FAR = 1e6
"""Board units. What lies further out is nowhere."""
FINEST = 6
"""Quantum of strokes from elsewhere: their points are no whole pixels."""
PICTURES = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,", re.IGNORECASE)

NO_PICTURE = "Pictures that are not inside the file, or of a kind that may hold scripts: {n}."
PICTURE = "picture:"
"""Begins the `asset` of a picture that has not been stored yet; then its key in `pictures`."""
HEX = {name: "#" + bytes(rgb).hex() for name, rgb in INK["light"].items()}
"""What the palette's names are on the light board."""
NAMES = {value: name for name, value in HEX.items()}


class NotReadable(ValueError):
    """Nothing of it could be read; the text says why, to people."""


@dataclass
class Brought:
    """`objects`: fields of drawables, bottom to top. `pictures`: bytes by the key that their `asset` names."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    _left: Counter[str] = field(default_factory=Counter)
    _points: int = 0
    _strokes: int = 0
    _words: int = 0

    @property
    def left_out(self) -> list[str]:
        """Sentences about what did not come along."""
        return [sentence.replace("{n}", str(n)) for sentence, n in self._left.items()]

    def leave(self, sentence: str) -> None:
        """Something was left out. `{n}` in the sentence becomes how often it was said."""
        self._left[sentence] += 1

    def put(self, type: str, fields: dict[str, Any]) -> bool:
        """Takes a drawable, where it is inside the limits."""
        if len(self.objects) >= MOST_THINGS:
            self.leave(f"More than {MOST_THINGS:,} things: {{n}}.")
            return False
        if type == "note":
            fields = {**fields, "size": min(NOTE_SIZE, fields.get("size", 28.0))}
        words = len(fields.get("text", "")) * (5 if type == "note" else 1)
        if words and self._words + words > MOST_WORDS:
            self.leave("More words than a page holds, in texts: {n}.")
            return False
        self._words += words
        made = {"type": type, **{name: value for name, value in fields.items() if not _empty(value)}}
        kept = {"asset": "0" * 64} if type == "image" else {}
        try:
            msgspec.convert({"id": "x", "page": "x", "z": "a1", **made, **kept}, r.TYPES[type])
        except (msgspec.ValidationError, OverflowError):
            self.leave("Things that lie too far out or are too large: {n}.")
            return False
        self.objects.append(made)
        return True

    def stroke(self, points: Sequence[Sequence[float]], fields: dict[str, Any]) -> bool:
        """Takes a freehand line of any length. `points`: x, y, pressure each."""
        self._points += len(points)
        if self._points > MOST_POINTS:
            self.leave("Strokes past the 400,000 points that fit: {n}.")
            return False
        if not points or any(not abs(value) <= FAR for point in points for value in point):
            self.leave("Things that lie too far out or are too large: {n}.")
            return False
        first = ""
        for at in range(0, max(1, len(points) - 1), ink.MAX_POINTS - 1):
            piece = points[at : at + ink.MAX_POINTS]
            made = {**fields, "quantum": FINEST, "points": ink.pack(piece, FINEST)}
            if len(points) > ink.MAX_POINTS:
                # Parts name the first by an id, which is given anew when they are laid down.
                self._strokes += 1
                made["id"] = f"stroke{self._strokes}"
                made["part"] = first
                first = first or str(made["id"])
            if not self.put("ink", made):
                return False
        return True

    def picture(self, key: str, url: object) -> str:
        """The `asset` for a picture that is inside the file as a data URL; "" where it is none."""
        if key not in self.pictures:
            if len(self.pictures) >= MOST_PICTURES or not isinstance(url, str) or not (head := PICTURES.match(url)):
                self.leave(NO_PICTURE)
                return ""
            try:
                self.pictures[key] = base64.b64decode(url[head.end() :], validate=False)
            except (binascii.Error, ValueError):
                self.leave(NO_PICTURE)
                return ""
        return PICTURE + key

    def settled(self, stored: dict[str, str]) -> list[dict[str, Any]]:
        """The objects with the pictures' real assets; those whose picture was not stored are left out.

        `stored`: asset by key of `pictures`."""
        out = []
        for made in self.objects:
            asset = made.get("asset", "")
            if asset.startswith(PICTURE):
                kept = stored.get(asset[len(PICTURE) :])
                if kept is None:
                    self.leave("Pictures that could not be read: {n}.")
                    continue
                made = {**made, "asset": kept}
            out.append(made)
        return out


def _empty(value: object) -> bool:
    return value is None or value is False or value == "" or value == ()


# -- whatever a file says --------------------------------------------------------------------------------------------


def number(value: object, otherwise: float = 0.0) -> float:
    """A finite number within what a board holds, or `otherwise`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return otherwise
    return float(value) if abs(value) <= 1e9 else otherwise


def text(value: object, otherwise: str = "") -> str:
    """A string, or `otherwise`."""
    return value if isinstance(value, str) else otherwise


def fields(value: object) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def places(value: object) -> list[Place]:
    """[[x, y], …] or [{x, y}, …]; what is neither is passed over."""
    out: list[Place] = []
    for one in items(value):
        if isinstance(one, (list, tuple)) and len(one) >= 2:
            out.append((number(one[0]), number(one[1])))
        elif isinstance(one, dict):
            out.append((number(one.get("x")), number(one.get("y"))))
    return out


def colour(value: object) -> str:
    """A colour as a record has it; "" for a transparent one, or none."""
    said = text(value).strip().lower()
    if said in NAMES:
        return NAMES[said]
    if re.fullmatch(r"#[0-9a-f]{3}", said):
        said = "#" + "".join(2 * c for c in said[1:])
    if re.fullmatch(r"#[0-9a-f]{8}", said):
        if said.endswith("00"):
            return ""
        said = said[:7]
    if said in ("#000000", "#1e1e1e", "black"):
        return "ink"
    if re.fullmatch(r"#[0-9a-f]{6}", said):
        return NAMES.get(said, said)
    return HEX_OF_CSS.get(said, "")


HEX_OF_CSS = {
    "red": "#ff0000", "green": "#008000", "blue": "#0000ff", "white": "#ffffff", "gray": "#808080",
    "grey": "#808080", "orange": "#ffa500", "yellow": "#ffff00", "purple": "#800080",
}  # fmt: skip
"""Names that hand-written files use."""


def paler(of: str, opacity: float) -> str:
    """A colour as it looks on white through its opacity, 0..1: what has no opacity of its own keeps the look."""
    if opacity >= 0.995 or not of:
        return of
    raw = HEX.get(of, of)
    rgb = [int(raw[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + bytes(round(255 - (255 - c) * max(0.0, opacity)) for c in rgb).hex()


def width(value: float) -> float:
    """A line's width in whole sixteenths."""
    return min(400.0, max(0.0625, round(value * 16) / 16))


def escaped(words: str) -> str:
    """Markdown that shows exactly these words."""
    out = []
    for line in words.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = re.sub(r"([\\$*_`])", r"\\\1", line)
        line = re.sub(r"^( *)([#-])", r"\1\\\2", line)
        # A number that would begin a list: a joiner of no width keeps it a number.
        out.append(re.sub(r"^( *[0-9]{1,9})([.)] )", "\\1\u2060\\2", line))
    return "\n".join(out)


# -- matrices ---------------------------------------------------------------------------------------------------------

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def times(m: Matrix, n: Matrix) -> Matrix:
    """First `n`, then `m`."""
    a, b, c, d, e, f = m
    p, q, s, t, u, v = n
    return (a * p + c * q, b * p + d * q, a * s + c * t, b * s + d * t, a * u + c * v + e, b * u + d * v + f)


def turned(angle: float, x: float, y: float) -> Matrix | None:
    """Turning by `angle` (radians, clockwise on screen) about a place; None for no turning."""
    if abs(math.remainder(angle, 2 * math.pi)) < 1e-6:
        return None
    c, s = math.cos(angle), math.sin(angle)
    return (c, s, -s, c, x - c * x + s * y, y - s * x - c * y)


def around(points: Iterable[Sequence[float]]) -> tuple[float, float, float, float]:
    """x, y, w, h of the box that holds the points."""
    xs, ys = zip(*((p[0], p[1]) for p in points), strict=True)
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def curve(points: Sequence[Place], steps: int = 12) -> list[Place]:
    """A smooth line through the points (Catmull and Rom's spline)."""
    if len(points) < 3:
        return list(points)
    out = [points[0]]
    n = len(points)
    for i in range(n - 1):
        p0, p1, p2, p3 = points[max(0, i - 1)], points[i], points[i + 1], points[min(n - 1, i + 2)]
        for k in range(1, steps + 1):
            t = k / steps
            weights = (
                -0.5 * t + t * t - 0.5 * t**3,
                1 - 2.5 * t * t + 1.5 * t**3,
                0.5 * t + 2 * t * t - 1.5 * t**3,
                -0.5 * t * t + 0.5 * t**3,
            )
            out.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (p0, p1, p2, p3), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (p0, p1, p2, p3), strict=True)),
                )
            )
    return out
