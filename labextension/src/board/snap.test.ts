import { describe, expect, it } from "vitest";

import { gridOf, REACH, snap } from "./snap";
import type { Box } from "./viewport";

const box = (x: number, y: number, w: number, h: number): Box => ({
  minX: x,
  minY: y,
  maxX: x + w,
  maxY: y + h,
});
const corner = (x: number, y: number) => box(x, y, 0, 0);
const PAGE = box(0, 0, 1600, 900);

describe("snapping", () => {
  it("lines edges and middles up with those of others, by the shortest way", () => {
    const target = box(300, 300, 100, 100);
    expect(snap(box(303, 500, 40, 40), [target], 1)).toMatchObject({ dx: -3, dy: 0 }); // left to left
    expect(snap(box(404, 500, 40, 40), [target], 1)).toMatchObject({ dx: -4 }); // left to right
    expect(snap(box(328, 500, 40, 40), [target], 1)).toMatchObject({ dx: 2 }); // middle to middle
    expect(snap(box(250, 264, 30, 40), [target], 1)).toMatchObject({ dx: 0, dy: -4 }); // bottom to top
    expect(snap(box(500, 600, 40, 40), [target], 1)).toMatchObject({ dx: 0, dy: 0, guides: [] });
  });

  it("reaches as far on screen at any zoom", () => {
    const target = corner(300, 300);
    for (const zoom of [0.25, 1, 4]) {
      const off = (share: number) => corner(300 + (share * REACH) / zoom, 1000);
      expect(snap(off(0.9), [target], zoom).dx).toBeCloseTo((-0.9 * REACH) / zoom);
      expect(snap(off(1.1), [target], zoom).dx).toBe(0);
    }
  });

  it("lines up with the page's edges and middle", () => {
    expect(snap(box(780, 300, 44, 30), [], 1, { page: PAGE }).dx).toBe(-2);
    expect(snap(corner(1597, 3), [], 1, { page: PAGE })).toMatchObject({ dx: 3, dy: -3 });
  });

  it("takes equal gaps where nothing lines up", () => {
    const [a, b] = [box(0, 0, 40, 50), box(200, 4, 40, 50)];
    // Between: 160 free, 30 wide, so 65 on either side.
    const middle = snap(box(103, 11, 30, 18), [a, b], 1);
    expect(middle.dx).toBe(2);
    expect(middle.guides.filter(({ gap }) => gap).map(({ x1, x2 }) => x2 - x1)).toEqual([65, 65]);
    // After two: as far again.
    expect(snap(box(402, 11, 31, 18), [a, b], 1).dx).toBe(-2);
    // Before two.
    expect(snap(box(-193, 11, 31, 18), [a, b], 1).dx).toBe(2);
    // Not in their row.
    expect(snap(box(103, 300, 30, 18), [a, b], 1)).toMatchObject({ dx: 0, guides: [] });
  });

  it("takes the page's grid last", () => {
    const grid = gridOf({ pattern: "grid" });
    expect(snap(corner(83, 118), [], 1, { grid })).toMatchObject({ dx: -3, dy: 2, guides: [] });
    expect(snap(box(83, 57, 33, 33), [], 1, { grid })).toMatchObject({ dx: -3, dy: 0 });
    expect(snap(corner(83, 118), [box(85, 300, 10, 10)], 1, { grid })).toMatchObject({ dx: 2, dy: 2 });
    const ruled = gridOf({ pattern: "ruled" });
    expect(snap(corner(97, 97), [], 1, { grid: ruled })).toMatchObject({ dx: 0, dy: -1 });
    expect(gridOf({ pattern: "blank" })).toBeUndefined();
  });

  it("shows a line along all that lines up", () => {
    const { guides } = snap(box(303, 500, 40, 40), [box(300, 100, 100, 100), box(300, 700, 70, 9)], 1);
    expect(guides).toEqual([{ x1: 300, y1: 100, x2: 300, y2: 709 }]);
    const flat = snap(corner(700, 203), [box(300, 100, 100, 100)], 1);
    expect(flat.guides).toEqual([{ x1: 300, y1: 200, x2: 700, y2: 200 }]);
  });

  it("lies where it says, whatever is given", () => {
    let random = 7;
    const next = (n: number) => {
      random = (random * 16807) % 2147483647;
      return random % n;
    };
    for (let i = 0; i < 500; i++) {
      const targets = Array.from({ length: next(8) }, () => box(next(400), next(400), next(90), next(90)));
      const moving = box(next(400), next(400), next(3) && next(90), next(90));
      const { dx, dy, guides } = snap(moving, targets, 1, { page: PAGE });
      expect(Math.abs(dx)).toBeLessThanOrEqual(REACH);
      expect(Math.abs(dy)).toBeLessThanOrEqual(REACH);
      if (dx !== 0) expect(guides.some(({ x1, x2, gap }) => (gap ? x1 !== x2 : x1 === x2))).toBe(true);
      if (dy !== 0) expect(guides.some(({ y1, y2, gap }) => (gap ? y1 !== y2 : y1 === y2))).toBe(true);
    }
  });
});
