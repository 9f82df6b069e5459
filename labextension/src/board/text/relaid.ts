/**
 * A text or note that takes another width, size or side: its words laid out anew, with the formulas that it has.
 *
 * Pure but for measuring. It promises all the fields that change with the ones that are asked for, so that what is patched
 * is whole.
 */

import type { TextBox } from "../../core/schema";
import type { Written } from "./draw";
import type { Measure } from "./layout";
import { laid } from "./writing";

/** What is asked for. */
export type Wanted = Partial<Pick<TextBox, "x" | "y" | "w" | "h" | "size" | "align" | "colour">>;

/** Board units: nothing is made narrower. */
const LEAST = { text: 20, note: 80 } as const;

export function relaid(record: Written, wanted: Wanted, measure: Measure): Readonly<Record<string, unknown>> {
  const { align: _, ...plain } = wanted;
  const fields: Wanted = record.type === "text" ? wanted : plain;
  const next = { ...record, ...fields } as Written;
  if (next.w > 0) next.w = Math.max(next.w, LEAST[record.type]);
  if (record.type === "note") next.h = Math.max(next.h, LEAST.note);
  const asked = ["w", "h", "size", "align"] as const;
  if (!asked.some((name) => fields[name] !== undefined)) return fields;
  const align = next.type === "text" ? next.align : "left";
  const found = (source: string, display: boolean) =>
    record.formulas.find((one) => one.source === source && one.display === display);
  const { lines, formulas, h } = laid({ kind: record.type, ...next, align }, found, measure);
  return { ...fields, ...(fields.w === undefined ? {} : { w: next.w }), lines, formulas, h };
}
