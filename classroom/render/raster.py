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

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageChops

from classroom.render.palette import Paint
from classroom.render.placed import Placed
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
STRIP = 4_000_000
"""Pixels of a laid picture that are held at once."""
FLAT = 1e-6
"""Pixels that a laid picture covers when there is nothing to see of it."""
EDGE = 3
"""Pixels around a laid picture that repeat its outermost ones, for sampling near its border."""


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


class Shrunk:
    """Pictures as they are laid, for whoever draws parts of the same scene again and again; the last few are kept."""

    KEPT = 16

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, tuple[int, int]], Image.Image] = {}

    def of(self, picture: Placed, scale: float) -> Image.Image:
        """The picture's pixels, no finer than they are shown, edged (see `_edged`)."""
        a, b, c, d, _, _ = picture.matrix
        wanted = (math.hypot(a, b) * scale, math.hypot(c, d) * scale)
        across, down = (min(have, max(1, math.ceil(want))) for have, want in zip(picture.size, wanted, strict=True))
        key = (picture.data, (across, down))
        found = self._kept.pop(key, None)
        if found is None:
            image = picture.image()
            if image.size != (across, down):
                image = image.resize((across, down), Image.Resampling.LANCZOS, reducing_gap=3.0)
            found = _edged(image)
        self._kept[key] = found
        if len(self._kept) > self.KEPT:
            del self._kept[next(iter(self._kept))]
        return found


def render(
    scene: Scene, scale: float = 2, cancelled: Callable[[], bool] | None = None, shrunk: Shrunk | None = None
) -> Image.Image:
    """The picture, `scale` pixels per board unit, RGB. Stops early, unfinished, once `cancelled` says so."""
    shrunk = shrunk or Shrunk()
    size = pixels(scene, scale)
    image = Image.new("RGB", size, scene.ground)
    corners = _corners(scene.xy * scale, scene.start)
    fills, done = scene.fills, 0
    for picture in scene.pictures:
        if not _fill(image, corners, _tiles(scene, corners, size, done, picture.at), cancelled):
            return image
        done = picture.at
        if not _lay(image, picture, scale, shrunk, cancelled):
            return image
    _fill(image, corners, _tiles(scene, corners, size, done, len(fills)), cancelled)
    return image


def _corners(xy: Floats, start: Ints) -> _Corners:
    after = np.arange(1, len(xy) + 1)
    after[start[1:] - 1] = start[:-1]
    return _Corners(xy[:, 0], xy[:, 1], after)


def _fill(image: Image.Image, corners: _Corners, tiles: Iterable[_Tile], cancelled: Callable[[], bool] | None) -> bool:
    """Covers the picture with these tiles in their order, batch by batch. Was it all done?"""
    batch: list[_Tile] = []
    crossings = area = 0
    for tile in tiles:
        if batch and (len(batch) == TILES or crossings > CROSSINGS or area + tile.width * tile.height > AREA):
            if cancelled is not None and cancelled():
                return False
            _paint(image, corners, batch)
            batch, crossings, area = [], 0, 0
        batch.append(tile)
        crossings += tile.crossings
        area += tile.width * tile.height
    if batch:
        _paint(image, corners, batch)
    return True


def pixels(scene: Scene, scale: float) -> tuple[int, int]:
    """Width and height of the picture."""
    return max(1, round(scene.width * scale)), max(1, round(scene.height * scale))


def _tiles(scene: Scene, corners: _Corners, size: tuple[int, int], low: int, high: int) -> Iterator[_Tile]:
    """Where each of the fills `low` to `high` lies, cut to the picture; what lies outside is left out."""
    fills = scene.fills[low:high]
    if not fills:
        return
    begin = scene.start[[fill.low for fill in fills]]
    end = int(scene.start[fills[-1].high])
    places = []
    for values, most in ((corners.x[:end], size[0]), (corners.y[:end], size[1])):
        least = np.clip(np.floor(np.minimum.reduceat(values, begin)), 0, most).astype(np.int64)
        last = np.clip(np.ceil(np.maximum.reduceat(values, begin)), 0, most).astype(np.int64)
        places += [least.tolist(), last.tolist()]
    first = [*begin.tolist(), end]
    rise = np.add.reduceat(np.abs(corners.y[corners.after[:end]] - corners.y[:end]), begin).tolist()
    index = np.arange(end)
    for number, (left, right, top, bottom) in enumerate(zip(*places, strict=True)):
        if right > left and bottom > top:
            edges = index[first[number] : first[number + 1]]
            width, height = right - left, bottom - top
            # The canvas' own rule for when it computes exactly.
            fine = fills[number].fine or len(edges) < max(width, height) / 2 - 10
            lines = FINE_LINES if fine else LINES
            crossings = int(min(rise[number], 1.0 * len(edges) * height) * lines) + len(edges)
            whole = _Tile(fills[number].paint, left, top, width, height, edges, lines, crossings)
            if (width * height <= WHOLE or height <= ROWS) and crossings <= 8 * CROSSINGS:
                yield whole
            else:
                yield from _bands(whole, corners)


