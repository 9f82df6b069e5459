/**
 * The door of a class over HTTP: entering it, making one, its links, exports. What is said once in it goes over the
 * socket (`session.ts`).
 *
 * Every call gives its answer or throws `DoorError`, with a code to translate by and the server's English sentence;
 * a server that cannot be reached is a `DoorError` too (`offline`). No secret is ever put into an address.
 */

import { type Formula, TOKEN_HEADER } from "../core/schema";

/** What the server said when it could not do what was asked; `status` 0: it could not be reached. */
export class DoorError extends Error {
  constructor(
    readonly code: string,
    readonly sentence: string,
    readonly parameters: Readonly<Record<string, unknown>> = {},
    readonly status = 0,
  ) {
    super(sentence);
    this.name = "DoorError";
  }
}

/** A place in a class: what opens its socket. */
export interface Entry {
  token: string;
  person: string;
  class: string;
  title: string;
  ws: string; // address of the socket, absolute or as a path
}

/** The teacher's place, with what is needed to let others in. */
export interface TeacherEntry extends Entry, Links {
  code: string; // "" while it is not shown
  since?: number; // as in WaysIn
}

/** What an invitation is made of. */
export interface WaysIn {
  fragments: { student: string };
  code: string;
  /** Since when the class is open, in milliseconds since 1970; absent where it is not known. */
  since?: number;
}

/** The ways in: as the server believes it is reached, and the fragments to put after the address that a browser knows. */
export interface Links {
  links: { student: string; staff: string };
  fragments: { student: string; staff: string };
}

export interface ClassInfo {
  class: string;
  title: string;
  [more: string]: unknown;
}

/** What the arrival page may know before anyone has entered. */
export interface Look {
  title: string;
  teachers: readonly string[];
  open: boolean; // may someone new enter?
}

export interface ExportRequest {
  format: string;
  pages?: readonly string[] | null;
  /** Records that are drawn alone. */
  ids?: readonly string[];
  /** Whose private copy; "" is the worksheet alone. */
  copy?: string;
  /** Pixels per board unit. */
  scale?: number;
  theme?: "light" | "dark";
  /** A webp that moves. */
  replay?: boolean;
  /** Of a replay: times as fast, seconds that pauses are cut to, pixels across. */
  speed?: number;
  pause?: number;
  width?: number;
}

export interface ExportOptions {
  signal?: AbortSignal;
  progress?: (done: number, total: number) => void;
}

export interface DoorOptions {
  /** Personal token of the class, for what only its people may ask. Can be set later. */
  token?: string;
  /** Jupyter's own token, where the page knows it (JupyterLab's `PageConfig.getToken()`). */
  jupyterToken?: string;
  fetch?: typeof fetch;
  wait?: (milliseconds: number) => Promise<void>;
}

/** How an export that is being made stands, as the server tells it. */
interface Job {
  job: string;
  state: string;
  done: number;
  total: number;
  code: string;
  sentence: string;
  missing?: string;
}

export interface Exported {
  file: Blob;
  name: string;
  /** Characters on the board that no font could draw; "" when all were. */
  missing: string;
}

/** One page of a PDF as a picture, in board units. */
export interface PdfPage {
  asset: string;
  width: number;
  height: number;
}

interface PdfJob extends Job {
  pages: readonly PdfPage[];
}

/** Milliseconds between two looks at an export that is being made. */
const LOOK_AGAIN = 300;

export class Door {
  token: string;
  private readonly fetch: typeof fetch;
  private readonly wait: (milliseconds: number) => Promise<void>;

  /** @param base the server's base URL, with its slash at the end */
  constructor(
    readonly base: string,
    private readonly options: DoorOptions = {},
  ) {
    this.token = options.token ?? "";
    this.fetch = options.fetch ?? ((...call) => globalThis.fetch(...call));
    this.wait = options.wait ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  }

  /** Enters as a guest, by the secret of a link or the spoken code; a remembered `token` makes it the same person. */
  join(
    by: { class: string; secret: string } | { class?: string; code: string },
    name: string,
    token?: string,
  ): Promise<Entry> {
    return this.post("join", { ...by, name, ...(token ? { token } : {}) });
  }

