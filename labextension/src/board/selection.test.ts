import { beforeEach, describe, expect, it } from "vitest";

import { pack } from "../core/ink";
import { type Draft, type Drawable, withDefaults } from "../core/schema";
import { step } from "../core/table";
import { arranged, draggedAll, type patches, reshaped, restyled } from "./edits";
import { Materials } from "./materials";
import { Scene } from "./scene";
import { boxed, completed, lassoed, lying, reading, Selection, topmost } from "./selection";
import type { Thing } from "./thing";
import { moving, turning } from "./transform";

let scene: Scene;
const anyone = () => true;
const measure = (words: string, _: unknown, size: number) => words.length * size * 0.5;

function put(draft: { id: string } & Record<string, unknown>): void {
  scene.put(withDefaults({ page: "P", z: "a1", ...draft } as unknown as Draft<Drawable["type"]>) as Drawable);
}

/** An unfilled square of 100. */
function square(id: string, x: number, y: number, more: object = {}): void {
  put({ type: "shape", kind: "rectangle", id, x, y, w: 100, h: 100, ...more });
}

function line(id: string, xs: readonly number[], y: number, more: object = {}): void {
  put({
    type: "ink",
    id,
    points: pack(
      xs.flatMap((x) => [x, y, 0.5]),
      4,
    ),
    ...more,
  });
}

const ids = (things: readonly Thing[]) => things.map(({ id }) => id).sort();
const records = () => [...scene.all()].sort(lying).map(({ record }) => record);

beforeEach(() => {
  scene = new Scene("P", new Materials());
});

describe("what is under the pointer", () => {
  it("is the topmost line or filled inside, of what may be had", () => {
    square("under", 0, 0, { fill: "red" });
    square("over", 0, 0, { z: "a2" });
    expect(topmost(scene, { x: 50, y: 50 }, 4, anyone)?.id).toBe("under");
    expect(topmost(scene, { x: 1, y: 50 }, 4, anyone)?.id).toBe("over");
    expect(topmost(scene, { x: 1, y: 50 }, 4, ({ id }) => id !== "over")?.id).toBe("under");
    expect(topmost(scene, { x: 200, y: 50 }, 4, anyone)).toBeNull();
  });
});

describe("a box", () => {
  it("takes what is wholly inside, or what it touches; a shape around it is touched by neither", () => {
    square("in", 110, 110);
    square("half", 180, 110);
    put({ type: "shape", kind: "rectangle", id: "around", x: 0, y: 0, w: 900, h: 900 });
    square("locked", 110, 110, { locked: true });
    const box = { minX: 100, minY: 100, maxX: 230, maxY: 230 };
    expect(ids(boxed(scene, box, false, "", anyone))).toEqual(["in"]);
    expect(ids(boxed(scene, box, true, "", anyone))).toEqual(["half", "in"]);
  });

  it("takes a group only whole, and a long stroke with all of its records", () => {
    square("g1", 0, 0, { group: "g" });
    square("g2", 500, 0, { group: "g" });
    line("head", [0, 100, 200], 300);
    line("tail", [200, 300, 400], 300, { part: "head", z: "a2" });
    const left = { minX: -50, minY: -50, maxX: 250, maxY: 400 };
    expect(boxed(scene, left, false, "", anyone)).toEqual([]);
    expect(ids(boxed(scene, left, true, "", anyone))).toEqual(["g1", "g2", "head", "tail"]);
    expect(ids(boxed(scene, left, false, "g", anyone))).toEqual(["g1"]); // gone inside the group
    const all = { minX: -50, minY: -50, maxX: 650, maxY: 400 };
    expect(ids(boxed(scene, all, false, "", anyone))).toEqual(["g1", "g2", "head", "tail"]);
    expect(ids(completed(scene, [scene.get("tail")!], "", anyone))).toEqual(["head", "tail"]);
  });
});

describe("a lasso", () => {
  const round = (x: number, y: number, r: number) =>
    Array.from({ length: 200 }, (_, i) => ({ x: x + r * Math.cos(i / 31.8), y: y + r * Math.sin(i / 31.8) }));

  it("takes what lies in it with more than half", () => {
    line("most", [0, 20, 40, 60, 80, 100, 300], 0);
    line("less", [0, 150, 200, 250, 300, 350], 10);
    expect(ids(lassoed(scene, round(50, 0, 80), "", anyone))).toEqual(["most"]);
    expect(lassoed(scene, [{ x: 0, y: 0 }], "", anyone)).toEqual([]);
  });

  it("agrees with the distance from its middle, for a circle and any dots", () => {
    let seed = 5;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    const inside: string[] = [];
    for (let i = 0; i < 500; i++) {
      const [x, y] = [400 * random(), 400 * random()];
      const away = Math.hypot(x - 200, y - 200);
      if (Math.abs(away - 150) < 2) continue; // the loop has corners
      line(`d${i}`, [x], y);
      if (away < 150) inside.push(`d${i}`);
    }
    expect(inside.length).toBeGreaterThan(100);
    expect(ids(lassoed(scene, round(200, 200, 150), "", anyone))).toEqual(inside.sort());
  });
});

