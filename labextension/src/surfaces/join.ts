/**
 * The join page: reads the link out of the address bar, shows the door, then the class.
 *
 * The secret leaves the address bar as soon as it is read, so that it is in no screenshot and no bookmark; it stays in
 * this tab's storage for a reload. In the tab where someone is in already, coming back is at once; in a new one the name
 * is there and one press is enough. Nothing of a class is kept here, only who one was.
 */

import "../../style/classroom.css";
import "../board/board.css";
import type { Session } from "../client/contract";
import type { Remembered } from "../client/door";
import { Door, forget, remember, remembered } from "../client/door";
import { mountArrival, type Ticket } from "../ui/arrival";
import type { Unmount } from "../ui/put";
import { farewell, t } from "../ui/words";

const NAME = "classroom.name";
const IN = "classroom.in.";
const LINK = "classroom.link.";

/** Class id and secret of a link's fragment (SPEC 6.1); a class id alone is what is left in the address bar. */
export function readFragment(fragment: string): { class: string; secret: string } | null {
  const found = /^#?([a-z2-9]{10})(?:\.([A-Za-z0-9_-]{8,100}))?$/.exec(decode(fragment));
  return found ? { class: found[1]!, secret: found[2] ?? "" } : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text;
  }
}

/** What a browser keeps, and nothing when it keeps nothing. */
function kept(storage: () => Storage, key: string): string {
  try {
    return storage().getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keep(storage: () => Storage, key: string, value: string): void {
  try {
    if (value) storage().setItem(key, value);
    else storage().removeItem(key);
  } catch {
    // storage is off or full: the next visit asks again
  }
}

/** What the class itself needs. It is on its way while the name is being typed. */
const inside = () => Promise.all([import("../ui/mount"), import("../client/session")]);

const tab = () => sessionStorage;
const browser = () => localStorage;

class JoinPage {
  private unmount: Unmount = () => {};
  private session: Session | null = null;
  private readonly door: Door;
  /** Counts what is shown, so that what was loaded too late stays away. */
  private turn = 0;

  constructor(
    private readonly node: HTMLElement,
    private readonly base: string,
  ) {
    this.door = new Door(base);
  }

  /** Whatever the address says now. */
  start(): void {
    const ticket = this.takeLink();
    const before = ticket ? remembered(ticket.class) : null;
    if (ticket && before && kept(tab, IN + ticket.class)) void this.enter(ticket.class, before);
    else this.arrive(ticket?.secret ? ticket : null, before, "");
  }

  /** The link from the address bar, whose secret moves into this tab's storage. */
  private takeLink(): Ticket | null {
    const found = readFragment(location.hash);
    if (!found) return null;
    if (found.secret) {
      keep(tab, LINK + found.class, found.secret);
      history.replaceState(null, "", `${location.pathname}${location.search}#${found.class}`);
      return found;
    }
    return { class: found.class, secret: kept(tab, LINK + found.class) };
  }

  private arrive(ticket: Ticket | null, before: Remembered | null, notice: string): void {
    this.leave();
    document.title = t("enter.title");
    this.unmount = mountArrival(this.node, {
      door: this.door,
      ticket,
      before: before ?? { name: kept(browser, NAME), token: "" },
      notice,
      onEnter: (entry, name) => {
        const who = { name, token: entry.token };
        remember(entry.class, who);
        keep(browser, NAME, name);
        keep(tab, IN + entry.class, "1");
        history.replaceState(null, "", `${location.pathname}${location.search}#${entry.class}`);
        void this.enter(entry.class, who);
      },
    });
    inside().catch(() => {}); // tried again, and said, when it is needed
  }

  private async enter(classId: string, who: Remembered): Promise<void> {
    const turn = ++this.turn;
    const parts = await inside().catch(() => null);
    if (turn !== this.turn) return;
    if (!parts) {
      const secret = kept(tab, LINK + classId);
      return this.arrive(secret ? { class: classId, secret } : null, who, t("enter.unreachable"));
    }
    const [{ mountStudent }, { openSession }] = parts;
    this.leave();
    this.door.token = who.token;
    const session = openSession({ url: `${this.base}classroom/ws`, token: who.token, store: sessionStorage });
    this.session = session;
    const back = () => {
      keep(tab, IN + classId, "");
      const secret = kept(tab, LINK + classId);
      const code = session.farewell?.code ?? "";
      // A token that opens nothing must not be tried again; the name stays.
      if (code === "bad-token") forget(classId);
      const notice = code && code !== "closed" ? farewell(code, session.farewell?.reason ?? "") : "";
      this.arrive(
        secret ? { class: classId, secret } : null,
        code === "bad-token" ? { ...who, token: "" } : remembered(classId),
        notice,
      );
    };
    // A token from before that opens nothing any more: back to the door at once, with the name still there.
    const early = session.on("status", (status) => {
      if (status === "live") early();
      else if (status === "closed" && session.farewell?.code === "bad-token" && !session.me) back();
    });
    this.unmount = mountStudent(this.node, {
      session,
      door: this.door,
      mathStyles: { href: `${this.base}classroom/static/katex.css` },
      named: (title) => {
        document.title = title || t("enter.title");
      },
      again: back,
      leave: back,
      reload: () => location.reload(),
    });
  }

  private leave(): void {
    this.turn++;
    this.unmount();
    this.unmount = () => {};
    this.session?.close();
    this.session = null;
    this.door.token = "";
  }
}

/** The server's base URL, from the page's own data; else two folders up from the page. */
function baseUrl(): string {
  try {
    const data = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as {
      baseUrl?: unknown;
    };
    if (typeof data.baseUrl === "string" && data.baseUrl) return data.baseUrl;
  } catch {
    // a page without the data
  }
  return new URL("../", document.baseURI).pathname;
}

const node = document.getElementById("classroom");
if (node) {
  const page = new JoinPage(node, baseUrl());
  page.start();
  addEventListener("hashchange", () => {
    if (readFragment(location.hash)?.secret) page.start();
  });
}
