"""The outline of a stroke: the polygons that are filled to draw it. The twin is `core/outline.ts`.

It promises that Python and TypeScript give, bit for bit, the same polygons (`tests/vectors/` judges both): only float64
+ - * / sqrt and comparisons, in the order written here, and no library sums. It must never import numpy before a
function needs it.

`px` is the author's screen pixel, 2**(4 - quantum) board units, so that ink drawn zoomed in is treated as finely as it
was drawn.

1. Points that repeat the point before are dropped.
2. Three passes of [1,2,1]/4, ends fixed; the shift of a position is multiplied by (s/(s + shift**2))**2, s = (px/2)**2:
   noise of a pixel is smoothed away, while sparse, meant points stay where the pen was. Pressure is smoothed plainly.
3. Twice, every other point is dropped where it lies within px/16 of the middle of its neighbours and these are at most
   3 px apart: a stroke is written more densely than it can be seen.
4. Points nearer than 2**-20 to the point before are dropped. A single point left is a *dot*: one disc, by the
   greatest pressure.
5. Radius: width/2 for the highlighter, width/2 * (0.25 + 1.5 pressure) for the pen.
6. A *corner* is a turn of more than 120°, or of more than 60° between two arms longer than 8 px. Elsewhere the curve is
   the cubic through the points whose tangent is the mean of both directions, each weighted by the length of the
   other's arm, and no longer than twice the shorter arm. At corners the tangent is the arm's own; at the ends of a
   stroke it mirrors the tangent at the other end of the segment, so that arcs begin and end as arcs. Corners cut a
   stroke into *runs*.
7. Each segment has 1, 2, 4 or 8 steps, by length, turn and radius: the outline stays within about px/20 of the curve's.
8. A *rib* at every step reaches one radius to each side of the curve, square to it. A run is one polygon: left ends
   forward, right ends back. The first run begins and the last one ends with a half-circle; a whole disc covers every
   corner. Circles have 8, 16, 32 or 64 sides by radius, from the literal table SINE.
9. Where two ribs cross, in a turn tighter than the radius, the run's polygon keeps to the curve on that side, and the
   two half-ribs span a polygon of their own: nothing is ever turned inside out, so no turn leaves a hole.

All polygons turn the same way, so that filled non-zero as one path they add up to the stroke without holes or seams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

Tool = Literal["pen", "highlighter"]

SINE = (
    0.0, 0.0980171403295606, 0.19509032201612825, 0.29028467725446233, 0.3826834323650898, 0.47139673682599764,
    0.5555702330196022, 0.6343932841636455, 0.7071067811865475, 0.773010453362737, 0.8314696123025452,
    0.8819212643483549, 0.9238795325112867, 0.9569403357322089, 0.9807852804032304, 0.9951847266721968, 1.0,
)  # fmt: skip
"""sin(k * 90°/16): literals, since library sines may differ in the last bit."""
SIN64 = (*SINE, *SINE[-2::-1], *(-s for s in SINE[1:]), *(-s for s in SINE[-2:0:-1]))
COS64 = (*SIN64[16:], *SIN64[:16])
"""The circle in 64 parts, by symmetry from SINE."""

BATCH = 16_384
"""Points worked on at once: their temporary arrays stay within a processor's cache."""


class Outlines(NamedTuple):
    """The outlines of many strokes. Polygon k is `xy[start[k]:start[k + 1]]`, closed, of stroke number `stroke[k]`."""

    xy: Floats
    start: Ints
    stroke: Ints


def outline(points: ArrayLike, width: float, quantum: int, tool: Tool) -> list[Floats]:
    """Closed polygons (k, 2), filled non-zero as one path. Points (n, 3) as from `ink.unpack`, width in board units."""
    import numpy as np

    array = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    if len(array) == 0:
        return []
    one = outlines(array, np.array([0, len(array)]), [width], [quantum], [tool == "highlighter"])
    return np.split(one.xy, one.start[1:-1])


def bounds(points: ArrayLike, width: float) -> tuple[float, float, float, float]:
    """A box (left, top, right, bottom) that holds the outline of n >= 1 points, whatever the tool; not the tightest."""
    import numpy as np

    array = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    x, y = array[:, 0], array[:, 1]
    # 0.875 is the pen's greatest radius; a cubic leaves its chord by at most a quarter of it, and smoothing makes a
    # chord at most half as long again.
    pad = width * 0.875
    if len(array) > 2:
        dx, dy = x[1:] - x[:-1], y[1:] - y[:-1]
        pad = pad + float(np.sqrt((dx * dx + dy * dy).max())) * 0.375
    return float(x.min()) - pad, float(y.min()) - pad, float(x.max()) + pad, float(y.max()) + pad


