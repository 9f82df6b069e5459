/**
 * The menu of the right button, of a long press, and of the menu key: what can be done with the thing under the pointer,
 * with what is selected, or with the page.
 *
 * It promises never to open in the middle of a drag, and to offer only what this person may do. Everything it does is the
 * board's, the clipboard's or the export's to do.
 */

import { useLayoutEffect, useState } from "preact/hooks";

import { chord } from "../board";
import { DoorError } from "../client/door";
import { DRAWABLE, type Drawable } from "../core/schema";
import { copyText } from "./clipboard";
import { COMMAND, copyNow, pasteNow } from "./clipping";
import { save } from "./export";
import { keysOff } from "./keys_off";
import { Menu, type MenuEntry } from "./layers";
import { chooseAny } from "./pictures";
import type { Room } from "./room";
import { useCell, useRoom } from "./room";
import { clearWork, hasWork } from "./showing";
import { t } from "./words";

/** CSS pixels: a press that went further was a drag. */
const STILL = 6;
/** Milliseconds of a finger. */
const LONG = 550;
/** People whose work a page's menu offers to clear, at most. */
const PEOPLE = 6;

interface Opened {
  /** An element of no size where the menu opens. */
  readonly anchor: HTMLElement;
  /** The board's place there, and the window's. */
  readonly at: { x: number; y: number };
  readonly where: { clientX: number; clientY: number };
  readonly on: "thing" | "page";
}

export function BoardMenu({ stage }: { stage: HTMLElement | null }) {
  const room = useRoom();
  const board = useCell(room.board);
  const [opened, set] = useState<Opened | null>(null);
  useLayoutEffect(() => {
    if (!stage || !board) return;
    const anchor = stage.ownerDocument.createElement("div");
    anchor.className = "cr-menu-place";
    stage.append(anchor);
    const open = (clientX: number, clientY: number, byKey: boolean) => {
      if (!board.state.canDraw) return;
      const { left, top } = stage.getBoundingClientRect();
      anchor.style.left = `${clientX - left}px`;
      anchor.style.top = `${clientY - top}px`;
      if (!byKey) {
        const id = board.thingAt({ x: clientX - left, y: clientY - top });
        if (id && !board.selection.includes(id)) board.select([id]);
        else if (!id && board.state.selected) board.select([]);
      }
      const on = board.selection.length ? "thing" : "page";
      const where = { clientX, clientY };
      set({ anchor, at: board.placeAt(where), where, on });
    };
    const onBoard = (event: Event) =>
      event.target instanceof Element && event.target.closest(".cr-board-touch") !== null;

    let pressed: { x: number; y: number } | null = null;
    let finger: ReturnType<typeof setTimeout> | undefined;
    const down = (event: PointerEvent) => {
      clearTimeout(finger);
      pressed = null;
      if (!onBoard(event)) return;
      const { clientX: x, clientY: y } = event;
      if (event.button === 2) pressed = { x, y };
      else if (event.pointerType !== "mouse" && event.isPrimary && /^(select|hand)$/.test(board.state.tool)) {
        pressed = { x, y };
        finger = setTimeout(() => {
          pressed = null;
          if (board.state.drawing) board.cancel();
          open(x, y, false);
        }, LONG);
      }
    };
    const move = (event: PointerEvent) => {
      if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > STILL) {
        pressed = null;
        clearTimeout(finger);
      }
    };
    const up = (event: PointerEvent) => {
      clearTimeout(finger);
      if (pressed && event.button === 2) open(event.clientX, event.clientY, false);
      pressed = null;
    };
    const key = (event: KeyboardEvent) => {
      const asked = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
      const mine = event.target instanceof Element && event.target.closest(".cr-board-stage");
      if (!asked || !mine || event.defaultPrevented || keysOff.stops(chord(event))) return;
      event.preventDefault();
      event.stopPropagation();
      const box = board.state.selectionMenuAnchor;
      const area = stage.getBoundingClientRect();
      const [x, y] = box
        ? [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2]
        : [area.width / 2, area.height / 2];
      open(area.left + x, area.top + y, true);
    };
    // Some browsers tell of the key by this event alone; by mouse it has come by `pointerup`.
    const menu = (event: Event) => event.preventDefault();
    const listen = { capture: true };
    stage.addEventListener("pointerdown", down, listen);
    stage.addEventListener("pointermove", move, listen);
    stage.addEventListener("pointerup", up, listen);
    stage.addEventListener("pointercancel", up, listen);
    stage.addEventListener("keydown", key);
    stage.addEventListener("contextmenu", menu);
    return () => {
      clearTimeout(finger);
      anchor.remove();
      stage.removeEventListener("pointerdown", down, listen);
      stage.removeEventListener("pointermove", move, listen);
      stage.removeEventListener("pointerup", up, listen);
      stage.removeEventListener("pointercancel", up, listen);
      stage.removeEventListener("keydown", key);
      stage.removeEventListener("contextmenu", menu);
    };
  }, [stage, board]);
  if (!opened || !board) return null;
  return (
    <Menu
      anchor={opened.anchor}
      name={t(opened.on === "thing" ? "menu.thing" : "menu.page")}
      entries={opened.on === "thing" ? ofThings(room, opened) : ofPage(room, opened)}
      onClose={() => {
        set(null);
        board.focus();
      }}
    />
  );
}

const keys = (...names: string[]) => [COMMAND, ...names].join(" ");

