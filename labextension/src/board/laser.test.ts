import { describe, expect, it } from "vitest";

import { Glide, Trail } from "./laser";

describe("a laser's samples", () => {
  const DELAY = 80;
  const played = (samples: [number, number, number][], until: number) => {
    const glide = new Glide(DELAY);
    const seen: { x: number; y: number; there: boolean }[] = [];
    let next = 0;
    for (let now = 0; now <= until; now += 8) {
      while (next < samples.length && samples[next]![2] <= now) {
        glide.add(...samples[next]!);
        next++;
      }
      if (next > 0) seen.push(glide.at(now));
    }
    return seen;
  };

  it("become one smooth line: no stop and no jump between them, however they jitter", () => {
    const samples = Array.from(
      { length: 20 },
      (_, i) => [100 * i, 0, 50 * i + ((i * 7) % 20)] as [number, number, number],
    );
    const xs = played(samples, 1000).map(({ x }) => x);
    const steps = xs
      .slice(1)
      .map((x, i) => x - xs[i]!)
      .slice(12, -2);
    expect(steps.length).toBeGreaterThan(90);
    // On average 16 units a frame.
    expect(Math.min(...steps)).toBeGreaterThan(3);
    expect(Math.max(...steps)).toBeLessThan(40);
  });

  it("go through every sample and end at the last", () => {
    const corner: [number, number, number][] = [
      [0, 0, 0],
      [100, 0, 48],
      [100, 100, 96],
      [0, 100, 144],
    ];
    const seen = played(corner, 400);
    for (const [x, y] of corner)
      expect(Math.min(...seen.map((at) => Math.hypot(at.x - x, at.y - y)))).toBeLessThan(1);
    expect(seen[seen.length - 1]).toEqual({ x: 0, y: 100, there: true });
  });

  it("after a rest go on at once", () => {
    const seen = played(
      [
        [0, 0, 0],
        [500, 0, 2000],
      ],
      2200,
    );
    expect(seen[248]!.x).toBe(0);
    expect(seen[seen.length - 1]).toEqual({ x: 500, y: 0, there: true });
    const between = seen.filter(({ x }) => x > 0 && x < 500);
    expect(between.length).toBeGreaterThan(6);
  });
});

describe("a trail", () => {
  it("is gone after a second, and a held dot stays without asking for frames", () => {
    const trail = new Trail("red", false);
    trail.point(0, 0, 0);
    trail.point(50, 0, 500);
    expect(trail.step(900, 1)).not.toBeNull();
    expect(trail.length).toBe(2);
    trail.hold(true, 900);
    trail.step(1200, 1);
    expect(trail.length).toBe(1);
    trail.step(3000, 1);
    expect(trail.step(3016, 1)).toBeNull();
    expect(trail.length).toBe(1);
    trail.hold(false, 3020);
    expect(trail.step(3900, 1)).not.toBeNull();
    expect(trail.length).toBe(1);
    expect(trail.step(4100, 1)).not.toBeNull(); // where it was is painted once more
    expect(trail.length).toBe(0);
    expect(trail.step(4116, 1)).toBeNull();
  });

  it("goes on from where it rested", () => {
    const trail = new Trail("red", false);
    trail.point(0, 0, 0);
    trail.hold(true, 0);
    trail.step(5000, 1);
    trail.point(10, 0, 5000);
    trail.step(5000, 1);
    expect(trail.length).toBe(2);
  });

  it("is but a dot for who has asked for less motion", () => {
    const trail = new Trail("red", true);
    for (let i = 0; i < 10; i++) trail.point(10 * i, 0, 10 * i);
    expect(trail.length).toBe(1);
    trail.step(400, 1);
    expect(trail.length).toBe(0);
  });
});
