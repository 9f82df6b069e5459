/**
 * A class in a box, for the tests of the client: time that stands until it is asked to go on, a network that delays and
 * breaks, and a server that is a list. Everything is decided by one seed.
 */

import { type AnyMessage, LIMITS, type Op, type Seen } from "../core/schema";
import { Table } from "../core/table";
import { read, split, write, writeOps } from "../core/wire";
import type { SessionOptions } from "./contract";
import { ClassSession } from "./session";
import type { Surroundings, Wire, WireEvents } from "./surroundings";

/** mulberry32: a small generator whose whole state is the seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Task {
  at: number;
  order: number;
  call: () => void;
}

export class World {
  time = 1_000;
  readonly random: () => number;
  readonly claimed = new Set<string>();
  private tasks: Task[] = [];
  private order = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  after(milliseconds: number, call: () => void): () => void {
    const task = { at: this.time + milliseconds, order: this.order++, call };
    this.tasks.push(task);
    return () => {
      this.tasks = this.tasks.filter((one) => one !== task);
    };
  }

  /** Lets time pass, and every promise settle between two happenings. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      for (let i = 0; i < 12; i++) await null;
      const next = this.tasks.reduce<Task | null>(
        (first, one) =>
          first && (first.at < one.at || (first.at === one.at && first.order < one.order)) ? first : one,
        null,
      );
      if (!next || next.at > end) break;
      this.tasks = this.tasks.filter((one) => one !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = end;
  }
}

/** A `Storage` in memory, which may be copied as a duplicated tab does. */
export class Kept implements Storage {
  [name: string]: unknown;
  private readonly items: Map<string, string>;

  constructor(from?: Kept) {
    this.items = new Map(from ? from.items : []);
  }

  get length(): number {
    return this.items.size;
  }

  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.items.delete(key);
  }

  clear(): void {
    this.items.clear();
  }
}

/** One loaded page: what its session lives in. */
export class Page implements Surroundings {
  readonly page: string;
  readonly claims: string[] = [];
  wake: () => void = () => {};
  reloads = 0;
  dead = false; // the page was left: nothing of it runs any more

  constructor(
    readonly world: World,
    private readonly server: Server,
    private readonly secure = true,
  ) {
    this.page = String(world.random());
  }

  connect(_url: string, _protocol: string, events: WireEvents): Wire {
    return this.server.accept(this, events);
  }

  clock(): number {
    return this.world.time;
  }

  wall(): number {
    return this.world.time + 5e8; // this machine's clock is wrong
  }

  after(milliseconds: number, call: () => void): () => void {
    return this.world.after(milliseconds, () => {
      if (!this.dead) call();
    });
  }

  random(): number {
    return this.world.random();
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.world.random() * 256);
  }

  inflate(pieces: readonly Uint8Array[]): Promise<Uint8Array> {
    const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
    return new Promise((done) => this.after(5, () => done(whole)));
  }

  async claim(name: string): Promise<(() => void) | null> {
    if (!this.secure) return () => {};
    if (this.world.claimed.has(name)) return null;
    this.world.claimed.add(name);
    this.claims.push(name);
    return () => this.world.claimed.delete(name);
  }

  onWake(call: () => void): () => void {
    this.wake = call;
    return () => {};
  }

  reload(): void {
    this.reloads++;
  }

  /** The page goes, without a word. */
  leave(): void {
    this.dead = true;
    for (const name of this.claims) this.world.claimed.delete(name);
    this.server.cut(this);
  }
}

interface Line {
  page: Page;
  events: WireEvents;
  person: string;
  client: string;
  open: boolean;
  upto: number;
  toServer: number; // when the last frame each way arrives: a line keeps its order
  toClient: number;
}

interface Logged extends Seen {
  client: string;
}

