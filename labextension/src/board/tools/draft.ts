/**
 * A figure that is being made: how it looks until it is a record, and the record that it becomes.
 *
 * It promises the very picture that the finished shape will have. It hands nothing to the session itself.
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
    const old = this.box;
    this.figure = { ...this.figure, ...box };
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

/** The shape that lies on top of the bench's page. */
export function shapeRecord({ session, page, copy }: Bench, figure: Figure & Dress): Shape {
  return {
    type: "shape",
    id: session.newId(),
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
