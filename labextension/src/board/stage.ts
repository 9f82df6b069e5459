/**
 * The board's elements and their bitmaps: desk, sheet, finished picture, layers for what moves, cursors, and the
 * transparent element on top that takes the pointer.
 *
 * It promises that a frame reads no layout and paints only what changed. It knows views and sizes, not records.
 */

import "./board.css";

import type { Inks, Theme } from "./colour";
import { Layer } from "./layer";
import type { DeviceView } from "./tiles";
import type { Box, Sheet, Size, View } from "./viewport";

export class Stage {
  readonly root = element("cr-board-stage");
  readonly sheet = element("cr-board-sheet");
  readonly touch = element("cr-board-touch");
  readonly picture = document.createElement("canvas");
  /** Highlighter on the move; other people's ink and what fades; the own pen. */
  readonly marks = new Layer("marks", false);
  readonly others = new Layer("others", false);
  readonly own = new Layer("own", true);
  readonly context: CanvasRenderingContext2D;
  size: Size = { width: 0, height: 0 };
  ratio = 1;
  private shape = "";

  constructor(
    host: HTMLElement,
    cursors: HTMLElement,
    private readonly resized: () => void,
  ) {
    this.picture.className = "cr-board-layer";
    this.picture.setAttribute("aria-hidden", "true");
    const context = this.picture.getContext("2d");
    if (!context) throw new Error("no canvas");
    this.context = context;
    const { canvas: marks } = this.marks;
    this.root.append(
      this.sheet,
      this.picture,
      marks,
      this.others.canvas,
      this.own.canvas,
      cursors,
      this.touch,
    );
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-roledescription", "board");
    // JupyterLab would take single letters for commands on cells: keys in here are the board's.
    this.root.dataset.lmSuppressShortcuts = "true";
    if (getComputedStyle(host).position === "static") host.style.position = "relative";
    host.append(this.root);
    this.observer.observe(this.root);
    this.measure();
    this.watchRatio();
  }

  private readonly observer = new ResizeObserver(() => this.measure());
  private ratioQuery: MediaQueryList | null = null;

  destroy(): void {
    this.observer.disconnect();
    this.ratioQuery?.removeEventListener("change", this.measure);
    this.root.remove();
  }

  dress(theme: Theme): void {
    this.root.dataset.board = theme;
  }

  private readonly measure = (): void => {
    const { clientWidth: width, clientHeight: height } = this.root;
    const ratio = window.devicePixelRatio || 1;
    if (ratio !== this.ratio) {
      this.ratio = ratio;
      this.watchRatio();
    } else if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    this.resized();
  };

  /** Another screen, or the browser's own zoom: a query matches one ratio only, so it is made anew each time. */
  private watchRatio(): void {
    this.ratioQuery?.removeEventListener("change", this.measure);
    this.ratio = window.devicePixelRatio || 1;
    this.ratioQuery = window.matchMedia(`(resolution: ${this.ratio}dppx)`);
    this.ratioQuery.addEventListener("change", this.measure);
  }

  /** Bitmaps take the stage's size. Done within a frame, since it empties them. */
  fitBitmaps(): boolean {
    const width = Math.max(1, Math.round(this.size.width * this.ratio));
    const height = Math.max(1, Math.round(this.size.height * this.ratio));
    if (this.picture.width === width && this.picture.height === height) return false;
    for (const canvas of [this.picture, this.marks.canvas, this.others.canvas, this.own.canvas]) {
      canvas.style.width = `${width / this.ratio}px`;
      canvas.style.height = `${height / this.ratio}px`;
    }
    this.picture.width = width;
    this.picture.height = height;
    this.marks.resize(width, height);
    this.others.resize(width, height);
    this.own.resize(width, height);
    return true;
  }

  /** The view on whole device pixels. */
  device(view: View): DeviceView {
    return {
      scale: view.zoom * this.ratio,
      x: Math.round(view.x * this.ratio),
      y: Math.round(view.y * this.ratio),
      width: this.picture.width,
      height: this.picture.height,
    };
  }

  layOut(device: DeviceView, page: Sheet): void {
    const endless = page.endless === true;
    const width = (endless ? device.width : Math.round(page.width * device.scale)) / this.ratio;
    const height = (endless ? device.height : Math.round(page.height * device.scale)) / this.ratio;
    const shape = `${width} ${height} ${endless}`;
    if (shape !== this.shape) {
      this.shape = shape;
      this.sheet.style.width = `${width}px`;
      this.sheet.style.height = `${height}px`;
      this.sheet.classList.toggle("endless", endless);
    }
    const [x, y] = endless ? [0, 0] : [device.x / this.ratio, device.y / this.ratio];
    this.sheet.style.transform = `translate(${x}px, ${y}px)`;
  }

  paintLayers(device: DeviceView, inks: Inks, area: Box): void {
    this.marks.paint(device, inks, area);
    this.others.paint(device, inks, area);
    this.own.paint(device, inks, area);
  }

  touchLayers(): void {
    this.marks.touchAll();
    this.others.touchAll();
    this.own.touchAll();
  }

  /** The pointer's look, as CSS has it. */
  cursor(css: string): void {
    this.touch.style.setProperty("--cr-board-cursor", css);
  }

  /** A dot of the ink's size and colour at the tip, or the eraser's ring; too large for a cursor, a cross. */
  point(kind: "dot" | "ring" | "hand" | "text" | "note" | "none", across: number, colour: string): void {
    let cursor = "default";
    if (kind === "hand") cursor = "grab";
    else if (kind === "text") cursor = "text";
    else if (kind === "note") cursor = "crosshair";
    else if (kind !== "none") {
      const size = Math.max(kind === "dot" ? 4 : 8, Math.min(96, across));
      const side = Math.ceil(size) + 6;
      const ring =
        kind === "dot"
          ? `<circle cx='${side / 2}' cy='${side / 2}' r='${size / 2}' fill='${colour}' stroke='%23fff' stroke-opacity='.9' stroke-width='1'/>`
          : `<circle cx='${side / 2}' cy='${side / 2}' r='${size / 2}' fill='%23888' fill-opacity='.12' stroke='%23fff' stroke-width='2.4'/><circle cx='${side / 2}' cy='${side / 2}' r='${size / 2}' fill='none' stroke='%23606068' stroke-width='1.2'/>`;
      const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='${side}' height='${side}'>${ring}</svg>`;
      cursor = `url("data:image/svg+xml,${svg}") ${Math.round(side / 2)} ${Math.round(side / 2)}, crosshair`;
    }
    this.touch.style.setProperty("--cr-board-cursor", cursor);
  }
}

function element(name: string): HTMLDivElement {
  const made = document.createElement("div");
  made.className = name;
  return made;
}
