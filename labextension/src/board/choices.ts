/** What the person has chosen to draw with, and how keys and panels change it. Odd values change nothing. */

import { PALETTE } from "../core/schema";
import { ERASER_SIZES, HIGHLIGHTER_COLOURS, HIGHLIGHTER_WIDTHS, PEN_WIDTHS } from "./index";
import { ACROSS as LASER_ACROSS } from "./laser";
import { ALIGNS, type Align, TEXT_SIZES } from "./text/writing";
import { DASHES, type Dash, SHAPE_KINDS, type ShapeKind } from "./tools/shape";
import type { Choice, ToolName } from "./tools/tool";

/** What of the board's state is a choice of the person, to be found again after a reload. */
export const KEPT = [
  "tool",
  "colour",
  "width",
  "hlColour",
  "hlWidth",
  "eraserSize",
  "eraserPart",
  "pace",
  "shape",
  "shapeFill",
  "shapeDash",
  "snap",
  "lasso",
  "textSize",
  "textAlign",
  "noteColour",
] as const;

export interface ShapeChoice {
  kind?: ShapeKind;
  fill?: boolean;
  dash?: Dash;
}

export interface TextChoice {
  size?: number;
  align?: Align;
}

export class Choices {
  tool: ToolName = "pen";
  readonly choice: Choice = {
    colour: "ink",
    width: 5,
    hlColour: "amber",
    hlWidth: 28,
    eraserSize: 20,
    eraserPart: false,
    pace: true,
    shape: "rectangle",
    shapeFill: false,
    shapeDash: "solid",
    lasso: false,
    snap: true,
    textSize: 32,
    textAlign: "left",
    noteColour: "amber",
  };

  setColour(colour: string): void {
    if (!(PALETTE as readonly string[]).includes(colour) && !/^#[0-9a-f]{6}$/.test(colour)) return;
    if (this.tool === "note") this.choice.noteColour = colour;
    else if (this.tool !== "highlighter") this.choice.colour = colour;
    else if ((HIGHLIGHTER_COLOURS as readonly string[]).includes(colour)) this.choice.hlColour = colour;
  }

  setWidth(width: number): void {
    if (!(width >= 0.0625 && width <= 400)) return;
    if (this.tool === "highlighter") this.choice.hlWidth = width;
    else if (this.tool === "eraser") this.choice.eraserSize = width;
    else this.choice.width = width;
  }

  setShape({ kind, fill, dash }: ShapeChoice): void {
    const { choice } = this;
    if (SHAPE_KINDS.includes(kind as ShapeKind)) choice.shape = kind as ShapeKind;
    if (typeof fill === "boolean") choice.shapeFill = fill;
    if (DASHES.includes(dash as Dash)) choice.shapeDash = dash as Dash;
  }

  setText({ size, align }: TextChoice): void {
    const { choice } = this;
    if ((TEXT_SIZES as readonly unknown[]).includes(size)) choice.textSize = size as number;
    if (ALIGNS.includes(align as Align)) choice.textAlign = align as Align;
  }

  stepWidth(by: number): void {
    const { choice, tool } = this;
    if (tool === "text" || tool === "note") {
      const at = (TEXT_SIZES as readonly number[]).indexOf(choice.textSize);
      this.setText({ size: TEXT_SIZES[at + by] });
      return;
    }
    const [all, now]: [readonly number[], number] =
      tool === "highlighter"
        ? [HIGHLIGHTER_WIDTHS, choice.hlWidth]
        : tool === "eraser"
          ? [ERASER_SIZES, choice.eraserSize]
          : [PEN_WIDTHS, choice.width];
    const next = by > 0 ? all.find((width) => width > now) : all.findLast((width) => width < now);
    if (next !== undefined) this.setWidth(next);
  }

  /** The pen's width beside that one. */
  stepFrom(width: number, by: number): number | undefined {
    return by > 0 ? PEN_WIDTHS.find((one) => one > width) : PEN_WIDTHS.findLast((one) => one < width);
  }

  /** Takes up what was chosen before (`KEPT`), each value as if it were chosen now; `tools` are those there are. */
  restore(saved: Readonly<Record<string, unknown>>, tools: object): void {
    const before = this.tool;
    const set = (tool: ToolName, colour: unknown, width: unknown) => {
      this.tool = tool;
      if (typeof colour === "string") this.setColour(colour);
      if (typeof width === "number") this.setWidth(width);
    };
    set("pen", saved.colour, saved.width);
    set("highlighter", saved.hlColour, saved.hlWidth);
    set("eraser", null, saved.eraserSize);
    set("note", saved.noteColour, null);
    this.setText({ size: saved.textSize as number, align: saved.textAlign as Align });
    this.choice.eraserPart = saved.eraserPart === true;
    this.choice.pace = saved.pace !== false;
    this.choice.snap = saved.snap !== false;
    this.setShape({
      kind: saved.shape as ShapeKind,
      fill: saved.shapeFill as boolean,
      dash: saved.shapeDash as Dash,
    });
    this.choice.lasso = saved.lasso === true;
    const { tool } = saved;
    // A light is never found switched on.
    const sound = typeof tool === "string" && Object.hasOwn(tools, tool) && tool !== "laser";
    this.tool = sound ? (tool as ToolName) : before;
  }

  /** Size of the tool's mark on the stage, in CSS pixels. */
  across(zoom: number): number {
    const { choice, tool } = this;
    if (tool === "eraser") return choice.eraserSize;
    if (tool === "laser") return LASER_ACROSS;
    return (tool === "highlighter" ? choice.hlWidth : choice.width) * zoom;
  }
}
