/**
 * Which keys this person has switched off: for those whose keyboard, reader or habit has other plans for them.
 *
 * It promises to work where the browser keeps nothing (then until the page is left), and that odd values found there switch
 * off nothing. Escape, F6 and the list's own key always act: without them there would be no way back.
 */

import type { Key } from "./words";

const STORED = "classroom.keys.off";

/** The chords (as `board/keys.ts` writes them) behind each line of the list. */
export const CHORDS: Readonly<Partial<Record<Key, readonly string[]>>> = {
  "tool.pen": ["p"],
  "tool.highlighter": ["h"],
  "tool.eraser": ["e"],
  "tool.laser": ["l"],
  "tool.shape": ["s"],
  "tool.text": ["t"],
  "tool.note": ["n"],
  "tool.image": ["i"],
  "tool.select": ["v"],
  "tool.hand": ["m"],
  "keys.colour": ["1", "2", "3", "4", "5", "6", "7", "8"],
  "keys.width": ["[", "]"],
  "keys.things": ["Tab", "shift+Tab"],
  "keys.all": ["mod+a"],
  "keys.nudge": ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].flatMap((key) => [key, `shift+${key}`]),
  "menu.copy": ["mod+c"],
  "menu.cut": ["mod+x"],
  "menu.paste": ["mod+v"],
  "sel.duplicate": ["mod+d"],
  "sel.remove": ["Delete", "Backspace"],
  "keys.group": ["mod+g", "mod+shift+g"],
  "keys.arrange": ["mod+[", "mod+]", "mod+shift+[", "mod+shift+]"],
  "keys.lock": ["mod+shift+l"],
  "keys.menu": ["shift+F10", "ContextMenu"],
  "keys.pan": [" "],
  "page.in": ["+", "="],
  "page.out": ["-"],
  "keys.fit": ["0", "shift+1", "shift+0"],
  undo: ["mod+z"],
  redo: ["mod+shift+z", "mod+y"],
  "keys.hand": ["r"],
  "keys.follow": ["g"],
  "keys.walk": ["w"],
  "keys.copies": ["alt+ArrowLeft", "alt+ArrowRight"],
  "keys.call": ["shift+g"],
  "keys.pages": ["PageDown", "PageUp"],
  "keys.tabs": ["alt+1", "alt+2", "alt+3"],
  "keys.drawer": ["\\"],
  "full.on": ["f"],
};

type Store = Pick<Storage, "getItem" | "setItem">;

function browserStore(): Store | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

export class KeysOff {
  private lines: ReadonlySet<string>;
  private chords: ReadonlySet<string> = new Set();

  constructor(private readonly store: Store | null = browserStore()) {
    this.lines = new Set(this.read());
    this.spread();
  }

  /** Is this line of the list switched off? */
  has(line: Key): boolean {
    return this.lines.has(line);
  }

  get size(): number {
    return this.lines.size;
  }

  /** Is this key of the keyboard? */
  stops(chord: string): boolean {
    return this.chords.has(chord);
  }

  set(line: Key, off: boolean): void {
    const next = new Set(this.lines);
    if (off) next.add(line);
    else next.delete(line);
    this.keep(next);
  }

  clear(): void {
    this.keep(new Set());
  }

  private keep(lines: ReadonlySet<string>): void {
    this.lines = lines;
    this.spread();
    try {
      this.store?.setItem(STORED, JSON.stringify([...lines]));
    } catch {
      // Full or forbidden: it is kept in memory.
    }
  }

  private read(): string[] {
    try {
      const found: unknown = JSON.parse(this.store?.getItem(STORED) ?? "[]");
      return Array.isArray(found) ? found.filter((line) => Object.hasOwn(CHORDS, line as string)) : [];
    } catch {
      return [];
    }
  }

  private spread(): void {
    this.chords = new Set([...this.lines].flatMap((line) => CHORDS[line as Key] ?? []));
  }
}

/** One for the window: all its panels obey the same. */
export const keysOff = new KeysOff();
