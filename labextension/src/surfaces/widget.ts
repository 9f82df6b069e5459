/**
 * The panels as a notebook widget (anywidget): the same panels, inside a cell's output.
 *
 * It tries to enter by itself: on a page of the teacher's own Jupyter the cookie is enough, and the kernel, which may be
 * busy for a minute, is not asked. Only where that fails it asks the kernel for a token, by message: no trait, and so no
 * saved notebook, ever holds one. All views of one widget show one session. A notebook without its server shows a calm
 * sentence.
 */

import type { AnyModel, RenderProps } from "@anywidget/types";

import "../../style/classroom.css";
import type { Session } from "../client/contract";
import type { WaysIn } from "../client/door";
import { Door } from "../client/door";
import { openSession } from "../client/session";
import type { Unmount } from "../ui/mount";
import { mountStudent, mountTeacher } from "../ui/mount";
import { t } from "../ui/words";

interface Traits {
  class_id: string;
  base_url: string;
  role: "teacher" | "student";
  title: string;
  height: number;
}

interface Place {
  session: Session;
  door: Door;
  entry: WaysIn | null;
}

/** After this long without the kernel's answer, the panel says that it is not connected (and goes on waiting). */
const PATIENCE_MS = 8_000;
const HEIGHT = 560;

/** The base URL of the Jupyter that serves this page, as an address; "" on any other page. */
function pageBase(): string {
  try {
    const data = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as {
      baseUrl?: unknown;
    };
    return typeof data.baseUrl === "string" ? new URL(data.baseUrl, document.baseURI).href : "";
  } catch {
    return "";
  }
}

function jupyterToken(): string {
  try {
    const data = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}") as {
      token?: unknown;
    };
    return typeof data.token === "string" ? data.token : "";
  } catch {
    return "";
  }
}

interface Told {
  token: string;
  ws: string;
  /** A teacher's: what the invitation is made of. */
  entry: WaysIn | null;
}

/** What the kernel said, if it was that. */
export function readToken(message: unknown): Told | null {
  const { type, token, ws, fragments, code } = (message ?? {}) as Record<string, unknown>;
  if (type !== "token" || typeof token !== "string") return null;
  const student = (fragments as { student?: unknown } | null | undefined)?.student;
  return {
    token,
    ws: typeof ws === "string" ? ws : "",
    entry:
      typeof student === "string" && student
        ? { fragments: { student }, code: typeof code === "string" ? code : "" }
        : null,
  };
}

/** Asks the kernel for token and address; resolves whenever it answers. */
function askKernel(model: AnyModel<Traits>): Promise<Told> {
  return new Promise((resolve) => {
    const heard = (message: unknown) => {
      const told = readToken(message);
      if (!told) return;
      model.off("msg:custom", heard);
      resolve(told);
    };
    model.on("msg:custom", heard);
    model.send({ type: "token?" });
  });
}

/**
 * An address as the kernel knows it, as this browser reaches it. A kernel behind a hub or proxy sees its server under a
 * local name; the page's own address of the same path is the one that works from outside.
 */
export function reach(address: string, page: string): string {
  if (!address) return page;
  const url = new URL(address, page || document.baseURI);
  if (!page) return url.href;
  const here = new URL(page);
  const local = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
  const inside = local(url) && !local(here) && url.pathname.startsWith(here.pathname);
  return inside ? new URL(url.pathname, here).href : url.href;
}

async function open(model: AnyModel<Traits>): Promise<Place> {
  const page = pageBase();
  if (page && model.get("role") === "teacher") {
    try {
      const door = new Door(page, { jupyterToken: jupyterToken() });
      const entry = await door.enter(model.get("class_id"));
      door.token = entry.token;
      const session = openSession({ url: entry.ws, token: entry.token, store: sessionStorage });
      return { session, door, entry };
    } catch {
      // Not whom Jupyter knows here, or another server's class: the kernel can vouch.
    }
  }
  // A student's class is on the teacher's server, whatever serves this page.
  const { token, ws, entry } = await askKernel(model);
  const base = reach(model.get("base_url"), page);
  const session = openSession({
    url: ws ? reach(ws, page) : `${base}classroom/ws`,
    token,
    store: sessionStorage,
  });
  return { session, door: new Door(base, { token }), entry };
}

function sentence(node: HTMLElement, model: AnyModel<Traits>): void {
  const box = document.createElement("div");
  box.className = "cr cr-saved";
  const title = document.createElement("b");
  title.textContent = t("saved.title");
  const text = document.createElement("p");
  text.textContent = t("saved.text", { title: model.get("title") || t("saved.title.any") });
  box.append(title, text);
  node.replaceChildren(box);
}

/** One per widget model: its session, shared by all of its views and closed with the last. */
export default () => {
  let place: Promise<Place> | null = null;
  let views = 0;

  function leave(): void {
    views--;
    if (views > 0 || !place) return;
    const closing = place;
    place = null;
    closing.then(({ session }) => session.close()).catch(() => {});
  }

  return {
    render({ model, el }: RenderProps<Traits>): Unmount {
      views++;
      place ??= open(model);
      let unmount: Unmount = () => {};
      let gone = false;
      const late = setTimeout(() => sentence(el, model), PATIENCE_MS);
      const show = ({ session, door, entry }: Place) => {
        clearTimeout(late);
        if (gone) return;
        const base = door.base;
        const host = {
          session,
          door,
          entry,
          mathStyles: { href: `${base}classroom/static/katex.css` },
          height: `${model.get("height") || HEIGHT}px`,
          reload: () => {
            unmount();
            session.close();
            place = open(model);
            void place.then(show);
          },
        };
        unmount =
          model.get("role") === "teacher"
            ? mountTeacher(el, host)
            : mountStudent(el, { ...host, inside: true });
      };
      place.then(show).catch(() => {
        clearTimeout(late);
        if (!gone) sentence(el, model);
      });
      return () => {
        gone = true;
        clearTimeout(late);
        unmount();
        leave();
      };
    },
  };
};