def outlines(points: Floats, start: Ints, widths: ArrayLike, quanta: ArrayLike, highlighters: ArrayLike) -> Outlines:
    """`outline` of many strokes: points (N, 3) end to end, stroke s is `points[start[s]:start[s + 1]]`, not empty."""
    import numpy as np

    width = np.asarray(widths, dtype=np.float64)
    px: Floats = np.asarray(2.0 ** (4 - np.asarray(quanta, dtype=np.int64)), dtype=np.float64)
    marker = np.asarray(highlighters, dtype=np.bool_)
    parts: list[Outlines] = []
    low = 0
    while low < len(start) - 1:
        high = max(low + 1, int(np.searchsorted(start, start[low] + BATCH, side="right")) - 1)
        one = slice(low, high)
        rows = points[start[low] : start[high]]
        part = _batch(rows, np.diff(start[low : high + 1]), width[one], px[one], marker[one])
        parts.append(Outlines(part.xy, part.start, part.stroke + low))
        low = high
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Outlines(np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64))
    offset = np.cumsum([0] + [len(part.xy) for part in parts])
    starts = [part.start[:-1] + o for part, o in zip(parts, offset[:-1], strict=True)]
    return Outlines(
        np.concatenate([part.xy for part in parts]),
        np.concatenate([*starts, offset[-1:]]),
        np.concatenate([part.stroke for part in parts]),
    )


class _Path(NamedTuple):
    """Smoothed points of many strokes end to end; `first` and `last` mark the ends of strokes."""

    x: Floats
    y: Floats
    r: Floats
    stroke: Ints
    first: Bools
    last: Bools


def _ends(stroke: Ints) -> tuple[Bools, Bools]:
    import numpy as np

    change = stroke[1:] != stroke[:-1]
    return np.concatenate(([True], change)), np.concatenate((change, [True]))


