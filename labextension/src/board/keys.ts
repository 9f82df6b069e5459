/**
 * The board's keys, as data: what each does is a call on the board. `?` in the panels shows the same list.
 *
 * It promises to leave alone every key pressed while text is being edited, and every combination that it does not know.
 */

import { PALETTE } from "../core/schema";
import type { Board } from "./index";

const STEP = 80;
const ZOOM = 1.25;

/**
 * A key with its modifiers: `mod+` is Ctrl or Meta; `shift+` stands before letters, named keys and digits. Where a
 * keyboard needs Shift for a digit, or AltGr for a bracket, the character alone counts.
 */
export function chord(event: KeyboardEvent): string {
  const { key, code, shiftKey } = event;
  const typed = event.getModifierState("AltGraph");
  const mod = !typed && (event.ctrlKey || event.metaKey) ? "mod+" : "";
  const alt = !typed && event.altKey ? "alt+" : "";
  if (/^[0-9]$/.test(key)) return mod + alt + key;
  if (shiftKey && /^Digit\d$/.test(code)) return `${mod}${alt}shift+${code.slice(5)}`;
  // With Ctrl a bracket is known by its key too, whatever Shift makes of it.
  const bracket = mod ? { BracketLeft: "[", BracketRight: "]" }[code] : undefined;
  if (bracket) return `${mod}${alt}${shiftKey ? "shift+" : ""}${bracket}`;
  const named = key.length > 1 || /^[a-z]$/i.test(key);
  return `${mod}${alt}${shiftKey && named ? "shift+" : ""}${key.length === 1 ? key.toLowerCase() : key}`;
}

export const KEYS: Readonly<Record<string, (board: Board) => boolean | undefined>> = {
  p: act((b) => b.setTool("pen")),
  h: act((b) => b.setTool("highlighter")),
  s: act((b) => b.setTool("shape")),
  t: act((b) => b.setTool("text")),
  n: act((b) => b.setTool("note")),
  e: act((b) => b.setTool("eraser")),
  l: act((b) => b.setTool("laser")),
  v: act((b) => (b.state.tool === "select" ? b.setLasso(!b.state.lasso) : b.setTool("select"))),
  m: act((b) => b.setTool("hand")),
  i: (b) => b.choosePictures(),
  "[": act((b) => b.stepWidth(-1)),
  "]": act((b) => b.stepWidth(1)),
  ArrowLeft: act((b) => b.nudge(-1, 0) || b.panBy(STEP, 0)),
  ArrowRight: act((b) => b.nudge(1, 0) || b.panBy(-STEP, 0)),
  ArrowUp: act((b) => b.nudge(0, -1) || b.panBy(0, STEP)),
  ArrowDown: act((b) => b.nudge(0, 1) || b.panBy(0, -STEP)),
  "shift+ArrowLeft": (b) => b.nudge(-10, 0),
  "shift+ArrowRight": (b) => b.nudge(10, 0),
  "shift+ArrowUp": (b) => b.nudge(0, -10),
  "shift+ArrowDown": (b) => b.nudge(0, 10),
  Delete: (b) => b.remove(),
  Backspace: (b) => b.remove(),
  Tab: (b) => b.walk(1),
  "shift+Tab": (b) => b.walk(-1),
  Enter: (b) => b.open(),
  "mod+a": act((b) => b.selectAll()),
  "mod+d": act((b) => b.duplicate()),
  "mod+g": act((b) => b.group()),
  "mod+shift+g": act((b) => b.ungroup()),
  "mod+]": act((b) => b.arrange("forward")),
  "mod+[": act((b) => b.arrange("backward")),
  "mod+shift+]": act((b) => b.arrange("front")),
  "mod+shift+[": act((b) => b.arrange("back")),
  "mod+shift+l": act((b) => b.lock(!b.state.picked?.locked)),
  "+": act((b) => b.zoomBy(ZOOM)),
  "=": act((b) => b.zoomBy(ZOOM)),
  "-": act((b) => b.zoomBy(1 / ZOOM)),
  "0": act((b) => b.fit()),
  "shift+1": act((b) => b.fit()),
  "shift+0": act((b) => b.zoomTo(1)),
  g: act((b) => b.follow()),
  PageUp: act((b) => b.step(-1)),
  PageDown: act((b) => b.step(1)),
  "mod+z": act((b) => b.undo()),
  "mod+shift+z": act((b) => b.redo()),
  "mod+y": act((b) => b.redo()),
  Escape: (b) => b.cancel(),
  ...Object.fromEntries(PALETTE.map((name, i) => [`${i + 1}`, act((b) => b.setColour(name))])),
};

function act(what: (board: Board) => unknown): (board: Board) => boolean {
  return (board) => {
    what(board);
    return true;
  };
}

/** Is the person writing somewhere? Then every key is theirs. */
export function editing(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const input = target.closest("input, textarea, select, [contenteditable], [role=textbox]");
  if (!input) return false;
  if (input instanceof HTMLInputElement)
    return !/^(button|checkbox|radio|range|color|submit)$/.test(input.type);
  return input.getAttribute("contenteditable") !== "false";
}
