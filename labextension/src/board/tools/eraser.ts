/** The whole-stroke eraser: what it touches fades at once; lifting removes it all in one change, one step of undo. */

import type { Sprite } from "../layer";
import type { Thing } from "../scene";
import type { Bench, Tool, Touch } from "./tool";

const FAINT = 0.18;

export class Eraser implements Tool {
  readonly name = "eraser";
  readonly acts = true;
  private bench: Bench | null = null;
  private readonly taken = new Map<Thing, Sprite>();
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
      for (const hit of bench.scene.near(from.x, from.y, at.x, at.y, reach)) {
        for (const thing of bench.scene.kin(hit)) this.take(bench, thing);
      }
    }
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
    // What others have removed meanwhile is left out: it could not be brought back by an undo of this.
    const ids = [...this.taken.keys()]
      .map((thing) => thing.id)
      .filter((id) => bench.scene.get(id) !== undefined);
    this.finish(ids);
    if (ids.length) bench.session.change([{ op: "remove", ids }], { undo: bench.page });
  }

  cancel(): void {
    this.finish([]);
  }

  /** All that was taken comes back, but for what is about to be removed. */
  private finish(gone: readonly string[]): void {
    const { bench } = this;
    if (!bench) return;
    for (const [thing, faint] of this.taken) {
      bench.hide(faint);
      if (!gone.includes(thing.id)) bench.veil(thing, false);
    }
    this.taken.clear();
    this.bench = null;
    this.last = null;
  }
}
