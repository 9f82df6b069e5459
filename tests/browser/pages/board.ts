/**
 * A page with a board and nothing else: `#theme=dark&role=student&pattern=dots&size=1240x1754&endless`. `window.board`, `.session` and `.fill`
 * are for whoever drives it.
 */

import "../../../labextension/style/tokens.css";

import { type BoardState, createBoard } from "../../../labextension/src/board";
import { Images } from "../../../labextension/src/board/images";
import type { Stage } from "../../../labextension/src/board/stage";
import type { View } from "../../../labextension/src/board/viewport";
import { pack } from "../../../labextension/src/core/ink";
import { several } from "../../../labextension/src/core/order";
import {
  type AnyRecord,
  type Formula,
  PALETTE,
  type Page,
  type Role,
} from "../../../labextension/src/core/schema";
import { MemorySession, make } from "./memory_session";

interface RealStroke {
  width: number;
  points: [number, number, number][];
}

const wanted = new URLSearchParams(location.hash.slice(1));
const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");
document.documentElement.dataset.theme = wanted.get("theme") ?? "light";

const role = (wanted.get("role") ?? "teacher") as Role;
const session = new MemorySession({ person: role === "student" ? "p2" : "p1", role, tag: 1 });
const pattern = (wanted.get("pattern") ?? "blank") as Page["pattern"];
const [width = 1600, height = 900] = (wanted.get("size") ?? "1600x900").split("x").map(Number);
const base: AnyRecord[] = [
  make({ type: "class", id: "class", page: "page1", follow: wanted.get("follow") !== "no" }),
  make({ type: "person", id: "p1", name: "Ngozi", role: "teacher" }),
  make({ type: "person", id: "p2", name: "Tomás", role: "student" }),
  make({ type: "page", id: "page1", order: "a1", pattern, width, height, endless: wanted.has("endless") }),
  make({ type: "page", id: "page2", order: "a2", title: "Second" }),
];
session.load(base);

const states: BoardState[] = [];
const host = document.getElementById("host")!;
/** Where the page is served with the board's fonts and something that makes formulas. */
const served = wanted.get("served") !== null;
const WORDS = { cancel: "Cancel", sending: () => "" };
const nowhere = () => Promise.reject(new Error("pictures are not kept here"));
const board = createBoard({
  session,
  host,
  theme,
  onState: (state) => states.push(state),
  fonts: served ? new URL("fonts/", location.href).href : "",
  formula: served ? askFormula : undefined,
  media: served ? { load: askPicture, send: nowhere, trouble() {}, words: WORDS } : undefined,
});

/** The same of a picture. */
async function askPicture(asset: string): Promise<Blob> {
  const answer = await fetch(`assets/${asset}`);
  if (answer.ok) return answer.blob();
  throw new Error("no such picture");
}

/** Asks whoever serves the page, as a class's door does. */
async function askFormula(source: string, display: boolean): Promise<Formula> {
  const answer = await fetch("formula", { method: "POST", body: JSON.stringify({ source, display }) });
  if (answer.ok) return (await answer.json()) as Formula;
  throw Object.assign(new Error("formula"), { status: answer.status, sentence: await answer.text() });
}

/** Puts `count` real strokes onto the page; returns how many points they have. */
function fill(strokes: RealStroke[], count: number): number {
  const { made, points } = handwriting(strokes, count);
  session.load([...base, ...made]);
  return points;
}

/** The same, in two steps: what there is to show is at hand, and `show` shows it. */
let waiting: AnyRecord[] = [];
function prepare(strokes: RealStroke[], count: number, others: AnyRecord[] = []): number {
  const { made, points } = handwriting(strokes, count);
  waiting = [...base, ...made, ...others];
  return points;
}
const show = () => session.load(waiting);

/** Real handwriting over the whole page, again and again, each stroke shrunk into a cell of its own. */
function handwriting(strokes: RealStroke[], count: number): { made: AnyRecord[]; points: number } {
  const columns = Math.ceil(Math.sqrt((count * 16) / 9));
  const rows = Math.ceil(count / columns);
  const zs = several(null, null, count);
  const made: AnyRecord[] = [];
  let points = 0;
  for (let i = 0; i < count; i++) {
    const stroke = strokes[i % strokes.length]!;
    const xs = stroke.points.map((p) => p[0]);
    const ys = stroke.points.map((p) => p[1]);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const [w, h] = [Math.max(...xs) - left, Math.max(...ys) - top];
    const cellW = 1600 / columns;
    const cellH = 900 / rows;
    // Half as large again as a cell, so that neighbours overlap as in real writing.
    const scale = Math.min(2, (1.5 * cellW) / Math.max(w, 1), (1.5 * cellH) / Math.max(h, 1));
    const flat: number[] = [];
    for (const [x, y, p] of stroke.points.slice(0, 2000)) {
      flat.push(
        (x - left) * scale + (i % columns) * cellW,
        (y - top) * scale + Math.floor(i / columns) * cellH,
        p,
      );
    }
    points += flat.length / 3;
    made.push(
      make({
        type: "ink",
        id: `real${i}`,
        page: "page1",
        z: zs[i]!,
        colour: PALETTE[i % 8]!,
        width: 1.5,
        quantum: 6,
        points: pack(flat, 6),
        author: "p1",
      }),
    );
  }
  return { made, points };
}

