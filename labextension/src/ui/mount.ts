/**
 * The door through which JupyterLab's extension reaches the board. (First version: it shows where the board will be.)
 */

import type { Sessions } from "../client/push";

export interface BoardHost {
  /** The server's base URL, with its slash at the end. */
  baseUrl: string;
  /** Jupyter's own token, where the page knows it; "" otherwise. */
  jupyterToken: string;
  /** Where to register the session that is opened: what "Push this cell" goes through. */
  sessions: Sessions;
  /** To be called with the class's title, now and whenever it changes; "" when there is no class. */
  named(title: string): void;
}

/**
 * Puts the board of this server's class into an element that is already in the page.
 *
 * @returns a function that takes everything away again
 */
export async function mountBoard(node: HTMLElement, host: BoardHost): Promise<() => void> {
  node.textContent = "No class is open here. Run classroom.start() in a notebook first.";
  host.named("");
  return () => node.replaceChildren();
}
