/**
 * One board's selection at work: what is selected, its frame on the stage, and how it is dragged. What panels and keys do
 * with it stands in `acts.ts`.
 *
 * It promises that each thing done is one step of undo, that the selection follows the table (others' edits move its frame,
 * what is gone or may no more be changed leaves it), and that others are never shown it. What it may do is a courtesy: the
 * server decides.
 */

import type { Session, TableNews } from "../client/contract";
import type { Drawable, Op } from "../core/schema";
import type { Camera } from "./camera";
import { extent } from "./extent";
import { FrameView, felt, type Hold, holds, padded, type Shown } from "./handles";
import { IDENTITY, type Matrix } from "./hit";
import { FEW, Lift } from "./lift";
import { type Picked, pickedOf } from "./picked";
import type { Picture } from "./picture";
import { completed, Selection } from "./selection";
import { strokeBox } from "./strokes";
import { frameOf } from "./text/draw";
import type { Look } from "./text/markup";
import type { Thing } from "./thing";
import {
  around,
  cornersOf,
  EDGES,
  type Frame,
  frameAround,
  frameCorners,
  frameThrough,
  through,
} from "./transform";
import * as vp from "./viewport";

/** What the selection needs of the board. */
export interface SelectingDesk {
  readonly session: Session;
  readonly picture: Picture;
  readonly camera: Camera;
  readonly page: string;
  /** Is a hand at work on the page, or the view on the move? */
  readonly acting: boolean;
  mayDraw(): boolean;
  mayChange(thing: Thing): boolean;
  stray(): void;
  ask(): void;
}

/** So many things of one selection have their own outlines shown. */
const OUTLINED = 60;
/** CSS pixels kept free around a thing that is walked to. */
const ROOM = 60;

/** Words are never stretched: a text is made wider, a note takes another box, and among other things they only grow. */
function edgesOf(things: readonly Thing[]): Shown["edges"] {
  const words = things.filter(({ record }) => record.type === "text" || record.type === "note");
  if (words.length === 0) return EDGES;
  if (things.length > 1) return [];
  return words[0]?.record.type === "note" ? EDGES : ["e", "w"];
}

export class Selecting {
  readonly model = new Selection();
  readonly view = new FrameView();
  private readonly voice = document.createElement("div");
  private lift: Lift | null = null;
  private dragging = false;
  private m: Matrix = IDENTITY;
  /** The frame of what takes another form while it is dragged. */
  private formed: Frame | null = null;
  private area: vp.Box | readonly vp.Point[] | null = null;
  /** A finger felt for it last. */
  coarse = false;
  private shownNow: Shown | null = null;
  private pickedNow: Picked | null = null;
  private anchorNow: vp.Box | null = null;
  private stale = true;

  constructor(private readonly board: SelectingDesk) {
    this.voice.className = "cr-board-voice";
    this.voice.setAttribute("role", "status");
    const { root, touch } = board.picture.stage;
    touch.before(this.view.element);
    root.append(this.voice);
  }

  // -- what is selected ---------------------------------------------------------------------------------------------

  readonly may = (thing: Thing): boolean => this.board.mayChange(thing);

  get size(): number {
    return this.model.size;
  }

  get things(): Thing[] {
    return this.model.things(this.board.picture.scene);
  }

  get records(): Drawable[] {
    return this.things.map(({ record }) => record);
  }

  get locked(): boolean {
    return this.shown?.locked ?? false;
  }

  /** Can it be moved and changed? */
  get movable(): boolean {
    return this.size > 0 && !this.locked && this.board.mayDraw();
  }

  get picked(): Picked | null {
    this.freshen();
    return this.pickedNow;
  }

  /** Where it is on the stage, with its handles, in CSS pixels; null while there is none or something moves. */
  get anchor(): vp.Box | null {
    const { shown } = this;
    if (!shown || this.dragging || this.area || this.board.acting) return null;
    const { view } = this.board.camera;
    const places = [
      ...frameCorners(padded(shown.frame, view.zoom)),
      ...holds(shown, view.zoom, this.coarse).map(({ at }) => at),
    ];
    const round = (v: number) => Math.round(v);
    const { minX, minY, maxX, maxY } = around(places.map((at) => vp.toStage(view, at)));
    const next = { minX: round(minX), minY: round(minY), maxX: round(maxX), maxY: round(maxY) };
    const old = this.anchorNow;
    const same =
      old &&
      old.minX === next.minX &&
      old.minY === next.minY &&
      old.maxX === next.maxX &&
      old.maxY === next.maxY;
    if (!same) this.anchorNow = next;
    return this.anchorNow;
  }

