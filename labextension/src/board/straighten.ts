/**
 * What figure a freehand stroke was meant to be: line, arrow, rectangle, triangle, ellipse, polygon, or none of these.
 *
 * Pure. It promises a figure only where the stroke lies close to it all along and goes round it once; whatever is not
 * clearly one stays a stroke. Figures that are nearly level or upright become so. It judges by shape alone, never by size:
 * whether a stroke is too small to mean anything is for who asks.
 */

import type { Shape } from "../core/schema";

export interface Straight {
  readonly kind: Shape["kind"];
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly corners: Shape["corners"];
  /** A figure that stands at an angle. */
  readonly transform: Shape["transform"];
  /** Mean distance of the stroke from the figure, as a part of the figure's size: 0 is perfect. */
  readonly error: number;
}

type Place = readonly [number, number];

/** Places along a stroke that are looked at: enough for six corners. */
const SAMPLES = 96;
/** A line: how far from straight it may be, as parts of its length. */
const BOWED = 0.055;
const LONGER = 1.12;
/** A closed figure: how far apart its ends may be, as a part of its size, and how much of it may be drawn twice. */
const OPEN = 0.2;
/** Mean distances, as parts of the figure's size (its diagonal), past which a figure is not what was meant. */
const ELLIPSE = 0.025;
const POLYGON = 0.024;
/** What each further corner must gain to be believed. */
const CORNER = 0.0022;
const MOST_CORNERS = 6;
/** How far a corner may stick out of the stroke; of three or four, twice that: a hand rounds off a simple figure. */
const OUT = 0.026;
/** Square sizes that a figure must cover. */
const SLIVER = 0.06;
/** Degrees from level or upright that are taken for it. */
const LEVEL = 7;
const RIGHT = 16;
/** Of an ellipse: how round is a circle; of a rectangle: how even is a square. */
const EVEN = 0.12;

/** @param points x, y, pressure triples */
export function straighten(points: ArrayLike<number>): Straight | null {
  const path = sampled(points, SAMPLES);
  if (path.length < SAMPLES) return null;
  return lineOf(path) ?? arrowOf(path) ?? closedOf(path);
}

// -- along a stroke ---------------------------------------------------------------------------------------------------

const distance = (a: Place, b: Place) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** Places at even distances along the points; none where the stroke goes nowhere. */
function sampled(points: ArrayLike<number>, n: number): Place[] {
  const raw: Place[] = [];
  for (let i = 0; i + 2 < points.length; i += 3) raw.push([points[i]!, points[i + 1]!]);
  const length = raw.reduce((sum, at, i) => (i ? sum + distance(raw[i - 1]!, at) : 0), 0);
  if (!(length > 0) || !Number.isFinite(length)) return [];
  const out: Place[] = [raw[0]!];
  const step = length / (n - 1);
  let walked = 0;
  for (let i = 1; i < raw.length; i++) {
    const [a, b] = [raw[i - 1]!, raw[i]!];
    const piece = distance(a, b);
    while (piece > 0 && out.length < n && out.length * step <= walked + piece + 1e-9) {
      const t = Math.min(1, (out.length * step - walked) / piece);
      out.push([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);
    }
    walked += piece;
  }
  while (out.length < n) out.push(raw[raw.length - 1]!);
  return out;
}

function lengthOf(path: readonly Place[]): number {
  return path.reduce((sum, at, i) => (i ? sum + distance(path[i - 1]!, at) : 0), 0);
}

/** Signed distance of a place from the line a–b, to the left as seen on screen. */
function aside(at: Place, a: Place, b: Place): number {
  const length = distance(a, b);
  if (length === 0) return distance(at, a);
  return ((b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0])) / length;
}

