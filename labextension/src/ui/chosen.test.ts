import { describe, expect, it } from "vitest";

import type { BoardState } from "../board";
import { Chosen } from "./chosen";

const STATE = {
  tool: "pen",
  colour: "red",
  width: 8,
  hlColour: "sky",
  hlWidth: 20,
  eraserSize: 10,
  page: "P",
} as BoardState;
const KEPT = { tool: "pen", colour: "red", width: 8, hlColour: "sky", hlWidth: 20, eraserSize: 10 };

/** A window's store that may be full. */
class Store {
  readonly held = new Map<string, string>();
  full = false;
  getItem(key: string): string | null {
    return this.held.get(key) ?? null;
  }
  setItem(key: string, text: string): void {
    if (this.full) throw new Error("QuotaExceededError");
    this.held.set(key, text);
  }
}

describe("what a person draws with", () => {
  it("outlives the board and the page, and is no more than that", () => {
    const store = new Store();
    new Chosen(store).keep(STATE);
    expect(new Chosen(store).get()).toEqual(KEPT);
  });

  it("outlives the board where the browser keeps nothing", () => {
    const store = new Store();
    store.setItem("classroom.chosen", "{}");
    store.full = true;
    for (const chosen of [new Chosen(null), new Chosen(store)]) {
      expect(chosen.get()).toEqual({});
      chosen.keep(STATE);
      expect(chosen.get()).toEqual(KEPT);
    }
  });

  it("is nothing when what is found is nonsense", () => {
    for (const text of ["{", "3", "null", '"x"']) {
      const store = new Store();
      store.held.set("classroom.chosen", text);
      expect(new Chosen(store).get()).toEqual({});
    }
  });
});
