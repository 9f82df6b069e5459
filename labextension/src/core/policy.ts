/**
 * Who may draw, as a window expects it: a courtesy, so that no stroke begins that would be taken back. The server alone
 * decides (`classroom/core/policy.py`); `tests/vectors/may-draw.json` holds both to the same answers.
 */

import type { Class, Page, Person, Role } from "./schema";

/** Teacher or assistant? */
export function isStaff(role: Role | undefined): boolean {
  return role === "teacher" || role === "assistant";
}

/** May someone of that role draw on that page (SPEC 4.3)? `own` is what their record says of drawing. Where everyone
 * has a private copy, it is the own one that is meant. */
export function mayDraw(
  course: Pick<Class, "draw"> | undefined,
  page: Pick<Page, "gone" | "locked" | "audience">,
  role: Role | undefined,
  own: Person["draw"],
): boolean {
  if (page.gone || !role || role === "observer") return false;
  if (isStaff(role)) return true;
  if (page.locked || page.audience === "staff" || own === "no") return false;
  if (page.audience === "each") return true;
  return course?.draw === "all" || (course?.draw === "chosen" && own === "yes");
}
