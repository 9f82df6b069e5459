/** A page as a small picture, painted in slices so that a page of 10,000 strokes does not hold up a pen. */

import type { Session } from "../client/contract";
import { DRAWABLE, type Drawable, type Page } from "../core/schema";
import type { Inks } from "./colour";
import { onCopy } from "./copies";
import { union } from "./extent";
import { drawGround, drawPaper } from "./ground";
import type { Images } from "./images";
import type { Picture } from "./picture";
import { painting, rankAll } from "./scene";
import { type Thing, thingOf } from "./thing";
import { areaOf, type Box, fittedDrawing, frameOf, visible } from "./viewport";

const SLICE = 8;
/** Below this many pixels to a unit a pattern is but a tint. */
const PATTERN_FROM = 0.12;
const NO_MARGIN = { top: 0, right: 0, bottom: 0, left: 0 };
const latest = new WeakMap<HTMLCanvasElement, object>();

/** `things` bottom to top; of an endless page what is drawn is shown. Resolves when done, or when a later call took the canvas over. */
export async function paintThumbnail(
  canvas: HTMLCanvasElement,
  page: Page,
  things: readonly Thing[],
  inks: Inks,
  images: Images,
): Promise<void> {
  const context = canvas.getContext("2d");
  if (!context || canvas.width === 0 || canvas.height === 0) return;
  const turn = {};
  latest.set(canvas, turn);
  const shown = things.flatMap(({ record }) => (record.type === "image" ? [record.asset] : []));
  if (page.asset) shown.push(page.asset);
  if (shown.some((asset) => images.awaits(asset))) {
    // What there is is seen at once, the pictures when they are here.
    void images.ready(shown, canvas.width).then(() => {
      if (latest.get(canvas) === turn) void paintThumbnail(canvas, page, things, inks, images);
    });
  }
  rankAll(things);
  const view = fittedDrawing(page, frameOf(page, union(things)), canvas, NO_MARGIN);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = inks.board;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(view.zoom, 0, 0, view.zoom, view.x, view.y);
  drawPaper(context, page, images, inks);
  if (view.zoom > PATTERN_FROM) drawGround(context, page, visible(view, canvas), inks, view.zoom);
  const { minX, minY, maxX, maxY } = areaOf(page);
  // What was drawn when the page was larger is kept, and not seen.
  const onPage = (box: Box) => box.maxX >= minX && box.minX <= maxX && box.maxY >= minY && box.minY <= maxY;
  let until = performance.now() + SLICE;
  for (const thing of things.filter(onPage).sort(painting)) {
    thing.draw(context, inks);
    if (performance.now() < until) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (latest.get(canvas) !== turn) return;
    until = performance.now() + SLICE;
  }
}

/** The same of a page that the session has, with what lies on one copy of it; `picture` has what it is drawn with. */
export async function paintCopy(
  canvas: HTMLCanvasElement,
  session: Session,
  picture: Picture,
  page: string,
  copy: string,
): Promise<void> {
  const { materials } = picture;
  const record = session.table.get(page);
  if (record?.type !== "page") return;
  const things = onCopy(session, page, copy)
    .map((drawable) => (DRAWABLE.has(drawable.type) ? thingOf(drawable as Drawable, materials) : null))
    .filter((thing) => thing !== null);
  await materials.words.ready(
    things.flatMap(({ record: one }) => (one.type === "text" || one.type === "note" ? [one] : [])),
  );
  await paintThumbnail(canvas, record, things, picture.inksOf(record), materials.images);
}
