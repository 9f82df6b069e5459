/**
 * Hands on the board: pointer, wheel and their gestures, turned into few plain calls.
 *
 * Pointer Events only. It promises that a gesture which begins also ends, once: by lifting, by cancelling, by a lost
 * capture, by the window losing focus. It knows who may draw and what a palm is, but nothing of strokes, records or
 * views. No handler asks for layout: the element's place is read again only after something may have moved it.
 */

import type { Point } from "./viewport";

/** One captured point on the stage, in CSS pixels; pressure 0..1. */
export interface Sample extends Point {
  readonly pressure: number;
  /** Was the pressure measured, by a pen? Else it is in the middle. */
  readonly measured: boolean;
  readonly time: number;
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl or Meta. */
  readonly mod: boolean;
}

export type Hand = "draw" | "erase";

export interface Gestures {
  /** May this pointer act on the page (else it pans)? */
  mayAct(): boolean;
  begin(hand: Hand, at: Sample, pointer: "mouse" | "pen" | "touch"): void;
  move(samples: readonly Sample[], predicted: readonly Sample[]): void;
  end(): void;
  /** It was not meant, or must not be: as if it had never begun. */
  takeBack(): void;
  pan(dx: number, dy: number): void;
  pinch(from: readonly [Point, Point], to: readonly [Point, Point]): void;
  zoom(factor: number, at: Point): void;
  /** Where a pointer hovers; null: it has left. */
  hover(at: Point | null): void;
  /** A pan or pinch has begun or ended. */
  moving(on: boolean): void;
  /** May a plain wheel move the page? Otherwise it is left to what is around the board. */
  mayScroll(): boolean;
}

/** A second finger within this long of the first, or before it has gone this far, meant a pinch from the start. */
const PINCH_WITHIN = 250;
const PINCH_SLACK = 12;
const LINE = 16;
/** CSS pixels across: a touch this wide is a palm or a sleeve. A fingertip is some 25, a thumb laid flat 45. */
const PALM = 70;
const NO_SAMPLES: readonly Sample[] = [];

type Mode =
  | { kind: "none" }
  | {
      kind: "act";
      id: number;
      x: number;
      y: number;
      since: number;
      far: boolean;
      touch: boolean;
      pen: boolean;
    }
  | { kind: "pan"; id: number }
  | { kind: "pinch"; ids: readonly [number, number] };

