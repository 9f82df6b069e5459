import { describe, expect, it } from "vitest";

import { pack } from "../core/ink";
import { DEFAULTS, type Ink, type Picture, withDefaults } from "../core/schema";
import { Materials } from "./materials";
import { Scene } from "./scene";
import { Recent } from "./strokes";

function ink(id: string, z: string, x: number, more: Partial<Ink> = {}): Ink {
  const points = pack([x, 100, 0.5, x + 50, 100, 0.5], 4);
  return { ...DEFAULTS.ink, type: "ink", id, z, page: "a", author: "p1", points, ...more } as Ink;
}
const everything = { minX: -1e4, minY: -1e4, maxX: 1e4, maxY: 1e4 };
const order = (scene: Scene) => scene.within(everything).map(({ id }) => id);

const picture = (id: string, z: string): Picture =>
  withDefaults({ type: "image", id, z, page: "a", x: 0, y: 0, w: 9, h: 9, asset: "", author: "p1" });

function scene(...records: (Ink | Picture)[]): Scene {
  const made = new Scene("a", new Materials());
  made.reset(records);
  return made;
}

describe("a scene", () => {
  it("paints bottom to top, highlighter first", () => {
    const made = scene(ink("a", "a1", 0), ink("h", "a2", 0, { tool: "highlighter" }), ink("b", "a3", 0));
    expect(order(made)).toEqual(["h", "a", "b"]);
  });

  it("lays a picture on everything below it, highlighters too", () => {
    const marker = { tool: "highlighter" } as const;
    const made = scene(
      ink("a", "a1", 0),
      ink("h", "a2", 0, marker),
      picture("p", "a3"),
      ink("b", "a4", 0),
      ink("i", "a5", 0, marker),
    );
    expect(order(made)).toEqual(["h", "a", "p", "i", "b"]);
    // What was one layer is two: the marker over the ink is under it now, wherever it lies.
    const damage = made.put(picture("q", "a45"));
    expect(order(made)).toEqual(["h", "a", "p", "b", "q", "i"]);
    expect(damage.map((one) => one.kind === "area" && (one.box as { id?: string }).id)).toContain("i");
  });

  it("has the same order however it came about", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 60; round++) {
      const made = scene();
      const known = new Map<string, Ink | Picture>();
      for (let step = 0; step < 40; step++) {
        const id = `r${random(15)}`;
        const z = `a${random(10)}`;
        if (random(4) === 0 && known.delete(id)) made.remove(id);
        else if (!known.has(id)) {
          const kind = random(3);
          const record =
            kind === 0 ? picture(id, z) : ink(id, z, 0, { tool: kind === 1 ? "highlighter" : "pen" });
          known.set(id, record);
          made.put(record);
        }
        if (random(5) === 0) order(made); // looking changes nothing
      }
      const sorted = [...known.values()].sort((a, b) => (a.z < b.z || (a.z === b.z && a.id < b.id) ? -1 : 1));
      expect(order(made)).toEqual(order(scene(...sorted)));
    }
  });

  it("knows whether a new stroke lies on top", () => {
    const made = scene(ink("a", "a1", 0), ink("c", "a3", 0));
    expect(made.put(ink("d", "a4", 0)).map(({ kind }) => kind)).toEqual(["top"]);
    expect(made.put(ink("b", "a2", 0)).map(({ kind }) => kind)).toEqual(["area"]);
    expect(made.put(ink("m", "a9", 0, { tool: "highlighter" })).map(({ kind }) => kind)).toEqual(["area"]);
    expect(order(made)).toEqual(["m", "a", "b", "c", "d"]);
    made.remove("m");
    made.remove("d");
    expect(made.put(ink("e", "a4", 0)).map(({ kind }) => kind)).toEqual(["top"]);
  });

  it("damages nothing when a stroke comes back confirmed, and both places when it moves", () => {
    const first = ink("a", "a1", 0, { author: "" });
    const made = scene(first);
    expect(made.put({ ...first, author: "p1", time: 5, points: first.points.slice() })).toEqual([]);
    expect(made.get("a")?.record.author).toBe("p1");
    const damage = made.put({ ...first, transform: [1, 0, 0, 1, 500, 0] });
    expect(damage).toHaveLength(2);
    expect(made.near(520, 100, 520, 100, 2).map(({ id }) => id)).toEqual(["a"]);
    expect(made.near(20, 100, 20, 100, 2)).toEqual([]);
  });

  it("leaves out other pages, other kinds and broken points", () => {
    const made = scene();
    expect(made.put(ink("x", "a1", 0, { page: "b" }))).toEqual([]);
    expect(made.put(ink("y", "a1", 0, { points: new Uint8Array([9, 9, 9]) }))).toEqual([]);
    expect(made.size).toBe(0);
    expect(made.remove("x")).toEqual([]);
  });

  it("knows the parts of one stroke, whether they name the first or the one before", () => {
    const made = scene(
      ink("a", "a1", 0),
      ink("b", "a2", 0, { part: "a" }),
      ink("c", "a3", 0, { part: "b" }),
      ink("d", "a4", 0, { part: "a" }),
      ink("x", "a5", 0),
      ink("loop", "a6", 0, { part: "loop" }),
    );
    for (const id of ["a", "b", "c", "d"]) {
      expect(
        made
          .kin(made.get(id)!)
          .map((t) => t.id)
          .sort(),
      ).toEqual(["a", "b", "c", "d"]); // prettier-ignore
    }
    expect(made.kin(made.get("x")!).map((t) => t.id)).toEqual(["x"]);
    expect(made.kin(made.get("loop")!).map((t) => t.id)).toEqual(["loop"]);
  });

  it("does not show or give what is hidden", () => {
    const made = scene(ink("a", "a1", 0), ink("b", "a2", 0));
    made.get("a")!.hidden = true;
    expect(order(made)).toEqual(["b"]);
    expect(made.near(20, 100, 20, 100, 2).map(({ id }) => id)).toEqual(["b"]);
  });
});

describe("what was used last", () => {
  it("stays within its weight, dropping the oldest", () => {
    const recent = new Recent<number>(10);
    const keys = Array.from({ length: 20 }, () => ({}));
    let made = 0;
    const get = (i: number) => recent.get(keys[i]!, () => ({ value: ++made, weight: 3 }));
    for (let i = 0; i < 20; i++) get(i);
    expect(recent.weight).toBeLessThanOrEqual(10);
    expect(made).toBe(20);
    get(19);
    expect(made).toBe(20);
    get(0);
    expect(made).toBe(21);
    recent.drop(keys[0]!);
    recent.drop(keys[0]!);
    expect(recent.weight).toBe(6);
  });

  it("keeps even one thing that is too heavy, while it is the newest", () => {
    const recent = new Recent<string>(10);
    const key = {};
    expect(recent.get(key, () => ({ value: "x", weight: 50 }))).toBe("x");
    recent.get({}, () => ({ value: "y", weight: 1 }));
    expect(recent.weight).toBe(1);
  });
});
