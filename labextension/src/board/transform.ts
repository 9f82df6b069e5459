/**
 * The arithmetic of moving, scaling and turning what is selected.
 *
 * Pure: matrices are six numbers as in records (`hit.Matrix`), a frame is a box in axes that are turned by an angle.
 * It promises that a drag and the same drag back give the identity within float, that nothing is ever scaled to nothing or
 * turned inside out, and that what is written into records is rounded finer than any screen shows.
 */

import { IDENTITY, type Matrix } from "./hit";
import type { Box, Point } from "./viewport";

/** A box in axes turned by `angle` (radians, clockwise on the screen) about the board's 0, 0. */
export interface Frame {
  readonly angle: number;
  readonly box: Box;
}

export const CORNERS = ["nw", "ne", "se", "sw"] as const;
export const EDGES = ["n", "e", "s", "w"] as const;
export type Grip = (typeof CORNERS)[number] | (typeof EDGES)[number];

/** A side is never made shorter than this, in board units, nor a thing smaller than this part of itself. */
const LEAST = 1;
const LEAST_PART = 0.01;
/** Turning by Shift, and how near (radians) to a right angle turning stays on it by itself. */
export const STEP = Math.PI / 12;
const SOFT = Math.PI / 60;
/** A side this short (board units) has no length to be scaled by. */
const FLAT = 1e-6;

/** First `inner`, then `outer`. */
export function compose(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** What takes `m` back; null where it flattens. */
export function inverted(m: Matrix): Matrix | null {
  const [a, b, c, d, e, f] = m;
  const det = a * d - b * c;
  if (!Number.isFinite(1 / det)) return null;
  return [d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det];
}

export function through(m: Matrix, { x, y }: Point): Point {
  return { x: m[0] * x + m[2] * y + m[4], y: m[1] * x + m[3] * y + m[5] };
}

export function moving(dx: number, dy: number): Matrix {
  return [1, 0, 0, 1, dx, dy];
}

/** About 0, 0, or the point. */
export function turning(angle: number, about: Point = { x: 0, y: 0 }): Matrix {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const { x, y } = about;
  return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y];
}

/** By `sx` and `sy` along axes turned by `angle`; `about` (on the board) stays. */
export function scaling(sx: number, sy: number, about: Point, angle = 0): Matrix {
  const to = turning(-angle);
  const at = through(to, about);
  const scale: Matrix = [sx, 0, 0, sy, at.x * (1 - sx), at.y * (1 - sy)];
  return compose(turning(angle), compose(scale, to));
}

/** The box around a box that went through `m`. */
export function boxThrough(m: Matrix, box: Box): Box {
  const corners = cornersOf(box).map((at) => through(m, at));
  return around(corners);
}

/** nw, ne, se, sw. */
export function cornersOf({ minX, minY, maxX, maxY }: Box): [Point, Point, Point, Point] {
  return [
    { x: minX, y: minY },
    { x: maxX, y: minY },
    { x: maxX, y: maxY },
    { x: minX, y: maxY },
  ];
}

export function around(points: readonly Point[]): Box {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    minX = Math.min(minX, x);
    minY = Math.min(minY, y);
    maxX = Math.max(maxX, x);
    maxY = Math.max(maxY, y);
  }
  return { minX, minY, maxX, maxY };
}

// -- frames

/** How a matrix turns its first axis. */
export function angleOf(m: Matrix): number {
  return m[0] === 0 && m[1] === 0 ? 0 : Math.atan2(m[1], m[0]);
}

/** The frame around things, given each as its own box and its transform: turned with them where all are turned alike. */
export function frameAround(parts: readonly { readonly local: Box; readonly m: Matrix }[]): Frame | null {
  if (parts.length === 0) return null;
  const angle = angleOf(parts[0]!.m);
  const alike = parts.every(({ m }) => Math.abs(angleOf(m) - angle) < 1e-6);
  const turned = alike ? angle : 0;
  const back = turning(-turned);
  const box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const { local, m } of parts) {
    const one = boxThrough(compose(back, m), local);
    box.minX = Math.min(box.minX, one.minX);
    box.minY = Math.min(box.minY, one.minY);
    box.maxX = Math.max(box.maxX, one.maxX);
    box.maxY = Math.max(box.maxY, one.maxY);
  }
  return { angle: turned, box };
}

/** A frame's corners on the board: nw, ne, se, sw as it was before it was turned. */
export function frameCorners({ angle, box }: Frame): [Point, Point, Point, Point] {
  const m = turning(angle);
  return cornersOf(box).map((at) => through(m, at)) as [Point, Point, Point, Point];
}

export function frameMiddle({ angle, box }: Frame): Point {
  return through(turning(angle), { x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2 });
}

