/**
 * Everything there is in a class, and everything that is said, as types. Made by generate_types.py
 * from records.py, messages.py, errors.py, wire.py in classroom/core: change those, run it again.
 */

const EMPTY = new Uint8Array(0);

export const PROTOCOL = 1;
export const SUBPROTOCOL = "classroom.v1";
export const TOKEN_HEADER = "X-Classroom-Token";
/** The board's inks, in the order of their number keys and of their numbers on the wire. */
export const PALETTE = ["ink", "grey", "red", "amber", "green", "sky", "blue", "magenta"] as const;
export const TOOLS = ["pen", "highlighter"] as const;

export type Role = "assistant" | "observer" | "student" | "teacher";

/** a, b, c, d, e, f as in SVG: x' = a x + c y + e, y' = b x + d y + f. */
export type Transform = readonly [number, number, number, number, number, number];

export type Pattern = "axes" | "blank" | "dots" | "grid" | "ruled" | "staves";

/** Left end, advance, look, and what it says (of a formula its source). */
export type Run = readonly [number, number, "" | "b" | "bi" | "code" | "i" | "math", string];

/** Baseline from the box's top, size of the letters, runs. */
export type TextLine = readonly [number, number, readonly Run[]];

/** Mathematics as outlines. Lengths are in ems; `path` is SVG's, in thousandths of an em from the left end of the baseline, y down, of absolute M, L, Q, C and Z with whole numbers, filled non-zero. */
export interface Formula {
  source: string;
  display: boolean;
  width: number;
  ascent: number;
  descent: number;
  path: string;
}

// -- records

/** The class itself: one record, id `class`, made by the server. */
export interface Class {
  type: "class";
  id: string;
  author: string;
  time: number;
  title: string;
  draw: "all" | "chosen" | "none";
  chat: boolean;
  join: boolean;
  names: boolean;
  page: string;
  follow: boolean;
  called: number;
  cursors: boolean;
  ended: number;
}

/** Someone in the class, present or not. Made by the server when they enter; its author is the person. */
export interface Person {
  type: "person";
  id: string;
  author: string;
  time: number;
  name: string;
  role: Role;
  hand: number;
  badge: string;
  draw: "" | "no" | "yes";
  chat: boolean;
}

/** One page of the board. Removing a page sets `gone`, so that bringing it back is one small change. */
export interface Page {
  type: "page";
  id: string;
  author: string;
  time: number;
  order: string;
  title: string;
  width: number;
  height: number;
  endless: boolean;
  pattern: Pattern;
  asset: string;
  audience: "all" | "each" | "staff";
  locked: boolean;
  cleared: number;
  gone: boolean;
  shows: readonly string[];
}

/** A stroke. `points` and `times` are packed as `ink.py` says, in units of 2**-quantum board units. */
export interface Ink {
  type: "ink";
  id: string;
  author: string;
  time: number;
  page: string;
  z: string;
  transform: Transform | null;
  copy: string;
  group: string;
  locked: boolean;
  tool: "highlighter" | "pen";
  colour: string;
  width: number;
  quantum: number;
  points: Uint8Array;
  times: Uint8Array;
  part: string;
}

/** A geometric figure in its box, which goes from x, y to x + w, y + h; how it is drawn stands in `shapes.py`. */
export interface Shape {
  type: "shape";
  id: string;
  author: string;
  time: number;
  page: string;
  z: string;
  transform: Transform | null;
  copy: string;
  group: string;
  locked: boolean;
  kind: "arrow" | "ellipse" | "line" | "polygon" | "rectangle";
  x: number;
  y: number;
  w: number;
  h: number;
  colour: string;
  fill: string;
  width: number;
  dash: "dashed" | "dotted" | "solid";
  corners: readonly (readonly [number, number])[];
}

