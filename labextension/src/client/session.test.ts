import { beforeEach, describe, expect, it } from "vitest";

import { unpack } from "../core/ink";
import {
  type AnyMessage,
  type DraftFigure,
  type Ink,
  KINDS,
  type Op,
  type Page as PageRecord,
  withDefaults,
} from "../core/schema";
import { type LiveStyle, split } from "../core/wire";
import type { LiveStroke } from "./contract";
import type { ClassSession } from "./session";
import { Kept, open, Page, Server, World } from "./world.test-support";

const STYLE: LiveStyle = { tool: "pen", colour: "red", width: 3.1, quantum: 4 };
const WHY = { reason: "", again: false };

let world: World;
let server: Server;

const message = (id: string, text = id): Op => ({
  op: "put",
  record: withDefaults({ type: "message", id, text }),
});
const ids = (session: ClassSession): string[] => session.table.ofType("message").map(({ id }) => id);

/** n points on a line, with their times. */
function line(n: number, from = 0): { points: number[]; times: number[] } {
  const at = Array.from({ length: n }, (_, i) => from + i);
  return { points: at.flatMap((i) => [i, 2 * i, 0.5]), times: at.map((i) => 1e6 + 8 * i) };
}

function sit(person: string, store = new Kept()): { page: Page; session: ClassSession; store: Kept } {
  const page = new Page(world, server);
  return { page, session: open(page, person, store), store };
}

const inkOf = (session: ClassSession): Ink[] => session.table.ofType("ink");
const sent = <K extends AnyMessage["kind"]>(kind: K) =>
  server.seen.filter((one): one is Extract<AnyMessage, { kind: K }> => one.kind === kind);

beforeEach(() => {
  world = new World(1);
  server = new Server(world);
  server.seed([
    { op: "put", record: withDefaults({ type: "class", id: "class", draw: "all" }) },
    { op: "put", record: withDefaults({ type: "page", id: "P", order: "a1" }) },
    { op: "put", record: withDefaults({ type: "person", id: "p1", name: "Ana" }) },
    { op: "put", record: withDefaults({ type: "person", id: "p2", name: "Ben", role: "teacher" }) },
  ]);
});

