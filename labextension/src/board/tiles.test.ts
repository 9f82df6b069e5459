import { beforeEach, describe, expect, it } from "vitest";

import { type DeviceView, type Source, TILE, Tiles, tileSpan } from "./tiles";
import type { Box } from "./viewport";

interface Mark extends Box {
  name: string;
}
const area = { minX: 0, minY: 0, maxX: 2000, maxY: 1000 };
const endless = { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity };
const mark = (name: string, minX: number, minY: number, size = 10): Mark => ({
  name,
  minX,
  minY,
  maxX: minX + size,
  maxY: minY + size,
}); // prettier-ignore

/** Records what is painted where; stands in for bitmaps, which need a browser. */
class Painter implements Source<Mark> {
  area: Box = area;
  marks: Mark[] = [];
  painted: string[] = [];
  grounds = 0;
  within(box: Box): Mark[] {
    return this.marks.filter(
      (m) => m.minX <= box.maxX && m.maxX >= box.minX && m.minY <= box.maxY && m.maxY >= box.minY,
    );
  }
  ground(): void {
    this.grounds++;
  }
  draw(_: unknown, thing: Mark): void {
    this.painted.push(thing.name);
  }
  take(): string[] {
    return this.painted.splice(0);
  }
}

let bitmaps = 0;
const context = new Proxy({}, { get: () => () => undefined, set: () => true }) as CanvasRenderingContext2D;
const bitmap = () => {
  bitmaps++;
  return { canvas: {} as HTMLCanvasElement, context, finish: () => undefined };
};
const still = () => 0;
const at = (scale: number, x = 0, y = 0, width = 1024, height = 512): DeviceView => ({
  scale,
  x,
  y,
  width,
  height,
});

