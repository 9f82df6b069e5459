/**
 * A freehand stroke that was held still and became a figure: shown in its place, resized while it is still held, and kept
 * when it is let go.
 *
 * It promises two steps of undo: the first brings the stroke back as the hand drew it, the second takes that away. Others
 * see the figure in the stroke's place, too, as it is held.
 */

import type { OwnStroke } from "../../client/contract";
import { Snapper } from "../snap";
import { type Straight, straighten } from "../straighten";
import type { Point } from "../viewport";
import { Draft, shapeRecord, tell, untell } from "./draft";
import type { Bench, Touch } from "./tool";

/** CSS pixels. What is smaller is a letter, a dot or a dash, however long the pen rests on it. */
const SMALLEST = 28;
/** Steps to a board unit. */
const FINE = 64;

export class Straightened {
  private readonly draft: Draft;
  private readonly snapper: Snapper;
  private readonly id: string;

  private constructor(
    private readonly bench: Bench,
    private readonly meant: Straight,
    colour: string,
    width: number,
    private readonly held: Point,
  ) {
    this.draft = new Draft({ ...fields(meant), colour, width, fill: "", dash: "solid" });
    this.snapper = new Snapper(bench, held);
    this.id = bench.session.newId();
    bench.show(this.draft, false);
    tell(bench, this.id, this.draft.figure);
  }

  /** Null where the stroke is no figure. @param points x, y, pressure triples, the last one where it is held */
  static of(bench: Bench, points: readonly number[], colour: string, width: number): Straightened | null {
    const [x, y] = [points[points.length - 3] ?? 0, points[points.length - 2] ?? 0];
    const meant = straighten(points);
    if (!meant || Math.hypot(meant.w, meant.h) * bench.zoom < SMALLEST) return null;
    return new Straightened(bench, meant, colour, width, { x, y });
  }

  /** The hand goes on while it holds. */
  drag(to: Touch): void {
    const { bench, draft, meant, held, snapper } = this;
    let [x, y, w, h] = [meant.x, meant.y, meant.w, meant.h];
    const [dx, dy] = [to.x - held.x, to.y - held.y];
    if (meant.transform) {
      // One that leans grows about its middle, which its turning leaves where it is.
      const [cx, cy] = [x + w / 2, y + h / 2];
      const before = Math.max(1, Math.hypot(held.x - cx, held.y - cy));
      const ratio = Math.max(0.1, Math.hypot(to.x - cx, to.y - cy) / before);
      [w, h] = [w * ratio, h * ratio];
      [x, y] = [cx - w / 2, cy - h / 2];
    } else {
      const open = meant.kind === "line" || meant.kind === "arrow";
      // The corner that is nearest to the hand goes along; of a line, its end.
      const right = open || Math.abs(held.x - x) > Math.abs(held.x - x - w);
      const low = open || Math.abs(held.y - y) > Math.abs(held.y - y - h);
      const corner = { x: (right ? x + w : x) + dx, y: (low ? y + h : y) + dy };
      const at = snapper.corner(corner, to.mod);
      if (right) w = at.x - x;
      else [x, w] = [at.x, x + w - at.x];
      if (low) h = at.y - y;
      else [y, h] = [at.y, y + h - at.y];
    }
    bench.now(draft, draft.reshape(rounded({ x, y, w, h })));
    tell(bench, this.id, draft.figure);
  }

  /** Keeps the stroke, and then the figure instead of it. */
  finish(own: OwnStroke): void {
    const { bench, draft } = this;
    this.snapper.clear();
    const ids = own.finish();
    const record = shapeRecord(bench, this.id, draft.figure);
    bench.session.change(
      [
        { op: "remove", ids },
        { op: "put", record },
      ],
      { undo: bench.page },
    );
    bench.settle(draft, [record.id]);
  }

  cancel(): void {
    this.snapper.clear();
    this.bench.hide(this.draft);
    untell(this.bench);
  }
}

function fields({ kind, corners, transform, ...box }: Straight) {
  return { kind, corners, transform, ...rounded(box) };
}

function rounded({ x, y, w, h }: Pick<Straight, "x" | "y" | "w" | "h">) {
  const round = (v: number) => Math.round(v * FINE) / FINE;
  return { x: round(x), y: round(y), w: round(w), h: round(h) };
}
