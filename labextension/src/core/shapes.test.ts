/** Shapes in TypeScript: the vectors that the Python twin reads too. */

import { describe, expect, it } from "vitest";

import cases from "../../../tests/vectors/shapes.json";
import { type Figure, shapeLines, shapePaths } from "./shapes";

/** As `make_shapes.py` has it: the count of polygons, then the count of numbers and the numbers of each. */
async function digest(polygons: readonly ArrayLike<number>[]): Promise<string> {
  const numbers = [polygons.length];
  for (const polygon of polygons) numbers.push(polygon.length, ...Array.from(polygon));
  const hash = await crypto.subtle.digest("SHA-256", new Float64Array(numbers));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("a shape", () => {
  it.each(cases)("$name", async ({ shape, stroke, fill, lines, ...more }) => {
    const figure = shape as unknown as Figure;
    const paths = shapePaths(figure);
    if ("polygons" in more) expect(paths.stroke.map((polygon) => [...polygon])).toEqual(more.polygons);
    expect(await digest(paths.stroke)).toBe(stroke);
    expect(await digest(paths.fill)).toBe(fill);
    expect(await digest(shapeLines(figure).map((line) => line.flat()))).toBe(lines);
  });
});
