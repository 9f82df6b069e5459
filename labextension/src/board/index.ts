/**
 * The board's public face: `createBoard` puts a class's board into an element; the panels around it use what is here.
 *
 * It promises that `onState` tells of every change of what the panels show (never more than once a frame, and once at
 * the start), and that `destroy` leaves nothing behind. Panels must use nothing else of this folder.
 */

import type { Session } from "../client/contract";
import { ClassBoard } from "./board";
import type { ShapeChoice, TextChoice } from "./choices";
import type { Theme } from "./colour";
import type { Arrange, Style } from "./edits";
import type { Loose } from "./extent";
import type { Picked } from "./picked";
import type { Media } from "./placing";
import type { Writing } from "./text/editor";
import type { AskFormula } from "./text/formulas";
import type { Align } from "./text/writing";
import type { Dash, ShapeKind } from "./tools/shape";
import type { ToolName } from "./tools/tool";
import type { Box, Insets, Point } from "./viewport";

export { KEPT } from "./choices";
export { CLIP, clipOf, isForeign, looseOf, readClip, wordsOf } from "./clipboard";
export type { Arrange, Style } from "./edits";
export { extent, type Loose, union } from "./extent";
export { chord, editing } from "./keys";
export { layDown } from "./paste";
export type { Picked } from "./picked";
export type { Media, Trouble } from "./placing";
export type { Stuck, Writing, WritingState } from "./text/editor";
export type { Marking } from "./text/marking";
export { ALIGNS, NOTE_SIZES, TEXT_SIZES } from "./text/writing";
export { DASHES, type Dash, SHAPE_KINDS } from "./tools/shape";
export type { Box, Insets } from "./viewport";

export type Tool = ToolName;

export interface BoardOptions {
  session: Session;
  /** Filled by the board; must have a size of its own. */
  host: HTMLElement;
  theme(): Theme;
  onState?(state: BoardState): void;
  /** CSS pixels around a fitted page, e.g. for a rail that floats over the desk. Default 16, or 0 below 480 px. */
  insets?: Partial<Insets>;
  /** A fitted page fills the height and may go beyond the right edge: a phone that is drawn on. Default: all of it is seen. */
  fills?: boolean;
  /** The folder of the board's own fonts, with a slash at the end; without, texts are in the system's. */
  fonts?: string;
  /** Has the person switched this key off (`chord`)? */
  keyOff?(chord: string): boolean;
  /** Makes outlines of mathematics; without, its source is shown. */
  formula?: AskFormula;
  /** Puts a bar of buttons beside what is being written; what it returns takes it away. */
  bar?(node: HTMLElement, writing: Writing): () => void;
  /** What was chosen before: the `KEPT` part of an earlier state. Odd values are passed over. */
  chosen?: Readonly<Record<string, unknown>>;
  /** Pictures: where they come from and go to. Absent: none are shown or placed. */
  media?: Media;
}

export interface BoardState {
  page: string;
  /** Whose private copy of the page is shown and written on: of a student always their own, where there are copies; ""
   * is the worksheet, and any common page. */
  copy: string;
  /** 1 is 100 %: one board unit is one CSS pixel. */
  zoom: number;
  fitted: boolean;
  tool: Tool;
  colour: string;
  width: number;
  hlColour: string;
  hlWidth: number;
  /** CSS pixels across. */
  eraserSize: number;
  /** Are strokes of mouse and finger thinner where they went fast? */
  pace: boolean;
  /** Does the eraser take parts of strokes, not whole ones? */
  eraserPart: boolean;
  shape: ShapeKind;
  /** Is the inside of new shapes filled with their colour, thinly? */
  shapeFill: boolean;
  shapeDash: Dash;
  /** Does what is dragged line up with what is near? */
  snap: boolean;
  /** A drag on nothing selects by a loop, not by a box. */
  lasso: boolean;
  /** How many records are selected. */
  selected: number;
  /** What they are and have in common; null: nothing is selected. */
  picked: Picked | null;
  /** Where the selection and its handles are on the stage, in CSS pixels; null: nothing is, or it is on the move. */
  selectionMenuAnchor: Box | null;
  /** Of new texts and notes, in board units. */
  textSize: number;
  textAlign: Align;
  noteColour: string;
  /** What is being written here now. */
  writing: "" | "text" | "note";
  canDraw: boolean;
  /** Does this window follow the teacher now? */
  following: boolean;
  /** Could it? (the class follows, somebody leads, and this is not staff) */
  canFollow: boolean;
  /** Person id of who leads; "" when nobody does. */
  leader: string;
  drawing: boolean;
  /** Nothing is on the page, nor being drawn on it by anyone. */
  blank: boolean;
  /** Something is drawn on this endless page, but nothing of it can be seen: `fit` leads back. */
  lost: boolean;
  canUndo: boolean;
  canRedo: boolean;
}

