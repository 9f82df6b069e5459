/**
 * One board in one window: the session on one side, hands on the other, the picture between.
 *
 * It wires the parts and paints frames; what each part does stands in its own file: which page and copy (`pages`), the view
 * (`camera`), tools and styles (`choosing`), what is selected (`selecting`, `acts`), strokes (`hands`, `input`), keys
 * (`keyboard`, `keys`), what is put on the page (`placing`, `pasting`), what the session tells (`news`, `follow`), what is
 * seen (`picture`, `pointer`). It promises that no frame is asked for when nothing changed.
 */

import type { Session } from "../client/contract";
import { Acts, type ActsDesk } from "./acts";
import { Camera } from "./camera";
import { Choices, type ShapeChoice, type TextChoice } from "./choices";
import { Choosing } from "./choosing";
import { copyFor } from "./copies";
import { describe } from "./describe";
import type { Arrange, Style } from "./edits";
import type { Loose } from "./extent";
import { Following, startPage } from "./follow";
import { Gallery } from "./gallery";
import { type Desk, Hands, mayChange } from "./hands";
import type { Board, BoardOptions, BoardState } from "./index";
import { Input } from "./input";
import { Keyboard } from "./keyboard";
import { News } from "./news";
import { Pages } from "./pages";
import { Pasting } from "./pasting";
import { Picture } from "./picture";
import { Placing } from "./placing";
import { Pointer } from "./pointer";
import { Selecting } from "./selecting";
import { Editor, type Writing } from "./text/editor";
import { FormulaBook } from "./text/formulas";
import { Mender } from "./text/mender";
import { Writers } from "./text/writers";
import type { Thing } from "./thing";
import { paintCopy } from "./thumbnail";
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

/** Milliseconds of painting in one frame: little while hands or the view are moving, more at rest. */
const BUSY_BUDGET = 4;
const REST_BUDGET = 8;
/** Milliseconds for which a view that has moved may be on its way. */
const SETTLE = 70;

export class ClassBoard implements Board, Desk, ActsDesk {
  readonly session: Session;
  readonly choices = new Choices();
  readonly picture: Picture;
  readonly camera: Camera;
  readonly tools: Record<ToolName, Tool>;
  readonly selecting: Selecting;
  readonly editor: Editor;
  readonly formulas: FormulaBook;
  readonly mender: Mender;
  readonly writers: Writers;
  readonly gallery: Gallery;
  readonly input: Input;
  readonly hands: Hands;
  readonly following: Following;
  readonly pages = new Pages(this);
  readonly placing: Placing | null;
  private readonly acts: Acts;
  private readonly choosing: Choosing;
  private readonly pasting: Pasting;
  private readonly pointer: Pointer;
  private readonly news: News;
  private readonly keyboard: Keyboard;

  private frame = 0;
  private last = 0;
  /** When the view was moved last. */
  private wentAt = Number.NEGATIVE_INFINITY;
  private told: BoardState | null = null;
  private describing: ReturnType<typeof setTimeout> | undefined;

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
    this.acts = new Acts(this, this.selecting);
    this.choosing = new Choosing(this, this.acts);
    this.pasting = new Pasting(this);
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
    this.pointer = new Pointer(this);
    this.showPage(startPage(session));
    this.news = new News(this);
    this.keyboard = new Keyboard(this, (key) => options.keyOff?.(key) ?? false);
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

  setTool = (tool: ToolName): void => this.choosing.tool(tool);
  setColour = (colour: string): void => this.choosing.colour(colour);
  setWidth = (width: number): void => this.choosing.width(width);
  stepWidth = (by: number): void => this.choosing.stepWidth(by);
  setShape = (choice: ShapeChoice): void => this.choosing.shape(choice);
  setText = (choice: TextChoice): void => this.choosing.text(choice);
  setLasso = (lasso: boolean): void => this.choosing.next({ lasso });
  setPace = (pace: boolean): void => this.choosing.next({ pace });
  setEraserPart = (eraserPart: boolean): void => this.choosing.next({ eraserPart });
  setSnap = (snap: boolean): void => this.choosing.next({ snap });

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

