/**
 * The page under the ink: its pattern. One place for the numbers, which the exporter shares.
 *
 * What is drawn in which order, here and by the exporter: the board's colour, the page's own picture (`asset`, fitted into
 * the page), the pattern, highlighter, all other things. A pattern lies over the picture: rules on a photographed page are
 * there to write on.
 *
 * Patterns, in board units from the page's top left corner, in `--cr-board-rule`, nothing on the edges themselves:
 *   dots    discs of radius 2 at every multiple of 40 in x and y
 *   grid    lines 1 wide, centred on every multiple of 40 in x and in y
 *   ruled   lines 1 wide, centred on every multiple of 48 in y
 *   axes    lines 1 wide, centred on every multiple of 40 in x and in y counted from the page's middle, and through that
 *           middle two lines 2.5 wide in the ink grey
 *   staves  groups of five lines 1 wide, 12 apart, the first line of a group at 80 + k * 144 in y, whole or not at all
 * On an endless page they go on in all directions, counted from 0, 0, which is also the middle of its axes.
 * A line thinner than half a device pixel is drawn half a device pixel thick on screen, and what would come closer than a
 * few device pixels is thinned out; the exporter does neither.
 */

import type { Page } from "../core/schema";
import type { Inks } from "./colour";
import type { Images } from "./images";
import { areaOf, type Box } from "./viewport";

export const RULE_WIDTH = 1;
export const DOT_RADIUS = 2;
export const AXIS_WIDTH = 2.5;
export const SPACING = { dots: 40, grid: 40, ruled: 48, axes: 40, staves: 144 } as const;
export const STAVE = { first: 80, lines: 5, apart: 12 } as const;

/** Device pixels between lines, and between dots, at the least. */
const CLOSEST = 5;

type Ground = Pick<Page, "pattern" | "width" | "height" | "endless">;

/** Paints the page's own picture, fitted to the page; the context is in board units. */
export function drawPaper(
  context: CanvasRenderingContext2D,
  page: Pick<Page, "asset" | "width" | "height">,
  images: Images,
  inks: Inks,
): void {
  const box = { minX: 0, minY: 0, maxX: page.width, maxY: page.height };
  if (page.asset) images.paint(context, page.asset, box, inks, "whole");
}

/** Paints the pattern inside `box`; the context is in board units, `scale` device pixels to one. */
export function drawGround(
  context: CanvasRenderingContext2D,
  page: Ground,
  box: Box,
  inks: Pick<Inks, "of" | "rule">,
  scale: number,
): void {
  if (page.pattern === "blank") return;
  const area = areaOf(page);
  const part = {
    minX: Math.max(area.minX, box.minX),
    minY: Math.max(area.minY, box.minY),
    maxX: Math.min(area.maxX, box.maxX),
    maxY: Math.min(area.maxY, box.maxY),
  };
  if (part.maxX <= part.minX || part.maxY <= part.minY) return;
  context.fillStyle = inks.rule;
  const paint = new Ruler(context, area, part, scale);
  switch (page.pattern) {
    case "dots":
      paint.dots(SPACING.dots);
      break;
    case "grid":
      paint.down(SPACING.grid);
      paint.across(SPACING.grid);
      break;
    case "ruled":
      paint.down(SPACING.ruled);
      break;
    case "axes": {
      const x = page.endless ? 0 : page.width / 2;
      const y = page.endless ? 0 : page.height / 2;
      paint.down(SPACING.axes, y);
      paint.across(SPACING.axes, x);
      context.fillStyle = inks.of({ tool: "pen", colour: "grey" });
      paint.row(y, AXIS_WIDTH);
      paint.column(x, AXIS_WIDTH);
      break;
    }
    case "staves":
      paint.staves();
  }
}

/** Draws lines and dots in one part of a page. */
class Ruler {
  private readonly width: number;

  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly area: Box,
    private readonly part: Box,
    private readonly scale: number,
  ) {
    this.width = Math.max(RULE_WIDTH, 0.5 / scale);
  }

  /** Far away, every second line of what is left goes, until the rest can be told apart. */
  private thinned(step: number): number {
    let wide = step;
    while (wide * this.scale < CLOSEST) wide *= 2;
    return wide;
  }

  row(y: number, width = this.width): void {
    const { area, part } = this;
    if (y <= area.minY || y >= area.maxY || y + width < part.minY || y - width > part.maxY) return;
    this.context.fillRect(part.minX, y - width / 2, part.maxX - part.minX, width);
  }

  column(x: number, width = this.width): void {
    const { area, part } = this;
    if (x <= area.minX || x >= area.maxX || x + width < part.minX || x - width > part.maxX) return;
    this.context.fillRect(x - width / 2, part.minY, width, part.maxY - part.minY);
  }

  /** Rows at every multiple of `step` from `origin`. */
  down(step: number, origin = 0): void {
    const wide = this.thinned(step);
    const last = Math.ceil((this.part.maxY - origin) / wide);
    for (let k = Math.floor((this.part.minY - origin) / wide); k <= last; k++) this.row(origin + k * wide);
  }

  across(step: number, origin = 0): void {
    const wide = this.thinned(step);
    const last = Math.ceil((this.part.maxX - origin) / wide);
    for (let k = Math.floor((this.part.minX - origin) / wide); k <= last; k++) this.column(origin + k * wide);
  }

  dots(step: number): void {
    const { context, area, part } = this;
    const wide = this.thinned(step);
    const radius = Math.max(DOT_RADIUS, 0.75 / this.scale);
    context.beginPath();
    for (let j = Math.floor(part.minY / wide); j <= Math.ceil(part.maxY / wide); j++) {
      const y = j * wide;
      if (y <= area.minY || y >= area.maxY) continue;
      for (let k = Math.floor(part.minX / wide); k <= Math.ceil(part.maxX / wide); k++) {
        const x = k * wide;
        if (x <= area.minX || x >= area.maxX) continue;
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    context.fill();
  }

  staves(): void {
    const { first, lines, apart } = STAVE;
    const { part } = this;
    const wide = this.thinned(SPACING.staves);
    // Of lines that run into one another, the first and the last are drawn.
    const skip = apart * this.scale < 1.5 ? lines - 1 : 1;
    const finite = Number.isFinite(this.area.minY);
    const last = Math.ceil((part.maxY - first) / wide);
    let k = Math.floor((part.minY - first) / wide) - 1;
    if (finite) k = Math.max(0, k);
    for (; k <= last; k++) {
      if (first + k * wide + (lines - 1) * apart >= this.area.maxY - 0.001) break; // no stave that is not whole
      for (let line = 0; line < lines; line += skip) this.row(first + k * wide + line * apart);
    }
  }
}
