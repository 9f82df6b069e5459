/**
 * Strokes while they are drawn: one's own going out in batches, others' coming in.
 *
 * Best effort by design (SPEC 4.8, 5.10): nothing may depend on a live message, the finished stroke is a record. A
 * preview stays until its record is there, so that nothing flickers, and ends after 5 s of silence.
 */

import {
  BadInk,
  MAX_COORDINATE,
  MAX_POINTS,
  type Point,
  pack,
  packDelta,
  packTimes,
  unpackDelta,
} from "../core/ink";
import { several } from "../core/order";
import {
  type AnyMessage,
  type Ink,
  type LiveEnd,
  type LivePoints,
  type LiveStart,
  withDefaults,
} from "../core/schema";
import type { LiveStyle, PointBatch } from "../core/wire";
import type { LiveStroke, OwnStroke } from "./contract";
import type { Surroundings } from "./surroundings";

/** Milliseconds between two batches, and of silence after which a stroke has ended. */
const BATCH = 33;
const SILENCE = 5_000;
/** Bytes waiting in the socket above which batches are put together instead of sent. */
const BUSY = 65_536;

// -- others' strokes

interface Incoming {
  stroke: LiveStroke;
  last: Point | null;
  expire: () => void; // cancels its end by silence
}

export class LiveStrokes {
  readonly strokes = new Map<string, LiveStroke>();
  private readonly handles = new Map<number, Incoming>();
  private readonly byId = new Map<string, Incoming>();

  /** @param grew called when a stroke started, grew or ended */
  constructor(
    private readonly around: Surroundings,
    private readonly grew: (stroke: LiveStroke) => void,
  ) {}

  start(start: LiveStart): void {
    this.end({ kind: "live-end", handle: start.handle, kept: false });
    this.leave(start.id);
    const { person, id, page, copy, tool, colour, width, quantum } = start;
    const style = { tool, colour, width, quantum };
    const stroke: LiveStroke = { ...style, person, id, page, copy, points: [], broken: false, ended: false };
    const incoming: Incoming = { stroke, last: null, expire: () => {} };
    this.handles.set(start.handle, incoming);
    this.byId.set(id, incoming);
    this.strokes.set(id, stroke);
    this.touch(incoming);
    this.grew(stroke);
  }

  points({ handle, at, data }: LivePoints): void {
    const incoming = this.handles.get(handle);
    if (!incoming) return;
    this.touch(incoming);
    const { stroke } = incoming;
    if (stroke.broken) return;
    try {
      if (at * 3 !== stroke.points.length) throw new BadInk("points are missing");
      const [points, last] = unpackDelta(incoming.last, data, stroke.quantum);
      for (const value of points) stroke.points.push(value);
      incoming.last = last;
    } catch (error) {
      if (!(error instanceof BadInk)) throw error;
      stroke.broken = true; // the finished stroke is on its way
    }
    this.grew(stroke);
  }

  end({ handle, kept }: LiveEnd): void {
    const incoming = this.handles.get(handle);
    if (!incoming) return;
    this.handles.delete(handle);
    incoming.stroke.ended = true;
    if (kept && this.byId.get(incoming.stroke.id) === incoming) {
      this.touch(incoming); // its record replaces it, or silence
      this.grew(incoming.stroke);
    } else this.leave(incoming.stroke.id);
  }

  /** The stroke's record is there, or never will be. */
  leave(id: string): void {
    const incoming = this.byId.get(id);
    if (!incoming) return;
    incoming.expire();
    incoming.stroke.ended = true;
    this.byId.delete(id);
    this.strokes.delete(id);
    this.grew(incoming.stroke);
  }

  /** The connection is lost: what was being drawn is not known any more. */
  clear(): void {
    this.handles.clear();
    for (const id of [...this.byId.keys()]) this.leave(id);
  }

  private touch(incoming: Incoming): void {
    incoming.expire();
    incoming.expire = this.around.after(SILENCE, () => this.leave(incoming.stroke.id));
  }
}

// -- one's own

/** What a stroke being drawn needs of its session. */
export interface Pen {
  readonly around: Surroundings;
  /** Changes when the connection does; 0 while there is none. */
  readonly connection: number;
  readonly buffered: number;
  newId(): string;
  newHandle(): number;
  top(page: string, copy: string): string | null; // z of the topmost drawable of what the copy shows
  send(messages: readonly AnyMessage[]): void;
  /** Writes the finished records, and sends what must go before them in the same frame. */
  write(inks: readonly Ink[], first: readonly AnyMessage[]): void;
}

