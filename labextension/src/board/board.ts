/**
 * One board in one window: the session on one side, hands on the other, the picture between.
 *
 * It holds what is chosen here (page, view, tool) and wires the parts; every rule of their own stands in other files.
 * It promises that no frame is asked for when nothing changed.
 */

import type { Session, SessionEvents, TableNews } from "../client/contract";
import { DRAWABLE, type Drawable } from "../core/schema";
import { Camera } from "./camera";
import { Choices, type ShapeChoice } from "./choices";
import { describe } from "./describe";
import { classOf, leader, ledView, pageAfter, pagesOf, startPage } from "./follow";
import type { Board, BoardOptions, BoardState } from "./index";
import { type Gestures, type Hand, Input, type Sample } from "./input";
import { chord, editing, KEYS } from "./keys";
import { laserColour } from "./laser";
import { Picture } from "./picture";
import { watchTheme } from "./theme";
import { type Thing, thingOf } from "./thing";
import { paintThumbnail } from "./thumbnail";
import { Eraser } from "./tools/eraser";
import { Hand as HandTool } from "./tools/hand";
import { Laser } from "./tools/laser";
import { Pen } from "./tools/pen";
import { ShapeTool } from "./tools/shape";
import type { Bench, Tool, ToolName, Touch } from "./tools/tool";
import * as vp from "./viewport";

/** Milliseconds of painting in one frame: little while hands are moving, more at rest. */
const BUSY_BUDGET = 5;
const REST_BUDGET = 11;
/** A pointer that has said nothing for so long stands still. */
const STILL = 24;

export class ClassBoard implements Board, Gestures {
  private readonly session: Session;
  private readonly choices = new Choices();
  private readonly picture: Picture;
  private readonly input: Input;
  private page = "";

  private readonly camera: Camera;
  private strayed = false;
  private saidView = "";

  private readonly tools: Record<ToolName, Tool> = {
    pen: new Pen("pen"),
    highlighter: new Pen("highlighter"),
    shape: new ShapeTool(),
    eraser: new Eraser(),
    laser: new Laser(),
    hand: new HandTool(),
  };
  private active: Tool | null = null;

  private frame = 0;
  private last = 0;
  private panning = false;
  private over = false;
  private lastAt: vp.Point = { x: 0, y: 0 };
  private finger = false;
  private beforeLaser: ToolName = "pen";
  private movedAt = 0;
  private pointer = "";
  private told: BoardState | null = null;
  private describing: ReturnType<typeof setTimeout> | undefined;
  private readonly off: (() => void)[] = [];

  constructor(private readonly options: BoardOptions) {
    const { session, host } = options;
    this.session = session;
    this.choices.restore(options.chosen ?? {}, this.tools);
    this.picture = new Picture(
      session,
      host,
      options.theme(),
      () => this.ask(),
      () => this.resized(),
    );
    this.camera = new Camera(this.picture, options.insets ?? {}, () => this.chose(), options.fills);
    this.input = new Input(this.picture.stage.touch, this);
    this.listen();
    this.showPage(startPage(session));
    this.noteClass();
    this.followNow(false);
  }

  // -- what the panels use ------------------------------------------------------------------------------------------

  get state(): BoardState {
    const { session, page } = this;
    const lead = leader(session);
    const canFollow = !session.staff && classOf(session)?.follow === true && lead !== "";
    return {
      page,
      zoom: this.camera.zoom,
      fitted: this.camera.fits,
      tool: this.choices.tool,
      ...this.choices.choice,
      canDraw: this.mayDraw(),
      following: canFollow && !this.strayed,
      canFollow,
      leader: lead,
      drawing: this.input.acting,
      blank: this.picture.blank,
      canUndo: page !== "" && session.canUndo(page),
      canRedo: page !== "" && session.canRedo(page),
    };
  }

  setTool(tool: ToolName): void {
    if (tool === this.choices.tool) return;
    this.input.stop();
    const pointed = this.points;
    if (tool === "laser") this.beforeLaser = this.choices.tool;
    this.choices.tool = tool;
    if (pointed && this.over) this.tellCursor(this.lastAt, false);
    this.chose();
  }