/** Distance of a place from the segment a–b. */
function beside(at: Place, a: Place, b: Place): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const square = dx * dx + dy * dy;
  const t = square > 0 ? Math.max(0, Math.min(1, ((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square)) : 0;
  return Math.hypot(at[0] - a[0] - t * dx, at[1] - a[1] - t * dy);
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly size: number;
}

function boundsOf(path: readonly Place[]): Bounds {
  const xs = path.map(([x]) => x);
  const ys = path.map(([, y]) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  return { left, top, width, height, size: Math.hypot(width, height) };
}

// -- lines and arrows -------------------------------------------------------------------------------------------------

/** How far a run of places is from straight, as a part of its length; past what is a line: infinity. */
function bow(path: readonly Place[]): number {
  const [a, b] = [path[0]!, path[path.length - 1]!];
  const chord = distance(a, b);
  if (chord === 0 || lengthOf(path) > chord * LONGER) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const at of path) {
    const off = Math.abs(aside(at, a, b)) / chord;
    if (off > BOWED) return Number.POSITIVE_INFINITY;
    sum += off;
  }
  return sum / path.length;
}

/** The end of a line from `a`, level or upright where it nearly is. */
function levelled(a: Place, b: Place): Place {
  const [dx, dy] = [Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])];
  const near = Math.tan((LEVEL * Math.PI) / 180 / 2);
  if (dy < dx * near) return [b[0], a[1]];
  if (dx < dy * near) return [a[0], b[1]];
  return b;
}

function along(kind: "line" | "arrow", a: Place, end: Place, error: number): Straight {
  const b = levelled(a, end);
  return { kind, x: a[0], y: a[1], w: b[0] - a[0], h: b[1] - a[1], corners: [], transform: null, error };
}

function lineOf(path: readonly Place[]): Straight | null {
  const error = bow(path);
  return Number.isFinite(error) ? along("line", path[0]!, path[path.length - 1]!, error) : null;
}

/** A straight shaft, and after its tip a head that goes back on both of its sides. */
function arrowOf(path: readonly Place[]): Straight | null {
  const start = path[0]!;
  // The tip is passed twice where the head is drawn in one go: the first time counts.
  const furthest = Math.max(...path.map((at) => distance(start, at)));
  let tip = path.findIndex((at) => distance(start, at) > 0.94 * furthest);
  while (tip + 1 < path.length && distance(start, path[tip + 1]!) > distance(start, path[tip]!)) tip++;
  // The head is drawn with at least a fifth of the shaft's samples, and never with more than the shaft.
  const head = path.slice(tip);
  if (tip < path.length * 0.45 || head.length < path.length * 0.1) return null;
  const shaft = path.slice(0, tip + 1);
  const error = bow(shaft);
  if (!Number.isFinite(error)) return null;
  const end = path[tip]!;
  const long = distance(start, end);
  const sides = head.map((at) => aside(at, start, end) / long);
  const backs = head.map((at) => distance(at, end) / long);
  const both = Math.max(...sides) > 0.04 && Math.min(...sides) < -0.04;
  if (!both || Math.max(...backs) > 0.6) return null;
  // Nothing of the head goes on past the tip, or it is a kink of something longer.
  const ahead = ([x, y]: Place) =>
    ((x - end[0]) * (end[0] - start[0]) + (y - end[1]) * (end[1] - start[1])) / (long * long);
  if (head.some((at) => ahead(at) > 0.06)) return null;
  return along("arrow", start, end, error);
}

// -- closed figures ---------------------------------------------------------------------------------------------------

function closedOf(path: readonly Place[]): Straight | null {
  const bounds = boundsOf(path);
  const loop = looped(path, bounds.size);
  if (!loop || !goesRoundOnce(loop)) return null;
  const found = [ellipseOf(loop), ...polygonsOf(loop)].filter((one) => one !== null);
  let best: { figure: Straight; cost: number } | null = null;
  for (const one of found) if (!best || one.cost < best.cost) best = one;
  return best?.figure ?? null;
}

/** The stroke from where its ends come nearest to each other: what was drawn twice at its end goes. */
function looped(path: readonly Place[], size: number): Place[] | null {
  const n = path.length;
  const some = Math.floor(n * 0.08);
  let [from, to, least] = [0, n - 1, Number.POSITIVE_INFINITY];
  for (let i = 0; i <= some; i++)
    for (let j = n - 1 - some; j < n; j++) {
      // Of two ends as near, the longer way is the truer one.
      const gap = distance(path[i]!, path[j]!) + (size * 0.12 * (i + n - 1 - j)) / n;
      if (gap < least) [from, to, least] = [i, j, gap];
    }
  return least <= OPEN * size ? path.slice(from, to + 1) : null;
}

