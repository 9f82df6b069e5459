/**
 * The laser pointer: a dot and a trail that is gone after a second, one's own and other people's.
 *
 * Nothing of it is kept anywhere: it lives on the layers over the picture and travels as the cursor does (SPEC 5.12), in
 * samples. It promises that the samples are played back as one smooth line, and that a resting dot asks for no frames.
 * Who has asked for less motion sees the dot alone.
 */

import { Outliner } from "../core/ink";
import { personColour } from "../core/people";
import type { Inks } from "./colour";
import { widen } from "./growing";
import type { Layer, Sprite } from "./layer";
import { strokePath } from "./strokes";
import type { Box, Point } from "./viewport";

/** Milliseconds until a place that was pointed at is dark again; without the trail, until the dot goes. */
const LIFE = 1000;
const DOT_LIFE = 250;
/** CSS pixels: the dot, and the light around it. On every screen the same, since a page may be small on a phone. */
export const ACROSS = 9;
const HALO = 2.2;
/** At full pressure an outline is so much wider than its nominal width, and at none so much narrower. */
const FULL = 1.75;

/** The same person may be here in another window: that one's trail is not this one's. */
const OWN = "";

/** Staff point in red, as one expects of a laser; everyone else in the colour of their cursor. */
export function laserColour(person: string, staff: boolean): string {
  return staff ? "red" : personColour(person);
}

interface Mark extends Point {
  time: number;
}

/** One person's trail. */
export class Trail implements Sprite {
  readonly box: Box = nowhere();
  alpha = 1;
  /** The dot stays though it does not move. */
  private held = false;
  private marks: Mark[] = [];
  private now = 0;
  private unit = 1; // board units to a CSS pixel
  private readonly life: number;
  private readonly outliner = new Outliner();

  /** @param still the dot alone */
  constructor(
    private readonly colour: string,
    private readonly still: boolean,
  ) {
    this.life = still ? DOT_LIFE : LIFE;
  }

  get length(): number {
    return this.marks.length;
  }

  point(x: number, y: number, now: number): void {
    const last = this.marks[this.marks.length - 1];
    // From a dot that has rested the trail goes on, however long ago it came there.
    if (last && (this.held || (last.x === x && last.y === y))) last.time = now;
    if (last?.x === x && last.y === y) return;
    if (this.still) this.marks.length = 0;
    this.marks.push({ x, y, time: now });
  }

  hold(held: boolean, now: number): void {
    const last = this.marks[this.marks.length - 1];
    if (last && this.held) last.time = now;
    this.held = held;
  }

  /** Lets it age. Returns what is to be painted anew; null: it looks as it did. */
  step(now: number, unit: number): Box | null {
    this.now = now;
    if (this.marks.length === 0) return null;
    const newest = this.marks[this.marks.length - 1]!;
    const resting = this.held && this.marks.length === 1 && unit === this.unit && this.box.minX <= newest.x;
    const before = { ...this.box };
    const fresh = this.marks.filter((mark) => now - mark.time < this.life);
    this.marks = fresh.length === 0 && this.held ? [newest] : fresh;
    this.unit = unit;
    Object.assign(this.box, nowhere());
    const reach = (ACROSS * HALO * unit) / 2 + unit;
    for (const { x, y } of this.marks)
      widen(this.box, { minX: x - reach, minY: y - reach, maxX: x + reach, maxY: y + reach });
    widen(before, this.box);
    return resting && same(before, this.box) ? null : before;
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    const { marks, now, held } = this;
    if (marks.length === 0) return;
    // Its width tells its age: the tail thins out, and nothing overlaps itself as it would by transparency.
    const flat = new Float64Array(3 * marks.length);
    marks.forEach(({ x, y, time }, i) => {
      const rests = held && i === marks.length - 1;
      flat.set([x, y, rests || this.still ? 1 : Math.max(0, 1 - (now - time) / this.life)], 3 * i);
    });
    context.fillStyle = inks.of({ tool: "pen", colour: this.colour });
    const quantum = 8;
    for (const [across, alpha] of [
      [ACROSS * HALO, 0.22],
      [ACROSS, 0.92],
    ] as const) {
      const width = (across * this.unit) / FULL;
      context.globalAlpha = alpha * this.alpha;
      context.fill(strokePath(this.outliner, flat, { tool: "pen", width, quantum }).path, "nonzero");
    }
    context.globalAlpha = 1;
  }
}

