/** What is on the page, in words, for those who do not see it. */

import type { Session } from "../client/contract";
import type { Drawable } from "../core/schema";
import { pagesOf } from "./follow";
import type { Picture } from "./picture";

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
