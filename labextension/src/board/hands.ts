/**
 * The hands of one window at work: a gesture goes to the tool that is chosen, or to the view; where the pointer is goes
 * to the others.
 *
 * It promises that a tool gets what it needs as it was when the gesture began, and that a light which is lifted goes out
 * for everyone. It must never decide who may draw.
 */

import type { Session } from "../client/contract";
import type { Camera } from "./camera";
import type { Choices } from "./choices";
import { writtenOn } from "./copies";
import type { Gestures, Hand, Sample } from "./input";
import { laserColour } from "./laser";
import type { Picture } from "./picture";
import type { Thing } from "./thing";
import type { Bench, Pen, Tool, ToolName, Touch } from "./tools/tool";
import * as vp from "./viewport";

/** A pointer that has said nothing for so long (ms) stands still. */
const STILL = 24;

/** What the hands need of the board. */
export interface Desk {
  readonly session: Session;
  readonly picture: Picture;
  readonly camera: Camera;
  readonly choices: Choices;
  readonly tools: Readonly<Record<ToolName, Tool>>;
  readonly page: string;
  readonly editor: Pen;
  /** Is a hand at work on the page? */
  readonly acting: boolean;
  mayDraw(): boolean;
  /** The person looks elsewhere. */
  stray(): void;
  /** A tool has finished: what waited for it can be done. */
  finished(): void;
  focus(): void;
  ask(): void;
}

export class Hands implements Gestures {
  private active: Tool | null = null;
  private over = false;
  private lastAt: vp.Point = { x: 0, y: 0 };
  private finger = false;
  private movedAt = 0;
  /** Is the view being moved by hand? */
  panning = false;

  constructor(private readonly board: Desk) {}

  destroy(): void {
    if (this.over) this.board.session.show({ cursor: "off" });
  }

  // -- gestures -----------------------------------------------------------------------------------------------------

  mayAct(): boolean {
    return this.chosen.acts && this.board.mayDraw();
  }

  begin(hand: Hand, at: Sample, pointer: "mouse" | "pen" | "touch"): void {
    const { board } = this;
    this.finger = pointer === "touch";
    this.touchFocus();
    board.camera.stop();
    this.active = hand === "erase" ? board.tools.eraser : this.chosen;
    this.active.begin(this.bench(), this.onBoard(at));
    this.tellCursor(at, true);
    board.ask();
  }

  move(samples: readonly Sample[], predicted: readonly Sample[]): void {
    this.movedAt = performance.now();
    this.active?.move(samples.map(this.onBoard), predicted.map(this.onBoard));
    const last = samples[samples.length - 1];
    if (last) this.tellCursor(last, true);
  }

  end(): void {
    const { active } = this;
    this.active = null;
    active?.end();
    this.lift(active);
    // What the leader did meanwhile is caught up with: the page never moves under a pen.
    if (active) this.board.finished();
    this.board.ask();
  }

  takeBack(): void {
    const { active } = this;
    this.active = null;
    active?.cancel();
    this.lift(active);
    this.board.ask();
  }

  pan(dx: number, dy: number): void {
    this.look(vp.panned(this.board.camera.view, dx, dy));
  }

  pinch(from: readonly [vp.Point, vp.Point], to: readonly [vp.Point, vp.Point]): void {
    this.look(vp.pinched(this.board.camera.view, from, to));
  }

  zoom(factor: number, at: vp.Point): void {
    const { view } = this.board.camera;
    this.look(vp.zoomedTo(view, view.zoom * factor, at));
  }

  hover(at: vp.Point | null): void {
    if (at) {
      this.tellCursor(at, this.board.acting);
      if (!this.board.acting && this.mayAct()) this.chosen.hover?.(this.touch(at));
      this.point(at);
      if (this.points && !this.board.acting) this.shine([vp.toBoard(this.board.camera.view, at)], false);
    } else if (this.over) {
      this.over = false;
      this.board.session.show({ cursor: "off" });
    }
  }

  /** A tool whose pointer depends on what is under it. */
  private point(at: vp.Point): void {
    const { chosen, board } = this;
    if (!chosen.cursor || board.acting || !this.mayAct()) return;
    this.finger = false;
    board.picture.stage.cursor(chosen.cursor(this.bench(), vp.toBoard(board.camera.view, at)));
  }

  moving(on: boolean): void {
    this.panning = on;
    if (on) this.touchFocus();
    this.board.ask();
  }

  mayScroll(): boolean {
    const { camera, picture } = this.board;
    return !camera.fits || picture.page.endless;
  }

