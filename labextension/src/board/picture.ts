/**
 * The picture of one page at one view: finished ink in tiles, moving ink in layers, cursors, and how one becomes the
 * other without a flicker.
 *
 * It promises that what is handed over (`settle`) stays visible until the finished picture shows it, and that a frame
 * with nothing new paints nothing. It follows the table as it is told of news; it must never decide what may be done.
 */

import type { Session, TableNews } from "../client/contract";
import { type Page, withDefaults } from "../core/schema";
import { Inks, lighten, type Theme } from "./colour";
import { Cursors } from "./cursors";
import { Drafts } from "./drafts";
import { drawGround, drawPaper } from "./ground";
import type { LoadAsset } from "./images";
import { Lasers } from "./laser";
import type { Layer, Sprite } from "./layer";
import { Materials } from "./materials";
import { Others } from "./others";
import { type Damage, Scene } from "./scene";
import { Stage } from "./stage";
import { Words } from "./text/draw";
import { fontsAt } from "./text/fonts";
import type { Thing } from "./thing";
import { type Source, Tiles } from "./tiles";
import { areaOf, type Box, type View, visible } from "./viewport";

/** After the last step of a zoom, the picture is painted at its new scale. */
const REFINE_AFTER = 90;
const FADE = 140;
/** Milliseconds that may go, in one task, into taking in what lies on a page: pages of a thousand strokes show at once. */
const LOAD = 8;
/** More changes than this at once: tiles are painted anew rather than patched place by place. */
const MANY = 64;

/** What of a page's record is seen. */
const LOOK = ["pattern", "width", "height", "endless", "asset"] as const;

/** Where a sprite is shown. */
type Holder = Pick<Layer, "remove">;

const NO_PAGE = withDefaults({ type: "page", id: "", order: "a" });

export class Picture {
  readonly stage: Stage;
  readonly cursors: Cursors;
  readonly lasers: Lasers;
  readonly materials: Materials;
  page: Page = NO_PAGE;
  /** Where the page is, in board units. */
  area: Box = areaOf(NO_PAGE);
  /** Something is drawn on this endless page, and nothing of it can be seen. */
  lost = false;
  scene: Scene;
  inks: Inks;
  /** Does the next frame lay the tiles anew? */
  changed = true;
  /** The same, and everything over them. */
  moved = true;

  private readonly tiles: Tiles<Thing>;
  private readonly others: Others;
  private readonly drafts: Drafts;
  private readonly settling = new Map<Sprite, { ids: readonly string[]; layer: Holder; ready: boolean }>();
  private readonly fading = new Map<Sprite, { start: number; from: number; layer: Layer }>();
  /** Has the person asked for less motion? */
  readonly still: boolean;
  private zoomedAt = Number.NEGATIVE_INFINITY;
  private lastZoom = 0;
  private unletter = () => {};

  constructor(
    private readonly session: Session,
    host: HTMLElement,
    private theme: Theme,
    load: LoadAsset | undefined,
    /** A frame is wanted. */
    private readonly ask: () => void,
    resized: () => void,
    /** All that lies on the page is known, after it was not. */
    private readonly loaded: () => void,
  ) {
    this.materials = new Materials(load);
    this.materials.images.arrived = (asset) => this.reveal(asset);
    this.cursors = new Cursors(session);
    this.stage = new Stage(host, this.cursors.element, resized);
    this.inks = new Inks(this.stage.root, theme);
    this.stage.dress(theme);
    this.scene = new Scene("", this.materials);
    this.tiles = new Tiles<Thing>(this.source());
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.lasers = new Lasers(this.stage, this.still);
    this.others = new Others(
      session,
      { pens: this.stage.others, marks: this.stage.marks },
      { settle: (stroke, id) => this.settle(stroke, [id]), fade: (stroke) => this.fade(stroke) },
    );
    this.drafts = new Drafts(session, this.stage.others, {
      settle: (figure, id) => this.settle(figure, [id]),
      fade: (figure) => this.fade(figure),
    });
  }

  /** Where the board's own fonts are; what they show is painted again when they come. */
  letters(href: string): void {
    const fonts = fontsAt(href);
    this.materials.words = new Words(fonts);
    this.unletter();
    this.unletter = fonts.on(() => {
      if (![...this.scene.all()].some(({ record }) => record.type === "text" || record.type === "note"))
        return;
      this.tiles.refresh();
      this.stage.touchLayers();
      this.changed = true;
      this.ask();
    });
  }

  destroy(): void {
    this.materials.images.close();
    this.unletter();
    this.cursors.destroy();
    this.stage.destroy();
  }

  private source(): Source<Thing> {
    const { scene, page, area } = this;
    return {
      area,
      within: (box) => scene.within(box),
      ground: (context, box, scale) => {
        drawPaper(context, page, this.materials.images, this.inks);
        drawGround(context, page, box, this.inks, scale);
      },
      draw: (context, thing) => {
        if (!thing.hidden) thing.draw(context, this.inks);
      },
    };
  }

  // -- what is in it ------------------------------------------------------------------------------------------------

