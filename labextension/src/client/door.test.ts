import { beforeEach, describe, expect, it, vi } from "vitest";

import { Door, DoorError, forget, remember, remembered } from "./door";
import { Kept } from "./world.test-support";

interface Call {
  url: string;
  init: RequestInit;
}

/** A door whose server gives these answers, one after the other. */
function door(...answers: (Response | Error)[]): { door: Door; calls: Call[] } {
  const calls: Call[] = [];
  const fetching = async (url: RequestInfo | URL, init: RequestInit = {}) => {
    calls.push({ url: String(url), init });
    const answer = answers.shift() ?? new Error("no more answers");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const made = new Door("/user/ana/", {
    fetch: fetching as typeof fetch,
    wait: async () => {},
    token: "c.p1.s",
  });
  return { door: made, calls };
}

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

describe("the door", () => {
  it("puts no secret into an address, and its token into a header", async () => {
    const { door: made, calls } = door(json({ token: "t" }));
    await made.join({ class: "abcdefghij", secret: "S3CRET" }, "Ana", "old.p2.token");
    expect(calls[0]?.url).toBe("/user/ana/classroom/api/join");
    expect(JSON.parse(String(calls[0]?.init.body))).toEqual({
      class: "abcdefghij",
      secret: "S3CRET",
      name: "Ana",
      token: "old.p2.token",
    });
    expect(calls[0]?.init.headers).toMatchObject({ "X-Classroom-Token": "c.p1.s" });
  });

  it("sends Jupyter's cookie back as a header, as JupyterLab does, but not with a GET", async () => {
    vi.stubGlobal("document", { cookie: "a=b; _xsrf=2%7Cabc=; c=d" });
    const { door: made, calls } = door(json({}), json([]));
    await made.enter("abcdefghij");
    await made.classes();
    vi.unstubAllGlobals();
    expect(calls[0]?.init.headers).toMatchObject({ "X-XSRFToken": "2|abc=" });
    expect(calls[1]?.init.headers).not.toHaveProperty("X-XSRFToken");
  });

  it.each([
    [json({ code: "name-taken", sentence: "Someone…", parameters: { name: "Ana" } }, 409), "name-taken", 409],
    [new Response("<html>Bad gateway</html>", { status: 502 }), "unexpected", 502],
    [json(null, 500), "unexpected", 500],
    [new TypeError("Failed to fetch"), "offline", 0],
  ])("says what went wrong: %#", async (answer, code, status) => {
    const { door: made } = door(answer);
    const error = await made.look("abcdefghij").catch((one: unknown) => one);
    expect(error).toBeInstanceOf(DoorError);
    expect(error).toMatchObject({ code, status });
    expect((error as DoorError).sentence.length).toBeGreaterThan(5);
  });

  it("waits for an export, tells how far it is, and gives the file its name", async () => {
    const state = (now: string, done: number) => json({ job: "job12345", state: now, done, total: 2 });
    const headers = { "Content-Disposition": 'attachment; filename="board.png"' };
    const file = new Response(Uint8Array.of(1, 2, 3), { headers });
    const { door: made, calls } = door(state("waiting", 0), state("running", 1), state("done", 2), file);
    const told: number[] = [];
    const made_ = await made.export({ format: "png" }, { progress: (done) => told.push(done) });
    expect([made_.name, made_.file.size, told]).toEqual(["board.png", 3, [0, 1, 2]]);
    expect(calls.at(-1)?.url).toBe("/user/ana/classroom/api/export/job12345?file");
  });

  it("gives an export up when told to", async () => {
    const job = new AbortController();
    const { door: made, calls } = door(
      json({ job: "job12345", state: "running", done: 0, total: 2 }),
      json({}),
    );
    const made_ = made.export({ format: "png" }, { signal: job.signal, progress: () => job.abort() });
    await expect(made_).rejects.toThrow();
    expect(calls.map(({ init }) => init.method)).toEqual(["POST", "DELETE"]);
  });
});

describe("what a browser remembers", () => {
  beforeEach(() => {
    vi.stubGlobal("localStorage", new Kept());
    return () => vi.unstubAllGlobals();
  });

  it("is kept by class, and forgotten when asked", () => {
    remember("one", { name: "Ana", token: "one.p1.s" });
    expect(remembered("one")).toEqual({ name: "Ana", token: "one.p1.s" });
    expect(remembered("two")).toBeNull();
    forget("one");
    expect(remembered("one")).toBeNull();
  });

  it.each(["", "{", "null", "5", '{"name":5,"token":"t"}'])(
    "is nothing where something else lies: %s",
    (found) => {
      localStorage.setItem("classroom.person.one", found);
      expect(remembered("one")).toBeNull();
    },
  );

  it("is nothing where storage is off", () => {
    vi.stubGlobal("localStorage", undefined);
    expect(remembered("one")).toBeNull();
    remember("one", { name: "Ana", token: "t" });
    forget("one");
  });
});
