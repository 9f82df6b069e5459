"""The figures of a shape record: the polygons that are filled to draw it. The twin is `core/shapes.ts`.

It promises that Python and TypeScript give, bit for bit, the same polygons (`tests/vectors/shapes.json` judges both):
only float64 + - * / sqrt, floor and comparisons, in the order written here. It is total: every record inside its limits
gives finitely many corners, whatever its numbers. It must never look at colours, and must never import numpy before a
function needs it.

1. The box is x, y to x + w, y + h; w and h may be negative. A line and an arrow go from the first corner to the second,
   so that their direction is kept. The corners of a polygon are parts of the box: (0.5, 1) is x + w/2, y + h. Corners
   that repeat the one before are dropped; with fewer than three left, a polygon is a line or a dot. A rectangle or
   ellipse narrower than 2**-10 is a line.
2. An arrow's head is two barbs from the tip: 5 widths long, or half the arrow where that is less, and each reaching
   half of that to its side. It is solid, whatever the dash.
3. A rectangle's corners are rounded by 2 widths, or half its shorter side where that is less.
4. An arc is halved until the curve at the line's outer edge leaves its chord by less than 1/64 of a unit, at least
   three times and, but for the tips of thin ellipses, at most nine times for each quarter: no corner shows at 16 times.
5. A solid rectangle or ellipse is its outer edge, and its inner edge turning the other way, where there is an inside.
   Where an ellipse is bent more sharply than half its line, the inner edge ends where it meets the axis. All else is
   one round-capped bar for each straight piece, or one disc where there is no length.
6. Dashes are 3 widths and as much between them, dots 2.25 widths apart, fitted so that a whole number of them fills the
   line, and an open line begins and ends with one. There are at most 1,000. A dash round a bend is drawn as ink is.
7. The fill is the middle of the line, closed. Only closed figures have one.

All polygons of the stroke but inner edges turn as those of `outline.py` do, so that filled non-zero as one path they
add up. The polygon of a fill may turn either way, and cross itself.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from classroom.core.outline import outlines
from classroom.core.records import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Point: TypeAlias = tuple[float, float]
Line: TypeAlias = list[Point]

FLAT = 2.0**-10
DOT = 2.0**-20
"""Board units: what is shorter has no direction."""
BOW = 0.015625
LEAST, MOST, DEEP = 3, 9, 40
"""Halvings of a quarter; DEEP where the normals of both ends are further than the root of SHARP apart: a tip."""
SHARP = 0.04
DASHES = 1_000
QUANTUM = 6
"""How finely a bent dash is drawn, as of ink (`outline.py`)."""


class ShapePaths(NamedTuple):
    """Closed polygons (k, 2) in board units, before `transform`: of the line, and of what it goes round."""

    stroke: list[Floats]
    fill: list[Floats]


class _Curve(NamedTuple):
    """A rectangle or ellipse: its middle line, which ends where it began, and its edges (no inner one: empty)."""

    middle: Line
    outer: Line
    inner: Line


def shape_paths(shape: Shape) -> ShapePaths:
    """What is filled, non-zero, to draw `shape`: first its fill, then its stroke, each as one path."""
    import numpy as np

    r = float(shape.width) * 0.5
    cap = [(r * c, r * s) for c, s, _, _ in _quarter(r, r, 0.0)]
    curve = _curve(shape, r)
    stroke: list[Line] = []
    bent: list[Line] = []
    if curve is not None:
        fill = [curve.middle[:-1]]
        if shape.dash == "solid":
            stroke = [curve.outer, curve.inner[::-1]] if curve.inner else [curve.outer]
        else:
            for piece in _dashes(curve.middle, True, shape):
                if len(piece) > 2:
                    bent.append(piece)
                else:
                    stroke += _bars(piece, cap)
    else:
        lines = shape_lines(shape)
        main = lines[0]
        closed = len(main) > 3 and main[0] == main[-1]
        fill = [main[:-1]] if closed else []
        pieces = [main] if shape.dash == "solid" else _dashes(main, closed, shape)
        for line in pieces + lines[1:]:
            stroke += _bars(line, cap)
    polygons = [np.array(line, dtype=np.float64) for line in stroke]
    if bent:
        points = np.array([(x, y, 0.5) for line in bent for x, y in line], dtype=np.float64)
        start = np.cumsum([0] + [len(line) for line in bent])
        many = len(bent)
        made = outlines(points, start, [2 * r] * many, [QUANTUM] * many, [True] * many)
        polygons += np.split(made.xy, made.start[1:-1])
    return ShapePaths(polygons, [np.array(line, dtype=np.float64) for line in fill])


def shape_lines(shape: Shape) -> list[Line]:
    """The middle of the line, for measuring distances; a closed one ends where it began. An arrow has two."""
    curve = _curve(shape, float(shape.width) * 0.5)
    if curve is not None:
        return [curve.middle]
    x, y, w, h = float(shape.x), float(shape.y), float(shape.w), float(shape.h)
    if shape.kind == "polygon":
        line = _distinct([(x + w * u, y + h * v) for u, v in shape.corners] or [(x, y)])
        if len(line) > 1 and line[0] == line[-1]:
            line.pop()
        return [[*line, line[0]] if len(line) > 2 else line]
    tip = (x + w, y + h)
    length = math.sqrt(w * w + h * h)
    shaft = _distinct([(x, y), tip])
    if shape.kind != "arrow" or length < DOT:
        return [shaft]
    head = 5.0 * float(shape.width)
    if head > length * 0.5:
        head = length * 0.5
    ux, uy = w / length * head, h / length * head
    left = (tip[0] - ux - 0.5 * uy, tip[1] - uy + 0.5 * ux)
    right = (tip[0] - ux + 0.5 * uy, tip[1] - uy - 0.5 * ux)
    return [shaft, [left, tip, right]]


def _curve(shape: Shape, r: float) -> _Curve | None:
    """The edges of a rectangle or an ellipse; None for anything that is made of straight pieces."""
    x, y, w, h = float(shape.x), float(shape.y), float(shape.w), float(shape.h)
    if shape.kind not in ("rectangle", "ellipse") or abs(w) < FLAT or abs(h) < FLAT:
        return None
    if shape.kind == "ellipse":
        cx, cy, a, b = x + w * 0.5, y + h * 0.5, abs(w) * 0.5, abs(h) * 0.5
        arc = _quarter(a, b, r)
        middle = _around([(a * c, b * s) for c, s, _, _ in arc], cx, cx, cy, cy)
        outer = _around([(a * c + r * nx, b * s + r * ny) for c, s, nx, ny in arc], cx, cx, cy, cy)
        inner: Line = []
        if a > r and b > r:
            edge_in = [(a * c - r * nx, b * s - r * ny) for c, s, nx, ny in arc]
            inner = _around(_unfolded(edge_in, a, b, r), cx, cx, cy, cy)
        return _Curve([*middle, middle[0]], outer, inner)
    left, right = (x, x + w) if w > 0 else (x + w, x)
    top, bottom = (y, y + h) if h > 0 else (y + h, y)
    wide, high = right - left, bottom - top
    short = wide if wide < high else high
    bend = 4.0 * r
    if bend > short * 0.5:
        bend = short * 0.5
    unit = [(c, s) for c, s, _, _ in _quarter(bend + r, bend + r, 0.0)]

    def edge(radius: float, inset: float) -> Line:
        arc = [(radius * c, radius * s) for c, s in unit] if radius > 0 else [(0.0, 0.0)]
        return _around(arc, right - inset, left + inset, top + inset, bottom - inset)

    middle = _eased(edge(bend, bend))
    inner = edge(bend - r, bend if bend > r else r) if short > 2.0 * r else []
    return _Curve([*middle, middle[0]], edge(bend + r, bend), inner)


def _quarter(a: float, b: float, r: float) -> list[tuple[float, float, float, float]]:
    """The first quarter of the ellipse with half axes a and b: unit points c, s, of which (a c, b s) is the place, and
    the unit normals there; as finely as its curve at the distance r needs."""

    def normal(c: float, s: float) -> tuple[float, float, float, float]:
        ex, ey = b * c, a * s
        n = math.sqrt(ex * ex + ey * ey)
        return c, s, ex / n, ey / n

    out = [normal(1.0, 0.0)]
    # What is still to be reached, nearest last, with how often it was halved.
    ahead = [(normal(0.0, 1.0), 0)]
    while ahead:
        c0, s0, nx0, ny0 = out[-1]
        end, depth = ahead[-1]
        c1, s1, nx1, ny1 = end
        dx = (a * c1 + r * nx1) - (a * c0 + r * nx0)
        dy = (b * s1 + r * ny1) - (b * s0 + r * ny0)
        tx, ty = nx1 - nx0, ny1 - ny0
        turn = tx * tx + ty * ty
        bow = (dx * dx + dy * dy) * turn
        if depth < LEAST or (bow > BOW and depth < (MOST if turn < SHARP else DEEP)):
            c, s = c0 + c1, s0 + s1
            n = math.sqrt(c * c + s * s)
            ahead[-1] = (end, depth + 1)
            ahead.append((normal(c / n, s / n), depth + 1))
        else:
            out.append(end)
            ahead.pop()
    return out


def _unfolded(quarter: Line, a: float, b: float, r: float) -> Line:
    """A quarter of an ellipse's inner edge, without the part beyond the axis, where the bend is sharper than r."""
    if a >= b:
        if b * b >= r * a:
            return quarter
        k = 1
        while k < len(quarter) - 1 and quarter[k][1] <= 0:
            k += 1
        (x0, y0), (x1, y1) = quarter[k - 1], quarter[k]
        return [(x0 + (x1 - x0) * (y0 / (y0 - y1)), 0.0), *quarter[k:]]
    return [(x, y) for y, x in _unfolded([(y, x) for x, y in quarter[::-1]], b, a, r)][::-1]


