import { describe, expect, it } from "vitest";

import type { Session } from "../client/contract";
import { pack } from "../core/ink";
import { type Drawable, type Op, withDefaults } from "../core/schema";
import { Table } from "../core/table";
import { extent, type Loose, union } from "./extent";
import { layDown } from "./paste";

/** What of a session laying down uses, with a real table. */
function desk(records: readonly Drawable[] = []) {
  const table = new Table();
  table.replace(records);
  const changes: { ops: Op[]; undo: string | undefined }[] = [];
  let count = 0;
  const session = {
    table,
    newId: () => `new${++count}`,
    change: (ops: Op[], { undo }: { undo?: string } = {}) => {
      changes.push({ ops, undo });
      table.apply(ops);
    },
  } as unknown as Session;
  const on = (page: string) => table.onPage(page) as Drawable[];
  return { session, changes, on };
}

const points = pack([0, 0, 0.5, 100, 40, 0.5], 4);
const ink = (id: string, more: object = {}): Loose => ({ type: "ink", id, width: 4, points, ...more });
const box = (id: string, x: number, more: object = {}): Loose => ({
  type: "shape",
  kind: "rectangle",
  id,
  x,
  y: 0,
  w: 10,
  h: 10,
  width: 2,
  ...more,
});

describe("laying down", () => {
  it("puts things on top in their order, under fresh ids, as one step", () => {
    const lying = withDefaults({ type: "ink", id: "old", page: "P", z: "k1", points });
    const { session, changes, on } = desk([lying]);
    const ids = layDown(session, "P", "p7", [box("a", 0), ink("b"), box("a2", 30)]);
    expect(on("P").map(({ id }) => id)).toEqual(["old", ...ids]);
    expect(new Set([...ids, "a", "b", "a2"]).size).toBe(6);
    expect(
      on("P")
        .slice(1)
        .map(({ copy }) => copy),
    ).toEqual(["p7", "p7", "p7"]);
    expect(changes.map(({ undo }) => undo)).toEqual(["P"]);
  });

  it("moves the middle of all to where it is wanted", () => {
    const { session, on } = desk();
    const note: Loose = { type: "note", x: 5, y: 5, w: 50, h: 50, transform: [0, 1, -1, 0, 0, 0] };
    layDown(session, "P", "", [box("a", 0), ink("b"), note], { x: 500, y: -300 });
    const all = union(on("P").map(extent))!;
    expect((all.minX + all.maxX) / 2).toBeCloseTo(500, 1);
    expect((all.minY + all.maxY) / 2).toBeCloseTo(-300, 1);
    const [shape] = on("P");
    expect(shape!.transform).toBeNull(); // what has corners of its own moves them
  });

  it("leaves things where they are without a place", () => {
    const { session, on } = desk();
    layDown(session, "P", "", [box("a", 12)]);
    expect(on("P")[0]).toMatchObject({ x: 12, y: 0, transform: null });
  });

  it("keeps groups together under new names", () => {
    const { session, on } = desk();
    layDown(session, "P", "", [box("a", 0, { group: "g" }), box("b", 9, { group: "g" }), box("c", 9)]);
    const [a, b, c] = on("P").map(({ group }) => group);
    expect(a).toBe(b);
    expect(a).not.toBe("g");
    expect(a).not.toBe("");
    expect(c).toBe("");
  });

  it("names the first part of a stroke anew, whichever part was named before", () => {
    const { session, on } = desk();
    const strokes = [
      ink("a"),
      ink("b", { part: "a" }),
      ink("c", { part: "b" }),
      ink("y", { part: "gone" }),
      ink("z", { part: "gone" }),
    ];
    const [a, , , y] = layDown(session, "P", "", strokes);
    expect(on("P").map((one) => one.type === "ink" && one.part)).toEqual(["", a, a, "", y]);
  });

  it("leaves out what cannot be drawn, and does nothing when that is all", () => {
    const { session, changes, on } = desk();
    const broken = ink("x", { points: Uint8Array.of(9, 9, 9) });
    expect(layDown(session, "P", "", [broken])).toEqual([]);
    expect(layDown(session, "P", "", [])).toEqual([]);
    expect(changes).toEqual([]);
    expect(layDown(session, "P", "", [broken, box("a", 0)])).toHaveLength(1);
    expect(on("P")).toHaveLength(1);
  });
});