/** Does it turn once, all told, without turning to and fro on the way? */
function goesRoundOnce(loop: readonly Place[]): boolean {
  const few = loop.filter((_, i) => i % 4 === 0);
  let turned = 0;
  let all = 0;
  for (let i = 0; i < few.length; i++) {
    const [a, b, c] = [few[i]!, few[(i + 1) % few.length]!, few[(i + 2) % few.length]!];
    const angle = turn(a, b, c);
    turned += angle;
    all += Math.abs(angle);
  }
  const once = Math.abs(turned) / (2 * Math.PI);
  return once > 0.85 && once < 1.15 && all < 2 * Math.PI * 1.5;
}

/** How far the way turns at b, in radians. */
function turn(a: Place, b: Place, c: Place): number {
  const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]];
  return Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy);
}

interface Found {
  readonly figure: Straight;
  readonly cost: number;
}

const rotated = (at: Place, middle: Place, angle: number): Place => {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = [at[0] - middle[0], at[1] - middle[1]];
  return [middle[0] + c * x - s * y, middle[1] + s * x + c * y];
};

/** x' = the place turned about the middle. */
function turning(middle: Place, angle: number): NonNullable<Shape["transform"]> {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [x, y] = middle;
  return [c, s, -s, c, x - c * x + s * y, y - s * x - c * y];
}

function ellipseOf(loop: readonly Place[]): Found | null {
  let best: Found | null = null;
  for (const angle of [0, leaning(loop)]) {
    const middle = centre(loop);
    const box = boundsOf(loop.map((at) => rotated(at, middle, -angle)));
    let [rx, ry] = [box.width / 2, box.height / 2];
    if (Math.min(rx, ry) < Math.max(rx, ry) * 0.12) continue;
    const core: Place = [box.left + rx, box.top + ry];
    if (angle !== 0 && Math.abs(rx - ry) < Math.max(rx, ry) * 2 * EVEN) continue; // a circle leans nowhere
    const size = 2 * Math.hypot(rx, ry);
    let sum = 0;
    for (const at of loop) {
      const [x, y] = rotated(at, middle, -angle);
      sum += Math.abs(Math.hypot((x - core[0]) / rx, (y - core[1]) / ry) - 1);
    }
    const error = ((sum / loop.length) * Math.sqrt(rx * ry)) / size;
    // One that leans must be plainly better than one that does not.
    const cost = error * (angle === 0 ? 1 : 1.5);
    if (error > ELLIPSE || (best && best.cost <= cost)) continue;
    if (Math.abs(rx - ry) < Math.max(rx, ry) * EVEN) rx = ry = (rx + ry) / 2;
    const place = rotated(core, middle, angle);
    const figure: Straight = {
      kind: "ellipse",
      x: place[0] - rx,
      y: place[1] - ry,
      w: 2 * rx,
      h: 2 * ry,
      corners: [],
      transform: angle === 0 ? null : turning(place, angle),
      error,
    };
    best = { figure, cost };
  }
  return best;
}

function centre(loop: readonly Place[]): Place {
  const { left, top, width, height } = boundsOf(loop);
  return [left + width / 2, top + height / 2];
}

/** The direction in which a loop is longest, -90° to 90°; 0 where that is nearly level or upright. */
function leaning(loop: readonly Place[]): number {
  const n = loop.length;
  const mx = loop.reduce((sum, [x]) => sum + x, 0) / n;
  const my = loop.reduce((sum, [, y]) => sum + y, 0) / n;
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of loop) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  const off = Math.abs(angle) % (Math.PI / 2);
  return Math.min(off, Math.PI / 2 - off) < (10 * Math.PI) / 180 ? 0 : angle;
}

