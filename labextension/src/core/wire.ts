/**
 * How messages are written: the twin of `classroom/core/wire.py`, judged with it by `tests/vectors/wire-*.json`.
 *
 * Reading is total: it gives a message, null for a kind that this version does not know, or throws `WireError` and
 * nothing else. Nothing is allocated from a length that the buffer does not hold. Like every client it is lenient
 * towards its server: unknown record types and fields are kept, limits are the server's to check; only the kind of
 * each value is checked, so that nothing drawn later meets a number where it expects a string.
 */

import {
  type AnyMessage,
  type AnyRecord,
  type Changes,
  CODES,
  DEFAULTS,
  type DraftFigure,
  FIELDS,
  type Ink,
  KINDS,
  type Kind,
  LIMITS,
  type LiveStart,
  MARK,
  type Op,
  PALETTE,
  PRESENCE,
  type Presence,
  type RecordType,
  type Seen,
  TOOLS,
} from "./schema";

/** How a stroke looks while it is drawn and after. */
export interface LiveStyle {
  tool: Ink["tool"];
  colour: string; // palette name or #rrggbb
  width: number; // board units, sent in sixteenths
  quantum: number; // points travel in units of 2**-quantum board units
}

/** Points as they are captured: x, y, pressure triples in board units and 0..1, with one time each. */
export interface PointBatch {
  points: readonly number[]; // x, y, pressure, x, y, pressure, …
  times: readonly number[]; // milliseconds on any clock that does not jump, one per point
}

/** Bytes that do not say what they should. `bad-frame`: the framing is broken; `bad-record`: one message's content. */
export class WireError extends Error {
  constructor(
    readonly code: "bad-frame" | "bad-record",
    detail: string,
  ) {
    super(detail);
    this.name = "WireError";
  }
}

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HAS = { transform: 1, times: 2, copy: 4, group: 8, locked: 16, part: 32 } as const;
const LARGEST = Number.MAX_SAFE_INTEGER;
const NAMES: ReadonlyMap<number, Kind> = new Map(
  Object.entries(KINDS).map(([name, number]) => [number, name as Kind]),
);

// -- primitives

/** Bytes put end to end. */
export class Writer {
  private bytes = new Uint8Array(64);
  private length = 0;

  u8(value: number): this {
    this.room(1);
    this.bytes[this.length++] = value;
    return this;
  }

