/**
 * Pushing a cell to everyone's feed: what JupyterLab's command calls.
 *
 * The sessions that are open in this window are in a registry that the surface owns and hands over; nothing is kept
 * here. The newest open session in which this window's person teaches is the one meant.
 */

import { between } from "../core/order";
import { withDefaults } from "../core/schema";
import type { Session } from "./contract";

/** The open sessions of one window, newest last. */
export class Sessions {
  private readonly open: Session[] = [];

  /** @returns a function that takes it out again */
  add(session: Session): () => void {
    this.open.push(session);
    return () => {
      const at = this.open.indexOf(session);
      if (at >= 0) this.open.splice(at, 1);
    };
  }

  /** The newest session that is not closed and belongs to staff. */
  get teaching(): Session | null {
    return this.open.findLast((session) => session.status !== "closed" && session.staff) ?? null;
  }
}

/**
 * Pushes a cell to the feed of the class that is open in this window.
 *
 * @param language "markdown", "text", or the name of the kernel's language
 * @returns the id of the feed's new item
 * @throws Error with a sentence for the teacher when no class is open
 */
export function pushCell(sessions: Sessions, source: string, language: string): string {
  const session = sessions.teaching;
  if (!session) throw new Error("No class is open here. Open the board of your class first.");
  const id = session.newId();
  const feed = session.table.ofType("item");
  const order = between(feed[feed.length - 1]?.order ?? null, null);
  const note = language === "markdown";
  const kind = note ? "note" : "code";
  const item = withDefaults({ type: "item", id, kind, order, text: source, ...(note ? {} : { language }) });
  session.change([{ op: "put", record: item }]);
  return id;
}