  setColour(colour: string): void {
    this.choices.setColour(colour);
    this.chose();
  }

  setWidth(width: number): void {
    this.choices.setWidth(width);
    this.chose();
  }

  setEraserPart(part: boolean): void {
    this.choices.choice.eraserPart = part;
    this.chose();
  }

  setShape(choice: ShapeChoice): void {
    this.choices.setShape(choice);
    this.chose();
  }

  stepWidth(by: number): void {
    this.choices.stepWidth(by);
    this.chose();
  }

  goTo(page: string): void {
    const { session } = this;
    if (!pagesOf(session).some(({ id }) => id === page)) return;
    if (session.me?.role === "teacher") {
      if (classOf(session)?.page !== page)
        session.change([{ op: "patch", ids: ["class"], fields: { page } }]);
    } else if (page !== this.page) this.stray();
    if (page !== this.page) this.showPage(page);
  }

  step(by: number): void {
    const pages = pagesOf(this.session);
    const next = pages[pages.findIndex(({ id }) => id === this.page) + by];
    if (next) this.goTo(next.id);
  }

  fit(): void {
    this.stray();
    this.camera.glideToFit();
  }

  zoomBy(factor: number, at: vp.Point = this.camera.middle): void {
    this.stray();
    const { view } = this.camera;
    this.camera.look(vp.zoomedTo(view, view.zoom * factor, at));
  }

  zoomTo(zoom: number): void {
    this.zoomBy(zoom / this.camera.view.zoom);
  }

  panBy(dx: number, dy: number): void {
    this.stray();
    this.camera.look(vp.panned(this.camera.view, dx, dy));
  }

  setInsets(insets: Partial<vp.Insets>): void {
    this.camera.setInsets(insets);
  }

  undo(): void {
    this.input.stop();
    if (this.page && this.mayDraw()) this.session.undo(this.page);
  }

  redo(): void {
    this.input.stop();
    if (this.page && this.mayDraw()) this.session.redo(this.page);
  }

  follow(): void {
    this.strayed = false;
    this.followNow(true);
    this.ask();
  }

  cancel(): boolean {
    const points = this.choices.tool === "laser";
    const cancelled = this.input.cancel();
    if (points) this.setTool(this.beforeLaser);
    if (cancelled) this.ask();
    return cancelled || points;
  }

  focus(): void {
    this.picture.stage.root.focus({ preventScroll: true });
  }

  keydown(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing || editing(event.target)) return false;
    if (event.key === " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // A button under the focus keeps its space bar.
      if (event.target instanceof Element && event.target.closest("button, a[href], [role=button]"))
        return false;
      event.preventDefault();
      this.input.hold(true);
      return true;
    }
    if (!KEYS[chord(event)]?.(this)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  restyle(): void {
    if (this.picture.restyle(this.options.theme())) this.repoint();
  }

  async renderThumbnail(page: string, canvas: HTMLCanvasElement): Promise<void> {
    const record = this.session.table.get(page);
    if (record?.type !== "page") return;
    const things = this.session.table
      .onPage(page)
      .map((drawable) =>
        DRAWABLE.has(drawable.type) ? thingOf(drawable as Drawable, this.picture.materials) : null,
      )
      .filter((thing) => thing !== null);
    await paintThumbnail(canvas, record, things, this.picture.inks);
  }

  destroy(): void {
    this.input.destroy();
    if (this.over) this.session.show({ cursor: "off" });
    for (const off of this.off) off();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.describing);
    this.picture.destroy();
  }

  // -- what the hands do --------------------------------------------------------------------------------------------

  mayAct(): boolean {
    return this.tools[this.choices.tool].acts && this.mayDraw();
  }

  begin(hand: Hand, at: Sample, pointer: "mouse" | "pen" | "touch"): void {
    this.finger = pointer === "touch";
    this.touchFocus();
    this.camera.stop();
    this.active = hand === "erase" ? this.tools.eraser : this.tools[this.choices.tool];
    this.active.begin(this.bench(), this.onBoard(at));
    this.tellCursor(at, true);
    this.ask();
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
    if (active) this.followNow(true);
    this.ask();
  }

