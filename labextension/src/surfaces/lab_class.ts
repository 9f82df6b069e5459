/**
 * This JupyterLab window's place in the class of its server: one door and one session, shared by the board's tab and by
 * "Push this cell", and opened with the first of them.
 *
 * It promises one session at a time, and a new one after the old one was closed for good. It shows nothing.
 */

import type { Farewell, Session, Status } from "../client/contract";
import { type ClassInfo, Door, type TeacherEntry } from "../client/door";
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

/** No class is open on this server; `classes` are those that could be, the one changed last first. */
export class NoClassOpen extends Error {
  constructor(readonly classes: readonly ClassInfo[]) {
    super(
      "No class is open here. Start one in the Classroom panel, or with classroom.start() in a notebook.",
    );
  }
}

export class LabClass {
  private readonly waiting = new Set<() => void>();
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
   * @throws NoClassOpen, or Error with a sentence for the teacher: the server cannot be reached
   */
  enter(): Promise<Place> {
    this.place ??= this.open().catch((error: unknown) => {
      this.place = null; // so that the next call tries again
      throw error;
    });
    return this.place;
  }

  /** Starts the class of that title, or opens one that is there; whoever waits for a class is told. */
  async begin(by: { title: string } | { class: string }): Promise<void> {
    const door = this.door();
    const opening = "title" in by ? door.create(by.title) : door.enter(by.class);
    this.place = opening.then((entry) => this.connect(door, entry));
    this.place.catch(() => {
      this.place = null;
    });
    await this.place;
    for (const tell of this.waiting) tell();
  }

  /** Calls back when a class has been started here; returns what stops that. */
  onBegun(tell: () => void): () => void {
    this.waiting.add(tell);
    return () => this.waiting.delete(tell);
  }

  private door(): Door {
    return new Door(this.base, { jupyterToken: this.jupyterToken });
  }

  private async open(): Promise<Place> {
    const door = this.door();
    const all = [...(await door.classes())].sort((a, b) => Number(b.changed) - Number(a.changed));
    const latest = all.find((one) => one.open === true);
    if (!latest) throw new NoClassOpen(all);
    return this.connect(door, await door.enter(latest.class));
  }

  private async connect(door: Door, entry: TeacherEntry): Promise<Place> {
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
