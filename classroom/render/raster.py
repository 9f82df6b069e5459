"""A scene as pixels: four scan lines to a row of pixels, the spans of each to a 256th of a pixel.

Where a fill's edges pass a scan line is sorted, and a running sum of their directions is the winding number there: what
is inside by the non-zero rule is exactly known, however often a stroke crosses itself. A span then adds its part to the
pixels at its ends, and a second running sum along the row is the coverage. The browser's canvas samples as many lines;
where a fill has few corners for its size it computes coverage exactly, and here such a fill gets more lines. Colours
are blended linearly in sRGB bytes, as the canvas does.

Many strokes are worked on at once, each in a tile of its own, because numpy costs per call. A large stroke is cut into
bands of rows, each as wide as what passes through it: most of the box round a long stroke is empty. So memory does not
grow with the picture either. It must never hold more than one picture and one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from classroom.render.palette import Paint
from classroom.render.scene import Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

TILES = 256
CROSSINGS = 60_000
"""Of edges and scan lines in one batch: as many as keep its temporary arrays within the processor's cache."""
AREA = 2_000_000
"""Pixels of one batch."""
LINES, FINE_LINES = 4, 16
"""Scan lines to a row of pixels; the second where corners are few, or said to be fine: there quarters would show."""
STEPS = 256
"""Places along a pixel that a span may begin or end at."""
FIELD = 25
"""Bits of a place on a scan line: 65,535 pixels, their steps, and the direction."""
WHOLE = 8_000
"""Pixels of a box that is not worth cutting."""
ROWS = 32
"""Of a band."""


class _Tile(NamedTuple):
    """A fill, or a band of it, with its place in pixels. `edges` are the corners at which its edges begin, `lines` the
    scan lines to a row, `crossings` about how often the edges pass one."""

    paint: Paint
    left: int
    top: int
    width: int
    height: int
    edges: Ints
    lines: int
    crossings: int


class _Corners(NamedTuple):
    """The corners of a scene, in pixels, and the corner that follows each on its polygon."""

    x: Floats
    y: Floats
    after: Ints


def render(scene: Scene, scale: float = 2, cancelled: Callable[[], bool] | None = None) -> Image.Image:
    """The picture, `scale` pixels per board unit, RGB. Stops early, unfinished, once `cancelled` says so."""
    size = pixels(scene, scale)
    image = Image.new("RGB", size, scene.ground)
    after = np.arange(1, len(scene.xy) + 1)
    after[scene.start[1:] - 1] = scene.start[:-1]
    corners = _Corners(scene.xy[:, 0] * scale, scene.xy[:, 1] * scale, after)
    batch: list[_Tile] = []
    crossings = area = 0
    for tile in _tiles(scene, corners, size):
        if batch and (len(batch) == TILES or crossings > CROSSINGS or area + tile.width * tile.height > AREA):
            if cancelled is not None and cancelled():
                return image
            _paint(image, corners, batch)
            batch, crossings, area = [], 0, 0
        batch.append(tile)
        crossings += tile.crossings
        area += tile.width * tile.height
    if batch:
        _paint(image, corners, batch)
    return image


def pixels(scene: Scene, scale: float) -> tuple[int, int]:
    """Width and height of the picture."""
    return max(1, round(scene.width * scale)), max(1, round(scene.height * scale))


def _tiles(scene: Scene, corners: _Corners, size: tuple[int, int]) -> Iterator[_Tile]:
    """Where each fill lies, cut to the picture; what lies outside is left out."""
    if not scene.fills:
        return
    begin = scene.start[[fill.low for fill in scene.fills]]
    places = []
    for values, end in ((corners.x, size[0]), (corners.y, size[1])):
        low = np.clip(np.floor(np.minimum.reduceat(values, begin)), 0, end).astype(np.int64)
        high = np.clip(np.ceil(np.maximum.reduceat(values, begin)), 0, end).astype(np.int64)
        places += [low.tolist(), high.tolist()]
    first = [*begin.tolist(), len(scene.xy)]
    rise = np.add.reduceat(np.abs(corners.y[corners.after] - corners.y), begin).tolist()
    index = np.arange(len(scene.xy))
    for number, (left, right, top, bottom) in enumerate(zip(*places, strict=True)):
        if right > left and bottom > top:
            edges = index[first[number] : first[number + 1]]
            width, height = right - left, bottom - top
            # The canvas' own rule for when it computes exactly.
            fine = scene.fills[number].fine or len(edges) < max(width, height) / 2 - 10
            lines = FINE_LINES if fine else LINES
            crossings = int(min(rise[number], 1.0 * len(edges) * height) * lines) + len(edges)
            whole = _Tile(scene.fills[number].paint, left, top, width, height, edges, lines, crossings)
            if (width * height <= WHOLE or height <= ROWS) and crossings <= 8 * CROSSINGS:
                yield whole
            else:
                yield from _bands(whole, corners)


