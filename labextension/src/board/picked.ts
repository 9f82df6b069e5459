/**
 * What panels are told of a selection: how much, of which kinds, and the looks that all of it share. Pure.
 */

import type { Drawable } from "../core/schema";
import type { Scene } from "./scene";
import type { Written } from "./text/draw";
import { NOTE_SIZES, TEXT_SIZES } from "./text/writing";
import type { Thing } from "./thing";

export interface Picked {
  /** Of things as people count them: a long stroke is one. */
  readonly count: number;
  readonly kinds: readonly Drawable["type"][];
  /** What they all have in common; "" or 0 where they differ or have none. */
  readonly colour: string;
  readonly width: number;
  readonly dash: string;
  /** Of letters, as texts count it, and the side that they keep to. */
  readonly size: number;
  readonly align: string;
  /** Nothing but highlighter. */
  readonly highlighter: boolean;
  /** Is the inside of all shapes among them filled? null: none of them has an inside. */
  readonly filled: boolean | null;
  readonly locked: boolean;
  /** All of one group. */
  readonly grouped: boolean;
  /** More than one thing, and not one group already. */
  readonly groupable: boolean;
}

export function pickedOf(things: readonly Thing[], scene: Scene): Picked {
  const records = things.map(({ record }) => record);
  const shapes = records.filter((record) => record.type === "shape");
  const areas = shapes.filter(({ kind }) => kind !== "line" && kind !== "arrow");
  const words = records.filter((record) => record.type === "text" || record.type === "note");
  const groups = new Set(records.map(({ group }) => group));
  const grouped = groups.size === 1 && !groups.has("");
  const count = things.filter((thing) => scene.kin(thing)[0] === thing).length || 1;
  return {
    count,
    kinds: [...new Set(records.map(({ type }) => type))].sort(),
    colour: shared(records.flatMap((record) => (record.type === "image" ? [] : [record.colour]))) ?? "",
    width: shared(records.flatMap((r) => (r.type === "ink" || r.type === "shape" ? [r.width] : []))) ?? 0,
    size: shared(words.map(sizeOf)) ?? 0,
    align: shared(records.flatMap((record) => (record.type === "text" ? [record.align] : []))) ?? "",
    highlighter: records.every((record) => record.type === "ink" && record.tool === "highlighter"),
    dash: shared(shapes.map(({ dash }) => dash)) ?? "",
    filled: areas.length ? areas.every(({ fill }) => fill !== "") : null,
    locked: records.some(({ locked }) => locked),
    grouped,
    groupable: count > 1 && !grouped,
  };
}

/** A note's size is told as the same step of a text's. */
function sizeOf(record: Written): number {
  const step = (NOTE_SIZES as readonly number[]).indexOf(record.size);
  return record.type === "note" ? (TEXT_SIZES[step] ?? record.size) : record.size;
}

/** The value that all of them are; undefined where there are others, or none. */
function shared<T>(values: readonly T[]): T | undefined {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0] : undefined;
}