/** Words on the board: `text` is Markdown with mathematics between dollar signs, `lines` how its writer's side laid it out with the shipped fonts, which is what everyone draws. `w` is where lines are broken; 0: only where they were. */
export interface TextBox {
  type: "text";
  id: string;
  author: string;
  time: number;
  page: string;
  z: string;
  transform: Transform | null;
  copy: string;
  group: string;
  locked: boolean;
  x: number;
  y: number;
  w: number;
  h: number;
  text: string;
  size: number;
  colour: string;
  align: "centre" | "left" | "right";
  lines: readonly TextLine[];
  formulas: readonly Formula[];
}

/** A sticky note; its words are laid out as those of a text, inside its margin. */
export interface Note {
  type: "note";
  id: string;
  author: string;
  time: number;
  page: string;
  z: string;
  transform: Transform | null;
  copy: string;
  group: string;
  locked: boolean;
  x: number;
  y: number;
  w: number;
  h: number;
  text: string;
  size: number;
  colour: string;
  lines: readonly TextLine[];
  formulas: readonly Formula[];
}

/** A picture from an asset. */
export interface Picture {
  type: "image";
  id: string;
  author: string;
  time: number;
  page: string;
  z: string;
  transform: Transform | null;
  copy: string;
  group: string;
  locked: boolean;
  x: number;
  y: number;
  w: number;
  h: number;
  asset: string;
  alt: string;
}

/** One entry of the lesson feed. `text` is Markdown, or source where `kind` is code. */
export interface Item {
  type: "item";
  id: string;
  author: string;
  time: number;
  kind: "board" | "code" | "exercise" | "file" | "note" | "poll";
  order: string;
  title: string;
  text: string;
  language: string;
  options: readonly string[];
  asset: string;
  open: boolean;
  solution: string;
}

/** One person's answer, result or run status for one item. Seen by its author and staff. */
export interface Response {
  type: "response";
  id: string;
  author: string;
  time: number;
  item: string;
  state: "" | "answered" | "failing" | "passed" | "working";
  text: string;
  choice: readonly number[];
  comment: string;
}

/** One cell of the teacher's live notebook. */
export interface Cell {
  type: "cell";
  id: string;
  author: string;
  time: number;
  order: string;
  kind: "code" | "markdown";
  source: string;
  output: string;
  asset: string;
  state: "" | "done" | "error" | "queued" | "running";
  count: number;
}

/** One line of the chat. */
export interface Message {
  type: "message";
  id: string;
  author: string;
  time: number;
  text: string;
  to: "all" | "staff";
}

export type AnyRecord =
  | Class
  | Person
  | Page
  | Ink
  | Shape
  | TextBox
  | Note
  | Picture
  | Item
  | Response
  | Cell
  | Message;
export type RecordType = AnyRecord["type"];
export type RecordOf<T extends RecordType> = Extract<AnyRecord, { type: T }>;
export type Drawable = RecordOf<"ink" | "shape" | "text" | "note" | "image">;
export const DRAWABLE: ReadonlySet<string> = new Set(["ink", "shape", "text", "note", "image"]);

/** Fields without a default: whoever makes a record must give them. */
export interface RequiredFields {
  class: "id";
  person: "id" | "name";
  page: "id" | "order";
  ink: "id" | "page" | "z" | "points";
  shape: "id" | "page" | "z" | "kind" | "x" | "y" | "w" | "h";
  text: "id" | "page" | "z" | "x" | "y";
  note: "id" | "page" | "z" | "x" | "y";
  image: "id" | "page" | "z" | "x" | "y" | "w" | "h" | "asset";
  item: "id" | "kind" | "order";
  response: "id" | "item";
  cell: "id" | "order";
  message: "id" | "text";
}

/** A record as it is made: what has a default may be left out. */
export type Draft<T extends RecordType> = { type: T } & Pick<
  RecordOf<T>,
  Extract<RequiredFields[T], keyof RecordOf<T>>
> &
  Partial<RecordOf<T>>;

