"""A scene as pixels, by exact coverage.

How much of each pixel a shape covers is computed exactly, not sampled: every edge adds, in each pixel it passes, the
area to its right, and the rest of its height in the next pixel; a running sum along the row then is the coverage. All
polygons of a scene turn the same way, so what is covered twice sums past 1 and is cut to 1: the non-zero rule. Colours
are blended linearly in sRGB bytes, as the browser's canvas does.

Many strokes are worked on at once, each in a tile of its own, because numpy costs per call; large tiles are cut into
bands, so that memory does not grow with the picture. It must never hold more than one picture and one batch.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from classroom.render.scene import Fill, Scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

TILES = 256
CORNERS = 16_000
"""Of one batch: as many as keep its temporary arrays within the processor's cache."""
AREA = 2_000_000
"""Pixels of one batch."""


class _Tile(NamedTuple):
    """A fill, or a band of it, with its place in the picture in pixels."""

    fill: Fill
    left: int
    top: int
    width: int
    height: int


def render(scene: Scene, scale: float = 2, cancelled: Callable[[], bool] | None = None) -> Image.Image:
    """The picture, `scale` pixels per board unit, RGB. Stops early, unfinished, once `cancelled` says so."""
    size = pixels(scene, scale)
    image = Image.new("RGB", size, scene.ground)
    batch: list[_Tile] = []
    corners = area = 0
    for tile in _tiles(scene, scale, size):
        if batch and (len(batch) == TILES or corners > CORNERS or area + tile.width * tile.height > AREA):
            if cancelled is not None and cancelled():
                return image
            _paint(image, scene, scale, batch)
            batch, corners, area = [], 0, 0
        batch.append(tile)
        corners += int(scene.start[tile.fill.high] - scene.start[tile.fill.low])
        area += tile.width * tile.height
    if batch:
        _paint(image, scene, scale, batch)
    return image


def pixels(scene: Scene, scale: float) -> tuple[int, int]:
    """Width and height of the picture."""
    return max(1, round(scene.width * scale)), max(1, round(scene.height * scale))