export class Input {
  private mode: Mode = { kind: "none" };
  private readonly fingers = new Map<number, Point>();
  private left = 0;
  private top = 0;
  private stale = true;
  private space = false;
  private penSeen = false;
  /** For "keys act when the pointer is over the board". */
  hovered = false;
  private readonly off: (() => void)[] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly gestures: Gestures,
  ) {
    const on = <E extends Event>(
      target: EventTarget,
      type: string,
      handler: (event: E) => void,
      options?: AddEventListenerOptions,
    ) => {
      const listener = handler as (event: Event) => void;
      target.addEventListener(type, listener, options);
      this.off.push(() => target.removeEventListener(type, listener, options));
    };
    const stop = (event: Event) => event.preventDefault();
    on<PointerEvent>(element, "pointerdown", (e) => this.down(e));
    on<PointerEvent>(element, "pointermove", (e) => this.move(e));
    on<PointerEvent>(element, "pointerup", (e) => this.up(e, false));
    on<PointerEvent>(element, "pointercancel", (e) => this.up(e, true));
    on<PointerEvent>(element, "lostpointercapture", (e) => this.up(e, false));
    on<PointerEvent>(element, "pointerenter", () => {
      this.stale = true;
      this.hovered = true;
    });
    on<PointerEvent>(element, "pointerleave", () => {
      this.hovered = false;
      if (this.mode.kind === "none") gestures.hover(null);
    });
    on<WheelEvent>(element, "wheel", (e) => this.wheel(e), { passive: false });
    on(element, "contextmenu", stop);
    on(element, "selectstart", stop);
    on(element, "dragstart", stop);
    // iPadOS takes quick pen strokes for handwriting unless touches are claimed.
    on(
      element,
      "touchstart",
      // Where nothing can be drawn a tap stays a tap, for whoever listens to clicks.
      (e: TouchEvent) => e.cancelable && gestures.mayAct() && e.preventDefault(),
      { passive: false },
    );
    on(element, "touchmove", (e: TouchEvent) => e.cancelable && e.preventDefault(), { passive: false });
    const moved = () => {
      this.stale = true;
    };
    on(window, "scroll", moved, { capture: true, passive: true });
    on(window, "resize", moved, { passive: true });
    on(window, "blur", () => this.stop());
    on(document, "visibilitychange", () => document.hidden && this.stop());
  }

  destroy(): void {
    this.stop();
    for (const off of this.off) off();
  }

  /** The stage was laid out anew. */
  moved(): void {
    this.stale = true;
  }

  /** Space makes any drag a pan. */
  hold(space: boolean): void {
    this.space = space;
    this.element.classList.toggle("panning", space || this.mode.kind === "pan");
  }

  get acting(): boolean {
    return this.mode.kind === "act";
  }

  /** Ends whatever is under way, keeping what was drawn. */
  stop(): void {
    const { mode } = this;
    this.mode = { kind: "none" };
    this.fingers.clear();
    this.space = false;
    if (mode.kind === "act") this.gestures.end();
    if (mode.kind === "pan" || mode.kind === "pinch") this.gestures.moving(false);
    this.element.classList.remove("panning");
  }

  /** Ends it and takes back what was drawn. */
  cancel(): boolean {
    if (this.mode.kind !== "act") return false;
    this.mode = { kind: "none" };
    this.gestures.takeBack();
    return true;
  }

  private down(event: PointerEvent): void {
    if (event.target !== this.element) return;
    this.stale = true; // one look at the layout per gesture, before it begins
    if (event.pointerType === "pen") this.penSeen = true;
    const touch = event.pointerType === "touch";
    // Neither drawing nor holding the page: as if it were not there, until it is lifted.
    if (touch && Math.max(event.width, event.height) >= PALM) return;
    if (touch) this.fingers.set(event.pointerId, this.place(event));
    if (event.pointerType === "pen") this.yield();
    if (this.mode.kind === "act") {
      if (touch && this.mode.touch && this.fingers.size === 2 && this.youngAct(event.timeStamp)) {
        this.gestures.takeBack();
        this.mode = { kind: "none" };
        this.pinch();
        this.capture(event.pointerId);
      }
      return; // a palm beside the pen, a third button: not meant
    }
    if (this.mode.kind === "pinch") return;
    if (this.mode.kind === "pan") {
      if (touch && this.fingers.size === 2) {
        this.pinch();
        this.capture(event.pointerId);
      }
      return;
    }
    this.capture(event.pointerId);
    const panButton = event.pointerType !== "touch" && (event.button === 1 || event.button === 2);
    const mayAct = this.gestures.mayAct() && !(touch && this.penSeen);
    if (panButton || this.space || !mayAct) {
      if (panButton) event.preventDefault(); // no autoscroll by the middle button
      this.fingers.set(event.pointerId, this.place(event));
      this.mode = { kind: "pan", id: event.pointerId };
      this.element.classList.add("panning");
      this.gestures.moving(true);
      return;
    }
    const at = this.sample(event);
    this.mode = {
      kind: "act",
      id: event.pointerId,
      x: at.x,
      y: at.y,
      since: event.timeStamp,
      far: false,
      touch,
      pen: event.pointerType === "pen",
    };
    const eraserEnd = (event.buttons & 32) !== 0 || event.button === 5;
    this.gestures.begin(
      eraserEnd ? "erase" : "draw",
      at,
      touch ? "touch" : event.pointerType === "pen" ? "pen" : "mouse",
    );
  }

  /** A pen comes down: what the hand that holds it had begun before was not meant. */
  private yield(): void {
    const { mode } = this;
    if (mode.kind === "act" && mode.touch) {
      this.mode = { kind: "none" };
      this.gestures.takeBack();
    } else if (mode.kind === "pinch" || (mode.kind === "pan" && this.fingers.has(mode.id) && !this.space)) {
      this.mode = { kind: "none" };
      this.element.classList.remove("panning");
      this.gestures.moving(false);
    }
    this.fingers.clear();
  }

  private move(event: PointerEvent): void {
    const { mode } = this;
    // A pen that hovers is about to write: a palm that comes down before its tip draws nothing.
    if (event.pointerType === "pen") this.penSeen = true;
    if (mode.kind === "act" && event.pointerId === mode.id) {
      const parts = event.getCoalescedEvents?.();
      const samples = parts && parts.length > 1 ? parts.map((e) => this.sample(e)) : [this.sample(event)];
      const last = samples[samples.length - 1]!;
      if (mode.touch) this.fingers.set(event.pointerId, last);
      if (Math.abs(last.x - mode.x) + Math.abs(last.y - mode.y) > PINCH_SLACK) mode.far = true;
      const guess = event.getPredictedEvents?.();
      this.gestures.move(samples, guess?.length ? guess.map((e) => this.sample(e)) : NO_SAMPLES);
      if (event.pointerType !== "touch") this.gestures.hover(last);
      return;
    }
    const before = this.fingers.get(event.pointerId);
    if (before) {
      const at = this.place(event);
      if (mode.kind === "pan" && mode.id === event.pointerId) {
        this.fingers.set(event.pointerId, at);
        this.gestures.pan(at.x - before.x, at.y - before.y);
      } else if (mode.kind === "pinch" && mode.ids.includes(event.pointerId)) {
        const from = this.pair(mode.ids);
        this.fingers.set(event.pointerId, at);
        const to = this.pair(mode.ids);
        if (from && to) this.gestures.pinch(from, to);
      } else this.fingers.set(event.pointerId, at);
      return;
    }
    if (event.pointerType !== "touch") this.gestures.hover(this.place(event));
  }

  private up(event: PointerEvent, cancelled: boolean): void {
    const { mode } = this;
    this.fingers.delete(event.pointerId);
    if (mode.kind === "act" && mode.id === event.pointerId) {
      this.mode = { kind: "none" };
      // The browser takes a finger away when it thinks of a gesture of its own; a stroke that was going on is kept.
      if (cancelled && mode.touch && !mode.far) this.gestures.takeBack();
      else this.gestures.end();
    } else if (mode.kind === "pan" && mode.id === event.pointerId) {
      this.mode = { kind: "none" };
      if (!this.space) this.element.classList.remove("panning");
      this.gestures.moving(false);
    } else if (mode.kind === "pinch" && mode.ids.includes(event.pointerId)) {
      const rest = mode.ids.find((id) => id !== event.pointerId)!;
      // The finger that stays goes on panning: nothing jumps, and no stroke begins by accident.
      if (this.fingers.has(rest)) this.mode = { kind: "pan", id: rest };
      else {
        this.mode = { kind: "none" };
        this.gestures.moving(false);
      }
    }
  }

  private wheel(event: WheelEvent): void {
    const zooms = event.ctrlKey || event.metaKey;
    if (!zooms && !this.gestures.mayScroll()) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? 400 : 1;
    if (zooms) {
      // A track pad's pinch sends many small steps, a wheel few of 100 or more: both are bounded to a sixth.
      const step = Math.max(-24, Math.min(24, event.deltaY * unit));
      this.gestures.zoom(Math.exp(-step * 0.0075), this.place(event));
      return;
    }
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.shiftKey && dx === 0) this.gestures.pan(-dy, 0);
    else this.gestures.pan(-dx, -dy);
  }

  private youngAct(now: number): boolean {
    const { mode } = this;
    return mode.kind === "act" && (now - mode.since < PINCH_WITHIN || !mode.far);
  }

  private pinch(): void {
    const ids = [...this.fingers.keys()].slice(0, 2) as [number, number];
    const was = this.mode.kind;
    this.mode = { kind: "pinch", ids };
    if (was !== "pan") this.gestures.moving(true);
  }

  private pair(ids: readonly [number, number]): readonly [Point, Point] | null {
    const a = this.fingers.get(ids[0]);
    const b = this.fingers.get(ids[1]);
    return a && b ? [a, b] : null;
  }

  private capture(id: number): void {
    try {
      this.element.setPointerCapture(id);
    } catch {
      // The pointer is already gone: its end will come as an event, or the blur will end the gesture.
    }
  }

  private sample(event: PointerEvent): Sample {
    const { x, y } = this.place(event);
    // Only pens measure pressure; fingers and mice report what their driver makes up.
    const measured = event.pointerType === "pen";
    const pressure = measured ? event.pressure : 0.5;
    const mod = event.ctrlKey || event.metaKey;
    return { x, y, pressure, measured, time: event.timeStamp, shift: event.shiftKey, alt: event.altKey, mod };
  }

  private place(event: { clientX: number; clientY: number }): Point {
    if (this.stale) {
      const box = this.element.getBoundingClientRect();
      this.left = box.left;
      this.top = box.top;
      this.stale = false;
    }
    return { x: event.clientX - this.left, y: event.clientY - this.top };
  }
}
