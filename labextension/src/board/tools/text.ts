/**
 * The text tool: a click begins a text there, or opens the one that is there; a drag sets how wide its lines are.
 *
 * It promises that nothing is stored by the gesture itself: the words are (`text/editor.ts`).
 */

import type { Inks } from "../colour";
import type { Sprite } from "../layer";
import type { Box } from "../viewport";
import type { Bench, Tool, Touch } from "./tool";

/** CSS pixels. A shorter drag was a click. */
const CLICK = 8;
/** CSS pixels around a text that still mean it. */
const REACH = 4;
/** From the top of a line to the middle of its letters, in ems: where one clicks, letters stand. */
const MIDDLE = 0.68;

/** The place that is dragged open. */
class Frame implements Sprite {
  box: Box = { minX: 0, minY: 0, maxX: 0, maxY: 0 };
  alpha = 0.999;

  constructor(
    private readonly zoom: number,
    private readonly colour: string,
  ) {}

  reshape(from: Touch, to: Touch, height: number): Box {
    const old = this.box;
    const y = from.y - height / 2;
    this.box = { minX: Math.min(from.x, to.x), maxX: Math.max(from.x, to.x), minY: y, maxY: y + height };
    const pad = 2 / this.zoom;
    return {
      minX: Math.min(old.minX, this.box.minX) - pad,
      minY: Math.min(old.minY, this.box.minY) - pad,
      maxX: Math.max(old.maxX, this.box.maxX) + pad,
      maxY: Math.max(old.maxY, this.box.maxY) + pad,
    };
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    const { minX, minY, maxX, maxY } = this.box;
    context.save();
    context.lineWidth = 1.5 / this.zoom;
    context.setLineDash([5 / this.zoom, 4 / this.zoom]);
    context.strokeStyle = inks.of({ tool: "pen", colour: this.colour });
    context.strokeRect(minX, minY, maxX - minX, maxY - minY);
    context.restore();
  }
}

export class TextTool implements Tool {
  readonly name = "text";
  readonly acts = true;
  private drag: { bench: Bench; from: Touch; to: Touch; frame: Frame | null } | null = null;

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    this.drag = { bench, from: at, to: at, frame: null };
  }

  move(touches: readonly Touch[]): void {
    const { drag } = this;
    const last = touches[touches.length - 1];
    if (!drag || !last) return;
    drag.to = last;
    const { bench, from } = drag;
    if (!drag.frame) {
      if (Math.abs(last.x - from.x) * bench.zoom < CLICK) return;
      drag.frame = new Frame(bench.zoom, "grey");
      drag.frame.reshape(from, last, bench.choice.textSize * 1.35);
      bench.show(drag.frame, false);
    }
    bench.now(drag.frame, drag.frame.reshape(from, last, bench.choice.textSize * 1.35));
  }

  end(): void {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    const { bench, from, to, frame } = drag;
    if (frame) bench.hide(frame);
    const wide = Math.abs(to.x - from.x);
    if (!frame && bench.write.editAt(from.x, from.y, REACH / bench.zoom)) return;
    const { textSize: size, textAlign: align, colour } = bench.choice;
    const drawn = frame !== null && wide * bench.zoom >= CLICK;
    const at = {
      x: round(drawn ? Math.min(from.x, to.x) : from.x),
      y: round(from.y - size * MIDDLE),
      w: drawn ? round(Math.max(wide, size)) : 0,
    };
    bench.write.begin("text", at, { size, colour, align });
  }

  cancel(): void {
    const { drag } = this;
    this.drag = null;
    if (drag?.frame) drag.bench.hide(drag.frame);
  }
}

/** Quarters of a unit: nobody sees less, and records stay small. */
function round(v: number): number {
  return Math.round(v * 4) / 4;
}
