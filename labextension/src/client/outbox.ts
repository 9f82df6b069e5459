/**
 * This window's changes that the server has not confirmed: numbered, kept through a reload, sent again after a
 * reconnect under the same numbers, so that each is applied exactly once (SPEC 3).
 *
 * It promises that a number never stands for two different changes, also after a reload: where the browser will not
 * keep the counter, a reload begins with a fresh client id.
 */

import type { Limits, Op } from "../core/schema";
import { KINDS } from "../core/schema";
import { readOps, WireError, Writer, writeOp, writeOps } from "../core/wire";
import type { Surroundings } from "./surroundings";

/** Sent and not yet answered, at most. */
export const IN_FLIGHT = 64;
/** Characters that pending changes may take in the browser's storage, which holds about 5 million for a whole site. */
const KEPT = 2_000_000;
const ROOT = "classroom.pending";
const LOCK = "classroom.client.";
/** Bytes of a frame beside the operations of a change. */
const FRAMING = 32;

export interface Pending {
  readonly number: number;
  readonly ops: readonly Op[];
  readonly message: Uint8Array; // the `change` as it is sent
  sent: boolean; // on the present connection
}

export class Outbox {
  readonly client: string;
  private next: number;
  private readonly pending = new Map<number, Pending>();
  private readonly kept = new Map<number, number>(); // number -> characters in storage
  private total = 0;

  private constructor(
    private readonly store: Storage | null,
    private readonly head: Head,
    private readonly release: () => void,
  ) {
    this.client = head.client;
    this.next = head.next;
  }

  /** What this window left in `store` for this class, or a fresh beginning. */
  static async open(store: Storage | null, classId: string, around: Surroundings): Promise<Outbox> {
    const prefix = `${ROOT}.${classId}.`;
    for (const head of heads(store, prefix)) {
      const release = await around.claim(LOCK + head.client);
      if (release) {
        const box = new Outbox(store, { ...head, page: around.page }, release);
        box.restore();
        box.saveHead();
        return box;
      }
      // In the same page another session has it. Else this is a duplicated tab, which began with a copy of what is
      // the first tab's to send, and whose copied counter grows stale.
      if (head.page !== around.page) sweep(store, head.key);
    }
    const client = randomId(around, 22);
    const release = (await around.claim(LOCK + client)) ?? (() => {});
    const box = new Outbox(store, { key: prefix + client, client, next: 1, page: around.page }, release);
    box.saveHead();
    return box;
  }

  /** Lets another session of this window go on from here. What is pending stays in the store. */
  close(): void {
    this.release();
  }

  get size(): number {
    return this.pending.size;
  }

  get first(): number {
    return this.pending.keys().next().value ?? this.next;
  }

  [Symbol.iterator](): IterableIterator<Pending> {
    return this.pending.values();
  }

  get(number: number): Pending | undefined {
    return this.pending.get(number);
  }

  /** Numbers and keeps a change. */
  add(ops: readonly Op[]): Pending {
    const number = this.next++;
    this.saveHead();
    const made = { number, ops, message: written(number, ops), sent: false };
    this.pending.set(number, made);
    this.keep(made);
    return made;
  }

  /** Confirmed or refused: not to be sent again. */
  remove(number: number): Pending | undefined {
    const gone = this.pending.get(number);
    this.pending.delete(number);
    const size = this.kept.get(number);
    if (size !== undefined) {
      this.kept.delete(number);
      this.total -= size;
      quietly(() => this.store?.removeItem(`${this.head.key}.${number}`));
    }
    return gone;
  }

  /** After a new connection: nothing is on its way. */
  rewind(): void {
    for (const one of this.pending.values()) one.sent = false;
  }

  /** Changes that may go out now, marked as sent. */
  due(): Pending[] {
    const due: Pending[] = [];
    let flying = 0;
    for (const one of this.pending.values()) {
      if (flying++ >= IN_FLIGHT) break;
      if (one.sent) continue;
      one.sent = true;
      due.push(one);
    }
    return due;
  }

  private keep({ number, ops }: Pending): void {
    if (!this.store) return;
    const text = toBase64(writeOps(ops));
    if (this.total + text.length > KEPT) return;
    if (quietly(() => this.store!.setItem(`${this.head.key}.${number}`, text))) {
      this.kept.set(number, text.length);
      this.total += text.length;
    }
  }

