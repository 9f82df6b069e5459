import { describe, expect, it } from "vitest";

import real from "../../../tests/data/ink-real.json?raw";
import { straighten } from "./straighten";

type Place = readonly [number, number];

/** A hand's way through the places: even steps that tremble, corners a little rounded. */
function hand(places: readonly Place[], seed: number, tremble = 0.012): number[] {
  let state = seed * 7919 + 1;
  const noise = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const size = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const out: number[] = [];
  let [dx, dy] = [0, 0];
  for (let i = 1; i < places.length; i++) {
    const [a, b] = [places[i - 1]!, places[i]!];
    const steps = Math.max(2, Math.round((40 * Math.hypot(b[0] - a[0], b[1] - a[1])) / size));
    for (let k = 0; k < steps; k++) {
      // A hand drifts slowly rather than jumps.
      dx = 0.85 * dx + tremble * size * noise();
      dy = 0.85 * dy + tremble * size * noise();
      const t = k / steps;
      out.push(a[0] + t * (b[0] - a[0]) + dx, a[1] + t * (b[1] - a[1]) + dy, 0.5);
    }
  }
  return out;
}

const turn = (places: readonly Place[], degrees: number): Place[] => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return places.map(([x, y]) => [c * x - s * y, s * x + c * y]);
};
const ring = (rx: number, ry: number, from = 0, round = 1): Place[] =>
  Array.from({ length: 61 }, (_, i) => {
    const t = from + (round * 2 * Math.PI * i) / 60;
    return [rx * Math.cos(t), ry * Math.sin(t)];
  });
const closed = (...corners: Place[]): Place[] => [...corners, corners[0]!];
const BOX = closed([0, 0], [300, 0], [300, 180], [0, 180]);
const TRIANGLE = closed([150, 0], [300, 240], [0, 240]);
const DIAMOND = closed([100, 0], [200, 130], [100, 260], [0, 130]);
const STOP = closed(...ring(100, 100).filter((_, i) => i < 60 && i % 12 === 0)); // five corners
const kinds = (places: readonly Place[]) =>
  Array.from({ length: 20 }, (_, seed) => straighten(hand(places, seed))?.kind ?? "none");
const most = (all: readonly string[], kind: string) => all.filter((one) => one === kind).length;

