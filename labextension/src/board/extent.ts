/**
 * Where a drawable lies, told from its record alone: for what is laid down, lined up or chosen without a picture of it.
 *
 * Pure. It promises a box that holds what is drawn, or null for what cannot be drawn; it must never keep anything.
 */

import { unpack } from "../core/ink";
import type { Draft, Drawable } from "../core/schema";
import { withDefaults } from "../core/schema";
import { IDENTITY, type Matrix } from "./hit";
import { figureBox } from "./shapes";
import { strokeBox } from "./strokes";
import type { Box } from "./viewport";

/** A drawable that has no place of its own yet: what it will be called and lie on is given when it is laid down. */
export type Loose = {
  [T in Drawable["type"]]: Omit<Draft<T>, "id" | "page" | "z"> & { readonly id?: string };
}[Drawable["type"]];

/** The box that holds the drawable on its page; null where its points are broken. */
export function extent(drawable: Loose): Box | null {
  const record = withDefaults({ page: "", z: "a1", id: "", ...drawable } as Draft<
    Drawable["type"]
  >) as Drawable;
  const m = record.transform ?? IDENTITY;
  let box: Box;
  if (record.type === "ink") {
    try {
      box = strokeBox(unpack(record.points, record.quantum), record.width, m);
    } catch {
      return null;
    }
  } else if (record.type === "shape") box = figureBox(record);
  else {
    const ends =
      record.type === "text" ? record.lines.flatMap(([, , runs]) => runs.map(([x, w]) => x + w)) : [];
    box = boxThrough(m, record.x, record.y, Math.max(record.w, 0, ...ends), record.h);
  }
  return [box.minX, box.minY, box.maxX, box.maxY].every(Number.isFinite) ? box : null;
}

/** The box of the figure itself, without the width of its line: what one thing is lined up with another by. */
export function frame(record: Exclude<Drawable, { type: "ink" }>): Box {
  const m = record.transform ?? IDENTITY;
  if (record.type !== "shape" || record.kind !== "polygon" || !record.corners.length)
    return boxThrough(m, record.x, record.y, record.w, record.h);
  const { x, y, w, h } = record;
  const us = record.corners.map(([u, v]) => m[0] * (x + w * u) + m[2] * (y + h * v) + m[4]);
  const vs = record.corners.map(([u, v]) => m[1] * (x + w * u) + m[3] * (y + h * v) + m[5]);
  return { minX: Math.min(...us), minY: Math.min(...vs), maxX: Math.max(...us), maxY: Math.max(...vs) };
}

/** The box that holds all of them; null when there is none. */
export function union(boxes: Iterable<Box | null>): Box | null {
  let all: Box | null = null;
  for (const box of boxes) {
    if (!box) continue;
    if (!all) all = { minX: box.minX, minY: box.minY, maxX: box.maxX, maxY: box.maxY };
    else {
      all.minX = Math.min(all.minX, box.minX);
      all.minY = Math.min(all.minY, box.minY);
      all.maxX = Math.max(all.maxX, box.maxX);
      all.maxY = Math.max(all.maxY, box.maxY);
    }
  }
  return all;
}

function boxThrough(m: Matrix, x: number, y: number, w: number, h: number): Box {
  const xs = [x, x + w, x, x + w].map((u, i) => m[0] * u + m[2] * (i < 2 ? y : y + h) + m[4]);
  const ys = [x, x + w, x, x + w].map((u, i) => m[1] * u + m[3] * (i < 2 ? y : y + h) + m[5]);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}
