/**
 * Snapping: how far what is being moved or drawn must be shifted so that it lines up with what is near, and the lines that
 * say so.
 *
 * Edges and middles go to those of other things and of the page, gaps to equal gaps, and where nothing of that is near,
 * edges go to the page's grid. Pure but for `Guides`, which paints the lines. It promises that a shift is never longer
 * than the reach, so that a hand always gets its way by going on.
 */

import type { Page } from "../core/schema";
import { frame } from "./extent";
import { SPACING } from "./ground";
import { widen } from "./growing";
import type { Sprite } from "./layer";
import type { Scene } from "./scene";
import type { Bench } from "./tools/tool";
import type { Box, Point } from "./viewport";

/** CSS pixels. */
export const REACH = 6;
/** CSS pixels by which a line goes on past what it joins, so that it is seen beside ink. */
const BEYOND = 10;
/** More than this many things in view: the nearest are looked at. Past that a page is a drawing, not a diagram. */
const LOOKED_AT = 200;
/** Things line up that are nearer than this many board units. */
const SAME = 1 / 32;

/** A line between two places on the board. Of a gap: as wide as the gap. */
export interface Guide {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly gap?: boolean;
}

export interface Snapped {
  readonly dx: number;
  readonly dy: number;
  readonly guides: readonly Guide[];
}

export const UNMOVED: Snapped = { dx: 0, dy: 0, guides: [] };

export interface SnapOptions {
  /** Board units between the lines of the page's pattern; 0 where there are none in that direction. */
  grid?: { x: number; y: number } | undefined;
  /** The page: its edges and middle count wherever they are. */
  page?: Box | undefined;
}

/** One direction's view of a box. */
interface Span {
  readonly low: number;
  readonly high: number;
  /** The other direction. */
  readonly from: number;
  readonly to: number;
}

const across = (box: Box): Span => ({ low: box.minX, high: box.maxX, from: box.minY, to: box.maxY });
const down = (box: Box): Span => ({ low: box.minY, high: box.maxY, from: box.minX, to: box.maxX });
const marks = ({ low, high }: Span) => (low === high ? [low] : [low, (low + high) / 2, high]);

/**
 * The shift by which `moving` lines up. A corner that is being dragged is a box without size.
 * @param targets boxes of the things that stay, in board units
 */
export function snap(
  moving: Box,
  targets: readonly Box[],
  zoom: number,
  { grid, page }: SnapOptions = {},
): Snapped {
  const reach = REACH / zoom;
  const boxes = page ? [...targets, page] : targets;
  const [x, y] = [across, down].map((view, i) => {
    const mine = view(moving);
    const others = boxes.map(view);
    const free = targets.map(view);
    return nearest(mine, others, free, reach, grid ? [grid.x, grid.y][i]! : 0);
  }) as [number, number];
  const there = {
    minX: moving.minX + x,
    maxX: moving.maxX + x,
    minY: moving.minY + y,
    maxY: moving.maxY + y,
  };
  const guides = [across, down].flatMap((view, i) => {
    const lines = guidesOf(view(there), boxes.map(view), targets.map(view));
    if (i === 0) return lines.map(({ at, from, to, gap }) => line(at, from, to, gap));
    return lines.map(({ at, from, to, gap }) => turned(line(at, from, to, gap)));
  });
  return { dx: x, dy: y, guides };
}

/** The shortest shift in one direction, 0 where nothing is in reach. Things before gaps before the grid. */
function nearest(
  mine: Span,
  others: readonly Span[],
  free: readonly Span[],
  reach: number,
  grid: number,
): number {
  let best = Number.POSITIVE_INFINITY;
  const offer = (shift: number) => {
    if (Math.abs(shift) <= reach && Math.abs(shift) < Math.abs(best)) best = shift;
  };
  const own = marks(mine);
  for (const other of others) for (const at of marks(other)) for (const edge of own) offer(at - edge);
  if (best === Number.POSITIVE_INFINITY)
    for (const low of evenPlaces(mine, free, reach)) offer(low - mine.low);
  if (best === Number.POSITIVE_INFINITY && grid > 0)
    for (const edge of mine.low === mine.high ? [mine.low] : [mine.low, mine.high])
      offer(Math.round(edge / grid) * grid - edge);
  return best === Number.POSITIVE_INFINITY ? 0 : best;
}

