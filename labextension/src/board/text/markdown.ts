/**
 * The little Markdown of the board's texts: what each line of a source is, and which look each of its words has.
 *
 * Pure, and the same rules as in `classroom/render/text.py`. It promises that every source is read to the end, and that no
 * letter is lost but the marks that mean something. Headings, bullets, numbers, bold, italic, code, fences and
 * mathematics; everything else is words as they stand.
 */

import type { Run } from "../../core/schema";

export type Look = Run[2];

/** Words of one look; of mathematics its source. */
export interface Piece {
  readonly look: Look;
  readonly words: string;
}

/** One line of the source, before it is broken. */
export interface Block {
  /** Times the text's size. */
  readonly scale: number;
  /** Ems of the text's size from the box's edge to the words, and to what hangs before them. */
  readonly indent: number;
  readonly hang: number;
  /** A bullet or a number; "" where there is none. */
  readonly mark: string;
  /** Mathematics set apart: one piece, in the middle of the box. */
  readonly display: boolean;
  readonly pieces: readonly Piece[];
}

export const HEADINGS = [1.6, 1.3, 1.15] as const;
/** Ems of one level of a list. */
export const INDENT = 1.1;
export const BULLET = "•";

/** The blocks of a source: at least one, if an empty one. */
export function blocksOf(source: string): Block[] {
  const out: Block[] = [];
  const add = (pieces: readonly Piece[], more: Partial<Block> = {}) =>
    out.push({ scale: 1, indent: 0, hang: 0, mark: "", display: false, ...more, pieces });
  let fenced = false;
  for (const line of source.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n")) {
    if (/^ *```/.test(line)) {
      fenced = !fenced;
      continue;
    }
    if (fenced) {
      add(line ? [{ look: "code", words: line }] : []);
      continue;
    }
    const heading = /^(#{1,3}) +(.*)$/.exec(line);
    const item = /^( *)([-*]|\d{1,9}\.) +(.*)$/.exec(line);
    const more: Partial<Block> = {};
    let words = line;
    if (heading) {
      Object.assign(more, { scale: HEADINGS[heading[1]!.length - 1] });
      words = heading[2]!;
    } else if (item) {
      const depth = Math.floor(item[1]!.length / 2);
      const mark = item[2]!.length > 1 ? item[2]! : BULLET;
      Object.assign(more, { indent: INDENT * (depth + 1), hang: INDENT * depth, mark });
      words = item[3]!;
    }
    const pieces = piecesOf(words, heading !== null, false);
    // Mathematics set apart has a line of its own: what stands before and after it are lines too.
    let from = 0;
    let first = true;
    const flush = (to: number) => {
      const part = pieces.slice(from, to).map(({ look, words }) => ({ look, words }));
      if (part.some((piece) => piece.words.trim() !== "") || (first && to === pieces.length)) {
        add(part, first ? more : { ...more, mark: "" });
        first = false;
      }
    };
    pieces.forEach(({ look, words, display }, at) => {
      if (!display) return;
      flush(at);
      add([{ look, words }], { display: true });
      first = false;
      from = at + 1;
    });
    flush(pieces.length);
  }
  if (out.length === 0) add([]);
  return out;
}

/** All mathematics of a source, each once. */
export function mathOf(source: string): { source: string; display: boolean }[] {
  const found = new Map<string, { source: string; display: boolean }>();
  for (const { pieces, display } of blocksOf(source))
    for (const { look, words } of pieces)
      if (look === "math") found.set(`${display} ${words}`, { source: words, display });
  return [...found.values()];
}

interface Found extends Piece {
  readonly display?: boolean;
}

/** The words of one line with their looks; neighbours of one look are one piece. */
function piecesOf(text: string, bold: boolean, italic: boolean): Found[] {
  const out: Found[] = [];
  const look: Look = bold ? (italic ? "bi" : "b") : italic ? "i" : "";
  let plain = "";
  const flush = () => {
    if (plain) out.push({ look, words: plain });
    plain = "";
  };
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    if (c === "\\" && "$*_\\".includes(text[i + 1] ?? " ")) {
      plain += text[i + 1];
      i += 2;
      continue;
    }
    const inset = c === "`" || c === "$" ? insetAt(text, i) : null;
    if (inset) {
      flush();
      out.push(inset.piece);
      i = inset.end;
      continue;
    }
    const mark = c === "*" && text[i + 1] === "*" && !bold ? "**" : c === "*" || c === "_" ? c : "";
    if (mark && !(mark === "**" ? bold : italic)) {
      const end = closing(text, i, mark);
      if (end > 0) {
        flush();
        const inside = text.slice(i + mark.length, end);
        out.push(...piecesOf(inside, bold || mark === "**", italic || mark !== "**"));
        i = end + mark.length;
        continue;
      }
      plain += mark;
      i += mark.length;
      continue;
    }
    plain += c;
    i++;
  }
  flush();
  return out;
}

/** Code or mathematics that begins at `i`, and where it ends; null: it is a letter like any other. */
function insetAt(text: string, i: number): { piece: Found; end: number } | null {
  if (text[i] === "`") {
    const end = text.indexOf("`", i + 1);
    return end > i + 1 ? { piece: { look: "code", words: text.slice(i + 1, end) }, end: end + 1 } : null;
  }
  if (text[i] !== "$") return null;
  if (text[i + 1] === "$") {
    const end = text.indexOf("$$", i + 2);
    const words = end > 0 ? text.slice(i + 2, end).trim() : "";
    return words ? { piece: { look: "math", words, display: true }, end: end + 2 } : null;
  }
  // A dollar before a space opens nothing, and one before a digit closes nothing: $5 and $6 are money.
  if (/\s/.test(text[i + 1] ?? " ")) return null;
  for (let j = i + 1; j < text.length; j++) {
    if (text[j] === "\\") j++;
    else if (text[j] === "$") {
      if (j === i + 1 || /\s/.test(text[j - 1]!) || /\d/.test(text[j + 1] ?? "")) return null;
      return { piece: { look: "math", words: text.slice(i + 1, j) }, end: j + 1 };
    }
  }
  return null;
}

const LETTER = /[\p{L}\p{N}]/u;

/** Where the mark that opens at `i` closes; 0: it opens nothing. */
function closing(text: string, i: number, mark: string): number {
  const from = i + mark.length;
  if (/\s/.test(text[from] ?? " ")) return 0;
  if (mark === "_" && LETTER.test(text[i - 1] ?? " ")) return 0;
  for (let j = from; j < text.length; j++) {
    const c = text[j]!;
    if (c === "\\") {
      j++;
      continue;
    }
    const inset = c === "`" || c === "$" ? insetAt(text, j) : null;
    if (inset) {
      j = inset.end - 1;
      continue;
    }
    if (c !== mark[0]) continue;
    let run = 1;
    while (text[j + run] === c) run++;
    const at = mark === "**" ? j + run - 2 : run === 2 && mark === "*" ? -1 : j + run - 1;
    const fits =
      at > from &&
      run >= mark.length &&
      !/\s/.test(text[j - 1]!) &&
      (mark !== "_" || !LETTER.test(text[at + 1] ?? " "));
    if (fits) return at;
    j += run - 1;
  }
  return 0;
}
