/**
 * The outline of a stroke: the polygons that are filled to draw it. The twin of `classroom/core/outline.py`, whose
 * docstring describes the steps; both give, bit for bit, the same polygons (`tests/vectors/` judges both).
 *
 * Only + - * / sqrt and comparisons, in the order written here: an "equal" expression in another order is a defect.
 */

export type Tool = "pen" | "highlighter";

/** sin(k * 90°/16): literals, since library sines may differ in the last bit. */
const SINE: readonly number[] = [
  0.0, 0.0980171403295606, 0.19509032201612825, 0.29028467725446233, 0.3826834323650898, 0.47139673682599764,
  0.5555702330196022, 0.6343932841636455, 0.7071067811865475, 0.773010453362737, 0.8314696123025452,
  0.8819212643483549, 0.9238795325112867, 0.9569403357322089, 0.9807852804032304, 0.9951847266721968, 1.0,
];
/** The circle in 64 parts, by symmetry from SINE. */
const SIN64: readonly number[] = [
  ...SINE,
  ...SINE.slice(0, -1).reverse(),
  ...SINE.slice(1).map((s) => -s),
  ...SINE.slice(1, -1)
    .reverse()
    .map((s) => -s),
];
const COS64: readonly number[] = [...SIN64.slice(16), ...SIN64.slice(0, 16)];

/**
 * For 2, 4 and 8 steps along a bent segment, the weights at each step but the ends: of place (towards the end, of the
 * tangent at the start, of that at the end), the same for its slope, and the part of the way.
 */
const BENDS: readonly Float64Array[] = [2, 4, 8].map((steps) => {
  const weights: number[] = [];
  for (let j = 1; j < steps; j++) {
    const t = j / steps;
    weights.push(t * t * (3 - 2 * t), t * (1 - t) * (1 - t), t * t * (t - 1));
    weights.push(6 * t * (1 - t), 1 - 4 * t + 3 * t * t, 3 * t * t - 2 * t, t);
  }
  return Float64Array.from(weights);
});

/** Numbers that make a rib; see `Outliner.rib`. */
const STRIDE = 9;

/** Polygon k, of `polygons`, has the corners `start[k]` up to `start[k + 1]`; `xy` holds x, y of each corner. */
export interface Outline {
  readonly polygons: number;
  readonly xy: Float64Array;
  readonly start: Int32Array;
}

/**
 * Closed polygons, each `x, y` pairs laid flat, to be filled non-zero as one path.
 *
 * @param points x, y in board units and pressure 0..1, laid flat, as from `unpack`
 * @param width in board units
 */
export function outline(
  points: ArrayLike<number>,
  width: number,
  quantum: number,
  tool: Tool,
): Float64Array[] {
  const { polygons, xy, start } = new Outliner().trace(points, width, quantum, tool);
  const out: Float64Array[] = [];
  for (let k = 0; k < polygons; k++) {
    out.push(xy.slice(2 * start[k]!, 2 * start[k + 1]!));
  }
  return out;
}

/** A box (left, top, right, bottom) that holds the outline, whatever the tool; not the tightest one. */
export function bounds(points: ArrayLike<number>, width: number): [number, number, number, number] {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  let longest = 0;
  for (let i = 0; i < points.length; i += 3) {
    const x = points[i]!;
    const y = points[i + 1]!;
    left = x < left ? x : left;
    top = y < top ? y : top;
    right = x > right ? x : right;
    bottom = y > bottom ? y : bottom;
    if (i > 0) {
      const dx = x - points[i - 3]!;
      const dy = y - points[i - 2]!;
      const square = dx * dx + dy * dy;
      longest = square > longest ? square : longest;
    }
  }
  let pad = width * 0.875;
  if (points.length > 6) {
    pad = pad + Math.sqrt(longest) * 0.375;
  }
  return [left - pad, top - pad, right + pad, bottom + pad];
}

/**
 * Draws outlines one after another in the same working memory: several times faster than `outline` for many strokes.
 * What `trace` returns is lent: the next call overwrites it.
 */