/** Defaults of each record type; the wire leaves them out. */
export const DEFAULTS: { readonly [T in RecordType]: Readonly<Partial<RecordOf<T>>> } = {
  class: {
    author: "",
    time: 0,
    title: "",
    draw: "none",
    chat: true,
    join: true,
    names: true,
    page: "",
    follow: true,
    called: 0,
    cursors: false,
    ended: 0,
  },
  person: {
    author: "",
    time: 0,
    role: "student",
    hand: 0,
    badge: "",
    draw: "",
    chat: true,
  },
  page: {
    author: "",
    time: 0,
    title: "",
    width: 1600,
    height: 900,
    endless: false,
    pattern: "blank",
    asset: "",
    audience: "all",
    locked: false,
    cleared: 0,
    gone: false,
    shows: [],
  },
  ink: {
    author: "",
    time: 0,
    transform: null,
    copy: "",
    group: "",
    locked: false,
    tool: "pen",
    colour: "ink",
    width: 3,
    quantum: 4,
    times: EMPTY,
    part: "",
  },
  shape: {
    author: "",
    time: 0,
    transform: null,
    copy: "",
    group: "",
    locked: false,
    colour: "ink",
    fill: "",
    width: 3,
    dash: "solid",
    corners: [],
  },
  text: {
    author: "",
    time: 0,
    transform: null,
    copy: "",
    group: "",
    locked: false,
    w: 0,
    h: 0,
    text: "",
    size: 32,
    colour: "ink",
    align: "left",
    lines: [],
    formulas: [],
  },
  note: {
    author: "",
    time: 0,
    transform: null,
    copy: "",
    group: "",
    locked: false,
    w: 240,
    h: 240,
    text: "",
    size: 28,
    colour: "amber",
    lines: [],
    formulas: [],
  },
  image: {
    author: "",
    time: 0,
    transform: null,
    copy: "",
    group: "",
    locked: false,
    alt: "",
  },
  item: {
    author: "",
    time: 0,
    title: "",
    text: "",
    language: "python",
    options: [],
    asset: "",
    open: true,
    solution: "",
  },
  response: {
    author: "",
    time: 0,
    state: "",
    text: "",
    choice: [],
    comment: "",
  },
  cell: {
    author: "",
    time: 0,
    kind: "code",
    source: "",
    output: "",
    asset: "",
    state: "",
    count: 0,
  },
  message: {
    author: "",
    time: 0,
    to: "all",
  },
};

