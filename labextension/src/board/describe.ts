/** What is on the page, in words, for those who do not see it. */

import type { Session } from "../client/contract";
import type { Drawable } from "../core/schema";
import { pagesOf } from "./follow";
import type { Picture } from "./picture";
import type { Thing } from "./thing";

const KINDS = [
  ["ink", "stroke", "strokes"],
  ["shape", "shape", "shapes"],
  ["text", "text", "texts"],
  ["note", "note", "notes"],
  ["image", "picture", "pictures"],
] as const;
/** Pictures whose descriptions are read out: more would keep one from hearing the rest. */
const DESCRIBED = 5;

export function describe(session: Session, picture: Picture, mayDraw: boolean): string {
  const pages = pagesOf(session);
  const at = pages.findIndex(({ id }) => id === picture.page.id);
  const parts = [at < 0 ? "Board, no page" : `Board, page ${at + 1} of ${pages.length}`];
  if (picture.page.endless) parts.push("endless");
  if (picture.page.title) parts.push(picture.page.title);
  const all = [...picture.scene.all()].map(({ record }) => record);
  if (all.length === 0) parts.push("empty");
  for (const [type, one, many] of KINDS) {
    const count = all.filter((record) => record.type === type).length;
    if (count > 0) parts.push(`${count} ${count === 1 ? one : many}${type === "image" ? shown(all) : ""}`);
  }
  const writers = new Set(all.map(({ author }) => author).filter(Boolean));
  const names = [...writers]
    .map((id) => session.table.get(id))
    .flatMap((p) => (p?.type === "person" ? [p.name] : []));
  if (names.length > 3) parts.push(`by ${names.slice(0, 3).join(", ")} and ${names.length - 3} more`);
  else if (names.length) parts.push(`by ${names.join(", ")}`);
  parts.push(mayDraw ? "you may draw" : "you may look");
  return parts.join(", ");
}

/** What the pictures show, as far as somebody has said so. */
function shown(all: readonly Drawable[]): string {
  const texts = all.flatMap((one) => (one.type === "image" && one.alt ? [one.alt] : []));
  return texts.length ? `: ${texts.slice(0, DESCRIBED).join("; ")}` : "";
}

/** Some things, in few words: "Stroke, blue, by Ana", "12 things". */
export function describeThings(session: Session, things: readonly Thing[]): string {
  const [first] = things;
  if (!first) return "Nothing";
  const whole =
    first.record.type === "ink" &&
    things.every(({ record }) => partOf(record) === first.id || record === first.record);
  if (things.length > 1 && !whole)
    return first.record.group && things.every(({ record }) => record.group === first.record.group)
      ? `Group of ${things.length}`
      : `${things.length} things`;
  const { record } = first;
  const parts = [kindOf(record)];
  if (record.type !== "image") parts.push(record.colour.startsWith("#") ? "own colour" : record.colour);
  const author = session.table.get(record.author);
  if (author?.type === "person")
    parts.push(record.author === session.me?.person ? "yours" : `by ${author.name}`);
  if (record.locked) parts.push("locked");
  return parts.join(", ");
}

const partOf = (record: Drawable) => (record.type === "ink" ? record.part : "");

function kindOf(record: Drawable): string {
  switch (record.type) {
    case "ink":
      return record.tool === "highlighter" ? "Highlight" : "Stroke";
    case "shape":
      if (record.kind === "polygon") return record.corners.length === 3 ? "Triangle" : "Polygon";
      return record.kind.charAt(0).toUpperCase() + record.kind.slice(1);
    case "text":
      return `Text “${short(record.text)}”`;
    case "note":
      return `Note “${short(record.text)}”`;
    case "image":
      return record.alt ? `Picture of ${short(record.alt)}` : "Picture";
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const letters = [...line];
  return letters.length > 40 ? `${letters.slice(0, 40).join("")}…` : line;
}
