/**
 * The window's and the stage's own events that are no strokes: keys, a press beside what is being written, a double click.
 *
 * It promises that a key is the board's only while the board has the focus, or is under the pointer and nothing else has
 * the focus; and that keys which mean nothing here go on to the page. What each key does stands in `keys.ts`.
 */

import type { ClassBoard } from "./board";
import { chord, editing, KEYS } from "./keys";
import { watchTheme } from "./theme";

/** CSS pixels from words within which a double click opens them. */
const NEAR = 4;

export class Keyboard {
  private readonly off: (() => void)[] = [];

  constructor(
    private readonly board: ClassBoard,
    /** Has the person switched this key off? */
    private readonly offKey: (chord: string) => boolean,
  ) {
    const { stage } = board.picture;
    const { root } = stage;
    // A press elsewhere ends the writing, and does nothing else; but one may pan meanwhile.
    this.listen(
      root,
      "pointerdown",
      (event) => {
        const { button, target } = event as PointerEvent;
        if (!board.editor.writing || target !== stage.touch || button !== 0) return;
        event.preventDefault();
        event.stopPropagation();
        board.editor.keep();
        if (!board.editor.writing) board.focus();
      },
      true,
    );
    this.listen(stage.touch, "dblclick", (event) => {
      if (board.choices.tool !== "hand") return;
      const { x, y } = board.placeAt(event as MouseEvent);
      board.editor.editAt(x, y, NEAR / board.view.zoom);
    });
    this.listen(root, "blur", () => root.classList.remove("by-hand"));
    this.listen(root, "keydown", (event) => this.down(event as KeyboardEvent));
    this.listen(window, "keydown", (event) => {
      const { activeElement } = document;
      // Hovering counts as long as nothing else has the focus: in JupyterLab the notebook's own keys come first.
      if (board.input.hovered && (!activeElement || activeElement === document.body))
        this.down(event as KeyboardEvent);
    });
    const modify = (event: Event) => {
      const { key, shiftKey, altKey, ctrlKey, metaKey } = event as KeyboardEvent;
      if (!["Shift", "Alt", "Control", "Meta"].includes(key)) return;
      if (board.hands.modify(shiftKey, altKey, ctrlKey || metaKey)) event.preventDefault(); // Alt alone would open the browser's menu
    };
    for (const type of ["keydown", "keyup"]) this.listen(window, type, modify);
    this.listen(window, "keyup", (event) => {
      if ((event as KeyboardEvent).key === " ") board.input.hold(false);
    });
    this.off.push(watchTheme(() => board.restyle()));
  }

  destroy(): void {
    for (const off of this.off) off();
  }

  /** True when the key meant something. */
  down(event: KeyboardEvent): boolean {
    const { board } = this;
    if (event.defaultPrevented || event.isComposing || editing(event.target)) return false;
    const space = event.key === " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (space && !this.offKey(" ")) {
      // A button under the focus keeps its space bar.
      if (event.target instanceof Element && event.target.closest("button, a[href], [role=button]"))
        return false;
      event.preventDefault();
      board.input.hold(true);
      return true;
    }
    // Keys that walk and open are the board's only where the focus is: elsewhere they belong to what has it.
    const own = event.target instanceof Node && board.picture.stage.root.contains(event.target);
    if (!own && /^(Tab|Enter)$/.test(event.key)) return false;
    const key = chord(event);
    if (this.offKey(key)) return false;
    if (!board.tool.key?.(key) && !KEYS[key]?.(board)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  private listen(target: EventTarget, type: string, handler: (event: Event) => void, first = false): void {
    target.addEventListener(type, handler, first);
    this.off.push(() => target.removeEventListener(type, handler, first));
  }
}