  get shown(): Shown | null {
    this.freshen();
    return this.shownNow;
  }

  /** Selects these, of what may be changed, with all that goes along. */
  select(ids: Iterable<string>): void {
    const { scene } = this.board.picture;
    const found = [...ids].map((id) => scene.get(id)).filter((thing) => thing !== undefined);
    this.take(completed(scene, found.filter(this.may), this.model.inside, this.may));
  }

  take(things: Iterable<Thing>): void {
    if (this.model.set(things)) this.changed();
  }

  toggle(things: readonly Thing[]): void {
    if (this.model.toggle(this.board.picture.scene, things)) this.changed();
  }

  clear(): boolean {
    if (this.size === 0 && this.model.inside === "") return false;
    this.model.clear();
    this.changed();
    return true;
  }

  /** Goes inside a group: its members are one by one from now on. */
  enter(thing: Thing): void {
    this.model.inside = thing.record.group;
    this.take(completed(this.board.picture.scene, [thing], this.model.inside, this.may));
  }

  /** Its things are changed, as one step of undo. */
  change(ops: Op[], merge?: string): boolean {
    const { session, page } = this.board;
    if (ops.length === 0 || !this.board.mayDraw()) return false;
    session.change(ops, merge === undefined ? { undo: page } : { undo: page, merge });
    return true;
  }

  /** How wide words are here. */
  readonly measure = (words: string, look: Look, size: number): number =>
    this.board.picture.materials.words.fonts.measure(words, look, size);

  // -- dragging -----------------------------------------------------------------------------------------------------

  /** What of the frame is under a place of the board. */
  feel(at: vp.Point, coarse: boolean): Hold | "inside" | null {
    if (this.coarse !== coarse) {
      this.coarse = coarse;
      this.board.ask();
    }
    const { shown } = this;
    return shown ? felt(shown, at, this.board.camera.view.zoom, coarse) : null;
  }

  /** The selection is shown as it would be after `m`; `form`: a few things that take another form with it. */
  drag(m: Matrix, form?: readonly Thing[]): void {
    if (!this.dragging) {
      this.dragging = true;
      this.lifted().raise();
    }
    this.m = m;
    this.formed = form ? frameAround(form.map((thing) => this.part(thing))) : null;
    if (form) this.lifted().become(form);
    else this.lifted().move(m);
    this.board.ask();
  }

  /** The drag is done by these operations; none: everything is as it was. */
  drop(ops: readonly Op[]): void {
    const { lift } = this;
    if (!this.dragging || !lift) return;
    this.dragging = false;
    this.m = IDENTITY;
    this.lift = null;
    lift.lower(this.change([...ops]));
    this.changed();
  }

  /** A box or loop that is being drawn around things. */
  surround(area: vp.Box | readonly vp.Point[] | null): void {
    this.area = area;
    this.board.ask();
  }

  private lifted(): Lift {
    this.lift ??= new Lift(this.things, this.board.picture, () => this.board.camera.view);
    return this.lift;
  }

  /** What a frame has time for: the bitmap of many things is made ready before they are moved. True: there is more. */
  work(deadline: number): boolean {
    if (this.movable && this.size > FEW && !this.area) return !this.lifted().work(deadline);
    return this.lift ? !this.lift.work(deadline) : false;
  }

  /** Every frame, before it is painted. */
  paint(): void {
    const { camera } = this.board;
    if (this.dragging) this.lift?.place();
    else if (this.lift?.stale(camera.view)) this.unlift();
    const { shown } = this;
    const drawn =
      shown && (this.dragging ? this.dragged(shown) : this.area ? { ...shown, held: false } : shown);
    this.view.draw(drawn, this.area, camera.view, this.coarse);
  }

  private dragged(shown: Shown): Shown {
    const { m } = this;
    return {
      frame: this.formed ?? frameThrough(m, shown.frame),
      ends: shown.ends && [through(m, shown.ends[0]), through(m, shown.ends[1])],
      held: false,
      edges: [],
      locked: false,
      outlines: shown.outlines.map((one) => one.map((at) => through(m, at))),
    };
  }

