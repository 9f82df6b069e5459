/**
 * Strokes that others are drawing right now, growing as evenly as their batches allow.
 *
 * It follows `session.live` and promises that a stroke's live picture goes only when its record is in the picture, or
 * when it will never come. Nothing depends on having received any of it.
 */

import type { LiveStroke, Session } from "../client/contract";
import { liesOn } from "./copies";
import { Growing } from "./growing";
import type { Layer } from "./layer";

/** Points that have come are drawn over about this many ms: longer than the time between two batches, or it would stutter. */
const SPREAD = 55;

interface Other {
  readonly growing: Growing;
  readonly source: LiveStroke;
  readonly layer: Layer;
}

export class Others {
  private readonly shown = new Map<string, Other>();

  constructor(
    private readonly session: Session,
    private readonly layers: { pens: Layer; marks: Layer },
    private readonly gone: { settle(stroke: Growing, id: string): void; fade(stroke: Growing): void },
  ) {}

  get empty(): boolean {
    return this.shown.size === 0;
  }

  /** Looks at everything anew: another page, or a reset. */
  reset(page: string, copy: string): void {
    for (const { growing, layer } of this.shown.values()) layer.remove(growing);
    this.shown.clear();
    for (const stroke of this.session.live.values()) this.update(stroke, page, copy);
  }

  /** A stroke began, grew or ended. */
  update(stroke: LiveStroke, page: string, copy: string): void {
    const known = this.shown.get(stroke.id);
    if (!known) {
      if (stroke.page !== page || !liesOn(stroke, copy)) return;
      if (!this.session.live.has(stroke.id) || this.session.table.get(stroke.id)) return;
      const { tool, colour, width, quantum } = stroke;
      const growing = new Growing(stroke.id, { tool, colour, width, quantum });
      const layer = growing.under ? this.layers.marks : this.layers.pens;
      layer.add(growing);
      this.shown.set(stroke.id, { growing, source: stroke, layer });
    }
  }

  /** Lets strokes grow and go; true while there is something to do. */
  step(elapsed: number): boolean {
    let busy = false;
    for (const [id, { growing, source, layer }] of this.shown) {
      const live = this.session.live.get(id);
      const arrived = this.session.table.get(id) !== undefined;
      if (arrived || !live) {
        this.shown.delete(id);
        if (arrived) this.gone.settle(growing, id);
        else this.gone.fade(growing);
        busy = true;
        continue;
      }
      const points = (live ?? source).points;
      const waiting = points.length / 3 - growing.points;
      if (waiting <= 0 || live.broken) continue;
      const count = Math.min(waiting, Math.ceil((waiting * elapsed) / SPREAD));
      const from = 3 * growing.points;
      layer.touch(growing.extend(points.slice(from, from + 3 * count)));
      busy = true;
    }
    return busy;
  }
}
