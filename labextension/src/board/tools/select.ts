/**
 * The select tool: click, box and lasso; then move, scale and turn what is selected.
 *
 * It promises one change, one step of undo, for a drag, and that nothing of the table is touched before it is let go;
 * taken back, everything is where it was. What is being dragged is seen in this window alone until then.
 */

import type { Drawable, Op, Shape } from "../../core/schema";
import { draggedAll, patches, reshaped, rewrapped } from "../edits";
import { cursorFor, type Hold } from "../handles";
import { IDENTITY, type Matrix } from "../hit";
import type { Selecting } from "../selecting";
import { boxed, completed, lassoed, topmost } from "../selection";
import { Snapper } from "../snap";
import { type Thing, thingOf } from "../thing";
import {
  around,
  frameCorners,
  type Grip,
  gripAt,
  gripped,
  inverted,
  moving,
  through,
  turned,
  turning,
} from "../transform";
import type { Box, Point } from "../viewport";
import type { Bench, Tool, Touch } from "./tool";

/** CSS pixels. A shorter drag was a click. */
const CLICK = 4;
const CLICK_COARSE = 10;
/** How near (CSS pixels) a click must come to a line. */
const NEAR = 6;
const NEAR_COARSE = 14;
/** Two clicks within this (ms) and so near (CSS pixels) are one double click. */
const DOUBLE = 420;
const DOUBLE_NEAR = 8;
/** Board units of a selection that stay on the page, so that it can be found again. */
const KEPT = 24;

type Doing =
  | { kind: "press"; target: Thing | null; held: boolean } // not yet a drag
  | { kind: "move" }
  | { kind: "hold"; hold: Hold; off: Point }
  | { kind: "area"; loop: Point[] };

interface Gesture {
  readonly bench: Bench;
  readonly from: Touch;
  to: Touch;
  doing: Doing;
  /** Made when something begins to move. */
  snapper: Snapper | null;
  /** What was selected when a box began that adds to it. */
  readonly before: readonly Thing[];
}

export class SelectTool implements Tool {
  readonly name = "select";
  readonly acts = true;
  private gesture: Gesture | null = null;
  private last: { time: number; at: Point; target: string } | null = null;

