/**
 * Where pasted things and words go: under the pointer, or in the middle of what is seen, each time a little further when
 * the same is pasted again; and words as the text that they become.
 *
 * It promises that something of what is laid down is on the page. It must never read a clipboard.
 */

import type { Session } from "../client/contract";
import type { Page } from "../core/schema";
import type { Choices } from "./choices";
import type { Loose } from "./extent";
import type { Hands } from "./hands";
import { layDown } from "./paste";
import type { Picture } from "./picture";
import type { Fonts } from "./text/fonts";
import type { FormulaBook } from "./text/formulas";
import { blocksOf, mathOf } from "./text/markup";
import { LONGEST, laid } from "./text/writing";
import type { Point, View } from "./viewport";

/** CSS pixels between one paste and the next of the same. */
const STEP = 24;
/** A text is no wider than so much of the page. */
const SHARE = 0.6;

/** What pasting needs of the board. */
export interface PastingDesk {
  readonly session: Session;
  readonly picture: Picture;
  readonly choices: Choices;
  readonly formulas: FormulaBook;
  readonly hands: Hands;
  readonly page: string;
  readonly view: View;
  /** The middle of what is seen of the page, in board units. */
  readonly middle: Point;
  mayDraw(): boolean;
  /** Finishes what a hand is doing. */
  settle(): void;
  select(ids: readonly string[]): void;
}

export class Pasting {
  private readonly cascade = new Cascade();

  constructor(private readonly board: PastingDesk) {}

  /** Where the pointer is over the board, or the middle of what is seen. */
  private get spot(): Point {
    return this.board.hands.pointed ?? this.board.middle;
  }

  /** Lays things on the page and selects them; `key`: what is pasted. @returns their ids */
  lay(objects: readonly Loose[], key: string, at: Point = this.spot): string[] {
    const { board } = this;
    const { session, page, picture } = board;
    if (!board.mayDraw()) return [];
    board.settle();
    const where = this.cascade.next(key, at, board.view, picture.page);
    const ids = layDown(session, page, picture.copy, objects, where);
    if (ids.length) board.select(ids);
    return ids;
  }

  /** The same with words, once they are laid out; nothing when another page is shown by then. */
  async write(words: string, at: Point = this.spot): Promise<string[]> {
    const { board } = this;
    const { page, picture, choices, formulas } = board;
    const style = { size: choices.choice.textSize, colour: choices.choice.colour };
    const made = await textOf(words, style, picture.page, picture.materials.words.fonts, formulas);
    return page === board.page ? this.lay(made, words, at) : [];
  }
}

class Cascade {
  private key = "";
  private at: Point = { x: 0, y: 0 };
  private times = 0;

  /** The place for `key` (what is pasted), wanted at `at`. */
  next(key: string, at: Point, view: View, page: Page): Point {
    const far = Math.hypot(at.x - this.at.x, at.y - this.at.y) * view.zoom > STEP;
    this.times = key === this.key && !far ? this.times + 1 : 0;
    this.key = key;
    if (this.times === 0) this.at = at;
    const off = (this.times * STEP) / view.zoom;
    const there = { x: this.at.x + off, y: this.at.y + off };
    if (page.endless) return there;
    return { x: Math.min(Math.max(there.x, 0), page.width), y: Math.min(Math.max(there.y, 0), page.height) };
  }
}

/** A text that says these words (Markdown), as wide as they are up to a part of the page; "" gives none. */
async function textOf(
  words: string,
  style: { size: number; colour: string },
  page: Page,
  fonts: Fonts,
  formulas: FormulaBook,
): Promise<Loose[]> {
  const text = [...words.replace(/\r\n?/g, "\n").replace(/\s+$/, "").replace(/^\n+/, "")]
    .slice(0, LONGEST.text)
    .join("");
  if (!text) return [];
  const looks = blocksOf(text).flatMap(({ pieces, marker }) => [
    [marker, ""] as const,
    ...pieces.map(({ look, words: said }) => [said, look === "math" ? "code" : look] as const),
  ]);
  await Promise.all([fonts.load([["a", ""], ...looks]), formulas.want(mathOf(text))]);
  const measure: Fonts["measure"] = (said, look, size) => fonts.measure(said, look, size);
  const lay = (w: number) =>
    laid({ kind: "text", text, w, h: 0, size: style.size, align: "left" }, formulas.get, measure);
  const most = page.width * SHARE;
  let w = 0;
  let laying = lay(0);
  const across = Math.max(0, ...laying.lines.flatMap(([, , runs]) => runs.map(([x, wide]) => x + wide)));
  if (across > most) {
    w = most;
    laying = lay(w);
  }
  const { lines, formulas: used, h } = laying;
  return [{ type: "text", x: 0, y: 0, w, h, text, lines, formulas: used, ...style }];
}
