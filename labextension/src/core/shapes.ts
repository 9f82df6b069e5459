/**
 * The figures of a shape record: the polygons that are filled to draw it. The twin of `classroom/core/shapes.py`, whose
 * docstring states the rules; both give, bit for bit, the same polygons (`tests/vectors/shapes.json` judges both).
 *
 * Only + - * / sqrt, floor and comparisons, in the order written here: an "equal" expression in another order is a defect.
 */

import { outline } from "./outline";
import type { Shape } from "./schema";

type Point = readonly [number, number];
type Line = Point[];
/** What of a shape decides its figure. */
export type Figure = Pick<Shape, "kind" | "x" | "y" | "w" | "h" | "width" | "dash" | "corners">;

const FLAT = 2 ** -10;
/** Board units: what is shorter has no direction. */
const DOT = 2 ** -20;
const BOW = 0.015625;
/** Halvings of a quarter; DEEP where the normals of both ends are further than the root of SHARP apart: a tip. */
const LEAST = 3;
const MOST = 9;
const DEEP = 40;
const SHARP = 0.04;
const DASHES = 1000;
/** How finely a bent dash is drawn, as of ink. */
const QUANTUM = 6;

/** Closed polygons, `x, y` pairs laid flat, before `transform`: of the line, and of what it goes round. */
export interface ShapePaths {
  readonly stroke: Float64Array[];
  readonly fill: Float64Array[];
}

interface Curve {
  /** Ends where it began. */
  readonly middle: Line;
  readonly outer: Line;
  readonly inner: Line;
}

/** What is filled, non-zero, to draw a shape: first its fill, then its stroke, each as one path. */
export function shapePaths(shape: Figure): ShapePaths {
  const r = shape.width * 0.5;
  const cap = quarter(r, r, 0).map(([c, s]): Point => [r * c, r * s]);
  const curve = curveOf(shape, r);
  const stroke: Line[] = [];
  const bent: Line[] = [];
  let fill: Line[];
  if (curve) {
    fill = [curve.middle.slice(0, -1)];
    if (shape.dash === "solid") {
      stroke.push(curve.outer);
      if (curve.inner.length) stroke.push(curve.inner.toReversed());
    } else
      for (const piece of dashes(curve.middle, true, shape)) {
        if (piece.length > 2) bent.push(piece);
        else stroke.push(...bars(piece, cap));
      }
  } else {
    const lines = shapeLines(shape);
    const main = lines[0]!;
    const closed = main.length > 3 && same(main[0]!, main[main.length - 1]!);
    fill = closed ? [main.slice(0, -1)] : [];
    const pieces = shape.dash === "solid" ? [main] : dashes(main, closed, shape);
    for (const line of [...pieces, ...lines.slice(1)]) stroke.push(...bars(line, cap));
  }
  const polygons: Float64Array[] = stroke.map(flat);
  for (const line of bent) {
    const points = line.flatMap(([x, y]) => [x, y, 0.5]);
    polygons.push(...outline(points, 2 * r, QUANTUM, "highlighter"));
  }
  return { stroke: polygons, fill: fill.map(flat) };
}

/** The middle of the line, for measuring distances; a closed one ends where it began. An arrow has two: shaft, head. */
export function shapeLines(shape: Figure): Line[] {
  const curve = curveOf(shape, shape.width * 0.5);
  if (curve) return [curve.middle];
  const { x, y, w, h } = shape;
  if (shape.kind === "polygon") {
    const { corners } = shape;
    const line = distinct(corners.length ? corners.map(([u, v]): Point => [x + w * u, y + h * v]) : [[x, y]]);
    if (line.length > 1 && same(line[0]!, line[line.length - 1]!)) line.pop();
    return [line.length > 2 ? [...line, line[0]!] : line];
  }
  const tip: Point = [x + w, y + h];
  const length = Math.sqrt(w * w + h * h);
  const shaft = distinct([[x, y], tip]);
  if (shape.kind !== "arrow" || length < DOT) return [shaft];
  let head = 5 * shape.width;
  if (head > length * 0.5) head = length * 0.5;
  const ux = (w / length) * head;
  const uy = (h / length) * head;
  return [
    shaft,
    [[tip[0] - ux - 0.5 * uy, tip[1] - uy + 0.5 * ux], tip, [tip[0] - ux + 0.5 * uy, tip[1] - uy - 0.5 * ux]],
  ];
}

