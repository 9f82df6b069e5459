/**
 * The finished picture, kept as bitmaps: square tiles of device pixels at one scale, painted bit by bit within a time
 * that the caller gives, and laid onto the stage at any view.
 *
 * It promises that panning copies and never paints, that a zoom shows the old tiles stretched until the new ones are
 * ready, that only what was damaged is painted again, and that its memory is bounded. It knows nothing of records:
 * a `Source` paints. It must never be asked for layout.
 */

import type { Box } from "./viewport";

export const TILE = 512;
/** Tiles kept besides what the stage needs: 1 MB each. */
const SPARE = 24;
/** Milliseconds of painting between two looks at the clock. */
const LAP = 1.5;
/** Things painted between them, at the most. */
const LOT = 48;
/** As many while it is not known how long they take. */
const FIRST_LOT = 8;
/** Damaged places in one tile before the tile is painted anew as a whole. */
const PLACES = 12;

export interface Source<T extends Box> {
  within(box: Box): T[];
  /** The pattern under everything. */
  ground(context: CanvasRenderingContext2D, box: Box, scale: number): void;
  draw(context: CanvasRenderingContext2D, thing: T): void;
  /** Board units; nothing is painted outside. Without end where the page has none. */
  readonly area: Box;
}

export interface Bitmap {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  /** Has what was drawn painted now. A browser only notes it down, and paints when the frame ends, past every deadline. */
  finish(): void;
}

interface Tile<T> {
  readonly column: number;
  readonly row: number;
  readonly box: Box;
  /** What is shown; null until first painted. */
  shown: Bitmap | null;
  /** A whole painting under way. */
  job: { bitmap: Bitmap; things: T[]; next: number } | null;
  dirty: Box[];
  whole: boolean;
  used: number;
}

interface Level<T> {
  readonly scale: number;
  readonly tiles: Map<number, Tile<T>>;
}

/** A view in device pixels: where the board's 0, 0 is, and pixels to a board unit. */
export interface DeviceView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const overlaps = (a: Box, b: Box) =>
  a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;

interface Span {
  readonly c0: number;
  readonly c1: number;
  readonly r0: number;
  readonly r1: number;
}

/** Columns and rows (first, last) of the tiles that a box of the board touches, inside `area`; null when none. */
export function tileSpan(box: Box, scale: number, area: Box): Span | null {
  const side = TILE / scale;
  const c0 = Math.floor(Math.max(area.minX, box.minX) / side);
  const r0 = Math.floor(Math.max(area.minY, box.minY) / side);
  const c1 = Math.ceil(Math.min(area.maxX, box.maxX) / side) - 1;
  const r1 = Math.ceil(Math.min(area.maxY, box.maxY) / side) - 1;
  return c1 < c0 || r1 < r0 ? null : { c0, c1, r0, r1 };
}

/** What of the area can be seen, in whole device pixels: left, top, right, bottom. */
export function onStage(view: DeviceView, area: Box): readonly [number, number, number, number] {
  return [
    Math.max(0, Math.round(view.x + area.minX * view.scale)),
    Math.max(0, Math.round(view.y + area.minY * view.scale)),
    Math.min(view.width, Math.round(view.x + area.maxX * view.scale)),
    Math.min(view.height, Math.round(view.y + area.maxY * view.scale)),
  ];
}

/** Columns and rows may be negative. At most 10^7 units x 16 x dpr 4 / 512 = 1.3 million: half of what has room here. */
const key = (column: number, row: number) => (row + 2 ** 22) * 2 ** 24 + (column + 2 ** 22);

export class Tiles<T extends Box> {
  private level: Level<T> = { scale: 0, tiles: new Map() };
  private before: Level<T> | null = null;
  private readonly pool: Bitmap[] = [];
  private clock = 0;
  private view: DeviceView | null = null;
  /** Things that are painted between two looks at the clock: as many as take about a LAP. */
  private lot = FIRST_LOT;

  constructor(
    private source: Source<T>,
    private readonly make: () => Bitmap = bitmaps(),
  ) {}

  get scale(): number {
    return this.level.scale;
  }

  /** Bitmaps held, of TILE x TILE pixels. */
  get held(): number {
    let count = this.pool.length;
    for (const level of [this.level, this.before]) {
      for (const tile of level?.tiles.values() ?? []) count += (tile.shown ? 1 : 0) + (tile.job ? 1 : 0);
    }
    return count;
  }

  /** Another page, or another theme: nothing of before is of use. */
  restart(source: Source<T> = this.source): void {
    this.source = source;
    this.release(this.level);
    if (this.before) this.release(this.before);
    this.before = null;
    this.level = { scale: this.level.scale, tiles: new Map() };
  }

