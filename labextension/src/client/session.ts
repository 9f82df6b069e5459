/**
 * One window's place in one class: the `Session` of `contract.ts`.
 *
 * It joins the parts: `socket` (connection), `outbox` (what is not confirmed), the table, undo, live strokes and
 * presence. It promises what the contract says: a change shows at once and reaches the server exactly once or is rolled
 * back and told of. Everything that happens is told after the state is right. It never touches the DOM.
 */

import type {
  AnyMessage,
  AnyRecord,
  Changes,
  Confirm,
  Hello,
  Ink,
  Limits,
  Op,
  Person,
  Presence,
  Refuse,
  Role,
  Seen,
  Snapshot,
  Welcome,
} from "../core/schema";
import { LIMITS, PROTOCOL } from "../core/schema";
import { type Changed, Table } from "../core/table";
import { Undo } from "../core/undo";
import { type LiveStyle, readOps, WireError, write, writeOps } from "../core/wire";
import type {
  Farewell,
  LiveStroke,
  OwnStroke,
  Session,
  SessionEvents,
  SessionOptions,
  Status,
  TableView,
} from "./contract";
import { LiveStrokes, type Pen, Stroke } from "./live";
import { Outbox, parts, randomId } from "./outbox";
import { People } from "./presence";
import { Socket } from "./socket";
import { browser, type Surroundings } from "./surroundings";

/** After a page was loaded again for a newer protocol, how long (ms) the same is not tried once more. */
const UPGRADED = 60_000;

type Listeners = { [K in keyof SessionEvents]: Set<(news: SessionEvents[K]) => void> };
interface Early {
  ops: Op[];
  undo: string | undefined;
}

/** Opens a session; it connects by itself, and is `connecting` until the first table is there. */
export function openSession(options: SessionOptions, around: Surroundings = browser()): Session {
  return new ClassSession(options, around);
}

export class ClassSession implements Session, Pen {
  readonly table: TableView;
  status: Status = "connecting";
  farewell: Farewell | null = null;
  classId = "";
  me: Session["me"] = null;
  limits: Limits = LIMITS;
  connection = 0;
  private connections = 0;
  private readonly records = new Table();
  private readonly undoing = new Undo((id) => this.records.get(id));
  private readonly socket: Socket;
  private readonly others: LiveStrokes;
  private readonly people: People;
  private readonly ownLive = new Set<string>(); // ids of strokes drawn here, as long as they may come back
  private readonly ownHandles = new Map<number, string>(); // the server's handle -> one's own stroke
  private readonly listeners: Listeners = {
    table: new Set(),
    status: new Set(),
    live: new Set(),
    presence: new Set(),
    here: new Set(),
    refused: new Set(),
    undo: new Set(),
  };
  private outbox: Outbox | null = null;
  private early: Early[] = []; // changes made before the outbox was open
  private token: string | null;
  private tokenRetried = false;
  private last: { seq: number; mark: Uint8Array } | null = null;
  private tick: Seen[] = []; // entries that wait for the end of their tick
  private pieces: Uint8Array[] = [];
  private held: AnyMessage[] | null = null; // what came while a snapshot is inflated
  private confirmedAt = new Map<number, number>(); // number -> seq that is still to come
  private cleared = new Map<string, number>();
  private handles = 0;

  constructor(
    private readonly options: SessionOptions,
    readonly around: Surroundings,
  ) {
    this.table = this.records;
    this.token = typeof options.token === "string" ? options.token : null;
    if (this.token) this.classId = classOf(this.token);
    this.others = new LiveStrokes(around, (stroke) => this.emit("live", stroke));
    this.people = new People(around, {
      send: (presence) => this.socket.send([{ kind: "presence", ...presence }], this.limits.frame),
      heard: (news) => this.emit("presence", news),
      here: (ids) => this.emit("here", ids),
    });
    this.socket = new Socket(options.url, around, {
      hello: () => this.hello(),
      message: (message) => this.receive(message),
      down: (garbled) => this.down(garbled),
      farewell: (farewell) => {
        if (this.retryToken(farewell)) return true;
        this.ended(farewell);
        return false;
      },
    });
    this.socket.connect();
  }

  // -- what is

  get self(): Person | undefined {
    const record = this.me ? this.records.get(this.me.person) : undefined;
    return record?.type === "person" ? record : undefined;
  }

  private get role(): Role | undefined {
    return this.self?.role ?? this.me?.role;
  }

  get staff(): boolean {
    return this.role === "teacher" || this.role === "assistant";
  }

