import { describe, expect, it } from "vitest";

import * as vp from "./viewport";

const page = { width: 1600, height: 900 };
const stage = { width: 1000, height: 620 };
const margins = { top: 16, right: 16, bottom: 16, left: 16 };
/** A fixed sequence in 0..1, so that a failure can be had again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe("views", () => {
  it("fit the page inside the margins, in the middle", () => {
    const view = vp.fitted(page, stage, margins);
    const a = vp.toStage(view, { x: 0, y: 0 });
    const b = vp.toStage(view, { x: 1600, y: 900 });
    expect(a.x).toBeCloseTo(16);
    expect(b.x).toBeCloseTo(984);
    expect(a.y - 16).toBeCloseTo(620 - 16 - b.y);
    expect(a.y).toBeGreaterThanOrEqual(16);
  });

  it("fill the height of a stage in somebody's hand from the page's left edge, and never show less than a fit", () => {
    const none = { top: 0, right: 0, bottom: 0, left: 0 };
    const phone = { width: 390, height: 630 };
    const view = vp.filled(page, phone, none);
    expect(view).toEqual({ zoom: 0.7, x: 0, y: 0 });
    expect(vp.toStage(view, { x: 0, y: 900 }).y).toBeCloseTo(630);
    const wide = { width: 2000, height: 300 };
    expect(vp.filled(page, wide, margins)).toEqual(vp.fitted(page, wide, margins));
  });

  it("fit even a stage that has no room", () => {
    const view = vp.fitted(page, { width: 0, height: 0 }, margins);
    expect(view.zoom).toBe(vp.MIN_ZOOM);
  });

  it("keep the point under the pointer, whatever the zoom", () => {
    const random = numbers(1);
    let view: vp.View = vp.fitted(page, stage, margins);
    for (let i = 0; i < 300; i++) {
      const at = { x: random() * 1000, y: random() * 620 };
      const under = vp.toBoard(view, at);
      view = vp.zoomedTo(view, view.zoom * (0.5 + 1.5 * random()), at);
      expect(view.zoom).toBeGreaterThanOrEqual(vp.MIN_ZOOM);
      expect(view.zoom).toBeLessThanOrEqual(vp.MAX_ZOOM);
      const now = vp.toBoard(view, at);
      expect(now.x).toBeCloseTo(under.x, 6);
      expect(now.y).toBeCloseTo(under.y, 6);
    }
  });

  it("carry both fingers of a pinch along", () => {
    const view = { zoom: 1.5, x: -40, y: 30 };
    const from = [
      { x: 100, y: 100 },
      { x: 300, y: 200 },
    ] as const;
    const to = [
      { x: 150, y: 90 },
      { x: 550, y: 290 },
    ] as const;
    const next = vp.pinched(view, from, to);
    for (const i of [0, 1] as const) {
      const there = vp.toStage(next, vp.toBoard(view, from[i]));
      expect(there.x).toBeCloseTo(to[i].x);
      expect(there.y).toBeCloseTo(to[i].y);
    }
  });

  it("never lose the page from the stage", () => {
    const random = numbers(2);
    for (let i = 0; i < 300; i++) {
      const zoom = 0.1 + random() * 15;
      const view = vp.held({ zoom, x: (random() - 0.5) * 1e5, y: (random() - 0.5) * 1e5 }, page, stage);
      const seen = vp.visible(view, stage);
      expect(seen.minX).toBeLessThan(1600);
      expect(seen.maxX).toBeGreaterThan(0);
      expect(seen.minY).toBeLessThan(900);
      expect(seen.maxY).toBeGreaterThan(0);
    }
    const inside = { zoom: 1, x: -10, y: -10 };
    expect(vp.held(inside, page, stage)).toBe(inside);
  });

  it("glide from one to the other, through places between", () => {
    const a = { zoom: 0.5, x: 10, y: 20 };
    const b = { zoom: 4, x: -900, y: -700 };
    expect(vp.between(a, b, 0)).toEqual(a);
    expect(vp.between(a, b, 1)).toBe(b);
    const middle = vp.between(a, b, 0.5);
    expect(middle.zoom).toBeCloseTo(Math.sqrt(2));
    // The one point of the board that both show in one place stays there all the way.
    const still = {
      x: (a.x * b.zoom - b.x * a.zoom) / (b.zoom - a.zoom),
      y: (a.y * b.zoom - b.y * a.zoom) / (b.zoom - a.zoom),
    };
    const under = vp.toBoard(a, still);
    expect(vp.toStage(middle, under).x).toBeCloseTo(still.x);
    expect(vp.toStage(middle, under).y).toBeCloseTo(still.y);
  });

  it("keep strokes one bit finer for each doubling of zoom", () => {
    expect([0.1, 1, 1.01, 2, 2.1, 4, 8, 8.5, 16].map(vp.quantumAt)).toEqual([4, 4, 5, 5, 6, 6, 7, 8, 8]);
  });
});

describe("following", () => {
  it("shows what was told, on a stage of another shape", () => {
    const led: vp.View = { zoom: 2, x: -300, y: -200 };
    const other = { width: 400, height: 700 };
    const told = vp.told(led, stage);
    const view = vp.followed(told, page, other, margins);
    const seen = vp.visible(view, { width: 400, height: 700 });
    const theirs = vp.visible(led, stage);
    expect((seen.minX + seen.maxX) / 2).toBeCloseTo((theirs.minX + theirs.maxX) / 2);
    expect(seen.minX).toBeLessThanOrEqual(theirs.minX);
    expect(seen.maxX).toBeGreaterThanOrEqual(theirs.maxX);
  });

  it("shows the whole page where the leader does, or says nonsense", () => {
    const whole = vp.fitted(page, stage, margins);
    expect(vp.followed(vp.told(whole, stage), page, stage, margins)).toEqual(whole);
    expect(vp.followed([0, 0, 0], page, stage, margins)).toEqual(whole);
    expect(vp.followed([0, 0, Number.NaN], page, stage, margins)).toEqual(whole);
  });
});

describe("an endless page", () => {
  const endless = { ...page, endless: true };

  it("is fitted to what is drawn with a margin, wherever that is, and to its first view while nothing is", () => {
    expect(vp.frameOf(endless, null)).toEqual({ minX: 0, minY: 0, maxX: 1600, maxY: 900 });
    const drawn = { minX: -5000, minY: -700, maxX: -1000, maxY: 300 };
    const frame = vp.frameOf(endless, drawn);
    expect(frame).toEqual({ minX: -5080, minY: -780, maxX: -920, maxY: 380 });
    const view = vp.fittedDrawing(endless, frame, stage, margins);
    expect(vp.toStage(view, { x: -5080, y: 0 }).x).toBeCloseTo(16);
    expect(vp.toStage(view, { x: -920, y: 0 }).x).toBeCloseTo(984);
    expect(vp.toStage(view, { x: 0, y: -200 }).y).toBeCloseTo(310);
    expect(vp.frameOf(page, drawn)).toEqual({ minX: 0, minY: 0, maxX: 1600, maxY: 900 });
  });

  it("does not blow up a small drawing", () => {
    const frame = vp.frameOf(endless, { minX: -10, minY: -10, maxX: 10, maxY: 10 });
    const view = vp.fittedDrawing(endless, frame, stage, margins);
    expect(view).toEqual({ zoom: 1, x: 500, y: 310 });
  });

  it("may be looked at far from its middle, but not without end", () => {
    const far = { zoom: 0.5, x: 250_000, y: -250_000 };
    expect(vp.held(far, endless, stage)).toBe(far);
    const away = vp.held({ zoom: 2, x: 1e9, y: -1e9 }, endless, stage);
    const middle = vp.toBoard(away, { x: 500, y: 310 });
    expect([middle.x, middle.y]).toEqual([-vp.REACH, vp.REACH]);
  });

  it("is followed to the very place and width, however much of it a leader sees", () => {
    const view = vp.panned(vp.zoomedTo({ zoom: 0.1, x: 0, y: 0 }, 0.07, { x: 0, y: 0 }), 400, 900);
    const same = vp.followed(vp.told(view, stage), endless, stage, { top: 0, right: 0, bottom: 0, left: 0 });
    expect(same.zoom).toBeCloseTo(view.zoom);
    expect([same.x, same.y]).toEqual([expect.closeTo(view.x), expect.closeTo(view.y)]);
  });

  it("takes up all that there is", () => {
    expect(vp.areaOf(endless).minX).toBe(-Infinity);
    expect(vp.areaOf(page)).toEqual({ minX: 0, minY: 0, maxX: 1600, maxY: 900 });
  });
});
