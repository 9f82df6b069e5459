/**
 * Private copies: on a page where everyone works alone, whose copy is meant, and what of the page that shows.
 *
 * One place decides it for the picture, the tools, undo, thumbnails and cursors. It promises that a person's copy is the
 * worksheet (what has no `copy`) with their own work over it, and nobody else's. What lies on copies of a page that has
 * become common again is kept, and shown by nobody. It must never decide who may see what: the server does, and what a
 * student may not see never comes here.
 */

import type { Session } from "../client/contract";
import type { AnyRecord } from "../core/schema";

/** Whose copy is written on and looked at: of a student always their own; staff have `chosen` it ("": the worksheet). */
export function copyFor(session: Session, page: string, chosen = ""): string {
  const record = session.table.get(page);
  if (record?.type !== "page" || record.audience !== "each") return "";
  return session.staff ? chosen : (session.me?.person ?? "");
}

/** Does a drawable, a live stroke or a cursor belong to what that copy shows? */
export function liesOn(what: { readonly copy?: string }, copy: string): boolean {
  return !what.copy || what.copy === copy;
}

/** Is it on that very copy, so that who works there may change it? The worksheet is changed on the worksheet alone. */
export function writtenOn(what: { readonly copy?: string }, copy: string): boolean {
  return (what.copy ?? "") === copy;
}

/** What a copy of a page shows, bottom to top. */
export function onCopy(session: Session, page: string, copy: string): AnyRecord[] {
  return session.table.onPage(page).filter((record) => liesOn(record as { copy?: string }, copy));
}
