/**
 * How words are laid out on the board: the lines that a text or note record keeps.
 *
 * Pure, given how wide words are (`Measure`) and the outlines of the formulas, and the twin of `classroom/render/text.py`,
 * where the rules stand; `tests/vectors/text-layout.json` judges both, to the last digit. It is total: every text has a
 * layout. It must never know a font.
 */

import type { Formula, Run, TextBox, TextLine } from "../../core/schema";
import { baseOf, clustersOf, levelsOf, type Way, waysOf } from "./letters";
import { type Block, blocksOf, type Look } from "./markup";

/** Advance in board units of words (of one direction, logical order) in a look and at a size. */
export type Measure = (words: string, look: Look, size: number) => number;
/** By source and whether it is display. What is missing is shown as its source, in code. */
export type Formulas = (source: string, display: boolean) => Formula | undefined;

/** What a record keeps. `w` is the width asked for, or that of the widest line; `h` is that of all lines. */
export interface Laid {
  readonly lines: readonly TextLine[];
  readonly formulas: readonly Formula[];
  readonly w: number;
  readonly h: number;
}

export const LINE = 1.35;
export const FIRST = 1;
const ROOM = 0.1;
const GAP = 0.25;
const INDENT = 1.1;
const SPACE = 0.25;
const EPSILON = 0.001;
/** Of a note's words, on all sides, in board units. */
export const MARGIN = 16;
/** A note whose words do not fit takes them smaller by STEP, down to LEAST, then grows. */
const STEP = 2;
const LEAST = 12;

