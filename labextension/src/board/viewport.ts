/**
 * The arithmetic of looking at a page: where a board unit falls on the stage, and what each movement does to that.
 *
 * Pure: a view is three numbers, a stage is a size, and every function returns a new view. It promises that zoom stays
 * within its limits and that some of the page can always be seen (of an endless one, that what is seen can be written
 * on exactly); it must never know of the DOM.
 * `zoom` 1 means that one board unit is one CSS pixel; (x, y) is the stage's place, in CSS pixels, of the page's corner.
 */

export interface View {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** left, top, right, bottom */
export interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A page as far as looking at it goes. */
export interface Sheet extends Size {
  /** Goes on in all directions; width and height, from 0, 0 on, are what is looked at first. */
  readonly endless?: boolean;
}

export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 16;
/** Board units around what is drawn, when an endless page is fitted. */
export const DRAWN_MARGIN = 80;
/**
 * How far from its middle an endless page can be looked at. Bitmaps count in 32-bit floats, in which a place out there
 * is still exact to 1/16 unit; ink could go four times as far.
 */
export const REACH = 1_000_000;
/** CSS pixels of the page that stay on the stage however far it is panned. */
const HOLD = 80;

export function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}

export function toBoard(view: View, at: Point): Point {
  return { x: (at.x - view.x) / view.zoom, y: (at.y - view.y) / view.zoom };
}

export function toStage(view: View, at: Point): Point {
  return { x: at.x * view.zoom + view.x, y: at.y * view.zoom + view.y };
}

/** Where the page is: all that can be drawn on and seen. */
export function areaOf({ width, height, endless }: Sheet): Box {
  return endless
    ? { minX: -Infinity, minY: -Infinity, maxX: Infinity, maxY: Infinity }
    : { minX: 0, minY: 0, maxX: width, maxY: height };
}

/** What fitting shows: the page; of an endless one what is `drawn` with a margin, or its first view when nothing is. */
export function frameOf(page: Sheet, drawn: Box | null): Box {
  if (!page.endless || !drawn) return { minX: 0, minY: 0, maxX: page.width, maxY: page.height };
  return {
    minX: drawn.minX - DRAWN_MARGIN,
    minY: drawn.minY - DRAWN_MARGIN,
    maxX: drawn.maxX + DRAWN_MARGIN,
    maxY: drawn.maxY + DRAWN_MARGIN,
  };
}

/** The box in the middle of what the insets leave free, at `most` at the most. */
export function framed(box: Box, stage: Size, insets: Insets, most = MAX_ZOOM): View {
  const width = Math.max(1, stage.width - insets.left - insets.right);
  const height = Math.max(1, stage.height - insets.top - insets.bottom);
  const zoom = clampZoom(Math.min(most, width / (box.maxX - box.minX), height / (box.maxY - box.minY)));
  return {
    zoom,
    x: insets.left + width / 2 - ((box.minX + box.maxX) / 2) * zoom,
    y: insets.top + height / 2 - ((box.minY + box.maxY) / 2) * zoom,
  };
}

/** The whole page in the middle of what the insets leave free. */
export function fitted(page: Size, stage: Size, insets: Insets): View {
  return framed({ minX: 0, minY: 0, maxX: page.width, maxY: page.height }, stage, insets);
}

/** An endless page's frame, not larger than life: a small drawing is not blown up to fill the stage. */
export function fittedDrawing(page: Size, frame: Box, stage: Size, insets: Insets): View {
  return framed(frame, stage, insets, Math.max(1, fitted(page, stage, insets).zoom));
}

/** The page as high as what the insets leave free, from its left edge on: for a narrow stage in somebody's hand. */
export function filled(page: Size, stage: Size, insets: Insets): View {
  const whole = fitted(page, stage, insets);
  const zoom = clampZoom((stage.height - insets.top - insets.bottom) / page.height);
  return zoom > whole.zoom ? { zoom, x: insets.left, y: insets.top } : whole;
}

