/**
 * Whom this window follows and where that leads: first decisions over the session's state, without any of their effects;
 * then one window's own following, which moves its page and view.
 *
 * It promises that the page never moves under a hand, and that whoever strays stays where they went until they return or
 * are called back.
 */

import type { Session } from "../client/contract";
import type { Class, Page } from "../core/schema";
import type { Camera } from "./camera";
import type { Told } from "./viewport";

export function classOf(session: Session): Class | undefined {
  const record = session.table.get("class");
  return record?.type === "class" ? record : undefined;
}

/** Pages that can be gone to, in order. */
export function pagesOf(session: Session): Page[] {
  return session.table.ofType("page").filter((page) => !page.gone);
}

/** The page to show when nothing says otherwise: the teacher's, else the first. */
export function startPage(session: Session): string {
  const pages = pagesOf(session);
  const shown = classOf(session)?.page;
  return (pages.find((page) => page.id === shown) ?? pages[0])?.id ?? "";
}

/** The page to be on after `page` has gone: the one that stood next to it. */
export function pageAfter(session: Session, page: string): string {
  const all = session.table.ofType("page");
  const at = all.findIndex((p) => p.id === page);
  const rest = at < 0 ? [] : [...all.slice(at), ...all.slice(0, at).reverse()];
  return rest.find((p) => !p.gone)?.id ?? startPage(session);
}

/** Who leads: the connected teacher who shows the class's page, else any connected teacher; "" when there is none. */
export function leader(session: Session): string {
  const shown = classOf(session)?.page;
  let found = "";
  for (const person of session.table.ofType("person")) {
    if (person.role !== "teacher" || !session.here.has(person.id)) continue;
    if (session.presence.get(person.id)?.view?.[0] === shown) return person.id;
    found ||= person.id;
  }
  return found;
}

/** The leader's view of that page, if it has told of one. */
export function ledView(session: Session, page: string): Told | null {
  const view = session.presence.get(leader(session))?.view;
  return view && view[0] === page ? [view[1], view[2], view[3]] : null;
}

/** What following needs of the board. */
export interface Follower {
  readonly session: Session;
  readonly camera: Camera;
  readonly page: string;
  /** Whose private copy is shown. */
  readonly copy: string;
  /** Is a hand at work on the page? */
  readonly acting: boolean;
  showPage(page: string): void;
  ask(): void;
}

export class Following {
  private strayed = false;
  private saidView = "";
  private wasFollowed = true;
  private wasShown = "";
  private wasCalled = 0;
  /** Called back while a hand was at work: it goes when the hand has finished. */
  private due = false;

  constructor(private readonly board: Follower) {}

  get on(): boolean {
    const { session } = this.board;
    return !session.staff && !this.strayed && classOf(session)?.follow === true;
  }

  /** Could this window follow someone now? */
  get possible(): boolean {
    const { session } = this.board;
    return !session.staff && classOf(session)?.follow === true && leader(session) !== "";
  }

  get state(): { following: boolean; canFollow: boolean; leader: string } {
    const { possible } = this;
    return { following: possible && !this.strayed, canFollow: possible, leader: leader(this.board.session) };
  }

  /** The person looks elsewhere: this window is on its own until it is called back or asks to follow. */
  stray(): void {
    this.board.camera.stop();
    if (this.on) {
      this.strayed = true;
      this.board.ask();
    }
  }

  /** The person comes back. */
  resume(): void {
    this.strayed = false;
    this.now(true);
    this.board.ask();
  }

  /** To where the class is, if this window follows; `glide`: not with a jump. */
  now(glide: boolean): void {
    const { session, camera } = this.board;
    if (!this.on && !this.due) return;
    this.due = false;
    const shown = classOf(session)?.page ?? "";
    if (shown !== this.board.page && pagesOf(session).some(({ id }) => id === shown))
      this.board.showPage(shown);
    if (!this.board.acting) camera.followTo(ledView(session, this.board.page), glide);
  }

  /** The stage has another size: the leader's view is fitted into it again. */
  resized(): void {
    if (this.on && ledView(this.board.session, this.board.page)) this.now(false);
  }

  /** Somebody has told of their view. */
  viewed(person: string): void {
    if (person !== leader(this.board.session)) return;
    if (this.on) this.now(true);
    this.board.ask();
  }

  /** Staff tell where they look, for those who follow. */
  tell(): void {
    const { session, page, camera } = this.board;
    const told = session.staff && page !== "" ? camera.told() : null;
    // Whoever looks at one person's copy leads nobody there: the class stays with the worksheet.
    if (this.board.copy !== "") this.saidView = "";
    if (!told || this.board.copy !== "") return;
    const view = [page, ...told] as const;
    const said = view.join();
    if (said === this.saidView) return;
    this.saidView = said;
    session.show({ view, copy: "" });
  }

  /** Takes the class as it is for what was known. */
  note(): void {
    const record = classOf(this.board.session);
    this.wasFollowed = record?.follow ?? true;
    this.wasShown = record?.page ?? "";
    this.wasCalled = record?.called ?? 0;
  }

  classChanged(): void {
    const { session } = this.board;
    const record = classOf(session);
    if (!record) return;
    const back = record.called > this.wasCalled && !session.staff;
    const called = back || (record.follow && !this.wasFollowed);
    const turned = record.page !== this.wasShown;
    this.note();
    if (called) this.strayed = false;
    // Whoever is called comes once, also where nobody follows; a stroke that is being drawn is finished first.
    if (back) this.due = true;
    if ((called || turned) && !(back && this.board.acting)) this.now(called);
    // A teacher's windows all show the page that the class is shown.
    const known = pagesOf(session).some(({ id }) => id === record.page);
    if (turned && known && session.me?.role === "teacher" && record.page !== this.board.page)
      this.board.showPage(record.page);
  }
}