def _smoothed(points: Floats, stroke: Ints, width: Floats, px: Floats, marker: Bools) -> _Path:
    """Steps 1 to 5."""
    import numpy as np

    x, y, p = points[:, 0], points[:, 1], points[:, 2]
    first, _ = _ends(stroke)
    dot = np.maximum.reduceat(p, np.flatnonzero(first))
    keep = first.copy()
    keep[1:] |= (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    x, y, p, stroke = x[keep], y[keep], p[keep], stroke[keep]

    first, last = _ends(stroke)
    inner = ~(first | last)[1:-1]
    s = (px * px * 0.25)[stroke][1:-1]
    for _ in range(3):
        if len(x) < 3:
            break
        bx, by, bp = x[1:-1], y[1:-1], p[1:-1]
        dx = ((x[:-2] + x[2:]) - (bx + bx)) * 0.25
        dy = ((y[:-2] + y[2:]) - (by + by)) * 0.25
        f = s / (s + (dx * dx + dy * dy))
        f = f * f
        nx = np.where(inner, bx + dx * f, bx)
        ny = np.where(inner, by + dy * f, by)
        np_ = np.where(inner, ((p[:-2] + p[2:]) + (bp + bp)) * 0.25, bp)
        x, y, p = x.copy(), y.copy(), p.copy()
        x[1:-1], y[1:-1], p[1:-1] = nx, ny, np_

    px2 = px * px
    for _ in range(2):
        nth = np.arange(len(x)) - np.flatnonzero(first)[stroke]
        i = np.flatnonzero((nth & 1).astype(np.bool_) & ~last)
        ax, ay, bx, by, cx, cy = x[i - 1], y[i - 1], x[i], y[i], x[i + 1], y[i + 1]
        dx, dy = (ax + cx) - (bx + bx), (ay + cy) - (by + by)
        wx, wy = cx - ax, cy - ay
        p2 = px2[stroke[i]]
        keep = np.ones(len(x), dtype=np.bool_)
        keep[i] = ~((dx * dx + dy * dy <= 0.015625 * p2) & (wx * wx + wy * wy <= 9.0 * p2))
        x, y, p, stroke = x[keep], y[keep], p[keep], stroke[keep]
        first, last = _ends(stroke)

    dx, dy = x[1:] - x[:-1], y[1:] - y[:-1]
    keep = first.copy()
    keep[1:] |= dx * dx + dy * dy > 2.0**-40
    if not keep.all():
        x, y, p, stroke = x[keep], y[keep], p[keep], stroke[keep]
        first, last = _ends(stroke)
    p = np.where(first & last, dot[stroke], p)
    half = (width * 0.5)[stroke]
    r = np.where(marker[stroke], half, half * (0.25 + 1.5 * p))
    return _Path(x, y, r, stroke, first, last)


def _batch(points: Floats, counts: Ints, width: Floats, px_each: Floats, marker: Bools) -> Outlines:
    import numpy as np

    path = _smoothed(points, np.repeat(np.arange(len(counts)), counts), width, px_each, marker)
    x, y, r, stroke, first, last = path
    px = px_each[stroke]
    n = len(x)

    # Segment i goes from point i to point i + 1; where a stroke ends, a made-up one keeps the arrays aligned.
    dx, dy = np.ones(n), np.zeros(n)
    dx[:-1], dy[:-1] = x[1:] - x[:-1], y[1:] - y[:-1]
    length = np.sqrt(dx * dx + dy * dy)
    length = np.where(last, 1.0, length)
    per = 1.0 / length
    ux, uy = dx * per, dy * per

    # Corners and tangents at the points: (ax, ay) where segment i begins, (bx, by) where it ends.
    vx, vy, before = np.empty(n), np.empty(n), np.empty(n)
    vx[0], vy[0], before[0] = 1.0, 0.0, 1.0
    vx[1:], vy[1:], before[1:] = ux[:-1], uy[:-1], length[:-1]
    turn = vx * ux + vy * uy
    arm = 8.0 * px
    cut = first | last | (turn < -0.5) | ((turn < 0.5) & (before > arm) & (length > arm))
    tx = length * vx + before * ux
    ty = length * vy + before * uy
    norm = np.sqrt(tx * tx + ty * ty)
    norm = np.where(cut, 1.0, norm)
    per = 1.0 / norm
    tx, ty = tx * per, ty * per
    twice = before + before
    reach = np.minimum(twice, length)
    ax, ay, reach_a = np.where(cut, ux, tx), np.where(cut, uy, ty), np.where(cut, length, reach)
    ends = np.ones(n, dtype=np.bool_)
    ends[:-1] = cut[1:]
    bx, by, reach_b = ux.copy(), uy.copy(), length.copy()
    twice = length[1:] + length[1:]
    reach = np.minimum(twice, length[:-1])
    i = np.flatnonzero(~ends)
    bx[i], by[i], reach_b[i] = tx[i + 1], ty[i + 1], reach[i]
    i = np.flatnonzero(first & ~ends)
    turn = bx[i] * ux[i] + by[i] * uy[i]
    turn = turn + turn
    ax[i], ay[i] = turn * ux[i] - bx[i], turn * uy[i] - by[i]
    i = np.flatnonzero(last & ~first) - 1
    i = i[~cut[i]]
    turn = ax[i] * ux[i] + ay[i] * uy[i]
    turn = turn + turn
    bx[i], by[i] = turn * ux[i] - ax[i], turn * uy[i] - ay[i]

    # Steps of each segment.
    begin, finish = ax * ux + ay * uy, bx * ux + by * uy
    bend = 8.0 * (1.0 - np.minimum(finish, begin))
    radius = r.copy()
    radius[:-1] = np.maximum(r[1:], r[:-1])
    flat, swing, px2 = (length * length) * bend, radius * bend, px * px
    steps = np.full(n, 8)
    steps[(flat <= 40.96 * px2) & (swing <= 6.4 * px)] = 4
    steps[(flat <= 2.56 * px2) & (swing <= 1.6 * px)] = 2
    steps[(flat <= 0.16 * px2) & (swing <= 0.4 * px)] = 1
    real = ~last
    ends &= real
    steps[last] = 0

    # Ribs: where, which way (unit tangent), how far.
    rib_of = np.cumsum(steps + ends) - (steps + ends)
    total = int(rib_of[-1])  # the last point has none
    px_, py_, qx, qy, half = np.empty((5, total))
    i, at = np.flatnonzero(real), rib_of[real]
    px_[at], py_[at], qx[at], qy[at], half[at] = x[i], y[i], ax[i], ay[i], r[i]
    i = np.flatnonzero(ends)
    at = rib_of[i] + steps[i]
    px_[at], py_[at], qx[at], qy[at], half[at] = x[i + 1], y[i + 1], bx[i], by[i], r[i + 1]
    for count in (2, 4, 8):
        i = np.flatnonzero(steps == count)
        if len(i) == 0:
            continue
        x0, y0, r0 = x[i], y[i], r[i]
        ex, ey, er = dx[i], dy[i], r[i + 1] - r0
        sx, sy, fx, fy = ax[i] * reach_a[i], ay[i] * reach_a[i], bx[i] * reach_b[i], by[i] * reach_b[i]
        for j in range(1, count):
            t = j / count
            h0, h1, h2 = t * (1.0 - t) * (1.0 - t), t * t * (3.0 - 2.0 * t), t * t * (t - 1.0)
            g0, g1, g2 = 1.0 - 4.0 * t + 3.0 * t * t, 6.0 * t * (1.0 - t), 3.0 * t * t - 2.0 * t
            at = rib_of[i] + j
            px_[at] = x0 + (h1 * ex + (h0 * sx + h2 * fx))
            py_[at] = y0 + (h1 * ey + (h0 * sy + h2 * fy))
            cx = g1 * ex + (g0 * sx + g2 * fx)
            cy = g1 * ey + (g0 * sy + g2 * fy)
            norm = np.sqrt(cx * cx + cy * cy)
            per = 1.0 / norm
            qx[at], qy[at] = cx * per, cy * per
            half[at] = r0 + t * er
    lx, ly = px_ - half * qy, py_ + half * qx
    rx, ry = px_ + half * qy, py_ - half * qx

    # Runs. A fold lies between rib g and rib g + 1 of one run, on one side.
    run_end = np.flatnonzero(ends)
    run_stroke = stroke[run_end]
    run_last = last[run_end + 1]
    run_first = np.concatenate(([True], run_last[:-1])) if len(run_end) else run_last
    run_rib = np.concatenate(([0], rib_of[run_end] + steps[run_end] + 1))
    ribs = np.diff(run_rib)
    run_of = np.repeat(np.arange(len(ribs)), ribs)
    left = _folds(px_, py_, qx, qy, lx, ly, run_of)
    right = _folds(px_, py_, qx, qy, rx, ry, run_of)
    folds = np.flatnonzero(np.column_stack((left, right)).ravel())

    # Polygons in the order of strokes: of each run the strip, its folds, and the disc where another run follows.
    dots = np.flatnonzero(first & last)
    folds_of = np.bincount(run_of[folds >> 1], minlength=len(ribs))
    of_run = 1 + folds_of + ~run_last
    before_run = np.cumsum(of_run) - of_run
    polygons = np.bincount(run_stroke, of_run, len(counts)).astype(np.int64)
    polygons[stroke[dots]] = 1
    polygon_of = np.cumsum(polygons) - polygons
    opening = np.flatnonzero(run_first)
    runs = np.diff(np.append(opening, len(run_end)))
    strip = polygon_of[run_stroke] + before_run - np.repeat(before_run[opening], runs)
    disc_at = np.concatenate((run_end[~run_last] + 1, dots))
    disc = np.concatenate(((strip + 1 + folds_of)[~run_last], polygon_of[stroke[dots]]))
    fold = np.repeat(strip + 1 - (np.cumsum(folds_of) - folds_of), folds_of) + np.arange(len(folds))

    head, tail = run_rib[:-1][run_first], run_rib[1:][run_last] - 1
    first_point, last_point = np.flatnonzero(first & ~last), np.flatnonzero(last & ~first)
    head_cap, tail_cap = np.ones(len(ribs), dtype=np.int64), np.ones(len(ribs), dtype=np.int64)
    head_cap[run_first] = _sides(r[first_point], px[first_point])
    tail_cap[run_last] = _sides(r[last_point], px[last_point])
    disc_sides = _sides(r[disc_at], px[disc_at])
    left_count, left_at = _places(left, run_rib)
    right_count, right_at = _places(right, run_rib)
    size = np.full(int(polygons.sum()), 4)
    size[strip] = left_count + right_count + head_cap + tail_cap - 2
    size[disc] = 2 * disc_sides
    out_start = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=out_start[1:])
    xy = np.empty((int(out_start[-1]), 2))

    base = out_start[strip]
    _side(xy, np.repeat(base, ribs) + left_at, 1, left, lx, ly, px_, py_)
    right_end = base + left_count + tail_cap - 1 + right_count
    _side(xy, np.repeat(right_end, ribs) - 1 - right_at, -1, right, rx, ry, px_, py_)
    at = (base + left_count)[run_last]
    _half_circles(xy, at, tail_cap[run_last], px_[tail], py_[tail], qx[tail], qy[tail], half[tail])
    at = right_end[run_first]
    _half_circles(xy, at, head_cap[run_first], px_[head], py_[head], -qx[head], -qy[head], half[head])
    _discs(xy, out_start[disc], disc_sides, x[disc_at], y[disc_at], r[disc_at])
    # A fold on the left: the later rib's end, the earlier's, then back along the curve. On the right: mirrored.
    g, on_right, at = folds >> 1, (folds & 1).astype(np.bool_), out_start[fold]
    i, k = g[~on_right], at[~on_right]
    for j, (cx, cy) in enumerate(((lx[i + 1], ly[i + 1]), (lx[i], ly[i]), (px_[i + 1], py_[i + 1]), (px_[i], py_[i]))):
        xy[k + j, 0], xy[k + j, 1] = cx, cy
    i, k = g[on_right], at[on_right]
    for j, (cx, cy) in enumerate(((rx[i], ry[i]), (rx[i + 1], ry[i + 1]), (px_[i], py_[i]), (px_[i + 1], py_[i + 1]))):
        xy[k + j, 0], xy[k + j, 1] = cx, cy
    return Outlines(xy, out_start, np.repeat(np.arange(len(counts)), polygons))


