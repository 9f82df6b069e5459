import { describe, expect, it } from "vitest";

import type { Matrix } from "./hit";
import { IDENTITY } from "./hit";
import {
  bearable,
  boxThrough,
  compose,
  type Frame,
  frameAround,
  frameCorners,
  frameMiddle,
  frameThrough,
  type Grip,
  gripAt,
  gripped,
  inFrame,
  inverted,
  isSimilarity,
  moving,
  scaling,
  through,
  turned,
  turning,
  written,
} from "./transform";

/** A small repeatable source of numbers. */
function source(seed: number): (from: number, to: number) => number {
  let state = seed;
  return (from, to) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  };
}

const GRIPS: readonly Grip[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

function anyFrame(pick: (from: number, to: number) => number): Frame {
  const [minX, minY] = [pick(-900, 900), pick(-900, 900)];
  return {
    angle: pick(-3, 3),
    box: { minX, minY, maxX: minX + pick(2, 700), maxY: minY + pick(2, 700) },
  };
}

function anyMatrix(pick: (from: number, to: number) => number): Matrix {
  const about = { x: pick(-500, 500), y: pick(-500, 500) };
  return compose(
    moving(pick(-800, 800), pick(-800, 800)),
    compose(turning(pick(-3, 3), about), scaling(pick(0.2, 4), pick(0.2, 4), about, pick(-3, 3))),
  );
}

function near(a: readonly number[], b: readonly number[], within = 1e-6): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(within);
}

describe("matrices", () => {
  const pick = source(7);
  it("are taken back by their inverses", () => {
    for (let i = 0; i < 300; i++) {
      const m = anyMatrix(pick);
      near(compose(inverted(m)!, m), IDENTITY);
      near(compose(m, inverted(m)!), IDENTITY);
    }
    expect(inverted([1, 2, 2, 4, 0, 0])).toBeNull();
  });

  it("go one after the other", () => {
    for (let i = 0; i < 300; i++) {
      const [m, n] = [anyMatrix(pick), anyMatrix(pick)];
      const at = { x: pick(-99, 99), y: pick(-99, 99) };
      const one = through(m, through(n, at));
      const both = through(compose(m, n), at);
      near([one.x, one.y], [both.x, both.y]);
    }
  });

  it("leave the point about which they turn or scale", () => {
    for (let i = 0; i < 300; i++) {
      const at = { x: pick(-500, 500), y: pick(-500, 500) };
      for (const m of [turning(pick(-3, 3), at), scaling(pick(0.1, 5), pick(0.1, 5), at, pick(-3, 3))]) {
        const there = through(m, at);
        near([there.x, there.y], [at.x, at.y]);
      }
    }
  });

  it("are written so finely that nobody sees it, and the same twice", () => {
    for (let i = 0; i < 300; i++) {
      const m = anyMatrix(pick);
      const there = written(m);
      expect(written(there)).toEqual(there);
      const at = { x: pick(-2000, 2000), y: pick(-2000, 2000) };
      const [p, q] = [through(m, at), through(there, at)];
      near([p.x, p.y], [q.x, q.y], 0.002);
    }
    expect(Object.is(written(moving(-1e-9, 0))[4], 0)).toBe(true);
  });

  it("are told from what no record can hold", () => {
    expect(bearable(IDENTITY)).toBe(true);
    expect(bearable(moving(2e7, 0))).toBe(false);
    expect(bearable([0, 0, 0, 0, 0, 0])).toBe(false);
    expect(bearable([Number.NaN, 0, 0, 1, 0, 0])).toBe(false);
  });

  it("are told apart by whether they keep shapes", () => {
    expect(isSimilarity(turning(1.2, { x: 4, y: 9 }))).toBe(true);
    expect(isSimilarity(scaling(3, 3, { x: 1, y: 2 }, 0.4))).toBe(true);
    expect(isSimilarity(scaling(3, 2, { x: 1, y: 2 }))).toBe(false);
  });
});

describe("a frame", () => {
  const pick = source(11);
  it("is turned with the things when all are turned alike, and holds them", () => {
    for (let i = 0; i < 200; i++) {
      const angle = pick(-3, 3);
      const parts = Array.from({ length: 5 }, () => ({
        local: anyFrame(pick).box,
        m: compose(moving(pick(-99, 99), pick(-99, 99)), turning(angle)),
      }));
      const frame = frameAround(parts)!;
      expect(Math.abs(frame.angle - angle)).toBeLessThan(1e-9);
      for (const { local, m } of parts)
        for (const x of [local.minX, local.maxX])
          for (const y of [local.minY, local.maxY])
            expect(inFrame(frame, through(m, { x, y }), 1e-6)).toBe(true);
    }
  });

  it("of one turned thing is that thing's own box", () => {
    const local = { minX: 10, minY: 20, maxX: 110, maxY: 60 };
    const m = turning(Math.PI / 6, { x: 60, y: 40 });
    const corners = frameCorners(frameAround([{ local, m }])!);
    const want = [
      [10, 20],
      [110, 20],
      [110, 60],
      [10, 60],
    ].map(([x, y]) => through(m, { x: x!, y: y! }));
    near(
      corners.flatMap(({ x, y }) => [x, y]),
      want.flatMap(({ x, y }) => [x, y]),
    );
  });

  it("is upright around things turned differently", () => {
    const local = { minX: 0, minY: 0, maxX: 10, maxY: 10 };
    const frame = frameAround([
      { local, m: IDENTITY },
      { local, m: turning(Math.PI / 4) },
    ])!;
    expect(frame.angle).toBe(0);
    const other = boxThrough(turning(Math.PI / 4), local);
    near([frame.box.minX, frame.box.maxY], [other.minX, other.maxY]);
    expect(frameAround([])).toBeNull();
  });

  it("goes where its things are dragged", () => {
    for (let i = 0; i < 200; i++) {
      const frame = anyFrame(pick);
      const m = compose(moving(pick(-99, 99), 5), turning(pick(-3, 3), { x: 3, y: 4 }));
      const there = frameThrough(m, frame);
      near(
        frameCorners(there).flatMap(({ x, y }) => [x, y]),
        frameCorners(frame)
          .map((at) => through(m, at))
          .flatMap(({ x, y }) => [x, y]),
      );
    }
  });
});