  /** Unsigned LEB128 of at most 53 bits. @throws RangeError for what is no such number */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a varint: ${value}`);
    this.room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
    return this;
  }

  raw(data: Uint8Array): this {
    this.room(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
    return this;
  }

  sized(data: Uint8Array): this {
    return this.varint(data.length).raw(data);
  }

  text(value: string): this {
    return this.sized(utf8.encode(value));
  }

  f64(value: number): this {
    this.room(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
    return this;
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** A cursor over bytes that never reads past their end. */
export class Reader {
  private pos = 0;

  constructor(
    private readonly data: Uint8Array,
    private readonly code: WireError["code"] = "bad-record",
  ) {}

  get more(): boolean {
    return this.pos < this.data.length;
  }

  u8(): number {
    if (!this.more) throw new WireError(this.code, "message ends early");
    return this.data[this.pos++]!;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > LARGEST) throw new WireError(this.code, "number too large");
        return value;
      }
      scale *= 0x80;
    }
    throw new WireError(this.code, "number too long");
  }

  /** The next bytes, as a view. */
  take(count: number): Uint8Array {
    if (count > this.data.length - this.pos) throw new WireError(this.code, "message ends early");
    this.pos += count;
    return this.data.subarray(this.pos - count, this.pos);
  }

  sized(): Uint8Array {
    return this.take(this.varint());
  }

  text(): string {
    try {
      return strict.decode(this.sized());
    } catch (error) {
      throw error instanceof WireError ? error : new WireError(this.code, "text is not UTF-8");
    }
  }

  f64(): number {
    const bytes = this.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  rest(): Uint8Array {
    return this.take(this.data.length - this.pos);
  }

  done(): void {
    if (this.more) throw new WireError(this.code, "trailing bytes");
  }
}

function bad(detail: string): never {
  throw new WireError("bad-record", detail);
}

// -- frames

/** A message whose body has not been read. */
export interface Raw {
  kind: number;
  body: Uint8Array;
}

/** The messages of a frame. @throws WireError `bad-frame` when a kind or a length does not fit */
export function split(frame: Uint8Array): Raw[] {
  const reader = new Reader(frame, "bad-frame");
  const messages: Raw[] = [];
  while (reader.more) messages.push({ kind: reader.u8(), body: reader.sized() });
  return messages;
}

/** `u8 kind, varint length, body`: the form of messages and of operations. */
function envelope(kind: number, body: Uint8Array): Uint8Array {
  return new Writer().u8(kind).sized(body).done();
}

// -- JSON bodies

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Half of a surrogate pair, which cutting an emoji in two leaves behind, would be refused: it becomes U+FFFD. */
function json(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  if (!text.includes("\\ud")) return utf8.encode(text);
  const whole = (one: unknown) => (typeof one === "string" ? strict.decode(utf8.encode(one)) : one);
  return utf8.encode(JSON.stringify(value, (_, one: unknown) => whole(one)));
}

function parse(body: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(strict.decode(body));
  } catch {
    bad("not JSON");
  }
  return isFields(value) ? value : bad("not an object");
}

/** Is `value` of the kind that `FIELDS` names (without its `!`)? */
export function fits(value: unknown, kind: string): boolean {
  if (kind.endsWith("?")) return value === null || fits(value, kind.slice(0, -1));
  if (kind === "transform") return isNumbers(value, 6);
  if (kind === "pair") return isNumbers(value, 2);
  if (kind === "line") return isLine(value);
  if (kind === "formula") return isFormula(value);
  if (kind === "bytes") return value instanceof Uint8Array;
  if (kind === "number") return typeof value === "number" && Number.isFinite(value);
  if (kind === "string" || kind === "boolean") return typeof value === kind;
  return Array.isArray(value) && value.every((one) => fits(one, kind.slice(0, -1)));
}

function isNumbers(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every((one) => fits(one, "number"));
}

function isLine(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3 || !isNumbers(value.slice(0, 2), 2)) return false;
  const runs: unknown = value[2];
  return Array.isArray(runs) && runs.every(isRun);
}

function isRun(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    isNumbers(value.slice(0, 2), 2) &&
    fits(value.slice(2), "strings")
  );
}

function isFormula(value: unknown): boolean {
  return (
    isFields(value) &&
    [value.source, value.path].every((one) => typeof one === "string") &&
    [value.width, value.ascent, value.descent].every((one) => fits(one, "number"))
  );
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

// -- records and operations

/** A record from JSON, its defaults filled in; one of an unknown type stays as it came. */
function readRecord(body: Uint8Array): AnyRecord {
  const fields = parse(body);
  const type = fields.type;
  if (typeof fields.id !== "string" || typeof type !== "string") bad("not a record");
  if (type === "ink") bad("ink travels in binary");
  const kinds = Object.hasOwn(FIELDS, type) ? FIELDS[type as RecordType] : null;
  if (kinds === null) return { author: "", time: 0, ...fields } as unknown as AnyRecord;
  for (const [name, kind] of Object.entries(kinds)) {
    const required = kind.endsWith("!");
    if (!Object.hasOwn(fields, name)) {
      if (required) bad(`${name} is missing`);
    } else if (!fits(fields[name], required ? kind.slice(0, -1) : kind)) bad(`${name} is not a ${kind}`);
  }
  return { ...DEFAULTS[type as RecordType], ...fields } as unknown as AnyRecord;
}

/** A record as JSON: what has its default is left out. */
function writeRecord(record: AnyRecord): Uint8Array {
  const defaults: Fields = DEFAULTS[record.type] ?? {};
  const kept = Object.entries(record).filter(
    ([name, value]) => !(Object.hasOwn(defaults, name) && same(value, defaults[name])),
  );
  return json(Object.fromEntries(kept));
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === 0 && b.length === 0);
}

function writeStyle(out: Writer, style: Omit<LiveStyle, "tool">): Writer {
  const named = (PALETTE as readonly string[]).indexOf(style.colour);
  if (named >= 0) out.u8(named);
  else {
    const rgb = Number.parseInt(style.colour.slice(1), 16);
    if (!/^#[0-9a-f]{6}$/.test(style.colour)) throw new RangeError(`not a colour: ${style.colour}`);
    out
      .u8(255)
      .u8(rgb >> 16)
      .u8((rgb >> 8) & 255)
      .u8(rgb & 255);
  }
  return out.varint(sixteenths(style.width)).u8(style.quantum);
}

/** Half to even, as the twin rounds. */
function sixteenths(width: number): number {
  const value = width * 16;
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function readStyle(reader: Reader): Omit<LiveStyle, "tool"> {
  const number = reader.u8();
  let colour = PALETTE[number] as string | undefined;
  if (colour === undefined) {
    if (number !== 255) bad("unknown colour");
    colour = `#${Array.from(reader.take(3), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  return { colour, width: reader.varint() / 16, quantum: reader.u8() };
}

