/**
 * This JupyterLab window's place in the class of its server: one door and one session, shared by the board's tab and by
 * "Push this cell", and opened with the first of them.
 *
 * It promises one session at a time, and a new one after the old one was closed for good. It shows nothing.
 */

import type { Farewell, Session, Status } from "../client/contract";
import { Door, type TeacherEntry } from "../client/door";
import { Sessions } from "../client/push";

/** What a part of JupyterLab needs to show or change the class. */
export interface Place {
  readonly door: Door;
  readonly entry: TeacherEntry;
  readonly session: Session;
}

/** Resolves when the table is there; throws the server's reason when it never will be. */
function ready(session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (status: Status, farewell: Farewell | null) => {
      if (status === "connecting") return;
      off();
      if (status === "closed") reject(new Error(farewell?.reason || "This class is closed."));
      else resolve();
    };
    const off = session.on("status", () => look(session.status, session.farewell));
    look(session.status, session.farewell);
  });
}

export class LabClass {
  readonly sessions = new Sessions();
  private place: Promise<Place> | null = null;

  /**
   * @param base the server's base URL, with its slash at the end
   * @param jupyterToken Jupyter's own token, where the page knows it; "" otherwise
   */
  constructor(
    readonly base: string,
    private readonly jupyterToken: string,
  ) {}

  /**
   * Enters the class that is open on this server (of several, the one changed last), as whom Jupyter has authenticated.
   *
   * @throws Error with a sentence for the teacher: no class is open, or the server cannot be reached
   */
  enter(): Promise<Place> {
    this.place ??= this.open().catch((error: unknown) => {
      this.place = null; // so that the next call tries again
      throw error;
    });
    return this.place;
  }

  private async open(): Promise<Place> {
    const door = new Door(this.base, { jupyterToken: this.jupyterToken });
    const here = (await door.classes()).filter((one) => one.open === true);
    if (here.length === 0)
      throw new Error("No class is open here. Run classroom.start() in a notebook first.");
    const latest = here.reduce((a, b) => (Number(b.changed) > Number(a.changed) ? b : a));
    const entry = await door.enter(latest.class);
    door.token = entry.token;
    const { openSession } = await import("../client/session");
    const session = openSession({ url: entry.ws, token: entry.token, store: sessionStorage });
    const forget = this.sessions.add(session);
    session.on("status", () => {
      if (session.status !== "closed") return;
      forget();
      this.place = null;
    });
    await ready(session);
    return { door, entry, session };
  }
}
