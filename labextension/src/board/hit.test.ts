import { describe, expect, it } from "vitest";

import { IDENTITY, pointDistance2, segmentDistance2, strokeNear } from "./hit";

const thin = () => 0;
const bow = [0, 0, 0.5, 100, 0, 0.5, 100, 100, 0.5];

describe("distance", () => {
  it("of a point from a segment", () => {
    expect(pointDistance2(5, 3, 0, 0, 10, 0)).toBe(9);
    expect(pointDistance2(-4, 3, 0, 0, 10, 0)).toBe(25);
    expect(pointDistance2(3, 4, 0, 0, 0, 0)).toBe(25);
  });

  it("of segments that cross is nothing, of others the least between their ends", () => {
    expect(segmentDistance2(0, -5, 0, 5, -5, 0, 5, 0)).toBe(0);
    expect(segmentDistance2(0, 1, 0, 5, -5, 0, 5, 0)).toBe(1);
    expect(segmentDistance2(0, 0, 10, 0, 0, 2, 10, 2)).toBe(4);
  });
});

describe("touching a stroke", () => {
  it("takes its line, not its box", () => {
    expect(strokeNear(bow, IDENTITY, thin, 20, 80, 20, 80, 15)).toBe(false);
    expect(strokeNear(bow, IDENTITY, thin, 50, 4, 50, 4, 5)).toBe(true);
    expect(strokeNear(bow, IDENTITY, thin, 50, 6, 50, 6, 5)).toBe(false);
  });

  it("counts its width, by pressure", () => {
    const swelling = [0, 0, 0.1, 100, 0, 0.1, 200, 0, 1];
    const radius = (pressure: number) => 20 * pressure;
    expect(strokeNear(swelling, IDENTITY, radius, 20, 12, 20, 12, 5)).toBe(false);
    expect(strokeNear(swelling, IDENTITY, radius, 190, 12, 190, 12, 5)).toBe(true);
  });

  it("is not missed by a fast movement across it", () => {
    expect(strokeNear(bow, IDENTITY, thin, 50, -400, 50, 400, 1)).toBe(true);
  });

  it("happens where a transform has moved and scaled it", () => {
    const m = [2, 0, 0, 2, 1000, 0] as const;
    expect(strokeNear(bow, m, () => 2, 50, 0, 50, 0, 5)).toBe(false);
    expect(strokeNear(bow, m, () => 2, 1100, 8, 1100, 8, 5)).toBe(true);
    expect(strokeNear(bow, m, () => 2, 1100, 10, 1100, 10, 5)).toBe(false);
    const turned = [0, 1, -1, 0, 0, 0] as const;
    expect(strokeNear(bow, turned, thin, 0, 50, 0, 50, 1)).toBe(true);
  });

  it("works for a dot, and never for nothing", () => {
    expect(strokeNear([10, 10, 0.5], IDENTITY, () => 3, 15, 10, 15, 10, 2)).toBe(true);
    expect(strokeNear([], IDENTITY, thin, 0, 0, 0, 0, 100)).toBe(false);
  });
});
