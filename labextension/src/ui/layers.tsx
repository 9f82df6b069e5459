/**
 * What lies above the page: popovers and menus that open from their button, dialogs, and the toast.
 *
 * Each opens inside its own panel, away from the page's edge; Esc closes the topmost and gives the focus back to what had
 * it. A dialog keeps the focus inside while it is open. Nothing here opens by itself except the toast.
 */

import type { ComponentChildren } from "preact";
import { render } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

import { Button, Icon, IconButton } from "./controls";
import { RoomContext, useLatest, useRoom } from "./room";
import { t } from "./words";

const EDGE = 8;

/** Draws its children into the panel's own root, so that no scrolling or clipping part of it cuts them. */
export function Portal({ children }: { children: ComponentChildren }) {
  const room = useRoom();
  const [holder, hold] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const node = document.createElement("div");
    node.className = "cr-portal";
    room.root?.append(node);
    hold(node);
    return () => {
      render(null, node);
      node.remove();
    };
  }, [room]);
  useLayoutEffect(() => {
    if (holder) render(<RoomContext.Provider value={room}>{children}</RoomContext.Provider>, holder);
  });
  return null;
}

function focusable(node: HTMLElement): HTMLElement[] {
  const found = node.querySelectorAll<HTMLElement>(
    "button:not([disabled]), input:not([disabled]), textarea, select, a[href], [tabindex='0']",
  );
  return [...found].filter((one) => one.offsetParent !== null || one.getClientRects().length > 0);
}

/** While mounted: one layer, closed by Esc, giving back the focus. */
function useLayer(onClose: () => void): void {
  const room = useRoom();
  const close = useLatest(onClose);
  useLayoutEffect(() => {
    const before = document.activeElement;
    const leave = room.layers.add(() => close.current());
    return () => {
      leave();
      const now = document.activeElement;
      const lost = !now || now === document.body || !now.isConnected || now.closest(".cr-layer") !== null;
      if (!lost || !(before instanceof HTMLElement)) return;
      if (before.isConnected) before.focus({ preventScroll: true });
      else room.board.get()?.focus();
    };
  }, [room]);
}

export type Side = "right" | "below" | "above" | "left";

interface PopoverProps {
  anchor: HTMLElement;
  name: string;
  side?: Side;
  kind?: string;
  menu?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** A small panel beside the button that opened it. */
export function Popover(props: PopoverProps) {
  return (
    <Portal>
      <PopoverBox {...props} />
    </Portal>
  );
}

function PopoverBox({ anchor, name, side = "below", kind, menu, onClose, children }: PopoverProps) {
  const { root } = useRoom();
  const box = useRef<HTMLDivElement>(null);
  const close = useLatest(onClose);
  useLayer(onClose);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node || !root) return;
    place(node, anchor.getBoundingClientRect(), root.getBoundingClientRect(), side);
    (focusable(node).find((one) => one.classList.contains("cr-on")) ?? focusable(node)[0])?.focus({
      preventScroll: true,
    });
    const outside = (event: Event) => {
      const target = event.target as Node;
      if (!node.contains(target) && !anchor.contains(target)) close.current();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [anchor, root, side]);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Tab" && menu) close.current();
    if (!step || !box.current || (event.target as HTMLElement).tagName === "INPUT") return;
    const all = focusable(box.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  const semantics = { role: menu ? "menu" : "dialog", "aria-label": name } as const;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is in `semantics`
    <div
      ref={box}
      class={`cr-pop cr-layer ${menu ? "cr-menu" : ""} ${kind ?? ""}`}
      {...semantics}
      tabIndex={-1}
      onKeyDown={move}
    >
      {children}
    </div>
  );
}

/** Puts a box beside its button, inside the panel. */
function place(node: HTMLElement, at: DOMRect, root: DOMRect, side: Side): void {
  node.style.maxHeight = `${Math.max(120, root.height - 2 * EDGE)}px`;
  const { width, height } = node.getBoundingClientRect();
  const gap = 10;
  let x = at.left - root.left;
  let y = at.top - root.top;
  if (side === "right" || side === "left") {
    x = side === "right" ? x + at.width + gap : x - width - gap;
    y += at.height / 2 - height / 2;
  } else {
    const below = y + at.height + gap / 2;
    const above = y - height - gap / 2;
    y =
      side === "below"
        ? below + height <= root.height - EDGE || above < EDGE
          ? below
          : above
        : above >= EDGE
          ? above
          : below;
    if (x + at.width / 2 > root.width / 2) x += at.width - width;
  }
  node.style.left = `${Math.max(EDGE, Math.min(x, root.width - width - EDGE))}px`;
  node.style.top = `${Math.max(EDGE, Math.min(y, root.height - height - EDGE))}px`;
}

export interface MenuEntry {
  icon?: string;
  label: string;
  keyName?: string;
  /** Shown as chosen, among its neighbours (`radio`) or by itself. */
  checked?: boolean;
  radio?: boolean;
  bad?: boolean;
  run: () => void;
}

