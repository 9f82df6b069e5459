/**
 * A figure that is being made: how it looks until it is a record, here and to others, and the record that it becomes.
 *
 * It promises the very picture that the finished shape will have, and that others see it under the id that the record
 * gets, so that one becomes the other without a flicker (SPEC 5.15).
 */

import { between } from "../../core/order";
import type { Shape } from "../../core/schema";
import type { Figure } from "../../core/shapes";
import { topOf } from "../../core/table";
import type { Inks } from "../colour";
import type { Sprite } from "../layer";
import { type Dress, drawFigure, type FigurePaths, figureBox, figurePaths } from "../shapes";
import type { Box } from "../viewport";
import type { Bench } from "./tool";

/** Parts of a box: a hundred-thousandth of a page is seen by nobody, and takes a third of the room. */
const FINE = 100_000;

export class Draft implements Sprite {
  paths: FigurePaths;
  box: Box;
  /** Just off 1: painted with what is translucent, which leaves the moment the finished picture shows it. */
  alpha = 0.999;

  constructor(public figure: Figure & Dress) {
    this.paths = figurePaths(figure);
    this.box = figureBox(figure);
  }

  /** Takes another box; gives the place that must be painted again. */
  reshape(box: Pick<Shape, "x" | "y" | "w" | "h">): Box {
    return this.become({ ...this.figure, ...box });
  }

  /** The same, another figure. */
  become(figure: Figure & Dress): Box {
    const old = this.box;
    this.figure = figure;
    this.paths = figurePaths(this.figure);
    this.box = figureBox(this.figure);
    return {
      minX: Math.min(old.minX, this.box.minX),
      minY: Math.min(old.minY, this.box.minY),
      maxX: Math.max(old.maxX, this.box.maxX),
      maxY: Math.max(old.maxY, this.box.maxY),
    };
  }

  draw(context: CanvasRenderingContext2D, inks: Inks): void {
    drawFigure(context, inks, this.figure, this.paths);
  }
}

/** Others see it as it is now. `id`: of the record that it becomes. */
export function tell({ session, page, copy }: Bench, id: string, figure: Figure & Dress): void {
  const { kind, x, y, w, h, colour, fill, width, dash, transform } = figure;
  const round = (part: number) => Math.round(part * FINE) / FINE;
  const corners = figure.corners.map(([u, v]) => [round(u), round(v)] as const);
  session.show({
    draft: { id, page, kind, x, y, w, h, copy, colour, fill, width, dash, corners, transform },
  });
}

/** Nothing comes of it: others see it go. */
export function untell({ session }: Bench): void {
  session.show({ draft: "off" });
}

/** The shape that lies on top of the bench's page. */
export function shapeRecord({ session, page, copy }: Bench, id: string, figure: Figure & Dress): Shape {
  return {
    type: "shape",
    id,
    page,
    author: "",
    time: 0,
    group: "",
    locked: false,
    z: between(topOf(session.table.onPage(page), copy), null),
    copy,
    ...figure,
  };
}