describe("a selection", () => {
  it("never mixes what is locked with what is not, and lets go of what is gone", () => {
    square("a", 0, 0);
    square("b", 0, 0);
    square("c", 0, 0, { locked: true });
    const selection = new Selection();
    selection.set(scene.all());
    expect(selection.ids.sort()).toEqual(["a", "b"]);
    selection.toggle(scene, [scene.get("c")!]);
    expect(selection.ids).toEqual(["c"]);
    selection.toggle(scene, [scene.get("a")!]);
    selection.toggle(scene, [scene.get("b")!]);
    expect(selection.ids.sort()).toEqual(["a", "b"]);
    selection.toggle(scene, [scene.get("b")!]);
    expect(selection.ids).toEqual(["a"]);
    scene.remove("a");
    expect(selection.prune(scene, anyone)).toBe(true);
    expect(selection.size).toBe(0);
    expect(selection.prune(scene, anyone)).toBe(false);
  });

  it("is walked row by row, from left to right, groups as one", () => {
    square("third", 0, 300);
    square("second", 400, 20);
    square("first", 0, 0);
    square("g1", 300, 330, { group: "g" });
    square("g2", 500, 310, { group: "g" });
    expect(reading(scene, anyone).map(ids)).toEqual([["first"], ["second"], ["third"], ["g1", "g2"]]);
  });
});

describe("edits", () => {
  const done = (ops: ReturnType<typeof patches>) =>
    records().map(
      (record) =>
        ops.reduce<unknown>((now, op) => {
          const named = op.op === "patch" && op.ids.includes(record.id);
          return named ? step(now as Drawable, op) : now;
        }, record) as Drawable,
    );

  it("of one delta are one patch, and back again is none left", () => {
    for (let i = 0; i < 50; i++) square(`s${i}`, i, i);
    const there = draggedAll(records(), moving(12.5, -3));
    expect(there.length).toBe(1);
    const back = draggedAll(done(there), moving(-12.5, 3));
    expect(back).toMatchObject([{ fields: { transform: null } }]);
    expect(draggedAll(records(), moving(0, 0))).toEqual([]);
    expect(draggedAll(records(), moving(1e9, 0))).toEqual([]);
  });

  it("give a shape another box along its own axes, turned or not", () => {
    square("s", 100, 100, { transform: turning(0.5) });
    const { record } = scene.get("s")!;
    if (record.type !== "shape") throw new Error("no shape");
    const wider = reshaped(record, [1, 0, 0, 1, 5, 5]);
    expect(wider).toMatchObject({ w: 100, h: 100 });
    expect(reshaped(record, turning(0.2))).toBeNull();
  });

  it("keep to what a kind of thing has", () => {
    square("s", 0, 0);
    line("pen", [0, 9], 0);
    line("mark", [0, 9], 0, { tool: "highlighter", colour: "amber", width: 28 });
    const ops = restyled(records(), { colour: "red", width: 14, dash: "dotted" }, measure);
    const now = Object.fromEntries(done(ops).map((record) => [record.id, record]));
    expect(now.s).toMatchObject({ colour: "red", width: 14, dash: "dotted", fill: "" });
    expect(now.pen).toMatchObject({ colour: "red", width: 14 });
    expect(now.mark).toMatchObject({ colour: "amber", width: 44 });
  });

  it("arrange by keys that keep the things' own order", () => {
    const zs = ["a1", "a2", "a3", "a4", "a5", "a6"];
    zs.forEach((z, i) => {
      square(`s${i}`, i < 4 ? 0 : 1000, 0, { z });
    });
    const order = (how: Parameters<typeof arranged>[2], ...chosen: string[]) =>
      done(arranged([...scene.all()].sort(lying), new Set(chosen), how))
        .sort((a, b) => (a.z < b.z ? -1 : 1))
        .map(({ id }) => id)
        .join(" ");
    expect(order("front", "s0", "s2")).toBe("s1 s3 s4 s5 s0 s2");
    expect(order("back", "s5", "s3")).toBe("s3 s5 s0 s1 s2 s4");
    expect(order("forward", "s0")).toBe("s1 s0 s2 s3 s4 s5");
    expect(order("backward", "s5")).toBe("s0 s1 s2 s3 s5 s4");
    expect(order("forward", "s3")).toBe("s0 s1 s2 s3 s4 s5"); // what is over it does not meet it
    expect(arranged([...scene.all()].sort(lying), new Set(["s5"]), "front")).toEqual([]);
  });
});