/** Where the lower edge would have to be for the gaps beside it to be equal. */
function evenPlaces(mine: Span, free: readonly Span[], reach: number): number[] {
  if (mine.low === mine.high) return [];
  const size = mine.high - mine.low;
  const { before, after } = row(mine, free, reach);
  const places: number[] = [];
  const [b1, b2] = before;
  const [a1, a2] = after;
  if (b1 && a1) places.push((b1.high + a1.low - size) / 2);
  if (b1 && b2) places.push(b1.high + (b1.low - b2.high));
  if (a1 && a2) places.push(a1.low - (a2.low - a1.high) - size);
  return places;
}

/** The two nearest things on either side that stand in one row with it. */
function row(mine: Span, free: readonly Span[], reach: number): { before: Span[]; after: Span[] } {
  const beside = free.filter(({ from, to }) => from < mine.to && to > mine.from);
  const before = chain(beside.filter(({ high }) => high <= mine.low + reach).sort((a, b) => b.high - a.high));
  const flipped = beside
    .filter(({ low }) => low >= mine.high - reach)
    .map((one) => ({ ...one, low: -one.high, high: -one.low }))
    .sort((a, b) => b.high - a.high);
  const after = chain(flipped).map((one) => ({ ...one, low: -one.high, high: -one.low }));
  return { before, after };
}

/** From the nearest on, the next that does not overlap it. */
function chain(sorted: readonly Span[]): Span[] {
  const [first] = sorted;
  const second = first && sorted.find(({ high }) => high <= first.low);
  return first ? (second ? [first, second] : [first]) : [];
}

interface Line {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly gap: boolean;
}

/** What lines up now that it is where it is. */
function guidesOf(mine: Span, others: readonly Span[], free: readonly Span[]): Line[] {
  const lines: Line[] = [];
  for (const edge of marks(mine)) {
    let [from, to, found] = [mine.from, mine.to, false];
    for (const other of others) {
      if (!marks(other).some((at) => Math.abs(at - edge) < SAME)) continue;
      found = true;
      from = Math.min(from, other.from);
      to = Math.max(to, other.to);
    }
    if (found) lines.push({ at: edge, from, to, gap: false });
  }
  if (lines.length || mine.low === mine.high) return lines;
  const { before, after } = row(mine, free, SAME);
  const [b1, b2] = before;
  const [a1, a2] = after;
  const gap = (low: Span, high: Span) => high.low - low.high;
  const equal = (a: number, b: number) => Math.abs(a - b) < SAME && a > SAME;
  // A gap is drawn where both of its sides are seen.
  const between = (low: Span, high: Span): Line => {
    const middle = (Math.max(low.from, high.from) + Math.min(low.to, high.to)) / 2;
    return { at: middle, from: low.high, to: high.low, gap: true };
  };
  if (b1 && a1 && equal(gap(b1, mine), gap(mine, a1))) return [between(b1, mine), between(mine, a1)];
  if (b1 && b2 && equal(gap(b1, mine), gap(b2, b1))) return [between(b2, b1), between(b1, mine)];
  if (a1 && a2 && equal(gap(mine, a1), gap(a1, a2))) return [between(mine, a1), between(a1, a2)];
  return [];
}

/** Of the first direction: a line that stands at x, a gap that lies at y. */
function line(at: number, from: number, to: number, gap: boolean): Guide {
  if (gap) return { x1: from, y1: at, x2: to, y2: at, gap };
  return { x1: at, y1: from, x2: at, y2: to };
}

const turned = ({ x1, y1, x2, y2, gap }: Guide): Guide => ({
  x1: y1,
  y1: x1,
  x2: y2,
  y2: x2,
  ...(gap ? { gap } : {}),
});

/** Distances between the lines of a page's pattern. */
export function gridOf(page: Pick<Page, "pattern"> | undefined): { x: number; y: number } | undefined {
  const step = page && (SPACING as Readonly<Record<string, number>>)[page.pattern];
  if (!page || !step) return undefined;
  return { x: page.pattern === "ruled" ? 0 : step, y: step };
}

/**
 * Frames of what may be lined up with: the things in view that are no ink (letters have no edges that anyone means), but
 * for those of `without`; the nearest to `at` where there are many.
 */