export class Outliner {
  /** Smoothed points; `r` holds pressures until the end of `smooth`. */
  private x = new Float64Array(0);
  private y = new Float64Array(0);
  private r = new Float64Array(0);
  /** Unit directions and lengths of the segments. */
  private ux = this.x;
  private uy = this.x;
  private length = this.x;
  /** Ribs of one run, STRIDE numbers each: place, unit tangent, radius, left end, right end. */
  private ribs = 0;
  private rib = new Float64Array(0);
  /** 1: the left half-rib crosses the next one; 2: the right one does; 3: both. */
  private fold = new Uint8Array(0);
  /** What is lent. */
  xy = new Float64Array(512);
  start = new Int32Array(64);
  polygons = 0;
  private used = 0;

  /** The outline of a stroke: see `outline`. */
  trace(points: ArrayLike<number>, width: number, quantum: number, tool: Tool): Outline {
    this.used = 0;
    this.polygons = 0;
    if (points.length >= 3) {
      const px = 2 ** (4 - quantum);
      const n = this.smooth(points, width, px, tool);
      if (n === 1) {
        this.disc(this.x[0]!, this.y[0]!, this.r[0]!, px);
      } else {
        this.strips(n, px);
      }
    }
    return this;
  }

  /** Steps 1 to 5; returns how many points are left. */
  private smooth(points: ArrayLike<number>, width: number, px: number, tool: Tool): number {
    const count = points.length / 3;
    if (this.x.length < count) {
      this.x = new Float64Array(count + 64);
      this.y = new Float64Array(count + 64);
      this.r = new Float64Array(count + 64);
      this.ux = new Float64Array(count + 64);
      this.uy = new Float64Array(count + 64);
      this.length = new Float64Array(count + 64);
    }
    const { x, y, r } = this;
    let n = 0;
    let dot = points[2]!;
    let lastX = Number.NaN;
    let lastY = Number.NaN;
    for (let i = 0; i < points.length; i += 3) {
      const nx = points[i]!;
      const ny = points[i + 1]!;
      const p = points[i + 2]!;
      dot = Math.max(p, dot);
      if (nx !== lastX || ny !== lastY) {
        x[n] = nx;
        y[n] = ny;
        r[n] = p;
        n++;
        lastX = nx;
        lastY = ny;
      }
    }

    const s = px * px * 0.25;
    for (let pass = 0; pass < 3; pass++) {
      let ax = x[0]!;
      let ay = y[0]!;
      let ap = r[0]!;
      let bx = x[1]!;
      let by = y[1]!;
      let bp = r[1]!;
      for (let i = 1; i < n - 1; i++) {
        const cx = x[i + 1]!;
        const cy = y[i + 1]!;
        const cp = r[i + 1]!;
        const dx = (ax + cx - (bx + bx)) * 0.25;
        const dy = (ay + cy - (by + by)) * 0.25;
        let f = s / (s + (dx * dx + dy * dy));
        f = f * f;
        x[i] = bx + dx * f;
        y[i] = by + dy * f;
        r[i] = (ap + cp + (bp + bp)) * 0.25;
        ax = bx;
        ay = by;
        ap = bp;
        bx = cx;
        by = cy;
        bp = cp;
      }
    }

    const px2 = px * px;
    for (let round = 0; round < 2; round++) {
      let kept = 1;
      for (let i = 1; i < n; i += 2) {
        const bx = x[i]!;
        const by = y[i]!;
        if (i + 1 === n) {
          x[kept] = bx;
          y[kept] = by;
          r[kept++] = r[i]!;
          break;
        }
        const ax = x[kept - 1]!;
        const ay = y[kept - 1]!;
        const cx = x[i + 1]!;
        const cy = y[i + 1]!;
        const cp = r[i + 1]!;
        const dx = ax + cx - (bx + bx);
        const dy = ay + cy - (by + by);
        const wx = cx - ax;
        const wy = cy - ay;
        if (!(dx * dx + dy * dy <= 0.015625 * px2 && wx * wx + wy * wy <= 9 * px2)) {
          x[kept] = bx;
          y[kept] = by;
          r[kept++] = r[i]!;
        }
        x[kept] = cx;
        y[kept] = cy;
        r[kept++] = cp;
      }
      n = kept;
    }

    let kept = 1;
    lastX = x[0]!;
    lastY = y[0]!;
    for (let i = 1; i < n; i++) {
      const nx = x[i]!;
      const ny = y[i]!;
      const dx = nx - lastX;
      const dy = ny - lastY;
      if (dx * dx + dy * dy > 2 ** -40) {
        x[kept] = nx;
        y[kept] = ny;
        r[kept] = r[i]!;
        kept++;
      }
      lastX = nx;
      lastY = ny;
    }
    if (kept === 1) {
      r[0] = dot;
    }
    const half = width * 0.5;
    const pen = tool === "pen";
    for (let i = 0; i < kept; i++) {
      r[i] = pen ? half * (0.25 + 1.5 * r[i]!) : half;
    }
    return kept;
  }

