/**
 * Cutting, copying and pasting on the board: its own things within and between classes, words, pictures, and drawings of
 * Excalidraw and tldraw, which the server reads.
 *
 * It promises to leave the clipboard alone wherever text is being edited or the board has not the keys, and that whatever
 * could not be brought along is said. Pictures themselves are `pictures.tsx`'s to place.
 */

import { useEffect, useLayoutEffect } from "preact/hooks";

import { CLIP, clipOf, editing, isForeign, type Loose, looseOf, readClip, wordsOf } from "../board";
import { DoorError } from "../client/door";
import { DRAWABLE, type Drawable } from "../core/schema";
import { keysOff } from "./keys_off";
import type { Room } from "./room";
import { useBoardState, useCell, useRoom } from "./room";
import { t } from "./words";

type Place = { readonly clientX: number; readonly clientY: number };

/** Bytes of pictures that go along to another class. */
const CARRIED = 4_000_000;
export const COMMAND = /Mac|iP(hone|ad)/.test(globalThis.navigator?.platform ?? "") ? "⌘" : "Ctrl";

/** What was copied last in this window, for where the browser keeps the clipboard to itself. */
let last: { clip: string; words: string } | null = null;
/** A menu asks to copy, not a key. */
let asked = false;
/** Pictures of what is selected, as they would go along. */
const ready = new Map<string, string>();

/** What a file chooser takes for another program's drawing. */
export const DRAWINGS = ".excalidraw,.excalidrawlib,.tldr";

export function isDrawing(file: File): boolean {
  return /\.(excalidraw|excalidrawlib|tldr)$/i.test(file.name) || /excalidraw/.test(file.type);
}

function selected(room: Room): Drawable[] {
  const { table } = room.session;
  return (room.board.get()?.selection ?? []).flatMap((id) => {
    const record = table.get(id);
    return record && DRAWABLE.has(record.type) ? [record as Drawable] : [];
  });
}

// -- out --------------------------------------------------------------------------------------------------------------

/** Puts what is selected on the clipboard; false where there is nothing of that. */
export function copy(room: Room, transfer: DataTransfer | null, cut: boolean): boolean {
  const records = selected(room);
  if (!records.length || !transfer) return false;
  const assets = new Set(records.flatMap((record) => (record.type === "image" ? [record.asset] : [])));
  const pictures: Record<string, string> = {};
  let bytes = 0;
  for (const asset of assets) {
    const url = ready.get(asset);
    if (!url || bytes + url.length > CARRIED * 1.4) continue;
    bytes += url.length;
    pictures[asset] = url;
  }
  const clip = clipOf(room.session.classId, records, pictures);
  const words = wordsOf(records);
  last = { clip, words };
  transfer.setData(CLIP, clip);
  transfer.setData("text/plain", words);
  const count = records.length;
  if (cut) room.board.get()?.remove();
  room.said.set(t(cut ? "clip.cut" : "clip.copied", { count }));
  if (Object.keys(pictures).length < assets.size) room.notices.show({ text: t("clip.large"), icon: "image" });
  return true;
}

/** From a menu: the browser is asked to copy, which comes back as its own event. */
export function copyNow(room: Room, cut: boolean): void {
  room.board.get()?.focus();
  let done = false;
  asked = true;
  try {
    done = document.execCommand(cut ? "cut" : "copy");
  } catch {
    done = false;
  }
  asked = false;
  if (!done) room.notices.show({ text: t("clip.failed", { keys: `${COMMAND} ${cut ? "X" : "C"}` }) });
}

// -- in ---------------------------------------------------------------------------------------------------------------

/** What a clipboard holds, as far as the board is concerned. */
interface Held {
  clip: string;
  html: string;
  text: string;
  files: readonly File[];
}

/** Takes up what was pasted; false: it is nothing for the board but perhaps a picture. */
function take(room: Room, { clip, html, text, files }: Held, at?: { x: number; y: number }): boolean {
  const board = room.board.get();
  if (!board?.state.canDraw) return false;
  const own = readClip(clip);
  if (own) {
    void lay(room, own.objects, own.from, own.pictures, clip, at);
    return true;
  }
  const foreign = isForeign(text, html);
  if (foreign) {
    void bring(room, new Blob([foreign]), foreign, at, files);
    return true;
  }
  // A picture says more than the words that a browser puts beside it.
  if (files.length || !text.trim()) return false;
  void board.write(text, at).then((ids) => say(room, ids.length));
  return true;
}

function say(room: Room, count: number): void {
  if (count) room.said.set(t("clip.pasted", { count }));
}

/** Lays things down; pictures of another class are sent to this one first. */
async function lay(
  room: Room,
  objects: readonly Loose[],
  from: string,
  pictures: Readonly<Record<string, string>>,
  key: string,
  at?: { x: number; y: number },
): Promise<void> {
  const board = room.board.get();
  const here = from === room.session.classId;
  const page = board?.state.page;
  const sent = new Map<string, string>();
  let missing = 0;
  for (const one of here ? [] : objects) {
    if (one.type !== "image" || sent.has(one.asset)) continue;
    const url = pictures[one.asset];
    try {
      const blob = url ? blobOf(url) : null;
      if (blob) sent.set(one.asset, (await room.assets.send(blob)).asset);
    } catch {
      // Said below, with those that did not come along at all.
    }
  }
  const whole = objects.flatMap((one): Loose[] => {
    if (here || one.type !== "image") return [one];
    const asset = sent.get(one.asset);
    if (asset) return [{ ...one, asset }];
    missing++;
    return [];
  });
  if (board && board === room.board.get() && page === board.state.page)
    say(room, board.lay(whole, key, at).length);
  if (missing) room.notices.show({ text: t("clip.missing", { count: missing }), icon: "image" });
}