  /** Painted by another source from now on (the same page, changed). */
  resource(source: Source<T>): void {
    this.source = source;
  }

  /** Everything is to be painted again, but what is shown stays until then. */
  refresh(): void {
    for (const tile of this.level.tiles.values()) {
      this.abandon(tile);
      tile.whole = true;
      tile.dirty = [];
    }
  }

  /** Paint for this many device pixels to a board unit from now on; what there is stands in meanwhile. */
  rescale(scale: number): void {
    if (scale === this.level.scale) return;
    this.lot = FIRST_LOT; // larger things take longer
    const ready = [...this.level.tiles.values()].some((tile) => tile.shown);
    if (ready) {
      if (this.before) this.release(this.before);
      this.before = this.level;
      for (const tile of this.before.tiles.values()) this.abandon(tile);
    } else {
      this.release(this.level);
    }
    this.level = { scale, tiles: new Map() };
  }

  /** A place that must be painted again. */
  invalidate(box: Box): void {
    for (const tile of this.touched(this.level, box)) {
      if (tile.shown === null && tile.job === null) continue;
      if (tile.job) {
        // What the job has painted may be wrong by now: begin again, showing what is shown.
        this.abandon(tile);
        tile.whole = true;
      } else if (tile.dirty.length >= PLACES) {
        tile.whole = true;
        tile.dirty = [];
      } else if (!tile.whole) {
        tile.dirty.push({ minX: box.minX, minY: box.minY, maxX: box.maxX, maxY: box.maxY });
      }
    }
    if (this.before) for (const tile of this.touched(this.before, box)) this.patch(this.before, tile, box);
  }

  /** Something that lies over everything else there: painted at once. */
  append(thing: T): void {
    for (const level of [this.level, this.before]) {
      if (!level) continue;
      for (const tile of this.touched(level, thing)) {
        if (tile.job) tile.job.things.push(thing);
        if (!tile.shown || tile.whole) continue;
        this.place(tile.shown.context, level.scale, tile);
        this.source.draw(tile.shown.context, thing);
      }
    }
  }

  /** Paints what the view lacks until `deadline` (of `now`); true when nothing is left to do. */
  work(view: DeviceView, deadline: number, now: () => number): boolean {
    this.view = view;
    this.clock++;
    const span = this.seen(view);
    if (!span) return true;
    const wanted: Tile<T>[] = [];
    for (let row = span.r0; row <= span.r1; row++) {
      for (let column = span.c0; column <= span.c1; column++) {
        const tile = this.tile(column, row);
        tile.used = this.clock;
        if (!tile.shown || tile.whole || tile.dirty.length) wanted.push(tile);
      }
    }
    // Small repairs first: they are what somebody has just done. Then what is begun, then from the middle outwards.
    const side = TILE / this.level.scale;
    const mx = (view.width / 2 - view.x) / view.scale / side - 0.5;
    const my = (view.height / 2 - view.y) / view.scale / side - 0.5;
    const far = (t: Tile<T>) => (t.column - mx) ** 2 + (t.row - my) ** 2;
    const urgency = (t: Tile<T>) => (t.dirty.length ? 0 : t.job ? 1 : 2);
    wanted.sort((a, b) => urgency(a) - urgency(b) || far(a) - far(b));
    let done = true;
    for (const tile of wanted) {
      if (now() >= deadline) {
        done = false;
        break;
      }
      if (!this.finish(tile, deadline, now)) {
        done = false;
        break;
      }
    }
    if (done && this.before) {
      this.release(this.before);
      this.before = null;
    }
    this.trim((span.c1 - span.c0 + 1) * (span.r1 - span.r0 + 1));
    return done;
  }

  /** Is the picture up to date wherever `box` can be seen? */
  settled(box: Box): boolean {
    if (!this.view) return false;
    const span = this.seen(this.view);
    if (!span) return true;
    const part = tileSpan(box, this.level.scale, this.source.area);
    if (!part) return true;
    for (let row = Math.max(span.r0, part.r0); row <= Math.min(span.r1, part.r1); row++) {
      for (let column = Math.max(span.c0, part.c0); column <= Math.min(span.c1, part.c1); column++) {
        const tile = this.level.tiles.get(key(column, row));
        if (!tile?.shown || tile.whole || tile.dirty.some((place) => overlaps(place, box))) return false;
      }
    }
    return true;
  }

