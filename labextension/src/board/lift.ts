/**
 * What is being dragged, taken out of the finished picture and shown over it as it moves.
 *
 * It promises that nothing of the table is touched by it, that a few things are drawn anew and sharp at every step, and
 * that thousands are painted once into a bitmap, bit by bit within the time that is given, and then only moved. Until that
 * bitmap is whole the things stay where they were in the picture, under it.
 */

import { widen } from "./growing";
import { IDENTITY, type Matrix } from "./hit";
import type { Sprite } from "./layer";
import type { Picture } from "./picture";
import type { Thing } from "./thing";
import { boxThrough, compose } from "./transform";
import type { Box, View } from "./viewport";

/** So many things are drawn anew with each step; more are painted into a bitmap. */
export const FEW = 60;
/** Pixels of one bitmap: 48 MB. What would be larger is painted coarser. */
const PIXELS = 12_000_000;

const NOTHING: Box = { minX: 0, minY: 0, maxX: 0, maxY: 0 };

/** Drawn anew at each step. */
class Few implements Sprite {
  /** Just off 1: painted with what is translucent, which leaves the moment the finished picture shows it. */
  alpha = 0.999;
  box: Box;
  readonly under: boolean;
  private m: Matrix = IDENTITY;

  constructor(private things: readonly Thing[]) {
    this.box = boxAround(things);
    this.under = things[0]?.under ?? false;
  }

  /** @returns the place that must be painted again */
  to(m: Matrix): Box {
    this.m = m;
    return this.reach(boxThrough(m, boxAround(this.things)));
  }

  /** Other things in their place. */
  become(things: readonly Thing[]): Box {
    this.things = things;
    this.m = IDENTITY;
    return this.reach(boxAround(things));
  }

  private reach(box: Box): Box {
    const changed = { ...this.box };
    widen(changed, box);
    this.box = box;
    return changed;
  }

  draw(context: CanvasRenderingContext2D, inks: Parameters<Thing["draw"]>[1]): void {
    context.save();
    context.transform(...this.m);
    for (const thing of this.things) thing.draw(context, inks);
    context.restore();
  }
}

/** Painted once, then moved by the browser's compositor. */
class Many implements Sprite {
  alpha = 1;
  box: Box;
  private readonly home: Box;
  private readonly holder = document.createElement("div");
  private readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly scale: number;
  private readonly zoom: number;
  private next = 0;
  private m: Matrix = IDENTITY;

  constructor(
    private readonly things: readonly Thing[],
    private readonly picture: Picture,
    view: View,
    marks: boolean,
  ) {
    this.home = this.box = boxAround(things);
    const [w, h] = [this.home.maxX - this.home.minX, this.home.maxY - this.home.minY];
    this.zoom = view.zoom;
    const full = view.zoom * picture.stage.ratio;
    this.scale = Math.min(full, Math.sqrt(PIXELS / Math.max(1, w * h)));
    this.canvas.width = Math.max(1, Math.ceil(w * this.scale));
    this.canvas.height = Math.max(1, Math.ceil(h * this.scale));
    const context = this.canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    this.context = context;
    context.setTransform(
      this.scale,
      0,
      0,
      this.scale,
      -this.home.minX * this.scale,
      -this.home.minY * this.scale,
    );
    this.holder.className = `cr-board-lifted${marks ? " cr-board-marks" : ""}`;
    this.holder.append(this.canvas);
    this.holder.hidden = true;
  }

  /** Paints on until the deadline; true when nothing is left. */
  work(deadline: number): boolean {
    const { things, context, picture } = this;
    while (this.next < things.length) {
      things[this.next++]!.draw(context, picture.inks);
      if (this.next % 16 === 0 && performance.now() > deadline) break;
    }
    return this.next >= things.length;
  }

  stale(view: View): boolean {
    return view.zoom !== this.zoom;
  }

  show(before: Element): void {
    this.holder.hidden = false;
    if (!this.holder.isConnected) before.before(this.holder);
  }

  to(m: Matrix): void {
    this.m = m;
    this.box = boxThrough(m, this.home);
  }