/** What a reader checks of each field: the kind of its values; `s` a list, `?` or null, `!` required. */
export const FIELDS: { readonly [T in RecordType]: { readonly [field: string]: string } } = {
  class: {
    id: "string!",
    author: "string",
    time: "number",
    title: "string",
    draw: "string",
    chat: "boolean",
    join: "boolean",
    names: "boolean",
    page: "string",
    follow: "boolean",
    called: "number",
    cursors: "boolean",
    ended: "number",
  },
  person: {
    id: "string!",
    author: "string",
    time: "number",
    name: "string!",
    role: "string",
    hand: "number",
    badge: "string",
    draw: "string",
    chat: "boolean",
  },
  page: {
    id: "string!",
    author: "string",
    time: "number",
    order: "string!",
    title: "string",
    width: "number",
    height: "number",
    endless: "boolean",
    pattern: "string",
    asset: "string",
    audience: "string",
    locked: "boolean",
    cleared: "number",
    gone: "boolean",
    shows: "strings",
  },
  ink: {
    id: "string!",
    author: "string",
    time: "number",
    page: "string!",
    z: "string!",
    transform: "transform?",
    copy: "string",
    group: "string",
    locked: "boolean",
    tool: "string",
    colour: "string",
    width: "number",
    quantum: "number",
    points: "bytes!",
    times: "bytes",
    part: "string",
  },
  shape: {
    id: "string!",
    author: "string",
    time: "number",
    page: "string!",
    z: "string!",
    transform: "transform?",
    copy: "string",
    group: "string",
    locked: "boolean",
    kind: "string!",
    x: "number!",
    y: "number!",
    w: "number!",
    h: "number!",
    colour: "string",
    fill: "string",
    width: "number",
    dash: "string",
    corners: "pairs",
  },
  text: {
    id: "string!",
    author: "string",
    time: "number",
    page: "string!",
    z: "string!",
    transform: "transform?",
    copy: "string",
    group: "string",
    locked: "boolean",
    x: "number!",
    y: "number!",
    w: "number",
    h: "number",
    text: "string",
    size: "number",
    colour: "string",
    align: "string",
    lines: "lines",
    formulas: "formulas",
  },
  note: {
    id: "string!",
    author: "string",
    time: "number",
    page: "string!",
    z: "string!",
    transform: "transform?",
    copy: "string",
    group: "string",
    locked: "boolean",
    x: "number!",
    y: "number!",
    w: "number",
    h: "number",
    text: "string",
    size: "number",
    colour: "string",
    lines: "lines",
    formulas: "formulas",
  },
  image: {
    id: "string!",
    author: "string",
    time: "number",
    page: "string!",
    z: "string!",
    transform: "transform?",
    copy: "string",
    group: "string",
    locked: "boolean",
    x: "number!",
    y: "number!",
    w: "number!",
    h: "number!",
    asset: "string!",
    alt: "string",
  },
  item: {
    id: "string!",
    author: "string",
    time: "number",
    kind: "string!",
    order: "string!",
    title: "string",
    text: "string",
    language: "string",
    options: "strings",
    asset: "string",
    open: "boolean",
    solution: "string",
  },
  response: {
    id: "string!",
    author: "string",
    time: "number",
    item: "string!",
    state: "string",
    text: "string",
    choice: "numbers",
    comment: "string",
  },
  cell: {
    id: "string!",
    author: "string",
    time: "number",
    order: "string!",
    kind: "string",
    source: "string",
    output: "string",
    asset: "string",
    state: "string",
    count: "number",
  },
  message: {
    id: "string!",
    author: "string",
    time: "number",
    text: "string!",
    to: "string",
  },
};

/** The record with every default filled in. One of an unknown type comes back as it is. */
export function withDefaults<T extends RecordType>(draft: Draft<T>): RecordOf<T> {
  return { ...DEFAULTS[draft.type], ...draft } as unknown as RecordOf<T>;
}

// -- operations

/** A whole record: made, or replaced. */
export interface Put {
  op: "put";
  record: AnyRecord;
}

/** The same fields of one or many records. */
export interface Patch {
  op: "patch";
  ids: readonly string[];
  fields: Record<string, unknown>;
}

/** More text at the end of a text field; `at` is its length so far in UTF-8 bytes. */
export interface Append {
  op: "append";
  id: string;
  field: string;
  at: number;
  text: string;
}

/** Records that go. */
export interface Remove {
  op: "remove";
  ids: readonly string[];
}

export type Op = Put | Patch | Append | Remove;

export const CODES = {
  put: 1,
  patch: 2,
  append: 3,
  remove: 4,
  ink: 5,
} as const;

// -- messages

/** How far a client has come. */
export interface Last {
  seq: number;
  mark: string;
}

/** What one person may do; told in `welcome`, kept by the door. */
export interface Limits {
  frame: number;
  ops: number;
  asset: number;
  records: number;
  bytes: number;
  changes_per_second: number;
  live_per_second: number;
  name: number;
}

/** One entry as a viewer gets it: only the operations that they may see. */
export interface Seen {
  seq: number;
  tag: number;
  number: number;
  author: string;
  time: number;
  ops: readonly Op[];
}

/** A figure while somebody makes it: what its shape record will say, under the id that the record will have. */
export interface DraftFigure {
  id: string;
  page: string;
  kind: "arrow" | "ellipse" | "line" | "polygon" | "rectangle";
  x: number;
  y: number;
  w: number;
  h: number;
  copy: string;
  colour: string;
  fill: string;
  width: number;
  dash: "dashed" | "dotted" | "solid";
  corners: readonly (readonly [number, number])[];
  transform: Transform | null;
}

