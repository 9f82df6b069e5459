/**
 * What is left of a stroke that an eraser has gone over in part. Pure numbers and records.
 *
 * It promises that of the line through the points exactly that goes which came within the eraser's reach: points that
 * stay are the very ones there were, and each end that is new lies on the old line (x, y and pressure in between, in
 * proportion). It must never thin, smooth or sample again.
 */

import { MAX_POINTS, pack } from "../core/ink";
import type { Ink, Op } from "../core/schema";
import { type Matrix, pointDistance2 } from "./hit";

/** A part that stays: from and to are places along the stroke, whole numbers where they are its points. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  /** x, y, pressure triples, before the stroke's transform. */
  readonly points: Float64Array;
}

/** What is shorter than this share of one segment is an error of rounding. */
const NOTHING = 1e-9;

/** One record's line and what of it is gone so far. */
export class Cut {
  readonly last: number;
  /** Places in board units, as `m` moves the points. */
  private readonly xy: Float64Array;
  /** Stretches that are gone, rising, apart from each other. */
  private gone: [number, number][] = [];

  constructor(
    private readonly points: Float64Array,
    m: Matrix,
  ) {
    const n = Math.floor(points.length / 3);
    this.last = n - 1;
    this.xy = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      const x = points[3 * i]!;
      const y = points[3 * i + 1]!;
      this.xy[2 * i] = m[0] * x + m[2] * y + m[4];
      this.xy[2 * i + 1] = m[1] * x + m[3] * y + m[5];
    }
  }

  get untouched(): boolean {
    return this.gone.length === 0;
  }

  /** Everything within `reach` of the segment p–q goes. True when that took anything more. */
  sweep(px: number, py: number, qx: number, qy: number, reach: number): boolean {
    const { xy, last } = this;
    if (last === 0) {
      const hit = pointDistance2(xy[0]!, xy[1]!, px, py, qx, qy) <= reach * reach;
      return hit && this.take(0, 0);
    }
    let more = false;
    for (let i = 0; i < last; i++) {
      const within = inside(
        xy[2 * i]!,
        xy[2 * i + 1]!,
        xy[2 * i + 2]!,
        xy[2 * i + 3]!,
        px,
        py,
        qx,
        qy,
        reach,
      );
      if (within && this.take(i + within[0], i + within[1])) more = true;
    }
    return more;
  }

  /** What stays, in order. */
  pieces(): Piece[] {
    const { gone, last } = this;
    if (last === 0) return gone.length ? [] : [{ from: 0, to: 0, points: this.points }];
    const out: Piece[] = [];
    let from = 0;
    for (const [start, end] of [...gone, [last, last] as const]) {
      if (start - from > NOTHING) out.push({ from, to: start, points: this.between(from, start) });
      from = end;
    }
    return out;
  }

  private take(start: number, end: number): boolean {
    const { gone } = this;
    const first = gone.findIndex((stretch) => stretch[1] >= start);
    const at = first < 0 ? gone.length : first;
    let count = 0;
    let [from, to] = [start, end];
    while (at + count < gone.length && gone[at + count]![0] <= end) {
      from = Math.min(from, gone[at + count]![0]);
      to = Math.max(to, gone[at + count]![1]);
      count++;
    }
    const held = count === 1 && gone[at]![0] === from && gone[at]![1] === to;
    if (held || (end - start < NOTHING && this.last > 0)) return false;
    gone.splice(at, count, [from, to]);
    return true;
  }

  private between(from: number, to: number): Float64Array {
    const out: number[] = [];
    const put = (at: number) => {
      const i = Math.min(Math.floor(at), this.last);
      const t = at - i;
      for (let k = 0; k < 3; k++) {
        const a = this.points[3 * i + k]!;
        out.push(t === 0 ? a : a + t * (this.points[3 * i + 3 + k]! - a));
      }
    };
    put(from);
    for (let i = Math.floor(from) + 1; i < to; i++) put(i);
    put(to);
    return Float64Array.from(out);
  }
}

