/**
 * Pages of the board: where one is, the way to the next, and (for staff) adding, naming, ordering, locking and removing.
 *
 * Everything is a change of `page` records or of the class's `page`. Removing asks nothing: it is done, and can be undone
 * from the toast.
 */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { between } from "../core/order";
import type { Drawable, Op, Page } from "../core/schema";
import { withDefaults } from "../core/schema";
import { Button, IconButton, Segmented } from "./controls";
import type { MenuEntry } from "./layers";
import { Dialog, MenuButton } from "./layers";
import type { Room } from "./room";
import { useBoardState, useCell, useClass, usePages, useRoom } from "./room";
import { setPrivate } from "./showing";
import { t } from "./words";

/** What people call a page: its title, or its number. */
export function pageName(page: Page, pages: readonly Page[]): string {
  return page.title || String(pages.findIndex((one) => one.id === page.id) + 1);
}

function patch(ids: string[], fields: Record<string, unknown>): Op {
  return { op: "patch", ids, fields };
}

/** The page after `after` (or the last), of the same size and pattern, shown at once. */
export function addPage(room: Room, pages: readonly Page[], after: Page | undefined): void {
  const { session } = room;
  const at = after ? pages.findIndex((page) => page.id === after.id) : pages.length - 1;
  const like = after ?? pages[pages.length - 1];
  const page = withDefaults({
    type: "page",
    id: session.newId(),
    order: between(pages[at]?.order ?? null, pages[at + 1]?.order ?? null),
    ...(like ? { width: like.width, height: like.height, pattern: like.pattern } : {}),
  });
  session.change([{ op: "put", record: page }]);
  room.board.get()?.goTo(page.id);
}

export function removePage(room: Room, pages: readonly Page[], page: Page): void {
  const { session } = room;
  const at = pages.findIndex((one) => one.id === page.id);
  const next = pages[at + 1] ?? pages[at - 1];
  if (!next) return;
  const ops = [patch([page.id], { gone: true })];
  if (session.table.ofType("class")[0]?.page === page.id) ops.push(patch(["class"], { page: next.id }));
  session.change(ops);
  if (room.boardState.get()?.page === page.id) room.board.get()?.goTo(next.id);
  room.notices.show({
    text: t("page.removed", { name: pageName(page, pages) }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => {
        session.change([patch([page.id], { gone: false })]);
        room.board.get()?.goTo(page.id);
      },
    },
  });
}

/** Moves a page one place; `step` is -1 or 1. */
export function movePage(room: Room, pages: readonly Page[], page: Page, step: -1 | 1): void {
  const at = pages.findIndex((one) => one.id === page.id);
  const other = pages[at + step];
  if (!other) return;
  const beyond = pages[at + 2 * step];
  const [low, high] = step > 0 ? [other, beyond] : [beyond, other];
  room.session.change([patch([page.id], { order: between(low?.order ?? null, high?.order ?? null) })]);
}

/** Removes everything on a page, and can bring it back. */
function clearPage(room: Room, pages: readonly Page[], page: Page): void {
  const { session } = room;
  const each = page.audience === "each";
  const state = room.boardState.get();
  // Where everyone works alone, what is cleared is what is seen: the worksheet, or the copy that is open.
  const copy = each && state?.page === page.id ? state.copy : "";
  const all = session.table.onPage(page.id).filter((one) => !each || (one as Drawable).copy === copy);
  if (!all.length) return;
  session.change([
    { op: "remove", ids: all.map((record) => record.id) },
    ...(each ? [] : [patch([page.id], { cleared: 1 })]),
  ]);
  room.notices.show({
    text: t("page.cleared", { name: pageName(page, pages) }),
    icon: "check",
    action: {
      label: t("undo"),
      run: () => session.change(all.map((record): Op => ({ op: "put", record }))),
    },
  });
}

function RenameDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const { session } = useRoom();
  const [title, set] = useState(page.title);
  return (
    <Dialog title={t("page.rename.label")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          session.change([patch([page.id], { title: title.trim().slice(0, 200) })]);
          onClose();
        }}
      >
        <input
          data-first
          class="cr-field"
          value={title}
          maxLength={200}
          aria-label={t("page.rename.label")}
          onInput={(event) => set(event.currentTarget.value)}
        />
        <div class="cr-dialog__foot">
          <Button onPress={onClose}>{t("cancel")}</Button>
          <Button kind="main" submit>
            {t("page.rename.keep")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const PATTERNS = ["blank", "dots", "grid", "ruled"] as const;

/** The menu of the present page, for staff. */
export function PageMenu({ small }: { small?: boolean }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const [renaming, rename] = useState<Page | null>(null);
  const page = pages.find((one) => one.id === state?.page);
  if (!room.staff || !page) return null;
  const at = pages.indexOf(page);
  const entries = (): (MenuEntry | "-")[] => [
    { icon: "text", label: t("page.rename"), run: () => rename(page) },
    {
      icon: "lock",
      label: t(page.locked ? "page.unlock" : "page.lock"),
      run: () => room.session.change([patch([page.id], { locked: !page.locked })]),
    },
    ...(page.audience === "staff"
      ? []
      : [
          {
            label: t("copies.each"),
            checked: page.audience === "each",
            run: () => setPrivate(room, page, page.audience !== "each"),
          },
        ]),
    ...(page.audience === "each"
      ? [{ icon: "grid", label: t("walk.open.it"), keyName: "W", run: () => room.walking.set(page.id) }]
      : []),
    "-",
    ...PATTERNS.map((pattern) => ({
      label: t(`page.${pattern}`),
      checked: page.pattern === pattern,
      radio: true,
      run: () => room.session.change([patch([page.id], { pattern })]),
    })),
    "-",
    {
      label: t("snap"),
      checked: state?.snap ?? false,
      run: () => room.board.get()?.setSnap(!state?.snap),
    },
    "-",
    ...(at > 0 ? [{ icon: "left", label: t("page.left"), run: () => movePage(room, pages, page, -1) }] : []),
    ...(at < pages.length - 1
      ? [{ icon: "right", label: t("page.right"), run: () => movePage(room, pages, page, 1) }]
      : []),
    { icon: "folder", label: t("import.open"), run: () => room.importing.set("") },
    { icon: "none", label: t("page.clear"), run: () => clearPage(room, pages, page) },
    ...(pages.length > 1
      ? [{ icon: "x", label: t("page.delete"), bad: true, run: () => removePage(room, pages, page) }]
      : []),
  ];
  return (
    <>
      <MenuButton icon="more" name={t("page.menu")} small={small} side="above" entries={entries} />
      {renaming ? <RenameDialog page={renaming} onClose={() => rename(null)} /> : null}
    </>
  );
}

/** Previous, "2 of 5", next, and for staff one more. */
export function PageNav({ small, add }: { small?: boolean; add?: boolean }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const at = pages.findIndex((page) => page.id === state?.page);
  const go = (index: number) => {
    const page = pages[index];
    if (page) room.board.get()?.goTo(page.id);
  };
  return (
    <>
      <IconButton
        icon="left"
        name={t("page.previous")}
        keyName="PgUp"
        small={small}
        disabled={at <= 0}
        onPress={() => go(at - 1)}
      />
      <span class="cr-page-no">
        {pages.length ? (
          <>
            <b>{Math.max(1, at + 1)}</b> of {pages.length}
          </>
        ) : (
          t("page.none")
        )}
      </span>
      <IconButton
        icon="right"
        name={t("page.next")}
        keyName="PgDn"
        small={small}
        disabled={at < 0 || at >= pages.length - 1}
        onPress={() => go(at + 1)}
      />
      {add && room.staff ? (
        <IconButton
          icon="plus"
          name={t("page.add")}
          small={small}
          onPress={() => addPage(room, pages, pages[at])}
        />
      ) : null}
    </>
  );
}

/** One page, small. Drawn again only when the page or what lies on it changed, and not more than twice a second. */
export function Thumbnail({ page }: { page: Page }) {
  const room = useRoom();
  const board = useCell(room.board);
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const node = canvas.current;
    if (!board || !node) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      board.renderThumbnail(page.id, node);
    };
    draw();
    const stop = room.session.on("table", (news) => {
      if (timer !== undefined) return;
      const on = (record: unknown) => (record as { page?: string } | undefined)?.page === page.id;
      const touched =
        news.reset ||
        [...news.put].some((id) => id === page.id || on(room.session.table.get(id))) ||
        [...news.removed.values()].some(on);
      if (touched) timer = setTimeout(draw, 500);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [board, page, room]);
  return (
    <canvas
      ref={canvas}
      class="cr-thumb__canvas"
      width={320}
      height={Math.round((320 * page.height) / page.width)}
    />
  );
}

/** All pages at a glance; pressing one goes there. */
export function PageOverview({ onClose }: { onClose: () => void }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector<HTMLElement>(".cr-on")?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <Dialog title={t("page.all")} wide onClose={onClose}>
      <div class="cr-overview" ref={list}>
        {pages.map((page, index) => (
          <button
            key={page.id}
            type="button"
            class={page.id === state?.page ? "cr-thumb cr-on" : "cr-thumb"}
            aria-current={page.id === state?.page}
            data-first={page.id === state?.page ? "" : undefined}
            onClick={() => {
              room.board.get()?.goTo(page.id);
              onClose();
            }}
          >
            <Thumbnail page={page} />
            <span class="cr-thumb__name cr-one-line">
              <b>{index + 1}</b> {page.title}
            </span>
          </button>
        ))}
        {room.staff ? (
          <button
            type="button"
            class="cr-thumb cr-thumb--add"
            aria-label={t("page.add")}
            onClick={() => {
              addPage(room, pages, pages[pages.length - 1]);
              onClose();
            }}
          >
            <span class="cr-thumb__plus">+</span>
            <span class="cr-thumb__name">{t("page.add")}</span>
          </button>
        ) : null}
      </div>
    </Dialog>
  );
}

/** Who draws: the switch that matters most. */
export function DrawSwitch({ label }: { label?: boolean }) {
  const { session } = useRoom();
  const draw = useClass()?.draw ?? "none";
  return (
    <>
      {label ? <span class="cr-small cr-muted cr-label">{t("draw.who")}</span> : null}
      <Segmented
        name={t("draw.who")}
        value={draw}
        choices={[
          { value: "none", label: t("draw.none") },
          { value: "chosen", label: t("draw.chosen") },
          { value: "all", label: t("draw.all") },
        ]}
        onChange={(who) => session.change([patch(["class"], { draw: who })])}
      />
    </>
  );
}