export function snapTargets(scene: Scene, view: Box, without: ReadonlySet<string>, at: Point): Box[] {
  const found: Box[] = [];
  for (const { id, record } of scene.within(view))
    if (record.type !== "ink" && !without.has(id)) found.push(frame(record));
  if (found.length <= LOOKED_AT) return found;
  const far = (box: Box) =>
    Math.hypot(Math.max(box.minX - at.x, 0, at.x - box.maxX), Math.max(box.minY - at.y, 0, at.y - box.maxY));
  return found.sort((a, b) => far(a) - far(b)).slice(0, LOOKED_AT);
}

/** Snapping during one gesture: it looks once at what there is, then answers and shows the guides. */
export class Snapper {
  private readonly guides: Guides;
  private readonly targets: readonly Box[];
  private readonly options: SnapOptions;

  /** @param without ids of what is being moved itself */
  constructor(
    private readonly bench: Bench,
    at: Point,
    without: ReadonlySet<string> = new Set(),
  ) {
    this.guides = new Guides(bench);
    this.targets = bench.choice.snap ? snapTargets(bench.scene, bench.visible, without, at) : [];
    const sheet = bench.session.table.get(bench.page);
    const page = sheet?.type === "page" ? sheet : undefined;
    this.options = {
      grid: gridOf(page),
      page: page && !page.endless ? { minX: 0, minY: 0, maxX: page.width, maxY: page.height } : undefined,
    };
  }

  /** How far to shift it. `free`: not at all, for the person holds Ctrl. */
  shift(moving: Box, free = false): { dx: number; dy: number } {
    const on = this.bench.choice.snap && !free;
    const { dx, dy, guides } = on ? snap(moving, this.targets, this.bench.zoom, this.options) : UNMOVED;
    this.guides.show(guides);
    return { dx, dy };
  }

  /** The same for a corner. */
  corner({ x, y }: Point, free = false): Point {
    const { dx, dy } = this.shift({ minX: x, maxX: x, minY: y, maxY: y }, free);
    return { x: x + dx, y: y + dy };
  }

  clear(): void {
    this.guides.clear();
  }
}

/** The lines of one gesture, over everything; they are put up, changed and taken down through the bench. */
export class Guides implements Sprite {
  box: Box = { minX: 0, minY: 0, maxX: 0, maxY: 0 };
  alpha = 1;
  private lines: readonly Guide[] = [];
  private up = false;

  constructor(private readonly bench: Pick<Bench, "show" | "now" | "hide" | "zoom">) {}

  show(lines: readonly Guide[]): void {
    if (!lines.length) {
      this.clear();
      return;
    }
    const pad = (BEYOND + 2) / this.bench.zoom;
    const xs = lines.flatMap(({ x1, x2 }) => [x1, x2]);
    const ys = lines.flatMap(({ y1, y2 }) => [y1, y2]);
    const box = {
      minX: Math.min(...xs) - pad,
      minY: Math.min(...ys) - pad,
      maxX: Math.max(...xs) + pad,
      maxY: Math.max(...ys) + pad,
    };
    const changed = this.up ? { ...this.box } : box;
    if (this.up) widen(changed, box);
    this.lines = lines;
    this.box = box;
    if (!this.up) this.bench.show(this, false);
    this.up = true;
    this.bench.now(this, changed);
  }

  clear(): void {
    this.lines = [];
    if (this.up) this.bench.hide(this);
    this.up = false;
  }

  draw(
    context: CanvasRenderingContext2D,
    inks: { of(style: { tool: "pen"; colour: string }): string },
  ): void {
    const { zoom } = this.bench;
    const tick = 4 / zoom;
    context.strokeStyle = inks.of({ tool: "pen", colour: "magenta" });
    context.lineWidth = 1.5 / zoom;
    context.beginPath();
    for (const { x1, y1, x2, y2, gap } of this.lines) {
      const [ex, ey] = gap ? [0, 0] : x1 === x2 ? [0, BEYOND / zoom] : [BEYOND / zoom, 0];
      context.moveTo(x1 - ex, y1 - ey);
      context.lineTo(x2 + ex, y2 + ey);
      if (!gap) continue;
      const flat = y1 === y2;
      for (const [x, y] of [
        [x1, y1],
        [x2, y2],
      ] as const) {
        context.moveTo(flat ? x : x - tick, flat ? y - tick : y);
        context.lineTo(flat ? x : x + tick, flat ? y + tick : y);
      }
    }
    context.stroke();
  }
}