/** The view with enough of the page on the stage to find it again; on an endless page, within its reach. */
export function held(view: View, page: Sheet, stage: Size): View {
  if (page.endless) {
    const near = (room: number, at: number) =>
      Math.min(room / 2 + REACH * view.zoom, Math.max(room / 2 - REACH * view.zoom, at));
    const [x, y] = [near(stage.width, view.x), near(stage.height, view.y)];
    return x === view.x && y === view.y ? view : { zoom: view.zoom, x, y };
  }
  const hold = (length: number, room: number, at: number) => {
    const keep = Math.min(HOLD, length, room / 2);
    return Math.min(room - keep, Math.max(keep - length, at));
  };
  const x = hold(page.width * view.zoom, stage.width, view.x);
  const y = hold(page.height * view.zoom, stage.height, view.y);
  return x === view.x && y === view.y ? view : { zoom: view.zoom, x, y };
}

export function panned(view: View, dx: number, dy: number): View {
  return { zoom: view.zoom, x: view.x + dx, y: view.y + dy };
}

/** Another zoom, with the board's point under `at` (on the stage) staying there. */
export function zoomedTo(view: View, zoom: number, at: Point): View {
  const next = clampZoom(zoom);
  const ratio = next / view.zoom;
  return { zoom: next, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Two fingers: the two points of the board that were under `from` are under `to`. */
export function pinched(view: View, from: readonly [Point, Point], to: readonly [Point, Point]): View {
  const span = (p: readonly [Point, Point]) => Math.max(1, Math.hypot(p[1].x - p[0].x, p[1].y - p[0].y));
  const middle = (p: readonly [Point, Point]) => ({ x: (p[0].x + p[1].x) / 2, y: (p[0].y + p[1].y) / 2 });
  const a = middle(from);
  const b = middle(to);
  const zoomed = zoomedTo(view, (view.zoom * span(to)) / span(from), a);
  return panned(zoomed, b.x - a.x, b.y - a.y);
}

/** What of the board the stage shows. */
export function visible(view: View, stage: Size): Box {
  const a = toBoard(view, { x: 0, y: 0 });
  const b = toBoard(view, { x: stage.width, y: stage.height });
  return { minX: a.x, minY: a.y, maxX: b.x, maxY: b.y };
}

/** Between two views, at `t` of 0..1: the zoom moves by ratio, so that a glide looks even. */
export function between(a: View, b: View, t: number): View {
  if (t >= 1) return b;
  const zoom = a.zoom * (b.zoom / a.zoom) ** t;
  // The place follows the zoom where it changes, so that the path is straight on the board.
  const share = Math.abs(b.zoom - a.zoom) < 1e-9 ? t : (zoom - a.zoom) / (b.zoom - a.zoom);
  return { zoom, x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/**
 * How fine a stroke is kept: 1/16 unit up to 100 %, one bit finer for each doubling of zoom, so that what is written
 * small while zoomed in keeps the detail that its writer saw.
 */
export function quantumAt(zoom: number): number {
  return Math.min(8, 4 + Math.max(0, Math.ceil(Math.log2(zoom) - 1e-9)));
}

// -- following: what staff say of their view, and what a follower makes of it ------------------------------------------

/** Centre and board units across the stage, as `presence.view` carries them (without the page). */
export type Told = readonly [number, number, number];

export function told(view: View, stage: Size): Told {
  const centre = toBoard(view, { x: stage.width / 2, y: stage.height / 2 });
  return [centre.x, centre.y, stage.width / view.zoom];
}

/**
 * The view that shows what `told` shows, on this stage. One that held the whole page's width is followed by the whole
 * page, since a follower's stage has its own shape and its own margins. An endless page has no whole.
 */
export function followed([cx, cy, across]: Told, page: Sheet, stage: Size, insets: Insets): View {
  if (!(across > 0) || (!page.endless && across >= page.width * 0.995)) return fitted(page, stage, insets);
  const width = Math.max(1, stage.width - insets.left - insets.right);
  const height = Math.max(1, stage.height - insets.top - insets.bottom);
  const zoom = clampZoom(width / across);
  return { zoom, x: insets.left + width / 2 - cx * zoom, y: insets.top + height / 2 - cy * zoom };
}
