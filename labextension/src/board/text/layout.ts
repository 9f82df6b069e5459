/**
 * How the words of a text or a note are laid out in lines: what the records' `lines` hold.
 *
 * Pure: how wide words are is asked of whoever calls. The same rules as in `classroom/render/text.py`, to the last digit
 * (`tests/vectors/text-layout.json` judges both). It promises that every letter of the source stands in exactly one run,
 * that no line is wider than the box unless a single letter or formula is, and that any source gives lines. It must never
 * measure or draw by itself.
 */

import type { Formula, Note, Run, TextBox, TextLine } from "../../core/schema";
import { type Block, blocksOf, type Look, type Piece } from "./markdown";

/** The advance of words of one look at a size, both in board units. */
export type Measure = (words: string, look: Look, size: number) => number;
/** The outline of mathematics; undefined while there is none, then its source is shown. */
export type Formulas = (source: string, display: boolean) => Formula | undefined;

export interface Laid {
  readonly lines: readonly TextLine[];
  /** Of the widest line, or the box's own. */
  readonly width: number;
  readonly height: number;
}

/** Of a line, in its letters' size: from top to baseline, and all of it. */
export const ABOVE = 1;
export const LINE = 1.35;
export const MARGIN = 16;
export const LEAST = 12;
const STEP = 2;

type Wanted = Pick<TextBox, "text" | "w" | "size" | "align">;

/** Part of a line on its way: words of one look that are one token or less, or a formula. */
interface Bit {
  readonly look: Look;
  readonly words: string;
  readonly formula: Formula | null;
  readonly width: number;
  readonly space: boolean;
}

export function layText({ text, w, size, align }: Wanted, formulas: Formulas, measure: Measure): Laid {
  interface Row {
    readonly block: Block;
    readonly size: number;
    readonly bits: Bit[];
    readonly first: boolean;
    readonly rtl: boolean;
  }
  const rows: Row[] = [];
  for (const block of blocksOf(text)) {
    const own = size * block.scale;
    const room = w > 0 ? Math.max(1, w - block.indent * size) : 0;
    const bits = bitsOf(block, own, formulas, measure);
    const rtl = rightToLeft(block.pieces.map(({ words, look }) => (look === "math" ? "" : words)).join(""));
    broken(bits, room, own, measure).forEach((line, i) => {
      rows.push({ block, size: own, bits: line, first: i === 0, rtl });
    });
  }
  const laid = rows.map((row) => ({ ...row, runs: runsOf(row.bits, row.rtl, row.size, measure) }));
  const natural = Math.max(0, ...laid.map(({ runs, block }) => total(runs) + block.indent * size));
  const width = w > 0 ? w : natural;
  const lines: TextLine[] = [];
  let top = 0;
  for (const { block, size: own, first, rtl, runs } of laid) {
    const indent = block.indent * size;
    const free = width - indent - total(runs);
    const side = block.display && w > 0 ? "centre" : align === "left" && rtl && w > 0 ? "right" : align;
    const shift = side === "left" ? 0 : side === "centre" ? free / 2 : free;
    // What hangs before a list's words stands on the side where they begin.
    let x = shift + (rtl ? 0 : indent);
    const out: Run[] = [];
    for (const run of runs) {
      out.push([round(x), round(run.width), run.look, run.words]);
      x += run.width;
    }
    if (first && block.mark !== "") {
      const wide = measure(block.mark, "", own);
      const away = (block.indent - block.hang) * size;
      if (rtl) out.push([round(x + Math.max(0, away - wide)), round(wide), "", block.mark]);
      else out.unshift([round(shift + block.hang * size), round(wide), "", block.mark]);
    }
    let above = ABOVE * own;
    let below = (LINE - ABOVE) * own;
    for (const { formula } of runs) {
      if (!formula) continue;
      above = Math.max(above, formula.ascent * own);
      below = Math.max(below, formula.descent * own);
    }
    lines.push([round(top + above), own, out]);
    top += above + below;
  }
  return { lines, width: round(width), height: round(top) };
}

/** The words of a note inside its margin: smaller where they do not fit, then the note is higher. */
export function layNote(
  { text, w, h, size }: Pick<Note, "text" | "w" | "h" | "size">,
  formulas: Formulas,
  measure: Measure,
): { lines: TextLine[]; h: number } {
  const inner = Math.max(1, w - 2 * MARGIN);
  let now = size;
  let laid = layText({ text, w: inner, size: now, align: "left" }, formulas, measure);
  while (laid.height > h - 2 * MARGIN && now > LEAST) {
    now = Math.max(LEAST, now - STEP);
    laid = layText({ text, w: inner, size: now, align: "left" }, formulas, measure);
  }
  const lines = laid.lines.map(
    ([baseline, own, runs]): TextLine => [
      round(baseline + MARGIN),
      own,
      runs.map(([x, advance, look, words]): Run => [round(x + MARGIN), advance, look, words]),
    ],
  );
  return { lines, h: Math.max(h, round(laid.height + 2 * MARGIN)) };
}

/** Thousandths of a board unit: finer than any screen shows. */
function round(v: number): number {
  return Math.round(v * 1000) / 1000;
}

const total = (runs: readonly { width: number }[]) => runs.reduce((sum, run) => sum + run.width, 0);

