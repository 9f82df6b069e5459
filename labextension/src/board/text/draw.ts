/**
 * Texts and notes as the browser draws and touches them: the lines that their records hold, nothing laid out anew.
 *
 * It promises that one record gives one picture on the board, on thumbnails and while it is being moved; that its box
 * holds that picture, whatever a record says of itself; and that it is painted again when its letters have come.
 */

import type { Formula, Note, Run, TextBox, TextLine } from "../../core/schema";
import { type Inks, parseRgb } from "../colour";
import { IDENTITY, type Matrix, segmentDistance2 } from "../hit";
import type { Box } from "../viewport";
import { type Fonts, precise } from "./fonts";
import { LINE } from "./layout";
import { rightToLeft } from "./letters";
import type { Look } from "./markup";

export type Written = TextBox | Note;

/** A note, from below, as `classroom/render/scene.py` has it too: shadows (grow, drop, how dark), then paper. */
const RADIUS = 8;
const SHADOW = [
  [1, 1, { light: 0.08, dark: 0.24 }],
  [3, 2, { light: 0.05, dark: 0.16 }],
  [6, 4, { light: 0.03, dark: 0.1 }],
] as const;
/** How far the shadow reaches beyond the paper. */
const REACH = 10;
/** How much of a note's colour lies on the board, where no highlighter has that colour. */
const TINT = 0.28;
/** Colours whose highlighter has a value of its own. */
const MARKERS = ["amber", "green", "sky"] as const;
/** Words are drawn as wide as they were laid out; by so much (of their size) they may differ before they are squeezed. */
const SLACK = 0.05;
/** What one record's words may cost to paint, in characters of formulas' outlines: many times what the longest text has.
 * What is past that, of a record that says other than it was laid out, is bars, as in exports. */
const ROOM = 600_000;
/** What a letter costs, beside a character of an outline. */
const LETTER = 16;

/** The unturned box of a text or note, in its own units: where it is taken hold of. */
export function frameOf(record: Written): { x: number; y: number; w: number; h: number } {
  const { x, y, w, h } = record;
  if (record.type === "note" || w > 0) return { x, y, w, h };
  return { x, y, w: Math.max(0, ...record.lines.map(([, , runs]) => endOf(runs))), h };
}

const endOf = (runs: readonly Run[]) => Math.max(0, ...runs.map(([x, advance]) => x + advance));

/** Draws lines whose box begins at the origin of the context. */
export class Words {
  private readonly paths = new WeakMap<Formula, Path2D>();

  constructor(readonly fonts: Fonts) {}

  /** Paints lines, the box's corner at (0, 0). What is not here yet is drawn with what there is. */
  lines(
    context: CanvasRenderingContext2D,
    css: string,
    lines: readonly TextLine[],
    formulas: readonly Formula[],
  ): void {
    context.fillStyle = css;
    context.textBaseline = "alphabetic";
    context.textAlign = "left";
    precise(context);
    let room = ROOM;
    for (const [baseline, size, runs] of lines) {
      for (const [x, advance, look, words] of runs) {
        const formula = look === "math" ? formulaOf(formulas, words, advance / size) : undefined;
        room -= formula ? formula.path.length : words.length * LETTER;
        if (room < 0) {
          context.fillRect(x, baseline - size / 2, advance, size / 2);
          continue;
        }
        if (look === "math") {
          if (formula) this.formula(context, formula, x, baseline, size);
          continue;
        }
        this.fonts.has(words, look);
        context.font = this.fonts.css(look, size);
        context.direction = rightToLeft(words) ? "rtl" : "ltr";
        context.fillText(words, x, baseline, advance + SLACK * size);
      }
    }
  }

  private formula(
    context: CanvasRenderingContext2D,
    formula: Formula,
    x: number,
    baseline: number,
    size: number,
  ): void {
    let path = this.paths.get(formula);
    if (!path) {
      path = new Path2D(formula.path);
      this.paths.set(formula, path);
    }
    context.save();
    context.translate(x, baseline);
    context.scale(size / 1000, size / 1000);
    context.fill(path, "nonzero");
    context.restore();
  }

  draw(context: CanvasRenderingContext2D, inks: Inks, record: Written): void {
    const { x, y, lines, formulas } = record;
    const inner = insideOf(record);
    context.save();
    if (record.transform) context.transform(...record.transform);
    if (record.type === "note") sheet(context, inks, record);
    // Marks piled on a letter, or an outline that is a lie, end at the box's edge.
    context.beginPath();
    context.rect(inner.minX, inner.minY, inner.maxX - inner.minX, inner.maxY - inner.minY);
    context.clip();
    context.translate(x, y);
    const colour = record.type === "note" ? "ink" : record.colour;
    this.lines(context, inks.of({ tool: "pen", colour }), lines, formulas);
    context.restore();
  }

