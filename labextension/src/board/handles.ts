/**
 * The frame around what is selected, and the box or loop that selects: drawn over the board, and felt for under the pointer.
 *
 * It promises lines and grips of one size at every zoom, grips that do not crowd a small thing, and targets of 44 px for
 * fingers. It is one SVG element over the bitmaps that takes no pointer; it must never know of records or sessions.
 */

import {
  CORNERS,
  type EDGES,
  type Frame,
  frameCorners,
  type Grip,
  gripAt,
  inFrame,
  through,
  turning,
} from "./transform";
import { type Box, type Point, toStage, type View } from "./viewport";

/** What of a frame can be taken hold of. A lone line has its two ends instead of a frame. */
export type Hold = Grip | "turn" | "start" | "end";

/** What is to be shown of a selection. */
export interface Shown {
  readonly frame: Frame;
  /** A line's two ends. */
  readonly ends: readonly [Point, Point] | null;
  /** Without grips where it cannot be moved, or is being moved. */
  readonly held: boolean;
  readonly locked: boolean;
  /** Sides that can be pulled. */
  readonly edges: readonly (typeof EDGES)[number][];
  /** Corners of single things inside the frame. */
  readonly outlines: readonly (readonly Point[])[];
}

/** CSS pixels: between frame and ink; half a grip; out to the handle that turns. */
const PAD = 5;
const GRIP = 4.5;
const TURN_OUT = 22;
const TURN_OUT_COARSE = 30;
/** Reach of a grip for a mouse or pen, and for a finger (targets of 44 px). */
const REACH = 9;
const REACH_COARSE = 22;
/** Shorter sides show no grip in their middle; a thing smaller than this both ways shows one corner. */
const ROOM = 44;
const ROOM_COARSE = 100;
const SMALL = 22;
const SMALL_COARSE = 60;

export function padded(frame: Frame, zoom: number): Frame {
  const by = PAD / zoom;
  const { minX, minY, maxX, maxY } = frame.box;
  return { ...frame, box: { minX: minX - by, minY: minY - by, maxX: maxX + by, maxY: maxY + by } };
}

/** Where there is something to take hold of, on the board. */
export function holds(shown: Shown, zoom: number, coarse: boolean): { hold: Hold; at: Point }[] {
  if (!shown.held) return [];
  if (shown.ends)
    return [
      { hold: "start", at: shown.ends[0] },
      { hold: "end", at: shown.ends[1] },
    ];
  const frame = padded(shown.frame, zoom);
  const out = turning(frame.angle);
  const [w, h] = [(frame.box.maxX - frame.box.minX) * zoom, (frame.box.maxY - frame.box.minY) * zoom];
  const room = coarse ? ROOM_COARSE : ROOM;
  const small = coarse ? SMALL_COARSE : SMALL;
  const grips: Grip[] = w < small && h < small ? ["se"] : [...CORNERS];
  for (const edge of shown.edges) if ((edge === "n" || edge === "s" ? w : h) >= room) grips.push(edge);
  const found: { hold: Hold; at: Point }[] = grips.map((hold) => ({
    hold,
    at: through(out, gripAt(frame, hold)),
  }));
  found.push({ hold: "turn", at: turnAt(frame, zoom, coarse) });
  return found;
}

/** Over the middle of the top side. */
function turnAt(frame: Frame, zoom: number, coarse: boolean): Point {
  const top = gripAt(frame, "n");
  const out = (coarse ? TURN_OUT_COARSE : TURN_OUT) / zoom;
  return through(turning(frame.angle), { x: top.x, y: top.y - out });
}

/** What of the frame is under the pointer: something to take hold of, its inside, or nothing. */
export function felt(shown: Shown, at: Point, zoom: number, coarse: boolean): Hold | "inside" | null {
  let best: Hold | null = null;
  let least = (coarse ? REACH_COARSE : REACH) / zoom;
  for (const { hold, at: there } of holds(shown, zoom, coarse)) {
    const away = Math.hypot(there.x - at.x, there.y - at.y);
    if (away > least) continue;
    least = away;
    best = hold;
  }
  const inside = !shown.ends && inFrame(padded(shown.frame, zoom), at);
  if (best && inside && coarse && best !== "turn") {
    // A finger in the middle of something small means the thing, not one of the grips around it.
    const { box } = shown.frame;
    const half = (Math.min(box.maxX - box.minX, box.maxY - box.minY) * zoom) / 2;
    if (half < REACH_COARSE && least * zoom > half * 0.7) return "inside";
  }
  return best ?? (inside ? "inside" : null);
}

