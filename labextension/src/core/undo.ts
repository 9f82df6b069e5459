/**
 * Undo and redo, page by page, and on a page of private copies copy by copy: lists of what takes one's own changes back (SPEC 2.8).
 *
 * Taking back is an ordinary change. It touches only what still is as one's own change left it: what others have since
 * changed or removed is skipped, and an entry of which nothing is left is passed over. A clearing of the page (SPEC 1.7)
 * ends its lists. Nothing here sends anything.
 */

import type { AnyRecord, Op } from "./schema";
import { equal, idsOf, inverse, step } from "./table";

/** What follows from the words of a text or note. */
const LAID: readonly string[] = ["lines", "formulas", "h"];

type Get = (id: string) => AnyRecord | undefined;
/** How a record stood after a change; undefined: not there. */
type Left = ReadonlyMap<string, AnyRecord | undefined>;

interface Entry {
  /** Changes of one name that follow each other are one step; "": this one is a step of its own. */
  readonly merge: string;
  back: readonly Op[];
  left: Left;
}

interface Lists {
  undo: Entry[];
  redo: Entry[];
}

/** How many steps of a page are kept: more than anyone takes back by hand. */
const LONGEST = 200;

export class Undo {
  /** By place: a page, or "page/copy". */
  private readonly places = new Map<string, Lists>();

  constructor(private readonly get: Get) {}

  /**
   * Before one's own `ops` are applied: remembers how to take them back. Patches of the same fields of the same records
   * with the same `merge` as the step before are one step with it, unless that has been undone since.
   */
  remember(page: string, ops: readonly Op[], merge = ""): void {
    const lists = this.lists(place(page, this.copyOf(ops)));
    const entry = this.entry(ops, merge);
    const last = lists.undo[lists.undo.length - 1];
    if (merge !== "" && last?.merge === merge && lists.redo.length === 0 && covers(last.back, entry.back))
      lists.undo[lists.undo.length - 1] = { ...last, left: new Map([...last.left, ...entry.left]) };
    else push(lists.undo, entry);
    lists.redo.length = 0;
  }

  /** Operations that take back the last change of a page that can be; to be applied by the caller. Empty: none. */
  undo(page: string, copy = ""): Op[] {
    return this.turn(place(page, copy), "undo", "redo");
  }

  redo(page: string, copy = ""): Op[] {
    return this.turn(place(page, copy), "redo", "undo");
  }

  canUndo(page: string, copy = ""): boolean {
    return this.top(place(page, copy), "undo").length > 0;
  }

  canRedo(page: string, copy = ""): boolean {
    return this.top(place(page, copy), "redo").length > 0;
  }

  /** To be told of every operation, own and others': a clearing is never crossed. @returns pages whose lists ended */
  crossed(ops: readonly Op[]): string[] {
    const ended = new Set<string>();
    for (const op of ops) {
      const cleared =
        op.op === "patch"
          ? op.fields.cleared
          : op.op === "put" && "cleared" in op.record && op.record.cleared;
      if (cleared) for (const id of idsOf(op)) if (this.end(id)) ended.add(id);
    }
    return [...ended];
  }

  /** Pages whose next undo or redo concerns one of these records, so that it may have become possible or not. */
  concerned(ids: Iterable<string>): string[] {
    const touched = [...ids];
    const next = ({ undo, redo }: Lists) => [undo[undo.length - 1], redo[redo.length - 1]];
    const concerned = [...this.places].filter(([, lists]) =>
      next(lists).some((entry) => entry && touched.some((id) => entry.left.has(id))),
    );
    return [...new Set(concerned.map(([key]) => pageOf(key)))];
  }

  /** Ends the lists of pages that were cleared while nobody told us. @param cleared page id -> time, as last known */
  checkCleared(cleared: ReadonlyMap<string, number>): string[] {
    return [...new Set([...this.places.keys()].map(pageOf))].filter((page) => {
      const record = this.get(page);
      const now = record?.type === "page" ? record.cleared : 0;
      return now !== (cleared.get(page) ?? 0) && this.end(page);
    });
  }