  /** Enters a class that is there (by id, title or file name) as whom Jupyter has authenticated. */
  enter(classId: string): Promise<TeacherEntry> {
    return this.post("enter", { class: classId });
  }

  /** Enters the class of that title, made when there is none. */
  create(title: string): Promise<TeacherEntry> {
    return this.post("enter", { title });
  }

  async classes(): Promise<ClassInfo[]> {
    const answer = await this.call<{ classes: ClassInfo[] } | ClassInfo[]>("GET", "classes");
    return Array.isArray(answer) ? answer : answer.classes;
  }

  look(classId: string): Promise<Look> {
    return this.call("GET", `look?class=${encodeURIComponent(classId)}`);
  }

  /** A new link for students; the old one stops working. */
  rotateLinks(): Promise<Links> {
    return this.post("links/rotate", {});
  }

  /** Shows or hides the spoken code. */
  showCode(show: boolean): Promise<{ code: string }> {
    return this.post("code", { show });
  }

  /** The outline of mathematics. @throws DoorError, with a sentence that says what cannot be read */
  formula(source: string, display: boolean): Promise<Formula> {
    return this.post("formula", { source, display });
  }

  /** Ends a person's visit: their token opens nothing any more. */
  async remove(person: string): Promise<void> {
    await this.post(`people/${encodeURIComponent(person)}/remove`, {});
  }

  /** Makes pictures of pages and waits for them. @returns the file and the name that the server gives it */
  async export(request: ExportRequest, options: ExportOptions = {}): Promise<Exported> {
    const { signal } = options;
    const { job, missing = "" } = await this.finished(
      await this.post<Job>("export", request, signal),
      "export",
      options,
    );
    const answer = await this.ask("GET", `export/${encodeURIComponent(job)}?file`, undefined, signal);
    const name = fileName(answer.headers.get("Content-Disposition") ?? "", request.format);
    return { file: await answer.blob(), name, missing };
  }

  /** Waits for a job of the server, telling how far it is. @throws DoorError when it failed */
  private async finished<T extends Job>(started: T, kind: string, options: ExportOptions): Promise<T> {
    const { signal, progress } = options;
    const path = `${kind}/${encodeURIComponent(started.job)}`;
    let now = started;
    try {
      for (;;) {
        progress?.(now.done, now.total);
        if (now.state === "done") return now;
        if (now.state !== "waiting" && now.state !== "running") throw new DoorError(now.code, now.sentence);
        await this.wait(LOOK_AGAIN);
        signal?.throwIfAborted();
        now = await this.call<T>("GET", path, undefined, signal);
      }
    } catch (error) {
      // Whoever turns away gives the job up, so that it takes nobody else's turn.
      if (signal?.aborted) this.ask("DELETE", path).catch(() => {});
      throw error;
    }
  }

  /**
   * Makes pictures of a PDF's pages and waits for them. Turned away from (`signal`), the server gives it up too.
   * @param sending bytes on their way, of how many; @param making pages made, of how many
   */
  async importPdf(
    file: Blob,
    options: {
      signal?: AbortSignal;
      sending?: (done: number, total: number) => void;
      making?: (done: number, total: number) => void;
    } = {},
  ): Promise<readonly PdfPage[]> {
    const { signal, sending, making } = options;
    const pdf = file.type === "application/pdf" ? file : file.slice(0, file.size, "application/pdf");
    const started = await this.upload<PdfJob>("POST", "import/pdf", pdf, { signal, progress: sending });
    return (await this.finished(started, "import", { signal, progress: making })).pages;
  }

  /** Drawables from the text of another program's file or clipboard, and sentences about what did not come along. */
  objects(drawing: Blob, signal?: AbortSignal): Promise<{ objects: unknown[]; left_out: string[] }> {
    return this.upload("POST", "objects", drawing, signal ? { signal } : {});
  }

  /** The bytes of a picture. */
  async asset(sha: string): Promise<Blob> {
    return (await this.ask("GET", `assets/${sha}`, undefined, undefined, "default")).blob();
  }