describe("tiles", () => {
  let painter: Painter;
  let tiles: Tiles<Mark>;
  beforeEach(() => {
    bitmaps = 0;
    painter = new Painter();
    painter.marks = [mark("a", 10, 10), mark("b", 600, 10), mark("far", 1900, 900)];
    tiles = new Tiles(painter, bitmap);
    tiles.rescale(1);
  });

  it("are painted once, where they are seen, and not again for a pan back and forth", () => {
    expect(tiles.work(at(1), 1, still)).toBe(true);
    expect(painter.take().sort()).toEqual(["a", "b"]);
    tiles.work(at(1, -300), 1, still);
    expect(painter.take()).toEqual([]);
    tiles.work(at(1), 1, still);
    expect(painter.take()).toEqual([]);
    expect(painter.grounds).toBe(3);
  });

  it("repair only the place that was damaged", () => {
    tiles.work(at(1), 1, still);
    painter.take();
    painter.marks = painter.marks.filter((m) => m.name !== "a");
    tiles.invalidate(mark("a", 10, 10));
    expect(tiles.settled(mark("", 15, 15))).toBe(false);
    expect(tiles.settled(mark("", 600, 10))).toBe(true);
    tiles.work(at(1), 1, still);
    expect(painter.take()).toEqual([]); // nothing else lies there
    expect(tiles.settled(mark("", 15, 15))).toBe(true);
    tiles.invalidate(mark("", 595, 5));
    tiles.work(at(1), 1, still);
    expect(painter.take()).toEqual(["b"]);
  });

  it("take what lies on top at once, in every tile that it touches", () => {
    tiles.work(at(1), 1, still);
    painter.take();
    const wide = mark("wide", TILE - 5, 20);
    painter.marks.push(wide);
    tiles.append(wide);
    expect(painter.take()).toEqual(["wide", "wide"]);
    expect(tiles.settled(wide)).toBe(true);
    tiles.work(at(1), 1, still);
    expect(painter.take()).toEqual([]);
  });

  it("paint within the time they are given and go on where they stopped", () => {
    painter.marks = Array.from({ length: 100 }, (_, i) => mark(`m${i}`, 4 * i, 100, 2));
    let now = 0;
    const clock = () => now++;
    let frames = 0;
    while (!tiles.work(at(1), now + 10, clock)) expect(++frames).toBeLessThan(100);
    expect(frames).toBeGreaterThan(3);
    expect(painter.take()).toEqual(painter.marks.map((m) => m.name));
  });

  it("do not lose what comes while they are being painted", () => {
    painter.marks = Array.from({ length: 50 }, (_, i) => mark(`m${i}`, 4 * i, 100, 2));
    let now = 0;
    const clock = () => now++;
    expect(tiles.work(at(1), 10, clock)).toBe(false);
    const late = mark("late", 20, 100);
    painter.marks.push(late);
    tiles.append(late);
    const gone = painter.marks.shift()!;
    tiles.invalidate(gone);
    painter.take();
    while (!tiles.work(at(1), now + 10, clock));
    const painted = painter.take();
    expect(painted).not.toContain(gone.name);
    expect(painted.filter((name) => name === "late")).toEqual(["late"]);
    expect(painted).toHaveLength(painter.marks.length);
  });

  it("show what was until what is has been painted", () => {
    tiles.work(at(1), 1, still);
    painter.take();
    tiles.refresh();
    const before = bitmaps;
    expect(tiles.settled(mark("", 10, 10))).toBe(false);
    tiles.work(at(1), 1, still);
    expect(painter.take().sort()).toEqual(["a", "b"]);
    expect(tiles.settled(mark("", 10, 10))).toBe(true);
    expect(bitmaps).toBeLessThanOrEqual(before + 2);
  });

  it("hold a bounded number of bitmaps however far the view travels", () => {
    let most = 0;
    tiles.rescale(16);
    for (let x = 0; x < 2000 * 16; x += 700) {
      for (let y = 0; y < 1000 * 16; y += 4000) {
        tiles.work(at(16, -x, -y), 1, still);
        most = Math.max(most, tiles.held);
      }
    }
    for (const scale of [1, 8, 2, 16, 4]) {
      tiles.rescale(scale);
      tiles.work(at(scale), 1, still);
      most = Math.max(most, tiles.held);
    }
    expect(most).toBeLessThan(80);
    expect(bitmaps).toBeLessThan(300);
  });

  it("span the page only", () => {
    expect(tileSpan({ minX: -50, minY: -50, maxX: 10, maxY: 10 }, 1, area)).toEqual({
      c0: 0,
      c1: 0,
      r0: 0,
      r1: 0,
    });
    expect(tileSpan({ minX: -50, minY: -50, maxX: -10, maxY: 10 }, 1, area)).toBeNull();
    expect(tileSpan({ minX: 1999, minY: 0, maxX: 5000, maxY: 5000 }, 1, area)).toEqual({
      c0: 3,
      c1: 3,
      r0: 0,
      r1: 1,
    });
  });

  it("span an endless page in all directions", () => {
    expect(tileSpan({ minX: -50, minY: -600, maxX: 10, maxY: -520 }, 1, endless)).toEqual({
      c0: -1,
      c1: 0,
      r0: -2,
      r1: -2,
    });
  });

  describe("of an endless page", () => {
    beforeEach(() => {
      painter.area = endless;
      painter.marks = [mark("left", -700, -90), mark("middle", -5, -5), mark("right", 700, 90)];
    });

    it("are painted where they are seen, left of and above 0, 0 too, each but once", () => {
      tiles.work(at(1, 1024, 256), 1, still);
      // Four quarters meet in the middle.
      expect(painter.take().sort()).toEqual(["left", "middle", "middle"]);
      tiles.work(at(1, 0, 256), 1, still);
      expect(painter.take().sort()).toEqual(["middle", "middle", "right"]);
      tiles.work(at(1, 1024, 256), 1, still);
      expect(painter.take()).toEqual([]);
    });

    it("take what lies on top, and repair, at negative places", () => {
      tiles.work(at(1, 1024, 256), 1, still);
      painter.take();
      const late = mark("late", -517, -5, 10);
      painter.marks.push(late);
      tiles.append(late);
      expect(painter.take()).toEqual(["late", "late", "late", "late"]);
      painter.marks.pop();
      tiles.invalidate(late);
      expect(tiles.settled(late)).toBe(false);
      expect(tiles.settled(mark("", -700, -90))).toBe(true);
      tiles.work(at(1, 1024, 256), 1, still);
      expect(tiles.settled(late)).toBe(true);
    });

    it("bear a stroke from one end of it to the other without a search among millions", () => {
      tiles.work(at(1), 1, still);
      painter.take();
      const across = mark("across", -4e6, -4e6, 8e6);
      painter.marks.push(across);
      tiles.append(across);
      expect(painter.take().length).toBe(tiles.held);
      tiles.invalidate(across);
      expect(tiles.settled(across)).toBe(false);
    });

    it("hold a bounded number of bitmaps however far the view travels, and none twice", () => {
      let most = 0;
      for (const scale of [0.05, 1, 16]) {
        tiles.rescale(scale);
        for (let i = -40; i < 40; i++) {
          tiles.work(at(scale, 700 * i * scale, -9e5 * scale + 650 * i), 1, still);
          most = Math.max(most, tiles.held);
        }
      }
      expect(most).toBeLessThan(80);
      expect(bitmaps).toBeLessThan(200);
    });
  });
});
