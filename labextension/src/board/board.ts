/**
 * One board in one window: the session on one side, hands on the other, the picture between.
 *
 * It holds what is chosen here (page, view, tool) and wires the parts; every rule of their own stands in other files.
 * It promises that no frame is asked for when nothing changed.
 */

import type { Session, SessionEvents, TableNews } from "../client/contract";
import { DRAWABLE, type Drawable } from "../core/schema";
import { Camera } from "./camera";
import { Choices, type ShapeChoice, type TextChoice } from "./choices";
import { copyFor, liesOn, onCopy } from "./copies";
import { describe } from "./describe";
import type { Arrange, Style } from "./edits";
import type { Loose } from "./extent";
import { classOf, Following, pageAfter, pagesOf, startPage } from "./follow";
import { Gallery } from "./gallery";
import { type Desk, Hands, mayChange } from "./hands";
import type { Board, BoardOptions, BoardState } from "./index";
import { Input } from "./input";
import { chord, editing, KEYS } from "./keys";
import { layDown } from "./paste";
import { Cascade, textOf } from "./pasting";
import { Picture } from "./picture";
import { Placing } from "./placing";
import { Selecting, type SelectingDesk } from "./selecting";
import { topmost } from "./selection";
import { Editor, type Writing } from "./text/editor";
import { FormulaBook } from "./text/formulas";
import { Mender } from "./text/mender";
import { Writers } from "./text/writers";
import type { Align } from "./text/writing";
import { watchTheme } from "./theme";
import { type Thing, thingOf } from "./thing";
import { paintThumbnail } from "./thumbnail";
import { Eraser } from "./tools/eraser";
import { Hand as HandTool } from "./tools/hand";
import { Laser } from "./tools/laser";
import { NoteTool } from "./tools/note";
import { Pen } from "./tools/pen";
import { SelectTool } from "./tools/select";
import { ShapeTool } from "./tools/shape";
import { TextTool } from "./tools/text";
import type { Tool, ToolName } from "./tools/tool";
import * as vp from "./viewport";

/** How near (CSS pixels) to a line is on it. */
const NEAR = 8;
/** Milliseconds of painting in one frame: little while hands or the view are moving, more at rest. */
const BUSY_BUDGET = 4;
const REST_BUDGET = 8;
/** Milliseconds for which a view that has moved may be on its way. */
const SETTLE = 70;

export class ClassBoard implements Board, Desk, SelectingDesk {
  readonly session: Session;
  readonly choices = new Choices();
  readonly picture: Picture;
  readonly camera: Camera;
  readonly tools: Record<ToolName, Tool>;
  readonly selecting: Selecting;
  page = "";
  private readonly gallery: Gallery;
  private readonly input: Input;
  private readonly hands: Hands;
  private readonly following: Following;
  private readonly placing: Placing | null;
  readonly editor: Editor;
  readonly formulas: FormulaBook;
  private readonly mender: Mender;
  private readonly writers: Writers;

  private frame = 0;
  private last = 0;
  /** When the view was moved last. */
  private wentAt = Number.NEGATIVE_INFINITY;
  private beforeLaser: ToolName = "pen";
  /** Where this window began, until it is known that nothing is on its way any more. */
  private began = "";
  private known = true;
  /** Whose copy staff have chosen to look at; `copy` says what comes of it. */
  private opened = "";
  private pointer = "";
  private told: BoardState | null = null;
  private readonly cascade = new Cascade();
  private describing: ReturnType<typeof setTimeout> | undefined;
  private readonly off: (() => void)[] = [];

