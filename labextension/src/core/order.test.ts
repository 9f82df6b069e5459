import { describe, expect, it } from "vitest";

import vectors from "../../../tests/vectors/order.json";
import { between, several } from "./order";

type Key = string | null;

describe("fractional keys (SPEC 1.6)", () => {
  it("are those of the Python twin", () => {
    expect(vectors.between.length).toBeGreaterThan(900);
    for (const [a, b, key] of vectors.between as [Key, Key, string][])
      expect([a, b, between(a, b)]).toEqual([a, b, key]);
    for (const [a, b, n, keys] of vectors.several as [Key, Key, number, string[]][]) {
      expect(several(a, b, n)).toEqual(keys);
    }
  });

  it("stay short while a page is filled", () => {
    let key: Key = null;
    const keys: string[] = [];
    for (let i = 0; i < 4_000; i++) {
      key = between(key, null);
      keys.push(key);
    }
    expect([...new Set(keys)].sort()).toEqual(keys);
    expect(Math.max(...keys.map((one) => one.length))).toBeLessThanOrEqual(4);
  });

  it.each([
    ["b", "a"],
    ["", "a"],
    ["a-", null],
    [null, "é"],
  ])("refuse %s and %s", (a, b) => {
    expect(() => between(a, b)).toThrow(RangeError);
  });
});
