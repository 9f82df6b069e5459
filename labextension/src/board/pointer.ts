/**
 * The pointer over the board, which looks like what it will do.
 *
 * It promises that the stage is told only of what has changed. Where the pointer is, and what comes of a press, is for the
 * hands to say.
 */

import type { ClassBoard } from "./board";

export class Pointer {
  private look = "";

  constructor(private readonly board: ClassBoard) {}

  /** Tool, colour, view or right may be another now. */
  update(): void {
    const { choices, camera, picture, hands } = this.board;
    const { stage, inks } = picture;
    const { tool, choice } = choices;
    const acts = hands.mayAct();
    const size = Math.round(choices.across(camera.view.zoom) * 2) / 2;
    const fixed = camera.fits && !picture.page.endless;
    const look = [acts, tool, size, choice.colour, choice.hlColour, inks.theme, fixed].join();
    if (look === this.look) return;
    this.look = look;
    const dot = (colour: string) => stage.point("dot", size, inks.of({ tool: "pen", colour }));
    if (!acts) stage.point(fixed && tool !== "hand" ? "none" : "hand", 0, "");
    else if (tool === "select") stage.cursor("default");
    else if (tool === "eraser") stage.point("ring", size, "");
    else if (tool === "text" || tool === "note") stage.point(tool, 0, "");
    else if (tool === "laser") dot(hands.light);
    else dot(tool === "highlighter" ? choice.hlColour : choice.colour);
  }
}