  /** Sends a file as it is, telling how far it is: `fetch` does not. @throws DoorError, or the signal's reason */
  upload<T>(
    method: "PUT" | "POST",
    path: string,
    file: Blob,
    options: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {},
  ): Promise<T> {
    const { signal, progress } = options;
    return new Promise<T>((done, fail) => {
      const request = new XMLHttpRequest();
      const abort = () => {
        request.abort();
        fail(signal?.reason);
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
      request.onloadend = () => signal?.removeEventListener("abort", abort);
      request.upload.onprogress = ({ loaded, total }) => progress?.(loaded, total);
      request.onerror = () => fail(unreachable());
      request.onload = () => {
        const { status, responseText } = request;
        if (status < 200 || status > 299) return fail(problem(status, responseText));
        try {
          done(JSON.parse(responseText) as T);
        } catch {
          fail(problem(status, ""));
        }
      };
      request.open(method, `${this.base}classroom/api/${path}`);
      const headers = this.headers(method, file.type || "application/octet-stream");
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.send(file);
    });
  }

  private post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.call("POST", path, body, signal);
  }

  private async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await this.ask(method, path, body, signal);
    return (answer.status === 204 ? {} : await answer.json()) as T;
  }

  private headers(method: string, type: string | null): Record<string, string> {
    const headers: Record<string, string> = {};
    if (type !== null) headers["Content-Type"] = type;
    if (this.token) headers[TOKEN_HEADER] = this.token;
    if (this.options.jupyterToken) headers.Authorization = `token ${this.options.jupyterToken}`;
    const xsrf = method === "GET" ? null : cookie("_xsrf");
    if (xsrf) headers["X-XSRFToken"] = xsrf;
    return headers;
  }

  /** @throws DoorError for any answer but a good one */
  private async ask(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    cache: RequestCache = "no-store",
  ): Promise<Response> {
    const headers = this.headers(method, body === undefined ? null : "application/json");
    const init: RequestInit = { method, headers, credentials: "same-origin", cache };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    let answer: Response;
    try {
      answer = await this.fetch(`${this.base}classroom/api/${path}`, init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unreachable();
    }
    if (answer.ok) return answer;
    throw problem(answer.status, await answer.text().catch(() => ""));
  }
}

function unreachable(): DoorError {
  return new DoorError(
    "offline",
    "The teacher's Jupyter cannot be reached. Check the connection, then try again.",
  );
}

function problem(status: number, text: string): DoorError {
  let said: { code?: unknown; sentence?: unknown; parameters?: unknown } = {};
  try {
    said = (JSON.parse(text) as typeof said | null) ?? {};
  } catch {
    // a proxy's page, not the server's answer
  }
  const code = typeof said.code === "string" ? said.code : "unexpected";
  const sentence =
    typeof said.sentence === "string" ? said.sentence : `The server answered ${status}. Try again.`;
  return new DoorError(code, sentence, (said.parameters ?? {}) as Record<string, unknown>, status);
}

function cookie(name: string): string | null {
  const all = typeof document === "undefined" ? "" : document.cookie;
  for (const part of all.split(";")) {
    const [key, ...value] = part.trim().split("=");
    if (key === name) return decodeURIComponent(value.join("="));
  }
  return null;
}

function fileName(disposition: string, format: string): string {
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const plain = /filename="?([^";]+)"?/i.exec(disposition)?.[1];
  try {
    return (coded && decodeURIComponent(coded)) || plain || `board.${format}`;
  } catch {
    return plain ?? `board.${format}`;
  }
}

// -- what a browser remembers of a class

/** Who one was in a class: so that coming back is coming back as the same person. */
export interface Remembered {
  name: string;
  token: string;
}

const keyOf = (classId: string): string => `classroom.person.${classId}`;

/** The name and personal token kept for a class, or null. */
export function remembered(classId: string): Remembered | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(classId)) ?? "null");
    const { name, token } = (kept ?? {}) as Partial<Remembered>;
    return typeof name === "string" && typeof token === "string" ? { name, token } : null;
  } catch {
    return null; // storage is off, or holds something else
  }
}

export function remember(classId: string, who: Remembered): void {
  try {
    localStorage.setItem(keyOf(classId), JSON.stringify(who));
  } catch {
    // storage is off or full: the next visit asks for the name again
  }
}

export function forget(classId: string): void {
  try {
    localStorage.removeItem(keyOf(classId));
  } catch {
    // storage is off: nothing was kept
  }
}