  /** Forgets a page and its copies. */
  private end(page: string): boolean {
    const gone = [...this.places.keys()].filter((key) => pageOf(key) === page);
    for (const key of gone) this.places.delete(key);
    return gone.length > 0;
  }

  /** On whose private copy operations lie: that of the first that names a drawable. */
  private copyOf(ops: readonly Op[]): string {
    for (const op of ops) {
      const record = op.op === "put" ? op.record : this.get(idsOf(op)[0] ?? "");
      if (record && "copy" in record) return record.copy;
    }
    return "";
  }

  private lists(key: string): Lists {
    let lists = this.places.get(key);
    if (!lists) {
      lists = { undo: [], redo: [] };
      this.places.set(key, lists);
    }
    return lists;
  }

  private entry(ops: readonly Op[], merge = ""): Entry {
    const left = new Map<string, AnyRecord | undefined>();
    for (const op of ops) {
      for (const id of idsOf(op)) left.set(id, step(left.has(id) ? left.get(id) : this.get(id), op));
    }
    return { merge, back: inverse(this.get, ops), left };
  }

  private turn(key: string, from: keyof Lists, to: keyof Lists): Op[] {
    const ops = this.top(key, from);
    if (!ops.length) return [];
    const lists = this.lists(key);
    lists[from].pop();
    push(lists[to], this.entry(ops));
    return ops;
  }

  /** What the last entry of which anything is left would do; entries above it are dropped. */
  private top(key: string, which: keyof Lists): Op[] {
    const list = this.places.get(key)?.[which] ?? [];
    while (list.length) {
      const ops = this.possible(list[list.length - 1]!);
      if (ops.length) return ops;
      list.pop();
    }
    return [];
  }

  /** Of an entry, what touches only records that are as they were left. */
  private possible(entry: Entry): Op[] {
    const ops: Op[] = [];
    for (const op of entry.back) {
      if (op.op === "put") {
        if (this.same(entry.left, op.record.id)) ops.push(op);
      } else if (op.op === "patch") {
        const ids = op.ids.filter((id) => this.same(entry.left, id, Object.keys(op.fields)));
        if (ids.length) ops.push({ ...op, ids });
      } else if (op.op === "remove") {
        const ids = op.ids.filter((id) => this.same(entry.left, id));
        if (ids.length) ops.push({ ...op, ids });
      }
    }
    return ops;
  }

  /** Is the record, or are these fields of it, as they were left? Stamps and times are the server's, and do not count. */
  private same(left: Left, id: string, fields?: readonly string[]): boolean {
    const [was, is] = [left.get(id), this.get(id)];
    if (!was || !is) return !was && !is;
    const [a, b] = [was as unknown as Record<string, unknown>, is as unknown as Record<string, unknown>];
    // How words were laid out is no change of theirs: a formula's outline may come after its text was kept.
    const laid = is.type === "text" || is.type === "note" ? LAID : [];
    const skipped = (name: string) => name === "author" || name === "time" || laid.includes(name);
    const names = (fields ?? Object.keys(b)).filter((name) => !skipped(name));
    return names.every((name) => equal(a[name], b[name]));
  }
}

/** No id has a slash in it. */
function place(page: string, copy: string): string {
  return copy ? `${page}/${copy}` : page;
}

function pageOf(key: string): string {
  return key.split("/")[0]!;
}

/** Do the patches `back` give every record what `later` would give it, so that `later` need not be kept? */
function covers(back: readonly Op[], later: readonly Op[]): boolean {
  const given = new Set<string>();
  for (const op of back) {
    if (op.op !== "patch") return false;
    for (const id of op.ids) for (const name of Object.keys(op.fields)) given.add(`${id} ${name}`);
  }
  return later.every(
    (op) =>
      op.op === "patch" &&
      op.ids.every((id) => Object.keys(op.fields).every((name) => given.has(`${id} ${name}`))),
  );
}

function push(list: Entry[], entry: Entry): void {
  list.push(entry);
  if (list.length > LONGEST) list.shift();
}
