/** What the person has chosen to draw with, and how keys and panels change it. Odd values change nothing. */

import { PALETTE } from "../core/schema";
import { ERASER_SIZES, HIGHLIGHTER_COLOURS, HIGHLIGHTER_WIDTHS, PEN_WIDTHS } from "./index";
import type { Choice, ToolName } from "./tools/tool";

export class Choices {
  tool: ToolName = "pen";
  readonly choice: Choice = { colour: "ink", width: 5, hlColour: "amber", hlWidth: 28, eraserSize: 20 };

  setColour(colour: string): void {
    if (!(PALETTE as readonly string[]).includes(colour) && !/^#[0-9a-f]{6}$/.test(colour)) return;
    if (this.tool !== "highlighter") this.choice.colour = colour;
    else if ((HIGHLIGHTER_COLOURS as readonly string[]).includes(colour)) this.choice.hlColour = colour;
  }

  setWidth(width: number): void {
    if (!(width >= 0.0625 && width <= 400)) return;
    if (this.tool === "highlighter") this.choice.hlWidth = width;
    else if (this.tool === "eraser") this.choice.eraserSize = width;
    else this.choice.width = width;
  }

  stepWidth(by: number): void {
    const { choice, tool } = this;
    const [all, now]: [readonly number[], number] =
      tool === "highlighter"
        ? [HIGHLIGHTER_WIDTHS, choice.hlWidth]
        : tool === "eraser"
          ? [ERASER_SIZES, choice.eraserSize]
          : [PEN_WIDTHS, choice.width];
    const next = by > 0 ? all.find((width) => width > now) : all.findLast((width) => width < now);
    if (next !== undefined) this.setWidth(next);
  }

  /** Size of the tool's mark on the stage, in CSS pixels. */
  across(zoom: number): number {
    const { choice, tool } = this;
    if (tool === "eraser") return choice.eraserSize;
    return (tool === "highlighter" ? choice.hlWidth : choice.width) * zoom;
  }
}