/** What plays back one person's samples: a smooth line through them, a little later than they came. */
export class Glide {
  private readonly marks: (Mark & { dx?: number; dy?: number })[] = [];

  /** @param delay milliseconds; longer than the time between two samples, or it would stop at each */
  constructor(private readonly delay: number) {}

  add(x: number, y: number, now: number): void {
    const last = this.marks[this.marks.length - 1];
    // It has rested: the way to the new place is gone in one delay, not as slowly as the rest was long.
    if (last) last.time = Math.max(last.time, now - this.delay);
    this.marks.push({ x, y, time: now });
  }

  /** Where it is now, and whether that is where its samples end. */
  at(now: number): Point & { there: boolean } {
    const { marks } = this;
    const shown = now - this.delay;
    while (marks.length > 2 && marks[1]!.time <= shown) marks.shift();
    const [from, to, next] = marks;
    if (!from) return { x: 0, y: 0, there: true };
    if (!to || shown <= from.time) return { x: from.x, y: from.y, there: !to };
    if (shown >= to.time) return { x: to.x, y: to.y, there: true };
    const span = to.time - from.time;
    // The way on from `to` is settled when this stretch begins, by what is known then: it must not bend in mid-way.
    if (to.dx === undefined || to.dy === undefined) {
      if (next) {
        to.dx = (next.x - from.x) / (next.time - from.time);
        to.dy = (next.y - from.y) / (next.time - from.time);
      } else {
        // It bends on as it has bent so far.
        to.dx = (1.5 * (to.x - from.x)) / span - 0.5 * (from.dx ?? 0);
        to.dy = (1.5 * (to.y - from.y)) / span - 0.5 * (from.dy ?? 0);
      }
    }
    const t = (shown - from.time) / span;
    return {
      x: hermite(t, from.x, (from.dx ?? 0) * span, to.x, to.dx * span),
      y: hermite(t, from.y, (from.dy ?? 0) * span, to.y, to.dy * span),
      there: false,
    };
  }
}

/** The cubic from a to b that leaves with slope `da` and arrives with `db`. */
function hermite(t: number, a: number, da: number, b: number, db: number): number {
  const s = 1 - t;
  return a * s * s * (1 + 2 * t) + b * t * t * (3 - 2 * t) + da * t * s * s - db * t * t * s;
}

/** All trails on one page. */
export class Lasers {
  private readonly trails = new Map<string, { trail: Trail; layer: Layer }>();

  constructor(
    private readonly layers: { own: Layer; others: Layer },
    private readonly still: boolean,
  ) {}

  /** This window's own. @param held the dot stays; else it is the pointer that marks the place */
  own(colour: string, places: readonly Point[], held: boolean, now: number): void {
    const trail = this.trail(OWN, colour, this.layers.own, places.length > 0);
    for (const { x, y } of places) trail?.point(x, y, now);
    trail?.hold(held, now);
  }

  /** Where everyone else points now; who is not among them has stopped. */
  others(pointing: Iterable<Point & { person: string; colour: string }>, now: number): void {
    const seen = new Set<string>();
    for (const { person, colour, x, y } of pointing) {
      seen.add(person);
      const trail = this.trail(person, colour, this.layers.others, true);
      trail?.point(x, y, now);
      trail?.hold(true, now);
    }
    for (const [person, { trail, layer }] of this.trails)
      if (layer === this.layers.others && !seen.has(person)) trail.hold(false, now);
  }

  /** Lets all age; true while any changes. */
  step(now: number, zoom: number): boolean {
    let busy = false;
    for (const [person, { trail, layer }] of this.trails) {
      const changed = trail.step(now, 1 / zoom);
      if (!changed) continue;
      busy = true;
      layer.touch(changed);
      if (trail.length > 0) continue;
      layer.remove(trail);
      this.trails.delete(person);
    }
    return busy;
  }

  clear(): void {
    for (const { trail, layer } of this.trails.values()) layer.remove(trail);
    this.trails.clear();
  }

  private trail(person: string, colour: string, layer: Layer, make: boolean): Trail | undefined {
    let known = this.trails.get(person);
    if (!known && make) {
      known = { trail: new Trail(colour, this.still), layer };
      this.trails.set(person, known);
      layer.add(known.trail);
    }
    return known?.trail;
  }
}

function nowhere(): Box {
  return { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
}

function same(a: Box, b: Box): boolean {
  return a.minX === b.minX && a.minY === b.minY && a.maxX === b.maxX && a.maxY === b.maxY;
}