  private saveHead(): void {
    const { key, client, page } = this.head;
    const text = JSON.stringify({ client, next: this.next, page });
    if (!quietly(() => this.store?.setItem(key, text))) quietly(() => this.store?.removeItem(key));
  }

  private restore(): void {
    for (const [number, key] of keptChanges(this.store, this.head.key)) {
      try {
        const ops = readOps(fromBase64(this.store!.getItem(key) ?? ""));
        const text = this.store!.getItem(key)!.length;
        this.pending.set(number, { number, ops, message: written(number, ops), sent: false });
        this.kept.set(number, text);
        this.total += text;
        this.next = Math.max(this.next, number + 1);
      } catch {
        quietly(() => this.store!.removeItem(key)); // written by another version, or damaged
      }
    }
  }
}

interface Head {
  key: string;
  client: string;
  next: number;
  page: string;
}

function keysOf(store: Storage | null): string[] {
  try {
    return Array.from({ length: store?.length ?? 0 }, (_, i) => store!.key(i) ?? "");
  } catch {
    return [];
  }
}

/** The clients that this window has been in a class. */
function heads(store: Storage | null, prefix: string): Head[] {
  const found = keysOf(store).filter(
    (key) => key.startsWith(prefix) && !key.slice(prefix.length).includes("."),
  );
  return found.flatMap((key) => readHead(store, key) ?? []);
}

/** Numbers of a client's kept changes, rising, with their keys. */
function keptChanges(store: Storage | null, key: string): [number, string][] {
  const own = keysOf(store).filter((one) => one.startsWith(`${key}.`));
  const numbered = own.map((one): [number, string] => [Number(one.slice(key.length + 1)), one]);
  return numbered.filter(([n]) => Number.isSafeInteger(n) && n > 0).sort(([a], [b]) => a - b);
}

function sweep(store: Storage | null, key: string): void {
  for (const [, one] of keptChanges(store, key)) quietly(() => store?.removeItem(one));
  quietly(() => store?.removeItem(key));
}

/** A random id over the characters that ids may have. */
export function randomId(around: Pick<Surroundings, "bytes">, length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from(around.bytes(length), (byte) => letters[byte & 63]).join("");
}

/**
 * A change in parts that the server will take: by operations where a frame or the count would be too large, and by ids
 * where one operation would be. Null when some operation alone is too large.
 */
export function parts(ops: readonly Op[], limits: Limits): Op[][] | null {
  const largest = limits.frame - FRAMING;
  const made: Op[][] = [];
  let part: Op[] = [];
  let size = 0;
  for (const op of ops.flatMap((one) => slices(one, largest))) {
    const bytes = writeOp(op).length;
    if (bytes > largest) return null;
    if (part.length && (size + bytes > largest || part.length >= limits.ops)) {
      made.push(part);
      [part, size] = [[], 0];
    }
    part.push(op);
    size += bytes;
  }
  if (part.length) made.push(part);
  return made;
}

function slices(op: Op, largest: number): Op[] {
  if (op.op !== "patch" && op.op !== "remove") return [op];
  if (op.ids.length < 2 || (op.ids.length <= 10_000 && writeOp(op).length <= largest)) return [op];
  const half = op.ids.length >> 1;
  return [
    ...slices({ ...op, ids: op.ids.slice(0, half) }, largest),
    ...slices({ ...op, ids: op.ids.slice(half) }, largest),
  ];
}

/** The `change` message; author and time are the server's to stamp, and are not sent. */
function written(number: number, ops: readonly Op[]): Uint8Array {
  const bare = ops.map(
    (op): Op => (op.op === "put" ? { ...op, record: { ...op.record, author: "", time: 0 } } : op),
  );
  const body = new Writer().varint(number).raw(writeOps(bare)).done();
  return new Writer().u8(KINDS.change).sized(body).done();
}

function readHead(store: Storage | null, key: string): Head | null {
  try {
    const { client, next, page } = JSON.parse(store?.getItem(key) ?? "null") ?? {};
    const good = /^[A-Za-z0-9_-]{16,64}$/.test(client) && Number.isSafeInteger(next) && next > 0;
    return good ? { key, client, next, page: String(page) } : null;
  } catch {
    return null;
  }
}

/** False when the browser's storage refuses: it may be off or full. */
function quietly(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}

function toBase64(data: Uint8Array): string {
  let text = "";
  for (let i = 0; i < data.length; i += 4096) text += String.fromCharCode(...data.subarray(i, i + 4096));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    throw new WireError("bad-record", "not base64");
  }
}
