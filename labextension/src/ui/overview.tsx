/**
 * All pages at a glance: as a grid in a dialog, or as a strip beside the board. Pressing one goes there.
 *
 * Staff order them here by dragging (a finger holds first, then drags) or with Alt and the arrow keys, and name, copy and
 * remove them in place. A drag that is let go of by Escape has never been. Focus stays on the page that was moved.
 */

import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Page } from "../core/schema";
import { Icon, IconButton } from "./controls";
import { Dialog, MenuButton } from "./layers";
import { addPage, duplicatePage, placePage, removePage, renamePage } from "./page_changes";
import { PageDialog, pageEntries, RenameDialog, Thumbnail } from "./pages";
import { useBoardState, useCell, useLatest, usePages, useRoom } from "./room";
import { t } from "./words";

/** CSS pixels that a mouse goes before it drags; milliseconds that a finger holds first. */
const SLACK = 6;
const HOLD = 300;
/** Near the edge of what scrolls, it scrolls: CSS pixels from the edge, and each move. */
const EDGE = 36;
const SCROLL = 14;

interface Drag {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  dx: number;
  dy: number;
  /** Where it would be put among the others. */
  index: number;
}

/** Would what is held at (x, y) stand before the card there, in reading order? */
function before(card: DOMRect, x: number, y: number, strip: boolean): boolean {
  if (strip) return y < card.top + card.height / 2;
  return y < card.top || (y <= card.bottom && x < card.left + card.width / 2);
}

/** Dragging cards of a list into another order. */
function useDragging(strip: boolean, drop: (id: string, index: number) => void) {
  const list = useRef<HTMLUListElement>(null);
  const [drag, set] = useState<Drag | null>(null);
  const dropping = useLatest(drop);
  /** Ends what is under way; the click that follows a drag goes nowhere. */
  const end = useRef<(() => void) | null>(null);
  const dragged = useRef(false);
  useEffect(() => () => end.current?.(), []);

  const begin = (event: TargetedPointerEvent<HTMLElement>, id: string) => {
    if (event.button !== 0 || end.current) return;
    dragged.current = false;
    const { clientX: x, clientY: y, pointerId } = event;
    const touch = event.pointerType === "touch";
    let now: Drag | null = null;
    const lift = () => {
      now = { id, x, y, dx: 0, dy: 0, index: -1 };
      dragged.current = true;
      set(now);
    };
    const timer = touch ? setTimeout(lift, HOLD) : undefined;
    const move = (next: PointerEvent) => {
      if (next.pointerId !== pointerId) return;
      const [dx, dy] = [next.clientX - x, next.clientY - y];
      if (!now) {
        if (Math.abs(dx) + Math.abs(dy) < SLACK) return;
        if (touch) return stop(); // that finger scrolls
        lift();
      }
      const node = list.current;
      if (!node) return;
      const box = node.getBoundingClientRect();
      if (next.clientY < box.top + EDGE) node.scrollTop -= SCROLL;
      else if (next.clientY > box.bottom - EDGE) node.scrollTop += SCROLL;
      const others = [...node.querySelectorAll<HTMLElement>("[data-page]")].filter(
        (card) => card.dataset.page !== id,
      );
      const at = others.findIndex((card) =>
        before(card.getBoundingClientRect(), next.clientX, next.clientY, strip),
      );
      now = { id, x, y, dx, dy, index: at < 0 ? others.length : at };
      set(now);
    };
    const up = (next: PointerEvent) => {
      if (next.pointerId !== pointerId) return;
      const done = now;
      stop();
      if (done && done.index >= 0) dropping.current(done.id, done.index);
    };
    const key = (press: KeyboardEvent) => {
      if (press.key !== "Escape" || !now) return;
      press.preventDefault();
      press.stopPropagation();
      stop();
    };
    const still = (touching: TouchEvent) => now && touching.cancelable && touching.preventDefault();
    const stop = () => {
      clearTimeout(timer);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", up);
      window.removeEventListener("pointercancel", stop);
      window.removeEventListener("keydown", key, true);
      window.removeEventListener("touchmove", still);
      end.current = null;
      set(null);
    };
    end.current = stop;
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
    window.addEventListener("pointercancel", stop);
    window.addEventListener("keydown", key, true);
    window.addEventListener("touchmove", still, { passive: false });
  };
  return { list, drag, begin, dragged };
}