/** Has the server read another program's drawing, and lays it down; a picture stands in for what cannot be read. */
async function bring(
  room: Room,
  drawing: Blob,
  key: string,
  at?: { x: number; y: number },
  instead: readonly File[] = [],
): Promise<void> {
  const slow = setTimeout(() => room.notices.show({ text: t("objects.reading") }), 1000);
  try {
    const found = await room.door.objects(drawing);
    room.notices.withdraw(t("objects.reading"));
    const ids = room.board.get()?.lay(looseOf(found.objects), key.slice(0, 400), at) ?? [];
    say(room, ids.length);
    if (found.left_out.length)
      room.notices.show({ text: t("objects.left", { what: found.left_out.join(" ") }), icon: "image" });
  } catch (error) {
    const picture = instead.find((file) => file.type.startsWith("image/"));
    if (picture) void room.board.get()?.place([picture]);
    else {
      const sentence = error instanceof DoorError && error.sentence;
      room.notices.show({ text: sentence || t("objects.failed"), icon: "image" });
    }
  } finally {
    clearTimeout(slow);
  }
}

/** A file of Excalidraw or tldraw, dropped or chosen. */
export async function importObjects(room: Room, file: File, at?: Place): Promise<void> {
  const board = room.board.get();
  if (board) await bring(room, file, `${file.name}${file.size}`, at && board.placeAt(at));
}

/** From a menu. The browser may ask first, or give nothing: then what was copied in this window counts. */
export async function pasteNow(room: Room, at?: { x: number; y: number }): Promise<void> {
  let held: Held | null = null;
  try {
    const items = await navigator.clipboard.read();
    const read = async (type: string) => {
      const item = items.find(({ types }) => types.includes(type));
      return item ? item.getType(type) : null;
    };
    const [text, html, png] = await Promise.all([read("text/plain"), read("text/html"), read("image/png")]);
    held = {
      clip: "",
      text: (await text?.text()) ?? "",
      html: (await html?.text()) ?? "",
      files: png ? [new File([png], "", { type: "image/png" })] : [],
    };
  } catch {
    // Not allowed, or no secure page.
  }
  const own = last && (!held || (held.text === last.words && !held.files.length));
  if (own && take(room, { clip: last!.clip, html: "", text: "", files: [] }, at)) return;
  if (!held) room.notices.show({ text: t("clip.keys", { keys: `${COMMAND} V` }) });
  else if (!take(room, held, at)) {
    if (held.files.length) void room.board.get()?.place(held.files);
    else room.notices.show({ text: t("clip.none") });
  }
}

// -- the browser's own events -----------------------------------------------------------------------------------------

/** Listens while the board is shown. */
export function Clipping({ stage }: { stage: HTMLElement | null }) {
  const room = useRoom();
  const board = useCell(room.board);
  const count = useBoardState()?.selected ?? 0;
  useEffect(() => {
    // Pictures must be at hand before they are copied: the clipboard does not wait.
    if (!count || !board) return;
    for (const record of selected(room)) {
      if (record.type !== "image" || ready.has(record.asset)) continue;
      void room.assets.get(record.asset).then(async (blob) => {
        if (blob.size > CARRIED) return;
        if (ready.size > 20) ready.clear();
        ready.set(record.asset, await urlOf(blob));
      }, ignore);
    }
  }, [room, board, count]);
  useLayoutEffect(() => {
    if (!stage) return;
    const { ownerDocument: page } = stage;
    const mine = (event: Event) => {
      const { activeElement } = page;
      if (event.defaultPrevented || editing(event.target)) return false;
      if (activeElement?.closest(".cr-layer")) return false;
      const free = !activeElement || activeElement === page.body;
      return stage.contains(activeElement) || (stage.matches(":hover") && free);
    };
    const copied = (event: ClipboardEvent) => {
      const key = event.type === "cut" ? "mod+x" : "mod+c";
      if (!asked && keysOff.stops(key)) return;
      if (mine(event) && copy(room, event.clipboardData, event.type === "cut")) event.preventDefault();
    };
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      if (!data || !mine(event) || keysOff.stops("mod+v")) return;
      const held = {
        clip: data.getData(CLIP),
        html: data.getData("text/html"),
        text: data.getData("text/plain") || data.getData("application/vnd.excalidraw+json"),
        files: [...data.files],
      };
      if (take(room, held)) event.preventDefault();
    };
    // Before whoever else listens on the page, such as the pictures' own.
    page.addEventListener("copy", copied, true);
    page.addEventListener("cut", copied, true);
    page.addEventListener("paste", paste, true);
    return () => {
      page.removeEventListener("copy", copied, true);
      page.removeEventListener("cut", copied, true);
      page.removeEventListener("paste", paste, true);
    };
  }, [stage, room]);
  return null;
}

const ignore = () => {};

/** By hand, since the page's policy lets nothing be fetched from elsewhere. */
function blobOf(url: string): Blob {
  const [head = "", data = ""] = url.split(",", 2);
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  return new Blob([bytes], { type: /^data:([^;]+)/.exec(head)?.[1] ?? "" });
}

function urlOf(blob: Blob): Promise<string> {
  return new Promise((done, fail) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => fail(reader.error);
    reader.readAsDataURL(blob);
  });
}
