import { describe, expect, it } from "vitest";

import { pack, unpack } from "../core/ink";
import { DEFAULTS, type Ink, type Op } from "../core/schema";
import { Cut, remains } from "./cut";
import { IDENTITY, type Matrix, pointDistance2 } from "./hit";

/** A seeded generator (mulberry32), so that a failure can be had again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function scribble(rand: () => number, n: number): Float64Array {
  const points = new Float64Array(3 * n);
  let [x, y] = [200 * rand(), 200 * rand()];
  for (let i = 0; i < n; i++) {
    // Now and then it stands still, or leaps.
    const step = rand() < 0.1 ? 0 : rand() < 0.1 ? 150 : 12;
    x += step * (rand() - 0.5);
    y += step * (rand() - 0.5);
    points.set([x, y, rand()], 3 * i);
  }
  return points;
}

/** The point at a place along the stroke. */
function at(points: Float64Array, s: number): [number, number, number] {
  const i = Math.min(Math.floor(s), points.length / 3 - 2);
  const t = s - i;
  return [0, 1, 2].map((k) => points[3 * i + k]! + t * (points[3 * i + 3 + k]! - points[3 * i + k]!)) as [
    number,
    number,
    number,
  ];
}

const MATRICES: Matrix[] = [IDENTITY, [2, 0, 0, 0.5, 30, -10], [0.6, 0.8, -0.8, 0.6, 100, 40]];

describe("a cut", () => {
  it("takes what is within the eraser's reach and nothing else", () => {
    let cut = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const rand = random(seed);
      const points = scribble(rand, 2 + Math.floor(60 * rand()));
      const m = MATRICES[seed % MATRICES.length]!;
      const reach = 2 + 20 * rand();
      const knife = new Cut(points, m);
      const path: [number, number, number, number][] = [];
      // It begins near the stroke, mostly.
      const near = at(points, (points.length / 3 - 1) * rand());
      let px = m[0] * near[0] + m[2] * near[1] + m[4] + 30 * (rand() - 0.5);
      let py = m[1] * near[0] + m[3] * near[1] + m[5] + 30 * (rand() - 0.5);
      for (let i = 0; i < 6; i++) {
        const [qx, qy] = i === 0 ? [px, py] : [px + 80 * (rand() - 0.5), py + 80 * (rand() - 0.5)];
        path.push([px, py, qx, qy]);
        knife.sweep(px, py, qx, qy, reach);
        [px, py] = [qx, qy];
      }
      const far = ([x, y]: readonly number[]) => {
        const bx = m[0] * x! + m[2] * y! + m[4];
        const by = m[1] * x! + m[3] * y! + m[5];
        return Math.sqrt(Math.min(...path.map((line) => pointDistance2(bx, by, ...line))));
      };
      const pieces = knife.pieces();
      if (!knife.untouched) cut++;
      // Along the whole old line: what stays and what goes is told by the distance alone.
      for (let s = 0; s <= points.length / 3 - 1; s += 0.037) {
        const stays = pieces.some(({ from, to }) => s >= from && s <= to);
        const distance = far(at(points, s));
        if (Math.abs(distance - reach) > 1e-6) expect(stays, `seed ${seed} at ${s}`).toBe(distance > reach);
      }
      for (const { from, to, points: kept } of pieces) {
        // Old points are the very same; new ends lie on the old line, just at the reach.
        const inner: number[] = [];
        for (let i = Math.ceil(from); i <= Math.floor(to); i++) inner.push(...points.slice(3 * i, 3 * i + 3));
        const head = Number.isInteger(from) ? 0 : 3;
        const tail = Number.isInteger(to) ? kept.length : kept.length - 3;
        expect([...kept.slice(head, tail)]).toEqual(inner);
        for (const [s, end] of [
          [from, kept.slice(0, 3)],
          [to, kept.slice(-3)],
        ] as const) {
          for (const [k, value] of at(points, s).entries()) expect(end[k]).toBeCloseTo(value, 9);
          if (!Number.isInteger(s)) expect(far([...end])).toBeCloseTo(reach, 6);
        }
      }
    }
    expect(cut).toBeGreaterThan(75);
  });

  it("is the same in whatever order it is made, and says when it took more", () => {
    const points = scribble(random(7), 80);
    const sweeps = Array.from({ length: 12 }, (_, i) => {
      const [x, y] = at(points, 6 * i + 0.4);
      return [x - 5, y, x + 5, y + 3, 4] as const;
    });
    const [one, two] = [new Cut(points, IDENTITY), new Cut(points, IDENTITY)];
    for (const sweep of sweeps) one.sweep(...sweep);
    for (const sweep of [...sweeps].reverse()) two.sweep(...sweep);
    expect(one.pieces()).toEqual(two.pieces());
    expect(one.pieces().length).toBeGreaterThan(3);
    for (const sweep of sweeps) expect(one.sweep(...sweep)).toBe(false);
  });

  it("takes a dot or leaves it", () => {
    const dot = Float64Array.of(10, 10, 0.5);
    const cut = new Cut(dot, IDENTITY);
    expect(cut.sweep(20, 10, 30, 10, 9)).toBe(false);
    expect(cut.pieces().length).toBe(1);
    expect(cut.sweep(20, 10, 30, 10, 10)).toBe(true);
    expect(cut.pieces()).toEqual([]);
  });
});