def _folds(x: Floats, y: Floats, tx: Floats, ty: Floats, ex: Floats, ey: Floats, run: Ints) -> Bools:
    """Does the half-rib from (x, y) to (ex, ey) cross the next one of its run?"""
    import numpy as np

    if len(x) == 0:
        return np.empty(0, dtype=np.bool_)
    behind = tx[:-1] * (ex[1:] - x[:-1]) + ty[:-1] * (ey[1:] - y[:-1]) < 0.0
    ahead = tx[1:] * (ex[:-1] - x[1:]) + ty[1:] * (ey[:-1] - y[1:]) > 0.0
    return np.append(behind & ahead & (run[1:] == run[:-1]), False)


def _places(folded: Bools, run_rib: Ints) -> tuple[Ints, Ints]:
    """Corners that one side of each run has, and how many of them come before each rib's, counted from its run's begin.
    A rib with a fold on just one hand has two: its end, and its place on the curve."""
    import numpy as np

    before = np.concatenate(([False], folded[:-1]))
    corners = 1 + (folded != before)
    upto = np.concatenate(([0], np.cumsum(corners)))
    count = upto[run_rib[1:]] - upto[run_rib[:-1]]
    return count, upto[:-1] - np.repeat(upto[run_rib[:-1]], np.diff(run_rib))


