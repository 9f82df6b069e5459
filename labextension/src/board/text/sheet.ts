/**
 * The paper that is written on: a plain text field laid over the board where the words will be, as large as they will be.
 *
 * It promises that its element has a name, that nothing typed in it reaches the board's keys, and that it keeps its place
 * on the board at any view. It holds no record and decides nothing: keys and changes are told to whoever made it.
 */

import "./write.css";

import type { Matrix } from "../hit";
import type { View } from "../viewport";
import { FIRST, LINE } from "./layout";
import { entered, type Marking, marked, type Typed } from "./marking";
import type { Draft } from "./writing";

const EDGE = 8;
const GAP = 12;

export interface SheetEvents {
  typed(): void;
  keep(): void;
  next(): void;
}

export class Sheet {
  readonly root = element("div", "cr-write");
  readonly paper = element("div", "cr-write__paper");
  readonly area = element("textarea", "cr-write__area");
  /** For whoever puts a bar of buttons beside the paper. */
  readonly side = element("div", "cr-write__side");
  private readonly mirror = element("div", "cr-write__mirror");
  /** A line with something on its baseline: browsers round where that is, each in its own way. */
  private readonly ruler = element("div", "cr-write__ruler");
  private readonly foot = element("i", "cr-write__foot");
  private readonly matrix: Matrix;
  private readonly scale: number;
  private readonly observer: ResizeObserver;
  private bar = { width: 0, height: 0 };
  private size = { width: 0, height: 0 };