  /** Resolves when the letters of these are here, or cannot be had. */
  async ready(records: Iterable<Written>): Promise<void> {
    const wanted: (readonly [string, Look])[] = [];
    for (const { lines } of records)
      for (const [, , runs] of lines)
        for (const [, , look, words] of runs) if (look !== "math") wanted.push([words, look]);
    await this.fonts.load(wanted);
  }
}

/** The outline that a run shows. Of two of one source, inline and set apart, it is the one that is as wide. */
export function formulaOf(formulas: readonly Formula[], source: string, ems: number): Formula | undefined {
  let found: Formula | undefined;
  for (const one of formulas) {
    if (one.source !== source) continue;
    if (!found || Math.abs(one.width - ems) < Math.abs(found.width - ems)) found = one;
  }
  return found;
}

export function sheet(context: CanvasRenderingContext2D, inks: Inks, { x, y, w, h, colour }: Note): void {
  const radius = Math.min(RADIUS, w / 2, h / 2);
  const fill = (grow: number, drop: number, style: string) => {
    context.fillStyle = style;
    context.beginPath();
    context.roundRect(x - grow, y - grow + drop, w + 2 * grow, h + 2 * grow, radius + grow);
    context.fill();
  };
  for (const [grow, drop, dark] of SHADOW) fill(grow, drop, `rgba(0,0,0,${dark[inks.theme]})`);
  fill(0, 0, paper(inks, colour));
}

/** A note's paper: the highlighter of its colour, or a little of it, over the board; nothing shines through. */
export function paper(inks: Inks, colour: string): string {
  const marks = (MARKERS as readonly string[]).includes(colour);
  const over = inks.of({ tool: marks ? "highlighter" : "pen", colour });
  const alpha = marks ? Number(/[\d.]+(?=\)$)/.exec(over)?.[0] ?? 1) : TINT;
  const ink = parseRgb(over) ?? [128, 128, 128];
  const board = parseRgb(inks.board) ?? [255, 255, 255];
  return `rgb(${ink.map((v, i) => Math.floor(board[i]! + (v - board[i]!) * alpha + 0.5)).join(",")})`;
}

/** All that may be drawn of it, in its own units. */
function insideOf(record: Written): Box {
  const { x, y, w, h } = frameOf(record);
  const pad = record.type === "note" ? REACH : 0;
  let box = { minX: -pad, minY: -pad, maxX: w + pad, maxY: h + pad };
  if (record.type === "text") {
    for (const [baseline, size, runs] of record.lines) {
      const pad = size * 0.5;
      for (const [left, advance] of runs)
        box = {
          minX: Math.min(box.minX, left - pad),
          maxX: Math.max(box.maxX, left + advance + pad),
          minY: Math.min(box.minY, baseline - LINE * size),
          maxY: Math.max(box.maxY, baseline + pad),
        };
    }
  }
  return { minX: x + box.minX, minY: y + box.minY, maxX: x + box.maxX, maxY: y + box.maxY };
}

/** A box that holds all that is drawn, on the page. */
export function writtenBox(record: Written): Box {
  const box = insideOf(record);
  const m = record.transform;
  if (!m) return box;
  const corners = [box.minX, box.maxX].flatMap((x) => [box.minY, box.maxY].map((y) => moved(m, x, y)));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

/** Does it come within `reach` of the segment p–q? A note by its paper, a text by its lines. */
export function writtenNear(
  record: Written,
  px: number,
  py: number,
  qx: number,
  qy: number,
  reach: number,
): boolean {
  return rectsOf(record).some((rect) => rectNear(rect, record.transform ?? IDENTITY, px, py, qx, qy, reach));
}

/** Does its box hold the place? */
export function writtenHolds(record: Written, x: number, y: number): boolean {
  return rectNear({ ...frameOf(record) }, record.transform ?? IDENTITY, x, y, x, y, 0);
}

interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

function rectsOf(record: Written): Rect[] {
  if (record.type === "note") return [frameOf(record)];
  return record.lines.flatMap(([baseline, size, runs]) => {
    if (runs.length === 0) return [];
    const left = Math.min(...runs.map(([x]) => x));
    return [{ x: record.x + left, y: record.y + baseline - size, w: endOf(runs) - left, h: 1.3 * size }];
  });
}

function rectNear(
  rect: Rect,
  m: Matrix,
  px: number,
  py: number,
  qx: number,
  qy: number,
  reach: number,
): boolean {
  const { x, y, w, h } = rect;
  const [a, b, c, d] = [moved(m, x, y), moved(m, x + w, y), moved(m, x + w, y + h), moved(m, x, y + h)];
  const corners = [a, b, c, d];
  let inside = 0;
  for (let i = 0; i < 4; i++) {
    const [ax, ay] = corners[i]!;
    const [bx, by] = corners[(i + 1) % 4]!;
    if (segmentDistance2(px, py, qx, qy, ax, ay, bx, by) <= reach * reach) return true;
    inside += Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));
  }
  return Math.abs(inside) === 4;
}

const moved = (m: Matrix, x: number, y: number): readonly [number, number] => [
  m[0] * x + m[2] * y + m[4],
  m[1] * x + m[3] * y + m[5],
];
