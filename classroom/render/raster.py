"""A scene as pixels, by exact coverage.

How much of each pixel a shape covers is computed exactly, not sampled: every edge adds, in each pixel it passes, the
area to its right, and the rest of its height in the next pixel; a running sum along the row then is the coverage. The
polygons of a fill turn the same way, so what is covered twice sums past 1 and is cut to 1: the non-zero rule. The one
polygon of a shape's inside may turn either way or cross itself: there the sum counts without its sign. Colours
are blended linearly in sRGB bytes, as the browser's canvas does.

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
EDGES = 16_000
"""Of one batch: as many as keep its temporary arrays within the processor's cache."""
AREA = 2_000_000
"""Pixels of one batch."""
PIECES = 1_000_000
"""Pixels that the edges worked on at once may pass through: an edge across a large picture passes through thousands."""
LEVEL = 1e-9
"""Pixels. An edge no higher than this is level: it covers nothing, and its slope would overflow."""
WHOLE = 8_000
"""Pixels of a box that is not worth cutting."""
ROWS = 32
"""Of a band."""


class _Tile(NamedTuple):
    """A fill, or a band of it, with its place in pixels. `edges` are the corners at which its edges begin."""

    paint: Paint
    left: int
    top: int
    width: int
    height: int
    edges: Ints


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
    edges = area = 0
    for tile in _tiles(scene, corners, size):
        if batch and (len(batch) == TILES or edges > EDGES or area + tile.width * tile.height > AREA):
            if cancelled is not None and cancelled():
                return image
            _paint(image, corners, batch)
            batch, edges, area = [], 0, 0
        batch.append(tile)
        edges += len(tile.edges)
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
    index = np.arange(len(scene.xy))
    for number, (left, right, top, bottom) in enumerate(zip(*places, strict=True)):
        if right > left and bottom > top:
            edges = index[first[number] : first[number + 1]]
            whole = _Tile(scene.fills[number].paint, left, top, right - left, bottom - top, edges)
            if whole.width * whole.height <= WHOLE or whole.height <= ROWS:
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
            yield _Tile(whole.paint, left, top, right - left, height, edges[one:other])


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
    left, top, width, height = np.array([(t.left, t.top, t.width, t.height) for t in tiles], dtype=np.float64).T
    x0, y0 = corners.x[edges] - left[tile], corners.y[edges] - top[tile]
    x1, y1 = corners.x[after] - left[tile], corners.y[after] - top[tile]

    # Half a step at the very first pixel is carried on by the running sum: the bytes below are rounded, not cut.
    covered = np.zeros(int(offset[-1]))
    covered[0] = 0.5
    pieces = np.cumsum(np.minimum(np.abs(x1 - x0), width[tile]) + np.minimum(np.abs(y1 - y0), height[tile]) + 2)
    for part in np.split(np.arange(len(edges)), np.searchsorted(pieces, np.arange(PIECES, pieces[-1], PIECES))):
        t = tile[part]
        pixel, weight = _pieces(x0[part], y0[part], x1[part], y1[part], width[t], height[t], offset[t])
        covered += np.bincount(pixel, weight, len(covered))
    np.cumsum(covered, out=covered)
    np.abs(covered, out=covered)
    np.minimum(covered, 255.5, out=covered)
    return covered.astype(np.uint8)


def _pieces(
    x0: Floats, y0: Floats, x1: Floats, y1: Floats, width: Floats, height: Floats, start: Ints
) -> tuple[Ints, Floats]:
    """Pixels that edges pass through, and what each adds there, in 255ths, so that sums along a row are the coverage.
    Coordinates are from the corner of a tile of `width` x `height` that begins at pixel `start`."""
    down = y1 > y0
    top, bottom = np.minimum(y0, y1), np.maximum(y0, y1)
    kept = np.flatnonzero((bottom - top > LEVEL) & (bottom > 0) & (top < height))
    down, top, bottom = down[kept], top[kept], bottom[kept]
    x0, y0, x1, y1 = x0[kept], y0[kept], x1[kept], y1[kept]
    slope = (x1 - x0) / (y1 - y0)
    x_top = np.where(down, x0, x1)
    sign = np.where(down, 255.0, -255.0)
    width, start = width[kept], start[kept]

    # Parts within one row. Above and below the tile nothing is needed.
    low = np.maximum(top, 0.0)
    high = np.minimum(bottom, height[kept])
    row = low.astype(np.int64)
    rows = np.maximum(np.ceil(high).astype(np.int64) - row, 1)
    each = np.repeat(np.arange(len(rows)), rows)
    row = row[each] + np.arange(len(each)) - np.repeat(np.cumsum(rows) - rows, rows)
    low = np.maximum(low[each], row)
    high = np.minimum(high[each], row + 1)
    top, slope, x_top, width = top[each], slope[each], x_top[each], width[each]
    a = x_top + (low - top) * slope
    b = x_top + (high - top) * slope
    rise = (high - low) * sign[each]
    left, right = np.minimum(a, b), np.maximum(a, b)
    begin = start[each] + row * (width.astype(np.int64) + 2)

    # Left of the tile an edge counts for the whole row; right of it for nothing: the column behind takes that.
    cut = np.flatnonzero((left < 0.0) | (right > width))
    pixels, weights = [], []
    if len(cut):
        l_, r_, w_ = left[cut], right[cut], width[cut]
        span = np.maximum(r_ - l_, LEVEL)
        before = np.where(r_ <= 0.0, 1.0, np.clip(-l_ / span, 0.0, 1.0))
        behind = np.where(l_ >= w_, 1.0, np.clip((r_ - w_) / span, 0.0, 1.0 - before))
        pixels += [begin[cut], begin[cut] + w_.astype(np.int64)]
        weights += [rise[cut] * before, rise[cut] * behind]
        rise[cut] *= 1.0 - before - behind
        left[cut], right[cut] = np.clip(l_, 0.0, w_), np.clip(r_, 0.0, w_)

    # Parts within one pixel.
    column = left.astype(np.int64)
    columns = np.maximum(np.ceil(right).astype(np.int64) - column, 1)
    at = begin + column
    middle = (left + right) * 0.5 - column
    wide = np.flatnonzero(columns > 1)
    if len(wide):
        count = columns[wide]
        each = np.repeat(wide, count)
        nth = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        first = column[each] + nth
        l_, r_ = np.maximum(left[each], first), np.minimum(right[each], first + 1)
        share = rise[each] * (r_ - l_) / (right - left)[each]
        narrow = columns == 1
        at = np.concatenate((at[narrow], at[each] + nth))
        rise = np.concatenate((rise[narrow], share))
        middle = np.concatenate((middle[narrow], (l_ + r_) * 0.5 - first))
    beyond = rise * middle
    return np.concatenate((at, at + 1, *pixels)), np.concatenate((rise - beyond, beyond, *weights))
