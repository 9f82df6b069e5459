/**
 * Strokes that are not finished: the own one under the pen and those of others as they arrive.
 *
 * It promises the very outline that the finished stroke will have, and says after each step which small box changed,
 * so that a long stroke costs no more to go on with than a short one. It must never smooth or guess what is kept:
 * predicted points are shown for one step and then forgotten.
 */

import { Outliner } from "../core/ink";
import type { LiveStyle } from "../core/wire";
import type { Inks } from "./colour";
import type { Sprite } from "./layer";
import { strokeBox, strokePath } from "./strokes";
import type { Box } from "./viewport";

/** Points before the newest whose outline may still change: 3 by smoothing, 3 by thinning, and then four of those that
 * thinning leaves (one in four at least): a corner's arms, a tangent, a fold. */
const UNSETTLED = 24;
/** A live stroke is drawn in pieces of this many points, so that the outline of what is old is not made again. */
const PIECE = 512;

/** Coordinates as they will be kept: whole units of 2**-quantum, pressure in 1/256. */
export function kept(value: number, quantum: number): number {
  const unit = 2 ** quantum;
  return Math.floor(value * unit + 0.5) / unit;
}

export function keptPressure(pressure: number): number {
  return Math.min(255, Math.max(0, Math.floor(pressure * 256 + 0.5))) / 256;
}

export class Growing implements Sprite {
  private readonly outliner = new Outliner();
  private data = new Float64Array(3 * 256);
  private count = 0;
  private guessed = 0;
  private path: Path2D | null = null;
  private readonly pieces: Path2D[] = [];
  private from = 0; // first point of the piece that grows
  alpha = 1;
  readonly box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };

  constructor(
    readonly id: string,
    readonly style: LiveStyle,
  ) {}

  get under(): boolean {
    return this.style.tool === "highlighter";
  }

  get points(): number {
    return this.count;
  }

  at(index: number): readonly [number, number, number] {
    return [this.data[3 * index]!, this.data[3 * index + 1]!, this.data[3 * index + 2]!];
  }

  /** Puts points (x, y, pressure triples) at the end, then `guess` for this step only. Returns what changed. */
  extend(points: ArrayLike<number>, guess: ArrayLike<number> = []): Box {
    const old = this.count + this.guessed;
    const first = Math.max(this.from, Math.min(this.count, this.count + this.guessed) - UNSETTLED);
    const before = old > first ? this.span(first, old) : null;
    this.room(this.count + (points.length + guess.length) / 3);
    this.data.set(points, 3 * this.count);
    this.count += points.length / 3;
    this.data.set(guess, 3 * this.count);
    this.guessed = guess.length / 3;
    this.path = null;
    const changed = this.span(first, this.count + this.guessed);
    if (before) widen(changed, before);
    widen(this.box, changed);
    if (this.count - this.from > 2 * PIECE) this.settle();
    return changed;
  }

  /** All points anew, as far as `count` (others' strokes are shown up to where they have been drawn). */
  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    const total = this.count + this.guessed;
    if (total === 0) return;
    this.path ??= strokePath(this.outliner, this.data.subarray(3 * this.from, 3 * total), this.style).path;
    context.fillStyle = inks.of(this.style);
    if (this.pieces.length === 0) {
      context.fill(this.path, "nonzero");
      return;
    }
    // One fill over all pieces: a translucent stroke must not darken where they meet.
    const whole = new Path2D(this.path);
    for (const piece of this.pieces) whole.addPath(piece);
    context.fill(whole, "nonzero");
  }

  /** The oldest piece of what grows is made once; it overlaps the next by what its end needs to look the same. */
  private settle(): void {
    const end = this.from + PIECE;
    const lap = Math.min(this.count, end + UNSETTLED);
    this.pieces.push(strokePath(this.outliner, this.data.subarray(3 * this.from, 3 * lap), this.style).path);
    this.from = end - UNSETTLED;
  }

  private span(from: number, to: number): Box {
    const start = Math.max(0, from - 1);
    return strokeBox(this.data.subarray(3 * start, 3 * to), this.style.width);
  }

  private room(points: number): void {
    if (3 * points <= this.data.length) return;
    const more = new Float64Array(Math.max(3 * points, 2 * this.data.length));
    more.set(this.data.subarray(0, 3 * this.count));
    this.data = more;
  }
}

export function widen(box: Box, by: Box): void {
  box.minX = Math.min(box.minX, by.minX);
  box.minY = Math.min(box.minY, by.minY);
  box.maxX = Math.max(box.maxX, by.maxX);
  box.maxY = Math.max(box.maxY, by.maxY);
}
