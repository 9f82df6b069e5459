/**
 * The set of records at one moment: what the log says, with this window's own pending changes laid on top.
 *
 * Operations act on each record by itself, so what is seen of one record is what is confirmed of it, with the pending
 * operations that name it applied in order. An incoming change therefore costs what it touches, whatever the size of
 * the table and however much is pending. Lists are in their proper order (`z` or `order`, else time; then id) and are
 * never changed once handed out. Records are values: nobody writes into one.
 *
 * It is lenient, since the server has checked what it sends, and what is pending is only a hope: an operation on a
 * record that is not there does nothing.
 */

import { type AnyRecord, DRAWABLE, FIELDS, type Op, type RecordOf, type RecordType } from "./schema";
import { fits } from "./wire";

/** What has changed by one step, by id. */
export interface Changed {
  put: Set<string>; // made or changed
  removed: Map<string, AnyRecord>; // gone, with what they were
}

type Get = (id: string) => AnyRecord | undefined;
const NO_TIMES = new Uint8Array(0);
const utf8 = new TextEncoder();

// -- operations

/** Ids that an operation names. */
export function idsOf(op: Op): readonly string[] {
  if (op.op === "put") return [op.record.id];
  return op.op === "append" ? [op.id] : op.ids;
}

/** One record after one operation that names it. */
export function step(record: AnyRecord | undefined, op: Op): AnyRecord | undefined {
  switch (op.op) {
    case "remove":
      return undefined;
    case "put":
      return settled(op.record, record);
    case "patch":
      return record && patched(record, op.fields);
    case "append": {
      const text = record && (record as unknown as Record<string, unknown>)[op.field];
      if (typeof text !== "string" || utf8.encode(text).length !== op.at) return record;
      return patched(record!, { [op.field]: text + op.text });
    }
  }
}

/** A put record as the table keeps it (SPEC 1.3, 2.7). */
function settled(record: AnyRecord, before: AnyRecord | undefined): AnyRecord {
  if (before && before.type !== record.type) return before;
  const kept = before ? { author: before.author || record.author, time: before.time || record.time } : {};
  const times = record.type === "ink" ? { times: NO_TIMES } : {};
  return { ...record, ...kept, ...times } as AnyRecord;
}

/** Equal points stay the same array through confirmation, since outlines are remembered by it. */
function withSamePoints(record: AnyRecord, old: AnyRecord): AnyRecord {
  if (record.type !== "ink" || old.type !== "ink" || record.points === old.points) return record;
  return equal(record.points, old.points) ? { ...record, points: old.points } : record;
}

function patched(record: AnyRecord, fields: Readonly<Record<string, unknown>>): AnyRecord {
  const kinds: Readonly<Record<string, string>> = FIELDS[record.type] ?? {};
  const made: Record<string, unknown> = { ...record };
  for (const [name, value] of Object.entries(fields)) {
    if (name === "id" || name === "type") continue;
    const kind = kinds[name];
    if (kind === undefined || fits(value, kind.endsWith("!") ? kind.slice(0, -1) : kind)) made[name] = value;
  }
  return made as unknown as AnyRecord;
}

/**
 * `z` of the topmost of a page's drawables that one private copy shows ("": the worksheet, or a common page); null when
 * there is none. What is put over it tells its readers nothing of how much lies on other copies.
 */
export function topOf(drawables: readonly AnyRecord[], copy = ""): string | null {
  const topmost = drawables.findLast((one) => "z" in one && (!one.copy || one.copy === copy));
  return topmost && "z" in topmost ? topmost.z : null;
}

/** Are two values equal: bytes, lists and plain objects by content. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || Array.isArray(a)) {
    const [x, y] = [a as ArrayLike<unknown>, b as ArrayLike<unknown>];
    if (a.constructor !== b.constructor || x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (!equal(x[i], y[i])) return false;
    return true;
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.every((key) => Object.hasOwn(y, key) && equal(x[key], y[key]));
}

/** The operations that take a list of operations back, against the records before it (SPEC 2.8). */
export function inverse(get: Get, ops: readonly Op[]): Op[] {
  const scratch = new Map<string, AnyRecord | undefined>();
  const now: Get = (id) => (scratch.has(id) ? scratch.get(id) : get(id));
  const back: Op[][] = [];
  for (const op of ops) {
    back.push(inverseOf(now, op));
    for (const id of idsOf(op)) scratch.set(id, step(now(id), op));
  }
  return back.reverse().flat();
}

