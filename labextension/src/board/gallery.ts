/**
 * Small live pictures of many private copies of a page at once: what a teacher sees who walks the room.
 *
 * Each picture is two canvases of the caller's: what is finished, and over it what is being drawn. It promises that a
 * copy costs only when something on it changed, at most one painting each `EVERY` milliseconds, and a few milliseconds of
 * a frame for all together; a finished stroke is laid onto what is there, and the worksheet under all of them is painted
 * once. What is not watched costs nothing: the caller stops watching what is out of sight. Nothing is remembered of a
 * live stroke but by the session, so a stroke that was taken back is gone from here in the next painting.
 */

import type { LiveStroke, Session, TableNews } from "../client/contract";
import { DRAWABLE, type Drawable, type Page } from "../core/schema";
import type { Inks } from "./colour";
import { liesOn } from "./copies";
import { union } from "./extent";
import { drawGround, drawPaper } from "./ground";
import { Growing } from "./growing";
import type { Materials } from "./materials";
import { isSolid, painting, rankAll } from "./scene";
import { sameLook, type Thing, thingOf } from "./thing";
import { fittedDrawing, frameOf, type View, visible } from "./viewport";

/** Milliseconds between two paintings of one copy, and of painting in one frame. */
const EVERY = 250;
const BUDGET = 8;
/** Below this many pixels to a unit a pattern is but a tint. */
const PATTERN_FROM = 0.12;
const NO_MARGIN = { top: 0, right: 0, bottom: 0, left: 0 };

/** The worksheet at one size: what lies under a copy's highlighters, and what lies over them. */
interface Sheet {
  readonly ground: HTMLCanvasElement;
  readonly inks: HTMLCanvasElement;
}

/** One copy that is looked at. */
interface Small {
  readonly page: string;
  readonly copy: string;
  readonly canvas: HTMLCanvasElement;
  readonly over: HTMLCanvasElement;
  /** Of the copy itself, without the worksheet. */
  readonly things: Map<string, Thing>;
  view: View;
  /** All of it must be painted anew. */
  stale: boolean;
  /** Made since, and to be laid on top. */
  fresh: Thing[];
  /** Something is being drawn there, or was when it was last painted. */
  live: boolean;
  at: number;
}

export class Gallery {
  private readonly smalls = new Set<Small>();
  private readonly sheets = new Map<string, Sheet>();
  private readonly growing = new Map<string, Growing>();
  /** The colours of a page: one with a picture under it is light in every theme. */
  private readonly dyes = new Map<string, Inks>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  private unletter: (() => void) | null = null;

  constructor(
    private readonly session: Session,
    private readonly materials: Materials,
    private readonly inksOf: (page: Page) => Inks,
  ) {}

  /** Keeps both canvases (of one size, their own pixels) a picture of that copy. @returns what stops it */
  watch(page: string, copy: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement): () => void {
    const view = { zoom: 1, x: 0, y: 0 };
    const small: Small = {
      ...{ page, copy, canvas, over, view },
      ...{ things: new Map(), stale: true, fresh: [], live: true, at: 0 },
    };
    // Words are painted again when the letters that they were laid out in have come.
    this.unletter ??= this.materials.words.fonts.on(() => this.restyle());
    this.smalls.add(small);
    this.ask(0);
    return () => {
      this.smalls.delete(small);
      if (this.smalls.size === 0) this.rest();
    };
  }

  /** The table has changed. */
  news(news: TableNews): void {
    if (this.smalls.size === 0) return;
    if (news.reset) {
      this.restyle();
      return;
    }
    for (const record of news.removed.values()) this.gone(record as Drawable);
    for (const id of news.put) {
      const record = this.session.table.get(id);
      if (record?.type === "page") this.again(id);
      else if (record && DRAWABLE.has(record.type)) this.put(record as Drawable);
    }
    this.ask(0);
  }

  /** Somebody's live stroke began, grew or ended. */
  live(stroke: LiveStroke): void {
    let any = false;
    for (const small of this.smalls) {
      if (small.page !== stroke.page || !liesOn(stroke, small.copy)) continue;
      small.live = any = true;
    }
    if (any) this.ask(0);
  }

  /** Everything looks different now: another theme, a table anew, a picture or letters that have come. */
  restyle(): void {
    this.sheets.clear();
    this.dyes.clear();
    for (const small of this.smalls) small.stale = true;
    this.ask(0);
  }

