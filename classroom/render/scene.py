"""A page as a drawing list: a ground, and shapes to be filled on it one after another.

It promises that every output (pixels, SVG) shows the same, since none of them looks at records: `page_scene` does,
once; and that what a fill shows is its polygons filled non-zero as one path. It must never draw. Order: the board, the
page's pattern, highlighters by z, all other ink and shapes by z, a shape's inside before its line.

The pattern, as the browser draws it (`board/ground.ts`), in board units from the page's top left corner, in the rule's
colour, nothing on the edges themselves:

    dots   discs of radius 2 at every multiple of 40 in x and y
    grid   lines 1 wide, centred on every multiple of 40 in x and in y
    ruled  lines 1 wide, centred on every multiple of 48 in y

A text is its runs, each where its record says, filled in the colour of its ink as of a pen; a run of mathematics is the
path of its formula. Words of a note are in "ink". A note, as the browser draws it (`board/text/draw.ts`), from below:

    shadow  three rounded rectangles, each the note's box grown by `grow` on all sides and moved down by `drop`, the
            corners' radius grown as well, in black that covers `light` or `dark`, as NOTE_SHADOW has them
    paper   the box with corners of radius NOTE_RADIUS (or half the shorter side), opaque, in `palette.paper`: the
            board's colour with the highlighter of the note's colour over it, or, of a colour that no highlighter has,
            28 % of it, rounded to whole bytes
    words   within a margin of 16
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from classroom.core import ink
from classroom.core.errors import BadInk
from classroom.core.outline import COS64, SIN64, Outlines
from classroom.core.records import Ink, Page, Shape
from classroom.core.shapes import shape_paths
from classroom.render.palette import BOARD, RULE, Paint, Rgb, Theme, paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classroom.core.records import Transform
    from classroom.core.table import View

SPACING = {"dots": 40, "grid": 40, "ruled": 48}
RULE_WIDTH = 1.0
DOT_RADIUS = 2.0
NOTE_RADIUS = 8.0
NOTE_SHADOW = ((1.0, 1.0, 0.08, 0.24), (3.0, 2.0, 0.05, 0.16), (6.0, 4.0, 0.03, 0.10))
"""grow, drop, light, dark."""
BATCH = 512
"""Strokes outlined at once: what is held for a page of any size stays small beside the outlines themselves."""


class Fill(NamedTuple):
    """Polygons of a scene, `low` to `high`, filled non-zero as one path. `fine`: small and exact, as letters are; it is
    worth more time in pixels."""

    paint: Paint
    low: int
    high: int
    fine: bool = False


@dataclass(frozen=True)
class Scene:
    """What a page shows. Polygon k is `xy[start[k]:start[k + 1]]`, closed, in board units, y down."""

    width: float
    height: float
    ground: Rgb
    fills: list[Fill]
    xy: NDArray[np.float64]
    start: NDArray[np.int64]


def page_scene(table: View, page_id: str, theme: Theme = "light") -> Scene:
    """The scene of one page. Raises KeyError when there is no such page; strokes that cannot be read are left out."""
    page = table.get(page_id)
    if not isinstance(page, Page):
        raise KeyError(page_id)
    things = [record for record in table.on_page(page_id) if isinstance(record, (Ink, Shape))]
    things.sort(key=lambda thing: isinstance(thing, Shape) or thing.tool != "highlighter")
    parts: list[tuple[list[Paint], Outlines]] = [([Paint(RULE[theme])], _pattern(page))]
    parts += [_painted(things[low : low + BATCH], theme) for low in range(0, len(things), BATCH)]
    fills: list[Fill] = []
    starts = []
    polygons = corners = 0
    for paints, part in parts:
        bounds = np.searchsorted(part.stroke, np.arange(len(paints) + 1)).tolist()
        fills += [
            Fill(paints[k], polygons + bounds[k], polygons + bounds[k + 1])
            for k in range(len(paints))
            if bounds[k] < bounds[k + 1]
        ]
        starts.append(part.start[:-1] + corners)
        polygons += len(part.stroke)
        corners += len(part.xy)
    starts.append(np.array([corners]))
    xy = np.concatenate([part.xy for _, part in parts])
    return Scene(page.width, page.height, BOARD[theme], fills, xy, np.concatenate(starts))


def _painted(things: list[Ink | Shape], theme: Theme) -> tuple[list[Paint], Outlines]:
    """What is laid over one another for these, and its polygons, in that order; `stroke` counts the paints."""
    paints: list[Paint] = []
    inks: list[Ink] = []
    owner: list[int] = []
    polygons: list[NDArray[np.float64]] = []
    counts: list[int] = []
    transforms: list[Transform | None] = []
    for thing in things:
        if isinstance(thing, Ink):
            inks.append(thing)
            owner.append(len(paints))
            paints.append(paint(thing.tool, thing.colour, theme))
            counts.append(0)
            transforms.append(None)
            continue
        paths = shape_paths(thing)
        layers = [(paint("pen", thing.colour, theme), paths.stroke)]
        if thing.fill and paths.fill:
            layers.insert(0, (paint("wash", thing.fill, theme), paths.fill))
        for colour, some in layers:
            paints.append(colour)
            polygons += some
            counts.append(len(some))
            transforms.append(thing.transform)
    made = _outlines(inks)
    made = made._replace(stroke=np.array(owner, dtype=np.int64)[made.stroke])
    if not polygons:
        return paints, made
    start = np.cumsum([0] + [len(polygon) for polygon in polygons])
    figures = Outlines(np.concatenate(polygons), start, np.repeat(np.arange(len(paints)), counts))
    return paints, _merged(made, _moved(figures, transforms))


def _merged(one: Outlines, other: Outlines) -> Outlines:
    """The polygons of both, by their `stroke`."""
    xy = np.concatenate((one.xy, other.xy))
    stroke = np.concatenate((one.stroke, other.stroke))
    start = np.concatenate((one.start[:-1], other.start + len(one.xy)))
    order = np.argsort(stroke, kind="stable")
    counts = np.diff(start)[order]
    ends = np.cumsum(np.concatenate(([0], counts)))
    corners = np.repeat(start[:-1][order] - ends[:-1], counts) + np.arange(len(xy))
    return Outlines(xy[corners], ends, stroke[order])


def _outlines(strokes: list[Ink]) -> Outlines:
    """Outlines of strokes on the page, polygons in the order of strokes; a stroke that cannot be read has none."""
    try:
        points, start = ink.unpack_all([stroke.points for stroke in strokes], [stroke.quantum for stroke in strokes])
    except BadInk:
        return _outlines_of_readable(strokes)
    made = ink.outlines(
        points,
        start,
        [stroke.width for stroke in strokes],
        [stroke.quantum for stroke in strokes],
        [stroke.tool == "highlighter" for stroke in strokes],
    )
    return _moved(made, [stroke.transform for stroke in strokes])


def _moved(made: Outlines, transforms: list[Transform | None]) -> Outlines:
    """Each stroke's polygons where its transform lays them."""
    if all(transform is None for transform in transforms):
        return made
    matrices = np.array([transform or (1, 0, 0, 1, 0, 0) for transform in transforms], dtype=np.float64)
    a, b, c, d, e, f = np.repeat(matrices[made.stroke], np.diff(made.start), axis=0).T
    x, y = made.xy.T
    turned = np.column_stack((a * x + c * y + e, b * x + d * y + f))
    # A mirror turns polygons round, so their corners are taken backwards.
    mirrored = a * d - b * c < 0
    if mirrored.any():
        ends = np.repeat(made.start[:-1] + made.start[1:] - 1, np.diff(made.start))
        index = np.arange(len(turned))
        turned = turned[np.where(mirrored, ends - index, index)]
    return made._replace(xy=turned)


