/** Seeded storms: many windows, a network that delays and breaks, pages that reload. Everyone ends with one table. */

import { describe, expect, it } from "vitest";

import { between } from "../core/order";
import { type AnyRecord, type Op, withDefaults } from "../core/schema";
import type { ClassSession } from "./session";
import { Kept, open, Page, Server, World } from "./world.test-support";

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

interface Seat {
  person: string;
  store: Kept;
  page: Page;
  session: ClassSession;
}

/** What every change of a storm carries, so that it can be found again: in a chat line, or at the end of the text. */
interface Sent {
  word: string;
  refused: boolean;
}

const sorted = (records: Iterable<AnyRecord>): AnyRecord[] =>
  [...records].sort((a, b) => (a.id < b.id ? -1 : 1));

class Storm {
  readonly world: World;
  readonly server: Server;
  readonly seats: Seat[] = [];
  readonly sent: Sent[] = [];
  reloads = 0;
  cuts = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    this.server = new Server(this.world);
    this.server.seed([
      { op: "put", record: withDefaults({ type: "page", id: "page", order: "a1" }) },
      { op: "put", record: withDefaults({ type: "item", id: "text", kind: "note", order: "a1" }) },
    ]);
    for (let i = 1; i <= 4; i++) this.seats.push(this.sit(`p${i}`, new Kept()));
  }

  sit(person: string, store: Kept): Seat {
    const page = new Page(this.world, this.server);
    const session = open(page, person, store);
    session.on("refused", ({ ops }) => {
      const said = JSON.stringify(ops);
      for (const one of this.sent) if (said.includes(one.word)) one.refused = true;
    });
    return { person, store, page, session };
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.world.random() * list.length)];
  }

  /** One random thing that a person or the network does. */
  act(): void {
    const chance = this.world.random();
    const seat = this.pick(this.seats)!;
    if (chance < 0.05) {
      this.cuts++;
      this.server.cut(seat.page);
    } else if (chance < 0.08) {
      seat.page.leave();
      this.reloads++;
      this.seats[this.seats.indexOf(seat)] = this.sit(seat.person, seat.store);
    } else if (chance < 0.1) this.server.down = !this.server.down;
    else if (chance < 0.12) seat.page.wake();
    else this.change(seat.session);
  }

  change(session: ClassSession): void {
    if (!session.me) return;
    const word = `<${this.sent.length}>`;
    const chance = this.world.random();
    const messages = session.table.ofType("message");
    const ops: Op[] = [
      { op: "put", record: withDefaults({ type: "message", id: session.newId(), text: word }) },
    ];
    const items = session.table.ofType("item").filter((item) => item.id !== "text");
    const text = session.table.get("text");
    if (chance < 0.3 && text?.type === "item") {
      ops[0] = {
        op: "append",
        id: "text",
        field: "text",
        at: new TextEncoder().encode(text.text).length,
        text: word,
      };
    } else if (chance < 0.4) {
      const feed = session.table.ofType("item");
      const order = between(feed[feed.length - 1]?.order ?? null, null);
      ops.push({
        op: "put",
        record: withDefaults({ type: "item", id: session.newId(), kind: "note", order }),
      });
    } else if (chance < 0.5 && items.length) ops.push({ op: "remove", ids: [this.pick(items)!.id] });
    else if (chance < 0.6 && messages.length) {
      ops.push({ op: "patch", ids: [this.pick(messages)!.id], fields: { to: "staff" } });
    } else if (chance < 0.65) {
      ops.push({
        op: "put",
        record: withDefaults({ type: "message", id: `forbidden${word.length}`, text: "x" }),
      });
    }
    this.sent.push({ word, refused: false });
    session.change(ops, this.world.random() < 0.5 ? { undo: "page" } : {});
    if (this.world.random() < 0.1) session.undo("page");
  }

  async settle(): Promise<void> {
    this.server.down = false;
    for (const seat of this.seats) seat.page.wake();
    await this.world.pass(60_000);
  }
}

describe.each(SEEDS)("storm %i", (seed) => {
  it("ends with equal tables, each change applied once or refused (SPEC 3)", async () => {
    const storm = new Storm(seed);
    await storm.world.pass(1_000);
    for (let i = 0; i < 250; i++) {
      storm.act();
      await storm.world.pass(storm.world.random() * 60);
    }
    await storm.settle();

    expect(storm.sent.length, "the storm made changes").toBeGreaterThan(100);
    expect(storm.cuts).toBeGreaterThan(0);
    for (const { session, person } of storm.seats) {
      expect(session.status, person).toBe("live");
      expect(session.pending, person).toBe(0);
      expect(sorted(session.table as unknown as Iterable<AnyRecord>), person).toEqual(
        sorted(storm.server.table),
      );
    }
    const said = storm.server.log.flatMap(({ ops }) =>
      ops.flatMap((op) =>
        op.op === "append" ? [op.text] : op.op === "put" && "text" in op.record ? [op.record.text] : [],
      ),
    );
    for (const { word, refused } of storm.sent) {
      const times = said.filter((text) => text === word).length;
      expect(times, `${word} refused: ${refused}`).toBe(refused ? 0 : 1);
    }
  });
});

it("the storms met everything they are for", async () => {
  const met = { cuts: 0, reloads: 0, refused: 0, resumed: 0, snapshots: 0 };
  for (const seed of SEEDS.slice(0, 10)) {
    const storm = new Storm(seed);
    await storm.world.pass(1_000);
    for (let i = 0; i < 250; i++) {
      storm.act();
      await storm.world.pass(storm.world.random() * 60);
    }
    await storm.settle();
    met.cuts += storm.cuts;
    met.reloads += storm.reloads;
    met.refused += storm.sent.filter((one) => one.refused).length;
    met.resumed += storm.server.resumed.filter((one) => one).length;
    met.snapshots += storm.server.resumed.filter((one) => !one).length;
  }
  for (const [what, count] of Object.entries(met)) expect(count, what).toBeGreaterThan(10);
});
