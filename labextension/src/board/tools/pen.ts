/**
 * Pen and highlighter: points go to the session as they come and onto the overlay in the same event. A pen that is held
 * still at its end turns what it drew into the figure that was meant, where that is clear.
 */

import type { OwnStroke } from "../../client/contract";
import type { LiveStyle } from "../../core/wire";
import { Growing, kept, keptPressure } from "../growing";
import { quantumAt } from "../viewport";
import { Pace } from "./pace";
import { Straightened } from "./straightened";
import type { Bench, Tool, Touch } from "./tool";

/** Milliseconds of prediction that are shown: about a frame, since a longer guess overshoots at every turn. */
const AHEAD = 17;

/** Held so long (ms), moving no more than so far (CSS pixels): the figure is asked for. */
const HOLD = 500;
const TREMBLE = 3;

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
  /** What stands in for pressure where none is measured; null: nothing does. */
  readonly pace: Pace | null;
  last: readonly [number, number, number];
  /** Where the hand rests, and what happens when it goes on resting. */
  rest: readonly [number, number];
  timer: ReturnType<typeof setTimeout> | undefined;
  figure: Straightened | null;
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
    const none = Number.NaN;
    this.drawing = {
      bench,
      own,
      stroke,
      pace: choice.pace && !marker ? new Pace() : null,
      last: [none, 0, 0],
      rest: [none, none],
      timer: undefined,
      figure: null,
    };
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
    const now = touches[touches.length - 1];
    if (drawing.figure) {
      if (now) drawing.figure.drag(now);
      return;
    }
    if (now) this.rest(drawing, now);
    const { quantum } = drawing.stroke.style;
    const points: number[] = [];
    const times: number[] = [];
    for (const touch of touches) {
      // Rounded as they will be kept, so that the finished stroke does not differ by a hair from the one just seen.
      const x = kept(touch.x, quantum);
      const y = kept(touch.y, quantum);
      const [lx, ly, lp] = drawing.last;
      const same = x === lx && y === ly;
      const paced = drawing.pace && !touch.measured;
      if (same && paced) continue;
      const pressure = keptPressure(
        paced ? drawing.pace!.next(touch.x, touch.y, touch.time, drawing.bench.zoom) : touch.pressure,
      );
      // Only what would be kept as the very same point is left out: small handwriting loses nothing.
      if (same && pressure === lp) continue;
      drawing.last = [x, y, pressure];
      points.push(x, y, pressure);
      times.push(touch.time);
    }
    if (points.length) drawing.own.add({ points, times });
    const guess: number[] = [];
    const newest = touches[touches.length - 1]?.time ?? 0;
    for (const { x, y, pressure, measured, time } of predicted) {
      if (time - newest <= AHEAD) guess.push(x, y, (measured && pressure) || drawing.last[2]);
    }
    if (points.length || guess.length)
      drawing.bench.now(drawing.stroke, drawing.stroke.extend(points, guess));
  }

  /** The time that the hand rests begins anew where it has moved. */
  private rest(drawing: Drawing, { x, y }: Touch): void {
    const [rx, ry] = drawing.rest;
    if (this.name !== "pen" || Math.hypot(x - rx, y - ry) * drawing.bench.zoom <= TREMBLE) return;
    drawing.rest = [x, y];
    clearTimeout(drawing.timer);
    drawing.timer = setTimeout(() => this.straighten(drawing), HOLD);
  }

  private straighten(drawing: Drawing): void {
    if (this.drawing !== drawing) return;
    const { bench, stroke, own } = drawing;
    bench.now(stroke, stroke.extend([], [])); // without the guess
    const points: number[] = [];
    for (let i = 0; i < stroke.points; i++) points.push(...stroke.at(i));
    // What trembled where it rests says nothing of the figure.
    const [rx, ry] = drawing.rest;
    const near = (at: number) => Math.hypot(points[at]! - rx, points[at + 1]! - ry) * bench.zoom <= TREMBLE;
    while (points.length > 6 && near(points.length - 6)) points.splice(points.length - 3);
    const { colour, width } = stroke.style;
    drawing.figure = Straightened.of(bench, points, colour, width);
    if (!drawing.figure) return;
    bench.hide(stroke);
    own.hush();
  }

  still(): void {
    const { drawing } = this;
    if (drawing && !drawing.figure) drawing.bench.now(drawing.stroke, drawing.stroke.extend([], []));
  }

  end(): void {
    this.waiting = null;
    const { drawing } = this;
    if (!drawing) return;
    this.drawing = null;
    clearTimeout(drawing.timer);
    const { bench, own, stroke, figure } = drawing;
    if (figure) {
      figure.finish(own);
      return;
    }
    bench.now(stroke, stroke.extend([], [])); // without the guess
    bench.settle(stroke, own.finish());
  }

  cancel(): void {
    this.waiting = null;
    const { drawing } = this;
    if (!drawing) return;
    this.drawing = null;
    clearTimeout(drawing.timer);
    drawing.own.cancel();
    if (drawing.figure) drawing.figure.cancel();
    else drawing.bench.fade(drawing.stroke);
  }
}
