/**
 * Who is connected, and the latest of each that is not worth keeping: cursor, view, what they are editing or making.
 *
 * Outgoing presence is the latest value, sampled: staff 20 times a second, students 5. A figure that is being made is said
 * again while it rests, so that it does not end by silence (SPEC 5.15). Nothing may depend on any of it arriving.
 */

import { type DraftFigure, type Here, PRESENCE, type Presence } from "../core/schema";
import type { SessionEvents } from "./contract";
import type { Surroundings } from "./surroundings";

const STAFF = 50;
const STUDENT = 200;
/** Milliseconds after which a figure at rest is said again. */
const AGAIN = 2_000;
/** Corners to a KiB: a figure of more is said less often, as it would be passed on. */
const HEAVY = 50;

export interface PeopleEvents {
  send(presence: Presence): void;
  heard(news: SessionEvents["presence"]): void;
  made(news: SessionEvents["draft"]): void;
  here(ids: ReadonlySet<string>): void;
}

export class People {
  readonly connected = new Set<string>();
  readonly latest = new Map<string, Presence>();
  /** Figures that are being made, by person. */
  readonly drafts = new Map<string, DraftFigure>();
  private own: Presence = PRESENCE; // all that was said
  private next: Presence | null = null; // what is yet to be said
  private making: DraftFigure | null = null; // one's own figure, neither done nor given up
  private draft: DraftFigure | "off" | null = null; // what of it is yet to be said
  private last = ""; // id of the latest that was made here
  private readonly mine = new Set<string>(); // ids of all that were
  private every = STUDENT;
  private online = false;
  private waiting = false;
  private cancelTimer: () => void = () => {};
  private cancelAgain: () => void = () => {};

  constructor(
    private readonly around: Surroundings,
    private readonly events: PeopleEvents,
  ) {}

  /** One's own, as far as it has changed. */
  show(presence: Partial<Presence>): void {
    const { draft, ...rest } = presence;
    if (draft) this.make(draft);
    if (Object.keys(rest).length === 0) return;
    this.own = merged(this.own, rest);
    if (!this.online) return;
    this.next = merged(this.next ?? { ...PRESENCE, copy: this.own.copy }, rest);
    if (!this.waiting) this.sample();
  }

  private make(draft: DraftFigure | "off"): void {
    this.cancelAgain();
    this.making = draft === "off" ? null : draft;
    if (draft !== "off") {
      this.last = draft.id;
      this.mine.add(draft.id);
    }
    if (!this.online) return;
    this.draft = draft;
    if (!this.waiting) this.sample();
    if (draft !== "off") this.cancelAgain = this.around.after(AGAIN, () => this.make(draft));
  }

  /** A record has that id here: what it was made from is said no more, and stays in others' sight until they have it. */
  done(id: string): void {
    if (this.making?.id !== id) return;
    this.cancelAgain();
    this.making = null;
    this.draft = null;
  }

  /** It will not become a record. */
  refused(id: string): void {
    if (this.last === id && !this.making) this.make("off");
  }

  /** What somebody makes, as it is now. This window's own comes back too. */
  see(person: string, draft: DraftFigure | "off"): void {
    if (draft === "off") this.leave(person);
    else if (!this.mine.has(draft.id)) {
      this.drafts.set(person, draft);
      this.events.made({ person, draft });
    }
  }

  /** Records with these ids have come. */
  arrived(has: (id: string) => boolean): void {
    for (const [person, { id }] of this.drafts) if (has(id)) this.leave(person);
  }

  private leave(person: string): void {
    if (this.drafts.delete(person)) this.events.made({ person, draft: null });
  }

  /** Somebody else's cursor and the like. */
  hear(presence: Presence): void {
    const { person } = presence;
    // Who leads leads to the same place whatever copy they look at meanwhile.
    const before = this.latest.get(person) ?? { ...PRESENCE, person };
    const places = presence.cursor !== null || presence.editing !== null;
    const now = merged(before, { ...presence, copy: places ? presence.copy : before.copy });
    if (!now.view) now.view = before.view;
    this.latest.set(person, now);
    this.events.heard({ person, presence: now });
  }

  come({ all, joined, left }: Here): void {
    if (all) this.connected.clear();
    for (const id of [...(all ?? []), ...joined]) this.connected.add(id);
    for (const id of left) this.connected.delete(id);
    for (const person of [...this.latest.keys()]) if (!this.connected.has(person)) this.forget(person);
    for (const person of [...this.drafts.keys()]) if (!this.connected.has(person)) this.leave(person);
    this.events.here(this.connected);
  }

  reconnected(staff: boolean): void {
    this.every = staff ? STAFF : STUDENT;
    this.online = true;
    this.next = this.own === PRESENCE ? null : this.own;
    if (this.making) this.make(this.making);
    if (!this.waiting) this.sample();
  }

  disconnected(): void {
    this.online = false;
    this.waiting = false;
    this.next = this.draft = null;
    this.cancelTimer();
    this.cancelAgain();
    for (const person of [...this.drafts.keys()]) this.leave(person);
    for (const person of [...this.latest.keys()]) this.forget(person);
    if (this.connected.size === 0) return;
    this.connected.clear();
    this.events.here(this.connected);
  }

  private forget(person: string): void {
    this.latest.delete(person);
    this.events.heard({ person, presence: null });
  }

  private sample(): void {
    const { next, draft } = this;
    this.waiting = next !== null || draft !== null;
    if (!this.waiting) return;
    this.next = this.draft = null;
    this.events.send({ ...(next ?? PRESENCE), person: "", draft });
    const heavy = draft && draft !== "off" ? Math.floor(draft.corners.length / HEAVY) : 0;
    this.cancelTimer = this.around.after(this.every * (1 + heavy), () => this.sample());
  }
}

/** Absent fields (null, undefined) are unchanged; on another copy than before, nothing of before holds (SPEC 5.12). */
function merged(earlier: Presence, more: Partial<Presence>): Presence {
  const copy = more.copy ?? earlier.copy;
  const before =
    copy === earlier.copy ? earlier : { ...earlier, copy, cursor: null, view: null, editing: null };
  const said = Object.fromEntries(
    (["cursor", "view", "editing", "typing"] as const).flatMap((name) => {
      const value = more[name];
      return value === null || value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...before, ...said };
}