/** The server: a list of changes, with delays. It refuses a change that names what is not there. */
export class Server {
  readonly table = new Table();
  readonly log: Logged[] = [];
  readonly lines = new Set<Line>();
  readonly accepted = new Map<string, number>();
  readonly resumed: boolean[] = [];
  readonly seen: AnyMessage[] = [];
  limits = { ...LIMITS };
  delay = 20;
  down = false;
  /** How often it sends a snapshot though it could have gone on from where the client was. */
  forgetful = 0.2;
  /** How many changes a snapshot is behind; they follow it. */
  behind = 0;
  /** Sent instead of a welcome. */
  refusing: AnyMessage | null = null;
  private readonly tags = new Map<string, number>();

  constructor(readonly world: World) {}

  /** A first state, as from before anybody came. */
  seed(ops: readonly Op[]): void {
    this.append("", 0, "p1", ops);
  }

  accept(page: Page, events: WireEvents): Wire {
    const line: Line = {
      page,
      events,
      person: "",
      client: "",
      open: true,
      upto: 0,
      toServer: 0,
      toClient: 0,
    };
    this.lines.add(line);
    this.later(line, "toClient", () => {
      if (this.down) this.close(line, 1006);
      else events.open();
    });
    return {
      buffered: 0,
      send: (frame) => {
        if (!line.open) throw new Error("a frame on a closed line");
        this.later(line, "toServer", () => this.receive(line, frame));
      },
      close: () => {
        line.open = false;
        this.lines.delete(line);
      },
    };
  }

  /** Breaks a page's connections: what is on its way, either way, is lost. */
  cut(page?: Page): void {
    for (const line of [...this.lines]) if (!page || line.page === page) this.close(line, 1006);
  }

  say(page: Page, ...messages: AnyMessage[]): void {
    for (const line of this.lines) if (line.page === page) this.send(line, ...messages);
  }

  private close(line: Line, code: number): void {
    if (!line.open) return;
    line.open = false;
    this.lines.delete(line);
    if (!line.page.dead) line.events.close(code);
  }

  private later(line: Line, way: "toServer" | "toClient", call: () => void): void {
    line[way] = Math.max(line[way], this.world.time + this.delay * this.world.random());
    this.world.after(line[way] - this.world.time, () => {
      if (line.open && !line.page.dead) call();
    });
  }

  private send(line: Line, ...messages: AnyMessage[]): void {
    const frame = Uint8Array.from(messages.flatMap((message) => [...write(message)]));
    this.later(line, "toClient", () => line.events.frame(frame));
  }

  private receive(line: Line, frame: Uint8Array): void {
    for (const raw of split(frame)) {
      const message = read(raw)!;
      this.seen.push(message);
      if (message.kind === "hello") this.welcome(line, message);
      else if (message.kind === "ping") this.send(line, { kind: "pong", at: message.at, now: this.now() });
      else if (message.kind === "change") this.change(line, message.number, message.ops);
      else if (message.kind === "live-start") this.relay({ ...message, person: line.person });
      else if (message.kind === "live-points" || message.kind === "live-end") this.relay(message);
      else if (message.kind === "presence") this.relay({ ...message, person: line.person });
    }
  }

  now(): number {
    return 1_700_000_000_000 + Math.round(this.world.time);
  }

  mark(seq: number): Uint8Array {
    return Uint8Array.from({ length: 8 }, (_, i) => (seq * 31 + i) & 255);
  }

  private relay(message: AnyMessage): void {
    for (const line of this.lines) if (line.client) this.send(line, message);
  }

