/**
 * The eraser. Whole strokes: what it touches fades at once. Parts: what it goes over goes, and the rest of the stroke
 * stays; of things that are no strokes it takes all. Lifting makes it so in one change, one step of undo.
 */

import { Outliner, unpack } from "../../core/ink";
import type { Ink, Op } from "../../core/schema";
import type { Inks } from "../colour";
import { Cut, remains } from "../cut";
import { IDENTITY } from "../hit";
import type { Sprite } from "../layer";
import { strokePath } from "../strokes";
import type { Thing } from "../thing";
import type { Bench, Tool, Touch } from "./tool";

const FAINT = 0.18;

/** A stroke while parts of it are being erased: shown is what would stay. */
class Remainder implements Sprite {
  readonly cut: Cut;
  alpha = 1;
  private path: Path2D | null = null;
  /** Half the line's width: the ink goes as far as the eraser goes, so its middle goes farther. */
  private readonly half: number;

  constructor(
    readonly box: Thing,
    readonly record: Ink,
    private readonly outliner: Outliner,
  ) {
    const m = record.transform ?? IDENTITY;
    this.cut = new Cut(unpack(record.points, record.quantum), m);
    this.half = (record.width / 2) * Math.sqrt(Math.abs(m[0] * m[3] - m[1] * m[2]));
  }

  sweep(from: Touch, to: Touch, reach: number): boolean {
    const more = this.cut.sweep(from.x, from.y, to.x, to.y, reach + this.half);
    if (more) this.path = null;
    return more;
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    const { record } = this;
    if (!this.path) {
      this.path = new Path2D();
      for (const { points } of this.cut.pieces())
        this.path.addPath(strokePath(this.outliner, points, record).path);
    }
    context.save();
    if (record.transform) context.transform(...record.transform);
    context.fillStyle = inks.of(record);
    context.fill(this.path, "nonzero");
    context.restore();
  }
}

export class Eraser implements Tool {
  readonly name = "eraser";
  readonly acts = true;
  private bench: Bench | null = null;
  private readonly taken = new Map<Thing, Sprite>();
  private readonly cuts = new Map<Thing, Remainder>();
  private readonly outliner = new Outliner();
  private last: Touch | null = null;

  begin(bench: Bench, at: Touch): void {
    this.cancel();
    this.bench = bench;
    this.last = at;
    this.move([at], []);
  }

  move(touches: readonly Touch[], _predicted?: readonly Touch[]): void {
    const { bench } = this;
    if (!bench) return;
    const reach = bench.choice.eraserSize / 2 / bench.zoom;
    for (const at of touches) {
      const from = this.last ?? at;
      this.last = at;
      for (const [thing, remainder] of this.cuts)
        if (remainder.sweep(from, at, reach)) bench.now(remainder, thing);
      for (const hit of bench.scene.near(from.x, from.y, at.x, at.y, reach)) {
        // What is written on a picture is erased from it; the picture itself goes by being selected.
        if (hit.record.type === "image") continue;
        if (bench.choice.eraserPart && hit.record.type === "ink")
          this.cut(bench, hit, hit.record, from, at, reach);
        else for (const thing of bench.scene.kin(hit)) this.take(bench, thing);
      }
    }
  }

  private cut(bench: Bench, thing: Thing, record: Ink, from: Touch, at: Touch, reach: number): void {
    if (this.cuts.has(thing) || !bench.mayRemove(thing)) return;
    const remainder = new Remainder(thing, record, this.outliner);
    if (!remainder.sweep(from, at, reach)) return;
    this.cuts.set(thing, remainder);
    bench.veil(thing, true);
    bench.show(remainder, thing.under);
  }

  private take(bench: Bench, thing: Thing): void {
    if (this.taken.has(thing) || !bench.mayRemove(thing)) return;
    const faint: Sprite = { box: thing, alpha: FAINT, draw: (context, inks) => thing.draw(context, inks) };
    this.taken.set(thing, faint);
    bench.veil(thing, true);
    bench.show(faint, thing.under);
  }

  end(): void {
    const { bench } = this;
    if (!bench) return;
    // What others have removed or changed meanwhile is left out: it could not be brought back by an undo of this.
    const there = (thing: Thing) => bench.scene.get(thing.id) === thing;
    const ids = [...this.taken.keys()].map((thing) => thing.id).filter((id) => bench.scene.get(id));
    const ops: Op[] = ids.length ? [{ op: "remove", ids }] : [];
    const done = new Set<Thing>();
    const settle = new Map<Sprite, string[]>();
    for (const thing of this.cuts.keys()) {
      if (!there(thing) || done.has(thing)) continue;
      // Parts that staff have left of this person's stroke are staff's: they stay as they are.
      const kin = bench.scene.kin(thing).filter(bench.mayRemove).sort(drawn);
      for (const one of kin) done.add(one);
      const { ops: more, made } = remains(
        kin.flatMap((one) =>
          one.record.type === "ink" ? [{ record: one.record, cut: this.cuts.get(one)?.cut ?? null }] : [],
        ),
        () => bench.session.newId(),
      );
      ops.push(...more);
      for (const one of made.length ? kin : []) {
        const shown = this.cuts.get(one);
        if (shown) settle.set(shown, made);
      }
    }
    const gone = new Set([...ids, ...[...this.cuts.keys()].filter(there).map((thing) => thing.id)]);
    this.finish(gone, (sprite) => settle.has(sprite));
    if (ops.length) bench.session.change(ops, { undo: bench.page });
    // What stays is shown by hand until the picture has it.
    for (const [remainder, made] of settle) bench.settle(remainder, made);
  }

  cancel(): void {
    this.finish(new Set(), () => false);
  }

  /** All that was taken comes back, but for what is about to be removed. */
  private finish(gone: ReadonlySet<string>, stays: (sprite: Sprite) => boolean): void {
    const { bench } = this;
    if (!bench) return;
    for (const [thing, sprite] of [...this.taken, ...this.cuts]) {
      if (!stays(sprite)) bench.hide(sprite);
      if (!gone.has(thing.id)) bench.veil(thing, false);
    }
    this.taken.clear();
    this.cuts.clear();
    this.bench = null;
    this.last = null;
  }
}

/** Records of one stroke in the order in which it was drawn. */
function drawn(a: Thing, b: Thing): number {
  return a.record.z < b.record.z ? -1 : a.record.z > b.record.z ? 1 : a.id < b.id ? -1 : 1;
}
