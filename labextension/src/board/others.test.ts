import { beforeEach, describe, expect, it } from "vitest";

import type { LiveStroke, Session } from "../client/contract";
import type { Growing } from "./growing";
import type { Layer, Sprite } from "./layer";
import { Others } from "./others";

const FRAME = 1000 / 60;

/** A stroke that somebody draws to the right, one unit a millisecond; its x tells how far it is shown. */
class World {
  time = 0;
  readonly live = new Map<string, LiveStroke>();
  readonly table = new Map<string, unknown>();
  shown: Growing | null = null;
  readonly ends: string[] = [];
  readonly stroke = {
    id: "s",
    page: "p",
    copy: "",
    person: "p2",
    tool: "pen",
    colour: "ink",
    width: 4,
    quantum: 4,
    points: [] as number[],
    broken: false,
    ended: false,
  };
  readonly others: Others;

  constructor() {
    const layer = {
      add: (sprite: Sprite) => {
        this.shown = sprite as Growing;
      },
      remove: () => {},
      touch: () => {},
    } as unknown as Layer;
    const session = { live: this.live, table: this.table } as unknown as Session;
    this.others = new Others(
      session,
      { pens: layer, marks: layer },
      { settle: () => this.ends.push("settled"), fade: () => this.ends.push("faded") },
      () => this.time,
    );
  }

  /** A batch comes with a point each 8 ms of what was drawn until now. */
  batch(until: number): void {
    const { points } = this.stroke;
    for (let x = points.length ? points[points.length - 3]! + 8 : 0; x <= until; x += 8)
      points.push(x, 0, 0.5);
    const stroke = this.stroke as unknown as LiveStroke;
    this.live.set("s", stroke);
    this.others.update(stroke, "p", "");
  }

  /** One frame; where the tip is then. The box is wider than the line by its caps. */
  frame(): number {
    this.time += FRAME;
    this.others.step(FRAME);
    return this.shown?.box.maxX ?? 0;
  }
}

describe("other people's strokes", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });

  /** How far the tip goes in each frame, with batches at these times. */
  function steps(batches: readonly number[]): number[] {
    const tips: number[] = [];
    const waiting = [...batches];
    while (world.time < batches[batches.length - 1]! + 30) {
      while (waiting.length && waiting[0]! <= world.time) world.batch(waiting.shift()!);
      tips.push(world.frame());
    }
    return tips.slice(1).map((tip, i) => tip - tips[i]!);
  }

  it("grow evenly, between points too", () => {
    const even = steps(Array.from({ length: 20 }, (_, i) => i * 33)).slice(12);
    // A frame's worth is 16.7 units; points alone would give steps of 8, 16 and 24.
    for (const step of even) {
      expect(step).toBeGreaterThan(10);
      expect(step).toBeLessThan(23);
    }
    expect(new Set(even.map((step) => step % 8 === 0)).has(false)).toBe(true);
  });

  it("neither stop nor jump where batches come rarely", () => {
    const rare = steps(Array.from({ length: 20 }, (_, i) => i * 120)).slice(40);
    expect(rare.filter((step) => step === 0)).toEqual([]);
    expect(Math.max(...rare)).toBeLessThan(3 * FRAME);
  });

  it("catch up with a late batch without a jump", () => {
    const late = steps([0, 33, 66, 99, 132, 165, 330, 363, 396, 429, 462]);
    expect(Math.max(...late.slice(3))).toBeLessThan(4 * FRAME);
  });

  it("are shown whole in the end, and go when the record comes", () => {
    world.batch(400);
    let tip = 0;
    for (let i = 0; i < 12; i++) tip = world.frame();
    expect(tip).toBeGreaterThanOrEqual(400);
    expect(world.others.step(FRAME)).toBe(false);
    world.table.set("s", {});
    world.others.step(FRAME);
    expect(world.ends).toEqual(["settled"]);
  });
});
