import { beforeEach, describe, expect, it } from "vitest";

import { type Op, withDefaults } from "./schema";
import { Table } from "./table";
import { Undo } from "./undo";

let table: Table;
let undo: Undo;

const stroke = (id: string): Op => ({
  op: "put",
  record: withDefaults({ type: "ink", id, page: "P", z: "a1", points: Uint8Array.of(1, 0, 7), author: "p2" }),
});
const ids = (): string[] => table.onPage("P").map(({ id }) => id);

/** One's own, remembered. */
function mine(ops: Op[], page = "P"): void {
  undo.crossed(ops);
  undo.remember(page, ops);
  table.apply(ops);
}

/** Somebody else's. */
function theirs(ops: Op[]): void {
  table.apply(ops);
  undo.crossed(ops);
}

function back(page = "P"): boolean {
  const ops = undo.undo(page);
  table.apply(ops);
  return ops.length > 0;
}

function again(page = "P"): boolean {
  const ops = undo.redo(page);
  table.apply(ops);
  return ops.length > 0;
}

beforeEach(() => {
  table = new Table();
  undo = new Undo((id) => table.get(id));
  table.apply([{ op: "put", record: withDefaults({ type: "page", id: "P", order: "a1" }) }]);
});

describe("undo", () => {
  it("takes back one's own, last first, and does it again", () => {
    mine([stroke("a")]);
    mine([stroke("b")]);
    mine([{ op: "patch", ids: ["a", "b"], fields: { colour: "red" } }]);
    expect(back() && table.get("a")).toMatchObject({ colour: "ink" });
    expect(back() && ids()).toEqual(["a"]);
    expect(again() && ids()).toEqual(["a", "b"]);
    expect(again() && table.get("b")).toMatchObject({ colour: "red" });
    expect(undo.canRedo("P")).toBe(false);
    expect([back(), back(), back(), back()]).toEqual([true, true, true, false]);
    expect(ids()).toEqual([]);
  });

  it("forgets what was undone when something new is done", () => {
    mine([stroke("a")]);
    back();
    mine([stroke("b")]);
    expect(undo.canRedo("P")).toBe(false);
  });

  it("brings back what one erased, as it was", () => {
    mine([stroke("a")]);
    const before = table.get("a");
    mine([{ op: "remove", ids: ["a"] }]);
    expect(back() && table.get("a")).toEqual(before);
  });

  it("skips what others have changed since, and does the rest", () => {
    mine([stroke("a"), stroke("b")]);
    theirs([{ op: "patch", ids: ["a"], fields: { transform: [1, 0, 0, 1, 9, 9] } }]);
    expect(back()).toBe(true);
    expect(ids()).toEqual(["a"]);
  });

  it("passes over an entry of which nothing is left", () => {
    mine([stroke("a")]);
    mine([stroke("b")]);
    theirs([{ op: "remove", ids: ["b"] }]);
    expect(undo.canUndo("P")).toBe(true);
    expect(back() && ids()).toEqual([]);
    expect(undo.canUndo("P")).toBe(false);
  });

  it("does not bring back a field that others have set since, but does another", () => {
    mine([stroke("a")]);
    mine([{ op: "patch", ids: ["a"], fields: { colour: "red" } }]);
    theirs([{ op: "patch", ids: ["a"], fields: { width: 9 } }]);
    expect(back() && table.get("a")).toMatchObject({ colour: "ink", width: 9 });
    expect(back()).toBe(false); // the stroke itself is not as it was left
  });

  it("does not care who stamped what when", () => {
    mine([stroke("a")]);
    table.replace([...table].map((record) => ({ ...record, time: 99, author: "p2" })));
    expect(back() && ids()).toEqual([]);
  });

  it("never crosses a clearing (SPEC 1.7)", () => {
    mine([stroke("a")]);
    mine([{ op: "remove", ids: ["a"] }]);
    theirs([{ op: "patch", ids: ["P"], fields: { cleared: 7 } }]);
    expect(undo.canUndo("P")).toBe(false);
    expect(back()).toBe(false);
  });

  it("learns of a clearing that it was not told of", () => {
    mine([stroke("a")]);
    expect(undo.checkCleared(new Map([["P", 0]]))).toEqual([]);
    table.apply([{ op: "patch", ids: ["P"], fields: { cleared: 7 } }]);
    expect(undo.checkCleared(new Map([["P", 0]]))).toEqual(["P"]);
    expect(undo.canUndo("P")).toBe(false);
  });

  it("keeps the pages apart", () => {
    mine([stroke("a")]);
    mine([stroke("b")], "Q");
    expect(back("Q") && ids()).toEqual(["a"]);
    expect(undo.canUndo("Q")).toBe(false);
    expect(undo.canUndo("P")).toBe(true);
  });

  it("says which pages' next steps a change concerns", () => {
    mine([stroke("a")]);
    mine([stroke("b")], "Q");
    expect(undo.concerned(["b", "x"])).toEqual(["Q"]);
    expect(undo.concerned(["x"])).toEqual([]);
  });

  it("keeps two hundred steps", () => {
    for (let i = 0; i < 230; i++) mine([stroke(`s${i}`)]);
    let steps = 0;
    while (back()) steps++;
    expect(steps).toBe(200);
  });

  describe("of changes that belong together", () => {
    const nudge = (x: number, ids = ["a"]): Op => ({
      op: "patch",
      ids,
      fields: { transform: [1, 0, 0, 1, x, 0] },
    });
    const merged = (ops: Op[], merge: string) => {
      undo.remember("P", ops, merge);
      table.apply(ops);
    };
    const place = () => (table.get("a") as unknown as { transform: number[] | null }).transform?.[4] ?? 0;

    beforeEach(() => mine([stroke("a"), stroke("b")]));

    it("takes them back at once, and does them again at once", () => {
      for (const x of [1, 2, 3]) merged([nudge(x)], "n1");
      expect(place()).toBe(3);
      back();
      expect(place()).toBe(0);
      again();
      expect(place()).toBe(3);
      back();
      expect(ids()).toEqual(["a", "b"]);
    });

    it("keeps apart what has another name, touches something else, or follows an undo", () => {
      merged([nudge(1)], "n1");
      merged([nudge(2)], "n2");
      merged([nudge(3, ["a", "b"])], "n2");
      back();
      expect(place()).toBe(2);
      back();
      expect(place()).toBe(1);
      merged([nudge(7)], "n1");
      back();
      expect(place()).toBe(1);
      mine([nudge(4)]);
      mine([nudge(5)]);
      back();
      expect(place()).toBe(4);
    });

    it("leaves what somebody else has moved since", () => {
      merged([nudge(1)], "n1");
      merged([nudge(2)], "n1");
      theirs([nudge(9)]);
      expect(undo.undo("P")).toEqual([{ op: "remove", ids: ["b"] }]);
    });
  });

  describe("of a text whose formulas came later", () => {
    const text = (words: string) =>
      withDefaults({ type: "text", id: "t", page: "P", z: "a", x: 0, y: 0, text: words });
    const laid = (size: number): Op => ({
      op: "patch",
      ids: ["t"],
      fields: { lines: [[size, size, [[0, 10, "math", "x"]]]], h: size },
    });

    it("takes it back all the same, but not over what somebody else has written since", () => {
      mine([{ op: "put", record: text("$x$") }]);
      theirs([laid(20)]);
      mine([{ op: "patch", ids: ["t"], fields: { text: "$y$", h: 30 } }]);
      theirs([laid(40)]);
      back();
      expect(table.get("t")).toMatchObject({ text: "$x$" });
      theirs([laid(60)]);
      back();
      expect(table.get("t")).toBeUndefined();
      again();
      theirs([{ op: "patch", ids: ["t"], fields: { text: "other" } }]);
      expect(undo.undo("P")).toEqual([]);
    });
  });
});