/** A stroke's binary body. Optional parts stand behind a flag each, in the order of the flags. */
export function writeInk(ink: Ink): Uint8Array {
  const flags =
    (ink.transform ? HAS.transform : 0) |
    (ink.times.length ? HAS.times : 0) |
    (ink.copy ? HAS.copy : 0) |
    (ink.group ? HAS.group : 0) |
    (ink.locked ? HAS.locked : 0) |
    (ink.part ? HAS.part : 0);
  const out = new Writer().u8(flags).u8(TOOLS.indexOf(ink.tool));
  out.text(ink.id).text(ink.author).varint(ink.time).text(ink.page).text(ink.z);
  writeStyle(out, ink).sized(ink.points);
  for (const value of ink.transform ?? []) out.f64(value);
  if (ink.times.length) out.sized(ink.times);
  for (const text of [ink.copy, ink.group]) if (text) out.text(text);
  if (ink.part) out.text(ink.part);
  return out.done();
}

function readTool(reader: Reader): Ink["tool"] {
  return TOOLS[reader.u8()] ?? bad("unknown tool");
}

/** The inverse of `writeInk`. Points are copied: a record outlives the frame it came in. @throws WireError */
export function readInk(body: Uint8Array): Ink {
  const reader = new Reader(body);
  const flags = reader.u8();
  if (flags > 63) bad("unknown flags");
  const tool = readTool(reader);
  const [id, author, time, page, z] = [
    reader.text(),
    reader.text(),
    reader.varint(),
    reader.text(),
    reader.text(),
  ];
  const style = readStyle(reader);
  const points = reader.sized().slice();
  if (points.length === 0) bad("no points");
  let transform: Ink["transform"] = null;
  if (flags & HAS.transform) {
    const six = Array.from({ length: 6 }, () => reader.f64());
    if (!six.every(Number.isFinite)) bad("not a number in transform");
    transform = six as unknown as Ink["transform"];
  }
  const times = flags & HAS.times ? reader.sized().slice() : new Uint8Array(0);
  const copy = flags & HAS.copy ? reader.text() : "";
  const group = flags & HAS.group ? reader.text() : "";
  const part = flags & HAS.part ? reader.text() : "";
  reader.done();
  const locked = (flags & HAS.locked) !== 0;
  return {
    type: "ink",
    id,
    author,
    time,
    page,
    z,
    transform,
    copy,
    group,
    locked,
    tool,
    ...style,
    points,
    times,
    part,
  };
}

/** `u8 code, varint length, body`. */
export function writeOp(op: Op): Uint8Array {
  switch (op.op) {
    case "put":
      if (op.record.type === "ink") return envelope(CODES.ink, writeInk(op.record));
      return envelope(CODES.put, writeRecord(op.record));
    case "patch":
      return envelope(CODES.patch, json({ ids: op.ids, fields: op.fields }));
    case "append":
      return envelope(CODES.append, json({ id: op.id, field: op.field, at: op.at, text: op.text }));
    case "remove":
      return envelope(CODES.remove, json({ ids: op.ids }));
  }
}

/** The inverse of `writeOp`, given code and body. @throws WireError */
export function readOp(code: number, body: Uint8Array): Op {
  if (code === CODES.ink) return { op: "put", record: readInk(body) };
  if (code === CODES.put) return { op: "put", record: readRecord(body) };
  if (code !== CODES.patch && code !== CODES.append && code !== CODES.remove)
    bad(`unknown operation ${code}`);
  const { ids, fields, id, field, at, text } = parse(body);
  if (code === CODES.append) {
    if (typeof id !== "string" || typeof field !== "string" || typeof text !== "string") bad("not an append");
    return { op: "append", id, field, at: isCount(at) ? at : bad("at is not a count"), text };
  }
  if (!isIds(ids)) bad("no ids");
  if (code === CODES.remove) return { op: "remove", ids };
  return isFields(fields) ? { op: "patch", ids, fields } : bad("no fields");
}

