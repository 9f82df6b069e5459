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

/** Smoothed points, as columns. */
interface Path {
  n: number;
  x: Float64Array;
  y: Float64Array;
  r: Float64Array;
}

/** What a rib is made of: place, unit tangent, radius, and both its ends; `left` and `right` mark folds to the next. */
interface Ribs {
  n: number;
  x: Float64Array;
  y: Float64Array;
  tx: Float64Array;
  ty: Float64Array;
  r: Float64Array;
}

/**
 * Closed polygons, each `x, y` pairs laid flat, to be filled non-zero as one path.
 *
 * @param points x, y in board units and pressure 0..1, laid flat, as from `unpack`
 * @param width in board units
 */
export function outline(points: Float64Array, width: number, quantum: number, tool: Tool): Float64Array[] {
  if (points.length < 3) {
    return [];
  }
  const px = 2 ** (4 - quantum);
  const path = smoothed(points, width, px, tool);
  if (path.n === 1) {
    return [disc(path.x[0]!, path.y[0]!, path.r[0]!, px)];
  }
  return strips(path, px);
}

/** A box (left, top, right, bottom) that holds the outline, whatever the tool; not the tightest one. */
export function bounds(points: Float64Array, width: number): [number, number, number, number] {
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

/** Steps 1 to 4. */
function smoothed(points: Float64Array, width: number, px: number, tool: Tool): Path {
  const count = points.length / 3;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const r = new Float64Array(count); // pressure, until the end
  let n = 0;
  let dot = points[2]!;
  for (let i = 0; i < points.length; i += 3) {
    const p = points[i + 2]!;
    dot = p > dot ? p : dot;
    if (i === 0 || points[i]! !== points[i - 3]! || points[i + 1]! !== points[i - 2]!) {
      x[n] = points[i]!;
      y[n] = points[i + 1]!;
      r[n] = p;
      n++;
    }
  }

  const s = px * px * 0.25;
  for (let pass = 0; pass < 3; pass++) {
    let ax = x[0]!;
    let ay = y[0]!;
    let ap = r[0]!;
    for (let i = 1; i < n - 1; i++) {
      const bx = x[i]!;
      const by = y[i]!;
      const bp = r[i]!;
      const dx = (ax + x[i + 1]! - (bx + bx)) * 0.25;
      const dy = (ay + y[i + 1]! - (by + by)) * 0.25;
      let f = s / (s + (dx * dx + dy * dy));
      f = f * f;
      x[i] = bx + dx * f;
      y[i] = by + dy * f;
      r[i] = (ap + r[i + 1]! + (bp + bp)) * 0.25;
      ax = bx;
      ay = by;
      ap = bp;
    }
  }

  let kept = 1;
  let lastX = x[0]!;
  let lastY = y[0]!;
  for (let i = 1; i < n; i++) {
    const dx = x[i]! - lastX;
    const dy = y[i]! - lastY;
    lastX = x[i]!;
    lastY = y[i]!;
    if (dx * dx + dy * dy > 2 ** -40) {
      x[kept] = lastX;
      y[kept] = lastY;
      r[kept] = r[i]!;
      kept++;
    }
  }
  n = kept;
  if (n === 1) {
    r[0] = dot;
  }
  const half = width * 0.5;
  for (let i = 0; i < n; i++) {
    r[i] = tool === "highlighter" ? half : half * (0.25 + 1.5 * r[i]!);
  }
  return { n, x, y, r };
}

/** Steps 5 to 8. */
function strips({ n, x, y, r }: Path, px: number): Float64Array[] {
  const last = n - 1;
  const ux = new Float64Array(last);
  const uy = new Float64Array(last);
  const length = new Float64Array(last);
  for (let i = 0; i < last; i++) {
    const dx = x[i + 1]! - x[i]!;
    const dy = y[i + 1]! - y[i]!;
    const ell = Math.sqrt(dx * dx + dy * dy);
    length[i] = ell;
    ux[i] = dx / ell;
    uy[i] = dy / ell;
  }

  const out: Float64Array[] = [];
  const px2 = px * px;
  const arm = 8 * px;
  const most = 8 * last + 1;
  let ribs = room(n + 16);
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
    let reachA = ell;
    if (!begins) {
      const twice = length[i - 1]! + length[i - 1]!;
      reachA = twice < ell ? twice : ell;
    }

    let bx = dirX;
    let by = dirY;
    let reachB = ell;
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
        const norm = Math.sqrt(tx * tx + ty * ty);
        nextX = tx / norm;
        nextY = ty / norm;
        bx = nextX;
        by = nextY;
        const twice = after + after;
        reachB = twice < ell ? twice : ell;
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

    const begin = ax * dirX + ay * dirY;
    const finish = bx * dirX + by * dirY;
    const bend = 8 * (1 - (finish < begin ? finish : begin));
    const r0 = r[i]!;
    const r1 = r[i + 1]!;
    const flat = ell * ell * bend;
    const swing = (r1 > r0 ? r1 : r0) * bend;
    let steps = 8;
    if (flat <= 0.0625 * px2 && swing <= 0.25 * px) {
      steps = 1;
    } else if (flat <= px2 && swing <= px) {
      steps = 2;
    } else if (flat <= 16 * px2 && swing <= 4 * px) {
      steps = 4;
    }

    if (ribs.n + 9 > ribs.x.length) {
      ribs = grown(ribs, most);
    }
    push(ribs, x[i]!, y[i]!, ax, ay, r0);
    if (steps > 1) {
      const ex = x[i + 1]! - x[i]!;
      const ey = y[i + 1]! - y[i]!;
      const er = r1 - r0;
      const sx = ax * reachA;
      const sy = ay * reachA;
      const fx = bx * reachB;
      const fy = by * reachB;
      for (let j = 1; j < steps; j++) {
        const t = j / steps;
        const h0 = t * (1 - t) * (1 - t);
        const h1 = t * t * (3 - 2 * t);
        const h2 = t * t * (t - 1);
        const g0 = 1 - 4 * t + 3 * t * t;
        const g1 = 6 * t * (1 - t);
        const g2 = 3 * t * t - 2 * t;
        const cx = g1 * ex + (g0 * sx + g2 * fx);
        const cy = g1 * ey + (g0 * sy + g2 * fy);
        const norm = Math.sqrt(cx * cx + cy * cy);
        push(
          ribs,
          x[i]! + (h1 * ex + (h0 * sx + h2 * fx)),
          y[i]! + (h1 * ey + (h0 * sy + h2 * fy)),
          cx / norm,
          cy / norm,
          r0 + t * er,
        );
      }
    }
    if (cut) {
      push(ribs, x[i + 1]!, y[i + 1]!, bx, by, r1);
      run(out, ribs, px, out.length === 0, i + 1 === last);
      ribs.n = 0;
      if (i + 1 < last) {
        out.push(disc(x[i + 1]!, y[i + 1]!, r1, px));
      }
    }
  }
  return out;
}

