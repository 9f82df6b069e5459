/**
 * Shapes as the browser draws and touches them. The geometry itself is the core's.
 *
 * It promises that one shape gives one picture whether it is being drawn, finished or on a thumbnail; that its box holds
 * that picture; and that the inside counts as touched only where it is filled.
 */

import type { Shape } from "../core/schema";
import { type Figure, shapeLines, shapePaths } from "../core/shapes";
import type { Inks } from "./colour";
import { IDENTITY, type Matrix, segmentDistance2 } from "./hit";
import type { Box } from "./viewport";

/** Paths to fill non-zero, in the shape's own units, and how many corners they have. No fill: none is possible. */
export interface FigurePaths {
  readonly stroke: Path2D;
  readonly fill: Path2D | null;
  readonly corners: number;
}

export function figurePaths(figure: Figure): FigurePaths {
  const { stroke, fill } = shapePaths(figure);
  const corners = [...stroke, ...fill].reduce((sum, polygon) => sum + polygon.length / 2, 0);
  return { stroke: pathOf(stroke), fill: fill.length ? pathOf(fill) : null, corners };
}

function pathOf(polygons: readonly Float64Array[]): Path2D {
  const path = new Path2D();
  for (const xy of polygons) {
    path.moveTo(xy[0]!, xy[1]!);
    // Not closed: filling does that, and closing takes time with the square of the number of polygons.
    for (let i = 2; i < xy.length; i += 2) path.lineTo(xy[i]!, xy[i + 1]!);
  }
  return path;
}

/** What of a shape decides its colours and its place. */
export type Dress = Pick<Shape, "colour" | "fill" | "transform">;

/** The context is in board units. */
export function drawFigure(
  context: CanvasRenderingContext2D,
  inks: Inks,
  shape: Dress,
  paths: FigurePaths,
): void {
  context.save();
  if (shape.transform) context.transform(...shape.transform);
  if (paths.fill && shape.fill) {
    context.fillStyle = inks.of({ tool: "wash", colour: shape.fill });
    context.fill(paths.fill, "nonzero");
  }
  context.fillStyle = inks.of({ tool: "pen", colour: shape.colour });
  context.fill(paths.stroke, "nonzero");
  context.restore();
}

/** A box that holds all that is drawn; not the tightest. */
export function figureBox(shape: Figure & Pick<Shape, "transform">): Box {
  const xs = [shape.x, shape.x + shape.w];
  const ys = [shape.y, shape.y + shape.h];
  if (shape.kind === "polygon")
    for (const [u, v] of shape.corners) {
      xs.push(shape.x + shape.w * u);
      ys.push(shape.y + shape.h * v);
    }
  // A head's barbs reach half its length to the side; a bent dash is drawn as ink, which may lie a hair beside its line.
  const hair = 0.25 + (Math.abs(shape.w) + Math.abs(shape.h)) * 2e-5;
  const pad = shape.width * (shape.kind === "arrow" ? 3 : 0.5) + hair;
  const [left, right] = [Math.min(...xs) - pad, Math.max(...xs) + pad];
  const [top, bottom] = [Math.min(...ys) - pad, Math.max(...ys) + pad];
  const m = shape.transform;
  if (!m) return { minX: left, minY: top, maxX: right, maxY: bottom };
  const corners = [left, right].flatMap((x) => [top, bottom].map((y) => moved(m, [x, y])));
  const us = corners.map(([x]) => x);
  const vs = corners.map(([, y]) => y);
  return { minX: Math.min(...us), minY: Math.min(...vs), maxX: Math.max(...us), maxY: Math.max(...vs) };
}

const moved = (m: Matrix, [x, y]: readonly [number, number]): readonly [number, number] => [
  m[0] * x + m[2] * y + m[4],
  m[1] * x + m[3] * y + m[5],
];

/** Does the shape come within `reach` of the segment p–q? Where it is filled, its inside does. */
export function figureNear(
  shape: Figure & Dress,
  px: number,
  py: number,
  qx: number,
  qy: number,
  reach: number,
): boolean {
  const m = shape.transform ?? IDENTITY;
  const near = reach + (shape.width / 2) * Math.sqrt(Math.abs(m[0] * m[3] - m[1] * m[2]));
  const lines = shapeLines(shape).map((line) => line.map((at) => moved(m, at)));
  for (const line of lines) {
    for (let i = 0; i < line.length; i++) {
      const [ax, ay] = line[Math.max(0, i - 1)]!;
      const [bx, by] = line[i]!;
      if (segmentDistance2(px, py, qx, qy, ax, ay, bx, by) <= near * near) return true;
    }
  }
  const main = lines[0]!;
  return shape.fill !== "" && shape.kind !== "line" && shape.kind !== "arrow" && turns(main, qx, qy) !== 0;
}

/** How often the closed line goes round the place. */
function turns(line: readonly (readonly [number, number])[], x: number, y: number): number {
  let total = 0;
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1]!;
    const [bx, by] = line[i]!;
    const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    if (ay <= y && by > y && side > 0) total++;
    else if (ay > y && by <= y && side < 0) total--;
  }
  return total;
}