/** Operations end to end, as they stand in a change and in a snapshot. */
export function writeOps(ops: readonly Op[]): Uint8Array {
  const out = new Writer();
  for (const op of ops) out.raw(writeOp(op));
  return out.done();
}

/** The inverse of `writeOps`. @throws WireError */
export function readOps(data: Uint8Array): Op[] {
  const reader = new Reader(data);
  const ops: Op[] = [];
  while (reader.more) ops.push(readOp(reader.u8(), reader.sized()));
  return ops;
}

// -- messages

type Body = (body: Uint8Array) => AnyMessage;

/** What must be there in a JSON body, by kind of value; the rest has a default. */
const NEEDED: { readonly [kind: string]: { readonly [field: string]: string } } = {
  hello: { protocol: "number", client: "string", token: "string" },
  ping: { at: "number" },
  welcome: {
    class_id: "string",
    person: "string",
    role: "string",
    tag: "number",
    resumed: "boolean",
    now: "number",
    version: "string",
  },
  refuse: { number: "number", code: "string" },
  pong: { at: "number", now: "number" },
  reset: {},
  bye: { code: "string", reason: "string", again: "boolean" },
};

function readJson(kind: Kind, body: Uint8Array): AnyMessage {
  const fields = parse(body);
  for (const [name, wanted] of Object.entries(NEEDED[kind] ?? {})) {
    if (!fits(fields[name], wanted)) bad(`${name} is not a ${wanted}`);
  }
  const made: Fields = { ...fields, kind };
  if (kind === "hello") Object.assign(made, { last: fields.last ?? null, pending: fields.pending ?? 1 });
  if (kind === "refuse") made.parameters = isFields(fields.parameters) ? fields.parameters : {};
  if (kind === "welcome")
    made.limits = { ...LIMITS, ...(isFields(fields.limits) ? fields.limits : bad("no limits")) };
  return made as unknown as AnyMessage;
}

function readHere(body: Uint8Array): AnyMessage {
  const { all = null, joined = [], left = [] } = parse(body);
  for (const list of [all ?? [], joined, left]) if (!fits(list, "strings")) bad("not a list of people");
  return { kind: "here", all: all as string[] | null, joined: joined as string[], left: left as string[] };
}

function readPresence(body: Uint8Array): AnyMessage {
  const fields = parse(body);
  const { person = "", cursor = null, view = null, editing = null, typing = null, copy = "" } = fields;
  if (typeof person !== "string" || typeof copy !== "string") bad("no person");
  if (!(cursor === null || cursor === "off" || isPlace(cursor, 2, true))) bad("not a cursor");
  if (!(view === null || isPlace(view, 3, false))) bad("not a view");
  if (!fits(editing, "string?") || !fits(typing, "boolean?")) bad("not a presence");
  const draft = readDraft(fields.draft ?? null);
  return { kind: "presence", person, cursor, view, editing, typing, copy, draft } as AnyMessage;
}

/** A figure that is being made: of a shape record's fields, those that are seen. */
const DRAWN = ["id", "page", "kind", "x", "y", "w", "h", "copy", "colour", "fill"] as const;
const DRESS = ["width", "dash", "corners", "transform"] as const;

function readDraft(value: unknown): Presence["draft"] {
  if (value === null || value === "off") return value;
  if (!isFields(value)) bad("not a figure");
  const made: Fields = {};
  for (const name of [...DRAWN, ...DRESS]) {
    const kind = FIELDS.shape[name]!;
    const one = Object.hasOwn(value, name) ? value[name] : (DEFAULTS.shape as Fields)[name];
    if (!fits(one, kind.endsWith("!") ? kind.slice(0, -1) : kind))
      bad(`${name} of a figure is not a ${kind}`);
    made[name] = one;
  }
  return made as unknown as DraftFigure;
}

/** A page, numbers, and at the end perhaps a word. */
function isPlace(value: unknown, numbers: number, word: boolean): boolean {
  if (!Array.isArray(value) || value.length !== numbers + (word ? 2 : 1)) return false;
  if (typeof value[0] !== "string" || (word && typeof value[numbers + 1] !== "string")) return false;
  return value.slice(1, numbers + 1).every((one) => fits(one, "number"));
}