function TitleField({ page, number, onDone }: { page: Page; number: number; onDone: () => void }) {
  const room = useRoom();
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.select(), []);
  const over = useRef(false);
  const done = (keep: boolean) => {
    if (over.current) return;
    over.current = true;
    if (keep && field.current) renamePage(room, page, field.current.value);
    onDone();
  };
  return (
    <input
      ref={field}
      class="cr-field cr-thumb__title"
      defaultValue={page.title}
      maxLength={200}
      aria-label={t("page.title", { number: String(number) })}
      onBlur={() => done(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault(); // the card that has the focus then must not be pressed by the same key
        done(event.key === "Enter");
      }}
    />
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The cards themselves. */
export function PageCards({ strip = false, onGo }: { strip?: boolean; onGo?: () => void }) {
  const room = useRoom();
  const pages = usePages();
  const state = useBoardState();
  const [naming, name] = useState("");
  const [renaming, rename] = useState<Page | null>(null);
  const [looking, look] = useState("");
  const wanted = useRef("");
  const { list, drag, begin, dragged } = useDragging(strip, (id, index) => {
    const page = pages.find((one) => one.id === id);
    if (page) placePage(room, pages, page, index);
  });
  const shown = state?.page ?? "";
  const card = (id: string) => list.current?.querySelector<HTMLElement>(`[data-page="${id}"] .cr-thumb`);
  useEffect(() => {
    list.current?.querySelector<HTMLElement>(".cr-on")?.scrollIntoView({ block: "nearest" });
  }, [shown]);
  // A card that was moved keeps the focus, which moving it in the page took away.
  useLayoutEffect(() => {
    if (wanted.current) card(wanted.current)?.focus();
    wanted.current = "";
  }, [pages, naming]);

  const columns = () => {
    const tops = [...(list.current?.children ?? [])].map((one) => (one as HTMLElement).offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  };
  const press = (event: TargetedKeyboardEvent<HTMLElement>, page: Page, index: number) => {
    const { key, altKey } = event;
    const mod = event.ctrlKey || event.metaKey;
    const step = STEPS[key];
    const used = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (step && !mod) {
      used();
      const by = step[0] + step[1] * (strip ? 1 : columns());
      const to = Math.max(0, Math.min(pages.length - 1, index + by));
      if (!altKey) return card(pages[to]!.id)?.focus();
      if (!room.staff) return;
      wanted.current = page.id;
      placePage(room, pages, page, to);
      return;
    }
    if (!room.staff || altKey) return;
    if (mod && key.toLowerCase() === "z") {
      // What the toast offers, for those whom the dialog keeps from going there.
      used();
      const action = room.notices.current?.action;
      room.notices.dismiss();
      action?.run();
      return;
    }
    if (key === "F2") {
      used();
      name(page.id);
    } else if (key === "Delete" || key === "Backspace") {
      used();
      wanted.current = (pages[index + 1] ?? pages[index - 1])?.id ?? "";
      removePage(room, pages, page);
    } else if (mod && key.toLowerCase() === "d") {
      used();
      duplicatePage(room, pages, page);
    }
  };
  const rest = drag ? pages.filter(({ id }) => id !== drag.id) : [];
  const looked = pages.find((one) => one.id === looking);
  return (
    <>
      <ul class={strip ? "cr-strip__list" : "cr-overview"} ref={list}>
        {pages.map((page, index) => {
          const held = drag?.id === page.id;
          const mark =
            drag && drag.index >= 0
              ? rest[drag.index]?.id === page.id
                ? " cr-drop-before"
                : drag.index === rest.length && rest[rest.length - 1]?.id === page.id
                  ? " cr-drop-after"
                  : ""
              : "";
          return (
            <li
              key={page.id}
              data-page={page.id}
              class={`cr-pagecard${held ? " cr-held" : ""}${mark}`}
              style={held ? { transform: `translate(${drag.dx}px, ${drag.dy}px)` } : undefined}
            >
              <button
                type="button"
                class={page.id === shown ? "cr-thumb cr-on" : "cr-thumb"}
                aria-current={page.id === shown ? "page" : undefined}
                aria-label={[t("page.number", { number: String(index + 1) }), page.title]
                  .filter(Boolean)
                  .join(", ")}
                aria-description={room.staff ? t("page.drag") : undefined}
                data-first={page.id === shown ? "" : undefined}
                onPointerDown={(event) => room.staff && begin(event, page.id)}
                onKeyDown={(event) => press(event, page, index)}
                onContextMenu={(event) => dragged.current && event.preventDefault()}
                onClick={() => {
                  if (dragged.current) {
                    dragged.current = false;
                    return;
                  }
                  room.board.get()?.goTo(page.id);
                  onGo?.();
                }}
              >
                <Thumbnail page={page} />
              </button>
              <span class="cr-row cr-thumb__foot">
                <b aria-hidden="true">{index + 1}</b>
                {naming === page.id ? (
                  <TitleField
                    page={page}
                    number={index + 1}
                    onDone={() => {
                      wanted.current = page.id;
                      name("");
                    }}
                  />
                ) : (
                  <span
                    class="cr-grow cr-one-line"
                    aria-hidden="true"
                    onDblClick={() => room.staff && name(page.id)}
                  >
                    {page.title}
                  </span>
                )}
                {page.locked ? <Icon name="lock" small /> : null}
                {page.audience === "staff" ? <Icon name="eye" small /> : null}
                {page.audience === "each" ? <Icon name="people" small /> : null}
                {room.staff && naming !== page.id ? (
                  <MenuButton
                    icon="more"
                    small
                    name={t("page.menu.of", { name: page.title || String(index + 1) })}
                    entries={() => [
                      ...pageEntries(room, pages, page, {
                        rename: strip ? rename : () => name(page.id),
                        look: () => look(page.id),
                      }),
                      {
                        icon: "plus",
                        label: t("page.add.here"),
                        run: () => void addPage(room, pages, page),
                      },
                    ]}
                  />
                ) : null}
              </span>
            </li>
          );
        })}
        {room.staff ? (
          <li class="cr-pagecard">
            <button
              type="button"
              class="cr-thumb cr-thumb--add"
              aria-label={t("page.add")}
              onClick={() => {
                addPage(room, pages, pages[pages.length - 1]);
                onGo?.();
              }}
            >
              <span class="cr-thumb__plus" aria-hidden="true">
                +
              </span>
            </button>
          </li>
        ) : null}
      </ul>
      {renaming ? <RenameDialog page={renaming} onClose={() => rename(null)} /> : null}
      {looked ? <PageDialog page={looked} onClose={() => look("")} /> : null}
    </>
  );
}

/** All pages at a glance; pressing one goes there. */
export function PageOverview({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("page.all")} wide onClose={onClose}>
      <PageCards onGo={onClose} />
    </Dialog>
  );
}

/** CSS pixels that the strip takes of the stage. */
export const STRIP = 148;

/** The pages beside the board, where somebody wants them there. */
export function PageStrip() {
  const room = useRoom();
  const open = useCell(room.strip);
  if (!open) return null;
  return (
    <aside class="cr-strip" aria-label={t("page.strip")}>
      <div class="cr-row cr-strip__head">
        <span class="cr-grow cr-small cr-muted">{t("page.all")}</span>
        <IconButton icon="x" small name={t("page.strip.hide")} onPress={() => room.strip.set(false)} />
      </div>
      <PageCards strip />
    </aside>
  );
}