def _tiles(scene: Scene, scale: float, size: tuple[int, int]) -> list[_Tile]:
    """Where each fill lies, cut to the picture; what lies outside is left out."""
    if not scene.fills:
        return []
    corner = scene.start[[fill.low for fill in scene.fills]]
    low = np.floor(np.minimum.reduceat(scene.xy, corner) * scale)
    high = np.ceil(np.maximum.reduceat(scene.xy, corner) * scale)
    low = np.clip(low, 0, size).astype(np.int64)
    high = np.clip(high, 0, size).astype(np.int64)
    tiles = []
    for fill, (left, top), (right, bottom) in zip(scene.fills, low.tolist(), high.tolist(), strict=True):
        if right > left and bottom > top:
            rows = max(1, AREA // (right - left))
            bands = range(top, bottom, rows)
            tiles += [_Tile(fill, left, band, right - left, min(rows, bottom - band)) for band in bands]
    return tiles


def _paint(image: Image.Image, scene: Scene, scale: float, tiles: list[_Tile]) -> None:
    """Covers the picture with these tiles, in order."""
    strides = [tile.width + 2 for tile in tiles]
    offset = np.zeros(len(tiles) + 1, dtype=np.int64)
    np.cumsum([stride * tile.height for stride, tile in zip(strides, tiles, strict=True)], out=offset[1:])
    shade = _coverage(*_edges(scene, scale, tiles), tiles, offset)
    ends = offset.tolist()
    for number, (tile, stride) in enumerate(zip(tiles, strides, strict=True)):
        rgb, alpha = tile.fill.paint
        part = shade[ends[number] : ends[number + 1]]
        if alpha < 1:
            part = (part * alpha + 0.5).astype(np.uint8)
        mask = Image.frombuffer("L", (stride, tile.height), part.tobytes(), "raw", "L", 0, 1)
        image.paste(rgb, (tile.left, tile.top, tile.left + stride, tile.top + tile.height), mask)


def _edges(scene: Scene, scale: float, tiles: list[_Tile]) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """The edges of all tiles, x0, y0, x1, y1 in pixels from their tile's corner, and the number of their tile."""
    start = scene.start
    ranges = [(int(start[tile.fill.low]), int(start[tile.fill.high])) for tile in tiles]
    counts = [high - low for low, high in ranges]
    if all(one[1] == other[0] for one, other in pairwise(ranges)):
        xy = scene.xy[ranges[0][0] : ranges[-1][1]]  # neighbours in the scene, as nearly always
    else:
        xy = np.concatenate([scene.xy[low:high] for low, high in ranges])
    tile_of = np.repeat(np.arange(len(tiles)), counts)
    place = np.array([(tile.left, tile.top) for tile in tiles], dtype=np.float64)[tile_of]
    x, y = xy[:, 0] * scale - place[:, 0], xy[:, 1] * scale - place[:, 1]
    x1, y1 = np.empty_like(x), np.empty_like(y)
    x1[:-1], y1[:-1] = x[1:], y[1:]
    first = []
    base = 0
    for tile, (low, _), count in zip(tiles, ranges, counts, strict=True):
        first.append(start[tile.fill.low : tile.fill.high] - (low - base))
        base += count
    begin = np.concatenate(first)
    end = np.append(begin[1:], base) - 1
    x1[end], y1[end] = x[begin], y[begin]
    return x, y, x1, y1, tile_of


def _coverage(x0: Floats, y0: Floats, x1: Floats, y1: Floats, tile: Ints, tiles: list[_Tile], offset: Ints) -> Bytes:
    """How much of each pixel is covered, 0..255, the tiles end to end, rows of width + 2."""
    height = np.array([t.height for t in tiles], dtype=np.float64)[tile]
    width = np.array([t.width for t in tiles], dtype=np.float64)
    stride = (width + 2).astype(np.int64)

    down = y1 > y0
    top, bottom = np.minimum(y0, y1), np.maximum(y0, y1)
    kept = np.flatnonzero((y0 != y1) & (bottom > 0) & (top < height))
    down, top, bottom, tile, height = down[kept], top[kept], bottom[kept], tile[kept], height[kept]
    x0, y0, x1, y1 = x0[kept], y0[kept], x1[kept], y1[kept]
    slope = (x1 - x0) / (y1 - y0)
    x_top = np.where(down, x0, x1)
    sign = np.where(down, 255.0, -255.0)

    # Pieces within one row. Above and below the tile nothing is needed.
    low = np.maximum(top, 0.0)
    high = np.minimum(bottom, height)
    row = low.astype(np.int64)
    rows = np.maximum(np.ceil(high).astype(np.int64) - row, 1)
    many = np.flatnonzero(rows > 1)
    if len(many):
        each = np.repeat(np.arange(len(rows)), rows)
        nth = np.arange(len(each)) - np.repeat(np.cumsum(rows) - rows, rows)
        row = row[each] + nth
        low = np.maximum(low[each], row)
        high = np.minimum(high[each], row + 1)
        top, slope, x_top, sign, tile = top[each], slope[each], x_top[each], sign[each], tile[each]
    a = x_top + (low - top) * slope
    b = x_top + (high - top) * slope
    rise = (high - low) * sign
    # Left of the tile an edge counts for the whole row, right of it for nothing: the last two columns take that.
    right = width[tile]
    left = np.minimum(np.maximum(np.minimum(a, b), 0.0), right)
    right = np.minimum(np.maximum(np.maximum(a, b), 0.0), right)

    # Pieces within one pixel.
    column = left.astype(np.int64)
    columns = np.maximum(np.ceil(right).astype(np.int64) - column, 1)
    at = offset[tile] + row * stride[tile] + column
    wide = np.flatnonzero(columns > 1)
    middle = (left + right) * 0.5 - column
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
    pixel = np.concatenate((at, at + 1, [0]))
    # Half a step at the very first pixel is carried on by the running sum: the bytes below are rounded, not cut.
    weight = np.concatenate((rise - beyond, beyond, [0.5]))
    covered = np.asarray(np.bincount(pixel, weight, int(offset[-1])), dtype=np.float64)
    np.cumsum(covered, out=covered)
    np.minimum(covered, 255.5, out=covered)
    return covered.astype(np.uint8)