describe("a connection", () => {
  it("is live only when what came after an old snapshot is there too", async () => {
    for (let number = 0; number < 5; number++) server.seed([message(`m${number}`)]);
    server.behind = 4;
    const { session } = sit("p1");
    let found: string[] = [];
    session.on("status", (status) => {
      if (status === "live") found = ids(session);
    });
    await world.pass(300);
    expect(found).toEqual(["m0", "m1", "m2", "m3", "m4"]);
  });

  it("becomes live with the table, and knows who it is", async () => {
    const { session } = sit("p1");
    const states: string[] = [];
    session.on("status", (status) => states.push(status));
    expect(session.status).toBe("connecting");
    await world.pass(200);
    expect(states).toEqual(["live"]);
    expect(session.self?.name).toBe("Ana");
    expect(session.staff).toBe(false);
    expect(session.here).toEqual(new Set(["p1"]));
    expect(Math.abs(session.now() - server.now())).toBeLessThan(25); // this machine's own clock is years off
  });

  it("keeps strokes drawn while it is away, and sends each once", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    server.down = true;
    server.cut();
    await world.pass(5_000);
    expect(session.status).toBe("reconnecting");
    const stroke = session.begin("P", STYLE);
    stroke.add(line(10));
    expect(stroke.finish()).toEqual([stroke.id]);
    expect(inkOf(session)).toHaveLength(1);
    expect(session.pending).toBe(1);
    server.down = false;
    await world.pass(15_000);
    expect(session.status).toBe("live");
    expect(session.pending).toBe(0);
    expect(server.log.filter(({ client }) => client)).toHaveLength(1);
    expect(sent("live-start")).toHaveLength(0);
  });

  it("that fell silent is given up within 35 s and a beat (SPEC 5.13)", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    server.delay = 1e9; // everything is swallowed
    await world.pass(46_000);
    expect(session.status).toBe("reconnecting");
  });

  it("is tried at once when the network or the person is back", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    server.down = true;
    server.cut();
    await world.pass(60_000);
    server.down = false;
    page.wake();
    await world.pass(150);
    expect(session.status).toBe("live");
  });

  it.each([true, false])("ended by a bye comes back only if told so: %s", async (again) => {
    const { session, page } = sit("p1");
    await world.pass(200);
    server.say(page, { kind: "bye", code: again ? "going-away" : "removed", reason: "why", again });
    await world.pass(5_000);
    expect(session.status).toBe(again ? "live" : "closed");
    expect(session.farewell).toEqual(again ? null : { code: "removed", reason: "why" });
    expect(sent("hello")).toHaveLength(again ? 2 : 1);
  });

  it("that says what cannot be read begins anew, with a whole table", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    const broken: AnyMessage = { kind: "confirm", number: 1, seq: 1 };
    for (const one of server.lines) if (one.page === page) one.events.frame(Uint8Array.of(2, 0x80));
    expect(session.status).toBe("reconnecting");
    await world.pass(5_000);
    expect(session.status).toBe("live");
    expect(sent("hello")[1]?.last).toBeNull();
    server.say(page, broken); // for a number that nobody waits for: nothing happens
    await world.pass(100);
    expect(session.status).toBe("live");
  });

  it("loads the page again for a newer protocol, once", async () => {
    server.refusing = { kind: "bye", code: "upgrade", ...WHY };
    const first = sit("p1");
    await world.pass(500);
    expect(first.page.reloads).toBe(1);
    const second = sit("p1", first.store);
    await world.pass(500);
    expect(second.page.reloads).toBe(0);
    expect(second.session.farewell?.code).toBe("upgrade");
  });

  it("asks once for a new token when the old one opens nothing", async () => {
    let asked = 0;
    server.refusing = { kind: "bye", code: "bad-token", ...WHY };
    const page = new Page(world, server);
    const token = async () => {
      if (++asked === 2) server.refusing = null;
      return `abcdefghij.p1.secret${asked}`;
    };
    const session = open(page, "p1", new Kept(), { token });
    await world.pass(5_000);
    expect([session.status, asked]).toEqual(["live", 2]);
  });
});

