/**
 * What is selected on a page, and how a click, a box or a lasso comes to it.
 *
 * Pure: it reads a scene and keeps a set of ids. It promises that a stroke's continuations always go together, that a group
 * goes as one unless one has gone inside it, that what is locked is never mixed with what is not, and that only what
 * `may` allows is ever selected. It must never change a record or draw.
 */

import { IDENTITY } from "./hit";
import type { Scene } from "./scene";
import { writtenHolds } from "./text/draw";
import type { Thing } from "./thing";
import { around, through } from "./transform";
import type { Box, Point } from "./viewport";

type May = (thing: Thing) => boolean;

export class Selection {
  private chosen = new Set<string>();
  /** The group whose members are selected one by one. */
  inside = "";

  get size(): number {
    return this.chosen.size;
  }

  get ids(): string[] {
    return [...this.chosen];
  }

  has(id: string): boolean {
    return this.chosen.has(id);
  }

  /** What is selected, bottom to top. */
  things(scene: Scene): Thing[] {
    const found = this.ids.map((id) => scene.get(id)).filter((thing) => thing !== undefined);
    return found.sort(lying);
  }

  /** @returns whether anything is different now */
  set(things: Iterable<Thing>): boolean {
    const next = new Set([...unmixed(things)].map(({ id }) => id));
    const same = next.size === this.chosen.size && [...next].every((id) => this.chosen.has(id));
    this.chosen = next;
    return !same;
  }

  /** Adds them, or takes them away where they all are selected. */
  toggle(scene: Scene, things: readonly Thing[]): boolean {
    if (things.every(({ id }) => this.chosen.has(id))) {
      const gone = new Set(things.map(({ id }) => id));
      return this.set(this.things(scene).filter(({ id }) => !gone.has(id)));
    }
    const locked = things[0]?.record.locked ?? false;
    // What is locked and what is not are never selected together: one moves, the other does not.
    return this.set([...this.things(scene).filter(({ record }) => record.locked === locked), ...things]);
  }

  clear(): boolean {
    this.inside = "";
    return this.set([]);
  }

  /** Lets go of what is no more, or may no more be changed. */
  prune(scene: Scene, may: May): boolean {
    const stay = this.things(scene).filter(may);
    if (this.inside && !stay.some(({ record }) => record.group === this.inside)) this.inside = "";
    return this.set(stay);
  }
}

