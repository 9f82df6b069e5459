/**
 * Who is connected, and the latest of each that is not worth keeping: cursor, view, what they are editing.
 *
 * Outgoing presence is the latest value, sampled: staff 20 times a second, students 5. Nothing may depend on any of it
 * arriving.
 */

import { type Here, PRESENCE, type Presence } from "../core/schema";
import type { SessionEvents } from "./contract";
import type { Surroundings } from "./surroundings";

const STAFF = 50;
const STUDENT = 200;

export interface PeopleEvents {
  send(presence: Presence): void;
  heard(news: SessionEvents["presence"]): void;
  here(ids: ReadonlySet<string>): void;
}

export class People {
  readonly connected = new Set<string>();
  readonly latest = new Map<string, Presence>();
  private own: Presence = PRESENCE; // all that was said
  private next: Presence | null = null; // what is yet to be said
  private every = STUDENT;
  private online = false;
  private waiting = false;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly around: Surroundings,
    private readonly events: PeopleEvents,
  ) {}

  /** One's own, as far as it has changed. */
  show(presence: Partial<Presence>): void {
    this.own = merged(this.own, presence);
    if (!this.online) return;
    this.next = merged(this.next ?? { ...PRESENCE, copy: this.own.copy }, presence);
    if (!this.waiting) this.sample();
  }

  /** Somebody else's. */
  see(presence: Presence): void {
    const { person } = presence;
    // Who leads leads to the same place whatever copy they look at meanwhile.
    const before = this.latest.get(person) ?? { ...PRESENCE, person };
    const places = presence.cursor !== null || presence.editing !== null;
    const now = merged(before, { ...presence, copy: places ? presence.copy : before.copy });
    if (!now.view) now.view = before.view;
    this.latest.set(person, now);
    this.events.heard({ person, presence: now });
  }

  hear({ all, joined, left }: Here): void {
    if (all) this.connected.clear();
    for (const id of [...(all ?? []), ...joined]) this.connected.add(id);
    for (const id of left) this.connected.delete(id);
    for (const person of [...this.latest.keys()]) if (!this.connected.has(person)) this.forget(person);
    this.events.here(this.connected);
  }

  reconnected(staff: boolean): void {
    this.every = staff ? STAFF : STUDENT;
    this.online = true;
    this.next = this.own === PRESENCE ? null : this.own;
    if (!this.waiting) this.sample();
  }

  disconnected(): void {
    this.online = false;
    this.waiting = false;
    this.next = null;
    this.cancelTimer();
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
    this.waiting = this.next !== null;
    if (!this.next) return;
    this.events.send({ ...this.next, person: "" });
    this.next = null;
    this.cancelTimer = this.around.after(this.every, () => this.sample());
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
