/**
 * What comes of choosing a tool, a colour, a width or a style: it goes to what is being written, else to what is selected,
 * else it is for what is made next.
 *
 * It promises that what a hand or a tool was making ends when another tool is taken. Which values there are stands in
 * `choices.ts`.
 */

import type { Acts } from "./acts";
import type { ClassBoard } from "./board";
import type { ShapeChoice, TextChoice } from "./choices";
import type { Align } from "./text/writing";
import type { Choice, ToolName } from "./tools/tool";

export class Choosing {
  private beforeLaser: ToolName = "pen";

  constructor(
    private readonly board: ClassBoard,
    private readonly acts: Acts,
  ) {}

  tool(tool: ToolName): void {
    const { board } = this;
    const { choices, hands } = board;
    if (tool === choices.tool) return;
    board.editor.keep();
    board.putAway();
    const pointed = hands.points;
    if (tool === "laser") this.beforeLaser = choices.tool;
    choices.tool = tool;
    if (tool !== "select") board.selecting.leave();
    if (pointed) hands.retell();
    board.chose();
  }

  /** The laser is put away for the tool before it; false: it is not in hand. */
  endLaser(): boolean {
    if (this.board.choices.tool !== "laser") return false;
    this.tool(this.beforeLaser);
    return true;
  }

  colour(colour: string): void {
    const { choices, editor } = this.board;
    if (this.forSelected) this.acts.restyle({ colour });
    else choices.setColour(colour);
    editor.restyle({ colour });
    this.board.chose();
  }

  width(width: number): void {
    const { choices, selecting } = this.board;
    if (selecting.size) this.acts.restyle({ width });
    else choices.setWidth(width);
    this.board.chose();
  }

  /** One width thinner (-1) or thicker (1). */
  stepWidth(by: number): void {
    const { choices, selecting } = this.board;
    const { picked } = selecting;
    if (picked) {
      const next = choices.stepFrom(picked.width, by);
      if (next !== undefined) this.acts.restyle({ width: next });
      return;
    }
    choices.stepWidth(by);
    this.board.chose();
  }

  shape(choice: ShapeChoice): void {
    this.board.choices.setShape(choice);
    this.board.chose();
  }

  text(choice: TextChoice): void {
    const { choices, editor } = this.board;
    if (this.forSelected) {
      this.acts.restyle(choice);
      return;
    }
    choices.setText(choice);
    const { textSize, textAlign } = choices.choice;
    editor.restyle({
      ...(choice.size === undefined ? {} : { size: editor.sizeOf(textSize) }),
      ...(choice.align === undefined ? {} : { align: textAlign as Align }),
    });
    this.board.chose();
  }

  /** For what is made next. */
  next(part: Partial<Choice>): void {
    Object.assign(this.board.choices.choice, part);
    this.board.chose();
  }

  private get forSelected(): boolean {
    return this.board.selecting.size > 0 && !this.board.editor.writing;
  }
}
