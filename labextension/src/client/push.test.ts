import { expect, it } from "vitest";

import { type Op, withDefaults } from "../core/schema";
import { pushCell, Sessions } from "./push";
import { open, Page, Server, World } from "./world.test-support";

it("pushes to the newest open session that teaches, at the end of its feed", async () => {
  const world = new World(1);
  const server = new Server(world);
  const person = (id: string, role: "teacher" | "student"): Op => ({
    op: "put",
    record: withDefaults({ type: "person", id, name: id, role }),
  });
  server.seed([person("p1", "teacher"), person("p2", "student")]);
  const [teacher, student, closed] = ["p1", "p2", "p1"].map((id) => open(new Page(world, server), id));
  const sessions = new Sessions();
  expect(() => pushCell(sessions, "x", "python")).toThrow("No class is open here");
  for (const one of [teacher, student, closed]) sessions.add(one!);
  await world.pass(300);
  closed!.close();
  const first = pushCell(sessions, "print(1)", "julia");
  pushCell(sessions, "# Title", "markdown");
  await world.pass(300);
  const feed = student!.table.ofType("item");
  expect(feed.map(({ kind, text, language }) => [kind, text, language])).toEqual([
    ["code", "print(1)", "julia"],
    ["note", "# Title", "python"],
  ]);
  expect(feed[0]!.id).toBe(first);
});
