/**
 * This window's copy of the class's table, kept true to the log: what is confirmed, what is pending on top of it, how
 * far it has come, and how to take one's own work back.
 *
 * It promises that a tick of the log is applied whole or not at all, that nothing is applied twice, and that a change
 * stays visible from the moment it is made until its confirmed form takes its place, or until it is refused. It sends
 * nothing itself: it asks to be flushed.
 */

import type { AnyMessage, AnyRecord, Changes, Confirm, Last, Limits, Op, Refuse, Seen } from "../core/schema";
import { type Changed, Table } from "../core/table";
import { Undo } from "../core/undo";
import { readOps, writeOps } from "../core/wire";
import type { ChangeOptions, SessionEvents, TableNews } from "./contract";
import { type Outbox, parts } from "./outbox";

export interface ReplicaEvents {
  /** Something may be sent; `first` goes before it. */
  flush(first: readonly AnyMessage[]): void;
  table(news: TableNews): void;
  undo(page: string): void;
  refused(news: SessionEvents["refused"]): void;
  /** Changes of this window are in the log. */
  saved(): void;
}

/** What the server will stamp a change with, as far as is known. */
export interface Stamp {
  person: string;
  time: number;
}

export class Replica {
  readonly table = new Table();
  readonly undoing = new Undo((id) => this.table.get(id));
  private box: Outbox | null = null;
  private seq = 0;
  private mark: Uint8Array | null = null; // null: nothing to resume from
  private tick: Seen[] = []; // entries that wait for the end of their tick
  private readonly confirmedAt = new Map<number, number>(); // number -> seq that is still to come
  private cleared = new Map<string, number>(); // page -> when, as last known

  constructor(private readonly events: ReplicaEvents) {}

  get outbox(): Outbox | null {
    return this.box;
  }

  /** From where the log is to be told. */
  get last(): Last | null {
    if (!this.mark) return null;
    const mark = Array.from(this.mark, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { seq: this.seq, mark };
  }

  /** Takes over what an earlier page left unconfirmed. */
  adopt(outbox: Outbox): void {
    this.box = outbox;
    for (const { number, ops } of outbox) this.table.lay(number, ops);
  }

  /** Applies, numbers and keeps a change of this window, to be sent. */
  make(
    asked: readonly Op[],
    { undo, merge }: ChangeOptions,
    stamp: Stamp,
    limits: Limits,
    first: readonly AnyMessage[] = [],
  ): void {
    // Written and read back, an operation is what the server will make of it: rounded, its defaults filled in.
    const ops = readOps(writeOps(asked)).map((op) => this.stamped(op, stamp));
    const split = parts(ops, limits);
    if (!split) {
      this.events.flush(first);
      this.events.refused({ code: "too-large", parameters: {}, ops });
      return;
    }
    const ended = this.undoing.crossed(ops);
    if (undo !== undefined) this.undoing.remember(undo, ops, merge);
    const all = nothing();
    for (const part of split) join(all, this.table.lay(this.box!.add(part).number, part));
    this.events.flush(first);
    this.tell(all);
    for (const page of new Set(undo === undefined ? ended : [...ended, undo])) this.events.undo(page);
  }

  // -- what the server says

  /** `tag` is this window's own public number. */
  changes({ upto, mark, entries }: Changes, tag: number): void {
    this.tick.push(...entries);
    if (upto === 0) return;
    const tick = this.tick.filter((entry) => entry.seq > this.seq);
    this.tick = [];
    if (upto <= this.seq) return; // from before the snapshot
    const all = nothing();
    const ended: string[] = [];
    let saved = false;
    for (const entry of tick) {
      const own = entry.tag === tag ? this.box?.remove(entry.number)?.number : undefined;
      if (own !== undefined) saved = true;
      else ended.push(...this.undoing.crossed(entry.ops));
      join(all, this.table.apply(entry.ops, own));
    }
    join(all, this.reach(upto, mark));
    this.events.flush([]);
    this.tellAll(all, ended);
    if (saved) this.events.saved();
  }

  confirm({ number, seq }: Confirm): void {
    if (!this.box?.remove(number)) return;
    this.confirmedAt.set(number, seq);
    this.events.flush([]);
    if (this.mark && seq <= this.seq) this.tellAll(this.reach(this.seq, this.mark), []);
    this.events.saved();
  }

  refuse({ number, code, parameters }: Refuse): void {
    const refused = this.box?.remove(number);
    if (!refused) return;
    const changed = this.table.lift(number);
    this.events.flush([]);
    this.tellAll(changed, []);
    this.events.refused({ code, parameters, ops: [...refused.ops] });
  }

  /** The whole table anew. @throws WireError when the snapshot cannot be read; then nothing has changed */
  restore(seq: number, mark: Uint8Array, snapshot: Uint8Array): void {
    this.table.replace(readOps(snapshot).flatMap((op) => (op.op === "put" ? [op.record] : [])));
    this.tick = [];
    this.reach(seq, mark);
    const ended = this.undoing.checkCleared(this.cleared);
    this.cleared = new Map(this.table.ofType("page").map((page) => [page.id, page.cleared]));
    this.events.table({ reset: true, put: new Set(), removed: new Map() });
    for (const page of ended) this.events.undo(page);
  }

  /** The connection is gone: half a tick is forgotten, what is pending is to be sent again. */
  disconnected(): void {
    this.tick = [];
    this.box?.rewind();
  }

  /** What the server said could not be read: begin with a whole table. */
  distrust(): void {
    this.mark = null;
  }

  /** The server sends a snapshot on this connection. */
  reset(): void {
    this.tick = [];
  }

  /** The table is complete through `seq`: what was confirmed up to there needs no laying on top any more. */
  private reach(seq: number, mark: Uint8Array): Changed {
    [this.seq, this.mark] = [seq, mark];
    const all = nothing();
    for (const [number, at] of this.confirmedAt) {
      if (at > seq) continue;
      this.confirmedAt.delete(number);
      join(all, this.table.lift(number));
    }
    return all;
  }

  /** As the server will stamp it, so that it looks right until then. */
  private stamped(op: Op, { person, time }: Stamp): Op {
    if (op.op !== "put") return op;
    const { author, time: made } = this.table.get(op.record.id) ?? op.record;
    return { ...op, record: { ...op.record, author: author || person, time: made || time } };
  }

  private tell(changed: Changed): boolean {
    if (changed.put.size === 0 && changed.removed.size === 0) return false;
    for (const id of changed.put) {
      const record = this.table.get(id);
      if (record?.type === "page") this.cleared.set(id, record.cleared);
    }
    this.events.table({ reset: false, ...changed });
    return true;
  }

  /** Also of the pages where others' changes may have made undo possible or not. */
  private tellAll(changed: Changed, ended: readonly string[]): void {
    const told = this.tell(changed);
    const pages = told ? this.undoing.concerned([...changed.put, ...changed.removed.keys()]) : [];
    for (const page of new Set([...ended, ...pages])) this.events.undo(page);
  }
}

function nothing(): Changed {
  return { put: new Set(), removed: new Map<string, AnyRecord>() };
}

function join(all: Changed, more: Changed): void {
  for (const id of more.put) {
    all.put.add(id);
    all.removed.delete(id);
  }
  for (const [id, record] of more.removed) {
    // Made and removed within one tick: still told, so that nobody keeps what they drew of it live.
    all.put.delete(id);
    if (!all.removed.has(id)) all.removed.set(id, record);
  }
}