/** Polygons through the loop's corners, found with several tolerances. */
function polygonsOf(loop: readonly Place[]): Found[] {
  const { size } = boundsOf(loop);
  const made: Found[] = [];
  const counts = new Set<number>();
  for (const share of [0.16, 0.12, 0.09, 0.065, 0.045]) {
    const corners = cornersOf(loop, share * size);
    const n = corners.length;
    if (n < 3 || n > MOST_CORNERS || counts.has(n)) continue;
    counts.add(n);
    const better = fitSides(loop, corners) ?? corners;
    const error = farFrom(loop, better) / size;
    // A bowed outline fits many corners, but they stick out of it; and a sliver is a line drawn to and fro.
    const out =
      Math.max(...better.map((corner) => Math.min(...loop.map((at) => distance(at, corner))))) / size;
    if (error > POLYGON || out > (n > 4 ? OUT : 2 * OUT) || area(better) < SLIVER * size * size) continue;
    made.push({
      figure: (n === 4 && rectangle(better, error)) || polygon(better, error),
      cost: error + CORNER * n,
    });
  }
  return made;
}

/** Indices would do, but places are what is wanted: the loop's corners by repeated halving (Ramer, Douglas, Peucker). */
function cornersOf(loop: readonly Place[], tolerance: number): Place[] {
  const n = loop.length;
  // Two places that are corners if anything is: the furthest from the middle, and the furthest from that.
  const middle = centre(loop);
  const furthest = (from: Place) =>
    loop.reduce((best, at, i) => (distance(from, at) > distance(from, loop[best]!) ? i : best), 0);
  const first = furthest(middle);
  const second = furthest(loop[first]!);
  const kept = new Set([first, second]);
  const halve = (i: number, j: number) => {
    // From i on to j, round the loop.
    let [worst, at] = [tolerance, -1];
    for (let k = (i + 1) % n; k !== j; k = (k + 1) % n) {
      const off = beside(loop[k]!, loop[i]!, loop[j]!);
      if (off > worst) [worst, at] = [off, k];
    }
    if (at < 0) return;
    kept.add(at);
    halve(i, at);
    halve(at, j);
  };
  if (first === second) return [];
  halve(first, second);
  halve(second, first);
  const corners = [...kept].sort((a, b) => a - b).map((i) => loop[i]!);
  // What hardly turns is no corner, and two that are close are one.
  const clear = corners.filter((at, i) => {
    const before = corners[(i + corners.length - 1) % corners.length]!;
    const after = corners[(i + 1) % corners.length]!;
    return Math.abs(turn(before, at, after)) > (22 * Math.PI) / 180;
  });
  return clear.filter((at, i) => distance(at, clear[(i + 1) % clear.length]!) > tolerance);
}

/** Corners where the lines that fit the sides best meet: a hand rounds corners off. */
function fitSides(loop: readonly Place[], corners: readonly Place[]): Place[] | null {
  const n = corners.length;
  const sides: Place[][] = Array.from({ length: n }, () => []);
  for (const at of loop) {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let i = 0; i < n; i++) {
      const off = beside(at, corners[i]!, corners[(i + 1) % n]!);
      if (off < least) [best, least] = [i, off];
    }
    sides[best]!.push(at);
  }
  const lines = sides.map((side, i) => {
    const [a, b] = [corners[i]!, corners[(i + 1) % n]!];
    // The ends of a side belong to its rounded corners.
    const inner = side.filter(
      (at) => distance(at, a) > 0.12 * distance(a, b) && distance(at, b) > 0.12 * distance(a, b),
    );
    return inner.length < 3 ? { through: a, angle: Math.atan2(b[1] - a[1], b[0] - a[0]) } : regression(inner);
  });
  const meet = lines.map((line, i) => meeting(lines[(i + n - 1) % n]!, line));
  const { size } = boundsOf(loop);
  // Sides that are almost one line meet nowhere near.
  if (meet.some((at, i) => at === null || distance(at, corners[i]!) > 0.15 * size)) return null;
  return meet as Place[];
}

interface Ray {
  readonly through: Place;
  readonly angle: number;
}

function regression(places: readonly Place[]): Ray {
  const n = places.length;
  const mx = places.reduce((sum, [x]) => sum + x, 0) / n;
  const my = places.reduce((sum, [, y]) => sum + y, 0) / n;
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of places) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  return { through: [mx, my], angle: Math.atan2(2 * xy, xx - yy) / 2 };
}