/** First message of a connection. `client` is this window's own random id, never shared. */
export interface Hello {
  kind: "hello";
  protocol: number;
  client: string;
  token: string;
  last: Last | null;
  pending: number;
}

/** A numbered list of operations, all or nothing. Numbers of one client rise; gaps are allowed. */
export interface Change {
  kind: "change";
  number: number;
  ops: readonly Op[];
}

/** Are you there? `at` is the sender's own clock, sent back as it came. */
export interface Ping {
  kind: "ping";
  at: number;
}

/** The latest about one person that is not worth keeping. Absent fields are unchanged. `cursor` is page, x, y, and what it is; "off" hides it. `view` is page, centre x, centre y, zoom (board units that fit across the stage) of staff, to follow. `editing` is a record id. `copy` is the person on whose private copy cursor and editing are; what was said of another copy is then forgotten. Nobody is led onto a copy: a view has none. `draft` is a figure that is being made; "off": it is not any more. It names its own copy, and is told apart from the rest. */
export interface Presence {
  person: string;
  cursor: readonly [string, number, number, "arrow" | "laser" | "pen"] | "off" | null;
  view: readonly [string, number, number, number] | null;
  editing: string | null;
  typing: boolean | null;
  copy: string;
  draft: DraftFigure | "off" | null;
}

/** A stroke begins. `handle` is the client's own small number, reused when it likes after the end. */
export interface LiveStart {
  kind: "live-start";
  handle: number;
  id: string;
  page: string;
  copy: string;
  tool: "highlighter" | "pen";
  colour: string;
  width: number;
  quantum: number;
  person: string;
}

/** More points: `at` is the index of the first, `data` is `ink.pack_delta` from the point before. */
export interface LivePoints {
  kind: "live-points";
  handle: number;
  at: number;
  data: Uint8Array;
}

/** No more points: the finished stroke follows as a change, or (`kept` false) nothing does. */
export interface LiveEnd {
  kind: "live-end";
  handle: number;
  kept: boolean;
}

/** You are in. `resumed`: the changes since `last` follow; else a snapshot does. */
export interface Welcome {
  kind: "welcome";
  class_id: string;
  person: string;
  role: Role;
  tag: number;
  resumed: boolean;
  now: number;
  limits: Limits;
  version: string;
}

/** A piece of the table as puts, deflated (zlib) over all pieces together; the last says where it stands. */
export interface Snapshot {
  kind: "snapshot";
  seq: number;
  mark: Uint8Array;
  last: boolean;
  data: Uint8Array;
}

/** Entries in order. A non-zero `upto` says that this viewer now has everything through it, under `mark`. */
export interface Changes {
  kind: "changes";
  upto: number;
  mark: Uint8Array;
  entries: readonly Seen[];
}

/** Your change was accepted before (a resend), or shows you nothing. */
export interface Confirm {
  kind: "confirm";
  number: number;
  seq: number;
}

/** Your change was not accepted; nothing of it happened. */
export interface Refuse {
  kind: "refuse";
  number: number;
  code: string;
  parameters: Record<string, unknown>;
}

/** Who is connected: `all` replaces the list, `joined` and `left` change it. */
export interface Here {
  kind: "here";
  all: readonly string[] | null;
  joined: readonly string[];
  left: readonly string[];
}

/** Answer to a ping: its `at`, and the server's time in milliseconds since 1970. */
export interface Pong {
  kind: "pong";
  at: number;
  now: number;
}

/** Forget the table; a snapshot follows on this connection. */
export interface Reset {
  kind: "reset";
}

/** The connection ends; `again` says whether to try again. */
export interface Bye {
  kind: "bye";
  code: string;
  reason: string;
  again: boolean;
}

/** Presence as it stands among the other messages. */
export interface PresenceMessage extends Presence {
  kind: "presence";
}