def _bands(whole: _Tile, corners: _Corners) -> Iterator[_Tile]:
    """The tile in bands, each no wider than what passes through it."""
    edges = whole.edges
    y0, y1 = corners.y[edges] - whole.top, corners.y[corners.after[edges]] - whole.top
    last = (whole.height - 1) // ROWS
    low = np.clip(np.floor(np.minimum(y0, y1) / ROWS), 0, last + 1).astype(np.int64)
    high = np.clip(np.floor(np.maximum(y0, y1) / ROWS), -1, last).astype(np.int64)
    bands = np.maximum(high - low + 1, 0)
    each = np.repeat(np.arange(len(edges)), bands)
    band = np.repeat(low, bands) + np.arange(len(each)) - np.repeat(np.cumsum(bands) - bands, bands)
    order = np.argsort(band, kind="stable")
    edges, band = edges[each[order]], band[order]
    begin = np.flatnonzero(np.diff(band, prepend=-1))
    if len(begin) == 0:
        return
    x0, x1 = corners.x[edges], corners.x[corners.after[edges]]
    end = whole.left + whole.width
    lefts = np.clip(np.floor(np.minimum.reduceat(np.minimum(x0, x1), begin)), whole.left, end).astype(np.int64)
    rights = np.clip(np.ceil(np.maximum.reduceat(np.maximum(x0, x1), begin)), whole.left, end).astype(np.int64)
    ends = np.append(begin[1:], len(band))
    for number, left, right, one, other in zip(
        band[begin].tolist(), lefts.tolist(), rights.tolist(), begin.tolist(), ends.tolist(), strict=True
    ):
        if right > left:
            top = whole.top + number * ROWS
            height = min(ROWS, whole.top + whole.height - top)
            some = edges[one:other]
            crossings = min(whole.crossings, len(some) * height * whole.lines)
            yield _Tile(whole.paint, left, top, right - left, height, some, whole.lines, crossings)


def _paint(image: Image.Image, corners: _Corners, tiles: list[_Tile]) -> None:
    """Covers the picture with these tiles, in order."""
    strides = [tile.width + 2 for tile in tiles]
    offset = np.zeros(len(tiles) + 1, dtype=np.int64)
    np.cumsum([stride * tile.height for stride, tile in zip(strides, tiles, strict=True)], out=offset[1:])
    shade = _coverage(corners, tiles, offset)
    ends = offset.tolist()
    for number, (tile, stride) in enumerate(zip(tiles, strides, strict=True)):
        rgb, alpha = tile.paint
        part = shade[ends[number] : ends[number + 1]]
        if alpha < 1:
            part = (part * alpha + 0.5).astype(np.uint8)
        mask = Image.frombuffer("L", (stride, tile.height), part.tobytes(), "raw", "L", 0, 1)
        image.paste(rgb, (tile.left, tile.top, tile.left + stride, tile.top + tile.height), mask)


def _coverage(corners: _Corners, tiles: list[_Tile], offset: Ints) -> Bytes:
    """How much of each pixel is covered, 0..255, the tiles end to end, rows of width + 2."""
    edges = np.concatenate([t.edges for t in tiles])
    after = corners.after[edges]
    tile = np.repeat(np.arange(len(tiles)), [len(t.edges) for t in tiles])
    places = [(t.left, t.top, t.width, t.height, t.lines) for t in tiles]
    left, top, width, height, lines = np.array(places, dtype=np.int64).T

    # Where edges pass scan lines. An edge that ends on one is counted once, by its upper end.
    of_edge = lines[tile]
    y0, y1 = ((corners.y[ends] - top[tile]) * of_edge for ends in (edges, after))
    most = height[tile] * of_edge
    low, high = np.ceil(np.minimum(y0, y1) - 0.5), np.ceil(np.maximum(y0, y1) - 0.5)
    first = np.clip(low, 0, most).astype(np.int64)
    count = np.clip(high, 0, most).astype(np.int64) - first
    kept = np.flatnonzero(count)
    count, first, y0, y1, edges, after, tile = (part[kept] for part in (count, first, y0, y1, edges, after, tile))
    x0 = corners.x[edges] - left[tile]
    slope = (corners.x[after] - left[tile] - x0) / (y1 - y0)
    line = np.repeat(first, count) + _counted(count)
    x = np.repeat(x0 + (0.5 - y0) * slope, count) + line * np.repeat(slope, count)
    step = np.clip(x * STEPS + 0.5, 0, np.repeat(width[tile] * STEPS, count)).astype(np.int64)

    # In order along their lines, the direction in the lowest bit: its running sum is the winding number.
    rows = height * lines
    begin = np.cumsum(rows) - rows
    key = ((line + np.repeat(begin[tile], count)) << FIELD) | (step << 1) | np.repeat(y1 > y0, count)
    key.sort()
    inside = np.cumsum(((key & 1) << 1) - 1) != 0
    turn = np.flatnonzero(np.diff(inside, prepend=False))

    # A span adds to the pixel in which it begins what lies right of its end there, and to the next one the rest.
    key, step = key[turn] >> FIELD, (key[turn] & ((1 << FIELD) - 1)) >> 1
    row = np.repeat(offset[:-1], rows) + _counted(rows) // np.repeat(lines, rows) * np.repeat(width + 2, rows)
    pixel = row[key] + step // STEPS
    weight = np.where(inside[turn], 1.0, -1.0) * np.repeat(255 / STEPS / lines, rows)[key]
    part = step % STEPS * weight
    size = int(offset[-1])
    covered = np.bincount(pixel, weight * STEPS - part, size)
    covered += np.bincount(pixel + 1, part, size)
    covered[0] += 0.5  # carried on by the running sum, so that bytes are rounded and not cut
    np.cumsum(covered, out=covered)
    return covered.astype(np.uint8)


def _counted(counts: Ints) -> Ints:
    """0, 1, …, counts[0] - 1, 0, 1, …, counts[1] - 1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
