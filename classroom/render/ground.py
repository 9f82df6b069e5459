"""A page's pattern as polygons. Twin: `board/ground.ts`

In board units from the page's top left corner, in the rule's colour, nothing on the edges themselves:

    dots   discs of radius 2 at every multiple of 40 in x and y
    grid   lines 1 wide, centred on every multiple of 40 in x and in y
    ruled  lines 1 wide, centred on every multiple of 48 in y
    axes   lines 1 wide every 40 in x and in y, counted from the page's middle; through it two axes, 2.5 wide, in the
           grey ink's colour
    staves groups of five lines 1 wide, 12 apart; the first of a group at 80 + k x 144 in y; a group is whole or is not
           there

On an endless page they go on in all directions, and axes go through 0, 0. It promises a bounded number of polygons:
past that every other mark is left out, again and again. It must never draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from classroom.core.outline import COS64, SIN64, Outlines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classroom.core.records import Page

SPACING = {"dots": 40, "grid": 40, "ruled": 48, "axes": 40, "staves": 144}
RULE_WIDTH = 1.0
AXIS_WIDTH = 2.5
DOT_RADIUS = 2.0
STAVES_TOP, STAVE_LINES, STAVE_GAP = 80.0, 5, 12.0
MOST = 300_000
"""Marks of one page: a little more than the dots of the largest page."""


def pattern(page: Page, box: tuple[float, float, float, float]) -> Iterator[tuple[bool, Outlines]]:
    """(is it an axis, polygons) bottom to top, of the part `box` (left, top, width, height) of an endless page, or of a
    whole page."""
    kind = page.pattern
    if kind == "blank":
        return
    area = box if page.endless else (0.0, 0.0, page.width, page.height)
    middle = (0.0, 0.0) if page.endless or kind != "axes" else (page.width / 2, page.height / 2)
    step = float(SPACING[kind])
    while _count(kind, area, step) > MOST:
        step *= 2
    left, top, width, height = area
    if kind == "staves":
        tall = STAVE_GAP * (STAVE_LINES - 1)
        groups = _marks(top, height, step, STAVES_TOP, within=tall)
        if not page.endless:
            groups = groups[groups + tall < height - 0.001]
        ys = (groups[:, None] + np.arange(STAVE_LINES) * STAVE_GAP).ravel()
        yield False, _lines(np.empty(0), ys[(ys > top) & (ys < top + height - 0.001)], area, RULE_WIDTH)
        return
    xs, ys = _marks(left, width, step, middle[0]), _marks(top, height, step, middle[1])
    if kind == "dots":
        yield False, _dots(xs, ys)
        return
    yield False, _lines(xs if kind != "ruled" else np.empty(0), ys, area, RULE_WIDTH)
    if kind == "axes":
        through = [
            np.array([at]) if low < at < low + size else np.empty(0)
            for at, low, size in zip(middle, area[:2], area[2:], strict=True)
        ]
        yield True, _lines(through[0], through[1], area, AXIS_WIDTH)


def _count(kind: str, area: tuple[float, float, float, float], step: float) -> float:
    across, down = area[2] / step, area[3] / step
    if kind == "dots":
        return across * down
    return (across if kind in ("grid", "axes") else 0) + down * (STAVE_LINES if kind == "staves" else 1)


def _marks(low: float, size: float, step: float, origin: float, within: float = 0) -> NDArray[np.float64]:
    """Multiples of `step` from `origin` inside an edge of that size, or as far before it as `within`."""
    first = math.floor((low - within - origin) / step) + 1
    last = math.ceil((low + size - 0.001 - origin) / step) - 1
    return origin + step * np.arange(first, last + 1, dtype=np.float64)


def _dots(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Outlines:
    stride = 4  # 16 sides
    disc = DOT_RADIUS * np.column_stack((COS64[::stride], -np.array(SIN64[::stride])))
    centres = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2)
    return _outlines(centres + disc)


def _lines(
    xs: NDArray[np.float64], ys: NDArray[np.float64], area: tuple[float, float, float, float], width: float
) -> Outlines:
    """Lines over the whole area: level ones at `ys`, then upright ones at `xs`."""
    left, top, right, bottom = area[0], area[1], area[0] + area[2], area[1] + area[3]
    half = width / 2
    across = [(left, y - half, right, y + half) for y in ys.tolist()]
    down = [(x - half, top, x + half, bottom) for x in xs.tolist()]
    boxes = np.array(across + down, dtype=np.float64).reshape(-1, 4)
    return _outlines(boxes[:, [0, 1, 0, 3, 2, 3, 2, 1]].reshape(-1, 4, 2))


def _outlines(polygons: NDArray[np.float64]) -> Outlines:
    count, corners = polygons.shape[:2]
    return Outlines(
        polygons.reshape(-1, 2), np.arange(count + 1, dtype=np.int64) * corners, np.zeros(count, dtype=np.int64)
    )
