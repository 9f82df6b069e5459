import { describe, expect, it } from "vitest";

import { contrast, fromOklab, parseRgb, readable, toOklab } from "./colour";

const DARK = [27, 27, 31] as const;

describe("raw colours on the dark board", () => {
  it("reach 3:1, keep their hue, and are left alone where they had it", () => {
    for (const css of [
      "#000000",
      "#1d1e23",
      "#00008b",
      "#8b0000",
      "#333333",
      "#004400",
      "#4b0082",
      "#0000ff",
    ]) {
      const rgb = parseRgb(css)!;
      const shown = readable(rgb, DARK);
      expect(contrast(shown, DARK), css).toBeGreaterThanOrEqual(3);
    }
    for (const css of ["#ffffff", "#ff8800", "#00ff00"])
      expect(readable(parseRgb(css)!, DARK)).toEqual(parseRgb(css));
    const [, a, b] = toOklab(parseRgb("#8b0000")!);
    const [, c, d] = toOklab(readable(parseRgb("#8b0000")!, DARK));
    expect(Math.atan2(d, c)).toBeCloseTo(Math.atan2(b, a), 0);
  });

  it("go through OKLab and back unchanged", () => {
    for (const rgb of [
      [0, 0, 0],
      [255, 255, 255],
      [12, 200, 99],
      [250, 3, 128],
    ] as const) {
      expect(fromOklab(...toOklab(rgb))).toEqual(rgb);
    }
    expect(toOklab([255, 255, 255])[0]).toBeCloseTo(1, 3);
  });

  it("are read in the forms that a style may have", () => {
    expect(parseRgb("rgb(1, 2, 3)")).toEqual([1, 2, 3]);
    expect(parseRgb("rgba(1, 2, 3, 0.5)")).toEqual([1, 2, 3]);
    expect(parseRgb("#0a0b0c")).toEqual([10, 11, 12]);
    expect(parseRgb("red")).toBeNull();
  });
});