/** What a screen reader is told of an entry. */
function entryRole({ checked, radio }: MenuEntry) {
  if (checked === undefined) return { role: "menuitem" } as const;
  return { role: radio ? "menuitemradio" : "menuitemcheckbox", "aria-checked": checked } as const;
}

/** A menu: entries, and "-" for a line between groups. Choosing one closes it. */
export function Menu(props: {
  anchor: HTMLElement;
  name: string;
  side?: Side;
  entries: readonly (MenuEntry | "-")[];
  onClose: () => void;
}) {
  // Where no entry has an icon, none leaves a place for one.
  const pictured = props.entries.some((entry) => entry !== "-" && entry.icon);
  return (
    <Popover anchor={props.anchor} name={props.name} side={props.side} menu onClose={props.onClose}>
      {props.entries.map((entry, index) =>
        entry === "-" ? (
          <div key={index} class="cr-hr" role="separator" />
        ) : (
          <button
            key={index}
            type="button"
            {...entryRole(entry)}
            class={entry.bad ? "cr-bad" : undefined}
            onClick={() => {
              props.onClose();
              entry.run();
            }}
          >
            {entry.icon ? <Icon name={entry.icon} /> : pictured ? <span class="cr-ic" /> : null}
            {entry.label}
            {entry.checked ? (
              <span class="cr-menu__tick">
                <Icon name="check" small />
              </span>
            ) : null}
            {entry.keyName ? <span class="cr-kbd">{entry.keyName}</span> : null}
          </button>
        ),
      )}
    </Popover>
  );
}

/** A button that opens a menu of its own. */
export function MenuButton(props: {
  icon: string;
  name: string;
  small?: boolean;
  side?: Side;
  kind?: string;
  /** Words beside the icon: a button that says what it opens. */
  label?: string;
  entries: () => readonly (MenuEntry | "-")[];
}) {
  const [anchor, open] = useState<HTMLElement | null>(null);
  return (
    <>
      {props.label ? (
        <Button
          kind={props.kind}
          icon={props.icon}
          expanded={anchor !== null}
          onPress={(event) => open(anchor ? null : event.currentTarget)}
        >
          {props.label}
        </Button>
      ) : (
        <IconButton
          icon={props.icon}
          name={props.name}
          small={props.small}
          kind={props.kind}
          expanded={anchor !== null}
          onPress={(event) => open(anchor ? null : event.currentTarget)}
        />
      )}
      {anchor ? (
        <Menu
          anchor={anchor}
          name={props.name}
          side={props.side}
          entries={props.entries()}
          onClose={() => open(null)}
        />
      ) : null}
    </>
  );
}

interface DialogProps {
  title: string;
  wide?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** Something the person asked for that needs an answer. */
export function Dialog(props: DialogProps) {
  return (
    <Portal>
      <DialogBox {...props} />
    </Portal>
  );
}

function DialogBox({ title, wide, onClose, children }: DialogProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayer(onClose);
  useEffect(() => {
    const node = box.current;
    if (node)
      (node.querySelector<HTMLElement>("[data-first]") ?? focusable(node)[1] ?? node).focus({
        preventScroll: true,
      });
  }, []);
  const keep = (event: KeyboardEvent) => {
    if (event.key !== "Tab" || !box.current) return;
    const all = focusable(box.current);
    const [first, last] = [all[0], all[all.length - 1]];
    const now = document.activeElement;
    if (event.shiftKey ? now === first || now === box.current : now === last) {
      (event.shiftKey ? last : first)?.focus();
      event.preventDefault();
    }
  };
  return (
    <div
      class="cr-veil cr-layer"
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
    >
      <div
        ref={box}
        class={wide ? "cr-dialog cr-dialog--wide" : "cr-dialog"}
        role="dialog"
        aria-modal="true"
        aria-label={title}
        tabIndex={-1}
        onKeyDown={keep}
      >
        <div class="cr-row cr-dialog__head">
          <h2 class="cr-grow">{title}</h2>
          <IconButton icon="x" name={t("close")} keyName="Esc" onPress={onClose} />
        </div>
        {children}
      </div>
    </div>
  );
}

/** The one toast of the panel. */
export function Toast() {
  const { notices } = useRoom();
  const [, again] = useReducer((n: number) => n + 1, 0);
  useLayoutEffect(() => notices.watch(() => again(0)), [notices]);
  const notice = notices.current;
  return (
    <div class="cr-toasts" role="status" aria-live="polite">
      {notice ? (
        <div
          key={notice.text}
          class="cr-toast"
          onPointerEnter={() => notices.hold(true)}
          onPointerLeave={() => notices.hold(false)}
          onFocusIn={() => notices.hold(true)}
          onFocusOut={() => notices.hold(false)}
        >
          {notice.icon ? <Icon name={notice.icon} small /> : null}
          <span>{notice.text}</span>
          {notice.action ? (
            <button
              type="button"
              onClick={() => {
                const run = notice.action?.run;
                notices.hold(false);
                notices.dismiss();
                run?.();
              }}
            >
              {notice.action.label}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