  /** Where it stands on the stage, cut at the page's edges. */
  place(view: View): void {
    const { page, stage } = this.picture;
    const { holder, canvas, home, scale } = this;
    const { style } = holder;
    const endless = page.endless;
    const [left, top] = endless ? [0, 0] : [view.x, view.y];
    style.transform = `translate(${left}px, ${top}px)`;
    style.width = `${endless ? stage.size.width : page.width * view.zoom}px`;
    style.height = `${endless ? stage.size.height : page.height * view.zoom}px`;
    const onStage: Matrix = [view.zoom, 0, 0, view.zoom, view.x - left, view.y - top];
    const unscaled: Matrix = [1 / scale, 0, 0, 1 / scale, home.minX, home.minY];
    canvas.style.transform = `matrix(${compose(onStage, compose(this.m, unscaled)).join()})`;
  }

  draw(): void {}

  remove(): void {
    this.holder.remove();
  }
}

/** One selection, lifted. It can be made ready (`work`) before anything moves. */
export class Lift {
  private readonly few: Few[] = [];
  private readonly many: Many[] = [];
  private up = false;
  private veiled = false;
  private ready = false;
  private readonly ids: readonly string[];

  /** @param things bottom to top */
  constructor(
    private things: readonly Thing[],
    private readonly picture: Picture,
    private readonly view: () => View,
  ) {
    this.ids = things.map(({ id }) => id);
    const kinds = [true, false].map((under) => things.filter((thing) => thing.under === under));
    kinds.forEach((these, i) => {
      if (these.length === 0) return;
      if (things.length <= FEW) this.few.push(new Few(these));
      else this.many.push(new Many(these, picture, view(), i === 0));
    });
    this.ready = this.many.length === 0;
  }

  /** Paints on until the deadline; true when nothing is left to do. */
  work(deadline: number): boolean {
    if (this.ready) return true;
    this.ready = this.many.every((one) => one.work(deadline));
    if (this.ready && this.up) this.veil();
    return this.ready;
  }

  /** Takes it up: from now on it is seen where it is moved. */
  raise(): void {
    this.up = true;
    for (const one of this.few) this.picture.show(one, one.under);
    for (const one of this.many) {
      one.show(this.picture.stage.own.canvas);
      one.place(this.view());
    }
    if (this.ready) this.veil();
  }

  move(m: Matrix): void {
    for (const one of this.few) this.picture.now(one, one.to(m), this.view());
    for (const one of this.many) {
      one.to(m);
      one.place(this.view());
    }
  }

  /** A few things that take another form, not only another place. */
  become(things: readonly Thing[]): void {
    const [one] = this.few;
    if (one) this.picture.now(one, one.become(things), this.view());
  }

  /** Was its bitmap made for another scale than this view's? */
  stale(view: View): boolean {
    return this.many.some((one) => one.stale(view));
  }

  /** The view is another. */
  place(): void {
    for (const one of this.many) one.place(this.view());
  }

  /** The table has other things for some of these: they are taken out of the picture too. */
  renew(): void {
    if (this.veiled) this.veil();
  }

  /** It is where it belongs: it stays until the picture shows it so. `moved`: not where it was. */
  lower(moved: boolean): void {
    if (!this.up) {
      this.drop();
      return;
    }
    this.up = false;
    if (!moved) {
      this.move(IDENTITY);
      this.unveil();
    }
    const there = this.ids.filter((id) => this.picture.scene.get(id));
    for (const one of this.few) this.picture.settle(one, there);
    for (const one of this.many) this.picture.settle(one, there, one);
    if (moved) this.unveil();
  }

  /** Gone at once, and nothing of it was seen. */
  drop(): void {
    for (const one of this.many) one.remove();
    if (this.up) for (const one of this.few) this.picture.hide(one);
    this.up = false;
    this.unveil();
  }

  private veil(): void {
    this.veiled = true;
    this.picture.veilAll(this.there(), true);
  }

  private unveil(): void {
    if (!this.veiled) return;
    this.veiled = false;
    this.picture.veilAll(this.there(), false);
  }

  private there(): Thing[] {
    const { scene } = this.picture;
    this.things = this.ids.map((id) => scene.get(id)).filter((thing) => thing !== undefined);
    return [...this.things];
  }
}

export function boxAround(things: readonly Box[]): Box {
  const [first] = things;
  if (!first) return NOTHING;
  const box = { minX: first.minX, minY: first.minY, maxX: first.maxX, maxY: first.maxY };
  for (const thing of things) widen(box, thing);
  return box;
}
