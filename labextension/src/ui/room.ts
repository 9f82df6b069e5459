/**
 * What the components of one panel share: the session, the way to the server over HTTP, the board, and the layers that
 * lie above the page. One `Room` belongs to one mounted panel; nothing here outlives it or is shared between panels.
 *
 * Components reach it with `useRoom` and re-render by the hooks of this file, each of which listens to the one thing that
 * it names: people do not draw again because a cursor moved.
 */

import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import type { Board, BoardState } from "../board";
import { Assets } from "../client/assets";
import type { Session, Status, TableNews } from "../client/contract";
import type { Door } from "../client/door";
import type { Class, RecordOf, RecordType } from "../core/schema";
import { Chosen } from "./chosen";
import type { MathStyles } from "./math";
import { Notices } from "./notices";

export type Layout = "wide" | "narrow" | "phone";

/** Things that lie above the page, the latest on top. Esc closes the topmost only. */
export class Layers {
  private readonly open: (() => void)[] = [];

  /** @returns a function that takes the layer off the pile (without closing it) */
  add(close: () => void): () => void {
    this.open.push(close);
    return () => {
      const at = this.open.indexOf(close);
      if (at >= 0) this.open.splice(at, 1);
    };
  }

  /** Closes the topmost; false when there is none. */
  closeTop(): boolean {
    const close = this.open[this.open.length - 1];
    close?.();
    return close !== undefined;
  }
}

/** A value that others may watch. */
export class Cell<T> {
  private readonly watchers = new Set<() => void>();
  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher();
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

/** The join link as it works from anywhere, and the spoken code ("" while it is not shown). */
export interface Invitation {
  link: string;
  code: string;
}

export class Room {
  readonly layers = new Layers();
  readonly notices = new Notices();
  /** The board, while one is on the page. */
  readonly board = new Cell<Board | null>(null);
  readonly boardState = new Cell<BoardState | null>(null);
  /** What this person draws with. */
  readonly chosen = new Chosen();
  /** Are the pages shown beside the board? */
  readonly strip = new Cell(false);
  /** What a screen reader is told, politely. */
  readonly said = new Cell("");
  /** Why nothing can be saved at present (the code of the latest refusal); "" while what is done here is saved. */
  readonly unsaved = new Cell("");
  /** The page whose private copies are being walked through ("": none); staff only. */
  readonly walking = new Cell("");
  /** Counts the times that someone asked for the pen from a notice: a phone then shows its drawing layout. */
  readonly penWanted = new Cell(0);
  /** What lets others in; staff only, and only where the surface knows it. */
  readonly invitation = new Cell<Invitation | null>(null);
  /** Whom this window has sent away: they stay in the list of those who are away, marked. */
  readonly removed = new Cell<ReadonlySet<string>>(new Set());
  /** The PDF that is being imported, or "" for the dialog that asks for one. */
  readonly importing = new Cell<File | "" | null>(null);
  /** Id of the picture that is being described; "" while none is. */
  readonly describing = new Cell("");
  readonly assets: Assets;
  /** When the class was opened, by the server's clock in milliseconds; 0 where that is not known. */
  since = 0;
  /** The element that popovers and dialogs are laid over. */
  root: HTMLElement | null = null;

  constructor(
    readonly session: Session,
    readonly door: Door,
    readonly mathStyles: MathStyles = { href: "" },
  ) {
    this.assets = new Assets(door);
  }

  get staff(): boolean {
    return this.session.staff;
  }
}

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("a part of a panel was mounted outside of one");
  return room;
}

export function useCell<T>(cell: Cell<T>): T {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useLayoutEffect(() => cell.watch(() => again(0)), [cell]);
  return cell.get();
}

/** The board's state; re-renders when any of it changes. */
export function useBoardState(): BoardState | null {
  return useCell(useRoom().boardState);
}

/** Does this news touch records of the type? */
function touches(session: Session, news: TableNews, type: RecordType): boolean {
  if (news.reset) return true;
  for (const id of news.put) if (session.table.get(id)?.type === type) return true;
  for (const record of news.removed.values()) if (record.type === type) return true;
  return false;
}

/** All records of a type, in their order. The array is a new one exactly when one of them changed. */
export function useRecords<T extends RecordType>(type: T): RecordOf<T>[] {
  const { session } = useRoom();
  const read = () => session.table.ofType(type) as RecordOf<T>[];
  const [records, set] = useState(read);
  useLayoutEffect(() => {
    set(read());
    return session.on("table", (news) => {
      if (touches(session, news, type)) set([...read()]);
    });
  }, [session, type]);
  return records;
}

/** The class record, or null before it has come. */
export function useClass(): Class | null {
  const all = useRecords("class");
  return all[0] ?? null;
}

/** Names of the people by id: changes only when somebody's name, role or colour could have. */
export function usePeople(): ReadonlyMap<string, RecordOf<"person">> {
  const people = useRecords("person");
  return useMemo(() => new Map(people.map((person) => [person.id, person])), [people]);
}

export function useStatus(): Status {
  const { session } = useRoom();
  const [status, set] = useState<Status>(session.status);
  useLayoutEffect(() => {
    set(session.status);
    return session.on("status", set);
  }, [session]);
  return status;
}

export function useHere(): ReadonlySet<string> {
  const { session } = useRoom();
  const [here, set] = useState<ReadonlySet<string>>(() => new Set(session.here));
  useLayoutEffect(() => {
    set(new Set(session.here));
    // While connected oneself is always in it: an empty list only says that the connection is away.
    return session.on("here", (ids) => {
      if (ids.size) set(new Set(ids));
    });
  }, [session]);
  return here;
}

/** The class's clock, to the step: for words such as "2 min". */
export function useNow(step = 30_000): number {
  const { session } = useRoom();
  const [now, set] = useState(() => session.now());
  useEffect(() => {
    const timer = setInterval(() => set(session.now()), step);
    return () => clearInterval(timer);
  }, [session, step]);
  return now;
}

/** How much room the panel has; `phone` and `narrow` are widths in CSS px below which the layout changes. */
export function useLayout(node: HTMLElement | null, phone: number, narrow: number): Layout {
  const [layout, set] = useState<Layout>("wide");
  useLayoutEffect(() => {
    if (!node) return;
    const measure = (width: number) => set(width < phone ? "phone" : width < narrow ? "narrow" : "wide");
    if (node.clientWidth) measure(node.clientWidth);
    const observer = new ResizeObserver((entries) => {
      const width = entries[entries.length - 1]?.contentRect.width ?? 0;
      if (width) measure(width);
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [node, phone, narrow]);
  return layout;
}

/** The latest of a value, for listeners that are bound once. */
export function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value);
  ref.current = value;
  return ref;
}

/** The pages that are on the board, in order. */
export function usePages(): RecordOf<"page">[] {
  const pages = useRecords("page");
  return useMemo(() => pages.filter((page) => !page.gone), [pages]);
}

/** How many of these appeared since they were last looked at (while `open`, none). */
export function useUnseen(records: readonly { id: string; author: string }[], open: boolean): number {
  const { session } = useRoom();
  const seen = useRef<Set<string> | null>(null);
  const [, again] = useReducer((n: number) => n + 1, 0);
  const live = useStatus() === "live";
  useLayoutEffect(() => {
    // What was there on arrival is history, not news.
    if (open || (seen.current === null && live)) {
      seen.current = new Set(records.map((record) => record.id));
      again(0);
    }
  }, [records, open, live]);
  if (open || seen.current === null) return 0;
  const mine = session.me?.person;
  let count = 0;
  for (const record of records) if (!seen.current.has(record.id) && record.author !== mine) count++;
  return count;
}