function inverseOf(get: Get, op: Op): Op[] {
  if (op.op === "put") {
    const before = get(op.record.id);
    return [before ? { op: "put", record: before } : { op: "remove", ids: [op.record.id] }];
  }
  if (op.op === "remove") {
    const gone = [...new Set(op.ids)].map(get).filter((record) => record !== undefined);
    return gone.map((record) => ({ op: "put", record }));
  }
  const names = op.op === "append" ? [op.field] : Object.keys(op.fields);
  const groups = new Map<string, { ids: string[]; fields: Record<string, unknown> }>();
  for (const id of idsOf(op)) {
    const record = get(id) as unknown as Record<string, unknown> | undefined;
    if (!record) continue;
    const fields = Object.fromEntries(
      names.filter((n) => record[n] !== undefined).map((n) => [n, record[n]]),
    );
    const key = JSON.stringify(fields);
    const group = groups.get(key);
    if (!group) groups.set(key, { ids: [id], fields });
    else if (!group.ids.includes(id)) group.ids.push(id);
  }
  return [...groups.values()].map(({ ids, fields }) => ({ op: "patch", ids, fields }));
}

// -- lists

/** What a record is ordered by, before its id. */
function place(record: AnyRecord): string {
  if ("z" in record) return record.z;
  if ("order" in record) return record.order;
  return record.type === "person"
    ? record.id.slice(1).padStart(9, "0")
    : String(record.time).padStart(16, "0");
}