  /** Shift, Alt or Ctrl went down or up; false: the tool at work does not ask for them. */
  modify(shift: boolean, alt: boolean, mod: boolean): boolean {
    if (!this.active?.modify) return false;
    this.active.modify(shift, alt, mod);
    this.board.ask();
    return true;
  }

  /** Told of every frame; true: tell of the next one too. */
  tick(now: number): boolean {
    if (this.movedAt > 0 && now - this.movedAt > STILL) {
      this.movedAt = 0;
      this.active?.still?.();
    }
    return this.movedAt > 0;
  }

  // -- the pointer, as others see it --------------------------------------------------------------------------------

  /** Is this window's pointer a laser now? */
  get points(): boolean {
    return (this.active?.name ?? this.board.choices.tool) === "laser" && this.mayAct();
  }

  /** Where the pointer is over the board; null: it is elsewhere. */
  get pointed(): vp.Point | null {
    return this.over ? vp.toBoard(this.board.camera.view, this.lastAt) : null;
  }

  /** The pointer became another kind where it is. */
  retell(): void {
    if (this.over) this.tellCursor(this.lastAt, false);
  }

  get light(): string {
    const { session } = this.board;
    return laserColour(session.me?.person ?? "", session.staff);
  }

  private shine(places: readonly vp.Point[], held: boolean): void {
    this.board.picture.lasers.own(this.light, places, held, performance.now());
    this.board.ask();
  }

  /** A finger that is lifted hovers nowhere: the light it held goes out for everyone. */
  private lift(active: Tool | null): void {
    if (!this.finger || active?.name !== "laser" || !this.over) return;
    this.over = false;
    this.board.session.show({ cursor: "off" });
  }

  private tellCursor(at: vp.Point, drawing: boolean): void {
    const { board } = this;
    this.lastAt = at;
    const { x, y } = vp.toBoard(board.camera.view, at);
    const { minX, minY, maxX, maxY } = board.picture.area;
    const over = board.page !== "" && x >= minX && y >= minY && x <= maxX && y <= maxY;
    if (over) {
      const round = (v: number) => Math.round(v * 4) / 4;
      const draws = drawing && this.active?.name !== "select";
      const kind = this.points ? "laser" : draws ? "pen" : "arrow";
      board.session.show({ cursor: [board.page, round(x), round(y), kind], copy: board.picture.copy });
    } else if (this.over) board.session.show({ cursor: "off" });
    this.over = over;
  }

  // -- what tools are given -----------------------------------------------------------------------------------------

  private get chosen(): Tool {
    return this.board.tools[this.board.choices.tool];
  }

  private look(view: vp.View): void {
    this.board.stray();
    this.board.camera.look(view);
  }

  private touch(at: vp.Point): Touch {
    return { ...vp.toBoard(this.board.camera.view, at), pressure: 0.5, time: performance.now() };
  }

  private readonly onBoard = (sample: Sample): Touch => ({
    ...vp.toBoard(this.board.camera.view, sample),
    pressure: sample.pressure,
    measured: sample.measured,
    time: sample.time,
    shift: sample.shift,
    alt: sample.alt,
    mod: sample.mod,
  });

  /** What a tool gets for one gesture: the page and the ink as they are when it begins. */
  private bench(): Bench {
    const { finger } = this;
    const { session, page, picture, camera, choices } = this.board;
    return {
      session,
      page,
      copy: picture.copy,
      choice: { ...choices.choice },
      get scene() {
        return picture.scene;
      },
      get zoom() {
        return camera.view.zoom;
      },
      coarse: finger,
      get visible() {
        return vp.visible(camera.view, picture.stage.size);
      },
      show: (sprite, under) => picture.show(sprite, under),
      now: (sprite, changed) => picture.now(sprite, changed, camera.view),
      hide: (sprite) => picture.hide(sprite),
      settle: (sprite, ids) => picture.settle(sprite, ids),
      fade: (sprite) => picture.fade(sprite),
      veil: (thing, hidden) => picture.veil(thing, hidden),
      mayRemove: (thing) => mayChange(session, thing, picture.copy),
      write: this.board.editor,
      shine: (places, held) => this.shine(places, held),
    };
  }

  /** Focus that came by hand shows no ring. */
  private touchFocus(): void {
    this.board.picture.stage.root.classList.add("by-hand");
    this.board.focus();
  }
}

/** May this window's person change or remove it, where they may draw? (a courtesy; the server decides) */
export function mayChange({ staff, me }: Session, { record }: Pick<Thing, "record">, copy: string): boolean {
  if (!writtenOn(record, copy)) return false;
  // A stroke that the server has not stamped yet is this window's own.
  return staff || (!record.locked && (record.author === "" || record.author === me?.person));
}