describe("a grip", () => {
  const pick = source(13);
  it("follows the hand, while what is across stays", () => {
    for (let i = 0; i < 400; i++) {
      const frame = anyFrame(pick);
      const grip = GRIPS[i % 8]!;
      const [w, h] = [frame.box.maxX - frame.box.minX, frame.box.maxY - frame.box.minY];
      const out = turning(frame.angle);
      const from = gripAt(frame, grip);
      // Outwards or a little inwards: never across to the other side.
      const by = { x: pick(-0.4 * w, w), y: pick(-0.4 * h, h) };
      const wanted = {
        x: from.x + (grip.includes("w") ? -by.x : grip.includes("e") ? by.x : 0),
        y: from.y + (grip.includes("n") ? -by.y : grip.includes("s") ? by.y : 0),
      };
      const m = gripped(frame, grip, through(out, wanted), { even: false, middle: false });
      const moved = through(m, through(out, from));
      const hand = through(out, wanted);
      near([moved.x, moved.y], [hand.x, hand.y]);
      const across = through(out, {
        x: frame.box.minX + frame.box.maxX - from.x,
        y: frame.box.minY + frame.box.maxY - from.y,
      });
      const stays = through(m, across);
      near([stays.x, stays.y], [across.x, across.y]);
    }
  });

  it("pulled and pulled back is as if it had not been", () => {
    for (let i = 0; i < 400; i++) {
      const frame = anyFrame(pick);
      const grip = GRIPS[i % 8]!;
      const how = { even: i % 3 === 0, middle: i % 2 === 0 };
      const from = through(turning(frame.angle), gripAt(frame, grip));
      const to = { x: from.x + pick(-300, 300), y: from.y + pick(-300, 300) };
      const there = gripped(frame, grip, to, how);
      const after = frameThrough(there, frame);
      const back = gripped(after, grip, from, how);
      // Where the first pull was stopped at the least size, the way back is as long.
      near(compose(back, there), IDENTITY, 1e-5);
    }
  });

  it("keeps the middle, or the shape, when it is asked to", () => {
    for (let i = 0; i < 200; i++) {
      const frame = anyFrame(pick);
      const to = { x: pick(-900, 900), y: pick(-900, 900) };
      const middle = frameMiddle(frame);
      const m = gripped(frame, GRIPS[i % 8]!, to, { even: true, middle: true });
      const there = through(m, middle);
      near([there.x, there.y], [middle.x, middle.y]);
      if (i % 2 === 0) expect(isSimilarity(m)).toBe(true);
    }
  });

  it("never flattens or mirrors, nor stretches what has no length", () => {
    for (let i = 0; i < 400; i++) {
      const frame = anyFrame(pick);
      const to = { x: pick(-5000, 5000), y: pick(-5000, 5000) };
      const m = gripped(frame, GRIPS[i % 8]!, to, { even: i % 2 === 0, middle: i % 3 === 0 });
      expect(m[0] * m[3] - m[1] * m[2]).toBeGreaterThan(0);
      expect(bearable(m)).toBe(true);
    }
    const flat = { angle: 0, box: { minX: 0, minY: 5, maxX: 100, maxY: 5 } };
    near(gripped(flat, "se", { x: 200, y: 90 }, { even: false, middle: false }), [2, 0, 0, 1, 0, 0]);
    const dot = { angle: 0, box: { minX: 3, minY: 5, maxX: 3, maxY: 5 } };
    near(gripped(dot, "se", { x: 9, y: 9 }, { even: true, middle: false }), IDENTITY);
  });
});

describe("turning", () => {
  const frame = { angle: 0, box: { minX: 0, minY: 0, maxX: 200, maxY: 100 } };
  const from = { x: 100, y: -30 };
  const at = (degrees: number) => {
    const a = ((degrees - 90) * Math.PI) / 180;
    return { x: 100 + 80 * Math.cos(a), y: 50 + 80 * Math.sin(a) };
  };
  const degrees = (m: Matrix) => (Math.atan2(m[1], m[0]) * 180) / Math.PI;

  it("goes with the hand, by 15° with Shift, and rests at right angles", () => {
    expect(degrees(turned(frame, from, at(37), false))).toBeCloseTo(37, 9);
    expect(degrees(turned(frame, from, at(37), true))).toBeCloseTo(30, 9);
    expect(degrees(turned(frame, from, at(2), false))).toBeCloseTo(0, 9);
    expect(degrees(turned(frame, from, at(88.5), false))).toBeCloseTo(90, 9);
    expect(degrees(turned({ ...frame, angle: 0.3 }, from, from, true))).toBeCloseTo(
      15 - (0.3 * 180) / Math.PI,
      9,
    );
  });

  it("leaves the middle, and there and back is nothing", () => {
    const m = turned(frame, from, at(140), false);
    const middle = through(m, frameMiddle(frame));
    near([middle.x, middle.y], [100, 50]);
    const back = turned(frameThrough(m, frame), at(140), from, false);
    near(compose(back, m), IDENTITY);
  });
});