def _side(xy: Floats, at: Ints, step: int, folded: Bools, ex: Floats, ey: Floats, x: Floats, y: Floats) -> None:
    """One side of every strip: ends of ribs, and the curve itself along folds."""
    import numpy as np

    before = np.concatenate(([False], folded[:-1]))
    end = ~(folded & before)
    to = at + step * (before & ~folded)
    xy[to[end], 0], xy[to[end], 1] = ex[end], ey[end]
    centre = folded | before
    to = at + step * (folded & ~before)
    xy[to[centre], 0], xy[to[centre], 1] = x[centre], y[centre]


def _sides(r: Floats, px: Floats) -> Ints:
    """Sides of a half-circle: no side leaves the circle by more than about px/12, up to 16 px of radius."""
    import numpy as np

    sides = np.full(len(r), 32)
    sides[r <= 16.0 * px] = 16
    sides[r <= 4.0 * px] = 8
    sides[r <= 0.75 * px] = 4
    return sides


def _half_circles(xy: Floats, at: Ints, sides: Ints, x: Floats, y: Floats, tx: Floats, ty: Floats, r: Floats) -> None:
    """The corners between the left and the right end of a rib, going round the front of tangent (tx, ty)."""
    import numpy as np

    for count in (4, 8, 16, 32):
        i = np.flatnonzero(sides == count)
        if len(i):
            stride = 32 // count
            sine = np.array(SIN64[stride:32:stride])
            cosine = np.array(COS64[stride:32:stride])
            x_, y_, tx_, ty_, r_ = (a[i][:, None] for a in (x, y, tx, ty, r))
            to = at[i][:, None] + np.arange(count - 1)
            xy[to, 0] = x_ + r_ * (sine * tx_ - cosine * ty_)
            xy[to, 1] = y_ + r_ * (sine * ty_ + cosine * tx_)


def _discs(xy: Floats, at: Ints, sides: Ints, x: Floats, y: Floats, r: Floats) -> None:
    """Whole circles, turning as the strips do."""
    import numpy as np

    for count in (4, 8, 16, 32):
        i = np.flatnonzero(sides == count)
        if len(i):
            stride = 32 // count
            to = at[i][:, None] + np.arange(2 * count)
            xy[to, 0] = x[i][:, None] + r[i][:, None] * np.array(COS64[::stride])
            xy[to, 1] = y[i][:, None] - r[i][:, None] * np.array(SIN64[::stride])