  /** Steps 6 to 9. */
  private strips(n: number, px: number): void {
    const { x, y, r, ux, uy, length } = this;
    const last = n - 1;
    for (let i = 0; i < last; i++) {
      const dx = x[i + 1]! - x[i]!;
      const dy = y[i + 1]! - y[i]!;
      const ell = Math.sqrt(dx * dx + dy * dy);
      length[i] = ell;
      const per = 1 / ell;
      ux[i] = dx * per;
      uy[i] = dy * per;
    }

    const px2 = px * px;
    const arm = 8 * px;
    this.ribs = 0;
    // The tangent at the point where the next segment begins, unless that point is cut.
    let nextX = 0;
    let nextY = 0;
    let cut = true;
    for (let i = 0; i < last; i++) {
      const ell = length[i]!;
      const dirX = ux[i]!;
      const dirY = uy[i]!;
      const begins = cut;
      let ax = begins ? dirX : nextX;
      let ay = begins ? dirY : nextY;
      let bx = dirX;
      let by = dirY;
      cut = true;
      if (i + 1 < last) {
        const vx = ux[i + 1]!;
        const vy = uy[i + 1]!;
        const after = length[i + 1]!;
        const turn = dirX * vx + dirY * vy;
        cut = turn < -0.5 || (turn < 0.5 && ell > arm && after > arm);
        if (!cut) {
          const tx = after * dirX + ell * vx;
          const ty = after * dirY + ell * vy;
          const per = 1 / Math.sqrt(tx * tx + ty * ty);
          nextX = tx * per;
          nextY = ty * per;
          bx = nextX;
          by = nextY;
        }
      }
      if (i === 0 && !cut) {
        let turn = bx * dirX + by * dirY;
        turn = turn + turn;
        ax = turn * dirX - bx;
        ay = turn * dirY - by;
      }
      if (i + 1 === last && !begins) {
        let turn = ax * dirX + ay * dirY;
        turn = turn + turn;
        bx = turn * dirX - ax;
        by = turn * dirY - ay;
      }

      const bend = 8 * (1 - Math.min(ax * dirX + ay * dirY, bx * dirX + by * dirY));
      const flat = ell * ell * bend;
      const swing = Math.max(r[i + 1]!, r[i]!) * bend;
      if (this.ribs + 9 > this.fold.length) {
        this.widen();
      }
      this.push(x[i]!, y[i]!, ax, ay, r[i]!);
      if (!(flat <= 0.16 * px2 && swing <= 0.4 * px)) {
        const steps =
          flat <= 2.56 * px2 && swing <= 1.6 * px ? 0 : flat <= 40.96 * px2 && swing <= 6.4 * px ? 1 : 2;
        let reachA = ell;
        if (!begins) {
          const before = length[i - 1]!;
          reachA = Math.min(before + before, ell);
        }
        let reachB = ell;
        if (!cut) {
          const after = length[i + 1]!;
          reachB = Math.min(after + after, ell);
        }
        this.bend(i, BENDS[steps]!, ax * reachA, ay * reachA, bx * reachB, by * reachB);
      }
      if (cut) {
        const final = i + 1 === last;
        this.push(x[i + 1]!, y[i + 1]!, bx, by, r[i + 1]!);
        this.run(px, this.polygons === 0, final);
        this.ribs = 0;
        if (!final) {
          this.disc(x[i + 1]!, y[i + 1]!, r[i + 1]!, px);
        }
      }
    }
  }

