/**
 * Laying many things on a page at once: what was copied, imported, duplicated or is being shown.
 *
 * `layDown` promises fresh ids and groups, the things' own order on top of what lies there, one step of undo, and that
 * what cannot be drawn is left out. The session cuts what is too much for one change into several. It asks nobody who
 * may draw: that is the caller's courtesy and the server's decision.
 */

import type { Session } from "../client/contract";
import { several } from "../core/order";
import { DRAWABLE, type Draft, type Drawable, type Op, type Transform, withDefaults } from "../core/schema";
import { topOf } from "../core/table";
import { extent, type Loose, union } from "./extent";
import type { Point } from "./viewport";

/** Steps to a board unit of a move: finer than any screen shows, and short to write. */
const FINE = 64;

/**
 * Puts the drawables on `page`, in `copy` ("" is everyone's), bottom to top as they come, moved so that the middle of the
 * box around them all is at `where` (absent: they stay where they are). Ids that parts of a stroke name are renamed along.
 * @returns the ids they have now, in the same order
 */
export function layDown(
  session: Session,
  page: string,
  copy: string,
  drawables: readonly Loose[],
  where?: Point,
): string[] {
  const boxes = drawables.map((one) => (DRAWABLE.has(one.type) ? extent(one) : null));
  const sound = drawables.filter((_, i) => boxes[i] !== null);
  const box = union(boxes);
  if (!box) return [];
  const round = (v: number) => Math.round(v * FINE) / FINE;
  const dx = where ? round(where.x - (box.minX + box.maxX) / 2) : 0;
  const dy = where ? round(where.y - (box.minY + box.maxY) / 2) : 0;
  const zs = several(topOf(session.table.onPage(page), copy), null, sound.length);
  const groups = renaming(session);
  const heads = new Map<string, string>(); // old id of a stroke's first part -> new id
  const ids: string[] = [];
  const ops = sound.map((one, i): Op => {
    const id = session.newId();
    ids.push(id);
    const fields = { ...moved(one, dx, dy), id, page, copy, z: zs[i]!, author: "", time: 0 };
    fields.group = one.group ? groups(one.group) : "";
    if (fields.type === "ink") {
      // The first part that is there begins the stroke, should the real first not have come along.
      const head = (one.type === "ink" && one.part) || one.id || id;
      const known = heads.get(head);
      for (const old of [head, one.id]) if (old && !heads.has(old)) heads.set(old, known ?? id);
      fields.part = known ?? "";
    }
    return { op: "put", record: withDefaults(fields as Draft<Drawable["type"]>) };
  });
  session.change(ops, { undo: page });
  return ids;
}

/** The same thing elsewhere. */
export function moved<T extends Loose>(one: T, dx: number, dy: number): T {
  if (dx === 0 && dy === 0) return one;
  if (one.type !== "ink" && !one.transform) return { ...one, x: one.x + dx, y: one.y + dy };
  const [a, b, c, d, e, f] = one.transform ?? [1, 0, 0, 1, 0, 0];
  return { ...one, transform: [a, b, c, d, e + dx, f + dy] satisfies Transform };
}

/** A fresh name for each old one, the same each time it is met. */
function renaming(session: Session): (old: string) => string {
  const names = new Map<string, string>();
  return (old) => {
    const name = names.get(old) ?? session.newId();
    names.set(old, name);
    return name;
  };
}
