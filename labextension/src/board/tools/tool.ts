/**
 * What a tool is: one object that is told of a gesture on the page, in board units, and what it may use to answer.
 *
 * A tool promises that after `end` or `cancel` nothing of the gesture is left but what it has handed to the session. It
 * must never listen to the DOM itself. A new tool is a new file beside this one and one line in `board.ts`.
 */

import type { Session } from "../../client/contract";
import type { Sprite } from "../layer";
import type { Scene } from "../scene";
import type { Editor } from "../text/editor";
import type { Align } from "../text/writing";
import type { Thing } from "../thing";
import type { Box } from "../viewport";
import type { Dash, ShapeKind } from "./shape";

/** One point of a gesture: board units, pressure 0..1, milliseconds. */
export interface Touch {
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
  /** By a pen; else it stands in the middle. */
  readonly measured?: boolean;
  readonly time: number;
  /** Are these keys held? */
  readonly shift?: boolean;
  readonly alt?: boolean;
  /** Ctrl or Meta. */
  readonly mod?: boolean;
}

/** What tools may ask of the editor of texts. */
export type Pen = Pick<Editor, "at" | "edit" | "editAt" | "begin">;

/** What the board offers its tools. */
export interface Bench {
  readonly session: Session;
  readonly page: string;
  /** Whose private copy of it is written on: what is made gets it as its `copy`. */
  readonly copy: string;
  readonly scene: Scene;
  readonly zoom: number;
  /** Is it a finger's gesture, which needs larger targets? */
  readonly coarse: boolean;
  /** What of the board can be seen. */
  readonly visible: Box;
  readonly choice: Choice;
  /** Shows something that is being made, over the ink or (highlighter) as if under it. */
  show(sprite: Sprite, under: boolean): void;
  /** Part of it changed: painted now, not with the next frame. */
  now(sprite: Sprite, changed: { minX: number; minY: number; maxX: number; maxY: number }): void;
  hide(sprite: Sprite): void;
  /** It is finished: it stays until the picture shows those records. */
  settle(sprite: Sprite, ids: readonly string[]): void;
  /** Fades away in 140 ms. */
  fade(sprite: Sprite): void;
  /** Takes a thing out of the picture, or puts it back. */
  veil(thing: Thing, hidden: boolean): void;
  mayRemove(thing: Thing): boolean;
  /** Opens texts and notes. */
  readonly write: Pen;
  /** Points there with a light that fades; `held`: it stays where it is until told otherwise. */
  shine(places: readonly Touch[], held: boolean): void;
}

export type ToolName =
  | "pen"
  | "highlighter"
  | "shape"
  | "text"
  | "note"
  | "eraser"
  | "laser"
  | "select"
  | "hand";

/** What the person has chosen to draw with. Widths in board units, the eraser's size in CSS pixels across. */
export interface Choice {
  colour: string;
  width: number;
  hlColour: string;
  hlWidth: number;
  eraserSize: number;
  /** Strokes of a hand without pressure are thinner where it went fast. */
  pace: boolean;
  /** Parts of strokes, not whole ones. */
  eraserPart: boolean;
  /** What the shapes tool draws, in the pen's colour and width. */
  shape: ShapeKind;
  shapeFill: boolean;
  shapeDash: Dash;
  /** Does what is dragged line up with what is near? */
  snap: boolean;
  /** A drag on nothing selects by a loop, not by a box. */
  lasso: boolean;
  /** Of new texts and notes: one of the four sizes of a text, in board units. */
  textSize: number;
  textAlign: Align;
  noteColour: string;
}

export interface Tool {
  readonly name: ToolName;
  /** Does dragging do something on the page? If not, it pans. */
  readonly acts: boolean;
  begin(bench: Bench, at: Touch): void;
  move(touches: readonly Touch[], predicted: readonly Touch[]): void;
  /** The pointer has not moved for a moment: what was predicted did not come. */
  still?(): void;
  /** Shift, Alt, or Ctrl or Meta, went down or up. */
  modify?(shift: boolean, alt: boolean, mod: boolean): void;
  /** The pointer's look where it hovers (board units), as CSS has it. Absent: the mark of what would be drawn. */
  cursor?(bench: Bench, at: { x: number; y: number }): string;
  end(): void;
  cancel(): void;
  /** The pointer moves over the page between gestures. */
  hover?(at: Touch): void;
  /** A key (`keys.ts`), before the board's own meaning of it; true: it was meant for what is being made. */
  key?(chord: string): boolean;
  /** Another tool, page or copy: what lasts from one gesture to the next ends. */
  drop?(): void;
}
