/**
 * What lies near a point: true distances to a stroke's line. Pure numbers, in one space, which is the board's.
 * It promises exact answers for the polyline through the points; bounding boxes are only ever used to leave work out.
 */

/** Squared distance between two segments, p–q and a–b; either may be a point. */
export function segmentDistance2(
  px: number,
  py: number,
  qx: number,
  qy: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): number {
  if (crosses(px, py, qx, qy, ax, ay, bx, by)) return 0;
  return Math.min(
    pointDistance2(px, py, ax, ay, bx, by),
    pointDistance2(qx, qy, ax, ay, bx, by),
    pointDistance2(ax, ay, px, py, qx, qy),
    pointDistance2(bx, by, px, py, qx, qy),
  );
}

/** Squared distance of (x, y) from the segment a–b. */
export function pointDistance2(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  const t = length2 > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2)) : 0;
  const ex = x - (ax + t * dx);
  const ey = y - (ay + t * dy);
  return ex * ex + ey * ey;
}

function side(ax: number, ay: number, bx: number, by: number, x: number, y: number): number {
  return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
}

function crosses(
  px: number,
  py: number,
  qx: number,
  qy: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): boolean {
  return (
    side(px, py, qx, qy, ax, ay) * side(px, py, qx, qy, bx, by) < 0 &&
    side(ax, ay, bx, by, px, py) * side(ax, ay, bx, by, qx, qy) < 0
  );
}

/** a, b, c, d, e, f of x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [number, number, number, number, number, number];
export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/**
 * Does the stroke whose points are `points` (x, y, pressure; moved by `m`) come within `reach` of the segment p–q?
 * `radius` gives half the line's width at a pressure, before `m`.
 */
export function strokeNear(
  points: ArrayLike<number>,
  m: Matrix,
  radius: (pressure: number) => number,
  px: number,
  py: number,
  qx: number,
  qy: number,
  reach: number,
): boolean {
  const n = Math.floor(points.length / 3);
  if (n === 0) return false;
  const scale = Math.sqrt(Math.abs(m[0] * m[3] - m[1] * m[2]));
  let x0 = points[0]!;
  let y0 = points[1]!;
  let r0 = radius(points[2]!) * scale;
  let ax = m[0] * x0 + m[2] * y0 + m[4];
  let ay = m[1] * x0 + m[3] * y0 + m[5];
  if (n === 1) return pointDistance2(ax, ay, px, py, qx, qy) <= (reach + r0) ** 2;
  for (let i = 3; i < 3 * n; i += 3) {
    x0 = points[i]!;
    y0 = points[i + 1]!;
    const r1 = radius(points[i + 2]!) * scale;
    const bx = m[0] * x0 + m[2] * y0 + m[4];
    const by = m[1] * x0 + m[3] * y0 + m[5];
    const near = reach + Math.max(r0, r1);
    if (segmentDistance2(px, py, qx, qy, ax, ay, bx, by) <= near * near) return true;
    ax = bx;
    ay = by;
    r0 = r1;
  }
  return false;
}

/** Four corners in order, going round. */
export type Quad = readonly (readonly [number, number])[];

/** The corners of a box, moved by `m`. */
export function quadOf(box: { minX: number; minY: number; maxX: number; maxY: number }, m: Matrix): Quad {
  const { minX, minY, maxX, maxY } = box;
  return (
    [
      [minX, minY],
      [maxX, minY],
      [maxX, maxY],
      [minX, maxY],
    ] as const
  ).map(([x, y]) => [m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]] as const);
}

/** Does the four-cornered area come within `reach` of the segment p–q? Its inside counts. */
export function quadNear(quad: Quad, px: number, py: number, qx: number, qy: number, reach: number): boolean {
  let left = 0;
  let right = 0;
  for (let i = 0; i < 4; i++) {
    const [ax, ay] = quad[i]!;
    const [bx, by] = quad[(i + 1) % 4]!;
    if (segmentDistance2(px, py, qx, qy, ax, ay, bx, by) <= reach * reach) return true;
    const turn = side(ax, ay, bx, by, qx, qy);
    if (turn > 0) left++;
    else if (turn < 0) right++;
  }
  return (left === 0) !== (right === 0);
}