/** The edges of a rectangle or an ellipse; null for anything that is made of straight pieces. */
function curveOf(shape: Figure, r: number): Curve | null {
  const { kind, x, y, w, h } = shape;
  if ((kind !== "rectangle" && kind !== "ellipse") || Math.abs(w) < FLAT || Math.abs(h) < FLAT) return null;
  if (kind === "ellipse") {
    const cx = x + w * 0.5;
    const cy = y + h * 0.5;
    const a = Math.abs(w) * 0.5;
    const b = Math.abs(h) * 0.5;
    const arc = quarter(a, b, r);
    const round = (line: Line) => around(line, cx, cx, cy, cy);
    const middle = round(arc.map(([c, s]) => [a * c, b * s]));
    const outer = round(arc.map(([c, s, nx, ny]) => [a * c + r * nx, b * s + r * ny]));
    let inner: Line = [];
    if (a > r && b > r) {
      const edge = arc.map(([c, s, nx, ny]): Point => [a * c - r * nx, b * s - r * ny]);
      inner = round(unfolded(edge, a, b, r));
    }
    return { middle: [...middle, middle[0]!], outer, inner };
  }
  const [left, right] = w > 0 ? [x, x + w] : [x + w, x];
  const [top, bottom] = h > 0 ? [y, y + h] : [y + h, y];
  const wide = right - left;
  const high = bottom - top;
  const short = wide < high ? wide : high;
  let bend = 4 * r;
  if (bend > short * 0.5) bend = short * 0.5;
  const unit = quarter(bend + r, bend + r, 0);
  const edge = (radius: number, inset: number): Line => {
    const arc = radius > 0 ? unit.map(([c, s]): Point => [radius * c, radius * s]) : [[0, 0] as const];
    return around(arc, right - inset, left + inset, top + inset, bottom - inset);
  };
  const middle = eased(edge(bend, bend));
  const inner = short > 2 * r ? edge(bend - r, bend > r ? bend : r) : [];
  return { middle: [...middle, middle[0]!], outer: edge(bend + r, bend), inner };
}

type Mark = readonly [c: number, s: number, nx: number, ny: number];

/**
 * The first quarter of the ellipse with half axes a and b: unit points c, s, of which (a c, b s) is the place, and the
 * unit normals there; as finely as its curve at the distance r needs.
 */
function quarter(a: number, b: number, r: number): Mark[] {
  const normal = (c: number, s: number): Mark => {
    const ex = b * c;
    const ey = a * s;
    const n = Math.sqrt(ex * ex + ey * ey);
    return [c, s, ex / n, ey / n];
  };
  const out = [normal(1, 0)];
  // What is still to be reached, nearest last, with how often it was halved.
  const ahead: { end: Mark; depth: number }[] = [{ end: normal(0, 1), depth: 0 }];
  while (ahead.length) {
    const [c0, s0, nx0, ny0] = out[out.length - 1]!;
    const next = ahead[ahead.length - 1]!;
    const [c1, s1, nx1, ny1] = next.end;
    const dx = a * c1 + r * nx1 - (a * c0 + r * nx0);
    const dy = b * s1 + r * ny1 - (b * s0 + r * ny0);
    const tx = nx1 - nx0;
    const ty = ny1 - ny0;
    const turn = tx * tx + ty * ty;
    const bow = (dx * dx + dy * dy) * turn;
    if (next.depth < LEAST || (bow > BOW && next.depth < (turn < SHARP ? MOST : DEEP))) {
      const c = c0 + c1;
      const s = s0 + s1;
      const n = Math.sqrt(c * c + s * s);
      next.depth += 1;
      ahead.push({ end: normal(c / n, s / n), depth: next.depth });
    } else {
      out.push(next.end);
      ahead.pop();
    }
  }
  return out;
}

/** A quarter of an ellipse's inner edge, without the part beyond the axis, where the bend is sharper than r. */
function unfolded(edge: Line, a: number, b: number, r: number): Line {
  if (a < b) {
    const turned = unfolded(edge.map(([x, y]): Point => [y, x]).reverse(), b, a, r);
    return turned.map(([y, x]): Point => [x, y]).reverse();
  }
  if (b * b >= r * a) return edge;
  let k = 1;
  while (k < edge.length - 1 && edge[k]![1] <= 0) k++;
  const [x0, y0] = edge[k - 1]!;
  const [x1, y1] = edge[k]!;
  return [[x0 + (x1 - x0) * (y0 / (y0 - y1)), 0], ...edge.slice(k)];
}

/**
 * A closed line with a point on each straight piece as near to its ends as the arcs' own are: drawn as ink, arcs then
 * begin and end where they should.
 */
