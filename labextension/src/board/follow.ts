/**
 * Whom this window follows and where that leads: decisions over the session's state, without any of their effects.
 */

import type { Session } from "../client/contract";
import type { Class, Page } from "../core/schema";
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
