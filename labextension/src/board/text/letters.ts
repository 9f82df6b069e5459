/**
 * What a person calls a character, and which way it runs: grapheme clusters, and the parts of UAX #9 that a line of a
 * board needs. The twin of the same functions in `classroom/render/text.py`; pure, and the vectors judge both.
 */

/** Left to right, right to left, number, or what follows the others. */
export type Way = "L" | "R" | "N" | "";

const LETTER = /\p{L}/u;
const MARK = /\p{M}/u;
const DIGIT = /\p{Nd}/u;
/** Scripts that are written from right to left: Hebrew to Arabic Extended, their presentation forms, the old ones. */
const RTL = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Signs that belong to the number beside them. */
const NUMERIC = /[+\-#$%\u00a2-\u00a5\u00b0\u00b1\u0609\u060a\u066a\u2030\u20a0-\u20cf\u2212]/;
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d]$/;
const REGION = /^[\u{1f1e6}-\u{1f1ff}]$/u;
const JOINED = /\u200c|\u200d|[\u{1f3fb}-\u{1f3ff}\u{e0020}-\u{e007f}]/u;

/** Grapheme clusters, as the rules say (and not this browser's version of Unicode). */
export function clustersOf(words: string): string[] {
  const out: string[] = [];
  let before = "";
  for (const c of words) {
    const joins =
      before !== "" &&
      (JOINED.test(c) ||
        MARK.test(c) ||
        before.endsWith("\u200d") ||
        (VIRAMA.test(before) && LETTER.test(c)) ||
        (REGION.test(before) && REGION.test(c)));
    before = joins ? before + c : c;
    if (joins) out[out.length - 1] = before;
    else out.push(before);
  }
  return out;
}

/** The class of each character; marks are as what they stand on. */
export function waysOf(characters: readonly string[]): Way[] {
  const out: Way[] = [];
  for (const c of characters) {
    const letter = LETTER.test(c);
    if (MARK.test(c) || c === "\u200c" || c === "\u200d") out.push(out.at(-1) ?? "");
    else if (DIGIT.test(c)) out.push("N");
    else if (RTL.test(c)) out.push(letter || c === "\u200f" ? "R" : "");
    else out.push(letter ? "L" : "");
  }
  // One separator between digits belongs to the number, as do the signs that touch it.
  for (let i = 1; i < out.length - 1; i++)
    if (out[i] === "" && ",.:/".includes(characters[i]!) && out[i - 1] === "N" && out[i + 1] === "N")
      out[i] = "N";
  for (let at = 0; at < out.length; ) {
    const numeric = (i: number) => i < out.length && out[i] === "" && NUMERIC.test(characters[i]!);
    if (!numeric(at)) {
      at++;
      continue;
    }
    let end = at;
    while (numeric(end)) end++;
    if (out[at - 1] === "N" || out[end] === "N") out.fill("N", at, end);
    at = end;
  }
  return out;
}

/** 1 where the first strong letter runs from right to left, else 0. */
export function baseOf(ways: readonly Way[]): 0 | 1 {
  return ways.find((way) => way === "L" || way === "R") === "R" ? 1 : 0;
}

/** Is a run, drawn alone, to be read from right to left? */
export function rightToLeft(words: string): boolean {
  for (const c of words) {
    if (c === "\u200f") return true;
    if (LETTER.test(c)) return RTL.test(c);
  }
  return false;
}

/** The level of each character (odd: from right to left) in a line of level `base`. */
export function levelsOf(directions: readonly Way[], base: 0 | 1): number[] {
  const along: Way = base === 1 ? "R" : "L";
  const ways = [...directions];
  let strong: Way = along;
  ways.forEach((way, i) => {
    if (way === "L" || way === "R") strong = way;
    else if (way === "N" && strong === "L") ways[i] = "L";
  });
  let before: Way = along;
  for (let at = 0; at < ways.length; ) {
    if (ways[at]) {
      before = ways[at] === "L" ? "L" : "R";
      at++;
      continue;
    }
    let end = at;
    while (end < ways.length && !ways[end]) end++;
    const after = end === ways.length ? along : ways[end] === "L" ? "L" : "R";
    ways.fill(before === after ? before : along, at, end);
    at = end;
  }
  return ways.map((way) => (way === "N" ? 2 : way === "R" ? 1 : 2 * base));
}