def _eased(line: Line) -> Line:
    """A closed line with a point on each straight piece as near to its ends as the arcs' own are: drawn as ink, arcs
    then begin and end where they should."""
    n = len(line)
    long = []
    for i in range(n):
        (ax, ay), (bx, by) = line[i], line[(i + 1) % n]
        dx, dy = bx - ax, by - ay
        long.append(math.sqrt(dx * dx + dy * dy))
    out: Line = []
    for i in range(n):
        (ax, ay), (bx, by) = line[i], line[(i + 1) % n]
        before, after = long[(i + n - 1) % n], long[(i + 1) % n]
        out.append(line[i])
        if long[i] > before + after:
            for t in (before / long[i], 1.0 - after / long[i]):
                out.append((ax + t * (bx - ax), ay + t * (by - ay)))
    return out


def _around(quarter: Line, right: float, left: float, top: float, bottom: float) -> Line:
    """A quarter laid round four centres, turning as outlines do."""
    back = quarter[::-1]
    line = _distinct(
        [(right + px, top - py) for px, py in quarter]
        + [(left - px, top - py) for px, py in back]
        + [(left - px, bottom + py) for px, py in quarter]
        + [(right + px, bottom + py) for px, py in back]
    )
    if len(line) > 1 and line[0] == line[-1]:
        line.pop()
    return line