describe("changes", () => {
  it("show at once, and are rolled back and told of when refused", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    const told: unknown[] = [];
    session.on("refused", (news) => told.push([news.code, news.ops.length]));
    session.change([message("m"), message("forbidden-1")]);
    expect(ids(session).sort()).toEqual(["forbidden-1", "m"]);
    await world.pass(200);
    expect(ids(session)).toEqual([]);
    expect(told).toEqual([["forbidden", 2]]);
    expect(session.pending).toBe(0);
  });

  it("are told of once they are in the log, and only this window's own", async () => {
    const { session } = sit("p1");
    const other = sit("p2").session;
    await world.pass(200);
    const told: string[] = [];
    session.on("saved", (pending) => told.push(`saved ${pending}`));
    session.on("refused", ({ code }) => told.push(code));
    other.change([message("theirs")]);
    session.change([message("forbidden-1")]);
    await world.pass(200);
    expect(told).toEqual(["forbidden"]);
    session.change([message("m")]);
    await world.pass(200);
    expect(told).toEqual(["forbidden", "saved 0"]);
  });

  it("look as the server will stamp them, and are undone though they were rounded on the way", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    const stroke = session.begin("P", STYLE);
    stroke.add(line(3));
    stroke.finish();
    expect(inkOf(session)[0]).toMatchObject({ author: "p1", width: 3.125, page: "P" });
    await world.pass(200);
    expect(session.canUndo("P")).toBe(true);
    expect(session.undo("P")).toBe(true);
    expect(inkOf(session)).toEqual([]);
    await world.pass(200);
    expect(session.redo("P")).toBe(true);
    await world.pass(200);
    expect([...server.table].filter((one) => one.type === "ink")).toHaveLength(1);
  });

  it("too large for one frame go in parts; one operation too large is refused here", async () => {
    server.limits = { ...server.limits, frame: 2_000, ops: 50 };
    const { session } = sit("p1");
    await world.pass(200);
    const told: string[] = [];
    session.on("refused", ({ code }) => told.push(code));
    session.change(Array.from({ length: 120 }, (_, i) => message(`m${i}`)));
    session.change([{ op: "remove", ids: Array.from({ length: 300 }, (_, i) => `m${i}`) }]);
    session.change([message("large", "x".repeat(3_000))]);
    await world.pass(1_000);
    expect(told).toEqual(["too-large"]);
    expect(session.pending).toBe(0);
    expect(server.log.filter(({ client }) => client).length).toBeGreaterThan(4);
    expect(ids(session)).toEqual([]);
  });

  it("are on their way 64 at a time", async () => {
    const page = new Page(world, server);
    let out = 0;
    let most = 0;
    const connect = page.connect.bind(page);
    page.connect = (url, protocol, events) => {
      const wire = connect(url, protocol, events);
      const send = (frame: Uint8Array) => {
        out += split(frame).filter(({ kind }) => kind === KINDS.change).length;
        wire.send(frame);
      };
      return { buffered: 0, send, close: () => wire.close() };
    };
    const session = open(page, "p1");
    await world.pass(200);
    for (let i = 0; i < 200; i++) {
      session.change([message(`m${i}`)]);
      most = Math.max(most, out - (i + 1 - session.pending));
    }
    for (let i = 0; i < 2_000; i++) {
      await world.pass(1);
      most = Math.max(most, out - (200 - session.pending));
    }
    expect([most, out, session.pending]).toEqual([64, 200, 0]);
    expect(ids(session)).toHaveLength(200);
  });
});

describe("the log", () => {
  const seen = (seq: number, ...ops: Op[]) => ({ seq, tag: 0, number: 0, author: "p2", time: 1, ops });
  const changes = (upto: number, ...entries: ReturnType<typeof seen>[]): AnyMessage => {
    return { kind: "changes", upto, mark: server.mark(upto), entries };
  };

  it("is not applied twice where it is told twice", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    const at = server.log.length;
    server.say(page, changes(at + 1, seen(at, message("old")), seen(at + 1, message("new"))));
    await world.pass(100);
    expect(ids(session)).toEqual(["new"]);
  });

  it("is applied by whole ticks: half of one is forgotten with its connection", async () => {
    const { session, page } = sit("p1");
    server.forgetful = 0;
    await world.pass(200);
    server.say(page, changes(0, seen(server.log.length + 1, message("half"))));
    await world.pass(100);
    expect(ids(session)).toEqual([]);
    server.cut();
    await world.pass(5_000);
    expect(server.resumed.at(-1)).toBe(true);
    session.change([message("whole")]);
    await world.pass(500);
    expect(ids(session)).toEqual(["whole"]);
  });

  it("takes the place of a change confirmed ahead of it, which is seen until then", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    session.change([message("forbidden-1")]); // the server says nothing of it that counts
    server.say(page, { kind: "confirm", number: 1, seq: 999 }, changes(998));
    await world.pass(100);
    expect([session.pending, ids(session)]).toEqual([0, ["forbidden-1"]]);
    server.say(page, changes(999));
    await world.pass(100);
    expect(ids(session)).toEqual([]);
  });
});

