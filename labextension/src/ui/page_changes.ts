/**
 * What staff do with pages, each as changes of records: adding, copying, ordering, naming, resizing, clearing, removing.
 *
 * Nothing asks first: it is done, and what takes something away says so in a toast with Undo. A smaller page keeps what
 * lies beyond its edge: it is not seen, not exported, and back when the page is large again.
 */

import { extent, layDown } from "../board";
import { between } from "../core/order";
import type { AnyRecord, Drawable, Op, Page } from "../core/schema";
import { DRAWABLE, withDefaults } from "../core/schema";
import type { Room } from "./room";
import { t } from "./words";

/** What people call a page: its title, or its number. */
export function pageName(page: Page, pages: readonly Page[]): string {
  return page.title || String(pages.findIndex((one) => one.id === page.id) + 1);
}

export const PATTERNS = ["blank", "dots", "grid", "ruled", "axes", "staves"] as const;

export const SIZES = ["wide", "classic", "upright", "lying", "square", "endless"] as const;
export type SizeName = (typeof SIZES)[number];

/** Board units; A4 as exports know it, to be a sheet on paper. */
const SIDES: Readonly<Record<SizeName, readonly [number, number]>> = {
  wide: [1600, 900],
  classic: [1600, 1200],
  upright: [1240, 1754],
  lying: [1754, 1240],
  square: [1200, 1200],
  endless: [1600, 900],
};

type Sized = Pick<Page, "width" | "height" | "endless">;

export function sized(name: SizeName): Sized {
  const [width, height] = SIDES[name];
  return { width, height, endless: name === "endless" };
}

/** The size's name; "" of one that is none of these (of a page from a PDF). */
export function sizeOf(page: Sized): SizeName | "" {
  if (page.endless) return "endless";
  return (
    SIZES.find((name) => {
      const [width, height] = SIDES[name];
      return name !== "endless" && page.width === width && page.height === height;
    }) ?? ""
  );
}

function patch(ids: string[], fields: Record<string, unknown>): Op {
  return { op: "patch", ids, fields };
}

export function patchPage(room: Room, page: Page, fields: Partial<Page>): void {
  room.session.change([patch([page.id], fields)]);
}

export function renamePage(room: Room, page: Page, title: string): void {
  const clean = [...title.trim()].slice(0, 200).join("");
  if (clean !== page.title) patchPage(room, page, { title: clean });
}

function orderAfter(pages: readonly Page[], after: Page | undefined): string {
  const at = after ? pages.findIndex((page) => page.id === after.id) : pages.length - 1;
  return between(pages[at]?.order ?? null, pages[at + 1]?.order ?? null);
}

/** The page after `after` (or the last), of the same pattern and size if no other is named, shown at once. */
export function addPage(
  room: Room,
  pages: readonly Page[],
  after: Page | undefined,
  size: SizeName | "" = "",
): Page {
  const { session } = room;
  const like = after ?? pages[pages.length - 1];
  const page = withDefaults({
    type: "page",
    id: session.newId(),
    order: orderAfter(pages, after),
    ...(like ? { width: like.width, height: like.height, endless: like.endless, pattern: like.pattern } : {}),
    ...(size ? sized(size) : {}),
  });
  session.change([{ op: "put", record: page }]);
  room.board.get()?.goTo(page.id);
  return page;
}

/** A copy right after it, with everything that everyone sees on it; private copies stay with whom they belong to. */
export function duplicatePage(room: Room, pages: readonly Page[], page: Page): void {
  const { session } = room;
  const things = session.table
    .onPage(page.id)
    .filter(isDrawable)
    .filter(({ copy }) => copy === "");
  const made = withDefaults({
    ...page,
    id: session.newId(),
    order: orderAfter(pages, page),
    title: page.title && t("page.title.copy", { title: page.title }).slice(0, 200),
    cleared: 0,
    shows: [],
    author: "",
    time: 0,
  });
  session.change([{ op: "put", record: made }]);
  layDown(session, made.id, "", things);
  room.board.get()?.goTo(made.id);
}

const isDrawable = (record: AnyRecord): record is Drawable => DRAWABLE.has(record.type);

export function removePage(room: Room, pages: readonly Page[], page: Page): void {
  const { session } = room;
  const at = pages.findIndex((one) => one.id === page.id);
  const next = pages[at + 1] ?? pages[at - 1];
  if (!next) return;
  const shown = room.boardState.get()?.page === page.id;
  const ops = [patch([page.id], { gone: true })];
  if (session.table.ofType("class")[0]?.page === page.id) ops.push(patch(["class"], { page: next.id }));
  session.change(ops);
  if (shown) room.board.get()?.goTo(next.id);
  room.notices.show({
    text: t("page.removed", { name: pageName(page, pages) }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => {
        session.change([patch([page.id], { gone: false })]);
        if (shown) room.board.get()?.goTo(page.id);
      },
    },
  });
}

/** Puts a page at that place among the others: 0 is the first. */
export function placePage(room: Room, pages: readonly Page[], page: Page, index: number): void {
  const rest = pages.filter((one) => one.id !== page.id);
  const at = Math.max(0, Math.min(rest.length, index));
  if (at === pages.findIndex((one) => one.id === page.id)) return;
  patchPage(room, page, { order: between(rest[at - 1]?.order ?? null, rest[at]?.order ?? null) });
  room.said.set(
    t("page.moved", { name: pageName(page, pages), number: String(at + 1), count: String(pages.length) }),
  );
}

/** Removes everything on a page (of private copies: on the one that is looked at), and can bring it back. */
export function clearPage(room: Room, pages: readonly Page[], page: Page): void {
  const { session } = room;
  const state = room.boardState.get();
  const copy = state?.page === page.id ? state.copy : "";
  const all = session.table.onPage(page.id).filter((one) => !isDrawable(one) || one.copy === copy);
  if (!all.length) {
    room.notices.show({ text: t("page.empty", { name: pageName(page, pages) }), icon: "check" });
    return;
  }
  const ops: Op[] = [{ op: "remove", ids: all.map((record) => record.id) }];
  // What others did on their own copies stays theirs to undo.
  if (copy === "" && page.audience !== "each") ops.push(patch([page.id], { cleared: 1 }));
  session.change(ops);
  room.notices.show({
    text: t("page.cleared", { name: pageName(page, pages) }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => session.change(all.map((record): Op => ({ op: "put", record }))),
    },
  });
}

/** Changes the size. Nothing is lost: what lies beyond the new edge is told of. */
export function resizePage(room: Room, page: Page, size: SizeName): void {
  const { session } = room;
  if (sizeOf(page) === size) return;
  const next = sized(size);
  patchPage(room, page, next);
  if (next.endless) return;
  const beyond = session.table
    .onPage(page.id)
    .filter(isDrawable)
    .filter((one) => {
      const box = extent(one);
      return box && (box.maxX > next.width || box.maxY > next.height || box.minX < 0 || box.minY < 0);
    }).length;
  if (!beyond) return;
  const { width, height, endless } = page;
  room.notices.show({
    text: t("page.beyond", { count: beyond }),
    action: { label: t("undo"), run: () => patchPage(room, page, { width, height, endless }) },
  });
}