  /** The ribs inside segment i, whose tangents at both ends are given at their full length. */
  private bend(i: number, weights: Float64Array, sx: number, sy: number, fx: number, fy: number): void {
    const x0 = this.x[i]!;
    const y0 = this.y[i]!;
    const r0 = this.r[i]!;
    const ex = this.x[i + 1]! - x0;
    const ey = this.y[i + 1]! - y0;
    const er = this.r[i + 1]! - r0;
    for (let j = 0; j < weights.length; j += 7) {
      const cx = weights[j + 3]! * ex + (weights[j + 4]! * sx + weights[j + 5]! * fx);
      const cy = weights[j + 3]! * ey + (weights[j + 4]! * sy + weights[j + 5]! * fy);
      const per = 1 / Math.sqrt(cx * cx + cy * cy);
      this.push(
        x0 + (weights[j]! * ex + (weights[j + 1]! * sx + weights[j + 2]! * fx)),
        y0 + (weights[j]! * ey + (weights[j + 1]! * sy + weights[j + 2]! * fy)),
        cx * per,
        cy * per,
        r0 + weights[j + 6]! * er,
      );
    }
  }

  private push(x: number, y: number, tx: number, ty: number, r: number): void {
    const b = this.rib;
    const i = this.ribs++ * STRIDE;
    const ox = r * ty;
    const oy = r * tx;
    b[i] = x;
    b[i + 1] = y;
    b[i + 2] = tx;
    b[i + 3] = ty;
    b[i + 4] = r;
    b[i + 5] = x - ox;
    b[i + 6] = y + oy;
    b[i + 7] = x + ox;
    b[i + 8] = y - oy;
  }

  private widen(): void {
    const size = 2 * this.fold.length + 256;
    const wider = new Float64Array(size * STRIDE);
    wider.set(this.rib);
    this.rib = wider;
    this.fold = new Uint8Array(size);
  }

  /** Begins a polygon of at most `corners` corners. */
  private polygon(corners: number): void {
    if (this.polygons + 1 >= this.start.length) {
      const wider = new Int32Array(2 * this.start.length);
      wider.set(this.start);
      this.start = wider;
    }
    this.start[this.polygons++] = this.used / 2;
    if (this.used + 2 * corners > this.xy.length) {
      const wider = new Float64Array(2 * (this.xy.length + 2 * corners));
      wider.set(this.xy);
      this.xy = wider;
    }
  }

  /** Ends it. */
  private close(used: number): void {
    this.used = used;
    this.start[this.polygons] = used / 2;
  }