  constructor(private readonly options: BoardOptions) {
    const { session, host } = options;
    this.session = session;
    this.picture = new Picture(
      session,
      host,
      options.theme(),
      options.media?.load,
      () => this.ask(),
      () => this.resized(),
      () => this.camera.known(),
    );
    this.gallery = new Gallery(session, this.picture.materials, (page) => this.picture.inksOf(page));
    this.picture.letters(options.fonts ?? "");
    this.camera = new Camera(this.picture, options.insets ?? {}, () => this.chose(), options.fills);
    this.placing = options.media ? new Placing(this, options.media) : null;
    if (this.placing) this.picture.stage.root.append(this.placing.element);
    this.formulas = new FormulaBook(options.formula);
    this.mender = new Mender(session, this.formulas, () => this.picture.materials.words.fonts);
    this.writers = new Writers(session);
    this.picture.stage.root.append(this.writers.element);
    this.editor = new Editor(this);
    this.selecting = new Selecting(this);
    this.tools = {
      pen: new Pen("pen"),
      highlighter: new Pen("highlighter"),
      shape: new ShapeTool(),
      text: new TextTool(),
      note: new NoteTool(),
      eraser: new Eraser(),
      laser: new Laser(),
      select: new SelectTool(this.selecting, (thing) => this.edit(thing.id)),
      hand: new HandTool(),
    };
    this.choices.restore(options.chosen ?? {}, this.tools);
    this.hands = new Hands(this);
    this.following = new Following(this);
    this.input = new Input(this.picture.stage.touch, this.hands);
    this.listen();
    this.showPage(startPage(session));
    this.began = this.page;
    this.known = session.status === "live";
    this.following.note();
    this.following.now(false);
  }

  // -- what the panels use ------------------------------------------------------------------------------------------

  get state(): BoardState {
    const { session, page } = this;
    return {
      page,
      copy: this.picture.copy,
      zoom: this.camera.zoom,
      fitted: this.camera.fits,
      tool: this.choices.tool,
      ...this.choices.choice,
      selected: this.selecting.size,
      picked: this.selecting.picked,
      selectionMenuAnchor: this.hands.panning ? null : this.selecting.anchor,
      writing: this.editor.writing,
      canDraw: this.mayDraw(),
      ...this.following.state,
      drawing: this.input.acting,
      blank: this.picture.blank,
      lost: this.picture.lost,
      canUndo: page !== "" && session.canUndo(page, this.picture.copy),
      canRedo: page !== "" && session.canRedo(page, this.picture.copy),
    };
  }

  setTool(tool: ToolName): void {
    if (tool === this.choices.tool) return;
    this.editor.keep();
    this.putAway();
    const pointed = this.hands.points;
    if (tool === "laser") this.beforeLaser = this.choices.tool;
    this.choices.tool = tool;
    if (tool !== "select") this.selecting.leave();
    if (pointed) this.hands.retell();
    this.chose();
  }

  setColour(colour: string): void {
    if (this.selecting.size && !this.editor.writing) this.selecting.restyle({ colour });
    else this.choices.setColour(colour);
    this.editor.restyle({ colour });
    this.chose();
  }

  setWidth(width: number): void {
    if (this.selecting.size) this.selecting.restyle({ width });
    else this.choices.setWidth(width);
    this.chose();
  }

  setLasso(on: boolean): void {
    this.choices.choice.lasso = on;
    this.chose();
  }

  // -- what is selected ---------------------------------------------------------------------------------------------

  get selection(): readonly string[] {
    return this.selecting.things.map(({ id }) => id);
  }

  select(ids: Iterable<string>): void {
    this.input.stop();
    if (!this.mayDraw()) return;
    this.setTool("select");
    this.selecting.select(ids);
  }

  thingAt(at: vp.Point): string {
    const { picture, camera } = this;
    const place = vp.toBoard(camera.view, at);
    return topmost(picture.scene, place, NEAR / camera.view.zoom, this.mayChange)?.id ?? "";
  }

  selectAll(): void {
    this.input.stop();
    if (!this.mayDraw()) return;
    this.setTool("select");
    this.selecting.all();
  }

  remove(): boolean {
    return this.settled(() => this.selecting.remove());
  }

  duplicate(): boolean {
    return this.settled(() => this.selecting.duplicate());
  }

  nudge(dx: number, dy: number): boolean {
    return this.settled(() => this.selecting.nudge(dx, dy));
  }

