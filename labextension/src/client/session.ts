/**
 * One window's place in one class: the `Session` of `contract.ts`.
 *
 * It joins the parts: `socket` (connection), `replica` (table, what is not confirmed, undo), live strokes, presence. It
 * promises what the contract says: a change shows at once and reaches the server exactly once or is rolled back and told
 * of. Everything that happens is told after the state is right. It never touches the DOM.
 */

import { isStaff, mayDraw } from "../core/policy";
import {
  type AnyMessage,
  type DraftFigure,
  type Hello,
  type Ink,
  LIMITS,
  type Limits,
  type Op,
  type Person,
  PROTOCOL,
  type Presence,
  type Role,
  type Snapshot,
  type Welcome,
} from "../core/schema";
import { topOf } from "../core/table";
import { type LiveStyle, WireError, write } from "../core/wire";
import type {
  ChangeOptions,
  Farewell,
  LiveStroke,
  OwnStroke,
  Session,
  SessionEvents,
  SessionOptions,
  Status,
  TableNews,
  TableView,
} from "./contract";
import { LiveStrokes, type Pen, Stroke } from "./live";
import { Outbox, randomId } from "./outbox";
import { People } from "./presence";
import { Replica } from "./replica";
import { Socket } from "./socket";
import { browser, type Surroundings } from "./surroundings";

/** After a page was loaded again for a newer protocol, how long (ms) the same is not tried once more. */
const UPGRADED = 60_000;