def _distinct(line: Line) -> Line:
    return [p for i, p in enumerate(line) if i == 0 or p != line[i - 1]]


def _bars(line: Line, cap: Line) -> list[Line]:
    """A bar for each piece of the line; a disc where it has no length. `cap` is a quarter of the disc."""
    out: list[Line] = []
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = bx - ax, by - ay
        length = math.sqrt(dx * dx + dy * dy)
        if length < DOT:
            continue
        tx, ty = dx / length, dy / length
        bar = [(bx + (c * tx - s * ty), by + (c * ty + s * tx)) for c, s in cap[::-1]]
        bar += [(bx + (c * tx + s * ty), by + (c * ty - s * tx)) for c, s in cap[1:]]
        bar += [(ax - (c * tx - s * ty), ay - (c * ty + s * tx)) for c, s in cap[::-1]]
        bar += [(ax - (c * tx + s * ty), ay - (c * ty - s * tx)) for c, s in cap[1:]]
        out.append(bar)
    x, y = line[0]
    return out or [_around(cap, x, x, y, y)]


def _dashes(line: Line, closed: bool, shape: Shape) -> list[Line]:
    """The pieces of the line that are drawn; a dot is a piece of one point."""
    width = float(shape.width)
    on, off = (3.0 * width, 3.0 * width) if shape.dash == "dashed" else (0.0, 2.25 * width)
    along = [0.0]
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = bx - ax, by - ay
        along.append(along[-1] + math.sqrt(dx * dx + dy * dy))
    total = along[-1]
    if total < DOT:
        return [line[:1]]
    if closed:
        count = min(max(math.floor(min(total / (on + off), DASHES) + 0.5), 3), DASHES)
        step = total / count
        on = step * (on / (on + off))
    else:
        count = min(max(math.floor(min((total + off) / (on + off), DASHES) + 0.5), 1 if on > 0 else 2), DASHES)
        fit = total / (count * on + (count - 1) * off)
        step = (on + off) * fit
        on = on * fit

    def place(j: int, d: float) -> Point:
        (ax, ay), (bx, by) = line[j], line[j + 1]
        length = along[j + 1] - along[j]
        t = (d - along[j]) / length if length > 0 else 0.0
        t = 1.0 if t > 1 else t
        return ax + t * (bx - ax), ay + t * (by - ay)

    out: list[Line] = []
    j, last = 0, len(line) - 2
    for i in range(count):
        low = i * step
        high = low + on
        while j < last and along[j + 1] <= low:
            j += 1
        piece = [place(j, low)]
        k = j
        while k < last and along[k + 1] < high:
            k += 1
            piece.append(line[k])
        if on > 0:
            piece.append(place(k, high))
        out.append(_distinct(piece))
    return out