  group(): boolean {
    return this.settled(() => this.selecting.group());
  }

  ungroup(): boolean {
    return this.settled(() => this.selecting.ungroup());
  }

  arrange(how: Arrange): boolean {
    return this.settled(() => this.selecting.arrange(how));
  }

  lock(on: boolean): boolean {
    return this.settled(() => this.selecting.lock(on));
  }

  style(style: Style): boolean {
    return this.settled(() => this.selecting.restyle(style));
  }

  walk(by: number): boolean {
    return this.choices.tool === "select" && this.mayDraw() && this.settled(() => this.selecting.walk(by));
  }

  open(): boolean {
    const [one, more] = this.selecting.things;
    return one !== undefined && more === undefined && !one.record.locked && this.edit(one.id);
  }

  /** A drag that is going on is finished first. */
  private settled(act: () => boolean): boolean {
    this.input.stop();
    return act();
  }

  // -- the tools' choices -------------------------------------------------------------------------------------------

  setPace(on: boolean): void {
    this.choices.choice.pace = on;
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

  setText(choice: TextChoice): void {
    if (this.selecting.size && !this.editor.writing) {
      this.selecting.restyle(choice);
      return;
    }
    this.choices.setText(choice);
    const { textSize, textAlign } = this.choices.choice;
    this.editor.restyle({
      ...(choice.size === undefined ? {} : { size: this.editor.sizeOf(textSize) }),
      ...(choice.align === undefined ? {} : { align: textAlign as Align }),
    });
    this.chose();
  }

  edit(id: string): boolean {
    return this.editor.edit(id);
  }

  setSnap(on: boolean): void {
    this.choices.choice.snap = on;
    this.chose();
  }

  stepWidth(by: number): void {
    const { picked } = this.selecting;
    if (picked) {
      const next = this.choices.stepFrom(picked.width, by);
      if (next !== undefined) this.selecting.restyle({ width: next });
      return;
    }
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

  openCopy(copy: string): void {
    if (!this.session.staff) return;
    this.input.stop();
    this.opened = copy;
    this.recopy();
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

  async place(
    files: readonly Blob[],
    at?: { readonly clientX: number; readonly clientY: number },
  ): Promise<string[]> {
    if (!this.placing || files.length === 0) return [];
    const { left, top } = this.picture.stage.root.getBoundingClientRect();
    const where = at && vp.toBoard(this.view, { x: at.clientX - left, y: at.clientY - top });
    return this.placing.place(files, where);
  }

  /** Where the pointer is over the board, or the middle of what is seen. */
  private get spot(): vp.Point {
    return this.hands.pointed ?? this.middle;
  }

  placeAt({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): vp.Point {
    const { left, top } = this.picture.stage.root.getBoundingClientRect();
    return vp.toBoard(this.view, { x: clientX - left, y: clientY - top });
  }

  lay(objects: readonly Loose[], key = "", at: vp.Point = this.spot): string[] {
    const { session, page, picture } = this;
    if (!this.mayDraw()) return [];
    this.input.stop();
    const ids = layDown(
      session,
      page,
      picture.copy,
      objects,
      this.cascade.next(key, at, this.view, picture.page),
    );
    if (ids.length) this.select(ids);
    return ids;
  }

  async write(words: string, at: vp.Point = this.spot): Promise<string[]> {
    const { page, picture, choices, formulas } = this;
    const style = { size: choices.choice.textSize, colour: choices.choice.colour };
    const made = await textOf(words, style, picture.page, picture.materials.words.fonts, formulas);
    return page === this.page ? this.lay(made, words, at) : [];
  }

  choosePictures(): boolean {
    const choose = this.mayDraw() ? this.options.media?.choose : undefined;
    choose?.();
    return choose !== undefined;
  }

  undo(): void {
    this.editor.leave();
    this.input.stop();
    if (this.page && this.mayDraw()) this.session.undo(this.page, this.picture.copy);
  }

  redo(): void {
    this.editor.leave();
    this.input.stop();
    if (this.page && this.mayDraw()) this.session.redo(this.page, this.picture.copy);
  }

  follow(): void {
    this.following.resume();
  }

  cancel(): boolean {
    if (this.editor.writing) return this.editor.keep();
    const points = this.choices.tool === "laser";
    const cancelled = this.input.cancel();
    if (points) this.setTool(this.beforeLaser);
    if (cancelled) this.ask();
    return cancelled || points || this.selecting.clear();
  }

  focus(): void {
    this.picture.stage.root.focus({ preventScroll: true });
  }

  keydown(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing || editing(event.target)) return false;
    const space = event.key === " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (space && !this.options.keyOff?.(" ")) {
      // A button under the focus keeps its space bar.
      if (event.target instanceof Element && event.target.closest("button, a[href], [role=button]"))
        return false;
      event.preventDefault();
      this.input.hold(true);
      return true;
    }
    // Keys that walk and open are the board's only where the focus is: elsewhere they belong to what has it.
    const own = event.target instanceof Node && this.picture.stage.root.contains(event.target);
    if (!own && /^(Tab|Enter)$/.test(event.key)) return false;
    const key = chord(event);
    if (this.options.keyOff?.(key)) return false;
    if (!this.tools[this.choices.tool].key?.(key) && !KEYS[key]?.(this)) return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  restyle(): void {
    if (!this.picture.restyle(this.options.theme())) return;
    this.gallery.restyle();
    this.repoint();
    this.editor.restyled();
  }

  async renderThumbnail(
    page: string,
    canvas: HTMLCanvasElement,
    copy = copyFor(this.session, page),
  ): Promise<void> {
    const record = this.session.table.get(page);
    if (record?.type !== "page") return;
    const things = onCopy(this.session, page, copy)
      .map((drawable) =>
        DRAWABLE.has(drawable.type) ? thingOf(drawable as Drawable, this.picture.materials) : null,
      )
      .filter((thing) => thing !== null);
    const written = things.flatMap(({ record: one }) =>
      one.type === "text" || one.type === "note" ? [one] : [],
    );
    const { picture } = this;
    await picture.materials.words.ready(written);
    await paintThumbnail(canvas, record, things, picture.inksOf(record), picture.materials.images);
  }

  watchCopy(page: string, copy: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement): () => void {
    return this.gallery.watch(page, copy, canvas, over);
  }

  destroy(): void {
    this.editor.destroy();
    this.mender.destroy();
    this.gallery.destroy();
    this.input.destroy();
    this.hands.destroy();
    this.selecting.destroy();
    for (const off of this.off) off();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.describing);
    this.picture.destroy();
  }

  // -- what placing needs -------------------------------------------------------------------------------------------

  get view(): vp.View {
    return this.camera.view;
  }

  get middle(): vp.Point {
    const { page, stage } = this.picture;
    const seen = vp.visible(this.view, stage.size);
    const whole = page.endless;
    const between = (low: number, high: number, room: number) =>
      (Math.max(low, whole ? low : 0) + Math.min(high, whole ? high : room)) / 2;
    return { x: between(seen.minX, seen.maxX, page.width), y: between(seen.minY, seen.maxY, page.height) };
  }

  // -- what the hands need ------------------------------------------------------------------------------------------

  get copy(): string {
    return this.picture.copy;
  }

  get acting(): boolean {
    return this.input.acting;
  }

  readonly mayChange = (thing: Pick<Thing, "record">): boolean =>
    mayChange(this.session, thing, this.picture.copy);

  mayDraw(): boolean {
    return this.page !== "" && this.session.me !== null && this.session.mayDraw(this.page);
  }

  bar(node: HTMLElement, writing: Writing): () => void {
    return this.options.bar?.(node, writing) ?? (() => {});
  }

  mend(id: string): void {
    this.mender.add(id);
  }

  stray(): void {
    this.following.stray();
  }

  finished(): void {
    this.following.now(true);
  }

  ask(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.tick);
  }

  // -- page and view ------------------------------------------------------------------------------------------------

  showPage(page: string): void {
    this.editor.leave();
    this.putAway();
    this.selecting.leave();
    if (page !== this.page && this.opened !== "") {
      this.opened = "";
      this.session.show({ copy: "" });
    }
    this.page = page;
    this.picture.load(page, performance.now(), copyFor(this.session, page, this.opened));
    this.placing?.shown();
    this.camera.fit();
    this.editor.check();
    this.describe();
  }

  /** Another copy of the page is meant now, or none: what a hand was drawing on the one before is not for this one. */
  private recopy(): boolean {
    const copy = copyFor(this.session, this.page, this.opened);
    if (copy === "") this.opened = "";
    if (copy === this.picture.copy) return false;
    this.editor.leave();
    this.input.cancel();
    this.tools[this.choices.tool].drop?.();
    this.selecting.leave();
    this.picture.load(this.page, performance.now(), copy);
    this.placing?.shown();
    // From now on what is said of this person is said of that copy, whatever comes first.
    this.session.show({ copy });
    this.hands.retell();
    this.describe();
    this.ask();
    return true;
  }

  /** What a hand or a tool was making ends. */
  private putAway(): void {
    this.input?.stop();
    this.tools[this.choices.tool].drop?.();
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
    this.following.resized();
  }

  // -- news ---------------------------------------------------------------------------------------------------------

  private listen(): void {
    const { session, off } = this;
    const on = <K extends keyof SessionEvents>(event: K, listener: (news: SessionEvents[K]) => void) =>
      off.push(session.on(event, listener));
    on("table", (news) => this.table(news));
    on("status", (status) => {
      if (status === "live") {
        this.picture.materials.images.retry();
        this.mender.again();
        this.arrived();
      }
      this.ask();
    });
    on("live", (stroke) => {
      this.picture.live(stroke);
      this.gallery.live(stroke);
    });
    on("undo", () => this.ask());
    on("here", () => this.ask());
    on("presence", ({ person, presence }) => {
      if (this.picture.cursors.update(person, presence, this.page, this.picture.copy, performance.now()))
        this.ask();
      if (presence?.view) this.following.viewed(person);
      if (this.writers.update(person, presence)) {
        this.picture.moved = true;
        this.ask();
      }
    });
    on("refused", ({ ops }) => {
      this.editor.refused(ops);
      for (const op of ops) {
        if (op.op !== "put" || !DRAWABLE.has(op.record.type)) continue;
        const record = op.record as Drawable;
        const here = record.page === this.page && liesOn(record, this.picture.copy);
        const thing = here ? thingOf(record, this.picture.materials) : null;
        if (!thing) continue;
        this.picture.fade({ box: thing, alpha: 1, draw: (context, inks) => thing.draw(context, inks) });
      }
    });

    const { root } = this.picture.stage;
    const listen = (target: EventTarget, type: string, handler: (event: Event) => void, first = false) => {
      target.addEventListener(type, handler, first);
      off.push(() => target.removeEventListener(type, handler, first));
    };
    // A press elsewhere ends the writing, and does nothing else; but one may pan meanwhile.
    listen(
      root,
      "pointerdown",
      (event) => {
        const { button, target } = event as PointerEvent;
        if (!this.editor.writing || target !== this.picture.stage.touch || button !== 0) return;
        event.preventDefault();
        event.stopPropagation();
        this.editor.keep();
        if (!this.editor.writing) this.focus();
      },
      true,
    );
    listen(this.picture.stage.touch, "dblclick", (event) => {
      const { clientX, clientY } = event as MouseEvent;
      if (this.choices.tool !== "hand") return;
      const { left, top } = root.getBoundingClientRect();
      const { x, y } = vp.toBoard(this.camera.view, { x: clientX - left, y: clientY - top });
      this.editor.editAt(x, y, 4 / this.camera.view.zoom);
    });
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
      const { key, shiftKey, altKey, ctrlKey, metaKey } = event as KeyboardEvent;
      if (!["Shift", "Alt", "Control", "Meta"].includes(key)) return;
      if (this.hands.modify(shiftKey, altKey, ctrlKey || metaKey)) event.preventDefault(); // Alt alone would open the browser's menu
    };
    for (const type of ["keydown", "keyup"]) listen(window, type, modify);
    listen(window, "keyup", (event) => {
      if ((event as KeyboardEvent).key === " ") this.input.hold(false);
    });

    off.push(watchTheme(() => this.restyle()));
  }