  destroy(): void {
    this.smalls.clear();
    this.rest();
  }

  private rest(): void {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.unletter?.();
    this.unletter = null;
    this.timer = undefined;
    this.frame = 0;
    this.sheets.clear();
    this.growing.clear();
    this.dyes.clear();
  }

  // -- what changed -------------------------------------------------------------------------------------------------

  private again(page: string): void {
    this.dyes.delete(page);
    for (const key of this.sheets.keys()) if (key.startsWith(`${page} `)) this.sheets.delete(key);
    for (const small of this.smalls) if (small.page === page) small.stale = true;
  }

  private gone({ id, page, copy, type }: Drawable): void {
    if (!DRAWABLE.has(type)) return;
    if (!copy) {
      this.again(page);
      return;
    }
    for (const small of this.smalls)
      if (small.page === page && small.copy === copy && small.things.has(id)) small.stale = true;
  }

  private put(record: Drawable): void {
    if (!record.copy) {
      this.again(record.page);
      return;
    }
    for (const small of this.smalls) {
      if (small.page !== record.page || small.copy !== record.copy || small.stale) continue;
      const old = small.things.get(record.id);
      if (old && sameLook(old.record, record)) {
        old.record = record;
        continue;
      }
      const thing = old ? null : thingOf(record, this.materials);
      if (old || thing?.under) small.stale = true;
      else if (thing) {
        small.things.set(thing.id, thing);
        small.fresh.push(thing);
      }
    }
  }

  // -- painting -----------------------------------------------------------------------------------------------------

  private ask(wait: number): void {
    if (this.frame !== 0 || this.smalls.size === 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (wait > 0) this.timer = setTimeout(() => this.ask(0), wait);
    else this.frame = requestAnimationFrame(this.paint);
  }

  private readonly paint = (): void => {
    this.frame = 0;
    const start = performance.now();
    let wait = Number.POSITIVE_INFINITY;
    this.grow();
    // Who has waited longest comes first, so that a full room is served all round.
    const due = [...this.smalls].filter((one) => one.stale || one.live || one.fresh.length);
    for (const small of due.sort((a, b) => a.at - b.at)) {
      const left = small.at + EVERY - start;
      if (small.at > 0 && left > 0) wait = Math.min(wait, left);
      else if (performance.now() - start > BUDGET) wait = 0;
      else this.one(small, start);
    }
    if (Number.isFinite(wait)) this.ask(wait);
  };

  /** Takes in what has come of the strokes that are being drawn. */
  private grow(): void {
    const { live } = this.session;
    for (const id of this.growing.keys()) if (!live.has(id)) this.growing.delete(id);
    for (const { id, tool, colour, width, quantum, points } of live.values()) {
      let growing = this.growing.get(id);
      if (!growing) {
        growing = new Growing(id, { tool, colour, width, quantum });
        this.growing.set(id, growing);
      }
      const from = 3 * growing.points;
      if (points.length > from) growing.extend(points.slice(from));
    }
  }

  private one(small: Small, now: number): void {
    const page = this.session.table.get(small.page);
    if (page?.type !== "page" || small.canvas.width === 0) return;
    small.at = now;
    if (small.stale) this.whole(small, page);
    else if (small.fresh.length) this.more(small);
    small.fresh = [];
    if (small.live) this.moving(small, page);
  }

  private inks(page: Page): Inks {
    const inks = this.dyes.get(page.id) ?? this.inksOf(page);
    this.dyes.set(page.id, inks);
    return inks;
  }

  /** Pictures that have not come yet: what there is is seen at once, and they when they are here. */
  private await(small: Small, page: Page, things: readonly Thing[]): void {
    const { images } = this.materials;
    const assets = things.flatMap(({ record }) => (record.type === "image" ? [record.asset] : []));
    if (page.asset) assets.push(page.asset);
    if (!assets.some((asset) => images.awaits(asset))) return;
    void images.ready(assets, small.canvas.width).then(() => {
      this.again(page.id);
      this.ask(0);
    });
  }

  private whole(small: Small, page: Page): void {
    const context = small.canvas.getContext("2d");
    if (!context) return;
    const { copy } = small;
    const things: Thing[] = [];
    const sheet: Thing[] = [];
    for (const record of this.session.table.onPage(page.id)) {
      if (!liesOn(record as Drawable, copy)) continue;
      const own = (record as Drawable).copy !== "";
      const thing = (own && small.things.get(record.id)) || thingOf(record as Drawable, this.materials);
      if (!thing) continue;
      const same = thing.record === record || sameLook(thing.record, record);
      const sound = same ? thing : thingOf(record as Drawable, this.materials);
      if (sound) (own ? things : sheet).push(sound);
    }
    small.things.clear();
    for (const thing of things) small.things.set(thing.id, thing);
    small.view = fittedDrawing(page, frameOf(page, union([...sheet, ...things])), small.canvas, NO_MARGIN);
    const { ground, inks } = this.sheet(page, small, sheet);
    this.await(small, page, [...sheet, ...things]);
    ranked(things);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(ground, 0, 0);
    this.aim(context, small);
    for (const thing of things) if (isMarker(thing)) thing.draw(context, this.inks(page));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(inks, 0, 0);
    this.aim(context, small);
    for (const thing of things) if (!isMarker(thing)) thing.draw(context, this.inks(page));
    small.stale = false;
    small.live = true;
  }

  private more(small: Small): void {
    const context = small.canvas.getContext("2d");
    const page = this.session.table.get(small.page);
    if (!context || page?.type !== "page") return;
    const box = union(small.fresh);
    const { minX, minY, maxX, maxY } = visible(small.view, small.canvas);
    // Of a page without edges, all that is drawn is shown: it may have to be seen from farther away.
    if (page.endless && box && (box.minX < minX || box.minY < minY || box.maxX > maxX || box.maxY > maxY)) {
      this.whole(small, page);
      return;
    }
    this.aim(context, small);
    for (const thing of small.fresh) thing.draw(context, this.inks(page));
  }

  private moving(small: Small, page: Page): void {
    const context = small.over.getContext("2d");
    if (!context) return;
    small.live = false;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, small.over.width, small.over.height);
    this.aim(context, small);
    for (const stroke of this.session.live.values()) {
      if (stroke.page === small.page && liesOn(stroke, small.copy))
        this.growing.get(stroke.id)?.draw(context, this.inks(page));
    }
  }

