/**
 * The page under the ink: its pattern. One place for the numbers, which the exporter shares.
 *
 * In board units, from the page's top left corner, in `--cr-board-rule`, nothing on the edges themselves:
 *   dots   discs of radius 2 at every multiple of 40 in x and y
 *   grid   lines 1 wide, centred on every multiple of 40 in x and in y
 *   ruled  lines 1 wide, centred on every multiple of 48 in y
 * A line thinner than half a device pixel is drawn half a device pixel thick on screen; the exporter has no such floor.
 */

import type { Page } from "../core/schema";
import type { Box } from "./viewport";

export const SPACING = { dots: 40, grid: 40, ruled: 48 } as const;
export const RULE_WIDTH = 1;
export const DOT_RADIUS = 2;

/** Paints the pattern inside `box`; the context is in board units, `scale` device pixels to one. */
export function drawPattern(
  context: CanvasRenderingContext2D,
  page: Pick<Page, "pattern" | "width" | "height">,
  box: Box,
  colour: string,
  scale: number,
): void {
  if (!(page.pattern in SPACING)) return;
  const step = SPACING[page.pattern as keyof typeof SPACING];
  const first = (low: number) => Math.max(step, Math.floor(low / step) * step);
  const right = Math.min(box.maxX + step, page.width - 0.001);
  const bottom = Math.min(box.maxY + step, page.height - 0.001);
  const width = Math.max(RULE_WIDTH, 0.5 / scale);
  context.fillStyle = colour;
  if (page.pattern === "dots") {
    const radius = Math.max(DOT_RADIUS, 0.75 / scale);
    context.beginPath();
    for (let y = first(box.minY); y < bottom; y += step) {
      for (let x = first(box.minX); x < right; x += step) {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    context.fill();
    return;
  }
  const left = Math.max(0, box.minX);
  const top = Math.max(0, box.minY);
  for (let y = first(box.minY); y < bottom; y += step) {
    context.fillRect(left, y - width / 2, Math.min(box.maxX, page.width) - left, width);
  }
  if (page.pattern !== "grid") return;
  for (let x = first(box.minX); x < right; x += step) {
    context.fillRect(x - width / 2, top, width, Math.min(box.maxY, page.height) - top);
  }
}