  private table(news: TableNews): void {
    const { session, picture } = this;
    this.gallery.news(news);
    const { page } = this;
    const record = session.table.get(page);
    if (news.reset) {
      if (page && record?.type === "page" && !record.gone)
        picture.load(page, performance.now(), copyFor(session, page, this.opened));
      else this.showPage(startPage(session));
      picture.cursors.rename();
      this.following.note();
      this.following.now(false);
    } else {
      if (page === "" || (record?.type === "page" && record.gone) || record === undefined) {
        const next = pageAfter(session, page);
        if (next !== page) this.leave(next);
      }
      if (!this.recopy()) picture.news(news);
      if (news.put.has(this.page)) this.camera.resized();
      if (news.put.has("class")) this.following.classChanged();
      picture.cursors.rename();
    }
    if (!this.mayDraw()) {
      if (this.input.acting) this.input.cancel();
      this.tools[this.choices.tool].drop?.();
    }
    this.selecting.news(news);
    this.editor.check();
    this.repoint();
    this.describe();
    this.ask();
  }

  /** The first table may have been an old one, with the changes since on their way: then the class has gone on. */
  private arrived(): void {
    if (this.known) return;
    this.known = true;
    const start = startPage(this.session);
    if (this.page === this.began && start !== this.page && start !== "") this.showPage(start);
  }

