/**
 * The board's own fonts in a browser: the same files that exports read, each loaded when the first letter needs it.
 *
 * It promises that nothing is fetched before a text is drawn or begun, that what comes later than it was asked for is told
 * of, and that words are drawn with the system's letters as long as (or wherever) there are no others. Which family shows
 * a letter is decided by the order of the table (`fonts.json`), never by what is installed.
 */

import type { Look } from "./markup";

interface Face {
  readonly file: string;
  readonly family: string;
  readonly weight: number;
  readonly style: string;
  readonly ranges: string;
}

interface Family {
  readonly name: string;
  /** First and last code points, one after another. */
  readonly ranges: readonly number[];
  readonly files: ReadonlyMap<string, Face>; // by weight and style
}

/** Milliseconds after which what could not be fetched is tried again. */
const AGAIN = 10_000;
/** What stands in where no family of ours has a letter: the exports ask the same of the machine they run on. */
const SYSTEM = "sans-serif";
/** Words are measured at this size and scaled: with geometric precision an advance grows evenly. */
const MEASURED = 64;

const weightOf = (look: Look) => (look === "b" || look === "bi" ? 700 : 400);
const styleOf = (look: Look) => (look === "i" || look === "bi" ? "italic" : "normal");

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export class Fonts {
  private families: readonly Family[] = [];
  private table: Promise<void> | null = null;
  private tableFailed = 0;
  private readonly faces = new Map<string, Promise<void>>();
  private readonly here = new Set<string>();
  private readonly failed = new Map<string, number>();
  private readonly arrivals = new Set<() => void>();
  private context: CanvasRenderingContext2D | null = null;
  private readonly lists = new Map<boolean, string>();

  /** @param href where `fonts.json` and its files are, with a slash at the end; "": there are none */
  constructor(private readonly href: string) {}

  /** Calls when letters look another way than they did. @returns how to stop */
  on(arrived: () => void): () => void {
    this.arrivals.add(arrived);
    return () => this.arrivals.delete(arrived);
  }

  /** The CSS families for words of that look. */
  list(code: boolean): string {
    let list = this.lists.get(code);
    if (list === undefined) {
      const names = this.families.filter(({ name }) => code || !isMono(name)).map(({ name }) => `"${name}"`);
      list = [...names, ...(code ? ["monospace"] : []), SYSTEM].join(", ");
      this.lists.set(code, list);
    }
    return list;
  }

  /** As `font` of a canvas. */
  css(look: Look, size: number): string {
    return `${styleOf(look)} ${weightOf(look)} ${size}px ${this.list(look === "code")}`;
  }

  /** The advance of words, in the unit of the size. */
  measure(words: string, look: Look, size: number): number {
    if (!this.context) {
      this.context = document.createElement("canvas").getContext("2d");
      if (!this.context) return 0.5 * size * words.length;
      precise(this.context);
    }
    const { context } = this;
    context.font = this.css(look, MEASURED);
    return (context.measureText(words).width * size) / MEASURED;
  }

  /** Is every letter's font here (or in vain)? If not, it is on its way, and `on` tells when it has come. */
  has(words: string, look: Look): boolean {
    if (this.href === "") return true;
    if (this.families.length === 0) {
      if (this.tableFailed && performance.now() - this.tableFailed < AGAIN) return true;
      void this.open();
      return false;
    }
    let all = true;
    for (const face of this.needed(words, look)) if (!this.get(face)) all = false;
    return all;
  }

  /** Resolves when everything that the words need is here, or could not be had. */
  async load(all: Iterable<readonly [words: string, look: Look]>): Promise<void> {
    if (this.href === "") return;
    const wanted = [...all];
    if (wanted.length === 0) return;
    await this.open();
    const faces = new Set(wanted.flatMap(([words, look]) => [...this.needed(words, look)]));
    for (const face of faces) this.get(face);
    await Promise.all([...faces].map((face) => this.faces.get(keyOf(face))));
  }

  private open(): Promise<void> {
    this.table ??= this.read().catch(() => {
      this.table = null;
      this.tableFailed = performance.now();
    });
    return this.table;
  }

  private async read(): Promise<void> {
    const answer = await fetch(`${this.href}fonts.json`, { credentials: "omit" });
    if (!answer.ok) throw new Error(`fonts.json: ${answer.status}`);
    const faces = (await answer.json()) as Face[];
    const made = new Map<string, { name: string; ranges: number[]; files: Map<string, Face> }>();
    for (const face of faces) {
      let family = made.get(face.family);
      if (!family) {
        family = { name: face.family, ranges: rangesOf(face.ranges), files: new Map() };
        made.set(face.family, family);
      }
      family.files.set(`${face.weight} ${face.style}`, face);
    }
    this.families = [...made.values()];
    this.lists.clear();
    this.tell();
  }

  /** The faces that show those words: of each letter the first family that has all of it. */
  private *needed(words: string, look: Look): Iterable<Face> {
    const code = look === "code";
    const key = `${weightOf(look)} ${styleOf(look)}`;
    const seen = new Set<Family>();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: plain letters need no segmenting
    const letters = /^[\x00-\x7f]*$/.test(words) ? (words ? ["a"] : []) : segmentsOf(words);
    for (const letter of letters) {
      const family = this.families.find(
        ({ name, ranges }) =>
          (code || !isMono(name)) && [...letter].every((c) => within(ranges, c.codePointAt(0)!)),
      );
      if (!family || seen.has(family)) continue;
      seen.add(family);
      const face = family.files.get(key);
      if (face) yield face;
    }
  }

  /** Is it here, or in vain? If neither, it is fetched. */
  private get(face: Face): boolean {
    const key = keyOf(face);
    if (this.here.has(key)) return true;
    const failed = this.failed.get(key);
    if (failed !== undefined && performance.now() - failed < AGAIN) return true;
    if (!this.faces.has(key)) this.faces.set(key, this.fetch(face, key));
    return false;
  }

  private async fetch(face: Face, key: string): Promise<void> {
    const { family, weight, style, ranges, file } = face;
    try {
      const loaded = new FontFace(family, `url("${this.href}${file}") format("woff2")`, {
        weight: String(weight),
        style,
        unicodeRange: ranges,
      });
      // It joins the page when it is whole: until then no letter waits for it unseen.
      document.fonts.add(await loaded.load());
      this.here.add(key);
      this.failed.delete(key);
      this.tell();
    } catch {
      this.failed.set(key, performance.now());
    } finally {
      this.faces.delete(key);
    }
  }

  private tell(): void {
    for (const arrived of [...this.arrivals]) arrived();
  }
}

const isMono = (family: string) => family.startsWith("Classroom Mono");
const keyOf = ({ family, weight, style }: Face) => `${family} ${weight} ${style}`;

/** What a context must be for words: as the fonts have them, at any size. */
export function precise(context: CanvasRenderingContext2D): void {
  context.fontKerning = "normal";
  context.textRendering = "geometricPrecision";
}

function* segmentsOf(words: string): Iterable<string> {
  for (const { segment } of segmenter.segment(words)) yield segment;
}

function rangesOf(css: string): number[] {
  return css.split(",").flatMap((part) => {
    const [first, last = first] = part.trim().slice(2).split("-");
    return [Number.parseInt(first!, 16), Number.parseInt(last!, 16)];
  });
}

function within(ranges: readonly number[], code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2) if (code >= ranges[i]! && code <= ranges[i + 1]!) return true;
  return false;
}

const opened = new Map<string, Fonts>();

/** The fonts of that folder: one set for all boards of a page, as the page itself has. */
export function fontsAt(href: string): Fonts {
  let fonts = opened.get(href);
  if (!fonts) {
    fonts = new Fonts(href);
    opened.set(href, fonts);
  }
  return fonts;
}