  selectAll(): void {
    this.input.stop();
    if (!this.mayDraw()) return;
    this.setTool("select");
    this.acts.all();
  }

  walk(by: number): boolean {
    return this.choices.tool === "select" && this.mayDraw() && this.acts.walk(by);
  }

  thingAt = (at: vp.Point): string => this.acts.at(at);
  remove = (): boolean => this.acts.remove();
  duplicate = (): boolean => this.acts.duplicate();
  nudge = (dx: number, dy: number): boolean => this.acts.nudge(dx, dy);
  group = (): boolean => this.acts.group();
  ungroup = (): boolean => this.acts.ungroup();
  arrange = (how: Arrange): boolean => this.acts.arrange(how);
  lock = (on: boolean): boolean => this.acts.lock(on);
  style = (style: Style): boolean => this.acts.restyle(style);
  open = (): boolean => this.acts.open();

  edit = (id: string): boolean => this.editor.edit(id);

  // -- page and view ------------------------------------------------------------------------------------------------

  get page(): string {
    return this.pages.page;
  }

  goTo = (page: string): void => this.pages.goTo(page);
  step = (by: number): void => this.pages.step(by);
  openCopy = (copy: string): void => this.pages.openCopy(copy);
  showPage = (page: string): void => this.pages.show(page);
  setInsets = (insets: Partial<vp.Insets>): void => this.camera.setInsets(insets);

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

  // -- what is put on the page --------------------------------------------------------------------------------------

  async place(
    files: readonly Blob[],
    at?: { readonly clientX: number; readonly clientY: number },
  ): Promise<string[]> {
    if (!this.placing || files.length === 0) return [];
    return this.placing.place(files, at && this.placeAt(at));
  }

  placeAt({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): vp.Point {
    const { left, top } = this.picture.stage.root.getBoundingClientRect();
    return vp.toBoard(this.view, { x: clientX - left, y: clientY - top });
  }

  lay = (objects: readonly Loose[], key = "", at?: vp.Point): string[] => this.pasting.lay(objects, key, at);
  write = (words: string, at?: vp.Point): Promise<string[]> => this.pasting.write(words, at);

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

  follow = (): void => this.following.resume();

  cancel(): boolean {
    if (this.editor.writing) return this.editor.keep();
    const cancelled = this.input.cancel();
    const points = this.choosing.endLaser();
    if (cancelled) this.ask();
    return cancelled || points || this.selecting.clear();
  }

  focus(): void {
    this.picture.stage.root.focus({ preventScroll: true });
  }

  keydown = (event: KeyboardEvent): boolean => this.keyboard.down(event);

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
    await paintCopy(canvas, this.session, this.picture, page, copy);
  }

  watchCopy(page: string, copy: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement): () => void {
    return this.gallery.watch(page, copy, canvas, over);
  }

  destroy(): void {
    this.news.destroy();
    this.keyboard.destroy();
    this.editor.destroy();
    this.mender.destroy();
    this.gallery.destroy();
    this.input.destroy();
    this.tools[this.choices.tool].drop?.();
    this.hands.destroy();
    this.selecting.destroy();
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

  mend = (id: string): void => this.mender.add(id);
  settle = (): void => this.input.stop();
  stray = (): void => this.following.stray();
  finished = (): void => this.following.now(true);

  ask(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(this.tick);
  }

  /** What a hand or a tool was making ends. */
  putAway(): void {
    this.input?.stop();
    this.tool.drop?.();
  }

  /** What is in hand. */
  get tool(): Tool {
    return this.tools[this.choices.tool];
  }

  /** Tool or view is another now. */
  chose(): void {
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
  repoint(): void {
    // Called while the parts are being made, too.
    this.pointer?.update();
  }

  /** The description is brought up to date once a second at most. */
  describe(): void {
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