function ofThings(room: Room, { at }: Opened): (MenuEntry | "-")[] {
  const board = room.board.get()!;
  const { picked } = board.state;
  const locked = picked?.locked ?? false;
  const one = board.selection.length === 1;
  const lock: MenuEntry[] = room.staff
    ? [
        {
          icon: locked ? "unlock" : "lock",
          label: t(locked ? "sel.unlock" : "sel.lock"),
          keyName: keys("⇧", "L"),
          run: () => board.lock(!locked),
        },
      ]
    : [];
  const copying: MenuEntry[] = [
    { icon: "copy", label: t("menu.copy"), keyName: keys("C"), run: () => copyNow(room, false) },
    { icon: "image", label: t("menu.copy.png"), run: () => void copyPicture(room) },
    { label: t("menu.copy.svg"), run: () => void copySvg(room) },
  ];
  if (locked) return [...copying, "-", ...lock];
  return [
    { icon: "cut", label: t("menu.cut"), keyName: keys("X"), run: () => copyNow(room, true) },
    ...copying,
    { icon: "paste", label: t("menu.paste"), keyName: keys("V"), run: () => void pasteNow(room, at) },
    { label: t("sel.duplicate"), keyName: keys("D"), run: () => board.duplicate() },
    "-",
    { icon: "layers", label: t("sel.front"), keyName: keys("⇧", "]"), run: () => board.arrange("front") },
    { label: t("sel.forward"), keyName: keys("]"), run: () => board.arrange("forward") },
    { label: t("sel.backward"), keyName: keys("["), run: () => board.arrange("backward") },
    { label: t("sel.back"), keyName: keys("⇧", "["), run: () => board.arrange("back") },
    "-",
    ...(one ? [] : [{ icon: "group", label: t("sel.group"), keyName: keys("G"), run: () => board.group() }]),
    ...(picked?.grouped
      ? [{ icon: "ungroup", label: t("sel.ungroup"), keyName: keys("⇧", "G"), run: () => board.ungroup() }]
      : []),
    ...lock,
    ...clearing(room, new Set(chosen(room).map(({ author }) => author))),
    "-",
    { icon: "trash", label: t("sel.remove"), keyName: "Del", bad: true, run: () => board.remove() },
  ];
}

function ofPage(room: Room, { at, where }: Opened): (MenuEntry | "-")[] {
  const board = room.board.get()!;
  const { session } = room;
  const { state } = board;
  const sheet = session.table.get(state.page);
  const grid = sheet?.type === "page" && sheet.pattern === "grid";
  const clear = clearing(room, new Set(lying(room).map(({ author }) => author)));
  return [
    { icon: "paste", label: t("menu.paste"), keyName: keys("V"), run: () => void pasteNow(room, at) },
    { icon: "folder", label: t("import.open"), run: () => chooseAny(room, where) },
    { label: t("menu.all"), keyName: keys("A"), run: () => board.selectAll() },
    "-",
    { label: t("snap"), checked: state.snap, run: () => board.setSnap(!state.snap) },
    ...(room.staff
      ? [
          {
            label: t("page.grid"),
            checked: grid,
            run: () =>
              session.change([
                { op: "patch", ids: [state.page], fields: { pattern: grid ? "blank" : "grid" } },
              ]),
          },
        ]
      : []),
    { label: t("page.fit"), keyName: "0", run: () => board.fit() },
    ...(clear.length ? (["-", ...clear] as const) : []),
  ];
}

// -- somebody's work --------------------------------------------------------------------------------------------------

/** What lies on the page as it is shown: a private copy with the worksheet under it, or what is everyone's. */
function lying(room: Room): Drawable[] {
  const { page, copy } = room.board.get()!.state;
  return room.session.table
    .onPage(page)
    .filter((one): one is Drawable => DRAWABLE.has(one.type) && (one as Drawable).copy === copy);
}

function chosen(room: Room): Drawable[] {
  const ids = new Set(room.board.get()!.selection);
  return lying(room).filter(({ id }) => ids.has(id));
}

/** For staff: an entry for each of these people but oneself; on a private copy, for whose it is. */
function clearing(room: Room, authors: ReadonlySet<string>): MenuEntry[] {
  const { session } = room;
  const { page, copy } = room.board.get()!.state;
  const sheet = session.table.get(page);
  if (!room.staff || sheet?.type !== "page") return [];
  return (copy ? [copy] : [...authors])
    .flatMap((id) => {
      const person = session.table.get(id);
      return person?.type === "person" && id !== session.me?.person ? [person] : [];
    })
    .filter(({ id }) => hasWork(room, sheet, id))
    .slice(0, PEOPLE)
    .map((person) => ({
      icon: "eraser",
      label: t("people.clear", { name: person.name }),
      run: () => clearWork(room, sheet, person),
    }));
}

// -- as a picture -----------------------------------------------------------------------------------------------------

async function drawn(room: Room, format: "png" | "svg"): Promise<Blob> {
  const board = room.board.get()!;
  const { page, copy } = board.state;
  const request = { format, pages: [page], ids: board.selection, scale: 2, theme: "light" as const };
  return (await room.door.export(copy ? { ...request, copy } : request)).file;
}

function failed(room: Room, error: unknown): void {
  const sentence = error instanceof DoorError && error.sentence;
  room.notices.show({ text: sentence || t("export.failed"), icon: "image" });
}

async function copyPicture(room: Room): Promise<void> {
  const made = drawn(room, "png");
  try {
    // Given as a promise: some browsers allow it only in the very moment of the press.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": made })]);
    room.notices.show({ text: t("menu.copied.picture"), icon: "check" });
  } catch {
    try {
      save(await made, "board.png", room.root ?? document.body);
    } catch (error) {
      failed(room, error);
    }
  }
}

async function copySvg(room: Room): Promise<void> {
  try {
    const file = await drawn(room, "svg");
    const done = await copyText(await file.text(), room.root ?? document.body);
    if (done) room.notices.show({ text: t("menu.copied.svg"), icon: "check" });
    else save(file, "board.svg", room.root ?? document.body);
  } catch (error) {
    failed(room, error);
  }
}
