/** Ink in TypeScript: the vectors that the Python twin reads too. */

import { describe, expect, it } from "vitest";

import bad from "../../../tests/vectors/ink-bad.json";
import outlines from "../../../tests/vectors/ink-outline.json";
import packs from "../../../tests/vectors/ink-pack.json";
import * as ink from "./ink";

type Batches = [cut: number, first: string, middle: ink.Point, rest: string, last: ink.Point];

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
/** Bit for bit: -0 is not 0. */
const bits = (values: ArrayLike<number>) => hex(new Uint8Array(Float64Array.from(values).buffer));

describe("packed points", () => {
  it.each(packs.strokes)("$name", ({ quantum, points, data, unpacked, batches }) => {
    const flat = Float64Array.from(points.flat());
    expect(hex(ink.pack(flat, quantum))).toBe(data);
    expect(bits(ink.unpack(bytes(data), quantum))).toBe(bits(unpacked.flat()));
    expect(ink.check(bytes(data), quantum)).toBe(points.length);

    const [cut, first, middle, rest, last] = batches as Batches;
    const [head, prev] = ink.packDelta(null, flat.subarray(0, 3 * cut), quantum);
    expect([hex(head), prev]).toEqual([first, middle]);
    expect(
      ink.packDelta(prev, flat.subarray(3 * cut), quantum).map((v) => (v instanceof Uint8Array ? hex(v) : v)),
    ).toEqual([rest, last]);
    const [before, here] = ink.unpackDelta(null, bytes(first), quantum);
    const [after, there] = ink.unpackDelta(here, bytes(rest), quantum);
    expect(there).toEqual(last);
    expect(bits([...before, ...after])).toBe(bits(unpacked.flat()));
  });

  it.each(bad.strokes)("refused: $name", ({ data, quantum }) => {
    expect(() => ink.unpack(bytes(data), quantum)).toThrow(ink.BadInk);
  });
  it.each(bad.batches)("batch refused: $name", ({ data, quantum }) => {
    expect(() => ink.unpackDelta(null, bytes(data), quantum)).toThrow(ink.BadInk);
  });
  it.each([
    ["none", []],
    ["not in threes", [1, 2]],
    ["nan", [Number.NaN, 0, 0.5]],
    ["far", [0, 2 ** 22 + 1, 0.5]],
    ["nan pressure", [0, 0, Number.NaN]],
    ["too many", new Array(6003).fill(0)],
  ])("not packed: %s", (_, points) => {
    expect(() => ink.pack(points, 4)).toThrow(ink.BadInk);
  });
});

describe("packed times", () => {
  it.each(packs.times)("$name", ({ ms, data, unpacked }) => {
    expect(hex(ink.packTimes(ms))).toBe(data);
    expect([...ink.unpackTimes(bytes(data), ms.length)]).toEqual(unpacked);
  });
  it.each(bad.times)("refused: $name", ({ data, n }) => {
    expect(() => ink.unpackTimes(bytes(data), n)).toThrow(ink.BadInk);
  });
  it.each([[[-1]], [[2 ** 31]], [[Number.NaN]], [new Array(2001).fill(0)]])("not packed", (ms) => {
    expect(() => ink.packTimes(ms)).toThrow(ink.BadInk);
  });
});

describe("outlines", () => {
  const outliner = new ink.Outliner();

  it.each(outlines)("$name, $tool $width", ({ points, width, quantum, tool, bounds, polygons }) => {
    const got = ink.outline(points, width, quantum, tool as ink.Tool);
    expect(got.map(bits)).toEqual(polygons.map(bits));
    expect(bits(ink.bounds(points, width))).toBe(bits(bounds));

    const lent = outliner.trace(points, width, quantum, tool as ink.Tool);
    expect(lent.polygons).toBe(polygons.length);
    expect(bits(lent.xy.subarray(0, 2 * lent.start[lent.polygons]!))).toBe(bits(polygons.flat()));
  });

  it("of nothing is nothing", () => {
    expect(ink.outline([], 3, 4, "pen")).toEqual([]);
  });
});