type Listeners = { [K in keyof SessionEvents]: Set<(news: SessionEvents[K]) => void> };
interface Early {
  ops: Op[];
  options: ChangeOptions;
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
  private readonly replica: Replica;
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
    draft: new Set(),
    here: new Set(),
    refused: new Set(),
    saved: new Set(),
    undo: new Set(),
  };
  private early: Early[] = []; // changes made before the outbox was open
  private token: string | null;
  private tokenRetried = false;
  private pieces: Uint8Array[] = [];
  private held: AnyMessage[] | null = null; // what came while a snapshot is inflated
  private handles = 0;

  constructor(
    private readonly options: SessionOptions,
    readonly around: Surroundings,
  ) {
    this.replica = new Replica({
      flush: (first) => this.flush(first),
      table: (news) => this.tableChanged(news),
      undo: (page) => this.emit("undo", { page }),
      refused: (news) => {
        for (const op of news.ops) if (op.op === "put") this.people.refused(op.record.id);
        this.emit("refused", news);
      },
      saved: () => this.emit("saved", this.pending),
    });
    this.table = this.replica.table;
    this.token = typeof options.token === "string" ? options.token : null;
    if (this.token) this.classId = classOf(this.token);
    this.others = new LiveStrokes(around, (stroke) => this.emit("live", stroke));
    this.people = new People(around, {
      send: (presence) => this.socket.send([{ kind: "presence", ...presence }], this.limits.frame),
      heard: (news) => this.emit("presence", news),
      made: (news) => this.emit("draft", news),
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
    const record = this.me ? this.table.get(this.me.person) : undefined;
    return record?.type === "person" ? record : undefined;
  }

  private get role(): Role | undefined {
    return this.self?.role ?? this.me?.role;
  }

  get staff(): boolean {
    return isStaff(this.role);
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

  get drafts(): ReadonlyMap<string, DraftFigure> {
    return this.people.drafts;
  }

  get pending(): number {
    return (this.replica.outbox?.size ?? 0) + this.early.length;
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

  top(page: string, copy = ""): string | null {
    return topOf(this.table.onPage(page), copy);
  }

  /** SPEC 4.3. */
  mayDraw(page: string): boolean {
    const where = this.table.get(page);
    const [course] = this.table.ofType("class");
    return where?.type === "page" && mayDraw(course, where, this.role, this.self?.draw ?? "");
  }

  on<K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void): () => void {
    this.listeners[event].add(listener);
    return () => this.listeners[event].delete(listener);
  }

  // -- changing

  change(ops: Op[], options: ChangeOptions = {}): void {
    if (this.status === "closed" || ops.length === 0) return;
    this.make(ops, options);
  }

  undo(page: string, copy?: string): boolean {
    return this.turn(page, this.replica.undoing.undo(page, copy));
  }

  redo(page: string, copy?: string): boolean {
    return this.turn(page, this.replica.undoing.redo(page, copy));
  }

  canUndo(page: string, copy?: string): boolean {
    return this.replica.undoing.canUndo(page, copy);
  }

  canRedo(page: string, copy?: string): boolean {
    return this.replica.undoing.canRedo(page, copy);
  }

  begin(page: string, style: LiveStyle, copy?: string): OwnStroke {
    const where = this.table.get(page);
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
    if (ops.length) this.make(ops, {});
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
    const [ink] = inks;
    this.make(ops, ink ? { undo: ink.page } : {}, first);
  }

  private make(ops: Op[], options: ChangeOptions, first: readonly AnyMessage[] = []): void {
    const stamp = { person: this.me?.person ?? "", time: this.now() };
    for (const op of ops) if (op.op === "put") this.people.done(op.record.id);
    if (this.replica.outbox) this.replica.make(ops, options, stamp, this.limits, first);
    else this.early.push({ ops, options });
  }

  /** Sends what may go out. */
  private flush(first: readonly AnyMessage[] = []): void {
    if (!this.socket.ready || !this.replica.outbox) return;
    const due = this.replica.outbox.due().map((one) => one.message);
    this.socket.sendWritten([...first.map(write), ...due], this.limits.frame);
  }

  // -- the connection

  private async hello(): Promise<Hello> {
    if (this.token === null && typeof this.options.token === "function")
      this.token = await this.options.token();
    const token = this.token ?? "";
    this.classId = classOf(token);
    if (!this.replica.outbox) {
      const outbox = await Outbox.open(this.options.store ?? null, this.classId, this.around);
      if (this.status === "closed") outbox.close();
      else this.adopt(outbox);
    }
    const { client = "", first = 1 } = this.replica.outbox ?? {};
    return { kind: "hello", protocol: PROTOCOL, client, token, last: this.replica.last, pending: first };
  }

  private adopt(outbox: Outbox): void {
    this.replica.adopt(outbox);
    const early = this.early;
    this.early = [];
    for (const { ops, options } of early) this.make(ops, options);
  }

  private down(garbled: boolean): void {
    if (garbled) this.replica.distrust();
    this.connection = 0;
    this.pieces = [];
    this.held = null;
    this.ownHandles.clear();
    this.ownLive.clear();
    this.replica.disconnected();
    this.others.clear();
    this.people.disconnected();
    if (this.status === "live") this.become("reconnecting");
  }

  private ended(farewell: Farewell): void {
    if (this.status === "closed") return;
    this.socket.close();
    this.replica.outbox?.close();
    this.farewell = farewell;
    this.become("closed");
    this.down(false);
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
    if (this.options.upgrade) this.options.upgrade();
    else this.around.reload();
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
        this.replica.changes(message, this.me?.tag ?? 0);
        break;
      case "confirm":
        this.replica.confirm(message);
        break;
      case "refuse":
        this.replica.refuse(message);
        break;
      case "reset":
        this.pieces = [];
        this.replica.reset();
        break;
      case "here":
        this.people.come(message);
        // It is the last that a newcomer is told (SPEC 5.3): a snapshot may be old, and what came since follows it.
        if (message.all) this.arrived();
        break;
      case "presence":
        this.heard(message);
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

  private heard(presence: Presence): void {
    const { person, draft, cursor, view, editing, typing } = presence;
    const rest = draft === null || (cursor ?? view ?? editing ?? typing) !== null;
    if (rest && person !== this.me?.person) this.people.hear(presence);
    // What this person makes in another window is shown in this one.
    if (draft === "off" || (draft && !this.table.get(draft.id))) this.people.see(person, draft);
  }

  private welcome(welcome: Welcome): void {
    this.classId = welcome.class_id;
    this.me = { person: welcome.person, role: welcome.role, tag: welcome.tag };
    this.limits = welcome.limits;
    this.connection = ++this.connections;
    this.tokenRetried = false;
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
      this.replica.restore(seq, mark, bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.again();
      return;
    }
    const held = this.held ?? [];
    this.held = null;
    for (const message of held) this.receive(message);
  }

  // -- telling

  private tableChanged(news: TableNews): void {
    // The preview of a stroke goes in the step in which its record comes, so that neither nor both are ever seen.
    const here = news.reset ? [...this.others.strokes.keys()].filter((id) => this.table.get(id)) : news.put;
    for (const id of here) this.others.leave(id);
    this.people.arrived((id) => this.table.get(id) !== undefined);
    this.emit("table", news);
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

/** `{class id}.{person id}.{secret}` (SPEC 6.1) */
function classOf(token: string): string {
  return token.split(".")[0] ?? "";
}
