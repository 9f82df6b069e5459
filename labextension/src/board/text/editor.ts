/**
 * Writing on the board: what is opened, kept, taken away, and what becomes of words that may not be kept any more.
 *
 * It promises that one text written is one change and one step of undo; that words typed are never lost to a lock, a
 * refusal or a page that goes, but stay in the field with the reason; and that nothing is stored while one writes. Who
 * may write is the board's and the server's to say.
 */

import type { Session } from "../../client/contract";
import type { Op } from "../../core/schema";
import type { Camera } from "../camera";
import type { Picture } from "../picture";
import type { Thing } from "../thing";
import { paper, type Written, writtenHolds } from "./draw";
import type { FormulaBook } from "./formulas";
import { noteSize } from "./layout";
import type { Marking } from "./marking";
import { blocksOf, mathOf } from "./markup";
import { Sheet } from "./sheet";
import {
  type Align,
  besides,
  type Draft,
  draftOf,
  LONGEST,
  laid,
  NOTE_SIDE,
  NOTE_SIZES,
  opsOf,
  TEXT_SIZES,
} from "./writing";

/** Milliseconds that fonts and formulas are waited for before words are kept with what there is. */
const PATIENCE = 2_500;
/** As `records.py` has them. */
const MOST_LINES = 500;
const MOST_RUNS = 200;
const MOST_FORMULAS = 50;
const LONGEST_RUN = 4_000;

/** Why what is written cannot be kept: "" while it can. */
export type Stuck = "" | "gone" | "locked" | "right" | "thing" | "refused" | "long";

export interface WritingState {
  readonly kind: "text" | "note";
  readonly size: number;
  readonly align: Align;
  readonly colour: string;
  readonly stuck: Stuck;
  /** Why a formula cannot be read, in the server's words; "" while all can. */
  readonly formula: string;
}

/** What is being written, for a bar of buttons beside it. */
export interface Writing {
  readonly area: HTMLTextAreaElement;
  readonly state: WritingState;
  watch(changed: () => void): () => void;
  mark(marking: Marking): void;
  restyle(style: { size?: number; align?: Align; colour?: string }): void;
  keep(): void;
  /** The words go; for those that cannot be kept. */
  discard(): void;
}

/** What writing needs of the board. */
export interface Desk {
  readonly session: Session;
  readonly picture: Picture;
  readonly camera: Camera;
  readonly page: string;
  readonly copy: string;
  readonly formulas: FormulaBook;
  mayDraw(): boolean;
  mayChange(thing: Pick<Thing, "record">): boolean;
  /** Puts the bar into `node`; what it returns takes it away. */
  bar?(node: HTMLElement, writing: Writing): () => void;
  panBy(dx: number, dy: number): void;
  focus(): void;
  ask(): void;
  /** A new text was kept and has formulas to come. */
  mend(id: string): void;
}

export class Editor {
  private sheet: Sheet | null = null;
  private unbar = () => {};
  private stuck: Stuck = "";
  private readonly watchers = new Set<() => void>();
  /** Words that are kept as soon as their fonts and formulas are here. */
  private readonly finishing = new Map<Sheet, () => void>();
  private rowStart = 0;
  private checking: ReturnType<typeof setTimeout> | undefined;
  private lifted = 0;
  private fitted = false;
  private told = "";
  /** It was opened by a hand: the board shows no ring when it has the focus again. */
  private byHand = false;

  constructor(private readonly board: Desk) {
    window.visualViewport?.addEventListener("resize", this.uncover);
    window.visualViewport?.addEventListener("scroll", this.uncover);
  }

  destroy(): void {
    window.visualViewport?.removeEventListener("resize", this.uncover);
    window.visualViewport?.removeEventListener("scroll", this.uncover);
    this.leave();
    if (this.sheet) this.close(this.sheet);
  }

  /** What is being written now. */
  get writing(): "" | "text" | "note" {
    return this.sheet?.draft.kind ?? "";
  }

  // -- beginning ----------------------------------------------------------------------------------------------------

  /** Opens what is there; false: it is no text, or this person may not change it. */
  edit(id: string): boolean {
    const record = this.board.session.table.get(id);
    if (record?.type !== "text" && record?.type !== "note") return false;
    if (this.sheet?.draft.id === id) {
      this.sheet.focus();
      return true;
    }
    if (!this.board.mayDraw() || !this.board.mayChange({ record })) return false;
    if (this.sheet && !this.keep()) return false;
    this.board.formulas.learn(record.formulas);
    this.rowStart = record.x;
    this.open(draftOf(record), true);
    return true;
  }

