/**
 * What is done to selected things, as operations on their records.
 *
 * Pure. It promises one patch for each different value, nothing for what stays as it is, and things' own order kept when
 * they are arranged anew. It asks nobody who may do it: that is the caller's courtesy and the server's decision.
 */

import { between, several } from "../core/order";
import type { Drawable, Op, Shape, TextBox } from "../core/schema";
import { equal } from "../core/table";
import { IDENTITY, type Matrix } from "./hit";
import { HIGHLIGHTER_COLOURS, HIGHLIGHTER_WIDTHS, PEN_WIDTHS } from "./index";
import { frameOf, type Written } from "./text/draw";
import type { Measure } from "./text/layout";
import { relaid } from "./text/relaid";
import { NOTE_SIZES, TEXT_SIZES } from "./text/writing";
import type { Thing } from "./thing";
import { overlaps } from "./tiles";
import type { Dash } from "./tools/shape";
import { bearable, compose, inverted, isIdentity, isSimilarity, through, written } from "./transform";

type Fields = Readonly<Record<string, unknown>>;
type Change = readonly [Drawable, Fields];

/** Patches that give each record its fields, those of equal fields in one. */
export function patches(changes: Iterable<Change>): Op[] {
  const same = new Map<string, { ids: string[]; fields: Fields }>();
  for (const [record, fields] of changes) {
    const were = record as unknown as Fields;
    if (Object.entries(fields).every(([name, value]) => equal(were[name], value))) continue;
    const key = JSON.stringify(fields);
    const known = same.get(key);
    if (known) known.ids.push(record.id);
    else same.set(key, { ids: [record.id], fields });
  }
  return [...same.values()].map(({ ids, fields }) => ({ op: "patch", ids, fields }) as Op);
}

/** A record's transform after a drag; null where the record cannot bear it. */
export function dragged(record: Drawable, m: Matrix): { readonly transform: Matrix | null } | null {
  const there = written(compose(m, record.transform ?? IDENTITY));
  if (!bearable(there)) return null;
  return { transform: isIdentity(there) ? null : there };
}

/** Everything dragged by `m`; nothing at all if one of them cannot bear it. */
export function draggedAll(records: readonly Drawable[], m: Matrix): Op[] {
  const changes: Change[] = [];
  for (const record of records) {
    const fields = dragged(record, m);
    if (!fields) return [];
    changes.push([record, fields]);
  }
  return patches(changes);
}

/**
 * A shape pulled by one of its own grips: it takes another box and keeps its line's width. Null where it cannot, since it
 * is bent, or `m` does more to it than scaling along its own axes.
 */
export function reshaped(
  record: Pick<Shape, "x" | "y" | "w" | "h" | "transform">,
  m: Matrix,
): Pick<Shape, "x" | "y" | "w" | "h"> | null {
  const own = record.transform ?? IDENTITY;
  const back = inverted(own);
  if (!back || !isSimilarity(own)) return null;
  const inner = compose(back, compose(m, own));
  if (Math.abs(inner[1]) > 1e-6 || Math.abs(inner[2]) > 1e-6) return null;
  const at = through(inner, record);
  const fine = (v: number) => Math.round(v * 256) / 256 + 0;
  return { x: fine(at.x), y: fine(at.y), w: fine(record.w * inner[0]), h: fine(record.h * inner[3]) };
}

/**
 * A text or note pulled by one of its own grips: it takes another width (a note: another box) and its words are laid out
 * anew. Null where it cannot.
 */
export function rewrapped(record: Written, m: Matrix, measure: Measure): Fields | null {
  const frame = frameOf(record);
  const box = reshaped({ ...frame, transform: record.transform }, m);
  if (!box) return null;
  const { x, y, w, h } = box;
  return relaid(record, record.type === "note" ? { x, y, w, h } : { x, w }, measure);
}

// -- looks

