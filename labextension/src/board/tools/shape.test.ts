import { describe, expect, it } from "vitest";

import { dragged } from "./shape";

const from = { x: 100, y: 100 };
const to = (x: number, y: number) => ({ x: 100 + x, y: 100 + y });

describe("a drag", () => {
  it("goes from corner to corner, in any direction", () => {
    expect(dragged("rectangle", from, to(60, -30), false, false)).toEqual({ x: 100, y: 100, w: 60, h: -30 });
    expect(dragged("arrow", from, to(-60, 7.123), false, false)).toEqual({
      x: 100,
      y: 100,
      w: -60,
      h: 7.125,
    });
  });

  it("makes squares and circles with Shift, in the direction of the hand", () => {
    for (const kind of ["rectangle", "ellipse", "triangle"] as const)
      expect(dragged(kind, from, to(60, -30), true, false)).toEqual({ x: 100, y: 100, w: 60, h: -60 });
  });

  it("makes lines by 45° with Shift", () => {
    const line = (x: number, y: number) => {
      const { w, h } = dragged("line", from, to(x, y), true, false);
      return [w, h];
    };
    expect(line(60, 20)).toEqual([60, 0]);
    expect(line(60, 30)).toEqual([45, 45]);
    expect(line(-60, 50)).toEqual([-55, 55]);
    expect(line(-10, -50)).toEqual([0, -50]);
  });

  it("begins in the middle with Alt", () => {
    expect(dragged("ellipse", from, to(40, 20), false, true)).toEqual({ x: 60, y: 80, w: 80, h: 40 });
    expect(dragged("rectangle", from, to(-40, 20), true, true)).toEqual({ x: 140, y: 60, w: -80, h: 80 });
  });
});
