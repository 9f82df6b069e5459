/** Pen and highlighter: points go to the session as they come and onto the overlay in the same event. */

import type { OwnStroke } from "../../client/contract";
import type { LiveStyle } from "../../core/wire";
import { Growing, kept, keptPressure } from "../growing";
import { quantumAt } from "../viewport";
import type { Bench, Tool, Touch } from "./tool";

/** Milliseconds of prediction that are shown: about a frame, since a longer guess overshoots at every turn. */
const AHEAD = 17;

/** Does a point of that width leave anything on the page? What does not would be ink that nobody ever sees. */
function marks({ session, page }: Bench, { x, y }: Touch, width: number): boolean {
  const record = session.table.get(page);
  if (record?.type !== "page" || record.endless) return true;
  const edge = width / 2;
  return x > -edge && y > -edge && x < record.width + edge && y < record.height + edge;
}

interface Drawing {
  readonly bench: Bench;
  readonly own: OwnStroke;
  readonly stroke: Growing;
  last: readonly [number, number, number];
}

export class Pen implements Tool {
  readonly acts = true;
  private drawing: Drawing | null = null;
  /** The gesture began beside the page: the stroke begins where it comes onto it. */
  private waiting: Bench | null = null;

  constructor(readonly name: "pen" | "highlighter") {}

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    this.waiting = bench;
    this.move([at], []);
  }

  private start(bench: Bench): void {
    const { choice } = bench;
    const marker = this.name === "highlighter";
    const style: LiveStyle = {
      tool: this.name,
      colour: marker ? choice.hlColour : choice.colour,
      width: marker ? choice.hlWidth : choice.width,
      quantum: quantumAt(bench.zoom),
    };
    const own = bench.session.begin(bench.page, style, bench.copy);
    const stroke = new Growing(own.id, style);
    this.drawing = { bench, own, stroke, last: [Number.NaN, 0, 0] };
    bench.show(stroke, marker);
  }

  move(touches: readonly Touch[], predicted: readonly Touch[]): void {
    const { waiting } = this;
    if (waiting) {
      const width = this.name === "highlighter" ? waiting.choice.hlWidth : waiting.choice.width;
      const first = touches.findIndex((touch) => marks(waiting, touch, width));
      if (first < 0) return;
      this.waiting = null;
      this.start(waiting);
      touches = touches.slice(first);
    }
    const { drawing } = this;
    if (!drawing) return;
    const { quantum } = drawing.stroke.style;
    const points: number[] = [];
    const times: number[] = [];
    for (const touch of touches) {
      // Rounded as they will be kept, so that the finished stroke does not differ by a hair from the one just seen.
      const x = kept(touch.x, quantum);
      const y = kept(touch.y, quantum);
      const pressure = keptPressure(touch.pressure);
      const [lx, ly, lp] = drawing.last;
      // Only what would be kept as the very same point is left out: small handwriting loses nothing.
      if (x === lx && y === ly && pressure === lp) continue;
      drawing.last = [x, y, pressure];
      points.push(x, y, pressure);
      times.push(touch.time);
    }
    if (points.length) drawing.own.add({ points, times });
    const guess: number[] = [];
    const newest = touches[touches.length - 1]?.time ?? 0;
    for (const { x, y, pressure, time } of predicted) {
      if (time - newest <= AHEAD) guess.push(x, y, pressure || drawing.last[2]);
    }
    if (points.length || guess.length)
      drawing.bench.now(drawing.stroke, drawing.stroke.extend(points, guess));
  }

  still(): void {
    const { drawing } = this;
    if (drawing) drawing.bench.now(drawing.stroke, drawing.stroke.extend([], []));
  }

  end(): void {
    this.waiting = null;
    const { drawing } = this;
    if (!drawing) return;
    this.drawing = null;
    const { bench, own, stroke } = drawing;
    bench.now(stroke, stroke.extend([], [])); // without the guess
    bench.settle(stroke, own.finish());
  }

  cancel(): void {
    this.waiting = null;
    const { drawing } = this;
    if (!drawing) return;
    this.drawing = null;
    drawing.own.cancel();
    drawing.bench.fade(drawing.stroke);
  }
}