const IDEOGRAPH =
  /[\u2e80-\u2fdf\u3000-\u312f\u31a0-\u31bf\u31f0-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const CLOSING =
  /[\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\u30fb\u30fc\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d]/;
/** Stands for a formula. */
const OBJECT = "\ufffc";

/** A grapheme cluster, or a formula, of which `words` is the source. `level`: odd from right to left. */
interface Char {
  readonly words: string;
  readonly look: Look;
  readonly formula: Formula | null;
  readonly level: number;
}

/** One line as broken. `indent` is from its beginning, `marked` the place of a list's marker. */
interface Line {
  readonly chars: readonly Char[];
  readonly block: Block;
  readonly first: boolean;
  readonly rtl: boolean;
  readonly indent: number;
  readonly marked: number;
}

type Wanted = Pick<TextBox, "text" | "w" | "size" | "align">;

/** The lines of a text in board units; `w` 0: broken only where it breaks itself. */
export function layText({ text, w, size, align }: Wanted, formulas: Formulas, measure: Measure): Laid {
  const lines = blocksOf(text).flatMap((block) => broken(block, w, size, measure, formulas));
  const placed = lines.map((line) => runsOf(line, size, measure));
  const widths = lines.map((line, i) => extent(placed[i]!, line));
  const wide = w > 0 ? w : Math.max(...widths);
  const out: TextLine[] = [];
  const used = new Map<string, Formula>();
  let top = 0;
  lines.forEach((line, i) => {
    const runs = placed[i]!;
    const s = size * line.block.scale;
    let over = 0;
    let under = 0;
    for (const { formula } of line.chars) {
      if (!formula) continue;
      over = Math.max(over, formula.ascent + ROOM - FIRST);
      under = Math.max(under, formula.descent + ROOM - (LINE - FIRST));
      const key = `${formula.display} ${formula.source}`;
      if (!used.has(key)) used.set(key, formula);
    }
    if (line.block.kind === "display") {
      over += GAP;
      under += GAP;
    }
    const left = leftOf(line, align, wide, widths[i]!, w);
    const baseline = top + (FIRST + over) * s;
    top += (LINE + over + under) * s;
    if (runs.length === 0) return;
    const told = runs.map(([x, advance, look, words]): Run => [round(left + x), round(advance), look, words]);
    out.push([round(baseline), round(s), told]);
  });
  return { lines: out, formulas: [...used.values()], w: round(wide), h: round(top) };
}

interface Wished {
  text: string;
  w: number;
  h: number;
  size: number;
}

/** The lines of a note in its box of `w` x `h`, at the largest size that fits; `h` is its box's then. */
export function layNote(
  wished: Wished,
  formulas: Formulas,
  measure: Measure,
): { lines: readonly TextLine[]; formulas: readonly Formula[]; h: number } {
  const { laid } = fitted(wished, formulas, measure);
  const lines = laid.lines.map(
    ([baseline, s, runs]): TextLine => [
      round(baseline + MARGIN),
      s,
      runs.map(([x, advance, look, words]): Run => [round(x + MARGIN), advance, look, words]),
    ],
  );
  return { lines, formulas: laid.formulas, h: round(Math.max(wished.h, laid.h + 2 * MARGIN)) };
}

/** The size that the plain letters of such a note have. */
export function noteSize(wished: Wished, formulas: Formulas, measure: Measure): number {
  return fitted(wished, formulas, measure).size;
}

function fitted(
  { text, w, h, size }: Wished,
  formulas: Formulas,
  measure: Measure,
): { laid: Laid; size: number } {
  const inner = Math.max(w - 2 * MARGIN, 1);
  const lay = (now: number) => layText({ text, w: inner, size: now, align: "left" }, formulas, measure);
  let now = size;
  let laid = lay(now);
  while (laid.h > h - 2 * MARGIN && now > LEAST) {
    now = Math.max(now - STEP, LEAST);
    laid = lay(now);
  }
  return { laid, size: now };
}

// -- lines -------------------------------------------------------------------------------------------------------------

function broken(block: Block, w: number, size: number, measure: Measure, formulas: Formulas): Line[] {
  const s = size * block.scale;
  const display = block.kind === "display";
  const plain: Char[] = [];
  for (const piece of block.pieces) {
    let { look, words } = piece;
    const formula = look === "math" ? formulas(words, display) : undefined;
    if (formula) {
      plain.push({ words, look, formula, level: 0 });
      continue;
    }
    if (look === "math") {
      const sign = display ? "$$" : "$";
      look = "code";
      words = `${sign}${words}${sign}`.replaceAll("\n", " ");
    }
    for (const cluster of clustersOf(words)) plain.push({ words: cluster, look, formula: null, level: 0 });
  }
  const classes = classesOf(plain);
  const base = baseOf(classes);
  const levels = levelsOf(classes, base);
  const chars = plain.map((char, i) => ({ ...char, level: levels[i]! }));
  const marked = INDENT * block.depth * s;
  const indent = block.marker
    ? Math.max(marked + INDENT * s, marked + measure(block.marker, "", s) + SPACE * s)
    : 0;
  const rows = w > 0 ? rowsOf(chars, Math.max(w - indent, 0) + EPSILON, s, measure) : [chars];
  return rows.map((row, n) => ({ chars: row, block, first: n === 0, rtl: base === 1, indent, marked }));
}

function rowsOf(chars: readonly Char[], w: number, s: number, measure: Measure): (readonly Char[])[] {
  const rows: (readonly Char[])[] = [];
  let row: readonly Char[] = [];
  let used = 0;
  for (const [whole, spaces] of wordsOf(chars)) {
    let word = whole;
    let wide = advanceOf(word, s, measure);
    if (row.length && used + wide > w) {
      rows.push(row);
      row = [];
      used = 0;
    }
    if (wide > w) {
      while (word.length > 1) {
        const fits = fitting(word, w, s, measure);
        if (fits === word.length) break;
        rows.push([...row, ...word.slice(0, fits)]);
        row = [];
        word = word.slice(fits);
      }
      wide = advanceOf(word, s, measure);
    }
    row = [...row, ...word, ...spaces];
    used += wide + advanceOf(spaces, s, measure);
  }
  rows.push(row);
  const last = rows.length - 1;
  return rows.map((one, n) => (n < last || one.some(({ words }) => words !== " ") ? trimmed(one) : one));
}

/** What may not be broken, each with the spaces behind it; spaces at the very beginning belong to the first. */
function wordsOf(chars: readonly Char[]): (readonly [readonly Char[], readonly Char[]])[] {
  const out: (readonly [readonly Char[], readonly Char[]])[] = [];
  const space = (i: number) => chars[i]?.words === " ";
  let at = 0;
  while (at < chars.length) {
    let end = at;
    while (space(end) && out.length === 0) end++;
    while (end < chars.length && !space(end)) {
      end++;
      if (end < chars.length && breaks(chars[end - 1]!, chars[end]!)) break;
    }
    const begin = at;
    at = end;
    while (space(at)) at++;
    out.push([chars.slice(begin, end), chars.slice(end, at)]);
  }
  return out;
}

function breaks(before: Char, after: Char): boolean {
  if (before.formula || after.formula || CLOSING.test(after.words[0]!)) return false;
  return IDEOGRAPH.test(firstOf(before.words)) || IDEOGRAPH.test(firstOf(after.words));
}

const firstOf = (words: string) => String.fromCodePoint(words.codePointAt(0)!);

/** How many characters of it fit, at least one. */
function fitting(word: readonly Char[], w: number, s: number, measure: Measure): number {
  let low = 1;
  let high = word.length;
  while (low < high) {
    const middle = Math.floor((low + high + 1) / 2);
    if (advanceOf(word.slice(0, middle), s, measure) <= w) low = middle;
    else high = middle - 1;
  }
  return low;
}

function trimmed(row: readonly Char[]): readonly Char[] {
  let end = row.length;
  while (end > 0 && row[end - 1]!.words === " ") end--;
  return row.slice(0, end);
}

function advanceOf(chars: readonly Char[], s: number, measure: Measure): number {
  let total = 0;
  for (let at = 0; at < chars.length; ) {
    const { look, formula } = chars[at]!;
    let end = at + 1;
    while (chars[end]?.look === look && chars[end]!.formula === formula) end++;
    total += formula ? (end - at) * formula.width * s : measure(said(chars.slice(at, end)), look, s);
    at = end;
  }
  return total;
}

const said = (chars: readonly Char[]) => chars.map(({ words }) => words).join("");

// -- runs --------------------------------------------------------------------------------------------------------------

/** The class of each for `levelsOf`. Numbers reach over characters, so all are looked at together. */
function classesOf(chars: readonly Char[]): Way[] {
  const fixed = chars.map(({ look }) => look === "code" || look === "math");
  const plain = chars.map(({ words }, i) => (fixed[i] ? OBJECT : firstOf(words)));
  return waysOf(plain).map((way, i) => (fixed[i] ? "L" : way));
}

/** The runs of a line from x = 0; of a line from right to left its indent and marker are on the right. */
function runsOf(line: Line, size: number, measure: Measure): Run[] {
  const { block, indent, marked, rtl } = line;
  const s = size * block.scale;
  const parts: Char[][] = [];
  for (const char of line.chars) {
    const part = parts.at(-1);
    const last = part?.at(-1);
    if (
      part &&
      last &&
      !char.formula &&
      !last.formula &&
      last.look === char.look &&
      last.level === char.level
    )
      part.push(char);
    else parts.push([char]);
  }
  const runs: Run[] = [];
  let x = rtl ? 0 : indent;
  const marks = block.marker !== "" && line.first;
  const wide = marks ? measure(block.marker, "", s) : 0;
  if (marks && !rtl) runs.push([marked, wide, "", block.marker]);
  for (const chars of reordered(parts)) {
    const { look, formula, level } = chars[0]!;
    let words = said(chars);
    let advance: number;
    if (formula) advance = formula.width * s;
    else {
      advance = measure(words, look, s);
      if (level % 2 === 1 && /[^ ]/.test(words) && baseOf(waysOf([...words])) === 0) words = `\u200f${words}`;
    }
    runs.push([x, advance, look, words]);
    x += advance;
  }
  if (marks && rtl) runs.push([x + indent - marked - wide, wide, "", block.marker]);
  return runs;
}

/** From logical order to that from left to right: UAX #9, L2. */
function reordered(parts: readonly Char[][]): Char[][] {
  const out = [...parts];
  for (let level = Math.max(0, ...out.map((part) => part[0]!.level)); level > 0; level--) {
    for (let at = 0; at < out.length; ) {
      let end = at;
      while (end < out.length && out[end]![0]!.level >= level) end++;
      out.splice(at, end - at, ...out.slice(at, end).reverse());
      at = end + 1;
    }
  }
  return out;
}

/** How much of the width the line takes, its indent counted. */
function extent(runs: readonly Run[], { rtl, block, first, indent }: Line): number {
  const marked = rtl && block.marker !== "";
  const last = (marked && first ? runs.slice(0, -1) : runs).at(-1);
  if (runs.length === 0) return 0;
  return (last ? last[0] + last[1] : 0) + (marked ? indent : 0);
}

/** How far the line's runs are moved to the right. */
function leftOf(
  { block, chars, rtl }: Line,
  align: Wanted["align"],
  wide: number,
  width: number,
  w: number,
): number {
  if (block.kind === "display" && chars[0]?.formula) return w > 0 ? (wide - width) / 2 : 0;
  if (align === "centre") return (wide - width) / 2;
  if (align === "right" || (align === "left" && rtl && w > 0)) return wide - width;
  return 0;
}

function round(value: number): number {
  return Math.floor(value * 100 + 0.5) / 100;
}
