/**
 * A canvas over the finished picture for what moves: strokes being drawn, strokes that fade.
 *
 * It promises to paint again only what was damaged, and at once when it is asked to (a pen cannot wait for a frame).
 * It must never read layout; its size is told to it.
 */

import type { Inks } from "./colour";
import { widen } from "./growing";
import { type DeviceView, onStage, overlaps } from "./tiles";
import type { Box } from "./viewport";

/** Something with a place on the board, in board units. */
export interface Sprite {
  readonly box: Box;
  alpha: number;
  draw(context: CanvasRenderingContext2D, inks: Inks): void;
}

export class Layer {
  readonly canvas = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly sprites = new Set<Sprite>();
  private damage: Box | null = null;
  private all = true;
  private blank = true;

  constructor(name: string, desynchronized: boolean) {
    this.canvas.className = `cr-board-layer cr-board-${name}`;
    this.canvas.setAttribute("aria-hidden", "true");
    const context = this.canvas.getContext("2d", { desynchronized });
    if (!context) throw new Error("no canvas");
    this.context = context;
  }

  get empty(): boolean {
    return this.sprites.size === 0;
  }

  has(sprite: Sprite): boolean {
    return this.sprites.has(sprite);
  }

  add(sprite: Sprite): void {
    this.sprites.add(sprite);
    this.touch(sprite.box);
  }

  remove(sprite: Sprite): void {
    if (this.sprites.delete(sprite)) this.touch(sprite.box);
  }

  clear(): void {
    this.sprites.clear();
    this.all = true;
  }

  /** Board units. */
  touch(box: Box): void {
    if (this.damage) widen(this.damage, box);
    else this.damage = { ...box };
  }

  touchAll(): void {
    this.all = true;
  }

  resize(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.all = true;
    this.blank = true;
  }

  /** `area`: where the page is, in board units. */
  paint(view: DeviceView, inks: Inks, area: Box): void {
    const { context } = this;
    if (!this.all && !this.damage) return;
    if (this.blank && this.sprites.size === 0) {
      this.all = false;
      this.damage = null;
      return;
    }
    let left = 0;
    let top = 0;
    let right = view.width;
    let bottom = view.height;
    if (!this.all && this.damage) {
      left = Math.max(0, Math.floor(this.damage.minX * view.scale + view.x) - 1);
      top = Math.max(0, Math.floor(this.damage.minY * view.scale + view.y) - 1);
      right = Math.min(view.width, Math.ceil(this.damage.maxX * view.scale + view.x) + 1);
      bottom = Math.min(view.height, Math.ceil(this.damage.maxY * view.scale + view.y) + 1);
    }
    this.all = false;
    this.damage = null;
    if (right <= left || bottom <= top) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(left, top, right - left, bottom - top);
    this.blank = this.sprites.size === 0;
    if (this.blank) return;
    context.save();
    context.beginPath();
    const page = onStage(view, area);
    const [x0, y0] = [Math.max(left, page[0]), Math.max(top, page[1])];
    context.rect(
      x0,
      y0,
      Math.max(0, Math.min(right, page[2]) - x0),
      Math.max(0, Math.min(bottom, page[3]) - y0),
    );
    context.clip();
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y);
    const damaged = {
      minX: (left - view.x) / view.scale,
      minY: (top - view.y) / view.scale,
      maxX: (right - view.x) / view.scale,
      maxY: (bottom - view.y) / view.scale,
    };
    for (const sprite of this.sprites) {
      const { box } = sprite;
      if (!overlaps(box, damaged)) continue;
      context.globalAlpha = sprite.alpha;
      sprite.draw(context, inks);
    }
    context.restore();
  }
}
