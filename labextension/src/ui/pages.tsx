/**
 * Pages of the board: where one is, the way to the next, a page as a thumbnail, and (for staff) adding, naming, dressing,
 * locking and removing. What each of these changes stands in `page_changes.ts`; all of them together in `overview.tsx`.
 */

import type { ComponentChild } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Page } from "../core/schema";
import { Button, IconButton, Segmented } from "./controls";
import type { MenuEntry } from "./layers";
import { Dialog, Menu, MenuButton } from "./layers";
import {
  addPage,
  clearPage,
  duplicatePage,
  PATTERNS,
  patchPage,
  removePage,
  renamePage,
  resizePage,
  SIZES,
  type SizeName,
  sized,
  sizeOf,
} from "./page_changes";
import { chooseAny } from "./pictures";
import type { Room } from "./room";
import { useBoardState, useCell, useClass, usePages, useRoom } from "./room";
import { setPrivate } from "./showing";
import { t } from "./words";

const LONG_PRESS = 500;

export function RenameDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const room = useRoom();
  const [title, set] = useState(page.title);
  return (
    <Dialog title={t("page.rename.label")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          renamePage(room, page, title);
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

/** The menu of the present page, for staff. */
export function PageMenu({ small }: { small?: boolean }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const [renaming, rename] = useState<Page | null>(null);
  const [looking, look] = useState("");
  const page = pages.find((one) => one.id === state?.page);
  const looked = pages.find((one) => one.id === looking);
  if (!room.staff || !page) return null;
  return (
    <>
      <MenuButton
        icon="more"
        name={t("page.menu")}
        small={small}
        side="above"
        entries={() => [
          ...pageEntries(room, pages, page, { rename, look: () => look(page.id) }),
          "-",
          {
            label: t("snap"),
            checked: state?.snap ?? false,
            run: () => room.board.get()?.setSnap(!state?.snap),
          },
          { icon: "folder", label: t("import.open"), run: () => chooseAny(room) },
        ]}
      />
      {renaming ? <RenameDialog page={renaming} onClose={() => rename(null)} /> : null}
      {looked ? <PageDialog page={looked} onClose={() => look("")} /> : null}
    </>
  );
}

/** What can be done with a page, in three groups: what it is, who writes, what becomes of it. */
export function pageEntries(
  room: Room,
  pages: readonly Page[],
  page: Page,
  doors: { rename: (page: Page) => void; look: (page: Page) => void },
): (MenuEntry | "-")[] {
  return [
    { icon: "text", label: t("page.rename"), run: () => doors.rename(page) },
    { icon: "grid", label: t("page.look"), run: () => doors.look(page) },
    "-",
    {
      icon: page.locked ? "unlock" : "lock",
      label: t(page.locked ? "page.unlock" : "page.lock"),
      run: () => patchPage(room, page, { locked: !page.locked }),
    },
    ...(page.audience === "staff"
      ? []
      : [
          {
            icon: "people",
            label: t("copies.each"),
            checked: page.audience === "each",
            run: () => setPrivate(room, page, page.audience !== "each"),
          },
        ]),
    ...(page.audience === "each"
      ? [{ icon: "eye", label: t("walk.open.it"), keyName: "W", run: () => room.walking.set(page.id) }]
      : []),
    "-",
    { icon: "copy", label: t("page.duplicate"), run: () => duplicatePage(room, pages, page) },
    { icon: "eraser", label: t("page.clear"), run: () => clearPage(room, pages, page) },
    ...(pages.length > 1
      ? [{ icon: "trash", label: t("page.delete"), bad: true, run: () => removePage(room, pages, page) }]
      : []),
  ];
}

/** A few choices as small pictures with their words: one is chosen. */
function Tiles<T extends string>(props: {
  name: string;
  choices: readonly T[];
  value: string;
  label: (choice: T) => string;
  picture: (choice: T) => ComponentChild;
  onChange: (choice: T) => void;
}) {
  const { choices, value } = props;
  const step = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (!by || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (at + by + all.length) % all.length;
    all[next]?.focus();
    props.onChange(choices[next]!);
  };
  const chosen = (choices as readonly string[]).includes(value);
  return (
    <div class="cr-tiles" role="radiogroup" aria-label={props.name} onKeyDown={step}>
      {choices.map((choice, index) => (
        <button
          key={choice}
          type="button"
          role="radio"
          aria-checked={choice === value}
          tabIndex={choice === value || (!chosen && index === 0) ? 0 : -1}
          class={choice === value ? "cr-tile cr-on" : "cr-tile"}
          onClick={() => props.onChange(choice)}
        >
          {props.picture(choice)}
          {props.label(choice)}
        </button>
      ))}
    </div>
  );
}

/** A background as it looks, some 4 squares wide: the numbers are those of the board at a sixth of their size. */
function PatternPicture({ pattern }: { pattern: Page["pattern"] }) {
  const lines: ComponentChild[] = [];
  const row = (y: number, axis = false) =>
    lines.push(<path class={axis ? "cr-axis" : undefined} d={`M0 ${y}H56`} />);
  const column = (x: number, axis = false) =>
    lines.push(<path class={axis ? "cr-axis" : undefined} d={`M${x} 0V36`} />);
  if (pattern === "grid" || pattern === "axes") {
    for (const x of [7, 14, 21, 28, 35, 42, 49]) column(x);
    for (const y of [4, 11, 18, 25, 32]) row(y);
  }
  if (pattern === "axes") {
    row(18, true);
    column(28, true);
  }
  if (pattern === "ruled") for (const y of [8, 16, 24, 32]) row(y);
  if (pattern === "staves") for (const top of [5, 22]) for (let i = 0; i < 5; i++) row(top + 2.4 * i);
  if (pattern === "dots")
    for (const y of [4, 11, 18, 25, 32])
      for (const x of [7, 14, 21, 28, 35, 42, 49]) lines.push(<circle cx={x} cy={y} r="0.9" />);
  return (
    <svg class="cr-tile__page" viewBox="0 0 56 36" aria-hidden="true">
      {lines}
    </svg>
  );
}

function SizePicture({ size }: { size: SizeName }) {
  const { width, height } = sized(size);
  const scale = Math.min(44 / width, 30 / height);
  const [w, h] = [width * scale, height * scale];
  return (
    <svg class="cr-tile__size" viewBox="0 0 56 36" aria-hidden="true">
      {size === "endless" ? (
        <path d="M28 5v26M9 18h38M24.5 8.5 28 5l3.5 3.5M24.5 27.5 28 31l3.5-3.5M12.5 14.5 9 18l3.5 3.5M43.500 14.5 47 18l-3.5 3.5" />
      ) : (
        <rect x={28 - w / 2} y={18 - h / 2} width={w} height={h} rx="2" />
      )}
    </svg>
  );
}

const AUDIENCES = ["all", "each", "staff"] as const;

/** What a page looks like and whom it is for. Everything takes effect at once. */
export function PageDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const room = useRoom();
  return (
    <Dialog title={t("page.look.title")} wide onClose={onClose}>
      <h3 class="cr-pagelook__head">{t("page.pattern")}</h3>
      <Tiles
        name={t("page.pattern")}
        choices={PATTERNS}
        value={page.pattern}
        label={(pattern) => t(`page.${pattern}`)}
        picture={(pattern) => <PatternPicture pattern={pattern} />}
        onChange={(pattern) => patchPage(room, page, { pattern })}
      />
      <h3 class="cr-pagelook__head">{t("page.size")}</h3>
      <Tiles
        name={t("page.size")}
        choices={SIZES}
        value={sizeOf(page)}
        label={(size) => t(`page.size.${size}`)}
        picture={(size) => <SizePicture size={size} />}
        onChange={(size) => resizePage(room, page, size)}
      />
      <h3 class="cr-pagelook__head">{t("page.audience")}</h3>
      <Segmented
        name={t("page.audience")}
        value={page.audience}
        choices={AUDIENCES.map((value) => ({ value, label: t(`page.audience.${value}`) }))}
        onChange={(audience) => {
          if (audience === page.audience) return;
          if (audience === "each") setPrivate(room, page, true);
          else patchPage(room, page, { audience });
        }}
      />
      <p class="cr-small cr-muted">{t(`page.audience.${page.audience}.long`)}</p>
    </Dialog>
  );
}

/** One more page like this one; a right click, a long press or the arrow beside it offers the sizes. */
function AddButton({ small, page }: { small?: boolean; page: Page | undefined }) {
  const room = useRoom();
  const pages = usePages();
  const [anchor, open] = useState<HTMLElement | null>(null);
  const holder = useRef<HTMLSpanElement>(null);
  const held = useRef<{ timer?: ReturnType<typeof setTimeout>; opened: boolean }>({ opened: false });
  const sizes = () => open(holder.current?.querySelector<HTMLElement>("button") ?? null);
  const release = () => clearTimeout(held.current.timer);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow button inside does the same
    <span
      ref={holder}
      class="cr-row cr-addpage"
      onContextMenu={(event) => {
        event.preventDefault();
        sizes();
      }}
      onPointerDown={(event) => {
        held.current.opened = false;
        if (event.button !== 0) return;
        held.current.timer = setTimeout(() => {
          held.current.opened = true;
          sizes();
        }, LONG_PRESS);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onPointerLeave={release}
    >
      <IconButton
        icon="plus"
        name={t("page.add")}
        small={small}
        onPress={() => {
          // The press that has opened the sizes adds nothing.
          if (!held.current.opened) addPage(room, pages, page);
          held.current.opened = false;
        }}
      />
      <IconButton
        icon="down"
        name={t("page.add.size")}
        small={small}
        kind="cr-addpage__more"
        expanded={anchor !== null}
        onPress={() => (anchor ? open(null) : sizes())}
      />
      {anchor ? (
        <Menu
          anchor={anchor}
          name={t("page.add.size")}
          side="above"
          onClose={() => open(null)}
          entries={[
            ...SIZES.map((size) => ({
              label: t(`page.size.${size}`),
              run: () => void addPage(room, pages, page, size),
            })),
            ...(page
              ? (["-", { label: t("page.duplicate"), run: () => duplicatePage(room, pages, page) }] as const)
              : []),
          ]}
        />
      ) : null}
    </span>
  );
}

/** Previous, "2 of 5", next, and for staff one more. */
export function PageNav({ small, add, strip }: { small?: boolean; add?: boolean; strip?: boolean }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const open = useCell(room.strip);
  const at = pages.findIndex((page) => page.id === state?.page);
  const number = (
    <>
      <b>{Math.max(1, at + 1)}</b> of {pages.length}
    </>
  );
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
      {strip && pages.length ? (
        <button
          type="button"
          class="cr-page-no"
          title={t("page.strip")}
          aria-expanded={open}
          onClick={() => room.strip.set(!open)}
        >
          {number}
        </button>
      ) : (
        <span class="cr-page-no">{pages.length ? number : t("page.none")}</span>
      )}
      <IconButton
        icon="right"
        name={t("page.next")}
        keyName="PgDn"
        small={small}
        disabled={at < 0 || at >= pages.length - 1}
        onPress={() => go(at + 1)}
      />
      {add && room.staff ? <AddButton small={small} page={pages[at]} /> : null}
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
      style={{ aspectRatio: `${page.width} / ${page.height}` }}
    />
  );
}

/** Who draws: the switch that matters most. */
export function DrawSwitch({ label }: { label?: boolean }) {
  const { session } = useRoom();
  const draw = useClass()?.draw ?? "none";
  return (
    <>
      {label ? <span class="cr-small cr-muted cr-label cr-label--draw">{t("draw.who")}</span> : null}
      <Segmented
        name={t("draw.who")}
        value={draw}
        choices={[
          { value: "none", label: t("draw.none") },
          { value: "chosen", label: t("draw.chosen") },
          { value: "all", label: t("draw.all") },
        ]}
        onChange={(who) => session.change([{ op: "patch", ids: ["class"], fields: { draw: who } }])}
      />
    </>
  );
}
