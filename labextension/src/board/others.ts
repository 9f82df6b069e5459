/**
 * Strokes that others are drawing right now. They grow evenly, between their points too, however unevenly their batches
 * come: what has come is played over about the time until the next is likely to, and a late one finds the line still going.
 *
 * It follows `session.live` and promises that a stroke's live picture goes only when its record is in the picture, or
 * when it will never come. Nothing depends on having received any of it.
 */

import type { LiveStroke, Session } from "../client/contract";
import { liesOn } from "./copies";
import { Growing } from "./growing";
import type { Layer } from "./layer";

/** Points that have come are drawn over this many ms at least: longer than the time between two batches, or it would stutter. */
const SPREAD = 55;
/** The same, of the time between batches that come more rarely. */
const SLACK = 1.3;
/** A longer silence (ms) is a hand that rested, not a slow connection. */
const PAUSE = 250;
/** Share of the newest in what is known of the time between batches. */
const NEWEST = 0.3;

interface Other {
  readonly growing: Growing;
  readonly source: LiveStroke;
  readonly layer: Layer;
  /** How many of its points are shown, the last one in part; and how many more in a millisecond. */
  played: number;
  rate: number;
  /** Points that have come, when the latest did (ms), and the time between two of these. */
  come: number;
  at: number;
  gap: number;
}

export class Others {
  private readonly shown = new Map<string, Other>();

  constructor(
    private readonly session: Session,
    private readonly layers: { pens: Layer; marks: Layer },
    private readonly gone: { settle(stroke: Growing, id: string): void; fade(stroke: Growing): void },
    private readonly clock: () => number = () => performance.now(),
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
      const other = { growing, source: stroke, layer, played: 0, rate: 0, come: 0, at: 0, gap: SPREAD };
      this.shown.set(stroke.id, other);
      this.arrived(other, stroke.points.length / 3);
    } else this.arrived(known, stroke.points.length / 3);
  }

  /** A batch has come: it is to be played by when the next is likely to come. */
  private arrived(other: Other, come: number): void {
    if (come <= other.come) return;
    const now = this.clock();
    const gap = now - other.at;
    if (other.come > 0 && gap < PAUSE) other.gap += (gap - other.gap) * NEWEST;
    other.come = come;
    other.at = now;
    other.rate = (come - other.played) / Math.max(SPREAD, SLACK * other.gap);
  }

  /** Lets strokes grow and go; true while there is something to do. */
  step(elapsed: number): boolean {
    let busy = false;
    for (const [id, other] of this.shown) {
      const { growing, source, layer } = other;
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
      const total = points.length / 3;
      if (total <= other.played || live.broken) continue;
      // The first point is seen at once.
      other.played = Math.min(total, Math.max(1, other.played + other.rate * elapsed));
      const whole = Math.floor(other.played);
      const share = other.played - whole;
      const tip = share > 0 ? between(points, whole, share) : [];
      layer.touch(growing.extend(points.slice(3 * growing.points, 3 * whole), tip));
      busy = true;
    }
    return busy;
  }
}

/** A point on the way from the one before `index` to the one there. */
function between(points: ArrayLike<number>, index: number, share: number): number[] {
  return [0, 1, 2].map((k) => {
    const [from, to] = [points[3 * index - 3 + k]!, points[3 * index + k]!];
    return from + (to - from) * share;
  });
}