  constructor(
    readonly draft: Draft,
    private readonly events: SheetEvents,
  ) {
    const { area, mirror, paper, root, side } = this;
    const m = draft.transform ?? ([1, 0, 0, 1, 0, 0] as const);
    this.scale = Math.sqrt(Math.abs(m[0] * m[3] - m[1] * m[2])) || 1;
    this.matrix = m;
    paper.dataset.kind = draft.kind;
    paper.classList.toggle("cr-write--free", draft.kind === "text" && draft.w === 0);
    if (draft.w > 0) paper.style.width = `${draft.w}px`;
    if (draft.kind === "note") paper.style.minHeight = `${draft.h}px`;
    paper.style.lineHeight = String(LINE);
    area.value = draft.text;
    area.dir = "auto";
    mirror.dir = "auto";
    area.rows = 1;
    area.cols = 1; // as wide as its words, not as a field of twenty letters
    area.spellcheck = true;
    area.setAttribute("autocapitalize", "sentences");
    mirror.setAttribute("aria-hidden", "true");
    area.setAttribute("aria-label", draft.kind === "note" ? "Sticky note" : "Text");
    this.ruler.setAttribute("aria-hidden", "true");
    this.ruler.append("x", this.foot);
    paper.append(this.ruler, mirror, area);
    root.append(side, paper);
    area.addEventListener("input", () => this.typed());
    area.addEventListener("keydown", (event) => this.keydown(event));
    side.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      this.area.focus();
    });
    // Pressing a button of the bar takes nothing from the field.
    side.addEventListener("pointerdown", (event) => event.preventDefault());
    side.addEventListener("mousedown", (event) => event.preventDefault());
    this.observer = new ResizeObserver(() => {
      this.bar = { width: side.offsetWidth, height: side.offsetHeight };
      this.size = { width: paper.offsetWidth, height: paper.offsetHeight };
      this.placeSide();
    });
    this.observer.observe(side);
    this.observer.observe(paper);
    this.mirrored();
  }

  /** Letters and paper as they will be. */
  dress(style: { font: string; size: number; colour: string; paper: string; align: Draft["align"] }): void {
    const { paper } = this;
    paper.style.fontFamily = style.font;
    paper.style.fontSize = `${style.size}px`;
    paper.style.color = style.colour;
    paper.style.caretColor = style.colour;
    paper.style.background = style.paper;
    const one = this.ruler.getBoundingClientRect();
    const scale = one.height / this.ruler.offsetHeight || 1;
    const baseline = (this.foot.getBoundingClientRect().bottom - one.top) / scale;
    // A laid out line has its baseline at FIRST.
    for (const part of [this.area, this.mirror]) part.style.top = `${FIRST * style.size - baseline}px`;
    paper.style.textAlign = style.align === "centre" ? "center" : style.align === "right" ? "right" : "start";
  }

  private view: View = { zoom: 1, x: 0, y: 0 };
  private stage = { width: 0, height: 0 };

  /** The view is another now. */
  place(view: View, stage: { width: number; height: number }): void {
    this.view = view;
    this.stage = stage;
    const { x, y } = this.corner();
    const zoom = this.scale * view.zoom;
    this.paper.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
    this.paper.style.setProperty("--z", String(zoom));
    this.placeSide();
  }

  /** Where the paper's corner is on the stage: that of the box, or, where it is turned, so that its middle is right. */
  private corner(): { x: number; y: number } {
    const { matrix: m, draft, view, scale } = this;
    let x = m[0] * draft.x + m[2] * draft.y + m[4];
    let y = m[1] * draft.x + m[3] * draft.y + m[5];
    if (Math.abs(m[1]) + Math.abs(m[2]) > 1e-9 || m[0] < 0 || m[3] < 0) {
      const [cx, cy] = [draft.x + draft.w / 2, draft.y + draft.h / 2];
      x = m[0] * cx + m[2] * cy + m[4] - (scale * draft.w) / 2;
      y = m[1] * cx + m[3] * cy + m[5] - (scale * draft.h) / 2;
    }
    return { x: x * view.zoom + view.x, y: y * view.zoom + view.y };
  }

  private placeSide(): void {
    const { bar, size, stage } = this;
    const { x, y } = this.corner();
    const height = size.height * this.scale * this.view.zoom;
    const above = y - bar.height - GAP;
    const below = y + height + GAP;
    const floor = stage.height - bar.height - EDGE;
    const top = above >= EDGE ? above : below <= floor ? below : EDGE;
    const left = Math.max(EDGE, Math.min(x - GAP / 2, stage.width - bar.width - EDGE));
    this.side.style.transform = `translate(${Math.round(left)}px, ${Math.round(Math.min(top, floor))}px)`;
  }

  /** How far (CSS pixels) the board must go up for the caret to be above `bottom`, a place of the window. */
  hiddenBelow(bottom: number): number {
    const box = this.paper.getBoundingClientRect();
    const before = this.area.value.slice(0, this.area.selectionEnd).split("\n").length;
    const line = Number.parseFloat(this.paper.style.fontSize) * LINE * this.scale * this.view.zoom;
    const caret = Math.min(
      box.bottom,
      box.top + before * line + (this.draft.kind === "note" ? 16 * this.view.zoom : 0),
    );
    return Math.max(0, caret + GAP - bottom);
  }

  focus(): void {
    this.area.focus({ preventScroll: true });
  }

  mark(marking: Marking): void {
    this.change(marked(this.now, marking));
    this.focus();
  }

  remove(): void {
    this.observer.disconnect();
    this.root.remove();
  }

  private get now(): Typed {
    const { value: text, selectionStart: start, selectionEnd: end } = this.area;
    return { text, start, end };
  }

  /** Changes the least that is needed, in a way that the field's own undo knows. */
  private change({ text, start, end }: Typed): void {
    const { area } = this;
    if (area.readOnly) return;
    const old = area.value;
    let low = 0;
    while (low < old.length && low < text.length && old[low] === text[low]) low++;
    let tail = 0;
    while (tail < old.length - low && tail < text.length - low && old.at(-1 - tail) === text.at(-1 - tail))
      tail++;
    const more = text.slice(low, text.length - tail);
    area.focus({ preventScroll: true });
    area.setSelectionRange(low, old.length - tail);
    const done = document.execCommand(more ? "insertText" : "delete", false, more);
    if (!done || area.value !== text) {
      area.value = text;
      this.typed();
    }
    area.setSelectionRange(start, end);
  }

  private typed(): void {
    this.mirrored();
    this.events.typed();
  }

  private mirrored(): void {
    this.mirror.textContent = `${this.area.value}\u200b`;
  }

  private keydown(event: KeyboardEvent): void {
    if (event.key !== "F6") event.stopPropagation();
    if (event.isComposing) return;
    const mod = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    let done = true;
    if (event.key === "Escape" || (mod && event.key === "Enter")) this.events.keep();
    else if (mod && !event.altKey && !event.shiftKey && key === "b") this.mark("bold");
    else if (mod && !event.altKey && !event.shiftKey && key === "i") this.mark("italic");
    else if (event.key === "Tab" && !event.shiftKey && !mod && this.draft.kind === "note") this.events.next();
    else if (event.key === "Enter" && !mod && !event.shiftKey) {
      const more = entered(this.now);
      if (more) this.change(more);
      done = more !== null;
    } else done = false;
    if (done) event.preventDefault();
  }
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}