  constructor(
    private readonly selecting: Selecting,
    /** Opens a thing's words for writing; false: it has none. */
    private readonly edit: (thing: Thing) => boolean,
  ) {}

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    const { selecting } = this;
    const felt = selecting.feel(at, bench.coarse);
    const before = selecting.things;
    if (felt && felt !== "inside" && selecting.movable) {
      this.gesture = {
        bench,
        from: at,
        to: at,
        doing: { kind: "hold", hold: felt, off: this.offset(felt, at) },
        snapper: null,
        before,
      };
      return;
    }
    const target = this.under(bench, at);
    const chosen = target !== null && selecting.model.has(target.id);
    // Inside the frame a drag moves what is selected, wherever it is taken hold of.
    const held = (chosen || (felt === "inside" && !at.shift)) && selecting.movable;
    if (target && !held && !at.shift) this.choose(bench, target);
    const moves = held || (target !== null && !at.shift && selecting.movable);
    this.gesture = {
      bench,
      from: at,
      to: at,
      doing: { kind: "press", target, held: moves },
      snapper: null,
      before,
    };
  }

  move(touches: readonly Touch[]): void {
    const { gesture } = this;
    const last = touches[touches.length - 1];
    if (!gesture || !last) return;
    gesture.to = last;
    const { bench, from, doing } = gesture;
    if (doing.kind === "press") {
      const away = Math.hypot(last.x - from.x, last.y - from.y) * bench.zoom;
      if (away < (bench.coarse ? CLICK_COARSE : CLICK)) return;
      gesture.doing = doing.held ? { kind: "move" } : { kind: "area", loop: [from] };
    }
    if (gesture.doing.kind === "area")
      for (const touch of touches) trace(gesture.doing.loop, touch, 3 / bench.zoom);
    this.follow();
  }

  modify(shift: boolean, alt: boolean, mod: boolean): void {
    const { gesture } = this;
    if (!gesture) return;
    gesture.to = { ...gesture.to, shift, alt, mod };
    if (gesture.doing.kind !== "press") this.follow();
  }

  end(): void {
    const { gesture, selecting } = this;
    this.gesture = null;
    if (!gesture) return;
    const { doing, to, bench } = gesture;
    if (doing.kind === "press") this.clicked(gesture, doing.target);
    else if (doing.kind === "area") selecting.surround(null);
    else {
      const { m, form } = this.dragOf(gesture);
      selecting.drop(form ? form.ops : draggedAll(records(selecting.things), m));
    }
    gesture.snapper?.clear();
    if (doing.kind !== "press") this.last = null;
    else
      this.last = {
        time: to.time,
        at: { x: to.x * bench.zoom, y: to.y * bench.zoom },
        target: doing.target?.id ?? "",
      };
  }

  cancel(): void {
    const { gesture, selecting } = this;
    this.gesture = null;
    if (!gesture) return;
    if (gesture.doing.kind === "area") {
      selecting.surround(null);
      selecting.take(gesture.before.filter((thing) => gesture.bench.scene.get(thing.id)));
    }
    gesture.snapper?.clear();
    selecting.drop([]);
  }

  /** The pointer's look over a place of the board. */
  cursor(bench: Bench, at: Point): string {
    const { selecting } = this;
    const felt = selecting.feel(at, false);
    const { shown } = selecting;
    if (felt === null || felt === "inside") {
      const target = topmost(bench.scene, at, NEAR / bench.zoom, selecting.may);
      const moves = felt === "inside" ? selecting.movable : target !== null && !target.record.locked;
      return moves ? "move" : "default";
    }
    return cursorFor(felt, shown?.frame.angle ?? 0, selecting.movable);
  }

  private under(bench: Bench, at: Point): Thing | null {
    const reach = (bench.coarse ? NEAR_COARSE : NEAR) / bench.zoom;
    return topmost(bench.scene, at, reach, this.selecting.may);
  }

  private choose({ scene }: Bench, target: Thing): void {
    const { selecting } = this;
    const { model } = selecting;
    if (model.inside && target.record.group !== model.inside) model.inside = "";
    selecting.take(completed(scene, [target], model.inside, selecting.may));
  }

  private clicked({ bench, from, to }: Gesture, target: Thing | null): void {
    const { selecting, last } = this;
    if (from.shift) {
      if (target) selecting.toggle(completed(bench.scene, [target], selecting.model.inside, selecting.may));
      return;
    }
    if (!target) {
      selecting.clear();
      return;
    }
    const near = (a: Point) => Math.hypot(a.x - to.x * bench.zoom, a.y - to.y * bench.zoom) < DOUBLE_NEAR;
    const twice = last !== null && last.target === target.id && to.time - last.time < DOUBLE && near(last.at);
    if (twice && target.record.group && target.record.group !== selecting.model.inside)
      selecting.enter(target);
    else if (twice && !target.record.locked && this.edit(target)) return;
    else this.choose(bench, target);
  }

  // -- dragging

  /** From what is taken hold of to where it is taken hold of. */
  private offset(hold: Hold, at: Point): Point {
    const { shown } = this.selecting;
    if (!shown || hold === "turn") return { x: 0, y: 0 };
    const there =
      hold === "start" || hold === "end"
        ? shown.ends![hold === "start" ? 0 : 1]
        : through(turning(shown.frame.angle), gripAt(shown.frame, hold));
    return { x: there.x - at.x, y: there.y - at.y };
  }

  private follow(): void {
    const { gesture, selecting } = this;
    if (!gesture) return;
    const { bench, from, to, doing } = gesture;
    if (doing.kind === "area") {
      const lasso = bench.choice.lasso;
      const { model, may } = selecting;
      const area: Box | readonly Point[] = lasso ? doing.loop : around([from, to]);
      selecting.surround(lasso ? [...doing.loop] : area);
      const found = lasso
        ? lassoed(bench.scene, doing.loop, model.inside, may)
        : boxed(bench.scene, area as Box, to.alt === true, model.inside, may);
      const kept = from.shift ? gesture.before.filter(({ record }) => !record.locked) : [];
      selecting.take([...kept, ...found]);
      return;
    }
    const { m, form } = this.dragOf(gesture);
    selecting.drag(m, form?.things);
  }

  /** What the drag does now: a matrix, and for one thing that takes another form, that form. */
  private dragOf(gesture: Gesture): { m: Matrix; form?: { things: Thing[]; ops: Op[] } } {
    const { bench, from, to, doing } = gesture;
    const { shown, things } = this.selecting;
    if (!shown) return { m: IDENTITY };
    const { frame } = shown;
    if (doing.kind !== "hold") return { m: this.moveOf(gesture, frameCorners(frame)) };
    const { hold, off } = doing;
    if (hold === "turn") return { m: turned(frame, from, to, to.shift === true) };
    const there = this.snapped(gesture, hold, { x: to.x + off.x, y: to.y + off.y });
    const [one] = things;
    const single = things.length === 1 ? one?.record : undefined;
    if (hold === "start" || hold === "end")
      return this.stretched(bench, single as Shape, hold, there, to.shift === true);
    // A corner keeps the proportions of what was drawn by hand; a shape of its own is free, and Shift is the other way.
    const free = single?.type === "shape" || single?.type === "note";
    // Words are never stretched.
    const wordy = things.some(({ record }) => record.type === "text");
    const even = wordy || free === (to.shift === true);
    const m = gripped(frame, hold as Grip, there, { even, middle: to.alt === true });
    const edge = hold.length === 1;
    const fields =
      single?.type === "shape"
        ? reshaped(single, m)
        : single?.type === "note" || (single?.type === "text" && edge)
          ? rewrapped(single, m, this.selecting.measure)
          : null;
    return fields && single ? { m, form: formed(bench, single, fields) } : { m };
  }

  private snapper(gesture: Gesture): Snapper {
    const { bench, from } = gesture;
    gesture.snapper ??= new Snapper(bench, from, new Set(this.selecting.model.ids));
    return gesture.snapper;
  }

  /** Is it nothing but ink? */
  private written(): boolean {
    return this.selecting.picked?.kinds.every((kind) => kind === "ink") ?? true;
  }

  /** Where a grip is pulled to, lined up with what is near; only where the frame is upright and nothing keeps its shape. */
  private snapped(gesture: Gesture, hold: Hold, there: Point): Point {
    const { shown } = this.selecting;
    const { to } = gesture;
    const [one, more] = this.selecting.things;
    const own = more === undefined && (one?.record.type === "shape" || one?.record.type === "note");
    const bound = hold.length === 2 && !own;
    const free = to.mod || to.shift || bound || this.written() || shown?.frame.angle !== 0;
    const lined = this.snapper(gesture).corner(there, free);
    if (hold === "n" || hold === "s") return { x: there.x, y: lined.y };
    if (hold === "e" || hold === "w") return { x: lined.x, y: there.y };
    return lined;
  }

  /** How far it is moved: Shift keeps to one direction, and something of it stays on the page. */
  private moveOf(gesture: Gesture, corners: readonly Point[]): Matrix {
    const { bench, from, to } = gesture;
    let [dx, dy] = [to.x - from.x, to.y - from.y];
    if (to.shift) {
      if (Math.abs(dx) > Math.abs(dy)) dy = 0;
      else dx = 0;
    }
    const { minX, minY, maxX, maxY } = around(corners);
    const there = { minX: minX + dx, minY: minY + dy, maxX: maxX + dx, maxY: maxY + dy };
    // Handwriting has no edges that anyone means, and what keeps to one direction is lined up already.
    const free = to.mod === true || to.shift === true || this.written();
    const lined = this.snapper(gesture).shift(there, free);
    dx += lined.dx;
    dy += lined.dy;
    const sheet = bench.session.table.get(bench.page);
    if (sheet?.type === "page" && !sheet.endless) {
      const box = around(corners);
      const hold = (by: number, low: number, high: number, length: number) => {
        const keep = Math.min(KEPT, high - low);
        return Math.max(Math.min(by, length - keep - low), keep - high);
      };
      // What lies outside already may be brought back, and is not pulled in by itself.
      if (box.maxX > 0 && box.minX < sheet.width) dx = hold(dx, box.minX, box.maxX, sheet.width);
      if (box.maxY > 0 && box.minY < sheet.height) dy = hold(dy, box.minY, box.maxY, sheet.height);
    }
    return moving(dx, dy);
  }

  /** One end of a line is somewhere else; Shift: by 15°. */
  private stretched(
    bench: Bench,
    line: Shape,
    hold: "start" | "end",
    there: Point,
    steps: boolean,
  ): { m: Matrix; form?: { things: Thing[]; ops: Op[] } } {
    const back = inverted((line.transform ?? IDENTITY) as Matrix);
    if (!back) return { m: IDENTITY };
    const start = { x: line.x, y: line.y };
    const end = { x: line.x + line.w, y: line.y + line.h };
    const rest = hold === "start" ? end : start;
    let at = through(back, there);
    if (steps) {
      const length = Math.hypot(at.x - rest.x, at.y - rest.y);
      const angle = Math.round(Math.atan2(at.y - rest.y, at.x - rest.x) / (Math.PI / 12)) * (Math.PI / 12);
      at = { x: rest.x + length * Math.cos(angle), y: rest.y + length * Math.sin(angle) };
    }
    const fine = (v: number) => Math.round(v * 64) / 64;
    at = { x: fine(at.x), y: fine(at.y) };
    const [a, b] = hold === "start" ? [at, end] : [start, at];
    const fields = { x: a.x, y: a.y, w: b.x - a.x, h: b.y - a.y };
    return { m: IDENTITY, form: formed(bench, line, fields) };
  }
}

function formed(
  bench: Bench,
  record: Drawable,
  fields: Readonly<Record<string, unknown>>,
): { things: Thing[]; ops: Op[] } {
  const thing = thingOf({ ...record, ...fields } as Drawable, bench.scene.materials);
  return { things: thing ? [thing] : [], ops: patches([[record, fields]]) };
}

const records = (things: readonly Thing[]): Drawable[] => things.map(({ record }) => record);

/** Goes on with a loop, by steps that can be seen. */
function trace(loop: Point[], at: Point, step: number): void {
  const last = loop[loop.length - 1];
  if (!last || Math.hypot(at.x - last.x, at.y - last.y) >= step) loop.push({ x: at.x, y: at.y });
}