/** Widths that `[` and `]` step through, in board units: fine, medium, bold, marker. */
export const PEN_WIDTHS = [2.5, 5, 8, 14] as const;
export const HIGHLIGHTER_WIDTHS = [14, 20, 28, 44] as const;
/** CSS pixels across. */
export const ERASER_SIZES = [10, 20, 40] as const;
export const HIGHLIGHTER_COLOURS = ["amber", "green", "sky"] as const;

export interface Board {
  readonly state: BoardState;
  setTool(tool: Tool): void;
  /** Of the chosen tool: the highlighter's, when that is chosen and has the colour; else the pen's. */
  setColour(colour: string): void;
  /** Of the chosen tool: pen, highlighter or eraser. */
  setWidth(width: number): void;
  setEraserPart(part: boolean): void;
  /** Are strokes of mouse and finger thinner where they went fast? */
  setPace(on: boolean): void;
  /** What the shapes tool draws; what is absent stays. */
  setShape(choice: ShapeChoice): void;
  setSnap(on: boolean): void;
  setLasso(on: boolean): void;
  /** Ids of what is selected, bottom to top. */
  readonly selection: readonly string[];
  /** Selects these of what this person may change, with what goes along (groups, continued strokes); takes up the select
   * tool for it. None: nothing is selected any more. */
  select(ids: Iterable<string>): void;
  /** The topmost thing at a place of the stage (CSS pixels) that this person may change; "" where none is. */
  thingAt(at: Point): string;
  selectAll(): void;
  /** What follows does something to the selection, as one step of undo; false where there is nothing to do it to. */
  remove(): boolean;
  duplicate(): boolean;
  /** Board units; nudges that follow quickly are one step of undo. */
  nudge(dx: number, dy: number): boolean;
  group(): boolean;
  ungroup(): boolean;
  arrange(how: Arrange): boolean;
  /** For staff: what is locked moves for nobody. */
  lock(on: boolean): boolean;
  style(style: Style): boolean;
  /** Selects the next thing (1) or the one before (-1) in reading order, when selecting; false past the last. */
  walk(by: number): boolean;
  /** Opens the words of what is selected for writing. */
  open(): boolean;
  /** How new texts and notes are written, and what is being written now; what is absent stays. */
  setText(choice: TextChoice): void;
  /** Opens a text or note to write on; false: it is none, or this person may not. */
  edit(id: string): boolean;
  /** One width thinner (-1) or thicker (1). */
  stepWidth(by: number): void;
  /** Shows a page here; a teacher takes the class along. */
  goTo(page: string): void;
  /** Staff, on a page of private copies: shows that person's copy, to be written on; "" goes back to the worksheet. */
  openCopy(copy: string): void;
  /** Pages onwards (1) or back (-1). */
  step(by: number): void;
  fit(): void;
  /** About the middle of the stage, or a place on it in CSS pixels. */
  zoomBy(factor: number, at?: Point): void;
  zoomTo(zoom: number): void;
  panBy(dx: number, dy: number): void;
  setInsets(insets: Partial<Insets>): void;
  /**
   * Places pictures, about a place of the window (CSS pixels) or in the middle of what is seen; they are seen at once and
   * are on the page when they have been sent. @returns the ids of those that are
   */
  place(
    files: readonly Blob[],
    at?: { readonly clientX: number; readonly clientY: number },
  ): Promise<string[]>;
  /**
   * Lays things on the page, their middle at a place of the board or where the pointer is; the same again (`key`) a little
   * further. @returns their ids, which are selected now
   */
  lay(objects: readonly Loose[], key?: string, at?: Point): string[];
  /** The same with words, which become a text. */
  write(words: string, at?: Point): Promise<string[]>;
  /** The board's place under a place of the window, in CSS pixels. */
  placeAt(at: { readonly clientX: number; readonly clientY: number }): Point;
  /** Opens what pictures are chosen with; false where none may be placed. */
  choosePictures(): boolean;
  undo(): void;
  redo(): void;
  follow(): void;
  /** Takes back the stroke or drag under the pen, puts the laser away, lets go of what is selected; false when there is
   * nothing of that. */
  cancel(): boolean;
  focus(): void;
  /** For panels that want the board's keys while they have focus; true when the key meant something. */
  keydown(event: KeyboardEvent): boolean;
  /** The theme may have changed (seen by itself where it is an attribute of html or body). */
  restyle(): void;
  /** Paints a page (one's own copy of it, or the one that is named) to fill `canvas` (its own pixels); resolves when done or overtaken by a later call on it. */
  renderThumbnail(page: string, canvas: HTMLCanvasElement, copy?: string): Promise<void>;
  /**
   * Keeps a picture of one private copy in `canvas`, and what is being drawn there in `over` (both of one size, their own
   * pixels), four times a second at most, until what it returns is called.
   */
  watchCopy(page: string, copy: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement): () => void;
  destroy(): void;
}

export function createBoard(options: BoardOptions): Board {
  return new ClassBoard(options);
}