function meeting(a: Ray, b: Ray): Place | null {
  const [ax, ay, bx, by] = [Math.cos(a.angle), Math.sin(a.angle), Math.cos(b.angle), Math.sin(b.angle)];
  const cross = ax * by - ay * bx;
  if (Math.abs(cross) < 0.2) return null;
  const [dx, dy] = [b.through[0] - a.through[0], b.through[1] - a.through[1]];
  const t = (dx * by - dy * bx) / cross;
  return [a.through[0] + t * ax, a.through[1] + t * ay];
}

function area(corners: readonly Place[]): number {
  let sum = 0;
  corners.forEach(([x, y], i) => {
    const [u, v] = corners[(i + 1) % corners.length]!;
    sum += x * v - u * y;
  });
  return Math.abs(sum) / 2;
}

function farFrom(loop: readonly Place[], corners: readonly Place[]): number {
  let sum = 0;
  for (const at of loop)
    sum += Math.min(...corners.map((corner, i) => beside(at, corner, corners[(i + 1) % corners.length]!)));
  return sum / loop.length;
}

/** Four corners that are nearly right ones: a rectangle, level where it nearly is. */
function rectangle(corners: readonly Place[], error: number): Straight | null {
  const most = (RIGHT * Math.PI) / 180;
  for (let i = 0; i < 4; i++) {
    const angle = turn(corners[(i + 3) % 4]!, corners[i]!, corners[(i + 1) % 4]!);
    if (Math.abs(Math.abs(angle) - Math.PI / 2) > most) return null;
  }
  const [a, b, c, d] = corners as [Place, Place, Place, Place];
  const angles = [
    [a, b],
    [d, c],
  ].map(([p, q]) => Math.atan2(q![1] - p![1], q![0] - p![0]));
  // Opposite sides go the same way but for a hair; the mean of two directions, whatever their sign.
  let lean = Math.atan2(
    Math.sin(angles[0]!) + Math.sin(angles[1]!),
    Math.cos(angles[0]!) + Math.cos(angles[1]!),
  );
  lean -= (Math.PI / 2) * Math.round(lean / (Math.PI / 2));
  if (Math.abs(lean) < (LEVEL * 1.4 * Math.PI) / 180) lean = 0;
  const middle = centre(corners);
  const flat = corners.map((at) => rotated(at, middle, -lean));
  const byX = flat.map(([x]) => x).sort((p, q) => p - q);
  const byY = flat.map(([, y]) => y).sort((p, q) => p - q);
  const [left, right] = [(byX[0]! + byX[1]!) / 2, (byX[2]! + byX[3]!) / 2];
  const [top, bottom] = [(byY[0]! + byY[1]!) / 2, (byY[2]! + byY[3]!) / 2];
  let [w, h] = [right - left, bottom - top];
  const core = rotated([(left + right) / 2, (top + bottom) / 2], middle, lean);
  if (Math.abs(w - h) < Math.max(w, h) * EVEN * 0.7) w = h = (w + h) / 2;
  return {
    kind: "rectangle",
    x: core[0] - w / 2,
    y: core[1] - h / 2,
    w,
    h,
    corners: [],
    transform: lean === 0 ? null : turning(core, lean),
    error,
  };
}

function polygon(corners: readonly Place[], error: number): Straight {
  const straight = levelSides(corners);
  const { left, top, width, height } = boundsOf(straight);
  const part = (v: number) => Math.round(v * 4096) / 4096;
  return {
    kind: "polygon",
    x: left,
    y: top,
    w: width,
    h: height,
    corners: straight.map(([x, y]) => [part((x - left) / (width || 1)), part((y - top) / (height || 1))]),
    transform: null,
    error,
  };
}

/** Sides that are nearly level or upright become so. */
function levelSides(corners: readonly Place[]): Place[] {
  const out = corners.map(([x, y]): [number, number] => [x, y]);
  const near = Math.tan((LEVEL * Math.PI) / 180);
  for (let i = 0; i < out.length; i++) {
    const [a, b] = [out[i]!, out[(i + 1) % out.length]!];
    const [dx, dy] = [Math.abs(b[0] - a[0]), Math.abs(b[1] - a[1])];
    if (dy < dx * near) a[1] = b[1] = (a[1] + b[1]) / 2;
    else if (dx < dy * near) a[0] = b[0] = (a[0] + b[0]) / 2;
  }
  return out;
}