  /** Whose private copy is shown; "" on a common page, and for the worksheet itself. */
  get copy(): string {
    return this.scene.copy;
  }

  /** Shows another page or copy, or the same after a reset of the table. */
  load(page: string, now: number, copy = ""): void {
    const { session, stage } = this;
    const record = session.table.get(page);
    const same = page !== "" && page === this.page.id && copy === this.copy;
    this.page = record?.type === "page" ? record : NO_PAGE;
    this.area = areaOf(this.page);
    this.dress();
    this.scene = new Scene(page, this.materials, copy, (id) => session.table.get(id));
    const until = performance.now() + LOAD;
    this.scene.reset(page ? session.table.onPage(page) : [], () => performance.now() >= until);
    if (same) {
      this.tiles.resource(this.source());
      this.tiles.refresh();
    } else {
      this.tiles.restart(this.source());
      for (const [sprite, { layer }] of this.settling) layer.remove(sprite);
      this.settling.clear();
      this.fading.clear();
      this.lasers.clear();
      for (const layer of [stage.marks, stage.others, stage.own]) layer.clear();
    }
    this.others.reset(page, copy);
    this.drafts.reset(page, copy);
    this.cursors.reset(page, copy, now);
    this.changed = this.moved = true;
    this.ask();
  }

  /** The table changed, on the page that is shown. */
  news(news: TableNews): void {
    const { session, scene } = this;
    const damage: Damage[] = scene.removeAll(news.removed.keys());
    for (const id of news.put) {
      const record = session.table.get(id);
      if (record?.type === "page" && id === this.page.id) this.reground(record);
      else if (record) damage.push(...scene.put(record));
    }
    if (damage.length === 0) return;
    if (damage.length > MANY) this.tiles.refresh();
    else
      for (const one of damage) {
        if (one.kind === "top") this.tiles.append(one.thing);
        else this.tiles.invalidate(one.box);
      }
    this.changed = true;
    this.ask();
  }

  private reground(record: Page): void {
    const old = this.page;
    this.page = record;
    this.area = areaOf(record);
    if (LOOK.every((field) => old[field] === record[field])) return;
    this.dress();
    this.tiles.resource(this.source());
    this.tiles.refresh();
    this.changed = this.moved = true;
  }

  /** A picture has come: what shows it is painted again. */
  private reveal(asset: string): void {
    const { page, scene } = this;
    if (page.asset === asset) this.tiles.refresh();
    else {
      const shows = [...scene.all()].filter(
        ({ record }) => record.type === "image" && record.asset === asset,
      );
      if (shows.length === 0) return;
      for (const thing of shows) this.tiles.invalidate(thing);
    }
    this.changed = true;
    this.ask();
  }

  /** Inks for a page, in the theme that shows: on a picture ink is as on paper. */
  inksOf(page: Page): Inks {
    const paper = page.asset !== "";
    return paper === this.inks.paper ? this.inks : new Inks(this.stage.root, this.theme, paper);
  }

  /** The page's own light: with a picture under it, it is light paper in every theme. */
  private dress(): void {
    const paper = this.page.asset !== "";
    if (paper === this.inks.paper) return;
    this.inks = this.inksOf(this.page);
    lighten(this.stage.sheet, paper);
    this.stage.dress(this.inks.theme);
    this.stage.touchLayers();
  }

  restyle(theme: Theme): boolean {
    this.theme = theme;
    if (!this.inks.stale(theme)) return false;
    this.inks = new Inks(this.stage.root, theme, this.inks.paper);
    this.stage.dress(this.inks.theme);
    this.tiles.refresh();
    this.stage.touchLayers();
    this.changed = true;
    this.ask();
    return true;
  }

  /** Somebody's live stroke is news. */
  live(stroke: Parameters<Others["update"]>[0]): void {
    this.others.update(stroke, this.page.id, this.copy);
    this.ask();
  }

  /** What somebody makes is news. */
  draft(person: string): void {
    this.drafts.update(person, this.page.id, this.copy);
    this.ask();
  }

  // -- what moves over it -------------------------------------------------------------------------------------------

  show(sprite: Sprite, under: boolean): void {
    const { marks, others, own } = this.stage;
    (under ? marks : sprite.alpha < 1 ? others : own).add(sprite);
    this.ask();
  }

  /** Part of a sprite changed: painted in this very event, unless the whole view is about to be. */
  now(sprite: Sprite, box: Box, view: View): void {
    const layer = this.layerOf(sprite);
    if (!layer) return;
    layer.touch(box);
    if (!this.moved) layer.paint(this.stage.device(view), this.inks, this.area);
    this.ask();
  }

  hide(sprite: Sprite): void {
    this.layerOf(sprite)?.remove(sprite);
    this.ask();
  }

  /** It stays where it is seen (on `layer`) until the finished picture shows those records. */
  settle(sprite: Sprite, ids: readonly string[], layer: Holder | undefined = this.layerOf(sprite)): void {
    if (layer) this.settling.set(sprite, { ids, layer, ready: false });
    this.ask();
  }

