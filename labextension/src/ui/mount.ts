/**
 * The door through which JupyterLab's extension reaches the board. (First version: it shows where the board will be.)
 */

import type { Session } from "../client/contract";
import type { Door, TeacherEntry } from "../client/door";
import type { MathStyles } from "./math";

export interface BoardHost {
  /** Open, with its table there; it belongs to the host, which closes it. */
  session: Session;
  door: Door;
  entry: TeacherEntry;
  mathStyles: MathStyles;
  /** To be called with the class's title, now and whenever it changes. */
  named(title: string): void;
}

/**
 * Puts the board of a class into an element that is already in the page.
 *
 * @returns a function that takes everything away again
 */
export function mountBoard(node: HTMLElement, host: BoardHost): () => void {
  node.textContent = host.entry.title;
  host.named(host.entry.title);
  return () => node.replaceChildren();
}