function eased(line: Line): Line {
  const n = line.length;
  const long = line.map(([ax, ay], i) => {
    const [bx, by] = line[(i + 1) % n]!;
    const dx = bx - ax;
    const dy = by - ay;
    return Math.sqrt(dx * dx + dy * dy);
  });
  const out: Line = [];
  for (let i = 0; i < n; i++) {
    const [ax, ay] = line[i]!;
    const [bx, by] = line[(i + 1) % n]!;
    const before = long[(i + n - 1) % n]!;
    const after = long[(i + 1) % n]!;
    out.push(line[i]!);
    if (long[i]! > before + after)
      for (const t of [before / long[i]!, 1 - after / long[i]!])
        out.push([ax + t * (bx - ax), ay + t * (by - ay)]);
  }
  return out;
}

/** A quarter laid round four centres, turning as outlines do. */
function around(arc: Line, right: number, left: number, top: number, bottom: number): Line {
  const back = arc.toReversed();
  const line = distinct([
    ...arc.map(([px, py]): Point => [right + px, top - py]),
    ...back.map(([px, py]): Point => [left - px, top - py]),
    ...arc.map(([px, py]): Point => [left - px, bottom + py]),
    ...back.map(([px, py]): Point => [right + px, bottom + py]),
  ]);
  if (line.length > 1 && same(line[0]!, line[line.length - 1]!)) line.pop();
  return line;
}

const same = (a: Point, b: Point) => a[0] === b[0] && a[1] === b[1];
const distinct = (line: Line): Line => line.filter((p, i) => i === 0 || !same(p, line[i - 1]!));
const flat = (line: Line) => Float64Array.from(line.flat());

/** A bar for each piece of the line; a disc where it has no length. `cap` is a quarter of the disc. */
function bars(line: Line, cap: Line): Line[] {
  const out: Line[] = [];
  const back = cap.toReversed();
  const rest = cap.slice(1);
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1]!;
    const [bx, by] = line[i]!;
    const dx = bx - ax;
    const dy = by - ay;
    const length = Math.sqrt(dx * dx + dy * dy);
    if (length < DOT) continue;
    const tx = dx / length;
    const ty = dy / length;
    out.push([
      ...back.map(([c, s]): Point => [bx + (c * tx - s * ty), by + (c * ty + s * tx)]),
      ...rest.map(([c, s]): Point => [bx + (c * tx + s * ty), by + (c * ty - s * tx)]),
      ...back.map(([c, s]): Point => [ax - (c * tx - s * ty), ay - (c * ty + s * tx)]),
      ...rest.map(([c, s]): Point => [ax - (c * tx + s * ty), ay - (c * ty - s * tx)]),
    ]);
  }
  const [x, y] = line[0]!;
  return out.length ? out : [around(cap, x, x, y, y)];
}

/** The pieces of the line that are drawn; a dot is a piece of one point. */
function dashes(line: Line, closed: boolean, shape: Figure): Line[] {
  let [on, off] = shape.dash === "dashed" ? [3 * shape.width, 3 * shape.width] : [0, 2.25 * shape.width];
  const along = [0];
  for (let i = 1; i < line.length; i++) {
    const dx = line[i]![0] - line[i - 1]![0];
    const dy = line[i]![1] - line[i - 1]![1];
    along.push(along[i - 1]! + Math.sqrt(dx * dx + dy * dy));
  }
  const total = along[along.length - 1]!;
  if (total < DOT) return [line.slice(0, 1)];
  let count: number;
  let step: number;
  if (closed) {
    count = Math.min(Math.max(Math.floor(Math.min(total / (on + off), DASHES) + 0.5), 3), DASHES);
    step = total / count;
    on = step * (on / (on + off));
  } else {
    const most = Math.floor(Math.min((total + off) / (on + off), DASHES) + 0.5);
    count = Math.min(Math.max(most, on > 0 ? 1 : 2), DASHES);
    const fit = total / (count * on + (count - 1) * off);
    step = (on + off) * fit;
    on = on * fit;
  }
  const place = (j: number, d: number): Point => {
    const [ax, ay] = line[j]!;
    const [bx, by] = line[j + 1]!;
    const length = along[j + 1]! - along[j]!;
    let t = length > 0 ? (d - along[j]!) / length : 0;
    t = t > 1 ? 1 : t;
    return [ax + t * (bx - ax), ay + t * (by - ay)];
  };
  const out: Line[] = [];
  const last = line.length - 2;
  let j = 0;
  for (let i = 0; i < count; i++) {
    const low = i * step;
    const high = low + on;
    while (j < last && along[j + 1]! <= low) j++;
    const piece = [place(j, low)];
    let k = j;
    while (k < last && along[k + 1]! < high) piece.push(line[++k]!);
    if (on > 0) piece.push(place(k, high));
    out.push(distinct(piece));
  }
  return out;
}
