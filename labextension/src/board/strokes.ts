/**
 * Strokes as the browser draws them: points unpacked, outlines as Path2D, boxes. The geometry itself is the core's.
 *
 * It promises that one stroke gives one picture whether it is being drawn, finished, on a thumbnail or exported, because
 * all of them fill the same outline non-zero; and that its caches stay within their bounds. It must never round or thin points.
 */

import { bounds, Outliner, unpack } from "../core/ink";

import type { Ink, Shape } from "../core/schema";
import { IDENTITY, type Matrix } from "./hit";
import { type FigurePaths, figurePaths } from "./shapes";
import type { Box } from "./viewport";

/** What of a stroke decides its shape. */
export interface StrokeShape {
  readonly tool: "pen" | "highlighter";
  readonly width: number;
  readonly quantum: number;
}

/**
 * The path to fill non-zero, in the stroke's own units, and how many corners it has. `outliner` lends its memory. Filling
 * closes what is open; closing it here would cost Chromium time that grows with the square of the number of polygons.
 */
export function strokePath(
  outliner: Outliner,
  points: Float64Array,
  shape: StrokeShape,
): { path: Path2D; corners: number } {
  const path = new Path2D();
  const { polygons, xy, start } = outliner.trace(points, shape.width, shape.quantum, shape.tool);
  for (let k = 0; k < polygons; k++) {
    const end = 2 * start[k + 1]!;
    let at = 2 * start[k]!;
    path.moveTo(xy[at]!, xy[at + 1]!);
    for (at += 2; at < end; at += 2) path.lineTo(xy[at]!, xy[at + 1]!);
  }
  return { path, corners: polygons > 0 ? start[polygons]! : 0 };
}

/** A box that holds the stroke's outline, moved by `m`. */
export function strokeBox(points: Float64Array, width: number, m: Matrix = IDENTITY): Box {
  const [left, top, right, bottom] = bounds(points, width);
  if (m === IDENTITY) return { minX: left, minY: top, maxX: right, maxY: bottom };
  const xs = [left, right, left, right].map((x, i) => m[0] * x + m[2] * (i < 2 ? top : bottom) + m[4]);
  const ys = [left, right, left, right].map((x, i) => m[1] * x + m[3] * (i < 2 ? top : bottom) + m[5]);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

/** Half the line's width at a pressure, as the outline has it. */
export function strokeRadius(shape: Pick<StrokeShape, "tool" | "width">): (pressure: number) => number {
  const half = shape.width / 2;
  return shape.tool === "highlighter" ? () => half : (pressure) => half * (0.25 + 1.5 * pressure);
}

/** A map that forgets what was used longest ago once its weight passes a bound. */
export class Recent<V> {
  private readonly held = new Map<object, { value: V; weight: number }>();
  private total = 0;

  constructor(private readonly bound: number) {}

  get weight(): number {
    return this.total;
  }

  get(key: object, make: () => { value: V; weight: number }): V {
    let entry = this.held.get(key);
    if (entry) {
      this.held.delete(key);
    } else {
      entry = make();
      this.total += entry.weight;
    }
    this.held.set(key, entry); // at the end: a Map keeps the order of insertion
    for (const [old, { weight }] of this.held) {
      if (this.total <= this.bound || old === key) break;
      this.held.delete(old);
      this.total -= weight;
    }
    return entry.value;
  }

  drop(key: object): void {
    const entry = this.held.get(key);
    if (entry && this.held.delete(key)) this.total -= entry.weight;
  }
}

/** Derived forms of the strokes and shapes of one board, by record (a changed record is another object). */
export class StrokeCache {
  // A corner costs about 20 bytes of path: 60 MB; a point 24 bytes: 24 MB. 10,000 real strokes need a third of either.
  private readonly paths = new Recent<Path2D>(3_000_000);
  private readonly figures = new Recent<FigurePaths>(1_000_000);
  private readonly outliner = new Outliner();
  private readonly plain = new Recent<Float64Array>(3_000_000);

  /** x, y, pressure triples. */
  points(ink: Ink): Float64Array {
    return this.plain.get(ink.points, () => {
      const value = unpack(ink.points, ink.quantum);
      return { value, weight: value.length };
    });
  }

  path(ink: Ink): Path2D {
    return this.paths.get(ink, () => {
      const { path, corners } = strokePath(this.outliner, this.points(ink), ink);
      return { value: path, weight: corners + 8 };
    });
  }

  figure(shape: Shape): FigurePaths {
    return this.figures.get(shape, () => {
      const value = figurePaths(shape);
      return { value, weight: value.corners + 8 };
    });
  }

  drop(record: Ink | Shape): void {
    if (record.type === "shape") {
      this.figures.drop(record);
      return;
    }
    this.paths.drop(record);
    this.plain.drop(record.points);
  }
}
