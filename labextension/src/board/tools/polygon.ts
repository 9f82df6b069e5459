/**
 * A polygon as it is laid out corner by corner: each press sets one, a press on the first or again on the last closes
 * it; Enter closes it too, Backspace takes the last corner back, Escape all of it. Shift turns sides to 45°.
 *
 * It promises one change, one step of undo, for the whole, and that nothing of it is left when it is dropped, with others
 * neither, who see it grow. It lives from one gesture to the next, so whoever holds it drops it when the tool, the page or
 * the right to draw is another.
 */

import type { Figure } from "../../core/shapes";
import type { Inks } from "../colour";
import type { Sprite } from "../layer";
import { type Dress, drawFigure, figureBox, figurePaths } from "../shapes";
import { Snapper } from "../snap";
import type { Box, Point } from "../viewport";
import { shapeRecord, tell, untell } from "./draft";
import type { Bench, Touch } from "./tool";

/** CSS pixels about a corner that count as on it. */
const ON = 12;
/** As many as a record may have. */
const MOST = 200;
/** Steps to a board unit. */
const FINE = 64;
const TAN = Math.SQRT2 - 1;

/** How it is to look: what the person has chosen. */
export type Style = Omit<Figure & Dress, "kind" | "corners" | "x" | "y" | "w" | "h">;

/** The figure whose corners lie there; with two, a line between them. */
export function figureOf(places: readonly Point[], style: Style): Figure & Dress {
  const round = (v: number) => Math.round(v * FINE) / FINE;
  const [first, second] = places as readonly [Point, Point, ...Point[]];
  if (places.length < 3) {
    const [x, y] = [round(first.x), round(first.y)];
    const to = second ?? first;
    return { ...style, fill: "", kind: "line", corners: [], x, y, w: round(to.x - x), h: round(to.y - y) };
  }
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const [x, y] = [round(Math.min(...xs)), round(Math.min(...ys))];
  const [w, h] = [round(Math.max(...xs) - x), round(Math.max(...ys) - y)];
  const part = (at: number, from: number, size: number) => (size === 0 ? 0 : (at - from) / size);
  const corners = places.map((one) => [part(one.x, x, w), part(one.y, y, h)] as const);
  return { ...style, kind: "polygon", corners, x, y, w, h };
}

/** `to`, on the line through `from` that is nearest to it among those by 45°. */
export function by45(from: Point, to: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (Math.abs(dy) < Math.abs(dx) * TAN) return { x: to.x, y: from.y };
  if (Math.abs(dx) < Math.abs(dy) * TAN) return { x: from.x, y: to.y };
  const side = (Math.abs(dx) + Math.abs(dy)) / 2;
  return { x: from.x + Math.sign(dx) * side, y: from.y + Math.sign(dy) * side };
}

/** The figure so far, and a ring round the first corner as soon as a press there would close it. */
class Sketch implements Sprite {
  alpha = 0.999;
  box: Box = { minX: 0, minY: 0, maxX: 0, maxY: 0 };
  private paths: ReturnType<typeof figurePaths> | null = null;
  private figure: (Figure & Dress) | null = null;
  private ring: { x: number; y: number; r: number } | null = null;

  /** Gives the place that must be painted again. */
  set(figure: Figure & Dress, ring: { x: number; y: number; r: number } | null): Box {
    const old = this.figure ? this.box : null;
    this.figure = figure;
    this.paths = figurePaths(figure);
    this.ring = ring;
    let box = figureBox(figure);
    if (ring) box = union(box, { minX: ring.x, minY: ring.y, maxX: ring.x, maxY: ring.y }, ring.r * 2);
    this.box = box;
    return old ? union(old, box, 0) : box;
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    if (!this.figure || !this.paths) return;
    drawFigure(context, inks, this.figure, this.paths);
    if (!this.ring) return;
    const { x, y, r } = this.ring;
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.fillStyle = inks.board;
    context.fill();
    context.lineWidth = r / 3;
    context.strokeStyle = inks.of({ tool: "pen", colour: this.figure.colour });
    context.stroke();
  }
}

const union = (a: Box, b: Box, pad: number): Box => ({
  minX: Math.min(a.minX, b.minX - pad),
  minY: Math.min(a.minY, b.minY - pad),
  maxX: Math.max(a.maxX, b.maxX + pad),
  maxY: Math.max(a.maxY, b.maxY + pad),
});

export class Polygon {
  private readonly corners: Point[] = [];
  private readonly sketch = new Sketch();
  private readonly snapper: Snapper;
  private readonly id: string;
  private shown = false;
  /** Where the corner that is being placed is. */
  private at: Point;
  private over = false;

  constructor(
    private readonly bench: Bench,
    private readonly style: Style,
    at: Touch,
  ) {
    this.snapper = new Snapper(bench, at);
    this.id = bench.session.newId();
    this.at = this.placed(at);
  }

  /** Nothing can be added to it any more. */
  get done(): boolean {
    return this.over;
  }

  /** The corner that is being placed goes there. */
  move(to: Touch): void {
    this.at = this.placed(to);
    this.paint([...this.corners, this.at]);
  }

  /** It is set; on the first corner or the last one that closes the polygon. */
  press(): void {
    const { corners, at } = this;
    const [first, last] = [corners[0], corners[corners.length - 1]];
    if ((last && this.near(last)) || (first && corners.length > 2 && this.near(first))) {
      // A second press on the only corner is no polygon.
      if (corners.length > 1) this.close();
      return;
    }
    corners.push(at);
    if (corners.length === MOST) this.close();
    else this.paint(corners);
  }

  /** False where there is nothing to close yet. */
  close(): boolean {
    const { bench, corners, sketch } = this;
    if (corners.length < 2) return false;
    this.over = true;
    this.snapper.clear();
    const figure = figureOf(corners, this.style);
    const record = shapeRecord(bench, this.id, figure);
    bench.now(sketch, sketch.set(figure, null));
    bench.session.change([{ op: "put", record }], { undo: bench.page });
    bench.settle(sketch, [record.id]);
    return true;
  }

  /** Takes the last corner back, and with the first one the whole. */
  back(): void {
    this.corners.pop();
    if (this.corners.length) this.paint(this.corners);
    else this.drop();
  }

  drop(): void {
    if (this.over) return;
    this.over = true;
    this.snapper.clear();
    if (!this.shown) return;
    this.bench.hide(this.sketch);
    untell(this.bench);
  }

  private placed(touch: Touch): Point {
    const last = this.corners[this.corners.length - 1];
    if (last && touch.shift) return by45(last, touch);
    const first = this.corners[0];
    this.at = touch;
    for (const one of [first, last]) if (one && this.near(one)) return { x: one.x, y: one.y };
    return this.snapper.corner(touch, touch.mod);
  }

  private near({ x, y }: Point): boolean {
    const { bench, at } = this;
    return Math.hypot(x - at.x, y - at.y) * bench.zoom <= ON;
  }

  private paint(places: readonly Point[]): void {
    const { bench, sketch, corners } = this;
    const first = corners[0];
    const ring = first && corners.length > 2 ? { ...first, r: 5 / bench.zoom } : null;
    const figure = figureOf(places, this.style);
    const changed = sketch.set(figure, ring);
    tell(bench, this.id, figure);
    if (!this.shown) bench.show(sketch, false);
    this.shown = true;
    bench.now(sketch, changed);
  }
}
