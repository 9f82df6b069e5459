/**
 * What the board and the panels may ask of a class, and nothing else: the seam between `client` and everything drawn.
 *
 * One `Session` is one window's place in one class: a table (confirmed records with this window's pending changes laid on
 * top), a way to change it, and news. It promises that a change handed to `change` is applied here at once and reaches the
 * server exactly once, or is rolled back and told of by `refused`. It never touches the DOM.
 */

import type { AnyRecord, DraftFigure, Limits, Op, Person, Presence, Role } from "../core/schema";
import type { LiveStyle, PointBatch } from "../core/wire";

export type Status =
  | "connecting" // first connection, nothing to show yet
  | "live"
  | "reconnecting" // drawing goes on; what is pending is sent when back
  | "closed"; // for good: see `farewell`

export interface Farewell {
  code: string; // bad-token, removed, ended, replaced …
  reason: string;
}

/** What changed in the table, by id; `reset` means: look at everything anew. */
export interface TableNews {
  reset: boolean;
  put: ReadonlySet<string>; // made or changed
  removed: ReadonlyMap<string, AnyRecord>; // gone, with what they were
}

/** Read-only view of the records. All lists are in their proper order (order or z, then id). */
export interface TableView {
  get(id: string): AnyRecord | undefined;
  ofType<T extends AnyRecord["type"]>(type: T): Extract<AnyRecord, { type: T }>[];
  onPage(page: string): AnyRecord[]; // drawables, bottom to top
  readonly size: number;
}

/** A stroke that someone else is drawing right now, or that has ended and whose record is on its way. */
export interface LiveStroke extends LiveStyle {
  person: string;
  id: string;
  page: string;
  copy: string;
  points: number[]; // x, y, pressure triples in board units
  broken: boolean; // a gap: wait for the finished stroke
  ended: boolean;
}

/** Handle on a stroke drawn in this window. Works offline too: then only the finished stroke is sent. */
export interface OwnStroke {
  readonly id: string;
  /** Points in board units and pressure 0..1; sent in batches, at most every 33 ms. */
  add(batch: PointBatch): void;
  /** Finished: writes the ink record (and its continuations past 2,000 points) as one change. Returns the ids. */
  finish(): string[];
  cancel(): void;
  /** Others see it no more while it is drawn: something else stands for it. `finish` still writes it. */
  hush(): void;
}

export interface SessionEvents {
  table: TableNews;
  status: Status;
  live: LiveStroke; // started, grew or ended
  presence: { person: string; presence: Presence | null }; // null: left
  draft: { person: string; draft: DraftFigure | null }; // null: it is done, or given up
  here: ReadonlySet<string>; // ids of the people connected
  refused: { code: string; parameters: Record<string, unknown>; ops: Op[] };
  saved: number; // a change of this window is in the log now; how many are still pending
  undo: { page: string }; // canUndo/canRedo may have changed
}

export interface ChangeOptions {
  undo?: string;
  merge?: string;
}

export interface Session {
  readonly table: TableView;
  readonly status: Status;
  readonly farewell: Farewell | null;
  readonly classId: string;
  readonly me: { person: string; role: Role; tag: number } | null; // null before the first welcome
  readonly self: Person | undefined;
  readonly staff: boolean;
  readonly limits: Limits;
  readonly here: ReadonlySet<string>;
  readonly presence: ReadonlyMap<string, Presence>; // latest per person, own excluded
  readonly live: ReadonlyMap<string, LiveStroke>; // by stroke id, own excluded
  readonly drafts: ReadonlyMap<string, DraftFigure>; // figures being made, by person, this window's own excluded
  readonly pending: number; // changes not confirmed yet
  /** Server's clock in milliseconds, as estimated from pings. */
  now(): number;
  /** A fresh random record id. */
  newId(): string;
  /**
   * Applies optimistically and sends, cut into several changes where it is too much for one. `undo` names the page whose
   * undo list it joins as one step; absent: not undoable. Patches of the same fields of the same records with the same
   * `merge`, one after the other, are one step together.
   */
  change(ops: Op[], options?: ChangeOptions): void;
  /** One's own last step on that page, or on one private copy of it. */
  undo(page: string, copy?: string): boolean;
  redo(page: string, copy?: string): boolean;
  canUndo(page: string, copy?: string): boolean;
  canRedo(page: string, copy?: string): boolean;
  /** May this window's person draw on that page now? (a courtesy; the server decides) */
  mayDraw(page: string): boolean;
  /** `copy`: whose private copy staff write on; a student's own is meant by itself (SPEC 4.3). */
  begin(page: string, style: LiveStyle, copy?: string): OwnStroke;
  /** Sampled here: staff 20/s, students 5/s. A `draft` is said again while it is not "off" and no record has its id. */
  show(presence: Partial<Presence>): void;
  on<K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void): () => void;
  close(): void;
}

/** How a surface opens a session. `url` is the WebSocket's address, `token` the personal one. `store` keeps what must survive a reload. */
export interface SessionOptions {
  url: string; // ws:, wss:, or relative to the page
  token: string | (() => Promise<string>);
  store?: Storage; // sessionStorage, so that each window is its own
  /** Called once when the server speaks a newer protocol; absent: the page is loaded again. */
  upgrade?: () => void;
}