function compare(a: AnyRecord, b: AnyRecord): number {
  const [x, y] = [place(a), place(b)];
  if (x !== y) return x < y ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Records of one type or page, listed when asked for. */
class Lane {
  private readonly records = new Map<string, AnyRecord>();
  private list: AnyRecord[] | null = null;
  private shown = false; // has anyone been given `list` since it was made?
  private edits = 0;

  get empty(): boolean {
    return this.records.size === 0;
  }

  set(id: string, record: AnyRecord | undefined): void {
    const before = this.records.get(id);
    if (record) this.records.set(id, record);
    else this.records.delete(id);
    // After many edits between two looks, sorting once is cheaper than moving each into its place.
    if (!this.list || ++this.edits > 64) {
      this.list = null;
      return;
    }
    if (this.shown) this.list = this.list.slice();
    this.shown = false;
    if (before) this.list.splice(this.find(before), 1);
    if (record) this.list.splice(this.find(record), 0, record);
  }

  ordered(): AnyRecord[] {
    this.list ??= [...this.records.values()].sort(compare);
    this.shown = true;
    this.edits = 0;
    return this.list;
  }

  /** Where it stands or would stand. */
  private find(record: AnyRecord): number {
    let [low, high] = [0, this.list!.length];
    while (low < high) {
      const mid = (low + high) >> 1;
      if (compare(this.list![mid]!, record) < 0) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}

// -- the table

export class Table {
  private readonly seen = new Map<string, AnyRecord>();
  /** Confirmed state of the records that pending operations name; the others are as they are seen. */
  private readonly under = new Map<string, AnyRecord | undefined>();
  /** Pending operations by the record that they name, in order of their numbers. */
  private readonly over = new Map<string, { number: number; op: Op }[]>();
  private readonly pending = new Map<number, readonly Op[]>();
  private readonly types = new Map<string, Lane>();
  private readonly pages = new Map<string, Lane>();

  get size(): number {
    return this.seen.size;
  }

  get(id: string): AnyRecord | undefined {
    return this.seen.get(id);
  }

  /** As the log has it, without what is pending. */
  confirmed(id: string): AnyRecord | undefined {
    return this.under.has(id) ? this.under.get(id) : this.seen.get(id);
  }

  ofType<T extends RecordType>(type: T): RecordOf<T>[] {
    return (this.types.get(type)?.ordered() ?? []) as RecordOf<T>[];
  }

  /** Drawables, bottom to top. */
  onPage(page: string): AnyRecord[] {
    return this.pages.get(page)?.ordered() ?? [];
  }

  *[Symbol.iterator](): IterableIterator<AnyRecord> {
    yield* this.seen.values();
  }

  /** Operations from the log. `own` is the number of the pending change that they are, if they are one. */
  apply(ops: readonly Op[], own?: number): Changed {
    const before = new Map<string, AnyRecord | undefined>();
    for (const op of ops) {
      for (const id of idsOf(op)) {
        const next = step(this.confirmed(id), op);
        this.note(before, id);
        if (this.over.has(id)) this.under.set(id, next);
        else this.show(id, next);
      }
    }
    if (own !== undefined) this.drop(own, before);
    for (const id of before.keys()) this.recompute(id);
    return this.since(before);
  }

  /** A pending change, laid on top of everything. Numbers rise. */
  lay(number: number, ops: readonly Op[]): Changed {
    const before = new Map<string, AnyRecord | undefined>();
    this.pending.set(number, ops);
    for (const op of ops) {
      for (const id of new Set(idsOf(op))) {
        this.note(before, id);
        const above = this.over.get(id);
        if (above) above.push({ number, op });
        else {
          this.over.set(id, [{ number, op }]);
          this.under.set(id, this.seen.get(id));
        }
        this.show(id, step(this.seen.get(id), op));
      }
    }
    return this.since(before);
  }

  /** A pending change that is no more: refused, or confirmed by what came before. */
  lift(number: number): Changed {
    return this.apply([], number);
  }

  /** All confirmed records anew, from a snapshot; what is pending stays on top. */
  replace(records: Iterable<AnyRecord>): void {
    this.seen.clear();
    this.under.clear();
    this.types.clear();
    this.pages.clear();
    for (const id of this.over.keys()) this.under.set(id, undefined);
    for (const record of records) {
      const kept = settled(record, undefined);
      if (this.over.has(record.id)) this.under.set(record.id, kept);
      else this.show(record.id, kept);
    }
    for (const id of this.over.keys()) this.recompute(id);
  }

  private note(before: Map<string, AnyRecord | undefined>, id: string): void {
    if (!before.has(id)) before.set(id, this.seen.get(id));
  }

  private drop(number: number, before: Map<string, AnyRecord | undefined>): void {
    for (const id of new Set((this.pending.get(number) ?? []).flatMap(idsOf))) {
      this.note(before, id);
      const rest = this.over.get(id)!.filter((one) => one.number !== number);
      if (rest.length) this.over.set(id, rest);
      else {
        this.over.delete(id);
        this.show(id, this.under.get(id));
        this.under.delete(id);
      }
    }
    this.pending.delete(number);
  }

  private recompute(id: string): void {
    const above = this.over.get(id);
    if (above)
      this.show(
        id,
        above.reduce((record, { op }) => step(record, op), this.under.get(id)),
      );
  }

  /** What differs from before; a record that is equal again is put back as the object that it was. */
  private since(before: Map<string, AnyRecord | undefined>): Changed {
    const changed: Changed = { put: new Set(), removed: new Map() };
    for (const [id, old] of before) {
      const now = this.seen.get(id);
      if (now === old) continue;
      if (!now) changed.removed.set(id, old!);
      else if (old && equal(old, now)) this.show(id, old);
      else changed.put.add(id);
    }
    return changed;
  }

  private show(id: string, next: AnyRecord | undefined): void {
    const old = this.seen.get(id);
    if (old === next) return;
    const record = next && old ? withSamePoints(next, old) : next;
    if (record) this.seen.set(id, record);
    else this.seen.delete(id);
    if (old && old.type !== record?.type) this.lane(this.types, old.type, id, undefined);
    if (record) this.lane(this.types, record.type, id, record);
    const [from, to] = [pageOf(old), pageOf(record)];
    if (from !== null && from !== to) this.lane(this.pages, from, id, undefined);
    if (to !== null) this.lane(this.pages, to, id, record);
  }

  private lane(lanes: Map<string, Lane>, key: string, id: string, record: AnyRecord | undefined): void {
    let lane = lanes.get(key);
    if (!lane) {
      lane = new Lane();
      lanes.set(key, lane);
    }
    lane.set(id, record);
    if (lane.empty) lanes.delete(key);
  }
}

function pageOf(record: AnyRecord | undefined): string | null {
  return record && DRAWABLE.has(record.type) && "page" in record ? record.page : null;
}
