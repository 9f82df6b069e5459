/**
 * What lies on one page, ready to be painted and touched: things with boxes in an R-tree, in painting order.
 *
 * It follows the session's table and promises that `within` gives what a box shows, bottom to top: a picture or a note
 * lies on everything before it, and between two of them highlighters come first, under the ink, as the exporter has it.
 * It must never change a record.
 */

import RBush from "rbush";

import type { AnyRecord, Drawable } from "../core/schema";
import { DRAWABLE } from "../core/schema";
import { liesOn } from "./copies";
import type { Materials } from "./materials";
import { sameLook, type Thing, thingOf } from "./thing";
import type { Box } from "./viewport";

const above = (a: Thing, b: Thing) =>
  a.record.z < b.record.z ? -1 : a.record.z > b.record.z ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/** Things taken in between two looks at the clock: a few tenths of a millisecond's worth. */
const LOT = 64;

const partOf = (thing: Thing | undefined) => (thing?.record.type === "ink" ? thing.record.part : "");

/** What hides all that lies under it: nothing moves from one side of it to the other. */
export const isSolid = ({ record }: Thing) => record.type === "image" || record.type === "note";

const height = (thing: Thing) => (isSolid(thing) ? 0 : thing.under ? 1 : 2);

/** The order of painting, by what `rankAll` or the scene has written on the things. */
export const painting = (a: Thing, b: Thing) => a.layer - b.layer || height(a) - height(b) || a.rank - b.rank;

/** Writes layers and ranks on things that come bottom to top; how many layers there are. */
export function rankAll(things: Iterable<Thing>): number {
  let layer = 0;
  let rank = 0;
  for (const thing of things) {
    if (isSolid(thing)) layer++;
    thing.layer = layer;
    thing.rank = ++rank;
  }
  return layer;
}

/** What a change did to the picture. */
export type Damage =
  | { kind: "top"; thing: Thing } // nothing lies over it: it can be painted onto what is there
  | { kind: "area"; box: Box };

export class Scene {
  private readonly tree = new RBush<Thing>();
  private readonly things = new Map<string, Thing>();
  /** Records that continue a stroke past its 2,000 points. */
  private readonly parts = new Set<Thing>();
  private top: Thing | null = null;
  private ranked = true;
  private highest = 0;
  private layers = 0;
  /** Highlighters: what a picture or note under or over them moves in the order. */
  private readonly unders = new Set<Thing>();
  /** What is still to be taken in, and how far that has come. */
  private coming: readonly AnyRecord[] = [];
  private next = 0;

  constructor(
    readonly page: string,
    readonly materials: Materials,
    /** Whose private copy it is (`copies.ts`). */
    readonly copy = "",
    /** The record as it is now: what is taken in bit by bit may have changed meanwhile. */
    private readonly current: (id: string) => AnyRecord | undefined = () => undefined,
  ) {}

  get size(): number {
    return this.things.size;
  }

  /** What all of it takes up; null when there is nothing. */
  get box(): Box | null {
    if (this.things.size === 0) return null;
    const { minX, minY, maxX, maxY } = this.tree.toJSON() as Box; // the root's own box
    return { minX, minY, maxX, maxY };
  }

  /** Is anything there? */
  reaches(box: Box): boolean {
    return this.tree.collides(box);
  }

  get(id: string): Thing | undefined {
    return this.things.get(id);
  }

  all(): IterableIterator<Thing> {
    return this.things.values();
  }

  /** Everything anew, from the page's drawables bottom to top: as many as there is time for, the rest by `more`. */
  reset(records: readonly AnyRecord[], until: () => boolean = () => false): void {
    this.things.clear();
    this.tree.clear();
    this.parts.clear();
    this.unders.clear();
    this.top = null;
    this.highest = 0;
    this.layers = 0;
    this.ranked = true;
    this.coming = records;
    this.next = 0;
    this.take((record) => record, until);
  }

  /** Is there more to take in? Until then what lies on the page is known in part. */
  get loading(): boolean {
    return this.next < this.coming.length;
  }

  /** Takes in what `reset` left, until it is `late`. */
  more(late: () => boolean): void {
    this.take((record) => this.current(record.id), late);
    if (this.loading) return;
    // What came in between, and what came after it, has its place by its key and not by its turn.
    this.ranked = false;
    this.findTop();
  }

