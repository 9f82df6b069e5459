/**
 * One drawable, ready to be painted and touched.
 *
 * A `Thing` promises that its box holds all that it draws, and that `near` is about what is seen. A new kind of drawable is
 * one more case of `thingOf`; where it keeps what it derives is `materials.ts`. It must never change a record.
 */

import type { AnyRecord, Drawable, Ink, Picture, Shape } from "../core/schema";
import { equal } from "../core/table";
import type { Inks } from "./colour";
import { IDENTITY, quadNear, quadOf, strokeNear } from "./hit";
import type { Images } from "./images";
import type { Materials } from "./materials";
import { drawFigure, figureBox, figureNear } from "./shapes";
import { type StrokeCache, strokeBox, strokeRadius } from "./strokes";
import { type Words, type Written, writtenBox, writtenNear } from "./text/draw";
import type { Box } from "./viewport";

/** One drawable as it stands on the page. Its box is in board units. */
export interface Thing extends Box {
  readonly id: string;
  /** The latest that looks like this: a confirmation brings another, with author and time. */
  record: Drawable;
  /** Painted before what is not, within its layer (`scene.ts`). */
  readonly under: boolean;
  layer: number;
  /** Place in the painting order among its like. */
  rank: number;
  /** Taken out of the picture for now (being erased, still fading). */
  hidden: boolean;
  /** Paints it; the context is in board units. */
  draw(context: CanvasRenderingContext2D, inks: Inks): void;
  /** It is gone: what was derived from it may go. */
  forget(): void;
  /** Does it come within `reach` of the segment? */
  near(px: number, py: number, qx: number, qy: number, reach: number): boolean;
}

/** The drawable's thing; null where this version draws nothing for it, or where its points are broken. */
export function thingOf(record: Drawable, materials: Materials): Thing | null {
  if (record.type === "shape") return shapeThing(record, materials.strokes);
  if (record.type === "ink") return inkThing(record, materials.strokes);
  if (record.type === "image") return imageThing(record, materials.images);
  if (record.type === "text" || record.type === "note") return writtenThing(record, materials.words);
  return null;
}

function shapeThing(record: Shape, strokes: StrokeCache): Thing {
  return {
    ...figureBox(record),
    id: record.id,
    record,
    under: false,
    layer: 0,
    rank: 0,
    hidden: false,
    draw: (context, inks) => drawFigure(context, inks, record, strokes.figure(record)),
    forget: () => strokes.drop(record),
    near: (px, py, qx, qy, reach) => figureNear(record, px, py, qx, qy, reach),
  };
}

function imageThing(record: Picture, images: Images): Thing {
  const { x, y, w, h, transform } = record;
  const box = { minX: x, minY: y, maxX: x + w, maxY: y + h };
  const quad = quadOf(box, transform ?? IDENTITY);
  const xs = quad.map(([u]) => u);
  const ys = quad.map(([, v]) => v);
  return {
    minX: Math.min(...xs),
    minY: Math.min(...ys),
    maxX: Math.max(...xs),
    maxY: Math.max(...ys),
    id: record.id,
    record,
    under: false,
    layer: 0,
    rank: 0,
    hidden: false,
    draw: (context, inks) => {
      if (!transform) return images.paint(context, record.asset, box, inks);
      context.save();
      context.transform(...transform);
      images.paint(context, record.asset, box, inks);
      context.restore();
    },
    forget: () => {},
    near: (px, py, qx, qy, reach) => quadNear(quad, px, py, qx, qy, reach),
  };
}

function writtenThing(record: Written, words: Words): Thing {
  return {
    ...writtenBox(record),
    id: record.id,
    record,
    under: false,
    layer: 0,
    rank: 0,
    hidden: false,
    draw: (context, inks) => words.draw(context, inks, record),
    forget: () => {},
    near: (px, py, qx, qy, reach) => writtenNear(record, px, py, qx, qy, reach),
  };
}

function inkThing(record: Ink, strokes: StrokeCache): Thing | null {
  const m = record.transform ?? IDENTITY;
  let box: Box;
  try {
    box = strokeBox(strokes.points(record), record.width, m);
  } catch {
    return null;
  }
  return {
    ...box,
    id: record.id,
    record,
    under: record.tool === "highlighter",
    layer: 0,
    rank: 0,
    hidden: false,
    draw: (context, inks) => drawInk(context, record, strokes, inks),
    forget: () => strokes.drop(record),
    near: (px, py, qx, qy, reach) =>
      strokeNear(strokes.points(record), m, strokeRadius(record), px, py, qx, qy, reach),
  };
}

function drawInk(context: CanvasRenderingContext2D, ink: Ink, strokes: StrokeCache, inks: Inks): void {
  const path = strokes.path(ink);
  context.fillStyle = inks.of(ink);
  if (ink.transform === null) {
    context.fill(path, "nonzero");
    return;
  }
  context.save();
  context.transform(...ink.transform);
  context.fill(path, "nonzero");
  context.restore();
}

/** What two records may differ in without looking different: stamps, and what only says who may touch them. */
const UNSEEN = new Set(["author", "time", "group", "locked", "copy", "part", "alt"]);

/** Do two records of one id give the same picture? (An own stroke comes back from the server so, stamped.) */
export function sameLook(a: AnyRecord, b: AnyRecord): boolean {
  if (a === b) return true;
  const [one, other] = [a as unknown as Fields, b as unknown as Fields];
  return Object.keys({ ...one, ...other }).every(
    (name) => UNSEEN.has(name) || equal(one[name] ?? null, other[name] ?? null),
  );
}

type Fields = Record<string, unknown>;