export interface Style {
  colour?: string;
  /** Board units, of pen or shape; highlighters take the same step of theirs. */
  width?: number;
  fill?: boolean;
  dash?: Dash;
  /** Of a text's letters; a note takes the same step of its own. */
  size?: number;
  align?: TextBox["align"];
}

/** The fields by which a record takes a style up, as far as its kind has them. */
export function styled(record: Drawable, style: Style, measure: Measure): Fields {
  const { colour, width, fill, dash, size, align } = style;
  const fields: Record<string, unknown> = {};
  const marker = record.type === "ink" && record.tool === "highlighter";
  if (colour !== undefined && record.type !== "image") {
    if (!marker || (HIGHLIGHTER_COLOURS as readonly string[]).includes(colour)) fields.colour = colour;
    if (record.type === "shape" && record.fill !== "") fields.fill = colour;
  }
  if (width !== undefined && (record.type === "ink" || record.type === "shape")) {
    const step = (PEN_WIDTHS as readonly number[]).indexOf(width);
    fields.width = marker ? (HIGHLIGHTER_WIDTHS[step] ?? width) : width;
  }
  if (record.type === "shape") {
    const open = record.kind === "line" || record.kind === "arrow";
    if (fill !== undefined && !open) fields.fill = fill ? (fields.colour ?? record.colour) : "";
    if (dash !== undefined) fields.dash = dash;
  }
  if (record.type === "text" || record.type === "note") {
    const wanted: { size?: number; align?: TextBox["align"] } = {};
    const step = (TEXT_SIZES as readonly (number | undefined)[]).indexOf(size);
    if (size !== undefined) wanted.size = record.type === "note" ? (NOTE_SIZES[step] ?? size) : size;
    if (align !== undefined && record.type === "text") wanted.align = align;
    if (Object.keys(wanted).length) Object.assign(fields, relaid(record, wanted, measure));
  }
  return fields;
}

export function restyled(records: readonly Drawable[], style: Style, measure: Measure): Op[] {
  return patches(records.map((record) => [record, styled(record, style, measure)] as const));
}

// -- order

export type Arrange = "front" | "forward" | "backward" | "back";

/**
 * Keys by which the chosen things come to lie over or under others, their own order kept.
 * @param all everything on the page (and copy), bottom to top
 */
export function arranged(all: readonly Thing[], chosen: ReadonlySet<string>, how: Arrange): Op[] {
  const own = all.filter(({ id }) => chosen.has(id));
  const rest = all.filter(({ id }) => !chosen.has(id));
  if (own.length === 0 || rest.length === 0) return [];
  const place = landing(all, own, rest, how);
  if (place === null) return [];
  const [low, high] = [rest[place - 1]?.record.z ?? null, rest[place]?.record.z ?? null];
  // Already there, side by side: nothing to do.
  const first = all.indexOf(own[0]!);
  if (first === place && all.indexOf(own[own.length - 1]!) === place + own.length - 1) return [];
  const keys = own.length === 1 ? [between(low, high)] : several(low, high, own.length);
  return patches(own.map(({ record }, i) => [record, { z: keys[i]! }] as const));
}

/** How many of the rest are under the place to go to; null: there is none. */
function landing(
  all: readonly Thing[],
  own: readonly Thing[],
  rest: readonly Thing[],
  how: Arrange,
): number | null {
  if (how === "front") return rest.length;
  if (how === "back") return 0;
  const meets = (thing: Thing) => own.some((one) => one.under === thing.under && overlaps(one, thing));
  const chosen = new Set(own);
  if (how === "forward") {
    const top = all.lastIndexOf(own[own.length - 1]!);
    const over = all.find((thing, i) => i > top && !chosen.has(thing) && meets(thing));
    return over ? rest.indexOf(over) + 1 : null;
  }
  const bottom = all.indexOf(own[0]!);
  const under = all.findLast((thing, i) => i < bottom && !chosen.has(thing) && meets(thing));
  return under ? rest.indexOf(under) : null;
}