  takeBack(): void {
    const { active } = this;
    this.active = null;
    active?.cancel();
    this.lift(active);
    this.ask();
  }

  pan(dx: number, dy: number): void {
    this.panBy(dx, dy);
  }

  pinch(from: readonly [vp.Point, vp.Point], to: readonly [vp.Point, vp.Point]): void {
    this.stray();
    this.camera.look(vp.pinched(this.camera.view, from, to));
  }

  zoom(factor: number, at: vp.Point): void {
    this.zoomBy(factor, at);
  }

  hover(at: vp.Point | null): void {
    if (at) {
      this.tellCursor(at, this.input.acting);
      if (this.points && !this.input.acting) this.shine([vp.toBoard(this.camera.view, at)], false);
    } else if (this.over) {
      this.over = false;
      this.session.show({ cursor: "off" });
    }
  }

  moving(on: boolean): void {
    this.panning = on;
    if (on) this.touchFocus();
    this.ask();
  }

  mayScroll(): boolean {
    return !this.camera.fits;
  }

  private readonly onBoard = (sample: Sample): Touch => ({
    ...vp.toBoard(this.camera.view, sample),
    pressure: sample.pressure,
    time: sample.time,
    shift: sample.shift,
    alt: sample.alt,
  });

  /** Is this window's pointer a laser now? */
  private get points(): boolean {
    return (this.active?.name ?? this.choices.tool) === "laser" && this.mayAct();
  }

  /** A finger that is lifted hovers nowhere: the light it held goes out for everyone. */
  private lift(active: Tool | null): void {
    if (!this.finger || active?.name !== "laser" || !this.over) return;
    this.over = false;
    this.session.show({ cursor: "off" });
  }

  private get light(): string {
    return laserColour(this.session.me?.person ?? "", this.session.staff);
  }

  private shine(places: readonly vp.Point[], held: boolean): void {
    this.picture.lasers.own(this.light, places, held, performance.now());
    this.ask();
  }

  private tellCursor(at: vp.Point, drawing: boolean): void {
    this.lastAt = at;
    const { x, y } = vp.toBoard(this.camera.view, at);
    const { page: record } = this.picture;
    const over = this.page !== "" && x >= 0 && y >= 0 && x <= record.width && y <= record.height;
    if (over) {
      const round = (v: number) => Math.round(v * 4) / 4;
      const kind = this.points ? "laser" : drawing ? "pen" : "arrow";
      this.session.show({ cursor: [this.page, round(x), round(y), kind] });
    } else if (this.over) this.session.show({ cursor: "off" });
    this.over = over;
  }

  /** What a tool gets for one gesture: the page and the ink as they are when it begins. */
  private bench(): Bench {
    const { session, page, picture, camera } = this;
    return {
      session,
      page,
      choice: { ...this.choices.choice },
      get scene() {
        return picture.scene;
      },
      get zoom() {
        return camera.view.zoom;
      },
      show: (sprite, under) => picture.show(sprite, under),
      now: (sprite, changed) => picture.now(sprite, changed, camera.view),
      hide: (sprite) => picture.hide(sprite),
      settle: (sprite, ids) => picture.settle(sprite, ids),
      fade: (sprite) => picture.fade(sprite),
      veil: (thing, hidden) => picture.veil(thing, hidden),
      mayRemove: (thing) => this.mayRemove(thing),
      shine: (places, held) => this.shine(places, held),
    };
  }

  /** Focus that came by hand shows no ring. */
  private touchFocus(): void {
    this.picture.stage.root.classList.add("by-hand");
    this.focus();
  }

  private mayDraw(): boolean {
    return this.page !== "" && this.session.me !== null && this.session.mayDraw(this.page);
  }

  private mayRemove({ record }: Thing): boolean {
    const { staff, me } = this.session;
    // A stroke that the server has not stamped yet is this window's own.
    return staff || (!record.locked && (record.author === "" || record.author === me?.person));
  }