  /** The page that was shown is gone. */
  private leave(next: string): void {
    const { session } = this;
    this.showPage(next);
    if (session.me?.role === "teacher" && next)
      session.change([{ op: "patch", ids: ["class"], fields: { page: next } }]);
  }

  // -- frames -------------------------------------------------------------------------------------------------------

  private readonly tick = (): void => {
    this.frame = 0;
    const now = performance.now();
    const elapsed = Math.min(100, now - this.last);
    this.last = now;
    this.camera.step(now);
    const restless = this.hands.tick(now);
    if (this.picture.moved) {
      this.wentAt = now;
      this.following.tell();
      this.placing?.follow();
      this.editor.place();
    }
    if (!this.writers.empty) this.writers.move(this.camera.view, this.picture.scene);
    const busy = now - this.wentAt < SETTLE || this.hands.panning || this.acting;
    const budget = busy ? BUSY_BUDGET : REST_BUDGET;
    this.selecting.paint();
    const unfinished = this.picture.paint(this.camera.view, now, elapsed, budget);
    const lifting = this.selecting.work(now + budget);
    if (unfinished || lifting || this.camera.gliding || restless) this.ask();
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
    const acts = this.hands.mayAct();
    const size = Math.round(choices.across(camera.view.zoom) * 2) / 2;
    const fixed = camera.fits && !picture.page.endless;
    const look = [acts, tool, size, choice.colour, choice.hlColour, picture.inks.theme, fixed].join();
    if (look === this.pointer) return;
    this.pointer = look;
    if (!acts) picture.stage.point(fixed && tool !== "hand" ? "none" : "hand", 0, "");
    else if (tool === "select") picture.stage.cursor("default");
    else if (tool === "eraser") picture.stage.point("ring", size, "");
    else if (tool === "text" || tool === "note") picture.stage.point(tool, 0, "");
    else if (tool === "laser") {
      picture.stage.point("dot", size, picture.inks.of({ tool: "pen", colour: this.hands.light }));
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