/** Does the board's point lie in it, or within `reach` of it? */
export function inFrame({ angle, box }: Frame, at: Point, reach = 0): boolean {
  const { x, y } = through(turning(-angle), at);
  return x >= box.minX - reach && x <= box.maxX + reach && y >= box.minY - reach && y <= box.maxY + reach;
}

/** The frame after a drag: what was dragged by `m` is still around the same things. */
export function frameThrough(m: Matrix, frame: Frame): Frame {
  const angle = angleOf(compose(m, turning(frame.angle)));
  const back = turning(-angle);
  return { angle, box: around(frameCorners(frame).map((at) => through(back, through(m, at)))) };
}

/** Where a grip stands, in the frame's own axes. */
export function gripAt({ box }: Frame, grip: Grip): Point {
  const x = grip.includes("w") ? box.minX : grip.includes("e") ? box.maxX : (box.minX + box.maxX) / 2;
  const y = grip.includes("n") ? box.minY : grip.includes("s") ? box.maxY : (box.minY + box.maxY) / 2;
  return { x, y };
}

export interface Scaling {
  /** Width and height change alike. */
  readonly even: boolean;
  /** From the middle, not from the side across. */
  readonly middle: boolean;
}

/** The drag of a grip to a place on the board, as a matrix. Only corners heed `even`. */
export function gripped(frame: Frame, grip: Grip, to: Point, { even, middle }: Scaling): Matrix {
  const { box, angle } = frame;
  const at = through(turning(-angle), to);
  const from = gripAt(frame, grip);
  const across: Point = {
    x: middle ? (box.minX + box.maxX) / 2 : box.minX + box.maxX - from.x,
    y: middle ? (box.minY + box.maxY) / 2 : box.minY + box.maxY - from.y,
  };
  const [w, h] = [from.x - across.x, from.y - across.y];
  const corner = grip.length === 2;
  let sx = Math.abs(w) < FLAT ? 1 : (at.x - across.x) / w;
  let sy = Math.abs(h) < FLAT ? 1 : (at.y - across.y) / h;
  if (!corner) {
    if (grip === "n" || grip === "s") sx = 1;
    else sy = 1;
  } else if (even) {
    // Where the pointer falls on the diagonal.
    const length2 = w * w + h * h;
    sx = sy = length2 < FLAT ? 1 : ((at.x - across.x) * w + (at.y - across.y) * h) / length2;
  }
  const least = (length: number) =>
    Math.max(LEAST_PART, Math.min(1, LEAST / Math.max(FLAT, Math.abs(length))));
  if (corner && even) sx = sy = Math.max(sx, Math.min(least(w), least(h)));
  else [sx, sy] = [Math.max(sx, least(w)), Math.max(sy, least(h))];
  return scaling(sx, sy, through(turning(angle), across), angle);
}

/** How far a frame is turned when what was held at `from` is at `to`; `steps`: by whole 15°. Rests softly at right angles. */
export function turned(frame: Frame, from: Point, to: Point, steps: boolean): Matrix {
  const middle = frameMiddle(frame);
  const at = (p: Point) => Math.atan2(p.y - middle.y, p.x - middle.x);
  let angle = frame.angle + at(to) - at(from);
  const right = (Math.round(angle / (Math.PI / 2)) * Math.PI) / 2;
  if (steps) angle = Math.round(angle / STEP) * STEP;
  else if (Math.abs(angle - right) < SOFT) angle = right;
  return turning(angle - frame.angle, middle);
}

// -- what records hold

/** `m` as it is written: places by 1/1024 of a unit, the rest by 1e-8. */
export function written(m: Matrix): Matrix {
  const fine = (v: number) => Math.round(v * 1e8) / 1e8 + 0;
  const place = (v: number) => Math.round(v * 1024) / 1024 + 0;
  return [fine(m[0]), fine(m[1]), fine(m[2]), fine(m[3]), place(m[4]), place(m[5])];
}

/** Can a record hold it? */
export function bearable(m: Matrix): boolean {
  return (
    m.every((v) => Number.isFinite(v) && Math.abs(v) <= 1e7) && Math.abs(m[0] * m[3] - m[1] * m[2]) > 1e-9
  );
}

export function isIdentity(m: Matrix): boolean {
  return m.every((v, i) => v === IDENTITY[i]);
}

/** Does it turn and scale without bending right angles or stretching one way? */
export function isSimilarity(m: Matrix): boolean {
  const size = Math.abs(m[0]) + Math.abs(m[1]);
  return Math.abs(m[0] - m[3]) < 1e-6 * size && Math.abs(m[1] + m[2]) < 1e-6 * size;
}
