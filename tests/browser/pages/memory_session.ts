/**
 * A session without a server, for pages that show the board alone: the browser's own table and undo, and a "server" that
 * says yes at once. It keeps what the board tells others, so that tests can look at it, and lets tests be another person.
 */

import type {
  ChangeOptions,
  LiveStroke,
  OwnStroke,
  Session,
  SessionEvents,
} from "../../../labextension/src/client/contract";
import { pack } from "../../../labextension/src/core/ink";
import { between } from "../../../labextension/src/core/order";
import {
  type AnyRecord,
  DEFAULTS,
  type Draft,
  type DraftFigure,
  type Limits,
  type Op,
  type Person,
  type Presence,
  type RecordOf,
  type RecordType,
  type Role,
} from "../../../labextension/src/core/schema";
import { type Changed, Table } from "../../../labextension/src/core/table";
import { Undo } from "../../../labextension/src/core/undo";
import type { LiveStyle, PointBatch } from "../../../labextension/src/core/wire";

const MAX_POINTS = 2000;

export function make<T extends RecordType>(draft: Draft<T>): RecordOf<T> {
  return { ...DEFAULTS[draft.type], ...draft } as unknown as RecordOf<T>;
}

export class MemorySession implements Session {
  readonly table = new Table();
  readonly status = "live" as const;
  readonly farewell = null;
  readonly classId = "abcdefghij";
  readonly limits = {} as Limits;
  readonly here = new Set(["p1", "p2"]);
  readonly presence = new Map<string, Presence>();
  readonly live = new Map<string, LiveStroke>();
  readonly drafts = new Map<string, DraftFigure>();
  readonly pending = 0;
  /** What the board has said, for tests. */
  readonly shown: Partial<Presence>[] = [];
  readonly changes: Op[][] = [];
  readonly batches: PointBatch[] = [];
  locked = false;
  private readonly history = new Undo((id) => this.table.get(id));
  private readonly listeners = new Map<keyof SessionEvents, Set<(news: never) => void>>();
  private count = 0;
  private number = 0;

  constructor(readonly me: { person: string; role: Role; tag: number }) {}

  get self(): Person | undefined {
    const record = this.table.get(this.me.person);
    return record?.type === "person" ? record : undefined;
  }

  get staff(): boolean {
    return this.me.role === "teacher" || this.me.role === "assistant";
  }

  now(): number {
    return Date.now();
  }

  newId(): string {
    return `r${++this.count}`;
  }

  load(records: Iterable<AnyRecord>): void {
    this.table.replace(records);
    this.emit("table", { reset: true, put: new Set(), removed: new Map() });
  }

  change(ops: Op[], options: ChangeOptions = {}): void {
    if (options.undo !== undefined) this.history.remember(options.undo, ops, options.merge);
    this.changes.push(ops);
    this.apply(ops);
    if (options.undo !== undefined) this.emit("undo", { page: options.undo });
  }

  /** As if it had come from the log. */
  apply(ops: Op[]): void {
    this.news(this.table.apply(ops.map((op) => this.stamped(op))));
  }

  /** Shown at once, then refused. */
  refuse(ops: Op[], code: string): void {
    const number = ++this.number;
    this.news(this.table.lay(number, ops));
    this.news(this.table.lift(number));
    this.emit("refused", { code, parameters: {}, ops });
  }

  undo(page: string): boolean {
    return this.turn(page, this.history.undo(page));
  }

  redo(page: string): boolean {
    return this.turn(page, this.history.redo(page));
  }

  canUndo(page: string): boolean {
    return this.history.canUndo(page);
  }

  canRedo(page: string): boolean {
    return this.history.canRedo(page);
  }

  mayDraw(page: string): boolean {
    const record = this.table.get(page);
    return !this.locked && record?.type === "page" && !record.gone;
  }

  setLocked(locked: boolean): void {
    this.locked = locked;
    this.news({ put: new Set(["class"]), removed: new Map() });
  }

  begin(page: string, style: LiveStyle): OwnStroke {
    const id = this.newId();
    const points: number[] = [];
    return {
      id,
      add: (batch) => {
        this.batches.push(batch);
        points.push(...batch.points);
      },
      finish: () => {
        const ops: Op[] = [];
        for (let from = 0; from === 0 || from < points.length / 3 - 1; from += MAX_POINTS - 1) {
          const packed = pack(points.slice(3 * from, 3 * (from + MAX_POINTS)), style.quantum);
          const part = from === 0 ? "" : (ops[ops.length - 1] as { record: AnyRecord }).record.id;
          const z = this.nextZ(page, ops.length);
          const own = from === 0 ? id : this.newId();
          ops.push({
            op: "put",
            record: make({ type: "ink", id: own, page, z, ...style, points: packed, part }),
          });
        }
        this.change(ops, { undo: page });
        return ops.map((op) => (op.op === "put" ? op.record.id : ""));
      },
      cancel: () => {},
      hush: () => {},
    };
  }

  show(presence: Partial<Presence>): void {
    this.shown.push(presence);
  }

  on<K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void): () => void {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all);
    all.add(listener as (news: never) => void);
    return () => all.delete(listener as (news: never) => void);
  }

  close(): void {}

  // -- being somebody else

  say(person: string, presence: Partial<Presence>): void {
    const before = this.presence.get(person) ?? {
      person,
      cursor: null,
      view: null,
      editing: null,
      typing: null,
    };
    const next = { ...before, ...presence };
    this.presence.set(person, next);
    this.emit("presence", { person, presence: next });
  }

  otherDraws(stroke: Omit<LiveStroke, "broken" | "ended" | "points">, points: number[]): void {
    const known = this.live.get(stroke.id) ?? { ...stroke, points: [], broken: false, ended: false };
    known.points.push(...points);
    this.live.set(stroke.id, known);
    this.emit("live", known);
  }

  otherEnds(id: string, kept: boolean): void {
    const stroke = this.live.get(id);
    if (!stroke) return;
    stroke.ended = true;
    if (kept) {
      const { page, tool, colour, width, quantum } = stroke;
      const points = pack(stroke.points, quantum);
      const z = this.nextZ(page, 0);
      const author = stroke.person;
      this.apply([
        {
          op: "put",
          record: make({ type: "ink", id, page, z, tool, colour, width, quantum, points, author }),
        },
      ]);
    }
    this.live.delete(id);
    this.emit("live", stroke);
  }

  private turn(page: string, ops: Op[]): boolean {
    if (ops.length === 0) return false;
    this.apply(ops);
    this.emit("undo", { page });
    return true;
  }

  private nextZ(page: string, more: number): string {
    const all = this.table.onPage(page);
    let z: string | null = (all[all.length - 1] as { z?: string } | undefined)?.z ?? null;
    for (let i = 0; i <= more; i++) z = between(z, null);
    return z ?? "a";
  }

  private stamped(op: Op): Op {
    if (op.op !== "put" || op.record.author) return op;
    return { op: "put", record: { ...op.record, author: this.me.person, time: 1 } };
  }

  private news(changed: Changed): void {
    this.emit("table", { reset: false, ...changed });
  }

  private emit<K extends keyof SessionEvents>(event: K, news: SessionEvents[K]): void {
    for (const listener of this.listeners.get(event) ?? []) (listener as (n: SessionEvents[K]) => void)(news);
  }
}