export class Stroke implements OwnStroke {
  readonly id: string;
  private readonly points: number[] = [];
  private readonly times: number[] = [];
  private readonly handle: number;
  private readonly connection: number;
  private sent = 0; // points
  private last: Point | null = null;
  private flowing = false; // a batch went out less than BATCH ago
  private done = false;
  private hushed = false;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly pen: Pen,
    private readonly page: string,
    private readonly copy: string,
    private readonly style: LiveStyle,
  ) {
    this.id = pen.newId();
    this.handle = pen.newHandle();
    this.connection = pen.connection;
  }

  add(batch: PointBatch): void {
    if (this.done) return;
    const { points, times } = batch;
    for (let i = 0; i + 2 < points.length; i += 3) {
      const [x, y, pressure] = [points[i]!, points[i + 1]!, points[i + 2]!];
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue; // a device's hiccup
      this.points.push(
        within(x),
        within(y),
        Number.isFinite(pressure) ? Math.min(1, Math.max(0, pressure)) : 0.5,
      );
      this.times.push(times[i / 3] ?? this.times[this.times.length - 1] ?? 0);
    }
    if (!this.flowing) this.flow();
  }

  finish(): string[] {
    if (this.done) return [];
    if (this.points.length === 0) {
      this.cancel();
      return [];
    }
    const last = this.batch();
    if (this.started) last.push({ kind: "live-end", handle: this.handle, kept: true });
    this.end();
    const inks = this.records();
    this.pen.write(inks, last);
    return inks.map((ink) => ink.id);
  }

  cancel(): void {
    if (this.done) return;
    this.end();
    if (this.started) this.pen.send([{ kind: "live-end", handle: this.handle, kept: false }]);
  }

  hush(): void {
    if (this.done || this.hushed) return;
    this.cancelTimer();
    if (this.started) this.pen.send([{ kind: "live-end", handle: this.handle, kept: false }]);
    this.hushed = true;
  }

  private get started(): boolean {
    return this.sent > 0 && this.live;
  }

  /** A stroke goes out live on the connection that it began on, or not at all. */
  private get live(): boolean {
    return !this.hushed && this.connection !== 0 && this.connection === this.pen.connection;
  }

  private end(): void {
    this.done = true;
    this.cancelTimer();
  }

  private flow(): void {
    const batch = this.pen.buffered < BUSY ? this.batch() : [];
    if (batch.length) this.pen.send(batch);
    const more = this.live && this.sent * 3 < this.points.length;
    this.flowing = batch.length > 0 || more;
    if (this.flowing) this.cancelTimer = this.pen.around.after(BATCH, () => this.flow());
  }

  /** What has not been sent live, as messages. */
  private batch(): AnyMessage[] {
    if (!this.live || this.sent * 3 >= this.points.length) return [];
    const { handle, id, page, copy, style } = this;
    const messages: AnyMessage[] = [];
    if (this.sent === 0) messages.push({ kind: "live-start", handle, person: "", id, page, copy, ...style });
    const next = this.points.slice(this.sent * 3, (this.sent + MAX_POINTS) * 3);
    const [data, last] = packDelta(this.last, next, style.quantum);
    messages.push({ kind: "live-points", handle, at: this.sent, data });
    this.last = last;
    this.sent += next.length / 3;
    return [...messages, ...this.batch()];
  }

  /** The stroke as records: each continuation begins where the one before ended, so that the line has no gap. */
  private records(): Ink[] {
    const count = this.points.length / 3;
    const starts = [0];
    while (starts[starts.length - 1]! + MAX_POINTS < count)
      starts.push(starts[starts.length - 1]! + MAX_POINTS - 1);
    const places = several(this.pen.top(this.page, this.copy), null, starts.length);
    const began = this.times[0]!;
    return starts.map((start, i) => {
      const end = Math.min(start + MAX_POINTS, count);
      const times = this.times.slice(start, end).map((time) => Math.max(0, time - began));
      return withDefaults({
        type: "ink",
        id: i === 0 ? this.id : this.pen.newId(),
        page: this.page,
        copy: this.copy,
        z: places[i]!,
        ...this.style,
        points: pack(this.points.slice(start * 3, end * 3), this.style.quantum),
        times: packTimes(times),
        part: i === 0 ? "" : this.id,
      });
    });
  }
}

function within(coordinate: number): number {
  return Math.min(MAX_COORDINATE, Math.max(-MAX_COORDINATE, coordinate));
}
