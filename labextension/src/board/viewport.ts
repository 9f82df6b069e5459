/**
 * The arithmetic of looking at a page: where a board unit falls on the stage, and what each movement does to that.
 *
 * Pure: a view is three numbers, a stage is a size, and every function returns a new view. It promises that zoom stays
 * within its limits and that some of the page can always be seen; it must never know of the DOM.
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

export const MIN_ZOOM = 0.1;
export const MAX_ZOOM = 16;
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

/** The whole page in the middle of what the insets leave free. */
export function fitted(page: Size, stage: Size, insets: Insets): View {
  const width = Math.max(1, stage.width - insets.left - insets.right);
  const height = Math.max(1, stage.height - insets.top - insets.bottom);
  const zoom = clampZoom(Math.min(width / page.width, height / page.height));
  return {
    zoom,
    x: insets.left + (width - page.width * zoom) / 2,
    y: insets.top + (height - page.height * zoom) / 2,
  };
}

/** The page as high as what the insets leave free, from its left edge on: for a narrow stage in somebody's hand. */
export function filled(page: Size, stage: Size, insets: Insets): View {
  const whole = fitted(page, stage, insets);
  const zoom = clampZoom((stage.height - insets.top - insets.bottom) / page.height);
  return zoom > whole.zoom ? { zoom, x: insets.left, y: insets.top } : whole;
}

/** The view with enough of the page on the stage to find it again. */
export function held(view: View, page: Size, stage: Size): View {
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
 * page, since a follower's stage has its own shape and its own margins.
 */
export function followed([cx, cy, across]: Told, page: Size, stage: Size, insets: Insets): View {
  if (!(across > 0) || across >= page.width * 0.995) return fitted(page, stage, insets);
  const width = Math.max(1, stage.width - insets.left - insets.right);
  const height = Math.max(1, stage.height - insets.top - insets.bottom);
  const zoom = clampZoom(width / across);
  return { zoom, x: insets.left + width / 2 - cx * zoom, y: insets.top + height / 2 - cy * zoom };
}