describe("a reload", () => {
  it("goes on as the same client, and sends what was pending once", async () => {
    const first = sit("p1");
    await world.pass(200);
    server.down = true;
    server.cut();
    first.session.change([message("m")]);
    first.page.leave();
    const { session } = sit("p1", first.store);
    server.down = false;
    await world.pass(10_000);
    const [one, two] = [sent("hello")[0], sent("hello").at(-1)];
    expect(two?.client).toBe(one?.client);
    expect(ids(session)).toEqual(["m"]);
    session.change([message("n")]);
    await world.pass(500);
    expect(server.log.filter(({ client }) => client).map(({ number }) => number)).toEqual([1, 2]);
  });

  it("of a duplicated tab is another client, and does not send the first one's changes", async () => {
    const first = sit("p1");
    await world.pass(200);
    server.down = true;
    server.cut();
    first.session.change([message("m")]);
    const copy = sit("p1", new Kept(first.store));
    server.down = false;
    await world.pass(20_000);
    expect(new Set(sent("hello").map(({ client }) => client)).size).toBe(2);
    copy.session.change([message("n")]);
    await world.pass(500);
    for (const { session } of [first, copy]) expect(ids(session).sort()).toEqual(["m", "n"]);
    expect(sent("change")).toHaveLength(2);
  });

  it("is not needed: two sessions of one page are two clients, and leave each other's changes alone", async () => {
    const page = new Page(world, server);
    const store = new Kept();
    const one = open(page, "p1", store);
    await world.pass(200);
    server.down = true;
    one.change([message("m")]);
    const kept = store.length;
    const two = open(page, "p1", store);
    await world.pass(100);
    expect(store.length).toBeGreaterThanOrEqual(kept);
    server.down = false;
    page.wake();
    await world.pass(20_000);
    expect(two.status).toBe("live");
    expect(new Set(sent("hello").map(({ client }) => client)).size).toBe(2);
  });

  it("begins as a new client where the browser keeps nothing", async () => {
    const full = new Kept();
    full.setItem = () => {
      throw new Error("the storage is full");
    };
    const { session } = sit("p1", full);
    await world.pass(200);
    session.change([message("m")]);
    await world.pass(200);
    expect(ids(session)).toEqual(["m"]);
    expect(full.length).toBe(0);
  });
});