export type AnyMessage =
  | Hello
  | Change
  | Ping
  | PresenceMessage
  | LiveStart
  | LivePoints
  | LiveEnd
  | Welcome
  | Snapshot
  | Changes
  | Confirm
  | Refuse
  | Here
  | Pong
  | Reset
  | Bye;
export type Kind = AnyMessage["kind"];
export const KINDS: Readonly<Record<Kind, number>> = {
  hello: 1,
  change: 2,
  ping: 3,
  presence: 4,
  "live-start": 8,
  "live-points": 9,
  "live-end": 10,
  welcome: 16,
  snapshot: 17,
  changes: 18,
  confirm: 19,
  refuse: 20,
  here: 21,
  pong: 22,
  reset: 23,
  bye: 24,
};
export const MARK = 8;

export const PRESENCE: Presence = {
  person: "",
  cursor: null,
  view: null,
  editing: null,
  typing: null,
  copy: "",
  draft: null,
};

export const LIMITS: Limits = {
  frame: 262144,
  ops: 5000,
  asset: 20000000,
  records: 20000,
  bytes: 64000000,
  changes_per_second: 100,
  live_per_second: 60,
  name: 40,
};

// -- what is said to people

/** Every refusal code with its English sentence. */
export const REFUSALS: Readonly<Record<string, string>> = {
  forbidden: "You may not do that in this class.",
  "draw-locked": "Drawing is off for you, so your stroke was taken back.",
  "page-locked": "That page is locked, so your stroke was taken back.",
  "page-gone": "That page was removed, so your stroke was taken back.",
  "chat-closed": "The chat is closed.",
  "names-locked": "Names are fixed in this class. Ask your teacher to change yours.",
  "name-taken": "Someone here has that name. Add an initial?",
  "name-length": "A name has 1 to 40 characters.",
  "own-role": "You cannot change your own role. Another teacher can.",
  "last-teacher": "A class keeps at least one teacher.",
  "item-closed": "That is closed now.",
  "unknown-record": "That is not there any more.",
  "bad-record": "That could not be understood, so nothing was changed.",
  "bad-offset": "That text has moved on. It is brought up to date now.",
  "no-asset": "That picture is not here any more. Add it again.",
  "too-large": "That is too large to send at once.",
  quota: "You have reached the limit of what one person can add to this class.",
  "disk-full": "The disk is full. Nothing drawn so far is lost, but new strokes cannot be saved.",
  "not-saved": "That could not be saved, so it was taken back.",
  "read-only": "This class is read-only.",
};

/** Why a server ends a connection: close code, whether to try again, sentence. */
export const FAREWELLS: Readonly<Record<string, { close: number; again: boolean; sentence: string }>> = {
  "going-away": {
    close: 1001,
    again: true,
    sentence: "The teacher's Jupyter is restarting. Reconnecting…",
  },
  "bad-token": {
    close: 4001,
    again: false,
    sentence: "This link is not open any more. Ask your teacher for a new one.",
  },
  "bad-frame": {
    close: 4002,
    again: false,
    sentence: "The connection sent something that could not be read. Reload the page.",
  },
  "bad-hello": {
    close: 4003,
    again: false,
    sentence: "The connection did not say who it is. Reload the page.",
  },
  removed: {
    close: 4004,
    again: false,
    sentence: "Your teacher has ended your visit to this class.",
  },
  replaced: {
    close: 4005,
    again: false,
    sentence: "This window is open on a newer connection.",
  },
  stalled: {
    close: 4006,
    again: true,
    sentence: "The connection was too slow. Reconnecting…",
  },
  upgrade: {
    close: 4007,
    again: false,
    sentence: "The class has been updated. The page reloads.",
  },
  crowded: {
    close: 4008,
    again: true,
    sentence: "Many people are joining. Trying again in a moment.",
  },
  ended: {
    close: 4009,
    again: false,
    sentence: "The class has ended.",
  },
};