/** Bottom to top, as records say it. */
export function lying(a: Thing, b: Thing): number {
  return a.record.z < b.record.z ? -1 : a.record.z > b.record.z ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Of locked and unlocked things together, those that are not locked. */
function unmixed(things: Iterable<Thing>): Thing[] {
  const all = [...things];
  const free = all.filter(({ record }) => !record.locked);
  return free.length ? free : all;
}

/** With all that goes along: continuations of strokes, and groups but for the one that is open. */
export function completed(scene: Scene, things: Iterable<Thing>, inside: string, may: May): Thing[] {
  const all = new Set<Thing>();
  const groups = new Set<string>();
  const add = (thing: Thing) => {
    for (const one of scene.kin(thing)) {
      all.add(one);
      if (one.record.group && one.record.group !== inside) groups.add(one.record.group);
    }
  };
  for (const thing of things) add(thing);
  if (groups.size)
    for (const thing of scene.all()) if (groups.has(thing.record.group) && !all.has(thing)) add(thing);
  return [...all].filter((thing) => !thing.hidden && may(thing));
}

/** The topmost that comes within `reach` of the place; a text counts with its whole box. */
export function topmost(scene: Scene, { x, y }: Point, reach: number, may: May): Thing | null {
  const box = { minX: x - reach, minY: y - reach, maxX: x + reach, maxY: y + reach };
  const meant = (thing: Thing) =>
    thing.near(x, y, x, y, reach) || (thing.record.type === "text" && writtenHolds(thing.record, x, y));
  return scene.within(box).findLast((thing) => may(thing) && meant(thing)) ?? null;
}

/** What lies in the box: wholly, with all that goes along; or (`touched`) with any of it. Nothing that is locked. */
export function boxed(scene: Scene, box: Box, touched: boolean, inside: string, may: May): Thing[] {
  const free: May = (thing) => !thing.record.locked && may(thing);
  const found = scene
    .within(box)
    .filter((thing) => free(thing) && (holds(box, thing) || (touched && crosses(thing, box))));
  return touched ? completed(scene, found, inside, free) : wholes(scene, found, inside, free);
}

/** What lies in the loop with more than half of it. Nothing that is locked. */
export function lassoed(scene: Scene, loop: readonly Point[], inside: string, may: May): Thing[] {
  if (loop.length < 3) return [];
  const free: May = (thing) => !thing.record.locked && may(thing);
  const line = new Loop(loop);
  const near = scene.within(around(loop));
  const most = near.length > MANY ? FEWER : SAMPLES;
  const found = near.filter((thing) => {
    if (!free(thing)) return false;
    const places = samples(scene, thing, most);
    let within = 0;
    for (const at of places) if (line.encloses(at)) within++;
    return 2 * within > places.length;
  });
  return completed(scene, found, inside, free);
}

/** Those of which everything that goes along is there too. */
function wholes(scene: Scene, found: readonly Thing[], inside: string, may: May): Thing[] {
  const there = new Set(found);
  const all = completed(scene, found, inside, may);
  if (all.length === there.size) return all;
  const firsts = new Map<Thing, Thing[]>();
  for (const thing of found) {
    const together = completed(scene, [thing], inside, may);
    if (together.every((one) => there.has(one))) firsts.set(thing, together);
  }
  return [...new Set([...firsts.values()].flat())];
}

function holds(box: Box, thing: Box): boolean {
  return thing.minX >= box.minX && thing.minY >= box.minY && thing.maxX <= box.maxX && thing.maxY <= box.maxY;
}

function crosses(thing: Thing, { minX, minY, maxX, maxY }: Box): boolean {
  return (
    thing.near(minX, minY, maxX, minY, 0) ||
    thing.near(maxX, minY, maxX, maxY, 0) ||
    thing.near(maxX, maxY, minX, maxY, 0) ||
    thing.near(minX, maxY, minX, minY, 0)
  );
}

/** Places that stand for a thing: some of a stroke's points, else a grid over its box. */
const SAMPLES = 40;
/** Past so many things nobody sees the difference that so many fewer places make, but everyone the time. */
const MANY = 1_000;
const FEWER = 10;
function samples(scene: Scene, thing: Thing, most: number): Point[] {
  const { record } = thing;
  if (record.type === "ink") {
    const points = scene.materials.strokes.points(record);
    const count = points.length / 3;
    const step = Math.max(1, Math.ceil(count / most));
    const m = record.transform ?? IDENTITY;
    const places: Point[] = [];
    for (let i = 0; i < count; i += step)
      places.push(through(m, { x: points[3 * i]!, y: points[3 * i + 1]! }));
    return places;
  }
  const at = (low: number, high: number) => [0.05, 0.35, 0.65, 0.95].map((t) => low + (high - low) * t);
  return at(thing.minX, thing.maxX).flatMap((x) => at(thing.minY, thing.maxY).map((y) => ({ x, y })));
}

/** A closed line, its sides sorted into rows, so that a place is held against the few that pass at its height. */
class Loop {
  private readonly rows: (readonly [Point, Point])[][] = [];
  private readonly top: number;
  private readonly height: number;

  constructor(points: readonly Point[]) {
    const { minY, maxY } = around(points);
    this.top = minY;
    this.height = Math.max(1e-9, maxY - minY) / points.length;
    for (let i = 0; i <= points.length; i++) this.rows.push([]);
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length]!;
      const last = this.row(Math.max(a.y, b.y));
      for (let row = this.row(Math.min(a.y, b.y)); row <= last; row++) this.rows[row]!.push([a, b]);
    });
  }

  /** Does it go round the place? */
  encloses({ x, y }: Point): boolean {
    let turns = 0;
    for (const [a, b] of this.rows[this.row(y)] ?? []) {
      const side = (b.x - a.x) * (y - a.y) - (x - a.x) * (b.y - a.y);
      if (a.y <= y && b.y > y && side > 0) turns++;
      else if (a.y > y && b.y <= y && side < 0) turns--;
    }
    return turns !== 0;
  }

  private row(y: number): number {
    return Math.floor((y - this.top) / this.height);
  }
}

/** Things that are selected together, in reading order: row by row, from left to right. */
export function reading(scene: Scene, may: May): Thing[][] {
  const units: { box: Box; things: Thing[] }[] = [];
  const met = new Set<Thing>();
  const grouped = new Map<string, Thing[]>();
  for (const thing of scene.all()) {
    if (thing.hidden || !may(thing) || met.has(thing)) continue;
    const { group } = thing.record;
    const kin = scene.kin(thing).filter((one) => !met.has(one) && may(one));
    for (const one of kin) met.add(one);
    const known = group ? grouped.get(group) : undefined;
    if (known) known.push(...kin);
    else {
      const unit = { box: thing, things: kin };
      if (group) grouped.set(group, kin);
      units.push(unit);
    }
  }
  for (const unit of units)
    unit.box = around(
      unit.things.flatMap(({ minX, minY, maxX, maxY }) => [
        { x: minX, y: minY },
        { x: maxX, y: maxY },
      ]),
    );
  units.sort((a, b) => a.box.minY - b.box.minY || a.box.minX - b.box.minX);
  const rows: { bottom: number; units: typeof units }[] = [];
  for (const unit of units) {
    const row = rows[rows.length - 1];
    if (row && (unit.box.minY + unit.box.maxY) / 2 < row.bottom) row.units.push(unit);
    else rows.push({ bottom: unit.box.maxY, units: [unit] });
  }
  return rows.flatMap((row) =>
    row.units.sort((a, b) => a.box.minX - b.box.minX).map(({ things }) => things.sort(lying)),
  );
}