  /** Lays the tiles onto the stage. `clip` is the page in device pixels. */
  compose(context: CanvasRenderingContext2D, view: DeviceView): void {
    this.view = view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    const span = this.seen(view);
    if (!span) return;
    const [left, top, right, bottom] = onStage(view, this.source.area);
    if (right <= left || bottom <= top) return;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    const unit = (TILE * view.scale) / this.level.scale;
    context.imageSmoothingEnabled = unit !== TILE;
    for (let row = span.r0; row <= span.r1; row++) {
      for (let column = span.c0; column <= span.c1; column++) {
        // Edges are rounded one by one, so that neighbours meet without a seam at any stretch.
        const x0 = Math.round(view.x + column * unit);
        const y0 = Math.round(view.y + row * unit);
        const x1 = Math.round(view.x + (column + 1) * unit);
        const y1 = Math.round(view.y + (row + 1) * unit);
        const tile = this.level.tiles.get(key(column, row));
        if (tile?.shown) {
          context.drawImage(tile.shown.canvas, x0, y0, x1 - x0, y1 - y0);
        } else if (!this.standIn(context, view, x0, y0, x1, y1) && tile?.job) {
          context.drawImage(tile.job.bitmap.canvas, x0, y0, x1 - x0, y1 - y0);
        }
      }
    }
    context.restore();
  }

  /** The level before, stretched, inside one tile's place; false when it has nothing there. */
  private standIn(
    context: CanvasRenderingContext2D,
    view: DeviceView,
    x0: number,
    y0: number,
    x1: number,
    y1: number,
  ): boolean {
    const level = this.before;
    if (!level) return false;
    const box = {
      minX: (x0 - view.x) / view.scale,
      minY: (y0 - view.y) / view.scale,
      maxX: (x1 - view.x) / view.scale,
      maxY: (y1 - view.y) / view.scale,
    };
    const unit = (TILE * view.scale) / level.scale;
    let any = false;
    context.save();
    context.imageSmoothingEnabled = true;
    context.beginPath();
    context.rect(x0, y0, x1 - x0, y1 - y0);
    context.clip();
    for (const tile of this.touched(level, box)) {
      if (!tile.shown) continue;
      any = true;
      tile.used = this.clock;
      const a = Math.round(view.x + tile.column * unit);
      const b = Math.round(view.y + tile.row * unit);
      const c = Math.round(view.x + (tile.column + 1) * unit);
      const d = Math.round(view.y + (tile.row + 1) * unit);
      context.drawImage(tile.shown.canvas, a, b, c - a, d - b);
    }
    context.restore();
    return any;
  }

  private seen(view: DeviceView) {
    if (!(this.level.scale > 0)) return null;
    return tileSpan(
      {
        minX: -view.x / view.scale,
        minY: -view.y / view.scale,
        maxX: (view.width - view.x) / view.scale,
        maxY: (view.height - view.y) / view.scale,
      },
      this.level.scale,
      this.source.area,
    );
  }

  private tile(column: number, row: number): Tile<T> {
    const found = this.level.tiles.get(key(column, row));
    if (found) return found;
    const side = TILE / this.level.scale;
    const tile: Tile<T> = {
      column,
      row,
      box: { minX: column * side, minY: row * side, maxX: (column + 1) * side, maxY: (row + 1) * side },
      shown: null,
      job: null,
      dirty: [],
      whole: false,
      used: this.clock,
    };
    this.level.tiles.set(key(column, row), tile);
    return tile;
  }

  private *touched(level: Level<T>, box: Box): IterableIterator<Tile<T>> {
    const span = level.scale > 0 ? tileSpan(box, level.scale, this.source.area) : null;
    if (!span) return;
    // A stroke across an endless page spans millions of tiles, of which few are there.
    if ((span.c1 - span.c0 + 1) * (span.r1 - span.r0 + 1) > level.tiles.size) {
      for (const tile of level.tiles.values()) {
        const { column, row } = tile;
        if (column >= span.c0 && column <= span.c1 && row >= span.r0 && row <= span.r1) yield tile;
      }
      return;
    }
    for (let row = span.r0; row <= span.r1; row++) {
      for (let column = span.c0; column <= span.c1; column++) {
        const tile = level.tiles.get(key(column, row));
        if (tile) yield tile;
      }
    }
  }