function room(size: number): Ribs {
  const column = () => new Float64Array(size);
  return { n: 0, x: column(), y: column(), tx: column(), ty: column(), r: column() };
}

function grown(ribs: Ribs, most: number): Ribs {
  const wider = room(Math.min(2 * ribs.x.length, most) + 16);
  wider.n = ribs.n;
  wider.x.set(ribs.x);
  wider.y.set(ribs.y);
  wider.tx.set(ribs.tx);
  wider.ty.set(ribs.ty);
  wider.r.set(ribs.r);
  return wider;
}

function push(ribs: Ribs, x: number, y: number, tx: number, ty: number, r: number): void {
  const i = ribs.n++;
  ribs.x[i] = x;
  ribs.y[i] = y;
  ribs.tx[i] = tx;
  ribs.ty[i] = ty;
  ribs.r[i] = r;
}

/** The strip of one run, and the folds in it. */
function run(
  out: Float64Array[],
  { n, x, y, tx, ty, r }: Ribs,
  px: number,
  first: boolean,
  last: boolean,
): void {
  const lx = new Float64Array(n);
  const ly = new Float64Array(n);
  const rx = new Float64Array(n);
  const ry = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const ox = r[i]! * ty[i]!;
    const oy = r[i]! * tx[i]!;
    lx[i] = x[i]! - ox;
    ly[i] = y[i]! + oy;
    rx[i] = x[i]! + ox;
    ry[i] = y[i]! - oy;
  }
  const left = new Uint8Array(n);
  const right = new Uint8Array(n);
  let corners = 2 * n;
  for (let i = 0; i + 1 < n; i++) {
    if (crosses(x, y, tx, ty, lx, ly, i)) {
      left[i] = 1;
    }
    if (crosses(x, y, tx, ty, rx, ry, i)) {
      right[i] = 1;
    }
  }
  for (let i = 0; i < n; i++) {
    const leftBefore = i > 0 ? left[i - 1]! : 0;
    const rightBefore = i > 0 ? right[i - 1]! : 0;
    corners += (leftBefore ^ left[i]!) + (rightBefore ^ right[i]!);
  }

  const headSides = first ? sides(r[0]!, px) : 1;
  const tailSides = last ? sides(r[n - 1]!, px) : 1;
  const strip = new Float64Array(2 * (corners + headSides + tailSides - 2));
  out.push(strip);
  let k = 0;
  for (let i = 0; i < n; i++) {
    const before = i > 0 && left[i - 1]! === 1;
    const after = left[i]! === 1;
    if (before && !after) {
      strip[k++] = x[i]!;
      strip[k++] = y[i]!;
    }
    if (!before || !after) {
      strip[k++] = lx[i]!;
      strip[k++] = ly[i]!;
    }
    if (after) {
      strip[k++] = x[i]!;
      strip[k++] = y[i]!;
    }
    if (after) {
      out.push(Float64Array.of(lx[i + 1]!, ly[i + 1]!, lx[i]!, ly[i]!, x[i + 1]!, y[i + 1]!, x[i]!, y[i]!));
    }
    if (right[i]! === 1) {
      out.push(Float64Array.of(rx[i]!, ry[i]!, rx[i + 1]!, ry[i + 1]!, x[i]!, y[i]!, x[i + 1]!, y[i + 1]!));
    }
  }
  if (last) {
    k = halfCircle(strip, k, tailSides, x[n - 1]!, y[n - 1]!, tx[n - 1]!, ty[n - 1]!, r[n - 1]!);
  }
  for (let i = n - 1; i >= 0; i--) {
    const before = i > 0 && right[i - 1]! === 1;
    const after = right[i]! === 1;
    if (after) {
      if (!before) {
        strip[k++] = x[i]!;
        strip[k++] = y[i]!;
        strip[k++] = rx[i]!;
        strip[k++] = ry[i]!;
      } else {
        strip[k++] = x[i]!;
        strip[k++] = y[i]!;
      }
    } else {
      strip[k++] = rx[i]!;
      strip[k++] = ry[i]!;
      if (before) {
        strip[k++] = x[i]!;
        strip[k++] = y[i]!;
      }
    }
  }
  if (first) {
    halfCircle(strip, k, headSides, x[0]!, y[0]!, -tx[0]!, -ty[0]!, r[0]!);
  }
}

