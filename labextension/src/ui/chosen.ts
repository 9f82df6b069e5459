/**
 * What this person draws with (tool, colours, widths), kept for the session: a board that is made anew, as on a phone
 * between Class and Draw, or after a reload, begins with it.
 *
 * It promises to work where the browser keeps nothing (then until the page is left), and that what is found there, which
 * anyone may have written, is only handed on as a plain object: the board checks each value.
 */

import type { BoardState } from "../board";
import { KEPT } from "../board";

const KEY = "classroom.chosen";

type Store = Pick<Storage, "getItem" | "setItem">;

/** The window's own store; null where the browser gives none. */
export function windowStore(): Store | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

export class Chosen {
  private text = "";

  constructor(private readonly store: Store | null = windowStore()) {}

  get(): Readonly<Record<string, unknown>> {
    try {
      const found: unknown = JSON.parse(this.text || this.store?.getItem(KEY) || "{}");
      return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }

  keep(state: BoardState): void {
    const text = JSON.stringify(Object.fromEntries(KEPT.map((key) => [key, state[key]])));
    if (text === this.text) return;
    this.text = text;
    try {
      this.store?.setItem(KEY, text);
    } catch {
      // Full or forbidden: it is kept in memory.
    }
  }
}