describe("live strokes", () => {
  it("are seen while they are drawn, and their record takes their place: never both, never neither", async () => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    const stroke = ana.session.begin("P", STYLE);
    const seen: string[] = [];
    const look = () => {
      const [preview, record] = [
        ben.session.live.has(stroke.id),
        ben.session.table.get(stroke.id) !== undefined,
      ];
      seen.push(preview && record ? "both" : preview ? "preview" : record ? "record" : "nothing");
    };
    ben.session.on("live", look);
    ben.session.on("table", look);
    for (let i = 0; i < 20; i++) {
      stroke.add(line(5, 5 * i));
      await world.pass(16);
    }
    expect(ben.session.live.get(stroke.id)?.points.length).toBeGreaterThan(60);
    expect(ana.session.live.size).toBe(0);
    stroke.finish();
    await world.pass(500);
    expect(seen.filter((one) => one === "both")).toEqual([]);
    expect(seen.at(-1)).toBe("record");
    expect(seen.slice(seen.indexOf("preview"))).not.toContain("nothing");
    const [ink] = inkOf(ben.session);
    expect(Array.from(unpack(ink!.points, 4))).toEqual(line(100).points);
    expect(sent("live-points").length).toBeLessThan(14); // batches of 33 ms
  });

  it("past 2,000 points become several records of one change that touch each other", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    const stroke = session.begin("P", STYLE);
    stroke.add(line(4_500));
    const made = stroke.finish();
    await world.pass(500);
    const inks = inkOf(session);
    expect(inks.map(({ id }) => id)).toEqual(made);
    expect(inks.map(({ part }) => part)).toEqual(["", stroke.id, stroke.id]);
    const ends = inks.map(({ points }) => Array.from(unpack(points, 4)));
    expect(ends.map((points) => points.length / 3)).toEqual([2_000, 2_000, 502]);
    expect(ends[1]!.slice(0, 3)).toEqual(ends[0]!.slice(-3));
    expect(server.log.filter(({ client }) => client)).toHaveLength(1);
    session.undo("P");
    expect(inkOf(session)).toEqual([]);
  });

  it("with a gap wait for their record", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    const start: AnyMessage = {
      kind: "live-start",
      handle: 7,
      id: "s",
      page: "P",
      copy: "",
      person: "p2",
      ...STYLE,
    };
    const data = Uint8Array.of(2, 2, 0);
    server.say(page, start, { kind: "live-points", handle: 7, at: 0, data });
    server.say(page, { kind: "live-points", handle: 7, at: 2, data });
    await world.pass(100);
    expect(session.live.get("s")).toMatchObject({ broken: true, points: [1 / 16, 1 / 16, 0.5] });
  });

  it("end after five seconds of silence, when they are not kept, and with the connection", async () => {
    const { session, page } = sit("p1");
    await world.pass(200);
    const ended: string[] = [];
    session.on("live", (stroke: LiveStroke) => {
      if (stroke.ended) ended.push(stroke.id);
    });
    const begin = (handle: number): AnyMessage => {
      const id = `s${handle}`;
      return { kind: "live-start", handle, id, page: "P", copy: "", person: "p2", ...STYLE };
    };
    server.say(page, begin(1), begin(2));
    await world.pass(1_000);
    server.say(page, { kind: "live-end", handle: 2, kept: false });
    await world.pass(100);
    expect(ended).toEqual(["s2"]);
    await world.pass(5_000);
    expect(ended).toEqual(["s2", "s1"]);
    server.say(page, begin(3));
    await world.pass(100);
    server.cut();
    expect(ended).toEqual(["s2", "s1", "s3"]);
    expect(session.live.size).toBe(0);
  });

  it("cancelled leave nothing", async () => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    const stroke = ana.session.begin("P", STYLE);
    stroke.add(line(5));
    await world.pass(100);
    expect(ben.session.live.size).toBe(1);
    stroke.cancel();
    expect(stroke.finish()).toEqual([]);
    await world.pass(100);
    expect(ben.session.live.size).toBe(0);
    expect(inkOf(ana.session)).toEqual([]);
  });

  it("of nothing but a device's hiccups are no strokes", async () => {
    const { session } = sit("p1");
    await world.pass(200);
    const stroke = session.begin("P", STYLE);
    stroke.add({ points: [Number.NaN, 1, 0.5, 1, Number.POSITIVE_INFINITY, 1], times: [1, 2] });
    expect(stroke.finish()).toEqual([]);
    const wild = session.begin("P", STYLE);
    wild.add({ points: [1e300, -1e300, 7, 0, 0, Number.NaN], times: [5, 4] });
    expect(wild.finish()).toHaveLength(1);
  });
});

