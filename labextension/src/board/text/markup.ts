/**
 * What the words of a board say: its small Markdown, as blocks of styled pieces.
 *
 * Pure, and the twin of `classroom/render/markup.py`, where the rules stand; the vectors judge both. It promises that any
 * text at all has a meaning (what is no markup is shown as it is), in time that grows with its length.
 */

import type { Run } from "../../core/schema";

export type Look = Run[2];

/** Words of one look; of `math` the source. */
export interface Piece {
  readonly look: Look;
  readonly words: string;
}

/** What a newline ends. */
export interface Block {
  readonly kind: "line" | "code" | "display";
  readonly pieces: readonly Piece[];
  /** Of its letters. */
  readonly scale: number;
  /** Of an entry of a list. */
  readonly marker: string;
  readonly depth: number;
}

/** A run of * or _ that may open or close. */
interface Mark {
  readonly text: string;
  readonly opens: boolean;
  readonly closes: boolean;
}

const HEADINGS = [1.6, 1.3, 1.15] as const;
const DEEPEST = 8;
const ESCAPED = "\\$*_`#-";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/g;
const ALNUM = /[\p{L}\p{N}]/u;
const DECIMAL = /\p{Nd}/u;

const block = (kind: Block["kind"], pieces: readonly Piece[], scale = 1, marker = "", depth = 0): Block => ({
  kind,
  pieces,
  scale,
  marker,
  depth,
});

/** The blocks of a text, first to last. An empty text is one empty line. */
export function blocksOf(text: string): Block[] {
  const plain = text
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n")
    .replaceAll("\t", "    ")
    .replace(CONTROL, "");
  const out: Block[] = [];
  let at = 0;
  while (at <= plain.length) {
    let end = endOf(plain, at);
    let line = plain.slice(at, end);
    if (/^ *```/.test(line)) {
      at = end + 1;
      while (at <= plain.length) {
        end = endOf(plain, at);
        line = plain.slice(at, end);
        at = end + 1;
        if (strip(line) === "```") break;
        // A newline at the very end of the text ends the last line and begins none.
        if (line || at <= plain.length) out.push(block("code", line ? [{ look: "code", words: line }] : []));
      }
      continue;
    }
    const found = displayIn(plain, at, end);
    if (!found) {
      out.push(lineOf(line));
      at = end + 1;
      continue;
    }
    const [low, high] = found;
    const before = plain.slice(at, low);
    if (strip(before)) out.push(lineOf(before.replace(/ +$/, "")));
    out.push(
      block("display", [{ look: "math", words: plain.slice(low + 2, high).replace(/^[ \n]+|[ \n]+$/g, "") }]),
    );
    at = high + 2;
    end = endOf(plain, at);
    if (!strip(plain.slice(at, end))) at = end + 1;
    else while (plain[at] === " ") at++;
  }
  return out.length ? out : [block("line", [])];
}

/** The formulas of a text, each once, in their order. */
export function mathOf(text: string): { source: string; display: boolean }[] {
  const found = new Map<string, { source: string; display: boolean }>();
  for (const { pieces, kind } of blocksOf(text)) {
    const display = kind === "display";
    for (const { look, words } of pieces)
      if (look === "math") found.set(`${display} ${words}`, { source: words, display });
  }
  return [...found.values()];
}

const strip = (words: string) => words.replace(/^ +| +$/g, "");