/** Of the segment a–b, the share [t0, t1] within `reach` of the segment p–q: one stretch, for what is swept is convex. */
function inside(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  px: number,
  py: number,
  qx: number,
  qy: number,
  reach: number,
): [number, number] | null {
  if (
    Math.max(ax, bx) < Math.min(px, qx) - reach ||
    Math.min(ax, bx) > Math.max(px, qx) + reach ||
    Math.max(ay, by) < Math.min(py, qy) - reach ||
    Math.min(ay, by) > Math.max(py, qy) + reach
  )
    return null;
  const dx = bx - ax;
  const dy = by - ay;
  if (dx === 0 && dy === 0) return pointDistance2(ax, ay, px, py, qx, qy) <= reach * reach ? [0, 1] : null;
  let from = Infinity;
  let to = -Infinity;
  const join = (start: number, end: number) => {
    if (start > end) return;
    from = Math.min(from, start);
    to = Math.max(to, end);
  };
  // The round ends.
  for (const [cx, cy] of [
    [px, py],
    [qx, qy],
  ] as const) {
    const a = dx * dx + dy * dy;
    const b = (ax - cx) * dx + (ay - cy) * dy;
    const c = (ax - cx) ** 2 + (ay - cy) ** 2 - reach * reach;
    const d = b * b - a * c;
    if (d < 0) continue;
    const root = Math.sqrt(d);
    join((-b - root) / a, (-b + root) / a);
  }
  // What lies between them: along p–q from end to end, across it no farther than the reach.
  const length = Math.sqrt((qx - px) ** 2 + (qy - py) ** 2);
  if (length > 0) {
    const ux = (qx - px) / length;
    const uy = (qy - py) / length;
    const along = slab((ax - px) * ux + (ay - py) * uy, dx * ux + dy * uy, 0, length);
    const across = slab((ay - py) * ux - (ax - px) * uy, dy * ux - dx * uy, -reach, reach);
    if (along && across) join(Math.max(along[0], across[0]), Math.min(along[1], across[1]));
  }
  from = Math.max(0, from);
  to = Math.min(1, to);
  return from <= to ? [from, to] : null;
}

/** Where `at + t * step` lies within low..high. */
function slab(at: number, step: number, low: number, high: number): [number, number] | null {
  if (step === 0) return at >= low && at <= high ? [-Infinity, Infinity] : null;
  const t = (low - at) / step;
  const s = (high - at) / step;
  return t < s ? [t, s] : [s, t];
}

/** One record of a stroke, with what was cut out of it; null: nothing was, or nothing may be. */
export interface Remnant {
  readonly record: Ink;
  readonly cut: Cut | null;
}

/**
 * The operations that leave of a stroke what was not cut away, and the ids of what is new. Pieces look as their stroke
 * did and lie where it lay (they keep its z); the times go, since no hand has drawn them so. Where the stroke was of
 * several records, pieces that still hang together are one stroke, and what follows a gap is another.
 *
 * The server stamps a piece with who has cut it: when staff cut someone else's stroke, the pieces are theirs. Taking it
 * back restores the stroke under its first author (SPEC 1.4).
 *
 * @param stroke its records in the order in which it was drawn
 */
export function remains(stroke: readonly Remnant[], newId: () => string): { ops: Op[]; made: string[] } {
  const puts: Op[] = [];
  const patches: Op[] = [];
  const gone: string[] = [];
  /** Ids of what hangs together up to here; ends with a gap. */
  let run: string[] = [];
  for (const { record, cut } of stroke) {
    if (!cut || cut.untouched) {
      const known = run.length === 0 ? record.part === "" : run.includes(record.part);
      if (!known) patches.push({ op: "patch", ids: [record.id], fields: { part: run[0] ?? "" } });
      run.push(record.id);
      continue;
    }
    gone.push(record.id);
    let reached = 0;
    for (const { from, to, points } of cut.pieces()) {
      if (cut.last > 0 && speck(points, record.quantum)) continue;
      if (from > reached) run = [];
      const id = newId();
      const packed = pack(points.subarray(0, 3 * MAX_POINTS), record.quantum);
      puts.push({
        op: "put",
        record: {
          ...record,
          id,
          author: "",
          time: 0,
          points: packed,
          times: new Uint8Array(),
          part: run[0] ?? "",
        },
      });
      run.push(id);
      reached = to;
    }
    if (reached < cut.last || cut.last === 0) run = [];
  }
  if (gone.length === 0) return { ops: [], made: [] };
  const made = puts.map((op) => (op.op === "put" ? op.record.id : ""));
  return { ops: [...puts, ...patches, { op: "remove", ids: gone }], made };
}

/** So short that all of it would be kept as one point: a dot that nobody has set. */
function speck(points: Float64Array, quantum: number): boolean {
  const unit = 2 ** -quantum;
  for (let i = 3; i < points.length; i += 3) {
    if (Math.abs(points[i]! - points[0]!) >= unit || Math.abs(points[i + 1]! - points[1]!) >= unit)
      return false;
  }
  return true;
}