function readSeen(reader: Reader): Seen {
  const [seq, tag, number, author] = [reader.varint(), reader.varint(), reader.varint(), reader.text()];
  return { seq, tag, number, author, time: reader.varint(), ops: readOps(reader.sized()) };
}

function readChanges(body: Uint8Array): Changes {
  const reader = new Reader(body);
  const [upto, mark] = [reader.varint(), reader.take(MARK).slice()];
  const entries: Seen[] = [];
  while (reader.more) entries.push(readSeen(reader));
  return { kind: "changes", upto, mark, entries };
}

const BODIES: { readonly [K in Kind]?: Body } = {
  here: readHere,
  presence: readPresence,
  changes: readChanges,
  change(body) {
    const reader = new Reader(body);
    return { kind: "change", number: reader.varint(), ops: readOps(reader.rest()) };
  },
  snapshot(body) {
    const reader = new Reader(body);
    const [seq, mark, last] = [reader.varint(), reader.take(MARK).slice(), reader.u8() === 1];
    return { kind: "snapshot", seq, mark, last, data: reader.rest().slice() };
  },
  confirm(body) {
    const reader = new Reader(body);
    const [number, seq] = [reader.varint(), reader.varint()];
    reader.done();
    return { kind: "confirm", number, seq };
  },
  "live-start"(body) {
    const reader = new Reader(body);
    const handle = reader.varint();
    const [person, id, page, copy] = [reader.text(), reader.text(), reader.text(), reader.text()];
    const start: LiveStart = {
      kind: "live-start",
      handle,
      person,
      id,
      page,
      copy,
      tool: readTool(reader),
      ...readStyle(reader),
    };
    reader.done();
    return start;
  },
  "live-points"(body) {
    const reader = new Reader(body);
    return { kind: "live-points", handle: reader.varint(), at: reader.varint(), data: reader.rest().slice() };
  },
  "live-end"(body) {
    const reader = new Reader(body);
    const [handle, kept] = [reader.varint(), reader.u8() === 1];
    reader.done();
    return { kind: "live-end", handle, kept };
  },
};

/** A typed message, or null for a kind that this version does not know. @throws WireError `bad-record` */
export function read(raw: Raw): AnyMessage | null {
  const kind = NAMES.get(raw.kind);
  if (kind === undefined) return null;
  const body = BODIES[kind];
  return body ? body(raw.body) : readJson(kind, raw.body);
}

/** A message as it stands in a frame; the inverse of `read` on a single message. */
export function write(message: AnyMessage): Uint8Array {
  return envelope(KINDS[message.kind], writeBody(message));
}

function writeBody(message: AnyMessage): Uint8Array {
  const out = new Writer();
  switch (message.kind) {
    case "change":
      return out.varint(message.number).raw(writeOps(message.ops)).done();
    case "changes":
      out.varint(message.upto).raw(message.mark);
      for (const entry of message.entries) {
        out.varint(entry.seq).varint(entry.tag).varint(entry.number).text(entry.author).varint(entry.time);
        out.sized(writeOps(entry.ops));
      }
      return out.done();
    case "snapshot":
      return out
        .varint(message.seq)
        .raw(message.mark)
        .u8(message.last ? 1 : 0)
        .raw(message.data)
        .done();
    case "confirm":
      return out.varint(message.number).varint(message.seq).done();
    case "live-start":
      out.varint(message.handle).text(message.person).text(message.id).text(message.page).text(message.copy);
      return writeStyle(out.u8(TOOLS.indexOf(message.tool)), message).done();
    case "live-points":
      return out.varint(message.handle).varint(message.at).raw(message.data).done();
    case "live-end":
      return out
        .varint(message.handle)
        .u8(message.kept ? 1 : 0)
        .done();
    case "presence":
      return json(changed(message));
    default: {
      const { kind: _, ...fields } = message;
      return json(fields);
    }
  }
}

/** Of a presence, only what it says: absent fields are unchanged. */
function changed(presence: Presence): Partial<Presence> {
  const names = Object.keys(PRESENCE) as (keyof Presence)[];
  return Object.fromEntries(names.filter((n) => presence[n] !== PRESENCE[n]).map((n) => [n, presence[n]]));
}