def _lay(
    image: Image.Image, picture: Placed, scale: float, shrunk: Shrunk, cancelled: Callable[[], bool] | None
) -> bool:
    """Lays a picture where it belongs, strip by strip. Was it all done?"""
    outline = picture.corners * scale
    low = np.clip(np.floor(outline.min(axis=0)), 0, image.size).astype(int).tolist()
    high = np.clip(np.ceil(outline.max(axis=0)), 0, image.size).astype(int).tolist()
    (left, top), (right, bottom) = low, high
    a, b, c, d, _, _ = picture.matrix
    if right <= left or bottom <= top or abs(a * d - b * c) * scale * scale < FLAT:
        return True
    source = shrunk.of(picture, scale)
    rows = max(1, STRIP // (right - left))
    for begin in range(top, bottom, rows):
        if cancelled is not None and cancelled():
            return False
        box = (left, begin, right, min(begin + rows, bottom))
        size = (box[2] - box[0], box[3] - box[1])
        part = source.transform(
            size, Image.Transform.AFFINE, _back(picture, scale, source.size, box[:2]), Image.Resampling.BICUBIC
        )
        mask = Image.new("L", size)
        edges = _corners(outline - np.array(box[:2]), np.array([0, 4]))
        covered = _Tile(Paint((255, 255, 255)), 0, 0, *size, np.arange(4), FINE_LINES, 4 * size[1] * FINE_LINES)
        if all(_is_edge_free(outline, axis, box) for axis in (0, 1)):
            mask.paste(255, (0, 0, *size))
        else:
            _fill(mask, edges, _bands(covered, edges), None)
        if part.mode == "RGBA":
            mask = ImageChops.multiply(mask, part.getchannel("A"))
        image.paste(part.convert("RGB"), box, mask)
    return True


def _edged(image: Image.Image) -> Image.Image:
    """The picture with an edge of `EDGE` more of the same around: what lies between its outermost pixels and its border
    is theirs."""
    size = image.size
    out = Image.new(image.mode, (size[0] + 2 * EDGE, size[1] + 2 * EDGE))
    # The corners first, then the sides over them, then the picture.
    for x, y, box in (
        (0, 0, (0, 0, 1, 1)), (1, 0, (size[0] - 1, 0, size[0], 1)),
        (0, 1, (0, size[1] - 1, 1, size[1])), (1, 1, (size[0] - 1, size[1] - 1, size[0], size[1])),
    ):  # fmt: skip
        out.paste(
            image.resize((EDGE, EDGE), Image.Resampling.NEAREST, box), (x * (size[0] + EDGE), y * (size[1] + EDGE))
        )
    for y, row in ((0, 0), (size[1] + EDGE, size[1] - 1)):
        out.paste(image.resize((size[0], EDGE), Image.Resampling.NEAREST, (0, row, size[0], row + 1)), (EDGE, y))
    for x, column in ((0, 0), (size[0] + EDGE, size[0] - 1)):
        out.paste(image.resize((EDGE, size[1]), Image.Resampling.NEAREST, (column, 0, column + 1, size[1])), (x, EDGE))
    out.paste(image, (EDGE, EDGE))
    return out


def _back(picture: Placed, scale: float, size: tuple[int, int], corner: tuple[int, int]) -> tuple[float, ...]:
    """From a pixel, counted from `corner`, to the place in the edged picture of that size that is shown there."""
    a, b, c, d, e, f = (value * scale for value in picture.matrix)
    e, f = e - corner[0], f - corner[1]
    turn = a * d - b * c
    width, height = size[0] - 2 * EDGE, size[1] - 2 * EDGE
    u, v = (d / turn * width, -c / turn * width), (-b / turn * height, a / turn * height)
    return (*u, EDGE - u[0] * e - u[1] * f, *v, EDGE - v[0] * e - v[1] * f)


def _is_edge_free(outline: Floats, axis: int, box: tuple[int, int, int, int]) -> bool:
    """Does an upright picture of these corners cover the box wholly along that axis?"""
    upright = len(np.unique(outline[:, 0])) == 2 and len(np.unique(outline[:, 1])) == 2
    return upright and bool(outline[:, axis].min() <= box[axis] and outline[:, axis].max() >= box[axis + 2])


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
    rise = np.add.reduceat(np.minimum(np.abs(corners.y[corners.after[edges]] - corners.y[edges]), ROWS), begin)
    for number, left, right, one, other, high_in in zip(
        band[begin].tolist(), lefts.tolist(), rights.tolist(), begin.tolist(), ends.tolist(), rise.tolist(), strict=True
    ):
        if right > left:
            some = edges[one:other]
            crossings = int(high_in * whole.lines) + len(some)
            # Where very much is piled up, fewer rows at once: what is held does not grow with what somebody drew.
            rows = max(1, min(ROWS, ROWS * 8 * CROSSINGS // crossings))
            bottom = min(whole.top + (number + 1) * ROWS, whole.top + whole.height)
            for top in range(whole.top + number * ROWS, bottom, rows):
                height = min(rows, bottom - top)
                part = crossings * height // ROWS + len(some)
                yield _Tile(whole.paint, left, top, right - left, height, some, whole.lines, part)


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
        image.paste(
            rgb if image.mode == "RGB" else rgb[0],
            (tile.left, tile.top, tile.left + stride, tile.top + tile.height),
            mask,
        )


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
