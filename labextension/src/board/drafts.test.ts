import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Session } from "../client/contract";
import { type DraftFigure, withDefaults } from "../core/schema";
import { Drafts } from "./drafts";
import type { Layer } from "./layer";
import type { Draft } from "./tools/draft";

const FRAME = 1000 / 60;
vi.stubGlobal(
  "Path2D",
  class {
    moveTo() {}
    lineTo() {}
  },
);

const figure = (more: Partial<DraftFigure> = {}): DraftFigure => ({
  id: "d",
  page: "p",
  kind: "rectangle",
  x: 100,
  y: 100,
  w: 50,
  h: 40,
  copy: "",
  colour: "ink",
  fill: "",
  width: 4,
  dash: "solid",
  corners: [],
  transform: null,
  ...more,
});

describe("other people's figures (SPEC 5.15)", () => {
  const said = new Map<string, DraftFigure>();
  const table = new Map<string, unknown>();
  let sprites: Set<Draft>;
  let ends: string[];
  let drafts: Drafts;

  beforeEach(() => {
    said.clear();
    table.clear();
    sprites = new Set();
    ends = [];
    const layer = {
      add: (sprite: Draft) => sprites.add(sprite),
      remove: (sprite: Draft) => sprites.delete(sprite),
      touch: () => {},
    } as unknown as Layer;
    const session = { drafts: said, table } as unknown as Session;
    drafts = new Drafts(session, layer, {
      settle: (sprite) => ends.push(`settled at ${sprite.figure.w}`),
      fade: () => ends.push("faded"),
    });
  });

  const say = (draft: DraftFigure | null, copy = "") => {
    if (draft) said.set("p2", draft);
    else said.delete("p2");
    drafts.update("p2", "p", copy);
  };
  const only = () => {
    const [sprite] = sprites;
    return sprite!.figure;
  };

  it("glide to where they are said to be, and rest there exactly", () => {
    say(figure());
    expect(only()).toMatchObject({ x: 100, w: 50 });
    say(figure({ x: 200, w: 150 }));
    const widths: number[] = [];
    for (let i = 0; i < 60 && drafts.step(FRAME); i++) widths.push(only().w);
    expect(widths.length).toBeGreaterThan(5);
    expect(widths.every((w, i) => w > (widths[i - 1] ?? 50))).toBe(true);
    expect(only()).toMatchObject({ x: 200, w: 150 });
    expect(drafts.step(FRAME)).toBe(false);
  });

  it("grow corner by corner, each out of the one before", () => {
    const square = [
      [0, 0],
      [1, 0],
      [1, 1],
    ] as const;
    say(figure({ kind: "polygon", corners: square }));
    say(figure({ kind: "polygon", corners: [...square, [0, 1]] }));
    drafts.step(FRAME);
    const { x, w, corners } = only();
    expect(corners).toHaveLength(4);
    const last = x + corners[3]![0] * w;
    expect(last).toBeGreaterThan(120);
    expect(last).toBeLessThan(150);
  });

  it("become the record, as it is kept, or fade", () => {
    say(figure());
    say(figure({ w: 500 }));
    drafts.step(FRAME);
    table.set(
      "d",
      withDefaults({
        type: "shape",
        kind: "rectangle",
        id: "d",
        page: "p",
        z: "a",
        x: 100,
        y: 100,
        w: 510,
        h: 40,
      }),
    );
    say(null);
    expect(ends).toEqual(["settled at 510"]);
    say(figure({ id: "e" }));
    say(null);
    expect(ends).toEqual(["settled at 510", "faded"]);
    expect(drafts.step(FRAME)).toBe(false);
  });

  it("are seen on their page and copy alone", () => {
    say(figure({ page: "q" }));
    say(figure({ copy: "p7" }), "p8");
    expect(sprites.size).toBe(0);
    drafts.reset("p", "p7");
    expect(sprites.size).toBe(1);
    drafts.reset("q", "");
    expect(sprites.size).toBe(0);
  });
});
