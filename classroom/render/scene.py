"""A page as a drawing list: a ground, and shapes to be filled and pictures to be laid on it one after another.

It promises that every output (pixels, SVG, PDF) shows the same, since none of them looks at records: `page_scene` does,
once; and that what a fill shows is its polygons filled non-zero as one path. It must never draw. Order: the board, the
page's own picture, its pattern, then what lies on it as `stacked` has it; a shape's inside before its line.

A text is its runs, each where its record says, filled in the colour of its ink as of a pen; a run of mathematics is the
path of its formula. Words of a note are in "ink". A note, as the browser draws it (`board/text/draw.ts`), from below:

    shadow  three rounded rectangles, each the note's box grown by `grow` on all sides and moved down by `drop`, the
            corners' radius grown as well, in black that covers `light` or `dark`, as `written.NOTE_SHADOW` has them
    paper   the box with corners of radius 8 (or half the shorter side), opaque, in `palette.paper`: the
            board's colour with the highlighter of the note's colour over it, or, of a colour that no highlighter has,
            28 % of it, rounded to whole bytes
    words   within a margin of 16
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from classroom.core import ink
from classroom.core.errors import BadInk
from classroom.core.outline import Outlines
from classroom.core.records import Drawable, Ink, Note, Page, Picture, Shape, TextBox
from classroom.core.shapes import shape_paths
from classroom.render.ground import pattern
from classroom.render.palette import BOARD, RULE, Paint, Rgb, Theme, paint, paper
from classroom.render.placed import Placed, measure
from classroom.render.written import MOST, NOTE_SHADOW, Said, Written, written
from classroom.render.written import paper as paper_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classroom.core.records import Transform
    from classroom.core.table import View

Assets: TypeAlias = Callable[[str], "bytes | None"]
"""A picture's bytes by its SHA-256; None where it is not to be had."""
BATCH = 512
"""Strokes outlined at once: what is held for a page of any size stays small beside the outlines themselves."""
WORDS = 10_000_000
"""Corners of all words of a page, as many as 100,000 letters have: past that they are bars."""
TOGETHER = 50_000
"""Corners of words that are filled as one path, or a run's more: a path's edges are all held at once."""
SELECTION_MARGIN = 20.0
ENDLESS_MARGIN = 40.0
LEAST = (400.0, 225.0)
"""Of what is shown of an endless page."""


class Box(NamedTuple):
    """Left, top, width and height in board units."""

    left: float
    top: float
    width: float
    height: float


NOWHERE = Box(0, 0, 0, 0)


class Fill(NamedTuple):
    """Polygons of a scene, `low` to `high`, filled non-zero as one path. `fine`: small and exact, as letters are; it is
    worth more time in pixels."""

    paint: Paint
    low: int
    high: int
    fine: bool = False


@dataclass(frozen=True)
class Scene:
    """What a page shows. Polygon k is `xy[start[k]:start[k + 1]]`, closed, in board units from the scene's top left
    corner, y down. A picture is laid when as many fills are as its `at` says; `box` is the part of the page shown."""

    width: float
    height: float
    ground: Rgb
    fills: list[Fill]
    xy: NDArray[np.float64]
    start: NDArray[np.int64]
    pictures: tuple[Placed, ...] = ()
    box: Box = NOWHERE
    said: tuple[Said, ...] = ()
    """What its words say, in the order in which they lie."""
    missing: tuple[str, ...] = ()
    """Characters that no font here has: boxes stand for them."""


class _Part(NamedTuple):
    """What is laid at a time: polygons, whose `stroke` counts the paints, or one picture."""

    paints: list[Paint]
    outlines: Outlines
    picture: Placed | None = None
    said: Sequence[Said] = ()
    missing: Sequence[str] = ()


NOTHING = Outlines(np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64))