  get here(): ReadonlySet<string> {
    return this.people.connected;
  }

  get presence(): ReadonlyMap<string, Presence> {
    return this.people.latest;
  }

  get live(): ReadonlyMap<string, LiveStroke> {
    return this.others.strokes;
  }

  get pending(): number {
    return (this.outbox?.size ?? 0) + this.early.length;
  }

  get buffered(): number {
    return this.socket.buffered;
  }

  now(): number {
    return this.socket.now();
  }

  newId(): string {
    return randomId(this.around, 16);
  }

  newHandle(): number {
    this.handles = (this.handles + 1) % 1024;
    return this.handles;
  }

  top(page: string): string | null {
    const drawables = this.records.onPage(page);
    const topmost = drawables[drawables.length - 1];
    return topmost && "z" in topmost ? topmost.z : null;
  }

  /** SPEC 4.3. */
  mayDraw(page: string): boolean {
    const where = this.records.get(page);
    const role = this.role;
    if (where?.type !== "page" || where.gone || !role || role === "observer") return false;
    if (this.staff) return true;
    if (where.locked || where.audience === "staff") return false;
    const own = this.self?.draw ?? "";
    if (own === "no") return false;
    if (where.audience === "each") return true;
    const [course] = this.records.ofType("class");
    return course?.draw === "all" || (course?.draw === "chosen" && own === "yes");
  }