  private aim(context: CanvasRenderingContext2D, { view }: Small): void {
    context.setTransform(view.zoom, 0, 0, view.zoom, view.x, view.y);
  }

  /** The worksheet as it lies under copies of that size; the same for all of them, but on a page without edges. */
  private sheet(page: Page, small: Small, things: Thing[]): Sheet {
    const { canvas, view } = small;
    const key = [page.id, canvas.width, canvas.height, view.zoom, view.x, view.y].join(" ");
    const known = this.sheets.get(key);
    if (known) return known;
    const layer = () => {
      const made = document.createElement("canvas");
      [made.width, made.height] = [canvas.width, canvas.height];
      return made;
    };
    const sheet = { ground: layer(), inks: layer() };
    const inks = this.inks(page);
    const top = ranked(things);
    // The copy's highlighters go between: over the worksheet's pictures, under its ink.
    const isInk = (thing: Thing) => thing.layer === top && !thing.under && !isSolid(thing);
    for (const over of [false, true]) {
      const context = (over ? sheet.inks : sheet.ground).getContext("2d");
      if (!context) continue;
      if (!over) {
        context.fillStyle = inks.board;
        context.fillRect(0, 0, canvas.width, canvas.height);
      }
      this.aim(context, small);
      if (!over) drawPaper(context, page, this.materials.images, inks);
      if (!over && view.zoom > PATTERN_FROM)
        drawGround(context, page, visible(view, canvas), inks, view.zoom);
      for (const thing of things) if (isInk(thing) === over) thing.draw(context, inks);
    }
    // Sizes change while a window is being dragged: of those before, nothing is kept.
    if (this.sheets.size > 4) this.sheets.clear();
    this.sheets.set(key, sheet);
    return sheet;
  }
}

/** Things as they come are bottom to top; then in the order of painting. How many layers they have. */
function ranked(things: Thing[]): number {
  const layers = rankAll(things);
  things.sort(painting);
  return layers;
}

/** A highlighter of a copy that lies under all ink, the worksheet's too. */
const isMarker = ({ under, layer }: Thing) => under && layer === 0;