def page_scene(
    table: View,
    page_id: str,
    theme: Theme = "light",
    copy: str = "",
    ids: Collection[str] | None = None,
    assets: Assets | None = None,
    box: Box | None = None,
    go_on: Callable[[], object] | None = None,
) -> Scene:
    """The scene of one page, or with `ids` of these records alone: their box, without the page's ground.

    Private copies are left out but the one of `copy` (and what `ids` names). Of an endless page the box of what is
    drawn is shown. `box` shows that part of the page instead. `go_on` is called again and again, and ends it
    by raising. Raises KeyError when there is no such page; strokes that
    cannot be read are left out, a picture that is not there is a grey box.
    """
    page = table.get(page_id)
    if not isinstance(page, Page):
        raise KeyError(page_id)
    if page.asset:
        theme = "light"  # slides are bright in any theme, and ink is for what it lies on; as the board has it
    chosen = None if ids is None else frozenset(ids)
    lying = [
        record
        for record in table.on_page(page_id)
        if (record.copy in ("", copy) if chosen is None else record.id in chosen)
    ]
    parts = _parts(stacked(lying), theme, assets, go_on or (lambda: None))
    if chosen is None and page.asset:
        parts.insert(0, _laid(_fitted(page, assets), page.asset, "", theme, assets))
    if box is None:
        box = _box(page, parts, selection=chosen is not None)
    if chosen is None:
        parts[bool(page.asset) : bool(page.asset)] = [
            _Part([paint("pen", "grey", theme) if axis else Paint(RULE[theme])], outlines)
            for axis, outlines in pattern(page, box)
        ]
    return _scene(parts, box, BOARD[theme])


def stacked(things: Iterable[Drawable]) -> list[Drawable]:
    """Things in the order of painting, from their order by z: pictures and notes, which hide what is under them, lie on
    everything below; between two of them highlighters come first, under the ink."""
    layer = 0
    placed: list[tuple[int, int, Drawable]] = []
    for thing in things:
        if isinstance(thing, (Picture, Note)):
            layer += 1
            placed.append((layer, 0, thing))
        else:
            under = isinstance(thing, Ink) and thing.tool == "highlighter"
            placed.append((layer, 1 if under else 2, thing))
    return [thing for _, _, thing in sorted(placed, key=lambda entry: entry[:2])]


def _parts(things: list[Drawable], theme: Theme, assets: Assets | None, go_on: Callable[[], object]) -> list[_Part]:
    parts: list[_Part] = []
    run: list[Ink | Shape] = []
    room = WORDS

    def end() -> None:
        for low in range(0, len(run), BATCH):
            go_on()
            parts.append(_Part(*_painted(run[low : low + BATCH], theme)))
        run.clear()

    for thing in things:
        if isinstance(thing, (Ink, Shape)):
            run.append(thing)
        elif isinstance(thing, Picture):
            end()
            x, y, w, h = thing.x, thing.y, thing.w, thing.h
            parts.append(_laid((w, 0, 0, h, x, y), thing.asset, thing.alt, theme, assets, thing.transform))
        elif isinstance(thing, (TextBox, Note)):
            end()
            go_on()
            words = written(thing, min(room, MOST))
            parts.append(_worded(thing, theme, words))
            room -= words.took
    end()
    return parts


def _laid(
    unit: Transform, asset: str, alt: str, theme: Theme, assets: Assets | None, transform: Transform | None = None
) -> _Part:
    """A picture whose unit square lies as `unit` says, then moved; grey where there is none."""
    a, b, c, d, e, f = transform or (1, 0, 0, 1, 0, 0)
    w, _, _, h, x, y = unit
    matrix = (a * w, b * w, c * h, d * h, a * x + c * y + e, b * x + d * y + f)
    data = assets(asset) if asset and assets is not None else None
    known = measure(data) if data is not None else None
    if known is not None and data is not None:
        return _Part([], NOTHING, Placed(0, matrix, data, known.size, known.mime, alt))
    corners = Placed(0, matrix, b"", (1, 1), "", "").corners
    return _Part([Paint(RULE[theme])], Outlines(corners, np.array([0, 4]), np.zeros(1, dtype=np.int64)))