  // -- keeping up ---------------------------------------------------------------------------------------------------

  /** The table changed. */
  news(news: TableNews): void {
    if (this.size === 0) return;
    const { scene } = this.board.picture;
    const met = news.reset || this.model.ids.some((id) => news.put.has(id) || news.removed.has(id));
    const pruned = this.board.mayDraw() ? this.model.prune(scene, this.may) : this.clear();
    if (this.dragging) this.lift?.renew();
    if (met || pruned) this.changed();
  }

  /** Another page is shown, or another tool taken. */
  leave(): void {
    this.drop([]);
    this.surround(null);
    this.clear();
    this.unlift();
  }

  destroy(): void {
    this.unlift();
  }

  private changed(): void {
    this.stale = true;
    if (!this.dragging) this.unlift();
    this.board.ask();
  }

  private unlift(): void {
    this.lift?.drop();
    this.lift = null;
  }

  private freshen(): void {
    if (!this.stale) return;
    this.stale = false;
    const { things } = this;
    this.pickedNow = things.length ? pickedOf(things, this.board.picture.scene) : null;
    const parts = things.map((thing) => this.part(thing));
    const frame = frameAround(parts);
    this.shownNow = frame && this.show(things, parts, frame);
  }

  private part(thing: Thing): { readonly local: vp.Box; readonly m: Matrix } {
    return { local: this.local(thing), m: (thing.record.transform ?? IDENTITY) as Matrix };
  }

  private show(
    things: readonly Thing[],
    parts: readonly { readonly local: vp.Box; readonly m: Matrix }[],
    frame: Frame,
  ): Shown {
    const [one] = things;
    const line =
      things.length === 1 && one?.record.type === "shape" && /^(line|arrow)$/.test(one.record.kind)
        ? one.record
        : null;
    const m = (line?.transform ?? IDENTITY) as Matrix;
    const locked = one?.record.locked ?? false;
    return {
      frame,
      ends: line && [through(m, line), through(m, { x: line.x + line.w, y: line.y + line.h })],
      held: !locked,
      edges: edgesOf(things),
      locked,
      outlines:
        things.length > 1 && things.length <= OUTLINED
          ? parts.map(({ local, m }) => cornersOf(local).map((at) => through(m, at)))
          : [],
    };
  }

  /** A thing's box before its transform, tight where that is known. */
  private local({ record, minX, minY, maxX, maxY }: Thing): vp.Box {
    if (record.type === "shape" && record.kind !== "polygon")
      return {
        minX: Math.min(record.x, record.x + record.w),
        minY: Math.min(record.y, record.y + record.h),
        maxX: Math.max(record.x, record.x + record.w),
        maxY: Math.max(record.y, record.y + record.h),
      };
    if (record.type === "text" || record.type === "note") {
      const { x, y, w, h } = frameOf(record);
      return { minX: x, minY: y, maxX: x + w, maxY: y + h };
    }
    if (record.transform === null) return { minX, minY, maxX, maxY };
    if (record.type === "ink")
      return strokeBox(this.board.picture.materials.strokes.points(record), record.width);
    return extent({ ...record, transform: null }) ?? { minX, minY, maxX, maxY };
  }

  /** Moves the view so that what is selected is seen. */
  reveal(): void {
    const { shown } = this;
    if (!shown) return;
    const { camera, picture } = this.board;
    const { view } = camera;
    const box = around(frameCorners(shown.frame).map((at) => vp.toStage(view, at)));
    const shift = (low: number, high: number, length: number) =>
      high > length - ROOM && low > ROOM
        ? Math.max(length - ROOM - high, ROOM - low)
        : low < ROOM && high < length - ROOM
          ? Math.min(ROOM - low, length - ROOM - high)
          : 0;
    const out =
      box.maxX < 0 ||
      box.maxY < 0 ||
      box.minX > picture.stage.size.width ||
      box.minY > picture.stage.size.height;
    if (!out && camera.fits) return;
    const dx = shift(box.minX, box.maxX, picture.stage.size.width);
    const dy = shift(box.minY, box.maxY, picture.stage.size.height);
    if (dx === 0 && dy === 0) return;
    this.board.stray();
    camera.look(vp.panned(view, dx, dy));
  }

  /** For those who do not see it. */
  say(words: string): void {
    this.voice.textContent = words;
  }
}