  private welcome(line: Line, hello: Extract<AnyMessage, { kind: "hello" }>): void {
    if (this.refusing) {
      this.send(line, this.refusing);
      return;
    }
    line.client = hello.client;
    line.person = hello.token.split(".")[1] ?? "";
    if (!this.tags.has(line.client)) this.tags.set(line.client, this.tags.size + 1);
    const tag = this.tags.get(line.client)!;
    const seq = this.log.length;
    const known = hello.last && hello.last.seq <= seq && hello.last.mark === hex(this.mark(hello.last.seq));
    const resumed = Boolean(known) && this.world.random() >= this.forgetful;
    this.resumed.push(resumed);
    const { now, limits } = { now: this.now(), limits: this.limits };
    const me = { class_id: "abcdefghij", person: line.person, role: "student" as const, tag, version: "0" };
    this.send(line, { kind: "welcome", ...me, resumed, now, limits });
    if (resumed) {
      line.upto = hello.last!.seq;
      this.tell(line);
    } else {
      const at = Math.max(0, seq - this.behind);
      const table = new Table();
      for (const { ops } of this.log.slice(0, at)) table.apply(ops);
      const puts = [...table].map((record): Op => ({ op: "put", record }));
      const data = writeOps(puts);
      const half = data.length >> 1;
      const mark = this.mark(at);
      this.send(line, { kind: "snapshot", seq: at, mark, last: false, data: data.subarray(0, half) });
      this.send(line, { kind: "snapshot", seq: at, mark, last: true, data: data.subarray(half) });
      line.upto = at;
      if (at < seq) this.tell(line);
    }
    const all = [...new Set([...this.lines].filter((one) => one.client).map((one) => one.person))];
    this.send(line, { kind: "here", all, joined: [], left: [] });
  }

  private change(line: Line, number: number, ops: readonly Op[]): void {
    const key = `${line.client}:${number}`;
    const known = this.accepted.get(key);
    if (known !== undefined) {
      this.send(line, { kind: "confirm", number, seq: known });
      return;
    }
    const fault = this.fault(ops);
    if (fault) {
      this.send(line, { kind: "refuse", number, code: fault, parameters: {} });
      return;
    }
    this.append(line.client, number, line.person, ops);
    for (const one of this.lines) if (one.client && this.world.random() < 0.7) this.tell(one);
    this.world.after(3, () => {
      for (const one of this.lines) if (one.client) this.tell(one);
    });
  }

  /** SPEC 2.2, 2.3, as far as these tests need them. */
  private fault(ops: readonly Op[]): string | null {
    for (const op of ops) {
      if (op.op === "put" && op.record.id.startsWith("forbidden")) return "forbidden";
      if (op.op === "patch" && op.ids.some((id) => !this.table.get(id))) return "unknown-record";
      if (op.op !== "append") continue;
      const record = this.table.get(op.id);
      if (record?.type !== "item") return "unknown-record";
      if (new TextEncoder().encode(record.text).length !== op.at) return "bad-offset";
    }
    return null;
  }

  private append(client: string, number: number, author: string, ops: readonly Op[]): void {
    const seq = this.log.length + 1;
    const time = this.now();
    const stamped = ops.map((op): Op => {
      if (op.op !== "put") return op;
      const before = this.table.get(op.record.id);
      const stamps = { author: before?.author ?? author, time: before?.time ?? time };
      return { ...op, record: { ...op.record, ...stamps } };
    });
    this.table.apply(stamped);
    this.log.push({ seq, tag: this.tags.get(client) ?? 0, number, author, time, ops: stamped, client });
    if (client) this.accepted.set(`${client}:${number}`, seq);
  }

  /** Everything that a line has not been told, in one or two pieces of one tick. */
  private tell(line: Line): void {
    const entries = this.log.slice(line.upto);
    if (entries.length === 0) return;
    line.upto = this.log.length;
    const cut = Math.floor(this.world.random() * (entries.length + 1));
    const mark = this.mark(line.upto);
    if (cut) this.send(line, { kind: "changes", upto: 0, mark, entries: entries.slice(0, cut) });
    this.send(line, { kind: "changes", upto: line.upto, mark, entries: entries.slice(cut) });
  }
}

export function open(
  page: Page,
  person: string,
  store?: Storage,
  more: Partial<SessionOptions> = {},
): ClassSession {
  const token = `abcdefghij.${person}.secret`;
  return new ClassSession({ url: "ws://class/", token, ...(store ? { store } : {}), ...more }, page);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