function bitsOf(block: Block, size: number, formulas: Formulas, measure: Measure): Bit[] {
  const out: Bit[] = [];
  for (const { look, words } of block.pieces) {
    if (look === "math") {
      const formula = formulas(words, block.display);
      if (formula) {
        out.push({ look, words, formula, width: formula.width * size, space: false });
        continue;
      }
    }
    const plain: Piece = { look: look === "math" ? "code" : look, words };
    for (const part of plain.words.match(/ +|[^ ]+/g) ?? []) {
      const width = measure(part, plain.look, size);
      out.push({ look: plain.look, words: part, formula: null, width, space: part[0] === " " });
    }
  }
  return out;
}

/** Lines no wider than `room` (0: as wide as they are); at least one, if an empty one. */
function broken(bits: readonly Bit[], room: number, size: number, measure: Measure): Bit[][] {
  const lines: Bit[][] = [];
  let line: Bit[] = [];
  let width = 0;
  let spaces: Bit[] = [];
  const turn = () => {
    lines.push(line);
    line = [];
    width = 0;
    spaces = [];
  };
  const put = (bit: Bit) => {
    line.push(bit);
    width += bit.width;
  };
  for (let i = 0; i < bits.length; ) {
    if (bits[i]!.space) {
      spaces.push(bits[i++]!);
      continue;
    }
    let end = i;
    while (end < bits.length && !bits[end]!.space) end++;
    const word = bits.slice(i, end);
    i = end;
    const long = total(word);
    const gap = total(spaces);
    if (room > 0 && line.length > 0 && width + gap + long > room) turn();
    for (const space of spaces) put(space); // those at the beginning of a source's line are its indentation
    spaces = [];
    if (room === 0 || width + long <= room) {
      for (const bit of word) put(bit);
      continue;
    }
    for (const bit of word) {
      for (const part of bit.formula ? [bit] : letters(bit, size, measure)) {
        if (line.length > 0 && width + part.width > room) turn();
        put(part);
      }
    }
  }
  lines.push(line);
  return lines;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The letters, as people count them, of a word that must be broken. */
function letters(bit: Bit, size: number, measure: Measure): Bit[] {
  return [...segmenter.segment(bit.words)].map(({ segment }) => ({
    ...bit,
    words: segment,
    width: measure(segment, bit.look, size),
  }));
}

// -- directions --------------------------------------------------------------------------------------------------------

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;
const MARK = /\p{M}/u;
/** Scripts that are written from right to left: Hebrew to Arabic Extended, their presentation forms, the old ones. */
const RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Does the first letter that has a direction go from right to left? */
export function rightToLeft(words: string): boolean {
  for (const c of words) if (LETTER.test(c)) return RIGHT.test(c);
  return false;
}

interface Flow {
  look: Look;
  words: string;
  formula: Formula | null;
  width: number;
  rtl: boolean;
}

/**
 * Runs from left to right as seen. Each goes in one direction, which is that of its first letter: who draws it needs to
 * know nothing of the others. (Two levels of the Unicode bidirectional algorithm; deeper ones are within a run.)
 */
function runsOf(bits: readonly Bit[], rtl: boolean, size: number, measure: Measure): Flow[] {
  const flows: Flow[] = [];
  const directions = directed(bits, rtl);
  bits.forEach(({ look, words, formula, width }, i) => {
    if (formula) {
      flows.push({ look, words, formula, width, rtl: directions[i]![0]! });
      return;
    }
    let at = 0;
    for (const c of words) {
      const right = directions[i]![at++]!;
      const last = flows[flows.length - 1];
      if (last && !last.formula && last.look === look && last.rtl === right) last.words += c;
      else flows.push({ look, words: c, formula: null, width: 0, rtl: right });
    }
  });
  for (const flow of flows) {
    if (flow.formula) continue;
    // Of a run without letters nobody could tell its direction: its spaces are put where they are seen.
    if (flow.rtl && !LETTER.test(flow.words)) flow.words = flow.words.replace(/^( *)(.*?)( *)$/, "$3$2$1");
    flow.width = measure(flow.words, flow.look, size);
  }
  const out: Flow[] = [];
  for (let i = 0; i < flows.length; ) {
    let end = i;
    while (end < flows.length && flows[end]!.rtl === flows[i]!.rtl) end++;
    const part = flows.slice(i, end);
    if (part[0]!.rtl) part.reverse();
    if (rtl) out.unshift(...part);
    else out.push(...part);
    i = end;
  }
  return out;
}

/** For each bit, for each of its characters: does it go from right to left? */
function directed(bits: readonly Bit[], rtl: boolean): boolean[][] {
  const kinds: (boolean | null)[] = []; // null: takes what is around it
  let strong = rtl;
  for (const { words, formula } of bits) {
    if (formula) {
      kinds.push(null);
      continue;
    }
    for (const c of words) {
      if (LETTER.test(c)) strong = RIGHT.test(c);
      kinds.push(LETTER.test(c) || DIGIT.test(c) || MARK.test(c) ? strong : null);
    }
  }
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i] !== null) continue;
    let end = i;
    while (end < kinds.length && kinds[end] === null) end++;
    const before = i > 0 ? kinds[i - 1]! : rtl;
    const after = end < kinds.length ? kinds[end]! : rtl;
    kinds.fill(before === after ? before : rtl, i, end);
  }
  let at = 0;
  return bits.map(({ words, formula }) => {
    const count = formula ? 1 : [...words].length;
    at += count;
    return kinds.slice(at - count, at).map((kind) => kind === true);
  });
}