const AXES: Readonly<Record<Grip, number>> = { e: 0, se: 1, s: 2, sw: 3, w: 0, nw: 1, n: 2, ne: 3 };
const RESIZE = ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"] as const;
const TURN =
  "url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24' fill='none' stroke-linecap='round' stroke-linejoin='round'><path id='a' d='M18.5 9A7 7 0 1 0 19 13M19 4.5V9h-4.5' stroke='white' stroke-width='4'/><path d='M18.5 9A7 7 0 1 0 19 13M19 4.5V9h-4.5' stroke='%23222' stroke-width='1.7'/></svg>\") 12 12, grab";

/** The pointer's look over it. */
export function cursorFor(hold: Hold | "inside" | null, angle: number, movable: boolean): string {
  if (hold === null) return "default";
  if (hold === "inside") return movable ? "move" : "default";
  if (hold === "turn") return TURN;
  if (hold === "start" || hold === "end") return "crosshair";
  const eighth = AXES[hold] + Math.round(angle / (Math.PI / 4));
  return RESIZE[((eighth % 4) + 4) % 4]!;
}

const SVG = "http://www.w3.org/2000/svg";

/** The element that shows it. */
export class FrameView {
  readonly element: SVGSVGElement;
  private readonly outlines: SVGPathElement;
  private readonly frame: SVGPathElement;
  private readonly stem: SVGPathElement;
  private readonly grips: SVGGElement;
  private readonly area: SVGPathElement;
  private drawn = "";

  constructor() {
    const make = <K extends keyof SVGElementTagNameMap>(tag: K, name: string): SVGElementTagNameMap[K] => {
      const node = document.createElementNS(SVG, tag);
      node.setAttribute("class", name);
      return node;
    };
    this.element = make("svg", "cr-board-frame");
    this.element.setAttribute("aria-hidden", "true");
    this.outlines = make("path", "outlines");
    this.frame = make("path", "frame");
    this.stem = make("path", "stem");
    this.grips = make("g", "grips");
    this.area = make("path", "area");
    this.element.append(this.outlines, this.frame, this.stem, this.grips, this.area);
  }

  /** @param area a box or loop that is being drawn around things */
  draw(shown: Shown | null, area: Box | readonly Point[] | null, view: View, coarse: boolean): void {
    const place = (at: Point) => toStage(view, at);
    const all = shown ? holds(shown, view.zoom, coarse).map(({ hold, at }) => ({ hold, ...place(at) })) : [];
    const round = shown && !shown.ends ? frameCorners(padded(shown.frame, view.zoom)).map(place) : [];
    const outlines = shown ? shown.outlines.map((one) => closed(one.map(place))).join("") : "";
    const loop = area ? closed((Array.isArray(area) ? area : boxLoop(area as Box)).map(place)) : "";
    const drawn = [
      closed(round),
      outlines,
      loop,
      shown?.locked,
      coarse,
      ...all.flatMap(({ hold, x, y }) => [hold, fine(x), fine(y)]),
    ].join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.outlines.setAttribute("d", outlines);
    this.frame.setAttribute("d", closed(round));
    this.frame.classList.toggle("locked", shown?.locked ?? false);
    this.area.setAttribute("d", loop);
    const turn = all.find(({ hold }) => hold === "turn");
    const top = round.length
      ? { x: (round[0]!.x + round[1]!.x) / 2, y: (round[0]!.y + round[1]!.y) / 2 }
      : null;
    this.stem.setAttribute(
      "d",
      turn && top ? `M${fine(top.x)} ${fine(top.y)}L${fine(turn.x)} ${fine(turn.y)}` : "",
    );
    const degrees = ((shown?.frame.angle ?? 0) * 180) / Math.PI;
    this.grips.replaceChildren(
      ...all.map(({ hold, x, y }) => {
        const round = hold === "turn" || hold === "start" || hold === "end";
        const grip = document.createElementNS(SVG, round ? "circle" : "rect");
        const half = GRIP + (round ? 0.5 : 0) + (coarse ? 1.5 : 0);
        if (round) {
          grip.setAttribute("cx", fine(x));
          grip.setAttribute("cy", fine(y));
          grip.setAttribute("r", `${half}`);
        } else {
          grip.setAttribute("x", fine(x - half));
          grip.setAttribute("y", fine(y - half));
          grip.setAttribute("width", `${2 * half}`);
          grip.setAttribute("height", `${2 * half}`);
          grip.setAttribute("rx", "2");
          grip.setAttribute("transform", `rotate(${fine(degrees)} ${fine(x)} ${fine(y)})`);
        }
        grip.setAttribute("data-hold", hold);
        return grip;
      }),
    );
  }
}

const fine = (v: number) => `${Math.round(v * 100) / 100}`;

function closed(points: readonly Point[]): string {
  return points.length ? `M${points.map(({ x, y }) => `${fine(x)} ${fine(y)}`).join("L")}Z` : "";
}

function boxLoop({ minX, minY, maxX, maxY }: Box): Point[] {
  return [
    { x: minX, y: minY },
    { x: maxX, y: minY },
    { x: maxX, y: maxY },
    { x: minX, y: maxY },
  ];
}