function endOf(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Where the dollars of the first display formula stand that begins on the line from `at` to `end`. */
function displayIn(text: string, at: number, end: number): readonly [number, number] | null {
  while (at < end) {
    if (text[at] === "\\") at += 2;
    else if (text[at] === "`") {
      const close = text.indexOf("`", at + 1);
      at = close > at + 1 && close < end ? close + 1 : at + 1;
    } else if (text.startsWith("$$", at)) {
      const close = dollarsAfter(text, at + 2);
      if (close < 0) return null;
      if (/[^ \n]/.test(text.slice(at + 2, close))) return [at, close];
      at += 2;
    } else at++;
  }
  return null;
}

/** Where the next `$$` stands that no backslash guards, or -1. */
function dollarsAfter(text: string, at: number): number {
  while (at < text.length) {
    if (text[at] === "\\") at += 2;
    else if (text.startsWith("$$", at)) return at;
    else at++;
  }
  return -1;
}

function lineOf(line: string): Block {
  const heading = /^(#{1,3}) +(.*)$/.exec(line);
  if (heading) return block("line", inline(heading[2]!, true), HEADINGS[heading[1]!.length - 1]);
  const item = /^( *)([-*]|[0-9]{1,9}[.)]) +(.*)$/.exec(line);
  if (!item) return block("line", inline(line));
  const depth = Math.min(Math.floor(item[1]!.length / 2), DEEPEST - 1);
  return block("line", inline(item[3]!), 1, item[2]!.length > 1 ? item[2]! : "•", depth);
}

/** The pieces of one line; neighbours of one look are one piece. */
function inline(line: string, bold = false): Piece[] {
  const parts = partsOf(line);
  const turns = turnsOf(parts);
  let strong = bold;
  let slanted = false;
  const out: Piece[] = [];
  parts.forEach((part, number) => {
    let words: string;
    if ("text" in part) {
      const opening = turns.get(number);
      if (opening !== undefined) {
        if (part.text === "**" || part.text === "***") strong = opening || bold;
        if (part.text !== "**") slanted = opening;
        return;
      }
      words = part.text;
    } else if (part.look !== "") {
      out.push(part);
      return;
    } else words = part.words;
    const look: Look = strong ? (slanted ? "bi" : "b") : slanted ? "i" : "";
    const last = out[out.length - 1];
    if (last?.look === look) out.splice(-1, 1, { look, words: last.words + words });
    else out.push({ look, words });
  });
  return out;
}

/** Plain words, code, mathematics, and what may turn a look on or off. */
function partsOf(line: string): (Piece | Mark)[] {
  const out: (Piece | Mark)[] = [];
  let words = "";
  const say = (part?: Piece | Mark) => {
    if (words) out.push({ look: "", words });
    words = "";
    if (part) out.push(part);
  };
  const unclosed = { "`": false, "$": false };
  let at = 0;
  while (at < line.length) {
    const c = line[at]!;
    const next = line[at + 1];
    if (c === "\\" && next !== undefined && ESCAPED.includes(next)) {
      words += next;
      at += 2;
      continue;
    }
    if (c === "`" && !unclosed[c]) {
      const close = line.indexOf("`", at + 1);
      unclosed[c] = close < 0;
      if (close > at + 1) {
        say({ look: "code", words: line.slice(at + 1, close) });
        at = close + 1;
        continue;
      }
    } else if (c === "$" && !unclosed[c] && next !== undefined && next !== " " && next !== "$") {
      const close = dollarAfter(line, at + 1);
      unclosed[c] = close < 0;
      if (close > 0) {
        say({ look: "math", words: line.slice(at + 1, close) });
        at = close + 1;
        continue;
      }
    } else if (c === "*" || c === "_") {
      let end = at;
      while (line[end] === c) end++;
      const run = line.slice(at, end);
      const before = letterBefore(line, at);
      const after = letterAt(line, end);
      let opens = after !== "" && after !== " ";
      let closes = before !== "" && before !== " ";
      if (c === "_") {
        opens &&= !ALNUM.test(before);
        closes &&= !ALNUM.test(after);
      }
      if (run.length <= (c === "*" ? 3 : 1) && (opens || closes)) say({ text: run, opens, closes });
      else words += run;
      at = end;
      continue;
    }
    words += c;
    at++;
  }
  say();
  return out;
}

const letterAt = (line: string, at: number) =>
  at < line.length ? String.fromCodePoint(line.codePointAt(at)!) : "";

function letterBefore(line: string, at: number): string {
  if (at === 0) return "";
  const low = line.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff && at > 1 ? letterAt(line, at - 2) : line[at - 1]!;
}

/** Where the mathematics that begins at `at` ends, or -1. */
function dollarAfter(line: string, at: number): number {
  const begin = at;
  while (at < line.length) {
    if (line[at] === "\\") at += 2;
    else if (line[at] === "$" && at > begin && line[at - 1] !== " " && !DECIMAL.test(letterAt(line, at + 1)))
      return at;
    else at++;
  }
  return -1;
}

/** Of the marks that have a partner: their number, and whether they open. */
function turnsOf(parts: readonly (Piece | Mark)[]): Map<number, boolean> {
  const turns = new Map<number, boolean>();
  const waiting: { number: number; text: string }[] = [];
  parts.forEach((part, number) => {
    if (!("text" in part)) return;
    const open = waiting.findLastIndex(({ text }) => text === part.text);
    if (part.closes && open >= 0) {
      turns.set(waiting[open]!.number, true);
      turns.set(number, false);
      waiting.length = open;
    } else if (part.opens && waiting.length < 8 && open < 0) waiting.push({ number, text: part.text });
  });
  return turns;
}