  private take(current: (record: AnyRecord) => AnyRecord | undefined, late: () => boolean): void {
    const { coming } = this;
    const made: Thing[] = [];
    while (this.next < coming.length) {
      if (this.next % LOT === LOT - 1 && late()) break;
      const record = current(coming[this.next++]!);
      if (!record || !DRAWABLE.has(record.type) || this.things.has(record.id)) continue;
      if ((record as Drawable).page !== this.page || !liesOn(record as Drawable, this.copy)) continue;
      const thing = thingOf(record as Drawable, this.materials);
      if (!thing) continue;
      this.things.set(thing.id, thing);
      made.push(thing);
      this.sort(thing);
      this.top = thing;
    }
    this.tree.load(made);
    if (!this.loading) this.coming = [];
    if (!this.coming.length) this.next = 0;
  }

  private findTop(): void {
    this.top = null;
    for (const other of this.things.values()) if (!this.top || above(this.top, other) < 0) this.top = other;
  }

  /** A record was made or changed. */
  put(record: AnyRecord): Damage[] {
    const old = this.things.get(record.id);
    if (old && sameLook(old.record, record)) {
      old.record = record as Drawable;
      return [];
    }
    const damage = old ? this.remove(record.id) : [];
    if (!DRAWABLE.has(record.type) || (record as Drawable).page !== this.page) return damage;
    if (!liesOn(record as Drawable, this.copy)) return damage;
    const thing = thingOf(record as Drawable, this.materials);
    if (!thing) return damage;
    const onTop = !this.top || above(this.top, thing) < 0;
    if (onTop) this.top = thing;
    else this.ranked = false;
    this.things.set(thing.id, thing);
    this.tree.insert(thing);
    this.sort(thing);
    if (onTop && !thing.under) damage.push({ kind: "top", thing });
    else damage.push({ kind: "area", box: thing });
    if (!onTop && isSolid(thing)) damage.push(...this.reordered());
    return damage;
  }

  remove(id: string): Damage[] {
    const thing = this.things.get(id);
    if (!thing) return [];
    this.things.delete(id);
    this.parts.delete(thing);
    this.unders.delete(thing);
    this.tree.remove(thing);
    thing.forget();
    if (this.top === thing) this.findTop();
    const damage: Damage[] = [{ kind: "area", box: thing }];
    if (!isSolid(thing)) return damage;
    this.ranked = false;
    return [...damage, ...this.reordered()];
  }

  /** A layer came or went in the middle: over or under ink there are other highlighters now. */
  private reordered(): Damage[] {
    return [...this.unders].map((box) => ({ kind: "area", box }));
  }

  /** Several at once: the search for what is now on top is done once. */
  removeAll(ids: Iterable<string>): Damage[] {
    const top = this.top;
    this.top = null;
    const damage: Damage[] = [];
    for (const id of ids) damage.push(...this.remove(id));
    if (top && this.things.get(top.id) === top) this.top = top;
    else this.findTop();
    return damage;
  }

  /** What the box shows, in painting order. */
  within(box: Box): Thing[] {
    if (!this.ranked) {
      this.layers = rankAll([...this.things.values()].sort(above));
      this.highest = this.things.size;
      this.ranked = true;
    }
    return this.tree
      .search(box)
      .filter((thing) => !thing.hidden)
      .sort(painting);
  }

  /** The whole stroke that a thing is a part of; mostly itself alone. */
  kin(thing: Thing): Thing[] {
    if (this.parts.size === 0) return [thing];
    const first = this.firstOf(thing);
    const all = [...this.parts].filter((part) => part.id !== first && this.firstOf(part) === first);
    const head = this.things.get(first);
    return head ? [head, ...all] : all;
  }

  /** Id of the record with which a stroke begins. A part may name the first or the one before it. */
  private firstOf(thing: Thing): string {
    let { id } = thing;
    let before = partOf(thing);
    for (let steps = 0; before !== "" && steps < 10_000; steps++) {
      id = before;
      before = partOf(this.things.get(id));
    }
    return id;
  }

  /** Where it has its place among the others, as long as it lies on all of them. */
  private sort(thing: Thing): void {
    if (isSolid(thing)) this.layers++;
    thing.layer = this.layers;
    thing.rank = ++this.highest;
    if (thing.under) this.unders.add(thing);
    if (partOf(thing) !== "") this.parts.add(thing);
  }

  /** What comes within `reach` of the segment, in no order. */
  near(px: number, py: number, qx: number, qy: number, reach: number): Thing[] {
    return this.tree
      .search({
        minX: Math.min(px, qx) - reach,
        minY: Math.min(py, qy) - reach,
        maxX: Math.max(px, qx) + reach,
        maxY: Math.max(py, qy) + reach,
      })
      .filter((thing) => !thing.hidden && thing.near(px, py, qx, qy, reach));
  }
}