  /** Brings one tile up to date; false when time ran out. */
  private finish(tile: Tile<T>, deadline: number, now: () => number): boolean {
    if (tile.shown && !tile.whole) {
      while (tile.dirty.length) {
        this.patch(this.level, tile, tile.dirty.pop()!);
        if (tile.dirty.length && now() >= deadline) return false;
      }
      return true;
    }
    const { scale } = this.level;
    if (!tile.job) {
      const bitmap = this.pool.pop() ?? this.make();
      bitmap.context.setTransform(1, 0, 0, 1, 0, 0);
      bitmap.context.clearRect(0, 0, TILE, TILE);
      tile.dirty = [];
      tile.job = { bitmap, things: this.source.within(tile.box), next: 0 };
      this.place(bitmap.context, scale, tile);
      this.source.ground(bitmap.context, tile.box, scale);
    }
    const { job } = tile;
    job.next = this.paint(job.bitmap, scale, tile, job.things, job.next, deadline, now);
    if (job.next < job.things.length) return false;
    if (tile.shown) this.pool.push(tile.shown);
    tile.shown = job.bitmap;
    tile.job = null;
    tile.whole = false;
    return true;
  }

  private place(context: CanvasRenderingContext2D, scale: number, tile: Tile<T>): void {
    context.setTransform(scale, 0, 0, scale, -tile.column * TILE, -tile.row * TILE);
  }

  /** Paints things in lots until time runs out; at least one lot. Returns where it stopped. */
  private paint(
    bitmap: Bitmap,
    scale: number,
    tile: Tile<T>,
    things: readonly T[],
    from: number,
    deadline: number,
    now: () => number,
  ): number {
    const { context } = bitmap;
    this.place(context, scale, tile);
    let next = from;
    while (next < things.length) {
      const start = now();
      if (next > from && start >= deadline) break;
      const end = Math.min(things.length, next + this.lot);
      let late = false;
      // What is drawn for the first time is outlined first, which takes longer than drawing it.
      for (; next < end && !late; late = now() >= start + LAP) this.source.draw(context, things[next++]!);
      bitmap.finish();
      const took = now() - start;
      if (took > LAP) this.lot = Math.max(1, this.lot >> 1);
      else if (took < LAP / 2) this.lot = Math.min(LOT, this.lot * 2);
    }
    return next;
  }

  /** Paints one place of a tile again, on whole pixels. */
  private patch(level: Level<T>, tile: Tile<T>, box: Box): void {
    if (!tile.shown) return;
    const { context } = tile.shown;
    const x0 = Math.max(0, Math.floor(box.minX * level.scale - tile.column * TILE) - 1);
    const y0 = Math.max(0, Math.floor(box.minY * level.scale - tile.row * TILE) - 1);
    const x1 = Math.min(TILE, Math.ceil(box.maxX * level.scale - tile.column * TILE) + 1);
    const y1 = Math.min(TILE, Math.ceil(box.maxY * level.scale - tile.row * TILE) + 1);
    if (x1 <= x0 || y1 <= y0) return;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(x0, y0, x1 - x0, y1 - y0);
    context.clip();
    context.clearRect(x0, y0, x1 - x0, y1 - y0);
    this.place(context, level.scale, tile);
    const part = {
      minX: (tile.column * TILE + x0) / level.scale,
      minY: (tile.row * TILE + y0) / level.scale,
      maxX: (tile.column * TILE + x1) / level.scale,
      maxY: (tile.row * TILE + y1) / level.scale,
    };
    this.source.ground(context, part, level.scale);
    for (const thing of this.source.within(part)) this.source.draw(context, thing);
    context.restore();
  }

  private abandon(tile: Tile<T>): void {
    if (tile.job) this.pool.push(tile.job.bitmap);
    tile.job = null;
  }

  private release(level: Level<T>): void {
    for (const tile of level.tiles.values()) {
      this.abandon(tile);
      if (tile.shown) this.pool.push(tile.shown);
    }
    level.tiles.clear();
    this.pool.length = Math.min(this.pool.length, SPARE);
  }

  private trim(needed: number): void {
    const { tiles } = this.level;
    if (tiles.size > needed + SPARE) {
      const old = [...tiles.values()].filter((t) => t.used !== this.clock).sort((a, b) => a.used - b.used);
      for (const tile of old.slice(0, tiles.size - needed - SPARE)) {
        this.abandon(tile);
        if (tile.shown) this.pool.push(tile.shown);
        tiles.delete(key(tile.column, tile.row));
      }
    }
    this.pool.length = Math.min(this.pool.length, SPARE);
  }
}

function bitmaps(): () => Bitmap {
  const mark = element(1);
  return () => {
    const { canvas, context } = element(TILE);
    // Whoever takes a picture of a canvas, however small, must have it painted.
    const finish = () => {
      mark.context.drawImage(canvas, 0, 0);
      mark.canvas.width = 1; // or it would keep that picture, and the tile be copied before anything else is drawn on it
    };
    return { canvas, context, finish };
  };
}

function element(side: number) {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  return { canvas, context };
}