/** Does the half-rib i, from (x, y) to (ex, ey), cross the next one? */
function crosses(
  x: Float64Array,
  y: Float64Array,
  tx: Float64Array,
  ty: Float64Array,
  ex: Float64Array,
  ey: Float64Array,
  i: number,
): boolean {
  return (
    tx[i]! * (ex[i + 1]! - x[i]!) + ty[i]! * (ey[i + 1]! - y[i]!) < 0 &&
    tx[i + 1]! * (ex[i]! - x[i + 1]!) + ty[i + 1]! * (ey[i]! - y[i + 1]!) > 0
  );
}

/** Sides of a half-circle. */
function sides(r: number, px: number): number {
  return r <= 0.75 * px ? 4 : r <= 4 * px ? 8 : r <= 16 * px ? 16 : 32;
}

/** The corners between the left and the right end of a rib, going round the front of the tangent; the place after them. */
function halfCircle(
  strip: Float64Array,
  k: number,
  count: number,
  x: number,
  y: number,
  tx: number,
  ty: number,
  r: number,
): number {
  const stride = 32 / count;
  for (let j = stride; j < 32; j += stride) {
    strip[k++] = x + r * (SIN64[j]! * tx - COS64[j]! * ty);
    strip[k++] = y + r * (SIN64[j]! * ty + COS64[j]! * tx);
  }
  return k;
}

/** A whole circle, turning as the strips do. */
function disc(x: number, y: number, r: number, px: number): Float64Array {
  const stride = 32 / sides(r, px);
  const out = new Float64Array(128 / stride);
  let k = 0;
  for (let j = 0; j < 64; j += stride) {
    out[k++] = x + r * COS64[j]!;
    out[k++] = y - r * SIN64[j]!;
  }
  return out;
}