def _outlines_of_readable(strokes: list[Ink]) -> Outlines:
    good = [number for number, stroke in enumerate(strokes) if _is_readable(stroke)]
    made = _outlines([strokes[number] for number in good])
    return made._replace(stroke=np.array(good, dtype=np.int64)[made.stroke])


def _is_readable(stroke: Ink) -> bool:
    try:
        ink.check(stroke.points, stroke.quantum)
    except BadInk:
        return False
    return True


def _pattern(page: Page) -> Outlines:
    """The page's pattern as one stroke of many polygons."""
    if page.pattern == "blank":
        return Outlines(np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64))
    step = SPACING[page.pattern]
    xs, ys = (np.arange(step, end - 0.001, step, dtype=np.float64) for end in (page.width, page.height))
    if page.pattern == "dots":
        stride = 4  # 16 sides
        disc = DOT_RADIUS * np.column_stack((COS64[::stride], -np.array(SIN64[::stride])))
        centres = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2)
        polygons = centres + disc
    else:
        across = [(0.0, y - RULE_WIDTH / 2, page.width, y + RULE_WIDTH / 2) for y in ys.tolist()]
        down = [(x - RULE_WIDTH / 2, 0.0, x + RULE_WIDTH / 2, page.height) for x in xs.tolist()]
        boxes = np.array(across + (down if page.pattern == "grid" else [])).reshape(-1, 4)
        polygons = boxes[:, [0, 1, 0, 3, 2, 3, 2, 1]].reshape(-1, 4, 2)
    count, corners = polygons.shape[:2]
    return Outlines(
        polygons.reshape(-1, 2), np.arange(count + 1, dtype=np.int64) * corners, np.zeros(count, dtype=np.int64)
    )
