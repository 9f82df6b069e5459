/** What is on the page, in words, for those who do not see it. */

import type { Session } from "../client/contract";
import { pagesOf } from "./follow";
import type { Picture } from "./picture";

export function describe(session: Session, picture: Picture, mayDraw: boolean): string {
  const pages = pagesOf(session);
  const at = pages.findIndex(({ id }) => id === picture.page.id);
  const parts = [at < 0 ? "Board, no page" : `Board, page ${at + 1} of ${pages.length}`];
  if (picture.page.endless) parts.push("endless");
  if (picture.page.title) parts.push(picture.page.title);
  let shapes = 0;
  for (const { record } of picture.scene.all()) if (record.type === "shape") shapes++;
  const strokes = picture.scene.size - shapes;
  if (strokes + shapes === 0) parts.push("empty");
  if (strokes > 0) parts.push(`${strokes} ${strokes === 1 ? "stroke" : "strokes"}`);
  if (shapes > 0) parts.push(`${shapes} ${shapes === 1 ? "shape" : "shapes"}`);
  const writers = new Set([...picture.scene.all()].map(({ record }) => record.author).filter(Boolean));
  const names = [...writers]
    .map((id) => session.table.get(id))
    .flatMap((p) => (p?.type === "person" ? [p.name] : []));
  if (names.length > 3) parts.push(`by ${names.slice(0, 3).join(", ")} and ${names.length - 3} more`);
  else if (names.length) parts.push(`by ${names.join(", ")}`);
  parts.push(mayDraw ? "you may draw" : "you may look");
  return parts.join(", ");
}
