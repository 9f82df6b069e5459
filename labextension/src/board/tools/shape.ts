/**
 * Shapes: dragged from corner to corner, or from the middle with Alt; Shift makes squares, circles and lines by 45°;
 * both corners line up with what is near, unless Ctrl is held. A polygon is laid out corner by corner (`polygon.ts`).
 *
 * It promises one change, one step of undo, for a drag, and nothing for a click. Others see what is being dragged as it
 * is dragged.
 */

import type { Shape } from "../../core/schema";
import { Snapper } from "../snap";
import type { Point } from "../viewport";
import { Draft, shapeRecord, tell, untell } from "./draft";
import { Polygon } from "./polygon";
import type { Bench, Choice, Tool, Touch } from "./tool";

export const SHAPE_KINDS = ["line", "arrow", "rectangle", "ellipse", "triangle", "polygon"] as const;
export type ShapeKind = (typeof SHAPE_KINDS)[number];
export const DASHES = ["solid", "dashed", "dotted"] as const;
export type Dash = (typeof DASHES)[number];

/** CSS pixels. A shorter drag was a click. */
const CLICK = 4;
/** Steps to a board unit: finer than any screen shows at 16 times. */
const FINE = 64;
const TRIANGLE = [
  [0.5, 0],
  [1, 1],
  [0, 1],
] as const;
const TAN = Math.SQRT2 - 1; // of 22.5°: what lies nearer to an axis is on it

/** The box of a drag; `even`: as wide as high, or a line by 45°; `middle`: it began in the middle. */
export function dragged(
  kind: ShapeKind,
  from: { x: number; y: number },
  to: { x: number; y: number },
  even: boolean,
  middle: boolean,
): Pick<Shape, "x" | "y" | "w" | "h"> {
  let w = to.x - from.x;
  let h = to.y - from.y;
  if (even) {
    const wide = Math.abs(w);
    const high = Math.abs(h);
    if (kind !== "line" && kind !== "arrow") {
      const side = Math.max(wide, high);
      w = w < 0 ? -side : side;
      h = h < 0 ? -side : side;
    } else if (high < wide * TAN) h = 0;
    else if (wide < high * TAN) w = 0;
    else {
      const side = (wide + high) / 2;
      w = w < 0 ? -side : side;
      h = h < 0 ? -side : side;
    }
  }
  const round = (v: number) => Math.round(v * FINE) / FINE;
  const x = round(middle ? from.x - w : from.x);
  const y = round(middle ? from.y - h : from.y);
  return { x, y, w: round(middle ? 2 * w : w), h: round(middle ? 2 * h : h) };
}

interface Drag {
  readonly bench: Bench;
  readonly snapper: Snapper;
  /** Of the record that it becomes. */
  readonly id: string;
  /** Where the drag began, and where it lined up. */
  readonly at: Touch;
  readonly from: Point;
  to: Touch;
  draft: Draft | null;
}

const styleOf = ({ shape, shapeFill, shapeDash, colour, width }: Choice) => ({
  kind: shape === "triangle" ? ("polygon" as const) : shape,
  corners: shape === "triangle" ? TRIANGLE : [],
  colour,
  fill: shapeFill && shape !== "line" && shape !== "arrow" ? colour : "",
  width,
  dash: shapeDash,
  transform: null,
});

export class ShapeTool implements Tool {
  readonly name = "shape";
  readonly acts = true;
  private drag: Drag | null = null;
  private even = false;
  private middle = false;
  private free = false;
  private polygon: Polygon | null = null;
  /** Is a corner of it being placed by this gesture? */
  private placing = false;

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    if (bench.choice.shape === "polygon") {
      this.polygon ??= new Polygon(bench, styleOf(bench.choice), at);
      this.polygon.move(at);
      this.placing = true;
      return;
    }
    this.drop();
    const snapper = new Snapper(bench, at);
    const id = bench.session.newId();
    this.drag = { bench, snapper, id, at, from: snapper.corner(at, at.mod), to: at, draft: null };
    this.even = at.shift === true;
    this.middle = at.alt === true;
    this.free = at.mod === true;
  }

  move(touches: readonly Touch[]): void {
    const last = touches[touches.length - 1];
    if (last && this.placing) this.polygon?.move(last);
    if (!this.drag || !last) return;
    this.drag.to = last;
    this.even = last.shift === true;
    this.middle = last.alt === true;
    this.free = last.mod === true;
    this.follow();
  }

  /** Shift, Alt or Ctrl went down or up while the pointer rests. */
  modify(shift: boolean, alt: boolean, mod: boolean): void {
    if (!this.drag || (this.even === shift && this.middle === alt && this.free === mod)) return;
    this.free = mod;
    this.even = shift;
    this.middle = alt;
    this.follow();
  }

  private follow(): void {
    const { drag } = this;
    if (!drag) return;
    const { bench, snapper, at, from, to } = drag;
    const { shape } = bench.choice;
    // A side that Shift gives has no corner of its own to line up.
    const corner = snapper.corner(to, this.free || this.even);
    const box = dragged(shape, from, corner, this.even, this.middle);
    if (drag.draft) bench.now(drag.draft, drag.draft.reshape(box));
    else if (Math.hypot(to.x - at.x, to.y - at.y) * bench.zoom >= CLICK) {
      drag.draft = new Draft({ ...styleOf(bench.choice), ...box });
      bench.show(drag.draft, false);
    }
    if (drag.draft) tell(bench, drag.id, drag.draft.figure);
  }

  /** The side that would come next follows the pointer. */
  hover(at: Touch): void {
    this.polygon?.move(at);
  }

  key(chord: string): boolean {
    const { polygon } = this;
    if (!polygon || this.placing) return false;
    if (chord === "Escape") polygon.drop();
    else if (chord === "Backspace" || chord === "Delete" || chord === "mod+z") polygon.back();
    else if (chord !== "Enter" || !polygon.close()) return false;
    this.tidy();
    return true;
  }

  /** Another tool, page or copy: what is not closed is not kept. */
  drop(): void {
    this.polygon?.drop();
    this.tidy();
  }

  private tidy(): void {
    if (this.polygon?.done) this.polygon = null;
  }

  end(): void {
    if (this.placing) {
      this.placing = false;
      this.polygon?.press();
      this.tidy();
      return;
    }
    const { drag } = this;
    this.drag = null;
    drag?.snapper.clear();
    if (!drag?.draft) return;
    const { bench, draft } = drag;
    const { session, page } = bench;
    const { w, h } = draft.figure;
    if (Math.hypot(w, h) * bench.zoom < CLICK) {
      bench.hide(draft); // brought back to where it began
      untell(bench);
      return;
    }
    const record = shapeRecord(bench, drag.id, draft.figure);
    session.change([{ op: "put", record }], { undo: page });
    bench.settle(draft, [record.id]);
  }

  cancel(): void {
    // A corner that is taken back was not meant; those before it stay.
    this.placing = false;
    const { drag } = this;
    this.drag = null;
    drag?.snapper.clear();
    if (!drag?.draft) return;
    drag.bench.hide(drag.draft);
    untell(drag.bench);
  }
}
