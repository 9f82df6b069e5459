/**
 * Other people's cursors: an arrow and a name, in the person's ink, laid over the page as elements.
 *
 * It promises that a label stays on the stage, rests invisible after three seconds and returns with the next movement,
 * and that nothing here can be clicked or read aloud. Names are hostile: they are only ever set as text.
 */

import type { Session } from "../client/contract";
import { firstName, personColour } from "../core/people";
import type { Presence } from "../core/schema";
import { liesOn } from "./copies";
import { Glide, laserColour } from "./laser";
import { type Box, type Size, toStage, type View } from "./viewport";

const REST = 3000;
/** How fast an arrow closes in on where its person is: in this many ms, to a third of the way. */
const PULL = 45;
/** Of a laser, whose way is played back whole: more than the time between two samples (SPEC 5.12). */
const STAFF_DELAY = 110;
const DELAY = 260;
const ARROW = "M1 1 14.2 6.6 8.6 8.7 6.4 14.4Z";

interface Cursor {
  readonly element: HTMLElement;
  readonly label: HTMLElement;
  /** Board units: where it is shown, and where its person is. */
  x: number;
  y: number;
  toX: number;
  toY: number;
  moved: number;
  width: number;
  kind: string;
  /** Of a laser only. */
  glide: Glide | null;
}

export class Cursors {
  readonly element = document.createElement("div");
  private readonly shown = new Map<string, Cursor>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Is an arrow still on its way? */
  busy = false;

  constructor(private readonly session: Session) {
    this.element.className = "cr-board-cursors";
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Someone's presence is news. Returns whether there is something to animate. */
  update(person: string, presence: Presence | null, page: string, copy: string, now: number): boolean {
    const at = presence?.cursor;
    if (!at || at === "off" || at[0] !== page || !liesOn(presence, copy)) {
      if (!at && presence) return false; // absent: unchanged
      return this.drop(person);
    }
    let cursor = this.shown.get(person);
    if (!cursor) {
      cursor = this.make(person, at[1], at[2]);
      this.shown.set(person, cursor);
      this.rename();
    }
    if (cursor.toX === at[1] && cursor.toY === at[2] && cursor.kind === at[3]) return false;
    cursor.kind = at[3];
    cursor.element.dataset.kind = at[3];
    if (at[3] !== "laser") cursor.glide = null;
    else {
      cursor.glide ??= new Glide(this.staff(person) ? STAFF_DELAY : DELAY);
      cursor.glide.add(at[1], at[2], now);
    }
    cursor.toX = at[1];
    cursor.toY = at[2];
    cursor.moved = now;
    cursor.element.classList.remove("rest");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(performance.now()), REST + 20);
    this.busy = true;
    return true;
  }

  /** Another page or copy: whose cursors are there? */
  reset(page: string, copy: string, now: number): void {
    for (const person of [...this.shown.keys()]) this.drop(person);
    for (const [person, presence] of this.session.presence) this.update(person, presence, page, copy, now);
  }

  /** Names may have changed, or there is one more: first names, but for those who share theirs with another here. */
  rename(): void {
    const count = new Map<string, number>();
    for (const person of this.shown.keys()) {
      const short = firstName(this.name(person));
      count.set(short, (count.get(short) ?? 0) + 1);
    }
    for (const [person, cursor] of this.shown) {
      const full = this.name(person);
      const short = firstName(full);
      const name = count.get(short) === 1 ? short : full;
      if (cursor.label.textContent === name) continue;
      cursor.label.textContent = name;
      cursor.width = 0;
    }
  }

  /** Places every cursor; labels stay on what of the page is on the stage. */
  move(view: View, area: Box, stage: Size, elapsed: number, now: number): void {
    this.busy = false;
    const right = Math.min(stage.width, view.x + area.maxX * view.zoom);
    const bottom = Math.min(stage.height, view.y + area.maxY * view.zoom);
    for (const cursor of this.shown.values()) {
      const share = 1 - Math.exp(-elapsed / PULL);
      const played = cursor.glide?.at(now);
      cursor.x = played ? played.x : cursor.x + (cursor.toX - cursor.x) * share;
      cursor.y = played ? played.y : cursor.y + (cursor.toY - cursor.y) * share;
      const still = played
        ? played.there
        : Math.abs(cursor.toX - cursor.x) + Math.abs(cursor.toY - cursor.y) < 0.2 / view.zoom;
      if (still) {
        cursor.x = cursor.toX;
        cursor.y = cursor.toY;
      } else this.busy = true;
      const at = toStage(view, cursor);
      const inside = at.x > -16 && at.y > -16 && at.x < stage.width && at.y < stage.height;
      cursor.element.hidden = !inside;
      if (!inside) continue;
      cursor.element.style.transform = `translate(${at.x.toFixed(2)}px, ${at.y.toFixed(2)}px)`;
      // Measured once per name, not per movement.
      if (cursor.width === 0) cursor.width = cursor.label.offsetWidth + 14;
      cursor.element.classList.toggle("flip-x", at.x + cursor.width > right);
      cursor.element.classList.toggle("flip-y", at.y + 40 > bottom);
    }
  }

  /** Lets the labels of those at rest fade. */
  rest(now: number): void {
    for (const cursor of this.shown.values())
      cursor.element.classList.toggle("rest", now - cursor.moved >= REST);
  }

  destroy(): void {
    clearTimeout(this.timer);
  }

  private make(person: string, x: number, y: number): Cursor {
    const element = document.createElement("div");
    element.className = "cr-board-cursor";
    element.style.setProperty("--c", `var(--ink-${personColour(person)})`);
    const arrow = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    arrow.setAttribute("viewBox", "0 0 16 16");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ARROW);
    arrow.append(path);
    const label = document.createElement("span");
    element.append(arrow, label);
    this.element.append(element);
    return { element, label, x, y, toX: x + 1e-6, toY: y, moved: 0, width: 0, kind: "", glide: null };
  }

  /** Who points with a laser, and where it is shown now. */
  *pointing(): Iterable<{ person: string; colour: string; x: number; y: number }> {
    for (const [person, { glide, x, y }] of this.shown)
      if (glide) yield { person, colour: laserColour(person, this.staff(person)), x, y };
  }

  private staff(person: string): boolean {
    const record = this.session.table.get(person);
    return record?.type === "person" && (record.role === "teacher" || record.role === "assistant");
  }

  private name(person: string): string {
    const record = this.session.table.get(person);
    return record?.type === "person" ? record.name : "";
  }

  /** True when that was a laser, whose light has to fade. */
  private drop(person: string): boolean {
    const cursor = this.shown.get(person);
    cursor?.element.remove();
    this.shown.delete(person);
    return !!cursor?.glide;
  }
}
