import { describe, expect, it } from "vitest";

import { Pace } from "./pace";

/** Pressures along a straight line at so many pixels a millisecond. */
function along(speed: number, zoom = 1, step = 8): number[] {
  const pace = new Pace();
  return Array.from({ length: 60 }, (_, i) => pace.next((i * step * speed) / zoom, 0, i * step, zoom));
}
const last = (all: number[]) => all[all.length - 1]!;

describe("pace", () => {
  it("presses less the faster a hand goes, and stays near the middle", () => {
    const ends = [0.05, 0.5, 1.5, 4, 50].map((speed) => last(along(speed)));
    expect(ends).toEqual([...ends].sort((a, b) => b - a));
    expect(new Set(ends).size).toBeGreaterThan(3);
    for (const pressure of ends) {
      expect(pressure).toBeGreaterThan(0.34);
      expect(pressure).toBeLessThan(0.54);
    }
  });

  it("counts what the hand does, not how far the page is zoomed", () => {
    expect(along(1, 4)).toEqual(along(1, 1));
  });

  it("changes gently, whatever the clock says", () => {
    const pace = new Pace();
    let before = pace.next(0, 0, 0, 1);
    for (let i = 1; i < 200; i++) {
      const now = pace.next(i % 20 ? i : 40 * i, 0, i % 7 ? 8 * i : 8 * i - 20, 1);
      expect(Math.abs(now - before)).toBeLessThan(0.12);
      expect(now).toBeGreaterThan(0.3);
      before = now;
    }
  });
});
