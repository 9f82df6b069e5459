/**
 * What the keys and the small bar do to the Markdown that is being written: pure changes of a text and its selection.
 * Doing the same twice takes it away again.
 */

export interface Typed {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type Marking = "bold" | "italic" | "code" | "formula" | "list";

const SIGNS = { bold: "**", italic: "*", code: "`", formula: "$" } as const;

export function marked(typed: Typed, marking: Marking): Typed {
  return marking === "list" ? listed(typed) : wrapped(typed, SIGNS[marking]);
}

function wrapped({ text, start, end }: Typed, sign: string): Typed {
  const n = sign.length;
  // A star inside two is bold, not italic.
  const lone = (at: number) => sign !== "*" || (text[at - 1] !== "*" && text[at + 1] !== "*");
  const signAt = (at: number) => text.slice(at, at + n) === sign && lone(at);
  if (signAt(start - n) && signAt(end)) {
    const inside = text.slice(start, end);
    return { text: text.slice(0, start - n) + inside + text.slice(end + n), start: start - n, end: end - n };
  }
  if (end - start > 2 * n && signAt(start) && signAt(end - n)) {
    const inside = text.slice(start + n, end - n);
    return { text: text.slice(0, start) + inside + text.slice(end), start, end: end - 2 * n };
  }
  // Spaces at the ends of a selection stay outside: a mark before a space marks nothing.
  const chosen = text.slice(start, end);
  const low = start + (chosen.length - chosen.trimStart().length);
  const high = low + chosen.trim().length;
  const inside = text.slice(low, high);
  return {
    text: text.slice(0, low) + sign + inside + sign + text.slice(high),
    start: low + n,
    end: high + n,
  };
}

function listed({ text, start, end }: Typed): Typed {
  const low = text.lastIndexOf("\n", start - 1) + 1;
  const stop = text.indexOf("\n", end);
  const high = stop < 0 ? text.length : stop;
  const lines = text.slice(low, high).split("\n");
  const all = lines.every((line) => /^ *[-*] /.test(line));
  const changed = lines.map((line) =>
    all ? line.replace(/^( *)[-*] /, "$1") : /^ *[-*] /.test(line) ? line : `- ${line}`,
  );
  const first = changed[0]!.length - lines[0]!.length;
  const more = changed.join("\n").length - (high - low);
  return {
    text: text.slice(0, low) + changed.join("\n") + text.slice(high),
    start: Math.max(low, start + first),
    end: Math.max(low, end + more),
  };
}

/** What Enter makes in a list: its next entry, or its end where the entry is empty. Null: a plain new line. */
export function entered({ text, start, end }: Typed): Typed | null {
  if (start !== end) return null;
  const low = text.lastIndexOf("\n", start - 1) + 1;
  const line = text.slice(low, start);
  const item = /^( *)([-*]|(\d{1,8})([.)])) +(.*)$/.exec(line);
  if (!item) return null;
  if (item[5] === "") {
    const at = low;
    return { text: text.slice(0, low) + text.slice(start), start: at, end: at };
  }
  const next = `\n${item[1]}${item[3] ? `${Number(item[3]) + 1}${item[4]}` : item[2]} `;
  const at = start + next.length;
  return { text: text.slice(0, start) + next + text.slice(start), start: at, end: at };
}