  // -- page and view ------------------------------------------------------------------------------------------------

  private showPage(page: string): void {
    this.input.stop();
    this.page = page;
    this.picture.load(page, performance.now());
    this.camera.fit();
    this.describe();
  }

  /** Tool or view is another now. */
  private chose(): void {
    this.repoint();
    this.ask();
  }

  private resized(): void {
    // Called once while the stage is being made, before there is anything to lay out.
    if (!this.input) return;
    this.input.moved();
    this.camera.resized();
    this.picture.stage.touchLayers();
    if (this.following && ledView(this.session, this.page)) this.followNow(false);
  }

  // -- following ----------------------------------------------------------------------------------------------------

  private get following(): boolean {
    return !this.session.staff && !this.strayed && classOf(this.session)?.follow === true;
  }

  /** The person looks elsewhere: this window is on its own until it is called back or asks to follow. */
  private stray(): void {
    this.camera.stop();
    if (this.following) {
      this.strayed = true;
      this.ask();
    }
  }

  private followNow(glide: boolean): void {
    const { session } = this;
    if (!this.following) return;
    const shown = classOf(session)?.page ?? "";
    if (shown !== this.page && pagesOf(session).some(({ id }) => id === shown)) this.showPage(shown);
    if (!this.input.acting) this.camera.followTo(ledView(session, this.page), glide);
  }

  /** Staff tell where they look, for those who follow. */
  private tellView(): void {
    const { session, page } = this;
    const told = session.staff && page !== "" ? this.camera.told() : null;
    if (!told) return;
    const view = [page, ...told] as const;
    const said = view.join();
    if (said === this.saidView) return;
    this.saidView = said;
    session.show({ view });
  }

  // -- news ---------------------------------------------------------------------------------------------------------

  private listen(): void {
    const { session, off } = this;
    const on = <K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void) =>
      off.push(session.on(event, listener));
    on("table", (news) => this.table(news));
    on("status", () => this.ask());
    on("live", (stroke) => this.picture.live(stroke));
    on("undo", () => this.ask());
    on("here", () => this.ask());
    on("presence", ({ person, presence }) => {
      if (this.picture.cursors.update(person, presence, this.page, performance.now())) this.ask();
      if (!presence?.view || person !== leader(session)) return;
      if (this.following) this.followNow(true);
      this.ask();
    });
    on("refused", ({ ops }) => {
      for (const op of ops) {
        if (op.op !== "put" || !DRAWABLE.has(op.record.type)) continue;
        const record = op.record as Drawable;
        const thing = record.page === this.page ? thingOf(record, this.picture.materials) : null;
        if (!thing) continue;
        this.picture.fade({ box: thing, alpha: 1, draw: (context, inks) => thing.draw(context, inks) });
      }
    });

    const { root } = this.picture.stage;
    const listen = (target: EventTarget, type: string, handler: (event: Event) => void) => {
      target.addEventListener(type, handler);
      off.push(() => target.removeEventListener(type, handler));
    };
    listen(root, "blur", () => root.classList.remove("by-hand"));
    listen(root, "keydown", (event) => this.keydown(event as KeyboardEvent));
    listen(window, "keydown", (event) => {
      const { activeElement } = document;
      // Hovering counts as long as nothing else has the focus: in JupyterLab the notebook's own keys come first.
      if (this.input.hovered && (!activeElement || activeElement === document.body)) {
        this.keydown(event as KeyboardEvent);
      }
    });
    const modify = (event: Event) => {
      const { key, shiftKey, altKey } = event as KeyboardEvent;
      if (!this.active?.modify || (key !== "Shift" && key !== "Alt")) return;
      event.preventDefault(); // Alt alone would open the browser's menu
      this.active.modify(shiftKey, altKey);
      this.ask();
    };
    for (const type of ["keydown", "keyup"]) listen(window, type, modify);
    listen(window, "keyup", (event) => {
      if ((event as KeyboardEvent).key === " ") this.input.hold(false);
    });