describe("the records of what stays", () => {
  const line = (from: number, to: number) =>
    Float64Array.from(Array.from({ length: to - from + 1 }, (_, i) => [10 * (from + i), 0, 0.5]).flat());
  const ink = (id: string, points: Float64Array, more: Partial<Ink> = {}): Ink =>
    ({
      ...DEFAULTS.ink,
      type: "ink",
      id,
      author: "p2",
      time: 5,
      page: "page1",
      z: "a5",
      points: pack(points, 4),
      quantum: 4,
      ...more,
    }) as Ink;
  const cutAt = (record: Ink, ...xs: number[]) => {
    const cut = new Cut(unpack(record.points, record.quantum), record.transform ?? IDENTITY);
    for (const x of xs) cut.sweep(x, 0, x, 0, 12);
    return { record, cut };
  };
  const ids = () => {
    let n = 0;
    return () => `n${++n}`;
  };
  const puts = (ops: Op[]) => ops.flatMap((op) => (op.op === "put" ? [op.record as Ink] : []));
  const ends = (record: Ink) => {
    const points = unpack(record.points, record.quantum);
    return [points[0], points[points.length - 3]];
  };

  it("look and lie as the stroke did, without its times", () => {
    const style = {
      tool: "highlighter",
      colour: "sky",
      width: 20,
      copy: "p2",
      times: Uint8Array.of(1),
    } as const;
    const { ops, made } = remains([cutAt(ink("a", line(0, 20), style), 100)], ids());
    expect(made).toEqual(["n1", "n2"]);
    expect(ops[ops.length - 1]).toEqual({ op: "remove", ids: ["a"] });
    expect(puts(ops).map(ends)).toEqual([
      [0, 88],
      [112, 200],
    ]);
    for (const record of puts(ops)) {
      expect(record).toMatchObject({ ...style, z: "a5", author: "", times: new Uint8Array(), part: "" });
    }
  });

  it("are none where nothing was cut, and only a removal where nothing is left", () => {
    const record = ink("a", line(0, 2));
    expect(remains([cutAt(record, 500)], ids()).ops).toEqual([]);
    expect(remains([cutAt(record, 0, 10, 20)], ids()).ops).toEqual([{ op: "remove", ids: ["a"] }]);
  });

  it("of a stroke of several records hang together up to the gap", () => {
    const [a, b, c] = [
      ink("a", line(0, 20), { z: "a1" }),
      ink("b", line(20, 40), { z: "a2", part: "a" }),
      ink("c", line(40, 60), { z: "a3", part: "a" }),
    ];
    const { ops } = remains([{ record: a, cut: null }, cutAt(b, 300), { record: c, cut: null }], ids());
    expect(puts(ops).map(({ id, part, z }) => [id, part, z])).toEqual([
      ["n1", "a", "a2"],
      ["n2", "", "a2"],
    ]);
    expect(ops.slice(2)).toEqual([
      { op: "patch", ids: ["c"], fields: { part: "n2" } },
      { op: "remove", ids: ["b"] },
    ]);
    // Cut where two records meet: neither side hangs on the other.
    const joint = remains([cutAt(a, 200), cutAt(b, 200), { record: c, cut: null }], ids());
    expect(puts(joint.ops).map(({ part }) => part)).toEqual(["", ""]);
    expect(joint.ops[2]).toEqual({ op: "patch", ids: ["c"], fields: { part: "n2" } });
  });
});
