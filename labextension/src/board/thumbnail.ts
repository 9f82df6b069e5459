/** A page as a small picture, painted in slices so that a page of 10,000 strokes does not hold up a pen. */

import type { Page } from "../core/schema";
import type { Inks } from "./colour";
import { drawPattern } from "./ground";
import { painting } from "./scene";
import type { Thing } from "./thing";

const SLICE = 8;
const latest = new WeakMap<HTMLCanvasElement, object>();

/** `things` bottom to top. Resolves when done, or when a later call took the canvas over. */
export async function paintThumbnail(
  canvas: HTMLCanvasElement,
  page: Page,
  things: readonly Thing[],
  inks: Inks,
): Promise<void> {
  const context = canvas.getContext("2d");
  if (!context || canvas.width === 0 || canvas.height === 0) return;
  const turn = {};
  latest.set(canvas, turn);
  things.forEach((thing, i) => {
    thing.rank = i;
  });
  const scale = Math.min(canvas.width / page.width, canvas.height / page.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = inks.board;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const left = (canvas.width - page.width * scale) / 2;
  const top = (canvas.height - page.height * scale) / 2;
  context.setTransform(scale, 0, 0, scale, left, top);
  const all = { minX: 0, minY: 0, maxX: page.width, maxY: page.height };
  if (scale > 0.12) drawPattern(context, page, all, inks.rule, scale);
  let until = performance.now() + SLICE;
  for (const thing of [...things].sort(painting)) {
    thing.draw(context, inks);
    if (performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (latest.get(canvas) !== turn) return;
    until = performance.now() + SLICE;
  }
}