describe("straightening", () => {
  it("knows figures that a hand drew, whichever way round and wherever begun", () => {
    expect(
      most(
        kinds([
          [0, 0],
          [300, 40],
        ]),
        "line",
      ),
    ).toBe(20);
    for (const shape of [BOX, [...BOX].reverse(), [...BOX.slice(2), ...BOX.slice(1, 3)]])
      expect(most(kinds(shape), "rectangle")).toBeGreaterThanOrEqual(18);
    for (const from of [0, 1, 3])
      for (const round of [1, -1])
        expect(most(kinds(ring(120, 90, from, round)), "ellipse")).toBeGreaterThanOrEqual(18);
    expect(most(kinds(TRIANGLE), "polygon")).toBeGreaterThanOrEqual(18);
    expect(most(kinds(DIAMOND), "polygon") + most(kinds(DIAMOND), "rectangle")).toBeGreaterThanOrEqual(18);
    expect(most(kinds(STOP), "polygon")).toBeGreaterThanOrEqual(15);
  });

  it("has the corners that were meant", () => {
    const counts = (places: readonly Place[]) =>
      Array.from({ length: 20 }, (_, seed) => straighten(hand(places, seed))?.corners.length);
    expect(counts(TRIANGLE).filter((n) => n === 3).length).toBeGreaterThanOrEqual(18);
    expect(counts(STOP).filter((n) => n === 5).length).toBeGreaterThanOrEqual(15);
  });

  it("knows an arrow by a head on both sides", () => {
    const arrow: Place[] = [
      [0, 0],
      [300, 0],
      [250, -40],
      [300, 0],
      [255, 42],
    ];
    for (const degrees of [0, 33, 90, 200])
      expect(most(kinds(turn(arrow, degrees)), "arrow")).toBeGreaterThanOrEqual(18);
    const hook: Place[] = [
      [0, 0],
      [300, 0],
      [250, -40],
    ];
    expect(most(kinds(hook), "arrow")).toBe(0);
  });

  it("makes level what nearly is, and keeps what leans", () => {
    expect(
      straighten(
        hand(
          [
            [0, 0],
            [300, 8],
          ],
          1,
        ),
      )!.h,
    ).toBe(0);
    expect(
      straighten(
        hand(
          [
            [0, 0],
            [300, 60],
          ],
          1,
        ),
      )!.h,
    ).toBeCloseTo(60, -1.2);
    const leaning = straighten(hand(turn(BOX, 30), 1))!;
    expect(leaning).toMatchObject({ kind: "rectangle" });
    const [a, b] = leaning.transform!;
    expect((Math.atan2(b, a) * 180) / Math.PI).toBeCloseTo(30, -0.7);
    expect(straighten(hand(turn(BOX, 4), 1))!.transform).toBeNull();
    expect(straighten(hand(turn(ring(160, 60), 40), 1))).toMatchObject({ kind: "ellipse" });
    const circle = straighten(hand(ring(100, 96), 1))!;
    expect(circle.w).toBe(circle.h);
  });

  it("lies where the stroke lies", () => {
    const { x, y, w, h } = straighten(hand(BOX, 3))!;
    for (const [is, was] of [
      [x, 0],
      [y, 0],
      [x + w, 300],
      [y + h, 180],
    ] as const)
      expect(Math.abs(is - was)).toBeLessThan(12);
  });

  it("leaves alone what is none of them", () => {
    const spiral: Place[] = ring(1, 1).map(([x, y], i) => [x * 3 * i, y * 3 * i]);
    const eight: Place[] = Array.from({ length: 61 }, (_, i) => {
      const t = (2 * Math.PI * i) / 60;
      return [100 * Math.sin(t), 60 * Math.sin(2 * t)];
    });
    const wave: Place[] = Array.from({ length: 60 }, (_, i) => [5 * i, 40 * Math.sin(i / 6)]);
    const arc = ring(100, 100).slice(0, 40);
    const star = closed(
      ...ring(100, 100)
        .filter((_, i) => i < 60 && i % 6 === 0)
        .map(([x, y], i): Place => (i % 2 ? [x * 0.4, y * 0.4] : [x, y])),
    );
    for (const shape of [spiral, eight, wave, arc, star])
      expect(most(kinds(shape), "none")).toBeGreaterThanOrEqual(19);
  });

  it("is total", () => {
    for (const odd of [
      [],
      [1, 1, 0.5],
      [1, 1, 0.5, 1, 1, 0.5],
      [0, 0, 0, Number.NaN, 1, 1],
      [0, 0, 0, 1e300, 1e300, 0, 0, 0, 0],
    ])
      expect(() => straighten(odd)).not.toThrow();
  });

  it("takes hardly any real handwriting for a figure", () => {
    const { strokes } = JSON.parse(real) as { strokes: { points: Place[] }[] };
    const found: string[] = [];
    for (const { points } of strokes) {
      const long = points.reduce(
        (sum, at, i) => sum + (i ? Math.hypot(at[0] - points[i - 1]![0], at[1] - points[i - 1]![1]) : 0),
        0,
      );
      if (points.length >= 8 && long > 20) found.push(straighten(points.flat())?.kind ?? "none");
    }
    expect(found.length).toBeGreaterThan(500);
    const share = (...some: string[]) => found.filter((kind) => some.includes(kind)).length / found.length;
    expect(share("arrow", "rectangle", "polygon")).toBeLessThan(0.015);
    expect(share("ellipse")).toBeLessThan(0.05); // there are rings among them
    expect(share("line")).toBeLessThan(0.12); // there are straight strokes among them
    expect(share("line")).toBeGreaterThan(0.05);
  });
});