def _worded(thing: TextBox | Note, theme: Theme, words: Written) -> _Part:
    """A text, or a note with its paper."""
    layers: list[tuple[Paint, list[NDArray[np.float64]]]] = []
    if isinstance(thing, Note):
        dark = theme == "dark"
        shades = [Paint((0, 0, 0), deep if dark else light) for _, _, light, deep in NOTE_SHADOW]
        shades.append(Paint(paper(thing.colour, theme)))
        layers = [(shade, [polygon]) for shade, polygon in zip(shades, paper_of(thing), strict=True)]
    ink_of = "ink" if isinstance(thing, Note) else thing.colour
    layers += [(paint("pen", ink_of, theme), some) for some in words.together(TOGETHER)]
    polygons = [polygon for _, some in layers for polygon in some]
    if not polygons:
        return _Part([], NOTHING)
    start = np.cumsum([0] + [len(polygon) for polygon in polygons])
    owner = np.repeat(np.arange(len(layers)), [len(some) for _, some in layers])
    made = Outlines(np.concatenate(polygons), start, owner)
    return _Part(
        [shade for shade, _ in layers], _moved(made, [thing.transform] * len(layers)), None, words.said, words.missing
    )


def _fitted(page: Page, assets: Assets | None) -> Transform:
    """Where the page's own picture lies: as large as fits, in the middle."""
    data = assets(page.asset) if assets is not None else None
    known = measure(data) if data is not None else None
    width, height = known.size if known is not None else (page.width, page.height)
    scale = min(page.width / width, page.height / height)
    width, height = width * scale, height * scale
    return width, 0, 0, height, (page.width - width) / 2, (page.height - height) / 2


def _box(page: Page, parts: list[_Part], selection: bool) -> Box:
    """What is shown of a page whose parts these are."""
    whole = Box(0, 0, page.width, page.height)
    if not selection and not page.endless:
        return whole
    corners = [part.picture.corners if part.picture is not None else part.outlines.xy for part in parts]
    corners = [some for some in corners if len(some)]
    if not corners:
        return whole
    margin = SELECTION_MARGIN if selection else ENDLESS_MARGIN
    low = np.min([some.min(axis=0) for some in corners], axis=0) - margin
    high = np.max([some.max(axis=0) for some in corners], axis=0) + margin
    if not selection:
        more = np.maximum(np.array(LEAST) - (high - low), 0) / 2
        low, high = low - more, high + more
    left, top = np.floor(low).tolist()
    right, bottom = np.ceil(high).tolist()
    return Box(left, top, right - left, bottom - top)


def _scene(parts: list[_Part], box: Box, ground: Rgb) -> Scene:
    fills: list[Fill] = []
    pictures: list[Placed] = []
    starts = []
    polygons = corners = 0
    said: list[Said] = []
    missing: dict[str, None] = {}
    for paints, made, picture, words, lacking in parts:
        said += [
            one._replace(matrix=(*one.matrix[:4], one.matrix[4] - box.left, one.matrix[5] - box.top)) for one in words
        ]
        missing.update(dict.fromkeys(lacking))
        if picture is not None:
            pictures.append(picture.moved(-box.left, -box.top, len(fills)))
            continue
        bounds = np.searchsorted(made.stroke, np.arange(len(paints) + 1)).tolist()
        fills += [
            Fill(paints[k], polygons + bounds[k], polygons + bounds[k + 1], bool(words))
            for k in range(len(paints))
            if bounds[k] < bounds[k + 1]
        ]
        starts.append(made.start[:-1] + corners)
        polygons += len(made.stroke)
        corners += len(made.xy)
    starts.append(np.array([corners]))
    xy = np.concatenate([NOTHING.xy, *(part.outlines.xy for part in parts)])
    if box.left or box.top:
        xy = xy - np.array([box.left, box.top])
    kept = (tuple(pictures), box, tuple(said), tuple(missing))
    return Scene(box.width, box.height, ground, fills, xy, np.concatenate(starts), *kept)


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