  /** The topmost text or note there that this person may change. */
  at(x: number, y: number, reach: number): string | null {
    const box = { minX: x - reach, minY: y - reach, maxX: x + reach, maxY: y + reach };
    const found = this.board.picture.scene.within(box).findLast((thing) => {
      const { record } = thing;
      if (record.type !== "text" && record.type !== "note") return false;
      const hit = thing.near(x, y, x, y, reach) || writtenHolds(record, x, y);
      return hit && this.board.mayChange(thing);
    });
    return found?.id ?? null;
  }

  editAt(x: number, y: number, reach: number): boolean {
    const id = this.at(x, y, reach);
    return id !== null && this.edit(id);
  }

  /** Begins something new. */
  begin(
    kind: "text" | "note",
    at: { x: number; y: number; w: number },
    style: { size: number; colour: string; align: Align },
  ): void {
    if (this.sheet && !this.keep()) return;
    const { session, page, copy } = this.board;
    const side = kind === "note" ? NOTE_SIDE : 0;
    this.rowStart = at.x;
    this.open(
      {
        kind,
        id: session.newId(),
        page,
        copy,
        x: at.x,
        y: at.y,
        w: kind === "note" ? side : at.w,
        h: side,
        transform: null,
        text: "",
        ...style,
        was: null,
      },
      false,
    );
  }

  private open(draft: Draft, all: boolean, stuck: Stuck = ""): void {
    const { board } = this;
    const sheet = new Sheet(draft, {
      typed: () => this.typed(),
      keep: () => {
        if (this.keep()) this.focusBoard();
      },
      next: () => this.next(),
    });
    sheet.area.maxLength = LONGEST[draft.kind];
    this.sheet = sheet;
    this.stuck = stuck;
    this.byHand = board.picture.stage.root.classList.contains("by-hand");
    this.fitted = board.camera.fits;
    this.lifted = 0;
    board.picture.stage.root.append(sheet.root);
    this.unbar = board.bar?.(sheet.side, this.face(sheet)) ?? (() => {});
    this.dress();
    this.place();
    this.check();
    sheet.focus();
    if (all) sheet.area.setSelectionRange(draft.text.length, draft.text.length);
    sheet.area.addEventListener("focusout", (event) => {
      // Going on in another field is being done here; a button of the rail is not.
      const to = event.relatedTarget;
      if (to instanceof Element && to.matches("input, textarea, select, [contenteditable]")) this.keep();
    });
    sheet.area.addEventListener("wheel", this.wheel, { passive: false });
    board.session.show({ editing: draft.id });
    void this.load(draft);
    board.ask();
  }