    off.push(watchTheme(() => this.restyle()));
  }

  private table(news: TableNews): void {
    const { session, picture } = this;
    const { page } = this;
    const record = session.table.get(page);
    if (news.reset) {
      if (page && record?.type === "page" && !record.gone) picture.load(page, performance.now());
      else this.showPage(startPage(session));
      picture.cursors.rename();
      this.noteClass();
      this.followNow(false);
    } else {
      if (page === "" || (record?.type === "page" && record.gone) || record === undefined) {
        const next = pageAfter(session, page);
        if (next !== page) this.leave(next);
      }
      picture.news(news);
      if (news.put.has(this.page)) this.camera.resized();
      if (news.put.has("class")) this.classChanged();
      picture.cursors.rename();
    }
    if (this.input.acting && !this.mayDraw()) this.input.cancel();
    this.repoint();
    this.describe();
    this.ask();
  }

  /** The page that was shown is gone. */
  private leave(next: string): void {
    const { session } = this;
    this.showPage(next);
    if (session.me?.role === "teacher" && next)
      session.change([{ op: "patch", ids: ["class"], fields: { page: next } }]);
  }

  private wasFollowed = true;
  private wasShown = "";
  private noteClass(): void {
    const record = classOf(this.session);
    this.wasFollowed = record?.follow ?? true;
    this.wasShown = record?.page ?? "";
  }

  private classChanged(): void {
    const record = classOf(this.session);
    if (!record) return;
    const called = record.follow && !this.wasFollowed;
    const turned = record.page !== this.wasShown;
    this.noteClass();
    if (called) this.strayed = false;
    if (called || turned) this.followNow(called);
    // A teacher's windows all show the page that the class is shown.
    const known = pagesOf(this.session).some(({ id }) => id === record.page);
    if (turned && known && this.session.me?.role === "teacher" && record.page !== this.page)
      this.showPage(record.page);
  }

  // -- frames -------------------------------------------------------------------------------------------------------

  private ask(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.tick);
  }

  private readonly tick = (): void => {
    this.frame = 0;
    const now = performance.now();
    const elapsed = Math.min(100, now - this.last);
    this.last = now;
    this.camera.step(now);
    if (this.movedAt > 0 && now - this.movedAt > STILL) {
      this.movedAt = 0;
      this.active?.still?.();
    }
    const busy = this.panning || this.input.acting || this.camera.gliding;
    if (this.picture.moved) this.tellView();
    if (
      this.picture.paint(this.camera.view, now, elapsed, busy ? BUSY_BUDGET : REST_BUDGET) ||
      this.camera.gliding ||
      this.movedAt > 0
    )
      this.ask();
    this.tell();
  };

  private tell(): void {
    const { state, told } = this;
    if (told && (Object.keys(state) as (keyof BoardState)[]).every((key) => state[key] === told[key])) return;
    this.told = state;
    this.options.onState?.(state);
  }

  /** The pointer looks like what it will do. */
  private repoint(): void {
    if (!this.input) return;
    const { choices, camera, picture } = this;
    const { tool, choice } = choices;
    const acts = this.mayAct();
    const size = Math.round(choices.across(camera.view.zoom) * 2) / 2;
    const look = [acts, tool, size, choice.colour, choice.hlColour, picture.inks.theme, camera.fits].join();
    if (look === this.pointer) return;
    this.pointer = look;
    if (!acts) picture.stage.point(camera.fits && tool !== "hand" ? "none" : "hand", 0, "");
    else if (tool === "eraser") picture.stage.point("ring", size, "");
    else if (tool === "laser") {
      picture.stage.point("dot", size, picture.inks.of({ tool: "pen", colour: this.light }));
    } else {
      const colour = tool === "highlighter" ? choice.hlColour : choice.colour;
      picture.stage.point("dot", size, picture.inks.of({ tool: "pen", colour }));
    }
  }

  /** The description is brought up to date once a second at most. */
  private describe(): void {
    this.describing ??= setTimeout(
      () => {
        this.describing = undefined;
        this.picture.stage.root.setAttribute(
          "aria-label",
          describe(this.session, this.picture, this.mayDraw()),
        );
      },
      this.told === null ? 0 : 1000,
    );
  }
}