describe("presence", () => {
  it("is the latest value, sampled (SPEC 5.12), and never one's own (SPEC 5.11)", async () => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    for (let i = 0; i < 100; i++) {
      for (const { session } of [ana, ben]) session.show({ cursor: ["P", i, i, "arrow"] });
      await world.pass(10);
    }
    await world.pass(300);
    const from = (x: ClassSession, person: string) => x.presence.get(person)?.cursor;
    expect(from(ben.session, "p1")).toEqual(["P", 99, 99, "arrow"]);
    expect(from(ana.session, "p2")).toEqual(["P", 99, 99, "arrow"]);
    expect(ana.session.presence.has("p1")).toBe(false);
    const count = sent("presence").length;
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThan(30); // about 20 and 5
  });

  const figure = (id: string, w: number, more: Partial<DraftFigure> = {}): DraftFigure => ({
    id,
    page: "P",
    kind: "rectangle",
    x: 0,
    y: 0,
    w,
    h: 10,
    copy: "",
    colour: "ink",
    fill: "",
    width: 3,
    dash: "solid",
    corners: [],
    transform: null,
    ...more,
  });
  const put = (id: string): Op => ({
    op: "put",
    record: withDefaults({
      type: "shape",
      kind: "rectangle",
      id,
      page: "P",
      z: "a1",
      x: 0,
      y: 0,
      w: 9,
      h: 10,
    }),
  });

  it("shows a figure while it is made, until its record is there (SPEC 5.15)", async () => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    const seen = () => ben.session.drafts.get("p1")?.w ?? null;
    const order: string[] = [];
    ben.session.on("draft", ({ draft }) => {
      if (!draft) order.push(`gone, and the record is ${ben.session.table.get("d") ? "there" : "not"}`);
    });
    for (let w = 0; w < 100; w++) {
      ana.session.show({ draft: figure("d", w), cursor: ["P", w, w, "pen"] });
      await world.pass(10);
    }
    await world.pass(300);
    expect(seen()).toBe(99);
    expect(ben.session.presence.get("p1")?.cursor).toEqual(["P", 99, 99, "pen"]);
    expect(ana.session.drafts.size).toBe(0);
    const count = sent("presence").length;
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThan(10); // 5 a second
    ana.session.change([put("d")]);
    await world.pass(300);
    expect(order).toEqual(["gone, and the record is there"]);
    expect(seen()).toBe(null);
    await world.pass(10_000);
    expect(sent("presence").filter(({ draft }) => draft === "off")).toEqual([]);
    expect(sent("presence")).toHaveLength(count);
  });

  it("says a figure at rest again, also after the connection was lost, and no more when it is given up", async () => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    ana.session.show({ draft: figure("d", 5) });
    await world.pass(9_000);
    expect(sent("presence").length).toBeGreaterThan(3);
    expect(ben.session.drafts.get("p1")).toEqual(figure("d", 5));
    server.cut();
    await world.pass(1);
    expect(ben.session.drafts.size).toBe(0);
    await world.pass(20_000);
    expect(ben.session.drafts.get("p1")).toEqual(figure("d", 5));
    ana.session.show({ draft: "off" });
    await world.pass(300);
    expect(ben.session.drafts.size).toBe(0);
    const count = sent("presence").length;
    await world.pass(10_000);
    expect(sent("presence")).toHaveLength(count);
  });

  it("says a figure of many corners less often", async () => {
    const ana = sit("p1");
    await world.pass(300);
    const corners = Array.from({ length: 200 }, (_, i) => [i / 199, (i % 7) / 6] as const);
    for (let w = 0; w < 100; w++) {
      ana.session.show({ draft: figure("d", w, { kind: "polygon", corners }) });
      await world.pass(10);
    }
    expect(sent("presence").length).toBeGreaterThan(0);
    expect(sent("presence").length).toBeLessThan(3);
  });
});

describe("who may draw (SPEC 4.3)", () => {
  const page = (more: Partial<PageRecord>): Op => ({
    op: "patch",
    ids: ["P"],
    fields: { locked: false, gone: false, audience: "all", ...more },
  });
  const rule = (draw: string, own: string): Op[] => [
    { op: "patch", ids: ["class"], fields: { draw } },
    { op: "patch", ids: ["p1"], fields: { draw: own } },
  ];

  it.each([
    ["all", "", {}, true],
    ["all", "no", {}, false],
    ["chosen", "", {}, false],
    ["chosen", "yes", {}, true],
    ["none", "yes", {}, false],
    ["none", "", { audience: "each" as const }, true],
    ["none", "no", { audience: "each" as const }, false],
    ["all", "", { audience: "staff" as const }, false],
    ["all", "", { locked: true }, false],
    ["all", "", { gone: true }, false],
  ])("class %s, own %s, page %o: %s", async (draw, own, more, may) => {
    const [ana, ben] = [sit("p1"), sit("p2")];
    await world.pass(300);
    ana.session.change([...rule(draw, own), page(more)]);
    ben.session.change([...rule(draw, own), page(more)]);
    expect(ana.session.mayDraw("P")).toBe(may);
    expect(ana.session.mayDraw("nowhere")).toBe(false);
    expect(ben.session.mayDraw("P")).toBe(!("gone" in more));
  });
});