  private readonly wheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.board.picture.stage.touch.dispatchEvent(new WheelEvent("wheel", event));
  };

  // -- while writing ------------------------------------------------------------------------------------------------

  private typed(): void {
    const { sheet } = this;
    if (!sheet) return;
    sheet.draft.text = sheet.area.value;
    if (this.stuck === "long" || this.stuck === "refused") this.stuck = "";
    this.dress();
    this.uncover();
    this.check();
    clearTimeout(this.checking);
    this.checking = setTimeout(() => void this.load(sheet.draft), 350);
  }

  /** Fetches what the words will need, so that nothing is waited for when they are kept. */
  private async load(draft: Draft): Promise<void> {
    const { formulas, picture } = this.board;
    await Promise.all([
      formulas.want(mathOf(draft.text)),
      picture.materials.words.fonts.load(wanted(draft.text)),
    ]);
    if (this.sheet?.draft === draft) {
      this.dress();
      this.tell();
    }
  }

  private dress(): void {
    const { sheet } = this;
    if (!sheet) return;
    const { inks, materials } = this.board.picture;
    const { fonts } = materials.words;
    const { kind, colour, size, align, text } = sheet.draft;
    sheet.dress({
      font: fonts.list(false),
      size: kind === "note" ? noteSize({ ...sheet.draft, text }, () => undefined, measureBy(fonts)) : size,
      colour: inks.of({ tool: "pen", colour: kind === "note" ? "ink" : colour }),
      paper: kind === "note" ? paper(inks, colour) : "transparent",
      align,
    });
  }

  /** Told of every view and of every size of the stage. */
  place(): void {
    const { view } = this.board.camera;
    const { size } = this.board.picture.stage;
    this.sheet?.place(view, size);
    for (const sheet of this.finishing.keys()) sheet.place(view, size);
  }

  /** Another theme, or fonts have come. */
  restyled(): void {
    this.dress();
  }

  /** The keyboard of a phone covers the lower part of the window: what is written stays above it. */
  private readonly uncover = (): void => {
    const { sheet, board } = this;
    const seen = window.visualViewport;
    if (!sheet || !seen) return;
    const hidden = sheet.hiddenBelow(Math.min(seen.offsetTop + seen.height, innerHeight));
    if (hidden < 1) return;
    this.lifted += hidden;
    board.panBy(0, -hidden);
  };

  /** Chosen while one writes, with the tools' own options. */
  restyle(style: { size?: number; align?: Align; colour?: string }): void {
    const { sheet } = this;
    if (!sheet || this.stuck) return;
    Object.assign(sheet.draft, style);
    this.dress();
    this.tell();
    sheet.focus();
  }

  /** The table, or who may do what, is another now. */
  check(): void {
    const { sheet, board } = this;
    if (!sheet) return;
    const { session, picture } = board;
    const { draft } = sheet;
    const page = session.table.get(draft.page);
    const record = session.table.get(draft.id) as Written | undefined;
    const kept = this.stuck === "refused" || this.stuck === "long" ? this.stuck : "";
    this.stuck =
      page?.type !== "page" || page.gone || draft.page !== board.page
        ? "gone"
        : !session.mayDraw(draft.page)
          ? page.locked
            ? "locked"
            : "right"
          : record && draft.was && !board.mayChange({ record })
            ? "thing"
            : kept;
    const frozen = this.stuck !== "" && kept === "";
    sheet.area.readOnly = frozen;
    sheet.root.classList.toggle("cr-write--stuck", frozen);
    const thing = picture.scene.get(draft.id);
    if (thing) picture.veil(thing, true);
    this.tell();
  }

  /** A change of this window was refused: its words come back. */
  refused(ops: readonly Op[]): void {
    for (const op of ops) {
      const record = op.op === "put" ? op.record : null;
      if (record && (record.type === "text" || record.type === "note") && record.text) {
        this.reopen({ ...draftOf(record), was: null });
        return;
      }
      if (op.op !== "patch" || typeof op.fields.text !== "string") continue;
      const now = this.board.session.table.get(op.ids[0] ?? "");
      if (now?.type !== "text" && now?.type !== "note") continue;
      this.reopen({ ...draftOf(now), text: op.fields.text });
      return;
    }
  }

  private reopen(draft: Draft, why: Stuck = "refused"): void {
    // What is being written now is not disturbed: those words stay with the notice of their refusal.
    if (!this.sheet) this.open(draft, true, why);
  }

  /** What a size of texts is for what is being written: notes have smaller ones. */
  sizeOf(size: number): number {
    const step = (TEXT_SIZES as readonly number[]).indexOf(size);
    return this.sheet?.draft.kind === "note" ? (NOTE_SIZES[step] ?? size) : size;
  }

  // -- the end ------------------------------------------------------------------------------------------------------

  /** Keeps what is written, if it may be kept; false: it is still open. */
  keep(): boolean {
    const { sheet, board } = this;
    if (!sheet) return true;
    if (this.stuck) {
      sheet.focus();
      return false;
    }
    const { draft } = sheet;
    draft.text = sheet.area.value;
    this.sheet = null;
    this.unbar();
    clearTimeout(this.checking);
    this.tell();
    board.session.show({ editing: "" });
    this.settle();
    const math = mathOf(draft.text);
    const { fonts } = board.picture.materials.words;
    const ready =
      wanted(draft.text).every(([words, look]) => fonts.has(words, look)) &&
      !math.some(({ source, display }) => board.formulas.lacks(source, display));
    if (ready || draft.text.trim() === "") {
      this.commit(sheet);
      return true;
    }
    sheet.area.readOnly = true;
    sheet.area.blur();
    sheet.root.classList.add("cr-write--done");
    const done = () => {
      clearTimeout(timer);
      if (this.finishing.delete(sheet)) this.commit(sheet);
    };
    const timer = setTimeout(done, PATIENCE);
    this.finishing.set(sheet, done);
    void Promise.all([board.formulas.want(math), fonts.load(wanted(draft.text))]).then(done);
    return true;
  }

  /** The page is left: what can be kept is kept at once; what cannot stays, and says so. */
  leave(): void {
    this.keep();
    for (const done of [...this.finishing.values()]) done();
  }

  /** The words go, as those that cannot be kept. */
  discard(): void {
    if (!this.sheet) return;
    const { sheet } = this;
    this.sheet = null;
    this.unbar();
    this.board.session.show({ editing: "" });
    this.close(sheet);
    this.tell();
    this.settle();
    this.focusBoard();
  }

  private next(): void {
    const { sheet, board } = this;
    if (!sheet) return;
    const { x, y, w, h, size, colour, align } = sheet.draft;
    const first = this.rowStart;
    const grown = Math.max(h, sheet.paper.offsetHeight);
    if (!this.keep()) return;
    const at = besides({ x, y, w, h: grown }, first, board.picture.page);
    this.begin("note", { ...at, w: 0 }, { size, colour, align });
    this.rowStart = first;
  }

  private commit(sheet: Sheet): void {
    const { draft } = sheet;
    const { session, formulas, picture } = this.board;
    const { fonts } = picture.materials.words;
    const laying = laid({ ...draft, text: draft.text.replace(/\s+$/, "") }, formulas.get, measureBy(fonts));
    const fits =
      laying.lines.length <= MOST_LINES &&
      laying.formulas.length <= MOST_FORMULAS &&
      laying.lines.every(
        ([, , runs]) => runs.length <= MOST_RUNS && runs.every((run) => [...run[3]].length <= LONGEST_RUN),
      );
    this.close(sheet);
    if (!fits) {
      this.reopen(draft, "long");
      return;
    }
    const ops = opsOf(draft, session, laying);
    if (ops.length) session.change(ops, { undo: draft.page });
    const put = ops.find((op) => op.op === "put");
    const id = put?.op === "put" ? put.record.id : draft.id;
    if (mathOf(draft.text).some(({ source, display }) => formulas.lacks(source, display)))
      this.board.mend(id);
  }

  /** The paper goes, and what it stood for is seen again. */
  private close(sheet: Sheet): void {
    const { picture } = this.board;
    sheet.remove();
    const thing = picture.scene.get(sheet.draft.id);
    if (thing) picture.veil(thing, false);
    this.board.ask();
  }

  private focusBoard(): void {
    if (this.byHand) this.board.picture.stage.root.classList.add("by-hand");
    this.board.focus();
  }

  /** Where the board was lifted above a keyboard, it goes back. */
  private settle(): void {
    if (this.lifted === 0) return;
    if (this.fitted) this.board.camera.glideToFit();
    this.lifted = 0;
  }

  // -- the bar ------------------------------------------------------------------------------------------------------

  private get state(): WritingState | null {
    const { sheet, stuck } = this;
    if (!sheet) return null;
    const { kind, size, align, colour, text } = sheet.draft;
    const formula =
      mathOf(text)
        .map(({ source, display }) => this.board.formulas.problem(source, display))
        .find((problem) => problem !== "") ?? "";
    return { kind, size, align, colour, stuck, formula };
  }

  private tell(): void {
    const now = JSON.stringify(this.state);
    if (now === this.told) return;
    this.told = now;
    for (const changed of [...this.watchers]) changed();
    this.board.ask();
  }

  private face(sheet: Sheet): Writing {
    let last = this.state!;
    const get = () => {
      if (this.sheet === sheet) last = this.state!;
      return last;
    };
    return {
      area: sheet.area,
      get state() {
        return get();
      },
      watch: (changed) => {
        this.watchers.add(changed);
        return () => this.watchers.delete(changed);
      },
      mark: (marking) => sheet.mark(marking),
      restyle: (style) => this.restyle(style),
      keep: () => {
        if (this.keep()) this.focusBoard();
      },
      discard: () => this.discard(),
    };
  }
}

interface Fonts {
  measure(
    words: string,
    look: Parameters<Picture["materials"]["words"]["fonts"]["measure"]>[1],
    size: number,
  ): number;
}

const measureBy =
  (fonts: Fonts): Fonts["measure"] =>
  (words, look, size) =>
    fonts.measure(words, look, size);

/** The words of a text with their looks, as fonts are asked for them. */
function wanted(text: string): (readonly [string, "" | "b" | "i" | "bi" | "code"])[] {
  const found = blocksOf(text).flatMap(({ pieces, marker }) => [
    ...(marker ? [[marker, ""] as const] : []),
    ...pieces.map(({ look, words }) => [words, look === "math" ? "code" : look] as const),
  ]);
  return [["a", ""], ...found];
}
