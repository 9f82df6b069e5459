/**
 * Things of the board as text, for the clipboard: written by one window, read by another, of this class or of another one.
 *
 * Pure. Whatever is read may have been written by anyone: it gives drawables whose every field is of its kind, or nothing.
 * It promises to leave behind ids of people, stamps and locks, and pictures' secrets it has none of. It must never touch
 * the browser's clipboard itself.
 */

import { DRAWABLE, type Draft, type Drawable, FIELDS, withDefaults } from "../core/schema";
import { fits, readOps, writeOps } from "../core/wire";
import type { Loose } from "./extent";

/** The type under which it lies on the clipboard. */
export const CLIP = "application/x-classroom+json";
const KIND = "classroom/objects";
/** More than this is no copy by hand. */
const MOST = 20_000;

export interface Clip {
  /** The class it was copied in: its pictures are there already. */
  readonly from: string;
  readonly objects: readonly Loose[];
  /** Pictures that came along, as data URLs, by asset. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** Not carried: where it lay, whose it was, and what only that place knew. */
const LEFT = new Set(["page", "copy", "z", "author", "time", "times", "locked"]);

export function clipOf(
  from: string,
  drawables: readonly Drawable[],
  pictures: Readonly<Record<string, string>> = {},
): string {
  const objects = drawables.map((record) =>
    Object.fromEntries(
      Object.entries(record)
        .filter(([name, value]) => !LEFT.has(name) && value !== "" && value !== null)
        .map(([name, value]) => [name, value instanceof Uint8Array ? toBase64(value) : value]),
    ),
  );
  return JSON.stringify({ kind: KIND, version: 1, from, objects, pictures });
}

/** Null where it is no such text. */
export function readClip(text: string): Clip | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isFields(value) || value.kind !== KIND || !Array.isArray(value.objects)) return null;
  const pictures: Record<string, string> = {};
  for (const [asset, url] of Object.entries(isFields(value.pictures) ? value.pictures : {}))
    if (/^[0-9a-f]{64}$/.test(asset) && typeof url === "string" && url.startsWith("data:image/"))
      pictures[asset] = url;
  return { from: String(value.from ?? ""), objects: looseOf(value.objects), pictures };
}

/** Drawables from JSON, bytes in base64; what is none, or could not be sent, is passed over. */
export function looseOf(values: readonly unknown[]): Loose[] {
  return values.slice(0, MOST).flatMap((value) => (isFields(value) ? (soundOf(value) ?? []) : []));
}

function soundOf(value: Readonly<Record<string, unknown>>): Loose | null {
  const { type } = value;
  if (typeof type !== "string" || !DRAWABLE.has(type)) return null;
  const kinds = FIELDS[type as Drawable["type"]];
  const made: Record<string, unknown> = { type };
  for (const [name, kind] of Object.entries(kinds)) {
    if (LEFT.has(name)) continue;
    let field = value[name];
    if (field === undefined) continue;
    if (kind.startsWith("bytes")) field = typeof field === "string" ? fromBase64(field) : null;
    if (!fits(field, kind.replace("!", ""))) return null;
    made[name] = field;
  }
  try {
    // What cannot be written could not be sent: found out here, not in the middle of a change.
    const whole = { id: "x", page: "x", z: "a1", ...made } as unknown as Draft<Drawable["type"]>;
    readOps(writeOps([{ op: "put", record: withDefaults(whole) }]));
  } catch {
    return null;
  }
  return made as unknown as Loose;
}

/** The words of texts and notes, top to bottom, for programs that know no more. */
export function wordsOf(drawables: readonly Drawable[]): string {
  return drawables
    .filter((record) => record.type === "text" || record.type === "note")
    .sort((a, b) => a.y - b.y || a.x - b.x)
    .map(({ text }) => text)
    .join("\n\n");
}

/** Is this what Excalidraw or tldraw put on a clipboard? Then it is for the server to read. */
export function isForeign(text: string, html: string): string | null {
  if (html.includes("<div data-tldraw")) return html;
  const head = text.trimStart().slice(0, 200);
  if (head.startsWith("{") && /"type"\s*:\s*"(excalidraw(\/clipboard|lib)?|application\/tldraw)"/.test(head))
    return text;
  return head.startsWith("{") && /"tldrawFileFormatVersion"/.test(head) ? text : null;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toBase64(data: Uint8Array): string {
  let text = "";
  for (let i = 0; i < data.length; i += 4096) text += String.fromCharCode(...data.subarray(i, i + 4096));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return null;
  }
}