/** Resolves when the board has nothing more to paint. Its private fields are this page's business alone. */
async function settled(): Promise<void> {
  const inside = board as unknown as { frame: number };
  for (let still = 0; still < 3; still = inside.frame === 0 ? still + 1 : 0) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** The board's place under a place of the stage. */
function under(x: number, y: number): [number, number] {
  const { view } = (board as unknown as { camera: { view: { x: number; y: number; zoom: number } } }).camera;
  return [(x - view.x) / view.zoom, (y - view.y) / view.zoom];
}

/** The stage's place over a place of the board. */
function over(x: number, y: number): [number, number] {
  const { view } = (board as unknown as { camera: { view: View } }).camera;
  return [x * view.zoom + view.x, y * view.zoom + view.y];
}

/** How many pixels of the own layer are guides: nothing else there is magenta unless drawn so. */
function magenta(): number {
  const { stage } = (board as unknown as { picture: { stage: Stage } }).picture;
  const { canvas } = stage.own;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3]! > 60 && data[i]! > data[i + 1]! + 40 && data[i + 2]! > data[i + 1]! + 20) count++;
  return count;
}

/** Points of a wave (a straight line where `swing` is 0), from point to point 10 units. */
function wave(y: number, from = 0, to = 60, swing = 0): number[] {
  const out: number[] = [];
  for (let i = from; i < to; i++) out.push(200 + 10 * i, y + swing * Math.sin(i / 8), 0.5);
  return out;
}

/** Somebody's straight stroke. */
function line(id: string, y: number, author: string): AnyRecord {
  return make({ type: "ink", id, page: "page1", z: "a1", author, width: 10, points: pack(wave(y), 4) });
}

/** A pointer event that no debugging protocol can make. */
function pointer(
  type: string,
  kind: string,
  x: number,
  y: number,
  button: number,
  buttons: number,
  more: PointerEventInit = {},
): void {
  const init = {
    pointerId: 77,
    pointerType: kind,
    clientX: x,
    clientY: y,
    button,
    buttons,
    pressure: 0.5,
    bubbles: true,
    ...more,
  };
  document.querySelector(".cr-board-touch")!.dispatchEvent(new PointerEvent(type, init));
}

/** Does the finished picture or the own layer show ink inside this box of the board, in each of the next frames? */
async function inkInFrames(
  count: number,
  x: number,
  y: number,
  width: number,
  height: number,
): Promise<boolean[]> {
  const { stage } = (board as unknown as { picture: { stage: Stage } }).picture;
  const view = (board as unknown as { camera: { view: View } }).camera.view;
  const { scale, x: left, y: top } = stage.device(view);
  const shows = (canvas: HTMLCanvasElement) =>
    canvas
      .getContext("2d")!
      .getImageData(left + x * scale, top + y * scale, width * scale, height * scale)
      .data.some((value, i) => i % 4 === 3 && value > 200);
  const seen: boolean[] = [];
  while (seen.length < count) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    seen.push(shows(stage.picture) || shows(stage.own.canvas));
  }
  return seen;
}

/** Many large pictures painted over and over, each as soon as it has come: how many pixels were held at most, how often one
 * came, and whether all can be seen in the end. */
async function manyPictures(count: number, width: number, height: number, rounds: number) {
  const blobs = new Map<string, Blob>();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  for (let i = 0; i < count; i++) {
    context.fillStyle = `rgb(200, ${i}, 40)`;
    context.fillRect(0, 0, width, height);
    blobs.set(`a${i}`, await new Promise<Blob>((done) => canvas.toBlob((blob) => done(blob!))));
  }
  const images = new Images((asset) => Promise.resolve(blobs.get(asset)!));
  const { inks } = (board as unknown as { picture: { inks: never } }).picture;
  const box = { minX: 0, minY: 0, maxX: width, maxY: height };
  let most = 0;
  let came = 0;
  const paint = (asset: string) => {
    images.paint(context, asset, box, inks);
    most = Math.max(most, images.pixels);
  };
  images.arrived = (asset) => {
    came++;
    paint(asset);
  };
  for (let round = 0; round < rounds; round++) {
    for (const asset of blobs.keys()) paint(asset);
    for (let before = -1; before !== came; ) {
      before = came;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
  let seen = 0;
  for (const [i, asset] of [...blobs.keys()].entries()) {
    paint(asset);
    const [r, g, b] = context.getImageData(width / 2, height / 2, 1, 1).data;
    if (r === 200 && g === i && b === 40) seen++;
  }
  images.close();
  return { most, came, seen, left: images.pixels };
}

Object.assign(window, {
  manyPictures,
  under,
  over,
  magenta,
  wave,
  line,
  pointer,
  inkInFrames,
  board,
  session,
  states,
  fill,
  prepare,
  show,
  make,
  pack,
  settled,
});