  on<K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void): () => void {
    this.listeners[event].add(listener);
    return () => this.listeners[event].delete(listener);
  }

  // -- changing

  change(ops: Op[], options: { undo?: string } = {}): void {
    if (this.status === "closed" || ops.length === 0) return;
    if (!this.outbox) {
      this.early.push({ ops, undo: options.undo });
      return;
    }
    this.make(ops, options.undo, []);
  }

  undo(page: string): boolean {
    return this.turn(page, this.undoing.undo(page));
  }

  redo(page: string): boolean {
    return this.turn(page, this.undoing.redo(page));
  }

  canUndo(page: string): boolean {
    return this.undoing.canUndo(page);
  }

  canRedo(page: string): boolean {
    return this.undoing.canRedo(page);
  }

  begin(page: string, style: LiveStyle, copy?: string): OwnStroke {
    const where = this.records.get(page);
    const each = where?.type === "page" && where.audience === "each";
    const own = each && !this.staff ? (this.me?.person ?? "") : "";
    const stroke = new Stroke(this, page, each ? (copy ?? own) : "", style);
    this.ownLive.add(stroke.id);
    return stroke;
  }

  show(presence: Partial<Presence>): void {
    this.people.show(presence);
  }

  close(): void {
    if (this.status !== "closed") this.ended({ code: "closed", reason: "" });
  }

  private turn(page: string, ops: Op[]): boolean {
    if (ops.length) this.make(ops, undefined, []);
    this.emit("undo", { page });
    return ops.length > 0;
  }

  // -- what strokes need (Pen)

  send(messages: readonly AnyMessage[]): void {
    this.socket.send(messages, this.limits.frame);
  }

  write(inks: readonly Ink[], first: readonly AnyMessage[]): void {
    if (this.status === "closed") return;
    const ops = inks.map((record): Op => ({ op: "put", record }));
    if (this.outbox) this.make(ops, inks[0]?.page, first);
    else this.early.push({ ops, undo: inks[0]?.page });
  }

  /** Applies, numbers, keeps and sends. */
  private make(asked: readonly Op[], undo: string | undefined, first: readonly AnyMessage[]): void {
    // Written and read back, an operation is what the server will make of it: rounded, its defaults filled in.
    const ops = readOps(writeOps(asked)).map((op) => this.stamped(op));
    const split = parts(ops, this.limits);
    if (!split) {
      this.send(first);
      this.emit("refused", { code: "too-large", parameters: {}, ops: [...ops] });
      return;
    }
    const ended = this.undoing.crossed(ops);
    if (undo !== undefined) this.undoing.remember(undo, ops);
    const changed = split.map((part) => this.records.lay(this.outbox!.add(part).number, part));
    this.flush(first);
    for (const one of changed) this.tell(one, false);
    for (const page of new Set([...ended, ...(undo === undefined ? [] : [undo])]))
      this.emit("undo", { page });
  }

  /** As the server will stamp it, so that it looks right until then. */
  private stamped(op: Op): Op {
    if (op.op !== "put") return op;
    const before = this.records.get(op.record.id);
    const author = before?.author || op.record.author || this.me?.person || "";
    return { ...op, record: { ...op.record, author, time: before?.time || op.record.time || this.now() } };
  }

  /** Sends what may go out. */
  private flush(first: readonly AnyMessage[] = []): void {
    if (!this.socket.ready || !this.outbox) return;
    const due = this.outbox.due().map((one) => one.message);
    this.socket.sendWritten([...first.map(write), ...due], this.limits.frame);
  }

  // -- the connection

  private async hello(): Promise<Hello> {
    if (this.token === null && typeof this.options.token === "function")
      this.token = await this.options.token();
    const token = this.token ?? "";
    this.classId = classOf(token);
    if (!this.outbox) {
      const outbox = await Outbox.open(this.options.store ?? null, this.classId, this.around);
      if (this.status === "closed") outbox.close();
      else this.adopt(outbox);
    }
    const last = this.last && { seq: this.last.seq, mark: hex(this.last.mark) };
    const { client = "", first = 1 } = this.outbox ?? {};
    return { kind: "hello", protocol: PROTOCOL, client, token, last, pending: first };
  }

  private adopt(outbox: Outbox): void {
    this.outbox = outbox;
    for (const { number, ops } of outbox) this.records.lay(number, ops);
    const early = this.early;
    this.early = [];
    for (const { ops, undo } of early) this.make(ops, undo, []);
  }

  private down(garbled: boolean): void {
    if (garbled) this.last = null;
    this.connection = 0;
    this.tick = [];
    this.pieces = [];
    this.held = null;
    this.ownHandles.clear();
    this.ownLive.clear();
    this.outbox?.rewind();
    this.others.clear();
    this.people.disconnected();
    if (this.status === "live") this.become("reconnecting");
  }

  private ended(farewell: Farewell): void {
    if (this.status === "closed") return;
    this.socket.close();
    this.down(false);
    this.outbox?.close();
    this.farewell = farewell;
    this.become("closed");
    if (farewell.code === "upgrade") this.upgrade();
  }

  /** A token that may be asked for anew is, once. */
  private retryToken(farewell: Farewell): boolean {
    if (farewell.code !== "bad-token" || typeof this.options.token !== "function" || this.tokenRetried)
      return false;
    this.tokenRetried = true;
    this.token = null;
    return true;
  }

  /** Loads the page again, what is pending being kept; once, lest an old server and a new page go round for ever. */
  private upgrade(): void {
    const key = "classroom.upgraded";
    try {
      const store = this.options.store;
      if (this.around.wall() - Number(store?.getItem(key) ?? 0) < UPGRADED) return;
      store?.setItem(key, String(this.around.wall()));
    } catch {
      return;
    }
    (this.options.upgrade ?? this.around.reload)();
  }

  private become(status: Status): void {
    if (this.status === status || this.status === "closed") return;
    this.status = status;
    this.emit("status", status);
  }

  // -- what comes

  private receive(message: AnyMessage): void {
    if (this.held) {
      this.held.push(message);
      return;
    }
    switch (message.kind) {
      case "welcome":
        this.welcome(message);
        break;
      case "snapshot":
        this.snapshot(message);
        break;
      case "changes":
        this.changes(message);
        break;
      case "confirm":
        this.confirm(message);
        break;
      case "refuse":
        this.refuse(message);
        break;
      case "reset":
        this.pieces = [];
        this.tick = [];
        break;
      case "here":
        this.people.hear(message);
        break;
      case "presence":
        if (message.person !== this.me?.person) this.people.see(message);
        break;
      case "live-start":
        if (this.ownLive.has(message.id)) this.ownHandles.set(message.handle, message.id);
        else this.others.start(message);
        break;
      case "live-points":
        if (!this.ownHandles.has(message.handle)) this.others.points(message);
        break;
      case "live-end":
        if (this.ownHandles.has(message.handle)) {
          this.ownLive.delete(this.ownHandles.get(message.handle)!);
          this.ownHandles.delete(message.handle);
        } else this.others.end(message);
    }
  }

  private welcome(welcome: Welcome): void {
    this.classId = welcome.class_id;
    this.me = { person: welcome.person, role: welcome.role, tag: welcome.tag };
    this.limits = welcome.limits;
    this.connection = ++this.connections;
    this.tokenRetried = false;
    if (welcome.resumed) this.arrived();
    this.flush();
  }

  /** The table is the class's: what is pending can be seen on top of it. */
  private arrived(): void {
    this.become("live");
    this.people.reconnected(this.staff);
  }

  private snapshot({ seq, mark, last, data }: Snapshot): void {
    this.pieces.push(data);
    if (!last) return;
    const [pieces, connection] = [this.pieces, this.connection];
    this.pieces = [];
    this.tick = [];
    this.held = [];
    this.around.inflate(pieces).then(
      (bytes) => {
        if (connection === this.connection) this.restore(seq, mark, bytes);
      },
      (error: unknown) => {
        if (connection !== this.connection) return;
        const old = error instanceof ReferenceError; // no DecompressionStream
        if (old)
          this.ended({
            code: "old-browser",
            reason: "This browser is too old. Open the link in a newer one.",
          });
        else this.again();
      },
    );
  }

  /** What the server said cannot be read: a new connection, and a whole table. */
  private again(): void {
    this.down(true);
    this.socket.connect();
  }

  private restore(seq: number, mark: Uint8Array, bytes: Uint8Array): void {
    try {
      const puts = readOps(bytes).flatMap((op) => (op.op === "put" ? [op.record] : []));
      this.records.replace(puts);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.again();
      return;
    }
    this.reach(seq, mark);
    const ended = this.undoing.checkCleared(this.cleared);
    this.cleared = new Map(this.records.ofType("page").map((page) => [page.id, page.cleared]));
    for (const id of [...this.others.strokes.keys()]) if (this.records.get(id)) this.others.leave(id);
    this.arrived();
    this.emit("table", { reset: true, put: new Set(), removed: new Map() });
    for (const page of ended) this.emit("undo", { page });
    const held = this.held ?? [];
    this.held = null;
    for (const message of held) this.receive(message);
  }

  private changes({ upto, mark, entries }: Changes): void {
    this.tick.push(...entries);
    if (upto === 0) return;
    if (this.last && upto <= this.last.seq) {
      this.tick = []; // from before the snapshot
      return;
    }
    const tick = this.tick.filter((entry) => entry.seq > (this.last?.seq ?? 0));
    this.tick = [];
    const all: Changed = { put: new Set(), removed: new Map() };
    const ended: string[] = [];
    for (const entry of tick) {
      const own = entry.tag === this.me?.tag ? this.outbox?.remove(entry.number)?.number : undefined;
      if (own === undefined) ended.push(...this.undoing.crossed(entry.ops));
      join(all, this.records.apply(entry.ops, own));
    }
    join(all, this.reach(upto, mark));
    this.flush();
    this.tell(all, true);
    for (const page of ended) this.emit("undo", { page });
  }

  /** The table is complete through `seq`: what was confirmed up to there needs no laying on top any more. */
  private reach(seq: number, mark: Uint8Array): Changed {
    this.last = { seq, mark };
    const all: Changed = { put: new Set(), removed: new Map() };
    for (const [number, at] of this.confirmedAt) {
      if (at > seq) continue;
      this.confirmedAt.delete(number);
      join(all, this.records.lift(number));
    }
    return all;
  }

  private confirm({ number, seq }: Confirm): void {
    if (!this.outbox?.remove(number)) return;
    this.confirmedAt.set(number, seq);
    this.flush();
    if (this.last && seq <= this.last.seq) this.tell(this.reach(this.last.seq, this.last.mark), true);
  }

  private refuse({ number, code, parameters }: Refuse): void {
    const refused = this.outbox?.remove(number);
    if (!refused) return;
    const changed = this.records.lift(number);
    this.flush();
    this.tell(changed, true);
    this.emit("refused", { code, parameters, ops: [...refused.ops] });
  }

  // -- telling

  private tell(changed: Changed, undoToo: boolean): void {
    if (changed.put.size === 0 && changed.removed.size === 0) return;
    for (const id of changed.put) {
      const record = this.records.get(id) as AnyRecord;
      if (record.type === "page") this.cleared.set(id, record.cleared);
      if (record.type === "ink") this.others.leave(id);
    }
    this.emit("table", { reset: false, ...changed });
    if (!undoToo) return;
    for (const page of this.undoing.concerned([...changed.put, ...changed.removed.keys()]))
      this.emit("undo", { page });
  }

  private emit<K extends keyof SessionEvents>(event: K, news: SessionEvents[K]): void {
    for (const listener of [...this.listeners[event]]) {
      try {
        listener(news);
      } catch (error) {
        // One panel's fault must not keep another from its news; it is still reported as uncaught.
        this.around.after(0, () => {
          throw error;
        });
      }
    }
  }
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

/** `{class id}.{person id}.{secret}` (SPEC 6.1) */
function classOf(token: string): string {
  return token.split(".")[0] ?? "";
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
