import { describe, expect, it } from "vitest";

import { quadNear, quadOf } from "./hit";
import { laidOut } from "./placing";

const page = { width: 1600, height: 900 };
const middle = { x: 800, y: 450 };
const one = (width: number, height: number, at = middle, endless = false) =>
  laidOut([{ width, height }], page, at, endless)[0]!;

describe("where pictures are laid", () => {
  it("is where they were dropped, one pixel to a unit", () => {
    expect(one(400, 300, { x: 500, y: 400 })).toEqual({ minX: 300, minY: 250, maxX: 700, maxY: 550 });
  });

  it("is no more than two thirds of the page, in shape", () => {
    expect(one(4000, 1000)).toEqual({
      minX: 266.671875,
      minY: 316.671875,
      maxX: 1333.328125,
      maxY: 583.328125,
    });
    const { minY, maxY, minX, maxX } = one(1000, 9000);
    expect(maxY - minY).toBe(600);
    expect((maxX - minX) / 600).toBeCloseTo(1 / 9, 3);
  });

  it("is on the page, unless that goes on", () => {
    expect(one(400, 300, { x: -50, y: 2000 })).toEqual({ minX: 0, minY: 600, maxX: 400, maxY: 900 });
    expect(one(400, 300, { x: -50, y: 2000 }, true)).toEqual({
      minX: -250,
      minY: 1850,
      maxX: 150,
      maxY: 2150,
    });
  });

  it("is side by side, all within two thirds", () => {
    const boxes = laidOut(
      Array.from({ length: 7 }, (_, i) => ({ width: 500 + i, height: 300 })),
      page,
      middle,
    );
    for (let i = 1; i < boxes.length; i++) expect(boxes[i]!.minX - boxes[i - 1]!.maxX).toBeCloseTo(24, 1);
    expect(boxes[6]!.maxX - boxes[0]!.minX).toBeCloseTo((1600 * 2) / 3, 1);
    const shape = (boxes[0]!.maxX - boxes[0]!.minX) / (boxes[0]!.maxY - boxes[0]!.minY);
    expect(shape).toBeCloseTo(5 / 3, 1);
  });
});

describe("a turned picture", () => {
  // A square of 100 turned by 45° about the origin: its corners lie on the axes, 70.7 away.
  const c = Math.SQRT1_2;
  const quad = quadOf({ minX: -50, minY: -50, maxX: 50, maxY: 50 }, [c, c, -c, c, 0, 0]);

  it("is touched inside and at its edges, and not in the corners of its box", () => {
    expect(quadNear(quad, 0, 0, 0, 0, 1)).toBe(true);
    expect(quadNear(quad, 70, 0, 70, 0, 1)).toBe(true);
    expect(quadNear(quad, 60, 60, 60, 60, 5)).toBe(false);
    expect(quadNear(quad, -200, 0, 200, 0, 1)).toBe(true);
  });
});