  /** Does it wait for the picture to show what it shows? */
  settles(sprite: Sprite): boolean {
    return this.settling.has(sprite);
  }

  fade(sprite: Sprite): void {
    this.settling.delete(sprite);
    let layer = this.layerOf(sprite);
    if (!layer) {
      layer = this.stage.others;
      layer.add(sprite);
    }
    this.fading.set(sprite, { start: performance.now(), from: sprite.alpha, layer });
    this.ask();
  }

  veil(thing: Thing, hidden: boolean): void {
    if (thing.hidden === hidden) return;
    thing.hidden = hidden;
    this.tiles.invalidate(thing);
    this.changed = true;
    this.ask();
  }

  veilAll(things: readonly Thing[], hidden: boolean): void {
    const others = things.filter((thing) => thing.hidden !== hidden);
    if (others.length <= MANY) {
      for (const thing of others) this.veil(thing, hidden);
      return;
    }
    for (const thing of others) thing.hidden = hidden;
    this.tiles.refresh();
    this.changed = true;
    this.ask();
  }

  private layerOf(sprite: Sprite): Layer | undefined {
    const { own, others, marks } = this.stage;
    return [own, others, marks].find((layer) => layer.has(sprite));
  }

  // -- painting -----------------------------------------------------------------------------------------------------

  /** Where the view is in the tiles' own pixels; for measurements and tests. */
  get bitmaps(): number {
    return this.tiles.held;
  }

  /** Nothing to be seen on the page, finished or on the move. */
  get blank(): boolean {
    const { marks, others, own } = this.stage;
    return this.scene.size === 0 && this.page.asset === "" && marks.empty && others.empty && own.empty;
  }

  /** Paints a frame; true when another is needed. */
  paint(view: View, now: number, elapsed: number, budget: number): boolean {
    const { stage, page } = this;
    if (stage.size.width === 0 || stage.size.height === 0) return false;
    if (stage.fitBitmaps()) this.moved = true;
    const device = stage.device(view);
    if (view.zoom !== this.lastZoom) {
      this.lastZoom = view.zoom;
      this.zoomedAt = now;
    }
    const waits = this.rescale(device.scale, now);
    if (this.moved) {
      stage.layOut(device, page);
      stage.touchLayers();
    }
    const start = performance.now();
    const grow = this.others.step(elapsed);
    const glide = this.drafts.step(elapsed);
    let done = true;
    if (this.scene.loading) {
      this.scene.more(() => performance.now() >= start + budget);
      this.changed = true;
      if (!this.scene.loading) this.loaded();
    }
    if (this.changed || this.moved) {
      // A page is painted when all that lies on it is known: not one part of it after another.
      const known = !this.scene.loading;
      done = known && this.tiles.work(device, start + budget, () => performance.now());
      this.tiles.compose(stage.context, device);
      this.settleSome();
    }
    if (this.changed || this.moved)
      this.lost = page.endless && this.scene.size > 0 && !this.scene.reaches(visible(view, stage.size));
    const fades = this.fadeSome(now);
    this.cursors.move(view, this.area, stage.size, elapsed, now);
    this.lasers.others(this.cursors.pointing(), now);
    const shines = this.lasers.step(now, view.zoom);
    stage.paintLayers(device, this.inks, this.area);
    this.changed = !done || waits;
    this.moved = false;
    if (this.settling.size > 0) this.changed = true;
    return grow || glide || fades || shines || this.changed || this.cursors.busy;
  }

  /** Takes up a new scale when the zoom rests, or has gone so far that stretching looks bad. True: not yet. */
  private rescale(scale: number, now: number): boolean {
    const ratio = scale / this.tiles.scale;
    if (ratio === 1) return false;
    const far = !(ratio < 2.5 && ratio > 0.4);
    if (!far && now - this.zoomedAt < REFINE_AFTER) return true;
    this.tiles.rescale(scale);
    return false;
  }

  private settleSome(): void {
    for (const [sprite, waiting] of this.settling) {
      const { ids, layer } = waiting;
      if (waiting.ready) {
        this.settling.delete(sprite);
        layer.remove(sprite);
        continue;
      }
      const there = ids.filter((id) => this.session.table.get(id) !== undefined);
      // Removed meanwhile (undone, refused): it is for others to say how it goes.
      if (there.length && !this.tiles.settled(sprite.box)) continue;
      // The own layer may reach the screen before the picture does: opaque ink stays one frame longer.
      if (layer === this.stage.own && there.length) waiting.ready = true;
      else {
        this.settling.delete(sprite);
        layer.remove(sprite);
      }
    }
  }

  private fadeSome(now: number): boolean {
    for (const [sprite, { start, from, layer }] of this.fading) {
      const left = this.still ? 0 : 1 - (now - start) / FADE;
      if (left <= 0) {
        this.fading.delete(sprite);
        layer.remove(sprite);
      } else {
        sprite.alpha = Math.min(1, left) * from;
        layer.touch(sprite.box);
      }
    }
    return this.fading.size > 0;
  }
}
