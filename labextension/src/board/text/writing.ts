/**
 * What is written before it is a record: one draft of a text or a note, and the operations that it comes to.
 *
 * Pure but for measuring. It promises that a draft which says nothing leaves nothing, that one which changed nothing
 * changes nothing, and that what was taken away meanwhile is not lost: it is put anew.
 */

import type { Session } from "../../client/contract";
import { between } from "../../core/order";
import type { Formula, Note, Op, TextBox, TextLine } from "../../core/schema";
import { equal, topOf } from "../../core/table";
import type { Written } from "./draw";
import { type Formulas, layNote, layText, type Measure } from "./layout";

export const TEXT_SIZES = [22, 32, 48, 80] as const;
export const NOTE_SIZES = [20, 28, 40, 64] as const;
export const ALIGNS = ["left", "centre", "right"] as const;
export type Align = TextBox["align"];
/** Of a note's sides, and of the gap to the next one. */
export const NOTE_SIDE = 240;
export const NOTE_GAP = 24;
/** As `records.py` has it, in code points. */
export const LONGEST = { text: 20_000, note: 4_000 } as const;

export interface Draft {
  readonly kind: "text" | "note";
  readonly id: string;
  readonly page: string;
  readonly copy: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly transform: Written["transform"];
  text: string;
  size: number;
  colour: string;
  align: Align;
  /** The record as it was when it was opened; null: it is a new one. */
  readonly was: Written | null;
}

export function draftOf(record: Written): Draft {
  const { id, page, copy, x, y, w, h, transform, text, size, colour } = record;
  const align = record.type === "text" ? record.align : "left";
  return { kind: record.type, id, page, copy, x, y, w, h, transform, text, size, colour, align, was: record };
}

interface Laying {
  readonly lines: readonly TextLine[];
  readonly formulas: readonly Formula[];
  readonly h: number;
}

/** How a draft's or a record's words lie. */
export function laid(
  of: Pick<Draft, "kind" | "text" | "w" | "h" | "size" | "align">,
  formulas: Formulas,
  measure: Measure,
): Laying {
  if (of.kind === "text") return layText(of, formulas, measure);
  return layNote({ ...of, h: Math.max(of.h, 1) }, formulas, measure);
}

/** What keeps the draft in the class: nothing, a put, a patch or a removal. */
export function opsOf(draft: Draft, session: Session, laying: Laying): Op[] {
  const { kind, id, was } = draft;
  const now = session.table.get(id) as Written | undefined;
  const there = now?.type === kind ? now : null;
  const text = draft.text.replace(/\s+$/, "");
  if (text === "") return there ? [{ op: "remove", ids: [id] }] : [];
  const { lines, formulas, h } = laying;
  const { size, colour, align } = draft;
  const fields: Record<string, unknown> = { text, size, colour, lines, formulas, h };
  if (kind === "text") fields.align = align;
  if (there) {
    const changed = Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => !equal(value, there[name as keyof Written])),
    );
    return Object.keys(changed).length ? [{ op: "patch", ids: [id], fields: changed }] : [];
  }
  const { page, copy, x, y, w, transform } = draft;
  const base = {
    id: was ? session.newId() : id,
    page,
    copy,
    x,
    y,
    w,
    h,
    transform,
    text,
    size,
    colour,
    lines,
    formulas,
    author: "",
    time: 0,
    group: "",
    locked: false,
    z: between(topOf(session.table.onPage(page), copy), null),
  };
  const record: TextBox | Note =
    kind === "text" ? { type: "text", ...base, align } : { type: "note", ...base };
  return [{ op: "put", record }];
}

/** Where the next note stands: beside the one before, or at the beginning of the next row where the page ends. */
export function besides(
  note: Pick<Draft, "x" | "y" | "w" | "h">,
  first: number,
  page: { readonly width: number; readonly height: number; readonly endless: boolean },
): { x: number; y: number } {
  const x = note.x + note.w + NOTE_GAP;
  if (page.endless || x + NOTE_SIDE <= page.width) return { x, y: note.y };
  const y = note.y + note.h + NOTE_GAP;
  return { x: Math.min(first, page.width - NOTE_SIDE), y: Math.min(y, Math.max(0, page.height - NOTE_SIDE)) };
}