  /** The strip of one run, and the folds in it. */
  private run(px: number, first: boolean, last: boolean): void {
    const n = this.ribs;
    this.polygon(4 * n + 64);
    const { rib: b, fold, xy } = this;
    const end = (n - 1) * STRIDE;
    let k = this.used;
    let folds = 0;
    let before = 0;
    for (let i = 0, g = 0; i <= end; i += STRIDE, g++) {
      let now = 0;
      if (i < end) {
        const x = b[i]!;
        const y = b[i + 1]!;
        const tx = b[i + 2]!;
        const ty = b[i + 3]!;
        if (tx * (b[i + 14]! - x) + ty * (b[i + 15]! - y) < 0 && this.ahead(i, 5)) {
          now = 1;
        }
        if (tx * (b[i + 16]! - x) + ty * (b[i + 17]! - y) < 0 && this.ahead(i, 7)) {
          now |= 2;
        }
        folds += now;
      }
      fold[g] = now;
      if ((before | now) & 1) {
        if (!(now & 1)) {
          xy[k++] = b[i]!;
          xy[k++] = b[i + 1]!;
        }
        if (!(before & now & 1)) {
          xy[k++] = b[i + 5]!;
          xy[k++] = b[i + 6]!;
        }
        if (now & 1) {
          xy[k++] = b[i]!;
          xy[k++] = b[i + 1]!;
        }
      } else {
        xy[k++] = b[i + 5]!;
        xy[k++] = b[i + 6]!;
      }
      before = now;
    }
    if (last) {
      k = this.halfCircle(k, px, b[end]!, b[end + 1]!, b[end + 2]!, b[end + 3]!, b[end + 4]!);
    }
    let after = 0;
    for (let i = end, g = n - 2; i >= 0; i -= STRIDE, g--) {
      before = i > 0 ? fold[g]! : 0;
      if ((before | after) & 2) {
        if (after & 2) {
          xy[k++] = b[i]!;
          xy[k++] = b[i + 1]!;
        }
        if (!(before & after & 2)) {
          xy[k++] = b[i + 7]!;
          xy[k++] = b[i + 8]!;
        }
        if (!(after & 2)) {
          xy[k++] = b[i]!;
          xy[k++] = b[i + 1]!;
        }
      } else {
        xy[k++] = b[i + 7]!;
        xy[k++] = b[i + 8]!;
      }
      after = before;
    }
    if (first) {
      k = this.halfCircle(k, px, b[0]!, b[1]!, -b[2]!, -b[3]!, b[4]!);
    }
    this.close(k);
    for (let g = 0; folds > 0; g++) {
      const now = fold[g]!;
      folds -= now;
      const i = g * STRIDE;
      const j = i + STRIDE;
      if (now & 1) {
        this.quad(j + 5, i + 5, j, i);
      }
      if (now & 2) {
        this.quad(i + 7, j + 7, i, j);
      }
    }
  }

  /** Does rib i (an offset), to its end at `end`, reach in front of the next rib? */
  private ahead(i: number, end: number): boolean {
    const b = this.rib;
    const j = i + STRIDE;
    return b[j + 2]! * (b[i + end]! - b[j]!) + b[j + 3]! * (b[i + end + 1]! - b[j + 1]!) > 0;
  }

  /** A polygon of four places among the ribs' numbers. */
  private quad(p: number, q: number, s: number, t: number): void {
    this.polygon(4);
    const { rib: b, xy, used } = this;
    xy[used] = b[p]!;
    xy[used + 1] = b[p + 1]!;
    xy[used + 2] = b[q]!;
    xy[used + 3] = b[q + 1]!;
    xy[used + 4] = b[s]!;
    xy[used + 5] = b[s + 1]!;
    xy[used + 6] = b[t]!;
    xy[used + 7] = b[t + 1]!;
    this.close(used + 8);
  }

  /** The corners between the left and the right end of a rib, round the front of the tangent; the place after them. */
  private halfCircle(k: number, px: number, x: number, y: number, tx: number, ty: number, r: number): number {
    const { xy } = this;
    const stride = 32 / sides(r, px);
    for (let j = stride; j < 32; j += stride) {
      xy[k++] = x + r * (SIN64[j]! * tx - COS64[j]! * ty);
      xy[k++] = y + r * (SIN64[j]! * ty + COS64[j]! * tx);
    }
    return k;
  }

  /** A whole circle, turning as the strips do. */
  private disc(x: number, y: number, r: number, px: number): void {
    this.polygon(64);
    const { xy } = this;
    const stride = 32 / sides(r, px);
    let k = this.used;
    for (let j = 0; j < 64; j += stride) {
      xy[k++] = x + r * COS64[j]!;
      xy[k++] = y - r * SIN64[j]!;
    }
    this.close(k);
  }
}

/** Sides of a half-circle. */
function sides(r: number, px: number): number {
  return r <= 0.75 * px ? 4 : r <= 4 * px ? 8 : r <= 16 * px ? 16 : 32;
}
